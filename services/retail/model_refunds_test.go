package retail

import (
	"strings"

	"pgregory.net/rapid"
)

// putRefundTerms puts the terms of refunds.
func (s *trial) putRefundTerms(t *rapid.T) {
	terms := RefundTerms{
		Currency: fewMoney.Draw(t, "currency"), RefundRule: anyRefundRule.Draw(t, "rule"), OfflineMaxMinor: rapid.Int64Range(0, 2).Draw(t, "offline"),
	}
	_, err := submit(t, s.shop, PutRefundTerms{s.mint(), terms})
	decided(t, err)
}

var anyRefundRule = rapid.SampledFrom([]RefundRule{{}, {Order: LastFirst}, {Order: StoredValueFirst}, {Order: Proportional}})

// checkTenders proves of what went back of an order since it was last looked at that it went by its rule: store credit that was asked for aside,
// nothing by other tenders while stored value carried something, or by each its part to the cent.
func (o *paperOrder) checkTenders(t *rapid.T, order Order) {
	t.Helper()
	before, since := order.Payments[:o.seen], order.Payments[o.seen:]
	o.seen = len(order.Payments)
	if order.Refund != o.refund {
		t.Fatalf("its money goes back by %+v, on paper by %+v", order.Refund, o.refund)
	}
	name := func(p Payment) string {
		if p.Kind == "CASH" {
			return "CASH"
		}
		return strings.Join([]string{p.Kind, p.Account, p.Location, p.Reference}, "|")
	}
	carries, change := map[string]int64{}, int64(0)
	for _, p := range before {
		switch p.Movement {
		case MovementPayment:
			carries[name(p)] += p.AmountMinor
		case MovementRefund:
			if p.Kind != "" {
				carries[name(p)] -= p.AmountMinor
			}
		case MovementChange:
			change += p.AmountMinor
		}
	}
	carries["CASH"] -= change
	back, given, parts := map[string]int64{}, int64(0), int64(0)
	for _, p := range since {
		if p.Movement == MovementPayment || p.Movement == MovementChange { // what it carried in between is not known
			return
		}
		if _, paid := carries[name(p)]; p.Movement != MovementRefund || p.Kind == "" || !paid && p.Kind == "STORE_CREDIT" {
			continue
		}
		back[name(p)] += p.AmountMinor
		given, parts = given+p.AmountMinor, parts+1
	}
	sum, stored := int64(0), int64(0)
	for of, left := range carries {
		if strings.HasPrefix(of, "STORE_CREDIT|") || left < 0 { // whether it was asked for nobody knows, or a voucher gave change
			return
		}
		sum += left
		if strings.HasPrefix(of, "GIFT_CARD|") {
			stored += left - back[of]
		}
	}
	for of, left := range carries {
		switch off := back[of]*sum - given*left; {
		case o.refund.Order == StoredValueFirst && back[of] > 0 && stored > 0 && !strings.HasPrefix(of, "GIFT_CARD|"):
			t.Fatalf("%s gave %d back while gift cards carried %d: %+v", of, back[of], stored, order.Payments)
		case o.refund.Order == Proportional && (off > sum*parts || -off > sum*parts):
			t.Fatalf("%s carried %d of %d and gave back %d of %d: %+v", of, left, sum, back[of], given, order.Payments)
		}
	}
}
