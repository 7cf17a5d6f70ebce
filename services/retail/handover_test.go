package retail

import (
	"strings"
	"testing"
	"time"
)

// TestWhyNothingIsOpen reads what is said of units that are not open any more, which nobody may have handed over.
func TestWhyNothingIsOpen(t *testing.T) {
	line := func(handed, cancelled int64) OrderLine {
		return OrderLine{Line: 1, Quantity: 5, Fulfilled: handed, Cancelled: cancelled}
	}
	for _, c := range []struct {
		name   string
		order  Order
		wanted []UnitCount
		want   string
	}{
		{"more than are open", Order{Lines: []OrderLine{line(0, 3)}}, []UnitCount{{1, 5}},
			"2 of line 1 are open, and not 5: of 5, 0 are handed over and 3 cancelled"},
		{"a cancelled order", Order{Number: "7K2", State: OrderCancelled, Lines: []OrderLine{line(0, 5)}}, nil, "nothing of order 7K2 is open: it is cancelled"},
		{"an unpaid order", Order{Number: "7K2", State: OrderExpired, Lines: []OrderLine{line(0, 5)}}, nil,
			"nothing of order 7K2 is open: it was not paid in time, and was given up"},
		{"some of each", Order{Number: "7K2", State: OrderCompleted, Lines: []OrderLine{line(4, 1)}}, nil,
			"nothing of order 7K2 is open: 4 units are handed over and 1 cancelled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := c.order.openUnits(c.wanted, ID{}); err == nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestWhatIsPickedIsGivenUpByOthers reads who may give up what is picked.
func TestWhatIsPickedIsGivenUpByOthers(t *testing.T) {
	work := Fulfilment{ID: ID{15: 1}, Location: "milan", State: FulfilmentPacked}
	order := Order{Lines: []OrderLine{{Line: 1, Quantity: 2, Location: "milan", Fulfilment: work.ID}}}
	err := CancelUnits{Why: CancelAsked}.mayUnpick(&shop{rows: map[Key]Row{work.Key(): work}}, order, order.without([]UnitCount{{1, 1}}), time.Time{})
	if err == nil || !strings.Contains(err.Error(), "0 of line 1 may be given up") || !strings.Contains(err.Error(), "`picked`") ||
		!strings.Contains(err.Error(), "RefusePickup") {
		t.Errorf("%v", err)
	}
}
