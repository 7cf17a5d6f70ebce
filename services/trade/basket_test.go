package trade

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

func euro(minor int64) *money.Money { return &money.Money{CurrencyCode: "EUR", AmountMinor: minor} }

const holdID = "0198c0de-0000-7000-8000-0000000000aa"

func TestBasketFrom(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	got, err := BasketFrom(&pb.PlaceOrderRequest{
		Channel: "shop", Location: "online", CurrencyCode: "EUR", Reference: "R-1", PaymentTime: durationpb.New(time.Hour),
		Lines: []*pb.BasketLine{
			{
				Item: &pb.BasketLine_Sku{Sku: "HAT"}, Quantity: 2, Method: pb.FulfilmentMethod_FULFILMENT_METHOD_PICKUP, Location: "milan",
				Discounts: []*pb.Discount{{Code: "A", Value: &pb.Discount_Amount{Amount: euro(5)}}},
			},
			{
				Item: &pb.BasketLine_Gtin{Gtin: "4006381333931"}, Quantity: 1, Method: pb.FulfilmentMethod_FULFILMENT_METHOD_SHIP,
				TillPrice: &pb.TillPrice{Reason: "label", Price: &pb.TillPrice_Line{Line: euro(999)}},
			},
			{
				Item:     &pb.BasketLine_Charge{Charge: &pb.Charge{Code: "delivery", Description: "Delivery", TaxCategory: "standard"}},
				Quantity: 1, Method: pb.FulfilmentMethod_FULFILMENT_METHOD_SHIP,
				TillPrice: &pb.TillPrice{Reason: "tariff", Price: &pb.TillPrice_Unit{Unit: euro(490)}},
			},
		},
		Tenders:      []*pb.Tender{{Kind: pb.TenderKind_TENDER_KIND_GIFT_CARD, Amount: euro(100), Reference: "GC"}},
		Holds:        []*pb.HoldRef{{Location: "milan", Hold: holdID}},
		CashRounding: euro(-2), BillTo: &money.Party{Name: "B", CountryCode: "IT"},
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	hold, err := retail.ParseID(holdID)
	if err != nil {
		t.Fatal(err)
	}
	want := retail.Basket{
		Channel: "shop", Location: "online", Currency: "EUR", Reference: "R-1", PayFor: time.Hour, Now: now,
		Lines: []retail.BasketItem{
			{
				Item: retail.ItemRef{SKU: "HAT"}, Quantity: 2, Method: retail.PickUp, Location: "milan",
				Discounts: []retail.BasketDiscount{{Code: "A", Amount: &retail.Amount{Currency: "EUR", Minor: 5, Field: "lines[0].discounts[0].amount"}}},
			},
			{
				Item: retail.ItemRef{GTIN: "04006381333931"}, Quantity: 1, Method: retail.Ship, PriceReason: "label",
				LinePrice: &retail.Amount{Currency: "EUR", Minor: 999, Field: "lines[1].till_price.line"},
			},
			{
				Charge: &retail.Charge{Code: "delivery", Description: "Delivery", TaxCategory: "standard"}, Quantity: 1, Method: retail.Ship,
				PriceReason: "tariff", UnitPrice: &retail.Amount{Currency: "EUR", Minor: 490, Field: "lines[2].till_price.unit"},
			},
		},
		Tenders: []retail.BasketTender{{
			Kind: retail.GiftCard, Reference: "GC", Amount: &retail.Amount{Currency: "EUR", Minor: 100, Field: "tenders[0].amount"},
		}},
		Holds: []retail.HoldRef{{Location: "milan", ID: hold}}, CashRounding: &retail.Amount{Currency: "EUR", Minor: -2, Field: "cash_rounding"},
		BillTo: &retail.Party{Name: "B", Address: retail.Address{CountryCode: "IT"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBasketFromNamesTheField(t *testing.T) {
	hat := &pb.BasketLine_Sku{Sku: "HAT"}
	for _, c := range []struct {
		request *pb.PlaceOrderRequest
		field   string
	}{
		{&pb.PlaceOrderRequest{Order: "x"}, "order"},
		{&pb.PlaceOrderRequest{Customer: "x"}, "customer"},
		{&pb.PlaceOrderRequest{Holds: []*pb.HoldRef{{}, {Hold: "x"}}}, "holds[1].hold"},
		{&pb.PlaceOrderRequest{Tenders: []*pb.Tender{{Amount: euro(0)}}}, "tenders[0].amount.amount_minor"},
		{&pb.PlaceOrderRequest{Tenders: []*pb.Tender{{}}}, "tenders[0].amount.amount_minor"},
		{&pb.PlaceOrderRequest{Lines: []*pb.BasketLine{{Item: &pb.BasketLine_Gtin{Gtin: "4006381333932"}}}}, "lines[0].gtin"},
		{&pb.PlaceOrderRequest{Lines: []*pb.BasketLine{{Item: &pb.BasketLine_GiftCard{GiftCard: &pb.GiftCard{Number: "1"}}}}}, "lines[0].till_price"},
		{&pb.PlaceOrderRequest{Lines: []*pb.BasketLine{{Item: &pb.BasketLine_Charge{Charge: &pb.Charge{Code: "d"}}}}}, "lines[0].till_price"},
		{&pb.PlaceOrderRequest{Lines: []*pb.BasketLine{{Item: hat}, {Item: hat, TillPrice: &pb.TillPrice{Price: &pb.TillPrice_Unit{Unit: euro(-1)}}}}},
			"lines[1].till_price.unit.amount_minor"},
		{&pb.PlaceOrderRequest{Cart: &pb.CartRef{Version: 1}}, "cart.device"},
		{&pb.PlaceOrderRequest{}, "lines"},
		{&pb.PlaceOrderRequest{Discounts: []*pb.Discount{{Value: &pb.Discount_Amount{Amount: euro(0)}}}}, "discounts[0].amount.amount_minor"},
	} {
		_, err := BasketFrom(c.request, time.Now())
		refusal := (*retail.Refusal)(nil)
		if !errors.As(err, &refusal) || refusal.Reason != retail.InvalidRequest || refusal.Field != c.field {
			t.Errorf("%v names not %s", err, c.field)
		}
	}
}

func TestCurrenciesAreTheOrders(t *testing.T) {
	dollar := &money.Money{CurrencyCode: "USD", AmountMinor: 1}
	_, refund := RefundsFrom([]*pb.RefundTo{{Amount: euro(1)}, {Amount: dollar}}, "EUR")
	_, amount := MinorFrom(dollar, "fee", "EUR")
	_, rounding := RoundingIn(dollar, "EUR")
	for field, err := range map[string]error{
		"refund_to[1].amount.currency_code": refund, "fee.currency_code": amount, "cash_rounding.currency_code": rounding,
	} {
		refusal := (*retail.Refusal)(nil)
		if !errors.As(err, &refusal) || refusal.Reason != retail.CurrencyMismatch || refusal.Field != field {
			t.Errorf("%v, want %s", err, field)
		}
	}
	if minor, err := RoundingIn(nil, "EUR"); minor != 0 || err != nil {
		t.Error(minor, err)
	}
}

// TestNamesOfTheContract is that each name of the rules has one in the contract: a name that has none is told as unspecified.
func TestNamesOfTheContract(t *testing.T) {
	for _, method := range []retail.Method{retail.CarryOut, retail.PickUp, retail.Ship} {
		if MethodTo(method) == 0 || methods[MethodTo(method)] != method {
			t.Errorf("%s is told as %s", method, MethodTo(method))
		}
	}
	for _, movement := range []retail.Movement{
		retail.MovementPayment, retail.MovementChange, retail.MovementRefund, retail.MovementFee, retail.MovementGoodwill,
		retail.MovementLoss, retail.MovementRoundedDown, retail.MovementRoundedUp,
	} {
		told := PaymentsTo([]retail.Payment{{Movement: movement, Kind: retail.Cash}}, "EUR", "milan")[0]
		if told.GetMovement() == 0 || told.GetKind() != pb.TenderKind_TENDER_KIND_CASH || told.GetLocation() != "milan" {
			t.Errorf("%s is told as %v", movement, told)
		}
	}
	for _, kind := range []retail.InvoiceKind{
		retail.InvoiceSimplified, retail.InvoiceFull, retail.InvoiceFullReplacingSimplified, retail.InvoiceRectificativeSimplified,
		retail.InvoiceRectificativeFull,
	} {
		if InvoiceTo(retail.Invoice{Kind: kind}).GetKind() == 0 {
			t.Errorf("%s has no name", kind)
		}
	}
	for _, state := range []retail.OrderState{
		retail.OrderPendingPayment, retail.OrderConfirmed, retail.OrderCompleted, retail.OrderCancelled, retail.OrderExpired,
	} {
		if told := OrderTo(retail.Order{State: state}); told.GetState() == 0 || told.GetPaymentState() == 0 || told.GetReturnProgress() == 0 {
			t.Errorf("%s is told as %v", state, told)
		}
	}
}
