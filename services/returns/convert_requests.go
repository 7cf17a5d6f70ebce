package returns

import (
	"cmp"
	"strings"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// The names of the enums of requests begin with these.
const (
	statePrefix  = "RETURN_REQUEST_STATE_"
	wishPrefix   = "RETURN_WISH_"
	timingPrefix = "REFUND_TIMING_"
)

// requestFrom reads what a customer asks to send back. An order that is not hers is not found.
func requestFrom(req *pb.RequestReturnRequest, order retail.Order) (retail.RequestReturn, error) {
	if req.GetCustomer() != "" {
		customer, err := retail.ParseID(req.GetCustomer())
		if err != nil || order.Customer != customer {
			return retail.RequestReturn{}, retail.RefuseField(retail.UnknownOrder, "order", "there is no order %s", req.GetOrder())
		}
	}
	cmd := retail.RequestReturn{Wish: retail.WishRefund, Of: retail.AcceptReturn{
		Order: order, Location: cmp.Or(req.GetLocation(), order.Location), Channel: req.GetChannel(), Note: req.GetNote(),
	}}
	if wish := req.GetWish(); wish != pb.ReturnWish_RETURN_WISH_UNSPECIFIED {
		cmd.Wish = retail.ReturnWish(strings.TrimPrefix(wish.String(), wishPrefix))
	}
	for _, item := range req.GetLines() {
		cmd.Of.Items = append(cmd.Of.Items, retail.ReturnItem{
			Line: item.GetLine(), Units: item.GetQuantity(), Disposition: retail.Undecided, Reason: item.GetReason(),
		})
	}
	return cmd, nil
}

func approvalFrom(req *pb.ApproveReturnRequestRequest) retail.ApproveReturnRequest {
	cmd := retail.ApproveReturnRequest{
		Label: req.GetLabel(), Carrier: req.GetCarrier(), Tracking: req.GetTracking(), Refund: retail.RefundOnInspection, SendWithin: retail.DefaultSendWithin,
	}
	if req.GetRefund() == pb.RefundTiming_REFUND_TIMING_ON_RECEIPT {
		cmd.Refund = retail.RefundOnReceipt
	}
	if req.GetSendWithin() != nil {
		cmd.SendWithin = req.GetSendWithin().AsDuration()
	}
	return cmd
}

func arrivedFrom(req *pb.ReceiveReturnRequestRequest) retail.ReceiveReturnRequest {
	cmd := retail.ReceiveReturnRequest{}
	for _, line := range req.GetLines() {
		cmd.Lines = append(cmd.Lines, retail.Arrived{Line: line.GetLine(), Units: line.GetQuantity()})
	}
	for _, item := range req.GetWrongItems() {
		cmd.Wrong = append(cmd.Wrong, retail.WrongItem{Item: item.GetItem(), Units: item.GetQuantity()})
	}
	return cmd
}

func sendBackFrom(all []*pb.SentBack) (back []retail.SendBack) {
	for _, one := range all {
		back = append(back, retail.SendBack{Line: one.GetLine(), Wrong: one.GetWrongItem(), Units: one.GetQuantity()})
	}
	return back
}

// requestsFrom reads which requests are listed.
func requestsFrom(req *pb.ListReturnRequestsRequest) (of retail.ReturnRequestsOf, err error) {
	if req.GetLocation() == "" && req.GetCustomer() == "" && req.GetOrder() == "" {
		return of, retail.RefuseField(retail.InvalidRequest, "location", "say a location, a customer or an order")
	}
	of.Location = req.GetLocation()
	for _, id := range []struct {
		into        *retail.ID
		text, field string
	}{{&of.Customer, req.GetCustomer(), "customer"}, {&of.Order, req.GetOrder(), "order"}} {
		if id.text == "" {
			continue
		}
		if *id.into, err = retail.ParseID(id.text); err != nil {
			return of, retail.RefuseField(retail.InvalidRequest, id.field, "must be a uuid")
		}
	}
	if req.GetState() != pb.ReturnRequestState_RETURN_REQUEST_STATE_UNSPECIFIED {
		of.State = retail.ReturnRequestState(strings.TrimPrefix(req.GetState().String(), statePrefix))
	}
	return of, nil
}

// requestTold tells a request that a command came to.
func requestTold(r retail.ReturnRequest, err error) (*pb.ReturnRequest, error) {
	if err != nil {
		return nil, err
	}
	return requestTo(r), nil
}

// requestTo is a request as it is told.
func requestTo(r retail.ReturnRequest) *pb.ReturnRequest {
	told := &pb.ReturnRequest{
		Id: r.ID.String(), Order: r.Order.String(), Customer: r.Customer.String(), Channel: r.Channel, Location: r.Location,
		State: pb.ReturnRequestState(pb.ReturnRequestState_value[statePrefix+string(r.State)]),
		Wish:  pb.ReturnWish(pb.ReturnWish_value[wishPrefix+string(r.Wish)]), Label: r.Label, Carrier: r.Carrier, Tracking: r.Tracking,
		Refund: pb.RefundTiming(pb.RefundTiming_value[timingPrefix+string(r.Refund)]), AskedAt: trade.TimeTo(r.AskedAt),
		ExpiresAt: trade.TimeTo(r.ExpiresAt), Note: r.Note, Answer: r.Answer, RecordedAt: trade.TimeTo(r.RecordedAt), Version: r.Version,
	}
	for _, l := range r.Lines {
		told.Lines = append(told.Lines, &pb.ReturnRequestLine{
			Line: l.Line, Sku: l.SKU, Reason: l.Reason, Quantity: l.Asked, ReceivedQuantity: l.Received, AcceptedQuantity: l.Accepted,
			SentBackQuantity: l.SentBack, MissingQuantity: l.Missing(), InspectedQuantity: l.Inspected,
		})
	}
	for _, w := range r.Wrong {
		told.WrongItems = append(told.WrongItems, &pb.WrongItem{Item: w.Item, Quantity: w.Units, SentBackQuantity: w.SentBack})
	}
	for _, id := range r.Returns {
		told.Returns = append(told.Returns, id.String())
	}
	return told
}
