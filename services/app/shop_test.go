package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/pgtest"
)

// shopChannel is the site's channel.
const shopChannel = `{"channel":{"code":"shop","name":"Shop","kind":"CHANNEL_KIND_ONLINE_STORE","priceLists":["eur"],"sellingLocation":"online","holdTime":"900s"}}`

// A shop beside the till: its sales are posted at "online", and its goods leave from the stores.
var trade = []struct{ method, body string }{
	{"locations/PutLocation", place("online", "ONLINE", "IT")},
	{"locations/PutLocation", strings.Replace(place("zurich", "STORE", "IT"), "EUR", "CHF", 1)},
	{"locations/PutLocation", place("closed", "STORE", "IT")},
	{"locations/PutChannel", shopChannel},
	{"locations/PutChannel", `{"channel":{"code":"app","name":"App","kind":"CHANNEL_KIND_APP","priceLists":["eur"],"sellingLocation":"online","holdTime":"900s"}}`},
	{"catalog/PutProduct", `{"product":{"code":"hat","title":"Straw hat","taxCategory":"standard","variants":[{"sku":"HAT"}]}}`},
	{"catalog/PutProduct", `{"product":{"code":"sock","title":"Socks","taxCategory":"standard","returnDays":0,"variants":[{"sku":"SOCK"}]}}`},
	{"catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"HAT","unitPrice":{"currencyCode":"EUR","amountMinor":"1000"}},{"sku":"SOCK","unitPrice":{"currencyCode":"EUR","amountMinor":"500"}}]}`},
	{"stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"HAT","quantity":"100"},{"sku":"SOCK","quantity":"100"}]}`},
	{"stock/ReceiveStock", `{"location":"rome","lines":[{"sku":"HAT","quantity":"100"},{"sku":"SHIRT-S","quantity":"10"}]}`},
	{"locations/PutLocation", strings.Replace(place("closed", "STORE", "IT"), `"code"`, `"closed":true,"code"`, 1)},
}

// openShop starts a world that trades in all ways, with a clock that the test puts forward.
func openShop(t *testing.T) *world {
	t.Helper()
	w := openOn(t, pgtest.Clock)
	for _, c := range trade {
		w.must("staff", c.method, c.body)
	}
	return w
}

// later puts the clock of a shop forward, for example by "8 days".
func (w *world) later(interval string) {
	w.t.Helper()
	w.sql("update clock.ahead set by = by + $1::interval", interval)
}

// sql runs a statement as the owner of the schema, past the program.
func (w *world) sql(statement string, args ...any) {
	w.t.Helper()
	conn := w.owner()
	defer conn.Close(w.t.Context())
	if _, err := conn.Exec(w.t.Context(), statement, args...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) owner() *pgx.Conn {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), w.db.OwnerURL)
	if err != nil {
		w.t.Fatal(err)
	}
	return conn
}

// count asks the database for one number.
func (w *world) count(query string, args ...any) (n int64) {
	w.t.Helper()
	conn := w.owner()
	defer conn.Close(w.t.Context())
	if err := conn.QueryRow(w.t.Context(), query, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// book is what an account comes to in the book of a location: what went in less what went out.
func (w *world) book(location, account string) int64 {
	w.t.Helper()
	return w.count(`select coalesce(sum(case to_account when $2 then quantity else -quantity end), 0)::int8 from ledger_entries
		where location = $1 and $2 in (from_account, to_account)`, location, account)
}

// wantBook checks accounts, written "location account".
func (w *world) wantBook(want map[string]int64) {
	w.t.Helper()
	for name, minor := range want {
		location, account, _ := strings.Cut(name, " ")
		if got := w.book(location, account); got != minor {
			w.t.Errorf("%s at %s is %d, want %d", account, location, got, minor)
		}
	}
}

// level is one count of a position, for example level("milan", "HAT", "committed").
func (w *world) level(location, sku, account string) any {
	w.t.Helper()
	return w.do("staff", "stock/GetAvailability", `{"skus":[%q],"locations":[%q]}`, sku, location).at("levels", 0, account)
}

// want checks fields of an answer, by their paths with dots: a number is an index.
func (w *world) want(a answer, fields map[string]any) {
	w.t.Helper()
	for path, want := range fields {
		if got := a.get(path); got != want {
			w.t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
}

// get walks the body by a path with dots, "lines.0.quantity".
func (a answer) get(path string) any {
	var steps []any
	for step := range strings.SplitSeq(path, ".") {
		if step[0] >= '0' && step[0] <= '9' {
			n := 0
			_, _ = fmt.Sscan(step, &n)
			steps = append(steps, n)
			continue
		}
		steps = append(steps, step)
	}
	return a.at(steps...)
}

// goods is one line that is collected at, or sent from, a location.
func goods(sku string, quantity int, method, location string) string {
	return fmt.Sprintf(`{"sku":%q,"quantity":"%d","method":"FULFILMENT_METHOD_%s","location":%q}`, sku, quantity, method, location)
}

// giftCard is a line that sells or tops up a gift card.
func giftCard(number string, minor int64) string {
	return fmt.Sprintf(`{"giftCard":{"number":%q},"quantity":"1","method":"FULFILMENT_METHOD_CARRY_OUT","tillPrice":{"unit":%s,"reason":"load"}}`,
		number, eur(minor))
}

// tender is one means of payment.
func tender(kind string, minor int64, reference string) string {
	return fmt.Sprintf(`{"kind":"TENDER_KIND_%s","amount":%s,"reference":%q}`, kind, eur(minor), reference)
}

// tenders are what is paid.
func tenders(all ...string) string { return `,"tenders":[` + strings.Join(all, ",") + `]` }

// online is an order of the shop.
func online(lines, more string) string { return basket("shop", "online", lines, more) }

// back is one line that comes back.
func back(line, quantity int, disposition string) string {
	return fmt.Sprintf(`{"line":%d,"quantity":"%d","disposition":"DISPOSITION_%s"}`, line, quantity, disposition)
}

// returned is a return of an order's lines at a location.
func returned(location string, order any, lines, more string) string {
	return fmt.Sprintf(`{"location":%q,"order":%q,"lines":[%s]%s}`, location, order, lines, more)
}

// work names an order's fulfilment by a method, as requests do: {"location":..., "fulfilment":...} with further fields.
func (w *world) work(order answer, method, more string) string {
	w.t.Helper()
	all := w.do("staff", "fulfilments/ListOrderFulfilments", `{"order":%q}`, order.at("id"))
	for i := 0; all.at("fulfilments", i) != nil; i++ {
		if all.at("fulfilments", i, "method") == "FULFILMENT_METHOD_"+method {
			return fmt.Sprintf(`{"location":%q,"fulfilment":%q%s}`, all.at("fulfilments", i, "location"), all.at("fulfilments", i, "id"), more)
		}
	}
	w.t.Fatalf("order %v has no %s", order.at("id"), method)
	return ""
}

// ready places an order of the shop for one hat and makes it ready, and answers with the order and what names the work.
func (w *world) ready(method, more string) (order answer, work string) {
	w.t.Helper()
	order = w.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, method, "milan"), more))
	work = w.work(order, method, "")
	w.must("staff", "fulfilments/ReadyFulfilment", work)
	return order, work
}

// with adds fields to a request.
func with(body, more string) string { return strings.TrimSuffix(body, "}") + more + "}" }

// code is the code that opens a pickup, and one that does not.
func (w *world) code(work string) (right, wrong string) {
	w.t.Helper()
	right = w.must("staff", "fulfilments/GetPickupCode", work).at("code").(string)
	wrong = "000000"
	if right == wrong {
		wrong = "000001"
	}
	return right, wrong
}

// shown is a code that is shown.
func shown(code string) string { return fmt.Sprintf(`,"code":%q`, code) }
