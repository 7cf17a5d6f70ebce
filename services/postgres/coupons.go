package postgres

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

var couponCounts = whole(retail.TableCouponCounts, newTable("coupon_counts", 1, "id uuid", "promotion text", "coupon text", "customer uuid",
	"used int8", "recorded_at timestamptz"), readCouponCount, writeCouponCount)

func writeCouponCount(r *rows, c retail.CouponCount) {
	r.id(c.ID).text(c.Promotion).text(c.Coupon).id(c.Customer).int8(c.Used).time(c.RecordedAt).end()
}

func readCouponCount(r *record) (retail.CouponCount, error) {
	return retail.CouponCount{
		ID: r.id(), Promotion: r.text(), Coupon: r.text(), Customer: r.id(), Used: r.int8(), RecordedAt: r.time(),
	}, nil
}

var _ = whole(retail.TableCouponUses, newTable("coupon_uses", 3, "count_id uuid", "kind text", "order_id uuid",
	"recorded_at timestamptz").append(), readCouponUse, writeCouponUse)

func writeCouponUse(r *rows, u retail.CouponUse) {
	r.id(u.Count).text(string(u.Kind)).id(u.Order).time(u.RecordedAt).end()
}

func readCouponUse(r *record) (retail.CouponUse, error) {
	return retail.CouponUse{Count: r.id(), Kind: retail.CouponUseKind(r.text()), Order: r.id(), RecordedAt: r.time()}, nil
}

var couponCountsByID = readStatement("coupon_counts_by_id", `
select `+prefixed(couponCounts.table.columns)+` from unnest($1::uuid[]) as k(id) join coupon_counts t on t.id = k.id`)

// CouponCounts returns how often coupons were used, of those that ever were, in no order.
func (db *DB) CouponCounts(ctx context.Context, ids []retail.ID) ([]retail.CouponCount, error) {
	return all(ctx, db, couponCountsByID, readCouponCount, idArray(ids))
}
