package auditor

import (
	"slices"
	"testing"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

// TestGive knows by heart what orders are given.
func TestGive(t *testing.T) {
	shop := Shop{Promotions: []Promotion{
		{Code: "member", SKU: "A", Channel: "app", Members: true, BasisPoints: 1500}, {Code: "bundle", SKU: "B", Units: 3, Paid: 2},
		{Code: "whole", Channel: "app", BasisPoints: 1000}, {Code: "gift", SKU: "D", Coupon: "X", BasisPoints: 5000},
	}}
	for name, one := range map[string]struct {
		channel, customer string
		lines             []Sold
		want              []int64
		coupon            string
	}{
		"nothing of one unit":               {"till", "", []Sold{{"A", 1, 999}, {"B", 2, 200}}, []int64{999, 200}, ""},
		"one of three units":                {"till", "", []Sold{{"B", 3, 300}}, []int64{200}, ""},
		"two of seven, over their lines":    {"till", "", []Sold{{"B", 2, 200}, {"A", 1, 999}, {"B", 5, 500}}, []int64{143, 999, 357}, ""},
		"a part, halves up, then the whole": {"app", "x", []Sold{{"A", 1, 10}}, []int64{7}, ""},
		"the whole to nobody in particular": {"app", "", []Sold{{"A", 1, 10}, {"C", 1, 15}}, []int64{9, 13}, ""},
		"nothing on cards":                  {"app", "", []Sold{{"", 1, 5000}}, []int64{5000}, ""},
		"nothing without its coupon":        {"till", "", []Sold{{"D", 1, 100}}, []int64{100}, ""},
		"half with it":                      {"till", "", []Sold{{"D", 1, 100}}, []int64{50}, "X"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := shop.Give(&orderspb.QuoteOrderRequest{Channel: one.channel, Customer: one.customer, Coupons: []string{one.coupon}}, one.lines); !slices.Equal(got, one.want) {
				t.Errorf("%v, not %v", got, one.want)
			}
		})
	}
}
