package reports

import (
	"context"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/reports/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// pairMark is where a page of settlements ended.
type pairMark struct{ Location, With, Currency string }

// ListSettlements returns what locations owe each other.
func (s *Server) ListSettlements(ctx context.Context, req *pb.ListSettlementsRequest) (*pb.ListSettlementsResponse, error) {
	mark, err := page.Read[pairMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	from, until, err := retail.ReportDays(req.GetFromDay(), req.GetUntilDay())
	if err != nil {
		return nil, err
	}
	if err := s.knowPair(ctx, req); err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	after := retail.PairSettlement{Location: mark.Location, With: mark.With, Currency: mark.Currency}
	found, err := s.reads.Settlements(ctx, from, until, req.GetLocation(), req.GetWithLocation(), after, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListSettlementsResponse{}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		answer.NextPageToken = page.Token(pairMark{last.Location, last.With, last.Currency})
	}
	for _, f := range found {
		answer.Settlements = append(answer.Settlements, settlementTo(f))
	}
	return answer, nil
}

// ListSettlementEntries returns what is behind a settlement.
func (s *Server) ListSettlementEntries(
	ctx context.Context, req *pb.ListSettlementEntriesRequest,
) (*pb.ListSettlementEntriesResponse, error) {
	mark, err := page.Read[retail.SettlementMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	from, until, err := retail.ReportDays(req.GetFromDay(), req.GetUntilDay())
	if err != nil {
		return nil, err
	}
	if err := s.knowPair(ctx, req); err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	of := retail.SettlementEntriesOf{Location: req.GetLocation(), With: req.GetWithLocation(), Part: partOf(req.GetPart())}
	found, err := s.reads.SettlementEntries(ctx, from, until, of, mark, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListSettlementEntriesResponse{}
	if len(found) > limit {
		found = found[:limit]
		answer.NextPageToken = page.Token(found[limit-1].Mark())
	}
	for _, e := range found {
		answer.Entries = append(answer.Entries, settlementEntryTo(e))
	}
	return answer, nil
}

// knowPair refuses locations that there are not, and one with itself; an empty one is all of them.
func (s *Server) knowPair(ctx context.Context, req interface {
	GetLocation() string
	GetWithLocation() string
}) error {
	if err := s.know(ctx, req.GetLocation(), ""); err != nil {
		return err
	}
	if req.GetWithLocation() == "" {
		return nil
	}
	if req.GetWithLocation() == req.GetLocation() {
		return retail.RefuseField(retail.InvalidRequest, "with_location", "is the location itself, which settles nothing with itself")
	}
	_, err := trade.Place(ctx, s.reads, req.GetWithLocation(), "with_location")
	return err
}

const partPrefix = "SETTLEMENT_PART_"

func partOf(asked pb.SettlementPart) retail.SettlementPart {
	if asked == pb.SettlementPart_SETTLEMENT_PART_UNSPECIFIED {
		return ""
	}
	return retail.SettlementPart(strings.TrimPrefix(asked.String(), partPrefix))
}

func settlementTo(s retail.PairSettlement) *pb.Settlement {
	money := func(minor int64) *retailpb.Money {
		return &retailpb.Money{CurrencyCode: s.Currency, AmountMinor: minor}
	}
	of := s.PartsMinor
	return &pb.Settlement{
		Location: s.Location, WithLocation: s.With, Opening: money(s.OpeningMinor), TakenForThem: money(of[retail.TakenForThem]),
		GivenBackForThem: money(of[retail.GivenBackForThem]), ValueAcceptedForThem: money(of[retail.ValueAcceptedForThem]),
		ValueLoadedForThem: money(of[retail.ValueLoadedForThem]), TakenForUs: money(of[retail.TakenForUs]),
		GivenBackForUs: money(of[retail.GivenBackForUs]), ValueAcceptedForUs: money(of[retail.ValueAcceptedForUs]),
		ValueLoadedForUs: money(of[retail.ValueLoadedForUs]), Closing: money(s.ClosingMinor()), Entries: s.Entries,
	}
}

func settlementEntryTo(e retail.SettlementEntry) *pb.SettlementEntry {
	return &pb.SettlementEntry{
		Transaction: e.Header.ID.String(), RecordedAt: timestamppb.New(e.Header.RecordedAt), OccurredAt: timestamppb.New(e.Header.OccurredAt),
		Kind: string(e.Header.Kind), Cause: e.Header.Cause, Order: e.Order.String(), Part: pb.SettlementPart(pb.SettlementPart_value[partPrefix+string(e.Part)]),
		Amount:  &retailpb.Money{CurrencyCode: e.Currency, AmountMinor: e.AmountMinor},
		Account: e.Account, Actor: e.Header.Actor,
	}
}
