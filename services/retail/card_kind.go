package retail

import "time"

// CardKind is a kind of gift card, such as a voucher for a present or the chain's own card, with its limits and how long it is good. Law
// has a say in both: electronic money in nobody's name may be worth only so much (Directive (EU) 2015/849, article 12), and in many countries
// a card may not expire, or not soon. A card of no kind has no limits and is good for ever.
type CardKind struct {
	// Code is an identity that never changes.
	Code string `json:"code"`
	Name string `json:"name"`
	// Currency is that of its cards, which never changes.
	Currency string `json:"currency"`
	// MostBalanceMinor is the most that is put on a card: nothing is put on it beyond that. LeastLoadMinor and MostLoadMinor are the least and
	// the most that is put on it at once. 0: as much as somebody pays. What is given back goes back to the card whatever they are.
	MostBalanceMinor int64 `json:"most_balance_minor,omitempty"`
	LeastLoadMinor   int64 `json:"least_load_minor,omitempty"`
	MostLoadMinor    int64 `json:"most_load_minor,omitempty"`
	// ValidMonths is for how many calendar months a card is good, frozen when it is sold; 0: for ever.
	ValidMonths int32 `json:"valid_months,omitempty"`
	// Renewed is true where they begin anew whenever something is put on the card, frozen when it is sold.
	Renewed bool `json:"renewed,omitempty"`
	// Retired is true where no card of it is sold any more. Those that were are topped up and spent as before.
	Retired    bool      `json:"retired"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
}

// CardTerms are what a card was sold by, which stays with it whatever becomes of its kind; of no kind: without limits, and good for ever.
type CardTerms struct {
	Kind        string `json:"kind"`
	ValidMonths int32  `json:"valid_months,omitempty"`
	Renewed     bool   `json:"renewed,omitempty"`
}

// Terms are those of a card that is sold now.
func (k CardKind) Terms() CardTerms {
	return CardTerms{Kind: k.Code, ValidMonths: k.ValidMonths, Renewed: k.Renewed}
}

// validMonthsMax is the longest that a card is good which is not good for ever.
const validMonthsMax = 600

// wrong refuses what no kind of a handler's is.
func (t CardTerms) wrong(field string) error {
	if t.ValidMonths < 0 || t.ValidMonths > validMonthsMax {
		return RefuseField(InvalidRequest, field, "a card is good for %d months at most", validMonthsMax)
	}
	return nil
}

// CardKindKey names a kind.
func CardKindKey(code string) Key { return Key{Table: TableCardKinds, Code: code} }

// Key names the kind.
func (k CardKind) Key() Key { return CardKindKey(k.Code) }

// LastRecorded is when the kind was last put.
func (k CardKind) LastRecorded() time.Time { return k.RecordedAt }

// load refuses an amount that is put on a card which has so much on it already.
func (k CardKind) load(minor, balanceMinor int64, field string) error {
	switch {
	case minor < k.LeastLoadMinor:
		return RefuseField(GiftCardLimit, field, "at least %d is put on a card of the kind %s", k.LeastLoadMinor, k.Code).
			With("least_minor", k.LeastLoadMinor)
	case k.MostLoadMinor > 0 && minor > k.MostLoadMinor:
		return RefuseField(GiftCardLimit, field, "at most %d is put on a card of the kind %s at once", k.MostLoadMinor, k.Code).
			With("most_minor", k.MostLoadMinor)
	case k.MostBalanceMinor > 0 && minor > k.MostBalanceMinor-balanceMinor:
		left := max(0, k.MostBalanceMinor-balanceMinor)
		return RefuseField(GiftCardLimit, field, "%d is on it, and a card of the kind %s has at most %d", balanceMinor, k.Code, k.MostBalanceMinor).
			With("most_minor", left)
	}
	return nil
}

// PutCardKind creates a kind of gift card or replaces what is known of it. Limits are in force at once, for all cards of it; how long
// cards are good that were sold before stays as it was.
type PutCardKind struct {
	Transaction ID
	Kind        CardKind
}

// Keys are the kind.
func (c PutCardKind) Keys() []Key { return []Key{c.Kind.Key()} }

// Decide refuses another currency than the kind's.
func (c PutCardKind) Decide(s State, now time.Time) (Change, CardKind, error) {
	kind := c.Kind
	if err := kind.Terms().wrong("card_kind.valid_months"); err != nil {
		return Change{}, CardKind{}, err
	}
	before, found := lookup[CardKind](s, kind.Key())
	if found && before.Currency != kind.Currency {
		return Change{}, CardKind{}, RefuseField(Immutable, "card_kind.currency_code", "cards of the kind %s are in %s", kind.Code, before.Currency).
			With("currency_code", before.Currency)
	}
	// Nothing below this line can fail.
	kind.Version, kind.RecordedAt = before.Version+1, now
	return put(c.Transaction, "CardKindPut", "card-kind/"+kind.Code, kind.Code, kind.Version, kind), kind, nil
}
