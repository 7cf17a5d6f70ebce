package sim

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	cartspb "github.com/aisle-retail/aisle/gen/go/aisle/carts/v1"
	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	invoicespb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	tillspb "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
	"github.com/aisle-retail/aisle/services/carrier"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// counter is a stall at which one clerk trades by a script.
type counter struct {
	*stall
	*client
}

func openCounter(t *testing.T) *counter {
	t.Helper()
	s := openStall(t)
	c := &counter{stall: s, client: s.client(1)}
	for _, place := range []string{"milan", "rome"} {
		request := &stockpb.ReceiveStockRequest{RequestId: c.newID(), Location: place}
		for _, item := range s.shop.Items {
			request.Lines = append(request.Lines, &stockpb.ReceiveLine{Sku: item.SKU, Quantity: 100})
		}
		do[proto.Message](c, "stock/ReceiveStock", request)
	}
	return c
}

// ask sends a request until somebody knows what became of it: a copy of a write that nobody knows of finds out.
func (c *counter) ask(method string, request proto.Message) *auditor.Call {
	call := c.client.send(c.t.Context(), ask{method: method, request: request})
	for n := 0; call.Outcome == auditor.Unknown && n < 20; n++ {
		call = c.client.send(c.t.Context(), ask{method: method, request: request, copyOf: call})
	}
	return call
}

func do[A proto.Message](c *counter, method string, request proto.Message) A {
	c.t.Helper()
	call := c.ask(method, request)
	answer, ok := call.Answer.(A)
	if call.Outcome != auditor.Acknowledged || !ok {
		c.t.Fatalf("%s: %s %s %s", method, call.Outcome, call.Reason, call.Message)
	}
	return answer
}

func (c *counter) refused(method string, request proto.Message, reason string) {
	c.t.Helper()
	if call := c.ask(method, request); call.Outcome != auditor.Refused || call.Reason != reason {
		c.t.Errorf("%s: %s %s %s, want a refusal for %s", method, call.Outcome, call.Reason, call.Message, reason)
	}
}

// audited audits what was traded, after something was done to it, which is undone again.
func (c *counter) audited(t *testing.T, vandalism string) []auditor.Finding {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.db.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	tx, err := conn.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead}) // the house may be at work still
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	done, err := tx.Exec(t.Context(), vandalism)
	if err != nil || vandalism != "" && done.RowsAffected() == 0 {
		t.Fatalf("%d rows touched: %v", done.RowsAffected(), err)
	}
	books, err := auditor.ReadBooksIn(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	return auditor.Audit(c.stall.shop, c.stall.history, books)
}

func (c *counter) price(n int) int64 { return c.stall.shop.Items[n].UnitMinor }
func (c *counter) sku(n int) string  { return c.stall.shop.Items[n].SKU }

func (c *counter) till(tenders []*orderspb.Tender, lines ...*orderspb.BasketLine) *orderspb.PlaceOrderRequest {
	return &orderspb.PlaceOrderRequest{RequestId: c.newID(), Channel: "till", Location: "milan", Lines: lines, Tenders: tenders}
}

func (c *counter) web(tenders []*orderspb.Tender, lines ...*orderspb.BasketLine) *orderspb.PlaceOrderRequest {
	return &orderspb.PlaceOrderRequest{
		RequestId: c.newID(), Channel: "shop", Location: "online", Customer: shopper, Lines: lines, Tenders: tenders, Reference: "web",
	}
}

func some(tenders ...*orderspb.Tender) []*orderspb.Tender { return tenders }

func card(number string, minor int64) *orderspb.BasketLine {
	return &orderspb.BasketLine{
		Item: &orderspb.BasketLine_GiftCard{GiftCard: &orderspb.GiftCard{Number: number}}, Quantity: 1, Method: methodCarryOut,
		TillPrice: &orderspb.TillPrice{Price: &orderspb.TillPrice_Unit{Unit: euros(minor)}, Reason: "load"},
	}
}

func back(line int32, quantity int64) []*returnspb.ReturnItem {
	return []*returnspb.ReturnItem{{Line: line, Quantity: quantity, Disposition: returnspb.Disposition_DISPOSITION_RETURN_TO_STOCK}}
}

// byPolicies brings back what was sold by policies, which ask for a condition, for a proof and for fees, and leave some to nobody.
func (c *counter) byPolicies() {
	sold := do[*orderspb.Order](c, "orders/PlaceOrder", c.till(some(tender(tenderCash, euros(2*c.price(5)+2*c.price(6)), "")),
		line(c.sku(5), 2, methodCarryOut, ""), line(c.sku(6), 2, methodCarryOut, "")))
	lines := append(back(1, 1), back(2, 1)...)
	ask := func(proof orderspb.ReturnProof) *returnspb.AcceptReturnRequest {
		return &returnspb.AcceptReturnRequest{RequestId: c.newID(), Location: "rome", Order: sold.GetId(), Lines: lines, Proof: proof}
	}
	c.refused("returns/AcceptReturn", ask(orderspb.ReturnProof_RETURN_PROOF_RECEIPT), "RETURN_CONDITION")
	lines[0].Condition = orderspb.GoodsCondition_GOODS_CONDITION_UNUSED
	c.refused("returns/AcceptReturn", ask(orderspb.ReturnProof_RETURN_PROOF_IDENTIFIED), "PROOF_MISSING")
	do[*returnspb.ReturnQuote](c, "returns/QuoteReturn", &returnspb.QuoteReturnRequest{Location: "rome", Order: sold.GetId(), ByRight: true})
	c.refused("returns/AcceptReturnByRight", &returnspb.AcceptReturnByRightRequest{
		RequestId: c.newID(), Location: "rome", Order: sold.GetId(), Lines: lines,
	}, "OVERRIDE_NOT_ALLOWED")
	less := ask(orderspb.ReturnProof_RETURN_PROOF_RECEIPT)
	less.Fee = euros(0)
	c.refused("returns/AcceptReturn", less, "OVERRIDE_NOT_ALLOWED")
	do[*returnspb.Return](c, "returns/AcceptReturn", ask(orderspb.ReturnProof_RETURN_PROOF_RECEIPT))
	do[*returnspb.Return](c, "returns/AcceptReturnByRight", &returnspb.AcceptReturnByRightRequest{
		RequestId: c.newID(), Location: "milan", Order: sold.GetId(), Lines: back(1, 1), Fee: euros(0),
	})
}

// work is the fulfilment of an order's line.
func (c *counter) work(order *orderspb.Order, line int) (location, id string) {
	l := order.GetLines()[line]
	return l.GetLocation(), l.GetFulfilment()
}

func (c *counter) ready(order *orderspb.Order, line int) (location, id string) {
	location, id = c.work(order, line)
	do[*fulfilmentspb.Fulfilment](c, "fulfilments/ReadyFulfilment", &fulfilmentspb.ReadyFulfilmentRequest{RequestId: c.newID(), Location: location, Fulfilment: id})
	return location, id
}

func (c *counter) code(location, id string) string {
	return do[*fulfilmentspb.PickupCode](c, "fulfilments/GetPickupCode", &fulfilmentspb.GetPickupCodeRequest{Location: location, Fulfilment: id}).GetCode()
}

// tradeAtTill sells over the counter: with change, by several tenders, with cards, and takes back.
func (c *counter) tradeAtTill() {
	sale := c.till(some(tender(tenderCard, euros(100), "terminal 1"), tender(tenderCash, euros(9*c.price(0)), "")),
		line(c.sku(0), 3, methodCarryOut, ""), line(c.sku(2), 2, methodCarryOut, ""), line(c.sku(1), 1, methodCarryOut, ""))
	sale.Tenders[1].Amount = euros(3*c.price(0) + 2*c.price(2) + c.price(1) + 77)
	sale.Customer = shopper
	order := do[*orderspb.Order](c, "orders/PlaceOrder", sale)
	do[*orderspb.Order](c, "orders/PlaceOrder", sale) // again
	quoted := c.till(some(tender(tenderCash, euros(2*c.price(0)), "")), line(c.sku(0), 2, methodCarryOut, ""))
	quoted.Quoted = do[*orderspb.Quote](c, "orders/QuoteOrder", &orderspb.QuoteOrderRequest{
		Channel: quoted.GetChannel(), Location: quoted.GetLocation(), Lines: quoted.GetLines(),
	}).GetFigures()
	do[*orderspb.Order](c, "orders/PlaceOrder", quoted)
	c.refused("orders/PlaceOrder", c.till(nil, line(c.sku(0), 1, methodCarryOut, "")), "PAYMENT_SHORT")
	c.refused("orders/PlaceOrder", c.till(some(tender(tenderCard, euros(c.price(0)+1), "")), line(c.sku(0), 1, methodCarryOut, "")), "CHANGE_NOT_GIVEN")

	quote := &returnspb.QuoteReturnRequest{Location: "rome", Order: order.GetId(), Lines: back(1, 2)}
	do[*returnspb.ReturnQuote](c, "returns/QuoteReturn", quote)
	do[*returnspb.Return](c, "returns/AcceptReturn", &returnspb.AcceptReturnRequest{
		RequestId: c.newID(), Location: "rome", Order: order.GetId(), Lines: back(1, 2), Channel: "till", Fee: euros(1),
	})
	c.refused("returns/AcceptReturn", &returnspb.AcceptReturnRequest{RequestId: c.newID(), Location: "rome", Order: order.GetId(), Lines: back(1, 2)}, "RETURN_TOO_LARGE")
	c.refused("returns/AcceptReturn", &returnspb.AcceptReturnRequest{
		RequestId: c.newID(), Location: "rome", Order: order.GetId(), Lines: back(1, 1),
		RefundTo: []*orderspb.RefundTo{{Kind: tenderStoreCredit, Amount: euros(1_000_000)}},
	}, "REFUND_TOO_LARGE")
	do[*returnspb.Return](c, "returns/AcceptReturnByRight", &returnspb.AcceptReturnByRightRequest{
		RequestId: c.newID(), Location: "milan", Order: order.GetId(), Lines: back(3, 1), Note: "by right",
		RefundTo: []*orderspb.RefundTo{{Kind: tenderStoreCredit, Amount: euros(c.price(1))}},
	})
	do[*orderspb.Order](c, "orders/GetOrder", &orderspb.GetOrderRequest{Order: order.GetId()})
	do[*invoicespb.ListOrderInvoicesResponse](c, "invoices/ListOrderInvoices", &invoicespb.ListOrderInvoicesRequest{Order: order.GetId()})

	cash := c.till(some(tender(tenderCash, euros(c.price(3)), "")), line(c.sku(3), 1, methodCarryOut, ""))
	cash.CashRounding = euros(2)
	cash.Tenders[0].Amount = euros(c.price(3) - 2)
	rounded := do[*orderspb.Order](c, "orders/PlaceOrder", cash)
	ticket := rounded.GetDocuments()[0].GetInvoice()
	buyer := &retailpb.Party{Name: "A buyer", TaxId: "IT00000000000"}
	do[*invoicespb.Invoice](c, "invoices/IssueFullInvoice", &invoicespb.IssueFullInvoiceRequest{RequestId: c.newID(), Invoice: ticket, Buyer: buyer})
	c.refused("invoices/IssueFullInvoice", &invoicespb.IssueFullInvoiceRequest{RequestId: c.newID(), Invoice: ticket, Buyer: buyer}, "INVOICE_EXISTS")
	do[*returnspb.Return](c, "returns/AcceptReturn", &returnspb.AcceptReturnRequest{RequestId: c.newID(), Location: "milan", Order: rounded.GetId(), Lines: back(1, 1)})

	final := do[*orderspb.Order](c, "orders/PlaceOrder", c.till(some(tender(tenderCash, euros(2*c.price(4)), "")), line(c.sku(4), 2, methodCarryOut, "")))
	c.refused("returns/AcceptReturn", &returnspb.AcceptReturnRequest{RequestId: c.newID(), Location: "milan", Order: final.GetId(), Lines: back(1, 1)}, "FINAL_SALE")
	for _, byRight := range []bool{false, true} {
		do[*returnspb.ReturnQuote](c, "returns/QuoteReturn", &returnspb.QuoteReturnRequest{Location: "milan", Order: final.GetId(), ByRight: byRight})
		do[*returnspb.ReturnQuote](c, "returns/QuoteReturn", &returnspb.QuoteReturnRequest{Location: "milan", Order: order.GetId(), ByRight: byRight})
	}
	do[*returnspb.Return](c, "returns/AcceptReturnByRight", &returnspb.AcceptReturnByRightRequest{
		RequestId: c.newID(), Location: "milan", Order: final.GetId(), Lines: back(1, 1), Operator: "Ada",
	})
	c.byPolicies()
	do[*returnspb.Exchange](c, "returns/ExchangeGoods", &returnspb.ExchangeGoodsRequest{
		RequestId: c.newID(), Location: "rome", Order: order.GetId(), Lines: back(2, 1), Channel: "till", Note: "another",
		Sale: &orderspb.PlaceOrderRequest{
			RequestId: c.newID(), Channel: "till", Location: "rome", Lines: []*orderspb.BasketLine{line(c.sku(0), 2, methodCarryOut, "")},
			Tenders: some(tender(tenderCash, euros(2*c.price(0)), "")),
		},
	})
	do[*tillspb.CashMovement](c, "tills/RecordCash", &tillspb.RecordCashRequest{
		RequestId: c.newID(), Location: "milan", Act: tillspb.CashAct_CASH_ACT_DROP, Amount: euros(50), Note: "evening",
	})
	do[*returnspb.Return](c, "returns/AcceptBlindReturn", &returnspb.AcceptBlindReturnRequest{
		RequestId: c.newID(), Location: "rome", Channel: "till", Customer: shopper, RefundKind: tenderStoreCredit, Note: "no receipt",
		Lines: []*returnspb.BlindItem{{
			Item: &orderspb.BasketLine{
				Item: &orderspb.BasketLine_Sku{Sku: c.sku(1)}, Quantity: 3, Method: methodCarryOut,
				TillPrice: &orderspb.TillPrice{Price: &orderspb.TillPrice_Unit{Unit: euros(333)}, Reason: "lowest"},
			}, Disposition: returnspb.Disposition_DISPOSITION_WRITE_OFF,
		}},
	})
}

// tradeCarts fills carts, merges one into another, and orders what is in them.
func (c *counter) tradeCarts() {
	const phone = "a-telephone-of-hers"
	lines := func(units int64) []*cartspb.CartLine {
		return []*cartspb.CartLine{
			{Sku: c.sku(0), Quantity: units, Method: methodPickup, Location: "milan"}, {Sku: c.sku(1), Quantity: 1, Method: methodShip, Location: "rome", Note: "a gift"},
			{Sku: c.sku(0), Quantity: 1, Method: methodPickup, Location: "milan"},
		}
	}
	put := func(customer, device string, units int64, version *int64) *cartspb.PutCartRequest {
		return &cartspb.PutCartRequest{RequestId: c.newID(), Customer: customer, Device: device, Channel: "shop", Lines: lines(units), Version: version}
	}
	merge := func() *cartspb.MergeCartsRequest {
		return &cartspb.MergeCartsRequest{RequestId: c.newID(), Customer: shopper, Device: phone, Channel: "shop"}
	}
	convert := func(device string, version int64) *orderspb.PlaceOrderRequest {
		order := c.web(nil)
		order.Cart = &orderspb.CartRef{Device: device, Version: version}
		return order
	}
	c.refused("carts/MergeCarts", merge(), "CART_EMPTY")
	do[*cartspb.Cart](c, "carts/PutCart", put("", phone, 1, nil))
	hers := do[*cartspb.Cart](c, "carts/PutCart", put(shopper, "", 2, nil))
	c.refused("carts/PutCart", put(shopper, "", 3, new(int64)), "CART_CHANGED")
	merged := do[*cartspb.Cart](c, "carts/MergeCarts", merge())
	c.refused("carts/MergeCarts", merge(), "CART_EMPTY")
	do[*cartspb.Cart](c, "carts/GetCart", &cartspb.GetCartRequest{Device: phone})
	c.refused("orders/PlaceOrder", convert("", hers.GetVersion()), "CART_CHANGED")
	do[*orderspb.Order](c, "orders/PlaceOrder", convert("", merged.GetVersion()))
	c.refused("orders/PlaceOrder", convert("", merged.GetVersion()), "CART_CONVERTED")
	c.refused("orders/PlaceOrder", convert("", merged.GetVersion()+1), "CART_EMPTY")
	do[*cartspb.Cart](c, "carts/GetCart", &cartspb.GetCartRequest{Customer: shopper})
	again := do[*cartspb.Cart](c, "carts/PutCart", put("", phone, 1, nil))
	c.refused("orders/PlaceOrder", convert("", merged.GetVersion()), "CART_CONVERTED")
	do[*orderspb.Order](c, "orders/PlaceOrder", convert(phone, again.GetVersion()))
	do[*cartspb.Cart](c, "carts/PutCart", put("", phone, 2, nil))
}

// tradeStored sells gift cards, spends them and credit, elsewhere too.
func (c *counter) tradeStored() {
	number := "GC-0000012345"
	c.refused("payments/LookupGiftCard", &paymentspb.LookupGiftCardRequest{Number: number}, "UNKNOWN_GIFT_CARD")
	do[*orderspb.Order](c, "orders/PlaceOrder", c.till(some(tender(tenderCash, euros(20_000), "")), card(number, 9_000), line(c.sku(0), 1, methodCarryOut, "")))
	do[*paymentspb.StoredValue](c, "payments/LookupGiftCard", &paymentspb.LookupGiftCardRequest{Number: number})
	do[*orderspb.Order](c, "orders/PlaceOrder", c.till(some(tender(tenderCard, euros(500), "")), card(number, 500)))
	away := do[*orderspb.Order](c, "orders/PlaceOrder", c.web(some(tender(tenderCard, euros(700), "")), card(number, 700)))
	do[*orderspb.Order](c, "orders/PlaceOrder", c.web(some(tender(tenderCard, euros(300), "")), card(number, 300)))
	do[*returnspb.Return](c, "returns/AcceptReturn", &returnspb.AcceptReturnRequest{RequestId: c.newID(), Location: "rome", Order: away.GetId(), Lines: back(1, 1)})
	spend := c.till(some(tender(tenderGiftCard, euros(c.price(0)), number)), line(c.sku(0), 1, methodCarryOut, ""))
	spend.Location = "rome"
	spent := do[*orderspb.Order](c, "orders/PlaceOrder", spend)
	c.refused("orders/PlaceOrder", c.till(some(tender(tenderGiftCard, euros(900*c.price(0)), number)), line(c.sku(0), 900, methodCarryOut, "")), "BALANCE_SHORT")
	c.refused("orders/PlaceOrder", c.till(some(tender(tenderGiftCard, euros(c.price(0)), "GC-NONE")), line(c.sku(0), 1, methodCarryOut, "")), "UNKNOWN_GIFT_CARD")
	do[*returnspb.Return](c, "returns/AcceptReturn", &returnspb.AcceptReturnRequest{RequestId: c.newID(), Location: "milan", Order: spent.GetId(), Lines: back(1, 1)})
	do[*paymentspb.StoredValue](c, "payments/LookupGiftCard", &paymentspb.LookupGiftCardRequest{Number: number})
	lose := func(number, by string) *paymentspb.ReplaceGiftCardRequest {
		return &paymentspb.ReplaceGiftCardRequest{RequestId: c.newID(), Location: "rome", Number: number, NewNumber: by, Note: "lost"}
	}
	do[*paymentspb.StoredValue](c, "payments/ReplaceGiftCard", lose(number, "GC-0000067890"))
	c.refused("payments/ReplaceGiftCard", lose(number, "GC-0000099999"), "GIFT_CARD_REPLACED")
	c.refused("payments/ReplaceGiftCard", lose("GC-0000067890", number), "GIFT_CARD_TAKEN")
	c.refused("payments/ReplaceGiftCard", lose("GC-NONE", "GC-0000099999"), "UNKNOWN_GIFT_CARD")
	c.refused("orders/PlaceOrder", c.till(some(tender(tenderGiftCard, euros(c.price(0)), number)), line(c.sku(0), 1, methodCarryOut, "")), "GIFT_CARD_REPLACED")
	c.refused("orders/PlaceOrder", c.till(some(tender(tenderCard, euros(500), "")), card(number, 500)), "GIFT_CARD_REPLACED")
	do[*orderspb.Order](c, "orders/PlaceOrder", c.till(some(tender(tenderCard, euros(500), "")), card("GC-0000067890", 500)))
	do[*paymentspb.StoredValue](c, "payments/LookupGiftCard", &paymentspb.LookupGiftCardRequest{Number: number})
	do[*paymentspb.StoredValue](c, "payments/LookupGiftCard", &paymentspb.LookupGiftCardRequest{Number: "GC-0000067890"})
	credits := do[*paymentspb.GetStoreCreditResponse](c, "payments/GetStoreCredit", &paymentspb.GetStoreCreditRequest{Customer: shopper})
	total := int64(0)
	for _, credit := range credits.GetCredits() {
		total += credit.GetBalance().GetAmountMinor()
	}
	// Cards of a kind have limits, and expire; a lost one's number says nothing of its kind.
	loads := func(number string, minor int64) *orderspb.PlaceOrderRequest {
		of := card(number, minor)
		of.GetGiftCard().Kind = auditor.KindOf(number)
		return c.till(some(tender(tenderCash, euros(minor), "")), of)
	}
	const chain, by = "GC-123450", "GL-123450"
	c.refused("orders/PlaceOrder", loads(chain, 499), "GIFT_CARD_LIMIT")
	do[*orderspb.Order](c, "orders/PlaceOrder", loads(chain, 9_000))
	do[*orderspb.Order](c, "orders/PlaceOrder", c.web(some(tender(tenderCard, euros(6_000), "")), card(chain, 6_000)))
	do[*paymentspb.StoredValue](c, "payments/LookupGiftCard", &paymentspb.LookupGiftCardRequest{Number: chain})
	do[*paymentspb.StoredValue](c, "payments/ReplaceGiftCard", lose(chain, by))
	c.refused("orders/PlaceOrder", loads(by, 500), "GIFT_CARD_LIMIT")
	do[*orderspb.Order](c, "orders/PlaceOrder", loads("GC-123451", 100))
	do[*paymentspb.StoredValue](c, "payments/LookupGiftCard", &paymentspb.LookupGiftCardRequest{Number: by})
	do[*paymentspb.StoredValue](c, "payments/LookupGiftCard", &paymentspb.LookupGiftCardRequest{Number: "GC-123451"})
	web := c.web(some(tender(tenderStoreCredit, euros(total-1), "")), line(c.sku(0), 9, methodPickup, "milan"))
	order := do[*orderspb.Order](c, "orders/PlaceOrder", web)
	do[*orderspb.Order](c, "orders/CancelLines", &orderspb.CancelLinesRequest{RequestId: c.newID(), Order: order.GetId()})
	do[*paymentspb.GetStoreCreditResponse](c, "payments/GetStoreCredit", &paymentspb.GetStoreCreditRequest{Customer: shopper})
}

// tradeOnline sells on the web: collected, sent, paid later, cancelled, expired.
func (c *counter) tradeOnline() {
	hold := do[*stockpb.Hold](c, "stock/HoldStock", &stockpb.HoldStockRequest{
		RequestId: c.newID(), Location: "milan", Channel: "shop", Owner: "cart", Lines: []*stockpb.HoldLine{{Sku: c.sku(0), Quantity: 5}},
	})
	web := c.web(some(tender(tenderCard, euros(c.price(0)), "auth")), line(c.sku(0), 3, methodPickup, "milan"), line(c.sku(1), 2, methodShip, "rome"),
		line(c.sku(2), 2, methodPickup, "milan"))
	web.Holds = []*orderspb.HoldRef{{Location: "milan", Hold: hold.GetId()}}
	web.BillTo = &retailpb.Party{Name: "A buyer", TaxId: "IT00000000000"}
	order := do[*orderspb.Order](c, "orders/PlaceOrder", web)
	location, pickup := c.work(order, 0)
	do[*fulfilmentspb.Fulfilment](c, "fulfilments/AcceptFulfilment", &fulfilmentspb.AcceptFulfilmentRequest{RequestId: c.newID(), Location: location, Fulfilment: pickup})
	do[*fulfilmentspb.Fulfilment](c, "fulfilments/PickFulfilment", &fulfilmentspb.PickFulfilmentRequest{RequestId: c.newID(), Location: location, Fulfilment: pickup})
	pick := func(lines ...*orderspb.UnitCount) *fulfilmentspb.PickFulfilmentRequest {
		return &fulfilmentspb.PickFulfilmentRequest{RequestId: c.newID(), Location: location, Fulfilment: pickup, Lines: lines}
	}
	do[*fulfilmentspb.Fulfilment](c, "fulfilments/PickFulfilment", pick(&orderspb.UnitCount{Line: 1, Quantity: 2}))
	c.refused("fulfilments/PickFulfilment", pick(&orderspb.UnitCount{Line: 1, Quantity: 2}), "ALREADY_PICKED")
	c.refused("fulfilments/ReadyFulfilment", &fulfilmentspb.ReadyFulfilmentRequest{RequestId: c.newID(), Location: location, Fulfilment: pickup}, "NOT_PICKED")
	do[*fulfilmentspb.Fulfilment](c, "fulfilments/PickFulfilment", pick(&orderspb.UnitCount{Line: 1, Quantity: 1}, &orderspb.UnitCount{Line: 3, Quantity: 2}))
	c.refused("fulfilments/AcceptFulfilment", &fulfilmentspb.AcceptFulfilmentRequest{RequestId: c.newID(), Location: location, Fulfilment: pickup}, "FULFILMENT_STATE")
	c.ready(order, 0)
	code := c.code(location, pickup)
	collect := func(code string, counts []*orderspb.UnitCount, tenders ...*orderspb.Tender) *fulfilmentspb.CollectPickupRequest {
		return &fulfilmentspb.CollectPickupRequest{
			RequestId: c.newID(), Location: location, Fulfilment: pickup, Code: code, Lines: counts, Tenders: tenders, Proof: "card",
			Collector: &fulfilmentspb.Collector{Name: "Ada", Document: fulfilmentspb.DocumentKind_DOCUMENT_KIND_IDENTITY_CARD},
		}
	}
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	c.refused("fulfilments/CollectPickup", collect(wrong, nil), "WRONG_CODE")
	c.refused("fulfilments/CollectPickup", collect(code, nil), "PAYMENT_SHORT")
	one := []*orderspb.UnitCount{{Line: 1, Quantity: 1}}
	do[*fulfilmentspb.Handover](c, "fulfilments/CollectPickup", collect(code, one))
	do[*fulfilmentspb.Fulfilment](c, "fulfilments/GetFulfilment", &fulfilmentspb.GetFulfilmentRequest{Location: location, Fulfilment: pickup})
	dropped := []*orderspb.UnitCount{{Line: 3, Quantity: 1}, {Line: 2, Quantity: 1}}
	c.refused("orders/CancelLines", &orderspb.CancelLinesRequest{RequestId: c.newID(), Order: order.GetId(), Lines: dropped}, "ALREADY_PICKED")
	do[*orderspb.Order](c, "orders/CancelLines", &orderspb.CancelLinesRequest{RequestId: c.newID(), Order: order.GetId(), Lines: dropped, Picked: true})
	rest := 2*c.price(0) + c.price(2)
	do[*fulfilmentspb.Handover](c, "fulfilments/CollectPickup", collect(code, nil, tender(tenderCash, euros(rest+10), "")))
	c.refused("fulfilments/CollectPickup", collect(code, nil), "ALREADY_COLLECTED")
	c.ready(order, 1)
	_, parcel := c.work(order, 1)
	ship := &fulfilmentspb.ShipFulfilmentRequest{RequestId: c.newID(), Location: "rome", Fulfilment: parcel, Carrier: "post", Tracking: "1"}
	c.refused("fulfilments/ShipFulfilment", ship, "PAYMENT_SHORT")
	do[*orderspb.Order](c, "orders/PayOrder", &orderspb.PayOrderRequest{
		RequestId: c.newID(), Order: order.GetId(), Location: "milan", Channel: "till", Tenders: some(tender(tenderCash, euros(c.price(1)+3), "")),
	})
	c.refused("orders/PayOrder", &orderspb.PayOrderRequest{RequestId: c.newID(), Order: order.GetId(), Location: "milan", Tenders: some(tender(tenderCash, euros(1), ""))}, "NOTHING_OWED")
	label := func(service string) *fulfilmentspb.BuyLabelRequest {
		return &fulfilmentspb.BuyLabelRequest{
			RequestId: c.newID(), Location: "rome", Fulfilment: parcel, Service: service, Recipient: ada(),
			Lines: []*orderspb.UnitCount{{Line: 2, Quantity: 1}},
		}
	}
	c.refused("fulfilments/BuyLabel", label(carrier.PretendDeclined), "LABEL_DECLINED")
	spare := do[*fulfilmentspb.Label](c, "fulfilments/BuyLabel", label(""))
	c.refused("fulfilments/BuyLabel", label(""), "LABEL_STATE")
	do[*fulfilmentspb.Label](c, "fulfilments/VoidLabel", &fulfilmentspb.VoidLabelRequest{RequestId: c.newID(), Location: "rome", Fulfilment: parcel, Label: spare.GetId()})
	used := do[*fulfilmentspb.Label](c, "fulfilments/BuyLabel", label(""))
	do[*fulfilmentspb.Handover](c, "fulfilments/ShipFulfilment", &fulfilmentspb.ShipFulfilmentRequest{
		RequestId: c.newID(), Location: "rome", Fulfilment: parcel, Label: used.GetId(),
	})
	for range 2 { // the second time it is known
		do[*fulfilmentspb.Fulfilment](c, "fulfilments/RecordTracking", &fulfilmentspb.RecordTrackingRequest{
			RequestId: c.newID(), Location: "rome", Fulfilment: parcel, Events: []*fulfilmentspb.TrackingEvent{{
				EventId: "E1", Status: fulfilmentspb.TrackingStatus_TRACKING_STATUS_OUT_FOR_DELIVERY, Time: timestamppb.Now(), Place: "Bologna",
			}},
		})
	}
	do[*fulfilmentspb.Fulfilment](c, "fulfilments/DeliverShipment", &fulfilmentspb.DeliverShipmentRequest{RequestId: c.newID(), Location: "rome", Fulfilment: parcel, Parcel: 1})
	c.refused("orders/CancelLines", &orderspb.CancelLinesRequest{RequestId: c.newID(), Order: order.GetId()}, "ALREADY_HANDED_OVER")
	do[*orderspb.Order](c, "orders/GrantGoodwill", &orderspb.GrantGoodwillRequest{RequestId: c.newID(), Order: order.GetId(), Amount: euros(5), Reason: "late", CashLocation: "milan"})
	do[*returnspb.Return](c, "returns/AcceptReturn", &returnspb.AcceptReturnRequest{RequestId: c.newID(), Location: "milan", Order: order.GetId(), Lines: append(back(1, 3), back(3, 1)...)})
	do[*invoicespb.ListOrderInvoicesResponse](c, "invoices/ListOrderInvoices", &invoicespb.ListOrderInvoicesRequest{Order: order.GetId()})
	do[*invoicespb.VerifyChainResponse](c, "invoices/VerifyChain", &invoicespb.VerifyChainRequest{Location: "online", Point: "1"})
	c.tradeUnpaid()
}

// tradeUnpaid promises what is not paid: one order is written off, one waits until the house gives it up.
func (c *counter) tradeUnpaid() {
	debt := do[*orderspb.Order](c, "orders/PlaceOrder", c.web(nil, line(c.sku(1), 1, methodShip, "rome")))
	do[*paymentspb.PaymentLinkSent](c, "payments/SendPaymentLink", &paymentspb.SendPaymentLinkRequest{RequestId: c.newID(), Order: debt.GetId()})
	do[*orderspb.Order](c, "orders/WriteOffDebt", &orderspb.WriteOffDebtRequest{RequestId: c.newID(), Order: debt.GetId(), Amount: euros(c.price(1)), Reason: "gone"})
	c.refused("orders/WriteOffDebt", &orderspb.WriteOffDebtRequest{RequestId: c.newID(), Order: debt.GetId(), Amount: euros(1), Reason: "gone"}, "NOTHING_OWED")
	c.refused("payments/SendPaymentLink", &paymentspb.SendPaymentLinkRequest{RequestId: c.newID(), Order: debt.GetId()}, "NOTHING_OWED")
	do[*orderspb.Order](c, "orders/CancelLines", &orderspb.CancelLinesRequest{RequestId: c.newID(), Order: debt.GetId()})
	wait := c.web(some(tender(tenderCard, euros(1), "auth")), line(c.sku(0), 2, methodShip, "rome"))
	wait.PaymentTime = durationpb.New(time.Second)
	waiting := do[*orderspb.Order](c, "orders/PlaceOrder", wait)
	for range 400 { // until the sweeper has been there
		if got := do[*orderspb.Order](c, "orders/GetOrder", &orderspb.GetOrderRequest{Order: waiting.GetId()}); got.GetState() == orderspb.OrderState_ORDER_STATE_EXPIRED {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.refused("orders/PayOrder", &orderspb.PayOrderRequest{RequestId: c.newID(), Order: waiting.GetId(), Location: "milan", Tenders: some(tender(tenderCash, euros(1), ""))}, "ORDER_EXPIRED")
	c.refused("orders/GetOrder", &orderspb.GetOrderRequest{Order: c.newID()}, "UNKNOWN_ORDER")
}

// told prints findings.
func toldFindings(findings []auditor.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s\n\t%s\n\t%v %v\n", f.Rule, f.Text, f.Subjects, f.Calls)
	}
	return b.String()
}

func TestScriptedTradeIsClean(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	c.tradeAtTill()
	c.tradeStored()
	c.tradeCarts()
	c.tradeOnline()
	if findings := c.audited(t, ""); len(findings) > 0 {
		t.Errorf("%d findings:\n%s", len(findings), toldFindings(findings))
	}
}

// honest does one thing, or one again: nothing for which a key of its own would be needed.
func (t *trader) honest() {
	a, ok := ask{}, false
	for !ok {
		if t.rand.IntN(10) == 0 {
			a, ok = t.again()
			continue
		}
		chosen := t.choose()
		if a, ok = chosen.draw(t); ok {
			a.method = chosen.name
			t.greedy(a.request)
		}
	}
	t.known.learn(t.send(t.life, a))
}

// greedy wants more for some of what comes back than it is worth, and a price for what has no receipt.
func (t *trader) greedy(request proto.Message) {
	switch r := request.(type) {
	case *returnspb.AcceptReturnRequest:
		if t.rand.IntN(4) == 0 {
			r.RefundTo = []*orderspb.RefundTo{{Kind: tenderStoreCredit, Amount: euros(1_000_000)}}
		}
	case *returnspb.AcceptBlindReturnRequest:
		r.Lines[0].Item.TillPrice = &orderspb.TillPrice{Price: &orderspb.TillPrice_Line{Line: euros(1 + t.rand.Int64N(999))}, Reason: "lowest"}
	}
}

func TestConcurrentTradeIsClean(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	knows := &known{}
	var traders sync.WaitGroup
	for n := range 8 {
		trader := &trader{client: c.stall.client(10 + n), shop: c.stall.shop, known: knows, life: t.Context()}
		traders.Go(func() {
			for range 150 {
				trader.honest()
			}
		})
	}
	traders.Wait()
	if findings := c.audited(t, ""); len(findings) > 0 {
		t.Errorf("%d findings:\n%s", len(findings), toldFindings(findings[:min(20, len(findings))]))
	}
}

// Whoever looks at an order while it changes may see parts of two moments, and is told nothing that never was.
func TestReadsOfAnOrderThatChangesAreClean(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	order := do[*orderspb.Order](c, "orders/PlaceOrder", c.till(some(tender(tenderCash, euros(60*c.price(0)), "")), line(c.sku(0), 60, methodCarryOut, "")))
	var clerks sync.WaitGroup
	for n := range 6 {
		clerk := c.stall.client(20 + n)
		clerks.Go(func() {
			for i := range 40 {
				a := ask{method: "orders/GetOrder", request: &orderspb.GetOrderRequest{Order: order.GetId()}}
				switch (n + i) % 4 {
				case 0:
					a.method, a.request = "returns/AcceptReturn", &returnspb.AcceptReturnRequest{
						RequestId: clerk.newID(), Location: "milan", Order: order.GetId(), Lines: back(1, 1),
					}
				case 1:
					a.method, a.request = "returns/QuoteReturn", &returnspb.QuoteReturnRequest{Location: "milan", Order: order.GetId(), Lines: back(1, 2)}
				case 2:
					a.method, a.request = "invoices/ListOrderInvoices", &invoicespb.ListOrderInvoicesRequest{Order: order.GetId()}
				}
				clerk.send(t.Context(), a)
			}
		})
	}
	clerks.Wait()
	if findings := c.audited(t, ""); len(findings) > 0 {
		t.Errorf("%d findings:\n%s", len(findings), toldFindings(findings[:min(20, len(findings))]))
	}
}
