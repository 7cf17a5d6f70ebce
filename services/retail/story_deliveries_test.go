package retail

import (
	"fmt"
	"slices"
)

// announce D1 at MILAN by ACME PO-7 on 2026-03-05 RED-42 x3; a document without a number is "-".
func (s *story) announce(w *words, _ telling) (map[string]string, error) {
	c := AnnounceDelivery{Delivery: s.id(w.next()), Transaction: s.shop.mint(), Kind: DeliveryOrdered}
	for _, read := range []struct {
		word string
		into *string
	}{{"at", &c.Location}, {"by", &c.Supplier}, {"", &c.Reference}, {"on", &c.ExpectedOn}} {
		if read.word != "" && !w.take(read.word) {
			s.fail("%s what?", read.word)
		}
		*read.into = w.next()
	}
	if c.Reference == "-" {
		c.Reference = ""
	}
	c.Lines = w.lines()
	return deliveryAnswer(submit(s, s.shop, c))
}

func deliveryAnswer(d Delivery, err error) (map[string]string, error) {
	return map[string]string{"state": string(d.State), "expected": fmt.Sprint(d.Units.Expected())}, err
}

// delivered is a delivery as it is before an act, with the SKUs of its lines.
func (s *story) delivered(id ID, act string) (d Delivery, skus []string) {
	d, found := s.shop.rows[DeliveryKey(id)].(Delivery)
	state := "NONE"
	if found {
		state = string(d.State)
	}
	s.moved["delivery "+state+" "+act] = true
	return d, s.shop.skusOfDelivery(id)
}

// skusOfDelivery are the SKUs of a delivery's lines, in their order.
func (s *shop) skusOfDelivery(id ID) []string {
	var lines []DeliveryLine
	for _, row := range s.rows {
		if line, ok := row.(DeliveryLine); ok && line.Delivery == id {
			lines = append(lines, line)
		}
	}
	slices.SortFunc(lines, func(a, b DeliveryLine) int { return int(a.Line - b.Line) })
	skus := make([]string, len(lines))
	for i, line := range lines {
		skus[i] = line.SKU
	}
	return skus
}

// amend D1 on 2026-03-06 RED-42 x4
func (s *story) amend(w *words, _ telling) (map[string]string, error) {
	c := AmendDelivery{Delivery: s.id(w.next()), Transaction: s.shop.mint()}
	d, _ := s.delivered(c.Delivery, "amend")
	c.Location = d.Location
	if w.take("on") {
		c.ExpectedOn = w.next()
	}
	c.Lines = w.lines()
	return deliveryAnswer(submit(s, s.shop, c))
}

// unload D1 note N1 RED-42 x3 damaged 1 because wet, BLUE-40 x2; without lines all that is expected.
func (s *story) unload(w *words, _ telling) (map[string]string, error) {
	c := ReceiveDelivery{Delivery: s.id(w.next()), Transaction: s.shop.mint()}
	d, skus := s.delivered(c.Delivery, "unload")
	c.Location = d.Location
	if w.take("note") {
		c.Note = w.next()
	}
	for w.more() {
		arrived := Arrival{SKU: w.next(), Quantity: w.count()}
		if w.take("damaged") {
			arrived.Damaged = w.count()
		}
		if w.take("because") {
			arrived.Reason = w.next()
		}
		if w.take("costing") {
			arrived.UnitCost = w.cost()
		}
		c.Lines = append(c.Lines, arrived)
	}
	if location, found := s.shop.rows[LocationKey(c.Location)].(Location); found {
		var err error
		if c, err = c.At(location); err != nil {
			return nil, err
		}
	}
	if len(c.Lines) == 0 {
		c.SKUs, c.LineCount = skus, int32(len(skus))
	}
	return deliveryAnswer(submit(s, s.shop, c))
}

// close D1 because strike
func (s *story) closeDelivery(w *words, _ telling) (map[string]string, error) {
	c := CloseDelivery{Delivery: s.id(w.next()), Transaction: s.shop.mint()}
	d, skus := s.delivered(c.Delivery, "close")
	c.Location, c.SKUs, c.LineCount = d.Location, skus, int32(len(skus))
	if w.take("because") {
		c.Reason = w.next()
	}
	return deliveryAnswer(submit(s, s.shop, c))
}

// thenDelivery reads "D1 is PARTIAL on 2026-03-05 RED-42 announced 10 received 3 expected 7"; counts that are not named are 0.
func (s *story) thenDelivery(w *words) {
	s.Helper()
	d := find[Delivery](s, DeliveryKey(s.id(w.next())))
	if w.take("is") && w.next() != string(d.State) {
		s.fail("it is %s", d.State)
	}
	if w.take("on") && w.next() != d.ExpectedOn {
		s.fail("it is expected on %s", d.ExpectedOn)
	}
	for w.more() {
		line := find[DeliveryLine](s, DeliveryLineKey(d.ID, w.next()))
		u := line.Units
		counts := map[string]int64{
			"announced": u.Announced, "received": u.Received, "damaged": u.Damaged, "over": u.Over, "short": u.Short, "expected": u.Expected(),
		}
		for w.more() {
			if _, count := counts[w.all[0]]; !count {
				break
			}
			name := w.next()
			if want := w.count(); counts[name] != want {
				s.fail("%d of %s are %s, not %d", counts[name], line.SKU, name, want)
			}
			delete(counts, name)
		}
		for name, units := range counts {
			if units != 0 {
				s.fail("%d of %s are %s", units, line.SKU, name)
			}
		}
	}
}

// thenDifference reads "D1 RED-42 OVER 2 because generous".
func (s *story) thenDifference(w *words) {
	s.Helper()
	line := find[DeliveryLine](s, DeliveryLineKey(s.id(w.next()), w.next()))
	kind, units := w.next(), w.count()
	w.take("because")
	reason := w.next()
	if !slices.ContainsFunc(line.Differences, func(d Difference) bool {
		return string(d.Kind) == kind && d.Units == units && d.Reason == reason && !d.Transaction.IsZero()
	}) {
		s.fail("there are %+v", line.Differences)
	}
}
