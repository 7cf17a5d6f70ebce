package postgres

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

var stockValue = readStatement("stock_value", `
select greatest(least(coalesce(sum(t.value_minor), 0), 9223372036854775807), -9223372036854775807)::int8,
    least(coalesce(sum(t.here) filter (where t.value_minor is not null), 0), 9223372036854775807)::int8,
    least(coalesce(sum(t.here) filter (where t.value_minor is null), 0), 9223372036854775807)::int8
from (select l.value_minor, l.available + l.held + l.committed + l.inspection + l.damaged + l.quarantine as here
    from stock_levels l where l.location = $1) t`)

// StockValue returns what all units cost that are at a location.
func (db *DB) StockValue(ctx context.Context, location string) (retail.StockValue, error) {
	value, _, err := one(ctx, db, stockValue, func(r *record) (retail.StockValue, error) {
		return retail.StockValue{Minor: r.int8(), Units: r.int8(), UnitsWithoutCost: r.int8()}, nil
	}, []byte(location))
	return value, err
}

// leftAt tells what an order's goods cost when they left, by the documents that they left with: of each line what of it left, and what all
// of its SKU cost that left its place in the same act.
var leftAt = readStatement("left_at", `
select d.line, d.units, d.of_sku, c.asset, c.minor
from (
    select i.transaction_id, coalesce(ol.fulfil_location, i.location) as book, l.line, l.sku, sum(l.until - l.from)::int8 as units,
        (sum(sum(l.until - l.from)) over (partition by i.transaction_id, coalesce(ol.fulfil_location, i.location), l.sku))::int8 as of_sku
    from invoices i
    cross join lateral json_to_recordset(i.lines::json) as l(line int4, sku text, "from" int8, until int8)
    left join order_lines ol on ol.order_id = i.order_id and ol.line = l.line
    where i.order_id = $1 and i.return_id is null and i.kind <> 'FULL_REPLACING_SIMPLIFIED' and l.sku <> ''
    group by 1, 2, 3, 4
) d
cross join lateral (
    select e.asset, sum(e.quantity)::int8 as minor from ledger_entries e
    where e.location = d.book and e.transaction_id = d.transaction_id and e.from_account = 'inventory/' || d.sku
        and e.to_account = 'cost_of_goods'
    group by e.asset
) c
order by d.line, c.asset, d.transaction_id`)

// LeftAt returns what the goods of an order cost when they left, by line and currency, of those of which that is known.
func (db *DB) LeftAt(ctx context.Context, order retail.ID) ([]retail.LeftAt, error) {
	left, err := all(ctx, db, leftAt, func(r *record) (retail.Left, error) {
		of := retail.Left{Line: r.int4(), Units: r.int8(), All: r.int8()}
		of.Cost.Currency = r.text()
		of.Cost.Minor = r.int8()
		return of, nil
	}, idParam(order))
	return retail.NewLeftAt(left), err
}
