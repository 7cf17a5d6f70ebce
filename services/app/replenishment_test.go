package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// proposed asks over both doors, which must answer alike, and returns the proposals.
func (w *world) proposed(body string) []any {
	w.t.Helper()
	first, second := w.must("staff", "replenishment/ProposeReplenishment", body), w.rest("staff", "replenishment/ProposeReplenishment", body)
	if diff := cmp.Diff(first.at("proposals"), second.at("proposals")); diff != "" {
		w.t.Errorf("the doors answer otherwise:\n%s", diff)
	}
	proposals, _ := first.at("proposals").([]any)
	return proposals
}

func rule(sku string, numbers string) string { return fmt.Sprintf(`{"sku":%q%s}`, sku, numbers) }

func (w *world) putRules(location, rules string) answer {
	w.t.Helper()
	return w.do("staff", "replenishment/PutStockRules", `{"location":%q,"rules":[%s]}`, location, rules)
}

// TestReplenishment puts rules in a town, and asks what is low, and what is to come from where.
func TestReplenishment(t *testing.T) {
	w := openTown(t)
	w.putRules("monza", rule("HAT", `,"minimum":"5","target":"20","packSize":"12","leadDays":7,"lowBelow":"4"`)+","+rule("SOCK", `,"lowBelow":"1"`))
	w.putRules("milan", rule("HAT", `,"minimum":"95"`))
	put := w.putRules("depot", rule("", `,"minimum":"40","lowBelow":"50"`))
	if diff := cmp.Diff([]any{map[string]any{
		"sku": "", "minimum": "40", "target": "40", "packSize": "1", "leadDays": 0.0, "lowBelow": "50",
	}}, put.at("rules")); diff != "" {
		t.Error(diff)
	}
	w.putRules("rome", rule("HAT", `,"minimum":"98","target":"98"`))
	w.putRules("bergamo", rule("HAT", `,"minimum":"7"`))

	t.Run("what is low is listed, by the rule of the position or of the place", func(t *testing.T) {
		w := w.in(t)
		for location, want := range map[string][]string{"monza": {"HAT", "SOCK"}, "milan": nil, "depot": nil} {
			for _, a := range []answer{
				w.do("staff", "replenishment/ListLowStock", `{"location":%q}`, location), w.rest("staff", "replenishment/ListLowStock", fmt.Sprintf(`{"location":%q}`, location)),
			} {
				if diff := cmp.Diff(want, named(a, "positions", "sku")); diff != "" {
					t.Errorf("%s: %s", location, diff)
				}
			}
		}
		w.must("staff", "stock/AdjustStock", `{"location":"depot","reason":"theft","lines":[{"sku":"HAT","difference":"-1"}]}`)
		low := w.must("staff", "replenishment/ListLowStock", `{"location":"depot"}`)
		w.want(low, map[string]any{"positions.0.sku": "HAT", "positions.0.available": "49", "positions.0.rule.sku": "", "positions.0.rule.lowBelow": "50"})
		w.must("staff", "stock/AdjustStock", `{"location":"depot","reason":"found","lines":[{"sku":"HAT","difference":"1"}]}`)
		first := w.must("staff", "replenishment/ListLowStock", `{"location":"monza","pageSize":1}`)
		second := w.do("staff", "replenishment/ListLowStock", `{"location":"monza","pageSize":1,"pageToken":%q}`, first.at("nextPageToken"))
		if got := append(named(first, "positions", "sku"), named(second, "positions", "sku")...); !cmp.Equal(got, []string{"HAT", "SOCK"}) || second.at("nextPageToken") != "" {
			t.Errorf("the pages have %v", got)
		}
	})

	t.Run("the nearest give what they can spare, and the rest is ordered in packs", func(t *testing.T) {
		w := w.in(t)
		transfer := func(from, units, metres, available, keeps string) map[string]any {
			return map[string]any{"fromLocation": from, "units": units, "distanceMetres": metres, "available": available, "keeps": keeps}
		}
		why := map[string]any{
			"available": "3", "incoming": "0", "sold": "0", "returned": "0", "unmet": "0", "cover": "0", "reorder": "5", "upTo": "20",
			"rule": map[string]any{"sku": "HAT", "minimum": "5", "target": "20", "packSize": "12", "leadDays": 7.0, "lowBelow": "4"},
		}
		transfers := []any{
			transfer("depot", "10", "12985", "50", "40"), transfer("milan", "5", "14851", "100", "95"), transfer("rome", "2", "484247", "100", "98"),
		}
		want := []any{map[string]any{
			"location": "monza", "sku": "HAT", "units": "17", "orderUnits": "0", "shortUnits": "0", "why": why, "transfers": transfers,
		}}
		if diff := cmp.Diff(want, w.proposed(`{"location":"monza"}`)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want, w.proposed(`{}`)); diff != "" {
			t.Errorf("everywhere: %s", diff)
		}
		w.must("staff", "stock/PutBuffers", `{"location":"rome","buffers":[{"units":"50"},{"sku":"HAT","channel":"shop","units":"2"}]}`)
		want[0].(map[string]any)["transfers"] = transfers[:2]
		want[0].(map[string]any)["orderUnits"] = "12"
		if diff := cmp.Diff(want, w.proposed(`{"location":"monza"}`)); diff != "" {
			t.Error(diff)
		}
		want[0].(map[string]any)["orderUnits"] = "0"
		want[0].(map[string]any)["shortUnits"] = "2"
		if diff := cmp.Diff(want, w.proposed(`{"location":"monza","transfersOnly":true}`)); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("a place of which SKUs are asked is proposed to by its trade", func(t *testing.T) {
		w := w.in(t)
		if got := w.proposed(`{"location":"milan","skus":["SOCK"]}`); len(got) > 0 {
			t.Errorf("100 socks that nobody buys: %v", got)
		}
		sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("SOCK", 80, ""), paid("CARD", 40_000)))
		w.must("staff", "returns/AcceptReturnByRight", returned("milan", sold.at("id"), back(1, 10, "RETURN_TO_STOCK"), ""))
		got := answer{body: map[string]any{"proposals": w.proposed(`{"location":"milan","skus":["SOCK"],"salesDays":7,"coverDays":7}`)}}
		w.want(got, map[string]any{
			"proposals.0.units": "40", "proposals.0.orderUnits": "38", "proposals.0.transfers.0.fromLocation": "bergamo", "proposals.0.transfers.0.units": "2",
			"proposals.0.why.sold": "80", "proposals.0.why.returned": "10", "proposals.0.why.cover": "70", "proposals.0.why.available": "30", "proposals.0.why.rule": nil,
		})
		w.later("8 days")
	})

	t.Run("pages go by SKU", func(t *testing.T) {
		w := w.in(t)
		w.putRules("monza", rule("SHIRT-S", `,"minimum":"1"`))
		var got []string
		for token, pages := "", 0; pages == 0 || token != ""; pages++ {
			page := w.do("staff", "replenishment/ProposeReplenishment", `{"location":"monza","pageSize":1,"pageToken":%q}`, token)
			got = append(got, named(page, "proposals", "sku")...)
			if token, _ = page.at("nextPageToken").(string); pages > 5 {
				t.Fatal("the pages have no end")
			}
		}
		if diff := cmp.Diff([]string{"HAT", "SHIRT-S"}, got); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("rules are listed and taken away", func(t *testing.T) {
		w := w.in(t)
		first := w.must("staff", "replenishment/ListStockRules", `{"location":"monza","pageSize":2}`)
		second := w.rest("staff", "replenishment/ListStockRules", fmt.Sprintf(`{"location":"monza","pageSize":2,"pageToken":%q}`, first.at("nextPageToken")))
		if got := append(named(first, "rules", "sku"), named(second, "rules", "sku")...); !cmp.Equal(got, []string{"HAT", "SHIRT-S", "SOCK"}) {
			t.Errorf("the rules are of %v", got)
		}
		gone := w.must("staff", "replenishment/DeleteStockRules", `{"location":"monza","skus":["HAT","SOCK"]}`)
		w.want(gone, map[string]any{"rules.0.minimum": "5", "rules.1.lowBelow": "1"})
		if got := named(w.must("staff", "replenishment/ListStockRules", `{"location":"monza"}`), "rules", "sku"); !cmp.Equal(got, []string{"SHIRT-S"}) {
			t.Errorf("the rules are of %v", got)
		}
		if low := named(w.must("staff", "replenishment/ListLowStock", `{"location":"monza"}`), "positions", "sku"); low != nil {
			t.Errorf("low without a rule: %v", low)
		}
	})
	t.Run("others are told once when a position crosses its threshold, either way", func(t *testing.T) {
		w := w.in(t)
		told := func() []string {
			return w.strings(`select kind || ' ' || version || ' ' || convert_from(body, 'UTF8') from events where subject = 'low-stock/milan/HAT' order by seq`)
		}
		w.putRules("milan", rule("HAT", `,"minimum":"95","lowBelow":"99"`))
		sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 3, ""), paid("CARD", 3000)))
		w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CARD", 1000)))
		w.must("staff", "returns/AcceptReturn", returned("milan", sold.at("id"), back(1, 3, "RETURN_TO_STOCK"), ""))
		want := []string{
			`StockLow 1 {"location":"milan","sku":"HAT","available":97,"low_below":99,"position":2}`,
			`StockRecovered 2 {"location":"milan","sku":"HAT","available":99,"low_below":99,"position":4}`,
		}
		if diff := cmp.Diff(want, told()); diff != "" {
			t.Error(diff)
		}
		low := w.do("staff", "events/ListEvents", `{"location":"milan","pageSize":1000}`)
		if n := strings.Count(fmt.Sprint(low.body), "low-stock/milan/HAT"); n != 2 {
			t.Errorf("%d such events are listed", n)
		}
	})
	w.refused("staff", "replenishment/ProposeReplenishment", `{"location":"gone"}`, "LOCATION_CLOSED", "location")
	w.audit()
}

// TestReplenishmentOfUnmetDemand proposes what customers wanted of a place and did not get.
func TestReplenishmentOfUnmetDemand(t *testing.T) {
	w := openShop(t)
	recording(w, time.Hour)
	w.refuse("shop", "stock/HoldStock", `{"location":"rome","channel":"shop","owner":"a","lines":[{"sku":"SOCK","quantity":"3"}]}`, "OUT_OF_STOCK", "") // through both doors
	w.stop()                                                                                                                                            // writes what it counted
	w.start()
	got := answer{body: map[string]any{"proposals": w.proposed(`{"location":"rome","skus":["SOCK"]}`)}}
	w.want(got, map[string]any{
		"proposals.0.units": "6", "proposals.0.why.unmet": "6", "proposals.0.why.reorder": "6", "proposals.0.transfers.0.fromLocation": "milan",
		"proposals.0.transfers.0.units": "6", "proposals.0.transfers.0.distanceMetres": nil, "proposals.0.orderUnits": "0",
	})
}

// strings asks the database for texts.
func (w *world) strings(query string, args ...any) []string {
	w.t.Helper()
	conn := w.owner()
	defer conn.Close(w.t.Context())
	rows, err := conn.Query(w.t.Context(), query, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}
