package retail

import "strings"

// alphabet is Crockford's base 32: no I, L, O or U, so that nobody reads one letter for another or a word into a number.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// OrderNumber makes the number that people read and say from 45 random bits: nine characters and a check character, in two
// groups. A collision is found by the names table and another is minted.
func OrderNumber(random uint64) string {
	var digits [9]byte
	for i := range digits {
		digits[i] = alphabet[random>>(5*i)&31]
	}
	number := string(digits[:])
	return number[:5] + "-" + number[5:] + string(checkCharacter(number))
}

// ParseOrderNumber reads an order number as people type it: in any case, with or without its hyphen, O for 0, I and L for 1.
// It tells whether the check character agrees.
func ParseOrderNumber(typed string) (string, bool) {
	number := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
	if len(number) != 10 || strings.Trim(number, alphabet) != "" || checkCharacter(number[:9]) != number[9] {
		return "", false
	}
	return number[:5] + "-" + number[5:], true
}

// checkCharacter is Luhn's algorithm modulo 32: it finds every single wrong character and nearly every swap of neighbours.
func checkCharacter(digits string) byte {
	sum, factor := 0, 2
	for i := len(digits) - 1; i >= 0; i-- {
		addend := factor * strings.IndexByte(alphabet, digits[i])
		sum += addend/32 + addend%32
		factor = 3 - factor
	}
	return alphabet[(32-sum%32)%32]
}

// HasCardNumber tells whether a text holds what looks like the number of a bank's card: 14 to 19 digits that begin as those of
// travel and payment cards do, 3 to 6, with or without blanks and hyphens between them, whose check digit agrees. What
// stands in a UUID is none, though one in a few thousand looks so. Source: ISO/IEC 7812-1, section 4 and annex B (Luhn).
func HasCardNumber(text string) bool {
	var digits []byte
	for i := 0; i <= len(text); i++ {
		b := byte('.') // the end
		if i < len(text) {
			b = text[i]
		}
		if i+36 <= len(text) {
			if _, err := ParseID(text[i : i+36]); err == nil {
				b, i = '.', i+35
			}
		}
		switch {
		case b >= '0' && b <= '9':
			digits = append(digits, b-'0')
		case b == ' ' || b == '-':
		default:
			if n := len(digits); n >= 14 && n <= 19 && digits[0] >= 3 && digits[0] <= 6 && luhn(digits) {
				return true
			}
			digits = digits[:0]
		}
	}
	return false
}

func luhn(digits []byte) bool {
	sum := 0
	for i, d := range digits {
		n := int(d)
		if (len(digits)-i)%2 == 0 {
			n = 2*n - 9*(n/5)
		}
		sum += n
	}
	return sum%10 == 0
}

// GTIN14 checks the digits of a GTIN-8, -12, -13 or -14 and returns it as 14 digits. Source: GS1 General Specifications,
// section 7.9: weights 3 and 1 from the right, before the check digit.
func GTIN14(digits string) (string, bool) {
	if n := len(digits); n != 8 && n != 12 && n != 13 && n != 14 {
		return "", false
	}
	padded := strings.Repeat("0", 14-len(digits)) + digits
	sum := 0
	for i, d := range []byte(padded) {
		if d < '0' || d > '9' {
			return "", false
		}
		weight := 3 - 2*(i%2)
		sum += int(d-'0') * weight
	}
	return padded, sum%10 == 0
}
