package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// bothDoors calls over gRPC and over REST and finds that the answers are alike.
func (w *world) bothDoors(key, short, body string) answer {
	w.t.Helper()
	overGRPC, overREST := w.must(key, short, body), w.rest(key, short, body)
	if diff := cmp.Diff(overGRPC.body, overREST.body); diff != "" {
		w.t.Errorf("%s (-gRPC +REST):\n%s", short, diff)
	}
	return overGRPC
}

// movements reads all movements of a position, in pages of a size, while the position moves.
func (w *world) movements(location, sku, account string, size int, between func()) (all []answer) {
	w.t.Helper()
	for token := any(""); ; {
		body := fmt.Sprintf(`{"location":%q,"sku":%q,"account":%q,"pageSize":%d,"pageToken":%q}`, location, sku, account, size, token)
		page := w.bothDoors("staff", "stock/ListMovements", body)
		found, _ := page.at("movements").([]any)
		if len(found) > size {
			w.t.Errorf("a page of %d, asked for %d", len(found), size)
		}
		for _, one := range found {
			all = append(all, answer{body: one.(map[string]any)})
		}
		if token = page.at("nextPageToken"); token == "" {
			return all
		}
		between()
	}
}

// TestExplain asks why a position counts what it counts.
func TestExplain(t *testing.T) {
	w := openShop(t)
	held := w.must("staff", "stock/HoldStock", `{"location":"milan","channel":"shop","owner":"cart","lines":[{"sku":"HAT","quantity":"3"}]}`)
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 2, ""), paid("CASH", 2000)+`,"occurredAt":"2026-01-02T03:04:05Z"`))
	w.must("staff", "stock/AdjustStock", `{"location":"milan","lines":[{"sku":"HAT","difference":"-5"}],"reason":"theft","note":"seen"}`)
	w.must("staff", "stock/ReleaseHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, held.at("id")))

	t.Run("each movement says what, why, who and when, and what it left", func(t *testing.T) {
		w := w.in(t)
		all := w.movements("milan", "HAT", "", 100, func() {})
		if len(all) != 5 {
			t.Fatalf("%d movements", len(all))
		}
		for i, want := range []map[string]any{
			{"version": "5", "fromAccount": "held", "toAccount": "available", "quantity": "3", "kind": "RELEASE", "cause": "hold/" + held.at("id").(string),
				"after.available": "93", "after.held": "0", "after.onHand": "93", "after.location": "milan", "after.sku": "HAT"},
			{"version": "4", "fromAccount": "available", "toAccount": "shrinkage", "quantity": "5", "kind": "ADJUST", "cause": "stock-reason/theft", "reason": "theft", "note": "seen", "after.available": "90", "after.held": "3"},
			{"version": "3", "fromAccount": "available", "toAccount": "customer", "kind": "SALE", "cause": "order/" + sold.at("id").(string), "channel": "till",
				"actor": "till", "occurredAt": "2026-01-02T03:04:05Z", "after.available": "95", "after.held": "3"},
			{"version": "2", "fromAccount": "available", "toAccount": "held", "kind": "HOLD", "channel": "shop", "actor": "staff", "after.available": "97", "after.held": "3"},
			{"version": "1", "fromAccount": "supplier", "toAccount": "available", "quantity": "100", "kind": "RECEIVE", "cause": "", "after.available": "100", "after.held": "0"},
		} {
			w.want(all[i], want)
			if all[i].at("transaction") == "" || all[i].at("requestId") == "" || all[i].at("recordedAt") == nil {
				t.Errorf("%v", all[i].body)
			}
		}
	})

	t.Run("the pages fit together, whatever moves meanwhile", func(t *testing.T) {
		w := w.in(t)
		whole := w.movements("milan", "SOCK", "", 100, func() {})
		for range 7 {
			w.must("staff", "stock/HoldStock", `{"location":"milan","channel":"shop","owner":"cart","lines":[{"sku":"SOCK","quantity":"1"}]}`)
		}
		newest := w.movements("milan", "SOCK", "", 100, func() {})
		paged := w.movements("milan", "SOCK", "", 2, func() {
			w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SOCK","quantity":"1"}]}`)
		})
		if len(newest) != len(whole)+7 || len(paged) != len(newest) {
			t.Fatalf("%d, then %d, and %d in pages", len(whole), len(newest), len(paged))
		}
		for i := range paged {
			if diff := cmp.Diff(newest[i].body, paged[i].body); diff != "" {
				t.Errorf("movement %d (-at once +in pages):\n%s", i, diff)
			}
		}
	})

	t.Run("those of one account", func(t *testing.T) {
		w := w.in(t)
		all := w.movements("milan", "HAT", "held", 1, func() {})
		if len(all) != 2 || all[0].at("kind") != "RELEASE" || all[1].at("kind") != "HOLD" || all[1].get("after.held") != "3" {
			t.Errorf("%v", all)
		}
		if none := w.movements("milan", "HAT", "quarantine", 10, func() {}); len(none) != 0 {
			t.Errorf("%v", none)
		}
	})

	t.Run("of a SKU with anything in it, and of one that never moved", func(t *testing.T) {
		w := w.in(t)
		const odd = "..%2F #?&é\"+"
		w.must("staff", "catalog/PutProduct", fmt.Sprintf(`{"product":{"code":"odd","title":"Odd","taxCategory":"standard","variants":[{"sku":%q}]}}`, odd))
		if none := w.movements("milan", odd, "", 10, func() {}); len(none) != 0 {
			t.Errorf("%v", none)
		}
		w.do("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":%q,"quantity":"4"}]}`, odd)
		if one := w.movements("milan", odd, "", 10, func() {}); len(one) != 1 || one[0].get("after.sku") != odd {
			t.Errorf("%v", one)
		}
	})

	t.Run("a token is of its position only", func(t *testing.T) {
		w := w.in(t)
		token := w.must("staff", "stock/ListMovements", `{"location":"milan","sku":"HAT","pageSize":1}`).at("nextPageToken")
		w.refused("staff", "stock/ListMovements", fmt.Sprintf(`{"location":"rome","sku":"HAT","pageToken":%q}`, token), "INVALID_REQUEST", "page_token")
	})

	t.Run("it is for those who answer for the place", func(t *testing.T) {
		w := w.in(t)
		const milan = `{"location":"milan","sku":"HAT"}`
		w.bothDoors("tablet", "stock/ListMovements", milan)
		w.refused("tablet", "stock/ListMovements", `{"location":"rome","sku":"HAT"}`, "PERMISSION_DENIED", "")
		for _, key := range []string{"till", "site", "ada"} {
			w.refused(key, "stock/ListMovements", milan, "PERMISSION_DENIED", "")
			w.refused(key, "stock/GetStockAsOf", `{"at":"2026-01-01T00:00:00Z","location":"milan"}`, "PERMISSION_DENIED", "")
		}
		w.refused("tablet", "stock/GetStockAsOf", `{"at":"2026-01-01T00:00:00Z"}`, "PERMISSION_DENIED", "")
		w.bothDoors("tablet", "stock/GetStockAsOf", `{"at":"2026-01-01T00:00:00Z","location":"milan"}`)
	})
}

// asOf is what stood on the shelves, as "location sku: available/held", read in pages of two.
func (w *world) asOf(at, more string) (all []string) {
	w.t.Helper()
	for token := any(""); ; {
		page := w.bothDoors("staff", "stock/GetStockAsOf", fmt.Sprintf(`{"at":%q,"pageSize":2,"pageToken":%q%s}`, at, token, more))
		found, _ := page.at("levels").([]any)
		for _, one := range found {
			l := answer{body: one.(map[string]any)}
			all = append(all, fmt.Sprintf("%v %v: %v/%v", l.at("location"), l.at("sku"), l.at("available"), l.at("held")))
		}
		if token = page.at("nextPageToken"); token == "" {
			return all
		}
	}
}

// TestAsOf asks what stood on the shelves at times that are past.
func TestAsOf(t *testing.T) {
	w := openShop(t)
	want := func(got []string, want ...string) {
		w.t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			w.t.Errorf("(-want +got):\n%s", diff)
		}
	}
	opened := w.must("staff", "stock/ListMovements", `{"location":"rome","sku":"HAT"}`).get("movements.0.recordedAt").(string)
	const occurred = `,"clock":"STOCK_CLOCK_OCCURRED"`
	const noon, before = "2026-01-02T12:00:00Z", "2026-01-02T11:59:59Z"
	w.must("staff", "stock/ReceiveStock", `{"location":"rome","lines":[{"sku":"SOCK","quantity":"9"}],"occurredAt":"`+noon+`"}`)
	w.must("rome", "orders/PlaceOrder", basket("till", "rome", line("HAT", 4, ""), paid("CASH", 4000)+`,"occurredAt":"`+noon+`"`))
	w.must("staff", "stock/HoldStock", `{"location":"rome","channel":"shop","owner":"cart","lines":[{"sku":"HAT","quantity":"1"}]}`)
	now := time.Now().UTC().Format(time.RFC3339Nano)
	all := []string{"milan HAT: 100/0", "milan SHIRT-M: 2/0", "milan SHIRT-S: 10/0", "milan SOCK: 100/0", "rome HAT: 95/1", "rome SHIRT-S: 10/0", "rome SOCK: 9/0"}

	want(w.asOf(now, ""), all...)
	want(w.asOf(now, occurred), all...)
	want(w.asOf(opened, `,"location":"rome"`), "rome HAT: 100/0", "rome SHIRT-S: 10/0")
	want(w.asOf(opened, `,"sku":"HAT"`), "milan HAT: 100/0", "rome HAT: 100/0")
	want(w.asOf(now, `,"location":"rome","sku":"HAT"`), "rome HAT: 95/1")

	// What a till brought in later had happened, and was not in the books.
	want(w.asOf(noon, ""))
	want(w.asOf(noon, occurred), "rome HAT: -4/0", "rome SOCK: 9/0")
	want(w.asOf(before, occurred))
	want(w.asOf(before, occurred+`,"location":"rome","sku":"SOCK"`), "rome SOCK: 0/0")
	want(w.asOf("1970-01-01T00:00:00Z", ""))

	// The time itself counts, and a microsecond before it does not.
	at, err := time.Parse(time.RFC3339Nano, opened)
	if err != nil {
		t.Fatal(err)
	}
	want(w.asOf(at.Add(-time.Microsecond).Format(time.RFC3339Nano), `,"location":"rome"`))

	// Clocks may differ by some minutes.
	want(w.asOf(time.Now().Add(4*time.Minute).UTC().Format(time.RFC3339), `,"location":"rome","sku":"HAT"`), "rome HAT: 95/1")
}
