package retail

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"runtime/debug"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// twists is how many other commands are made of each that a hostile trial carries out. Every other one is lawful.
const twists = 4

// attack makes other commands of one, and holds the rules to what Command promises of any. It leaves the shop as it is, so that a
// trial goes on as it would have.
func attack[R any](t rapid.TB, s *shop, c Command[R]) {
	t.Helper()
	if s.enemy == nil {
		return
	}
	w := &twister{Rand: s.enemy(), shop: s}
	for i := range twists {
		w.lawful = i%2 == 0
		twisted := reflect.New(reflect.TypeOf(c)).Elem()
		twisted.Set(reflect.ValueOf(deepCopy(c)))
		for range 1 + w.IntN(3) {
			w.twist(twisted)
		}
		hostile := twisted.Interface().(Command[R])
		withstand(t, s, hostile, w.lawful && !costsTwice(hostile))
	}
}

// costsTwice tells whether a command says of one SKU twice what it cost, and not the same: whoever calls may name it once.
func costsTwice(c any) bool {
	costs := map[string]Cost{}
	differs := func(sku string, cost Cost) bool {
		before, seen := costs[sku]
		costs[sku] = cost
		return seen && before != cost
	}
	twice := false
	switch c := c.(type) {
	case MoveStock:
		for i, line := range c.Lines {
			twice = i < len(c.Costs) && differs(line.SKU, c.Costs[i]) || twice
		}
	case ReceiveDelivery:
		for _, line := range c.Lines {
			twice = differs(line.SKU, line.UnitCost) || twice
		}
	}
	return twice
}

// withstand lets the rules decide on a command that nobody should send. They neither panic nor change what they were given, and come
// to the same again; what they refuse leaves nothing, and what they accept keeps every floor and every balance. Of a lawful command,
// one that the constructors let through, all invariants must hold after it; a command that no constructor makes may also be kept
// out by Post, the second check.
func withstand[R any](t rapid.TB, s *shop, c Command[R], lawful bool) {
	t.Helper()
	keys := safely(t, c, func() []Key { return c.Keys() })
	seen := &window{shop: s, named: keys}
	given, rows := deepCopy(c), deepCopy(seen.rows())
	type decision struct {
		change Change
		result R
		err    error
	}
	decide := func() (d decision) {
		d.change, d.result, d.err = c.Decide(seen, s.now)
		return d
	}
	first, again := safely(t, c, decide), safely(t, c, decide)
	unchanged(t, "the command", given, c)
	unchanged(t, "the rows", rows, seen.rows())
	if diff := difference(first, again, everything); diff != "" {
		t.Fatalf("%T decides otherwise when asked again (-first +again):\n%s\n%+v", c, diff, c)
	}
	if seen.stale {
		return // the engine refuses what reads a row that is not locked
	}
	if errors.Is(first.err, ErrUnchanged) {
		if diff := difference(Change{}, first.change, everything); diff != "" {
			t.Fatalf("%T changes what is so already:\n%s\n%+v", c, diff, c)
		}
		survives(t, first.result)
		return
	}
	if refusal := (*Refusal)(nil); first.err != nil {
		if !errors.As(first.err, &refusal) && !errors.Is(first.err, ErrStale) {
			t.Fatalf("%T fails with %v: %+v", c, first.err, c)
		}
		if diff := difference(decision{err: first.err}, first, everything); diff != "" {
			t.Fatalf("%T returns something beside a refusal:\n%s\n%+v", c, diff, c)
		}
		return
	}
	posted, err := safelyPosted(t, c, s, seen, first.change)
	if err != nil {
		if lawful {
			t.Fatalf("%T broke its promise: %v\n%+v", c, err, c)
		}
		return
	}
	unchanged(t, "the rows, after Post,", rows, seen.rows())
	auditFloors(t, c, first.change, posted, seen)
	if lawful {
		survives(t, first.result)
		s.after(posted).audit(blaming{t, c})
		return
	}
	s.after(posted).auditNumbers(blaming{t, c})
}

// blaming names the command beside whatever is found.
type blaming struct {
	rapid.TB
	command any
}

func (b blaming) Fatalf(format string, args ...any) {
	b.TB.Helper()
	b.TB.Fatalf(format+"\nafter %T %+v", append(args, b.command, b.command)...)
}

// safely runs a rule, and fails with the command where it panics.
func safely[T any](t rapid.TB, c any, rule func() T) T {
	t.Helper()
	defer func() {
		if cause := recover(); cause != nil {
			t.Fatalf("%T panics: %v\n%+v\n%s", c, cause, c, debug.Stack())
		}
	}()
	return rule()
}

// safelyPosted is what the engine makes of a change: Post, and the refusal of rows that were not named.
func safelyPosted(t rapid.TB, c any, s *shop, seen *window, change Change) (posted Posted, err error) {
	t.Helper()
	posted = safely(t, c, func() (p Posted) {
		p, err = Post(change, Stamp{Now: s.now, Actor: "test", RequestID: ID{0xEE}}, seen)
		return p
	})
	for _, row := range change.Rows {
		key := row.Key()
		if key.Table == TableLevels || key.Table == TableBalances || !slices.Contains(seen.named, key) && s.rows[key] != nil {
			err = errors.Join(err, fmt.Errorf("%+v was set and not named, or follows from entries", key))
		}
	}
	if seen.stale {
		err = errors.Join(err, errors.New("it posts to a row that it did not name"))
	}
	return posted, err
}

// after is the shop as it would be with a change. The shop itself stays as it is.
func (s *shop) after(posted Posted) *shop {
	after := &shop{now: s.now, rows: maps.Clone(s.rows), minted: s.minted}
	for _, row := range posted.Rows {
		after.rows[row.Key()] = row
	}
	after.headers = append(slices.Clip(s.headers), posted.Headers...)
	after.events = append(slices.Clip(s.events), posted.Events...)
	return after
}

// countableMax is the most that one entry may move and one account may hold: what is far enough below the range of an int64 that
// sums of a thousand do not overflow.
const countableMax = 1_000_000_000_000_000

// auditFloors checks of one change what holds whatever the command says: it is balanced, it breaks no floor, and it can be counted.
func auditFloors(t rapid.TB, c any, change Change, posted Posted, before State) {
	t.Helper()
	for _, h := range posted.Headers {
		for _, e := range h.Entries {
			if e.Location != h.Location || e.Quantity <= 0 || e.Quantity > 4*countableMax || countsUnits(e.From) != countsUnits(e.To) || e.From == e.To {
				t.Fatalf("%T posts %+v\n%+v", c, e, c)
			}
		}
	}
	auditBetweenPlaces(t, posted.Headers)
	for _, row := range posted.Rows {
		switch row := row.(type) {
		case Level:
			was := LevelAt(before, row.Location, row.SKU)
			open := int64(0)
			for _, one := range row.Cases {
				open += one.OpenUnits
			}
			for i, units := range row.Units {
				below := units < 0 && (i > 0 || !change.Fact && units < was.Available())
				if below || units > countableMax || units < -countableMax || open != max(0, -row.Available()) {
					t.Fatalf("%T leaves %+v, it was %+v\n%+v", c, row, was, c)
				}
			}
		case Balance:
			if row.AmountMinor < 0 || row.AmountMinor > countableMax {
				t.Fatalf("%T leaves %+v\n%+v", c, row, c)
			}
		}
	}
}

// besiege sets an enemy on a shop, whose moves are drawn so that a failure shrinks.
func besiege(t *rapid.T, s *shop) {
	s.enemy = func() *rand.Rand { return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "enemy"), 0)) }
}

// TestTheRulesWithstandAnything sends every command in every form to shops in every state that a trade brings about.
func TestTheRulesWithstandAnything(t *testing.T) {
	counts := tally{}
	counts.check(t, func(t *rapid.T) {
		s := newTrial(t, counts, besiege)
		s.trade30(t)
		s.trade30(t) // or chance leaves something out, of so many kinds of act
	})
}
