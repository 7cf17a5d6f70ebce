package demo

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// deliveries fill up what was sold. Every place gets two a week, before it opens.
func (p *planner) deliveries() {
	for i := range p.places {
		at := &p.places[i]
		weekday := (int(p.date(at.zone).Weekday()) + 6) % 7
		if weekday%3 != i%2 || weekday > 4 { // Monday and Thursday, or Tuesday and Friday
			continue
		}
		request := &stockpb.ReceiveStockRequest{
			Location: at.code, Reference: fmt.Sprintf("DN-%s-%02d", at.code, p.day), OccurredAt: timestamppb.New(p.at(at.zone, "08:30")),
		}
		var missing []sold
		for _, one := range p.shelves.sold[at.code] {
			if p.chance(150) { // out of stock at the supplier's too
				missing = append(missing, one)
				continue
			}
			where := position{at.code, one.sku}
			units := one.units
			if p.shelves.left[where] < 2 {
				units += int64(between(p.random, 1, 4))
			}
			p.shelves.left[where] += units
			request.Lines = append(request.Lines, &stockpb.ReceiveLine{Sku: one.sku, Quantity: units})
		}
		p.shelves.sold[at.code] = missing
		if len(request.Lines) > 0 {
			key := "delivery/" + request.Reference
			p.acts[p.day] = append(p.acts[p.day], act{story: key, key: key, early: true, request: identified(key, request)})
		}
	}
}

// send plans a transfer of some SKUs, so many units of each.
func (p *planner) send(key, from, to string, skus int, units int64) []*stockpb.HoldLine {
	var lines []*stockpb.HoldLine
	for range skus {
		of, found := p.choose(from, units, afterSale)
		if found && !slices.ContainsFunc(lines, func(l *stockpb.HoldLine) bool { return l.Sku == of.sku }) {
			lines = append(lines, &stockpb.HoldLine{Sku: of.sku, Quantity: units})
		}
	}
	p.add(key, key, &stockpb.ShipTransferRequest{FromLocation: from, ToLocation: to, Lines: lines, Reference: key}, nil)
	return lines
}

// receive plans what arrives of a transfer: those lines, or all that is expected where there are none.
func (p *planner) receive(key, part, at string, lines []*stockpb.HoldLine, short bool) {
	for _, line := range lines {
		p.shelves.back(position{at, line.Sku}, line.Quantity)
	}
	request := &stockpb.ReceiveTransferRequest{Location: at, Lines: lines, CloseShort: short}
	if short {
		request.Reason = "lost"
	}
	p.add(key, key+"/"+part, request, transferOf(key, at))
}

// ask plans a request of a place's for some SKUs, which stand in the order of the catalogue.
func (p *planner) ask(key, from, to, purpose string, lines []*stockpb.HoldLine) {
	p.add(key, key+"/asked", &stockpb.RequestTransferRequest{
		FromLocation: from, ToLocation: to, Lines: lines, Purpose: purpose, Reference: key,
	}, nil)
}

// transfers are goods between places: received at once, in parts, with something missing, and on their way still; asked for, declined,
// and waiting to be decided on.
func (p *planner) transfers() {
	p.on(8, func() {
		lines := p.send("transfer/1", depot, "vlc-russafa", 8, 3)
		p.on(10, func() { p.receive("transfer/1", "all", "vlc-russafa", lines, false) })
	})
	p.on(15, func() {
		lines := p.send("transfer/2", "mad-salesas", Barcelona, 4, 2)
		p.on(16, func() { p.receive("transfer/2", "first", Barcelona, lines[:1], false) })
		p.on(17, func() { p.receive("transfer/2", "rest", Barcelona, lines[1:], false) })
	})
	p.on(20, func() {
		lines := p.send("transfer/3", depot, "rom-monti", 6, 4)
		p.on(22, func() {
			short := []*stockpb.HoldLine{{Sku: lines[0].Sku, Quantity: 2}}
			p.receive("transfer/3", "short", "rom-monti", append(short, lines[1:]...), true)
		})
	})
	p.on(26, func() { p.send("transfer/4", "par-marais", "lyo-presquile", 5, 1) })
	p.on(27, func() {
		lines := p.send("transfer/5", depot, "ber-mitte", 7, 3)
		p.ask("transfer/6", "bcn-born", Barcelona, "somebody waits for them", lines[:2])
		p.ask("transfer/7", depot, "par-marais", "an empty window", lines[2:])
		p.add("transfer/6", "transfer/6/declined", &stockpb.DeclineTransferRequest{Location: "bcn-born", Answer: "our last ones"},
			transferOf("transfer/6", Barcelona))
	})
}

// expect plans a supplier's document: so many SKUs of a product, so many units of each, expected some days from then.
func (p *planner) expect(reference, at, supplier string, good, units int64, days int) []string {
	request := &deliveriespb.AnnounceDeliveryRequest{
		Location: at, Kind: deliveriespb.DeliveryKind_DELIVERY_KIND_PURCHASE_ORDER, Supplier: supplier, Reference: reference,
		ExpectedOn: p.date(p.place(at).zone).AddDate(0, 0, days).Format(time.DateOnly),
	}
	var skus []string
	for _, variant := range p.goods[good].product.Variants {
		skus = append(skus, variant.Sku)
		request.Lines = append(request.Lines, &deliveriespb.AnnouncedLine{Sku: variant.Sku, Quantity: units})
	}
	p.add(reference, reference, request, nil)
	return skus
}

// suppliers are what they are to bring: one that came in part, with something wet, one that is overdue, and some for the days to
// come. What arrives is not counted on, so that nothing planned hangs on it.
func (p *planner) suppliers() {
	p.on(22, func() {
		skus := p.expect("PO-1001", depot, "TEIXITS-RIERA", 0, 12, 5)
		p.on(26, func() {
			p.add("PO-1001", "PO-1001/first", &deliveriespb.ReceiveDeliveryRequest{
				Location: depot, DeliveryNote: "DN-7731", OccurredAt: timestamppb.New(p.at(p.place(depot).zone, "08:40")),
				Lines: []*deliveriespb.ArrivedLine{
					{Item: &deliveriespb.ArrivedLine_Sku{Sku: skus[0]}, Quantity: 12},
					{Item: &deliveriespb.ArrivedLine_Sku{Sku: skus[1]}, Quantity: 5, Damaged: 1, Reason: "wet in the lorry"},
				},
			}, deliveryOf("PO-1001", depot))
		})
	})
	p.on(23, func() { p.expect("PO-1002", Barcelona, "LANIFICIO-BIELLA", 1, 6, 3) })
	p.on(last, func() {
		p.expect("PO-1003", Barcelona, "TEIXITS-RIERA", 2, 8, 4)
		p.expect("PO-1004", "mil-brera", "LANIFICIO-BIELLA", 3, 10, 9)
	})
}

// holders keep something for a while, at the end of the four weeks.
var holders = []struct {
	place, channel, owner string
	hours                 int64
}{
	{Barcelona, "till", "Marta Roca", 24}, {Barcelona, "web", "a cart", 48}, {"bcn-born", "till", "Pol Ribas", 24},
	{"mad-salesas", "phone", "Lucía Herrero", 72}, {"par-marais", "till", "Hugo Lemaire", 48}, {"mil-brera", "app", "a cart", 24},
	{"lis-chiado", "till", "Joana Pacheco", 24}, {london, "till", "Priya Nair", 48},
}

// holds plans them.
func (p *planner) holds() {
	for i, h := range holders {
		if of, found := p.choose(h.place, 1, afterSale); found {
			key := fmt.Sprintf("hold/%d", i)
			p.add(key, key, &stockpb.HoldStockRequest{
				Location: h.place, Channel: h.channel, Owner: h.owner, Lines: []*stockpb.HoldLine{{Sku: of.sku, Quantity: 1}},
				TimeToLive: durationpb.New(time.Duration(h.hours) * time.Hour),
			}, nil)
		}
	}
}

// count plans that a shelf was counted, and something was missing or found.
func (p *planner) count(key, at, reason, note string, difference int64) {
	of, found := p.choose(at, 1, afterSale)
	if !found {
		return
	}
	p.add(key, key, &stockpb.AdjustStockRequest{
		Location: at, Reason: reason, Note: note, OccurredAt: timestamppb.New(p.at(p.place(at).zone, "09:15")),
		Lines: []*stockpb.AdjustLine{{Sku: of.sku, Difference: difference}},
	}, nil)
}

// oversell plans that a till sells what the books do not have. Where it is filled up later the case ends with the delivery.
func (p *planner) oversell(key, at, clock string, filled bool) {
	of, found := p.empty(at)
	if !found {
		return
	}
	b := p.tillSaleOf(key, p.place(at), "", clock, of)
	b.pay(byCard, b.due, p.authorisation())
	p.shelves.left[position{at, of.sku}]--
	if filled {
		p.shelves.fill(position{at, of.sku}, 1)
	}
	p.add(key, key, b.request, nil)
}

// empty is something of which the books have none at a place.
func (p *planner) empty(at string) (item, bool) {
	for i, g := range p.goods {
		for v, variant := range g.product.Variants {
			where := position{at, variant.Sku}
			known := slices.ContainsFunc(p.shelves.sold[at], func(one sold) bool { return one.sku == variant.Sku })
			if !known && p.shelves.left[where] == 0 && p.shelves.tomorrow[where] == 0 {
				return p.item(i, v), true
			}
		}
	}
	return item{}, false
}
