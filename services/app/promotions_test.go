package app_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// promotion is a body that puts 10 % off, but for what else it says.
func promotion(more string) string {
	return fmt.Sprintf(`{"promotion":{"code":"summer","name":"Summer sale","scope":"PROMOTION_SCOPE_LINE","basisPoints":1000%s}}`, more)
}

// TestPromotions puts promotions, has orders quoted and placed by them, and takes back what they were given on.
func TestPromotions(t *testing.T) {
	w := open(t)

	t.Run("what is put is told as it is", func(t *testing.T) {
		w := w.in(t)
		for _, body := range []string{
			promotion(`,"skus":["SHIRT-S"],"products":["shirt"],"brands":["Acme"],"departments":["men"],"channels":["web"],"membersOnly":true,"exclusive":true,"coupons":["A","b c"],"usesMax":"10","customerUsesMax":"2",` +
				`"priority":-3,"validFrom":"2026-05-04T00:00:00Z","validUntil":"2036-05-04T00:00:00Z","least":` + eur(100) + `,"retired":true`),
			`{"promotion":{"code":"summer","name":"N","scope":"PROMOTION_SCOPE_ORDER","amount":` + eur(500) + `,"retired":true}}`,
			`{"promotion":{"code":"summer","name":"N","scope":"PROMOTION_SCOPE_LINE","nForM":{"units":3,"paid":2},"retired":true}}`,
		} {
			put := w.must("staff", "promotions/PutPromotion", body)
			one, other := w.must("staff", "promotions/GetPromotion", `{"code":"summer"}`), w.rest("staff", "promotions/GetPromotion", `{"code":"summer"}`)
			if diff := cmp.Diff(put.body, one.body) + cmp.Diff(one.body, other.body); diff != "" {
				t.Error(diff)
			}
		}
		w.must("staff", "promotions/PutPromotion", `{"promotion":{"code":"winter","name":"N","scope":"PROMOTION_SCOPE_LINE","basisPoints":1,"retired":true}}`)
		first := w.must("staff", "promotions/ListPromotions", `{"pageSize":1}`)
		second := w.rest("staff", "promotions/ListPromotions", fmt.Sprintf(`{"pageSize":1,"pageToken":%q}`, first.at("nextPageToken")))
		if first.at("promotions", 0, "code") != "summer" || second.at("promotions", 0, "code") != "winter" || second.at("nextPageToken") != "" {
			t.Errorf("pages %v and %v", first.body, second.body)
		}
	})

	web := func(more string) string {
		return `{"channel":"web","location":"milan","lines":[` + `{"sku":"SHIRT-S","quantity":"2","method":"FULFILMENT_METHOD_PICKUP"}` + `]` + more + `}`
	}
	t.Run("an order is quoted by what is in force, placed for it, and worth what was paid", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "promotions/PutPromotion", promotion(`,"products":["shirt"],"channels":["web"]`))
		quote := w.quoteBoth("site", web(""))
		if quote.get("grossTotal.amountMinor") != "3591" || quote.get("lines.0.discounts.0.code") != "summer" ||
			quote.get("lines.0.discounts.0.promotion") != true || quote.get("lines.0.discounts.0.name") != "Summer sale" {
			t.Errorf("quoted: %v", quote.body)
		}
		order := w.must("site", "orders/PlaceOrder", web(quote.figures(t)))
		w.wantAsQuoted(quote, order)
		if diff := cmp.Diff(quote.at("lines", 0, "discounts"), order.at("lines", 0, "discounts")); diff != "" {
			t.Error(diff)
		}
		w.must("staff", "promotions/PutPromotion", promotion(`,"products":["shirt"],"channels":["web"],"retired":true`))
		w.refused("site", "orders/PlaceOrder", web(quote.figures(t)), "QUOTE_CHANGED", "quoted")
		if again := w.quoteBoth("site", web("")); again.get("grossTotal.amountMinor") != "3990" {
			t.Errorf("after it was retired: %v", again.body)
		}
		if kept := w.must("staff", "orders/GetOrder", fmt.Sprintf(`{"order":%q}`, order.at("id"))); kept.get("grossTotal.amountMinor") != "3591" {
			t.Errorf("the order is %v", kept.body)
		}
	})
	t.Run("a coupon opens what asks for it, and a quote says why it does not", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "promotions/PutPromotion", `{"promotion":{"code":"welcome","name":"Welcome","scope":"PROMOTION_SCOPE_ORDER","amount":`+eur(500)+
			`,"least":`+eur(3990)+`,"coupons":["HELLO"]}}`)
		quote := w.quoteBoth("site", web(`,"coupons":["hello","bye"]`))
		if quote.get("grossTotal.amountMinor") != "3490" || quote.get("coupons.0.given") != true || quote.get("lines.0.discounts.0.coupon") != "HELLO" ||
			quote.get("coupons.1.given") != false || quote.get("coupons.1.reason") != "UNKNOWN_COUPON" || quote.get("coupons.1.code") != "bye" {
			t.Errorf("quoted: %v", quote.body)
		}
		w.wantAsQuoted(quote, w.must("site", "orders/PlaceOrder", web(`,"coupons":["hello"]`+quote.figures(t))))
		one := `{"channel":"web","location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1","method":"FULFILMENT_METHOD_PICKUP"}],"coupons":["HELLO"]}`
		if less := w.quoteBoth("site", one); less.get("coupons.0.reason") != "COUPON_NOT_APPLICABLE" || less.get("grossTotal.amountMinor") != "1995" {
			t.Errorf("quoted for less: %v", less.body)
		}
		w.refused("site", "orders/PlaceOrder", one, "COUPON_NOT_APPLICABLE", "coupons[0]")
		// The second of two that open one promotion gives nothing, and is not dropped in silence.
		w.must("staff", "promotions/PutPromotion", `{"promotion":{"code":"welcome","name":"Welcome","scope":"PROMOTION_SCOPE_ORDER","amount":`+eur(500)+
			`,"coupons":["HELLO","HOLA"]}}`)
		if twice := w.quoteBoth("site", web(`,"coupons":["HOLA","hello"]`)); twice.get("coupons.0.given") != true ||
			twice.get("coupons.1.reason") != "COUPON_NOT_APPLICABLE" || twice.get("grossTotal.amountMinor") != "3490" {
			t.Errorf("quoted with two: %v", twice.body)
		}
		if no := w.refused("site", "orders/PlaceOrder", web(`,"coupons":["HOLA","hello"]`), "COUPON_NOT_APPLICABLE", "coupons[1]"); no.details["why"] != "ONCE" {
			t.Errorf("%v", no.details)
		}
	})
	t.Run("fifty show a coupon at once that ten may use: ten are given it, and one more for each that is given back", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "promotions/PutPromotion",
			`{"promotion":{"code":"few","name":"Few","scope":"PROMOTION_SCOPE_ORDER","basisPoints":1000,"coupons":["FEW"],"usesMax":"10","customerUsesMax":"2"}}`)
		w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"100"}]}`)
		var given sync.Map
		order := func(i int) string {
			return fmt.Sprintf(`{"channel":"web","location":"milan","customer":"0198c0de-0000-7000-8000-%012d","coupons":["few"],"lines":[{"sku":"SHIRT-S",`+
				`"quantity":"1","method":"FULFILMENT_METHOD_PICKUP"}]}`, i)
		}
		outcomes := atOnce(50, func(i int) answer {
			a := w.grpcCall("staff", "orders/PlaceOrder", order(i))
			if a.reason == "" {
				given.Store(i, a.get("id"))
			}
			return a
		})
		if outcomes[""] != 10 || outcomes["COUPON_USED_UP"] != 40 {
			t.Errorf("%v", outcomes)
		}
		if quote := w.quoteBoth("staff", order(99)); quote.get("coupons.0.reason") != "COUPON_USED_UP" || quote.get("discountTotal.amountMinor") != "0" {
			t.Errorf("quoted: %v", quote.body)
		}
		for _, id := range given.Range {
			w.must("staff", "orders/CancelLines", fmt.Sprintf(`{"order":%q}`, id))
		}
		for n, reason := range []string{"", "", "COUPON_USED_UP"} {
			if a := w.grpcCall("staff", "orders/PlaceOrder", order(7)); a.reason != reason {
				t.Errorf("order %d of one customer: %v", n, a.body)
			}
		}
		if n := w.count("select used from coupon_counts where promotion = $1 and customer is null", "few"); n != 2 {
			t.Errorf("%d use it", n)
		}
		customer := `"customer":"0198c0de-0000-7000-8000-000000000007"`
		for _, told := range []answer{
			w.must("staff", "promotions/ListCoupons", `{"promotion":"few",`+customer+`}`), w.rest("staff", "promotions/ListCoupons", `{"promotion":"few",`+customer+`}`),
		} {
			w.want(told, map[string]any{
				"coupons.0.coupon": "FEW", "coupons.0.used": "2", "coupons.0.usesMax": "10", "coupons.0.customerUsed": "2",
				"coupons.0.customerUsesMax": "2", "coupons.1": nil, "nextPageToken": "",
			})
		}
		uses := func(more string) (standing, all int) {
			for token, page := "", 0; page == 0 || token != ""; page++ {
				a := w.rest("staff", "promotions/ListCouponUses", `{"promotion":"few","coupon":"few","pageSize":5,"pageToken":"`+token+`"`+more+`}`)
				for n := 0; a.at("uses", n) != nil; n++ {
					if all++; a.at("uses", n, "givenBackAt") == nil {
						standing++
					}
					if kept := w.must("staff", "orders/GetOrder", fmt.Sprintf(`{"order":%q}`, a.at("uses", n, "order"))); kept.at("number") != a.at("uses", n, "orderNumber") ||
						kept.at("customer") != a.at("uses", n, "customer") || kept.at("occurredAt") != a.at("uses", n, "usedAt") {
						t.Errorf("%v, and the order is %v of %v at %v", a.at("uses", n), kept.at("number"), kept.at("customer"), kept.at("occurredAt"))
					}
				}
				token = a.at("nextPageToken").(string)
			}
			return standing, all
		}
		if standing, all := uses(""); standing != 2 || all != 12 {
			t.Errorf("%d orders use it of %d", standing, all)
		}
		if standing, all := uses("," + customer); standing != 2 || all < 2 || all > 3 {
			t.Errorf("%d orders of a customer use it of %d", standing, all)
		}
	})
	t.Run("which orders used a coupon is told to who may read them", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "promotions/PutPromotion",
			`{"promotion":{"code":"read","name":"Read","scope":"PROMOTION_SCOPE_ORDER","basisPoints":1000,"coupons":["READ"],"usesMax":"10"}}`)
		used := w.must("staff", "orders/PlaceOrder", `{"channel":"web","location":"milan","coupons":["read"],"customer":"`+ada+`",`+
			`"lines":[{"sku":"SHIRT-S","quantity":"1","method":"FULFILMENT_METHOD_PICKUP"}]}`)
		for key, told := range map[string]map[string]any{
			"staff":  {"uses.0.order": used.at("id"), "uses.0.orderNumber": used.at("number"), "uses.0.customer": ada},
			"offers": {"uses.0.order": "", "uses.0.orderNumber": "", "uses.0.customer": ""},
			"romans": {"uses.0.order": "", "uses.0.orderNumber": "", "uses.0.customer": ""},
		} {
			a := w.rest(key, "promotions/ListCouponUses", `{"promotion":"read","coupon":"READ"}`)
			if told["uses.0.usedAt"], told["uses.1"] = used.at("occurredAt"), nil; a.reason != "" {
				t.Errorf("%s: %v", key, a.body)
			}
			w.want(a, told)
		}
	})
	t.Run("two of three are paid at a till, all of what was paid goes back, and a till's own figures stand", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "promotions/PutPromotion", `{"promotion":{"code":"bundle","name":"3 for 2","scope":"PROMOTION_SCOPE_LINE","nForM":{"units":3,"paid":2}}}`)
		sale := `{"channel":"till","location":"milan","lines":[` + line("SHIRT-S", 3, "") + `]`
		sold := w.must("till", "orders/PlaceOrder", sale+paid("CASH", 2*1995)+`}`)
		if sold.get("lines.0.discountAmount.amountMinor") != "1995" {
			t.Errorf("sold: %v", sold.body)
		}
		whole := w.must("till", "returns/AcceptReturn", returned("milan", sold.at("id"), back(1, 3, "RETURN_TO_STOCK"), ""))
		if whole.get("grossTotal.amountMinor") != "3990" {
			t.Errorf("given back: %v", whole.body)
		}
		before := w.must("till", "orders/PlaceOrder", sale+paid("CASH", 3*1995)+`,"occurredAt":"2026-05-04T10:00:00Z"}`)
		if before.get("discountTotal.amountMinor") != "0" {
			t.Errorf("sold before: %v", before.body)
		}
	})
	w.audit()
}
