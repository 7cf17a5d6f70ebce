package postgres

import (
	"context"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var priceLists = whole(retail.TablePriceLists, newTable("price_lists", 1, "code text", "name text", "currency text",
	"tax_included bool", "recorded_at timestamptz", "version int8"), readPriceList, writePriceList)

func writePriceList(r *rows, l retail.PriceList) {
	r.text(l.Code).text(l.Name).text(l.Currency).bool(l.TaxIncluded).time(l.RecordedAt).int8(l.Version).end()
}

func readPriceList(r *record) (retail.PriceList, error) {
	return retail.PriceList{
		Code: r.text(), Name: r.text(), Currency: r.text(), TaxIncluded: r.bool(), RecordedAt: r.time(), Version: r.int8(),
	}, nil
}

var prices = whole(retail.TablePrices, newTable("prices", 2, "price_list text", "sku text", "prices text",
	"recorded_at timestamptz", "version int8"), readPrices, writePrices)

func writePrices(r *rows, v retail.VariantPrices) {
	r.text(v.PriceList).text(v.SKU).text(toJSON(v.Prices)).time(v.RecordedAt).int8(v.Version).end()
}

func readPrices(r *record) (retail.VariantPrices, error) {
	v := retail.VariantPrices{PriceList: r.text(), SKU: r.text()}
	if err := r.json(&v.Prices); err != nil {
		return v, fmt.Errorf("prices of %s in %s: %w", v.SKU, v.PriceList, err)
	}
	v.RecordedAt, v.Version = r.time(), r.int8()
	return v, nil
}

var (
	priceListByCode = readStatement("price_list_by_code", `
select `+prefixed(priceLists.table.columns)+` from price_lists t where t.code = $1`)

	pricesOfSKUs = readStatement("prices_of_skus", `
select `+prefixed(prices.table.columns)+` from prices t where t.price_list = $1 and t.sku = any($2::text[]) order by t.sku`)
)

// PriceList returns a price list as this process last put it, or as it was at most a second ago. Its currency, and
// whether it includes tax, never change.
func (db *DB) PriceList(ctx context.Context, code string) (retail.PriceList, bool, error) {
	return db.caches.priceLists.get(ctx, code, func(ctx context.Context) (retail.PriceList, bool, error) {
		return one(ctx, db, priceListByCode, readPriceList, []byte(code))
	})
}

// Prices returns the prices of variants in a list, by SKU; a variant without any is left out.
func (db *DB) Prices(ctx context.Context, list string, skus []string) ([]retail.VariantPrices, error) {
	return all(ctx, db, pricesOfSKUs, readPrices, []byte(list), textArray(skus))
}
