package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	randv2 "math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	retailv1 "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

const (
	// loadClients act at once, each one call after another.
	loadClients = 8
	// loadStock is what each position has in the beginning: more than any run takes.
	loadStock = 1_000_000
	// loadPriceMinor is what a unit costs.
	loadPriceMinor = 1995
	// callMax bounds one attempt, far above what a migration may keep a table for.
	callMax = 30 * time.Second
	// attemptsMax bounds a call: it goes on as long as the process that is leaving is asked, and never that often.
	attemptsMax = 1000
)

// loadSKUs are few, so that the clients meet on the same rows.
var loadSKUs = []string{"SHIRT-S", "SHIRT-M", "SHIRT-L"}

// load is clients that hold, release, sell and look, on whichever servers there are, with calls that the first version knew.
// They expect every call to succeed, but for an UNAVAILABLE of a server that is leaving, which they ask another one about.
type load struct {
	t       *testing.T
	clients sync.WaitGroup
	// stopped ends the clients, each after the call it is in.
	stopped chan struct{}

	mu      sync.Mutex
	changed *sync.Cond // a call was answered, or one failed
	servers []*serving
	acts    map[string]act // by request id
	failed  []error
	retried int
}

// errAbandoned is of a call that nobody can answer any more, at the end of a load: whether it was carried out is unknown.
var errAbandoned = errors.New("abandoned")

// act is one write that was acknowledged.
type act struct {
	began   time.Time
	kind    string // of the ledger's transaction
	sku     string
	units   int64
	by      *serving
	method  string
	request proto.Message
	answer  proto.Message
}

// startLoad furnishes a shop through the first server and lets the clients in.
func startLoad(t *testing.T, first *serving) *load {
	t.Helper()
	l := &load{t: t, stopped: make(chan struct{}), servers: []*serving{first}, acts: map[string]act{}}
	l.changed = sync.NewCond(&l.mu)
	furnish(t, first.conn)
	for n := range loadClients {
		l.clients.Go(func() {
			c := &client{load: l, random: randv2.New(randv2.NewPCG(4, uint64(n)))}
			for !c.ended() {
				switch err := c.act(); {
				case errors.Is(err, errAbandoned):
					return
				case err != nil:
					l.fail(err)
					return
				}
			}
		})
	}
	t.Cleanup(l.stop)
	return l
}

// furnish puts two places, two channels, prices and goods.
func furnish(t *testing.T, conn *grpc.ClientConn) {
	t.Helper()
	const place = `{"requestId":"%s","location":{"code":"milan","name":"Milan","kind":"LOCATION_KIND_STORE","timeZone":"Europe/Rome","currencyCode":"EUR","taxJurisdiction":"IT"}}`
	for _, c := range []struct{ method, body string }{
		{"catalog.v1.CatalogService.PutTaxCategory", `{"requestId":"%s","taxCategory":{"code":"standard","name":"Standard"}}`},
		{"catalog.v1.CatalogService.PutTaxRates", `{"requestId":"%s","jurisdiction":"IT","rates":[{"taxCategory":"standard","code":"IT-22","ratePpm":220000}]}`},
		{"catalog.v1.CatalogService.PutPriceList", `{"requestId":"%s","priceList":{"code":"eur","name":"Europe","currencyCode":"EUR","taxIncluded":true}}`},
		{"locations.v1.LocationService.PutLocation", place},
		{"locations.v1.LocationService.PutChannel", `{"requestId":"%s","channel":{"code":"web","name":"Web","kind":"CHANNEL_KIND_ONLINE_STORE","priceLists":["eur"],"holdTime":"3600s"}}`},
		{"locations.v1.LocationService.PutChannel", `{"requestId":"%s","channel":{"code":"till","name":"Till","kind":"CHANNEL_KIND_TILL","priceLists":["eur"],"holdTime":"3600s"}}`},
		{"catalog.v1.CatalogService.PutProduct", `{"requestId":"%s","product":{"code":"shirt","title":"Shirt","taxCategory":"standard","options":[{"name":"Size","values":["S","M","L"]}],
			"variants":[{"sku":"SHIRT-S","optionValues":["S"]},{"sku":"SHIRT-M","optionValues":["M"]},{"sku":"SHIRT-L","optionValues":["L"]}]}}`},
		{"catalog.v1.CatalogService.PutPrices", `{"requestId":"%s","priceList":"eur","prices":[{"sku":"SHIRT-S","unitPrice":{"currencyCode":"EUR","amountMinor":"1995"}},
			{"sku":"SHIRT-M","unitPrice":{"currencyCode":"EUR","amountMinor":"1995"}},{"sku":"SHIRT-L","unitPrice":{"currencyCode":"EUR","amountMinor":"1995"}}]}`},
		{"stock.v1.StockService.ReceiveStock", `{"requestId":"%s","location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1000000"},{"sku":"SHIRT-M","quantity":"1000000"},{"sku":"SHIRT-L","quantity":"1000000"}]}`},
	} {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName("aisle." + c.method))
		if err != nil {
			t.Fatal(err)
		}
		method := d.(protoreflect.MethodDescriptor)
		in, out := dynamicpb.NewMessage(method.Input()), dynamicpb.NewMessage(method.Output())
		if err := protojson.Unmarshal(fmt.Appendf(nil, c.body, newRequestID()), in); err != nil {
			t.Fatal(err)
		}
		if err := conn.Invoke(t.Context(), fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name()), in, out); err != nil {
			t.Fatalf("%s: %v", c.method, err)
		}
	}
}

// newRequestID is a uuid.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// join brings a server into the rotation, leave takes it out.
func (l *load) join(s *serving) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.servers = append(l.servers, s)
}

func (l *load) leave(s *serving) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.servers = slices.DeleteFunc(l.servers, func(one *serving) bool { return one == s })
}

func (l *load) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = append(l.failed, err)
	l.changed.Broadcast()
}

// until waits until a server has answered so many calls more.
func (l *load) until(s *serving, more int) {
	l.t.Helper()
	l.mu.Lock()
	goal := s.answered + more
	l.mu.Unlock()
	l.wait(func() bool { return s.answered >= goal })
}

// wait waits until what is guarded by the load is so, and fails with the first call that fails.
func (l *load) wait(so func() bool) {
	l.t.Helper()
	defer context.AfterFunc(l.t.Context(), l.changed.Broadcast)()
	l.mu.Lock()
	defer l.mu.Unlock()
	for !so() && len(l.failed) == 0 && l.t.Context().Err() == nil {
		l.changed.Wait()
	}
	if len(l.failed) > 0 {
		l.t.Fatalf("a call failed that must not: %v", errors.Join(l.failed...))
	}
}

// stop sends the clients home, and returns when all calls are answered.
func (l *load) stop() {
	select {
	case <-l.stopped:
	default:
		close(l.stopped)
	}
	l.clients.Wait()
}

// client is one of the clients, with what it knows.
type client struct {
	*load
	random *randv2.Rand
	held   []*stockv1.Hold
	gone   []*stockv1.Hold
	sold   []*ordersv1.Order
}

func (c *client) ended() bool {
	select {
	case <-c.stopped:
		return true
	default:
		return false
	}
}

// act does one thing.
func (c *client) act() error {
	sku, units := loadSKUs[c.random.IntN(len(loadSKUs))], 1+c.random.Int64N(3)
	switch dice := c.random.IntN(10); {
	case dice < 3:
		return c.hold(sku, units)
	case dice < 5 && len(c.held) > 0:
		return c.release()
	case dice < 7:
		return c.sell(sku, units)
	default:
		return c.look(sku)
	}
}

func (c *client) hold(sku string, units int64) error {
	in := &stockv1.HoldStockRequest{
		RequestId: newRequestID(), Location: "milan", Channel: "web", Owner: "cart", Lines: []*stockv1.HoldLine{{Sku: sku, Quantity: units}},
	}
	out := &stockv1.Hold{}
	err := c.write(act{kind: "HOLD", sku: sku, units: units, method: stockv1.StockService_HoldStock_FullMethodName, request: in, answer: out}, in.RequestId)
	c.held = append(c.held, out)
	return err
}

func (c *client) release() error {
	at := c.random.IntN(len(c.held))
	in := &stockv1.ReleaseHoldRequest{RequestId: newRequestID(), Location: "milan", Hold: c.held[at].Id}
	line, out := c.held[at].Lines[0], &stockv1.Hold{}
	err := c.write(act{
		kind: "RELEASE", sku: line.Sku, units: line.Quantity, method: stockv1.StockService_ReleaseHold_FullMethodName, request: in, answer: out,
	}, in.RequestId)
	c.gone, c.held = append(c.gone, out), slices.Delete(c.held, at, at+1)
	return err
}

func (c *client) sell(sku string, units int64) error {
	in := &ordersv1.PlaceOrderRequest{
		RequestId: newRequestID(), Channel: "till", Location: "milan",
		Lines: []*ordersv1.BasketLine{{
			Item: &ordersv1.BasketLine_Sku{Sku: sku}, Quantity: units, Method: ordersv1.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT,
		}},
		Tenders: []*ordersv1.Tender{{
			Kind: ordersv1.TenderKind_TENDER_KIND_CASH, Amount: &retailv1.Money{CurrencyCode: "EUR", AmountMinor: units * loadPriceMinor},
		}},
	}
	out := &ordersv1.Order{}
	err := c.write(act{kind: "SALE", sku: sku, units: units, method: ordersv1.OrderService_PlaceOrder_FullMethodName, request: in, answer: out}, in.RequestId)
	if err == nil && out.GetGrossTotal().GetAmountMinor() != units*loadPriceMinor {
		err = fmt.Errorf("%d units sold for %s", units, out.GrossTotal)
	}
	c.sold = append(c.sold, out)
	return err
}

// look reads what this client knows, whichever version wrote it and whichever is asked.
func (c *client) look(sku string) error {
	levels := &stockv1.GetAvailabilityResponse{}
	_, err := c.call(stockv1.StockService_GetAvailability_FullMethodName,
		&stockv1.GetAvailabilityRequest{Skus: []string{sku}, Locations: []string{"milan"}, Channel: "web"}, levels)
	if err == nil && (len(levels.Levels) != 1 || levels.Levels[0].GetAvailable() < 0 || levels.Levels[0].GetHeld() < 0) {
		err = fmt.Errorf("%s stands at %v", sku, levels.Levels)
	}
	for _, known := range []struct {
		holds []*stockv1.Hold
		state stockv1.HoldState
	}{{c.held, stockv1.HoldState_HOLD_STATE_HELD}, {c.gone, stockv1.HoldState_HOLD_STATE_RELEASED}} {
		if err != nil || len(known.holds) == 0 {
			continue
		}
		hold, found := known.holds[c.random.IntN(len(known.holds))], &stockv1.Hold{}
		_, err = c.call(stockv1.StockService_GetHold_FullMethodName, &stockv1.GetHoldRequest{Location: "milan", Hold: hold.Id}, found)
		if err == nil && found.State != known.state {
			err = fmt.Errorf("hold %s is %s, and was %s", hold.Id, found.State, known.state)
		}
	}
	if err != nil || len(c.sold) == 0 {
		return err
	}
	known, found := c.sold[c.random.IntN(len(c.sold))], &ordersv1.Order{}
	_, err = c.call(ordersv1.OrderService_GetOrder_FullMethodName, &ordersv1.GetOrderRequest{Order: known.Id}, found)
	if err == nil && (found.Number != known.Number || !proto.Equal(found.GrossTotal, known.GrossTotal) || found.State != known.State) {
		err = fmt.Errorf("order %s is read as %v, and was %v", known.Id, found, known)
	}
	return err
}

// write calls, and keeps what was acknowledged.
func (c *client) write(a act, requestID string) error {
	a.began = time.Now()
	by, err := c.call(a.method, a.request, a.answer)
	if err != nil {
		return err
	}
	a.by = by
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acts[requestID] = a
	return nil
}

// call asks one of the servers, and another one where the first is leaving and says so.
func (c *client) call(method string, in, out proto.Message) (by *serving, err error) {
	for range attemptsMax {
		c.mu.Lock()
		s := c.servers[c.random.IntN(len(c.servers))]
		c.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), callMax)
		err = s.conn.Invoke(ctx, method, in, out)
		cancel()
		c.mu.Lock()
		leaving := s.leaving
		switch {
		case err == nil:
			s.answered++
		case leaving:
			c.retried++
		}
		c.changed.Broadcast()
		c.mu.Unlock()
		if err == nil {
			return s, nil
		}
		if status.Code(err) != codes.Unavailable || !leaving {
			return s, fmt.Errorf("%s at the %s: %w", method, s.name, err)
		}
		if c.ended() {
			return s, errAbandoned
		}
	}
	return nil, err
}
