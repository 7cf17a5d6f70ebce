package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/aisle-retail/aisle/services/retail"
)

// planAttempts is how often Replan plans before it gives up with ErrStale.
const planAttempts = 3

// NewID mints an id, version 7.
func NewID() retail.ID { return retail.ID(uuid.Must(uuid.NewV7())) }

// Submit carries a command out and returns its result once that is durable, or a *retail.Refusal that left no trace, or
// an error of the mechanism. The context must carry a Request. A caller that gives up gets its context's error at once;
// the command may be carried out all the same, and the same request id finds out.
func Submit[R any](ctx context.Context, e *Engine, cmd retail.Command[R]) (R, error) {
	var none R
	request, ok := RequestFrom(ctx)
	if !ok || request.ID.IsZero() {
		return none, ErrNoRequest
	}
	p := &pending{
		gone:    ctx.Done(),
		request: request,
		keys:    cmd.Keys(),
		decide: func(s retail.State, now time.Time) (retail.Change, any, error) {
			return cmd.Decide(s, now)
		},
		replay: func(answer []byte) (any, error) {
			var r R
			err := json.Unmarshal(answer, &r)
			return r, err
		},
		done: make(chan struct{}),
	}
	if err := e.submit(ctx, p); err != nil {
		return none, err
	}
	return p.result.(R), nil
}

// Replan plans a command from what it reads and submits it, again while the plan is stale by the time it is decided, a
// bounded number of times. A plan that is refused by now may be that of a request which was carried out when it was not: a copy
// of that gets the answer of the first.
func Replan[R any](ctx context.Context, e *Engine, plan func(context.Context) (retail.Command[R], error)) (R, error) {
	for attempt := 1; ; attempt++ {
		cmd, err := plan(ctx)
		if refusal := (*retail.Refusal)(nil); errors.As(err, &refusal) {
			cmd, err = refused[R]{refusal}, nil
		}
		if err != nil {
			var none R
			return none, err
		}
		result, err := Submit(ctx, e, cmd)
		if !errors.Is(err, ErrStale) || attempt == planAttempts {
			return result, err
		}
	}
}

// refused is a command that is refused unless its request was carried out before.
type refused[R any] struct{ refusal *retail.Refusal }

// Keys are none.
func (r refused[R]) Keys() []retail.Key { return nil }

// Decide refuses.
func (r refused[R]) Decide(retail.State, time.Time) (retail.Change, R, error) {
	var none R
	return retail.Change{}, none, r.refusal
}

// pending is a command in line: what the engine needs of it without knowing its type.
type pending struct {
	// gone is closed when nobody waits for the answer any more; nil: never.
	gone    <-chan struct{}
	request Request
	keys    []retail.Key
	decide  func(retail.State, time.Time) (retail.Change, any, error)
	replay  func(answer []byte) (any, error)

	// result or err is set before done is closed, by the one batch that answers it.
	result any
	err    error
	done   chan struct{}
}

// weight is what a command counts against the cap of a batch: the rows it locks and about as many that it writes.
func (p *pending) weight() int { return 2*len(p.keys) + 4 }

// abandoned tells whether nobody waits for the answer any more.
func (p *pending) abandoned() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// answer ends the wait of the caller.
func (p *pending) answer(result any, err error) {
	p.result, p.err = result, err
	close(p.done)
}

// decideSafely runs the rule; a panic in it is that command's fault alone, since a rule shares nothing.
func (p *pending) decideSafely(s retail.State, now time.Time) (change retail.Change, result any, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = &Alarm{What: "a rule panicked", Cause: fmt.Errorf("%v", fault), Request: p.request}
		}
	}()
	return p.decide(s, now)
}

// Alarm is a fault that somebody must look at: a broken rule, a constraint that failed. The caller learns only that there
// was one.
type Alarm struct {
	What    string
	Cause   error
	Request Request
}

// Error says what happened and in which request.
func (a *Alarm) Error() string {
	return fmt.Sprintf("ledger: %s in request %s of %s: %v", a.What, a.Request.ID, a.Request.Actor, a.Cause)
}

// Unwrap returns the cause.
func (a *Alarm) Unwrap() error { return a.Cause }
