package auditor

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

func stamp(at time.Time) *timestamppb.Timestamp { return timestamppb.New(at) }

// storyTold is a tale that the auditor must believe, and what is done to it then that it must not.
type storyTold struct {
	name string
	rule string
	tell func(*tale) (spoil func())
}

func tellAll(t *testing.T, stories []storyTold) {
	for _, s := range stories {
		t.Run("finds "+s.name, func(t *testing.T) {
			a := newTale(t)
			spoil := s.tell(a)
			if found := a.audit(); len(found) > 0 {
				t.Fatalf("believes no true story: %v", found)
			}
			spoil()
			wantRule(t, a.audit(), s.rule)
		})
	}
}

func TestExactlyOnce(t *testing.T) {
	tellAll(t, []storyTold{
		{"an acknowledged write that is lost", ruleLost, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			call := a.receiving("milan", "HAT", 1)
			a.lose(call) // and it did not happen
			return func() { a.end(call, &stockpb.StockChange{}) }
		}},
		{"an unknown write that happened half", ruleNoRequest, func(a *tale) func() {
			call := a.receiving("milan", "HAT", 1)
			a.received(call)
			a.lose(call)
			return func() { delete(a.books.Requests, call.RequestID) }
		}},
		{"a request that is kept, and nothing came of it", ruleNoAct, func(a *tale) func() {
			call := a.lose(a.receiving("milan", "HAT", 1))
			return func() { a.books.Requests[call.RequestID] = []byte("{}") }
		}},
		{"a request that acted twice", ruleDoubled, func(a *tale) func() {
			_, act := a.receive("milan", "HAT", 5)
			return func() {
				twin := act.Headers[0]
				twin.ID = a.id()
				act.Headers = append(act.Headers, twin)
			}
		}},
		{"a refusal that left a trace", ruleTrace, func(a *tale) func() {
			call := a.receiving("milan", "HAT", 5)
			_, answer := a.received(call)
			a.end(call, answer)
			return func() { a.refuse(call, codes.FailedPrecondition, "HOLD_EXPIRED") }
		}},
		{"copies that were answered differently", ruleCopies, func(a *tale) func() {
			call, _ := a.receive("milan", "HAT", 5)
			second := a.end(a.again(call), proto.CloneOf(call.Answer.(*stockpb.StockChange)))
			return func() { second.Answer.(*stockpb.StockChange).Levels[0].Available = proto.Int64(10) }
		}},
		{"a copy that is refused after the first was answered", ruleLateNo, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			call, _ := a.release(hold)
			early := a.again(call)
			early.Began = 0 // a refusal that may have come before is none of our business
			a.refuse(early, codes.FailedPrecondition, "HOLD_RELEASED")
			return func() { early.Began = early.Ended - 1 }
		}},
		{"a wrong request that is accepted", ruleWrong, func(a *tale) func() {
			call, _ := a.receive("milan", "HAT", 5)
			return func() { call.Wrong = "it has no right to" }
		}},
		{"a wrong request that is carried out, and nobody was told", ruleWrong, func(a *tale) func() {
			call := a.receiving("milan", "HAT", 1)
			a.received(call)
			a.lose(call)
			return func() { call.Wrong = "it has no right to" }
		}},
		{"an act that nobody asked for", ruleNobody, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			a.now = a.now.Add(time.Minute)
			act := a.expire(hold)
			return func() { act.Headers[0].Actor = "staff" }
		}},
		{"a delivery that the house made up", ruleNobody, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			a.now = a.now.Add(time.Minute)
			act := a.expire(hold)
			return func() { act.Headers[0].Kind = "RECEIVE" }
		}},
		{"an act under another's name", ruleOther, func(a *tale) func() {
			_, act := a.receive("milan", "HAT", 5)
			return func() { act.Headers[0].Actor = "till" }
		}},
		{"a fault of the server", ruleFault, func(a *tale) func() {
			call := a.lose(a.receiving("milan", "HAT", 1))
			return func() { call.Code, call.Reason = codes.Internal, "INTERNAL" }
		}},
		{"an act that told nobody", ruleSilent, func(a *tale) func() {
			_, act := a.receive("milan", "HAT", 5)
			return func() { act.Events = nil }
		}},
		{"an entry without an act", ruleOrphan, func(a *tale) func() {
			return func() { a.books.Orphans = []string{"entry of nobody"} }
		}},
		{"two things that were both acknowledged under one id", ruleForeign, func(a *tale) func() {
			call, _ := a.receive("milan", "HAT", 5)
			second := a.again(call)
			second.Request = proto.CloneOf(call.Request.(*stockpb.ReceiveStockRequest))
			second.Request.(*stockpb.ReceiveStockRequest).Reference, second.Altered = "altered", true
			a.refuse(second, codes.AlreadyExists, reused)
			return func() { a.end(second, call.Answer) }
		}},
		{"an altered copy that is decided", ruleDecidedBig, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			call, _ := a.release(hold)
			second := a.again(call)
			second.Request = proto.CloneOf(call.Request.(*stockpb.ReleaseHoldRequest))
			second.Request.(*stockpb.ReleaseHoldRequest).Location, second.Altered = "rome", true
			a.refuse(second, codes.NotFound, "UNKNOWN_HOLD") // it was not decided
			return func() { second.Code, second.Reason = codes.FailedPrecondition, "HOLD_RELEASED" }
		}},
		{"a refusal as used before of an id that was not", ruleReusedNo, func(a *tale) func() {
			call := a.lose(a.receiving("milan", "HAT", 1))
			return func() { a.refuse(call, codes.AlreadyExists, reused) }
		}},
	})
}

// holdOfFive is a hold of five of ten.
func (a *tale) holdOfFive() (*stockpb.Hold, *Act) {
	a.receive("milan", "HAT", 10)
	return a.hold("till", "HAT", 5)
}

func TestWhatIsUnknown(t *testing.T) {
	t.Run("may have happened or not, and under one id the one or the other", func(t *testing.T) {
		a := newTale(t)
		a.lose(a.receiving("milan", "HAT", 1))
		call := a.receiving("milan", "HAT", 5)
		a.received(call)
		a.lose(call)
		altered := a.again(call)
		altered.Request = proto.CloneOf(call.Request.(*stockpb.ReceiveStockRequest))
		altered.Request.(*stockpb.ReceiveStockRequest).Location, altered.Altered = "rome", true
		a.lose(altered)
		if found := a.audit(); len(found) > 0 {
			t.Error(found)
		}
	})
	t.Run("is told by the act where the altered copy came first", func(t *testing.T) {
		a := newTale(t)
		call := a.lose(a.receiving("milan", "HAT", 5))
		altered := a.again(call)
		altered.Request = proto.CloneOf(call.Request.(*stockpb.ReceiveStockRequest))
		altered.Request.(*stockpb.ReceiveStockRequest).Location, altered.Altered = "rome", true
		a.received(altered)
		a.lose(altered)
		if found := a.audit(); len(found) > 0 {
			t.Error(found)
		}
	})
	t.Run("is no fault where only the line was cut", func(t *testing.T) {
		a := newTale(t)
		call := a.lose(a.receiving("milan", "HAT", 5))
		call.Code, call.Message = codes.Internal, "unexpected EOF"
		if found := a.audit(); len(found) > 0 {
			t.Error(found)
		}
	})
}

func TestOrder(t *testing.T) {
	tellAll(t, []storyTold{
		{"an act that stands before one that was answered before it began", ruleRealTime, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			a.receive("rome", "HAT", 5)
			return func() { slices.Reverse(a.books.Acts) }
		}},
		{"a clock that ran backwards", ruleClock, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			call := a.receiving("milan", "HAT", 5)
			act, _ := a.received(call)
			a.lose(call)
			return func() { act.Headers[0].RecordedAt = act.Headers[0].RecordedAt.Add(-time.Hour) }
		}},
	})
	t.Run("lets acts that were under way together stand as they like", func(t *testing.T) {
		a := newTale(t)
		one, other := a.receiving("milan", "HAT", 5), a.receiving("milan", "HAT", 6)
		_, second := a.received(other)
		_, first := a.received(one)
		a.end(one, first)
		a.end(other, second)
		if found := a.audit(); len(found) > 0 {
			t.Error(found)
		}
	})
}

func TestStockModel(t *testing.T) {
	tellAll(t, []storyTold{
		{"units that went elsewhere", ruleMoved, func(a *tale) func() {
			_, act := a.receive("milan", "HAT", 5)
			return func() { act.Headers[0].Entries[0].To = "quarantine" }
		}},
		{"what is low, and nobody was told", ruleLow, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			act := a.lowBelow("milan", "HAT", 6, "StockLow", 1)
			a.receive("milan", "HAT", 1)
			a.tellLow("StockRecovered", "milan", "HAT", 2)
			return func() { act.Events = act.Events[:1] }
		}},
		{"what is low no more, and nobody was told", ruleLow, func(a *tale) func() {
			a.lowBelow("milan", "HAT", 1, "StockLow", 1)
			_, act := a.receive("milan", "HAT", 5)
			a.tellLow("StockRecovered", "milan", "HAT", 2)
			return func() { act.Events = act.Events[:1] }
		}},
		{"what is told to be low, and is not", ruleLow, func(a *tale) func() {
			a.lowBelow("milan", "HAT", 1, "StockLow", 1)
			a.receive("milan", "HAT", 5)
			a.tellLow("StockRecovered", "milan", "HAT", 2)
			a.receive("milan", "HAT", 5)
			return func() { a.tellLow("StockLow", "milan", "HAT", 3) }
		}},
		{"a promise beyond what there was", ruleOversold, func(a *tale) func() {
			call, act := a.receive("milan", "HAT", 5)
			a.hold("till", "HAT", 5)
			return func() {
				call.Request.(*stockpb.ReceiveStockRequest).Lines[0].Quantity, act.Headers[0].Entries[0].Quantity = 4, 4
			}
		}},
		{"a promise of what the channel keeps back", ruleOversold, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			a.hold("till", "HAT", 5)
			return func() { a.shop.Channels[0].SafetyBuffer = 1 }
		}},
		{"a promise of what a rule of the place keeps back", ruleOversold, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			a.hold("till", "HAT", 5)
			return func() { a.shop.Buffers = []Buffer{{Location: "milan", SKU: "HAT", BasisPoints: 1}} }
		}},
		{"a promise that a rule for another method would have allowed", ruleOversold, func(a *tale) func() {
			a.shop.Buffers = []Buffer{{Location: "milan", Units: 1}, {Location: "milan", Method: "SHIP"}}
			a.receive("milan", "HAT", 5)
			call := a.holding("till", "HAT", 4)
			call.Request.(*stockpb.HoldStockRequest).Method = orderspb.FulfilmentMethod_FULFILMENT_METHOD_PICKUP
			_, answer := a.held(call)
			a.end(call, answer)
			return func() { a.shop.Buffers[0].Units = 2 }
		}},
		{"a hold that is farther away than its place", ruleAnswer, func(a *tale) func() {
			a.nearby()
			a.receive("milan", "HAT", 5)
			call := a.holding("till", "HAT", 5)
			_, hold := a.held(call)
			call.Request = &stockpb.FindAndHoldRequest{
				RequestId: call.RequestID, Channel: "till", Owner: hold.GetOwner(), Near: &stockpb.Near{Location: "milan", RadiusMetres: 700_000}, Lines: hold.GetLines(),
				TimeToLive: call.Request.(*stockpb.HoldStockRequest).GetTimeToLive(),
			}
			a.end(call, &stockpb.FoundHold{Hold: hold})
			return func() { call.Answer.(*stockpb.FoundHold).DistanceMetres = 477_000 }
		}},
		{"a hold that was found far away while a nearer place had it", ruleAnswer, func(a *tale) func() {
			a.nearby()
			a.receive("milan", "HAT", 5)
			call := a.holding("till", "HAT", 5)
			_, hold := a.held(call)
			call.Request = &stockpb.FindAndHoldRequest{
				RequestId: call.RequestID, Channel: "till", Owner: hold.GetOwner(), Near: &stockpb.Near{Location: "rome", RadiusMetres: 700_000}, Lines: hold.GetLines(),
				TimeToLive: call.Request.(*stockpb.HoldStockRequest).GetTimeToLive(),
			}
			a.receive("rome", "HAT", 9)
			a.history.Tick()
			answer := &stockpb.FoundHold{Hold: hold, DistanceMetres: 476_791}
			a.end(call, answer)
			a.end(a.again(call), answer) // when rome has it, and is told what was so before
			return func() { call.Began = call.Ended - 1 }
		}},
		{"nobody has it, and somebody near had it all the while", ruleRefusal, func(a *tale) func() {
			a.nearby()
			a.receive("milan", "HAT", 4)
			call := a.begin("stock/FindAndHold", &stockpb.FindAndHoldRequest{
				RequestId: a.id(), Channel: "till", Near: &stockpb.Near{Location: "milan"}, Lines: []*stockpb.HoldLine{{Sku: "HAT", Quantity: 5}},
			})
			a.refuse(call, codes.FailedPrecondition, "OUT_OF_STOCK")
			return func() { call.Request.(*stockpb.FindAndHoldRequest).Lines[0].Quantity = 4 }
		}},
		{"places that are not near", ruleRead, func(a *tale) func() {
			a.nearby()
			a.receive("milan", "HAT", 5)
			look := a.begin("stock/GetAvailability", &stockpb.GetAvailabilityRequest{Skus: []string{"HAT"}, Near: &stockpb.Near{Location: "milan"}})
			a.end(look, &stockpb.GetAvailabilityResponse{
				Levels: []*stockpb.StockLevel{Level{Available: 5}.told(Position{"milan", "HAT"}, 0)}, Places: []*stockpb.Place{{Location: "milan", DistanceMetres: proto.Int64(0)}},
			})
			return func() { look.Request.(*stockpb.GetAvailabilityRequest).Near.RadiusMetres = 700_000 }
		}},
		{"counts for a key that may see bands alone", ruleRead, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			look := a.begin("stock/GetAvailability", &stockpb.GetAvailabilityRequest{Skus: []string{"HAT"}, Locations: []string{"milan"}, Channel: "shop"})
			look.Key = "site"
			a.end(look, &stockpb.GetAvailabilityResponse{Levels: []*stockpb.StockLevel{Level{Available: 5}.told(Position{"milan", "HAT"}, 1)}})
			return func() { a.shop.Bound, a.shop.Channels[1].FewFrom, a.shop.Channels[1].ManyFrom = []string{"site"}, 1, 3 }
		}},
		{"a count below zero", ruleBelowZero, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			_, act := a.release(hold)
			return func() { act.Headers[0].Entries, a.books.Acts = nil, append(a.books.Acts, a.books.Acts[2]) }
		}},
		{"two acts on one level", ruleVersions, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			_, act := a.receive("milan", "HAT", 5)
			return func() { act.Headers[0].Entries[0].Version = 1 }
		}},
		{"a hold that is released after its time", ruleImpossble, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			_, act := a.release(hold)
			return func() { act.Headers[0].RecordedAt = act.Headers[0].RecordedAt.Add(time.Minute) }
		}},
		{"a hold that the house ends before its time", ruleImpossble, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			a.now = a.now.Add(time.Minute)
			act := a.expire(hold)
			return func() { act.Headers[0].RecordedAt = act.Headers[0].RecordedAt.Add(-30 * time.Second) }
		}},
		{"an answer that is not what happened", ruleAnswer, func(a *tale) func() {
			call, _ := a.receive("milan", "HAT", 5)
			return func() { call.Answer.(*stockpb.StockChange).Levels[0].Available = proto.Int64(6) }
		}},
		{"a hold that is answered with another expiry", ruleAnswer, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			return func() { hold.ExpiresAt = stamp(a.now) }
		}},
		{"a transfer that is answered to another place", ruleAnswer, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			transfer, _ := a.ship("HAT", 5)
			return func() { transfer.ToLocation = "milan" }
		}},
		{"a fold that skips an account", ruleEnd, func(a *tale) func() {
			a.holdOfFive()
			return func() {
				level := a.books.Levels[Position{"milan", "HAT"}]
				level.Held = 0
				a.books.Levels[Position{"milan", "HAT"}] = level
			}
		}},
		{"a level of what never moved", ruleEnd, func(a *tale) func() {
			return func() { a.books.Levels[Position{"rome", "SOCK"}] = Level{Available: 1} }
		}},
		{"a hold that is not there", ruleEnd, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			return func() { delete(a.books.Holds, hold.GetId()) }
		}},
		{"a transfer that got lost", ruleEnd, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			transfer, _ := a.ship("HAT", 5)
			return func() { delete(a.books.Transfers, transfer.GetId()) }
		}},
		{"a delivery that got lost", ruleEnd, func(a *tale) func() {
			d := a.expect("HAT", 5)
			return func() { delete(a.books.Deliveries, d.GetId()) }
		}},
		{"a difference that is hidden", ruleEnd, func(a *tale) func() {
			d := a.expect("HAT", 5)
			a.unload(d, "HAT", 2)
			return func() {
				line := a.books.DeliveryLines[d.GetId()]["HAT"]
				line.Differences = ""
				a.books.DeliveryLines[d.GetId()]["HAT"] = line
			}
		}},
		{"more than was expected, without a reason", ruleImpossble, func(a *tale) func() {
			call := a.unload(a.expect("HAT", 5), "HAT", 2)
			return func() { call.Request.(*deliveriespb.ReceiveDeliveryRequest).Lines[0].Reason = "" }
		}},
		{"a delivery that is answered otherwise", ruleAnswer, func(a *tale) func() {
			call := a.unload(a.expect("HAT", 5), "HAT", 2)
			return func() { call.Answer.(*deliveriespb.Delivery).Over = 0 }
		}},
		{"a delivery that is shown as it never was", ruleRead, func(a *tale) func() {
			d := a.expect("HAT", 5)
			look := a.begin("deliveries/GetDelivery", &deliveriespb.GetDeliveryRequest{Location: "milan", Delivery: d.GetId()})
			a.end(look, proto.CloneOf(d))
			return func() { look.Answer.(*deliveriespb.Delivery).Received = 5 }
		}},
		{"a promise of more than there is to come", ruleRead, func(a *tale) func() {
			a.receive("milan", "HAT", 3)
			a.expect("HAT", 5)
			look := a.begin("deliveries/GetAvailableToPromise", &deliveriespb.GetAvailableToPromiseRequest{Location: "milan", Skus: []string{"HAT"}})
			a.end(look, &deliveriespb.GetAvailableToPromiseResponse{Promises: []*deliveriespb.AvailableToPromise{{
				Sku: "HAT", Sellable: 3, Days: []*deliveriespb.PromiseDay{{Day: "2026-01-02", Units: 3}, {Day: "2099-05-04", Units: 8}},
			}}})
			return func() { look.Answer.(*deliveriespb.GetAvailableToPromiseResponse).Promises[0].Days[1].Units = 9 }
		}},
		{"a delivery that has ended and had not", ruleRefusal, func(a *tale) func() {
			d := a.expect("HAT", 5)
			a.unload(d, "HAT", 2)
			call := a.begin("deliveries/CloseDelivery", &deliveriespb.CloseDeliveryRequest{RequestId: a.id(), Location: "milan", Delivery: d.GetId(), Reason: "x"})
			a.refuse(call, codes.FailedPrecondition, "DELIVERY_ENDED")
			return func() { call.Reason = "UNKNOWN_DELIVERY" }
		}},
		{"an oversell without a case", ruleEnd, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			a.sell("HAT", 7)
			return func() { clear(a.books.Cases) }
		}},
		{"an act of another kind", ruleKind, func(a *tale) func() {
			_, act := a.receive("milan", "HAT", 5)
			return func() { act.Headers[0].Kind = "ADJUST" }
		}},
	})
}

// lasting makes a hold last longer in all that is told of it.
func (a *tale) lasting(hold, also *stockpb.Hold, lasts time.Duration) {
	booked := a.books.Holds[hold.GetId()]
	booked.ExpiresAt = booked.RecordedAt.Add(lasts)
	a.books.Holds[hold.GetId()] = booked
	hold.ExpiresAt, also.ExpiresAt = stamp(booked.ExpiresAt), stamp(booked.ExpiresAt)
	for _, call := range a.history.Calls() {
		if r, ok := call.Request.(*stockpb.HoldStockRequest); ok {
			r.TimeToLive = durationpb.New(lasts)
		}
	}
}

func TestReadsAndRefusals(t *testing.T) {
	tellAll(t, []storyTold{
		{"a stale read", ruleRead, func(a *tale) func() {
			look := a.looking()
			before := a.levels()
			a.receive("milan", "HAT", 5)
			a.end(look, before) // both before and after are right, for they were under way together
			return func() { look.Began, look.Ended = look.Ended, look.Ended+1 }
		}},
		{"a read of what is to come", ruleRead, func(a *tale) func() {
			look := a.looking()
			a.receive("milan", "HAT", 5)
			a.end(look, a.levels())
			return func() { look.Ended = look.Began }
		}},
		{"a read of half an act", ruleTorn, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			a.receive("milan", "SOCK", 5)
			look := a.looking()
			before := a.levels()
			hold := a.holding("till", "HAT", 1)
			r := hold.Request.(*stockpb.HoldStockRequest)
			r.Lines = append(r.Lines, &stockpb.HoldLine{Sku: "SOCK", Quantity: 1})
			_, answer := a.held(hold)
			a.end(hold, answer)
			a.end(look, a.levels())
			return func() { look.Answer.(*stockpb.GetAvailabilityResponse).Levels[1] = before.GetLevels()[1] }
		}},
		{"a hold that is shown as it was", ruleRead, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			call, _ := a.release(hold)
			look := a.begin("stock/GetHold", &stockpb.GetHoldRequest{Location: "milan", Hold: hold.GetId()})
			a.end(look, proto.CloneOf(call.Answer.(*stockpb.Hold)))
			return func() { look.Answer = hold }
		}},
		{"a transfer that is shown as it never was", ruleRead, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			transfer, _ := a.ship("HAT", 5)
			look := a.begin("stock/GetTransfer", &stockpb.GetTransferRequest{Transfer: transfer.GetId()})
			a.end(look, proto.CloneOf(transfer))
			return func() { look.Answer.(*stockpb.Transfer).Lines[0].Received = 5 }
		}},
		{"a refusal for lack of what was there", ruleRefusal, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			call := a.refuse(a.holding("till", "HAT", 6), codes.FailedPrecondition, "OUT_OF_STOCK")
			return func() { call.Request.(*stockpb.HoldStockRequest).Lines[0].Quantity = 5 }
		}},
		{"a refusal of what the buffer leaves", ruleRefusal, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			a.refuse(a.holding("shop", "HAT", 5), codes.FailedPrecondition, "OUT_OF_STOCK")
			return func() { a.shop.Channels[1].SafetyBuffer = 0 }
		}},
		{"a refusal of what a rule of the place leaves", ruleRefusal, func(a *tale) func() {
			a.shop.Buffers = []Buffer{{Location: "milan", SKU: "HAT", Channel: "till", BasisPoints: 2001}} // of five, two
			a.receive("milan", "HAT", 5)
			a.refuse(a.holding("till", "HAT", 4), codes.FailedPrecondition, "OUT_OF_STOCK")
			return func() { a.shop.Buffers[0].BasisPoints = 2000 }
		}},
		{"a till sale that is refused", ruleRefusal, func(a *tale) func() {
			call, _ := a.sell("HAT", 1)
			call = a.begin("orders/PlaceOrder", proto.CloneOf(call.Request.(*orderspb.PlaceOrderRequest)))
			r := call.Request.(*orderspb.PlaceOrderRequest)
			r.RequestId, r.Channel = a.id(), "shop"
			call.RequestID = r.RequestId
			a.refuse(call, codes.FailedPrecondition, "OUT_OF_STOCK")
			return func() { r.Channel = "till" }
		}},
		{"a refusal of a hold that was in force", ruleRefusal, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			again := a.releasing(hold)
			a.release(hold)
			a.refuse(again, codes.FailedPrecondition, "HOLD_RELEASED")
			return func() { again.Ended = again.Began }
		}},
		{"a hold that is unknown although it was acknowledged", ruleRefusal, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			look := a.begin("stock/GetHold", &stockpb.GetHoldRequest{Location: "rome", Hold: hold.GetId()})
			a.refuse(look, codes.NotFound, "UNKNOWN_HOLD")
			return func() { look.Request.(*stockpb.GetHoldRequest).Location = "milan" }
		}},
		{"a hold that is shown as expired long before its time", ruleRead, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			look := a.begin("stock/GetHold", &stockpb.GetHoldRequest{Location: "milan", Hold: hold.GetId()})
			expired := proto.CloneOf(hold)
			expired.State = stockpb.HoldState_HOLD_STATE_EXPIRED
			a.end(look, expired) // it may have been: the hold is as short as clocks differ
			return func() { a.lasting(hold, expired, time.Hour) }
		}},
		{"a refusal of a hold as expired long before its time", ruleRefusal, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			a.refuse(a.releasing(hold), codes.FailedPrecondition, "HOLD_EXPIRED")
			return func() { a.lasting(hold, hold, time.Hour) }
		}},
		{"a hold that is in force long after its time", ruleRead, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			late := a.receiving("rome", "SOCK", 1)
			a.now = a.now.Add(time.Hour)
			_, answer := a.received(late)
			look := a.begin("stock/GetHold", &stockpb.GetHoldRequest{Location: "milan", Hold: hold.GetId()})
			a.end(look, hold)
			a.end(late, answer)
			return func() { late.Ended = look.Began - 1 }
		}},
		{"a hold that the house ended, and is shown as it was", ruleRead, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			a.now = a.now.Add(time.Minute)
			a.expire(hold)
			late := a.receiving("rome", "SOCK", 1)
			a.now = a.now.Add(time.Hour)
			_, answer := a.received(late)
			look := a.begin("stock/GetAvailability", &stockpb.GetAvailabilityRequest{Skus: []string{"HAT"}, Locations: []string{"milan"}})
			a.end(look, &stockpb.GetAvailabilityResponse{Levels: []*stockpb.StockLevel{Level{Available: 5, Held: 5}.told(Position{"milan", "HAT"}, 0)}})
			a.end(late, answer)
			return func() { late.Ended = look.Began - 1 }
		}},
		{"a transfer that is full and was not", ruleRefusal, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			transfer, _ := a.ship("HAT", 5)
			call := a.begin("stock/ReceiveTransfer", &stockpb.ReceiveTransferRequest{
				RequestId: a.id(), Transfer: transfer.GetId(), Location: "rome", Lines: []*stockpb.HoldLine{{Sku: "HAT", Quantity: 6}},
			})
			a.refuse(call, codes.FailedPrecondition, "TRANSFER_BEYOND")
			return func() { call.Reason = "TRANSFER_RECEIVED" }
		}},
		{"a refusal as unknown of what there is", ruleRefusal, func(a *tale) func() {
			call := a.refuse(a.receiving("milan", "UNICORN", 5), codes.NotFound, "UNKNOWN_SKU")
			return func() { call.Request.(*stockpb.ReceiveStockRequest).Lines[0].Sku = "HAT" }
		}},
	})
	t.Run("lets a refusal fit any moment of its time", func(t *testing.T) {
		a := newTale(t)
		a.receive("milan", "HAT", 5)
		call := a.holding("till", "HAT", 1)
		hold, _ := a.hold("till", "HAT", 5)
		a.release(hold)
		a.refuse(call, codes.FailedPrecondition, "OUT_OF_STOCK")
		if found := a.audit(); len(found) > 0 {
			t.Error(found)
		}
	})
	t.Run("tells a few of many, and how many there are", func(t *testing.T) {
		a := newTale(t)
		a.receive("milan", "HAT", 5)
		for range 2 * findingsPerRule {
			a.refuse(a.holding("till", "HAT", 1), codes.FailedPrecondition, "OUT_OF_STOCK")
		}
		if found := a.audit(); len(found) != findingsPerRule {
			t.Errorf("%d findings", len(found))
		}
	})
}
