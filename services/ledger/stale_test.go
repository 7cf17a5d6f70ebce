package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestStale(t *testing.T) {
	red := retail.LevelKey("milan", "red-42")
	// peeking reads a row that it does not name, with no check of what it gets.
	peeking := act[int64]{decide: func(s retail.State, _ time.Time) (retail.Change, int64, error) {
		return retail.Change{}, s.Row(red).(retail.Level).Available(), nil
	}}

	scene(t, "reading a row that was not named makes the command stale, and is no alarm", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 1))
		_, err := ledger.Submit(as("anna"), s.engine, peeking)
		if !errors.Is(err, ledger.ErrStale) || !errors.Is(err, retail.ErrStale) {
			t.Errorf("answered %v, want stale in the words of either package", err)
		}
		equal(t, "alarms", s.alarms, nil)
	})

	scene(t, "a stale command touches nobody else in its batch", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 1))
		resume := s.stall(3)
		submitLater(as("stuck"), s, receive("milan", "red-42", 1))
		before := submitLater(as("bruno"), s, hold("milan", "red-42", 1))
		stale := submitLater(as("carla"), s, peeking)
		after := submitLater(as("dario"), s, hold("milan", "red-42", 1))
		resume()
		if before.err != nil || after.err != nil {
			t.Error(before.err, after.err)
		}
		if !errors.Is(stale.err, ledger.ErrStale) {
			t.Errorf("answered %v, want stale", stale.err)
		}
		equal(t, "units", s.available("milan", "red-42"), 0)
	})

	scene(t, "a command that names many rows may read each of them and no other", func(t *testing.T) {
		var keys []retail.Key
		for _, sku := range numbered("sku", 40) {
			keys = append(keys, retail.LevelKey("milan", sku))
		}
		reading := func(all ...retail.Key) act[string] {
			return act[string]{keys: keys, decide: func(s retail.State, _ time.Time) (retail.Change, string, error) {
				for _, key := range all {
					s.Row(key)
				}
				return retail.Change{}, "", retail.Refuse(retail.OutOfStock, "none")
			}}
		}
		s := openShop(t, ledger.Config{})
		_, err := ledger.Submit(as("anna"), s.engine, reading(keys...))
		wantRefusal(t, err, retail.OutOfStock)
		if _, err := ledger.Submit(as("anna"), s.engine, reading(red)); !errors.Is(err, ledger.ErrStale) {
			t.Errorf("answered %v, want stale", err)
		}
	})
}

func TestReplan(t *testing.T) {
	// planning plans a command that is stale for the first so many times.
	planning := func(stale int) (plan func(context.Context) (retail.Command[string], error), plans *int) {
		plans = new(int)
		return func(context.Context) (retail.Command[string], error) {
			if *plans++; *plans <= stale {
				return refusing(retail.ErrStale), nil
			}
			return posting("milan", "red-42", retail.Supplier, retail.Available, retail.LevelKey("milan", "red-42")), nil
		}, plans
	}
	replan := func(s *shop, plan func(context.Context) (retail.Command[string], error)) error {
		_, err := ledger.Replan(as("anna"), s.engine, plan)
		return err
	}

	scene(t, "plans again what was stale, three times at most", func(t *testing.T) {
		for _, stale := range []int{0, 1, 2} {
			s := openShop(t, ledger.Config{})
			plan, plans := planning(stale)
			if err := replan(s, plan); err != nil || *plans != stale+1 {
				t.Errorf("stale %d times: %v after %d plans", stale, err, *plans)
			}
			equal(t, "units", s.available("milan", "red-42"), 1)
		}
	})

	scene(t, "gives up as stale after that", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		plan, plans := planning(3)
		if err := replan(s, plan); !errors.Is(err, ledger.ErrStale) || *plans != 3 {
			t.Errorf("answered %v after %d plans, want stale after 3", err, *plans)
		}
	})

	scene(t, "plans again what read a row that it did not name", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		plans := 0
		err := replan(s, func(context.Context) (retail.Command[string], error) {
			plans++
			return posting("milan", "red-42", retail.Supplier, retail.Available, retail.LevelKey("milan", "red-42")).
				looking(retail.LevelKey("milan", "blue-40"), plans > 1), nil
		})
		if err != nil || plans != 2 {
			t.Errorf("%v after %d plans, want none after 2", err, plans)
		}
	})

	scene(t, "does not plan again what was refused, and says what the plan itself failed with", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		plans := 0
		err := replan(s, func(context.Context) (retail.Command[string], error) {
			plans++
			return refusing(retail.Refuse(retail.OutOfStock, "none")), nil
		})
		wantRefusal(t, err, retail.OutOfStock)
		equal(t, "plans", plans, 1)

		unreadable := errors.New("no candidates could be read")
		err = replan(s, func(context.Context) (retail.Command[string], error) { return nil, unreadable })
		if err != unreadable {
			t.Errorf("answered %v, want %v", err, unreadable)
		}
	})
}
