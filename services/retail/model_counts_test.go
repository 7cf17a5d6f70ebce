package retail

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// paperCount is a count as somebody would keep it on paper: a sheet per zone and pass, and what was decided of each article.
type paperCount struct {
	id       ID
	place    string
	state    string
	sellable bool
	sheets   []paperSheet
	decided  map[string]paperDecision
	posted   map[string]int64
	postings int64
	version  int64
	wholeAt  time.Time // zero: what is on no sheet is not counted
	codes    []string
}

type paperSheet struct {
	zone  string
	pass  int32
	at    time.Time
	units map[string]int64
	// tags are what each tag is on.
	tags map[string]string
	// event is what it came as; a withdrawal says that the event was an error.
	event      string
	withdrawal bool
}

// paperDecision is about a number at a moment.
type paperDecision struct {
	what  Decision
	units int64
	at    time.Time
}

// latest is the last pass of a zone.
func (p *paperCount) latest(zone string) (pass int32) {
	for _, sheet := range p.sheets {
		if sheet.zone == zone && !sheet.withdrawal {
			pass = max(pass, sheet.pass)
		}
	}
	return pass
}

// tally is what the sheets come to for an article, and the last moment of any that names it; false where none does.
func (p *paperCount) tally(sku string) (units int64, at time.Time, found bool) {
	lastOf := map[string]time.Time{}
	for _, sheet := range p.sheets {
		if sheet.pass != p.latest(sheet.zone) || sheet.withdrawal || p.withdrew(sheet.event) {
			continue
		}
		if n, named := sheet.units[sku]; named {
			units, found = units+n, true
			if sheet.at.After(at) {
				at = sheet.at
			}
		}
		for tag, of := range sheet.tags {
			if of != sku {
				continue
			}
			if last, seen := lastOf[tag]; !seen || sheet.at.After(last) {
				lastOf[tag] = sheet.at
			}
		}
	}
	for _, last := range lastOf {
		units, found = units+1, true
		if last.After(at) {
			at = last
		}
	}
	if !found && !p.wholeAt.IsZero() {
		return 0, p.wholeAt, true
	}
	return units, at, found
}

// withdrew tells whether an event was an error.
func (p *paperCount) withdrew(event string) bool {
	return event != "" && slices.ContainsFunc(p.sheets, func(s paperSheet) bool { return s.withdrawal && s.event == event })
}

// counting draws a count, or now and then one that is not there.
func (s *trial) counting(t *rapid.T) (*paperCount, CountAct) {
	if len(s.counts) == 0 && rapid.IntRange(0, 9).Draw(t, "none") > 0 {
		t.Skip("nothing is counted")
	}
	paper := &paperCount{id: s.mint(), place: "milan"}
	if len(s.counts) > 0 && rapid.IntRange(0, 9).Draw(t, "known") > 0 {
		paper = s.counts[max(rapid.IntRange(0, len(s.counts)-1).Draw(t, "count"), rapid.IntRange(0, len(s.counts)-1).Draw(t, "rather the last"))]
	}
	return paper, CountAct{Location: paper.place, Count: paper.id, Transaction: s.mint()}
}

// step gives the reason where a count does not take a step.
func (p *paperCount) step(states ...string) Reason {
	switch {
	case p.state == "":
		return UnknownCount
	case !slices.Contains(states, p.state):
		return CountStep
	}
	return ""
}

func (s *trial) openCount(t *rapid.T) {
	paper := &paperCount{
		id: s.mint(), place: anyPlace.Draw(t, "place"), state: "OPEN", sellable: rapid.Bool().Draw(t, "sellable"),
		decided: map[string]paperDecision{}, posted: map[string]int64{}, version: 1,
	}
	c := OpenCount{CountAct: CountAct{Location: paper.place, Count: paper.id, Transaction: s.mint()}, Name: "spring", SellableOnly: paper.sellable}
	if rapid.IntRange(0, 3).Draw(t, "again") == 0 && len(s.counts) > 0 {
		taken := rapid.SampledFrom(s.counts).Draw(t, "taken")
		c.Location, c.Count = taken.place, taken.id
		_, err := submit(t, s.shop, c)
		decided(t, err, stale)
		return
	}
	_, err := submit(t, s.shop, c)
	if decided(t, err) {
		s.counts = append(s.counts, paper)
	}
}

func (s *trial) recordReading(t *rapid.T) {
	paper, act := s.counting(t)
	sheet := paperSheet{
		zone: rapid.SampledFrom([]string{"", "A"}).Draw(t, "zone"), units: map[string]int64{}, tags: map[string]string{},
		at: s.now.Add(-time.Duration(rapid.IntRange(0, 30).Draw(t, "minutes ago")) * time.Minute),
	}
	latest := paper.latest(sheet.zone)
	sheet.pass = max(1, latest+rapid.Int32Range(-1, 1).Draw(t, "pass"))
	if rapid.IntRange(0, 9).Draw(t, "too far") == 0 {
		sheet.pass = latest + 2
	}
	r := Reading{Location: act.Location, Count: act.Count, ID: s.mint(), Counter: "ann", Zone: sheet.zone, Pass: sheet.pass, ReadAt: sheet.at}
	for range rapid.IntRange(0, 3).Draw(t, "lines") {
		sku := rapid.SampledFrom(skus).Draw(t, "sku")
		if rapid.IntRange(0, 2).Draw(t, "tag") == 0 {
			unit := fmt.Sprintf("%s %d", sku, rapid.IntRange(1, 3).Draw(t, "serial"))
			sheet.tags[unit] = sku
			r.Lines = append(r.Lines, ReadingLine{SKU: sku, Code: "04006381333931", Unit: unit, Quantity: 1})
			continue
		}
		units := rapid.Int64Range(0, 4).Draw(t, "units")
		if rapid.IntRange(0, 30).Draw(t, "a great many") == 0 {
			units = paperMax
		}
		sheet.units[sku] += units
		r.Lines = append(r.Lines, ReadingLine{SKU: sku, Quantity: units})
	}
	r.Lines = append(r.Lines, ReadingLine{Code: "09999999999994", Quantity: 1}) // which nobody knows
	wrong := paper.step("OPEN", "COUNTED")
	if rapid.IntRange(0, 2).Draw(t, "as an event") == 0 {
		s.capture(t, paper, act, r, sheet, wrong)
		return
	}
	_, err := submit(t, s.shop, RecordReading{Transaction: act.Transaction, Reading: r})
	if !decided(t, err, wrong, reasonIf(wrong == "" && sheet.pass > latest+1, InvalidRequest)) {
		return
	}
	paper.sheets = append(paper.sheets, sheet)
	paper.version++
}

// capture records a sheet as an event, or says that the event was an error. An event is one however often it comes.
func (s *trial) capture(t *rapid.T, paper *paperCount, act CountAct, r Reading, sheet paperSheet, wrong Reason) {
	sheet.event = rapid.SampledFrom([]string{"E1", "E2", "E3"}).Draw(t, "event")
	sheet.withdrawal = rapid.IntRange(0, 3).Draw(t, "an error") == 0
	r.EventID, r.Withdrawal, r.ID = sheet.event, sheet.withdrawal, ID{0xE0, sheet.event[1]}
	if sheet.withdrawal {
		r.Lines, r.ID[2] = nil, 1
	}
	known := slices.ContainsFunc(paper.sheets, func(o paperSheet) bool { return o.event == sheet.event && o.withdrawal == sheet.withdrawal })
	tooFar := !known && !sheet.withdrawal && sheet.pass > paper.latest(sheet.zone)+1
	captured, err := submit(t, s.shop, CaptureEvents{CountAct: act, Readings: []Reading{r}})
	if !decided(t, err, wrong, reasonIf(wrong == "" && tooFar, InvalidRequest)) {
		return
	}
	if captured.New[0] == known {
		t.Fatalf("%+v was captured: new %v", sheet, captured.New)
	}
	if paper.version++; !known {
		paper.sheets = append(paper.sheets, sheet)
	}
}

func (s *trial) completeCount(t *rapid.T) {
	paper, act := s.counting(t)
	c := CompleteCount{CountAct: act, WholeScope: rapid.Bool().Draw(t, "whole")}
	_, err := submit(t, s.shop, c)
	if !decided(t, err, paper.step("OPEN")) {
		return
	}
	paper.state = "COUNTED"
	paper.version++
	if !c.WholeScope {
		return
	}
	for _, sheet := range paper.sheets {
		if !sheet.withdrawal && sheet.at.After(paper.wholeAt) {
			paper.wholeAt = sheet.at
		}
	}
	if paper.wholeAt.IsZero() {
		paper.wholeAt = s.now
	}
}

func (s *trial) reviewVariances(t *rapid.T) {
	paper, act := s.counting(t)
	c := ReviewVariances{CountAct: act, Planned: paper.version}
	if rapid.IntRange(0, 9).Draw(t, "stale") == 0 {
		c.Planned--
	}
	for _, sku := range skus {
		units, at, found := paper.tally(sku)
		if found && rapid.IntRange(0, 2).Draw(t, "reviewed") > 0 {
			what := rapid.SampledFrom([]Decision{VarianceAccepted, VarianceAccepted, VarianceRecount, VarianceIgnored}).Draw(t, "decision")
			c.SKUs = append(c.SKUs, ReviewedSKU{SKU: sku, Decision: what, Note: "seen", Counted: units, Moment: at})
		}
	}
	_, err := submit(t, s.shop, c)
	wrong := paper.step("COUNTED", "CLOSED")
	if !decided(t, err, wrong, reasonIf(wrong == "" && c.Planned != paper.version, stale)) {
		return
	}
	paper.version++
	for _, sku := range c.SKUs {
		paper.decided[sku.SKU] = paperDecision{sku.Decision, sku.Counted, sku.Moment}
	}
}

// postCount posts what was accepted. What is planned goes back from what is there now; what the paper expects is added up from the
// beginning of the books.
func (s *trial) postCount(t *rapid.T) {
	paper, act := s.counting(t)
	c := PostCount{CountAct: act, Planned: paper.version, Reason: "yearly"}
	count, _ := s.rows[CountKey(paper.place, paper.id)].(Count)
	c.SKUs = Accepted(s.comesTo(count))
	old := len(c.SKUs) > 0 && rapid.IntRange(0, 9).Draw(t, "stale") == 0
	if old {
		c.SKUs[0].Version--
	}
	variances, beyond := map[string]int64{}, false
	var accepted []string
	for _, sku := range skus {
		units, at, found := paper.tally(sku)
		if d := paper.decided[sku]; found && d.what == VarianceAccepted && d.units == units && d.at.Equal(at) {
			accepted = append(accepted, sku)
			expected := s.stoodAt(count, sku, at)
			variances[sku] = units - expected
			for _, counted := range []int64{units, expected, s.shelf(paper.place, sku).available + variances[sku]} {
				beyond = beyond || counted > paperMax || counted < -paperMax
			}
		}
	}
	slices.Sort(accepted)
	posted, err := submit(t, s.shop, c)
	wrong := paper.step("COUNTED", "CLOSED")
	if !decided(t, err, wrong, reasonIf(wrong == "" && old, stale), reasonIf(wrong == "" && beyond, QuantityTooLarge)) {
		return
	}
	paper.version++
	paper.postings++
	var got []string
	for i, line := range posted.Lines {
		got = append(got, line.SKU)
		if want := variances[line.SKU]; posted.Variances[i] != want {
			t.Fatalf("%d of %s were posted, on paper %d", posted.Variances[i], line.SKU, want)
		}
	}
	if !slices.Equal(got, accepted) {
		t.Fatalf("%v were posted, on paper %v are accepted", got, accepted)
	}
	for sku, units := range variances {
		s.shelf(paper.place, sku).change(units, c.Transaction)
		paper.posted[sku] += units
		d := paper.decided[sku]
		d.what = VariancePosted
		paper.decided[sku] = d
	}
}

func (s *trial) dismissUnknown(t *rapid.T) {
	paper, act := s.counting(t)
	c := DismissUnknown{CountAct: act, DismissedCode: DismissedCode{Code: fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "code")), Note: "not ours"}}
	_, err := submit(t, s.shop, c)
	if !decided(t, err, paper.step("OPEN", "COUNTED")) {
		return
	}
	paper.version++
	if !slices.Contains(paper.codes, c.Code) {
		paper.codes = append(paper.codes, c.Code)
	}
}

func (s *trial) closeCount(t *rapid.T) {
	paper, act := s.counting(t)
	c := CloseCount{CountAct: act, Planned: rapid.SampledFrom([]int64{0, paper.version, paper.version, paper.version + 1}).Draw(t, "planned")}
	_, err := submit(t, s.shop, c)
	wrong := paper.step("COUNTED")
	if decided(t, err, wrong, reasonIf(wrong == "" && c.Planned != 0 && c.Planned != paper.version, stale)) {
		paper.state = "CLOSED"
		paper.version++
	}
}

func (s *trial) cancelCount(t *rapid.T) {
	paper, act := s.counting(t)
	_, err := submit(t, s.shop, CancelCount{CountAct: act, Note: "rain"})
	wrong := paper.step("OPEN", "COUNTED")
	if decided(t, err, wrong, reasonIf(wrong == "" && paper.postings > 0, CountStep)) {
		paper.state = "CANCELLED"
		paper.version++
	}
}

// nextStep takes the last count one step further.
func (s *trial) nextStep(t *rapid.T) {
	if len(s.counts) == 0 {
		s.openCount(t)
		return
	}
	paper := s.counts[len(s.counts)-1]
	switch accepted := 0; {
	case paper.state == "OPEN" && len(paper.sheets) == 0:
		s.recordReading(t)
	case paper.state == "OPEN":
		s.completeCount(t)
	case paper.state == "COUNTED":
		for _, d := range paper.decided {
			if d.what == VarianceAccepted {
				accepted++
			}
		}
		switch {
		case accepted > 0:
			s.postCount(t)
		case paper.postings > 0:
			s.closeCount(t)
		default:
			s.reviewVariances(t)
		}
	default:
		s.openCount(t)
	}
}

// count draws one of all acts of counting.
func (s *trial) count(t *rapid.T) {
	rapid.SampledFrom([]func(*rapid.T){
		s.nextStep, s.nextStep, s.nextStep, s.nextStep, s.nextStep, s.nextStep, s.nextStep, s.nextStep,
		s.openCount, s.recordReading, s.recordReading, s.completeCount, s.reviewVariances, s.reviewVariances, s.postCount, s.postCount,
		s.dismissUnknown, s.closeCount, s.cancelCount,
	}).Draw(t, "act of counting")(t)
}

// checkCounts compares counts with the paper.
func (s *trial) checkCounts(t *rapid.T) {
	t.Helper()
	for _, paper := range s.counts {
		c := s.rows[CountKey(paper.place, paper.id)].(Count)
		if string(c.State) != paper.state || c.Version != paper.version || c.Postings != paper.postings ||
			c.Readings != int64(len(paper.sheets)) || len(c.Dismissed) != len(paper.codes) {
			t.Fatalf("a count is %+v, on paper %+v", c, paper)
		}
		for sku, units := range paper.posted {
			if line := s.rows[CountLineKey(paper.place, paper.id, sku)].(CountLine); line.Posted != units {
				t.Fatalf("%d of %s were posted, on paper %d", line.Posted, sku, units)
			}
		}
		for _, one := range s.comesTo(c) {
			units, at, found := paper.tally(one.SKU)
			if !found || units != one.Counted || !at.Equal(one.Moment) || one.Expected(c) != s.stoodAt(c, one.SKU, at) {
				t.Fatalf("%+v, on paper %d at %s, of %d", one, units, at, s.stoodAt(c, one.SKU, at))
			}
		}
	}
}
