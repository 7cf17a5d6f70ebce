package app_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// costing is a line of an arrival with what one unit cost.
func costing(sku string, quantity, minor int) string {
	return fmt.Sprintf(`{"sku":%q,"quantity":"%d","unitCost":{"currencyCode":"EUR","amountMinor":"%d"}}`, sku, quantity, minor)
}

// value is what the units of a SKU at a location cost, as "units value unit", over either door.
func (w *world) value(location, sku string) string {
	w.t.Helper()
	page := w.bothDoors("staff", "stock/ListStockValues", fmt.Sprintf(`{"location":%q,"sku":%q}`, location, sku))
	at := "values.0."
	if page.get(at+"value") == nil {
		return fmt.Sprint(page.get(at+"onHand"), " unknown")
	}
	if page.get(at+"value.currencyCode") != "EUR" || page.get(at+"unitCost.currencyCode") != "EUR" {
		w.t.Errorf("in which money? %v", page.body)
	}
	return fmt.Sprint(page.get(at+"onHand"), " ", page.get(at+"value.amountMinor"), " ", page.get(at+"unitCost.amountMinor"))
}

// TestValue follows what goods cost from their delivery through whatever becomes of them. Milan has 100 hats whose cost nobody knows.
func TestValue(t *testing.T) {
	w := openShop(t)
	is := func(location, sku, want string) {
		w.t.Helper()
		if got := w.value(location, sku); got != want {
			w.t.Errorf("%s at %s is worth %s, not %s", sku, location, got, want)
		}
	}
	is("milan", "HAT", "100 unknown")
	before := w.bothDoors("staff", "stock/GetStockValue", `{"location":"rome"}`)
	if before.get("unitsWithoutCost") != "110" || before.get("units") != "0" || before.get("value.amountMinor") != "0" {
		t.Errorf("Rome is worth %v", before.body)
	}

	w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[`+costing("HAT", 10, 600)+`,{"sku":"SOCK","quantity":"5"}]}`)
	is("milan", "HAT", "110 66000 600") // those that were there cost as much
	is("milan", "SOCK", "105 unknown")

	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 2, ""), paid("CASH", 2000)))
	is("milan", "HAT", "108 64800 600")
	w.must("staff", "stock/AdjustStock", `{"location":"milan","lines":[{"sku":"HAT","difference":"-8"}],"reason":"theft"}`)
	is("milan", "HAT", "100 60000 600")
	w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[`+costing("HAT", 100, 900)+`]}`)
	is("milan", "HAT", "200 150000 750")

	w.must("staff", "returns/AcceptReturn", fmt.Sprintf(`{"order":%q,"location":"milan","lines":[{"line":1,"quantity":"1","disposition":"DISPOSITION_RETURN_TO_STOCK"}]}`, sold.at("id")))
	is("milan", "HAT", "201 150750 750")

	sent := w.must("staff", "stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"101"}]}`)
	is("milan", "HAT", "100 75000 750")
	is("rome", "HAT", "100 unknown")
	w.must("staff", "stock/ReceiveTransfer", fmt.Sprintf(`{"transfer":%q,"location":"rome","lines":[{"sku":"HAT","quantity":"102"}],"reason":"packed-wrongly"}`, sent.at("id")))
	is("milan", "HAT", "99 74250 750")
	is("rome", "HAT", "202 151500 750")

	expected := w.must("staff", "deliveries/AnnounceDelivery", `{"location":"milan","kind":"DELIVERY_KIND_PURCHASE_ORDER","supplier":"acme","expectedOn":"2030-01-02","lines":[{"sku":"HAT","quantity":"1"}]}`)
	w.must("staff", "deliveries/ReceiveDelivery", fmt.Sprintf(`{"location":"milan","delivery":%q,"lines":[%s]}`, expected.at("id"), costing("HAT", 1, 1750)))
	is("milan", "HAT", "100 76000 760")

	t.Run("all of a location, and a SKU everywhere, in pages", func(t *testing.T) {
		w := w.in(t)
		all := w.bothDoors("staff", "stock/GetStockValue", `{"location":"milan"}`)
		want := map[string]any{
			"location": "milan", "value": map[string]any{"currencyCode": "EUR", "amountMinor": "76000"}, "units": "100", "unitsWithoutCost": "117", // socks and shirts
		}
		if diff := cmp.Diff(want, all.body); diff != "" {
			t.Errorf("Milan (-want +got):\n%s", diff)
		}
		first := w.bothDoors("staff", "stock/ListStockValues", `{"sku":"HAT","pageSize":1}`)
		second := w.bothDoors("staff", "stock/ListStockValues", fmt.Sprintf(`{"sku":"HAT","pageSize":1,"pageToken":%q}`, first.at("nextPageToken")))
		if first.get("values.0.location") != "milan" || second.get("values.0.location") != "rome" || second.at("nextPageToken") != "" {
			t.Errorf("pages %v and %v", first.body, second.body)
		}
	})
	t.Run("is told to staff alone", func(t *testing.T) {
		w := w.in(t)
		for _, key := range []string{"site", "till", "tablet"} {
			w.refused(key, "stock/ListStockValues", `{"location":"milan"}`, "PERMISSION_DENIED", "")
			w.refused(key, "stock/GetStockValue", `{"location":"milan"}`, "PERMISSION_DENIED", "")
		}
	})
}
