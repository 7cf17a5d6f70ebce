package ledger

import (
	"errors"
	"runtime"
	"sync"
)

// errAbandoned is the answer to a command that nobody waits for.
var errAbandoned = errors.New("ledger: nobody waits for the answer")

// lane is a line of commands that one goroutine at a time takes through the database, batch after batch. The goroutine
// lives only while somebody waits: a command that finds the lane idle starts it, and the scheduler runs it at once in the
// caller's stead.
type lane struct {
	mu      sync.Mutex
	people  []*pending // before bulk, always
	bulk    []*pending
	running bool
}

// join puts a command in line, and starts the lane if it is idle.
func (l *lane) join(p *pending, e *Engine) {
	l.mu.Lock()
	if p.request.Bulk {
		l.bulk = append(l.bulk, p)
	} else {
		l.people = append(l.people, p)
	}
	start := !l.running
	l.running = true
	l.mu.Unlock()
	if start {
		go l.drain(e)
	}
}

// drain takes batches until nobody is in line.
func (l *lane) drain(e *Engine) {
	for {
		// Those whom the batch before answered are about to ask again. They get the processor once, and then nobody is
		// waited for. At 64 callers batches grew by a third: from 16 to 21 on spread keys, from 32 to 44 on a hot one.
		runtime.Gosched()
		batch, abandoned := l.gather(e.config.BatchWeight, e.config.BulkWeight)
		for _, p := range abandoned {
			e.respond(p, nil, errAbandoned)
		}
		if len(batch) > 0 {
			e.run(batch)
		} else if len(abandoned) == 0 {
			return
		}
	}
}

// gather takes whoever is in line, people first, up to the cap on weight, and never waits for company. Bulk work fills what
// people leave, up to a cap of its own; when people fill batch after batch it still gets one command into each, so that it
// is slow and not starved. Whoever has gone away while waiting costs no place: nothing was begun for him.
func (l *lane) gather(weightMax, bulkMax int) (batch, abandoned []*pending) {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch = make([]*pending, 0, min(len(l.people)+len(l.bulk), weightMax))
	weight := 0
	take := func(line []*pending, until int) []*pending {
		for len(line) > 0 && (len(batch) == 0 || weight+line[0].weight() <= until) {
			if p := line[0]; p.abandoned() {
				abandoned = append(abandoned, p)
			} else {
				weight += p.weight()
				batch = append(batch, p)
			}
			line[0] = nil // the backing array must not keep it alive
			line = line[1:]
		}
		return line
	}
	l.people = take(l.people, weightMax)
	if len(l.bulk) > 0 {
		l.bulk = take(l.bulk, max(weight+l.bulk[0].weight(), min(weightMax, weight+bulkMax)))
	}
	if len(batch)+len(abandoned) == 0 {
		l.running = false
		l.people, l.bulk = nil, nil
	}
	return batch, abandoned
}
