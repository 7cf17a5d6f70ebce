package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// TestMovements moves some positions at random, far beyond one walk, and holds every answer against a fold of the entries forwards.
func TestMovements(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	p, owner := startProcess(t, postgres.Config{URL: database.URL}), newStranger(t, database)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	places, skus := []string{"milan", "rome"}, []string{"BLUE-40", "RED-42", "RED-43"}
	times := []time.Time{time.Now()}
	for range 600 {
		cmd := retail.MoveStock{Transaction: ledger.NewID(), Kind: retail.KindAdjust, Location: places[random.IntN(2)], Cause: "count"}
		if random.IntN(3) == 0 {
			cmd.OccurredAt = time.Now().Add(-time.Duration(random.Int64N(int64(100 * time.Hour)))).Truncate(time.Microsecond)
		}
		sku := skus[min(2, random.IntN(10))] // the last of them hot
		cmd.Lines = []retail.Line{{SKU: sku, Quantity: 1 + random.Int64N(9)}, {SKU: "GREEN-1", Quantity: -1 - random.Int64N(3)}}
		changed, err := ledger.Submit(newRequest(), p.engine, cmd)
		if err != nil {
			t.Fatal(err)
		}
		if random.IntN(20) == 0 {
			times = append(times, changed.RecordedAt, changed.RecordedAt.Add(-time.Microsecond))
		}
		if !cmd.OccurredAt.IsZero() && random.IntN(10) == 0 {
			times = append(times, cmd.OccurredAt, cmd.OccurredAt.Add(-time.Microsecond))
		}
	}
	all, err := p.LevelsAfter(t.Context(), "", "", retail.PositionMark{}, 100)
	if err != nil || len(all) != 8 {
		t.Fatalf("%d positions, %v", len(all), err)
	}

	t.Run("levels fold back to any time by either clock", func(t *testing.T) {
		for _, at := range times {
			for clock, occurred := range map[string]bool{"recorded_at": false, "occurred_at": true} {
				past, err := p.LevelsAsOf(t.Context(), all, at, occurred)
				if err != nil {
					t.Fatal(err)
				}
				for _, level := range past {
					sum := `coalesce(sum(case when e.to_account = 'available' then e.quantity else -e.quantity end), 0)`
					const of = ` from ledger_entries e join ledger_transactions t on t.location = e.location and t.id = e.transaction_id
						where e.location = $1 and e.asset = $2 and t.`
					units := owner.count("select "+sum+"::int8"+of+clock+" <= $3", level.Location, level.SKU, at)
					moved := owner.count("select count(*)"+of+clock+" <= $3", level.Location, level.SKU, at)
					if level.Available() != units || level.Version != moved {
						t.Errorf("%s at %s was %d by %d at %s, by %s it is said to be %d by %d",
							level.SKU, level.Location, units, moved, at, clock, level.Available(), level.Version)
					}
				}
			}
		}
	})

	t.Run("movements are read newest first, and fold back to nothing", func(t *testing.T) {
		for _, level := range all {
			for level.Version > 0 {
				found, err := p.Movements(t.Context(), level.Location, level.SKU, level.Version, 7)
				if err != nil || len(found) == 0 || len(found) > 7 {
					t.Fatalf("%d movements, %v", len(found), err)
				}
				for _, m := range found {
					if m.Header.Kind != retail.KindAdjust || m.Header.Cause != "count" || m.Header.ID.IsZero() || m.Header.RecordedAt.IsZero() {
						t.Errorf("%+v", m)
					}
					if level, err = level.Before(m.Entry); err != nil {
						t.Fatal(err)
					}
				}
			}
			if level.Units != [7]int64{} {
				t.Errorf("before everything %s at %s counted %v", level.SKU, level.Location, level.Units)
			}
		}
	})

	t.Run("positions are read in pages", func(t *testing.T) {
		for _, c := range []struct{ location, sku string }{{"", ""}, {"rome", ""}, {"", "RED-43"}} {
			var want, got []string
			for _, level := range all {
				if (c.location == "" || level.Location == c.location) && (c.sku == "" || level.SKU == c.sku) {
					want = append(want, fmt.Sprint(level.Location, " ", level.SKU, " ", level.Version))
				}
			}
			for mark := (retail.PositionMark{}); ; {
				found, err := p.LevelsAfter(t.Context(), c.location, c.sku, mark, 3)
				if err != nil {
					t.Fatal(err)
				}
				if len(found) == 0 {
					break
				}
				for _, level := range found {
					got = append(got, fmt.Sprint(level.Location, " ", level.SKU, " ", level.Version))
					mark = retail.PositionMark{Location: level.Location, SKU: level.SKU}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q %q (-want +got):\n%s", c.location, c.sku, diff)
			}
		}
	})
}

// someMovements are 40,000 entries of 400 positions, and as many of money.
const someMovements = `
insert into ledger_transactions select 'place-' || n % 20, md5(n::text)::uuid, 'ADJUST', now(), now(), 'x', '', md5(n::text)::uuid, '', 2, 0
    from generate_series(1, 40000) n;
insert into ledger_entries select 'place-' || n % 20, md5(n::text)::uuid, 1, 'found', 'available', 'sku-' || n % 400, 1, n / 400 + 1, 0
    from generate_series(1, 40000) n;
insert into ledger_entries select 'place-' || n % 20, md5(n::text)::uuid, 2, 'sales', 'tender/CASH', 'EUR', 1, 0, 0
    from generate_series(1, 40000) n;
insert into stock_levels select 'place-' || n % 20, 'sku-' || n, 100, 0, 0, 0, 0, 0, 0, 100, now(), 0 from generate_series(0, 399) n`

// TestMovementPlans: a position is walked along its versions, whether anybody has analysed the tables or not.
func TestMovementPlans(t *testing.T) {
	t.Parallel()
	for when, prepare := range map[string]string{
		"analysed": someMovements + ";" + someEvents + "; analyze", "not analysed": someMovements + ";" + someEvents,
	} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			database := pgtest.New(t)
			newStranger(t, database).exec(prepare)
			conn, err := startProcess(t, postgres.Config{URL: database.URL}).Reader(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Release()
			if _, err := conn.Exec(t.Context(), "set plan_cache_mode = force_generic_plan"); err != nil {
				t.Fatal(err)
			}
			for statement, params := range map[string]int{
				"movements_of": 4, "moved_since": 6, "moved_within": 4, "levels_after": 3, "levels_of_location": 3, "levels_of_sku": 3,
				"levels_by_key": 2, "touched_between": 2,
			} {
				root, _ := explain(t, conn.Conn(), statement, params)
				wantIndexed(t, statement, root)
				root.each(func(p plan) {
					if want := indexOf(statement, p.Relation); want != "" && p.Index != "" && p.Index != want {
						t.Errorf("%s looks for %s by %q: %s", statement, p.Relation, p.Index, shape(root))
					}
				})
			}
		})
	}
}

// indexOf is the index by which a statement is to look for the rows of a table; "": any.
func indexOf(statement, table string) string {
	switch acts := statement == "touched_between"; {
	case acts && table == "events":
		return "events_by_seq"
	case acts && table == "ledger_transactions":
		return "ledger_transactions_by_id"
	case acts && table == "ledger_entries":
		return "ledger_entries_pkey"
	case table == "ledger_entries":
		return "ledger_entries_by_position"
	}
	return ""
}
