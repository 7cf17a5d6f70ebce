package returns

import (
	"context"
	"strings"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	pb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// PutRefundTerms puts the terms of refunds in a currency.
func (s *Server) PutRefundTerms(ctx context.Context, req *pb.PutRefundTermsRequest) (*pb.RefundTerms, error) {
	put, err := ledger.Submit(ctx, s.engine, retail.PutRefundTerms{Transaction: ledger.NewID(), Terms: refundTermsFrom(req.GetTerms())})
	if err != nil {
		return nil, err
	}
	return refundTermsTo(put), nil
}

// GetRefundTerms returns the terms of refunds in a currency.
func (s *Server) GetRefundTerms(ctx context.Context, req *pb.GetRefundTermsRequest) (*pb.RefundTerms, error) {
	terms, err := s.reads.RefundTerms(ctx)
	if err != nil {
		return nil, err
	}
	return refundTermsTo(retail.RefundTermsIn(req.GetCurrencyCode(), terms)), nil
}

func refundTermsFrom(given *pb.RefundTerms) retail.RefundTerms {
	order := retail.LastFirst
	if given.GetOrder() != orderspb.RefundOrder_REFUND_ORDER_UNSPECIFIED {
		order = retail.RefundOrder(strings.TrimPrefix(given.GetOrder().String(), trade.RefundOrderPrefix))
	}
	return retail.RefundTerms{
		Currency: given.GetCurrencyCode(), RefundRule: retail.RefundRule{Order: order, CashMaxMinor: given.GetCashMaxMinor()},
		OfflineMaxMinor: given.GetOfflineMaxMinor(),
	}
}

func refundTermsTo(t retail.RefundTerms) *pb.RefundTerms {
	rule := trade.RefundRuleTo(t.RefundRule)
	return &pb.RefundTerms{
		CurrencyCode: t.Currency, Order: rule.GetOrder(), CashMaxMinor: t.CashMaxMinor, OfflineMaxMinor: t.OfflineMaxMinor,
	}
}
