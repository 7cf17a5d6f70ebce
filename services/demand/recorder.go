package demand

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

const (
	// LinesMax is how many different things a process keeps until it records them: at some 300 bytes each, 3 MB. What else is looked
	// for in that time is dropped, and counted.
	LinesMax = 10_000
	// timesMax is how often one thing is counted in one line.
	timesMax = 1_000_000_000
	// Actor is the actor of what a recorder records.
	Actor = "aisle/demand"
)

// Recorder counts in memory what callers look for, like ones together, and records it now and then. It is safe for concurrent use.
type Recorder struct {
	now     func() time.Time
	dropped atomic.Int64

	mu    sync.Mutex
	lines map[position]*retail.DemandLine

	// writing is held by whoever records; left is what is not recorded yet, each under an id that it keeps.
	writing sync.Mutex
	left    []retail.RecordDemand
}

// position is one thing that was looked for at one place.
type position struct {
	location string
	retail.Wanted
}

// NewRecorder returns a recorder that has seen nothing.
func NewRecorder() *Recorder {
	return &Recorder{now: time.Now, lines: map[position]*retail.DemandLine{}}
}

// Dropped is how often something was looked for that is not recorded: there was no room for it, or it could not be.
func (r *Recorder) Dropped() int64 { return r.dropped.Load() }

// saw counts one thing.
func (r *Recorder) saw(location string, wanted retail.Wanted) {
	at := position{cmp.Or(location, retail.HeadOffice), wanted}
	r.mu.Lock()
	defer r.mu.Unlock()
	line := r.lines[at]
	if line == nil {
		if len(r.lines) >= LinesMax {
			r.dropped.Add(1)
			return
		}
		line = &retail.DemandLine{Wanted: wanted, At: r.now()}
		r.lines[at] = line
	}
	line.Times = min(line.Times+1, timesMax)
}

// take empties the memory into commands, each of one place.
func (r *Recorder) take() (all []retail.RecordDemand) {
	r.mu.Lock()
	lines := r.lines
	r.lines = map[position]*retail.DemandLine{}
	r.mu.Unlock()
	places := map[string][]retail.DemandLine{}
	for at, line := range lines {
		places[at.location] = append(places[at.location], *line)
	}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		slices.SortFunc(places[place], func(a, b retail.DemandLine) int { return a.At.Compare(b.At) })
		for part := range slices.Chunk(places[place], retail.DemandLinesMax) {
			all = append(all, retail.RecordDemand{Transaction: ledger.NewID(), Location: place, Lines: part})
		}
	}
	return all
}

// Flush records what was seen: first what the last flush left, then the rest. What can't be recorded now is left for the next, under the
// same request id, so that it is recorded once; what never can be is dropped, and told of.
func (r *Recorder) Flush(ctx context.Context, engine *ledger.Engine) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	if err := r.record(ctx, engine); err != nil {
		return err
	}
	r.left = r.take()
	return r.record(ctx, engine)
}

func (r *Recorder) record(ctx context.Context, engine *ledger.Engine) error {
	for len(r.left) > 0 {
		cmd := r.left[0]
		request := ledger.Request{
			ID: cmd.Transaction, Fingerprint: sha256.Sum256([]byte(Actor + cmd.Transaction.String())), Actor: Actor, Bulk: true,
		}
		_, err := ledger.Submit(ledger.WithRequest(ctx, request), engine, cmd)
		if err != nil && isForNow(err) {
			return err
		}
		r.left = r.left[1:]
		if err != nil {
			for _, line := range cmd.Lines {
				r.dropped.Add(line.Times)
			}
			return fmt.Errorf("dropped what was looked for at %s: %w", cmd.Location, err)
		}
	}
	return nil
}

// isForNow tells whether what failed may work later.
func isForNow(err error) bool {
	for _, passing := range []error{
		ledger.ErrOverloaded, ledger.ErrUnavailable, ledger.ErrClosed, context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

// Run records every so often until the context ends.
func (r *Recorder) Run(ctx context.Context, engine *ledger.Engine, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := r.Flush(ctx, engine); err != nil && ctx.Err() == nil {
			log.Warn("what people look for is not recorded", "error", err)
		}
	}
}
