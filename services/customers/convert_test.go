package customers

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/retail"
)

func TestWhatCameBackIsNegative(t *testing.T) {
	lines := []retail.InvoiceLine{{UnitRange: retail.UnitRange{From: 2, Until: 4}, Description: "Hat", GrossMinor: 700}}
	for kind, want := range map[retail.InvoiceKind]int64{
		retail.InvoiceSimplified: 700, retail.InvoiceFull: 700, retail.InvoiceFullReplacingSimplified: 700,
		retail.InvoiceRectificativeSimplified: -700, retail.InvoiceRectificativeFull: -700,
	} {
		if told := invoiceTo(retail.Invoice{Kind: kind, Lines: lines}); told.GetTotal().GetAmountMinor() != want || told.GetUnits() != 2 {
			t.Errorf("%s comes to %v", kind, told)
		}
	}
	back := returnTo(retail.Return{Lines: []retail.ReturnLine{{Units: retail.UnitRange{From: 1, Until: 4}, GrossMinor: 300}}})
	if back.GetTotal().GetAmountMinor() != -300 || back.GetUnits() != 3 {
		t.Errorf("a return is %v", back)
	}
}

func TestDescriptions(t *testing.T) {
	order := retail.Order{}
	for _, description := range []string{"a", "b", "c", "d"} {
		order.Lines = append(order.Lines, retail.OrderLine{Description: description, Quantity: 2, GrossMinor: 10})
	}
	told := orderTo(order)
	if diff := cmp.Diff([]string{"a", "b", "c"}, told.GetDescriptions()); diff != "" || told.GetUnits() != 8 || told.GetTotal().GetAmountMinor() != 40 {
		t.Errorf("%v\n%s", told, diff)
	}
}
