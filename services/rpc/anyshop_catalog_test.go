package rpc

import (
	"context"
	"slices"
	"strings"

	"github.com/aisle-retail/aisle/services/retail"
)

// What a shop in memory has in its catalogue.

func (m *memory) Product(_ context.Context, code string) (retail.Product, bool, error) {
	return one[retail.Product](m, retail.ProductKey(code))
}

func (m *memory) Products(_ context.Context, query, after string, limit int) ([]retail.Product, error) {
	return all(m, limit, func(p retail.Product) bool { return p.Code > after && strings.Contains(p.Title+p.Code, query) })
}

func (m *memory) ProductByBarcode(ctx context.Context, gtin string) (string, retail.Product, bool, error) {
	barcode, _, _ := one[retail.Barcode](m, retail.BarcodeKey(gtin))
	sku, _, _ := one[retail.SKU](m, retail.SKUKey(barcode.SKU))
	product, found, err := m.Product(ctx, sku.Product)
	return sku.Code, product, found, err
}

func (m *memory) ProductBySKU(ctx context.Context, code string) (string, retail.Product, bool, error) {
	sku, _, _ := one[retail.SKU](m, retail.SKUKey(code))
	if sku.AliasOf != "" {
		code = sku.AliasOf
	}
	product, found, err := m.Product(ctx, sku.Product)
	return code, product, found, err
}

func (m *memory) RealSKUs(_ context.Context, skus []string) ([]string, error) {
	skus = slices.Clone(skus)
	for i := range skus {
		if sku, _, _ := one[retail.SKU](m, retail.SKUKey(skus[i])); sku.AliasOf != "" {
			skus[i] = sku.AliasOf
		}
	}
	return skus, nil
}

func (m *memory) Attributes(_ context.Context, after string, limit int) ([]retail.Attribute, error) {
	return all(m, limit, func(a retail.Attribute) bool { return a.Code > after })
}

func (m *memory) ProductsByCode(_ context.Context, codes []string) ([]retail.Product, error) {
	return all(m, noLimit, func(p retail.Product) bool { return slices.Contains(codes, p.Code) })
}

func (m *memory) AllAttributes(context.Context) ([]retail.Attribute, error) {
	return all(m, noLimit, func(retail.Attribute) bool { return true })
}

func (m *memory) SearchVocabulary(context.Context) (words []string, _ error) {
	products, err := all(m, noLimit, func(retail.Product) bool { return true })
	for _, p := range products {
		words = append(words, retail.SearchTextOf(p).Vocabulary...)
	}
	return words, err
}

// SearchProducts finds by the beginnings of words, and does not judge how well they fit.
func (m *memory) SearchProducts(
	_ context.Context, slots []retail.SearchSlot, _ string, _ int64, after string, limit int,
) (found []retail.FoundProduct, _ error) {
	products, err := all(m, limit, func(p retail.Product) bool {
		text := retail.SearchTextOf(p).Words
		has := func(slot retail.SearchSlot) bool {
			begins := func(word string) bool { return strings.Contains(text, " "+word) }
			return slices.ContainsFunc(slot.Beginnings, begins) || slices.ContainsFunc(slot.Marks, begins)
		}
		return p.Code > after && !slices.ContainsFunc(slots, func(slot retail.SearchSlot) bool { return !has(slot) })
	})
	for _, p := range products {
		found = append(found, retail.FoundProduct{Product: p, Score: 1})
	}
	return found, err
}

func (m *memory) KnownSKUs(_ context.Context, skus []string) (missing []string, _ error) {
	for _, code := range skus {
		if sku, found, _ := one[retail.SKU](m, retail.SKUKey(code)); !found || sku.AliasOf != "" {
			missing = append(missing, code)
		}
	}
	return missing, nil
}

func (m *memory) Prices(_ context.Context, list string, skus []string) ([]retail.VariantPrices, error) {
	return all(m, noLimit, func(v retail.VariantPrices) bool { return v.PriceList == list && slices.Contains(skus, v.SKU) })
}

func (m *memory) Items(ctx context.Context, refs []retail.ItemRef, list string) ([]retail.Item, error) {
	items := make([]retail.Item, len(refs))
	for i, ref := range refs {
		if barcode, found, _ := one[retail.Barcode](m, retail.BarcodeKey(ref.GTIN)); found {
			ref.SKU = barcode.SKU
		}
		sku, known, _ := one[retail.SKU](m, retail.SKUKey(ref.SKU))
		product, _, _ := m.Product(ctx, sku.Product)
		prices, _, _ := one[retail.VariantPrices](m, retail.VariantPricesKey(list, ref.SKU))
		items[i] = retail.Item{
			SKU: sku.Code, Title: product.Title, TaxCategory: product.TaxCategory, ReturnDays: retail.DefaultReturnDays, Prices: prices.Prices, Found: known,
			Product: product.Code, Department: product.Department, Brand: product.Brand,
		}
	}
	return items, nil
}

func (m *memory) PriceList(_ context.Context, code string) (retail.PriceList, bool, error) {
	return one[retail.PriceList](m, retail.PriceListKey(code))
}
