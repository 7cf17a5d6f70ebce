package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOrderSteps tells the story of an order that was kept, ordered, paid, collected and brought back, in several places.
func TestOrderSteps(t *testing.T) {
	w := openShop(t)
	hold := w.must("shop", "stock/HoldStock", `{"location":"milan","channel":"shop","owner":"cart","lines":[{"sku":"HAT","quantity":"2"}]}`)
	placed := w.must("shop", "orders/PlaceOrder", online(goods("HAT", 2, "PICKUP", "milan"),
		fmt.Sprintf(`,"holds":[{"location":"milan","hold":%q}]`, hold.at("id"))+paid("CARD", 2000)))
	order := placed.at("id").(string)
	w.must("shop", "orders/PlaceOrder", online(goods("SOCK", 1, "SHIP", "milan"), paid("CARD", 500))) // another's
	pickup := w.must("staff", "fulfilments/ListOrderFulfilments", fmt.Sprintf(`{"order":%q}`, order)).at("fulfilments", 0, "id")
	work := func(method, more string) {
		t.Helper()
		w.must("staff", "fulfilments/"+method, fmt.Sprintf(`{"location":"milan","fulfilment":%q%s}`, pickup, more))
	}
	work("AcceptFulfilment", "")
	work("PickFulfilment", "")
	work("ReadyFulfilment", "")
	code := w.must("shop", "fulfilments/GetPickupCode", fmt.Sprintf(`{"location":"milan","fulfilment":%q}`, pickup)).at("code")
	work("CollectPickup", fmt.Sprintf(`,"code":%q`, code))
	w.must("staff", "returns/AcceptReturn", returned("rome", order, back(1, 1, "RETURN_TO_STOCK"), ""))

	tell := func(steps answer) (told []string) {
		for i := range steps.at("steps").([]any) {
			step := func(field string) any { return steps.at("steps", i, field) }
			subject, _, _ := strings.Cut(step("subject").(string), "/")
			channel, _ := step("channel").(string)
			told = append(told, fmt.Sprintf("%s %s v%s %s %s %s", step("event"), subject, step("version"), step("kind"), step("actor"), channel))
		}
		return told
	}
	want := []string{
		"StockHeld hold v1 HOLD shop shop",
		"HoldCommitted hold v2 SALE shop shop", "OrderPlaced order v1 SALE shop shop", "FulfilmentPlaced fulfilment v1 SALE shop shop",
		"FulfilmentAccepted fulfilment v2 WORK staff ", "FulfilmentPicking fulfilment v3 WORK staff ", "PickupReady fulfilment v4 WORK staff ",
		"InvoiceIssued invoice v1 HANDOVER staff shop", "OrderHandedOver order v2 HANDOVER staff shop", "UnitsCollected fulfilment v5 HANDOVER staff shop",
		"InvoiceIssued invoice v1 RETURN staff ", "OrderReturned order v3 RETURN staff ", "ReturnAccepted return v1 RETURN staff ",
	}
	for _, all := range []answer{
		w.must("staff", "orders/ListOrderSteps", fmt.Sprintf(`{"order":%q}`, order)), w.rest("staff", "orders/ListOrderSteps", fmt.Sprintf(`{"order":%q}`, order)),
	} {
		if diff := cmp.Diff(want, tell(all)); diff != "" {
			t.Errorf("the story (-want +got):\n%s", diff)
		}
	}
	var paged []string
	for token := ""; ; {
		page := w.must("staff", "orders/ListOrderSteps", fmt.Sprintf(`{"order":%q,"pageSize":4,"pageToken":%q}`, order, token))
		paged = append(paged, tell(page)...)
		if token, _ = page.at("nextPageToken").(string); token == "" {
			break
		}
	}
	if diff := cmp.Diff(want, paged); diff != "" {
		t.Errorf("page by page (-want +got):\n%s", diff)
	}
}
