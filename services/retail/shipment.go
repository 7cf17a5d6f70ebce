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
	// Lost is true where the carrier can't find them, and false where it brings them back.
	Lost bool
	// Back is the return that it makes, at the place of the fulfilment. Without items it is of all that the carrier has, to be looked
	// at. What is lost has one disposition. What was charged for the fulfilment goes back with the last of its goods.
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
	if err := f.onItsWay(now); err != nil {
		return Change{}, FailedShipment{}, err
	}
	back := c.Back
	if back.Items, err = c.items(order); err != nil {
		return Change{}, FailedShipment{}, err
	}
	r, err := back.plan(s, now, refundTerms{undone: true})
	if err != nil {
		return Change{}, FailedShipment{}, err
	}
	// Nothing below this line can fail.
	d := newDeal(s, r.before, back.Transaction, back.Issuer, back.OccurredAt, now)
	r.apply(d)
	if len(d.order.out(f.ID)) == 0 {
		f.State = FulfilmentReturned
		if c.Lost {
			f.State = FulfilmentLost
		}
	}
	event, reason := "ShipmentReturned", ""
	if c.Lost {
		event, reason = "ShipmentLost", c.Reason
	}
	f = d.tellFulfilment(event, f)
	change := d.change(KindReturn, f.Location, back.Channel, r.answer.subject())
	change.Reason = reason
	return change, FailedShipment{Fulfilment: f, Order: d.order, Return: r.answer}, nil
}

// items are the units that do not arrive, each with what becomes of it.
func (c FailShipment) items(order Order) ([]ReturnItem, error) {
	items := slices.Clone(c.Back.Items)
	if len(items) == 0 {
		items = order.out(c.Fulfilment)
		if len(items) == 0 {
			return nil, Refuse(ReturnTooLarge, "all of it came back").With("left", 0)
		}
	}
	for i := range items {
		if at := order.line(items[i].Line); at < 0 || order.Lines[at].Fulfilment != c.Fulfilment {
			return nil, RefuseField(InvalidRequest, fmt.Sprintf("lines[%d].line", i), "there is no such line %d", items[i].Line)
		}
	}
	items = append(items, order.chargesBack(c.Fulfilment, items)...)
	for i := range items {
		if c.Lost {
			items[i].Disposition = Lost
		}
	}
	return items, nil
}

// out are the units of a fulfilment that were handed over and did not come back, to be looked at.
func (o Order) out(fulfilment ID) []ReturnItem {
	var items []ReturnItem
	for _, line := range o.Lines {
		if units := line.Fulfilled - line.Returned; line.Fulfilment == fulfilment && units > 0 {
			items = append(items, ReturnItem{Line: line.Line, Units: units, Disposition: Undecided})
		}
	}
	return items
}

// onItsWay refuses what is not a shipment that the carrier has.
func (f Fulfilment) onItsWay(now time.Time) error {
	if f.State == FulfilmentShipped {
		return nil
	}
	if err := f.ended(now); err != nil {
		return err
	}
	if err := f.MustBe(Ship); err != nil {
		return err
	}
	return Refuse(FulfilmentStep, "a carrier has a shipment when it is %s, and it is %s", FulfilmentShipped, f.State).With("state", f.State)
}
