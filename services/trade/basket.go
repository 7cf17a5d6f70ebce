package orders

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// pageDefault is how many orders a page has where the request does not say.
const pageDefault = 50

func randomBits() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint64(b[:])
}

func basketFrom(req *pb.PlaceOrderRequest, now time.Time) (retail.Basket, error) {
	b := retail.Basket{
		Channel: req.GetChannel(), Location: req.GetLocation(), Currency: req.GetCurrencyCode(), Reference: req.GetReference(), Now: now,
	}
	var err error
	if b.Order, err = retail.ParseID(req.GetOrder()); err != nil {
		return b, retail.RefuseField(retail.InvalidRequest, "order", "must be a uuid")
	}
	if b.Customer, err = retail.ParseID(req.GetCustomer()); err != nil {
		return b, retail.RefuseField(retail.InvalidRequest, "customer", "must be a uuid")
	}
	if b.OccurredAt, err = retail.OccurredAt(req.GetOccurredAt() != nil, req.GetOccurredAt().AsTime(), now); err != nil {
		return b, err
	}
	for i, line := range req.GetLines() {
		one, err := lineFrom(line, fmt.Sprintf("lines[%d]", i))
		if err != nil {
			return b, err
		}
		b.Lines = append(b.Lines, one)
	}
	if b.Discounts, err = discountsFrom(req.GetDiscounts(), ""); err != nil {
		return b, err
	}
	for i, tender := range req.GetTenders() {
		amount, err := amountFrom(tender.GetAmount(), fmt.Sprintf("tenders[%d].amount", i), 1)
		if err != nil {
			return b, err
		}
		b.Tenders = append(b.Tenders, retail.BasketTender{Kind: tenderKinds[tender.GetKind()], Amount: amount, Reference: tender.GetReference()})
	}
	return b, nil
}

func lineFrom(line *pb.BasketLine, path string) (retail.BasketItem, error) {
	item := retail.BasketItem{
		Item: retail.ItemRef{SKU: line.GetSku()}, Quantity: line.GetQuantity(), Note: line.GetNote(),
	}
	if gtin := line.GetGtin(); gtin != "" {
		normal, ok := retail.GTIN14(gtin)
		if !ok {
			return item, retail.RefuseField(retail.InvalidRequest, path+".gtin", "the check digit of %s is wrong", gtin)
		}
		item.Item.GTIN = normal
	}
	var err error
	if item.Discounts, err = discountsFrom(line.GetDiscounts(), path+"."); err != nil {
		return item, err
	}
	if till := line.GetTillPrice(); till != nil {
		item.PriceReason = till.GetReason()
		switch price := till.GetPrice().(type) {
		case *pb.TillPrice_Unit:
			item.UnitPrice, err = amountFrom(price.Unit, path+".till_price.unit", 0)
		case *pb.TillPrice_Line:
			item.LinePrice, err = amountFrom(price.Line, path+".till_price.line", 0)
		}
	}
	return item, err
}

func discountsFrom(discounts []*pb.Discount, path string) ([]retail.BasketDiscount, error) {
	var all []retail.BasketDiscount
	for i, discount := range discounts {
		one := retail.BasketDiscount{Code: discount.GetCode(), BasisPoints: discount.GetBasisPoints()}
		if discount.GetAmount() != nil {
			amount, err := amountFrom(discount.GetAmount(), fmt.Sprintf("%sdiscounts[%d].amount", path, i), 1)
			if err != nil {
				return nil, err
			}
			one.Amount = amount
		}
		all = append(all, one)
	}
	return all, nil
}

// amountFrom reads an amount that is at least so much.
func amountFrom(m *money.Money, path string, least int64) (*retail.Amount, error) {
	if m.GetAmountMinor() < least {
		return nil, retail.RefuseField(retail.InvalidRequest, path+".amount_minor", "must be at least %d", least)
	}
	return &retail.Amount{Currency: m.GetCurrencyCode(), Minor: m.GetAmountMinor(), Field: path}, nil
}

var tenderKinds = map[pb.TenderKind]string{
	pb.TenderKind_TENDER_KIND_CASH:          "CASH",
	pb.TenderKind_TENDER_KIND_CARD:          "CARD",
	pb.TenderKind_TENDER_KIND_VOUCHER:       "VOUCHER",
	pb.TenderKind_TENDER_KIND_BANK_TRANSFER: "BANK_TRANSFER",
	pb.TenderKind_TENDER_KIND_WALLET:        "WALLET",
	pb.TenderKind_TENDER_KIND_OTHER:         "OTHER",
}

var movements = map[string]pb.PaymentMovement{
	retail.MovementPayment: pb.PaymentMovement_PAYMENT_MOVEMENT_PAYMENT,
	retail.MovementChange:  pb.PaymentMovement_PAYMENT_MOVEMENT_CHANGE,
}

func orderTo(o retail.Order) *pb.Order {
	amount := func(minor int64) *money.Money { return &money.Money{CurrencyCode: o.Currency, AmountMinor: minor} }
	totals := o.Totals()
	order := &pb.Order{
		Id: o.ID.String(), Number: o.Number, State: pb.OrderState_ORDER_STATE_COMPLETED, Channel: o.Channel, Location: o.Location,
		Customer: o.Customer.String(), Reference: o.Reference, TaxIncluded: o.TaxIncluded,
		ListTotal: amount(totals.List), DiscountTotal: amount(totals.Discount), NetTotal: amount(totals.Net),
		TaxTotal: amount(totals.Tax), GrossTotal: amount(totals.Gross),
		OccurredAt: timestamppb.New(o.OccurredAt), RecordedAt: timestamppb.New(o.RecordedAt),
	}
	for _, l := range o.Lines {
		line := &pb.OrderLine{
			Line: l.Line, Sku: l.SKU, Description: l.Description, Method: pb.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT,
			Quantity: l.Quantity, OpenQuantity: l.Quantity - l.Fulfilled - l.Cancelled, FulfilledQuantity: l.Fulfilled,
			CancelledQuantity: l.Cancelled, ReturnedQuantity: l.Returned,
			ListAmount: amount(l.ListMinor), DiscountAmount: amount(l.DiscountMinor), NetAmount: amount(l.NetMinor),
			TaxAmount: amount(l.TaxMinor), GrossAmount: amount(l.GrossMinor), TaxCode: l.TaxCode, TaxRatePpm: l.TaxPPM,
			PriceReason: l.PriceReason, Note: l.Note,
		}
		for _, d := range l.Discounts {
			line.Discounts = append(line.Discounts, &pb.LineDiscount{Code: d.Code, Amount: amount(d.AmountMinor), Basket: d.Basket})
		}
		order.Lines = append(order.Lines, line)
	}
	for _, t := range o.Taxes {
		order.Taxes = append(order.Taxes, &pb.OrderTax{Code: t.Code, RatePpm: t.PPM, Net: amount(t.NetMinor), Tax: amount(t.TaxMinor)})
	}
	for _, p := range o.Payments {
		kind := pb.TenderKind_TENDER_KIND_UNSPECIFIED
		for k, name := range tenderKinds {
			if name == p.Kind {
				kind = k
			}
		}
		order.Payments = append(order.Payments, &pb.Payment{
			Kind: kind, Movement: movements[p.Movement], Amount: amount(p.AmountMinor), Reference: p.Reference,
		})
	}
	return order
}

func ordersTo(orders []retail.Order, limit int) *pb.ListOrdersResponse {
	answer := &pb.ListOrdersResponse{}
	if len(orders) > limit {
		orders = orders[:limit]
		last := orders[limit-1]
		answer.NextPageToken = page.Token(retail.OrderMark{OccurredAt: last.OccurredAt, ID: last.ID})
	}
	for _, order := range orders {
		answer.Orders = append(answer.Orders, orderTo(order))
	}
	return answer
}
