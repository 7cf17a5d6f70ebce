package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"

	cartsv1 "github.com/aisle-retail/aisle/gen/go/aisle/carts/v1"
	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	countsv1 "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
	customersv1 "github.com/aisle-retail/aisle/gen/go/aisle/customers/v1"
	deliveriesv1 "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	demandv1 "github.com/aisle-retail/aisle/gen/go/aisle/demand/v1"
	eventsv1 "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	fulfilmentsv1 "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	invoicesv1 "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	locationsv1 "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	messagesv1 "github.com/aisle-retail/aisle/gen/go/aisle/messages/v1"
	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentsv1 "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	promotionsv1 "github.com/aisle-retail/aisle/gen/go/aisle/promotions/v1"
	replenishmentv1 "github.com/aisle-retail/aisle/gen/go/aisle/replenishment/v1"
	reportsv1 "github.com/aisle-retail/aisle/gen/go/aisle/reports/v1"
	returnsv1 "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	tillsv1 "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
)

// Limits of the gateway.
const (
	// BodyBytesMax is the size of a request's body, the same as of a request over gRPC.
	BodyBytesMax = 4 << 20
	// answerBytesMax is the size of an answer over the connection. A page of 200 products with all their variants is the
	// largest there is; gRPC would stop at 4 MiB.
	answerBytesMax = 64 << 20
)

// Config is what a gateway is made of.
type Config struct {
	// Conn is the connection to the services. Required.
	Conn grpc.ClientConnInterface
	// Life ends when the process stops, and all streams with it; nil: never.
	Life context.Context
	// Logger takes faults of the gateway itself; calls are logged where they are answered. nil: slog.Default().
	Logger *slog.Logger
}

// gateway answers HTTP.
type gateway struct {
	api    http.Handler
	pages  *pages
	logger *slog.Logger
}

// New returns the handler of the REST API and of its pages.
func New(config Config) (http.Handler, error) {
	if config.Conn == nil {
		return nil, errors.New("gateway: it needs a connection")
	}
	g := &gateway{logger: config.Logger}
	if g.logger == nil {
		g.logger = slog.Default()
	}
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, newMarshaler()),
		runtime.WithMarshalerOption(sseType, sseMarshaler{newMarshaler()}),
		runtime.WithErrorHandler(g.answerError),
		runtime.WithRoutingErrorHandler(answerRouting),
		runtime.WithStreamErrorHandler(g.answerStreamError),
		// Authorization is forwarded by the library, whatever this says; nothing else is wanted on either way.
		runtime.WithIncomingHeaderMatcher(noHeader),
		runtime.WithOutgoingHeaderMatcher(noHeader),
		runtime.WithOutgoingTrailerMatcher(noHeader),
		// A POST is a POST, whatever its headers say.
		runtime.WithDisablePathLengthFallback(),
	)
	if config.Life == nil {
		config.Life = context.Background()
	}
	if err := registerServices(mux, conn{config.Conn, config.Life}); err != nil {
		return nil, err
	}
	g.api = mux
	var err error
	g.pages, err = newPages()
	return g, err
}

func registerServices(mux *runtime.ServeMux, c grpc.ClientConnInterface) error {
	// The context is for connections that the library makes itself.
	ctx := context.Background()
	return errors.Join(
		cartsv1.RegisterCartServiceHandlerClient(ctx, mux, cartsv1.NewCartServiceClient(c)),
		catalogv1.RegisterCatalogServiceHandlerClient(ctx, mux, catalogv1.NewCatalogServiceClient(c)),
		deliveriesv1.RegisterDeliveryServiceHandlerClient(ctx, mux, deliveriesv1.NewDeliveryServiceClient(c)),
		eventsv1.RegisterEventServiceHandlerClient(ctx, mux, eventsv1.NewEventServiceClient(c)),
		locationsv1.RegisterLocationServiceHandlerClient(ctx, mux, locationsv1.NewLocationServiceClient(c)),
		ordersv1.RegisterOrderServiceHandlerClient(ctx, mux, ordersv1.NewOrderServiceClient(c)),
		customersv1.RegisterCustomerServiceHandlerClient(ctx, mux, customersv1.NewCustomerServiceClient(c)),
		fulfilmentsv1.RegisterFulfilmentServiceHandlerClient(ctx, mux, fulfilmentsv1.NewFulfilmentServiceClient(c)),
		invoicesv1.RegisterInvoiceServiceHandlerClient(ctx, mux, invoicesv1.NewInvoiceServiceClient(c)),
		paymentsv1.RegisterPaymentServiceHandlerClient(ctx, mux, paymentsv1.NewPaymentServiceClient(c)),
		promotionsv1.RegisterPromotionServiceHandlerClient(ctx, mux, promotionsv1.NewPromotionServiceClient(c)),
		replenishmentv1.RegisterReplenishmentServiceHandlerClient(ctx, mux, replenishmentv1.NewReplenishmentServiceClient(c)),
		returnsv1.RegisterReturnServiceHandlerClient(ctx, mux, returnsv1.NewReturnServiceClient(c)),
		countsv1.RegisterCountServiceHandlerClient(ctx, mux, countsv1.NewCountServiceClient(c)),
		demandv1.RegisterDemandServiceHandlerClient(ctx, mux, demandv1.NewDemandServiceClient(c)),
		messagesv1.RegisterMessageServiceHandlerClient(ctx, mux, messagesv1.NewMessageServiceClient(c)),
		reportsv1.RegisterReportServiceHandlerClient(ctx, mux, reportsv1.NewReportServiceClient(c)),
		tillsv1.RegisterTillServiceHandlerClient(ctx, mux, tillsv1.NewTillServiceClient(c)),
		stockv1.RegisterStockServiceHandlerClient(ctx, mux, stockv1.NewStockServiceClient(c)),
	)
}

func noHeader(string) (string, bool) { return "", false }

// ServeHTTP answers a request. It does not use http.ServeMux, which answers in plain text and redirects paths that it
// finds untidy: a SKU may be "..".
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer g.recover(w, r)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		g.serveAPI(w, r)
		return
	}
	g.pages.ServeHTTP(w, r)
}

func (g *gateway) serveAPI(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	request, err := readRequest(w, r)
	if err != nil {
		writeFault(w, err)
		return
	}
	g.api.ServeHTTP(w, request)
}

// recover answers for a handler that panicked. net/http would cut the connection without a word.
func (g *gateway) recover(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	fault, traceID := internal()
	g.logger.ErrorContext(r.Context(), "gateway", "path", r.URL.Path, "trace_id", traceID, "error", cause,
		"stack", string(debug.Stack()))
	writeStatus(w, http.StatusInternalServerError, fault)
}

// conn is the connection that calls go out on. It is where a call is seen whole, just before it leaves.
type conn struct {
	grpc.ClientConnInterface
	life context.Context
}

// Invoke makes a call, unless it was given parameters that it would pass over.
func (c conn) Invoke(ctx context.Context, method string, args, reply any, options ...grpc.CallOption) error {
	if err := checkParameters(ctx, args); err != nil {
		return err
	}
	return c.ClientConnInterface.Invoke(ctx, method, args, reply, append(options, grpc.MaxCallRecvMsgSize(answerBytesMax))...)
}
