package app_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// TestBadInput sends what nobody should send, through both doors, and finds the field named and no trace.
func TestBadInput(t *testing.T) {
	w := open(t)
	megabyte := strings.Repeat("x", 1<<20)
	hold := func(field, value string) string {
		fields := map[string]string{"location": `"milan"`, "channel": `"web"`, "owner": `"a"`, "lines": `[{"sku":"SHIRT-S","quantity":"1"}]`}
		fields[field] = value
		var all []string
		for name, value := range fields {
			all = append(all, fmt.Sprintf("%q:%s", name, value))
		}
		return "{" + strings.Join(all, ",") + "}"
	}
	product := func(more string) string {
		return `{"product":{"code":"p","title":"P","taxCategory":"standard","variants":[{"sku":"P"}],` + more + `}}`
	}
	for _, c := range []struct{ name, method, body, field string }{
		{"no request id", "stock/HoldStock", `{"requestId":"","location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, "request_id"},
		{"a request id that is none", "stock/HoldStock", `{"requestId":"1","location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, "request_id"},
		{"no lines", "stock/HoldStock", hold("lines", `[]`), "lines"},
		{"quantity zero", "stock/HoldStock", hold("lines", `[{"sku":"SHIRT-S"}]`), "lines[0].quantity"},
		{"negative quantity", "stock/HoldStock", hold("lines", `[{"sku":"SHIRT-S","quantity":"-1"}]`), "lines[0].quantity"},
		{"overflowing quantity", "stock/HoldStock", hold("lines", `[{"sku":"SHIRT-S","quantity":"9223372036854775807"}]`), "lines[0].quantity"},
		{"the same SKU twice", "stock/HoldStock", hold("lines", `[{"sku":"SHIRT-S","quantity":"1"},{"sku":"SHIRT-M","quantity":"1"},{"sku":"SHIRT-S","quantity":"1"}]`), "lines[2].sku"},
		{"the same SKU twice", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1"},{"sku":"SHIRT-S","quantity":"1"}]}`, "lines[1].sku"},
		{"the same SKU twice", "stock/AdjustStock", `{"location":"milan","reason":"x","lines":[{"sku":"SHIRT-S","difference":"1"},{"sku":"SHIRT-S","difference":"1"}]}`, "lines[1].sku"},
		{"the same buffer twice", "stock/PutBuffers", `{"location":"milan","buffers":[{"sku":"SHIRT-S","units":"1"},{"sku":"SHIRT-S","units":"2"}]}`, "buffers[1]"},
		{"the same buffer twice", "stock/DeleteBuffers", `{"location":"milan","buffers":[{"sku":"SHIRT-S"},{"sku":"SHIRT-S"}]}`, "buffers[1]"},
		{"more than all", "stock/PutBuffers", `{"location":"milan","buffers":[{"basisPoints":10001}]}`, "buffers[0].basis_points"},
		{"less than nothing", "stock/PutBuffers", `{"location":"milan","buffers":[{"units":"-1"}]}`, "buffers[0].units"},
		{"a customer who is none", "catalog/SearchProducts", `{"query":"x","customer":"ada","customerAgrees":true}`, "customer"},
		{"a day that is none", "demand/ListUnmetDemand", `{"fromDay":"2026-02-30","untilDay":"2026-03-01"}`, "from_day"},
		{"days in the wrong order", "demand/ListSearches", `{"fromDay":"2026-02-03","untilDay":"2026-02-01"}`, "until_day"},
		{"more days than a report has", "demand/ListUnmetDemand", `{"fromDay":"2024-02-03","untilDay":"2026-02-01"}`, "until_day"},
		{"no days", "demand/ListSearches", `{}`, "from_day"},
		{"a day of no margins", "reports/ListMargins", `{"fromDay":"2026-02-30","untilDay":"2026-03-01"}`, "from_day"},
		{"a day of nothing owed", "reports/ListLiabilities", `{"fromDay":"2026-02-30","untilDay":"2026-03-01"}`, "from_day"},
		{"what was owed on no day", "reports/ListLiabilities", `{"fromDay":"2026-02-01"}`, "until_day"},
		{"a day on which nothing comes back", "reports/ListReturnRates", `{"fromDay":"2026-02-30","untilDay":"2026-03-01","by":"RETURN_SUBJECT_OPERATOR"}`, "from_day"},
		{"what came back of nobody", "reports/ListReturnRates", `{"fromDay":"2026-02-01","untilDay":"2026-02-01"}`, "by"},
		{"more rates than a page has", "reports/ListReturnRates", `{"fromDay":"2026-02-01","untilDay":"2026-02-01","by":"RETURN_SUBJECT_OPERATOR","pageSize":1001}`, "page_size"},
		{"a token of somebody else", "reports/ListReturnRates", `{"fromDay":"2026-02-01","untilDay":"2026-02-01","by":"RETURN_SUBJECT_OPERATOR","pageToken":"e30x"}`, "page_token"},
		{"a day on which nobody settles", "reports/ListSettlements", `{"fromDay":"2026-02-30","untilDay":"2026-03-01"}`, "from_day"},
		{"settled until no day", "reports/ListSettlements", `{"fromDay":"2026-02-01"}`, "until_day"},
		{"settled backwards", "reports/ListSettlements", `{"fromDay":"2026-02-02","untilDay":"2026-02-01"}`, "until_day"},
		{"settled for years", "reports/ListSettlements", `{"fromDay":"2024-02-02","untilDay":"2026-02-01"}`, "until_day"},
		{"fewer than none", "reports/ListSettlements", `{"fromDay":"2026-02-01","untilDay":"2026-02-01","pageSize":-1}`, "page_size"},
		{"a token of somebody else", "reports/ListSettlements", `{"fromDay":"2026-02-01","untilDay":"2026-02-01","pageToken":"e30x"}`, "page_token"},
		{"entries of no location", "reports/ListSettlementEntries", `{"fromDay":"2026-02-01","untilDay":"2026-02-01","withLocation":"rome"}`, "location"},
		{"entries with no location", "reports/ListSettlementEntries", `{"fromDay":"2026-02-01","untilDay":"2026-02-01","location":"milan"}`, "with_location"},
		{"entries of no day", "reports/ListSettlementEntries", `{"untilDay":"2026-02-01","location":"milan","withLocation":"rome"}`, "from_day"},
		{"entries from no day", "reports/ListSettlementEntries", `{"fromDay":"2026-13-01","untilDay":"2026-02-01","location":"milan","withLocation":"rome"}`, "from_day"},
		{"entries until no day", "reports/ListSettlementEntries", `{"fromDay":"2026-02-01","untilDay":"2026-02-29","location":"milan","withLocation":"rome"}`, "until_day"},
		{"entries of no figure", "reports/ListSettlementEntries", `{"fromDay":"2026-02-01","untilDay":"2026-02-01","location":"milan","withLocation":"rome","part":9}`, "part"},
		{"more entries than a page has", "reports/ListSettlementEntries", `{"fromDay":"2026-02-01","untilDay":"2026-02-01","location":"milan","withLocation":"rome","pageSize":1001}`, "page_size"},
		{"a token of somebody else", "reports/ListSettlementEntries", `{"fromDay":"2026-02-01","untilDay":"2026-02-01","location":"milan","withLocation":"rome","pageToken":"e30x"}`, "page_token"},
		{"margins by nothing", "reports/ListMargins", `{"fromDay":"2026-02-01","untilDay":"2026-03-01","by":["MARGIN_PART_UNSPECIFIED"]}`, "by[0]"},
		{"margins by one thing twice", "reports/ListMargins", `{"fromDay":"2026-02-01","untilDay":"2026-03-01","by":["MARGIN_PART_SKU","MARGIN_PART_SKU"]}`, "by"},
		{"SKUs and a product", "stock/GetAvailability", `{"skus":["SHIRT-S"],"product":"shirt"}`, "skus"},
		{"neither SKUs nor a product", "stock/GetAvailability", `{}`, "skus"},
		{"places and a point", "stock/GetAvailability", `{"skus":["SHIRT-S"],"locations":["milan"],"near":{"latitudeE7":1}}`, "near"},
		{"a place that is nowhere", "stock/GetAvailability", `{"skus":["SHIRT-S"],"near":{"location":"moon"}}`, "near.location"},
		{"a place and coordinates", "stock/GetAvailability", `{"skus":["SHIRT-S"],"near":{"location":"milan","latitudeE7":1}}`, "near.location"},
		{"a point beyond the pole", "stock/GetAvailability", `{"skus":["SHIRT-S"],"near":{"latitudeE7":900000001}}`, "near.latitude_e7"},
		{"a radius around the earth", "stock/GetAvailability", `{"skus":["SHIRT-S"],"near":{"latitudeE7":1,"radiusMetres":"20100001"}}`, "near.radius_metres"},
		{"a day that is none", "locations/PutLocation", `{"location":{"code":"x","name":"X","kind":"LOCATION_KIND_STORE","timeZone":"UTC","currencyCode":"EUR","taxJurisdiction":"IT","specialDays":[{"date":"2026-02-30"}]}}`, "location.special_days[0].date"},
		{"a day twice", "locations/PutLocation", `{"location":{"code":"x","name":"X","kind":"LOCATION_KIND_STORE","timeZone":"UTC","currencyCode":"EUR","taxJurisdiction":"IT","specialDays":[{"date":"2026-12-25"},{"date":"2026-12-25"}]}}`, "location.special_days[1].date"},
		{"hours that end before they begin", "locations/PutLocation", `{"location":{"code":"x","name":"X","kind":"LOCATION_KIND_STORE","timeZone":"UTC","currencyCode":"EUR","taxJurisdiction":"IT","specialDays":[{"date":"2026-12-24","hours":[{"opens":"14:00","closes":"10:00"}]}]}}`, "location.special_days[0].hours[0].closes"},
		{"no lead time to speak of", "locations/PutLocation", `{"location":{"code":"x","name":"X","kind":"LOCATION_KIND_STORE","timeZone":"UTC","currencyCode":"EUR","taxJurisdiction":"IT","leadTime":"59s"}}`, "location.lead_time"},
		{"no point", "stock/FindAndHold", `{"channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, "near"},
		{"the same SKU twice", "stock/FindAndHold", `{"channel":"web","owner":"a","near":{"latitudeE7":1},"lines":[{"sku":"SHIRT-S","quantity":"1"},{"sku":"SHIRT-S","quantity":"1"}]}`, "lines[1].sku"},
		{"no rules", "replenishment/PutStockRules", `{"location":"milan"}`, "rules"},
		{"the same rule twice", "replenishment/PutStockRules", `{"location":"milan","rules":[{"minimum":"1"},{"minimum":"2"}]}`, "rules[1]"},
		{"the same rule twice", "replenishment/DeleteStockRules", `{"location":"milan","skus":["SHIRT-S","SHIRT-S"]}`, "skus[1]"},
		{"up to less than the least", "replenishment/PutStockRules", `{"location":"milan","rules":[{"minimum":"2","target":"1"}]}`, "rules[0].target"},
		{"less than nothing", "replenishment/PutStockRules", `{"location":"milan","rules":[{"lowBelow":"-1"}]}`, "rules[0].low_below"},
		{"packs of nothing", "replenishment/PutStockRules", `{"location":"milan","rules":[{"packSize":"-6"}]}`, "rules[0].pack_size"},
		{"a lead time of years", "replenishment/PutStockRules", `{"location":"milan","rules":[{"leadDays":366}]}`, "rules[0].lead_days"},
		{"trade of years", "replenishment/ProposeReplenishment", `{"salesDays":366}`, "sales_days"},
		{"cover of less than nothing", "replenishment/ProposeReplenishment", `{"coverDays":-1}`, "cover_days"},
		{"a SKU twice", "replenishment/ProposeReplenishment", `{"skus":["SHIRT-S","SHIRT-S"]}`, "skus"},
		{"a page that nobody gave", "replenishment/ProposeReplenishment", `{"pageToken":"x"}`, "page_token"},
		{"a page that nobody gave", "replenishment/ListLowStock", `{"location":"milan","pageToken":"x"}`, "page_token"},
		{"a page that nobody gave", "replenishment/ListStockRules", `{"location":"milan","pageToken":"x"}`, "page_token"},
		{"no buffers", "stock/PutBuffers", `{"location":"milan"}`, "buffers"},
		{"a method that is none", "stock/GetAvailability", `{"skus":["SHIRT-S"],"method":9}`, "method"},
		{"few as many", "locations/PutChannel", `{"channel":{"code":"x","name":"X","kind":"CHANNEL_KIND_APP","holdTime":"60s","exposure":{"kind":"EXPOSURE_KIND_BAND","fewFrom":"5","manyFrom":"5"}}}`, "channel.exposure.many_from"},
		{"bands of yes or no", "locations/PutChannel", `{"channel":{"code":"x","name":"X","kind":"CHANNEL_KIND_APP","holdTime":"60s","exposure":{"kind":"EXPOSURE_KIND_YES_NO","fewFrom":"5"}}}`, "channel.exposure"},
		{"carts that are left behind at once", "locations/PutChannel", `{"channel":{"code":"x","name":"X","kind":"CHANNEL_KIND_APP","holdTime":"60s","cartsLeftAfter":"0s"}}`, "channel.carts_left_after"},
		{"carts that are held for days", "locations/PutChannel", `{"channel":{"code":"x","name":"X","kind":"CHANNEL_KIND_APP","holdTime":"60s","cartHold":"86401s"}}`, "channel.cart_hold"},
		{"reminders of carts that are never left behind", "locations/PutChannel", `{"channel":{"code":"x","name":"X","kind":"CHANNEL_KIND_APP","holdTime":"60s","cartReminders":true}}`, "channel.cart_reminders"},
		{"what is carried out of nowhere", "locations/PutChannel", `{"channel":{"code":"x","name":"X","kind":"CHANNEL_KIND_APP","holdTime":"60s","reroute":["FULFILMENT_METHOD_CARRY_OUT"]}}`, "channel.reroute[0]"},
		{"an exposure of no kind", "locations/PutChannel", `{"channel":{"code":"x","name":"X","kind":"CHANNEL_KIND_APP","holdTime":"60s","exposure":{}}}`, "channel.exposure.kind"},
		{"an act that is none of these", "stock/RecordStock", `{"location":"milan","act":"STOCK_ACT_ADJUST","reason":"count","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, "act"},
		{"no act", "stock/RecordStock", `{"location":"milan","reason":"count","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, "act"},
		{"from where nothing breaks", "stock/RecordStock", `{"location":"milan","act":"STOCK_ACT_DAMAGE","reason":"broken","lines":[{"sku":"SHIRT-S","quantity":"1","from":"STOCK_STATE_FOUND"}]}`, "lines[0].from"},
		{"the same twice", "stock/RecordStock", `{"location":"milan","act":"STOCK_ACT_DAMAGE","reason":"broken","lines":[{"sku":"SHIRT-S","quantity":"1"},{"sku":"SHIRT-S","quantity":"1","to":"STOCK_STATE_DAMAGED"}]}`, "lines[1].sku"},
		{"less than nothing broke", "stock/RecordStock", `{"location":"milan","act":"STOCK_ACT_DAMAGE","reason":"broken","lines":[{"sku":"SHIRT-S","quantity":"-1"}]}`, "lines[0].quantity"},
		{"no reason", "stock/AdjustStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","difference":"1"}]}`, "reason"},
		{"a promotion on nothing", "promotions/PutPromotion", `{"promotion":{"code":"x","name":"X","basisPoints":1}}`, "promotion.scope"},
		{"a promotion of nothing", "promotions/PutPromotion", `{"promotion":{"code":"x","name":"X","scope":"PROMOTION_SCOPE_LINE"}}`, "promotion.gives"},
		{"more than all", "promotions/PutPromotion", `{"promotion":{"code":"x","name":"X","scope":"PROMOTION_SCOPE_LINE","basisPoints":10001}}`, "promotion.basis_points"},
		{"two for two", "promotions/PutPromotion", `{"promotion":{"code":"x","name":"X","scope":"PROMOTION_SCOPE_LINE","nForM":{"units":2,"paid":2}}}`, "promotion.n_for_m"},
		{"three for two of an order", "promotions/PutPromotion", `{"promotion":{"code":"x","name":"X","scope":"PROMOTION_SCOPE_ORDER","nForM":{"units":3,"paid":2}}}`, "promotion.scope"},
		{"an amount of nothing", "promotions/PutPromotion", `{"promotion":{"code":"x","name":"X","scope":"PROMOTION_SCOPE_LINE","amount":` + eur(0) + `}}`, "promotion.amount.amount_minor"},
		{"least of nothing", "promotions/PutPromotion", promotion(`,"least":` + eur(-1)), "promotion.least.amount_minor"},
		{"amounts in two currencies", "promotions/PutPromotion", `{"promotion":{"code":"x","name":"X","scope":"PROMOTION_SCOPE_ORDER","amount":` + eur(1) + `,"least":{"currencyCode":"USD","amountMinor":"1"}}}`, "promotion.least.currency_code"},
		{"a coupon of nothing", "promotions/PutPromotion", promotion(`,"coupons":["a","b "]`), "promotion.coupons[1]"},
		{"a coupon twice", "promotions/PutPromotion", promotion(`,"coupons":["a","a"]`), "promotion.coupons"},
		{"a limit below nothing", "promotions/PutPromotion", promotion(`,"coupons":["a"],"usesMax":"-1"`), "promotion.uses_max"},
		{"a customer's limit below nothing", "promotions/PutPromotion", promotion(`,"coupons":["a"],"customerUsesMax":"-1"`), "promotion.customer_uses_max"},
		{"a limit of no coupon", "promotions/PutPromotion", promotion(`,"usesMax":"1"`), "promotion.coupons"},
		{"an end before the beginning", "promotions/PutPromotion", promotion(`,"validFrom":"2026-05-04T00:00:00Z","validUntil":"2026-05-04T00:00:00Z"`), "promotion.valid_until"},
		{"a page that nobody gave", "promotions/ListPromotions", `{"pageToken":"x"}`, "page_token"},
		{"coupons of nobody's", "promotions/ListCoupons", `{"promotion":"p","customer":"x"}`, "customer"},
		{"a page of coupons that nobody gave", "promotions/ListCoupons", `{"promotion":"p","pageToken":"x"}`, "page_token"},
		{"uses of no coupon", "promotions/ListCouponUses", `{"promotion":"p"}`, "coupon"},
		{"uses of nobody's", "promotions/ListCouponUses", `{"promotion":"p","coupon":"c","customer":"x"}`, "customer"},
		{"a page of uses that nobody gave", "promotions/ListCouponUses", `{"promotion":"p","coupon":"c","pageToken":"x"}`, "page_token"},
		{"refunds of no money", "returns/PutRefundTerms", `{"terms":{"order":"REFUND_ORDER_PROPORTIONAL"}}`, "terms.currency_code"},
		{"an order of tenders that is none", "returns/PutRefundTerms", `{"terms":{"currencyCode":"EUR","order":9}}`, "terms.order"},
		{"cash below nothing", "returns/PutRefundTerms", `{"terms":{"currencyCode":"EUR","cashMaxMinor":"-1"}}`, "terms.cash_max_minor"},
		{"less than nothing without a line", "returns/PutRefundTerms", `{"terms":{"currencyCode":"EUR","offlineMaxMinor":"-1"}}`, "terms.offline_max_minor"},
		{"refunds of a currency that is none", "returns/GetRefundTerms", `{"currencyCode":"euro"}`, "currency_code"},
		{"terms of no money", "returns/PutBlindReturnTerms", `{"terms":{"priceDays":30}}`, "terms.currency_code"},
		{"days before nothing", "returns/PutBlindReturnTerms", `{"terms":{"currencyCode":"EUR","priceDays":-1}}`, "terms.price_days"},
		{"refunds to cards that nobody knows", "returns/PutBlindReturnTerms", `{"terms":{"currencyCode":"EUR","refundKinds":["TENDER_KIND_GIFT_CARD"]}}`, "terms.refund_kinds[0]"},
		{"refunds twice", "returns/PutBlindReturnTerms", `{"terms":{"currencyCode":"EUR","refundKinds":["TENDER_KIND_CASH","TENDER_KIND_CASH"]}}`, "terms.refund_kinds"},
		{"terms of a currency that is none", "returns/GetBlindReturnTerms", `{"currencyCode":"euro"}`, "currency_code"},
		{"a policy of less than nothing", "returns/PutReturnPolicy", policy("x", -1, ""), "return_policy.days"},
		{"a policy that ends before it begins", "returns/PutReturnPolicy", policy("x", 1, `,"soldFrom":"2026-05-04T00:00:00Z","soldUntil":"2026-05-04T00:00:00Z"`), "return_policy.sold_until"},
		{"a fee of more than all", "returns/PutReturnPolicy", policy("x", 1, `,"terms":{"feeBasisPoints":10001}`), "return_policy.terms.fee_basis_points"},
		{"a fee of nothing each", "returns/PutReturnPolicy", policy("x", 1, `,"terms":{"unitFee":`+eur(0)+`}`), "return_policy.terms.unit_fee.amount_minor"},
		{"a holiday that never was", "returns/PutReturnPolicy", policy("x", 1, `,"terms":{"untilAtLeast":"0001-01-01T00:00:00Z"}`), "return_policy.terms.until_at_least"},
		{"a page of policies that nobody gave", "returns/ListReturnPolicies", `{"pageToken":"x"}`, "page_token"},
		{"cards of no money", "payments/PutCardKind", `{"cardKind":{"code":"x","name":"X"}}`, "card_kind.currency_code"},
		{"a limit of nothing", "payments/PutCardKind", kind("x", `,"limits":{"mostLoad":`+eur(0)+`}`), "card_kind.limits.most_load.amount_minor"},
		{"a limit in other money", "payments/PutCardKind", kind("x", `,"limits":{"mostBalance":{"currencyCode":"USD","amountMinor":"1"}}`), "card_kind.limits.most_balance.currency_code"},
		{"cards that nothing can be put on", "payments/PutCardKind", kind("x", `,"limits":{"leastLoad":`+eur(2)+`,"mostBalance":`+eur(1)+`}`), "card_kind.limits.least_load"},
		{"months below nothing", "payments/PutCardKind", kind("x", `,"validMonths":-1`), "card_kind.valid_months"},
		{"what is good for ever renewed", "payments/PutCardKind", kind("x", `,"renewed":true`), "card_kind.renewed"},
		{"a reason of nothing", "stock/PutStockReason", `{"reason":{"code":"x","name":"X"}}`, "reason.acts"},
		{"a reason of an act twice", "stock/PutStockReason", `{"reason":{"code":"x","name":"X","acts":["STOCK_ACT_FOUND","STOCK_ACT_FOUND"]}}`, "reason.acts"},
		{"a reason of no act", "stock/PutStockReason", `{"reason":{"code":"x","name":"X","acts":["STOCK_ACT_UNSPECIFIED"]}}`, "reason.acts[0]"},
		{"a megabyte", "stock/HoldStock", hold("owner", `"`+megabyte+`"`), "owner"},
		{"a megabyte of SKU", "stock/HoldStock", hold("lines", `[{"sku":"`+megabyte+`","quantity":"1"}]`), "lines[0].sku"},
		{"U+0000", "stock/HoldStock", hold("owner", `"a\u0000b"`), "owner"},
		{"no end", "stock/HoldStock", hold("timeToLive", `"2678401s"`), "time_to_live"},
		{"a hold of no time", "stock/HoldStock", hold("timeToLive", `"0s"`), "time_to_live"},
		{"a negative hold", "stock/HoldStock", hold("timeToLive", `"-1s"`), "time_to_live"},
		{"an unknown kind of place", "locations/PutLocation", `{"location":{"code":"x","name":"X","kind":99,"timeZone":"UTC","currencyCode":"EUR","taxJurisdiction":"IT"}}`, "location.kind"},
		{"no kind of place", "locations/PutLocation", `{"location":{"code":"x","name":"X","timeZone":"UTC","currencyCode":"EUR","taxJurisdiction":"IT"}}`, "location.kind"},
		{"an unknown zone", "locations/PutLocation", `{"location":{"code":"x","name":"X","kind":"LOCATION_KIND_STORE","timeZone":"Mars/Base","currencyCode":"EUR","taxJurisdiction":"IT"}}`, "location.time_zone"},
		{"an unknown currency", "locations/PutLocation", `{"location":{"code":"x","name":"X","kind":"LOCATION_KIND_STORE","timeZone":"UTC","currencyCode":"QQQ","taxJurisdiction":"IT"}}`, "location.currency_code"},
		{"a wrong check digit", "catalog/PutProduct", `{"product":{"code":"p","title":"P","taxCategory":"standard","variants":[{"sku":"P","barcodes":["4006381333932"]}]}}`, "product.variants[0].barcodes[0]"},
		{"a variant of another size", "catalog/PutProduct", `{"product":{"code":"p","title":"P","taxCategory":"standard","options":[{"name":"Size","values":["S"]}],"variants":[{"sku":"P","optionValues":["XXL"]}]}}`, "product.variants[0].option_values[0]"},
		{"an image by plain http", "catalog/PutProduct", product(`"images":[{"url":"http://img.example/1.jpg"}]`), "product.images[0].url"},
		{"a language that is none", "catalog/PutProduct", product(`"translations":[{"language":"spanish!","title":"X"}]`), "product.translations[0].language"},
		{"a language twice", "catalog/PutProduct", product(`"translations":[{"language":"pt-BR","title":"X"},{"language":"pt-br","title":"Y"}]`), "product.translations[1].language"},
		{"options of other lengths", "catalog/PutProduct", product(`"translations":[{"language":"es","options":[{"name":"Talla","values":["S"]}]}]`), "product.translations[0].options"},
		{"an attribute of two kinds", "catalog/PutProduct", product(`"attributes":[{"attribute":"fit","text":"x","number":"1"}]`), "product.attributes[0]"},
		{"an attribute of none", "catalog/PutProduct", product(`"attributes":[{"attribute":"fit"}]`), "product.attributes[0]"},
		{"an attribute twice", "catalog/PutProduct", product(`"attributes":[{"attribute":"fit","text":"x"},{"attribute":"fit","text":"y"}]`), "product.attributes[1].attribute"},
		{"a number in words", "catalog/PutProduct", product(`"attributes":[{"attribute":"fit","number":"1e3"}]`), "product.attributes[0].number"},
		{"an alias that is its SKU", "catalog/PutProduct", `{"product":{"code":"p","title":"P","taxCategory":"standard","variants":[{"sku":"P","aliases":["P"]}]}}`, "product.variants[0].aliases[0]"},
		{"choices of a text", "catalog/PutAttribute", `{"attribute":{"code":"a","name":"A","type":"ATTRIBUTE_TYPE_TEXT","choices":[{"code":"x","name":"X"}]}}`, "attribute.choices"},
		{"a choice of nothing", "catalog/PutAttribute", `{"attribute":{"code":"a","name":"A","type":"ATTRIBUTE_TYPE_CHOICE"}}`, "attribute.choices"},
		{"a choice twice", "catalog/PutAttribute", `{"attribute":{"code":"a","name":"A","type":"ATTRIBUTE_TYPE_CHOICE","choices":[{"code":"x","name":"X"},{"code":"x","name":"Y"}]}}`, "attribute.choices[1].code"},
		{"a unit of a text", "catalog/PutAttribute", `{"attribute":{"code":"a","name":"A","type":"ATTRIBUTE_TYPE_TEXT","unit":"g"}}`, "attribute.unit"},
		{"no type", "catalog/PutAttribute", `{"attribute":{"code":"a","name":"A"}}`, "attribute.type"},
		{"a forged page token", "catalog/ListAttributes", `{"pageToken":"%%%"}`, "page_token"},
		{"a language that is none", "catalog/GetProduct", `{"code":"shirt","language":"es_ES"}`, "language"},
		{"a negative price", "catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"SHIRT-S","unitPrice":` + eur(-1) + `}]}`, "prices[0].unit_price.amount_minor"},
		{"an unknown tender", "orders/PlaceOrder", sale(`,"tenders":[{"kind":77,"amount":` + eur(1995) + `}]`), "tenders[0].kind"},
		{"a negative tender", "orders/PlaceOrder", sale(`,"tenders":[{"kind":"TENDER_KIND_CASH","amount":` + eur(-5) + `}]`), "tenders[0].amount.amount_minor"},
		{"a tender of nothing", "orders/PlaceOrder", sale(`,"tenders":[{"kind":"TENDER_KIND_CASH","amount":` + eur(0) + `}]`), "tenders[0].amount.amount_minor"},
		{"a negative discount", "orders/PlaceOrder", sale(`,"discounts":[{"code":"X","amount":` + eur(-5) + `}]` + paid("CASH", 1995)), "discounts[0].amount.amount_minor"},
		{"a discount of more than all", "orders/PlaceOrder", sale(`,"discounts":[{"code":"X","basisPoints":10001}]` + paid("CASH", 1995)), "discounts[0].basis_points"},
		{"a sale of tomorrow", "orders/PlaceOrder", sale(`,"occurredAt":"2099-01-01T00:00:00Z"` + paid("CASH", 1995)), "occurred_at"},
		{"a line of nothing", "orders/PlaceOrder", `{"channel":"till","location":"milan","lines":[{"quantity":"1","method":"FULFILMENT_METHOD_CARRY_OUT"}]}`, "lines[0].item"},
		{"a barcode with a wrong check digit", "orders/PlaceOrder", `{"channel":"till","location":"milan","lines":[{"gtin":"4006381333932","quantity":"1","method":"FULFILMENT_METHOD_CARRY_OUT"}]}`, "lines[0].gtin"},
		{"a number with a slip", "orders/LookupOrder", `{"number":"0000000001"}`, "number"},
		{"orders of nobody", "orders/ListOrders", `{}`, ""},
		{"a forged page token", "orders/ListOrders", `{"location":"milan","pageToken":"forged"}`, "page_token"},
		{"a forged page token", "stock/ListOversellCases", `{"location":"milan","pageToken":"forged"}`, "page_token"},
		{"a forged page token", "catalog/ListProducts", `{"pageToken":"%%%"}`, "page_token"},
		{"the same SKU asked twice", "stock/GetAvailability", `{"skus":["SHIRT-S","SHIRT-S"]}`, "skus"},
	} {
		t.Run(c.method+" refuses "+c.name, func(t *testing.T) {
			w.in(t).refused("staff", c.method, c.body, "INVALID_REQUEST", c.field)
		})
	}

	t.Run("refuses broken UTF-8 in protobuf with the field", func(t *testing.T) {
		raw, err := hex.DecodeString("0a24" + hex.EncodeToString([]byte(newUUID())) + "1203ff41ff") // request_id, location
		if err != nil {
			t.Fatal(err)
		}
		broken := &emptypb.Empty{}
		broken.ProtoReflect().SetUnknown(raw)
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+secret("staff"))
		err = w.conn.Invoke(ctx, "/aisle.stock.v1.StockService/HoldStock", broken, &emptypb.Empty{})
		if s := status.Convert(err); s.Code() != codes.InvalidArgument || !strings.Contains(fmt.Sprint(s.Details()), "location") {
			t.Errorf("%v %v", s, s.Details())
		}
	})

	for _, c := range []struct{ name, body string }{
		{"broken UTF-8", "{\"owner\":\"\xff\xfe\"}"}, {"what is not JSON", "{"}, {"an unknown field", `{"colour":"red"}`},
		{"a text for a number", `{"lines":[{"quantity":"many"}]}`}, {"an unknown name of a kind", `{"location":{"kind":"CASTLE"}}`},
		{"two values", `{} {}`}, {"nothing", ``},
	} {
		t.Run("refuses "+c.name+" over REST", func(t *testing.T) {
			w := w.in(t)
			before := w.fingerprint()
			path, method, verb := "/v1/locations/milan/holds", "stock/HoldStock", http.MethodPost
			if strings.Contains(c.body, "CASTLE") {
				path, method, verb = "/v1/locations/x", "locations/PutLocation", http.MethodPut
			}
			a := w.http("staff", method, verb, path, []byte(c.body))
			if a.code != "400" || a.reason != "INVALID_REQUEST" || a.message == "" {
				t.Errorf("%+v", a)
			}
			if after := w.fingerprint(); after != before {
				t.Error("it left a trace")
			}
		})
	}
	w.audit()
}

func TestRights(t *testing.T) {
	w := open(t)
	theirs := w.must("staff", "orders/PlaceOrder", sale(`,"customer":"`+bob+`"`+paid("CASH", 1995)))
	mine := w.must("staff", "orders/PlaceOrder", sale(`,"customer":"`+ada+`"`+paid("CASH", 1995)))
	for _, c := range []struct{ name, key, method, body, reason string }{
		{"nobody reads without a key", "nobody", "stock/GetAvailability", `{"skus":["SHIRT-S"]}`, "UNAUTHENTICATED"},
		{"a site may not receive goods", "site", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, "PERMISSION_DENIED"},
		{"a till may not sell elsewhere", "till", "orders/PlaceOrder", strings.ReplaceAll(sale(paid("CASH", 1995)), "milan", "rome"), "PERMISSION_DENIED"},
		{"a till may not sell through another channel", "till", "orders/PlaceOrder", strings.ReplaceAll(sale(paid("CASH", 1995)), `"till"`, `"web"`), "PERMISSION_DENIED"},
		{"a site may not look past its channel", "site", "stock/GetAvailability", `{"skus":["SHIRT-S"]}`, "PERMISSION_DENIED"},
		{"a shopper may not list another's purchases", "ada", "orders/ListOrders", `{"customer":"` + bob + `"}`, "PERMISSION_DENIED"},
		{"a shopper may not list a shop's sales", "ada", "orders/ListOrders", `{"location":"milan"}`, "PERMISSION_DENIED"},
		{"a shopper does not learn of another's order", "ada", "orders/GetOrder", fmt.Sprintf(`{"order":%q}`, theirs.at("id")), "UNKNOWN_ORDER"},
		{"nor by its number", "ada", "orders/LookupOrder", fmt.Sprintf(`{"number":%q}`, theirs.at("number")), "UNKNOWN_ORDER"},
		{"a shopper rings no sale", "ada", "orders/PlaceOrder", sale(paid("CASH", 1995)), "PERMISSION_DENIED"},
		{"a till does not change the catalogue", "till", "catalog/PutTaxCategory", `{"taxCategory":{"code":"x","name":"X"}}`, "PERMISSION_DENIED"},
		{"nor the reasons of all shops", "till", "stock/PutStockReason", `{"reason":{"code":"theft","name":"X","acts":["STOCK_ACT_FOUND"]}}`, "PERMISSION_DENIED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.in(t).refused(c.key, c.method, c.body, c.reason, "")
		})
	}
	w.must("ada", "orders/GetOrder", fmt.Sprintf(`{"order":%q}`, mine.at("id")))
}
