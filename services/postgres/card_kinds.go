package postgres

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

var cardKinds = whole(retail.TableCardKinds, newTable("card_kinds", 1, "code text", "name text", "currency text", "most_balance_minor int8",
	"least_load_minor int8", "most_load_minor int8", "valid_months int4", "renewed bool", "retired bool", "recorded_at timestamptz",
	"version int8"), readCardKind, writeCardKind)

func writeCardKind(r *rows, k retail.CardKind) {
	r.text(k.Code).text(k.Name).text(k.Currency).int8(k.MostBalanceMinor).int8(k.LeastLoadMinor).int8(k.MostLoadMinor).int4(k.ValidMonths).
		bool(k.Renewed).bool(k.Retired).time(k.RecordedAt).int8(k.Version).end()
}

func readCardKind(r *record) (retail.CardKind, error) {
	return retail.CardKind{
		Code: r.text(), Name: r.text(), Currency: r.text(), MostBalanceMinor: r.int8(), LeastLoadMinor: r.int8(), MostLoadMinor: r.int8(),
		ValidMonths: r.int4(), Renewed: r.bool(), Retired: r.bool(), RecordedAt: r.time(), Version: r.int8(),
	}, nil
}

// terms writes what a gift card was sold by, which a card of no kind has none of.
func (r *rows) terms(t retail.CardTerms) *rows {
	return r.textOrNull(t.Kind).int4OrNull(t.ValidMonths).trueOrNull(t.Renewed)
}

func (r *record) terms() retail.CardTerms {
	return retail.CardTerms{Kind: r.text(), ValidMonths: r.int4Or0(), Renewed: r.isTrue()}
}

var cardKindColumns = prefixed(cardKinds.table.columns)

var (
	cardKindByCode = readStatement("card_kind_by_code", `
select `+cardKindColumns+` from card_kinds t where t.code = $1`)

	cardKindsAfter = readStatement("card_kinds_after", `
select `+cardKindColumns+` from card_kinds t where t.code > $1 order by t.code limit $2`)
)

// CardKind returns a kind of gift card as this process last put it, or as it was at most a second ago.
func (db *DB) CardKind(ctx context.Context, code string) (retail.CardKind, bool, error) {
	return db.caches.cardKinds.get(ctx, code, func(ctx context.Context) (retail.CardKind, bool, error) {
		return one(ctx, db, cardKindByCode, readCardKind, []byte(code))
	})
}

// CardKinds returns kinds of gift cards by code, after one.
func (db *DB) CardKinds(ctx context.Context, after string, limit int) ([]retail.CardKind, error) {
	return all(ctx, db, cardKindsAfter, readCardKind, []byte(after), int8Param(int64(limit)))
}
