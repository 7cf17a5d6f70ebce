package postgres_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// recordDemand records what was looked for at a place.
func (s *shop) recordDemand(place string, lines ...retail.DemandLine) {
	s.t.Helper()
	as(s, retail.RecordDemand{Transaction: ledger.NewID(), Location: place, Lines: lines})
}

// demanded is demand of every kind, at places and at none.
func (s *shop) demanded() {
	s.t.Helper()
	wanted := func(times int64, w retail.Wanted) retail.DemandLine {
		return retail.DemandLine{Wanted: w, Times: times, At: time.Now()}
	}
	s.recordDemand("milan",
		wanted(3, retail.Wanted{Kind: retail.DemandHold, Channel: "web", SKU: "RED-42", Units: 5, There: 2}),
		wanted(1, retail.Wanted{Kind: retail.DemandOrder, Channel: "web", SKU: "RED-42", Units: 4, There: 3}),
		wanted(1, retail.Wanted{Kind: retail.DemandExchange, Channel: "till", SKU: "BLUE-40", Units: 1}),
		wanted(2, retail.Wanted{Kind: retail.DemandAvailability, SKU: "RED-42"}),
		wanted(4, retail.Wanted{Kind: retail.DemandSearch, Channel: "web", Words: "linen shirt", Filters: "Size=M", Language: "es", Customer: ledger.NewID()}),
		wanted(2, retail.Wanted{Kind: retail.DemandSearch, Channel: "web", Words: "linen shirt", Filters: "Size=M", Language: "es", Found: 3, More: true}),
	)
	s.recordDemand("rome",
		wanted(1, retail.Wanted{Kind: retail.DemandTransfer, SKU: "RED-42", Units: 9, There: 1}),
		wanted(7, retail.Wanted{Kind: retail.DemandProduct, Channel: "web", SKU: "BLUE-40"}),
	)
	s.recordDemand(retail.HeadOffice, wanted(1, retail.Wanted{Kind: retail.DemandSearch, SKU: "RED-42", Words: "red 42", Found: 1}))
}

// TestDemand reads what was recorded in all three ways, and finds no more than was asked for.
func TestDemand(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.catalogue()
	s.demanded()
	from, until := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	product, _, err := s.db.Product(t.Context(), "runner")
	if err != nil {
		t.Fatal(err)
	}
	options := map[string][]string{}
	for _, v := range product.Variants {
		options[v.SKU] = v.OptionValues
	}
	of := func(u retail.UnmetDemand) retail.UnmetDemand {
		u.Product, u.Title, u.Options = product.Code, product.Title, options[u.SKU]
		return u
	}
	words := retail.UnmetDemand{Location: "milan", Words: "linen shirt", Searches: 4}
	blue := of(retail.UnmetDemand{Location: "milan", SKU: "BLUE-40", Exchanges: 1, Units: 1, Short: 1})
	red := of(retail.UnmetDemand{Location: "milan", SKU: "RED-42", Asked: 2, Holds: 3, Orders: 1, Units: 19, Short: 10})
	blueInRome := of(retail.UnmetDemand{Location: "rome", SKU: "BLUE-40", AskedProduct: 7})
	redInRome := of(retail.UnmetDemand{Location: "rome", SKU: "RED-42", Transfers: 1, Units: 9, Short: 8})
	for _, c := range []struct {
		name, location, channel, product string
		from, until                      time.Time
		want                             []retail.UnmetDemand
	}{
		{"all", "", "", "", from, until, []retail.UnmetDemand{words, blue, red, blueInRome, redInRome}},
		{"a location", "rome", "", "", from, until, []retail.UnmetDemand{blueInRome, redInRome}},
		{"a product", "", "", "runner", from, until, []retail.UnmetDemand{blue, red, blueInRome, redInRome}},
		{"a product that nobody asked for", "", "", "none", from, until, nil},
		{"a channel", "", "till", "", from, until, []retail.UnmetDemand{blue}},
		{"a location that nobody asked at", retail.HeadOffice, "", "", from, until, nil},
		{"a time before", "", "", "", from.Add(-time.Hour), from, nil},
	} {
		var got []retail.UnmetDemand
		for after := (retail.UnmetDemand{}); ; { // one by one
			page, err := s.db.UnmetDemand(t.Context(), c.from, c.until, c.location, c.channel, c.product, after, 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			got, after = append(got, page...), page[0]
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("unmet demand of %s (-want +got):\n%s", c.name, diff)
		}
	}

	linen := retail.Searched{
		Words: "linen shirt", Filters: "Size=M", Location: "milan", Channel: "web", Language: "es", Times: 6, InVain: 4, Most: 3,
	}
	code := retail.Searched{Words: "red 42", SKU: "RED-42", Location: retail.HeadOffice, Times: 1, Least: 1, Most: 1}
	for _, c := range []struct {
		inVain bool
		want   []retail.Searched
	}{{false, []retail.Searched{linen, code}}, {true, []retail.Searched{linen}}} {
		var got []retail.Searched
		for after := (retail.Searched{Times: 1 << 62}); ; {
			page, err := s.db.Searched(t.Context(), from, until, "", "", c.inVain, after, 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			got, after = append(got, page...), page[0]
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("searches, in vain %v (-want +got):\n%s", c.inVain, diff)
		}
	}

	lacking, err := s.db.UnmetOf(t.Context(), []string{"RED-42", "BLUE-40"}, from, until)
	promised := s.strings(`select location || ' ' || sku || ' ' || sum(times * (units - there)) from demand_lines
		where sku in ('RED-42', 'BLUE-40') and kind in ('HOLD', 'ORDER', 'EXCHANGE') and at >= $1 and at < $2 group by location, sku order by 1`, from, until)
	var told []string
	for key, units := range lacking {
		told = append(told, fmt.Sprintf("%s %s %d", key.Place, key.Code, units))
	}
	slices.Sort(told)
	if diff := cmp.Diff(promised, told); diff != "" || err != nil || len(told) == 0 {
		t.Errorf("%v, units of SKUs (-want +got):\n%s", err, diff)
	}
	if findings := s.audit(); len(findings) > 0 {
		t.Errorf("the audit finds %v", findings)
	}
}
