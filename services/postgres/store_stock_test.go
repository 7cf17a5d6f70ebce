package postgres_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// TestNeverOversell: sixty-four callers, over two processes, fight for a hundred units.
func TestNeverOversell(t *testing.T) {
	t.Parallel()
	one, other, database := startTwo(t)
	do(t, one, delivery("milan", 100, "RED-42"))
	var held, refused atomic.Int64
	var working sync.WaitGroup
	for i := range 64 {
		p := one
		if i%2 == 0 {
			p = other
		}
		working.Go(func() {
			for range 3 {
				_, err := ledger.Submit(newRequest(), p.engine, holdOf("milan", "RED-42"))
				switch {
				case err == nil:
					held.Add(1)
				case isRefused(err, retail.OutOfStock):
					refused.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	working.Wait()
	if held.Load() != 100 || refused.Load() != 3*64-100 {
		t.Errorf("%d held and %d refused, want 100 and 92", held.Load(), refused.Load())
	}
	level := one.level(t, "milan", "RED-42")
	if level.Available() != 0 || level.Held() != 100 || level.Version != 101 {
		t.Errorf("the level is %+v, want 100 units held by 100 entries after one", level)
	}
	if n := newStranger(t, database).count("select count(*) from holds"); n != 100 {
		t.Errorf("%d holds, want 100", n)
	}
	one.proveBooks(t)
}

// TestOversell: a till sells what is not there, and what arrives settles the oldest case first.
func TestOversell(t *testing.T) {
	t.Parallel()
	p := startProcess(t, postgres.Config{URL: pgtest.New(t).URL})
	s := &shop{t: t, db: p.DB, engine: p.engine}
	s.catalogue()
	do(t, p, delivery("milan", 2, "RED-42", "BLUE-40"))
	do(t, p, hold("milan", time.Hour, retail.Line{SKU: "RED-42", Quantity: 2}))

	// state is what the position lacks, and the open units of its cases, oldest first.
	state := func() (available int64, open []int64) {
		for _, c := range openCases(t, p, "milan") {
			if c.SKU == "RED-42" {
				open = append(open, c.OpenUnits)
			}
		}
		return p.level(t, "milan", "RED-42").Available(), open
	}
	sell := func() retail.Order {
		cmd := sale("milan", "till", true) // four of RED-42
		cmd.Fact = true
		return s.sell(cmd)
	}
	check := func(when string, available int64, open ...int64) {
		t.Helper()
		gotAvailable, gotOpen := state()
		if diff := cmp.Diff(open, gotOpen); gotAvailable != available || diff != "" {
			t.Errorf("%s: %d available, want %d; cases (-want +got):\n%s", when, gotAvailable, available, diff)
		}
	}
	check("before", 0)
	first, second := sell(), sell()
	check("two sales of four that were not there", -8, 4, 4)
	cases := openCases(t, p, "milan")
	if got := []string{cases[0].Order(), cases[1].Order()}; !cmp.Equal(got, []string{first.ID.String(), second.ID.String()}) {
		t.Errorf("the cases are of orders %v", got)
	}
	if at := cases[0].AtRisk(); len(at) != 1 {
		t.Errorf("%d holds are at risk, want the one there is", len(at))
	}
	if _, err := ledger.Submit(newRequest(), p.engine, holdOf("milan", "RED-42")); !isRefused(err, retail.OutOfStock) {
		t.Errorf("a hold of what is owed: %v, want OUT_OF_STOCK", err)
	}
	do(t, p, delivery("milan", 3, "RED-42"))
	check("three arrive: the oldest case lacks one", -5, 1, 4)
	do(t, p, delivery("milan", 2, "RED-42"))
	check("two arrive: the oldest is settled and the next begun", -3, 3)
	locked, err := lockRows(t.Context(), p.Store(), nil, retail.LevelKey("milan", "RED-42"))
	if err != nil {
		t.Fatal(err)
	}
	locked.Tx.Rollback(t.Context())
	if loaded := locked.Rows[retail.LevelKey("milan", "RED-42")].(retail.Level).Cases; len(loaded) != 1 {
		t.Errorf("%d cases are loaded, want the one that is open: those of years would add up", len(loaded))
	}
	sell()
	check("another sale opens another", -7, 3, 4)
	do(t, p, delivery("milan", 9, "RED-42"))
	check("nine arrive: all is settled", 2)
	do(t, p, holdOf("milan", "RED-42"))
	check("and may be promised", 1)
	p.proveBooks(t)
}

// openCases are all open cases of a place.
func openCases(t *testing.T, p *process, location string) []retail.ShownCase {
	t.Helper()
	cases, err := p.OpenCases(t.Context(), location, retail.CaseMark{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// TestClock: the database's clock is behind what was recorded, as after a failover to a server whose clock is slow.
func TestClock(t *testing.T) {
	t.Parallel()
	one, other, database := startTwo(t)
	do(t, one, delivery("milan", 10, "RED-42"))
	held := do(t, one, hold("milan", 30*time.Minute, retail.Line{SKU: "RED-42", Quantity: 1}))
	s := newStranger(t, database)
	ahead := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	s.exec("update stock_levels set recorded_at = $1", ahead)

	for _, p := range []*process{one, other} {
		got := do(t, p, hold("milan", time.Minute, retail.Line{SKU: "RED-42", Quantity: 1}))
		if !got.RecordedAt.Equal(ahead) || !got.ExpiresAt.Equal(ahead.Add(time.Minute)) {
			t.Errorf("recorded at %s and expires at %s, want %s and a minute later", got.RecordedAt, got.ExpiresAt, ahead)
		}
	}
	if n := s.count("select count(*) from ledger_transactions where recorded_at = $1", ahead); n != 2 {
		t.Errorf("%d transactions were recorded at that time, want 2", n)
	}
	_, err := ledger.Submit(newRequest(), one.engine, retail.EndHold{
		Hold: held.ID, Transaction: ledger.NewID(), Location: "milan", Lines: held.Lines,
	})
	if !isRefused(err, retail.HoldExpired) {
		t.Errorf("a hold that ended before that time: %v, want HOLD_EXPIRED", err)
	}
	if got := do(t, other, delivery("rome", 1, "RED-42")).RecordedAt; !got.Before(ahead) {
		t.Errorf("another position was recorded at %s, by a clock that is none of its business", got)
	}
}

// TestGuiltyAlone: what validation should have refused and Postgres can't keep fails its own command, not its batch.
func TestGuiltyAlone(t *testing.T) {
	t.Parallel()
	p := startProcess(t, postgres.Config{URL: pgtest.New(t).URL})
	do(t, p, delivery("milan", 100, "RED-42"))
	var alarms atomic.Int64
	engine := ledger.NewEngine(p.Store(), ledger.Config{Lanes: 1, Alarmed: func(error) { alarms.Add(1) }})
	var working sync.WaitGroup
	for i := range 40 {
		working.Go(func() {
			cmd := holdOf("milan", "RED-42")
			if i == 20 {
				cmd.Owner = "cart\x00"
			}
			if _, err := ledger.Submit(newRequest(), engine, cmd); (err != nil) != (i == 20) {
				t.Errorf("hold %d: %v", i, err)
			}
		})
	}
	working.Wait()
	if err := engine.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if alarms.Load() != 1 {
		t.Errorf("%d alarms, want 1", alarms.Load())
	}
	if got := p.level(t, "milan", "RED-42").Held(); got != 39 {
		t.Errorf("%d held, want 39", got)
	}
	p.proveBooks(t)
}

// TestReadsOfSeveralStatementsAreOfOneMoment: what an order or a transfer is, and what belongs to it, are read one after the other.
func TestReadsOfSeveralStatementsAreOfOneMoment(t *testing.T) {
	t.Parallel()
	p := startProcess(t, postgres.Config{URL: pgtest.New(t).URL})
	do(t, p, delivery("milan", 10, "RED-42"))
	held := do(t, p, holdOf("milan", "RED-42"))
	lines, err := p.ReadTwice(t.Context(), "levels_everywhere", func() { do(t, p, delivery("milan", 10, "BLUE-40")) },
		postgres.TextArray("RED-42", "BLUE-40"))
	if err != nil || lines != [2]int{1, 1} {
		t.Errorf("found %v positions, %v", lines, err)
	}
	if again, found, err := p.Hold(t.Context(), "milan", held.ID); err != nil || !found || again.ID != held.ID {
		t.Errorf("the connection is not well afterwards: %v, %v", again, err)
	}
	levels, err := p.Levels(t.Context(), []string{"RED-42", "BLUE-40"}, []string{"milan"})
	if err != nil || len(levels) != 2 {
		t.Errorf("the next read still sees what was: %v, %v", levels, err)
	}
}
