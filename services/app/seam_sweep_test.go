package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/pgtest"
)

// lapse is one kind of promise that the sweeper ends.
type lapse struct {
	name string
	// about makes one that is over after some time, and returns what finds out whether it was ended.
	about func(s *sweeping) (ended string)
	after string
	// reads are what finds it.
	reads []string
}

func lapses() []*lapse {
	order := func(state string) string {
		return `select count(*) from orders where id = '%v' and state = '` + state + `'`
	}
	return []*lapse{
		{name: "an expired hold", after: "16 minutes", reads: []string{"expired_holds"}, about: func(s *sweeping) string {
			hold := s.must("staff", "stock/HoldStock",
				`{"location":"milan","channel":"shop","owner":"a","lines":[{"sku":"HAT","quantity":"1"},{"sku":"SOCK","quantity":"2"}]}`)
			return fmt.Sprintf(`select count(*) from holds where id = '%v' and state = 'EXPIRED'`, hold.at("id"))
		}},
		{name: "an unpaid order", after: "2 minutes", reads: []string{"unpaid_orders", "orders_by_id"}, about: func(s *sweeping) string {
			placed := s.must("staff", "orders/PlaceOrder", online(goods("HAT", 2, "PICKUP", "milan"), `,"paymentTime":"60s"`+paid("CARD", 300)))
			return fmt.Sprintf(order("EXPIRED"), placed.at("id"))
		}},
		{name: "a pickup that nobody collected", after: "8 days", reads: []string{"expired_pickups", "orders_by_id"}, about: func(s *sweeping) string {
			placed, _ := s.ready("PICKUP", paid("CARD", 1000))
			return fmt.Sprintf(order("CANCELLED"), placed.at("id"))
		}},
		{name: "a gift card that expired", after: "32 days", reads: []string{"expired_cards"}, about: func(s *sweeping) string {
			s.must("staff", "payments/PutCardKind", kind("month", `,"validMonths":1`))
			sold := s.must("staff", "orders/PlaceOrder", basket("till", "milan", cardOf("month", fmt.Sprint("GC-", newUUID()), 700), paid("CARD", 700)))
			return fmt.Sprintf(`select count(*) from balances where account = '%v' and amount_minor = 0`, sold.at("lines", 0, "account"))
		}},
		{name: "a request whose goods nobody sent", after: "2 days", reads: []string{"unsent_returns"}, about: func(s *sweeping) string {
			_, request := s.approved(1, `,"sendWithin":"86400s"`)
			return fmt.Sprintf(`select count(*) from return_requests where id = '%v' and state = 'EXPIRED'`, request.at("id"))
		}},
		{name: "a cart that nobody changed", after: "11 minutes", reads: []string{"carts_left"}, about: func(s *sweeping) string {
			cart := s.must("staff", "carts/PutCart", filled(`"device":"`+newUUID()+`"`, goods("HAT", 1, "PICKUP", "milan"), ""))
			return fmt.Sprintf(`select count(*) from carts where id = '%v' and left_at is not null`, cart.at("id"))
		}},
	}
}

// sweeping is a shop with two processes that sweep: the second is away until it is wanted.
type sweeping struct {
	*world
	one, other *through
	reader     *reader
	lapse      *lapse
	statements []string
	effect     map[string]int64
	tried      int
}

// sweepEvery is as often as may be configured.
const sweepEvery = 10 * time.Millisecond

// looksChain is how many things go wrong for one promise, some of them at a look after the engine gave up.
const looksChain = 7

// TestSweptSeams lets everything go wrong for the sweeper that goes wrong for callers. It has no caller to answer: it looks again,
// and what is over is ended once.
func TestSweptSeams(t *testing.T) {
	t.Parallel()
	one := openThrough(t, sweepEvery)
	s := &sweeping{world: one.world, one: one, other: one.anotherThrough(t, sweepEvery), reader: newReader(t, one.world)}
	s.other.line.TakeDown()
	furnishSeams(s.world)
	s.must("staff", "locations/PutChannel", strings.Replace(shopChannel, `"holdTime"`, `"cartsLeftAfter":"600s","holdTime"`, 1))
	for _, l := range lapses() {
		t.Run(l.name, func(t *testing.T) {
			within := *s
			within.one, within.reader, within.lapse = s.one.in(t), s.reader.in(t), l
			within.world = within.one.world
			within.burst()
		})
	}
	s.other.line.BringUp()
	s.looks(s.other)
	s.audit()
}

func (s *sweeping) burst() {
	s.statements = s.ends("undisturbed", 0)
	if len(s.statements) == 0 {
		s.t.Fatal("nothing was written")
	}
	if first, last := s.statements[0], s.statements[len(s.statements)-1]; first != "begin" || last != "commit" || len(s.effect) == 0 {
		s.t.Fatalf("it is written by %v, and its effect is %v", s.statements, s.effect)
	}
	var reads []pgtest.Fault
	for _, read := range s.lapse.reads {
		for _, fault := range []pgtest.Fault{{}, {Answered: true}, {Code: "57014"}, {Code: "XX000"}} {
			fault.Counts, fault.At = only(read), 1
			reads = append(reads, fault)
		}
	}
	s.ends("after reads that failed", 0, reads...)
	all := make([]int, len(s.statements))
	for at := range all {
		all[at] = at
	}
	for _, way := range []struct {
		alarms int // for each
		fault  func(at int) pgtest.Fault
	}{
		{1, func(at int) pgtest.Fault { return pgtest.Fault{Code: faults[at%len(faults)]} }},
		{0, func(at int) pgtest.Fault { return pgtest.Fault{Code: transients[at%len(transients)]} }},
		{0, func(int) pgtest.Fault { return pgtest.Fault{} }},
	} {
		for targets := range slices.Chunk(all, looksChain) {
			planned, what := planAt(s.statements, targets, way.fault)
			s.ends(what, way.alarms*len(targets), planned...)
		}
	}
	s.ends("the answers of both round trips lost", 0,
		pgtest.Fault{Counts: only("outcomes"), At: 1, Answered: true}, pgtest.Fault{Counts: only("commit"), At: 1, Answered: true})
	s.endsElsewhere(false)
	s.endsElsewhere(true)
	s.t.Logf("%d statements, %d reads, %d faults", len(s.statements), len(s.lapse.reads), s.tried)
}

// ends lets the time of a promise pass while things go wrong one after the other, look after look. It returns what was written.
func (s *sweeping) ends(what string, alarms int, planned ...pgtest.Fault) (written []string) {
	s.t.Helper()
	ended, before := s.lapse.about(s), s.reader.read()
	s.one.written() // what made it
	s.one.line.Plan(planned...)
	s.tried += len(planned)
	s.later(s.lapse.after)
	eventually(s.t, what+": it is ended", func() bool { return s.reader.count(ended) == 1 && s.one.line.Planned() == 0 })
	written = s.looks(s.one)
	s.happened(before, what)
	want := map[string]int{}
	if alarms > 0 {
		want["alarm"] = alarms
	}
	if diff := cmp.Diff(want, s.one.said.take()); diff != "" {
		s.t.Errorf("%s: alarms (-want +logged):\n%s", what, diff)
	}
	return written
}

// happened wants the effect, once. The first time tells what it is.
func (s *sweeping) happened(before books, what string) {
	s.t.Helper()
	effect := before.effect(s.reader.read())
	if s.effect == nil {
		s.effect = effect
	}
	if diff := cmp.Diff(s.effect, effect); diff != "" {
		s.t.Fatalf("%s: the effect (-undisturbed +now):\n%s", what, diff)
	}
}

// endsElsewhere takes the database away from one process in the moment of the COMMIT, and leaves the rest to another.
func (s *sweeping) endsElsewhere(carriedOut bool) {
	s.t.Helper()
	what := fmt.Sprintf("away at the commit, carried out: %t", carriedOut)
	ended, before := s.lapse.about(s), s.reader.read()
	s.one.line.Cut("commit", carriedOut)
	s.one.line.DownAfterCut()
	s.tried++
	s.later(s.lapse.after)
	eventually(s.t, what+": the line is cut", func() bool {
		return !s.one.line.Uncut() && (!carriedOut || s.reader.count(ended) == 1)
	})
	if trace := before.trace(s.reader.read()); !carriedOut && trace != "" {
		s.t.Errorf("%s: it left a trace:\n%s", what, trace)
	}
	s.other.line.BringUp()
	eventually(s.t, what+": another ends it", func() bool { return s.reader.count(ended) == 1 })
	s.looks(s.other)
	s.happened(before, what)
	s.other.line.TakeDown()
	s.one.line.BringUp()
	s.looks(s.one)
	s.happened(before, what+", and the one looks again")
}

// looks waits until a process has looked twice from now on, so that what it found before is done. It returns what was written since
// somebody asked last.
func (s *sweeping) looks(p *through) (written []string) {
	s.t.Helper()
	written = p.written()
	looks := 0
	eventually(s.t, "a process looks for what is over", func() bool {
		for _, statement := range p.line.Statements() {
			if isWrite(statement) {
				written = append(written, statement)
			} else if statement == "unpaid_orders" {
				looks++
			}
		}
		return looks >= 2
	})
	return written
}
