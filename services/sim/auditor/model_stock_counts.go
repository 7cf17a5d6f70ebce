package auditor

import (
	"maps"
	"slices"
	"strings"
	"time"

	countspb "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
)

// session is a count. The zero value is one that is not there.
type session struct {
	location, state    string
	readings, postings int64
	// whole is true where what nobody read is not there, as of wholeAt.
	whole   bool
	wholeAt time.Time
	// sheets are what was read, in order; reviews what was decided, posted what was posted, by SKU.
	sheets  []sheet
	reviews map[string]review
	posted  map[string]int64
}

// sheet is what somebody read in a zone.
type sheet struct {
	zone  string
	pass  int32
	at    time.Time
	units []Units
}

// review is a decision about a number at a moment.
type review struct {
	accepted bool
	units    int64
	at       time.Time
}

// shelved is units that came to a position or left it, whatever they are promised to.
type shelved struct {
	at    time.Time
	cause string
	units int64
}

// The states of a count.
const (
	isOpen      = "OPEN"
	isCounted   = "COUNTED"
	isClosed    = "CLOSED"
	isCancelled = "CANCELLED"
)

// counting is a request about a count.
type counting interface {
	GetLocation() string
	GetCount() string
}

func (m *stockModel) session(id string) *course[session] {
	id = strings.ToLower(id)
	if m.sessions[id] == nil {
		m.sessions[id] = begin(session{})
	}
	return m.sessions[id]
}

// remember keeps what an act moved onto shelves and off them, by when it says that it happened.
func (m *stockModel) remember(p *played, planned plan) {
	units := map[Position]int64{}
	for one, n := range planned.moves {
		if countsOnHand(one.to) {
			units[one.Position] += n
		}
		if countsOnHand(one.from) {
			units[one.Position] -= n
		}
	}
	for at, n := range units {
		header := p.Headers[0]
		for _, h := range p.Headers {
			if h.Location == at.Location {
				header = h
			}
		}
		if n != 0 {
			m.shelves[at] = append(m.shelves[at], shelved{header.OccurredAt, header.Cause, n})
		}
	}
}

func countsOnHand(account string) bool {
	return (&Level{}).account(account) != nil && account != accountIncoming
}

// stood is what stood at a position at a moment, with what a count says itself.
func (m *stockModel) stood(at Position, moment time.Time, count string) (units int64) {
	for _, moved := range m.shelves[at] {
		if !moved.at.After(moment) || moved.cause == count {
			units += moved.units
		}
	}
	return units
}

// tally is what a count comes to for a SKU, and the moment of the last sheet that names it; false where none does.
func (s session) tally(sku string) (units int64, at time.Time, found bool) {
	latest := map[string]int32{}
	for _, one := range s.sheets {
		latest[one.zone] = max(latest[one.zone], one.pass)
	}
	for _, one := range s.sheets {
		for _, line := range one.units {
			if line.SKU != sku || one.pass < latest[one.zone] {
				continue
			}
			units, found = units+line.Quantity, true
			if one.at.After(at) {
				at = one.at
			}
		}
	}
	if !found && s.whole {
		return 0, s.wholeAt, true
	}
	return units, at, found
}

// takes tells whether a count in this state takes a step.
func (s session) takes(request counting) bool {
	switch request.(type) {
	case *countspb.RecordReadingsRequest, *countspb.DismissUnknownRequest:
		return s.state == isOpen || s.state == isCounted
	case *countspb.CompleteCountRequest:
		return s.state == isOpen
	case *countspb.CloseCountRequest:
		return s.state == isCounted
	case *countspb.CancelCountRequest:
		return (s.state == isOpen || s.state == isCounted) && s.postings == 0
	}
	return s.state == isCounted || s.state == isClosed
}

func (m *stockModel) planOpenCount(p *played, r *countspb.OpenCountRequest) plan {
	m.session(p.causeID()).add(p, session{location: r.GetLocation(), state: isOpen})
	return plan{}
}

// planCounting does an act of counting, of which only a posting moves anything.
func (m *stockModel) planCounting(p *played, r counting) plan {
	count := m.session(r.GetCount())
	s := count.now()
	if !s.takes(r) || s.location != r.GetLocation() {
		m.findAct(ruleImpossble, p, []string{"count/" + r.GetCount()}, "%s of a count that is %+v", p.call.Method, s)
	}
	planned := plan{}
	switch r := r.(type) {
	case *countspb.RecordReadingsRequest:
		one := sheet{zone: r.GetZone(), pass: max(1, r.GetPass()), at: r.GetReadAt().AsTime().Truncate(time.Microsecond)}
		for _, line := range r.GetLines() {
			one.units = append(one.units, Units{line.GetSku(), line.GetQuantity()})
		}
		s.sheets = append(slices.Clip(s.sheets), one)
		s.readings++
	case *countspb.CompleteCountRequest:
		s.state, s.whole = isCounted, r.GetWholeScope()
		for _, one := range s.sheets {
			if one.at.After(s.wholeAt) {
				s.wholeAt = one.at
			}
		}
		if s.wholeAt.IsZero() {
			s.wholeAt = p.now()
		}
	case *countspb.ReviewVariancesRequest:
		s.reviews = maps.Clone(s.reviews)
		if s.reviews == nil {
			s.reviews = map[string]review{}
		}
		for _, one := range r.GetReviews() {
			units, at, found := s.tally(one.GetSku())
			if !found {
				m.findAct(ruleImpossble, p, []string{"count/" + r.GetCount()}, "%s was reviewed, and nobody counted it", one.GetSku())
			}
			s.reviews[one.GetSku()] = review{one.GetDecision() == countspb.Decision_DECISION_ACCEPTED, units, at}
		}
	case *countspb.PostCountRequest:
		s, planned = m.post(p, r, s)
	case *countspb.CloseCountRequest:
		s.state = isClosed
	case *countspb.CancelCountRequest:
		s.state = isCancelled
	}
	count.add(p, s)
	return planned
}

// post posts what was accepted and has not been counted otherwise since: what was counted, less what stood there at that moment.
func (m *stockModel) post(p *played, r *countspb.PostCountRequest, s session) (session, plan) {
	planned := plan{moves: moves{}, fact: true}
	skus := r.GetSkus()
	if len(skus) == 0 {
		for sku, one := range s.reviews {
			if units, at, _ := s.tally(sku); one.accepted && units == one.units && at.Equal(one.at) {
				skus = append(skus, sku)
			}
		}
		slices.Sort(skus)
	}
	s.reviews, s.posted = maps.Clone(s.reviews), maps.Clone(s.posted)
	if s.posted == nil {
		s.posted = map[string]int64{}
	}
	answer := &countspb.PostCountResponse{}
	for _, sku := range skus {
		one := s.reviews[sku]
		if units, at, _ := s.tally(sku); !one.accepted || units != one.units || !at.Equal(one.at) {
			m.findAct(ruleImpossble, p, []string{"count/" + r.GetCount()}, "%s was posted, and is not accepted: %+v", sku, s)
		}
		expected := m.stood(Position{s.location, sku}, one.at, "count/"+strings.ToLower(r.GetCount()))
		variance := one.units - expected
		if variance > 0 {
			planned.moves.add(s.location, sku, accountTurnedUp, accountAvailable, variance)
		} else {
			planned.moves.add(s.location, sku, accountAvailable, accountShrinkage, -variance)
		}
		one.accepted = false
		s.reviews[sku] = one
		s.posted[sku] += variance
		answer.Posted = append(answer.Posted, &countspb.PostedVariance{Sku: sku, Counted: one.units, Expected: expected, Variance: variance})
	}
	s.postings++
	m.postings[p] = answer
	return s, planned
}

// settleCounts holds what became of every count against its rows.
func (m *stockModel) settleCounts() {
	for _, id := range slices.Sorted(maps.Keys(m.sessions)) {
		now := m.sessions[id].now()
		got, found := m.books.Counts[id]
		same := found && got.Location == now.location && got.State == now.state && got.Readings == now.readings && got.Postings == now.postings
		for sku, units := range now.posted {
			same = same && got.Posted[sku] == units
		}
		for sku, units := range got.Posted {
			same = same && now.posted[sku] == units
		}
		if now.state != "" && !same {
			m.find(ruleEnd, nil, []string{"count/" + id}, "count %s comes to %+v, and the books say %+v", id, now, got)
		}
	}
	for id, got := range m.books.Counts {
		if m.sessions[id] == nil || m.sessions[id].now().state == "" {
			m.find(ruleEnd, nil, []string{"count/" + id}, "nobody counted anything, and the books have count %s: %+v", id, got)
		}
	}
}

// hearCount proves that a count that was refused was in such a state.
func (m *stockModel) hearCount(c *Call) {
	r, ok := c.Request.(counting)
	if !ok {
		m.find(ruleRefusal, []*Call{c}, nil, "%s was refused with %s, and names no count", c.Method, c.Reason)
		return
	}
	steps, _ := m.session(r.GetCount()).seen(c)
	was := func(s step[session]) bool {
		switch there := s.state.state != "" && s.state.location == r.GetLocation(); c.Reason {
		case "UNKNOWN_COUNT":
			return !there
		case "COUNT_STATE":
			return there && !s.state.takes(r)
		default:
			return there
		}
	}
	if !slices.ContainsFunc(steps, was) {
		m.find(ruleRefusal, []*Call{c}, []string{"count/" + strings.ToLower(r.GetCount())}, "%s was refused with %s, and it was %s",
			c.Method, c.Reason, statesIn(steps))
	}
}
