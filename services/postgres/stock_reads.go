package postgres

import (
	"context"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

var levelColumns = prefixed(levels.table.columns)

var (
	levelsEverywhere = readStatement("levels_everywhere", `
select `+levelColumns+`
from unnest($1::text[]) with ordinality as k(sku, n)
join stock_levels t on t.sku = k.sku
order by k.n, t.location`)

	// A place that never had a SKU answers with zeros, which is why the levels are joined from the outside.
	levelsAt = readStatement("levels_at", `
select l.location, k.sku, coalesce(t.available, 0), coalesce(t.held, 0), coalesce(t.committed, 0), coalesce(t.inspection, 0),
    coalesce(t.damaged, 0), coalesce(t.quarantine, 0), coalesce(t.incoming, 0), coalesce(t.version, 0),
    coalesce(t.recorded_at, '2000-01-01Z')
from unnest($1::text[]) with ordinality as k(sku, n)
cross join unnest($2::text[]) as l(location)
left join stock_levels t on t.location = l.location and t.sku = k.sku
order by k.n, l.location collate "C"`)

	holdNow = readStatement("hold_now", `
select `+prefixed(holds.table.columns)+`, clock_timestamp() from holds t where t.location = $1 and t.id = $2`)

	holdLinesOf = readStatement("hold_lines_of", `
select `+prefixed(holdLines.columns)+` from hold_lines t where t.location = $1 and t.hold_id = $2 order by t.line`)

	expiredHolds = readStatement("expired_holds", `
with due as (
    select t.location, t.id from holds t where t.state = 'HELD' and t.expires_at <= clock_timestamp() order by t.expires_at limit $1
)
select t.location, t.hold_id, t.sku, t.quantity
from due join hold_lines t on t.location = due.location and t.hold_id = due.id
order by t.location, t.hold_id, t.line`)

	openCasesAfter = readStatement("open_cases_after", `
select t.location, t.sku, t.transaction_id, t.units, t.open_units, t.cause, t.opened_at, t.recorded_at,
    (select coalesce(sum(o.open_units), 0)::int8 from oversell_cases o
     where o.location = t.location and o.sku = t.sku and o.open_units > 0
         and (o.opened_at, o.transaction_id) < (t.opened_at, t.transaction_id))
from oversell_cases t
where t.location = $1 and t.open_units > 0 and (t.opened_at, t.sku, t.transaction_id) > ($2::timestamptz, $3::text, $4::uuid)
order by t.opened_at, t.sku, t.transaction_id
limit $5`)

	holdsOfPositions = readStatement("holds_of_positions", `
select l.sku, h.id, l.quantity
from hold_lines l join holds h on h.location = l.location and h.id = l.hold_id
where h.location = $1 and h.state = 'HELD' and l.sku = any($2::text[])
order by h.recorded_at desc, h.id desc`)
)

// Levels returns positions by SKU in the order given, then by location: those at the places named, or all there are.
func (db *DB) Levels(ctx context.Context, skus, locations []string) ([]retail.Level, error) {
	found := make([]retail.Level, 0, len(skus)*max(1, len(locations)))
	err := db.read(ctx, func(p *pipeline) {
		collect := each(func(r *record) error {
			found = append(found, readLevel(r))
			return nil
		})
		if len(locations) == 0 {
			p.queue(levelsEverywhere, [][]byte{textArray(skus)}, collect)
		} else {
			p.queue(levelsAt, [][]byte{textArray(skus), textArray(locations)}, collect)
		}
	})
	return found, err
}

// Hold returns a hold as it is at this moment: past its expiry it is expired, swept or not.
func (db *DB) Hold(ctx context.Context, location string, id retail.ID) (retail.Hold, bool, error) {
	found, err := db.Holds(ctx, []retail.HoldRef{{Location: location, ID: id}})
	if err != nil {
		return retail.Hold{}, false, err
	}
	return found[0], !found[0].ID.IsZero(), nil
}

// Holds returns holds in the order asked, each as it is at this moment, in one round trip; one that is not there is without an id.
func (db *DB) Holds(ctx context.Context, refs []retail.HoldRef) ([]retail.Hold, error) {
	roots, lines := make([]*record, len(refs)), make([][]*record, len(refs))
	err := db.read(ctx, func(p *pipeline) {
		for i, ref := range refs {
			key := [][]byte{[]byte(ref.Location), idParam(ref.ID)}
			p.queue(holdNow, key, each(func(r *record) error {
				roots[i] = copyRecord(r.values)
				return nil
			}))
			p.queue(holdLinesOf, key, each(func(r *record) error {
				lines[i] = append(lines[i], copyRecord(r.values))
				return nil
			}))
		}
	})
	found := make([]retail.Hold, len(refs))
	for i, root := range roots {
		if root != nil && err == nil {
			found[i] = readHold(root, lines[i]).At(root.time())
		}
	}
	return found, err
}

// ExpiredHolds returns holds whose time is over and that were not swept yet, at most so many.
func (db *DB) ExpiredHolds(ctx context.Context, limit int) ([]retail.Hold, error) {
	var due []retail.Hold
	err := db.read(ctx, func(p *pipeline) {
		p.queue(expiredHolds, [][]byte{int8Param(int64(limit))}, each(func(r *record) error {
			location, id := r.text(), r.id()
			if n := len(due); n == 0 || due[n-1].ID != id || due[n-1].Location != location {
				due = append(due, retail.Hold{Location: location, ID: id})
			}
			last := &due[len(due)-1]
			last.Lines = append(last.Lines, retail.Line{SKU: r.text(), Quantity: r.int8()})
			return nil
		}))
	})
	return due, err
}

// OpenCases returns open oversell cases of a place, oldest first, after a mark, each with the holds at its position.
func (db *DB) OpenCases(ctx context.Context, location string, after retail.CaseMark, limit int) ([]retail.OpenCase, error) {
	var cases []retail.OpenCase
	var skus []string
	from := after.OpenedAt
	if from.IsZero() {
		from = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	err := db.readWhole(ctx, func(p *pipeline) {
		params := [][]byte{[]byte(location), timeParam(from), []byte(after.SKU), idParam(after.Transaction), int8Param(int64(limit))}
		p.queue(openCasesAfter, params, each(func(r *record) error {
			var one retail.OpenCase
			one.Location, one.SKU, one.OversellCase = readCase(r)
			one.ShortAhead = r.int8()
			cases = append(cases, one)
			skus = append(skus, one.SKU)
			return nil
		}))
	}, func(p *pipeline) {
		if len(cases) == 0 {
			return
		}
		p.queue(holdsOfPositions, [][]byte{[]byte(location), textArray(skus)}, each(func(r *record) error {
			sku, held := r.text(), retail.HeldUnits{Hold: r.id(), Units: r.int8()}
			for i := range cases {
				if cases[i].SKU == sku {
					cases[i].Holds = append(cases[i].Holds, held)
				}
			}
			return nil
		}))
	})
	return cases, err
}
