package stock

import (
	"context"

	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// ListStockValues returns a page of what units cost that are here.
func (s *Server) ListStockValues(ctx context.Context, req *pb.ListStockValuesRequest) (*pb.ListStockValuesResponse, error) {
	location, sku := req.GetLocation(), req.GetSku()
	if err := s.knowPosition(ctx, location, sku); err != nil {
		return nil, err
	}
	after, err := page.Read[retail.PositionMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	var levels []retail.Level
	if location != "" && sku != "" {
		levels, err = s.reads.Levels(ctx, []string{sku}, []string{location})
	} else {
		levels, err = s.reads.LevelsAfter(ctx, location, sku, after, limit+1)
	}
	if err != nil {
		return nil, err
	}
	return valuesTo(levels, limit), nil
}

// GetStockValue returns what all units cost that are at a location.
func (s *Server) GetStockValue(ctx context.Context, req *pb.GetStockValueRequest) (*pb.LocationValue, error) {
	place, err := trade.Place(ctx, s.reads, req.GetLocation(), "location")
	if err != nil {
		return nil, err
	}
	value, err := s.reads.StockValue(ctx, place.Code)
	if err != nil {
		return nil, err
	}
	return &pb.LocationValue{
		Location: place.Code, Units: value.Units, UnitsWithoutCost: value.UnitsWithoutCost,
		Value: &retailpb.Money{CurrencyCode: place.Currency, AmountMinor: value.Minor},
	}, nil
}

func valuesTo(levels []retail.Level, limit int) *pb.ListStockValuesResponse {
	answer := &pb.ListStockValuesResponse{}
	if len(levels) > limit {
		levels = levels[:limit]
		last := levels[limit-1]
		answer.NextPageToken = page.Token(retail.PositionMark{Location: last.Location, SKU: last.SKU})
	}
	for _, level := range levels {
		value := &pb.StockValue{Location: level.Location, Sku: level.SKU, OnHand: level.OnHand()}
		if w := level.Worth; w.Known() {
			value.Value = &retailpb.Money{CurrencyCode: w.Currency, AmountMinor: w.ValueMinor}
			value.UnitCost = &retailpb.Money{CurrencyCode: w.Currency, AmountMinor: w.UnitMinor}
		}
		answer.Values = append(answer.Values, value)
	}
	return answer
}
