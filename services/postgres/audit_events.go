package postgres

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// subjectOf is what others are told of a transaction first of all, and where that is kept.
func subjectOf(h retail.Header) (shard, subject string) {
	_, of, _ := strings.Cut(h.Cause, "/")
	switch charts[h.Kind].cause {
	case retail.OrderPrefix, retail.CartPrefix, returnCause, retail.ReturnRequestPrefix, transferCause, deliveryCause:
		return of, h.Cause
	case holdCause, fulfilmentCause, retail.CountCause, demandCause:
		return h.Location, h.Cause
	}
	if h.Kind == retail.KindMaster {
		return of, h.Cause
	}
	return h.Location, "transaction/" + h.ID.String()
}

// unheard are transactions of which nothing was told under their own subject: prices are put under their list, and told
// variant by variant. They are looked for in the whole shard, many at a time.
type unheard struct {
	headers map[retail.ID]string // the transaction's key for people, by id
	shards  map[string]bool
}

func newUnheard() *unheard {
	return &unheard{headers: map[retail.ID]string{}, shards: map[string]bool{}}
}

// proveTold proves that others were told of a transaction (L9), or leaves that for later.
func (a *audit) proveTold(h retail.Header, beside besideHeaders, later *unheard) {
	event, found := beside.told[h.ID]
	if !found {
		shard, _ := subjectOf(h)
		later.headers[h.ID], later.shards[shard] = idText(h.Location, h.ID), true
	} else if c := charts[h.Kind]; (c.cause == "" || c.recorded != "" || c.cause == retail.GiftCardPrefix) && h.Kind != retail.KindMaster {
		a.proveMoved(h, event)
	}
}

// proveUnheard looks for transactions in the events of their shards.
func (a *audit) proveUnheard(ctx context.Context, u *unheard) error {
	for shard := range u.shards {
		if err := a.hear(ctx, u, shard); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Values(u.headers)) {
		a.broken("L9", transactionsTable, key, "nobody was told of it")
	}
	clear(u.headers)
	clear(u.shards)
	return nil
}

// toldInShardSQL reads which transactions the events of a shard are of.
const toldInShardSQL = `
select seq, transaction_id from events where shard = $1 and seq > $2 order by seq limit $3`

func (a *audit) hear(ctx context.Context, u *unheard, shard string) error {
	for seq := int64(math.MinInt64); len(u.headers) > 0; {
		begun := time.Now()
		var events []*record
		err := a.snapshot(ctx, func(s *snapshot) (err error) {
			events, err = s.query(toldInShardSQL, [][]byte{[]byte(shard), int8Param(seq), int8Param(int64(childrenPerRoot * a.limits.page))})
			return err
		})
		if err != nil || len(events) == 0 {
			return err
		}
		for _, r := range events {
			seq = r.int8()
			delete(u.headers, r.id())
		}
		a.rest(ctx, time.Since(begun))
	}
	return nil
}

// logged is one event, and what it must agree with.
type logged struct {
	// row is its columns, its seal and its seq.
	row         *record
	shard, kind string
	subject     string
	version     int64
	transaction retail.ID
	recordedAt  time.Time
	seq         int64
	// about is the entity that the subject names, if it names one, and aboutVersion that entity's version, 0 where it is not
	// there.
	about        subject
	aboutVersion int64
	// order and back are the order and the return that it is about, whatever it is.
	order, back retail.ID
	// into is the cart that it was merged into, where it is about a cart that was.
	into retail.ID
	// cause is its transaction, if that is in one of the books where it may be.
	cause *retail.Header
	// moved is by how much its transaction changed what is available of the position that it is about.
	moved int64
	// events counts those of the subject with this version and with the one before, whose seq is before.
	events map[int64]int
	before int64
}

// eventsPageSQL reads the log in the order of its key, of which seq is not sealed: the database draws it.
var eventsPageSQL = "select " + names(eventsTable.sealed()) + `, seq
from events where (shard, seq) > ($1, $2) order by shard, seq limit $3`

// eventLog proves the events (L9).
func (a *audit) eventLog(ctx context.Context) error {
	for shard, seq := "", int64(math.MinInt64); ; {
		begun := time.Now()
		var page []*logged
		var causes *around
		err := a.snapshot(ctx, func(s *snapshot) error {
			rows, err := s.query(eventsPageSQL, [][]byte{[]byte(shard), int8Param(seq), int8Param(int64(a.limits.page))})
			if err != nil {
				return err
			}
			page = page[:0]
			for _, row := range rows {
				page = append(page, readLogged(row))
			}
			causes, err = s.besideEvents(page)
			return err
		})
		if err != nil {
			return fmt.Errorf("events: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		for _, e := range page {
			a.proveEvent(e, causes)
			shard, seq = e.shard, e.seq
		}
		a.proved(eventsTable, len(page), "events")
		a.rest(ctx, time.Since(begun))
	}
}

func readLogged(row *record) *logged {
	r := record{values: row.values}
	e := &logged{
		row: row, shard: r.text(), kind: r.text(), subject: r.text(), version: r.int8(), transaction: r.id(), recordedAt: r.time(),
		events: map[int64]int{},
	}
	r.at = len(eventsTable.columns) + 1
	e.seq = r.int8()
	e.about = parseSubject(e.shard, e.subject)
	return e
}

func (e *logged) key() string { return fmt.Sprintf("%s/%d", e.shard, e.seq) }

const (
	// neighboursSQL reads, for each of many events, those of the same subject with its version and the one before. Without a sort,
	// the order leaves but one index to find them by.
	neighboursSQL = `
select k.n, e.version, e.seq
from unnest($1::text[], $2::text[], $3::int8[]) with ordinality as k(shard, subject, version, n)
cross join lateral (
	select e.version, e.seq from events e
	where e.shard = k.shard and e.subject = k.subject and e.version between k.version - 1 and k.version
	order by e.shard, e.subject, e.version offset 0) e`

	// bookedSQL reads the transaction of each of many events from the books where it may be.
	bookedSQL = `
select k.n, t.location, t.kind, t.recorded_at, t.cause
from unnest($1::text[], $2::uuid[], $3::int8[]) as k(location, id, n)
join ledger_transactions t on t.location = k.location and t.id = k.id`
)

// besideEvents reads what the events of a page must agree with, and what is around their causes.
func (s *snapshot) besideEvents(page []*logged) (*around, error) {
	at := newRows([]column{{"shard", "text"}, {"subject", "text"}, {"version", "int8"}}, false)
	for _, e := range page {
		at.text(e.shard).text(e.subject).int8(e.version).end()
	}
	found, err := s.query(neighboursSQL, at.params())
	if err != nil {
		return nil, err
	}
	for _, r := range found {
		e := page[r.int8()-1]
		version, seq := r.int8(), r.int8()
		e.events[version]++
		if version < e.version {
			e.before = seq
		}
	}
	if err := s.entityVersions(page); err != nil {
		return nil, err
	}
	if err := s.movedLow(page); err != nil {
		return nil, err
	}
	of := newAsked()
	for _, e := range page {
		of.orders[e.order], of.returns[e.back] = true, true
		of.cause(e.subject)
	}
	places, err := s.around(of)
	if err != nil {
		return nil, err
	}
	return s.booked(page, places)
}

// booked reads the transactions of events, and returns what is around their causes.
func (s *snapshot) booked(page []*logged, places *around) (*around, error) {
	booked := newRows([]column{{"location", "text"}, {"id", "uuid"}, {"n", "int8"}}, false)
	for i, e := range page {
		books := places.books(e.subject)
		if books[e.shard] = true; e.about.event != "" || e.about.table == retail.TableLevels || e.about.table == retail.TableCarts { // what is put, is put at head office
			books[retail.HeadOffice] = true
		}
		for book := range places.books(returnCause + e.back.String()) {
			books[book] = true
		}
		if o := places.orders[e.order]; o != nil {
			maps.Copy(books, o.books)
		}
		for book := range books {
			booked.text(book).id(e.transaction).int8(int64(i)).end()
		}
	}
	found, err := s.query(bookedSQL, booked.params())
	if err != nil {
		return nil, err
	}
	causes := newAsked()
	for _, r := range found {
		e := page[r.int8()]
		e.cause = &retail.Header{Location: r.text(), Kind: retail.Kind(r.text()), RecordedAt: r.time(), Cause: r.text()}
		causes.cause(e.cause.Cause)
	}
	clear(causes.orders)
	clear(causes.deliveries)
	clear(causes.requests)
	return s.around(causes)
}

// proveEvent proves that an event has its seal, its place in the line of its subject, its cause and what it is about.
func (a *audit) proveEvent(e *logged, causes *around) {
	t, key := eventsTable, e.key()
	if sealed := (&record{values: e.row.values, at: len(t.columns)}).int8(); sealed != sealOf(t, e.row) {
		a.broken("SEAL", t, key, "it is not as it was written: its seal does not fit its columns")
	}
	switch {
	case e.events[e.version] > 1:
		a.broken("L9", t, key, "%s has %d events of version %d", e.subject, e.events[e.version], e.version)
	case e.version > 1 && e.events[e.version-1] == 0:
		a.broken("L9", t, key, "%s has version %d, and no version %d", e.subject, e.version, e.version-1)
	case e.version > 1 && e.before >= e.seq:
		a.broken("L9", t, key, "version %d of %s is logged before version %d", e.version, e.subject, e.version-1)
	case e.version < 1 || e.events[0] > 0:
		a.broken("L9", t, key, "%s has a version below 1", e.subject)
	}
	h := e.cause
	switch {
	case h == nil:
		a.broken("L9", t, key, "its transaction %s is in none of the books where it may be", e.transaction)
	case !h.RecordedAt.Equal(e.recordedAt):
		a.broken("L9", t, key, "it was recorded at %s, and its transaction at %s", e.recordedAt, h.RecordedAt)
	case !e.tells(*h, causes):
		a.broken("L9", t, key, "%s of %s is not what a %s for %s tells", e.kind, e.subject, h.Kind, h.Cause)
	}
	if e.about.table != 0 && e.aboutVersion < e.version {
		a.broken("L9", t, key, "%s is of version %d, and has an event of version %d", e.subject, e.aboutVersion, e.version)
	}
}
