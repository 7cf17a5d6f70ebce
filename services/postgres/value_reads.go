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

// leftAt sums what an order's goods cost when they left, by the documents that they left with.
var leftAt = readStatement("left_at", `
select d.sku, c.asset, sum(d.units)::int8, sum(c.minor)::int8
from (
    select i.transaction_id, coalesce(ol.fulfil_location, i.location) as book, l.sku, sum(l.until - l.from) as units
    from invoices i
    cross join lateral json_to_recordset(i.lines::json) as l(line int4, sku text, "from" int8, until int8)
    left join order_lines ol on ol.order_id = i.order_id and ol.line = l.line
    where i.order_id = $1 and i.return_id is null and i.kind <> 'FULL_REPLACING_SIMPLIFIED' and l.sku <> ''
    group by 1, 2, 3
) d
cross join lateral (
    select e.asset, sum(e.quantity) as minor from ledger_entries e
    where e.location = d.book and e.transaction_id = d.transaction_id and e.from_account = 'inventory/' || d.sku
        and e.to_account = 'cost_of_goods'
    group by e.asset
) c
group by d.sku, c.asset order by d.sku, c.asset`)

// LeftAt returns what the goods of an order cost when they left, by SKU and currency, of those of which that is known.
func (db *DB) LeftAt(ctx context.Context, order retail.ID) ([]retail.LeftAt, error) {
	return all(ctx, db, leftAt, func(r *record) (retail.LeftAt, error) {
		sku, currency, units := r.text(), r.text(), r.int8()
		return retail.NewLeftAt(sku, units, retail.Cost{Minor: r.int8(), Currency: currency}), nil
	}, idParam(order))
}
