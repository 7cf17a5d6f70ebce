package retail

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Discount takes a fixed amount or a part off what remains of a line or a basket.
type Discount struct {
	Code string
	// AmountMinor is the fixed amount; 0: a part is taken.
	AmountMinor int64
	// BasisPoints is the part: 15 % is 1500.
	BasisPoints int32
}

// of returns what the discount takes off an amount.
func (d Discount) of(amountMinor int64) int64 {
	if d.AmountMinor > 0 {
		return d.AmountMinor
	}
	return mulDiv(amountMinor, int64(d.BasisPoints), 10_000)
}

// TaxRate is the rate of a tax category in a jurisdiction during a span of time, in parts per million.
type TaxRate struct {
	Category string `json:"category"`
	Code     string `json:"code"`
	PPM      int32  `json:"ppm"`
	// ValidFrom and ValidUntil bound the span, half open; zero: unbounded.
	ValidFrom  time.Time `json:"valid_from"`
	ValidUntil time.Time `json:"valid_until"`
}

// RateAt returns the rate of a category that is in force at an instant.
func RateAt(rates []TaxRate, category string, at time.Time) (TaxRate, bool) {
	for _, rate := range rates {
		if rate.Category == category && within(at, rate.ValidFrom, rate.ValidUntil) {
			return rate, true
		}
	}
	return TaxRate{}, false
}

// within tells whether an instant lies in a half-open span; a zero bound is none.
func within(at, from, until time.Time) bool {
	return (from.IsZero() || !at.Before(from)) && (until.IsZero() || at.Before(until))
}

// BasketLine is one line to be priced, with all that decides its price. A line without a SKU moves no goods.
type BasketLine struct {
	SKU         string
	Description string
	// Quantity in units.
	Quantity int64
	// ListMinor is all units at list or till price.
	ListMinor   int64
	PriceReason string
	Note        string
	Discounts   []Discount
	Tax         TaxRate
	// Method and Location say how and from where the goods reach the customer.
	Method   Method
	Location string
	// From is the place whose stock it takes, to be collected at Location; empty: Location's own.
	From string
	// Account is credited in place of Sales, for a charge.
	Account string
	// Card is the gift card that is sold or topped up; nil: none.
	Card *CardSale
	// ReturnDays is how long it may come back, and ReturnTerms by what terms.
	ReturnDays  int32
	ReturnTerms ReturnTerms
	// Swapped is true where it costs what units that come back in the same act were worth, which is ListMinor then, tax included whatever
	// the other lines are asked at. No discount and no promotion takes anything off it, and none counts it.
	Swapped bool
}

// price computes what each line and the whole basket come to. It is where rounding happens, once: tax is rounded per rate
// over the whole basket and given to the lines by largest remainder, as basket discounts are. The caller's discounts come off first,
// those of lines and then those of the basket, then what promotions give. The sum of parts is always the whole. A swapped line comes to
// what it is swapped for, whatever is around it.
func price(lines []BasketLine, basket []Discount, offers []Offer, taxIncluded bool) ([]OrderLine, []OrderTax, error) {
	priced := make([]OrderLine, len(lines))
	remaining, swapped := make([]int64, len(lines)), make([]int64, len(lines))
	listTotal := int64(0)
	for i, line := range lines {
		if err := line.priceable(fmt.Sprintf("lines[%d]", i)); err != nil {
			return nil, nil, err
		}
		if line.ListMinor < 0 || line.ListMinor > amountMax || listTotal+line.ListMinor > amountMax {
			return nil, nil, RefuseField(AmountTooLarge, fmt.Sprintf("lines[%d]", i), "line %d brings the order beyond what can be counted", i+1)
		}
		listTotal += line.ListMinor
		if line.Swapped {
			swapped[i] = line.ListMinor
		} else {
			remaining[i] = line.ListMinor
		}
		priced[i] = OrderLine{
			Line: int32(i + 1), SKU: line.SKU, Description: line.Description, Quantity: line.Quantity,
			ListMinor: line.ListMinor, TaxCode: line.Tax.Code, TaxPPM: line.Tax.PPM,
			PriceReason: line.PriceReason, Note: line.Note, Method: line.Method, Location: line.Location, From: line.From,
			Account: line.Account, ReturnDays: line.ReturnDays, ReturnTerms: line.ReturnTerms,
		}
		if line.Card != nil {
			priced[i].Account, priced[i].Issuer, priced[i].Terms = line.Card.account(), line.Card.Issuer, line.Card.Terms
		}
		for j, discount := range line.Discounts {
			off := discount.of(remaining[i])
			if off > remaining[i] {
				return nil, nil, RefuseField(DiscountTooLarge, fmt.Sprintf("lines[%d].discounts[%d]", i, j),
					"discount %s takes %d of the %d that remain", discount.Code, off, remaining[i])
			}
			remaining[i] -= off
			priced[i].take(LineDiscount{Code: discount.Code, AmountMinor: off})
		}
	}
	if err := takeable(basket, ""); err != nil {
		return nil, nil, err
	}
	if err := takeBasket(priced, remaining, basket); err != nil {
		return nil, nil, err
	}
	for _, offer := range offers {
		if err := offer.takeable(priced); err != nil {
			return nil, nil, err
		}
	}
	promote(priced, remaining, offers)
	return priced, tax(priced, remaining, swapped, taxIncluded), nil
}

// taxMax is the highest tax that can be priced, 100 %: what is sold never comes to more than twice what is asked for it.
const taxMax = 1_000_000

// priceable refuses what no contract lets through and no sum could stand: units that are none or beyond what can be counted, rates
// and discounts below nothing, and turnover of another account than sales and charges.
func (l BasketLine) priceable(field string) error {
	if l.Quantity < 1 || l.Quantity > unitsMax || l.Tax.PPM < 0 || l.Tax.PPM > taxMax {
		return RefuseField(InvalidRequest, field, "%d units at a tax of %d parts per million can't be priced", l.Quantity, l.Tax.PPM)
	}
	if l.Account != "" && !strings.HasPrefix(l.Account, ChargesPrefix) {
		return RefuseField(InvalidRequest, field, "a line is credited to sales or to a charge, and not to %s", l.Account)
	}
	if err := l.ReturnTerms.check(field + ".return_terms."); err != nil {
		return err
	}
	if l.Swapped && (l.SKU == "" || len(l.Discounts) > 0) {
		return RefuseField(InvalidRequest, field, "only goods cost what goods were worth, and nothing is taken off that")
	}
	return takeable(l.Discounts, field+".")
}

func takeable(discounts []Discount, field string) error {
	for j, d := range discounts {
		if d.AmountMinor < 0 || d.BasisPoints < 0 {
			return RefuseField(InvalidRequest, fmt.Sprintf("%sdiscounts[%d]", field, j), "discount %s takes less than nothing", d.Code)
		}
	}
	return nil
}

// takeBasket spreads the discounts of a basket over its lines. A gift card is sold at what it is worth, and takes no part.
func takeBasket(priced []OrderLine, remaining []int64, basket []Discount) error {
	for j, discount := range basket {
		whole, weights := int64(0), slices.Clone(remaining)
		for i := range weights {
			if hasFloor(priced[i].Account) {
				weights[i] = 0
			}
			whole += weights[i]
		}
		off := discount.of(whole)
		if off > whole {
			return RefuseField(DiscountTooLarge, fmt.Sprintf("discounts[%d]", j),
				"discount %s takes %d of the %d that remain", discount.Code, off, whole)
		}
		for i, share := range allocate(off, weights) {
			remaining[i] -= share
			if share > 0 {
				priced[i].take(LineDiscount{Code: discount.Code, AmountMinor: share, Basket: true})
			}
		}
	}
	return nil
}

// tax fills net, tax and gross of each line from what it comes to, and returns the taxes by code and rate. A line that is swapped comes to
// that amount with its tax; it is rounded with the others where theirs is included too, and by itself where it is not.
func tax(priced []OrderLine, amounts, swapped []int64, included bool) []OrderTax {
	var taxes []OrderTax
	within, without := swapped, amounts // of which amounts tax is a part, and on which it comes
	if included {
		within, without = make([]int64, len(priced)), make([]int64, len(priced))
		for i := range priced {
			within[i] = amounts[i] + swapped[i]
		}
	}
	for _, line := range priced {
		if !slices.ContainsFunc(taxes, func(t OrderTax) bool { return t.Code == line.TaxCode && t.PPM == line.TaxPPM }) {
			taxes = append(taxes, OrderTax{Code: line.TaxCode, PPM: line.TaxPPM})
		}
	}
	slices.SortFunc(taxes, func(a, b OrderTax) int {
		if c := strings.Compare(a.Code, b.Code); c != 0 {
			return c
		}
		return int(a.PPM - b.PPM)
	})
	for t := range taxes {
		rate := &taxes[t]
		in, on := make([]int64, len(priced)), make([]int64, len(priced))
		inMinor, onMinor := int64(0), int64(0)
		for i, line := range priced {
			if line.TaxCode == rate.Code && line.TaxPPM == rate.PPM {
				in[i], on[i] = within[i], without[i]
				inMinor, onMinor = inMinor+in[i], onMinor+on[i]
			}
		}
		inTax, onTax := mulDiv(inMinor, int64(rate.PPM), 1_000_000+int64(rate.PPM)), mulDiv(onMinor, int64(rate.PPM), 1_000_000)
		for i, share := range allocate(inTax, in) {
			priced[i].TaxMinor += share
		}
		for i, share := range allocate(onTax, on) {
			priced[i].TaxMinor += share
		}
		rate.NetMinor, rate.TaxMinor = inMinor-inTax+onMinor, inTax+onTax
	}
	for i := range priced {
		line := &priced[i]
		if line.NetMinor = within[i] + without[i]; within[i] > 0 {
			line.NetMinor -= line.TaxMinor
		}
		line.GrossMinor = line.NetMinor + line.TaxMinor
		if swapped[i] > 0 && !included {
			line.ListMinor = line.NetMinor // in terms of the others
		}
	}
	return taxes
}
