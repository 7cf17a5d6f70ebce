package auditor

import (
	"slices"

	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
)

// What is charged in a fulfilment is for its goods: whatever becomes of the last of them, or of the first where they leave, becomes of it.

// withCharges adds what is charged to goods that are handed over.
func (o *bought) withCharges(units []unitCount) []unitCount {
	for i := range o.lines {
		if l := &o.lines[i]; l.charges() && o.names(units, l.work) {
			units, _ = all(units, l)
		}
	}
	return units
}

// follow adds what is charged to the last goods of a fulfilment that are given up; unless somebody wanted rid of it by name, it goes on as a
// line beside the first other goods that were ordered with them and are handed over in the same way.
func (d *deed) follow(units []unitCount, asked bool) []unitCount {
	o := d.order
	left := func(of func(*boughtLine) bool) *boughtLine {
		for i := range o.lines {
			l := &o.lines[i]
			open := l.open()
			for _, u := range units {
				if u.line == l.line {
					open -= u.units
				}
			}
			if l.sku != "" && open > 0 && of(l) {
				return l
			}
		}
		return nil
	}
	for i := range o.lines {
		l := o.lines[i]
		if !l.charges() || !o.names(units, l.work) || left(func(other *boughtLine) bool { return other.work == l.work }) != nil {
			continue
		}
		var named bool
		units, named = all(units, &l)
		with := left(func(other *boughtLine) bool { return other.method == l.method && o.origin(other) == o.origin(&l) })
		if with == nil || named && asked {
			continue
		}
		until := l.quantity - l.cancelled
		o.charge(l, with, until-l.open(), until)
	}
	return units
}

// charge adds a line that charges with some goods what units of another did.
func (o *bought) charge(as boughtLine, with *boughtLine, from, until int64) {
	on := as
	on.line, on.insteadOf, on.quantity, on.fulfilled, on.cancelled, on.rejected, on.returned = int32(len(o.lines)+1), as.line, until-from, 0, 0, 0, 0
	on.location, on.work = with.location, with.work
	on.net, on.tax, on.gross = as.worth(from, until)
	on.discount = 0 // nobody gives one on what is charged
	on.list = on.gross
	o.lines = append(o.lines, on)
}

// chargeAnew charges what comes back, and was not named, with the first goods that are still to leave of those it was for.
func (o *bought) chargeAnew(charges, named []*returnspb.ReturnItem) {
	for _, item := range charges {
		if slices.ContainsFunc(named, func(n *returnspb.ReturnItem) bool { return n.GetLine() == item.GetLine() }) {
			continue
		}
		l := *o.line(item.GetLine())
		at := slices.IndexFunc(o.lines, func(g boughtLine) bool {
			return g.sku != "" && g.open() > 0 && g.method == l.method && o.origin(&g) == o.origin(&l)
		})
		if at >= 0 {
			o.charge(l, &o.lines[at], l.returned, l.returned+item.GetQuantity())
		}
	}
}

// chargedFor are what was charged for goods, where some units are the last of them that were to arrive.
func (o *bought) chargedFor(work string, lines []*returnspb.ReturnItem, to string) []*returnspb.ReturnItem {
	goods := false
	out := map[int32]int64{}
	for _, item := range lines {
		out[item.GetLine()] += item.GetQuantity()
		goods = goods || o.line(item.GetLine()).sku != ""
	}
	if !goods {
		return nil
	}
	return o.needless(work, out, to)
}

// needless are what was charged for goods that were ordered together, of those that are handed over in a way, when some more come back and
// none of those that left is anywhere.
func (o *bought) needless(work string, out map[int32]int64, to string) (back []*returnspb.ReturnItem) {
	disposition := returnspb.Disposition_DISPOSITION_UNDECIDED
	if to == workLost {
		disposition = returnspb.Disposition_DISPOSITION_LOST
	}
	together := ""
	for i := range o.lines {
		if l := &o.lines[i]; l.work == work {
			together = o.origin(l)
		}
	}
	for i := range o.lines {
		l := &o.lines[i]
		left := l.fulfilled - l.returned - out[l.line]
		if l.sku != "" || l.work == "" || left <= 0 || o.origin(l) != together {
			continue
		}
		kept := int64(0)
		for j := range o.lines {
			if other := &o.lines[j]; other.sku != "" && other.method == l.method && o.origin(other) == together {
				kept += other.fulfilled - other.returned - out[other.line]
			}
		}
		if kept == 0 {
			back = append(back, &returnspb.ReturnItem{Line: l.line, Quantity: left, Disposition: disposition})
		}
	}
	return back
}

// charges tells whether a line is no goods, and is handed over with some.
func (l *boughtLine) charges() bool { return l.sku == "" && l.work != "" && l.open() > 0 }

// all adds all that is open of a line to some units, which may name it.
func all(units []unitCount, l *boughtLine) (with []unitCount, named bool) {
	for _, u := range units {
		if u.line == l.line {
			u.units, named = l.open(), true
		}
		with = append(with, u)
	}
	if !named {
		with = append(with, unitCount{l.line, l.open()})
	}
	return with, named
}

// names tells whether goods of a fulfilment are among some units.
func (o *bought) names(units []unitCount, work string) bool {
	for _, u := range units {
		if l := o.line(u.line); l.sku != "" && l.work == work {
			return true
		}
	}
	return false
}

// origin is the fulfilment in which it was ordered.
func (o *bought) origin(l *boughtLine) string {
	for l.insteadOf != 0 {
		l = o.line(l.insteadOf)
	}
	return l.work
}
