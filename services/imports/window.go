package imports

import (
	"context"
	"sync"
)

// settledQueue is how many finished jobs per worker may wait for an earlier one that is slow.
const settledQueue = 8

// window carries out jobs side by side, a bounded number at a time, and settles their outcomes one by one in the order in
// which they were given. So reports and reject files come out the same however the work was interleaved, and need no locks.
type window struct {
	ctx   context.Context
	stop  context.CancelCauseFunc
	slots chan struct{}
	order chan *job
	// unsettled counts the jobs that were given and not settled yet.
	unsettled sync.WaitGroup
	settler   sync.WaitGroup

	mu sync.Mutex
	// last is the latest unfinished job of each subject.
	last map[string]*job
}

// job is one piece of work on its way.
type job struct {
	done   chan struct{}
	settle func() error
}

// work does something and returns how to settle it. An error of its own ends the whole run.
type work func(ctx context.Context) (settle func() error, err error)

func newWindow(ctx context.Context, workers int) *window {
	w := &window{
		slots: make(chan struct{}, workers), order: make(chan *job, workers*settledQueue), last: map[string]*job{},
	}
	w.ctx, w.stop = context.WithCancelCause(ctx)
	w.settler.Go(w.settleAll)
	return w
}

// do carries out a piece of work beside others as soon as there is room. Pieces with the same subject follow one another;
// no subject is nobody's business. It fails once the run has been stopped.
func (w *window) do(subject string, piece work) error {
	select {
	case w.slots <- struct{}{}:
	case <-w.ctx.Done():
		return context.Cause(w.ctx)
	}
	j := &job{done: make(chan struct{})}
	before := w.follow(subject, j)
	w.unsettled.Add(1)
	w.order <- j // the settler always takes it: jobs end soon after the context
	go func() {
		defer func() { <-w.slots }()
		defer w.finish(subject, j)
		if before != nil {
			<-before.done // given earlier, so it has a slot already
		}
		settle, err := piece(w.ctx)
		if err != nil {
			w.stop(err)
			return
		}
		j.settle = settle
	}()
	return nil
}

// note settles something that needs no work, in its turn.
func (w *window) note(settle func() error) {
	j := &job{done: make(chan struct{}), settle: settle}
	close(j.done)
	w.unsettled.Add(1)
	w.order <- j
}

// follow makes j the latest of its subject and returns the one before.
func (w *window) follow(subject string, j *job) *job {
	if subject == "" {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.last[subject]
	w.last[subject] = j
	return before
}

func (w *window) finish(subject string, j *job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last[subject] == j {
		delete(w.last, subject)
	}
	close(j.done)
}

func (w *window) settleAll() {
	for j := range w.order {
		<-j.done
		if j.settle != nil {
			if err := j.settle(); err != nil {
				w.stop(err)
			}
		}
		w.unsettled.Done()
	}
}

// wait returns when everything given so far is settled, or why the run was stopped.
func (w *window) wait() error {
	w.unsettled.Wait()
	return context.Cause(w.ctx)
}

// close lets the work in hand end, settles it and stops.
func (w *window) close() {
	close(w.order)
	w.settler.Wait()
	w.stop(context.Canceled)
}
