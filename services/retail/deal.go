package retail

import (
	"cmp"
	"slices"
	"time"
)

// deal collects what one act does around an order: units, money, documents, and what others are told. It is made below the
// line in Decide, where nothing can fail any more, and is never shared.
type deal struct {
	// state is what Decide sees, and began the state in which the order was before the act.
	state   State
	began   OrderState
	order   Order
	entries []Entry
	// costs are those of Change.
	costs  Costs
	rows   []Row
	events []Event
	// issued are the gift cards that are sold.
	issued []IssuedCard
	now    time.Time
	// at is when it happened in the shop.
	at time.Time

	transaction ID
	issuer      Issuer
	point       IssuingPoint
	// Documents that were issued.
	invoices []Invoice
}

// newDeal begins with an order as it is; its lines may be changed at will.
func newDeal(s State, order Order, transaction ID, issuer Issuer, at, now time.Time) *deal {
	if at.IsZero() {
		at = now
	}
	order.Lines, order.Payments, order.Documents = slices.Clone(order.Lines), slices.Clip(order.Payments), slices.Clip(order.Documents)
	order.Intents = slices.Clone(order.Intents)
	d := &deal{state: s, began: order.State, order: order, now: now, at: at, transaction: transaction, issuer: issuer}
	if issuer.Point != "" {
		var found bool
		if d.point, found = lookup[IssuingPoint](s, issuer.Key()); !found {
			d.point = IssuingPoint{Location: issuer.Location, Code: issuer.Point}
		}
	}
	return d
}

// move posts units.
func (d *deal) move(location, from, to, sku string, units int64) {
	if units > 0 {
		d.entries = append(d.entries, Entry{Location: location, From: from, To: to, Asset: sku, Quantity: units})
	}
}

// money posts an amount in the book of the order.
func (d *deal) money(from, to string, amountMinor int64) {
	d.post(d.order.Location, from, to, amountMinor)
}

func (d *deal) post(location, from, to string, amountMinor int64) {
	if amountMinor > 0 {
		d.entries = append(d.entries, Entry{Location: location, From: from, To: to, Asset: d.order.Currency, Quantity: amountMinor})
	}
}

// owe posts an amount between the order's account and another one, and where that is in another book, through settlement in both. What
// raises adds to what the customer owes.
func (d *deal) owe(place, account string, amountMinor int64, raises bool) {
	ours := account
	if place != d.order.Location {
		ours = SettlementPrefix + place
		settlement := SettlementPrefix + d.order.Location
		if raises {
			d.post(place, account, settlement, amountMinor)
		} else {
			d.post(place, settlement, account, amountMinor)
		}
	}
	if raises {
		d.money(ours, d.order.account(), amountMinor)
	} else {
		d.money(d.order.account(), ours, amountMinor)
	}
}

// pay adds a movement of money to the order and posts it.
func (d *deal) pay(p Payment) {
	if p.AmountMinor == 0 {
		return
	}
	if p.Location == d.order.Location {
		p.Location = ""
	}
	p.OccurredAt = d.at
	d.order.Payments = append(d.order.Payments, p)
	d.owe(cmp.Or(p.Location, d.order.Location), p.account(), p.AmountMinor, p.sign() > 0)
}

// take is units of an account at a place.
type take struct {
	from  string
	units int64
}

// shift moves goods at a place, if there are any, from where they are to an account.
func (d *deal) shift(place, sku, to string, takes ...take) {
	if sku == "" {
		return
	}
	for _, t := range takes {
		d.move(place, t.from, to, sku, t.units)
	}
}

// deliver hands units of an order line over, out of the accounts where they are. It returns which they are.
func (d *deal) deliver(at int, takes ...take) UnitRange {
	line := &d.order.Lines[at]
	handed := UnitRange{Line: line.Line, From: line.Fulfilled, Until: line.Fulfilled}
	for _, t := range takes {
		handed.Until += t.units
	}
	line.Fulfilled = handed.Until
	d.shift(line.Location, line.SKU, Customer, takes...)
	return handed
}

// earn posts what handed-over units are worth: net to what was sold, tax to its codes, each once for all of the units.
func (d *deal) earn(units []UnitRange) {
	d.turnover(units, func(l OrderLine) string { return l.account() }, false)
}

// giveBack posts what returned units were worth, the other way. A charge or a gift card is taken back by its own account.
func (d *deal) giveBack(units []UnitRange) {
	d.turnover(units, func(l OrderLine) string { return cmp.Or(l.Account, SalesReturns) }, true)
}

func (d *deal) turnover(units []UnitRange, account func(OrderLine) string, back bool) {
	type sum struct {
		book, account string
		minor         int64
	}
	var sums []sum
	add := func(book, account string, minor int64) {
		at := slices.IndexFunc(sums, func(s sum) bool { return s.book == book && s.account == account })
		if at < 0 {
			at = len(sums)
			sums = append(sums, sum{book: book, account: account})
		}
		sums[at].minor += minor
	}
	for _, r := range units {
		line := d.order.Lines[r.Line-1]
		net, tax, _ := line.UnitsWorth(r.From, r.Until)
		add(cmp.Or(line.Issuer, d.order.Location), account(line), net)
		add(d.order.Location, TaxPrefix+line.TaxCode, tax)
	}
	for _, s := range sums {
		d.owe(s.book, s.account, s.minor, !back)
	}
}

// issue makes a document about units of the order, numbered and chained by the issuing point.
func (d *deal) issue(kind InvoiceKind, units []UnitRange, original Invoice, of ID) {
	doc := Invoice{
		ID: d.issuer.Invoices[len(d.invoices)], Kind: kind, Order: d.order.ID, Return: of, Transaction: d.transaction,
		Original: original.ID, OriginalNumber: original.Number, Customer: d.order.Customer, Seller: d.issuer.Seller,
		Currency: d.order.Currency, OccurredAt: d.at,
	}
	if kind != InvoiceSimplified && kind != InvoiceRectificativeSimplified {
		doc.Buyer = d.order.BillTo
		if original.Buyer != nil {
			doc.Buyer = original.Buyer
		}
	}
	for _, r := range units {
		line := d.order.Lines[r.Line-1]
		net, tax, gross := line.UnitsWorth(r.From, r.Until)
		doc.Lines = append(doc.Lines, InvoiceLine{
			UnitRange: r, SKU: line.SKU, Description: line.Description, NetMinor: net, TaxMinor: tax, GrossMinor: gross,
			TaxCode: line.TaxCode, TaxPPM: line.TaxPPM,
		})
	}
	doc.Taxes = taxesOf(doc.Lines)
	d.register(doc)
	d.order.Documents = append(d.order.Documents, OrderDocument{
		Invoice: doc.ID, Kind: kind, Original: original.ID, OccurredAt: d.at, Units: units,
	})
}

// register numbers a document and tells of it.
func (d *deal) register(doc Invoice) {
	d.point, doc = d.point.next(doc, d.issuer.Year, d.now)
	d.invoices = append(d.invoices, doc)
	d.rows = append(d.rows, doc, Name{Kind: NameInvoice, Value: doc.Number, Entity: doc.ID, RecordedAt: d.now})
	d.tell("InvoiceIssued", doc.Location, "invoice/"+doc.ID.String(), 1, doc)
	d.remember(doc.Customer, PurchaseInvoice, doc.ID)
}

// taxesOf sums lines per code and rate, by code.
func taxesOf(lines []InvoiceLine) []OrderTax {
	var taxes []OrderTax
	for _, l := range lines {
		at := slices.IndexFunc(taxes, func(t OrderTax) bool { return t.Code == l.TaxCode && t.PPM == l.TaxPPM })
		if at < 0 {
			at = len(taxes)
			taxes = append(taxes, OrderTax{Code: l.TaxCode, PPM: l.TaxPPM})
		}
		taxes[at].NetMinor += l.NetMinor
		taxes[at].TaxMinor += l.TaxMinor
	}
	slices.SortFunc(taxes, func(a, b OrderTax) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.PPM, b.PPM))
	})
	return taxes
}

// remember enters something into the history of a customer.
func (d *deal) remember(customer ID, kind PurchaseKind, entity ID) {
	if !customer.IsZero() {
		d.rows = append(d.rows, Purchase{
			Customer: customer, Kind: kind, Entity: entity, Location: d.order.Location, OccurredAt: d.at, RecordedAt: d.now,
		})
	}
}

// tell tells others.
func (d *deal) tell(kind, shard, subject string, version int64, body any) {
	d.events = append(d.events, Event{Kind: kind, Shard: shard, Subject: subject, Version: version, Body: body})
}

// tellOrder closes the order: what its providers are asked next follows from what it owes, and its state from its counts and from what they keep
// then; where nothing of it was handed over and nothing will be, its coupons are given back; its version goes up, and others are told.
func (d *deal) tellOrder(kind string) {
	d.order.Intents = d.order.ask(d.now)
	d.order = d.order.settled()
	if d.order.State.ended() && !d.began.ended() {
		d.countCoupons(CouponGivenBack)
	}
	d.order.Version++
	d.order.RecordedAt = d.now
	d.rows = append(d.rows, d.order)
	d.tell(kind, d.order.ID.String(), d.order.subject(), d.order.Version, d.order)
}

// tellFulfilment closes a fulfilment in the same way.
func (d *deal) tellFulfilment(kind string, f Fulfilment) Fulfilment {
	f = f.moved(d.now)
	d.rows = append(d.rows, f)
	d.tell(kind, f.Location, f.subject(), f.Version, f)
	return f
}

// tellParcel does so where the act was of one of its parcels.
func (d *deal) tellParcel(kind string, f Fulfilment, at int) Fulfilment {
	f = d.tellFulfilment(kind, f)
	d.events[len(d.events)-1].Body = ParcelTold{f, int32(at + 1)}
	return f
}

// change returns all of it.
func (d *deal) change(kind Kind, place, channel, cause string) Change {
	if len(d.invoices) > 0 {
		d.rows = append(d.rows, d.point)
	}
	return Change{
		ID: d.transaction, Kind: kind, Place: place, OccurredAt: d.at, Channel: channel, Cause: cause,
		Entries: d.entries, Costs: d.costs, Rows: d.rows, Events: d.events, Issued: d.issued,
	}
}
