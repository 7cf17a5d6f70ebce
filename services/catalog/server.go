// Package catalog serves what a retailer sells: products and their variants, barcodes, prices and taxes.
package catalog

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	Product(ctx context.Context, code string) (retail.Product, bool, error)
	// Products returns products by code, after one: those whose title or code contains the query, or all.
	Products(ctx context.Context, query, after string, limit int) ([]retail.Product, error)
	// ProductByBarcode returns the product that has a variant with a barcode of 14 digits, and that variant's SKU.
	ProductByBarcode(ctx context.Context, gtin string) (sku string, product retail.Product, found bool, err error)
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
	return productTo(product), nil
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
	return productTo(product), nil
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
	return productsTo(products, limit), nil
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
	return &pb.LookupBarcodeResponse{Sku: sku, Product: productTo(product)}, nil
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
		count, err := ledger.Submit(pieceOf(ctx, i), s.engine, piece)
		if err != nil {
			return nil, err
		}
		answer.Count += int32(count)
	}
	return answer, nil
}

// pieceOf gives each piece of a request an id of its own, the first the request's. Those of the others derive from it, so
// that the request sent again finds the pieces that were carried out, and carries out the rest.
func pieceOf(ctx context.Context, piece int) context.Context {
	request, known := ledger.RequestFrom(ctx)
	if piece == 0 || !known {
		return ctx
	}
	request.ID = retail.ID(uuid.NewSHA1(uuid.UUID(request.ID), strconv.AppendInt(nil, int64(piece), 10)))
	return ledger.WithRequest(ctx, request)
}

// ListPrices returns the prices of variants in a list.
func (s *Server) ListPrices(ctx context.Context, req *pb.ListPricesRequest) (*pb.ListPricesResponse, error) {
	list, err := s.priceList(ctx, req.GetPriceList())
	if err != nil {
		return nil, err
	}
	variants, err := s.reads.Prices(ctx, list.Code, req.GetSkus())
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
