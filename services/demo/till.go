package demo

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	invoicespb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	tillspb "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
)

// salesPerDay is what a store of size 1 rings on an average day. Twelve stores of 25 sizes in all ring about 25 x 2.6 x 28 = 1,820
// in four weeks, less Sundays on which they are closed.
const salesPerDay = 2.6

// sellAtTill plans the day's sales at the tills of a store.
func (p *planner) sellAtTill(at *place) {
	spans := p.spans(at)
	if at.kind != shop || len(spans) == 0 {
		return
	}
	for range p.about(salesPerDay * float64(at.size) * p.pull(at.zone)) {
		if when, come := p.moment(at.zone, spans, shopHours); come {
			p.tillSale(at, when)
		}
	}
}

// tillSale plans one sale.
func (p *planner) tillSale(at *place, when time.Time) {
	key := fmt.Sprintf("till/%s/%d", at.code, p.number())
	customer := ""
	if p.chance(240) {
		customer = p.neighbour(at.code).id
	}
	b := newBasket(key, "till", at, customer, when)
	b.request.Reference = fmt.Sprintf("R-%s-%05d", at.code[:3], p.serial)
	for range pick(p, []int{1, 1, 1, 1, 1, 1, 2, 2, 2, 3}) {
		units := pick(p, []int64{1, 1, 1, 1, 1, 1, 1, 1, 1, 2})
		of, found := p.choose(at.code, units, 0)
		if !found {
			continue
		}
		b.line(of, units, carryOut, at.code)
		switch {
		case p.chance(110):
			b.cheaper("MIDSEASON", pick(p, []int64{20, 20, 30, 50}))
		case p.chance(20):
			b.marked("button is missing", 80)
		}
	}
	if len(b.lines) == 0 {
		return
	}
	whole := p.chance(60)
	if whole {
		b.wholeCheaper("STUDENT10", 10)
	}
	if at.currency == "EUR" && p.chance(12) {
		p.sellCard(b, at)
	}
	wantsInvoice := customer == "" && at.currency == "EUR" && p.chance(22)
	if wantsInvoice && p.chance(300) {
		b.request.BillTo, wantsInvoice = pick(p, firms), false
	}
	p.payAtTill(b, at)
	p.add(key, key, b.request, nil)
	switch {
	case wantsInvoice:
		p.on(p.day+between(p.random, 0, 2), func() { p.fullInvoice(b, pick(p, firms)) })
	case !whole && p.chance(75):
		p.bringBack(b, at)
	}
}

// sellCard adds a gift card to a basket, a new one or more for an old one.
func (p *planner) sellCard(b *basket, at *place) {
	worth := pick(p, []int64{2500, 5000, 5000, 10_000})
	for i := range p.cards {
		if c := &p.cards[i]; c.issuer == at.code && c.touched < p.day && p.chance(400) {
			c.balance, c.touched = c.balance+worth, p.day
			b.giftCard(c.number, worth)
			return
		}
	}
	card := p.newCard(at.code, worth)
	p.cards = append(p.cards, card)
	b.giftCard(card.number, worth)
}

// payAtTill pays a basket in full, as people do.
func (p *planner) payAtTill(b *basket, at *place) {
	if c := p.credits[b.request.Customer]; c != nil && c.balance > 0 && c.touched < p.day && at.currency == "EUR" {
		part := min(c.balance, b.due)
		c.balance, c.touched = c.balance-part, p.day
		b.pay(byCredit, part, "")
	}
	if card := p.card(at); card != nil && b.due > 0 && p.chance(60) {
		p.spend(b, card)
	}
	if b.due > 2000 && p.chance(15) {
		b.pay(byVoucher, 1000, "city voucher")
	}
	switch {
	case b.due == 0:
	case p.chance(320):
		p.drawers[at.code] += b.due
		b.pay(byCash, p.notes(b.due), "")
	case p.chance(120):
		b.pay(byWallet, b.due, p.authorisation())
	case b.due > 15_000 && p.chance(200): // some in notes, the rest by card
		p.drawers[at.code] += 5000
		b.pay(byCash, 5000, "")
		b.pay(byCard, b.due, p.authorisation())
	default:
		b.pay(byCard, b.due, p.authorisation())
	}
}

// spend pays with a gift card as far as it goes.
func (p *planner) spend(b *basket, card *giftCard) {
	part := min(card.balance, b.due)
	card.balance, card.touched = card.balance-part, p.day
	b.pay(byGiftCard, part, card.number)
}

// fullInvoice turns the ticket of a sale into a full invoice.
func (p *planner) fullInvoice(b *basket, buyer *retailpb.Party) {
	p.add(b.key, b.key+"/full-invoice", &invoicespb.IssueFullInvoiceRequest{Buyer: buyer}, ticketOf(b.order))
}

// A drawer keeps enough for change and for who brings something back; what goes to the safe goes in notes.
const (
	drawerKeeps = 30_000
	dropUnit    = 5000
)

// closeTill carries the day's notes to the safe.
func (p *planner) closeTill(at *place) {
	notes, spans := (p.drawers[at.code]-drawerKeeps)/dropUnit*dropUnit, p.spans(at)
	if at.kind != shop || len(spans) == 0 || notes <= 0 {
		return
	}
	p.drawers[at.code] -= notes
	key := fmt.Sprintf("drop/%s/%d", at.code, p.day)
	when := p.at(at.zone, spans[len(spans)-1].closes)
	p.add(key, key, p.cash(at, tillspb.CashAct_CASH_ACT_DROP, notes, "evening count", when), nil)
}

// differ plans that a drawer does not agree with the books.
func (p *planner) differ(at *place, act tillspb.CashAct, cents int64, note string) {
	key := "difference/" + at.code
	p.add(key, key, p.cash(at, act, cents, note, p.at(at.zone, "19:00")), nil)
}

func (p *planner) cash(at *place, act tillspb.CashAct, cents int64, note string, when time.Time) *tillspb.RecordCashRequest {
	return &tillspb.RecordCashRequest{
		Location: at.code, Act: act, Amount: &retailpb.Money{CurrencyCode: at.currency, AmountMinor: cents}, Note: note,
		OccurredAt: timestamppb.New(when),
	}
}

// tillSaleOf begins a sale of certain things, one of each.
func (p *planner) tillSaleOf(key string, at *place, customer, clock string, things ...item) *basket {
	b := newBasket(key, "till", at, customer, p.at(at.zone, clock))
	for _, of := range things {
		b.line(of, 1, carryOut, at.code)
	}
	return b
}
