package imports

import (
	"context"
	"errors"
	"fmt"
	"io"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	locationsv1 "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// rowsPerProductMax bounds the rows of one product that are kept together: variants and pictures.
const rowsPerProductMax = 5000

// shopify imports product files of Shopify. The rows of a product stand together; each product is carried out on its own:
// first itself, then its prices, then its stock.
func (r *run) shopify(ctx context.Context) error {
	for _, s := range r.sources {
		r.meter.total.Add(s.bytes)
	}
	if err := r.ensureLocation(ctx, r.Location, "Shopify", locationsv1.LocationKind_LOCATION_KIND_STORE); err != nil {
		return err
	}
	if err := r.ensurePriceList(ctx, "Shopify"); err != nil {
		return err
	}
	totals := &shopifyTotals{}
	for _, s := range r.sources {
		r.meter.doing(s.path)
		if err := r.shopifyFile(s, totals); err != nil {
			return err
		}
	}
	if err := r.window.wait(); err != nil {
		return err
	}
	r.report.Sums = []Sum{
		{Name: "variants", Imported: totals.variants},
		{Name: "prices", Imported: totals.prices},
		{Name: "opening units", Imported: totals.units},
	}
	if totals.pictures > 0 {
		r.report.Notes = append(r.report.Notes, fmt.Sprintf("%s pictures were not taken over: the catalogue has no place for them",
			grouped(totals.pictures)))
	}
	return nil
}

// shopifyTotals are what a shopify import adds up.
type shopifyTotals struct{ variants, prices, units, pictures int64 }

// shopifyFile reads one file and sends its products.
func (r *run) shopifyFile(s source, totals *shopifyTotals) error {
	text, err := s.open(&r.meter.read)
	if err != nil {
		return err
	}
	defer text.Close()
	rows := newRowReader(s, text)
	header, _, err := rows.next()
	if err != nil {
		return fmt.Errorf("%s has no header: %w", s.path, err)
	}
	at := columnsOf(header)
	if err := at.requireShopify(s.path); err != nil {
		return err
	}
	var product []shopifyRow
	for {
		fields, line, err := rows.next()
		if errors.Is(err, io.EOF) {
			return r.sendShopify(product, totals)
		}
		if errors.Is(err, errBrokenRow) {
			r.window.note(func() error { return r.reject(line.reject(reasonMalformed, "%s", err)) })
			continue
		}
		if err != nil {
			return err
		}
		row := shopifyRowOf(at, fields, line)
		if len(product) > 0 && (row.handle != product[0].handle || len(product) == rowsPerProductMax) {
			if err := r.sendShopify(product, totals); err != nil {
				return err
			}
			product = nil
		}
		product = append(product, row)
	}
}

// sendShopify carries out one product.
func (r *run) sendShopify(rows []shopifyRow, totals *shopifyTotals) error {
	if len(rows) == 0 {
		return nil
	}
	product := shopifyProductOf(rows, r.Options)
	return r.window.do(product.code, func(ctx context.Context) (func() error, error) {
		if len(product.request.GetProduct().GetVariants()) == 0 {
			return func() error { return r.reject(product.rejects...) }, nil
		}
		err := r.withTaxCategory(ctx, "Standard", func() error {
			_, err := r.catalog.PutProduct(ctx, product.request)
			return err
		})
		if refusal := refusalOf(err); refusal != nil {
			return func() error { return r.rejectShopify(product, refusal) }, nil
		}
		if err != nil {
			return nil, err
		}
		done := shopifyTotals{variants: int64(len(product.request.GetProduct().GetVariants())), pictures: product.pictures}
		if done.prices, err = r.putShopifyPrices(ctx, product); err != nil {
			return nil, err
		}
		if done.units, err = r.receiveShopify(ctx, product); err != nil {
			return nil, err
		}
		return func() error { return r.settleShopify(product, done, totals) }, nil
	})
}

// rejectShopify settles a product that the server refused: every row of it.
func (r *run) rejectShopify(product *shopifyProduct, refusal *Refusal) error {
	for _, row := range product.rows {
		product.rejects = append(product.rejects, row.refused(refusal))
	}
	return r.reject(product.rejects...)
}

func (r *run) settleShopify(product *shopifyProduct, done shopifyTotals, totals *shopifyTotals) error {
	r.report.Products++
	totals.variants += done.variants
	totals.prices += done.prices
	totals.units += done.units
	totals.pictures += done.pictures
	r.imported(product.rows...)
	if err := r.reject(product.rejects...); err != nil {
		return err
	}
	return r.partly(product.partly...)
}

// putShopifyPrices puts the prices of a product and returns how many were taken.
func (r *run) putShopifyPrices(ctx context.Context, product *shopifyProduct) (int64, error) {
	if len(product.prices) == 0 {
		return 0, nil
	}
	request := &catalogv1.PutPricesRequest{PriceList: r.PriceList}
	for _, price := range product.prices {
		request.Prices = append(request.Prices, price.Price)
	}
	request.RequestId = statementID(request, "shopify", "prices", r.PriceList, product.code)
	_, err := r.catalog.PutPrices(ctx, request)
	if refusal := refusalOf(err); refusal != nil {
		for _, price := range product.prices {
			product.partly = append(product.partly, price.origin.reject(reasonPrice, "%s", refusal))
		}
		return 0, nil
	}
	return int64(len(product.prices)), err
}

// receiveShopify receives the opening stock of a product, each variant on its own, so that a variant that is new in a later
// file gets its stock and one that had it is not given it twice.
func (r *run) receiveShopify(ctx context.Context, product *shopifyProduct) (units int64, err error) {
	for _, stock := range product.stock {
		request := &stockv1.ReceiveStockRequest{
			RequestId: factID("shopify", "opening", r.Location, stock.GetSku()),
			Location:  r.Location, Lines: []*stockv1.ReceiveLine{stock.ReceiveLine}, Reference: openingReference,
		}
		_, err := r.stock.ReceiveStock(ctx, request)
		if refusal := refusalOf(err); refusal != nil {
			product.partly = append(product.partly, stock.origin.reject(reasonStock, "%s", refusal))
			continue
		}
		if err != nil {
			return units, err
		}
		units += stock.GetQuantity()
	}
	return units, nil
}

// openingReference is the delivery number of opening stock.
const openingReference = "opening stock"
