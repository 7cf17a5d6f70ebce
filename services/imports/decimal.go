package imports

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Limits of a number in a file. 18 digits always fit an int64.
const (
	decimalDigitsMax = 18
	decimalScaleMax  = 64
)

var (
	errNotANumber = errors.New("is not a number")
	errTooLarge   = errors.New("is too large to be counted")
)

// decimal is an exact number: digits times ten to the power of minus scale.
type decimal struct {
	digits int64
	scale  int
}

// parseDecimal reads a number with a point and an optional exponent, such as "-12.50" or "4.440892e-16". There are no
// separators of thousands: whether "1,234" is large or small depends on who wrote it.
func parseDecimal(text string) (decimal, error) {
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(text), "e")
	var d decimal
	if scientific {
		power, err := strconv.Atoi(exponent)
		if err != nil || power < -decimalScaleMax || power > decimalScaleMax {
			return decimal{}, errNotANumber
		}
		d.scale = -power
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	unsigned := strings.TrimPrefix(strings.TrimPrefix(whole, "-"), "+")
	if len(whole)-len(unsigned) > 1 || unsigned+fraction == "" {
		return decimal{}, errNotANumber
	}
	if strings.Trim(unsigned+fraction, "0123456789") != "" {
		return decimal{}, errNotANumber
	}
	fraction = strings.TrimRight(fraction, "0")
	significant := strings.TrimLeft(unsigned+fraction, "0")
	if len(significant) > decimalDigitsMax {
		return decimal{}, errTooLarge
	}
	if significant == "" {
		return decimal{}, nil
	}
	d.scale += len(fraction)
	d.digits, _ = strconv.ParseInt(significant, 10, 64) // at most 18 digits
	if strings.HasPrefix(whole, "-") {
		d.digits = -d.digits
	}
	return d, nil
}

func (d decimal) isZero() bool { return d.digits == 0 }

// minor returns the number in units of ten to the power of minus exponent, halves rounded away from zero, and tells whether
// that is exact.
func (d decimal) minor(exponent int) (minor int64, exact bool, err error) {
	minor = d.digits
	for range exponent - d.scale {
		if minor > math.MaxInt64/10 || minor < math.MinInt64/10 {
			return 0, false, errTooLarge
		}
		minor *= 10
	}
	// What is cut off is only told apart from half a unit: the last digit cut decides, for it is the first of the fraction.
	exact, last := true, int64(0)
	for range d.scale - exponent {
		exact = exact && minor%10 == 0
		last, minor = minor%10, minor/10
	}
	if last >= 5 {
		minor++
	}
	if last <= -5 {
		minor--
	}
	return minor, exact, nil
}

// exponents are the decimals of currencies that do not have two. Source: ISO 4217, list one.
var exponents = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "UYI": 0,
	"VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// exponentOf returns the decimals of a currency.
func exponentOf(currency string) int {
	if exponent, ok := exponents[currency]; ok {
		return exponent
	}
	return 2
}
