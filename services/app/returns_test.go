package app_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReturnElsewhere takes back in Rome what Milan sold, for cash and by card.
func TestReturnElsewhere(t *testing.T) {
	w := openShop(t)
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 3, ""),
		`,"customer":"`+ada+`"`+tenders(tender("CASH", 1000, ""), tender("CARD", 2000, "a"))))
	account := "milan order/" + sold.at("id").(string)
	two := returned("rome", sold.at("id"), back(1, 1, "RETURN_TO_STOCK")+","+back(1, 1, "UNDECIDED"), "")
	quote := w.rest("rome", "returns/QuoteReturn", two)
	taken := w.must("rome", "returns/AcceptReturn", two)
	w.want(taken, map[string]any{
		"refundTotal.amountMinor": "2000", "refunds.0.kind": "TENDER_KIND_CARD", "refunds.0.location": "milan", "book": "milan", "location": "rome",
	})
	got := w.do("ada", "returns/GetReturn", `{"return":%q}`, taken.at("id"))
	if diff := cmp.Diff(taken.body, got.body); diff != "" {
		t.Error(diff)
	}
	for _, only := range []string{"id", "invoices", "occurredAt", "recordedAt"} { // what a quote can't know
		delete(quote.body, only)
		delete(taken.body, only)
	}
	delete(quote.body["refunds"].([]any)[0].(map[string]any), "occurredAt")
	delete(taken.body["refunds"].([]any)[0].(map[string]any), "occurredAt")
	if diff := cmp.Diff(quote.body, taken.body); diff != "" {
		t.Errorf("quoted otherwise (-quote +return):\n%s", diff)
	}
	last := w.rest("rome", "returns/AcceptReturn", returned("rome", sold.at("id"), back(1, 1, "WRITE_OFF"), `,"fee":`+eur(150)))
	w.want(last, map[string]any{"refundTotal.amountMinor": "850", "refunds.1.kind": "TENDER_KIND_CASH", "refunds.1.location": "rome"})
	for name, want := range map[string]string{"available": "101", "inspection": "1", "damaged": "1"} {
		if got := w.level("rome", "HAT", name); got != want {
			t.Errorf("%s at rome is %v, want %s", name, got, want)
		}
	}
	w.wantBook(map[string]int64{
		account: 0, "milan tender/CARD": 0, "milan tender/CASH": 1000, "rome tender/CASH": -850, "rome settlement/milan": 850,
		"milan settlement/rome": -850, "milan fees": -150,
	})
	order := w.do("ada", "orders/GetOrder", `{"order":%q}`, sold.at("id"))
	w.want(order, map[string]any{"returnProgress": "PROGRESS_FULL", "documents.1.kind": "RECTIFICATIVE_SIMPLIFIED"})
	if all := w.do("ada", "returns/ListOrderReturns", `{"order":%q}`, sold.at("id")); len(all.at("returns").([]any)) != 2 {
		t.Errorf("%v", all.body)
	}
	w.audit()
}

// TestReturnedFromTwoPlacesAtOnce brings five hats back twenty-four times.
func TestReturnedFromTwoPlacesAtOnce(t *testing.T) {
	w := openShop(t)
	other := w.another()
	defer func() {
		if err := other.server.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 5, ""), paid("CASH", 5000)))
	outcomes := atOnce(24, func(i int) answer {
		place, at := []string{"milan", "rome"}[i%2], []*world{w, other}[i/2%2]
		body := fmt.Sprintf(`{"requestId":%q,`, newUUID()) + returned(place, sold.at("id"), back(1, 1, "RETURN_TO_STOCK"), "")[1:]
		for { // what changed too often while it was decided is asked again, as the contract says
			if a := at.grpcCall("staff", "returns/AcceptReturn", body); a.reason != "STALE" {
				return a
			}
		}
	})
	if outcomes[""] != 5 || outcomes["RETURN_TOO_LARGE"] != 19 {
		t.Errorf("%v", outcomes)
	}
	w.want(w.do("staff", "orders/GetOrder", `{"order":%q}`, sold.at("id")), map[string]any{"lines.0.returnedQuantity": "5", "owed.amountMinor": "0"})
	if given := w.book("milan", "tender/CASH") + w.book("rome", "tender/CASH"); given != 0 {
		t.Errorf("%d more than was paid is left in the drawers", given)
	}
	w.want(w.must("staff", "invoices/VerifyChain", `{"location":"milan","point":"1"}`), map[string]any{"intact": true, "records": "6"})
	w.audit()
}

// TestExchange takes a shirt back and gives hats for it.
func TestExchange(t *testing.T) {
	w := openShop(t)
	sold := w.must("till", "orders/PlaceOrder", sale(paid("CARD", 1995)))
	leaves := func(hats int, more string) string {
		return `,"sale":` + with(basket("till", "rome", line("HAT", hats, ""), more), `,"requestId":"`+newUUID()+`"`)
	}
	dearer := w.must("rome", "returns/ExchangeGoods", returned("rome", sold.at("id"), back(1, 1, "RETURN_TO_STOCK"), leaves(2, paid("CASH", 10))))
	w.want(dearer, map[string]any{
		"order.owed.amountMinor": "0", "order.payments.0.kind": "TENDER_KIND_CARD", "order.payments.0.amount.amountMinor": "1995",
		"order.payments.1.amount.amountMinor": "10", "return.exchangeOrder": dearer.at("order", "id"),
	})
	w.want(dearer, map[string]any{"order.payments.2.movement": "PAYMENT_MOVEMENT_CHANGE", "order.payments.2.amount.amountMinor": "5"})
	cheaper := w.rest("rome", "returns/ExchangeGoods",
		returned("rome", dearer.at("order", "id"), back(1, 2, "RETURN_TO_STOCK"), leaves(1, "")))
	w.want(cheaper, map[string]any{"order.owed.amountMinor": "0", "return.refundTotal.amountMinor": "2000"})
	if w.level("rome", "HAT", "available") != "99" || w.level("rome", "SHIRT-S", "available") != "11" {
		t.Error("the goods are not where they went")
	}
	if held := w.book("milan", "tender/CARD") + w.book("rome", "tender/CARD") + w.book("rome", "tender/CASH") + w.book("milan", "tender/CASH"); held != 1000 {
		t.Errorf("%d was kept of what one hat costs", held)
	}
	w.audit()
}

// TestReturnsWithoutRight are those that a person decides on.
func TestReturnsWithoutRight(t *testing.T) {
	w := openShop(t)
	sock := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("SOCK", 1, ""), paid("CARD", 500)+`,"customer":"`+ada+`"`))
	final := returned("milan", sock.at("id"), back(1, 1, "REPAIR"), `,"note":"worn once","refundTo":[{"kind":"TENDER_KIND_STORE_CREDIT","amount":`+eur(500)+`}]`)
	w.refused("till", "returns/AcceptReturn", final, "FINAL_SALE", "lines[0]")
	w.want(w.must("staff", "returns/AcceptReturnByRight", final), map[string]any{"refundTotal.amountMinor": "500", "note": "worn once"})
	credit := w.do("staff", "payments/GetStoreCredit", `{"customer":%q}`, ada)
	w.want(credit, map[string]any{"credits.0.balance.amountMinor": "500", "credits.0.location": "milan"})
	spent := w.must("rome", "orders/PlaceOrder", basket("till", "rome", line("HAT", 1, ""),
		`,"customer":"`+ada+`"`+tenders(tender("STORE_CREDIT", 500, ""), tender("CASH", 500, ""))))
	w.want(spent, map[string]any{"owed.amountMinor": "0", "payments.0.location": "milan"})
	w.wantBook(map[string]int64{"milan store_credit/" + ada: 0, "rome settlement/milan": 500, "milan settlement/rome": -500})

	found := w.rest("staff", "returns/AcceptBlindReturn", blind("rome", "till", "HAT", eur(700), "CASH", ""))
	w.want(found, map[string]any{"refundTotal.amountMinor": "700", "order": "", "lines.0.line": float64(0), "book": "rome"})
	invoice := w.do("staff", "invoices/GetInvoice", `{"invoice":%q}`, found.at("invoices", 0))
	w.want(invoice, map[string]any{"kind": "INVOICE_KIND_RECTIFICATIVE_SIMPLIFIED", "return": found.at("id"), "order": "", "grossTotal.amountMinor": "700"})
	if w.level("rome", "HAT", "inspection") != "1" {
		t.Error("the hat is not in inspection")
	}
	w.audit()
}
