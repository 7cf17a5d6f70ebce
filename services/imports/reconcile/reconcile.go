// Package reconcile proves an import: it reads the files once more, by code of its own, and holds what they say against what
// the ledger holds.
//
// It shares nothing with the importer on purpose, neither the reading of CSV nor of numbers nor the rules for lines that
// can't be imported. A mistake in one of the two then shows as a difference; it would hide in code that both use. For the same
// reason it does not look at the reject file: a line that the importer dropped and that the rules here do not reject is
// missing in the ledger, whatever any file says. So an import in which the server refused a basket is reported as different,
// and the differences name the store, the product and the day.
package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"google.golang.org/grpc"
)

// Ledger is read access to the books. Days are calendar days of each location's own time zone, as "2006-01-02"; amounts are
// in minor units.
//
// The rows are aliases of types without a name, so that the database can have the same types without importing this package.
type Ledger interface {
	// Sales are what was sold through a channel, per location, SKU and day.
	Sales(ctx context.Context, channel string) iter.Seq2[Sale, error]
	// Discounts are what was taken off those sales, per code.
	Discounts(ctx context.Context, channel string) iter.Seq2[Discount, error]
	// Tenders are what was paid and given back, by the documents, per location and day.
	Tenders(ctx context.Context, channel string) iter.Seq2[Tender, error]
	// Postings are the money entries of a channel, per location and day.
	Postings(ctx context.Context, channel string) iter.Seq2[Posting, error]
	// Receipts are what came in under a delivery number, per location, SKU and day.
	Receipts(ctx context.Context, reference string) iter.Seq2[Receipt, error]
}

// Trade is read access to the books of orders that are sent and may come back.
type Trade interface {
	Ledger
	// Moves are all entries behind a channel's orders and returns, units and money, per location, asset, day and pair of accounts.
	Moves(ctx context.Context, channel string) iter.Seq2[Move, error]
	// Returns are the lines of goods that came back through a channel, by the documents.
	Returns(ctx context.Context, channel string) iter.Seq2[Return, error]
	// Adjustments are the units that were found or are missing, under references that begin alike.
	Adjustments(ctx context.Context, reference string) iter.Seq2[Adjustment, error]
}

// Move is what one location moved of one asset between two accounts on one day. The account of every order is called "order".
type Move = struct {
	Location, Day, From, To, Asset string
	Quantity                       int64
}

// Return is what came back at one location of one SKU on one day.
type Return = struct {
	// Book is the selling location; with a receipt the order is known.
	Location, Book, SKU, Day, Currency string
	Receipt                            bool
	Units, GrossMinor                  int64
}

// Adjustment is the units of one SKU that one location found on one day; negative: they were missing.
type Adjustment = struct {
	Location, SKU, Day string
	Units              int64
}

// Sale is what one location sold of one SKU on one day.
type Sale = struct {
	Location, SKU, Day, Currency string
	// PostedUnits are by the ledger's entries, all else is by the lines of the orders.
	PostedUnits, Units                                       int64
	ListMinor, DiscountMinor, NetMinor, TaxMinor, GrossMinor int64
}

// Discount is what one code took off what one location sold of one SKU on one day.
type Discount = struct {
	Location, SKU, Day, Code string
	AmountMinor              int64
}

// Tender is what one location took or gave back by one kind of tender on one day.
type Tender = struct {
	// Movement is PAYMENT or CHANGE.
	Location, Day, Kind, Movement string
	AmountMinor                   int64
}

// Posting is what one location moved between two accounts on one day. The account of every order is called "order".
type Posting = struct {
	Location, Day, From, To, Currency string
	AmountMinor                       int64
}

// Receipt is what came in at one location of one SKU on one day.
type Receipt = struct {
	Location, SKU, Day string
	Units              int64
}

// Options say what was imported. What is empty is what the importer takes for it.
type Options struct {
	// Format is "complete-journey", "online-retail" or "shopify".
	Format string
	// Files are those that were imported, in the same order.
	Files []string
	// Channel through which complete-journey or online-retail was sold.
	Channel string
	// Location where shopify's stock was received, or the warehouse of online-retail, and PriceList where shopify's prices were put.
	Location, PriceList string
	// Currency of the amounts in the files.
	Currency string
}

// Run compares files that were imported with the ledger, which for online-retail is a Trade, and for shopify with the catalogue
// behind the connection, which the others do not need. An error means that it could not be compared; differences are no error.
func Run(ctx context.Context, l Ledger, conn grpc.ClientConnInterface, o Options) (Differences, error) {
	if o.Format == "online-retail" {
		trade, ok := l.(Trade)
		if !ok {
			return Differences{}, fmt.Errorf("%T does not tell what came back", l)
		}
		o.Channel, o.Location = cmp.Or(o.Channel, "online-retail"), cmp.Or(o.Location, "online-retail-warehouse")
		o.Currency = cmp.Or(o.Currency, "GBP")
		return online(ctx, trade, o)
	}
	o.Currency = cmp.Or(o.Currency, "USD")
	switch o.Format {
	case "complete-journey":
		o.Channel = cmp.Or(o.Channel, "complete-journey")
		return journey(ctx, l, o)
	case "shopify":
		o.Location, o.PriceList = cmp.Or(o.Location, "shopify"), cmp.Or(o.PriceList, "shopify")
		return shopify(ctx, l, conn, o)
	}
	return Differences{}, fmt.Errorf("format %q has nothing to reconcile: only complete-journey, online-retail and shopify say "+
		"what the books must come to", o.Format)
}

// differencesShown is how many differences are kept; the others are counted.
const differencesShown = 20

// Differences are what was found.
type Differences struct {
	// Compared is how many figures were held against each other, Count how many differed.
	Compared, Count int64
	// First are the first of those that differed, by location, SKU and day.
	First []Difference
	// Totals are what the columns of the files come to.
	Totals []Total
	// Lines = Imported + Rejected, by the rules here.
	Lines, Imported, Rejected int64
	// Notes are what was left out of the comparison, or can't be held exactly.
	Notes []string
}

// Difference is one figure that is not what the files say.
type Difference struct {
	// What is compared, for example "units" or "net".
	What string
	// Location, SKU and Day say where; empty where the figure is not kept by it.
	Location, SKU, Day string
	Expected, Found    string
}

// Total is what a column of the files adds up to, exactly as written.
type Total struct {
	Column string
	// File = Imported + Rejected + Residue, which is finer than the currency's smallest unit.
	File, Imported, Rejected, Residue string
}

// Equal tells whether the books are exactly what the files say.
func (d Differences) Equal() bool { return d.Count == 0 }

// String tells a person.
func (d Differences) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "lines %d = %d imported + %d rejected\n", d.Lines, d.Imported, d.Rejected)
	for _, t := range d.Totals {
		fmt.Fprintf(&b, "%-20s %s = %s imported + %s rejected", t.Column, t.File, t.Imported, t.Rejected)
		if t.Residue != "" {
			fmt.Fprintf(&b, " + %s residue", t.Residue)
		}
		b.WriteByte('\n')
	}
	for _, note := range d.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	fmt.Fprintf(&b, "%d figures compared, %d differ\n", d.Compared, d.Count)
	for _, difference := range d.First {
		fmt.Fprintf(&b, "  %s\n", difference)
	}
	if more := d.Count - int64(len(d.First)); more > 0 {
		fmt.Fprintf(&b, "  and %d more\n", more)
	}
	return b.String()
}

// String tells a person.
func (d Difference) String() string {
	where := strings.Join(slices.DeleteFunc([]string{d.Location, d.SKU, d.Day}, func(s string) bool { return s == "" }), " ")
	return fmt.Sprintf("%s at %s: expected %s, found %s", d.What, where, d.Expected, d.Found)
}

// add counts a figure, and keeps it where it differs.
func (d *Differences) add(found Difference) {
	d.Compared++
	if found.Expected == found.Found {
		return
	}
	d.Count++
	at, _ := slices.BinarySearchFunc(d.First, found, func(a, b Difference) int {
		return cmp.Or(strings.Compare(a.Location, b.Location), strings.Compare(a.SKU, b.SKU), strings.Compare(a.Day, b.Day),
			strings.Compare(a.What, b.What))
	})
	if at < differencesShown {
		d.First = slices.Insert(d.First, at, found)
		d.First = d.First[:min(len(d.First), differencesShown)]
	}
}
