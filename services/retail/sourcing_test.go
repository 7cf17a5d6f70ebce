package retail

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// town are places that send, with what they have: "place metres sku:units ...".
type town struct {
	places []PlaceAway
	has    map[string]int64
}

func (n *town) add(code string, metres int64, has map[string]int64) {
	n.places = append(n.places, PlaceAway{Location: Location{Code: code}, Metres: metres})
	for sku, units := range has {
		n.has[code+"/"+sku] = units
	}
}

func (n *town) sellable(location, sku string) int64 { return n.has[location+"/"+sku] }

func TestSourcing(t *testing.T) {
	n := &town{has: map[string]int64{}}
	n.add("far", 9000, map[string]int64{"HAT": 5, "SOCK": 5, "BELT": 5})
	n.add("near", 100, map[string]int64{"HAT": 1})
	n.add("nowhere", -1, map[string]int64{"HAT": 9, "SOCK": 9, "BELT": 9, "RING": 9})
	n.add("middle", 500, map[string]int64{"SOCK": 2, "HAT": 2})
	hatAndSock := []SourceWant{{0, "HAT", 1}, {2, "SOCK", 2}}
	type sent struct {
		Line  int
		From  string
		Past  []string
		Short bool
	}
	for _, c := range []struct {
		name  string
		by    Sourcing
		wants []SourceWant
		want  []sent
	}{
		{"nearest takes for each line the nearest that has it", Sourcing{Policy: SourceNearest}, hatAndSock,
			[]sent{{0, "near", nil, false}, {2, "middle", []string{"near"}, false}}},
		{"fewest takes one place where one has everything", Sourcing{Policy: SourceFewest}, hatAndSock,
			[]sent{{0, "middle", []string{"near"}, false}, {2, "middle", []string{"near"}, false}}},
		{"nominated takes the first that has it, however far", Sourcing{Policy: SourceNominated, Locations: []string{"nowhere", "near", "gone"}}, hatAndSock,
			[]sent{{0, "nowhere", nil, false}, {2, "nowhere", nil, false}}},
		{"two lines do not take the same unit", Sourcing{Policy: SourceNearest}, []SourceWant{{0, "HAT", 1}, {1, "HAT", 1}},
			[]sent{{0, "near", nil, false}, {1, "middle", []string{"near"}, false}}},
		{"a line is sent whole", Sourcing{Policy: SourceNearest}, []SourceWant{{0, "HAT", 4}},
			[]sent{{0, "far", []string{"near", "middle"}, false}}},
		{"what nobody has stays with the first", Sourcing{Policy: SourceNearest}, []SourceWant{{0, "HAT", 1}, {1, "HAT", 10}},
			[]sent{{0, "near", nil, false}, {1, "near", nil, true}}},
		{"fewest takes two where two are needed", Sourcing{Policy: SourceFewest}, []SourceWant{{0, "RING", 1}, {1, "HAT", 1}, {2, "BELT", 5}},
			[]sent{{0, "nowhere", []string{"near", "middle", "far"}, false}, {1, "nowhere", []string{"near", "middle", "far"}, false},
				{2, "nowhere", []string{"near", "middle", "far"}, false}}},
		{"fewest sends what it can of what is short", Sourcing{Policy: SourceFewest}, []SourceWant{{0, "HAT", 2}, {1, "HAT", 20}},
			[]sent{{0, "middle", []string{"near"}, false}, {1, "near", nil, true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []sent
			for _, one := range c.by.Choose(c.wants, c.by.Rank(n.places), n.sellable) {
				got = append(got, sent{one.Line, one.Place.Location.Code, one.Passed, one.Short})
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := (Sourcing{Policy: SourceNominated, Locations: []string{"gone"}}).Choose(hatAndSock, nil, n.sellable); got != nil {
		t.Errorf("where nobody may send, %v do", got)
	}
}

// couldSend tries all ways to give lines to places, each whole.
func (n *town) couldSend(wants []SourceWant, codes []string) bool {
	for way := range 1 << len(wants) { // a bit for each line: the first place, or the last
		taken, fits := map[string]int64{}, true
		for i, want := range wants {
			key := codes[(way>>i&1)*(len(codes)-1)] + "/" + want.SKU
			taken[key] += want.Quantity
			fits = fits && taken[key] <= n.has[key]
		}
		if fits {
			return true
		}
	}
	return false
}

// TestSourcingHolds draws towns and baskets. No place sends more than it has; a line is short only where no place has all of it beside what
// it sends already; and where one place or two can send everything, no more do.
func TestSourcingHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := &town{has: map[string]int64{}}
		skus := []string{"HAT", "SOCK", "BELT"}
		for i := range rapid.IntRange(1, 6).Draw(t, "places") {
			has := map[string]int64{}
			for _, sku := range skus {
				has[sku] = rapid.Int64Range(0, 4).Draw(t, "has")
			}
			n.add(fmt.Sprint("place", i), rapid.Int64Range(-1, 5).Draw(t, "metres"), has)
		}
		var wants []SourceWant
		for i := range rapid.IntRange(1, 5).Draw(t, "lines") {
			wants = append(wants, SourceWant{i, rapid.SampledFrom(skus).Draw(t, "sku"), rapid.Int64Range(1, 3).Draw(t, "units")})
		}
		by := Sourcing{Policy: rapid.SampledFrom([]SourcingPolicy{SourceNearest, SourceFewest}).Draw(t, "policy")}
		chosen := by.Choose(wants, by.Rank(n.places), n.sellable)
		left, parcels, short := map[string]int64{}, map[string]bool{}, 0
		for key, units := range n.has {
			left[key] = units
		}
		for i, one := range chosen {
			if one.Line != wants[i].Line {
				t.Fatalf("line %d is answered as %d", wants[i].Line, one.Line)
			}
			if one.Short {
				short++
				continue
			}
			parcels[one.Place.Location.Code] = true
			if key := one.Place.Location.Code + "/" + wants[i].SKU; left[key] < wants[i].Quantity {
				t.Fatalf("%s sends more than it has: %v", key, chosen)
			} else {
				left[key] -= wants[i].Quantity
			}
		}
		for i, one := range chosen {
			if !one.Short {
				continue
			}
			for _, place := range n.places {
				if by.Policy == SourceNearest && left[place.Location.Code+"/"+wants[i].SKU] >= wants[i].Quantity {
					t.Fatalf("line %d is short, and %s has all of it", i, place.Location.Code)
				}
			}
		}
		if by.Policy != SourceFewest || short > 0 {
			return
		}
		for i, one := range n.places {
			for _, other := range n.places[i:] {
				codes := slices.Compact([]string{one.Location.Code, other.Location.Code})
				if len(parcels) > len(codes) && n.couldSend(wants, codes) {
					t.Fatalf("%d parcels where %v would do", len(parcels), codes)
				}
			}
		}
	})
}

// TestSpareIsWhatAnOrderIsPromised draws what a basket takes of a position, and what is held for it there, by holds that it names and by those of
// its cart, of which some are over. As many more units as are spare are promised to its order; and where all go by the same rule, no more are.
func TestSpareIsWhatAnOrderIsPromised(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		till := rapid.Bool().Draw(t, "till")
		terms := Terms{Channel: Channel{Code: "shop", Sourcing: Sourcing{Policy: SourceNearest}}}
		if till {
			terms.Channel.Kind = ChannelTill
		}
		rows := Rows{}
		level := Level{Location: "milan", SKU: "HAT"}
		level.Units[0] = rapid.Int64Range(-2, 6).Draw(t, "available")
		hold := func(i int) Hold {
			h := Hold{
				ID: ID{byte(i + 1)}, Location: rapid.SampledFrom([]string{"milan", "rome"}).Draw(t, "held at"), State: StateHeld, ExpiresAt: now.Add(time.Minute),
				Lines: []Line{{rapid.SampledFrom([]string{"HAT", "SOCK"}).Draw(t, "held"), rapid.Int64Range(1, 4).Draw(t, "units held")}},
			}
			if h.Location == "milan" && h.Lines[0].SKU == "HAT" {
				level.Units[1] += h.Lines[0].Quantity
			}
			return h
		}
		for i := range rapid.IntRange(0, 2).Draw(t, "named holds") {
			h := hold(i)
			rows[h.Key()], terms.Holds = h, append(terms.Holds, h)
		}
		for i := range rapid.IntRange(0, 2).Draw(t, "holds of the cart") {
			h := hold(10 + i)
			if rapid.Bool().Draw(t, "over") { // and not swept
				h.ExpiresAt = now
			}
			rows[h.Key()], terms.CartHolds = h, append(terms.CartHolds, h.At(now))
		}
		rows[level.Key()] = level
		basket := Basket{Location: "milan", Channel: "shop"}
		methods := []Method{CarryOut, PickUp, Ship}
		for range rapid.IntRange(0, 3).Draw(t, "lines") {
			basket.Lines = append(basket.Lines, BasketItem{
				Method: rapid.SampledFrom(methods).Draw(t, "method"), Location: "milan", Quantity: rapid.Int64Range(1, 3).Draw(t, "units"),
			})
		}
		buffer := BufferRules{Location: "milan", Rules: []BufferRule{{Units: rapid.Int64Range(0, 2).Draw(t, "buffer")}}}
		alike := rapid.Bool().Draw(t, "one rule")
		if !alike {
			buffer.Rules = append(buffer.Rules, BufferRule{Method: PickUp, Units: rapid.Int64Range(0, 2).Draw(t, "buffer for pickups")})
		}
		buffers := NewBuffers(terms.Channel, []BufferRules{buffer})
		at := rapid.IntRange(0, len(basket.Lines)).Draw(t, "line")
		basket.Lines = slices.Insert(basket.Lines, at, BasketItem{Method: Ship, Quantity: 1})
		terms.Items = slices.Repeat([]Item{{SKU: "HAT"}}, len(basket.Lines))
		spare := basket.Spare(terms, level, buffers)
		promised := func(units int64) bool {
			cmd := PlaceOrder{Fact: till, Buffers: buffers, Holds: terms.Holds, CartHolds: terms.CartHolds}
			for i, item := range basket.Lines {
				line := BasketLine{SKU: "HAT", Method: item.Method, Location: "milan", Quantity: item.Quantity}
				if i == at {
					line.Quantity = units
				}
				cmd.Lines = append(cmd.Lines, line)
			}
			holds, err := cmd.takeUp(rows, now)
			if err != nil {
				t.Fatal(err)
			}
			_, wanted, err := cmd.takeStock(rows, holds)
			if err != nil {
				t.Fatal(err)
			}
			return !slices.ContainsFunc(wanted, func(s Shortage) bool { return s.Wanted > s.Sellable })
		}
		if spare > 0 && !promised(spare) {
			t.Fatalf("%d units are spare, and are not promised", spare)
		}
		if alike && promised(max(1, spare+1)) {
			t.Fatalf("%d units are spare, and more are promised", spare)
		}
	})
}
