package retail

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var orderNumbers = rapid.Map(rapid.Uint64(), OrderNumber)

func TestOrderNumber(t *testing.T) {
	t.Run("is nine characters and a check character, in two groups, and reads as itself", rapid.MakeCheck(func(t *rapid.T) {
		number := orderNumbers.Draw(t, "number")
		if len(number) != 11 || number[5] != '-' || strings.ContainsAny(number, "ILOU") {
			t.Fatalf("%s is hard to read", number)
		}
		if read, ok := ParseOrderNumber(number); !ok || read != number {
			t.Fatalf("%s reads as %q", number, read)
		}
	}))
	t.Run("carries 45 bits, so that other bits make another number", func(t *testing.T) {
		for bit := range 45 {
			if OrderNumber(1<<bit) == OrderNumber(0) {
				t.Errorf("bit %d is lost", bit)
			}
		}
		if OrderNumber(1<<45) != OrderNumber(0) {
			t.Error("a bit more than nine characters can say")
		}
	})
	t.Run("is read as people type it", func(t *testing.T) {
		number := OrderNumber(0x123456789AB)
		for _, typed := range []string{
			number, strings.ToLower(number), strings.ReplaceAll(number, "-", ""), strings.ReplaceAll(number, "-", " "),
			" " + number + " ", strings.ReplaceAll(number, "0", "O"), strings.ReplaceAll(number, "0", "o"),
			strings.ReplaceAll(number, "1", "I"), strings.ReplaceAll(number, "1", "l"), strings.Join(strings.Split(number, ""), " "),
		} {
			if read, ok := ParseOrderNumber(typed); !ok || read != number {
				t.Errorf("%q reads as %q, want %s", typed, read, number)
			}
		}
	})
	t.Run("look-alikes are read for what they look like", func(t *testing.T) {
		zeros := OrderNumber(0)
		for _, typed := range []string{strings.ReplaceAll(zeros, "0", "O"), strings.ReplaceAll(zeros, "0", "o")} {
			if read, ok := ParseOrderNumber(typed); !ok || read != zeros {
				t.Errorf("%q reads as %q", typed, read)
			}
		}
		ones := OrderNumber(0x1 | 0x1<<5 | 0x1<<10 | 0x1<<15 | 0x1<<20 | 0x1<<25 | 0x1<<30 | 0x1<<35 | 0x1<<40)
		for _, like := range []string{"I", "i", "L", "l"} {
			if read, ok := ParseOrderNumber(strings.ReplaceAll(ones, "1", like)); !ok || read != ones {
				t.Errorf("%s with %s for 1 reads as %q", ones, like, read)
			}
		}
	})
	t.Run("is refused where it is none", func(t *testing.T) {
		number := OrderNumber(7)
		for _, typed := range []string{"", "-", number[:10], number + "0", "U" + number[1:], number[:4] + "!" + number[5:], "Ä" + number[2:]} {
			if read, ok := ParseOrderNumber(typed); ok {
				t.Errorf("%q reads as %s", typed, read)
			}
		}
		for at, digit := range OrderNumber(1<<45 - 1) {
			for _, foreign := range "U!ÄΩ" {
				zs := []rune(OrderNumber(1<<45 - 1))
				zs[at] = foreign
				if read, ok := ParseOrderNumber(string(zs)); ok {
					t.Errorf("%s with %c for %c reads as %s", string(zs), foreign, digit, read)
				}
			}
		}
	})
}

func TestCheckCharacter(t *testing.T) {
	t.Run("finds every single wrong character", rapid.MakeCheck(func(t *rapid.T) {
		number := strings.ReplaceAll(orderNumbers.Draw(t, "number"), "-", "")
		for at := range number {
			for _, wrong := range alphabet {
				typed := number[:at] + string(wrong) + number[at+1:]
				if _, ok := ParseOrderNumber(typed); ok != (typed == number) {
					t.Fatalf("%s typed as %s: accepted %v", number, typed, ok)
				}
			}
		}
	}))
	// Luhn's algorithm misses one pair of its digits, the first with the last: 2 of the 992 swaps of unequal neighbours.
	t.Run("finds every swap of neighbours but that of 0 and Z", func(t *testing.T) {
		for at := range 9 {
			missed := 0
			for _, a := range alphabet {
				for _, b := range alphabet {
					if a == b || !missesSwap(at, byte(a), byte(b)) {
						continue
					}
					missed++
					if pair := string(a) + string(b); pair != "0Z" && pair != "Z0" {
						t.Errorf("a swap of %s at %d is not found", pair, at)
					}
				}
			}
			if missed != 2 {
				t.Errorf("%d swaps at %d are not found, want 2 of 992", missed, at)
			}
		}
	})
}

// missesSwap tells whether some number with a and b side by side is accepted with the two exchanged. The last place is the
// check character's: there the ninth character is tried until the check character comes out as b.
func missesSwap(at int, a, b byte) bool {
	digits := []byte("3A7C9E5GH")
	if at < 8 {
		digits[at], digits[at+1] = a, b
		check := checkCharacter(string(digits))
		digits[at], digits[at+1] = b, a
		return checkCharacter(string(digits)) == check
	}
	digits[8] = a
	for _, filler := range []byte(alphabet) {
		digits[0] = filler
		if checkCharacter(string(digits)) == b {
			digits[8] = b
			return checkCharacter(string(digits)) == a
		}
	}
	return false
}

func FuzzParseOrderNumber(f *testing.F) {
	f.Add("00000-00000")
	f.Fuzz(func(t *testing.T, typed string) {
		number, ok := ParseOrderNumber(typed)
		if !ok {
			if number != "" {
				t.Fatalf("%q is none and reads as %q", typed, number)
			}
			return
		}
		if again, ok := ParseOrderNumber(number); !ok || again != number || len(number) != 11 {
			t.Fatalf("%q reads as %q, and that as %q", typed, number, again)
		}
	})
}

func TestGTIN14(t *testing.T) {
	// Worked examples of GS1 (General Specifications, section 7.9, and the check digit calculator of gs1.org) and barcodes of
	// goods that anybody can pick up.
	valid := map[string]string{
		"96385074": "00000096385074", "40170725": "00000040170725", // GTIN-8
		"036000291452": "00036000291452", "614141007349": "00614141007349", // GTIN-12
		"6291041500213": "06291041500213", "4006381333931": "04006381333931", "9780306406157": "09780306406157", // GTIN-13
		"10614141000415": "10614141000415", "09506000134352": "09506000134352", // GTIN-14
	}
	t.Run("reads the four lengths as fourteen digits", func(t *testing.T) {
		for digits, want := range valid {
			if got, ok := GTIN14(digits); !ok || got != want {
				t.Errorf("%s is %q %v, want %s", digits, got, ok, want)
			}
		}
	})
	t.Run("finds every single wrong digit", func(t *testing.T) {
		for digits := range valid {
			for at := range digits {
				for wrong := '0'; wrong <= '9'; wrong++ {
					typed := digits[:at] + string(wrong) + digits[at+1:]
					if _, ok := GTIN14(typed); ok != (typed == digits) {
						t.Errorf("%s typed as %s: accepted %v", digits, typed, ok)
					}
				}
			}
		}
	})
	// Weights of 3 and 1 differ by 2, so that digits which differ by 5 may change places: 10 of the 90 unequal pairs.
	t.Run("finds every swap of neighbours but of digits that differ by 5", func(t *testing.T) {
		for a := '0'; a <= '9'; a++ {
			for b := '0'; b <= '9'; b++ {
				_, one := GTIN14(withCheckDigit("00000" + string(a) + string(b) + "000000"))
				body := withCheckDigit("00000" + string(a) + string(b) + "000000")
				_, swapped := GTIN14(body[:5] + string(b) + string(a) + body[7:])
				if !one || swapped != (a == b || a-b == 5 || b-a == 5) {
					t.Errorf("%c%c: valid %v, swapped %v", a, b, one, swapped)
				}
			}
		}
	})
	t.Run("refuses other lengths and characters", func(t *testing.T) {
		for _, digits := range []string{
			"", "0", "9638507", "963850740", "03600029145", "106141410004150", "4006381333 31", "40063813339３1", "-9638507",
		} {
			if got, ok := GTIN14(digits); ok {
				t.Errorf("%q is %s", digits, got)
			}
		}
	})
}

// withCheckDigit finds the digit that makes a GTIN-14 of thirteen digits.
func withCheckDigit(digits string) string {
	for d := '0'; d <= '9'; d++ {
		if _, ok := GTIN14(digits + string(d)); ok {
			return digits + string(d)
		}
	}
	return ""
}

func FuzzGTIN14(f *testing.F) {
	f.Add("4006381333931")
	f.Fuzz(func(t *testing.T, digits string) {
		gtin, ok := GTIN14(digits)
		if !ok {
			return
		}
		if again, ok := GTIN14(gtin); !ok || again != gtin || len(gtin) != 14 || !strings.HasSuffix(gtin, digits) {
			t.Fatalf("%q is %q, and that %q", digits, gtin, again)
		}
	})
}

func TestHasCardNumber(t *testing.T) {
	for text, has := range map[string]bool{
		"4111111111111111": true, "card 4111 1111-1111 1111, thanks": true, "5500005555555559": true, "340000000000009": true,
		"4111111111111112": false, "auth-771": false, "1111": false, "9111111111111116": false, "": false,
		"019b4cda-4111-7111-8116-11a111111111": false, "paid 019b4cda-4111-7111-8116-11a111111111": false,
		"4111111111111111/019b4cda-4111-7111-8116-11a111111111": true, "41111111111111111111111": false, "4111 1111 1111 and 1111": false,
	} {
		if got := HasCardNumber(text); got != has {
			t.Errorf("%q: %v", text, got)
		}
	}
}
