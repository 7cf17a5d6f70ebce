// Package counts serves counting: sessions by zone, what was read in them, and the differences that are posted.
package counts

import (
	"context"
	"fmt"
	"slices"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	// KnownSKUs returns those of the SKUs that no product has.
	KnownSKUs(ctx context.Context, skus []string) (missing []string, err error)
	// Items returns what barcodes and SKUs stand for, in the order asked.
	Items(ctx context.Context, refs []retail.ItemRef, priceList string) ([]retail.Item, error)
	Count(ctx context.Context, location string, id retail.ID) (retail.Count, bool, error)
	// Counts returns the counts of a place, newest first, after a mark.
	Counts(ctx context.Context, location string, after retail.OrderMark, limit int) ([]retail.Count, error)
	// Readings returns what was read in a count, in the order it was recorded, after a mark.
	Readings(ctx context.Context, location string, count retail.ID, after retail.OrderMark, limit int) ([]retail.ReadingSum, error)
	// Unknowns returns a count and what was read in it and stands for nothing, by code, after one.
	Unknowns(ctx context.Context, location string, id retail.ID, after string, limit int) (retail.Count, bool, []retail.UnknownCode, error)
	// HasUnknown tells whether a code was read in a count while it stood for nothing.
	HasUnknown(ctx context.Context, location string, count retail.ID, code string) (bool, error)
	// CountedSKUs returns a count and what it comes to for SKUs, by SKU, all as of one moment.
	CountedSKUs(ctx context.Context, location string, id retail.ID, q retail.CountQuery) (retail.Count, bool, []retail.CountedSKU, error)
}

const (
	// pageDefault is how many SKUs or unknowns a page has where the request does not say, listDefault how many counts or readings.
	pageDefault = 100
	listDefault = 50
	// postMax is how many SKUs one transaction posts: each locks a line and a position, and the engine takes 2004 rows locked and
	// written.
	postMax = 400
	// lookMax is how many SKUs are looked at in one read.
	lookMax = 2000
)

// Server is aisle.counts.v1.CountService.
type Server struct {
	pb.UnimplementedCountServiceServer
	engine *ledger.Engine
	reads  Reads
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads) *Server { return &Server{engine: engine, reads: reads} }

// OpenCount begins a count.
func (s *Server) OpenCount(ctx context.Context, req *pb.OpenCountRequest) (*pb.Count, error) {
	if _, err := trade.Place(ctx, s.reads, req.GetLocation(), "location"); err != nil {
		return nil, err
	}
	if err := trade.KnowSKUs(ctx, s.reads, req.GetSkus(), trade.Each("skus")); err != nil {
		return nil, err
	}
	return told(ledger.Submit(ctx, s.engine, openFrom(req)))
}

func told(c retail.Count, err error) (*pb.Count, error) {
	if err != nil {
		return nil, err
	}
	return countTo(c), nil
}

// RecordReadings records what a counter read in one zone.
func (s *Server) RecordReadings(ctx context.Context, req *pb.RecordReadingsRequest) (*pb.Reading, error) {
	reading, refs, err := readingFrom(req, time.Now())
	if err != nil {
		return nil, err
	}
	if err := s.match(ctx, &reading, refs); err != nil {
		return nil, err
	}
	sum, err := ledger.Submit(ctx, s.engine, retail.RecordReading{Transaction: ledger.NewID(), Reading: reading})
	if err != nil {
		return nil, err
	}
	return readingTo(sum, nil), nil
}

// match finds what the lines of a reading stand for. A SKU must be one; a barcode that nothing has stays as it is.
func (s *Server) match(ctx context.Context, reading *retail.Reading, refs []retail.ItemRef) error {
	if len(refs) == 0 {
		return nil
	}
	items, err := s.reads.Items(ctx, refs, "")
	if err != nil {
		return err
	}
	for i, item := range items {
		if !item.Found && refs[i].SKU != "" {
			return retail.RefuseField(retail.UnknownSKU, fmt.Sprintf("lines[%d].sku", i), "no variant has the SKU %s", refs[i].SKU).
				With("sku", refs[i].SKU)
		}
		reading.Lines[i].SKU = item.SKU
	}
	return nil
}

// ImportEpcis records the events of an EPCIS document, in pieces that an event that comes again finds whole.
func (s *Server) ImportEpcis(ctx context.Context, req *pb.ImportEpcisRequest) (*pb.ImportEpcisResponse, error) {
	act, err := actFrom(req)
	if err != nil {
		return nil, err
	}
	observed, err := parseDocument(req.GetDocument())
	if err != nil {
		return nil, err
	}
	at, _, err := s.reads.Location(ctx, act.Location)
	if err != nil {
		return nil, err
	}
	events, err := eventsFrom(req, act, observed, at.GLN, time.Now())
	if err != nil {
		return nil, err
	}
	if err := s.matchEvents(ctx, events); err != nil {
		return nil, err
	}
	answer := &pb.ImportEpcisResponse{Events: int32(len(events))}
	for i, piece := range piecesOf(act, events) {
		captured, err := ledger.Submit(ledger.PieceOf(ctx, i), s.engine, piece)
		if err != nil {
			return nil, err
		}
		captureTo(answer, piece, captured)
	}
	slices.Sort(answer.UnknownCodes)
	answer.UnknownCodes = slices.Compact(answer.UnknownCodes)
	return answer, nil
}

// matchEvents finds what the codes of events stand for, each code once.
func (s *Server) matchEvents(ctx context.Context, events [][]retail.Reading) error {
	var refs []retail.ItemRef
	sku := map[string]string{}
	for line := range linesOf(events) {
		if _, asked := sku[line.Code]; !asked {
			sku[line.Code] = ""
			refs = append(refs, retail.ItemRef{GTIN: line.Code})
		}
	}
	for part := range slices.Chunk(refs, lookMax) {
		items, err := s.reads.Items(ctx, part, "")
		if err != nil {
			return err
		}
		for i, item := range items {
			sku[part[i].GTIN] = item.SKU
		}
	}
	for line := range linesOf(events) {
		line.SKU = sku[line.Code]
	}
	return nil
}

// CompleteCount says that counting is over.
func (s *Server) CompleteCount(ctx context.Context, req *pb.CompleteCountRequest) (*pb.Count, error) {
	act, err := actFrom(req)
	if err != nil {
		return nil, err
	}
	return told(ledger.Submit(ctx, s.engine, retail.CompleteCount{CountAct: act, WholeScope: req.GetWholeScope()}))
}

// ReviewVariances says what shall become of differences.
func (s *Server) ReviewVariances(ctx context.Context, req *pb.ReviewVariancesRequest) (*pb.ReviewVariancesResponse, error) {
	act, err := actFrom(req)
	if err != nil {
		return nil, err
	}
	reviews, skus, err := reviewsFrom(req.GetReviews())
	if err != nil {
		return nil, err
	}
	lines, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[[]retail.CountLine], error) {
		count, counted, err := s.counted(ctx, act, retail.CountQuery{SKUs: skus, Limit: len(skus)})
		if err != nil {
			return nil, err
		}
		cmd := retail.ReviewVariances{CountAct: act, Planned: count.Version, SKUs: slices.Clone(reviews)}
		return cmd, countedOf(cmd.SKUs, counted)
	})
	if err != nil {
		return nil, err
	}
	return reviewedTo(lines), nil
}

// counted reads a count and its SKUs, or refuses.
func (s *Server) counted(ctx context.Context, act retail.CountAct, q retail.CountQuery) (retail.Count, []retail.CountedSKU, error) {
	count, found, counted, err := s.reads.CountedSKUs(ctx, act.Location, act.Count, q)
	if err == nil && !found {
		err = unknownCount(act)
	}
	return count, counted, err
}

func unknownCount(act retail.CountAct) error {
	return retail.Refuse(retail.UnknownCount, "there is no count %s at %s", act.Count, act.Location)
}

// DismissUnknown says of a code that it is no goods of ours.
func (s *Server) DismissUnknown(ctx context.Context, req *pb.DismissUnknownRequest) (*pb.Count, error) {
	act, err := actFrom(req)
	if err != nil {
		return nil, err
	}
	if _, err := s.find(ctx, act); err != nil {
		return nil, err
	}
	read, err := s.reads.HasUnknown(ctx, act.Location, act.Count, req.GetCode())
	if err != nil {
		return nil, err
	}
	if !read {
		return nil, retail.RefuseField(retail.InvalidRequest, "code", "is none that was read in the count and stood for nothing")
	}
	return told(ledger.Submit(ctx, s.engine, retail.DismissUnknown{
		CountAct: act, DismissedCode: retail.DismissedCode{Code: req.GetCode(), Note: req.GetNote()},
	}))
}

// PostCount posts differences that were accepted.
func (s *Server) PostCount(ctx context.Context, req *pb.PostCountRequest) (*pb.PostCountResponse, error) {
	act, err := actFrom(req)
	if err != nil {
		return nil, err
	}
	posted, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.CountPosted], error) {
		cmd := retail.PostCount{CountAct: act, Reason: req.GetReason()}
		if len(req.GetSkus()) > 0 {
			return s.postNamed(ctx, cmd, req.GetSkus())
		}
		return s.postAccepted(ctx, cmd)
	})
	if err != nil {
		return nil, err
	}
	return postedTo(posted), nil
}

// postNamed plans the posting of SKUs that all must have been accepted.
func (s *Server) postNamed(ctx context.Context, cmd retail.PostCount, skus []string) (retail.PostCount, error) {
	count, counted, err := s.counted(ctx, cmd.CountAct, retail.CountQuery{SKUs: skus, Limit: len(skus)})
	if err != nil {
		return cmd, err
	}
	cmd.Planned = count.Version
	accepted := retail.Accepted(counted)
	for i, sku := range skus {
		at := slices.IndexFunc(accepted, func(p retail.PostedSKU) bool { return p.SKU == sku })
		if at < 0 {
			return cmd, retail.RefuseField(retail.CountUnreviewed, fmt.Sprintf("skus[%d]", i), "the difference of %s is not accepted", sku).
				With("sku", sku)
		}
		cmd.SKUs = append(cmd.SKUs, accepted[at])
	}
	return cmd, nil
}

// postAccepted plans the posting of all that was accepted, as far as one transaction goes.
func (s *Server) postAccepted(ctx context.Context, cmd retail.PostCount) (retail.PostCount, error) {
	q := retail.CountQuery{Accepted: true, Limit: lookMax}
	for first := true; ; first = false {
		count, counted, err := s.counted(ctx, cmd.CountAct, q)
		if err != nil {
			return cmd, err
		}
		if first {
			cmd.Planned = count.Version
		}
		cmd.SKUs = append(cmd.SKUs, retail.Accepted(counted)...)
		if cmd.More = len(cmd.SKUs) > postMax; cmd.More {
			cmd.SKUs = cmd.SKUs[:postMax]
		}
		if cmd.More || len(counted) < q.Limit {
			break
		}
		q.After = counted[len(counted)-1].SKU
	}
	if len(cmd.SKUs) == 0 {
		return cmd, retail.Refuse(retail.CountUnreviewed, "no difference is accepted and not posted")
	}
	return cmd, nil
}

// CloseCount ends a count.
func (s *Server) CloseCount(ctx context.Context, req *pb.CloseCountRequest) (*pb.Count, error) {
	act, err := actFrom(req)
	if err != nil {
		return nil, err
	}
	return told(ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Count], error) {
		cmd := retail.CloseCount{CountAct: act, Note: req.GetNote()}
		if req.GetLeaveRest() {
			return cmd, nil
		}
		cmd.Planned, err = s.nothingLeft(ctx, act)
		return cmd, err
	}))
}

// nothingLeft looks through a count for what somebody must look at, and refuses where there is any. It returns the version of the
// count that it looked at.
func (s *Server) nothingLeft(ctx context.Context, act retail.CountAct) (version int64, err error) {
	q := retail.CountQuery{Limit: lookMax}
	for {
		count, counted, err := s.counted(ctx, act, q)
		if err != nil {
			return 0, err
		}
		if version == 0 {
			version = count.Version
		}
		if count.State != retail.CountCounted {
			return version, nil // which is refused
		}
		for _, sku := range counted {
			if sku.Open(count) {
				return 0, retail.Refuse(retail.CountUnreviewed, "a difference of %d of %s is neither posted nor ignored", sku.Variance(count), sku.SKU).
					With("sku", sku.SKU)
			}
		}
		if len(counted) < q.Limit {
			break
		}
		q.After = counted[len(counted)-1].SKU
	}
	for after := ""; ; {
		count, _, unknowns, err := s.reads.Unknowns(ctx, act.Location, act.Count, after, lookMax)
		if err != nil {
			return 0, err
		}
		for _, unknown := range unknowns {
			if _, dismissed := count.Has(unknown.Code); !dismissed {
				return 0, retail.Refuse(retail.CountUnreviewed, "%s is unknown and was not dismissed", unknown.Code).With("code", unknown.Code)
			}
		}
		if len(unknowns) < lookMax {
			return version, nil
		}
		after = unknowns[len(unknowns)-1].Code
	}
}

// CancelCount gives a count up.
func (s *Server) CancelCount(ctx context.Context, req *pb.CancelCountRequest) (*pb.Count, error) {
	act, err := actFrom(req)
	if err != nil {
		return nil, err
	}
	return told(ledger.Submit(ctx, s.engine, retail.CancelCount{CountAct: act, Note: req.GetNote()}))
}

// GetCount returns a count.
func (s *Server) GetCount(ctx context.Context, req *pb.GetCountRequest) (*pb.Count, error) {
	act, err := actFrom(req)
	if err != nil {
		return nil, err
	}
	return told(s.find(ctx, act))
}

func (s *Server) find(ctx context.Context, act retail.CountAct) (retail.Count, error) {
	count, found, err := s.reads.Count(ctx, act.Location, act.Count)
	if err == nil && !found {
		err = unknownCount(act)
	}
	return count, err
}

// ListCounts returns the counts of a location.
func (s *Server) ListCounts(ctx context.Context, req *pb.ListCountsRequest) (*pb.ListCountsResponse, error) {
	if _, err := trade.Place(ctx, s.reads, req.GetLocation(), "location"); err != nil {
		return nil, err
	}
	after, err := page.Read[retail.OrderMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), listDefault)
	found, err := s.reads.Counts(ctx, req.GetLocation(), after, limit+1)
	if err != nil {
		return nil, err
	}
	return countsTo(found, limit), nil
}

// ListVariances returns what was counted of each SKU and what was expected.
func (s *Server) ListVariances(ctx context.Context, req *pb.ListVariancesRequest) (*pb.ListVariancesResponse, error) {
	act, err := actFrom(req)
	if err != nil {
		return nil, err
	}
	after, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	q := retail.CountQuery{After: after, Limit: limit + 1}
	if req.GetOnlyDifferences() {
		q.Limit = lookMax
	}
	var count retail.Count
	var found []retail.CountedSKU
	for ended := false; !ended && len(found) <= limit; {
		var counted []retail.CountedSKU
		if count, counted, err = s.counted(ctx, act, q); err != nil {
			return nil, err
		}
		if ended = len(counted) < q.Limit; !ended {
			q.After = counted[len(counted)-1].SKU
		}
		for _, sku := range counted {
			if !req.GetOnlyDifferences() || count.ShowsExpected() && sku.Variance(count) != 0 {
				found = append(found, sku)
			}
		}
	}
	return variancesTo(count, found, limit), nil
}

// ListUnknowns returns what was read and stands for no variant.
func (s *Server) ListUnknowns(ctx context.Context, req *pb.ListUnknownsRequest) (*pb.ListUnknownsResponse, error) {
	act, err := actFrom(req)
	if err != nil {
		return nil, err
	}
	after, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	count, found, unknowns, err := s.reads.Unknowns(ctx, act.Location, act.Count, after, limit+1)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, unknownCount(act)
	}
	return unknownsTo(count, unknowns, limit), nil
}

// ListReadings returns what was read.
func (s *Server) ListReadings(ctx context.Context, req *pb.ListReadingsRequest) (*pb.ListReadingsResponse, error) {
	act, err := actFrom(req)
	if err != nil {
		return nil, err
	}
	after, err := page.Read[retail.OrderMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	count, err := s.find(ctx, act)
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), listDefault)
	found, err := s.reads.Readings(ctx, act.Location, act.Count, after, limit+1)
	if err != nil {
		return nil, err
	}
	return readingsTo(count, found, limit), nil
}
