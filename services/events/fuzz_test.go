package events_test

import (
	"errors"
	"testing"

	"github.com/aisle-retail/aisle/services/events"
	"github.com/aisle-retail/aisle/services/retail"
)

// FuzzCursor reads any text as a cursor. It is refused with its field, or it is the one cursor of its place in the log.
func FuzzCursor(f *testing.F) {
	for _, seq := range []int64{0, 1, 17, 1 << 40, -1, 1<<63 - 1} {
		f.Add(events.CursorOf(seq))
	}
	f.Add("")
	f.Add("AAAAAAAAAAEAAAAA")
	f.Fuzz(func(t *testing.T, cursor string) {
		seq, err := events.SeqOf(cursor)
		if refusal := (*retail.Refusal)(nil); err != nil {
			if !errors.As(err, &refusal) || refusal.Reason != retail.InvalidRequest || refusal.Field != "cursor" {
				t.Fatalf("%q: %v", cursor, err)
			}
			return
		}
		if again := events.CursorOf(seq); cursor != "" && again != cursor {
			t.Fatalf("%q and %q are both cursors of %d", cursor, again, seq)
		}
		// One character that is mistyped is refused.
		for at := range cursor {
			slip := []byte(cursor)
			if slip[at]++; slip[at] == cursor[at] {
				continue
			}
			if other, err := events.SeqOf(string(slip)); err == nil {
				t.Fatalf("%q is the cursor of %d, and with a slip %q that of %d", cursor, seq, slip, other)
			}
		}
	})
}

// FuzzCursorOf takes any place in the log there and back.
func FuzzCursorOf(f *testing.F) {
	f.Add(int64(0))
	f.Add(int64(-1))
	f.Fuzz(func(t *testing.T, seq int64) {
		if again, err := events.SeqOf(events.CursorOf(seq)); err != nil || again != seq {
			t.Fatalf("%d came back as %d, %v", seq, again, err)
		}
	})
}
