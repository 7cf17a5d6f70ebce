package horizon_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aisle-retail/aisle/services/horizon"
	"github.com/aisle-retail/aisle/services/ledger"
)

// advance is what a list waits for.
func advance(h *horizon.Horizon) (closed int64, fresh bool, err error) {
	seen, err := h.Advance(context.Background(), time.Second)
	return seen.Closed, seen.Fresh, err
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
func run(t *testing.T, f *fakeClock, test func(h *horizon.Horizon)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		h := horizon.New(f, slog.New(slog.DiscardHandler))
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
		run(t, f, func(h *horizon.Horizon) {
			time.Sleep(time.Minute)
			synctest.Wait()
			idle, marks, _ := f.counts()
			if marks != 1 || idle < 10 || idle > 14 {
				t.Errorf("%d looks and %d ids in an idle minute", idle, marks)
			}
			leave := h.Listen()
			time.Sleep(time.Second)
			leave()
			if looks, marks, _ := f.counts(); marks != 1 || looks-idle < 18 || looks-idle > 22 {
				t.Errorf("%d looks and %d ids in a second with a stream", looks-idle, marks-1)
			}
		})
	})

	t.Run("looks for nobody where it looks on demand, and at once for who asks", func(t *testing.T) {
		f := &fakeClock{newest: 7}
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			h := horizon.New(f, slog.New(slog.DiscardHandler))
			h.OnDemand()
			var running sync.WaitGroup
			running.Go(func() { h.Run(ctx) })
			time.Sleep(time.Hour)
			synctest.Wait()
			if looks, _, _ := f.counts(); looks > 2 {
				t.Errorf("%d looks in an idle hour", looks)
			}
			f.set(func() { f.newest = 9 })
			if closed, fresh, err := advance(h); closed != 9 || !fresh || err != nil {
				t.Errorf("closed %d, %v, %v", closed, fresh, err)
			}
			leave := h.Listen()
			f.set(func() { f.newest = 11 })
			if seen, err := h.Beyond(ctx, 9, time.Second); seen.Closed != 11 || err != nil {
				t.Errorf("closed %v, %v with a listener", seen, err)
			}
			leave()
			stop()
			running.Wait()
		})
	})

	t.Run("closes only what was there before its own id, and asks ever more rarely", func(t *testing.T) {
		f := &fakeClock{newest: 7, oldest: 1}
		run(t, f, func(h *horizon.Horizon) {
			if closed, fresh, err := advance(h); closed != 0 || fresh || err != nil {
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
			if closed, fresh, err := advance(h); closed != 9 || !fresh || err != nil {
				t.Errorf("closed %d, %v, %v", closed, fresh, err)
			}
		})
	})

	t.Run("tells those who wait that the database failed, and goes on when it is back", func(t *testing.T) {
		f := &fakeClock{newest: 7, failure: ledger.ErrUnavailable}
		run(t, f, func(h *horizon.Horizon) {
			if _, _, err := advance(h); !errors.Is(err, ledger.ErrUnavailable) {
				t.Errorf("waited with %v", err)
			}
			f.set(func() { f.failure = nil })
			if closed, fresh, err := advance(h); closed != 7 || !fresh || err != nil {
				t.Errorf("closed %d, %v, %v", closed, fresh, err)
			}
		})
	})

	t.Run("begins anew where the log is shorter than before", func(t *testing.T) {
		f := &fakeClock{newest: 7}
		run(t, f, func(h *horizon.Horizon) {
			f.set(func() { f.newest, f.oldest = 5, 1 })
			if closed, _, err := advance(h); closed != 0 || err != nil {
				t.Errorf("closed %d, %v in a log of which nothing is known", closed, err)
			}
			f.set(func() { f.oldest = 0 })
			if closed, fresh, err := advance(h); closed != 5 || !fresh || err != nil {
				t.Errorf("closed %d, %v, %v", closed, fresh, err)
			}
		})
	})
}
