package ledger_test

import (
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestSeeding(t *testing.T) {
	red, blue := retail.LevelKey("milan", "red-42"), retail.LevelKey("milan", "blue-40")

	scene(t, "a position that nobody has seen is made by a second run, and written by that", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 3))
		equal(t, "batches", s.endings(), []string{"seeding", "committed"})
		equal(t, "seeds", s.seeds, [][]retail.Key{nil, {red}})
		equal(t, "units", s.available("milan", "red-42"), 3)
	})

	scene(t, "a position that is there is not made again", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 3))
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 4))
		equal(t, "batches", s.endings(), []string{"seeding", "committed", "committed"})
		equal(t, "units", s.available("milan", "red-42"), 7)
	})

	scene(t, "a refused command makes no position", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		_, err := ledger.Submit(as("anna"), s.engine, hold("milan", "red-42", 1))
		wantRefusal(t, err, retail.OutOfStock)
		equal(t, "batches", s.endings(), []string{"empty"})
		equal(t, "rows", len(s.rows), 0)
	})

	scene(t, "a refused command makes no position beside one that is accepted", func(t *testing.T) {
		s := openShop(t, ledger.Config{})
		resume := s.stall(1)
		submitLater(as("anna"), s, receive("milan", "green-38", 1))
		refused := submitLater(as("bruno"), s, hold("milan", "red-42", 1))
		submitLater(as("carla"), s, receive("milan", "blue-40", 1))
		resume()
		wantRefusal(t, refused.err, retail.OutOfStock)
		equal(t, "seeds", s.seeds[2:], [][]retail.Key{nil, {blue}})
		if s.rows[red] != nil {
			t.Error("the refused command left a position")
		}
	})

	scene(t, "another round is run where the first seeds change what is decided", func(t *testing.T) {
		// It puts a unit where nothing ever was: on red, and once that is there on blue.
		moves := act[string]{keys: []retail.Key{red, blue}, decide: func(s retail.State, _ time.Time) (retail.Change, string, error) {
			sku := "red-42"
			if s.Row(red) != nil {
				sku = "blue-40"
			}
			change, _, _ := posting("milan", sku, retail.Supplier, retail.Available).decide(s, time.Time{})
			return change, sku, nil
		}}
		s := openShop(t, ledger.Config{})
		equal(t, "answer", mustSubmit(t, as("anna"), s, moves), "blue-40")
		equal(t, "seeds", s.seeds, [][]retail.Key{nil, {red}, {blue, red}})
		equal(t, "units", s.available("milan", "red-42")+10*s.available("milan", "blue-40"), 10)
	})

	scene(t, "a rule that sets a position instead of posting to it is an alarm, and not a round without end", func(t *testing.T) {
		for _, named := range [][]retail.Key{nil, {red}} {
			s := openShop(t, ledger.Config{})
			setting := act[string]{keys: named, decide: func(retail.State, time.Time) (retail.Change, string, error) {
				return retail.Change{
					ID: ledger.NewID(), Kind: retail.KindMaster, Place: "milan",
					Rows: []retail.Row{retail.Level{Location: "milan", SKU: "red-42"}},
				}, "set", nil
			}}
			_, err := ledger.Submit(as("anna"), s.engine, setting)
			s.wantAlarm(t, err, "a rule broke its promise")
		}
	})
}
