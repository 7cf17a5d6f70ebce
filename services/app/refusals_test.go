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
	w.must("staff", "catalog/PutAttribute", `{"attribute":{"code":"fit","name":"Fit","type":"ATTRIBUTE_TYPE_TEXT"}}`)
	w.must("staff", "stock/PutStockReason", `{"reason":{"code":"flood","name":"Flood","acts":["STOCK_ACT_ADJUST"],"retired":true}}`)
	released := w.must("site", "stock/HoldStock", `{"location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`)
	w.must("site", "stock/ReleaseHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, released.at("id")))
	expired := w.must("site", "stock/HoldStock", `{"location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"1"}],"timeToLive":"1s"}`)
	placed := w.must("till", "orders/PlaceOrder", sale(paid("CASH", 1995)))
	eventually(t, "the hold expires and is swept", func() bool {
		return w.must("site", "stock/GetAvailability", `{"skus":["SHIRT-S"],"locations":["milan"],"channel":"web"}`).at("levels", 0, "held") == "0"
	})
	lose := func(sku string) any {
		return w.must("staff", "stock/AdjustStock", fmt.Sprintf(`{"location":"milan","lines":[{"sku":%q,"difference":"-99"}],"reason":"lost"}`, sku)).at("transaction")
	}
	settled, open := lose("SHIRT-M"), any(nil)
	w.must("staff", "stock/AdjustStock", `{"location":"milan","lines":[{"sku":"SHIRT-M","difference":"99"}],"reason":"found"}`)
	open = lose("SHIRT-M")
	resolve := func(location string, id any, reason string) string {
		if reason != "" {
			reason = fmt.Sprintf(`,"reason":%q`, reason)
		}
		return fmt.Sprintf(`{"location":%q,"sku":"SHIRT-M","case":%q%s}`, location, id, reason)
	}
	nobody := "0198c0de-0000-7000-8000-0000000000ff"
	hold := func(location, channel, sku, quantity string) string {
		return fmt.Sprintf(`{"location":%q,"channel":%q,"owner":"a","lines":[{"sku":%q,"quantity":%q}]}`, location, channel, sku, quantity)
	}
	move := func(location, sku, field, quantity, more string) string {
		return fmt.Sprintf(`{"location":%q,"lines":[{"sku":%q,%q:%q}]%s}`, location, sku, field, quantity, more)
	}
	w.refuseAll([]refusal{
		{"promotions/GetPromotion", `{"code":"none"}`, "UNKNOWN_PROMOTION", "code"},
		{"promotions/ListCoupons", `{"promotion":"none"}`, "UNKNOWN_PROMOTION", "promotion"},
		{"promotions/ListCouponUses", `{"promotion":"none","coupon":"x"}`, "UNKNOWN_PROMOTION", "promotion"},
		{"promotions/PutPromotion", promotion(`,"channels":["web","none"]`), "UNKNOWN_CHANNEL", "promotion.channels[1]"},
		{"promotions/PutPromotion", promotion(`,"skus":["SHIRT-S","NONE"]`), "UNKNOWN_SKU", "promotion.skus[1]"},
		{"promotions/PutPromotion", promotion(`,"products":["none"]`), "UNKNOWN_PRODUCT", "promotion.products[0]"},
		{"returns/PutReturnPolicy", policy("x", 1, `,"skus":["SHIRT-S","NONE"]`), "UNKNOWN_SKU", "return_policy.skus[1]"},
		{"returns/PutReturnPolicy", policy("x", 1, `,"products":["none"]`), "UNKNOWN_PRODUCT", "return_policy.products[0]"},
		{"returns/PutReturnPolicy", policy("x", 1, `,"taxCategories":["standard","none"]`), "UNKNOWN_TAX_CATEGORY", "return_policy.tax_categories[1]"},

		{"messages/RetryMessage", `{"message":"` + nobody + `"}`, "UNKNOWN_MESSAGE", "message"},
		{"locations/GetLocation", `{"code":"nowhere"}`, "UNKNOWN_LOCATION", ""},
		{"locations/PutLocation", strings.Replace(place("milan", "STORE", "IT"), "EUR", "CHF", 1), "IMMUTABLE", ""},
		{"locations/GetChannel", `{"code":"nowhere"}`, "UNKNOWN_CHANNEL", ""},
		{"locations/PutChannel", `{"channel":{"code":"x","name":"X","kind":"CHANNEL_KIND_APP","holdTime":"60s","locations":["nowhere"]}}`, "UNKNOWN_LOCATION", ""},
		{"locations/PutChannel", `{"channel":{"code":"x","name":"X","kind":"CHANNEL_KIND_APP","holdTime":"60s","priceLists":["none"]}}`, "UNKNOWN_PRICE_LIST", ""},

		{"catalog/GetProduct", `{"code":"nothing"}`, "UNKNOWN_PRODUCT", ""},
		{"catalog/SearchProducts", `{"query":"hat","location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"catalog/SearchProducts", `{"query":"hat","inStockAt":"nowhere"}`, "UNKNOWN_LOCATION", "in_stock_at"},
		{"catalog/SearchProducts", `{"query":"hat","channel":"nowhere"}`, "UNKNOWN_CHANNEL", "channel"},
		{"catalog/LookupBarcode", `{"gtin":"4012345678901"}`, "UNKNOWN_SKU", ""},
		{"catalog/PutProduct", `{"product":{"code":"p","title":"P","taxCategory":"none","variants":[{"sku":"P-1"}]}}`, "UNKNOWN_TAX_CATEGORY", ""},
		{"catalog/PutProduct", `{"product":{"code":"p","title":"P","taxCategory":"standard","variants":[{"sku":"SHIRT-S"}]}}`, "SKU_TAKEN", ""},
		{"catalog/PutProduct", `{"product":{"code":"p","title":"P","taxCategory":"standard","variants":[{"sku":"P-1","barcodes":["4006381333931"]}]}}`, "BARCODE_TAKEN", ""},
		{"catalog/PutProduct", `{"product":{"code":"shirt","title":"P","taxCategory":"standard","variants":[{"sku":"SHIRT-S"}]}}`, "VARIANT_MISSING", ""},
		{"catalog/PutProduct", `{"product":{"code":"p","title":"P","taxCategory":"standard","attributes":[{"attribute":"none","text":"x"}],"variants":[{"sku":"P-1"}]}}`, "UNKNOWN_ATTRIBUTE", "product.attributes[0].attribute"},
		{"catalog/PutProduct", `{"product":{"code":"p","title":"P","taxCategory":"standard","variants":[{"sku":"P-1","aliases":["SHIRT-S"]}]}}`, "SKU_TAKEN", "product.variants[0].aliases[0]"},
		{"catalog/PutAttribute", `{"attribute":{"code":"fit","name":"Fit","type":"ATTRIBUTE_TYPE_NUMBER"}}`, "IMMUTABLE", "attribute.type"},
		{"catalog/LookupSku", `{"sku":"NONE"}`, "UNKNOWN_SKU", "sku"},
		{"catalog/ListChannelPrices", `{"channel":"nowhere","skus":["SHIRT-S"]}`, "UNKNOWN_CHANNEL", "channel"},
		{"catalog/PutTaxRates", `{"jurisdiction":"IT","rates":[{"taxCategory":"none","code":"X","ratePpm":1}]}`, "UNKNOWN_TAX_CATEGORY", ""},
		{"catalog/PutPriceList", `{"priceList":{"code":"eur","name":"E","currencyCode":"USD","taxIncluded":true}}`, "IMMUTABLE", ""},
		{"catalog/PutPrices", `{"priceList":"none","prices":[{"sku":"SHIRT-S","unitPrice":` + eur(1) + `}]}`, "UNKNOWN_PRICE_LIST", ""},
		{"catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"NONE","unitPrice":` + eur(1) + `}]}`, "UNKNOWN_SKU", ""},
		{"catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"SHIRT-S","unitPrice":{"currencyCode":"USD","amountMinor":"1"}}]}`, "CURRENCY_MISMATCH", ""},
		{"catalog/ListPrices", `{"priceList":"none","skus":["SHIRT-S"]}`, "UNKNOWN_PRICE_LIST", ""},

		{"carts/PutCart", `{"device":"` + phone + `","channel":"nowhere"}`, "UNKNOWN_CHANNEL", "channel"},
		{"carts/PutCart", `{"device":"` + phone + `","channel":"shop","contact":{"email":"a@b.c"}}`, "INVALID_REQUEST", "contact"},
		{"carts/PutCart", `{"device":"` + phone + `","channel":"old"}`, "CHANNEL_RETIRED", "channel"},
		{"carts/MergeCarts", `{"customer":"` + ada + `","device":"` + phone + `","channel":"nowhere"}`, "UNKNOWN_CHANNEL", "channel"},
		{"carts/MergeCarts", `{"customer":"` + ada + `","device":"` + phone + `","channel":"old"}`, "CHANNEL_RETIRED", "channel"},

		{"events/ListEvents", `{"cursor":"nonsense"}`, "INVALID_REQUEST", "cursor"},
		{"events/ListEvents", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"events/StreamEvents", `{"cursor":"nonsense"}`, "INVALID_REQUEST", "cursor"},
		{"events/StreamEvents", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},

		{"stock/ReceiveStock", move("nowhere", "SHIRT-S", "quantity", "1", ""), "UNKNOWN_LOCATION", "location"},
		{"stock/ReceiveStock", move("milan", "NONE", "quantity", "1", ""), "UNKNOWN_SKU", "lines[0].sku"},
		{"stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1","unitCost":{"currencyCode":"USD","amountMinor":"1"}}]}`, "CURRENCY_MISMATCH", "lines[0].unit_cost"},
		{"stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1","unitCost":{"currencyCode":"EUR","amountMinor":"-1"}}]}`, "INVALID_REQUEST", "lines[0].unit_cost"},
		{"stock/ListStockValues", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"stock/ListStockValues", `{"sku":"NONE"}`, "UNKNOWN_SKU", "sku"},
		{"stock/ListStockValues", `{"location":"milan","pageToken":"e30x"}`, "INVALID_REQUEST", "page_token"},
		{"reports/ListMargins", `{"fromDay":"2026-01-01","untilDay":"2026-01-02","location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"reports/ListMargins", `{"fromDay":"2026-01-01","untilDay":"2026-01-02","channel":"nowhere"}`, "UNKNOWN_CHANNEL", "channel"},
		{"reports/ListMargins", `{"fromDay":"2026-01-02","untilDay":"2026-01-01"}`, "INVALID_REQUEST", "until_day"},
		{"reports/ListMargins", `{"fromDay":"2024-01-02","untilDay":"2026-01-01"}`, "INVALID_REQUEST", "until_day"},
		{"reports/ListLiabilities", `{"fromDay":"2026-01-01","untilDay":"2026-01-02","location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"reports/ListLiabilities", `{"fromDay":"2026-01-02","untilDay":"2026-01-01"}`, "INVALID_REQUEST", "until_day"},
		{"reports/ListLiabilities", `{"fromDay":"2024-01-02","untilDay":"2026-01-01"}`, "INVALID_REQUEST", "until_day"},
		{"reports/ListReturnRates", `{"fromDay":"2026-01-01","untilDay":"2026-01-02","by":"RETURN_SUBJECT_LOCATION","location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"reports/ListReturnRates", `{"fromDay":"2026-01-02","untilDay":"2026-01-01","by":"RETURN_SUBJECT_LOCATION"}`, "INVALID_REQUEST", "until_day"},
		{"reports/ListReturnRates", `{"fromDay":"2024-01-02","untilDay":"2026-01-01","by":"RETURN_SUBJECT_LOCATION"}`, "INVALID_REQUEST", "until_day"},
		{"reports/ListSettlements", `{"fromDay":"2026-01-01","untilDay":"2026-01-02","location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"reports/ListSettlements", `{"fromDay":"2026-01-01","untilDay":"2026-01-02","withLocation":"nowhere"}`, "UNKNOWN_LOCATION", "with_location"},
		{"reports/ListSettlements", `{"fromDay":"2026-01-01","untilDay":"2026-01-02","location":"milan","withLocation":"milan"}`, "INVALID_REQUEST", "with_location"},
		{"reports/ListSettlements", `{"fromDay":"2026-01-02","untilDay":"2026-01-01"}`, "INVALID_REQUEST", "until_day"},
		{"reports/ListSettlementEntries", `{"fromDay":"2026-01-01","untilDay":"2026-01-02","location":"nowhere","withLocation":"rome"}`, "UNKNOWN_LOCATION", "location"},
		{"reports/ListSettlementEntries", `{"fromDay":"2026-01-01","untilDay":"2026-01-02","location":"milan","withLocation":"nowhere"}`, "UNKNOWN_LOCATION", "with_location"},
		{"reports/ListSettlementEntries", `{"fromDay":"2026-01-01","untilDay":"2026-01-02","location":"rome","withLocation":"rome"}`, "INVALID_REQUEST", "with_location"},
		{"reports/ListSettlementEntries", `{"fromDay":"2024-01-02","untilDay":"2026-01-01","location":"milan","withLocation":"rome"}`, "INVALID_REQUEST", "until_day"},
		{"stock/GetStockValue", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"stock/AdjustStock", move("nowhere", "SHIRT-S", "difference", "1", `,"reason":"count"`), "UNKNOWN_LOCATION", "location"},
		{"stock/AdjustStock", move("milan", "NONE", "difference", "1", `,"reason":"count"`), "UNKNOWN_SKU", "lines[0].sku"},
		{"stock/AdjustStock", move("milan", "SHIRT-S", "difference", "1", `,"reason":"whim"`), "UNKNOWN_REASON", "reason"},
		{"stock/AdjustStock", move("milan", "SHIRT-S", "difference", "1", `,"reason":"flood"`), "REASON_RETIRED", "reason"},
		{"stock/AdjustStock", move("milan", "SHIRT-S", "difference", "1", `,"reason":"repaired"`), "REASON_NOT_FOR", "reason"},
		{"stock/RecordStock", move("nowhere", "SHIRT-S", "quantity", "1", `,"act":"STOCK_ACT_DAMAGE","reason":"broken"`), "UNKNOWN_LOCATION", "location"},
		{"stock/RecordStock", move("milan", "NONE", "quantity", "1", `,"act":"STOCK_ACT_DAMAGE","reason":"broken"`), "UNKNOWN_SKU", "lines[0].sku"},
		{"stock/RecordStock", move("milan", "SHIRT-S", "quantity", "1", `,"act":"STOCK_ACT_DAMAGE","reason":"whim"`), "UNKNOWN_REASON", "reason"},
		{"stock/RecordStock", move("milan", "SHIRT-S", "quantity", "1", `,"act":"STOCK_ACT_DAMAGE","reason":"flood"`), "REASON_RETIRED", "reason"},
		{"stock/RecordStock", move("milan", "SHIRT-S", "quantity", "1", `,"act":"STOCK_ACT_DAMAGE","reason":"repaired"`), "REASON_NOT_FOR", "reason"},
		{"stock/RecordStock", move("milan", "SHIRT-S", "quantity", "1", `,"act":"STOCK_ACT_RESTORE","reason":"repaired"`), "STATE_SHORT", "lines[0].quantity"},
		{"stock/GetAvailability", `{"skus":["SHIRT-S"],"channel":"nowhere"}`, "UNKNOWN_CHANNEL", "channel"},
		{"stock/GetAvailability", `{"skus":["SHIRT-S"],"locations":["nowhere"]}`, "UNKNOWN_LOCATION", "locations[0]"},
		{"stock/GetAvailability", `{"skus":["NONE"]}`, "UNKNOWN_SKU", ""},
		{"stock/GetAvailability", `{"product":"nothing"}`, "UNKNOWN_PRODUCT", "product"},
		{"stock/GetAvailability", `{"skus":["SHIRT-S"],"near":{"location":"nowhere"}}`, "UNKNOWN_LOCATION", "near.location"},
		{"stock/GetSizeMatrix", `{"location":"nowhere","product":"shirt"}`, "UNKNOWN_LOCATION", "location"},
		{"stock/GetSizeMatrix", `{"location":"milan","product":"shirt","channel":"nowhere"}`, "UNKNOWN_CHANNEL", "channel"},
		{"stock/GetSizeMatrix", `{"location":"milan","product":"nothing"}`, "UNKNOWN_PRODUCT", "product"},
		{"stock/HoldStock", hold("nowhere", "web", "SHIRT-S", "1"), "UNKNOWN_LOCATION", "location"},
		{"stock/HoldStock", hold("milan", "nowhere", "SHIRT-S", "1"), "UNKNOWN_CHANNEL", "channel"},
		{"stock/HoldStock", hold("milan", "old", "SHIRT-S", "1"), "CHANNEL_RETIRED", "channel"},
		{"stock/HoldStock", hold("milan", "only-rome", "SHIRT-S", "1"), "LOCATION_NOT_SERVED", "location"},
		{"stock/HoldStock", hold("milan", "web", "NONE", "1"), "UNKNOWN_SKU", "lines[0].sku"},
		{"stock/HoldStock", hold("milan", "web", "SHIRT-S", "9"), "OUT_OF_STOCK", ""},
		{"stock/FindAndHold", `{"channel":"nowhere","owner":"a","near":{"latitudeE7":1},"lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, "UNKNOWN_CHANNEL", "channel"},
		{"stock/FindAndHold", `{"channel":"old","owner":"a","near":{"latitudeE7":1},"lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, "CHANNEL_RETIRED", "channel"},
		{"stock/FindAndHold", `{"channel":"web","owner":"a","near":{"latitudeE7":1},"lines":[{"sku":"NONE","quantity":"1"}]}`, "UNKNOWN_SKU", "lines[0].sku"},
		{"stock/FindAndHold", `{"channel":"web","owner":"a","near":{"location":"nowhere"},"lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, "UNKNOWN_LOCATION", "near.location"},
		{"stock/FindAndHold", `{"channel":"web","owner":"a","near":{"latitudeE7":1},"lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, "OUT_OF_STOCK", ""},
		{"stock/PutBuffers", `{"location":"nowhere","buffers":[{"units":"1"}]}`, "UNKNOWN_LOCATION", "location"},
		{"stock/PutBuffers", `{"location":"milan","buffers":[{"units":"1"},{"sku":"NONE","units":"1"}]}`, "UNKNOWN_SKU", "buffers[1].sku"},
		{"stock/PutBuffers", `{"location":"milan","buffers":[{"channel":"nowhere","units":"1"}]}`, "UNKNOWN_CHANNEL", "buffers[0].channel"},
		{"stock/DeleteBuffers", `{"location":"nowhere","buffers":[{}]}`, "UNKNOWN_LOCATION", "location"},
		{"stock/DeleteBuffers", `{"location":"milan","buffers":[{"sku":"SHIRT-S"}]}`, "UNKNOWN_BUFFER", "buffers[0]"},
		{"stock/ListBuffers", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"replenishment/PutStockRules", `{"location":"nowhere","rules":[{"minimum":"1"}]}`, "UNKNOWN_LOCATION", "location"},
		{"replenishment/PutStockRules", `{"location":"milan","rules":[{"minimum":"1"},{"sku":"NONE"}]}`, "UNKNOWN_SKU", "rules[1].sku"},
		{"replenishment/DeleteStockRules", `{"location":"nowhere","skus":[""]}`, "UNKNOWN_LOCATION", "location"},
		{"replenishment/DeleteStockRules", `{"location":"milan","skus":["SHIRT-S"]}`, "UNKNOWN_STOCK_RULE", "skus[0]"},
		{"replenishment/ListStockRules", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"replenishment/ListLowStock", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"replenishment/ProposeReplenishment", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"replenishment/ProposeReplenishment", `{"skus":["SHIRT-S","NONE"]}`, "UNKNOWN_SKU", "skus[1]"},
		{"stock/GetHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, nobody), "UNKNOWN_HOLD", ""},
		{"stock/ReleaseHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, nobody), "UNKNOWN_HOLD", ""},
		{"stock/ReleaseHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, released.at("id")), "HOLD_RELEASED", ""},
		{"stock/ReleaseHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, expired.at("id")), "HOLD_EXPIRED", ""},
		{"stock/ListOversellCases", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"stock/WatchStock", `{"locations":["nowhere"]}`, "UNKNOWN_LOCATION", "locations[0]"},
		{"stock/WatchStock", `{"skus":["NONE"]}`, "UNKNOWN_SKU", "skus"},
		{"stock/WatchStock", `{"channel":"nowhere"}`, "UNKNOWN_CHANNEL", "channel"},
		{"stock/WatchStock", `{"cursor":"nonsense"}`, "INVALID_REQUEST", "cursor"},
		{"stock/ListMovements", `{"location":"nowhere","sku":"SHIRT-S"}`, "UNKNOWN_LOCATION", "location"},
		{"stock/ListMovements", `{"location":"milan","sku":"NONE"}`, "UNKNOWN_SKU", "sku"},
		{"stock/ListMovements", `{"location":"milan","sku":"SHIRT-S","account":"supplier"}`, "INVALID_REQUEST", "account"},
		{"stock/ListMovements", `{"location":"milan","sku":"SHIRT-S","pageToken":"e30"}`, "INVALID_REQUEST", "page_token"},
		{"stock/GetStockAsOf", `{"at":"2999-01-01T00:00:00Z"}`, "INVALID_REQUEST", "at"},
		{"stock/GetStockAsOf", `{"at":"1969-12-31T00:00:00Z"}`, "INVALID_REQUEST", "at"},
		{"stock/GetStockAsOf", `{"location":"milan"}`, "INVALID_REQUEST", "at"},
		{"stock/GetStockAsOf", `{"at":"2020-01-01T00:00:00Z","location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"stock/GetStockAsOf", `{"at":"2020-01-01T00:00:00Z","sku":"NONE"}`, "UNKNOWN_SKU", "sku"},
		{"stock/GetOversellCase", resolve("nowhere", nobody, ""), "UNKNOWN_LOCATION", "location"},
		{"stock/GetOversellCase", resolve("milan", nobody, ""), "UNKNOWN_CASE", ""},
		{"stock/ResolveOversellCase", resolve("nowhere", open, "count"), "UNKNOWN_LOCATION", "location"},
		{"stock/ResolveOversellCase", resolve("milan", nobody, "count"), "UNKNOWN_CASE", ""},
		{"stock/ResolveOversellCase", resolve("milan", open, "whim"), "UNKNOWN_REASON", "reason"},
		{"stock/ResolveOversellCase", resolve("milan", open, "flood"), "REASON_RETIRED", "reason"},
		{"stock/ResolveOversellCase", resolve("milan", open, "repaired"), "REASON_NOT_FOR", "reason"},
		{"stock/ResolveOversellCase", resolve("milan", settled, "count"), "CASE_SETTLED", ""},

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
		{"orders/QuoteOrder", basket("nowhere", "milan", line("SHIRT-S", 1, ""), ""), "UNKNOWN_CHANNEL", "channel"},
		{"orders/QuoteOrder", basket("old", "milan", line("SHIRT-S", 1, ""), ""), "CHANNEL_RETIRED", "channel"},
		{"orders/QuoteOrder", basket("till", "nowhere", line("SHIRT-S", 1, ""), ""), "UNKNOWN_LOCATION", "location"},
		{"orders/QuoteOrder", basket("only-rome", "milan", line("SHIRT-S", 1, ""), ""), "LOCATION_NOT_SERVED", "location"},
		{"orders/QuoteOrder", basket("till", "milan", line("NONE", 1, ""), ""), "UNKNOWN_SKU", "lines[0].sku"},
		{"orders/QuoteOrder", basket("till", "milan", line("SHIRT-M", 1, ""), ""), "PRICE_MISSING", "lines[0]"},
		{"orders/QuoteOrder", basket("till", "moon", line("SHIRT-S", 1, ""), ""), "TAX_MISSING", "lines[0]"},
		{"orders/QuoteOrder", sale(`,"currencyCode":"USD"`), "CURRENCY_MISMATCH", "currency_code"},
		{"orders/QuoteOrder", sale(`,"discounts":[{"code":"X","amount":` + eur(1996) + `}]`), "DISCOUNT_TOO_LARGE", "discounts[0]"},
		{"orders/QuoteOrder", basket("till", "milan", line("SHIRT-S", 1000000, `,"tillPrice":{"reason":"x","unit":`+eur(1000000000000)+`}`), ""), "AMOUNT_TOO_LARGE", "lines[0]"},
		{"orders/GetOrder", fmt.Sprintf(`{"order":%q}`, nobody), "UNKNOWN_ORDER", ""},
		{"orders/ListOrderSteps", fmt.Sprintf(`{"order":%q}`, nobody), "UNKNOWN_ORDER", ""},
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
		bring := w.must("staff", "deliveries/AnnounceDelivery", strings.Replace(announced("", units("SHIRT-M", 2), ""), "milan", "moon", 1))
		w.refuse("staff", "deliveries/ReceiveDelivery", fmt.Sprintf(`{"location":"moon","delivery":%q,"lines":[%s]}`, bring.at("id"), units("SHIRT-M", 2)),
			"QUANTITY_TOO_LARGE", "lines[0]")
		w.refused("staff", "stock/RecordStock", move("moon", "SHIRT-M", "quantity", "2", `,"act":"STOCK_ACT_FOUND","reason":"found"`), "QUANTITY_TOO_LARGE", "lines[0]")
	})
	w.audit()
	t.Run("of what trades", refuseTrade)

	t.Run("reaches each that a comment promises, and no other", func(t *testing.T) {
		// What can't be counted only after that much was counted is reached by the rules' own tests.
		unreached := map[string]string{
			"orders/PlaceOrder QUANTITY_TOO_LARGE":           "needs a million sales",
			"orders/QuoteOrder QUANTITY_TOO_LARGE":           "needs the same",
			"deliveries/AnnounceDelivery QUANTITY_TOO_LARGE": "needs a thousand announcements of as much as one may announce",
			"deliveries/AmendDelivery QUANTITY_TOO_LARGE":    "needs the same",
			"stock/WatchStock READER_TOO_SLOW":               "needs a reader that does not read; TestWatchSlowReader is one",
			"stock/ReceiveTransfer QUANTITY_TOO_LARGE":       "needs a sender who lacks as much as can be counted",
		}
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
