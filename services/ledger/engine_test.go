package ledger_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestOverload(t *testing.T) {
	scene(t, "one more than may be in flight is refused at once, and nothing of it is done", func(t *testing.T) {
		s := openShop(t, ledger.Config{InFlight: 3})
		resume := s.stall(1)
		for range 3 {
			submitLater(as("anna"), s, receive("milan", "red-42", 1))
		}
		equal(t, "in flight", s.engine.InFlight(), 3)
		over := submitLater(as("bruno"), s, receive("milan", "red-42", 1))
		if over.err != ledger.ErrOverloaded {
			t.Errorf("answered %v, want %v", over.err, ledger.ErrOverloaded)
		}
		equal(t, "in flight", s.engine.InFlight(), 3)
		resume()
		equal(t, "in flight", s.engine.InFlight(), 0)
		equal(t, "units", s.available("milan", "red-42"), 3)
		mustSubmit(t, as("bruno"), s, receive("milan", "red-42", 1))
	})

	scene(t, "whoever was answered may come again at once", func(t *testing.T) {
		s := openShop(t, ledger.Config{InFlight: 2})
		var callers sync.WaitGroup
		for range 2 {
			callers.Go(func() {
				for range 200 {
					if _, err := ledger.Submit(as("anna"), s.engine, receive("milan", "red-42", 1)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		callers.Wait()
	})

	scene(t, "those who are refused, stale or alarming are counted out too", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		for _, err := range []error{retail.Refuse(retail.OutOfStock, "none"), retail.ErrStale, errors.New("odd")} {
			submitLater(as("anna"), s, refusing(err))
		}
		submitLater(as("anna"), s, posting("milan", "red-42", retail.Held, retail.Available))
		s.onLock = func(int) error { return errLost }
		submitLater(as("anna"), s, receive("milan", "red-42", 1))
		settle()
		equal(t, "in flight", s.engine.InFlight(), 0)
	})
}

func TestDrain(t *testing.T) {
	scene(t, "everybody in line is answered before Close returns, and nobody else is let in", func(t *testing.T) {
		s := openShop(t, ledger.Config{BatchWeight: 12})
		resume := s.stall(1)
		var line []*pending[retail.StockChanged]
		for range 10 {
			line = append(line, submitLater(as("anna"), s, receive("milan", "red-42", 1)))
		}
		var closed bool
		go func() {
			if err := s.engine.Close(t.Context()); err != nil {
				t.Error(err)
			}
			equal(t, "in flight when Close returned", s.engine.InFlight(), 0)
			equal(t, "units when Close returned", s.available("milan", "red-42"), 10)
			closed = true
		}()
		synctest.Wait()
		if closed {
			t.Fatal("Close returned with a batch under way")
		}
		if late := submitLater(as("bruno"), s, receive("milan", "red-42", 1)); late.err != ledger.ErrClosed {
			t.Errorf("answered %v, want %v", late.err, ledger.ErrClosed)
		}
		resume()
		if !closed {
			t.Fatal("Close did not return")
		}
		for i, p := range line {
			if !p.answered || p.err != nil {
				t.Errorf("command %d was answered %v %v", i, p.answered, p.err)
			}
		}
	})

	scene(t, "Close returns when its context ends, and the work goes on", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		resume := s.stall(1)
		stuck := submitLater(as("anna"), s, receive("milan", "red-42", 1))
		patience, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := s.engine.Close(patience); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close returned %v", err)
		}
		equal(t, "patience", time.Since(began), time.Second)
		resume()
		if !stuck.answered || stuck.err != nil {
			t.Errorf("the command in flight was answered %v %v", stuck.answered, stuck.err)
		}
		if err := s.engine.Close(t.Context()); err != nil {
			t.Errorf("the second Close returned %v", err)
		}
	})

	scene(t, "an engine that did nothing closes at once", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		if err := s.engine.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})

	scene(t, "whoever comes while it closes is answered: carried out, or told that it closes", func(t *testing.T) {
		s := openShop(t, ledger.Config{Lanes: 4})
		var callers sync.WaitGroup
		var mu sync.Mutex
		done := int64(0)
		for i, place := range numbered("place", 50) {
			callers.Go(func() {
				time.Sleep(time.Duration(i%5) * time.Millisecond)
				_, err := ledger.Submit(as("anna"), s.engine, receive(place, "red-42", 1))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					done++
				} else if err != ledger.ErrClosed {
					t.Error(err)
				}
			})
		}
		time.Sleep(2 * time.Millisecond)
		if err := s.engine.Close(t.Context()); err != nil {
			t.Error(err)
		}
		callers.Wait()
		equal(t, "outcomes", int64(len(s.outcomes)), done)
	})
}

func TestCancellation(t *testing.T) {
	// impatient is the context of a request whose caller can give up.
	impatient := func() (context.Context, context.CancelFunc) { return context.WithCancel(as("anna")) }

	scene(t, "a caller that gives up while its batch is stuck returns at once, and the batch goes on", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		resume := s.stall(1)
		request, giveUp := impatient()
		gone := submitLater(request, s, receive("milan", "red-42", 1))
		giveUp()
		synctest.Wait()
		if gone.err != context.Canceled {
			t.Errorf("answered %v, want %v", gone.err, context.Canceled)
		}
		equal(t, "in flight", s.engine.InFlight(), 1)
		resume()
		equal(t, "in flight", s.engine.InFlight(), 0)
		again := mustSubmit(t, context.WithoutCancel(request), s, receive("milan", "red-42", 1))
		equal(t, "units by the answer", again.Levels[0].Available(), 1)
		equal(t, "units", s.available("milan", "red-42"), 1)
	})

	scene(t, "a caller that gives up in line takes nobody else along, and nothing is done for it", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		resume := s.stall(1)
		stuck := submitLater(as("stuck"), s, receive("milan", "red-42", 1))
		request, giveUp := impatient()
		submitLater(request, s, receive("milan", "red-42", 1))
		neighbour := submitLater(as("bruno"), s, receive("milan", "red-42", 1))
		giveUp()
		resume()
		if stuck.err != nil || neighbour.err != nil {
			t.Error(stuck.err, neighbour.err)
		}
		equal(t, "units", s.available("milan", "red-42"), 2)
		equal(t, "commits", s.actors(), [][]string{{"stuck"}, {"bruno"}})
		again := mustSubmit(t, context.WithoutCancel(request), s, receive("milan", "red-42", 1))
		equal(t, "units when it asks again", again.Levels[0].Available(), 3)
	})

	scene(t, "a line of callers that have all gone costs the database nothing", func(t *testing.T) {
		s := openShop(t, ledger.Config{InFlight: 100})
		resume := s.stall(1)
		submitLater(as("stuck"), s, receive("milan", "red-42", 1))
		request, giveUp := impatient()
		for range 50 {
			submitLater(ledger.WithRequest(request, ledger.Request{ID: ledger.NewID(), Actor: "gone"}), s, receive("milan", "red-42", 1))
		}
		equal(t, "in flight", s.engine.InFlight(), 51)
		giveUp()
		resume()
		equal(t, "in flight", s.engine.InFlight(), 0)
		equal(t, "units", s.available("milan", "red-42"), 1)
		equal(t, "calls of the store", s.calls.Load(), 2) // of the first, which made the position
	})

	scene(t, "a deadline ends the wait when it comes", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		resume := s.stall(1)
		request, cancel := context.WithTimeout(as("anna"), 20*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := ledger.Submit(request, s.engine, receive("milan", "red-42", 1))
		if err != context.DeadlineExceeded || time.Since(began) != 20*time.Millisecond {
			t.Errorf("answered %v after %s", err, time.Since(began))
		}
		resume()
	})

	scene(t, "a caller that had given up before submits nothing", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		request, giveUp := impatient()
		giveUp()
		if _, err := ledger.Submit(request, s.engine, receive("milan", "red-42", 1)); err != context.Canceled {
			t.Errorf("answered %v, want %v", err, context.Canceled)
		}
		synctest.Wait()
		equal(t, "calls of the store", s.calls.Load(), 0)
		equal(t, "in flight", s.engine.InFlight(), 0)
	})

	scene(t, "while a caller waits in vain the pauses between tries are not its own", func(t *testing.T) {
		s := openShop(t, ledger.Config{Attempts: 4, Pause: time.Second})
		s.onLock = func(call int) error {
			if call <= 3 {
				return errLost
			}
			return nil
		}
		request, cancel := context.WithTimeout(as("anna"), time.Millisecond)
		defer cancel()
		if _, err := ledger.Submit(request, s.engine, receive("milan", "red-42", 1)); err != context.DeadlineExceeded {
			t.Errorf("answered %v", err)
		}
		settle()
		equal(t, "units", s.available("milan", "red-42"), 1)
	})
}

func TestObserver(t *testing.T) {
	const lock, decide, commit = 3 * time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond
	// slow is a shop where each step takes its time, and slowly a rule that takes its.
	slow := func(t *testing.T) *shop {
		s := openShop(t, ledger.Config{})
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 10))
		s.batches = nil
		s.onLock = func(int) error { time.Sleep(lock); return nil }
		s.onCommit = func(int, ledger.Writes) error { time.Sleep(commit); return nil }
		return s
	}
	slowly := func(sku string) act[string] {
		cmd := posting("milan", sku, retail.Supplier, retail.Available, retail.LevelKey("milan", sku))
		rule := cmd.decide
		cmd.decide = func(s retail.State, now time.Time) (retail.Change, string, error) {
			time.Sleep(decide)
			return rule(s, now)
		}
		return cmd
	}

	scene(t, "is told of each step of a batch that committed", func(t *testing.T) {
		s := slow(t)
		mustSubmit(t, as("anna"), s, slowly("red-42"))
		equal(t, "batches", s.batches, []ledger.Batch{
			{Commands: 1, Accepted: 1, Lock: lock, Decide: decide, Commit: commit, Outcome: "committed"},
		})
	})

	scene(t, "is told of the run that only found what to seed", func(t *testing.T) {
		s := slow(t)
		mustSubmit(t, as("anna"), s, slowly("blue-40"))
		equal(t, "batches", s.batches, []ledger.Batch{
			{Commands: 1, Accepted: 1, Lock: lock, Decide: decide, Outcome: "seeding"},
			{Commands: 1, Accepted: 1, Lock: lock, Decide: decide, Commit: commit, Outcome: "committed"},
		})
	})

	scene(t, "is told how many of a batch were accepted, and of one where nobody was", func(t *testing.T) {
		s := slow(t)
		submitLater(as("anna"), s, hold("milan", "red-42", 11))
		for range 2 {
			submitLater(as("anna"), s, hold("milan", "red-42", 6)) // together in the next
		}
		settle()
		equal(t, "batches", s.batches, []ledger.Batch{
			{Commands: 1, Lock: lock, Outcome: "empty"},
			{Commands: 2, Accepted: 1, Lock: lock, Commit: commit, Outcome: "committed"},
		})
	})

	scene(t, "is told of every failure by its class, with the time it took", func(t *testing.T) {
		s := slow(t)
		failures := []error{errDeadlock, errTaken, errCheck}
		s.onCommit = func(int, ledger.Writes) error {
			time.Sleep(commit)
			failure := failures[0]
			failures = failures[1:]
			return failure
		}
		if _, err := ledger.Submit(as("anna"), s.engine, hold("milan", "red-42", 1)); err == nil {
			t.Fatal("answered although every commit failed")
		}
		var want []ledger.Batch
		for _, ending := range []string{"transient", "duplicate", "fault"} {
			want = append(want, ledger.Batch{Commands: 1, Accepted: 1, Lock: lock, Commit: commit, Outcome: ending})
		}
		equal(t, "batches", s.batches, want)
	})

	scene(t, "is told of a lock that failed", func(t *testing.T) {
		s := slow(t)
		s.onLock = func(int) error { time.Sleep(lock); return errCheck }
		if _, err := ledger.Submit(as("anna"), s.engine, hold("milan", "red-42", 1)); err == nil {
			t.Fatal("answered although the lock failed")
		}
		equal(t, "batches", s.batches, []ledger.Batch{{Commands: 1, Lock: lock, Outcome: "fault"}})
	})
}
