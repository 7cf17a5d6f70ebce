package trade

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

var methods = map[pb.FulfilmentMethod]retail.Method{
	pb.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT: retail.CarryOut,
	pb.FulfilmentMethod_FULFILMENT_METHOD_PICKUP:    retail.PickUp,
	pb.FulfilmentMethod_FULFILMENT_METHOD_SHIP:      retail.Ship,
}

// The contract's enums are the rules' names with a prefix.
const (
	methodPrefix   = "FULFILMENT_METHOD_"
	tenderPrefix   = "TENDER_KIND_"
	movementPrefix = "PAYMENT_MOVEMENT_"
	statePrefix    = "ORDER_STATE_"
	paymentPrefix  = "PAYMENT_STATE_"
	progressPrefix = "PROGRESS_"
	intentPrefix   = "PAYMENT_INTENT_STATE_"
	stepPrefix     = "PAYMENT_INTENT_STEP_"
)

// TenderKind is the rules' name of a kind of tender.
func TenderKind(kind pb.TenderKind) string { return strings.TrimPrefix(kind.String(), tenderPrefix) }

// TenderKindTo tells a kind of tender.
func TenderKindTo(kind string) pb.TenderKind {
	return pb.TenderKind(pb.TenderKind_value[tenderPrefix+kind])
}

// MethodFrom reads a method; absent is none.
func MethodFrom(m pb.FulfilmentMethod) retail.Method { return methods[m] }

// MethodsFrom reads methods, in their order.
func MethodsFrom(given []pb.FulfilmentMethod) (read []retail.Method) {
	for _, m := range given {
		read = append(read, MethodFrom(m))
	}
	return read
}

// MethodsTo tells methods, in their order.
func MethodsTo(of []retail.Method) (told []pb.FulfilmentMethod) {
	for _, m := range of {
		told = append(told, MethodTo(m))
	}
	return told
}

// MethodTo tells a method.
func MethodTo(m retail.Method) pb.FulfilmentMethod {
	return pb.FulfilmentMethod(pb.FulfilmentMethod_value[methodPrefix+string(m)])
}

// MoneyTo tells an amount.
func MoneyTo(currency string, minor int64) *money.Money {
	return &money.Money{CurrencyCode: currency, AmountMinor: minor}
}

// TimeTo tells an instant; none is absent.
func TimeTo(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// OrderTo tells an order.
func OrderTo(o retail.Order) *pb.Order {
	amount := func(minor int64) *money.Money { return MoneyTo(o.Currency, minor) }
	totals := o.Totals()
	order := &pb.Order{
		Id: o.ID.String(), Number: o.Number, State: pb.OrderState(pb.OrderState_value[statePrefix+string(o.State)]), Channel: o.Channel,
		Location: o.Location, Customer: o.Customer.String(), Reference: o.Reference, TaxIncluded: o.TaxIncluded,
		ListTotal: amount(totals.List), DiscountTotal: amount(totals.Discount), NetTotal: amount(totals.Net),
		TaxTotal: amount(totals.Tax), GrossTotal: amount(totals.Gross), Owed: amount(o.Owed()),
		OccurredAt: TimeTo(o.OccurredAt), RecordedAt: TimeTo(o.RecordedAt), PayBy: TimeTo(o.PayBy), BillTo: partyTo(o.BillTo),
		PaymentLinkUntil:   TimeTo(o.LinkUntil),
		RefundRule:         RefundRuleTo(o.Refund),
		PaymentState:       pb.PaymentState(pb.PaymentState_value[paymentPrefix+string(o.PaymentState())]),
		FulfilmentProgress: progressTo(o.FulfilmentProgress()), ReturnProgress: progressTo(o.ReturnProgress()),
	}
	for _, l := range o.Lines {
		order.Lines = append(order.Lines, lineTo(l, amount))
	}
	order.Taxes = TaxesTo(o.Taxes, o.Currency)
	order.Payments = PaymentsTo(o.Payments, o.Currency, o.Location)
	for _, d := range o.Documents {
		order.Documents = append(order.Documents, &pb.OrderDocument{
			Invoice: d.Invoice.String(), Kind: string(d.Kind), Original: d.Original.String(), OccurredAt: TimeTo(d.OccurredAt),
		})
	}
	for _, i := range o.Intents {
		order.PaymentIntents = append(order.PaymentIntents, &pb.PaymentIntent{
			Id: i.ID.String(), Provider: i.Provider, State: pb.PaymentIntentState(pb.PaymentIntentState_value[intentPrefix+string(i.State)]),
			Amount: amount(i.AmountMinor), Authorised: amount(i.AuthorisedMinor), Captured: amount(i.CapturedMinor),
			Refunded: amount(i.RefundedMinor), Reference: i.Reference,
			Step:       pb.PaymentIntentStep(pb.PaymentIntentStep_value[stepPrefix+string(i.Step)]),
			StepAmount: amount(i.StepMinor), Problem: i.Problem, AskedAt: TimeTo(i.AskedAt), CapturesOnce: i.CapturesOnce,
			MovedFrom: i.MovedFrom.String(), Refusals: i.Refusals, AskAgainAt: TimeTo(i.AskAgainAt),
		})
	}
	return order
}

func progressTo(p retail.Progress) pb.Progress {
	return pb.Progress(pb.Progress_value[progressPrefix+string(p)])
}

func lineTo(l retail.OrderLine, amount func(int64) *money.Money) *pb.OrderLine {
	line := &pb.OrderLine{
		Line: l.Line, Sku: l.SKU, Description: l.Description, Method: MethodTo(l.Method), Location: l.Location,
		Fulfilment: l.Fulfilment.String(), Account: l.Account, ReturnDays: l.ReturnDays,
		Quantity: l.Quantity, OpenQuantity: l.Open(), FulfilledQuantity: l.Fulfilled, CancelledQuantity: l.Cancelled, RejectedQuantity: l.Rejected,
		ReturnedQuantity: l.Returned, ListAmount: amount(l.ListMinor), DiscountAmount: amount(l.DiscountMinor),
		NetAmount: amount(l.NetMinor), TaxAmount: amount(l.TaxMinor), GrossAmount: amount(l.GrossMinor), TaxCode: l.TaxCode,
		TaxRatePpm: l.TaxPPM, PriceReason: l.PriceReason, Note: l.Note, InsteadOf: l.InsteadOf,
		FromLocation: l.From, Transfer: l.Transfer.String(), AwayQuantity: l.Away, ComingQuantity: l.Coming, Issuer: l.Issuer,
		CardKind: l.Terms.Kind, ReturnPolicy: l.ReturnTerms.Policy,
	}
	if l.ReturnTerms.Policy != "" {
		line.ReturnTerms = ReturnTermsTo(l.ReturnTerms, amount(0).GetCurrencyCode())
	}
	for _, d := range l.Discounts {
		line.Discounts = append(line.Discounts, &pb.LineDiscount{Code: d.Code, Amount: amount(d.AmountMinor), Basket: d.Basket, Promotion: d.Promotion, Name: d.Name, Coupon: d.Coupon})
	}
	return line
}

// TaxesTo tells taxes.
func TaxesTo(taxes []retail.OrderTax, currency string) []*pb.OrderTax {
	var all []*pb.OrderTax
	for _, t := range taxes {
		all = append(all, &pb.OrderTax{
			Code: t.Code, RatePpm: t.PPM, Net: MoneyTo(currency, t.NetMinor), Tax: MoneyTo(currency, t.TaxMinor),
		})
	}
	return all
}

// PaymentsTo tells movements of money of an order that was sold at a place.
func PaymentsTo(payments []retail.Payment, currency, soldAt string) []*pb.Payment {
	var all []*pb.Payment
	for _, p := range payments {
		at := p.Location
		if at == "" {
			at = soldAt
		}
		all = append(all, &pb.Payment{
			Kind:     TenderKindTo(p.Kind),
			Movement: pb.PaymentMovement(pb.PaymentMovement_value[movementPrefix+string(p.Movement)]),
			Amount:   MoneyTo(currency, p.AmountMinor), Reference: p.Reference, Location: at, OccurredAt: TimeTo(p.OccurredAt),
		})
	}
	return all
}
