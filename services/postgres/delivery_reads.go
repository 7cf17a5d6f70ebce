package postgres

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

var deliveryColumns = prefixed(deliveries.table.columns)

var (
	deliveryByID = readStatement("delivery_by_id", `
select `+deliveryColumns+` from deliveries t where t.id = $1 and t.location = $2`)

	// Most deliveries have ended. Those that have not are found by an index of their own.
	openDeliveriesOf = readStatement("open_deliveries_of", `
select `+deliveryColumns+` from deliveries t
where t.location = $1 and t.state in ('EXPECTED', 'PARTIAL') and t.state = any($2::text[]) and t.expected_on <= $3
    and (t.expected_on, t.id) > ($4::text, $5::uuid)
order by t.expected_on, t.id limit $6`)

	deliveriesOf = readStatement("deliveries_of", `
select `+deliveryColumns+` from deliveries t
where t.location = $1 and t.state = any($2::text[]) and t.expected_on <= $3 and (t.expected_on, t.id) > ($4::text, $5::uuid)
order by t.expected_on, t.id limit $6`)

	deliveryLinesAfter = readStatement("delivery_lines_after", `
select `+prefixed(deliveryLines.table.columns)+` from delivery_lines t
where t.delivery_id = $1 and t.line > $2::int8 and ($3::int8 = 0 or t.damaged > 0 or t.over > 0 or t.short > 0)
order by t.line limit $4`)

	// Who recorded a difference stands in the ledger.
	differencesOf = readStatement("differences_of", `
select `+prefixed(deliveryDifferences.columns)+`, l.actor
from unnest($2::text[]) as k(sku)
join delivery_differences t on t.delivery_id = $1 and t.sku = k.sku
left join ledger_transactions l on l.location = $3 and l.id = t.transaction_id
order by t.sku, t.difference`)

	deliveryLinesNamed = readStatement("delivery_lines_named", `
select `+prefixed(deliveryLines.table.columns)+` from unnest($2::text[]) as k(sku)
join delivery_lines t on t.delivery_id = $1 and t.sku = k.sku`)

	deliverySKUs = readStatement("delivery_skus", `
select t.sku from delivery_lines t where t.delivery_id = $1 and t.line > $2::int8 order by t.line limit $3`)
)

// Delivery returns a delivery of a place.
func (db *DB) Delivery(ctx context.Context, location string, id retail.ID) (retail.Delivery, bool, error) {
	return one(ctx, db, deliveryByID, readDelivery, idParam(id), []byte(location))
}

// Deliveries returns what a place is to get, of some states, by the day it is expected: those up to a day, after a mark.
func (db *DB) Deliveries(
	ctx context.Context, location string, states []retail.DeliveryState, until string, after retail.DeliveryMark, limit int,
) ([]retail.Delivery, error) {
	statement, names := openDeliveriesOf, make([]string, len(states))
	for i, state := range states {
		names[i] = string(state)
		if state != retail.DeliveryExpected && state != retail.DeliveryPartial {
			statement = deliveriesOf
		}
	}
	return all(ctx, db, statement, readDelivery, []byte(location), textArray(names), []byte(until), []byte(after.ExpectedOn),
		idParam(after.ID), int8Param(int64(limit)))
}

// DeliveryLinesNamed returns the lines of a delivery that have these SKUs, in any order, without their differences.
func (db *DB) DeliveryLinesNamed(ctx context.Context, id retail.ID, skus []string) ([]retail.DeliveryLine, error) {
	return all(ctx, db, deliveryLinesNamed, func(r *record) (retail.DeliveryLine, error) { return readDeliveryLine(r, nil), nil },
		idParam(id), textArray(skus))
}

// DeliverySKUs returns the SKUs of a delivery's lines after a line, in their order.
func (db *DB) DeliverySKUs(ctx context.Context, id retail.ID, after, limit int) ([]string, error) {
	return all(ctx, db, deliverySKUs, readText, idParam(id), int8Param(int64(after)), int8Param(int64(limit)))
}

// DeliveryLines returns lines of a delivery after a line, in their order: all, or those with a difference. Who recorded each
// difference is said by its transaction.
func (db *DB) DeliveryLines(
	ctx context.Context, location string, id retail.ID, differing bool, after, limit int,
) (lines []retail.DeliveryLine, actors map[retail.ID]string, err error) {
	var roots []*record
	var skus []string
	differences := map[string][]*record{}
	actors = map[retail.ID]string{}
	only := int64(0)
	if differing {
		only = 1
	}
	err = db.readWhole(ctx, func(p *pipeline) {
		params := [][]byte{idParam(id), int8Param(int64(after)), int8Param(only), int8Param(int64(limit))}
		p.queue(deliveryLinesAfter, params, each(func(r *record) error {
			root := copyRecord(r.values)
			roots = append(roots, root)
			skus = append(skus, (&record{values: root.values, at: 1}).text())
			return nil
		}))
	}, func(p *pipeline) {
		if len(roots) == 0 {
			return
		}
		p.queue(differencesOf, [][]byte{idParam(id), textArray(skus), []byte(location)}, each(func(r *record) error {
			one := copyRecord(r.values)
			differences[keyOf(one, 2)] = append(differences[keyOf(one, 2)], one)
			by := &record{values: one.values, at: 7}
			transaction := by.id()
			by.time()
			actors[transaction] = by.text()
			return nil
		}))
	})
	if err != nil {
		return nil, nil, err
	}
	for _, root := range roots {
		lines = append(lines, readDeliveryLine(root, differences[keyOf(root, 2)]))
	}
	return lines, actors, nil
}
