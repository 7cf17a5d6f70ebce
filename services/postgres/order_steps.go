package postgres

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

// orderSteps finds the events of an order and of what belongs to it, each subject by its shard, and the header of each event's
// transaction: of an act in several books one, for they name the same people.
var orderSteps = readStatement("order_steps", `
select e.seq, e.kind, e.subject, e.version, e.transaction_id, t.kind, t.actor, t.channel, t.request_id, t.reason, t.note, t.occurred_at,
    t.recorded_at, coalesce(case when e.subject like 'fulfilment/%' then (convert_from(e.body, 'UTF8')::jsonb ->> 'parcel')::int4 end, 0)
from (
    select $1::uuid::text, 'order/' || $1::uuid::text
    union all
    select distinct l.fulfil_location, 'fulfilment/' || l.fulfilment::text from order_lines l where l.order_id = $1 and l.fulfilment is not null
    union all
    select h.location, 'hold/' || h.id::text from holds h where h.order_id = $1
    union all
    select i.location, 'invoice/' || i.id::text from invoices i where i.order_id = $1
    union all
    select r.id::text, 'return/' || r.id::text from returns r where r.order_id = $1
) k(shard, subject)
join events e on e.shard = k.shard collate "C" and e.subject = k.subject collate "C" and e.seq > $2::int8
cross join lateral (select * from ledger_transactions t where t.id = e.transaction_id order by t.location limit 1) t
order by e.seq limit $3::int8`)

// OrderSteps returns what became of an order, in the order of the log, after a seq, at most so many.
func (db *DB) OrderSteps(ctx context.Context, order retail.ID, after int64, limit int) ([]retail.OrderStep, error) {
	return all(ctx, db, orderSteps, func(r *record) (retail.OrderStep, error) {
		return retail.OrderStep{
			Seq: r.int8(), Event: r.text(), Subject: r.text(), Version: r.int8(), Transaction: r.id(), Kind: retail.Kind(r.text()),
			Actor: r.text(), Channel: r.text(), Request: r.id(), Reason: r.text(), Note: r.text(), OccurredAt: r.time(), RecordedAt: r.time(),
			Parcel: r.int4(),
		}, nil
	}, idParam(order), int8Param(after), int8Param(int64(limit)))
}
