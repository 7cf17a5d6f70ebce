package retail

// triedLabel remembers that an act was tried on a label in its state.
func (s *story) triedLabel(f Fulfilment, id ID, act string) {
	state := "NONE"
	if l, found := f.Label(id); found {
		state = string(l.State)
		if l.State == LabelIssued && l.Step != "" {
			state = "WAITING"
		}
	}
	s.moved["label "+state+" "+act] = true
}

// label L1 of S1 at MILAN line 1 x1 line 2 x1: what a carrier is about to be asked for; without lines, for all that has none.
func (s *story) buyLabel(w *words, t telling) (map[string]string, error) {
	id := s.id(w.next())
	w.take("of")
	_, f := s.workOn(w, t.verb)
	return s.labelFacts(submit(s, s.shop, BuyLabel{Work: s.shop.workOn(f), Label: id, Provider: "test", Lines: w.units(), WeightGrams: 900}))
}

// void L1 of S1 at MILAN: that it is to be given back.
func (s *story) voidLabel(w *words, t telling) (map[string]string, error) {
	id := s.id(w.next())
	w.take("of")
	order := s.known(w.next())
	w.take("at")
	f := s.fulfilment(order, w.next(), t.verb)
	s.triedLabel(f, id, t.verb)
	return s.labelFacts(submit(s, s.shop, VoidLabel{Work: s.shop.workOn(f), Label: id}))
}

// said L1 of S1 at MILAN yes, or no: what the carrier answered, to its first step with "again".
func (s *story) answerLabel(w *words, t telling) (map[string]string, error) {
	label := w.next()
	w.take("of")
	order := s.known(w.next())
	w.take("at")
	f := s.fulfilment(order, w.next(), t.verb)
	l, _ := f.Label(s.id(label))
	c := AnswerLabel{
		Work: s.shop.workOn(f), Label: s.id(label), Number: l.Steps, Carrier: "SEUR", Tracking: "T-" + label, Reference: "R-" + label, PriceMinor: 450,
		Currency: "EUR",
	}
	if w.next() == "no" {
		c.Declined, c.Problem = true, "no Ada at Gran 1" // which is none of the problems
	}
	if w.take("again") {
		c.Number = 1
	}
	return s.labelFacts(submit(s, s.shop, c))
}

func (s *story) labelFacts(done Worked, err error) (map[string]string, error) {
	if err != nil {
		return nil, err
	}
	return s.workFacts(done.Fulfilment), nil
}
