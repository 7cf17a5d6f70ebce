package postgres

import (
	"context"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var invoices = whole(retail.TableInvoices, newTable("invoices", 2, "location text", "id uuid", "point text", "number text", "kind text",
	"series text", "sequence int8", "order_id uuid", "return_id uuid", "transaction_id uuid", "original uuid", "original_number text",
	"customer uuid", "seller text", "buyer text", "currency text", "lines text", "taxes text", "occurred_at timestamptz",
	"issued_at timestamptz", "position int8", "previous text", "hash text").append(), readInvoice, writeInvoice)

func writeInvoice(r *rows, i retail.Invoice) {
	r.text(i.Location).id(i.ID).text(i.Point).text(i.Number).text(string(i.Kind)).text(i.Series).int8(i.Sequence).id(i.Order).
		id(i.Return).id(i.Transaction).id(i.Original).text(i.OriginalNumber).id(i.Customer).text(toJSON(i.Seller))
	jsonOrNull(r, i.Buyer).text(i.Currency).text(toJSON(i.Lines)).text(toJSON(i.Taxes)).time(i.OccurredAt).time(i.IssuedAt).
		int8(i.Position).text(i.Previous).text(i.Hash).end()
}

func readInvoice(r *record) (retail.Invoice, error) {
	i := retail.Invoice{
		Location: r.text(), ID: r.id(), Point: r.text(), Number: r.text(), Kind: retail.InvoiceKind(r.text()), Series: r.text(),
		Sequence: r.int8(), Order: r.id(), Return: r.id(), Transaction: r.id(), Original: r.id(), OriginalNumber: r.text(),
		Customer: r.id(),
	}
	if err := r.json(&i.Seller); err != nil {
		return i, fmt.Errorf("seller of invoice %s: %w", i.ID, err)
	}
	var err error
	if i.Buyer, err = jsonOrNil[retail.Party](r); err != nil {
		return i, fmt.Errorf("buyer of invoice %s: %w", i.ID, err)
	}
	i.Currency = r.text()
	for _, part := range []any{&i.Lines, &i.Taxes} {
		if err := r.json(part); err != nil {
			return i, fmt.Errorf("invoice %s: %w", i.ID, err)
		}
	}
	i.OccurredAt, i.IssuedAt, i.Position, i.Previous, i.Hash = r.time(), r.time(), r.int8(), r.text(), r.text()
	return i, nil
}

var issuingPoints = whole(retail.TableIssuingPoints, newTable("issuing_points", 2, "location text", "code text", "series text",
	"records int8", "head text", "version int8", "recorded_at timestamptz"), readPoint, writePoint)

func writePoint(r *rows, p retail.IssuingPoint) {
	r.text(p.Location).text(p.Code).text(toJSON(p.Series)).int8(p.Records).text(p.Head).int8(p.Version).time(p.RecordedAt).end()
}

func readPoint(r *record) (retail.IssuingPoint, error) {
	p := retail.IssuingPoint{Location: r.text(), Code: r.text()}
	if err := r.json(&p.Series); err != nil {
		return p, fmt.Errorf("series of issuing point %s/%s: %w", p.Location, p.Code, err)
	}
	p.Records, p.Head, p.Version, p.RecordedAt = r.int8(), r.text(), r.int8(), r.time()
	return p, nil
}

var invoiceColumns = prefixed(invoices.table.columns)

var (
	invoicesByID = readStatement("invoices_by_id", `
select `+invoiceColumns+` from unnest($1::uuid[]) as k(id) join invoices t on t.id = k.id`)

	invoiceByNumber = readStatement("invoice_by_number", `
select `+invoiceColumns+` from names n join invoices t on t.id = n.entity where n.kind = 'invoice' and n.value = $1`)

	invoicesOfOrder = readStatement("invoices_of_order", `
select `+invoiceColumns+` from invoices t where t.order_id = $1 order by t.issued_at, t.position`)

	invoicesOfPoint = readStatement("invoices_of_point", `
select `+invoiceColumns+` from invoices t where t.location = $1 and t.point = $2 and t.position > $3 order by t.position limit $4`)
)

// Invoice returns a document.
func (db *DB) Invoice(ctx context.Context, id retail.ID) (retail.Invoice, bool, error) {
	return one(ctx, db, invoicesByID, readInvoice, idArray([]retail.ID{id}))
}

// InvoiceByNumber returns the document that has a number.
func (db *DB) InvoiceByNumber(ctx context.Context, number string) (retail.Invoice, bool, error) {
	return one(ctx, db, invoiceByNumber, readInvoice, []byte(number))
}

// InvoicesOfOrder returns the documents of an order, in the order they were issued.
func (db *DB) InvoicesOfOrder(ctx context.Context, order retail.ID) ([]retail.Invoice, error) {
	return all(ctx, db, invoicesOfOrder, readInvoice, idParam(order))
}

// InvoicesOfPoint returns the documents of an issuing point in the order of its chain, after a position.
func (db *DB) InvoicesOfPoint(ctx context.Context, location, point string, after int64, limit int) ([]retail.Invoice, error) {
	return all(ctx, db, invoicesOfPoint, readInvoice, []byte(location), []byte(point), int8Param(after), int8Param(int64(limit)))
}
