package retail

import "testing"

func TestCurrencyExponent(t *testing.T) {
	for code, want := range map[string]int{"EUR": 2, "USD": 2, "JPY": 0, "ISK": 0, "HUF": 2, "KWD": 3, "TND": 3} {
		if got, known := CurrencyExponent(code); !known || got != want {
			t.Errorf("%s: %d, %t; want %d", code, got, known, want)
		}
	}
	for _, code := range []string{"", "eur", "EU", "XXX", "XAU", "DEM", "ABC"} {
		if _, known := CurrencyExponent(code); known {
			t.Errorf("%q is known", code)
		}
	}
}
