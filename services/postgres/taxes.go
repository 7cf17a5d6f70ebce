package postgres

import (
	"context"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var _ = whole(retail.TableTaxCategories, newTable("tax_categories", 1, "code text", "name text", "recorded_at timestamptz",
	"version int8"), readTaxCategory, writeTaxCategory)

func writeTaxCategory(r *rows, c retail.TaxCategory) {
	r.text(c.Code).text(c.Name).time(c.RecordedAt).int8(c.Version).end()
}

func readTaxCategory(r *record) (retail.TaxCategory, error) {
	return retail.TaxCategory{Code: r.text(), Name: r.text(), RecordedAt: r.time(), Version: r.int8()}, nil
}

var taxRates = whole(retail.TableTaxRates, newTable("tax_jurisdictions", 1, "code text", "rates text", "recorded_at timestamptz",
	"version int8"), readTaxRates, writeTaxRates)

func writeTaxRates(r *rows, t retail.TaxRates) {
	r.text(t.Jurisdiction).text(toJSON(t.Rates)).time(t.RecordedAt).int8(t.Version).end()
}

func readTaxRates(r *record) (retail.TaxRates, error) {
	t := retail.TaxRates{Jurisdiction: r.text()}
	if err := r.json(&t.Rates); err != nil {
		return t, fmt.Errorf("rates of %s: %w", t.Jurisdiction, err)
	}
	t.RecordedAt, t.Version = r.time(), r.int8()
	return t, nil
}

var taxRatesOf = readStatement("tax_rates_of", `
select `+prefixed(taxRates.table.columns)+` from tax_jurisdictions t where t.code = $1`)

// TaxRates returns the rates of a jurisdiction as this process last put them, or as they were at most a second ago; none
// where none were put.
func (db *DB) TaxRates(ctx context.Context, jurisdiction string) ([]retail.TaxRate, error) {
	rates, _, err := db.caches.taxRates.get(ctx, jurisdiction, func(ctx context.Context) ([]retail.TaxRate, bool, error) {
		return db.taxRatesNow(ctx, jurisdiction)
	})
	return rates, err
}

// TaxRatesNow returns the rates of a jurisdiction as they are; none where none were put.
func (db *DB) TaxRatesNow(ctx context.Context, jurisdiction string) ([]retail.TaxRate, error) {
	rates, _, err := db.taxRatesNow(ctx, jurisdiction)
	return rates, err
}

func (db *DB) taxRatesNow(ctx context.Context, jurisdiction string) ([]retail.TaxRate, bool, error) {
	rates, found, err := one(ctx, db, taxRatesOf, readTaxRates, []byte(jurisdiction))
	return rates.Rates, found, err
}
