package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// asRival runs a fault in a session past all lines, which leaves nothing. Its statements are not cut off when the run ends.
func (c *Cluster) asRival(ctx context.Context, do func(ctx context.Context, conn *pgx.Conn) (bool, error)) (bool, error) {
	ctx = context.WithoutCancel(ctx)
	conn, err := c.rival(ctx)
	if err != nil {
		return false, err
	}
	defer closeRival(conn)
	return do(ctx, conn)
}

// terminateBackends ends sessions of the servers, those at work first.
func (c *Cluster) terminateBackends(life context.Context, r *rand.Rand) (bool, error) {
	return c.asRival(life, func(ctx context.Context, conn *pgx.Conn) (bool, error) {
		var ended int
		err := conn.QueryRow(ctx, `select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity
			where application_name = 'aisle' and state is not null order by state = 'idle', random() limit $1) as chosen`,
			1+r.IntN(5)).Scan(&ended)
		return ended > 0, err
	})
}

// cancelBackends cancels statements of the servers that are under way.
func (c *Cluster) cancelBackends(life context.Context, r *rand.Rand) (bool, error) {
	return c.asRival(life, func(ctx context.Context, conn *pgx.Conn) (bool, error) {
		wanted, cancelled := 1+r.IntN(8), 0
		var err error
		await(ctx, passMax, func() bool {
			var n int
			err = conn.QueryRow(ctx, `select count(pg_cancel_backend(pid)) from (select pid from pg_stat_activity
				where application_name = 'aisle' and state = 'active' limit $1) as chosen`, wanted).Scan(&n)
			cancelled += n
			return cancelled >= wanted || err != nil
		})
		return cancelled > 0, err
	})
}

// hotRows are the rows that the most recent acts changed, of a table that many acts change.
var hotRows = []string{
	"select 1 from stock_levels where (location, sku) in (select location, sku from stock_levels order by recorded_at desc limit 3) for update",
	"select 1 from stock_levels where location in (select location from stock_levels order by recorded_at desc limit 1) for update",
	"select 1 from issuing_points for update",
}

// lockTimeout is that of the engine's sessions, with room for it to pass.
const lockTimeout = 3500 * time.Millisecond

// lockRows keeps hot rows for a while, and rarely for longer than the servers wait.
func (c *Cluster) lockRows(ctx context.Context, r *rand.Rand) (bool, error) {
	most := 50*time.Millisecond + time.Duration(r.Int64N(int64(750*time.Millisecond)))
	if r.IntN(15) == 0 {
		most = lockTimeout
	}
	return c.keepRows(ctx, hotRows[r.IntN(len(hotRows))], most)
}

// keepRows keeps what a statement locks. It tells whether somebody waited for it in the end.
func (c *Cluster) keepRows(life context.Context, lock string, most time.Duration) (bool, error) {
	return c.asRival(life, func(ctx context.Context, conn *pgx.Conn) (struck bool, err error) {
		if err := execute(ctx, conn, "begin", "set local lock_timeout = '1s'", lock); err != nil {
			return false, ignoreRefused(err)
		}
		wait(life, most)
		err = conn.QueryRow(ctx, "select "+waiting).Scan(&struck)
		return struck, err
	})
}

// waiting tells whether somebody waits for what this session has locked.
const waiting = `exists (select from pg_stat_activity where wait_event_type = 'Lock' and pg_backend_pid() = any(pg_blocking_pids(pid)))`

// cycles are rows that this session takes first, and rows that who waits for them may have taken before.
var cycles = []struct{ first, then string }{
	{"select 1 from issuing_points for update", "select 1 from stock_levels for update"},
	{"select 1 from stock_levels where (location, sku) in (select location, sku from stock_levels order by recorded_at desc limit 1) for update",
		"select 1 from holds where state = 'HELD' for update"},
}

// deadlock takes rows, waits until a server waits for them, and then takes what that server has. It is patient itself, so
// that Postgres ends the server's transaction.
func (c *Cluster) deadlock(life context.Context, r *rand.Rand) (bool, error) {
	begun, err := c.logSize()
	if err != nil {
		return false, err
	}
	return c.asRival(life, func(ctx context.Context, conn *pgx.Conn) (struck bool, err error) {
		cycle := cycles[r.IntN(len(cycles))]
		for range 4 {
			if err := c.closeCycle(ctx, conn, cycle.first, cycle.then); err != nil {
				return false, err
			}
			if struck, err = c.loggedSince(begun, " aisle 40P01 "); struck || err != nil || life.Err() != nil {
				return struck, err
			}
		}
		return false, nil
	})
}

// closeCycle tries once to deadlock.
func (c *Cluster) closeCycle(ctx context.Context, conn *pgx.Conn, first, then string) error {
	err := execute(ctx, conn, "begin", "set local deadlock_timeout = '10s'", "set local lock_timeout = '300ms'", first)
	if err == nil {
		waits := false
		await(ctx, passMax/2, func() bool {
			err = conn.QueryRow(ctx, "select "+waiting).Scan(&waits)
			return waits || err != nil
		})
	}
	if err == nil {
		err = execute(ctx, conn, then)
	}
	return errors.Join(ignoreRefused(err), execute(ctx, conn, "rollback"))
}

// execute runs statements one after the other.
func execute(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%.60s: %w", sql, err)
		}
	}
	return nil
}

// ignoreRefused is nil for what Postgres does to a fault's session because others are busy.
func ignoreRefused(err error) error {
	refused := (*pgconn.PgError)(nil)
	if errors.As(err, &refused) && (refused.Code == "55P03" || refused.Code == "40P01") {
		return nil
	}
	return err
}
