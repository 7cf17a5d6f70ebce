package postgres

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// besideHeaders is what the headers of a page must agree with.
type besideHeaders struct {
	// requests are when each was recorded.
	requests map[retail.ID]time.Time
	// told is one event of each transaction.
	told map[retail.ID]told
	// around is where the orders, returns, transfers and deliveries of their causes may be booked.
	around *around
	// handedAt is the place of the fulfilment of each handover.
	handedAt map[retail.ID]string
	// homes are the headers in the acts' own places, of those that are elsewhere.
	homes map[retail.ID]retail.Header
	// settled is what each transaction owes between two books by the other one, by both and the currency.
	settled map[settlement]int64
	// reasons are those that somebody put, of those that are named.
	reasons map[retail.Key]retail.Row
}

// told is the key of an event, and its body where that is about the transaction itself.
type told struct {
	key  string
	body []byte
}

// settlement is what one transaction says in one book of another one.
type settlement struct {
	transaction retail.ID
	book, other string
	currency    string
}

const (
	requestsOfSQL = `select id, recorded_at from requests where id = any($1::uuid[])`

	// toldSQL finds events by their subject, since no index leads from a transaction to them.
	toldSQL = `
select e.transaction_id, e.shard, e.seq, case when e.subject like 'transaction/%' then e.body end
from (select distinct shard, subject from unnest($1::text[], $2::text[]) as k(shard, subject)) k
join events e on e.shard = k.shard and e.subject = k.subject and e.transaction_id = any($3::uuid[])`

	// handedAtSQL finds where the goods of each of many handovers left, by the fulfilment that tells of it.
	handedAtSQL = `
select k.id, l.fulfil_location
from unnest($1::uuid[], $2::uuid[]) as k(id, order_id)
cross join lateral (select distinct l.fulfil_location, l.fulfilment from order_lines l
    where l.order_id = k.order_id and l.fulfilment is not null) l
join events e on e.shard = l.fulfil_location and e.subject = 'fulfilment/' || l.fulfilment::text and e.transaction_id = k.id`

	// settledSQL reads what transactions posted to an account in another book.
	settledSQL = `
select e.transaction_id, e.location, e.from_account, e.to_account, e.asset, e.quantity
from (select distinct location, id from unnest($1::text[], $2::uuid[]) as k(location, id)) k
join ledger_entries e on e.location = k.location and e.transaction_id = k.id`
)

var homesSQL = "select " + prefixed(transactionsTable.columns) + `
from unnest($1::text[], $2::uuid[]) as k(location, id) join ledger_transactions t on t.location = k.location and t.id = k.id`

func (s *snapshot) besideHeaders(page []member) (besideHeaders, error) {
	b := besideHeaders{
		requests: map[retail.ID]time.Time{}, told: map[retail.ID]told{}, handedAt: map[retail.ID]string{},
		homes: map[retail.ID]retail.Header{}, settled: map[settlement]int64{},
	}
	var headers []retail.Header
	requests := newRows([]column{{"id", "uuid"}}, false)
	heard := newRows([]column{{"shard", "text"}, {"subject", "text"}, {"id", "uuid"}}, false)
	causes := newAsked()
	for _, m := range page {
		if m.root == nil {
			continue
		}
		h, _ := readHeader(m)
		headers = append(headers, h)
		requests.id(h.RequestID).end()
		shard, name := subjectOf(h)
		heard.text(shard).text(name).id(h.ID).end()
		causes.cause(h.Cause)
	}
	found, err := s.query(requestsOfSQL, requests.params())
	if err != nil {
		return b, err
	}
	for _, r := range found {
		b.requests[r.id()] = r.time()
	}
	if found, err = s.query(toldSQL, heard.params()); err != nil {
		return b, err
	}
	for _, r := range found {
		b.told[r.id()] = told{key: fmt.Sprintf("%s/%d", r.text(), r.int8()), body: r.next()}
	}
	if b.around, err = s.around(causes); err != nil {
		return b, err
	}
	var reasons []referred
	for _, h := range headers {
		if h.Reason != "" {
			reasons = append(reasons, referred{key: retail.StockReasonKey(h.Reason)})
		}
	}
	if b.reasons, err = s.existing(reasons); err != nil {
		return b, err
	}
	return b, cmp.Or(s.handovers(headers, b.handedAt), s.homes(headers, b), s.settlements(headers, b.settled))
}

// knows tells whether there is a reason: one that somebody put, or one that nobody has to.
func (b besideHeaders) knows(reason string) bool {
	_, standard := retail.StandardReason(reason)
	return standard || b.reasons[retail.StockReasonKey(reason)] != nil
}

// handovers reads where the goods of handovers left.
func (s *snapshot) handovers(headers []retail.Header, handedAt map[retail.ID]string) error {
	asked := newRows([]column{{"id", "uuid"}, {"order", "uuid"}}, false)
	for _, h := range headers {
		if order, found := causeID(h.Cause, retail.OrderPrefix); found && h.Kind == retail.KindHandover {
			asked.id(h.ID).id(order).end()
		}
	}
	if asked.count == 0 {
		return nil
	}
	found, err := s.query(handedAtSQL, asked.params())
	for _, r := range found {
		handedAt[r.id()] = r.text()
	}
	return err
}

// homes reads the headers in the acts' own places, of those headers that are elsewhere.
func (s *snapshot) homes(headers []retail.Header, b besideHeaders) error {
	asked := transactionsTable.keys(2)
	for _, h := range headers {
		if home := b.homeOf(h); home != h.Location && home != "" {
			asked.text(home).id(h.ID).end()
		}
	}
	if asked.count == 0 {
		return nil
	}
	found, err := s.query(homesSQL, asked.params())
	for _, r := range found {
		h, _ := readHeader(member{root: r, children: [][]*record{nil}})
		b.homes[h.ID] = h
	}
	return err
}

// settlements reads what the other books of a page's transactions say of those that settle with them.
func (s *snapshot) settlements(headers []retail.Header, settled map[settlement]int64) error {
	asked := transactionsTable.keys(2)
	for _, h := range headers {
		for of := range settles(h) {
			asked.text(of.other).id(h.ID).end()
		}
	}
	if asked.count == 0 {
		return nil
	}
	found, err := s.query(settledSQL, asked.params())
	for _, r := range found {
		of := settlement{transaction: r.id(), book: r.text()}
		e := retail.Entry{From: r.text(), To: r.text(), Asset: r.text(), Quantity: r.int8()}
		settle(settled, of, e)
	}
	return err
}

// settles sums what a transaction posted to settlement, by the other book and the currency.
func settles(h retail.Header) map[settlement]int64 {
	sums := map[settlement]int64{}
	for _, e := range h.Entries {
		settle(sums, settlement{transaction: h.ID, book: h.Location}, e)
	}
	return sums
}

// settle adds an entry of a book to the sums.
func settle(sums map[settlement]int64, of settlement, e retail.Entry) {
	of.currency = e.Asset
	if other, found := strings.CutPrefix(e.From, retail.SettlementPrefix); found {
		of.other = other
		sums[of] -= e.Quantity
	}
	if other, found := strings.CutPrefix(e.To, retail.SettlementPrefix); found {
		of.other = other
		sums[of] += e.Quantity
	}
}

// proveSettled proves that what a transaction owes between two books is equal and opposite in both (L10). So it is in sum: no
// entry of settlement is in a transaction that is not proved.
func (a *audit) proveSettled(h retail.Header, beside besideHeaders) {
	sums := settles(h)
	for _, of := range slices.SortedFunc(maps.Keys(sums), func(x, y settlement) int { return strings.Compare(x.other, y.other) }) {
		back := settlement{transaction: h.ID, book: of.other, other: of.book, currency: of.currency}
		if sums[of]+beside.settled[back] != 0 || of.other == of.book {
			a.broken("L10", transactionsTable, idText(h.Location, h.ID), "it settles %d %s with %s, where it settles %d",
				sums[of], of.currency, of.other, beside.settled[back])
		}
	}
}

// homeOf is the book of a transaction's own place.
func (b besideHeaders) homeOf(h retail.Header) string {
	switch h.Kind {
	case retail.KindMaster:
		return retail.HeadOffice
	case retail.KindHandover:
		return b.handedAt[h.ID]
	case retail.KindReturn, retail.KindExchange:
		id, _ := causeID(h.Cause, returnCause)
		return b.around.returns[id].location
	case retail.KindRequest, retail.KindTransfer, retail.KindArrival:
		id, _ := causeID(h.Cause, transferCause)
		if h.Kind == retail.KindTransfer {
			return b.around.transfers[id].from
		}
		return b.around.transfers[id].to
	case retail.KindByPost:
		id, _ := causeID(h.Cause, retail.ReturnRequestPrefix)
		return b.around.requests[id]
	case retail.KindExpect, retail.KindDelivery:
		id, _ := causeID(h.Cause, deliveryCause)
		return b.around.deliveries[id]
	}
	if charts[h.Kind].cause == retail.OrderPrefix {
		id, _ := causeID(h.Cause, retail.OrderPrefix)
		if o := b.around.orders[id]; o != nil {
			return o.soldAt
		}
		return ""
	}
	return h.Location
}
