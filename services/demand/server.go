// Package demand records what people look for, and reports it: aisle.demand.v1.DemandService. Nobody who looks for something waits for
// the record of it, and no read enters the engine: a Recorder is shown each call when it is answered (rpc.Config.Observe), counts like
// ones together in memory, and records them now and then by an ordinary command of bulk work. So the path of a write stays the one
// there is, and what is recorded is sealed and proved as everything is. What a process that is killed had seen in its last seconds is
// lost, which statistics can bear.
package demand

import (
	"context"
	"math"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/demand/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// pageDefault is how long a page is where nobody says.
const pageDefault = 50

// Reads is what the service reads.
type Reads interface {
	// UnmetDemand returns what was wanted and not had from one time to before another, by location, SKU and words, after one. No location,
	// channel and product are all.
	UnmetDemand(ctx context.Context, from, until time.Time, location, channel, product string, after retail.UnmetDemand, limit int) (
		[]retail.UnmetDemand, error)
	// Searched returns what was searched for, the most frequent first, after one; in vain: only where nothing was found at least once.
	Searched(ctx context.Context, from, until time.Time, location, channel string, inVain bool, after retail.Searched, limit int) (
		[]retail.Searched, error)
}

// Server is aisle.demand.v1.DemandService.
type Server struct {
	pb.UnimplementedDemandServiceServer
	reads Reads
}

// New returns the service.
func New(reads Reads) *Server { return &Server{reads: reads} }

// unmetMark is where a page of what was not had ended.
type unmetMark struct{ Location, SKU, Words string }

// ListUnmetDemand returns what was wanted and not had.
func (s *Server) ListUnmetDemand(ctx context.Context, req *pb.ListUnmetDemandRequest) (*pb.ListUnmetDemandResponse, error) {
	after, err := page.Read[unmetMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	from, until, err := retail.ReportDays(req.GetFromDay(), req.GetUntilDay())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	found, err := s.reads.UnmetDemand(ctx, from, until, req.GetLocation(), req.GetChannel(), req.GetProduct(),
		retail.UnmetDemand{Location: after.Location, SKU: after.SKU, Words: after.Words}, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListUnmetDemandResponse{}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		answer.NextPageToken = page.Token(unmetMark{last.Location, last.SKU, last.Words})
	}
	for _, u := range found {
		answer.Demands = append(answer.Demands, &pb.UnmetDemand{
			Location: u.Location, Sku: u.SKU, Words: u.Words, Product: u.Product, Title: u.Title, OptionValues: u.Options,
			Searches: u.Searches, Asked: u.Asked, AskedProduct: u.AskedProduct, HoldsRefused: u.Holds, OrdersRefused: u.Orders,
			ExchangesRefused: u.Exchanges, TransfersRefused: u.Transfers, UnitsWanted: u.Units, UnitsShort: u.Short,
		})
	}
	return answer, nil
}

// ListSearches returns what was searched for.
func (s *Server) ListSearches(ctx context.Context, req *pb.ListSearchesRequest) (*pb.ListSearchesResponse, error) {
	after := retail.Searched{Times: math.MaxInt64}
	if req.GetPageToken() != "" {
		var err error
		if after, err = page.Read[retail.Searched](req.GetPageToken()); err != nil {
			return nil, err
		}
		after.Times = max(after.Times, 0)
	}
	from, until, err := retail.ReportDays(req.GetFromDay(), req.GetUntilDay())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	found, err := s.reads.Searched(ctx, from, until, req.GetLocation(), req.GetChannel(), req.GetInVain(), after, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListSearchesResponse{}
	if len(found) > limit {
		found = found[:limit]
		answer.NextPageToken = page.Token(found[limit-1])
	}
	for _, f := range found {
		answer.Searches = append(answer.Searches, &pb.Search{
			Words: f.Words, Filters: f.Filters, Sku: f.SKU, Location: f.Location, Channel: f.Channel, Language: f.Language,
			Times: f.Times, TimesInVain: f.InVain, FoundLeast: f.Least, FoundMost: f.Most,
		})
	}
	return answer, nil
}
