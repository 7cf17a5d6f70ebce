package auditor

import (
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// promise is a hold. The zero value is one that is not there.
type promise struct {
	location, channel, owner, state string
	// order is the one that took it up.
	order                 string
	lines                 []Units
	expiresAt, recordedAt time.Time
}

// The states of a hold.
const (
	isHeld      = "HELD"
	isReleased  = "RELEASED"
	isExpired   = "EXPIRED"
	isCommitted = "COMMITTED"
)

// told is the hold as it is answered, in a state.
func (h promise) told(id, state string) *stockpb.Hold {
	hold := &stockpb.Hold{
		Id: id, Location: h.location, Channel: h.channel, Owner: h.owner, ExpiresAt: timestamppb.New(h.expiresAt),
		RecordedAt: timestamppb.New(h.recordedAt), State: stockpb.HoldState(stockpb.HoldState_value["HOLD_STATE_"+state]),
	}
	for _, line := range h.lines {
		hold.Lines = append(hold.Lines, &stockpb.HoldLine{Sku: line.SKU, Quantity: line.Quantity})
	}
	return hold
}

// hold returns what became of a hold so far.
func (m *stockModel) hold(id string) *course[promise] {
	id = strings.ToLower(id)
	if m.holds[id] == nil {
		m.holds[id] = begin(promise{})
	}
	return m.holds[id]
}

// demand is what somebody wants of a position: units that are promised, and units that are carried out.
type demand struct {
	Position
	promised, carried int64
	// methods are those by which it is promised; "": by none in particular.
	methods []string
}

// short tells whether a position has too little for a demand. At a till only what is promised can be short, for what is carried out
// is in the customer's hand.
func (d demand) short(l Level, atTill bool, k keeper) bool {
	if atTill {
		l.Available -= d.carried
		return d.promised > 0 && d.promised > k.sellable(d.Position, d.methods, l)
	}
	return d.promised+d.carried > k.sellable(d.Position, d.methods, l)
}

// mustFit finds a promise that was given although a position had too little.
func (m *stockModel) mustFit(p *played, demands []demand, atTill bool, k keeper) {
	for _, d := range demands {
		if l := m.place(d.Position).now(); d.short(l, atTill, k) {
			m.findAct(ruleOversold, p, []string{d.subject()}, "%d of %s at %s were promised and %d carried out, with %d available and %d sellable",
				d.promised, d.SKU, d.Location, d.carried, l.Available, k.sellable(d.Position, d.methods, l))
		}
	}
}

// holdDemands are those of a request for a hold.
func holdDemands(location string, lines []*stockpb.HoldLine, method orderspb.FulfilmentMethod) []demand {
	var demands []demand
	for _, line := range lines {
		demands = append(demands, demand{
			Position: Position{location, line.GetSku()}, promised: line.GetQuantity(), methods: []string{methodName(method)},
		})
	}
	return demands
}

func unitsOf(lines []*stockpb.HoldLine) []Units {
	var all []Units
	for _, line := range lines {
		all = append(all, Units{line.GetSku(), line.GetQuantity()})
	}
	return all
}

// now is when an act was decided.
func (p *played) now() time.Time { return p.Headers[0].RecordedAt }

// causeID is the id of what an act was done for.
func (p *played) causeID() string {
	_, id, _ := strings.Cut(p.Headers[0].Cause, "/")
	return id
}

func (m *stockModel) planHold(p *played, location string, r holding) plan {
	channel, _ := m.shop.channel(r.GetChannel())
	m.mustFit(p, holdDemands(location, r.GetLines(), r.GetMethod()), false, m.keeper(r.GetChannel()))
	lasts := lasting(r)
	if lasts == 0 {
		lasts = time.Duration(channel.HoldSeconds) * time.Second
	}
	planned := plan{moves: moves{}}
	for _, line := range r.GetLines() {
		planned.moves.add(location, line.GetSku(), accountAvailable, accountHeld, line.GetQuantity())
	}
	hold := m.hold(p.causeID())
	if before := hold.now(); before.state != "" {
		m.findAct(ruleImpossble, p, []string{"hold/" + p.causeID()}, "the hold was there before, %s", before.state)
	}
	hold.add(p, promise{
		location: location, channel: r.GetChannel(), owner: r.GetOwner(), state: isHeld, lines: unitsOf(r.GetLines()),
		expiresAt: p.now().Add(lasts).Truncate(time.Microsecond), recordedAt: p.now(),
	})
	return planned
}

// planRelease gives a hold back: before its time when somebody asks, after it when the house does.
func (m *stockModel) planRelease(p *played, location, id, state string) plan {
	hold := m.hold(id)
	before := hold.now()
	planned := plan{moves: moves{}}
	expired := !p.now().Before(before.expiresAt)
	if before.state != isHeld || before.location != location || expired != (state == isExpired) {
		m.findAct(ruleImpossble, p, []string{"hold/" + id}, "a hold at %s that is %q and expires at %s becomes %s at %s",
			before.location, before.state, before.expiresAt, state, p.now())
	}
	for _, line := range before.lines {
		planned.moves.add(before.location, line.SKU, accountHeld, accountAvailable, line.Quantity)
	}
	after := before
	after.state, after.recordedAt = state, p.now()
	hold.add(p, after)
	return planned
}

// takeUp commits a hold to an order.
func (m *stockModel) takeUp(p *played, location, id, order string) promise {
	hold := m.hold(id)
	before := hold.now()
	if before.state != isHeld || before.location != location || !p.now().Before(before.expiresAt) {
		m.findAct(ruleImpossble, p, []string{"hold/" + id, "order/" + order}, "the order takes up a hold at %s that is %q and expires at %s, at %s",
			before.location, before.state, before.expiresAt, p.now())
	}
	after := before
	after.state, after.order, after.recordedAt = isCommitted, order, p.now()
	hold.add(p, after)
	return before
}

// hearHolds holds a list of what is kept at a place against what was kept there while it was asked for: each that it shows, and each that
// it can't but have shown.
func (m *stockModel) hearHolds(c *Call, r *stockpb.ListHoldsRequest, answer *stockpb.ListHoldsResponse) {
	wanted := func(h promise) bool {
		return h.location == r.GetLocation() && (r.GetOwner() == "" || h.owner == r.GetOwner()) && h.state == isHeld
	}
	shown, last := map[string]bool{}, time.Time{}
	for _, one := range answer.GetHolds() {
		id := one.GetId()
		steps, _ := m.hold(id).seen(c)
		was := func(s step[promise]) bool {
			return wanted(s.state) && slices.Contains(m.statesAt(c, s.state), isHeld) && proto.Equal(s.state.told(id, isHeld), one)
		}
		if shown[id] || one.GetExpiresAt().AsTime().Before(last) || !slices.ContainsFunc(steps, was) {
			m.find(ruleRead, []*Call{c}, []string{"hold/" + id}, "ListHolds: %v, and it was one of %v", one, statesIn(steps))
		}
		shown[id], last = true, one.GetExpiresAt().AsTime()
	}
	if answer.GetNextPageToken() != "" {
		return // there is more
	}
	for _, id := range slices.Sorted(maps.Keys(m.holds)) {
		steps, _ := m.hold(id).seen(c)
		mayBeGone := func(s step[promise]) bool {
			return !wanted(s.state) || slices.Contains(m.statesAt(c, s.state), isExpired)
		}
		if !shown[id] && !slices.ContainsFunc(steps, mayBeGone) {
			m.find(ruleRead, []*Call{c}, []string{"hold/" + id}, "ListHolds does not show what was %v", statesIn(steps))
		}
	}
}

// settleHolds holds what became of every hold against its row.
func (m *stockModel) settleHolds() {
	for _, id := range slices.Sorted(maps.Keys(m.holds)) {
		now := m.holds[id].now()
		want := BookedHold{
			Location: now.location, Channel: now.channel, Owner: now.owner, State: now.state, Order: now.order, ExpiresAt: now.expiresAt,
			RecordedAt: now.recordedAt, Lines: now.lines,
		}
		if got, found := m.books.Holds[id]; now.state != "" && (!found || !want.equal(got)) {
			m.find(ruleEnd, nil, []string{"hold/" + id}, "hold %s comes to %+v, and the books say %+v", id, want, got)
		}
	}
	for id, got := range m.books.Holds {
		if m.holds[id] == nil || m.holds[id].now().state == "" {
			m.find(ruleEnd, nil, []string{"hold/" + id}, "nobody held anything, and the books have hold %s: %+v", id, got)
		}
	}
}

func (h BookedHold) equal(other BookedHold) bool {
	return h.Location == other.Location && h.Channel == other.Channel && h.Owner == other.Owner && h.State == other.State &&
		h.Order == other.Order && h.ExpiresAt.Equal(other.ExpiresAt) && h.RecordedAt.Equal(other.RecordedAt) && slices.Equal(h.Lines, other.Lines)
}
