package auditor

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// The rules of what leaves no trace: reads and refusals.
const (
	ruleRead    = "read what never stood there while it was asked"
	ruleTorn    = "read half of an act"
	ruleRefusal = "refused for what was never so while it was asked"
)

// hear holds every read and every refusal against the states that were there between its beginning and its end.
func (m *stockModel) hear() {
	for _, call := range m.calls {
		switch call.Outcome {
		case Acknowledged:
			m.hearAnswer(call)
		case Refused:
			m.hearRefusal(call)
		}
	}
}

func (m *stockModel) hearAnswer(c *Call) {
	switch r := c.Request.(type) {
	case *stockpb.GetAvailabilityRequest:
		m.hearLevels(c, r, c.Answer.(*stockpb.GetAvailabilityResponse))
	case *stockpb.FindAndHoldRequest:
		m.hearFound(c, r, c.Answer.(*stockpb.FoundHold))
	case *stockpb.GetHoldRequest:
		id := strings.ToLower(r.GetHold())
		answer := c.Answer.(*stockpb.Hold)
		steps, _ := m.hold(id).seen(c)
		fits := func(s step[promise]) bool {
			h := s.state
			return h.location == r.GetLocation() && h.state != "" && slices.ContainsFunc(m.statesAt(c, h), func(state string) bool {
				return proto.Equal(h.told(id, state), answer)
			})
		}
		if !slices.ContainsFunc(steps, fits) {
			m.find(ruleRead, []*Call{c}, []string{"hold/" + id}, "GetHold: %v, and it was one of %v", answer, statesIn(steps))
		}
	case *stockpb.ListHoldsRequest:
		m.hearHolds(c, r, c.Answer.(*stockpb.ListHoldsResponse))
	case *deliveriespb.GetDeliveryRequest:
		m.hearDeliveryRead(c, r)
	case *deliveriespb.GetAvailableToPromiseRequest:
		m.hearPromise(c, r, c.Answer.(*deliveriespb.GetAvailableToPromiseResponse))
	case *stockpb.ListOversellCasesRequest:
		m.hearCases(c, c.Answer.(*stockpb.ListOversellCasesResponse).GetCases()...)
	case *stockpb.GetOversellCaseRequest:
		m.hearCases(c, c.Answer.(*stockpb.OversellCase))
	case *stockpb.ListTransfersRequest:
		m.hearTransfers(c, r, c.Answer.(*stockpb.ListTransfersResponse))
	case *stockpb.GetTransferRequest:
		id := strings.ToLower(r.GetTransfer())
		steps, _ := m.transfer(id).seen(c)
		if !slices.ContainsFunc(steps, func(s step[shipment]) bool { return s.state.state != "" && proto.Equal(s.state.told(id), c.Answer) }) {
			m.find(ruleRead, []*Call{c}, []string{"transfer/" + id}, "GetTransfer: %v, and it was one of %v", c.Answer, statesIn(steps))
		}
	}
}

// statesAt are the states in which a call may have met a hold. From the instant that its time is over it is expired, swept or not.
func (m *stockModel) statesAt(c *Call, h promise) []string {
	if h.state != isHeld {
		return []string{h.state}
	}
	over, not := m.clocks.over(c, h.expiresAt)
	switch {
	case over:
		return []string{isExpired}
	case not:
		return []string{isHeld}
	}
	return []string{isHeld, isExpired}
}

// statesIn tells states, the first few of them.
func statesIn[S any](steps []step[S]) string {
	const shown = 4
	var text []string
	for i, s := range steps {
		if i == shown {
			text = append(text, fmt.Sprintf("and %d more", len(steps)-shown))
			break
		}
		text = append(text, fmt.Sprintf("%+v", s.state))
	}
	return "[" + strings.Join(text, " | ") + "]"
}

// heard is a position of an answer, and which of the steps that the call may have seen it shows, from step number from on.
type heard struct {
	*place
	at   Position
	from int
	fits []bool
}

func (h heard) none() bool { return !slices.Contains(h.fits, true) }

// hearLevels holds an availability against the levels that its positions had. With a channel, places that it may not promise from
// are left out, and which those are the model does not know; without a place named, those that never had the SKU are.
func (m *stockModel) hearLevels(c *Call, r *stockpb.GetAvailabilityRequest, answer *stockpb.GetAvailabilityResponse) {
	asks := question{keeper: m.keeper(r.GetChannel()), method: methodName(r.GetMethod()), bound: slices.Contains(m.shop.Bound, c.Key)}
	asked := r.GetLocations()
	if r.GetNear() != nil {
		asked = m.hearPlaces(c, r.GetNear(), answer.GetPlaces())
	}
	told := map[Position]*stockpb.StockLevel{}
	for _, level := range answer.GetLevels() {
		at := Position{level.GetLocation(), level.GetSku()}
		if told[at] != nil || !slices.Contains(r.GetSkus(), at.SKU) || len(asked) > 0 && !slices.Contains(asked, at.Location) {
			m.find(ruleRead, []*Call{c}, []string{at.subject()}, "GetAvailability answers what was not asked for, or twice: %v", level)
		}
		told[at] = level
	}
	var all []heard
	for _, sku := range r.GetSkus() {
		for _, location := range m.shop.Locations {
			at := Position{location.Code, sku}
			level, place := told[at], m.places[at]
			if place == nil {
				place = m.place(at)
				place.close()
			}
			named := slices.Contains(asked, location.Code)
			if level == nil && (r.GetNear() == nil && r.GetChannel() != "" || (len(asked) > 0 || r.GetNear() != nil) && !named) {
				continue
			}
			all = append(all, m.hearLevel(c, at, place, level, named, asks))
		}
	}
	m.hearTogether(c, all)
}

// question is who asks what may be sold: in which channel, by which method, and whether the key is bound to what the channel shows.
type question struct {
	keeper
	method string
	bound  bool
}

// hearLevel returns the steps of a position that an answer may show.
func (m *stockModel) hearLevel(c *Call, at Position, place *place, level *stockpb.StockLevel, named bool, asks question) heard {
	steps, from := place.seen(c)
	h := heard{place: place, at: at, from: from, fits: make([]bool, len(steps))}
	for i, s := range steps {
		if level == nil { // it never had the SKU by then
			h.fits[i] = !named && s.state == Level{}
		} else {
			h.fits[i] = s.state.shows(level, at, asks)
		}
	}
	if h.none() {
		m.find(ruleRead, []*Call{c}, []string{at.subject()}, "GetAvailability shows %v, and it was one of %v", level, statesIn(steps))
	}
	return h
}

// shows tells whether a level is what an answer says.
func (l Level) shows(level *stockpb.StockLevel, at Position, asks question) bool {
	sellable := asks.sellable(at, []string{asks.method}, l)
	if band := asks.channel.shown(sellable); asks.bound && band != stockpb.StockBand_STOCK_BAND_UNSPECIFIED {
		return proto.Equal(level, &stockpb.StockLevel{Location: at.Location, Sku: at.SKU, Band: band})
	}
	onHand := l.Available + l.Held + l.Committed + l.Inspection + l.Damaged + l.Quarantine
	return l.Available == level.GetAvailable() && l.Held == level.GetHeld() && l.Committed == level.GetCommitted() &&
		l.Inspection == level.GetInspection() && l.Damaged == level.GetDamaged() && l.Quarantine == level.GetQuarantine() &&
		l.Incoming == level.GetIncoming() && level.GetOnHand() == onHand && level.GetSellable() == sellable
}

// hearTogether proves that an answer over several positions is one snapshot: of an act that touched two of them, it shows both
// halves or none. Steps that no step of another position goes with are dropped until nothing changes; where none is left, there
// was no such moment. (That is sound and not complete: three positions could fit in pairs and not together.)
func (m *stockModel) hearTogether(c *Call, all []heard) {
	if slices.ContainsFunc(all, heard.none) { // said already
		return
	}
	for changed := true; changed; {
		changed = false
		for _, one := range all {
			for _, other := range all {
				if one.at == other.at || !one.agree(other) {
					continue
				}
				if changed = true; one.none() {
					m.find(ruleTorn, []*Call{c}, []string{one.at.subject(), other.at.subject()},
						"GetAvailability shows %s at %s and %s at %s as they never were together", one.at.SKU, one.at.Location, other.at.SKU, other.at.Location)
					return
				}
			}
		}
	}
}

// agree drops the steps of one position that go with none of another.
func (h heard) agree(other heard) (dropped bool) {
	shared := h.shared(other)
	if len(shared) == 0 {
		return false
	}
	goes := func(i, j int) bool {
		return !slices.ContainsFunc(shared, func(s [2]int) bool { return (h.from+i >= s[0]) != (other.from+j >= s[1]) })
	}
	for i, possible := range h.fits {
		if !possible {
			continue
		}
		some := false
		for j, otherPossible := range other.fits {
			some = some || otherPossible && goes(i, j)
		}
		if !some {
			h.fits[i], dropped = false, true
		}
	}
	return dropped
}

// shared are the acts that touched two positions, by their steps in both. Those that the call saw for certain at both, or can't
// have seen at any, decide nothing.
func (h heard) shared(other heard) (all [][2]int) {
	for i := h.from + 1; i < h.from+len(h.fits); i++ {
		if j, both := other.stepOf[h.acts[i]]; both {
			all = append(all, [2]int{i, j})
		}
	}
	for j := other.from + 1; j < other.from+len(other.fits); j++ {
		if i, both := h.stepOf[other.acts[j]]; both {
			all = append(all, [2]int{i, j})
		}
	}
	return all
}

// hearRefusal holds a refusal against what it says. Of what is not said here the model can't tell whether it was so.
func (m *stockModel) hearRefusal(c *Call) {
	switch c.Reason {
	case "UNKNOWN_SKU", "UNKNOWN_LOCATION", "UNKNOWN_CHANNEL":
		if !m.namesUnknown(c) {
			m.find(ruleRefusal, []*Call{c}, nil, "%s was refused with %s, and it names only what there is: %v", c.Method, c.Reason, c.Request)
		}
	case "OUT_OF_STOCK":
		m.hearShort(c)
	case "UNKNOWN_CASE", "CASE_SETTLED":
		m.hearCaseRefused(c)
	case "STATE_SHORT":
		m.hearStateShort(c)
	case "UNKNOWN_HOLD", "HOLD_EXPIRED", "HOLD_RELEASED", "HOLD_COMMITTED":
		m.hearHold(c)
	case "UNKNOWN_TRANSFER", "TRANSFER_RECEIVED", "TRANSFER_BEYOND", "TRANSFER_SHORT", "TRANSFER_NOT_REQUESTED", "TRANSFER_NOT_SHIPPED",
		"TRANSFER_PROMISED":
		m.hearTransfer(c)
	case "UNKNOWN_DELIVERY", "DELIVERY_EXISTS", "DELIVERY_ENDED", "DELIVERY_ARRIVED", "DELIVERY_NOTE_RECEIVED", "DIFFERENCE_UNEXPLAINED":
		m.hearDelivery(c)
	case "UNKNOWN_COUNT", "COUNT_STATE", "COUNT_UNREVIEWED", "NOT_COUNTED":
		m.hearCount(c)
	}
}

// orderIn is the order that a request places, alone or in exchange; nil: none.
func orderIn(request proto.Message) *orderspb.PlaceOrderRequest {
	switch r := request.(type) {
	case *orderspb.PlaceOrderRequest:
		return r
	case *returnspb.ExchangeGoodsRequest:
		return r.GetSale()
	}
	return nil
}

// hearShort proves that a promise that was refused for lack of stock did not fit at some moment, at one of its positions at least.
func (m *stockModel) hearShort(c *Call) {
	var demands []demand
	atTill, keeps := false, keeper{}
	switch r := c.Request.(type) {
	case *stockpb.HoldStockRequest:
		demands, keeps = holdDemands(r.GetLocation(), r.GetLines(), r.GetMethod()), m.keeper(r.GetChannel())
	case *stockpb.FindAndHoldRequest:
		m.hearNowhere(c, r)
		return
	case *stockpb.ShipTransferRequest:
		demands = holdDemands(r.GetFromLocation(), m.toSend(r), 0)
	default:
		order := orderIn(c.Request)
		if order == nil {
			m.find(ruleRefusal, []*Call{c}, nil, "%s was refused with OUT_OF_STOCK, and takes none", c.Method)
			return
		}
		var holds []promise
		for _, ref := range order.GetHolds() {
			if steps, _ := m.hold(ref.GetHold()).seen(c); m.softHolds[ref.GetHold()] && slices.ContainsFunc(steps, func(s step[promise]) bool {
				return !slices.Equal(m.statesAt(c, s.state), []string{isHeld})
			}) { // it may have been over, and is not counted on
				continue
			}
			holds = append(holds, m.hold(ref.GetHold()).now()) // its lines never change
		}
		b := basketOf(order, holds)
		if b.blind {
			return
		}
		channel, _ := m.shop.channel(order.GetChannel())
		demands, atTill, keeps = b.of(channel.atTill()), channel.atTill(), m.keeper(channel.Code)
	}
	var subjects, levels []string
	for _, d := range demands {
		if m.places[d.Position] == nil {
			m.place(d.Position).close()
		}
		steps, _ := m.places[d.Position].seen(c)
		if slices.ContainsFunc(steps, func(s step[Level]) bool { return d.short(s.state, atTill, keeps) }) {
			return
		}
		subjects = append(subjects, d.subject())
		levels = append(levels, fmt.Sprintf("%d+%d of %s at %s, with %s", d.promised, d.carried, d.SKU, d.Location, statesIn(steps)))
	}
	m.find(ruleRefusal, []*Call{c}, subjects, "%s was refused with OUT_OF_STOCK for %s", c.Method, strings.Join(levels, "; "))
}

// holdsNamed are the holds that a request names.
func holdsNamed(request proto.Message) []*orderspb.HoldRef {
	switch r := request.(type) {
	case *stockpb.GetHoldRequest:
		return []*orderspb.HoldRef{{Location: r.GetLocation(), Hold: r.GetHold()}}
	case *stockpb.ReleaseHoldRequest:
		return []*orderspb.HoldRef{{Location: r.GetLocation(), Hold: r.GetHold()}}
	}
	return orderIn(request).GetHolds()
}

// hearHold proves that one of the holds that a request names was at some moment what the refusal says.
func (m *stockModel) hearHold(c *Call) {
	var subjects, states []string
	for _, ref := range holdsNamed(c.Request) {
		steps, _ := m.hold(ref.GetHold()).seen(c)
		was := func(s step[promise]) bool {
			h := s.state
			if h.state == "" || h.location != ref.GetLocation() {
				return c.Reason == "UNKNOWN_HOLD"
			}
			return slices.ContainsFunc(m.statesAt(c, h), func(state string) bool { return state != isHeld && c.Reason == "HOLD_"+state })
		}
		if slices.ContainsFunc(steps, was) {
			return
		}
		subjects = append(subjects, "hold/"+strings.ToLower(ref.GetHold()))
		states = append(states, statesIn(steps))
	}
	m.find(ruleRefusal, []*Call{c}, subjects, "%s was refused with %s, and it was %s", c.Method, c.Reason, strings.Join(states, ", "))
}

// hearTransfer proves the same of a transfer.
func (m *stockModel) hearTransfer(c *Call) {
	r, ok := c.Request.(interface{ GetTransfer() string })
	if !ok {
		m.find(ruleRefusal, []*Call{c}, nil, "%s was refused with %s, and names no transfer", c.Method, c.Reason)
		return
	}
	steps, _ := m.transfer(r.GetTransfer()).seen(c)
	was := func(s step[shipment]) bool {
		t := s.state
		switch c.Reason {
		case "UNKNOWN_TRANSFER":
			return t.state == ""
		case "TRANSFER_RECEIVED":
			return t.state == isReceived
		case "TRANSFER_NOT_REQUESTED":
			return t.state != "" && t.state != isRequested
		case "TRANSFER_NOT_SHIPPED":
			return t.state == isRequested || t.state == isDeclined || t.state == isWithdrawn
		case "TRANSFER_PROMISED": // what of it is promised at that moment is for whoever sends it to say
			ship, sends := c.Request.(*stockpb.ShipTransferRequest)
			return t.state == isRequested && t.order != "" && (!sends || len(ship.GetLines()) > 0)
		}
		if ship, ok := c.Request.(*stockpb.ShipTransferRequest); ok {
			return t.state == isRequested && !t.askedFor(ship)
		}
		receive, _ := c.Request.(*stockpb.ReceiveTransferRequest)
		_, _, arrives := t.arrival(r.GetTransfer(), receive, func(string) int64 { return 0 })
		return t.state == isShipped && !arrives
	}
	if !slices.ContainsFunc(steps, was) {
		m.find(ruleRefusal, []*Call{c}, []string{"transfer/" + strings.ToLower(r.GetTransfer())}, "%s was refused with %s, and it was %s",
			c.Method, c.Reason, statesIn(steps))
	}
}

// namesUnknown tells whether a request names a SKU, a place or a channel that the shop does not have. A barcode may stand for
// anything.
func (m *stockModel) namesUnknown(c *Call) bool {
	known := map[string]bool{}
	var names []protoreflect.Name
	switch c.Reason {
	case "UNKNOWN_SKU":
		names = []protoreflect.Name{"sku", "skus"}
		for _, item := range m.shop.Items {
			known[item.SKU] = true
		}
	case "UNKNOWN_LOCATION":
		names = []protoreflect.Name{"location", "locations", "from_location", "to_location", "cash_location"}
		for _, location := range m.shop.Locations {
			known[location.Code] = true
		}
	default:
		names = []protoreflect.Name{"channel"}
		for _, channel := range m.shop.Channels {
			known[channel.Code] = true
		}
	}
	unknown := false
	eachText(c.Request.ProtoReflect(), func(name protoreflect.Name, text string) {
		unknown = unknown || name == "gtin" || text != "" && slices.Contains(names, name) && !known[text]
	})
	return unknown
}

// eachText calls do for every text in a message, with the name of its field.
func eachText(message protoreflect.Message, do func(protoreflect.Name, string)) {
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		one := func(v protoreflect.Value) {
			switch field.Kind() {
			case protoreflect.StringKind:
				do(field.Name(), v.String())
			case protoreflect.MessageKind:
				eachText(v.Message(), do)
			}
		}
		switch {
		case field.IsMap():
		case field.IsList():
			for i := range value.List().Len() {
				one(value.List().Get(i))
			}
		default:
			one(value)
		}
		return true
	})
}
