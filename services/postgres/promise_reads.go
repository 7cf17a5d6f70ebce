package postgres

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

// incomingTo reads what is on its way to a place of some SKUs: of deliveries with the day they are expected, of transfers with when
// they were sent, without what is for orders that wait for it. Each part walks a partial index of what is open.
var incomingTo = readStatement("incoming_to", `
select l.sku, l.announced + l.over - l.received - l.damaged - l.short, d.expected_on, null::timestamptz
from deliveries d join delivery_lines l on l.delivery_id = d.id and l.sku = any($2::text[])
where d.location = $1 and d.state in ('EXPECTED', 'PARTIAL') and l.announced + l.over > l.received + l.damaged + l.short
union all
select l.sku, l.shipped - l.received - l.missing - coalesce((select sum(o.coming) from order_lines o
    where o.order_id = t.order_id and o.transfer = t.id and o.sku = l.sku), 0)::int8, '', t.shipped_at
from transfers t join transfer_lines l on l.transfer_id = t.id and l.sku = any($2::text[])
where t.receiver = $1 and t.state = 'SHIPPED' and l.shipped > l.received + l.missing`)

// awaitedByOrders reads what is on its way to places for orders that wait for it.
var awaitedByOrders = readStatement("awaited_by_orders", `
select o.fulfil_location, o.sku, sum(o.coming)::int8 from order_lines o where o.sku = any($1::text[]) and o.coming > 0
group by o.fulfil_location, o.sku`)

// Awaited returns how many units that are on their way to positions of SKUs orders wait for, by position.
func (db *DB) Awaited(ctx context.Context, skus []string) (map[retail.Key]int64, error) {
	waits := map[retail.Key]int64{}
	err := db.read(ctx, func(p *pipeline) {
		p.queue(awaitedByOrders, [][]byte{textArray(skus)}, each(func(r *record) error {
			waits[retail.LevelKey(r.text(), r.text())] = r.int8()
			return nil
		}))
	})
	return waits, err
}

// Promisable returns the positions of SKUs at a place, in the order asked, and what is on its way to them, as of one moment.
func (db *DB) Promisable(ctx context.Context, location string, skus []string) (levels []retail.Level, incoming []retail.Inbound, err error) {
	err = db.readWhole(ctx, func(p *pipeline) {
		queueLevelsAt(p, skus, []string{location}, each(func(r *record) error {
			levels = append(levels, readLevel(r))
			return nil
		}))
		p.queue(incomingTo, [][]byte{[]byte(location), textArray(skus)}, each(func(r *record) error {
			incoming = append(incoming, retail.Inbound{SKU: r.text(), Units: r.int8(), ExpectedOn: r.text(), ShippedAt: r.timeOrZero()})
			return nil
		}))
	})
	return levels, incoming, err
}
