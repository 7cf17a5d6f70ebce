package auditor

import (
	"testing"
	"time"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

func TestWhatIsKept(t *testing.T) {
	tellAll(t, []storyTold{
		{"a list without what is kept", ruleRead, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			look := a.begin("stock/ListHolds", &stockpb.ListHoldsRequest{Location: "milan"})
			a.end(look, &stockpb.ListHoldsResponse{}) // its time may be over: the hold is as short as clocks differ
			return func() { a.lasting(hold, hold, time.Hour) }
		}},
		{"a list of what is kept, with what is not", ruleRead, func(a *tale) func() {
			hold, _ := a.holdOfFive()
			a.release(hold)
			look := a.begin("stock/ListHolds", &stockpb.ListHoldsRequest{Location: "milan"})
			a.end(look, &stockpb.ListHoldsResponse{})
			return func() { look.Answer = &stockpb.ListHoldsResponse{Holds: []*stockpb.Hold{hold}} }
		}},
	})
}
