package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/gateway"
	"github.com/aisle-retail/aisle/services/rpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	someID   = "0198c0de-0000-7000-8000-000000000001"
	adaID    = "0198c0de-0000-7000-8000-00000000ada0"
	staffKey = "staff-key-0123456789abcdef"
	webKey   = "web-key-0123456789abcdef"
	adaKey   = "ada-key-0123456789abcdef"
)

const testKeys = `{"keys": [
  {"name": "staff", "kind": "staff", "key": "` + staffKey + `", "locations": ["*"], "channels": ["*"]},
  {"name": "web", "kind": "site", "key": "` + webKey + `", "locations": ["milan"], "channels": ["web"]},
  {"name": "ada", "kind": "customer", "key": "` + adaKey + `", "channels": ["web"], "customer": "` + adaID + `"}
]}`

// shop answers with what the test put into it.
type shop struct {
	stockv1.UnimplementedStockServiceServer
	catalogv1.UnimplementedCatalogServiceServer
	orders shopOrders
	hold   func(context.Context, *stockv1.HoldStockRequest) (*stockv1.Hold, error)
	asked  *stockv1.GetAvailabilityRequest
	code   string
}

type shopOrders struct {
	ordersv1.UnimplementedOrderServiceServer
	placed *ordersv1.PlaceOrderRequest
}

func (s *shop) HoldStock(ctx context.Context, r *stockv1.HoldStockRequest) (*stockv1.Hold, error) {
	if s.hold != nil {
		return s.hold(ctx, r)
	}
	return &stockv1.Hold{Id: someID, Location: r.GetLocation(), State: stockv1.HoldState_HOLD_STATE_HELD}, nil
}

func (s *shop) GetAvailability(
	_ context.Context, r *stockv1.GetAvailabilityRequest,
) (*stockv1.GetAvailabilityResponse, error) {
	s.asked = r
	return &stockv1.GetAvailabilityResponse{Levels: []*stockv1.StockLevel{{
		Location: "milan", Sku: r.GetSkus()[0], Available: proto.Int64(0), OnHand: proto.Int64(9007199254740993),
	}}}, nil
}

func (s *shop) GetProduct(_ context.Context, r *catalogv1.GetProductRequest) (*catalogv1.Product, error) {
	s.code = r.GetCode()
	return &catalogv1.Product{Code: r.GetCode()}, nil
}

func (o *shopOrders) PlaceOrder(_ context.Context, r *ordersv1.PlaceOrderRequest) (*ordersv1.Order, error) {
	o.placed = r
	return &ordersv1.Order{Id: someID}, nil
}

func (o *shopOrders) GetOrder(context.Context, *ordersv1.GetOrderRequest) (*ordersv1.Order, error) {
	return &ordersv1.Order{Id: someID, Customer: someID}, nil
}

func (o *shopOrders) ListOrders(context.Context, *ordersv1.ListOrdersRequest) (*ordersv1.ListOrdersResponse, error) {
	return &ordersv1.ListOrdersResponse{}, nil
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// open starts the shop's server on a loopback port and a gateway in front of it.
func open(t *testing.T, s *shop) *httptest.Server {
	t.Helper()
	keys, err := rpc.ParseKeys([]byte(testKeys))
	if err != nil {
		t.Fatal(err)
	}
	server, err := rpc.NewServer(rpc.Config{Keys: keys, Logger: quiet(), Register: func(r grpc.ServiceRegistrar) {
		stockv1.RegisterStockServiceServer(r, s)
		ordersv1.RegisterOrderServiceServer(r, &s.orders)
		catalogv1.RegisterCatalogServiceServer(r, s)
	}})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return front(t, listener.Addr().String())
}

// front starts a gateway in front of an address.
func front(t *testing.T, address string) *httptest.Server {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	handler, err := gateway.New(gateway.Config{Conn: conn, Logger: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(handler)
	t.Cleanup(site.Close)
	return site
}

// answer is an HTTP answer, read.
type answer struct {
	status int
	header http.Header
	body   string
	// code, message and details are those of a google.rpc.Status.
	code    int
	message string
	reason  string
	fields  []string
}

func send(t *testing.T, site *httptest.Server, method, path, key, body string) answer {
	t.Helper()
	return sendReader(t, site, method, path, key, strings.NewReader(body))
}

func sendReader(t *testing.T, site *httptest.Server, method, path, key string, body io.Reader) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, site.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	got, err := site.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: got.StatusCode, header: got.Header, body: string(text)}
	if a.status < 400 {
		return a
	}
	var told struct {
		Code    int
		Message string
		Details []struct {
			Type            string `json:"@type"`
			Reason, Domain  string
			FieldViolations []struct{ Field string }
		}
	}
	if err := json.Unmarshal(text, &told); err != nil {
		t.Fatalf("%d %q is not a JSON error: %v", a.status, text, err)
	}
	a.code, a.message = told.Code, told.Message
	for _, detail := range told.Details {
		if detail.Type == "type.googleapis.com/google.rpc.ErrorInfo" && detail.Domain == "aisle.retail" {
			a.reason = detail.Reason
		}
		for _, v := range detail.FieldViolations {
			a.fields = append(a.fields, v.Field)
		}
	}
	return a
}

func (a answer) want(t *testing.T, status, code int, reason string, fields ...string) {
	t.Helper()
	if a.status != status || a.code != code || a.reason != reason {
		t.Errorf("got %d, code %d, %s, want %d, code %d, %s: %s", a.status, a.code, a.reason, status, code, reason, a.body)
	}
	if diff := cmp.Diff(fields, a.fields); diff != "" {
		t.Errorf("fields: %s", diff)
	}
	if got := a.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type is %q", got)
	}
}

const (
	holdPath = "/v1/locations/milan/holds"
	holdBody = `{"requestId": "` + someID + `", "channel": "web", "owner": "cart 7", "timeToLive": "900s",
		"lines": [{"sku": "RED-42", "quantity": 2}]}`
)

func TestCalls(t *testing.T) {
	s := &shop{}
	site := open(t, s)

	t.Run("a POST becomes a call, and its answer JSON", func(t *testing.T) {
		got := send(t, site, "POST", holdPath, webKey, holdBody)
		var hold map[string]any
		if err := json.Unmarshal([]byte(got.body), &hold); err != nil || got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if hold["state"] != "HOLD_STATE_HELD" || hold["location"] != "milan" || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("got %v", hold)
		}
	})
	t.Run("zeros are written, absent messages are not, 64 bits are strings", func(t *testing.T) {
		got := send(t, site, "GET", "/v1/availability?skus=RED-42&skus=BLU-42&channel=web", webKey, "")
		var reply struct{ Levels []map[string]any }
		if err := json.Unmarshal([]byte(got.body), &reply); err != nil || got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if level := reply.Levels[0]; level["available"] != "0" || level["onHand"] != "9007199254740993" {
			t.Errorf("got %v", level)
		}
		if diff := cmp.Diff([]string{"RED-42", "BLU-42"}, s.asked.GetSkus()); diff != "" || s.asked.GetChannel() != "web" {
			t.Errorf("asked %v: %s", s.asked, diff)
		}
		order := send(t, site, "GET", "/v1/orders/"+someID, staffKey, "")
		if strings.Contains(order.body, "null") || !strings.Contains(order.body, `"lines":`) {
			t.Errorf("got %s", order.body)
		}
	})
	t.Run("fields are read by either name, numbers as strings or numbers", func(t *testing.T) {
		got := send(t, site, "POST", "/v1/orders", webKey, `{"request_id": "`+someID+`", "channel": "web", "location": "milan",
			"lines": [{"sku": "RED-42", "quantity": "2", "method": "FULFILMENT_METHOD_CARRY_OUT"},
			          {"gtin": "40123455", "quantity": 3, "method": 1}]}`)
		if got.status != 200 || s.orders.placed.GetLines()[0].GetQuantity() != 2 || s.orders.placed.GetLines()[1].GetQuantity() != 3 {
			t.Errorf("%d %s: %v", got.status, got.body, s.orders.placed)
		}
	})
	t.Run("a code in a path may have what codes have", func(t *testing.T) {
		for _, code := range []string{"RED-42", "a:b", "a b", "ä€", "..", "100%", "a+b", "a?b#c", "SKU:release"} {
			got := send(t, site, "GET", "/v1/products/"+escape(code), staffKey, "")
			if got.status != 200 || s.code != code {
				t.Errorf("%q arrived as %q: %d %s", code, s.code, got.status, got.body)
			}
		}
	})
	t.Run("an answer of ten megabytes arrives", func(t *testing.T) {
		s.hold = func(context.Context, *stockv1.HoldStockRequest) (*stockv1.Hold, error) {
			return &stockv1.Hold{Owner: strings.Repeat("x", 10<<20)}, nil
		}
		defer func() { s.hold = nil }()
		if got := send(t, site, "POST", holdPath, webKey, holdBody); got.status != 200 || len(got.body) < 10<<20 {
			t.Errorf("%d, %d bytes", got.status, len(got.body))
		}
	})
	t.Run("answers are for the caller alone", func(t *testing.T) {
		got := send(t, site, "POST", holdPath, webKey, holdBody)
		if got.header.Get("Cache-Control") != "no-store" || got.header.Get("X-Content-Type-Options") != "nosniff" ||
			got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("got %v", got.header)
		}
		for name := range got.header {
			if strings.HasPrefix(name, "Grpc-") {
				t.Errorf("%s tells of what is behind", name)
			}
		}
	})
}

// escape escapes every byte that is not a letter or a digit, and dots too.
func escape(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// get reads a page, without judging it.
func get(t *testing.T, site *httptest.Server, path string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", site.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	got, err := site.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{status: got.StatusCode, header: got.Header, body: string(text)}
}
