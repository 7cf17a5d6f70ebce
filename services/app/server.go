// Package app puts the program together: it reads the configuration, opens the database, composes the services, the door,
// the gateway and the engine, and shuts them down in order. It is the only package that knows everybody.
package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	cartspb "github.com/aisle-retail/aisle/gen/go/aisle/carts/v1"
	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	countspb "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
	customerspb "github.com/aisle-retail/aisle/gen/go/aisle/customers/v1"
	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	demandpb "github.com/aisle-retail/aisle/gen/go/aisle/demand/v1"
	eventspb "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	invoicespb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	locationspb "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	messagespb "github.com/aisle-retail/aisle/gen/go/aisle/messages/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	promotionspb "github.com/aisle-retail/aisle/gen/go/aisle/promotions/v1"
	replenishmentpb "github.com/aisle-retail/aisle/gen/go/aisle/replenishment/v1"
	reportspb "github.com/aisle-retail/aisle/gen/go/aisle/reports/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	tillspb "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
	"github.com/aisle-retail/aisle/services/carts"
	"github.com/aisle-retail/aisle/services/catalog"
	"github.com/aisle-retail/aisle/services/counts"
	"github.com/aisle-retail/aisle/services/customers"
	"github.com/aisle-retail/aisle/services/deliveries"
	"github.com/aisle-retail/aisle/services/demand"
	"github.com/aisle-retail/aisle/services/events"
	"github.com/aisle-retail/aisle/services/fulfilments"
	"github.com/aisle-retail/aisle/services/gateway"
	"github.com/aisle-retail/aisle/services/horizon"
	"github.com/aisle-retail/aisle/services/invoices"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/locations"
	"github.com/aisle-retail/aisle/services/messages"
	"github.com/aisle-retail/aisle/services/orders"
	"github.com/aisle-retail/aisle/services/payments"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/promotions"
	"github.com/aisle-retail/aisle/services/receipts"
	"github.com/aisle-retail/aisle/services/replenishment"
	"github.com/aisle-retail/aisle/services/reports"
	"github.com/aisle-retail/aisle/services/returns"
	"github.com/aisle-retail/aisle/services/rpc"
	"github.com/aisle-retail/aisle/services/stock"
	"github.com/aisle-retail/aisle/services/tills"
	"github.com/aisle-retail/aisle/services/trade"
)

// Bounds on what a client over HTTP may take: to send its headers, to send all of a request, and to say nothing at all.
const (
	headerTime  = 10 * time.Second
	requestTime = time.Minute
	idleTime    = 2 * time.Minute
)

// readyTime bounds the look at the database that /readyz takes.
const readyTime = 2 * time.Second

// Server is one process: services, gateway or both.
type Server struct {
	config Config
	log    *slog.Logger

	db      *postgres.DB
	engine  *ledger.Engine
	codes   *fulfilments.Codes
	links   *payments.Links
	finders *trade.Finders
	// receipts make what stands on documents, and read it.
	receipts *receipts.Maker
	demand   *demand.Recorder
	grpc     *rpc.Server
	conn     *grpc.ClientConn
	http     *http.Server
	// horizon is how far the event log may be read; events and stock follow the log. Nil where this process has neither.
	horizon *horizon.Horizon
	events  *events.Server
	stock   *stock.Server
	// post tells customers what becomes of their orders; nil where nothing is configured that does. mailbox shows it in the demo.
	post    *messages.Post
	mailbox *messages.Mailbox
	// endStreams ends the streams of the gateway.
	endStreams context.CancelFunc

	grpcListener, httpListener net.Listener
	sweep                      *background
	// processor asks the provider of payments, labeller the carrier for labels.
	processor *payments.Processor
	labeller  *fulfilments.Labeller
	// What goes on beside what is asked for; nil where this process does not do it.
	processing, labelling, forgetting, recording, following *background

	failed chan error
}

// Start composes a process and starts serving. The database must be migrated. Keys say who may call.
func Start(ctx context.Context, c Config, databaseURL string, keys *rpc.Keys, log *slog.Logger) (*Server, error) {
	s := &Server{config: c, log: log, failed: make(chan error, 2)}
	registry := prometheus.NewRegistry()
	if err := s.compose(ctx, databaseURL, keys, registry); err != nil {
		return nil, errors.Join(err, s.Stop(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *Server) compose(ctx context.Context, databaseURL string, keys *rpc.Keys, registry *prometheus.Registry) error {
	if len(s.config.Services) > 0 {
		if err := s.startServices(ctx, databaseURL, keys, registry); err != nil {
			return err
		}
	}
	var rest http.Handler = http.NotFoundHandler()
	if s.config.Gateway {
		var life context.Context
		life, s.endStreams = context.WithCancel(context.WithoutCancel(ctx))
		target := s.config.GRPCTarget
		if s.grpcListener != nil {
			target = s.grpcListener.Addr().String()
		}
		if target == "" {
			return errors.New("a gateway without services needs AISLE_GRPC_TARGET, the services' host:port")
		}
		var err error
		if s.conn, err = grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials())); err != nil {
			return err
		}
		rest, err = gateway.New(gateway.Config{Conn: s.conn, Life: life, Logger: s.log})
		if err != nil {
			return err
		}
	}
	var err error
	if s.httpListener, err = net.Listen("tcp", s.config.HTTPAddr); err != nil {
		return fmt.Errorf("%w; set AISLE_HTTP_ADDR to a free address", err)
	}
	s.http = &http.Server{Handler: s.route(rest, registry), ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, IdleTimeout: idleTime}
	go func() {
		if err := s.http.Serve(s.httpListener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return nil
}

// route answers what every process answers, and leaves the rest to the gateway. It is no http.ServeMux, which redirects paths
// that it finds untidy: a SKU may be "..".
func (s *Server) route(rest http.Handler, registry *prometheus.Registry) http.Handler {
	metrics := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/metrics":
			metrics.ServeHTTP(w, r)
		case "/healthz":
			answer(w, http.StatusOK, "ok")
		case "/readyz":
			s.ready(w, r)
		case paymentsWebhookPath:
			if s.config.Runs("payments") {
				s.paymentsWebhook(w, r)
				return
			}
			rest.ServeHTTP(w, r)
		default:
			if s.mailbox != nil && (r.URL.Path == messages.MailboxPath || strings.HasPrefix(r.URL.Path, messages.MailboxPath+"/")) {
				s.mailbox.ServeHTTP(w, r)
				return
			}
			rest.ServeHTTP(w, r)
		}
	})
}

// startServices opens the database and serves gRPC.
func (s *Server) startServices(ctx context.Context, databaseURL string, keys *rpc.Keys, registry *prometheus.Registry) error {
	var err error
	if s.codes, s.links, s.finders, s.receipts, err = makers(s.config, s.log); err != nil {
		return err
	}
	s.db, err = postgres.Open(ctx, postgres.Config{
		URL: databaseURL, Writers: s.config.Lanes, Readers: s.config.Readers, Sharded: s.config.Sharded,
	})
	if err != nil {
		return err
	}
	measured := newEngineMetrics(registry)
	s.engine = ledger.NewEngine(s.db.Store(), ledger.Config{
		Lanes: s.config.Lanes, InFlight: 2 * s.config.InFlight, Observe: measured.observe,
		Alarmed: func(err error) {
			measured.alarms.Inc()
			s.log.Error("alarm", "error", err)
		},
	})
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "aisle_engine_in_flight", Help: "Commands in line or under way.",
	}, func() float64 { return float64(s.engine.InFlight()) }))
	if s.config.Runs("events") || s.config.Runs("stock") || s.config.Runs("messages") {
		s.startHorizon(ctx, registry)
		s.events = events.New(s.db, s.horizon, events.Config{})
		s.stock = stock.New(s.engine, s.db, s.horizon, stock.Config{})
	}
	s.processor, s.labeller = s.newProcessor(), s.newLabeller()
	s.demand = demand.NewRecorder()
	registerDemandMetrics(registry, s.demand)
	s.grpc, err = rpc.NewServer(rpc.Config{
		Keys: keys, Logger: s.log, Metrics: registry, Register: s.register, InFlight: s.config.InFlight, Observe: s.observe(),
	})
	if err != nil {
		return err
	}
	if s.grpcListener, err = net.Listen("tcp", s.config.GRPCAddr); err != nil {
		return fmt.Errorf("%w; set AISLE_GRPC_ADDR to a free address", err)
	}
	go func() {
		if err := s.grpc.Serve(s.grpcListener); err != nil {
			s.failed <- err
		}
	}()
	s.grpc.Health.Resume()
	s.sweep = inBackground(ctx, func(ctx context.Context) {
		(&sweeper{engine: s.engine, reads: s.db, log: s.log}).run(ctx, s.config.SweepEvery)
	})
	if s.config.DemandEvery != 0 {
		s.recording = inBackground(ctx, func(ctx context.Context) { s.demand.Run(ctx, s.engine, s.config.DemandEvery, s.log) })
	}
	if s.config.Runs("payments") {
		s.processing = inBackground(ctx, func(ctx context.Context) { s.processor.Run(ctx, s.config.PaymentsEvery) })
	}
	if s.config.Runs("fulfilments") {
		s.labelling = inBackground(ctx, func(ctx context.Context) { s.labeller.Run(ctx, s.config.CarrierEvery) })
	}
	s.forgetting = inBackground(ctx, s.forget)
	return s.startPost(ctx)
}

// observe is who sees the calls: the recorder of what people look for, unless it is turned off.
func (s *Server) observe() func(request, answer any, err error) {
	if s.config.DemandEvery == 0 {
		return nil
	}
	return s.demand.Observe
}

// startHorizon keeps how far the event log may be read.
func (s *Server) startHorizon(ctx context.Context, registry *prometheus.Registry) {
	s.horizon = horizon.New(s.db, s.log)
	if !s.config.Runs("events") {
		s.horizon.OnDemand()
	}
	registerEventMetrics(registry, s.horizon)
	s.following = inBackground(ctx, s.horizon.Run)
}

// register registers the services of this process.
func (s *Server) register(registrar grpc.ServiceRegistrar) {
	for _, name := range s.config.Services {
		switch name {
		case "catalog":
			catalogpb.RegisterCatalogServiceServer(registrar, catalog.New(s.engine, s.db))
		case "locations":
			locationspb.RegisterLocationServiceServer(registrar, locations.New(s.engine, s.db))
		case "stock":
			stockpb.RegisterStockServiceServer(registrar, s.stock)
		case "deliveries":
			deliveriespb.RegisterDeliveryServiceServer(registrar, deliveries.New(s.engine, s.db))
		case "counts":
			countspb.RegisterCountServiceServer(registrar, counts.New(s.engine, s.db))
		case "promotions":
			promotionspb.RegisterPromotionServiceServer(registrar, promotions.New(s.engine, s.db))
		case "replenishment":
			replenishmentpb.RegisterReplenishmentServiceServer(registrar, replenishment.New(s.engine, s.db))
		case "reports":
			reportspb.RegisterReportServiceServer(registrar, reports.New(s.db))
		case "demand":
			demandpb.RegisterDemandServiceServer(registrar, demand.New(s.db))
		case "carts":
			cartspb.RegisterCartServiceServer(registrar, carts.New(s.engine, s.db, s.db.Jobs()))
		case "orders":
			orderspb.RegisterOrderServiceServer(registrar, orders.New(s.engine, s.db, s.db.Jobs(), s.finders))
		case "fulfilments":
			fulfilmentspb.RegisterFulfilmentServiceServer(registrar, fulfilments.New(s.engine, s.db, s.codes, s.labeller))
		case "returns":
			returnspb.RegisterReturnServiceServer(registrar, returns.New(s.engine, s.db, s.db.Jobs(), s.finders, s.receipts))
		case "invoices":
			invoicespb.RegisterInvoiceServiceServer(registrar, invoices.New(s.engine, s.db, s.receipts))
		case "customers":
			customerspb.RegisterCustomerServiceServer(registrar, customers.New(s.db))
		case "payments":
			paymentspb.RegisterPaymentServiceServer(registrar, payments.New(s.engine, s.db, s.db.Jobs(), s.processor, s.links, s.finders))
		case "messages":
			messagespb.RegisterMessageServiceServer(registrar, messages.New(s.db.Jobs()))
		case "tills":
			tillspb.RegisterTillServiceServer(registrar, tills.New(s.engine, s.db, s.receipts))
		case "events":
			eventspb.RegisterEventServiceServer(registrar, s.events)
		}
	}
}

// ready tells whether this process can do its work: its database answers, or the services behind it do.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	if s.db != nil {
		if err := s.db.Ping(ctx); err != nil {
			s.log.Warn("not ready", "error", err)
			answer(w, http.StatusServiceUnavailable, "the database does not answer")
			return
		}
	}
	if s.conn != nil {
		if err := serving(ctx, s.conn); err != nil {
			s.log.Warn("not ready", "error", err)
			answer(w, http.StatusServiceUnavailable, "the services do not answer")
			return
		}
	}
	answer(w, http.StatusOK, "ready")
}

// serving tells whether the services behind a connection are up.
func serving(ctx context.Context, conn grpc.ClientConnInterface) error {
	health, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err == nil && health.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		err = fmt.Errorf("the services are %s", health.GetStatus())
	}
	return err
}

func answer(w http.ResponseWriter, code int, status string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": status})
}

// GRPCAddr is where gRPC is served, or nothing.
func (s *Server) GRPCAddr() string { return address(s.grpcListener) }

// HTTPAddr is where REST is served.
func (s *Server) HTTPAddr() string { return address(s.httpListener) }

func address(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}

// Wait returns when the context ends, or with the error of a server that stopped by itself.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	}
}

// Stop drains and stops everything, from the outside in: nobody new comes in, what is in flight is answered, and only then
// is the database let go. After the drain time what is left is cut off; it was not acknowledged.
func (s *Server) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.DrainTime)
	defer cancel()
	var wrong []error
	if s.horizon != nil { // a stream would be in flight for as long as its client likes
		s.events.Stop()
		s.stock.Stop()
	}
	if s.endStreams != nil {
		s.endStreams()
	}
	if s.http != nil {
		wrong = append(wrong, s.http.Shutdown(ctx))
	}
	if s.conn != nil {
		wrong = append(wrong, s.conn.Close())
	}
	if s.grpc != nil {
		s.grpc.Health.Shutdown()
		stopped := make(chan struct{})
		go func() {
			s.grpc.GracefulStop()
			close(stopped)
		}()
		select {
		case <-stopped:
		case <-ctx.Done():
			s.grpc.Stop()
			<-stopped
		}
	}
	for _, task := range []*background{s.sweep, s.processing, s.forgetting, s.labelling} {
		task.end()
	}
	if s.post != nil {
		wrong = append(wrong, s.post.Stop(ctx))
	}
	if s.recording != nil {
		s.recording.end()
		if err := s.demand.Flush(ctx, s.engine); err != nil { // nobody asks any more: this is the last of it
			s.log.Warn("what people looked for last is not recorded", "error", err)
		}
	}
	s.following.end()
	if s.engine != nil {
		wrong = append(wrong, s.engine.Close(ctx))
	}
	if s.db != nil {
		s.db.Close()
	}
	return errors.Join(wrong...)
}

// LoadKeys reads the keys file; without one nobody may call.
func LoadKeys(c *Config, log *slog.Logger) (*rpc.Keys, error) {
	if c.KeysFile == "" {
		log.Warn("no AISLE_KEYS_FILE: nobody may call; see `aisle help keys`")
		return rpc.ParseKeys([]byte(`{"keys": []}`))
	}
	document, err := os.ReadFile(c.KeysFile)
	if err != nil {
		return nil, fmt.Errorf("AISLE_KEYS_FILE: %w", err)
	}
	keys, err := rpc.ParseKeys(document)
	if err != nil {
		return nil, fmt.Errorf("AISLE_KEYS_FILE %s: %w", c.KeysFile, err)
	}
	return keys, nil
}

// Runs tells whether this process runs a service.
func (c *Config) Runs(service string) bool { return slices.Contains(c.Services, service) }
