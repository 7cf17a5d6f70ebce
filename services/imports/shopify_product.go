package imports

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	retailv1 "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// Limits of the contract that Shopify does not have.
const (
	codeRunesMax        = 64
	descriptionRunesMax = 20_000
)

// shopifyOptionsMax is how many options a product of Shopify has at most.
const shopifyOptionsMax = 3

// shopifyRow is one row: a variant, a picture, or both; the first of a product carries what all of them share.
type shopifyRow struct {
	origin
	handle, title, body, vendor, kind string
	optionNames, optionValues         [shopifyOptionsMax]string
	sku, barcode, price, quantity     string
	picture                           bool
}

func (c columns) requireShopify(path string) error {
	if _, renamed := c["url handle"]; renamed { // as Shopify calls it since 2024
		return c.require(path, "URL handle", "Title", "Option1 value", "Price")
	}
	return c.require(path, "Handle", "Title", "Option1 Value", "Variant Price")
}

func shopifyRowOf(at columns, fields []string, line origin) shopifyRow {
	row := shopifyRow{
		origin: line,
		handle: at.get(fields, "Handle", "URL handle"),
		title:  at.get(fields, "Title"),
		body:   at.get(fields, "Body (HTML)", "Description"),
		vendor: at.get(fields, "Vendor"),
		kind:   at.get(fields, "Type", "Product category"),
		// Shopify writes an apostrophe before digits, so that spreadsheets leave them alone.
		sku:      strings.TrimPrefix(at.get(fields, "Variant SKU", "SKU"), "'"),
		barcode:  strings.TrimPrefix(at.get(fields, "Variant Barcode", "Barcode"), "'"),
		price:    at.get(fields, "Variant Price", "Price"),
		quantity: at.get(fields, "Variant Inventory Qty", "Inventory quantity"),
		picture:  at.get(fields, "Image Src", "Product image URL") != "",
	}
	for i, n := range []string{"1", "2", "3"} {
		row.optionNames[i] = at.get(fields, "Option"+n+" Name")
		row.optionValues[i] = at.get(fields, "Option"+n+" Value")
	}
	return row
}

// isVariant tells a variant from a row that only adds a picture.
func (r shopifyRow) isVariant() bool {
	return r.title != "" || r.sku != "" || r.price != "" || r.barcode != "" || r.optionValues != [shopifyOptionsMax]string{}
}

// shopifyProduct is a product as it is sent, with the rows behind it.
type shopifyProduct struct {
	code    string
	request *catalogv1.PutProductRequest
	prices  []shopifyPrice
	stock   []shopifyStock
	// rows are those that are imported with the product, rejects those that are not; partly is what was left out of rows
	// that are imported.
	rows            []origin
	rejects, partly []Reject
	pictures        int64
	// options are how many options the product has.
	options int
	skus    map[string]bool
	gtins   map[string]bool
}

type shopifyPrice struct {
	origin origin
	*catalogv1.Price
}

type shopifyStock struct {
	origin origin
	*stockv1.ReceiveLine
}

// shopifyProductOf makes a product of its rows.
func shopifyProductOf(rows []shopifyRow, o Options) *shopifyProduct {
	first := rows[0]
	p := &shopifyProduct{code: shortened(first.handle), skus: map[string]bool{}, gtins: map[string]bool{}}
	product := &catalogv1.Product{
		Code: p.code, Title: first.title, Brand: first.vendor, Department: first.kind, TaxCategory: o.TaxCategory,
		Description: plainText(first.body),
	}
	if utf8.RuneCountInString(product.Description) > descriptionRunesMax {
		product.Description = string([]rune(product.Description)[:descriptionRunesMax-1]) + "…"
		p.partly = append(p.partly, first.reject(reasonDescription, "longer than %d characters", descriptionRunesMax))
	}
	// A product without options has one that is called Title and has one value.
	if first.optionNames[0] != "Title" || first.optionValues[0] != "Default Title" {
		for i := 0; i < shopifyOptionsMax && first.optionNames[i] != ""; i++ {
			product.Options = append(product.Options, &catalogv1.Option{Name: first.optionNames[i]})
		}
	}
	p.options = len(product.Options)
	for _, row := range rows {
		if row.picture {
			p.pictures++
		}
		if !row.isVariant() {
			p.rows = append(p.rows, row.origin)
			continue
		}
		p.add(row, product, o)
	}
	p.request = &catalogv1.PutProductRequest{Product: product}
	p.request.RequestId = statementID(p.request, "shopify", "product", p.code)
	if len(product.Variants) == 0 { // only rows that hang on a variant are left
		for _, line := range p.rows {
			p.rejects = append(p.rejects, line.reject(reasonMalformed, "product %s has no variant", p.code))
		}
		p.rows = nil
	}
	return p
}

// add adds a variant with its price and its stock.
func (p *shopifyProduct) add(row shopifyRow, product *catalogv1.Product, o Options) {
	values := row.optionValues[:p.options]
	if slices.Contains(values, "") {
		p.rejects = append(p.rejects, row.reject(reasonMalformed, "a value of %d options is missing", p.options))
		return
	}
	sku := row.sku
	if sku == "" {
		sku = derivedSKU(row.handle, values)
	}
	if p.skus[sku] {
		p.rejects = append(p.rejects, row.reject(reasonTwice, "the product has SKU %s already", sku))
		return
	}
	p.skus[sku] = true
	p.rows = append(p.rows, row.origin)
	variant := &catalogv1.Variant{Sku: sku, OptionValues: values}
	for i, value := range values {
		if option := product.Options[i]; !slices.Contains(option.Values, value) {
			option.Values = append(option.Values, value)
		}
	}
	if row.barcode != "" {
		gtin, err := gtinOf(row.barcode)
		switch {
		case err != nil:
			p.partly = append(p.partly, row.reject(reasonBarcode, "%s", err))
		case p.gtins[gtin]:
			p.partly = append(p.partly, row.reject(reasonBarcode, "the product has barcode %s already", gtin))
		default:
			p.gtins[gtin] = true
			variant.Barcodes = []string{gtin}
		}
	}
	product.Variants = append(product.Variants, variant)
	p.addPrice(row, sku, o.Currency)
	p.addStock(row, sku)
}

func (p *shopifyProduct) addPrice(row shopifyRow, sku, currency string) {
	price, err := parseDecimal(row.price)
	unitMinor, exact := int64(0), false
	if err == nil {
		unitMinor, exact, err = price.minor(exponentOf(currency))
	}
	switch {
	case row.price == "":
		p.partly = append(p.partly, row.reject(reasonPrice, "there is none"))
	case err != nil:
		p.partly = append(p.partly, row.reject(reasonPrice, "%q %s", row.price, err))
	case unitMinor < 0:
		p.partly = append(p.partly, row.reject(reasonPrice, "%q is negative", row.price))
	case !exact:
		p.partly = append(p.partly, row.reject(reasonPrice, "%q is finer than the smallest unit of %s", row.price, currency))
	default:
		money := &retailv1.Money{CurrencyCode: currency, AmountMinor: unitMinor}
		p.prices = append(p.prices, shopifyPrice{row.origin, &catalogv1.Price{Sku: sku, UnitPrice: money}})
	}
}

func (p *shopifyProduct) addStock(row shopifyRow, sku string) {
	if row.quantity == "" {
		return
	}
	quantity, err := parseDecimal(row.quantity)
	units, exact := int64(0), false
	if err == nil {
		units, exact, err = quantity.minor(0)
	}
	switch {
	case err != nil:
		p.partly = append(p.partly, row.reject(reasonStock, "%q %s", row.quantity, err))
	case !exact:
		p.partly = append(p.partly, row.reject(reasonStock, "%q is not a whole number", row.quantity))
	case units < 0:
		p.partly = append(p.partly, row.reject(reasonStock, "%q were sold and not there: that is not stock", row.quantity))
	case units > 0:
		p.stock = append(p.stock, shopifyStock{row.origin, &stockv1.ReceiveLine{Sku: sku, Quantity: units}})
	}
}

// derivedSKU is the SKU of a variant that has none: its handle and its option values in small letters and digits, joined by
// hyphens. It depends on nothing else in the file, so that a later file finds the same one. Where spelling was lost on the
// way, a hash of the exact values is added, so that "S/M" and "S-M" stay apart.
func derivedSKU(handle string, values []string) string {
	sku, lost := handle, false
	for _, value := range values {
		written, differs := slug(value)
		sku += "-" + written
		lost = lost || differs
	}
	if lost {
		sku += "-" + hashOf(strings.Join(values, "\x00"))
	}
	return shortened(sku)
}

// slug writes a text in small letters, digits and hyphens, and tells whether more was lost than capitals and spaces.
func slug(text string) (written string, lost bool) {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			lost = lost || r != ' '
			b.WriteByte('-')
		}
	}
	return b.String(), lost
}

// shortened keeps a code within the contract's limit; what is cut off is kept apart by a hash of the whole.
func shortened(code string) string {
	runes := []rune(code)
	if len(runes) <= codeRunesMax {
		return code
	}
	return string(runes[:codeRunesMax-hashLength-1]) + "-" + hashOf(code)
}

const hashLength = 8

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:hashLength]
}
