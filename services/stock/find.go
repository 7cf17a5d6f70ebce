package stock

import (
	"cmp"
	"context"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// FindAndHold promises units at the best place near a point.
func (s *Server) FindAndHold(ctx context.Context, req *pb.FindAndHoldRequest) (*pb.FoundHold, error) {
	wanted := retail.Find{Hold: retail.PlaceHold{
		Hold: ledger.NewID(), Transaction: ledger.NewID(), Channel: req.GetChannel(), Owner: req.GetOwner(), Lines: linesFrom(req.GetLines()),
		TimeToLive: req.GetTimeToLive().AsDuration(), Method: trade.MethodFrom(req.GetMethod()),
	}}
	if err := oneEnd(req); err != nil {
		return nil, err
	}
	if err := eachOnce(wanted.Hold.Lines, "lines"); err != nil {
		return nil, err
	}
	found, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.HoldFound], error) {
		return s.find(ctx, wanted, req.GetNear(), req.GetUntilClosing())
	})
	if err != nil {
		return nil, err
	}
	return &pb.FoundHold{Hold: holdTo(found.Hold), DistanceMetres: found.Metres}, nil
}

// find reads what the places around a point have, in one look, and plans where to hold.
func (s *Server) find(ctx context.Context, wanted retail.Find, near *pb.Near, untilClosing bool) (retail.Command[retail.HoldFound], error) {
	channel, err := s.channel(ctx, wanted.Hold.Channel)
	if err != nil {
		return nil, err
	}
	if err := channel.Open(); err != nil {
		return nil, err
	}
	if err := s.knowSKUs(ctx, wanted.Hold.Lines); err != nil {
		return nil, err
	}
	all, err := s.reads.AllLocations(ctx)
	if err != nil {
		return nil, err
	}
	at, err := s.origin(ctx, near, all)
	if err != nil {
		return nil, err
	}
	places := around(at, cmp.Or(near.GetRadiusMetres(), radiusDefault), all, serving(channel, wanted.Hold.Method))
	places = places[:min(int(cmp.Or(near.GetMaxPlaces(), placesDefault)), len(places))]
	skus := make([]string, len(wanted.Hold.Lines))
	for i, line := range wanted.Hold.Lines {
		skus[i] = line.SKU
	}
	levels, err := s.levelsAt(ctx, skus, places)
	if err != nil {
		return nil, err
	}
	asks := &asking{channel: channel}
	if err := s.readBuffers(ctx, asks, levels); err != nil {
		return nil, err
	}
	wanted.Hold.Buffers, wanted.Hold.Shows = asks.buffers, trade.Shows(ctx, channel)
	wanted.Hold.TimeToLive = cmp.Or(wanted.Hold.TimeToLive, channel.HoldTime)
	found, now := byPosition(levels), time.Now()
	seen := make([]retail.FindPlace, len(places))
	for i, place := range places {
		seen[i] = retail.FindPlace{Location: place.Code, Metres: place.metres}
		if untilClosing {
			seen[i].Until = keptUntil(place.Location, now)
		}
		for _, sku := range skus {
			level, there := found[retail.LevelKey(place.Code, sku)]
			if !there {
				level = retail.Level{Location: place.Code, SKU: sku}
			}
			seen[i].Levels = append(seen[i].Levels, level)
		}
	}
	return wanted.Plan(seen)
}
