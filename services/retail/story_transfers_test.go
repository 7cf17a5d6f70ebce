package retail

import "fmt"

// transfer T1 MILAN to ROME RED-42 x3
func (s *story) transfer(w *words, _ telling) (map[string]string, error) {
	c := ShipTransfer{Transfer: s.id(w.next()), Transaction: s.shop.mint(), From: w.next()}
	if !w.take("to") {
		s.fail("to where?")
	}
	c.To = w.next()
	c.Lines = w.lines()
	c.Currency = s.bookOf(c.To)
	t, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return map[string]string{"state": string(t.State)}, nil
}

// request T1 MILAN to ROME RED-42 x3, which Rome asks Milan for
func (s *story) request(w *words, _ telling) (map[string]string, error) {
	c := RequestTransfer{Transfer: s.id(w.next()), Transaction: s.shop.mint(), From: w.next()}
	if !w.take("to") {
		s.fail("to where?")
	}
	c.To = w.next()
	c.Lines = w.lines()
	t, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return map[string]string{"state": string(t.State)}, nil
}

// asked is a transfer that an act is about.
func (s *story) asked(id ID, act string) Transfer {
	t, found := s.shop.rows[TransferKey(id)].(Transfer)
	state := "NONE"
	if found {
		state = string(t.State)
	}
	s.moved["transfer "+state+" "+act] = true
	return t
}

// dispatch T1 RED-42 x2, or all of it
func (s *story) dispatch(w *words, _ telling) (map[string]string, error) {
	c := ShipTransfer{Transfer: s.id(w.next()), Transaction: s.shop.mint(), Requested: true}
	asked := s.asked(c.Transfer, "dispatch")
	c.From, c.To = asked.From, asked.To
	if asked.From == "" {
		c.From, c.To = "milan", "rome"
	}
	c.Currency, c.Order = s.bookOf(c.To), asked.Order
	if c.Lines = w.lines(); len(c.Lines) == 0 {
		c.Whole = true
		for _, line := range asked.Lines {
			c.Lines = append(c.Lines, Line{SKU: line.SKU, Quantity: line.Requested})
		}
	}
	t, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return map[string]string{"state": string(t.State)}, nil
}

// decline T1, or retract T1
func (s *story) endRequest(w *words, verb telling) (map[string]string, error) {
	c := EndRequest{Transfer: s.id(w.next()), Transaction: s.shop.mint(), As: TransferCancelled, Answer: "not now"}
	if verb.verb == "decline" {
		c.As = TransferDeclined
	}
	s.asked(c.Transfer, verb.verb)
	t, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return map[string]string{"state": string(t.State), "answer": t.Answer}, nil
}

// arrive T1 RED-42 x2 damaged BLUE-40 x1, and close where no more will come, because lost
func (s *story) arrive(w *words, _ telling) (map[string]string, error) {
	c := ReceiveTransfer{Transfer: s.id(w.next()), Transaction: s.shop.mint()}
	sent := s.asked(c.Transfer, "arrive")
	c.From, c.To, c.Currency = sent.From, sent.To, s.bookOf(sent.To)
	for _, line := range sent.Lines {
		c.Expected = append(c.Expected, line.SKU)
	}
	c.Order, _ = s.shop.rows[OrderKey(sent.Order)].(Order)
	c.Lines = w.lines()
	if w.take("damaged") {
		c.Damaged = w.lines()
	}
	c.Close = w.take("close")
	if w.take("because") {
		var err error
		if c, err = c.By(s.reason(w.next())); err != nil {
			return nil, err
		}
	}
	t, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return map[string]string{"state": string(t.State)}, nil
}

// bookOf is the currency of a place's book, if it was put.
func (s *story) bookOf(place string) string {
	location, _ := s.shop.rows[LocationKey(place)].(Location)
	return location.Currency
}

// thenValue reads "MILAN RED-42 60.00 EUR unit 6.00", or "MILAN RED-42 unknown".
func (s *story) thenValue(w *words) {
	s.Helper()
	level := s.shop.level(w.next(), w.next())
	if w.take("unknown") {
		if level.Worth.Known() {
			s.fail("it is worth %+v", level.Worth)
		}
		return
	}
	value := w.amount()
	if is := level.Worth; is.ValueMinor != value.Minor || is.Currency != value.Currency {
		s.fail("it is worth %+v", is)
	}
	s.compareAll(w, map[string]string{"unit": shownAs(level.Worth.UnitMinor, value.Currency)})
}

// cash MILAN DROP 100.00 EUR
func (s *story) cash(w *words, _ telling) (map[string]string, error) {
	c := MoveCash{Transaction: s.shop.mint(), Location: w.next(), Act: CashAct(w.next())}
	amount := w.amount()
	c.Currency, c.AmountMinor = amount.Currency, amount.Minor
	_, err := submit(s, s.shop, c)
	return nil, err
}

// kind CHAIN EUR, holds 100.00 EUR, least 5.00 EUR, most 60.00 EUR, good 1, renewed, retired
func (s *story) putKind(w *words, _ telling) (map[string]string, error) {
	kind := CardKind{Code: w.next(), Currency: w.next(), Name: "N"}
	for _, limit := range []struct {
		word  string
		minor *int64
	}{{"holds", &kind.MostBalanceMinor}, {"least", &kind.LeastLoadMinor}, {"most", &kind.MostLoadMinor}} {
		if w.take(limit.word) {
			*limit.minor = w.amount().Minor
		}
	}
	if w.take("good") {
		kind.ValidMonths = int32(w.count())
	}
	kind.Renewed, kind.Retired = w.take("renewed"), w.take("retired")
	_, err := submit(s, s.shop, PutCardKind{Transaction: s.shop.mint(), Kind: kind})
	return nil, err
}

// forfeit G1 at milan
func (s *story) expireCard(w *words, _ telling) (map[string]string, error) {
	c := ExpireCard{Transaction: s.shop.mint(), Account: GiftCardPrefix + s.id(w.next()).String()}
	w.take("at")
	c.Location = w.next()
	s.triedCard(Card{Balance: s.balance(c.Account)}, "forfeit")
	gone, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return map[string]string{"gone": shownAs(gone.AmountMinor, gone.Currency)}, nil
}

// replace G1 by G2 at milan
func (s *story) replaceCard(w *words, _ telling) (map[string]string, error) {
	c := ReplaceCard{Transaction: s.shop.mint(), Number: w.next(), Note: "lost"}
	w.take("by")
	c.NewNumber = w.next()
	w.take("at")
	c.Location = w.next()
	c.Card = s.stored(ID{}).Cards[c.Number]
	s.triedCard(c.Card, "replace")
	replaced, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return map[string]string{"left": shownAs(replaced.AmountMinor, replaced.Currency), "replacements": fmt.Sprint(replaced.Replacements)}, nil
}
