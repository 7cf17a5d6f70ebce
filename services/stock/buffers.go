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

// PutBuffers keeps units of a location back.
func (s *Server) PutBuffers(ctx context.Context, req *pb.PutBuffersRequest) (*pb.PutBuffersResponse, error) {
	cmd := retail.PutBuffers{Transaction: ledger.NewID(), Location: req.GetLocation()}
	for _, b := range req.GetBuffers() {
		cmd.Rules = append(cmd.Rules, retail.NewBufferRule{SKU: b.GetSku(), BufferRule: retail.BufferRule{
			Method: trade.MethodFrom(b.GetMethod()), Channel: b.GetChannel(), Units: b.GetUnits(), BasisPoints: b.GetBasisPoints(),
		}})
	}
	rows, err := s.putBuffers(ctx, cmd)
	if err != nil {
		return nil, err
	}
	return &pb.PutBuffersResponse{Buffers: buffersTo(rows)}, nil
}

// DeleteBuffers keeps them back no more.
func (s *Server) DeleteBuffers(ctx context.Context, req *pb.DeleteBuffersRequest) (*pb.DeleteBuffersResponse, error) {
	cmd := retail.PutBuffers{Transaction: ledger.NewID(), Location: req.GetLocation(), Remove: true}
	for _, b := range req.GetBuffers() {
		cmd.Rules = append(cmd.Rules, retail.NewBufferRule{SKU: b.GetSku(), BufferRule: retail.BufferRule{
			Method: trade.MethodFrom(b.GetMethod()), Channel: b.GetChannel(),
		}})
	}
	rows, err := s.putBuffers(ctx, cmd)
	if err != nil {
		return nil, err
	}
	return &pb.DeleteBuffersResponse{Buffers: buffersTo(rows)}, nil
}

// putBuffers checks what buffers name. Places, SKUs and channels that are there stay, so that none of them is locked for it.
func (s *Server) putBuffers(ctx context.Context, cmd retail.PutBuffers) ([]retail.BufferRules, error) {
	if err := cmd.EachOnce(); err != nil {
		return nil, err
	}
	return ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[[]retail.BufferRules], error) {
		if err := s.knowLocation(ctx, cmd.Location); err != nil {
			return nil, err
		}
		if cmd.Remove {
			return cmd, nil
		}
		skus := make([]string, len(cmd.Rules))
		for i, rule := range cmd.Rules {
			skus[i] = rule.SKU
			if rule.Channel == "" {
				continue
			}
			if _, err := trade.Channel(ctx, s.reads, rule.Channel); err != nil {
				return nil, retail.Under(err, fmt.Sprintf("buffers[%d]", i))
			}
		}
		return cmd, trade.KnowSKUs(ctx, s.reads, skus, func(i int) string { return fmt.Sprintf("buffers[%d].sku", i) })
	})
}

// ListBuffers returns what a location keeps back.
func (s *Server) ListBuffers(ctx context.Context, req *pb.ListBuffersRequest) (*pb.ListBuffersResponse, error) {
	if err := s.knowLocation(ctx, req.GetLocation()); err != nil {
		return nil, err
	}
	from, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	rows, err := s.reads.BuffersAt(ctx, req.GetLocation(), from, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListBuffersResponse{}
	if len(rows) > limit {
		answer.NextPageToken = page.Token(rows[limit].SKU)
		rows = rows[:limit]
	}
	answer.Buffers = buffersTo(rows)
	return answer, nil
}

func buffersTo(rows []retail.BufferRules) []*pb.Buffer {
	var all []*pb.Buffer
	for _, row := range rows {
		for _, rule := range row.Rules {
			all = append(all, &pb.Buffer{
				Sku: row.SKU, Method: trade.MethodTo(rule.Method), Channel: rule.Channel, Units: rule.Units, BasisPoints: rule.BasisPoints,
			})
		}
	}
	return all
}
