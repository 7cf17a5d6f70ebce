package app_test

import "testing"

// leaving is the part of an exchange that leaves.
func leaving(placed, more string) string {
	return `,"sale":` + with(placed, `,"requestId":"`+newUUID()+`"`) + more
}

// TestSwap exchanges shirts size for size, after the price went up: at the shop that sold one, at another, and sent from elsewhere.
func TestSwap(t *testing.T) {
	w := openShop(t)
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("SHIRT-S", 3, ""), paid("CARD", 5985)))
	w.must("staff", "catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"SHIRT-S","unitPrice":`+eur(2495)+`},{"sku":"SHIRT-M","unitPrice":`+eur(2495)+`}]}`)
	swap, shirt := `,"swaps":[{"saleLine":1,"line":1}]`, back(1, 1, "RETURN_TO_STOCK")

	w.refused("rome", "returns/ExchangeGoods", returned("rome", sold.at("id"), shirt, leaving(basket("till", "rome", line("SHIRT-S", 1, ""), ""), "")),
		"PAYMENT_SHORT", "sale.tenders")
	collected := w.must("rome", "returns/ExchangeGoods",
		returned("rome", sold.at("id"), shirt, leaving(basket("till", "rome", goods("SHIRT-M", 1, "PICKUP", "milan"), ""), swap)))
	w.want(collected, map[string]any{
		"order.grossTotal.amountMinor": "1995", "order.owed.amountMinor": "0", "order.payments.0.kind": "TENDER_KIND_CARD",
		"order.lines.0.priceReason": "exchanged", "order.lines.0.location": "milan", "return.refundTotal.amountMinor": "1995",
		"return.location": "rome", "return.exchangeOrder": collected.at("order", "id"),
	})
	sent := w.rest("rome", "returns/ExchangeGoods",
		returned("rome", sold.at("id"), shirt, leaving(basket("till", "rome", line("HAT", 1, "")+","+goods("SHIRT-M", 1, "SHIP", "milan"), paid("CASH", 1000)),
			`,"swaps":[{"saleLine":2,"line":1}]`)))
	w.want(sent, map[string]any{"order.grossTotal.amountMinor": "2995", "order.owed.amountMinor": "0", "order.lines.1.grossAmount.amountMinor": "1995"})
	if w.level("milan", "SHIRT-M", "committed") != "2" || w.level("rome", "SHIRT-S", "available") != "12" {
		t.Error("the goods are not where they went")
	}
	w.want(w.must("till", "returns/ExchangeGoods", returned("milan", sold.at("id"), shirt, leaving(basket("till", "milan", line("SHIRT-S", 1, ""), ""), swap))),
		map[string]any{"order.owed.amountMinor": "0", "order.documents.0.kind": "SIMPLIFIED"})
	w.audit()
}

// TestExchangeByRight exchanges socks, which are not taken back, for whom a person decides.
func TestExchangeByRight(t *testing.T) {
	w := openShop(t)
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("SOCK", 1, ""), paid("CARD", 500)))
	socks := func(more string) string {
		return returned("milan", sold.at("id"), back(1, 1, "WRITE_OFF"), leaving(basket("till", "milan", line("SOCK", 1, ""), ""), more))
	}
	w.refused("till", "returns/ExchangeGoods", socks(""), "FINAL_SALE", "lines[0]")
	w.refused("till", "returns/ExchangeGoods", socks(`,"override":true`), "PERMISSION_DENIED", "")
	w.refused("staff", "returns/ExchangeGoods", socks(""), "FINAL_SALE", "lines[0]")
	w.want(w.must("staff", "returns/ExchangeGoods", socks(`,"override":true`)), map[string]any{"order.owed.amountMinor": "0"})
	w.audit()
}

// TestClaim settles what broke on its way: with money, and with another one, of which nothing comes back.
func TestClaim(t *testing.T) {
	w := openShop(t)
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 3, ""), paid("CARD", 3000)))
	kept := func(more string) string { return returned("rome", sold.at("id"), back(1, 1, "KEPT"), more) }
	broken := `,"stockReason":"broken"`
	w.refused("rome", "returns/AcceptReturn", kept(""), "INVALID_REQUEST", "lines[0].disposition")
	w.refused("rome", "returns/AcceptReturnByRight", kept(broken), "PERMISSION_DENIED", "")
	w.refused("staff", "returns/AcceptReturnByRight", kept(""), "INVALID_REQUEST", "stock_reason")
	w.want(w.rest("staff", "returns/QuoteReturn", kept(`,"byRight":true`)), map[string]any{"lines.0.eligible": true, "refundTotal.amountMinor": "1000"})
	w.want(w.rest("staff", "returns/AcceptReturnByRight", kept(broken)), map[string]any{
		"refundTotal.amountMinor": "1000", "lines.0.disposition": "DISPOSITION_KEPT", "refunds.0.kind": "TENDER_KIND_CARD", "location": "rome",
	})
	another := leaving(basket("till", "rome", goods("HAT", 1, "SHIP", "milan"), ""), `,"swaps":[{"saleLine":1,"line":1}],"override":true`+broken)
	w.want(w.must("staff", "returns/ExchangeGoods", kept(another)), map[string]any{
		"order.owed.amountMinor": "0", "order.grossTotal.amountMinor": "1000", "return.lines.0.disposition": "DISPOSITION_KEPT",
	})
	w.must("rome", "returns/AcceptReturn", returned("rome", sold.at("id"), back(1, 1, "UNDECIDED"), ""))
	w.refused("staff", "returns/AcceptReturnByRight", kept(broken), "RETURN_TOO_LARGE", "lines[0].quantity")
	if w.level("rome", "HAT", "available") != "100" || w.level("rome", "HAT", "damaged") != "0" || w.book("rome", "shrinkage") != 2 {
		t.Errorf("%d hats are missing, and two are kept", w.book("rome", "shrinkage"))
	}
	w.audit()
}
