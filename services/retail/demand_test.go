package retail

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestShortages refuses promises to callers who may not know how much there is, and finds it beside what they are told.
func TestShortages(t *testing.T) {
	s := newShop()
	for _, sku := range []string{"RED-42", "BLUE-40"} {
		_, err := submit(t, s, MoveStock{
			Transaction: s.mint(), Kind: KindReceive, Location: "milan", Lines: []Line{{SKU: sku, Quantity: 3}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	lines := []Line{{SKU: "RED-42", Quantity: 2}, {SKU: "BLUE-40", Quantity: 7}}
	hold := PlaceHold{
		Hold: s.mint(), Transaction: s.mint(), Location: "milan", Lines: lines, Shows: Exposure{Kind: ShowsYesNo},
	}
	short := []Shortage{{Line: 1, Location: "milan", SKU: "BLUE-40", Wanted: 7, Sellable: 3}}
	find := func(places ...FindPlace) error {
		_, err := Find{Hold: hold}.Plan(places)
		return err
	}
	at := func(place string, metres int64) FindPlace {
		return FindPlace{Location: place, Metres: metres, Levels: []Level{s.level(place, "RED-42"), s.level(place, "BLUE-40")}}
	}
	for _, c := range []struct {
		name string
		err  error
		want []Shortage
		// tells is true where the caller may know.
		tells bool
	}{
		{"of a hold", refusalOf(submit(t, s, hold)), short, false},
		{"of a transfer", refusalOf(submit(t, s, ShipTransfer{
			Transfer: s.mint(), Transaction: s.mint(), From: "milan", To: "rome", Lines: lines,
		})), short, true},
		{"of the nearest place", find(at("rome", 900), at("milan", 100)), short, false},
		{"of all where there is no place", find(), []Shortage{{SKU: "RED-42", Wanted: 2}, {Line: 1, SKU: "BLUE-40", Wanted: 7}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			refusal, ok := errors.AsType[*Refusal](c.err)
			if !ok || refusal.Reason != OutOfStock {
				t.Fatalf("%v", c.err)
			}
			if diff := cmp.Diff(c.want, refusal.Short); diff != "" {
				t.Errorf("short (-want +got):\n%s", diff)
			}
			for name, fact := range refusal.Details {
				if fact == "3" && !c.tells {
					t.Errorf("the caller is told %s=%s", name, fact)
				}
			}
		})
	}
}

func refusalOf[R any](_ R, err error) error { return err }
