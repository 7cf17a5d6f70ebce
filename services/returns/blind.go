package returns

import (
	"context"
	"time"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	pb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Lowest is what goods without a receipt are priced by.
type Lowest interface {
	// BlindTerms returns the terms of a currency.
	BlindTerms(ctx context.Context, currency string) (retail.BlindTerms, bool, error)
	// LowestSold returns the least that was paid in a currency for one unit of each SKU that was sold since, with tax and rounded down. What
	// was given away for nothing was not sold.
	LowestSold(ctx context.Context, skus []string, currency string, since time.Time) (map[string]int64, error)
}

// AcceptBlindReturn takes goods back without a receipt.
func (s *Server) AcceptBlindReturn(ctx context.Context, req *pb.AcceptBlindReturnRequest) (*pb.Return, error) {
	now := time.Now()
	basket, dispositions, err := blindFrom(req, now)
	if err != nil {
		return nil, err
	}
	accepted, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Return], error) {
		terms, err := trade.Terms(ctx, s.reads, basket)
		if err != nil {
			return nil, err
		}
		blind, err := s.blind(ctx, basket, terms)
		if err != nil {
			return nil, err
		}
		blind.Dispositions, blind.Beyond = dispositions, req.GetBeyondTerms()
		cmd, err := basket.PlanBlindReturn(terms, blind)
		if err != nil {
			return nil, err
		}
		cmd.Return, cmd.Transaction = ledger.NewID(), ledger.NewID()
		cmd.RefundKind, cmd.Operator, cmd.Note = trade.TenderKind(req.GetRefundKind()), req.GetOperator(), req.GetNote()
		cmd.Issuer = trade.Issuer(terms.Location, 1, now)
		return cmd, nil
	})
	if err != nil {
		return nil, inItem(err)
	}
	return trade.ReturnTo(accepted), nil
}

// blind reads the terms of a basket's currency, and the lowest prices of its goods.
func (s *Server) blind(ctx context.Context, basket retail.Basket, terms retail.Terms) (blind retail.BlindBasket, err error) {
	currency := basket.CurrencyAt(terms.Location)
	if blind.Terms, _, err = s.reads.BlindTerms(ctx, currency); err != nil || blind.Terms.PriceDays == 0 {
		return blind, err
	}
	var skus []string
	for _, item := range terms.Items {
		if item.SKU != "" {
			skus = append(skus, item.SKU)
		}
	}
	at := basket.OccurredAt
	if at.IsZero() {
		at = basket.Now
	}
	blind.Lowest, err = s.reads.LowestSold(ctx, trade.Distinct(skus), currency, blind.Terms.PricesSince(at))
	return blind, err
}

func blindFrom(req *pb.AcceptBlindReturnRequest, now time.Time) (retail.Basket, []retail.Disposition, error) {
	asked := &orderspb.PlaceOrderRequest{
		Channel: req.GetChannel(), Location: req.GetLocation(), Customer: req.GetCustomer(), CurrencyCode: req.GetCurrencyCode(),
		OccurredAt: req.GetOccurredAt(),
	}
	var dispositions []retail.Disposition
	for _, item := range req.GetLines() {
		asked.Lines = append(asked.Lines, item.GetItem())
		dispositions = append(dispositions, trade.DispositionFrom(item.GetDisposition()))
	}
	basket, err := trade.BasketFrom(asked, now)
	return basket, dispositions, inItem(err)
}

// PutBlindReturnTerms puts the terms of a currency.
func (s *Server) PutBlindReturnTerms(ctx context.Context, req *pb.PutBlindReturnTermsRequest) (*pb.BlindReturnTerms, error) {
	put, err := ledger.Submit(ctx, s.engine, retail.PutBlindTerms{Transaction: ledger.NewID(), Terms: blindTermsFrom(req.GetTerms())})
	if err != nil {
		return nil, err
	}
	return blindTermsTo(put), nil
}

// GetBlindReturnTerms returns the terms of a currency.
func (s *Server) GetBlindReturnTerms(ctx context.Context, req *pb.GetBlindReturnTermsRequest) (*pb.BlindReturnTerms, error) {
	terms, _, err := s.reads.BlindTerms(ctx, req.GetCurrencyCode())
	if err != nil {
		return nil, err
	}
	return blindTermsTo(terms), nil
}

func blindTermsFrom(given *pb.BlindReturnTerms) retail.BlindTerms {
	terms := retail.BlindTerms{Currency: given.GetCurrencyCode(), PriceDays: given.GetPriceDays()}
	for _, kind := range given.GetRefundKinds() {
		terms.RefundKinds = append(terms.RefundKinds, trade.TenderKind(kind))
	}
	return terms
}

func blindTermsTo(t retail.BlindTerms) *pb.BlindReturnTerms {
	told := &pb.BlindReturnTerms{CurrencyCode: t.Currency, PriceDays: t.PriceDays}
	for _, kind := range t.RefundKinds {
		told.RefundKinds = append(told.RefundKinds, trade.TenderKindTo(kind))
	}
	return told
}
