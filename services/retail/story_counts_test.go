package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// counting is the count that an act names, as it is, and a note of the attempt.
func (s *story) counting(w *words, act string) (Count, CountAct) {
	s.Helper()
	label := w.next()
	id := s.id(label)
	c, found := s.shop.rows[CountKey(s.places[label], id)].(Count)
	state := "NONE"
	if found {
		state = string(c.State)
	}
	s.moved["count "+state+" "+act] = true
	return c, CountAct{Location: cmp.Or(s.places[label], "milan"), Count: id, Transaction: s.shop.mint()}
}

func countFacts(c Count, err error) (map[string]string, error) {
	if err != nil {
		return nil, err
	}
	return map[string]string{"state": string(c.State), "readings": fmt.Sprint(c.Readings), "postings": fmt.Sprint(c.Postings)}, nil
}

// count C1 at MILAN zone A zone B of RED-42 BLUE-40 blind sellable
func (s *story) count(w *words, _ telling) (map[string]string, error) {
	label := w.next()
	if !w.take("at") {
		s.fail("a count is at a place")
	}
	s.places[label] = w.next()
	c := OpenCount{CountAct: CountAct{Location: s.places[label], Count: s.id(label), Transaction: s.shop.mint()}, Name: label}
	for w.take("zone") {
		c.Zones = append(c.Zones, w.next())
	}
	c.Blind, c.SellableOnly = w.take("blind"), w.take("sellable")
	if w.take("of") {
		for w.more() {
			c.SKUs = append(c.SKUs, w.next())
		}
	}
	return countFacts(submit(s, s.shop, c))
}

// read C1 zone A pass 2 5m ago, and below it a line for each thing: "RED-42 x3", "code 04006381333931 x2", "tag U1 RED-42" or
// "tag U1 code 04006381333931". capture C1 E1 is the same as an event, withdraw C1 E1 says that it was an error.
func (s *story) read(w *words, told telling) (map[string]string, error) {
	_, act := s.counting(w, told.verb)
	event := ""
	if told.verb != "read" {
		event = w.next()
	}
	r := Reading{Location: act.Location, Count: act.Count, ID: s.shop.mint(), Counter: "ann", Pass: 1}
	if w.take("zone") {
		r.Zone = w.next()
	}
	if w.take("pass") {
		r.Pass = int32(w.count())
	}
	at, err := s.happened(w)
	if err != nil {
		return nil, err
	}
	if r.ReadAt = at; at.IsZero() {
		r.ReadAt = s.shop.now
	}
	if told.verb == "capture" || told.verb == "withdraw" {
		r.EventID, r.Withdrawal = event, told.verb == "withdraw"
		r.ID = s.id(told.verb + " " + event)
	}
	for _, line := range told.lines {
		read := ReadingLine{Quantity: 1}
		if line.take("tag") {
			read.Unit = line.next()
		}
		if line.take("code") {
			read.Code = line.next()
			if barcode, found := s.shop.rows[BarcodeKey(read.Code)].(Barcode); found {
				read.SKU = barcode.SKU
			}
		} else {
			read.SKU = line.next()
		}
		if read.Unit == "" {
			read.Quantity = line.count()
		}
		r.Lines = append(r.Lines, read)
	}
	if r.EventID != "" {
		captured, err := submit(s, s.shop, CaptureEvents{CountAct: act, Readings: []Reading{r}})
		if err != nil {
			return nil, err
		}
		return map[string]string{"new": fmt.Sprint(captured.New[0])}, nil
	}
	sum, err := submit(s, s.shop, RecordReading{Transaction: act.Transaction, Reading: r})
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"lines": fmt.Sprint(sum.LineCount), "units": fmt.Sprint(sum.UnitCount), "unknown": fmt.Sprint(len(sum.Unknown)),
	}, nil
}

// complete C1, or complete C1 whole.
func (s *story) complete(w *words, _ telling) (map[string]string, error) {
	_, act := s.counting(w, "complete")
	return countFacts(submit(s, s.shop, CompleteCount{CountAct: act, WholeScope: w.take("whole")}))
}

// review C1 RED-42 ACCEPTED, BLUE-40 IGNORED; with "of old" it was planned before the last thing that happened to the count.
func (s *story) review(w *words, _ telling) (map[string]string, error) {
	count, act := s.counting(w, "review")
	c := ReviewVariances{CountAct: act, Planned: count.Version}
	if w.take("stale") {
		c.Planned--
	}
	counted := s.shop.comesTo(count)
	for w.more() {
		sku := ReviewedSKU{SKU: w.next(), Decision: Decision(w.next()), Note: "seen"}
		for _, one := range counted {
			if one.SKU == sku.SKU {
				sku.Counted, sku.Moment = one.Counted, one.Moment
			}
		}
		c.SKUs = append(c.SKUs, sku)
	}
	_, err := submit(s, s.shop, c)
	return nil, err
}

// post C1: all that is accepted. post C1 before RED-42 moves: planned on the position as it was one entry before.
func (s *story) post(w *words, _ telling) (map[string]string, error) {
	count, act := s.counting(w, "post")
	c := PostCount{CountAct: act, Planned: count.Version, SKUs: Accepted(s.shop.comesTo(count)), Reason: "yearly"}
	if w.take("before") {
		sku := w.next()
		at := slices.IndexFunc(c.SKUs, func(p PostedSKU) bool { return p.SKU == sku })
		c.SKUs[at].Version--
		w.take("moves")
	}
	posted, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	facts := map[string]string{"skus": fmt.Sprint(len(posted.Lines))}
	for i, line := range posted.Lines {
		facts[line.SKU] = fmt.Sprint(posted.Variances[i])
	}
	return facts, nil
}

// dismiss C1 04006381333931
func (s *story) dismiss(w *words, _ telling) (map[string]string, error) {
	_, act := s.counting(w, "dismiss")
	return countFacts(submit(s, s.shop, DismissUnknown{CountAct: act, DismissedCode: DismissedCode{Code: w.next(), Note: "a customer's"}}))
}

// finish C1, and finish C1 stale where it was looked through before the last thing that happened to it.
func (s *story) closeCount(w *words, _ telling) (map[string]string, error) {
	count, act := s.counting(w, "close")
	c := CloseCount{CountAct: act, Planned: count.Version, Note: "done"}
	if w.take("stale") {
		c.Planned--
	}
	return countFacts(submit(s, s.shop, c))
}

// abandon C1
func (s *story) abandon(w *words, _ telling) (map[string]string, error) {
	_, act := s.counting(w, "abandon")
	return countFacts(submit(s, s.shop, CancelCount{CountAct: act, Note: "rain"}))
}

// thenCount reads "C1 is COUNTED", or "C1 RED-42 counted 3 expected 4 variance -1 decided ACCEPTED posted 0 read 10m".
func (s *story) thenCount(w *words) {
	s.Helper()
	label := w.next()
	c := find[Count](s, CountKey(s.places[label], s.id(label)))
	if w.take("is") {
		if state := w.next(); state != string(c.State) {
			s.fail("count %s is %s", label, c.State)
		}
		return
	}
	sku := w.next()
	counted := s.shop.comesTo(c)
	at := slices.IndexFunc(counted, func(one CountedSKU) bool { return one.SKU == sku })
	if at < 0 {
		if w.take("not") && w.take("counted") {
			return
		}
		s.fail("%s was not counted; there is %+v", sku, counted)
	}
	one := counted[at]
	s.compareAll(w, map[string]string{
		"counted": fmt.Sprint(one.Counted), "expected": fmt.Sprint(one.Expected(c)), "variance": fmt.Sprint(one.Variance(c)),
		"posted": fmt.Sprint(one.Line.Posted), "decided": cmp.Or(string(one.Decided()), "NOTHING"), "open": fmt.Sprint(one.Open(c)),
		"moment": s.shop.now.Sub(one.Moment).Round(time.Second).String() + "-ago", "shown": fmt.Sprint(c.ShowsExpected()),
	})
}
