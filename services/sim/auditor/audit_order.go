package auditor

import "time"

// The rules of the order.
const (
	ruleRealTime = "written before what was answered before it began"
	ruleClock    = "clock ran backwards"
)

// order proves that the order of the books is one that the clients could have seen. An act draws the seq of its events before it
// is answered, and what began after that answer draws a later one: so it holds between any two acts, and not only where they
// touch the same. Between two acts on one position the seq is the order of their commits too, for the first holds the position's
// lock until it is committed.
func (t *trial) order() {
	var latest *played // of those before, the one that began last
	recorded := map[Position]time.Time{}
	for _, p := range t.played {
		if latest != nil && p.of != nil && p.ended() < latest.began() {
			t.find(ruleRealTime, append(p.of.calls, latest.of.calls...), []string{"request/" + p.Request, "request/" + latest.Request},
				"act %d (%s) was answered at %d, and act %d (%s), which began at %d, stands before it",
				p.at, p.kind(), p.ended(), latest.at, latest.kind(), latest.began())
		}
		if p.of != nil && (latest == nil || p.began() > latest.began()) {
			latest = p
		}
		t.clock(p, recorded)
	}
}

// clock proves that what is recorded of a position is recorded in its order, whatever the clocks of the machines do.
func (t *trial) clock(p *played, recorded map[Position]time.Time) {
	for _, h := range p.Headers {
		for _, e := range h.Entries {
			if e.Version == 0 {
				continue
			}
			at := Position{h.Location, e.Asset}
			if last := recorded[at]; h.RecordedAt.Before(last) {
				t.findAct(ruleClock, p, []string{at.subject()}, "recorded at %s, after what was recorded at %s", h.RecordedAt, last)
			}
			recorded[at] = h.RecordedAt
		}
	}
}

// subject names a position in a story.
func (p Position) subject() string { return "position/" + p.Location + "/" + p.SKU }

// step is what something was after an act, or in the beginning.
type step[S any] struct {
	state S
	// began is the latest beginning of all acts up to this one, ended the earliest end of all from this one on.
	began, ended int64
}

// course is what became of one thing. The acts that touch a thing follow one another under its lock, so that when one of them is
// known to be committed, so are all before it.
type course[S any] struct{ steps []step[S] }

// begin is a thing as it was before anything happened.
func begin[S any](state S) *course[S] { return &course[S]{steps: []step[S]{{state: state}}} }

// now is what the thing is after all that happened so far.
func (l *course[S]) now() S { return l.steps[len(l.steps)-1].state }

// add adds what it is after an act.
func (l *course[S]) add(p *played, state S) {
	last := l.steps[len(l.steps)-1]
	l.steps = append(l.steps, step[S]{state, max(last.began, p.began()), p.ended()})
}

// close makes the ends cumulative, once all acts are in.
func (l *course[S]) close() {
	for i := len(l.steps) - 2; i >= 0; i-- {
		l.steps[i].ended = min(l.steps[i].ended, l.steps[i+1].ended)
	}
}

// seen returns the states that a call may have seen, and the number of the first: from the last that was known to be committed
// before the call began, to the last that may have been when it ended.
func (l *course[S]) seen(c *Call) (steps []step[S], from int) {
	from = 0
	lo, hi := 1, len(l.steps) // ends and beginnings never fall along the line
	for lo < hi {
		if middle := (lo + hi) / 2; l.steps[middle].ended < c.Began {
			lo = middle + 1
		} else {
			hi = middle
		}
	}
	from = lo - 1
	lo, hi = from+1, len(l.steps)
	for lo < hi {
		if middle := (lo + hi) / 2; l.steps[middle].began < c.Ended {
			lo = middle + 1
		} else {
			hi = middle
		}
	}
	return l.steps[from:lo], from
}
