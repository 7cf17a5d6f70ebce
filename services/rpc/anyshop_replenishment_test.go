package rpc

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

func (m *memory) StockRulesAt(_ context.Context, location, from string, limit int) ([]retail.StockRule, error) {
	return all(m, limit, func(r retail.StockRule) bool { return r.Location == location && r.SKU >= from && !r.Removed })
}

func (m *memory) StockRulesOf(_ context.Context, skus []string) ([]retail.StockRule, error) {
	return all(m, noLimit, func(r retail.StockRule) bool { return r.SKU == "" || slices.Contains(skus, r.SKU) })
}

func (m *memory) RuledSKUs(_ context.Context, location, after string, limit int) ([]string, error) {
	rules, err := all(m, noLimit, func(r retail.StockRule) bool { return !r.Removed && (location == "" || r.Location == location) })
	var skus []string
	for _, rule := range rules {
		if rule.SKU > after {
			skus = append(skus, rule.SKU)
		}
	}
	slices.Sort(skus)
	skus = slices.Compact(skus)
	return skus[:min(limit, len(skus))], err
}

func (m *memory) LowPositions(_ context.Context, location, after string, limit int) ([]retail.LowPosition, error) {
	rules, err := all(m, noLimit, func(r retail.StockRule) bool { return r.Location == location })
	if err != nil {
		return nil, err
	}
	levels, err := all(m, noLimit, func(l retail.Level) bool { return l.Location == location && l.SKU > after })
	var low []retail.LowPosition
	for _, level := range levels {
		rule, _ := retail.NewStockRules(rules).At(location, level.SKU)
		if level.Available() < rule.LowBelow {
			low = append(low, retail.LowPosition{SKU: level.SKU, Available: level.Available(), Rule: rule})
		}
	}
	slices.SortFunc(low, func(a, b retail.LowPosition) int { return cmp.Compare(a.SKU, b.SKU) })
	return low[:min(limit, len(low))], err
}

func (m *memory) SoldUnits(_ context.Context, now []retail.Level, from, until time.Time) ([]retail.SoldUnits, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sold := make([]retail.SoldUnits, len(now))
	for i, level := range now {
		for _, header := range m.headers {
			for _, entry := range header.Entries {
				here := header.Location == level.Location && entry.Asset == level.SKU
				if !here || header.OccurredAt.Before(from) || !header.OccurredAt.Before(until) {
					continue
				}
				if entry.To == "customer" {
					sold[i].Sold += entry.Quantity
				}
				if entry.From == "customer" {
					sold[i].Returned += entry.Quantity
				}
			}
		}
	}
	return sold, nil
}

func (m *memory) UnmetOf(_ context.Context, skus []string, _, _ time.Time) (map[retail.Key]int64, error) {
	levels, err := all(m, noLimit, func(l retail.Level) bool { return slices.Contains(skus, l.SKU) })
	unmet := map[retail.Key]int64{}
	for _, level := range levels {
		unmet[level.Key()] = level.Version % 3
	}
	return unmet, err
}

func (m *memory) Awaited(_ context.Context, skus []string) (map[retail.Key]int64, error) {
	levels, err := all(m, noLimit, func(l retail.Level) bool { return slices.Contains(skus, l.SKU) })
	awaited := map[retail.Key]int64{}
	for _, level := range levels {
		awaited[level.Key()] = level.Version % 2
	}
	return awaited, err
}
