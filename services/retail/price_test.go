package retail

import (
	"cmp"
	"errors"
	"math/big"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// basketAsked is what price is asked for.
type basketAsked struct {
	lines    []BasketLine
	basket   []Discount
	offers   []Offer
	included bool
}

// exactly prices a basket by fractions, from the sentences of the contract and not from the code: what is due, or what
// it is refused for.
func (b basketAsked) exactly() (gross int64, taxes map[TaxRate]int64, refused Reason) {
	left, list, swapped := make([]int64, len(b.lines)), new(big.Int), make([]int64, len(b.lines))
	for i, line := range b.lines {
		left[i] = line.ListMinor
		if line.Swapped {
			left[i], swapped[i] = 0, line.ListMinor
		}
		if list.Add(list, big.NewInt(line.ListMinor)).Cmp(big.NewInt(1e15)) > 0 {
			return 0, nil, AmountTooLarge
		}
		for _, d := range line.Discounts {
			off := exactlyOff(d, left[i])
			if off > left[i] {
				return 0, nil, DiscountTooLarge
			}
			left[i] -= off
		}
	}
	for _, d := range b.basket {
		off := exactlyOff(d, sum(left))
		if off > sum(left) {
			return 0, nil, DiscountTooLarge
		}
		for i, share := range exactShares(off, left) {
			left[i] -= share
		}
	}
	b.promoted(left)
	gross, taxes = sum(left)+sum(swapped), map[TaxRate]int64{}
	within, without := map[TaxRate]int64{}, map[TaxRate]int64{}
	for i, line := range b.lines {
		rate := TaxRate{Code: line.Tax.Code, PPM: line.Tax.PPM}
		within[rate] += swapped[i]
		if b.included {
			within[rate] += left[i]
		} else {
			without[rate] += left[i]
		}
	}
	part := func(amount int64, rate TaxRate, of int64) int64 {
		return halfUp(new(big.Rat).Mul(big.NewRat(amount, 1), big.NewRat(int64(rate.PPM), of)))
	}
	for rate := range within {
		on := part(without[rate], rate, 1_000_000)
		taxes[rate] = part(within[rate], rate, 1_000_000+int64(rate.PPM)) + on
		gross += on
	}
	return gross, taxes, ""
}

func exactlyOff(d Discount, from int64) int64 {
	if d.AmountMinor > 0 {
		return d.AmountMinor
	}
	return halfUp(new(big.Rat).Mul(big.NewRat(from, 1), big.NewRat(int64(d.BasisPoints), 10_000)))
}

// exactShares is the largest remainder by fractions.
func exactShares(total int64, weights []int64) []int64 {
	shares, order := make([]int64, len(weights)), make([]int, len(weights))
	if sum(weights) == 0 {
		return shares
	}
	lost := make([]*big.Rat, len(weights))
	left := total
	for i, w := range weights {
		exact := new(big.Rat).Mul(big.NewRat(total, 1), big.NewRat(w, sum(weights)))
		shares[i] = new(big.Int).Quo(exact.Num(), exact.Denom()).Int64()
		lost[i] = exact.Sub(exact, big.NewRat(shares[i], 1))
		left -= shares[i]
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(lost[b].Cmp(lost[a]), cmp.Compare(a, b)) })
	for _, i := range order[:left] {
		shares[i]++
	}
	return shares
}

// rates are those of several countries, two of one code among them, as when a rate changes within an order's returns.
var rates = []TaxRate{
	{Category: "a", Code: "IVA22", PPM: 220_000}, {Category: "b", Code: "IVA10", PPM: 100_000}, {Category: "c", Code: "IVA0"},
	{Category: "d", Code: "STATE", PPM: 57_500}, {Category: "e", Code: "IVA10", PPM: 105_000}, {Category: "f", Code: "ALL", PPM: 1_000_000},
}

func drawDiscounts(t *rapid.T, name string, most int64) []Discount {
	discounts := make([]Discount, rapid.IntRange(0, 3).Draw(t, name+" count"))
	for i := range discounts {
		discounts[i].Code = "D"
		if rapid.Bool().Draw(t, name+" is fixed") {
			discounts[i].AmountMinor = rapid.Int64Range(1, max(1, most)).Draw(t, name)
		} else {
			discounts[i].BasisPoints = rapid.Int32Range(1, 10_000).Draw(t, name)
		}
	}
	return discounts
}

// drawBasket draws a basket within the limits of the contract; a few are more than can be counted.
func drawBasket(t *rapid.T) basketAsked {
	b := basketAsked{included: rapid.Bool().Draw(t, "tax included")}
	n := rapid.IntRange(1, 12).Draw(t, "lines")
	most := rapid.SampledFrom([]int64{100, 10_000, amountMax / 12, amountMax}).Draw(t, "most")
	for range n {
		line := BasketLine{
			SKU: rapid.SampledFrom([]string{"RED-42", "BLUE-40", "NOVEL"}).Draw(t, "sku"), Quantity: rapid.Int64Range(1, 5).Draw(t, "units"),
			ListMinor: rapid.Int64Range(0, most).Draw(t, "list"), Tax: rapid.SampledFrom(rates).Draw(t, "rate"),
		}
		if line.Swapped = rapid.IntRange(0, 5).Draw(t, "swapped") == 5; !line.Swapped {
			line.Discounts = drawDiscounts(t, "line discount", line.ListMinor/2)
		}
		b.lines = append(b.lines, line)
	}
	b.basket = drawDiscounts(t, "basket discount", b.lines[0].ListMinor)
	b.offers = drawOffers(t, b.lines)
	return b
}

// checkPriced checks all that must be so of a priced basket, whatever it was.
func checkPriced(t rapid.TB, b basketAsked, lines []OrderLine, taxes []OrderTax) {
	t.Helper()
	gross, exact, _ := b.exactly()
	order := Order{Lines: lines}
	perRate := map[TaxRate]OrderTax{}
	for i, line := range lines {
		asked := b.lines[i]
		if line.Line != int32(i+1) || line.SKU != asked.SKU || line.Quantity != asked.Quantity || line.ListMinor != asked.ListMinor && !asked.Swapped {
			t.Fatalf("line %d is %+v, asked for was %+v", i, line, asked)
		}
		if asked.Swapped && (line.GrossMinor != asked.ListMinor || line.DiscountMinor != 0) {
			t.Fatalf("line %d is swapped for %d, and comes to %+v", i, asked.ListMinor, line)
		}
		if min(line.DiscountMinor, line.NetMinor, line.TaxMinor, line.GrossMinor) < 0 {
			t.Fatalf("line %d has a negative part: %+v", i, line)
		}
		kept := line.NetMinor
		if b.included {
			kept = line.GrossMinor
		}
		if line.ListMinor-line.DiscountMinor != kept || line.NetMinor+line.TaxMinor != line.GrossMinor {
			t.Fatalf("line %d does not add up: %+v", i, line)
		}
		off, promotions := int64(0), false
		for j, d := range line.Discounts {
			off += d.AmountMinor
			if promotions = promotions || d.Promotion; promotions { // they come last, each by its name
				if !d.Promotion || d.AmountMinor <= 0 || d.Name == "" || !slices.ContainsFunc(b.offers, func(o Offer) bool { return o.Promotion.Code == d.Code }) {
					t.Fatalf("promotion %d of line %d is %+v", j, i, d)
				}
				continue
			}
			if own := j < len(asked.Discounts); own && d.Code != asked.Discounts[j].Code || d.Basket == own || !own && d.AmountMinor <= 0 {
				t.Fatalf("discount %d of line %d is %+v", j, i, d)
			}
		}
		if off != line.DiscountMinor {
			t.Fatalf("the discounts of line %d come to %d: %+v", i, off, line)
		}
		rate := TaxRate{Code: line.TaxCode, PPM: line.TaxPPM}
		sums := perRate[rate]
		sums.NetMinor += line.NetMinor
		sums.TaxMinor += line.TaxMinor
		perRate[rate] = sums
	}
	if totals := order.Totals(); totals.Gross != gross || totals.Net+totals.Tax != totals.Gross {
		t.Fatalf("%d is due, not %+v", gross, totals)
	}
	if len(taxes) != len(perRate) {
		t.Fatalf("the lines have %d rates, the order has %+v", len(perRate), taxes)
	}
	for i, tax := range taxes {
		rate := TaxRate{Code: tax.Code, PPM: tax.PPM}
		if tax.TaxMinor != exact[rate] {
			t.Fatalf("the tax of %+v is %d, exactly rounded %d", rate, tax.TaxMinor, exact[rate])
		}
		if got := perRate[rate]; got.TaxMinor != tax.TaxMinor || got.NetMinor != tax.NetMinor {
			t.Fatalf("the lines at %+v come to %+v, the order says %+v", rate, got, tax)
		}
		if i > 0 && cmp.Or(cmp.Compare(taxes[i-1].Code, tax.Code), cmp.Compare(taxes[i-1].PPM, tax.PPM)) >= 0 {
			t.Fatalf("taxes are not in order: %+v", taxes)
		}
	}
}

// checkPrice prices a basket and compares with what fractions say, and with what it comes to when it is priced again.
func checkPrice(t rapid.TB, b basketAsked) {
	t.Helper()
	before := deepCopy(b.lines)
	lines, taxes, err := price(b.lines, b.basket, b.offers, b.included)
	unchanged(t, "the basket", before, b.lines)
	again, taxesAgain, _ := price(b.lines, b.basket, b.offers, b.included)
	if diff := gocmp.Diff(lines, again) + gocmp.Diff(taxes, taxesAgain); diff != "" {
		t.Fatalf("priced again it differs:\n%s", diff)
	}
	_, _, refused := b.exactly()
	var refusal *Refusal
	switch errors.As(err, &refusal); {
	case refusal == nil && refused == "":
		checkPriced(t, b, lines, taxes)
	case refusal == nil || refusal.Reason != refused:
		t.Fatalf("%q was to become of %+v, not %v", refused, b, err)
	case refusal.Field == "":
		t.Fatalf("the refusal names no field: %v", refusal)
	}
}

func TestPrice(t *testing.T) {
	t.Run("adds up, and rounds once per rate", rapid.MakeCheck(func(t *rapid.T) { checkPrice(t, drawBasket(t)) }))
	t.Run("spreads a basket discount within a unit of the exact share", rapid.MakeCheck(func(t *rapid.T) {
		b := drawBasket(t)
		for i := range b.lines {
			b.lines[i].Discounts, b.lines[i].ListMinor, b.lines[i].Swapped = nil, b.lines[i].ListMinor/int64(len(b.lines)), false
		}
		whole := int64(0)
		for _, line := range b.lines {
			whole += line.ListMinor
		}
		if whole == 0 {
			t.Skip("nothing to take it off")
		}
		off := rapid.Int64Range(1, whole).Draw(t, "off")
		lines, _, err := price(b.lines, []Discount{{Code: "D", AmountMinor: off}}, nil, b.included)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range lines {
			exact := new(big.Rat).Mul(big.NewRat(off, 1), big.NewRat(b.lines[i].ListMinor, whole))
			if exact.Sub(exact, big.NewRat(line.DiscountMinor, 1)); exact.Abs(exact).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("line %d of %+v takes %d of %d", i, b.lines, line.DiscountMinor, off)
			}
		}
	}))
}

// FuzzPrice prices baskets of three lines, over and beyond the range of the contract.
func FuzzPrice(f *testing.F) {
	f.Add(int64(39_90), int64(20_00), int64(12_50), int64(5_00), int32(1_000), int32(220_000), int32(40_000), true)
	f.Fuzz(func(t *testing.T, one, two, three, fixed int64, basisPoints, ppm, otherPPM int32, included bool) {
		if min(one, two, three) < 0 || fixed < 1 || basisPoints < 1 || basisPoints > 10_000 ||
			min(ppm, otherPPM) < 0 || max(ppm, otherPPM) > 1_000_000 {
			t.Skip("the contract refuses it")
		}
		rate, other := TaxRate{Code: "A", PPM: ppm}, TaxRate{Code: "B", PPM: otherPPM}
		b := basketAsked{included: included, basket: []Discount{{Code: "D", AmountMinor: fixed}, {Code: "E", BasisPoints: basisPoints}}}
		for i, list := range []int64{one, two, three} {
			line := BasketLine{SKU: "RED-42", Quantity: 1, ListMinor: list, Tax: rate}
			if i == 1 {
				line.Discounts = []Discount{{Code: "F", BasisPoints: basisPoints}}
			}
			if i == 2 {
				line.Tax = other
			}
			b.lines = append(b.lines, line)
		}
		checkPrice(t, b)
	})
}

func TestPriceKnowsWhoseTurnoverALineIs(t *testing.T) {
	for account, fits := range map[string]bool{
		"": true, "charges/postage": true,
		"settlement/milan": false, "tax/IVA22": false, "gift_card/1": false, "sales": false, "safe": false,
	} {
		_, _, err := price([]BasketLine{{SKU: "RED-42", Quantity: 1, ListMinor: 100, Account: account}}, nil, nil, true)
		if (err == nil) != fits {
			t.Errorf("a line credited to %q: %v", account, err)
		}
	}
}
