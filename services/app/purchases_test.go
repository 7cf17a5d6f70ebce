package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/app"
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

func finder(kind, value string) string {
	return fmt.Sprintf(`{"kind":"FINDER_KIND_%s","value":%q}`, kind, value)
}

func byFinder(kind, value string) string { return `"finder":` + finder(kind, value) }

// foundBy are finders that an order is placed with.
func foundBy(finders ...string) string { return `,"finders":[` + strings.Join(finders, ",") + `]` }

// TestFindPurchasesByWhatIsHers finds what somebody bought by what she says of herself, until it is forgotten; no row of the books and no event
// has it, and none beside them in words.
func TestFindPurchasesByWhatIsHers(t *testing.T) {
	t.Parallel()
	w := openShop(t)
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), `,"customer":"`+ada+`"`+paid("CARD", 1000)+
		foundBy(finder("LOYALTY", "al-0017"), finder("CARD_TOKEN", "tok_Visa-1"), finder("LOYALTY", "AL 0017"))))
	online := w.must("staff", "orders/PlaceOrder", once(online(goods("HAT", 1, "PICKUP", "milan"), `,"paymentTime":"86400s"`+
		contact("Ada@example.com", "+34600111222", "")+foundBy(finder("LOYALTY", "AL0017")))))

	t.Run("however she writes it", func(t *testing.T) {
		w := w.in(t)
		w.wantPurchases("rome", byFinder("LOYALTY", "Al0017"), online, sold)
		w.wantPurchases("rome", byFinder("PHONE", "0034 600 111 222"), online)
		w.wantPurchases("till", byFinder("EMAIL", " ada@Example.com"), online)
		w.wantPurchases("staff", byFinder("CARD_TOKEN", "tok_Visa-1"), sold)
		w.wantPurchases("rome", byCustomer(ada)+","+byFinder("LOYALTY", "AL0017"), sold)
		w.wantPurchases("rome", byCustomer(bob)+","+byFinder("LOYALTY", "AL0017"))
	})
	t.Run("what nobody has finds nothing, nor does what another kind has", func(t *testing.T) {
		w := w.in(t)
		for _, by := range []string{
			byFinder("LOYALTY", "AL0018"), byFinder("PHONE", "600111222"), byFinder("PHONE", "AL0017"), byFinder("CARD_TOKEN", "tok_visa-1"),
			byFinder("EMAIL", "no address"), byFinder("LOYALTY", "ada@example.com"),
		} {
			w.wantPurchases("rome", by)
		}
	})
	t.Run("none of it is written down in words", func(t *testing.T) {
		w := w.in(t)
		for _, table := range []string{"events", "requests", "orders", "ledger_transactions", "order_payments", "jobs.finders"} {
			for _, word := range []string{"al0017", "al-0017", "tok_visa", "600111222", "ada@"} {
				if n := w.count("select count(*) from " + table + " t where lower(t::text) like '%" + word + "%'"); n != 0 {
					t.Errorf("%s has %s", table, word)
				}
			}
		}
	})
	t.Run("who was refused, or did not place it, is not found by it", func(t *testing.T) {
		w := w.in(t)
		named := fmt.Sprintf(`,"order":%q`, online.at("id"))
		w.refused("staff", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), named+paid("CARD", 1000)+foundBy(finder("LOYALTY", "MALLORY"))),
			"ORDER_EXISTS", "order")
		w.wantPurchases("rome", byFinder("LOYALTY", "MALLORY"))
		order := newUUID()
		named = fmt.Sprintf(`,"order":%q`, order)
		w.refused("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), named+foundBy(finder("LOYALTY", "MALLORY"))), "PAYMENT_SHORT", "")
		if n := w.count("select count(*) from jobs.finders where order_id = $1::uuid", order); n != 0 {
			t.Errorf("%d finders of an order that was refused", n)
		}
		w.sql(`insert into jobs.finders select $1::uuid, kind, hash, now(), $2::uuid, '\x00' from jobs.finders where kind = 'CARD_TOKEN'`, order, newUUID())
		bought := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), named+paid("CARD", 1000)+foundBy(finder("LOYALTY", "CARO"))))
		w.wantPurchases("rome", byFinder("LOYALTY", "CARO"), bought)
		w.wantPurchases("rome", byFinder("CARD_TOKEN", "tok_Visa-1"), sold)
		w.sql(`delete from jobs.finders where fingerprint = '\x00'`)
	})
	t.Run("another contact takes the place of hers", func(t *testing.T) {
		w := w.in(t)
		link := fmt.Sprintf(`{"requestId":%q,"order":%q%s}`, newUUID(), online.at("id"), contact("", "+34600111333", ""))
		w.must("staff", "payments/SendPaymentLink", link)
		w.wantPurchases("rome", byFinder("PHONE", "+34600111333"), online)
		w.wantPurchases("rome", byFinder("PHONE", "+34600111222"))
		w.wantPurchases("rome", byFinder("EMAIL", "ada@example.com"))
		w.wantPurchases("rome", byFinder("LOYALTY", "AL0017"), online, sold)

		w.do("staff", "messages/EraseContact", `{"order":%q}`, online.at("id"))
		w.must("staff", "payments/SendPaymentLink", link) // comes again
		w.wantPurchases("rome", byFinder("PHONE", "+34600111333"))
		w.wantPurchases("rome", byFinder("LOYALTY", "AL0017"), sold)
	})
	t.Run("what is erased does not come back with a request that comes again", func(t *testing.T) {
		w := w.in(t)
		order := once(basket("till", "milan", line("HAT", 1, ""), fmt.Sprintf(`,"order":%q`, newUUID())+paid("CARD", 1000)+foundBy(finder("LOYALTY", "DORA"))))
		bought := w.must("till", "orders/PlaceOrder", order)
		w.wantPurchases("rome", byFinder("LOYALTY", "DORA"), bought)
		erase := fmt.Sprintf(`{"order":%q}`, bought.at("id"))
		if first, second := w.must("staff", "messages/EraseContact", erase), w.must("staff", "messages/EraseContact", erase); first.at("erased") != true ||
			second.at("erased") == true {
			t.Errorf("%v, %v", first.body, second.body)
		}
		w.must("till", "orders/PlaceOrder", order)
		w.wantPurchases("rome", byFinder("LOYALTY", "DORA"))
	})

	// In time it is forgotten by itself.
	w.sql("update jobs.finders set put_at = now() - interval '399 days'")
	w.sql("update jobs.finders set put_at = now() - interval '401 days' where order_id = $1::uuid and kind = 'CARD_TOKEN'", sold.at("id"))
	w.sql("insert into jobs.finders select $1::uuid, kind, hash, now() - interval '25 hours', null, null from jobs.finders where kind = 'CARD_TOKEN' limit 1", newUUID())
	w.again(func(*app.Config) {}) // which forgets when it begins
	eventually(t, "what is old, or of no order, is forgotten", func() bool {
		return w.count("select count(*) from jobs.finders where kind = 'CARD_TOKEN'") == 0
	})
	if n := w.count("select count(*) from jobs.finders where order_id = $1::uuid", sold.at("id")); n != 1 {
		t.Errorf("%d of its finders are left, want the loyalty number", n)
	}
	w.audit()
}
