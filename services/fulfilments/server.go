// Package fulfilments serves the handing over of goods: the work list of a place, its steps, pickups with their codes, and
// shipments, whose labels a carrier outside is asked for (labeller.go).
package fulfilments

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	orders "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	trade.Stored
	trade.Reasons
	trade.Channels
	trade.Buffers
	// AllLocations returns every location by code, which callers must not change.
	AllLocations(ctx context.Context) ([]retail.Location, error)
	// LevelsOf returns the positions that there are of SKUs at places, in no order.
	LevelsOf(ctx context.Context, skus, locations []string) ([]retail.Level, error)
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	trade.Orders
	OrdersByID(ctx context.Context, ids []retail.ID) ([]retail.Order, error)
	Fulfilment(ctx context.Context, location string, id retail.ID) (retail.Fulfilment, bool, error)
	// OpenFulfilments returns a list of the work of a place after a mark, which says which, in its order.
	OpenFulfilments(ctx context.Context, location string, after retail.WorkMark, limit int) ([]retail.Fulfilment, error)
	// FulfilmentsByTracking returns shipments of which a parcel has the carrier's number, from a place or from any, the latest first.
	FulfilmentsByTracking(ctx context.Context, tracking, location string, limit int) ([]retail.Fulfilment, error)
	FulfilmentsOfOrder(ctx context.Context, order retail.ID) ([]retail.Fulfilment, error)
	// LeftAt returns what the goods of an order cost when they left, by line and currency, of those of which that is known.
	LeftAt(ctx context.Context, order retail.ID) ([]retail.LeftAt, error)
}

// Server is aisle.fulfilments.v1.FulfilmentService.
type Server struct {
	pb.UnimplementedFulfilmentServiceServer
	engine   *ledger.Engine
	reads    Reads
	codes    *Codes
	labeller *Labeller
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads, codes *Codes, labeller *Labeller) *Server {
	return &Server{engine: engine, reads: reads, codes: codes, labeller: labeller}
}

// ListFulfilments returns the work of a place.
func (s *Server) ListFulfilments(ctx context.Context, req *pb.ListFulfilmentsRequest) (*pb.ListFulfilmentsResponse, error) {
	if _, err := trade.Place(ctx, s.reads, req.GetLocation(), "location"); err != nil {
		return nil, err
	}
	after, err := listAfter(req)
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	open, err := s.reads.OpenFulfilments(ctx, req.GetLocation(), after, limit+1)
	if err != nil {
		return nil, err
	}
	orders, err := s.orders(ctx, open)
	if err != nil {
		return nil, err
	}
	return listTo(open, orders, limit, after.List, time.Now()), nil
}

// FindParcels returns shipments by a carrier's number.
func (s *Server) FindParcels(ctx context.Context, req *pb.FindParcelsRequest) (*pb.FindParcelsResponse, error) {
	found, err := s.reads.FulfilmentsByTracking(ctx, req.GetTracking(), req.GetLocation(), foundMax)
	if err != nil {
		return nil, err
	}
	orders, err := s.orders(ctx, found)
	if err != nil {
		return nil, err
	}
	answer, now := &pb.FindParcelsResponse{}, time.Now()
	for _, f := range found {
		answer.Fulfilments = append(answer.Fulfilments, fulfilmentTo(f, orders[f.Order], now))
	}
	return answer, nil
}

// orders reads the orders of fulfilments, by id.
func (s *Server) orders(ctx context.Context, of []retail.Fulfilment) (map[retail.ID]retail.Order, error) {
	ids := make([]retail.ID, 0, len(of))
	orders := make(map[retail.ID]retail.Order, len(of))
	for _, f := range of {
		if _, asked := orders[f.Order]; !asked {
			orders[f.Order] = retail.Order{}
			ids = append(ids, f.Order)
		}
	}
	found, err := s.reads.OrdersByID(ctx, ids)
	for _, order := range found {
		orders[order.ID] = order
	}
	return orders, err
}

// ListOrderFulfilments returns how an order is handed over.
func (s *Server) ListOrderFulfilments(
	ctx context.Context, req *pb.ListOrderFulfilmentsRequest,
) (*pb.ListOrderFulfilmentsResponse, error) {
	order, err := trade.Order(ctx, s.reads, req.GetOrder())
	if err != nil {
		return nil, err
	}
	of, err := s.reads.FulfilmentsOfOrder(ctx, order.ID)
	if err != nil {
		return nil, err
	}
	answer, now := &pb.ListOrderFulfilmentsResponse{Customer: order.Customer.String()}, time.Now()
	for _, f := range of {
		answer.Fulfilments = append(answer.Fulfilments, fulfilmentTo(f, order, now))
	}
	return answer, nil
}

// GetFulfilment returns a fulfilment as it is now.
func (s *Server) GetFulfilment(ctx context.Context, req *pb.GetFulfilmentRequest) (*pb.Fulfilment, error) {
	f, err := s.fulfilment(ctx, req)
	if err != nil {
		return nil, err
	}
	order, err := trade.Order(ctx, s.reads, f.Order.String())
	if err != nil {
		return nil, err
	}
	return fulfilmentTo(f, order, time.Now()), nil
}

// named is a request that names a fulfilment.
type named interface {
	GetLocation() string
	GetFulfilment() string
}

func (s *Server) fulfilment(ctx context.Context, req named) (retail.Fulfilment, error) {
	id, err := retail.ParseID(req.GetFulfilment())
	if err != nil {
		return retail.Fulfilment{}, retail.RefuseField(retail.InvalidRequest, "fulfilment", "must be a uuid")
	}
	f, found, err := s.reads.Fulfilment(ctx, req.GetLocation(), id)
	if err == nil && !found {
		err = retail.Refuse(retail.UnknownFulfilment, "there is no fulfilment %s at %s", req.GetFulfilment(), req.GetLocation())
	}
	return f, err
}

// AcceptFulfilment says that the place will do it.
func (s *Server) AcceptFulfilment(ctx context.Context, req *pb.AcceptFulfilmentRequest) (*pb.Fulfilment, error) {
	return s.advance(ctx, req, retail.FulfilmentAccepted)
}

// PickFulfilment says that somebody is fetching the goods, or has fetched some.
func (s *Server) PickFulfilment(ctx context.Context, req *pb.PickFulfilmentRequest) (*pb.Fulfilment, error) {
	if len(req.GetLines()) == 0 {
		return s.advance(ctx, req, retail.FulfilmentPicking)
	}
	f, err := s.fulfilment(ctx, req)
	if err != nil {
		return nil, err
	}
	return told(ledger.Submit(ctx, s.engine, retail.PickUnits{Work: workOn(f), Lines: trade.UnitsFrom(req.GetLines())}))
}

// ReadyFulfilment says that the goods can be handed over.
func (s *Server) ReadyFulfilment(ctx context.Context, req *pb.ReadyFulfilmentRequest) (*pb.Fulfilment, error) {
	f, err := s.fulfilment(ctx, req)
	if err != nil {
		return nil, err
	}
	return s.advance(ctx, req, f.Method.Ready())
}

// DeliverShipment says that the carrier has delivered a parcel.
func (s *Server) DeliverShipment(ctx context.Context, req *pb.DeliverShipmentRequest) (*pb.Fulfilment, error) {
	f, err := s.fulfilment(ctx, req)
	if err != nil {
		return nil, err
	}
	return told(ledger.Submit(ctx, s.engine, retail.AdvanceFulfilment{
		Work: workOn(f), To: retail.FulfilmentDelivered, Parcel: req.GetParcel(),
	}))
}

func (s *Server) advance(ctx context.Context, req named, to retail.FulfilmentState) (*pb.Fulfilment, error) {
	f, err := s.fulfilment(ctx, req)
	if err != nil {
		return nil, err
	}
	place, err := trade.Place(ctx, s.reads, f.Location, "location")
	if err != nil {
		return nil, err
	}
	return told(ledger.Submit(ctx, s.engine, retail.AdvanceFulfilment{Work: workOn(f), To: to, KeepFor: place.KeepsPickups()}))
}

func workOn(f retail.Fulfilment) retail.Work {
	return retail.Work{Fulfilment: f.ID, Transaction: ledger.NewID(), Location: f.Location, Order: f.Order}
}

func told(done retail.Worked, err error) (*pb.Fulfilment, error) {
	if err != nil {
		return nil, err
	}
	return doneTo(done.Fulfilment, done.Order), nil
}

// CollectPickup hands a pickup to who shows its code.
func (s *Server) CollectPickup(ctx context.Context, req *pb.CollectPickupRequest) (*pb.Handover, error) {
	given, err := trade.TendersFrom(req.GetTenders())
	if err != nil {
		return nil, err
	}
	return s.handOver(ctx, req, func(cmd *retail.HandOver, f retail.Fulfilment) error {
		cmd.Method = retail.PickUp
		if err := f.MustBe(cmd.Method); err != nil { // it has no code
			return err
		}
		order := cmd.Order
		cmd.CodeCount, cmd.CodeRight = f.CodeCount, s.codes.Opens(f, req.GetCode())
		cmd.Lines, cmd.Proof, cmd.Collector = trade.UnitsFrom(req.GetLines()), req.GetProof(), collectorFrom(req.GetCollector())
		if len(given) > 0 {
			if _, err := trade.Till(ctx, s.reads, f.Location, order.Currency, "location"); err != nil {
				return err
			}
		}
		if cmd.Tenders, err = trade.Tenders(ctx, s.reads, given, order.Currency, f.Location, order.Customer); err != nil {
			return err
		}
		cmd.RoundingMinor, err = trade.RoundingIn(req.GetCashRounding(), order.Currency)
		return err
	})
}

// ShipFulfilment gives a parcel to a carrier.
func (s *Server) ShipFulfilment(ctx context.Context, req *pb.ShipFulfilmentRequest) (*pb.Handover, error) {
	label, err := labelFrom(req)
	if err != nil {
		return nil, err
	}
	return s.handOver(ctx, req, func(cmd *retail.HandOver, f retail.Fulfilment) error {
		cmd.Method, cmd.Label = retail.Ship, label
		cmd.Lines, cmd.Carrier, cmd.Tracking = trade.UnitsFrom(req.GetLines()), req.GetCarrier(), req.GetTracking()
		return nil
	})
}

// leaving is a request that hands goods over.
type leaving interface {
	named
	GetOccurredAt() *timestamppb.Timestamp
}

// handOver plans a handover from the fulfilment and its order, and carries it out. A wrong code was counted by then, so it is
// refused here and not by the rule.
func (s *Server) handOver(
	ctx context.Context, req leaving, add func(*retail.HandOver, retail.Fulfilment) error,
) (*pb.Handover, error) {
	occurredAt, err := retail.OccurredAt(req.GetOccurredAt() != nil, req.GetOccurredAt().AsTime(), time.Now())
	if err != nil {
		return nil, err
	}
	handed, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.HandedOver], error) {
		f, order, err := s.ordered(ctx, req)
		if err != nil {
			return nil, err
		}
		seller, err := trade.Place(ctx, s.reads, order.Location, "location")
		if err != nil {
			return nil, err
		}
		cmd := retail.HandOver{
			Fulfilment: f.ID, Transaction: ledger.NewID(), Location: f.Location, Order: order, Issuer: trade.Issuer(seller, 1, time.Now()),
			OccurredAt: occurredAt,
		}
		err = add(&cmd, f)
		return cmd, err
	})
	if err != nil {
		return nil, err
	}
	if handed.WrongCode {
		return nil, retail.RefuseField(retail.WrongCode, "code", "that code is wrong; %d more may be tried", handed.TriesLeft).
			With("tries_left", handed.TriesLeft)
	}
	return handoverTo(handed), nil
}

// ordered reads the fulfilment that a request names, and its order.
func (s *Server) ordered(ctx context.Context, req named) (retail.Fulfilment, retail.Order, error) {
	f, err := s.fulfilment(ctx, req)
	if err != nil {
		return f, retail.Order{}, err
	}
	order, err := trade.Order(ctx, s.reads, f.Order.String())
	return f, order, err
}

// GetPickupCode returns the code that opens a pickup.
func (s *Server) GetPickupCode(ctx context.Context, req *pb.GetPickupCodeRequest) (*pb.PickupCode, error) {
	f, err := s.fulfilment(ctx, req)
	if err != nil {
		return nil, err
	}
	if err := f.MustBe(retail.PickUp); err != nil {
		return nil, err
	}
	return codeTo(f, s.codes.Of(f)), nil
}

// RenewPickupCode makes a new code.
func (s *Server) RenewPickupCode(ctx context.Context, req *pb.RenewPickupCodeRequest) (*pb.Fulfilment, error) {
	f, err := s.fulfilment(ctx, req)
	if err != nil {
		return nil, err
	}
	return told(ledger.Submit(ctx, s.engine, retail.RenewCode{Work: workOn(f)}))
}

// ExtendPickup keeps a pickup for longer.
func (s *Server) ExtendPickup(ctx context.Context, req *pb.ExtendPickupRequest) (*pb.Fulfilment, error) {
	f, err := s.fulfilment(ctx, req)
	if err != nil {
		return nil, err
	}
	return told(ledger.Submit(ctx, s.engine, retail.ExtendPickup{Work: workOn(f), Until: req.GetKeepUntil().AsTime()}))
}

// RefusePickup gives up what the shopper saw and does not want.
func (s *Server) RefusePickup(ctx context.Context, req *pb.RefusePickupRequest) (*orders.Order, error) {
	order, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Order], error) {
		f, order, err := s.ordered(ctx, req)
		if err != nil {
			return nil, err
		}
		desk, err := trade.Place(ctx, s.reads, f.Location, "location")
		if err != nil {
			return nil, err
		}
		return retail.CancelUnits{
			Transaction: ledger.NewID(), Order: order, Fulfilment: f.ID, Lines: trade.UnitsFrom(req.GetLines()), Why: retail.CancelRefused,
			CashAt: desk.Pays(order.Currency),
		}, nil
	})
	if err != nil {
		return nil, err
	}
	return trade.OrderTo(order), nil
}

// RejectUnits takes out of the stock what a place can't hand over, and pays it back.
func (s *Server) RejectUnits(ctx context.Context, req *pb.RejectUnitsRequest) (*orders.Order, error) {
	order, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Order], error) {
		f, order, err := s.ordered(ctx, req)
		if err != nil {
			return nil, err
		}
		reason, err := trade.Reason(ctx, s.reads, req.GetReason(), "reason")
		if err != nil {
			return nil, err
		}
		cmd := retail.RejectUnits{
			Fulfilment: f.ID, Transaction: ledger.NewID(), Location: f.Location, From: req.GetFromLocation(), Order: order,
			Lines: trade.UnitsFrom(req.GetLines()), Shortfall: shortfalls[req.GetShortfall()], Note: req.GetNote(),
		}
		if err := s.reroute(ctx, &cmd, req); err != nil {
			return nil, err
		}
		return cmd.By(reason)
	})
	if err != nil {
		return nil, err
	}
	return trade.OrderTo(order), nil
}

var shortfalls = map[pb.Shortfall]retail.Shortfall{
	pb.Shortfall_SHORTFALL_MISSING: retail.Missing, pb.Shortfall_SHORTFALL_UNFIT: retail.Unfit,
}
