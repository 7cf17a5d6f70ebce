package auditor

import (
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
)

// consignment is a delivery. The zero value is one that is not there.
type consignment struct {
	BookedDelivery
	// lines are what it is of, in their order; notes the delivery notes that were received.
	lines []ConsignedUnits
	notes []string
}

// The states of a delivery.
const (
	isAwaited   = "EXPECTED"
	isPartly    = "PARTIAL"
	isDelivered = "RECEIVED"
	isEnded     = "CLOSED"
	isCalledOff = "CANCELLED"
)

// longAgo is before the day of every run, and after every day that has passed in it: the simulator lets deliveries be expected far
// from either side of it.
const longAgo = "2050-01-01"

// awaited is what of a line is still to come.
func (u ConsignedUnits) awaited() int64 { return u.Announced - u.came() + u.Over - u.Short }

func (u ConsignedUnits) came() int64 { return u.Received + u.Damaged }

// sum is what all lines come to.
func (d consignment) sum() (all ConsignedUnits) {
	for _, line := range d.lines {
		all.Announced, all.Received, all.Damaged = all.Announced+line.Announced, all.Received+line.Received, all.Damaged+line.Damaged
		all.Over, all.Short = all.Over+line.Over, all.Short+line.Short
	}
	return all
}

// stateNow is how far it has come.
func (d consignment) stateNow() string {
	sum := d.sum()
	switch {
	case sum.awaited() > 0 && sum.came() > 0:
		return isPartly
	case sum.awaited() > 0:
		return isAwaited
	case sum.came() == 0:
		return isCalledOff
	case sum.Short > 0:
		return isEnded
	}
	return isDelivered
}

// told is the delivery as it is answered.
func (d consignment) told(id string) *deliveriespb.Delivery {
	sum := d.sum()
	return &deliveriespb.Delivery{
		Id: id, Location: d.Location, Kind: deliveriespb.DeliveryKind(deliveriespb.DeliveryKind_value["DELIVERY_KIND_"+d.Kind]),
		Supplier: d.Supplier, Reference: d.Reference, ExpectedOn: d.ExpectedOn,
		State:   deliveriespb.DeliveryState(deliveriespb.DeliveryState_value["DELIVERY_STATE_"+d.State]),
		Overdue: d.ExpectedOn < longAgo && sum.awaited() > 0, Reason: d.Reason, LineCount: int32(len(d.lines)), Announced: sum.Announced,
		Received: sum.Received, Damaged: sum.Damaged, Over: sum.Over, Short: sum.Short, Expected: sum.awaited(),
		AnnouncedAt: timestamppb.New(d.AnnouncedAt), RecordedAt: timestamppb.New(d.RecordedAt),
	}
}

func (m *stockModel) delivery(id string) *course[consignment] {
	id = strings.ToLower(id)
	if m.deliveries[id] == nil {
		m.deliveries[id] = begin(consignment{})
	}
	return m.deliveries[id]
}

// copied is a delivery to be changed.
func (d consignment) copied(now time.Time) consignment {
	d.lines, d.notes, d.RecordedAt = slices.Clone(d.lines), slices.Clone(d.notes), now
	return d
}

// line finds the line of a SKU, or makes one that announces nothing.
func (d *consignment) line(sku string) *ConsignedUnits {
	at := slices.IndexFunc(d.lines, func(l ConsignedUnits) bool { return l.SKU == sku })
	if at < 0 {
		at = len(d.lines)
		d.lines = append(d.lines, ConsignedUnits{SKU: sku})
	}
	return &d.lines[at]
}

// announce gives a line the units that it announces in all, and tells whether it can.
func (d *consignment) announce(planned moves, sku string, units int64) bool {
	before := int64(0)
	if at := slices.IndexFunc(d.lines, func(l ConsignedUnits) bool { return l.SKU == sku }); at >= 0 {
		before = d.lines[at].Announced
	}
	if units == before {
		return true
	}
	line := d.line(sku)
	line.Announced = units
	if more := units - before; more > 0 {
		planned.add(d.Location, sku, accountSupplier, accountIncoming, more)
	} else {
		planned.add(d.Location, sku, accountIncoming, accountSupplier, -more)
	}
	return line.awaited() >= 0
}

func (m *stockModel) planAnnounce(p *played, r *deliveriespb.AnnounceDeliveryRequest) plan {
	planned := plan{moves: moves{}}
	d := consignment{BookedDelivery: BookedDelivery{
		Location: r.GetLocation(), Kind: strings.TrimPrefix(r.GetKind().String(), "DELIVERY_KIND_"), Supplier: r.GetSupplier(),
		Reference: r.GetReference(), ExpectedOn: r.GetExpectedOn(), AnnouncedAt: p.now(), RecordedAt: p.now(),
	}}
	for _, line := range r.GetLines() {
		d.announce(planned.moves, line.GetSku(), line.GetQuantity())
	}
	if id := m.documentOf(r, func(*course[consignment]) bool { return true }); id != "" {
		m.findAct(ruleImpossble, p, []string{"delivery/" + id}, "%s of %s was announced before", r.GetReference(), r.GetSupplier())
	}
	d.State = d.stateNow()
	m.delivery(p.causeID()).add(p, d)
	return planned
}

// documentOf is the delivery that has a supplier's document, of those that matter; "": none.
func (m *stockModel) documentOf(r *deliveriespb.AnnounceDeliveryRequest, matters func(*course[consignment]) bool) string {
	for _, id := range slices.Sorted(maps.Keys(m.deliveries)) {
		d := m.deliveries[id].now()
		if r.GetReference() != "" && d.Reference == r.GetReference() && d.Supplier == r.GetSupplier() && matters(m.deliveries[id]) {
			return id
		}
	}
	return ""
}

// amended is what a delivery is after an amendment; false where that can't be.
func (d consignment) amended(r *deliveriespb.AmendDeliveryRequest, now time.Time) (after consignment, planned moves, ok bool) {
	after, planned = d.copied(now), moves{}
	ok = d.State != "" && d.Location == r.GetLocation() && d.sum().awaited() > 0
	for _, line := range r.GetLines() {
		ok = after.announce(planned, line.GetSku(), line.GetQuantity()) && ok
	}
	if r.GetExpectedOn() != "" {
		after.ExpectedOn = r.GetExpectedOn()
	}
	after.State = after.stateNow()
	return after, planned, ok
}

// unloaded is what a delivery is after some of it arrived; explained is false where it takes a reason that is not given.
func (d consignment) unloaded(r *deliveriespb.ReceiveDeliveryRequest, now time.Time) (after consignment, planned moves, explained bool) {
	after, planned, explained = d.copied(now), moves{}, true
	lines := r.GetLines()
	if len(lines) == 0 {
		for _, line := range d.lines {
			lines = append(lines, &deliveriespb.ArrivedLine{Item: &deliveriespb.ArrivedLine_Sku{Sku: line.SKU}, Quantity: line.awaited()})
		}
	}
	for _, arrived := range lines {
		good, spoilt := arrived.GetQuantity(), arrived.GetDamaged()
		if good+spoilt == 0 {
			continue
		}
		line := after.line(arrived.GetSku())
		filled := min(line.awaited(), good)
		spoiltFilled := min(line.awaited()-filled, spoilt)
		over := good - filled + spoilt - spoiltFilled
		line.Received, line.Damaged, line.Over = line.Received+good, line.Damaged+spoilt, line.Over+over
		explained = explained && (arrived.GetReason() != "" || over == 0 && spoilt == 0)
		if spoilt > 0 {
			line.Differences += "DAMAGED " + arrived.GetReason() + " " + r.GetDeliveryNote() + ";"
		}
		if over > 0 {
			line.Differences += "OVER " + arrived.GetReason() + " " + r.GetDeliveryNote() + ";"
		}
		planned.add(d.Location, line.SKU, accountIncoming, accountAvailable, filled)
		planned.add(d.Location, line.SKU, accountIncoming, accountDamaged, spoiltFilled)
		planned.add(d.Location, line.SKU, accountSupplier, accountAvailable, good-filled)
		planned.add(d.Location, line.SKU, accountSupplier, accountDamaged, spoilt-spoiltFilled)
	}
	if r.GetDeliveryNote() != "" {
		after.notes = append(after.notes, r.GetDeliveryNote())
	}
	after.State = after.stateNow()
	return after, planned, explained
}

// planDelivery is an act about a delivery that is there.
func (m *stockModel) planDelivery(p *played, id string, after consignment, planned moves, could bool) plan {
	course := m.delivery(id)
	if !could {
		m.findAct(ruleImpossble, p, []string{"delivery/" + id}, "%s of %+v", p.call.Method, course.now())
	}
	course.add(p, after)
	return plan{moves: planned, fact: p.kind() == "DELIVERY"}
}

func (m *stockModel) planAmend(p *played, r *deliveriespb.AmendDeliveryRequest) plan {
	after, planned, ok := m.delivery(r.GetDelivery()).now().amended(r, p.now())
	return m.planDelivery(p, r.GetDelivery(), after, planned, ok)
}

func (m *stockModel) planUnload(p *played, r *deliveriespb.ReceiveDeliveryRequest) plan {
	d := m.delivery(r.GetDelivery()).now()
	after, planned, explained := d.unloaded(r, p.now())
	could := d.State != "" && d.Location == r.GetLocation() && explained && !slices.Contains(d.notes, r.GetDeliveryNote()) &&
		(len(r.GetLines()) > 0 || d.sum().awaited() > 0)
	return m.planDelivery(p, r.GetDelivery(), after, planned, could)
}

func (m *stockModel) planClose(p *played, r *deliveriespb.CloseDeliveryRequest) plan {
	d := m.delivery(r.GetDelivery()).now()
	after, planned := d.copied(p.now()), moves{}
	for i := range after.lines {
		line := &after.lines[i]
		if missing := line.awaited(); missing > 0 {
			planned.add(d.Location, line.SKU, accountIncoming, accountSupplier, missing)
			line.Short += missing
			line.Differences += "SHORT " + r.GetReason() + " ;"
		}
	}
	after.Reason = r.GetReason()
	after.State = after.stateNow()
	return m.planDelivery(p, r.GetDelivery(), after, planned, d.Location == r.GetLocation() && d.sum().awaited() > 0)
}

// hearDelivery proves that a delivery was at some moment what a refusal says.
func (m *stockModel) hearDelivery(c *Call) {
	if r, announces := c.Request.(*deliveriespb.AnnounceDeliveryRequest); announces {
		begun := func(other *course[consignment]) bool {
			steps, _ := other.seen(c)
			return slices.ContainsFunc(steps, func(s step[consignment]) bool { return s.state.State != "" })
		}
		if m.documentOf(r, begun) == "" {
			m.find(ruleRefusal, []*Call{c}, nil, "%s was refused with %s, and nobody had announced %s of %s", c.Method, c.Reason, r.GetReference(), r.GetSupplier())
		}
		return
	}
	r, ok := c.Request.(interface {
		GetDelivery() string
		GetLocation() string
	})
	if !ok {
		m.find(ruleRefusal, []*Call{c}, nil, "%s was refused with %s, and names no delivery", c.Method, c.Reason)
		return
	}
	steps, _ := m.delivery(r.GetDelivery()).seen(c)
	was := func(s step[consignment]) bool {
		d := s.state
		there := d.State != "" && d.Location == r.GetLocation()
		switch request := c.Request.(type) {
		case *deliveriespb.AmendDeliveryRequest:
			if c.Reason == "DELIVERY_ARRIVED" {
				_, _, fits := d.amended(request, time.Time{})
				return there && !fits
			}
		case *deliveriespb.ReceiveDeliveryRequest:
			switch c.Reason {
			case "DELIVERY_NOTE_RECEIVED":
				return there && slices.Contains(d.notes, request.GetDeliveryNote())
			case "DIFFERENCE_UNEXPLAINED":
				_, _, explained := d.unloaded(request, time.Time{})
				return there && !explained
			}
		}
		if c.Reason == "UNKNOWN_DELIVERY" {
			return !there
		}
		return there && c.Reason == "DELIVERY_ENDED" && d.sum().awaited() == 0
	}
	if !slices.ContainsFunc(steps, was) {
		m.find(ruleRefusal, []*Call{c}, []string{"delivery/" + strings.ToLower(r.GetDelivery())}, "%s was refused with %s, and it was %s",
			c.Method, c.Reason, statesIn(steps))
	}
}

// hearDeliveryRead proves that a delivery was shown as it was.
func (m *stockModel) hearDeliveryRead(c *Call, r *deliveriespb.GetDeliveryRequest) {
	id := strings.ToLower(r.GetDelivery())
	steps, _ := m.delivery(id).seen(c)
	fits := func(s step[consignment]) bool {
		return s.state.Location == r.GetLocation() && s.state.State != "" && proto.Equal(s.state.told(id), c.Answer)
	}
	if !slices.ContainsFunc(steps, fits) {
		m.find(ruleRead, []*Call{c}, []string{"delivery/" + id}, "GetDelivery: %v, and it was one of %v", c.Answer, statesIn(steps))
	}
}

// hearPromise proves that what can be promised begins with what was sellable, grows by the day, and ends with all that was there or on
// its way. Without a channel nothing is kept back.
func (m *stockModel) hearPromise(c *Call, r *deliveriespb.GetAvailableToPromiseRequest, answer *deliveriespb.GetAvailableToPromiseResponse) {
	if len(answer.GetPromises()) != len(r.GetSkus()) {
		m.find(ruleRead, []*Call{c}, nil, "GetAvailableToPromise was asked for %v, and answers %v", r.GetSkus(), answer)
		return
	}
	for i, promise := range answer.GetPromises() {
		at := Position{r.GetLocation(), r.GetSkus()[i]}
		if m.places[at] == nil {
			m.place(at).close()
		}
		grows, last := promise.GetSku() == at.SKU, int64(-1)
		for _, day := range promise.GetDays() {
			grows, last = grows && day.GetUnits() > last, day.GetUnits()
		}
		steps, _ := m.places[at].seen(c)
		fits := func(s step[Level]) bool {
			there := s.state.Available + s.state.Incoming // less what orders waited for at that moment, which is no more than it ever was
			return promise.GetSellable() == max(0, s.state.Available) && last <= max(0, there) && last >= max(0, s.state.Available, there-m.awaited[at])
		}
		if !grows || !slices.ContainsFunc(steps, fits) {
			m.find(ruleRead, []*Call{c}, []string{at.subject()}, "GetAvailableToPromise: %v, and it was one of %v", promise, statesIn(steps))
		}
	}
}

// settleDeliveries holds what became of every delivery against its rows.
func (m *stockModel) settleDeliveries() {
	for _, id := range slices.Sorted(maps.Keys(m.deliveries)) {
		now := m.deliveries[id].now()
		got, found := m.books.Deliveries[id]
		want, lines := now.BookedDelivery, map[string]ConsignedUnits{}
		for i, line := range now.lines {
			line.Line = int32(i + 1)
			lines[line.SKU] = line
		}
		sum := now.sum()
		want.LineCount, want.Units = int32(len(now.lines)), sum
		if now.State != "" && (!found || got != want || !maps.Equal(m.books.DeliveryLines[id], lines)) {
			m.find(ruleEnd, nil, []string{"delivery/" + id}, "delivery %s comes to %+v %+v, and the books say %+v %+v", id, want, lines, got,
				m.books.DeliveryLines[id])
		}
	}
	for id, got := range m.books.Deliveries {
		if m.deliveries[id] == nil || m.deliveries[id].now().State == "" {
			m.find(ruleEnd, nil, []string{"delivery/" + id}, "nobody announced anything, and the books have delivery %s: %+v", id, got)
		}
	}
}
