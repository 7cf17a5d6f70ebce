package postgres

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// act is one thing that was done with a document: an event, and the transaction that it names, in the books where it may be.
type act struct {
	version     int64
	kind        string
	transaction retail.ID
	recordedAt  time.Time
	body        []byte
	headers     map[string]*retail.Header
}

// header is one of the act's headers, which are the same but for their books and entries; nil where there is none.
func (one *act) header() *retail.Header {
	for _, book := range slices.Sorted(maps.Keys(one.headers)) {
		return one.headers[book]
	}
	return nil
}

// act is the kind of the transaction.
func (one *act) act() retail.Kind {
	if h := one.header(); h != nil {
		return h.Kind
	}
	return ""
}

const (
	// actsSQL reads all events of each of many subjects.
	actsSQL = `
select k.n, e.version, e.kind, e.transaction_id, e.recorded_at, e.body
from unnest($1::text[], $2::text[]) with ordinality as k(shard, subject, n)
join events e on e.shard = k.shard and e.subject = k.subject`
)

var (
	headersOfActsSQL = "select " + prefixed(transactionsTable.columns) + `, k.n
from unnest($1::text[], $2::uuid[], $3::int8[]) as k(location, id, n)
join ledger_transactions t on t.location = k.location and t.id = k.id`

	entriesOfActsSQL = "select " + prefixed(entriesTable.columns) + `, k.n
from unnest($1::text[], $2::uuid[], $3::int8[]) as k(location, id, n)
join ledger_entries t on t.location = k.location and t.transaction_id = k.id`
)

// acts reads what was done with documents, each in the order of versions, without their transactions.
func (s *snapshot) acts(page []entity) ([][]*act, error) {
	asked := newRows([]column{{"shard", "text"}, {"subject", "text"}}, false)
	for _, e := range page {
		shard, name := toldAs(e.row.Key())
		asked.text(shard).text(name).end()
	}
	found, err := s.query(actsSQL, asked.params())
	if err != nil {
		return nil, err
	}
	byDocument := make([][]*act, len(page))
	for _, r := range found {
		n := r.int8() - 1
		byDocument[n] = append(byDocument[n], &act{
			version: r.int8(), kind: r.text(), transaction: r.id(), recordedAt: r.time(), body: r.next(),
			headers: map[string]*retail.Header{},
		})
	}
	for _, acts := range byDocument {
		slices.SortFunc(acts, func(a, b *act) int { return cmp.Compare(a.version, b.version) })
	}
	return byDocument, nil
}

// book reads the transactions of acts from the books where those of each document may be.
func (s *snapshot) book(byDocument [][]*act, books func(document int) map[string]bool) error {
	var all []*act
	keys := newRows([]column{{"location", "text"}, {"id", "uuid"}, {"n", "int8"}}, false)
	for i, acts := range byDocument {
		in := books(i)
		for _, one := range acts {
			for book := range in {
				keys.text(book).id(one.transaction).int8(int64(len(all))).end()
			}
			all = append(all, one)
		}
	}
	found, err := s.query(headersOfActsSQL, keys.params())
	if err != nil {
		return err
	}
	for _, r := range found {
		h, _ := readHeader(member{root: r, children: [][]*record{nil}})
		all[(&record{values: r.values, at: len(transactionsTable.columns)}).int8()].headers[h.Location] = &h
	}
	if found, err = s.query(entriesOfActsSQL, keys.params()); err != nil {
		return err
	}
	for _, r := range found {
		e := readEntry(r)
		if h := all[(&record{values: r.values, at: len(entriesTable.columns)}).int8()].headers[e.Location]; h != nil {
			h.Entries = append(h.Entries, e)
		}
	}
	return nil
}

// proveActs proves that there is one act for each version of a document, each in the ledger, of a kind that tells such an event
// and for a cause that may (L1).
func (a *audit) proveActs(e entity, version int64, acts []*act, causes ...string) bool {
	if version != int64(len(acts)) || version < 1 {
		a.broken("L1", e.table, e.text, "it is of version %d, and %d acts are there", version, len(acts))
		return false
	}
	for _, one := range acts {
		h := one.header()
		if h == nil {
			a.broken("L1", e.table, e.text, "the transaction %s of its version %d is not there", one.transaction, one.version)
			return false
		}
		byReturn := charts[h.Kind].cause == returnCause // which one, is proved with the event
		if !slices.Contains(tellings[one.kind].acts, h.Kind) || !byReturn && !slices.Contains(causes, h.Cause) {
			a.broken("L1", transactionsTable, idText(h.Location, h.ID), "a %s for %s, and %s was told for it", h.Kind, h.Cause, one.kind)
			return false
		}
	}
	return true
}

// bodies reads what others were told of each version of a document (L9).
func bodies[R retail.Row](a *audit, acts []*act) (told []R, readable bool) {
	for _, one := range acts {
		var row R
		if one.body == nil {
			a.broken("L9", eventsTable, one.transaction.String(), "nobody was told of %s", one.kind)
			return nil, false
		}
		if err := json.Unmarshal(one.body, &row); err != nil {
			a.broken("L9", eventsTable, one.transaction.String(), "the body of %s can't be read: %v", one.kind, err)
			return nil, false
		}
		told = append(told, row)
	}
	return told, true
}

// holdsOfOrdersSQL reads the lines of the holds that orders took up.
const holdsOfOrdersSQL = `
select k.n, h.location, h.id, l.sku, l.quantity
from unnest($1::uuid[]) with ordinality as k(id, n) join holds h on h.order_id = k.id
join hold_lines l on l.location = h.location and l.hold_id = h.id`

// holdsOf reads the holds that orders took up.
func (s *snapshot) holdsOf(orders []retail.ID) ([][]retail.Hold, error) {
	asked := newRows([]column{{"id", "uuid"}}, false)
	for _, id := range orders {
		asked.id(id).end()
	}
	found, err := s.query(holdsOfOrdersSQL, asked.params())
	if err != nil {
		return nil, err
	}
	all := make([][]retail.Hold, len(orders))
	for _, r := range found {
		n := r.int8() - 1
		hold := retail.Hold{Location: r.text(), ID: r.id()}
		hold.Lines = []retail.Line{{SKU: r.text(), Quantity: r.int8()}}
		all[n] = append(all[n], hold)
	}
	return all, nil
}

// proveHolds proves that each hold has posted its lines, and given them back when it ended (L1). What an order took up of it is
// proved with the order.
func proveHolds(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	acts, err := s.acts(page)
	if err != nil {
		return nil, err
	}
	err = s.book(acts, func(i int) map[string]bool { return map[string]bool{page[i].row.(retail.Hold).Location: true} })
	if err != nil {
		return nil, err
	}
	var refs []referred
	for i, e := range page {
		if order := e.row.(retail.Hold).Order; !order.IsZero() {
			refs = append(refs, referred{by: i, key: retail.OrderKey(order)})
		}
	}
	found, err := s.existing(refs)
	if err != nil {
		return nil, err
	}
	return func() {
		for _, ref := range refs {
			if found[ref.key] == nil {
				a.broken("L4", page[ref.by].table, page[ref.by].text, "the order %s that took it up is not there", ref.key.ID)
			}
		}
		for i, e := range page {
			a.proveHold(e, e.row.(retail.Hold), acts[i])
		}
	}, nil
}

// holdEnds is what ends a hold in each state.
var holdEnds = map[retail.HoldState]string{
	retail.StateReleased: "HoldReleased", retail.StateExpired: "HoldExpired", retail.StateCommitted: "HoldCommitted",
}

func (a *audit) proveHold(e entity, hold retail.Hold, acts []*act) {
	told := []string{"StockHeld"}
	if end, ended := holdEnds[hold.State]; ended {
		told = append(told, end)
	}
	inTime := hold.RecordedAt.Before(hold.ExpiresAt) == (hold.State != retail.StateExpired)
	if !inTime {
		a.broken("L4", e.table, e.text, "it is %s since %s, and expires at %s", hold.State, hold.RecordedAt, hold.ExpiresAt)
	}
	if hold.Order.IsZero() == (hold.State == retail.StateCommitted) {
		a.broken("L4", e.table, e.text, "it is %s, and taken up by order %s", hold.State, hold.Order)
	}
	seen := map[string]bool{}
	for i, line := range hold.Lines {
		if line.Quantity <= 0 || seen[line.SKU] {
			a.broken("L1", holdLines, fmt.Sprintf("%s/%d", e.text, i+1), "it holds %d of %s", line.Quantity, line.SKU)
		}
		seen[line.SKU] = true
	}
	if len(hold.Lines) == 0 {
		a.broken("L1", e.table, e.text, "it holds nothing")
	}
	_, name := toldAs(hold.Key())
	causes := []string{name, retail.OrderPrefix + hold.Order.String()}
	for i, one := range acts { // what is held for a cart ends with whatever is done to it, such as being merged into another
		if h := one.header(); h != nil && h.Kind == retail.KindCart && (h.Cause == hold.Owner || i > 0 && strings.HasPrefix(hold.Owner, retail.CartPrefix)) {
			causes = append(causes, h.Cause)
		}
	}
	if !a.proveActs(e, hold.Version, acts, causes...) {
		return
	}
	if len(acts) != len(told) {
		a.broken("L1", e.table, e.text, "it is %s, in a state of %d acts, and there are %d", hold.State, len(told), len(acts))
		return
	}
	for i, one := range acts {
		h := one.header()
		if one.kind != told[i] {
			a.broken("L1", e.table, e.text, "it is %s, and its version %d was told as %s", hold.State, one.version, one.kind)
			return
		}
		if one.kind == "HoldCommitted" {
			continue
		}
		want, from, to := postings{}, retail.Available, retail.Held
		if i > 0 {
			from, to = to, from
		}
		for _, line := range hold.Lines {
			want.add(hold.Location, from, to, line.SKU, line.Quantity)
		}
		if h.Kind == retail.KindCart {
			a.provePostingsAmong(one, want)
			continue
		}
		a.provePostings(one, want)
		if h.Channel != hold.Channel {
			a.broken("L1", transactionsTable, idText(h.Location, h.ID), "it came through the channel %s, and its hold through %s",
				h.Channel, hold.Channel)
		}
	}
}
