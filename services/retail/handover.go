package retail

import (
	"fmt"
	"slices"
	"time"
)

// UnitCount is some units of one line of an order.
type UnitCount struct {
	Line  int32
	Units int64
}

// HandOver gives goods to the shopper who collects them, or to the carrier: units and turnover move, and the document for them
// is issued.
type HandOver struct {
	// Method is whether it is collected or sent; what is handed over the other way is refused.
	Method      Method
	Fulfilment  ID
	Transaction ID
	Location    string
	// Order is the order as it was read, for its lines, which never change.
	Order Order
	// Lines are what is handed over; none: all that is open. What is charged for the fulfilment leaves with the first of its goods.
	Lines []UnitCount
	// CodeRight says whether the code that the shopper showed is that of CodeCount. Who compares it takes the same time for
	// every code.
	CodeRight bool
	CodeCount int32
	// Proof is noted, for example who came, and Collector who that was.
	Proof             string
	Collector         Collector
	Carrier, Tracking string
	// Label is the one that is on the parcel, which says what is in it and who carries it; zero: it has none of ours.
	Label ID
	// Tenders are paid now, at the location.
	Tenders []Tender
	// RoundingMinor is how much less is paid because of the smallest coin; negative: more.
	RoundingMinor int64
	// OccurredAt is when it happened in the shop; zero: now.
	OccurredAt time.Time
	Issuer     Issuer
}

// HandedOver is what became of it. With WrongCode nothing was handed over, and what was tried is remembered.
type HandedOver struct {
	WrongCode  bool       `json:"wrong_code,omitempty"`
	TriesLeft  int32      `json:"tries_left,omitempty"`
	Fulfilment Fulfilment `json:"fulfilment"`
	Order      Order      `json:"order,omitzero"`
	Invoice    Invoice    `json:"invoice,omitzero"`
}

// Keys are the order, the fulfilment, its positions, what the tenders spend, and the issuing point.
func (c HandOver) Keys() []Key {
	keys := append(balanceKeys(c.Tenders), OrderKey(c.Order.ID), FulfilmentKey(c.Location, c.Fulfilment), c.Issuer.Key())
	return append(keys, c.Order.levelKeys(c.Fulfilment)...)
}

// levelKeys are the positions of the lines of one fulfilment, or of all that have one.
func (o Order) levelKeys(fulfilment ID) []Key {
	var keys []Key
	for _, line := range o.Lines {
		if !line.Fulfilment.IsZero() && line.SKU != "" && (fulfilment.IsZero() || line.Fulfilment == fulfilment) {
			keys = append(keys, LevelKey(line.Location, line.SKU))
			if line.Away > 0 {
				keys = append(keys, LevelKey(line.From, line.SKU))
			}
		}
	}
	return keys
}

// Decide refuses what is not ready or has ended, more than is open, and what is not paid. A wrong code is no refusal: it is
// counted.
func (c HandOver) Decide(s State, now time.Time) (Change, HandedOver, error) {
	f, err := lookupFulfilment(s, c.Location, c.Fulfilment)
	if err != nil {
		return Change{}, HandedOver{}, err
	}
	order, found := lookup[Order](s, OrderKey(c.Order.ID))
	if !found || f.Order != order.ID || !order.hasLinesOf(c.Order) {
		return Change{}, HandedOver{}, ErrStale
	}
	if err := f.MustBe(c.Method); err != nil {
		return Change{}, HandedOver{}, err
	}
	if err := c.mayHandOver(f, now); err != nil {
		return Change{}, HandedOver{}, err
	}
	if err := order.gone(now); err != nil { // its goods are free again as soon as it is swept
		return Change{}, HandedOver{}, Refuse(FulfilmentEnded, "its order was to be paid by %s", order.PayBy.Format(time.RFC3339))
	}
	if f.Method == PickUp && !c.CodeRight {
		return c.wrongCode(f, now)
	}
	if !c.OccurredAt.IsZero() && c.OccurredAt.Before(order.OccurredAt) {
		return Change{}, HandedOver{}, RefuseField(InvalidRequest, "occurred_at", "it was ordered at %s", order.OccurredAt.Format(time.RFC3339))
	}
	c, label, err := c.by(f, order)
	if err != nil {
		return Change{}, HandedOver{}, err
	}
	units, err := order.openUnits(c.Lines, c.Fulfilment)
	if err != nil {
		return Change{}, HandedOver{}, err
	}
	units = order.takingCharges(units)
	payments, err := c.pay(s, order, units, now)
	if err == nil {
		err = f.mayLeave(order, units)
	}
	if err == nil {
		err = c.Issuer.mayIssue(1)
	}
	if err != nil {
		return Change{}, HandedOver{}, err
	}
	// Nothing below this line can fail.
	d := newDeal(s, order, c.Transaction, c.Issuer, c.OccurredAt, now)
	for _, p := range payments {
		d.pay(p)
	}
	handed := make([]UnitRange, len(units))
	for i, u := range units {
		handed[i] = d.deliver(int(u.Line)-1, take{Committed, u.Units})
	}
	d.earn(handed)
	d.issue(order.documentKind(), handed, Invoice{}, ID{})
	f.Proof, f.Collector, f.Carrier, f.Tracking = c.Proof, c.Collector, c.Carrier, c.Tracking
	event := "UnitsCollected"
	if f.Method == Ship {
		event = "ShipmentShipped"
		f.Parcels = append(slices.Clip(f.Parcels), c.parcelOf(order, units, d.at, now))
		f.use(label)
	}
	f.State = f.handed(d.order.opens(c.Fulfilment)) // what is left is handed over later, or cancelled
	d.tellOrder("OrderHandedOver")
	if f.Method == Ship {
		f = d.tellParcel(event, f, len(f.Parcels)-1)
	} else {
		f = d.tellFulfilment(event, f)
	}
	change := d.change(KindHandover, c.Location, "", order.subject())
	return change, HandedOver{Fulfilment: f, Order: d.order, Invoice: d.invoices[0]}, nil
}

func (c HandOver) mayHandOver(f Fulfilment, now time.Time) error {
	if err := f.ended(now); err != nil {
		return err
	}
	last := f.Method.Ready()
	switch {
	case f.State != last:
		return Refuse(FulfilmentStep, "a %s is handed over when it is %s, and it is %s", f.Method, last, f.State).With("state", f.State)
	case f.Method == PickUp && f.CodeLocked():
		return Refuse(CodeLocked, "a wrong code was tried %d times; only a new one opens it, which the shopper asks for, or the office", f.Tries)
	case f.Method == PickUp && f.CodeCount != c.CodeCount:
		return ErrStale
	}
	return nil
}

// wrongCode remembers a try.
func (c HandOver) wrongCode(f Fulfilment, now time.Time) (Change, HandedOver, error) {
	f.Tries++
	change, f := f.worked(c.Transaction, now, "PickupCodeRefused")
	return change, HandedOver{WrongCode: true, TriesLeft: codeTries - f.Tries, Fulfilment: f}, nil
}

// pay checks what is paid now, and that what leaves is paid then, or authorised.
func (c HandOver) pay(s State, order Order, units []UnitCount, now time.Time) ([]Payment, error) {
	payments, err := order.pay(s, payIn{tenders: c.Tenders, roundingMinor: c.RoundingMinor, mayOwe: true, leaving: true, now: now})
	if err != nil {
		return nil, err
	}
	order.Payments = append(slices.Clip(order.Payments), payments...)
	order.Lines = slices.Clone(order.Lines)
	for _, u := range units {
		order.Lines[u.Line-1].Fulfilled += u.Units
	}
	if due := order.Balance() - order.Secured(); due > 0 {
		return nil, RefuseField(PaymentShort, "tenders", "%d more is due before it is handed over", due).With("due_minor", due)
	}
	return payments, nil
}

// documentKind is the kind of document that the buyer wants.
func (o Order) documentKind() InvoiceKind {
	if o.BillTo != nil {
		return InvoiceFull
	}
	return InvoiceSimplified
}

// opens tells whether lines of a fulfilment have open units.
func (o Order) opens(fulfilment ID) bool {
	return slices.ContainsFunc(o.Lines, func(l OrderLine) bool { return l.Fulfilment == fulfilment && l.Open() > 0 })
}

// closed says what became of the order, or of one fulfilment if one is named, of which nothing is open.
func (o Order) closed(fulfilment ID) string {
	switch o.State {
	case OrderCancelled:
		return "it is cancelled"
	case OrderExpired:
		return "it was not paid in time, and was given up"
	}
	var handed, cancelled int64
	for _, line := range o.Lines {
		if fulfilment.IsZero() || line.Fulfilment == fulfilment {
			handed, cancelled = handed+line.Fulfilled, cancelled+line.Cancelled
		}
	}
	return fmt.Sprintf("%d units are handed over and %d cancelled", handed, cancelled)
}

// openUnits checks that units of lines are open, in one fulfilment if one is named; with none given it returns all that are.
func (o Order) openUnits(wanted []UnitCount, fulfilment ID) ([]UnitCount, error) {
	var units []UnitCount
	if len(wanted) == 0 {
		for _, line := range o.Lines {
			if line.Open() > 0 && (fulfilment.IsZero() || line.Fulfilment == fulfilment) {
				units = append(units, UnitCount{Line: line.Line, Units: line.Open()})
			}
		}
		if len(units) == 0 {
			return nil, Refuse(AlreadyHandedOver, "nothing of order %s is open: %s", o.Number, o.closed(fulfilment))
		}
		return units, nil
	}
	seen := map[int32]bool{}
	for i, want := range wanted {
		at := o.line(want.Line)
		field := fmt.Sprintf("lines[%d]", i)
		switch {
		case at < 0 || !fulfilment.IsZero() && o.Lines[at].Fulfilment != fulfilment:
			return nil, RefuseField(InvalidRequest, field+".line", "there is no such line %d", want.Line)
		case seen[want.Line]:
			return nil, RefuseField(InvalidRequest, field+".line", "line %d stands twice", want.Line)
		case want.Units < 1:
			return nil, RefuseField(InvalidRequest, field+".quantity", "must be at least 1")
		case want.Units > o.Lines[at].Open():
			line := o.Lines[at]
			return nil, RefuseField(AlreadyHandedOver, field+".quantity", "%d of line %d are open, and not %d: of %d, %d are handed over and %d cancelled",
				line.Open(), want.Line, want.Units, line.Quantity, line.Fulfilled, line.Cancelled).With("open", line.Open())
		}
		seen[want.Line] = true
		units = append(units, want)
	}
	return units, nil
}
