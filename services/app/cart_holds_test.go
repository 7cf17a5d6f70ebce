package app_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
)

// TestCartHolds holds what is in carts, in a shop whose channel does: nobody else gets it, and the cart's own order always does.
func TestCartHolds(t *testing.T) {
	t.Parallel()
	w := openShop(t)
	policy := func(hold string) {
		w.must("staff", "locations/PutChannel", strings.Replace(shopChannel, `"holdTime"`, `"cartHold":"`+hold+`","holdTime"`, 1))
	}
	policy("600s")
	hats := func(units int) string { return goods("HAT", units, "PICKUP", "milan") }
	device := func(i int) string { return fmt.Sprintf(`"device":"a-device-of-somebody-%d"`, i) }
	order := func(i int, version string) string {
		return online("", fmt.Sprintf(`,"cart":{%s,"version":"%s"}`, device(i), version)+paid("CARD", 1000))
	}
	is := func(w *world, available, held string) {
		w.t.Helper()
		if a, h := w.level("milan", "HAT", "available"), w.level("milan", "HAT", "held"); a != available || h != held {
			w.t.Errorf("%v available and %v held, want %s and %s", a, h, available, held)
		}
	}
	w.must("staff", "stock/AdjustStock", `{"location":"milan","reason":"count","lines":[{"sku":"HAT","difference":"-93"}]}`) // 7 are left

	t.Run("fifty carts want the last seven: seven units are held, and bought by whom they are held for", func(t *testing.T) {
		w := w.in(t)
		var held atomic.Int64
		var lucky [50]bool
		atOnce(50, func(i int) answer {
			a := w.grpcCall("staff", "carts/PutCart", filled(device(i), hats(1), ""))
			if a.reason == "" && a.get("lines.0.held") == "1" {
				lucky[i] = true
				held.Add(1)
			}
			return a
		})
		if held.Load() != 7 {
			t.Errorf("%d units are held", held.Load())
		}
		is(w, "0", "7")
		w.refuse("staff", "stock/HoldStock", `{"location":"milan","channel":"shop","owner":"x","lines":[{"sku":"HAT","quantity":"1"}]}`, "OUT_OF_STOCK", "")
		w.want(w.must("staff", "orders/QuoteOrder", online("", `,"cart":{`+device(first(lucky[:], true))+`,"version":"1"}`)), map[string]any{"shortages.0": nil})
		outcomes := atOnce(50, func(i int) answer {
			a := w.grpcCall("staff", "orders/PlaceOrder", order(i, "1"))
			if (a.reason == "") != lucky[i] {
				t.Errorf("cart %d, of which something is held: %v, is answered %q", i, lucky[i], a.reason)
			}
			return a
		})
		if outcomes[""] != 7 || outcomes["OUT_OF_STOCK"] != 43 {
			t.Errorf("%v", outcomes)
		}
		is(w, "0", "0")
	})

	t.Run("it follows the cart, from the device to the customer to a till, and is given back when its time is over", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"HAT","quantity":"5"}]}`)
		cart := w.must("staff", "carts/PutCart", filled(device(90), hats(3), ""))
		w.want(cart, map[string]any{"lines.0.held": "3"})
		if cart.at("heldUntil") == nil {
			t.Error("nobody is told until when")
		}
		w.want(w.bothDoors("site", "carts/GetCart", `{`+device(90)+`}`), map[string]any{"lines.0.held": "3", "heldUntil": cart.at("heldUntil")})
		is(w, "2", "3")
		w.want(w.must("staff", "carts/PutCart", filled(device(90), hats(2), "")), map[string]any{"lines.0.held": "2"})
		is(w, "3", "2")
		merged := w.must("staff", "carts/MergeCarts", `{`+ofAda+`,`+device(90)+`,"channel":"shop"}`)
		w.want(merged, map[string]any{"lines.0.held": "2"})
		is(w, "3", "2")
		w.must("staff", "carts/PutCart", filled(device(91), hats(5), "")) // of which three are left
		is(w, "0", "5")
		w.must("till", "orders/PlaceOrder", basket("till", "milan", "", `,`+ofAda+fmt.Sprintf(`,"cart":{"version":%q}`, merged.get("version"))+paid("CASH", 2000)))
		is(w, "0", "3")

		policy("1s")
		w.want(w.must("staff", "carts/PutCart", filled(device(91), hats(2), "")), map[string]any{"lines.0.held": "2"})
		eventually(t, "it is given back", func() bool { return w.level("milan", "HAT", "held") == "0" })
		w.want(w.must("site", "carts/GetCart", `{`+device(91)+`}`), map[string]any{"lines.0.held": "0", "heldUntil": nil})
		w.must("staff", "orders/PlaceOrder", strings.Replace(order(91, "2"), "1000", "2000", 1))
		is(w, "1", "0")
	})
	w.audit()
}

// first is where something stands first.
func first[V comparable](all []V, one V) int {
	for i, v := range all {
		if v == one {
			return i
		}
	}
	return -1
}
