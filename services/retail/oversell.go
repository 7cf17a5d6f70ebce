package retail

import (
	"slices"
	"strings"
	"time"
)

// ShownCase is an oversell case as it is shown: an open one with the promises at its position that it puts at risk, a settled one
// with what settled it.
type ShownCase struct {
	Location, SKU string
	OversellCase
	// ShortAhead is the open units of older cases at the position: the newest promises answer for those first.
	ShortAhead int64
	// Promises are those in force at the position, newest first.
	Promises []Promise
	// Settlement is what settled it; its kind is empty where the case is open, or was settled before that was kept.
	Settlement Settlement
}

// Settlement is the act that brought the last units of an oversell case back.
type Settlement struct {
	Kind Kind
	// Cause is what it was done for, Actor who did it.
	Cause, Actor string
	// Reason is the code of the reason that it names, and Note what else was said; empty: none.
	Reason, Note string
}

// CaseMark is where a page of cases ended.
type CaseMark struct {
	OpenedAt    time.Time `json:"at"`
	SKU         string    `json:"sku"`
	Transaction ID        `json:"id"`
}

// Promise is what one hold, or what is still to be handed over of one fulfilment, keeps of one position.
type Promise struct {
	// Hold is the hold; zero: it is a fulfilment of an order.
	Hold              ID
	Order, Fulfilment ID
	Units             int64
}

// Order returns the id of the order whose sale opened the case, or nothing.
func (c ShownCase) Order() string {
	order, found := strings.CutPrefix(c.Cause, OrderPrefix)
	if !found {
		return ""
	}
	return order
}

// AtRisk returns the promises that can't be kept if nothing arrives: the newest, as many as it takes to cover the units that
// are short up to and with this case.
func (c ShownCase) AtRisk() []Promise {
	var at []Promise
	covered := int64(0)
	for _, promise := range c.Promises {
		if covered >= c.ShortAhead+c.OpenUnits {
			break
		}
		if covered += promise.Units; covered > c.ShortAhead {
			at = append(at, promise)
		}
	}
	return at
}

// casePrefix is what the cause of an act that resolves a case begins with.
const casePrefix = "oversell-case/"

// ResolveOversell ends an oversell case by somebody who knows that its units were there: they were found, counted, or the books were
// wrong. Where instead a promise is given up, its hold is released or its order cancelled, and that settles the oldest case.
type ResolveOversell struct {
	Transaction   ID
	Location, SKU string
	// Case is the transaction that opened it.
	Case ID
	// Reason is the code of its reason, and Note what else there is to say of it.
	Reason, Note string
}

// CaseResolved is a case as it was resolved.
type CaseResolved struct {
	Location string       `json:"location"`
	SKU      string       `json:"sku"`
	Case     OversellCase `json:"case"`
	Reason   string       `json:"reason"`
	Note     string       `json:"note"`
	Cause    string       `json:"cause"`
}

// By gives the act its reason, once that is known to fit.
func (c ResolveOversell) By(reason StockReason) (ResolveOversell, error) {
	if err := reason.For(ActOversell, "reason"); err != nil {
		return c, err
	}
	c.Reason = reason.Code
	return c, nil
}

// Keys are the position.
func (c ResolveOversell) Keys() []Key { return []Key{LevelKey(c.Location, c.SKU)} }

// Decide refuses CaseSettled where the case is not open any more.
func (c ResolveOversell) Decide(s State, now time.Time) (Change, CaseResolved, error) {
	level := LevelAt(s, c.Location, c.SKU)
	at := slices.IndexFunc(level.Cases, func(one OversellCase) bool { return one.Transaction == c.Case && one.OpenUnits > 0 })
	if at < 0 {
		return Change{}, CaseResolved{}, Refuse(CaseSettled, "the oversell case %s of %s at %s is settled", c.Case, c.SKU, c.Location)
	}
	// Nothing below this line can fail.
	one := level.Cases[at]
	units := one.OpenUnits
	one.OpenUnits, one.RecordedAt, one.SettledBy = 0, now, c.Transaction
	cause := casePrefix + c.Case.String()
	change := Change{
		ID: c.Transaction, Kind: KindResolve, Place: c.Location, Cause: cause, Reason: c.Reason, Note: c.Note, Settles: c.Case,
		Entries: []Entry{{Location: c.Location, From: Found, To: Available, Asset: c.SKU, Quantity: units}},
		Events: []Event{{
			Kind: "OversellResolved", Shard: c.Location, Subject: "transaction/" + c.Transaction.String(), Version: 1,
			Body: StockRecorded{
				Location: c.Location, Act: ActOversell, Cause: cause, Reason: c.Reason, Note: c.Note,
				Lines: []StockLine{{SKU: c.SKU, From: Found, To: Available, Quantity: units}},
			},
		}},
	}
	return change, CaseResolved{Location: c.Location, SKU: c.SKU, Case: one, Reason: c.Reason, Note: c.Note, Cause: cause}, nil
}

// clockSkew is how far a till's clock may be ahead of ours.
const clockSkew = 5 * time.Minute

// OccurredAt checks when a caller says that something happened in the shop: not in the future, beyond what clocks differ,
// and not before there were tills. A caller that does not say leaves it to the moment of recording.
func OccurredAt(given bool, at, now time.Time) (time.Time, error) {
	switch {
	case !given:
		return time.Time{}, nil
	case at.After(now.Add(clockSkew)):
		return time.Time{}, RefuseField(InvalidRequest, "occurred_at", "lies in the future: %s", at.Format(time.RFC3339))
	case at.Year() < 1970:
		return time.Time{}, RefuseField(InvalidRequest, "occurred_at", "lies before 1970: %s", at.Format(time.RFC3339))
	}
	return at.Truncate(time.Microsecond), nil
}
