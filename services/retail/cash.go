package retail

import "time"

// CashAct is what happened to the cash of a location beside sales.
type CashAct string

// What may happen to it.
const (
	CashDrop  CashAct = "DROP"  // taken from the drawer to the safe
	CashShort CashAct = "SHORT" // the drawer has less than the books
	CashOver  CashAct = "OVER"  // the drawer has more than the books
)

// MoveCash records cash that was counted or carried away. It is a fact.
type MoveCash struct {
	Transaction ID
	Location    string
	Currency    string
	Act         CashAct
	AmountMinor int64
	Note        string
	OccurredAt  time.Time
}

// CashMoved is what was recorded, and the body of the event.
type CashMoved struct {
	Transaction ID        `json:"transaction"`
	Location    string    `json:"location"`
	Currency    string    `json:"currency"`
	Act         CashAct   `json:"act"`
	AmountMinor int64     `json:"amount_minor"`
	Note        string    `json:"note,omitempty"`
	RecordedAt  time.Time `json:"recorded_at"`
}

// Keys are none: the accounts have no floor.
func (c MoveCash) Keys() []Key { return nil }

// Decide refuses only what can't be counted.
func (c MoveCash) Decide(_ State, now time.Time) (Change, CashMoved, error) {
	if c.AmountMinor < 1 || c.AmountMinor > amountMax {
		return Change{}, CashMoved{}, RefuseField(InvalidRequest, "amount", "%d can't be counted", c.AmountMinor)
	}
	// Nothing below this line can fail.
	from, to := CashTender, Safe
	switch c.Act {
	case CashShort:
		from, to = CashTender, CashDifference
	case CashOver:
		from, to = CashDifference, CashTender
	}
	moved := CashMoved{
		Transaction: c.Transaction, Location: c.Location, Currency: c.Currency, Act: c.Act, AmountMinor: c.AmountMinor, Note: c.Note,
		RecordedAt: now,
	}
	return Change{
		ID: c.Transaction, Kind: KindCash, Place: c.Location, OccurredAt: c.OccurredAt, Cause: c.Note,
		Entries: []Entry{{Location: c.Location, From: from, To: to, Asset: c.Currency, Quantity: c.AmountMinor}},
		Events: []Event{{
			Kind: "CashMoved", Shard: c.Location, Subject: "transaction/" + c.Transaction.String(), Version: 1, Body: moved,
		}},
	}, moved, nil
}
