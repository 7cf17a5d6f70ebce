package auditor

import (
	"fmt"
	"slices"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

// couponKey is a coupon whose uses are counted, by the promotion that it opens: those of a customer; "": those of all.
type couponKey struct{ promotion, customer string }

const usedUp = "COUPON_USED_UP"

// limited are the promotions with limits that the coupons of a basket open.
func (s Shop) limited(b Basket) (all []Promotion) {
	for _, p := range s.Promotions {
		if p.UsesMax+p.CustomerUsesMax > 0 && slices.Contains(b.GetCoupons(), p.Coupon) {
			all = append(all, p)
		}
	}
	return all
}

// couponless is a basket whose coupons give nothing.
type couponless struct{ Basket }

func (couponless) GetCoupons() []string { return nil }

// countCoupons has an order that is placed use its coupons: an order of which one gives nothing is refused.
func (d *deed) countCoupons(r *orderspb.PlaceOrderRequest, o *bought) (reason string) {
	for _, p := range d.shop.limited(r) {
		total, _ := d.uses[couponKey{p.Code, ""}].now()
		own, _ := d.uses[couponKey{p.Code, o.customer}].now()
		if d.act != nil && (p.UsesMax > 0 && total >= p.UsesMax || p.CustomerUsesMax > 0 && own >= p.CustomerUsesMax) {
			return usedUp
		}
		if o.coupons = append(o.coupons, couponKey{p.Code, ""}); o.customer != "" {
			o.coupons = append(o.coupons, couponKey{p.Code, o.customer})
		}
	}
	return ""
}

// uses is 1 while the order uses its coupons: until it ends with nothing handed over.
func (o *bought) uses() int64 {
	if o == nil || o.state == cancelledOrder || o.state == expiredOrder {
		return 0
	}
	return 1
}

// rememberCoupons takes what the act did to an order into how often coupons are used.
func (d *deed) rememberCoupons(o *bought) {
	before, _ := d.orders[o.id].now()
	if by := o.uses() - before.uses(); by != 0 {
		for _, key := range o.coupons {
			used, _ := d.uses[key].now()
			d.uses[key] = append(d.uses[key], moment[int64]{d.position, used + by})
		}
	}
}

// mayUse tells whether a call can have seen a coupon that may be used once more, and whether one that may not.
func (m *orderModel) mayUse(call *Call, p Promotion, customer string) (free, spent bool) {
	free = true
	for key, most := range map[couponKey]int64{{p.Code, ""}: p.UsesMax, {p.Code, customer}: p.CustomerUsesMax} {
		if most == 0 {
			continue
		}
		w := seenBy(m.uses[key], m.spans, call)
		left := func(used int64) bool { return used < most }
		free = free && (w.absent || slices.ContainsFunc(w.states, left))
		spent = spent || slices.ContainsFunc(w.states, func(used int64) bool { return !left(used) })
	}
	return free, spent
}

// couponReasons adds why an order may have been refused for its coupons. One that was quoted when a coupon was used up, and for which it
// was given back since, comes to something else.
func (m *orderModel) couponReasons(call *Call, r *orderspb.PlaceOrderRequest, add func(string)) {
	for _, p := range m.shop.limited(r) {
		free, spent := m.mayUse(call, p, r.GetCustomer())
		if spent {
			add(usedUp)
		}
		if free && r.GetQuoted() != nil && !m.quotedWith(r) {
			add("QUOTE_CHANGED")
		}
	}
}

// quotedWith tells whether a basket was quoted for what it comes to with all its coupons.
func (m *orderModel) quotedWith(r *orderspb.PlaceOrderRequest) bool {
	given := m.shop.Give(r, m.sold(r.GetLines()))
	for i, l := range r.GetQuoted().GetLines() {
		if i >= len(given) || l.GetGrossMinor() != given[i] {
			return false
		}
	}
	return true
}

// sold are lines of goods at their prices.
func (m *orderModel) sold(lines []*orderspb.BasketLine) []Sold {
	goods := make([]Sold, len(lines))
	for i, of := range lines {
		if item, known := m.items[of.GetSku()]; known && of.GetTillPrice() == nil {
			goods[i] = Sold{item.SKU, of.GetQuantity(), item.UnitMinor * of.GetQuantity()}
		}
	}
	return goods
}

// quotedBy is the basket as a quote can have seen it: with its coupons, or without where they were used up.
func (m *orderModel) quotedBy(call *Call, r *orderspb.QuoteOrderRequest, told *orderspb.Quote) (b Basket, diff string) {
	b = r
	for i, code := range r.GetCoupons() {
		if i >= len(told.GetCoupons()) || told.GetCoupons()[i].GetCode() != code {
			return b, "it says nothing of the coupon " + code
		}
		coupon := told.GetCoupons()[i]
		for _, p := range m.shop.limited(r) {
			free, spent := m.mayUse(call, p, r.GetCustomer())
			if coupon.GetGiven() && !free || coupon.GetReason() == usedUp && !spent {
				return b, fmt.Sprintf("the coupon %s is told as %q, and can have been used up: %v, and not: %v", code, coupon.GetReason(), spent, free)
			}
		}
		if coupon.GetReason() == usedUp {
			b = couponless{r}
		}
	}
	return b, ""
}

// compareCoupons holds how often coupons are used against the model.
func (m *orderModel) compareCoupons(wrong func(rule, text string, subjects ...string)) {
	for key, t := range m.uses {
		if used, _ := t.now(); m.rows.Coupons[key] != used {
			wrong("a coupon is not counted", fmt.Sprintf("%v is used %d times, and its row says %d", key, used, m.rows.Coupons[key]), "coupon/"+key.promotion)
		}
		for _, p := range m.shop.Promotions {
			most := p.UsesMax
			if key.customer != "" {
				most = p.CustomerUsesMax
			}
			beyond := func(at moment[int64]) bool { return most > 0 && at.state > most }
			if p.Code == key.promotion && slices.ContainsFunc(t, beyond) {
				wrong("a coupon is used too often", fmt.Sprintf("%v may be %d times", key, most), "coupon/"+key.promotion)
			}
		}
		outOfOrder(m, "coupon/"+key.promotion+"/"+key.customer, t)
	}
	for key, used := range m.rows.Coupons {
		if m.uses[key] == nil {
			wrong("a row that no act wrote", fmt.Sprintf("%v is used %d times", key, used), "coupon/"+key.promotion)
		}
	}
}
