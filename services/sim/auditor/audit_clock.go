package auditor

import (
	"cmp"
	"slices"
	"time"
)

// clockSlack is how far apart what was recorded and what a clock showed may be: the clocks of a run are stepped by seconds, and what
// is decided is committed or given up within the seconds that faults hold it up. A read and a refusal carry no time, so that
// whether a promise had expired by then is decided by acts around them, and only this far from the edge.
const clockSlack = 2 * time.Minute

// clocks bound the time of a call by what was recorded before it began and after it ended.
type clocks struct {
	// ended are the acts that somebody was told of, by when that was, each with the latest time recorded until then.
	ended []tickTime
	// began are the acts that somebody asked for, by when that was, each with the earliest time recorded from then on.
	began []tickTime
	// recorded are those that somebody was told of, by the time that was recorded, each with the earliest tick at which an act of
	// that time or later was told.
	recorded []tickTime
	// latest is the latest time that was recorded of anything.
	latest time.Time
}

// tickTime is a tick with a time.
type tickTime struct {
	tick int64
	time time.Time
}

func newClocks(acts []*played) *clocks {
	c := &clocks{}
	for _, p := range acts {
		if p.now().After(c.latest) {
			c.latest = p.now()
		}
		if p.of == nil {
			continue
		}
		c.began = append(c.began, tickTime{p.of.began, p.now()})
		if p.of.ended != never {
			c.ended = append(c.ended, tickTime{p.of.ended, p.now()})
		}
	}
	c.recorded = slices.Clone(c.ended)
	byTick := func(a, b tickTime) int { return cmp.Compare(a.tick, b.tick) }
	slices.SortFunc(c.began, byTick)
	slices.SortFunc(c.ended, byTick)
	slices.SortFunc(c.recorded, func(a, b tickTime) int { return a.time.Compare(b.time) })
	for i := 1; i < len(c.ended); i++ {
		if before := c.ended[i-1].time; before.After(c.ended[i].time) {
			c.ended[i].time = before
		}
	}
	for i := len(c.began) - 2; i >= 0; i-- {
		if after := c.began[i+1].time; after.Before(c.began[i].time) {
			c.began[i].time = after
		}
	}
	for i := len(c.recorded) - 2; i >= 0; i-- {
		c.recorded[i].tick = min(c.recorded[i].tick, c.recorded[i+1].tick)
	}
	return c
}

// over tells whether a promise that ends at a time was certainly over, or certainly not yet, when a call was answered; neither
// where that is too close to tell.
func (c *clocks) over(call *Call, ends time.Time) (yes, no bool) {
	at, _ := slices.BinarySearchFunc(c.ended, call.Began, func(t tickTime, tick int64) int { return cmp.Compare(t.tick, tick) })
	yes = at > 0 && c.ended[at-1].time.Add(-clockSlack).After(ends)
	at, _ = slices.BinarySearchFunc(c.began, call.Ended+1, func(t tickTime, tick int64) int { return cmp.Compare(t.tick, tick) })
	last := c.latest // where nothing was asked for after it, it ended when the run did
	if at < len(c.began) {
		last = c.began[at].time
	}
	return yes, last.Add(clockSlack).Before(ends)
}

// told returns by when what the house recorded at a time was committed, whoever was told: when somebody was told of what was
// recorded long after.
func (c *clocks) told(at time.Time) int64 {
	from, _ := slices.BinarySearchFunc(c.recorded, at.Add(clockSlack), func(t tickTime, at time.Time) int { return t.time.Compare(at) })
	if from == len(c.recorded) {
		return never
	}
	return c.recorded[from].tick
}
