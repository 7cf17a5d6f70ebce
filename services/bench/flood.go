package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	// floodTimes is how many times as many calls a flooded server gets as it can answer.
	floodTimes = 5
	// floodTick is how often the calls that are due are sent, all at once.
	floodTick = time.Millisecond
	// floodPatience is far longer than any answer takes: the flood waits for all of them, so that each is accounted for.
	floodPatience = 30 * time.Second
)

// flood sends calls at a rate, whoever was answered meanwhile: an open loop, as the public is. What it counts as done was
// acknowledged; whatever else is answered must be the refusal of a server that has too much to do.
type flood struct {
	ask     call
	answers sync.WaitGroup

	mu       sync.Mutex
	promises []promise
	inTime   int // of the promises, after the warm-up
	refused  []time.Duration
	failed   error
}

// run floods for a slice. It returns what was acknowledged, and how long the refusals took.
func (f *flood) run(ctx context.Context, l load, perSecond float64) (outcome, []time.Duration, error) {
	began := time.Now()
	measured := began.Add(warmUp)
	end := measured.Add(l.length)
	tick := time.NewTicker(floodTick)
	defer tick.Stop()
	for sent := 0; time.Now().Before(end) && ctx.Err() == nil; <-tick.C {
		for due := int(time.Since(began).Seconds() * perSecond); sent < due; sent++ {
			f.answers.Go(func() { f.one(ctx, measured, end) })
		}
	}
	f.answers.Wait()
	did := outcome{
		perSecond: float64(f.inTime) / l.length.Seconds(), done: int64(len(f.promises)), promises: f.promises,
	}
	return did, f.refused, f.failed
}

// one is one call.
func (f *flood) one(ctx context.Context, from, until time.Time) {
	ctx, cancel := context.WithTimeout(ctx, floodPatience)
	defer cancel()
	asked := time.Now()
	promised, err := f.ask(ctx)
	answered := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err == nil:
		f.promises = append(f.promises, promised)
		if answered.After(from) && answered.Before(until) {
			f.inTime++
		}
	case status.Code(err) == codes.ResourceExhausted:
		f.refused = append(f.refused, answered.Sub(asked))
	default:
		f.failed = err
	}
}

// floodOrders floods with orders, at so many times the rate at which they were answered last.
func (s *stage) floodOrders(ctx context.Context, l load, answeredPerSecond float64) (outcome, error) {
	f := &flood{ask: s.orderOverGRPC(l.hot)}
	did, refused, err := f.run(ctx, l, floodTimes*answeredPerSecond)
	did.orders = did.done
	slices.Sort(refused)
	if len(refused) > 0 {
		did.note = fmt.Sprintf("%d refused, half of them within %s", len(refused), refused[len(refused)/2].Round(10*time.Microsecond))
	}
	return did, err
}
