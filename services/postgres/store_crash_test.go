package postgres_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// newProxy starts a proxy for a test, and returns the URL that leads through it.
func newProxy(t *testing.T, address string) (*pgtest.Proxy, string) {
	t.Helper()
	p, err := pgtest.StartProxy(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, p.URL()
}

// TestLostConnection cuts the line at every statement of a write in turn, before the server sees it and after it was carried
// out: the caller is answered as if nothing had been, and it happened once.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	line, url := newProxy(t, database.URL)
	p := startProcess(t, postgres.Config{URL: url})
	do(t, p, delivery("milan", 100, "RED-42", "BLUE-40"))
	line.Statements()
	do(t, p, holdOf("milan", "RED-42", "BLUE-40"))
	held := int64(1)
	statements := line.Statements()
	if first, last := statements[0], statements[len(statements)-1]; first != "begin" || last != "commit" || len(statements) < 10 {
		t.Fatalf("a hold is written by %v", statements)
	}
	for _, statement := range statements {
		for _, answered := range []bool{false, true} {
			t.Run(fmt.Sprintf("at %s, carried out: %t", statement, answered), func(t *testing.T) {
				p.endings()
				line.Cut(statement, answered)
				got := do(t, p, holdOf("milan", "RED-42", "BLUE-40"))
				held++
				if line.Uncut() {
					t.Fatal("the line was not cut")
				}
				// Once the COMMIT was carried out there is nothing left to do. All writes are in its round trip.
				want := []string{"transient", "committed"}
				if answered && !isOfLock(statement) {
					want = []string{"transient", "empty"}
				}
				if diff := cmp.Diff(want, p.endings()); diff != "" {
					t.Errorf("batches (-want +got):\n%s", diff)
				}
				stored, found, err := p.Hold(t.Context(), "milan", got.ID)
				if err != nil || !found {
					t.Fatalf("the hold that was answered: found %t, %v", found, err)
				}
				if diff := cmp.Diff(stored, got); diff != "" {
					t.Errorf("hold (-stored +answered):\n%s", diff)
				}
				if level := p.level(t, "milan", "RED-42"); level.Held() != held || level.Available() != 100-held {
					t.Errorf("%d held and %d available after %d holds", level.Held(), level.Available(), held)
				}
			})
		}
	}
	p.proveBooks(t)
}

// isOfLock tells whether a statement is of the first round trip.
func isOfLock(statement string) bool {
	switch statement {
	case "begin", "lock_stock_levels", "outcomes":
		return true
	}
	return false
}

func TestLostConnectionAtSeed(t *testing.T) {
	t.Parallel()
	line, url := newProxy(t, pgtest.New(t).URL)
	p := startProcess(t, postgres.Config{URL: url})
	for i, answered := range []bool{false, true} {
		sku := fmt.Sprint("NEW-", i)
		line.Cut("seed_stock_levels", answered)
		do(t, p, delivery("milan", 3, sku))
		if line.Uncut() {
			t.Fatal("the line was not cut")
		}
		if got := p.level(t, "milan", sku).Available(); got != 3 {
			t.Errorf("%d units, want 3", got)
		}
	}
	p.proveBooks(t)
}

// TestDatabaseAway: while nobody answers, callers are told so, and what they wanted happens once when they ask again.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	line, url := newProxy(t, database.URL)
	p, witness := startProcess(t, postgres.Config{URL: url}), startProcess(t, postgres.Config{URL: database.URL})
	do(t, p, delivery("milan", 100, "RED-42"))

	t.Run("refused before anything was done", func(t *testing.T) {
		line.TakeDown()
		request, cmd := newRequest(), holdOf("milan", "RED-42")
		if _, err := ledger.Submit(request, p.engine, cmd); !errors.Is(err, ledger.ErrUnavailable) {
			t.Errorf("answered %v, want unavailable", err)
		}
		line.BringUp()
		if _, err := ledger.Submit(request, p.engine, cmd); err != nil {
			t.Error(err)
		}
		if got := witness.level(t, "milan", "RED-42").Held(); got != 1 {
			t.Errorf("%d held, want 1", got)
		}
	})

	t.Run("gone after it was done", func(t *testing.T) {
		request := newRequest()
		line.Cut("commit", true)
		line.DownAfterCut()
		if _, err := ledger.Submit(request, p.engine, holdOf("milan", "RED-42")); !errors.Is(err, ledger.ErrUnavailable) {
			t.Errorf("answered %v, want unavailable", err)
		}
		line.BringUp()
		again := holdOf("milan", "RED-42") // a handler mints other ids
		got, err := ledger.Submit(request, p.engine, again)
		if err != nil {
			t.Fatal(err)
		}
		if got.ID == again.Hold {
			t.Error("it was done again")
		}
		if got := witness.level(t, "milan", "RED-42").Held(); got != 2 {
			t.Errorf("%d held, want 2", got)
		}
	})
	witness.proveBooks(t)
}

// TestKilledBackend: a server process that is ended while it holds the locks of a batch costs nobody anything.
func TestKilledBackend(t *testing.T) {
	t.Parallel()
	one, other, database := startTwo(t)
	do(t, one, delivery("milan", 10, "RED-42"))
	s := newStranger(t, database)
	locked, err := lockRows(t.Context(), other.Store(), nil, retail.LevelKey("milan", "RED-42"))
	if err != nil {
		t.Fatal(err)
	}
	answer := make(chan error, 1)
	go func() {
		_, err := ledger.Submit(newRequest(), one.engine, holdOf("milan", "RED-42"))
		answer <- err
	}()
	s.awaitWaiting(1)
	ended := s.count(`select count(pg_terminate_backend(pid)) from pg_stat_activity
		where datname = current_database() and application_name = 'aisle'
			and (wait_event_type = 'Lock' or state = 'idle in transaction')`)
	if ended != 2 {
		t.Fatalf("%d backends were ended, want the one that waits and the one that holds", ended)
	}
	if err := <-answer; err != nil {
		t.Errorf("who waited was answered %v", err)
	}
	if got := one.endings(); got[len(got)-2] != "transient" {
		t.Errorf("batches %v", got)
	}
	err = locked.Tx.Commit(t.Context(), ledger.Writes{})
	if failure := (*ledger.StoreError)(nil); !errors.As(err, &failure) || failure.Class != ledger.Transient {
		t.Errorf("the commit of the one that was ended: %v, want transient", err)
	}
	one.proveBooks(t)
}

// TestReadsOutliveTheirConnections: those that idled while Postgres was started again are dead, and nobody who reads is told.
func TestReadsOutliveTheirConnections(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	p := startProcess(t, postgres.Config{URL: database.URL})
	do(t, p, delivery("milan", 10, "RED-42"))
	s := newStranger(t, database)
	for round := range 3 {
		var reading sync.WaitGroup // by all connections at once, so that each of them was used just now
		read := func() {
			levels, err := p.Levels(t.Context(), []string{"RED-42"}, []string{"milan"})
			if err != nil || len(levels) != 1 || levels[0].Available() != 10 {
				t.Errorf("round %d: %v, %v", round, levels, err)
			}
		}
		const idle = "from pg_stat_activity where datname = current_database() and application_name = 'aisle'"
		for burst := 0; burst == 0 || s.count("select count(*) "+idle) < 2; burst++ { // on a busy machine they may all go through one
			for range 8 {
				reading.Go(read)
			}
			reading.Wait()
		}
		if s.count("select count(pg_terminate_backend(pid, 10000)) "+idle) < 2 {
			t.Fatal("nobody idled")
		}
		read()
		read()
	}
}

// TestCommitOfNothing: Postgres calls it a success to commit a transaction that has failed. We don't.
func TestCommitOfNothing(t *testing.T) {
	t.Parallel()
	p := startProcess(t, postgres.Config{URL: pgtest.New(t).URL})
	conn, err := p.Writer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	line := conn.Conn().PgConn()
	if err := postgres.RoundTrip(t.Context(), line, "begin"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "select 1/0"); err == nil {
		t.Fatal("nothing has failed")
	}
	err = postgres.RoundTrip(t.Context(), line, "commit")
	if err == nil || postgres.ClassOf(err) != ledger.Transient {
		t.Errorf("answered %v", err)
	}
}
