package imports

import (
	"math/big"
	"testing"
)

func TestParseDecimal(t *testing.T) {
	for _, test := range []struct {
		text     string
		exponent int
		minor    int64
		exact    bool
	}{
		{"0", 2, 0, true},
		{"1.5", 2, 150, true},
		{"-1.5", 2, -150, true},
		{".5", 2, 50, true},
		{"5.", 2, 500, true},
		{"+3", 2, 300, true},
		{"1.005", 2, 101, false},
		{"1.0049999", 2, 100, false},
		{"-1.005", 2, -101, false},
		{"1.0000000000000000000000", 2, 100, true},
		{"00000000000000000000001", 2, 100, true},
		{"1e3", 2, 100_000, true},
		{"1.25E1", 2, 1250, true},
		{"4.440892e-16", 2, 0, false},
		{"500", 0, 500, true},
		{"0.5", 0, 1, false},
		{"1.234", 3, 1234, true},
	} {
		d, err := parseDecimal(test.text)
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		minor, exact, err := d.minor(test.exponent)
		if err != nil || minor != test.minor || exact != test.exact {
			t.Errorf("%q is %d, exact %v, %v; want %d, %v", test.text, minor, exact, err, test.minor, test.exact)
		}
	}
	for _, text := range []string{"", ".", "-", "e5", "1,5", "1 5", "1e", "1e999999999", "--1", "0x10", "NaN", "1.2.3", "1234567890123456789"} {
		if d, err := parseDecimal(text); err == nil {
			t.Errorf("%q is read as %+v", text, d)
		}
	}
	if d, err := parseDecimal("123456789012345678"); err != nil {
		t.Error(err)
	} else if _, _, err := d.minor(2); err == nil {
		t.Error("an amount beyond an int64 is taken")
	}
}

// FuzzDecimal holds the parser against exact arithmetic: whatever it takes it reads and rounds right.
func FuzzDecimal(f *testing.F) {
	for _, seed := range []string{"0", "1.5", "-2.675", "4.440892e-16", ".5", "1e18", "999999999999999999", "-0.005", "1.e2"} {
		f.Add(seed, uint8(2))
	}
	f.Fuzz(func(t *testing.T, text string, exponent uint8) {
		exponent %= 5
		d, err := parseDecimal(text)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%q is no number, and was read as %+v", text, d)
		}
		minor, exact, err := d.minor(int(exponent))
		if err != nil {
			return
		}
		power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil)
		want.Mul(want, new(big.Rat).SetInt(power))
		off := new(big.Rat).Sub(want, new(big.Rat).SetInt64(minor))
		if exact != (off.Sign() == 0) {
			t.Fatalf("%q in %d decimals: exact is %v, and %s is lost", text, exponent, exact, off)
		}
		if off.Abs(off).Cmp(big.NewRat(1, 2)) > 0 {
			t.Fatalf("%q in %d decimals is %d, which is %s away", text, exponent, minor, off)
		}
	})
}
