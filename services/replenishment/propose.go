package replenishment

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/replenishment/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// ProposeReplenishment proposes what to transfer and what to order. It reads a page of SKUs wherever they are, with one statement per
// table; the rules propose.
func (s *Server) ProposeReplenishment(ctx context.Context, req *pb.ProposeReplenishmentRequest) (*pb.ProposeReplenishmentResponse, error) {
	places, err := s.places(ctx, req.GetLocation())
	if err != nil {
		return nil, err
	}
	answer := &pb.ProposeReplenishmentResponse{}
	skus, err := s.skus(ctx, req, answer)
	if err != nil {
		return nil, err
	}
	days := int32(page.Size(req.GetSalesDays(), salesDefault))
	until := time.Now()
	from := until.Add(-time.Duration(days) * 24 * time.Hour)
	answer.SalesFrom, answer.SalesUntil = timestamppb.New(from), timestamppb.New(until)
	if len(skus) == 0 {
		return answer, nil
	}
	known, err := s.known(ctx, skus, places, from, until)
	if err != nil {
		return nil, err
	}
	terms := retail.ReplenishTerms{SalesDays: days, CoverDays: coverDefault, TransfersOnly: req.GetTransfersOnly(), Metres: places.metres}
	if req.CoverDays != nil {
		terms.CoverDays = req.GetCoverDays()
	}
	for _, sku := range skus {
		proposals := retail.Replenish(known.of(sku, req.GetLocation(), len(req.GetSkus()) > 0), terms)
		answer.Proposals = append(answer.Proposals, proposalsTo(proposals)...)
	}
	return answer, nil
}

// skus are those that are asked for, or a page of those that have a rule.
func (s *Server) skus(
	ctx context.Context, req *pb.ProposeReplenishmentRequest, answer *pb.ProposeReplenishmentResponse,
) ([]string, error) {
	after, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if named := req.GetSkus(); len(named) > 0 {
		skus := slices.Sorted(slices.Values(named))
		return skus, trade.KnowSKUs(ctx, s.reads, named, trade.Each("skus"))
	}
	limit := page.Size(req.GetPageSize(), skusDefault)
	skus, err := s.reads.RuledSKUs(ctx, req.GetLocation(), after, limit+1)
	if len(skus) > limit {
		skus = skus[:limit]
		answer.NextPageToken = page.Token(skus[limit-1])
	}
	return skus, err
}

// places are the stores and warehouses that take part, by code.
type places map[string]retail.Location

// places are those that are open, and refuses the one that is to get something where it is not. One that another process made a moment
// ago is read alone.
func (s *Server) places(ctx context.Context, receiver string) (places, error) {
	everywhere, err := s.reads.AllLocations(ctx)
	if err != nil {
		return nil, err
	}
	found := places{}
	for _, place := range everywhere {
		found.add(place)
	}
	if receiver == "" {
		return found, nil
	}
	place, err := trade.Place(ctx, s.reads, receiver, "location")
	if err != nil {
		return nil, err
	}
	found.add(place)
	return found, place.Open("location")
}

// add adds a place that has goods and is open.
func (p places) add(place retail.Location) {
	if place.Trades() {
		p[place.Code] = place
	}
}

// metres is how far a place is from another. One without coordinates is near nothing.
func (p places) metres(from, to string) (int64, bool) {
	a, b := trade.PointOf(p[from]), trade.PointOf(p[to])
	if a.IsNowhere() || b.IsNowhere() {
		return 0, false
	}
	return a.Metres(b), true
}

// known is what is known of some SKUs.
type known struct {
	places  places
	levels  map[retail.Key]retail.Level
	trade   map[retail.Key]retail.SoldUnits
	unmet   map[retail.Key]int64
	awaited map[retail.Key]int64
	rules   retail.StockRules
	buffers map[retail.Key]retail.BufferRules
}

func (s *Server) known(ctx context.Context, skus []string, at places, from, until time.Time) (*known, error) {
	k := &known{
		places: at, levels: map[retail.Key]retail.Level{}, trade: map[retail.Key]retail.SoldUnits{}, buffers: map[retail.Key]retail.BufferRules{},
	}
	levels, err := s.reads.Levels(ctx, skus, nil)
	if err != nil {
		return nil, err
	}
	levels = slices.DeleteFunc(levels, func(l retail.Level) bool { return at[l.Location].Code == "" })
	sold, err := s.reads.SoldUnits(ctx, levels, from, until)
	if err != nil {
		return nil, err
	}
	var locations []string
	for i, level := range levels {
		k.levels[level.Key()], k.trade[level.Key()] = level, sold[i]
		locations = append(locations, level.Location)
	}
	if k.unmet, err = s.reads.UnmetOf(ctx, skus, from, until); err != nil {
		return nil, err
	}
	if k.awaited, err = s.reads.Awaited(ctx, skus); err != nil {
		return nil, err
	}
	rules, err := s.reads.StockRulesOf(ctx, skus)
	if err != nil {
		return nil, err
	}
	k.rules = retail.NewStockRules(rules)
	slices.Sort(locations)
	buffers, err := s.reads.BuffersNow(ctx, skus, slices.Compact(locations))
	for _, b := range buffers {
		k.buffers[b.Key()] = b
	}
	return k, err
}

// of are the places that have to do with a SKU: where it is or was, and where it has a rule of its own. One location gets something,
// or all do, by their rules; where the SKU was asked for, without a rule too.
func (k *known) of(sku, receiver string, named bool) []retail.ReplenishedPlace {
	var all []retail.ReplenishedPlace
	for code := range k.places {
		key := retail.LevelKey(code, sku)
		level, there := k.levels[key]
		own, owns := k.rules[retail.StockRuleKey(code, sku)]
		asked := named && code == receiver
		if !there && !owns && !asked {
			continue
		}
		if !there {
			level = retail.Level{Location: code, SKU: sku}
		}
		rule, ruled := own, owns
		if !owns {
			rule, ruled = k.rules.At(code, sku)
		}
		all = append(all, retail.ReplenishedPlace{
			Level: level, Rule: rule, Trade: k.trade[key], Unmet: k.unmet[key], Awaited: k.awaited[key], Gives: true,
			Kept:     retail.MostKept(level, k.buffers[retail.BufferRulesKey(code, sku)], k.buffers[retail.BufferRulesKey(code, "")]),
			Receives: (receiver == "" || code == receiver) && (ruled || named),
		})
	}
	return all
}
