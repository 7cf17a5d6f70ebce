package app_test

import (
	"fmt"
	"slices"
	"testing"
)

// TestReasons puts reasons, lists them page by page with those that nobody has to put, and finds them in what others are told.
func TestReasons(t *testing.T) {
	w := open(t)
	codes := func() (all []string) {
		w.t.Helper()
		for token := ""; ; {
			page := w.rest("staff", "stock/ListStockReasons", fmt.Sprintf(`{"pageSize":4,"pageToken":%q}`, token))
			for i := 0; page.at("reasons", i) != nil; i++ {
				all = append(all, fmt.Sprint(page.at("reasons", i, "code")))
			}
			next, more := page.at("nextPageToken").(string)
			if token = next; !more || token == "" {
				return all
			}
		}
	}
	standard := codes()
	if !slices.IsSorted(standard) || !slices.Contains(standard, "theft") || slices.Contains(standard, "flood") {
		t.Errorf("at first there are %v", standard)
	}
	put := w.must("staff", "stock/PutStockReason", `{"reason":{"code":"flood","name":"Flood","acts":["STOCK_ACT_ADJUST","STOCK_ACT_WRITE_OFF"]}}`)
	w.want(put, map[string]any{"code": "flood", "name": "Flood", "acts.0": "STOCK_ACT_ADJUST", "acts.1": "STOCK_ACT_WRITE_OFF"})
	w.must("staff", "stock/PutStockReason", `{"reason":{"code":"theft","name":"Nicked","acts":["STOCK_ACT_ADJUST"]}}`)
	want := append(slices.Clone(standard), "flood")
	if slices.Sort(want); !slices.Equal(codes(), want) {
		t.Errorf("with one more there are %v, not %v", codes(), want)
	}
	all := w.rest("staff", "stock/ListStockReasons", `{}`)
	w.want(all, map[string]any{fmt.Sprintf("reasons.%d.name", slices.Index(want, "theft")): "Nicked"})

	w.must("staff", "stock/AdjustStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","difference":"-2"}],"reason":"flood","note":"the cellar","reference":"report 3"}`)
	w.must("staff", "stock/AdjustStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","difference":"-1"}],"reason":"theft"}`)
	for cause, n := range map[string]int64{"report 3 flood the cellar": 1, "stock-reason/theft theft ": 1} {
		got := w.count("select count(*) from ledger_transactions where kind = 'ADJUST' and cause || ' ' || reason || ' ' || coalesce(note, '') = $1", cause)
		if got != n {
			t.Errorf("%d acts are %q, not %d", got, cause, n)
		}
	}
	if told := w.count("select count(*) from events where kind = 'StockAdjusted' and convert_from(body, 'UTF8') like '%\"reason\":\"flood\",\"note\":\"the cellar\"%'"); told != 1 {
		t.Errorf("others were told %d times", told)
	}
	w.must("staff", "stock/PutStockReason", `{"reason":{"code":"flood","name":"Flood","acts":["STOCK_ACT_ADJUST"],"retired":true}}`)
	w.refused("staff", "stock/AdjustStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","difference":"-1"}],"reason":"flood"}`, "REASON_RETIRED", "reason")
	w.audit()
}

// TestRetriedAfterItsReasonRetired: a request that was carried out is told as it was, though its reason is given no more.
func TestRetriedAfterItsReasonRetired(t *testing.T) {
	w := open(t)
	adjust := `{"requestId":"` + newUUID() + `","location":"milan","lines":[{"sku":"SHIRT-S","difference":"-1"}],"reason":"own-use"}`
	first := w.must("staff", "stock/AdjustStock", adjust)
	w.must("staff", "stock/PutStockReason", `{"reason":{"code":"own-use","name":"Used","acts":["STOCK_ACT_ADJUST"],"retired":true}}`)
	if again := w.rest("staff", "stock/AdjustStock", adjust); fmt.Sprint(first.body) != fmt.Sprint(again.body) {
		t.Errorf("answered %v, and then %v", first.body, again.body)
	}
	w.audit()
}

// TestStatesOfStock takes units through all states, over both doors.
func TestStatesOfStock(t *testing.T) {
	w := open(t)
	record := func(act, reason, lines string) string {
		return fmt.Sprintf(`{"location":"milan","act":"STOCK_ACT_%s","reason":%q,"reference":"report 3","note":"seen by Ada","lines":[%s]}`, act, reason, lines)
	}
	const shirt = `{"sku":"SHIRT-S","quantity":"%d"%s}`
	line := func(units int, more string) string { return fmt.Sprintf(shirt, units, more) }
	broken := w.must("staff", "stock/RecordStock", record("DAMAGE", "broken", line(3, "")))
	w.want(broken, map[string]any{"levels.0.available": "7", "levels.0.damaged": "3", "levels.0.onHand": "10"})
	repaired := w.rest("staff", "stock/RecordStock", `{"requestId":"`+newUUID()+`",`+record("RESTORE", "repaired", line(1, ""))[1:])
	w.want(repaired, map[string]any{"levels.0.available": "8", "levels.0.damaged": "2"})
	w.must("staff", "stock/RecordStock", record("WRITE_OFF", "write-off", line(1, "")))
	w.must("staff", "stock/RecordStock", record("QUARANTINE", "recall", line(2, "")+","+line(1, `,"from":"STOCK_STATE_DAMAGED"`)))
	w.must("staff", "stock/RecordStock", record("FOUND", "found", line(4, `,"to":"STOCK_STATE_INSPECTION"`)))
	looked := w.must("staff", "stock/RecordStock", record("INSPECT", "broken", line(1, "")+","+line(1, `,"to":"STOCK_STATE_DAMAGED"`)+","+line(1, `,"to":"STOCK_STATE_SHRINKAGE"`)))
	w.want(looked, map[string]any{
		"levels.0.available": "7", "levels.0.inspection": "1", "levels.0.damaged": "1", "levels.0.quarantine": "3", "levels.0.onHand": "12",
	})
	short := w.grpcCall("staff", "stock/RecordStock", `{"requestId":"`+newUUID()+`",`+record("RESTORE", "repaired", line(2, ""))[1:])
	if short.reason != "STATE_SHORT" {
		t.Errorf("refused with %s: %s", short.reason, short.message)
	}
	for kind, acts := range map[string]int64{"DAMAGE": 1, "RESTORE": 1, "WRITE_OFF": 1, "QUARANTINE": 1, "FOUND": 1, "INSPECT": 1} {
		got := w.count("select count(*) from ledger_transactions where kind = $1 and cause = 'report 3' and reason <> '' and note = 'seen by Ada'", kind)
		if got != acts {
			t.Errorf("there are %d of %s", got, kind)
		}
	}

	// What breaks was there, though it was promised.
	held := w.must("site", "stock/HoldStock", `{"location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"6"}]}`)
	w.must("staff", "stock/RecordStock", record("DAMAGE", "broken", line(3, "")))
	cases := w.rest("staff", "stock/ListOversellCases", `{"location":"milan"}`)
	w.want(cases, map[string]any{"cases.0.openUnits": "2", "cases.0.holdsAtRisk.0": held.at("id")})
	w.must("staff", "stock/RecordStock", record("RESTORE", "repaired", line(2, "")))
	if cases = w.rest("staff", "stock/ListOversellCases", `{"location":"milan"}`); cases.at("cases", 0) != nil {
		t.Errorf("%v", cases.body)
	}
	w.audit()
}

// TestOversellCases opens cases, reads what they put at risk, resolves one and settles others, and reads what became of them.
func TestOversellCases(t *testing.T) {
	w := openShop(t)
	take := func(units int) answer {
		return w.must("staff", "stock/AdjustStock", fmt.Sprintf(`{"location":"rome","lines":[{"sku":"HAT","difference":"-%d"}],"reason":"theft"}`, units))
	}
	hold := w.must("shop", "stock/HoldStock", `{"location":"rome","channel":"shop","owner":"a","lines":[{"sku":"HAT","quantity":"2"}]}`)
	order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 3, "PICKUP", "rome"), paid("CARD", 3000)))
	first := take(98) // of the 95 that nobody was promised
	open := w.rest("staff", "stock/ListOversellCases", `{"location":"rome"}`)
	w.want(open, map[string]any{
		"cases.0.id": first.at("transaction"), "cases.0.openUnits": "3", "cases.0.promisesAtRisk.0.order": order.at("id"),
		"cases.0.promisesAtRisk.0.units": "3", "cases.0.promisesAtRisk.1": nil, "cases.0.settlement": nil,
	})
	second := take(1)
	named := func(of answer, more string) string {
		return fmt.Sprintf(`{"location":"rome","sku":"HAT","case":%q%s}`, of.at("transaction"), more)
	}
	w.want(w.rest("staff", "stock/GetOversellCase", named(second, "")), map[string]any{"openUnits": "1", "promisesAtRisk.0.hold": hold.at("id"), "holdsAtRisk.0": hold.at("id")})

	resolved := w.must("staff", "stock/ResolveOversellCase", named(second, `,"reason":"count","note":"on the other shelf"`))
	w.want(resolved, map[string]any{
		"openUnits": "0", "settlement.kind": "RESOLVE", "settlement.actor": "staff", "settlement.reason": "count", "settlement.note": "on the other shelf",
		"settlement.cause": fmt.Sprint("oversell-case/", second.at("transaction")),
	})
	if got := w.rest("staff", "stock/GetOversellCase", named(second, "")); fmt.Sprint(got.body) != fmt.Sprint(resolved.body) {
		t.Errorf("it was resolved as %v and is %v", resolved.body, got.body)
	}
	w.want(w.rest("staff", "stock/GetOversellCase", named(first, "")), map[string]any{"openUnits": "3"}) // though it is older
	w.refused("staff", "stock/ResolveOversellCase", named(second, `,"reason":"count"`), "CASE_SETTLED", "")

	w.must("staff", "orders/CancelLines", fmt.Sprintf(`{"order":%q}`, order.at("id")))
	history := w.rest("staff", "stock/ListOversellCases", `{"location":"rome","state":"OVERSELL_CASE_STATE_SETTLED","pageSize":1}`)
	w.want(history, map[string]any{"cases.0.id": second.at("transaction"), "cases.0.settlement.kind": "RESOLVE", "cases.1": nil})
	history = w.rest("staff", "stock/ListOversellCases", fmt.Sprintf(`{"location":"rome","state":"OVERSELL_CASE_STATE_SETTLED","pageSize":1,"pageToken":%q}`, history.at("nextPageToken")))
	w.want(history, map[string]any{
		"cases.0.id": first.at("transaction"), "cases.0.settlement.kind": "CANCEL", "cases.0.settlement.cause": fmt.Sprint("order/", order.at("id")),
	})
	if open := w.rest("staff", "stock/ListOversellCases", `{"location":"rome","state":"OVERSELL_CASE_STATE_OPEN"}`); open.at("cases", 0) != nil {
		t.Errorf("still open: %v", open.body)
	}
	w.audit()
}
