package postgres

import (
	"context"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var stockReasons = whole(retail.TableStockReasons, newTable("stock_reasons", 1, "code text", "name text", "acts text", "retired bool",
	"recorded_at timestamptz", "version int8"), readStockReason, writeStockReason)

func writeStockReason(r *rows, reason retail.StockReason) {
	r.text(reason.Code).text(reason.Name).text(toJSON(reason.Acts)).bool(reason.Retired).time(reason.RecordedAt).int8(reason.Version).end()
}

func readStockReason(r *record) (retail.StockReason, error) {
	reason := retail.StockReason{Code: r.text(), Name: r.text()}
	if err := r.json(&reason.Acts); err != nil {
		return reason, fmt.Errorf("acts of the reason %s: %w", reason.Code, err)
	}
	reason.Retired, reason.RecordedAt, reason.Version = r.bool(), r.time(), r.int8()
	return reason, nil
}

var stockReasonColumns = prefixed(stockReasons.table.columns)

var (
	stockReasonByCode = readStatement("stock_reason_by_code", `
select `+stockReasonColumns+` from stock_reasons t where t.code = $1`)

	stockReasonsAfter = readStatement("stock_reasons_after", `
select `+stockReasonColumns+` from stock_reasons t where t.code > $1 order by t.code limit $2`)
)

// StockReason returns a reason as this process last put it, or as it was at most a second ago; where nobody has put it, the
// standard one.
func (db *DB) StockReason(ctx context.Context, code string) (retail.StockReason, bool, error) {
	return db.caches.stockReasons.get(ctx, code, func(ctx context.Context) (retail.StockReason, bool, error) {
		reason, found, err := one(ctx, db, stockReasonByCode, readStockReason, []byte(code))
		if err == nil && !found {
			reason, found = retail.StandardReason(code)
		}
		return reason, found, err
	})
}

// StockReasons returns reasons by code, after one: those that were put, and the standard ones that were not.
func (db *DB) StockReasons(ctx context.Context, after string, limit int) ([]retail.StockReason, error) {
	put, err := all(ctx, db, stockReasonsAfter, readStockReason, []byte(after), int8Param(int64(limit)))
	if err != nil {
		return nil, err
	}
	return retail.WithStandardReasons(put, after, limit), nil
}
