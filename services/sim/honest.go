package sim

import (
	"fmt"
	"slices"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// ownFault are the reasons that say that the request itself is wrong, whatever the state of the shop.
var ownFault = map[string]bool{
	"INVALID_REQUEST": true, "UNAUTHENTICATED": true, "PERMISSION_DENIED": true, "UNKNOWN_LOCATION": true, "UNKNOWN_CHANNEL": true,
	"CHANNEL_RETIRED": true, "LOCATION_NOT_SERVED": true, "LOCATION_CLOSED": true, "UNKNOWN_SKU": true, "PRICE_MISSING": true,
	"TAX_MISSING": true, "CURRENCY_MISMATCH": true, "AMOUNT_TOO_LARGE": true, "QUANTITY_TOO_LARGE": true,
	"UNKNOWN_CARD_KIND": true, "CARD_KIND_RETIRED": true, "GIFT_CARD_EXPIRED": true, "UNKNOWN_REASON": true, "REASON_RETIRED": true, "REASON_NOT_FOR": true,
}

// auditHonest finds requests of traders that mean no harm and were told that it is their fault. No model of the shop's state
// would see that: a program that refuses every goodwill as malformed has books that add up.
func auditHonest(history *auditor.History) (found []auditor.Finding) {
	for _, call := range history.Calls() {
		if call.Outcome != auditor.Refused || !ownFault[call.Reason] || call.Wrong != "" || call.Altered || call.Key != "staff" || mayBeWrong(call) {
			continue
		}
		found = append(found, auditor.Finding{
			Rule: "an honest request is told that it is wrong", Calls: []int{call.Number},
			Text: fmt.Sprintf("call %d, %s: %s %s", call.Number, auditor.ShortName(call.Method), call.Reason, call.Message),
		})
	}
	return found
}

// mayBeWrong tells of what traders send by chance that is refused for itself: an order that names a hold that none of its lines
// needs, a fee of more than what comes back, a claim of which a part comes back or that nobody has the right to, one thing in exchange for the
// other size of another, and a line that another desk hands over.
func mayBeWrong(call *auditor.Call) bool {
	switch desk := call.Request.(type) {
	case *returnspb.AcceptReturnRequest:
		return call.Reason == "INVALID_REQUEST" && desk.GetFee() != nil
	case *returnspb.AcceptReturnByRightRequest:
		return call.Reason == "INVALID_REQUEST" && claims(desk.GetLines())
	case *returnspb.ExchangeGoodsRequest:
		return call.Reason == "INVALID_REQUEST" && (len(desk.GetSwaps()) > 0 || claims(desk.GetLines()))
	case *fulfilmentspb.PickFulfilmentRequest:
		return call.Reason == "INVALID_REQUEST" && len(desk.GetLines()) > 0
	case *fulfilmentspb.RefusePickupRequest:
		return call.Reason == "INVALID_REQUEST" && len(desk.GetLines()) > 0
	case *fulfilmentspb.BuyLabelRequest:
		return call.Reason == "INVALID_REQUEST"
	case *fulfilmentspb.ShipFulfilmentRequest:
		return call.Reason == "INVALID_REQUEST" && len(desk.GetLines()) > 0
	case *fulfilmentspb.DeliverShipmentRequest, *fulfilmentspb.RecordTrackingRequest, *fulfilmentspb.LoseShipmentRequest, *fulfilmentspb.ReturnShipmentRequest:
		return call.Reason == "INVALID_REQUEST" // another desk has sent, or has had delivered, another parcel
	case *fulfilmentspb.RejectUnitsRequest:
		return call.Reason == "INVALID_REQUEST" && len(desk.GetLines()) > 0
	case *fulfilmentspb.ExtendPickupRequest:
		return call.Reason == "INVALID_REQUEST" // somebody else had it kept for longer
	}
	request, ok := call.Request.(*orderspb.PlaceOrderRequest)
	if !ok {
		return false
	}
	return call.Reason == "INVALID_REQUEST" && len(request.GetHolds()) > 0
}

// claims tells whether nothing comes back of some lines.
func claims(lines []*returnspb.ReturnItem) bool {
	return slices.ContainsFunc(lines, func(item *returnspb.ReturnItem) bool {
		return item.GetDisposition() == returnspb.Disposition_DISPOSITION_KEPT
	})
}
