package postgres

import (
	"slices"

	"github.com/aisle-retail/aisle/services/retail"
)

var casesTable = newTable("oversell_cases", 3, "location text", "sku text", "transaction_id uuid", "units int8", "open_units int8",
	"cause text", "opened_at timestamptz", "recorded_at timestamptz", "settled_by uuid")

// openCasesSQL reads the open cases of positions that are locked already, oldest first.
const openCasesSQL = `
select t.*
from unnest($1::text[], $2::text[]) as k(location, sku)
cross join lateral (
    select c.location, c.sku, c.transaction_id, c.units, c.open_units, c.cause, c.opened_at, c.recorded_at, c.settled_by
    from oversell_cases c where c.location = k.location and c.sku = k.sku and c.open_units > 0
    order by c.opened_at, c.transaction_id offset 0
) t`

var levels = register(retail.TableLevels, &stored{
	table: newTable("stock_levels", 2, "location text", "sku text", "available int8", "held int8", "committed int8",
		"inspection int8", "damaged int8", "quarantine int8", "incoming int8", "version int8", "recorded_at timestamptz",
		"value_minor int8", "unit_cost_minor int8", "cost_currency text", "low_below int8", "low_told int8"),
	seed: true,
	load: func(r *record, _ [][]*record) (retail.Row, error) { return readLevel(r), nil },
	save: func(w *writer, before, after retail.Row) error {
		level := after.(retail.Level)
		writeLevel(w.update(kinds[retail.TableLevels].table), level)
		var known []retail.OversellCase
		if before != nil {
			known = before.(retail.Level).Cases
		}
		for _, c := range level.Cases {
			at := slices.IndexFunc(known, func(one retail.OversellCase) bool { return one.Transaction == c.Transaction })
			if at < 0 {
				writeCase(w.insert(casesTable), level, c)
			} else if c != known[at] {
				writeCase(w.update(casesTable), level, c)
			}
		}
		return nil
	},
})

func writeLevel(r *rows, l retail.Level) {
	r.text(l.Location).text(l.SKU)
	for _, units := range l.Units {
		r.int8(units)
	}
	writeWorth(r.int8(l.Version).time(l.RecordedAt), l.Worth).int8OrNull(l.LowBelow).int8OrNull(l.LowTold).end()
}

func readLevel(r *record) retail.Level {
	level := retail.Level{Location: r.text(), SKU: r.text()}
	for i := range level.Units {
		level.Units[i] = r.int8()
	}
	level.Version, level.RecordedAt, level.Worth = r.int8(), r.time(), readWorth(r)
	level.LowBelow, level.LowTold = r.int8Or0(), r.int8Or0()
	return level
}

// writeWorth writes nulls where no cost was ever known.
func writeWorth(r *rows, w retail.Worth) *rows {
	if !w.Known() {
		return r.null().null().null()
	}
	return r.int8(w.ValueMinor).int8(w.UnitMinor).text(w.Currency)
}

func readWorth(r *record) retail.Worth {
	return retail.Worth{ValueMinor: r.int8Or0(), UnitMinor: r.int8Or0(), Currency: r.text()}
}

func writeCase(r *rows, l retail.Level, c retail.OversellCase) {
	r.text(l.Location).text(l.SKU).id(c.Transaction).int8(c.Units).int8(c.OpenUnits).text(c.Cause).time(c.OpenedAt).
		time(c.RecordedAt).id(c.SettledBy).end()
}

func readCase(r *record) (location, sku string, c retail.OversellCase) {
	location, sku = r.text(), r.text()
	return location, sku, retail.OversellCase{
		Transaction: r.id(), Units: r.int8(), OpenUnits: r.int8(), Cause: r.text(), OpenedAt: r.time(), RecordedAt: r.time(),
		SettledBy: r.id(),
	}
}

// seedLevels makes empty rows for positions, sealed like any other.
func seedLevels(keys []retail.Key) *rows {
	r := levels.table.rows()
	for _, k := range keys {
		writeLevel(r, retail.Level{Location: k.Place, SKU: k.Code, RecordedAt: epoch})
	}
	return r
}

// oversold returns the keys of the positions among rows that are below zero, and so have open cases.
func oversold(rows map[retail.Key]retail.Row) []retail.Key {
	var keys []retail.Key
	for key, row := range rows {
		if level, ok := row.(retail.Level); ok && level.Available() < 0 {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, retail.CompareKeys)
	return keys
}
