package auditor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	countspb "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
)

// The rules of the stock.
const (
	ruleMoved     = "units moved otherwise than asked for"
	ruleOversold  = "promised beyond what there was"
	ruleBelowZero = "an account is below zero"
	ruleVersions  = "entries of a position are not counted one by one"
	ruleImpossble = "done although it could not be"
	ruleAnswer    = "answer is not what happened"
	ruleEnd       = "books end otherwise than the acts come to"
	ruleKind      = "act is of another kind than what was asked for"
	ruleReason    = "act is for another reason than was given"
)

// stockModel is the stock as the shop's words have it, replayed from what was asked for. It knows nothing of the program: what an
// entry says is held against it, and is not what it goes on from.
type stockModel struct {
	*trial
	places    map[Position]*place
	holds     map[string]*course[promise]
	transfers map[string]*course[shipment]
	// deliveries are what suppliers bring.
	deliveries map[string]*course[consignment]
	orders     map[string]*soldOrder
	// works are the fulfilments: whose order they are of.
	works map[string]*soldWork
	// awaited is the most units on their way to a position that orders ever waited for.
	awaited map[Position]int64
	cases   map[CaseKey]*openCase
	// sessions are the counts; shelves what each position got and lost, and postings what a posting should answer.
	sessions map[string]*course[session]
	shelves  map[Position][]shelved
	postings map[*played]*countspb.PostCountResponse
	low      alarms
}

// place is a position: its level over time, and its cases that are open, oldest first.
type place struct {
	*course[Level]
	// acts are the acts behind the steps, by their places in the books; the first step has none. stepOf is the other way round.
	acts   []int
	stepOf map[int]int
	open   []*openCase
}

func newStockModel(t *trial) *stockModel {
	return &stockModel{
		trial: t, places: map[Position]*place{}, holds: map[string]*course[promise]{}, transfers: map[string]*course[shipment]{},
		deliveries: map[string]*course[consignment]{},
		orders:     map[string]*soldOrder{}, works: map[string]*soldWork{}, awaited: map[Position]int64{}, cases: map[CaseKey]*openCase{},
		sessions: map[string]*course[session]{}, shelves: map[Position][]shelved{}, postings: map[*played]*countspb.PostCountResponse{},
		low: alarms{below: map[Position]int64{}, told: map[Position]int64{}},
	}
}

// place returns a position, where nothing was so far if nobody spoke of it.
func (m *stockModel) place(at Position) *place {
	p := m.places[at]
	if p == nil {
		p = &place{course: begin(Level{}), acts: []int{-1}, stepOf: map[int]int{}}
		m.places[at] = p
	}
	return p
}

// move is units from one account of a position to another.
type move struct {
	Position
	from, to string
}

// moves are the units of each.
type moves map[move]int64

func (m moves) add(location, sku, from, to string, units int64) {
	if units != 0 {
		m[move{Position{location, sku}, from, to}] += units
	}
}

// String tells moves in a fixed order.
func (m moves) String() string {
	var lines []string
	for one, units := range m {
		lines = append(lines, fmt.Sprintf("%s %s: %s -> %s %d", one.Location, one.SKU, one.from, one.to, units))
	}
	slices.Sort(lines)
	return "[" + strings.Join(lines, "; ") + "]"
}

// plan is what an act comes to by the model.
type plan struct {
	moves moves
	// fact is set on what happened whatever the books said: it may drive available below zero.
	fact bool
	// settles is the oversell case that the act is for; nil: none.
	settles *openCase
	// blind is set where the model can't say what should have moved; then it goes on from the entries.
	blind bool
}

// The accounts of a position.
const (
	accountAvailable  = "available"
	accountHeld       = "held"
	accountCommitted  = "committed"
	accountInspection = "inspection"
	accountDamaged    = "damaged"
	accountQuarantine = "quarantine"
	accountIncoming   = "incoming"

	accountSupplier  = "supplier"
	accountBuyer     = "customer"
	accountShrinkage = "shrinkage"
	accountTurnedUp  = "found"
	accountTransit   = "transit/"
)

// account is where an account stands in a level; nil for those outside the shelves.
func (l *Level) account(name string) *int64 {
	switch name {
	case accountAvailable:
		return &l.Available
	case accountHeld:
		return &l.Held
	case accountCommitted:
		return &l.Committed
	case accountInspection:
		return &l.Inspection
	case accountDamaged:
		return &l.Damaged
	case accountQuarantine:
		return &l.Quarantine
	case accountIncoming:
		return &l.Incoming
	}
	return nil
}

// countsUnits tells whether an account counts units; all others count money.
func countsUnits(account string) bool {
	switch account {
	case accountSupplier, accountBuyer, accountShrinkage, accountTurnedUp:
		return true
	}
	return (&Level{}).account(account) != nil || strings.HasPrefix(account, accountTransit)
}

// movesOf are the moves that the entries of an act say.
func movesOf(p *played) moves {
	actual := moves{}
	for _, h := range p.Headers {
		for _, e := range h.Entries {
			if countsUnits(e.From) || countsUnits(e.To) {
				actual.add(h.Location, e.Asset, e.From, e.To, e.Quantity)
			}
		}
	}
	return actual
}

// replay plays all acts in their order.
func (m *stockModel) replay() {
	for _, p := range m.played {
		m.play(p)
	}
	for _, place := range m.places {
		place.close()
	}
	for _, hold := range m.holds {
		hold.close()
	}
	for _, transfer := range m.transfers {
		transfer.close()
	}
	for _, delivery := range m.deliveries {
		delivery.close()
	}
	for _, one := range m.cases {
		one.close()
	}
	for _, count := range m.sessions {
		count.close()
	}
}

// play plays one act.
func (m *stockModel) play(p *played) {
	planned, actual := m.plan(p), movesOf(p)
	if planned.blind {
		planned.moves = actual
	} else if !maps.Equal(planned.moves, actual) {
		m.findAct(ruleMoved, p, positionsIn(planned.moves, actual), "should move %s, and moved %s", planned.moves, actual)
	}
	m.apply(p, planned, m.countEntries(p))
	m.remember(p, planned)
	m.keep(p)
	if p.call != nil && p.call.Outcome == Acknowledged {
		m.checkAnswer(p)
	}
}

// positionsIn are the positions of moves.
func positionsIn(all ...moves) []string {
	seen := map[string]bool{}
	for _, each := range all {
		for one := range each {
			seen[one.subject()] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// countEntries proves that each entry of a position has the number after that of the one before: two that were written at once, on
// the same level, have the same. It returns the last number of each position.
func (m *stockModel) countEntries(p *played) map[Position]int64 {
	versions := map[Position]int64{}
	for _, h := range p.Headers {
		for _, e := range h.Entries {
			if !countsUnits(e.From) {
				continue
			}
			at := Position{h.Location, e.Asset}
			before, counted := versions[at]
			if !counted {
				before = m.place(at).now().Version
			}
			if e.Version != before+1 {
				m.findAct(ruleVersions, p, []string{at.subject()}, "%s at %s goes from version %d to %d", at.SKU, at.Location, before, e.Version)
			}
			versions[at] = e.Version
		}
	}
	return versions
}

// apply makes the moves of an act, and checks the floors.
func (m *stockModel) apply(p *played, planned plan, versions map[Position]int64) {
	after := map[Position]Level{}
	level := func(at Position) Level {
		if l, touched := after[at]; touched {
			return l
		}
		return m.place(at).now()
	}
	for at, version := range versions {
		l := level(at)
		l.Version = version
		after[at] = l
	}
	for one, units := range planned.moves {
		l := level(one.Position)
		if from := l.account(one.from); from != nil {
			*from -= units
		}
		if to := l.account(one.to); to != nil {
			*to += units
		}
		after[one.Position] = l
	}
	m.tellLow(p, after)
	for _, at := range slices.SortedFunc(maps.Keys(after), comparePositions) {
		m.floor(p, at, after[at], planned)
		place := m.place(at)
		place.add(p, after[at])
		place.stepOf[p.at] = len(place.acts)
		place.acts = append(place.acts, p.at)
	}
}

func comparePositions(a, b Position) int {
	return cmp.Or(cmp.Compare(a.Location, b.Location), cmp.Compare(a.SKU, b.SKU))
}

// floor proves that nothing falls below zero but available, by a fact, and keeps the cases: what is newly short opens one, and what
// comes back settles the oldest.
func (m *stockModel) floor(p *played, at Position, after Level, planned plan) {
	place := m.place(at)
	before := place.now()
	for _, account := range []string{accountHeld, accountCommitted, accountInspection, accountDamaged, accountQuarantine, accountIncoming} {
		if units := *after.account(account); units < 0 && units < *before.account(account) {
			m.findAct(ruleBelowZero, p, []string{at.subject()}, "%s of %s at %s is %d", account, at.SKU, at.Location, units)
		}
	}
	if after.Available < 0 && after.Available < before.Available && !planned.fact {
		m.findAct(ruleOversold, p, []string{at.subject()}, "%s at %s had %d available, and has %d", at.SKU, at.Location, before.Available, after.Available)
	}
	short := max(0, -after.Available) - max(0, -before.Available)
	if short > 0 {
		m.openUp(p, at, short)
	} else if short < 0 {
		m.bringBack(p, at, -short, planned.settles)
	}
}

// settle holds what the acts come to against what the tables say.
func (m *stockModel) settle() {
	for _, at := range slices.SortedFunc(maps.Keys(m.places), comparePositions) {
		if want, got := m.places[at].now(), m.books.Levels[at]; want != got {
			m.find(ruleEnd, nil, []string{at.subject()}, "%s at %s comes to %+v, and the books say %+v", at.SKU, at.Location, want, got)
		}
	}
	for at, got := range m.books.Levels {
		if m.places[at] == nil && got != (Level{}) {
			m.find(ruleEnd, nil, []string{at.subject()}, "nothing ever moved %s at %s, and the books say %+v", at.SKU, at.Location, got)
		}
	}
	m.settleHolds()
	m.settleTransfers()
	m.settleDeliveries()
	m.settleCounts()
	for key, want := range m.cases {
		if got := m.books.Cases[key]; got != want.now() {
			m.find(ruleEnd, nil, []string{key.subject()}, "the oversell case of %s comes to %+v, and the books say %+v", key.Transaction, want.now(), got)
		}
	}
	for key, got := range m.books.Cases {
		if m.cases[key] == nil {
			m.find(ruleEnd, nil, []string{key.subject()}, "nothing was short, and the books have an oversell case %+v of %s", got, key.Transaction)
		}
	}
}
