package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

var blindTerms = whole(retail.TableBlindTerms, newTable("blind_terms", 1, "currency text", "price_days int4", "refund_kinds text",
	"recorded_at timestamptz", "version int8"), readBlindTerms, writeBlindTerms)

func writeBlindTerms(r *rows, t retail.BlindTerms) {
	r.text(t.Currency).int4(t.PriceDays).text(toJSON(t.RefundKinds)).time(t.RecordedAt).int8(t.Version).end()
}

func readBlindTerms(r *record) (retail.BlindTerms, error) {
	t := retail.BlindTerms{Currency: r.text(), PriceDays: r.int4()}
	if err := r.json(&t.RefundKinds); err != nil {
		return t, fmt.Errorf("terms of returns without a receipt in %s: %w", t.Currency, err)
	}
	t.RecordedAt, t.Version = r.time(), r.int8()
	return t, nil
}

var (
	blindTermsOf = readStatement("blind_terms_of", `
select `+prefixed(blindTerms.table.columns)+` from blind_terms t where t.currency = $1`)

	// Ids of orders grow with time, so that of what was sold very often the newest lines are looked at.
	lowestSold = readStatement("lowest_sold", `
select k.sku, m.minor
from unnest($1::text[]) as k(sku)
cross join lateral (
    select min(l.minor)
    from (
        select t.order_id, t.gross_minor / t.quantity as minor
        from order_lines t where t.sku = k.sku and t.fulfilled > 0 order by t.order_id desc limit $4::int8
    ) l
    join orders o on o.id = l.order_id
    where o.currency = $2 and o.occurred_at >= $3::timestamptz and l.minor > 0
) m(minor)
where m.minor is not null`)
)

// lowestSoldMax is how many lines of one SKU are looked at for its lowest price, the newest: more than a shop sells in a month of nearly all,
// and read in a few dozen milliseconds.
const lowestSoldMax = 10_000

// BlindTerms returns the terms of a currency as this process last put them, or as they were at most a second ago.
func (db *DB) BlindTerms(ctx context.Context, currency string) (retail.BlindTerms, bool, error) {
	return db.caches.blindTerms.get(ctx, currency, func(ctx context.Context) (retail.BlindTerms, bool, error) {
		return one(ctx, db, blindTermsOf, readBlindTerms, []byte(currency))
	})
}

// LowestSold returns the least that was paid in a currency for one unit of each SKU that was sold since, with tax and rounded down.
func (db *DB) LowestSold(ctx context.Context, skus []string, currency string, since time.Time) (map[string]int64, error) {
	lowest := map[string]int64{}
	_, err := all(ctx, db, lowestSold, func(r *record) (sku string, err error) {
		sku = r.text()
		lowest[sku] = r.int8()
		return sku, nil
	}, textArray(skus), []byte(currency), timeParam(since), int8Param(lowestSoldMax))
	return lowest, err
}
