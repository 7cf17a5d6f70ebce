package retail

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// paperIntent is what a provider keeps for an order on paper, and has taken.
type paperIntent struct {
	authorised, captured int64
	// once is true where it takes once, and lets go what it does not take then.
	once bool
}

// secured is what providers keep and have not taken, without what they let go when they answer.
func (o *paperOrder) secured() int64 {
	sum := int64(0)
	for id, i := range o.intents {
		sum += i.authorised - i.captured
		if row := o.row(); i.once && row.Intents[row.intent(id)].Step == "CAPTURE" {
			sum += row.Intents[row.intent(id)].StepMinor - (i.authorised - i.captured)
		}
	}
	return sum
}

// provide has a provider asked something about an order, or answer what it was asked.
func (s *trial) provide(t *rapid.T) {
	paper := s.trade(t)
	for range 3 { // of most there is nothing to be paid
		if paper.owed() <= 0 {
			paper = s.trade(t)
		}
	}
	if rapid.Bool().Draw(t, "answers") {
		var asked []*paperOrder
		for _, other := range s.trades {
			if len(s.row(other).Intents) > 0 {
				asked = append(asked, other)
			}
		}
		if len(asked) > 0 {
			paper = rapid.SampledFrom(asked).Draw(t, "whose")
			s.answer(t, paper, s.row(paper), rapid.SampledFrom(s.row(paper).Intents).Draw(t, "intent"))
			return
		}
	}
	order := s.row(paper)
	c := AskProvider{
		Transaction: s.mint(), Order: paper.id, Intent: s.mint(), Step: StepAuthorise, Provider: "test", Token: "tok",
		AmountMinor: rapid.SampledFrom([]int64{0, 0, 1, 500, 3_000, paperMax}).Draw(t, "amount"),
	}
	waiting := map[IntentStep]int64{}
	for _, i := range order.Intents {
		waiting[i.Step] += i.StepMinor
	}
	owed := paper.owed() - waiting["CAPTURE"]
	most, gone := paper.owed()-paper.secured()-waiting["AUTHORISE"], s.gone(paper)
	var wrong []Reason
	if len(order.Intents) > 0 && rapid.Bool().Draw(t, "of one that is there") {
		i := rapid.SampledFrom(order.Intents).Draw(t, "intent")
		c.Intent, c.Step = i.ID, rapid.SampledFrom([]IntentStep{"CAPTURE", "VOID", "REFUND"}).Draw(t, "step")
		left := paper.intents[i.ID].authorised - paper.intents[i.ID].captured
		switch c.Step {
		case "CAPTURE":
			most, gone = min(left, owed), false
		case "VOID":
			most, gone = left, false
		case "REFUND":
			most, gone = backBy(order, i)-i.RefundedMinor-i.MovedMinor, false
			left = most
		}
		if i.Step != "" || left <= 0 {
			most, wrong = 0, []Reason{PaymentStep}
		}
	} else {
		wrong = append(s.byLink(t, paper, &c, most), reasonIf(len(order.Intents) == 20, PaymentStep))
	}
	_, err := submit(t, s.shop, c)
	wrong = append(wrong, reasonIf(gone, OrderGone), reasonIf(!gone && most <= 0 && c.Step == "AUTHORISE", NothingOwed), reasonIf(c.AmountMinor > most, PaymentStep))
	if !decided(t, err, wrong...) {
		return
	}
	if c.Step == "AUTHORISE" {
		if paper.intents == nil {
			paper.intents = map[ID]*paperIntent{}
		}
		paper.intents[c.Intent] = &paperIntent{}
	}
	if rapid.Bool().Draw(t, "answers at once") {
		order = s.row(paper)
		s.answer(t, paper, order, order.Intents[order.intent(c.Intent)])
	}
}

// answer is what a provider answers, or says once more.
func (s *trial) answer(t *rapid.T, paper *paperOrder, order Order, i Intent) {
	c := RecordAnswer{
		Transaction: s.mint(), Order: paper.id, Intent: i.ID, Number: i.Steps, Declined: rapid.IntRange(0, 3).Draw(t, "declines") == 0,
		Problem: "no", LeftMinor: rapid.SampledFrom([]int64{0, paperMax}).Draw(t, "left"),
		CapturesOnce: rapid.Bool().Draw(t, "captures once"),
	}
	late := rapid.IntRange(0, 5).Draw(t, "another step") == 0
	if late {
		c.Number--
	}
	owed := paper.owed()
	_, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(late || i.Step == "", stale)) {
		return
	}
	on := paper.intents[i.ID]
	switch i.Step {
	case "AUTHORISE":
		if !c.Declined {
			on.authorised, on.once = i.StepMinor, c.CapturesOnce
		}
	case "CAPTURE":
		if !c.Declined {
			on.captured += i.StepMinor
			kept := min(i.StepMinor, max(0, owed)) // the rest goes back at once
			paper.moved, paper.kept = paper.moved-kept, paper.kept+kept
		}
		if c.Declined || c.LeftMinor == 0 {
			on.authorised = on.captured
		}
	case "VOID":
		on.authorised = on.captured
	}
	paper.settle()
}

// takesOver notes what an order was paid in an exchange by what a provider had taken for the one before: it has it by now, and is asked for it.
func (o *paperOrder) takesOver(t *rapid.T, before, after Order) {
	for _, p := range after.Payments {
		for _, i := range before.Intents {
			if p.Kind == "CARD" && p.Reference == i.ID.String() {
				if o.intents == nil {
					o.intents = map[ID]*paperIntent{}
				}
				o.intents[i.ID] = &paperIntent{authorised: p.AmountMinor, captured: p.AmountMinor}
			}
		}
	}
	if len(o.intents) != len(after.Intents) {
		t.Fatalf("order %s was paid by %d payments of the one before, and has %+v", after.Number, len(o.intents), after.Intents)
	}
	for _, i := range after.Intents {
		if on := o.intents[i.ID]; on == nil || on.captured != i.CapturedMinor || i.MovedFrom != before.ID {
			t.Fatalf("order %s was paid %+v by %s, and has %+v", after.Number, on, i.ID, i)
		}
	}
}

// backBy is what an order gave back by an intent.
func backBy(o Order, i Intent) (sum int64) {
	for _, p := range o.Payments {
		if p.Movement == "REFUND" && p.Kind == "CARD" && p.Reference == i.ID.String() {
			sum += p.AmountMinor
		}
	}
	return sum
}

// auditIntents proves that what providers took is what the order was paid by them, that no more is asked of them than there is, and that
// they were asked what had to be.
func auditIntents(t rapid.TB, o Order, due, owed int64) {
	t.Helper()
	for _, i := range o.Intents {
		if i.Step == "CAPTURE" {
			due, owed = due-i.StepMinor, owed-i.StepMinor
		}
	}
	for _, i := range o.Intents {
		paid, back := int64(0), backBy(o, i)-i.MovedMinor-i.RefundedMinor
		for _, p := range o.Payments {
			if p.Movement == "PAYMENT" && p.Kind == "CARD" && p.Reference == i.ID.String() {
				paid += p.AmountMinor
			}
		}
		left := i.AuthorisedMinor - i.CapturedMinor
		most := map[IntentStep]int64{"": 0, "AUTHORISE": i.AmountMinor, "CAPTURE": left, "VOID": left, "REFUND": back}[i.Step]
		if paid != i.CapturedMinor || left < 0 || back < 0 || i.StepMinor > most || (i.Step == "") != (i.StepMinor == 0) || i.AuthorisedMinor > i.AmountMinor {
			t.Fatalf("L6: of order %s %d was paid by %+v, and %d is to go back", o.Number, paid, i, back)
		}
		if again := i.Step == "" && i.State == "REFUND_FAILED" && i.Refusals < 10; again == i.AskAgainAt.IsZero() {
			t.Fatalf("L6: order %s is asked again at %s for %+v", o.Number, i.AskAgainAt, i)
		}
		if i.Step == "" && (back > 0 && i.State != "REFUND_FAILED" || left > 0 && (owed <= 0 || due > 0)) {
			t.Fatalf("L6: order %s is owed %d, %d of it now, %d is to go back, and nothing is asked of %+v", o.Number, owed, due, back, i)
		}
	}
}

// TestIntentsAreBounded: a card that is tried over and over is refused in the end.
func TestIntentsAreBounded(t *testing.T) {
	order := Order{ID: ID{1}, Lines: []OrderLine{{Line: 1, Quantity: 1, NetMinor: 100, GrossMinor: 100}}, State: OrderConfirmed}
	for n := range intentsMax {
		order.Intents = append(order.Intents, Intent{ID: ID{9, byte(n)}, State: IntentDeclined, Steps: 1})
	}
	c := AskProvider{Transaction: ID{2}, Order: order.ID, Intent: ID{3}, Step: StepAuthorise, Token: "tok"}
	refusal := (*Refusal)(nil)
	if _, _, err := c.Decide(Rows{order.Key(): order}, opening); !errors.As(err, &refusal) || refusal.Reason != PaymentStep {
		t.Errorf("%v", err)
	}
}

// TestIntentsHaveIDs: one without an id would be taken for every payment by card that has no reference.
func TestIntentsHaveIDs(t *testing.T) {
	order := Order{ID: ID{1}, Lines: []OrderLine{{Line: 1, Quantity: 1, NetMinor: 100, GrossMinor: 100}}, State: OrderConfirmed}
	c := AskProvider{Transaction: ID{2}, Order: order.ID, Step: StepAuthorise, Token: "tok"}
	_, _, err := c.Decide(Rows{order.Key(): order}, opening)
	wantRefusal(t, err, InvalidRequest, "intent")
}

// TestRefundsAreAskedForAgainForAWeek: ten times in all, an hour, six hours, and then days apart.
func TestRefundsAreAskedForAgainForAWeek(t *testing.T) {
	at, asked := opening, 1
	for ; asked < 100; asked++ {
		next := RefundAskedAgain(int32(asked), at)
		if next.IsZero() {
			break
		}
		at = next
	}
	if over := at.Sub(opening).Hours(); asked != 10 || over != 7*24+7 {
		t.Errorf("it is asked for %d times in %g hours", asked, over)
	}
	if !RefundAskedAgain(0, opening).IsZero() {
		t.Error("what nobody refused is asked for again")
	}
}
