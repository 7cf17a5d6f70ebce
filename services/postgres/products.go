package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aisle-retail/aisle/services/retail"
)

var products = whole(retail.TableProducts, newTable("products", 1, "code text", "title text", "description text", "brand text",
	"department text", "tax_category text", "options text", "variants text", "recorded_at timestamptz", "version int8",
	"return_days int4", "attributes text", "translations text", "images text"),
	readProduct, writeProduct).and(func(w *writer, after retail.Row) { writeSearch(w, after.(retail.Product)) })

func writeProduct(r *rows, p retail.Product) {
	r.text(p.Code).text(p.Title).text(p.Description).text(p.Brand).text(p.Department).text(p.TaxCategory).text(toJSON(p.Options)).
		text(toJSON(p.Variants)).time(p.RecordedAt).int8(p.Version)
	if p.ReturnDays == nil {
		r.put(nil)
	} else {
		r.int4(*p.ReturnDays)
	}
	listOrNull(r, p.Attributes)
	listOrNull(r, p.Translations)
	listOrNull(r, p.Images)
	r.end()
}

func readProduct(r *record) (retail.Product, error) {
	p := retail.Product{
		Code: r.text(), Title: r.text(), Description: r.text(), Brand: r.text(), Department: r.text(), TaxCategory: r.text(),
	}
	if err := r.json(&p.Options); err != nil {
		return p, fmt.Errorf("options of product %s: %w", p.Code, err)
	}
	if err := r.json(&p.Variants); err != nil {
		return p, fmt.Errorf("variants of product %s: %w", p.Code, err)
	}
	p.RecordedAt, p.Version = r.time(), r.int8()
	if r.isNull() {
		r.at++
	} else {
		days := r.int4()
		p.ReturnDays = &days
	}
	for _, column := range []struct {
		what string
		into any
	}{{"attributes", &p.Attributes}, {"translations", &p.Translations}, {"images", &p.Images}} {
		if r.isNull() {
			r.at++
		} else if err := r.json(column.into); err != nil {
			return p, fmt.Errorf("%s of product %s: %w", column.what, p.Code, err)
		}
	}
	return p, nil
}

var _ = whole(retail.TableVariants, newTable("variants", 1, "sku text", "product text", "recorded_at timestamptz",
	"alias_of text").append(), readSKU, writeSKU)

func writeSKU(r *rows, k retail.SKU) {
	r.text(k.Code).text(k.Product).time(k.RecordedAt).textOrNull(k.AliasOf).end()
}

func readSKU(r *record) (retail.SKU, error) {
	return retail.SKU{Code: r.text(), Product: r.text(), RecordedAt: r.time(), AliasOf: r.text()}, nil
}

var _ = whole(retail.TableBarcodes, newTable("barcodes", 1, "gtin text", "sku text", "recorded_at timestamptz", "version int8"),
	readBarcode, writeBarcode)

func writeBarcode(r *rows, b retail.Barcode) {
	r.text(b.GTIN).text(b.SKU).time(b.RecordedAt).int8(b.Version).end()
}

func readBarcode(r *record) (retail.Barcode, error) {
	return retail.Barcode{GTIN: r.text(), SKU: r.text(), RecordedAt: r.time(), Version: r.int8()}, nil
}

var productColumns = prefixed(products.table.columns)

var (
	productByCode = readStatement("product_by_code", `
select `+productColumns+` from products t where t.code = $1`)

	productsByCode = readStatement("products_by_code", `
select `+productColumns+` from products t where t.code = any($1::text[])`)

	productsAfter = readStatement("products_after", `
select `+productColumns+` from products t where t.code > $1 order by t.code limit $2`)

	productsLike = readStatement("products_like", `
select `+productColumns+` from products t
where t.code > $1 and (t.title ilike $3 or t.code ilike $3) order by t.code limit $2`)

	productByBarcode = readStatement("product_by_barcode", `
select b.sku, `+productColumns+`
from barcodes b join variants v on v.sku = b.sku join products t on t.code = v.product where b.gtin = $1`)

	productBySKU = readStatement("product_by_sku", `
select coalesce(v.alias_of, v.sku), `+productColumns+`
from variants v join products t on t.code = v.product where v.sku = $1`)

	// What is written names things by their SKU, and an alias is none.
	skusThatExist = readStatement("skus_that_exist", `
select t.sku from variants t where t.sku = any($1::text[]) and t.alias_of is null`)

	aliasesAmong = readStatement("aliases_among", `
select t.sku, t.alias_of from variants t where t.sku = any($1::text[]) and t.alias_of is not null`)

	// A barcode leads to a SKU, an alias to the SKU that it stands for, a SKU to its product and its prices; where one of them is
	// missing, what follows is null.
	itemsOf = readStatement("items_of", `
select coalesce(v.alias_of, v.sku), p.title, p.tax_category, p.return_days, r.prices, p.code, p.department, p.brand
from unnest($1::text[], $2::text[]) with ordinality as k(sku, gtin, n)
left join barcodes b on b.gtin = nullif(k.gtin, '')
left join variants v on v.sku = coalesce(b.sku, case when k.gtin = '' then k.sku end)
left join products p on p.code = v.product
left join prices r on r.price_list = $3 and r.sku = coalesce(v.alias_of, v.sku)
order by k.n`)
)

// Product returns a product.
func (db *DB) Product(ctx context.Context, code string) (retail.Product, bool, error) {
	return one(ctx, db, productByCode, readProduct, []byte(code))
}

// ProductsByCode returns those products among some that are there, in any order.
func (db *DB) ProductsByCode(ctx context.Context, codes []string) ([]retail.Product, error) {
	return all(ctx, db, productsByCode, readProduct, textArray(codes))
}

// likeEscape makes a text mean itself in a pattern.
var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Products returns products by code, after one: those whose title or code contains the query, in any case, or all.
func (db *DB) Products(ctx context.Context, query, after string, limit int) ([]retail.Product, error) {
	params := [][]byte{[]byte(after), int8Param(int64(limit))}
	if query == "" {
		return all(ctx, db, productsAfter, readProduct, params...)
	}
	return all(ctx, db, productsLike, readProduct, append(params, []byte("%"+likeEscape.Replace(query)+"%"))...)
}

// ProductByBarcode returns the product that has a variant with a barcode of 14 digits, and that variant's SKU.
func (db *DB) ProductByBarcode(ctx context.Context, gtin string) (sku string, product retail.Product, found bool, err error) {
	product, found, err = one(ctx, db, productByBarcode, func(r *record) (retail.Product, error) {
		sku = r.text()
		return readProduct(r)
	}, []byte(gtin))
	return sku, product, found, err
}

// ProductBySKU returns the product that has a variant with a SKU or an alias, and that variant's SKU.
func (db *DB) ProductBySKU(ctx context.Context, code string) (sku string, product retail.Product, found bool, err error) {
	product, found, err = one(ctx, db, productBySKU, func(r *record) (retail.Product, error) {
		sku = r.text()
		return readProduct(r)
	}, []byte(code))
	return sku, product, found, err
}

// RealSKUs returns SKUs with every alias among them replaced by the SKU that it stands for, in the order given. What is
// neither stays as it is.
func (db *DB) RealSKUs(ctx context.Context, skus []string) ([]string, error) {
	type alias struct{ code, of string }
	found, err := all(ctx, db, aliasesAmong, func(r *record) (alias, error) { return alias{r.text(), r.text()}, nil }, textArray(skus))
	if err != nil || len(found) == 0 {
		return skus, err
	}
	resolved := slices.Clone(skus)
	for _, a := range found {
		for i := range resolved {
			if skus[i] == a.code {
				resolved[i] = a.of
			}
		}
	}
	return resolved, nil
}

// KnownSKUs returns those SKUs that no product has, each once; an alias is not one. What is there is asked for once only: a SKU never ends.
func (db *DB) KnownSKUs(ctx context.Context, skus []string) (missing []string, err error) {
	asked := db.caches.knownSKUs.unknown(skus)
	if len(asked) == 0 {
		return nil, nil
	}
	found, err := all(ctx, db, skusThatExist, readText, textArray(asked))
	if err != nil {
		return nil, err
	}
	exists := make(map[string]bool, len(found))
	for _, sku := range found {
		exists[sku] = true
		db.caches.knownSKUs.add(sku)
	}
	for _, sku := range asked {
		if !exists[sku] {
			missing = append(missing, sku)
		}
	}
	return missing, nil
}

// Items returns what the catalogue knows of things to be sold, in the order asked, with their prices in one list, or
// without prices where none is named.
func (db *DB) Items(ctx context.Context, refs []retail.ItemRef, priceList string) ([]retail.Item, error) {
	skus, gtins := make([]string, len(refs)), make([]string, len(refs))
	for i, ref := range refs {
		skus[i], gtins[i] = ref.SKU, ref.GTIN
	}
	return all(ctx, db, itemsOf, readItem, textArray(skus), textArray(gtins), []byte(priceList))
}

func readItem(r *record) (retail.Item, error) {
	item := retail.Item{Found: r.values[0] != nil, SKU: r.text(), Title: r.text(), TaxCategory: r.text()}
	item.ReturnDays = retail.DefaultReturnDays
	if r.isNull() {
		r.at++
	} else {
		item.ReturnDays, item.OwnReturnDays = r.int4(), true
	}
	listed := r.next()
	item.Product, item.Department, item.Brand = r.text(), r.text(), r.text()
	if listed == nil {
		return item, nil
	}
	if err := json.Unmarshal(listed, &item.Prices); err != nil {
		return item, fmt.Errorf("prices of %s: %w", item.SKU, err)
	}
	return item, nil
}
