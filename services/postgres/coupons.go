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

var (
	couponCountsByID = readStatement("coupon_counts_by_id", `
select `+prefixed(couponCounts.table.columns)+` from unnest($1::uuid[]) as k(id) join coupon_counts t on t.id = k.id`)

	// Ids of orders begin with the time at which they were placed.
	couponUsesOf = readStatement("coupon_uses_of", `
select u.order_id, o.number, o.customer, o.location, u.recorded_at, b.recorded_at
from coupon_uses u join orders o on o.id = u.order_id
left join coupon_uses b on b.count_id = u.count_id and b.kind = 'GIVEN_BACK' and b.order_id = u.order_id
where u.count_id = $1::uuid and u.kind = 'USED' and u.order_id < $2::uuid
order by u.order_id desc limit $3::int8`)
)

// CouponCounts returns how often coupons were used, of those that ever were, in no order.
func (db *DB) CouponCounts(ctx context.Context, ids []retail.ID) ([]retail.CouponCount, error) {
	return all(ctx, db, couponCountsByID, readCouponCount, idArray(ids))
}

// CouponUses returns the orders that a count has counted, those placed last first, before one; zero: the last.
func (db *DB) CouponUses(ctx context.Context, count, before retail.ID, limit int) ([]retail.CountedUse, error) {
	if before.IsZero() {
		for i := range before {
			before[i] = 0xff
		}
	}
	return all(ctx, db, couponUsesOf, func(r *record) (retail.CountedUse, error) {
		return retail.CountedUse{
			Order: r.id(), Number: r.text(), Customer: r.id(), Location: r.text(), UsedAt: r.time(), GivenBackAt: r.timeOrZero(),
		}, nil
	}, idParam(count), idParam(before), int8Param(int64(limit)))
}
