package retail

import (
	"fmt"
	"slices"
)

// openCases are the open cases of a position, as they are listed.
func (s *story) openCases(place, sku string) []OpenCase {
	var cases []OpenCase
	ahead := int64(0)
	holds := []Hold{}
	for _, row := range s.shop.rows {
		if hold, ok := row.(Hold); ok && hold.Location == place && hold.At(s.shop.now).State == StateHeld {
			holds = append(holds, hold)
		}
	}
	slices.SortFunc(holds, func(a, b Hold) int { return b.RecordedAt.Compare(a.RecordedAt) })
	for _, c := range s.shop.level(place, sku).Cases {
		if c.OpenUnits == 0 {
			continue
		}
		open := OpenCase{Location: place, SKU: sku, OversellCase: c, ShortAhead: ahead}
		for _, hold := range holds {
			for _, line := range hold.Lines {
				if line.SKU == sku {
					open.Holds = append(open.Holds, HeldUnits{Hold: hold.ID, Units: line.Quantity})
				}
			}
		}
		ahead += c.OpenUnits
		cases = append(cases, open)
	}
	return cases
}

// thenCase reads "MILAN RED-42 1 open 2 of 3 by S1": the oldest open case. What no order caused is by its cause.
func (s *story) thenCase(w *words) {
	s.Helper()
	place, sku := w.next(), w.next()
	n, cases := int(w.count()), s.openCases(place, sku)
	if n < 1 || n > len(cases) {
		s.fail("there are %d open cases: %+v", len(cases), cases)
	}
	c := cases[n-1]
	by := c.Cause
	for label, id := range s.ids {
		if c.Order() == id.String() {
			by = label
		}
	}
	s.compareAll(w, map[string]string{"open": fmt.Sprint(c.OpenUnits), "of": fmt.Sprint(c.Units), "by": by})
}

// thenNoCase reads "case MILAN RED-42": none is open.
func (s *story) thenNoCase(w *words) {
	s.Helper()
	if !w.take("case") {
		s.fail("no what?")
	}
	if cases := s.openCases(w.next(), w.next()); len(cases) > 0 {
		s.fail("there is %+v", cases)
	}
}

// thenRisk reads "MILAN RED-42 1 H2 H1": the holds that the oldest open case puts at risk, newest first.
func (s *story) thenRisk(w *words) {
	s.Helper()
	cases, n := s.openCases(w.next(), w.next()), int(w.count())
	if n < 1 || n > len(cases) {
		s.fail("there are %d open cases: %+v", len(cases), cases)
	}
	var want []ID
	for w.more() {
		want = append(want, s.id(w.next()))
	}
	if got := cases[n-1].AtRisk(); !slices.Equal(got, want) {
		s.fail("at risk are %v, not %v", got, want)
	}
}
