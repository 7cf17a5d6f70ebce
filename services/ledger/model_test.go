package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// TestModel lets many callers act at once on a few positions, over a database that fails, loses answers and has a clock that
// goes back, and then reads the same story to a model that is told it one act after another and knows nothing of batches,
// locks or retries. Every answer and every unit must be the same.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		callers := rapid.SliceOfN(rapid.SliceOfN(drawErrand, 1, 12), 1, 8).Draw(t, "callers")
		config := ledger.Config{
			Lanes:       rapid.IntRange(1, 3).Draw(t, "lanes"),
			BatchWeight: rapid.IntRange(12, 60).Draw(t, "batch weight"),
			Attempts:    rapid.IntRange(1, 4).Draw(t, "attempts"),
		}
		faults := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "lock", "commit", "taken", "answer"}), 0, 40).Draw(t, "faults")
		skews := rapid.SliceOfN(rapid.IntRange(-90, 90), 1, 20).Draw(t, "skews")
		rapid.SyncTest(t, func(t *rapid.T) {
			m := newMemory(t)
			story := newStory(m)
			m.fail(faults)
			m.skew(skews)
			s := reopen(m, config)
			var working sync.WaitGroup
			for i, errands := range callers {
				working.Go(func() { story.call(t, s, fmt.Sprint("caller-", i), errands) })
			}
			working.Wait()
			synctest.Wait()
			if len(s.alarms) > 0 {
				t.Fatalf("alarms: %v", s.alarms)
			}
			story.check(t, m)
		})
	})
}

// errand is what a caller does next, after a while.
type errand struct {
	Act        string // receive, lose, hold, release, sweep, or again: the caller's last request once more
	Place, SKU string
	Units      int64
	Wait       time.Duration
	// Copies is how many times it is sent at once.
	Copies int
}

var drawErrand = rapid.Custom(func(t *rapid.T) errand {
	return errand{
		Act:    rapid.SampledFrom([]string{"receive", "lose", "hold", "hold", "hold", "release", "sweep", "again"}).Draw(t, "act"),
		Place:  rapid.SampledFrom([]string{"milan", "rome"}).Draw(t, "place"),
		SKU:    rapid.SampledFrom([]string{"red-42", "blue-40"}).Draw(t, "sku"),
		Units:  rapid.Int64Range(1, 6).Draw(t, "units"),
		Wait:   time.Duration(rapid.IntRange(0, 3).Draw(t, "wait")) * 10 * time.Second,
		Copies: rapid.SampledFrom([]int{1, 1, 1, 2}).Draw(t, "copies"),
	}
})

// fail makes the first transactions fail as told: before the locks, before the commit, by a key that is taken, or after the
// commit, when only the answer is lost.
func (m *memory) fail(faults []string) {
	fault := func(call int) string {
		if call > len(faults) {
			return ""
		}
		return faults[call-1]
	}
	m.onLock = func(call int) error {
		time.Sleep(time.Millisecond) // while others get in line
		if fault(call) == "lock" {
			return errDeadlock
		}
		return nil
	}
	taken := 0
	m.onCommit = func(call int, _ ledger.Writes) error {
		time.Sleep(time.Millisecond)
		switch fault(call) {
		case "commit":
			return errDeadlock
		case "taken":
			if taken++; taken <= 2 { // one batch that meets more of them would rightly be a fault
				return errTaken
			}
		}
		return nil
	}
	m.onCommitted = func(call int) error {
		if fault(call) == "answer" {
			return errLost
		}
		return nil
	}
}

// skew sets the clock off by so many seconds, in turn.
func (m *memory) skew(seconds []int) {
	calls := 0
	m.now = func() time.Time {
		calls++
		return time.Now().Add(time.Duration(seconds[calls%len(seconds)]) * time.Second)
	}
}

// told is one decision: what was wanted, when, and what came of it.
type told struct {
	request retail.ID
	cmd     any
	now     time.Time
	held    retail.Hold   // of a hold that was placed or ended
	reason  retail.Reason // of a refusal
	stale   bool
}

func (d told) accepted() bool { return d.reason == "" && !d.stale }

// story is what was decided, in order, without the runs of batches that came to nothing.
type story struct {
	run, all []told // of the transaction under way, and of those before

	mu      sync.Mutex
	answers map[retail.ID][]told // as the callers got them
}

// newStory listens to a store. A run counts when it committed, or when nobody in it was accepted and so nothing had to be
// written; of one whose answer was lost, those count who were accepted, while the others are decided again.
func newStory(m *memory) *story {
	s := &story{answers: map[retail.ID][]told{}}
	refused := func(d told) bool { return !d.accepted() }
	m.onEnd = func(end ending) {
		switch {
		case end == committed, end == rolledBack && !slices.ContainsFunc(s.run, told.accepted):
			s.all = append(s.all, s.run...)
		case end == answerLost:
			s.all = append(s.all, slices.DeleteFunc(s.run, refused)...)
		}
		s.run = nil
	}
	return s
}

// overheard is a command whose decisions are written into the story.
type overheard[R any] struct {
	retail.Command[R]
	story   *story
	request retail.ID
}

func (o overheard[R]) Decide(s retail.State, now time.Time) (retail.Change, R, error) {
	change, result, err := o.Command.Decide(s, now)
	o.story.run = append(o.story.run, outcome(o.request, o.Command, now, result, err))
	return change, result, err
}

func outcome(request retail.ID, cmd any, now time.Time, result any, err error) told {
	d := told{request: request, cmd: cmd, now: now, stale: errors.Is(err, retail.ErrStale)}
	if refusal := (*retail.Refusal)(nil); errors.As(err, &refusal) {
		d.reason = refusal.Reason
	}
	if held, ok := result.(retail.Hold); ok && err == nil {
		d.held = held
	}
	return d
}

// call is a caller who goes about errands, and asks again with the same id whenever the outcome is unknown.
func (s *story) call(t *rapid.T, shop *shop, actor string, errands []errand) {
	last := func() {}
	var held retail.Hold
	for _, e := range errands {
		time.Sleep(e.Wait)
		request := ledger.Request{ID: ledger.NewID(), Actor: actor, Bulk: e.Act == "sweep"}
		switch e.Act {
		case "receive":
			last = func() { send(t, s, shop, request, e, receive(e.Place, e.SKU, e.Units)) }
		case "lose":
			lost := receive(e.Place, e.SKU, -e.Units)
			lost.Kind = retail.KindAdjust
			last = func() { send(t, s, shop, request, e, lost) }
		case "hold":
			cmd := hold(e.Place, e.SKU, e.Units)
			cmd.TimeToLive = 45 * time.Second
			last = func() {
				if answer := send(t, s, shop, request, e, cmd); answer.accepted() {
					held = answer.held
				}
			}
		case "release", "sweep":
			if held.ID.IsZero() {
				continue
			}
			cmd := release(held)
			cmd.Sweep = e.Act == "sweep"
			last = func() { send(t, s, shop, request, e, cmd) }
		}
		last()
	}
}

// send sends a request, in as many copies at once as the errand says, and returns one of the answers.
func send[R any](t *rapid.T, s *story, shop *shop, request ledger.Request, e errand, cmd retail.Command[R]) (answer told) {
	ctx := ledger.WithRequest(context.Background(), request)
	var copies sync.WaitGroup
	for range e.Copies {
		copies.Go(func() {
			cmd := overheard[R]{Command: cmd, story: s, request: request.ID}
			result, err := ledger.Submit(ctx, shop.engine, cmd)
			for errors.Is(err, ledger.ErrUnavailable) {
				result, err = ledger.Submit(ctx, shop.engine, cmd)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			answer = outcome(request.ID, cmd.Command, time.Time{}, result, err)
			if err != nil && answer.accepted() {
				t.Errorf("%s was answered %v", e.Act, err)
			}
			s.answers[request.ID] = append(s.answers[request.ID], answer)
		})
	}
	copies.Wait()
	return answer
}

// check reads the story to the model, and compares the answers with the story and the store with the model.
func (s *story) check(t *rapid.T, m *memory) {
	notes := notebook{available: map[retail.Key]int64{}, held: map[retail.Key]int64{}, holds: map[retail.ID]*note{}}
	effects := map[retail.ID]told{}
	refusals := map[retail.ID][]told{}
	for i, d := range s.all {
		if want := notes.tell(d); d.reason != want.reason || d.stale != want.stale {
			t.Fatalf("decision %d of %T %+v at %s: %q stale %v, the model says %q stale %v",
				i, d.cmd, d.cmd, d.now, d.reason, d.stale, want.reason, want.stale)
		}
		if !d.accepted() {
			refusals[d.request] = append(refusals[d.request], d)
			continue
		}
		if _, twice := effects[d.request]; twice {
			t.Fatalf("request %s took effect twice", d.request)
		}
		effects[d.request] = d
	}
	for request, answers := range s.answers {
		for _, a := range answers {
			effect, happened := effects[request]
			asDecided := func(d told) bool { return d.reason == a.reason && d.stale == a.stale }
			switch {
			case a.accepted() && !happened:
				t.Errorf("request %s was answered as carried out and was not", request)
			case a.accepted() && !cmp.Equal(a.held, effect.held):
				t.Errorf("request %s was answered %+v and not %+v", request, a.held, effect.held)
			case !a.accepted() && !slices.ContainsFunc(refusals[request], asDecided):
				t.Errorf("request %s was refused as %q, which nobody decided", request, a.reason)
			}
		}
	}
	if len(m.outcomes) != len(effects) {
		t.Errorf("%d requests are remembered, %d took effect", len(m.outcomes), len(effects))
	}
	for key, row := range m.rows {
		switch row := row.(type) {
		case retail.Level:
			if row.Available() != notes.available[key] || row.Held() != notes.held[key] {
				t.Errorf("%v: %v, the model says %d and %d held", key, row.Units, notes.available[key], notes.held[key])
			}
		case retail.Hold:
			if n := notes.holds[row.ID]; n == nil || n.state != row.State {
				t.Errorf("hold %s is %s, the model says %+v", row.ID, row.State, n)
			}
		}
	}
	checkBooks(t, m)
}

// checkBooks adds up what was written: every level is the sum of its entries, versions count them without a gap, and the
// recorded time of a position never goes back.
func checkBooks(t *rapid.T, m *memory) {
	folds := map[retail.Key]map[string]int64{}
	versions := map[retail.Key]int64{}
	recorded := map[retail.Key]time.Time{}
	for _, w := range m.commits {
		for _, header := range w.Headers {
			for _, entry := range header.Entries {
				key := retail.LevelKey(entry.Location, entry.Asset)
				if folds[key] == nil {
					folds[key] = map[string]int64{}
				}
				folds[key][entry.From] -= entry.Quantity
				folds[key][entry.To] += entry.Quantity
				if versions[key]++; versions[key] != entry.Version {
					t.Errorf("entry %d of %s has version %d", versions[key], key.Code, entry.Version)
				}
				if header.RecordedAt.Before(recorded[key]) {
					t.Errorf("%s was recorded at %s after %s", key.Code, header.RecordedAt, recorded[key])
				}
				recorded[key] = header.RecordedAt
			}
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(folds), retail.CompareKeys) {
		level := m.rows[key].(retail.Level)
		if fold := folds[key]; level.Available() != fold[retail.Available] || level.Held() != fold[retail.Held] {
			t.Errorf("%s is %v and its entries add up to %v", key.Code, level.Units, fold)
		}
	}
}

// notebook is the model: what a careful person with a pencil would know.
type notebook struct {
	available, held map[retail.Key]int64
	holds           map[retail.ID]*note
}

type note struct {
	at      retail.Key
	state   retail.HoldState
	units   int64
	expires time.Time
}

// tell takes one act and returns what must come of it.
func (n notebook) tell(d told) (want told) {
	switch cmd := d.cmd.(type) {
	case retail.MoveStock:
		n.available[retail.LevelKey(cmd.Location, cmd.Lines[0].SKU)] += cmd.Lines[0].Quantity
	case retail.PlaceHold:
		at, units := retail.LevelKey(cmd.Location, cmd.Lines[0].SKU), cmd.Lines[0].Quantity
		if n.available[at] < units {
			return told{reason: retail.OutOfStock}
		}
		n.available[at] -= units
		n.held[at] += units
		n.holds[cmd.Hold] = &note{at, retail.StateHeld, units, d.now.Add(cmd.TimeToLive)}
	case retail.EndHold:
		note := n.holds[cmd.Hold]
		over := !d.now.Before(note.expires)
		switch {
		case note.state == retail.StateReleased:
			return told{reason: retail.HoldReleased}
		case note.state == retail.StateExpired, over && !cmd.Sweep:
			return told{reason: retail.HoldExpired}
		case cmd.Sweep && !over:
			return told{stale: true}
		}
		note.state = retail.StateReleased
		if cmd.Sweep {
			note.state = retail.StateExpired
		}
		n.available[note.at] += note.units
		n.held[note.at] -= note.units
	}
	return told{}
}
