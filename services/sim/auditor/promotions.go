package auditor

import "slices"

// Sold is a line of goods that promotions may be given on.
type Sold struct {
	SKU      string
	Quantity int64
	// Minor is what its units come to.
	Minor int64
}

// Basket is what decides which promotions an order is given; a request to quote or to place it has it.
type Basket interface {
	GetChannel() string
	GetCustomer() string
	GetCoupons() []string
}

// Give returns what lines come to after the promotions that an order is given now. An article costs the same on every line.
func (s Shop) Give(b Basket, lines []Sold) []int64 {
	left := make([]int64, len(lines))
	for i, l := range lines {
		left[i] = l.Minor
	}
	for _, p := range s.Promotions {
		if p.Channel != "" && p.Channel != b.GetChannel() || (p.Members || p.CustomerUsesMax > 0) && b.GetCustomer() == "" ||
			p.Coupon != "" && !slices.Contains(b.GetCoupons(), p.Coupon) {
			continue
		}
		parts, whole, units := make([]int64, len(lines)), int64(0), int64(0)
		for i, l := range lines {
			if l.SKU != "" && (p.SKU == "" || p.SKU == l.SKU) {
				parts[i] = left[i]
				whole, units = whole+left[i], units+l.Quantity
			}
		}
		switch {
		case whole == 0:
			continue
		case p.BasisPoints == 0:
			free := units / p.Units * (p.Units - p.Paid)
			takeOff(left, parts, whole, whole/units*free)
		case p.SKU == "":
			takeOff(left, parts, whole, roundedPart(whole, p.BasisPoints))
		default: // of each line by itself
			for i, part := range parts {
				left[i] -= roundedPart(part, p.BasisPoints)
			}
		}
	}
	return left
}

// roundedPart is so many hundredths of a percent, halves up.
func roundedPart(minor, basisPoints int64) int64 { return (2*minor*basisPoints + 10_000) / 20_000 }

// takeOff takes an amount off lines, from each its part in whole cents; what is left over is taken a cent each from those that came off
// best, earlier ones first.
func takeOff(left, parts []int64, whole, off int64) {
	over := off
	lost := make([]int64, len(parts))
	for i, part := range parts {
		cents := part * off / whole
		lost[i] = part * off % whole
		left[i] -= cents
		over -= cents
	}
	for ; over > 0; over-- {
		best := 0
		for i := range lost {
			if lost[i] > lost[best] {
				best = i
			}
		}
		left[best]--
		lost[best] = -1
	}
}
