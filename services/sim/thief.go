package sim

import (
	"strings"

	"google.golang.org/protobuf/proto"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// harm is a request that must be refused whatever the state of the shop.
func (t *trader) harm() (ask, bool) {
	switch t.rand.IntN(4) {
	case 0:
		return t.trespass()
	case 1:
		return t.spoil()
	case 2:
		return t.overreach()
	default:
		return t.garble()
	}
}

// trespass does what the key may not.
func (t *trader) trespass() (ask, bool) {
	switch t.rand.IntN(4) {
	case 0:
		a, ok := t.receive()
		a.method, a.key, a.wrong = "stock/ReceiveStock", "shopper", "a shopper receives goods"
		return a, ok
	case 1:
		a, ok := t.hold()
		a.method, a.key, a.wrong = "stock/HoldStock", "nobody", "nobody may hold"
		return a, ok
	case 2:
		a, ok := t.tillSale()
		a.request.(*orderspb.PlaceOrderRequest).Location = "rome"
		a.method, a.key, a.wrong = "orders/PlaceOrder", "till", "the till of milan sells in rome"
		return a, ok
	default:
		return ask{
			method: "catalog/PutPrices", key: "till", wrong: "a till makes prices",
			request: &catalogpb.PutPricesRequest{RequestId: t.newID(), PriceList: "eur", Prices: []*catalogpb.Price{{Sku: t.item().SKU, UnitPrice: euros(1)}}},
		}, true
	}
}

// spoil sends what no field may hold.
func (t *trader) spoil() (ask, bool) {
	a, _ := t.hold()
	a.method = "stock/HoldStock"
	request := a.request.(*stockpb.HoldStockRequest)
	switch t.rand.IntN(7) {
	case 0:
		request.Lines[0].Quantity, a.wrong = -1, "a negative quantity"
	case 1:
		request.Lines[0].Quantity, a.wrong = 0, "a quantity of nothing"
	case 2:
		request.Lines[0].Quantity, a.wrong = 1<<62, "more than a line may hold"
	case 3:
		request.Owner, a.wrong = "cart\x00", "a character that Postgres does not store"
	case 4:
		request.Owner, a.wrong = strings.Repeat("x", 10_000), "a text without end"
	case 5:
		request.RequestId, a.wrong = "1", "an id that is none"
	default:
		request.Lines[0].Sku, a.wrong = "../"+request.Lines[0].Sku, "a code with a slash"
	}
	return a, true
}

// overreach asks for more than there can be.
func (t *trader) overreach() (ask, bool) {
	switch t.rand.IntN(6) {
	case 4, 5:
		order, lines, ok := t.returnable()
		return ask{
			method: "returns/AcceptReturn", wrong: "more money is wanted back than there is on earth",
			request: &returnspb.AcceptReturnRequest{
				RequestId: t.newID(), Location: t.store(), Order: order.GetId(), Lines: lines,
				RefundTo: []*orderspb.RefundTo{{Kind: tenderStoreCredit, Amount: euros(1_000_000_000)}},
			},
		}, ok
	case 0:
		a, _ := t.tillSale()
		a.method, a.wrong = "orders/PlaceOrder", "a sale that is not paid"
		a.request.(*orderspb.PlaceOrderRequest).Tenders = nil
		return a, true
	case 1:
		order, ok := t.order()
		return ask{
			method: "returns/AcceptReturn", wrong: "more comes back than was ever sold",
			request: &returnspb.AcceptReturnRequest{RequestId: t.newID(), Location: t.store(), Order: order.GetId(), Lines: []*returnspb.ReturnItem{
				{Line: 1, Quantity: 1_000_000, Disposition: returnspb.Disposition_DISPOSITION_RETURN_TO_STOCK},
			}},
		}, ok
	case 2:
		order, ok := t.order()
		return ask{
			method: "orders/GrantGoodwill", wrong: "more is given back than was ever paid",
			request: &orderspb.GrantGoodwillRequest{RequestId: t.newID(), Order: order.GetId(), Amount: euros(1_000_000_000), Reason: "please"},
		}, ok
	default:
		a, _ := t.webOrder()
		request := a.request.(*orderspb.PlaceOrderRequest)
		request.Lines[0].Quantity = 900_000
		a.method, a.wrong = "orders/PlaceOrder", "a promise of more than there ever was"
		return a, true
	}
}

// garble names what there is not.
func (t *trader) garble() (ask, bool) {
	requests := []struct {
		method, wrong string
		request       proto.Message
	}{
		{"stock/ReceiveStock", "a place that there is not", &stockpb.ReceiveStockRequest{RequestId: t.newID(), Location: "atlantis", Lines: []*stockpb.ReceiveLine{{Sku: t.item().SKU, Quantity: 1}}}},
		{"stock/ReceiveStock", "goods that there are not", &stockpb.ReceiveStockRequest{RequestId: t.newID(), Location: "milan", Lines: []*stockpb.ReceiveLine{{Sku: "UNICORN", Quantity: 1}}}},
		{"stock/AdjustStock", "a reason that there is not", &stockpb.AdjustStockRequest{RequestId: t.newID(), Location: "milan", Reason: "whim", Lines: []*stockpb.AdjustLine{{Sku: t.item().SKU, Difference: 1}}}},
		{"stock/ResolveOversellCase", "a case that there is not", &stockpb.ResolveOversellCaseRequest{RequestId: t.newID(), Location: "milan", Sku: t.item().SKU, Case: t.newID(), Reason: "found"}},
		{"stock/ReleaseHold", "a hold that there is not", &stockpb.ReleaseHoldRequest{RequestId: t.newID(), Location: "milan", Hold: t.newID()}},
		{"orders/CancelLines", "an order that there is not", &orderspb.CancelLinesRequest{RequestId: t.newID(), Order: t.newID()}},
		{"deliveries/CloseDelivery", "a delivery that there is not", &deliveriespb.CloseDeliveryRequest{RequestId: t.newID(), Delivery: t.newID(), Location: "rome", Reason: "gone"}},
		{"stock/ShipTransfer", "a request that there is not", &stockpb.ShipTransferRequest{RequestId: t.newID(), Transfer: t.newID(), FromLocation: "milan", ToLocation: "rome"}},
		{"stock/DeclineTransfer", "a request that there is not", &stockpb.DeclineTransferRequest{RequestId: t.newID(), Transfer: t.newID(), Location: "milan", Answer: "no"}},
		{"stock/ReceiveTransfer", "a transfer that there is not", &stockpb.ReceiveTransferRequest{RequestId: t.newID(), Transfer: t.newID(), Location: "rome", CloseShort: true}},
	}
	r := pick(t, requests...)
	return ask{method: r.method, request: r.request, wrong: r.wrong}, true
}
