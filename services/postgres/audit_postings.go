package postgres

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aisle-retail/aisle/services/retail"
)

// postings are what an act posts, summed by book, accounts and asset; the keys are entries without a quantity. What follows says
// them a second time, apart from the rules, from the documents of the act as others were told of them before and after it.
type postings map[retail.Entry]int64

func (p postings) add(book, from, to, asset string, quantity int64) {
	if quantity != 0 {
		p[retail.Entry{Location: book, From: from, To: to, Asset: asset}] += quantity
	}
}

func orderAccount(o retail.Order) string { return retail.OrderPrefix + o.ID.String() }

// raises tells whether a movement adds to what the customer owes.
var raises = map[retail.Movement]bool{
	retail.MovementChange: true, retail.MovementRefund: true, retail.MovementFee: true, retail.MovementRoundedUp: true,
}

// ours are the accounts of movements that no tender makes.
var ours = map[retail.Movement]string{
	retail.MovementFee: retail.Fees, retail.MovementGoodwill: retail.Goodwill, retail.MovementLoss: retail.Loss,
	retail.MovementRoundedDown: retail.Rounding, retail.MovementRoundedUp: retail.Rounding,
}

// pay adds a movement of money, which in another book than the order's goes through settlement in both.
func (p postings) pay(o retail.Order, m retail.Payment) {
	theirs := cmp.Or(ours[m.Movement], m.Account, retail.TenderPrefix+m.Kind)
	p.across(o, cmp.Or(m.Location, o.Location), theirs, m.AmountMinor, raises[m.Movement])
}

// across adds an amount between the account of an order and one in the book of a place; what raises makes the customer owe more.
func (p postings) across(o retail.Order, place, theirs string, minor int64, raises bool) {
	own := theirs
	move := func(book, from, to string) {
		if !raises {
			from, to = to, from
		}
		p.add(book, from, to, o.Currency, minor)
	}
	if place != o.Location {
		own = retail.SettlementPrefix + place
		move(place, theirs, retail.SettlementPrefix+o.Location)
	}
	move(o.Location, own, orderAccount(o))
}

// earn adds what units of a line are worth, to turnover and tax; back is for units that came back.
func (p postings) earn(o retail.Order, line retail.OrderLine, from, until int64, back bool) {
	gross, tax := worth(line, from, until)
	account := cmp.Or(line.Account, retail.Sales)
	if back {
		account = cmp.Or(line.Account, retail.SalesReturns)
	}
	p.across(o, cmp.Or(line.Issuer, o.Location), account, gross-tax, !back) // a gift card may be another place's
	p.across(o, o.Location, retail.TaxPrefix+line.TaxCode, tax, !back)
}

// worth is what some units of a line come to: gross cut by the units, and tax by the cents of that gross. Counts and amounts that
// make no sense are worth nothing.
func worth(line retail.OrderLine, from, until int64) (grossMinor, taxMinor int64) {
	if line.GrossMinor <= 0 || line.TaxMinor < 0 || line.Quantity <= 0 || from < 0 || from > until || until > line.Quantity {
		return 0, 0
	}
	before := retail.UnitsWorth(line.GrossMinor, line.Quantity, 0, from)
	after := retail.UnitsWorth(line.GrossMinor, line.Quantity, 0, until)
	return after - before, retail.UnitsWorth(line.TaxMinor, line.GrossMinor, before, after)
}

// placed adds what placing an order posts: units out of the holds that it took up, promises first, and out of what is available;
// what it does not need of the holds is free again.
func (p postings) placed(o retail.Order, holds []retail.Hold) {
	type position struct{ location, sku string }
	held := map[position]int64{}
	for _, hold := range holds {
		for _, line := range hold.Lines {
			held[position{hold.Location, line.SKU}] += line.Quantity
		}
	}
	for _, carried := range []bool{false, true} {
		for _, line := range o.Lines {
			if line.SKU == "" || (line.Method == retail.CarryOut) != carried {
				continue
			}
			to := retail.Committed
			if carried {
				to = retail.Customer
			}
			at := position{cmp.Or(line.From, line.Location), line.SKU}
			part := min(held[at], line.Quantity)
			held[at] -= part
			p.add(at.location, retail.Held, to, line.SKU, part)
			p.add(at.location, retail.Available, to, line.SKU, line.Quantity-part)
		}
	}
	for at, rest := range held {
		p.add(at.location, retail.Held, retail.Available, at.sku, rest)
	}
	for _, line := range o.Lines {
		if line.Method == retail.CarryOut {
			p.earn(o, line, 0, line.Quantity, false)
		}
	}
	for _, m := range o.Payments {
		p.pay(o, m)
	}
}

// changed adds what brought an order from one version to the next: units that were handed over, cancelled or came back, and
// movements of money.
func (p postings) changed(before, after retail.Order) {
	for i, line := range after.Lines {
		if i >= len(before.Lines) { // from another place
			if line.SKU != "" {
				p.add(line.Location, retail.Available, retail.Committed, line.SKU, line.Quantity)
			}
			continue
		}
		was := before.Lines[i]
		if line.SKU != "" {
			p.add(line.Location, retail.Committed, retail.Customer, line.SKU, line.Fulfilled-was.Fulfilled)
			away, coming := was.Away-line.Away, was.Coming-line.Coming // of those that are cancelled
			p.add(line.From, retail.Committed, retail.Available, line.SKU, away)
			p.add(line.Location, retail.Committed, retail.Available, line.SKU, line.Cancelled-was.Cancelled-away-coming)
		}
		p.earn(after, line, was.Fulfilled, line.Fulfilled, false)
		p.earn(after, line, was.Returned, line.Returned, true)
	}
	for _, m := range after.Payments[len(before.Payments):] {
		p.pay(after, m)
	}
}

// cameBack adds where the units of a return went.
func (p postings) cameBack(r retail.Return) {
	for _, line := range r.Lines {
		to := retail.Damaged
		switch line.Disposition {
		case retail.ReturnToStock:
			to = retail.Available
		case retail.Undecided:
			to = retail.Inspection
		case retail.Lost, retail.Kept:
			to = retail.Shrinkage
		}
		if line.SKU != "" {
			p.add(r.Location, retail.Customer, to, line.SKU, line.Units.Until-line.Units.From)
		}
	}
}

// blind adds the money of a return without a receipt, on an account of its own.
func (p postings) blind(r retail.Return) {
	pretended := retail.Order{ID: r.ID, Location: r.Book, Currency: r.Currency}
	for _, line := range r.Lines {
		taken := line.Account
		if taken == "" {
			taken = retail.SalesReturns
		}
		p.add(r.Book, orderAccount(pretended), taken, r.Currency, line.NetMinor)
		p.add(r.Book, orderAccount(pretended), retail.TaxPrefix+line.TaxCode, r.Currency, line.TaxMinor)
	}
	for _, m := range r.Refunds {
		p.pay(pretended, m)
	}
}

// provePostings proves that a transaction posted what it should, in all its books, and nothing else (L1).
func (a *audit) provePostings(one *act, want postings) {
	got := postings{}
	for _, h := range one.headers {
		for _, e := range others(h.Entries) {
			e.Version, e.Location = 0, h.Location
			quantity := e.Quantity
			e.Quantity = 0
			got[e] += quantity
		}
	}
	if one.act() == retail.KindReject {
		got = got.rejected()
	}
	of := map[retail.Entry]bool{}
	for _, sums := range []postings{got, want} {
		for e := range sums {
			of[e] = true
		}
	}
	for _, e := range slices.SortedFunc(maps.Keys(of), compareEntries) {
		if got[e] != want[e] {
			a.broken("L1", transactionsTable, idText(e.Location, one.transaction), "a %s moves %d %s from %s to %s, and should %d",
				one.act(), got[e], e.Asset, e.From, e.To, want[e])
			return
		}
	}
}

// provePostingsAmong proves that a transaction posted what it should beside what else it did (L1). That it is no more is proved with the
// positions, of which as much is held as holds are in force.
func (a *audit) provePostingsAmong(one *act, want postings) {
	got := postings{}
	for _, h := range one.headers {
		for _, e := range h.Entries {
			got.add(h.Location, e.From, e.To, e.Asset, e.Quantity)
		}
	}
	for _, e := range slices.SortedFunc(maps.Keys(want), compareEntries) {
		if got[e] < want[e] {
			a.broken("L1", transactionsTable, idText(e.Location, one.transaction), "a %s moves %d %s from %s to %s, and should at least %d",
				one.act(), got[e], e.Asset, e.From, e.To, want[e])
			return
		}
	}
}

// rejected says of units that a place did not have what is said of all that are cancelled: that they are available. The documents do not
// tell what was wrong with them; that they are where the entries say is proved with their positions. All of an act are either
// unfit, or not found.
func (p postings) rejected() postings {
	all, damaged, missing := postings{}, false, false
	for e, quantity := range p {
		if e.From == retail.Committed {
			damaged, missing = damaged || e.To == retail.Damaged, missing || e.To != retail.Damaged
			e.To = retail.Available
		}
		all[e] += quantity
	}
	if damaged && missing {
		return p
	}
	return all
}

func compareEntries(a, b retail.Entry) int {
	return cmp.Or(strings.Compare(a.Location, b.Location), strings.Compare(a.From, b.From), strings.Compare(a.To, b.To),
		strings.Compare(a.Asset, b.Asset), cmp.Compare(a.Quantity, b.Quantity))
}

// unitsText is units of a line for people.
func unitsText(u retail.UnitRange) string {
	return fmt.Sprintf("%d to %d of line %d", u.From, u.Until, u.Line)
}
