package demo

import (
	"slices"
	"strings"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// clocks are instants at which somebody may start the demo: on a working day, in the night, before Sunday's opening, after a leap
// day, and when clocks have just changed.
var clocks = []time.Time{
	time.Date(2026, 11, 18, 17, 21, 42, 0, time.UTC), time.Date(2026, 11, 22, 0, 21, 42, 0, time.UTC),
	time.Date(2027, 8, 1, 7, 0, 0, 0, time.UTC), time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 1, 0, time.UTC),
}

func all(p *planner) []act { return slices.Concat(p.acts[:]...) }

func TestPlanIsTheSameEachTime(t *testing.T) {
	for i, clock := range clocks {
		percent := 100 / (1 + 4*min(i, 1)) // all of it once, and a fifth of it at other times
		first, second := all(planned(clock, percent)), all(planned(clock, percent))
		if len(first) != len(second) {
			t.Fatalf("%d acts, and then %d", len(first), len(second))
		}
		for i, a := range first {
			if b := second[i]; a.key != b.key || a.story != b.story || a.early != b.early || !proto.Equal(a.request, b.request) {
				t.Fatalf("act %d is %v, and was %v", i, b, a)
			}
		}
	}
}

func TestPlanKeepsTheContract(t *testing.T) {
	for i, clock := range clocks {
		keys, orders, percent := map[string]bool{}, 0, 100
		if i > 0 {
			percent = 20 // to look at every request takes its time
		}
		p := planned(clock, percent)
		for _, a := range append(all(p), act{key: "opening", request: p.opening().request}, act{key: "closing", request: p.closing().request}) {
			if keys[a.key] {
				t.Errorf("%s stands there twice", a.key)
			}
			keys[a.key] = true
			request := proto.Clone(a.request)
			switch r := request.(type) { // what is looked up
			case *orderspb.PlaceOrderRequest:
				orders++
			case *fulfilmentspb.CollectPickupRequest:
				r.Code = "000000"
			}
			for _, field := range []protoreflect.Name{"fulfilment", "invoice", "transfer", "delivery"} {
				if a.lookup != nil && request.ProtoReflect().Descriptor().Fields().ByName(field) != nil {
					set(request, string(field), Shopper)
				}
			}
			if err := protovalidate.Validate(request); err != nil {
				t.Errorf("%s: %v", a.key, err)
			}
			if at, ok := a.request.(interface{ GetOccurredAt() *timestamppb.Timestamp }); ok && at.GetOccurredAt() != nil {
				if when := at.GetOccurredAt().AsTime(); when.After(clock) || when.Before(clock.AddDate(0, 0, -days)) {
					t.Errorf("%s is of %s, and it is %s", a.key, when, clock)
				}
			}
		}
		if left := p.shelves.left[position{Barcelona, SKU}]; left < 5 {
			t.Errorf("%d are left of what the greeting speaks of", left)
		}
		if percent == 100 && (orders < 1500 || orders > 3000) {
			t.Errorf("%d orders in four weeks before %s", orders, clock)
		}
	}
}

// TestPlanSellsWhatIsThere plays the plan on paper: in the worst order that a day can have, no promise is short, and a till sells
// what is not there only where a script says so. Returns and cancellations, which only add, are left out.
func TestPlanSellsWhatIsThere(t *testing.T) {
	p := planned(clocks[0], 100)
	left := newPlanner(clocks[0], 100).shelves.left
	oversold := map[position]bool{}
	for _, acts := range p.acts {
		promised, later := map[position]bool{}, map[position]int64{}
		take := func(at position, units int64) { left[at] -= units }
		for _, a := range acts {
			switch r := a.request.(type) {
			case *stockpb.ReceiveStockRequest:
				for _, line := range r.Lines {
					left[position{r.Location, line.Sku}] += line.Quantity
				}
			case *orderspb.PlaceOrderRequest:
				for _, line := range r.Lines {
					at := position{line.Location, line.GetSku()}
					if line.Method == carryOut {
						at.place = r.Location
					} else {
						promised[at] = at.sku != ""
					}
					take(at, line.Quantity)
					if strings.HasPrefix(a.key, "oversold/") {
						oversold[at] = true
					}
				}
			case *stockpb.HoldStockRequest:
				for _, line := range r.Lines {
					at := position{r.Location, line.Sku}
					take(at, line.Quantity)
					promised[at] = true
				}
			case *stockpb.ShipTransferRequest:
				for _, line := range r.Lines {
					at := position{r.FromLocation, line.Sku}
					take(at, line.Quantity)
					promised[at] = true
				}
			case *stockpb.ReceiveTransferRequest:
				for _, line := range r.Lines {
					later[position{r.Location, line.Sku}] += line.Quantity
				}
			case *returnspb.ExchangeGoodsRequest:
				take(position{r.Location, r.Sale.Lines[0].GetSku()}, 1)
			}
		}
		for at, units := range left {
			if at.sku != "" && units < 0 && !oversold[at] {
				t.Errorf("%s at %s: %d", at.sku, at.place, units)
			}
			if promised[at] && units < 1 {
				t.Errorf("%s at %s was promised, and %d are left", at.sku, at.place, units)
			}
		}
		for at, units := range later {
			left[at] += units
		}
	}
	if len(oversold) != 2 {
		t.Errorf("oversold: %v", oversold)
	}
}

func TestWeekLooksLikeShops(t *testing.T) {
	p := planned(clocks[0], 100)
	days, stores := map[time.Weekday]int{}, map[string]int{}
	for _, a := range all(p) {
		r, ok := a.request.(*orderspb.PlaceOrderRequest)
		if !ok || r.Channel != "till" || !strings.HasPrefix(a.key, "till/") {
			continue
		}
		at := p.place(r.Location)
		when := r.OccurredAt.AsTime().In(at.zone)
		if !within(when.Hour()*60+when.Minute(), at.hours[(int(when.Weekday())+6)%7]) {
			t.Errorf("%s sold something on %s, when it is closed", at.name, when)
		}
		days[when.Weekday()]++
		stores[r.Location]++
	}
	for _, at := range p.places {
		if p.drawers[at.code] < 0 {
			t.Errorf("the drawer of %s has %d", at.code, p.drawers[at.code])
		}
	}
	if days[time.Saturday] < 3*days[time.Monday]/2 || days[time.Sunday] == 0 || days[time.Sunday] > days[time.Saturday] {
		t.Errorf("sales by day: %v", days)
	}
	if len(stores) != 12 || stores[Barcelona] < 2*stores["opo-baixa"] {
		t.Errorf("sales by store: %v", stores)
	}
}
