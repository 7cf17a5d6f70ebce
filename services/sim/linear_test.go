package sim

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

var (
	linearTime = flag.Duration("linear", 6*time.Second, "how long histories are recorded for the check of linearizability")
	linearOf   = flag.Uint64("linear-seed", 0, "what requests and faults are drawn from; 0: something new")
)

// Sizes of a rush.
const (
	rushClients = 8
	// rushLife is how many calls a SKU is hot for. What nobody knows the outcome of may have happened at any later moment,
	// and the checker tries them all: histories stay short.
	rushLife = 120
	rushSKUs = 60
)

// rush is many clients who want the same few things.
type rush struct {
	cluster *Cluster
	shop    auditor.Shop
	history *auditor.History
	doors   []*grpc.ClientConn
	seed    uint64

	mu       sync.Mutex
	calls    int
	repeated int             // attempts beyond the first
	holds    []*auditor.Call // acknowledged
}

// newRush opens a shop with a till channel and nothing on its shelves.
func newRush(t *testing.T, c *Cluster, seed uint64) *rush {
	t.Helper()
	r := &rush{cluster: c, history: &auditor.History{}, seed: seed, shop: auditor.Shop{
		Locations: []auditor.Location{{Code: "milan"}, {Code: "rome"}}, Channels: []auditor.Channel{{Code: "till", HoldSeconds: 3600}},
	}}
	for i := range rushSKUs {
		r.shop.Items = append(r.shop.Items, auditor.Item{SKU: fmt.Sprint("SKU-", i), UnitMinor: 1000, TaxCode: "IT-22", TaxPPM: 220_000})
	}
	for i := range c.Servers() {
		door, err := c.Dial(i)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { door.Close() })
		r.doors = append(r.doors, door)
	}
	furnisher := r.client(0) // what it receives is part of the history
	var err error
	for range 10 { // clients go away at times, also this one
		if err = furnish(t.Context(), r.shop, furnisher); err == nil {
			return r
		}
	}
	t.Fatal(err)
	return nil
}

func (r *rush) client(n int) *client {
	return &client{number: n, rand: rand.New(rand.NewPCG(r.seed, uint64(n))), history: r.history, doors: r.doors, keys: r.cluster.Key}
}

// run lets the clients loose until the context ends, and returns when all have gone home.
func (r *rush) run(ctx context.Context) {
	var trading sync.WaitGroup
	for n := 1; n <= rushClients; n++ {
		trading.Go(func() {
			for c := r.client(n); ctx.Err() == nil; {
				call := c.send(context.WithoutCancel(ctx), r.next(c))
				r.mu.Lock()
				r.repeated += call.Attempts - 1
				if _, ok := call.Request.(*stockpb.HoldStockRequest); ok && call.Outcome == auditor.Acknowledged {
					r.holds = append(r.holds, call)
				}
				r.mu.Unlock()
			}
		})
	}
	trading.Wait()
}

// next is what a client does next.
func (r *rush) next(c *client) ask {
	r.mu.Lock()
	n := r.calls / rushLife
	r.calls++
	recent := r.holds[max(0, len(r.holds)-12):]
	r.mu.Unlock()
	location := r.shop.Locations[c.rand.IntN(2)].Code
	sku := r.shop.Items[(n+c.rand.IntN(2))%rushSKUs].SKU
	quantity := 1 + c.rand.Int64N(3)
	var hold *stockpb.Hold
	draw := c.rand.IntN(20)
	if len(recent) > 0 {
		hold = recent[c.rand.IntN(len(recent))].Answer.(*stockpb.Hold)
	} else if draw < 5 {
		draw = 10
	}
	switch {
	case draw < 4:
		return ask{method: "stock/ReleaseHold", request: &stockpb.ReleaseHoldRequest{
			RequestId: c.newID(), Location: hold.GetLocation(), Hold: hold.GetId(),
		}}
	case draw < 5:
		return ask{method: "stock/GetHold", request: &stockpb.GetHoldRequest{Location: hold.GetLocation(), Hold: hold.GetId()}}
	case draw < 8:
		return ask{method: "stock/ReceiveStock", request: &stockpb.ReceiveStockRequest{
			RequestId: c.newID(), Location: location, Lines: []*stockpb.ReceiveLine{{Sku: sku, Quantity: quantity}},
		}}
	case draw < 10:
		return ask{method: "orders/PlaceOrder", request: &orderspb.PlaceOrderRequest{
			RequestId: c.newID(), Channel: "till", Location: location,
			Lines: []*orderspb.BasketLine{{
				Item: &orderspb.BasketLine_Sku{Sku: sku}, Quantity: 1, Method: orderspb.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT,
			}},
			Tenders: []*orderspb.Tender{{Kind: orderspb.TenderKind_TENDER_KIND_CASH, Amount: euros(1000)}},
		}}
	case draw < 15:
		return ask{method: "stock/GetAvailability", request: &stockpb.GetAvailabilityRequest{Skus: []string{sku}, Locations: []string{"milan", "rome"}}}
	default:
		return ask{method: "stock/HoldStock", request: &stockpb.HoldStockRequest{
			RequestId: c.newID(), Location: location, Channel: "till", Owner: "somebody", TimeToLive: durationpb.New(time.Hour),
			Lines: []*stockpb.HoldLine{{Sku: sku, Quantity: quantity}},
		}}
	}
}

// rushesMax is how often a rush goes on where a slow machine has seen too little.
const rushesMax = 8

// TestLinearizable records what clients saw of a rush while faults happened, and has it checked.
func TestLinearizable(t *testing.T) {
	t.Parallel()
	seed := *linearOf
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-linear-seed %d", seed)
	c := newCluster(t, ClusterOptions{})
	r := newRush(t, c, seed)
	outcomes := map[auditor.Outcome]int{}
	for again := 0; outcomes[auditor.Acknowledged] < 100 || outcomes[auditor.Refused] == 0 || len(c.Struck()) == 0; again++ {
		if again == rushesMax {
			t.Fatal("too little happened")
		}
		trading, stop := context.WithTimeout(t.Context(), *linearTime)
		var breaking sync.WaitGroup
		for lane := range 2 { // so that two things are broken at a time
			breaking.Go(func() { breakThings(t, trading, c, rand.New(rand.NewPCG(seed, 1000+uint64(lane)))) })
		}
		r.run(trading)
		breaking.Wait()
		stop()
		clear(outcomes)
		for _, call := range r.history.Calls() {
			outcomes[call.Outcome]++
		}
		t.Logf("%d calls, %v; faults %v", len(r.history.Calls()), outcomes, c.Struck())
	}
	wantLinear(t, r.history.Calls())
	wantWell(t, c)
}

// breakThings runs faults, one after the other, in an order that is drawn.
func breakThings(t *testing.T, ctx context.Context, c *Cluster, r *rand.Rand) {
	for faults := c.Faults(); ctx.Err() == nil; {
		for _, i := range r.Perm(len(faults)) {
			if ctx.Err() != nil {
				return
			}
			if _, err := faults[i].Run(ctx, r); err != nil {
				t.Errorf("%s: %v", faults[i].Name, err)
			}
		}
	}
}

// wantLinear fails with a picture where a history is not linearizable.
func wantLinear(t *testing.T, calls []*auditor.Call) {
	t.Helper()
	begun := time.Now()
	result, info, err := checkLinear(calls, time.Minute)
	if err != nil {
		t.Error(err)
		return
	}
	t.Logf("checked in %s", time.Since(begun))
	if result == "" {
		return
	}
	picture := filepath.Join(artifacts(t), "linear.html")
	if err := porcupine.VisualizePath(linearModel, info, picture); err != nil {
		t.Error(err)
	}
	t.Errorf("%s\nthe picture is %s", result, picture)
}

// artifacts is where what explains a failure is kept, also without -artifacts.
func artifacts(t *testing.T) string {
	if asked := flag.Lookup("test.artifacts"); asked != nil && asked.Value.String() == "true" {
		return t.ArtifactDir()
	}
	folder, err := os.MkdirTemp("", "aisle-sim-failure-")
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// wantWell fails where servers reported faults of ours.
func wantWell(t *testing.T, c *Cluster) {
	t.Helper()
	for _, alarm := range c.Alarms() {
		t.Error(alarm)
	}
	deadlocks, err := c.Deadlocks()
	if err != nil {
		t.Error(err)
	}
	for _, deadlock := range deadlocks {
		t.Error("locks are taken without order:\n" + deadlock)
	}
}
