package orders

import (
	"context"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// sourcing is a basket with the places that were chosen to send what it names none for.
type sourcing struct {
	basket retail.Basket
	terms  retail.Terms
	chosen []retail.Sourced
}

// source reads the terms of a basket with what is in its cart, and chooses who sends what no place was named for, where its channel wants that.
func (s *Server) source(ctx context.Context, basket retail.Basket, to *pb.Destination) (sourcing, error) {
	basket, err := trade.Contents(ctx, s.reads, basket)
	if err != nil {
		return sourcing{}, err
	}
	terms, err := trade.Terms(ctx, s.reads, basket)
	out := sourcing{basket: basket, terms: terms}
	if err != nil {
		return out, err
	}
	wants := basket.Unsourced(terms)
	if len(wants) == 0 {
		return out, nil
	}
	ranked, err := s.senders(ctx, terms, to)
	if err != nil || len(ranked) == 0 {
		return out, err
	}
	rows := retail.Rows{}
	var skus, codes []string
	for _, place := range ranked {
		codes = append(codes, place.Location.Code)
		terms.Places[place.Location.Code] = place.Location
	}
	var positions []retail.Key
	for _, want := range wants {
		skus = append(skus, want.SKU)
		for _, code := range codes {
			positions = append(positions, retail.LevelKey(code, want.SKU))
		}
	}
	if err := s.readLevels(ctx, rows, skus, codes); err != nil {
		return out, err
	}
	rules, err := s.reads.Buffers(ctx, positions)
	if err != nil {
		return out, err
	}
	out.terms.Buffers = append(rules, terms.Buffers...)
	buffers := retail.NewBuffers(terms.Channel, out.terms.Buffers)
	out.chosen = terms.Channel.Sourcing.Choose(wants, ranked, func(location, sku string) int64 {
		return basket.Spare(terms, retail.LevelAt(rows, location, sku), buffers)
	})
	out.basket = basket.From(out.chosen)
	return out, nil
}

// senders are the places that may send for the channel, ranked by its policy.
func (s *Server) senders(ctx context.Context, terms retail.Terms, to *pb.Destination) ([]retail.PlaceAway, error) {
	all, err := s.reads.AllLocations(ctx)
	if err != nil {
		return nil, err
	}
	goes := terms.Location
	if to != nil {
		goes = retail.Location{LatitudeE7: to.GetLatitudeE7(), LongitudeE7: to.GetLongitudeE7()}
	}
	metres := trade.MetresFrom(goes)
	var places []retail.PlaceAway
	for _, l := range all {
		if terms.Channel.MayServe(l, retail.Ship) {
			places = append(places, retail.PlaceAway{Location: l, Metres: metres(l)})
		}
	}
	return terms.Channel.Sourcing.Rank(places), nil
}

func sourcedTo(s retail.Sourced) *pb.SourcedFrom {
	told := &pb.SourcedFrom{Policy: string(s.Policy), Passed: s.Passed, Nowhere: s.Short}
	if s.Place.Metres >= 0 {
		told.DistanceMetres = &s.Place.Metres
	}
	return told
}
