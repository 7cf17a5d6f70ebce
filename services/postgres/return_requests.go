package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

var returnRequests = whole(retail.TableReturnRequests, newTable("return_requests", 1, "id uuid", "order_id uuid", "customer uuid", "channel text",
	"location text", "state text", "wish text", "label text", "carrier text", "tracking text", "refund text", "asked_at timestamptz",
	"expires_at timestamptz", "lines text", "wrong text", "returns text", "note text", "answer text", "recorded_at timestamptz", "version int8"),
	readReturnRequest, writeReturnRequest)

func writeReturnRequest(r *rows, q retail.ReturnRequest) {
	r.id(q.ID).id(q.Order).id(q.Customer).text(q.Channel).text(q.Location).text(string(q.State)).text(string(q.Wish)).text(q.Label).text(q.Carrier).
		text(q.Tracking).textOrNull(string(q.Refund)).time(q.AskedAt).timeOrNull(q.ExpiresAt).text(toJSON(q.Lines))
	listOrNull(listOrNull(r, q.Wrong), q.Returns).text(q.Note).text(q.Answer).time(q.RecordedAt).int8(q.Version).end()
}

func readReturnRequest(r *record) (retail.ReturnRequest, error) {
	q := retail.ReturnRequest{
		ID: r.id(), Order: r.id(), Customer: r.id(), Channel: r.text(), Location: r.text(), State: retail.ReturnRequestState(r.text()),
		Wish: retail.ReturnWish(r.text()), Label: r.text(), Carrier: r.text(), Tracking: r.text(), Refund: retail.RefundTiming(r.text()),
		AskedAt: r.time(), ExpiresAt: r.timeOrZero(),
	}
	if err := r.json(&q.Lines); err != nil {
		return q, fmt.Errorf("lines of request %s: %w", q.ID, err)
	}
	for _, part := range []any{&q.Wrong, &q.Returns} {
		if err := r.jsonOrNone(part); err != nil {
			return q, fmt.Errorf("request %s: %w", q.ID, err)
		}
	}
	q.Note, q.Answer, q.RecordedAt, q.Version = r.text(), r.text(), r.time(), r.int8()
	return q, nil
}

var returnRequestColumns = prefixed(returnRequests.table.columns)

// Each of the lists has an index of its own. An absent order is null, and an empty place or state any.
var (
	returnRequestByID = readStatement("return_request_by_id", `select `+returnRequestColumns+` from return_requests t where t.id = $1`)

	returnRequestsOfLocation = readStatement("return_requests_of_location", `
select `+returnRequestColumns+` from return_requests t
where t.location = $1 and ($2 = '' or t.state = $2) and (t.asked_at, t.id) < ($3::timestamptz, $4::uuid)
order by t.asked_at desc, t.id desc limit $5`)

	returnRequestsOfCustomer = readStatement("return_requests_of_customer", `
select `+returnRequestColumns+` from return_requests t
where t.customer = $6::uuid and ($1 = '' or t.location = $1) and ($2 = '' or t.state = $2)
    and (t.asked_at, t.id) < ($3::timestamptz, $4::uuid)
order by t.asked_at desc, t.id desc limit $5`)

	returnRequestsOfOrder = readStatement("return_requests_of_order", `
select `+returnRequestColumns+` from return_requests t
where t.order_id = $6::uuid and ($7::uuid is null or t.customer = $7) and ($1 = '' or t.location = $1) and ($2 = '' or t.state = $2)
    and (t.asked_at, t.id) < ($3::timestamptz, $4::uuid)
order by t.asked_at desc, t.id desc limit $5`)

	unsentReturns = readStatement("unsent_returns", `
select t.id from return_requests t where t.state = 'APPROVED' and t.expires_at <= clock_timestamp() order by t.expires_at limit $1`)
)

// ReturnRequest returns a request.
func (db *DB) ReturnRequest(ctx context.Context, id retail.ID) (retail.ReturnRequest, bool, error) {
	return one(ctx, db, returnRequestByID, readReturnRequest, idParam(id))
}

// ReturnRequests returns requests, the last asked for first, after a mark.
func (db *DB) ReturnRequests(
	ctx context.Context, of retail.ReturnRequestsOf, after retail.OrderMark, limit int,
) ([]retail.ReturnRequest, error) {
	if after.ID.IsZero() {
		after.OccurredAt = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	params := [][]byte{[]byte(of.Location), []byte(of.State), timeParam(after.OccurredAt), idParam(after.ID), int8Param(int64(limit))}
	statement := returnRequestsOfLocation
	switch {
	case !of.Order.IsZero():
		var whose []byte
		if !of.Customer.IsZero() {
			whose = idParam(of.Customer)
		}
		statement, params = returnRequestsOfOrder, append(params, idParam(of.Order), whose)
	case !of.Customer.IsZero():
		statement, params = returnRequestsOfCustomer, append(params, idParam(of.Customer))
	}
	return all(ctx, db, statement, readReturnRequest, params...)
}

// UnsentReturns returns requests that were approved, and not sent in time.
func (db *DB) UnsentReturns(ctx context.Context, limit int) ([]retail.ID, error) {
	return all(ctx, db, unsentReturns, func(r *record) (retail.ID, error) { return r.id(), nil }, int8Param(int64(limit)))
}
