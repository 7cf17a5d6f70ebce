package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

var errUnclassified = errors.New("what is this")

// TestFailures goes through the table of failure.go: what the database does, what the engine does, what the caller learns.
func TestFailures(t *testing.T) {
	const atLock, atCommit, afterCommit = "at the locks", "at the commit", "after the commit"
	for _, c := range []struct {
		sentence string
		step     string  // at which
		failures []error // the first calls fail
		endings  []string
		answer   error // nil: it was carried out
	}{
		{"a deadlock while locking is run again", atLock, []error{errDeadlock}, []string{"transient", "committed"}, nil},
		{"a deadlock while writing is run again", atCommit, []error{errDeadlock}, []string{"transient", "committed"}, nil},
		{"a connection lost at COMMIT is run again, and finds that it was carried out", afterCommit, []error{errLost},
			[]string{"transient", "empty"}, nil},
		{"a database that comes back in time is waited for", atLock, []error{errLost, errLost, errLost, errLost},
			[]string{"transient", "transient", "transient", "transient", "committed"}, nil},
		{"a database that stays away is given up", atLock, []error{errLost, errLost, errLost, errLost, errLost},
			[]string{"transient", "transient", "transient", "transient", "transient"}, ledger.ErrUnavailable},
		{"a duplicate key is run again, and finds the row", atCommit, []error{errTaken}, []string{"duplicate", "committed"}, nil},
		{"a duplicate key that nobody finds twice is a fault", atCommit, []error{errTaken, errTaken, errTaken},
			[]string{"duplicate", "duplicate", "duplicate"}, errTaken},
		{"a broken check is a fault at once", atCommit, []error{errCheck}, []string{"fault"}, errCheck},
		{"a fault while locking is a fault too", atLock, []error{errCheck}, []string{"fault"}, errCheck},
		{"what the store did not classify is a fault", atCommit, []error{errUnclassified}, []string{"fault"}, errUnclassified},
		{"a class is found however the failure is wrapped", atLock, []error{fmt.Errorf("lock: %w", errDeadlock)},
			[]string{"transient", "committed"}, nil},
	} {
		scene(t, c.sentence, func(t *testing.T) {
			s := openShop(t, ledger.Config{})
			mustSubmit(t, as("anna"), s, receive("milan", "red-42", 10))
			s.batches = nil
			failing := func(at string) func(int) error {
				if at != c.step {
					return nil
				}
				left := c.failures
				return func(int) (err error) {
					if len(left) > 0 {
						err, left = left[0], left[1:]
					}
					return err
				}
			}
			s.onLock, s.onCommitted = failing(atLock), failing(afterCommit)
			if before := failing(atCommit); before != nil {
				s.onCommit = func(call int, _ ledger.Writes) error { return before(call) }
			}
			_, err := ledger.Submit(as("anna"), s.engine, hold("milan", "red-42", 1))
			equal(t, "batches", s.endings(), c.endings)
			if !errors.Is(err, c.answer) {
				t.Errorf("answered %v, want %v", err, c.answer)
			}
			switch {
			case c.answer == nil:
				equal(t, "units", s.available("milan", "red-42"), 9)
			case c.answer != ledger.ErrUnavailable:
				s.wantAlarm(t, err, "the database refused a write")
			}
			if c.answer == nil || c.answer == ledger.ErrUnavailable {
				equal(t, "alarms", s.alarms, nil)
			}
		})
	}
}

func TestPauses(t *testing.T) {
	// tries are when a batch was tried while every try failed.
	tries := func(t *testing.T, config ledger.Config, failure error) (at []time.Duration) {
		s := openShop(t, config)
		began := time.Now()
		s.onLock = func(int) error {
			at = append(at, time.Since(began))
			return failure
		}
		if _, err := ledger.Submit(as("anna"), s.engine, receive("milan", "red-42", 1)); err == nil {
			t.Fatal("answered although every try failed")
		}
		return at
	}

	scene(t, "grow from try to try, each at most half off its length, and end", func(t *testing.T) {
		at := tries(t, ledger.Config{Attempts: 8, Pause: 10 * time.Millisecond}, errDeadlock)
		equal(t, "tries", len(at), 8)
		for i, length := 1, 10*time.Millisecond; i < len(at); i, length = i+1, 2*length {
			if pause := at[i] - at[i-1]; pause < length/2 || pause >= length+length/2 {
				t.Errorf("pause %d is %s, want %s give or take half", i, pause, length)
			}
		}
	})

	scene(t, "by default a database has some 75 ms to come back", func(t *testing.T) {
		at := tries(t, ledger.Config{}, errLost)
		if last := at[len(at)-1]; last < 37*time.Millisecond || last > 113*time.Millisecond {
			t.Errorf("the last try was after %s", last)
		}
	})

	scene(t, "are not made for a duplicate key, which is found at once", func(t *testing.T) {
		equal(t, "tries", tries(t, ledger.Config{}, errTaken), []time.Duration{0, 0, 0})
	})

	scene(t, "are spread by chance, so that two servers do not meet again", func(t *testing.T) {
		seen := map[time.Duration]bool{}
		for range 10 {
			seen[tries(t, ledger.Config{Attempts: 2, Pause: time.Second}, errDeadlock)[1]] = true
		}
		if len(seen) == 1 {
			t.Errorf("all ten pauses were %v", seen)
		}
	})
}

// crowd puts callers in line behind a batch that is stuck, each to receive one unit unless it has something odd to do, and
// lets go.
func crowd(
	t *testing.T, s *shop, callers []string, odd map[string]retail.Command[string],
) (ordinary []*pending[retail.StockChanged], others map[string]*pending[string]) {
	t.Helper()
	mustSubmit(t, as("nobody"), s, receive("milan", "red-42", 1))
	s.commits, s.batches = nil, nil
	resume := s.stall(3)
	submitLater(as("stuck"), s, receive("milan", "red-42", 1))
	others = map[string]*pending[string]{}
	for _, caller := range callers {
		if cmd := odd[caller]; cmd != nil {
			others[caller] = submitLater(as(caller), s, cmd)
		} else {
			ordinary = append(ordinary, submitLater(as(caller), s, receive("milan", "red-42", 1)))
		}
	}
	resume()
	return ordinary, others
}

func TestBisection(t *testing.T) {
	callers := numbered("caller", 9)
	// without are the callers but for some, in order.
	without := func(guilty ...string) []string {
		return slices.DeleteFunc(slices.Clone(callers), func(c string) bool { return slices.Contains(guilty, c) })
	}
	// blaming refuses whatever a guilty caller has part in.
	blaming := func(guilty ...string) func(int, ledger.Writes) error {
		return func(_ int, w ledger.Writes) error {
			if slices.ContainsFunc(w.Headers, func(h retail.Header) bool { return slices.Contains(guilty, h.Actor) }) {
				return errCheck
			}
			return nil
		}
	}

	scene(t, "only the guilty one of nine fails, wherever it stands, and the others keep their order", func(t *testing.T) {
		for _, guilty := range callers {
			s := openShop(t, ledger.Config{})
			s.onCommit = blaming(guilty)
			answers, _ := crowd(t, s, callers, nil)
			for i, a := range answers {
				if callers[i] == guilty {
					s.wantAlarm(t, a.err, "the database refused a write")
				} else if a.err != nil {
					t.Errorf("%s for the guilt of %s: %v", callers[i], guilty, a.err)
				}
			}
			equal(t, "alarms", len(s.alarms), 1)
			equal(t, "order", slices.Concat(s.actors()[1:]...), without(guilty))
			equal(t, "units", s.available("milan", "red-42"), 2+8)
		}
	})

	scene(t, "two guilty ones fail, and nobody else", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		s.onCommit = blaming("caller-2", "caller-3")
		crowd(t, s, callers, nil)
		equal(t, "alarms", len(s.alarms), 2)
		equal(t, "order", slices.Concat(s.actors()[1:]...), without("caller-2", "caller-3"))
	})

	scene(t, "it takes the tries that halving takes, not one per command", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		s.onCommit = blaming("caller-0")
		crowd(t, s, callers, nil)
		equal(t, "sizes", s.sizes(), []int{1, 9, 4, 2, 1, 1, 2, 5})
	})

	scene(t, "a deadlock in a half is run again as anywhere", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		blame := blaming("caller-0")
		failed := false
		s.onCommit = func(call int, w ledger.Writes) error {
			if len(w.Outcomes) == 5 && !failed {
				failed = true
				return errDeadlock
			}
			return blame(call, w)
		}
		crowd(t, s, callers, nil)
		equal(t, "order", slices.Concat(s.actors()[1:]...), without("caller-0"))
	})
}

// TestBrokenRule puts a rule that is wrong among eight that are right.
func TestBrokenRule(t *testing.T) {
	red := retail.LevelKey("milan", "red-42")
	existing := retail.Hold{ID: ledger.NewID(), Location: "milan", State: retail.StateHeld, Version: 1}
	replacing := func(row retail.Row, keys ...retail.Key) act[string] {
		return act[string]{keys: keys, decide: func(retail.State, time.Time) (retail.Change, string, error) {
			return retail.Change{ID: ledger.NewID(), Kind: retail.KindMaster, Place: "milan", Rows: []retail.Row{row}}, "", nil
		}}
	}
	const broken, refused = "a rule broke its promise", "the database refused a write"
	for _, c := range []struct {
		sentence string
		rule     retail.Command[string]
		alarm    string
	}{
		{"a panic", act[string]{decide: func(retail.State, time.Time) (retail.Change, string, error) { panic("no such size") }},
			"a rule panicked"},
		{"held below zero", posting("milan", "red-42", retail.Held, retail.Available, red), broken},
		{"available below zero by what is no fact", posting("milan", "blue-40", retail.Available, retail.Held,
			retail.LevelKey("milan", "blue-40")), broken},
		{"a posting to a position that it did not name", posting("milan", "red-42", retail.Supplier, retail.Available), broken},
		{"a posting to an account that is none", posting("milan", "red-42", "nowhere", retail.Available, red), broken},
		{"units for money", posting("milan", "red-42", retail.Sales, retail.Available, red), broken},
		{"a change without an id", act[string]{decide: func(retail.State, time.Time) (retail.Change, string, error) {
			return retail.Change{Kind: retail.KindMaster, Place: "milan"}, "", nil
		}}, broken},
		{"an entity that is there and that it did not name", replacing(existing), refused},
	} {
		scene(t, c.sentence+" is that command's alarm, and nobody else's", func(t *testing.T) {
			s := openShop(t, ledger.Config{})
			s.rows[existing.Key()] = existing
			answers, odd := crowd(t, s, numbered("caller", 9), map[string]retail.Command[string]{"caller-4": c.rule})
			s.wantAlarm(t, odd["caller-4"].err, c.alarm)
			equal(t, "alarms", len(s.alarms), 1)
			for _, a := range answers {
				if a.err != nil {
					t.Error(a.err)
				}
			}
			equal(t, "units", s.available("milan", "red-42"), 2+8)
			equal(t, "the entity that was there", s.rows[existing.Key()], retail.Row(existing))
		})
	}

	scene(t, "an entity that another in the batch named is as safe", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		s.rows[existing.Key()] = existing
		_, odd := crowd(t, s, numbered("caller", 2), map[string]retail.Command[string]{
			"caller-0": replacing(existing, existing.Key()), "caller-1": replacing(existing),
		})
		if err := odd["caller-0"].err; err != nil {
			t.Error(err)
		}
		s.wantAlarm(t, odd["caller-1"].err, broken)
	})

	scene(t, "an alarm names the request and who sent it, and unwraps to its cause", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		request := as("anna")
		s.onLock = func(int) error { return errCheck }
		_, err := ledger.Submit(request, s.engine, receive("milan", "red-42", 1))
		sent, _ := ledger.RequestFrom(request)
		want := fmt.Sprintf("ledger: the database refused a write in request %s of anna: store: check constraint", sent.ID)
		equal(t, "message", err.Error(), want)
		if !errors.Is(err, errCheck.Err) {
			t.Errorf("%v does not unwrap to what the driver said", err)
		}
	})

	scene(t, "an error that is neither a refusal nor stale reaches the caller as it is", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		odd := errors.New("odd")
		if _, err := ledger.Submit(as("anna"), s.engine, refusing(odd)); err != odd {
			t.Errorf("answered %v", err)
		}
	})
}

func TestOutage(t *testing.T) {
	scene(t, "fails those who were tried, and not those behind them when the database is back", func(t *testing.T) {
		s := openShop(t, ledger.Config{Attempts: 2})
		s.onLock = func(call int) error {
			if call <= 2 {
				return errLost
			}
			return nil
		}
		tried := submitLater(as("anna"), s, receive("milan", "red-42", 1))
		behind := submitLater(as("bruno"), s, receive("milan", "red-42", 1)) // comes while the first pauses
		settle()
		if !errors.Is(tried.err, ledger.ErrUnavailable) || !errors.Is(tried.err, errLost) {
			t.Errorf("those who were tried were answered %v, want unavailable and why", tried.err)
		}
		if !behind.answered || behind.err != nil {
			t.Errorf("those behind were answered %v %v", behind.answered, behind.err)
		}
	})
}
