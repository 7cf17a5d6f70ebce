package rpc

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	locationsv1 "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentsv1 "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	someID  = "0198c0de-0000-7000-8000-000000000001"
	otherID = "0198c0de-0000-7000-8000-000000000002"
	adaID   = "0198c0de-0000-7000-8000-00000000ada0"
	bobID   = "0198c0de-0000-7000-8000-0000000000b0"
)

// The keys of the tests. Each is named for what it is.
const (
	webKey     = "web-key-0123456789abcdef"
	anywebKey  = "anyweb-key-0123456789abcdef"
	tillKey    = "till-key-0123456789abcdef"
	tabletKey  = "tablet-key-0123456789abcdef"
	adaKey     = "ada-key-0123456789abcdef"
	staffKey   = "staff-key-0123456789abcdef"
	importKey  = "import-key-0123456789abcdef"
	nowhereKey = "nowhere-key-0123456789abcdef"
)

const testKeys = `{"keys": [
  {"name": "web", "kind": "site", "key": "` + webKey + `", "locations": ["milan", "rome"], "channels": ["web"]},
  {"name": "anyweb", "kind": "site", "key": "` + anywebKey + `", "locations": ["*"], "channels": ["*"]},
  {"name": "till", "kind": "till", "key": "` + tillKey + `", "locations": ["milan"], "channels": ["till"]},
  {"name": "tablet", "kind": "tablet", "key": "` + tabletKey + `", "locations": ["milan"], "channels": ["till"]},
  {"name": "ada", "kind": "customer", "key": "` + adaKey + `", "customer": "` + adaID + `", "channels": ["web"],
   "scopes": ["catalog.read", "stock.read", "stock.hold", "orders.read", "orders.write"], "locations": ["milan"]},
  {"name": "staff", "kind": "staff", "key": "` + staffKey + `", "locations": ["*"], "channels": ["*"]},
  {"name": "import", "kind": "system", "key": "` + importKey + `", "locations": ["*"], "channels": ["*"],
   "scopes": ["catalog.write", "stock.write"], "bulk": true},
  {"name": "nowhere", "kind": "staff", "key": "` + nowhereKey + `"}
]}`

// shop is a shop without shelves: every service answers with what the test put into it, or with nothing.
type shop struct {
	catalogv1.UnimplementedCatalogServiceServer
	locationsv1.UnimplementedLocationServiceServer
	stock    fakeStock
	orders   fakeOrders
	payments fakePayments
}

// fakePayments shows a link to anybody, with who the engine would say that it was.
type fakePayments struct {
	paymentsv1.UnimplementedPaymentServiceServer
	get func(context.Context) error
}

func (f *fakePayments) GetPaymentLink(ctx context.Context, _ *paymentsv1.GetPaymentLinkRequest) (*paymentsv1.PaymentLink, error) {
	if f.get != nil {
		return &paymentsv1.PaymentLink{}, f.get(ctx)
	}
	return &paymentsv1.PaymentLink{}, nil
}

func (f *fakePayments) PayByLink(ctx context.Context, _ *paymentsv1.PayByLinkRequest) (*paymentsv1.PayByLinkAnswer, error) {
	request, _ := ledger.RequestFrom(ctx)
	return &paymentsv1.PayByLinkAnswer{ActionUrl: request.Actor}, nil
}

type fakeStock struct {
	stockv1.UnimplementedStockServiceServer
	hold func(context.Context, *stockv1.HoldStockRequest) (*stockv1.Hold, error)
}

func (f *fakeStock) HoldStock(ctx context.Context, r *stockv1.HoldStockRequest) (*stockv1.Hold, error) {
	if f.hold == nil {
		return &stockv1.Hold{}, nil
	}
	return f.hold(ctx, r)
}

func (f *fakeStock) ReceiveStock(context.Context, *stockv1.ReceiveStockRequest) (*stockv1.StockChange, error) {
	return &stockv1.StockChange{}, nil
}

func (f *fakeStock) GetAvailability(
	context.Context, *stockv1.GetAvailabilityRequest,
) (*stockv1.GetAvailabilityResponse, error) {
	return &stockv1.GetAvailabilityResponse{}, nil
}

type fakeOrders struct {
	ordersv1.UnimplementedOrderServiceServer
	get func(context.Context, *ordersv1.GetOrderRequest) (*ordersv1.Order, error)
}

func (f *fakeOrders) PlaceOrder(context.Context, *ordersv1.PlaceOrderRequest) (*ordersv1.Order, error) {
	return &ordersv1.Order{}, nil
}

func (f *fakeOrders) GetOrder(ctx context.Context, r *ordersv1.GetOrderRequest) (*ordersv1.Order, error) {
	return f.get(ctx, r)
}

func (f *fakeOrders) ListOrders(context.Context, *ordersv1.ListOrdersRequest) (*ordersv1.ListOrdersResponse, error) {
	return &ordersv1.ListOrdersResponse{}, nil
}

func (s *shop) PutProduct(context.Context, *catalogv1.PutProductRequest) (*catalogv1.Product, error) {
	return &catalogv1.Product{}, nil
}

func (s *shop) ListProducts(context.Context, *catalogv1.ListProductsRequest) (*catalogv1.ListProductsResponse, error) {
	return &catalogv1.ListProductsResponse{}, nil
}

func (s *shop) PutLocation(context.Context, *locationsv1.PutLocationRequest) (*locationsv1.Location, error) {
	return &locationsv1.Location{}, nil
}

func (s *shop) register(r grpc.ServiceRegistrar) {
	catalogv1.RegisterCatalogServiceServer(r, s)
	locationsv1.RegisterLocationServiceServer(r, s)
	stockv1.RegisterStockServiceServer(r, &s.stock)
	ordersv1.RegisterOrderServiceServer(r, &s.orders)
	paymentsv1.RegisterPaymentServiceServer(r, &s.payments)
}

// journal is a log that a test reads.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// open starts a server for the shop on a loopback port and returns a connection to it.
func open(tb testing.TB, s *shop, change ...func(*Config)) *grpc.ClientConn {
	tb.Helper()
	keys, err := ParseKeys([]byte(testKeys))
	if err != nil {
		tb.Fatal(err)
	}
	config := Config{Keys: keys, Register: s.register, Logger: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&config)
	}
	server, err := NewServer(config)
	if err != nil {
		tb.Fatal(err)
	}
	return serve(tb, server.Server)
}

func serve(tb testing.TB, server *grpc.Server) *grpc.ClientConn {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		conn.Close()
		server.Stop()
		if err := <-done; err != nil {
			tb.Error(err)
		}
	})
	return conn
}

// as returns a context that carries a key.
func as(tb testing.TB, key string) context.Context {
	return metadata.AppendToOutgoingContext(tb.Context(), "authorization", "Bearer "+key)
}

// told is what a caller is told, in a form that is easily compared.
func told(err error) string {
	s := status.Convert(err)
	text := s.Code().String()
	for _, detail := range s.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			text += " " + detail.GetReason()
		case *errdetails.BadRequest:
			var fields []string
			for _, violation := range detail.GetFieldViolations() {
				fields = append(fields, violation.GetField())
			}
			text += " [" + strings.Join(fields, " ") + "]"
		}
	}
	return text
}

func wantTold(t *testing.T, err error, want string) {
	t.Helper()
	if got := told(err); got != want {
		t.Errorf("told %q, want %q (%v)", got, want, err)
	}
}

const (
	okay         = "OK"
	denied       = "PermissionDenied PERMISSION_DENIED"
	unknownKey   = "Unauthenticated UNAUTHENTICATED"
	unknownOrder = "NotFound UNKNOWN_ORDER"
)

func holdRequest() *stockv1.HoldStockRequest {
	return &stockv1.HoldStockRequest{
		RequestId: someID, Location: "milan", Channel: "web", Owner: "cart 7",
		Lines: []*stockv1.HoldLine{{Sku: "RED-42", Quantity: 2}},
	}
}

func errorInfo(tb testing.TB, err error) *errdetails.ErrorInfo {
	tb.Helper()
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info
		}
	}
	tb.Fatalf("%v has no ErrorInfo", err)
	return nil
}
