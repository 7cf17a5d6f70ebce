// Package locale is how languages write numbers and times, alike for all that people read: invoices, and what customers are told.
package locale

import (
	"strconv"
	"strings"
	"time"
)

// Minus is the sign itself, as wide as a digit and never taken for a hyphen, so that no line breaks after it.
const Minus = "\u2212"

// Numbers are how a language writes numbers.
type Numbers struct {
	// Decimal and Group separate the decimals and the thousands.
	Decimal, Group string
}

// Grouped writes a whole number with thousands apart.
func (n Numbers) Grouped(whole int64) string { return n.Fixed(whole, 0) }

// Fixed writes a number of 10^-exponent, for example 123456 with exponent 2 as 1,234.56. No float is on the way, because a float loses
// cents.
func (n Numbers) Fixed(number int64, exponent int) string {
	magnitude, sign := uint64(number), ""
	if number < 0 {
		magnitude, sign = -magnitude, Minus
	}
	digits := strconv.FormatUint(magnitude, 10)
	if short := exponent + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	whole, fraction := digits[:len(digits)-exponent], digits[len(digits)-exponent:]
	var b strings.Builder
	b.WriteString(sign)
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(n.Group)
		}
		b.WriteRune(digit)
	}
	if fraction != "" {
		b.WriteString(n.Decimal + fraction)
	}
	return b.String()
}

// ZoneName is how the clock is called that an instant is read on, so that nobody has to guess. A zone without letters of its own has
// its offset for a name, or none.
func ZoneName(t time.Time) string {
	zone, _ := t.Zone()
	if strings.Trim(zone, "+-0123456789") == "" {
		return "UTC" + t.Format("-07:00")
	}
	return zone
}
