package documents

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// minus is the sign itself, as wide as a digit and never taken for a hyphen, so that no line breaks after it.
const minus = "\u2212"

// grouped writes a whole number with thousands apart.
func (w words) grouped(n int64) string { return w.fixed(n, 0) }

// fixed writes a number of 10^-exponent, for example 123456 with exponent 2 as 1,234.56. No float is on the way, because a
// float loses cents.
func (w words) fixed(n int64, exponent int) string {
	magnitude, sign := uint64(n), ""
	if n < 0 {
		magnitude, sign = -magnitude, minus
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
			b.WriteString(w.group)
		}
		b.WriteRune(digit)
	}
	if fraction != "" {
		b.WriteString(w.decimal + fraction)
	}
	return b.String()
}

// ppmDecimals: a percent is 10,000 parts per million.
const ppmDecimals = 4

// share writes parts per million as percent, exactly and without needless zeros: 210000 is 21%, 5200 is 0.52%.
func (w words) share(ppm int32) string {
	number := w.fixed(int64(ppm), ppmDecimals)
	return fmt.Sprintf(w.percent, strings.TrimSuffix(strings.TrimRight(number, "0"), w.decimal))
}

func (w words) day(t time.Time) string {
	return fmt.Sprintf(w.date, t.Day(), w.months[t.Month()-1], t.Year())
}

// at writes an instant with its zone, so that nobody has to guess what clock it is by.
func (w words) at(t time.Time) string {
	zone, _ := t.Zone()
	if strings.Trim(zone, "+-0123456789") == "" { // a zone without letters of its own has its offset for a name, or none
		zone = "UTC" + t.Format("-07:00")
	}
	return fmt.Sprintf(w.moment, w.day(t), t.Format("15:04"), clean(zone))
}
