package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// purchases are the orders that a key finds, over both doors and page by page.
func (w *world) purchases(key, by string) (orders []string) {
	w.t.Helper()
	for token := any(""); ; {
		page := w.bothDoors(key, "returns/FindPurchases", fmt.Sprintf(`{%s,"pageSize":2,"pageToken":%q}`, by, token))
		found, _ := page.at("purchases").([]any)
		if len(found) > 2 {
			w.t.Errorf("a page of %d, asked for 2", len(found))
		}
		orders = append(orders, named(page, "purchases", "order")...)
		if token = page.at("nextPageToken"); token == "" {
			return orders
		}
	}
}

// wantPurchases checks which orders a key finds, newest first.
func (w *world) wantPurchases(key, by string, want ...answer) {
	w.t.Helper()
	var ids []string
	for _, order := range want {
		ids = append(ids, order.at("id").(string))
	}
	if diff := cmp.Diff(ids, w.purchases(key, by)); diff != "" {
		w.t.Errorf("%s finds by %s (-want +got):\n%s", key, by, diff)
	}
}

func byNumber(number any) string { return fmt.Sprintf(`"number":%q`, number) }

func byReceipt(location, reference string) string {
	return fmt.Sprintf(`"receipt":{"location":%q,"reference":%q}`, location, reference)
}

func byCustomer(customer string) string { return fmt.Sprintf(`"customer":%q`, customer) }

// TestFindPurchases finds what was bought anywhere by what a customer shows, and takes back what it says may come back.
func TestFindPurchases(t *testing.T) {
	w := openShop(t)
	ofAda := `,"customer":"` + ada + `"`
	order, work := w.ready("PICKUP", paid("CARD", 1000)+ofAda)
	right, _ := w.code(work)
	w.must("staff", "fulfilments/CollectPickup", with(work, shown(right)))
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 3, "")+","+line("SOCK", 1, ""),
		`,"reference":"T-17"`+ofAda+paid("CARD", 3500)))
	again := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), `,"reference":"T-17"`+paid("CARD", 1000)))
	elsewhere := w.must("rome", "orders/PlaceOrder", basket("till", "rome", line("HAT", 1, ""), `,"reference":"T-17"`+paid("CARD", 1000)))
	his := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), `,"reference":"T-17","customer":"`+bob+`"`+paid("CARD", 1000)))
	promised := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 2, "PICKUP", "milan"), ofAda))
	ticket := func(o answer) string {
		return w.do("staff", "invoices/ListOrderInvoices", `{"order":%q}`, o.at("id")).at("invoices", 0, "number").(string)
	}

	t.Run("by the number of an order or of an invoice", func(t *testing.T) {
		w := w.in(t)
		w.wantPurchases("rome", byNumber(order.at("number")), order)
		w.wantPurchases("rome", byNumber(strings.ToLower(strings.ReplaceAll(order.at("number").(string), "-", " "))), order)
		w.wantPurchases("rome", byNumber(ticket(order)), order)
		w.wantPurchases("rome", byNumber("milan-1-T99-000009"))
		w.wantPurchases("rome", byNumber("nothing of the kind"))
		w.wantPurchases("rome", byCustomer(ada)+","+byNumber(order.at("number")), order)
		w.wantPurchases("rome", byCustomer(bob)+","+byNumber(order.at("number")))
		w.wantPurchases("rome", byCustomer(bob)+","+byNumber(ticket(order)))
		blind := w.must("staff", "returns/AcceptBlindReturn", blind("milan", "till", "HAT", eur(1), "CASH", ""))
		document := w.do("staff", "invoices/GetInvoice", `{"invoice":%q}`, blind.at("invoices", 0))
		w.wantPurchases("rome", byNumber(document.at("number"))) // it is no purchase
	})
	t.Run("by the number that a till gave", func(t *testing.T) {
		w := w.in(t)
		w.wantPurchases("rome", byReceipt("milan", "T-17"), his, again, sold)
		w.wantPurchases("rome", byReceipt("rome", "T-17"), elsewhere)
		w.wantPurchases("rome", byReceipt("milan", "T-18"))
		w.wantPurchases("rome", byReceipt("nowhere", "T-17"))
		w.wantPurchases("rome", byCustomer(bob)+","+byReceipt("milan", "T-17"), his)
		w.wantPurchases("ada", byCustomer(ada)+","+byReceipt("milan", "T-17"), sold)
	})
	t.Run("by the customer", func(t *testing.T) {
		w := w.in(t)
		w.wantPurchases("rome", byCustomer(ada), promised, sold, order)
		w.wantPurchases("ada", byCustomer(ada), promised, sold, order)
		w.wantPurchases("till", byCustomer(newUUID()))
	})
	t.Run("a shopper finds her own, and does not learn that the rest is there", func(t *testing.T) {
		w := w.in(t)
		w.wantPurchases("ada", byCustomer(ada)+","+byNumber(sold.at("number")), sold)
		for _, by := range []string{byNumber(his.at("number")), byNumber(ticket(his)), byNumber("milan-1-T99-000009")} {
			w.wantPurchases("ada", byCustomer(ada)+","+by)
			w.refused("ada", "returns/FindPurchases", `{`+by+`}`, "PERMISSION_DENIED", "")
			w.refused("ada", "returns/FindPurchases", `{`+byCustomer(bob)+`,`+by+`}`, "PERMISSION_DENIED", "")
		}
	})
	t.Run("with what may come back, which does", func(t *testing.T) {
		w := w.in(t)
		lines := func() answer { return w.must("rome", "returns/FindPurchases", `{`+byNumber(sold.at("number"))+`}`) }
		found := lines()
		w.want(found, map[string]any{
			"purchases.0.channel": "till", "purchases.0.location": "milan", "purchases.0.reference": "T-17", "purchases.0.number": sold.at("number"),
			"purchases.0.customer": ada, "purchases.0.occurredAt": sold.at("occurredAt"), "purchases.0.grossTotal.amountMinor": "3500",
			"purchases.0.lines.0.sku": "HAT", "purchases.0.lines.0.description": "Straw hat", "purchases.0.lines.0.quantity": "3",
			"purchases.0.lines.0.leftQuantity": "3", "purchases.0.lines.0.returnableQuantity": "3", "purchases.0.lines.0.grossAmount.amountMinor": "3000",
			"purchases.0.lines.1.sku": "SOCK", "purchases.0.lines.1.leftQuantity": "1", "purchases.0.lines.1.returnableQuantity": "0", // a final sale
			"purchases.0.lines.1.returnUntil": nil, "purchases.0.lines.2": nil,
		})
		if until := found.get("purchases.0.lines.0.returnUntil"); until == nil || until.(string) <= sold.at("occurredAt").(string) {
			t.Errorf("it may come back until %v", until)
		}
		w.must("rome", "returns/AcceptReturn", returned("rome", sold.at("id"), back(1, 2, "RETURN_TO_STOCK"), ""))
		w.want(lines(), map[string]any{"purchases.0.lines.0.leftQuantity": "1", "purchases.0.lines.0.returnableQuantity": "1"})
		w.refused("rome", "returns/AcceptReturn", returned("rome", sold.at("id"), back(1, 2, "RETURN_TO_STOCK"), ""), "RETURN_TOO_LARGE", "lines[0].quantity")
		w.want(w.must("rome", "returns/FindPurchases", `{`+byNumber(promised.at("number"))+`}`), map[string]any{
			"purchases.0.channel": "shop", "purchases.0.location": "online", "purchases.0.lines.0.leftQuantity": "0",
			"purchases.0.lines.0.returnableQuantity": "0", "purchases.0.lines.0.returnUntil": nil,
		})
	})
	w.audit()
}
