package retail

import "slices"

// What is charged for a fulfilment, such as its delivery, is a line of it, and is for its goods. It leaves with the first of them, and comes
// back with the last. While all of them are still here it goes where they go: with none left to hand over it is for others that were
// ordered with it, and are handed over in the same way from elsewhere, or else it is given up with them. Where a carrier fails with all that
// left, it comes back, and is charged anew for what is still to leave. So it is neither charged for nothing, whatever ends first, nor
// paid back while the goods still come.

// takingCharges adds to goods that are handed over what is charged for their fulfilment.
func (o Order) takingCharges(units []UnitCount) []UnitCount {
	for _, line := range o.Lines {
		if line.charged() && o.goodsOf(line.Fulfilment, units) {
			units, _ = withAll(units, line)
		}
	}
	return units
}

// withCharges adds to units that are given up what is charged for the last goods of a fulfilment, and to the lines that others hand over instead
// those that charge for it there. What is asked to be given up by name is given up.
func (o Order) withCharges(units []UnitCount, instead []OrderLine, asked bool) ([]UnitCount, []OrderLine) {
	after := o.without(units)
	after.Lines = append(after.Lines, instead...)
	for _, line := range o.Lines {
		if !line.charged() || !o.goodsOf(line.Fulfilment, units) || after.opensGoods(line.Fulfilment) {
			continue
		}
		var named bool
		units, named = withAll(units, line)
		to := after.withCharge(line, OrderLine.Open)
		if to < 0 || named && asked || len(after.Lines) >= orderLinesMax {
			continue
		}
		until := line.Quantity - line.Cancelled
		part := after.chargeFor(after.Lines[to], line, until-line.Open(), until, 0)
		after.Lines, instead = append(after.Lines, part), append(instead, part)
	}
	return units, instead
}

// chargesBack is what was charged for goods of which some do not arrive, where none is left that it was charged for.
func (o Order) chargesBack(fulfilment ID, items []ReturnItem) []ReturnItem {
	o.Lines = slices.Clone(o.Lines)
	goods := false
	for _, item := range items {
		line := &o.Lines[item.Line-1]
		line.Returned += item.Units
		goods = goods || line.SKU != ""
	}
	if !goods {
		return nil
	}
	return o.unearned(fulfilment)
}

// unearned is what was charged with what a fulfilment hands over, wherever it was handed over, and for no goods that somebody has or is sent.
func (o Order) unearned(fulfilment ID) (items []ReturnItem) {
	of := slices.IndexFunc(o.Lines, func(l OrderLine) bool { return l.Fulfilment == fulfilment })
	for _, line := range o.Lines {
		units := line.Fulfilled - line.Returned
		if line.SKU != "" || line.Fulfilment.IsZero() || units <= 0 || o.orderedIn(line) != o.orderedIn(o.Lines[of]) {
			continue
		}
		if o.withCharge(line, func(l OrderLine) int64 { return l.Fulfilled - l.Returned }) < 0 {
			items = append(items, ReturnItem{Line: line.Line, Units: units, Disposition: Undecided})
		}
	}
	return items
}

// chargedAnew are the lines that charge what comes back for goods that are still to leave. What was to come back by name does.
func (o Order) chargedAnew(charges, named []ReturnItem) (lines []OrderLine) {
	for _, item := range charges {
		line := o.Lines[item.Line-1]
		to := o.withCharge(line, OrderLine.Open)
		if to < 0 || len(o.Lines)+len(lines) >= orderLinesMax || slices.ContainsFunc(named, func(n ReturnItem) bool { return n.Line == item.Line }) {
			continue
		}
		lines = append(lines, o.chargeFor(o.Lines[to], line, line.Returned, line.Returned+item.Units, len(lines)))
	}
	return lines
}

// withCharge is where the first line stands of which there are goods that a charge is for: that were ordered with it, and are handed over in the
// same way, by whomever. It is -1 where there are none.
func (o Order) withCharge(charge OrderLine, some func(OrderLine) int64) int {
	return slices.IndexFunc(o.Lines, func(l OrderLine) bool {
		return l.SKU != "" && some(l) > 0 && l.Method == charge.Method && o.orderedIn(l) == o.orderedIn(charge)
	})
}

// chargeFor is a line that charges for goods what units a (included) to b (excluded) of another did; beside are the lines that are added before it.
func (o Order) chargeFor(goods, charge OrderLine, a, b int64, beside int) OrderLine {
	part := charge.part(a, b, o.TaxIncluded)
	part.Line, part.InsteadOf = int32(len(o.Lines)+beside+1), charge.Line
	part.Location, part.Fulfilment = goods.Location, goods.Fulfilment
	return part
}

// charged tells whether a line is charged for handing over goods, which are to be.
func (l OrderLine) charged() bool { return l.SKU == "" && !l.Fulfilment.IsZero() && l.Open() > 0 }

// withAll adds all that is open of a line to some units, among which it may be named.
func withAll(units []UnitCount, line OrderLine) (with []UnitCount, named bool) {
	at := slices.IndexFunc(units, func(u UnitCount) bool { return u.Line == line.Line })
	if at < 0 {
		return append(units, UnitCount{Line: line.Line, Units: line.Open()}), false
	}
	units[at].Units = line.Open()
	return units, true
}

// goodsOf tells whether goods of a fulfilment are among some units.
func (o Order) goodsOf(fulfilment ID, units []UnitCount) bool {
	return slices.ContainsFunc(units, func(u UnitCount) bool {
		line := o.Lines[u.Line-1]
		return line.SKU != "" && line.Fulfilment == fulfilment
	})
}

// opensGoods tells whether goods of a fulfilment are still to be handed over.
func (o Order) opensGoods(fulfilment ID) bool {
	return slices.ContainsFunc(o.Lines, func(l OrderLine) bool { return l.SKU != "" && l.Fulfilment == fulfilment && l.Open() > 0 })
}

// orderedIn is the fulfilment that a line was ordered in, whoever hands it over instead.
func (o Order) orderedIn(line OrderLine) ID {
	for line.InsteadOf != 0 {
		line = o.Lines[line.InsteadOf-1]
	}
	return line.Fulfilment
}
