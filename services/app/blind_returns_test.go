package app_test

import (
	"strings"
	"testing"
)

// unpriced takes the price out of a return without a receipt.
func unpriced(body string) string {
	from := strings.Index(body, `,
		"tillPrice"`)
	until := from + strings.Index(body[from:], `"kind"}`) + len(`"kind"}`)
	return body[:from] + body[until:]
}

// TestBlindReturnTerms puts terms of returns without a receipt, and takes goods back by them, by the barcode that was scanned and beyond them.
func TestBlindReturnTerms(t *testing.T) {
	w := openShop(t)
	const take = "returns/AcceptBlindReturn"
	w.want(w.bothDoors("till", "returns/GetBlindReturnTerms", `{"currencyCode":"EUR"}`), map[string]any{"currencyCode": ""})
	w.must("staff", take, blind("milan", "till", "HAT", eur(999_00), "CASH", ""))
	put := w.rest("staff", "returns/PutBlindReturnTerms", `{"requestId":"`+newUUID()+`","terms":{"currencyCode":"EUR","priceDays":30}}`)
	w.want(put, map[string]any{"currencyCode": "EUR", "priceDays": 30.0})
	w.want(w.bothDoors("till", "returns/GetBlindReturnTerms", `{"currencyCode":"EUR"}`), map[string]any{"priceDays": 30.0})

	credit := `,"customer":"` + ada + `"`
	took := w.must("staff", take, unpriced(blind("milan", "till", "HAT", eur(1), "STORE_CREDIT", credit)))
	w.want(took, map[string]any{"refundTotal.amountMinor": "1000"}) // as it costs
	sell := func(location, unit, more string) {
		w.must("staff", "orders/PlaceOrder", basket("till", location, line("HAT", 3, `,"tillPrice":{"line":`+unit+`,"reason":"offer"}`), more))
	}
	sell("rome", eur(2000), paid("CARD", 2000))
	sell("milan", eur(3), paid("CARD", 3)+`,"occurredAt":"2025-01-05T10:00:00Z"`) // too long ago
	sell("milan", eur(0), "")                                                     // given away
	high := w.refused("staff", take, blind("milan", "till", "HAT", eur(667), "STORE_CREDIT", credit), "PRICE_TOO_HIGH", "lines[0].item.till_price")
	if high.details["most_minor"] != "666" {
		t.Errorf("at most %v is given", high.details)
	}
	w.want(w.must("staff", take, unpriced(blind("rome", "till", "HAT", eur(1), "STORE_CREDIT", credit))), map[string]any{"refundTotal.amountMinor": "666"})
	scanned := strings.Replace(unpriced(blind("milan", "till", "SCANNED", eur(1), "STORE_CREDIT", credit)), `"sku":"SCANNED"`, `"gtin":"4006381333931"`, 1)
	w.want(w.must("staff", take, scanned), map[string]any{"refundTotal.amountMinor": "1995", "lines.0.sku": "SHIRT-S"})

	w.refused("staff", take, blind("milan", "till", "HAT", eur(1), "CASH", credit), "BLIND_LIMIT", "refund_kind")
	beyond := blind("milan", "till", "HAT", eur(5000), "CASH", `,"beyondTerms":true`)
	w.refused("clerk", take, beyond, "PERMISSION_DENIED", "")
	w.want(w.must("staff", take, beyond), map[string]any{"refundTotal.amountMinor": "5000"})
	w.audit()
}
