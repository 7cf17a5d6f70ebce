package postgres

import (
	"fmt"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// besideNames is what the names of a page stand for, each by its place in the page.
type besideNames struct {
	orders, invoices, deliveries, notes []*record
	cards                               []bool
	lost                                []*record
}

const (
	// ordersNamedSQL reads the order that each of many names stands for, and when others were told that it was placed.
	ordersNamedSQL = `
select k.n, o.number, e.recorded_at
from unnest($1::uuid[], $2::int8[]) as k(id, n) join orders o on o.id = k.id
left join events e on e.shard = k.id::text and e.subject = 'order/' || k.id::text and e.version = 1`

	invoicesNamedSQL = `
select k.n, t.number, t.issued_at, t.kind, t.original
from unnest($1::uuid[], $2::int8[]) as k(id, n) join invoices t on t.id = k.id`

	deliveriesNamedSQL = `
select k.n, t.supplier || '/' || t.reference, t.announced_at
from unnest($1::uuid[], $2::int8[]) as k(id, n) join deliveries t on t.id = k.id`

	// notesNamedSQL reads the transaction that received each of many delivery notes, in the book of its delivery.
	notesNamedSQL = `
select k.n, t.kind, t.cause, t.recorded_at
from unnest($1::uuid[], $2::int8[], $3::uuid[]) as k(id, n, delivery)
join deliveries d on d.id = k.delivery join ledger_transactions t on t.location = d.location and t.id = k.id`

	cardsNamedSQL = `
select distinct k.n from unnest($1::uuid[], $2::int8[]) as k(id, n) join balances t on t.account = 'gift_card/' || k.id::text`

	// cardsLostSQL reads when each of many numbers of gift cards that were lost was given, and whether the card got another one when it was
	// lost.
	cardsLostSQL = `
select k.n, t.recorded_at, exists (select from names o where o.kind = 'gift_card' and o.entity = k.id and o.value <> t.value and o.recorded_at = l.recorded_at)
from unnest($1::uuid[], $2::int8[], $3::text[]) as k(id, n, value)
join names t on t.kind = 'gift_card' and t.value = k.value and t.entity = k.id
join names l on l.kind = 'lost_card' and l.value = k.value`
)

// proveNames proves that each name leads to what has it: an order's number and an invoice's, a gift card's, and the ticket that
// an invoice replaced.
func proveNames(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	b := besideNames{
		orders: make([]*record, len(page)), invoices: make([]*record, len(page)), deliveries: make([]*record, len(page)),
		notes: make([]*record, len(page)), cards: make([]bool, len(page)), lost: make([]*record, len(page)),
	}
	columns := []column{{"id", "uuid"}, {"n", "int8"}}
	byKind := map[string]*rows{
		retail.NameDeliveryNote: newRows(append(columns[:2:2], column{"delivery", "uuid"}), false),
		retail.NameLostCard:     newRows(append(columns[:2:2], column{"value", "text"}), false),
	}
	for i, e := range page {
		name := e.row.(retail.Name)
		kind := name.Kind
		if kind == retail.NameReplaced {
			kind = retail.NameInvoice
		}
		if byKind[kind] == nil {
			byKind[kind] = newRows(columns, false)
		}
		r := byKind[kind].id(name.Entity).int8(int64(i))
		if kind == retail.NameDeliveryNote {
			delivery, _ := deliveryOfNote(name)
			r.id(delivery)
		}
		if kind == retail.NameLostCard {
			r.text(name.Value)
		}
		r.end()
	}
	for kind, read := range map[string]struct {
		sql  string
		into func(n int64, r *record)
	}{
		retail.NameOrder:    {ordersNamedSQL, func(n int64, r *record) { b.orders[n] = r }},
		retail.NameInvoice:  {invoicesNamedSQL, func(n int64, r *record) { b.invoices[n] = r }},
		retail.NameGiftCard: {cardsNamedSQL, func(n int64, _ *record) { b.cards[n] = true }},
		retail.NameLostCard: {cardsLostSQL, func(n int64, r *record) { b.lost[n] = r }},

		retail.NameDelivery:     {deliveriesNamedSQL, func(n int64, r *record) { b.deliveries[n] = r }},
		retail.NameDeliveryNote: {notesNamedSQL, func(n int64, r *record) { b.notes[n] = r }},
	} {
		if byKind[kind] == nil || byKind[kind].count == 0 {
			continue
		}
		found, err := s.query(read.sql, byKind[kind].params())
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			n := r.int8()
			read.into(n, r)
		}
	}
	return func() {
		for i, e := range page {
			a.proveName(e, e.row.(retail.Name), i, b)
		}
	}, nil
}

func (a *audit) proveName(e entity, name retail.Name, i int, b besideNames) {
	switch name.Kind {
	case retail.NameOrder:
		a.proveOrderName(e, name, b.orders[i])
	case retail.NameInvoice, retail.NameReplaced:
		a.proveInvoiceName(e, name, b.invoices[i])
	case retail.NameGiftCard:
		if !b.cards[i] {
			a.broken("NAMES", e.table, e.text, "no gift card %s was sold", name.Entity)
		}
	case retail.NameLostCard:
		if r := b.lost[i]; r == nil || r.time().After(name.RecordedAt) || !r.bool() {
			a.broken("NAMES", e.table, e.text, "the gift card %s had no such number then, or got no other", name.Entity)
		}
	case retail.NameDelivery:
		r := b.deliveries[i]
		if r == nil || r.text() != name.Value || !r.time().Equal(name.RecordedAt) {
			a.broken("NAMES", e.table, e.text, "delivery %s was not announced by it then", name.Entity)
		}
	case retail.NameDeliveryNote:
		r, delivery := b.notes[i], ""
		if id, read := deliveryOfNote(name); read {
			delivery = deliveryCause + id.String()
		}
		if r == nil || retail.Kind(r.text()) != retail.KindDelivery || r.text() != delivery || !r.time().Equal(name.RecordedAt) {
			a.broken("NAMES", e.table, e.text, "transaction %s did not receive it then", name.Entity)
		}
	default:
		a.broken("NAMES", e.table, e.text, "%s is no kind of name", name.Kind)
	}
}

// deliveryOfNote is the delivery that a delivery note came with.
func deliveryOfNote(name retail.Name) (retail.ID, bool) {
	text, _, _ := strings.Cut(name.Value, "/")
	id, err := retail.ParseID(text)
	return id, err == nil
}

func (a *audit) proveOrderName(e entity, name retail.Name, r *record) {
	if typed, right := retail.ParseOrderNumber(name.Value); !right || typed != name.Value {
		a.broken("NAMES", e.table, e.text, "its check character is wrong, or it is not written as numbers are")
	}
	switch {
	case r == nil:
		a.broken("NAMES", e.table, e.text, "the order %s is not there", name.Entity)
	case r.text() != name.Value:
		a.broken("NAMES", e.table, e.text, "the order %s has another number", name.Entity)
	case r.values[2] != nil && !r.time().Equal(name.RecordedAt):
		a.broken("NAMES", e.table, e.text, "it was given at %s, and its order placed at another time", name.RecordedAt)
	}
}

func (a *audit) proveInvoiceName(e entity, name retail.Name, r *record) {
	if r == nil {
		a.broken("NAMES", e.table, e.text, "the invoice %s is not there", name.Entity)
		return
	}
	value, issuedAt := r.text(), r.time()
	if kind, original := retail.InvoiceKind(r.text()), r.id(); name.Kind == retail.NameReplaced {
		if value = original.String(); kind != retail.InvoiceFullReplacingSimplified {
			value = ""
		}
	}
	switch {
	case value != name.Value:
		a.broken("NAMES", e.table, e.text, "the invoice %s has another number, or replaced another ticket", name.Entity)
	case !issuedAt.Equal(name.RecordedAt):
		a.broken("NAMES", e.table, e.text, "it was given at %s, and its invoice issued at %s", name.RecordedAt, issuedAt)
	}
}

// proveCards proves that the gift cards that an order sold or topped up have numbers, given by then, and are what they were sold as.
func (a *audit) proveCards(e entity, order retail.Order, sale *act, named map[retail.ID]*record) {
	for _, line := range order.Lines {
		id, card := causeID(line.Account, retail.GiftCardPrefix)
		if !card {
			continue
		}
		r := named[id]
		if r != nil {
			r = &record{values: r.values, at: 1}
		}
		if r == nil || r.time().After(sale.recordedAt) {
			a.broken("NAMES", e.table, e.text, "the gift card %s had no number when it was sold", id)
		} else if terms := r.terms(); terms != line.Terms {
			a.broken("L6", orderLines, fmt.Sprintf("%s/%d", e.text, line.Line), "the gift card was sold by %+v, and has %+v", line.Terms, terms)
		}
	}
}

// provePurchase proves that what a customer got stands in their history, and nothing of nobody.
func (a *audit) provePurchase(
	e entity, found map[retail.Key]retail.Row, customer, entity retail.ID, want retail.Purchase, recordedAt time.Time,
) {
	if customer.IsZero() {
		return
	}
	got, there := found[retail.PurchaseKey(customer, want.Kind, entity)].(retail.Purchase)
	if !there {
		a.broken("HISTORY", e.table, e.text, "it is not in the history of its customer")
		return
	}
	if got.Location != want.Location || !got.OccurredAt.Equal(want.OccurredAt) ||
		!got.RecordedAt.Equal(recordedAt) {
		a.broken("HISTORY", e.table, e.text, "the history of its customer says otherwise of it")
	}
}

// boughtSQL tells which of many things are there, in a table, in the name of their customers.
const boughtSQL = `
select k.n from unnest($1::uuid[], $2::uuid[], $3::int8[]) as k(id, customer, n)
join %s t on t.id = k.id and t.customer = k.customer`

// bought is where each kind of purchase is.
var bought = map[retail.PurchaseKind]table{
	retail.PurchaseOrder: orders.table, retail.PurchaseReturn: returns.table, retail.PurchaseInvoice: invoices.table,
}

// provePurchases proves that all that stands in the history of a customer is theirs. That it says what it should is proved with
// the order, the return or the document.
func provePurchases(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	byKind := map[retail.PurchaseKind]*rows{}
	for i, e := range page {
		p := e.row.(retail.Purchase)
		if byKind[p.Kind] == nil {
			byKind[p.Kind] = newRows([]column{{"id", "uuid"}, {"customer", "uuid"}, {"n", "int8"}}, false)
		}
		byKind[p.Kind].id(p.Entity).id(p.Customer).int8(int64(i)).end()
	}
	there := make([]bool, len(page))
	for kind, asked := range byKind {
		in, known := bought[kind]
		if !known {
			continue
		}
		found, err := s.query(fmt.Sprintf(boughtSQL, in.name), asked.params())
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			there[r.int8()] = true
		}
	}
	return func() {
		for i, e := range page {
			if p := e.row.(retail.Purchase); !there[i] {
				a.broken("HISTORY", e.table, e.text, "no %s %s of this customer is there", p.Kind, p.Entity)
			}
		}
	}, nil
}
