package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// run carries a batch out and answers everybody in it. Failures are dealt with here and nowhere else:
//
//	what is seen                                what is done
//	a refusal, a stale plan, a panic in a rule  that caller is answered; the batch goes on
//	rows that must be made first                the batch runs again with them as seeds
//	deadlock, lock timeout, lost connection     the whole batch runs again, a bounded number of times, then ErrUnavailable
//	duplicate key                               the whole batch runs again: now the row is found; twice, then a fault
//	anything else                               an alarm: the batch is halved, in the old order, until the guilty one is alone
func (e *Engine) run(batch []*pending) {
	ctx := context.Background() // a caller that gives up does not take the others' work with it
	var seeds []retail.Key
	pause, duplicates := e.config.Pause, 0
	for attempt := 1; ; {
		verdicts, missing, err := e.try(ctx, batch, seeds)
		if len(missing) > 0 {
			seeds = append(seeds, missing...) // those of the run before were rolled back with it
			slices.SortFunc(seeds, retail.CompareKeys)
			continue
		}
		if err == nil {
			for i, p := range batch {
				e.respond(p, verdicts[i].result, verdicts[i].err)
			}
			return
		}
		class := classOf(err)
		if class == Duplicate {
			if duplicates++; duplicates > 2 {
				class = Fault
			}
		}
		switch class {
		case Duplicate:
			continue
		case Transient:
			if attempt == e.config.Attempts {
				for _, p := range batch {
					e.respond(p, nil, fmt.Errorf("%w: %w", ErrUnavailable, err))
				}
				return
			}
			attempt++
			time.Sleep(pause/2 + rand.N(pause))
			pause *= 2
		case Fault:
			e.split(batch, err)
			return
		}
	}
}

// split runs the halves of a batch that failed for a fault, so that only the guilty command fails.
func (e *Engine) split(batch []*pending, err error) {
	if len(batch) == 1 {
		p := batch[0]
		e.respond(p, nil, &Alarm{What: "the database refused a write", Cause: err, Request: p.request})
		return
	}
	e.run(batch[:len(batch)/2])
	e.run(batch[len(batch)/2:])
}

// classOf returns the class of a failure; one that the store did not classify is a fault.
func classOf(err error) Class {
	if failure := (*StoreError)(nil); errors.As(err, &failure) {
		return failure.Class
	}
	return Fault
}

// outcomeOf names how a run ended, for the metrics.
func outcomeOf(err error, outcome string) string {
	if err == nil {
		return outcome
	}
	return [...]string{Fault: "fault", Transient: "transient", Duplicate: "duplicate"}[classOf(err)]
}
