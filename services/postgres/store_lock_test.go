package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// TestSeedingRace: two processes meet at a position that nobody has seen. The second waits for the first, and must then see
// what that committed; in one statement that seeds and locks, it would see nothing, and promise the same units again.
func TestSeedingRace(t *testing.T) {
	t.Parallel()
	key := retail.LevelKey("milan", "RED-42")
	// after is the second process's view once the first has ended in some way.
	after := func(t *testing.T, end func(ledger.Locked)) ledger.Locked {
		one, other, database := startTwo(t)
		s := newStranger(t, database)
		first, err := lockRows(t.Context(), one.Store(), []retail.Key{key}, key)
		if err != nil {
			t.Fatal(err)
		}
		var second ledger.Locked
		arrived := make(chan error, 1)
		go func() {
			second, err = lockRows(context.Background(), other.Store(), []retail.Key{key}, key)
			arrived <- err
		}()
		s.awaitWaiting(1)
		end(first)
		if err := <-arrived; err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { second.Tx.Rollback(context.Background()) })
		return second
	}

	t.Run("the second sees what the first committed", func(t *testing.T) {
		t.Parallel()
		second := after(t, func(first ledger.Locked) {
			made := first.Rows[key].(retail.Level)
			made.Units[0], made.Version, made.RecordedAt = 10, 1, first.Now
			err := first.Tx.Commit(t.Context(), ledger.Writes{Rows: []ledger.RowWrite{{Before: first.Rows[key], After: made}}})
			if err != nil {
				t.Fatal(err)
			}
		})
		level, _ := second.Rows[key].(retail.Level)
		if level.Available() != 10 || level.Version != 1 {
			t.Errorf("the second sees %+v, want 10 units of version 1", level)
		}
		if second.Now.Before(level.RecordedAt) {
			t.Errorf("its clock was read at %s, before it had the lock, which came after %s", second.Now, level.RecordedAt)
		}
	})

	t.Run("the second makes the position where the first gave it up", func(t *testing.T) {
		t.Parallel()
		second := after(t, func(first ledger.Locked) { first.Tx.Rollback(t.Context()) })
		if level, found := second.Rows[key].(retail.Level); !found || level.Version != 0 {
			t.Errorf("the second sees %+v, want an empty position", level)
		}
	})

	t.Run("many processes that receive what nobody has seen lose nothing", func(t *testing.T) {
		t.Parallel()
		one, other, _ := startTwo(t)
		var working sync.WaitGroup
		for i := range 20 {
			for _, p := range []*process{one, other} {
				working.Go(func() { do(t, p, delivery("milan", 1, fmt.Sprint("NEW-", i%5), fmt.Sprint("OTHER-", i))) })
			}
		}
		working.Wait()
		for i := range 5 {
			if got := one.level(t, "milan", fmt.Sprint("NEW-", i)).Available(); got != 2*20/5 {
				t.Errorf("NEW-%d has %d units, want %d", i, got, 2*20/5)
			}
		}
		one.proveBooks(t)
	})
}

// TestWhileLocksAreWaitedFor: what others commit meanwhile is seen, and the clock is read when the wait is over.
func TestWhileLocksAreWaitedFor(t *testing.T) {
	t.Parallel()
	one, other, database := startTwo(t)
	do(t, one, delivery("milan", 10, "RED-42"))
	s := newStranger(t, database)
	key, request := retail.LevelKey("milan", "RED-42"), ledger.NewID()
	first, err := one.Store().Lock(t.Context(), []retail.Key{key}, nil, []retail.ID{request})
	if err != nil {
		t.Fatal(err)
	}
	arrived := make(chan ledger.Locked)
	go func() {
		second, err := other.Store().Lock(context.Background(), []retail.Key{key}, nil, []retail.ID{request})
		if err != nil {
			t.Error(err)
		}
		arrived <- second
	}()
	s.awaitWaiting(1)
	var waiting time.Time
	if err := s.conn.QueryRow(t.Context(), "select clock_timestamp()").Scan(&waiting); err != nil {
		t.Fatal(err)
	}
	level := first.Rows[key].(retail.Level)
	level.Units[0], level.Version, level.RecordedAt = 9, 2, first.Now
	outcome := ledger.Outcome{Request: request, Fingerprint: [32]byte{7}, Answer: []byte(`"nine"`), RecordedAt: first.Now}
	err = first.Tx.Commit(t.Context(), ledger.Writes{
		Rows: []ledger.RowWrite{{Before: first.Rows[key], After: level}}, Outcomes: []ledger.Outcome{outcome},
	})
	if err != nil {
		t.Fatal(err)
	}
	second := <-arrived
	second.Tx.Rollback(t.Context())
	if diff := cmp.Diff(retail.Row(level), second.Rows[key]); diff != "" {
		t.Errorf("the row (-committed +seen):\n%s", diff)
	}
	outcome.RecordedAt = time.Time{} // nobody asks when
	if diff := cmp.Diff(map[retail.ID]ledger.Outcome{request: outcome}, second.Outcomes); diff != "" {
		t.Errorf("the outcome (-committed +seen):\n%s", diff)
	}
	if second.Now.Before(waiting) {
		t.Errorf("the clock was read at %s, while it still waited at %s", second.Now, waiting)
	}
}

func TestLockOrder(t *testing.T) {
	t.Parallel()
	level := func(place, sku string) retail.Key { return retail.LevelKey(place, sku) }

	// A stranger holds a row in the middle. Whoever wants all waits there, with those before it and none after.
	t.Run("rows are locked one after another, by table and then by key", func(t *testing.T) {
		t.Parallel()
		database := pgtest.New(t)
		p := startProcess(t, postgres.Config{URL: database.URL})
		s, probe := newStranger(t, database), newStranger(t, database)
		// Bytewise: upper case before lower case, and an umlaut last.
		do(t, p, delivery("milan", 5, "A", "B", "Z", "a", "ä"))
		do(t, p, delivery("rome", 5, "A"))
		held := do(t, p, hold("milan", time.Hour, retail.Line{SKU: "A", Quantity: 1}))
		keys := []retail.Key{
			retail.HoldKey("milan", held.ID), level("milan", "A"), level("milan", "B"), level("milan", "Z"), level("milan", "a"),
			level("milan", "ä"), level("rome", "A"),
		}
		for i, stuck := range keys {
			s.exec("begin")
			if s.count(rowOf(stuck)+" for update", stuck.Place, nameOf(stuck)) != 1 {
				t.Fatal("the stranger found nothing to lock")
			}
			arrived := make(chan ledger.Locked)
			go func() {
				locked, err := lockRows(context.Background(), p.Store(), nil, slices.Clone(keys)...)
				if err != nil {
					t.Error(err)
				}
				arrived <- locked
			}()
			probe.awaitWaiting(1)
			for j, key := range keys {
				if j == i {
					continue
				}
				free := probe.isFree(key)
				if want := j > i; free != want {
					t.Errorf("who waits for row %d has row %d free: %v, want %v", i, j, free, want)
				}
			}
			s.exec("rollback")
			(<-arrived).Tx.Rollback(t.Context())
		}
	})

	t.Run("processes that want the same rows in any order never meet in a deadlock", func(t *testing.T) {
		t.Parallel()
		one, other, _ := startTwo(t)
		skus := []string{"A", "B", "C", "D", "E", "F"}
		do(t, one, delivery("milan", 1_000_000, skus...))
		do(t, one, delivery("rome", 1_000_000, skus...))
		one.endings()
		var working sync.WaitGroup
		for i, p := range []*process{one, other} {
			for j := range 4 {
				chance := rand.New(rand.NewPCG(uint64(i), uint64(j)))
				working.Go(func() {
					for range 40 {
						some := slices.Clone(skus)
						chance.Shuffle(len(some), func(a, b int) { some[a], some[b] = some[b], some[a] })
						place := []string{"milan", "rome"}[chance.IntN(2)]
						held := do(t, p, holdOf(place, some[:4]...))
						do(t, p, retail.EndHold{Hold: held.ID, Transaction: ledger.NewID(), Location: place, Lines: held.Lines})
					}
				})
			}
		}
		working.Wait()
		if n := one.ended("transient") + other.ended("transient"); n != 0 {
			t.Errorf("%d batches met a deadlock", n)
		}
		one.proveBooks(t)
	})

	t.Run("a deadlock that a stranger makes is run again, and works", func(t *testing.T) {
		t.Parallel()
		database := pgtest.New(t)
		s := newStranger(t, database)
		s.exec("alter database " + s.list("select current_database()")[0] + " set deadlock_timeout = '200ms'")
		p := startProcess(t, postgres.Config{URL: database.URL})
		do(t, p, delivery("milan", 5, "A", "B"))
		p.endings()
		s.exec("set deadlock_timeout = '1min'") // so that it is the other who finds out
		s.exec("begin")
		s.count(rowOf(level("milan", "B"))+" for update", "milan", "B")
		answer := make(chan error, 1)
		go func() {
			_, err := ledger.Submit(newRequest(), p.engine, holdOf("milan", "A", "B"))
			answer <- err
		}()
		newStranger(t, database).awaitWaiting(1)
		s.count(rowOf(level("milan", "A"))+" for update", "milan", "A") // the wrong way round
		s.exec("commit")
		if err := <-answer; err != nil {
			t.Error(err)
		}
		if got := p.endings(); len(got) < 2 || got[0] != "transient" || got[len(got)-1] != "committed" {
			t.Errorf("batches %v, want a deadlock and then a commit", got)
		}
	})

	t.Run("a lock that a stranger does not give back in time is waited for again, and works", func(t *testing.T) {
		t.Parallel()
		database := pgtest.New(t)
		s := newStranger(t, database)
		told := make(chan struct{}, 1)
		p := startProcess(t, postgres.Config{URL: database.URL})
		do(t, p, delivery("milan", 5, "A"))
		engine := ledger.NewEngine(p.Store(), ledger.Config{Observe: func(b ledger.Batch) {
			if b.Outcome == "transient" {
				told <- struct{}{}
			}
		}})
		s.exec("begin")
		s.count(rowOf(level("milan", "A"))+" for update", "milan", "A")
		answer := make(chan error, 1)
		go func() {
			_, err := ledger.Submit(newRequest(), engine, holdOf("milan", "A"))
			answer <- err
		}()
		<-told // after lock_timeout
		s.exec("commit")
		if err := <-answer; err != nil {
			t.Error(err)
		}
		if err := engine.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// rowOf selects the row of a key by its place and its name.
func rowOf(key retail.Key) string {
	if key.Table == retail.TableHolds {
		return "select 1 from holds where location = $1 and id = $2::text::uuid"
	}
	return "select 1 from stock_levels where location = $1 and sku = $2"
}

func nameOf(key retail.Key) string {
	if key.Table == retail.TableHolds {
		return key.ID.String()
	}
	return key.Code
}

// isFree tells whether nobody holds the lock of a row.
func (s stranger) isFree(key retail.Key) bool {
	s.t.Helper()
	return len(s.list("select 'free' from ("+rowOf(key)+" for update skip locked) r", key.Place, nameOf(key))) == 1
}

// TestWriteOrder: one request may reach two processes that lock nothing in common, as those do that make something new. Whoever
// inserts second waits for the first; in opposite orders they would wait for each other. A stranger has inserted a row in the
// middle. Whoever inserts all, given them backwards, waits there with those before it and none after.
func TestWriteOrder(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	p := startProcess(t, postgres.Config{URL: database.URL})
	var ids []retail.ID
	for range 9 {
		ids = append(ids, ledger.NewID())
	}
	slices.SortFunc(ids, func(a, b retail.ID) int { return slices.Compare(a[:], b[:]) })
	backwards := slices.Clone(ids)
	slices.Reverse(backwards)
	now := time.Now()
	for _, c := range []struct {
		what, insert string
		write        func(retail.ID, *ledger.Writes)
	}{
		{"requests", "insert into requests values ($1, '', '', now(), 0)", func(id retail.ID, w *ledger.Writes) {
			w.Outcomes = append(w.Outcomes, ledger.Outcome{Request: id, Answer: []byte("{}"), RecordedAt: now})
		}},
		{"transactions", "insert into ledger_transactions values ('milan', $1, '', now(), now(), '', '', $1, '', 0, 0)",
			func(id retail.ID, w *ledger.Writes) {
				w.Headers = append(w.Headers, retail.Header{
					Location: "milan", ID: id, Kind: retail.KindMaster, RequestID: id, OccurredAt: now, RecordedAt: now,
				})
			}},
	} {
		t.Run(c.what, func(t *testing.T) {
			s, probe := newStranger(t, database), newStranger(t, database)
			probe.exec("set lock_timeout = '20ms'")
			middle := len(ids) / 2
			s.exec("begin")
			s.exec(c.insert, ids[middle])
			var w ledger.Writes
			for _, id := range backwards {
				c.write(id, &w)
			}
			locked, err := lockRows(t.Context(), p.Store(), nil)
			if err != nil {
				t.Fatal(err)
			}
			written := make(chan error)
			go func() { written <- locked.Tx.Commit(context.Background(), w) }()
			newStranger(t, database).awaitWaiting(1)
			for i, id := range ids {
				probe.exec("begin")
				_, err := probe.conn.Exec(t.Context(), c.insert, id)
				probe.exec("rollback")
				if free := err == nil; free != (i > middle) {
					t.Errorf("who waits at row %d has row %d free: %v", middle, i, err)
				}
			}
			s.exec("rollback")
			if err := <-written; err != nil {
				t.Error(err)
			}
		})
	}

	t.Run("events, as they happened", func(t *testing.T) {
		var w ledger.Writes
		var want []string
		for i, id := range backwards {
			want = append(want, fmt.Sprintf("hold/%d", 9-i))
			w.Events = append(w.Events, ledger.Event{Transaction: id, RecordedAt: now, Event: retail.Event{
				Kind: "StockHeld", Shard: "milan", Subject: want[i], Version: 1, Body: want[i],
			}})
		}
		locked, err := lockRows(t.Context(), p.Store(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := locked.Tx.Commit(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, newStranger(t, database).list("select subject from events order by seq")); diff != "" {
			t.Errorf("events (-happened +numbered):\n%s", diff)
		}
	})
}

// TestOneRequestTwoProcesses sends the same requests to two processes at once, in opposite order, each as a handler would: with
// ids of its own.
func TestOneRequestTwoProcesses(t *testing.T) {
	t.Parallel()
	one, other, database := startTwo(t)
	do(t, one, delivery("milan", 1000, "RED-42"))
	var requests []context.Context
	for range 60 {
		requests = append(requests, newRequest())
	}
	backwards := slices.Clone(requests)
	slices.Reverse(backwards)
	answers := map[context.Context][]retail.Hold{}
	var mu sync.Mutex
	var working sync.WaitGroup
	for p, order := range map[*process][]context.Context{one: requests, other: backwards} {
		for _, request := range order {
			for range 2 {
				working.Go(func() {
					held, err := ledger.Submit(request, p.engine, holdOf("milan", "RED-42"))
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					answers[request] = append(answers[request], held)
				})
			}
		}
	}
	working.Wait()
	for _, all := range answers {
		for _, answer := range all {
			if diff := cmp.Diff(all[0], answer); diff != "" {
				t.Fatalf("two answers to one request (-one +other):\n%s", diff)
			}
		}
	}
	if got := one.level(t, "milan", "RED-42"); got.Held() != 60 || got.Available() != 940 {
		t.Errorf("%d held and %d available, want 60 and 940", got.Held(), got.Available())
	}
	if n := newStranger(t, database).count("select count(*) from holds"); n != 60 {
		t.Errorf("%d holds, want 60", n)
	}
	one.proveBooks(t)
}

// TestNewThingTwice: what no lock protects, because it is not there yet, is found by the second who makes it.
func TestNewThingTwice(t *testing.T) {
	t.Parallel()
	one, other, database := startTwo(t)
	var working sync.WaitGroup
	for i := range 30 {
		put := retail.TaxCategory{Code: fmt.Sprint("tax-", i%3), Name: "reduced"}
		for _, p := range []*process{one, other} {
			working.Go(func() { do(t, p, retail.PutTaxCategory{Transaction: ledger.NewID(), TaxCategory: put}) })
		}
	}
	working.Wait()
	versions := newStranger(t, database).list("select code || ' ' || version from tax_categories order by 1")
	if diff := cmp.Diff([]string{"tax-0 20", "tax-1 20", "tax-2 20"}, versions); diff != "" {
		t.Errorf("versions after 20 puts each (-want +got):\n%s", diff)
	}
	one.proveBooks(t)
}
