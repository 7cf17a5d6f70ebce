package app_test

import (
	"fmt"
	"testing"
)

// policy is a return policy of so many days, with more of it.
func policy(code string, days int, more string) string {
	return fmt.Sprintf(`{"returnPolicy":{"code":%q,"name":"P","days":%d%s}}`, code, days, more)
}

// TestReturnPolicies sells by policies, which change and end, and takes back by the terms of the sale.
func TestReturnPolicies(t *testing.T) {
	w := openShop(t)
	w.rest("staff", "returns/PutReturnPolicy", with(policy("all", 20, `,"terms":{"untilAtLeast":"2036-01-15T00:00:00Z"}`), `,"requestId":"`+newUUID()+`"`))
	w.must("staff", "returns/PutReturnPolicy", policy("hats", 10, `,"skus":["HAT"],"terms":{"condition":"GOODS_CONDITION_UNUSED","feeBasisPoints":1000,
		"unitFee":`+eur(50)+`,"proof":"RETURN_PROOF_RECEIPT","override":"RETURN_RIGHT_MANAGER"}`))
	page := w.bothDoors("till", "returns/ListReturnPolicies", `{"pageSize":1}`)
	w.want(page, map[string]any{"returnPolicies.0.code": "all", "returnPolicies.0.terms.untilAtLeast": "2036-01-15T00:00:00Z", "returnPolicies.1": nil})
	page = w.bothDoors("till", "returns/ListReturnPolicies", fmt.Sprintf(`{"pageSize":1,"pageToken":%q}`, page.at("nextPageToken")))
	w.want(page, map[string]any{"returnPolicies.0.code": "hats", "returnPolicies.0.skus.0": "HAT", "returnPolicies.0.terms.unitFee.amountMinor": "50", "nextPageToken": ""})
	for _, key := range []string{"till", "site"} {
		w.refused(key, "returns/PutReturnPolicy", policy("all", 0, ""), "PERMISSION_DENIED", "")
	}
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 2, "")+","+line("SOCK", 1, ""), paid("CARD", 2500)))
	w.want(sold, map[string]any{
		"lines.0.returnPolicy": "hats", "lines.0.returnDays": 10.0, "lines.0.returnTerms.condition": "GOODS_CONDITION_UNUSED",
		"lines.0.returnTerms.feeBasisPoints": 1000.0, "lines.0.returnTerms.unitFee.amountMinor": "50", "lines.0.returnTerms.proof": "RETURN_PROOF_RECEIPT",
		"lines.0.returnTerms.override": "RETURN_RIGHT_MANAGER", "lines.1.returnPolicy": "all", "lines.1.returnDays": 0.0,
	})
	w.must("staff", "returns/PutReturnPolicy", policy("hats", 0, `,"skus":["HAT"],"retired":true`))
	w.must("staff", "returns/PutReturnPolicy", policy("all", 0, `,"retired":true`))
	w.want(w.must("till", "orders/GetOrder", fmt.Sprintf(`{"order":%q}`, sold.at("id"))), map[string]any{
		"lines.0.returnPolicy": "hats", "lines.0.returnTerms.feeBasisPoints": 1000.0,
	})
	quote := w.rest("rome", "returns/QuoteReturn", fmt.Sprintf(`{"location":"rome","order":%q}`, sold.at("id")))
	w.want(quote, map[string]any{
		"lines.0.eligible": false, "lines.0.reason": "RETURN_CONDITION", "lines.0.overrideScope": "returns.manage", "lines.0.condition": "GOODS_CONDITION_UNUSED",
		"lines.0.proof": "RETURN_PROOF_RECEIPT", "lines.0.fee.amountMinor": "300", "lines.0.returnPolicy": "hats",
		"lines.1.reason": "FINAL_SALE", "lines.1.overrideScope": "returns.override", "lines.1.fee": nil,
	})
	unused := `{"line":1,"quantity":"1","disposition":"DISPOSITION_RETURN_TO_STOCK","condition":"GOODS_CONDITION_UNUSED"}`
	of := func(lines, more string) string { return returned("rome", sold.at("id"), lines, more) }
	w.refused("rome", "returns/AcceptReturn", of(unused, ""), "PROOF_MISSING", "proof")
	w.refused("rome", "returns/AcceptReturn", of(unused, `,"proof":"RETURN_PROOF_RECEIPT","fee":`+eur(0)), "OVERRIDE_NOT_ALLOWED", "fee")
	w.refused("keeper", "returns/AcceptReturnByRight", of(unused, ""), "OVERRIDE_NOT_ALLOWED", "proof")
	first := w.must("rome", "returns/AcceptReturn", of(unused, `,"proof":"RETURN_PROOF_RECEIPT"`))
	w.want(first, map[string]any{"grossTotal.amountMinor": "1000", "refundTotal.amountMinor": "850", "refunds.0.movement": "PAYMENT_MOVEMENT_FEE"})
	all := back(1, 1, "WRITE_OFF") + "," + back(2, 1, "RETURN_TO_STOCK")
	w.want(w.must("staff", "returns/AcceptReturnByRight", of(all, `,"fee":`+eur(0))), map[string]any{"refundTotal.amountMinor": "1500", "refunds.0.movement": "PAYMENT_MOVEMENT_REFUND"})
	w.audit()
}
