package demo

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

const (
	accepted  = fulfilmentspb.FulfilmentState_FULFILMENT_STATE_ACCEPTED
	picking   = fulfilmentspb.FulfilmentState_FULFILMENT_STATE_PICKING
	ready     = fulfilmentspb.FulfilmentState_FULFILMENT_STATE_READY
	collected = fulfilmentspb.FulfilmentState_FULFILMENT_STATE_COLLECTED
	packed    = fulfilmentspb.FulfilmentState_FULFILMENT_STATE_PACKED
	shipped   = fulfilmentspb.FulfilmentState_FULFILMENT_STATE_SHIPPED
	delivered = fulfilmentspb.FulfilmentState_FULFILMENT_STATE_DELIVERED
	untouched = fulfilmentspb.FulfilmentState_FULFILMENT_STATE_NEW
)

const (
	webShop   = "web"
	depot     = "zaz-warehouse"
	london    = "lon-shoreditch"
	afterSale = 3 // units that stay on a shelf when one is promised: the buffer of the channels, and room for whoever tries the demo
)

// ordersPerDay is what comes in by web, app and phone on an average day.
const ordersPerDay = 17

// sellOnline plans the day's orders by web, app and phone.
func (p *planner) sellOnline() {
	web := p.place(webShop)
	for range p.about(ordersPerDay * (0.5 + 0.5*p.pull(web.zone))) {
		if when, come := p.moment(web.zone, anyTime, webHours); come {
			p.onlineOrder(when)
		}
	}
}

// onlineOrder plans one order, to be collected or sent.
func (p *planner) onlineOrder(when time.Time) {
	channel := pick(p, []string{"web", "web", "web", "web", "web", "web", "app", "app", "app", "phone"})
	who := pick(p, p.people)
	customer := who.id
	if channel == "web" && p.chance(250) {
		customer = "" // as a guest
	}
	seller, from, method := p.place(webShop), who.home, pickup
	if p.chance(500) {
		method = ship
		if who.home != london && p.chance(750) {
			from = depot
		}
	}
	if who.home == london {
		seller = p.place(london) // in its own currency
	}
	key := fmt.Sprintf("%s/%d", channel, p.number())
	b := newBasket(key, channel, seller, customer, when)
	for range pick(p, []int{1, 1, 1, 2, 2, 3}) {
		if of, found := p.choose(from, 1, afterSale); found {
			b.line(of, 1, method, from)
			if p.chance(100) {
				b.cheaper("WELCOME", 10)
			}
		}
	}
	if len(b.lines) == 0 {
		return
	}
	if method == ship && b.due < 10_000 {
		b.charge("delivery", "Delivery", 490, from)
	}
	if p.chance(25) && who.home != london {
		b.request.BillTo = pick(p, firms)
	}
	o := &parcel{basket: b, method: method, from: from, name: who.name}
	p.payOnline(o)
	p.add(key, key, b.request, nil)
	p.handle(o)
}

// parcel is an order on its way to its customer.
type parcel struct {
	*basket
	method orderspb.FulfilmentMethod
	from   string
	// name is who comes for it.
	name string
	// waits is true where it is not handled before it is paid.
	waits bool
}

// payOnline pays an order in full, in part, later, or when it is collected.
func (p *planner) payOnline(o *parcel) {
	switch {
	case o.request.Channel == "phone" && o.method == ship:
		o.waits = true
		o.request.PaymentTime = durationpb.New(72 * time.Hour)
	case o.method == pickup && p.chance(140): // at pickup
	case o.method == pickup && p.chance(70):
		o.pay(byCard, o.due/2, p.authorisation())
	case p.chance(180):
		o.pay(byWallet, o.due, p.authorisation())
	case p.chance(40) && p.card(p.place(webShop)) != nil && o.request.CurrencyCode == "EUR":
		p.spend(o.basket, p.card(p.place(webShop)))
		if o.due > 0 {
			o.pay(byCard, o.due, p.authorisation())
		}
	default:
		o.pay(byCard, o.due, p.authorisation())
	}
}

// handle plans what becomes of an order: most are in their customers' hands after some days, the latest stand in every state.
func (p *planner) handle(o *parcel) {
	if o.waits {
		if last-p.day < 1 || p.chance(100) && last-p.day < 3 {
			return // not paid yet
		}
		p.on(p.day+1, func() {
			p.add(o.key, o.key+"/pay", &orderspb.PayOrderRequest{
				Order: o.order, Location: o.request.Location, Channel: o.request.Channel,
				Tenders: []*orderspb.Tender{o.tender(byTransfer, o.due, "transfer "+o.order[:8])},
			}, nil)
			o.due = 0
		})
	}
	if p.chance(60) {
		p.on(p.day+1, func() { p.giveUp(o) })
		return
	}
	goal := p.goal(o.method, last-p.day)
	p.on(p.day+1, func() { p.work(o, goal) })
}

// goal is how far an order comes that is so many days old.
func (p *planner) goal(method orderspb.FulfilmentMethod, age int) fulfilmentspb.FulfilmentState {
	states := []fulfilmentspb.FulfilmentState{untouched, accepted, picking, ready, collected}
	if method == ship {
		states = []fulfilmentspb.FulfilmentState{untouched, accepted, packed, shipped, delivered}
	}
	odds := [][5]int{{35, 20, 15, 20, 10}, {20, 15, 15, 30, 20}, {5, 10, 10, 30, 45}, {0, 0, 5, 20, 75}, {0, 0, 0, 3, 97}}
	dice := p.random.IntN(100)
	for i, part := range odds[min(age, len(odds)-1)] {
		if dice -= part; dice < 0 {
			return states[i]
		}
	}
	return states[len(states)-1]
}

// giveUp cancels an order before it is handed over, all of it or one line.
func (p *planner) giveUp(o *parcel) {
	request := &orderspb.CancelLinesRequest{Order: o.order}
	given := o.lines
	if len(o.lines) > 1 && o.due == 0 && p.chance(400) {
		given = o.lines[:1]
		request.Lines = []*orderspb.UnitCount{{Line: 1, Quantity: 1}}
	} else if p.chance(300) {
		p.step(o, accepted)
	}
	for i := range given {
		if line := &given[i]; line.sku != "" {
			p.shelves.back(position{line.from, line.sku}, line.units)
			line.sku = "" // nobody brings it back
		}
	}
	p.add(o.key, o.key+"/cancel", request, nil)
	if len(given) < len(o.lines) {
		p.work(o, p.goal(o.method, last-p.day))
	}
}

// work plans the steps up to a state, over some days.
func (p *planner) work(o *parcel, goal fulfilmentspb.FulfilmentState) {
	for _, state := range []fulfilmentspb.FulfilmentState{accepted, picking} {
		if goal >= state && (state == goal || p.chance(800)) {
			p.step(o, state)
		}
	}
	if o.method == pickup {
		if goal >= ready {
			p.step(o, ready)
		}
		if goal == collected {
			p.on(p.day+between(p.random, 0, 3), func() { p.collect(o) })
		}
		return
	}
	if goal >= packed {
		p.step(o, packed)
	}
	if goal >= shipped {
		p.on(p.day+between(p.random, 0, 1), func() {
			p.hand(o)
			if goal == delivered {
				p.on(p.day+between(p.random, 1, 3), func() { p.arrive(o) })
			}
		})
	}
}

// step moves the work of an order on.
func (p *planner) step(o *parcel, to fulfilmentspb.FulfilmentState) {
	find := fulfilmentOf(o.order, o.from, to)
	switch to {
	case accepted:
		p.add(o.key, o.key+"/accept", &fulfilmentspb.AcceptFulfilmentRequest{Location: o.from}, find)
	case picking:
		p.add(o.key, o.key+"/pick", &fulfilmentspb.PickFulfilmentRequest{Location: o.from}, find)
	case ready, packed:
		p.add(o.key, o.key+"/ready", &fulfilmentspb.ReadyFulfilmentRequest{Location: o.from}, find)
	}
}

// collect hands a pickup over to whoever shows its code, who pays what is due.
func (p *planner) collect(o *parcel) {
	request := p.collection(o)
	if o.due > 0 {
		kind, reference := byCard, p.authorisation()
		if p.chance(400) {
			kind, reference = byCash, ""
			p.drawers[o.from] += o.due
			o.cash += o.due
		}
		request.Tenders = []*orderspb.Tender{o.tender(kind, o.due, reference)}
		o.due = 0
	}
	p.add(o.key, o.key+"/collect", request, codeOf(o.order, o.from))
	if p.chance(80) {
		p.bringBack(o.basket, p.place(o.from))
	}
}

func (p *planner) collection(o *parcel) *fulfilmentspb.CollectPickupRequest {
	return &fulfilmentspb.CollectPickupRequest{Location: o.from, Proof: "collected by " + o.name, OccurredAt: p.handed(o, "17:40")}
}

// handed is when goods leave on the day: at a time of the day, or a while after they were ordered; nil: when it is recorded.
func (p *planner) handed(o *parcel, clock string) *timestamppb.Timestamp {
	if o.request.OccurredAt == nil {
		return nil
	}
	at := p.at(p.place(o.from).zone, clock)
	if soonest := o.request.OccurredAt.AsTime().Add(90 * time.Minute); at.Before(soonest) {
		at = soonest
	}
	if at.After(p.now) {
		return nil
	}
	return timestamppb.New(at)
}

// carriers take parcels.
var carriers = []string{"Correu del Llevant", "Posta Ibera", "Kurier Nordlicht"}

// hand gives a parcel to a carrier.
func (p *planner) hand(o *parcel) {
	p.add(o.key, o.key+"/ship", &fulfilmentspb.ShipFulfilmentRequest{
		Location: o.from, Carrier: pick(p, carriers), Tracking: fmt.Sprintf("LV%09d", p.random.IntN(1_000_000_000)),
		OccurredAt: p.handed(o, "16:10"),
	}, fulfilmentOf(o.order, o.from, shipped))
}

// arrive says that a parcel was delivered. Some of what is in it comes back, in a store.
func (p *planner) arrive(o *parcel) {
	p.deliver(o)
	if p.chance(120) {
		near := p.place(o.from)
		if near.kind != shop {
			near = p.place(pick(p, p.people).home)
		}
		p.bringBack(o.basket, near)
	}
}

func (p *planner) deliver(o *parcel) {
	p.add(o.key, o.key+"/deliver", &fulfilmentspb.DeliverShipmentRequest{Location: o.from}, fulfilmentOf(o.order, o.from, delivered))
}
