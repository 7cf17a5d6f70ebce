package app_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestSourcing lets a channel choose who sends what no place was named for, by each of its policies, as a quote explains it, and under
// fifty who want the last units.
func TestSourcing(t *testing.T) {
	w := openShop(t)
	at := func(code, coordinates string) {
		w.must("staff", "locations/PutLocation", strings.Replace(place(code, "STORE", "IT"), `"code"`, coordinates+`,"code"`, 1))
	}
	at("milan", `"latitudeE7":454642000,"longitudeE7":91900000`)
	at("rome", `"latitudeE7":419028000,"longitudeE7":124964000`)
	channel := func(sourcing string) string {
		return `{"channel":{"code":"shop","name":"Shop","kind":"CHANNEL_KIND_ONLINE_STORE","priceLists":["eur"],"sellingLocation":"online",
			"locations":["online","milan","rome"],"holdTime":"900s","sourcing":` + sourcing + `}}`
	}
	policy := func(sourcing string) { t.Helper(); w.must("staff", "locations/PutChannel", channel(sourcing)) }
	sent := func(sku string) string {
		return `{"sku":"` + sku + `","quantity":"1","method":"FULFILMENT_METHOD_SHIP"}`
	}
	// Of socks there are some in Milan only.
	wanted := basket("shop", "online", sent("SOCK")+","+sent("HAT"), `,"destination":{"latitudeE7":418000000,"longitudeE7":123000000}`)
	order := func(first, second string) {
		t.Helper()
		quote := w.quoteBoth("staff", wanted)
		placed := w.must("staff", "orders/PlaceOrder", wanted)
		for _, a := range []answer{quote, placed} {
			path := "location"
			if _, quoted := a.body["quotedAt"]; quoted {
				path = "promise.location"
			}
			w.want(a, map[string]any{"lines.0." + path: first, "lines.1." + path: second})
		}
		w.wantAsQuoted(quote, placed)
	}

	policy(`{"policy":"SOURCING_POLICY_NEAREST"}`)
	order("milan", "rome")
	w.want(w.quoteBoth("staff", wanted), map[string]any{
		"lines.0.promise.sourced.policy": "NEAREST", "lines.0.promise.sourced.distanceMetres": "478090", "lines.0.promise.sourced.passed.0": "rome",
		"lines.0.promise.sourced.nowhere": false, "lines.1.promise.sourced.passed.0": nil,
	})
	policy(`{"policy":"SOURCING_POLICY_FEWEST_PARCELS"}`)
	order("milan", "milan")
	policy(`{"policy":"SOURCING_POLICY_NOMINATED","locations":["milan","rome"]}`)
	order("milan", "milan")
	w.both("staff", "locations/GetChannel", `{"code":"shop"}`, "sourcing.locations.1", "rome")

	policy(`{"policy":"SOURCING_POLICY_NOMINATED","locations":["rome"]}`)
	short := w.quoteBoth("staff", wanted)
	w.want(short, map[string]any{
		"lines.0.promise.sourced.nowhere": true, "lines.0.promise.location": "rome", "shortages.0.location": "rome",
		"lines.1.promise.sourced.nowhere": false,
	})
	ways := map[any]any{}
	for _, path := range []string{"shortages.0.alternatives.0.", "shortages.0.alternatives.1."} {
		ways[short.get(path+"method")] = short.get(path + "location")
	}
	if ways["FULFILMENT_METHOD_SHIP"] != "milan" {
		t.Errorf("what nominated places have not is offered from %v", ways)
	}
	w.refused("staff", "orders/PlaceOrder", wanted, "OUT_OF_STOCK", "")

	policy(`{"policy":"SOURCING_POLICY_NEAREST"}`)
	// What another line takes of a place is not sent from there, whether that line names it or is sold there.
	w.must("staff", "locations/PutChannel", strings.Replace(channel(`{"policy":"SOURCING_POLICY_NEAREST"}`), `"sellingLocation":"online",`, "", 1))
	stood := w.count("select available from stock_levels where sku = 'HAT' and location = 'rome'")
	rest := fmt.Sprintf(`{"sku":"HAT","quantity":"%d","method":"FULFILMENT_METHOD_PICKUP"}`, stood)
	beside := w.must("staff", "orders/PlaceOrder", basket("shop", "rome", rest+","+sent("HAT"), ""))
	w.want(beside, map[string]any{"lines.0.location": "rome", "lines.1.location": "milan"})
	policy(`{"policy":"SOURCING_POLICY_NEAREST"}`)
	// What a place keeps back for those who walk in is not sent.
	w.must("staff", "stock/PutBuffers", `{"location":"rome","buffers":[{"sku":"HAT","method":"FULFILMENT_METHOD_SHIP","units":"1000"}]}`)
	order("milan", "milan")

	w.must("staff", "stock/ReceiveStock", `{"location":"rome","lines":[{"sku":"SHIRT-S","quantity":"10"}]}`)
	w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"10"}]}`)
	before := w.count("select sum(available) from stock_levels where sku = 'SHIRT-S' and location in ('milan', 'rome')")
	one := basket("shop", "online", sent("SHIRT-S"), "")
	outcomes := atOnce(50, func(int) answer { return w.grpcCall("staff", "orders/PlaceOrder", one) })
	if sold := int64(outcomes[""]); before >= 50 || sold != before || int64(outcomes["OUT_OF_STOCK"]) != 50-sold {
		t.Errorf("of %d units: %v", before, outcomes)
	}

	// What is held for a cart at a place is its own: it is not sent from elsewhere for it, nor refused.
	w.must("staff", "locations/PutChannel", strings.Replace(channel(`{"policy":"SOURCING_POLICY_NEAREST"}`), `"holdTime"`, `"cartHold":"600s","holdTime"`, 1))
	w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"3"}]}`)
	w.must("staff", "carts/PutCart", filled(`"device":"a-device-of-somebody"`, goods("SHIRT-S", 2, "PICKUP", "milan")+","+sent("SHIRT-S"), ""))
	held := basket("shop", "online", "", `,"cart":{"device":"a-device-of-somebody","version":"1"}`)
	w.want(w.quoteBoth("staff", held), map[string]any{"shortages.0": nil, "lines.1.promise.sourced.nowhere": false, "lines.1.promise.location": "milan"})
	w.want(w.must("staff", "orders/PlaceOrder", held), map[string]any{"lines.1.location": "milan"})
	// What one place lacks of it is no reason to choose again who sends the rest.
	w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`)
	w.refused("staff", "orders/PlaceOrder", basket("shop", "online", sent("SHIRT-S")+","+strings.Replace(sent("SHIRT-S"), `"1"`, `"100"`, 1), ""), "OUT_OF_STOCK", "")

	for sourcing, blamed := range map[string][2]string{
		`{"policy":"SOURCING_POLICY_NOMINATED"}`:                          {"INVALID_REQUEST", "channel.sourcing.locations"},
		`{"policy":"SOURCING_POLICY_NEAREST","locations":["rome"]}`:       {"INVALID_REQUEST", "channel.sourcing.locations"},
		`{"policy":"SOURCING_POLICY_NOMINATED","locations":["atlantis"]}`: {"UNKNOWN_LOCATION", "channel.sourcing.locations[0]"},
	} {
		w.refused("staff", "locations/PutChannel", channel(sourcing), blamed[0], blamed[1])
	}
	w.audit()
}
