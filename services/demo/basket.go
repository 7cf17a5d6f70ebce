package demo

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
)

const (
	carryOut = orderspb.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT
	pickup   = orderspb.FulfilmentMethod_FULFILMENT_METHOD_PICKUP
	ship     = orderspb.FulfilmentMethod_FULFILMENT_METHOD_SHIP

	byCash     = orderspb.TenderKind_TENDER_KIND_CASH
	byCard     = orderspb.TenderKind_TENDER_KIND_CARD
	byWallet   = orderspb.TenderKind_TENDER_KIND_WALLET
	byTransfer = orderspb.TenderKind_TENDER_KIND_BANK_TRANSFER
	byVoucher  = orderspb.TenderKind_TENDER_KIND_VOUCHER
	byGiftCard = orderspb.TenderKind_TENDER_KIND_GIFT_CARD
	byCredit   = orderspb.TenderKind_TENDER_KIND_STORE_CREDIT
)

// basket is an order in the making.
type basket struct {
	key, order string
	request    *orderspb.PlaceOrderRequest
	// due is what it costs still, and cash what of it was paid in notes and coins.
	due, cash int64
	lines     []bought
}

// bought is one line of a basket; a charge or a gift card has no item.
type bought struct {
	item
	units int64
	// cents is what one unit came to.
	cents int64
	from  string
}

// newBasket begins an order at a selling location; at zero it happens when it is placed.
func newBasket(key, channel string, seller *place, customer string, at time.Time) *basket {
	b := &basket{key: key, order: derived("order", key)}
	b.request = &orderspb.PlaceOrderRequest{
		Order: b.order, Channel: channel, Location: seller.code, Customer: customer, CurrencyCode: seller.currency,
	}
	if !at.IsZero() {
		b.request.OccurredAt = timestamppb.New(at)
	}
	return b
}

func (b *basket) money(cents int64) *retailpb.Money {
	return &retailpb.Money{CurrencyCode: b.request.CurrencyCode, AmountMinor: cents}
}

// line adds units of an item. Prices are whole tens of cents, so that a discount of whole tens of percent is exact.
func (b *basket) line(of item, units int64, method orderspb.FulfilmentMethod, from string) *orderspb.BasketLine {
	line := &orderspb.BasketLine{Item: &orderspb.BasketLine_Sku{Sku: of.sku}, Quantity: units, Method: method}
	if method != carryOut {
		line.Location = from
	}
	cents := of.price(b.request.CurrencyCode)
	b.lines = append(b.lines, bought{of, units, cents, from})
	b.request.Lines = append(b.request.Lines, line)
	b.due += cents * units
	return line
}

// cheaper takes a part off the last line, in percent.
func (b *basket) cheaper(code string, percent int64) {
	line, last := b.request.Lines[len(b.request.Lines)-1], &b.lines[len(b.lines)-1]
	off := last.cents * percent / 100
	line.Discounts = append(line.Discounts, discount(code, percent))
	last.cents -= off
	b.due -= off * last.units
}

func discount(code string, percent int64) *orderspb.Discount {
	return &orderspb.Discount{Code: code, Value: &orderspb.Discount_BasisPoints{BasisPoints: int32(percent * 100)}}
}

// marked gives the last line a price of the till's own.
func (b *basket) marked(reason string, percent int64) {
	line, last := b.request.Lines[len(b.request.Lines)-1], &b.lines[len(b.lines)-1]
	b.due -= last.cents * last.units
	last.cents = last.cents * percent / 100
	b.due += last.cents * last.units
	line.TillPrice = &orderspb.TillPrice{Price: &orderspb.TillPrice_Unit{Unit: b.money(last.cents)}, Reason: reason}
}

// wholeCheaper takes a part off the basket, in percent. What a line came to is no longer known here.
func (b *basket) wholeCheaper(code string, percent int64) {
	b.request.Discounts = append(b.request.Discounts, discount(code, percent))
	b.due -= b.due * percent / 100
}

// charge adds something that is no goods, to be sent along.
func (b *basket) charge(code, description string, cents int64, from string) {
	b.request.Lines = append(b.request.Lines, &orderspb.BasketLine{
		Item:     &orderspb.BasketLine_Charge{Charge: &orderspb.Charge{Code: code, Description: description, TaxCategory: "standard"}},
		Quantity: 1, Method: ship, Location: from,
		TillPrice: &orderspb.TillPrice{Price: &orderspb.TillPrice_Unit{Unit: b.money(cents)}, Reason: "tariff"},
	})
	b.lines = append(b.lines, bought{units: 1, cents: cents, from: from})
	b.due += cents
}

// giftCard adds a card that is sold or topped up.
func (b *basket) giftCard(number string, cents int64) {
	b.request.Lines = append(b.request.Lines, &orderspb.BasketLine{
		Item:     &orderspb.BasketLine_GiftCard{GiftCard: &orderspb.GiftCard{Number: number}},
		Quantity: 1, Method: carryOut,
		TillPrice: &orderspb.TillPrice{Price: &orderspb.TillPrice_Unit{Unit: b.money(cents)}, Reason: "gift card"},
	})
	b.lines = append(b.lines, bought{units: 1, cents: cents})
	b.due += cents
}

// pay adds a tender; what it leaves is due still.
func (b *basket) pay(kind orderspb.TenderKind, cents int64, reference string) {
	b.request.Tenders = append(b.request.Tenders, b.tender(kind, cents, reference))
	if kind == byCash {
		b.cash += min(cents, b.due)
	}
	b.due = max(0, b.due-cents)
}

func (b *basket) tender(kind orderspb.TenderKind, cents int64, reference string) *orderspb.Tender {
	return &orderspb.Tender{Kind: kind, Amount: b.money(cents), Reference: reference}
}

// goodsOf are the lines with goods on them that may come back, by number.
func (p *planner) goodsOf(b *basket) []int {
	var lines []int
	for i, line := range b.lines {
		if line.sku != "" && p.goods[line.good].product.GetCode() != finalSale {
			lines = append(lines, i)
		}
	}
	return lines
}

// authorisation is a number as a bank gives it.
func (p *planner) authorisation() string { return fmt.Sprintf("auth %06d", p.random.IntN(1_000_000)) }

// notes is what somebody hands over for an amount: the next coin or note up.
func (p *planner) notes(cents int64) int64 {
	note := pick(p, []int64{100, 500, 500, 1000, 2000, 5000})
	return (cents + note - 1) / note * note
}

// names reads a list of names.
func names(list string) []string { return strings.Split(list, ", ") }
