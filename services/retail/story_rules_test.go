package retail

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rule MILAN RED-42 min 2 upto 12 pack 6 lead 3 low 1; all but the place may be missing. unrule takes it away.
func (s *story) putRule(w *words, told telling) (map[string]string, error) {
	place, rule := w.next(), StockRule{}
	for w.more() {
		switch word := w.next(); word {
		case "min":
			rule.Minimum = w.count()
		case "upto":
			rule.Target = w.count()
		case "pack":
			rule.PackSize = w.count()
		case "lead":
			rule.LeadDays = int32(w.count())
		case "low":
			rule.LowBelow = w.count()
		default:
			rule.SKU = word
		}
	}
	c, err := NewPutStockRules(s.shop.mint(), place, []StockRule{rule}, told.verb == "unrule")
	if err != nil {
		return nil, err
	}
	rules, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"version": fmt.Sprint(rules[0].Version), "target": fmt.Sprint(rules[0].Target), "pack": fmt.Sprint(rules[0].PackSize),
	}, nil
}

// thenProposal reads "MILAN RED-42 9 from rome x2 order x6": how much the place lacks, and what is proposed; "only transfers": nothing
// is to be ordered. Trade is looked at for 28 days, and there is to be enough for 14. All places are equally far.
func (s *story) thenProposal(w *words) {
	s.Helper()
	place, sku, units := w.next(), w.next(), w.count()
	terms := ReplenishTerms{SalesDays: 28, CoverDays: 14, Metres: func(string, string) (int64, bool) { return 0, true }}
	if w.take("only") {
		terms.TransfersOnly = w.take("transfers")
	}
	want := append([]string{fmt.Sprint(units)}, w.all...)
	w.all = nil
	levels, rules, buffers := map[string]Level{}, []StockRule{}, map[Key]BufferRules{}
	for key, row := range s.shop.rows {
		switch row := row.(type) {
		case Level:
			if row.SKU == sku {
				levels[row.Location] = row
			}
		case StockRule:
			if rules = append(rules, row); row.SKU == sku && levels[row.Location].Location == "" {
				levels[row.Location] = s.shop.level(row.Location, sku)
			}
		case BufferRules:
			buffers[key] = row
		}
	}
	var places []ReplenishedPlace
	for _, at := range slices.Sorted(maps.Keys(levels)) {
		rule, ruled := NewStockRules(rules).At(at, sku)
		one := ReplenishedPlace{
			Level: levels[at], Rule: rule, Receives: ruled && at == place, Gives: true,
			Kept: MostKept(levels[at], buffers[BufferRulesKey(at, sku)], buffers[BufferRulesKey(at, "")]),
		}
		for _, header := range s.shop.headers {
			for _, entry := range header.Entries {
				if entry.Location == at && entry.Asset == sku && entry.To == Customer {
					one.Trade.Sold += entry.Quantity
				}
				if entry.Location == at && entry.Asset == sku && entry.From == Customer {
					one.Trade.Returned += entry.Quantity
				}
			}
		}
		places = append(places, one)
	}
	got := []string{"0"}
	for _, p := range Replenish(places, terms) {
		got = []string{fmt.Sprint(p.Need.Units)}
		for _, t := range p.Transfers {
			got = append(got, "from", t.From, fmt.Sprint("x", t.Units))
		}
		if p.OrderUnits > 0 {
			got = append(got, "order", fmt.Sprint("x", p.OrderUnits))
		}
		if p.ShortUnits > 0 {
			got = append(got, "short", fmt.Sprint("x", p.ShortUnits))
		}
	}
	if !slices.Equal(got, want) {
		s.fail("%s of %s: proposed is %q, not %q", sku, place, strings.Join(got, " "), strings.Join(want, " "))
	}
}
