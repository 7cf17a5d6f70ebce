// Package stock serves what stands on every shelf: deliveries, adjustments, availability and holds.
package stock

import (
	"context"
	"fmt"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	Channel(ctx context.Context, code string) (retail.Channel, bool, error)
	// KnownSKUs returns those of the SKUs that no product has.
	KnownSKUs(ctx context.Context, skus []string) (missing []string, err error)
	// Levels returns the positions of SKUs, by SKU in the order given, then by location: those at the locations named, or
	// all there are where none is.
	Levels(ctx context.Context, skus, locations []string) ([]retail.Level, error)
	Hold(ctx context.Context, location string, id retail.ID) (retail.Hold, bool, error)
	// OpenCases returns open oversell cases of a location after a position in their order, with the open holds there, newest
	// first.
	OpenCases(ctx context.Context, location string, after retail.CaseMark, limit int) ([]retail.OpenCase, error)
	Transfer(ctx context.Context, id retail.ID) (retail.Transfer, bool, error)
	// Transfers returns what a place sent and what it gets, newest first, after a mark.
	Transfers(ctx context.Context, location string, after retail.OrderMark, limit int) ([]retail.Transfer, error)
}

// Server is aisle.stock.v1.StockService.
type Server struct {
	pb.UnimplementedStockServiceServer
	engine *ledger.Engine
	reads  Reads
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads) *Server { return &Server{engine: engine, reads: reads} }

// ReceiveStock records goods that arrived.
func (s *Server) ReceiveStock(ctx context.Context, req *pb.ReceiveStockRequest) (*pb.StockChange, error) {
	cmd, err := receiveFrom(req)
	if err != nil {
		return nil, err
	}
	return s.move(ctx, cmd)
}

// AdjustStock records units found or missing.
func (s *Server) AdjustStock(ctx context.Context, req *pb.AdjustStockRequest) (*pb.StockChange, error) {
	cmd, err := adjustFrom(req)
	if err != nil {
		return nil, err
	}
	return s.move(ctx, cmd)
}

func (s *Server) move(ctx context.Context, cmd retail.MoveStock) (*pb.StockChange, error) {
	if err := s.knowLocation(ctx, cmd.Location); err != nil {
		return nil, err
	}
	if err := s.knowSKUs(ctx, cmd.Lines); err != nil {
		return nil, err
	}
	changed, err := ledger.Submit(ctx, s.engine, cmd)
	if err != nil {
		return nil, err
	}
	return changeTo(changed), nil
}

// HoldStock promises units for a while.
func (s *Server) HoldStock(ctx context.Context, req *pb.HoldStockRequest) (*pb.Hold, error) {
	cmd, err := holdFrom(req)
	if err != nil {
		return nil, err
	}
	held, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Hold], error) {
		place, err := trade.Place(ctx, s.reads, cmd.Location, "location")
		if err != nil {
			return nil, err
		}
		channel, err := trade.Channel(ctx, s.reads, cmd.Channel)
		if err != nil {
			return nil, err
		}
		if err := s.knowSKUs(ctx, cmd.Lines); err != nil {
			return nil, err
		}
		return cmd.Through(channel, place)
	})
	if err != nil {
		return nil, err
	}
	return holdTo(held), nil
}

// GetHold returns a hold as it is now.
func (s *Server) GetHold(ctx context.Context, req *pb.GetHoldRequest) (*pb.Hold, error) {
	hold, err := s.hold(ctx, req.GetLocation(), req.GetHold())
	if err != nil {
		return nil, err
	}
	return holdTo(hold), nil
}

// ReleaseHold gives the units of a hold back. The hold's lines never change, so that a plain read may name its positions.
func (s *Server) ReleaseHold(ctx context.Context, req *pb.ReleaseHoldRequest) (*pb.Hold, error) {
	hold, err := s.hold(ctx, req.GetLocation(), req.GetHold())
	if err != nil {
		return nil, err
	}
	released, err := ledger.Submit(ctx, s.engine, retail.EndHold{
		Hold: hold.ID, Transaction: ledger.NewID(), Location: hold.Location, Lines: hold.Lines,
	})
	if err != nil {
		return nil, err
	}
	return holdTo(released), nil
}

func (s *Server) hold(ctx context.Context, location, id string) (retail.Hold, error) {
	key, err := retail.ParseID(id)
	if err != nil {
		return retail.Hold{}, retail.RefuseField(retail.InvalidRequest, "hold", "must be a uuid")
	}
	hold, found, err := s.reads.Hold(ctx, location, key)
	if err != nil {
		return retail.Hold{}, err
	}
	if !found {
		return retail.Hold{}, retail.Refuse(retail.UnknownHold, "there is no hold %s at %s", id, location)
	}
	return hold, nil
}

// GetAvailability answers what is where.
func (s *Server) GetAvailability(ctx context.Context, req *pb.GetAvailabilityRequest) (*pb.GetAvailabilityResponse, error) {
	for i, location := range req.GetLocations() {
		if _, err := trade.Place(ctx, s.reads, location, fmt.Sprintf("locations[%d]", i)); err != nil {
			return nil, err
		}
	}
	var channel retail.Channel
	if code := req.GetChannel(); code != "" {
		var err error
		if channel, err = trade.Channel(ctx, s.reads, code); err != nil {
			return nil, err
		}
	}
	missing, err := s.reads.KnownSKUs(ctx, req.GetSkus())
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return nil, retail.RefuseField(retail.UnknownSKU, "skus", "no variant has the SKU %s", missing[0]).With("sku", missing[0])
	}
	levels, err := s.reads.Levels(ctx, req.GetSkus(), req.GetLocations())
	if err != nil {
		return nil, err
	}
	return availabilityTo(levels, channel), nil
}

// ListOversellCases returns what a location owes to promises it can't keep.
func (s *Server) ListOversellCases(ctx context.Context, req *pb.ListOversellCasesRequest) (*pb.ListOversellCasesResponse, error) {
	if err := s.knowLocation(ctx, req.GetLocation()); err != nil {
		return nil, err
	}
	after, err := page.Read[retail.CaseMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	cases, err := s.reads.OpenCases(ctx, req.GetLocation(), after, limit+1)
	if err != nil {
		return nil, err
	}
	return casesTo(cases, limit), nil
}

func (s *Server) knowLocation(ctx context.Context, code string) error {
	_, err := trade.Place(ctx, s.reads, code, "location")
	return err
}

func (s *Server) knowSKUs(ctx context.Context, lines []retail.Line) error {
	skus := make([]string, len(lines))
	for i, line := range lines {
		skus[i] = line.SKU
	}
	missing, err := s.reads.KnownSKUs(ctx, skus)
	if err != nil || len(missing) == 0 {
		return err
	}
	for i, sku := range skus {
		if sku == missing[0] {
			return retail.RefuseField(retail.UnknownSKU, fmt.Sprintf("lines[%d].sku", i), "no variant has the SKU %s", sku).With("sku", sku)
		}
	}
	return fmt.Errorf("stock: %s is missing and was not asked for", missing[0])
}
