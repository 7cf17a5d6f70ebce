package retail

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// amounts are minor units over the whole range that an order may have, small ones more often.
func amounts(most int64) *rapid.Generator[int64] {
	return rapid.OneOf(rapid.Int64Range(0, min(most, 5_000)), rapid.Int64Range(0, most))
}

// weightsOf draws amounts whose sum an order may have.
func weightsOf(t *rapid.T, countMax int) []int64 {
	n := rapid.IntRange(1, countMax).Draw(t, "count")
	return rapid.SliceOfN(amounts(amountMax/int64(n)), n, n).Draw(t, "weights")
}

func sum(numbers []int64) int64 {
	total := int64(0)
	for _, n := range numbers {
		total += n
	}
	return total
}

// halfUp rounds a fraction that is not negative to the nearest whole, halves away from zero.
func halfUp(x *big.Rat) int64 {
	x = new(big.Rat).Add(x, big.NewRat(1, 2))
	return new(big.Int).Quo(x.Num(), x.Denom()).Int64()
}

func TestMulDiv(t *testing.T) {
	t.Run("rounds to the nearest whole, halves away from zero", func(t *testing.T) {
		for _, c := range []struct{ a, b, d, want int64 }{
			{1, 1, 2, 1}, {3, 1, 2, 2}, {1, 1, 3, 0}, {2, 1, 3, 1}, {10, 575, 10_000, 1}, {1_000, 575, 10_000, 58}, {0, 7, 9, 0},
			{amountMax, 1_000_000, 1_000_000, amountMax}, {amountMax, 1_000_000, 2_000_000, amountMax / 2},
		} {
			if got := mulDiv(c.a, c.b, c.d); got != c.want {
				t.Errorf("%d * %d / %d is %d, want %d", c.a, c.b, c.d, got, c.want)
			}
		}
	})
	t.Run("is the exact fraction, rounded", rapid.MakeCheck(func(t *rapid.T) {
		a, b := amounts(amountMax).Draw(t, "a"), rapid.Int64Range(0, 1_000_000).Draw(t, "b")
		d := rapid.Int64Range(max(1, b), 2_000_000).Draw(t, "d")
		exact := new(big.Rat).Mul(big.NewRat(a, 1), big.NewRat(b, d))
		if got := mulDiv(a, b, d); got != halfUp(exact) {
			t.Fatalf("%d * %d / %d is %d, want %s", a, b, d, got, exact.FloatString(3))
		}
	}))
}

func TestAllocate(t *testing.T) {
	t.Run("gives what is left over to those that lost most, earlier ones first", func(t *testing.T) {
		for _, c := range []struct {
			total         int64
			weights, want []int64
		}{
			{10, []int64{1, 1, 1}, []int64{4, 3, 3}},
			{1, []int64{1, 2, 1}, []int64{0, 1, 0}},
			{1_000, []int64{3_990, 2_000, 1_990}, []int64{500, 251, 249}},
			{5, []int64{0, 0, 3}, []int64{0, 0, 5}},
			{0, []int64{1, 2}, []int64{0, 0}},
			{0, []int64{0, 0}, []int64{0, 0}},
			{7, []int64{9}, []int64{7}},
		} {
			if got := allocate(c.total, c.weights); !slices.Equal(got, c.want) {
				t.Errorf("%d over %v is %v, want %v", c.total, c.weights, got, c.want)
			}
		}
	})
	t.Run("gives the whole, each share within one of the exact one, more to those with more", rapid.MakeCheck(func(t *rapid.T) {
		weights := weightsOf(t, 30)
		total := amounts(amountMax).Draw(t, "total")
		shares := allocate(total, weights)
		whole := sum(weights)
		if whole == 0 {
			if sum(shares) != 0 {
				t.Fatalf("no weight, and %v", shares)
			}
			return
		}
		if sum(shares) != total {
			t.Fatalf("%v come to %d, not %d", shares, sum(shares), total)
		}
		for i, share := range shares {
			exact := new(big.Rat).Mul(big.NewRat(total, 1), big.NewRat(weights[i], whole))
			off := new(big.Rat).Sub(big.NewRat(share, 1), exact)
			if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 || share < 0 {
				t.Fatalf("share %d of %d over %v is %d, a unit or more from %s", i, total, weights, share, exact.FloatString(3))
			}
			for j := range i {
				if weights[j] == weights[i] && (shares[j] < share || shares[j] > share+1) || weights[j] > weights[i] && shares[j] < share ||
					weights[j] < weights[i] && shares[j] > share {
					t.Fatalf("shares %d and %d of %d over %v are %d and %d", j, i, total, weights, shares[j], share)
				}
			}
		}
	}))
	t.Run("takes no more from a line than it has", rapid.MakeCheck(func(t *rapid.T) {
		weights := weightsOf(t, 30)
		total := rapid.Int64Range(0, sum(weights)).Draw(t, "total")
		for i, share := range allocate(total, weights) {
			if share > weights[i] {
				t.Fatalf("share %d of %d over %v is %d", i, total, weights, share)
			}
		}
	}))
}

func TestUnitsWorth(t *testing.T) {
	t.Run("settles where the odd cents are", func(t *testing.T) {
		for n, want := range []int64{6_66, 6_67, 6_67} {
			if got := UnitsWorth(20_00, 3, int64(n), int64(n)+1); got != want {
				t.Errorf("unit %d of 3 is worth %d, want %d", n+1, got, want)
			}
		}
	})
	t.Run("splits a line exactly, however it is cut", rapid.MakeCheck(func(t *rapid.T) {
		total := amounts(amountMax).Draw(t, "total")
		n := rapid.OneOf(rapid.Int64Range(1, 12), rapid.Int64Range(1, 1_000_000)).Draw(t, "units")
		cuts := append(rapid.SliceOfN(rapid.Int64Range(0, n), 0, 10).Draw(t, "cuts"), 0, n)
		slices.Sort(cuts)
		worth := int64(0)
		for i := 1; i < len(cuts); i++ {
			part := UnitsWorth(total, n, cuts[i-1], cuts[i])
			exact := new(big.Rat).Mul(big.NewRat(total, n), big.NewRat(cuts[i]-cuts[i-1], 1))
			off := exact.Sub(exact, big.NewRat(part, 1))
			if part < 0 || off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("units %d to %d of %d with %d are worth %d", cuts[i-1], cuts[i], n, total, part)
			}
			worth += part
		}
		if worth != total {
			t.Fatalf("the parts come to %d, not %d", worth, total)
		}
	}))
}
