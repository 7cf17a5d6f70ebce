package retail

import (
	"slices"
	"time"
)

// CancelReason is why units are not handed over.
type CancelReason string

// The reasons.
const (
	CancelAsked  CancelReason = "ASKED"   // somebody wanted it
	CancelNoShow CancelReason = "NO_SHOW" // nobody collected it in time
	CancelUnpaid CancelReason = "UNPAID"  // the order was not paid in time
	// CancelRefused is when the shopper came for a pickup, saw it, and did not want it.
	CancelRefused CancelReason = "REFUSED"
)

// CancelUnits gives up units that are not handed over: they are free again, and what was paid for them goes back to the cent.
type CancelUnits struct {
	Transaction ID
	// Order is the order as it was read, for what never changes of it.
	Order Order
	// Lines are what is cancelled; none: all that is open, of Fulfilment if that is given.
	Lines      []UnitCount
	Fulfilment ID
	Why        CancelReason
	// Picked gives up what is picked too, where somebody asked for it; a right of its own.
	Picked   bool
	RefundTo []RefundTo
	// CashAt is the drawer that pays cash out; empty: where it was paid.
	CashAt string
	// Note is why, in words.
	Note string
}

// Keys are the order, its fulfilments and their positions, and the stored value and the coupons that may be given back.
func (c CancelUnits) Keys() []Key {
	keys := append(c.Order.refundKeys(c.RefundTo), OrderKey(c.Order.ID))
	keys = append(keys, c.Order.fulfilmentKeys()...)
	keys = append(keys, couponKeys(c.Order.CouponCounts())...)
	keys = append(keys, c.Order.transferKeys()...)
	return append(keys, c.Order.levelKeys(ID{})...)
}

// fulfilmentKeys are the fulfilments of the order, each once.
func (o Order) fulfilmentKeys() []Key {
	var keys []Key
	for _, line := range o.Lines {
		if key := FulfilmentKey(line.Location, line.Fulfilment); !line.Fulfilment.IsZero() && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// Decide refuses what is handed over already. The sweeper's reasons are stale before their time.
func (c CancelUnits) Decide(s State, now time.Time) (Change, Order, error) {
	order, found := lookup[Order](s, OrderKey(c.Order.ID))
	if !found {
		return Change{}, Order{}, Refuse(UnknownOrder, "there is no order %s", c.Order.ID)
	}
	if err := c.mayCancel(s, order, now); err != nil {
		return Change{}, Order{}, err
	}
	if c.Why == CancelUnpaid { // all of it, whatever else is said
		c.Lines, c.Fulfilment = nil, ID{}
	}
	if !order.hasLinesOf(c.Order) || !order.sameStored(c.Order, c.RefundTo) {
		return Change{}, Order{}, ErrStale
	}
	units, err := order.openUnits(c.Lines, c.Fulfilment)
	if err != nil {
		return Change{}, Order{}, err
	}
	if err := c.mayUnpick(s, order, order.without(units), now); err != nil {
		return Change{}, Order{}, err
	}
	units, instead := order.withCharges(units, nil, len(c.Lines) > 0)
	after := order.without(units)
	after.Lines = append(after.Lines, instead...)
	refunds, err := after.payBack(s, now, refundWay{wanted: c.RefundTo, cashAt: c.CashAt, undone: true})
	if err != nil {
		return Change{}, Order{}, err
	}
	// Nothing below this line can fail.
	d := newDeal(s, after, c.Transaction, Issuer{}, time.Time{}, now)
	for _, u := range units {
		place, units := d.free(u, u.Units)
		d.move(place, Committed, Available, d.order.Lines[u.Line-1].SKU, units)
	}
	for _, p := range refunds {
		d.pay(p)
	}
	event := "UnitsCancelled"
	if c.Why == CancelUnpaid {
		d.order.State, event = OrderExpired, "OrderExpired"
	}
	d.tellOrder(event)
	d.endFulfilments(s, units, c.Why.ends())
	d.endTransfers(s, order, c.Note)
	change := d.change(KindCancel, order.Location, "", order.subject())
	change.Note = c.Note
	return change, d.order, nil
}

// without is the order without some of its open units.
func (o Order) without(units []UnitCount) Order {
	o.Lines = slices.Clone(o.Lines)
	for _, u := range units {
		o.Lines[u.Line-1].Cancelled += u.Units
	}
	return o
}

// payBack is what is paid back of an order that comes to less than it did.
func (o Order) payBack(s State, now time.Time, terms refundWay) ([]Payment, error) {
	refunds, err := o.refund(-o.Owed(), terms)
	if err == nil {
		err = countable(s, o.Location, now, refunds...)
	}
	return refunds, err
}

func (c CancelUnits) mayCancel(s State, order Order, now time.Time) error {
	switch c.Why {
	case CancelUnpaid:
		if order.State != OrderPendingPayment || now.Before(order.PayBy) {
			return ErrStale
		}
	case CancelNoShow:
		for _, key := range order.fulfilmentKeys() {
			if f, _ := lookup[Fulfilment](s, key); f.ID == c.Fulfilment && f.Expired(now) {
				return nil
			}
		}
		return ErrStale
	case CancelRefused:
		return c.mayRefuse(s, order, now)
	}
	return nil
}

// mayRefuse refuses what nobody can have been shown: what is not ready to be collected.
func (c CancelUnits) mayRefuse(s State, order Order, now time.Time) error {
	keys := order.fulfilmentKeys()
	at := slices.IndexFunc(keys, func(key Key) bool { return key.ID == c.Fulfilment })
	if at < 0 {
		return Refuse(UnknownFulfilment, "order %s has no fulfilment %s", order.Number, c.Fulfilment)
	}
	f, found := lookup[Fulfilment](s, keys[at])
	if !found {
		return ErrStale
	}
	return f.waits(now)
}

// mayUnpick refuses to give up what is picked without the right to. What nobody collected in time is put back anyway.
func (c CancelUnits) mayUnpick(s State, order, after Order, now time.Time) error {
	if c.Why != CancelAsked || c.Picked {
		return nil
	}
	for i, line := range after.Lines {
		units := line.Cancelled - order.Lines[i].Cancelled
		if units == 0 || line.Fulfilment.IsZero() {
			continue
		}
		f, found := lookup[Fulfilment](s, FulfilmentKey(line.Location, line.Fulfilment))
		if !found {
			return ErrStale
		}
		if free := f.unfetched(order.Lines[i]); units > free && !f.Expired(now) {
			return Refuse(AlreadyPicked, "%d of line %d may be given up, the others are picked: whoever has the right to gives them up with `picked`, "+
				"or the desk refuses them (RefusePickup) once they are ready", free, line.Line).With("line", line.Line).With("left", free)
		}
	}
	return nil
}

// ending is what becomes of a fulfilment of which nothing is open any more and nothing was handed over, and what others are told.
type ending struct {
	state FulfilmentState
	event string
}

func (why CancelReason) ends() ending {
	switch why {
	case CancelNoShow:
		return ending{FulfilmentNoShow, "PickupExpired"}
	case CancelRefused:
		return ending{FulfilmentRefused, "PickupRefused"}
	}
	return ending{FulfilmentCancelled, "FulfilmentCancelled"}
}

// endFulfilments ends those that have nothing open any more; others may have all that they hand over now.
func (d *deal) endFulfilments(s State, units []UnitCount, as ending) {
	var touched []Key
	for _, u := range units {
		line := d.order.Lines[u.Line-1]
		if key := FulfilmentKey(line.Location, line.Fulfilment); !line.Fulfilment.IsZero() && !slices.Contains(touched, key) {
			touched = append(touched, key)
		}
	}
	for _, key := range touched {
		f, found := lookup[Fulfilment](s, key)
		if !found || d.order.opens(f.ID) {
			d.supply(f)
			continue
		}
		handed := slices.ContainsFunc(d.order.Lines, func(l OrderLine) bool { return l.Fulfilment == f.ID && l.Fulfilled > 0 })
		f.State = as.state
		if handed && as.state != FulfilmentNoShow {
			f.State = f.handed(false)
		}
		d.tellFulfilment(as.event, f)
	}
}
