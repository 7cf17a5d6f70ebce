package stock

import (
	"context"
	"strings"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// PutStockReason creates or replaces a reason.
func (s *Server) PutStockReason(ctx context.Context, req *pb.PutStockReasonRequest) (*pb.StockReason, error) {
	reason, err := ledger.Submit(ctx, s.engine, putReasonFrom(req))
	if err != nil {
		return nil, err
	}
	return reasonTo(reason), nil
}

// ListStockReasons returns reasons by code.
func (s *Server) ListStockReasons(ctx context.Context, req *pb.ListStockReasonsRequest) (*pb.ListStockReasonsResponse, error) {
	after, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	reasons, err := s.reads.StockReasons(ctx, after, limit+1)
	if err != nil {
		return nil, err
	}
	return reasonsTo(reasons, limit), nil
}

// actPrefix is what the contract's names of acts begin with, and the rules' do not.
const actPrefix = "STOCK_ACT_"

func putReasonFrom(req *pb.PutStockReasonRequest) retail.PutStockReason {
	given := req.GetReason()
	reason := retail.StockReason{Code: given.GetCode(), Name: given.GetName(), Retired: given.GetRetired(), Acts: []retail.StockAct{}}
	for _, act := range given.GetActs() {
		reason.Acts = append(reason.Acts, actFrom(act))
	}
	return retail.PutStockReason{Transaction: ledger.NewID(), Reason: reason}
}

func actFrom(act pb.StockAct) retail.StockAct {
	return retail.StockAct(strings.TrimPrefix(act.String(), actPrefix))
}

func reasonTo(r retail.StockReason) *pb.StockReason {
	reason := &pb.StockReason{Code: r.Code, Name: r.Name, Retired: r.Retired}
	for _, act := range r.Acts {
		reason.Acts = append(reason.Acts, pb.StockAct(pb.StockAct_value[actPrefix+string(act)]))
	}
	return reason
}

func reasonsTo(reasons []retail.StockReason, limit int) *pb.ListStockReasonsResponse {
	answer := &pb.ListStockReasonsResponse{}
	if len(reasons) > limit {
		reasons = reasons[:limit]
		answer.NextPageToken = page.Token(reasons[limit-1].Code)
	}
	for _, reason := range reasons {
		answer.Reasons = append(answer.Reasons, reasonTo(reason))
	}
	return answer
}
