package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/provider"
	"github.com/aisle-retail/aisle/services/retail"
)

// did is what the provider did since its book was so long, by step, amount and the end of the key.
func (s *takings) did(since int) (lines []string) {
	for _, c := range s.taker.Book()[since:] {
		lines = append(lines, fmt.Sprintf("%s %d %s", c.Step, c.AmountMinor, c.Key[strings.LastIndex(c.Key, "/")+1:]))
	}
	return lines
}

// refusedRefund waits until the provider has refused a refund of an order so often, which the cases tell with why and when it is asked again; a process
// that died meanwhile is followed by another.
func (s *takings) refusedRefund(order answer, times float64) {
	s.t.Helper()
	eventually(s.t, fmt.Sprintf("it is refused %v times", times), func() bool {
		if s.died() {
			s.restart()
		}
		now := s.orderNow(order.at("id"))
		return now.get("paymentIntents.0.state") == "PAYMENT_INTENT_STATE_REFUND_FAILED" && now.get("paymentIntents.0.refusals") == times
	})
	listed := s.bothDoors("staff", "payments/ListPaymentCases", `{"kind":"PAYMENT_CASE_KIND_PAID_WITHOUT_ORDER","pageSize":1}`)
	s.want(listed, map[string]any{
		"cases.0.order.id": order.at("id"), "cases.0.amount.amountMinor": "1000", "cases.0.refusals": times, "cases.0.problem": "charge_disputed",
	})
	if listed.get("cases.0.askAgainAt") == nil || listed.get("cases.0.askAgainAt") != s.orderNow(order.at("id")).get("paymentIntents.0.askAgainAt") {
		s.t.Errorf("nobody is told when it is asked again: %v", listed.at("cases", 0))
	}
}

// TestRefundsAreAskedForAgain has a provider refuse a refund twice: it is asked again an hour after, and six hours after that, and gives back once,
// wherever the process dies between two steps.
func TestRefundsAreAskedForAgain(t *testing.T) {
	t.Parallel()
	s := openTakings(t)
	for at := 0; ; at++ {
		before := len(s.taker.Book())
		order := s.authorised(1, provider.PretendRefundRefused)
		s.must("staff", "payments/CapturePayment", ofIntent(order, ""))
		s.do("staff", "orders/CancelLines", `{"order":%q}`, order.at("id"))
		s.refusedRefund(order, 1)
		s.mu.Lock()
		s.dieAt = at
		s.mu.Unlock()
		s.later("61 minutes")
		s.refusedRefund(order, 2)
		s.later("361 minutes")
		after := s.comes(order.at("id"), "REFUNDED")
		s.want(after, map[string]any{"paymentIntents.0.refusals": float64(0), "paymentIntents.0.askAgainAt": nil, "paymentIntents.0.problem": ""})
		if diff := cmp.Diff([]string{"AUTHORISE 1000 1", "CAPTURE 1000 2", "REFUND 1000 5"}, s.did(before)); diff != "" {
			t.Errorf("place %d: the provider did (-want +did):\n%s", at, diff)
		}
		s.wantCase("PAID_WITHOUT_ORDER", order, "")
		s.mu.Lock()
		left, dead := s.dieAt, s.dead
		s.dieAt = 0
		s.mu.Unlock()
		if dead { // after the last look at the order: the next round needs one that lives
			s.restart()
		}
		if left > 0 { // there is no such place any more
			if at < 6 {
				t.Errorf("there are only %d places in two refunds", at)
			}
			break
		}
	}
	s.audit()
}

// TestRefundedByHand has somebody give back at the provider itself what that would not: once it is asked again it gives back the rest alone.
func TestRefundedByHand(t *testing.T) {
	t.Parallel()
	s := openTakings(t)
	for by, want := range map[int64][]string{1000: {"REFUND 1000 by hand"}, 400: {"REFUND 400 by hand", "REFUND 600 4"}} {
		order := s.keptBy(provider.PretendRefundRefusedOnce)
		s.refusedRefund(order, 1)
		before := len(s.taker.Book())
		intent, err := retail.ParseID(order.at("paymentIntents", 0, "id").(string))
		if err != nil {
			t.Fatal(err)
		}
		s.taker.RefundByHand(intent, by)
		s.later("61 minutes")
		s.comes(order.at("id"), "REFUNDED")
		if diff := cmp.Diff(want, s.did(before)); diff != "" {
			t.Errorf("%d by hand: the provider did (-want +did):\n%s", by, diff)
		}
	}
	s.audit()
}

// TestMovedMoneyGoesBackToTheCard exchanges what a card paid for at a distance for less, and that again for as much, and takes the last back:
// each order gives back its part, to the card, by itself.
func TestMovedMoneyGoesBackToTheCard(t *testing.T) {
	t.Parallel()
	s := openTakings(t)
	order := s.authorised(2, provider.PretendOK)
	work := s.work(order, "PICKUP", "")
	s.must("staff", "fulfilments/ReadyFulfilment", work)
	code, _ := s.code(work)
	s.must("staff", "fulfilments/CollectPickup", with(work, shown(code)))
	s.comes(order.at("id"), "CAPTURED")
	before := len(s.taker.Book())
	exchange := func(of any, hats int) answer {
		t.Helper()
		done := s.must("rome", "returns/ExchangeGoods", returned("rome", of, back(1, hats, "RETURN_TO_STOCK"),
			`,"sale":`+with(basket("till", "rome", line("HAT", 1, ""), ""), `,"requestId":"`+newUUID()+`"`)))
		s.want(done, map[string]any{
			"order.paymentIntents.0.id": order.at("paymentIntents", 0, "id"), "order.paymentIntents.0.movedFrom": of,
			"order.paymentIntents.0.state": "PAYMENT_INTENT_STATE_CAPTURED", "order.paymentIntents.0.captured.amountMinor": "1000",
			"order.owed.amountMinor": "0",
		})
		return answer{body: done.at("order").(map[string]any)}
	}
	first := exchange(order.at("id"), 2)
	s.comes(order.at("id"), "CAPTURED")
	second := exchange(first.at("id"), 1)
	s.must("staff", "returns/AcceptReturn", returned("milan", second.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
	s.comes(second.at("id"), "REFUNDED")
	if diff := cmp.Diff([]string{"REFUND 1000 3", "REFUND 1000 2"}, s.did(before)); diff != "" {
		t.Errorf("the provider did (-want +did):\n%s", diff)
	}
	for _, of := range []answer{order, first} {
		if now := s.orderNow(of.at("id")); now.get("paymentIntents.0.state") != "PAYMENT_INTENT_STATE_CAPTURED" || now.get("paymentIntents.0.step") != "PAYMENT_INTENT_STEP_UNSPECIFIED" {
			t.Errorf("order %v waits for %v", of.at("id"), now.at("paymentIntents", 0))
		}
	}
	s.audit()
}
