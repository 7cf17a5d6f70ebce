package auditor

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	replenishmentpb "github.com/aisle-retail/aisle/gen/go/aisle/replenishment/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// tale is a run that is made up: calls and books that fit, until a test spoils them. What is acted is folded into the books by the
// entries, so that a test says what happened twice, as a server would: in the entries and in the answer.
type tale struct {
	t       testing.TB
	shop    Shop
	history *History
	books   *Books
	now     time.Time
	ids     int
	seq     int64
}

func newTale(t testing.TB) *tale {
	return &tale{
		t: t, history: &History{}, now: time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC),
		shop: Shop{
			Locations: []Location{{Code: "milan"}, {Code: "rome"}, {Code: "online", Online: true}},
			Channels:  []Channel{{Code: "till", HoldSeconds: 3600}, {Code: "shop", SellingLocation: "online", HoldSeconds: 600, SafetyBuffer: 1}},
			Items:     []Item{{SKU: "HAT"}, {SKU: "SOCK"}},
		},
		books: &Books{
			Requests: map[string][]byte{}, Levels: map[Position]Level{}, Worths: map[Position]Worth{}, Holds: map[string]BookedHold{},
			Transfers: map[string]BookedTransfer{}, Cases: map[CaseKey]Case{}, Counts: map[string]BookedCount{},
			Deliveries: map[string]BookedDelivery{}, DeliveryLines: map[string]map[string]ConsignedUnits{},
		},
	}
}

func (a *tale) id() string {
	a.ids++
	return fmt.Sprintf("0198c0de-0000-7000-8000-%012d", a.ids)
}

// begin begins a call.
func (a *tale) begin(method string, request proto.Message) *Call {
	return a.history.Begin(&Call{Key: "staff", Method: MethodName(method), Request: request, RequestID: RequestIDOf(request), CopyOf: -1, Attempts: 1})
}

// end ends a call with an answer.
func (a *tale) end(call *Call, answer proto.Message) *Call {
	call.Outcome, call.Answer, call.Ended = Acknowledged, answer, a.history.Tick()
	return call
}

// refuse ends a call with a refusal.
func (a *tale) refuse(call *Call, code codes.Code, reason string) *Call {
	call.Outcome, call.Code, call.Reason, call.Ended = Refused, code, reason, a.history.Tick()
	return call
}

// lose ends a call without an answer.
func (a *tale) lose(call *Call) *Call {
	call.Outcome, call.Code, call.Ended = Unknown, codes.Unavailable, a.history.Tick()
	return call
}

// again is a copy of a call that was answered.
func (a *tale) again(call *Call) *Call {
	second := a.begin(ShortName(call.Method), call.Request)
	second.CopyOf = call.Number
	return second
}

// act writes what a call did, without entries yet. The clock goes on by a second.
func (a *tale) act(call *Call, kind, cause, event string) *Act {
	a.now = a.now.Add(time.Second)
	a.seq++
	act := &Act{Request: call.RequestID, Events: []Event{{Seq: a.seq, Kind: event, Subject: cause, Version: 1, Body: "{}"}}}
	act.Headers = []Header{{ID: a.id(), Kind: kind, Actor: call.Key, Cause: cause, OccurredAt: a.now, RecordedAt: a.now}}
	a.books.Acts = append(a.books.Acts, act)
	a.books.Requests[call.RequestID] = []byte("{}")
	return act
}

// move adds an entry to an act and folds it.
func (a *tale) move(act *Act, location, sku, from, to string, units int64) {
	h := &act.Headers[0]
	switch {
	case h.Location == "":
		h.Location = location
	case h.Location != location:
		act.Headers = append(act.Headers, *h)
		h = &act.Headers[len(act.Headers)-1]
		h.Location, h.Entries = location, nil
	}
	at := Position{location, sku}
	level := a.books.Levels[at]
	level.Version++
	if account := level.account(from); account != nil {
		*account -= units
	}
	if account := level.account(to); account != nil {
		*account += units
	}
	a.books.Levels[at] = level
	h.Entries = append(h.Entries, Entry{From: from, To: to, Asset: sku, Quantity: units, Version: level.Version})
}

func (a *tale) receiving(location, sku string, units int64) *Call {
	return a.begin("stock/ReceiveStock", &stockpb.ReceiveStockRequest{
		RequestId: a.id(), Location: location, Lines: []*stockpb.ReceiveLine{{Sku: sku, Quantity: units}},
	})
}

// received writes a delivery and returns its answer.
func (a *tale) received(call *Call) (*Act, *stockpb.StockChange) {
	r := call.Request.(*stockpb.ReceiveStockRequest)
	act := a.act(call, "RECEIVE", "", "StockReceived")
	for _, line := range r.GetLines() {
		a.move(act, r.GetLocation(), line.GetSku(), "supplier", "available", line.GetQuantity())
	}
	at := Position{r.GetLocation(), r.GetLines()[0].GetSku()}
	return act, &stockpb.StockChange{
		Transaction: act.Headers[0].ID, Location: r.GetLocation(), RecordedAt: stamp(a.now),
		Levels: []*stockpb.StockLevel{a.books.Levels[at].told(at, 0)},
	}
}

// lowBelow puts the rule of a position, which makes it low, or low no more.
func (a *tale) lowBelow(location, sku string, below int64, kind string, version int64) *Act {
	call := a.begin("replenishment/PutStockRules", &replenishmentpb.PutStockRulesRequest{
		RequestId: a.id(), Location: location, Rules: []*replenishmentpb.StockRule{{Sku: sku, LowBelow: below}},
	})
	act := a.act(call, "MASTER", "stock-rules/"+location, "StockRulePut")
	act.Headers[0].Location = "HQ"
	a.tellLow(kind, location, sku, version)
	a.end(call, &replenishmentpb.PutStockRulesResponse{})
	return act
}

// tellLow adds to the last act that a position is low from then on, or no more.
func (a *tale) tellLow(kind, location, sku string, version int64) {
	act := a.books.Acts[len(a.books.Acts)-1]
	a.seq++
	act.Events = append(act.Events, Event{Seq: a.seq, Kind: kind, Shard: location, Subject: "low-stock/" + location + "/" + sku, Version: version, Body: "{}"})
}

// receive is a delivery that was answered.
func (a *tale) receive(location, sku string, units int64) (*Call, *Act) {
	call := a.receiving(location, sku, units)
	act, answer := a.received(call)
	return a.end(call, answer), act
}

func (a *tale) holding(channel, sku string, units int64) *Call {
	return a.begin("stock/HoldStock", &stockpb.HoldStockRequest{
		RequestId: a.id(), Location: "milan", Channel: channel, Owner: "ada", Lines: []*stockpb.HoldLine{{Sku: sku, Quantity: units}},
		TimeToLive: durationpb.New(time.Minute),
	})
}

// held writes a hold and returns its answer.
func (a *tale) held(call *Call) (*Act, *stockpb.Hold) {
	r := call.Request.(*stockpb.HoldStockRequest)
	id := a.id()
	act := a.act(call, "HOLD", "hold/"+id, "StockHeld")
	for _, line := range r.GetLines() {
		a.move(act, r.GetLocation(), line.GetSku(), "available", "held", line.GetQuantity())
	}
	hold := BookedHold{
		Location: r.GetLocation(), Channel: r.GetChannel(), Owner: r.GetOwner(), State: "HELD", ExpiresAt: a.now.Add(time.Minute), RecordedAt: a.now,
		Lines: unitsOf(r.GetLines()),
	}
	a.books.Holds[id] = hold
	return act, &stockpb.Hold{
		Id: id, Location: hold.Location, Channel: hold.Channel, Owner: hold.Owner, State: stockpb.HoldState_HOLD_STATE_HELD, Lines: r.GetLines(),
		ExpiresAt: stamp(hold.ExpiresAt), RecordedAt: stamp(a.now),
	}
}

// hold is a hold that was answered.
// nearby says where the places of the tale are.
func (a *tale) nearby() {
	for i, at := range [][2]int32{{454_641_000, 91_919_000}, {419_028_000, 124_964_000}} {
		a.shop.Locations[i].LatitudeE7, a.shop.Locations[i].LongitudeE7 = at[0], at[1]
	}
}

func (a *tale) hold(channel, sku string, units int64) (*stockpb.Hold, *Act) {
	call := a.holding(channel, sku, units)
	act, answer := a.held(call)
	a.end(call, answer)
	return answer, act
}

func (a *tale) releasing(hold *stockpb.Hold) *Call {
	return a.begin("stock/ReleaseHold", &stockpb.ReleaseHoldRequest{RequestId: a.id(), Location: "milan", Hold: hold.GetId()})
}

// released writes the end of a hold; by is the state that it ends in.
func (a *tale) released(call *Call, of *stockpb.Hold, kind, by string) (*Act, *stockpb.Hold) {
	act := a.act(call, kind, "hold/"+of.GetId(), "HoldEnded")
	for _, line := range of.GetLines() {
		a.move(act, of.GetLocation(), line.GetSku(), "held", "available", line.GetQuantity())
	}
	hold := a.books.Holds[of.GetId()]
	hold.State, hold.RecordedAt = by, a.now
	a.books.Holds[of.GetId()] = hold
	answer := proto.CloneOf(of)
	answer.State, answer.RecordedAt = stockpb.HoldState(stockpb.HoldState_value["HOLD_STATE_"+by]), stamp(a.now)
	return act, answer
}

// release is the end of a hold that was answered.
func (a *tale) release(of *stockpb.Hold) (*Call, *Act) {
	call := a.releasing(of)
	act, answer := a.released(call, of, "RELEASE", "RELEASED")
	return a.end(call, answer), act
}

// expire is what the house does by itself when a hold is over.
func (a *tale) expire(of *stockpb.Hold) *Act {
	act, _ := a.released(&Call{RequestID: a.id(), Key: sweeper}, of, "EXPIRE", "EXPIRED")
	return act
}

// looking asks for the levels of two SKUs at a place.
func (a *tale) looking() *Call {
	return a.begin("stock/GetAvailability", &stockpb.GetAvailabilityRequest{Skus: []string{"HAT", "SOCK"}, Locations: []string{"milan"}})
}

// levels is what an availability shows now.
func (a *tale) levels() *stockpb.GetAvailabilityResponse {
	answer := &stockpb.GetAvailabilityResponse{}
	for _, sku := range []string{"HAT", "SOCK"} {
		at := Position{"milan", sku}
		answer.Levels = append(answer.Levels, a.books.Levels[at].told(at, 0))
	}
	return answer
}

// sell is a till sale that was answered.
func (a *tale) sell(sku string, units int64) (*Call, *Act) {
	order := a.id()
	call := a.begin("orders/PlaceOrder", &orderspb.PlaceOrderRequest{
		RequestId: a.id(), Order: order, Channel: "till", Location: "milan", Lines: []*orderspb.BasketLine{basketLine(sku, units, byHand, "")},
	})
	act := a.act(call, "SALE", "order/"+order, "OrderPlaced")
	at := Position{"milan", sku}
	before := a.books.Levels[at].Available
	a.move(act, "milan", sku, "available", "customer", units)
	if short := max(0, units-before) - max(0, -before); short > 0 {
		a.books.Cases[CaseKey{at, act.Headers[0].ID}] = Case{Units: short, Open: short, Cause: "order/" + order}
	}
	return a.end(call, &orderspb.Order{Id: order}), act
}

// ship is a transfer from milan to rome that was answered.
func (a *tale) ship(sku string, units int64) (*stockpb.Transfer, *Act) {
	call := a.begin("stock/ShipTransfer", &stockpb.ShipTransferRequest{
		RequestId: a.id(), FromLocation: "milan", ToLocation: "rome", Lines: []*stockpb.HoldLine{{Sku: sku, Quantity: units}},
	})
	id := a.id()
	act := a.act(call, "TRANSFER", "transfer/"+id, "TransferShipped")
	a.move(act, "milan", sku, "available", "transit/"+id, units)
	a.move(act, "rome", sku, "transit/"+id, "incoming", units)
	a.books.Transfers[id] = BookedTransfer{
		From: "milan", To: "rome", State: "SHIPPED", ShippedAt: a.now, RecordedAt: a.now, Lines: []TransferUnits{{SKU: sku, Shipped: units}},
	}
	answer := &stockpb.Transfer{
		Id: id, FromLocation: "milan", ToLocation: "rome", State: stockpb.TransferState_TRANSFER_STATE_SHIPPED, ShippedAt: stamp(a.now),
		RecordedAt: stamp(a.now), Lines: []*stockpb.TransferLine{{Sku: sku, Shipped: units}},
	}
	a.end(call, answer)
	return answer, act
}

// expect is a delivery to milan that was answered.
func (a *tale) expect(sku string, units int64) *deliveriespb.Delivery {
	call := a.begin("deliveries/AnnounceDelivery", &deliveriespb.AnnounceDeliveryRequest{
		RequestId: a.id(), Location: "milan", Kind: deliveriespb.DeliveryKind_DELIVERY_KIND_PURCHASE_ORDER, Supplier: "ACME", ExpectedOn: "2099-05-04",
		Lines: []*deliveriespb.AnnouncedLine{{Sku: sku, Quantity: units}},
	})
	id := a.id()
	act := a.act(call, "EXPECT", "delivery/"+id, "DeliveryAnnounced")
	a.move(act, "milan", sku, "supplier", "incoming", units)
	a.books.Deliveries[id] = BookedDelivery{
		Location: "milan", Kind: "PURCHASE_ORDER", Supplier: "ACME", ExpectedOn: "2099-05-04", State: "EXPECTED", LineCount: 1,
		Units: ConsignedUnits{Announced: units}, AnnouncedAt: a.now, RecordedAt: a.now,
	}
	a.books.DeliveryLines[id] = map[string]ConsignedUnits{sku: {SKU: sku, Line: 1, Announced: units}}
	answer := &deliveriespb.Delivery{
		Id: id, Location: "milan", Kind: deliveriespb.DeliveryKind_DELIVERY_KIND_PURCHASE_ORDER, Supplier: "ACME", ExpectedOn: "2099-05-04",
		State: deliveriespb.DeliveryState_DELIVERY_STATE_EXPECTED, LineCount: 1, Announced: units, Expected: units, AnnouncedAt: stamp(a.now),
		RecordedAt: stamp(a.now),
	}
	a.end(call, answer)
	return answer
}

// unload is all of a delivery and some more, for a reason, that arrived and was answered.
func (a *tale) unload(d *deliveriespb.Delivery, sku string, over int64) *Call {
	units := d.GetExpected()
	call := a.begin("deliveries/ReceiveDelivery", &deliveriespb.ReceiveDeliveryRequest{
		RequestId: a.id(), Location: "milan", Delivery: d.GetId(),
		Lines: []*deliveriespb.ArrivedLine{{Item: &deliveriespb.ArrivedLine_Sku{Sku: sku}, Quantity: units + over, Reason: "generous"}},
	})
	act := a.act(call, "DELIVERY", "delivery/"+d.GetId(), "DeliveryReceived")
	a.move(act, "milan", sku, "incoming", "available", units)
	a.move(act, "milan", sku, "supplier", "available", over)
	booked := a.books.Deliveries[d.GetId()]
	booked.State, booked.RecordedAt = "RECEIVED", a.now
	booked.Units.Received, booked.Units.Over = units+over, over
	a.books.Deliveries[d.GetId()] = booked
	a.books.DeliveryLines[d.GetId()] = map[string]ConsignedUnits{
		sku: {SKU: sku, Line: 1, Announced: units, Received: units + over, Over: over, Differences: "OVER generous ;"},
	}
	answer := proto.CloneOf(d)
	answer.State, answer.RecordedAt = deliveriespb.DeliveryState_DELIVERY_STATE_RECEIVED, stamp(a.now)
	answer.Received, answer.Over, answer.Expected = units+over, over, 0
	return a.end(call, answer)
}

func (a *tale) audit() []Finding { return Audit(a.shop, a.history, a.books) }

func basketLine(sku string, units int64, method orderspb.FulfilmentMethod, location string) *orderspb.BasketLine {
	return &orderspb.BasketLine{Item: &orderspb.BasketLine_Sku{Sku: sku}, Quantity: units, Method: method, Location: location}
}

const (
	byHand   = orderspb.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT
	byPickup = orderspb.FulfilmentMethod_FULFILMENT_METHOD_PICKUP
	byPost   = orderspb.FulfilmentMethod_FULFILMENT_METHOD_SHIP
)
