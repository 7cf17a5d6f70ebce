package catalog

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

const (
	// pageDefault is how many products a page has where the request does not say.
	pageDefault = 50
	// taxCategoriesMax is how many categories the rates of a jurisdiction may name: each is a row to lock, and a command of
	// more than some 900 does not fit a batch of the engine.
	taxCategoriesMax = 500
)

func invalid(field, format string, args ...any) error {
	return retail.RefuseField(retail.InvalidRequest, field, format, args...)
}

func productFrom(given *pb.Product) (retail.Product, error) {
	if given == nil { // the contract asks for one; what comes past it is nothing, and no fault
		given = &pb.Product{}
	}
	product := retail.Product{
		Code: given.GetCode(), Title: given.GetTitle(), Description: given.GetDescription(), Brand: given.GetBrand(),
		Department: given.GetDepartment(), TaxCategory: given.GetTaxCategory(),
		Options: make([]retail.Option, len(given.GetOptions())), Variants: make([]retail.Variant, len(given.GetVariants())),
	}
	if given != nil {
		product.ReturnDays = given.ReturnDays
	}
	for i, option := range given.GetOptions() {
		product.Options[i] = retail.Option{Name: option.GetName(), Values: option.GetValues()}
	}
	var err error
	if product.Attributes, err = valuesFrom(given.GetAttributes(), "product.attributes"); err != nil {
		return product, err
	}
	if product.Images, err = imagesFrom(given.GetImages(), "product.images"); err != nil {
		return product, err
	}
	if product.Translations, err = translationsFrom(given.GetTranslations(), product.Options); err != nil {
		return product, err
	}
	for i, variant := range given.GetVariants() {
		field := fmt.Sprintf("product.variants[%d]", i)
		product.Variants[i] = retail.Variant{
			SKU: variant.GetSku(), OptionValues: append([]string{}, variant.GetOptionValues()...), Barcodes: []string{},
			Aliases: variant.GetAliases(),
		}
		if product.Variants[i].Attributes, err = valuesFrom(variant.GetAttributes(), field+".attributes"); err != nil {
			return product, err
		}
		if product.Variants[i].Images, err = imagesFrom(variant.GetImages(), field+".images"); err != nil {
			return product, err
		}
		for j, barcode := range variant.GetBarcodes() {
			gtin, err := gtinFrom(barcode, fmt.Sprintf("%s.barcodes[%d]", field, j))
			if err != nil {
				return product, err
			}
			product.Variants[i].Barcodes = append(product.Variants[i].Barcodes, gtin)
		}
	}
	if err := checkOptions(product); err != nil {
		return product, err
	}
	return product, checkVariants(product)
}

func gtinFrom(barcode, field string) (string, error) {
	gtin, ok := retail.GTIN14(barcode)
	if !ok {
		return "", invalid(field, "the check digit of %s is wrong", barcode)
	}
	return gtin, nil
}

// checkOptions refuses two options of one name, and variants that do not choose one value of each option.
func checkOptions(p retail.Product) error {
	for i, option := range p.Options {
		same := func(o retail.Option) bool { return o.Name == option.Name }
		if before := slices.IndexFunc(p.Options, same); before < i {
			return invalid(fmt.Sprintf("product.options[%d].name", i), "%s is the name of options[%d] already", option.Name, before)
		}
	}
	for i, variant := range p.Variants {
		field := fmt.Sprintf("product.variants[%d].option_values", i)
		if len(variant.OptionValues) != len(p.Options) {
			return invalid(field, "has %d values for %d options", len(variant.OptionValues), len(p.Options))
		}
		for j, value := range variant.OptionValues {
			if !slices.Contains(p.Options[j].Values, value) {
				return invalid(fmt.Sprintf("%s[%d]", field, j), "%s is not a value of %s", value, p.Options[j].Name)
			}
		}
	}
	return nil
}

// checkVariants refuses a SKU, an alias, a barcode or a combination of options that two variants have.
func checkVariants(p retail.Product) error {
	skus, barcodes, combinations := map[string]int{}, map[string]int{}, map[string]int{}
	for i, variant := range p.Variants {
		field := fmt.Sprintf("product.variants[%d]", i)
		if before, twice := skus[variant.SKU]; twice {
			return invalid(field+".sku", "variants[%d] has the SKU or alias %s already", before, variant.SKU)
		}
		skus[variant.SKU] = i
		for j, alias := range variant.Aliases {
			if before, twice := skus[alias]; twice {
				return invalid(fmt.Sprintf("%s.aliases[%d]", field, j), "variants[%d] has the SKU or alias %s already", before, alias)
			}
			skus[alias] = i
		}
		for j, gtin := range variant.Barcodes {
			if before, twice := barcodes[gtin]; twice {
				return invalid(fmt.Sprintf("%s.barcodes[%d]", field, j), "variants[%d] has the barcode %s already", before, gtin)
			}
			barcodes[gtin] = i
		}
		combination := fmt.Sprintf("%q", variant.OptionValues)
		if before, twice := combinations[combination]; twice {
			return invalid(field+".option_values", "variants[%d] has the same options", before)
		}
		combinations[combination] = i
	}
	return nil
}

// productTo tells a product in a language, or, where none is named, in its own and with all translations.
func productTo(p retail.Product, language string) *pb.Product {
	p, spoken := speak(p, language)
	product := &pb.Product{
		Code: p.Code, Title: p.Title, Description: p.Description, Brand: p.Brand, Department: p.Department, TaxCategory: p.TaxCategory,
		ReturnDays: p.ReturnDays, Options: optionsTo(p.Options), Attributes: valuesTo(p.Attributes), Images: imagesTo(p.Images),
		Translations: translationsTo(p.Translations), Language: spoken,
	}
	for _, variant := range p.Variants {
		product.Variants = append(product.Variants, &pb.Variant{
			Sku: variant.SKU, OptionValues: variant.OptionValues, Barcodes: variant.Barcodes, Aliases: variant.Aliases,
			Attributes: valuesTo(variant.Attributes), Images: imagesTo(variant.Images),
		})
	}
	return product
}

func optionsTo(options []retail.Option) (all []*pb.Option) {
	for _, option := range options {
		all = append(all, &pb.Option{Name: option.Name, Values: option.Values})
	}
	return all
}

func productsTo(products []retail.Product, limit int, language string) *pb.ListProductsResponse {
	answer := &pb.ListProductsResponse{}
	if len(products) > limit {
		products = products[:limit]
		answer.NextPageToken = page.Token(products[limit-1].Code)
	}
	for _, product := range products {
		answer.Products = append(answer.Products, productTo(product, language))
	}
	return answer
}

func putTaxCategoryFrom(req *pb.PutTaxCategoryRequest) retail.PutTaxCategory {
	given := req.GetTaxCategory()
	return retail.PutTaxCategory{
		Transaction: ledger.NewID(), TaxCategory: retail.TaxCategory{Code: given.GetCode(), Name: given.GetName()},
	}
}

func putTaxRatesFrom(req *pb.PutTaxRatesRequest) (retail.PutTaxRates, error) {
	cmd := retail.PutTaxRates{Transaction: ledger.NewID(), TaxRates: retail.TaxRates{
		Jurisdiction: req.GetJurisdiction(), Rates: []retail.TaxRate{},
	}}
	ofCategory := map[string][]int{} // indexes of its rates
	for i, given := range req.GetRates() {
		field := fmt.Sprintf("rates[%d]", i)
		from, until, err := spanFrom(given.GetValidFrom(), given.GetValidUntil(), field)
		if err != nil {
			return cmd, err
		}
		rate := retail.TaxRate{
			Category: given.GetTaxCategory(), Code: given.GetCode(), PPM: given.GetRatePpm(), ValidFrom: from, ValidUntil: until,
		}
		for _, other := range ofCategory[rate.Category] {
			if overlap(rate, cmd.TaxRates.Rates[other]) {
				return cmd, invalid(field+".valid_from", "%s has the rate of rates[%d] at that time", rate.Category, other)
			}
		}
		ofCategory[rate.Category] = append(ofCategory[rate.Category], i)
		cmd.TaxRates.Rates = append(cmd.TaxRates.Rates, rate)
	}
	if len(ofCategory) > taxCategoriesMax {
		return cmd, invalid("rates", "are of %d tax categories, more than %d", len(ofCategory), taxCategoriesMax)
	}
	return cmd, nil
}

// overlap tells whether two rates are in force at one time.
func overlap(a, b retail.TaxRate) bool {
	startsBeforeEnd := func(from, until time.Time) bool { return until.IsZero() || from.Before(until) }
	return startsBeforeEnd(a.ValidFrom, b.ValidUntil) && startsBeforeEnd(b.ValidFrom, a.ValidUntil)
}

// spanFrom reads a half-open span; an absent bound is none.
func spanFrom(from, until *timestamppb.Timestamp, field string) (start, end time.Time, err error) {
	if start, err = instantFrom(from, field+".valid_from"); err != nil {
		return start, end, err
	}
	if end, err = instantFrom(until, field+".valid_until"); err != nil {
		return start, end, err
	}
	if !end.IsZero() && !start.Before(end) {
		return start, end, invalid(field+".valid_until", "is not later than valid_from")
	}
	return start, end, nil
}

// instantFrom reads an instant of the years 1 to 9999. Their very first one stands for none in the books, and would turn
// into its opposite as the end of a span.
func instantFrom(at *timestamppb.Timestamp, field string) (time.Time, error) {
	if at == nil {
		return time.Time{}, nil
	}
	if !at.IsValid() || at.AsTime().IsZero() {
		return time.Time{}, invalid(field, "is not a time between the years 1 and 9999")
	}
	return at.AsTime(), nil
}

// instantTo is absent for no bound.
func instantTo(at time.Time) *timestamppb.Timestamp {
	if at.IsZero() {
		return nil
	}
	return timestamppb.New(at)
}

func taxRatesTo(jurisdiction string, rates []retail.TaxRate) *pb.TaxRates {
	answer := &pb.TaxRates{Jurisdiction: jurisdiction}
	for _, rate := range rates {
		answer.Rates = append(answer.Rates, &pb.TaxRate{
			TaxCategory: rate.Category, Code: rate.Code, RatePpm: rate.PPM,
			ValidFrom: instantTo(rate.ValidFrom), ValidUntil: instantTo(rate.ValidUntil),
		})
	}
	return answer
}

func putPriceListFrom(req *pb.PutPriceListRequest) (retail.PutPriceList, error) {
	given := req.GetPriceList()
	cmd := retail.PutPriceList{Transaction: ledger.NewID(), PriceList: retail.PriceList{
		Code: given.GetCode(), Name: given.GetName(), Currency: given.GetCurrencyCode(), TaxIncluded: given.GetTaxIncluded(),
	}}
	if _, known := retail.CurrencyExponent(cmd.PriceList.Currency); !known {
		return cmd, invalid("price_list.currency_code", "%s is not a currency of ISO 4217", cmd.PriceList.Currency)
	}
	return cmd, nil
}

func pricesFrom(req *pb.PutPricesRequest) ([]retail.NewPrice, error) {
	type start struct {
		sku string
		at  time.Time
	}
	starts := map[start]int{}
	prices := make([]retail.NewPrice, len(req.GetPrices()))
	for i, given := range req.GetPrices() {
		field := fmt.Sprintf("prices[%d]", i)
		unit := given.GetUnitPrice()
		if unit.GetAmountMinor() < 0 {
			return nil, invalid(field+".unit_price.amount_minor", "%d is negative", unit.GetAmountMinor())
		}
		from, until, err := spanFrom(given.GetValidFrom(), given.GetValidUntil(), field)
		if err != nil {
			return nil, err
		}
		if before, twice := starts[start{given.GetSku(), from}]; twice {
			return nil, invalid(field+".valid_from", "prices[%d] of %s starts at that time already", before, given.GetSku())
		}
		starts[start{given.GetSku(), from}] = i
		prices[i] = retail.NewPrice{
			SKU: given.GetSku(), Currency: unit.GetCurrencyCode(),
			Price: retail.Price{UnitMinor: unit.GetAmountMinor(), ValidFrom: from, ValidUntil: until},
		}
	}
	return prices, nil
}

func skusOf(prices []retail.NewPrice) []string {
	skus := make([]string, len(prices))
	for i, price := range prices {
		skus[i] = price.SKU
	}
	return skus
}

func pricesTo(list retail.PriceList, variants []retail.VariantPrices) *pb.ListPricesResponse {
	answer := &pb.ListPricesResponse{}
	for _, variant := range variants {
		for _, price := range variant.Prices {
			answer.Prices = append(answer.Prices, &pb.Price{
				Sku: variant.SKU, UnitPrice: &money.Money{CurrencyCode: list.Currency, AmountMinor: price.UnitMinor},
				ValidFrom: instantTo(price.ValidFrom), ValidUntil: instantTo(price.ValidUntil),
			})
		}
	}
	return answer
}
