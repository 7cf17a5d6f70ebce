package retail

import "fmt"

// ExposureKind is how exactly stock is shown.
type ExposureKind string

// The kinds of exposure. The empty one is exact.
const (
	ShowsExact ExposureKind = "EXACT"
	ShowsBand  ExposureKind = "BAND"
	ShowsYesNo ExposureKind = "YES_NO"
)

// Exposure is how exactly a channel shows stock. The zero Exposure shows everything.
type Exposure struct {
	Kind ExposureKind `json:"kind"`
	// FewFrom and ManyFrom are from how many sellable units on a band says few, and many; fewer are none.
	FewFrom  int64 `json:"few_from"`
	ManyFrom int64 `json:"many_from"`
}

// StockBand is stock as a channel shows it that shows no counts.
type StockBand string

// The bands. Some is what a channel says that shows yes or no.
const (
	BandNone StockBand = "NONE"
	BandFew  StockBand = "FEW"
	BandMany StockBand = "MANY"
	BandSome StockBand = "SOME"
)

// Counts tells whether counts are shown.
func (e Exposure) Counts() bool { return e.Kind == "" || e.Kind == ShowsExact }

// Band is what is shown of sellable units; nothing where counts are.
func (e Exposure) Band(sellable int64) StockBand {
	switch {
	case e.Counts():
		return ""
	case sellable <= 0 || e.Kind == ShowsBand && sellable < e.FewFrom:
		return BandNone
	case e.Kind == ShowsYesNo:
		return BandSome
	case sellable < e.ManyFrom:
		return BandFew
	}
	return BandMany
}

// Fact is what a refusal says of sellable units, for programs: their count or their band.
func (e Exposure) Fact(sellable int64) string {
	if e.Counts() {
		return fmt.Sprint(sellable)
	}
	return string(e.Band(sellable))
}

// words is the same for people.
func (e Exposure) words(sellable int64) string {
	switch e.Band(sellable) {
	case BandNone:
		return "none"
	case BandFew:
		return "few"
	case BandMany:
		return "many"
	case BandSome:
		return "some"
	}
	return fmt.Sprint(sellable)
}
