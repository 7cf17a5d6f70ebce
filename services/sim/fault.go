package sim

import (
	"context"
	"maps"
	"math/rand/v2"
	"sync"
	"time"
)

// Fault is one way to break something around the program.
type Fault struct {
	Name string
	// Why says what of the real world it stands for.
	Why string
	// Run makes it happen once, keeps it for a while, and returns when everything is whole again, and whether it struck anything:
	// a line that nobody uses can't be cut. It returns an error where that does not come about, or where a server did not do
	// what it must. Faults may run at the same time: where two would break the same thing, one waits.
	Run func(ctx context.Context, r *rand.Rand) (struck bool, err error)
}

// kind is a fault before it is given to anybody. It tells whether anything was hit: a line that nobody uses can't be cut.
type kind struct {
	name, why string
	run       func(ctx context.Context, r *rand.Rand) (struck bool, err error)
}

// Faults are all that can be arranged on this machine.
func (c *Cluster) Faults() []Fault {
	var faults []Fault
	for _, k := range c.kinds() {
		faults = append(faults, Fault{Name: k.name, Why: k.why, Run: func(ctx context.Context, r *rand.Rand) (bool, error) {
			struck, err := k.run(ctx, r)
			c.mu.Lock()
			defer c.mu.Unlock()
			if struck {
				c.struck[k.name]++
			}
			return struck, err
		}})
	}
	return faults
}

// Struck is how often each fault has hit something.
func (c *Cluster) Struck() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.struck)
}

func (c *Cluster) kinds() []kind {
	kinds := []kind{
		{"client line cut", "a network that fails between a client and a server, at any byte", c.onServer(cutFront)},
		{"client line stalled", "a network that keeps requests and answers for a while, or for good", c.onServer(stallFront)},
		{"late request", "a request that arrives after its client has given it up", c.onServer(hangUpFront)},
		{"database line cut", "a network that fails between a server and Postgres, at any byte", c.onServer(cutDatabase)},
		{"database line stalled", "a network that leaves a server waiting in the middle of a transaction", c.onServer(stallDatabase)},
		{"database line cut at a statement", "the same, before or after one statement of a transaction", c.onServer(cutStatement)},
		{"statement refused", "a Postgres that has no room, no connection, no time or no lock left for a statement", c.onServer(refuseStatement)},
		{"crash after commit", "a server that dies when its work is recorded and not yet answered", c.onServer(crashAfterCommit)},
		{"server killed", "a crash, or a machine that runs out of memory", c.onServer(killServer)},
		{"server drained", "a new version, or a machine that is needed elsewhere", c.onServer(drainServer)},
		{"server stopped for a while", "a machine that is moved, or swaps", c.onServer(pauseServer)},
		{"postgres killed", "a crash of the database server, with all its processes", c.onPostgres(c.killPostgres)},
		{"backend killed", "one process of Postgres that dies, after which Postgres starts all of them anew", c.onPostgres(c.killBackend)},
		{"backends terminated", "an administrator, a failover", c.beside(c.terminateBackends)},
		{"backends cancelled", "a statement that takes longer than it may", c.beside(c.cancelBackends)},
		{"rows locked", "somebody else's long transaction on the rows that all want; sometimes longer than the lock timeout", c.beside(c.lockRows)},
		{"deadlock", "somebody else's transaction that takes rows in another order", c.beside(c.deadlock)},
		{"clock stepped", "a clock that is corrected, forward and back", c.alone(&c.clockwork, c.stepClock)},
	}
	if c.disk != nil {
		kinds = append(kinds, kind{"disk full", "no room for the tables to grow", c.alone(&c.diskwork, c.fillDisk)})
	}
	return kinds
}

// run is what a fault does.
type run = func(ctx context.Context, r *rand.Rand) (struck bool, err error)

// onServer runs a fault on a server that nothing else is done to, while Postgres is there.
func (c *Cluster) onServer(do func(ctx context.Context, s *server, r *rand.Rand) (bool, error)) run {
	return func(ctx context.Context, r *rand.Rand) (bool, error) {
		c.whole.RLock()
		defer c.whole.RUnlock()
		s := c.takeServer(r)
		defer s.faulting.Unlock()
		return do(ctx, s, r)
	}
}

// takeServer locks a server: one that is free where there is one.
func (c *Cluster) takeServer(r *rand.Rand) *server {
	first := r.IntN(len(c.servers))
	for i := range c.servers {
		if s := c.servers[(first+i)%len(c.servers)]; s.faulting.TryLock() {
			return s
		}
	}
	c.servers[first].faulting.Lock()
	return c.servers[first]
}

// onPostgres runs a fault after which Postgres must begin anew, alone.
func (c *Cluster) onPostgres(do run) run {
	return func(ctx context.Context, r *rand.Rand) (bool, error) {
		c.whole.Lock()
		defer c.whole.Unlock()
		return do(ctx, r)
	}
}

// beside runs a fault that needs Postgres to be there.
func (c *Cluster) beside(do run) run {
	return func(ctx context.Context, r *rand.Rand) (bool, error) {
		c.whole.RLock()
		defer c.whole.RUnlock()
		return do(ctx, r)
	}
}

// alone runs one fault of a kind at a time, while Postgres is there.
func (c *Cluster) alone(only *sync.Mutex, do run) run {
	return c.beside(func(ctx context.Context, r *rand.Rand) (bool, error) {
		only.Lock()
		defer only.Unlock()
		return do(ctx, r)
	})
}

// hold keeps a fault for a while, or until the context ends.
func hold(ctx context.Context, r *rand.Rand, least, most time.Duration) {
	wait(ctx, least+time.Duration(r.Int64N(int64(most-least))))
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
