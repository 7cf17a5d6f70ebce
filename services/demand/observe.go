package demand

import (
	"errors"
	"slices"
	"strings"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

// Observe sees what a call was about, if anything was looked for. It looks at answers as they were told: of what a channel calls none,
// there is none.
func (r *Recorder) Observe(request, answer any, err error) {
	switch q := request.(type) {
	case *catalogpb.SearchProductsRequest:
		if found, ok := answer.(*catalogpb.SearchProductsResponse); ok && err == nil {
			r.search(q, found)
		}
	case *stockpb.GetAvailabilityRequest:
		if told, ok := answer.(*stockpb.GetAvailabilityResponse); ok && err == nil {
			r.availability(q, told)
		}
	case *stockpb.GetSizeMatrixRequest:
		if told, ok := answer.(*stockpb.SizeMatrix); ok && err == nil {
			r.matrix(q, told)
		}
	case *stockpb.HoldStockRequest:
		r.refused(retail.DemandHold, q.GetChannel(), err)
	case *stockpb.FindAndHoldRequest:
		r.refused(retail.DemandHold, q.GetChannel(), err)
	case *stockpb.ShipTransferRequest:
		r.refused(retail.DemandTransfer, "", err)
	case *orderspb.QuoteOrderRequest:
		if told, ok := answer.(*orderspb.Quote); ok && err == nil {
			r.quote(q, told)
		}
	case *orderspb.PlaceOrderRequest:
		r.refused(retail.DemandOrder, q.GetChannel(), err)
	case *returnspb.ExchangeGoodsRequest:
		r.refused(retail.DemandExchange, q.GetSale().GetChannel(), err)
	}
}

// search sees the first page of a search. Who asks for no words and by no filters lists all products, and looks for none.
func (r *Recorder) search(q *catalogpb.SearchProductsRequest, found *catalogpb.SearchProductsResponse) {
	w := retail.Wanted{
		Kind: retail.DemandSearch, Channel: q.GetChannel(), SKU: found.GetSku(), Words: strings.Join(retail.SearchTerms(q.GetQuery()), " "),
		Filters: filtersOf(q), Language: strings.ToLower(q.GetLanguage()), Found: int64(len(found.GetProducts())),
		More: found.GetNextPageToken() != "",
	}
	if q.GetPageToken() != "" || w.SKU+w.Words+w.Filters == "" {
		return
	}
	if q.GetCustomerAgrees() {
		w.Customer, _ = retail.ParseID(q.GetCustomer()) // the contract says that it is one
	}
	location := q.GetLocation()
	if location == "" {
		location = q.GetInStockAt()
	}
	r.saw(location, w)
}

// filtersOf is what a search was narrowed by, in one order.
func filtersOf(q *catalogpb.SearchProductsRequest) string {
	filters := slices.Concat(q.GetOptions(), q.GetAttributes())
	for _, named := range [][2]string{{"brand", q.GetBrand()}, {"department", q.GetDepartment()}, {"in stock at", q.GetInStockAt()}} {
		if named[1] != "" {
			filters = append(filters, named[0]+"="+named[1])
		}
	}
	slices.Sort(filters)
	return strings.Join(slices.Compact(filters), ", ")
}

// availability sees SKUs of which there was none. Who names places, or a point, wants it there; who names neither wants it anywhere.
func (r *Recorder) availability(q *stockpb.GetAvailabilityRequest, told *stockpb.GetAvailabilityResponse) {
	w := retail.Wanted{Kind: retail.DemandAvailability, Channel: q.GetChannel()}
	if q.GetProduct() != "" {
		w.Kind = retail.DemandProduct
	}
	if len(q.GetLocations()) > 0 {
		for _, level := range told.GetLevels() {
			if isNone(level.Sellable, level.GetBand()) {
				w.SKU = level.GetSku()
				r.saw(level.GetLocation(), w)
			}
		}
		return
	}
	somewhere := map[string]bool{}
	skus := slices.Clone(q.GetSkus())
	for _, level := range told.GetLevels() {
		somewhere[level.GetSku()] = somewhere[level.GetSku()] || !isNone(level.Sellable, level.GetBand())
		if q.GetProduct() != "" {
			skus = append(skus, level.GetSku())
		}
	}
	location := q.GetNear().GetLocation()
	if places := told.GetPlaces(); location == "" && q.GetNear() != nil && len(places) > 0 {
		location = places[0].GetLocation()
	}
	slices.Sort(skus)
	for _, w.SKU = range slices.Compact(skus) {
		if !somewhere[w.SKU] {
			r.saw(location, w)
		}
	}
}

// matrix sees the sizes of a product of which there was none here.
func (r *Recorder) matrix(q *stockpb.GetSizeMatrixRequest, told *stockpb.SizeMatrix) {
	for _, cell := range told.GetCells() {
		if here := cell.GetHere(); isNone(here.Units, here.GetBand()) {
			r.saw(told.GetLocation(), retail.Wanted{Kind: retail.DemandProduct, Channel: q.GetChannel(), SKU: cell.GetSku()})
		}
	}
}

// quote sees SKUs of which there was none where a basket wanted them. It is a question, and no promise was refused: whoever orders for
// all that is seen again, as an order.
func (r *Recorder) quote(q *orderspb.QuoteOrderRequest, told *orderspb.Quote) {
	for _, short := range told.GetShortages() {
		band := stockpb.StockBand(stockpb.StockBand_value["STOCK_BAND_"+short.GetBand()])
		if isNone(short.Sellable, band) {
			r.saw(short.GetLocation(), retail.Wanted{Kind: retail.DemandAvailability, Channel: q.GetChannel(), SKU: short.GetSku()})
		}
	}
}

// isNone tells whether somebody was told that there is none, in units or as a band.
func isNone(units *int64, band stockpb.StockBand) bool {
	if units != nil {
		return *units <= 0
	}
	return band == stockpb.StockBand_STOCK_BAND_NONE
}

// refused sees what a promise was refused for lack of.
func (r *Recorder) refused(kind retail.DemandKind, channel string, err error) {
	refusal, ok := errors.AsType[*retail.Refusal](err)
	if !ok || refusal.Reason != retail.OutOfStock {
		return
	}
	for _, short := range refusal.Short {
		r.saw(short.Location, retail.Wanted{
			Kind: kind, Channel: channel, SKU: short.SKU, Units: short.Wanted, There: max(0, short.Sellable),
		})
	}
}
