package deliveries

import (
	"context"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// GetAvailableToPromise tells how many units can be promised by which day.
func (s *Server) GetAvailableToPromise(
	ctx context.Context, req *pb.GetAvailableToPromiseRequest,
) (*pb.GetAvailableToPromiseResponse, error) {
	place, err := trade.Place(ctx, s.reads, req.GetLocation(), "location")
	if err != nil {
		return nil, err
	}
	var channel retail.Channel
	if code := req.GetChannel(); code != "" {
		if channel, err = trade.Channel(ctx, s.reads, code); err != nil {
			return nil, err
		}
		if !channel.Promises(place.Code) {
			return nil, retail.RefuseField(retail.LocationNotServed, "location", "%s does not promise from %s", code, place.Code)
		}
	}
	if err := trade.KnowSKUs(ctx, s.reads, req.GetSkus(), trade.Within("skus")); err != nil {
		return nil, err
	}
	levels, incoming, err := s.reads.Promisable(ctx, place.Code, req.GetSkus())
	if err != nil {
		return nil, err
	}
	buffers := retail.Buffers{}
	if channel.Code != "" {
		rules, err := s.reads.BuffersNow(ctx, req.GetSkus(), []string{place.Code})
		if err != nil {
			return nil, err
		}
		buffers = retail.NewBuffers(channel, rules)
	}
	sellable := func(l retail.Level) int64 { return buffers.Sellable(l, "") }
	answer := &pb.GetAvailableToPromiseResponse{}
	now := time.Now().In(trade.Zone(place))
	for _, level := range levels {
		days := retail.AvailableToPromise(level, sellable, incoming, now)
		one := &pb.AvailableToPromise{Sku: level.SKU, Sellable: sellable(level)}
		for _, day := range days {
			one.Days = append(one.Days, &pb.PromiseDay{Day: day.On, Units: day.Units})
		}
		if units := req.GetQuantity(); units > 0 {
			one.FromDay = retail.PromisedFrom(days, units)
		}
		answer.Promises = append(answer.Promises, one)
	}
	return answer, nil
}
