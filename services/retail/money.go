package retail

import (
	"math/bits"
	"slices"
)

// amountMax is the most minor units that one document may come to: ten thousand billion of a currency with two decimals.
// Sums of two such amounts stay far below the range of an int64.
const amountMax = 1_000_000_000_000_000

// mulDiv returns a*b/d rounded to the nearest whole, halves away from zero, for a, b >= 0 and d > 0 where the result fits.
// The product is kept in 128 bits, so that it never overflows on the way.
func mulDiv(a, b, d int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	lo, carry := bits.Add64(lo, uint64(d)/2, 0)
	quotient, _ := bits.Div64(hi+carry, lo, uint64(d))
	return int64(quotient)
}

// mulDivFloor returns a*b/d and its remainder, for a, b >= 0 and d > 0 where the quotient fits.
func mulDivFloor(a, b, d int64) (quotient, remainder int64) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, r := bits.Div64(hi, lo, uint64(d))
	return int64(q), int64(r)
}

// allocate gives a total to weights in proportion, by largest remainder: each share is the exact one rounded down, and the
// units left over go one each to the shares that lost most, earlier ones first. The sum is always the total. With no weight
// at all nothing is given, so the caller checks that the total is 0 then.
func allocate(total int64, weights []int64) []int64 {
	shares := make([]int64, len(weights))
	sum := int64(0)
	for _, w := range weights {
		sum += w
	}
	if sum == 0 || total == 0 {
		return shares
	}
	lost := make([]int64, len(weights))
	order := make([]int, len(weights))
	left := total
	for i, w := range weights {
		shares[i], lost[i] = mulDivFloor(total, w, sum)
		left -= shares[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(min(1, max(-1, lost[b]-lost[a]))) })
	for _, i := range order[:left] {
		shares[i]++
	}
	return shares
}

// UnitsWorth returns what units a (included) to b (excluded) of a line of n units with a total are worth together:
// floor(total*b/n) - floor(total*a/n). Any split of a line into runs of units sums to the total exactly, which is why
// documents and refunds never round again.
func UnitsWorth(total, n, a, b int64) int64 {
	upTo, _ := mulDivFloor(total, b, n)
	before, _ := mulDivFloor(total, a, n)
	return upTo - before
}
