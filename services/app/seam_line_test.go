package app_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/app"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/provider"
)

// through is a process that talks to the database through a line on which things go wrong.
type through struct {
	*world
	line *pgtest.Proxy
	said *alarms
}

// newThrough has the next process of a world talk to the database through a line of its own, with one lane, so that the engine has
// one connection and an end of the line is an end for all of it, and with one for reads. The caller starts it.
// outside takes the payments of all processes.
var outside = provider.NewPretend("")

func newThrough(w *world, sweepEvery time.Duration) *through {
	w.t.Helper()
	line, err := pgtest.StartProxy(w.db.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(line.Close)
	p := &through{world: w, line: line, said: &alarms{counts: map[string]int{}}}
	w.configure = func(c *app.Config) (string, *slog.Logger) {
		c.Lanes, c.Readers, c.Gateway, c.SweepEvery, c.PaymentProvider = 1, 1, false, sweepEvery, outside
		return line.URL(), slog.New(p.said)
	}
	return p
}

// openThrough opens a shop whose process is behind a line.
func openThrough(t *testing.T, sweepEvery time.Duration) *through {
	t.Helper()
	w := openShop(t)
	w.stop()
	p := newThrough(w, sweepEvery)
	w.start() // the cleanup of the world stops this one
	return p
}

// anotherThrough starts another process on the database of a world, behind a line of its own. The end of the test stops it.
func (w *world) anotherThrough(t *testing.T, sweepEvery time.Duration) *through {
	t.Helper()
	p := newThrough(&world{t: t, db: w.db}, sweepEvery)
	p.start()
	t.Cleanup(p.stop)
	return p
}

// isWrite tells whether a statement is the engine's, of a write.
func isWrite(statement string) bool {
	switch act, _, _ := strings.Cut(statement, "_"); act {
	case "begin", "commit", "rollback", "outcomes", "seed", "lock", "children", "insert", "update":
		return true
	}
	return statement == "open_cases"
}

// isOwn tells whether a process reads this in its own time and for nobody: the sweeper and the horizon of the events.
func isOwn(statement string) bool {
	switch statement {
	case "", "expired_holds", "expired_pickups", "unpaid_orders", "products_unsearched", "newest_event", "oldest_writer",
		"unanswered_payments", "refused_refunds", "unanswered_labels", "unused_labels", "forgotten_contacts", "kept_destinations", "unplaced_destinations", "forgotten_recipients", "kept_finders",
		"unplaced_finders", "carts_left", "expired_cards", "unsent_returns":
		return true
	}
	return false
}

// isBeside tells whether this is done beside the books once all of a request is committed. How a shopper was to be reminded of her cart
// ends so: where that fails nobody is told that it is done, and the request that comes again does it. Whom a parcel is for is forgotten so,
// or in time.
func isBeside(statement string) bool {
	return statement == "end_cart_contact" || statement == "forget_recipient"
}

// writes counts the engine's statements.
func writes(statement, _ string) bool { return isWrite(statement) }

// only counts the executions of one statement.
func only(statement string) func(string, string) bool {
	return func(executed, _ string) bool { return executed == statement }
}

// written are the statements of the engine since the last look, in order.
func (p *through) written() []string {
	var all []string
	for _, statement := range p.line.Statements() {
		if isWrite(statement) {
			all = append(all, statement)
		}
	}
	return all
}

// alarms counts what a process logs as a fault of its own, by message.
type alarms struct {
	mu     sync.Mutex
	counts map[string]int
}

// take returns the counts since the last call.
func (a *alarms) take() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.counts
	a.counts = map[string]int{}
	return all
}

// Enabled tells that only faults are heard.
func (a *alarms) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

// Handle counts one.
func (a *alarms) Handle(_ context.Context, r slog.Record) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.counts[r.Message]++
	return nil
}

// WithAttrs and WithGroup change nothing: only the message counts.
func (a *alarms) WithAttrs([]slog.Attr) slog.Handler { return a }

// WithGroup changes nothing.
func (a *alarms) WithGroup(string) slog.Handler { return a }
