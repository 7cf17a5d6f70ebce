package stock

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// GetAvailability answers what is where.
func (s *Server) GetAvailability(ctx context.Context, req *pb.GetAvailabilityRequest) (*pb.GetAvailabilityResponse, error) {
	if req.GetNear() != nil && len(req.GetLocations()) > 0 {
		return nil, retail.RefuseField(retail.InvalidRequest, "near", "the places are named, or around a point, not both")
	}
	if err := s.knowLocations(ctx, req.GetLocations()); err != nil {
		return nil, err
	}
	channel, err := s.channel(ctx, req.GetChannel())
	if err != nil {
		return nil, err
	}
	skus, err := s.asked(ctx, req)
	if err != nil {
		return nil, err
	}
	asks := &asking{channel: channel, method: trade.MethodFrom(req.GetMethod()), shows: trade.Shows(ctx, channel)}
	if req.GetNear() != nil {
		return s.availabilityNear(ctx, req.GetNear(), skus, asks)
	}
	levels, err := s.reads.Levels(ctx, skus, req.GetLocations())
	if err != nil {
		return nil, err
	}
	levels = slices.DeleteFunc(levels, func(l retail.Level) bool { return !channel.Promises(l.Location) })
	if err := s.readBuffers(ctx, asks, levels); err != nil {
		return nil, err
	}
	answer := &pb.GetAvailabilityResponse{Levels: asks.levels(levels)}
	if req.GetPlaces() {
		places, err := s.placesOf(ctx, levels)
		if err != nil {
			return nil, err
		}
		answer.Places = placesTo(places, time.Now(), false)
	}
	return answer, nil
}

// knowLocations refuses places that are not there. Many are looked for in the list of all.
func (s *Server) knowLocations(ctx context.Context, codes []string) (err error) {
	var all []retail.Location
	if len(codes) > 1 {
		if all, err = s.reads.AllLocations(ctx); err != nil {
			return err
		}
	}
	for i, code := range codes {
		if _, err := s.placeIn(ctx, all, code, fmt.Sprintf("locations[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

// channel is the one that a question names, or none.
func (s *Server) channel(ctx context.Context, code string) (retail.Channel, error) {
	if code == "" {
		return retail.Channel{}, nil
	}
	return trade.Channel(ctx, s.reads, code)
}

// asked are the SKUs that are asked for: those that are named, or a product's.
func (s *Server) asked(ctx context.Context, req *pb.GetAvailabilityRequest) ([]string, error) {
	if (len(req.GetSkus()) > 0) == (req.GetProduct() != "") {
		return nil, retail.RefuseField(retail.InvalidRequest, "skus", "SKUs are asked for, or a product: one of the two")
	}
	if req.GetProduct() != "" {
		product, err := s.product(ctx, req.GetProduct())
		return skusOf(product), err
	}
	return req.GetSkus(), trade.KnowSKUs(ctx, s.reads, req.GetSkus(), trade.Within("skus"))
}

func (s *Server) product(ctx context.Context, code string) (retail.Product, error) {
	product, found, err := s.reads.Product(ctx, code)
	if err == nil && !found {
		err = retail.RefuseField(retail.UnknownProduct, "product", "there is no product %s", code).With("product", code)
	}
	return product, err
}

func skusOf(p retail.Product) []string {
	skus := make([]string, len(p.Variants))
	for i, variant := range p.Variants {
		skus[i] = variant.SKU
	}
	return skus
}

// asking is who asks, and by what rules.
type asking struct {
	channel retail.Channel
	method  retail.Method
	shows   retail.Exposure
	buffers retail.Buffers
}

// readBuffers reads the rules that the channel goes by at positions. Where there is no channel nothing is kept back.
func (s *Server) readBuffers(ctx context.Context, asks *asking, levels []retail.Level) error {
	if asks.channel.Code == "" {
		return nil
	}
	rules, err := rulesOf(ctx, s.reads, levels)
	asks.buffers = retail.NewBuffers(asks.channel, rules)
	return err
}

// isShown tells whether the caller is told that there is some.
func (a *asking) isShown(sellable int64) bool {
	return sellable > 0 && a.shows.Band(sellable) != retail.BandNone
}

func (a *asking) levels(levels []retail.Level) []*pb.StockLevel {
	told := make([]*pb.StockLevel, len(levels))
	for i, level := range levels {
		told[i] = levelTo(level, a.buffers.Sellable(level, a.method), a.shows)
	}
	return told
}

// placesOf are the places of levels, by code.
func (s *Server) placesOf(ctx context.Context, levels []retail.Level) ([]nearPlace, error) {
	all, err := s.reads.AllLocations(ctx)
	if err != nil {
		return nil, err
	}
	var places []nearPlace
	seen := map[string]bool{}
	for _, level := range levels {
		if seen[level.Location] {
			continue
		}
		seen[level.Location] = true
		place, err := s.placeIn(ctx, all, level.Location, "locations")
		if err != nil {
			return nil, err
		}
		places = append(places, nearPlace{Location: place})
	}
	slices.SortFunc(places, func(a, b nearPlace) int { return cmp.Compare(a.Code, b.Code) })
	return places, nil
}

// availabilityNear answers what is around a point.
func (s *Server) availabilityNear(ctx context.Context, near *pb.Near, skus []string, asks *asking) (*pb.GetAvailabilityResponse, error) {
	all, err := s.reads.AllLocations(ctx)
	if err != nil {
		return nil, err
	}
	at, err := s.origin(ctx, near, all)
	if err != nil {
		return nil, err
	}
	places := around(at, cmp.Or(near.GetRadiusMetres(), radiusDefault), all, serving(asks.channel, asks.method))
	most := int(cmp.Or(near.GetMaxPlaces(), placesDefault))
	if !near.GetSellableOnly() {
		places = places[:min(most, len(places))]
	}
	levels, err := s.levelsAt(ctx, skus, places)
	if err != nil {
		return nil, err
	}
	if err := s.readBuffers(ctx, asks, levels); err != nil {
		return nil, err
	}
	if near.GetSellableOnly() {
		has := map[string]bool{}
		for _, level := range levels {
			has[level.Location] = has[level.Location] || asks.isShown(asks.buffers.Sellable(level, asks.method))
		}
		places = slices.DeleteFunc(places, func(p nearPlace) bool { return !has[p.Code] })
		places = places[:min(most, len(places))]
	}
	return &pb.GetAvailabilityResponse{
		Levels: asks.levels(inOrder(skus, places, levels)), Places: placesTo(places, time.Now(), true),
	}, nil
}

// levelsAt are the positions that there are of SKUs at places.
func (s *Server) levelsAt(ctx context.Context, skus []string, places []nearPlace) ([]retail.Level, error) {
	if len(places) == 0 {
		return nil, nil
	}
	codes := make([]string, len(places))
	for i, place := range places {
		codes[i] = place.Code
	}
	return s.reads.LevelsOf(ctx, skus, codes)
}

// inOrder puts levels by SKU and place, with zeros where a place never had a SKU.
func inOrder(skus []string, places []nearPlace, levels []retail.Level) []retail.Level {
	found := byPosition(levels)
	all := make([]retail.Level, 0, len(skus)*len(places))
	for _, sku := range skus {
		for _, place := range places {
			level, there := found[retail.LevelKey(place.Code, sku)]
			if !there {
				level = retail.Level{Location: place.Code, SKU: sku}
			}
			all = append(all, level)
		}
	}
	return all
}

func byPosition(levels []retail.Level) map[retail.Key]retail.Level {
	found := make(map[retail.Key]retail.Level, len(levels))
	for _, level := range levels {
		found[level.Key()] = level
	}
	return found
}
