package retail

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"
)

// masterData is the state that puts leave behind, as the engine would: a put sees the rows it named, and what it replaces
// it has named.
type masterData struct {
	t    *testing.T
	rows map[Key]Row
	now  time.Time
	// versions of the events told so far, by subject.
	versions map[string]int64
}

func newMasterData(t *testing.T) *masterData {
	return &masterData{t: t, rows: map[Key]Row{}, now: day(1), versions: map[string]int64{}}
}

// namedRows is what one command sees.
type namedRows struct {
	m    *masterData
	keys []Key
}

func (n namedRows) Row(k Key) Row {
	if !slices.Contains(n.keys, k) {
		n.m.t.Errorf("reads %+v, which it did not name", k)
	}
	return n.m.rows[k]
}

// day is a day of one month.
func day(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }

// carryOut decides a command twice, checks what every put promises, and folds it in.
func carryOut[R any](m *masterData, cmd Command[R]) (R, error) {
	m.t.Helper()
	s := namedRows{m, cmd.Keys()}
	change, result, err := cmd.Decide(s, m.now)
	if again, _, errAgain := cmd.Decide(s, m.now); !reflect.DeepEqual(change, again) || !reflect.DeepEqual(err, errAgain) {
		m.t.Errorf("decided twice, it is not the same: %+v and %+v", change, again)
	}
	if err != nil {
		return result, err
	}
	posted, err := Post(change, Stamp{Now: m.now, Actor: "office", RequestID: ID{1}}, s)
	if err != nil {
		m.t.Fatal(err)
	}
	header := posted.Headers[0]
	if len(posted.Headers) != 1 || header.Location != HeadOffice || header.Kind != KindMaster || len(header.Entries) > 0 {
		m.t.Errorf("posts %+v, want one header of the head office without entries", posted.Headers)
	}
	for _, row := range posted.Rows {
		if m.rows[row.Key()] != nil && !slices.Contains(s.keys, row.Key()) {
			m.t.Errorf("replaces %+v, which it did not name", row.Key())
		}
		m.rows[row.Key()] = row
	}
	for _, event := range posted.Events {
		if m.versions[event.Subject]++; event.Version != m.versions[event.Subject] {
			m.t.Errorf("%s of %s has version %d, want %d", event.Kind, event.Subject, event.Version, m.versions[event.Subject])
		}
	}
	return result, nil
}

// accept carries out what must not be refused.
func accept[R any](m *masterData, cmd Command[R]) R {
	m.t.Helper()
	result, err := carryOut(m, cmd)
	if err != nil {
		m.t.Fatalf("refused: %v", err)
	}
	return result
}

// refuse carries out what must be refused for a reason, with a field to blame.
func refuse[R any](m *masterData, cmd Command[R], reason Reason, field string) {
	m.t.Helper()
	_, err := carryOut(m, cmd)
	wantRefusal(m.t, err, reason, field)
}

func wantRefusal(t *testing.T, err error, reason Reason, field string) {
	t.Helper()
	refusal := (*Refusal)(nil)
	if !errors.As(err, &refusal) || refusal.Reason != reason || refusal.Field != field {
		t.Errorf("%v (field %q), want %s of %s", err, fieldOf(refusal), reason, field)
	}
}

func fieldOf(r *Refusal) string {
	if r == nil {
		return ""
	}
	return r.Field
}

func TestPutLocation(t *testing.T) {
	milan := Location{Code: "milan", Name: "Milano Duomo", Kind: "STORE", TimeZone: "Europe/Rome", Currency: "EUR", TaxJurisdiction: "IT"}

	t.Run("replaces all that is known of a place, in versions", func(t *testing.T) {
		m := newMasterData(t)
		accept(m, PutLocation{Transaction: ID{1}, Location: milan})
		m.now = day(2)
		renamed := milan
		renamed.Name = "Milano Centro"
		got := accept(m, PutLocation{Transaction: ID{2}, Location: renamed})
		if got.Name != "Milano Centro" || got.Version != 2 || !got.RecordedAt.Equal(day(2)) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("keeps the books of a place in one currency", func(t *testing.T) {
		m := newMasterData(t)
		accept(m, PutLocation{Transaction: ID{1}, Location: milan})
		moved := milan
		moved.Currency = "CHF"
		refuse(m, PutLocation{Transaction: ID{2}, Location: moved}, Immutable, "location.currency_code")
	})
}
