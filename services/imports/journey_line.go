package imports

import (
	"fmt"
	"time"
)

// journeyColumn is one of the columns of a transactions file that are added up.
type journeyColumn int

const (
	journeyUnits journeyColumn = iota
	journeySales
	journeyRetail
	journeyMatch
	journeyCoupon
	journeyColumns
)

// journeyNames are the columns' names in the file. They are the codes of the discounts too.
var journeyNames = [journeyColumns]string{"quantity", "sales_value", "retail_disc", "coupon_match_disc", "coupon_disc"}

// The columns by which a file is recognised.
var (
	journeyTransactionColumns = []string{"household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value",
		"retail_disc", "coupon_disc", "coupon_match_disc", "transaction_timestamp"}
	journeyProductColumns = []string{"product_id", "manufacturer_id", "department", "brand", "product_category", "product_type",
		"package_size"}
)

// journeyTimeLayout is the time of a line, on the store's own clock.
const journeyTimeLayout = "2006-01-02 15:04:05"

// assumedNote stays with a line whose quantity the source does not tell.
const assumedNote = "quantity assumed"

// journeyLine is one line of a transactions file.
type journeyLine struct {
	origin
	household, store, basket, product, stamp string
	// at is the stamp in the store's zone.
	at time.Time
	// sums are units, and amounts in minor units.
	sums [journeyColumns]int64
	// assumed is true where the file has quantity 0 and a value: one unit is taken.
	assumed bool
	// kind tells what becomes of the line.
	kind     journeyKind
	residues []Residue
}

// journeyKind tells what a line is good for.
type journeyKind uint8

const (
	nothingSold journeyKind = iota // quantity 0 and every amount 0
	couponOnly                     // nothing but a coupon
	goodsSold                      // goods, or a value without a quantity
)

// journeyReader reads the lines of a transactions file.
type journeyReader struct {
	at       columns
	zone     *time.Location
	currency string
}

// parse reads one line, or tells why it can't be read.
func (r journeyReader) parse(o origin) (journeyLine, *Reject) {
	malformed := func(format string, args ...any) (journeyLine, *Reject) {
		reject := o.reject(reasonMalformed, format, args...)
		return journeyLine{}, &reject
	}
	fields, err := splitLine(o.text)
	if err != nil {
		return malformed("%s", err)
	}
	if len(fields) != len(r.at) {
		return malformed("there are %d fields, and %d columns", len(fields), len(r.at))
	}
	l := journeyLine{
		origin: o, household: r.at.get(fields, "household_id"), store: r.at.get(fields, "store_id"),
		basket: r.at.get(fields, "basket_id"), product: r.at.get(fields, "product_id"),
		stamp: r.at.get(fields, "transaction_timestamp"),
	}
	for _, key := range []struct{ name, value string }{
		{"household_id", l.household}, {"store_id", l.store}, {"basket_id", l.basket}, {"product_id", l.product},
	} {
		if key.value == "" {
			return malformed("%s is empty", key.name)
		}
	}
	if l.at, err = time.ParseInLocation(journeyTimeLayout, l.stamp, r.zone); err != nil {
		return malformed("transaction_timestamp %q is not a time", l.stamp)
	}
	valued := false
	for column := range journeyColumns {
		written, err := l.read(column, r.at.get(fields, journeyNames[column]), r.currency)
		if err != nil {
			return malformed("%s", err)
		}
		valued = valued || !written.isZero() && column != journeyUnits && column != journeyCoupon
	}
	switch {
	case l.sums[journeyUnits] > 0:
		l.kind = goodsSold
	case valued:
		l.kind, l.assumed = goodsSold, true
		l.sums[journeyUnits] = 1
	case l.sums[journeyCoupon] > 0:
		l.kind = couponOnly
	}
	return l, nil
}

// read reads one column. An amount is rounded to the currency's smallest unit, and where that is not exact named.
func (l *journeyLine) read(column journeyColumn, text, currency string) (decimal, error) {
	written, err := parseDecimal(text)
	if err != nil {
		return decimal{}, fmt.Errorf("%s %q %w", journeyNames[column], text, err)
	}
	exponent := exponentOf(currency)
	if column == journeyUnits {
		exponent = 0
	}
	minor, exact, err := written.minor(exponent)
	switch {
	case err != nil:
		return decimal{}, fmt.Errorf("%s %q %w", journeyNames[column], text, err)
	case written.digits < 0:
		return decimal{}, fmt.Errorf("%s %q is negative", journeyNames[column], text)
	case !exact && column == journeyUnits:
		return decimal{}, fmt.Errorf("%s %q is not a whole number", journeyNames[column], text)
	case !exact:
		l.residues = append(l.residues, Residue{
			File: l.path, Line: l.number, Column: journeyNames[column], Source: text, BookedMinor: minor, Currency: currency,
		})
	}
	l.sums[column] = minor
	return written, nil
}

// shelfMinor is what the line would have cost without its discounts.
func (l *journeyLine) shelfMinor() int64 {
	return l.sums[journeySales] + l.sums[journeyRetail] + l.sums[journeyMatch]
}
