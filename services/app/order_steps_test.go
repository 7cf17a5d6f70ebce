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
	by := "staff"
	work := func(method, more string) {
		t.Helper()
		w.must(by, "fulfilments/"+method, fmt.Sprintf(`{"location":"milan","fulfilment":%q%s}`, pickup, more))
	}
	work("AcceptFulfilment", "")
	by = "till"
	work("PickFulfilment", "")
	work("ReadyFulfilment", "")
	code := w.must("shop", "fulfilments/GetPickupCode", fmt.Sprintf(`{"location":"milan","fulfilment":%q}`, pickup)).at("code")
	work("CollectPickup", fmt.Sprintf(`,"code":%q`, code))
	w.must("rome", "returns/AcceptReturn", returned("rome", order, back(1, 1, "RETURN_TO_STOCK"), ""))

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
		"FulfilmentAccepted fulfilment v2 WORK staff ", "FulfilmentPicking fulfilment v3 WORK till till", "PickupReady fulfilment v4 WORK till till",
		"InvoiceIssued invoice v1 HANDOVER till till", "OrderHandedOver order v2 HANDOVER till till", "UnitsCollected fulfilment v5 HANDOVER till till",
		"InvoiceIssued invoice v1 RETURN rome till", "OrderReturned order v3 RETURN rome till", "ReturnAccepted return v1 RETURN rome till",
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

// TestWhoCancelled tells a customer's order in the shop that somebody else cancelled from what she did herself: by the key, its channel, and the words.
func TestWhoCancelled(t *testing.T) {
	w := openShop(t)
	order := w.must("shop", "orders/PlaceOrder", online(goods("HAT", 3, "SHIP", "milan"), paid("CARD", 3000))).at("id").(string)
	for _, key := range []string{"shop", "till", "staff"} {
		more := map[string]string{"till": `,"cashLocation":"milan","note":"she called: too small"`}[key]
		w.must(key, "orders/CancelLines", fmt.Sprintf(`{"order":%q,"lines":[{"line":1,"quantity":"1"}]%s}`, order, more))
	}
	steps := w.must("staff", "orders/ListOrderSteps", fmt.Sprintf(`{"order":%q}`, order))
	var told []string
	for i := range steps.at("steps").([]any) {
		if of := func(field string) any { return steps.at("steps", i, field) }; of("event") == "UnitsCancelled" {
			told = append(told, fmt.Sprintf("%v %v %v", of("actor"), of("channel"), of("note")))
		}
	}
	if diff := cmp.Diff([]string{"shop shop ", "till till she called: too small", "staff  "}, told); diff != "" {
		t.Errorf("who cancelled (-want +got):\n%s", diff)
	}
}
