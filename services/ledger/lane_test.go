package ledger_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestCompany(t *testing.T) {
	scene(t, "a lone command runs at once and waits for nobody", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		began := time.Now()
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 1))
		if took := time.Since(began); took != 0 {
			t.Errorf("waited %s", took)
		}
		equal(t, "batches", s.sizes(), []int{1, 1}) // the first made the position
	})

	scene(t, "those who come while a batch is under way are the next, in the order they came", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 100))
		resume := s.stall(3)
		submitLater(as("first"), s, hold("milan", "red-42", 1))
		for _, caller := range numbered("next", 5) {
			submitLater(as(caller), s, hold("milan", "red-42", 1))
		}
		resume()
		equal(t, "commits", s.actors(), [][]string{{"anna"}, {"first"}, numbered("next", 5)})
	})

	scene(t, "each decides on what those before it in the batch left", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 3))
		resume := s.stall(3)
		submitLater(as("first"), s, receive("milan", "blue-40", 1))
		var buyers []*pending[retail.Hold]
		for range 5 {
			buyers = append(buyers, submitLater(as("buyer"), s, hold("milan", "red-42", 1)))
		}
		resume()
		for i, buyer := range buyers {
			if i < 3 && buyer.err != nil {
				t.Errorf("buyer %d of 3 units: %v", i+1, buyer.err)
			} else if i >= 3 {
				wantRefusal(t, buyer.err, retail.OutOfStock)
			}
		}
	})

	scene(t, "a batch that is stuck keeps no other lane waiting", func(t *testing.T) {
		s := openShop(t, ledger.Config{Lanes: 2})
		resume := s.stall(1)
		submitLater(as("anna"), s, receive("milan", "red-42", 1))
		together := submitLater(as("bruno"), s, receive("milan", "blue-40", 1))
		// Where a place goes is by chance, anew in each process: 64 places are all in one lane once in 2^64 processes.
		var elsewhere []*pending[retail.StockChanged]
		for _, place := range numbered("place", 64) {
			elsewhere = append(elsewhere, submitLater(as("carla"), s, receive(place, "red-42", 1)))
		}
		if together.answered {
			t.Error("a command of the stuck place overtook it")
		}
		if !slices.ContainsFunc(elsewhere, func(p *pending[retail.StockChanged]) bool { return p.answered }) {
			t.Error("nobody elsewhere was answered meanwhile")
		}
		resume()
	})

	t.Run("a lane that nobody waits in has no goroutine", func(t *testing.T) {
		before := goleak.IgnoreCurrent()
		s := openShop(t, ledger.Config{Lanes: 8})
		for _, place := range numbered("place", 20) {
			mustSubmit(t, as("anna"), s, receive(place, "red-42", 1))
		}
		goleak.VerifyNone(t, before)
	})
}

// A command of one key weighs 6: two for the key, and four.
func TestFairness(t *testing.T) {
	// queue puts people and bulk work of one key each in line behind a batch that is stuck, in the order given, and lets go.
	queue := func(t *testing.T, config ledger.Config, line ...string) *shop {
		s := openShop(t, config)
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 100))
		s.commits = nil
		resume := s.stall(3)
		submitLater(as("stuck"), s, hold("milan", "red-42", 1))
		for _, who := range line {
			ctx := as(who)
			if who == "bulk" {
				ctx = asBulk(who)
			}
			submitLater(ctx, s, hold("milan", "red-42", 1))
		}
		resume()
		return s
	}

	scene(t, "people go before bulk work that came earlier", func(t *testing.T) {
		s := queue(t, ledger.Config{}, "bulk", "bulk", "anna", "bruno")
		equal(t, "commits", s.actors(), [][]string{{"stuck"}, {"anna", "bruno", "bulk", "bulk"}})
	})

	scene(t, "bulk work fills no more of a batch than its share", func(t *testing.T) {
		s := queue(t, ledger.Config{BulkWeight: 12}, "bulk", "bulk", "bulk", "bulk", "bulk", "anna")
		equal(t, "commits", s.actors(), [][]string{{"stuck"}, {"anna", "bulk", "bulk"}, {"bulk", "bulk"}, {"bulk"}})
	})

	scene(t, "people who fill batch after batch leave one place in each to bulk work", func(t *testing.T) {
		s := queue(t, ledger.Config{BatchWeight: 12}, "bulk", "bulk", "bulk", "anna", "bruno", "carla", "dario")
		equal(t, "commits", s.actors(), [][]string{
			{"stuck"}, {"anna", "bruno", "bulk"}, {"carla", "dario", "bulk"}, {"bulk"},
		})
	})

	// thick is a delivery of so many SKUs.
	thick := func(lines int) retail.MoveStock {
		cmd := receive("milan", "red-42", 1)
		for i := 1; i < lines; i++ {
			cmd.Lines = append(cmd.Lines, retail.Line{SKU: fmt.Sprint("sku-", i), Quantity: 1})
		}
		return cmd
	}

	scene(t, "a batch is capped by its rows, not by its commands", func(t *testing.T) {
		s := openShop(t, ledger.Config{BatchWeight: 24})
		mustSubmit(t, as("anna"), s, thick(10))
		s.commits = nil
		resume := s.stall(3)
		submitLater(as("stuck"), s, thick(1))
		for _, lines := range []int{1, 7, 8, 1, 1, 1, 1, 1} { // which weigh 6, 18, 20, 6, 6, 6, 6, 6
			submitLater(as(fmt.Sprint(lines)), s, thick(lines))
		}
		resume()
		equal(t, "commits", s.actors(), [][]string{{"stuck"}, {"1", "7"}, {"8"}, {"1", "1", "1", "1"}, {"1"}})
	})

	scene(t, "a command that is more than a batch may be is the caller's mistake, and nothing is done", func(t *testing.T) {
		s := openShop(t, ledger.Config{BatchWeight: 24})
		mustSubmit(t, as("anna"), s, thick(10))
		_, err := ledger.Submit(as("anna"), s.engine, thick(11))
		wantRefusal(t, err, retail.InvalidRequest)
		equal(t, "calls of the store", s.calls.Load(), 2)
		equal(t, "alarms", s.alarms, nil)
		equal(t, "in flight", s.engine.InFlight(), 0)
	})

	scene(t, "a delivery of a thousand lines, the longest that the contract allows, is carried out", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		changed := mustSubmit(t, as("anna"), s, thick(1000))
		equal(t, "positions", len(changed.Levels), 1000)
	})

	scene(t, "everybody is answered when people and bulk work keep coming", func(t *testing.T) {
		s := openShop(t, ledger.Config{BatchWeight: 12, BulkWeight: 6})
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 1000))
		s.onLock = func(int) error {
			time.Sleep(time.Millisecond)
			return nil
		}
		var all []*pending[retail.Hold]
		for i := range 100 {
			all = append(all, submitLater(as("person"), s, hold("milan", "red-42", 1)))
			all = append(all, submitLater(asBulk("bulk"), s, hold("milan", "red-42", 1)))
			if i%3 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		settle()
		for i, p := range all {
			if !p.answered || p.err != nil {
				t.Fatalf("command %d: answered %v, %v", i, p.answered, p.err)
			}
		}
	})
}
