package imports

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	fulfilmentsv1 "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	locationsv1 "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnsv1 "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// shop is a server that keeps the promises an importer relies on and nothing else: requests are held against the contract,
// and one request id has one effect.
type shop struct {
	catalogv1.UnimplementedCatalogServiceServer
	locationsv1.UnimplementedLocationServiceServer
	ordersv1.UnimplementedOrderServiceServer
	stockv1.UnimplementedStockServiceServer
	fulfilmentsv1.UnimplementedFulfilmentServiceServer
	returnsv1.UnimplementedReturnServiceServer

	// before is called with the method and the number of the call before it is carried out, after when its effect is there and its answer
	// is not on its way yet; an error is the answer.
	before, after func(method string, call int) error

	mu    sync.Mutex
	calls int
	// answers are kept by request id, with a fingerprint of the request.
	answers map[string]kept

	categories map[string]bool
	rates      map[string]*catalogv1.PutTaxRatesRequest
	lists      map[string]*catalogv1.PriceList
	products   map[string]*catalogv1.Product
	variants   map[string]string
	prices     map[string]*catalogv1.Price
	places     map[string]*locationsv1.Location
	channels   map[string]*locationsv1.Channel
	received   map[place]int64
	sold       map[place]int64
	trade
	orders     []*ordersv1.PlaceOrderRequest
	deliveries []*stockv1.ReceiveStockRequest
	// methods are the mutations in the order they were carried out.
	methods []string
}

type kept struct {
	fingerprint [sha256.Size]byte
	answer      any
}

type place struct{ location, sku string }

func newShop() *shop {
	return &shop{
		answers: map[string]kept{}, categories: map[string]bool{}, rates: map[string]*catalogv1.PutTaxRatesRequest{},
		lists: map[string]*catalogv1.PriceList{}, products: map[string]*catalogv1.Product{}, variants: map[string]string{},
		prices: map[string]*catalogv1.Price{}, places: map[string]*locationsv1.Location{},
		channels: map[string]*locationsv1.Channel{}, received: map[place]int64{}, sold: map[place]int64{},
		trade: newTrade(),
	}
}

// dial starts the shop and returns a connection to it.
func (s *shop) dial(t testing.TB) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(grpc.UnaryInterceptor(s.door))
	catalogv1.RegisterCatalogServiceServer(server, s)
	locationsv1.RegisterLocationServiceServer(server, s)
	ordersv1.RegisterOrderServiceServer(server, s)
	stockv1.RegisterStockServiceServer(server, s)
	fulfilmentsv1.RegisterFulfilmentServiceServer(server, s)
	returnsv1.RegisterReturnServiceServer(server, s)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:shop", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		server.Stop()
		if err := <-served; err != nil && !errors.Is(err, grpc.ErrServerStopped) { // stopped before it began
			t.Error(err)
		}
	})
	return conn
}

// refuse is what the shop says when it says no.
func refuse(code codes.Code, reason string) error {
	answer, err := status.New(code, "the shop says no").WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: "aisle.retail"})
	if err != nil {
		panic(err)
	}
	return answer.Err()
}

// door carries out one call at a time.
func (s *shop) door(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	message := request.(proto.Message)
	fault := protovalidate.Validate(message)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.before != nil {
		if err := s.before(info.FullMethod, s.calls); err != nil {
			return nil, err
		}
	}
	if fault != nil {
		return nil, refuse(codes.InvalidArgument, "INVALID_REQUEST: "+fault.Error())
	}
	answer, err := s.once(ctx, message, info, handler)
	if err == nil && s.after != nil {
		err = s.after(info.FullMethod, s.calls)
	}
	return answer, err
}

func (s *shop) once(ctx context.Context, request proto.Message, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	identified, ok := request.(interface{ GetRequestId() string })
	if !ok {
		return handler(ctx, request)
	}
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
	if err != nil {
		return nil, err
	}
	fingerprint := sha256.Sum256(append([]byte(info.FullMethod), content...))
	if earlier, found := s.answers[identified.GetRequestId()]; found {
		if earlier.fingerprint != fingerprint {
			return nil, refuse(codes.AlreadyExists, "REQUEST_ID_REUSED")
		}
		return earlier.answer, nil
	}
	answer, err := handler(ctx, request)
	if err == nil {
		s.answers[identified.GetRequestId()] = kept{fingerprint, answer}
		s.methods = append(s.methods, info.FullMethod)
	}
	return answer, err
}

func (s *shop) PutTaxCategory(_ context.Context, r *catalogv1.PutTaxCategoryRequest) (*catalogv1.TaxCategory, error) {
	s.categories[r.GetTaxCategory().GetCode()] = true
	return r.GetTaxCategory(), nil
}

func (s *shop) PutTaxRates(_ context.Context, r *catalogv1.PutTaxRatesRequest) (*catalogv1.TaxRates, error) {
	for _, rate := range r.GetRates() {
		if !s.categories[rate.GetTaxCategory()] {
			return nil, refuse(codes.NotFound, "UNKNOWN_TAX_CATEGORY")
		}
	}
	s.rates[r.GetJurisdiction()] = r
	return &catalogv1.TaxRates{Jurisdiction: r.GetJurisdiction(), Rates: r.GetRates()}, nil
}

func (s *shop) GetTaxRates(_ context.Context, r *catalogv1.GetTaxRatesRequest) (*catalogv1.TaxRates, error) {
	return &catalogv1.TaxRates{Jurisdiction: r.GetJurisdiction(), Rates: s.rates[r.GetJurisdiction()].GetRates()}, nil
}

func (s *shop) PutPriceList(_ context.Context, r *catalogv1.PutPriceListRequest) (*catalogv1.PriceList, error) {
	s.lists[r.GetPriceList().GetCode()] = r.GetPriceList()
	return r.GetPriceList(), nil
}

func (s *shop) ListPrices(_ context.Context, r *catalogv1.ListPricesRequest) (*catalogv1.ListPricesResponse, error) {
	if s.lists[r.GetPriceList()] == nil {
		return nil, refuse(codes.NotFound, "UNKNOWN_PRICE_LIST")
	}
	found := &catalogv1.ListPricesResponse{}
	for _, sku := range r.GetSkus() {
		if price := s.prices[sku]; price != nil {
			found.Prices = append(found.Prices, price)
		}
	}
	return found, nil
}

func (s *shop) PutPrices(_ context.Context, r *catalogv1.PutPricesRequest) (*catalogv1.PutPricesResponse, error) {
	for _, price := range r.GetPrices() {
		if s.variants[price.GetSku()] == "" {
			return nil, refuse(codes.NotFound, "UNKNOWN_SKU")
		}
		if price.GetUnitPrice().GetCurrencyCode() != s.lists[r.GetPriceList()].GetCurrencyCode() {
			return nil, refuse(codes.InvalidArgument, "CURRENCY_MISMATCH")
		}
	}
	for _, price := range r.GetPrices() {
		s.prices[price.GetSku()] = price
	}
	return &catalogv1.PutPricesResponse{Count: int32(len(r.GetPrices()))}, nil
}

func (s *shop) PutProduct(_ context.Context, r *catalogv1.PutProductRequest) (*catalogv1.Product, error) {
	product := r.GetProduct()
	if !s.categories[product.GetTaxCategory()] {
		return nil, refuse(codes.NotFound, "UNKNOWN_TAX_CATEGORY")
	}
	for _, variant := range product.GetVariants() {
		if owner := s.variants[variant.GetSku()]; owner != "" && owner != product.GetCode() {
			return nil, refuse(codes.AlreadyExists, "SKU_TAKEN")
		}
	}
	if before := s.products[product.GetCode()]; len(before.GetVariants()) > len(product.GetVariants()) {
		return nil, refuse(codes.FailedPrecondition, "VARIANT_MISSING")
	}
	for _, variant := range product.GetVariants() {
		s.variants[variant.GetSku()] = product.GetCode()
	}
	s.products[product.GetCode()] = product
	return product, nil
}

func (s *shop) GetProduct(_ context.Context, r *catalogv1.GetProductRequest) (*catalogv1.Product, error) {
	if product := s.products[r.GetCode()]; product != nil {
		return product, nil
	}
	return nil, refuse(codes.NotFound, "UNKNOWN_PRODUCT")
}

func (s *shop) PutLocation(_ context.Context, r *locationsv1.PutLocationRequest) (*locationsv1.Location, error) {
	s.places[r.GetLocation().GetCode()] = r.GetLocation()
	return r.GetLocation(), nil
}

func (s *shop) GetLocation(_ context.Context, r *locationsv1.GetLocationRequest) (*locationsv1.Location, error) {
	if location := s.places[r.GetCode()]; location != nil {
		return location, nil
	}
	return nil, refuse(codes.NotFound, "UNKNOWN_LOCATION")
}

func (s *shop) ListLocations(context.Context, *locationsv1.ListLocationsRequest) (*locationsv1.ListLocationsResponse, error) {
	found := &locationsv1.ListLocationsResponse{}
	for _, location := range s.places {
		found.Locations = append(found.Locations, location)
	}
	return found, nil
}

func (s *shop) PutChannel(_ context.Context, r *locationsv1.PutChannelRequest) (*locationsv1.Channel, error) {
	s.channels[r.GetChannel().GetCode()] = r.GetChannel()
	return r.GetChannel(), nil
}

func (s *shop) GetChannel(_ context.Context, r *locationsv1.GetChannelRequest) (*locationsv1.Channel, error) {
	if channel := s.channels[r.GetCode()]; channel != nil {
		return channel, nil
	}
	return nil, refuse(codes.NotFound, "UNKNOWN_CHANNEL")
}

func (s *shop) ReceiveStock(_ context.Context, r *stockv1.ReceiveStockRequest) (*stockv1.StockChange, error) {
	if s.places[r.GetLocation()] == nil {
		return nil, refuse(codes.NotFound, "UNKNOWN_LOCATION")
	}
	for _, line := range r.GetLines() {
		if s.variants[line.GetSku()] == "" {
			return nil, refuse(codes.NotFound, "UNKNOWN_SKU")
		}
	}
	for _, line := range r.GetLines() {
		s.received[place{r.GetLocation(), line.GetSku()}] += line.GetQuantity()
		s.stocked[place{r.GetLocation(), line.GetSku()}] += line.GetQuantity()
	}
	s.deliveries = append(s.deliveries, r)
	return &stockv1.StockChange{Location: r.GetLocation()}, nil
}

func (s *shop) PlaceOrder(_ context.Context, r *ordersv1.PlaceOrderRequest) (*ordersv1.Order, error) {
	if s.places[r.GetLocation()] == nil || s.channels[r.GetChannel()] == nil {
		return nil, refuse(codes.NotFound, "UNKNOWN_LOCATION")
	}
	due, given := int64(0), int64(0)
	for _, line := range r.GetLines() {
		if line.GetCharge() == nil && s.variants[line.GetSku()] == "" {
			return nil, refuse(codes.NotFound, "UNKNOWN_SKU")
		}
		due += listOf(line)
		for _, discount := range line.GetDiscounts() {
			due -= discount.GetAmount().GetAmountMinor()
		}
	}
	for _, tender := range r.GetTenders() {
		given += tender.GetAmount().GetAmountMinor()
	}
	if given < due {
		return nil, refuse(codes.InvalidArgument, "PAYMENT_SHORT")
	}
	if err := s.promise(r); err != nil {
		return nil, err
	}
	for _, line := range r.GetLines() {
		if line.GetMethod() == ordersv1.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT && line.GetCharge() == nil {
			s.sold[place{r.GetLocation(), line.GetSku()}] += line.GetQuantity()
		}
	}
	s.orders = append(s.orders, r)
	return s.remember(r), nil
}

// hooks sets what is called around each call from now on.
func (s *shop) hooks(before, after func(method string, call int) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before, s.after = before, after
}

// totals is all that the shop was told, in a form that two shops can be compared by.
func (s *shop) totals() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	units, received, due, vouchers, cash := int64(0), int64(0), int64(0), int64(0), int64(0)
	for _, sold := range s.sold {
		units += sold
	}
	for _, in := range s.received {
		received += in
	}
	for _, order := range s.orders {
		for _, line := range order.GetLines() {
			due += listOf(line)
			for _, discount := range line.GetDiscounts() {
				due -= discount.GetAmount().GetAmountMinor()
			}
		}
		for _, tender := range order.GetTenders() {
			if tender.GetKind() == ordersv1.TenderKind_TENDER_KIND_VOUCHER {
				vouchers += tender.GetAmount().GetAmountMinor()
			} else {
				cash += tender.GetAmount().GetAmountMinor()
			}
		}
	}
	return fmt.Sprintf("%d places, %d channels, %d products, %d prices, %d orders, %d mutations; %d units sold, %d received; %d due, %d vouchers, %d cash; %s",
		len(s.places), len(s.channels), len(s.products), len(s.prices), len(s.orders), len(s.answers), units, received, due, vouchers, cash, s.trade.totals())
}

// errLost is what a client sees of a server that died.
var errLost = status.Error(codes.Unavailable, "the connection broke")

func ignoreCancelled(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
