package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// killPostgres ends all processes of Postgres at once, and starts it again.
func (c *Cluster) killPostgres(ctx context.Context, r *rand.Rand) (bool, error) {
	pid, err := c.postmaster()
	if err != nil {
		return false, err
	}
	// The children first: those that notice the postmaster's death could still end in order. It is stopped before, or it would
	// notice theirs, and start others that outlive it.
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return false, err
	}
	for range 2 { // one that was being started is there the second time
		for _, child := range childrenOf(pid) {
			_ = syscall.Kill(child, syscall.SIGKILL) // it may have ended
		}
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return false, err
	}
	if err := c.postgres.Kill(); err != nil {
		return true, err
	}
	hold(ctx, r, time.Millisecond, 200*time.Millisecond)
	ctx = context.WithoutCancel(ctx)
	if err := c.startPostgres(ctx); err != nil {
		return true, err
	}
	return true, c.awaitReady(ctx)
}

// killBackend ends one session's process. Postgres can't know what that did to the memory they share: it ends all others,
// and recovers.
func (c *Cluster) killBackend(ctx context.Context, _ *rand.Rand) (bool, error) {
	ctx = context.WithoutCancel(ctx)
	conn, err := c.rival(ctx)
	if err != nil {
		return false, err
	}
	defer closeRival(conn)
	var pid int
	if err := conn.QueryRow(ctx, `select pid from pg_stat_activity where application_name = 'aisle'
		order by state = 'idle', random() limit 1`).Scan(&pid); errors.Is(err, pgx.ErrNoRows) {
		return false, nil // nobody is connected at the moment
	} else if err != nil {
		return false, err
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return false, err
	}
	ended := await(ctx, startMax, func() bool { return conn.Ping(ctx) != nil })
	if !ended {
		return false, errors.New("one process of Postgres was killed, and the others live on")
	}
	back := await(ctx, startMax, func() bool {
		conn, err := c.rival(ctx)
		if err != nil {
			return false
		}
		closeRival(conn)
		return true
	})
	if !back {
		return true, errors.New("one process of Postgres was killed, and it does not come back")
	}
	return true, c.awaitReady(ctx)
}

// postmaster is the process id of Postgres.
func (c *Cluster) postmaster() (int, error) {
	text, err := os.ReadFile(filepath.Join(c.postgresFolder(), "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		return 0, fmt.Errorf("postmaster.pid: %w", err)
	}
	return pid, nil
}

// childrenOf are the processes that a process has started; none where the system does not tell. Then they end by
// themselves when they notice that they are orphans.
func childrenOf(parent int) []int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well-formed
	var children []int
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// "4711 (postgres: writer) S 42 ..."; a name may contain anything.
		_, after, _ := strings.Cut(string(stat), ") ")
		var state string
		var of int
		if _, err := fmt.Sscan(after, &state, &of); err != nil || of != parent {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			children = append(children, pid)
		}
	}
	return children
}

// stepClock puts the database's clock forward, and back by as much or less: it never stands before the system's.
func (c *Cluster) stepClock(ctx context.Context, r *rand.Rand) (bool, error) {
	forward := time.Second + time.Duration(r.Int64N(int64(4*time.Second)))
	back := forward
	if r.IntN(2) == 0 {
		back = time.Duration(r.Int64N(int64(forward)))
	}
	if err := c.step(ctx, forward); err != nil {
		return false, err
	}
	hold(ctx, r, 20*time.Millisecond, 500*time.Millisecond)
	return true, c.step(ctx, -back)
}

func (c *Cluster) step(ctx context.Context, by time.Duration) error {
	return c.execute(context.WithoutCancel(ctx), "update clock.ahead set by = by + $1::interval", by)
}

// fillDisk leaves the tables no room until a few writes have failed.
func (c *Cluster) fillDisk(ctx context.Context, r *rand.Rand) (struck bool, err error) {
	begun, err := c.logSize()
	if err != nil {
		return false, err
	}
	if err := c.disk.fill(); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, c.disk.free()) }()
	await(ctx, 2*passMax, func() bool {
		wait(ctx, 10*time.Millisecond)
		struck, err = c.loggedSince(begun, " 53100 ")
		return struck || err != nil
	})
	if err == nil {
		hold(ctx, r, time.Millisecond, 300*time.Millisecond)
	}
	return struck, err
}
