package app_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sendBack asks to send units of lines of an order back to Rome.
func sendBack(order any, more string, units ...int) string {
	body := fmt.Sprintf(`{"order":%q,"location":"rome","channel":"web","lines":[`, order)
	for i, n := range units {
		if i > 0 {
			body += ","
		}
		body += fmt.Sprintf(`{"line":%d,"quantity":"%d","reason":"too small"}`, i+1, n)
	}
	return body + "]" + more + "}"
}

// ofRequest names a request to send goods back, with further fields.
func ofRequest(id any, more string) string { return fmt.Sprintf(`{"returnRequest":%q%s}`, id, more) }

// arrived are units of the first line that arrive.
func came(units int) string { return fmt.Sprintf(`,"lines":[{"line":1,"quantity":"%d"}]`, units) }

const onReceipt = `,"refund":"REFUND_TIMING_ON_RECEIPT"`

// approved is a request for hats of a new order of Ada's, which she may send.
func (w *world) approved(hats int, more string) (order, request answer) {
	w.t.Helper()
	order = w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", hats, ""), `,"customer":"`+ada+`"`+paid("CARD", int64(1000*hats))))
	request = w.must("staff", "returns/RequestReturn", sendBack(order.at("id"), "", hats))
	return order, w.must("staff", "returns/ApproveReturnRequest", ofRequest(request.at("id"), more))
}

// TestReturnedByPost follows hats from a shopper's request to her money: one is accepted, one is sent back to her with what nobody asked for, and one
// never came.
func TestReturnedByPost(t *testing.T) {
	w := openShop(t)
	order := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 3, ""), `,"customer":"`+ada+`"`+paid("CARD", 3000)))
	hers := `,"customer":"` + ada + `"`
	asked := w.must("ada", "returns/RequestReturn", sendBack(order.at("id"), hers+`,"wish":"RETURN_WISH_EXCHANGE","note":"all of them"`, 3))
	w.want(asked, map[string]any{
		"order": order.get("id"), "customer": ada, "channel": "web", "location": "rome", "state": "RETURN_REQUEST_STATE_REQUESTED",
		"wish": "RETURN_WISH_EXCHANGE", "lines.0.quantity": "3", "lines.0.sku": "HAT", "lines.0.reason": "too small", "lines.0.missingQuantity": "3",
		"expiresAt": nil, "version": "1", "note": "all of them",
	})
	of := func(more string) string { return ofRequest(asked.at("id"), more) }
	w.want(w.rest("staff", "returns/ApproveReturnRequest", of(`,"label":"RL-77","carrier":"SEUR","sendWithin":"864000s"`)), map[string]any{
		"state": "RETURN_REQUEST_STATE_APPROVED", "label": "RL-77", "carrier": "SEUR", "refund": "REFUND_TIMING_ON_INSPECTION",
	})
	w.want(w.must("ada", "returns/ShipReturnRequest", of(hers+`,"tracking":"1Z9"`)), map[string]any{
		"state": "RETURN_REQUEST_STATE_IN_TRANSIT", "carrier": "SEUR", "tracking": "1Z9",
	})
	w.want(w.must("rome", "returns/ReceiveReturnRequest", of(`,"location":"rome","wrongItems":[{"item":"a blue scarf","quantity":"1"}]`+came(2))), map[string]any{
		"state": "RETURN_REQUEST_STATE_RECEIVED", "lines.0.receivedQuantity": "2", "lines.0.missingQuantity": "1", "wrongItems.0.item": "a blue scarf",
	})
	w.want(w.do("ada", "orders/GetOrder", `{"order":%q}`, order.at("id")), map[string]any{"lines.0.returnedQuantity": "0"}) // they are hers still
	inspected := w.rest("rome", "returns/InspectReturnRequest", of(`,"location":"rome","fee":`+eur(150)+`,"lines":[`+back(1, 1, "RETURN_TO_STOCK")+
		`],"sendBack":[{"line":1,"quantity":"1"},{"wrongItem":1,"quantity":"1"}]`))
	w.want(inspected, map[string]any{
		"state": "RETURN_REQUEST_STATE_RECEIVED", "lines.0.acceptedQuantity": "1", "lines.0.sentBackQuantity": "1", "wrongItems.0.sentBackQuantity": "1",
	})
	w.want(w.do("ada", "returns/GetReturn", `{"return":%q}`, inspected.at("returns", 0)), map[string]any{
		"request": asked.get("id"), "order": order.get("id"), "location": "rome", "book": "milan", "channel": "web", "refundTotal.amountMinor": "850",
		"lines.0.disposition": "DISPOSITION_RETURN_TO_STOCK",
	})
	closed := w.must("rome", "returns/CloseReturnRequest", of(`,"location":"rome","answer":"one never came"`))
	w.want(closed, map[string]any{"state": "RETURN_REQUEST_STATE_CLOSED", "answer": "one never came", "lines.0.missingQuantity": "1"})
	for _, key := range []string{"ada", "rome"} {
		if diff := cmp.Diff(closed.body, w.bothDoors(key, "returns/GetReturnRequest", of("")).body); diff != "" {
			t.Error(diff)
		}
	}
	if got := w.level("rome", "HAT", "available"); got != "101" {
		t.Errorf("%v hats are in Rome", got)
	}
	w.wantBook(map[string]int64{"milan tender/CARD": 2150, "milan fees": -150})
	w.audit()
}

// TestReturnRefundedOnReceipt gives the money back when hats arrive, and says later where they go; nothing that came back over a counter meanwhile
// is refunded twice.
func TestReturnRefundedOnReceipt(t *testing.T) {
	w := openShop(t)
	order, request := w.approved(3, onReceipt)
	w.must("till", "returns/AcceptReturn", returned("milan", order.at("id"), back(1, 1, "RETURN_TO_STOCK"), "")) // it reserves nothing
	of := func(more string) string { return ofRequest(request.at("id"), more) }
	w.want(w.must("staff", "returns/ReceiveReturnRequest", of(came(3))), map[string]any{
		"state": "RETURN_REQUEST_STATE_RECEIVED", "lines.0.receivedQuantity": "3", "lines.0.acceptedQuantity": "2",
	})
	w.want(w.do("staff", "orders/GetOrder", `{"order":%q}`, order.at("id")), map[string]any{"lines.0.returnedQuantity": "3", "owed.amountMinor": "0"})
	if got := w.level("rome", "HAT", "inspection"); got != "2" {
		t.Errorf("%v hats are to be looked at in Rome", got)
	}
	w.want(w.must("staff", "returns/InspectReturnRequest", of(`,"lines":[`+back(1, 1, "RETURN_TO_STOCK")+`],"sendBack":[{"line":1,"quantity":"1"}]`)),
		map[string]any{"lines.0.inspectedQuantity": "1", "lines.0.sentBackQuantity": "1", "state": "RETURN_REQUEST_STATE_RECEIVED"})
	w.want(w.must("staff", "returns/InspectReturnRequest", of(`,"lines":[`+back(1, 1, "WRITE_OFF")+`]`)),
		map[string]any{"lines.0.inspectedQuantity": "2", "state": "RETURN_REQUEST_STATE_CLOSED"})
	for name, want := range map[string]string{"available": "101", "inspection": "0", "damaged": "1"} {
		if got := w.level("rome", "HAT", name); got != want {
			t.Errorf("%s at rome is %v, want %s", name, got, want)
		}
	}
	w.wantBook(map[string]int64{"milan tender/CARD": 0})
	w.audit()
}

// TestReturnByPostInTime takes back what she asked for in time, however long the way takes; what was not sent in time expires, and is received all the same.
func TestReturnByPostInTime(t *testing.T) {
	w := openShop(t)
	_, request := w.approved(1, `,"sendWithin":"86400s"`)
	_, slow := w.approved(1, `,"sendWithin":"31536000s"`)
	w.later("40 days") // longer than she has to bring it back
	w.must("staff", "returns/ReceiveReturnRequest", ofRequest(slow.at("id"), came(1)))
	w.want(w.must("staff", "returns/InspectReturnRequest", ofRequest(slow.at("id"), `,"lines":[`+back(1, 1, "RETURN_TO_STOCK")+`]`)),
		map[string]any{"state": "RETURN_REQUEST_STATE_CLOSED"}) // she asked in time
	id := request.at("id").(string)
	eventually(t, "it expires", func() bool {
		return w.do("staff", "returns/GetReturnRequest", `{"returnRequest":%q}`, id).get("state") == "RETURN_REQUEST_STATE_EXPIRED"
	})
	w.refused("staff", "returns/ShipReturnRequest", ofRequest(id, ""), "RETURN_REQUEST_STATE", "")
	w.want(w.must("staff", "returns/ReceiveReturnRequest", ofRequest(id, came(1))), map[string]any{"state": "RETURN_REQUEST_STATE_RECEIVED"})
	w.audit()
}

// TestReturnRequestsAreListed lists requests by where they go, whose they are and of what, page by page.
func TestReturnRequestsAreListed(t *testing.T) {
	w := openShop(t)
	var all []any
	var last answer
	for range 3 {
		order, request := w.approved(1, "")
		all, last = append([]any{request.get("id")}, all...), order
	}
	w.must("staff", "returns/CancelReturnRequest", ofRequest(all[2], `,"answer":"she keeps it"`))
	hers := `{"customer":"` + ada + `"`
	ids := func(a answer) (ids []any) {
		for i := 0; a.at("returnRequests", i) != nil; i++ {
			ids = append(ids, a.at("returnRequests", i, "id"))
		}
		return ids
	}
	for body, want := range map[string][]any{
		hers + `}`:            all,
		`{"location":"rome"}`: all,
		hers + `,"location":"rome","state":"RETURN_REQUEST_STATE_APPROVED"}`: all[:2],
		`{"location":"rome","state":"RETURN_REQUEST_STATE_CANCELLED"}`:       all[2:],
		`{"location":"milan"}`:                                nil,
		fmt.Sprintf(`{"order":%q}`, last.at("id")):            all[:1],
		fmt.Sprintf(hers+`,"order":%q}`, last.at("id")):       all[:1],
		`{"customer":"` + bob + `","order":"` + nobody + `"}`: nil,
	} {
		if diff := cmp.Diff(want, ids(w.bothDoors("staff", "returns/ListReturnRequests", body))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
	first := w.must("ada", "returns/ListReturnRequests", hers+`,"pageSize":2}`)
	second := w.must("ada", "returns/ListReturnRequests", fmt.Sprintf(hers+`,"pageSize":2,"pageToken":%q}`, first.at("nextPageToken")))
	if diff := cmp.Diff(all, append(ids(first), ids(second)...)); diff != "" || second.get("nextPageToken") != "" {
		t.Errorf("page by page (-want +got):\n%s", diff)
	}
	w.must("rome", "returns/ListReturnRequests", `{"location":"rome"}`)
	w.refused("rome", "returns/ListReturnRequests", `{"location":"milan"}`, "PERMISSION_DENIED", "")
	w.refused("ada", "returns/ListReturnRequests", `{"location":"rome"}`, "PERMISSION_DENIED", "")
	w.refused("staff", "returns/ListReturnRequests", `{}`, "INVALID_REQUEST", "location")
}

// TestRequestsOfOthers are not found, whoever asks about them.
func TestRequestsOfOthers(t *testing.T) {
	w := openShop(t)
	order, request := w.approved(1, "")
	his := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), `,"customer":"`+bob+`"`+paid("CARD", 1000)))
	hers := `,"customer":"` + ada + `"`
	bobs := w.must("staff", "returns/RequestReturn", sendBack(his.at("id"), "", 1)).at("id")
	for _, method := range []string{"returns/CancelReturnRequest", "returns/ShipReturnRequest"} {
		w.refused("ada", method, ofRequest(bobs, hers), "UNKNOWN_RETURN_REQUEST", "return_request")
		w.refused("ada", method, ofRequest(bobs, `,"customer":"`+bob+`"`), "PERMISSION_DENIED", "")
		w.refused("ada", method, ofRequest(request.at("id"), ""), "PERMISSION_DENIED", "")
		w.refused("till", method, ofRequest(request.at("id"), `,"location":"milan"`), "UNKNOWN_RETURN_REQUEST", "return_request") // it goes to Rome
	}
	w.refused("ada", "returns/RequestReturn", sendBack(his.at("id"), hers, 1), "UNKNOWN_ORDER", "order")
	w.refused("ada", "returns/ApproveReturnRequest", ofRequest(request.at("id"), ""), "PERMISSION_DENIED", "")
	w.refused("till", "returns/ApproveReturnRequest", ofRequest(request.at("id"), `,"location":"milan"`), "PERMISSION_DENIED", "")
	for _, method := range []string{"returns/ReceiveReturnRequest", "returns/InspectReturnRequest", "returns/CloseReturnRequest"} {
		w.refused("rome", method, ofRequest(request.at("id"), ""), "PERMISSION_DENIED", "")
	}
	w.must("rome", "returns/ReceiveReturnRequest", ofRequest(request.at("id"), `,"location":"rome"`+came(1)))
	w.refused("rome", "returns/InspectReturnRequest", ofRequest(request.at("id"), `,"location":"rome","byRight":true,"lines":[`+back(1, 1, "UNDECIDED")+`]`),
		"PERMISSION_DENIED", "")
	w.must("rome", "returns/InspectReturnRequest", ofRequest(request.at("id"), `,"location":"rome","lines":[`+back(1, 1, "UNDECIDED")+`]`))
	w.want(w.do("staff", "orders/GetOrder", `{"order":%q}`, order.at("id")), map[string]any{"lines.0.returnedQuantity": "1"})
	w.audit()
}
