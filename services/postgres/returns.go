package postgres

import (
	"context"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var returns = whole(retail.TableReturns, newTable("returns", 1, "id uuid", "order_id uuid", "location text", "book text",
	"channel text", "customer uuid", "currency text", "lines text", "refunds text", "invoices text", "exchange uuid", "note text",
	"occurred_at timestamptz", "recorded_at timestamptz", "version int8", "overrides text", "operator text",
	"proof text", "request uuid").append(), readReturn, writeReturn)

func writeReturn(r *rows, t retail.Return) {
	r.id(t.ID).id(t.Order).text(t.Location).text(t.Book).text(t.Channel).id(t.Customer).text(t.Currency).text(toJSON(t.Lines)).
		text(toJSON(t.Refunds)).text(toJSON(t.Invoices)).id(t.Exchange).text(t.Note).time(t.OccurredAt).time(t.RecordedAt).
		int8(t.Version)
	if t.Overrides == nil {
		r.null()
	} else {
		r.text(toJSON(t.Overrides))
	}
	r.textOrNull(t.Operator).textOrNull(string(t.Proof)).id(t.Request).end()
}

func readReturn(r *record) (retail.Return, error) {
	t := retail.Return{ID: r.id(), Order: r.id(), Location: r.text(), Book: r.text(), Channel: r.text(), Customer: r.id(), Currency: r.text()}
	for _, part := range []any{&t.Lines, &t.Refunds, &t.Invoices} {
		if err := r.json(part); err != nil {
			return t, fmt.Errorf("return %s: %w", t.ID, err)
		}
	}
	t.Exchange, t.Note, t.OccurredAt, t.RecordedAt, t.Version = r.id(), r.text(), r.time(), r.time(), r.int8()
	overrides, err := jsonOrNil[[]retail.Reason](r)
	if err != nil {
		return t, fmt.Errorf("return %s: %w", t.ID, err)
	}
	if overrides != nil {
		t.Overrides = *overrides
	}
	t.Operator, t.Proof, t.Request = r.text(), retail.ReturnProof(r.text()), r.id()
	return t, nil
}

var returnColumns = prefixed(returns.table.columns)

var (
	returnByID = readStatement("return_by_id", `
select `+returnColumns+` from unnest($1::uuid[]) as k(id) join returns t on t.id = k.id`)

	returnsOfOrder = readStatement("returns_of_order", `
select `+returnColumns+` from returns t where t.order_id = $1 order by t.recorded_at, t.id`)
)

// Return returns a return.
func (db *DB) Return(ctx context.Context, id retail.ID) (retail.Return, bool, error) {
	return one(ctx, db, returnByID, readReturn, idArray([]retail.ID{id}))
}

// ReturnsOfOrder returns what came back of an order, in order.
func (db *DB) ReturnsOfOrder(ctx context.Context, order retail.ID) ([]retail.Return, error) {
	return all(ctx, db, returnsOfOrder, readReturn, idParam(order))
}
