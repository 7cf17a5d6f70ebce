package postgres_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// process is one process of the program: its connections, its engine, and what the engine tells of itself. Several may share
// a database.
type process struct {
	*postgres.DB
	engine *ledger.Engine

	mu      sync.Mutex
	batches []ledger.Batch
}

// startProcess starts a process with one lane, so that all it is asked meets in it.
func startProcess(t *testing.T, config postgres.Config) *process {
	t.Helper()
	config.Writers, config.Readers = 3, 2
	db, err := postgres.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{DB: db}
	p.engine = ledger.NewEngine(db.Store(), ledger.Config{
		Lanes:   1,
		Alarmed: func(err error) { t.Error(err) },
		Observe: func(b ledger.Batch) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.batches = append(p.batches, b)
		},
	})
	t.Cleanup(func() {
		if err := p.engine.Close(context.Background()); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	return p
}

// startTwo starts two processes on one database.
func startTwo(t *testing.T) (one, other *process, database *pgtest.Database) {
	t.Helper()
	database = pgtest.New(t)
	return startProcess(t, postgres.Config{URL: database.URL}), startProcess(t, postgres.Config{URL: database.URL}), database
}

// endings returns how the batches so far ended, and forgets them.
func (p *process) endings() (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.batches {
		all = append(all, b.Outcome)
	}
	p.batches = nil
	return all
}

// ended tells how many batches ended in a way.
func (p *process) ended(how string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.batches {
		if b.Outcome == how {
			n++
		}
	}
	return n
}

// newRequest is the context of a new request.
func newRequest() context.Context {
	return ledger.WithRequest(context.Background(), ledger.Request{ID: ledger.NewID(), Actor: "till 1"})
}

// do submits what must work. It may be called from any goroutine.
func do[R any](t *testing.T, p *process, cmd retail.Command[R]) R {
	t.Helper()
	result, err := ledger.Submit(newRequest(), p.engine, cmd)
	if err != nil {
		t.Errorf("%T: %v", cmd, err)
	}
	return result
}

// delivery brings units of some SKUs, as many of each.
func delivery(location string, units int64, skus ...string) retail.MoveStock {
	cmd := retail.MoveStock{Transaction: ledger.NewID(), Kind: retail.KindReceive, Location: location, Cause: "delivery 7"}
	for _, sku := range skus {
		cmd.Lines = append(cmd.Lines, retail.Line{SKU: sku, Quantity: units})
	}
	return cmd
}

// holdOf is a hold of some SKUs, one of each.
func holdOf(location string, skus ...string) retail.PlaceHold {
	var lines []retail.Line
	for _, sku := range skus {
		lines = append(lines, retail.Line{SKU: sku, Quantity: 1})
	}
	return hold(location, time.Hour, lines...)
}

// isRefused tells whether an error is the shop saying no for a reason.
func isRefused(err error, reason retail.Reason) bool {
	var refusal *retail.Refusal
	return errors.As(err, &refusal) && refusal.Reason == reason
}

// level is a position as a plain read finds it.
func (p *process) level(t *testing.T, location, sku string) retail.Level {
	t.Helper()
	found, err := p.Levels(t.Context(), []string{sku}, []string{location})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d levels, %v", len(found), err)
	}
	return found[0]
}

// proveBooks audits everything.
func (p *process) proveBooks(t *testing.T) {
	t.Helper()
	found, _, err := p.Audit(t.Context(), postgres.AuditOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wantNothing(t, found)
}

// stranger is a superuser's connection that does what it wants.
type stranger struct {
	t    *testing.T
	conn *pgx.Conn
}

func newStranger(t *testing.T, database *pgtest.Database) stranger {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return stranger{t, conn}
}

func (s stranger) exec(sql string, args ...any) {
	s.t.Helper()
	if _, err := s.conn.Exec(s.t.Context(), sql, args...); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
}

func (s stranger) count(sql string, args ...any) (n int64) {
	s.t.Helper()
	if err := s.conn.QueryRow(s.t.Context(), sql, args...).Scan(&n); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// awaitWaiting returns once so many connections of the program to this database wait for a lock, which Postgres alone knows.
func (s stranger) awaitWaiting(n int64) {
	s.t.Helper()
	const waiting = `select count(*) from pg_stat_activity
		where datname = current_database() and application_name = 'aisle' and wait_event_type = 'Lock'`
	for deadline := time.Now().Add(time.Minute); s.count(waiting) != n; {
		if time.Now().After(deadline) {
			s.t.Fatalf("nobody came to wait")
		}
	}
}

// lockRows locks as the engine does, with keys and seeds in its order and a request that is new.
func lockRows(ctx context.Context, store *postgres.Store, seeds []retail.Key, keys ...retail.Key) (ledger.Locked, error) {
	slices.SortFunc(keys, retail.CompareKeys)
	slices.SortFunc(seeds, retail.CompareKeys)
	return store.Lock(ctx, keys, seeds, []retail.ID{ledger.NewID()})
}
