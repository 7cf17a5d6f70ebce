package retail

import (
	"fmt"
	"time"
)

// TaxCategory groups what is taxed alike, such as "standard" or "books".
type TaxCategory struct {
	Code       string    `json:"code"`
	Name       string    `json:"name"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
}

// TaxCategoryKey names a tax category.
func TaxCategoryKey(code string) Key { return Key{Table: TableTaxCategories, Code: code} }

// Key names the category.
func (t TaxCategory) Key() Key { return TaxCategoryKey(t.Code) }

// LastRecorded is when the category was last put.
func (t TaxCategory) LastRecorded() time.Time { return t.RecordedAt }

// PutTaxCategory creates or renames a tax category.
type PutTaxCategory struct {
	Transaction ID
	TaxCategory TaxCategory
}

// Keys are the category.
func (c PutTaxCategory) Keys() []Key { return []Key{c.TaxCategory.Key()} }

// Decide refuses nothing.
func (c PutTaxCategory) Decide(s State, now time.Time) (Change, TaxCategory, error) {
	category := c.TaxCategory
	before, _ := lookup[TaxCategory](s, category.Key())
	// Nothing below this line can fail.
	category.Version, category.RecordedAt = before.Version+1, now
	change := put(c.Transaction, "TaxCategoryPut", "tax-category/"+category.Code, category.Code, category.Version, category)
	return change, category, nil
}

// TaxRates are all rates of one jurisdiction.
type TaxRates struct {
	// Jurisdiction is as locations name it, for example "ES" or "US-OH".
	Jurisdiction string    `json:"jurisdiction"`
	Rates        []TaxRate `json:"rates"`
	RecordedAt   time.Time `json:"recorded_at"`
	Version      int64     `json:"version"`
}

// TaxRatesKey names the rates of a jurisdiction.
func TaxRatesKey(jurisdiction string) Key { return Key{Table: TableTaxRates, Code: jurisdiction} }

// Key names the rates.
func (t TaxRates) Key() Key { return TaxRatesKey(t.Jurisdiction) }

// LastRecorded is when the rates were last put.
func (t TaxRates) LastRecorded() time.Time { return t.RecordedAt }

// PutTaxRates replaces all rates of one jurisdiction. Sales already made keep the rates they were made with.
type PutTaxRates struct {
	Transaction ID
	// TaxRates have no two rates of one category at one time.
	TaxRates TaxRates
}

// Keys are the jurisdiction and every category that has a rate.
func (c PutTaxRates) Keys() []Key {
	keys := []Key{c.TaxRates.Key()}
	named := map[string]bool{}
	for _, rate := range c.TaxRates.Rates {
		if !named[rate.Category] {
			named[rate.Category] = true
			keys = append(keys, TaxCategoryKey(rate.Category))
		}
	}
	return keys
}

// Decide refuses a rate of a category that is not there.
func (c PutTaxRates) Decide(s State, now time.Time) (Change, TaxRates, error) {
	rates := c.TaxRates
	for i, rate := range rates.Rates {
		if s.Row(TaxCategoryKey(rate.Category)) == nil {
			return Change{}, TaxRates{}, RefuseField(UnknownTaxCategory, fmt.Sprintf("rates[%d].tax_category", i),
				"there is no tax category %s", rate.Category).With("tax_category", rate.Category)
		}
	}
	before, _ := lookup[TaxRates](s, rates.Key())
	// Nothing below this line can fail.
	rates.Version, rates.RecordedAt = before.Version+1, now
	return put(c.Transaction, "TaxRatesPut", "tax-rates/"+rates.Jurisdiction, rates.Jurisdiction, rates.Version, rates), rates, nil
}
