package postgres

import (
	"context"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

var orderColumns = prefixed(orders.table.columns)

var (
	orderByID = readStatement("order_by_id", `select `+orderColumns+` from orders t where t.id = $1`)

	orderByNumber = readStatement("order_by_number", `
select `+orderColumns+` from names n join orders t on t.id = n.entity where n.kind = 'order' and n.value = $1`)

	// An absent customer or place is null; the planner is told apart by statement, since each has an index of its own.
	ordersOfCustomer = readStatement("orders_of_customer", `
select `+orderColumns+` from orders t
where t.customer = $1 and ($2 = '' or t.location = $2) and (t.occurred_at, t.id) < ($3::timestamptz, $4::uuid)
order by t.occurred_at desc, t.id desc limit $5`)

	ordersOfLocation = readStatement("orders_of_location", `
select `+orderColumns+` from orders t
where t.location = $1 and (t.occurred_at, t.id) < ($2::timestamptz, $3::uuid)
order by t.occurred_at desc, t.id desc limit $4`)

	ordersOfReference = readStatement("orders_of_reference", `
select `+orderColumns+` from orders t
where t.location = $1 and t.reference = $2 and t.reference <> '' and ($3::uuid is null or t.customer = $3)
    and (t.occurred_at, t.id) < ($4::timestamptz, $5::uuid)
order by t.occurred_at desc, t.id desc limit $6`)
)

// childrenOfOrders are the reads of what belongs to orders, one per child table.
var childrenOfOrders = func() []string {
	var names []string
	for _, child := range orders.children {
		names = append(names, readStatement(statementName("of_orders", child), child.childrenSQL(orders.table.key)))
	}
	return names
}()

// Order returns an order.
func (db *DB) Order(ctx context.Context, id retail.ID) (retail.Order, bool, error) {
	return first(db.orders(ctx, orderByID, idParam(id)))
}

// OrderByNumber returns an order by its number, as retail.ParseOrderNumber writes it.
func (db *DB) OrderByNumber(ctx context.Context, number string) (retail.Order, bool, error) {
	return first(db.orders(ctx, orderByNumber, []byte(number)))
}

func first(orders []retail.Order, err error) (retail.Order, bool, error) {
	if err != nil || len(orders) == 0 {
		return retail.Order{}, false, err
	}
	return orders[0], true, nil
}

// Orders returns orders of a customer, a selling location or both, newest first, after a mark.
func (db *DB) Orders(ctx context.Context, customer retail.ID, location string, after retail.OrderMark, limit int) ([]retail.Order, error) {
	if after.ID.IsZero() {
		after.OccurredAt = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	mark := [][]byte{timeParam(after.OccurredAt), idParam(after.ID), int8Param(int64(limit))}
	if customer.IsZero() {
		return db.orders(ctx, ordersOfLocation, append([][]byte{[]byte(location)}, mark...)...)
	}
	return db.orders(ctx, ordersOfCustomer, append([][]byte{idParam(customer), []byte(location)}, mark...)...)
}

// OrdersOfReference returns the orders of a location that have a number of its own, of one customer or, by the zero id, of all, newest first,
// after a mark.
func (db *DB) OrdersOfReference(
	ctx context.Context, location, reference string, customer retail.ID, after retail.OrderMark, limit int,
) ([]retail.Order, error) {
	var whose []byte
	if !customer.IsZero() {
		whose = idParam(customer)
	}
	return db.orders(ctx, ordersOfReference, []byte(location), []byte(reference), whose, newestFirst(after.OccurredAt, after.ID), idParam(after.ID),
		int8Param(int64(limit)))
}

// orders reads orders by a statement.
func (db *DB) orders(ctx context.Context, statement string, params ...[]byte) ([]retail.Order, error) {
	return families[retail.Order](ctx, db, orders, childrenOfOrders, statement, params...)
}

var unansweredPayments = readStatement("unanswered_payments", intentPlace+`step <> ''
    and asked_at <= clock_timestamp() - $1::int8 * interval '1 microsecond' and (asked_at, order_id, intent) > ($2::timestamptz, $3::uuid, $4::int4)
order by asked_at, order_id, intent limit $5`)

// UnansweredPayments returns what providers were asked so long ago and have not answered, the oldest first, after a mark.
func (db *DB) UnansweredPayments(ctx context.Context, older time.Duration, after retail.IntentMark, limit int) ([]retail.PlacedIntent, error) {
	return all(ctx, db, unansweredPayments, placedIntent, int8Param(older.Microseconds()), timeParam(after.AskedAt), idParam(after.Order),
		int4Param(after.Position), int8Param(int64(limit)))
}

// A refund that was refused is asked for again once its time has come. They are few, and payment_intents_held has all of them.
var refusedRefunds = readStatement("refused_refunds", intentPlace+`state = 'REFUND_FAILED' and step = '' and ask_again_at <= clock_timestamp()
    and (asked_at, order_id, intent) > ($1::timestamptz, $2::uuid, $3::int4)
order by asked_at, order_id, intent limit $4`)

// RefusedRefunds returns refunds that providers refused and that are to be asked for again by now, the oldest first, after a mark.
func (db *DB) RefusedRefunds(ctx context.Context, after retail.IntentMark, limit int) ([]retail.PlacedIntent, error) {
	return all(ctx, db, refusedRefunds, placedIntent, timeParam(after.AskedAt), idParam(after.Order), int4Param(after.Position), int8Param(int64(limit)))
}

func placedIntent(r *record) (p retail.PlacedIntent, err error) {
	p.Order, p.Intent, p.Step = r.id(), r.id(), r.int4()
	p.Mark = retail.IntentMark{AskedAt: r.time(), Order: p.Order, Position: r.int4()}
	return p, nil
}

const intentPlace = `select order_id, id, steps, asked_at, intent from payment_intents where `

const intentsBefore = ` and (asked_at, order_id, intent) < ($1::timestamptz, $2::uuid, $3::int4)
order by asked_at desc, order_id desc, intent desc limit $4`

var (
	heldIntents  = readStatement("held_intents", intentPlace+`(step <> '' or state = 'REFUND_FAILED')`+intentsBefore)
	shortIntents = readStatement("short_intents", intentPlace+`step = '' and captured_minor < amount_minor`+intentsBefore)
)

// endOfTime is later than anything was asked.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// IntentCases returns payments before a mark, the newest first: those whose money is to go somewhere, or those that gave less than they
// were to.
func (db *DB) IntentCases(ctx context.Context, short bool, before retail.IntentMark, limit int) ([]retail.PlacedIntent, error) {
	if before.AskedAt.IsZero() {
		before.AskedAt = endOfTime
	}
	statement := heldIntents
	if short {
		statement = shortIntents
	}
	return all(ctx, db, statement, placedIntent, timeParam(before.AskedAt), idParam(before.Order), int4Param(before.Position), int8Param(int64(limit)))
}
