package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sellable is what a channel may still promise by a method, as GetAvailability says.
func (w *world) sellable(location, sku, channel, method string) any {
	w.t.Helper()
	by := ""
	if method != "" {
		by = `,"method":"FULFILMENT_METHOD_` + method + `"`
	}
	return w.do("staff", "stock/GetAvailability", `{"skus":[%q],"locations":[%q],"channel":%q%s}`, sku, location, channel, by).at("levels", 0, "sellable")
}

// TestBuffers keeps units back, at the question and at the promise alike, over both doors.
func TestBuffers(t *testing.T) {
	w := openShop(t)
	put := w.must("staff", "stock/PutBuffers", `{"location":"milan","buffers":[
		{"units":"10"},
		{"sku":"HAT","method":"FULFILMENT_METHOD_SHIP","units":"40","basisPoints":100},
		{"sku":"HAT","channel":"app","units":"5","basisPoints":2000}]}`)
	if n := len(put.at("buffers").([]any)); n != 3 {
		t.Errorf("%d buffers are answered: %v", n, put.body)
	}
	for _, c := range []struct{ sku, channel, method, want string }{
		{"HAT", "shop", "", "90"}, {"HAT", "shop", "PICKUP", "90"}, {"HAT", "shop", "SHIP", "60"}, {"HAT", "app", "PICKUP", "80"},
		{"HAT", "app", "SHIP", "60"}, {"SOCK", "shop", "SHIP", "90"},
	} {
		if got := w.sellable("milan", c.sku, c.channel, c.method); got != c.want {
			t.Errorf("%s of %s are sellable in %s by %q, not %s", got, c.sku, c.channel, c.method, c.want)
		}
	}
	hold := func(quantity int, method string) string {
		return fmt.Sprintf(`{"location":"milan","channel":"shop","owner":"a","method":"FULFILMENT_METHOD_%s","lines":[{"sku":"HAT","quantity":"%d"}]}`, method, quantity)
	}
	w.refuse("shop", "stock/HoldStock", hold(61, "SHIP"), "OUT_OF_STOCK", "")
	w.must("shop", "stock/HoldStock", hold(61, "PICKUP"))
	w.refuse("staff", "orders/PlaceOrder", online(goods("HAT", 1, "SHIP", "milan"), ""), "OUT_OF_STOCK", "")
	w.must("staff", "orders/PlaceOrder", online(goods("HAT", 29, "PICKUP", "milan"), ""))
	w.refuse("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), ""), "OUT_OF_STOCK", "")
	w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 10, ""), paid("CARD", 10_000))) // a fact

	listed := w.rest("staff", "stock/ListBuffers", `{"location":"milan"}`)
	want := []any{
		map[string]any{"sku": "", "method": "FULFILMENT_METHOD_UNSPECIFIED", "channel": "", "units": "10", "basisPoints": 0.0},
		map[string]any{"sku": "HAT", "method": "FULFILMENT_METHOD_UNSPECIFIED", "channel": "app", "units": "5", "basisPoints": 2000.0},
		map[string]any{"sku": "HAT", "method": "FULFILMENT_METHOD_SHIP", "channel": "", "units": "40", "basisPoints": 100.0},
	}
	if diff := cmp.Diff(want, listed.at("buffers")); diff != "" {
		t.Error(diff)
	}
	first := w.must("staff", "stock/ListBuffers", `{"location":"milan","pageSize":1}`)
	second := w.do("staff", "stock/ListBuffers", `{"location":"milan","pageSize":1,"pageToken":%q}`, first.at("nextPageToken"))
	if len(first.at("buffers").([]any)) != 1 || len(second.at("buffers").([]any)) != 2 || second.at("nextPageToken") != "" {
		t.Errorf("the pages are %v and %v", first.body, second.body)
	}
	left := w.rest("staff", "stock/DeleteBuffers", `{"requestId":"`+newUUID()+`","location":"milan","buffers":[{"sku":"HAT","channel":"app"},{}]}`)
	if diff := cmp.Diff([]any{want[2]}, left.at("buffers")); diff != "" {
		t.Error(diff)
	}
	if got := w.sellable("milan", "SOCK", "shop", ""); got != "100" {
		t.Errorf("%s socks are sellable", got)
	}
	w.audit()
}

// TestOtherProcessesGoByBuffers puts a buffer in one process, and has another promise by it within a second.
func TestOtherProcessesGoByBuffers(t *testing.T) {
	w := openShop(t)
	other := &world{t: t, db: w.db}
	other.start()
	t.Cleanup(other.stop)
	hold := `{"location":"milan","channel":"shop","owner":"a","lines":[{"sku":"HAT","quantity":"1"}]}`
	other.must("shop", "stock/HoldStock", hold) // remembers that there are none
	w.must("staff", "stock/PutBuffers", `{"location":"milan","buffers":[{"sku":"HAT","units":"99"}]}`)
	w.refused("shop", "stock/HoldStock", hold, "OUT_OF_STOCK", "") // the process that put it knows at once
	eventually(t, "the other goes by it", func() bool { return other.grpcCall("shop", "stock/HoldStock", hold).reason == "OUT_OF_STOCK" })
	w.must("staff", "stock/DeleteBuffers", `{"location":"milan","buffers":[{"sku":"HAT"}]}`)
	w.must("shop", "stock/HoldStock", hold)
	eventually(t, "the other goes by it no more", func() bool { return other.grpcCall("shop", "stock/HoldStock", hold).reason == "" })
}

// counts are the names under which an answer could tell how many there are.
var counts = []string{"available", "held", "committed", "inspection", "damaged", "quarantine", "incoming", "onHand", "sellable"}

// TestExposure asks as keys that are bound to a channel, and finds no count in any answer that the channel does not allow.
func TestExposure(t *testing.T) {
	w := openShop(t)
	channel := func(exposure string) {
		w.must("staff", "locations/PutChannel", `{"channel":{"code":"web","name":"Web","kind":"CHANNEL_KIND_ONLINE_STORE","priceLists":["eur"],
			"sellingLocation":"online","holdTime":"900s"`+exposure+`}}`)
	}
	ask := `{"skus":["HAT","SHIRT-S"],"locations":["milan","closed"],"channel":"web"}`
	bands := func(key string) (all []any) {
		for _, door := range []answer{w.must(key, "stock/GetAvailability", ask), w.rest(key, "stock/GetAvailability", ask)} {
			all = nil
			for i := range door.at("levels").([]any) {
				level := door.at("levels", i).(map[string]any)
				for _, name := range counts {
					if _, told := level[name]; told != (level["band"] == "STOCK_BAND_UNSPECIFIED") {
						t.Errorf("%s is told %v", key, level)
					}
				}
				all = append(all, strings.TrimPrefix(level["band"].(string), "STOCK_BAND_"))
			}
		}
		return all
	}
	none, exact := "NONE", []any{"UNSPECIFIED", "UNSPECIFIED", "UNSPECIFIED", "UNSPECIFIED"}
	for _, c := range []struct {
		exposure string
		want     []any
		fact     string
	}{
		{``, exact, "100"},
		{`,"exposure":{"kind":"EXPOSURE_KIND_EXACT"}`, exact, "100"},
		{`,"exposure":{"kind":"EXPOSURE_KIND_BAND"}`, []any{none, "MANY", none, "MANY"}, "MANY"},
		{`,"exposure":{"kind":"EXPOSURE_KIND_BAND","fewFrom":"11","manyFrom":"101"}`, []any{none, "FEW", none, none}, "FEW"},
		{`,"exposure":{"kind":"EXPOSURE_KIND_YES_NO"}`, []any{none, "SOME", none, "SOME"}, "SOME"},
	} {
		channel(c.exposure)
		for _, key := range []string{"site", "ada"} { // the web shop, and a shopper's own phone
			if diff := cmp.Diff(c.want, bands(key)); diff != "" {
				t.Errorf("%s through %s: %s", key, c.exposure, diff)
			}
		}
		if diff := cmp.Diff(exact, bands("staff")); diff != "" {
			t.Errorf("staff through %s: %s", c.exposure, diff)
		}
		hold := `{"location":"milan","channel":"web","owner":"a","lines":[{"sku":"HAT","quantity":"777"}]}`
		order := basket("web", "online", goods("HAT", 777, "SHIP", "milan"), "")
		for _, request := range [][2]string{{"stock/HoldStock", hold}, {"orders/PlaceOrder", order}} {
			for key, want := range map[string]string{"site": c.fact, "staff": "100"} {
				for _, a := range []answer{w.grpcCall(key, request[0], request[1]), w.rest(key, request[0], request[1])} {
					if got := a.details["lines[0].available"]; a.reason != "OUT_OF_STOCK" || got != want {
						t.Errorf("%s is refused %s by %s through %s, with %q left", key, request[0], a.reason, c.exposure, got)
					}
					if told := strings.Contains(a.message, "100"); told != (want == "100") {
						t.Errorf("%s is told %q", key, a.message)
					}
				}
			}
		}
	}
	channel(`,"cartHold":"600s","exposure":{"kind":"EXPOSURE_KIND_YES_NO"}`)
	for _, c := range []struct {
		key         string
		wants, told int
	}{{"site", 777, 0}, {"site", 3, 3}, {"staff", 777, 0}} {
		put := func() answer {
			return w.must(c.key, "carts/PutCart", `{"channel":"web","device":"a-device-that-counts","lines":[`+goods("HAT", c.wants, "SHIP", "milan")+`]}`)
		}
		got := func() answer {
			return w.must(c.key, "carts/GetCart", `{"device":"a-device-that-counts"}`)
		}
		for _, cart := range []answer{put(), got()} {
			if cart.at("lines", 0, "held") != fmt.Sprint(c.told) || (cart.at("heldUntil") != nil) != (c.told > 0) {
				t.Errorf("%s wants %d: %v", c.key, c.wants, cart.body)
			}
		}
	}
	for key, want := range map[string]bool{"staff": true, "site": false, "shop": true} {
		list := w.must(key, "events/ListEvents", `{"pageSize":1000}`)
		seen := map[any]bool{}
		for i := range list.at("events").([]any) {
			seen[list.at("events", i, "kind")] = true
		}
		if seen["StockReceived"] != want || !seen["LocationPut"] || list.at("endReached") != true {
			t.Errorf("%s sees %v", key, seen)
		}
	}
	got := w.must("site", "locations/GetChannel", `{"code":"web"}`)
	if got.at("exposure", "kind") != "EXPOSURE_KIND_YES_NO" {
		t.Errorf("%v", got.body)
	}
	w.audit()
}
