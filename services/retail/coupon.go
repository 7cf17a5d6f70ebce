package retail

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"
)

// CouponLimit is a limit of how often a coupon is used.
type CouponLimit string

// The limits of a coupon.
const (
	LimitTotal    CouponLimit = "TOTAL"    // of all orders
	LimitCustomer CouponLimit = "CUSTOMER" // of the orders of one customer
)

// CouponCount is how many orders use a coupon of a promotion: all orders, or those of one customer. Each coupon counts by itself. Orders
// that ended with nothing handed over use it no more.
//
// Its id follows from what it counts, so that nobody has two, and it is found without being looked up.
type CouponCount struct {
	ID        ID
	Promotion string
	// Coupon is the coupon as foldCoupon writes it.
	Coupon string
	// Customer is whose orders are counted; absent: those of all, of customers who are known and of others.
	Customer ID
	// Used is how many orders use it.
	Used int64
	// RecordedAt is when an order last began to use it, or gave it back.
	RecordedAt time.Time
}

// NewCouponCount is a count of nothing.
func NewCouponCount(promotion, coupon string, customer ID) CouponCount {
	c := CouponCount{Promotion: promotion, Coupon: foldCoupon(coupon), Customer: customer}
	whose := ""
	if !customer.IsZero() {
		whose = customer.String()
	}
	hash := sha256.Sum256([]byte(strings.Join([]string{"aisle/coupon", c.Promotion, c.Coupon, whose}, "\x00")))
	c.ID = ID(hash[:16])
	return c
}

// foldCoupon writes a coupon in the one way in which it is counted, in whatever case it is shown.
func foldCoupon(coupon string) string { return strings.ToLower(strings.ToUpper(coupon)) }

// Key names the count.
func (c CouponCount) Key() Key { return Key{Table: TableCouponCounts, ID: c.ID} }

// LastRecorded is when it last changed.
func (c CouponCount) LastRecorded() time.Time { return c.RecordedAt }

// CouponUseKind is whether an order uses a coupon.
type CouponUseKind string

// What becomes of a coupon that an order uses.
const (
	CouponUsed      CouponUseKind = "USED"
	CouponGivenBack CouponUseKind = "GIVEN_BACK" // the order ended, with nothing handed over
)

// CouponUse is what an order did to a count: it was counted, or is counted no more.
type CouponUse struct {
	// Count is the id of a CouponCount.
	Count      ID
	Kind       CouponUseKind
	Order      ID
	RecordedAt time.Time
}

// CouponUseKey names a use of a coupon.
func CouponUseKey(count ID, kind CouponUseKind, order ID) Key {
	return Key{Table: TableCouponUses, Place: count.String(), Code: string(kind), ID: order}
}

// Key names the use.
func (u CouponUse) Key() Key { return CouponUseKey(u.Count, u.Kind, u.Order) }

// LastRecorded is when it was counted.
func (u CouponUse) LastRecorded() time.Time { return u.RecordedAt }

// CountedUse is an order that was counted for a coupon.
type CountedUse struct {
	Order    ID
	Number   string
	Customer ID
	// Location is where the order is booked.
	Location string
	UsedAt   time.Time
	// GivenBackAt is when it was counted no more; zero: it uses the coupon.
	GivenBackAt time.Time
}

// limited tells whether uses of the promotion's coupons are counted.
func (r PromotionRule) limited() bool { return r.UsesMax > 0 || r.CustomerUsesMax > 0 }

// checkLimits refuses limits that limit nothing.
func (r PromotionRule) checkLimits() error {
	switch {
	case r.UsesMax < 0:
		return RefuseField(InvalidRequest, "promotion.uses_max", "must not be negative")
	case r.CustomerUsesMax < 0:
		return RefuseField(InvalidRequest, "promotion.customer_uses_max", "must not be negative")
	case r.limited() && len(r.Coupons) == 0:
		return RefuseField(InvalidRequest, "promotion.coupons", "how often a coupon may be used says a promotion that asks for one")
	}
	return nil
}

// usedUp is the limit that the coupon of the offer has reached for a customer; empty: it may be used once more.
func (o Offer) usedUp(s State, customer ID) CouponLimit {
	rule := o.Promotion.Rule
	used := func(by ID) int64 {
		count, _ := lookup[CouponCount](s, NewCouponCount(o.Promotion.Code, o.Coupon, by).Key())
		return count.Used
	}
	switch {
	case rule.UsesMax > 0 && used(ID{}) >= rule.UsesMax:
		return LimitTotal
	case rule.CustomerUsesMax > 0 && (customer.IsZero() || used(customer) >= rule.CustomerUsesMax):
		return LimitCustomer
	}
	return ""
}

// CouponCounts are the counts that the order looks at, as they are before the first use.
func (c PlaceOrder) CouponCounts() []CouponCount {
	var counts []CouponCount
	for _, offer := range c.Offers {
		if offer.Promotion.Rule.limited() {
			counts = append(counts, countsOf(offer.Promotion.Code, offer.Coupon, c.Customer)...)
		}
	}
	return counts
}

// countsOf are the counts of one coupon for an order of a customer, who need not be known.
func countsOf(promotion, coupon string, customer ID) []CouponCount {
	counts := []CouponCount{NewCouponCount(promotion, coupon, ID{})}
	if !customer.IsZero() {
		counts = append(counts, NewCouponCount(promotion, coupon, customer))
	}
	return counts
}

// counting leaves out the offers whose coupons are used up, and notes which limit is reached.
func (c PlaceOrder) counting(s State) PlaceOrder {
	var offers []Offer
	usedUp := slices.Clone(c.usedUp)
	for _, offer := range c.Offers {
		var limit CouponLimit
		if offer.Promotion.Rule.limited() {
			limit = offer.usedUp(s, c.Customer)
		}
		if limit == "" {
			offers = append(offers, offer)
		} else {
			usedUp = append(usedUp, usedUpCoupon{offer.Coupon, limit})
		}
	}
	c.Offers, c.usedUp = offers, usedUp
	return c
}

// usedUpCoupon is a coupon that may not be used once more, for one promotion at least.
type usedUpCoupon struct {
	coupon string
	limit  CouponLimit
}

// usedUpFor is the limit that a coupon has reached; empty: none.
func (c PlaceOrder) usedUpFor(coupon string) CouponLimit {
	for _, used := range c.usedUp {
		if strings.EqualFold(used.coupon, coupon) {
			return used.limit
		}
	}
	return ""
}

// words say which limit is reached.
func (l CouponLimit) words() string {
	if l == LimitCustomer {
		return "its customer used it as often as one may"
	}
	return "it was used as often as it may be"
}

// CouponCounts are the counts that the order is counted in while it stands, as they are before the first use. They never change.
func (o Order) CouponCounts() []CouponCount {
	var counts []CouponCount
	for _, line := range o.Lines {
		for _, d := range line.Discounts {
			if !d.Counted {
				continue
			}
			for _, count := range countsOf(d.Code, d.Coupon, o.Customer) {
				if !slices.ContainsFunc(counts, func(known CouponCount) bool { return known.ID == count.ID }) {
					counts = append(counts, count)
				}
			}
		}
	}
	return counts
}

func couponKeys(counts []CouponCount) []Key {
	keys := make([]Key, len(counts))
	for i, count := range counts {
		keys[i] = count.Key()
	}
	return keys
}

// countCoupons counts the order in, or out.
func (d *deal) countCoupons(kind CouponUseKind) {
	by := int64(1)
	if kind == CouponGivenBack {
		by = -1
	}
	for _, count := range d.order.CouponCounts() {
		if known, found := lookup[CouponCount](d.state, count.Key()); found {
			count = known
		}
		count.Used += by
		count.RecordedAt = d.now
		d.rows = append(d.rows, count, CouponUse{Count: count.ID, Kind: kind, Order: d.order.ID, RecordedAt: d.now})
	}
}
