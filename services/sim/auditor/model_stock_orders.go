package auditor

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
)

// soldOrder is what the stock must know of an order: which units are where.
type soldOrder struct {
	lines []soldLine
	// channel is the one that it came through.
	channel string
	// payBy is until when it keeps its goods, if it was not paid at once; zero: until it is handed over. Whether it was paid since
	// is for the model of money to say.
	payBy time.Time
}

// soldLine is a line of an order. What is no goods has no SKU; when it is handed over or given up is for the model of money to say.
type soldLine struct {
	sku, location, method, fulfilment        string
	quantity, fulfilled, cancelled, returned int64
	// from is the place whose stock it takes, and way the transfer that brings it; away are its units that are there still, coming those
	// on their way.
	from, way    string
	away, coming int64
}

// takesFrom is the place whose stock a line takes, and the method by which it leaves there: what is brought elsewhere is sent.
func (l soldLine) takesFrom() (place, method string) {
	if l.from != "" {
		return l.from, "SHIP"
	}
	return l.location, l.method
}

func (l soldLine) open() int64 { return l.quantity - l.fulfilled - l.cancelled }

// soldWork is a fulfilment.
type soldWork struct {
	order string
	// keptUntil is until when a pickup that is ready is kept. How long a place keeps one is master data; it is taken from what was
	// told when it became ready.
	keptUntil time.Time
}

// carriedOut is the method of what leaves at once.
const carriedOut = "CARRY_OUT"

// The methods are told without their prefix.
func methodOf(line *orderspb.BasketLine) string {
	return methodName(line.GetMethod())
}

// methodName is "" for none.
func methodName(method orderspb.FulfilmentMethod) string {
	if method == orderspb.FulfilmentMethod_FULFILMENT_METHOD_UNSPECIFIED {
		return ""
	}
	return strings.TrimPrefix(method.String(), "FULFILMENT_METHOD_")
}

// basket is what an order takes out of the stock.
type basket struct {
	moves   moves
	demands []demand
	lines   []soldLine
	// blind is set where a line is named by a barcode, which the model does not know.
	blind bool
}

// basketOf says where the units of an order come from: from the holds that it takes up first, promises before what is carried out,
// and then from what is available. What it does not need of its holds is free again.
func basketOf(r *orderspb.PlaceOrderRequest, holds []promise) basket {
	b := basket{moves: moves{}}
	kept := map[Position]int64{}
	for _, hold := range holds {
		for _, line := range hold.lines {
			kept[Position{hold.location, line.SKU}] += line.Quantity
		}
	}
	for _, line := range r.GetLines() {
		b.blind = b.blind || line.GetGtin() != ""
		sold := soldLine{sku: line.GetSku(), location: line.GetLocation(), method: methodOf(line), quantity: line.GetQuantity()}
		if sold.location == "" {
			sold.location = r.GetLocation()
		}
		if sold.method == carriedOut {
			sold.fulfilled = sold.quantity
		}
		if sold.from = line.GetFromLocation(); sold.from != "" {
			sold.away = sold.quantity
		}
		b.lines = append(b.lines, sold)
	}
	wanted := map[Position]*demand{}
	for _, carried := range []bool{false, true} {
		for _, line := range b.lines {
			place, _ := line.takesFrom()
			if at := (Position{place, line.sku}); line.sku != "" && (line.method == carriedOut) == carried {
				if wanted[at] == nil {
					wanted[at] = &demand{Position: at}
				}
				b.take(line, kept, wanted[at])
			}
		}
	}
	for at, units := range kept {
		b.moves.add(at.Location, at.SKU, accountHeld, accountAvailable, units)
	}
	for _, at := range slices.SortedFunc(maps.Keys(wanted), comparePositions) {
		b.demands = append(b.demands, *wanted[at])
	}
	return b
}

// of are the demands as a channel promises them: at a till what is carried out is promised to nobody.
func (b *basket) of(atTill bool) []demand {
	demands := slices.Clone(b.demands)
	for i := range demands {
		if atTill {
			demands[i].methods = slices.DeleteFunc(slices.Clone(demands[i].methods), func(m string) bool { return m == carriedOut })
		}
	}
	return demands
}

// take takes the units of a line from what is kept for the order, and from what is available.
func (b *basket) take(line soldLine, kept map[Position]int64, wanted *demand) {
	place, method := line.takesFrom()
	at := Position{place, line.sku}
	fromHolds := min(kept[at], line.quantity)
	kept[at] -= fromHolds
	to := accountCommitted
	if line.method == carriedOut {
		to = accountBuyer
		wanted.carried += line.quantity - fromHolds
	} else {
		wanted.promised += line.quantity - fromHolds
	}
	if fromHolds < line.quantity {
		wanted.by(method)
	}
	b.moves.add(at.Location, at.SKU, accountHeld, to, fromHolds)
	b.moves.add(at.Location, at.SKU, accountAvailable, to, line.quantity-fromHolds)
}

func (m *stockModel) planOrder(p *played, r *orderspb.PlaceOrderRequest) plan {
	id := strings.ToLower(r.GetOrder())
	for _, e := range p.Events { // a server minted it where the client did not
		if e.Kind == "OrderPlaced" && id == "" {
			_, id, _ = strings.Cut(e.Subject, "/")
		}
	}
	var holds []promise
	inForce := func(h promise) bool { return h.state == isHeld && p.now().Before(h.expiresAt) }
	for _, ref := range m.inForce(r.GetHolds(), inForce) {
		holds = append(holds, m.takeUp(p, ref.GetLocation(), ref.GetHold(), id))
	}
	b := basketOf(r, holds)
	channel, _ := m.shop.channel(r.GetChannel())
	if !b.blind {
		m.mustFit(p, b.of(channel.atTill()), channel.atTill(), m.keeper(channel.Code))
	}
	if m.orders[id] != nil {
		m.findAct(ruleImpossble, p, []string{"order/" + id}, "the order was placed before")
	}
	order := &soldOrder{lines: b.lines, channel: r.GetChannel()}
	if lasts := r.GetPaymentTime().AsDuration(); lasts > 0 {
		order.payBy = p.now().Add(lasts)
	}
	m.orders[id] = order
	m.nameWorks(p, id, order)
	m.nameWays(p, id, order)
	return plan{moves: b.moves, fact: channel.atTill(), blind: b.blind}
}

// nameWorks gives the lines of an order the fulfilments that the server minted for them: one per place and method.
func (m *stockModel) nameWorks(p *played, id string, order *soldOrder) {
	for _, e := range p.Events {
		if e.Kind != "FulfilmentPlaced" {
			continue
		}
		var told struct{ ID, Location, Method string }
		if err := json.Unmarshal([]byte(e.Body), &told); err != nil {
			m.findAct(ruleAnswer, p, nil, "event %d: %v", e.Seq, err)
			continue
		}
		m.works[told.ID] = &soldWork{order: id}
		for i := range order.lines {
			if line := &order.lines[i]; line.location == told.Location && line.method == told.Method {
				line.fulfilment = told.ID
			}
		}
	}
}

// cancel gives up all open units of some lines.
func (o *soldOrder) cancel(into moves, of func(*soldLine) bool) {
	for i := range o.lines {
		if line := &o.lines[i]; of(line) {
			line.giveUp(into, line.open(), true)
		}
	}
}

// giveUp gives up units of a line: those that are away; or those on their way, where they may be, which are free when they arrive, and the
// rest of what is there.
func (l *soldLine) giveUp(into moves, units int64, onTheWay bool) {
	l.cancelled += units
	place := l.location
	switch {
	case l.away > 0:
		l.away -= units
		place = l.from
	case onTheWay:
		coming := min(l.coming, units)
		l.coming -= coming
		units -= coming
	}
	if l.sku != "" {
		into.add(place, l.sku, accountCommitted, accountAvailable, units)
	}
}

// line finds a line by its number.
func (o *soldOrder) line(number int32) *soldLine {
	if number < 1 || int(number) > len(o.lines) {
		return &soldLine{} // of which nothing is open
	}
	return &o.lines[number-1]
}

func (m *stockModel) planCancel(p *played, r *orderspb.CancelLinesRequest) plan {
	for _, h := range p.Headers {
		if h.Reason != "" || h.Note != r.GetNote() {
			m.findAct(ruleReason, p, nil, "it was cancelled as %q, and is booked for %q, %q", r.GetNote(), h.Reason, h.Note)
		}
	}
	return m.planGiveUp(p, strings.ToLower(r.GetOrder()), r.GetLines(), r.GetNote(), func(*soldLine) bool { return true })
}

// planRefuse gives up what a shopper saw and did not want.
func (m *stockModel) planRefuse(p *played, r *fulfilmentspb.RefusePickupRequest) plan {
	id := strings.ToLower(r.GetFulfilment())
	work := m.works[id]
	if work == nil {
		m.findAct(ruleImpossble, p, nil, "there is no fulfilment %s", id)
		return plan{blind: true, fact: true}
	}
	return m.planGiveUp(p, work.order, r.GetLines(), "", func(l *soldLine) bool { return l.fulfilment == id })
}

// planGiveUp gives up units of some lines of an order, or all that is open of them; what is not to be sent any more is told why.
func (m *stockModel) planGiveUp(p *played, id string, units []*orderspb.UnitCount, why string, of func(*soldLine) bool) plan {
	planned := m.planFree(p, id, units, of, true)
	m.retract(p, id, why)
	if !planned.blind {
		m.planReroute(p, id, planned.moves)
	}
	return planned
}

// planFree frees units, those on their way among them or not.
func (m *stockModel) planFree(p *played, id string, units []*orderspb.UnitCount, of func(*soldLine) bool, onTheWay bool) plan {
	order := m.orders[id]
	if order == nil {
		m.findAct(ruleImpossble, p, []string{"order/" + id}, "nobody placed the order")
		return plan{blind: true, fact: true}
	}
	planned := plan{moves: moves{}}
	if len(units) == 0 {
		for i := range order.lines {
			if line := &order.lines[i]; of(line) && line.open() > 0 {
				units = append(units, &orderspb.UnitCount{Line: int32(i + 1), Quantity: line.open()})
			}
		}
	}
	for _, want := range units {
		line := order.line(want.GetLine())
		if line.sku != "" && want.GetQuantity() > line.open() || !of(line) || !onTheWay && want.GetQuantity() > line.open()-line.coming {
			m.findAct(ruleImpossble, p, []string{"order/" + id}, "%d of line %d are cancelled, of %+v", want.GetQuantity(), want.GetLine(), *line)
		}
		line.giveUp(planned.moves, want.GetQuantity(), onTheWay)
	}
	return planned
}

// planReject takes units out of the stock that a place had promised and does not have: what is unfit is damaged; what is not found is
// what the books know to be missing, as far as they do, and lost beyond that.
func (m *stockModel) planReject(p *played, r *fulfilmentspb.RejectUnitsRequest) plan {
	id := strings.ToLower(r.GetFulfilment())
	work := m.works[id]
	if work == nil {
		m.findAct(ruleImpossble, p, nil, "there is no fulfilment %s", id)
		return plan{blind: true, fact: true}
	}
	for _, h := range p.Headers {
		if h.Reason != r.GetReason() || h.Note != r.GetNote() {
			m.findAct(ruleReason, p, nil, "it was done because of %s, %q, and is booked for %s, %q", r.GetReason(), r.GetNote(), h.Reason, h.Note)
		}
	}
	freed := m.planFree(p, work.order, r.GetLines(), func(l *soldLine) bool {
		at := "" // where units are that were to be sent yet
		if l.away > 0 {
			at = l.from
		}
		return l.fulfilment == id && (l.sku == "" || at == r.GetFromLocation())
	}, false)
	m.retract(p, work.order, r.GetNote())
	planned := plan{moves: moves{}}
	for one, units := range freed.moves {
		if r.GetShortfall() == fulfilmentspb.Shortfall_SHORTFALL_UNFIT {
			planned.moves.add(one.Location, one.SKU, accountCommitted, accountDamaged, units)
			continue
		}
		known := min(units, max(0, -m.place(one.Position).now().Available))
		planned.moves.add(one.Location, one.SKU, accountCommitted, accountAvailable, known)
		planned.moves.add(one.Location, one.SKU, accountCommitted, accountShrinkage, units-known)
	}
	m.planReroute(p, work.order, planned.moves)
	return planned
}

// planReroute adds what other places hand over instead, which the act tells: they must be able to promise it.
func (m *stockModel) planReroute(p *played, id string, into moves) {
	order := m.orders[id]
	placed := map[string]bool{}
	for _, e := range p.Events {
		if e.Kind == "FulfilmentPlaced" {
			_, work, _ := strings.Cut(e.Subject, "/")
			placed[work] = true
			m.works[work] = &soldWork{order: id}
		}
	}
	for _, e := range p.Events {
		var told struct {
			Lines []struct {
				SKU, Method, Fulfilment string
				Location                string `json:"fulfil_location"`
				Quantity                int64
			}
		}
		if e.Kind != "UnitsRejected" && e.Kind != "UnitsCancelled" && e.Kind != "OrderReturned" {
			continue
		}
		if err := json.Unmarshal([]byte(e.Body), &told); err != nil {
			m.findAct(ruleAnswer, p, nil, "event %d: %v", e.Seq, err)
			continue
		}
		for _, l := range told.Lines[min(len(order.lines), len(told.Lines)):] {
			if l.SKU == "" { // what is charged goes where goods go
				order.lines = append(order.lines, soldLine{location: l.Location, method: l.Method, fulfilment: l.Fulfilment, quantity: l.Quantity})
				continue
			}
			if !placed[l.Fulfilment] || e.Kind != "UnitsRejected" {
				m.findAct(ruleImpossble, p, []string{"order/" + id}, "%+v has no fulfilment", l)
			}
			at := Position{l.Location, l.SKU}
			m.mustFit(p, []demand{{Position: at, promised: l.Quantity + into[move{at, accountAvailable, accountCommitted}], methods: []string{l.Method}}},
				false, m.keeper(order.channel))
			order.lines = append(order.lines, soldLine{sku: l.SKU, location: l.Location, method: l.Method, fulfilment: l.Fulfilment, quantity: l.Quantity})
			into.add(l.Location, l.SKU, accountAvailable, accountCommitted, l.Quantity)
		}
	}
}

// planHandover hands units of a fulfilment over: those named, or all that are open. A wrong code hands over none.
func (m *stockModel) planHandover(p *played, fulfilment string, units []*orderspb.UnitCount) plan {
	if p.kind() == "WORK" {
		return plan{}
	}
	id := strings.ToLower(fulfilment)
	work := m.works[id]
	if work == nil {
		m.findAct(ruleImpossble, p, nil, "there is no fulfilment %s", id)
		return plan{blind: true, fact: true}
	}
	order := m.orders[work.order]
	if len(units) == 0 {
		for i, line := range order.lines {
			if line.fulfilment == id && line.open() > 0 {
				units = append(units, &orderspb.UnitCount{Line: int32(i + 1), Quantity: line.open()})
			}
		}
	}
	planned := plan{moves: moves{}}
	for _, want := range units {
		line := order.line(want.GetLine())
		if line.sku != "" && want.GetQuantity() > line.open() || line.fulfilment != id {
			m.findAct(ruleImpossble, p, []string{"order/" + work.order}, "%d of line %d are handed over, of %+v", want.GetQuantity(), want.GetLine(), *line)
		}
		line.fulfilled += want.GetQuantity()
		if line.sku != "" {
			planned.moves.add(line.location, line.sku, accountCommitted, accountBuyer, want.GetQuantity())
		}
	}
	if len(units) == 0 {
		m.findAct(ruleImpossble, p, []string{"order/" + work.order}, "nothing is open of fulfilment %s", id)
	}
	return planned
}

// broughtBack is a request that brings goods of an order back.
type broughtBack interface {
	GetLocation() string
	GetOrder() string
	GetLines() []*returnspb.ReturnItem
}

// goesTo is where a unit that came back goes.
func goesTo(d returnspb.Disposition) string {
	switch d {
	case returnspb.Disposition_DISPOSITION_RETURN_TO_STOCK:
		return accountAvailable
	case returnspb.Disposition_DISPOSITION_UNDECIDED:
		return accountInspection
	case returnspb.Disposition_DISPOSITION_LOST, returnspb.Disposition_DISPOSITION_KEPT:
		return accountShrinkage
	}
	return accountDamaged
}

func (m *stockModel) planReturn(p *played, r broughtBack) plan {
	id := strings.ToLower(r.GetOrder())
	order := m.orders[id]
	if order == nil {
		m.findAct(ruleImpossble, p, []string{"order/" + id}, "nobody placed the order")
		return plan{blind: true, fact: true}
	}
	planned := plan{moves: moves{}}
	for _, h := range p.Headers {
		if why := stockReason(r); h.Reason != why {
			m.findAct(ruleReason, p, []string{"order/" + id}, "it was done because of %q, and is booked for %q", why, h.Reason)
		}
	}
	for _, item := range r.GetLines() {
		line := order.line(item.GetLine())
		if line.sku != "" && item.GetQuantity() > line.fulfilled-line.returned {
			m.findAct(ruleImpossble, p, []string{"order/" + id}, "%d of line %d come back, of %+v", item.GetQuantity(), item.GetLine(), *line)
		}
		line.returned += item.GetQuantity()
		if line.sku != "" {
			planned.moves.add(r.GetLocation(), line.sku, accountBuyer, goesTo(item.GetDisposition()), item.GetQuantity())
		}
	}
	return planned
}

// planUndelivered brings back what a carrier could not deliver, or loses it for a reason.
func (m *stockModel) planUndelivered(p *played, r failing, lines []*returnspb.ReturnItem, why string) plan {
	id := strings.ToLower(r.GetFulfilment())
	work := m.works[id]
	if work == nil {
		m.findAct(ruleImpossble, p, nil, "there is no fulfilment %s", id)
		return plan{blind: true, fact: true}
	}
	for _, h := range p.Headers {
		if h.Reason != why {
			m.findAct(ruleReason, p, nil, "it was done because of %s, and is booked for %s", why, h.Reason)
		}
	}
	order, planned := m.orders[work.order], plan{moves: moves{}}
	if len(lines) == 0 { // what is in the parcel is for the model of money to say
		lines = m.toldBack(p)
	}
	for _, item := range lines {
		line := order.line(item.GetLine())
		if line.sku != "" && (item.GetQuantity() > line.fulfilled-line.returned || line.fulfilment != id) {
			m.findAct(ruleImpossble, p, []string{"order/" + work.order}, "%d of line %d do not arrive, of %+v", item.GetQuantity(), item.GetLine(), *line)
		}
		line.returned += item.GetQuantity()
		if line.sku != "" {
			planned.moves.add(line.location, line.sku, accountBuyer, goesTo(item.GetDisposition()), item.GetQuantity())
		}
	}
	m.planReroute(p, work.order, planned.moves) // what is charged anew
	return planned
}

// toldBack is what an act told that came back, or never arrived.
func (m *stockModel) toldBack(p *played) (lines []*returnspb.ReturnItem) {
	for _, e := range p.Events {
		var told struct {
			Lines []struct {
				Units       struct{ Line, From, Until int64 }
				Disposition string
			}
		}
		if e.Kind != "ReturnAccepted" {
			continue
		}
		if err := json.Unmarshal([]byte(e.Body), &told); err != nil {
			m.findAct(ruleAnswer, p, nil, "event %d: %v", e.Seq, err)
		}
		for _, l := range told.Lines {
			lines = append(lines, &returnspb.ReturnItem{
				Line: int32(l.Units.Line), Quantity: l.Units.Until - l.Units.From,
				Disposition: returnspb.Disposition(returnspb.Disposition_value["DISPOSITION_"+l.Disposition]),
			})
		}
	}
	return lines
}

func (m *stockModel) planBlindReturn(r *returnspb.AcceptBlindReturnRequest) plan {
	planned := plan{moves: moves{}}
	for _, item := range r.GetLines() {
		planned.blind = planned.blind || item.GetItem().GetGtin() != ""
		if sku := item.GetItem().GetSku(); sku != "" {
			planned.moves.add(r.GetLocation(), sku, accountBuyer, goesTo(item.GetDisposition()), item.GetItem().GetQuantity())
		}
	}
	return planned
}

// planExchange takes goods back and hands others over, both decided on the level before: what comes back is not there yet for what
// leaves.
func (m *stockModel) planExchange(p *played, r *returnspb.ExchangeGoodsRequest) plan {
	sale := m.planOrder(p, r.GetSale())
	back := m.planReturn(p, r)
	for one, units := range back.moves {
		sale.moves[one] += units
	}
	sale.blind = sale.blind || back.blind
	return sale
}
