package postgres

import (
	"fmt"
	"math/bits"

	"github.com/aisle-retail/aisle/services/retail"
)

// proveAmounts proves that the amounts of an order follow from each other (L6).
func (a *audit) proveAmounts(e entity, order retail.Order) {
	type rate struct {
		code string
		ppm  int32
	}
	net, tax, swapped := map[rate]int64{}, map[rate]int64{}, map[rate]int64{}
	for _, line := range order.Lines {
		of := rate{line.TaxCode, line.TaxPPM}
		if line.InsteadOf == 0 {
			net[of] += line.NetMinor
			tax[of] += line.TaxMinor
			if line.PriceReason == "exchanged" { // it comes to what it was swapped for, with its tax
				swapped[of] += line.GrossMinor
			}
		}
		discounts := int64(0)
		for _, d := range line.Discounts {
			discounts += d.AmountMinor
		}
		key, priced := fmt.Sprintf("%s/%d", e.text, line.Line), line.NetMinor
		if order.TaxIncluded {
			priced = line.GrossMinor
		}
		switch {
		case line.NetMinor+line.TaxMinor != line.GrossMinor:
			a.broken("L6", orderLines, key, "net %d and tax %d are not gross %d", line.NetMinor, line.TaxMinor, line.GrossMinor)
		case line.ListMinor-line.DiscountMinor != priced:
			a.broken("L6", orderLines, key, "%d less %d is not %d", line.ListMinor, line.DiscountMinor, priced)
		case discounts != line.DiscountMinor:
			a.broken("L6", orderLines, key, "its discounts are %d, and not %d", discounts, line.DiscountMinor)
		}
	}
	for _, t := range order.Taxes {
		of := rate{t.Code, t.PPM}
		key := fmt.Sprintf("%s/%s/%d", e.text, t.Code, t.PPM)
		due := portion(t.NetMinor, int64(t.PPM), 1_000_000)
		if order.TaxIncluded {
			due = portion(t.NetMinor+t.TaxMinor, int64(t.PPM), 1_000_000+int64(t.PPM))
		} else if gross := swapped[of]; gross > 0 && due != t.TaxMinor {
			within := portion(gross, int64(t.PPM), 1_000_000+int64(t.PPM))
			due = within + portion(t.NetMinor-(gross-within), int64(t.PPM), 1_000_000)
		}
		switch {
		case net[of] != t.NetMinor || tax[of] != t.TaxMinor:
			a.broken("L6", orderTaxes, key, "net %d and tax %d, and the lines have %d and %d",
				t.NetMinor, t.TaxMinor, net[of], tax[of])
		case due != t.TaxMinor:
			a.broken("L6", orderTaxes, key, "of %d it is %d, and not %d", t.NetMinor, due, t.TaxMinor)
		}
		delete(net, of)
	}
	for _, line := range order.Lines {
		if _, left := net[rate{line.TaxCode, line.TaxPPM}]; left {
			a.broken("L6", orderLines, fmt.Sprintf("%s/%d", e.text, line.Line), "%s at %d ppm is no tax of the order", line.TaxCode, line.TaxPPM)
		}
	}
}

// portion is amount*part/whole to the nearest, halves away from zero: how tax is rounded, said apart from the rule.
func portion(amount, part, whole int64) int64 {
	if amount < 0 || part < 0 {
		return -1 // of nothing that a sale has
	}
	hi, lo := bits.Mul64(uint64(amount), uint64(part))
	lo, carry := bits.Add64(lo, uint64(whole)/2, 0)
	if hi += carry; hi >= uint64(whole) {
		return -1
	}
	quotient, _ := bits.Div64(hi, lo, uint64(whole))
	return int64(quotient)
}
