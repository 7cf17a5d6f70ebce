package app_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPurchaseHistory is what a customer bought at a till, in the web shop and in the app, in one list.
func TestPurchaseHistory(t *testing.T) {
	w := openShop(t)
	of := func(customer string) string { return `,"customer":"` + customer + `"` }
	till := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 2, ""), paid("CASH", 2000)+of(ada)))
	web := w.must("shop", "orders/PlaceOrder", online(goods("HAT", 1, "SHIP", "milan"), of(ada)))
	app := w.must("staff", "orders/PlaceOrder", basket("app", "online", goods("SHIRT-S", 1, "PICKUP", "milan"), of(ada)))
	w.must("till", "orders/PlaceOrder", basket("till", "milan", line("SOCK", 1, ""), paid("CASH", 500)+of(bob)))
	back := w.must("rome", "returns/AcceptReturn", returned("rome", till.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))

	var seen []string
	for token := any(""); ; {
		page := w.rest("ada", "customers/ListPurchases", fmt.Sprintf(`{"customer":%q,"pageSize":2,"pageToken":%q}`, ada, token))
		if overGRPC := w.do("ada", "customers/ListPurchases", `{"customer":%q,"pageSize":2,"pageToken":%q}`, ada, token); !cmp.Equal(page.body, overGRPC.body) {
			t.Error(cmp.Diff(overGRPC.body, page.body))
		}
		all, _ := page.at("purchases").([]any)
		if len(all) > 2 {
			t.Errorf("a page of %d", len(all))
		}
		for _, one := range all {
			p := answer{body: one.(map[string]any)}
			seen = append(seen, fmt.Sprintf("%v %v at %v by %v: %v of %v", p.at("kind"), p.at("id"), p.at("location"), p.at("channel"), p.get("total.amountMinor"), p.at("units")))
		}
		if token = page.at("nextPageToken"); token == "" {
			break
		}
	}
	order := func(o answer, location, channel, total string, units int) string {
		return fmt.Sprintf("PURCHASE_KIND_ORDER %v at %s by %s: %s of %d", o.at("id"), location, channel, total, units)
	}
	// What happened in one instant stands in the order of its ids, and so is compared apart.
	want := map[string]bool{
		order(till, "milan", "till", "2000", 2): true, order(web, "online", "shop", "1000", 1): true, order(app, "online", "app", "1995", 1): true,
		fmt.Sprintf("PURCHASE_KIND_RETURN %v at rome by : -1000 of 1", back.at("id")):                       true,
		fmt.Sprintf("PURCHASE_KIND_INVOICE %v at milan by : -1000 of 1", back.at("invoices", 0)):            true,
		fmt.Sprintf("PURCHASE_KIND_INVOICE %v at milan by : 2000 of 2", till.at("documents", 0, "invoice")): true,
	}
	for _, one := range seen {
		if !want[one] {
			t.Errorf("%s is in it, or twice", one)
		}
		delete(want, one)
	}
	for one := range want {
		t.Errorf("%s is not in it", one)
	}
	if len(seen) != 6 || seen[2] != order(app, "online", "app", "1995", 1) || seen[3] != order(web, "online", "shop", "1000", 1) {
		t.Errorf("not newest first: %q", seen)
	}
	if others := w.do("staff", "customers/ListPurchases", `{"customer":%q}`, bob); len(others.at("purchases").([]any)) != 2 {
		t.Errorf("of another: %v", others.body)
	}
	w.audit()
}
