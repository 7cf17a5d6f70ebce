package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
)

// shopifyVariant is a row with a variant. It is found again by its option values, not by a SKU that may have been derived.
type shopifyVariant struct {
	values               []string
	sku, barcode         string
	price                *big.Rat // nil: none that can be kept
	units                int64
	priceText, unitsText string
}

// shopifyProduct is the rows of one handle.
type shopifyProduct struct {
	handle, title, vendor, kind string
	options                     int
	variants                    []shopifyVariant
}

// decimals of currencies that do not have two (ISO 4217) and that shops use.
var decimals = map[string]int{"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}

// shopify compares product files with the catalogue, the prices and the opening stock.
func shopify(ctx context.Context, l Ledger, conn grpc.ClientConnInterface, o Options) (Differences, error) {
	d := Differences{}
	received := map[string]int64{}
	for in, err := range l.Receipts(ctx, "opening stock") {
		if err != nil {
			return d, err
		}
		if in.Location == o.Location {
			received[in.SKU] += in.Units
		}
	}
	catalog := catalogv1.NewCatalogServiceClient(conn)
	for _, path := range o.Files {
		products, err := shopifyProducts(path, &d)
		if err != nil {
			return d, err
		}
		for _, product := range products {
			if err := product.compare(ctx, catalog, received, o, &d); err != nil {
				return d, err
			}
		}
	}
	return d, nil
}

// shopifyProducts reads a file.
func shopifyProducts(path string, d *Differences) ([]*shopifyProduct, error) {
	var products []*shopifyProduct
	err := readRows(path, func(header []string, r row) error {
		d.Lines++
		if r.cells == nil {
			d.Rejected++
			return nil
		}
		cell := func(names ...string) string {
			for _, name := range names {
				if text := r.cells[name]; text != "" {
					return text
				}
			}
			return ""
		}
		handle := cell("handle", "url handle")
		if len(products) == 0 || products[len(products)-1].handle != handle {
			product := &shopifyProduct{handle: handle, title: cell("title"), vendor: cell("vendor"), kind: cell("type", "product category")}
			for product.options < 3 && cell(fmt.Sprintf("option%d name", product.options+1)) != "" {
				product.options++
			}
			if cell("option1 name") == "Title" && cell("option1 value") == "Default Title" {
				product.options = 0
			}
			products = append(products, product)
		}
		product := products[len(products)-1]
		variant := shopifyVariant{
			sku: strings.TrimPrefix(cell("variant sku", "sku"), "'"), barcode: barcode14(cell("variant barcode", "barcode")),
			priceText: cell("variant price", "price"), unitsText: cell("variant inventory qty", "inventory quantity"),
		}
		for i := range product.options {
			variant.values = append(variant.values, cell(fmt.Sprintf("option%d value", i+1)))
		}
		switch {
		case cell("title", "variant sku", "sku", "variant price", "price", "variant barcode", "barcode", "option1 value") == "":
			d.Imported++ // a picture
		case slices.Contains(variant.values, "") || product.has(variant):
			d.Rejected++
		default:
			d.Imported++
			variant.price, _ = numberOf(variant.priceText)
			if units, ok := numberOf(variant.unitsText); ok && units.IsInt() {
				variant.units = units.Num().Int64()
			}
			product.variants = append(product.variants, variant)
		}
		return nil
	})
	return products, err
}

// has tells whether a variant of the same SKU or the same values is there.
func (p *shopifyProduct) has(v shopifyVariant) bool {
	return slices.ContainsFunc(p.variants, func(other shopifyVariant) bool {
		return v.sku != "" && other.sku == v.sku || slices.Equal(other.values, v.values)
	})
}

// barcode14 is a barcode as 14 digits; empty where its check digit is wrong or it has none.
func barcode14(written string) string {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -'", r) {
			return -1
		}
		return r
	}, written)
	if !slices.Contains([]int{8, 12, 13, 14}, len(digits)) || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	digits = strings.Repeat("0", 14-len(digits)) + digits
	sum := 0
	for i, digit := range digits {
		sum += int(digit-'0') * []int{3, 1}[i%2]
	}
	if sum%10 != 0 {
		return ""
	}
	return digits
}

// codeMax is the longest code the catalogue has.
const codeMax = 64

// compare holds one product against the catalogue.
func (p *shopifyProduct) compare(
	ctx context.Context, catalog catalogv1.CatalogServiceClient, received map[string]int64, o Options, d *Differences,
) error {
	if len([]rune(p.handle)) > codeMax {
		d.Notes = append(d.Notes, fmt.Sprintf("product %s has a handle too long for a code, and was not compared", p.handle))
		return nil
	}
	at := func(what, sku, expected, found string) {
		d.add(Difference{What: what, Location: p.handle, SKU: sku, Expected: expected, Found: found})
	}
	product, err := catalog.GetProduct(ctx, &catalogv1.GetProductRequest{Code: p.handle})
	if status.Code(err) == codes.NotFound || status.Code(err) == codes.InvalidArgument {
		at("product", "", "there", "missing")
		return nil
	}
	if err != nil {
		return err
	}
	at("title", "", p.title, product.GetTitle())
	at("brand", "", p.vendor, product.GetBrand())
	at("department", "", p.kind, product.GetDepartment())
	at("variants", "", fmt.Sprint(len(p.variants)), fmt.Sprint(len(product.GetVariants())))
	prices, err := pricesOf(ctx, catalog, product, o.PriceList)
	if err != nil {
		return err
	}
	for _, variant := range p.variants {
		i := slices.IndexFunc(product.GetVariants(), func(v *catalogv1.Variant) bool {
			return slices.Equal(v.GetOptionValues(), variant.values)
		})
		if i < 0 {
			at("variant "+strings.Join(variant.values, ", "), variant.sku, "there", "missing")
			continue
		}
		found := product.GetVariants()[i]
		sku := found.GetSku()
		at("SKU", sku, cmp.Or(variant.sku, sku), sku)
		var barcodes []string
		for _, written := range found.GetBarcodes() {
			barcodes = append(barcodes, barcode14(written))
		}
		at("barcode", sku, variant.barcode, strings.Join(barcodes, " "))
		at("price", sku, variant.minor(o.Currency), prices[sku])
		at("opening units", sku, fmt.Sprint(variant.units), fmt.Sprint(received[sku]))
	}
	return nil
}

// minor is the variant's price in minor units; empty where it has none, or a finer one.
func (v shopifyVariant) minor(currency string) string {
	exponent, ok := decimals[currency]
	if !ok {
		exponent = 2
	}
	if v.price == nil {
		return ""
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil)
	minor := new(big.Rat).Mul(v.price, new(big.Rat).SetInt(power))
	if !minor.IsInt() {
		return ""
	}
	return fmt.Sprintf("%s %s", minor.Num(), currency)
}

// pricesPerCall is how many variants one question for prices may name.
const pricesPerCall = 200

// pricesOf returns the prices of a product's variants that always were and hold until further notice.
func pricesOf(ctx context.Context, catalog catalogv1.CatalogServiceClient, product *catalogv1.Product, list string) (map[string]string, error) {
	prices := map[string]string{}
	for part := range slices.Chunk(product.GetVariants(), pricesPerCall) {
		request := &catalogv1.ListPricesRequest{PriceList: list}
		for _, variant := range part {
			request.Skus = append(request.Skus, variant.GetSku())
		}
		found, err := catalog.ListPrices(ctx, request)
		if err != nil {
			return nil, err
		}
		for _, price := range found.GetPrices() {
			if price.GetValidFrom() == nil && price.GetValidUntil() == nil {
				money := price.GetUnitPrice()
				prices[price.GetSku()] = fmt.Sprintf("%d %s", money.GetAmountMinor(), money.GetCurrencyCode())
			}
		}
	}
	return prices, nil
}
