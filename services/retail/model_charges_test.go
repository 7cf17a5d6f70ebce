package retail

import "slices"

// On paper, what is charged for sending goods is written below them, and has the number of no shelf.

// chargesWith hands over what is charged for goods with the first of them.
func (o *paperOrder) chargesWith(w *paperWork, all map[int]int64) {
	for i, l := range o.lines {
		if l.work == w && l.sku == "" && l.open() > 0 && o.goodsIn(all, w) {
			all[i] = l.open()
		}
	}
}

// chargesToo says what becomes of what is charged for goods where the last of them are given up: it is for what still comes of all that was
// ordered with them, or is given up as well.
func (o *paperOrder) chargesToo(all map[int]int64, asked bool) {
	for i, l := range o.lines {
		if l.sku != "" || l.work == nil || l.open() == 0 || !o.goodsIn(all, l.work) || o.goodsLeft(all, func(k *paperLine) bool { return k.work == l.work }) != nil {
			continue
		}
		_, named := all[i]
		all[i] = l.open()
		heir := o.goodsLeft(all, func(k *paperLine) bool { return k.method == l.method && o.origin(k) == o.origin(l) })
		if heir == nil || asked && named {
			continue
		}
		o.lines = append(o.lines, &paperLine{
			place: heir.place, work: heir.work, method: l.method, quantity: l.open(), insteadOf: int32(i + 1),
			gross: l.worth(l.quantity-l.cancelled-l.open(), l.quantity-l.cancelled),
		})
	}
}

// chargesBack is what comes back with the last goods that a carrier had.
func (o *paperOrder) chargesBack(w *paperWork, brought []ReturnItem) (more []ReturnItem) {
	back := map[int]int64{}
	for _, item := range brought {
		back[int(item.Line)-1] += item.Units
	}
	if !o.goodsIn(back, w) {
		return nil
	}
	return o.chargedForNothing(w, back)
}

// chargedForNothing is what was charged with what a fulfilment hands over, when some more is back and none of the goods that left is not.
func (o *paperOrder) chargedForNothing(w *paperWork, back map[int]int64) (more []ReturnItem) {
	first := slices.IndexFunc(o.lines, func(l *paperLine) bool { return l.work == w })
	of, gone := o.origin(o.lines[first]), map[Method]bool{PickUp: true, Ship: true}
	for i, l := range o.lines {
		if l.sku != "" && l.work != nil && o.origin(l) == of && l.fulfilled-l.returned > back[i] {
			gone[l.method] = false
		}
	}
	for i, l := range o.lines {
		if out := l.fulfilled - l.returned - back[i]; l.sku == "" && l.work != nil && o.origin(l) == of && gone[l.method] && out > 0 {
			more = append(more, ReturnItem{Line: int32(i + 1), Units: out, Disposition: Undecided})
		}
	}
	return more
}

// chargeAnew writes below the goods what was charged for others, which is back, where some are still to leave.
func (o *paperOrder) chargeAnew(back []ReturnItem) {
	for _, item := range back {
		l := o.lines[item.Line-1] // as it is before it is back
		heir := o.goodsLeft(nil, func(k *paperLine) bool { return k.method == l.method && o.origin(k) == o.origin(l) })
		if heir == nil {
			continue
		}
		o.lines = append(o.lines, &paperLine{
			place: heir.place, work: heir.work, method: l.method, quantity: item.Units, insteadOf: item.Line,
			gross: l.worth(l.returned, l.returned+item.Units),
		})
	}
}

// goodsIn tells whether goods are among some units of a fulfilment.
func (o *paperOrder) goodsIn(all map[int]int64, w *paperWork) bool {
	for i, n := range all {
		if n > 0 && o.lines[i].sku != "" && o.lines[i].work == w {
			return true
		}
	}
	return false
}

// goodsLeft is the first line of some of which goods are open beside the units.
func (o *paperOrder) goodsLeft(all map[int]int64, of func(*paperLine) bool) *paperLine {
	for i, l := range o.lines {
		if l.sku != "" && l.work != nil && l.open() > all[i] && of(l) {
			return l
		}
	}
	return nil
}

// origin is the fulfilment in which somebody ordered what a line hands over.
func (o *paperOrder) origin(l *paperLine) *paperWork {
	if l.insteadOf == 0 {
		return l.work
	}
	return o.origin(o.lines[l.insteadOf-1])
}
