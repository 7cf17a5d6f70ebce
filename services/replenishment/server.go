// Package replenishment serves stock rules, what is low by them, and what to transfer and to order.
package replenishment

import (
	"context"
	"fmt"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/replenishment/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	AllLocations(ctx context.Context) ([]retail.Location, error)
	// KnownSKUs returns those of the SKUs that no product has.
	KnownSKUs(ctx context.Context, skus []string) (missing []string, err error)
	// Levels returns the positions of SKUs at locations, or all there are.
	Levels(ctx context.Context, skus, locations []string) ([]retail.Level, error)
	// BuffersNow returns the rules that there are of some SKUs at some places, and those of the places themselves, as they are.
	BuffersNow(ctx context.Context, skus, locations []string) ([]retail.BufferRules, error)
	// StockRulesAt returns the rules of a location by SKU, from one on.
	StockRulesAt(ctx context.Context, location, from string, limit int) ([]retail.StockRule, error)
	// StockRulesOf returns the rules of SKUs wherever there are any, and those of all locations.
	StockRulesOf(ctx context.Context, skus []string) ([]retail.StockRule, error)
	// RuledSKUs returns SKUs after one that have a rule, or are at a location that has one.
	RuledSKUs(ctx context.Context, location, after string, limit int) ([]string, error)
	// LowPositions returns positions of a location that are low, by SKU, after one.
	LowPositions(ctx context.Context, location, after string, limit int) ([]retail.LowPosition, error)
	// UnmetOf returns how many units of SKUs customers were to be promised and were not, by position.
	UnmetOf(ctx context.Context, skus []string, from, until time.Time) (map[retail.Key]int64, error)
	// Awaited returns how many units that are on their way to positions of SKUs orders wait for, by position.
	Awaited(ctx context.Context, skus []string) (map[retail.Key]int64, error)
	// SoldUnits returns what was sold of positions and came back to them from a time until another.
	SoldUnits(ctx context.Context, now []retail.Level, from, until time.Time) ([]retail.SoldUnits, error)
}

// What a question goes by where it does not say.
const (
	pageDefault  = 100
	skusDefault  = 20
	salesDefault = 28
	coverDefault = 14
)

// Server is aisle.replenishment.v1.ReplenishmentService.
type Server struct {
	pb.UnimplementedReplenishmentServiceServer
	engine *ledger.Engine
	reads  Reads
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads) *Server { return &Server{engine: engine, reads: reads} }

// PutStockRules puts rules of a location.
func (s *Server) PutStockRules(ctx context.Context, req *pb.PutStockRulesRequest) (*pb.PutStockRulesResponse, error) {
	cmd, err := retail.NewPutStockRules(ledger.NewID(), req.GetLocation(), rulesFrom(req.GetRules()), false)
	if err != nil {
		return nil, err
	}
	rules, err := s.put(ctx, cmd)
	if err != nil {
		return nil, err
	}
	return &pb.PutStockRulesResponse{Rules: rulesTo(rules)}, nil
}

// DeleteStockRules takes rules away.
func (s *Server) DeleteStockRules(ctx context.Context, req *pb.DeleteStockRulesRequest) (*pb.DeleteStockRulesResponse, error) {
	var named []retail.StockRule
	for _, sku := range req.GetSkus() {
		named = append(named, retail.StockRule{SKU: sku})
	}
	cmd, err := retail.NewPutStockRules(ledger.NewID(), req.GetLocation(), named, true)
	if err != nil {
		return nil, err
	}
	rules, err := s.put(ctx, cmd)
	if err != nil {
		return nil, err
	}
	return &pb.DeleteStockRulesResponse{Rules: rulesTo(rules)}, nil
}

// put checks what rules name. Places and SKUs that are there stay, so that none of them is locked for it.
func (s *Server) put(ctx context.Context, cmd retail.PutStockRules) ([]retail.StockRule, error) {
	return ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[[]retail.StockRule], error) {
		if _, err := trade.Place(ctx, s.reads, cmd.Location, "location"); err != nil {
			return nil, err
		}
		if cmd.Remove {
			return cmd, nil
		}
		skus := make([]string, len(cmd.Rules))
		for i, rule := range cmd.Rules {
			skus[i] = rule.SKU
		}
		return cmd, trade.KnowSKUs(ctx, s.reads, skus, func(i int) string { return fmt.Sprintf("rules[%d].sku", i) })
	})
}

// ListStockRules returns the rules of a location.
func (s *Server) ListStockRules(ctx context.Context, req *pb.ListStockRulesRequest) (*pb.ListStockRulesResponse, error) {
	if _, err := trade.Place(ctx, s.reads, req.GetLocation(), "location"); err != nil {
		return nil, err
	}
	from, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	rules, err := s.reads.StockRulesAt(ctx, req.GetLocation(), from, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListStockRulesResponse{}
	if len(rules) > limit {
		answer.NextPageToken = page.Token(rules[limit].SKU)
		rules = rules[:limit]
	}
	answer.Rules = rulesTo(rules)
	return answer, nil
}

// ListLowStock returns what is low at a location.
func (s *Server) ListLowStock(ctx context.Context, req *pb.ListLowStockRequest) (*pb.ListLowStockResponse, error) {
	if _, err := trade.Place(ctx, s.reads, req.GetLocation(), "location"); err != nil {
		return nil, err
	}
	after, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	low, err := s.reads.LowPositions(ctx, req.GetLocation(), after, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListLowStockResponse{}
	if len(low) > limit {
		low = low[:limit]
		answer.NextPageToken = page.Token(low[limit-1].SKU)
	}
	for _, p := range low {
		answer.Positions = append(answer.Positions, &pb.LowStock{Sku: p.SKU, Available: p.Available, Incoming: p.Incoming, Rule: ruleTo(p.Rule)})
	}
	return answer, nil
}
