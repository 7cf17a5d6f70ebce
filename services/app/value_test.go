package app_test

import (
	"fmt"
	"testing"
	"time"

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
	is("milan", "HAT", "201 150600 749") // it cost 600 when it left

	sent := w.must("staff", "stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"101"}]}`)
	is("milan", "HAT", "100 74925 749")
	is("rome", "HAT", "100 unknown")
	w.must("staff", "stock/ReceiveTransfer", fmt.Sprintf(`{"transfer":%q,"location":"rome","lines":[{"sku":"HAT","quantity":"102"}],"reason":"packed-wrongly"}`, sent.at("id")))
	is("milan", "HAT", "99 74176 749")
	is("rome", "HAT", "202 151349 749")

	expected := w.must("staff", "deliveries/AnnounceDelivery", `{"location":"milan","kind":"DELIVERY_KIND_PURCHASE_ORDER","supplier":"acme","expectedOn":"2030-01-02","lines":[{"sku":"HAT","quantity":"1"}]}`)
	w.must("staff", "deliveries/ReceiveDelivery", fmt.Sprintf(`{"location":"milan","delivery":%q,"lines":[%s]}`, expected.at("id"), costing("HAT", 1, 1750)))
	is("milan", "HAT", "100 75926 759")

	t.Run("all of a location, and a SKU everywhere, in pages", func(t *testing.T) {
		w := w.in(t)
		all := w.bothDoors("staff", "stock/GetStockValue", `{"location":"milan"}`)
		want := map[string]any{
			"location": "milan", "value": map[string]any{"currencyCode": "EUR", "amountMinor": "75926"}, "units": "100", "unitsWithoutCost": "117", // socks and shirts
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

// TestMargins tells what goods brought in beyond their cost, over all channels and each.
func TestMargins(t *testing.T) {
	w := openShop(t)
	now := time.Now().UTC()
	today, tomorrow := now.Format(time.DateOnly), now.AddDate(0, 0, 1).Format(time.DateOnly) // midnight may come in between
	margins := func(more string) []string {
		w.t.Helper()
		page := w.bothDoors("staff", "reports/ListMargins", fmt.Sprintf(`{"fromDay":%q,"untilDay":%q%s}`, today, tomorrow, more))
		var all []string
		found, _ := page.at("margins").([]any)
		for _, one := range found {
			m := answer{body: one.(map[string]any)}
			all = append(all, fmt.Sprint(m.get("location"), "/", m.get("channel"), "/", m.get("product"), "/", m.get("sku"), ": ", m.get("sold"), " less ",
				m.get("returned"), ", ", m.get("turnover.amountMinor"), " - ", m.get("cost.amountMinor"), " = ", m.get("margin.amountMinor"), ", without ",
				m.get("unitsWithoutCost"), " ", m.get("turnoverWithoutCost.amountMinor")))
		}
		return all
	}
	if none := margins(""); len(none) > 0 {
		t.Errorf("nothing was sold: %v", none)
	}
	w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[`+costing("HAT", 10, 600)+`]}`)
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 3, "")+","+line("SOCK", 2, ""), paid("CARD", 4000)))
	w.must("staff", "returns/AcceptReturn", returned("milan", sold.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
	shipped, packed := w.ready("SHIP", paid("CARD", 1000))
	w.must("staff", "fulfilments/ShipFulfilment", with(packed, `,"carrier":"SEUR"`))
	w.must("staff", "returns/ExchangeGoods", returned("milan", sold.at("id"), back(1, 1, "RETURN_TO_STOCK"),
		`,"sale":`+with(basket("till", "milan", line("HAT", 1, ""), ""), `,"requestId":"`+newUUID()+`"`)))
	second := w.must("staff", "orders/PlaceOrder", basket("till", "rome", line("HAT", 1, ""), paid("CARD", 1000)))
	for _, c := range []struct {
		more string
		want []string
	}{
		{`,"by":["MARGIN_PART_LOCATION","MARGIN_PART_CHANNEL","MARGIN_PART_SKU"]`, []string{
			"milan/till/hat/HAT: 4 less 2, 1639 - 1200 = 439, without 0 0", "milan/till/sock/SOCK: 2 less 0, 820 - 0 = 0, without 2 820",
			"online/shop/hat/HAT: 1 less 0, 820 - 600 = 220, without 0 0", "rome/till/hat/HAT: 1 less 0, 820 - 0 = 0, without 1 820",
		}},
		{`,"by":["MARGIN_PART_PRODUCT"]`, []string{
			"//hat/: 6 less 2, 3279 - 1800 = 659, without 1 820", "//sock/: 2 less 0, 820 - 0 = 0, without 2 820",
		}},
		{"", []string{"///: 8 less 2, 4099 - 1800 = 659, without 3 1640"}},
		{`,"channel":"till","location":"milan","by":["MARGIN_PART_CHANNEL"]`, []string{"/till//: 6 less 2, 2459 - 1200 = 439, without 2 820"}},
	} {
		if diff := cmp.Diff(c.want, margins(c.more)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.more, diff)
		}
	}

	// A ticket that becomes a full invoice is not turned over twice.
	w.must("staff", "invoices/IssueFullInvoice", fmt.Sprintf(`{"invoice":%q,"buyer":{"name":"Rossi","taxId":"IT1"}}`, w.ticketOf(second)))
	if got := margins(""); len(got) != 1 || got[0] != "///: 8 less 2, 4099 - 1800 = 659, without 3 1640" {
		t.Errorf("with a full invoice: %v", got)
	}
	// What comes back elsewhere is taken off where it was sold, and costs nothing there if no cost is known of its like.
	w.must("staff", "returns/AcceptReturn", returned("rome", shipped.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
	online := `,"location":"online","by":["MARGIN_PART_LOCATION","MARGIN_PART_SKU"]`
	if got := margins(online); len(got) != 1 || got[0] != "online//hat/HAT: 1 less 1, 0 - 600 = 220, without 1 -820" {
		t.Errorf("of what was sold online: %v", got)
	}

	body := fmt.Sprintf(`{"fromDay":%q,"untilDay":%q,"pageSize":1,"by":["MARGIN_PART_PRODUCT"]`, today, tomorrow)
	first := w.bothDoors("staff", "reports/ListMargins", body+"}")
	next := w.bothDoors("staff", "reports/ListMargins", body+fmt.Sprintf(`,"pageToken":%q}`, first.at("nextPageToken")))
	if first.get("margins.0.product") != "hat" || next.get("margins.0.product") != "sock" || next.at("nextPageToken") != "" {
		t.Errorf("pages %v and %v", first.body, next.body)
	}
	for _, key := range []string{"site", "till", "tablet"} {
		w.refused(key, "reports/ListMargins", body+"}", "PERMISSION_DENIED", "")
	}
}
