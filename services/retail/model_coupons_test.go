package retail

import (
	"slices"

	"pgregory.net/rapid"
)

// paperCoupon is a coupon of a promotion whose uses are counted.
type paperCoupon struct{ promotion, coupon string }

// ended tells whether nothing of the order was handed over, and nothing will be.
func (o *paperOrder) ended() bool {
	return !o.opens(nil) && !slices.ContainsFunc(o.lines, func(l *paperLine) bool { return l.fulfilled > 0 })
}

// uses is how many orders use a coupon: of a customer, or with none of all.
func (s *trial) uses(c paperCoupon, customer ID) (uses int64) {
	for _, o := range s.trades {
		if (customer.IsZero() || o.customer == customer) && !o.ended() && slices.Contains(o.coupons, c) {
			uses++
		}
	}
	return uses
}

// limit gives some promotions that ask for coupons limits.
func limit(t *rapid.T, offers []Offer) {
	for i := range offers {
		if rule := &offers[i].Promotion.Rule; offers[i].Coupon != "" && rapid.IntRange(0, 3).Draw(t, "limited") > 0 {
			rule.UsesMax = rapid.SampledFrom([]int64{0, 1, 2, 5}).Draw(t, "in total")
			rule.CustomerUsesMax = rapid.SampledFrom([]int64{0, 0, 1, 3}).Draw(t, "of a customer")
		}
	}
}

// allowed are the offers whose coupons may be used once more, and the coupons that may not.
func (s *trial) allowed(offers []Offer, customer ID) (allowed []Offer, usedUp map[string]bool) {
	usedUp = map[string]bool{}
	for _, offer := range offers {
		c, rule := paperCoupon{offer.Promotion.Code, offer.Coupon}, offer.Promotion.Rule
		if rule.UsesMax > 0 && s.uses(c, ID{}) >= rule.UsesMax || rule.CustomerUsesMax > 0 && s.uses(c, customer) >= rule.CustomerUsesMax {
			usedUp[offer.Coupon] = true
		} else {
			allowed = append(allowed, offer)
		}
	}
	return allowed, usedUp
}

// use notes which coupons the order uses, of those whose uses are counted.
func (o *paperOrder) use(b basketAsked) {
	took := b.promoted(b.lists())
	for _, offer := range b.offers {
		if rule := offer.Promotion.Rule; took[offer.Coupon] && rule.UsesMax+rule.CustomerUsesMax > 0 {
			o.coupons = append(o.coupons, paperCoupon{offer.Promotion.Code, offer.Coupon})
		}
	}
}

// checkCoupons compares what is counted with paper.
func (s *trial) checkCoupons(t *rapid.T) {
	t.Helper()
	for _, c := range []paperCoupon{{"P0", "C0"}, {"P1", "C1"}, {"P2", "C2"}} {
		for _, customer := range []ID{{}, {0xAA}} {
			count, _ := s.rows[NewCouponCount(c.promotion, c.coupon, customer).Key()].(CouponCount)
			if uses := s.uses(c, customer); count.Used != uses {
				t.Fatalf("%d orders use %v, on paper %d of %s", count.Used, c, uses, customer)
			}
		}
	}
}
