package auditor

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

func TestTransferRequests(t *testing.T) {
	tellAll(t, []storyTold{
		{"a request that is answered with more than was asked for", ruleAnswer, func(a *tale) func() {
			asked := a.ask("HAT", 5)
			return func() { asked.Lines[0].Requested = 6 }
		}},
		{"a request that is sent with more than was asked for", ruleImpossble, func(a *tale) func() {
			a.receive("milan", "HAT", 9)
			asked := a.ask("HAT", 5)
			a.dispatch(asked, 5)
			return func() { // it was asked for less
				booked := a.books.Transfers[asked.GetId()]
				booked.Lines[0].Requested, asked.Lines[0].Requested = 4, 4
				a.history.Calls()[1].Request.(*stockpb.RequestTransferRequest).Lines[0].Quantity = 4
			}
		}},
		{"a request that was declined and waits on", ruleEnd, func(a *tale) func() {
			declined := a.decline(a.ask("HAT", 5))
			return func() {
				booked := a.books.Transfers[declined.GetId()]
				booked.State, booked.Answer = "REQUESTED", ""
				a.books.Transfers[declined.GetId()] = booked
			}
		}},
		{"a list without what was asked for", ruleRead, func(a *tale) func() {
			asked := a.ask("HAT", 5)
			look := a.listing(stockpb.TransferState_TRANSFER_STATE_REQUESTED)
			a.end(look, &stockpb.ListTransfersResponse{Transfers: []*stockpb.Transfer{proto.CloneOf(asked)}})
			return func() { look.Answer.(*stockpb.ListTransfersResponse).Transfers = nil }
		}},
		{"a list that shows what is of another state", ruleRead, func(a *tale) func() {
			declined := a.decline(a.ask("HAT", 5))
			look := a.listing(stockpb.TransferState_TRANSFER_STATE_REQUESTED)
			a.end(look, &stockpb.ListTransfersResponse{})
			return func() {
				look.Answer = &stockpb.ListTransfersResponse{Transfers: []*stockpb.Transfer{proto.CloneOf(declined)}}
			}
		}},
		{"a request that waits and is refused as decided on", ruleRefusal, func(a *tale) func() {
			declined := a.decline(a.ask("HAT", 5))
			call := a.begin("stock/CancelTransfer", &stockpb.CancelTransferRequest{RequestId: a.id(), Transfer: declined.GetId(), Location: "rome"})
			a.refuse(call, codes.FailedPrecondition, "TRANSFER_NOT_REQUESTED")
			return func() { call.Request.(*stockpb.CancelTransferRequest).Transfer = a.ask("HAT", 5).GetId() }
		}},
		{"a transfer that is on its way and refused as not sent", ruleRefusal, func(a *tale) func() {
			a.receive("milan", "HAT", 5)
			asked := a.ask("HAT", 5)
			call := a.begin("stock/ReceiveTransfer", &stockpb.ReceiveTransferRequest{RequestId: a.id(), Transfer: asked.GetId(), Location: "rome"})
			a.refuse(call, codes.FailedPrecondition, "TRANSFER_NOT_SHIPPED")
			sent, _ := a.ship("HAT", 5)
			return func() {
				call.Began, call.Ended = a.history.Tick(), a.history.Tick()
				call.Request.(*stockpb.ReceiveTransferRequest).Transfer = sent.GetId()
			}
		}},
	})
}

// ask is a request of rome's to milan that was answered.
func (a *tale) ask(sku string, units int64) *stockpb.Transfer {
	call := a.begin("stock/RequestTransfer", &stockpb.RequestTransferRequest{
		RequestId: a.id(), FromLocation: "milan", ToLocation: "rome", Lines: []*stockpb.HoldLine{{Sku: sku, Quantity: units}}, Purpose: "gap",
	})
	id := a.id()
	act := a.act(call, "REQUEST", "transfer/"+id, "TransferRequested")
	act.Headers[0].Location = "rome"
	a.books.Transfers[id] = BookedTransfer{
		From: "milan", To: "rome", State: "REQUESTED", Purpose: "gap", RequestedAt: a.now, RecordedAt: a.now,
		Lines: []TransferUnits{{SKU: sku, Requested: units}},
	}
	answer := &stockpb.Transfer{
		Id: id, FromLocation: "milan", ToLocation: "rome", State: stockpb.TransferState_TRANSFER_STATE_REQUESTED, Purpose: "gap",
		RequestedAt: stamp(a.now), RecordedAt: stamp(a.now), Lines: []*stockpb.TransferLine{{Sku: sku, Requested: units}},
	}
	a.end(call, answer)
	return answer
}

// dispatch sends some of what was asked for, which is answered.
func (a *tale) dispatch(asked *stockpb.Transfer, units int64) (*stockpb.Transfer, *Act) {
	id, sku := asked.GetId(), asked.GetLines()[0].GetSku()
	call := a.begin("stock/ShipTransfer", &stockpb.ShipTransferRequest{
		RequestId: a.id(), FromLocation: "milan", ToLocation: "rome", Transfer: id, Lines: []*stockpb.HoldLine{{Sku: sku, Quantity: units}},
	})
	act := a.act(call, "TRANSFER", "transfer/"+id, "TransferShipped")
	act.Events[0].Version = 2
	a.move(act, "milan", sku, "available", "transit/"+id, units)
	a.move(act, "rome", sku, "transit/"+id, "incoming", units)
	booked := a.books.Transfers[id]
	booked.State, booked.ShippedAt, booked.RecordedAt = "SHIPPED", a.now, a.now
	booked.Lines = []TransferUnits{{SKU: sku, Shipped: units, Requested: booked.Lines[0].Requested}}
	a.books.Transfers[id] = booked
	answer := proto.CloneOf(asked)
	answer.State, answer.ShippedAt, answer.RecordedAt = stockpb.TransferState_TRANSFER_STATE_SHIPPED, stamp(a.now), stamp(a.now)
	answer.Lines[0].Shipped = units
	a.end(call, answer)
	return answer, act
}

// decline is a no of milan's to a request, which is answered.
func (a *tale) decline(asked *stockpb.Transfer) *stockpb.Transfer {
	id := asked.GetId()
	call := a.begin("stock/DeclineTransfer", &stockpb.DeclineTransferRequest{RequestId: a.id(), Transfer: id, Location: "milan", Answer: "no"})
	act := a.act(call, "REQUEST", "transfer/"+id, "TransferDeclined")
	act.Headers[0].Location, act.Events[0].Version = "rome", 2
	booked := a.books.Transfers[id]
	booked.State, booked.Answer, booked.RecordedAt = "DECLINED", "no", a.now
	a.books.Transfers[id] = booked
	answer := proto.CloneOf(asked)
	answer.State, answer.Answer, answer.RecordedAt = stockpb.TransferState_TRANSFER_STATE_DECLINED, "no", stamp(a.now)
	a.end(call, answer)
	return answer
}

// listing is the start of a question for what rome is to get of a state.
func (a *tale) listing(states ...stockpb.TransferState) *Call {
	return a.begin("stock/ListTransfers", &stockpb.ListTransfersRequest{
		Location: "rome", Direction: stockpb.TransferDirection_TRANSFER_DIRECTION_IN, States: states,
	})
}
