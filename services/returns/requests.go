package returns

import (
	"context"
	"time"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	pb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Requests is what requests to send goods back are read by.
type Requests interface {
	ReturnRequest(ctx context.Context, id retail.ID) (retail.ReturnRequest, bool, error)
	// ReturnRequests returns requests, the last asked for first, after a mark.
	ReturnRequests(ctx context.Context, of retail.ReturnRequestsOf, after retail.OrderMark, limit int) ([]retail.ReturnRequest, error)
}

// RequestReturn asks to send goods back.
func (s *Server) RequestReturn(ctx context.Context, req *pb.RequestReturnRequest) (*pb.ReturnRequest, error) {
	asked, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.ReturnRequest], error) {
		order, err := trade.Order(ctx, s.reads, req.GetOrder())
		if err != nil {
			return nil, err
		}
		cmd, err := requestFrom(req, order)
		if err != nil {
			return nil, err
		}
		if _, err := trade.Place(ctx, s.reads, cmd.Of.Location, "location"); err != nil {
			return nil, err
		}
		if _, err := trade.Channel(ctx, s.reads, cmd.Of.Channel); err != nil {
			return nil, err
		}
		cmd.Request, cmd.Transaction = ledger.NewID(), ledger.NewID()
		return cmd, nil
	})
	return requestTold(asked, err)
}

// ApproveReturnRequest lets a customer send goods back.
func (s *Server) ApproveReturnRequest(ctx context.Context, req *pb.ApproveReturnRequestRequest) (*pb.ReturnRequest, error) {
	r, err := s.request(ctx, req)
	if err != nil {
		return nil, err
	}
	cmd := approvalFrom(req)
	cmd.Request, cmd.Transaction = r.ID, ledger.NewID()
	return requestTold(ledger.Submit(ctx, s.engine, cmd))
}

// RejectReturnRequest says that a customer may not send goods back.
func (s *Server) RejectReturnRequest(ctx context.Context, req *pb.RejectReturnRequestRequest) (*pb.ReturnRequest, error) {
	return s.end(ctx, req, retail.ReturnRequestRejected)
}

// CancelReturnRequest takes a request back.
func (s *Server) CancelReturnRequest(ctx context.Context, req *pb.CancelReturnRequestRequest) (*pb.ReturnRequest, error) {
	return s.end(ctx, req, retail.ReturnRequestCancelled)
}

// CloseReturnRequest says that nothing more comes of a request.
func (s *Server) CloseReturnRequest(ctx context.Context, req *pb.CloseReturnRequestRequest) (*pb.ReturnRequest, error) {
	return s.end(ctx, req, retail.ReturnRequestClosed)
}

// ending is what every request that ends one says.
type ending interface {
	named
	GetAnswer() string
}

func (s *Server) end(ctx context.Context, req ending, as retail.ReturnRequestState) (*pb.ReturnRequest, error) {
	r, err := s.request(ctx, req)
	if err != nil {
		return nil, err
	}
	cmd := retail.EndReturnRequest{Request: r.ID, Transaction: ledger.NewID(), As: as, Answer: req.GetAnswer()}
	return requestTold(ledger.Submit(ctx, s.engine, cmd))
}

// ShipReturnRequest says that a carrier has it.
func (s *Server) ShipReturnRequest(ctx context.Context, req *pb.ShipReturnRequestRequest) (*pb.ReturnRequest, error) {
	r, err := s.request(ctx, req)
	if err != nil {
		return nil, err
	}
	cmd := retail.ShipReturnRequest{Request: r.ID, Transaction: ledger.NewID(), Carrier: req.GetCarrier(), Tracking: req.GetTracking()}
	return requestTold(ledger.Submit(ctx, s.engine, cmd))
}

// ReceiveReturnRequest records what arrived.
func (s *Server) ReceiveReturnRequest(ctx context.Context, req *pb.ReceiveReturnRequestRequest) (*pb.ReturnRequest, error) {
	received, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.ReturnRequest], error) {
		back, err := s.accepting(ctx, req)
		if err != nil {
			return nil, err
		}
		cmd := arrivedFrom(req)
		cmd.Request, cmd.Transaction, cmd.Back = back.Request, back.Transaction, back
		return cmd, nil
	})
	return requestTold(received, err)
}

// InspectReturnRequest says what becomes of what arrived.
func (s *Server) InspectReturnRequest(ctx context.Context, req *pb.InspectReturnRequestRequest) (*pb.ReturnRequest, error) {
	inspected, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.ReturnRequest], error) {
		back, err := s.accepting(ctx, req)
		if err != nil {
			return nil, err
		}
		if back.Items = trade.ItemsFrom(req.GetLines()); req.GetByRight() {
			back.Right = trade.ReturnRight(ctx)
		}
		return retail.InspectReturnRequest{
			Request: back.Request, Transaction: back.Transaction, Back: back, SendBack: sendBackFrom(req.GetSendBack()),
		}, nil
	})
	return requestTold(inspected, err)
}

// named is what every request about one says.
type named interface {
	GetReturnRequest() string
	GetLocation() string
}

// request reads the request that is meant. One that is sent elsewhere than was said, or is another customer's, is not found.
func (s *Server) request(ctx context.Context, req named) (retail.ReturnRequest, error) {
	id, err := retail.ParseID(req.GetReturnRequest())
	if err != nil {
		return retail.ReturnRequest{}, retail.RefuseField(retail.InvalidRequest, "return_request", "must be a uuid")
	}
	r, found, err := s.reads.ReturnRequest(ctx, id)
	if err != nil {
		return r, err
	}
	if found && req.GetLocation() != "" {
		found = r.Location == req.GetLocation()
	}
	if of, says := req.(interface{ GetCustomer() string }); found && says && of.GetCustomer() != "" {
		customer, _ := retail.ParseID(of.GetCustomer()) // the contract lets nothing else through
		found = r.Customer == customer
	}
	if !found {
		return r, retail.RefuseField(retail.UnknownReturnRequest, "return_request", "there is no request %s", req.GetReturnRequest())
	}
	return r, nil
}

// given is what every request that accepts something says of money.
type given interface {
	named
	GetFee() *money.Money
	GetRefundTo() []*orderspb.RefundTo
}

// accepting reads what a return of something that was sent takes, but for its items.
func (s *Server) accepting(ctx context.Context, req given) (retail.AcceptReturn, error) {
	r, err := s.request(ctx, req)
	if err != nil {
		return retail.AcceptReturn{}, err
	}
	cmd, err := s.plan(ctx, byPost{given: req, request: r}, time.Now())
	cmd.Request = r.ID
	return cmd, err
}

// byPost is a request that accepts something, as one of a counter.
type byPost struct {
	given
	request retail.ReturnRequest
}

// GetLocation is where it arrived.
func (b byPost) GetLocation() string { return b.request.Location }

// GetOrder is the order's id.
func (b byPost) GetOrder() string { return b.request.Order.String() }

// GetLines are none: they are not those of a counter.
func (b byPost) GetLines() []*pb.ReturnItem { return nil }

// GetProof is none that is said: the request names the order, which is proof enough.
func (byPost) GetProof() orderspb.ReturnProof { return 0 }

// GetReturnRequest returns a request.
func (s *Server) GetReturnRequest(ctx context.Context, req *pb.GetReturnRequestRequest) (*pb.ReturnRequest, error) {
	return requestTold(s.request(ctx, wanted{req}))
}

// wanted is a request that says nothing but which is meant.
type wanted struct{ *pb.GetReturnRequestRequest }

// GetLocation is nowhere.
func (wanted) GetLocation() string { return "" }

// ListReturnRequests returns requests of a location, a customer or an order.
func (s *Server) ListReturnRequests(ctx context.Context, req *pb.ListReturnRequestsRequest) (*pb.ListReturnRequestsResponse, error) {
	of, err := requestsFrom(req)
	if err != nil {
		return nil, err
	}
	after, err := page.Read[retail.OrderMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	found, err := s.reads.ReturnRequests(ctx, of, after, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListReturnRequestsResponse{}
	if len(found) > limit {
		found = found[:limit]
		answer.NextPageToken = page.Token(retail.OrderMark{OccurredAt: found[limit-1].AskedAt, ID: found[limit-1].ID})
	}
	for _, r := range found {
		answer.ReturnRequests = append(answer.ReturnRequests, requestTo(r))
	}
	return answer, nil
}
