package app_test

import (
	"fmt"
	"strings"
)

// soldBy is an order of one hat whose policy has terms.
func (p *past) soldBy(terms string) answer {
	p.must("staff", "returns/PutReturnPolicy", policy("once", 30, `,"skus":["HAT"],"terms":{`+terms+`}`))
	defer p.must("staff", "returns/PutReturnPolicy", policy("once", 30, `,"retired":true`))
	return p.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CARD", 1000)))
}

// refusedReturns are of all that take goods back.
func (p *past) refusedReturns() []refusal {
	hat, fee := back(1, 1, "RETURN_TO_STOCK"), `,"fee":`
	to := func(kind, amount string) string {
		return fmt.Sprintf(`,"refundTo":[{"kind":"TENDER_KIND_%s","amount":%s}]`, kind, amount)
	}
	sealed, proved := p.soldBy(`"condition":"GOODS_CONDITION_SEALED","override":"RETURN_RIGHT_NOBODY"`), p.soldBy(`"proof":"RETURN_PROOF_RECEIPT"`)
	kept := p.soldBy(`"feeBasisPoints":1000,"override":"RETURN_RIGHT_NOBODY"`)
	limit := func(minor string) {
		p.must("staff", "returns/PutRefundTerms", `{"terms":{"currencyCode":"EUR","cashMaxMinor":"`+minor+`"}}`)
	}
	limit("1")
	limited := p.must("staff", "orders/PlaceOrder", basket("till", "milan", line("HAT", 2, ""), paid("CASH", 2000)))
	limit("0")
	var all []refusal
	for _, method := range []string{"returns/QuoteReturn", "returns/AcceptReturn", "returns/AcceptReturnByRight", "returns/ExchangeGoods"} {
		more := ""
		if method == "returns/ExchangeGoods" {
			more = p.sale(basket("till", "rome", line("HAT", 1, ""), ""))
		}
		of := func(order answer, lines, other string) string {
			return returned("rome", order.at("id"), lines, other+more)
		}
		all = append(all,
			refusal{method, returned("rome", nobody, hat, more), "UNKNOWN_ORDER", "order"},
			refusal{method, of(p.paid, hat, fee+dollar), "CURRENCY_MISMATCH", "fee.currency_code"},
			refusal{method, of(p.paid, hat, fee+eur(1001)), "INVALID_REQUEST", "fee"},
			refusal{method, of(p.paid, back(2, 1, "WRITE_OFF"), ""), "INVALID_REQUEST", "lines[0].line"},
			refusal{method, of(p.paid, hat, to("CARD", eur(1001))), "REFUND_TOO_LARGE", "refund_to[0]"},
			refusal{method, of(kept, hat, fee+eur(1)), "OVERRIDE_NOT_ALLOWED", "fee"},
			refusal{method, of(p.paid, hat, to("STORE_CREDIT", eur(1000))), "CUSTOMER_MISSING", "refund_to[0]"},
		)
		unknown := returned("nowhere", p.paid.at("id"), hat, "")
		if more != "" {
			unknown = returned("nowhere", p.paid.at("id"), hat, p.sale(basket("till", "nowhere", line("HAT", 1, ""), "")))
		}
		all = append(all, refusal{method, unknown, "UNKNOWN_LOCATION", "location"})
		if method != "returns/AcceptReturnByRight" { // of two hats one at most pays for the one that leaves
			all = append(all, refusal{method, of(limited, back(1, 2, "RETURN_TO_STOCK"), ""), "CASH_LIMIT", "refund_to"})
		}
		if method == "returns/QuoteReturn" { // it says so of the line
			continue
		}
		all = append(all,
			refusal{method, of(p.paid, back(1, 2, "WRITE_OFF"), ""), "RETURN_TOO_LARGE", "lines[0].quantity"},
			refusal{method, of(p.paid, hat+","+hat, ""), "RETURN_TOO_LARGE", "lines[1].quantity"},
			refusal{method, of(p.unpaid, hat, ""), "RETURN_TOO_LARGE", "lines[0].quantity"},
			refusal{method, of(p.card, back(1, 1, "UNDECIDED"), ""), "BALANCE_SHORT", "lines[0]"},
		)
		if by, right := map[string]string{"returns/AcceptReturnByRight": "", "returns/ExchangeGoods": `,"override":true`}[method]; right {
			for code, reason := range map[string]string{"none": "UNKNOWN_REASON", "flood": "REASON_RETIRED", "repaired": "REASON_NOT_FOR"} {
				claim := fmt.Sprintf(`%s,"stockReason":%q`, by, code)
				all = append(all, refusal{method, of(p.paid, back(1, 1, "KEPT"), claim), reason, "stock_reason"})
			}
		}
		if method != "returns/AcceptReturnByRight" {
			all = append(all, refusal{method, of(p.old, hat, ""), "RETURN_WINDOW_CLOSED", "lines[0]"},
				refusal{method, of(p.socks, hat, ""), "FINAL_SALE", "lines[0]"},
				refusal{method, of(sealed, hat, ""), "RETURN_CONDITION", "lines[0].condition"},
				refusal{method, of(proved, hat, ""), "PROOF_MISSING", "proof"})
		} else {
			all = append(all, refusal{method, of(sealed, hat, ""), "OVERRIDE_NOT_ALLOWED", "lines[0].condition"})
		}
	}
	const take = "returns/AcceptBlindReturn"
	p.must("staff", "returns/PutBlindReturnTerms", `{"terms":{"currencyCode":"EUR","priceDays":30,"refundKinds":["TENDER_KIND_CASH","TENDER_KIND_STORE_CREDIT"]}}`)
	return append(all,
		refusal{take, blind("nowhere", "till", "HAT", eur(1), "CASH", ""), "UNKNOWN_LOCATION", "location"},
		refusal{take, blind("milan", "nowhere", "HAT", eur(1), "CASH", ""), "UNKNOWN_CHANNEL", "channel"},
		refusal{take, blind("milan", "till", "NONE", eur(1), "CASH", ""), "UNKNOWN_SKU", "lines[0].item.sku"},
		refusal{take, blind("moon", "till", "HAT", eur(1), "CASH", ""), "TAX_MISSING", "lines[0].item"},
		refusal{take, blind("milan", "till", "HAT", dollar, "CASH", ""), "CURRENCY_MISMATCH", "lines[0].item.till_price.unit.currency_code"},
		refusal{take, blind("zurich", "till", "HAT", eur(1), "CASH", `,"currencyCode":"EUR"`), "CURRENCY_MISMATCH", "currency_code"},
		refusal{take, strings.Replace(blind("milan", "till", "HAT", eur(1_000_000_000_000), "CASH", ""), `"1"`, `"1000000"`, 1), "AMOUNT_TOO_LARGE", "lines[0].item"},
		refusal{take, blind("milan", "till", "HAT", eur(1), "STORE_CREDIT", ""), "CUSTOMER_MISSING", "customer"},
		refusal{take, unpriced(blind("milan", "till", "SHIRT-M", eur(1), "CASH", "")), "PRICE_MISSING", "lines[0].item"},
		refusal{take, blind("milan", "till", "HAT", eur(1001), "CASH", ""), "PRICE_TOO_HIGH", "lines[0].item.till_price"},
		refusal{take, blind("milan", "till", "HAT", eur(1), "CARD", ""), "BLIND_LIMIT", "refund_kind"},
		refusal{"returns/GetReturn", `{"return":"` + nobody + `"}`, "UNKNOWN_RETURN", ""},
		refusal{"returns/ListOrderReturns", `{"order":"` + nobody + `"}`, "UNKNOWN_ORDER", ""},
	)
}

// sale is the part of an exchange that leaves.
func (p *past) sale(placed string) string {
	return `,"sale":` + with(placed, `,"requestId":"`+newUUID()+`"`)
}

// refusedExchanges are those of what leaves.
func (p *past) refusedExchanges() []refusal {
	at := func(location, placed string) string {
		return returned(location, p.paid.at("id"), back(1, 1, "UNDECIDED"), p.sale(placed))
	}
	till := func(lines, more string) string { return at("milan", basket("till", "milan", lines, more)) }
	hat := line("HAT", 1, "")
	p.must("staff", "locations/PutChannel", `{"channel":{"code":"old","name":"Old","kind":"CHANNEL_KIND_TILL","priceLists":["eur"],"holdTime":"60s","retired":true}}`)
	p.must("staff", "catalog/PutProduct", `{"product":{"code":"bag","title":"Bag","taxCategory":"standard","variants":[{"sku":"BAG"}]}}`)
	var all []refusal
	swapped := func(placed, swaps string) string {
		return returned("milan", p.paid.at("id"), back(1, 1, "UNDECIDED"), p.sale(basket("till", "milan", placed, ""))+`,"swaps":[`+swaps+`]`)
	}
	for _, c := range []struct{ body, field string }{
		{swapped(line("SOCK", 1, ""), `{"saleLine":1,"line":1}`), "swaps[0].sale_line"},
		{swapped(line("HAT", 2, ""), `{"saleLine":1,"line":1}`), "swaps[0].sale_line"},
		{swapped(hat, `{"saleLine":2,"line":1}`), "swaps[0].sale_line"},
		{swapped(hat, `{"saleLine":1,"line":1},{"saleLine":1,"line":1}`), "swaps[1].sale_line"},
		{swapped(hat, `{"saleLine":1,"line":9}`), "swaps[0].line"},
		{swapped(line("HAT", 1, `,"tillPrice":{"reason":"x","unit":`+eur(1)+`}`), `{"saleLine":1,"line":1}`), "sale.lines[0]"},
	} {
		all = append(all, refusal{"returns/ExchangeGoods", c.body, "INVALID_REQUEST", c.field})
	}
	for _, c := range []struct{ body, reason string }{
		{till(hat, `,"currencyCode":"USD"`), "CURRENCY_MISMATCH"},
		{at("milan", basket("nowhere", "milan", hat, "")), "UNKNOWN_CHANNEL"},
		{at("milan", basket("old", "milan", hat, "")), "CHANNEL_RETIRED"},
		{at("milan", basket("shop", "milan", hat, "")), "LOCATION_NOT_SERVED"},
		{till(hat+","+goods("HAT", 1, "PICKUP", "closed"), ""), "LOCATION_CLOSED"},
		{till(line("NONE", 1, ""), ""), "UNKNOWN_SKU"},
		{till(line("BAG", 1, ""), ""), "PRICE_MISSING"},
		{at("moon", basket("till", "moon", hat, "")), "TAX_MISSING"},
		{till(hat, `,"discounts":[{"code":"X","amount":`+eur(1001)+`}]`), "DISCOUNT_TOO_LARGE"},
		{till(line("HAT", 1000000, `,"tillPrice":{"reason":"x","unit":`+eur(1000000000000)+`}`), ""), "AMOUNT_TOO_LARGE"},
		{till(line("HAT", 2, ""), ""), "PAYMENT_SHORT"},
		{till(line("HAT", 2, ""), paid("CARD", 1001)), "CHANGE_NOT_GIVEN"},
		{at("milan", basket("web", "milan", line("HAT", 999, ""), paid("CARD", 998000))), "OUT_OF_STOCK"},
		{till(hat, fmt.Sprintf(`,"order":%q`, p.paid.at("id"))), "ORDER_EXISTS"},
		{till(line("HAT", 2, ""), tenders(tender("GIFT_CARD", 1000, "none"))), "UNKNOWN_GIFT_CARD"},
		{till(line("HAT", 2, ""), tenders(tender("GIFT_CARD", 1000, "GC-LOST"))), "GIFT_CARD_REPLACED"},
		{till(line("HAT", 2, ""), tenders(tender("GIFT_CARD", 1000, "GC-OLD"))), "GIFT_CARD_EXPIRED"},
		{till(cardOf("chain", "GC-NEW", 499), ""), "GIFT_CARD_LIMIT"},
		{till(cardOf("none", "GC-NEW", 1000), ""), "UNKNOWN_CARD_KIND"},
		{till(cardOf("gone", "GC-NEW", 1000), ""), "CARD_KIND_RETIRED"},
		{till(hat, `,"holds":[{"location":"milan","hold":"`+nobody+`"}]`), "UNKNOWN_HOLD"},
		{till(hat, `,"holds":[`+p.holds["EXPIRED"]+`]`), "HOLD_EXPIRED"},
		{till(hat, `,"holds":[`+p.holds["RELEASED"]+`]`), "HOLD_RELEASED"},
		{till(hat, `,"holds":[`+p.holds["COMMITTED"]+`]`), "HOLD_COMMITTED"},
		{till(hat, another), "QUOTE_CHANGED"},
		{till(hat, `,"coupons":["none"]`), "UNKNOWN_COUPON"},
		{till(hat, `,"coupons":["socks"]`), "COUPON_NOT_APPLICABLE"},
		{till(hat, `,"coupons":["once"]`), "COUPON_USED_UP"},
		{at("milan", basket("till", "rome", hat, "")), "INVALID_REQUEST"},
	} {
		all = append(all, refusal{"returns/ExchangeGoods", c.body, c.reason, ""})
	}
	return all
}

// refusedDocuments are of invoices and transfers.
func (p *past) refusedDocuments() []refusal {
	const issue, ship, receive = "invoices/IssueFullInvoice", "stock/ShipTransfer", "stock/ReceiveTransfer"
	full := func(invoice any) string { return fmt.Sprintf(`{"invoice":%q,"buyer":{"name":"Buyer"}}`, invoice) }
	of := `{"invoice":"` + nobody + `"}`
	move := func(from, to, sku, quantity string) string {
		return fmt.Sprintf(`{"fromLocation":%q,"toLocation":%q,"lines":[{"sku":%q,"quantity":%q}]}`, from, to, sku, quantity)
	}
	arrive := func(transfer any, more string) string {
		return fmt.Sprintf(`{"location":"rome","transfer":%q%s}`, transfer, more)
	}
	const request, decline, cancel = "stock/RequestTransfer", "stock/DeclineTransfer", "stock/CancelTransfer"
	asked := func(from, to, transfer any, more string) string {
		return fmt.Sprintf(`{"fromLocation":%q,"toLocation":%q,"transfer":%q%s}`, from, to, transfer, more)
	}
	end := func(transfer any, place string) string {
		return fmt.Sprintf(`{"location":%q,"answer":"no","transfer":%q}`, place, transfer)
	}
	return []refusal{
		{"invoices/GetInvoice", of, "UNKNOWN_INVOICE", ""},
		{"invoices/RenderInvoice", of, "UNKNOWN_INVOICE", ""},
		{"invoices/LookupInvoice", `{"number":"milan-1-T99-000001"}`, "UNKNOWN_INVOICE", ""},
		{"invoices/ListOrderInvoices", `{"order":"` + nobody + `"}`, "UNKNOWN_ORDER", ""},
		{"invoices/VerifyChain", `{"location":"milan","point":"2"}`, "UNKNOWN_INVOICE", ""},
		{"invoices/VerifyChain", `{"location":"nowhere","point":"1"}`, "UNKNOWN_INVOICE", ""},
		{"returns/FindPurchases", `{"receiptToken":"AQEB"}`, "RECEIPT_FORGED", "receipt_token"},
		{issue, full(nobody), "UNKNOWN_INVOICE", ""},
		{issue, full(p.ticket), "INVOICE_EXISTS", ""},
		{issue, full(p.full), "INVOICE_EXISTS", ""},
		{issue, full(p.blind), "INVOICE_EXISTS", ""},
		{issue, full(p.spoilt), "INVOICE_CORRECTED", ""},

		{ship, move("nowhere", "rome", "SOCK", "1"), "UNKNOWN_LOCATION", "from_location"},
		{ship, move("milan", "nowhere", "SOCK", "1"), "UNKNOWN_LOCATION", "to_location"},
		{ship, move("milan", "closed", "SOCK", "1"), "LOCATION_CLOSED", "to_location"},
		{ship, move("milan", "milan", "SOCK", "1"), "INVALID_REQUEST", "to_location"},
		{ship, move("milan", "rome", "NONE", "1"), "UNKNOWN_SKU", "lines[0].sku"},
		{ship, move("milan", "rome", "SOCK", "1000"), "OUT_OF_STOCK", ""},
		{ship, asked("milan", "rome", nobody, ""), "UNKNOWN_TRANSFER", ""},
		{ship, asked("rome", "milan", p.asked, ""), "INVALID_REQUEST", "from_location"},
		{ship, asked("milan", "turin", p.asked, ""), "INVALID_REQUEST", "to_location"},
		{ship, asked("milan", "rome", p.transfer, `,"lines":[{"sku":"SOCK","quantity":"1"}]`), "TRANSFER_NOT_REQUESTED", ""},
		{ship, asked("milan", "rome", p.asked, `,"lines":[{"sku":"SOCK","quantity":"4"}]`), "TRANSFER_BEYOND", "lines[0]"},
		{ship, asked("milan", "rome", p.asked, `,"lines":[{"sku":"HAT","quantity":"1"}]`), "TRANSFER_BEYOND", "lines[0]"},
		{ship, sending(p.brought, "milan", "rome", `,"lines":[{"sku":"HAT","quantity":"1"}]`), "TRANSFER_PROMISED", "lines"},
		{decline, end(p.brought.get("lines.0.transfer"), "milan"), "TRANSFER_PROMISED", ""},
		{cancel, end(p.brought.get("lines.0.transfer"), "rome"), "TRANSFER_PROMISED", ""},
		{request, move("nowhere", "rome", "SOCK", "1"), "UNKNOWN_LOCATION", "from_location"},
		{request, move("milan", "nowhere", "SOCK", "1"), "UNKNOWN_LOCATION", "to_location"},
		{request, move("milan", "closed", "SOCK", "1"), "LOCATION_CLOSED", "to_location"},
		{request, move("milan", "milan", "SOCK", "1"), "INVALID_REQUEST", "from_location"},
		{request, move("milan", "rome", "NONE", "1"), "UNKNOWN_SKU", "lines[0].sku"},
		{decline, end(nobody, "milan"), "UNKNOWN_TRANSFER", ""},
		{decline, end(p.asked, "rome"), "INVALID_REQUEST", "location"},
		{decline, end(p.transfer, "milan"), "TRANSFER_NOT_REQUESTED", ""},
		{cancel, end(nobody, "rome"), "UNKNOWN_TRANSFER", ""},
		{cancel, end(p.asked, "milan"), "INVALID_REQUEST", "location"},
		{cancel, end(p.arrived, "rome"), "TRANSFER_NOT_REQUESTED", ""},
		{receive, arrive(p.asked, ""), "TRANSFER_NOT_SHIPPED", ""},
		{receive, arrive(nobody, ""), "UNKNOWN_TRANSFER", ""},
		{receive, arrive(p.arrived, ""), "TRANSFER_RECEIVED", ""},
		{receive, arrive(p.transfer, `,"lines":[{"sku":"SOCK","quantity":"4"}]`), "TRANSFER_BEYOND", "lines[0]"},
		{receive, arrive(p.transfer, `,"lines":[{"sku":"HAT","quantity":"1"}]`), "TRANSFER_BEYOND", "lines[0]"},
		{receive, arrive(p.transfer, `,"damaged":[{"sku":"SOCK","quantity":"4"}]`), "TRANSFER_BEYOND", "damaged[0]"},
		{receive, arrive(p.transfer, `,"closeShort":true`), "TRANSFER_SHORT", "reason"},
		{receive, arrive(p.transfer, `,"closeShort":true,"reason":"whim"`), "UNKNOWN_REASON", "reason"},
		{receive, arrive(p.transfer, `,"closeShort":true,"reason":"flood"`), "REASON_RETIRED", "reason"},
		{receive, arrive(p.transfer, `,"closeShort":true,"reason":"repaired"`), "REASON_NOT_FOR", "reason"},
		{receive, fmt.Sprintf(`{"location":"milan","transfer":%q}`, p.transfer), "INVALID_REQUEST", "location"},
		{"stock/GetTransfer", `{"transfer":"` + nobody + `"}`, "UNKNOWN_TRANSFER", ""},
		{"stock/ListHolds", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"stock/ListTransfers", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"stock/HoldStock", `{"location":"closed","channel":"shop","owner":"a","lines":[{"sku":"HAT","quantity":"1"}]}`, "LOCATION_CLOSED", "location"},
		{"stock/ReleaseHold", p.holds["COMMITTED"], "HOLD_COMMITTED", ""},
	}
}

// refusedRequests are of all that takes goods back by post.
func (p *past) refusedRequests() []refusal {
	var all []refusal
	_, approved := p.approved(1, "")
	_, here := p.approved(2, onReceipt)
	p.must("staff", "returns/ReceiveReturnRequest", ofRequest(here.at("id"), came(1)))
	nameless := p.must("staff", "orders/PlaceOrder", basket("till", "milan", line("HAT", 2, ""), paid("CARD", 2000)))
	strict := p.soldBy(`"condition":"GOODS_CONDITION_SEALED","feeBasisPoints":1000,"override":"RETURN_RIGHT_NOBODY"`)
	open := func(order answer, how string) any {
		asked := p.must("staff", "returns/RequestReturn", sendBack(order.at("id"), "", 1))
		p.must("staff", "returns/ApproveReturnRequest", ofRequest(asked.at("id"), how))
		return asked.at("id")
	}
	waits, looked, unsealed := open(nameless, onReceipt), open(nameless, ""), open(strict, "")
	p.must("staff", "returns/ReceiveReturnRequest", ofRequest(looked, came(1)))
	p.must("staff", "returns/ReceiveReturnRequest", ofRequest(unsealed, came(1)))
	hat := `,"lines":[` + back(1, 1, "RETURN_TO_STOCK") + `]`
	credit := `,"refundTo":[{"kind":"TENDER_KIND_STORE_CREDIT","amount":` + eur(1000) + `}]`
	much := `,"refundTo":[{"kind":"TENDER_KIND_CARD","amount":` + eur(9000) + `}]`
	for _, c := range []struct{ method, more string }{
		{"ApproveReturnRequest", ""}, {"RejectReturnRequest", `,"answer":"worn"`}, {"CancelReturnRequest", ""}, {"ShipReturnRequest", ""},
		{"ReceiveReturnRequest", came(1)}, {"InspectReturnRequest", hat}, {"CloseReturnRequest", ""}, {"GetReturnRequest", ""},
	} {
		method := "returns/" + c.method
		all = append(all, refusal{method, ofRequest(nobody, c.more), "UNKNOWN_RETURN_REQUEST", "return_request"})
		switch c.method {
		case "GetReturnRequest":
		case "ReceiveReturnRequest":
			asked := p.must("staff", "returns/RequestReturn", sendBack(nameless.at("id"), "", 1))
			all = append(all, refusal{method, ofRequest(asked.at("id"), c.more), "RETURN_REQUEST_STATE", ""})
		case "InspectReturnRequest", "CloseReturnRequest":
			all = append(all, refusal{method, ofRequest(approved.at("id"), c.more), "RETURN_REQUEST_STATE", ""})
		default:
			all = append(all, refusal{method, ofRequest(here.at("id"), c.more), "RETURN_REQUEST_STATE", ""})
		}
	}
	p.must("staff", "stock/RecordStock", `{"location":"rome","act":"STOCK_ACT_INSPECT","reason":"cleared","lines":[{"sku":"HAT","quantity":"1"}]}`)
	const ask, receive, inspect = "returns/RequestReturn", "returns/ReceiveReturnRequest", "returns/InspectReturnRequest"
	return append(all,
		refusal{ask, sendBack(nobody, "", 1), "UNKNOWN_ORDER", "order"},
		refusal{ask, strings.Replace(sendBack(p.paid.at("id"), "", 1), "rome", "nowhere", 1), "UNKNOWN_LOCATION", "location"},
		refusal{ask, strings.Replace(sendBack(p.paid.at("id"), "", 1), "web", "nowhere", 1), "UNKNOWN_CHANNEL", "channel"},
		refusal{ask, sendBack(p.paid.at("id"), "", 2), "RETURN_TOO_LARGE", "lines[0].quantity"},
		refusal{ask, sendBack(p.old.at("id"), "", 1), "RETURN_WINDOW_CLOSED", "lines[0]"},
		refusal{ask, sendBack(p.socks.at("id"), "", 1), "FINAL_SALE", "lines[0]"},
		refusal{ask, sendBack(p.card.at("id"), "", 1), "INVALID_REQUEST", "lines[0].line"},
		refusal{receive, ofRequest(approved.at("id"), came(2)), "RETURN_TOO_LARGE", "lines[0].quantity"},
		refusal{receive, ofRequest(approved.at("id"), `,"lines":[{"line":2,"quantity":"1"}]`), "INVALID_REQUEST", "lines[0].line"},
		refusal{receive, ofRequest(waits, came(1)+`,"fee":`+dollar), "CURRENCY_MISMATCH", "fee.currency_code"},
		refusal{receive, ofRequest(open(strict, onReceipt), came(1)+`,"fee":`+eur(1)), "OVERRIDE_NOT_ALLOWED", "fee"},
		refusal{receive, ofRequest(waits, came(1)+much), "REFUND_TOO_LARGE", "refund_to[0]"},
		refusal{receive, ofRequest(waits, came(1)+credit), "CUSTOMER_MISSING", "refund_to[0]"},
		refusal{inspect, ofRequest(looked, `,"lines":[`+back(1, 2, "WRITE_OFF")+`]`), "RETURN_TOO_LARGE", "lines[0].quantity"},
		refusal{inspect, ofRequest(looked, hat+`,"fee":`+dollar), "CURRENCY_MISMATCH", "fee.currency_code"},
		refusal{inspect, ofRequest(looked, hat+much), "REFUND_TOO_LARGE", "refund_to[0]"},
		refusal{inspect, ofRequest(looked, hat+credit), "CUSTOMER_MISSING", "refund_to[0]"},
		refusal{inspect, ofRequest(unsealed, hat), "RETURN_CONDITION", "lines[0].condition"},
		refusal{inspect, ofRequest(unsealed, hat+`,"byRight":true`), "OVERRIDE_NOT_ALLOWED", "lines[0].condition"},
		refusal{inspect, ofRequest(here.at("id"), hat), "STATE_SHORT", "lines[0].quantity"},
		refusal{"returns/ListReturnRequests", `{}`, "INVALID_REQUEST", "location"},
	)
}
