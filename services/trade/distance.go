package trade

import (
	"math"

	"github.com/aisle-retail/aisle/services/retail"
)

// EarthMetres is the mean radius of the earth (IUGG).
const EarthMetres = 6_371_008.8

// Point is a place on the earth, in units of 1e-7 degrees. The zero Point is nowhere: somebody gave no coordinates.
type Point struct{ LatitudeE7, LongitudeE7 int32 }

// PointOf is where a location is.
func PointOf(l retail.Location) Point { return Point{l.LatitudeE7, l.LongitudeE7} }

// IsNowhere tells whether somebody gave no coordinates.
func (p Point) IsNowhere() bool { return p == Point{} }

// Metres is how far another point is as the crow flies on a sphere (the haversine formula): within half a percent of the way on the
// real earth, which is flattened.
func (p Point) Metres(other Point) int64 {
	radians := func(e7 int32) float64 { return float64(e7) / 1e7 * math.Pi / 180 }
	latitude, otherLatitude := radians(p.LatitudeE7), radians(other.LatitudeE7)
	dLatitude, dLongitude := otherLatitude-latitude, radians(other.LongitudeE7)-radians(p.LongitudeE7)
	h := math.Pow(math.Sin(dLatitude/2), 2) + math.Cos(latitude)*math.Cos(otherLatitude)*math.Pow(math.Sin(dLongitude/2), 2)
	return int64(math.Round(2 * EarthMetres * math.Asin(math.Sqrt(min(1, h)))))
}

// MetresFrom measures how far places are from one; -1 where one of the two has no coordinates.
func MetresFrom(from retail.Location) func(retail.Location) int64 {
	at := PointOf(from)
	return func(l retail.Location) int64 {
		if at.IsNowhere() || PointOf(l).IsNowhere() {
			return -1
		}
		return at.Metres(PointOf(l))
	}
}
