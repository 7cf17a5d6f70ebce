package retail

import (
	"fmt"
	"slices"
	"testing"

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
