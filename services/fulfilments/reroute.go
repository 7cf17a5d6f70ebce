package fulfilments

import (
	"context"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// reroute looks for places that may hand over instead what one does not have, by the ways that the request or else the channel names.
// They are read, and looked at once more by the rule.
func (s *Server) reroute(ctx context.Context, cmd *retail.RejectUnits, req *pb.RejectUnitsRequest) error {
	methods := trade.MethodsFrom(req.GetInstead())
	if req.GetPayBack() {
		if len(methods) > 0 {
			return retail.RefuseField(retail.InvalidRequest, "pay_back", "what is handed over instead is not paid back")
		}
		return nil
	}
	channel, err := trade.Channel(ctx, s.reads, cmd.Order.Channel)
	if err != nil {
		return err
	}
	if len(methods) == 0 {
		methods = channel.Reroute
	}
	short := cmd.Rerouted()
	if len(methods) == 0 || len(short) == 0 {
		return nil
	}
	from, err := trade.Place(ctx, s.reads, cmd.Location, "location")
	if err != nil {
		return err
	}
	all, err := s.reads.AllLocations(ctx)
	if err != nil {
		return err
	}
	around := retail.AroundShort(channel, cmd.Location, "", all, trade.MetresFrom(from))
	rows, err := s.around(ctx, cmd, channel, short, around)
	if err != nil {
		return err
	}
	cmd.Others = cmd.Alternatives(short, methods, around, rows)
	now := time.Now()
	for _, place := range around {
		if cmd.Needs(place) {
			f := retail.Fulfilment{ID: ledger.NewID(), Location: place.Location.Code, Method: place.Method}
			f.PromisedAt = place.Location.Promises(f.Method, now, trade.Zone(place.Location))
			cmd.Fulfilments = append(cmd.Fulfilments, f)
		}
	}
	return nil
}

// around reads what the places have, and what they may not promise.
func (s *Server) around(
	ctx context.Context, cmd *retail.RejectUnits, channel retail.Channel, short []retail.OrderLine, around []retail.QuotePlace,
) (retail.Rows, error) {
	var skus, codes []string
	var positions []retail.Key
	for _, line := range short {
		skus = append(skus, line.SKU)
		for _, place := range around {
			codes = append(codes, place.Location.Code)
			positions = append(positions, retail.LevelKey(place.Location.Code, line.SKU))
		}
	}
	rows := retail.Rows{}
	if len(codes) == 0 {
		return rows, nil
	}
	levels, err := s.reads.LevelsOf(ctx, trade.Distinct(skus), trade.Distinct(codes))
	if err != nil {
		return nil, err
	}
	for _, level := range levels {
		rows[level.Key()] = level
	}
	rules, err := s.reads.Buffers(ctx, positions)
	cmd.Buffers = retail.NewBuffers(channel, rules)
	return rows, err
}
