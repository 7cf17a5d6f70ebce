package retail

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// putRules puts stock rules of a place, or takes some away.
func (s *trial) putRules(t *rapid.T) {
	place, remove := rapid.SampledFrom([]string{"a", "milan", "rome"}).Draw(t, "place"), rapid.Bool().Draw(t, "remove")
	missing, after := false, maps.Clone(s.data.rules)
	var rules []StockRule
	for _, sku := range rapid.Permutation(append([]string{"", "A1"}, skus...)).Draw(t, "skus")[:rapid.IntRange(1, 3).Draw(t, "how many")] {
		rule := StockRule{
			SKU: sku, Minimum: rapid.Int64Range(0, 3).Draw(t, "minimum"), PackSize: rapid.Int64Range(0, 2).Draw(t, "pack"),
			LowBelow: rapid.Int64Range(0, 3).Draw(t, "low"),
		}
		rule.Target = rule.Minimum + rapid.Int64Range(0, 2).Draw(t, "more")
		rules = append(rules, rule)
		name := place + "/" + sku
		_, there := after[name]
		missing = missing || remove && !there
		after[name] = fmt.Sprint(rule.Minimum, rule.Target, max(1, rule.PackSize), rule.LowBelow)
		if remove {
			delete(after, name)
		}
	}
	c, err := NewPutStockRules(s.mint(), place, rules, remove)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(missing, UnknownStockRule)) {
		return
	}
	if len(answer) != len(rules) {
		t.Fatalf("%d rules are answered, not %d", len(answer), len(rules))
	}
	s.data.rules = after
	got := map[string]string{}
	for _, row := range s.rows {
		if r, is := row.(StockRule); is && !r.Removed {
			got[r.Location+"/"+r.SKU] = fmt.Sprint(r.Minimum, r.Target, r.PackSize, r.LowBelow)
		}
	}
	if !maps.Equal(got, after) {
		t.Fatalf("the rules are %v, on paper %v", got, after)
	}
	for _, rule := range rules {
		s.data.puts[StockRuleKey(place, rule.SKU)]++
	}
}

func TestNeed(t *testing.T) {
	for _, c := range []struct {
		name                                string
		available, incoming, sold, back     int64
		unmet, minimum, target              int64
		awaited                             int64
		lead                                int32
		cover, reorder, upTo, expected, out int64
	}{
		{name: "nothing is wanted of what has no rule and no trade"},
		{name: "as many as the minimum are enough", available: 1, incoming: 2, minimum: 3, target: 9, reorder: 3, upTo: 9, expected: 3},
		{name: "one less is filled up", available: 2, minimum: 3, target: 9, reorder: 3, upTo: 9, expected: 2, out: 7},
		{name: "what is sold is covered", available: 2, sold: 28, cover: 14, reorder: 14, upTo: 14, expected: 2, out: 12},
		{name: "less what came back", available: 2, sold: 28, back: 14, cover: 7, reorder: 7, upTo: 7, expected: 2, out: 5},
		{name: "and a part of a unit is one", sold: 1, cover: 1, reorder: 1, upTo: 1, out: 1},
		{name: "more came back than was sold", sold: 1, back: 5},
		{name: "until the order is there", sold: 28, lead: 7, cover: 21, reorder: 21, upTo: 21, out: 21},
		{name: "a target beyond the cover", sold: 28, target: 20, cover: 14, reorder: 14, upTo: 20, out: 20},
		{name: "what was asked for in vain", available: 3, minimum: 3, unmet: 2, target: 5, reorder: 5, upTo: 7, expected: 3, out: 4},
		{name: "what is on its way to orders is not there for others", available: 1, incoming: 5, awaited: 4, minimum: 3, target: 9, reorder: 3, upTo: 9, expected: 2, out: 7},
		{name: "what was sold and was not there", available: -3, expected: -3, out: 3},
	} {
		place := ReplenishedPlace{Rule: StockRule{Minimum: c.minimum, Target: c.target, LeadDays: c.lead}, Trade: SoldUnits{c.sold, c.back}, Unmet: c.unmet, Awaited: c.awaited}
		place.Level.Units[0], place.Level.Units[6] = c.available, c.incoming
		want := Need{Cover: c.cover, Reorder: c.reorder, UpTo: c.upTo, Expected: c.expected, Units: c.out}
		if got := place.Need(ReplenishTerms{SalesDays: 28, CoverDays: 14}); got != want {
			t.Errorf("%s: %+v, not %+v", c.name, got, want)
		}
	}
}

// TestReplenish proposes for places of any kind: no place gives what it needs itself, nothing is given twice, and what is lacking is
// proposed or said, from the nearest on. Asked in another order, the answer is the same.
func TestReplenish(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.Int64Range(0, 9)
		metres := map[string]int64{}
		terms := ReplenishTerms{
			SalesDays: rapid.Int32Range(1, 30).Draw(t, "of days"), CoverDays: rapid.Int32Range(0, 20).Draw(t, "for days"),
			TransfersOnly: rapid.Bool().Draw(t, "only transfers"),
			Metres: func(from, to string) (int64, bool) {
				far, known := metres[from+to]
				return far, known
			},
		}
		var places []ReplenishedPlace
		for i := range rapid.IntRange(1, 14).Draw(t, "places") {
			place := ReplenishedPlace{
				Level:    Level{Location: fmt.Sprintf("p%02d", i), SKU: "A"},
				Rule:     StockRule{Minimum: few.Draw(t, "minimum"), Target: few.Draw(t, "target"), PackSize: few.Draw(t, "pack"), LeadDays: rapid.Int32Range(0, 9).Draw(t, "lead")},
				Kept:     rapid.Int64Range(0, 3).Draw(t, "kept"),
				Trade:    SoldUnits{few.Draw(t, "sold"), rapid.Int64Range(0, 3).Draw(t, "back")},
				Unmet:    rapid.Int64Range(0, 3).Draw(t, "unmet"),
				Receives: rapid.Bool().Draw(t, "receives"), Gives: rapid.IntRange(0, 3).Draw(t, "gives") > 0,
			}
			place.Level.Units[0], place.Level.Units[6] = rapid.Int64Range(-5, 40).Draw(t, "available"), rapid.Int64Range(0, 4).Draw(t, "incoming")
			for _, other := range places {
				if rapid.IntRange(0, 3).Draw(t, "known") > 0 {
					far := rapid.Int64Range(0, 5).Draw(t, "metres")
					metres[place.Level.Location+other.Level.Location], metres[other.Level.Location+place.Level.Location] = far, far
				}
			}
			places = append(places, place)
		}
		proposals := Replenish(places, terms)
		if diff := difference(proposals, Replenish(rapid.Permutation(places).Draw(t, "again"), terms), everything); diff != "" {
			t.Fatalf("in another order it is another answer:\n%s", diff)
		}
		given, proposed := map[string]int64{}, map[string]Proposal{}
		for _, p := range proposals {
			at := p.Place.Level.Location
			proposed[at] = p
			lacking := p.Need.Units
			last := int64(-1)
			for _, transfer := range p.Transfers {
				far, known := metres[transfer.From+at]
				if known != transfer.Known || known && far != transfer.Metres || transfer.Units <= 0 || transfer.From == at {
					t.Fatalf("%s gets %+v, from %d metres", at, transfer, far)
				}
				if !known {
					far = math.MaxInt64
				}
				if far < last {
					t.Fatalf("%s gets from farther off first: %+v", at, p.Transfers)
				}
				last = far
				given[transfer.From] += transfer.Units
				lacking -= transfer.Units
			}
			pack := max(1, p.Place.Rule.PackSize)
			switch {
			case len(p.Transfers) > 10 || lacking < 0:
				t.Fatalf("%s lacks %d and gets %+v", at, p.Need.Units, p.Transfers)
			case terms.TransfersOnly && (p.OrderUnits != 0 || p.ShortUnits != lacking):
				t.Fatalf("%s lacks %d still, %d are said to be short and %d are ordered", at, lacking, p.ShortUnits, p.OrderUnits)
			case !terms.TransfersOnly && (p.ShortUnits != 0 || p.OrderUnits < lacking || p.OrderUnits >= lacking+pack || p.OrderUnits%pack != 0):
				t.Fatalf("%s lacks %d still, and %d are ordered in packs of %d", at, lacking, p.OrderUnits, pack)
			}
		}
		left := int64(0)
		for _, place := range places {
			at := place.Level.Location
			// What a place is to have, said once more: enough for the days by what was sold each day, or the rule, and what was missed.
			days := int64(terms.CoverDays) + int64(place.Rule.LeadDays)
			enough := int64(0)
			for enough*int64(terms.SalesDays) < max(0, place.Trade.Sold-place.Trade.Returned)*days {
				enough++
			}
			fills := max(enough, place.Rule.Minimum, place.Rule.Target) + place.Unmet
			spare := max(0, place.Level.Units[0]-fills-place.Kept)
			if given[at] > 0 && !place.Gives || given[at] > spare {
				t.Fatalf("%s gives %d of %d, and is to have %d and %d more", at, given[at], place.Level.Units[0], fills, place.Kept)
			}
			if place.Gives {
				left += spare - given[at]
			}
			comes := place.Level.Units[0] + place.Level.Units[6]
			lacks := place.Receives && comes < max(enough, place.Rule.Minimum)+place.Unmet
			p, is := proposed[at]
			if is != lacks || is && p.Need.Units != fills-comes {
				t.Fatalf("%s has %d, is to have %d, and is proposed to: %v, %+v", at, comes, fills, is, p.Need)
			}
		}
		for _, p := range proposals { // surplus is left only where each had enough of it, or as many sources as it may have
			if left > 0 && p.OrderUnits+p.ShortUnits > 0 && len(p.Transfers) < 10 && len(places) <= 10 {
				t.Fatalf("%d are left to give, and %s lacks %+v", left, p.Place.Level.Location, p)
			}
		}
	})
}

func TestMostKept(t *testing.T) {
	level := Level{Location: "milan", SKU: "A"}
	level.Units[0] = 10
	own := BufferRules{Location: "milan", SKU: "A", Rules: []BufferRule{{Method: Ship, Channel: "web", Units: 3}}}
	place := BufferRules{Location: "milan", Rules: []BufferRule{{BasisPoints: 1000}, {Channel: "app", Units: 7}}}
	for _, c := range []struct {
		rules []BufferRules
		want  int64
	}{{nil, 0}, {[]BufferRules{own}, 3}, {[]BufferRules{place}, 7}, {[]BufferRules{own, place}, 7}, {[]BufferRules{{}, {}}, 0}} {
		if got := MostKept(level, c.rules...); got != c.want {
			t.Errorf("%+v keep %d, not %d", c.rules, got, c.want)
		}
	}
	// A rule of the position for all goes before those of the place.
	own.Rules = slices.Insert(own.Rules, 0, BufferRule{Units: 1})
	if got := MostKept(level, own, place); got != 3 {
		t.Errorf("%d are kept, not 3", got)
	}
}
