package postgres

import (
	"context"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

var purchases = whole(retail.TablePurchases, newTable("purchases", 3, "customer uuid", "kind text", "entity uuid", "location text",
	"occurred_at timestamptz", "recorded_at timestamptz").append(), readPurchase, writePurchase)

func writePurchase(r *rows, p retail.Purchase) {
	r.id(p.Customer).text(string(p.Kind)).id(p.Entity).text(p.Location).time(p.OccurredAt).time(p.RecordedAt).end()
}

func readPurchase(r *record) (retail.Purchase, error) {
	return retail.Purchase{
		Customer: r.id(), Kind: retail.PurchaseKind(r.text()), Entity: r.id(), Location: r.text(), OccurredAt: r.time(), RecordedAt: r.time(),
	}, nil
}

var (
	purchasesOf = readStatement("purchases_of", `
select `+prefixed(purchases.table.columns)+` from purchases t
where t.customer = $1 and (t.occurred_at, t.entity) < ($2::timestamptz, $3::uuid)
order by t.occurred_at desc, t.entity desc limit $4`)

	ordersByID = readStatement("orders_by_id", `
select `+orderColumns+` from unnest($1::uuid[]) as k(id) join orders t on t.id = k.id`)
)

// newestFirst is the bound of a page that is read from the newest on: the mark, or beyond all that can be where there is none.
func newestFirst(at time.Time, id retail.ID) []byte {
	if id.IsZero() {
		at = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return timeParam(at)
}

// idArray is an array parameter.
func idArray(ids []retail.ID) []byte {
	r := newRows([]column{{"id", "uuid"}}, false)
	for _, id := range ids {
		r.id(id).end()
	}
	return r.params()[0]
}

// Purchases returns the history of a customer, newest first, after a mark.
func (db *DB) Purchases(ctx context.Context, customer retail.ID, after retail.PurchaseMark, limit int) ([]retail.Purchase, error) {
	at := newestFirst(after.OccurredAt, after.Entity)
	return all(ctx, db, purchasesOf, readPurchase, idParam(customer), at, idParam(after.Entity), int8Param(int64(limit)))
}

// OrdersByID returns orders, in any order.
func (db *DB) OrdersByID(ctx context.Context, ids []retail.ID) ([]retail.Order, error) {
	return db.orders(ctx, ordersByID, idArray(ids))
}

// ReturnsByID returns returns, in any order.
func (db *DB) ReturnsByID(ctx context.Context, ids []retail.ID) ([]retail.Return, error) {
	return all(ctx, db, returnByID, readReturn, idArray(ids))
}

// InvoicesByID returns documents, in any order.
func (db *DB) InvoicesByID(ctx context.Context, ids []retail.ID) ([]retail.Invoice, error) {
	return all(ctx, db, invoicesByID, readInvoice, idArray(ids))
}
