package app_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestRetiredChannel retires a channel under the orders that were placed in it, which go on as if it were there; nothing new comes by it.
func TestRetiredChannel(t *testing.T) {
	w := openShop(t)
	place := func() answer {
		return w.must("shop", "orders/PlaceOrder", online(goods("HAT", 2, "PICKUP", "milan"), paid("CARD", 2000)))
	}
	collected, rerouted, cancelled := place(), place(), place()
	w.must("staff", "carts/PutCart", filled(ofAda, goods("HAT", 1, "PICKUP", "milan"), ""))
	w.must("staff", "locations/PutChannel", strings.Replace(shopChannel, `"holdTime"`, `"cartsLeftAfter":"1s","retired":true,"holdTime"`, 1))

	w.refuseAll([]refusal{
		{"orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), paid("CARD", 1000)), "CHANNEL_RETIRED", "channel"},
		{"orders/PlaceOrder", online("", `,`+ofAda+`,"cart":{"version":"1"}`+paid("CARD", 1000)), "CHANNEL_RETIRED", "channel"},
		{"orders/QuoteOrder", online(goods("HAT", 1, "PICKUP", "milan"), ""), "CHANNEL_RETIRED", "channel"},
		{"stock/HoldStock", `{"location":"milan","channel":"shop","owner":"cart","lines":[{"sku":"HAT","quantity":"1"}]}`, "CHANNEL_RETIRED", "channel"},
		{"carts/PutCart", filled(ofAda, goods("HAT", 2, "PICKUP", "milan"), `,"version":"1"`), "CHANNEL_RETIRED", "channel"},
	})

	work := w.work(collected, "PICKUP", "")
	w.must("till", "fulfilments/ReadyFulfilment", work)
	right, _ := w.code(work)
	w.must("till", "fulfilments/CollectPickup", with(work, shown(right)))
	w.want(w.must("rome", "returns/AcceptReturn", returned("rome", collected.at("id"), back(1, 1, "RETURN_TO_STOCK"), "")),
		map[string]any{"channel": "", "refunds.0.amount.amountMinor": "1000"})

	w.want(w.must("till", "fulfilments/RejectUnits", with(w.work(rerouted, "PICKUP", ""), missing+`,"instead":["FULFILMENT_METHOD_PICKUP"]`)),
		map[string]any{"lines.0.cancelledQuantity": "2", "lines.0.rejectedQuantity": "2", "lines.1.location": "rome", "channel": "shop"})
	w.want(w.must("shop", "orders/CancelLines", fmt.Sprintf(`{"order":%q}`, cancelled.at("id"))),
		map[string]any{"state": "ORDER_STATE_CANCELLED", "lines.0.cancelledQuantity": "2", "lines.0.rejectedQuantity": "0"})

	if n := w.count("select count(*) from carts where recorded_at <= clock_timestamp() and left_at is not null"); n != 0 {
		t.Errorf("%d carts were left behind", n)
	}
	w.audit()
}
