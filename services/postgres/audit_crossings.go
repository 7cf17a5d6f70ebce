package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

const (
	// watchedSQL reads positions of a book that have a threshold, or had one that was crossed.
	watchedSQL = `
select l.sku, l.version, coalesce(l.low_told, 0), coalesce(r.version, 0)
from stock_levels l left join stock_rules r on r.location = l.location and r.sku = l.sku
where l.location = $1 and l.sku > $2::text and (l.low_below is not null or l.low_told is not null)
order by l.sku limit $3::int8`

	// toldOfSQL reads the events of many subjects up to a version of each.
	toldOfSQL = `
select k.n, e.version, e.kind, e.transaction_id, e.body
from unnest($1::text[], $2::text[], $3::int8[]) with ordinality as k(shard, subject, version, n)
cross join lateral (
	select e.version, e.kind, e.transaction_id, e.body from events e
	where e.shard = k.shard and e.subject = k.subject and e.version <= k.version
	order by e.shard, e.subject, e.version offset 0) e`

	// movedOfSQL reads what the entries of a position moved in available, between two versions.
	movedOfSQL = `
select m.version, m.transaction_id,
    (case when m.to_account = 'available' then m.quantity when m.from_account = 'available' then -m.quantity else 0 end)::int8
from ledger_entries m
where m.location = $1 and m.asset = $2 and m.version > 0 and m.version > $3::int8 and m.version <= $4::int8
order by m.version limit $5::int8`
)

// Limits of the proof of crossings: positions of a page, and entries of one read.
const (
	watchedMax = 500
	movedMax   = 10_000
)

// watched is a position that others are told of when it is low.
type watched struct {
	sku string
	// until is the version up to which it is followed; later ones were not there when the page was read.
	until int64
	puts  []lowPut
	told  []lowTold
	// The position as it was at a version, and whether others were told that it is low.
	version, available, below int64
	low                       bool
	// heard is how many of the events were expected so far; wrong what was found first.
	heard int
	wrong string
}

// lowPut is a rule that was put, and at which version of the position.
type lowPut struct {
	version     int64
	transaction retail.ID
	Position    int64
	LowBelow    int64 `json:"low_below"`
	Removed     bool
}

type lowTold struct {
	version     int64
	kind        string
	transaction retail.ID
	retail.LowStock
}

// crossings follows every position of a book that has a threshold from its first entry on, and proves that others were told of each
// crossing, either way, as it was, and of nothing else (L9). What is followed was committed and never changes, so that the reads need
// no common snapshot.
func (a *audit) crossings(ctx context.Context, book string) error {
	for after := ""; ; {
		begun := time.Now()
		var page []*watched
		err := a.snapshot(ctx, func(s *snapshot) (err error) {
			page, err = s.watched(book, after)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		a.rest(ctx, time.Since(begun))
		for _, w := range page {
			after = w.sku
			if err := a.follow(ctx, book, w); err != nil {
				return err
			}
			if w.wrong != "" {
				a.broken("L9", levels.table, book+"/"+w.sku, "%s", w.wrong)
			}
		}
	}
}

// watched reads a page of positions, their rules and what was told of them.
func (s *snapshot) watched(book, after string) ([]*watched, error) {
	found, err := s.query(watchedSQL, [][]byte{[]byte(book), []byte(after), int8Param(watchedMax)})
	if err != nil {
		return nil, err
	}
	page := make([]*watched, len(found))
	columns := []column{{"shard", "text"}, {"subject", "text"}, {"version", "int8"}}
	told, puts := newRows(columns, false), newRows(columns, false)
	for i, r := range found {
		page[i] = &watched{sku: r.text(), until: r.int8()}
		told.text(book).text(retail.LowStockPrefix + book + "/" + page[i].sku).int8(r.int8()).end()
		puts.text(book).text("stock-rules/" + book + "/" + page[i].sku).int8(r.int8()).end()
	}
	if len(page) == 0 {
		return nil, nil
	}
	if found, err = s.query(toldOfSQL, told.params()); err != nil {
		return nil, err
	}
	for _, r := range found {
		w := page[r.int8()-1]
		one := lowTold{version: r.int8(), kind: r.text(), transaction: r.id()}
		if err := json.Unmarshal(r.next(), &one.LowStock); err != nil {
			w.wrong = fmt.Sprintf("event %d that it is low can't be read: %v", one.version, err)
		}
		w.told = append(w.told, one)
	}
	if found, err = s.query(toldOfSQL, puts.params()); err != nil {
		return nil, err
	}
	for _, r := range found {
		w := page[r.int8()-1]
		one := lowPut{version: r.int8()}
		r.next() // the kind
		one.transaction = r.id()
		if err := json.Unmarshal(r.next(), &one); err != nil {
			w.wrong = fmt.Sprintf("event %d of its rule can't be read: %v", one.version, err)
		}
		w.puts = append(w.puts, one)
	}
	for _, w := range page {
		slices.SortFunc(w.told, func(x, y lowTold) int { return cmp.Compare(x.version, y.version) })
		slices.SortFunc(w.puts, func(x, y lowPut) int { return cmp.Compare(x.version, y.version) })
	}
	return page, nil
}

// follow goes through the entries and the rules of a position in their order.
func (a *audit) follow(ctx context.Context, book string, w *watched) error {
	var by retail.ID // the transaction that is gone through
	for w.wrong == "" {
		begun := time.Now()
		var moved []*record
		err := a.snapshot(ctx, func(s *snapshot) (err error) {
			moved, err = s.query(movedOfSQL, [][]byte{
				[]byte(book), []byte(w.sku), int8Param(w.version), int8Param(w.until), int8Param(movedMax),
			})
			return err
		})
		if err != nil {
			return err
		}
		for _, r := range moved {
			version, transaction, units := r.int8(), r.id(), r.int8()
			if transaction != by {
				w.cross(by)
				w.rule()
				by = transaction
			}
			w.version = version
			w.available += units
		}
		if len(moved) < movedMax {
			break
		}
		a.rest(ctx, time.Since(begun))
	}
	w.cross(by)
	w.rule()
	switch {
	case len(w.puts) > 0:
		w.say("its rule %d was put at version %d, and it has %d", w.puts[0].version, w.puts[0].Position, w.version)
	case w.heard < len(w.told):
		t := w.told[w.heard]
		w.say("others were told %s at version %d, and it did not become so", t.kind, t.Position)
	}
	return nil
}

// rule puts the rules that were put at the version that the position has.
func (w *watched) rule() {
	for len(w.puts) > 0 && w.puts[0].Position <= w.version {
		p := w.puts[0]
		w.puts = w.puts[1:]
		if w.below = p.LowBelow; p.Removed {
			w.below = 0
		}
		w.cross(p.transaction)
	}
}

// cross expects that others were told by a transaction where it left the position low and it was not, or the other way round.
func (w *watched) cross(by retail.ID) {
	if low := w.below > 0 && w.available < w.below; low == w.low {
		return
	}
	w.low = !w.low
	want := lowTold{kind: "StockRecovered", transaction: by, version: int64(w.heard) + 1}
	if w.low {
		want.kind = "StockLow"
	}
	want.Available, want.LowBelow, want.LowStock.Position = w.available, w.below, w.version
	if w.heard >= len(w.told) {
		w.say("nobody was told %s at version %d, with %d available and low below %d", want.kind, w.version, w.available, w.below)
		return
	}
	got := w.told[w.heard]
	want.Location, want.SKU = got.Location, got.SKU // they are proved with the event
	if w.heard++; got != want {
		w.say("others were told %s, and it was %s", got, want)
	}
}

// say keeps what is found first.
func (w *watched) say(format string, args ...any) {
	if w.wrong == "" {
		w.wrong = fmt.Sprintf(format, args...)
	}
}

// String tells an event for people.
func (t lowTold) String() string {
	return fmt.Sprintf("%s %d by %s at version %d, with %d available and low below %d",
		t.kind, t.version, t.transaction, t.Position, t.Available, t.LowBelow)
}
