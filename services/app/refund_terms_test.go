package app_test

import "testing"

// TestRefundTerms puts terms of refunds, sells by them, and gives back by what the sale kept of them, as it was quoted.
func TestRefundTerms(t *testing.T) {
	w := openShop(t)
	w.want(w.bothDoors("till", "returns/GetRefundTerms", `{"currencyCode":"EUR"}`), map[string]any{"currencyCode": ""})
	put := func(terms string) {
		w.rest("staff", "returns/PutRefundTerms", `{"requestId":"`+newUUID()+`","terms":{"currencyCode":"EUR",`+terms+`}}`)
	}
	put(`"order":"REFUND_ORDER_PROPORTIONAL","cashMaxMinor":"500","offlineMaxMinor":"100"`)
	w.want(w.bothDoors("till", "returns/GetRefundTerms", `{"currencyCode":"EUR"}`), map[string]any{
		"order": "REFUND_ORDER_PROPORTIONAL", "cashMaxMinor": "500", "offlineMaxMinor": "100",
	})
	tenders := `,"tenders":[{"kind":"TENDER_KIND_CARD","amount":` + eur(1500) + `},{"kind":"TENDER_KIND_CASH","amount":` + eur(500) + `}]`
	mixed := w.must("staff", "orders/PlaceOrder", basket("till", "milan", line("HAT", 2, ""), tenders))
	cash := w.must("staff", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CASH", 1000)))
	put(`"order":"REFUND_ORDER_LAST_FIRST"`)
	w.want(w.must("staff", "orders/GetOrder", `{"order":"`+mixed.at("id").(string)+`"}`), map[string]any{
		"refundRule.order": "REFUND_ORDER_PROPORTIONAL", "refundRule.cashMaxMinor": "500",
	})

	one := returned("rome", mixed.at("id"), back(1, 1, "RETURN_TO_STOCK"), "")
	parts := map[string]any{"refunds.0.kind": "TENDER_KIND_CASH", "refunds.0.amount.amountMinor": "250", "refunds.1.amount.amountMinor": "750"}
	w.want(w.must("staff", "returns/QuoteReturn", one), map[string]any{"refunds.0.amount.amountMinor": "250", "refunds.1.amount.amountMinor": "750"})
	w.want(w.must("staff", "returns/AcceptReturn", one), parts)

	all := returned("rome", cash.at("id"), back(1, 1, "RETURN_TO_STOCK"), "")
	refused := w.refused("staff", "returns/AcceptReturn", all, "CASH_LIMIT", "refund_to")
	if refused.details["most_minor"] != "500" {
		t.Errorf("at most %v goes back in cash", refused.details)
	}
	w.want(w.must("staff", "returns/AcceptReturnByRight", all), map[string]any{"overrides.0": "CASH_LIMIT", "refundTotal.amountMinor": "1000"})
	w.audit()
}
