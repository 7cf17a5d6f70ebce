package retail

import (
	"fmt"
	"slices"
	"time"
)

// FailShipment is when goods that a carrier has do not arrive: they are lost, or come back to where they were sent from. It is a fact,
// and no policy is asked: what was paid for them goes back to the cent, the way it came, and what proves the sale is corrected.
type FailShipment struct {
	Fulfilment ID
	// Parcel is the number of the parcel; 0: the only one that the carrier has.
	Parcel int32
	// Lost is true where the carrier can't find them, and false where it brings them back.
	Lost bool
	// Back is the return that it makes, at the place of the fulfilment. Without items it is of all that is in the parcel, to be looked
	// at. What is lost has one disposition. What was charged for the fulfilment goes back with the last of its goods that left, and is
	// charged anew where others are still to leave.
	Back AcceptReturn
	// Reason is the code of the reason why units are lost; what comes back names none.
	Reason string
}

// FailedShipment is what became of it.
type FailedShipment struct {
	Fulfilment Fulfilment `json:"fulfilment"`
	Order      Order      `json:"order"`
	Return     Return     `json:"return"`
}

// By gives a loss its reason, once that is known to fit.
func (c FailShipment) By(reason StockReason) (FailShipment, error) {
	if err := reason.For(ActAdjust, "reason"); err != nil {
		return c, err
	}
	c.Reason = reason.Code
	return c, nil
}

// Keys are those of a return of anything in the fulfilment, and the fulfilment.
func (c FailShipment) Keys() []Key {
	back := c.Back
	back.Items = nil
	for _, line := range back.Order.Lines {
		if line.Fulfilment == c.Fulfilment {
			back.Items = append(back.Items, ReturnItem{Line: line.Line})
		}
	}
	return append(back.Keys(), FulfilmentKey(back.Location, c.Fulfilment))
}

// Decide refuses what no carrier has, and more than it has.
func (c FailShipment) Decide(s State, now time.Time) (Change, FailedShipment, error) {
	f, err := lookupFulfilment(s, c.Back.Location, c.Fulfilment)
	if err != nil {
		return Change{}, FailedShipment{}, err
	}
	order, found := lookup[Order](s, OrderKey(c.Back.Order.ID))
	if !found || f.Order != order.ID {
		return Change{}, FailedShipment{}, ErrStale
	}
	f, at, err := f.onItsWay(order, c.Parcel, now)
	if err != nil {
		return Change{}, FailedShipment{}, err
	}
	back, parcel := c.Back, &f.Parcels[at]
	items, anew, err := c.items(order, *parcel)
	if err != nil {
		return Change{}, FailedShipment{}, err
	}
	back.Items, back.Reason, back.fact = items, "", true
	r, err := back.plan(s, now, refundWay{undone: true}, anew...)
	if err != nil {
		return Change{}, FailedShipment{}, err
	}
	// Nothing below this line can fail.
	r.answer.Overrides = nil // it did not arrive, whatever the policy
	d := newDeal(s, r.before, back.Transaction, back.Issuer, back.OccurredAt, now)
	r.apply(d)
	event, reason, ends := "ShipmentReturned", "", FulfilmentReturned
	if c.Lost {
		event, reason, ends = "ShipmentLost", c.Reason, FulfilmentLost
	}
	parcel.miss(back.Items)
	parcel.RecordedAt = now
	if len(parcel.left(d.order)) == 0 {
		parcel.State = ends
	}
	f.State = f.handed(d.order.opens(f.ID))
	f = d.tellParcel(event, f, at)
	change := d.change(KindReturn, f.Location, "", r.answer.subject())
	change.Reason = reason
	return change, FailedShipment{Fulfilment: f, Order: d.order, Return: r.answer}, nil
}

// items are the units that do not arrive, each with what becomes of it, and the lines that charge anew what was charged for them.
func (c FailShipment) items(order Order, parcel Parcel) (items []ReturnItem, anew []OrderLine, err error) {
	named, charges := slices.Clone(c.Back.Items), []ReturnItem(nil)
	if len(named) == 0 {
		if named = parcel.left(order); len(parcel.Units) == 0 { // it left without goods
			charges = order.unearned(c.Fulfilment)
		}
	}
	if len(named)+len(charges) == 0 {
		return nil, nil, Refuse(ReturnTooLarge, "all of it came back").With("left", 0)
	}
	for i, item := range named {
		if at := order.line(item.Line); at < 0 || order.Lines[at].Fulfilment != c.Fulfilment {
			return nil, nil, RefuseField(InvalidRequest, fmt.Sprintf("lines[%d].line", i), "there is no such line %d", item.Line)
		}
		if item.Disposition == Kept {
			return nil, nil, RefuseField(InvalidRequest, fmt.Sprintf("lines[%d].disposition", i), "what a carrier had the customer does not keep")
		}
	}
	charges = append(charges, order.chargesBack(c.Fulfilment, named)...)
	items = slices.Concat(named, charges)
	for i := range items {
		if c.Lost {
			items[i].Disposition = Lost
		}
	}
	return items, order.chargedAnew(charges, named), parcel.has(order, items)
}
