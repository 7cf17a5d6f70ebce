package retail

import (
	"maps"
	"slices"
)

// policy WINTER 30 days; then as many as are meant of: "of RED-42" (a SKU), "of product SHIRT", "of brand ACME", "of department MEN",
// "of category BOOKS", "sold from 2026-11-01", "sold until 2026-12-25", "priority 5", "at least until 2027-01-15", "in UNUSED", "keeps 10%",
// "keeps 1.00 EUR each", "with RECEIPT", "decided by MANAGER" and "retired".
func (s *story) putPolicy(w *words, _ telling) (map[string]string, error) {
	p := ReturnPolicy{Code: w.next(), Days: int32(w.count())}
	p.Name = "Policy " + p.Code
	w.take("days")
	for w.more() {
		switch word := w.next(); word {
		case "of":
			to := &p.For.SKUs
			switch {
			case w.take("product"):
				to = &p.For.Products
			case w.take("brand"):
				to = &p.For.Brands
			case w.take("department"):
				to = &p.For.Departments
			case w.take("category"):
				to = &p.For.TaxCategories
			}
			*to = append(*to, w.next())
		case "sold":
			if w.take("from") {
				p.For.SoldFrom = s.instant(w.next())
			} else if w.take("until") {
				p.For.SoldUntil = s.instant(w.next())
			}
		case "priority":
			p.For.Priority = int32(w.count())
		case "at":
			w.take("least")
			w.take("until")
			p.Terms.UntilAtLeast = s.instant(w.next())
		case "in":
			p.Terms.Condition = GoodsCondition(w.next())
		case "keeps":
			if len(w.all) > 2 && w.all[2] == "each" {
				fee := w.amount()
				p.Terms.FeeUnitMinor, p.Terms.FeeCurrency = fee.Minor, fee.Currency
				w.take("each")
			} else {
				p.Terms.FeeBasisPoints = w.percent(2)
			}
		case "with":
			p.Terms.Proof = ReturnProof(w.next())
		case "decided":
			w.take("by")
			p.Terms.Override = ReturnRight(w.next())
		case "retired":
			p.Retired = true
		default:
			s.fail("%q is nothing that a return policy has", word)
		}
	}
	_, err := submit(s, s.shop, PutReturnPolicy{Transaction: s.shop.mint(), Policy: p})
	return nil, err
}

// policies are all there are, by code.
func (s *story) policies() []ReturnPolicy {
	var all []ReturnPolicy
	for _, key := range slices.SortedFunc(maps.Keys(s.shop.rows), CompareKeys) {
		if p, is := s.shop.rows[key].(ReturnPolicy); is {
			all = append(all, p)
		}
	}
	return all
}
