package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// stockColumns are the accounts of a position, in the order of retail.Level.Units and of the table's columns.
var stockColumns = strings.Fields("available held committed inspection damaged quarantine incoming")

// movedSQL is what entries e moved in each account, as columns, where a condition holds.
func movedSQL(condition string) string {
	var sums []string
	for _, account := range stockColumns {
		sums = append(sums, "coalesce(sum(case when e.to_account = '"+account+"' then e.quantity when e.from_account = '"+account+
			"' then -e.quantity end) filter (where "+condition+"), 0)::int8")
	}
	return strings.Join(sums, ",\n    ")
}

var (
	// The limits of the inner reads keep them walks along the index, whatever the planner thinks of the rest.
	movementsOf = readStatement("movements_of", `
select e.from_account, e.to_account, e.quantity, e.version, t.id, t.kind, t.occurred_at, t.recorded_at, t.actor, t.channel, t.request_id,
    t.cause, t.reason, t.note
from (select * from ledger_entries m where m.location = $1 and m.asset = $2 and m.version > 0 and m.version <= $3::int8
    order by m.version desc limit $4::int8) e
join ledger_transactions t on t.location = e.location and t.id = e.transaction_id
order by e.version desc`)

	// The moment is compared with the one clock or the other. What is reached of a position is where the walk back ended.
	movedSince = readStatement("moved_since", `
select k.n, w.*
from unnest($1::text[], $2::text[], $3::int8[]) with ordinality as k(location, sku, version, n)
cross join lateral (
    select count(*)::int8, min(e.version), min(t.recorded_at), count(*) filter (where (case when $6::bool then t.occurred_at else
        t.recorded_at end) > $4::timestamptz),
    `+movedSQL("(case when $6::bool then t.occurred_at else t.recorded_at end) > $4::timestamptz")+`
    from (select * from ledger_entries m where m.location = k.location and m.asset = k.sku and m.version > 0 and m.version <= k.version
        order by m.version desc limit $5::int8) e
    join ledger_transactions t on t.location = e.location and t.id = e.transaction_id
) w(walked, version, recorded_at, undone, `+strings.Join(stockColumns, ", ")+`)
where w.walked > 0`)

	levelsAfter = readStatement("levels_after", `
select `+levelColumns+` from stock_levels t where (t.location, t.sku) > ($1::text, $2::text) order by t.location, t.sku limit $3::int8`)

	levelsOfLocation = readStatement("levels_of_location", `
select `+levelColumns+` from stock_levels t where t.location = $1 and t.sku > $2::text order by t.sku limit $3::int8`)

	levelsOfSKU = readStatement("levels_of_sku", `
select `+levelColumns+` from stock_levels t where t.sku collate "POSIX" = $1 and t.location collate "POSIX" > $2::text
order by t.location collate "POSIX" limit $3::int8`)
)

// Movements returns the movements of a position up to a version, newest first, at most so many. What the position counted after
// each is not said.
func (db *DB) Movements(ctx context.Context, location, sku string, upTo int64, limit int) ([]retail.StockMovement, error) {
	var found []retail.StockMovement
	err := db.read(ctx, func(p *pipeline) {
		params := [][]byte{[]byte(location), []byte(sku), int8Param(upTo), int8Param(int64(limit))}
		p.queue(movementsOf, params, each(func(r *record) error {
			m := retail.StockMovement{Entry: retail.Entry{Location: location, Asset: sku}}
			m.Entry.From, m.Entry.To, m.Entry.Quantity, m.Entry.Version = r.text(), r.text(), r.int8(), r.int8()
			m.Header = retail.Header{
				Location: location, ID: r.id(), Kind: retail.Kind(r.text()), OccurredAt: r.time(), RecordedAt: r.time(), Actor: r.text(),
				Channel: r.text(), RequestID: r.id(), Cause: r.text(), Reason: r.text(), Note: r.text(),
			}
			found = append(found, m)
			return nil
		}))
	})
	return found, err
}

// LevelsAfter returns positions after a mark, by location and SKU, at most so many: those of a location, of a SKU, or all.
func (db *DB) LevelsAfter(ctx context.Context, location, sku string, after retail.PositionMark, limit int) ([]retail.Level, error) {
	var found []retail.Level
	err := db.read(ctx, func(p *pipeline) {
		collect, most := each(func(r *record) error {
			found = append(found, readLevel(r))
			return nil
		}), int8Param(int64(limit))
		switch {
		case location != "":
			p.queue(levelsOfLocation, [][]byte{[]byte(location), []byte(after.SKU), most}, collect)
		case sku != "":
			p.queue(levelsOfSKU, [][]byte{[]byte(sku), []byte(after.Location), most}, collect)
		default:
			p.queue(levelsAfter, [][]byte{[]byte(after.Location), []byte(after.SKU), most}, collect)
		}
	})
	return found, err
}

// Limits of a walk back: entries of one position in the first statement, and of all positions in any one. The first is what most
// positions need; 100,000 take some tenths of a second, far below what a transaction may last.
const (
	walkFirst = 16
	walkMax   = 100_000
)

// LevelsAsOf folds levels back to what they were at a time, by the clock of the shop or of the books. A position that nothing had moved by then
// is of version 0. Otherwise the version counts what had moved it.
//
// It walks each position back from the version that it was read at. Entries up to there are committed and never change, so that the
// statements need no common snapshot. Recorded times never run backwards along the versions, so that a walk is over where one is early enough.
func (db *DB) LevelsAsOf(ctx context.Context, now []retail.Level, at time.Time, occurred bool) ([]retail.Level, error) {
	until := at
	if occurred {
		until = at.Add(-retail.OccurredAheadMax) // what was recorded by then cannot have happened after it
	}
	past := make([]retail.Level, len(now))
	reached := make([]int64, len(now)) // the newest version that was not looked at yet
	var open []int
	for i, level := range now {
		past[i], reached[i] = level, level.Version
		past[i].Cases, past[i].Worth = nil, retail.Worth{}
		if level.Version > 0 && level.RecordedAt.After(until) {
			open = append(open, i)
		}
	}
	for depth := walkFirst; len(open) > 0; depth *= 8 {
		asked := newRows([]column{{"location", "text"}, {"sku", "text"}, {"version", "int8"}}, false)
		for _, i := range open {
			asked.text(now[i].Location).text(now[i].SKU).int8(reached[i]).end()
		}
		var next []int
		err := db.read(ctx, func(p *pipeline) {
			depth := max(1, min(depth, walkMax/len(open)))
			params := append(asked.params(), timeParam(at), int8Param(int64(depth)), boolParam(occurred))
			p.queue(movedSince, params, each(func(r *record) error {
				i := open[r.int8()-1]
				r.int8() // how many were walked
				oldest, recorded, undone := r.int8(), r.time(), r.int8()
				for u := range past[i].Units {
					past[i].Units[u] -= r.int8()
				}
				past[i].Version -= undone
				if reached[i] = oldest - 1; reached[i] > 0 && recorded.After(until) {
					next = append(next, i)
				}
				return nil
			}))
		})
		if err != nil {
			return nil, err
		}
		open = next
	}
	return past, nil
}

func boolParam(v bool) []byte {
	if v {
		return []byte{1}
	}
	return []byte{0}
}
