package retail

import (
	"cmp"
	"slices"
	"time"
)

// IntentState is how far a payment by a provider has come.
type IntentState string

// The states of an intent.
const (
	IntentCreated      IntentState = "CREATED"       // the provider was asked to authorise it, and has not answered
	IntentDeclined     IntentState = "DECLINED"      // the provider did not authorise it
	IntentAuthorised   IntentState = "AUTHORISED"    // there is something left that may be captured
	IntentCaptured     IntentState = "CAPTURED"      // something was captured, and no more will be
	IntentVoided       IntentState = "VOIDED"        // it was let go, and nothing was captured
	IntentRefunded     IntentState = "REFUNDED"      // all that was captured went back
	IntentRefundFailed IntentState = "REFUND_FAILED" // the provider does not give back what the order did; it is asked again, or by a person
)

// IntentStep is what a provider is asked to do.
type IntentStep string

// The steps of an intent.
const (
	StepAuthorise IntentStep = "AUTHORISE" // keep an amount for us
	StepCapture   IntentStep = "CAPTURE"   // take a part of it, or all
	StepVoid      IntentStep = "VOID"      // let go what was not captured
	StepRefund    IntentStep = "REFUND"    // give back what was captured
)

// ByCard is the kind of tender that a provider takes.
const ByCard = "CARD"

// intentsMax is how many intents an order may have: a card that is tried over and over is not a customer's.
const intentsMax = 20

// refundPauses are how long after it was refused a refund is asked for again by itself: an hour after the first time, six hours after the
// second, a day after each that follows. It is asked for refundAsksMax times in all, which is a week and seven hours, by which what was only in
// the way is mostly gone: an account without means, a bank that did not answer.
var refundPauses = []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour}

const refundAsksMax = 10

// RefundAskedAgain is when a refund that was refused so often in a row, the last time at a moment, is asked for again; zero: it is not.
func RefundAskedAgain(refusals int32, refusedAt time.Time) time.Time {
	if refusals <= 0 || refusals >= refundAsksMax {
		return time.Time{}
	}
	return refusedAt.Add(refundPauses[min(int(refusals), len(refundPauses))-1])
}

// Intent is a payment of an order by a provider outside. What is asked of the provider is recorded before it is asked, as a step with a
// number, and what it answers after: whoever finds a step without an answer asks again, under the same key, which is made of the
// intent's id and the step's number.
//
// An authorisation moves no money. A capture is a movement of its order, a PAYMENT by card whose reference is the intent's id; what the
// order gives back by that reference the provider is asked to refund.
type Intent struct {
	ID ID `json:"id"`
	// Provider is who has it, by the name of its adapter.
	Provider string      `json:"provider"`
	State    IntentState `json:"state"`
	// AmountMinor is what the provider was asked to authorise.
	AmountMinor int64 `json:"amount_minor"`
	// AuthorisedMinor is what it authorised and did not let go, with what was captured of it.
	AuthorisedMinor int64 `json:"authorised_minor"`
	// CapturedMinor is what was taken, and RefundedMinor what of it the provider gave back.
	CapturedMinor int64 `json:"captured_minor"`
	RefundedMinor int64 `json:"refunded_minor"`
	// MovedMinor is what of it paid for another order in an exchange: that order has an intent of the same id for it, and gives it back.
	MovedMinor int64 `json:"moved_minor,omitempty"`
	// MovedFrom is the order that an intent came from in an exchange, for what moved; zero: it was authorised for this one.
	MovedFrom ID `json:"moved_from,omitzero"`
	// Token stands for the customer's card at the provider, until it has answered; never a number of a card.
	Token string `json:"token,omitempty"`
	// Reference is the provider's own id of it.
	Reference string `json:"reference,omitempty"`
	// CapturesOnce is true where the provider said, as it authorised it, that the first capture lets the rest go; false: it does not, or nobody
	// knows.
	CapturesOnce bool `json:"captures_once,omitempty"`
	// Step is what the provider was asked and has not answered, with the amount; empty: nothing. Steps counts all of them.
	Step      IntentStep `json:"step,omitempty"`
	StepMinor int64      `json:"step_minor,omitempty"`
	Steps     int32      `json:"steps"`
	// Problem is what the provider said when it last would not, until it is asked again.
	Problem string `json:"problem,omitempty"`
	// Refusals is how often in a row it refused to give back, and AskAgainAt when it is asked for that again by itself; zero: it is not.
	Refusals   int32     `json:"refusals,omitempty"`
	AskAgainAt time.Time `json:"ask_again_at,omitzero"`
	// AskedAt is when it was last asked.
	AskedAt time.Time `json:"asked_at"`
}

// Left is what may still be captured.
func (i Intent) Left() int64 { return i.AuthorisedMinor - i.CapturedMinor }

// secures is what goods may leave on: what is left, or where that is let go by the capture that is under way, what is captured by it. Its rest is not
// taken for goods that have not left; it is paid otherwise.
func (i Intent) secures() int64 {
	if i.CapturesOnce && i.Step == StepCapture {
		return i.StepMinor
	}
	return i.Left()
}

// ask begins a step.
func (i *Intent) ask(step IntentStep, minor int64, now time.Time) {
	i.Step, i.StepMinor, i.Steps, i.Problem, i.AskedAt, i.AskAgainAt = step, minor, i.Steps+1, "", now, time.Time{}
}

// answered returns the state of an intent of which no step is under way.
func (i Intent) answered() IntentState {
	switch {
	case i.Left() > 0:
		return IntentAuthorised
	case i.CapturedMinor == 0:
		return IntentVoided
	case i.RefundedMinor == i.CapturedMinor:
		return IntentRefunded
	}
	return IntentCaptured
}

// intent returns where an intent stands in the order, or -1.
func (o Order) intent(id ID) int {
	return slices.IndexFunc(o.Intents, func(i Intent) bool { return i.ID == id })
}

// Secured is what providers have authorised for the order and nobody captured yet, as far as it can be.
func (o Order) Secured() int64 {
	sum := int64(0)
	for _, i := range o.Intents {
		sum += i.secures()
	}
	return sum
}

// coming is what providers were asked to capture, or to authorise, and have not answered.
func (o Order) coming(step IntentStep) int64 {
	sum := int64(0)
	for _, i := range o.Intents {
		if i.Step == step {
			sum += i.StepMinor
		}
	}
	return sum
}

// toRefund is what the order gave back by an intent and its provider has not.
func (o Order) toRefund(i Intent) int64 {
	sum := -i.RefundedMinor - i.MovedMinor
	for _, p := range o.Payments {
		if p.Movement == MovementRefund && p.Kind == ByCard && p.Reference == i.ID.String() {
			sum += p.AmountMinor
		}
	}
	return sum
}

// ask returns the intents with what their providers must be asked next, as the order is now: to give back what it gave back, to let go
// what it does not need any more, to take what is due for goods that were handed over. An intent takes one step at a time.
func (o Order) ask(now time.Time) []Intent {
	intents := slices.Clone(o.Intents)
	owed, due := o.Owed()-o.coming(StepCapture), o.Balance()-o.coming(StepCapture)
	for n := range intents {
		i := &intents[n]
		back, left := o.toRefund(*i), i.Left()
		switch {
		case i.Step != "":
		case back > 0 && i.State != IntentRefundFailed:
			i.ask(StepRefund, back, now)
		case left > 0 && owed <= 0:
			i.ask(StepVoid, left, now)
		case left > 0 && due > 0:
			part := min(left, due)
			i.ask(StepCapture, part, now)
			owed, due = owed-part, due-part
		}
	}
	return intents
}

// takenByIntent refuses a tender that says it is of an intent of the order: those are captured, and not said.
func (o Order) takenByIntent(tenders []Tender) error {
	for _, i := range o.Intents {
		if slices.ContainsFunc(tenders, func(t Tender) bool { return t.Reference == i.ID.String() }) {
			return RefuseField(InvalidRequest, "tenders", "%s is a payment by a provider; capture it", i.ID)
		}
	}
	return nil
}

// AskProvider begins a step: it records what a provider is about to be asked. Nothing is asked of it before that is committed.
type AskProvider struct {
	Transaction ID
	Order       ID
	Intent      ID
	Step        IntentStep
	// AmountMinor is how much; 0: as much as there is. A void lets all go, and a refund gives back what the order gave back.
	AmountMinor int64
	// Provider and Token are those of a new intent.
	Provider, Token string
	// Link is when the link ends that it is paid by, for the whole AmountMinor and no other; zero: it is paid by none.
	Link time.Time
}

// Keys are the order.
func (c AskProvider) Keys() []Key { return []Key{OrderKey(c.Order)} }

// Decide refuses an order that is gone, more than is owed or authorised, and a step while the provider has not answered the one before.
func (c AskProvider) Decide(s State, now time.Time) (Change, Order, error) {
	order, found := lookup[Order](s, OrderKey(c.Order))
	if !found {
		return Change{}, Order{}, Refuse(UnknownOrder, "there is no order %s", c.Order)
	}
	if !slices.Contains([]IntentStep{StepAuthorise, StepCapture, StepVoid, StepRefund}, c.Step) {
		return Change{}, Order{}, RefuseField(InvalidRequest, "step", "%s is no step of a payment", c.Step)
	}
	if c.Intent.IsZero() {
		return Change{}, Order{}, RefuseField(InvalidRequest, "intent", "a payment has an id")
	}
	if !c.Link.IsZero() && !order.Linked(c.Link, now) {
		return Change{}, Order{}, NoLink()
	}
	at := order.intent(c.Intent)
	if at >= 0 && c.Step == StepAuthorise {
		return Change{}, Order{}, RefuseField(PaymentStep, "intent", "payment %s was begun before", c.Intent).With("state", order.Intents[at].State)
	}
	if at < 0 && c.Step != StepAuthorise {
		return Change{}, Order{}, RefuseField(UnknownPayment, "intent", "order %s has no such payment", order.Number)
	}
	if at < 0 && slices.ContainsFunc(order.Payments, func(p Payment) bool { return p.Reference == c.Intent.String() }) {
		return Change{}, Order{}, RefuseField(InvalidRequest, "intent", "%s is the reference of another payment of the order", c.Intent)
	}
	minor, err := c.most(order, at, now)
	if err != nil {
		return Change{}, Order{}, err
	}
	if c.AmountMinor < 0 || c.AmountMinor > minor {
		return Change{}, Order{}, RefuseField(PaymentStep, "amount", "%d at most, and not %d", minor, c.AmountMinor).With("most_minor", minor)
	}
	if !c.Link.IsZero() && c.AmountMinor != minor {
		return Change{}, Order{}, RefuseField(PaymentStep, "amount", "%d is due, and not %d", minor, c.AmountMinor).With("most_minor", minor)
	}
	// Nothing below this line can fail.
	d := newDeal(s, order, c.Transaction, Issuer{}, time.Time{}, now)
	if at < 0 {
		at = len(d.order.Intents)
		d.order.Intents = append(d.order.Intents, Intent{
			ID: c.Intent, Provider: c.Provider, State: IntentCreated, AmountMinor: cmp.Or(c.AmountMinor, minor), Token: c.Token,
		})
	}
	i := &d.order.Intents[at]
	i.ask(c.Step, cmp.Or(c.AmountMinor, minor), now)
	if i.State == IntentRefundFailed {
		i.State = i.answered()
	}
	d.tellOrder("PaymentAsked")
	return d.change(KindProvider, order.Location, "", order.subject()), d.order, nil
}

// most is the most that a step may be about, which is more than nothing.
func (c AskProvider) most(order Order, at int, now time.Time) (int64, error) {
	not := func(format string, args ...any) (int64, error) {
		return 0, RefuseField(PaymentStep, "intent", format, args...)
	}
	var intent Intent
	if at >= 0 {
		intent = order.Intents[at]
	}
	if intent.Step != "" {
		return not("the provider has not answered the %s before", intent.Step)
	}
	if c.Step == StepRefund {
		if back := order.toRefund(intent); back > 0 {
			return back, nil
		}
		return not("the order gave nothing back by it that the provider did not")
	}
	if c.Step != StepAuthorise && intent.Left() == 0 {
		return not("a payment that is %s is neither captured nor voided", intent.State)
	}
	if c.Step == StepVoid {
		return intent.Left(), nil
	}
	if c.Step == StepCapture { // what an order does not owe any more is let go already
		return min(order.Owed()-order.coming(StepCapture), intent.Left()), nil
	}
	if err := order.Payable(now); err != nil {
		return 0, err
	}
	if len(order.Intents) == intentsMax {
		return not("an order has at most %d payments by providers", intentsMax)
	}
	return order.Missing(), nil
}

// GiveWay are the intents that a customer has not agreed to, of an order of which nothing else is missing, that are in the way of one to authorise:
// the latest first, and no more than it takes. None are where it would be refused without them as well.
func (c AskProvider) GiveWay(o Order) (waiting []Intent) {
	due := o.Owed() - o.Secured()
	most := min(due, cmp.Or(c.AmountMinor, due))
	if c.Step != StepAuthorise || c.AmountMinor > due || !c.Link.IsZero() && c.AmountMinor != due || len(o.Intents) >= intentsMax || o.intent(c.Intent) >= 0 {
		return nil
	}
	for missing, at := o.Missing(), len(o.Intents)-1; at >= 0 && missing < most; at-- {
		if i := o.Intents[at]; i.Step == StepAuthorise {
			waiting = append(waiting, i)
			missing += i.StepMinor
		}
	}
	return waiting
}

// RecordAnswer ends a step with what the provider answered: a fact, which is never refused. Money that came although the order does not
// need it any more goes back.
type RecordAnswer struct {
	Transaction ID
	Order       ID
	Intent      ID
	// Number is which step it answers.
	Number int32
	// Declined is true where the provider would not, and Problem says why.
	Declined bool
	Problem  string
	// Reference is the provider's own id of the intent.
	Reference string
	// LeftMinor is what may still be captured after a capture, as the provider has it; it may have let the rest go.
	LeftMinor int64
	// CapturesOnce is what it says of what it authorised: that the first capture lets the rest go.
	CapturesOnce bool
}

// Keys are the order.
func (c RecordAnswer) Keys() []Key { return []Key{OrderKey(c.Order)} }

// Decide is stale where nothing was asked that this answers.
func (c RecordAnswer) Decide(s State, now time.Time) (Change, Order, error) {
	order, found := lookup[Order](s, OrderKey(c.Order))
	if !found {
		return Change{}, Order{}, ErrStale
	}
	at := order.intent(c.Intent)
	if at < 0 || order.Intents[at].Step == "" || order.Intents[at].Steps != c.Number {
		return Change{}, Order{}, ErrStale
	}
	// Nothing below this line can fail.
	d := newDeal(s, order, c.Transaction, Issuer{}, time.Time{}, now)
	i := &d.order.Intents[at]
	step, minor, owed, left := i.Step, i.StepMinor, order.Owed(), i.Left()
	i.Step, i.StepMinor, i.Token = "", 0, ""
	i.Reference = cmp.Or(c.Reference, i.Reference)
	event := "PaymentFailed"
	switch {
	case c.Declined:
		i.Problem = c.Problem
		if step == StepCapture || step == StepVoid { // there is nothing any more that could be taken or let go
			i.AuthorisedMinor = i.CapturedMinor
		}
	case step == StepAuthorise:
		i.AuthorisedMinor, i.CapturesOnce, event = minor, c.CapturesOnce, "PaymentAuthorised"
	case step == StepCapture:
		i.CapturedMinor += minor
		i.AuthorisedMinor = i.CapturedMinor + max(0, min(left-minor, c.LeftMinor))
		paid := Payment{Kind: ByCard, Movement: MovementPayment, AmountMinor: minor, Reference: i.ID.String()}
		d.pay(paid)
		paid.Movement, paid.AmountMinor = MovementRefund, max(0, minor-max(0, owed))
		d.pay(paid)
		event = "PaymentCaptured"
	case step == StepVoid:
		i.AuthorisedMinor, event = i.CapturedMinor, "PaymentVoided"
	case step == StepRefund:
		i.RefundedMinor, i.Refusals = i.RefundedMinor+minor, 0
		event = "PaymentRefunded"
	}
	switch i.State = i.answered(); {
	case c.Declined && step == StepAuthorise:
		i.State, event = IntentDeclined, "PaymentDeclined"
	case c.Declined && step == StepRefund:
		i.State = IntentRefundFailed
		i.Refusals++
		i.AskAgainAt = RefundAskedAgain(i.Refusals, now)
	}
	d.tellOrder(event)
	return d.change(KindProvider, order.Location, "", order.subject()), d.order, nil
}

// exchange notes what paid for another order, of what an intent had paid, and returns the intents that the other order has for it: should it
// give that back, its provider is asked as for any other.
func (d *deal) exchange(tenders []Tender) (moved []Intent) {
	for _, t := range tenders {
		id, err := ParseID(t.Reference)
		at := d.order.intent(id)
		if err != nil || at < 0 || !t.exchanged || t.Kind != ByCard {
			continue
		}
		i := &d.order.Intents[at]
		i.MovedMinor += t.AmountMinor
		moved = append(moved, Intent{
			ID: id, Provider: i.Provider, State: IntentCaptured, AmountMinor: t.AmountMinor, AuthorisedMinor: t.AmountMinor,
			CapturedMinor: t.AmountMinor, MovedFrom: d.order.ID, Reference: i.Reference, Steps: 1, AskedAt: d.now,
		})
	}
	return moved
}

// IntentRef names a payment by a provider, and which of its steps is meant; 0: whichever is under way.
type IntentRef struct {
	Order, Intent ID
	Step          int32
}

// Intent returns a payment by a provider.
func (o Order) Intent(id ID) (Intent, bool) {
	at := o.intent(id)
	if at < 0 {
		return Intent{}, false
	}
	return o.Intents[at], true
}

// Waits tells whether a payment is of use to the order still.
func (o Order) Waits(now time.Time) bool { return o.gone(now) == nil && o.Owed() > 0 }

// IntentMark is where a page of payments by providers ended: the newest stand first.
type IntentMark struct {
	AskedAt time.Time `json:"at"`
	Order   ID        `json:"order"`
	// Position is where the payment stands in its order, from 1.
	Position int32 `json:"position"`
}

// PlacedIntent is a payment by a provider, and where it stands among the others.
type PlacedIntent struct {
	IntentRef
	Mark IntentMark
}

// HeldBack is what a provider holds by a payment that no order needs: what is to be let go, or to go back, and has not yet.
func (o Order) HeldBack(i Intent) int64 {
	switch {
	case i.State == IntentRefundFailed:
		return max(0, o.toRefund(i))
	case i.Step == StepVoid, i.Step == StepRefund, o.State.ended():
		return i.StepMinor
	}
	return 0
}

// Uncovered is what nobody has paid or authorised of an order that was secured, or of goods that were handed over. What is to be paid at
// the counter is not yet: those goods are there still.
func (o Order) Uncovered() int64 {
	owed := o.Balance()
	if o.State == OrderConfirmed && !o.PayBy.IsZero() {
		owed = o.Owed()
	}
	return max(0, owed-o.Secured())
}

// ShortBy is the last payment of the order that gave less than it was to; zero: none did.
func (o Order) ShortBy() ID {
	for _, i := range slices.Backward(o.Intents) {
		if i.Step == "" && i.CapturedMinor < i.AmountMinor {
			return i.ID
		}
	}
	return ID{}
}
