package counts

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

func openFrom(req *pb.OpenCountRequest) retail.OpenCount {
	return retail.OpenCount{
		CountAct: retail.CountAct{Location: req.GetLocation(), Count: ledger.NewID(), Transaction: ledger.NewID()},
		Name:     req.GetName(), Zones: req.GetZones(), SKUs: req.GetSkus(), Blind: req.GetBlind(), SellableOnly: req.GetSellableOnly(),
	}
}

// actFrom reads which count a request is about.
func actFrom(req interface {
	GetLocation() string
	GetCount() string
}) (retail.CountAct, error) {
	id, err := retail.ParseID(req.GetCount())
	if err != nil || id.IsZero() {
		return retail.CountAct{}, retail.RefuseField(retail.InvalidRequest, "count", "must be a uuid")
	}
	return retail.CountAct{Location: req.GetLocation(), Count: id, Transaction: ledger.NewID()}, nil
}

// readingFrom reads a recording, and what its lines stand for is to be looked up by.
func readingFrom(req *pb.RecordReadingsRequest, now time.Time) (retail.Reading, []retail.ItemRef, error) {
	act, err := actFrom(req)
	if err != nil {
		return retail.Reading{}, nil, err
	}
	reading := retail.Reading{
		Location: act.Location, Count: act.Count, ID: ledger.NewID(), Counter: req.GetCounter(), Zone: req.GetZone(), Pass: max(1, req.GetPass()),
	}
	if reading.ReadAt, err = retail.ReadAt(req.GetReadAt() != nil, req.GetReadAt().AsTime(), now); err != nil {
		return reading, nil, err
	}
	refs := make([]retail.ItemRef, len(req.GetLines()))
	for i, line := range req.GetLines() {
		read, ref, err := lineFrom(line)
		if err != nil {
			return reading, nil, retail.Under(err, fmt.Sprintf("lines[%d]", i))
		}
		reading.Lines = append(reading.Lines, read)
		refs[i] = ref
	}
	return reading, refs, nil
}

// lineFrom reads one thing that was read.
func lineFrom(line *pb.ReadingLine) (retail.ReadingLine, retail.ItemRef, error) {
	read := retail.ReadingLine{Quantity: line.GetQuantity()}
	named := 0
	for _, name := range []string{line.GetSku(), line.GetGtin(), line.GetEpc()} {
		if name != "" {
			named++
		}
	}
	switch {
	case named != 1:
		return read, retail.ItemRef{}, retail.RefuseField(retail.InvalidRequest, "sku", "a line names one of sku, gtin and epc, and this %d", named)
	case line.GetSku() != "":
		return read, retail.ItemRef{SKU: line.GetSku()}, nil
	case line.GetGtin() != "":
		gtin, ok := retail.GTIN14(line.GetGtin())
		if !ok {
			return read, retail.ItemRef{}, retail.RefuseField(retail.InvalidRequest, "gtin", "%s is no GTIN: its check digit is wrong, or its length", line.GetGtin())
		}
		read.Code = gtin
		return read, retail.ItemRef{GTIN: gtin}, nil
	}
	tag, ok := retail.ParseTag(line.GetEpc())
	if !ok {
		return read, retail.ItemRef{}, retail.RefuseField(retail.InvalidRequest, "epc", "%s can't be an EPC", line.GetEpc())
	}
	if line.GetQuantity() > 1 {
		return read, retail.ItemRef{}, retail.RefuseField(retail.InvalidRequest, "quantity", "a tag is on one unit, and not on %d", line.GetQuantity())
	}
	read.Quantity, read.Unit, read.Code = 1, tag.Unit, tag.GTIN
	if tag.GTIN == "" {
		read.Code = tag.Unit
	}
	return read, retail.ItemRef{GTIN: read.Code}, nil
}

const decisionPrefix = "DECISION_"

// reviewsFrom reads decisions, and of which SKUs they are.
func reviewsFrom(reviews []*pb.VarianceReview) ([]retail.ReviewedSKU, []string, error) {
	all, skus := make([]retail.ReviewedSKU, len(reviews)), make([]string, len(reviews))
	first := map[string]int{}
	for i, review := range reviews {
		field := fmt.Sprintf("reviews[%d]", i)
		if before, twice := first[review.GetSku()]; twice {
			return nil, nil, retail.RefuseField(retail.InvalidRequest, field+".sku", "the SKU %s stands on reviews[%d] already", review.GetSku(), before)
		}
		first[review.GetSku()] = i
		skus[i] = review.GetSku()
		all[i] = retail.ReviewedSKU{
			SKU: review.GetSku(), Decision: retail.Decision(strings.TrimPrefix(review.GetDecision().String(), decisionPrefix)), Note: review.GetNote(),
		}
		if all[i].Decision == retail.VarianceIgnored && review.GetNote() == "" {
			return nil, nil, retail.RefuseField(retail.InvalidRequest, field+".note", "what is ignored needs a note")
		}
	}
	return all, skus, nil
}

// countedOf fills in what was counted of the SKUs that are reviewed.
func countedOf(reviews []retail.ReviewedSKU, counted []retail.CountedSKU) error {
	of := make(map[string]retail.CountedSKU, len(counted))
	for _, sku := range counted {
		of[sku.SKU] = sku
	}
	for i := range reviews {
		sku, found := of[reviews[i].SKU]
		if !found {
			return retail.RefuseField(retail.NotCounted, fmt.Sprintf("reviews[%d].sku", i), "%s was not counted", reviews[i].SKU).
				With("sku", reviews[i].SKU)
		}
		reviews[i].Counted, reviews[i].Moment = sku.Counted, sku.Moment
	}
	return nil
}

func countTo(c retail.Count) *pb.Count {
	answer := &pb.Count{
		Id: c.ID.String(), Location: c.Location, Name: c.Name, State: pb.CountState(pb.CountState_value["COUNT_STATE_"+string(c.State)]),
		Skus: c.SKUs, Blind: c.Blind, SellableOnly: c.SellableOnly, WholeScope: c.WholeScope, Readings: c.Readings, Postings: c.Postings,
		Note: c.Note, OpenedAt: timestamppb.New(c.OpenedAt), RecordedAt: timestamppb.New(c.RecordedAt),
	}
	if c.WholeScope {
		answer.WholeAt = timestamppb.New(c.WholeAt)
	}
	for _, zone := range c.Zones {
		answer.Zones = append(answer.Zones, &pb.CountZone{Zone: zone.Zone, Pass: zone.Pass})
	}
	for _, code := range c.Dismissed {
		answer.Dismissed = append(answer.Dismissed, &pb.DismissedCode{Code: code.Code, Note: code.Note})
	}
	return answer
}

func countsTo(found []retail.Count, limit int) *pb.ListCountsResponse {
	answer := &pb.ListCountsResponse{}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		answer.NextPageToken = page.Token(retail.OrderMark{OccurredAt: last.OpenedAt, ID: last.ID})
	}
	for _, c := range found {
		answer.Counts = append(answer.Counts, countTo(c))
	}
	return answer
}

// readingTo tells a reading; passes are the latest of the zones, nil where it is not known what came after it.
func readingTo(r retail.ReadingSum, passes map[string]int32) *pb.Reading {
	return &pb.Reading{
		Id: r.ID.String(), Count: r.Count.String(), Zone: r.Zone, Pass: r.Pass, Counter: r.Counter, ReadAt: timestamppb.New(r.ReadAt),
		Lines: r.LineCount, Units: r.UnitCount, UnknownCodes: r.Unknown, Superseded: passes[r.Zone] > r.Pass,
		RecordedAt: timestamppb.New(r.RecordedAt), EventId: r.EventID, Withdrawn: r.Withdrawn,
	}
}

func readingsTo(c retail.Count, found []retail.ReadingSum, limit int) *pb.ListReadingsResponse {
	answer := &pb.ListReadingsResponse{}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		answer.NextPageToken = page.Token(retail.OrderMark{OccurredAt: last.RecordedAt, ID: last.ID})
	}
	passes := map[string]int32{}
	for _, zone := range c.Zones {
		passes[zone.Zone] = zone.Pass
	}
	for _, r := range found {
		answer.Readings = append(answer.Readings, readingTo(r, passes))
	}
	return answer
}

func decisionTo(d retail.Decision) pb.Decision {
	return pb.Decision(pb.Decision_value[decisionPrefix+string(d)])
}

func reviewedTo(lines []retail.CountLine) *pb.ReviewVariancesResponse {
	answer := &pb.ReviewVariancesResponse{}
	for _, line := range lines {
		answer.Reviewed = append(answer.Reviewed, &pb.ReviewedVariance{
			Sku: line.SKU, Decision: decisionTo(line.Decision), Counted: line.Counted, CountedAt: timestamppb.New(line.Moment), Posted: line.Posted,
		})
	}
	return answer
}

func postedTo(p retail.CountPosted) *pb.PostCountResponse {
	answer := &pb.PostCountResponse{Transaction: p.Transaction.String(), More: p.More, RecordedAt: timestamppb.New(p.RecordedAt)}
	for i, line := range p.Lines {
		answer.Posted = append(answer.Posted, &pb.PostedVariance{
			Sku: line.SKU, Counted: line.Counted, Expected: line.Expected, Variance: p.Variances[i],
		})
	}
	return answer
}

func variancesTo(c retail.Count, found []retail.CountedSKU, limit int) *pb.ListVariancesResponse {
	answer := &pb.ListVariancesResponse{}
	if len(found) > limit {
		found = found[:limit]
		answer.NextPageToken = page.Token(found[limit-1].SKU)
	}
	for _, sku := range found {
		one := &pb.Variance{
			Sku: sku.SKU, Counted: sku.Counted, CountedAt: timestamppb.New(sku.Moment), FirstReadAt: timestamppb.New(sku.First), Read: sku.Read,
			Posted: sku.Line.Posted, Decision: decisionTo(sku.Decided()), Reason: sku.Line.Reason,
		}
		if sku.Decided() != "" {
			one.Note = sku.Line.Note
		}
		if c.ShowsExpected() {
			expected, variance := sku.Expected(c), sku.Variance(c)
			one.Expected, one.Variance = &expected, &variance
		}
		answer.Variances = append(answer.Variances, one)
	}
	return answer
}

func unknownsTo(c retail.Count, unknowns []retail.UnknownCode, limit int) *pb.ListUnknownsResponse {
	answer := &pb.ListUnknownsResponse{}
	if len(unknowns) > limit {
		unknowns = unknowns[:limit]
		answer.NextPageToken = page.Token(unknowns[limit-1].Code)
	}
	for _, u := range unknowns {
		note, dismissed := c.Has(u.Code)
		answer.Unknowns = append(answer.Unknowns, &pb.Unknown{
			Code: u.Code, Units: u.Units, FirstReadAt: timestamppb.New(u.First), LastReadAt: timestamppb.New(u.Last), Zones: u.Zones,
			Dismissed: dismissed, Note: note,
		})
	}
	return answer
}
