package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// nobody is an id that nothing has.
const nobody = "0198c0de-0000-7000-8000-0000000000ff"

// past is a shop in which everything has happened that can be refused a second time.
type past struct {
	*world
	// Orders: of one hat each, by what became of them.
	unpaid, lapsed, paid, cancelled, delivered, socks, old, ofAda, card, lent, voided answer
	// What names the work of an order, as requests do.
	fresh, ready, unpaidReady, collected, noShow, ended, shipment, packed, unpaidPacked, shipped, locked string
	// Codes of ready and unpaidReady.
	readyCode, unpaidCode string
	// hold is none that may be used, by its state.
	holds map[string]string
	// ticket was turned into full; spoilt has something that came back; blind has no order.
	ticket, full, spoilt, blind any
	// link is that of unpaid, and paidLink of an order that is paid.
	link, paidLink string
	// transfer is on its way, arrived has arrived, and asked was asked for.
	transfer, arrived, asked any
	// brought is an order whose goods another place was asked for, and onItsWay one whose goods it sent.
	brought, onItsWay answer
}

// ticketOf is the first invoice of an order.
func (w *world) ticketOf(order answer) any {
	w.t.Helper()
	return order.at("documents", 0, "invoice")
}

func refuseTrade(t *testing.T) {
	p := &past{world: openShop(t), holds: map[string]string{}}
	p.lapse()
	p.happen()
	p.refuseAll(p.refusedOrders())
	p.refuseAll(p.refusedCarts())
	p.refuseAll(p.refusedPayments())
	p.refuseAll(p.refusedFulfilments())
	p.refuseAll(p.refusedReturns())
	p.refuseAll(p.refusedRequests())
	p.refuseAll(p.refusedExchanges())
	p.refuseAll(p.refusedDocuments())
	p.refuseAll(p.refusedDeliveries())
	p.refuseAll(p.refusedCounts())
	t.Run("fulfilments/CollectPickup refuses a wrong code, which is remembered", p.refuseWrongCodes)
	t.Run("payments refuses what a provider declines, and all without a provider", p.refusePayments)
	p.audit()
}

// lapse begins what ends when its time has passed, and lets it pass.
func (p *past) lapse() {
	p.lapsed = p.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), `,"paymentTime":"60s"`))
	_, p.noShow = p.world.ready("PICKUP", paid("CARD", 1000))
	p.holds["EXPIRED"] = p.hold()
	p.must("staff", "payments/PutCardKind", kind("month", `,"validMonths":1`))
	p.must("staff", "payments/PutCardKind", kind("chain", chainLimits))
	p.must("staff", "orders/PlaceOrder", basket("till", "milan", cardOf("month", "GC-OLD", 1000), paid("CARD", 1000)))
	p.later("32 days")
	eventually(p.t, "what is over is swept", func() bool {
		return p.level("milan", "HAT", "committed") == "0" && p.level("milan", "HAT", "held") == "0"
	})
}

func (p *past) hold() string {
	return fmt.Sprintf(`{"location":"milan","hold":%q}`,
		p.must("staff", "stock/HoldStock", `{"location":"milan","channel":"shop","owner":"a","lines":[{"sku":"HAT","quantity":"1"}]}`).at("id"))
}

func (p *past) happen() {
	place := func(method, more string) answer {
		return p.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, method, "milan"), more))
	}
	ready := func(method, more string) string {
		_, work := p.world.ready(method, more)
		return work
	}
	card := paid("CARD", 1000)
	p.unpaid = place("PICKUP", "")
	p.must("staff", "orders/PutShipTo", fmt.Sprintf(`{"order":%q,"shipTo":{"name":"Ada"}}`, p.unpaid.at("id")))
	p.fresh = p.work(p.unpaid, "PICKUP", "")
	p.ready, p.unpaidReady, p.locked = ready("PICKUP", card), ready("PICKUP", ""), ready("PICKUP", card)
	p.readyCode, _ = p.code(p.ready)
	p.unpaidCode, _ = p.code(p.unpaidReady)
	p.collected = ready("PICKUP", card)
	code, _ := p.code(p.collected)
	p.must("staff", "fulfilments/CollectPickup", with(p.collected, shown(code)))
	p.cancelled = place("SHIP", card)
	p.ended = p.work(p.cancelled, "SHIP", "")
	p.do("staff", "orders/CancelLines", `{"order":%q}`, p.cancelled.at("id"))
	p.shipment = p.work(place("SHIP", card), "SHIP", "")
	p.packed, p.unpaidPacked = ready("SHIP", card), ready("SHIP", "")
	p.delivered, p.shipped = p.world.ready("SHIP", card)
	p.must("staff", "fulfilments/ShipFulfilment", with(p.shipped, `,"carrier":"SEUR"`))
	p.must("staff", "fulfilments/DeliverShipment", p.shipped)
	p.delivered = p.do("staff", "orders/GetOrder", `{"order":%q}`, p.delivered.at("id"))

	till := func(line, more string) answer {
		return p.must("staff", "orders/PlaceOrder", basket("till", "milan", line, more))
	}
	p.paid = till(line("HAT", 1, ""), card)
	p.ofAda = till(line("HAT", 1, ""), card+`,"customer":"`+ada+`"`)
	p.socks = till(line("SOCK", 1, ""), paid("CARD", 500))
	p.old = till(line("HAT", 1, ""), card+`,"occurredAt":"2025-01-05T10:00:00Z"`)
	till(giftCard("GC-LOST", 100), paid("CARD", 100))
	p.must("staff", "payments/ReplaceGiftCard", `{"location":"milan","number":"GC-LOST","newNumber":"GC-FOUND","note":"lost"}`)
	p.card = till(giftCard("GC-1", 5000), paid("CARD", 5000))
	till(line("HAT", 1, ""), tenders(tender("GIFT_CARD", 1000, "GC-1")))
	linked := p.waiting(1)
	p.link, p.paidLink = p.linked(p.unpaid.at("id")), p.linked(linked.at("id"))
	p.must("nobody", "payments/PayByLink", byLink(p.paidLink, 1000))
	p.lent, p.voided = p.authorised(1, "tok_ok"), p.authorised(1, "tok_ok")
	p.must("staff", "payments/VoidPayment", ofIntent(p.voided, ""))
	p.holds["COMMITTED"], p.holds["RELEASED"] = p.hold(), p.hold()
	p.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "SHIP", "milan"), card+`,"holds":[`+p.holds["COMMITTED"]+`]`))
	p.must("staff", "stock/ReleaseHold", p.holds["RELEASED"])

	turned := till(line("HAT", 1, ""), card)
	p.ticket = p.ticketOf(turned)
	p.full = p.do("staff", "invoices/IssueFullInvoice", `{"invoice":%q,"buyer":{"name":"Buyer"}}`, p.ticket).at("id")
	spoilt := till(line("HAT", 2, ""), paid("CARD", 2000))
	p.spoilt = p.ticketOf(spoilt)
	p.must("staff", "returns/AcceptReturn", returned("milan", spoilt.at("id"), back(1, 1, "REPAIR"), ""))
	p.blind = p.must("staff", "returns/AcceptBlindReturn", blind("milan", "till", "HAT", eur(1000), "CASH", "")).at("invoices", 0)
	ship := `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"SOCK","quantity":"3"}]}`
	p.transfer, p.arrived = p.must("staff", "stock/ShipTransfer", ship).at("id"), p.must("staff", "stock/ShipTransfer", ship).at("id")
	p.do("staff", "stock/ReceiveTransfer", `{"location":"rome","transfer":%q}`, p.arrived)
	p.asked = p.must("staff", "stock/RequestTransfer", ship).at("id")
	p.must("staff", "locations/PutChannel", club(""))
	bring := basket("club", "online", brought("HAT", 2, "milan", "rome"), "")
	p.brought, p.onItsWay = p.must("staff", "orders/PlaceOrder", bring), p.must("staff", "orders/PlaceOrder", bring)
	p.must("staff", "stock/ShipTransfer", sending(p.onItsWay, "milan", "rome", ""))
	p.must("staff", "stock/PutStockReason", `{"reason":{"code":"flood","name":"Flood","acts":["STOCK_ACT_TRANSFER"],"retired":true}}`)
	p.must("staff", "payments/PutCardKind", kind("gone", `,"retired":true`))
	p.must("staff", "promotions/PutPromotion", promotion(`,"skus":["SOCK"],"coupons":["socks"]`))
	p.must("staff", "promotions/PutPromotion", `{"promotion":{"code":"once","name":"Once","scope":"PROMOTION_SCOPE_LINE","basisPoints":10,"coupons":["once"],"usesMax":"1"}}`)
	till(line("HAT", 1, ""), paid("CARD", 999)+`,"coupons":["once"]`)
}

// blind is a return without a receipt.
func blind(location, channel, sku, unit, kind, more string) string {
	return fmt.Sprintf(`{"location":%q,"channel":%q,"refundKind":"TENDER_KIND_%s","lines":[{"item":{"sku":%q,"quantity":"1","method":"FULFILMENT_METHOD_CARRY_OUT",
		"tillPrice":{"unit":%s,"reason":"kind"}},"disposition":"DISPOSITION_UNDECIDED"}]%s}`, location, channel, kind, sku, unit, more)
}

// another is what was quoted of one line of another price than any has.
const another = `,"quoted":{"currencyCode":"EUR","lines":[{"listMinor":"1"}]}`

const dollar = `{"currencyCode":"USD","amountMinor":"1"}`

// refusedCarts begins with a cart that was converted at its second version and is empty.
func (p *past) refusedCarts() []refusal {
	const place, quote, put, merge = "orders/PlaceOrder", "orders/QuoteOrder", "carts/PutCart", "carts/MergeCarts"
	hat := goods("HAT", 1, "PICKUP", "milan")
	many := goods("HAT", 600_000, "PICKUP", "milan")
	owned := func(customer, lines, more string) string { return filled(`"customer":"`+customer+`"`, lines, more) }
	p.must("staff", put, owned(ada, "", ""))
	p.must("staff", put, owned(ada, hat, ""))
	p.must("staff", place, online("", `,"customer":"`+ada+`","cart":{"version":"2"}`+paid("CARD", 1000)))
	p.must("staff", put, owned(bob, many, ""))
	p.must("staff", put, filled(`"device":"`+phone+`"`, many, ""))
	merging := func(customer, device, channel string) string {
		return fmt.Sprintf(`{"customer":%q,"device":%q,"channel":%q}`, customer, device, channel)
	}
	var all []refusal
	for _, method := range []string{place, quote} {
		for version, reason := range map[string]string{"1": "CART_CHANGED", "2": "CART_CONVERTED", "3": "CART_EMPTY"} {
			all = append(all, refusal{method, online("", `,"customer":"`+ada+`","cart":{"version":"`+version+`"}`), reason, ""})
		}
	}
	return append(all, []refusal{
		{put, owned(ada, hat, `,"version":"2"`), "CART_CHANGED", "version"},
		{put, owned(ada, goods("NONE", 1, "PICKUP", "milan"), ""), "UNKNOWN_SKU", "lines[0].sku"},
		{put, owned(ada, goods("HAT", 1, "PICKUP", "nowhere"), ""), "UNKNOWN_LOCATION", "lines[0].location"},
		{put, owned(ada, many+","+many, ""), "QUANTITY_TOO_LARGE", "lines"},
		{merge, merging(ada, "no-such-device-here", "shop"), "CART_EMPTY", "device"},
		{merge, merging(bob, phone, "shop"), "QUANTITY_TOO_LARGE", "device"},
	}...)
}

func (p *past) refusedOrders() []refusal {
	const place, quote, cancel, goodwill, off = "orders/PlaceOrder", "orders/QuoteOrder", "orders/CancelLines", "orders/GrantGoodwill", "orders/WriteOffDebt"
	hat := goods("HAT", 1, "PICKUP", "milan")
	taking := func(state string) string { return online(hat, `,"holds":[`+p.holds[state]+`]`) }
	of := func(order any, more string) string { return fmt.Sprintf(`{"order":%q%s}`, order, more) }
	to := func(kind, amount string) string {
		return fmt.Sprintf(`,"refundTo":[{"kind":"TENDER_KIND_%s","amount":%s}]`, kind, amount)
	}
	give := func(amount, more string) string { return `,"reason":"late","amount":` + amount + more }
	shipment := p.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "SHIP", "milan"), paid("CARD", 1000))).at("id")
	return []refusal{
		{place, online(goods("HAT", 1, "PICKUP", "closed"), ""), "LOCATION_CLOSED", "lines[0].location"},
		{place, online(goods("HAT", 1, "PICKUP", "nowhere"), ""), "UNKNOWN_LOCATION", "lines[0].location"},
		{place, basket("shop", "milan", hat, ""), "LOCATION_NOT_SERVED", "location"},
		{place, online(brought("HAT", 1, "milan", "rome"), ""), "LOCATION_NOT_SERVED", "lines[0].from_location"},
		{place, online(brought("HAT", 1, "nowhere", "rome"), ""), "UNKNOWN_LOCATION", "lines[0].from_location"},
		{place, basket("club", "online", brought("HAT", 1, "closed", "rome"), ""), "LOCATION_CLOSED", "lines[0].from_location"},
		{place, basket("club", "online", brought("HAT", 1, "rome", "rome"), ""), "INVALID_REQUEST", "lines[0].from_location"},
		{place, online(goods("HAT", 1000, "SHIP", "milan"), ""), "OUT_OF_STOCK", ""},
		{place, online(hat, `,"holds":[{"location":"milan","hold":"`+nobody+`"}]`), "UNKNOWN_HOLD", "holds[0]"},
		{place, taking("EXPIRED"), "HOLD_EXPIRED", ""},
		{place, taking("RELEASED"), "HOLD_RELEASED", ""},
		{place, taking("COMMITTED"), "HOLD_COMMITTED", ""},
		{place, online(hat, tenders(tender("GIFT_CARD", 100, "none"))), "UNKNOWN_GIFT_CARD", "tenders[0].reference"},
		{place, online(hat, tenders(tender("GIFT_CARD", 100, "GC-LOST"))), "GIFT_CARD_REPLACED", "tenders[0].reference"},
		{place, basket("till", "milan", giftCard("GC-LOST", 100), paid("CARD", 100)), "GIFT_CARD_REPLACED", "lines[0]"},
		{place, online(hat, tenders(tender("GIFT_CARD", 100, "GC-OLD"))), "GIFT_CARD_EXPIRED", "tenders[0]"},
		{place, basket("till", "milan", cardOf("chain", "GC-NEW", 499), paid("CARD", 499)), "GIFT_CARD_LIMIT", "lines[0]"},
		{place, basket("till", "milan", cardOf("none", "GC-NEW", 499), paid("CARD", 499)), "UNKNOWN_CARD_KIND", "lines[0].gift_card.kind"},
		{place, basket("till", "milan", cardOf("gone", "GC-NEW", 499), paid("CARD", 499)), "CARD_KIND_RETIRED", "lines[0].gift_card.kind"},
		{place, basket("till", "milan", cardOf("chain", "GC-1", 500), paid("CARD", 500)), "INVALID_REQUEST", "lines[0].gift_card.kind"},
		{quote, basket("till", "milan", giftCard("GC-LOST", 100), ""), "GIFT_CARD_REPLACED", "lines[0]"},
		{quote, basket("till", "milan", giftCard("GC-OLD", 100), ""), "GIFT_CARD_EXPIRED", "lines[0]"},
		{quote, basket("till", "milan", cardOf("chain", "GC-NEW", 10001), ""), "GIFT_CARD_LIMIT", "lines[0]"},
		{quote, basket("till", "milan", cardOf("none", "GC-NEW", 499), ""), "UNKNOWN_CARD_KIND", "lines[0].gift_card.kind"},
		{quote, basket("till", "milan", cardOf("gone", "GC-NEW", 499), ""), "CARD_KIND_RETIRED", "lines[0].gift_card.kind"},
		{"payments/PutCardKind", strings.Replace(kind("chain", ""), "EUR", "USD", 1), "IMMUTABLE", "card_kind.currency_code"},
		{place, online(hat, tenders(tender("GIFT_CARD", 600, "GC-1"), tender("GIFT_CARD", 400, "GC-1"))+`,"currencyCode":"USD"`), "CURRENCY_MISMATCH", "currency_code"},
		{place, online(goods("HAT", 9, "PICKUP", "milan"), tenders(tender("GIFT_CARD", 3999, "GC-1"), tender("GIFT_CARD", 2, "GC-1"))), "BALANCE_SHORT", "tenders[1]"},
		{place, online(hat, tenders(tender("STORE_CREDIT", 1, ""))), "BALANCE_SHORT", "tenders[0]"},

		{place, online(hat, another), "QUOTE_CHANGED", "quoted"},
		{place, online(hat, `,"coupons":["none"]`), "UNKNOWN_COUPON", "coupons[0]"},
		{place, online(hat, `,"coupons":["socks"]`), "COUPON_NOT_APPLICABLE", "coupons[0]"},
		{place, online(hat, `,"coupons":["once"]`), "COUPON_USED_UP", "coupons[0]"},
		{quote, online(goods("HAT", 1, "PICKUP", "closed"), ""), "LOCATION_CLOSED", "lines[0].location"},
		{quote, online(hat, `,"holds":[{"location":"milan","hold":"`+nobody+`"}]`), "UNKNOWN_HOLD", "holds[0]"},
		{quote, taking("EXPIRED"), "HOLD_EXPIRED", ""},
		{quote, taking("RELEASED"), "HOLD_RELEASED", ""},
		{quote, taking("COMMITTED"), "HOLD_COMMITTED", ""},

		{cancel, of(nobody, ""), "UNKNOWN_ORDER", ""},
		{cancel, of(p.unpaid.at("id"), `,"cashLocation":"nowhere"`), "UNKNOWN_LOCATION", "cash_location"},
		{cancel, of(p.delivered.at("id"), ""), "ALREADY_HANDED_OVER", ""},
		{cancel, of(p.cancelled.at("id"), `,"lines":[{"line":1,"quantity":"1"}]`), "ALREADY_HANDED_OVER", "lines[0].quantity"},
		{cancel, of(shipment, to("CARD", eur(1001))), "REFUND_TOO_LARGE", "refund_to[0]"},
		{cancel, of(shipment, to("CASH", eur(1))), "REFUND_TOO_LARGE", "refund_to[0]"},
		{cancel, of(shipment, to("STORE_CREDIT", eur(1000))), "CUSTOMER_MISSING", "refund_to[0]"},
		{cancel, of(shipment, to("CARD", dollar)), "CURRENCY_MISMATCH", "refund_to[0].amount.currency_code"},

		{goodwill, of(nobody, give(eur(1), "")), "UNKNOWN_ORDER", ""},
		{goodwill, of(p.paid.at("id"), give(eur(1), `,"cashLocation":"nowhere"`)), "UNKNOWN_LOCATION", "cash_location"},
		{goodwill, of(p.paid.at("id"), give(dollar, "")), "CURRENCY_MISMATCH", "amount.currency_code"},
		{goodwill, of(p.paid.at("id"), give(eur(1001), "")), "REFUND_TOO_LARGE", ""},
		{goodwill, of(p.paid.at("id"), give(eur(10), to("STORE_CREDIT", eur(10)))), "CUSTOMER_MISSING", "refund_to[0]"},

		{off, of(nobody, give(eur(1), "")), "UNKNOWN_ORDER", ""},
		{off, of(p.unpaid.at("id"), give(dollar, "")), "CURRENCY_MISMATCH", "amount.currency_code"},
		{off, of(p.unpaid.at("id"), give(eur(1001), "")), "NOTHING_OWED", "amount"},
		{off, of(p.paid.at("id"), give(eur(1), "")), "NOTHING_OWED", "amount"},
	}
}

func (p *past) refusedPayments() []refusal {
	const pay, cash, lose = "orders/PayOrder", "tills/RecordCash", "payments/ReplaceGiftCard"
	lost := func(location, number, by string) string {
		return fmt.Sprintf(`{"location":%q,"number":%q,"newNumber":%q,"note":"lost"}`, location, number, by)
	}
	of := func(order any, location, more string) string {
		return fmt.Sprintf(`{"order":%q,"location":%q%s}`, order, location, more)
	}
	unpaid := p.unpaid.at("id")
	return []refusal{
		{pay, of(nobody, "milan", paid("CASH", 1000)), "UNKNOWN_ORDER", ""},
		{pay, of(unpaid, "nowhere", paid("CASH", 1000)), "UNKNOWN_LOCATION", "location"},
		{pay, of(unpaid, "milan", `,"tenders":[{"kind":"TENDER_KIND_CASH","amount":`+dollar+`}]`), "CURRENCY_MISMATCH", "tenders[0].amount.currency_code"},
		{pay, of(unpaid, "milan", paid("CASH", 1000)+`,"cashRounding":`+dollar), "CURRENCY_MISMATCH", "cash_rounding.currency_code"},
		{pay, of(p.lapsed.at("id"), "milan", paid("CASH", 1000)), "ORDER_EXPIRED", ""},
		{"orders/GrantGoodwill", fmt.Sprintf(`{"order":%q,"reason":"late","amount":{"currencyCode":"EUR","amountMinor":"1"}}`, p.lapsed.at("id")), "ORDER_EXPIRED", ""},
		{"orders/PutShipTo", fmt.Sprintf(`{"order":%q,"shipTo":{"name":"Eve"}}`, p.unpaid.at("id")), "IMMUTABLE", "ship_to"},
		{"orders/PutShipTo", `{"order":"` + nobody + `","shipTo":{"name":"Ada"}}`, "UNKNOWN_ORDER", "order"},
		{"orders/PutShipTo", fmt.Sprintf(`{"order":%q,"shipTo":{"name":"Ada"}}`, p.cancelled.at("id")), "ALREADY_HANDED_OVER", ""},
		{"orders/WriteOffDebt", fmt.Sprintf(`{"order":%q,"reason":"lost","amount":{"currencyCode":"EUR","amountMinor":"1"}}`, p.lapsed.at("id")), "ORDER_EXPIRED", ""},
		{pay, of(p.paid.at("id"), "milan", paid("CASH", 1000)), "NOTHING_OWED", ""},
		{pay, of(p.cancelled.at("id"), "milan", paid("CASH", 1000)), "NOTHING_OWED", ""},
		{pay, of(unpaid, "milan", paid("CARD", 1001)), "CHANGE_NOT_GIVEN", "tenders"},
		{pay, of(unpaid, "milan", tenders(tender("GIFT_CARD", 1, "none"))), "UNKNOWN_GIFT_CARD", "tenders[0].reference"},
		{pay, of(unpaid, "milan", tenders(tender("GIFT_CARD", 4001, "GC-1"))), "BALANCE_SHORT", "tenders[0]"},
		{pay, of(unpaid, "milan", tenders(tender("GIFT_CARD", 1, "GC-LOST"))), "GIFT_CARD_REPLACED", "tenders[0].reference"},
		{pay, of(unpaid, "milan", tenders(tender("GIFT_CARD", 1, "GC-OLD"))), "GIFT_CARD_EXPIRED", "tenders[0]"},
		{lose, lost("nowhere", "GC-1", "GC-2"), "UNKNOWN_LOCATION", "location"},
		{lose, lost("milan", "none", "GC-2"), "UNKNOWN_GIFT_CARD", "number"},
		{lose, lost("milan", "GC-LOST", "GC-2"), "GIFT_CARD_REPLACED", "number"},
		{lose, lost("milan", "GC-1", "GC-FOUND"), "GIFT_CARD_TAKEN", "new_number"},
		{lose, lost("milan", "GC-1", "GC-LOST"), "GIFT_CARD_TAKEN", "new_number"},
		{"payments/AuthorisePayment", `{"order":"` + nobody + `","token":"tok_ok"}`, "UNKNOWN_ORDER", "order"},
		{"payments/AuthorisePayment", authorise(p.lapsed.at("id"), "tok_ok", ""), "ORDER_EXPIRED", ""},
		{"payments/AuthorisePayment", authorise(p.paid.at("id"), "tok_ok", ""), "NOTHING_OWED", ""},
		{"payments/AuthorisePayment", authorise(unpaid, "tok_ok", `,"amount":`+dollar), "CURRENCY_MISMATCH", "amount.currency_code"},
		{"payments/AuthorisePayment", authorise(unpaid, "tok_ok", `,"amount":`+eur(1001)), "PAYMENT_STATE", "amount"},
		{"payments/CapturePayment", `{"order":"` + nobody + `","intent":"` + nobody + `"}`, "UNKNOWN_ORDER", "order"},
		{"payments/CapturePayment", fmt.Sprintf(`{"order":%q,"intent":%q}`, unpaid, nobody), "UNKNOWN_PAYMENT", "intent"},
		{"payments/CapturePayment", ofIntent(p.voided, ""), "PAYMENT_STATE", "intent"},
		{"payments/CapturePayment", ofIntent(p.lent, `,"amount":`+dollar), "CURRENCY_MISMATCH", "amount.currency_code"},
		{"payments/VoidPayment", `{"order":"` + nobody + `","intent":"` + nobody + `"}`, "UNKNOWN_ORDER", "order"},
		{"payments/VoidPayment", fmt.Sprintf(`{"order":%q,"intent":%q}`, unpaid, nobody), "UNKNOWN_PAYMENT", "intent"},
		{"payments/VoidPayment", ofIntent(p.voided, ""), "PAYMENT_STATE", "intent"},
		{"payments/RefundPayment", `{"order":"` + nobody + `","intent":"` + nobody + `"}`, "UNKNOWN_ORDER", "order"},
		{"payments/RefundPayment", fmt.Sprintf(`{"order":%q,"intent":%q}`, unpaid, nobody), "UNKNOWN_PAYMENT", "intent"},
		{"payments/RefundPayment", ofIntent(p.voided, ""), "PAYMENT_STATE", "intent"},
		{"payments/LookupGiftCard", `{"number":"none"}`, "UNKNOWN_GIFT_CARD", "number"},
		{"payments/SendPaymentLink", `{"order":"` + nobody + `"}`, "UNKNOWN_ORDER", "order"},
		{"payments/SendPaymentLink", fmt.Sprintf(`{"order":%q}`, p.lapsed.at("id")), "ORDER_EXPIRED", ""},
		{"payments/SendPaymentLink", fmt.Sprintf(`{"order":%q}`, p.paid.at("id")), "NOTHING_OWED", ""},
		{"payments/SendPaymentLink", fmt.Sprintf(`{"order":%q,"contact":{"language":"es"}}`, unpaid), "INVALID_REQUEST", "contact"},
		{"payments/GetPaymentLink", `{"token":"forged"}`, "UNKNOWN_PAYMENT_LINK", "token"},
		{"payments/PayByLink", byLink("forged", 1000), "UNKNOWN_PAYMENT_LINK", "token"},
		{"payments/PayByLink", byLink(p.link, 1001), "PAYMENT_STATE", "amount"},
		{"payments/PayByLink", strings.Replace(byLink(p.link, 1000), "EUR", "USD", 1), "CURRENCY_MISMATCH", "amount.currency_code"},
		{"payments/PayByLink", byLink(p.paidLink, 1000), "NOTHING_OWED", ""},
		{cash, `{"location":"nowhere","act":"CASH_ACT_DROP","amount":` + eur(1) + `}`, "UNKNOWN_LOCATION", "location"},
		{cash, `{"location":"milan","act":"CASH_ACT_OVER","amount":` + dollar + `}`, "CURRENCY_MISMATCH", "amount.currency_code"},
	}
}

func (p *past) refusedFulfilments() []refusal {
	const collect, ship, code = "fulfilments/CollectPickup", "fulfilments/ShipFulfilment", "fulfilments/GetPickupCode"
	const reject = "fulfilments/RejectUnits"
	unknown := `{"location":"milan","fulfilment":"` + nobody + `"}`
	right, rightUnpaid, carrier := shown(p.readyCode), shown(p.unpaidCode), `,"carrier":"SEUR"`
	all := []refusal{
		{"fulfilments/ListFulfilments", `{"location":"nowhere"}`, "UNKNOWN_LOCATION", "location"},
		{"fulfilments/ListOrderFulfilments", `{"order":"` + nobody + `"}`, "UNKNOWN_ORDER", ""},
		{"fulfilments/GetFulfilment", unknown, "UNKNOWN_FULFILMENT", ""},
		{"fulfilments/GetFulfilment", strings.Replace(p.fresh, "milan", "rome", 1), "UNKNOWN_FULFILMENT", ""},
		{code, unknown, "UNKNOWN_FULFILMENT", ""},
		{code, p.shipment, "FULFILMENT_STATE", ""},
		{collect, with(p.ready, right+`,"lines":[{"line":1,"quantity":"2"}]`), "ALREADY_HANDED_OVER", "lines[0].quantity"},
		{collect, with(p.ready, right+`,"lines":[{"line":2,"quantity":"1"}]`), "INVALID_REQUEST", "lines[0].line"},
		{collect, with(p.unpaidReady, rightUnpaid), "PAYMENT_SHORT", "tenders"},
		{collect, with(p.unpaidReady, rightUnpaid+paid("CARD", 999)), "PAYMENT_SHORT", "tenders"},
		{collect, with(p.unpaidReady, rightUnpaid+paid("CARD", 1001)), "CHANGE_NOT_GIVEN", "tenders"},
		{collect, with(p.unpaidReady, rightUnpaid+`,"tenders":[{"kind":"TENDER_KIND_CASH","amount":`+dollar+`}]`), "CURRENCY_MISMATCH", ""},
		{collect, with(p.unpaidReady, rightUnpaid+tenders(tender("GIFT_CARD", 1, "none"))), "UNKNOWN_GIFT_CARD", "tenders[0].reference"},
		{collect, with(p.unpaidReady, rightUnpaid+tenders(tender("GIFT_CARD", 1, "GC-LOST"))), "GIFT_CARD_REPLACED", "tenders[0].reference"},
		{collect, with(p.unpaidReady, rightUnpaid+tenders(tender("GIFT_CARD", 1, "GC-OLD"))), "GIFT_CARD_EXPIRED", "tenders[0]"},
		{collect, with(p.unpaidReady, rightUnpaid+tenders(tender("GIFT_CARD", 4001, "GC-1"))), "BALANCE_SHORT", "tenders[0]"},
		{ship, with(p.unpaidPacked, carrier), "PAYMENT_SHORT", "tenders"},
		{ship, with(p.ready, carrier), "FULFILMENT_STATE", ""},
		{"fulfilments/RecordTracking", with(p.shipped, says("E1", "IN_TRANSIT")+`,"parcel":9`), "INVALID_REQUEST", "parcel"},
		{collect, with(p.packed, right), "FULFILMENT_STATE", ""},
		{reject, p.work(p.onItsWay, "PICKUP", missing), "FULFILMENT_STATE", "lines"},
		{"fulfilments/AcceptFulfilment", p.work(p.brought, "PICKUP", ""), "FULFILMENT_STATE", ""},
		{reject, with(p.ready, `,"shortfall":"SHORTFALL_UNFIT","reason":"whim"`), "UNKNOWN_REASON", "reason"},
		{reject, with(p.ready, `,"shortfall":"SHORTFALL_UNFIT","reason":"lost"`), "REASON_NOT_FOR", "reason"},
		{reject, with(p.ready, `,"shortfall":"SHORTFALL_MISSING","reason":"flood"`), "REASON_RETIRED", "reason"},
	}
	// What has ended or was not begun takes no step.
	for _, step := range []struct{ name, more, fresh string }{
		{"AcceptFulfilment", "", p.ready}, {"PickFulfilment", "", p.packed}, {"ReadyFulfilment", "", p.ready},
		{"DeliverShipment", "", p.shipment}, {"CollectPickup", right, p.fresh}, {"ShipFulfilment", carrier, p.shipment},
		{"RenewPickupCode", "", p.shipment}, {"ExtendPickup", keepFor(30 * 24 * time.Hour), p.fresh}, {"RefusePickup", "", p.fresh},
		{"RejectUnits", missing, ""}, {"LoseShipment", lostBy, p.shipment}, {"ReturnShipment", "", p.shipment},
		{"RecordTracking", says("E1", "IN_TRANSIT"), p.shipment},
	} {
		method := "fulfilments/" + step.name
		all = append(all, refusal{method, with(unknown, step.more), "UNKNOWN_FULFILMENT", ""})
		if step.fresh != "" {
			all = append(all, refusal{method, with(step.fresh, step.more), "FULFILMENT_STATE", ""})
		}
		if step.name != "ShipFulfilment" {
			all = append(all, refusal{method, with(p.collected, step.more), "ALREADY_COLLECTED", ""},
				refusal{method, with(p.noShow, step.more), "PICKUP_EXPIRED", ""})
		}
		if step.name != "CollectPickup" {
			all = append(all, refusal{method, with(p.ended, step.more), "FULFILMENT_CANCELLED", ""})
		}
		if step.name != "CollectPickup" && step.name != "RecordTracking" { // of which a carrier may tell for ever
			all = append(all, refusal{method, with(p.shipped, step.more), "ALREADY_HANDED_OVER", ""})
		}
	}
	all = append(all, p.refusedLabels()...)
	half := p.must("staff", "orders/PlaceOrder", online(goods("HAT", 2, "PICKUP", "milan"), ""))
	picked := p.work(half, "PICKUP", "")
	p.must("staff", "fulfilments/PickFulfilment", with(picked, `,"lines":[{"line":1,"quantity":"1"}]`))
	all = append(all, refusal{"fulfilments/PickFulfilment", with(picked, `,"lines":[{"line":1,"quantity":"2"}]`), "ALREADY_PICKED", "lines[0].quantity"},
		refusal{"fulfilments/ReadyFulfilment", picked, "NOT_PICKED", ""},
		refusal{"orders/CancelLines", fmt.Sprintf(`{"order":%q}`, half.at("id")), "ALREADY_PICKED", ""})
	const lose = "fulfilments/LoseShipment"
	sent := p.sent(1)
	all = append(all, refusal{lose, with(sent, `,"reason":"whim"`), "UNKNOWN_REASON", "reason"},
		refusal{lose, with(sent, `,"reason":"repaired"`), "REASON_NOT_FOR", "reason"},
		refusal{lose, with(sent, `,"reason":"flood"`), "REASON_RETIRED", "reason"},
		refusal{lose, with(sent, lostBy+`,"lines":[{"line":1,"quantity":"2"}]`), "RETURN_TOO_LARGE", "lines[0].quantity"},
		refusal{"fulfilments/ReturnShipment", with(sent, `,"lines":[`+back(1, 2, "UNDECIDED")+`]`), "RETURN_TOO_LARGE", "lines[0].quantity"})
	gone := p.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), ""))
	p.do("staff", "orders/CancelLines", `{"order":%q}`, gone.at("id"))
	return append(all, refusal{collect, p.work(gone, "PICKUP", right), "FULFILMENT_CANCELLED", ""})
}

// refuseWrongCodes tries a pickup's codes out.
func (p *past) refuseWrongCodes(t *testing.T) {
	w := p.in(t)
	_, wrong := w.code(p.locked)
	for _, try := range []struct {
		door func(key, short, body string) answer
		left string
	}{{w.grpcCall, "4"}, {w.rest, "3"}, {w.grpcCall, "2"}, {w.rest, "1"}, {w.grpcCall, "0"}} {
		if a := try.door("staff", "fulfilments/CollectPickup", with(p.locked, shown(wrong))); a.reason != "WRONG_CODE" || a.details["tries_left"] != try.left {
			t.Errorf("%s %v, want %s left", a.reason, a.details, try.left)
		}
	}
	w.refused("staff", "fulfilments/CollectPickup", with(p.locked, shown(wrong)), "CODE_LOCKED", "")
}

// refusedLabels is what carriers are not asked, and labels that are not on a parcel.
func (p *past) refusedLabels() []refusal {
	const buy, void, show, ship = "fulfilments/BuyLabel", "fulfilments/VoidLabel", "fulfilments/PrintLabel", "fulfilments/ShipFulfilment"
	unknown := `{"location":"milan","fulfilment":"` + nobody + `"}`
	work, label := p.labelled("")
	p.must("staff", void, with(work, ofLabel(label)))
	full, _ := p.labelled("")
	return []refusal{
		{buy, with(unknown, toAda), "UNKNOWN_FULFILMENT", ""}, {buy, with(p.ready, toAda), "FULFILMENT_STATE", ""},
		{buy, with(p.shipped, toAda), "ALREADY_HANDED_OVER", ""}, {buy, with(p.ended, toAda), "FULFILMENT_CANCELLED", ""},
		{buy, with(work, toAda+`,"lines":[{"line":1,"quantity":"2"}]`), "ALREADY_HANDED_OVER", "lines[0].quantity"},
		{void, with(unknown, ofLabel(label)), "UNKNOWN_FULFILMENT", ""}, {void, with(work, ofLabel(nobody)), "UNKNOWN_LABEL", "label"},
		{void, with(work, ofLabel(label)), "LABEL_STATE", "label"},
		{show, with(unknown, ofLabel(label)), "UNKNOWN_FULFILMENT", ""}, {show, with(work, ofLabel(nobody)), "UNKNOWN_LABEL", "label"},
		{show, with(work, ofLabel(label)), "LABEL_STATE", "label"},
		{ship, with(work, ofLabel(label)), "LABEL_STATE", "label"}, {ship, with(work, ofLabel(nobody)), "UNKNOWN_LABEL", "label"},
		{buy, with(full, toAda), "LABEL_STATE", ""},
		{"fulfilments/GetRecipient", unknown, "UNKNOWN_FULFILMENT", ""}, {"fulfilments/GetRecipient", p.ready, "FULFILMENT_STATE", ""},
	}
}
