package retail

import "slices"

// What is charged for a fulfilment, such as its delivery, is a line of it, and is for its goods. It leaves with the first of them, and comes
// back with the last. While all of them are still here it goes where they go: with none left to hand over it is for others that were
// ordered with it, and are handed over in the same way from elsewhere, or else it is given up with them. So it is neither charged
// for nothing, nor paid back while the goods still come.

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
		to := slices.IndexFunc(after.Lines, func(l OrderLine) bool {
			return l.SKU != "" && l.Open() > 0 && l.Method == line.Method && after.orderedIn(l) == after.orderedIn(line)
		})
		if to < 0 || named && asked || len(after.Lines) >= orderLinesMax {
			continue
		}
		until := line.Quantity - line.Cancelled
		part := line.part(until-line.Open(), until, o.TaxIncluded)
		part.Line, part.InsteadOf = int32(len(after.Lines)+1), line.Line
		part.Location, part.Fulfilment = after.Lines[to].Location, after.Lines[to].Fulfilment
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

// unearned is what was charged with what a fulfilment hands over, wherever it was handed over, and for no goods that somebody has or is to get.
func (o Order) unearned(fulfilment ID) (items []ReturnItem) {
	of := slices.IndexFunc(o.Lines, func(l OrderLine) bool { return l.Fulfilment == fulfilment })
	for _, line := range o.Lines {
		units := line.Fulfilled - line.Returned
		if line.SKU != "" || line.Fulfilment.IsZero() || units <= 0 || o.orderedIn(line) != o.orderedIn(o.Lines[of]) || o.earned(line) {
			continue
		}
		items = append(items, ReturnItem{Line: line.Line, Units: units, Disposition: Undecided})
	}
	return items
}

// earned tells whether a charge is for goods that somebody has or is to get: that were ordered with it, and are handed over in the same way.
func (o Order) earned(charge OrderLine) bool {
	return slices.ContainsFunc(o.Lines, func(l OrderLine) bool {
		return l.SKU != "" && l.Method == charge.Method && o.orderedIn(l) == o.orderedIn(charge) && l.Quantity-l.Cancelled-l.Returned > 0
	})
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
