package events_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	"github.com/aisle-retail/aisle/services/events"
	"github.com/aisle-retail/aisle/services/ledger"
)

// eventually polls until a condition holds: for what another goroutine does in its own time.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatal("did not happen: " + what)
		case <-tick.C:
		}
	}
}

func TestStall(t *testing.T) {
	l := openLog(t, events.Config{WaitMax: 20 * time.Millisecond})
	engine := l.engine()
	l.receive(engine, "milan")
	before := l.listAll("")
	if len(before.GetEvents()) != 1 {
		t.Fatalf("before: %v", before)
	}
	writer := l.connect()
	exec := func(sql string) {
		t.Helper()
		if _, err := writer.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("begin")
	exec("select pg_current_xact_id()") // it has written, as far as anybody can know

	l.receive(engine, "milan")
	l.receive(engine, "milan")
	eventually(t, "the lag shows what is held up", func() bool {
		_ = l.list(&pb.ListEventsRequest{})
		behind, waiting := l.horizon.Lag()
		return behind == 2 && waiting > 0
	})
	held := l.list(&pb.ListEventsRequest{Cursor: before.GetNextCursor()})
	if len(held.GetEvents()) != 0 || held.GetEndReached() || held.GetNextCursor() != before.GetNextCursor() {
		t.Errorf("while a writer is open: %v", held)
	}
	_, earlier := l.horizon.Lag()
	if now := l.list(&pb.ListEventsRequest{FromNow: true}); now.GetNextCursor() != before.GetNextCursor() {
		t.Errorf("now is at %v, beyond what is closed", now)
	}
	if _, later := l.horizon.Lag(); later <= earlier {
		t.Errorf("the lag went from %v to %v while nothing moved", earlier, later)
	}

	exec("commit")
	after := l.listAll(before.GetNextCursor())
	if len(after.GetEvents()) != 2 || !after.GetEndReached() {
		t.Errorf("after it ended: %v", after)
	}
	if behind, waiting := l.horizon.Lag(); behind != 0 || waiting != 0 {
		t.Errorf("after it ended the lag is %d, %v", behind, waiting)
	}
}

// listAll lists until the end is reached.
func (l *log) listAll(cursor string) (answer *pb.ListEventsResponse) {
	l.t.Helper()
	eventually(l.t, "the end is reached", func() bool {
		answer = l.list(&pb.ListEventsRequest{Cursor: cursor, PageSize: 1000})
		return answer.GetEndReached()
	})
	return answer
}

// TestReports is that a read-only reader in a snapshot of its own holds nothing up, however long it stays.
func TestReports(t *testing.T) {
	l := openLog(t, events.Config{})
	reader := l.connect()
	for _, sql := range []string{"begin isolation level repeatable read read only", "select count(*) from events"} {
		if _, err := reader.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	l.receive(l.engine(), "milan")
	if page := l.list(&pb.ListEventsRequest{}); len(page.GetEvents()) != 1 || !page.GetEndReached() {
		t.Errorf("beside a report: %v", page)
	}
}

// fakeClock is a database that says what the test wants.
type fakeClock struct {
	mu                  sync.Mutex
	newest              int64
	next, oldest        uint64
	failure             error
	looks, marks, asked int
}

func (f *fakeClock) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// counts are the looks, the ids that were drawn, and the questions whether a look is closed.
func (f *fakeClock) counts() (looks, marks, asked int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.looks, f.marks, f.asked
}

func (f *fakeClock) NewestEvent(_ context.Context, known int64) (int64, uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks++
	if f.newest <= known {
		return f.newest, 0, f.failure
	}
	f.marks++
	f.next++
	return f.newest, f.next, f.failure
}

func (f *fakeClock) OldestWriter(context.Context) (uint64, int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	oldest := f.next + 1
	if f.oldest != 0 {
		oldest = f.oldest
	}
	return oldest, f.newest, f.failure
}

// run runs a horizon over a fake in a bubble of time.
func run(t *testing.T, f *fakeClock, test func(h *events.Horizon)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		h := events.NewHorizon(f, slog.New(slog.DiscardHandler))
		var running sync.WaitGroup
		running.Go(func() { h.Run(ctx) })
		synctest.Wait()
		test(h)
		stop()
		running.Wait()
	})
}

func TestHorizon(t *testing.T) {
	t.Run("draws no transaction id while nothing happens, and hardly looks while nobody is there", func(t *testing.T) {
		f := &fakeClock{newest: 7}
		run(t, f, func(h *events.Horizon) {
			time.Sleep(time.Minute)
			synctest.Wait()
			idle, marks, _ := f.counts()
			if marks != 1 || idle < 10 || idle > 14 {
				t.Errorf("%d looks and %d ids in an idle minute", idle, marks)
			}
			leave := events.Listen(h)
			time.Sleep(time.Second)
			leave()
			if looks, marks, _ := f.counts(); marks != 1 || looks-idle < 18 || looks-idle > 22 {
				t.Errorf("%d looks and %d ids in a second with a stream", looks-idle, marks-1)
			}
		})
	})

	t.Run("closes only what was there before its own id, and asks ever more rarely", func(t *testing.T) {
		f := &fakeClock{newest: 7, oldest: 1}
		run(t, f, func(h *events.Horizon) {
			if closed, fresh, err := events.Advance(h, time.Second); closed != 0 || fresh || err != nil {
				t.Errorf("closed %d, %v, %v while a writer is open", closed, fresh, err)
			}
			if _, _, asked := f.counts(); asked < 20 || asked > 40 {
				t.Errorf("asked %d times in a second", asked)
			}
			f.set(func() { f.newest, f.oldest = 9, 2 })
			time.Sleep(50 * time.Millisecond)
			synctest.Wait()
			if behind, _ := h.Lag(); behind != 2 {
				t.Errorf("behind by %d, want the 2 that came meanwhile", behind)
			}
			f.set(func() { f.oldest = 0 })
			if closed, fresh, err := events.Advance(h, time.Second); closed != 9 || !fresh || err != nil {
				t.Errorf("closed %d, %v, %v", closed, fresh, err)
			}
		})
	})

	t.Run("tells those who wait that the database failed, and goes on when it is back", func(t *testing.T) {
		f := &fakeClock{newest: 7, failure: ledger.ErrUnavailable}
		run(t, f, func(h *events.Horizon) {
			if _, _, err := events.Advance(h, time.Second); !errors.Is(err, ledger.ErrUnavailable) {
				t.Errorf("waited with %v", err)
			}
			f.set(func() { f.failure = nil })
			if closed, fresh, err := events.Advance(h, time.Second); closed != 7 || !fresh || err != nil {
				t.Errorf("closed %d, %v, %v", closed, fresh, err)
			}
		})
	})

	t.Run("begins anew where the log is shorter than before", func(t *testing.T) {
		f := &fakeClock{newest: 7}
		run(t, f, func(h *events.Horizon) {
			f.set(func() { f.newest, f.oldest = 5, 1 })
			if closed, _, err := events.Advance(h, time.Second); closed != 0 || err != nil {
				t.Errorf("closed %d, %v in a log of which nothing is known", closed, err)
			}
			f.set(func() { f.oldest = 0 })
			if closed, fresh, err := events.Advance(h, time.Second); closed != 5 || !fresh || err != nil {
				t.Errorf("closed %d, %v, %v", closed, fresh, err)
			}
		})
	})
}
