package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// sale is a basket of one shirt at the Milan till, with further fields.
func sale(more string) string {
	return fmt.Sprintf(`{"channel":"till","location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1","method":"FULFILMENT_METHOD_CARRY_OUT"}]%s}`, more)
}

// basket is an order of lines, paid by tenders.
func basket(channel, location, lines, more string) string {
	return fmt.Sprintf(`{"channel":%q,"location":%q,"lines":[%s]%s}`, channel, location, lines, more)
}

func line(sku string, quantity int, more string) string {
	return fmt.Sprintf(`{"sku":%q,"quantity":"%d","method":"FULFILMENT_METHOD_CARRY_OUT"%s}`, sku, quantity, more)
}

func eur(minor int64) string { return fmt.Sprintf(`{"currencyCode":"EUR","amountMinor":"%d"}`, minor) }

func paid(kind string, minor int64) string {
	return fmt.Sprintf(`,"tenders":[{"kind":"TENDER_KIND_%s","amount":%s}]`, kind, eur(minor))
}

// refusal is a request that is refused, why, and which field is to blame.
type refusal struct{ method, body, reason, field string }

// refuseAll checks each over both doors, and that all of them together left no trace.
func (w *world) refuseAll(all []refusal) {
	before := w.fingerprint()
	for _, c := range all {
		w.t.Run(fmt.Sprintf("%s refuses %s %s", c.method, c.reason, c.field), func(t *testing.T) {
			w.in(t).refuse("staff", c.method, c.body, c.reason, c.field)
		})
	}
	if after := w.fingerprint(); after != before {
		w.t.Errorf("the refusals left a trace:\n%s\n%s", before, after)
	}
}

// TestRefusals reaches every refusal that the comment of an RPC promises, over gRPC and over REST, and finds that none leaves
// a trace.
func TestRefusals(t *testing.T) {
	w := open(t)
	w.must("staff", "locations/PutChannel", `{"channel":{"code":"old","name":"Old","kind":"CHANNEL_KIND_APP","priceLists":["eur"],"holdTime":"60s","retired":true}}`)
	w.must("staff", "locations/PutChannel", `{"channel":{"code":"only-rome","name":"Rome","kind":"CHANNEL_KIND_APP","priceLists":["eur"],"holdTime":"60s","locations":["rome"]}}`)
	released := w.must("site", "stock/HoldStock", `{"location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`)
	w.must("site", "stock/ReleaseHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, released.at("id")))
	expired := w.must("site", "stock/HoldStock", `{"location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"1"}],"timeToLive":"1s"}`)
	placed := w.must("till", "orders/PlaceOrder", sale(paid("CASH", 1995)))
	eventually(t, "the hold expires and is swept", func() bool {
		return w.must("site", "stock/GetAvailability", `{"skus":["SHIRT-S"],"locations":["milan"],"channel":"web"}`).at("levels", 0, "held") == "0"
	})
	nobody := "0198c0de-0000-7000-8000-0000000000ff"
	hold := func(location, channel, sku, quantity string) string {
		return fmt.Sprintf(`{"location":%q,"channel":%q,"owner":"a","lines":[{"sku":%q,"quantity":%q}]}`, location, channel, sku, quantity)
	}
	move := func(location, sku, field, quantity, more string) string {
		return fmt.Sprintf(`{"location":%q,"lines":[{"sku":%q,%q:%q}]%s}`, location, sku, field, quantity, more)
	}
	w.refuseAll([]refusal{
		{"locations/GetLocation", `{"code":"nowhere"}`, "UNKNOWN_LOCATION", ""},
		{"locations/PutLocation", strings.Replace(place("milan", "STORE", "IT"), "EUR", "CHF", 1), "IMMUTABLE", ""},
		{"locations/GetChannel", `{"code":"nowhere"}`, "UNKNOWN_CHANNEL", ""},
		{"locations/PutChannel", `{"channel":{"code":"x","name":"X","kind":"CHANNEL_KIND_APP","holdTime":"60s","locations":["nowhere"]}}`, "UNKNOWN_LOCATION", ""},
		{"locations/PutChannel", `{"channel":{"code":"x","name":"X","kind":"CHANNEL_KIND_APP","holdTime":"60s","priceLists":["none"]}}`, "UNKNOWN_PRICE_LIST", ""},

		{"catalog/GetProduct", `{"code":"nothing"}`, "UNKNOWN_PRODUCT", ""},
		{"catalog/LookupBarcode", `{"gtin":"4012345678901"}`, "UNKNOWN_SKU", ""},
		{"catalog/PutProduct", `{"product":{"code":"p","title":"P","taxCategory":"none","variants":[{"sku":"P-1"}]}}`, "UNKNOWN_TAX_CATEGORY", ""},
		{"catalog/PutProduct", `{"product":{"code":"p","title":"P","taxCategory":"standard","variants":[{"sku":"SHIRT-S"}]}}`, "SKU_TAKEN", ""},
		{"catalog/PutProduct", `{"product":{"code":"p","title":"P","taxCategory":"standard","variants":[{"sku":"P-1","barcodes":["4006381333931"]}]}}`, "BARCODE_TAKEN", ""},
		{"catalog/PutProduct", `{"product":{"code":"shirt","title":"P","taxCategory":"standard","variants":[{"sku":"SHIRT-S"}]}}`, "VARIANT_MISSING", ""},
		{"catalog/PutTaxRates", `{"jurisdiction":"IT","rates":[{"taxCategory":"none","code":"X","ratePpm":1}]}`, "UNKNOWN_TAX_CATEGORY", ""},
		{"catalog/PutPriceList", `{"priceList":{"code":"eur","name":"E","currencyCode":"USD","taxIncluded":true}}`, "IMMUTABLE", ""},
		{"catalog/PutPrices", `{"priceList":"none","prices":[{"sku":"SHIRT-S","unitPrice":` + eur(1) + `}]}`, "UNKNOWN_PRICE_LIST", ""},
		{"catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"NONE","unitPrice":` + eur(1) + `}]}`, "UNKNOWN_SKU", ""},
		{"catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"SHIRT-S","unitPrice":{"currencyCode":"USD","amountMinor":"1"}}]}`, "CURRENCY_MISMATCH", ""},
		{"catalog/ListPrices", `{"priceList":"none","skus":["SHIRT-S"]}`, "UNKNOWN_PRICE_LIST", ""},

		{"events/ListEvents", `{"cursor":"nonsense"}`, "INVALID_REQUEST", "cursor"},
		{"events/ListEvents", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"events/StreamEvents", `{"cursor":"nonsense"}`, "INVALID_REQUEST", "cursor"},
		{"events/StreamEvents", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},

		{"stock/ReceiveStock", move("nowhere", "SHIRT-S", "quantity", "1", ""), "UNKNOWN_LOCATION", "location"},
		{"stock/ReceiveStock", move("milan", "NONE", "quantity", "1", ""), "UNKNOWN_SKU", "lines[0].sku"},
		{"stock/AdjustStock", move("nowhere", "SHIRT-S", "difference", "1", `,"reason":"count"`), "UNKNOWN_LOCATION", "location"},
		{"stock/AdjustStock", move("milan", "NONE", "difference", "1", `,"reason":"count"`), "UNKNOWN_SKU", "lines[0].sku"},
		{"stock/GetAvailability", `{"skus":["SHIRT-S"],"channel":"nowhere"}`, "UNKNOWN_CHANNEL", "channel"},
		{"stock/GetAvailability", `{"skus":["SHIRT-S"],"locations":["nowhere"]}`, "UNKNOWN_LOCATION", "locations[0]"},
		{"stock/GetAvailability", `{"skus":["NONE"]}`, "UNKNOWN_SKU", ""},
		{"stock/HoldStock", hold("nowhere", "web", "SHIRT-S", "1"), "UNKNOWN_LOCATION", "location"},
		{"stock/HoldStock", hold("milan", "nowhere", "SHIRT-S", "1"), "UNKNOWN_CHANNEL", "channel"},
		{"stock/HoldStock", hold("milan", "old", "SHIRT-S", "1"), "CHANNEL_RETIRED", "channel"},
		{"stock/HoldStock", hold("milan", "only-rome", "SHIRT-S", "1"), "LOCATION_NOT_SERVED", "location"},
		{"stock/HoldStock", hold("milan", "web", "NONE", "1"), "UNKNOWN_SKU", "lines[0].sku"},
		{"stock/HoldStock", hold("milan", "web", "SHIRT-S", "9"), "OUT_OF_STOCK", ""},
		{"stock/GetHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, nobody), "UNKNOWN_HOLD", ""},
		{"stock/ReleaseHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, nobody), "UNKNOWN_HOLD", ""},
		{"stock/ReleaseHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, released.at("id")), "HOLD_RELEASED", ""},
		{"stock/ReleaseHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, expired.at("id")), "HOLD_EXPIRED", ""},
		{"stock/ListOversellCases", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},

		{"orders/PlaceOrder", basket("nowhere", "milan", line("SHIRT-S", 1, ""), paid("CASH", 1995)), "UNKNOWN_CHANNEL", "channel"},
		{"orders/PlaceOrder", basket("old", "milan", line("SHIRT-S", 1, ""), paid("CASH", 1995)), "CHANNEL_RETIRED", "channel"},
		{"orders/PlaceOrder", basket("till", "nowhere", line("SHIRT-S", 1, ""), paid("CASH", 1995)), "UNKNOWN_LOCATION", "location"},
		{"orders/PlaceOrder", basket("only-rome", "milan", line("SHIRT-S", 1, ""), paid("CASH", 1995)), "LOCATION_NOT_SERVED", "location"},
		{"orders/PlaceOrder", basket("till", "milan", line("NONE", 1, ""), paid("CASH", 1995)), "UNKNOWN_SKU", "lines[0].sku"},
		{"orders/PlaceOrder", basket("till", "milan", line("SHIRT-M", 1, ""), paid("CASH", 1995)), "PRICE_MISSING", "lines[0]"},
		{"orders/PlaceOrder", basket("till", "moon", line("SHIRT-S", 1, ""), paid("CASH", 1995)), "TAX_MISSING", "lines[0]"},
		{"orders/PlaceOrder", sale(`,"tenders":[{"kind":"TENDER_KIND_CASH","amount":{"currencyCode":"USD","amountMinor":"1995"}}]`), "CURRENCY_MISMATCH", "tenders[0].amount.currency_code"},
		{"orders/PlaceOrder", sale(`,"currencyCode":"USD"` + paid("CASH", 1995)), "CURRENCY_MISMATCH", "currency_code"},
		{"orders/PlaceOrder", sale(`,"discounts":[{"code":"X","amount":` + eur(1996) + `}]` + paid("CASH", 1995)), "DISCOUNT_TOO_LARGE", "discounts[0]"},
		{"orders/PlaceOrder", basket("till", "milan", line("SHIRT-S", 1, `,"discounts":[{"code":"X","amount":`+eur(1996)+`}]`), ""), "DISCOUNT_TOO_LARGE", "lines[0].discounts[0]"},
		{"orders/PlaceOrder", basket("till", "milan", line("SHIRT-S", 1000000, `,"tillPrice":{"reason":"x","unit":`+eur(1000000000000)+`}`), ""), "AMOUNT_TOO_LARGE", "lines[0]"},
		{"orders/PlaceOrder", sale(paid("CARD", 1994)), "PAYMENT_SHORT", "tenders"},
		{"orders/PlaceOrder", sale(""), "PAYMENT_SHORT", "tenders"},
		{"orders/PlaceOrder", sale(paid("CARD", 1996)), "CHANGE_NOT_GIVEN", "tenders"},
		{"orders/PlaceOrder", basket("web", "milan", line("SHIRT-S", 9, ""), paid("CARD", 9*1995)), "OUT_OF_STOCK", ""},
		{"orders/PlaceOrder", sale(fmt.Sprintf(`,"order":%q`, placed.at("id")) + paid("CASH", 1995)), "ORDER_EXISTS", "order"},
		{"orders/GetOrder", fmt.Sprintf(`{"order":%q}`, nobody), "UNKNOWN_ORDER", ""},
		{"orders/LookupOrder", `{"number":"0000000000"}`, "UNKNOWN_ORDER", ""},
	})

	t.Run("refuses what can't be counted", func(t *testing.T) {
		w := w.in(t)
		for range 999 {
			w.must("staff", "stock/ReceiveStock", move("moon", "SHIRT-M", "quantity", "1000000000", ""))
		}
		w.must("staff", "stock/ReceiveStock", move("moon", "SHIRT-M", "quantity", "999999999", ""))
		w.refused("staff", "stock/ReceiveStock", move("moon", "SHIRT-M", "quantity", "2", ""), "QUANTITY_TOO_LARGE", "lines[0]")
		w.refused("staff", "stock/AdjustStock", move("moon", "SHIRT-M", "difference", "2", `,"reason":"count"`), "QUANTITY_TOO_LARGE", "lines[0]")
	})
	w.audit()
	t.Run("of what trades", refuseTrade)

	t.Run("reaches each that a comment promises, and no other", func(t *testing.T) {
		// A sale can't be counted only after a million sales of a million units each; the rules' own tests reach it.
		unreached := map[string]string{"orders/PlaceOrder QUANTITY_TOO_LARGE": "needs a million sales"}
		declared := declaredRefusals(t)
		for method, reasons := range declared {
			for _, reason := range reasons {
				for _, door := range []string{"", "REST "} {
					_, seen := reached.Load(door + method + " " + reason)
					if _, excused := unreached[method+" "+reason]; !seen && !excused {
						t.Errorf("%s%s promises %s and no test reached it", door, method, reason)
					}
				}
			}
		}
		// What any call may answer is said once, in the contract's list of reasons.
		general := []string{"INVALID_REQUEST", "UNAUTHENTICATED", "PERMISSION_DENIED", "REQUEST_ID_REUSED", "CANCELLED", ""}
		reached.Range(func(key, _ any) bool {
			method, reason, _ := strings.Cut(strings.TrimPrefix(key.(string), "REST "), " ")
			if !slices.Contains(general, reason) && !slices.Contains(declared[method], reason) {
				t.Errorf("%s was refused with %s, which its comment does not name", method, reason)
			}
			return true
		})
	})
}
