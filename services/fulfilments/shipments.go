package fulfilments

import (
	"context"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// LoseShipment is when the carrier can't find what it has.
func (s *Server) LoseShipment(ctx context.Context, req *pb.LoseShipmentRequest) (*pb.UndeliveredShipment, error) {
	return s.undelivered(ctx, req, func(cmd *retail.FailShipment) error {
		reason, err := trade.Reason(ctx, s.reads, req.GetReason(), "reason")
		if err != nil {
			return err
		}
		cmd.Lost, cmd.Parcel = true, req.GetParcel()
		for _, u := range trade.UnitsFrom(req.GetLines()) {
			cmd.Back.Items = append(cmd.Back.Items, retail.ReturnItem{Line: u.Line, Units: u.Units})
		}
		*cmd, err = cmd.By(reason)
		return err
	})
}

// ReturnShipment is when the carrier brings back what it has.
func (s *Server) ReturnShipment(ctx context.Context, req *pb.ReturnShipmentRequest) (*pb.UndeliveredShipment, error) {
	return s.undelivered(ctx, req, func(cmd *retail.FailShipment) error {
		cmd.Parcel, cmd.Back.Items = req.GetParcel(), trade.ItemsFrom(req.GetLines())
		return nil
	})
}

// failing is a request that says what did not arrive.
type failing interface {
	named
	GetNote() string
}

// undelivered plans a return of what a carrier has, and carries it out.
func (s *Server) undelivered(
	ctx context.Context, req failing, add func(*retail.FailShipment) error,
) (*pb.UndeliveredShipment, error) {
	failed, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.FailedShipment], error) {
		f, order, err := s.ordered(ctx, req)
		if err != nil {
			return nil, err
		}
		seller, err := trade.Place(ctx, s.reads, order.Location, "location")
		if err != nil {
			return nil, err
		}
		place, err := trade.Place(ctx, s.reads, f.Location, "location")
		if err != nil {
			return nil, err
		}
		// Read after the order: what left since then has a document, by which the command is stale.
		left, err := s.reads.LeftAt(ctx, order.ID)
		if err != nil {
			return nil, err
		}
		cmd := retail.FailShipment{Fulfilment: f.ID, Back: retail.AcceptReturn{
			Return: ledger.NewID(), Transaction: ledger.NewID(), Order: order, Location: f.Location, Channel: order.Channel,
			Currency: place.Currency, LeftAt: left, Note: req.GetNote(),
			Issuer: trade.Issuer(seller, len(order.Documents), time.Now()),
		}}
		err = add(&cmd)
		return cmd, err
	})
	if err != nil {
		return nil, err
	}
	return &pb.UndeliveredShipment{
		Fulfilment: doneTo(failed.Fulfilment, failed.Order), Order: trade.OrderTo(failed.Order), Returned: trade.ReturnTo(failed.Return),
	}, nil
}
