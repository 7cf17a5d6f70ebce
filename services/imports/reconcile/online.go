package reconcile

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"
)

// The columns of an invoices file that are added up, with their signs.
const (
	onlineQuantity = "Quantity"
	onlineAmount   = "Quantity x UnitPrice"
)

// notGoods are the stock codes of no goods, in capitals; those of gift vouchers begin with GIFT_.
const notGoods = "|POST|DOT|M|D|S|B|C2|C3|BANK CHARGES|AMAZONFEE|CRUK|ADJUST|ADJUST2|"

// onlineRow is a row of an invoices file that can be read.
type onlineRow struct {
	invoice, sku, customer, day string
	// quantity and price as written.
	quantity, price *big.Rat
	service         bool
	number          int
}

// amount is the row's, with its sign.
func (r *onlineRow) amount() *big.Rat { return new(big.Rat).Mul(r.quantity, r.price) }

// units are how many, whichever way they went.
func (r *onlineRow) units() int64 { return new(big.Rat).Abs(r.quantity).Num().Int64() }

// pence is some units at the row's price, rounded, whichever way they went.
func (r *onlineRow) pence(units int64) int64 {
	return hundredths(new(big.Rat).Mul(new(big.Rat).SetInt64(units), new(big.Rat).Abs(r.price)))
}

// bill is the rows of one invoice; its last row says when it counts, its first on which day it was.
type bill struct {
	rows []*onlineRow
	last int
}

// bought is a row of goods or a charge that a customer may bring back.
type bought struct {
	row        *onlineRow
	left, cost int64
}

// onlineFiles are invoices files, read into what the books must hold.
type onlineFiles struct {
	Options
	d       *Differences
	want    tally
	totals  totals
	days    span
	purse   map[string][]*bought
	leaving map[string]int64

	bills map[string]*bill
	// differing counts rows that give back at another price than was paid, with both sums.
	differing       int
	saidP, refunded int64
}

// read reads one file and returns the day of its opening stock.
func (f *onlineFiles) read(path string) (opening string, err error) {
	f.bills, f.leaving = map[string]*bill{}, map[string]int64{}
	first := span{}
	err = readRows(path, func(_ []string, r row) error {
		f.d.Lines++
		row, readable := onlineRowOf(r)
		if !readable {
			f.d.Rejected++
			return nil
		}
		f.totals.add(onlineQuantity, "file", row.quantity)
		f.totals.add(onlineAmount, "file", row.amount())
		b := f.bills[row.invoice]
		if b == nil {
			b = &bill{}
		}
		if !row.importable() || len(b.rows) > 0 && b.rows[0].customer != row.customer {
			f.d.Rejected++
			f.book(row, "rejected")
			return nil
		}
		f.d.Imported++
		f.book(row, "imported")
		f.bills[row.invoice] = b
		b.rows, b.last = append(b.rows, row), row.number
		first.take(row.day)
		return nil
	})
	if err != nil {
		return "", err
	}
	bills := make([]*bill, 0, len(f.bills))
	for _, b := range f.bills {
		bills = append(bills, b)
	}
	slices.SortFunc(bills, func(a, b *bill) int { return a.last - b.last })
	for _, b := range bills {
		f.trade(b)
	}
	if len(bills) == 0 {
		return "", nil
	}
	midnight, err := time.Parse(time.DateOnly, first.first)
	if err != nil {
		return "", err
	}
	opening = midnight.AddDate(0, 0, -1).Format(time.DateOnly)
	for sku, units := range f.leaving {
		f.want.add("opening stock received", f.Location, sku, opening, units)
	}
	return opening, nil
}

// onlineRowOf reads a row; false where its fields are not what they are called.
func onlineRowOf(r row) (*onlineRow, bool) {
	if r.cells == nil {
		return nil, false
	}
	row := &onlineRow{
		invoice: r.cells["invoiceno"], sku: strings.ToUpper(r.cells["stockcode"]),
		customer: strings.TrimSuffix(r.cells["customerid"], ".0"), number: r.line,
	}
	at, err := time.Parse(time.DateTime, r.cells["invoicedate"])
	if err != nil || !isCode(row.invoice, 80) || !isCode(row.sku, 64) {
		return nil, false
	}
	row.day = at.Format(time.DateOnly)
	quantity, price := false, false
	row.quantity, quantity = signedOf(r.cells["quantity"])
	row.price, price = signedOf(r.cells["unitprice"])
	if !quantity || !price || !row.quantity.IsInt() || row.quantity.Num().BitLen() > 62 || row.units() > 1_000_000 {
		return nil, false
	}
	most := new(big.Rat).SetInt64(1_000_000_000_000 / 100)
	if new(big.Rat).Abs(row.amount()).Cmp(most) > 0 {
		return nil, false
	}
	row.service = strings.Contains(notGoods, "|"+row.sku+"|") || strings.HasPrefix(row.sku, "GIFT_")
	return row, true
}

func isCode(text string, most int) bool {
	return text != "" && len([]rune(text)) <= most && !strings.Contains(text, "/") && !strings.ContainsFunc(text, unicode.IsControl)
}

// importable tells whether the row is something that happened.
func (r *onlineRow) importable() bool {
	cancelled := r.invoice[0] == 'C' || r.invoice[0] == 'c'
	switch {
	case r.quantity.Sign() == 0:
		return false
	case r.service:
		return r.price.Sign() != 0 || r.quantity.Sign() > 0
	case r.price.Sign() < 0:
		return false
	}
	return !cancelled || r.quantity.Sign() < 0
}

// book adds a row to the totals, with its sign.
func (f *onlineFiles) book(r *onlineRow, kind string) {
	rounded := big.NewRat(r.pence(r.units()), 100)
	if r.amount().Sign() < 0 {
		rounded.Neg(rounded)
	}
	f.totals.booked(onlineQuantity, kind, r.quantity, r.quantity)
	f.totals.booked(onlineAmount, kind, r.amount(), rounded)
}

// trade expects what one invoice does to the books: first what was bought, then what came back.
func (f *onlineFiles) trade(b *bill) {
	day, due := b.rows[0].day, int64(0)
	f.days.take(day)
	for _, r := range b.rows {
		amount, units := r.pence(r.units()), r.units()
		switch back := r.amount().Sign() < 0; {
		case r.service && back:
		case r.service:
			due += amount
			f.want.add("ordered", f.Channel, "", day, amount)
			f.want.add("units ordered", f.Channel, "", day, units)
			f.entry(f.Channel, day, "charges/"+r.sku, "order", f.Currency, amount)
			f.remember(r)
		case r.quantity.Sign() > 0:
			due += amount
			f.leaving[r.sku] += units
			f.want.add("ordered", f.Channel, r.sku, day, amount)
			f.want.add("units ordered", f.Channel, r.sku, day, units)
			f.entry(f.Location, day, "available", "committed", r.sku, units)
			f.entry(f.Location, day, "committed", "customer", r.sku, units)
			f.entry(f.Channel, day, "sales", "order", f.Currency, amount)
			f.remember(r)
		case r.invoice[0] != 'C' && r.invoice[0] != 'c':
			f.leaving[r.sku] += units
			f.want.add("units written off", f.Location, r.sku, day, units)
		}
	}
	f.entry(f.Channel, day, "order", "tender/CARD", f.Currency, due)
	f.want.add("paid by card", f.Channel, "", day, due)
	for _, r := range b.rows {
		if r.service && r.amount().Sign() < 0 || !r.service && r.quantity.Sign() < 0 && (r.invoice[0] == 'C' || r.invoice[0] == 'c') {
			f.giveBack(r, day)
		}
	}
}

func (f *onlineFiles) entry(location, day, from, to, asset string, quantity int64) {
	f.want.add(fmt.Sprintf("entries %s -> %s", from, to), location, asset, day, quantity)
}

func (f *onlineFiles) remember(r *onlineRow) {
	if r.customer != "" {
		key := r.customer + "|" + r.sku
		f.purse[key] = append(f.purse[key], &bought{row: r, left: r.units(), cost: r.pence(r.units())})
	}
}

// giveBack expects what comes back: of the newest purchases that have units left, at what they cost, and the rest at its own
// price.
func (f *onlineFiles) giveBack(r *onlineRow, day string) {
	rest, paid := r.units(), int64(0)
	if r.customer != "" {
		purchases := f.purse[r.customer+"|"+r.sku]
		for i := range purchases {
			newest := purchases[len(purchases)-1-i]
			if r.service && new(big.Rat).Abs(newest.row.price).Cmp(new(big.Rat).Abs(r.price)) != 0 {
				continue
			}
			units := min(rest, newest.left)
			paid += newest.cost*(newest.row.units()-newest.left+units)/newest.row.units() - newest.cost*(newest.row.units()-newest.left)/newest.row.units()
			newest.left -= units
			rest -= units
		}
	}
	known, blind := r.units()-rest, r.pence(rest)
	if said := r.pence(known); said != paid {
		f.differing++
		f.saidP += said
		f.refunded += paid
	}
	f.refund(r, day, f.Channel, "returned with a receipt", known, paid)
	f.refund(r, day, f.Location, "returned without a receipt", rest, blind)
}

// refund expects the money and the goods. Without a receipt the book is that of the place that takes the goods; money without
// goods is the web shop's in any case.
func (f *onlineFiles) refund(r *onlineRow, day, book, what string, units, amount int64) {
	account := "sales_returns"
	if r.service {
		account, book = "charges/"+r.sku, f.Channel
	} else {
		f.entry(f.Location, day, "customer", "available", r.sku, units)
		f.want.add("units "+what, f.Location, r.sku, day, units)
		f.want.add(what, f.Location, r.sku, day, amount)
	}
	f.entry(book, day, "order", account, f.Currency, amount)
	f.entry(book, day, "tender/CARD", "order", f.Currency, amount)
}
