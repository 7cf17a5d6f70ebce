package stock

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aisle-retail/aisle/services/horizon"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

const (
	// windowMax is how many sequence numbers one statement looks at. Were each an act of a thousand lines, it would be a million entries,
	// some seconds.
	windowMax = 1000
	// touchedMax is how many positions a batch holds before it ends with the window that filled it.
	touchedMax = 50_000
	// feedRest is the pause after the database failed.
	feedRest = 200 * time.Millisecond
	// feedWait is how long the feed waits for news before it looks whether anybody is still there.
	feedWait = time.Minute
)

// kindsOfTerms are events after which a channel may sell something else though nothing moved: its own terms, and what is kept back.
var kindsOfTerms = []string{"ChannelPut", "BuffersPut"}

// buffersOf is how the subjects of buffers begin: "buffers/<location>/<sku>", with no SKU for those of the location.
const buffersOf = "buffers/"

// batch is what the acts between two places in the log did to the shelves: each position as the last of them left it.
type batch struct {
	after, upTo int64
	levels      []retail.Level
	// kept are positions of which something else is kept back; terms are the subjects of other events of kindsOfTerms.
	kept  []retail.Level
	terms []string
	// rules are what is kept back of all these positions.
	rules []retail.BufferRules
}

// feed turns the event log into what it did to the shelves, once for all who watch, and only while somebody does. Every watcher has a
// queue of its own, and one that is full when there is more to put in has its end.
type feed struct {
	reads   WatchReads
	horizon *horizon.Horizon

	mu      sync.Mutex
	reading *reading // nil while nobody watches
}

// reading is one run of the feed, from the first watcher to the last.
type reading struct {
	// begun is closed when at is known or the reading failed.
	begun chan struct{}
	// wanted counts those who joined or are about to.
	wanted int
	// queues are those of the watchers.
	queues map[*queue]struct{}
	// at is up to where it was read and put into every queue.
	at     int64
	failed error
	stop   context.CancelFunc
}

// queue is what a watcher has not taken yet.
type queue struct {
	batches chan *batch
	// over is closed when no more will come, for the reason in why.
	over chan struct{}
	why  error
}

// errTooSlow is why a watcher is cut off.
var errTooSlow = retail.Refuse(retail.ReaderTooSlow, "You read more slowly than the stock changes. Go on from the last cursor.")

// join puts a new queue under the feed. It will hold every batch that begins at the place returned or after it. The caller leaves.
func (f *feed) join(ctx context.Context, size int) (q *queue, at int64, leave func(), err error) {
	f.mu.Lock()
	r := f.reading
	if r == nil {
		running, stop := context.WithCancel(context.Background())
		r = &reading{begun: make(chan struct{}), queues: map[*queue]struct{}{}, stop: stop}
		f.reading = r
		go f.run(running, r)
	}
	r.wanted++
	f.mu.Unlock()
	q = &queue{batches: make(chan *batch, size), over: make(chan struct{})}
	leave = func() { f.leave(r, q) }
	select {
	case <-r.begun:
	case <-ctx.Done():
		leave()
		return nil, 0, nil, context.Cause(ctx)
	}
	f.mu.Lock()
	if err = r.failed; err == nil {
		r.queues[q] = struct{}{}
		at = r.at
	}
	f.mu.Unlock()
	if err != nil {
		leave()
		return nil, 0, nil, err
	}
	return q, at, leave, nil
}

func (f *feed) leave(r *reading, q *queue) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(r.queues, q)
	if r.wanted--; r.wanted == 0 {
		f.end(r)
	}
}

// end ends a reading; the lock is held. The next who comes begins another.
func (f *feed) end(r *reading) {
	r.stop()
	if f.reading == r {
		f.reading = nil
	}
}

// run reads the log until the context ends or the log is another.
func (f *feed) run(ctx context.Context, r *reading) {
	defer f.horizon.Listen()()
	seen, err := f.horizon.Advance(ctx, waitMax)
	if err == nil && !seen.Fresh && seen.Closed == 0 {
		err = ledger.ErrUnavailable // this process has not closed anything yet: to begin here would be to begin at the beginning
	}
	f.mu.Lock()
	if r.at, r.failed = seen.Closed, err; err != nil {
		f.end(r)
	}
	close(r.begun)
	f.mu.Unlock()
	for at := seen.Closed; ctx.Err() == nil; {
		seen, err := f.horizon.Beyond(ctx, at, feedWait)
		if err == nil && seen.Closed < at {
			f.breakOff(r) // the log is shorter than it was: whoever comes again is told so
			return
		}
		for err == nil && at < seen.Closed {
			var b *batch
			if b, err = gather(ctx, f.reads, at, seen.Closed); err == nil {
				f.put(r, b)
				at = b.upTo
			}
		}
		if err != nil {
			rest(ctx, feedRest)
		}
	}
}

// put puts a batch into every queue, and ends those that are full.
func (f *feed) put(r *reading, b *batch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r.at = b.upTo
	for q := range r.queues {
		select {
		case q.batches <- b:
		default:
			q.end(errTooSlow)
			delete(r.queues, q)
		}
	}
}

func (f *feed) breakOff(r *reading) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for q := range r.queues {
		q.end(ledger.ErrUnavailable)
	}
	clear(r.queues)
	f.end(r)
}

func (q *queue) end(why error) {
	q.why = why
	close(q.over)
}

func rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// gather reads what the log says between two places, both of which are closed, or up to a place between them where that is much.
func gather(ctx context.Context, reads WatchReads, after, upTo int64) (*batch, error) {
	b := &batch{after: after, upTo: after}
	// last is the order of the last changes: a position that moves again goes to the end.
	last, newest := map[retail.Key]int{}, []retail.Level{}
	kept := map[string][]string{} // SKUs by location
	for b.upTo < upTo && len(last) < touchedMax {
		window := min(upTo, b.upTo+windowMax)
		moved, err := reads.PositionsMoved(ctx, b.upTo, window)
		if err != nil {
			return nil, err
		}
		for _, level := range moved {
			last[level.Key()] = len(newest)
			newest = append(newest, level)
		}
		terms, err := reads.EventsBetween(ctx, b.upTo, window, ledger.LogFilter{Kinds: kindsOfTerms}, windowMax)
		if err != nil {
			return nil, err
		}
		for _, event := range terms {
			location, sku, _ := strings.Cut(strings.TrimPrefix(event.Subject, buffersOf), "/")
			if sku == "" || !strings.HasPrefix(event.Subject, buffersOf) {
				b.terms = append(b.terms, event.Subject)
			} else if !slices.Contains(kept[location], sku) {
				kept[location] = append(kept[location], sku)
			}
		}
		b.upTo = window
	}
	wanted := make([]retail.Level, 0, len(last))
	for _, i := range slices.Sorted(maps.Values(last)) {
		wanted = append(wanted, newest[i])
	}
	return b, b.read(ctx, reads, wanted, kept)
}

// read reads what the positions of a batch are at its end, and what is kept back of them.
func (b *batch) read(ctx context.Context, reads WatchReads, wanted []retail.Level, kept map[string][]string) (err error) {
	if len(wanted) > 0 {
		if b.levels, err = reads.LevelsAtVersions(ctx, wanted); err != nil {
			return err
		}
	}
	for _, location := range slices.Sorted(maps.Keys(kept)) {
		found, err := reads.LevelsAtCut(ctx, b.upTo, retail.LevelQuery{SKUs: kept[location], Locations: []string{location}, Limit: len(kept[location])})
		if err != nil {
			return err
		}
		b.kept = append(b.kept, slices.DeleteFunc(found, func(l retail.Level) bool { return l.Version == 0 })...)
	}
	if all := slices.Concat(b.levels, b.kept); len(all) > 0 {
		b.rules, err = rulesOf(ctx, reads, all)
	}
	return err
}

// rulesOf reads the rules that there are of positions, and of their places.
func rulesOf(ctx context.Context, reads WatchReads, levels []retail.Level) ([]retail.BufferRules, error) {
	skus, places := map[string]bool{}, map[string]bool{}
	for _, level := range levels {
		skus[level.SKU], places[level.Location] = true, true
	}
	return reads.BuffersNow(ctx, slices.Collect(maps.Keys(skus)), slices.Collect(maps.Keys(places)))
}
