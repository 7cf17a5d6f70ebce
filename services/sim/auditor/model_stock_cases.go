package auditor

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// openCase is an oversell case over time: units that a fact took although they were not there, and what of them came back.
type openCase struct {
	*course[Case]
	CaseKey
	openedAt time.Time
}

// openUp opens a case for units that an act took.
func (m *stockModel) openUp(p *played, at Position, units int64) {
	header := p.Headers[0]
	opened := m.oversold(CaseKey{at, header.ID})
	opened.openedAt = p.now()
	opened.add(p, Case{Units: units, Open: units, Cause: header.Cause})
	place := m.place(at)
	place.open = append(place.open, opened)
	slices.SortFunc(place.open, func(a, b *openCase) int { // of one instant: by who opened them
		return cmp.Or(a.openedAt.Compare(b.openedAt), strings.Compare(a.Transaction, b.Transaction))
	})
}

// oversold returns a case, where none was so far if nobody spoke of it.
func (m *stockModel) oversold(key CaseKey) *openCase {
	if m.cases[key] == nil {
		m.cases[key] = &openCase{course: begin(Case{}), CaseKey: key}
	}
	return m.cases[key]
}

// bringBack settles what came back: first the case that the act is for, if it is for one, then the oldest.
func (m *stockModel) bringBack(p *played, at Position, units int64, first *openCase) {
	place := m.place(at)
	open := slices.Clone(place.open)
	slices.SortStableFunc(open, func(a, b *openCase) int {
		switch {
		case a == first && b != first:
			return -1
		case b == first && a != first:
			return 1
		}
		return 0
	})
	for _, one := range open {
		now := one.now()
		back := min(units, now.Open)
		if back == 0 {
			continue
		}
		now.Open -= back
		if units -= back; now.Open == 0 {
			now.SettledBy = p.Headers[0].ID
		}
		one.add(p, now)
	}
	place.open = slices.DeleteFunc(place.open, func(one *openCase) bool { return one.now().Open == 0 })
}

func caseNamed(location, sku, id string) CaseKey {
	return CaseKey{Position{location, sku}, strings.ToLower(id)}
}

// planResolve brings back what of a case is open, for that case.
func (m *stockModel) planResolve(p *played, r *stockpb.ResolveOversellCaseRequest) plan {
	key := caseNamed(r.GetLocation(), r.GetSku(), r.GetCase())
	m.because(p, r.GetReason(), "oversell-case/"+key.Transaction, r.GetNote())
	one := m.oversold(key)
	if one.now().Open == 0 {
		m.findAct(ruleImpossble, p, []string{key.subject()}, "a case is resolved that is not open: %+v", one.now())
	}
	planned := plan{moves: moves{}, settles: one}
	planned.moves.add(key.Location, key.SKU, accountTurnedUp, accountAvailable, one.now().Open)
	return planned
}

// toldResolved is a case as who resolved it is answered.
func (m *stockModel) toldResolved(p *played, r *stockpb.ResolveOversellCaseRequest) *stockpb.OversellCase {
	one := m.oversold(caseNamed(r.GetLocation(), r.GetSku(), r.GetCase()))
	header := p.Headers[0]
	order, found := strings.CutPrefix(one.now().Cause, "order/")
	if !found {
		order = ""
	}
	return &stockpb.OversellCase{
		Id: one.Transaction, Location: one.Location, Sku: one.SKU, Units: one.now().Units, OpenUnits: one.now().Open, Order: order,
		OpenedAt: timestamppb.New(one.openedAt),
		Settlement: &stockpb.CaseSettlement{
			Transaction: header.ID, Kind: "RESOLVE", SettledAt: timestamppb.New(p.now()), Actor: header.Actor, Cause: "oversell-case/" + one.Transaction,
			Reason: r.GetReason(), Note: r.GetNote(),
		},
	}
}

// hearCases holds every case that was told against what it was: its units, and what settled it.
func (m *stockModel) hearCases(c *Call, told ...*stockpb.OversellCase) {
	for _, one := range told {
		key := caseNamed(one.GetLocation(), one.GetSku(), one.GetId())
		steps, _ := m.heardOf(key).seen(c)
		fits := func(s step[Case]) bool {
			return s.state.Units == one.GetUnits() && s.state.Open == one.GetOpenUnits() && s.state.SettledBy == one.GetSettlement().GetTransaction()
		}
		if !slices.ContainsFunc(steps, fits) {
			m.find(ruleRead, []*Call{c}, []string{key.subject()}, "%s: %v, and it was one of %v", c.Method, one, statesIn(steps))
		}
	}
}

// heardOf is a case that somebody speaks of, once all acts are in.
func (m *stockModel) heardOf(key CaseKey) *openCase {
	if m.cases[key] == nil {
		m.oversold(key).close()
	}
	return m.cases[key]
}

// hearCaseRefused proves that a case was not there, or settled, at some moment.
func (m *stockModel) hearCaseRefused(c *Call) {
	r, ok := c.Request.(interface {
		GetLocation() string
		GetSku() string
		GetCase() string
	})
	if !ok {
		m.find(ruleRefusal, []*Call{c}, nil, "%s was refused with %s, and names no case", c.Method, c.Reason)
		return
	}
	key := caseNamed(r.GetLocation(), r.GetSku(), r.GetCase())
	steps, _ := m.heardOf(key).seen(c)
	was := func(s step[Case]) bool {
		return s.state.Open == 0 && (s.state.Units == 0) == (c.Reason == "UNKNOWN_CASE")
	}
	if !slices.ContainsFunc(steps, was) {
		m.find(ruleRefusal, []*Call{c}, []string{key.subject()}, "%s was refused with %s, and it was one of %v", c.Method, c.Reason, statesIn(steps))
	}
}
