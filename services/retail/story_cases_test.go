package retail

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// openCases are the open cases of a position, as they are listed.
func (s *story) openCases(place, sku string) []ShownCase {
	var cases []ShownCase
	ahead := int64(0)
	for _, c := range s.shop.level(place, sku).Cases {
		if c.OpenUnits == 0 {
			continue
		}
		cases = append(cases, ShownCase{Location: place, SKU: sku, OversellCase: c, ShortAhead: ahead, Promises: s.promises(place, sku)})
		ahead += c.OpenUnits
	}
	return cases
}

// promises are those in force at a position, newest first.
func (s *story) promises(place, sku string) (all []Promise) {
	at := map[Promise]time.Time{}
	for _, row := range s.shop.rows {
		switch row := row.(type) {
		case Hold:
			for _, line := range row.Lines {
				if line.SKU == sku && row.Location == place && row.At(s.shop.now).State == StateHeld {
					at[Promise{Hold: row.ID, Units: line.Quantity}] = row.RecordedAt
				}
			}
		case Order:
			units := map[ID]int64{}
			for _, line := range row.Lines {
				if line.SKU == sku && line.Location == place {
					units[line.Fulfilment] += line.Open()
				}
			}
			for fulfilment, open := range units {
				if open > 0 {
					at[Promise{Order: row.ID, Fulfilment: fulfilment, Units: open}] = find[Fulfilment](s, FulfilmentKey(place, fulfilment)).PlacedAt
				}
			}
		}
	}
	return slices.SortedFunc(maps.Keys(at), func(a, b Promise) int { return at[b].Compare(at[a]) })
}

// resolve MILAN RED-42 1 because found: the oldest open case, or as CASE1 where it was named before.
func (s *story) resolve(w *words, _ telling) (map[string]string, error) {
	c := ResolveOversell{Transaction: s.shop.mint(), Location: w.next(), SKU: w.next()}
	n := int(w.count())
	if cases := s.shop.level(c.Location, c.SKU).Cases; n <= len(cases) {
		c.Case = cases[n-1].Transaction
	}
	if !w.take("because") {
		s.fail("because of what?")
	}
	c, err := c.By(s.reason(w.next()))
	if err != nil {
		return nil, err
	}
	resolved, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return map[string]string{"units": fmt.Sprint(resolved.Case.Units), "open": fmt.Sprint(resolved.Case.OpenUnits)}, nil
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
	if w.take("event") {
		subject := w.next()
		if at := slices.IndexFunc(s.shop.events, func(e Event) bool { return e.Subject == subject }); at >= 0 {
			s.fail("others were told of %+v", s.shop.events[at])
		}
		return
	}
	if !w.take("case") {
		s.fail("no what?")
	}
	if cases := s.openCases(w.next(), w.next()); len(cases) > 0 {
		s.fail("there is %+v", cases)
	}
}

// thenRisk reads "MILAN RED-42 1 H2 H1": the holds and orders that the oldest open case puts at risk, newest first.
func (s *story) thenRisk(w *words) {
	s.Helper()
	cases, n := s.openCases(w.next(), w.next()), int(w.count())
	if n < 1 || n > len(cases) {
		s.fail("there are %d open cases: %+v", len(cases), cases)
	}
	var want, got []ID
	for w.more() {
		want = append(want, s.id(w.next()))
	}
	for _, promise := range cases[n-1].AtRisk() {
		if got = append(got, promise.Hold); promise.Hold.IsZero() {
			got[len(got)-1] = promise.Order
		}
	}
	if !slices.Equal(got, want) {
		s.fail("at risk are %v, not %v", got, want)
	}
}
