package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
)

// private is what belongs to a customer, and how requests name it.
type private struct{ order, returned, invoice, number, work, codeWork, request string }

// own lets a customer buy, collect and return a hat.
func (w *world) own(customer string) private {
	w.t.Helper()
	order, work := w.ready("PICKUP", paid("CARD", 1000)+`,"customer":"`+customer+`"`)
	right, _ := w.code(work)
	w.must("staff", "fulfilments/CollectPickup", with(work, shown(right)))
	back := w.must("staff", "returns/AcceptReturn", returned("milan", order.at("id"), back(1, 1, "UNDECIDED"),
		`,"refundTo":[{"kind":"TENDER_KIND_STORE_CREDIT","amount":`+eur(400)+`}]`))
	invoice := w.do("staff", "invoices/ListOrderInvoices", `{"order":%q}`, order.at("id"))
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), `,"customer":"`+customer+`"`+paid("CARD", 1000)))
	request := w.must("staff", "returns/RequestReturn", sendBack(sold.at("id"), "", 1))
	waiting := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), `,"customer":"`+customer+`"`))
	return private{
		order: fmt.Sprintf(`{"order":%q}`, order.at("id")), returned: fmt.Sprintf(`{"return":%q}`, back.at("id")),
		invoice: fmt.Sprintf(`{"invoice":%q}`, invoice.at("invoices", 0, "id")),
		number:  fmt.Sprintf(`{"number":%q}`, invoice.at("invoices", 0, "number")), work: work, codeWork: w.work(waiting, "PICKUP", ""),
		request: ofRequest(request.at("id"), ""),
	}
}

// TestShoppersKey shows a shopper what is hers, and does not tell that the rest exists.
func TestShoppersKey(t *testing.T) {
	w := openShop(t)
	hers, his := w.own(ada), w.own(bob)
	absent := private{
		order: `{"order":"` + nobody + `"}`, returned: `{"return":"` + nobody + `"}`, invoice: `{"invoice":"` + nobody + `"}`,
		number: `{"number":"milan-1-T99-000009"}`, request: ofRequest(nobody, ""),
	}
	for _, c := range []struct{ method, hers, his, absent, reason string }{
		{"orders/GetOrder", hers.order, his.order, absent.order, "UNKNOWN_ORDER"},
		{"fulfilments/ListOrderFulfilments", hers.order, his.order, absent.order, "UNKNOWN_ORDER"},
		{"returns/ListOrderReturns", hers.order, his.order, absent.order, "UNKNOWN_ORDER"},
		{"invoices/ListOrderInvoices", hers.order, his.order, absent.order, "UNKNOWN_ORDER"},
		{"returns/GetReturn", hers.returned, his.returned, absent.returned, "UNKNOWN_RETURN"},
		{"returns/GetReturnRequest", hers.request, his.request, absent.request, "UNKNOWN_RETURN_REQUEST"},
		{"invoices/GetInvoice", hers.invoice, his.invoice, absent.invoice, "UNKNOWN_INVOICE"},
		{"invoices/LookupInvoice", hers.number, his.number, absent.number, "UNKNOWN_INVOICE"},
	} {
		t.Run(c.method, func(t *testing.T) {
			w := w.in(t)
			w.must("ada", c.method, c.hers)
			others, none := w.refused("ada", c.method, c.his, c.reason, ""), w.refused("ada", c.method, c.absent, c.reason, "")
			if others.message != none.message || others.code != none.code || len(others.details) != len(none.details) {
				t.Errorf("another's is told as %v, and none as %v", others, none)
			}
		})
	}
	for _, c := range []refusal{
		{"customers/ListPurchases", `{"customer":"` + bob + `"}`, "PERMISSION_DENIED", ""},
		{"payments/GetStoreCredit", `{"customer":"` + bob + `"}`, "PERMISSION_DENIED", ""},
		{"carts/GetCart", `{"customer":"` + bob + `"}`, "PERMISSION_DENIED", ""},
		{"payments/LookupGiftCard", `{"number":"GC"}`, "PERMISSION_DENIED", ""},
		{"invoices/RenderInvoice", his.invoice, "PERMISSION_DENIED", ""},
		{"invoices/RenderInvoice", absent.invoice, "PERMISSION_DENIED", ""},
		{"invoices/VerifyChain", `{"location":"milan","point":"1"}`, "PERMISSION_DENIED", ""},
		{"fulfilments/GetFulfilment", hers.work, "PERMISSION_DENIED", ""},
		{"fulfilments/GetPickupCode", his.codeWork, "PERMISSION_DENIED", ""},
		{"fulfilments/ListFulfilments", `{"location":"milan"}`, "PERMISSION_DENIED", ""},
		{"fulfilments/FindParcels", `{"tracking":"T-1"}`, "PERMISSION_DENIED", ""},
		{"returns/QuoteReturn", returned("milan", nobody, back(1, 1, "UNDECIDED"), ""), "PERMISSION_DENIED", ""},
		{"returns/FindPurchases", `{"customer":"` + bob + `"}`, "PERMISSION_DENIED", ""},
		{"returns/FindPurchases", `{"customer":"` + ada + `","finder":{"kind":"FINDER_KIND_PHONE","value":"+34600111222"}}`, "PERMISSION_DENIED", ""}, // she would guess
		{"returns/FindPurchases", `{"receipt":{"location":"milan","reference":"T-1"}}`, "PERMISSION_DENIED", ""},
		{"returns/FindPurchases", `{"number":"milan-1-T99-000009"}`, "PERMISSION_DENIED", ""},
		{"returns/FindPurchases", `{"receiptToken":"AQEB"}`, "PERMISSION_DENIED", ""},
		{"orders/CancelLines", hers.order, "PERMISSION_DENIED", ""},
		{"orders/ListOrderSteps", hers.order, "PERMISSION_DENIED", ""}, // it names people who work here
		{"stock/ListTransfers", `{"location":"milan"}`, "PERMISSION_DENIED", ""},
		{"reports/ListReturnRates", `{"fromDay":"2026-01-01","untilDay":"2026-01-02","by":"RETURN_SUBJECT_CUSTOMER"}`, "PERMISSION_DENIED", ""},
		{"reports/ListSettlements", `{"fromDay":"2026-01-01","untilDay":"2026-01-02"}`, "PERMISSION_DENIED", ""},
		{"reports/ListSettlementEntries", `{"fromDay":"2026-01-01","untilDay":"2026-01-02","location":"milan","withLocation":"rome"}`, "PERMISSION_DENIED", ""},
		{"stock/ListHolds", `{"location":"milan"}`, "PERMISSION_DENIED", ""},
		{"stock/GetTransfer", `{"transfer":"` + nobody + `"}`, "PERMISSION_DENIED", ""},
		{"deliveries/ListDeliveries", `{"location":"milan"}`, "PERMISSION_DENIED", ""},
	} {
		t.Run("she may not call "+c.method, func(t *testing.T) {
			w.in(t).refused("ada", c.method, c.body, c.reason, "")
		})
	}
	w.must("ada", "customers/ListPurchases", `{"customer":"`+ada+`"}`)
}

// TestKeysOfAPlace act at their place and nowhere else.
func TestKeysOfAPlace(t *testing.T) {
	w := openShop(t)
	order, work := w.ready("PICKUP", "")
	shipment, packed := w.ready("SHIP", paid("CARD", 1000))
	right, _ := w.code(work)
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CARD", 1000)))
	sent := w.must("staff", "stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"1"}]}`)
	hat := back(1, 1, "UNDECIDED")
	pay := fmt.Sprintf(`{"order":%q,"location":"milan"%s}`, order.at("id"), paid("CASH", 1000))
	leaves := `,"sale":` + with(basket("till", "milan", line("HAT", 1, ""), ""), `,"requestId":"`+newUUID()+`"`)
	for _, c := range []struct{ key, method, body string }{
		{"rome", "fulfilments/ListFulfilments", `{"location":"milan"}`},
		{"rome", "fulfilments/FindParcels", `{"tracking":"T-1"}`},
		{"rome", "fulfilments/FindParcels", `{"tracking":"T-1","location":"milan"}`},
		{"rome", "fulfilments/GetFulfilment", work},
		{"rome", "fulfilments/AcceptFulfilment", work},
		{"rome", "fulfilments/PickFulfilment", work},
		{"rome", "fulfilments/ReadyFulfilment", work},
		{"rome", "fulfilments/CollectPickup", with(work, shown(right))},
		{"rome", "fulfilments/ExtendPickup", with(work, keepFor(30*24*time.Hour))},
		{"rome", "fulfilments/RefusePickup", work},
		{"rome", "fulfilments/RejectUnits", with(work, missing)}, {"till", "fulfilments/RejectUnits", with(work, missing+`,"fromLocation":"rome"`)},
		{"rome", "fulfilments/LoseShipment", with(packed, lostBy)},
		{"rome", "fulfilments/ReturnShipment", packed},
		{"rome", "fulfilments/ShipFulfilment", with(packed, `,"carrier":"SEUR"`)},
		{"rome", "fulfilments/DeliverShipment", packed},
		{"rome", "fulfilments/BuyLabel", with(packed, toAda)},
		{"rome", "fulfilments/GetRecipient", packed},
		{"rome", "fulfilments/VoidLabel", with(packed, ofLabel(nobody))},
		{"rome", "fulfilments/PrintLabel", with(packed, ofLabel(nobody))},
		{"rome", "fulfilments/RecordTracking", with(packed, says("E1", "IN_TRANSIT"))},
		{"rome", "orders/PayOrder", pay},
		{"rome", "orders/CancelLines", fmt.Sprintf(`{"order":%q,"cashLocation":"milan"}`, shipment.at("id"))},
		{"rome", "orders/CancelLines", fmt.Sprintf(`{"order":%q}`, shipment.at("id"))},
		{"rome", "returns/QuoteReturn", returned("milan", sold.at("id"), hat, "")},
		{"rome", "returns/AcceptReturn", returned("milan", sold.at("id"), hat, "")},
		{"rome", "returns/ExchangeGoods", returned("milan", sold.at("id"), hat, leaves)},
		{"rome", "tills/RecordCash", `{"location":"milan","act":"CASH_ACT_DROP","amount":` + eur(1) + `}`},
		{"rome", "invoices/VerifyChain", `{"location":"milan","point":"1"}`},
		{"rome", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CASH", 1000))},
		{"tablet", "stock/PutBuffers", `{"location":"milan","buffers":[{"units":"1"}]}`},
		{"site", "stock/ListBuffers", `{"location":"milan"}`},
		{"tablet", "stock/ListBuffers", `{"location":"rome"}`},
		{"tablet", "replenishment/PutStockRules", `{"location":"milan","rules":[{"minimum":"1"}]}`},
		{"tablet", "replenishment/DeleteStockRules", `{"location":"milan","skus":[""]}`},
		{"tablet", "replenishment/ListStockRules", `{"location":"rome"}`},
		{"tablet", "replenishment/ListLowStock", `{"location":"rome"}`},
		{"tablet", "replenishment/ProposeReplenishment", `{"location":"rome"}`},
		{"tablet", "replenishment/ProposeReplenishment", `{}`},
		{"site", "replenishment/ListLowStock", `{"location":"milan"}`},
		{"site", "replenishment/ProposeReplenishment", `{"location":"milan"}`},
		{"tablet", "stock/ShipTransfer", `{"fromLocation":"rome","toLocation":"milan","lines":[{"sku":"HAT","quantity":"1"}]}`},
		{"tablet", "stock/ReceiveTransfer", fmt.Sprintf(`{"transfer":%q,"location":"rome"}`, sent.at("id"))},
		{"tablet", "stock/RequestTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"1"}]}`},
		{"tablet", "stock/DeclineTransfer", fmt.Sprintf(`{"transfer":%q,"location":"rome","answer":"no"}`, sent.at("id"))},
		{"tablet", "stock/CancelTransfer", fmt.Sprintf(`{"transfer":%q,"location":"rome"}`, sent.at("id"))},
		{"till", "stock/RequestTransfer", `{"fromLocation":"rome","toLocation":"milan","lines":[{"sku":"HAT","quantity":"1"}]}`},
		{"tablet", "deliveries/ListDeliveries", `{"location":"rome"}`},
		{"tablet", "deliveries/AnnounceDelivery", strings.Replace(announced("", units("HAT", 1), ""), "milan", "rome", 1)},
		// What a kind of key has no right to anywhere.
		{"site", "deliveries/GetAvailableToPromise", `{"location":"milan","skus":["HAT"],"channel":"web"}`},
		{"till", "deliveries/CloseDelivery", `{"location":"milan","delivery":"` + nobody + `","reason":"x"}`},
		{"till", "fulfilments/GetPickupCode", work},
		{"till", "fulfilments/RenewPickupCode", work},
		{"till", "returns/AcceptReturnByRight", returned("milan", sold.at("id"), hat, "")},
		{"till", "returns/AcceptBlindReturn", blind("milan", "till", "HAT", eur(1), "CASH", "")},
		{"till", "returns/PutRefundTerms", `{"terms":{"currencyCode":"EUR"}}`},
		{"till", "returns/PutBlindReturnTerms", `{"terms":{"currencyCode":"EUR"}}`},
		{"till", "orders/GrantGoodwill", fmt.Sprintf(`{"order":%q,"amount":%s,"reason":"x"}`, sold.at("id"), eur(1))},
		{"till", "orders/WriteOffDebt", fmt.Sprintf(`{"order":%q,"amount":%s,"reason":"x"}`, order.at("id"), eur(1))},
		{"till", "stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"1"}]}`},
		{"site", "fulfilments/CollectPickup", with(work, shown(right))},
		{"site", "tills/RecordCash", `{"location":"milan","act":"CASH_ACT_DROP","amount":` + eur(1) + `}`},
		{"site", "orders/PlaceOrder", online(goods("HAT", 1, "SHIP", "milan"), "")},                            // another site's channel
		{"site", "returns/FindPurchases", `{"finder":{"kind":"FINDER_KIND_EMAIL","value":"ada@example.com"}}`}, // its visitors would guess
		{"tablet", "returns/FindPurchases", `{"number":"milan-1-T99-000009"}`},
		{"tablet", "returns/AcceptReturn", returned("milan", sold.at("id"), hat, "")},
		{"tablet", "orders/PayOrder", pay},
		{"tablet", "orders/PutShipTo", fmt.Sprintf(`{"order":%q,"shipTo":{"name":"B"}}`, sold.at("id"))},
		{"tablet", "invoices/IssueFullInvoice", fmt.Sprintf(`{"invoice":%q,"buyer":{"name":"B"}}`, w.ticketOf(sold))},
		{"tablet", "payments/LookupGiftCard", `{"number":"GC"}`},
		{"site", "payments/ListPaymentCases", `{"kind":"PAYMENT_CASE_KIND_PAID_WITHOUT_ORDER"}`},
		{"tablet", "payments/SendPaymentLink", `{"order":"` + nobody + `"}`},
		{"tablet", "payments/AuthorisePayment", `{"order":"` + nobody + `","token":"tok_ok"}`},
		{"tablet", "payments/CapturePayment", `{"order":"` + nobody + `","intent":"` + nobody + `"}`},
		{"tablet", "payments/VoidPayment", `{"order":"` + nobody + `","intent":"` + nobody + `"}`},
		{"tablet", "payments/RefundPayment", `{"order":"` + nobody + `","intent":"` + nobody + `"}`},
		{"site", "messages/RetryMessage", `{"message":"` + nobody + `"}`},
		{"till", "messages/EraseContact", `{"order":"` + nobody + `"}`},
		{"till", "payments/ReplaceGiftCard", `{"location":"milan","number":"GC","newNumber":"GC-2","note":"lost"}`},
		{"site", "payments/ReplaceGiftCard", `{"location":"milan","number":"GC","newNumber":"GC-2","note":"lost"}`},
		{"site", "carts/PutCart", `{"customer":"` + ada + `","channel":"shop"}`}, // another site's channel
		{"site", "carts/MergeCarts", `{"customer":"` + ada + `","device":"` + phone + `","channel":"shop"}`},
		{"tablet", "carts/GetCart", `{"customer":"` + ada + `"}`},
		{"tablet", "customers/ListPurchases", `{"customer":"` + ada + `"}`},
	} {
		t.Run(c.key+" may not call "+c.method, func(t *testing.T) {
			w.in(t).refuse(c.key, c.method, c.body, "PERMISSION_DENIED", "")
		})
	}
	w.must("shop", "fulfilments/GetPickupCode", work)
	w.must("rome", "returns/AcceptReturn", returned("rome", sold.at("id"), hat, ""))
	w.audit()
}

// TestNobodyCallsWithoutAKey tries every method there is. Those that anyone may call are few, and take a link's token for a right.
func TestNobodyCallsWithoutAKey(t *testing.T) {
	w := open(t)
	before := w.fingerprint()
	var open []string
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			for j := range file.Services().Get(i).Methods().Len() {
				method := file.Services().Get(i).Methods().Get(j)
				if !proto.HasExtension(method.Options(), retailpb.E_Access) || method.IsStreamingServer() {
					continue
				}
				wanted := "UNAUTHENTICATED"
				if proto.GetExtension(method.Options(), retailpb.E_Access).(*retailpb.Access).GetAnyone() {
					wanted, open = "INVALID_REQUEST", append(open, string(method.Name()))
				}
				room := string(file.Package())[len("aisle."):]
				short := room[:len(room)-len(".v1")] + "/" + string(method.Name())
				if a := w.grpcCall("nobody", short, `{}`); a.reason != wanted {
					t.Errorf("%s: %s %s", short, a.code, a.reason)
				}
			}
		}
		return true
	})
	if slices.Sort(open); !slices.Equal(open, []string{"GetPaymentLink", "PayByLink"}) {
		t.Errorf("anyone may call %v", open)
	}
	if after := w.fingerprint(); after != before {
		t.Errorf("the refusals left a trace:\n%s\n%s", before, after)
	}
}
