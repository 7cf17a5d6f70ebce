package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
)

// TestRepeatedTrade repeats every mutation of the trade through both doors: one effect, and the answer of the first.
func TestRepeatedTrade(t *testing.T) {
	w := openShop(t)
	order := func(lines, more string) any {
		return w.must("staff", "orders/PlaceOrder", online(lines, more)).at("id")
	}
	hat := func(method string) string { return goods("HAT", 1, method, "milan") }
	card := paid("CARD", 1000)
	till := func(more string) answer {
		return w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 2, ""), paid("CARD", 2000)+more))
	}
	w.must("till", "orders/PlaceOrder", basket("till", "milan", giftCard("GC", 1000), card))
	credit := `,"customer":"` + bob + `"`
	w.must("staff", "returns/AcceptBlindReturn", blind("milan", "till", "HAT", eur(1000), "STORE_CREDIT", credit))
	w.must("staff", "carts/PutCart", filled(`"device":"`+phone+`"`, hat("SHIP"), ""))
	_, pickup := w.ready("PICKUP", "")
	right, _ := w.code(pickup)
	_, shipment := w.ready("SHIP", card)
	spare, label := w.labelled("")
	_, delivered := w.ready("SHIP", card)
	w.must("staff", "fulfilments/ShipFulfilment", with(delivered, `,"carrier":"SEUR"`))
	fresh := w.work(w.must("staff", "orders/PlaceOrder", online(hat("PICKUP"), card)), "PICKUP", "")
	hold := w.must("shop", "stock/HoldStock", `{"location":"milan","channel":"shop","owner":"a","lines":[{"sku":"HAT","quantity":"1"}]}`)
	sent := w.must("staff", "stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"2"}]}`)
	asked := func() any {
		return w.must("staff", "stock/RequestTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"2"}]}`).at("id")
	}
	bring := func() answer {
		return w.must("staff", "deliveries/AnnounceDelivery", announced("", units("HAT", 2), ""))
	}
	posted := func() any {
		return w.must("staff", "returns/RequestReturn", sendBack(till("").at("id"), "", 2)).at("id")
	}
	approved := func(how string) any {
		_, request := w.approved(1, how)
		return request.at("id")
	}
	here, lost := approved(""), approved("")
	w.must("staff", "returns/ReceiveReturnRequest", ofRequest(here, came(1)))
	w.must("staff", "returns/ShipReturnRequest", ofRequest(lost, ""))
	leaves := `,"sale":` + with(basket("till", "milan", line("HAT", 1, ""), ""), `,"requestId":"`+newUUID()+`"`)
	id := func(name string, value any, more string) string { return fmt.Sprintf(`{%q:%q%s}`, name, value, more) }
	for _, c := range []struct{ method, body string }{
		{"orders/PlaceOrder", online(hat("PICKUP")+","+hat("SHIP"), card+fmt.Sprintf(`,"holds":[{"location":"milan","hold":%q}]`, hold.at("id")))},
		{"orders/PlaceOrder", basket("till", "milan", giftCard("GC-NEW", 500), paid("CASH", 500))},
		{"orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), tenders(tender("GIFT_CARD", 1000, "GC")))},
		{"orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), credit+tenders(tender("STORE_CREDIT", 1000, "")))},
		{"orders/PayOrder", id("order", order(hat("PICKUP"), ""), `,"location":"milan"`+card)},
		{"orders/CancelLines", id("order", order(hat("PICKUP"), card), "")},
		{"orders/GrantGoodwill", id("order", order(hat("PICKUP"), card), `,"reason":"x","amount":`+eur(100))},
		{"orders/WriteOffDebt", id("order", order(hat("PICKUP"), ""), `,"reason":"x","amount":`+eur(100))},
		{"fulfilments/AcceptFulfilment", fresh},
		{"fulfilments/PickFulfilment", with(fresh, `,"lines":[{"line":1,"quantity":"1"}]`)},
		{"fulfilments/ReadyFulfilment", fresh},
		{"fulfilments/RenewPickupCode", fresh},
		{"fulfilments/ExtendPickup", with(fresh, keepFor(30*24*time.Hour))},
		{"fulfilments/RefusePickup", fresh},
		{"fulfilments/RejectUnits", with(w.work(w.must("staff", "orders/PlaceOrder", online(hat("SHIP"), card)), "SHIP", ""), missing)},
		{"fulfilments/CollectPickup", with(pickup, shown(right)+card)},
		{"fulfilments/ShipFulfilment", with(shipment, `,"carrier":"SEUR"`)},
		{"fulfilments/DeliverShipment", delivered},
		{"fulfilments/BuyLabel", with(w.packed(1), toAda)},
		{"fulfilments/VoidLabel", with(spare, ofLabel(label))},
		{"fulfilments/RecordTracking", with(w.sent(1), says("E1", "IN_TRANSIT"))},
		{"fulfilments/LoseShipment", with(w.sent(1), lostBy)},
		{"fulfilments/ReturnShipment", w.sent(1)},
		{"returns/AcceptReturn", returned("rome", till("").at("id"), back(1, 2, "UNDECIDED"), "")},
		{"returns/AcceptReturnByRight", returned("rome", till("").at("id"), back(1, 1, "UNDECIDED"), "")},
		{"returns/AcceptBlindReturn", blind("milan", "till", "HAT", eur(10), "CASH", "")},
		{"returns/ExchangeGoods", returned("milan", till("").at("id"), back(1, 1, "UNDECIDED"), leaves)},
		{"returns/RequestReturn", sendBack(till("").at("id"), "", 2)},
		{"returns/ApproveReturnRequest", ofRequest(posted(), onReceipt)},
		{"returns/RejectReturnRequest", ofRequest(posted(), `,"answer":"worn"`)},
		{"returns/CancelReturnRequest", ofRequest(posted(), "")},
		{"returns/ShipReturnRequest", ofRequest(approved(""), "")},
		{"returns/ReceiveReturnRequest", ofRequest(approved(onReceipt), came(1))},
		{"returns/InspectReturnRequest", ofRequest(here, `,"lines":[`+back(1, 1, "WRITE_OFF")+`]`)},
		{"returns/CloseReturnRequest", ofRequest(lost, "")},
		{"invoices/IssueFullInvoice", id("invoice", w.ticketOf(till("")), `,"buyer":{"name":"B"}`)},
		{"stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"SOCK","quantity":"1"}]}`},
		{"stock/ShipTransfer", id("transfer", asked(), `,"fromLocation":"milan","toLocation":"rome"`)},
		{"stock/RequestTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"SOCK","quantity":"1"}],"wantedOn":"2099-05-04"}`},
		{"stock/DeclineTransfer", id("transfer", asked(), `,"location":"milan","answer":"no"`)},
		{"stock/CancelTransfer", id("transfer", asked(), `,"location":"rome"`)},
		{"stock/PutBuffers", `{"location":"rome","buffers":[{"sku":"HAT","units":"1"},{"units":"2"}]}`},
		{"stock/DeleteBuffers", `{"location":"rome","buffers":[{"sku":"HAT"},{}]}`},
		{"replenishment/PutStockRules", `{"location":"rome","rules":[{"sku":"HAT","minimum":"1"},{"lowBelow":"2"}]}`},
		{"replenishment/DeleteStockRules", `{"location":"rome","skus":["HAT",""]}`},
		{"stock/ReceiveTransfer", id("transfer", sent.at("id"), `,"location":"rome"`)},
		{"deliveries/AnnounceDelivery", announced("PO-R", units("HAT", 2), "")},
		{"deliveries/AmendDelivery", ofDelivery(bring(), `,"lines":[`+units("HAT", 3)+`]`)},
		{"deliveries/ReceiveDelivery", ofDelivery(bring(), `,"deliveryNote":"N-1","lines":[`+units("HAT", 1)+`]`)},
		{"deliveries/CloseDelivery", ofDelivery(bring(), `,"reason":"strike"`)},
		{"payments/AuthorisePayment", id("order", order(hat("PICKUP"), ""), `,"token":"tok_ok"`)},
		{"payments/CapturePayment", ofIntent(w.authorised(1, "tok_ok"), "")},
		{"payments/VoidPayment", ofIntent(w.authorised(1, "tok_ok"), "")},
		{"payments/RefundPayment", ofIntent(w.kept(), "")},
		{"payments/SendPaymentLink", id("order", order(hat("PICKUP"), ""), contact("ada@example.com", "", ""))},
		{"payments/PayByLink", byLink(w.linked(w.waiting(1).at("id")), 1000)},
		{"payments/ReplaceGiftCard", `{"location":"milan","number":"GC","newNumber":"GC-AGAIN","note":"lost"}`},
		{"carts/PutCart", filled(ofAda, hat("PICKUP"), `,"version":"0"`)},
		{"carts/MergeCarts", `{"customer":"` + ada + `","device":"` + phone + `","channel":"shop"}`},
		{"orders/PlaceOrder", online("", `,"customer":"`+ada+`","cart":{"version":"2"}`)},
		{"tills/RecordCash", `{"location":"milan","act":"CASH_ACT_DROP","amount":` + eur(5) + `}`},
	} {
		t.Run(c.method, func(t *testing.T) {
			w := w.in(t)
			request := func(id, body string) string { return strings.Replace(body, "{", `{"requestId":"`+id+`",`, 1) }
			minted := newUUID()
			first := w.must("staff", c.method, request(minted, c.body))
			traces := w.fingerprint()
			for _, again := range []answer{w.must("staff", c.method, request(minted, c.body)), w.rest("staff", c.method, request(minted, c.body))} {
				if diff := cmp.Diff(first.body, again.body); diff != "" {
					t.Errorf("answered otherwise: %s", diff)
				}
			}
			access := proto.GetExtension(methodOf(t, c.method).Options(), retailpb.E_Access).(*retailpb.Access)
			if other := w.grpcCall("rome", c.method, request(minted, c.body)); access.GetAnyone() != (other.body != nil) {
				t.Errorf("another caller got %v", other.body) // who needs no key is no other with one
			}
			if after := w.fingerprint(); after != traces {
				t.Errorf("a repeated request left a trace:\n%s\n%s", traces, after)
			}
		})
	}

	t.Run("a request that was carried out is told as it was, though it would be refused by now", func(t *testing.T) {
		w := w.in(t)
		request := `{"requestId":"` + newUUID() + `",` + online(goods("HAT", 1, "PICKUP", "rome"), card)[1:]
		send := `{"requestId":"` + newUUID() + `","fromLocation":"milan","toLocation":"rome","lines":[{"sku":"SOCK","quantity":"1"}]}`
		first, sent := w.must("staff", "orders/PlaceOrder", request), w.must("staff", "stock/ShipTransfer", send)
		w.must("staff", "locations/PutLocation", strings.Replace(place("rome", "STORE", "IT"), `"code"`, `"closed":true,"code"`, 1))
		if diff := cmp.Diff(first.body, w.rest("staff", "orders/PlaceOrder", request).body); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(sent.body, w.rest("staff", "stock/ShipTransfer", send).body); diff != "" {
			t.Error(diff)
		}
	})
	w.audit()
}

// TestRepeatedWork repeats a step of the work on a pickup after the order has changed: the answer is that of the first time.
func TestRepeatedWork(t *testing.T) {
	w := openShop(t)
	order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 3, "PICKUP", "milan"), paid("CARD", 3000)))
	accept := `{"requestId":"` + newUUID() + `",` + w.work(order, "PICKUP", "")[1:]
	first := w.must("staff", "fulfilments/AcceptFulfilment", accept)
	w.must("staff", "orders/CancelLines", fmt.Sprintf(`{"order":%q,"lines":[{"line":1,"quantity":"1"}]}`, order.at("id")))
	if diff := cmp.Diff(first.body, w.must("staff", "fulfilments/AcceptFulfilment", accept).body); diff != "" {
		t.Errorf("answered otherwise: %s", diff)
	}
	w.want(w.must("staff", "fulfilments/ReadyFulfilment", w.work(order, "PICKUP", "")), map[string]any{"lines.0.openQuantity": "2"})
}
