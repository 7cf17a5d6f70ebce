package retail

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestComesBack(t *testing.T) {
	monday := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return monday.AddDate(0, 0, n) }
	document := func(id byte, kind InvoiceKind, original ID, at time.Time, units ...UnitRange) OrderDocument {
		return OrderDocument{Invoice: ID{id}, Kind: kind, Original: original, OccurredAt: at, Units: units}
	}
	order := Order{
		Lines: []OrderLine{
			{Line: 1, SKU: "RED-42", Quantity: 9, Fulfilled: 7, Returned: 1, ReturnDays: 30},
			{Line: 2, SKU: "SOCK", Quantity: 2, Fulfilled: 2},
			{Line: 3, SKU: "HAT", Quantity: 2, ReturnDays: 30},
			{Line: 4, SKU: "CAP", Quantity: 1, Fulfilled: 1, Returned: 1, ReturnDays: 30},
		},
		Documents: []OrderDocument{
			document(1, InvoiceSimplified, ID{}, day(0), UnitRange{Line: 1, From: 0, Until: 3}, UnitRange{Line: 2, From: 0, Until: 2}, UnitRange{Line: 4, From: 0, Until: 1}),
			document(2, InvoiceRectificativeSimplified, ID{1}, day(5), UnitRange{Line: 1, From: 0, Until: 1}, UnitRange{Line: 4, From: 0, Until: 1}),
			document(3, InvoiceSimplified, ID{}, day(10), UnitRange{Line: 1, From: 3, Until: 7}),
			document(4, InvoiceFullReplacingSimplified, ID{1}, day(20), UnitRange{Line: 1, From: 0, Until: 3}, UnitRange{Line: 2, From: 0, Until: 2}),
		},
	}
	for _, c := range []struct {
		name string
		line int32
		at   time.Time
		want ComesBack
	}{
		{"all that is left, at first", 1, day(12), ComesBack{Left: 6, Units: 6, Until: day(30)}},
		{"on the last day of those that left first", 1, day(30), ComesBack{Left: 6, Units: 6, Until: day(30)}},
		{"those that left first are in the way of the others afterwards", 1, day(31), ComesBack{Left: 6, Until: day(30)}},
		{"a final sale", 2, day(0), ComesBack{Left: 2}},
		{"what was not handed over", 3, day(0), ComesBack{}},
		{"what came back", 4, day(6), ComesBack{}},
		{"a line that is not there", 5, day(0), ComesBack{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, order.ComesBack(c.line, c.at)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	order.Lines[0].Returned = 3
	if diff := cmp.Diff(ComesBack{Left: 4, Units: 4, Until: day(40)}, order.ComesBack(1, day(31))); diff != "" {
		t.Errorf("of what left later (-want +got):\n%s", diff)
	}
}
