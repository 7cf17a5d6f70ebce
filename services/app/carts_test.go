package app_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// phone is the token of a device, and ofAda an owner of a cart.
const (
	phone = "a-telephone-of-somebody"
	ofAda = `"customer":"` + ada + `"`
)

// filled puts lines into the cart of an owner, through the shop's channel.
func filled(owner, lines, more string) string {
	return fmt.Sprintf(`{%s,"channel":"shop","lines":[%s]%s}`, owner, lines, more)
}

// TestCart fills a cart on a telephone, logs in, goes on in another channel and at a till, and pays there.
func TestCart(t *testing.T) {
	w := openShop(t)
	hat, sock := goods("HAT", 1, "PICKUP", "milan"), goods("SOCK", 2, "SHIP", "milan")
	w.want(w.bothDoors("site", "carts/GetCart", `{"device":"`+phone+`"}`), map[string]any{"version": "0", "state": "CART_STATE_OPEN"})
	anonymous := w.must("staff", "carts/PutCart", filled(`"device":"`+phone+`"`, hat+","+sock+","+hat, `,"version":"0"`))
	w.want(anonymous, map[string]any{"version": "1", "lines.0.quantity": "2", "lines.1.quantity": "2", "customer": ""})
	w.want(w.must("staff", "carts/PutCart", filled(ofAda, hat, "")), map[string]any{"version": "1", "customer": ada, "channel": "shop"})

	w.must("staff", "carts/MergeCarts", `{`+ofAda+`,"device":"`+phone+`","channel":"shop"}`)
	w.want(w.bothDoors("site", "carts/GetCart", `{`+ofAda+`}`), map[string]any{"version": "2", "lines.0.quantity": "3", "lines.1.quantity": "2"})
	w.want(w.bothDoors("site", "carts/GetCart", `{"device":"`+phone+`"}`), map[string]any{"version": "2", "state": "CART_STATE_MERGED"})

	buy := `,` + ofAda + `,"cart":{"version":"2"}`
	quote := w.must("staff", "orders/QuoteOrder", online(delivery, buy))
	w.want(quote, map[string]any{"lines.1.sku": "HAT", "lines.1.quantity": "3", "lines.2.sku": "SOCK"})
	order := w.must("staff", "orders/PlaceOrder", online(delivery, buy+paid("CARD", 4490)))
	w.want(order, map[string]any{"customer": ada, "grossTotal.amountMinor": quote.get("grossTotal.amountMinor"), "lines.1.location": "milan"})
	repeated := w.refused("staff", "orders/PlaceOrder", online(delivery, buy+paid("CARD", 4490)), "CART_CONVERTED", "cart")
	if repeated.details["order"] != order.get("id") {
		t.Errorf("%v does not tell of order %v", repeated.details, order.get("id"))
	}
	w.want(w.bothDoors("site", "carts/GetCart", `{`+ofAda+`}`),
		map[string]any{"version": "3", "state": "CART_STATE_CONVERTED", "order": order.get("id")})

	w.must("staff", "carts/PutCart", filled(ofAda, goods("HAT", 1, "CARRY_OUT", ""), `,"version":"3"`))
	w.want(w.must("till", "orders/PlaceOrder", basket("till", "milan", "", `,`+ofAda+`,"cart":{"version":"4"}`+paid("CASH", 1000))),
		map[string]any{"state": "ORDER_STATE_COMPLETED", "customer": ada})

	t.Run("fifty convert one cart at once: it becomes one order, which all others are told", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "carts/PutCart", filled(ofAda, hat, `,"version":"5"`))
		var guard sync.Mutex
		orders := map[any]bool{}
		outcomes := atOnce(50, func(i int) answer {
			body := online("", `,`+ofAda+`,"cart":{"version":"6"}`+paid("CARD", 1000))
			if i%2 == 0 {
				body = basket("till", "milan", "", `,`+ofAda+`,"cart":{"version":"6"}`+paid("CARD", 1000))
			}
			a := w.grpcCall("staff", "orders/PlaceOrder", body)
			guard.Lock()
			defer guard.Unlock()
			if a.reason == "" {
				orders[a.get("id")] = true
			} else {
				orders[a.details["order"]] = true
			}
			return a
		})
		if outcomes[""] != 1 || outcomes["CART_CONVERTED"] != 49 || len(orders) != 1 {
			t.Errorf("%v, %v", outcomes, orders)
		}
	})
	t.Run("fifty merge one device at once: what is in it is added once", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "carts/PutCart", filled(`"device":"`+phone+`"`, hat, ""))
		outcomes := atOnce(50, func(int) answer {
			return w.grpcCall("staff", "carts/MergeCarts", `{"customer":"`+bob+`","device":"`+phone+`","channel":"shop"}`)
		})
		if outcomes[""] != 1 || outcomes["CART_EMPTY"] != 49 {
			t.Errorf("%v", outcomes)
		}
		w.want(w.must("staff", "carts/GetCart", `{"customer":"`+bob+`"}`), map[string]any{"version": "1", "lines.0.quantity": "1"})
	})
	t.Run("fifty windows change one cart at once: each sees what it changes", func(t *testing.T) {
		w := w.in(t)
		outcomes := atOnce(50, func(i int) answer {
			return w.grpcCall("staff", "carts/PutCart", filled(`"customer":"`+bob+`"`, goods("HAT", i+1, "PICKUP", "milan"), `,"version":"1"`))
		})
		if outcomes[""] != 1 || outcomes["CART_CHANGED"] != 49 {
			t.Errorf("%v", outcomes)
		}
	})
	t.Run("what is left behind is told once, and changes nothing that anybody saw", func(t *testing.T) {
		w := w.in(t)
		const device = `"device":"a-tablet-of-somebody"`
		w.must("staff", "locations/PutChannel", strings.Replace(shopChannel, `"holdTime"`, `"cartsLeftAfter":"1s","holdTime"`, 1))
		w.must("staff", "carts/PutCart", filled(device, hat, ""))
		var left answer
		eventually(t, "it is left behind", func() bool {
			left = w.must("site", "carts/GetCart", `{`+device+`}`)
			return left.at("leftAt") != nil
		})
		w.want(left, map[string]any{"version": "2", "state": "CART_STATE_OPEN", "lines.0.sku": "HAT"})
		w.want(w.must("staff", "carts/PutCart", filled(device, sock, `,"version":"1"`)), map[string]any{"version": "3", "leftAt": nil})
		eventually(t, "it is left behind again", func() bool { return w.must("site", "carts/GetCart", `{`+device+`}`).get("version") == "4" })
		w.want(w.must("staff", "orders/PlaceOrder", online("", `,"cart":{"device":"a-tablet-of-somebody","version":"3"}`+paid("CARD", 1000))),
			map[string]any{"lines.0.sku": "SOCK"})
		w.refuse("staff", "orders/PlaceOrder", online("", `,"cart":{"device":"a-tablet-of-somebody","version":"3"}`+paid("CARD", 1000)), "CART_CONVERTED", "cart")
		if n := w.count("select count(*) from events where kind = 'CartAbandoned' and subject = 'cart/' || $1", left.get("id")); n != 2 {
			t.Errorf("it was told %d times", n)
		}
	})
	if n := w.count("select count(*) from carts where owner like '%' || $1 || '%'", phone); n != 0 {
		t.Error("the token of a device is kept")
	}
	w.audit()
}
