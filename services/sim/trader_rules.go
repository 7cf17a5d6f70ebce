package sim

import (
	replenishmentpb "github.com/aisle-retail/aisle/gen/go/aisle/replenishment/v1"
)

// putRules puts rules of a store, so that what is there is low from then on, or is no more, while others sell it.
func (t *trader) putRules() (ask, bool) {
	request := &replenishmentpb.PutStockRulesRequest{RequestId: t.newID(), Location: t.store()}
	for _, sku := range t.skus(3) {
		request.Rules = append(request.Rules, &replenishmentpb.StockRule{
			Sku: sku, Minimum: t.rand.Int64N(4), PackSize: t.rand.Int64N(3), LowBelow: t.rand.Int64N(7),
		})
	}
	if t.rand.IntN(4) == 0 { // of the place: nobody is told of what is low by it
		request.Rules = append(request.Rules, &replenishmentpb.StockRule{LowBelow: 1 + t.rand.Int64N(20)})
	}
	return ask{request: request}, true
}
