package stock_test

import (
	"errors"
	"testing"

	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/stock"
)

// FuzzCursor reads any text as the cursor of a watch. It is refused with its field, or it is the one cursor of its place; one that is
// mistyped, or of another watch, is refused.
func FuzzCursor(f *testing.F) {
	const of = 7
	f.Add(stock.Cursor(0, "", "", false, of))
	f.Add(stock.Cursor(17, "", "", true, of))
	f.Add(stock.Cursor(1<<40, "milan", "RED-42", false, of))
	f.Add(stock.Cursor(1, "", "\x00", false, of))
	f.Add(stock.Cursor(-1, "", "", true, of))
	f.Add("AAAAAAAAAAEAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, cursor string) {
		at, again, err := stock.ReadCursor(cursor, of)
		if refusal := (*retail.Refusal)(nil); err != nil {
			if !errors.As(err, &refusal) || refusal.Reason != retail.InvalidRequest || refusal.Field != "cursor" {
				t.Fatalf("%q: %v", cursor, err)
			}
			return
		}
		if cursor == "" {
			return
		}
		if again != cursor || at < 0 {
			t.Fatalf("%q is of %d, whose cursor is %q", cursor, at, again)
		}
		if _, _, err := stock.ReadCursor(cursor, of+1); err == nil {
			t.Fatalf("%q is also of another watch", cursor)
		}
		for i := range cursor {
			slip := []byte(cursor)
			slip[i]++
			if _, _, err := stock.ReadCursor(string(slip), of); err == nil {
				t.Fatalf("%q has a slip at %d, and is read", slip, i)
			}
		}
	})
}
