package rpc

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

func (m *memory) Count(_ context.Context, location string, id retail.ID) (retail.Count, bool, error) {
	return one[retail.Count](m, retail.CountKey(location, id))
}

func (m *memory) Counts(_ context.Context, location string, _ retail.OrderMark, limit int) ([]retail.Count, error) {
	return all(m, limit, func(c retail.Count) bool { return c.Location == location })
}

func (m *memory) readingsOf(location string, count retail.ID) ([]retail.Reading, error) {
	return all(m, 1000, func(r retail.Reading) bool { return r.Location == location && r.Count == count })
}

func (m *memory) Readings(_ context.Context, location string, count retail.ID, _ retail.OrderMark, limit int) ([]retail.ReadingSum, error) {
	readings, err := m.readingsOf(location, count)
	var sums []retail.ReadingSum
	for _, r := range readings {
		sums = append(sums, retail.ReadingSum{Reading: r, LineCount: int64(len(r.Lines))})
	}
	return sums[:min(limit, len(sums))], err
}

func (m *memory) HasUnknown(_ context.Context, location string, count retail.ID, code string) (bool, error) {
	readings, err := m.readingsOf(location, count)
	for _, r := range readings {
		for _, line := range r.Lines {
			if line.SKU == "" && line.Code == code {
				return true, err
			}
		}
	}
	return false, err
}

func (m *memory) Unknowns(
	ctx context.Context, location string, id retail.ID, _ string, limit int,
) (c retail.Count, found bool, unknowns []retail.UnknownCode, err error) {
	c, found, err = m.Count(ctx, location, id)
	readings, _ := m.readingsOf(location, id)
	for _, r := range readings {
		for _, line := range r.Lines {
			if line.SKU == "" && len(unknowns) < limit {
				unknowns = append(unknowns, retail.UnknownCode{Code: line.Code, Units: line.Quantity, First: r.ReadAt, Last: r.ReadAt, Zones: []string{r.Zone}})
			}
		}
	}
	return c, found, unknowns, err
}

// CountedSKUs sums what was read, and knows nothing of what moved after it.
func (m *memory) CountedSKUs(
	ctx context.Context, location string, id retail.ID, q retail.CountQuery,
) (c retail.Count, found bool, counted []retail.CountedSKU, err error) {
	c, found, err = m.Count(ctx, location, id)
	readings, _ := m.readingsOf(location, id)
	of := map[string]int{}
	for _, r := range readings {
		for _, line := range r.Lines {
			at, seen := of[line.SKU]
			if !seen && line.SKU != "" && len(counted) < q.Limit {
				at = len(counted)
				of[line.SKU] = at
				level, _, _ := one[retail.Level](m, retail.LevelKey(location, line.SKU))
				decided, _, _ := one[retail.CountLine](m, retail.CountLineKey(location, id, line.SKU))
				counted = append(counted, retail.CountedSKU{SKU: line.SKU, First: r.ReadAt, Moment: r.ReadAt, Read: true, Level: level, Line: decided})
			} else if !seen {
				continue
			}
			counted[at].Counted += line.Quantity
		}
	}
	return c, found, counted, err
}
