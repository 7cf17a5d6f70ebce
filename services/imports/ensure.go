package imports

import (
	"context"
	"fmt"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	locationsv1 "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
)

// An import makes what it needs and the retailer does not have: places, a channel, a price list, a tax category. What is
// there stays as it is, for it may have been put by a person.

// isMissing tells whether the server answered that there is none.
func isMissing(err error, reason string) bool {
	refusal := refusalOf(err)
	return refusal != nil && refusal.Reason == reason
}

// ensureLocation creates a location unless there is one of that code.
func (r *run) ensureLocation(ctx context.Context, code, name string, kind locationsv1.LocationKind) error {
	_, err := r.locations.GetLocation(ctx, &locationsv1.GetLocationRequest{Code: code})
	if !isMissing(err, "UNKNOWN_LOCATION") {
		return err
	}
	return r.putLocation(ctx, code, name, kind)
}

func (r *run) putLocation(ctx context.Context, code, name string, kind locationsv1.LocationKind) error {
	request := &locationsv1.PutLocationRequest{Location: &locationsv1.Location{
		Code: code, Name: name, Kind: kind, TimeZone: r.TimeZone, CurrencyCode: r.Currency, TaxJurisdiction: r.Jurisdiction,
	}}
	request.RequestId = statementID(request, r.Format, "location", code)
	if _, err := r.locations.PutLocation(ctx, request); err != nil {
		return fmt.Errorf("location %s: %w", code, err)
	}
	return nil
}

// locationCodes returns the codes of all locations.
func (r *run) locationCodes(ctx context.Context) (map[string]bool, error) {
	codes := map[string]bool{}
	request := &locationsv1.ListLocationsRequest{PageSize: 1000}
	for {
		page, err := r.locations.ListLocations(ctx, request)
		if err != nil {
			return nil, err
		}
		for _, location := range page.GetLocations() {
			codes[location.GetCode()] = true
		}
		if page.GetNextPageToken() == "" {
			return codes, nil
		}
		request.PageToken = page.GetNextPageToken()
	}
}

// ensureChannel creates a channel unless there is one of that code.
func (r *run) ensureChannel(ctx context.Context, channel *locationsv1.Channel) error {
	_, err := r.locations.GetChannel(ctx, &locationsv1.GetChannelRequest{Code: channel.GetCode()})
	if !isMissing(err, "UNKNOWN_CHANNEL") {
		return err
	}
	request := &locationsv1.PutChannelRequest{Channel: channel}
	request.RequestId = statementID(request, r.Format, "channel", channel.GetCode())
	if _, err := r.locations.PutChannel(ctx, request); err != nil {
		return fmt.Errorf("channel %s: %w", channel.GetCode(), err)
	}
	return nil
}

// ensurePriceList creates the price list unless there is one of that code. There is no method that returns a list, so one is
// found by asking for a price in it.
func (r *run) ensurePriceList(ctx context.Context, name string) error {
	_, err := r.catalog.ListPrices(ctx, &catalogv1.ListPricesRequest{PriceList: r.PriceList, Skus: []string{"-"}})
	if !isMissing(err, "UNKNOWN_PRICE_LIST") {
		return err
	}
	request := &catalogv1.PutPriceListRequest{PriceList: &catalogv1.PriceList{
		Code: r.PriceList, Name: name, CurrencyCode: r.Currency, TaxIncluded: r.TaxIncluded,
	}}
	request.RequestId = statementID(request, r.Format, "price list", r.PriceList)
	if _, err := r.catalog.PutPriceList(ctx, request); err != nil {
		return fmt.Errorf("price list %s: %w", r.PriceList, err)
	}
	return nil
}

// withTaxCategory asks, and where the tax category is unknown creates it and asks again. There is no method that returns a
// category, and a refusal leaves no trace.
func (r *run) withTaxCategory(ctx context.Context, name string, ask func() error) error {
	err := ask()
	if !isMissing(err, "UNKNOWN_TAX_CATEGORY") {
		return err
	}
	request := &catalogv1.PutTaxCategoryRequest{TaxCategory: &catalogv1.TaxCategory{Code: r.TaxCategory, Name: name}}
	request.RequestId = statementID(request, r.Format, "tax category", r.TaxCategory)
	if _, err := r.catalog.PutTaxCategory(ctx, request); err != nil {
		return fmt.Errorf("tax category %s: %w", r.TaxCategory, err)
	}
	return ask()
}

// ensureTaxRate puts the one rate that the import needs where a jurisdiction has none at all. Other rates are not touched:
// putting rates replaces all of them.
func (r *run) ensureTaxRate(ctx context.Context, name string, rate *catalogv1.TaxRate) error {
	present, err := r.catalog.GetTaxRates(ctx, &catalogv1.GetTaxRatesRequest{Jurisdiction: r.Jurisdiction})
	if err != nil {
		return err
	}
	for _, other := range present.GetRates() {
		if other.GetTaxCategory() == rate.GetTaxCategory() {
			return nil
		}
	}
	if len(present.GetRates()) > 0 {
		return fmt.Errorf("jurisdiction %s has tax rates, and none for category %s: put one, or import into another", r.Jurisdiction,
			rate.GetTaxCategory())
	}
	request := &catalogv1.PutTaxRatesRequest{Jurisdiction: r.Jurisdiction, Rates: []*catalogv1.TaxRate{rate}}
	request.RequestId = statementID(request, r.Format, "tax rates", r.Jurisdiction)
	return r.withTaxCategory(ctx, name, func() error {
		if _, err := r.catalog.PutTaxRates(ctx, request); err != nil {
			return fmt.Errorf("tax rates of %s: %w", r.Jurisdiction, err)
		}
		return nil
	})
}

// putProduct says what a product is. Its tax category is created where it is missing.
func (r *run) putProduct(ctx context.Context, product *catalogv1.Product) error {
	request := &catalogv1.PutProductRequest{Product: product}
	request.RequestId = statementID(request, r.Format, "product", product.GetCode())
	return r.withTaxCategory(ctx, untaxedName, func() error {
		_, err := r.catalog.PutProduct(ctx, request)
		return err
	})
}

// ensureProduct creates a product unless there is one of that code.
func (r *run) ensureProduct(ctx context.Context, product *catalogv1.Product) (created bool, err error) {
	_, err = r.catalog.GetProduct(ctx, &catalogv1.GetProductRequest{Code: product.GetCode()})
	if !isMissing(err, "UNKNOWN_PRODUCT") {
		return false, err
	}
	return true, r.putProduct(ctx, product)
}
