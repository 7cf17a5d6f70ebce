package rpc

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

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
	retailv1 "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	returnsv1 "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	tillsv1 "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
	"github.com/aisle-retail/aisle/services/carrier"
	"github.com/aisle-retail/aisle/services/carts"
	"github.com/aisle-retail/aisle/services/catalog"
	"github.com/aisle-retail/aisle/services/counts"
	"github.com/aisle-retail/aisle/services/customers"
	"github.com/aisle-retail/aisle/services/deliveries"
	"github.com/aisle-retail/aisle/services/demand"
	"github.com/aisle-retail/aisle/services/events"
	"github.com/aisle-retail/aisle/services/fulfilments"
	"github.com/aisle-retail/aisle/services/horizon"
	"github.com/aisle-retail/aisle/services/invoices"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/locations"
	"github.com/aisle-retail/aisle/services/messages"
	"github.com/aisle-retail/aisle/services/orders"
	"github.com/aisle-retail/aisle/services/payments"
	"github.com/aisle-retail/aisle/services/promotions"
	"github.com/aisle-retail/aisle/services/provider"
	"github.com/aisle-retail/aisle/services/receipts"
	"github.com/aisle-retail/aisle/services/replenishment"
	"github.com/aisle-retail/aisle/services/reports"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/returns"
	"github.com/aisle-retail/aisle/services/stock"
	"github.com/aisle-retail/aisle/services/tills"
	"github.com/aisle-retail/aisle/services/trade"
)

// anyShop is all services over a database in memory.
type anyShop struct {
	*memory
	engine   *ledger.Engine
	links    *payments.Links
	finders  *trade.Finders
	receipts *receipts.Maker
	methods  []anyMethod
	// alarms are the faults that somebody would have to look at.
	mu     sync.Mutex
	alarms []error
	sent   uint64
}

// anyMethod is a method of a service with one request and one answer.
type anyMethod struct {
	name    string
	server  any
	handler grpc.MethodHandler
	request protoreflect.MessageType
}

// RegisterService makes the shop a place where services are registered.
func (s *anyShop) RegisterService(service *grpc.ServiceDesc, server any) {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service.ServiceName))
	if err != nil {
		panic(err)
	}
	for _, m := range service.Methods {
		input := found.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(m.MethodName)).Input()
		request, err := protoregistry.GlobalTypes.FindMessageByName(input.FullName())
		if err != nil {
			panic(err)
		}
		s.methods = append(s.methods, anyMethod{service.ServiceName + "/" + m.MethodName, server, m.Handler, request})
	}
}

func openAnyShop(t testing.TB) *anyShop {
	s := &anyShop{memory: newMemory()}
	s.engine = ledger.NewEngine(s.memory, ledger.Config{Alarmed: func(err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.alarms = append(s.alarms, err)
	}})
	t.Cleanup(func() { _ = s.engine.Close(context.Background()) })
	var err error
	if s.links, err = payments.NewLinks(make([]byte, fulfilments.SecretMin), "https://pay.example"); err != nil {
		t.Fatal(err)
	}
	if s.receipts, err = receipts.New(make([]byte, fulfilments.SecretMin)); err != nil {
		t.Fatal(err)
	}
	if s.finders, err = trade.NewFinders(make([]byte, fulfilments.SecretMin)); err != nil {
		t.Fatal(err)
	}
	codes, err := fulfilments.NewCodes(make([]byte, fulfilments.SecretMin))
	if err != nil {
		t.Fatal(err)
	}
	horizon := horizon.New(s, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); horizon.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	cartsv1.RegisterCartServiceServer(s, carts.New(s.engine, s, s))
	catalogv1.RegisterCatalogServiceServer(s, catalog.New(s.engine, s))
	locationsv1.RegisterLocationServiceServer(s, locations.New(s.engine, s))
	stockv1.RegisterStockServiceServer(s, stock.New(s.engine, s, horizon, stock.Config{}))
	countsv1.RegisterCountServiceServer(s, counts.New(s.engine, s))
	promotionsv1.RegisterPromotionServiceServer(s, promotions.New(s.engine, s))
	replenishmentv1.RegisterReplenishmentServiceServer(s, replenishment.New(s.engine, s))
	demandv1.RegisterDemandServiceServer(s, demand.New(s))
	messagesv1.RegisterMessageServiceServer(s, messages.New(s))
	reportsv1.RegisterReportServiceServer(s, reports.New(s))
	ordersv1.RegisterOrderServiceServer(s, orders.New(s.engine, s, s, s.finders))
	fulfilmentsv1.RegisterFulfilmentServiceServer(s, fulfilments.New(s.engine, s, codes,
		fulfilments.NewLabeller(s.engine, s, s, carrier.NewPretend(), slog.New(slog.DiscardHandler))))
	returnsv1.RegisterReturnServiceServer(s, returns.New(s.engine, s, s, s.finders, s.receipts))
	invoicesv1.RegisterInvoiceServiceServer(s, invoices.New(s.engine, s, s.receipts))
	customersv1.RegisterCustomerServiceServer(s, customers.New(s))
	paymentsv1.RegisterPaymentServiceServer(s, payments.New(s.engine, s, s,
		payments.NewProcessor(s.engine, s, provider.NewPretend(""), slog.New(slog.DiscardHandler)), s.links, s.finders))
	deliveriesv1.RegisterDeliveryServiceServer(s, deliveries.New(s.engine, s))
	tillsv1.RegisterTillServiceServer(s, tills.New(s.engine, s, s.receipts))
	eventsv1.RegisterEventServiceServer(s, events.New(s, horizon, events.Config{}))
	s.furnish(t)
	s.trade(t)
	return s
}

// PutContact, ChangeContact and Messages are a shop that tells nobody.
func (s *anyShop) PutContact(context.Context, retail.ID, ledger.Request, retail.Contact) (bool, error) {
	return true, nil
}

func (s *anyShop) KeepContact(context.Context, retail.ID, ledger.Request, retail.Contact) error {
	return nil
}

func (s *anyShop) DropContact(context.Context, retail.ID, ledger.Request) error { return nil }

func (s *anyShop) ChangeContact(context.Context, retail.ID, retail.Contact, retail.ID) error {
	return nil
}

func (s *anyShop) Messages(context.Context, retail.ID, retail.MessageState, retail.ID, int) ([]retail.Message, error) {
	return nil, nil
}

func (s *anyShop) Message(context.Context, retail.ID) (retail.Message, bool, error) {
	return retail.Message{}, false, nil
}

func (s *anyShop) Retry(context.Context, retail.ID, func(context.Context, pgx.Tx) error) error {
	return nil
}

// PutFinders, DropFinders, ChangeFinders and OrdersFound are a shop that knows nobody's phone number.
func (s *anyShop) PutFinders(context.Context, retail.ID, ledger.Request, []retail.Finder) error {
	return nil
}

func (s *anyShop) DropFinders(context.Context, retail.ID, ledger.Request) error { return nil }

func (s *anyShop) ChangeFinders(context.Context, retail.ID, []retail.Finder, retail.ID) error {
	return nil
}

func (s *anyShop) OrdersFound(context.Context, retail.Finder, retail.ID, retail.OrderMark, int) ([]retail.ID, error) {
	return nil, nil
}

func (s *anyShop) PutCartContact(context.Context, retail.ID, int64, retail.Contact) error { return nil }

func (s *anyShop) EndCartContact(context.Context, retail.ID) error { return nil }

// PutRecipient, Recipient and what forgets are a shop that sends all parcels to one house.
func (s *anyShop) PutRecipient(context.Context, retail.ID, ledger.Request, retail.Recipient) (bool, error) {
	return true, nil
}

func (s *anyShop) KeepRecipient(context.Context, retail.ID, ledger.Request, retail.Recipient) error {
	return nil
}

func (s *anyShop) Recipient(context.Context, retail.ID) (retail.Recipient, bool, error) {
	return retail.Recipient{Name: "Ada"}, true, nil
}

func (s *anyShop) ShipTo(context.Context, retail.ID) (retail.Recipient, bool, error) {
	return retail.Recipient{Name: "Ada"}, true, nil
}

func (s *anyShop) PutShipTo(context.Context, retail.ID, ledger.Request, retail.Recipient) (bool, error) {
	return true, nil
}

func (s *anyShop) KeepShipTo(context.Context, retail.ID, ledger.Request, retail.Recipient) error {
	return nil
}

func (s *anyShop) DropShipTo(context.Context, retail.ID, ledger.Request) error { return nil }

func (s *anyShop) SayShipTo(context.Context, retail.ID, retail.Recipient) (bool, error) {
	return true, nil
}

func (s *anyShop) ForgetRecipient(context.Context, retail.ID) error { return nil }

func (s *anyShop) DropRecipient(context.Context, ledger.Request) error { return nil }

func (s *anyShop) EraseContact(context.Context, retail.ID) (bool, error) { return false, nil }

// NewestEvent, OldestWriter and EventsBetween are a log that is empty.
func (s *anyShop) NewestEvent(context.Context, int64) (int64, uint64, error) { return 0, 1, nil }

func (s *anyShop) OldestWriter(context.Context) (uint64, int64, error) { return 2, 0, nil }

func (s *anyShop) EventsBetween(context.Context, int64, int64, ledger.LogFilter, int) ([]ledger.LoggedEvent, error) {
	return nil, nil
}

func (s *anyShop) EventOf(context.Context, string, string, int64) (ledger.LoggedEvent, bool, error) {
	return ledger.LoggedEvent{}, false, nil
}

// furnish puts a small retailer's data and stock.
func (s *anyShop) furnish(t testing.TB) {
	now := time.Now()
	put := func(rows ...retail.Row) {
		for _, row := range rows {
			s.rows[row.Key()] = row
		}
	}
	for _, code := range []string{"milan", "rome"} {
		put(retail.Location{Code: code, Name: code, Currency: "EUR", TimeZone: "Europe/Rome", TaxJurisdiction: "IT", RecordedAt: now, Version: 1})
		for _, sku := range []string{"HAT", "SOCK"} {
			put(retail.Level{Location: code, SKU: sku, Units: [7]int64{50}, Version: 1, RecordedAt: now})
		}
	}
	for code, kind := range map[string]string{"till": retail.ChannelTill, "web": "ONLINE_STORE"} {
		put(retail.Channel{Code: code, Name: code, Kind: kind, PriceLists: []string{"eur"}, HoldTime: time.Hour, RecordedAt: now, Version: 1})
	}
	for i, state := range []retail.CountState{retail.CountOpen, retail.CountCounted} {
		put(retail.Count{Location: "milan", ID: retail.ID{0xC0, byte(i)}, State: state, OpenedAt: now, RecordedAt: now, Version: 1})
	}
	product := retail.Product{Code: "hat", Title: "Hat", TaxCategory: "standard", RecordedAt: now, Version: 1}
	for i, sku := range []string{"HAT", "SOCK"} {
		product.Variants = append(product.Variants, retail.Variant{SKU: sku})
		put(retail.SKU{Code: sku, Product: "hat", RecordedAt: now},
			retail.VariantPrices{PriceList: "eur", SKU: sku, Prices: []retail.Price{{UnitMinor: int64(500 + i)}}, RecordedAt: now, Version: 1})
	}
	product.Variants[0].Barcodes = []string{"04006381333931"}
	put(product, retail.Barcode{GTIN: "04006381333931", SKU: "HAT", RecordedAt: now, Version: 1},
		retail.PriceList{Code: "eur", Currency: "EUR", TaxIncluded: true, RecordedAt: now, Version: 1},
		retail.TaxCategory{Code: "standard", RecordedAt: now, Version: 1},
		retail.TaxRates{Jurisdiction: "IT", Rates: []retail.TaxRate{{Category: "standard", Code: "IVA22", PPM: 220_000}}, RecordedAt: now, Version: 1})
	if len(s.methods) == 0 {
		t.Fatal("the shop has no methods")
	}
}

// trade places a sale at a till, and an order that is to be collected and sent, so that later requests have something to name.
func (s *anyShop) trade(t testing.TB) {
	server := orders.New(s.engine, s, s, s.finders)
	line := func(method ordersv1.FulfilmentMethod) *ordersv1.BasketLine {
		return &ordersv1.BasketLine{Item: &ordersv1.BasketLine_Sku{Sku: "HAT"}, Quantity: 3, Method: method}
	}
	pay := []*ordersv1.Tender{{Kind: ordersv1.TenderKind_TENDER_KIND_CASH, Amount: &retailv1.Money{CurrencyCode: "EUR", AmountMinor: 10_000}}}
	for i, request := range []*ordersv1.PlaceOrderRequest{
		{Channel: "till", Location: "milan", Lines: []*ordersv1.BasketLine{line(ordersv1.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT)}, Tenders: pay},
		{Channel: "web", Location: "milan", Customer: otherID, Lines: []*ordersv1.BasketLine{
			line(ordersv1.FulfilmentMethod_FULFILMENT_METHOD_PICKUP), line(ordersv1.FulfilmentMethod_FULFILMENT_METHOD_SHIP),
		}, Tenders: pay},
	} {
		ctx := ledger.WithRequest(context.Background(), ledger.Request{ID: retail.ID{0xFF, byte(i)}, Actor: "anybody"})
		if _, err := server.PlaceOrder(ctx, request); err != nil {
			t.Fatal(err)
		}
	}
}

// ids are those of everything that the shop made.
func (s *anyShop) ids() []string {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	ids := []string{someID}
	for key, row := range s.rows {
		switch row := row.(type) {
		case retail.Invoice:
			ids = append(ids, row.Number)
		case retail.Order:
			ids = append(ids, row.Number)
			if !row.LinkUntil.IsZero() {
				ids = append(ids, s.links.Token(row))
			}
		}
		if !key.ID.IsZero() {
			ids = append(ids, key.ID.String())
		}
	}
	slices.Sort(ids)
	return ids
}

// call sends a request past the door, straight to its handler. What the contract lets through must not be a fault of ours; what it
// does not may be one, but must not panic.
func (s *anyShop) call(t *testing.T, m anyMethod, request proto.Message, lawful bool) {
	t.Helper()
	defer func() {
		if cause := recover(); cause != nil {
			t.Fatalf("%s panics: %v\n%v\n%s", m.name, cause, request, debug.Stack())
		}
	}()
	s.sent++
	var id retail.ID
	binary.BigEndian.PutUint64(id[8:], s.sent)
	ctx := ledger.WithRequest(t.Context(), ledger.Request{ID: id, Actor: "anybody"})
	before := len(s.alarmed())
	answer, err := m.handler(m.server, ctx, func(into any) error { proto.Merge(into.(proto.Message), request); return nil }, nil)
	for _, alarm := range s.alarmed()[before:] {
		fault := (*ledger.Alarm)(nil)
		if !errors.As(alarm, &fault) || lawful || fault.What == "a rule panicked" {
			t.Fatalf("%s is a fault of ours, lawful %v: %v\n%v", m.name, lawful, alarm, request)
		}
	}
	refusal := (*retail.Refusal)(nil)
	switch {
	case err == nil && lawful:
		if _, err := proto.Marshal(answer.(proto.Message)); err != nil {
			t.Fatalf("%s gives an answer that can't be sent: %v\n%v", m.name, err, request)
		}
	case err != nil && lawful && !errors.As(err, &refusal) && !errors.Is(err, ledger.ErrStale):
		t.Fatalf("%s fails: %v\n%v", m.name, err, request)
	}
}

func (s *anyShop) alarmed() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.alarms)
}

// requestsMax is how many requests one input makes.
const requestsMax = 12

// FuzzRequests sends any messages to any methods of all services, whether the contract lets them through or not.
func FuzzRequests(f *testing.F) {
	empty := openAnyShop(f)
	var services []protoreflect.ServiceDescriptor
	for _, name := range []string{"carts.v1.Cart", "catalog.v1.Catalog", "customers.v1.Customer", "deliveries.v1.Delivery", "events.v1.Event", "fulfilments.v1.Fulfilment", "invoices.v1.Invoice",
		"locations.v1.Location", "orders.v1.Order", "payments.v1.Payment", "returns.v1.Return", "stock.v1.Stock", "tills.v1.Till"} {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName("aisle." + name + "Service"))
		if err != nil {
			f.Fatal(err)
		}
		services = append(services, found.(protoreflect.ServiceDescriptor))
	}
	rules, err := newRules(services...)
	if err != nil {
		f.Fatal(err)
	}
	for at := range empty.methods {
		f.Add([]byte{byte(at)})
		text := []byte{byte(at)}
		for i := range 200 {
			text = append(text, byte(i*i+at)&^0x40)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		shop, by := openAnyShop(t), &script{text: text}
		for sent := 0; sent == 0 || sent < requestsMax && len(by.text) > 0; sent++ {
			m := shop.methods[by.below(len(shop.methods))]
			request := m.request.New()
			by.careful = by.below(4) > 0
			by.fill(request, shop.ids(), 0)
			lawful := validText(request.Interface()) && rules.check(request) == nil
			shop.call(t, m, request.Interface(), lawful)
		}
	})
}

// validText tells whether a message can come over the wire as it is: its text is UTF-8 and has no U+0000.
func validText(m proto.Message) bool {
	_, err := proto.Marshal(m)
	return err == nil && !hasZero(m.ProtoReflect())
}
