package retail

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// paperLabel is what a carrier was asked to carry.
type paperLabel struct {
	id    ID
	state string
	// asked is what the carrier has not answered, and steps counts what it was asked.
	asked string
	steps int32
	units map[int]int64
}

// free tells whether it can be used or given back.
func (l *paperLabel) free() bool { return l.state == "ISSUED" && l.asked == "" }

// unlabelled is how many open units of a line no label is for.
func (w *paperWork) unlabelled(paper *paperOrder, i int) int64 {
	left := paper.lines[i].open()
	for _, l := range w.labels {
		if l.state == "REQUESTED" || l.state == "ISSUED" {
			left -= l.units[i]
		}
	}
	return max(0, left)
}

// drawWork draws a fulfilment, mostly one of those that are wanted.
func (s *trial) drawWork(t *rapid.T, wanted func(*paperWork) bool) (*paperOrder, *paperWork) {
	paper, w := s.someWork(t)
	var orders []*paperOrder
	var works []*paperWork
	for _, o := range s.trades {
		for _, one := range o.works {
			if wanted(one) {
				orders, works = append(orders, o), append(works, one)
			}
		}
	}
	if len(works) > 0 && rapid.IntRange(0, 5).Draw(t, "wanted") > 0 {
		n := rapid.IntRange(0, len(works)-1).Draw(t, "which")
		paper, w = orders[n], works[n]
	}
	return paper, w
}

// label asks a carrier for a label, or to take one back, or is told what it answers.
func (s *trial) label(t *rapid.T) {
	switch rapid.IntRange(0, 4).Draw(t, "of a label") {
	case 0, 1:
		s.buyLabel(t)
	case 2, 3:
		s.answerLabel(t)
	default:
		s.voidLabel(t)
	}
}

func (s *trial) buyLabel(t *rapid.T) {
	paper, w := s.drawWork(t, func(w *paperWork) bool { return w.method == Ship && w.step == 3 && w.ended == "" })
	units, all, tooMany := drawUnits(t, paper, w)
	c := BuyLabel{
		Work: s.workOn(Fulfilment{ID: w.id, Location: w.place, Order: paper.id}), Label: s.mint(), Provider: "test", Lines: units,
		WeightGrams: rapid.Int64Range(0, 2).Draw(t, "kilograms") * 1000,
	}
	var wrong []Reason
	early := w.method != Ship || w.over(s) == "" && w.step < 3
	goods := map[int]int64{}
	for i, n := range all {
		left := w.unlabelled(paper, i)
		if len(units) == 0 {
			n = left
		}
		wrong = append(wrong, reasonIf(len(units) > 0 && n > left && paper.lines[i].sku != "", LabelStep),
			reasonIf(len(units) > 0 && paper.lines[i].sku == "", InvalidRequest))
		if paper.lines[i].sku != "" && n > 0 {
			goods[i] = n
		}
	}
	wrong = append(wrong, reasonIf(len(goods) == 0 && !tooMany, LabelStep), reasonIf(tooMany, AlreadyHandedOver))
	if early {
		wrong = []Reason{FulfilmentStep}
	} else if over := w.over(s); over != "" {
		wrong = []Reason{over}
	}
	_, err := submit(t, s.shop, c)
	if decided(t, err, wrong...) {
		w.labels = append(w.labels, &paperLabel{id: c.Label, state: "REQUESTED", asked: "ISSUE", steps: 1, units: goods})
	}
}

// drawLabel draws a label of a fulfilment, or nobody's.
func drawLabel(t *rapid.T, w *paperWork) *paperLabel {
	if len(w.labels) == 0 || rapid.IntRange(0, 9).Draw(t, "nobody's label") == 0 {
		return &paperLabel{id: ID{0xFF}}
	}
	return rapid.SampledFrom(w.labels).Draw(t, "label")
}

func (s *trial) voidLabel(t *rapid.T) {
	paper, w := s.drawWork(t, func(w *paperWork) bool {
		return slices.ContainsFunc(w.labels, func(l *paperLabel) bool { return l.free() || l.state == "REQUESTED" })
	})
	l := drawLabel(t, w)
	_, err := submit(t, s.shop, VoidLabel{Work: s.workOn(Fulfilment{ID: w.id, Location: w.place, Order: paper.id}), Label: l.id})
	waits := l.state == "REQUESTED"
	switch {
	case !decided(t, err, reasonIf(l.state == "", UnknownLabel), reasonIf(l.state != "" && !waits && !l.free(), LabelStep)):
	case waits:
		l.state = "GIVEN_UP"
	default:
		l.asked, l.steps = "VOID", l.steps+1
	}
}

func (s *trial) answerLabel(t *rapid.T) {
	waits := func(l *paperLabel) bool { return l.asked != "" }
	paper, w := s.drawWork(t, func(w *paperWork) bool { return slices.ContainsFunc(w.labels, waits) })
	l := drawLabel(t, w)
	c := AnswerLabel{
		Work: s.workOn(Fulfilment{ID: w.id, Location: w.place, Order: paper.id}), Label: l.id,
		Number: l.steps + int32(rapid.IntRange(0, 9).Draw(t, "an older step")/9), Declined: rapid.IntRange(0, 3).Draw(t, "declined") == 0,
		Carrier: "SEUR", Tracking: "T-" + l.id.String(), Reference: "R", PriceMinor: 450, Currency: "EUR",
	}
	_, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(!waits(l) || c.Number != l.steps, stale)) {
		return
	}
	asked, givenUp := l.asked, l.state == "GIVEN_UP"
	l.asked = ""
	switch {
	case asked == "ISSUE" && c.Declined:
		l.state = "DECLINED"
	case asked == "ISSUE" && givenUp:
		l.state, l.asked, l.steps = "ISSUED", "VOID", l.steps+1
	case asked == "ISSUE":
		l.state = "ISSUED"
	case !c.Declined:
		l.state = "VOIDED"
	}
}

// shipUnder draws a label by which a parcel leaves, and what leaves by it; nil: it leaves by none.
func (s *trial) shipUnder(t *rapid.T, paper *paperOrder, w *paperWork, c *HandOver) (l *paperLabel, all map[int]int64, tooMany bool) {
	if len(w.labels) == 0 || rapid.Bool().Draw(t, "by no label") {
		return nil, nil, false
	}
	l = drawLabel(t, w)
	c.Label, c.Lines, all = l.id, nil, maps.Clone(l.units)
	if all == nil {
		all = map[int]int64{}
	}
	for i, n := range all {
		tooMany = tooMany || n > paper.lines[i].open()
	}
	return l, all, tooMany
}

// checkLabels holds the labels of a fulfilment against the paper.
func (s *trial) checkLabels(t *rapid.T, w *paperWork, f Fulfilment) {
	t.Helper()
	if len(f.Labels) != len(w.labels) {
		t.Fatalf("%+v has %d labels on paper", f, len(w.labels))
	}
	for n, l := range w.labels {
		got, units := f.Labels[n], map[int]int64{}
		for _, u := range got.Units {
			units[int(u.Line-1)] += u.Units
		}
		if got.ID != l.id || string(got.State) != l.state || string(got.Step) != l.asked || got.Steps != l.steps || !maps.Equal(units, l.units) {
			t.Fatalf("label %d is %+v, on paper %+v", n+1, got, l)
		}
		for _, p := range f.Parcels {
			if p.Label == l.id && (l.state != "USED" || p.Tracking != "T-"+l.id.String() || p.Carrier != "SEUR") {
				t.Fatalf("label %+v is on parcel %+v", got, p)
			}
		}
	}
}

// TestLabelsAgainstPaper asks for labels of parcels, gives some back, and sends others, while goods are cancelled and rejected.
func TestLabelsAgainstPaper(t *testing.T) {
	states := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		s := &trial{shop: newShop(), model: newModel()}
		for _, place := range places {
			for _, sku := range skus {
				c := MoveStock{Transaction: s.mint(), Kind: KindReceive, Location: place, Lines: []Line{{sku, 6}}, Cause: "opening"}
				if _, err := submit(t, s.shop, c); err != nil {
					t.Fatal(err)
				}
				s.shelf(place, sku).put(6)
			}
		}
		s.pack(t)
		s.pack(t)
		t.Repeat(map[string]func(*rapid.T){
			"": s.check, "buy": s.buyLabel, "answer": s.answerLabel, "answer more": s.answerLabel, "void": s.voidLabel, "ship": s.handOver,
			"deliver": s.deliver, "cancel": s.cancel, "reject": s.reject,
		})
		for _, o := range s.trades {
			for _, l := range o.works[0].labels {
				states[fmt.Sprint(l.state, " ", l.asked)]++
			}
		}
	})
	for _, state := range []string{"REQUESTED ISSUE", "ISSUED ", "ISSUED VOID", "DECLINED ", "VOIDED ", "USED ", "GIVEN_UP ISSUE"} {
		if states[state] == 0 {
			t.Errorf("chance left out labels that are %q: %v", state, states)
		}
	}
}
