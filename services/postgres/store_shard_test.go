package postgres_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// TestShards: a distributed Postgres refuses a statement that locks rows of two shards, so that there is one for each; what is
// locked and loaded is the same.
func TestShards(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	p := startProcess(t, postgres.Config{URL: database.URL})
	s := &shop{t: t, db: p.DB, engine: p.engine}
	s.catalogue()
	for _, place := range []string{"milan", "rome", "turin"} {
		do(t, p, delivery(place, 50, "RED-42", "BLUE-40"))
	}
	red := retail.Line{SKU: "RED-42", Quantity: 1}
	keys := []retail.Key{
		do(t, p, hold("milan", time.Hour, red)).Key(), do(t, p, hold("milan", time.Hour, red)).Key(),
		do(t, p, hold("rome", time.Hour, red)).Key(),
		s.sell(sale("milan", "till", true)).Key(), s.sell(sale("rome", "till", true)).Key(),
		retail.LevelKey("milan", "RED-42"), retail.LevelKey("milan", "BLUE-40"), retail.LevelKey("rome", "RED-42"),
		retail.LevelKey("turin", "RED-42"),
		retail.LocationKey("milan"), retail.LocationKey("rome"),
	}

	// locked is what a process locks, and by which statements.
	locked := func(sharded bool) (rows map[retail.Key]retail.Row, statements []string) {
		line, url := newProxy(t, database.URL)
		p := startProcess(t, postgres.Config{URL: url, Sharded: sharded})
		line.Statements()
		loaded, err := lockRows(t.Context(), p.Store(), nil, keys...)
		if err != nil {
			t.Fatal(err)
		}
		loaded.Tx.Rollback(t.Context())
		return loaded.Rows, slices.DeleteFunc(line.Statements(), func(s string) bool { return !strings.HasPrefix(s, "lock_") })
	}
	together, few := locked(false)
	apart, many := locked(true)
	if len(together) != len(keys) {
		t.Errorf("%d rows, want %d", len(together), len(keys))
	}
	if diff := cmp.Diff(together, apart); diff != "" {
		t.Errorf("rows (-one Postgres +sharded):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"lock_locations", "lock_orders", "lock_holds", "lock_stock_levels"}, few); diff != "" {
		t.Errorf("statements on one Postgres (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"lock_locations",             // small, and everywhere
		"lock_orders", "lock_orders", // by the order itself
		"lock_holds", "lock_holds", // by place: milan, rome
		"lock_stock_levels", "lock_stock_levels", "lock_stock_levels", // milan, rome, turin
	}, many); diff != "" {
		t.Errorf("statements on a sharded one (-want +got):\n%s", diff)
	}

	t.Run("what a whole shop does comes to the same", func(t *testing.T) {
		p := startProcess(t, postgres.Config{URL: pgtest.New(t).URL, Sharded: true})
		(&shop{t: t, db: p.DB, engine: p.engine}).open()
		p.proveBooks(t)
	})
}
