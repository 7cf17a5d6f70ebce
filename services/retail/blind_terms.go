package retail

import (
	"slices"
	"time"
)

// BlindTerms are the terms by which goods come back without a receipt, in one currency. They hold as they are when it happens, for no sale is
// known that could have kept others. A currency that has none has no limits.
type BlindTerms struct {
	// Currency is whose terms they are.
	Currency string `json:"currency"`
	// PriceDays is for how many days back the lowest price is looked for, beyond which nothing is given; 0: as much is given as is said.
	PriceDays int32 `json:"price_days,omitempty"`
	// RefundKinds are the kinds of tender by which money may go back; empty: store credit alone.
	RefundKinds []string  `json:"refund_kinds,omitempty"`
	RecordedAt  time.Time `json:"recorded_at"`
	Version     int64     `json:"version"`
}

// BlindTermsKey names the terms of a currency.
func BlindTermsKey(currency string) Key { return Key{Table: TableBlindTerms, Code: currency} }

// Key names the terms.
func (t BlindTerms) Key() Key { return BlindTermsKey(t.Currency) }

// LastRecorded is when they were last put.
func (t BlindTerms) LastRecorded() time.Time { return t.RecordedAt }

// none tells whether there are no terms.
func (t BlindTerms) none() bool { return t.Currency == "" }

// refunds refuses a kind of tender by which no money goes back.
func (t BlindTerms) refunds(kind string) error {
	if len(t.RefundKinds) == 0 && kind == StoreCredit || slices.Contains(t.RefundKinds, kind) {
		return nil
	}
	return RefuseField(BlindLimit, "refund_kind", "without a receipt no money goes back by %s", kind).With("limit", "REFUND_KIND")
}

// PricesSince is since when the lowest price is looked for by who takes goods back at a time.
func (t BlindTerms) PricesSince(at time.Time) time.Time { return at.AddDate(0, 0, -int(t.PriceDays)) }

// PutBlindTerms puts the terms of a currency, or replaces them.
type PutBlindTerms struct {
	Transaction ID
	Terms       BlindTerms
}

// Keys are the terms.
func (c PutBlindTerms) Keys() []Key { return []Key{c.Terms.Key()} }

// Decide refuses nothing.
func (c PutBlindTerms) Decide(s State, now time.Time) (Change, BlindTerms, error) {
	terms := c.Terms
	before, _ := lookup[BlindTerms](s, terms.Key())
	// Nothing below this line can fail.
	terms.Version, terms.RecordedAt = before.Version+1, now
	return put(c.Transaction, "BlindTermsPut", "blind-terms/"+terms.Currency, terms.Currency, terms.Version, terms), terms, nil
}
