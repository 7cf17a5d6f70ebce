package reports

import (
	"context"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/reports/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// rateMark is where a page of return rates ended.
type rateMark struct {
	Rank              int64
	Subject, Currency string
}

var subjects = map[pb.ReturnSubject]retail.ReturnSubject{
	pb.ReturnSubject_RETURN_SUBJECT_CUSTOMER: retail.OfCustomer,
	pb.ReturnSubject_RETURN_SUBJECT_OPERATOR: retail.OfOperator,
	pb.ReturnSubject_RETURN_SUBJECT_LOCATION: retail.OfLocation,
}

// ListReturnRates returns what came back of whom.
func (s *Server) ListReturnRates(ctx context.Context, req *pb.ListReturnRatesRequest) (*pb.ListReturnRatesResponse, error) {
	mark, err := page.Read[rateMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	from, until, err := retail.ReportDays(req.GetFromDay(), req.GetUntilDay())
	if err != nil {
		return nil, err
	}
	if err := s.know(ctx, req.GetLocation(), ""); err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	of := retail.ReturnRatesOf{
		By: subjects[req.GetBy()], Location: req.GetLocation(), ByShare: req.GetOrderBy() == pb.ReturnRateOrder_RETURN_RATE_ORDER_SHARE,
	}
	after := retail.ReturnRate{Rank: mark.Rank, Subject: mark.Subject, Currency: mark.Currency}
	found, err := s.reads.ReturnRates(ctx, from, until, of, after, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListReturnRatesResponse{}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		answer.NextPageToken = page.Token(rateMark{last.Rank, last.Subject, last.Currency})
	}
	for _, r := range found {
		answer.Rates = append(answer.Rates, rateTo(r))
	}
	return answer, nil
}

func rateTo(r retail.ReturnRate) *pb.ReturnRate {
	money := func(minor int64) *retailpb.Money {
		return &retailpb.Money{CurrencyCode: r.Currency, AmountMinor: minor}
	}
	rate := &pb.ReturnRate{
		Subject: r.Subject, Returns: r.Returns, WithoutReceipt: r.Blind, Overridden: r.Overridden, UnitsSold: r.UnitsSold, Sold: money(r.SoldMinor),
		UnitsReturned: r.UnitsBack, Returned: money(r.BackMinor),
	}
	if share, known := r.ShareBasisPoints(); known {
		rate.ShareBasisPoints = &share
	}
	return rate
}
