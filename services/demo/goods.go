package demo

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/imports"
)

// good is a product with what the demo knows of how it sells.
type good struct {
	product *catalogpb.Product
	cents   int64
	// demand is how well it sells, 1 to 10: bestsellers lie deep.
	demand int
}

// brand is what stands before the name of each line.
const brand = "Lindström & Vale"

// finalSale is the one product that is not taken back (returnPolicies).
const finalSale = "sal-bandeau-swimsuit"

// assortment makes the products: SKUs such as ALBA-LINEN-SHIRT-SAND-M, and EAN-13 barcodes with a prefix of 20, which GS1
// leaves to each company's own use.
func assortment(random *rand.Rand) []good {
	var goods []good
	serial := 0
	for _, family := range families {
		for m, model := range family.models {
			code := slug(model.name + " " + family.noun)
			title := model.name + " " + family.noun
			if family.noun == "book" {
				title = model.name
			}
			product := &catalogpb.Product{
				Code: code, Title: title, Brand: brand + " " + family.line, Department: family.department, TaxCategory: "standard",
				Description: strings.Join([]string{model.about, family.fit, family.care}, " "),
				Options: []*catalogpb.Option{
					{Name: "Colour", Values: strings.Fields(model.colours)}, {Name: "Size", Values: sizeRuns[family.sizes]},
				},
			}
			if family.noun == "book" { // comes in one colour and one size
				product.TaxCategory, product.Options = "books", nil
			}
			describe(product, family, model)
			for _, values := range combinations(product.Options) {
				serial++
				product.Variants = append(product.Variants, &catalogpb.Variant{
					Sku: strings.ToUpper(slug(code + " " + strings.Join(values, " "))), OptionValues: values, Barcodes: []string{ean(serial)},
				})
			}
			goods = append(goods, good{product: product, cents: family.cents + int64(m)*500, demand: 1 + random.IntN(10)})
		}
	}
	return goods
}

// combinations are all ways to choose one value of each option, the last option changing fastest.
func combinations(options []*catalogpb.Option) [][]string {
	chosen := [][]string{nil}
	for _, option := range options {
		var longer [][]string
		for _, values := range chosen {
			for _, value := range option.Values {
				longer = append(longer, append(slices.Clone(values), value))
			}
		}
		chosen = longer
	}
	return chosen
}

// slug makes a code of a name: lower case, accents off, hyphens between.
func slug(name string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r), r == '\'', r == '\u2019': // marks of letters that are written already
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

// ean makes an EAN-13 of the company's own.
func ean(serial int) string {
	digits := fmt.Sprintf("20%010d", serial)
	return digits + string(imports.CheckDigit(digits))
}

func products(goods []good) iter.Seq[imports.Record] {
	return func(yield func(imports.Record) bool) {
		for _, g := range goods {
			if !yield(statement("aisle.catalog.v1.CatalogService/PutProduct", &catalogpb.PutProductRequest{Product: g.product})) {
				return
			}
		}
	}
}

// pricesPerRequest is as many prices as one request takes.
const pricesPerRequest = 1000

// prices are the same for all variants of a product; pounds are euros less a tenth, rounded to a friendly figure.
func prices(goods []good) iter.Seq[imports.Record] {
	return func(yield func(imports.Record) bool) {
		for _, list := range []struct {
			code, currency string
			of             func(cents int64) int64
		}{
			{"eur", "EUR", func(cents int64) int64 { return cents }},
			{"gbp", "GBP", pounds},
		} {
			request := &catalogpb.PutPricesRequest{PriceList: list.code}
			flush := func() bool {
				full := request
				request = &catalogpb.PutPricesRequest{PriceList: list.code}
				return yield(statement("aisle.catalog.v1.CatalogService/PutPrices", full))
			}
			for _, g := range goods {
				for _, v := range g.product.Variants {
					amount := &retailpb.Money{CurrencyCode: list.currency, AmountMinor: list.of(g.cents)}
					request.Prices = append(request.Prices, &catalogpb.Price{Sku: v.Sku, UnitPrice: amount})
					if len(request.Prices) == pricesPerRequest && !flush() {
						return
					}
				}
			}
			if len(request.Prices) > 0 && !flush() {
				return
			}
		}
	}
}

// pounds is a price in pence for one in cents.
func pounds(cents int64) int64 { return cents * 9 / 10 / 100 * 100 }

// linesPerDelivery keeps a delivery to what a van brings, and to what one request takes.
const linesPerDelivery = 500

// stock is what each shop has: deep where it sells, more in the middle sizes, and gaps, for shops have gaps.
func stock(goods []good, random *rand.Rand) iter.Seq[imports.Record] {
	return func(yield func(imports.Record) bool) {
		for _, s := range stores {
			request := &stockpb.ReceiveStockRequest{Location: s.code, Reference: "opening stock"}
			part := 0
			flush := func() bool {
				part++
				full := request
				request = &stockpb.ReceiveStockRequest{Location: s.code, Reference: "opening stock"}
				return yield(fact("aisle.stock.v1.StockService/ReceiveStock", fmt.Sprintf("stock/%s/%d", s.code, part), full))
			}
			for _, g := range goods {
				sizes := 1
				if options := g.product.Options; len(options) > 0 {
					sizes = len(options[len(options)-1].Values)
				}
				for i, v := range g.product.Variants {
					units := depth(s, g, i%sizes, sizes, random)
					if units == 0 {
						continue
					}
					request.Lines = append(request.Lines, &stockpb.ReceiveLine{Sku: v.Sku, Quantity: units})
					if len(request.Lines) == linesPerDelivery && !flush() {
						return
					}
				}
			}
			if len(request.Lines) > 0 && !flush() {
				return
			}
		}
	}
}

// depth is how many units of one size lie in one place.
func depth(s store, g good, size, sizes int, random *rand.Rand) int64 {
	if s.size == 0 || random.IntN(100) < 14-s.size { // no shelf, or sold out
		return 0
	}
	middle := sizes - max(size, sizes-1-size) // 1 at the ends, more between
	return int64(random.IntN(1+s.size*g.demand*middle/3) + random.IntN(2+s.size))
}
