package demo

import (
	"context"
	"errors"
	"html"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"

	customerspb "github.com/aisle-retail/aisle/gen/go/aisle/customers/v1"
	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	eventspb "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	invoicespb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	tillspb "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
	"github.com/aisle-retail/aisle/services/app"
	"github.com/aisle-retail/aisle/services/imports"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// testPercent is how much of the trade is played against a real database.
const testPercent = 8

// shopAPI is a server with the demo's retailer in it.
func shopAPI(t *testing.T, databaseURL string) *grpc.ClientConn {
	t.Helper()
	config, err := app.LoadConfig(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	loader := app.LoaderKey(app.NewKey())
	keys, err := app.ParseKeyEntries(loader)
	if err != nil {
		t.Fatal(err)
	}
	server, err := app.Start(t.Context(), app.Loopback(config), databaseURL, keys, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := app.Dial(server.GRPCAddr(), loader.Key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if report, err := imports.Apply(t.Context(), conn, Records(), imports.Options{}); err != nil || report.Rejected > 0 {
		t.Fatalf("the retailer: %v, %v", err, report.Rejects)
	}
	return conn
}

// dying is a connection that ends the whole run with some request: before it is sent, or when its answer is on its way.
type dying struct {
	grpc.ClientConnInterface
	left atomic.Int64
	kill context.CancelFunc
	sent bool
}

var errDied = errors.New("the demo was killed")

func (d *dying) Invoke(ctx context.Context, method string, in, out any, options ...grpc.CallOption) error {
	if d.left.Add(-1) == 0 {
		if d.sent {
			_ = d.ClientConnInterface.Invoke(context.WithoutCancel(ctx), method, in, out, options...)
		}
		d.kill()
		return errDied
	}
	return d.ClientConnInterface.Invoke(ctx, method, in, out, options...)
}

// TestTrade plays a small trade that is killed three times on the way, and looks through the API for all that shall be there, once.
func TestTrade(t *testing.T) {
	db := pgtest.New(t)
	conn := shopAPI(t, db.URL)
	for kill, after := range []int64{2, 150, 450} {
		ctx, cancel := context.WithCancel(t.Context())
		broken := &dying{ClientConnInterface: conn, kill: cancel, sent: kill%2 == 0}
		broken.left.Store(after)
		if _, err := Trade(ctx, broken, Options{Percent: testPercent}); err == nil {
			t.Fatal("it was killed, and came to its end")
		}
		cancel()
	}
	played, err := Trade(t.Context(), conn, Options{Percent: testPercent})
	if err != nil {
		t.Fatal(err)
	}
	if played.Refused > 0 || played.Before || played.Invoice == "" {
		t.Errorf("%+v", played)
	}
	w := newPlayer(conn)
	known, err := w.known(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &survey{T: t, w: w, conn: conn, plan: planned(known["opening"].GetOccurredAt().AsTime(), testPercent)}
	events := s.events()
	t.Run("has each thing of the plan once", s.once)
	t.Run("has orders of every kind", s.orders)
	t.Run("has work in every state", s.work)
	t.Run("has returns of every kind", s.returns)
	t.Run("has stock that was promised, sent and oversold", s.stock)
	t.Run("has a shopper with a history", s.shopper)
	t.Run("leaves clean books", func(t *testing.T) { clean(t, db.URL) })
	t.Run("does nothing when it is played again", func(t *testing.T) {
		calls := &dying{ClientConnInterface: conn}
		again, err := Trade(t.Context(), calls, Options{Percent: testPercent})
		if err != nil || !again.Before || again.Requests != 0 || again.Invoice != played.Invoice {
			t.Errorf("%+v, %v", again, err)
		}
		if made := -calls.left.Load(); made > 2 {
			t.Errorf("%d requests to learn that there is nothing to do", made)
		}
		for kind, count := range s.events() {
			if events[kind] != count {
				t.Errorf("%d events %s, and there were %d", count, kind, events[kind])
			}
		}
	})
}

// told are the kinds of events that trade leaves, of which there is one per act.
var told = []string{
	"OrderPlaced", "OrderPaid", "OrderInvoiced", "ReturnAccepted", "UnitsCollected", "UnitsCancelled", "ShipmentShipped", "ShipmentDelivered",
	"FulfilmentAccepted", "FulfilmentPicking", "PickupReady", "ShipmentPacked", "StockHeld", "StockAdjusted", "TransferShipped",
	"TransferReceived", "TransferRequested", "TransferDeclined", "DeliveryAnnounced", "DeliveryReceived", "CashMoved", "InvoiceIssued",
}

// clean proves the books.
func clean(t *testing.T, databaseURL string) {
	books, err := postgres.Open(t.Context(), postgres.Config{URL: databaseURL, Writers: 1, Readers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer books.Close()
	var said strings.Builder
	if err := app.Audit(t.Context(), books, 0, &said, io.Discard); err != nil {
		t.Errorf("%v\n%s", err, &said)
	}
}

// survey looks at what was played.
type survey struct {
	*testing.T
	w    *player
	conn grpc.ClientConnInterface
	plan *planner
}

// events counts the log by kind.
func (s *survey) events() map[string]int {
	counts, log := map[string]int{}, eventspb.NewEventServiceClient(s.conn)
	for cursor := ""; ; {
		page, err := log.ListEvents(s.Context(), &eventspb.ListEventsRequest{Cursor: cursor, PageSize: 1000, Kinds: told})
		if err != nil {
			s.Fatal(err)
		}
		for _, event := range page.Events {
			counts[event.Kind]++
		}
		if cursor = page.NextCursor; page.EndReached {
			return counts
		}
	}
}

// each is every order, by selling location.
func (s *survey) each(t *testing.T, look func(*orderspb.Order)) {
	for _, place := range stores {
		for token := ""; ; {
			page, err := s.w.orders.ListOrders(t.Context(), &orderspb.ListOrdersRequest{Location: place.code, PageSize: 200, PageToken: token})
			if err != nil {
				t.Fatal(err)
			}
			for _, order := range page.Orders {
				look(order)
			}
			if token = page.NextPageToken; token == "" {
				break
			}
		}
	}
}

// want fails for what is not there.
func want(t *testing.T, found map[string]int, kinds ...string) {
	t.Helper()
	for _, kind := range kinds {
		if found[kind] == 0 {
			t.Errorf("no %s; there are %v", kind, found)
		}
	}
}

func (s *survey) once(t *testing.T) {
	planned := map[string]bool{derived("order", "opening"): true, derived("order", "closing"): true}
	kinds := map[string]int{"OrderPlaced": 2}
	for _, a := range all(s.plan) {
		switch r := a.request.(type) {
		case *orderspb.PlaceOrderRequest:
			planned[r.Order] = true
			kinds["OrderPlaced"]++
		case *returnspb.ExchangeGoodsRequest:
			planned[r.Sale.Order] = true
			kinds["OrderPlaced"]++
			kinds["ReturnAccepted"]++
		case *returnspb.AcceptReturnRequest, *returnspb.AcceptBlindReturnRequest:
			kinds["ReturnAccepted"]++
		case *fulfilmentspb.CollectPickupRequest:
			kinds["UnitsCollected"]++
		case *fulfilmentspb.ShipFulfilmentRequest:
			kinds["ShipmentShipped"]++
		case *fulfilmentspb.DeliverShipmentRequest:
			kinds["ShipmentDelivered"]++
		case *stockpb.HoldStockRequest:
			kinds["StockHeld"]++
		case *stockpb.AdjustStockRequest:
			kinds["StockAdjusted"]++
		case *stockpb.RequestTransferRequest:
			kinds["TransferRequested"]++
		case *stockpb.DeclineTransferRequest:
			kinds["TransferDeclined"]++
		case *stockpb.ShipTransferRequest:
			kinds["TransferShipped"]++
		case *stockpb.ReceiveTransferRequest:
			kinds["TransferReceived"]++
		case *deliveriespb.AnnounceDeliveryRequest:
			kinds["DeliveryAnnounced"]++
		case *deliveriespb.ReceiveDeliveryRequest:
			kinds["DeliveryReceived"]++
		case *tillspb.RecordCashRequest:
			kinds["CashMoved"]++
		case *invoicespb.IssueFullInvoiceRequest:
			kinds["OrderInvoiced"]++
		}
	}
	s.each(t, func(order *orderspb.Order) {
		if !planned[order.Id] {
			t.Errorf("nobody planned order %s of %s", order.Id, order.Location)
		}
		delete(planned, order.Id)
	})
	if len(planned) > 0 {
		t.Errorf("%d orders were not placed", len(planned))
	}
	happened := s.events()
	for kind, count := range kinds {
		if happened[kind] != count {
			t.Errorf("%d %s, and %d were planned", happened[kind], kind, count)
		}
	}
}

func (s *survey) orders(t *testing.T) {
	found, cards := map[string]int{}, map[string]int{}
	s.each(t, func(order *orderspb.Order) {
		found[order.Channel]++
		found[strings.TrimPrefix(order.State.String(), "ORDER_STATE_")]++
		if order.State == orderspb.OrderState_ORDER_STATE_CONFIRMED {
			found["CONFIRMED "+strings.TrimPrefix(order.PaymentState.String(), "PAYMENT_STATE_")]++
		}
		for _, p := range order.Payments {
			kind := strings.TrimPrefix(p.Kind.String(), "TENDER_KIND_") + " " + strings.TrimPrefix(p.Movement.String(), "PAYMENT_MOVEMENT_")
			found[kind]++
			if p.Location != "" && p.Location != order.Location {
				found[kind+" elsewhere"]++
			}
		}
		for _, line := range order.Lines {
			if strings.HasPrefix(line.Account, "gift_card/") {
				cards[line.Account]++
			}
			for _, d := range line.Discounts {
				found[d.Code]++
			}
		}
		for _, d := range order.Documents {
			found[d.Kind]++
		}
	})
	for _, sold := range cards {
		if sold > 1 {
			found["gift card topped up"]++
		}
	}
	want(t, found, "till", "web", "app", "phone", "COMPLETED", "CONFIRMED", "CANCELLED", "PENDING_PAYMENT",
		"CONFIRMED PAID", "CONFIRMED PARTIALLY_PAID", "CONFIRMED NONE",
		"CASH PAYMENT", "CASH CHANGE", "CARD PAYMENT", "WALLET PAYMENT", "GIFT_CARD PAYMENT elsewhere", "STORE_CREDIT PAYMENT",
		"STORE_CREDIT REFUND", "CARD REFUND", "gift card topped up", "MIDSEASON", "STUDENT10", "SIMPLIFIED", "FULL_REPLACING_SIMPLIFIED",
		"RECTIFICATIVE_SIMPLIFIED")
}

func (s *survey) work(t *testing.T) {
	states := map[string]int{}
	for _, place := range []string{Barcelona, "mad-salesas", "par-marais", depot} {
		page, err := s.w.fulfilments.ListFulfilments(t.Context(), &fulfilmentspb.ListFulfilmentsRequest{Location: place, PageSize: 200})
		if err != nil {
			t.Fatal(err)
		}
		here := map[string]int{}
		for _, f := range page.Fulfilments {
			here[strings.TrimPrefix(f.State.String(), "FULFILMENT_STATE_")]++
		}
		if place == depot {
			want(t, here, "NEW", "ACCEPTED", "PACKED")
		} else {
			want(t, here, "NEW", "ACCEPTED", "PICKING", "READY")
		}
	}
	s.each(t, func(order *orderspb.Order) {
		for i, line := range order.Lines {
			if line.Fulfilment == "" || i > 0 {
				continue
			}
			answer, err := s.w.fulfilments.ListOrderFulfilments(t.Context(), &fulfilmentspb.ListOrderFulfilmentsRequest{Order: order.Id})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range answer.Fulfilments {
				states[strings.TrimPrefix(f.State.String(), "FULFILMENT_STATE_")]++
			}
		}
	})
	want(t, states, "COLLECTED", "SHIPPED", "DELIVERED", "CANCELLED")
}

func (s *survey) returns(t *testing.T) {
	found := map[string]int{}
	s.each(t, func(order *orderspb.Order) {
		if order.ReturnProgress == orderspb.Progress_PROGRESS_NONE {
			return
		}
		answer, err := s.w.returns.ListOrderReturns(t.Context(), &returnspb.ListOrderReturnsRequest{Order: order.Id})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range answer.Returns {
			kind := "return"
			if r.ExchangeOrder != "" {
				kind = "exchange"
			}
			switch {
			case order.Channel != "till":
				found[kind+" of an online order"]++
			case r.Location == r.Book:
				found[kind+" where it was sold"]++
			default:
				found[kind+" elsewhere"]++
			}
			found[kind]++
		}
	})
	blind := s.plan.people[0]
	for _, a := range all(s.plan) {
		if r, ok := a.request.(*returnspb.AcceptBlindReturnRequest); ok && r.Customer != "" {
			blind.id = r.Customer
		}
	}
	for _, p := range s.purchases(t, blind.id) {
		if p.Kind == customerspb.PurchaseKind_PURCHASE_KIND_RETURN && p.Order == "" {
			found["blind return"]++
		}
	}
	want(t, found, "return of an online order", "return where it was sold", "return elsewhere", "exchange", "blind return")
}

func (s *survey) stock(t *testing.T) {
	transfers := map[string]int{}
	for _, place := range stores {
		answer, err := s.w.stock.ListTransfers(t.Context(), &stockpb.ListTransfersRequest{Location: place.code})
		if err != nil {
			t.Fatal(err)
		}
		for _, transfer := range answer.Transfers {
			kind := strings.TrimPrefix(transfer.State.String(), "TRANSFER_STATE_")
			for _, line := range transfer.Lines {
				if line.Missing > 0 {
					kind = "RECEIVED SHORT"
				}
			}
			transfers[kind]++
		}
	}
	want(t, transfers, "SHIPPED", "RECEIVED", "RECEIVED SHORT", "REQUESTED", "DECLINED")
	expected := map[string]int{}
	for _, place := range []string{depot, Barcelona, "mil-brera"} {
		answer, err := s.w.deliveries.ListDeliveries(t.Context(), &deliveriespb.ListDeliveriesRequest{Location: place})
		if err != nil {
			t.Fatal(err)
		}
		for _, delivery := range answer.Deliveries {
			expected[strings.TrimPrefix(delivery.State.String(), "DELIVERY_STATE_")]++
			if delivery.Overdue {
				expected["overdue"]++
			}
		}
	}
	want(t, expected, "EXPECTED", "PARTIAL", "overdue")
	cases, err := s.w.stock.ListOversellCases(t.Context(), &stockpb.ListOversellCasesRequest{Location: "par-marais"})
	if err != nil || len(cases.GetCases()) != 1 {
		t.Errorf("%v, %v", cases, err)
	}
	held := int64(0)
	for _, a := range all(s.plan) {
		if r, ok := a.request.(*stockpb.HoldStockRequest); ok {
			levels, err := s.w.stock.GetAvailability(t.Context(), &stockpb.GetAvailabilityRequest{Skus: []string{r.Lines[0].Sku}, Locations: []string{r.Location}})
			if err != nil {
				t.Fatal(err)
			}
			held += levels.Levels[0].GetHeld()
		}
	}
	if held < int64(len(holders)) {
		t.Errorf("%d units are held", held)
	}
}

func (s *survey) purchases(t *testing.T, customer string) []*customerspb.Purchase {
	page, err := customerspb.NewCustomerServiceClient(s.conn).ListPurchases(t.Context(), &customerspb.ListPurchasesRequest{Customer: customer, PageSize: 200})
	if err != nil {
		t.Fatal(err)
	}
	return page.Purchases
}

func (s *survey) shopper(t *testing.T) {
	found, last := map[string]int{}, ""
	for _, p := range s.purchases(t, Shopper) {
		found[p.Channel+" "+strings.TrimPrefix(p.Kind.String(), "PURCHASE_KIND_")+" "+p.State]++
		if p.Kind == customerspb.PurchaseKind_PURCHASE_KIND_INVOICE && p.State == "FULL_REPLACING_SIMPLIFIED" {
			last = p.Id
		}
	}
	want(t, found, "till ORDER COMPLETED", "web ORDER COMPLETED", "app ORDER COMPLETED", "web ORDER CONFIRMED", "till RETURN ")
	page, err := s.w.invoices.RenderInvoice(t.Context(), &invoicespb.RenderInvoiceRequest{Invoice: last})
	if err != nil || !strings.Contains(string(page.GetData()), html.EscapeString(companies["ES"][0])) || !strings.Contains(string(page.GetData()), studio.TaxId) {
		t.Errorf("%v: %s", err, page.GetData())
	}
}
