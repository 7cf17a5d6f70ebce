package auditor

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	countspb "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
)

// toldCount is a count of milan, of ten hats of which eight are read; then five more arrive, and the two that are missing are posted.
type toldCount struct {
	id     string
	post   *Act
	read   *countspb.RecordReadingsRequest
	answer *countspb.PostCountResponse
}

func (a *tale) counted() toldCount {
	a.receive("milan", "HAT", 10)
	var c toldCount
	open := a.begin("counts/OpenCount", &countspb.OpenCountRequest{RequestId: a.id(), Location: "milan"})
	c.id = a.id()
	step := func(call *Call, event string, answer proto.Message) *Act {
		act := a.act(call, "COUNT", "count/"+c.id, event)
		act.Headers[0].Location = "milan"
		a.end(call, answer)
		return act
	}
	step(open, "CountOpened", &countspb.Count{Id: c.id})
	c.read = &countspb.RecordReadingsRequest{
		RequestId: a.id(), Location: "milan", Count: c.id, ReadAt: stamp(a.now), Lines: []*countspb.ReadingLine{{Sku: "HAT", Quantity: 8}},
	}
	step(a.begin("counts/RecordReadings", c.read), "ReadingsTaken", &countspb.Reading{})
	a.receive("milan", "HAT", 5)
	step(a.begin("counts/CompleteCount", &countspb.CompleteCountRequest{RequestId: a.id(), Location: "milan", Count: c.id}), "CountCompleted", &countspb.Count{Id: c.id})
	step(a.begin("counts/ReviewVariances", &countspb.ReviewVariancesRequest{
		RequestId: a.id(), Location: "milan", Count: c.id,
		Reviews: []*countspb.VarianceReview{{Sku: "HAT", Decision: countspb.Decision_DECISION_ACCEPTED}},
	}), "VariancesReviewed", &countspb.ReviewVariancesResponse{})
	call := a.begin("counts/PostCount", &countspb.PostCountRequest{RequestId: a.id(), Location: "milan", Count: c.id, Reason: "yearly"})
	c.answer = &countspb.PostCountResponse{Posted: []*countspb.PostedVariance{{Sku: "HAT", Counted: 8, Expected: 10, Variance: -2}}}
	c.post = step(call, "CountPosted", c.answer)
	a.move(c.post, "milan", "HAT", "available", "shrinkage", 2)
	c.post.Headers[0].OccurredAt = c.read.GetReadAt().AsTime()
	c.answer.Transaction, c.answer.RecordedAt = c.post.Headers[0].ID, stamp(a.now)
	a.books.Counts[c.id] = BookedCount{Location: "milan", State: "COUNTED", Readings: 1, Postings: 1, Posted: map[string]int64{"HAT": -2}}
	return c
}

func TestCountModel(t *testing.T) {
	tellAll(t, []storyTold{
		{"a count that posts what came after the reading", ruleMoved, func(a *tale) func() {
			c := a.counted()
			return func() { c.read.ReadAt = stamp(a.now) }
		}},
		{"a count that posts another number than was read", ruleMoved, func(a *tale) func() {
			c := a.counted()
			return func() { c.read.Lines[0].Quantity = 9 }
		}},
		{"a reading that is not in its count", ruleEnd, func(a *tale) func() {
			c := a.counted()
			return func() {
				booked := a.books.Counts[c.id]
				booked.Readings = 0
				a.books.Counts[c.id] = booked
			}
		}},
		{"a line that says another number than was posted", ruleEnd, func(a *tale) func() {
			c := a.counted()
			return func() { a.books.Counts[c.id].Posted["HAT"] = 0 }
		}},
		{"a count that nobody opened", ruleEnd, func(a *tale) func() {
			return func() { a.books.Counts[a.id()] = BookedCount{State: "OPEN"} }
		}},
		{"a posting that is answered with another difference", ruleAnswer, func(a *tale) func() {
			c := a.counted()
			return func() { c.answer.Posted[0].Variance = -1 }
		}},
		{"a count that is refused as ended, and is not", ruleRefusal, func(a *tale) func() {
			c := a.counted()
			call := a.begin("counts/CancelCount", &countspb.CancelCountRequest{RequestId: a.id(), Location: "milan", Count: c.id})
			a.refuse(call, codes.FailedPrecondition, "COUNT_STATE") // something was posted
			return func() {
				call.Request = &countspb.CloseCountRequest{RequestId: call.RequestID, Location: "milan", Count: c.id}
			}
		}},
		{"a count that is refused as unknown, and is there", ruleRefusal, func(a *tale) func() {
			c := a.counted()
			elsewhere := &countspb.CloseCountRequest{RequestId: a.id(), Location: "rome", Count: c.id}
			a.refuse(a.begin("counts/CloseCount", elsewhere), codes.NotFound, "UNKNOWN_COUNT")
			return func() { elsewhere.Location = "milan" }
		}},
		{"a reading of a count that was over", ruleImpossble, func(a *tale) func() {
			c := a.counted()
			call := a.begin("counts/CloseCount", &countspb.CloseCountRequest{RequestId: a.id(), Location: "milan", Count: c.id, LeaveRest: true})
			act := a.act(call, "COUNT", "count/"+c.id, "CountClosed")
			act.Headers[0].Location = "milan"
			a.end(call, &countspb.Count{Id: c.id})
			booked := a.books.Counts[c.id]
			booked.State = "CLOSED"
			a.books.Counts[c.id] = booked
			return func() {
				again := proto.CloneOf(c.read)
				again.RequestId = a.id()
				late := a.begin("counts/RecordReadings", again)
				act := a.act(late, "COUNT", "count/"+c.id, "ReadingsTaken")
				act.Headers[0].Location = "milan"
				a.end(late, &countspb.Reading{})
			}
		}},
		{"a late delivery that was forgotten", ruleMoved, func(a *tale) func() {
			c := a.counted()
			return func() {
				for _, one := range a.books.Acts { // the five that arrived after the reading, as if before it
					if one.Headers[0].Kind == "RECEIVE" && one.Headers[0].RecordedAt.After(c.read.GetReadAt().AsTime()) {
						one.Headers[0].OccurredAt = c.read.GetReadAt().AsTime().Add(-time.Minute)
					}
				}
			}
		}},
	})
}
