package bench

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aisle-retail/aisle/services/retail"
)

// load is how hard a side is driven: so many callers, on one position or on all, for so long.
type load struct {
	hot     bool
	callers int
	length  time.Duration
}

// promise is a hold or an order that was acknowledged: it must be there afterwards.
type promise struct {
	place string
	hold  retail.ID
	order retail.ID
}

// outcome is what a side did in its slice.
type outcome struct {
	// perSecond is measured after the warm-up.
	perSecond float64
	// done counts all, from the first to the last.
	done int64
	// holds and orders are how many of them are holds and orders, and promises are those whose ids the side knows.
	holds    int64
	orders   int64
	promises []promise
	// note is what else is to be said of the slice.
	note string
}

// call does one act and returns the hold that was acknowledged; none where the act is another.
type call func(context.Context) (promise, error)

// drive lets callers ask again and again, each as soon as it was answered. The first error ends it.
func drive(ctx context.Context, l load, ask call) (outcome, error) {
	var done atomic.Int64
	var over atomic.Bool
	promises := make([][]promise, l.callers)
	group, callers := errgroup.WithContext(ctx)
	for i := range l.callers {
		group.Go(func() error {
			for !over.Load() {
				promised, err := ask(callers)
				if err != nil {
					return err
				}
				done.Add(1)
				if promised != (promise{}) {
					promises[i] = append(promises[i], promised)
				}
			}
			return nil
		})
	}
	pause(callers, warmUp)
	before, began := done.Load(), time.Now()
	pause(callers, l.length)
	measured, took := done.Load()-before, time.Since(began)
	over.Store(true)
	err := group.Wait()
	return outcome{
		perSecond: float64(measured) / took.Seconds(), done: done.Load(), promises: slices.Concat(promises...),
	}, err
}

// pause waits, unless the context ends before.
func pause(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
