package app_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestBadTrade sends to the services that trade what nobody should send, and finds the field named, no trace and no fault of ours.
func TestBadTrade(t *testing.T) {
	w := openShop(t)
	order, work := w.ready("PICKUP", "")
	right, _ := w.code(work)
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 2, ""), paid("CARD", 2000)))
	expected := w.must("staff", "deliveries/AnnounceDelivery", announced("", units("HAT", 1), ""))
	hat := goods("HAT", 1, "PICKUP", "milan")
	_, here := w.approved(2, "")
	w.must("staff", "returns/ReceiveReturnRequest", ofRequest(here.at("id"), came(1)))
	of := func(more string) string { return fmt.Sprintf(`{"order":%q%s}`, order.at("id"), more) }
	pay := func(more string) string { return of(`,"location":"milan"` + more) }
	collect := func(more string) string { return with(work, shown(right)+more) }
	brings := func(lines, more string) string { return returned("milan", sold.at("id"), lines, more) }
	refund := func(text string) string { return `,"refundTo":[` + text + `]` }
	tills := func(lines, more string) string { return basket("till", "milan", lines, more) }
	twice := func(text string, n int) string { return strings.TrimSuffix(strings.Repeat(text+",", n), ",") }
	const minus, overflow = `{"currencyCode":"EUR","amountMinor":"-1"}`, `{"currencyCode":"EUR","amountMinor":"9223372036854775807"}`
	unit := back(1, 1, "UNDECIDED")
	before := w.fingerprint()
	for _, c := range []struct{ name, method, body, field string }{
		{"a hold that is none", "orders/PlaceOrder", online(hat, `,"holds":[{"location":"milan","hold":"x"}]`), "holds[0].hold"},
		{"51 holds", "orders/PlaceOrder", online(hat, `,"holds":[`+twice(`{"location":"milan","hold":"`+nobody+`"}`, 51)+`]`), "holds"},
		{"501 lines", "orders/PlaceOrder", online(twice(hat, 501), ""), "lines"},
		{"a quote of another basket", "orders/PlaceOrder", online(hat+","+hat, another), "quoted.lines"},
		{"a quote of nothing", "orders/PlaceOrder", online(hat, `,"quoted":{"currencyCode":"EUR"}`), "quoted.lines"},
		{"a quote in no currency", "orders/PlaceOrder", online(hat, strings.Replace(another, "EUR", "", 1)), "quoted.currency_code"},
		{"501 lines to be quoted", "orders/QuoteOrder", online(twice(hat, 501), ""), "lines"},
		{"a quote without a method", "orders/QuoteOrder", tills(`{"sku":"HAT","quantity":"1"}`, ""), "lines[0].method"},
		{"a quote of what is carried out of another place", "orders/QuoteOrder", tills(goods("HAT", 1, "CARRY_OUT", "rome"), ""), "lines[0].location"},
		{"a quote with a hold that is none", "orders/QuoteOrder", online(hat, `,"holds":[{"location":"milan","hold":"x"}]`), "holds[0].hold"},
		{"an order of nothing", "orders/PlaceOrder", online("", ""), "lines"},
		{"a quote of no lines", "orders/QuoteOrder", online("", ""), "lines"},
		{"a cart of nobody", "orders/PlaceOrder", online("", `,"cart":{"version":"1"}`), "cart.device"},
		{"a cart that nobody saw", "orders/PlaceOrder", online("", `,"cart":{"device":"`+phone+`"}`), "cart.version"},
		{"a cart in an exchange", "returns/ExchangeGoods", returned("milan", sold.at("id"), unit, `,"sale":`+
			with(tills(line("HAT", 1, ""), `,"cart":{"device":"`+phone+`","version":"1"}`), `,"requestId":"`+newUUID()+`"`)), "sale.cart"},
		{"a cart of somebody and a device", "carts/GetCart", `{"customer":"` + ada + `","device":"` + phone + `"}`, "device"},
		{"a cart of nobody", "carts/GetCart", `{}`, "device"},
		{"a device's token that is short", "carts/GetCart", `{"device":"short"}`, "device"},
		{"201 lines in a cart", "carts/PutCart", filled(ofAda, twice(hat, 201), ""), "lines"},
		{"a cart without a method", "carts/PutCart", filled(ofAda, `{"sku":"HAT","quantity":"1"}`, ""), "lines[0].method"},
		{"nothing of something in a cart", "carts/PutCart", filled(ofAda, goods("HAT", 0, "SHIP", "milan"), ""), "lines[0].quantity"},
		{"a contact that nobody agreed to", "carts/PutCart", filled(ofAda, hat, contact("ada@example.com", "", "")), "contact"},
		{"a reminder without a contact", "carts/PutCart", filled(ofAda, hat, `,"remind":true`), "contact"},
		{"a contact for nothing", "carts/PutCart", filled(ofAda, "", `,"remind":true`+contact("ada@example.com", "", "")), "contact"},
		{"a reminder to nobody's address", "carts/PutCart", filled(ofAda, hat, `,"remind":true`+contact("ada", "", "")), "contact.email"},
		{"a reminder to nowhere", "carts/PutCart", filled(ofAda, hat, `,"remind":true,"contact":{}`), "contact"},
		{"a version before the first", "carts/PutCart", filled(ofAda, hat, `,"version":"-1"`), "version"},
		{"a merge of no device", "carts/MergeCarts", `{` + ofAda + `,"channel":"shop"}`, "device"},
		{"a merge into nobody's cart", "carts/MergeCarts", `{"device":"` + phone + `","channel":"shop"}`, "customer"},
		{"21 tenders", "orders/PlaceOrder", online(hat, tenders(twice(tender("CARD", 1, ""), 21))), "tenders"},
		{"no method", "orders/PlaceOrder", tills(`{"sku":"HAT","quantity":"1"}`, ""), "lines[0].method"},
		{"an unknown method", "orders/PlaceOrder", tills(`{"sku":"HAT","quantity":"1","method":9}`, ""), "lines[0].method"},
		{"two cards of one number", "orders/PlaceOrder", tills(giftCard("A", 100)+","+giftCard("A", 100), paid("CASH", 200)), "lines[1]"},
		{"a card of nothing", "orders/PlaceOrder", tills(`{"giftCard":{"number":"A"},"quantity":"1","method":"FULFILMENT_METHOD_CARRY_OUT"}`, ""), "lines[0].till_price"},
		{"two units of a card", "orders/PlaceOrder", tills(strings.Replace(giftCard("A", 100), `"1"`, `"2"`, 1), ""), "lines[0]"},
		{"a card that is sent", "orders/PlaceOrder", tills(strings.Replace(giftCard("A", 100), "CARRY_OUT", "SHIP", 1), ""), "lines[0].location"},
		{"a card without a number", "orders/PlaceOrder", tills(giftCard("", 100), ""), "lines[0].gift_card.number"},
		{"a card with a slash", "orders/PlaceOrder", tills(giftCard("A/B", 100), ""), "lines[0].gift_card.number"},
		{"a card with U+0000", "orders/PlaceOrder", tills(strings.Replace(giftCard("A", 100), `"A"`, `"A\u0000"`, 1), ""), "lines[0].gift_card.number"},
		{"a charge with a slash", "orders/PlaceOrder", tills(strings.Replace(delivery, `"delivery"`, `"a/b"`, 1), ""), "lines[0].charge.code"},
		{"a charge of nothing", "orders/PlaceOrder", tills(`{"charge":{"code":"d","description":"D","taxCategory":"standard"},"quantity":"1","method":"FULFILMENT_METHOD_CARRY_OUT"}`, ""), "lines[0].till_price"},
		{"a charge that costs less than nothing", "orders/PlaceOrder", tills(strings.Replace(delivery, `"490"`, `"-1"`, 1), ""), "lines[0].till_price.unit.amount_minor"},
		{"no time to pay", "orders/PlaceOrder", online(hat, `,"paymentTime":"0s"`), "payment_time"},
		{"91 days to pay", "orders/PlaceOrder", online(hat, `,"paymentTime":"7862400s"`), "payment_time"},
		{"a buyer without a name", "orders/PlaceOrder", online(hat, `,"billTo":{"taxId":"1"}`), "bill_to.name"},
		{"a buyer of no country", "orders/PlaceOrder", online(hat, `,"billTo":{"name":"B","countryCode":"Italy"}`), "bill_to.country_code"},
		{"what is carried out of another place", "orders/PlaceOrder", tills(goods("HAT", 1, "CARRY_OUT", "rome"), paid("CASH", 1000)), "lines[0].location"},
		{"a coin rounded off a card", "orders/PlaceOrder", tills(line("HAT", 1, ""), paid("CARD", 1000)+`,"cashRounding":`+eur(1)), "cash_rounding"},
		{"a coin of five euro", "orders/PlaceOrder", tills(line("HAT", 1, ""), paid("CASH", 1000)+`,"cashRounding":`+eur(501)), "cash_rounding"},
		{"a tender beyond counting", "orders/PlaceOrder", tills(line("HAT", 1, ""), `,"tenders":[{"kind":"TENDER_KIND_CASH","amount":`+overflow+`}]`), "tenders[0].amount.amount_minor"},
		{"a tender without an amount", "orders/PlaceOrder", tills(line("HAT", 1, ""), `,"tenders":[{"kind":"TENDER_KIND_CASH"}]`), "tenders[0].amount"},
		{"a reference with U+0000", "orders/PlaceOrder", tills(line("HAT", 1, ""), tenders(tender("CASH", 1000, "x")[:len(tender("CASH", 1000, "x"))-3]+`\u0000"}`)), "tenders[0].reference"},

		{"no tenders", "orders/PayOrder", pay(""), "tenders"},
		{"a payment of less than nothing", "orders/PayOrder", pay(`,"tenders":[{"kind":"TENDER_KIND_CASH","amount":` + minus + `}]`), "tenders[0].amount.amount_minor"},
		{"an order that is none", "orders/PayOrder", `{"order":"x","location":"milan"` + paid("CASH", 1) + `}`, "order"},
		{"a line that is not there", "orders/CancelLines", of(`,"lines":[{"line":9,"quantity":"1"}]`), "lines[0].line"},
		{"line 0", "orders/CancelLines", of(`,"lines":[{"quantity":"1"}]`), "lines[0].line"},
		{"a line twice", "orders/CancelLines", of(`,"lines":[{"line":1,"quantity":"1"},{"line":1,"quantity":"1"}]`), "lines[1].line"},
		{"no units", "orders/CancelLines", of(`,"lines":[{"line":1}]`), "lines[0].quantity"},
		{"a refund of less than nothing", "orders/CancelLines", of(refund(`{"kind":"TENDER_KIND_CARD","amount":` + minus + `}`)), "refund_to[0].amount.amount_minor"},
		{"a note without end", "orders/CancelLines", of(`,"note":"` + strings.Repeat("x", 257) + `"`), "note"},
		{"a refund of no kind", "orders/CancelLines", of(refund(`{"amount":` + eur(1) + `}`)), "refund_to[0].kind"},
		{"goodwill of nothing", "orders/GrantGoodwill", of(`,"reason":"x","amount":` + eur(0)), "amount.amount_minor"},
		{"goodwill for no reason", "orders/GrantGoodwill", of(`,"amount":` + eur(1)), "reason"},
		{"a loss of less than nothing", "orders/WriteOffDebt", of(`,"reason":"x","amount":` + minus), "amount.amount_minor"},
		{"a loss of no amount", "orders/WriteOffDebt", of(`,"reason":"x"`), "amount"},

		{"a code of letters", "fulfilments/CollectPickup", with(work, shown("12345a")), "code"},
		{"no code", "fulfilments/CollectPickup", work, "code"},
		{"a long proof", "fulfilments/CollectPickup", collect(`,"proof":"` + strings.Repeat("x", 201) + `"`), "proof"},
		{"a proof with U+0000", "fulfilments/CollectPickup", collect(`,"proof":"\u0000"`), "proof"},
		{"a document that is none", "fulfilments/CollectPickup", collect(`,"collector":{"document":99}`), "collector.document"},
		{"a signature that is no hash", "fulfilments/CollectPickup", collect(`,"collector":{"signatureSha256":"0A"}`), "collector.signature_sha256"},
		{"a long name", "fulfilments/CollectPickup", collect(`,"collector":{"name":"` + strings.Repeat("x", 101) + `"}`), "collector.name"},
		{"a line twice", "fulfilments/CollectPickup", collect(paid("CASH", 1000) + `,"lines":[{"line":1,"quantity":"1"},{"line":1,"quantity":"1"}]`), "lines[1].line"},
		{"a tender of less than nothing", "fulfilments/CollectPickup", collect(`,"tenders":[{"kind":"TENDER_KIND_CASH","amount":` + minus + `}]`), "tenders[0].amount.amount_minor"},
		{"picks of nothing", "fulfilments/PickFulfilment", with(work, `,"lines":[{"line":1,"quantity":"0"}]`), "lines[0].quantity"},
		{"an end that is none", "fulfilments/ExtendPickup", work, "keep_until"},
		{"an end in the past", "fulfilments/ExtendPickup", with(work, `,"keepUntil":"2020-01-01T00:00:00Z"`), "keep_until"},
		{"a refusal of a line that is not there", "fulfilments/RefusePickup", with(work, `,"lines":[{"line":9,"quantity":"1"}]`), "lines[0].line"},
		{"a refusal of nothing", "fulfilments/RefusePickup", with(work, `,"lines":[{"line":1,"quantity":"0"}]`), "lines[0].quantity"},
		{"a shortfall that is none", "fulfilments/RejectUnits", with(work, `,"reason":"lost"`), "shortfall"},
		{"a shortfall for no reason", "fulfilments/RejectUnits", with(work, `,"shortfall":"SHORTFALL_UNFIT"`), "reason"},
		{"goods that are carried out instead", "fulfilments/RejectUnits", with(work, missing+`,"instead":["FULFILMENT_METHOD_CARRY_OUT"]`), "instead[0]"},
		{"goods that are paid back and handed over instead", "fulfilments/RejectUnits", with(work, missing+`,"payBack":true,"instead":["FULFILMENT_METHOD_SHIP"]`), "pay_back"},
		{"a parcel lost for no reason", "fulfilments/LoseShipment", work, "reason"},
		{"nothing is lost", "fulfilments/LoseShipment", with(work, lostBy+`,"lines":[{"line":1,"quantity":"0"}]`), "lines[0].quantity"},
		{"what comes back to nowhere", "fulfilments/ReturnShipment", with(work, `,"lines":[`+back(1, 1, "LOST")+`]`), "lines[0].disposition"},
		{"a shortfall of nothing", "fulfilments/RejectUnits", with(work, missing+`,"lines":[{"line":1,"quantity":"0"}]`), "lines[0].quantity"},
		{"no carrier", "fulfilments/ShipFulfilment", work, "carrier"},
		{"a label that is none", "fulfilments/ShipFulfilment", with(work, `,"label":"L-1"`), "label"},
		{"a parcel for nobody", "fulfilments/BuyLabel", work, "recipient"},
		{"a parcel for somebody without a name", "fulfilments/BuyLabel", with(work, `,"recipient":{"city":"Roma"}`), "recipient.name"},
		{"a country that is none", "fulfilments/BuyLabel", with(work, `,"recipient":{"name":"Ada","countryCode":"Italy"}`), "recipient.country_code"},
		{"a phone without its country", "fulfilments/BuyLabel", with(work, `,"recipient":{"name":"Ada","phone":"02123"}`), "recipient.phone"},
		{"a label for nothing", "fulfilments/BuyLabel", with(work, toAda+`,"lines":[{"line":1,"quantity":"0"}]`), "lines[0].quantity"},
		{"a flat parcel", "fulfilments/BuyLabel", with(work, toAda+`,"size":{"lengthMm":1,"widthMm":1}`), "size.height_mm"},
		{"a label of no id", "fulfilments/VoidLabel", with(work, `,"label":"x"`), "label"},
		{"a label of no id to print", "fulfilments/PrintLabel", with(work, `,"label":"x"`), "label"},
		{"a parcel of nothing", "fulfilments/ShipFulfilment", with(work, `,"carrier":"SEUR","lines":[{"line":1,"quantity":"0"}]`), "lines[0].quantity"},
		{"nothing that a carrier says", "fulfilments/RecordTracking", work, "events"},
		{"an event without an id", "fulfilments/RecordTracking", with(work, says("", "LOST")), "events[0].event_id"},
		{"a status that is none", "fulfilments/RecordTracking", with(work, says("E1", "UNSPECIFIED")), "events[0].status"},
		{"the parcel before the first", "fulfilments/DeliverShipment", with(work, `,"parcel":-1`), "parcel"},
		{"a parcel beyond the last that may be", "fulfilments/ReturnShipment", with(work, `,"parcel":101`), "parcel"},
		{"a forged page token", "fulfilments/ListFulfilments", `{"location":"milan","pageToken":"forged"}`, "page_token"},
		{"no such order", "fulfilments/ListFulfilments", `{"location":"milan","sort":7}`, "sort"},
		{"no such list", "fulfilments/ListFulfilments", `{"location":"milan","list":7}`, "list"},
		{"parcels on their way as they were promised", "fulfilments/ListFulfilments", `{"location":"milan","list":"FULFILMENT_LIST_ON_THE_WAY","sort":"FULFILMENT_SORT_PROMISED"}`, "sort"},
		{"parcels without a number", "fulfilments/FindParcels", `{}`, "tracking"},
		{"a long number of a parcel", "fulfilments/FindParcels", `{"tracking":"` + strings.Repeat("1", 101) + `"}`, "tracking"},
		{"a page of 201", "fulfilments/ListFulfilments", `{"location":"milan","pageSize":201}`, "page_size"},

		{"a purchase of which nothing is known", "returns/FindPurchases", `{}`, "number"},
		{"a purchase of no number", "returns/FindPurchases", `{"number":""}`, "number"},
		{"a purchase of a long number", "returns/FindPurchases", `{"number":"` + strings.Repeat("1", 101) + `"}`, "number"},
		{"a purchase of a customer that is none", "returns/FindPurchases", `{"customer":"ada"}`, "customer"},
		{"a purchase of nobody", "returns/FindPurchases", `{"customer":"00000000-0000-0000-0000-000000000000"}`, "customer"},
		{"a purchase of no kind of finder", "returns/FindPurchases", `{"finder":{"value":"A"}}`, "finder.kind"},
		{"a purchase of nothing that is hers", "returns/FindPurchases", `{"finder":{"kind":"FINDER_KIND_LOYALTY"}}`, "finder.value"},
		{"a purchase of a finder that says nothing", "returns/FindPurchases", `{"finder":{"kind":"FINDER_KIND_LOYALTY","value":" - "}}`, "finder.value"},
		{"a purchase by the number of a card", "returns/FindPurchases", `{"finder":{"kind":"FINDER_KIND_CARD_TOKEN","value":"4111 1111 1111 1111"}}`, "finder.value"},
		{"an order that is found by the number of a card", "orders/PlaceOrder",
			tills(line("HAT", 1, ""), `,"finders":[{"kind":"FINDER_KIND_LOYALTY","value":"A"},{"kind":"FINDER_KIND_CARD_TOKEN","value":"4111111111111111"}]`), "finders[1].value"},
		{"an order that is found by nothing", "orders/PlaceOrder", tills(line("HAT", 1, ""), `,"finders":[{"kind":"FINDER_KIND_LOYALTY"}]`), "finders[0].value"},
		{"a sale that is found by what is hers", "returns/ExchangeGoods", brings(unit, `,"sale":`+with(tills(line("HAT", 1, ""),
			`,"finders":[{"kind":"FINDER_KIND_LOYALTY","value":"A"}]`), `,"requestId":"`+nobody+`"`)), "sale.finders"},
		{"a receipt without its code", "returns/FindPurchases", `{"receiptToken":""}`, "receipt_token"},
		{"a receipt of a long code", "returns/FindPurchases", `{"receiptToken":"` + strings.Repeat("A", 701) + `"}`, "receipt_token"},
		{"a receipt of no place", "returns/FindPurchases", `{"receipt":{"reference":"T-1"}}`, "receipt.location"},
		{"a receipt without its number", "returns/FindPurchases", `{"receipt":{"location":"milan"}}`, "receipt.reference"},
		{"a forged page token", "returns/FindPurchases", `{"customer":"` + ada + `","pageToken":"forged"}`, "page_token"},
		{"a page of 201", "returns/FindPurchases", `{"customer":"` + ada + `","pageSize":201}`, "page_size"},
		{"nothing that is sent back", "returns/RequestReturn", sendBack(sold.at("id"), ""), "lines"},
		{"none of it that is sent back", "returns/RequestReturn", sendBack(sold.at("id"), "", 0), "lines[0].quantity"},
		{"a line twice that is sent back", "returns/RequestReturn", strings.Replace(sendBack(sold.at("id"), "", 1, 1), `"line":2`, `"line":1`, 1), "lines[1].line"},
		{"an unknown wish", "returns/RequestReturn", sendBack(sold.at("id"), `,"wish":9`, 1), "wish"},
		{"a request of a customer that is none", "returns/RequestReturn", sendBack(sold.at("id"), `,"customer":"ada"`, 1), "customer"},
		{"a request without an id", "returns/ApproveReturnRequest", ofRequest("x", ""), "return_request"},
		{"no time to send it", "returns/ApproveReturnRequest", ofRequest(nobody, `,"sendWithin":"0s"`), "send_within"},
		{"two years to send it", "returns/ApproveReturnRequest", ofRequest(nobody, `,"sendWithin":"63072000s"`), "send_within"},
		{"a rejection without a word", "returns/RejectReturnRequest", ofRequest(nobody, ""), "answer"},
		{"nothing that arrived", "returns/ReceiveReturnRequest", ofRequest(here.at("id"), ""), "lines"},
		{"something that has no name", "returns/ReceiveReturnRequest", ofRequest(nobody, `,"wrongItems":[{"quantity":"1"}]`), "wrong_items[0].item"},
		{"nothing that is decided", "returns/InspectReturnRequest", ofRequest(here.at("id"), ""), "lines"},
		{"nothing that is sent back to her", "returns/InspectReturnRequest", ofRequest(nobody, `,"sendBack":[{"quantity":"1"}]`), "send_back[0].of"},
		{"more that is sent back to her than there is", "returns/InspectReturnRequest", ofRequest(here.at("id"), `,"sendBack":[{"wrongItem":1,"quantity":"1"}]`), "send_back[0]"},
		{"a request of a forged page", "returns/ListReturnRequests", `{"location":"rome","pageToken":"forged"}`, "page_token"},
		{"nothing that comes back", "returns/AcceptReturn", brings("", ""), "lines"},
		{"no units", "returns/AcceptReturn", brings(`{"line":1,"disposition":"DISPOSITION_UNDECIDED"}`, ""), "lines[0].quantity"},
		{"more units than are counted", "returns/AcceptReturn", brings(back(1, 1000001, "UNDECIDED"), ""), "lines[0].quantity"},
		{"no disposition", "returns/AcceptReturn", brings(`{"line":1,"quantity":"1"}`, ""), "lines[0].disposition"},
		{"an unknown disposition", "returns/QuoteReturn", brings(`{"line":1,"quantity":"1","disposition":42}`, ""), "lines[0].disposition"},
		{"a fee of less than nothing", "returns/AcceptReturn", brings(unit, `,"fee":`+minus), "fee.amount_minor"},
		{"a return of tomorrow", "returns/AcceptReturn", brings(unit, `,"occurredAt":"2099-01-01T00:00:00Z"`), "occurred_at"},
		{"a note with U+0000", "returns/AcceptReturnByRight", brings(unit, `,"note":"\u0000"`), "note"},
		{"an operator without end", "returns/AcceptReturn", brings(unit, `,"operator":"`+strings.Repeat("x", 65)+`"`), "operator"},
		{"no sale", "returns/ExchangeGoods", brings(unit, ""), "sale"},
		{"a sale of nothing", "returns/ExchangeGoods", brings(unit, `,"sale":`+with(tills("", ""), `,"requestId":"`+nobody+`"`)), "sale.lines"},
		{"a sale with a wrong barcode", "returns/ExchangeGoods",
			brings(unit, `,"sale":`+with(tills(`{"gtin":"4006381333932","quantity":"1","method":"FULFILMENT_METHOD_CARRY_OUT"}`, ""), `,"requestId":"`+nobody+`"`)), "sale.lines[0].gtin"},
		{"a sale elsewhere", "returns/ExchangeGoods", brings(unit, `,"sale":`+with(basket("till", "rome", line("HAT", 1, ""), ""), `,"requestId":"`+nobody+`"`)), "sale.location"},
		{"a refund by gift card", "returns/AcceptBlindReturn", blind("milan", "till", "HAT", eur(1), "GIFT_CARD", ""), "refund_kind"},
		{"a price of less than nothing", "returns/AcceptBlindReturn", blind("milan", "till", "HAT", minus, "CASH", ""), "lines[0].item.till_price.unit.amount_minor"},
		{"goods for no price", "returns/AcceptBlindReturn", `{"location":"milan","channel":"till","refundKind":"TENDER_KIND_CASH","lines":[{"disposition":"DISPOSITION_REPAIR",
			"item":{"sku":"HAT","quantity":"1","method":"FULFILMENT_METHOD_CARRY_OUT"}}]}`, "lines[0].item.till_price"},
		{"a line without an item", "returns/AcceptBlindReturn", `{"location":"milan","channel":"till","refundKind":"TENDER_KIND_CASH","lines":[{"disposition":"DISPOSITION_REPAIR"}]}`, "lines[0].item"},
		{"a gift card without a receipt", "returns/AcceptBlindReturn", `{"location":"milan","channel":"till","refundKind":"TENDER_KIND_CASH","lines":[{"disposition":"DISPOSITION_REPAIR","item":` + giftCard("A", 1) + `}]}`, "lines[0].item"},

		{"an unknown format", "invoices/RenderInvoice", fmt.Sprintf(`{"invoice":%q,"format":77}`, w.ticketOf(sold)), "format"},
		{"no buyer", "invoices/IssueFullInvoice", fmt.Sprintf(`{"invoice":%q}`, w.ticketOf(sold)), "buyer"},
		{"a buyer with U+0000", "invoices/IssueFullInvoice", fmt.Sprintf(`{"invoice":%q,"buyer":{"name":"a\u0000"}}`, w.ticketOf(sold)), "buyer.name"},
		{"no number", "invoices/LookupInvoice", `{"number":" \u0000"}`, "number"},
		{"a customer that is none", "customers/ListPurchases", `{"customer":"ada"}`, "customer"},
		{"a forged page token", "customers/ListPurchases", `{"customer":"` + ada + `","pageToken":"forged"}`, "page_token"},
		{"a customer that is none", "payments/GetStoreCredit", `{"customer":"ada"}`, "customer"},
		{"an order that is none", "payments/AuthorisePayment", `{"order":"x","token":"tok_ok"}`, "order"},
		{"the number of a card", "payments/AuthorisePayment", `{"order":"` + nobody + `","token":"4242424242424242"}`, "token"},
		{"no token", "payments/AuthorisePayment", `{"order":"` + nobody + `"}`, "token"},
		{"a payment that is none", "payments/CapturePayment", `{"order":"` + nobody + `","intent":"x"}`, "intent"},
		{"a payment that is none", "payments/VoidPayment", `{"order":"` + nobody + `","intent":"x"}`, "intent"},
		{"a payment that is none", "payments/RefundPayment", `{"order":"` + nobody + `","intent":"x"}`, "intent"},
		{"a message that is none", "messages/RetryMessage", `{"message":"x"}`, "message"},
		{"an order that is none", "messages/EraseContact", `{"order":"x"}`, "order"},
		{"a cart that is none", "messages/EraseContact", `{"cart":"x"}`, "cart"},
		{"messages of an order and of a cart", "messages/ListMessages", `{"order":"` + nobody + `","cart":"` + nobody + `"}`, "cart"},
		{"a link for an order that is none", "payments/SendPaymentLink", `{"order":"x"}`, "order"},
		{"a link for 31 days", "payments/SendPaymentLink", `{"order":"` + nobody + `","validFor":"2678400s"}`, "valid_for"},
		{"a link to nobody's address", "payments/SendPaymentLink", `{"order":"` + nobody + `"` + contact("ada", "", "") + `}`, "contact.email"},
		{"a token that is too long", "payments/GetPaymentLink", `{"token":"` + strings.Repeat("x", 65) + `"}`, "token"},
		{"the number of a card", "payments/PayByLink", strings.Replace(byLink("x", 1), "tok_ok", "4242424242424242", 1), "card"},
		{"no amount", "payments/PayByLink", `{"token":"x","card":"tok_ok"}`, "amount"},
		{"a forged page token", "payments/ListPaymentCases", `{"kind":"PAYMENT_CASE_KIND_PAID_WITHOUT_ORDER","pageToken":"forged"}`, "page_token"},
		{"cases of no kind", "payments/ListPaymentCases", `{}`, "kind"},
		{"a lost card without a new number", "payments/ReplaceGiftCard", `{"location":"milan","number":"A","note":"lost"}`, "new_number"},
		{"a new number with a slash", "payments/ReplaceGiftCard", `{"location":"milan","number":"A","newNumber":"A/B","note":"lost"}`, "new_number"},
		{"a card lost for no reason", "payments/ReplaceGiftCard", `{"location":"milan","number":"A","newNumber":"B"}`, "note"},
		{"a card with U+0000", "payments/LookupGiftCard", `{"number":"a\u0000"}`, "number"},
		{"no act", "tills/RecordCash", `{"location":"milan","amount":` + eur(1) + `}`, "act"},
		{"cash of nothing", "tills/RecordCash", `{"location":"milan","act":"CASH_ACT_DROP","amount":` + eur(0) + `}`, "amount.amount_minor"},
		{"cash of tomorrow", "tills/RecordCash", `{"location":"milan","act":"CASH_ACT_DROP","occurredAt":"2099-01-01T00:00:00Z","amount":` + eur(1) + `}`, "occurred_at"},
		{"a SKU twice", "stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"1"},{"sku":"HAT","quantity":"1"}]}`, "lines[1].sku"},
		{"nothing that is sent", "stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome"}`, "lines"},
		{"nothing that is asked for", "stock/RequestTransfer", `{"fromLocation":"milan","toLocation":"rome"}`, "lines"},
		{"a SKU twice", "stock/RequestTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"1"},{"sku":"HAT","quantity":"1"}]}`, "lines[1].sku"},
		{"less than nothing", "stock/RequestTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"-1"}]}`, "lines[0].quantity"},
		{"a day that is none", "stock/RequestTransfer", `{"fromLocation":"milan","toLocation":"rome","wantedOn":"2099-02-30","lines":[{"sku":"HAT","quantity":"1"}]}`, "wanted_on"},
		{"a purpose with U+0000", "stock/RequestTransfer", `{"fromLocation":"milan","toLocation":"rome","purpose":"\u0000","lines":[{"sku":"HAT","quantity":"1"}]}`, "purpose"},
		{"no answer", "stock/DeclineTransfer", `{"transfer":"` + nobody + `","location":"milan"}`, "answer"},
		{"a transfer that is none", "stock/CancelTransfer", `{"transfer":"x","location":"milan"}`, "transfer"},
		{"a request that is none", "stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome","transfer":"x"}`, "transfer"},
		{"a state that is none", "stock/ListTransfers", `{"location":"milan","states":["TRANSFER_STATE_UNSPECIFIED"]}`, "states[0]"},
		{"a forged page token", "orders/ListOrderSteps", `{"order":"` + nobody + `","pageToken":"forged"}`, "page_token"},
		{"a forged page token", "stock/ListHolds", `{"location":"milan","pageToken":"forged"}`, "page_token"},
		{"a forged page token", "stock/ListTransfers", `{"location":"milan","pageToken":"forged"}`, "page_token"},

		{"no supplier", "deliveries/AnnounceDelivery", strings.Replace(announced("", units("HAT", 1), ""), "ACME", "", 1), "supplier"},
		{"a supplier with a slash", "deliveries/AnnounceDelivery", strings.Replace(announced("", units("HAT", 1), ""), "ACME", "A/B", 1), "supplier"},
		{"no kind of document", "deliveries/AnnounceDelivery", strings.Replace(announced("", units("HAT", 1), ""), "DELIVERY_KIND_PURCHASE_ORDER", "DELIVERY_KIND_UNSPECIFIED", 1), "kind"},
		{"no day", "deliveries/AnnounceDelivery", strings.Replace(announced("", units("HAT", 1), ""), "2099-05-04", "", 1), "expected_on"},
		{"a day that is none", "deliveries/AnnounceDelivery", strings.Replace(announced("", units("HAT", 1), ""), "2099-05-04", "2099-02-30", 1), "expected_on"},
		{"a day of no year", "deliveries/AnnounceDelivery", strings.Replace(announced("", units("HAT", 1), ""), "2099-05-04", "0000-01-01", 1), "expected_on"},
		{"nothing that is announced", "deliveries/AnnounceDelivery", announced("", "", ""), "lines"},
		{"a SKU twice", "deliveries/AnnounceDelivery", announced("", units("HAT", 1)+","+units("HAT", 1), ""), "lines[1].sku"},
		{"less than nothing", "deliveries/AnnounceDelivery", announced("", units("HAT", -1), ""), "lines[0].quantity"},
		{"a document with U+0000", "deliveries/AnnounceDelivery", strings.Replace(announced("X", units("HAT", 1), ""), `"X"`, `"\u0000"`, 1), "reference"},
		{"nothing to amend", "deliveries/AmendDelivery", ofDelivery(expected, ""), "lines"},
		{"a SKU twice", "deliveries/AmendDelivery", ofDelivery(expected, `,"lines":[`+units("HAT", 1)+","+units("HAT", 1)+`]`), "lines[1].sku"},
		{"a day that is none", "deliveries/AmendDelivery", ofDelivery(expected, `,"expectedOn":"2099-13-01"`), "expected_on"},
		{"a delivery that is none", "deliveries/AmendDelivery", `{"location":"milan","delivery":"x","expectedOn":"2099-05-05"}`, "delivery"},
		{"a line of nothing", "deliveries/ReceiveDelivery", ofDelivery(expected, `,"lines":[{"sku":"HAT"}]`), "lines[0].quantity"},
		{"a line of no item", "deliveries/ReceiveDelivery", ofDelivery(expected, `,"lines":[{"quantity":"1"}]`), "lines[0].item"},
		{"a wrong check digit", "deliveries/ReceiveDelivery", ofDelivery(expected, `,"lines":[`+units("SOCK", 1)+`,{"gtin":"4006381333932","quantity":"1"}]`), "lines[1].gtin"},
		{"a SKU and its barcode", "deliveries/ReceiveDelivery", ofDelivery(expected, `,"lines":[`+units("SHIRT-S", 1)+`,{"gtin":"4006381333931","quantity":"1"}]`), "lines[1].gtin"},
		{"less than nothing damaged", "deliveries/ReceiveDelivery", ofDelivery(expected, `,"lines":[{"sku":"HAT","damaged":"-1"}]`), "lines[0].damaged"},
		{"goods of tomorrow", "deliveries/ReceiveDelivery", ofDelivery(expected, `,"occurredAt":"2099-01-01T00:00:00Z"`), "occurred_at"},
		{"no reason", "deliveries/CloseDelivery", ofDelivery(expected, ""), "reason"},
		{"no SKU", "deliveries/GetAvailableToPromise", `{"location":"milan"}`, "skus"},
		{"a SKU twice", "deliveries/GetAvailableToPromise", `{"location":"milan","skus":["HAT","HAT"]}`, "skus"},
		{"less than nothing", "deliveries/GetAvailableToPromise", `{"location":"milan","skus":["HAT"],"quantity":"-1"}`, "quantity"},
		{"a state that is none", "deliveries/ListDeliveries", `{"location":"milan","states":["DELIVERY_STATE_UNSPECIFIED"]}`, "states[0]"},
		{"a day that is none", "deliveries/ListDeliveries", `{"location":"milan","expectedUntil":"2099-02-30"}`, "expected_until"},
		{"a forged page token", "deliveries/ListDeliveries", `{"location":"milan","pageToken":"forged"}`, "page_token"},
		{"a forged page token", "deliveries/ListDeliveryLines", ofDelivery(expected, `,"pageToken":"forged"`), "page_token"},
	} {
		t.Run(c.method+" refuses "+c.name, func(t *testing.T) {
			w.in(t).refuse("staff", c.method, c.body, "INVALID_REQUEST", c.field)
		})
	}
	if after := w.fingerprint(); after != before {
		t.Errorf("the refusals left a trace:\n%s\n%s", before, after)
	}
	w.audit()
}

// TestLargestOrder has as many lines and tenders as there may be, in all methods and by many means.
func TestLargestOrder(t *testing.T) {
	w := openShop(t)
	w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"HAT","quantity":"1000000"}]}`)
	var lines, means []string
	for i := range 500 {
		switch i % 3 {
		case 0:
			lines = append(lines, line("HAT", 1, `,"discounts":[{"code":"A","basisPoints":333},{"code":"B","amount":`+eur(1)+`}]`))
		case 1:
			lines = append(lines, goods("HAT", 7, "PICKUP", "milan"))
		default:
			lines = append(lines, goods("HAT", 3, "SHIP", "rome"))
		}
	}
	for i := range 20 {
		means = append(means, tender([]string{"CARD", "WALLET", "VOUCHER", "CASH"}[i%4], 100_000, fmt.Sprint(i)))
	}
	more := `,"discounts":[{"code":"C","basisPoints":777}],"billTo":{"name":"Everything Ltd"}` + tenders(means...)
	// 167 lines carried out, 167 x 7 collected and 166 x 3 sent: Rome has only 100 of the 498.
	w.refused("staff", "orders/PlaceOrder", basket("till", "milan", strings.Join(lines, ","), more), "OUT_OF_STOCK", "")
	w.must("staff", "stock/ReceiveStock", `{"location":"rome","lines":[{"sku":"HAT","quantity":"1000"}]}`)
	placed := w.must("staff", "orders/PlaceOrder", basket("till", "milan", strings.Join(lines, ","), more))
	w.want(placed, map[string]any{"state": "ORDER_STATE_CONFIRMED", "owed.amountMinor": "0"})
	w.want(w.rest("staff", "invoices/GetInvoice", fmt.Sprintf(`{"invoice":%q}`, w.ticketOf(placed))), map[string]any{"kind": "INVOICE_KIND_FULL", "lines.166.quantity": "1"})
	work := w.work(placed, "PICKUP", "")
	w.must("staff", "fulfilments/ReadyFulfilment", work)
	right, _ := w.code(work)
	w.must("staff", "fulfilments/CollectPickup", with(work, shown(right)))
	var all []string
	for i := range 500 {
		if i%3 == 1 {
			all = append(all, back(i+1, 7, "RETURN_TO_STOCK"))
		}
	}
	w.must("staff", "returns/AcceptReturn", returned("rome", placed.at("id"), strings.Join(all, ","), ""))
	w.must("staff", "orders/CancelLines", fmt.Sprintf(`{"order":%q,"cashLocation":"rome"}`, placed.at("id")))
	w.want(w.rest("staff", "orders/GetOrder", fmt.Sprintf(`{"order":%q}`, placed.at("id"))), map[string]any{
		"state": "ORDER_STATE_COMPLETED", "owed.amountMinor": "0", "paymentState": "PAYMENT_STATE_PARTIALLY_REFUNDED",
	})
	if w.book("milan", "order/"+placed.at("id").(string)) != 0 {
		t.Error("a cent is left on the order's account")
	}
	w.audit()
}
