package sim

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
	"google.golang.org/protobuf/proto"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// A history of calls is linearizable where each position behaves as one counter that only one person at a time could touch:
// every call takes effect at one moment between its beginning and its end. What a client got no answer to may take effect at
// any later moment, or never, which is the same as after everything else. The auditor asks for more (the order of the
// books), but looks at what was committed; here nothing is known but what clients saw, reads above all.

// spot is a position: one SKU at one location.
type spot struct{ location, sku string }

// touch is one call, or its part at one position.
type touch struct {
	spot
	call *auditor.Call
	kind touchKind
	// quantity of units; for what is done to a hold, the hold's.
	quantity int64
	// hold is the place of the hold in shelf.holds.
	hold int
}

type touchKind string

// The touches.
const (
	touchReceive touchKind = "receive"
	touchHold    touchKind = "hold"
	touchRelease touchKind = "release"
	touchSell    touchKind = "sell"
	touchRead    touchKind = "read"
	touchAsk     touchKind = "ask for hold"
)

// sight is what the client was told of a touch.
type sight struct {
	outcome         auditor.Outcome
	available, held int64 // by receive and read
	state           byte  // by ask for hold
}

// shelf is the state of a position.
type shelf struct {
	available, held int64
	// holds has a letter for each hold: what it is.
	holds string
}

// What a hold is.
const (
	holdAbsent   = '.'
	holdHeld     = 'H'
	holdReleased = 'R'
)

// step is the model: what is left of a shelf after a touch, and whether the client could have been told what it was.
func (before shelf) step(d touch, s sight) (after shelf, possible bool) {
	after = before
	told := s.outcome == auditor.Acknowledged
	switch d.kind {
	case touchHold:
		if before.available < d.quantity {
			return after, !told // refused, or unknown
		}
		after.available, after.held = before.available-d.quantity, before.held+d.quantity
		after.holds = before.marked(d.hold, holdHeld)
		return after, s.outcome != auditor.Refused
	case touchRelease:
		if before.is(d.hold) != holdHeld {
			return after, !told
		}
		after.available, after.held = before.available+d.quantity, before.held-d.quantity
		after.holds = before.marked(d.hold, holdReleased)
		return after, s.outcome != auditor.Refused
	case touchSell: // a fact: available may fall below zero
		after.available -= d.quantity
		return after, s.outcome != auditor.Refused
	case touchReceive:
		after.available += d.quantity
		return after, !told || after.available == s.available && after.held == s.held
	case touchRead:
		return after, !told || before.available == s.available && before.held == s.held
	default: // asks for a hold
		return after, !told || before.is(d.hold) == s.state
	}
}

// is tells what a hold is.
func (s shelf) is(hold int) byte {
	if hold >= len(s.holds) {
		return holdAbsent
	}
	return s.holds[hold]
}

func (s shelf) marked(hold int, as byte) string {
	marks := []byte(s.holds)
	for len(marks) <= hold {
		marks = append(marks, holdAbsent)
	}
	marks[hold] = as
	return string(marks)
}

var linearSeed = maphash.MakeSeed()

// linearModel is what the checker is told of a position. Each spot is a partition.
var linearModel = porcupine.Model{
	Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
		at := map[spot]int{}
		var parts [][]porcupine.Operation
		for _, o := range all {
			p := o.Input.(touch).spot
			i, known := at[p]
			if !known {
				i, at[p] = len(parts), len(parts)
				parts = append(parts, nil)
			}
			parts[i] = append(parts[i], o)
		}
		return parts
	},
	Init: func() any { return shelf{} },
	Step: func(state, input, output any) (bool, any) {
		after, possible := state.(shelf).step(input.(touch), output.(sight))
		return possible, after
	},
	Hash: func(state any) uint64 { return maphash.Comparable(linearSeed, state.(shelf)) },
	DescribeOperation: func(input, output any) string {
		d, s := input.(touch), output.(sight)
		told := s.outcome.String()
		switch {
		case s.outcome == auditor.Refused:
			told += " " + d.call.Reason
		case s.outcome == auditor.Acknowledged && (d.kind == touchReceive || d.kind == touchRead):
			told = fmt.Sprintf("%d available, %d held", s.available, s.held)
		case s.outcome == auditor.Acknowledged && d.kind == touchAsk:
			told = string(s.state)
		}
		what := fmt.Sprintf("#%d %s %d", d.call.Number, d.kind, d.quantity)
		if d.kind == touchHold || d.kind == touchRelease || d.kind == touchAsk {
			what += fmt.Sprintf(" (hold %d)", d.hold)
		}
		return what + ": " + told
	},
	DescribeState: func(state any) string {
		s := state.(shelf)
		return fmt.Sprintf("%d available, %d held, %s", s.available, s.held, s.holds)
	},
}

// checkLinear tells whether the calls of a history are linearizable, and gives what a picture is drawn from. The calls deal
// with one SKU at a time, and no hold ends by itself.
func checkLinear(calls []*auditor.Call, most time.Duration) (finding string, info porcupine.LinearizationInfo, err error) {
	l := linearizer{places: map[spot]int{}, known: map[string]touch{}, end: 1}
	for _, c := range calls {
		l.end = max(l.end, c.Began+1, c.Ended+1)
	}
	// A hold is known by its id once the call that made it is read, and others use it while that call goes on nowhere.
	for _, c := range calls {
		if request, ok := c.Request.(*stockpb.HoldStockRequest); ok {
			l.hold(c, request)
		}
	}
	for _, c := range calls {
		if err := l.take(c); err != nil {
			return "", info, fmt.Errorf("call %d, %s: %w", c.Number, c.Method, err)
		}
	}
	result, info := porcupine.CheckOperationsVerbose(linearModel, l.operations, most)
	switch result {
	case porcupine.Illegal:
		finding = "not linearizable: " + explain(l.operations)
	case porcupine.Unknown:
		finding = "not decided in time"
	}
	return finding, info, nil
}

// linearizer turns calls into what the checker takes.
type linearizer struct {
	operations []porcupine.Operation
	places     map[spot]int     // how many holds a spot has seen
	known      map[string]touch // holds by id
	end        int64            // after everything
}

func (l *linearizer) add(d touch, s sight) {
	o := porcupine.Operation{ClientId: d.call.Client, Input: d, Call: d.call.Began, Output: s, Return: d.call.Ended}
	if s.outcome = d.call.Outcome; s.outcome == auditor.Unknown {
		o.Return = l.end // and the client goes on meanwhile, so to the picture it is somebody else
		o.ClientId = 100 + d.call.Number
	}
	o.Output = s
	l.operations = append(l.operations, o)
}

func (l *linearizer) hold(c *auditor.Call, request *stockpb.HoldStockRequest) {
	line := request.GetLines()[0]
	d := touch{spot: spot{request.GetLocation(), line.GetSku()}, call: c, kind: touchHold, quantity: line.GetQuantity()}
	d.hold = l.places[d.spot]
	l.places[d.spot]++
	if c.Outcome == auditor.Acknowledged {
		l.known[c.Answer.(*stockpb.Hold).GetId()] = d
	}
	l.add(d, sight{})
}

// take takes one call. A refusal that the model knows nothing of is an error.
func (l *linearizer) take(c *auditor.Call) error {
	if c.Outcome == auditor.Refused && !strings.Contains(" OUT_OF_STOCK HOLD_RELEASED ", " "+c.Reason+" ") {
		return fmt.Errorf("refused with %s %s: %s", c.Code, c.Reason, c.Message)
	}
	switch request := c.Request.(type) {
	case *stockpb.HoldStockRequest: // taken before
	case *stockpb.ReleaseHoldRequest:
		return l.onHold(c, request.GetHold(), touchRelease)
	case *stockpb.GetHoldRequest:
		return l.onHold(c, request.GetHold(), touchAsk)
	case *stockpb.ReceiveStockRequest:
		change, _ := c.Answer.(*stockpb.StockChange)
		told := map[string]*stockpb.StockLevel{}
		for _, level := range change.GetLevels() {
			told[level.GetSku()] = level
		}
		for _, line := range request.GetLines() {
			d := touch{spot: spot{request.GetLocation(), line.GetSku()}, call: c, kind: touchReceive, quantity: line.GetQuantity()}
			level := told[line.GetSku()]
			l.add(d, sight{available: level.GetAvailable(), held: level.GetHeld()})
		}
	case *orderspb.PlaceOrderRequest:
		line := request.GetLines()[0]
		l.add(touch{spot: spot{request.GetLocation(), line.GetSku()}, call: c, kind: touchSell, quantity: line.GetQuantity()}, sight{})
	case *stockpb.GetAvailabilityRequest:
		if c.Outcome != auditor.Acknowledged {
			return nil
		}
		for _, level := range c.Answer.(*stockpb.GetAvailabilityResponse).GetLevels() {
			at := spot{level.GetLocation(), level.GetSku()}
			l.add(touch{spot: at, call: c, kind: touchRead}, sight{available: level.GetAvailable(), held: level.GetHeld()})
		}
	case *stockpb.RequestTransferRequest, *stockpb.DeclineTransferRequest, *stockpb.CancelTransferRequest:
		return nil // moves nothing
	case *stockpb.ShipTransferRequest, *stockpb.ReceiveTransferRequest, *stockpb.AdjustStockRequest, *stockpb.RecordStockRequest,
		*stockpb.ResolveOversellCaseRequest:
		return fmt.Errorf("the model of a position knows no %T", request)
	}
	return nil
}

// onHold takes a call that names a hold, which was made by another call before.
func (l *linearizer) onHold(c *auditor.Call, id string, kind touchKind) error {
	d, known := l.known[id]
	if !known {
		return fmt.Errorf("nobody was told of hold %s", id)
	}
	d.call, d.kind = c, kind
	l.add(d, sight{state: stateOf(c.Answer)})
	return nil
}

// stateOf is what a client was told of a hold; nothing where it was not.
func stateOf(answer proto.Message) byte {
	hold, _ := answer.(*stockpb.Hold)
	switch hold.GetState() {
	case stockpb.HoldState_HOLD_STATE_HELD:
		return holdHeld
	case stockpb.HoldState_HOLD_STATE_RELEASED:
		return holdReleased
	}
	return holdAbsent
}

// explain tells of the first call that no order explains: what was done at its position before it ended, the latest last.
func explain(operations []porcupine.Operation) string {
	for _, part := range linearModel.Partition(operations) {
		if porcupine.CheckOperationsTimeout(linearModel, part, explainMax) != porcupine.Illegal {
			continue
		}
		slices.SortFunc(part, func(a, b porcupine.Operation) int { return cmp.Compare(a.Return, b.Return) })
		first := sort.Search(len(part), func(n int) bool {
			return porcupine.CheckOperationsTimeout(linearModel, until(part, part[n].Return), explainMax) == porcupine.Illegal
		})
		if first == len(part) {
			continue
		}
		var story strings.Builder
		at := part[first].Input.(touch).spot
		fmt.Fprintf(&story, "%s at %s: nothing explains the last of these\n", at.sku, at.location)
		for _, o := range until(part, part[first].Return) {
			fmt.Fprintf(&story, "%8d to %8d  client %d: %s\n", o.Call, o.Return, o.ClientId, linearModel.DescribeOperation(o.Input, o.Output))
		}
		return story.String()
	}
	return ""
}

// explainMax bounds each check on the way to an explanation.
const explainMax = 10 * time.Second

// until is what had been answered by then, and what had begun, which may have happened or not.
func until(part []porcupine.Operation, last int64) []porcupine.Operation {
	var some []porcupine.Operation
	for _, o := range part {
		if o.Return > last && o.Call < last {
			o.Output, o.Return = sight{outcome: auditor.Unknown}, part[len(part)-1].Return+1
		}
		if o.Call < last {
			some = append(some, o)
		}
	}
	slices.SortStableFunc(some, func(a, b porcupine.Operation) int { return cmp.Compare(a.Return, b.Return) })
	return some
}
