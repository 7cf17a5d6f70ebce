package trade

import (
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

// CostFrom reads what units cost; absent, it is not known.
func CostFrom(m *retailpb.Money) retail.Cost {
	return retail.Cost{Minor: m.GetAmountMinor(), Currency: m.GetCurrencyCode()}
}
