package postgres

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

var (
	// An act tells its events under one id in all its books. The inner reads with limits keep these loops along the indexes, whatever the
	// planner thinks of the log: no act has more entries or books than one command may name rows.
	touchedBetween = readStatement("touched_between", `
select e.location, e.asset, min(e.version), max(e.version), max(v.seq)
from (select t.transaction_id, max(t.seq) as seq from events t where t.seq > $1::int8 and t.seq <= $2::int8 group by t.transaction_id) v
cross join lateral (select h.location from ledger_transactions h where h.id = v.transaction_id limit 100000) h
cross join lateral (select * from ledger_entries n where n.location = h.location and n.transaction_id = v.transaction_id
    limit 100000) e
where e.version > 0
group by e.location, e.asset
order by max(v.seq), e.location, e.asset`)

	// What moved a position after a version, up to the one that it was read at.
	movedWithin = readStatement("moved_within", `
select k.n, w.*
from unnest($1::text[], $2::text[], $3::int8[], $4::int8[]) with ordinality as k(location, sku, after, version, n)
cross join lateral (
    select `+movedSQL("true")+`
    from ledger_entries e where e.location = k.location and e.asset = k.sku and e.version > 0 and e.version > k.after
        and e.version <= k.version
) w`)

	levelsByKey = readStatement("levels_by_key", `
select k.n, `+levelColumns+`
from unnest($1::text[], $2::text[]) with ordinality as k(location, sku, n)
cross join lateral (select * from stock_levels s where s.location = k.location and s.sku = k.sku limit 1) t`)
)

// everythingAfter is beyond every seq.
const everythingAfter = 1<<63 - 1

// PositionsMoved returns the positions that acts with events after one seq and up to another moved, each with its version after the last
// of them, in the order of their last events. All of them must be committed.
func (db *DB) PositionsMoved(ctx context.Context, after, upTo int64) (moved []retail.Level, err error) {
	err = db.read(ctx, func(p *pipeline) {
		p.queue(touchedBetween, [][]byte{int8Param(after), int8Param(upTo)}, each(func(r *record) error {
			level := retail.Level{Location: r.text(), SKU: r.text()}
			r.int8() // the first version
			level.Version = r.int8()
			moved = append(moved, level)
			return nil
		}))
	})
	return moved, err
}

// LevelsAtVersions returns what positions counted at versions that they had.
func (db *DB) LevelsAtVersions(ctx context.Context, wanted []retail.Level) ([]retail.Level, error) {
	keys := newRows([]column{{"location", "text"}, {"sku", "text"}}, false)
	for _, level := range wanted {
		keys.text(level.Location).text(level.SKU).end()
	}
	found := make([]retail.Level, len(wanted))
	err := db.read(ctx, func(p *pipeline) {
		p.queue(levelsByKey, keys.params(), each(func(r *record) error {
			i := r.int8() - 1
			found[i] = readLevel(r)
			return nil
		}))
	})
	if err != nil {
		return nil, err
	}
	back := newFoldBack()
	for i := range found {
		back.to(&found[i], wanted[i].Version)
	}
	return found, db.read(ctx, back.queue)
}

// foldBack takes levels back to versions before.
type foldBack struct {
	asked  *rows
	levels []*retail.Level
}

func newFoldBack() *foldBack {
	return &foldBack{asked: newRows([]column{{"location", "text"}, {"sku", "text"}, {"after", "int8"}, {"version", "int8"}}, false)}
}

// to notes that a level is to be what it was at a version.
func (f *foldBack) to(level *retail.Level, version int64) {
	if version < level.Version {
		f.asked.text(level.Location).text(level.SKU).int8(version).int8(level.Version).end()
		f.levels = append(f.levels, level)
		level.Version = version
	}
}

// queue reads what is to be undone, and undoes it.
func (f *foldBack) queue(p *pipeline) {
	if len(f.levels) == 0 {
		return
	}
	p.queue(movedWithin, f.asked.params(), each(func(r *record) error {
		level := f.levels[r.int8()-1]
		for u := range level.Units {
			level.Units[u] -= r.int8()
		}
		return nil
	}))
}

// LevelsAtCut returns a page of positions as the acts left them whose events stand in the log up to a cut, which must be closed: of
// some SKUs, at some locations or everywhere; or of a location or all, after a mark, at most so many.
//
// It reads them as they are, and in the same snapshot what the log has beyond the cut, which is what was committed in the last
// moments; by that it folds them back.
func (db *DB) LevelsAtCut(ctx context.Context, cut int64, q retail.LevelQuery) ([]retail.Level, error) {
	var found []retail.Level
	first := map[retail.Key]int64{} // the first version after the cut
	back := newFoldBack()
	err := db.readWhole(ctx, func(p *pipeline) {
		collect, most := each(func(r *record) error {
			found = append(found, readLevel(r))
			return nil
		}), int8Param(int64(q.Limit))
		switch {
		case len(q.SKUs) > 0 && len(q.Locations) > 0:
			queueLevelsAt(p, q.SKUs, q.Locations, collect)
		case len(q.SKUs) > 0:
			p.queue(levelsEverywhere, [][]byte{textArray(q.SKUs)}, collect)
		case len(q.Locations) > 0:
			p.queue(levelsOfLocation, [][]byte{[]byte(q.Locations[0]), []byte(q.After.SKU), most}, collect)
		default:
			p.queue(levelsAfter, [][]byte{[]byte(q.After.Location), []byte(q.After.SKU), most}, collect)
		}
		p.queue(touchedBetween, [][]byte{int8Param(cut), int8Param(everythingAfter)}, each(func(r *record) error {
			key := retail.LevelKey(r.text(), r.text())
			first[key] = r.int8()
			return nil
		}))
	}, func(p *pipeline) {
		for i := range found {
			if version, moved := first[found[i].Key()]; moved {
				back.to(&found[i], version-1)
			}
		}
		back.queue(p)
	})
	return found, err
}
