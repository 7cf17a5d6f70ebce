package trade

import "math"

// EarthMetres is the mean radius of the earth (IUGG).
const EarthMetres = 6_371_008.8

// Metres is how far two points are apart, in units of 1e-7 degrees, as the crow flies on a sphere (the haversine formula): within half
// a percent of the way on the real earth, which is flattened.
func Metres(latitudeE7, longitudeE7, otherLatitudeE7, otherLongitudeE7 int32) int64 {
	radians := func(e7 int32) float64 { return float64(e7) / 1e7 * math.Pi / 180 }
	latitude, otherLatitude := radians(latitudeE7), radians(otherLatitudeE7)
	dLatitude, dLongitude := otherLatitude-latitude, radians(otherLongitudeE7)-radians(longitudeE7)
	h := math.Pow(math.Sin(dLatitude/2), 2) + math.Cos(latitude)*math.Cos(otherLatitude)*math.Pow(math.Sin(dLongitude/2), 2)
	return int64(math.Round(2 * EarthMetres * math.Asin(math.Sqrt(min(1, h)))))
}
