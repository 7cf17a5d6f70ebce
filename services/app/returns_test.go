package app_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

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
	w.want(quote, map[string]any{
		"order": sold.get("id"), "location": "rome", "book": "milan", "customer": ada, "quotedAt": quote.at("quotedAt"),
		"lines.0.eligible": true, "lines.0.counted": true, "lines.0.leftQuantity": "3", "lines.1.leftQuantity": "2", "lines.1.reason": "",
		"lines.1.grossAmount.amountMinor": taken.get("lines.1.grossAmount.amountMinor"),
	})
	for _, what := range []string{"grossTotal", "refundTotal", "refunds"} {
		told, done := quote.at(what), taken.at(what)
		if what == "refunds" {
			delete(told.([]any)[0].(map[string]any), "occurredAt") // of what did not happen
			delete(done.([]any)[0].(map[string]any), "occurredAt")
		}
		if diff := cmp.Diff(told, done); diff != "" {
			t.Errorf("%s was quoted otherwise (-quote +return):\n%s", what, diff)
		}
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

// TestReturnIsQuotedLineByLine asks for an order of which some may come back, some by right alone and some no more.
func TestReturnIsQuotedLineByLine(t *testing.T) {
	w := openShop(t)
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 2, "")+","+line("SOCK", 1, ""),
		tenders(tender("CASH", 1500, ""), tender("CARD", 1000, "a"))))
	whole := fmt.Sprintf(`{"location":"rome","order":%q`, sold.at("id"))
	quote := w.rest("rome", "returns/QuoteReturn", whole+"}")
	w.want(quote, map[string]any{
		"lines.0.line": 1.0, "lines.0.sku": "HAT", "lines.0.quantity": "2", "lines.0.leftQuantity": "2", "lines.0.eligible": true, "lines.0.counted": true,
		"lines.0.reason": "", "lines.0.message": "", "lines.0.overrideScope": "", "lines.0.grossAmount.amountMinor": "2000",
		"lines.1.line": 2.0, "lines.1.eligible": false, "lines.1.counted": false, "lines.1.reason": "FINAL_SALE", "lines.1.overrideScope": "returns.override",
		"lines.1.message": quote.get("lines.1.description").(string) + " is not taken back", "lines.1.until": nil,
		"lines.1.grossAmount.amountMinor": "500", "lines.2": nil,
		"grossTotal.amountMinor": "2000", "refundTotal.amountMinor": "2000",
		"refunds.0.kind": "TENDER_KIND_CARD", "refunds.0.amount.amountMinor": "1000", "refunds.0.location": "milan",
		"refunds.1.kind": "TENDER_KIND_CASH", "refunds.1.amount.amountMinor": "1000", "refunds.1.location": "rome",
	})
	handed, _ := time.Parse(time.RFC3339Nano, sold.get("occurredAt").(string))
	if until, err := time.Parse(time.RFC3339Nano, fmt.Sprint(quote.get("lines.0.until"))); err != nil || !until.Equal(handed.AddDate(0, 0, 30)) {
		t.Errorf("what was sold at %s may come back until %s", handed, until)
	}
	all := back(1, 2, "RETURN_TO_STOCK") + "," + back(2, 1, "UNDECIDED")
	w.refused("rome", "returns/AcceptReturn", returned("rome", sold.at("id"), all, ""), "FINAL_SALE", "lines[1]")
	byRight := w.rest("rome", "returns/QuoteReturn", whole+`,"byRight":true}`)
	w.want(byRight, map[string]any{"lines.1.eligible": false, "lines.1.counted": true, "lines.1.reason": "FINAL_SALE", "refundTotal.amountMinor": "2500"})
	w.want(w.must("staff", "returns/AcceptReturnByRight", returned("rome", sold.at("id"), all, "")), map[string]any{"refundTotal.amountMinor": "2500"})
	w.want(w.rest("rome", "returns/QuoteReturn", whole+"}"), map[string]any{"lines.0": nil, "refunds.0": nil, "refundTotal.amountMinor": "0"})

	old := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CARD", 1000)+`,"occurredAt":"2025-01-05T10:00:00Z"`))
	w.want(w.rest("rome", "returns/QuoteReturn", returned("rome", old.at("id"), back(1, 1, "UNDECIDED")+","+back(1, 2, "UNDECIDED"), `,"fee":`+eur(100))),
		map[string]any{
			"lines.0.reason": "RETURN_WINDOW_CLOSED", "lines.0.until": "2025-02-04T10:00:00Z", "lines.0.overrideScope": "returns.override",
			"lines.1.reason": "RETURN_TOO_LARGE", "lines.1.leftQuantity": "1", "lines.1.overrideScope": "", "lines.1.grossAmount": nil,
			"refunds.0": nil, "grossTotal.amountMinor": "0",
		})
	w.audit()
}

// insists calls until it is told anything but that what it was decided on changed too often meanwhile, as the contract says.
func (w *world) insists(key, short, body string) answer {
	body = fmt.Sprintf(`{"requestId":%q,`, newUUID()) + body[1:]
	for {
		if a := w.grpcCall(key, short, body); a.reason != "STALE" {
			return a
		}
	}
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
		return at.insists("staff", "returns/AcceptReturn", returned(place, sold.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
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

// TestFiftyTillsOneUnit brings one hat back at fifty tills in two places, by two processes, at once.
func TestFiftyTillsOneUnit(t *testing.T) {
	w := openShop(t)
	other := w.another()
	defer func() {
		if err := other.server.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CASH", 1000)))
	outcomes := atOnce(50, func(i int) answer {
		place := []struct{ key, location string }{{"till", "milan"}, {"rome", "rome"}}[i%2]
		return []*world{w, other}[i/2%2].insists(place.key, "returns/AcceptReturn",
			returned(place.location, sold.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
	})
	if diff := cmp.Diff(map[string]int{"": 1, "RETURN_TOO_LARGE": 49}, outcomes); diff != "" {
		t.Errorf("fifty tills (-want +got):\n%s", diff)
	}
	w.want(w.do("staff", "orders/GetOrder", `{"order":%q}`, sold.at("id")), map[string]any{
		"lines.0.returnedQuantity": "1", "owed.amountMinor": "0", "documents.1.kind": "RECTIFICATIVE_SIMPLIFIED", "documents.2": nil,
	})
	if returns := w.do("staff", "returns/ListOrderReturns", `{"order":%q}`, sold.at("id")); len(returns.at("returns").([]any)) != 1 {
		t.Errorf("it came back %v", returns.body)
	}
	if given := w.book("milan", "tender/CASH") + w.book("rome", "tender/CASH"); given != 0 {
		t.Errorf("%d more than was paid is left in the drawers", given)
	}
	if n := w.count(`select coalesce(sum(available), 0)::int8 from stock_levels where sku = 'HAT' and location in ('milan', 'rome')`); n != 200 {
		t.Errorf("%d hats are on the shelves, of the 200 that there were", n)
	}
	w.audit()
}

// TestReturnBesideCancelAndExchange takes hats of one order back, exchanges them, gives those up that were not collected, and hands them
// over, all at once at two places: whoever comes first has the unit, and nobody waits for anybody else's act.
func TestReturnBesideCancelAndExchange(t *testing.T) {
	w := openShop(t)
	other := w.another()
	defer func() {
		if err := other.server.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	const hats, collected = 8, 4
	sold := w.must("staff", "orders/PlaceOrder", online(goods("HAT", hats, "PICKUP", "milan"), ""))
	w.must("till", "orders/PayOrder", fmt.Sprintf(`{"order":%q,"location":"milan"%s}`, sold.at("id"), paid("CASH", 1000*hats)))
	work := w.work(sold, "PICKUP", "")
	w.must("staff", "fulfilments/ReadyFulfilment", work)
	right, _ := w.code(work)
	w.must("till", "fulfilments/CollectPickup", with(work, shown(right)+fmt.Sprintf(`,"lines":[{"line":1,"quantity":"%d"}]`, collected)))

	acts := []func(at *world, key, place string) answer{
		func(at *world, key, place string) answer {
			return at.insists(key, "returns/AcceptReturn", returned(place, sold.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
		},
		func(at *world, key, place string) answer {
			return at.insists(key, "returns/ExchangeGoods", returned(place, sold.at("id"), back(1, 1, "UNDECIDED"),
				`,"sale":`+with(basket("till", place, line("HAT", 1, ""), ""), `,"requestId":"`+newUUID()+`"`)))
		},
		func(at *world, _, place string) answer {
			return at.insists("staff", "orders/CancelLines",
				fmt.Sprintf(`{"order":%q,"lines":[{"line":1,"quantity":"1"}],"picked":true,"cashLocation":%q}`, sold.at("id"), place))
		},
		func(at *world, _, _ string) answer {
			return at.insists("till", "fulfilments/CollectPickup", with(work, shown(right)+`,"lines":[{"line":1,"quantity":"1"}]`))
		},
	}
	const callers = 10
	done := make([]map[string]int, len(acts))
	for i := range done {
		done[i] = map[string]int{}
	}
	outcomes := make([]answer, callers*len(acts))
	atOnce(len(outcomes), func(i int) answer {
		key, place := []string{"till", "rome"}[i/4%2], []string{"milan", "rome"}[i/4%2]
		outcomes[i] = acts[i%4]([]*world{w, other}[i/8%2], key, place)
		return outcomes[i]
	})
	for i, a := range outcomes {
		done[i%4][a.reason]++
	}
	returns, exchanges, cancels, handovers := done[0], done[1], done[2], done[3]
	back := returns[""] + exchanges[""]
	order := w.do("staff", "orders/GetOrder", `{"order":%q}`, sold.at("id"))
	count := func(path string) int {
		n, _ := strconv.Atoi(fmt.Sprint(order.get("lines.0." + path)))
		return n
	}
	switch {
	case cancels[""]+handovers[""] != hats-collected || count("cancelledQuantity") != cancels[""] || count("openQuantity") != 0:
		t.Errorf("%d were open: given up %v, handed over %v, and the line says %v", hats-collected, cancels, handovers, order.at("lines", 0))
	case back < collected || back > collected+handovers[""] || count("returnedQuantity") != back:
		t.Errorf("%d of those handed over came back: returned %v, exchanged %v, and the line says %v", back, returns, exchanges, order.at("lines", 0))
	case returns[""]+returns["RETURN_TOO_LARGE"] != callers || exchanges[""]+exchanges["RETURN_TOO_LARGE"] != callers:
		t.Errorf("a return is refused for something else than that there is none left: %v, exchanges %v", returns, exchanges)
	case cancels[""]+cancels["ALREADY_HANDED_OVER"] != callers || handovers[""]+handovers["ALREADY_COLLECTED"] != callers:
		t.Errorf("what was open is refused for something else than that there is none left: given up %v, handed over %v", cancels, handovers)
	}

	// What is left comes back now, and then there is nothing left.
	for left := collected + handovers[""] - back; left > 0; left-- {
		if a := acts[0](w, "rome", "rome"); a.reason != "" {
			t.Errorf("%d are left, and %s is said", left, a.reason)
		}
	}
	if a := acts[0](other, "till", "milan"); a.reason != "RETURN_TOO_LARGE" {
		t.Errorf("none is left, and %q is said", a.reason)
	}
	// What was paid is what the hats cost that left in exchange, whichever drawer it is in.
	order = w.do("staff", "orders/GetOrder", `{"order":%q}`, sold.at("id"))
	kept := w.book("milan", "tender/CASH") + w.book("rome", "tender/CASH") + w.book("online", "tender/CASH")
	if kept != int64(1000*exchanges[""]) || order.get("owed.amountMinor") != "0" {
		t.Errorf("%d is kept for %d hats, and %v is owed", kept, exchanges[""], order.at("owed"))
	}
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
	kept := w.must("staff", "returns/AcceptReturnByRight", strings.Replace(final, `"note"`, `"operator":"Anna","note"`, 1))
	w.want(kept, map[string]any{"refundTotal.amountMinor": "500", "note": "worn once", "overrides.0": "FINAL_SALE", "operator": "Anna"})
	if got := w.do("staff", "returns/GetReturn", `{"return":%q}`, kept.at("id")); !cmp.Equal(kept.body, got.body) {
		t.Error(cmp.Diff(kept.body, got.body))
	}
	hers := w.do("ada", "returns/GetReturn", `{"return":%q}`, kept.at("id")) // which does not name who works here
	w.want(hers, map[string]any{"operator": "", "overrides.0": "FINAL_SALE"})
	w.want(w.do("ada", "returns/ListOrderReturns", `{"order":%q}`, sock.at("id")), map[string]any{"returns.0.operator": "", "returns.0.note": "worn once"})
	w.want(w.do("staff", "returns/ListOrderReturns", `{"order":%q}`, sock.at("id")), map[string]any{"returns.0.operator": "Anna"})
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
