package postgres_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/aisle-retail/aisle/services/retail"
)

// drawLevel draws a level that is short by the open units of its cases, as every one is.
func drawLevel(t *rapid.T, name string) retail.Row {
	l := drawAny[retail.Level]().Draw(t, "level")
	l.Location, l.SKU = "milan-"+name, name
	for i := range l.Units {
		positive(&l.Units[i])
	}
	positive(&l.Version)
	if positive(&l.Worth.UnitMinor); !l.Worth.Known() {
		l.Worth = retail.Worth{}
	}
	l.LowBelow, l.LowTold = max(0, l.LowBelow), max(0, l.LowTold)
	if len(l.Cases) > 0 {
		l.Units[0] = 0
	}
	for i := range l.Cases {
		c := &l.Cases[i]
		c.Units = c.Units&(1<<40) + 7
		c.OpenUnits = c.Units - int64(i%5)
		l.Units[0] -= c.OpenUnits
	}
	slices.SortFunc(l.Cases, func(a, b retail.OversellCase) int {
		if c := a.OpenedAt.Compare(b.OpenedAt); c != 0 {
			return c
		}
		return slices.Compare(a.Transaction[:], b.Transaction[:])
	})
	return l
}

// changeLevel draws what a movement does: some units of the oldest case come back, and a new case is opened last.
func changeLevel(t *rapid.T, before retail.Row) retail.Row {
	l := before.(retail.Level)
	l.Cases = slices.Clone(l.Cases)
	if len(l.Cases) > 0 {
		l.Cases[0].OpenUnits--
		l.Cases[0].RecordedAt = drawTime.Draw(t, "recorded")
		l.Units[0]++
	}
	newest := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
	l.Cases = append(l.Cases, retail.OversellCase{
		Transaction: retail.ID(slices.Repeat([]byte{0xff}, 16)), Units: 5, OpenUnits: 5, Cause: "order/x",
		OpenedAt: newest, RecordedAt: newest,
	})
	l.Units[0] = min(l.Units[0], 0) - 5
	return l
}

func levelColumns(row retail.Row) map[string][]columns {
	l := row.(retail.Level)
	all := map[string][]columns{"stock_levels": {{
		"location": l.Location, "sku": l.SKU, "version": l.Version, "recorded_at": l.RecordedAt,
		"available": l.Units[0], "held": l.Units[1], "committed": l.Units[2], "inspection": l.Units[3], "damaged": l.Units[4],
		"quarantine": l.Units[5], "incoming": l.Units[6],
		"value_minor": nil, "unit_cost_minor": nil, "cost_currency": nil, "low_below": orNull(l.LowBelow), "low_told": orNull(l.LowTold),
	}}}
	if w := l.Worth; w.Known() {
		row := all["stock_levels"][0]
		row["value_minor"], row["unit_cost_minor"], row["cost_currency"] = w.ValueMinor, w.UnitMinor, w.Currency
	}
	for _, c := range l.Cases {
		all["oversell_cases"] = append(all["oversell_cases"], columns{
			"location": l.Location, "sku": l.SKU, "transaction_id": uuid(c.Transaction), "units": c.Units, "open_units": c.OpenUnits,
			"cause": c.Cause, "opened_at": c.OpenedAt, "recorded_at": c.RecordedAt, "settled_by": uuid(c.SettledBy),
		})
	}
	slices.SortFunc(all["oversell_cases"], func(a, b columns) int {
		x, y := a["transaction_id"].([16]byte), b["transaction_id"].([16]byte)
		return slices.Compare(x[:], y[:])
	})
	return all
}
