package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

var fulfilments = whole(retail.TableFulfilments, newTable("fulfilments", 2, "location text", "id uuid", "order_id uuid", "method text",
	"state text", "expires_at timestamptz", "carrier text", "tracking text", "code_count int4", "tries int4", "proof text",
	"placed_at timestamptz", "recorded_at timestamptz", "version int8", "promised_at timestamptz", "picked text",
	"collector_name text", "collector_document text", "collector_signature text", "parcels text",
	"labels text", "attention_at timestamptz"), readFulfilment, writeFulfilment)

func writeFulfilment(r *rows, f retail.Fulfilment) {
	r.text(f.Location).id(f.ID).id(f.Order).text(string(f.Method)).text(string(f.State)).timeOrNull(f.ExpiresAt).text(f.Carrier).
		text(f.Tracking).int4(f.CodeCount).int4(f.Tries).text(f.Proof).time(f.PlacedAt).time(f.RecordedAt).int8(f.Version).
		timeOrNull(f.PromisedAt).textOrNull(listOrNothing(f.Picked)).
		textOrNull(f.Collector.Name).textOrNull(string(f.Collector.Document)).textOrNull(f.Collector.SignatureSHA256).
		textOrNull(listOrNothing(f.Parcels)).textOrNull(listOrNothing(f.Labels)).timeOrNull(f.AttentionAt).end()
}

func readFulfilment(r *record) (retail.Fulfilment, error) {
	f := retail.Fulfilment{
		Location: r.text(), ID: r.id(), Order: r.id(), Method: retail.Method(r.text()), State: retail.FulfilmentState(r.text()),
		ExpiresAt: r.timeOrZero(), Carrier: r.text(), Tracking: r.text(), CodeCount: r.int4(), Tries: r.int4(), Proof: r.text(),
		PlacedAt: r.time(), RecordedAt: r.time(), Version: r.int8(), PromisedAt: r.timeOrZero(),
	}
	if err := r.jsonOrNone(&f.Picked); err != nil {
		return f, fmt.Errorf("what was picked of fulfilment %s: %w", f.ID, err)
	}
	f.Collector = retail.Collector{Name: r.text(), Document: retail.Document(r.text()), SignatureSHA256: r.text()}
	if err := r.jsonOrNone(&f.Parcels); err != nil {
		return f, fmt.Errorf("the parcels of fulfilment %s: %w", f.ID, err)
	}
	if err := r.jsonOrNone(&f.Labels); err != nil {
		return f, fmt.Errorf("the labels of fulfilment %s: %w", f.ID, err)
	}
	f.AttentionAt = r.timeOrZero()
	return f, nil
}

var fulfilmentColumns = prefixed(fulfilments.table.columns)

var (
	fulfilmentNow = readStatement("fulfilment_now", `
select `+fulfilmentColumns+`, clock_timestamp() from fulfilments t where t.location = $1 and t.id = $2`)

	openFulfilments = readStatement("open_fulfilments", `
select `+fulfilmentColumns+`, clock_timestamp() from fulfilments t
where t.location = $1 and t.state in ('AWAITING_TRANSFER', 'NEW', 'ACCEPTED', 'PICKING', 'READY', 'PACKED')
    and (t.placed_at, t.id) > ($2::timestamptz, $3::uuid)
order by t.placed_at, t.id limit $4`)

	promisedFulfilments = readStatement("promised_fulfilments", `
select `+fulfilmentColumns+`, clock_timestamp() from fulfilments t
where t.location = $1 and t.state in ('AWAITING_TRANSFER', 'NEW', 'ACCEPTED', 'PICKING', 'READY', 'PACKED')
    and (coalesce(t.promised_at, t.placed_at), t.id) > ($2::timestamptz, $3::uuid)
order by coalesce(t.promised_at, t.placed_at), t.id limit $4`)

	// What was shipped and not heard of since 0052 stands by when it last moved.
	// What is presumed delivered is on it no more (retail.ParcelPresumed), and is any number: it is not read over. Of what should have been looked
	// after so long ago, an index has what carriers spoke of, and what went in several parcels, which are told apart by their JSON.
	fulfilmentsOnTheWay = readStatement("fulfilments_on_the_way", `
select `+fulfilmentColumns+`, clock_timestamp() from (
    (select `+fulfilmentColumns+` from fulfilments t
    where t.location = $1 and (t.state = 'SHIPPED' or t.attention_at is not null)
        and coalesce(t.attention_at, t.recorded_at) > now() - $5::int8 * interval '1 microsecond'
        and (coalesce(t.attention_at, t.recorded_at), t.id) > ($2::timestamptz, $3::uuid)
    order by coalesce(t.attention_at, t.recorded_at), t.id limit $4)
    union all
    (select `+fulfilmentColumns+` from fulfilments t
    where t.location = $1 and (t.state = 'SHIPPED' or t.attention_at is not null)
        and (t.parcels like '%"trail":%' or t.parcels like '%},{"state":"%')
        and coalesce(t.attention_at, t.recorded_at) <= now() - $5::int8 * interval '1 microsecond'
        and (t.parcels like '%"trail":%' or t.recorded_at > now() - $6::int8 * interval '1 microsecond')
        and (coalesce(t.attention_at, t.recorded_at), t.id) > ($2::timestamptz, $3::uuid)
    order by coalesce(t.attention_at, t.recorded_at), t.id limit $4)
) t
order by coalesce(t.attention_at, t.recorded_at), t.id limit $4`)

	// The number of the last parcel stands in a column; those before it in the JSON of all, of which the index knows what is between quotes.
	fulfilmentsByTracking = readStatement("fulfilments_by_tracking", `
select `+fulfilmentColumns+`, clock_timestamp() from fulfilments t
where t.tracking <> '' and t.tracking = $1 and ($3::text = '' or t.location = $3)
union all
select `+fulfilmentColumns+`, clock_timestamp() from fulfilments t
where t.parcels like '%},{"state":"%' and string_to_array(t.parcels, '"') @> string_to_array($2::text, '"')
    and position('"tracking":"' || $2 || '"' in t.parcels) > 0 and t.tracking <> $1 and ($3::text = '' or t.location = $3)
order by recorded_at desc, id desc limit $4`)

	fulfilmentsOfOrder = readStatement("fulfilments_of_order", `
select `+fulfilmentColumns+`, clock_timestamp()
from (select distinct l.fulfil_location, l.fulfilment from order_lines l where l.order_id = $1 and l.fulfilment is not null) k
join fulfilments t on t.location = k.fulfil_location and t.id = k.fulfilment
order by t.location, t.id`)

	expiredPickups = readStatement("expired_pickups", `
select t.id, t.order_id from fulfilments t where t.state = 'READY' and t.expires_at <= clock_timestamp()
order by t.expires_at limit $1`)

	// A quote within what a carrier says is escaped: none of its words looks like a step.
	unansweredLabels = readStatement("unanswered_labels", `
select `+fulfilmentColumns+`, clock_timestamp() from fulfilments t
where t.labels like '%"step":%' and t.recorded_at <= clock_timestamp() - $1::int8 * interval '1 microsecond'
    and (t.recorded_at, t.location, t.id) > ($2::timestamptz, $3::text, $4::uuid)
order by t.recorded_at, t.location, t.id limit $5`)

	unusedLabels = readStatement("unused_labels", `
select `+fulfilmentColumns+`, clock_timestamp() from fulfilments t
where t.labels like '%"state":"ISSUED"%' and t.state in ('SHIPPED', 'DELIVERED', 'CANCELLED', 'REJECTED', 'LOST', 'RETURNED_TO_SENDER')
    and exists (select from json_array_elements(t.labels::json) l
        where l ->> 'state' = 'ISSUED' and l ->> 'step' is null and l ->> 'problem' is null)
limit $1`)

	unpaidOrders = readStatement("unpaid_orders", `
select t.id from orders t where t.state = 'PENDING_PAYMENT' and t.pay_by <= clock_timestamp() order by t.pay_by limit $1`)
)

// readFulfilmentNow reads a fulfilment as it is at the moment of the read: past its expiry it is expired, swept or not.
func readFulfilmentNow(r *record) (retail.Fulfilment, error) {
	f, err := readFulfilment(r)
	return f.At(r.time()), err
}

// Fulfilment returns a fulfilment as it is now.
func (db *DB) Fulfilment(ctx context.Context, location string, id retail.ID) (retail.Fulfilment, bool, error) {
	return one(ctx, db, fulfilmentNow, readFulfilmentNow, []byte(location), idParam(id))
}

// OpenFulfilments returns a list of the work of a place after a mark, in the mark's order.
func (db *DB) OpenFulfilments(ctx context.Context, location string, after retail.WorkMark, limit int) ([]retail.Fulfilment, error) {
	params := [][]byte{[]byte(location), timeParam(after.At), idParam(after.ID), int8Param(int64(limit))}
	switch after.List {
	case retail.WorkOnTheWay:
		params = append(params, int8Param(retail.ParcelPresumed.Microseconds()), int8Param(retail.SeveralPresumed.Microseconds()))
		return all(ctx, db, fulfilmentsOnTheWay, readFulfilmentNow, params...)
	case retail.WorkPromised:
		return all(ctx, db, promisedFulfilments, readFulfilmentNow, params...)
	}
	return all(ctx, db, openFulfilments, readFulfilmentNow, params...)
}

// FulfilmentsByTracking returns shipments of which a parcel has the carrier's number, from a place or from any, the latest first.
func (db *DB) FulfilmentsByTracking(ctx context.Context, tracking, location string, limit int) ([]retail.Fulfilment, error) {
	quoted := toJSON(tracking)
	return all(ctx, db, fulfilmentsByTracking, readFulfilmentNow, []byte(tracking), []byte(quoted[1:len(quoted)-1]), []byte(location), int8Param(int64(limit)))
}

// FulfilmentsOfOrder returns those of an order.
func (db *DB) FulfilmentsOfOrder(ctx context.Context, order retail.ID) ([]retail.Fulfilment, error) {
	return all(ctx, db, fulfilmentsOfOrder, readFulfilmentNow, idParam(order))
}

// Overdue is a promise whose time is over: a pickup that nobody collected, or with no Fulfilment an order that nobody paid.
type Overdue struct{ Order, Fulfilment retail.ID }

// String names the promise.
func (o Overdue) String() string {
	if o.Fulfilment.IsZero() {
		return "unpaid/" + o.Order.String()
	}
	return "no-show/" + o.Fulfilment.String()
}

// OverduePromises returns pickups and orders whose time is over and that were not swept yet, at most so many of each.
func (db *DB) OverduePromises(ctx context.Context, limit int) ([]Overdue, error) {
	var due []Overdue
	err := db.read(ctx, func(p *pipeline) {
		p.queue(expiredPickups, [][]byte{int8Param(int64(limit))}, each(func(r *record) error {
			due = append(due, Overdue{Fulfilment: r.id(), Order: r.id()})
			return nil
		}))
		p.queue(unpaidOrders, [][]byte{int8Param(int64(limit))}, each(func(r *record) error {
			due = append(due, Overdue{Order: r.id()})
			return nil
		}))
	})
	return due, err
}

// UnansweredLabels returns what carriers were asked so long ago and have not answered, of at most so many shipments that come after another,
// the oldest first.
func (db *DB) UnansweredLabels(ctx context.Context, older time.Duration, after retail.LabelRef, limit int) ([]retail.LabelRef, error) {
	shipments, err := all(ctx, db, unansweredLabels, readFulfilmentNow, int8Param(older.Microseconds()), timeParam(after.RecordedAt),
		[]byte(after.Location), idParam(after.Fulfilment), int8Param(int64(limit)))
	var steps []retail.LabelRef
	for _, f := range shipments {
		for _, l := range f.Labels {
			if l.Step != "" {
				steps = append(steps, retail.LabelRef{Location: f.Location, Fulfilment: f.ID, Label: l.ID, Step: l.Steps, RecordedAt: f.RecordedAt})
			}
		}
	}
	return steps, err
}

// UnusedLabels returns at most so many shipments of which nothing is left to send, and a label that is unused.
func (db *DB) UnusedLabels(ctx context.Context, limit int) ([]retail.Fulfilment, error) {
	return all(ctx, db, unusedLabels, readFulfilmentNow, int8Param(int64(limit)))
}
