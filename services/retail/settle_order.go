package retail

import (
	"slices"
	"time"
)

// PayOrder takes money for an order that was not paid, or not in full, wherever the customer is.
type PayOrder struct {
	Transaction ID
	Order       ID
	Tenders     []Tender
	// RoundingMinor is how much less is paid because of the smallest coin; negative: more.
	RoundingMinor int64
	Channel       string
}

// Keys are the order and the stored value that is spent.
func (c PayOrder) Keys() []Key { return append(balanceKeys(c.Tenders), OrderKey(c.Order)) }

// Decide refuses an order that was given up or waited too long, and one that owes nothing.
func (c PayOrder) Decide(s State, now time.Time) (Change, Order, error) {
	order, found := lookup[Order](s, OrderKey(c.Order))
	if !found {
		return Change{}, Order{}, Refuse(UnknownOrder, "there is no order %s", c.Order)
	}
	if err := order.gone(now); err != nil {
		return Change{}, Order{}, err
	}
	if order.Owed() <= 0 {
		return Change{}, Order{}, Refuse(NothingOwed, "nothing is owed on order %s", order.Number)
	}
	payments, err := order.pay(s, payIn{tenders: c.Tenders, roundingMinor: c.RoundingMinor, mayOwe: true, now: now})
	if err != nil {
		return Change{}, Order{}, err
	}
	// Nothing below this line can fail.
	d := newDeal(s, order, c.Transaction, Issuer{}, time.Time{}, now)
	for _, p := range payments {
		d.pay(p)
	}
	d.tellOrder("OrderPaid")
	return d.change(KindPayment, order.Location, c.Channel, order.subject()), d.order, nil
}

// gone refuses an order that was not paid in time, swept or not.
func (o Order) gone(now time.Time) error {
	if o.State == OrderExpired || o.State == OrderPendingPayment && !now.Before(o.PayBy) {
		return Refuse(OrderGone, "order %s was to be paid by %s", o.Number, o.PayBy.Format(time.RFC3339))
	}
	return nil
}

// GrantGoodwill gives the customer something for nothing: it comes off what is owed, and what was paid beyond that goes back.
type GrantGoodwill struct {
	Transaction ID
	// Order is the order as it was read, for what never changes of it.
	Order       Order
	AmountMinor int64
	RefundTo    []RefundTo
	CashAt      string
	Note        string
}

// Keys are the order and the stored value that may be given back.
func (c GrantGoodwill) Keys() []Key {
	return append(c.Order.refundKeys(c.RefundTo), OrderKey(c.Order.ID))
}

// Decide refuses more than what was paid and is owed together.
func (c GrantGoodwill) Decide(s State, now time.Time) (Change, Order, error) {
	order, found := lookup[Order](s, OrderKey(c.Order.ID))
	if !found {
		return Change{}, Order{}, Refuse(UnknownOrder, "there is no order %s", c.Order.ID)
	}
	if !order.sameStored(c.Order, c.RefundTo) {
		return Change{}, Order{}, ErrStale
	}
	if err := order.gone(now); err != nil {
		return Change{}, Order{}, err
	}
	if c.AmountMinor < 1 {
		return Change{}, Order{}, RefuseField(InvalidRequest, "amount", "must be at least 1")
	}
	goodwill := Payment{Movement: MovementGoodwill, AmountMinor: c.AmountMinor, Reference: c.Note}
	after := order
	after.Payments = append(slices.Clip(order.Payments), goodwill)
	refunds, err := after.refund(-after.Owed(), refundWay{wanted: c.RefundTo, cashAt: c.CashAt})
	if err == nil {
		err = countable(s, order.Location, now, refunds...)
	}
	if err != nil {
		return Change{}, Order{}, err
	}
	// Nothing below this line can fail.
	d := newDeal(s, order, c.Transaction, Issuer{}, time.Time{}, now)
	d.pay(goodwill)
	for _, p := range refunds {
		d.pay(p)
	}
	d.tellOrder("GoodwillGranted")
	return d.change(KindGoodwill, order.Location, "", order.subject()), d.order, nil
}

// WriteOffDebt gives up what a customer owes: a decision of a person.
type WriteOffDebt struct {
	Transaction ID
	Order       ID
	AmountMinor int64
	Note        string
}

// Keys are the order.
func (c WriteOffDebt) Keys() []Key { return []Key{OrderKey(c.Order)} }

// Decide refuses more than is owed.
func (c WriteOffDebt) Decide(s State, now time.Time) (Change, Order, error) {
	order, found := lookup[Order](s, OrderKey(c.Order))
	if !found {
		return Change{}, Order{}, Refuse(UnknownOrder, "there is no order %s", c.Order)
	}
	if err := order.gone(now); err != nil {
		return Change{}, Order{}, err
	}
	if c.AmountMinor < 1 {
		return Change{}, Order{}, RefuseField(InvalidRequest, "amount", "must be at least 1")
	}
	if owed := max(0, order.Owed()); c.AmountMinor > owed {
		return Change{}, Order{}, RefuseField(NothingOwed, "amount", "%d is owed on order %s, and not %d", owed, order.Number, c.AmountMinor).
			With("owed_minor", owed)
	}
	// Nothing below this line can fail.
	d := newDeal(s, order, c.Transaction, Issuer{}, time.Time{}, now)
	d.pay(Payment{Movement: MovementLoss, AmountMinor: c.AmountMinor, Reference: c.Note})
	d.tellOrder("DebtWrittenOff")
	return d.change(KindLoss, order.Location, "", order.subject()), d.order, nil
}
