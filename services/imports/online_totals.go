package imports

import "fmt"

// onlineColumn is something that the lines of an invoices file are added up to.
type onlineColumn int

const (
	onlineOrderedUnits onlineColumn = iota
	onlineOrdered
	onlineCharged
	onlineWrittenOff
	onlineBackUnits
	onlineBack
	onlineGivenBack
	onlineSums
)

// onlineNames are what the columns are called.
var onlineNames = [onlineSums]string{"units ordered", "ordered", "charged", "units written off", "units returned",
	"returned, by the file", "given back, by the file"}

// onlineUnits tells which of them are units.
var onlineUnits = map[onlineColumn]bool{onlineOrderedUnits: true, onlineWrittenOff: true, onlineBackUnits: true}

// onlineColumnsOf are the columns that each kind of line adds its units and its amount to.
var onlineColumnsOf = map[onlineKind]struct{ units, minor onlineColumn }{
	goodsOrdered: {onlineOrderedUnits, onlineOrdered},
	charged:      {onlineSums, onlineCharged},
	writtenOff:   {onlineWrittenOff, onlineSums},
	cameBack:     {onlineBackUnits, onlineBack},
	givenBack:    {onlineSums, onlineGivenBack},
}

// onlineTotals are what the lines of invoices files come to.
type onlineTotals struct {
	sums     [onlineSums]Sum
	currency string
	residues []Residue
	free     int
	// Lines that give back what was bought on a known order, without a receipt, and both.
	known, blind, both int
	// Lines that give back at another price than was paid, what they say and what was paid.
	differing                int
	fileMinor, refundedMinor int64
}

func newOnlineTotals(currency string) *onlineTotals {
	t := &onlineTotals{currency: currency}
	for column, name := range onlineNames {
		t.sums[column] = Sum{Name: name, Currency: currency}
		if onlineUnits[onlineColumn(column)] {
			t.sums[column].Currency = ""
		}
	}
	return t
}

// each calls add for what a line adds to.
func (t *onlineTotals) each(line onlineLine, add func(sum *Sum, amount int64)) {
	columns := onlineColumnsOf[line.kind]
	if columns.units < onlineSums {
		add(&t.sums[columns.units], line.units)
	}
	if columns.minor < onlineSums {
		add(&t.sums[columns.minor], line.minor)
	}
}

// imported counts a line in, with what was paid for those of its units that come back of known orders.
func (t *onlineTotals) imported(line onlineLine, paidMinor, atSale int64) {
	t.each(line, func(sum *Sum, amount int64) { sum.Imported += amount })
	if !line.exact {
		t.residues = append(t.residues, Residue{
			File: line.path, Line: line.number, Column: "UnitPrice", Source: fmt.Sprintf("%d x %s", line.units, line.priceText),
			BookedMinor: line.minor, Currency: t.currency,
		})
	}
	if line.kind == goodsOrdered && line.unitPrice.isZero() {
		t.free++
	}
	if line.kind != cameBack && line.kind != givenBack {
		return
	}
	switch atSale {
	case 0:
		t.blind++
	case line.units:
		t.known++
	default:
		t.both++
	}
	if said, _, _ := line.worth(atSale, t.currency); said != paidMinor { // parse has counted more
		t.differing++
		t.fileMinor += said
		t.refundedMinor += paidMinor
	}
}

func (t *onlineTotals) rejected(line onlineLine) {
	t.each(line, func(sum *Sum, amount int64) { sum.Rejected += amount })
}

// tell puts the totals into the report.
func (t *onlineTotals) tell(report *Report) {
	report.Sums = append(report.Sums, t.sums[:]...)
	report.Residues = append(report.Residues, t.residues...)
	note := func(format string, args ...any) { report.Notes = append(report.Notes, fmt.Sprintf(format, args...)) }
	if t.free > 0 {
		note("%d lines are free items", t.free)
	}
	if t.known+t.blind+t.both > 0 {
		note("%d lines give back what was bought on known orders, %d without a receipt, %d are of both kinds", t.known, t.blind, t.both)
	}
	if t.differing > 0 {
		written := Sum{Currency: t.currency}
		note("%d lines give back at another price than was paid: the file says %s, and what was paid is %s, which went back", t.differing,
			written.amount(t.fileMinor), written.amount(t.refundedMinor))
	}
}
