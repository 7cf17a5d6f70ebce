package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// lostBy is why a carrier has something no more.
const lostBy = `,"reason":"lost","note":"said the carrier"`

// says is what a carrier says of a parcel.
func says(event, status string) string {
	return fmt.Sprintf(`,"events":[{"eventId":%q,"status":"TRACKING_STATUS_%s","time":%q,"place":"Bologna"}]`, event, status,
		time.Now().UTC().Format(time.RFC3339))
}

// sent is a paid shipment of hats that a carrier has.
func (w *world) sent(hats int) (work string) {
	w.t.Helper()
	order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", hats, "SHIP", "milan"), paid("CARD", 1000*int64(hats))))
	work = w.work(order, "SHIP", "")
	w.must("staff", "fulfilments/ReadyFulfilment", work)
	w.must("staff", "fulfilments/ShipFulfilment", with(work, `,"carrier":"SEUR","tracking":"T-1"`))
	return work
}

// TestUndeliveredShipments loses some of a parcel, has the rest brought back, and pays both back with a document each.
func TestUndeliveredShipments(t *testing.T) {
	w := openShop(t)
	work := w.sent(3)
	lost := w.must("till", "fulfilments/LoseShipment", with(work, lostBy+`,"lines":[{"line":1,"quantity":"1"}]`))
	w.want(lost, map[string]any{
		"fulfilment.state": "FULFILMENT_STATE_SHIPPED", "order.paymentState": "PAYMENT_STATE_PARTIALLY_REFUNDED",
		"returned.lines.0.disposition": "DISPOSITION_LOST", "returned.refundTotal.amountMinor": "1000", "returned.note": "said the carrier",
	})
	w.want(w.do("staff", "stock/ListMovements", `{"location":"milan","sku":"HAT","pageSize":1}`), map[string]any{
		"movements.0.kind": "RETURN", "movements.0.reason": "lost", "movements.0.cause": fmt.Sprint("return/", lost.at("returned", "id")),
	})
	brought := w.must("till", "fulfilments/ReturnShipment", with(work, `,"lines":[`+back(1, 1, "RETURN_TO_STOCK")+","+back(1, 1, "WRITE_OFF")+`]`))
	w.want(brought, map[string]any{
		"fulfilment.state": "FULFILMENT_STATE_RETURNED_TO_SENDER", "order.paymentState": "PAYMENT_STATE_REFUNDED",
		"returned.refundTotal.amountMinor": "2000",
	})
	for state, units := range map[string]string{"available": "98", "committed": "0", "damaged": "1"} {
		if there := w.level("milan", "HAT", state); there != units {
			t.Errorf("%s of the hats are %s, want %s", there, state, units)
		}
	}
	w.want(w.do("staff", "invoices/ListOrderInvoices", `{"order":%q}`, brought.at("order", "id")), map[string]any{
		"invoices.1.kind": "INVOICE_KIND_RECTIFICATIVE_SIMPLIFIED", "invoices.2.kind": "INVOICE_KIND_RECTIFICATIVE_SIMPLIFIED",
	})
	again := w.sent(1)
	outcomes := atOnce(6, func(i int) answer {
		if i%2 == 0 {
			return w.grpcCall("till", "fulfilments/ReturnShipment", again)
		}
		return w.grpcCall("till", "fulfilments/LoseShipment", with(again, lostBy))
	})
	if outcomes[""] != 1 || outcomes["FULFILMENT_CANCELLED"] != 5 {
		t.Errorf("six who do not find a parcel: %v", outcomes)
	}
	w.wantBook(map[string]int64{"online tender/CARD": 0})
	w.audit()
}

// TestParcels sends an order in three parcels: one arrives, one is lost, and what never left is cancelled.
func TestParcels(t *testing.T) {
	w := openShop(t)
	order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 4, "SHIP", "milan"), paid("CARD", 4000)))
	work := w.work(order, "SHIP", "")
	w.must("staff", "fulfilments/ReadyFulfilment", work)
	ship := func(hats int, by string) answer {
		return w.must("staff", "fulfilments/ShipFulfilment", with(work, fmt.Sprintf(`,"carrier":"SEUR","tracking":%q,"lines":[{"line":1,"quantity":"%d"}]`, by, hats)))
	}
	w.want(ship(1, "T-1"), map[string]any{
		"fulfilment.state": "FULFILMENT_STATE_PACKED", "fulfilment.parcels.0.tracking": "T-1", "fulfilment.parcels.0.lines.0.quantity": "1",
		"order.lines.0.fulfilledQuantity": "1", "invoice.grossTotal.amountMinor": "1000",
	})
	w.want(ship(2, "T-2"), map[string]any{
		"fulfilment.parcels.1.parcel": 2.0, "fulfilment.parcels.1.state": "FULFILMENT_STATE_SHIPPED", "fulfilment.tracking": "T-2",
		"invoice.grossTotal.amountMinor": "2000",
	})
	w.refused("staff", "fulfilments/DeliverShipment", work, "INVALID_REQUEST", "parcel")
	outcomes := atOnce(4, func(int) answer { return w.grpcCall("till", "fulfilments/DeliverShipment", with(work, `,"parcel":1`)) })
	if outcomes[""] != 1 || outcomes["FULFILMENT_STATE"] != 3 {
		t.Errorf("four who say that a parcel arrived: %v", outcomes)
	}
	w.want(w.must("till", "fulfilments/LoseShipment", with(work, lostBy+`,"parcel":2`)), map[string]any{
		"fulfilment.state": "FULFILMENT_STATE_PACKED", "fulfilment.parcels.0.state": "FULFILMENT_STATE_DELIVERED",
		"fulfilment.parcels.1.state": "FULFILMENT_STATE_LOST", "fulfilment.parcels.1.lines.0.undeliveredQuantity": "2",
		"returned.refundTotal.amountMinor": "2000",
	})
	w.must("staff", "orders/CancelLines", fmt.Sprintf(`{"order":%q,"picked":true}`, order.at("id")))
	w.want(w.rest("staff", "fulfilments/GetFulfilment", work), map[string]any{
		"state": "FULFILMENT_STATE_DELIVERED", "parcels.1.state": "FULFILMENT_STATE_LOST", "parcels.2": nil,
	})
	if there := w.level("milan", "HAT", "available"); there != "97" {
		t.Errorf("available of the hats are %s", there)
	}
	w.wantBook(map[string]int64{"online tender/CARD": 1000})
	w.audit()
}

// TestTracking hears of a parcel out of order and again, sees what is wrong with it, and believes that it arrived.
func TestTracking(t *testing.T) {
	w := openShop(t)
	work := w.sent(1)
	w.must("till", "fulfilments/RecordTracking", with(work, says("E1", "EXCEPTION")))
	w.want(w.rest("till", "fulfilments/RecordTracking", with(work, says("E1", "EXCEPTION"))), map[string]any{
		"state": "FULFILMENT_STATE_SHIPPED", "parcels.0.needsAttention": true, "parcels.0.events.0.place": "Bologna", "parcels.0.events.1": nil,
	})
	traces := w.fingerprint()
	known := strings.Replace(with(work, says("E1", "EXCEPTION")), "{", `{"requestId":"`+newUUID()+`",`, 1)
	for _, door := range []func(string, string, string) answer{w.rest, w.must, w.rest} { // and under one id
		w.want(door("till", "fulfilments/RecordTracking", known), map[string]any{"parcels.0.events.0.eventId": "E1", "parcels.0.events.1": nil})
	}
	if after := w.fingerprint(); after != traces {
		t.Errorf("what is known left a trace:\n%s\n%s", traces, after)
	}
	ahead := fmt.Sprintf(`,"events":[{"eventId":"E9","status":"TRACKING_STATUS_LOST","time":%q}]`, time.Now().Add(48*time.Hour).Format(time.RFC3339))
	w.refused("till", "fulfilments/RecordTracking", with(work, ahead), "INVALID_REQUEST", "events[0].time")
	outcomes := atOnce(4, func(int) answer {
		return w.grpcCall("till", "fulfilments/RecordTracking", with(work, says("E2", "DELIVERED")))
	})
	if outcomes[""] != 4 || w.count("select count(*) from events where kind = 'ShipmentDelivered'") != 1 {
		t.Errorf("four times the same was told: %v", outcomes)
	}
	w.want(w.must("staff", "fulfilments/GetFulfilment", work), map[string]any{
		"state": "FULFILMENT_STATE_DELIVERED", "parcels.0.events.1.eventId": "E2", "parcels.0.events.2": nil, "parcels.0.needsAttention": false,
	})
	w.audit()
}

// TestParcelsOnTheWay lists what carriers have, page by page, what somebody should look after first, finds each by its number, and tells in the
// order's steps which parcel each act was of.
func TestParcelsOnTheWay(t *testing.T) {
	w := openShop(t)
	long := time.Now().Add(-119 * time.Hour).UTC().Format(time.RFC3339)
	order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 3, "SHIP", "milan"), paid("CARD", 3000)+`,"occurredAt":"`+long+`"`))
	two := w.work(order, "SHIP", "")
	w.must("staff", "fulfilments/ReadyFulfilment", two)
	quiet := w.sent(1)
	ship := func(by, more string) {
		w.must("staff", "fulfilments/ShipFulfilment", with(two, fmt.Sprintf(`,"carrier":"SEUR","tracking":%q%s`, by, more)))
	}
	ship("T \"2\"", `,"lines":[{"line":1,"quantity":"1"}],"occurredAt":"`+long+`"`)
	id := func(work string) string { return w.must("staff", "fulfilments/GetFulfilment", work).at("id").(string) }
	list := func() (ids []string, late []any) {
		for token, page := "", 0; page == 0 || token != ""; page++ {
			a := w.rest("till", "fulfilments/ListFulfilments", `{"location":"milan","pageSize":1,"list":"FULFILMENT_LIST_ON_THE_WAY","pageToken":"`+token+`"}`)
			ids, late, token = append(ids, a.at("fulfilments", 0, "id").(string)), append(late, a.at("fulfilments", 0, "late")), a.at("nextPageToken").(string)
		}
		return ids, late
	}
	wants := func(ids []string, late ...any) {
		t.Helper()
		if got, which := list(); !slices.Equal(got, ids) || !slices.Equal(which, late) {
			t.Errorf("on the way are %v, late %v, and should be %v, %v", got, which, ids, late)
		}
	}
	wants([]string{id(two), id(quiet)}, false, false) // it waits for the rest, and its parcel is the older one
	w.must("till", "fulfilments/RecordTracking", with(quiet, says("E1", "EXCEPTION")))
	wants([]string{id(quiet), id(two)}, true, false)
	w.must("till", "fulfilments/RecordTracking", with(two, says("E1", "IN_TRANSIT")+`,"parcel":1`))
	ship("T-3", "")
	w.must("till", "fulfilments/DeliverShipment", with(two, `,"parcel":2`))
	w.want(w.rest("staff", "fulfilments/GetFulfilment", two), map[string]any{"parcels.1.attentionAt": nil, "late": false})

	for number, want := range map[string]string{`T-1`: id(quiet), `T "2"`: id(two), `T-3`: id(two)} {
		for _, found := range []answer{
			w.rest("staff", "fulfilments/FindParcels", fmt.Sprintf(`{"tracking":%q}`, number)),
			w.must("till", "fulfilments/FindParcels", fmt.Sprintf(`{"tracking":%q,"location":"milan"}`, number)),
		} {
			w.want(found, map[string]any{"fulfilments.0.id": want, "fulfilments.1": nil})
		}
	}
	w.want(w.must("staff", "fulfilments/FindParcels", `{"tracking":"T-1","location":"rome"}`), map[string]any{"fulfilments.0": nil})
	w.want(w.must("staff", "fulfilments/FindParcels", `{"tracking":"T"}`), map[string]any{"fulfilments.0": nil})

	steps := w.rest("staff", "orders/ListOrderSteps", fmt.Sprintf(`{"order":%q}`, order.at("id")))
	var told []string
	for n := range steps.at("steps").([]any) {
		if subject := steps.at("steps", n, "subject").(string); strings.HasPrefix(subject, "fulfilment/") {
			told = append(told, fmt.Sprint(steps.at("steps", n, "event"), " ", steps.at("steps", n, "parcel")))
		}
	}
	if want := "FulfilmentPlaced 0, ShipmentPacked 0, ShipmentShipped 1, ShipmentTracked 1, ShipmentShipped 2, ShipmentDelivered 2"; strings.Join(told, ", ") != want {
		t.Errorf("of its parcels it is told: %v", told)
	}
	w.audit()
	t.Run("what no carrier spoke of is presumed delivered after thirty days", func(t *testing.T) {
		w := w.in(t)
		ago := time.Now().Add(-31 * 24 * time.Hour).UTC().Format(time.RFC3339)
		left := func(units int, lines string) string {
			order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", units, "SHIP", "rome"), paid("CARD", 1000*int64(units))+`,"occurredAt":"`+ago+`"`))
			work := w.work(order, "SHIP", "")
			w.must("staff", "fulfilments/ReadyFulfilment", work)
			w.must("staff", "fulfilments/ShipFulfilment", with(work, `,"carrier":"SEUR"`+lines+`,"occurredAt":"`+ago+`"`))
			return work
		}
		listed := func(want ...string) {
			t.Helper()
			a := w.must("staff", "fulfilments/ListFulfilments", `{"location":"rome","list":"FULFILMENT_LIST_ON_THE_WAY"}`)
			var ids []string
			for _, work := range want {
				ids = append(ids, id(work))
			}
			if got := named(a, "fulfilments", "id"); !slices.Equal(got, ids) {
				t.Errorf("on the way are %v, and should be %v", got, ids)
			}
			for n := range want {
				w.want(a, map[string]any{fmt.Sprintf("fulfilments.%d.late", n): true})
			}
		}
		silent, spoken, several := left(1, ""), left(1, ""), left(2, `,"lines":[{"line":1,"quantity":"1"}]`)
		w.must("staff", "fulfilments/ShipFulfilment", with(several, `,"carrier":"SEUR"`))
		listed(several)
		w.want(w.must("staff", "fulfilments/GetFulfilment", silent), map[string]any{"state": "FULFILMENT_STATE_SHIPPED", "late": false})
		w.must("staff", "fulfilments/RecordTracking", with(spoken,
			`,"events":[{"eventId":"E1","status":"TRACKING_STATUS_IN_TRANSIT","time":"`+ago+`"}]`))
		if w.audit(); id(spoken) < id(several) {
			listed(spoken, several)
		} else {
			listed(several, spoken)
		}
		w.sql("update fulfilments set recorded_at = recorded_at - interval '30 days' where location = 'rome'")
		listed(spoken)
		w.want(w.must("staff", "fulfilments/GetFulfilment", several), map[string]any{"late": false})
	})
	t.Run("what left before it was written down is found, and is late", func(t *testing.T) {
		w := w.in(t)
		w.sql("update fulfilments set parcels = null, attention_at = null where tracking = 'T-1'")
		w.want(w.must("staff", "fulfilments/FindParcels", `{"tracking":"T-1"}`), map[string]any{"fulfilments.0.id": id(quiet), "fulfilments.1": nil})
		wants([]string{id(quiet), id(two)}, true, false)
	})
}
