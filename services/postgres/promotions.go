package postgres

import (
	"context"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var promotions = whole(retail.TablePromotions, newTable("promotions", 1, "code text", "name text", "rule text", "valid_until timestamptz",
	"retired bool", "recorded_at timestamptz", "version int8"), readPromotion, writePromotion)

func writePromotion(r *rows, p retail.Promotion) {
	r.text(p.Code).text(p.Name).text(toJSON(p.Rule)).timeOrNull(p.ValidUntil).bool(p.Retired).time(p.RecordedAt).int8(p.Version).end()
}

func readPromotion(r *record) (retail.Promotion, error) {
	p := retail.Promotion{Code: r.text(), Name: r.text()}
	if err := r.json(&p.Rule); err != nil {
		return p, fmt.Errorf("rule of promotion %s: %w", p.Code, err)
	}
	p.ValidUntil, p.Retired, p.RecordedAt, p.Version = r.timeOrZero(), r.bool(), r.time(), r.int8()
	return p, nil
}

var promotionColumns = prefixed(promotions.table.columns)

var (
	promotionByCode = readStatement("promotion_by_code", `
select `+promotionColumns+` from promotions t where t.code = $1`)

	promotionsAfter = readStatement("promotions_after", `
select `+promotionColumns+` from promotions t where t.code > $1 order by t.code limit $2`)

	// Two that are put at once may both have been let in, so that there may be some more than the limit.
	promotionsLasting = readStatement("promotions_lasting", `
select `+promotionColumns+` from promotions t where not t.retired and (t.valid_until is null or t.valid_until > clock_timestamp())
order by t.code`)
)

// Promotion returns a promotion as it is.
func (db *DB) Promotion(ctx context.Context, code string) (retail.Promotion, bool, error) {
	return one(ctx, db, promotionByCode, readPromotion, []byte(code))
}

// PromotionsAfter returns promotions by code, after one.
func (db *DB) PromotionsAfter(ctx context.Context, after string, limit int) ([]retail.Promotion, error) {
	return all(ctx, db, promotionsAfter, readPromotion, []byte(after), int8Param(int64(limit)))
}

// Promotions returns those that are not retired and have not ended, as this process last put them, or as they were at most a second
// ago. Callers must not change them.
func (db *DB) Promotions(ctx context.Context) ([]retail.Promotion, error) {
	lasting, _, err := db.caches.promotions.get(ctx, "", func(ctx context.Context) ([]retail.Promotion, bool, error) {
		lasting, err := all(ctx, db, promotionsLasting, readPromotion)
		return lasting, true, err
	})
	return lasting, err
}
