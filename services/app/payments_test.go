package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/app"
	"github.com/aisle-retail/aisle/services/provider"
	"github.com/aisle-retail/aisle/services/retail"
)

// errDied is what somebody sees who asked a process that died.
var errDied = errors.New("the process died")

// takings is a shop whose cards are taken by a provider that outlives its processes, as one outside does.
type takings struct {
	*world
	taker *provider.Pretend
	mu    sync.Mutex
	// dieAt is at which place between steps the process dies, counted down; 0: it lives.
	dieAt int
	dead  bool
	// meanwhile happens once before what waits for a customer is given up; nil: nothing.
	meanwhile func()
}

func openTakings(t *testing.T) *takings {
	t.Helper()
	s := &takings{world: openShop(t), taker: provider.NewPretend("the secret of its webhooks")}
	s.world.configure = func(c *app.Config) (string, *slog.Logger) {
		c.PaymentProvider, c.PaymentsEvery, c.PaymentsCrash = s.taker, 10*time.Millisecond, s.reach
		return s.db.URL, slog.New(slog.DiscardHandler)
	}
	s.restart()
	return s
}

// restart starts another process after the one before.
func (s *takings) restart() {
	s.t.Helper()
	s.stop()
	s.mu.Lock()
	s.dead = false
	s.mu.Unlock()
	s.start()
}

// reach lets the process die at a place between steps: from there on it does nothing with its provider any more.
func (s *takings) reach(at string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if happens := s.meanwhile; happens != nil && at == "before what waits is given up" {
		s.meanwhile = nil
		s.mu.Unlock()
		happens()
		s.mu.Lock()
	}
	if s.dieAt > 0 {
		if s.dieAt--; s.dieAt == 0 {
			s.dead = true
		}
	}
	if s.dead {
		return errDied
	}
	return nil
}

func (s *takings) died() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dead
}

// waiting places an order for some hats, which waits for its payment and is collected in Milan.
func (w *world) waiting(hats int) answer {
	w.t.Helper()
	return w.must("staff", "orders/PlaceOrder", online(goods("HAT", hats, "PICKUP", "milan"), `,"paymentTime":"3600s"`))
}

// authorise is a request for a payment of an order.
func authorise(order any, token, more string) string {
	return fmt.Sprintf(`{"requestId":%q,"order":%q,"token":%q%s}`, newUUID(), order, token, more)
}

// ofIntent is a request about the first payment of an order.
func ofIntent(order answer, more string) string {
	return fmt.Sprintf(`{"order":%q,"intent":%q%s}`, order.at("id"), order.at("paymentIntents", 0, "id"), more)
}

// authorised is an order for some hats with a payment that is authorised.
func (w *world) authorised(hats int, token string) answer {
	w.t.Helper()
	answered := w.must("staff", "payments/AuthorisePayment", authorise(w.waiting(hats).at("id"), token, ""))
	return answer{body: answered.at("order").(map[string]any)}
}

// kept is an order that gave back what its provider does not.
func (w *world) kept() answer { return w.keptBy(provider.PretendRefundRefusedOnce) }

func (w *world) keptBy(token string) answer {
	w.t.Helper()
	order := w.authorised(1, token)
	w.must("staff", "payments/CapturePayment", ofIntent(order, ""))
	w.do("staff", "orders/CancelLines", `{"order":%q}`, order.at("id"))
	if err := w.server.AskProviders(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return order
}

// wantCase looks for the first payment of an order among the cases of a kind, page by page of one each; no amount: it is none.
func (w *world) wantCase(kind string, order answer, minor string) {
	w.t.Helper()
	token, amounts := "", []string{}
	for pages := 0; ; pages++ {
		listed := w.bothDoors("staff", "payments/ListPaymentCases", fmt.Sprintf(`{"kind":"PAYMENT_CASE_KIND_%s","pageSize":1,"pageToken":%q}`, kind, token))
		if listed.get("cases.0.order.id") == order.at("id") {
			amounts = append(amounts, listed.get("cases.0.amount.amountMinor").(string))
		}
		if token = listed.at("nextPageToken").(string); token == "" {
			break
		}
	}
	if want := strings.Fields(minor); strings.Join(amounts, " ") != strings.Join(want, " ") {
		w.t.Errorf("%s of order %v: %v, want %v", kind, order.at("id"), amounts, want)
	}
}

func (w *world) orderNow(order any) answer {
	w.t.Helper()
	return w.do("staff", "orders/GetOrder", `{"order":%q}`, order)
}

// comes waits until the first payment of an order has come to a state and its provider is asked nothing more; a process that died
// meanwhile is followed by another.
func (s *takings) comes(order any, state string) answer {
	s.t.Helper()
	var now answer
	defer func() {
		if s.t.Failed() {
			s.t.Logf("it is %v", now.get("paymentIntents.0"))
		}
	}()
	eventually(s.t, "the payment is "+state, func() bool {
		if s.died() {
			s.restart()
		}
		now = s.orderNow(order)
		return now.get("paymentIntents.0.state") == "PAYMENT_INTENT_STATE_"+state && now.get("paymentIntents.0.step") == "PAYMENT_INTENT_STEP_UNSPECIFIED"
	})
	return now
}

// TestPaymentsSurviveCrashes kills the process at each place between two steps of a payment in turn: an authorisation, a capture for
// what is handed over, letting go of what is cancelled, and a refund of what comes back. In the end everything is as if nobody had died,
// and the provider did each thing once.
func TestPaymentsSurviveCrashes(t *testing.T) {
	t.Parallel()
	s := openTakings(t)
	var undisturbed []string
	for at := 0; ; at++ {
		before := len(s.taker.Book())
		s.mu.Lock()
		s.dieAt = at
		s.mu.Unlock()
		order := s.waiting(3)
		request := authorise(order.at("id"), provider.PretendOK, "")
		if a := s.grpcCall("staff", "payments/AuthorisePayment", request); a.body == nil { // a client that hears nothing asks again
			if !s.died() || at > 2 {
				t.Fatalf("place %d: %s %s", at, a.code, a.message)
			}
			s.restart()
			s.must("staff", "payments/AuthorisePayment", request)
		}
		s.comes(order.at("id"), "AUTHORISED")
		work := s.work(order, "PICKUP", "")
		s.must("staff", "fulfilments/ReadyFulfilment", work)
		code, _ := s.code(work)
		s.must("staff", "fulfilments/CollectPickup", with(work, shown(code)+`,"lines":[{"line":1,"quantity":"2"}]`))
		s.comes(order.at("id"), "AUTHORISED")
		s.do("staff", "orders/CancelLines", `{"order":%q,"picked":true}`, order.at("id"))
		s.comes(order.at("id"), "CAPTURED")
		s.must("staff", "returns/AcceptReturn", returned("rome", order.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
		after := s.comes(order.at("id"), "CAPTURED")
		s.want(after, map[string]any{
			"state": "ORDER_STATE_COMPLETED", "owed.amountMinor": "0", "paymentIntents.0.authorised.amountMinor": "2000",
			"paymentIntents.0.captured.amountMinor": "2000", "paymentIntents.0.refunded.amountMinor": "1000", "payments.0.amount.amountMinor": "2000",
			"payments.1.amount.amountMinor": "1000", "payments.1.movement": "PAYMENT_MOVEMENT_REFUND",
		})
		var did []string
		for _, c := range s.taker.Book()[before:] {
			did = append(did, fmt.Sprintf("%s %d %s", c.Step, c.AmountMinor, strings.TrimPrefix(c.Key, "aisle/"+after.at("paymentIntents", 0, "id").(string))))
		}
		if at == 0 {
			undisturbed = did
		}
		if diff := cmp.Diff([]string{"AUTHORISE 3000 /1", "CAPTURE 2000 /2", "VOID 1000 /3", "REFUND 1000 /4"}, did); diff != "" {
			t.Errorf("place %d: the provider did (-want +did):\n%s", at, diff)
		}
		s.mu.Lock()
		left, dead := s.dieAt, s.dead
		s.dieAt = 0
		s.mu.Unlock()
		if dead { // after the last look at the order: the next round needs one that lives
			s.restart()
		}
		if left > 0 { // there is no such place any more
			if at < 2*len(undisturbed) {
				t.Errorf("there are only %d places between %d steps", at, len(undisturbed))
			}
			break
		}
	}
	s.audit()
}

// TestPaymentsComeToWhatTheLedgerSays: answers are lost and captures refused, customers pay otherwise and orders end meanwhile; what the
// provider holds in the end is what the ledger says, to the cent.
func TestPaymentsComeToWhatTheLedgerSays(t *testing.T) {
	t.Parallel()
	s := openTakings(t)
	s.world.configure = nil // it is not started again, and a process as any other
	settled := func(order any, state string, owed string) answer {
		t.Helper()
		now := s.comes(order, state)
		if got := now.get("owed.amountMinor"); got != owed {
			t.Errorf("order %v is %s and owes %v, want %s", order, state, got, owed)
		}
		return now
	}
	t.Run("each answer is lost once", func(t *testing.T) {
		order := s.waiting(1)
		first := s.must("staff", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendLost, ""))
		s.want(first, map[string]any{
			"order.state": "ORDER_STATE_PENDING_PAYMENT", "order.paymentIntents.0.state": "PAYMENT_INTENT_STATE_CREATED",
			"order.paymentIntents.0.step": "PAYMENT_INTENT_STEP_AUTHORISE",
		})
		now := s.comes(order.at("id"), "AUTHORISED")
		s.want(now, map[string]any{"state": "ORDER_STATE_CONFIRMED"})
		s.must("staff", "payments/CapturePayment", ofIntent(now, `,"amount":`+eur(400)))
		s.comes(order.at("id"), "AUTHORISED")
		s.do("staff", "orders/CancelLines", `{"order":%q}`, order.at("id"))
		settled(order.at("id"), "REFUNDED", "0")
	})
	t.Run("the customer agrees, or is too late", func(t *testing.T) {
		order, late := s.waiting(1), s.waiting(1)
		asked := s.must("staff", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendAction, ""))
		slow := s.must("staff", "payments/AuthorisePayment", authorise(late.at("id"), provider.PretendAction, ""))
		id := asked.at("order", "paymentIntents", 0, "id").(string)
		s.want(asked, map[string]any{"actionUrl": "https://pretend.example/agree/" + id})
		intent, err := retail.ParseID(id)
		if err != nil {
			t.Fatal(err)
		}
		s.taker.Agree(intent)
		s.comes(order.at("id"), "AUTHORISED")
		s.do("staff", "orders/CancelLines", `{"order":%q}`, late.at("id"))
		settled(late.at("id"), "DECLINED", "0")
		s.want(s.orderNow(slow.at("order", "id")), map[string]any{"paymentIntents.0.problem": "the customer did not agree in time"})
	})
	t.Run("the customer pays otherwise than she was asked to agree to, unless she agrees after all", func(t *testing.T) {
		order, agreed := s.waiting(1), s.waiting(1)
		s.must("staff", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendAction, ""))
		s.want(s.must("staff", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendOK, "")), map[string]any{
			"order.state": "ORDER_STATE_CONFIRMED", "order.paymentIntents.0.state": "PAYMENT_INTENT_STATE_DECLINED",
			"order.paymentIntents.0.problem": "the customer paid otherwise", "order.paymentIntents.1.state": "PAYMENT_INTENT_STATE_AUTHORISED",
		})
		asked := s.must("staff", "payments/AuthorisePayment", authorise(agreed.at("id"), provider.PretendAction, ""))
		intent, err := retail.ParseID(asked.at("order", "paymentIntents", 0, "id").(string))
		if err != nil {
			t.Fatal(err)
		}
		s.taker.Agree(intent)
		if a := s.grpcCall("staff", "payments/AuthorisePayment", authorise(agreed.at("id"), provider.PretendOK, "")); a.reason != "NOTHING_OWED" {
			t.Errorf("%+v", a)
		}
		s.want(s.comes(agreed.at("id"), "AUTHORISED"), map[string]any{"paymentIntents.1": nil})
	})
	t.Run("what can't be paid otherwise gives nothing up, and one card that waits gives way for another of as much", func(t *testing.T) {
		order := s.waiting(3)
		for _, part := range []int64{2000, 1000} {
			s.must("staff", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendAction, `,"amount":`+eur(part)))
		}
		if a := s.grpcCall("staff", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendOK, `,"amount":`+eur(3001))); a.reason != "NOTHING_OWED" {
			t.Errorf("%+v", a)
		}
		s.want(s.must("staff", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendOK, `,"amount":`+eur(1000))), map[string]any{
			"order.paymentIntents.0.state": "PAYMENT_INTENT_STATE_CREATED", "order.paymentIntents.1.state": "PAYMENT_INTENT_STATE_DECLINED",
			"order.paymentIntents.2.state": "PAYMENT_INTENT_STATE_AUTHORISED",
		})
		s.do("staff", "orders/CancelLines", `{"order":%q}`, order.at("id"))
		s.comes(order.at("id"), "DECLINED") // what waits still is given up with the order, and in the way of nothing below
	})
	t.Run("the customer agrees just before what she was asked for is given up, and it is let go", func(t *testing.T) {
		order := s.waiting(1)
		asked := s.must("staff", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendAction, ""))
		intent, err := retail.ParseID(asked.at("order", "paymentIntents", 0, "id").(string))
		if err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		s.meanwhile = func() {
			s.taker.Agree(intent)
			s.comes(order.at("id"), "AUTHORISED")
		}
		s.mu.Unlock()
		if a := s.grpcCall("staff", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendOK, "")); a.reason != "NOTHING_OWED" {
			t.Errorf("%+v", a)
		}
		s.comes(order.at("id"), "VOIDED")
		s.want(s.must("staff", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendOK, "")), map[string]any{
			"order.paymentIntents.1.state": "PAYMENT_INTENT_STATE_AUTHORISED",
		})
	})
	t.Run("the provider lets the rest go, or does not capture, or does not refund", func(t *testing.T) {
		one := s.authorised(2, provider.PretendOneCapture)
		s.must("staff", "payments/CapturePayment", ofIntent(one, `,"amount":`+eur(500)))
		settled(one.at("id"), "CAPTURED", "1500")
		if one = s.orderNow(one.at("id")); one.get("paymentIntents.0.capturesOnce") != true {
			t.Errorf("nobody is told that it is captured once: %v", one.at("paymentIntents", 0))
		}
		parcels := s.must("staff", "orders/PlaceOrder", online(goods("HAT", 2, "SHIP", "milan"), `,"paymentTime":"3600s"`))
		s.must("staff", "payments/AuthorisePayment", authorise(parcels.at("id"), provider.PretendOneCapture, ""))
		work := s.work(parcels, "SHIP", "")
		s.must("staff", "fulfilments/ReadyFulfilment", work)
		parcel := with(work, `,"carrier":"SEUR","tracking":"T-1","lines":[{"line":1,"quantity":"1"}]`)
		s.must("staff", "fulfilments/ShipFulfilment", parcel)
		s.refuse("staff", "fulfilments/ShipFulfilment", parcel, "PAYMENT_SHORT", "tenders") // whether the bank has answered by now or not
		s.must("staff", "payments/AuthorisePayment", authorise(parcels.at("id"), provider.PretendOK, ""))
		s.must("staff", "fulfilments/ShipFulfilment", parcel)
		eventually(t, "both are captured", func() bool { return s.orderNow(parcels.at("id")).get("owed.amountMinor") == "0" })
		refused := s.authorised(1, provider.PretendCaptureRefused)
		if a := s.grpcCall("staff", "payments/CapturePayment", ofIntent(refused, "")); a.reason != "PAYMENT_DECLINED" || a.details["problem"] != "charge_expired_for_capture" {
			t.Errorf("%+v", a)
		}
		settled(refused.at("id"), "VOIDED", "1000")
		s.wantCase("ORDER_WITHOUT_PAYMENT", refused, "1000")
		s.wantCase("ORDER_WITHOUT_PAYMENT", one, "1500")
		for _, door := range []func(key, short, body string) answer{s.grpcCall, s.rest} {
			kept := s.authorised(1, provider.PretendRefundRefused)
			s.must("staff", "payments/CapturePayment", ofIntent(kept, ""))
			s.do("staff", "orders/CancelLines", `{"order":%q}`, kept.at("id"))
			settled(kept.at("id"), "REFUND_FAILED", "0")
			s.wantCase("PAID_WITHOUT_ORDER", kept, "1000")
			if a := door("staff", "payments/RefundPayment", ofIntent(kept, "")); a.reason != "PAYMENT_DECLINED" || a.details["problem"] != "charge_disputed" {
				t.Errorf("%+v", a)
			}
			s.must("staff", "payments/RefundPayment", ofIntent(kept, ""))
			settled(kept.at("id"), "REFUNDED", "0")
			s.wantCase("PAID_WITHOUT_ORDER", kept, "")
		}
	})
	t.Run("the order expires while its card is authorised", func(t *testing.T) {
		s := s.world.in(t)
		order := s.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), `,"paymentTime":"60s"`))
		s.must("staff", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendOK, `,"amount":`+eur(400)))
		s.later("2 minutes")
		eventually(t, "it expires, and what was authorised is let go", func() bool {
			now := s.orderNow(order.at("id"))
			return now.at("state") == "ORDER_STATE_EXPIRED" && now.get("paymentIntents.0.state") == "PAYMENT_INTENT_STATE_VOIDED"
		})
	})
	t.Run("an order whose payment is authorised does not expire", func(t *testing.T) {
		order := s.authorised(1, provider.PretendOK)
		s.later("2 hours")
		s.want(s.orderNow(order.at("id")), map[string]any{"state": "ORDER_STATE_CONFIRMED"})
		s.wantCase("ORDER_WITHOUT_PAYMENT", order, "")
		s.must("staff", "payments/VoidPayment", ofIntent(order, ""))
		settled(order.at("id"), "VOIDED", "1000")
		s.wantCase("ORDER_WITHOUT_PAYMENT", order, "1000")
		s.do("staff", "orders/PayOrder", `{"order":%q,"location":"milan"%s}`, order.at("id"), paid("CASH", 1000))
		s.wantCase("ORDER_WITHOUT_PAYMENT", order, "")
	})
	captured, refunded := int64(0), int64(0)
	keys := map[string]int{}
	for _, c := range s.taker.Book() {
		keys[c.Key]++
		switch c.Step {
		case retail.StepCapture:
			captured += c.AmountMinor
		case retail.StepRefund:
			refunded += c.AmountMinor
		}
	}
	for key, times := range keys {
		if times != 1 {
			t.Errorf("%s was done %d times", key, times)
		}
	}
	const sum = `select coalesce(sum(amount_minor), 0)::int8 from order_payments p where movement = $1
		and exists (select from payment_intents i where i.order_id = p.order_id and i.id::text = p.reference)`
	if in, out := s.count(sum, "PAYMENT"), s.count(sum, "REFUND"); in != captured || out != refunded {
		t.Errorf("the provider took %d and gave back %d, and the ledger says %d and %d", captured, refunded, in, out)
	}
	if n := s.count("select count(*) from payment_intents where step <> '' or token <> ''"); n != 0 {
		t.Errorf("%d payments wait for something", n)
	}
	s.audit()
}

// TestPayments pays an order by a provider over both doors.
func TestPayments(t *testing.T) {
	t.Parallel()
	w := openShop(t)
	order := w.waiting(2)
	w.want(w.must("shop", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendOK, `,"amount":`+eur(1500))), map[string]any{
		"actionUrl": "", "order.state": "ORDER_STATE_PENDING_PAYMENT", "order.paymentState": "PAYMENT_STATE_NONE",
		"order.paymentIntents.0.state": "PAYMENT_INTENT_STATE_AUTHORISED", "order.paymentIntents.0.provider": "test",
		"order.paymentIntents.0.authorised.amountMinor": "1500", "order.paymentIntents.0.amount.currencyCode": "EUR",
	})
	rest := w.rest("till", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendOK, ""))
	w.want(rest, map[string]any{
		"order.state": "ORDER_STATE_CONFIRMED", "order.paymentIntents.1.authorised.amountMinor": "500", "order.owed.amountMinor": "2000",
	})
	if of := rest.get("order.paymentIntents.1.id"); w.count("select count(*) from requests where id = $1::uuid", of) != 1 {
		t.Error("the payment is not named by its request")
	}
	now := answer{body: rest.at("order").(map[string]any)}
	w.want(w.rest("shop", "payments/CapturePayment", ofIntent(now, `,"amount":`+eur(700))), map[string]any{
		"order.paymentState": "PAYMENT_STATE_PARTIALLY_PAID", "order.owed.amountMinor": "1300", "order.payments.0.kind": "TENDER_KIND_CARD",
		"order.payments.0.reference": now.get("paymentIntents.0.id"),
	})
	w.want(w.must("shop", "payments/VoidPayment", ofIntent(now, "")), map[string]any{
		"order.paymentIntents.0.state": "PAYMENT_INTENT_STATE_CAPTURED", "order.paymentIntents.0.authorised.amountMinor": "700",
	})
	w.wantBook(map[string]int64{"online tender/CARD": 700, "online order/" + order.at("id").(string): -700})
	w.refused("staff", "orders/PayOrder", fmt.Sprintf(`{"order":%q,"location":"milan"%s}`, order.at("id"),
		tenders(tender("CARD", 1, now.get("paymentIntents.0.id").(string)))), "INVALID_REQUEST", "tenders")
	w.audit()

	t.Run("ten authorise one order at once, and it is authorised once", func(t *testing.T) {
		w := w.in(t)
		order := w.waiting(1).at("id")
		outcomes := atOnce(10, func(int) answer {
			return w.grpcCall("shop", "payments/AuthorisePayment", authorise(order, provider.PretendOK, ""))
		})
		if outcomes[""] != 1 || outcomes["NOTHING_OWED"] != 9 {
			t.Errorf("%v", outcomes)
		}
	})
	t.Run("a payment is not named as another of its order", func(t *testing.T) {
		w := w.in(t)
		order, taken := w.waiting(2).at("id"), newUUID()
		w.do("staff", "orders/PayOrder", `{"order":%q,"location":"milan"%s}`, order, tenders(tender("CARD", 500, taken)))
		w.refuse("shop", "payments/AuthorisePayment", fmt.Sprintf(`{"requestId":%q,"order":%q,"token":"tok_ok"}`, taken, order), "INVALID_REQUEST", "intent")
	})
	w.audit()
}

// refusePayments has each step declined, which is remembered, and not tried again by the same request; and has all of them refused by a
// process that has no provider, nor a carrier of parcels, who declines before as well.
func (p *past) refusePayments(t *testing.T) {
	w := p.world.in(t)
	declined := w.waiting(1)
	for _, c := range []struct {
		method, problem string
		about           func() string
	}{
		{"payments/AuthorisePayment", "card_declined", func() string { return authorise(declined.at("id"), provider.PretendDeclined, "") }},
		{"payments/PayByLink", "card_declined", func() string {
			return strings.Replace(byLink(w.linked(w.waiting(1).at("id")), 1000), "tok_ok", provider.PretendDeclined, 1)
		}},
		{"payments/CapturePayment", "charge_expired_for_capture", func() string { return ofIntent(w.authorised(1, provider.PretendCaptureRefused), "") }},
		{"payments/RefundPayment", "charge_disputed", func() string { return ofIntent(w.keptBy(provider.PretendRefundRefused), "") }},
	} {
		request := c.about()
		if !strings.HasPrefix(request, `{"requestId"`) {
			request = fmt.Sprintf(`{"requestId":%q,`, newUUID()) + request[1:]
		}
		for _, door := range []func(key, short, body string) answer{w.grpcCall, w.rest, w.grpcCall} {
			if a := door("shop", c.method, request); a.reason != "PAYMENT_DECLINED" || a.details["problem"] != c.problem {
				t.Errorf("%s: %+v", c.method, a)
			}
		}
	}
	w.want(w.orderNow(declined.at("id")), map[string]any{
		"state": "ORDER_STATE_PENDING_PAYMENT", "paymentIntents.0.state": "PAYMENT_INTENT_STATE_DECLINED",
		"paymentIntents.0.problem": "card_declined", "paymentIntents.1": nil,
	})

	work, label := w.refuseLabels()
	p.stop()
	p.configure = func(c *app.Config) (string, *slog.Logger) {
		c.Payments, c.Carrier = "", ""
		return p.db.URL, slog.New(slog.DiscardHandler)
	}
	p.start()
	p.configure = nil // it is a process as any other
	w = p.world.in(t)
	w.refuse("nobody", "payments/PayByLink", byLink(p.link, 1000), "NO_PAYMENT_PROVIDER", "")
	for _, step := range []string{"Authorise", "Capture", "Void", "Refund"} {
		body := ofIntent(p.lent, "")
		if step == "Authorise" {
			body = authorise(p.lent.at("id"), provider.PretendOK, "")
		}
		w.refuse("staff", "payments/"+step+"Payment", body, "NO_PAYMENT_PROVIDER", "")
	}
	w.refuse("staff", "fulfilments/BuyLabel", with(work, toAda), "NO_CARRIER", "")
	w.refuse("staff", "fulfilments/VoidLabel", with(work, ofLabel(label)), "NO_CARRIER", "")
	w.refuse("staff", "fulfilments/PrintLabel", with(work, ofLabel(label)), "NO_CARRIER", "")
}

// TestPaymentWebhook has the provider say that a customer agreed: the order comes to know of it at once, and of nothing that the provider
// did not sign.
func TestPaymentWebhook(t *testing.T) {
	t.Parallel()
	s := openTakings(t)
	s.world.configure = func(c *app.Config) (string, *slog.Logger) {
		c.PaymentProvider = s.taker // and nobody looks after it but the webhook
		return s.db.URL, slog.New(slog.DiscardHandler)
	}
	s.restart()
	order := s.waiting(1)
	asked := s.must("staff", "payments/AuthorisePayment", authorise(order.at("id"), provider.PretendAction, ""))
	ids := [2]retail.ID{}
	for i, text := range []any{order.at("id"), asked.get("order.paymentIntents.0.id")} {
		id, err := retail.ParseID(text.(string))
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = id
	}
	say := func(method string, body []byte, signature string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.server.HTTPAddr()+"/webhooks/payments", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(provider.PretendHeader, signature)
		answered, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer answered.Body.Close()
		return answered.StatusCode
	}
	body, signature := s.taker.Notify(ids[0], ids[1])
	if code := say(http.MethodPost, body, signature); code != http.StatusOK {
		t.Errorf("before she agreed: %d", code)
	}
	s.want(s.orderNow(order.at("id")), map[string]any{"paymentIntents.0.state": "PAYMENT_INTENT_STATE_CREATED"})
	s.taker.Agree(ids[1])
	for what, code := range map[string]int{"forged": say(http.MethodPost, body, "00"), "not posted": say(http.MethodGet, nil, "")} {
		if want := map[string]int{"forged": http.StatusBadRequest, "not posted": http.StatusMethodNotAllowed}[what]; code != want {
			t.Errorf("%s: %d, want %d", what, code, want)
		}
	}
	s.want(s.orderNow(order.at("id")), map[string]any{"paymentIntents.0.state": "PAYMENT_INTENT_STATE_CREATED"})
	if code := say(http.MethodPost, body, signature); code != http.StatusOK {
		t.Errorf("%d", code)
	}
	traces := s.fingerprint()
	s.want(s.orderNow(order.at("id")), map[string]any{"state": "ORDER_STATE_CONFIRMED", "paymentIntents.0.state": "PAYMENT_INTENT_STATE_AUTHORISED"})
	nobodys, hand := s.taker.Notify(retail.ID{9}, retail.ID{9})
	for _, code := range []int{say(http.MethodPost, body, signature), say(http.MethodPost, nobodys, hand)} {
		if code != http.StatusOK {
			t.Errorf("once more, or of nobody's: %d", code)
		}
	}
	if after := s.fingerprint(); after != traces || len(s.taker.Book()) != 1 {
		t.Errorf("a webhook that came again left a trace:\n%s\n%s", traces, after)
	}
	s.audit()
}
