package reconcile

import (
	"context"
	"fmt"
	"iter"
)

// figure is one number, of one SKU or currency at one location on one day.
type figure struct{ what, location, asset, day string }

// tally is what the files say the books hold, or what they hold.
type tally map[figure]int64

func (f tally) add(what, location, asset, day string, quantity int64) {
	if quantity != 0 {
		f[figure{what, location, asset, day}] += quantity
	}
}

// compare holds every figure of either side against the other's.
func (f tally) compare(d *Differences, found tally) {
	for at := range union(f, found) {
		d.add(Difference{
			What: at.what, Location: at.location, SKU: at.asset, Day: at.day,
			Expected: fmt.Sprint(f[at]), Found: fmt.Sprint(found[at]),
		})
	}
}

// online compares invoices files with the books.
func online(ctx context.Context, l Trade, o Options) (Differences, error) {
	d := Differences{}
	files := &onlineFiles{Options: o, d: &d, want: tally{}, totals: totals{}, purse: map[string][]*bought{}}
	openings := map[string]bool{}
	for _, path := range o.Files {
		opening, err := files.read(path)
		if err != nil {
			return d, err
		}
		openings[opening] = true
	}
	books := &onlineBooks{Options: o, found: tally{}, days: files.days, openings: openings}
	if err := books.read(ctx, l); err != nil {
		return d, err
	}
	files.want.compare(&d, books.found)
	if files.differing > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d lines give back at another price than was paid: the files say %d and what was paid is %d, in minor units",
			files.differing, files.saidP, files.refunded))
	}
	if books.others > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d figures of channel %s are of days that the files do not have, and were left alone",
			books.others, o.Channel))
	}
	files.totals.tell(&d, []string{onlineQuantity, onlineAmount})
	return d, nil
}

// onlineBooks are what the ledger holds for the files' days.
type onlineBooks struct {
	Options
	found    tally
	days     span
	openings map[string]bool
	others   int
}

// on tells whether a day is one of the files'.
func (b *onlineBooks) on(day string) bool {
	if b.days.first <= day && day <= b.days.last {
		return true
	}
	b.others++
	return false
}

// read reads all of it. What is in another currency shows as missing.
func (b *onlineBooks) read(ctx context.Context, l Trade) error {
	return firstOf(
		all(l.Sales(ctx, b.Channel), func(s Sale) {
			if b.on(s.Day) {
				b.found.add("units ordered", s.Location, s.SKU, s.Day, s.Units)
				b.found.add("ordered", s.Location, s.SKU, s.Day, s.GrossMinor)
				b.found.add("ordered in another currency", s.Location, s.SKU, s.Day, b.foreign(s.Currency, s.GrossMinor))
				b.found.add("tax", s.Location, s.SKU, s.Day, s.TaxMinor)
				b.found.add("discounts", s.Location, s.SKU, s.Day, s.DiscountMinor)
			}
		}),
		all(l.Tenders(ctx, b.Channel), func(t Tender) {
			switch {
			case t.Movement == "REFUND": // told on the order's day; the entries tell the return's
			case !b.on(t.Day):
			case t.Movement == "PAYMENT" && t.Kind == "CARD":
				b.found.add("paid by card", t.Location, "", t.Day, t.AmountMinor)
			default:
				b.found.add("tender "+t.Kind+" "+t.Movement, t.Location, "", t.Day, t.AmountMinor)
			}
		}),
		all(l.Moves(ctx, b.Channel), func(m Move) {
			if b.on(m.Day) {
				b.found.add(fmt.Sprintf("entries %s -> %s", m.From, m.To), m.Location, m.Asset, m.Day, m.Quantity)
			}
		}),
		all(l.Returns(ctx, b.Channel), func(r Return) {
			what := "returned without a receipt"
			if r.Receipt {
				what = "returned with a receipt"
			}
			if b.on(r.Day) {
				b.found.add("units "+what, r.Location, r.SKU, r.Day, r.Units)
				b.found.add(what, r.Location, r.SKU, r.Day, r.GrossMinor-b.foreign(r.Currency, r.GrossMinor))
			}
		}),
		all(l.Adjustments(ctx, "write-off "), func(a Adjustment) {
			if a.Location == b.Location && b.on(a.Day) {
				b.found.add("units written off", a.Location, a.SKU, a.Day, -a.Units)
			}
		}),
		all(l.Receipts(ctx, "assumed opening stock"), func(r Receipt) {
			if r.Location == b.Location && b.openings[r.Day] {
				b.found.add("opening stock received", r.Location, r.SKU, r.Day, r.Units)
			}
		}),
	)
}

// foreign is the amount where it is in another currency than the files'.
func (b *onlineBooks) foreign(currency string, minor int64) int64 {
	if currency == b.Currency {
		return 0
	}
	return minor
}

// all returns what takes each row.
func all[T any](rows iter.Seq2[T, error], take func(T)) func() error {
	return func() error {
		for row, err := range rows {
			if err != nil {
				return err
			}
			take(row)
		}
		return nil
	}
}

// firstOf does one after another until one fails.
func firstOf(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
