package postgres

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

var refundTerms = whole(retail.TableRefundTerms, newTable("refund_terms", 1, "currency text", "tender_order text", "cash_max_minor int8",
	"offline_max_minor int8", "recorded_at timestamptz", "version int8"), readRefundTerms, writeRefundTerms)

func writeRefundTerms(r *rows, t retail.RefundTerms) {
	r.text(t.Currency).text(string(t.Order)).int8(t.CashMaxMinor).int8(t.OfflineMaxMinor).time(t.RecordedAt).int8(t.Version).end()
}

func readRefundTerms(r *record) (retail.RefundTerms, error) {
	return retail.RefundTerms{
		Currency: r.text(), RefundRule: retail.RefundRule{Order: retail.RefundOrder(r.text()), CashMaxMinor: r.int8()}, OfflineMaxMinor: r.int8(),
		RecordedAt: r.time(), Version: r.int8(),
	}, nil
}

// refundRule writes how money of an order goes back, which one that was placed without terms does not say.
func (r *rows) refundRule(rule retail.RefundRule) *rows {
	if rule == (retail.RefundRule{}) {
		return jsonOrNull[retail.RefundRule](r, nil)
	}
	return jsonOrNull(r, &rule)
}

func (r *record) refundRule() (retail.RefundRule, error) {
	rule, err := jsonOrNil[retail.RefundRule](r)
	if rule == nil {
		return retail.RefundRule{}, err
	}
	return *rule, err
}

var refundTermsAll = readStatement("refund_terms_all", `
select `+prefixed(refundTerms.table.columns)+` from refund_terms t order by t.currency`)

// RefundTerms returns the terms of refunds of every currency that has some, as this process last put them, or as they were at most a second ago.
// Callers must not change them.
func (db *DB) RefundTerms(ctx context.Context) ([]retail.RefundTerms, error) {
	terms, _, err := db.caches.refundTerms.get(ctx, "", func(ctx context.Context) ([]retail.RefundTerms, bool, error) {
		found, err := all(ctx, db, refundTermsAll, readRefundTerms)
		return found, true, err
	})
	return terms, err
}
