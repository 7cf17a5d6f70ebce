package stock

import (
	"testing"

	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// TestAround leaves out who has no coordinates, and puts places that are equally far in the order of their codes.
func TestAround(t *testing.T) {
	here := retail.Location{Code: "here", LatitudeE7: 454_641_000, LongitudeE7: 91_919_000}
	same := here
	same.Code = "also"
	found := around(trade.PointOf(here), 10, []retail.Location{here, {Code: "nowhere"}, same}, func(retail.Location) bool { return true })
	if len(found) != 2 || found[0].Code != "also" || found[1].Code != "here" {
		t.Errorf("found %v", found)
	}
}
