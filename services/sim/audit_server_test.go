package sim

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/app"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// stall is a real server on a database of its own, and all that was asked of it.
type stall struct {
	t       *testing.T
	db      *pgtest.Database
	shop    auditor.Shop
	history *auditor.History
	door    *grpc.ClientConn
}

// The keys of a stall: staff's, and one that is bound to channels and sees what they show.
const (
	stallKey = "staff-xxxxxxxxxxxxxxxxxxxxxxxx"
	siteKey  = "site-xxxxxxxxxxxxxxxxxxxxxxxxx"
)

func openStall(t *testing.T) *stall {
	t.Helper()
	s := &stall{t: t, db: pgtest.New(t), history: &auditor.History{}, shop: NewShop(rand.New(rand.NewPCG(1, 1)))}
	s.shop.Bound = []string{"site"}
	config, err := app.LoadConfig(func(name string) string {
		return map[string]string{
			"AISLE_GRPC_ADDR": "127.0.0.1:0", "AISLE_HTTP_ADDR": "127.0.0.1:0", "AISLE_SWEEP_EVERY": "20ms",
			"AISLE_CODE_SECRET": "the secret of the pickup codes of the tests", "AISLE_CARRIER": "test",
		}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"*"}
	keys, err := app.ParseKeyEntries(
		app.KeyEntry{Name: "staff", Kind: "staff", Key: stallKey, Locations: all, Channels: all},
		app.KeyEntry{Name: "site", Kind: "site", Key: siteKey, Locations: all, Channels: []string{"shop", "app"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	server, err := app.Start(t.Context(), config, s.db.URL, keys, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if s.door, err = grpc.NewClient(server.GRPCAddr(), grpc.WithTransportCredentials(insecure.NewCredentials())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.door.Close()
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := furnish(t.Context(), s.shop, s.client(0)); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stall) client(n int) *client {
	return &client{
		number: n, rand: rand.New(rand.NewPCG(7, uint64(n))), history: s.history, doors: []*grpc.ClientConn{s.door},
		keys: func(name string) string {
			if name == "site" {
				return siteKey
			}
			return stallKey
		},
	}
}

// audit reads the books and audits them.
func (s *stall) audit() []auditor.Finding {
	s.t.Helper()
	books, err := auditor.ReadBooks(s.t.Context(), s.db.OwnerURL)
	if err != nil {
		s.t.Fatal(err)
	}
	return auditor.Audit(s.shop, s.history, books)
}

// stallHand is a client that does a little of everything that moves goods, on two SKUs, so that they meet.
type stallHand struct {
	*client
	holds     []*stockpb.Hold
	transfers []*stockpb.Transfer
	sales     []*orderspb.Order
	orders    []*orderspb.Order // of the web shop
	last      *auditor.Call
}

func (h *stallHand) place() string { return []string{"milan", "rome"}[h.rand.IntN(2)] }
func (h *stallHand) sku() string   { return fmt.Sprintf("SKU-%d", h.rand.IntN(2)) }
func (h *stallHand) units() int64  { return 1 + h.rand.Int64N(3) }

func (h *stallHand) lines() []*stockpb.HoldLine {
	if h.rand.IntN(3) == 0 {
		return []*stockpb.HoldLine{{Sku: "SKU-1", Quantity: h.units()}, {Sku: "SKU-0", Quantity: 1}}
	}
	return []*stockpb.HoldLine{{Sku: h.sku(), Quantity: h.units()}}
}

// work does one thing, and remembers what came of it.
func (h *stallHand) work(ctx context.Context) {
	a := h.draw()
	call := h.send(ctx, a)
	if call.Outcome != auditor.Acknowledged {
		return
	}
	if call.RequestID != "" {
		h.last = call
	}
	switch answer := call.Answer.(type) {
	case *stockpb.Hold:
		h.holds = append(h.holds, answer)
	case *stockpb.Transfer:
		h.transfers = append(h.transfers, answer)
	case *orderspb.Order:
		if answer.GetChannel() == "till" {
			h.sales = append(h.sales, answer)
		} else {
			h.orders = append(h.orders, answer)
		}
	}
}

func (h *stallHand) draw() ask {
	switch n := h.rand.IntN(20); {
	case n < 1:
		return ask{method: "stock/ReceiveStock", request: &stockpb.ReceiveStockRequest{
			RequestId: h.newID(), Location: h.place(), Reference: "note", Lines: []*stockpb.ReceiveLine{{Sku: h.sku(), Quantity: 4}},
		}}
	case n < 2:
		return ask{method: "stock/AdjustStock", request: &stockpb.AdjustStockRequest{
			RequestId: h.newID(), Location: h.place(), Reason: "count", Lines: []*stockpb.AdjustLine{{Sku: h.sku(), Difference: h.units() - 3 - h.rand.Int64N(2)*2 + 1}},
		}}
	case n < 5:
		hold := &stockpb.HoldStockRequest{RequestId: h.newID(), Location: h.place(), Channel: []string{"till", "shop"}[h.rand.IntN(2)], Owner: "cart", Lines: h.lines()}
		if h.rand.IntN(3) == 0 {
			hold.TimeToLive = durationpb.New(time.Second)
		}
		return ask{method: "stock/HoldStock", request: hold}
	case n < 6 && len(h.holds) > 0:
		hold := h.holds[h.rand.IntN(len(h.holds))]
		return ask{method: "stock/ReleaseHold", request: &stockpb.ReleaseHoldRequest{RequestId: h.newID(), Location: hold.GetLocation(), Hold: hold.GetId()}}
	case n < 7:
		return ask{method: "stock/ShipTransfer", request: &stockpb.ShipTransferRequest{RequestId: h.newID(), FromLocation: "milan", ToLocation: "rome", Lines: h.lines()}}
	case n < 8 && len(h.transfers) > 0:
		transfer := h.transfers[h.rand.IntN(len(h.transfers))]
		return ask{method: "stock/ReceiveTransfer", request: &stockpb.ReceiveTransferRequest{
			RequestId: h.newID(), Transfer: transfer.GetId(), Location: "rome", CloseShort: h.rand.IntN(2) == 0, Reason: "lost",
			Lines: []*stockpb.HoldLine{{Sku: transfer.GetLines()[0].GetSku(), Quantity: 1}},
		}}
	case n < 10:
		return h.sale()
	case n < 11:
		return h.online()
	case n < 12 && h.last != nil:
		return ask{method: auditor.ShortName(h.last.Method), request: h.last.Request, copyOf: h.last}
	case n < 13 && len(h.orders) > 0:
		return h.goOn(h.orders[h.rand.IntN(len(h.orders))])
	case n < 14 && len(h.sales) > 0:
		return h.goBack(h.sales[h.rand.IntN(len(h.sales))])
	case n < 16 && len(h.holds) > 0:
		hold := h.holds[h.rand.IntN(len(h.holds))]
		return ask{method: "stock/GetHold", request: &stockpb.GetHoldRequest{Location: hold.GetLocation(), Hold: hold.GetId()}}
	case n < 17 && len(h.transfers) > 0:
		return ask{method: "stock/GetTransfer", request: &stockpb.GetTransferRequest{Transfer: h.transfers[h.rand.IntN(len(h.transfers))].GetId()}}
	}
	return ask{method: "stock/GetAvailability", request: &stockpb.GetAvailabilityRequest{Skus: []string{"SKU-1", "SKU-0"}, Channel: []string{"", "shop"}[h.rand.IntN(2)]}}
}

func (h *stallHand) sale() ask {
	return ask{method: "orders/PlaceOrder", request: &orderspb.PlaceOrderRequest{
		RequestId: h.newID(), Channel: "till", Location: h.place(), Lines: []*orderspb.BasketLine{line(h.sku(), h.units(), methodCarryOut, "")},
		Tenders: []*orderspb.Tender{{Kind: orderspb.TenderKind_TENDER_KIND_CASH, Amount: euros(100_000)}},
	}}
}

func (h *stallHand) online() ask {
	request := &orderspb.PlaceOrderRequest{
		RequestId: h.newID(), Channel: "shop", Location: "online", Lines: []*orderspb.BasketLine{
			line(h.sku(), h.units(), methodShip, h.place()), line("SKU-0", 1, methodPickup, "milan"),
		},
	}
	switch h.rand.IntN(3) {
	case 0:
		request.PaymentTime = durationpb.New(time.Second)
	case 1:
		request.Tenders = []*orderspb.Tender{{Kind: orderspb.TenderKind_TENDER_KIND_CASH, Amount: euros(100_000)}}
	}
	if len(h.holds) > 0 {
		hold := h.holds[len(h.holds)-1]
		request.Holds = []*orderspb.HoldRef{{Location: hold.GetLocation(), Hold: hold.GetId()}}
		request.Lines[0] = line(hold.GetLines()[0].GetSku(), 1, methodShip, hold.GetLocation())
	}
	return ask{method: "orders/PlaceOrder", request: request}
}

// goOn does the next thing to an order of the web shop: cancels, packs and ships it.
func (h *stallHand) goOn(order *orderspb.Order) ask {
	first := order.GetLines()[0]
	switch h.rand.IntN(4) {
	case 0:
		return ask{method: "orders/CancelLines", request: &orderspb.CancelLinesRequest{RequestId: h.newID(), Order: order.GetId()}}
	case 1:
		return ask{method: "fulfilments/ShipFulfilment", request: &fulfilmentspb.ShipFulfilmentRequest{
			RequestId: h.newID(), Location: first.GetLocation(), Fulfilment: first.GetFulfilment(), Carrier: "van",
		}}
	}
	return ask{method: "fulfilments/ReadyFulfilment", request: &fulfilmentspb.ReadyFulfilmentRequest{
		RequestId: h.newID(), Location: first.GetLocation(), Fulfilment: first.GetFulfilment(),
	}}
}

// goBack takes back what a till sold, or exchanges it.
func (h *stallHand) goBack(order *orderspb.Order) ask {
	items := []*returnspb.ReturnItem{{Line: 1, Quantity: 1, Disposition: returnspb.Disposition(1 + h.rand.IntN(3))}}
	if h.rand.IntN(2) == 0 {
		return ask{method: "returns/AcceptReturn", request: &returnspb.AcceptReturnRequest{RequestId: h.newID(), Location: h.place(), Order: order.GetId(), Lines: items}}
	}
	sale := proto.CloneOf(h.sale().request.(*orderspb.PlaceOrderRequest))
	return ask{method: "returns/ExchangeGoods", request: &returnspb.ExchangeGoodsRequest{
		RequestId: h.newID(), Location: sale.GetLocation(), Order: order.GetId(), Lines: items, Sale: sale,
	}}
}

// trade lets eight hands work, from some stock on.
func (s *stall) trade(each int) {
	s.t.Helper()
	first := s.client(9)
	for _, place := range []string{"milan", "rome"} {
		request := &stockpb.ReceiveStockRequest{RequestId: first.newID(), Location: place}
		for _, sku := range []string{"SKU-0", "SKU-1"} {
			request.Lines = append(request.Lines, &stockpb.ReceiveLine{Sku: sku, Quantity: 40})
		}
		first.send(s.t.Context(), ask{method: "stock/ReceiveStock", request: request})
	}
	var hands sync.WaitGroup
	for n := range 8 {
		hand := &stallHand{client: s.client(n + 1)}
		hands.Go(func() {
			for range each {
				hand.work(s.t.Context())
			}
		})
	}
	hands.Wait()
	s.closeShop()
}

// goodsIn is a delivery that arrives with too much of one and some of another broken, and of which the rest does not come; and one that
// is received twice.
func (s *stall) goodsIn(c *client, do func(string, proto.Message, auditor.Outcome) proto.Message) {
	s.t.Helper()
	arrived := func(sku string, units, damaged int64, reason string) *deliveriespb.ArrivedLine {
		return &deliveriespb.ArrivedLine{Item: &deliveriespb.ArrivedLine_Sku{Sku: sku}, Quantity: units, Damaged: damaged, Reason: reason}
	}
	d := do("deliveries/AnnounceDelivery", &deliveriespb.AnnounceDeliveryRequest{
		RequestId: c.newID(), Location: "milan", Kind: deliveriespb.DeliveryKind_DELIVERY_KIND_PURCHASE_ORDER, Supplier: "ACME", Reference: "PO-7",
		ExpectedOn: "2099-05-04", Lines: []*deliveriespb.AnnouncedLine{{Sku: "SKU-0", Quantity: 3}, {Sku: "SKU-1", Quantity: 9}},
	}, auditor.Acknowledged).(*deliveriespb.Delivery)
	receive := func(note string, want auditor.Outcome, lines ...*deliveriespb.ArrivedLine) {
		s.t.Helper()
		do("deliveries/ReceiveDelivery", &deliveriespb.ReceiveDeliveryRequest{
			RequestId: c.newID(), Location: "milan", Delivery: d.GetId(), DeliveryNote: note, Lines: lines,
		}, want)
	}
	receive("N-1", auditor.Acknowledged, arrived("SKU-0", 4, 0, "generous"), arrived("SKU-1", 5, 1, "broken"))
	receive("N-1", auditor.Refused, arrived("SKU-1", 1, 0, ""))
	receive("N-2", auditor.Refused, arrived("SKU-1", 7, 0, ""))
	do("deliveries/AmendDelivery", &deliveriespb.AmendDeliveryRequest{
		RequestId: c.newID(), Location: "milan", Delivery: d.GetId(), ExpectedOn: "2020-01-06", Lines: []*deliveriespb.AmendedLine{{Sku: "SKU-1", Quantity: 8}},
	}, auditor.Acknowledged)
	do("deliveries/GetDelivery", &deliveriespb.GetDeliveryRequest{Location: "milan", Delivery: d.GetId()}, auditor.Acknowledged)
	do("deliveries/GetAvailableToPromise", &deliveriespb.GetAvailableToPromiseRequest{Location: "milan", Skus: []string{"SKU-0", "SKU-1"}}, auditor.Acknowledged)
	end := &deliveriespb.CloseDeliveryRequest{RequestId: c.newID(), Location: "milan", Delivery: d.GetId(), Reason: "strike"}
	do("deliveries/CloseDelivery", end, auditor.Acknowledged)
	do("deliveries/CloseDelivery", &deliveriespb.CloseDeliveryRequest{RequestId: c.newID(), Location: "milan", Delivery: d.GetId(), Reason: "strike"}, auditor.Refused)
}

// requests are what becomes of goods that are asked for: sent in part and received, declined, and wanted no more.
func (s *stall) requests(c *client, do func(string, proto.Message, auditor.Outcome) proto.Message) {
	lines := []*stockpb.HoldLine{{Sku: "SKU-0", Quantity: 3}, {Sku: "SKU-1", Quantity: 900}}
	ask := func() string {
		return do("stock/RequestTransfer", &stockpb.RequestTransferRequest{
			RequestId: c.newID(), FromLocation: "milan", ToLocation: "rome", Lines: lines, Purpose: "gap", WantedOn: "2026-05-04",
		}, auditor.Acknowledged).(*stockpb.Transfer).GetId()
	}
	sent, declined, cancelled := ask(), ask(), ask()
	ask() // waits on
	dispatch := func(id string, lines ...*stockpb.HoldLine) *stockpb.ShipTransferRequest {
		return &stockpb.ShipTransferRequest{RequestId: c.newID(), FromLocation: "milan", ToLocation: "rome", Transfer: id, Lines: lines}
	}
	do("stock/ReceiveTransfer", &stockpb.ReceiveTransferRequest{RequestId: c.newID(), Transfer: sent, Location: "rome"}, auditor.Refused)
	do("stock/ShipTransfer", dispatch(sent), auditor.Refused) // nobody has 900
	do("stock/ShipTransfer", dispatch(sent, &stockpb.HoldLine{Sku: "SKU-0", Quantity: 4}), auditor.Refused)
	do("stock/ShipTransfer", dispatch(sent, &stockpb.HoldLine{Sku: "SKU-0", Quantity: 2}), auditor.Acknowledged)
	do("stock/ShipTransfer", dispatch(sent, &stockpb.HoldLine{Sku: "SKU-0", Quantity: 1}), auditor.Refused)
	do("stock/DeclineTransfer", &stockpb.DeclineTransferRequest{RequestId: c.newID(), Transfer: declined, Location: "milan", Answer: "no"}, auditor.Acknowledged)
	do("stock/CancelTransfer", &stockpb.CancelTransferRequest{RequestId: c.newID(), Transfer: cancelled, Location: "rome"}, auditor.Acknowledged)
	do("stock/CancelTransfer", &stockpb.CancelTransferRequest{RequestId: c.newID(), Transfer: declined, Location: "rome"}, auditor.Refused)
	for _, states := range [][]stockpb.TransferState{nil, {stockpb.TransferState_TRANSFER_STATE_REQUESTED}, {stockpb.TransferState_TRANSFER_STATE_SHIPPED}} {
		do("stock/ListTransfers", &stockpb.ListTransfersRequest{Location: "rome", PageSize: 200, States: states}, auditor.Acknowledged)
	}
	do("stock/ReceiveTransfer", &stockpb.ReceiveTransferRequest{RequestId: c.newID(), Transfer: sent, Location: "rome"}, auditor.Acknowledged)
	do("stock/ListHolds", &stockpb.ListHoldsRequest{Location: "milan", PageSize: 200}, auditor.Acknowledged)
}

// closeShop does what chance may leave out: each way of handing over, a wrong code, an oversell, a transfer to its end, and promises
// whose time runs out.
func (s *stall) closeShop() {
	c := s.client(10)
	do := func(method string, request proto.Message, want auditor.Outcome) proto.Message {
		s.t.Helper()
		call := c.send(s.t.Context(), ask{method: method, request: request})
		for range 10 { // a client may have gone away, which leaves it open
			if call.Outcome != auditor.Unknown {
				break
			}
			call = c.send(s.t.Context(), ask{method: method, request: request, copyOf: call})
		}
		if call.Outcome != want {
			s.t.Fatal(method, call.Outcome, call.Code, call.Message)
		}
		return call.Answer
	}
	for _, sku := range []string{"SKU-0", "SKU-1"} { // whatever is owed to others, there is enough now
		do("stock/ReceiveStock", &stockpb.ReceiveStockRequest{RequestId: c.newID(), Location: "milan", Lines: []*stockpb.ReceiveLine{{Sku: sku, Quantity: 300}}}, auditor.Acknowledged)
	}
	cash := []*orderspb.Tender{{Kind: orderspb.TenderKind_TENDER_KIND_CASH, Amount: euros(9_000_000)}}
	order := do("orders/PlaceOrder", &orderspb.PlaceOrderRequest{RequestId: c.newID(), Channel: "shop", Location: "online", Tenders: cash, Lines: []*orderspb.BasketLine{
		line("SKU-0", 2, methodShip, "milan"), line("SKU-1", 2, methodPickup, "milan"),
	}}, auditor.Acknowledged).(*orderspb.Order)
	post, pickup := order.GetLines()[0].GetFulfilment(), order.GetLines()[1].GetFulfilment()
	for _, work := range []string{post, pickup} {
		do("fulfilments/ReadyFulfilment", &fulfilmentspb.ReadyFulfilmentRequest{RequestId: c.newID(), Location: "milan", Fulfilment: work}, auditor.Acknowledged)
	}
	do("fulfilments/ShipFulfilment", &fulfilmentspb.ShipFulfilmentRequest{RequestId: c.newID(), Location: "milan", Fulfilment: post, Carrier: "van"}, auditor.Acknowledged)
	right := do("fulfilments/GetPickupCode", &fulfilmentspb.GetPickupCodeRequest{Location: "milan", Fulfilment: pickup}, auditor.Acknowledged).(*fulfilmentspb.PickupCode).GetCode()
	wrong := "000000"
	if wrong == right {
		wrong = "000001"
	}
	collect := &fulfilmentspb.CollectPickupRequest{RequestId: c.newID(), Location: "milan", Fulfilment: pickup, Code: wrong}
	do("fulfilments/CollectPickup", collect, auditor.Refused)
	do("fulfilments/CollectPickup", collect, auditor.Refused) // a copy burns no second try
	do("fulfilments/CollectPickup", &fulfilmentspb.CollectPickupRequest{RequestId: c.newID(), Location: "milan", Fulfilment: pickup, Code: right}, auditor.Acknowledged)
	transfer := do("stock/ShipTransfer", &stockpb.ShipTransferRequest{RequestId: c.newID(), FromLocation: "milan", ToLocation: "rome", Lines: []*stockpb.HoldLine{{Sku: "SKU-0", Quantity: 3}}}, auditor.Acknowledged).(*stockpb.Transfer)
	do("stock/ReceiveTransfer", &stockpb.ReceiveTransferRequest{RequestId: c.newID(), Transfer: transfer.GetId(), Location: "rome", CloseShort: true, Reason: "lost", Lines: []*stockpb.HoldLine{{Sku: "SKU-0", Quantity: 1}}}, auditor.Acknowledged)
	do("stock/ReceiveTransfer", &stockpb.ReceiveTransferRequest{RequestId: c.newID(), Transfer: transfer.GetId(), Location: "rome"}, auditor.Refused)
	s.requests(c, do)
	s.goodsIn(c, do)
	do("stock/HoldStock", &stockpb.HoldStockRequest{
		RequestId: c.newID(), Location: "milan", Channel: "till", Owner: "late", Lines: []*stockpb.HoldLine{{Sku: "SKU-0", Quantity: 1}}, TimeToLive: durationpb.New(time.Second),
	}, auditor.Acknowledged)
	do("orders/PlaceOrder", &orderspb.PlaceOrderRequest{
		RequestId: c.newID(), Channel: "shop", Location: "online", Lines: []*orderspb.BasketLine{line("SKU-1", 1, methodShip, "milan")}, PaymentTime: durationpb.New(time.Second),
	}, auditor.Acknowledged)
	do("orders/PlaceOrder", &orderspb.PlaceOrderRequest{
		RequestId: c.newID(), Channel: "till", Location: "milan", Tenders: cash, Lines: []*orderspb.BasketLine{line("SKU-1", 700, methodCarryOut, "")},
	}, auditor.Acknowledged)
	s.swept()
}

// swept waits until the house has ended all that is over.
func (s *stall) swept() {
	conn, err := pgx.Connect(s.t.Context(), s.db.OwnerURL)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	const left = `select (select count(*) from holds where state = 'HELD' and expires_at < now() + '5 s') +
		(select count(*) from orders where state = 'PENDING_PAYMENT' and pay_by < now() + '5 s')`
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := -1; n != 0; <-tick.C {
		if err := conn.QueryRow(s.t.Context(), left).Scan(&n); err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestAuditOfAServer(t *testing.T) {
	t.Parallel()
	s := openStall(t)
	s.trade(80)
	t.Run("finds nothing in what a server did", func(t *testing.T) {
		for _, f := range s.audit() {
			t.Errorf("%s: %s %v %v", f.Rule, f.Text, f.Subjects, f.Calls)
		}
	})
	t.Run("met all that it looks at", func(t *testing.T) {
		reached := map[string]int{}
		for _, call := range s.history.Calls() {
			reached[auditor.ShortName(call.Method)+strings.TrimRight(" "+call.Reason, " ")]++
		}
		for _, want := range []string{
			"stock/HoldStock", "stock/HoldStock OUT_OF_STOCK", "stock/ReleaseHold", "stock/ReleaseHold HOLD_RELEASED", "stock/ShipTransfer",
			"stock/ReceiveTransfer", "stock/ReceiveTransfer TRANSFER_RECEIVED", "stock/RequestTransfer", "stock/DeclineTransfer", "stock/CancelTransfer",
			"stock/CancelTransfer TRANSFER_NOT_REQUESTED", "stock/ReceiveTransfer TRANSFER_NOT_SHIPPED", "stock/ShipTransfer TRANSFER_BEYOND", "stock/ListTransfers", "orders/PlaceOrder", "orders/PlaceOrder OUT_OF_STOCK",
			"orders/CancelLines", "fulfilments/ShipFulfilment", "fulfilments/CollectPickup", "fulfilments/CollectPickup WRONG_CODE", "returns/AcceptReturn", "returns/ExchangeGoods", "stock/GetAvailability",
			"stock/GetHold", "stock/ListHolds", "stock/GetTransfer", "deliveries/AnnounceDelivery", "deliveries/AmendDelivery", "deliveries/ReceiveDelivery",
			"deliveries/ReceiveDelivery DELIVERY_NOTE_RECEIVED", "deliveries/ReceiveDelivery DIFFERENCE_UNEXPLAINED", "deliveries/CloseDelivery",
			"deliveries/CloseDelivery DELIVERY_ENDED", "deliveries/GetDelivery", "deliveries/GetAvailableToPromise",
		} {
			if reached[want] == 0 {
				t.Errorf("nobody was answered %s: %v", want, reached)
			}
		}
		books, err := auditor.ReadBooks(t.Context(), s.db.OwnerURL)
		if err != nil {
			t.Fatal(err)
		}
		if len(books.Cases) == 0 {
			t.Error("nothing was oversold")
		}
		swept := map[string]bool{}
		for _, act := range books.Acts {
			swept[act.Headers[0].Kind] = swept[act.Headers[0].Kind] || act.Headers[0].Actor == "aisle/sweeper"
		}
		if !swept["EXPIRE"] || !swept["CANCEL"] {
			t.Errorf("the house ended nothing: %v", swept)
		}
	})
}

// spoilt is what somebody did to the books, and the rule that finds it.
var spoilt = []struct{ name, sql, rule string }{
	{"an entry is gone", `delete from ledger_entries where ctid = (select ctid from ledger_entries where from_account = 'available' limit 1)`, "units moved otherwise than asked for"},
	{"an entry is larger", `update ledger_entries set quantity = quantity + 1 where ctid = (select ctid from ledger_entries where to_account = 'held' limit 1)`, "units moved otherwise than asked for"},
	{"a level is another", `update stock_levels set available = available + 1 where sku = 'SKU-0' and location = 'milan'`, "books end otherwise than the acts come to"},
	{"a level was not folded", `update stock_levels set version = version - 1 where sku = 'SKU-0' and location = 'milan'`, "books end otherwise than the acts come to"},
	{"a request is gone", `delete from requests where id = (select request_id from ledger_transactions where kind = 'HOLD' limit 1)`, "carried out without its request"},
	{"an act is gone with its entries", `with gone as (delete from ledger_transactions where id = (select id from ledger_transactions where kind = 'HOLD' limit 1)
		returning id), told as (delete from events where transaction_id in (select id from gone))
		delete from ledger_entries where transaction_id in (select id from gone)`, "acknowledged write is lost"},
	{"a header is gone alone", `delete from ledger_transactions where id = (select id from ledger_transactions where kind = 'SALE' limit 1)`, "entry or event without its act"},
	{"nobody was told", `delete from events where transaction_id = (select id from ledger_transactions where kind = 'RECEIVE' limit 1)`, "act without an event"},
	{"a hold is in force again", `update holds set state = 'HELD', order_id = null where ctid = (select ctid from holds where state <> 'HELD' limit 1)`, "books end otherwise than the acts come to"},
	{"a transfer is on its way again", `update transfers set state = 'SHIPPED' where ctid = (select ctid from transfers where state = 'RECEIVED' limit 1)`, "books end otherwise than the acts come to"},
	{"what was declined waits on", `update transfers set state = 'REQUESTED', answer = null where state = 'DECLINED'`, "books end otherwise than the acts come to"},
	{"more was asked for", `update transfer_lines set requested = requested + 1 where requested = 3`, "books end otherwise than the acts come to"},
	{"a delivery is expected again", `update deliveries set state = 'EXPECTED' where ctid = (select ctid from deliveries where state = 'CLOSED' limit 1)`, "books end otherwise than the acts come to"},
	{"a difference is hidden", `delete from delivery_differences where ctid = (select ctid from delivery_differences where kind = 'OVER' limit 1)`, "books end otherwise than the acts come to"},
	{"an oversell case is gone", `delete from oversell_cases where ctid = (select ctid from oversell_cases limit 1)`, "books end otherwise than the acts come to"},
	{"somebody is said to have wanted what nobody did", `insert into demand_lines
		values ('milan', gen_random_uuid(), 1, 'HOLD', 'shop', 'SKU-0', '', '', '', null, 0, false, 5, 0, 100000, now(), 0)`, "demand that nobody had"},
	{"a request is there and nothing came of it", `insert into requests select gen_random_uuid(), fingerprint, answer, recorded_at, 0 from requests limit 1`, "request without an act"},
}

func TestAuditOfSpoiltBooks(t *testing.T) {
	t.Parallel()
	s := openStall(t)
	s.trade(40)
	if found := s.audit(); len(found) > 0 {
		t.Fatal(found)
	}
	for _, c := range spoilt {
		t.Run("finds that "+c.name, func(t *testing.T) {
			conn, err := pgx.Connect(t.Context(), s.db.OwnerURL)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(context.Background())
			tx, err := conn.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(context.Background()) }()
			if tag, err := tx.Exec(t.Context(), c.sql); err != nil || tag.RowsAffected() == 0 {
				t.Fatal(tag, err)
			}
			books, err := auditor.ReadBooksIn(t.Context(), tx)
			if err != nil {
				t.Fatal(err)
			}
			wantRule(t, auditor.Audit(s.shop, s.history, books), c.rule)
		})
	}
}

func wantRule(t *testing.T, found []auditor.Finding, rule string) {
	t.Helper()
	for _, f := range found {
		if f.Rule == rule {
			return
		}
	}
	t.Errorf("did not find %q, but %v", rule, found)
}
