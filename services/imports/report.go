package imports

import (
	"fmt"
	"strings"
	"time"
)

// Report is what an import came to. Lines = Imported + Rejected; the header of a file is no line.
type Report struct {
	Format                    string
	Lines, Imported, Rejected int64
	// Partly counts entries of the reject file about lines that were imported, but not wholly.
	Partly int64
	Files  []FileReport
	// Products, Baskets and Deliveries count what the API accepted, now or in an earlier run of the same files.
	Products, Baskets, Deliveries, Orders, WriteOffs, Returns, BlindReturns int64
	// Sums are what the columns of the files add up to.
	Sums []Sum
	// Residues are amounts that no ledger can hold, because they are finer than the currency's smallest unit.
	Residues []Residue
	// Notes are what else a person should know.
	Notes []string
	// Rejects are the first of the reject file, which is at RejectFile if there are any.
	Rejects    []Reject
	RejectFile string
	// Requests were answered, Retries were asked again.
	Requests, Retries int64
	Took              time.Duration
}

// FileReport is what became of one file's lines.
type FileReport struct {
	Path               string
	Imported, Rejected int64
}

// Sum is what one column adds up to.
type Sum struct {
	// Name is the column's, or says what was counted.
	Name string
	// Currency of the amounts in minor units; empty: they are counts.
	Currency           string
	Imported, Rejected int64
}

// Residue is an amount that was rounded to the currency's smallest unit, halves away from zero. The difference to the amount
// in the file is below that unit, so that no account can hold it and it is named here.
type Residue struct {
	File   string
	Line   int
	Column string
	// Source is the amount as it stands in the file; BookedMinor what was booked.
	Source      string
	BookedMinor int64
	Currency    string
}

// residuesShown is how many residues a summary names.
const residuesShown = 5

// String is the summary for people.
func (r Report) String() string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-24s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "\n%s, %s\n\n", r.Format, r.Took.Round(time.Millisecond))
	line("lines read", "%s = %s imported + %s rejected", grouped(r.Lines), grouped(r.Imported), grouped(r.Rejected))
	if len(r.Files) > 1 {
		for _, f := range r.Files {
			line("", "%s = %s + %s  %s", grouped(f.Imported+f.Rejected), grouped(f.Imported), grouped(f.Rejected), f.Path)
		}
	}
	for _, counted := range []struct {
		name  string
		count int64
	}{
		{"products", r.Products}, {"baskets", r.Baskets}, {"deliveries", r.Deliveries}, {"orders", r.Orders}, {"write-offs", r.WriteOffs},
		{"returns", r.Returns}, {"without a receipt", r.BlindReturns},
	} {
		if counted.count > 0 {
			line(counted.name, "%s", grouped(counted.count))
		}
	}
	for _, sum := range r.Sums {
		total := sum
		total.Imported += sum.Rejected
		line(sum.Name, "%s = %s imported + %s rejected", total.amount(total.Imported), sum.amount(sum.Imported), sum.amount(sum.Rejected))
	}
	for i, residue := range r.Residues {
		if i == residuesShown {
			line("residue", "and %d more", len(r.Residues)-i)
			break
		}
		booked := Sum{Currency: residue.Currency}.amount(residue.BookedMinor)
		line("residue", "%s line %d: %s of %s was booked as %s", residue.File, residue.Line, residue.Column, residue.Source, booked)
	}
	for _, note := range r.Notes {
		line("note", "%s", note)
	}
	if r.Partly > 0 {
		line("imported in part", "%s, told in the reject file", grouped(r.Partly))
	}
	if r.Rejected+r.Partly > 0 && r.RejectFile != "" {
		line("reject file", "%s", r.RejectFile)
	}
	line("requests", "%s answered, %s asked again", grouped(r.Requests), grouped(r.Retries))
	return b.String()
}

// amount writes a count, or minor units with the currency's decimals.
func (s Sum) amount(minor int64) string {
	if s.Currency == "" {
		return grouped(minor)
	}
	exponent := exponentOf(s.Currency)
	if exponent == 0 {
		return grouped(minor) + " " + s.Currency
	}
	unit := int64(1)
	for range exponent {
		unit *= 10
	}
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s%s.%0*d %s", sign, grouped(minor/unit), exponent, minor%unit, s.Currency)
}

// grouped writes a number with its digits in groups of three.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	first := len(digits) % 3
	if n < 0 {
		first = 1 + (len(digits)-1)%3
	}
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && i%3 == first%3 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}
