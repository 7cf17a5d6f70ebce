package retail

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// paperBuffer is a rule as somebody would write it on a note: at this place, for this article, method and channel, keep so much.
type paperBuffer struct {
	place, sku, channel string
	method              Method
	units, points       int64
}

// paperBuffers are the notes, and what the channel keeps where there is none.
type paperBuffers struct {
	channel string
	own     paperBuffer
	notes   []paperBuffer
}

var methodsOfNotes = rapid.SampledFrom([]Method{"", "", CarryOut, PickUp, Ship})

func drawBuffers(t *rapid.T) paperBuffers {
	few := rapid.Int64Range(0, 2)
	p := paperBuffers{channel: "web", own: paperBuffer{units: few.Draw(t, "buffer"), points: rapid.SampledFrom([]int64{0, 0, 2500, 10_000}).Draw(t, "part")}}
	for range rapid.IntRange(0, 3).Draw(t, "rules") {
		note := paperBuffer{
			place: anyPlace.Draw(t, "place"), sku: rapid.SampledFrom(append([]string{""}, skus...)).Draw(t, "sku"), method: methodsOfNotes.Draw(t, "method"),
			channel: rapid.SampledFrom([]string{"", "web", "app"}).Draw(t, "channel"), units: few.Draw(t, "units"),
			points: rapid.SampledFrom([]int64{0, 0, 1, 3333, 5000}).Draw(t, "points"),
		}
		if !slices.ContainsFunc(p.notes, note.sameName) {
			p.notes = append(p.notes, note)
		}
	}
	return p
}

func (n paperBuffer) sameName(other paperBuffer) bool {
	other.units, other.points = n.units, n.points
	return n == other
}

// buffers are the notes as the rules have them.
func (p paperBuffers) buffers() Buffers {
	rows := map[Key]BufferRules{}
	for _, n := range p.notes {
		row := rows[BufferRulesKey(n.place, n.sku)]
		row.Location, row.SKU = n.place, n.sku
		row.Rules = append(row.Rules, BufferRule{Method: n.method, Channel: n.channel, Units: n.units, BasisPoints: int32(n.points)})
		rows[row.Key()] = row
	}
	channel := Channel{Code: p.channel, SafetyBuffer: p.own.units, SafetyBasisPoints: int32(p.own.points)}
	return NewBuffers(channel, slices.Collect(maps.Values(rows)))
}

// sellable is what is left to promise of a shelf by all of some methods, the strictest of which counts.
func (p paperBuffers) sellable(of shelf, place, sku string, methods ...Method) int64 {
	left := max(0, of.available)
	for _, method := range methods {
		best, note := -1, p.own
		for _, n := range p.notes {
			rank := 0
			if n.sku != "" {
				rank += 4
			}
			if n.method != "" {
				rank += 2
			}
			if n.channel != "" {
				rank++
			}
			fits := n.place == place && (n.sku == "" || n.sku == sku) && (n.method == "" || n.method == method) && (n.channel == "" || n.channel == p.channel)
			if fits && rank > best {
				best, note = rank, n
			}
		}
		kept, here := note.units, of.available+of.held+of.committed
		for kept*10_000 < here*note.points {
			if here > 1_000_000 { // by ones it would take for ever
				kept = here / 10_000 * note.points
				for kept*10_000 < here*note.points {
					kept++
				}
				break
			}
			kept++
		}
		left = min(left, max(0, of.available-kept))
	}
	return left
}

// putBuffers puts rules of a place, or takes some away.
func (s *trial) putBuffers(t *rapid.T) {
	c := PutBuffers{Transaction: s.mint(), Location: fewCodes.Draw(t, "place"), Remove: rapid.Bool().Draw(t, "remove")}
	missing, rows := false, map[Key]bool{}
	after := maps.Clone(s.data.buffers)
	for range rapid.IntRange(1, 3).Draw(t, "rules") {
		rule := NewBufferRule{SKU: rapid.SampledFrom([]string{"", "A1"}).Draw(t, "sku"), BufferRule: BufferRule{
			Method: methodsOfNotes.Draw(t, "method"), Channel: rapid.SampledFrom([]string{"", "a"}).Draw(t, "channel"), Units: rapid.Int64Range(0, 5).Draw(t, "units"),
		}}
		c.Rules = append(c.Rules, rule)
		name := fmt.Sprint(c.Location, "/", rule.SKU, "/", rule.Method, "/", rule.Channel)
		_, there := after[name]
		missing = missing || c.Remove && !there
		after[name] = rule.Units
		if c.Remove {
			delete(after, name)
		}
		rows[BufferRulesKey(c.Location, rule.SKU)] = true
	}
	if c.EachOnce() != nil {
		t.Skip("a constructor refuses it")
	}
	answer, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(missing, UnknownBuffer)) {
		return
	}
	if len(answer) != len(rows) {
		t.Fatalf("%d rows are answered, not %d", len(answer), len(rows))
	}
	s.data.buffers = after
	for key := range rows {
		s.data.puts[key]++
	}
	got := map[string]int64{}
	for _, row := range s.rows {
		if of, is := row.(BufferRules); is {
			for _, rule := range of.Rules {
				got[fmt.Sprint(of.Location, "/", of.SKU, "/", rule.Method, "/", rule.Channel)] = rule.Units
			}
		}
	}
	if !maps.Equal(got, after) {
		t.Fatalf("the buffers are %v, on paper %v", got, after)
	}
}

// TestPromisesFreeNoBuffer promises unit after unit of a position whose buffer is a part of it: what is left is always the same
// part of what was there.
func TestPromisesFreeNoBuffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		level := Level{Location: "milan", SKU: "RED-42"}
		level.Units[0] = rapid.Int64Range(0, 50).Draw(t, "available")
		buffer := Buffer{BasisPoints: rapid.Int32Range(0, 10_000).Draw(t, "points")}
		kept := buffer.Of(level)
		for level.Sellable(buffer) > 0 {
			level.Units[0]--
			level.Units[rapid.IntRange(1, 2).Draw(t, "held or committed")]++
		}
		if level.Available() != kept {
			t.Fatalf("%d are left, and %d were to be kept", level.Available(), kept)
		}
	})
}

func TestExposure(t *testing.T) {
	band := Exposure{Kind: ShowsBand, FewFrom: 2, ManyFrom: 5}
	for _, c := range []struct {
		shows    Exposure
		sellable int64
		band     StockBand
		fact     string
	}{
		{Exposure{}, 3, "", "3"}, {Exposure{Kind: ShowsExact}, 0, "", "0"},
		{band, 0, BandNone, "NONE"}, {band, 1, BandNone, "NONE"}, {band, 2, BandFew, "FEW"}, {band, 4, BandFew, "FEW"}, {band, 5, BandMany, "MANY"},
		{Exposure{Kind: ShowsYesNo}, 0, BandNone, "NONE"}, {Exposure{Kind: ShowsYesNo}, 1, BandSome, "SOME"}, {Exposure{Kind: ShowsYesNo}, 99, BandSome, "SOME"},
	} {
		if got := c.shows.Band(c.sellable); got != c.band {
			t.Errorf("%+v shows %q of %d, not %q", c.shows, got, c.sellable, c.band)
		}
		if got := c.shows.Fact(c.sellable); got != c.fact {
			t.Errorf("%+v says %q of %d, not %q", c.shows, got, c.sellable, c.fact)
		}
	}
}

// find holds at the best of some places: planned on what is there, or on what was there before others were faster.
func (s *trial) find(t *rapid.T) {
	keeps, method := drawBuffers(t), methodsOfNotes.Draw(t, "method")
	wanted := Find{Hold: PlaceHold{
		Hold: s.mint(), Transaction: s.mint(), Channel: "web", Owner: "cart", Lines: someLines(t, rapid.Int64Range(1, 3)),
		TimeToLive: 10 * time.Minute, Method: method, Buffers: keeps.buffers(),
	}}
	outdated := rapid.Bool().Draw(t, "outdated")
	var seen []FindPlace
	best, bestMetres, bestSpare := "", int64(0), int64(0)
	for _, place := range rapid.Permutation(places).Draw(t, "places")[:rapid.IntRange(0, len(places)).Draw(t, "of them")] {
		at := FindPlace{Location: place, Metres: rapid.Int64Range(0, 1).Draw(t, "metres")}
		spare := int64(math.MaxInt64)
		for _, l := range wanted.Hold.Lines {
			level := s.level(place, l.SKU)
			if outdated {
				level.Units[0] = 1_000_000
			}
			at.Levels = append(at.Levels, level)
			spare = min(spare, keeps.sellable(*s.shelf(place, l.SKU), place, l.SKU, method)-l.Quantity)
		}
		seen = append(seen, at)
		nearer := best == "" || at.Metres < bestMetres || at.Metres == bestMetres && (spare > bestSpare || spare == bestSpare && place < best)
		if spare >= 0 && nearer {
			best, bestMetres, bestSpare = place, at.Metres, spare
		}
	}
	c, err := wanted.Plan(seen)
	if err != nil {
		if !decided(t, err, OutOfStock) && best != "" && !outdated {
			t.Fatalf("%s has all of %+v, and it is refused with %v", best, wanted.Hold.Lines, err)
		}
		return
	}
	found, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(best == "", stale)) {
		return
	}
	if !outdated && (found.Hold.Location != best || found.Metres != bestMetres) {
		t.Fatalf("it is held at %s, %d metres away, and %s is better, at %d", found.Hold.Location, found.Metres, best, bestMetres)
	}
	for _, l := range wanted.Hold.Lines {
		shelf := s.shelf(found.Hold.Location, l.SKU)
		if l.Quantity > keeps.sellable(*shelf, found.Hold.Location, l.SKU, method) {
			t.Fatalf("%d of %s are held at %s, where there are %+v", l.Quantity, l.SKU, found.Hold.Location, *shelf)
		}
		shelf.available -= l.Quantity
		shelf.held += l.Quantity
	}
	s.holds = append(s.holds, &paperHold{id: found.Hold.ID, place: found.Hold.Location, lines: wanted.Hold.Lines, until: s.now.Add(wanted.Hold.TimeToLive), state: "HELD"})
}
