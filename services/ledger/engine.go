package ledger

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// Config bounds the engine. The zero value of a field takes its default.
type Config struct {
	// Lanes is how many batches may be under way at once, and so how many connections the engine uses. Default 2.
	Lanes int
	// InFlight is how many commands may be in line or under way; one more is refused with ErrOverloaded. Default 4096.
	InFlight int
	// BatchWeight caps a batch by rows locked and written, and so what one command may ask for. Default 2004, which is what
	// a receipt of 1000 lines weighs, the longest that is not cut into parts.
	BatchWeight int
	// BulkWeight caps the part of a batch that bulk work may fill. Default 1000.
	BulkWeight int
	// Attempts is how often a batch is run when the database fails for no fault of the commands. Default 5.
	Attempts int
	// Pause is the first wait between such attempts; it doubles, with jitter. Default 5 ms, so about 75 ms in all.
	Pause time.Duration
	// Observe is told of each batch; nil: nobody is.
	Observe func(Batch)
	// Alarmed is told of each fault that somebody must look at; nil: nobody is.
	Alarmed func(error)
}

// Batch is what is measured of one run of a batch.
type Batch struct {
	Commands, Accepted int
	// Lock, Decide and Commit are how long each step took.
	Lock, Decide, Commit time.Duration
	// Outcome is "committed", "empty", "seeding", "transient", "duplicate" or "fault".
	Outcome string
}

func (c Config) withDefaults() Config {
	orDefault := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	orDefault(&c.Lanes, 2)
	orDefault(&c.InFlight, 4096)
	orDefault(&c.BatchWeight, 2004)
	orDefault(&c.BulkWeight, 1000)
	orDefault(&c.Attempts, 5)
	if c.Pause <= 0 {
		c.Pause = 5 * time.Millisecond
	}
	if c.Observe == nil {
		c.Observe = func(Batch) {}
	}
	if c.Alarmed == nil {
		c.Alarmed = func(error) {}
	}
	return c
}

// Engine carries commands out in batches. It is safe for use by many goroutines, and several engines on one database are
// safe too: correctness comes from row locks alone.
type Engine struct {
	config   Config
	store    Store
	lanes    []lane
	seed     maphash.Seed
	inFlight atomic.Int64

	closing sync.RWMutex
	closed  bool
	working sync.WaitGroup
}

// NewEngine returns an engine over a store.
func NewEngine(store Store, config Config) *Engine {
	config = config.withDefaults()
	return &Engine{config: config, store: store, lanes: make([]lane, config.Lanes), seed: maphash.MakeSeed()}
}

// Close stops intake, and returns once every command in line has been answered or the context ends.
func (e *Engine) Close(ctx context.Context) error {
	e.closing.Lock()
	e.closed = true
	e.closing.Unlock()
	drained := make(chan struct{})
	go func() {
		e.working.Wait()
		close(drained)
	}()
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("ledger: closed with work in flight: %w", ctx.Err())
	}
}

// InFlight is how many commands are in line or under way.
func (e *Engine) InFlight() int64 { return e.inFlight.Load() }

// submit puts a command in line and waits for its answer or the end of the caller's patience.
func (e *Engine) submit(ctx context.Context, p *pending) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.weight() > e.config.BatchWeight {
		return retail.Refuse(retail.InvalidRequest, "this touches %d rows, more than can be done at once; send it in parts", len(p.keys))
	}
	if err := e.admit(); err != nil {
		return err
	}
	e.lanes[e.laneOf(p)].join(p, e)
	select {
	case <-p.done:
		if p.err == errAbandoned {
			return ctx.Err()
		}
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// admit counts a command in, unless the engine is closed or full. Every command counted in is answered, and counted out
// then, by respond.
func (e *Engine) admit() error {
	e.closing.RLock()
	defer e.closing.RUnlock()
	if e.closed {
		return ErrClosed
	}
	if e.inFlight.Add(1) > int64(e.config.InFlight) {
		e.inFlight.Add(-1)
		return ErrOverloaded
	}
	e.working.Add(1)
	return nil
}

// laneOf sends commands of one place to one lane, so that those that want the same rows meet in a batch and do not wait for
// each other's locks.
func (e *Engine) laneOf(p *pending) int {
	var h maphash.Hash
	h.SetSeed(e.seed)
	for _, key := range p.keys {
		switch key.Table {
		case retail.TableLevels, retail.TableHolds, retail.TableFulfilments, retail.TableBalances, retail.TableIssuingPoints:
			h.WriteString(key.Place)
			return int((h.Sum64() + p.request.Beside) % uint64(len(e.lanes)))
		}
	}
	return 0
}

// respond answers a command and counts it out.
func (e *Engine) respond(p *pending, result any, err error) {
	if alarm := (*Alarm)(nil); errors.As(err, &alarm) {
		e.config.Alarmed(err)
	}
	e.inFlight.Add(-1) // before the answer: who is answered may come again at once
	p.answer(result, err)
	e.working.Done()
}

// keysOf returns the rows that a batch must see, each once, in lock order, and the requests it answers.
func keysOf(batch []*pending) ([]retail.Key, []retail.ID) {
	total := 0
	for _, p := range batch {
		total += len(p.keys)
	}
	keys, requests := make([]retail.Key, 0, total), make([]retail.ID, 0, len(batch))
	for _, p := range batch {
		keys = append(keys, p.keys...)
		requests = append(requests, p.request.ID)
	}
	slices.SortFunc(keys, retail.CompareKeys)
	slices.SortFunc(requests, func(a, b retail.ID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(keys), slices.Compact(requests)
}

// try takes a batch through the database and back once: lock and load, decide, write and commit. It returns the verdicts,
// true once it returns no error.
func (e *Engine) try(ctx context.Context, batch []*pending, seeds []retail.Key) (verdicts []verdict, missing []retail.Key, err error) {
	measured := Batch{Commands: len(batch), Outcome: "fault"}
	defer func() {
		measured.Outcome = outcomeOf(err, measured.Outcome)
		e.config.Observe(measured)
	}()
	started := time.Now()
	keys, requests := keysOf(batch)
	loaded, err := e.store.Lock(ctx, keys, seeds, requests)
	measured.Lock = time.Since(started)
	if err != nil {
		return nil, nil, err
	}

	started = time.Now()
	work := newWorkset(loaded)
	verdicts = make([]verdict, len(batch))
	for i, p := range batch {
		verdicts[i] = work.decide(p)
	}
	measured.Accepted = len(work.writes.Outcomes)
	writes := work.finish()
	missing = work.unseeded()
	measured.Decide = time.Since(started)
	switch {
	case measured.Accepted == 0:
		loaded.Tx.Rollback(ctx)
		measured.Outcome = "empty"
		return verdicts, nil, nil
	case len(missing) > 0:
		loaded.Tx.Rollback(ctx)
		measured.Outcome = "seeding"
		return nil, missing, nil
	}

	started = time.Now()
	err = loaded.Tx.Commit(ctx, writes)
	measured.Commit = time.Since(started)
	measured.Outcome = "committed"
	return verdicts, nil, err
}
