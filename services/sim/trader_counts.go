package sim

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	countspb "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
)

func (t *trader) openCount() (ask, bool) {
	return ask{request: &countspb.OpenCountRequest{RequestId: t.newID(), Location: t.store(), Name: "count"}}, true
}

// recordReadings counts a few articles in one of two zones, mostly just now: what is sold meanwhile happens before or after it.
func (t *trader) recordReadings() (ask, bool) {
	count, ok := one(t.known, &t.known.counts, t.rand)
	request := &countspb.RecordReadingsRequest{
		RequestId: t.newID(), Location: count.GetLocation(), Count: count.GetId(), Counter: "clerk", Zone: pick(t, "", "", "front"),
		ReadAt: timestamppb.New(time.Now().Add(-pick(t, 0, 0, time.Second, time.Minute)).Truncate(time.Microsecond)),
	}
	for _, zone := range count.GetZones() {
		if zone.GetZone() == request.GetZone() {
			request.Pass = max(1, zone.GetPass()+pick[int32](t, 0, 0, 1))
		}
	}
	for _, sku := range t.skus(3) {
		request.Lines = append(request.Lines, &countspb.ReadingLine{Sku: sku, Quantity: pick[int64](t, 6, 9, 12, 15)})
	}
	return ask{request: request}, ok
}

func (t *trader) completeCount() (ask, bool) {
	count, ok := one(t.known, &t.known.counts, t.rand)
	return ask{request: &countspb.CompleteCountRequest{
		RequestId: t.newID(), Location: count.GetLocation(), Count: count.GetId(), WholeScope: t.rand.IntN(8) == 0,
	}}, ok
}

// reviewVariances decides about an article or two that may have been counted.
func (t *trader) reviewVariances() (ask, bool) {
	count, ok := one(t.known, &t.known.counts, t.rand)
	request := &countspb.ReviewVariancesRequest{RequestId: t.newID(), Location: count.GetLocation(), Count: count.GetId()}
	const accepted, recount = countspb.Decision_DECISION_ACCEPTED, countspb.Decision_DECISION_RECOUNT
	for _, sku := range t.skus(2) {
		request.Reviews = append(request.Reviews, &countspb.VarianceReview{Sku: sku, Decision: pick(t, accepted, accepted, accepted, recount), Note: "seen"})
	}
	return ask{request: request}, ok
}

func (t *trader) postCount() (ask, bool) {
	count, ok := one(t.known, &t.known.counts, t.rand)
	return ask{request: &countspb.PostCountRequest{RequestId: t.newID(), Location: count.GetLocation(), Count: count.GetId(), Reason: "count"}}, ok
}

func (t *trader) closeCount() (ask, bool) {
	count, ok := one(t.known, &t.known.counts, t.rand)
	return ask{request: &countspb.CloseCountRequest{
		RequestId: t.newID(), Location: count.GetLocation(), Count: count.GetId(), LeaveRest: t.rand.IntN(2) == 0, Note: "end",
	}}, ok
}

func (t *trader) cancelCount() (ask, bool) {
	count, ok := one(t.known, &t.known.counts, t.rand)
	return ask{request: &countspb.CancelCountRequest{RequestId: t.newID(), Location: count.GetLocation(), Count: count.GetId(), Note: "rain"}}, ok
}
