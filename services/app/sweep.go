package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// sweepBatch is how many expired holds one look takes at most.
const sweepBatch = 500

// sweepActor is the actor of what the sweeper does.
const sweepActor = "aisle/sweeper"

// sweepReads is what the sweeper reads.
type sweepReads interface {
	ExpiredHolds(ctx context.Context, limit int) ([]retail.Hold, error)
}

// sweep gives the units of expired holds back until the context ends. Expiring is an ordinary command: its request id
// follows from the hold, so that any number of servers may sweep at once. A hold cannot be used from the instant it
// expires, whether swept or not.
func sweep(ctx context.Context, engine *ledger.Engine, reads sweepReads, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for sweepOnce(ctx, engine, reads, log) == sweepBatch {
			// There is more: do not wait.
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweepOnce expires what is due now, and returns how many holds that were.
func sweepOnce(ctx context.Context, engine *ledger.Engine, reads sweepReads, log *slog.Logger) int {
	due, err := reads.ExpiredHolds(ctx, sweepBatch)
	if err != nil {
		if ctx.Err() == nil {
			log.Warn("expired holds can't be read", "error", err)
		}
		return 0
	}
	var working sync.WaitGroup
	var failed atomic.Bool
	for _, hold := range due {
		working.Go(func() {
			if err := expire(ctx, engine, hold); err != nil && ctx.Err() == nil {
				failed.Store(true)
				log.Warn("a hold can't be expired", "hold", hold.ID.String(), "location", hold.Location, "error", err)
			}
		})
	}
	working.Wait()
	if failed.Load() {
		return 0 // after a pause, not at once
	}
	return len(due)
}

func expire(ctx context.Context, engine *ledger.Engine, hold retail.Hold) error {
	fingerprint := sha256.Sum256([]byte("aisle/expire/" + hold.Location + "/" + hold.ID.String()))
	ctx = ledger.WithRequest(ctx, ledger.Request{
		ID: retail.ID(fingerprint[:16]), Fingerprint: fingerprint, Actor: sweepActor, Bulk: true,
	})
	_, err := ledger.Submit(ctx, engine, retail.EndHold{
		Hold: hold.ID, Transaction: ledger.NewID(), Location: hold.Location, Lines: hold.Lines, Sweep: true,
	})
	if refusal := (*retail.Refusal)(nil); errors.As(err, &refusal) || errors.Is(err, retail.ErrStale) {
		return nil // somebody released or swept it meanwhile, or our clocks differ by a hair
	}
	return err
}
