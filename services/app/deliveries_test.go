package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// announced is a document of the supplier ACME for Milan, and what more the request says.
func announced(reference, lines, more string) string {
	return fmt.Sprintf(`{"location":"milan","kind":"DELIVERY_KIND_PURCHASE_ORDER","supplier":"ACME","reference":%q,"expectedOn":"2099-05-04","lines":[%s]%s}`,
		reference, lines, more)
}

func units(sku string, quantity int) string {
	return fmt.Sprintf(`{"sku":%q,"quantity":"%d"}`, sku, quantity)
}

// ofDelivery is a request about a delivery of Milan.
func ofDelivery(delivery answer, more string) string {
	return fmt.Sprintf(`{"location":"milan","delivery":%q%s}`, delivery.at("id"), more)
}

// TestDelivery is announced, amended, received in parts and closed.
func TestDelivery(t *testing.T) {
	w := openShop(t)
	d := w.must("staff", "deliveries/AnnounceDelivery", announced("PO-7", units("HAT", 10)+","+units("SOCK", 4), ""))
	w.want(d, map[string]any{
		"state": "DELIVERY_STATE_EXPECTED", "expected": "14", "lineCount": 2.0, "overdue": false, "kind": "DELIVERY_KIND_PURCHASE_ORDER",
	})
	wantLevels := func(sku string, levels map[string]string) {
		t.Helper()
		for account, want := range levels {
			if got := w.level("milan", sku, account); got != want {
				t.Errorf("%s of %s is %s, want %s", account, sku, got, want)
			}
		}
	}
	wantLevels("HAT", map[string]string{"incoming": "10", "available": "100"})
	w.audit()

	// Hats, wet ones beside them, and by its barcode a shirt that nobody ordered.
	part := w.rest("staff", "deliveries/ReceiveDelivery", ofDelivery(d, `,"deliveryNote":"N-1","lines":[{"sku":"HAT","quantity":"6","damaged":"2",
		"reason":"wet"},{"gtin":"4006381333931","quantity":"1","reason":"swapped"}]`))
	w.want(part, map[string]any{"state": "DELIVERY_STATE_PARTIAL", "expected": "6", "received": "7", "damaged": "2", "over": "1", "lineCount": 3.0})
	wantLevels("HAT", map[string]string{"incoming": "2", "available": "106", "damaged": "2"})
	again := w.refused("staff", "deliveries/ReceiveDelivery", ofDelivery(d, `,"deliveryNote":"N-1","lines":[`+units("HAT", 1)+`]`), "DELIVERY_NOTE_RECEIVED", "delivery_note")
	lines := w.must("staff", "deliveries/ListDeliveryLines", ofDelivery(d, ""))
	w.want(lines, map[string]any{
		"lines.0.sku": "HAT", "lines.0.differences.0.kind": "DIFFERENCE_KIND_DAMAGED", "lines.0.differences.0.units": "2",
		"lines.0.differences.0.reason": "wet", "lines.0.differences.0.deliveryNote": "N-1", "lines.0.differences.0.actor": "staff",
		"lines.2.sku": "SHIRT-S", "lines.2.announced": "0", "lines.2.over": "1", "lines.2.differences.0.kind": "DIFFERENCE_KIND_OVER",
	})
	if first := lines.at("lines", 0, "differences", 0, "transaction"); again.details["transaction"] != first {
		t.Errorf("the note was received by %v, and the refusal points at %v", first, again.details)
	}
	w.audit()

	amended := w.must("staff", "deliveries/AmendDelivery", ofDelivery(d, `,"expectedOn":"2026-01-05","lines":[`+units("HAT", 12)+`]`))
	w.want(amended, map[string]any{"expectedOn": "2026-01-05", "overdue": true, "expected": "8"})
	closed := w.must("staff", "deliveries/CloseDelivery", ofDelivery(d, `,"reason":"strike"`))
	w.want(closed, map[string]any{"state": "DELIVERY_STATE_CLOSED", "short": "8", "expected": "0", "overdue": false, "reason": "strike"})
	wantLevels("HAT", map[string]string{"incoming": "0", "available": "106"})
	wantLevels("SOCK", map[string]string{"incoming": "0"})
	if diff := cmp.Diff(closed.body, w.rest("staff", "deliveries/GetDelivery", ofDelivery(d, "")).body); diff != "" {
		t.Error(diff)
	}
	late := w.must("staff", "deliveries/ReceiveDelivery", ofDelivery(d, `,"lines":[{"sku":"HAT","quantity":"1","reason":"late"}]`))
	w.want(late, map[string]any{"state": "DELIVERY_STATE_CLOSED", "over": "2"})
	w.audit()
}

// TestDeliveriesAreListed by the day they are expected, page by page, with those that are overdue.
func TestDeliveriesAreListed(t *testing.T) {
	w := openShop(t)
	announce := func(day string) answer {
		return w.must("staff", "deliveries/AnnounceDelivery", strings.Replace(announced("", units("HAT", 3), ""), "2099-05-04", day, 1))
	}
	later, late, soon, gone := announce("2099-05-04"), announce("2020-01-05"), announce(time.Now().AddDate(0, 0, 2).Format(time.DateOnly)), announce("2020-01-04")
	w.must("staff", "deliveries/CloseDelivery", ofDelivery(gone, `,"reason":"bankrupt"`))
	w.must("staff", "deliveries/ReceiveDelivery", ofDelivery(soon, `,"lines":[`+units("HAT", 1)+`]`))
	list := func(more string) (ids []any) {
		t.Helper()
		for token := any(""); token != nil; {
			page := w.rest("staff", "deliveries/ListDeliveries", fmt.Sprintf(`{"location":"milan","pageSize":1,"pageToken":%q%s}`, token, more))
			for i := 0; page.at("deliveries", i) != nil; i++ {
				ids = append(ids, page.at("deliveries", i, "id"))
			}
			if token = page.at("nextPageToken"); token == "" {
				token = nil
			}
		}
		return ids
	}
	for more, want := range map[string][]answer{
		"":                                     {late, soon, later},
		`,"onlyOverdue":true`:                  {late},
		`,"expectedUntil":"2098-12-31"`:        {late, soon},
		`,"states":["DELIVERY_STATE_PARTIAL"]`: {soon},
		`,"states":["DELIVERY_STATE_CANCELLED","DELIVERY_STATE_EXPECTED"]`: {gone, late, later},
		`,"states":["DELIVERY_STATE_CANCELLED"],"onlyOverdue":true`:        nil,
	} {
		var ids []any
		for _, d := range want {
			ids = append(ids, d.at("id"))
		}
		if diff := cmp.Diff(ids, list(more)); diff != "" {
			t.Errorf("%s: %s", more, diff)
		}
	}
	for page, want := range map[string]string{`"pageSize":1`: "1", `"onlyDifferences":true`: "0"} {
		lines := w.must("staff", "deliveries/ListDeliveryLines", ofDelivery(soon, ","+page))
		if got := strings.Count(fmt.Sprint(lines.at("lines")), "sku"); fmt.Sprint(got) != want {
			t.Errorf("%s: %d lines, want %s", page, got, want)
		}
	}
	w.audit()
}

// manyLines are lines of so many SKUs, of which putAssortment makes 410.
func manyLines(skus []string, line func(i int, sku string) string) string {
	lines := make([]string, len(skus))
	for i, sku := range skus {
		lines[i] = line(i, sku)
	}
	return strings.Join(lines, ",")
}

// TestDeliveryInParts has more lines than one transaction takes.
func TestDeliveryInParts(t *testing.T) {
	w := openShop(t)
	putAssortment(w)
	skus := append(assortment(), w.another410("X")...)
	request := strings.Replace(announced("PO-9", manyLines(skus, func(i int, sku string) string { return units(sku, 1+i%3) }), ""),
		"{", `{"requestId":"`+newUUID()+`",`, 1)
	d := w.must("staff", "deliveries/AnnounceDelivery", request)
	w.want(d, map[string]any{"lineCount": float64(len(skus)), "state": "DELIVERY_STATE_EXPECTED"})
	traces := w.fingerprint()
	if diff := cmp.Diff(d.body, w.rest("staff", "deliveries/AnnounceDelivery", request).body); diff != "" {
		t.Errorf("answered otherwise: %s", diff)
	}
	if after := w.fingerprint(); after != traces {
		t.Errorf("a repeated request left a trace:\n%s\n%s", traces, after)
	}
	w.audit()

	t.Run("what is wrong with a late line is found before the first is recorded", func(t *testing.T) {
		w := w.in(t)
		arrived := manyLines(skus, func(i int, sku string) string { return units(sku, 1+i%3+i/(len(skus)-1)) })
		w.refused("staff", "deliveries/ReceiveDelivery", ofDelivery(d, `,"lines":[`+arrived+`]`), "DIFFERENCE_UNEXPLAINED", fmt.Sprintf("lines[%d].reason", len(skus)-1))
		w.refused("staff", "deliveries/AmendDelivery", ofDelivery(d, `,"lines":[`+arrived+`,`+units("NONE", 1)+`]`), "UNKNOWN_SKU", fmt.Sprintf("lines[%d].sku", len(skus)))
		if after := w.fingerprint(); after != traces {
			t.Errorf("a refused request left a trace:\n%s\n%s", traces, after)
		}
	})
	half := w.must("staff", "deliveries/ReceiveDelivery", ofDelivery(d, `,"deliveryNote":"N-1","lines":[`+manyLines(skus, func(_ int, sku string) string { return units(sku, 1) })+`]`))
	w.want(half, map[string]any{"state": "DELIVERY_STATE_PARTIAL", "received": fmt.Sprint(len(skus))})
	w.audit()
	fewer := w.must("staff", "deliveries/AmendDelivery", ofDelivery(d, `,"lines":[`+manyLines(skus, func(i int, sku string) string { return units(sku, 1+i%2) })+`]`))
	w.want(fewer, map[string]any{"announced": fmt.Sprint(len(skus) + len(skus)/2)})
	rest := w.must("staff", "deliveries/ReceiveDelivery", ofDelivery(d, ""))
	w.want(rest, map[string]any{"state": "DELIVERY_STATE_RECEIVED", "received": fmt.Sprint(len(skus) + len(skus)/2)})

	given := w.must("staff", "deliveries/AnnounceDelivery", announced("PO-10", manyLines(skus, func(_ int, sku string) string { return units(sku, 1) }), ""))
	w.want(w.must("staff", "deliveries/CloseDelivery", ofDelivery(given, `,"reason":"strike"`)), map[string]any{"state": "DELIVERY_STATE_CANCELLED", "short": fmt.Sprint(len(skus))})
	w.audit()
}

// TestReceiptInParts is of more lines without a document than one transaction takes.
func TestReceiptInParts(t *testing.T) {
	w := openShop(t)
	putAssortment(w)
	skus := append(append(assortment(), w.another410("X")...), w.another410("Y")...)
	body := func(last string) string {
		lines := manyLines(skus, func(_ int, sku string) string { return units(sku, 2) }) + "," + last
		return `{"requestId":"` + newUUID() + `","location":"milan","reference":"DN","lines":[` + lines + `]}`
	}
	before := w.fingerprint()
	w.refused("staff", "stock/ReceiveStock", body(units("NONE", 1)), "UNKNOWN_SKU", fmt.Sprintf("lines[%d].sku", len(skus)))
	w.refused("staff", "stock/ReceiveStock", body(units(skus[7], 1)), "INVALID_REQUEST", fmt.Sprintf("lines[%d].sku", len(skus)))
	if after := w.fingerprint(); after != before {
		t.Errorf("a refused request left a trace:\n%s\n%s", before, after)
	}
	w.sql(`update stock_levels set available = available + 999999999900 where location = 'milan' and sku = 'HAT'`)
	before = w.fingerprint() // with the last of 1,231 lines it is one unit more than can be counted
	w.refused("staff", "stock/ReceiveStock", body(units("HAT", 1)), "QUANTITY_TOO_LARGE", fmt.Sprintf("lines[%d]", len(skus)))
	if after := w.fingerprint(); after != before {
		t.Errorf("what can't be counted left a trace:\n%s\n%s", before, after)
	}
	w.sql(`update stock_levels set available = available - 999999999900 where location = 'milan' and sku = 'HAT'`)
	request := body(units("HAT", 1))
	first := w.must("staff", "stock/ReceiveStock", request)
	w.want(first, map[string]any{fmt.Sprintf("levels.%d.sku", len(skus)): "HAT", "levels.1229.available": "2", "transactions.0": first.at("transaction")})
	if diff := cmp.Diff(first.body, w.rest("staff", "stock/ReceiveStock", request).body); diff != "" {
		t.Errorf("answered otherwise: %s", diff)
	}
	if w.level("milan", "HAT", "available") != "101" || w.level("milan", skus[1229], "available") != "2" {
		t.Error("the goods are not where they went")
	}
	w.audit()
}

// another410 are as many SKUs of another product as putAssortment makes, whose names begin otherwise.
func (w *world) another410(prefix string) (skus []string) {
	var sizes, variants []string
	for i, sku := range assortment() {
		if skus = append(skus, prefix+sku); i%10 == 0 {
			sizes = append(sizes, fmt.Sprintf(`"%d"`, i/10))
		}
		variants = append(variants, fmt.Sprintf(`{"sku":%q,"optionValues":["%d","%d"]}`, prefix+sku, i/10, i%10))
	}
	w.do("staff", "catalog/PutProduct", `{"product":{"code":"all-%s","title":"All","taxCategory":"standard","options":[{"name":"Size","values":[%s]},
		{"name":"Colour","values":["0","1","2","3","4","5","6","7","8","9"]}],"variants":[%s]}}`, prefix, strings.Join(sizes, ","), strings.Join(variants, ","))
	return skus
}

// TestAvailableToPromise tells by when there is how much: now, today, later, and nobody knows.
func TestAvailableToPromise(t *testing.T) {
	w := openShop(t)
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	day := func(n int) string { return time.Now().In(rome).AddDate(0, 0, n).Format(time.DateOnly) }
	bring := func(on string, quantity int) {
		w.must("staff", "deliveries/AnnounceDelivery", strings.Replace(announced("", units("HAT", quantity), ""), "2099-05-04", on, 1))
	}
	bring(day(5), 10)
	bring(day(0), 4)
	bring(day(-3), 2)
	w.must("staff", "stock/ShipTransfer", `{"fromLocation":"rome","toLocation":"milan","lines":[`+units("HAT", 3)+`]}`)
	ask := func(more string) string { return `{"location":"milan","skus":["HAT","SHIRT-M"]` + more + `}` }
	want := map[string]any{
		"promises.0.sku": "HAT", "promises.0.sellable": "100", "promises.0.days.0.day": day(0), "promises.0.days.0.units": "104",
		"promises.0.days.1.day": day(1), "promises.0.days.1.units": "106", "promises.0.days.2.day": day(2), "promises.0.days.2.units": "109",
		"promises.0.days.3.day": day(5), "promises.0.days.3.units": "119", "promises.0.fromDay": day(2), "promises.1.sku": "SHIRT-M",
		"promises.1.sellable": "2", "promises.1.fromDay": "",
	}
	w.want(w.must("staff", "deliveries/GetAvailableToPromise", ask(`,"quantity":"107"`)), want)
	w.want(w.rest("tablet", "deliveries/GetAvailableToPromise", ask(`,"channel":"till","quantity":"107"`)), want)
	w.want(w.must("staff", "deliveries/GetAvailableToPromise", ask(`,"quantity":"120"`)), map[string]any{"promises.0.fromDay": ""})
}
