package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// auditor proves after each slice that nothing was oversold and nothing that was acknowledged was lost. It compares with what
// it saw before the slice, so that each slice is proved by its own rows and the proof does not grow with the run.
type auditor struct {
	conn *pgx.Conn
	// depth is how many units each position has had from the beginning, whatever became of them.
	depth map[position]int64
	// held and journal are what stood there before the slice; began is when that was.
	held      map[position]int64
	committed map[position]int64
	journal   int64
	began     time.Time
}

type position struct{ place, article string }

// level is a position as the auditor sees it.
type level struct{ available, held, committed int64 }

// begin notes how deep the positions are.
func (a *auditor) begin(ctx context.Context) error {
	levels, err := a.levels(ctx)
	a.depth = make(map[position]int64, len(levels))
	for at, level := range levels {
		a.depth[at] = level.available + level.held + level.committed
	}
	return err
}

// before notes what stands there before a slice.
func (a *auditor) before(ctx context.Context) error {
	levels, err := a.levels(ctx)
	if err != nil {
		return err
	}
	a.held, a.committed = make(map[position]int64, len(levels)), make(map[position]int64, len(levels))
	for at, level := range levels {
		a.held[at], a.committed[at] = level.held, level.committed
	}
	return a.conn.QueryRow(ctx, "select clock_timestamp(), count(*) from bench_journal").Scan(&a.began, &a.journal)
}

// after proves a slice. Every fault is a sentence of its own.
func (a *auditor) after(ctx context.Context, who side, did outcome) error {
	var wrong []error
	for _, prove := range []func(context.Context, side, outcome) error{a.proveLevels, a.provePromises, a.proveOrders, a.proveJournal} {
		wrong = append(wrong, prove(ctx, who, did))
	}
	if err := errors.Join(wrong...); err != nil {
		return fmt.Errorf("%s: %w", who, err)
	}
	return nil
}

// newHoldsSQL counts the holds of a slice and their units. Every hold lasts equally long, so those of the slice are those
// that expire last.
const newHoldsSQL = `
select l.location, l.sku, count(*), sum(l.quantity)::int8
from holds h join hold_lines l on l.location = h.location and l.hold_id = h.id
where h.state = 'HELD' and h.expires_at >= $1
group by l.location, l.sku`

// proveLevels holds each position against its depth, and what is held there now against the holds that were added.
func (a *auditor) proveLevels(ctx context.Context, _ side, did outcome) error {
	held, holds, units := make(map[position]int64), int64(0), int64(0)
	rows, err := a.conn.Query(ctx, newHoldsSQL, a.began.Add(holdTime))
	if err != nil {
		return err
	}
	var at position
	var count, sum int64
	_, err = pgx.ForEachRow(rows, []any{&at.place, &at.article, &count, &sum}, func() error {
		held[at], holds, units = sum, holds+count, units+sum
		return nil
	})
	if err != nil {
		return err
	}
	levels, err := a.levels(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for at, level := range levels {
		switch {
		case level.available < 0:
			wrong = append(wrong, fmt.Errorf("%s of %s is oversold by %d", at.article, at.place, -level.available))
		case level.available+level.held+level.committed != a.depth[at]:
			wrong = append(wrong, fmt.Errorf("%s of %s had %d units and has %d available, %d held and %d committed",
				at.article, at.place, a.depth[at], level.available, level.held, level.committed))
		case level.held-a.held[at] != held[at]:
			wrong = append(wrong, fmt.Errorf("%s of %s holds %d more units, and there are holds of %d",
				at.article, at.place, level.held-a.held[at], held[at]))
		}
	}
	if holds != did.holds || units != did.holds {
		wrong = append(wrong, fmt.Errorf("%d holds were acknowledged, and there are %d of %d units", did.holds, holds, units))
	}
	return errors.Join(wrong...)
}

// promisesSQL counts how many of the holds named are there.
const promisesSQL = `
select count(distinct h.id)
from unnest($1::text[], $2::uuid[]) as k(location, id) join holds h on h.location = k.location and h.id = k.id`

// provePromises looks every acknowledged hold up by its id.
func (a *auditor) provePromises(ctx context.Context, _ side, did outcome) error {
	var places []string
	var ids [][16]byte
	for _, promised := range did.promises {
		if !promised.hold.IsZero() {
			places, ids = append(places, promised.place), append(ids, promised.hold)
		}
	}
	var found int
	if err := a.conn.QueryRow(ctx, promisesSQL, places, ids).Scan(&found); err != nil {
		return err
	}
	if found != len(ids) {
		return fmt.Errorf("%d of %d acknowledged holds are not there", len(ids)-found, len(ids))
	}
	return nil
}

// proveJournal does the same for the tables of the bare statement.
func (a *auditor) proveJournal(ctx context.Context, who side, did outcome) error {
	var held, journal int64
	err := a.conn.QueryRow(ctx, "select (select sum(held)::int8 from bench_levels), (select count(*) from bench_journal)").
		Scan(&held, &journal)
	if err != nil {
		return err
	}
	added := int64(0)
	if who == bare {
		added = did.done
	}
	if held != journal || journal-a.journal != added {
		return fmt.Errorf("%d units are held and journaled %d times, %d of them now by %d transactions",
			held, journal, journal-a.journal, added)
	}
	return nil
}

func (a *auditor) levels(ctx context.Context) (map[position]level, error) {
	rows, err := a.conn.Query(ctx, "select location, sku, available, held, committed from stock_levels")
	if err != nil {
		return nil, err
	}
	all := make(map[position]level, places*articles)
	var at position
	var found level
	_, err = pgx.ForEachRow(rows, []any{&at.place, &at.article, &found.available, &found.held, &found.committed}, func() error {
		all[at] = found
		return nil
	})
	return all, err
}
