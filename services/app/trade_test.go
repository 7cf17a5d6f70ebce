package app_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSale(t *testing.T) {
	w := open(t)
	basket := `{"channel":"till","location":"milan","customer":"` + ada + `","reference":"R-17","occurredAt":"2026-01-05T10:00:00+01:00",
		"lines":[
			{"gtin":"4006381333931","quantity":"3","method":"FULFILMENT_METHOD_CARRY_OUT","discounts":[{"code":"3FOR2","amount":` + eur(1995) + `}]},
			{"sku":"SHIRT-M","quantity":"1","method":"FULFILMENT_METHOD_CARRY_OUT","tillPrice":{"unit":` + eur(1001) + `,"reason":"label"}}],
		"discounts":[{"code":"CLUB","basisPoints":1000}],
		"tenders":[{"kind":"TENDER_KIND_CARD","amount":` + eur(2000) + `,"reference":"auth 1"},{"kind":"TENDER_KIND_CASH","amount":` + eur(3000) + `}]}`
	// 3 x 19.95 - 19.95 = 39.90, and 10.01: 49.91; 10 % off is 4.99, so 44.92, with 22 % inside: 8.10 tax (810.03).
	placed := w.must("till", "orders/PlaceOrder", basket)
	for _, c := range []struct {
		want any
		path []any
	}{
		{"ORDER_STATE_COMPLETED", []any{"state"}},
		{"6986", []any{"listTotal", "amountMinor"}},
		{"2494", []any{"discountTotal", "amountMinor"}},
		{"4492", []any{"grossTotal", "amountMinor"}},
		{"810", []any{"taxTotal", "amountMinor"}},
		{"3682", []any{"netTotal", "amountMinor"}},
		{"SHIRT-S", []any{"lines", 0, "sku"}},
		{"3591", []any{"lines", 0, "grossAmount", "amountMinor"}},
		{"901", []any{"lines", 1, "grossAmount", "amountMinor"}},
		{"3", []any{"lines", 0, "fulfilledQuantity"}},
		{"label", []any{"lines", 1, "priceReason"}},
		{"IT-22", []any{"taxes", 0, "code"}},
		{"PAYMENT_MOVEMENT_CHANGE", []any{"payments", 2, "movement"}},
		{"508", []any{"payments", 2, "amount", "amountMinor"}},
		{"2026-01-05T09:00:00Z", []any{"occurredAt"}},
	} {
		if got := placed.at(c.path...); got != c.want {
			t.Errorf("%v is %v, want %v", c.path, got, c.want)
		}
	}

	t.Run("is found by id, number and customer, the same over both doors", func(t *testing.T) {
		id := fmt.Sprintf(`{"order":%q}`, placed.at("id"))
		for _, found := range []answer{
			w.must("ada", "orders/GetOrder", id), w.rest("ada", "orders/GetOrder", id),
			w.rest("staff", "orders/LookupOrder", fmt.Sprintf(`{"number":%q}`, strings.ToLower(strings.ReplaceAll(placed.at("number").(string), "-", "")))),
		} {
			if diff := cmp.Diff(placed.body, found.body); diff != "" {
				t.Error(diff)
			}
		}
		listed := w.rest("ada", "orders/ListOrders", `{"customer":"`+ada+`"}`)
		if diff := cmp.Diff(any(placed.body), listed.at("orders", 0)); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("took the units", func(t *testing.T) {
		levels := w.rest("site", "stock/GetAvailability", `{"skus":["SHIRT-S"],"locations":["milan","rome"],"channel":"web"}`)
		if got := levels.at("levels", 0, "available"); got != "7" {
			t.Errorf("available %v", got)
		}
		if got := levels.at("levels", 0, "sellable"); got != "6" {
			t.Errorf("sellable behind the buffer: %v", got)
		}
		if got := levels.at("levels", 1, "available"); got != "0" {
			t.Errorf("a place that never had it: %v", got)
		}
	})

	t.Run("puts tax on top where the list is without", func(t *testing.T) {
		w.must("staff", "catalog/PutPriceList", `{"priceList":{"code":"net","name":"Net","currencyCode":"EUR"}}`)
		w.must("staff", "catalog/PutPrices", `{"priceList":"net","prices":[{"sku":"SHIRT-S","unitPrice":`+eur(1000)+`}]}`)
		w.must("staff", "locations/PutChannel", `{"channel":{"code":"b2b","name":"B2B","kind":"CHANNEL_KIND_CALL_CENTRE","priceLists":["net"],"holdTime":"60s"}}`)
		sold := w.must("staff", "orders/PlaceOrder", `{"channel":"b2b","location":"milan","lines":[`+line("SHIRT-S", 1, "")+`]`+paid("BANK_TRANSFER", 1220)+`}`)
		if got := sold.at("taxTotal", "amountMinor"); got != "220" {
			t.Errorf("tax %v", got)
		}
	})
	w.audit()
}

func TestTillSellsWhatTheBooksDoNotHave(t *testing.T) {
	w := open(t)
	held := w.must("site", "stock/HoldStock", `{"location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"4"}]}`)
	sold := w.must("till", "orders/PlaceOrder", `{"channel":"till","location":"milan","lines":[`+line("SHIRT-S", 8, "")+`]`+paid("CASH", 8*1995)+`}`)
	cases := w.rest("staff", "stock/ListOversellCases", `{"location":"milan"}`)
	if cases.at("cases", 0, "openUnits") != "2" || cases.at("cases", 0, "order") != sold.at("id") || cases.at("cases", 0, "holdsAtRisk", 0) != held.at("id") {
		t.Errorf("%v", cases.body)
	}
	w.audit()
	w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`)
	if cases = w.rest("staff", "stock/ListOversellCases", `{"location":"milan"}`); cases.at("cases", 0, "openUnits") != "1" {
		t.Errorf("%v", cases.body)
	}
	w.must("staff", "stock/AdjustStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","difference":"5"}],"reason":"found","note":"behind the shelf"}`)
	if cases = w.rest("staff", "stock/ListOversellCases", `{"location":"milan"}`); cases.at("cases", 0) != nil {
		t.Errorf("%v", cases.body)
	}
	w.audit()
}

func TestExpiredHoldComesBack(t *testing.T) {
	w := open(t)
	hold := w.must("site", "stock/HoldStock", `{"location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"9"}],"timeToLive":"1s"}`)
	eventually(t, "the units are available again", func() bool {
		return w.must("site", "stock/GetAvailability", `{"skus":["SHIRT-S"],"locations":["milan"]`+`,"channel":"web"}`).at("levels", 0, "available") == "10"
	})
	if state := w.rest("site", "stock/GetHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, hold.at("id"))).at("state"); state != "HOLD_STATE_EXPIRED" {
		t.Errorf("state %v", state)
	}
	w.audit()
}

func TestRepeatedRequestHasOneEffect(t *testing.T) {
	w := open(t)
	for _, c := range []struct{ method, body, other string }{
		{"stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"2"}]}`},
		{"stock/AdjustStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","difference":"1"}],"reason":"count"}`, `{"location":"milan","lines":[{"sku":"SHIRT-S","difference":"1"}],"reason":"theft"}`},
		{"stock/RecordStock", `{"location":"milan","act":"STOCK_ACT_DAMAGE","lines":[{"sku":"SHIRT-S","quantity":"1"}],"reason":"broken"}`, `{"location":"milan","act":"STOCK_ACT_DAMAGE","lines":[{"sku":"SHIRT-S","quantity":"2"}],"reason":"broken"}`},
		{"stock/PutStockReason", `{"reason":{"code":"flood","name":"Flood","acts":["STOCK_ACT_ADJUST"]}}`, `{"reason":{"code":"flood","name":"Flood","acts":["STOCK_ACT_FOUND"]}}`},
		{"promotions/PutPromotion", `{"promotion":{"code":"p","name":"P","scope":"PROMOTION_SCOPE_LINE","basisPoints":1,"retired":true}}`, `{"promotion":{"code":"p","name":"P","scope":"PROMOTION_SCOPE_LINE","basisPoints":1}}`},
		{"returns/PutReturnPolicy", policy("p", 1, `,"retired":true`), policy("p", 2, `,"retired":true`)},
		{"payments/PutCardKind", kind("month", `,"validMonths":1`), kind("month", `,"validMonths":2`)},
		{"returns/PutRefundTerms", `{"terms":{"currencyCode":"USD","cashMaxMinor":"1"}}`, `{"terms":{"currencyCode":"USD"}}`},
		{"returns/PutBlindReturnTerms", `{"terms":{"currencyCode":"USD","priceDays":30}}`, `{"terms":{"currencyCode":"USD"}}`},
		{"stock/HoldStock", `{"location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, `{"location":"milan","channel":"web","owner":"b","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`},
		{"orders/PlaceOrder", sale(paid("CASH", 1995)), sale(paid("CASH", 2000))},
		{"locations/PutLocation", place("oslo", "STORE", "NO"), place("bergen", "STORE", "NO")},
		{"locations/PutChannel", `{"channel":{"code":"c","name":"C","kind":"CHANNEL_KIND_APP","holdTime":"60s"}}`, `{"channel":{"code":"c","name":"D","kind":"CHANNEL_KIND_APP","holdTime":"60s"}}`},
		{"catalog/BulkPutProducts", `{"products":[{"code":"tie","title":"Tie","taxCategory":"standard","variants":[{"sku":"TIE"}]}]}`, `{"products":[{"code":"tie","title":"Bow","taxCategory":"standard","variants":[{"sku":"TIE"}]}]}`},
		{"catalog/PutAttribute", `{"attribute":{"code":"fit","name":"Fit","type":"ATTRIBUTE_TYPE_TEXT"}}`, `{"attribute":{"code":"fit","name":"Cut","type":"ATTRIBUTE_TYPE_TEXT"}}`},
		{"catalog/PutTaxCategory", `{"taxCategory":{"code":"b","name":"Books"}}`, `{"taxCategory":{"code":"b","name":"Book"}}`},
		{"catalog/PutTaxRates", `{"jurisdiction":"NO","rates":[]}`, `{"jurisdiction":"SE","rates":[]}`},
		{"catalog/PutPriceList", `{"priceList":{"code":"nok","name":"N","currencyCode":"NOK"}}`, `{"priceList":{"code":"nok","name":"M","currencyCode":"NOK"}}`},
		{"catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"SHIRT-M","unitPrice":` + eur(5) + `}]}`, `{"priceList":"eur","prices":[{"sku":"SHIRT-M","unitPrice":` + eur(6) + `}]}`},
		{"catalog/PutProduct", `{"product":{"code":"cap","title":"Cap","taxCategory":"standard","variants":[{"sku":"CAP"}]}}`, `{"product":{"code":"cap","title":"Hat","taxCategory":"standard","variants":[{"sku":"CAP"}]}}`},
	} {
		t.Run(c.method, func(t *testing.T) {
			w := w.in(t)
			id := `{"requestId":"` + newUUID() + `",`
			first := w.must("staff", c.method, strings.Replace(c.body, "{", id, 1))
			traces := w.fingerprint()
			for _, again := range []answer{
				w.must("staff", c.method, strings.Replace(c.body, "{", id, 1)), w.rest("staff", c.method, strings.Replace(c.body, "{", id, 1)),
			} {
				if diff := cmp.Diff(first.body, again.body); diff != "" {
					t.Errorf("answered otherwise: %s", diff)
				}
			}
			w.refused("staff", c.method, strings.Replace(c.other, "{", id, 1), "REQUEST_ID_REUSED", "request_id")
			if after := w.fingerprint(); after != traces {
				t.Errorf("a repeated request left a trace:\n%s\n%s", traces, after)
			}
		})
	}
	w.audit()
}

func TestNeverOversells(t *testing.T) {
	w := open(t)
	var promised, short atomic.Int64
	var buyers sync.WaitGroup
	for i := range 40 {
		buyers.Go(func() {
			call := w.grpcCall
			if i%2 == 0 {
				call = w.rest
			}
			switch a := call("site", "stock/HoldStock", `{"location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`); a.reason {
			case "":
				promised.Add(1)
			case "OUT_OF_STOCK":
				short.Add(1)
			default:
				t.Errorf("%s %s", a.reason, a.message)
			}
		})
	}
	buyers.Wait()
	if promised.Load() != 9 || short.Load() != 31 { // ten, and one behind the buffer
		t.Errorf("%d promised and %d refused", promised.Load(), short.Load())
	}
	w.audit()
}

func TestPages(t *testing.T) {
	w := open(t)
	var placed []any
	for range 5 {
		placed = append([]any{w.must("till", "orders/PlaceOrder", sale(paid("CASH", 1995))).at("id")}, placed...)
	}
	var listed []any
	for token := any(""); ; {
		page := w.rest("till", "orders/ListOrders", fmt.Sprintf(`{"location":"milan","pageSize":2,"pageToken":%q}`, token))
		orders, _ := page.at("orders").([]any)
		for _, order := range orders {
			listed = append(listed, order.(map[string]any)["id"])
		}
		if token = page.at("nextPageToken"); token == "" {
			break
		}
	}
	if diff := cmp.Diff(placed, listed); diff != "" {
		t.Error(diff)
	}
}
