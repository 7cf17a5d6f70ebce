package stock

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/horizon"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	trade.Buffers
	// BuffersAt returns the rules of a location by SKU, from one on; those of the location itself come first.
	BuffersAt(ctx context.Context, location, from string, limit int) ([]retail.BufferRules, error)
	WatchReads
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	Channel(ctx context.Context, code string) (retail.Channel, bool, error)
	// KnownSKUs returns those of the SKUs that no product has.
	KnownSKUs(ctx context.Context, skus []string) (missing []string, err error)
	// AllLocations returns every location by code, which callers must not change.
	AllLocations(ctx context.Context) ([]retail.Location, error)
	Product(ctx context.Context, code string) (retail.Product, bool, error)
	// LevelsOf returns the positions that there are of SKUs at places, in no order.
	LevelsOf(ctx context.Context, skus, locations []string) ([]retail.Level, error)
	// Levels returns the positions of SKUs, by SKU in the order given, then by location: those at the locations named, or
	// all there are where none is.
	Levels(ctx context.Context, skus, locations []string) ([]retail.Level, error)
	// LevelsAfter returns positions after a mark, by location and SKU, at most so many: those of a location, of a SKU, or all.
	LevelsAfter(ctx context.Context, location, sku string, after retail.PositionMark, limit int) ([]retail.Level, error)
	// LevelsAbove returns those positions of SKUs at a location of which more than so many units are available.
	LevelsAbove(ctx context.Context, skus []string, location string, available int64) ([]retail.Level, error)
	// LevelsAsOf returns what positions were at a time, by when things happened or by when they were recorded. One that nothing had
	// moved by then is of version 0.
	LevelsAsOf(ctx context.Context, now []retail.Level, at time.Time, occurred bool) ([]retail.Level, error)
	// StockValue returns what all units cost that are at a location.
	StockValue(ctx context.Context, location string) (retail.StockValue, error)
	// Movements returns the movements of a position up to a version, newest first, at most so many.
	Movements(ctx context.Context, location, sku string, upTo int64, limit int) ([]retail.StockMovement, error)
	Hold(ctx context.Context, location string, id retail.ID) (retail.Hold, bool, error)
	// HoldsAt returns the holds in force at a location, of an owner or of all, by when they end, after a mark.
	HoldsAt(ctx context.Context, location, owner string, after retail.HoldMark, limit int) ([]retail.Hold, error)
	// OpenCases returns open oversell cases of a location, oldest first, after a mark, with the promises at their positions;
	// SettledCases those that are settled, newest first, with what settled them.
	OpenCases(ctx context.Context, location string, after retail.CaseMark, limit int) ([]retail.ShownCase, error)
	SettledCases(ctx context.Context, location string, after retail.CaseMark, limit int) ([]retail.ShownCase, error)
	// Case returns an oversell case by its position and the transaction that opened it.
	Case(ctx context.Context, location, sku string, id retail.ID) (retail.ShownCase, bool, error)
	trade.Reasons
	trade.Orders
	// StockReasons returns reasons by code, after one.
	StockReasons(ctx context.Context, after string, limit int) ([]retail.StockReason, error)
	Transfer(ctx context.Context, id retail.ID) (retail.Transfer, bool, error)
	// Transfers returns what places ask for, send and get, newest first, after a mark.
	Transfers(ctx context.Context, of retail.TransfersOf, after retail.OrderMark, limit int) ([]retail.Transfer, error)
}

// Server is aisle.stock.v1.StockService.
type Server struct {
	pb.UnimplementedStockServiceServer
	engine *ledger.Engine
	reads  Reads
	config Config
	feed   *feed
	// watchers holds a place for each who watches, readers for each of them who reads for itself.
	watchers, readers chan struct{}
	// life ends with Stop, and all watchers with it.
	life context.Context
	end  context.CancelFunc
}

// New returns the service. The horizon must be running.
func New(engine *ledger.Engine, reads Reads, horizon *horizon.Horizon, config Config) *Server {
	config = config.withDefaults()
	s := &Server{
		engine: engine, reads: reads, config: config, feed: &feed{reads: reads, horizon: horizon},
		watchers: make(chan struct{}, config.WatchersMax), readers: make(chan struct{}, readersMax),
	}
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

// ReceiveStock records goods that arrived.
func (s *Server) ReceiveStock(ctx context.Context, req *pb.ReceiveStockRequest) (*pb.StockChange, error) {
	cmd, err := receiveFrom(req)
	if err != nil {
		return nil, err
	}
	changes, err := ledger.InParts(ctx, s.engine, func(ctx context.Context) (ledger.Parts[retail.StockChanged], error) {
		parts := partsOf(cmd)
		place, err := trade.Place(ctx, s.reads, cmd.Location, "location")
		if err != nil {
			return parts, err
		}
		if _, err := cmd.At(place); err != nil {
			return parts, err
		}
		if err := s.knowSKUs(ctx, cmd.Lines); err != nil || parts.Rest == nil {
			return parts, err
		}
		return parts, s.rehearse(ctx, cmd)
	})
	if err != nil {
		return nil, err
	}
	return changesTo(changes), nil
}

// rehearse refuses a delivery of several parts before any of it is done, where something of it can't be counted: on what is there now,
// of which only positions that are full are read.
func (s *Server) rehearse(ctx context.Context, cmd retail.MoveStock) error {
	skus := skusOfLines(cmd.Lines)
	var full [2][]retail.Level // read side by side: it takes as long as a part
	group, reading := errgroup.WithContext(ctx)
	for i, half := range [][]string{skus[:len(skus)/2], skus[len(skus)/2:]} {
		group.Go(func() (err error) {
			full[i], err = s.reads.LevelsAbove(reading, half, cmd.Location, cmd.Most())
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	rows := retail.Rows{}
	for _, level := range slices.Concat(full[:]...) {
		rows[level.Key()] = level
	}
	return cmd.Counted(rows)
}

// AdjustStock records units found or missing.
func (s *Server) AdjustStock(ctx context.Context, req *pb.AdjustStockRequest) (*pb.StockChange, error) {
	cmd, err := adjustFrom(req)
	if err != nil {
		return nil, err
	}
	changed, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.StockChanged], error) {
		if err := s.knowLocation(ctx, cmd.Location); err != nil {
			return nil, err
		}
		if err := s.knowSKUs(ctx, cmd.Lines); err != nil {
			return nil, err
		}
		reason, err := trade.Reason(ctx, s.reads, req.GetReason(), "reason")
		if err != nil {
			return nil, err
		}
		return cmd.By(reason, retail.ActAdjust)
	})
	if err != nil {
		return nil, err
	}
	return changeTo(changed), nil
}

// RecordStock records what became of units.
func (s *Server) RecordStock(ctx context.Context, req *pb.RecordStockRequest) (*pb.StockChange, error) {
	cmd, err := recordFrom(req)
	if err != nil {
		return nil, err
	}
	changed, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.StockChanged], error) {
		if err := s.knowLocation(ctx, cmd.Location); err != nil {
			return nil, err
		}
		var lines []retail.Line
		for _, line := range cmd.Lines {
			lines = append(lines, retail.Line{SKU: line.SKU, Quantity: line.Quantity})
		}
		if err := s.knowSKUs(ctx, lines); err != nil {
			return nil, err
		}
		reason, err := trade.Reason(ctx, s.reads, req.GetReason(), "reason")
		if err != nil {
			return nil, err
		}
		return cmd.By(reason)
	})
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
		rules, err := s.reads.Buffers(ctx, cmd.Keys())
		if err != nil {
			return nil, err
		}
		cmd.Shows = trade.Shows(ctx, channel)
		if req.GetUntilClosing() {
			cmd.Until = keptUntil(place, time.Now())
		}
		return cmd.Through(channel, place, rules)
	})
	if err != nil {
		return nil, err
	}
	return holdTo(held), nil
}

// keptUntil is when a location closes for who comes for what is kept; zero: a hold lasts as long as its channel says.
func keptUntil(place retail.Location, now time.Time) time.Time {
	until, closes := place.KeptUntil(now, trade.Zone(place))
	if !closes {
		return time.Time{}
	}
	return until
}

// holdsDefault is how many holds a page has where the request does not say.
const holdsDefault = 50

// ListHolds returns what is kept at a location.
func (s *Server) ListHolds(ctx context.Context, req *pb.ListHoldsRequest) (*pb.ListHoldsResponse, error) {
	if err := s.knowLocation(ctx, req.GetLocation()); err != nil {
		return nil, err
	}
	after, err := page.Read[retail.HoldMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), holdsDefault)
	found, err := s.reads.HoldsAt(ctx, req.GetLocation(), req.GetOwner(), after, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListHoldsResponse{}
	if len(found) > limit {
		found = found[:limit]
		answer.NextPageToken = page.Token(found[limit-1].Mark())
	}
	for _, hold := range found {
		answer.Holds = append(answer.Holds, holdTo(hold))
	}
	return answer, nil
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

func (s *Server) knowLocation(ctx context.Context, code string) error {
	_, err := trade.Place(ctx, s.reads, code, "location")
	return err
}

func (s *Server) knowSKUs(ctx context.Context, lines []retail.Line) error {
	return trade.KnowSKUs(ctx, s.reads, skusOfLines(lines), func(i int) string { return fmt.Sprintf("lines[%d].sku", i) })
}

func skusOfLines(lines []retail.Line) []string {
	skus := make([]string, len(lines))
	for i, line := range lines {
		skus[i] = line.SKU
	}
	return skus
}
