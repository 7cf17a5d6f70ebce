package auditor

import (
	"slices"
	"testing"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

func wants(sku, location string) *orderspb.BasketLine {
	return &orderspb.BasketLine{Item: &orderspb.BasketLine_Sku{Sku: sku}, Location: location}
}

// TestSoughtAtEachPlace asks for one thing of two places, each of which may be short of it, and of one of them twice.
func TestSoughtAtEachPlace(t *testing.T) {
	order := &orderspb.PlaceOrderRequest{Channel: "web", Lines: []*orderspb.BasketLine{
		wants("SKU-1", "milan"), wants("SKU-1", "rome"), wants("SKU-1", "rome"), wants("SKU-2", "rome"),
	}}
	got := (&trial{}).soughtBy(&Call{Request: order})
	want := []sought{{"ORDER", "web", "SKU-1"}, {"ORDER", "web", "SKU-1"}, {"ORDER", "web", "SKU-2"}}
	if !slices.Equal(got, want) {
		t.Errorf("it may have looked for %v, not %v", got, want)
	}
}
