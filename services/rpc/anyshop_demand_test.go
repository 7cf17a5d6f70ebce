package rpc

import (
	"context"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

func (m *memory) UnmetDemand(context.Context, time.Time, time.Time, string, string, string, retail.UnmetDemand, int) ([]retail.UnmetDemand, error) {
	return []retail.UnmetDemand{{Location: "milan", SKU: "HAT", Asked: 1}}, nil
}

func (m *memory) Searched(context.Context, time.Time, time.Time, string, string, bool, retail.Searched, int) ([]retail.Searched, error) {
	return []retail.Searched{{Words: "hat", Location: "milan", Times: 2, Most: 1}}, nil
}
