package replenishment

import (
	pb "github.com/aisle-retail/aisle/gen/go/aisle/replenishment/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

func rulesFrom(rules []*pb.StockRule) []retail.StockRule {
	all := make([]retail.StockRule, len(rules))
	for i, r := range rules {
		all[i] = retail.StockRule{
			SKU: r.GetSku(), Minimum: r.GetMinimum(), Target: r.GetTarget(), PackSize: r.GetPackSize(), LeadDays: r.GetLeadDays(),
			LowBelow: r.GetLowBelow(),
		}
	}
	return all
}

func ruleTo(r retail.StockRule) *pb.StockRule {
	return &pb.StockRule{
		Sku: r.SKU, Minimum: r.Minimum, Target: r.Target, PackSize: r.PackSize, LeadDays: r.LeadDays, LowBelow: r.LowBelow,
	}
}

func rulesTo(rules []retail.StockRule) []*pb.StockRule {
	all := make([]*pb.StockRule, len(rules))
	for i, r := range rules {
		all[i] = ruleTo(r)
	}
	return all
}

func proposalsTo(proposals []retail.Proposal) []*pb.ReplenishmentProposal {
	var all []*pb.ReplenishmentProposal
	for _, p := range proposals {
		level := p.Place.Level
		one := &pb.ReplenishmentProposal{
			Location: level.Location, Sku: level.SKU, Units: p.Need.Units, OrderUnits: p.OrderUnits, ShortUnits: p.ShortUnits,
			Why: &pb.ReplenishmentReason{
				Available: level.Available(), Incoming: p.Need.Expected - level.Available(), Sold: p.Place.Trade.Sold,
				Returned: p.Place.Trade.Returned, Unmet: p.Place.Unmet, Cover: p.Need.Cover, Reorder: p.Need.Reorder, UpTo: p.Need.UpTo,
			},
		}
		if p.Place.Rule.Version > 0 {
			one.Why.Rule = ruleTo(p.Place.Rule)
		}
		for _, t := range p.Transfers {
			transfer := &pb.ProposedTransfer{FromLocation: t.From, Units: t.Units, Available: t.Available, Keeps: t.Keeps}
			if t.Known {
				transfer.DistanceMetres = &t.Metres
			}
			one.Transfers = append(one.Transfers, transfer)
		}
		all = append(all, one)
	}
	return all
}
