package page_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// FuzzToken reads any text as the token of each kind of mark there is. It is refused with its field, or it is a mark that its own
// token leads to again, and that Postgres can be asked with.
func FuzzToken(f *testing.F) {
	at := time.Date(2026, 5, 4, 12, 0, 0, 123_456_000, time.UTC)
	for _, mark := range []any{
		"milan", "", int64(17), retail.OrderMark{OccurredAt: at, ID: retail.ID{7}}, retail.WorkMark{At: at, ID: retail.ID{7}, List: retail.WorkPromised}, retail.CaseMark{OpenedAt: at, SKU: "RED-42"},
		retail.PurchaseMark{OccurredAt: at, Entity: retail.ID{8}}, "a\x00b", retail.MovementMark{Location: "milan", SKU: "RED-42", Version: 7, Units: [7]int64{-1, 2}},
		retail.PositionMark{Location: "milan", SKU: "RED-42"}, map[string]any{"at": "0000-01-01T00:00:00Z"},
	} {
		f.Add(page.Token(mark))
	}
	f.Add("")
	f.Add("%%%")
	f.Fuzz(func(t *testing.T, token string) {
		reads[string](t, token)
		reads[int64](t, token)
		reads[retail.OrderMark](t, token)
		reads[retail.WorkMark](t, token)
		reads[retail.CaseMark](t, token)
		reads[retail.PurchaseMark](t, token)
		reads[retail.MovementMark](t, token)
		reads[retail.PositionMark](t, token)
	})
}

func reads[Mark any](t *testing.T, token string) {
	t.Helper()
	mark, err := page.Read[Mark](token)
	if refusal := (*retail.Refusal)(nil); err != nil {
		if !errors.As(err, &refusal) || refusal.Reason != retail.InvalidRequest || refusal.Field != "page_token" {
			t.Fatalf("%q as a %T: %v", token, mark, err)
		}
		return
	}
	again, err := page.Read[Mark](page.Token(mark))
	if err != nil || !reflect.DeepEqual(again, mark) {
		t.Fatalf("%q is the mark %+v, and its own token that of %+v, %v", token, mark, again, err)
	}
}
