package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestRepeatedRequest(t *testing.T) {
	// stocked is a shop with 10 units and nothing committed yet.
	stocked := func(t *testing.T) *shop {
		s := openShop(t, ledger.Config{})
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 10))
		s.commits, s.batches = nil, nil
		return s
	}

	scene(t, "two copies in one batch have one effect and one answer", func(t *testing.T) {
		s := stocked(t)
		resume := s.stall(3)
		submitLater(as("stuck"), s, receive("milan", "red-42", 1))
		request := as("anna")
		one := submitLater(request, s, hold("milan", "red-42", 2))
		other := submitLater(request, s, hold("milan", "red-42", 2)) // with ids of its own, as a handler mints them
		resume()
		if one.err != nil || other.err != nil {
			t.Fatal(one.err, other.err)
		}
		equal(t, "answer of the copy", other.result, one.result)
		equal(t, "units", s.available("milan", "red-42"), 9)
	})

	scene(t, "a copy in a later batch finds the answer, and nothing is written", func(t *testing.T) {
		s := stocked(t)
		request := as("anna")
		first := mustSubmit(t, request, s, hold("milan", "red-42", 2))
		equal(t, "answer of the copy", mustSubmit(t, request, s, hold("milan", "red-42", 2)), first)
		equal(t, "batches", s.endings(), []string{"committed", "empty"})
		equal(t, "units", s.available("milan", "red-42"), 8)
	})

	scene(t, "a copy that comes after a restart finds the answer", func(t *testing.T) {
		s := stocked(t)
		request := as("anna")
		first := mustSubmit(t, request, s, receive("milan", "red-42", 2))
		restarted := reopen(s.memory, ledger.Config{})
		equal(t, "answer of the copy", mustSubmit(t, request, restarted, receive("milan", "red-42", 2)), first)
		equal(t, "units", s.available("milan", "red-42"), 12)
	})

	scene(t, "a copy is answered as the first was, although it would be refused by now", func(t *testing.T) {
		s := stocked(t)
		request := as("anna")
		first := mustSubmit(t, request, s, hold("milan", "red-42", 10))
		equal(t, "answer of the copy", mustSubmit(t, request, s, hold("milan", "red-42", 10)), first)
	})

	scene(t, "a copy is answered as the first was, although it can't even be planned by now", func(t *testing.T) {
		s := stocked(t)
		request := as("anna")
		first := mustSubmit(t, request, s, hold("milan", "red-42", 2))
		closed := func(context.Context) (retail.Command[retail.Hold], error) {
			return nil, retail.Refuse(retail.LocationClosed, "milan is closed")
		}
		copied, err := ledger.Replan(request, s.engine, closed)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "answer of the copy", copied, first)
		_, err = ledger.Replan(as("bert"), s.engine, closed)
		if refusal := (*retail.Refusal)(nil); !errors.As(err, &refusal) || refusal.Reason != retail.LocationClosed {
			t.Errorf("somebody else's request gave %v, want the refusal of the plan", err)
		}
		equal(t, "units", s.available("milan", "red-42"), 8)
	})

	scene(t, "the same id for something else is refused, in the same batch and later", func(t *testing.T) {
		s := stocked(t)
		resume := s.stall(3)
		submitLater(as("stuck"), s, receive("milan", "red-42", 1))
		request := as("anna")
		first := submitLater(request, s, hold("milan", "red-42", 2))
		twin := submitLater(differently(request), s, hold("milan", "red-42", 3))
		resume()
		if first.err != nil {
			t.Fatal(first.err)
		}
		wantRefusal(t, twin.err, retail.RequestIDReused)
		_, err := ledger.Submit(differently(request), s.engine, hold("milan", "red-42", 3))
		wantRefusal(t, err, retail.RequestIDReused)
		equal(t, "units", s.available("milan", "red-42"), 9)
	})

	scene(t, "a refusal is not remembered: the same request is decided afresh", func(t *testing.T) {
		s := stocked(t)
		request := as("anna")
		_, err := ledger.Submit(request, s.engine, hold("milan", "red-42", 12))
		wantRefusal(t, err, retail.OutOfStock)
		mustSubmit(t, as("bruno"), s, receive("milan", "red-42", 2))
		mustSubmit(t, request, s, hold("milan", "red-42", 12))
		equal(t, "units", s.available("milan", "red-42"), 0)
	})

	scene(t, "an id that was refused may be used for something else", func(t *testing.T) {
		s := stocked(t)
		request := as("anna")
		_, err := ledger.Submit(request, s.engine, hold("milan", "red-42", 12))
		wantRefusal(t, err, retail.OutOfStock)
		mustSubmit(t, differently(request), s, hold("milan", "red-42", 1))
	})

	scene(t, "what is so already is answered as it stands by then, leaves no trace, and is decided afresh", func(t *testing.T) {
		s := stocked(t)
		// want has a place hold so many units, and tells how many it has.
		want := func(units int64) act[int64] {
			keys := []retail.Key{retail.LevelKey("milan", "red-42")}
			return act[int64]{keys: keys, decide: func(seen retail.State, now time.Time) (retail.Change, int64, error) {
				there := retail.LevelAt(seen, "milan", "red-42").Available()
				if there >= units {
					return retail.Change{}, there, retail.ErrUnchanged
				}
				change, _, err := receive("milan", "red-42", units-there).Decide(seen, now)
				return change, units, err
			}}
		}
		request := as("anna")
		equal(t, "units there", mustSubmit[int64](t, request, s, want(10)), 10)
		equal(t, "batches", s.endings(), []string{"empty"})
		equal(t, "commits", len(s.commits), 0)

		resume := s.stall(3)
		submitLater(as("stuck"), s, receive("milan", "blue-40", 1))
		first := submitLater[int64](as("bruno"), s, want(12))
		known := submitLater[int64](as("carla"), s, want(12)) // she sees what he did
		again := submitLater[int64](request, s, want(10))
		resume()
		if first.err != nil || known.err != nil || again.err != nil {
			t.Fatal(first.err, known.err, again.err)
		}
		equal(t, "answers", []int64{first.result, known.result, again.result}, []int64{12, 12, 12})
		equal(t, "who did something", s.actors(), [][]string{{"stuck"}, {"bruno"}})
		equal(t, "requests that are kept", len(s.commits[1].Outcomes), 1)
		mustSubmit(t, differently(request), s, receive("milan", "red-42", 1))
	})

	scene(t, "copies of a refused request in one batch are each decided on what is there by then", func(t *testing.T) {
		s := stocked(t)
		resume := s.stall(3)
		submitLater(as("stuck"), s, receive("milan", "red-42", 1))
		request := as("anna")
		early := submitLater(request, s, hold("milan", "red-42", 12))
		submitLater(as("bruno"), s, receive("milan", "red-42", 1))
		late := submitLater(request, s, hold("milan", "red-42", 12))
		resume()
		wantRefusal(t, early.err, retail.OutOfStock)
		if late.err != nil {
			t.Error(late.err)
		}
		equal(t, "units", s.available("milan", "red-42"), 0)
	})

	scene(t, "a commit whose answer was lost is found, and has one effect", func(t *testing.T) {
		s := stocked(t)
		s.onCommitted = func(call int) error {
			if call == 3 {
				return errLost
			}
			return nil
		}
		held := mustSubmit(t, as("anna"), s, hold("milan", "red-42", 2))
		equal(t, "batches", s.endings(), []string{"transient", "empty"})
		equal(t, "units", s.available("milan", "red-42"), 8)
		stored := s.rows[retail.HoldKey("milan", held.ID)]
		equal(t, "hold", stored, retail.Row(held))
	})

	scene(t, "a caller that is told UNAVAILABLE finds with the same id that it was carried out", func(t *testing.T) {
		s := stocked(t)
		s.onCommitted = func(int) error { return errLost }
		s.onLock = func(call int) error {
			if call > 3 {
				return errLost
			}
			return nil
		}
		request := as("anna")
		if _, err := ledger.Submit(request, s.engine, hold("milan", "red-42", 2)); err == nil {
			t.Fatal("answered although every connection was lost")
		}
		s.onCommitted, s.onLock = nil, nil
		mustSubmit(t, request, s, hold("milan", "red-42", 2))
		equal(t, "units", s.available("milan", "red-42"), 8)
	})

	scene(t, "a stored answer that can't be read is an alarm", func(t *testing.T) {
		s := stocked(t)
		request := as("anna")
		mustSubmit(t, request, s, hold("milan", "red-42", 2))
		sent, _ := ledger.RequestFrom(request)
		outcome := s.outcomes[sent.ID]
		outcome.Answer = []byte("{")
		s.outcomes[sent.ID] = outcome
		_, err := ledger.Submit(request, s.engine, hold("milan", "red-42", 2))
		s.wantAlarm(t, err, "a stored answer can't be read")
	})

	scene(t, "an answer that can't be stored is an alarm, and its command has no effect", func(t *testing.T) {
		s := stocked(t)
		cmd := posting("milan", "red-42", retail.Supplier, retail.Available, retail.LevelKey("milan", "red-42"))
		_, err := ledger.Submit(as("anna"), s.engine, unstorable{cmd})
		s.wantAlarm(t, err, "an answer can't be stored")
		equal(t, "units", s.available("milan", "red-42"), 10)
	})

	scene(t, "a command without a request, or without the id of one, is a fault of the server", func(t *testing.T) {
		s := stocked(t)
		for _, ctx := range []context.Context{t.Context(), ledger.WithRequest(t.Context(), ledger.Request{Actor: "anna"})} {
			if _, err := ledger.Submit(ctx, s.engine, hold("milan", "red-42", 1)); err != ledger.ErrNoRequest {
				t.Errorf("answered %v, want %v", err, ledger.ErrNoRequest)
			}
		}
		equal(t, "batches", s.endings(), nil)
	})
}
