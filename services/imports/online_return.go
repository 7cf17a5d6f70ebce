package imports

import (
	"slices"
	"strings"
)

// soldLine is a line of an order that units may come back of.
type soldLine struct {
	order string
	line  int32
	units int64
	// back are the units that came back, which are the line's first.
	back int64
	// minor is what all of its units cost, unitPrice what one did.
	minor     int64
	unitPrice decimal
}

// soldLines are what customers bought so far, per customer and code, what was bought last last. Nobody knows what a buyer
// without a CustomerID bought before, so that what such a buyer brings is returned without a receipt.
type soldLines map[string][]*soldLine

// soldKey is what a line is found by.
func soldKey(line onlineLine) string { return line.customer + "\x00" + line.code }

// add remembers a line of an order.
func (s soldLines) add(line onlineLine, order string, number int) {
	if line.customer == "" {
		return
	}
	key := strings.Clone(soldKey(line))
	s[key] = append(s[key], &soldLine{
		order: order, line: int32(number), units: line.units, minor: line.minor, unitPrice: line.unitPrice,
	})
}

// piece is units of one order line that a line of a cancellation gives back.
type piece struct {
	order string
	line  int32
	units int64
	// minor is what was paid for them.
	minor int64
}

// take finds the newest lines that still have units left, and takes what a line of a cancellation gives back off them. It returns
// the units that none of them has. What is no goods has no units that could be told apart, so that it must have cost the same.
func (s soldLines) take(line onlineLine) (pieces []piece, rest int64) {
	rest = line.units
	if line.customer == "" {
		return nil, rest
	}
	key := soldKey(line)
	for i := len(s[key]) - 1; i >= 0 && rest > 0; i-- {
		sold := s[key][i]
		if line.kind == givenBack && sold.unitPrice != line.unitPrice {
			continue
		}
		units := min(rest, sold.units-sold.back)
		if units == 0 {
			continue
		}
		pieces = append(pieces, piece{sold.order, sold.line, units, sold.worth(sold.back, sold.back+units)})
		sold.back += units
		rest -= units
	}
	s[key] = slices.DeleteFunc(s[key], func(sold *soldLine) bool { return sold.back == sold.units })
	return pieces, rest
}

// worth is what units a to b of the line cost, by the rule that the contract names at OrderLine.gross_amount. An amount is
// at most 1e12 and a quantity 1e6, so that their product can be counted.
func (l *soldLine) worth(a, b int64) int64 { return l.minor*b/l.units - l.minor*a/l.units }
