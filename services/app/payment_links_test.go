package app_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aisle-retail/aisle/services/app"
	"github.com/aisle-retail/aisle/services/provider"
	"github.com/aisle-retail/aisle/services/retail"
)

// linked sends a link for an order, and returns its token.
func (w *world) linked(order any) string {
	w.t.Helper()
	return w.do("staff", "payments/SendPaymentLink", `{"order":%q}`, order).at("token").(string)
}

// byLink is a request that pays by a link.
func byLink(token string, minor int64) string {
	return fmt.Sprintf(`{"token":%q,"amount":%s,"card":"tok_ok"}`, token, eur(minor))
}

// TestPaymentLink has an agent order for a customer who has no account, and send her the link by which she pays.
func TestPaymentLink(t *testing.T) {
	t.Parallel()
	w, s, h := openTelling(t)
	w.do("staff", "carts/PutCart", `{"channel":"shop","customer":%q,"lines":[%s]}`, ada, goods("HAT", 2, "PICKUP", "milan"))
	order := w.must("staff", "orders/PlaceOrder", online("", `,"customer":"`+ada+`","cart":{"version":"1"},"paymentTime":"7200s"`))
	sent := w.do("staff", "payments/SendPaymentLink", `{"order":%q%s}`, order.at("id"), contact("eva@example.com", "+34600111222", "es"))
	token := sent.at("token").(string)
	w.want(sent, map[string]any{"url": "https://shop.example/pay/" + token, "order.state": "ORDER_STATE_PENDING_PAYMENT"})

	t.Run("she is told of it, with the link, and not twice", func(t *testing.T) {
		w := w.in(t)
		subject := "Pedido " + order.at("number").(string) + ": 20,00 € por pagar"
		eventually(t, "she has the e-mail", func() bool { return len(s.about(subject)) == 1 })
		if letter := s.about(subject)[0]; !strings.Contains(letter.text, "https://shop.example/pay/"+token) || letter.to != "eva@example.com" {
			t.Errorf("%+v", letter)
		}
		eventually(t, "she has the text message", func() bool {
			h.mu.Lock()
			defer h.mu.Unlock()
			for _, texts := range h.got {
				if strings.Contains(strings.Join(texts, " "), "https://shop.example/pay/"+token) {
					return true
				}
			}
			return false
		})
		if told := w.told(order); slices.Contains(told, "PAYMENT_DUE EMAIL SENT") {
			t.Errorf("%q", told)
		}
	})

	t.Run("a contact is changed by who may write to customers, once for a request", func(t *testing.T) {
		w := w.in(t)
		again := w.waiting(1)
		send := func(id, to string) string {
			return fmt.Sprintf(`{"requestId":%q,"order":%q%s}`, id, again.at("id"), contact(to, "", ""))
		}
		w.refused("till", "payments/SendPaymentLink", send(newUUID(), "clerk@example.com"), "PERMISSION_DENIED", "")
		first, wrong := newUUID(), w.count("select count(*) from jobs.contacts where email = 'clerk@example.com'")
		one := w.must("staff", "payments/SendPaymentLink", send(first, "wrong@example.com"))
		two := w.must("staff", "payments/SendPaymentLink", send(newUUID(), "right@example.com"))
		w.must("staff", "payments/SendPaymentLink", send(first, "wrong@example.com")) // late
		if n := w.count("select count(*) from jobs.contacts where email = 'right@example.com'"); n != 1 || wrong != 0 {
			t.Errorf("%d contacts as they were said last, %d of a key without the right", n, wrong)
		}
		// Both links would end when the order does. The first is over all the same.
		if one.at("token") == two.at("token") {
			t.Error("the second link is the first")
		}
		w.refused("nobody", "payments/GetPaymentLink", fmt.Sprintf(`{"token":%q}`, one.at("token")), "UNKNOWN_PAYMENT_LINK", "token")
		w.must("nobody", "payments/GetPaymentLink", fmt.Sprintf(`{"token":%q}`, two.at("token")))
	})
	t.Run("nobody takes the id of a request that the server makes for itself", func(t *testing.T) {
		w := w.in(t)
		own := retail.OwnRequest(sha256.Sum256([]byte("aisle/unpaid/" + order.at("id").(string)))).String()
		w.refused("nobody", "payments/PayByLink", strings.Replace(byLink(token, 2000), "{", fmt.Sprintf(`{"requestId":%q,`, own), 1), "INVALID_REQUEST", "request_id")
	})

	look := fmt.Sprintf(`{"token":%q}`, token)
	t.Run("without a key she sees what it is about, and nothing of anybody", func(t *testing.T) {
		w := w.in(t)
		seen := w.bothDoors("nobody", "payments/GetPaymentLink", look)
		w.want(seen, map[string]any{
			"number": order.at("number"), "state": "PAYMENT_LINK_STATE_DUE", "shop": "online", "due.amountMinor": "2000", "due.currencyCode": "EUR",
			"total.amountMinor": "2000", "lines.0.quantity": "2", "lines.0.method": "FULFILMENT_METHOD_PICKUP", "lines.0.amount.amountMinor": "2000",
			"lines.1": nil,
		})
		if seen.at("lines", 0, "place") == "" || strings.Contains(fmt.Sprint(seen.body), ada) || strings.Contains(fmt.Sprint(seen.body), "eva@") {
			t.Errorf("%v", seen.body)
		}
	})
	t.Run("a token that is changed in any character is none", func(t *testing.T) {
		w := w.in(t)
		for at := range token {
			other := []byte(token)
			if other[at] == 'A' {
				other[at] = 'B'
			} else {
				other[at] = 'A'
			}
			w.refuse("nobody", "payments/GetPaymentLink", fmt.Sprintf(`{"token":%q}`, other), "UNKNOWN_PAYMENT_LINK", "token")
		}
		w.refuse("nobody", "payments/GetPaymentLink", fmt.Sprintf(`{"token":%q}`, token+"A"), "UNKNOWN_PAYMENT_LINK", "token")
	})
	t.Run("ten pay at once, and it is paid once", func(t *testing.T) {
		w := w.in(t)
		w.refused("nobody", "payments/PayByLink", byLink(token, 1999), "PAYMENT_STATE", "amount")
		outcomes := atOnce(10, func(n int) answer {
			door := []func(key, short, body string) answer{w.grpcCall, w.rest}[n%2]
			return door("nobody", "payments/PayByLink", strings.Replace(byLink(token, 2000), "{", `{"requestId":"`+newUUID()+`",`, 1))
		})
		if outcomes[""] != 1 || outcomes["NOTHING_OWED"] != 9 {
			t.Errorf("%v", outcomes)
		}
		w.want(w.must("nobody", "payments/GetPaymentLink", look), map[string]any{
			"number": order.at("number"), "state": "PAYMENT_LINK_STATE_PAID", "lines.0": nil, "shop": "", "due": nil,
		})
	})
	t.Run("the agent sees it happen", func(t *testing.T) {
		w := w.in(t)
		w.want(w.orderNow(order.at("id")), map[string]any{
			"state": "ORDER_STATE_CONFIRMED", "paymentIntents.0.state": "PAYMENT_INTENT_STATE_AUTHORISED",
			"paymentIntents.0.authorised.amountMinor": "2000", "paymentIntents.1": nil,
		})
		steps := w.do("staff", "orders/ListOrderSteps", `{"order":%q}`, order.at("id"))
		var all []string
		for i := 0; steps.at("steps", i) != nil; i++ {
			all = append(all, fmt.Sprint(steps.at("steps", i, "event"), " by ", steps.at("steps", i, "actor")))
		}
		for _, want := range []string{"PaymentLinkSent by staff", "PaymentAsked by aisle/anyone", "PaymentAuthorised by aisle/payments"} {
			if !slices.Contains(all, want) {
				t.Errorf("%s is not in %q", want, all)
			}
		}
		eventually(t, "she is told that it is confirmed", func() bool { return slices.Contains(w.told(order), "ORDER_CONFIRMED EMAIL SENT") })
	})
	t.Run("a link that is over, or whose place another took, leads nowhere", func(t *testing.T) {
		w := w.in(t)
		waits := w.waiting(1).at("id")
		old := w.linked(waits)
		short := w.do("staff", "payments/SendPaymentLink", `{"order":%q,"validFor":"600s"}`, waits).at("token").(string)
		for _, c := range []struct{ method, body string }{
			{"payments/GetPaymentLink", fmt.Sprintf(`{"token":%q}`, old)}, {"payments/PayByLink", byLink(old, 1000)},
		} {
			w.refused("nobody", c.method, c.body, "UNKNOWN_PAYMENT_LINK", "token")
		}
		asked := w.must("nobody", "payments/PayByLink", strings.Replace(byLink(short, 1000), "tok_ok", provider.PretendAction, 1))
		w.want(asked, map[string]any{"link.state": "PAYMENT_LINK_STATE_ASKED", "link.due.amountMinor": "1000"})
		if asked.at("actionUrl") == "" {
			t.Errorf("%v", asked.body)
		}
		w.refused("nobody", "payments/PayByLink", strings.Replace(byLink(old, 1000), "EUR", "USD", 1), "UNKNOWN_PAYMENT_LINK", "token")
		again := w.waiting(1).at("id")
		pay := fmt.Sprintf(`{"requestId":%q,"token":%q,"amount":%s,"card":"tok_ok"}`, newUUID(), w.linked(again), eur(1000))
		number := w.must("nobody", "payments/PayByLink", pay).get("link.number")
		w.must("staff", "payments/VoidPayment", ofIntent(w.orderNow(again), ""))
		w.linked(again)
		w.want(w.must("nobody", "payments/PayByLink", pay), map[string]any{ // the same answer, and nothing of what is due now
			"link.number": number, "link.state": "PAYMENT_LINK_STATE_PAID", "link.due": nil, "link.lines.0": nil, "link.shop": "",
		})
		late := w.linked(w.waiting(1).at("id"))
		w.later("3 hours")
		if a := w.grpcCall("nobody", "payments/PayByLink", strings.Replace(byLink(late, 1000), "{", `{"requestId":"`+newUUID()+`",`, 1)); a.reason != "UNKNOWN_PAYMENT_LINK" {
			t.Errorf("a link that is over: %+v", a)
		}
		eventually(t, "the link of an order that is over says so", func() bool {
			a := w.grpcCall("nobody", "payments/GetPaymentLink", fmt.Sprintf(`{"token":%q}`, late))
			return a.get("state") == "PAYMENT_LINK_STATE_ENDED" && a.at("lines", 0) == nil
		})
	})
	t.Run("without a page to pay at nobody is told, and the agent has the token", func(t *testing.T) {
		w.again(func(c *app.Config) {
			telling(s, h)(c)
			c.PayURL = ""
		})
		w := w.in(t)
		sent := w.do("staff", "payments/SendPaymentLink", `{"order":%q%s}`, w.waiting(1).at("id"), contact("eva@example.com", "", ""))
		w.want(sent, map[string]any{"url": ""})
		w.must("nobody", "payments/GetPaymentLink", fmt.Sprintf(`{"token":%q}`, sent.at("token")))
		order := answer{body: sent.at("order").(map[string]any)}
		eventually(t, "the message is needless", func() bool { return slices.Contains(w.told(order), "PAYMENT_LINK EMAIL SKIPPED") })
	})
	w.audit()
}
