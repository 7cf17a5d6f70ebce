package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aisle-retail/aisle/services/retail"
)

var levelColumns = prefixed(levels.table.columns)

// ofSKU finds the positions of one SKU after another, by the index in which those stand side by side; without the collation a position
// is found by the primary key, in which those of a place do (see migration 0021).
const ofSKU = `t.sku collate "POSIX" = k.sku`

// levelsAtSQL reads positions by SKU in the order given, then by place. One that never was answers with zeros, which is why they are
// joined from the outside.
func levelsAtSQL(on string) string {
	return `
select l.location, k.sku, coalesce(t.available, 0), coalesce(t.held, 0), coalesce(t.committed, 0), coalesce(t.inspection, 0),
    coalesce(t.damaged, 0), coalesce(t.quarantine, 0), coalesce(t.incoming, 0), coalesce(t.version, 0),
    coalesce(t.recorded_at, '2000-01-01Z'), t.value_minor, t.unit_cost_minor, t.cost_currency, t.low_below, t.low_told
from unnest($1::text[]) with ordinality as k(sku, n)
cross join unnest($2::text[]) as l(location)
left join stock_levels t on ` + on + `
order by k.n, l.location collate "C"`
}

var (
	levelsEverywhere = readStatement("levels_everywhere", `
select `+levelColumns+`
from unnest($1::text[]) with ordinality as k(sku, n)
join stock_levels t on `+ofSKU+`
order by k.n, t.location`)

	levelsAt = readStatement("levels_at", levelsAtSQL(ofSKU+` and t.location collate "POSIX" = l.location`))

	// Of one place, many SKUs at a time.
	levelsHere = readStatement("levels_here", levelsAtSQL("t.location = l.location and t.sku = k.sku"))

	levelsAbove = readStatement("levels_above", `
select `+levelColumns+`
from unnest($1::text[]) as k(sku)
join stock_levels t on t.location = $2 and t.sku = k.sku
where t.available > $3`)

	levelsOf = readStatement("levels_of", `
select `+levelColumns+`
from unnest($1::text[]) as k(sku)
join stock_levels t on `+ofSKU+`
where t.location collate "POSIX" = any($2::text[])`)

	holdNow = readStatement("hold_now", `
select `+prefixed(holds.table.columns)+`, clock_timestamp() from holds t where t.location = $1 and t.id = $2`)

	holdLinesOf = readStatement("hold_lines_of", `
select `+prefixed(holdLines.columns)+` from hold_lines t where t.location = $1 and t.hold_id = $2 order by t.line`)

	// The index goes by expiry over all places, and has the place: of others' holds it reads the entries, and no rows.
	holdsAt = readStatement("holds_at", `
select `+prefixed(holds.table.columns)+` from holds t
where t.state = 'HELD' and t.expires_at > clock_timestamp() and t.expires_at >= $3::timestamptz and (t.expires_at, t.id) > ($3::timestamptz, $4::uuid)
    and t.location = $1 and (t.owner = $2 or $2 = '')
order by t.expires_at, t.id limit $5::int8`)

	linesOfHolds = readStatement("lines_of_holds", holdLines.childrenSQL(2))

	expiredHolds = readStatement("expired_holds", `
with due as (
    select t.location, t.id from holds t where t.state = 'HELD' and t.expires_at <= clock_timestamp() order by t.expires_at limit $1
)
select t.location, t.hold_id, t.sku, t.quantity
from due join hold_lines t on t.location = due.location and t.hold_id = due.id
order by t.location, t.hold_id, t.line`)

	openCasesAfter = readStatement("open_cases_after", shownCaseSQL+`
where t.location = $1 and t.open_units > 0 and (t.opened_at, t.sku, t.transaction_id) > ($2::timestamptz, $3::text, $4::uuid)
order by t.opened_at, t.sku, t.transaction_id
limit $5`)

	settledCasesBefore = readStatement("settled_cases_before", shownCaseSQL+`
where t.location = $1 and t.open_units = 0 and (t.opened_at, t.sku, t.transaction_id) < ($2::timestamptz, $3::text, $4::uuid)
order by t.opened_at desc, t.sku desc, t.transaction_id desc
limit $5`)

	caseByID = readStatement("case_by_id", shownCaseSQL+`
where t.location = $1 and t.sku = $2 and t.transaction_id = $3`)

	promisesAtPositions = readStatement("promises_at_positions", `
select l.sku, h.id, null::uuid, null::uuid, l.quantity, h.recorded_at as promised_at
from hold_lines l join holds h on h.location = l.location and h.id = l.hold_id
where h.location = $1 and h.state = 'HELD' and l.sku = any($2::text[])
union all
select l.sku, null, l.order_id, l.fulfilment, l.units, f.placed_at
from (select l.sku, l.order_id, l.fulfilment, l.fulfil_location, sum(l.units)::int8 as units from (
        select l.*, l.quantity - l.fulfilled - l.cancelled - coalesce(l.away, 0) - coalesce(l.coming, 0) as units from order_lines l
        where l.fulfil_location = $1 and l.sku = any($2::text[]) and l.fulfilled + l.cancelled < l.quantity
        union all
        select l.*, l.away from order_lines l where l.from_location = $1 and l.sku = any($2::text[]) and l.away > 0) l
    where l.units > 0
    group by l.sku, l.order_id, l.fulfilment, l.fulfil_location) l
join fulfilments f on f.location = l.fulfil_location and f.id = l.fulfilment
order by promised_at desc, 2 desc, 4 desc`)
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
			queueLevelsAt(p, skus, locations, collect)
		}
	})
	return found, err
}

// queueLevelsAt reads the positions of SKUs at places, by SKU in the order given, then by location.
func queueLevelsAt(p *pipeline, skus, locations []string, read func(*pgconn.ResultReader) error) {
	statement := levelsAt
	if len(locations) == 1 {
		statement = levelsHere
	}
	p.queue(statement, [][]byte{textArray(skus), textArray(locations)}, read)
}

// LevelsAbove returns those positions of SKUs at a location of which more than so many units are available, in no order.
func (db *DB) LevelsAbove(ctx context.Context, skus []string, location string, available int64) ([]retail.Level, error) {
	return all(ctx, db, levelsAbove, func(r *record) (retail.Level, error) { return readLevel(r), nil },
		textArray(skus), []byte(location), int8Param(available))
}

// LevelsOf returns the positions that there are of SKUs at places, in no order: what was never there is left out.
func (db *DB) LevelsOf(ctx context.Context, skus, locations []string) ([]retail.Level, error) {
	return all(ctx, db, levelsOf, func(r *record) (retail.Level, error) { return readLevel(r), nil }, textArray(skus), textArray(locations))
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

// HoldsAt returns the holds in force at a location, of an owner or of all, by when they end, after a mark, at most so many.
func (db *DB) HoldsAt(ctx context.Context, location, owner string, after retail.HoldMark, limit int) ([]retail.Hold, error) {
	from := after.ExpiresAt
	if from.IsZero() {
		from = epoch
	}
	return families[retail.Hold](ctx, db, holds, []string{linesOfHolds}, holdsAt, []byte(location), []byte(owner), timeParam(from),
		idParam(after.ID), int8Param(int64(limit)))
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

// shownCaseSQL reads oversell cases, how much is short by those before them, and what settled them.
const shownCaseSQL = `
select t.location, t.sku, t.transaction_id, t.units, t.open_units, t.cause, t.opened_at, t.recorded_at, t.settled_by,
    (select coalesce(sum(o.open_units), 0)::int8 from oversell_cases o
     where o.location = t.location and o.sku = t.sku and o.open_units > 0
         and (o.opened_at, o.transaction_id) < (t.opened_at, t.transaction_id)),
    s.kind, s.cause, s.actor, s.reason, s.note
from oversell_cases t
left join ledger_transactions s on s.location = t.location and s.id = t.settled_by`

// OpenCases returns open oversell cases of a place, oldest first, after a mark, each with the promises at its position.
func (db *DB) OpenCases(ctx context.Context, location string, after retail.CaseMark, limit int) ([]retail.ShownCase, error) {
	from := after.OpenedAt
	if from.IsZero() {
		from = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return db.cases(ctx, location, openCasesAfter, []byte(location), timeParam(from), []byte(after.SKU), idParam(after.Transaction),
		int8Param(int64(limit)))
}

// SettledCases returns settled oversell cases of a place, those that were opened last first, after a mark, each with what settled it.
func (db *DB) SettledCases(ctx context.Context, location string, after retail.CaseMark, limit int) ([]retail.ShownCase, error) {
	return db.cases(ctx, location, settledCasesBefore, []byte(location), newestFirst(after.OpenedAt, after.Transaction), []byte(after.SKU),
		idParam(after.Transaction), int8Param(int64(limit)))
}

// Case returns an oversell case by its position and the transaction that opened it.
func (db *DB) Case(ctx context.Context, location, sku string, id retail.ID) (retail.ShownCase, bool, error) {
	found, err := db.cases(ctx, location, caseByID, []byte(location), []byte(sku), idParam(id))
	if err != nil || len(found) == 0 {
		return retail.ShownCase{}, false, err
	}
	return found[0], true, nil
}

func (db *DB) cases(ctx context.Context, location, statement string, params ...[]byte) ([]retail.ShownCase, error) {
	var cases []retail.ShownCase
	var skus []string
	err := db.readWhole(ctx, func(p *pipeline) {
		p.queue(statement, params, each(func(r *record) error {
			var one retail.ShownCase
			one.Location, one.SKU, one.OversellCase = readCase(r)
			one.ShortAhead = r.int8()
			one.Settlement = retail.Settlement{
				Kind: retail.Kind(r.text()), Cause: r.text(), Actor: r.text(), Reason: r.text(), Note: r.text(),
			}
			cases = append(cases, one)
			if one.OpenUnits > 0 {
				skus = append(skus, one.SKU)
			}
			return nil
		}))
	}, func(p *pipeline) {
		if len(skus) == 0 {
			return
		}
		p.queue(promisesAtPositions, [][]byte{[]byte(location), textArray(skus)}, each(func(r *record) error {
			sku, promise := r.text(), retail.Promise{Hold: r.id(), Order: r.id(), Fulfilment: r.id(), Units: r.int8()}
			for i := range cases {
				if cases[i].SKU == sku && cases[i].OpenUnits > 0 {
					cases[i].Promises = append(cases[i].Promises, promise)
				}
			}
			return nil
		}))
	})
	return cases, err
}
