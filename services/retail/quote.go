package retail

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Figures are what a quote came to, as its caller sends them back with the order. They are kept nowhere.
type Figures struct {
	Currency string
	// Lines are those of the basket, in its order. What the whole order comes to is their sum.
	Lines []LineFigures
}

// LineFigures are what one line came to, in minor units.
type LineFigures struct {
	ListMinor, DiscountMinor, NetMinor, TaxMinor, GrossMinor int64
	TaxCode                                                  string
	TaxPPM                                                   int32
}

// quoteToldMax is how many changes of a quote a refusal tells one by one, so that it fits into the headers of an answer.
const quoteToldMax = 20

// figuresOf are the figures of an order.
func figuresOf(o Order) Figures {
	f := Figures{Currency: o.Currency}
	for _, l := range o.Lines {
		f.Lines = append(f.Lines, LineFigures{
			ListMinor: l.ListMinor, DiscountMinor: l.DiscountMinor, NetMinor: l.NetMinor, TaxMinor: l.TaxMinor, GrossMinor: l.GrossMinor,
			TaxCode: l.TaxCode, TaxPPM: l.TaxPPM,
		})
	}
	return f
}

// named are the figures with the names that the contract gives them, in its order.
func (f LineFigures) named() [7]struct{ name, figure string } {
	minor := func(n int64) string { return fmt.Sprint(n) }
	return [7]struct{ name, figure string }{
		{"list_minor", minor(f.ListMinor)}, {"discount_minor", minor(f.DiscountMinor)}, {"net_minor", minor(f.NetMinor)},
		{"tax_minor", minor(f.TaxMinor)}, {"gross_minor", minor(f.GrossMinor)}, {"tax_code", f.TaxCode},
		{"tax_rate_ppm", fmt.Sprint(f.TaxPPM)},
	}
}

// stand refuses an order that comes to anything else than was quoted: QuoteChanged with what of which line was quoted, and what it is
// now. Figures of another basket are no quote of this one. Where nothing was quoted, any order stands.
func (f *Figures) stand(o Order) error {
	if f == nil {
		return nil
	}
	if len(f.Lines) != len(o.Lines) {
		return RefuseField(InvalidRequest, "quoted.lines", "%d lines were quoted, and the order has %d", len(f.Lines), len(o.Lines))
	}
	var refusal *Refusal
	changes := 0
	changed := func(what, fact, quoted, now string) {
		if changes++; changes > quoteToldMax {
			return
		}
		if refusal == nil {
			refusal = RefuseField(QuoteChanged, "quoted", "the order comes to something else than was quoted")
		}
		refusal.Message += fmt.Sprintf("; %s was %s, and is %s", what, quoted, now)
		refusal.With(fact+".quoted", quoted).With(fact+".now", now)
	}
	if f.Currency != o.Currency {
		changed("the currency", "currency_code", f.Currency, o.Currency)
	}
	for i, now := range figuresOf(o).Lines {
		quoted := f.Lines[i].named()
		for n, is := range now.named() {
			if was := quoted[n]; was != is {
				changed(fmt.Sprintf("%s of line %d", is.name, i+1), fmt.Sprintf("lines[%d].%s", i, is.name), was.figure, is.figure)
			}
		}
	}
	if refusal == nil {
		return nil
	}
	return refusal.With("changes", changes)
}

// Quote is what an order would come to, and what stock is short for.
type Quote struct {
	// Order is the order as it would be, without its ids, before anybody pays.
	Order   Order
	Figures Figures
	// DueMinor is what has to be paid as it is placed: all that is carried out.
	DueMinor int64
	// Coupons are what each coupon that was shown would be refused for, in their order; nil: it gives something.
	Coupons []*Refusal
	// Short are the positions of which more is wanted than may be promised, by their first lines.
	Short []QuoteShortage
}

// QuoteShortage is a shortage, with all lines that want of it.
type QuoteShortage struct {
	Shortage
	// Lines are the order's lines, from 0.
	Lines []int
}

// InStock tells whether a line, counted from 0, could be promised.
func (q Quote) InStock(line int) bool {
	return !slices.ContainsFunc(q.Short, func(s QuoteShortage) bool { return slices.Contains(s.Lines, line) })
}

// Quote prices the order and looks for its goods by the rules of Decide, on rows that were read and not locked. It refuses what Decide
// would refuse whatever is paid, but for stock that is short, which it tells. It promises nothing.
func (c PlaceOrder) Quote(s State, now time.Time) (Quote, error) {
	c = c.counting(s)
	p := placing{command: c}
	var err error
	if p.order, err = c.priced(s, now); err != nil {
		return Quote{}, err
	}
	if p.holds, err = c.takeUp(s, now); err != nil {
		return Quote{}, err
	}
	_, wanted, err := c.takeStock(s, p.holds)
	if err != nil {
		return Quote{}, err
	}
	if err := p.needsHolds(); err != nil {
		return Quote{}, err
	}
	q := Quote{Order: p.order, Figures: figuresOf(p.order)}
	for _, line := range q.Order.Lines {
		if line.Method == CarryOut {
			q.DueMinor += line.GrossMinor
		}
	}
	for i := range c.Coupons {
		var refusal *Refusal
		errors.As(c.refuseCoupon(i, q.Order), &refusal)
		q.Coupons = append(q.Coupons, refusal)
	}
	for _, d := range wanted {
		if d.Wanted > d.Sellable {
			q.Short = append(q.Short, QuoteShortage{Shortage: d, Lines: c.wanting(d)})
		}
	}
	return q, nil
}

// Shortages are those for which the order was refused, with all lines that want of each; none: it was refused for something else.
func (c PlaceOrder) Shortages(r *Refusal) (all []QuoteShortage) {
	for _, d := range r.Short {
		all = append(all, QuoteShortage{Shortage: d, Lines: c.wanting(d)})
	}
	return all
}

// wanting are the lines that want of a position what has to be promised: at a till not those that are carried out.
func (c PlaceOrder) wanting(d Shortage) (lines []int) {
	for i, line := range c.Lines {
		if place, _ := line.StockAt(); line.SKU == d.SKU && place == d.Location && !(c.Fact && line.Method == CarryOut) {
			lines = append(lines, i)
		}
	}
	return lines
}

// The limits of what a quote offers in place of what is short.
const (
	// QuoteHelpedMax is how many shortages are helped with alternatives.
	QuoteHelpedMax = 20
	// QuotePlacesMax is how many places of each method are looked at, the nearest.
	QuotePlacesMax = 20
	quotePickupMax = 5
	quoteShipMax   = 3
	quoteBringMax  = 3
)

// QuotePlace is another place that may have what is short.
type QuotePlace struct {
	PlaceAway
	Method Method
	// To is where it is collected, where the place has it brought there; empty: at the place itself.
	To string
}

// AroundShort are the places that may serve the channel in place of one that is short, the nearest of each method first, and those of
// which it is not known how far they are last, and at the end those that may bring it to where it is to be collected; empty: nowhere. They
// are not more than QuotePlacesMax of each kind.
func AroundShort(channel Channel, location, collectedAt string, all []Location, metres func(Location) int64) []QuotePlace {
	around := make([]PlaceAway, 0, len(all))
	for _, l := range all {
		if l.Code != location {
			around = append(around, PlaceAway{l, metres(l)})
		}
	}
	around = nearestFirst(around)
	var found []QuotePlace
	for _, method := range []Method{PickUp, Ship} {
		left := QuotePlacesMax
		for _, place := range around {
			if left > 0 && channel.MayServe(place.Location, method) {
				found = append(found, QuotePlace{PlaceAway: place, Method: method})
				left--
			}
		}
	}
	if collectedAt == "" {
		return found
	}
	bring := channel.bringers(around, collectedAt)
	for _, place := range bring[:min(QuotePlacesMax, len(bring))] {
		found = append(found, QuotePlace{PlaceAway: place, Method: PickUp, To: collectedAt})
	}
	return found
}

// CollectedAt is where the first of the lines that a shortage is of is to be collected; empty: none is.
func (c PlaceOrder) CollectedAt(short QuoteShortage) string {
	for _, i := range short.Lines {
		if c.Lines[i].Method == PickUp {
			return c.Lines[i].Location
		}
	}
	return ""
}

// Alternatives are those of the places that have all units of a shortage, beside what the order takes there itself, as far as the caller
// may be told that they have some.
func (c PlaceOrder) Alternatives(short QuoteShortage, places []QuotePlace, s State) []QuotePlace {
	var found []QuotePlace
	type way struct {
		method Method
		brings bool
	}
	left := map[way]int{{method: PickUp}: quotePickupMax, {method: Ship}: quoteShipMax, {PickUp, true}: quoteBringMax}
	for _, p := range places {
		by := way{p.Method, p.To != ""}
		if left[by] == 0 {
			continue
		}
		level, methods := LevelAt(s, p.Location.Code, short.SKU), []Method{p.Method}
		if by.brings {
			methods[0] = Ship
		}
		for _, line := range c.Lines {
			if place, method := line.StockAt(); line.SKU == short.SKU && place == p.Location.Code {
				level, methods = level.less(line.Quantity), append(methods, method)
			}
		}
		sellable := c.Buffers.Sellable(level, methods...)
		if sellable >= short.Wanted && c.Shows.Band(sellable) != BandNone {
			found = append(found, p)
			left[by]--
		}
	}
	return found
}
