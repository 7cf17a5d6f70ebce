package retail

import "testing"

func TestPutTaxRates(t *testing.T) {
	m := newMasterData(t)
	accept(m, PutTaxCategory{Transaction: ID{1}, TaxCategory: TaxCategory{Code: "standard", Name: "Standard"}})

	t.Run("refuses a rate of a category that is not there", func(t *testing.T) {
		refuse(m, PutTaxRates{Transaction: ID{2}, TaxRates: TaxRates{Jurisdiction: "ES", Rates: []TaxRate{
			{Category: "standard", Code: "ES-VAT-21", PPM: 210_000}, {Category: "books", Code: "ES-VAT-4", PPM: 40_000},
		}}}, UnknownTaxCategory, "rates[1].tax_category")
	})
	t.Run("replaces all rates of a jurisdiction", func(t *testing.T) {
		accept(m, PutTaxRates{Transaction: ID{3}, TaxRates: TaxRates{Jurisdiction: "ES", Rates: []TaxRate{
			{Category: "standard", Code: "ES-VAT-18", PPM: 180_000, ValidUntil: day(10)},
			{Category: "standard", Code: "ES-VAT-21", PPM: 210_000, ValidFrom: day(10)},
		}}})
		got := accept(m, PutTaxRates{Transaction: ID{4}, TaxRates: TaxRates{Jurisdiction: "ES", Rates: []TaxRate{
			{Category: "standard", Code: "ES-VAT-10", PPM: 100_000},
		}}})
		if len(got.Rates) != 1 || got.Version != 2 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("renames a category and keeps its rates", func(t *testing.T) {
		got := accept(m, PutTaxCategory{Transaction: ID{5}, TaxCategory: TaxCategory{Code: "standard", Name: "Normal"}})
		if got.Version != 2 || m.rows[TaxRatesKey("ES")].(TaxRates).Version != 2 {
			t.Errorf("got %+v", got)
		}
	})
}
