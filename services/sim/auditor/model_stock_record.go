package auditor

import (
	"slices"
	"strings"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// sides are from where an act may take units and to where it brings them; what is not said is the first.
type sides struct{ from, to []string }

// recordable are the acts that are recorded of units, by the name that the books give them.
var recordable = map[string]sides{
	"DAMAGE":     {[]string{accountAvailable, accountInspection, accountQuarantine}, []string{accountDamaged}},
	"QUARANTINE": {[]string{accountAvailable, accountInspection, accountDamaged}, []string{accountQuarantine}},
	"INSPECT":    {[]string{accountInspection}, []string{accountAvailable, accountDamaged, accountQuarantine, accountShrinkage}},
	"RESTORE":    {[]string{accountDamaged, accountQuarantine}, []string{accountAvailable}},
	"WRITE_OFF":  {[]string{accountDamaged, accountAvailable, accountInspection, accountQuarantine}, []string{accountShrinkage}},
	"FOUND":      {[]string{accountTurnedUp}, []string{accountAvailable, accountInspection, accountDamaged, accountQuarantine}},
}

func recordKind(r *stockpb.RecordStockRequest) string {
	return strings.TrimPrefix(r.GetAct().String(), "STOCK_ACT_")
}

// recordMove is where the units of a line go from and to; false where the act does no such thing.
func recordMove(r *stockpb.RecordStockRequest, line *stockpb.RecordLine) (one move, ok bool) {
	may := recordable[recordKind(r)]
	if len(may.from) == 0 {
		return one, false
	}
	one = move{Position{r.GetLocation(), line.GetSku()}, may.from[0], may.to[0]}
	state := func(s stockpb.StockState) string {
		return strings.ToLower(strings.TrimPrefix(s.String(), "STOCK_STATE_"))
	}
	if line.GetFrom() != stockpb.StockState_STOCK_STATE_UNSPECIFIED {
		one.from = state(line.GetFrom())
	}
	if line.GetTo() != stockpb.StockState_STOCK_STATE_UNSPECIFIED {
		one.to = state(line.GetTo())
	}
	return one, slices.Contains(may.from, one.from) && slices.Contains(may.to, one.to)
}

// planRecord moves units as recorded. That a state which is not for sale has them is proved with the floors.
func (m *stockModel) planRecord(p *played, r *stockpb.RecordStockRequest) plan {
	m.because(p, r.GetReason(), r.GetReference(), r.GetNote())
	planned := plan{moves: moves{}, fact: true}
	for _, line := range r.GetLines() {
		one, ok := recordMove(r, line)
		if !ok {
			m.findAct(ruleImpossble, p, []string{one.subject()}, "%s moves units from %s to %s", recordKind(r), one.from, one.to)
		}
		planned.moves.add(one.Location, one.SKU, one.from, one.to, line.GetQuantity())
	}
	return planned
}

// hearStateShort proves that one of the states that units were to leave had fewer at some moment.
func (m *stockModel) hearStateShort(c *Call) {
	r, ok := c.Request.(*stockpb.RecordStockRequest)
	if !ok {
		m.find(ruleRefusal, []*Call{c}, nil, "%s was refused with STATE_SHORT, and takes from no state", c.Method)
		return
	}
	leave := map[move]int64{}
	for _, line := range r.GetLines() {
		if one, ok := recordMove(r, line); ok {
			one.to = ""
			leave[one] += line.GetQuantity()
		}
	}
	var subjects []string
	for one, units := range leave {
		if m.places[one.Position] == nil {
			m.place(one.Position).close()
		}
		steps, _ := m.places[one.Position].seen(c)
		short := func(s step[Level]) bool { return *s.state.account(one.from) < units }
		if one.from != accountAvailable && one.from != accountTurnedUp && slices.ContainsFunc(steps, short) {
			return
		}
		subjects = append(subjects, one.subject())
	}
	m.find(ruleRefusal, []*Call{c}, subjects, "%s was refused with STATE_SHORT, and there was enough in every state: %v", c.Method, r)
}
