package fulfilments

import (
	"strings"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// pageDefault is how many fulfilments a page has where the request does not say.
const pageDefault = 50

// foundMax is how many shipments are found by one number of a carrier.
const foundMax = 50

// listAfter reads where a page begins, and of which list. A token leads on in the list of its page alone.
func listAfter(req *pb.ListFulfilmentsRequest) (retail.WorkMark, error) {
	list := retail.WorkPlaced
	switch {
	case req.GetList() == pb.FulfilmentList_FULFILMENT_LIST_ON_THE_WAY && req.GetSort() != pb.FulfilmentSort_FULFILMENT_SORT_UNSPECIFIED:
		return retail.WorkMark{}, retail.RefuseField(retail.InvalidRequest, "sort", "what is on the way has an order of its own")
	case req.GetList() == pb.FulfilmentList_FULFILMENT_LIST_ON_THE_WAY:
		list = retail.WorkOnTheWay
	case req.GetSort() == pb.FulfilmentSort_FULFILMENT_SORT_PROMISED:
		list = retail.WorkPromised
	}
	if req.GetPageToken() == "" {
		return retail.WorkMark{List: list}, nil
	}
	after, err := page.Read[retail.WorkMark](req.GetPageToken())
	if err == nil && after.List != list {
		err = retail.RefuseField(retail.InvalidRequest, "page_token", "is of another list, or one in another order")
	}
	return after, err
}

// doneTo tells a fulfilment that an act made, as it was then: a copy of the request is answered the same.
func doneTo(f retail.Fulfilment, order retail.Order) *pb.Fulfilment {
	return fulfilmentTo(f, order, f.RecordedAt)
}

// fulfilmentTo tells a fulfilment as it is at an instant.
func fulfilmentTo(f retail.Fulfilment, order retail.Order, now time.Time) *pb.Fulfilment {
	answer := &pb.Fulfilment{
		Id: f.ID.String(), Location: f.Location, Order: f.Order.String(), OrderNumber: order.Number, Method: trade.MethodTo(f.Method),
		State:     stateTo(f.State),
		ExpiresAt: trade.TimeTo(f.ExpiresAt), Carrier: f.Carrier, Tracking: f.Tracking, CodeTries: f.Tries, Proof: f.Proof,
		Owed: trade.MoneyTo(order.Currency, order.Owed()), PlacedAt: trade.TimeTo(f.PlacedAt), RecordedAt: trade.TimeTo(f.RecordedAt),
		Customer: order.Customer.String(), PromisedAt: trade.TimeTo(f.PromisedAt), Late: f.Late(now), Collector: collectorTo(f.Collector),
		AttentionAt: trade.TimeTo(f.AttentionAt),
	}
	for _, line := range order.Lines {
		if line.Fulfilment == f.ID {
			answer.Lines = append(answer.Lines, &pb.FulfilmentLine{
				Line: line.Line, Sku: line.SKU, Description: line.Description, Quantity: line.Quantity, OpenQuantity: line.Open(),
				PickedQuantity: f.Waiting(line),
			})
		}
	}
	for i, p := range f.Sent(order) {
		answer.Parcels = append(answer.Parcels, parcelTo(int32(i+1), p))
	}
	for _, l := range f.Labels {
		answer.Labels = append(answer.Labels, labelTo(l))
	}
	return answer
}

func parcelTo(number int32, p retail.Parcel) *pb.Parcel {
	answer := &pb.Parcel{
		Parcel: number, State: stateTo(p.State), Carrier: p.Carrier, Tracking: p.Tracking, ShippedAt: trade.TimeTo(p.ShippedAt),
		RecordedAt: trade.TimeTo(p.RecordedAt), Events: trailTo(p.Trail), NeedsAttention: p.Attention(), Label: p.Label.String(),
		AttentionAt: trade.TimeTo(p.AttentionAt()),
	}
	for _, u := range p.Units {
		answer.Lines = append(answer.Lines, &pb.ParcelLine{Line: u.Line, Quantity: u.Units, UndeliveredQuantity: u.Undelivered})
	}
	return answer
}

func stateTo(s retail.FulfilmentState) pb.FulfilmentState {
	return pb.FulfilmentState(pb.FulfilmentState_value["FULFILMENT_STATE_"+string(s)])
}

// documentKind is what the names of the contract's documents begin with; they are stored without it.
const documentKind = "DOCUMENT_KIND_"

func collectorFrom(given *pb.Collector) retail.Collector {
	c := retail.Collector{Name: given.GetName(), SignatureSHA256: given.GetSignatureSha256()}
	if given.GetDocument() != pb.DocumentKind_DOCUMENT_KIND_UNSPECIFIED {
		c.Document = retail.Document(strings.TrimPrefix(given.GetDocument().String(), documentKind))
	}
	return c
}

func collectorTo(c retail.Collector) *pb.Collector {
	if c == (retail.Collector{}) {
		return nil
	}
	return &pb.Collector{
		Name: c.Name, Document: pb.DocumentKind(pb.DocumentKind_value[documentKind+string(c.Document)]), SignatureSha256: c.SignatureSHA256,
	}
}

func listTo(
	open []retail.Fulfilment, orders map[retail.ID]retail.Order, limit int, list retail.WorkList, now time.Time,
) *pb.ListFulfilmentsResponse {
	answer := &pb.ListFulfilmentsResponse{}
	if len(open) > limit {
		open = open[:limit]
		answer.NextPageToken = page.Token(open[limit-1].Mark(list))
	}
	for _, f := range open {
		answer.Fulfilments = append(answer.Fulfilments, fulfilmentTo(f, orders[f.Order], now))
	}
	return answer
}

func handoverTo(handed retail.HandedOver) *pb.Handover {
	return &pb.Handover{
		Fulfilment: doneTo(handed.Fulfilment, handed.Order), Order: trade.OrderTo(handed.Order), Invoice: trade.InvoiceTo(handed.Invoice),
	}
}

// codeTo tells a code.
func codeTo(f retail.Fulfilment, code string) *pb.PickupCode {
	return &pb.PickupCode{Code: code, QrText: f.CodeText(code), Renewals: f.CodeCount}
}
