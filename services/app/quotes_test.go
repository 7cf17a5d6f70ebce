package app_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// figures are those of a quote, as a field of an order to be placed.
func (a answer) figures(t *testing.T) string {
	t.Helper()
	text, err := json.Marshal(a.at("figures"))
	if err != nil || a.at("figures") == nil {
		t.Fatalf("a quote has no figures: %v in %v", err, a.body)
	}
	return `,"quoted":` + string(text)
}

// quoteBoth asks for a quote over both doors, and finds them alike but for the time.
func (w *world) quoteBoth(key, body string) answer {
	w.t.Helper()
	one, other := w.must(key, "orders/QuoteOrder", body), w.rest(key, "orders/QuoteOrder", body)
	timeless := func(a answer) string {
		text, err := json.Marshal(a.body)
		if err != nil {
			w.t.Fatal(err)
		}
		var copied any
		_ = json.Unmarshal(text, &copied)
		var strip func(any)
		strip = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				for _, name := range []string{"quotedAt", "readyAt", "readyLocalTime"} {
					delete(v, name)
				}
				for _, inner := range v {
					strip(inner)
				}
			case []any:
				for _, inner := range v {
					strip(inner)
				}
			}
		}
		strip(copied)
		text, _ = json.Marshal(copied)
		return string(text)
	}
	if diff := cmp.Diff(timeless(one), timeless(other)); diff != "" {
		w.t.Errorf("the doors tell other quotes: %s", diff)
	}
	return one
}

// instant reads a time of an answer.
func (a answer) instant(t *testing.T, path string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(a.get(path)))
	if err != nil {
		t.Fatalf("%s: %v in %v", path, err, a.body)
	}
	return at
}

// totals are what a quote and an order have in common.
var totals = []string{"listTotal", "discountTotal", "netTotal", "taxTotal", "grossTotal", "taxes", "taxIncluded"}

// wantAsQuoted compares an order with what was quoted, to the cent.
func (w *world) wantAsQuoted(quote, order answer) {
	w.t.Helper()
	for _, name := range totals {
		if diff := cmp.Diff(quote.at(name), order.at(name)); diff != "" {
			w.t.Errorf("%s: %s", name, diff)
		}
	}
	lines, _ := quote.at("lines").([]any)
	if placed, _ := order.at("lines").([]any); len(placed) != len(lines) {
		w.t.Fatalf("%d lines were quoted, and %d placed", len(lines), len(placed))
	}
	for i := range lines {
		for _, name := range []string{
			"line", "sku", "description", "quantity", "listAmount", "discountAmount", "netAmount", "taxAmount", "grossAmount", "taxCode",
			"taxRatePpm", "discounts",
		} {
			if diff := cmp.Diff(quote.at("lines", i, name), order.at("lines", i, name)); diff != "" {
				w.t.Errorf("line %d, %s: %s", i+1, name, diff)
			}
		}
		for _, name := range []string{"method", "location"} {
			if quote.at("lines", i, "promise", name) != order.at("lines", i, name) {
				w.t.Errorf("line %d was promised %v, and is %v", i+1, quote.at("lines", i, "promise"), order.at("lines", i))
			}
		}
	}
}

// TestQuote asks what a mixed order comes to, places it, and is told what changed where something did.
func TestQuote(t *testing.T) {
	w := openTown(t)
	lines := strings.Join([]string{
		line("HAT", 2, `,"discounts":[{"code":"CLUB","basisPoints":3333}]`), goods("HAT", 3, "PICKUP", "milan"),
		goods("SHIRT-S", 1, "SHIP", "rome"), strings.Replace(delivery, "rome", "milan", 1),
	}, ",")
	off := `,"discounts":[{"code":"BASKET","amount":` + eur(777) + `}]`
	before := w.fingerprint()
	quote := w.quoteBoth("till", basket("till", "milan", lines, off))
	if after := w.fingerprint(); after != before {
		t.Errorf("a quote left a trace:\n%s\n%s", before, after)
	}
	w.want(quote, map[string]any{
		"lines.0.priceList": "eur", "lines.3.priceList": "", "lines.0.promise.inStock": true, "lines.1.promise.inStock": true,
		"lines.2.promise.inStock": true, "lines.3.promise.inStock": true, "taxIncluded": true, "listTotal.amountMinor": "7485",
	})
	if n := len(quote.at("shortages").([]any)); n != 0 {
		t.Errorf("%d shortages", n)
	}
	at := quote.instant(t, "quotedAt")
	if got := quote.instant(t, "lines.0.promise.readyAt"); !got.Equal(at) {
		t.Errorf("what is carried out is ready at %s, and quoted at %s", got, at)
	}
	if got := quote.instant(t, "lines.1.promise.readyAt"); got.Sub(at) != time.Hour { // open around the clock, with an hour's lead time
		t.Errorf("the pickup is ready at %s, quoted at %s", got, at)
	}
	if got := quote.instant(t, "lines.1.promise.readyLocalTime"); got.Sub(at).Round(time.Minute) != time.Hour {
		t.Errorf("the pickup is ready at %s of its place", got)
	}
	if quote.at("lines", 2, "promise", "readyAt") != nil {
		t.Errorf("a shipment is promised at %v", quote.at("lines", 2, "promise"))
	}

	t.Run("an order with its figures comes to just that", func(t *testing.T) {
		w := w.in(t)
		pays := paid("CARD", quote.minor(t, "dueNow"))
		for _, door := range []func(string, string, string) answer{w.must, w.rest} {
			w.wantAsQuoted(quote, door("till", "orders/PlaceOrder", basket("till", "milan", lines, off+pays+quote.figures(t))))
		}
		w.refused("till", "orders/PlaceOrder", basket("till", "milan", lines, off+paid("CARD", quote.minor(t, "dueNow")-1)+quote.figures(t)), "PAYMENT_SHORT", "tenders")
	})
	t.Run("a price that changed is told, and nothing is done", func(t *testing.T) {
		w := w.in(t)
		id := `{"requestId":"` + newUUID() + `",`
		first := id + basket("till", "milan", lines, off+paid("CARD", quote.minor(t, "dueNow"))+quote.figures(t))[1:]
		placed := w.must("till", "orders/PlaceOrder", first)
		w.must("staff", "catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"HAT","unitPrice":`+eur(1100)+`}]}`)
		if again := w.rest("till", "orders/PlaceOrder", first); again.at("id") != placed.at("id") {
			t.Errorf("a retry after the price changed is answered with %v %s", again.body, again.reason)
		}
		if other := w.grpcCall("till", "orders/PlaceOrder", strings.Replace(first, `"listMinor":"2000"`, `"listMinor":"2200"`, 1)); other.reason != "REQUEST_ID_REUSED" {
			t.Errorf("another quote under the same id is answered with %v %s", other.body, other.reason)
		}
		before := w.fingerprint()
		body := basket("till", "milan", lines, off+paid("CARD", 9000)+quote.figures(t))
		w.refused("till", "orders/PlaceOrder", body, "QUOTE_CHANGED", "quoted")
		for _, door := range []func(string, string, string) answer{w.grpcCall, w.rest} {
			details := door("till", "orders/PlaceOrder", body).details
			if details["lines[0].list_minor.quoted"] != "2000" || details["lines[0].list_minor.now"] != "2200" || details["lines[1].list_minor.now"] != "3300" {
				t.Errorf("told are %v", details)
			}
		}
		if after := w.fingerprint(); after != before {
			t.Errorf("a quote that changed left a trace:\n%s\n%s", before, after)
		}
		again := w.quoteBoth("till", basket("till", "milan", lines, off))
		order := w.must("till", "orders/PlaceOrder", basket("till", "milan", lines, off+paid("CARD", again.minor(t, "dueNow"))+again.figures(t)))
		w.wantAsQuoted(again, order)
	})
	w.audit()
}

// TestQuoteSaysWhatIsShort tells all that is short at once, with other ways to have it, as exactly as the caller may know.
func TestQuoteSaysWhatIsShort(t *testing.T) {
	w := openTown(t)
	w.must("staff", "stock/AdjustStock", `{"location":"milan","lines":[{"sku":"SOCK","difference":"-97"}],"reason":"count"}`)
	for _, place := range []string{"monza", "bergamo", "depot"} {
		w.must("staff", "stock/ReceiveStock", fmt.Sprintf(`{"location":%q,"lines":[{"sku":"HAT","quantity":"100"}]}`, place))
	}
	w.must("staff", "stock/PutBuffers", `{"location":"milan","buffers":[{"sku":"HAT","units":"10"}]}`)
	body := online(strings.Join([]string{
		goods("HAT", 60, "PICKUP", "milan"), goods("SOCK", 4, "PICKUP", "milan"), goods("HAT", 31, "SHIP", "milan"), goods("SHIRT-S", 1, "SHIP", "rome"),
	}, ","), "")
	before := w.fingerprint()
	short := w.quoteBoth("staff", body)
	w.want(short, map[string]any{
		"shortages.0.sku": "HAT", "shortages.0.location": "milan", "shortages.0.wanted": "91", "shortages.0.sellable": "90", "shortages.0.band": "",
		"shortages.1.sku": "SOCK", "shortages.1.wanted": "4", "shortages.1.sellable": "3",
		"lines.0.promise.inStock": false, "lines.1.promise.inStock": false, "lines.2.promise.inStock": false, "lines.3.promise.inStock": true,
		"shortages.0.alternatives.0.location": "monza", "shortages.0.alternatives.0.method": "FULFILMENT_METHOD_PICKUP",
	})
	if got := short.at("shortages", 0, "lines"); !cmp.Equal(got, []any{1.0, 3.0}) {
		t.Errorf("the hats are of lines %v", got)
	}
	if n := len(short.at("shortages").([]any)); n != 2 {
		t.Errorf("%d shortages", n)
	}
	if short.at("lines", 0, "promise", "readyAt") != nil {
		t.Errorf("what is short is promised: %v", short.at("lines", 0))
	}
	near, ships := int64(-1), 0
	for i := 0; short.at("shortages", 0, "alternatives", i) != nil; i++ {
		one := answer{body: short.at("shortages", 0, "alternatives", i).(map[string]any)}
		if one.at("method") == "FULFILMENT_METHOD_SHIP" {
			ships++
			if one.at("readyAt") != nil {
				t.Errorf("a shipment is promised: %v", one.body)
			}
			continue
		}
		var metres int64
		if _, err := fmt.Sscan(fmt.Sprint(one.at("distanceMetres")), &metres); err == nil {
			if metres < near || ships > 0 {
				t.Errorf("alternative %d is %v, and nearer than the one before", i, one.body)
			}
			near = metres
		}
		one.instant(t, "readyAt")
	}
	if near <= 0 || ships == 0 {
		t.Errorf("alternatives are %v", short.at("shortages", 0, "alternatives"))
	}
	w.refused("staff", "orders/PlaceOrder", body[:len(body)-1]+short.figures(t)+"}", "OUT_OF_STOCK", "")

	t.Run("what is offered instead can be had", func(t *testing.T) {
		w := w.in(t)
		other := short.at("shortages", 0, "alternatives", 0, "location").(string)
		instead := online(goods("HAT", 91, "PICKUP", other), "")
		if quote := w.quoteBoth("staff", instead); len(quote.at("shortages").([]any)) != 0 {
			t.Errorf("%v", quote.at("shortages"))
		}
	})
	if after := w.fingerprint(); after != before {
		t.Errorf("quotes left a trace:\n%s\n%s", before, after)
	}
	t.Run("a key that is bound to bands is told bands", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "locations/PutChannel", `{"channel":{"code":"shop","name":"Shop","kind":"CHANNEL_KIND_ONLINE_STORE","priceLists":["eur"],"sellingLocation":"online",
			"holdTime":"900s","exposure":{"kind":"EXPOSURE_KIND_BAND","fewFrom":"200","manyFrom":"500"}}}`)
		told := w.quoteBoth("shop", body)
		w.want(told, map[string]any{"shortages.0.band": "NONE", "shortages.0.wanted": "91", "shortages.1.band": "NONE"})
		if told.at("shortages", 0, "sellable") != nil || told.at("shortages", 0, "alternatives", 0) != nil {
			t.Errorf("it is told %v", told.at("shortages", 0))
		}
		w.want(w.quoteBoth("staff", body), map[string]any{"shortages.0.sellable": "90"})
	})
	t.Run("a key of another channel, place or customer asks for nothing", func(t *testing.T) {
		w := w.in(t)
		w.refused("till", "orders/QuoteOrder", body, "PERMISSION_DENIED", "")
		w.refused("ada", "orders/QuoteOrder", online(goods("HAT", 1, "PICKUP", "milan"), `,"customer":"`+bob+`"`), "PERMISSION_DENIED", "")
	})
	w.audit()
}

// TestQuoteThenPlace quotes baskets that make sense by chance, and places those that could be: each comes to what was quoted.
func TestQuoteThenPlace(t *testing.T) {
	w := openShop(t)
	for _, c := range []struct{ method, body string }{
		{"catalog/PutPriceList", `{"priceList":{"code":"net","name":"Net","currencyCode":"EUR","taxIncluded":false}}`},
		{"catalog/PutPrices", `{"priceList":"net","prices":[{"sku":"HAT","unitPrice":` + eur(819) + `},{"sku":"SOCK","unitPrice":` + eur(333) + `},{"sku":"SHIRT-S","unitPrice":` + eur(1667) + `}]}`},
		{"locations/PutChannel", `{"channel":{"code":"b2b","name":"Business","kind":"CHANNEL_KIND_APP","priceLists":["net"],"holdTime":"900s"}}`},
		{"stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"20"}]}`},
	} {
		w.must("staff", c.method, c.body)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := &haphazard{Rand: rand.New(rand.NewPCG(seed, 0))}
	outcomes := map[string]int{}
	for range 80 {
		lines := []string{r.line()}
		for range r.IntN(4) {
			lines = append(lines, r.line())
		}
		channel := pick(r, "till", "b2b", "shop")
		location := "online"
		if channel != "shop" {
			location = pick(r, "milan", "rome")
		}
		off := pick(r, "", `,"discounts":[{"code":"B","amount":`+eur(pick[int64](r, 1, 100, 501))+`}]`, `,"discounts":[{"code":"A","basisPoints":1500},{"code":"B","amount":`+eur(1)+`}]`)
		body := basket(channel, location, strings.Join(lines, ","), off)
		quote := w.grpcCall("staff", "orders/QuoteOrder", body)
		if quote.body == nil {
			refused := w.grpcCall("staff", "orders/PlaceOrder", with(body, paid("CASH", 1_000_000)))
			if refused.reason != quote.reason {
				t.Errorf("%s\nthe quote is refused with %s, the order with %s", body, quote.reason, refused.reason)
			}
			outcomes[quote.reason]++
			continue
		}
		order := w.grpcCall("staff", "orders/PlaceOrder", with(body, quote.figures(t)+paid("CASH", 1_000_000)))
		switch short := len(quote.at("shortages").([]any)) > 0; {
		case short && order.reason != "OUT_OF_STOCK" || !short && order.body == nil:
			t.Errorf("%s\nquoted short %v, and the order is refused with %q: %s", body, short, order.reason, order.message)
		case !short:
			w.wantAsQuoted(quote, order)
		}
		outcomes["placed "+order.reason]++
	}
	t.Log(outcomes)
	if outcomes["placed "] == 0 {
		t.Error("none was placed")
	}
	w.audit()
}
