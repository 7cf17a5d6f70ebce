package auditor

import (
	"testing"

	"google.golang.org/grpc/codes"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// recorded is what the house recorded of what people looked for.
func (a *tale) recorded(lines ...WantedLine) *Act {
	act := a.act(&Call{RequestID: a.id(), Key: recorder}, "DEMAND", "", "DemandRecorded")
	a.books.Acts = a.books.Acts[:len(a.books.Acts)-1]
	h := &act.Headers[0]
	h.ID, h.Location, h.Cause = act.Request, "milan", "demand/"+act.Request
	a.books.Demands, a.books.Wanted = append(a.books.Demands, act), append(a.books.Wanted, lines...)
	return act
}

// refusedHold is a hold that was refused after some attempts.
func (a *tale) refusedHold(units int64, attempts int) *Call {
	call := a.begin("stock/HoldStock", &stockpb.HoldStockRequest{
		RequestId: a.id(), Location: "milan", Channel: "till", Lines: []*stockpb.HoldLine{{Sku: "HAT", Quantity: units}},
	})
	call.Attempts = attempts
	return a.refuse(call, codes.FailedPrecondition, "OUT_OF_STOCK")
}

func (a *tale) searched(query string, agrees bool, customer string) *Call {
	return a.end(a.begin("catalog/SearchProducts", &catalogpb.SearchProductsRequest{
		Query: query, Channel: "shop", Customer: customer, CustomerAgrees: agrees,
	}), &catalogpb.SearchProductsResponse{})
}

func TestWhatPeopleLookFor(t *testing.T) {
	const ann = "0198c0de-0000-7000-8000-0000000000b1"
	held := WantedLine{Location: "milan", Kind: "HOLD", Channel: "till", SKU: "HAT", Units: 5, There: 1, Times: 2}
	hat := WantedLine{Location: nowhere, Kind: "SEARCH", Channel: "shop", Words: "hat", Times: 1}
	tellAll(t, []storyTold{
		{"a refusal that was counted more often than it may have happened", ruleDemandMade, func(a *tale) func() {
			call := a.refusedHold(5, 2)
			a.recorded(held)
			return func() { call.Attempts = 1 }
		}},
		{"a hold that was accepted, and counted as refused", ruleDemandMade, func(a *tale) func() {
			call := a.refusedHold(5, 2)
			a.recorded(held)
			return func() { call.Reason = "HOLD_EXPIRED" }
		}},
		{"words that nobody typed", ruleDemandMade, func(a *tale) func() {
			call := a.searched("hat", false, "")
			a.recorded(hat)
			return func() { call.Request.(*catalogpb.SearchProductsRequest).Query = "sock" }
		}},
		{"a customer who did not agree", ruleDemandNamed, func(a *tale) func() {
			call := a.searched("hat", true, ann)
			line := hat
			line.Customer = ann
			a.recorded(line)
			return func() { call.Request.(*catalogpb.SearchProductsRequest).CustomerAgrees = false }
		}},
		{"a promise that could have been made", ruleDemandPaper, func(a *tale) func() {
			a.refusedHold(5, 2)
			a.recorded(held)
			return func() { a.books.Wanted[0].There = 5 }
		}},
		{"a record that moves something", ruleDemandAct, func(a *tale) func() {
			a.searched("hat", false, "")
			act := a.recorded(hat)
			return func() {
				act.Headers[0].Entries = []Entry{{From: "available", To: "shrinkage", Asset: "HAT", Quantity: 1, Version: 1}}
			}
		}},
		{"a record without its request", ruleDemandAct, func(a *tale) func() {
			act := a.recorded()
			return func() { delete(a.books.Requests, act.Request) }
		}},
	})
}
