package retail

import "time"

const (
	// linkKept is how long a link is good that nobody gave a time to, where its order does not wait for its payment.
	linkKept = 72 * time.Hour
	// linkKeptMax is how long a link is good at most.
	linkKeptMax = 30 * 24 * time.Hour
)

// Missing is what is owed on the order that no provider has authorised, or was asked to.
func (o Order) Missing() int64 {
	return o.Owed() - o.Secured() - o.coming(StepAuthorise)
}

// LinkDue is what is to be paid by a link: what is missing, or where all of it was asked for and not answered, that again, by whoever pays otherwise.
func (o Order) LinkDue() int64 {
	if missing := o.Missing(); missing > 0 {
		return missing
	}
	return max(0, o.Owed()-o.Secured())
}

// LinkState is what a link to pay by is good for.
type LinkState string

// The states of a link.
const (
	LinkDue   LinkState = "DUE"   // something is to be paid by it
	LinkAsked LinkState = "ASKED" // the provider was asked for all of it, and has not answered
	LinkPaid  LinkState = "PAID"  // nothing is owed any more
	LinkEnded LinkState = "ENDED" // the order is cancelled, or was not paid in time
)

// LinkState is what a link is good for, as its order is now.
func (o Order) LinkState(now time.Time) LinkState {
	switch {
	case o.State == OrderCancelled || o.gone(now) != nil:
		return LinkEnded
	case o.Missing() > 0:
		return LinkDue
	case o.Owed() > o.Secured():
		return LinkAsked
	}
	return LinkPaid
}

// Linked tells whether a link that ends at a time is the order's: the last that was sent, and not over. What it says of itself was proved
// to be ours before.
func (o Order) Linked(until, now time.Time) bool {
	return !until.IsZero() && until.Equal(o.LinkUntil) && now.Before(until)
}

// NoLink is what everybody is told whose link leads nowhere, whatever the reason is: a forger learns nothing.
func NoLink() error {
	return RefuseField(UnknownPaymentLink, "token", "this link is not good, or not any more")
}

// SendPaymentLink lets the customer of an order look at it and pay it by a link. The link is a keyed hash of the order and of when it
// ends; that alone is kept. A link that is sent later takes its place.
type SendPaymentLink struct {
	Transaction ID
	Order       ID
	// ValidFor is how long it is good; 0: as long as the order waits, or linkKept.
	ValidFor time.Duration
}

// Keys are the order.
func (c SendPaymentLink) Keys() []Key { return []Key{OrderKey(c.Order)} }

// Decide refuses an order that is gone, or that owes nothing.
func (c SendPaymentLink) Decide(s State, now time.Time) (Change, Order, error) {
	order, found := lookup[Order](s, OrderKey(c.Order))
	if !found {
		return Change{}, Order{}, Refuse(UnknownOrder, "there is no order %s", c.Order)
	}
	if c.ValidFor < 0 || c.ValidFor > linkKeptMax {
		return Change{}, Order{}, RefuseField(InvalidRequest, "valid_for", "a link is good for %s at most", linkKeptMax)
	}
	if err := order.Payable(now); err != nil {
		return Change{}, Order{}, err
	}
	// Nothing below this line can fail.
	d := newDeal(s, order, c.Transaction, Issuer{}, time.Time{}, now)
	d.order.LinkUntil = c.until(order, now)
	d.tellOrder("PaymentLinkSent")
	return d.change(KindLink, order.Location, "", order.subject()), d.order, nil
}

// until is when the link ends: in whole seconds, no later than the order waits, and microseconds beyond that for each link before it, so
// that no two links of an order are the same.
func (c SendPaymentLink) until(order Order, now time.Time) time.Time {
	until := now.Add(c.ValidFor)
	switch waits := order.State == OrderPendingPayment; {
	case waits && (c.ValidFor == 0 || until.After(order.PayBy)):
		until = order.PayBy
	case c.ValidFor == 0:
		until = now.Add(linkKept)
	}
	until = until.Truncate(time.Second)
	if last := order.LinkUntil; !last.IsZero() {
		until = until.Add(last.Sub(last.Truncate(time.Second)) + time.Microsecond)
	}
	if order.State == OrderPendingPayment && until.After(order.PayBy) {
		until = until.Add(-time.Second)
	}
	return until
}

// Payable refuses an order that nobody can pay by a provider: one that was not paid in time, or that owes nothing that is not authorised.
func (o Order) Payable(now time.Time) error {
	if err := o.gone(now); err != nil {
		return err
	}
	if o.Missing() <= 0 {
		return Refuse(NothingOwed, "nothing is owed on order %s that is not authorised, or asked for and not answered", o.Number)
	}
	return nil
}
