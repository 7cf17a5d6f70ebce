package postgres

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// couponUsesSQL tells how many orders each of many counts counted in and out, and when last.
const couponUsesSQL = `
select k.n, t.kind, count(*), max(t.recorded_at) from unnest($1::uuid[]) with ordinality as k(id, n) join coupon_uses t on t.count_id = k.id
group by k.n, t.kind`

// proveCouponCounts proves that each count is of its coupon, and comes to the orders that use it (L5).
func proveCouponCounts(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	ids := newRows([]column{{"id", "uuid"}}, false)
	for _, e := range page {
		ids.id(e.row.(retail.CouponCount).ID).end()
	}
	found, err := s.query(couponUsesSQL, ids.params())
	if err != nil {
		return nil, err
	}
	return func() {
		used, last := make([]int64, len(page)), make([]time.Time, len(page))
		for _, r := range found {
			n, kind, orders, at := r.int8()-1, r.text(), r.int8(), r.time()
			if retail.CouponUseKind(kind) == retail.CouponGivenBack {
				orders = -orders
			}
			if used[n] += orders; at.After(last[n]) {
				last[n] = at
			}
		}
		for i, e := range page {
			c := e.row.(retail.CouponCount)
			switch {
			case c.ID != retail.NewCouponCount(c.Promotion, c.Coupon, c.Customer).ID:
				a.broken("L5", e.table, e.text, "it is not that of the coupon %s of %s", c.Coupon, c.Promotion)
			case c.Used != used[i]:
				a.broken("L5", e.table, e.text, "%d orders use the coupon %s, and it counts %d", used[i], c.Coupon, c.Used)
			case !c.RecordedAt.Equal(last[i]):
				a.broken("L5", e.table, e.text, "it was recorded at %s, and last counted at %s", c.RecordedAt, last[i])
			}
		}
	}, nil
}

// countedSQL reads whose each of many orders is, and the discounts of its lines.
const countedSQL = `
select k.n, o.customer, l.discounts from unnest($1::uuid[]) with ordinality as k(id, n) join orders o on o.id = k.id
join order_lines l on l.order_id = o.id`

// proveCouponUses proves that each use is of an order that has the coupon, and is counted. What it says is proved with the order.
func proveCouponUses(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	ids := newRows([]column{{"id", "uuid"}}, false)
	var refs []referred
	for _, e := range page {
		use := e.row.(retail.CouponUse)
		ids.id(use.Order).end()
		refs = append(refs, referred{key: (retail.CouponCount{ID: use.Count}).Key()})
	}
	counts, err := s.existing(refs)
	if err != nil {
		return nil, err
	}
	found, err := s.query(countedSQL, ids.params())
	if err != nil {
		return nil, err
	}
	return func() {
		orders := make([]retail.Order, len(page))
		for _, r := range found {
			order := &orders[r.int8()-1]
			order.Customer = r.id()
			var line retail.OrderLine
			if err := json.Unmarshal(r.next(), &line.Discounts); err == nil { // what can't be read is found with the order
				order.Lines = append(order.Lines, line)
			}
		}
		for i, e := range page {
			use := e.row.(retail.CouponUse)
			counted := func(c retail.CouponCount) bool { return c.ID == use.Count }
			switch {
			case counts[refs[i].key] == nil:
				a.broken("L5", e.table, e.text, "the count %s is not there", use.Count)
			case !slices.ContainsFunc(orders[i].CouponCounts(), counted):
				a.broken("L5", e.table, e.text, "the order %s has no such coupon", use.Order)
			}
		}
	}, nil
}

// couponRefs are the uses that an order may have.
func couponRefs(order retail.Order) (refs []referred) {
	for _, count := range order.CouponCounts() {
		for _, kind := range []retail.CouponUseKind{retail.CouponUsed, retail.CouponGivenBack} {
			refs = append(refs, referred{key: retail.CouponUseKey(count.ID, kind, order.ID)})
		}
	}
	return refs
}

// proveCoupons proves that an order was counted for its coupons when it was placed, and not any more from when nothing of it was handed
// over or could be (L5).
func (a *audit) proveCoupons(e entity, order retail.Order, acts []*act, versions []retail.Order, found map[retail.Key]retail.Row) {
	ended := slices.IndexFunc(versions, func(o retail.Order) bool {
		return o.State == retail.OrderCancelled || o.State == retail.OrderExpired
	})
	for _, count := range order.CouponCounts() {
		used, was := found[retail.CouponUseKey(count.ID, retail.CouponUsed, order.ID)].(retail.CouponUse)
		back, given := found[retail.CouponUseKey(count.ID, retail.CouponGivenBack, order.ID)].(retail.CouponUse)
		coupon := fmt.Sprintf("%s of %s", count.Coupon, count.Promotion)
		switch {
		case !was || !used.RecordedAt.Equal(acts[0].recordedAt):
			a.broken("L5", e.table, e.text, "its use of the coupon %s was not counted when it was placed", coupon)
		case given != (ended >= 0):
			a.broken("L5", e.table, e.text, "it is %s, and whether its coupon %s was given back: %t", order.State, coupon, given)
		case given && !back.RecordedAt.Equal(acts[ended].recordedAt):
			a.broken("L5", e.table, e.text, "its coupon %s was given back at another time than when it ended", coupon)
		}
	}
}
