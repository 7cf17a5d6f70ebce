package demo

import (
	"fmt"
	"iter"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	"github.com/aisle-retail/aisle/services/imports"
)

// returnPolicies take everything back for thirty days, what is sold before Christmas until the middle of January, and swimwear never.
func returnPolicies() iter.Seq[imports.Record] {
	return func(yield func(imports.Record) bool) {
		all := []*returnspb.ReturnPolicy{
			{Code: "standard", Name: "Thirty days", Days: 30},
			{Code: "swimwear", Name: "Swimwear, for good", Products: []string{finalSale}},
		}
		for year := 2026; year <= 2028; year++ {
			all = append(all, &returnspb.ReturnPolicy{
				Code: fmt.Sprintf("winter-%d", year), Name: "Presents, until the middle of January", Days: 30,
				SoldFrom: midnight(year, time.November, 1), SoldUntil: midnight(year, time.December, 25),
				Terms: &orderspb.ReturnTerms{UntilAtLeast: midnight(year+1, time.January, 16)},
			})
		}
		for _, policy := range all {
			if !yield(statement("aisle.returns.v1.ReturnService/PutReturnPolicy", &returnspb.PutReturnPolicyRequest{ReturnPolicy: policy})) {
				return
			}
		}
	}
}

// midnight is when a day begins in Greenwich.
func midnight(year int, month time.Month, day int) *timestamppb.Timestamp {
	return timestamppb.New(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}
