package retail

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// opening is when every shop of the tests opens: a Monday.
var opening = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// shop is a retailer in memory. It takes commands as the engine does: a rule sees only the rows it named, and what Post
// makes of an accepted change is folded in and kept.
type shop struct {
	now     time.Time
	rows    map[Key]Row
	headers []Header
	events  []Event
	minted  uint64
	// enemy, where there is one, makes other commands of each that is carried out.
	enemy func() *rand.Rand
	// tally counts what became of commands, by their names; nil: nobody counts.
	tally tally
}

func newShop() *shop { return &shop{now: opening, rows: map[Key]Row{}} }

// mint returns an id that no other call returns.
func (s *shop) mint() ID {
	s.minted++
	var id ID
	id[6], id[8] = 0x70, 0x80 // version 7, RFC 9562
	binary.BigEndian.PutUint32(id[12:], uint32(s.minted))
	return id
}

// Row makes the whole shop a State, for tests that ask it.
func (s *shop) Row(k Key) Row { return s.rows[k] }

// window is the shop as one command may see it.
type window struct {
	shop  *shop
	named []Key
	stale bool
}

// Row returns a row that was named, and remembers whether another was asked for.
func (w *window) Row(k Key) Row {
	if !slices.Contains(w.named, k) {
		w.stale = true
		return nil
	}
	return w.shop.rows[k]
}

// rows are all that were named.
func (w *window) rows() []Row {
	rows := make([]Row, len(w.named))
	for i, key := range w.named {
		rows[i] = w.shop.rows[key]
	}
	return rows
}

// submit carries a command out, and holds every rule to what Command promises: Decide changes nothing that it was given,
// comes to the same when it is called again, returns nothing beside a refusal, no change where all is so already, and its answer
// survives being stored.
func submit[R any](t rapid.TB, s *shop, c Command[R]) (R, error) {
	t.Helper()
	attack(t, s, c)
	see := func() *window { return &window{shop: s, named: c.Keys()} }
	seen := see()
	given, rows := deepCopy(c), deepCopy(seen.rows())
	change, result, err := c.Decide(seen, s.now)
	unchanged(t, "the command", given, c)
	unchanged(t, "the rows", rows, seen.rows())
	s.tally.count(c, err)

	againChange, againResult, againErr := c.Decide(see(), s.now)
	same(t, "change", change, againChange)
	same(t, "result", result, againResult)
	if !reflect.DeepEqual(err, againErr) {
		t.Fatalf("%T decides otherwise when asked again: %v, then %v", c, err, againErr)
	}
	var none R
	switch {
	case seen.stale:
		t.Fatalf("%T read a row that it did not name", c)
	case errors.Is(err, ErrUnchanged):
		same(t, "change of what is so already", Change{}, change)
		survives(t, result)
		return result, nil
	case err != nil:
		same(t, "change beside a refusal", Change{}, change)
		same(t, "result beside a refusal", none, result)
		return none, err
	}
	if len(change.Events) == 0 {
		t.Fatalf("L9: %T changes something and tells nobody", c)
	}
	survives(t, result)
	posted, err := Post(change, Stamp{Now: s.now, Actor: "test", RequestID: s.mint()}, seen)
	if err != nil || seen.stale {
		t.Fatalf("%T broke its promise: %v (reads rows it did not name: %v)", c, err, seen.stale)
	}
	unchanged(t, "the rows, after Post,", rows, seen.rows())
	for _, row := range posted.Rows {
		if key := row.Key(); !slices.Contains(seen.named, key) && s.rows[key] != nil {
			t.Fatalf("%T replaces %+v, which it did not name", c, key)
		}
		level, is := row.(Level)
		threshold := is && level.Version == s.level(level.Location, level.SKU).Version // nothing moved: it is as it was recorded
		if !threshold && !row.LastRecorded().Equal(s.now) {
			t.Fatalf("%T writes %+v without saying when", c, row)
		}
		s.rows[row.Key()] = row
	}
	s.headers = append(s.headers, posted.Headers...)
	s.events = append(s.events, posted.Events...)
	return result, nil
}

// difference is cmp.Diff for what differs; nearly nothing does, and cmp is slow to find that out.
func difference(want, got any, options ...cmp.Option) string {
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return cmp.Diff(want, got, options...)
}

func same(t rapid.TB, what string, want, got any) {
	t.Helper()
	if diff := difference(want, got); diff != "" {
		t.Fatalf("the %s differs when decided again (-first +again):\n%s", what, diff)
	}
}

// everything lets cmp look into unexported fields too.
var everything = cmp.Exporter(func(reflect.Type) bool { return true })

func unchanged(t rapid.TB, what string, before, after any) {
	t.Helper()
	if diff := difference(before, after, everything); diff != "" {
		t.Fatalf("a rule changed %s that it was given (-before +after):\n%s", what, diff)
	}
}

// survives checks that an answer is the same after it was stored, which is how a retry gets it.
func survives[R any](t rapid.TB, answer R) {
	t.Helper()
	stored, err := json.Marshal(answer)
	if err != nil {
		t.Fatalf("the answer can't be stored: %v", err)
	}
	var read R
	if err := json.Unmarshal(stored, &read); err != nil {
		t.Fatalf("the stored answer can't be read: %v", err)
	}
	if diff := difference(answer, read, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("a stored answer reads otherwise (-answered +read):\n%s", diff)
	}
}

// deepCopy copies whatever is reached through exported fields, so that it stays as it is when the original is changed.
func deepCopy[T any](original T) T {
	copied := reflect.New(reflect.TypeFor[T]()).Elem()
	copied.Set(copyValue(reflect.ValueOf(&original).Elem()))
	return copied.Interface().(T)
}

func copyValue(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return v
		}
		copied := copyValue(v.Elem())
		if v.Kind() == reflect.Interface {
			return copied
		}
		pointer := reflect.New(v.Type().Elem())
		pointer.Elem().Set(copied)
		return pointer
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		copied := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			copied.Index(i).Set(copyValue(v.Index(i)))
		}
		return copied
	case reflect.Map:
		copied := reflect.MakeMap(v.Type())
		for _, key := range v.MapKeys() {
			copied.SetMapIndex(key, copyValue(v.MapIndex(key)))
		}
		return copied
	case reflect.Struct:
		copied := reflect.New(v.Type()).Elem()
		copied.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				copied.Field(i).Set(copyValue(v.Field(i)))
			}
		}
		return copied
	}
	return v
}

// level returns a position.
func (s *shop) level(place, sku string) Level { return LevelAt(s, place, sku) }

// unitsOf reads one account of a position by its name, by another way than the rules do.
func unitsOf(l Level, account string) int64 {
	at := slices.Index([]string{"available", "held", "committed", "inspection", "damaged", "quarantine", "incoming"}, account)
	if at < 0 {
		panic(fmt.Sprintf("%q is not an account of a position", account))
	}
	return l.Units[at]
}
