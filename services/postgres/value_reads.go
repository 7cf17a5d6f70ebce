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
