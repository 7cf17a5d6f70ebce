package postgres

import (
	"cmp"
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// secured is what providers authorised for an order and nobody captured: of what is captured once, what they were asked to capture.
func secured(order retail.Order) int64 {
	sum := int64(0)
	for _, i := range order.Intents {
		if i.CapturesOnce && i.Step == retail.StepCapture {
			sum += i.StepMinor
			continue
		}
		sum += i.AuthorisedMinor - i.CapturedMinor
	}
	return sum
}

// proveIntents proves of each version of an order that what it was paid by providers comes to its movements of money, follows from what
// the providers were asked and answered, and that they were asked what they had to be (L6).
func (a *audit) proveIntents(e entity, acts []*act, versions []retail.Order) {
	for n, order := range versions {
		before := retail.Order{}
		if n > 0 {
			before = versions[n-1]
		}
		for at, i := range order.Intents {
			was := retail.Intent{ID: i.ID, Provider: i.Provider, AmountMinor: i.AmountMinor}
			switch {
			case at < len(before.Intents):
				was = before.Intents[at]
			case !i.MovedFrom.IsZero():
				was = movedInto(order, i, acts[n])
			}
			paid, back := byIntent(order, i)
			wrong := cmp.Or(intentSums(i, paid, back), intentMoved(was, i, acts[n]), intentAgain(was, i, acts[n]), intentAsked(order, i, back))
			if wrong != "" {
				key := fmt.Sprintf("%s/%d", e.text, at+1)
				a.broken("L6", paymentIntents, key, "in version %d, a %s: %s", order.Version, acts[n].kind, wrong)
				return
			}
		}
	}
}

// provePayLink proves of each version of an order that the link to pay by ends when the act said that sent it: so many microseconds after a
// whole second as there were links before it, no later than the order waited, and that no other act made one (L1).
func (a *audit) provePayLink(e entity, acts []*act, versions []retail.Order) {
	for n, order := range versions {
		before := retail.Order{}
		if n > 0 {
			before = versions[n-1]
		}
		until, one, wrong := order.LinkUntil, acts[n], ""
		count := 0
		if !before.LinkUntil.IsZero() {
			count = before.LinkUntil.Nanosecond() + 1000
		}
		switch sent := one.kind == "PaymentLinkSent"; {
		case !sent && !until.Equal(before.LinkUntil):
			wrong = fmt.Sprintf("it has a link until %s, and had one until %s", until, before.LinkUntil)
		case sent && (until.Nanosecond() != count || until.After(one.recordedAt.Add(linkMax+time.Second)) || until.Before(one.recordedAt.Add(-2*time.Second))):
			wrong = fmt.Sprintf("a link until %s is none that anybody sends", until)
		case sent && order.State == retail.OrderPendingPayment && until.After(order.PayBy):
			wrong = fmt.Sprintf("its link is good until %s, and it waits until %s", until, order.PayBy)
		}
		if wrong != "" {
			a.broken("L1", e.table, e.text, "in version %d, a %s: %s", order.Version, one.kind, wrong)
			return
		}
	}
}

// linkMax is how long a link to pay by is good at most.
const linkMax = 30 * 24 * time.Hour

// byIntent is what an order was paid by an intent, and gave back.
func byIntent(order retail.Order, i retail.Intent) (paid, back int64) {
	for _, m := range order.Payments {
		switch {
		case m.Reference != i.ID.String() || m.Kind != "CARD":
		case m.Movement == retail.MovementPayment:
			paid += m.AmountMinor
		case m.Movement == retail.MovementRefund:
			back += m.AmountMinor
		}
	}
	return paid, back
}

// intentSums says what is wrong with what an intent comes to.
func intentSums(i retail.Intent, paid, back int64) string {
	left := i.AuthorisedMinor - i.CapturedMinor
	state := retail.IntentCaptured
	switch {
	case left > 0:
		state = retail.IntentAuthorised
	case i.CapturedMinor == 0:
		state = retail.IntentVoided
	case i.RefundedMinor == i.CapturedMinor:
		state = retail.IntentRefunded
	}
	switch {
	case i.CapturedMinor != paid:
		return fmt.Sprintf("%d were captured, and the order was paid %d", i.CapturedMinor, paid)
	case i.RefundedMinor < 0 || i.MovedMinor < 0 || i.RefundedMinor+i.MovedMinor > back || left < 0 || i.AuthorisedMinor > i.AmountMinor:
		return fmt.Sprintf("of %d asked for, %d authorised, %d captured, %d refunded and %d moved, %d went back", i.AmountMinor, i.AuthorisedMinor,
			i.CapturedMinor, i.RefundedMinor, i.MovedMinor, back)
	case i.Step == retail.StepAuthorise && i.AuthorisedMinor == 0, i.Steps == 1 && i.Step == "" && i.AuthorisedMinor == 0:
		if want := map[bool]retail.IntentState{true: retail.IntentDeclined, false: retail.IntentCreated}[i.Step == ""]; i.State != want {
			return fmt.Sprintf("it is %s, and should be %s", i.State, want)
		}
	case i.State != state && !(i.State == retail.IntentRefundFailed && i.RefundedMinor+i.MovedMinor < back):
		return fmt.Sprintf("it is %s, and comes to %s", i.State, state)
	}
	return ""
}

// intentMoved says what is wrong with what an act made of an intent: what it answers is what was asked last.
func intentMoved(was, i retail.Intent, one *act) string {
	want, answers := was, true
	switch one.kind {
	case "PaymentAuthorised":
		want.AuthorisedMinor = was.StepMinor
	case "PaymentCaptured":
		want.CapturedMinor += was.StepMinor
	case "PaymentRefunded":
		want.RefundedMinor += was.StepMinor
	case "PaymentVoided", "PaymentDeclined", "PaymentFailed":
	default:
		answers = false
	}
	// One act answers one intent of an order, and begins what follows in any.
	if changed := i.Step != was.Step || i.Steps != was.Steps; answers && was.Step != "" && changed {
		steps := map[string]retail.IntentStep{
			"PaymentAuthorised": retail.StepAuthorise, "PaymentDeclined": retail.StepAuthorise, "PaymentCaptured": retail.StepCapture,
			"PaymentVoided": retail.StepVoid, "PaymentRefunded": retail.StepRefund,
		}
		if step := steps[one.kind]; step != "" && step != was.Step {
			return fmt.Sprintf("the provider was asked to %s", was.Step)
		}
		was.Step = ""
		if i.AuthorisedMinor < want.AuthorisedMinor && one.kind != "PaymentAuthorised" { // what is left is let go
			want.AuthorisedMinor = max(i.AuthorisedMinor, want.CapturedMinor)
		}
	} else {
		want = was
	}
	begun := i.Steps - was.Steps
	switch {
	case i.ID != was.ID || i.Provider != was.Provider || i.AmountMinor != was.AmountMinor || i.MovedFrom != was.MovedFrom:
		return "it is another one than before"
	case i.AuthorisedMinor != want.AuthorisedMinor || i.CapturedMinor != want.CapturedMinor || i.RefundedMinor != want.RefundedMinor:
		return fmt.Sprintf("it became %d authorised, %d captured, %d refunded, and should %d, %d, %d", i.AuthorisedMinor, i.CapturedMinor,
			i.RefundedMinor, want.AuthorisedMinor, want.CapturedMinor, want.RefundedMinor)
	case i.CapturesOnce != was.CapturesOnce && one.kind != "PaymentAuthorised", was.CapturesOnce && !i.CapturesOnce:
		return "how often it is captured has changed"
	case i.MovedMinor < was.MovedMinor || i.MovedMinor > was.MovedMinor && one.act() != retail.KindExchange:
		return "nothing of it paid for another order"
	case begun < 0 || begun > 1 || begun == 1 && (was.Step != "" || i.Step == ""):
		return fmt.Sprintf("step %d follows step %d", i.Steps, was.Steps)
	case begun == 1 && (i.StepMinor <= 0 || !i.AskedAt.Equal(one.recordedAt)):
		return "what it was asked, and when, is not told"
	case begun == 0 && (i.Step != was.Step || i.Step != "" && (i.StepMinor != was.StepMinor || !i.AskedAt.Equal(was.AskedAt))):
		return "what it was asked has changed"
	case was.Steps == 0 && i.Step != retail.StepAuthorise, was.Steps > 0 && begun == 1 && i.Step == retail.StepAuthorise:
		return fmt.Sprintf("its step %d is to %s", i.Steps, i.Step)
	case i.Token != "" && i.Step != retail.StepAuthorise:
		return "what stands for the card is kept for no use"
	}
	return ""
}

// movedInto is how an intent begins that an exchange made for what moved to its order: all of it is captured, by one step, elsewhere. Another
// act makes none.
func movedInto(order retail.Order, i retail.Intent, one *act) retail.Intent {
	if one.act() != retail.KindExchange || i.MovedFrom == order.ID {
		return retail.Intent{}
	}
	return retail.Intent{
		ID: i.ID, Provider: i.Provider, AmountMinor: i.AmountMinor, AuthorisedMinor: i.AmountMinor, CapturedMinor: i.AmountMinor,
		MovedFrom: i.MovedFrom, Steps: 1, AskedAt: one.recordedAt,
	}
}

// intentAgain says what is wrong with how often a provider refused to give back, and when it is asked again.
func intentAgain(was, i retail.Intent, one *act) string {
	refusals, again := was.Refusals, was.AskAgainAt
	switch answered := was.Step == retail.StepRefund && (i.Step != was.Step || i.Steps != was.Steps); {
	case answered && one.kind == "PaymentFailed":
		refusals, again = refusals+1, retail.RefundAskedAgain(refusals+1, one.recordedAt)
	case answered:
		refusals, again = 0, time.Time{}
	}
	if i.Steps > was.Steps {
		again = time.Time{}
	}
	switch {
	case i.Refusals != refusals:
		return fmt.Sprintf("its provider refused to give back %d times in a row, and should have %d times", i.Refusals, refusals)
	case !i.AskAgainAt.Equal(again):
		return fmt.Sprintf("it is asked to give back again at %s, and should be at %s", i.AskAgainAt, again)
	}
	return ""
}

// intentAsked says what a provider had to be asked and was not.
func intentAsked(order retail.Order, i retail.Intent, back int64) string {
	taking := int64(0)
	for _, other := range order.Intents {
		if other.Step == retail.StepCapture {
			taking += other.StepMinor
		}
	}
	left := i.AuthorisedMinor - i.CapturedMinor
	switch {
	case i.Step == retail.StepRefund && i.StepMinor > back-i.RefundedMinor-i.MovedMinor:
		return fmt.Sprintf("%d is to go back, and its provider was asked for %d", back-i.RefundedMinor-i.MovedMinor, i.StepMinor)
	case (i.Step == retail.StepCapture || i.Step == retail.StepVoid) && i.StepMinor > left:
		return fmt.Sprintf("%d is left, and its provider was asked for %d", left, i.StepMinor)
	case i.Step != "":
	case back > i.RefundedMinor+i.MovedMinor && i.State != retail.IntentRefundFailed:
		return fmt.Sprintf("%d is to go back, and its provider was not asked", back-i.RefundedMinor-i.MovedMinor)
	case left > 0 && owed(order, false) <= taking:
		return fmt.Sprintf("%d is authorised that the order does not need, and its provider was not asked to let it go", left)
	case left > 0 && owed(order, true) > taking:
		return fmt.Sprintf("%d is due for what was handed over, and its provider was not asked for it", owed(order, true)-taking)
	}
	return ""
}
