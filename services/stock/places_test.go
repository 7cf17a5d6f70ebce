package stock

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// TestMetres holds distances against those of an atlas, within the half percent by which the earth is no sphere.
func TestMetres(t *testing.T) {
	half := int64(math.Round(math.Pi * trade.EarthMetres))
	for _, c := range []struct {
		name     string
		from, to point
		metres   int64
		within   int64
	}{
		{"nowhere", point{1, 1}, point{1, 1}, 0, 0},
		{"Barcelona to Madrid", point{413_874_000, 21_686_000}, point{404_168_000, -37_038_000}, 505_000, 2500},
		{"London to New York", point{515_074_000, -1_278_000}, point{407_128_000, -740_060_000}, 5_570_000, 28_000},
		{"over the date line", point{0, 1_799_999_000}, point{0, -1_799_999_000}, 22, 1},
		{"pole to pole", point{900_000_000, 0}, point{-900_000_000, 1_230_000_000}, half, 1},
		{"to the other side of the earth", point{413_874_000, 21_686_000}, point{-413_874_000, 21_686_000 - 1_800_000_000}, half, 1},
		{"around a pole", point{900_000_000, 0}, point{900_000_000, 1_800_000_000}, 0, 0},
	} {
		if got := c.from.metres(c.to); got < c.metres-c.within || got > c.metres+c.within {
			t.Errorf("%s is %d metres, not %d", c.name, got, c.metres)
		}
	}
	anywhere := rapid.Custom(func(t *rapid.T) point {
		return point{rapid.Int32Range(-900_000_000, 900_000_000).Draw(t, "latitude"), rapid.Int32Range(-1_800_000_000, 1_800_000_000).Draw(t, "longitude")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anywhere.Draw(t, "a"), anywhere.Draw(t, "b"), anywhere.Draw(t, "c")
		if a.metres(b) != b.metres(a) || a.metres(b) < 0 || a.metres(b) > half || a.metres(a) != 0 {
			t.Fatalf("%v to %v is %d, and back %d", a, b, a.metres(b), b.metres(a))
		}
		if a.metres(c) > a.metres(b)+b.metres(c)+2 {
			t.Fatalf("the way from %v over %v to %v is shorter than the straight one", a, b, c)
		}
	})
}

// TestAround leaves out who has no coordinates, and puts places that are equally far in the order of their codes.
func TestAround(t *testing.T) {
	here := retail.Location{Code: "here", LatitudeE7: 454_641_000, LongitudeE7: 91_919_000}
	same := here
	same.Code = "also"
	found := around(pointOf(here), 10, []retail.Location{here, {Code: "nowhere"}, same}, func(retail.Location) bool { return true })
	if len(found) != 2 || found[0].Code != "also" || found[1].Code != "here" {
		t.Errorf("found %v", found)
	}
}
