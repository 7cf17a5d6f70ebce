package auditor

import (
	"cmp"
	"strings"

	cartspb "github.com/aisle-retail/aisle/gen/go/aisle/carts/v1"
	countspb "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// plan says what an act should move, and changes holds, transfers, deliveries and orders as it changes them.
func (m *stockModel) plan(p *played) plan {
	if p.kind() == "PROVIDER" || byCarrier(p.Act) {
		return plan{}
	}
	if p.house() {
		return m.planHouse(p)
	}
	if p.call == nil { // said already
		return plan{blind: true, fact: true}
	}
	if want := kindOf(p); want != "" && want != p.kind() {
		m.findAct(ruleKind, p, nil, "%s makes a %s", p.call.Method, want)
		return plan{blind: true, fact: true}
	}
	switch r := p.call.Request.(type) {
	case *stockpb.HoldStockRequest:
		return m.planHold(p, r.GetLocation(), r)
	case *stockpb.FindAndHoldRequest: // where it was found is told by the act; whether it is right, once all is known
		return m.planHold(p, p.Headers[0].Location, r)
	case *stockpb.ReleaseHoldRequest:
		return m.planRelease(p, r.GetLocation(), strings.ToLower(r.GetHold()), isReleased)
	case *stockpb.ReceiveStockRequest:
		return planReceive(r)
	case *stockpb.AdjustStockRequest:
		m.because(p, r.GetReason(), r.GetReference(), r.GetNote())
		return planAdjust(r)
	case *stockpb.RecordStockRequest:
		return m.planRecord(p, r)
	case *stockpb.ResolveOversellCaseRequest:
		return m.planResolve(p, r)
	case *stockpb.RequestTransferRequest:
		return m.planRequest(p, r)
	case *stockpb.DeclineTransferRequest:
		return m.planNo(p, strings.ToLower(r.GetTransfer()), r.GetLocation(), isDeclined, r.GetAnswer())
	case *stockpb.CancelTransferRequest:
		return m.planNo(p, strings.ToLower(r.GetTransfer()), r.GetLocation(), isWithdrawn, r.GetAnswer())
	case *stockpb.ShipTransferRequest:
		return m.planShip(p, r)
	case *stockpb.ReceiveTransferRequest:
		return m.planArrival(p, r)
	case *deliveriespb.AnnounceDeliveryRequest:
		return m.planAnnounce(p, r)
	case *deliveriespb.AmendDeliveryRequest:
		return m.planAmend(p, r)
	case *deliveriespb.ReceiveDeliveryRequest:
		return m.planUnload(p, r)
	case *deliveriespb.CloseDeliveryRequest:
		return m.planClose(p, r)
	case *countspb.OpenCountRequest:
		return m.planOpenCount(p, r)
	case counting:
		return m.planCounting(p, r)
	case *cartspb.PutCartRequest, *cartspb.MergeCartsRequest:
		return m.planCart(p)
	case *orderspb.PlaceOrderRequest:
		return m.planOrder(p, r)
	case *orderspb.CancelLinesRequest:
		return m.planCancel(p, r)
	case *fulfilmentspb.RefusePickupRequest:
		return m.planRefuse(p, r)
	case *fulfilmentspb.RejectUnitsRequest:
		return m.planReject(p, r)
	case *fulfilmentspb.LoseShipmentRequest:
		return m.planUndelivered(p, r, lostBy(r), r.GetReason())
	case *fulfilmentspb.ReturnShipmentRequest:
		return m.planUndelivered(p, r, r.GetLines(), "")
	case *fulfilmentspb.CollectPickupRequest:
		return m.planHandover(p, r.GetFulfilment(), r.GetLines())
	case *fulfilmentspb.ShipFulfilmentRequest:
		return m.planHandover(p, r.GetFulfilment(), m.unitsUnder(r))
	case *returnspb.AcceptReturnRequest:
		return m.planReturn(p, r)
	case *returnspb.AcceptReturnByRightRequest:
		return m.planReturn(p, r)
	case *returnspb.AcceptBlindReturnRequest:
		return m.planBlindReturn(r)
	case *returnspb.ExchangeGoodsRequest:
		return m.planExchange(p, r)
	}
	return plan{} // moves no goods
}

// kindOf is what the books call an act that goods move in; "": of others.
func kindOf(p *played) string {
	switch r := p.call.Request.(type) {
	case *stockpb.RecordStockRequest:
		return recordKind(r)
	case *stockpb.ResolveOversellCaseRequest:
		return "RESOLVE"
	case *stockpb.HoldStockRequest, *stockpb.FindAndHoldRequest:
		return "HOLD"
	case *stockpb.ReleaseHoldRequest:
		return "RELEASE"
	case *stockpb.ReceiveStockRequest:
		return "RECEIVE"
	case *stockpb.AdjustStockRequest:
		return "ADJUST"
	case *stockpb.RequestTransferRequest, *stockpb.DeclineTransferRequest, *stockpb.CancelTransferRequest:
		return "REQUEST"
	case *stockpb.ShipTransferRequest:
		return "TRANSFER"
	case *stockpb.ReceiveTransferRequest:
		return "ARRIVAL"
	case *deliveriespb.AnnounceDeliveryRequest, *deliveriespb.AmendDeliveryRequest, *deliveriespb.CloseDeliveryRequest:
		return "EXPECT"
	case *deliveriespb.ReceiveDeliveryRequest:
		return "DELIVERY"
	case *countspb.OpenCountRequest, counting:
		return "COUNT"
	case *cartspb.PutCartRequest, *cartspb.MergeCartsRequest:
		return "CART"
	case *orderspb.PlaceOrderRequest:
		return "SALE"
	case *orderspb.CancelLinesRequest, *fulfilmentspb.RefusePickupRequest:
		return "CANCEL"
	case *fulfilmentspb.RejectUnitsRequest:
		return "REJECT"
	case *fulfilmentspb.CollectPickupRequest:
		switch { // a wrong code is remembered, and hands nothing over
		case p.call.Outcome == Acknowledged:
			return "HANDOVER"
		case p.call.Outcome == Refused:
			return "WORK"
		case p.kind() != "WORK":
			return "HANDOVER"
		}
		return "WORK"
	case *fulfilmentspb.ShipFulfilmentRequest:
		return "HANDOVER"
	case *returnspb.AcceptReturnRequest, *returnspb.AcceptReturnByRightRequest, *returnspb.AcceptBlindReturnRequest,
		*fulfilmentspb.LoseShipmentRequest, *fulfilmentspb.ReturnShipmentRequest:
		return "RETURN"
	case *returnspb.ExchangeGoodsRequest:
		return "EXCHANGE"
	}
	return ""
}

func planReceive(r *stockpb.ReceiveStockRequest) plan {
	planned := plan{moves: moves{}, fact: true}
	for _, line := range r.GetLines() {
		planned.moves.add(r.GetLocation(), line.GetSku(), accountSupplier, accountAvailable, line.GetQuantity())
	}
	return planned
}

func planAdjust(r *stockpb.AdjustStockRequest) plan {
	planned := plan{moves: moves{}, fact: true}
	for _, line := range r.GetLines() {
		if units := line.GetDifference(); units > 0 {
			planned.moves.add(r.GetLocation(), line.GetSku(), accountTurnedUp, accountAvailable, units)
		} else {
			planned.moves.add(r.GetLocation(), line.GetSku(), accountAvailable, accountShrinkage, -units)
		}
	}
	return planned
}

// because proves that an act is for the reason that was given. What was done for nothing else was done for its reason.
func (m *stockModel) because(p *played, reason, reference, note string) {
	for _, h := range p.Headers {
		if cause := cmp.Or(reference, "stock-reason/"+reason); h.Reason != reason || h.Cause != cause || h.Note != note {
			m.findAct(ruleReason, p, nil, "it was done for %s because of %s, %q, and is booked for %s because of %s, %q", cause, reason, note,
				h.Cause, h.Reason, h.Note)
		}
	}
}

// planHouse ends a promise whose time is over: a hold, a pickup that nobody collected, an order that nobody paid. Which one is told
// by the act itself; whether its time is over is for the model to say.
func (m *stockModel) planHouse(p *played) plan {
	if p.kind() == "EXPIRE" {
		return m.planRelease(p, p.Headers[0].Location, p.causeID(), isExpired)
	}
	if p.kind() == "CART" { // that it is left behind moves nothing
		return plan{}
	}
	if p.kind() != "CANCEL" {
		return plan{blind: true, fact: true} // said already
	}
	order := m.orders[p.causeID()]
	if order == nil {
		m.findAct(ruleImpossble, p, []string{"order/" + p.causeID()}, "nobody placed the order")
		return plan{blind: true, fact: true}
	}
	planned := plan{moves: moves{}}
	for _, e := range p.Events {
		_, id, _ := strings.Cut(e.Subject, "/")
		switch e.Kind {
		case "OrderExpired":
			if order.payBy.IsZero() || p.now().Before(order.payBy) {
				m.findAct(ruleImpossble, p, []string{"order/" + p.causeID()}, "an order to be paid by %s expires at %s", order.payBy, p.now())
			}
			order.cancel(planned.moves, func(l *soldLine) bool { return true })
			m.retract(p, p.causeID(), "")
		case "PickupExpired":
			if work := m.works[id]; work == nil || work.keptUntil.IsZero() || p.now().Before(work.keptUntil) {
				m.findAct(ruleImpossble, p, []string{"order/" + p.causeID()}, "a pickup that is kept until %v expires at %s", work, p.now())
			}
			order.cancel(planned.moves, func(l *soldLine) bool { return l.fulfilment == id })
		}
	}
	return planned
}
