package imports

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWindow(t *testing.T) {
	t.Run("settles in the order given, however long each takes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWindow(t.Context(), 8)
			defer w.close()
			var got []int
			for i := range 100 {
				err := w.do("", func(context.Context) (func() error, error) {
					time.Sleep(time.Duration(i*7919%100) * time.Millisecond)
					return func() error { got = append(got, i); return nil }, nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := w.wait(); err != nil {
				t.Fatal(err)
			}
			if !slices.IsSorted(got) || len(got) != 100 {
				t.Errorf("settled %v", got)
			}
		})
	})
	t.Run("never works on more than its size, and works on that many", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWindow(t.Context(), 5)
			defer w.close()
			var now, most atomic.Int64
			for range 100 {
				_ = w.do("", func(context.Context) (func() error, error) {
					most.Store(max(most.Load(), now.Add(1)))
					time.Sleep(time.Millisecond)
					now.Add(-1)
					return nil, nil
				})
			}
			if err := w.wait(); err != nil || most.Load() != 5 {
				t.Errorf("%d at once, %v", most.Load(), err)
			}
		})
	})
	t.Run("carries out work on one subject in turn", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWindow(t.Context(), 16)
			defer w.close()
			var done [2][]int // by subject; pieces of one subject never run at once
			for i := range 40 {
				_ = w.do([]string{"even", "odd"}[i%2], func(context.Context) (func() error, error) {
					time.Sleep(time.Duration(40-i) * time.Millisecond)
					done[i%2] = append(done[i%2], i)
					return nil, nil
				})
			}
			if err := w.wait(); err != nil || !slices.IsSorted(done[0]) || !slices.IsSorted(done[1]) || len(done[0])+len(done[1]) != 40 {
				t.Errorf("%v, %v", done, err)
			}
			if len(w.last) != 0 {
				t.Errorf("%d subjects are remembered for nothing", len(w.last))
			}
		})
	})
	t.Run("stops with the first failure", func(t *testing.T) {
		broken := errors.New("broken")
		w := newWindow(t.Context(), 4)
		defer w.close()
		var err error
		for i := 0; err == nil; i++ {
			err = w.do("", func(context.Context) (func() error, error) {
				if i == 10 {
					return nil, broken
				}
				return nil, nil
			})
		}
		if !errors.Is(err, broken) || !errors.Is(w.wait(), broken) {
			t.Errorf("%v, %v", err, w.wait())
		}
	})
}
