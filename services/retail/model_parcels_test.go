package retail

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// paperParcel is what a carrier was given at once.
type paperParcel struct {
	state string
	// units are the goods in it by line, from 0, and missing those of them that did not arrive.
	units, missing map[int]int64
	// trail is when what was told of it by a number happened, in minutes.
	trail map[string]int
	// said is what that was.
	said map[string]TrackingEvent
}

// send writes down what left with a carrier.
func (o *paperOrder) send(w *paperWork, all map[int]int64) {
	p := &paperParcel{state: "SHIPPED", units: map[int]int64{}, missing: map[int]int64{}, trail: map[string]int{}, said: map[string]TrackingEvent{}}
	for i, n := range all {
		if o.lines[i].sku != "" && n > 0 {
			p.units[i] = n
		}
	}
	w.parcels = append(w.parcels, p)
}

// left is how many units of a line may still arrive in a parcel: what the customer brought back arrived in any.
func (o *paperOrder) left(p *paperParcel, i int) int64 {
	return max(0, min(p.units[i]-p.missing[i], o.lines[i].fulfilled-o.lines[i].returned))
}

// sent is how a shipment of which nothing is open any more ends, or goes on.
func (w *paperWork) sent() string {
	for _, state := range []string{"SHIPPED", "DELIVERED", "LOST"} {
		if slices.ContainsFunc(w.parcels, func(p *paperParcel) bool { return p.state == state }) {
			return state
		}
	}
	return "RETURNED_TO_SENDER"
}

// drawShipped draws a fulfilment of which, mostly, a carrier has something.
func (s *trial) drawShipped(t *rapid.T) (*paperOrder, *paperWork) {
	paper, w := s.someWork(t)
	shipped := map[*paperOrder][]*paperWork{}
	for _, o := range s.trades {
		for _, one := range o.works {
			if slices.ContainsFunc(one.parcels, func(p *paperParcel) bool { return p.state == "SHIPPED" }) {
				shipped[o] = append(shipped[o], one)
			}
		}
	}
	have := slices.DeleteFunc(slices.Clone(s.trades), func(o *paperOrder) bool { return shipped[o] == nil })
	if len(have) > 0 && rapid.IntRange(0, 4).Draw(t, "shipped") > 0 {
		paper = rapid.SampledFrom(have).Draw(t, "order of it")
		w = rapid.SampledFrom(shipped[paper]).Draw(t, "shipment")
	}
	return paper, w
}

// drawParcel draws the number of a parcel, or none, and says which that is, or what is wrong with it.
func (s *trial) drawParcel(t *rapid.T, w *paperWork) (number int32, p *paperParcel, wrong Reason) {
	if rapid.Bool().Draw(t, "by number") {
		number = int32(rapid.IntRange(1, len(w.parcels)+1).Draw(t, "parcel"))
	}
	with := slices.DeleteFunc(slices.Clone(w.parcels), func(p *paperParcel) bool { return p.state != "SHIPPED" })
	switch {
	case len(with) == 0:
		if wrong = w.over(s); wrong == "" {
			wrong = FulfilmentStep
		}
	case number == 0 && len(with) > 1, int(number) > len(w.parcels):
		wrong = InvalidRequest
	case number == 0:
		p = with[0]
	case w.parcels[number-1].state != "SHIPPED":
		wrong = FulfilmentStep
	default:
		p = w.parcels[number-1]
	}
	return number, p, wrong
}

// deliver is when a carrier delivers a parcel.
func (s *trial) deliver(t *rapid.T) {
	paper, w := s.drawShipped(t)
	number, p, wrong := s.drawParcel(t, w)
	step := s.workOn(Fulfilment{ID: w.id, Location: w.place, Order: paper.id})
	_, err := submit(t, s.shop, AdvanceFulfilment{Work: step, To: FulfilmentDelivered, Parcel: number})
	if !decided(t, err, wrong) {
		return
	}
	p.state = "DELIVERED"
	if w.ended != "" {
		w.ended = w.sent()
	}
}

// track is when a carrier tells what it knows of a parcel, out of order and again.
func (s *trial) track(t *rapid.T) {
	paper, w := s.drawShipped(t)
	number, p, wrong := s.drawParcel(t, w)
	if all := len(w.parcels); all > 0 && (number > 0 || all == 1) { // also of what has ended
		if wrong = InvalidRequest; int(number) <= all {
			p, wrong = w.parcels[max(0, number-1)], ""
		}
	}
	c := TrackParcel{Work: s.workOn(Fulfilment{ID: w.id, Location: w.place, Order: paper.id}), Parcel: number}
	came := false
	for range rapid.IntRange(1, 3).Draw(t, "events") {
		ago := rapid.IntRange(-1, 300).Draw(t, "minutes ago")
		e := TrackingEvent{
			ID: rapid.SampledFrom([]string{"E1", "E2", "E3", "E4", "E5"}).Draw(t, "event"), At: s.now.Add(-time.Duration(ago) * time.Minute),
			Status: rapid.SampledFrom([]TrackingStatus{"IN_TRANSIT", "EXCEPTION", "LOST", "RETURNED", "DELIVERED", "DELIVERED"}).Draw(t, "status"),
		}
		c.Events = append(c.Events, e)
	}
	before, _ := s.rows[FulfilmentKey(w.place, w.id)].(Fulfilment)
	done, err := submit(t, s.shop, c)
	if !decided(t, err, wrong) {
		return
	}
	var told []TrackingEvent
	for _, e := range c.Events {
		if _, known := p.trail[e.ID]; !known {
			p.trail[e.ID], p.said[e.ID] = int(e.At.Sub(time.Time{}).Minutes()), e
			told = append(told, e)
		}
	}
	if isStep := done.Fulfilment.Version > before.Version; isStep != (len(told) > 0) || !isStep && !reflect.DeepEqual(done.Fulfilment, before) {
		t.Fatalf("of %v it was told %v, and %+v became %+v", c.Events, told, before, done.Fulfilment)
	}
	for _, e := range told {
		came = came || e.Status == "DELIVERED" && !p.wentBack(e)
	}
	if came && p.state == "SHIPPED" {
		p.state = "DELIVERED"
		if w.ended != "" {
			w.ended = w.sent()
		}
	}
}

// checkParcels holds the parcels of a fulfilment against the paper.
func (s *trial) checkParcels(t *rapid.T, paper *paperOrder, w *paperWork, f Fulfilment) {
	t.Helper()
	if len(f.Parcels) != len(w.parcels) {
		t.Fatalf("%+v went in %d parcels on paper", f, len(w.parcels))
	}
	var first time.Time
	for n, p := range w.parcels {
		got, units := f.Parcels[n], 0
		if due := p.due(got.ShippedAt); p.state == "SHIPPED" && (first.IsZero() || due.Before(first)) {
			first = due
		}
		for i := range paper.lines {
			at := slices.IndexFunc(got.Units, func(u ParcelUnits) bool { return u.Line == int32(i+1) })
			if at < 0 && p.units[i] > 0 || at >= 0 && (got.Units[at].Units != p.units[i] || got.Units[at].Undelivered != p.missing[i]) {
				t.Fatalf("parcel %d is %+v, on paper %+v", n+1, got, p)
			}
			if at >= 0 {
				units++
			}
		}
		for i, e := range got.Trail {
			if at, told := p.trail[e.ID]; !told || len(got.Trail) != len(p.trail) || at != int(e.At.Sub(time.Time{}).Minutes()) || i > 0 && e.At.Before(got.Trail[i-1].At) {
				t.Fatalf("of parcel %d it is told %v, on paper %v", n+1, got.Trail, p.trail)
			}
		}
		if string(got.State) != p.state || units != len(got.Units) {
			t.Fatalf("parcel %d is %+v, on paper %+v", n+1, got, p)
		}
	}
	if !f.AttentionAt.Equal(first) {
		t.Fatalf("%+v is to be looked after at %s on paper", f, first)
	}
}

// wentBack tells whether its carrier said that it goes back, of a time before.
func (p *paperParcel) wentBack(before TrackingEvent) bool {
	for _, e := range p.said {
		if e.Status == "RETURNED" && (e.At.Before(before.At) || e.At.Equal(before.At) && e.ID < before.ID) {
			return true
		}
	}
	return false
}

// due is when somebody looks after a parcel that left at a time: when its carrier said that something is wrong, or five days after it said anything.
func (p *paperParcel) due(left time.Time) time.Time {
	var last TrackingEvent
	for _, e := range p.said {
		if e.At.After(last.At) || e.At.Equal(last.At) && e.ID > last.ID {
			last = e
		}
	}
	if last.At.After(left) {
		left = last.At
	}
	if slices.Contains([]TrackingStatus{"EXCEPTION", "LOST", "RETURNED"}, last.Status) || last.Status == "DELIVERED" && p.wentBack(last) {
		return left
	}
	return left.Add(120 * time.Hour)
}

// pack places an order that is sent from one place, paid and packed.
func (s *trial) pack(t *rapid.T) {
	paper := &paperOrder{id: s.mint(), place: anyPlace.Draw(t, "selling"), customer: ID{0xAA}}
	paper.row = func() Order { return s.row(paper) }
	c := PlaceOrder{
		Order: paper.id, Transaction: s.mint(), Number: OrderNumber(s.minted * 7919), Channel: "web", Location: paper.place,
		Customer: paper.customer, Currency: "EUR", TaxIncluded: true, Issuer: s.issuer(paper.place),
	}
	from := anyPlace.Draw(t, "from")
	for _, sku := range append([]string{""}, skus...) {
		l := &paperLine{sku: sku, method: Ship, place: from, quantity: rapid.Int64Range(0, 3).Draw(t, "units of "+sku), returnDays: 10_000}
		line := BasketLine{
			SKU: sku, Quantity: l.quantity, ListMinor: rapid.Int64Range(0, 90_00).Draw(t, "list"), Tax: rates[0], Method: Ship, Location: from,
			ReturnDays: l.returnDays,
		}
		if sku == "" {
			line.Account = "charges/DELIVERY"
		}
		if l.quantity > 0 {
			c.Lines, paper.lines = append(c.Lines, line), append(paper.lines, l)
			l.work = s.workFor(&c, paper, l)
		}
	}
	if len(c.Lines) == 0 {
		return
	}
	priced, _, _ := price(c.Lines, nil, nil, true)
	for i, l := range paper.lines {
		l.gross = priced[i].GrossMinor
		paper.kept += l.gross
	}
	paper.moved = -paper.kept
	if paper.kept > 0 {
		c.Tenders = []Tender{{Kind: "CASH", AmountMinor: paper.kept, Location: c.Location}}
	}
	all, short := s.needsOf(c, paper, nil)
	if short {
		return
	}
	if _, err := submit(t, s.shop, c); err != nil {
		t.Fatal(err)
	}
	s.take(all, c.Transaction)
	s.remember(paper)
	step := s.workOn(Fulfilment{ID: paper.works[0].id, Location: from, Order: paper.id})
	if _, err := submit(t, s.shop, AdvanceFulfilment{Work: step, To: FulfilmentPacked}); err != nil {
		t.Fatal(err)
	}
	paper.works[0].step = 3
}

// TestParcelsAgainstPaper sends orders in parcels, of which some are lost or come back while others wait, and the customer brings back what
// she has.
func TestParcelsAgainstPaper(t *testing.T) {
	states := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		s := &trial{shop: newShop(), model: newModel()}
		for _, place := range places {
			for _, sku := range skus {
				c := MoveStock{Transaction: s.mint(), Kind: KindReceive, Location: place, Lines: []Line{{sku, 6}}, Cause: "opening"}
				if _, err := submit(t, s.shop, c); err != nil {
					t.Fatal(err)
				}
				s.shelf(place, sku).put(6)
			}
		}
		s.pack(t)
		s.pack(t)
		t.Repeat(map[string]func(*rapid.T){
			"": s.check, "ship": s.handOver, "ship more": s.handOver, "deliver": s.deliver, "track": s.track, "undeliver": s.undeliver, "undeliver more": s.undeliver,
			"cancel": s.cancel, "reject": s.reject, "return": s.takeBack,
		})
		for _, o := range s.trades {
			states[o.works[0].ended]++
			for _, p := range o.works[0].parcels {
				states["parcel "+p.state]++
			}
		}
	})
	for _, state := range []string{"SHIPPED", "DELIVERED", "LOST", "RETURNED_TO_SENDER"} {
		if states[state] == 0 || states["parcel "+state] == 0 {
			t.Errorf("chance left out what is %s: %v", state, states)
		}
	}
}

// TestTrackingIsForgotten tells more of a parcel than is kept of it. What is forgotten is no news when it is told again, and nothing is believed
// of what has ended.
func TestTrackingIsForgotten(t *testing.T) {
	var events []TrackingEvent
	for n := range trailMax {
		events = append(events, TrackingEvent{ID: fmt.Sprint("E", n), Status: TrackingInTransit, At: opening.Add(time.Duration(n) * time.Minute)})
	}
	p := Parcel{State: FulfilmentShipped}
	if isNews, arrived := p.note(events); !isNews || arrived || len(p.Trail) != trailMax {
		t.Fatalf("news %v, arrived %v: %d events", isNews, arrived, len(p.Trail))
	}
	first := TrackingEvent{ID: "first", Status: TrackingInTransit, At: opening.Add(-time.Hour)}
	came := TrackingEvent{ID: "came", Status: TrackingDelivered, At: opening.Add(-time.Hour)}
	for _, c := range []struct {
		state         FulfilmentState
		event         TrackingEvent
		news, arrives bool
	}{
		{FulfilmentShipped, first, false, false}, {FulfilmentShipped, events[7], false, false}, {FulfilmentShipped, came, true, true},
		{FulfilmentDelivered, came, false, false}, {FulfilmentLost, came, false, false},
	} {
		p := Parcel{State: c.state, Trail: p.Trail}
		isNews, arrived := p.note([]TrackingEvent{c.event})
		if isNews != c.news || arrived != c.arrives || !reflect.DeepEqual(p.Trail, events) {
			t.Errorf("%s of what is %s: news %v, arrived %v", c.event.ID, c.state, isNews, arrived)
		}
	}
}
