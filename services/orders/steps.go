package orders

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// stepsDefault is how many steps a page has where the request does not say.
const stepsDefault = 100

// ListOrderSteps returns what became of an order.
func (s *Server) ListOrderSteps(ctx context.Context, req *pb.ListOrderStepsRequest) (*pb.ListOrderStepsResponse, error) {
	after, err := page.Read[int64](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	order, err := trade.Order(ctx, s.reads, req.GetOrder())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), stepsDefault)
	found, err := s.reads.OrderSteps(ctx, order.ID, after, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListOrderStepsResponse{}
	if len(found) > limit {
		found = found[:limit]
		answer.NextPageToken = page.Token(found[limit-1].Seq)
	}
	for _, step := range found {
		answer.Steps = append(answer.Steps, stepTo(step))
	}
	return answer, nil
}

func stepTo(s retail.OrderStep) *pb.OrderStep {
	return &pb.OrderStep{
		Event: s.Event, Subject: s.Subject, Version: s.Version, Kind: string(s.Kind), Actor: s.Actor, Channel: s.Channel, Reason: s.Reason,
		Note: s.Note, OccurredAt: timestamppb.New(s.OccurredAt), RecordedAt: timestamppb.New(s.RecordedAt),
		Transaction: s.Transaction.String(), RequestId: s.Request.String(), Parcel: s.Parcel,
	}
}
