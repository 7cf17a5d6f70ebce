package trade

import (
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// TestIssuerYear is that a document of the new year has the new year's series where the place has it, not where the server is.
func TestIssuerYear(t *testing.T) {
	midnight := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)
	for zone, year := range map[string]int{
		"UTC": 2026, "Europe/Madrid": 2027, "Atlantic/Canary": 2026, "America/New_York": 2026, "Asia/Tokyo": 2027, "Mars/Base": 2026,
	} {
		issuer := Issuer(retail.Location{Code: "milan", Name: "Milan", TimeZone: zone, LegalName: "Aisle S.p.A.", TaxID: "1"}, 2, midnight)
		if issuer.Year != year || len(issuer.Invoices) != 2 || issuer.Invoices[0] == issuer.Invoices[1] || issuer.Seller.Name != "Aisle S.p.A." {
			t.Errorf("%s: %+v", zone, issuer)
		}
	}
}
