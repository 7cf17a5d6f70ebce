package rpc

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc/tap"

	"github.com/aisle-retail/aisle/services/ledger"
)

// crowd counts the calls under way, reads and writes apart, so that neither keeps the other out. One more than fit is refused
// at once. That costs next to nothing as long as it is done before the call is read: what is refused must not take the time of
// what is not, or a server that is asked for more than it can do does less than it could. Streams are bounded by those who
// serve them.
type crowd struct {
	max           int64
	reads, writes atomic.Int64
}

// of is the count that a method goes by.
func (c *crowd) of(m *method) *atomic.Int64 {
	if m.requestID != nil {
		return &c.writes
	}
	return &c.reads
}

// enter counts a call in, and returns false where there is no room.
func (c *crowd) enter(m *method) bool {
	count := c.of(m)
	if count.Add(1) > c.max {
		count.Add(-1)
		return false
	}
	return true
}

func (c *crowd) leave(m *method) { c.of(m).Add(-1) }

// full tells whether there is no room for a method now.
func (c *crowd) full(m *method) bool { return c.of(m).Load() >= c.max }

// halfFull tells whether half of the room is taken: bulk work leaves the rest to people.
func (c *crowd) halfFull(m *method) bool { return c.of(m).Load() > (c.max+1)/2 }

// atTheGate refuses a call whose headers have come and whose message was not read yet, where there is no room for it.
func (d *door) atTheGate(ctx context.Context, info *tap.Info) (context.Context, error) {
	m := d.methods[info.FullMethodName]
	if m == nil || m.open || m.streams || !d.crowd.full(m) {
		return ctx, nil
	}
	outcome := outcomeOf(ledger.ErrOverloaded)
	m.meter.count(outcome.status.Code())
	return ctx, outcome.status.Err()
}
