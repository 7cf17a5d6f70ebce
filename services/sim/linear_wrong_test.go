package sim

import (
	"strings"
	"testing"
	"time"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// told is a history that somebody makes up, of one SKU at one location.
type told []*auditor.Call

// call enters a call over an interval of ticks.
func (h *told) call(from, to int64, call auditor.Call) *auditor.Call {
	call.Number, call.Client, call.Began, call.Ended, call.CopyOf = len(*h), len(*h), from, to, -1
	*h = append(*h, &call)
	return &call
}

func (h *told) receive(from, to, quantity, available, held int64) {
	h.call(from, to, auditor.Call{
		Outcome: auditor.Acknowledged, Request: &stockpb.ReceiveStockRequest{Location: "milan", Lines: []*stockpb.ReceiveLine{{Sku: "A", Quantity: quantity}}},
		Answer: &stockpb.StockChange{Levels: []*stockpb.StockLevel{{Location: "milan", Sku: "A", Available: &available, Held: &held}}},
	})
}

func (h *told) read(from, to, available, held int64) {
	h.call(from, to, auditor.Call{Outcome: auditor.Acknowledged, Request: &stockpb.GetAvailabilityRequest{}, Answer: &stockpb.GetAvailabilityResponse{
		Levels: []*stockpb.StockLevel{{Location: "milan", Sku: "A", Available: &available, Held: &held}},
	}})
}

// hold is acknowledged where it has an id, and else refused or unknown.
func (h *told) hold(from, to, quantity int64, id string, otherwise auditor.Outcome) {
	call := auditor.Call{Outcome: otherwise, Request: &stockpb.HoldStockRequest{Location: "milan", Lines: []*stockpb.HoldLine{{Sku: "A", Quantity: quantity}}}}
	switch {
	case id != "":
		call.Outcome, call.Answer = auditor.Acknowledged, &stockpb.Hold{Id: id}
	case otherwise == auditor.Refused:
		call.Reason = "OUT_OF_STOCK"
	}
	h.call(from, to, call)
}

func (h *told) release(from, to int64, id string, outcome auditor.Outcome) {
	call := auditor.Call{Outcome: outcome, Request: &stockpb.ReleaseHoldRequest{Location: "milan", Hold: id}}
	if outcome == auditor.Refused {
		call.Reason = "HOLD_RELEASED"
	}
	h.call(from, to, call)
}

func (h *told) ask(from, to int64, id string, state stockpb.HoldState) {
	h.call(from, to, auditor.Call{
		Outcome: auditor.Acknowledged, Request: &stockpb.GetHoldRequest{Location: "milan", Hold: id}, Answer: &stockpb.Hold{Id: id, State: state},
	})
}

func (h *told) sell(from, to, quantity int64, outcome auditor.Outcome) {
	h.call(from, to, auditor.Call{Outcome: outcome, Request: &orderspb.PlaceOrderRequest{
		Location: "milan", Lines: []*orderspb.BasketLine{{Item: &orderspb.BasketLine_Sku{Sku: "A"}, Quantity: quantity}},
	}})
}

// TestWrongHistories: what could have been seen is accepted, and what could not is not.
func TestWrongHistories(t *testing.T) {
	const held, released = stockpb.HoldState_HOLD_STATE_HELD, stockpb.HoldState_HOLD_STATE_RELEASED
	for _, c := range []struct {
		what   string
		right  bool
		happen func(h *told)
	}{
		{"one after the other", true, func(h *told) {
			h.read(2, 3, 5, 0)
			h.hold(4, 5, 3, "X", auditor.Unknown)
			h.ask(6, 7, "X", held)
			h.hold(8, 9, 3, "", auditor.Refused)
			h.sell(10, 11, 3, auditor.Acknowledged)
			h.read(12, 13, -1, 3)
			h.release(14, 15, "X", auditor.Acknowledged)
			h.ask(16, 17, "X", released)
			h.release(18, 19, "X", auditor.Refused)
			h.receive(20, 21, 1, 3, 0)
		}},
		{"at the same time, in any order", true, func(h *told) {
			h.hold(2, 9, 5, "X", auditor.Unknown)
			h.read(3, 8, 0, 5)
			h.read(4, 8, 5, 0)
			h.hold(3, 9, 1, "", auditor.Refused)
		}},
		{"a stale read", false, func(h *told) {
			h.hold(2, 3, 5, "X", auditor.Unknown)
			h.read(4, 5, 5, 0)
		}},
		{"reads that go back in time", false, func(h *told) {
			h.hold(2, 9, 5, "X", auditor.Unknown)
			h.read(3, 4, 0, 5)
			h.read(5, 6, 5, 0)
		}},
		{"the last units held twice", false, func(h *told) {
			h.hold(2, 9, 5, "X", auditor.Unknown)
			h.hold(3, 8, 5, "Y", auditor.Unknown)
		}},
		{"a hold that is lost", false, func(h *told) {
			h.hold(2, 3, 5, "X", auditor.Unknown)
			h.hold(4, 5, 5, "Y", auditor.Unknown)
		}},
		{"a hold refused although there is enough", false, func(h *told) { h.hold(2, 3, 5, "", auditor.Refused) }},
		{"a hold released twice", false, func(h *told) {
			h.hold(2, 3, 5, "X", auditor.Unknown)
			h.release(4, 8, "X", auditor.Acknowledged)
			h.release(5, 9, "X", auditor.Acknowledged)
		}},
		{"a release that is lost", false, func(h *told) {
			h.hold(2, 3, 5, "X", auditor.Unknown)
			h.release(4, 5, "X", auditor.Acknowledged)
			h.ask(6, 7, "X", held)
		}},
		{"a release refused although it is the first", false, func(h *told) {
			h.hold(2, 3, 5, "X", auditor.Unknown)
			h.release(4, 5, "X", auditor.Refused)
		}},
		{"a sale counted twice", false, func(h *told) {
			h.sell(2, 3, 1, auditor.Acknowledged)
			h.read(4, 5, 3, 0)
		}},
		{"a delivery that is not in its own answer", false, func(h *told) { h.receive(2, 3, 2, 5, 0) }},
		{"an unknown sale that happens much later", true, func(h *told) {
			h.sell(2, 3, 1, auditor.Unknown)
			h.read(4, 5, 5, 0)
			h.read(6, 7, 4, 0)
		}},
		{"an unknown hold and release that never happen", true, func(h *told) {
			h.hold(2, 3, 1, "X", auditor.Unknown)
			h.hold(4, 5, 1, "", auditor.Unknown)
			h.release(6, 7, "X", auditor.Unknown)
			h.read(8, 9, 4, 1)
		}},
		{"an unknown sale that happens twice", false, func(h *told) {
			h.sell(2, 3, 1, auditor.Unknown)
			h.read(4, 5, 3, 0)
		}},
		{"an unknown hold that happens and then did not", false, func(h *told) {
			h.hold(2, 3, 1, "", auditor.Unknown)
			h.read(4, 5, 4, 1)
			h.read(6, 7, 5, 0)
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			var h told
			h.receive(0, 1, 5, 5, 0)
			c.happen(&h)
			finding, _, err := checkLinear(h, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			if c.right != (finding == "") {
				t.Errorf("the finding is %q", finding)
			}
			if !c.right && !strings.Contains(finding, "A at milan: nothing explains the last of these") {
				t.Errorf("the finding does not say what: %q", finding)
			}
		})
	}
}

// TestUnknownCalls: a call that the model knows nothing of is an error, and no finding: its effect would be missed.
func TestUnknownCalls(t *testing.T) {
	for _, call := range []*auditor.Call{
		{Outcome: auditor.Acknowledged, Request: &stockpb.AdjustStockRequest{}},
		{Outcome: auditor.Acknowledged, Request: &stockpb.RecordStockRequest{}},
		{Outcome: auditor.Refused, Reason: "INTERNAL", Request: &stockpb.GetAvailabilityRequest{}},
		{Outcome: auditor.Acknowledged, Request: &stockpb.ReleaseHoldRequest{Hold: "nobody's"}},
	} {
		if _, _, err := checkLinear([]*auditor.Call{call}, time.Minute); err == nil {
			t.Errorf("%T was taken", call.Request)
		}
	}
}
