package reconcile

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"
)

// goods is one product at one store on one day.
type goods struct{ location, sku, day string }

// The figures kept per goods.
const (
	postedUnits = iota
	lineUnits
	list
	discount
	net
	tax
	gross
	retailDiscount
	matchDiscount
	received
	figures
)

var figureNames = [figures]string{"units (entries)", "units (lines)", "list", "discount", "net", "tax", "gross",
	"discount retail_disc", "discount coupon_match_disc", "opening stock received"}

// till is one store on one day, and what is counted there: a tender or a pair of accounts.
type till struct{ location, day, what string }

// sheet is what the files say the books hold, or what they hold.
type sheet struct {
	goods map[goods]*[figures]int64
	tills map[till]int64
}

func newSheet() *sheet { return &sheet{goods: map[goods]*[figures]int64{}, tills: map[till]int64{}} }

func (s *sheet) at(location, sku, day string) *[figures]int64 {
	key := goods{location, sku, day}
	if s.goods[key] == nil {
		s.goods[key] = new([figures]int64)
	}
	return s.goods[key]
}

// The amounts of a line, in the order they are told.
var journeyColumns = []string{"quantity", "sales_value", "retail_disc", "coupon_match_disc", "coupon_disc"}

// span is the days of a file, as text that sorts.
type span struct{ first, last string }

func (s *span) take(day string) {
	if s.first == "" || day < s.first {
		s.first = day
	}
	s.last = max(s.last, day)
}

// journey compares transactions files with the books.
func journey(ctx context.Context, l Ledger, o Options) (Differences, error) {
	d := Differences{}
	expected := newSheet()
	totals := journeyTotals{totals{}}
	days, openings := span{}, map[string]bool{}
	for _, path := range o.Files {
		file := journeyFile{sheet: expected, totals: totals, d: &d, baskets: map[string]*journeyBasket{}, sold: map[goods]int64{}}
		if err := readRows(path, file.row); err != nil {
			return d, err
		}
		if !file.transactions {
			continue
		}
		opening, err := file.close()
		if err != nil {
			return d, err
		}
		openings[opening] = true
		days.take(file.days.first)
		days.take(file.days.last)
	}
	found, err := readBooks(ctx, l, o, &d, func(day string) bool { return days.first <= day && day <= days.last }, openings)
	if err != nil {
		return d, err
	}
	compare(&d, expected, found)
	totals.tell(&d)
	return d, nil
}

// journeyFile reads one transactions file into the sheet.
type journeyFile struct {
	sheet   *sheet
	totals  journeyTotals
	d       *Differences
	baskets map[string]*journeyBasket
	// sold is what the file sells per store and product, whatever the day.
	sold map[goods]int64
	days span
	// transactions is false for a file that is something else, such as the product table.
	transactions bool
}

// journeyBasket is what is needed of a basket beyond its lines.
type journeyBasket struct {
	household, store, stamp string
	goods                   bool
	// lone are lines with a coupon and nothing else; they count once it is known whether there are goods.
	lone              []*journeyLine
	dueCents, coupons int64
}

// journeyLine is one line, its amounts as written.
type journeyLine struct {
	household, store, basket, product, stamp string
	amounts                                  map[string]*big.Rat
}

func (l *journeyLine) cents(column string) int64 { return hundredths(l.amounts[column]) }

func (l *journeyLine) day() string { return l.stamp[:len("2006-01-02")] }

// row takes one row of the file.
func (f *journeyFile) row(header []string, r row) error {
	if !f.transactions && !slices.Contains(header, "basket_id") {
		return nil
	}
	f.transactions = true
	f.d.Lines++
	line, ok := lineOf(r)
	if !ok {
		f.d.Rejected++
		return nil
	}
	f.totals.file(line)
	basket := f.baskets[line.basket]
	if basket == nil {
		basket = &journeyBasket{household: line.household, store: line.store, stamp: line.stamp}
		f.baskets[line.basket] = basket
	}
	zero := func(columns ...string) bool {
		return !slices.ContainsFunc(columns, func(c string) bool { return line.amounts[c].Sign() != 0 })
	}
	switch {
	case basket.household != line.household || basket.store != line.store || basket.stamp != line.stamp:
		f.reject(line)
	case !zero("quantity", "sales_value", "retail_disc", "coupon_match_disc"):
		f.sell(basket, line)
	case !zero("coupon_disc"):
		basket.lone = append(basket.lone, line)
	default:
		f.reject(line)
	}
	return nil
}

// lineOf reads a row; false where it is none that can be imported.
func lineOf(r row) (*journeyLine, bool) {
	if r.cells == nil {
		return nil, false
	}
	line := &journeyLine{
		household: r.cells["household_id"], store: r.cells["store_id"], basket: r.cells["basket_id"], product: r.cells["product_id"],
		stamp: r.cells["transaction_timestamp"], amounts: map[string]*big.Rat{},
	}
	if slices.Contains([]string{line.household, line.store, line.basket, line.product}, "") {
		return nil, false
	}
	if _, err := time.Parse(time.DateTime, line.stamp); err != nil {
		return nil, false
	}
	for _, column := range journeyColumns {
		amount, ok := numberOf(r.cells[column])
		if !ok || column == "quantity" && !amount.IsInt() {
			return nil, false
		}
		line.amounts[column] = amount
	}
	return line, true
}

// sell expects what a line with goods does to the books. Where the file has a value and no quantity, one unit is taken.
func (f *journeyFile) sell(basket *journeyBasket, line *journeyLine) {
	units := line.amounts["quantity"].Num().Int64()
	if units == 0 {
		units = 1
		f.totals.assume()
	}
	sales, retail, match := line.cents("sales_value"), line.cents("retail_disc"), line.cents("coupon_match_disc")
	at := f.sheet.at(line.store, line.product, line.day())
	for figure, amount := range map[int]int64{
		postedUnits: units, lineUnits: units, list: sales + retail + match, discount: retail + match, net: sales, gross: sales,
		retailDiscount: retail, matchDiscount: match,
	} {
		at[figure] += amount
	}
	f.sold[goods{location: line.store, sku: line.product}] += units
	f.days.take(line.day())
	basket.goods = true
	basket.dueCents += sales
	basket.coupons += line.cents("coupon_disc")
	f.take(line)
}

func (f *journeyFile) take(line *journeyLine) {
	f.d.Imported++
	f.totals.imported(line)
}

func (f *journeyFile) reject(line *journeyLine) {
	f.d.Rejected++
	f.totals.rejected(line)
}

// close settles the baskets and expects the opening stock, whose day it returns.
func (f *journeyFile) close() (opening string, err error) {
	for _, basket := range f.baskets {
		for _, line := range basket.lone {
			if basket.goods {
				basket.coupons += line.cents("coupon_disc")
				f.take(line)
			} else {
				f.reject(line)
			}
		}
		if basket.goods {
			f.pay(basket)
		}
	}
	if len(f.sold) == 0 {
		return "", nil
	}
	first, err := time.Parse(time.DateOnly, f.days.first)
	if err != nil {
		return "", err
	}
	opening = first.AddDate(0, 0, -1).Format(time.DateOnly)
	for at, units := range f.sold {
		f.sheet.at(at.location, at.sku, opening)[received] += units
	}
	return opening, nil
}

// pay expects the money of a basket: coupons as they are, what they lack in cash, what they exceed as change.
func (f *journeyFile) pay(b *journeyBasket) {
	move := func(what string, amount int64) {
		if amount > 0 {
			f.sheet.tills[till{b.store, b.stamp[:len("2006-01-02")], what}] += amount
		}
	}
	cash, change := max(0, b.dueCents-b.coupons), max(0, b.coupons-b.dueCents)
	move("tender VOUCHER PAYMENT", b.coupons)
	move("tender CASH PAYMENT", cash)
	move("tender CASH CHANGE", change)
	move("entries sales -> order", b.dueCents)
	move("entries order -> tender/VOUCHER", b.coupons)
	move("entries order -> tender/CASH", cash)
	move("entries tender/CASH -> order", change)
}

// readBooks reads what the ledger holds for the days in question.
func readBooks(ctx context.Context, l Ledger, o Options, d *Differences, within func(day string) bool, openings map[string]bool) (*sheet, error) {
	found := newSheet()
	others := 0
	elsewhere := func(day string) bool {
		if !within(day) {
			others++
		}
		return !within(day)
	}
	for sale, err := range l.Sales(ctx, o.Channel) {
		if err != nil {
			return nil, err
		}
		if elsewhere(sale.Day) {
			continue
		}
		at := found.at(sale.Location, sale.SKU, sale.Day)
		at[postedUnits] += sale.PostedUnits
		at[lineUnits] += sale.Units
		if sale.Currency == o.Currency { // amounts in another are missing, and show as that
			at[list] += sale.ListMinor
			at[discount] += sale.DiscountMinor
			at[net] += sale.NetMinor
			at[tax] += sale.TaxMinor
			at[gross] += sale.GrossMinor
		}
	}
	for taken, err := range l.Discounts(ctx, o.Channel) {
		if err != nil {
			return nil, err
		}
		figure := map[string]int{"retail_disc": retailDiscount, "coupon_match_disc": matchDiscount}
		if at, known := figure[taken.Code]; known && !elsewhere(taken.Day) {
			found.at(taken.Location, taken.SKU, taken.Day)[at] += taken.AmountMinor
		}
	}
	for paid, err := range l.Tenders(ctx, o.Channel) {
		if err != nil {
			return nil, err
		}
		if !elsewhere(paid.Day) {
			found.tills[till{paid.Location, paid.Day, "tender " + paid.Kind + " " + paid.Movement}] += paid.AmountMinor
		}
	}
	for moved, err := range l.Postings(ctx, o.Channel) {
		if err != nil {
			return nil, err
		}
		if !elsewhere(moved.Day) {
			what := fmt.Sprintf("entries %s -> %s", moved.From, moved.To)
			if moved.Currency != o.Currency {
				what += " in " + moved.Currency
			}
			found.tills[till{moved.Location, moved.Day, what}] += moved.AmountMinor
		}
	}
	for in, err := range l.Receipts(ctx, "assumed opening stock") {
		if err != nil {
			return nil, err
		}
		if openings[in.Day] {
			found.at(in.Location, in.SKU, in.Day)[received] += in.Units
		}
	}
	if others > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d figures of channel %s are of days that the files do not have, and were left alone",
			others, o.Channel))
	}
	return found, nil
}

// compare holds every figure of either sheet against the other's.
func compare(d *Differences, expected, found *sheet) {
	nothing := new([figures]int64)
	for at := range union(expected.goods, found.goods) {
		want, have := expected.goods[at], found.goods[at]
		if want == nil {
			want = nothing
		}
		if have == nil {
			have = nothing
		}
		for figure, name := range figureNames {
			if want[figure] != 0 || have[figure] != 0 {
				d.add(Difference{
					What: name, Location: at.location, SKU: at.sku, Day: at.day,
					Expected: fmt.Sprint(want[figure]), Found: fmt.Sprint(have[figure]),
				})
			}
		}
	}
	for at := range union(expected.tills, found.tills) {
		d.add(Difference{
			What: at.what, Location: at.location, Day: at.day,
			Expected: fmt.Sprint(expected.tills[at]), Found: fmt.Sprint(found.tills[at]),
		})
	}
}

func union[K comparable, V any](a, b map[K]V) map[K]V {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// journeyTotals are the exact sums of the columns.
type journeyTotals struct{ totals }

func (t journeyTotals) file(line *journeyLine) {
	for column, amount := range line.amounts {
		t.add(column, "file", amount)
	}
}

func (t journeyTotals) line(line *journeyLine, kind string) {
	for column, amount := range line.amounts {
		rounded := amount
		if column != "quantity" {
			rounded = big.NewRat(hundredths(amount), 100)
		}
		t.booked(column, kind, amount, rounded)
	}
}

func (t journeyTotals) imported(line *journeyLine) { t.line(line, "imported") }

func (t journeyTotals) rejected(line *journeyLine) { t.line(line, "rejected") }

// assume counts a unit that is not in the file.
func (t journeyTotals) assume() { t.add("quantity", "assumed", big.NewRat(1, 1)) }

// tell writes the totals down.
func (t journeyTotals) tell(d *Differences) {
	if assumed := t.get("quantity", "assumed"); assumed.Sign() != 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%s units are sold beyond the files' quantity, where a line had a value and quantity 0",
			exactly(assumed)))
	}
	t.totals.tell(d, journeyColumns)
}
