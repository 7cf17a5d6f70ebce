package demo

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	tillspb "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
)

// scripts plans what must not be left to chance, so that each thing that can happen has happened, in a demo of any size.
func (p *planner) scripts() {
	o := p.opening()
	p.on(last, func() { p.work(o, shipped) })
	p.transfers()
	p.suppliers()
	p.ada()
	p.adasPresent()
	p.on(9, func() {
		p.differ(p.place("mil-brera"), tillspb.CashAct_CASH_ACT_SHORT, 500, "five euros short, counted twice")
	})
	p.on(17, func() {
		p.differ(p.place("lis-chiado"), tillspb.CashAct_CASH_ACT_OVER, 200, "a coin under the drawer")
	})
	p.on(11, func() { p.blindReturn("blind/1", p.place("mil-brera"), "17:20", "", byCash) })
	p.on(19, func() {
		at := p.place("par-marais")
		p.blindReturn("blind/2", at, "15:05", p.neighbour(at.code).id, byCredit)
	})
	p.on(10, func() { p.oversell("oversold/1", "rom-monti", "18:30", true) })
	p.on(last-1, func() { p.oversell("oversold/2", "par-marais", "17:45", false) })
	p.on(6, func() { p.count("count/1", "mad-salesas", "theft", "", -1) })
	p.on(13, func() { p.count("count/2", "ber-mitte", "found", "behind a shelf", 1) })
	p.on(12, func() {
		o := p.parcel("given-up/1", "web", p.place("bcn-born"), pickup, p.neighbour("bcn-born"), p.at(p.place(webShop).zone, "21:10"))
		o.pay(byCard, o.due, p.authorisation())
		p.add(o.key, o.key, o.request, nil)
		p.on(13, func() {
			for _, line := range o.lines {
				p.shelves.back(position{line.from, line.sku}, 1)
			}
			p.add(o.key, o.key+"/cancel", &orderspb.CancelLinesRequest{Order: o.order}, nil)
		})
	})
	p.on(last, p.holds)
	p.on(last, p.desks)
}

// desks leaves work of every kind at three pickup desks and at the packing table.
func (p *planner) desks() {
	minutes := 5
	leave := func(from string, method orderspb.FulfilmentMethod, states ...fulfilmentspb.FulfilmentState) {
		for _, state := range states {
			minutes += 11
			home := from
			if home == depot {
				home = "bcn-born"
			}
			o := p.parcel(fmt.Sprintf("desk/%s/%d", from, state), pick(p, []string{"web", "app"}), p.place(from), method, p.neighbour(home), p.ago(minutes))
			o.pay(byCard, o.due, p.authorisation())
			p.add(o.key, o.key, o.request, nil)
			p.work(o, state)
		}
	}
	for _, code := range []string{Barcelona, "mad-salesas", "par-marais"} {
		leave(code, pickup, untouched, accepted, picking, ready)
	}
	leave(depot, ship, untouched, accepted, packed, shipped)
	o := p.parcel("desk/unpaid", "phone", p.place(depot), ship, p.neighbour("opo-baixa"), p.ago(minutes))
	o.request.PaymentTime = durationpb.New(72 * time.Hour)
	p.add(o.key, o.key, o.request, nil)
}

// ago is some minutes before the end of the trade.
func (p *planner) ago(minutes int) time.Time {
	return p.now.Add(-time.Duration(minutes) * time.Minute).Truncate(time.Second)
}

// parcel begins an order of the web shop's for one thing, to be collected at a place or sent from it.
func (p *planner) parcel(key, channel string, from *place, method orderspb.FulfilmentMethod, who shopper, when time.Time) *parcel {
	o := &parcel{basket: newBasket(key, channel, p.place(webShop), who.id, when), method: method, from: from.code, name: who.name}
	o.line(p.some(from.code), 1, method, from.code)
	return o
}

// some takes something off a shelf, whatever it is, as long as it may come back.
func (p *planner) some(at string) item {
	for {
		of, found := p.choose(at, 1, afterSale)
		if !found {
			of = p.deepest(at)
			p.shelves.take(position{at, of.sku}, 1, 0)
		}
		if p.goods[of.good].product.GetCode() != finalSale {
			return of
		}
	}
}

// one takes a product off a shelf, in whatever size there is, or something else.
func (p *planner) one(at, product string) item {
	for i, g := range p.goods {
		if g.product.Code != product {
			continue
		}
		for v, variant := range g.product.Variants {
			if p.shelves.take(position{at, variant.Sku}, 1, afterSale) {
				return p.item(i, v)
			}
		}
	}
	return p.some(at)
}

// ada is what the demo's shopper bought, in tills, on the web and in the app.
func (p *planner) ada() {
	me := shopper{id: Shopper, name: "Ada Ferrer", home: Barcelona}
	gracia := p.place(Barcelona)
	web := p.place(webShop).zone
	var shirt *basket
	p.on(2, func() {
		of := p.bySKU(SKU)
		if !p.shelves.take(position{Barcelona, of.sku}, 1, 0) {
			of = p.some(Barcelona)
		}
		shirt = p.tillSaleOf("ada/shirt", gracia, me.id, "11:42", of, p.one(Barcelona, "bosc-straight-jeans"))
		shirt.pay(byCash, p.notes(shirt.due), "")
		p.add(shirt.key, shirt.key, shirt.request, nil)
	})
	p.on(5, func() {
		o := p.parcel("ada/born", "web", p.place("bcn-born"), pickup, me, p.at(web, "22:18"))
		o.line(p.one("bcn-born", "nerea-poplin-shirt"), 1, pickup, "bcn-born")
		o.pay(byCard, o.due, p.authorisation())
		p.add(o.key, o.key, o.request, nil)
		p.on(6, func() { p.work(o, ready) })
		p.on(7, func() { p.add(o.key, o.key+"/collect", p.collection(o), codeOf(o.order, o.from)) })
	})
	p.on(11, func() {
		o := p.parcel("ada/parcel", "app", p.place(depot), ship, me, p.at(web, "13:31"))
		o.line(p.one(depot, "brisa-merino-jumper"), 1, ship, depot)
		o.charge("delivery", "Delivery", 490, depot)
		o.pay(byWallet, o.due, p.authorisation())
		p.add(o.key, o.key, o.request, nil)
		p.on(12, func() { p.work(o, packed); p.hand(o) })
		p.on(14, func() { p.deliver(o) })
		p.on(16, func() { p.takeBack(o.basket, 0, gracia, timestamppb.New(p.at(gracia.zone, "18:20")), false) })
	})
	p.on(18, func() {
		b := p.tillSaleOf("ada/studio", gracia, me.id, "10:25", p.one(Barcelona, "linen-book"), p.one(Barcelona, "tren-weekender-bag"))
		b.pay(byCard, b.due, p.authorisation())
		p.add(b.key, b.key, b.request, nil)
		p.on(19, func() { p.fullInvoice(b, studio) })
	})
	p.on(20, func() {
		born := p.place("bcn-born")
		p.takeBack(shirt, 1, born, timestamppb.New(p.at(born.zone, "18:12")), true)
	})
	p.on(21, func() {
		b := p.tillSaleOf("ada/paris", p.place("par-marais"), me.id, "16:40", p.one("par-marais", "lluna-wrap-coat"))
		credit := p.credits[me.id]
		part := min(credit.balance, b.due)
		credit.balance -= part
		b.pay(byCredit, part, "")
		if b.due > 0 {
			b.pay(byCard, b.due, p.authorisation())
		}
		p.add(b.key, b.key, b.request, nil)
		p.on(24, func() { p.exchange(b, 0, gracia, timestamppb.New(p.at(gracia.zone, "12:08"))) })
	})
	p.on(26, func() {
		o := p.parcel("ada/waiting", "web", gracia, pickup, me, p.at(web, "20:55"))
		o.pay(byCard, o.due/2, p.authorisation())
		p.add(o.key, o.key, o.request, nil)
		p.work(o, ready)
	})
}

// adasPresent is a gift card: bought in one store, spent in another and topped up again.
func (p *planner) adasPresent() {
	born, madrid := p.place("bcn-born"), p.place("mad-salesas")
	const number = "LV-2026-0117-00"
	p.on(3, func() {
		b := newBasket("present", "till", born, p.neighbour(born.code).id, p.at(born.zone, "12:50"))
		b.giftCard(number, 5000)
		b.pay(byCash, 5000, "")
		p.add(b.key, b.key, b.request, nil)
	})
	p.on(9, func() {
		b := p.tillSaleOf("ada/madrid", madrid, Shopper, "17:33", p.some(madrid.code), p.some(madrid.code))
		part := min(b.due, 5000)
		b.pay(byGiftCard, part, number)
		if b.due > 0 {
			b.pay(byCard, b.due, p.authorisation())
		}
		p.add(b.key, b.key, b.request, nil)
	})
	p.on(16, func() {
		b := newBasket("present/more", "till", born, "", p.at(born.zone, "13:20"))
		b.giftCard(number, 2500)
		b.pay(byCard, 2500, p.authorisation())
		p.add(b.key, b.key, b.request, nil)
	})
}

// studio is in whose name Ada buys for her work.
var studio = &retailpb.Party{
	Name: "Ada Ferrer, interiors", TaxId: "00000014Z", Street: "Carrer de la Llotja Vella 3", PostalCode: "08012", City: "Barcelona", CountryCode: "ES",
}

// bySKU finds a variant.
func (p *planner) bySKU(sku string) item {
	for i, g := range p.goods {
		for v, variant := range g.product.Variants {
			if variant.Sku == sku {
				return p.item(i, v)
			}
		}
	}
	panic("nobody sells " + sku)
}

// opening is the first act of all: the time that the server gives it is the end of the four weeks, whenever the rest is carried out.
// It depends on nothing but the goods. It is an order in the app, which anybody may give at any hour.
func (p *planner) opening() *parcel {
	of := p.deepest(depot)
	p.shelves.take(position{depot, of.sku}, 1, 0)
	o := &parcel{basket: newBasket("opening", "app", p.place(webShop), Shopper, time.Time{}), method: ship, from: depot, name: "Ada Ferrer"}
	o.line(of, 1, ship, depot)
	o.charge("delivery", "Delivery", 490, depot)
	o.pay(byCard, o.due, "auth 000000")
	identified(o.key, o.request)
	return o
}

// closing is the last act of all: where it is found, all others were done.
func (p *planner) closing() *parcel {
	of := p.deepest(Barcelona)
	o := &parcel{basket: newBasket("closing", "web", p.place(webShop), Shopper, time.Time{}), method: pickup, from: Barcelona, name: "Ada Ferrer"}
	o.line(of, 1, pickup, Barcelona)
	identified(o.key, o.request)
	return o
}
