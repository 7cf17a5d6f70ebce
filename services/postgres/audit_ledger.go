package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// nextBookSQL is the next location that has a ledger or stock.
const nextBookSQL = `
select least(
	(select min(location) from ledger_transactions where location %[1]s $1),
	(select min(location) from ledger_entries where location %[1]s $1),
	(select min(location) from stock_levels where location %[1]s $1),
	(select min(location) from oversell_cases where location %[1]s $1))`

// books proves the ledger location by location.
func (a *audit) books(ctx context.Context) error {
	operator, last := ">=", ""
	for {
		var book []byte
		err := a.snapshot(ctx, func(s *snapshot) error {
			found, err := s.query(fmt.Sprintf(nextBookSQL, operator), [][]byte{[]byte(last)})
			if err == nil {
				book = found[0].next()
			}
			return err
		})
		if err != nil || book == nil {
			return err
		}
		operator, last = ">", string(book)
		if err := a.book(ctx, last); err != nil {
			return fmt.Errorf("book of %s: %w", last, err)
		}
		a.summary.Books++
	}
}

// book proves one location: its levels and entries, window by window of its positions, and its oversell cases.
func (a *audit) book(ctx context.Context, book string) error {
	w, err := a.readWindow(ctx, book, "")
	if err != nil {
		return err
	}
	if err := a.ledger(ctx, w); err != nil {
		return err
	}
	for a.proveWindow(w); !w.last; a.proveWindow(w) {
		if w, err = a.readWindow(ctx, book, w.until); err != nil {
			return err
		}
		if err := a.foldOnly(ctx, w); err != nil {
			return err
		}
	}
	return a.cases(ctx, book)
}

var ledgerFamily = family{root: transactionsTable, children: []table{entriesTable}}

// foldOnly passes over a book once more, for positions that did not fit the window of the pass that proved it.
func (a *audit) foldOnly(ctx context.Context, w *window) error {
	for page, err := range a.pages(ctx, ledgerFamily, [][]byte{[]byte(w.book)}, 1, nil) {
		if err != nil {
			return err
		}
		for _, m := range page {
			if m.root == nil {
				continue
			}
			h, _ := readHeader(m)
			for _, e := range h.Entries {
				w.fold(e, h.RecordedAt)
			}
		}
		if len(w.unknown) >= a.limits.unknown {
			if err := a.proveUnknown(ctx, w); err != nil {
				return err
			}
		}
	}
	return a.proveUnknown(ctx, w)
}

// readHeader reads a transaction with its entries; count is how many it says it has.
func readHeader(m member) (h retail.Header, count int32) {
	r := record{values: m.root.values}
	h = retail.Header{
		Location: r.text(), ID: r.id(), Kind: retail.Kind(r.text()), OccurredAt: r.time(), RecordedAt: r.time(), Actor: r.text(),
		Channel: r.text(), RequestID: r.id(), Cause: r.text(),
	}
	count = r.int4()
	for _, row := range m.children[0] {
		h.Entries = append(h.Entries, readEntry(row))
	}
	return h, count
}

func readEntry(row *record) retail.Entry {
	r := record{values: row.values, at: 3}
	return retail.Entry{
		Location: string(row.values[0]), From: r.text(), To: r.text(), Asset: r.text(), Quantity: r.int8(), Version: r.int8(),
	}
}

// ledger proves the transactions and entries of a book (L1, L8, L9), and folds them into a window.
func (a *audit) ledger(ctx context.Context, w *window) error {
	later := newUnheard()
	var beside besideHeaders
	pages := a.pages(ctx, ledgerFamily, [][]byte{[]byte(w.book)}, 1, func(s *snapshot, page []member) (err error) {
		beside, err = s.besideHeaders(page)
		return err
	})
	for page, err := range pages {
		if err != nil {
			return err
		}
		for _, m := range a.verify(ledgerFamily, page, "L1", "ledger of "+w.book) {
			h, count := readHeader(m)
			a.proveHeader(h, count, m.children[0], beside)
			a.proveRequestOf(h, beside)
			a.proveTold(h, beside, later)
			for _, e := range h.Entries {
				w.fold(e, h.RecordedAt)
			}
		}
		if len(w.unknown) >= a.limits.unknown {
			if err := a.proveUnknown(ctx, w); err != nil {
				return err
			}
		}
		if len(later.headers) >= a.limits.unheard {
			if err := a.proveUnheard(ctx, later); err != nil {
				return err
			}
		}
	}
	if err := a.proveUnheard(ctx, later); err != nil {
		return err
	}
	return a.proveUnknown(ctx, w)
}

// besideHeaders is what the headers of a page must agree with.
type besideHeaders struct {
	// requests are when each was recorded.
	requests map[retail.ID]time.Time
	// told is one event of each transaction.
	told map[retail.ID]told
	// soldAt is the selling location of each order.
	soldAt map[retail.ID]string
}

// told is the key of an event, and its body where that is about the transaction itself.
type told struct {
	key  string
	body []byte
}

const (
	requestsOfSQL = `select id, recorded_at from requests where id = any($1::uuid[])`

	// toldSQL finds events by their subject, since no index leads from a transaction to them.
	toldSQL = `
select e.transaction_id, e.shard, e.seq, case when e.subject like 'transaction/%' then e.body end
from (select distinct shard, subject from unnest($1::text[], $2::text[]) as k(shard, subject)) k
join events e on e.shard = k.shard and e.subject = k.subject and e.transaction_id = any($3::uuid[])`
)

func (s *snapshot) besideHeaders(page []member) (besideHeaders, error) {
	beside := besideHeaders{requests: map[retail.ID]time.Time{}, told: map[retail.ID]told{}, soldAt: map[retail.ID]string{}}
	requests := newRows([]column{{"id", "uuid"}}, false)
	asked := newRows([]column{{"shard", "text"}, {"subject", "text"}, {"id", "uuid"}}, false)
	orders := newRows([]column{{"id", "uuid"}}, false)
	for _, m := range page {
		if m.root == nil {
			continue
		}
		h, _ := readHeader(member{root: m.root, children: [][]*record{nil}})
		requests.id(h.RequestID).end()
		shard, name := subjectOf(h)
		asked.text(shard).text(name).id(h.ID).end()
		if of := parseSubject(shard, name); of.table == retail.TableOrders {
			orders.id(of.key.ID).end()
		}
	}
	found, err := s.query(requestsOfSQL, requests.params())
	if err != nil {
		return beside, err
	}
	for _, r := range found {
		beside.requests[r.id()] = r.time()
	}
	if found, err = s.query(toldSQL, asked.params()); err != nil {
		return beside, err
	}
	for _, r := range found {
		beside.told[r.id()] = told{key: fmt.Sprintf("%s/%d", r.text(), r.int8()), body: r.next()}
	}
	if orders.count == 0 {
		return beside, nil
	}
	if found, err = s.query(soldAtSQL, orders.params()); err != nil {
		return beside, err
	}
	for _, r := range found {
		beside.soldAt[r.id()] = r.text()
	}
	return beside, nil
}

// chart is what the entries of a kind may be, restated apart from the rules that post them (retail/doc.go).
type chart struct {
	// moves are from and to accounts; one that ends in a slash stands for all that begin with it, and "order/" for the one
	// of the transaction's cause.
	moves [][2]string
	// cause is what the cause begins with; empty: it may be anything.
	cause string
	// event is what others are told; empty: it is a put, and its event follows from its subject.
	event string
	// late acts may be recorded after they happened.
	late bool
}

var charts = map[retail.Kind]chart{
	retail.KindReceive: {moves: [][2]string{{retail.Supplier, retail.Available}}, event: "StockReceived", late: true},
	retail.KindAdjust: {
		moves: [][2]string{{retail.Found, retail.Available}, {retail.Available, retail.Shrinkage}}, event: "StockAdjusted", late: true,
	},
	retail.KindHold:    {moves: [][2]string{{retail.Available, retail.Held}}, cause: "hold/", event: "StockHeld"},
	retail.KindRelease: {moves: [][2]string{{retail.Held, retail.Available}}, cause: "hold/", event: "HoldReleased"},
	retail.KindExpire:  {moves: [][2]string{{retail.Held, retail.Available}}, cause: "hold/", event: "HoldExpired"},
	retail.KindSale: {
		moves: [][2]string{
			{retail.Available, retail.Customer}, {retail.Sales, retail.OrderPrefix}, {retail.TaxPrefix, retail.OrderPrefix},
			{retail.OrderPrefix, retail.TenderPrefix}, {retail.CashTender, retail.OrderPrefix},
		},
		cause: retail.OrderPrefix, event: "OrderPlaced", late: true,
	},
	retail.KindMaster: {},
}

// allows tells whether a kind may move from one account to another for a cause.
func (c chart) allows(e retail.Entry, cause string) bool {
	is := func(account, pattern string) bool {
		switch {
		case pattern == retail.OrderPrefix:
			return account == cause
		case strings.HasSuffix(pattern, "/"):
			return strings.HasPrefix(account, pattern)
		}
		return account == pattern
	}
	return slices.ContainsFunc(c.moves, func(m [2]string) bool { return is(e.From, m[0]) && is(e.To, m[1]) })
}

// proveHeader proves that a transaction is well-formed and of its kind's chart (L1). That a hold or a sale has posted exactly
// what it should is proved from the document, which is what says so.
func (a *audit) proveHeader(h retail.Header, count int32, lines []*record, beside besideHeaders) {
	t, key := transactionsTable, idText(h.Location, h.ID)
	c, known := charts[h.Kind]
	switch {
	case !known:
		a.broken("L1", t, key, "%s is no kind of act", h.Kind)
		return
	case int(count) != len(lines):
		a.broken("L1", t, key, "it has %d entries, and there are %d", count, len(lines))
	case len(c.moves) > 0 && count == 0:
		a.broken("L1", t, key, "a %s without entries", h.Kind)
	case !strings.HasPrefix(h.Cause, c.cause) || h.Kind == retail.KindMaster && h.Cause == "":
		a.broken("L1", t, key, "%s is no cause of a %s", h.Cause, h.Kind)
	case h.Location != homeOf(h, beside):
		a.broken("L1", t, key, "a %s for %s belongs into the book of %q", h.Kind, h.Cause, homeOf(h, beside))
	case !c.late && !h.OccurredAt.Equal(h.RecordedAt):
		a.broken("L1", t, key, "a %s happens when it is recorded", h.Kind)
	case (h.Kind == retail.KindMaster || h.Kind == retail.KindReceive || h.Kind == retail.KindAdjust) && h.Channel != "":
		a.broken("L1", t, key, "a %s through the channel %s", h.Kind, h.Channel)
	}
	for i, e := range h.Entries {
		a.proveEntry(h, c, e, lines[i])
	}
}

// homeOf is the one book in which a transaction has its place.
func homeOf(h retail.Header, beside besideHeaders) string {
	switch h.Kind {
	case retail.KindMaster:
		return retail.HeadOffice
	case retail.KindSale:
		return beside.soldAt[parseSubject(subjectOf(h)).key.ID]
	}
	return h.Location
}

func (a *audit) proveEntry(h retail.Header, c chart, e retail.Entry, row *record) {
	t, key := entriesTable, keyText(entriesTable, row)
	from, to := retail.KindOf(e.From), retail.KindOf(e.To)
	switch {
	case from == retail.NoAccount || to == retail.NoAccount:
		a.broken("L1", t, key, "%s or %s is no account", e.From, e.To)
	case from != to || e.From == e.To:
		a.broken("L1", t, key, "nothing moves from %s to %s", e.From, e.To)
	case e.Quantity <= 0:
		a.broken("L1", t, key, "it moves %d", e.Quantity)
	case !c.allows(e, h.Cause):
		a.broken("L1", t, key, "a %s for %s does not move from %s to %s", h.Kind, h.Cause, e.From, e.To)
	case from == retail.UnitAccount && (e.Asset == "" || e.Version < 1):
		a.broken("L1", t, key, "it moves units of %q to version %d", e.Asset, e.Version)
	case from == retail.MoneyAccount && (!isCurrency(e.Asset) || e.Version != 0):
		a.broken("L1", t, key, "it moves money in %q to version %d", e.Asset, e.Version)
	}
}

// isCurrency tells whether an asset is an ISO 4217 code.
func isCurrency(asset string) bool {
	return len(asset) == 3 && strings.Trim(asset, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// proveMoved compares what others were told of a delivery or an adjustment with what was posted.
func (a *audit) proveMoved(h retail.Header, event told) {
	var moved retail.StockMoved
	if err := json.Unmarshal(event.body, &moved); err != nil {
		a.broken("L9", eventsTable, event.key, "its body can't be read: %v", err)
		return
	}
	same := moved.Location == h.Location && moved.Cause == h.Cause && len(moved.Lines) == len(h.Entries)
	for i := 0; same && i < len(moved.Lines); i++ {
		line, e := moved.Lines[i], h.Entries[i]
		units := e.Quantity
		if e.From == retail.Available {
			units = -units
		}
		same = line.SKU == e.Asset && line.Quantity == units
	}
	if !same {
		a.broken("L9", eventsTable, event.key, "others were told of another movement than was posted")
	}
}
