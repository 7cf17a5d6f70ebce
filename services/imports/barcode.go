package imports

import (
	"fmt"
	"strings"
)

// gtinOf reads a barcode as people write it, and tells what is wrong with one that is no GTIN. Source: GS1 General
// Specifications, section 7.9: weights 3 and 1 from the right, before the check digit.
func gtinOf(written string) (string, error) {
	digits := strings.NewReplacer(" ", "", "-", "", "'", "").Replace(written)
	switch len(digits) {
	case 8, 12, 13, 14:
	default:
		return "", fmt.Errorf("%q has not 8, 12, 13 or 14 digits", written)
	}
	if strings.Trim(digits, "0123456789") != "" {
		return "", fmt.Errorf("%q has more than digits", written)
	}
	if want := CheckDigit(digits[:len(digits)-1]); digits[len(digits)-1] != want {
		return "", fmt.Errorf("the check digit of %q should be %c", written, want)
	}
	return digits, nil
}

// CheckDigit returns the check digit that follows the digits of a GTIN or GLN.
func CheckDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		weight := 1 + 2*((len(digits)-i)%2)
		sum += weight * int(digits[i]-'0')
	}
	return byte('0' + (10-sum%10)%10)
}
