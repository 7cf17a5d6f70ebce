package retail

import (
	"maps"
	"slices"
	"strings"
)

// promotion SUMMER 10%, or 5.00 EUR, or 3 for 2; then as many as are meant of: "on the order", "of RED-42" (a SKU), "of product SHIRT",
// "of brand ACME", "of department MEN", "in WEB", "from 2026-04-01", "until 2026-05-01", "over 50.00 EUR", "for members",
// "with CODE" (a coupon), "up to 10 times" (each coupon), "up to 1 times each" (by one customer), "alone", "priority 5" and "retired".
func (s *story) putPromotion(w *words, _ telling) (map[string]string, error) {
	p := Promotion{Code: w.next()}
	p.Name = "Promotion " + p.Code
	rule := &p.Rule
	switch {
	case w.more() && strings.HasSuffix(w.all[0], "%"):
		rule.Kind, rule.BasisPoints = PromotionPercent, w.percent(2)
	case len(w.all) > 2 && w.all[1] == "for":
		rule.Kind, rule.Units = PromotionNForM, int32(w.count())
		w.next()
		rule.Paid = int32(w.count())
	default:
		amount := w.amount()
		rule.Kind, rule.AmountMinor, rule.Currency = PromotionAmount, amount.Minor, amount.Currency
	}
	for w.more() {
		switch word := w.next(); word {
		case "on":
			rule.Order = w.take("the") && w.take("order")
		case "of":
			to := &rule.SKUs
			switch {
			case w.take("product"):
				to = &rule.Products
			case w.take("brand"):
				to = &rule.Brands
			case w.take("department"):
				to = &rule.Departments
			}
			*to = append(*to, w.next())
		case "in":
			rule.Channels = append(rule.Channels, w.next())
		case "from":
			rule.ValidFrom = s.instant(w.next())
		case "until":
			p.ValidUntil = s.instant(w.next())
		case "over":
			amount := w.amount()
			rule.LeastMinor, rule.Currency = amount.Minor, amount.Currency
		case "for":
			rule.MembersOnly = w.take("members")
		case "with":
			rule.Coupons = append(rule.Coupons, w.next())
		case "up":
			w.take("to")
			times := w.count()
			if w.take("times"); w.take("each") {
				rule.CustomerUsesMax = times
			} else {
				rule.UsesMax = times
			}
		case "alone":
			rule.Exclusive = true
		case "priority":
			rule.Priority = int32(w.count())
		case "retired":
			p.Retired = true
		default:
			s.fail("%q is nothing that a promotion has", word)
		}
	}
	_, err := submit(s, s.shop, PutPromotion{Transaction: s.shop.mint(), Promotion: p})
	return nil, err
}

// promotions are all there are, by code.
func (s *story) promotions() []Promotion {
	var all []Promotion
	for _, key := range slices.SortedFunc(maps.Keys(s.shop.rows), CompareKeys) {
		if p, is := s.shop.rows[key].(Promotion); is {
			all = append(all, p)
		}
	}
	return all
}
