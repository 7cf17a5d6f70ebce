package demo

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
)

// reasons are what people say who bring something back; most say nothing.
var reasons = []string{"", "", "", "too small", "too large", "the colour", "a gift", "a seam has opened"}

// bringBack plans that one line of an order comes back, some days after it left: where it was bought or elsewhere, for money, for
// credit, or for something else.
func (p *planner) bringBack(b *basket, sold *place) {
	lines := p.goodsOf(b)
	if len(lines) == 0 {
		return
	}
	line := pick(p, lines)
	back := p.day + between(p.random, 1, 9)
	if back > last {
		return // she has it still
	}
	p.on(back, func() {
		at := sold
		if sold.currency == "EUR" && p.chance(350) {
			at = p.place(pick(p, p.people).home)
		}
		if at.currency != b.request.CurrencyCode {
			at = sold
		}
		if at.currency != b.request.CurrencyCode {
			return // sold by the web shop in euros, collected in London
		}
		when, open := p.moment(at.zone, p.spans(at), shopHours)
		if !open || p.drawers[at.code] < b.cash {
			return // nobody tries again
		}
		p.drawers[at.code] -= min(b.cash, b.lines[line].cents) // at most
		occurred := timestamppb.New(when)
		if p.chance(160) && p.exchange(b, line, at, occurred) {
			return
		}
		p.takeBack(b, line, at, occurred, p.chance(150))
	})
}

// returned is one unit of a line that comes back.
func (p *planner) returned(b *basket, line int, at *place) []*returnspb.ReturnItem {
	disposition := returnspb.Disposition_DISPOSITION_RETURN_TO_STOCK
	switch {
	case p.chance(120):
		disposition = returnspb.Disposition_DISPOSITION_UNDECIDED
	case p.chance(80):
		disposition = returnspb.Disposition_DISPOSITION_WRITE_OFF
	default:
		p.shelves.back(position{at.code, b.lines[line].sku}, 1)
	}
	return []*returnspb.ReturnItem{{Line: int32(line + 1), Quantity: 1, Disposition: disposition, Reason: pick(p, reasons)}}
}

// takeBack plans a return over a counter.
func (p *planner) takeBack(b *basket, line int, at *place, occurred *timestamppb.Timestamp, asCredit bool) {
	request := &returnspb.AcceptReturnRequest{
		Location: at.code, Order: b.order, Lines: p.returned(b, line, at), Channel: "till", OccurredAt: occurred,
	}
	customer := b.request.Customer
	if asCredit && customer != "" && p.credits[customer] == nil && at.currency == "EUR" {
		worth := b.lines[line].cents
		request.RefundTo = []*orderspb.RefundTo{{Kind: byCredit, Amount: b.money(worth)}}
		p.credits[customer] = &credit{balance: worth, touched: p.day}
	}
	p.add(b.key, b.key+"/return", request, nil)
}

// exchange plans that a unit comes back for another: another size of the same where there is one, or something else.
func (p *planner) exchange(b *basket, line int, at *place, occurred *timestamppb.Timestamp) bool {
	old := b.lines[line]
	fresh, found := p.otherSize(old.item, at.code)
	if !found || p.chance(300) {
		if fresh, found = p.choose(at.code, 1, 0); !found {
			return false
		}
	} else {
		p.shelves.take(position{at.code, fresh.sku}, 1, 0)
	}
	key := b.key + "/exchange"
	out := newBasket(key+"/sale", "till", at, b.request.Customer, occurred.AsTime())
	out.request.OccurredAt = occurred
	out.line(fresh, 1, carryOut, at.code)
	if more := out.due - old.cents; more > 0 {
		out.pay(byCard, more, p.authorisation())
	}
	p.add(b.key, key, &returnspb.ExchangeGoodsRequest{
		Location: at.code, Order: b.order, Lines: p.returned(b, line, at), Channel: "till", OccurredAt: occurred,
		Sale: identified(key+"/sale", out.request),
	}, nil)
	return true
}

// otherSize is another variant of the same product that lies at a place.
func (p *planner) otherSize(of item, at string) (item, bool) {
	for v, variant := range p.goods[of.good].product.Variants {
		where := position{at, variant.Sku}
		if variant.Sku != of.sku && p.shelves.left[where]-1 >= p.shelves.kept[where] {
			return p.item(of.good, v), true
		}
	}
	return item{}, false
}

// blindReturn plans that goods come back that nobody has a receipt for.
func (p *planner) blindReturn(key string, at *place, clock, customer string, kind orderspb.TenderKind) {
	of := p.item(pick(p, p.popular), 0)
	cents := of.price(at.currency) / 2
	p.shelves.back(position{at.code, of.sku}, 1)
	p.add(key, key, &returnspb.AcceptBlindReturnRequest{
		Location: at.code, Channel: "till", Customer: customer, RefundKind: kind, OccurredAt: timestamppb.New(p.at(at.zone, clock)),
		Note: "without a receipt; the manager agreed",
		Lines: []*returnspb.BlindItem{{
			Disposition: returnspb.Disposition_DISPOSITION_RETURN_TO_STOCK,
			Item: &orderspb.BasketLine{
				Item: &orderspb.BasketLine_Sku{Sku: of.sku}, Quantity: 1, Method: carryOut,
				TillPrice: &orderspb.TillPrice{
					Price:  &orderspb.TillPrice_Unit{Unit: &retailpb.Money{CurrencyCode: at.currency, AmountMinor: cents}},
					Reason: "lowest price of the season",
				},
			},
		}},
	}, nil)
}
