package postgres_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// TestStockRules reads rules, what is low and what was sold of a shop that trades, and holds it against the rules and the entries.
func TestStockRules(t *testing.T) {
	t.Parallel()
	s := newShop(t).open()
	random := rand.New(rand.NewPCG(rand.Uint64(), 0))
	for range 90 { // beyond one walk back
		as(s, retail.MoveStock{
			Transaction: ledger.NewID(), Kind: retail.KindAdjust, Location: "milan", Cause: "count",
			Lines: []retail.Line{{SKU: "RED-42", Quantity: 1 + random.Int64N(3)}},
		})
	}
	s.sell(sale("milan", "web", true))
	for _, location := range []string{"milan", "rome"} {
		for _, sku := range []string{"", "RED-42", "BLUE-40", "GREEN-1"} {
			cmd, err := retail.NewPutStockRules(ledger.NewID(), location, []retail.StockRule{{SKU: sku, LowBelow: random.Int64N(200)}}, false)
			if err != nil {
				t.Fatal(err)
			}
			if random.IntN(4) > 0 {
				as(s, cmd)
				if cmd.Remove = random.IntN(3) == 0; cmd.Remove {
					cmd.Transaction = ledger.NewID()
					as(s, cmd)
				}
			}
		}
	}
	all, err := s.db.LevelsAfter(t.Context(), "", "", retail.PositionMark{}, 1000)
	if err != nil || len(all) < 4 {
		t.Fatalf("%d positions, %v", len(all), err)
	}

	t.Run("rules are those that were put last and are in force", func(t *testing.T) {
		of, err := s.db.StockRulesOf(t.Context(), []string{"RED-42", "BLUE-40", "GREEN-1"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, location := range []string{"milan", "rome"} {
			for from := ""; ; from += "\x01" {
				page, err := s.db.StockRulesAt(t.Context(), location, from, 1)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				got = append(got, fmt.Sprint(page[0]))
				from = page[0].SKU
			}
		}
		var want []string
		for _, rule := range of {
			want = append(want, fmt.Sprint(rule))
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := gocmp.Diff(want, got); diff != "" || s.count("stock_rules where not removed") != int64(len(want)) {
			t.Errorf("%d are in force: %s", s.count("stock_rules where not removed"), diff)
		}
	})

	t.Run("low is what its rule says", func(t *testing.T) {
		put, err := s.db.StockRulesOf(t.Context(), []string{"RED-42", "BLUE-40", "GREEN-1"})
		if err != nil {
			t.Fatal(err)
		}
		rules := retail.NewStockRules(put)
		for _, location := range []string{"milan", "rome"} {
			available := map[string]int64{}
			for _, level := range all {
				if level.Location == location {
					available[level.SKU] = level.Available()
				}
			}
			for _, rule := range put {
				if rule.Location == location && rule.SKU != "" {
					available[rule.SKU] += 0 // it counts although it never was there
				}
			}
			var want, got []retail.LowPosition
			for sku, units := range available {
				if rule, ruled := rules.At(location, sku); ruled && units < rule.LowBelow {
					want = append(want, retail.LowPosition{SKU: sku, Available: units, Rule: rule})
				}
			}
			slices.SortFunc(want, func(a, b retail.LowPosition) int { return cmp.Compare(a.SKU, b.SKU) })
			for after := ""; ; {
				page, err := s.db.LowPositions(t.Context(), location, after, 1)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				after, page[0].Incoming = page[0].SKU, 0
				got = append(got, page...)
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", location, diff)
			}
		}
	})

	t.Run("SKUs are looked at where they or their place have a rule", func(t *testing.T) {
		for _, location := range []string{"", "milan", "rome", "nowhere"} {
			want := s.strings(`select distinct k.sku from (
				select sku from stock_rules where sku > '' and not removed and $1 in ('', location)
				union select l.sku from stock_levels l join stock_rules r on r.location = l.location and r.sku = '' and not r.removed
				where $1 in ('', l.location)) k order by k.sku`, location)
			var got []string
			for after := ""; ; {
				page, err := s.db.RuledSKUs(t.Context(), location, after, 2)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				got, after = append(got, page...), page[len(page)-1]
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("%q: %s", location, diff)
			}
		}
	})

	t.Run("trade is what went to customers and came back, by when it happened", func(t *testing.T) {
		now := time.Now().Truncate(time.Microsecond)
		sold := int64(0)
		for _, span := range [][2]time.Time{
			{now.AddDate(0, 0, -7), now}, {now.AddDate(0, 0, -7), now.Add(-30 * time.Second)}, {now.Add(-30 * time.Second), now.Add(time.Hour)},
			{now.AddDate(0, 0, -7), now.AddDate(0, 0, -1)},
		} {
			got, err := s.db.SoldUnits(t.Context(), all, span[0], span[1])
			if err != nil {
				t.Fatal(err)
			}
			for i, level := range all {
				const of = `select coalesce(sum(e.quantity), 0)::int8 from ledger_entries e join ledger_transactions t
					on t.location = e.location and t.id = e.transaction_id
					where e.location = $1 and e.asset = $2 and t.occurred_at >= $3 and t.occurred_at < $4 and `
				var want retail.SoldUnits
				for which, into := range map[string]*int64{
					"e.to_account = 'customer'": &want.Sold,
					// What a carrier lost did not come back.
					"e.from_account = 'customer' and e.to_account <> 'shrinkage'": &want.Returned,
				} {
					if err := s.owner.QueryRow(t.Context(), of+which, level.Location, level.SKU, span[0], span[1]).Scan(into); err != nil {
						t.Fatal(err)
					}
				}
				if sold += want.Sold; got[i] != want {
					t.Errorf("%s at %s from %s until %s: %+v, not %+v", level.SKU, level.Location, span[0], span[1], got[i], want)
				}
			}
		}
		if sold == 0 {
			t.Error("nothing was sold: look at this test")
		}
	})
}

// strings reads a column of texts as the owner.
func (s *shop) strings(sql string, args ...any) (all []string) {
	s.t.Helper()
	rows, err := s.owner.Query(s.t.Context(), sql, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			s.t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return all
}
