package reports

import (
	"context"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/reports/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

// ListLiabilities returns what is owed as stored value.
func (s *Server) ListLiabilities(ctx context.Context, req *pb.ListLiabilitiesRequest) (*pb.ListLiabilitiesResponse, error) {
	from, until, err := retail.ReportDays(req.GetFromDay(), req.GetUntilDay())
	if err != nil {
		return nil, err
	}
	if err := s.know(ctx, req.GetLocation(), ""); err != nil {
		return nil, err
	}
	found, err := s.reads.Liabilities(ctx, from, until, req.GetLocation())
	if err != nil {
		return nil, err
	}
	answer := &pb.ListLiabilitiesResponse{}
	for _, l := range found {
		answer.Liabilities = append(answer.Liabilities, liabilityTo(l))
	}
	return answer, nil
}

var kinds = map[string]pb.StoredValueKind{
	retail.GiftCard:    pb.StoredValueKind_STORED_VALUE_KIND_GIFT_CARD,
	retail.StoreCredit: pb.StoredValueKind_STORED_VALUE_KIND_STORE_CREDIT,
}

func liabilityTo(l retail.Liability) *pb.Liability {
	money := func(minor int64) *retailpb.Money {
		return &retailpb.Money{CurrencyCode: l.Currency, AmountMinor: minor}
	}
	return &pb.Liability{
		Kind: kinds[l.Kind], Opening: money(l.OpeningMinor), Issued: money(l.IssuedMinor), ToppedUp: money(l.ToppedUpMinor),
		Refunded: money(l.RefundedMinor), Spent: money(l.SpentMinor), Returned: money(l.ReturnedMinor), Outstanding: money(l.OutstandingMinor()),
		Open: l.Open, Expired: money(l.ExpiredMinor),
	}
}
