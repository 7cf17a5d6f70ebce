package horizon

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/aisle-retail/aisle/services/sabotage"
)

const (
	// pollEvery is how often the horizon looks while streams are open: what a stream adds to the age of an event at most.
	pollEvery = 50 * time.Millisecond
	// idleEvery is how often it looks for nobody, so that the metrics tell of a writer who holds it up.
	idleEvery = 5 * time.Second
	// closeFirst is the first pause before asking again whether a look is closed. Writers commit within a few milliseconds. It
	// doubles up to pollEvery.
	closeFirst = time.Millisecond
	// retryEvery is the pause after the database failed.
	retryEvery = 200 * time.Millisecond
)

// Clockwork is what the horizon reads.
type Clockwork interface {
	// NewestEvent returns the seq of the newest committed event, and where that is beyond what is known a transaction id
	// that was drawn after it was seen.
	NewestEvent(ctx context.Context, known int64) (newest int64, xid uint64, err error)
	// OldestWriter returns the lowest transaction id that is not over, and the seq of the newest committed event.
	OldestWriter(ctx context.Context) (xid uint64, newest int64, err error)
}

// Horizon is how far the log may be read. The package comment tells how it moves.
type Horizon struct {
	reads Clockwork
	log   *slog.Logger
	// onDemand is true where nobody looks at the metrics, so that it looks only for those who ask.
	onDemand bool
	// wake ends the pause of Run.
	wake chan struct{}

	mu sync.Mutex
	// view is what readers see.
	view View
	// waitingSince is when the look that is not closed yet began; zero where none is open.
	waitingSince time.Time
	// begun and done count the looks; wanted is the last that somebody waits for.
	begun, done, wanted uint64
	// failed is why the last look came to nothing.
	failed error
	// listeners are the streams that are open.
	listeners int
	// changed is closed, and made anew, whenever any of this changes.
	changed chan struct{}
}

// View is the log as a reader may see it.
type View struct {
	// Closed is up to where it may be read, Newest the last that is committed.
	Closed, Newest int64
	// Fresh is true where Newest is of a look that began after the reader asked.
	Fresh bool
}

// mark is a look that is not closed yet: when every lower id than xid is over, all up to newest is.
type mark struct {
	newest int64
	xid    uint64
	// pause is how long to wait before asking again.
	pause time.Duration
}

// New returns a horizon that moves once it runs.
func New(reads Clockwork, log *slog.Logger) *Horizon {
	return &Horizon{reads: reads, log: log, wake: make(chan struct{}, 1), changed: make(chan struct{})}
}

// OnDemand has the horizon look for nobody but those who ask: where no service is there that shows the log, nobody looks at how far
// behind its readers are. It is to be called before Run.
func (h *Horizon) OnDemand() { h.onDemand = true }

// Run moves the horizon until the context ends.
func (h *Horizon) Run(ctx context.Context) {
	var open *mark
	for ctx.Err() == nil {
		var err error
		if open == nil {
			open, err = h.look(ctx)
		}
		if err == nil && open != nil {
			open, err = h.tryToClose(ctx, open)
		}
		if err != nil {
			open = nil
			h.fail(ctx, err)
		}
		h.rest(ctx, open)
	}
}

// look sees what is committed. It returns nil where all of it is closed.
func (h *Horizon) look(ctx context.Context) (*mark, error) {
	h.mu.Lock()
	h.begun++
	known := h.view.Closed
	h.mu.Unlock()
	began := time.Now()
	newest, xid, err := h.reads.NewestEvent(ctx, known)
	if err != nil {
		return nil, err
	}
	if newest == known {
		h.finish(known)
		return nil, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.view.Newest = newest
	if newest < known {
		// The log is shorter than it was: the database was replaced by an older copy of itself. Nothing is known of that one,
		// so that the next look, which nobody has to ask for, begins anew.
		h.view.Closed = 0
		h.wanted = max(h.wanted, h.begun+1)
		h.log.Error("the event log is shorter than before: was the database restored?", "newest", newest, "before", known)
		return nil, nil
	}
	if h.waitingSince.IsZero() { // or the look before failed, and what it waited for still waits
		h.waitingSince = began
	}
	return &mark{newest: newest, xid: xid, pause: closeFirst}, nil
}

// tryToClose closes a look if everybody who drew a number up to it is done, and returns nil then.
func (h *Horizon) tryToClose(ctx context.Context, open *mark) (*mark, error) {
	oldest, newest, err := h.reads.OldestWriter(ctx)
	if err != nil {
		return nil, err
	}
	if oldest > open.xid || sabotage.Active == sabotage.NoHorizon {
		h.finish(open.newest)
		return nil, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.view.Newest = max(h.view.Newest, newest)
	return &mark{newest: open.newest, xid: open.xid, pause: min(2*open.pause, pollEvery)}, nil
}

// finish ends a look: all up to here is closed.
func (h *Horizon) finish(closed int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	news := closed != h.view.Closed || h.failed != nil || h.wanted > h.done
	h.view = View{Closed: closed, Newest: max(h.view.Newest, closed)}
	h.done, h.failed, h.waitingSince = h.begun, nil, time.Time{}
	if news {
		h.tell()
	}
}

// fail ends a look that came to nothing. What was waiting goes on waiting, and the lag with it.
func (h *Horizon) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failed == nil { // once, not five times a second
		h.log.Warn("the event log's horizon can't be read", "error", err)
	}
	h.done, h.failed = h.begun, err
	h.tell()
}

// tell wakes everybody who waits; the lock is held.
func (h *Horizon) tell() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// rest waits until there is something to do.
func (h *Horizon) rest(ctx context.Context, open *mark) {
	h.mu.Lock()
	pause, wake := idleEvery, h.wake
	if h.onDemand {
		pause = math.MaxInt64
	}
	switch {
	case open != nil:
		pause, wake = open.pause, nil // a look is under way, and asking does not speed it up
	case h.failed != nil:
		pause, wake = retryEvery, nil
	case h.wanted > h.begun:
		pause = 0
	case h.listeners > 0:
		pause = pollEvery
	}
	h.mu.Unlock()
	if pause == 0 {
		return
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-wake:
	}
}

func (h *Horizon) wakeUp() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// Listen has the horizon look often, until the function is called that it returns.
func (h *Horizon) Listen() (leave func()) {
	h.mu.Lock()
	h.listeners++
	h.mu.Unlock()
	h.wakeUp()
	return func() {
		h.mu.Lock()
		h.listeners--
		h.mu.Unlock()
	}
}

// Advance waits until all that was committed before the call is closed. It returns what is closed, which is not fresh where
// the wait was over before.
func (h *Horizon) Advance(ctx context.Context, wait time.Duration) (View, error) {
	h.mu.Lock()
	number := h.begun + 1 // a look that is under way may have missed it
	h.wanted = max(h.wanted, number)
	h.mu.Unlock()
	h.wakeUp()
	return h.await(ctx, wait, func() bool { return h.done >= number })
}

// Beyond waits until something after a seq is closed, or the wait is over, and returns what is closed.
func (h *Horizon) Beyond(ctx context.Context, seq int64, wait time.Duration) (View, error) {
	return h.await(ctx, wait, func() bool { return h.view.Closed > seq || h.failed != nil })
}

// await waits until a condition holds, which is called with the lock held.
func (h *Horizon) await(ctx context.Context, wait time.Duration, holds func() bool) (View, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for over := false; ; {
		h.mu.Lock()
		seen, held, err, changed := h.view, holds(), h.failed, h.changed
		h.mu.Unlock()
		switch seen.Fresh = held; {
		case held:
			return seen, err
		case over:
			return seen, nil
		}
		select {
		case <-ctx.Done():
			return seen, context.Cause(ctx)
		case <-timer.C:
			over = true // look once more: what was seen is as old as the wait
		case <-changed:
		}
	}
}

// Lag is how far readers are behind the newest committed event: in sequence numbers, and by how long the oldest look that
// is not closed has been waiting.
func (h *Horizon) Lag() (events int64, waiting time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.waitingSince.IsZero() {
		waiting = time.Since(h.waitingSince)
	}
	return max(0, h.view.Newest-h.view.Closed), waiting
}
