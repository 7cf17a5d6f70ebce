package trade

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestMetres holds distances against those of an atlas, within the half percent by which the earth is no sphere.
func TestMetres(t *testing.T) {
	half := int64(math.Round(math.Pi * EarthMetres))
	for _, c := range []struct {
		name     string
		from, to Point
		metres   int64
		within   int64
	}{
		{"nowhere", Point{1, 1}, Point{1, 1}, 0, 0},
		{"Barcelona to Madrid", Point{413_874_000, 21_686_000}, Point{404_168_000, -37_038_000}, 505_000, 2500},
		{"London to New York", Point{515_074_000, -1_278_000}, Point{407_128_000, -740_060_000}, 5_570_000, 28_000},
		{"over the date line", Point{0, 1_799_999_000}, Point{0, -1_799_999_000}, 22, 1},
		{"pole to pole", Point{900_000_000, 0}, Point{-900_000_000, 1_230_000_000}, half, 1},
		{"to the other side of the earth", Point{413_874_000, 21_686_000}, Point{-413_874_000, 21_686_000 - 1_800_000_000}, half, 1},
		{"around a pole", Point{900_000_000, 0}, Point{900_000_000, 1_800_000_000}, 0, 0},
	} {
		if got := c.from.Metres(c.to); got < c.metres-c.within || got > c.metres+c.within {
			t.Errorf("%s is %d metres, not %d", c.name, got, c.metres)
		}
	}
	anywhere := rapid.Custom(func(t *rapid.T) Point {
		return Point{rapid.Int32Range(-900_000_000, 900_000_000).Draw(t, "latitude"), rapid.Int32Range(-1_800_000_000, 1_800_000_000).Draw(t, "longitude")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anywhere.Draw(t, "a"), anywhere.Draw(t, "b"), anywhere.Draw(t, "c")
		if a.Metres(b) != b.Metres(a) || a.Metres(b) < 0 || a.Metres(b) > half || a.Metres(a) != 0 {
			t.Fatalf("%v to %v is %d, and back %d", a, b, a.Metres(b), b.Metres(a))
		}
		if a.Metres(c) > a.Metres(b)+b.Metres(c)+2 {
			t.Fatalf("the way from %v over %v to %v is shorter than the straight one", a, b, c)
		}
	})
}
