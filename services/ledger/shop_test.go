package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// scene runs a subtest on a clock of its own, which moves only when nobody else can. A goroutine that is left behind fails it.
func scene(t *testing.T, sentence string, play func(t *testing.T)) {
	t.Helper()
	t.Run(sentence, func(t *testing.T) { synctest.Test(t, play) })
}

// shop is an engine over a store in memory, and what the engine tells of itself.
type shop struct {
	*memory
	engine *ledger.Engine

	mu      sync.Mutex
	batches []ledger.Batch
	alarms  []error
}

// openShop opens a shop. Unless the test says otherwise it has one lane, so that everybody meets in it.
func openShop(t *testing.T, config ledger.Config) *shop {
	return reopen(newMemory(t), config)
}

// reopen starts another engine on a store, as after a restart of the process.
func reopen(m *memory, config ledger.Config) *shop {
	s := &shop{memory: m}
	if config.Lanes == 0 {
		config.Lanes = 1
	}
	config.Observe = func(b ledger.Batch) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.batches = append(s.batches, b)
	}
	config.Alarmed = func(err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.alarms = append(s.alarms, err)
	}
	s.engine = ledger.NewEngine(m, config)
	return s
}

// endings are the outcomes of the batches so far.
func (s *shop) endings() (all []string) {
	for _, b := range s.batches {
		all = append(all, b.Outcome)
	}
	return all
}

// sizes are how many commands each batch had.
func (s *shop) sizes() (all []int) {
	for _, b := range s.batches {
		all = append(all, b.Commands)
	}
	return all
}

// actors are who did what was committed, commit by commit, in the order in which it was decided.
func (s *shop) actors() (all [][]string) {
	for _, w := range s.commits {
		var batch []string
		for _, header := range w.Headers {
			batch = append(batch, header.Actor)
		}
		all = append(all, batch)
	}
	return all
}

// available is what a position has.
func (s *shop) available(place, sku string) int64 {
	level, _ := s.rows[retail.LevelKey(place, sku)].(retail.Level)
	return level.Available()
}

// stall keeps a batch from its locks until resume is called.
func (s *shop) stall(call int) (resume func()) {
	stuck := make(chan struct{})
	s.onLock = func(this int) error {
		if this == call {
			<-stuck
		}
		return nil
	}
	return func() {
		close(stuck)
		settle()
	}
}

// settle lets everything come to an end, with all its pauses.
func settle() {
	time.Sleep(time.Minute)
	synctest.Wait()
}

// as is the context of a new request by somebody.
func as(actor string) context.Context {
	return ledger.WithRequest(context.Background(), ledger.Request{ID: ledger.NewID(), Actor: actor})
}

// asBulk is the context of a new request of bulk work.
func asBulk(actor string) context.Context {
	return ledger.WithRequest(context.Background(), ledger.Request{ID: ledger.NewID(), Actor: actor, Bulk: true})
}

// differently is the same request id with another content.
func differently(ctx context.Context) context.Context {
	request, _ := ledger.RequestFrom(ctx)
	request.Fingerprint[0]++
	return ledger.WithRequest(ctx, request)
}

// pending is a call in the background. Its fields may be read after synctest.Wait.
type pending[R any] struct {
	result   R
	err      error
	answered bool
}

// submitLater submits in the background, and returns once that call is in line or answered.
func submitLater[R any](ctx context.Context, s *shop, cmd retail.Command[R]) *pending[R] {
	p := &pending[R]{}
	go func() {
		p.result, p.err = ledger.Submit(ctx, s.engine, cmd)
		p.answered = true
	}()
	synctest.Wait()
	return p
}

// mustSubmit submits what has to work.
func mustSubmit[R any](t *testing.T, ctx context.Context, s *shop, cmd retail.Command[R]) R {
	t.Helper()
	result, err := ledger.Submit(ctx, s.engine, cmd)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// receive is a delivery of one SKU.
func receive(place, sku string, units int64) retail.MoveStock {
	return retail.MoveStock{
		Transaction: ledger.NewID(), Kind: retail.KindReceive, Location: place, Cause: "delivery",
		Lines: []retail.Line{{SKU: sku, Quantity: units}},
	}
}

// hold is a hold of one SKU for an hour.
func hold(place, sku string, units int64) retail.PlaceHold {
	return retail.PlaceHold{
		Hold: ledger.NewID(), Transaction: ledger.NewID(), Location: place, Channel: "web", Owner: "cart",
		Lines: []retail.Line{{SKU: sku, Quantity: units}}, TimeToLive: time.Hour,
	}
}

// release gives a hold back.
func release(h retail.Hold) retail.EndHold {
	return retail.EndHold{Hold: h.ID, Transaction: ledger.NewID(), Location: h.Location, Lines: h.Lines}
}

// act is a command made of its parts, for what no rule of the shop does.
type act[R any] struct {
	keys   []retail.Key
	decide func(retail.State, time.Time) (retail.Change, R, error)
}

func (a act[R]) Keys() []retail.Key { return a.keys }

func (a act[R]) Decide(s retail.State, now time.Time) (retail.Change, R, error) {
	return a.decide(s, now)
}

// posting is a rule that moves one unit of a SKU between two accounts, whatever the levels are.
func posting(place, sku, from, to string, named ...retail.Key) act[string] {
	change := retail.Change{
		ID: ledger.NewID(), Kind: retail.KindReceive, Place: place,
		Entries: []retail.Entry{{Location: place, From: from, To: to, Asset: sku, Quantity: 1}},
	}
	return act[string]{keys: named, decide: func(retail.State, time.Time) (retail.Change, string, error) {
		return change, "posted", nil
	}}
}

// looking is the same rule reading one row more, which it names or does not.
func (a act[R]) looking(at retail.Key, named bool) act[R] {
	if named {
		a.keys = append(slices.Clone(a.keys), at)
	}
	decide := a.decide
	a.decide = func(s retail.State, now time.Time) (retail.Change, R, error) {
		s.Row(at)
		return decide(s, now)
	}
	return a
}

// unstorable is a command whose answer is not JSON.
type unstorable struct{ act[string] }

func (u unstorable) Decide(s retail.State, now time.Time) (retail.Change, func(), error) {
	change, _, err := u.act.Decide(s, now)
	return change, func() {}, err
}

// refusing is a rule that answers with an error.
func refusing(err error) act[string] {
	return act[string]{decide: func(retail.State, time.Time) (retail.Change, string, error) {
		return retail.Change{}, "", err
	}}
}

// wantRefusal checks that the shop said no, and why.
func wantRefusal(t *testing.T, err error, want retail.Reason) {
	t.Helper()
	if refusal := (*retail.Refusal)(nil); !errors.As(err, &refusal) || refusal.Reason != want {
		t.Errorf("answered %v, want the refusal %s", err, want)
	}
}

// wantAlarm checks that the caller got an alarm and that somebody was told.
func (s *shop) wantAlarm(t *testing.T, err error, what string) {
	t.Helper()
	if alarm := (*ledger.Alarm)(nil); !errors.As(err, &alarm) || alarm.What != what {
		t.Errorf("answered %v, want the alarm %q", err, what)
	}
	if !slices.ContainsFunc(s.alarms, func(told error) bool { return told == err }) {
		t.Errorf("nobody was told of %v", err)
	}
}

// equal compares, and says in words what differs.
func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// numbered are names with a number each: name-0, name-1, ...
func numbered(name string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s-%d", name, i))
	}
	return all
}
