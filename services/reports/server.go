// Package reports serves what came of it all, read from the documents and the ledger: aisle.reports.v1.ReportService.
package reports

import (
	"context"
	"slices"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/reports/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// pageDefault is how long a page is where nobody says.
const pageDefault = 100

// Reads is what the service reads.
type Reads interface {
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	Channel(ctx context.Context, code string) (retail.Channel, bool, error)
	// Margins returns what goods brought in from one time to before another, after one.
	Margins(ctx context.Context, from, until time.Time, of retail.MarginsOf, after retail.Margin, limit int) ([]retail.Margin, error)
	// ReturnRates returns what came back from one time to before another, beside what was sold, after one, the most first.
	ReturnRates(ctx context.Context, from, until time.Time, of retail.ReturnRatesOf, after retail.ReturnRate, limit int) ([]retail.ReturnRate, error)
	// Liabilities returns what a location owes as stored value, or all of them, by kind and currency, from one time to before another.
	Liabilities(ctx context.Context, from, until time.Time, location string) ([]retail.Liability, error)
	// Settlements returns what locations owe each other, as each of their books says, from one time to before another, after one: those of
	// the book of a location and with another one, where these are named.
	Settlements(
		ctx context.Context, from, until time.Time, location, with string, after retail.PairSettlement, limit int,
	) ([]retail.PairSettlement, error)
	// SettlementEntries returns the entries of a pair from one time to before another, after one, the oldest first.
	SettlementEntries(
		ctx context.Context, from, until time.Time, of retail.SettlementEntriesOf, after retail.SettlementMark, limit int,
	) ([]retail.SettlementEntry, error)
}

// Server is aisle.reports.v1.ReportService.
type Server struct {
	pb.UnimplementedReportServiceServer
	reads Reads
}

// New returns the service.
func New(reads Reads) *Server { return &Server{reads: reads} }

// marginMark is where a page of margins ended.
type marginMark struct{ Location, Channel, Product, SKU, Currency string }

// ListMargins returns what goods brought in.
func (s *Server) ListMargins(ctx context.Context, req *pb.ListMarginsRequest) (*pb.ListMarginsResponse, error) {
	mark, err := page.Read[marginMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	from, until, err := retail.ReportDays(req.GetFromDay(), req.GetUntilDay())
	if err != nil {
		return nil, err
	}
	if err := s.know(ctx, req.GetLocation(), req.GetChannel()); err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	after := retail.Margin{Location: mark.Location, Channel: mark.Channel, Product: mark.Product, SKU: mark.SKU, Currency: mark.Currency}
	found, err := s.reads.Margins(ctx, from, until, asked(req), after, limit+1)
	if err != nil {
		return nil, err
	}
	return marginsTo(found, limit), nil
}

// know refuses a location or a channel that there is not; an empty one is all of them.
func (s *Server) know(ctx context.Context, location, channel string) error {
	if location != "" {
		if _, err := trade.Place(ctx, s.reads, location, "location"); err != nil {
			return err
		}
	}
	if channel != "" {
		if _, err := trade.Channel(ctx, s.reads, channel); err != nil {
			return err
		}
	}
	return nil
}

func asked(req *pb.ListMarginsRequest) retail.MarginsOf {
	by := func(part pb.MarginPart) bool { return slices.Contains(req.GetBy(), part) }
	return retail.MarginsOf{
		Location: req.GetLocation(), Channel: req.GetChannel(), ByLocation: by(pb.MarginPart_MARGIN_PART_LOCATION),
		ByChannel: by(pb.MarginPart_MARGIN_PART_CHANNEL), ByProduct: by(pb.MarginPart_MARGIN_PART_PRODUCT), BySKU: by(pb.MarginPart_MARGIN_PART_SKU),
	}
}

func marginsTo(found []retail.Margin, limit int) *pb.ListMarginsResponse {
	answer := &pb.ListMarginsResponse{}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		answer.NextPageToken = page.Token(marginMark{last.Location, last.Channel, last.Product, last.SKU, last.Currency})
	}
	for _, m := range found {
		money := func(minor int64) *retailpb.Money {
			return &retailpb.Money{CurrencyCode: m.Currency, AmountMinor: minor}
		}
		answer.Margins = append(answer.Margins, &pb.Margin{
			Location: m.Location, Channel: m.Channel, Product: m.Product, Sku: m.SKU, Sold: m.Sold, Returned: m.Returned,
			Turnover: money(m.NetMinor), Cost: money(m.CostMinor), Margin: money(m.Minor()), UnitsWithoutCost: m.UnitsWithoutCost,
			TurnoverWithoutCost: money(m.NetWithoutCostMinor),
		})
	}
	return answer
}
