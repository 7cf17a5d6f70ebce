package retail

import (
	"slices"

	"pgregory.net/rapid"
)

// pick fetches units of a fulfilment, as they are found.
func (s *trial) pick(t *rapid.T) {
	paper, w := s.someWork(t)
	units, all, tooMany := drawUnits(t, paper, w)
	picked, wanted := false, int64(0)
	for i, n := range all {
		l := paper.lines[i]
		if left := l.open() - l.waiting; len(units) == 0 {
			if all[i] = left; l.sku == "" { // which nobody fetches
				all[i] = 0
			}
		} else if n > left {
			picked = true
		}
		wanted += all[i]
	}
	_, err := submit(t, s.shop, PickUnits{s.workOn(Fulfilment{ID: w.id, Location: w.place, Order: paper.id}), units})
	over := w.over(s)
	ready := over == "" && (w.step == 3 || paper.waits(w))
	tooMany, picked = over == "" && !ready && tooMany, over == "" && !ready && (picked || wanted == 0)
	if !decided(t, err, over, reasonIf(ready, FulfilmentStep), reasonIf(tooMany, AlreadyHandedOver), reasonIf(picked, AlreadyPicked)) {
		return
	}
	w.step, w.byLine = 2, true
	for i, n := range all {
		paper.lines[i].waiting += n
	}
}

// half tells whether a fulfilment is picked by line and not all of it is.
func (o *paperOrder) half(w *paperWork) bool {
	return w.byLine && slices.ContainsFunc(o.lines, func(l *paperLine) bool { return l.work == w && l.sku != "" && l.waiting < l.open() })
}

// anyPicked tells whether some of the units may be picked.
func (s *trial) anyPicked(o *paperOrder, all map[int]int64) bool {
	for i, n := range all {
		l := o.lines[i]
		switch {
		case l.work.over(s) == PickupExpired: // it is put back anyway
		case l.work.step == 2 && !l.work.byLine, l.work.step == 3:
			return true
		case n > l.open()-l.waiting:
			return true
		}
	}
	return false
}

// taken are units of a line that leave with somebody: those first that were picked.
func (l *paperLine) taken(n int64) {
	l.fulfilled += n
	l.waiting = max(0, l.waiting-n)
}

// shelved puts back what is picked of a line beyond what is open of it.
func (l *paperLine) shelved() { l.waiting = min(l.waiting, l.open()) }

// checkPicks holds what waits of a fulfilment, and what is left to pick, against the paper.
func (s *trial) checkPicks(t *rapid.T, paper *paperOrder, w *paperWork, f Fulfilment, order Order) {
	t.Helper()
	for i, l := range paper.lines {
		want := l.waiting
		if w.step == 3 || w.ended != "" {
			want = l.open()
		}
		if got := f.Waiting(order.Lines[i]); l.work == w && got != want {
			t.Fatalf("of line %d of %+v wait %d, on paper %d", i+1, f, got, want)
		}
	}
}
