package app_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// minor reads an amount of an answer.
func (a answer) minor(t *testing.T, path string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(fmt.Sprint(a.get(path+".amountMinor")), 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return n
}

// delivery is a line of what is no goods.
const delivery = `{"charge":{"code":"delivery","description":"Delivery","taxCategory":"standard"},"quantity":"1","method":"FULFILMENT_METHOD_SHIP",
	"location":"rome","tillPrice":{"unit":{"currencyCode":"EUR","amountMinor":"490"},"reason":"tariff"}}`

// TestMixedOrder follows an order that is collected in one store and sent from two, from its hold to its last invoice.
func TestMixedOrder(t *testing.T) {
	w := openShop(t)
	hold := w.must("shop", "stock/HoldStock", `{"location":"milan","channel":"shop","owner":"cart","lines":[{"sku":"HAT","quantity":"4"}]}`)
	placed := w.must("shop", "orders/PlaceOrder", online(
		goods("HAT", 3, "PICKUP", "milan")+","+goods("HAT", 1, "SHIP", "rome")+","+goods("SHIRT-S", 1, "SHIP", "milan")+","+delivery,
		fmt.Sprintf(`,"holds":[{"location":"milan","hold":%q}]`, hold.at("id"))+paid("CARD", 1000)))
	account := "online order/" + placed.at("id").(string)
	w.want(placed, map[string]any{
		"state": "ORDER_STATE_CONFIRMED", "paymentState": "PAYMENT_STATE_PARTIALLY_PAID", "grossTotal.amountMinor": "6485",
		"owed.amountMinor": "5485", "fulfilmentProgress": "PROGRESS_NONE", "lines.0.openQuantity": "3", "lines.3.account": "charges/delivery",
	})
	for position, want := range map[[3]string]string{
		{"milan", "HAT", "committed"}: "3", {"milan", "HAT", "held"}: "0", {"milan", "HAT", "available"}: "97",
		{"rome", "HAT", "committed"}: "1", {"milan", "SHIRT-S", "committed"}: "1",
	} {
		if got := w.level(position[0], position[1], position[2]); got != want {
			t.Errorf("%v is %v, want %s", position, got, want)
		}
	}
	if state := w.do("shop", "stock/GetHold", `{"location":"milan","hold":%q}`, hold.at("id")).at("state"); state != "HOLD_STATE_COMMITTED" {
		t.Errorf("the hold is %v", state)
	}
	w.wantBook(map[string]int64{account: -1000, "online tender/CARD": 1000})
	w.audit()

	t.Run("is paid in another place, whose book settles with the shop's", func(t *testing.T) {
		w := w.in(t)
		of := fmt.Sprintf(`{"order":%q,"location":"rome"%s}`, placed.at("id"), paid("CASH", 6000))
		w.want(w.rest("rome", "orders/PayOrder", of), map[string]any{
			"owed.amountMinor": "0", "paymentState": "PAYMENT_STATE_PAID", "payments.1.location": "rome",
			"payments.2.movement": "PAYMENT_MOVEMENT_CHANGE", "payments.2.amount.amountMinor": "515",
		})
		w.wantBook(map[string]int64{
			account: -6485, "rome tender/CASH": 5485, "rome settlement/online": -5485, "online settlement/rome": 5485,
		})
	})
	t.Run("is handed over bit by bit, with an invoice for each", func(t *testing.T) {
		w := w.in(t)
		pickup := w.work(placed, "PICKUP", "")
		w.must("till", "fulfilments/AcceptFulfilment", pickup)
		w.must("tablet", "fulfilments/PickFulfilment", pickup)
		w.want(w.rest("tablet", "fulfilments/ReadyFulfilment", pickup), map[string]any{"state": "FULFILMENT_STATE_READY"})
		right, _ := w.code(pickup)
		part := w.must("till", "fulfilments/CollectPickup", with(pickup, shown(right)+`,"proof":"Ada","lines":[{"line":1,"quantity":"1"}]`))
		w.want(part, map[string]any{
			"fulfilment.state": "FULFILMENT_STATE_READY", "order.lines.0.openQuantity": "2", "invoice.kind": "INVOICE_KIND_SIMPLIFIED",
			"invoice.grossTotal.amountMinor": "1000", "invoice.location": "online", "order.fulfilmentProgress": "PROGRESS_PARTIAL",
		})
		rest := w.rest("till", "fulfilments/CollectPickup", with(pickup, shown(right)))
		w.want(rest, map[string]any{"fulfilment.state": "FULFILMENT_STATE_COLLECTED", "invoice.lines.0.quantity": "2"})
		for _, order := range []string{"milan", "rome"} {
			w.shipFrom(placed, order)
		}
		done := w.do("staff", "orders/GetOrder", `{"order":%q}`, placed.at("id"))
		w.want(done, map[string]any{"state": "ORDER_STATE_COMPLETED", "fulfilmentProgress": "PROGRESS_FULL", "owed.amountMinor": "0"})
		invoices, sum := w.do("staff", "invoices/ListOrderInvoices", `{"order":%q}`, placed.at("id")), int64(0)
		for i := 0; invoices.at("invoices", i) != nil; i++ {
			sum += invoices.minor(t, fmt.Sprintf("invoices.%d.grossTotal", i))
		}
		if sum != 6485 || len(invoices.at("invoices").([]any)) != 4 {
			t.Errorf("%d invoices of %d", len(invoices.at("invoices").([]any)), sum)
		}
		w.wantBook(map[string]int64{account: 0, "online charges/delivery": -402}) // 490 less 22 % inside, 88
	})
	t.Run("is the same through both doors", func(t *testing.T) {
		w := w.in(t)
		of := fmt.Sprintf(`{"order":%q}`, placed.at("id"))
		for _, method := range []string{"orders/GetOrder", "fulfilments/ListOrderFulfilments", "invoices/ListOrderInvoices", "returns/ListOrderReturns"} {
			if diff := cmp.Diff(w.must("staff", method, of).body, w.rest("staff", method, of).body); diff != "" {
				t.Errorf("%s (-gRPC +REST):\n%s", method, diff)
			}
		}
		if work := w.rest("till", "fulfilments/ListFulfilments", `{"location":"milan"}`); work.at("fulfilments", 0) != nil {
			t.Errorf("work is left: %v", work.body)
		}
	})
	w.audit()
}

// shipFrom sends what an order has to send from a place, and delivers it.
func (w *world) shipFrom(order answer, location string) {
	w.t.Helper()
	all := w.do("staff", "fulfilments/ListOrderFulfilments", `{"order":%q}`, order.at("id"))
	for i := 0; all.at("fulfilments", i) != nil; i++ {
		if all.at("fulfilments", i, "location") != location || all.at("fulfilments", i, "method") != "FULFILMENT_METHOD_SHIP" {
			continue
		}
		work := fmt.Sprintf(`{"location":%q,"fulfilment":%q}`, location, all.at("fulfilments", i, "id"))
		w.must("staff", "fulfilments/ReadyFulfilment", work)
		w.want(w.rest("staff", "fulfilments/ShipFulfilment", with(work, `,"carrier":"SEUR","tracking":"T-1"`)), map[string]any{
			"fulfilment.state": "FULFILMENT_STATE_SHIPPED", "fulfilment.tracking": "T-1",
		})
		w.want(w.must("staff", "fulfilments/DeliverShipment", work), map[string]any{"state": "FULFILMENT_STATE_DELIVERED"})
	}
}

// TestUnpaidOrder lets the time to pay pass.
func TestUnpaidOrder(t *testing.T) {
	w := openShop(t)
	late := w.must("shop", "orders/PlaceOrder", online(goods("HAT", 2, "PICKUP", "milan"), `,"paymentTime":"600s"`+paid("CARD", 300)))
	inTime := w.must("shop", "orders/PlaceOrder", online(goods("HAT", 1, "SHIP", "milan"), `,"paymentTime":"600s"`))
	patient := w.must("shop", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), ""))
	w.want(late, map[string]any{"state": "ORDER_STATE_PENDING_PAYMENT", "paymentState": "PAYMENT_STATE_PARTIALLY_PAID"})
	w.later("9 minutes")
	w.want(w.do("shop", "orders/PayOrder", `{"order":%q,"location":"online"%s}`, inTime.at("id"), paid("CARD", 1000)),
		map[string]any{"state": "ORDER_STATE_CONFIRMED", "owed.amountMinor": "0"})
	w.later("1 minute")
	state := func(order answer) any {
		return w.do("shop", "orders/GetOrder", `{"order":%q}`, order.at("id")).at("state")
	}
	eventually(t, "the order expires", func() bool { return state(late) == "ORDER_STATE_EXPIRED" })
	if state(inTime) != "ORDER_STATE_CONFIRMED" || state(patient) != "ORDER_STATE_CONFIRMED" || w.level("milan", "HAT", "committed") != "2" {
		t.Errorf("paid in time: %v, without a deadline: %v, committed %v", state(inTime), state(patient), w.level("milan", "HAT", "committed"))
	}
	w.want(w.do("shop", "orders/GetOrder", `{"order":%q}`, late.at("id")), map[string]any{
		"paymentState": "PAYMENT_STATE_REFUNDED", "owed.amountMinor": "0", "payments.1.amount.amountMinor": "300",
	})
	w.wantBook(map[string]int64{"online order/" + late.at("id").(string): 0, "online tender/CARD": 1000})
	w.want(answer{body: w.must("staff", "fulfilments/GetFulfilment", w.work(late, "PICKUP", "")).body},
		map[string]any{"state": "FULFILMENT_STATE_CANCELLED"})
	w.audit()
}

// TestCancel gives back what units were worth, to the cent, by the tenders that paid them.
func TestCancel(t *testing.T) {
	w := openShop(t)
	placed := w.must("shop", "orders/PlaceOrder", online(goods("HAT", 3, "PICKUP", "milan"),
		`,"discounts":[{"code":"CENT","amount":`+eur(1)+`}]`+tenders(tender("CARD", 2000, "a"), tender("WALLET", 999, "b"))))
	account := "online order/" + placed.at("id").(string)
	one := w.do("shop", "orders/CancelLines", `{"order":%q,"lines":[{"line":1,"quantity":"1"}]}`, placed.at("id"))
	w.want(one, map[string]any{
		"lines.0.cancelledQuantity": "1", "payments.2.kind": "TENDER_KIND_WALLET", "payments.2.amount.amountMinor": "999",
		"payments.3.kind": "TENDER_KIND_CARD", "payments.3.amount.amountMinor": "1", "state": "ORDER_STATE_CONFIRMED",
	})
	w.wantBook(map[string]int64{account: -1999, "online tender/WALLET": 0, "online tender/CARD": 1999})
	rest := w.rest("shop", "orders/CancelLines", fmt.Sprintf(`{"order":%q}`, placed.at("id")))
	w.want(rest, map[string]any{"state": "ORDER_STATE_CANCELLED", "paymentState": "PAYMENT_STATE_REFUNDED"})
	w.wantBook(map[string]int64{account: 0, "online tender/CARD": 0})
	if w.level("milan", "HAT", "available") != "100" {
		t.Error("the hats are not free again")
	}

	t.Run("a drawer pays out what was paid elsewhere, and the books settle", func(t *testing.T) {
		w := w.in(t)
		order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), ""))
		w.do("till", "orders/PayOrder", `{"order":%q,"location":"milan"%s}`, order.at("id"), paid("CASH", 1000))
		w.do("rome", "orders/CancelLines", `{"order":%q,"cashLocation":"rome"}`, order.at("id"))
		w.wantBook(map[string]int64{
			"milan tender/CASH": 1000, "rome tender/CASH": -1000, "online settlement/milan": 1000, "online settlement/rome": -1000,
		})
	})
	t.Run("goodwill and a loss are a person's decision", func(t *testing.T) {
		w := w.in(t)
		sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CARD", 1000)))
		w.want(w.do("staff", "orders/GrantGoodwill", `{"order":%q,"amount":%s,"reason":"late"}`, sold.at("id"), eur(100)),
			map[string]any{"owed.amountMinor": "0", "paymentState": "PAYMENT_STATE_PARTIALLY_REFUNDED"})
		unpaid := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), ""))
		w.want(w.rest("staff", "orders/WriteOffDebt", fmt.Sprintf(`{"order":%q,"amount":%s,"reason":"lost"}`, unpaid.at("id"), eur(1000))),
			map[string]any{"owed.amountMinor": "0"})
		w.wantBook(map[string]int64{"milan goodwill": 100, "online loss": 1000})
	})
	w.audit()
}

// TestClosedStore makes no promises, keeps those it made, and still sells at its till.
func TestClosedStore(t *testing.T) {
	w := openShop(t)
	_, work := w.ready("PICKUP", paid("CARD", 1000))
	w.must("staff", "locations/PutLocation", with(place("milan", "STORE", "IT")[:len(place("milan", "STORE", "IT"))-1], `,"closed":true}`))
	w.refused("shop", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), ""), "LOCATION_CLOSED", "lines[0].location")
	w.refused("shop", "stock/HoldStock", `{"location":"milan","channel":"shop","owner":"a","lines":[{"sku":"HAT","quantity":"1"}]}`, "LOCATION_CLOSED", "location")
	right, _ := w.code(work)
	w.must("till", "fulfilments/CollectPickup", with(work, shown(right)))
	w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CASH", 1000)))
	w.must("staff", "stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"98"}]}`)
	w.audit()
}
