package retail

import "fmt"

// ask P1 of S1 authorise, or 10.00 EUR of it: ask P1 of S1 capture 10.00 EUR. By a link: ask P1 of S1 authorise by link 10.00 EUR
func (s *story) askProvider(w *words, _ telling) (map[string]string, error) {
	label := w.next()
	w.take("of")
	order := s.known(w.next())
	c := AskProvider{Transaction: s.shop.mint(), Order: order.ID, Intent: s.id(label), Provider: "test"}
	verb := w.next()
	c.Step = map[string]IntentStep{"authorise": StepAuthorise, "capture": StepCapture, "void": StepVoid, "refund": StepRefund}[verb]
	if c.Step == StepAuthorise {
		c.Token = "tok_visa"
	}
	c.Link = s.byLink(w, order)
	if w.more() {
		c.AmountMinor = w.amount().Minor
	}
	s.tried(order, verb)
	state := "NONE"
	if at := order.intent(c.Intent); at >= 0 {
		state = string(order.Intents[at].State)
	}
	s.moved["payment "+state+" "+verb] = true
	return facts(submit(s, s.shop, c))
}

// answer P1 of S1 done, or with nothing left: answer P1 of S1 done for good. By one that captures once: answer P1 of S1 done once. Or declined, and a step by its number: answer 1 of P1 of S1 done.
func (s *story) answer(w *words, _ telling) (map[string]string, error) {
	first := w.next()
	w.take("of")
	c := RecordAnswer{Transaction: s.shop.mint(), Reference: "pi_1"}
	var label string
	number := int64(0)
	if _, err := fmt.Sscan(first, &number); err == nil {
		first = w.next()
		w.take("of")
	}
	label = w.next()
	order := s.known(label)
	c.Order, c.Intent = order.ID, s.id(first)
	if at := order.intent(c.Intent); at >= 0 {
		i := order.Intents[at]
		c.Number, c.LeftMinor = i.Steps, i.Left()-i.StepMinor
	}
	if number > 0 {
		c.Number = int32(number)
	}
	if w.next() == "declined" {
		c.Declined, c.Problem = true, "card_declined"
	}
	c.CapturesOnce = w.take("once")
	if w.take("for") {
		w.take("good")
		c.LeftMinor = 0
	}
	return facts(submit(s, s.shop, c))
}

// thenIntent reads "P1 of S1 state AUTHORISED authorised 40.00 captured 0.00".
func (s *story) thenIntent(w *words) {
	s.Helper()
	label := w.next()
	w.take("of")
	order := s.order(w.next())
	at := order.intent(s.id(label))
	if at < 0 {
		s.fail("order %s has no such payment", order.Number)
	}
	i := order.Intents[at]
	told := map[string]string{
		"state": string(i.State), "asked": string(i.Step), "problem": i.Problem, "refusals": fmt.Sprint(i.Refusals), "again": "never",
	}
	if !i.AskAgainAt.IsZero() {
		told["again"] = fmt.Sprintf("+%gh", i.AskAgainAt.Sub(s.shop.now).Hours())
	}
	for name, minor := range map[string]int64{
		"authorised": i.AuthorisedMinor, "captured": i.CapturedMinor, "refunded": i.RefundedMinor, "for": i.StepMinor,
	} {
		told[name] = shownAs(minor, order.Currency)
	}
	if told["asked"] == "" {
		told["asked"] = "nothing"
	}
	s.compareAll(w, told)
}
