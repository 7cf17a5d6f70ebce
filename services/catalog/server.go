// Package catalog serves what a retailer sells: products and their variants, barcodes, prices and taxes.
package catalog

import (
	"context"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	Product(ctx context.Context, code string) (retail.Product, bool, error)
	// ProductsByCode returns those products among some that are there, in any order.
	ProductsByCode(ctx context.Context, codes []string) ([]retail.Product, error)
	// Products returns products by code, after one: those whose title or code contains the query, or all.
	Products(ctx context.Context, query, after string, limit int) ([]retail.Product, error)
	// ProductByBarcode returns the product that has a variant with a barcode of 14 digits, and that variant's SKU.
	ProductByBarcode(ctx context.Context, gtin string) (sku string, product retail.Product, found bool, err error)
	// ProductBySKU returns the product that has a variant with a SKU or an alias, and that variant's SKU.
	ProductBySKU(ctx context.Context, code string) (sku string, product retail.Product, found bool, err error)
	// RealSKUs returns SKUs with every alias among them replaced by the SKU that it stands for.
	RealSKUs(ctx context.Context, skus []string) ([]string, error)
	// Attributes returns attributes by code, after one.
	Attributes(ctx context.Context, after string, limit int) ([]retail.Attribute, error)
	// AllAttributes returns all attributes; a second may pass until a change is seen.
	AllAttributes(ctx context.Context) ([]retail.Attribute, error)
	// SearchProducts returns products that have something of each slot, the best first, after the one of a score and a code. A
	// location leaves out what it has none of.
	SearchProducts(ctx context.Context, slots []retail.SearchSlot, inStockAt string, afterScore int64, afterCode string, limit int) (
		[]retail.FoundProduct, error)
	// SearchVocabulary returns the words that products have; a second may pass until a new one is seen.
	SearchVocabulary(ctx context.Context) ([]string, error)
	Channel(ctx context.Context, code string) (retail.Channel, bool, error)
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	// KnownSKUs returns those of the SKUs that no product has.
	KnownSKUs(ctx context.Context, skus []string) (missing []string, err error)
	TaxRatesNow(ctx context.Context, jurisdiction string) ([]retail.TaxRate, error)
	PriceList(ctx context.Context, code string) (retail.PriceList, bool, error)
	// Prices returns the prices of variants in a list, by SKU; a variant without any is left out.
	Prices(ctx context.Context, list string, skus []string) ([]retail.VariantPrices, error)
}

// Server is aisle.catalog.v1.CatalogService.
type Server struct {
	pb.UnimplementedCatalogServiceServer
	engine *ledger.Engine
	reads  Reads
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads) *Server { return &Server{engine: engine, reads: reads} }

// PutProduct creates or replaces a product. What it had before is read first: its SKUs stay, and the barcodes that it
// gives up are free.
func (s *Server) PutProduct(ctx context.Context, req *pb.PutProductRequest) (*pb.Product, error) {
	wanted, err := productFrom(req.GetProduct())
	if err != nil {
		return nil, err
	}
	product, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Product], error) {
		before, _, err := s.reads.Product(ctx, wanted.Code)
		if err != nil {
			return nil, err
		}
		return retail.NewPutProduct(ledger.NewID(), before, wanted)
	})
	if err != nil {
		return nil, err
	}
	return productTo(product, ""), nil
}

// GetProduct returns a product.
func (s *Server) GetProduct(ctx context.Context, req *pb.GetProductRequest) (*pb.Product, error) {
	product, found, err := s.reads.Product(ctx, req.GetCode())
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, retail.RefuseField(retail.UnknownProduct, "code", "there is no product %s", req.GetCode()).
			With("product", req.GetCode())
	}
	return productTo(product, req.GetLanguage()), nil
}

// ListProducts returns products by code.
func (s *Server) ListProducts(ctx context.Context, req *pb.ListProductsRequest) (*pb.ListProductsResponse, error) {
	after, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	products, err := s.reads.Products(ctx, req.GetQuery(), after, limit+1)
	if err != nil {
		return nil, err
	}
	return productsTo(products, limit, req.GetLanguage()), nil
}

// LookupBarcode tells what a barcode is.
func (s *Server) LookupBarcode(ctx context.Context, req *pb.LookupBarcodeRequest) (*pb.LookupBarcodeResponse, error) {
	gtin, err := gtinFrom(req.GetGtin(), "gtin")
	if err != nil {
		return nil, err
	}
	sku, product, found, err := s.reads.ProductByBarcode(ctx, gtin)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, retail.RefuseField(retail.UnknownSKU, "gtin", "no variant has the barcode %s", req.GetGtin()).With("gtin", gtin)
	}
	return &pb.LookupBarcodeResponse{Sku: sku, Product: productTo(product, req.GetLanguage())}, nil
}

// LookupSku tells what a SKU or an alias is.
func (s *Server) LookupSku(ctx context.Context, req *pb.LookupSkuRequest) (*pb.LookupSkuResponse, error) {
	sku, product, found, err := s.reads.ProductBySKU(ctx, req.GetSku())
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, retail.RefuseField(retail.UnknownSKU, "sku", "no variant has the SKU %s", req.GetSku()).With("sku", req.GetSku())
	}
	return &pb.LookupSkuResponse{Sku: sku, Product: productTo(product, req.GetLanguage())}, nil
}

// PutAttribute creates an attribute, or changes one.
func (s *Server) PutAttribute(ctx context.Context, req *pb.PutAttributeRequest) (*pb.Attribute, error) {
	cmd, err := putAttributeFrom(req)
	if err != nil {
		return nil, err
	}
	attribute, err := ledger.Submit(ctx, s.engine, cmd)
	if err != nil {
		return nil, err
	}
	return attributeTo(attribute, ""), nil
}

// ListAttributes returns attributes by code.
func (s *Server) ListAttributes(ctx context.Context, req *pb.ListAttributesRequest) (*pb.ListAttributesResponse, error) {
	after, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	attributes, err := s.reads.Attributes(ctx, after, limit+1)
	if err != nil {
		return nil, err
	}
	return attributesTo(attributes, limit, req.GetLanguage()), nil
}

// PutTaxCategory creates or renames a tax category.
func (s *Server) PutTaxCategory(ctx context.Context, req *pb.PutTaxCategoryRequest) (*pb.TaxCategory, error) {
	category, err := ledger.Submit(ctx, s.engine, putTaxCategoryFrom(req))
	if err != nil {
		return nil, err
	}
	return &pb.TaxCategory{Code: category.Code, Name: category.Name}, nil
}

// PutTaxRates replaces the rates of a jurisdiction.
func (s *Server) PutTaxRates(ctx context.Context, req *pb.PutTaxRatesRequest) (*pb.TaxRates, error) {
	cmd, err := putTaxRatesFrom(req)
	if err != nil {
		return nil, err
	}
	rates, err := ledger.Submit(ctx, s.engine, cmd)
	if err != nil {
		return nil, err
	}
	return taxRatesTo(rates.Jurisdiction, rates.Rates), nil
}

// GetTaxRates returns the rates of a jurisdiction.
func (s *Server) GetTaxRates(ctx context.Context, req *pb.GetTaxRatesRequest) (*pb.TaxRates, error) {
	rates, err := s.reads.TaxRatesNow(ctx, req.GetJurisdiction())
	if err != nil {
		return nil, err
	}
	return taxRatesTo(req.GetJurisdiction(), rates), nil
}

// PutPriceList creates or renames a price list.
func (s *Server) PutPriceList(ctx context.Context, req *pb.PutPriceListRequest) (*pb.PriceList, error) {
	cmd, err := putPriceListFrom(req)
	if err != nil {
		return nil, err
	}
	list, err := ledger.Submit(ctx, s.engine, cmd)
	if err != nil {
		return nil, err
	}
	return &pb.PriceList{Code: list.Code, Name: list.Name, CurrencyCode: list.Currency, TaxIncluded: list.TaxIncluded}, nil
}

// PutPrices puts prices into a list, in as many transactions as it takes.
func (s *Server) PutPrices(ctx context.Context, req *pb.PutPricesRequest) (*pb.PutPricesResponse, error) {
	prices, err := pricesFrom(req)
	if err != nil {
		return nil, err
	}
	list, err := s.priceList(ctx, req.GetPriceList())
	if err != nil {
		return nil, err
	}
	unknown, err := s.reads.KnownSKUs(ctx, skusOf(prices))
	if err != nil {
		return nil, err
	}
	pieces, err := retail.NewPutPrices(list, prices, unknown)
	if err != nil {
		return nil, err
	}
	answer := &pb.PutPricesResponse{}
	for i, piece := range pieces {
		piece.Transaction = ledger.NewID()
		count, err := ledger.Submit(ledger.PieceOf(ctx, i), s.engine, piece)
		if err != nil {
			return nil, err
		}
		answer.Count += int32(count)
	}
	return answer, nil
}

// ListPrices returns the prices of variants in a list.
func (s *Server) ListPrices(ctx context.Context, req *pb.ListPricesRequest) (*pb.ListPricesResponse, error) {
	list, err := s.priceList(ctx, req.GetPriceList())
	if err != nil {
		return nil, err
	}
	skus, err := s.reads.RealSKUs(ctx, req.GetSkus())
	if err != nil {
		return nil, err
	}
	variants, err := s.reads.Prices(ctx, list.Code, skus)
	if err != nil {
		return nil, err
	}
	return pricesTo(list, variants), nil
}

func (s *Server) priceList(ctx context.Context, code string) (retail.PriceList, error) {
	list, found, err := s.reads.PriceList(ctx, code)
	if err != nil {
		return retail.PriceList{}, err
	}
	if !found {
		return retail.PriceList{}, retail.RefuseField(retail.UnknownPriceList, "price_list", "there is no price list %s", code).
			With("price_list", code)
	}
	return list, nil
}
