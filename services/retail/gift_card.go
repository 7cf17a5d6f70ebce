package retail

import (
	"cmp"
	"time"
)

// CardSale is a gift card that is sold or topped up.
type CardSale struct {
	ID ID
	// Number is what its holder shows.
	Number string
	// New is true where it is sold, and false where it is topped up.
	New bool
	// Issuer is the location whose book owes it, where another issued it than sells it now; empty: the one that sells it.
	Issuer string
	// Replacements are those of the card that is topped up, as it was found by its number.
	Replacements int64
	// Kind is the card's, with its limits as they are now; without a code: none.
	Kind CardKind
	// Terms are those by which it is sold, or was.
	Terms CardTerms
}

func (c CardSale) account() string { return GiftCardPrefix + c.ID.String() }

// otherSince tells whether the card got another number after it was found by this one, or is not what it was found as.
func (c CardSale) otherSince(s State, location string) bool {
	balance := c.balance(s, location)
	return balance.Replacements != c.Replacements || !c.New && balance.Terms != c.Terms
}

// balance is what is owed on it, in the book that owes it, where it is sold at a location.
func (c CardSale) balance(s State, location string) Balance {
	return BalanceAt(s, cmp.Or(c.Issuer, location), c.account())
}

// mayLoad refuses to put an amount on a card that has expired, beyond its limits, or beyond what can be counted. What the same act takes
// from it besides is not on it any more.
func (c CardSale) mayLoad(s State, location string, minor int64, spent map[Key]int64, now time.Time, field string) error {
	balance := c.balance(s, location)
	if err := c.Terms.wrong(field); err != nil {
		return err
	}
	switch {
	case balance.Expired(now):
		return expired(balance, field)
	case balance.AmountMinor > amountMax-minor:
		return RefuseField(AmountTooLarge, field, "the card would be worth more than can be counted")
	}
	return c.Kind.load(minor, balance.AmountMinor-spent[balance.Key()], field)
}

func expired(b Balance, field string) error {
	return RefuseField(GiftCardExpired, field, "the gift card expired at %s", b.ExpiresAt.Format(time.RFC3339)).
		With("expired_at", b.ExpiresAt.Format(time.RFC3339))
}

// IssuedCard is a gift card that is sold, and what it is sold by.
type IssuedCard struct {
	Location, Account string
	Terms             CardTerms
}

// termsOf are those by which a card is sold that was not there before.
func (c Change) termsOf(b Balance) CardTerms {
	for _, card := range c.Issued {
		if card.Location == b.Location && card.Account == b.Account {
			return card.Terms
		}
	}
	return CardTerms{}
}

// outOfScope is the tax code of what no tax is due on yet: a gift card is taxed when it is spent (Directive 2006/112/EC, article
// 30b, for vouchers of which the tax is not known when they are sold).
const outOfScope = "OUT"

// ReplaceCard gives a gift card that was lost another number. What is on it is on it still, at once and whole, and what was paid with it
// goes back to it: its account stays. Its old number is good for nothing from then on.
type ReplaceCard struct {
	Transaction ID
	// Location is where somebody does it.
	Location string
	// Card is the gift card as it was found by Number.
	Card Card
	// Number is the one that was lost, NewNumber one that no card ever had.
	Number, NewNumber string
	// Note is why, in the words of who does it.
	Note string
}

// CardReplaced is what was recorded, and the body of the event. Numbers are as good as money, so that only their ends are told.
type CardReplaced struct {
	Transaction ID     `json:"transaction"`
	Location    string `json:"location"`
	// Account is the card's, in the book of Issuer.
	Account string `json:"account"`
	Issuer  string `json:"issuer"`
	// Replacements counts the numbers of the card that were lost.
	Replacements int64 `json:"replacements"`
	// Number is the end of the one that was lost, NewNumber of the one that took its place.
	Number      string `json:"number"`
	NewNumber   string `json:"new_number"`
	Currency    string `json:"currency"`
	AmountMinor int64  `json:"amount_minor"`
	// Kind is what it was sold as, and ExpiresAt when it expires, as the lost one would have.
	Kind       string    `json:"kind,omitempty"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
	Note       string    `json:"note,omitempty"`
	RecordedAt time.Time `json:"recorded_at"`
}

// Keys are the card's balance, and the names that it will have.
func (c ReplaceCard) Keys() []Key {
	return []Key{c.Card.Balance.Key(), NameKey(NameLostCard, c.Number), NameKey(NameGiftCard, c.NewNumber)}
}

// Decide refuses a number that was lost before, and a new one that a card has or had.
func (c ReplaceCard) Decide(s State, now time.Time) (Change, CardReplaced, error) {
	if s.Row(NameKey(NameLostCard, c.Number)) != nil {
		return Change{}, CardReplaced{}, RefuseField(GiftCardReplaced, "number", "another number took the place of this one")
	}
	if s.Row(NameKey(NameGiftCard, c.NewNumber)) != nil {
		return Change{}, CardReplaced{}, RefuseField(GiftCardTaken, "new_number", "a gift card has this number, or had it")
	}
	balance := BalanceAt(s, c.Card.Balance.Location, c.Card.Balance.Account)
	if balance.Version == 0 || balance.Replacements != c.Card.Balance.Replacements {
		return Change{}, CardReplaced{}, ErrStale
	}
	// Nothing below this line can fail.
	replaced := CardReplaced{
		Transaction: c.Transaction, Location: c.Location, Account: balance.Account, Issuer: balance.Location, Replacements: balance.Replacements + 1,
		Number: masked(c.Number), NewNumber: masked(c.NewNumber), Currency: balance.Currency, AmountMinor: balance.AmountMinor,
		Kind: balance.Terms.Kind, ExpiresAt: balance.ExpiresAt, Note: c.Note,
		RecordedAt: now,
	}
	return Change{
		ID: c.Transaction, Kind: KindCard, Place: c.Location, Cause: balance.Account, Note: c.Note, Lost: balance,
		Rows: []Row{
			Name{Kind: NameLostCard, Value: c.Number, Entity: c.Card.ID, RecordedAt: now},
			Name{Kind: NameGiftCard, Value: c.NewNumber, Entity: c.Card.ID, RecordedAt: now},
		},
		Events: []Event{{
			Kind: "GiftCardReplaced", Shard: c.Location, Subject: "transaction/" + c.Transaction.String(), Version: 1, Body: replaced,
		}},
	}, replaced, nil
}

// ExpireCard makes what is on a gift card that has expired ours.
type ExpireCard struct {
	Transaction ID
	// Location is who issued the card, Account the card's.
	Location, Account string
}

// CardExpired is what was recorded, and the body of the event.
type CardExpired struct {
	Transaction ID     `json:"transaction"`
	Location    string `json:"location"`
	Account     string `json:"account"`
	Kind        string `json:"kind"`
	Currency    string `json:"currency"`
	// AmountMinor is what was on it.
	AmountMinor int64     `json:"amount_minor"`
	ExpiredAt   time.Time `json:"expired_at"`
	RecordedAt  time.Time `json:"recorded_at"`
}

// Keys are the card's balance.
func (c ExpireCard) Keys() []Key { return []Key{BalanceKey(c.Location, c.Account)} }

// Decide is stale where the card is good still, or nothing is on it: something came back to it, or somebody else expired it.
func (c ExpireCard) Decide(s State, now time.Time) (Change, CardExpired, error) {
	balance := BalanceAt(s, c.Location, c.Account)
	if !balance.Expired(now) || balance.AmountMinor <= 0 {
		return Change{}, CardExpired{}, ErrStale
	}
	// Nothing below this line can fail.
	gone := CardExpired{
		Transaction: c.Transaction, Location: c.Location, Account: c.Account, Kind: balance.Terms.Kind, Currency: balance.Currency,
		AmountMinor: balance.AmountMinor, ExpiredAt: balance.ExpiresAt, RecordedAt: now,
	}
	return Change{
		ID: c.Transaction, Kind: KindBreakage, Place: c.Location, Cause: c.Account,
		Entries: []Entry{{Location: c.Location, From: Breakage, To: c.Account, Asset: balance.Currency, Quantity: balance.AmountMinor}},
		Events: []Event{{
			Kind: "GiftCardExpired", Shard: c.Location, Subject: "transaction/" + c.Transaction.String(), Version: 1, Body: gone,
		}},
	}, gone, nil
}
