package bench

import (
	"context"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"slices"

	"google.golang.org/protobuf/types/known/durationpb"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	locationspb "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
)

// The shop: 100 places times 100 articles are the 10,000 positions, each so deep that nobody runs out, and one more article
// of which there are a few, for the drill.
const (
	places        = 100
	articles      = 100
	unitsDeep     = 100_000_000
	hotPlace      = 1
	hotArticle    = 1
	placesAsked   = 50
	scarceArticle = "scarce"
	unitsScarce   = 500
	channelCode   = "web"
	ownerName     = "cart"
	taxCategory   = "standard"
	jurisdiction  = "ES"
)

// placeCodes and articleCodes are what the scripts of pgbench make of a number.
var placeCodes, articleCodes = numbered("loc-%03d", places), numbered("sku-%03d", articles)

func numbered(format string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return all
}

// pick draws a position: any, or the hot one.
func pick(hot bool) (place, article string) {
	if hot {
		return placeCodes[hotPlace], articleCodes[hotArticle]
	}
	return placeCodes[rand.N(places)], articleCodes[rand.N(articles)]
}

// anyArticle draws an article.
func anyArticle() string { return articleCodes[rand.N(articles)] }

//go:embed bare_schema.sql
var bareSchema string

// load makes the shop through the contract, as a retailer would, and pgbench's own tables beside it.
func (s *stage) load(ctx context.Context, o Options) error {
	fmt.Fprintf(o.Out, "Loading %d positions.\n", places*articles)
	ctx = s.authorised(ctx)
	if err := s.loadCatalogue(ctx); err != nil {
		return fmt.Errorf("load the catalogue: %w", err)
	}
	if err := s.loadPlaces(ctx); err != nil {
		return fmt.Errorf("load the places: %w", err)
	}
	if err := s.loadSale(ctx); err != nil {
		return fmt.Errorf("load the flash sale: %w", err)
	}
	for _, sql := range []string{bareSchema, "analyze"} {
		if _, err := s.conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("load pgbench's own tables: %w", err)
		}
	}
	return s.auditor.begin(ctx)
}

func (s *stage) loadCatalogue(ctx context.Context) error {
	if err := s.putTaxes(ctx); err != nil {
		return err
	}
	if err := s.putProduct(ctx, "shirt", slices.Concat([]string{scarceArticle}, articleCodes, saleCodes)); err != nil {
		return err
	}
	return s.loadPrices(ctx)
}

func (s *stage) loadPlaces(ctx context.Context) error {
	if err := s.putPlaces(ctx); err != nil {
		return err
	}
	for _, code := range placeCodes {
		delivery := &stockpb.ReceiveStockRequest{RequestId: requestID(), Location: code, Reference: "first delivery"}
		for _, sku := range articleCodes {
			delivery.Lines = append(delivery.Lines, &stockpb.ReceiveLine{Sku: sku, Quantity: unitsDeep})
		}
		delivery.Lines = append(delivery.Lines, &stockpb.ReceiveLine{Sku: scarceArticle, Quantity: unitsScarce})
		if _, err := stockpb.NewStockServiceClient(s.conns[0]).ReceiveStock(ctx, delivery); err != nil {
			return err
		}
	}
	return nil
}

// putTaxes makes the one tax that everything bears, and the price list.
func (s *served) putTaxes(ctx context.Context) error {
	catalogue := catalogpb.NewCatalogServiceClient(s.conns[0])
	_, err := catalogue.PutTaxCategory(ctx, &catalogpb.PutTaxCategoryRequest{
		RequestId: requestID(), TaxCategory: &catalogpb.TaxCategory{Code: taxCategory, Name: "Standard"},
	})
	if err != nil {
		return err
	}
	_, err = catalogue.PutTaxRates(ctx, &catalogpb.PutTaxRatesRequest{
		RequestId: requestID(), Jurisdiction: jurisdiction,
		Rates: []*catalogpb.TaxRate{{TaxCategory: taxCategory, Code: "ES-VAT-21", RatePpm: 210_000}},
	})
	if err != nil {
		return err
	}
	_, err = catalogue.PutPriceList(ctx, &catalogpb.PutPriceListRequest{RequestId: requestID(), PriceList: &catalogpb.PriceList{
		Code: priceListCode, Name: "Web", CurrencyCode: "EUR", TaxIncluded: true,
	}})
	return err
}

// putProduct makes a product of so many variants, one a number.
func (s *served) putProduct(ctx context.Context, code string, skus []string) error {
	product := &catalogpb.Product{
		Code: code, Title: "Shirt", TaxCategory: taxCategory, Options: []*catalogpb.Option{{Name: "Number", Values: skus}},
	}
	for _, sku := range skus {
		product.Variants = append(product.Variants, &catalogpb.Variant{Sku: sku, OptionValues: []string{sku}})
	}
	_, err := catalogpb.NewCatalogServiceClient(s.conns[0]).PutProduct(ctx, &catalogpb.PutProductRequest{
		RequestId: requestID(), Product: product,
	})
	return err
}

// putPlaces makes the places and the channel that sells from all of them.
func (s *served) putPlaces(ctx context.Context) error {
	locations := locationspb.NewLocationServiceClient(s.conns[0])
	for n, code := range placeCodes {
		shop := &locationspb.Location{
			Code: code, Name: "Shop " + code, Kind: locationspb.LocationKind_LOCATION_KIND_STORE, TimeZone: "Europe/Madrid",
			CurrencyCode: "EUR", TaxJurisdiction: jurisdiction,
		}
		if n < saleShops {
			shop.LatitudeE7, shop.LongitudeE7 = inTown(n)
		}
		if _, err := locations.PutLocation(ctx, &locationspb.PutLocationRequest{RequestId: requestID(), Location: shop}); err != nil {
			return err
		}
	}
	_, err := locations.PutChannel(ctx, &locationspb.PutChannelRequest{RequestId: requestID(), Channel: &locationspb.Channel{
		Code: channelCode, Name: "Web shop", Kind: locationspb.ChannelKind_CHANNEL_KIND_ONLINE_STORE,
		HoldTime: durationpb.New(holdTime), PriceLists: []string{priceListCode},
	}})
	return err
}

// requestID mints what every change carries.
func requestID() string { return ledger.NewID().String() }
