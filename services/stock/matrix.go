package stock

import (
	"cmp"
	"context"
	"slices"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// GetSizeMatrix answers what there is of each variant of a product: here, nearby, and to be sent.
func (s *Server) GetSizeMatrix(ctx context.Context, req *pb.GetSizeMatrixRequest) (*pb.SizeMatrix, error) {
	all, err := s.reads.AllLocations(ctx)
	if err != nil {
		return nil, err
	}
	here, err := s.placeIn(ctx, all, req.GetLocation(), "location")
	if err != nil {
		return nil, err
	}
	channel, err := s.channel(ctx, req.GetChannel())
	if err != nil {
		return nil, err
	}
	product, err := s.product(ctx, req.GetProduct())
	if err != nil {
		return nil, err
	}
	m := matrix{
		asking: asking{channel: channel, shows: trade.Shows(ctx, channel)}, product: product, here: here,
		stores:     nearbyStores(here, channel, cmp.Or(req.GetRadiusMetres(), radiusDefault), all),
		warehouses: warehousesOf(channel, all),
	}
	levels, err := s.levelsAt(ctx, skusOf(product), slices.Concat([]nearPlace{{Location: here}}, m.stores, m.warehouses))
	if err != nil {
		return nil, err
	}
	m.levels = byPosition(levels)
	if err := s.readBuffers(ctx, &m.asking, levels); err != nil {
		return nil, err
	}
	return m.told(time.Now()), nil
}

// nearbyStores are the other stores around a place, nearest first; none where nobody knows where the place is.
func nearbyStores(here retail.Location, channel retail.Channel, radius int64, all []retail.Location) []nearPlace {
	if trade.PointOf(here).IsNowhere() {
		return nil
	}
	serves := serving(channel, retail.PickUp)
	return around(trade.PointOf(here), radius, all, func(l retail.Location) bool { return l.Code != here.Code && serves(l) })
}

// warehousesOf are the places that the channel sends goods from and nobody walks into.
func warehousesOf(channel retail.Channel, all []retail.Location) []nearPlace {
	serves := serving(channel, retail.Ship)
	var found []nearPlace
	for _, l := range all {
		if l.Kind == retail.Warehouse && serves(l) {
			found = append(found, nearPlace{Location: l})
		}
	}
	return found
}

// matrix is a product at a place and around it.
type matrix struct {
	asking
	product            retail.Product
	here               retail.Location
	stores, warehouses []nearPlace
	levels             map[retail.Key]retail.Level
}

func (m *matrix) told(now time.Time) *pb.SizeMatrix {
	answer := &pb.SizeMatrix{Product: m.product.Code, Title: m.product.Title, Location: m.here.Code}
	for _, option := range m.product.Options {
		answer.Options = append(answer.Options, &pb.MatrixOption{Name: option.Name, Values: option.Values})
	}
	named := map[string]bool{}
	for _, variant := range m.inOrder() {
		cell := m.cell(variant)
		named[cell.NearestLocation] = true
		answer.Cells = append(answer.Cells, cell)
	}
	places := slices.DeleteFunc(slices.Clone(m.stores), func(p nearPlace) bool { return !named[p.Code] })
	answer.Places = placesTo(places, now, true)
	return answer
}

// inOrder are the variants by the values of the options, each in its own order.
func (m *matrix) inOrder() []retail.Variant {
	rank := func(v retail.Variant, option int) int {
		return slices.Index(m.product.Options[option].Values, v.OptionValues[option])
	}
	variants := slices.Clone(m.product.Variants)
	slices.SortStableFunc(variants, func(a, b retail.Variant) int {
		for i := range min(len(m.product.Options), len(a.OptionValues), len(b.OptionValues)) {
			if order := cmp.Compare(rank(a, i), rank(b, i)); order != 0 {
				return order
			}
		}
		return 0
	})
	return variants
}

// cell is one variant. A place adds what the caller may be told of: of what a channel calls none, nothing.
func (m *matrix) cell(v retail.Variant) *pb.MatrixCell {
	cell := &pb.MatrixCell{Sku: v.SKU, OptionValues: v.OptionValues}
	here := int64(0)
	if m.channel.Promises(m.here.Code) {
		here = m.sellable(m.here.Code, v.SKU, retail.CarryOut)
	}
	cell.Here = m.show(here)
	nearby, online := int64(0), int64(0)
	for _, place := range m.stores {
		units := m.sellable(place.Code, v.SKU, retail.PickUp)
		if !m.isShown(units) {
			continue
		}
		nearby += units
		if cell.NearestLocation == "" {
			cell.NearestLocation, cell.NearestDistanceMetres = place.Code, place.metres
		}
	}
	for _, place := range m.warehouses {
		if units := m.sellable(place.Code, v.SKU, retail.Ship); m.isShown(units) {
			online += units
		}
	}
	cell.Nearby, cell.Online = m.show(nearby), m.show(online)
	return cell
}

func (m *matrix) sellable(location, sku string, method retail.Method) int64 {
	level, found := m.levels[retail.LevelKey(location, sku)]
	if !found {
		return 0
	}
	return m.buffers.Sellable(level, method)
}

func (m *matrix) show(sellable int64) *pb.Sellable {
	if m.shows.Counts() {
		return &pb.Sellable{Units: &sellable}
	}
	return &pb.Sellable{Band: pb.StockBand(pb.StockBand_value[bandPrefix+string(m.shows.Band(sellable))])}
}
