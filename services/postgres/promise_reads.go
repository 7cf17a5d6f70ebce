package postgres

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

// incomingTo reads what is on its way to a place of some SKUs: of deliveries with the day they are expected, of transfers with when
// they were sent. Each part walks a partial index of what is open.
var incomingTo = readStatement("incoming_to", `
select l.sku, l.announced + l.over - l.received - l.damaged - l.short, d.expected_on, null::timestamptz
from deliveries d join delivery_lines l on l.delivery_id = d.id and l.sku = any($2::text[])
where d.location = $1 and d.state in ('EXPECTED', 'PARTIAL') and l.announced + l.over > l.received + l.damaged + l.short
union all
select l.sku, l.shipped - l.received - l.missing, '', t.shipped_at
from transfers t join transfer_lines l on l.transfer_id = t.id and l.sku = any($2::text[])
where t.receiver = $1 and t.state = 'SHIPPED' and l.shipped > l.received + l.missing`)

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
