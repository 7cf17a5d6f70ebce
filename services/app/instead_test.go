package app_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// instead are the alternatives that a refusal names of a line, counted from 0, each with what is told of it.
func (a answer) instead(line int) (all []map[string]string) {
	for n := 0; ; n++ {
		path, one := fmt.Sprintf("lines[%d].alternatives[%d].", line, n), map[string]string{}
		for name, fact := range a.details {
			if of, found := strings.CutPrefix(name, path); found {
				one[of] = fact
			}
		}
		if len(one) == 0 {
			return all
		}
		all = append(all, one)
	}
}

// ways are the same as "METHOD place from other place".
func (a answer) ways(line int) (all []string) {
	for _, one := range a.instead(line) {
		way := one["method"] + " " + one["location"]
		if from, brings := one["from_location"]; brings {
			way += " from " + from
		}
		all = append(all, way)
	}
	return all
}

// TestOutOfStockNamesWhereElse refuses orders for lack of stock, over both doors: what it names instead can be had, is what a quote would offer, and
// is told as exactly as the caller may know.
func TestOutOfStockNamesWhereElse(t *testing.T) {
	w := openTown(t)
	w.must("staff", "locations/PutChannel", club(`"milan"`))
	left := w.count("select available from stock_levels where sku = 'HAT' and location = 'milan'") - 5
	w.must("staff", "stock/AdjustStock", fmt.Sprintf(`{"location":"milan","lines":[{"sku":"HAT","difference":"-%d"}],"reason":"count"}`, left))
	for _, place := range []string{"monza", "bergamo", "depot"} {
		w.must("staff", "stock/ReceiveStock", fmt.Sprintf(`{"location":%q,"lines":[{"sku":"HAT","quantity":"100"}]}`, place))
	}
	hats := func(n int, place string) string { return goods("HAT", n, "PICKUP", place) }
	told := func(key, body string) answer {
		t.Helper()
		overGRPC, before := w.refused(key, "orders/PlaceOrder", body, "OUT_OF_STOCK", ""), time.Now()
		overREST := w.rest(key, "orders/PlaceOrder", body)
		timeless := func(a answer) map[string]string {
			facts := maps.Clone(a.details)
			maps.DeleteFunc(facts, func(name, fact string) bool { return strings.HasSuffix(name, ".ready_at") })
			return facts
		}
		if diff := cmp.Diff(timeless(overGRPC), timeless(overREST)); diff != "" {
			t.Errorf("the doors tell otherwise: %s", diff)
		}
		for _, one := range overREST.instead(0) {
			if ready, err := time.Parse(time.RFC3339, one["ready_at"]); one["method"] == "PICKUP" && (err != nil || ready.Before(before.Add(-time.Minute))) {
				t.Errorf("%v is ready at %s: %v", one, ready, err)
			}
		}
		return overREST
	}
	wantWays := func(a answer, line int, want ...string) {
		t.Helper()
		if got := a.ways(line); !slices.Equal(got, want) {
			t.Errorf("of line %d it is named %q, not %q: %v", line, got, want, a.details)
		}
	}

	short := told("staff", online(hats(8, "milan"), ""))
	wantWays(short, 0, "PICKUP monza", "PICKUP bergamo", "SHIP depot")
	quote := w.quoteBoth("staff", online(hats(8, "milan"), ""))
	if near := short.instead(0)[0]["distance_metres"]; short.details["lines[0].available"] != "5" || near == "" || near != quote.get("shortages.0.alternatives.0.distanceMetres") {
		t.Errorf("told are %v, quoted %v", short.details, quote.at("shortages"))
	}
	w.must("staff", "orders/PlaceOrder", online(hats(8, short.instead(0)[0]["location"]), ""))
	w.must("staff", "orders/PlaceOrder", online(goods("HAT", 8, "SHIP", short.instead(0)[2]["location"]), ""))

	t.Run("what another place would bring to be collected is named where the channel brings", func(t *testing.T) {
		w := w.in(t)
		body := basket("club", "online", goods("SOCK", 2, "PICKUP", "rome"), "")
		ways := told("staff", body).ways(0)
		if !slices.Contains(ways, "PICKUP rome from milan") {
			t.Fatalf("named is %q", ways)
		}
		w.must("staff", "orders/PlaceOrder", basket("club", "online", brought("SOCK", 2, "milan", "rome"), ""))
	})
	t.Run("the first three that are short are helped, each by its first line", func(t *testing.T) {
		shirt := goods("SHIRT-S", 1, "PICKUP", "monza")
		if len(told("staff", online(shirt, "")).ways(0)) == 0 {
			t.Error("of a shirt nothing is named")
		}
		several := told("staff", online(strings.Join([]string{
			goods("SHIRT-S", 1, "SHIP", "rome"), hats(4, "milan"), hats(4, "milan"), goods("SOCK", 900, "PICKUP", "monza"), goods("SOCK", 900, "PICKUP", "bergamo"), shirt,
		}, ","), ""))
		wantWays(several, 0)
		wantWays(several, 1, "PICKUP monza", "PICKUP bergamo", "SHIP depot")
		wantWays(several, 2)
		wantWays(several, 3) // nobody has so many
		wantWays(several, 5) // the fourth
		if several.details["lines[5].wanted"] != "1" {
			t.Errorf("told are %v", several.details)
		}
	})
	t.Run("everybody who comes too late is told where else", func(t *testing.T) {
		w := w.in(t)
		outcomes := atOnce(20, func(int) answer {
			a := w.rest("staff", "orders/PlaceOrder", online(hats(1, "milan"), ""))
			if a.body == nil && len(a.ways(0)) != 3 {
				t.Errorf("somebody is told %v", a.details)
			}
			return a
		})
		if outcomes[""] != 5 || outcomes["OUT_OF_STOCK"] != 15 {
			t.Errorf("of the last five: %v", outcomes)
		}
	})
	t.Run("a key that may not know what is where is told of no place", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "locations/PutChannel", `{"channel":{"code":"shop","name":"Shop","kind":"CHANNEL_KIND_ONLINE_STORE","priceLists":["eur"],"sellingLocation":"online",
			"holdTime":"900s","exposure":{"kind":"EXPOSURE_KIND_BAND","fewFrom":"200","manyFrom":"500"}}}`)
		wantWays(told("shop", online(hats(8, "milan"), "")), 0)
		wantWays(told("staff", online(hats(8, "milan"), "")), 0, "PICKUP monza", "PICKUP bergamo", "SHIP depot")
	})
	w.audit()
}
