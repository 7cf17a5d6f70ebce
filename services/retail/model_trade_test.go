package retail

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// trade draws an order that is there.
func (s *trial) trade(t *rapid.T) *paperOrder {
	if len(s.trades) == 0 {
		t.Skip("there is no order")
	}
	return rapid.SampledFrom(s.trades).Draw(t, "order")
}

func (s *trial) row(paper *paperOrder) Order { return s.rows[OrderKey(paper.id)].(Order) }

// payLater pays for an order at any place.
func (s *trial) payLater(t *rapid.T) {
	paper, place := s.trade(t), anyPlace.Draw(t, "paid at")
	c := PayOrder{Transaction: s.mint(), Order: paper.id, Channel: "till"}
	owed := paper.owed()
	c.RoundingMinor = rapid.SampledFrom([]int64{0, 0, -1, 2}).Draw(t, "rounding")
	tenders, change, wrong := s.drawPayment(t, max(1, owed-c.RoundingMinor), place, true)
	if owed-c.RoundingMinor <= 0 {
		tenders, change, wrong = []Tender{{Kind: "CASH", AmountMinor: 1, Location: place}}, 1, nil
	}
	c.Tenders = tenders
	if !slices.ContainsFunc(tenders, func(t Tender) bool { return t.Kind == "CASH" }) {
		c.RoundingMinor = 0 // only cash is rounded
		changeable := int64(0)
		for _, tender := range tenders {
			if tender.Kind == "VOUCHER" {
				changeable += tender.AmountMinor
			}
		}
		change = max(0, sumOf(tenders)-max(0, owed))
		wrong = slices.DeleteFunc(wrong, func(r Reason) bool { return r == ChangeNotGiven })
		wrong = append(wrong, reasonIf(change > changeable, ChangeNotGiven))
	}
	gone := s.gone(paper)
	_, err := submit(t, s.shop, c)
	wrong = append(wrong, reasonIf(gone, OrderGone), reasonIf(!gone && owed <= 0, NothingOwed),
		reasonIf(!gone && owed > 0 && c.RoundingMinor > owed, InvalidRequest),
		reasonIf(!gone && c.RoundingMinor != 0 && owed-c.RoundingMinor > sumOf(tenders)-change, InvalidRequest))
	if !decided(t, err, wrong...) {
		return
	}
	paid := sumOf(tenders) - change
	paper.moved -= c.RoundingMinor + paid
	paper.kept += paid
	paper.settle()
}

// gone tells whether an order was not paid in time.
func (s *trial) gone(paper *paperOrder) bool {
	return !paper.payBy.IsZero() && !s.now.Before(paper.payBy) || paper.expired && paper.untouched()
}

// untouched tells whether nothing of an order was handed over.
func (o *paperOrder) untouched() bool {
	return !slices.ContainsFunc(o.lines, func(l *paperLine) bool { return l.fulfilled > 0 })
}

func sumOf(tenders []Tender) int64 {
	sum := int64(0)
	for _, t := range tenders {
		sum += t.AmountMinor
	}
	return sum
}

// someWork draws a fulfilment.
func (s *trial) someWork(t *rapid.T) (*paperOrder, *paperWork) {
	paper := s.trade(t)
	if len(paper.works) == 0 {
		t.Skip("all of it was carried out")
	}
	return paper, rapid.SampledFrom(paper.works).Draw(t, "work")
}

// over says why nothing is done to a fulfilment any more.
func (w *paperWork) over(s *trial) Reason {
	switch {
	case w.ended == "COLLECTED":
		return AlreadyCollected
	case w.ended == "SHIPPED", w.ended == "DELIVERED":
		return AlreadyHandedOver
	case slices.Contains([]string{"CANCELLED", "REFUSED_BY_CUSTOMER", "REJECTED", "LOST", "RETURNED_TO_SENDER"}, w.ended):
		return FulfilmentEnded
	case w.ended == "EXPIRED_NO_SHOW", w.method == PickUp && w.step == 3 && !s.now.Before(w.until):
		return PickupExpired
	}
	return ""
}

// busy says why a fulfilment is nothing that waits for its shopper.
func (w *paperWork) busy(s *trial) Reason {
	return cmp.Or(w.over(s), reasonIf(w.method == Ship || w.step < 3, FulfilmentStep))
}

// work moves a fulfilment on, makes a new code for it, or keeps it for longer.
func (s *trial) work(t *rapid.T) {
	paper, w := s.someWork(t)
	step := s.workOn(Fulfilment{ID: w.id, Location: w.place, Order: paper.id})
	if rapid.IntRange(0, 5).Draw(t, "for longer") == 0 {
		s.keepLonger(t, w, step)
		return
	}
	if rapid.IntRange(0, 5).Draw(t, "new code") == 0 {
		_, err := submit(t, s.shop, RenewCode{step})
		if decided(t, err, w.over(s), reasonIf(w.over(s) == "" && w.method == Ship, FulfilmentStep)) {
			w.codes, w.tries = w.codes+1, 0
		}
		return
	}
	to := rapid.IntRange(min(3, w.step+1), 3).Draw(t, "to")
	c := AdvanceFulfilment{Work: step, To: steps[w.method][to], KeepFor: 20 * time.Minute}
	_, err := submit(t, s.shop, c)
	onward := w.over(s) == "" && to > w.step && !paper.waits(w)
	if decided(t, err, w.over(s), reasonIf(w.over(s) == "" && !onward, FulfilmentStep), reasonIf(onward && to == 3 && paper.half(w), NotPicked)) {
		w.step, w.until = to, s.now.Add(c.KeepFor)
		if rapid.Bool().Draw(t, "and for longer") { // what waits is soon collected
			s.keepLonger(t, w, s.workOn(Fulfilment{ID: w.id, Location: w.place, Order: paper.id}))
		}
	}
}

// keepLonger gives a pickup another end, which may be no later one.
func (s *trial) keepLonger(t *rapid.T, w *paperWork, step Work) {
	c := ExtendPickup{step, w.until.Add(time.Duration(rapid.IntRange(-1, 20).Draw(t, "minutes")) * time.Minute)}
	busy := w.busy(s)
	_, err := submit(t, s.shop, c)
	if decided(t, err, busy, reasonIf(busy == "" && !c.Until.After(w.until), InvalidRequest)) {
		w.until = c.Until
	}
}

// drawUnits draws units of the lines that a fulfilment has, or all; now and then too many.
func drawUnits(t *rapid.T, paper *paperOrder, w *paperWork) (units []UnitCount, all map[int]int64, tooMany bool) {
	all = map[int]int64{}
	some := rapid.Bool().Draw(t, "some")
	for i, l := range paper.lines {
		switch {
		case w != nil && l.work != w:
		case !some && l.open() > 0:
			all[i] = l.open()
		case some && rapid.Bool().Draw(t, "of this line"):
			all[i] = rapid.Int64Range(1, max(1, l.open())).Draw(t, "units")
			units = append(units, UnitCount{Line: int32(i + 1), Units: all[i]})
			tooMany = tooMany || all[i] > l.open()
		}
	}
	if len(units) == 0 {
		for i, l := range paper.lines { // none named: all that is open
			if (w == nil || l.work == w) && l.open() > 0 {
				all[i] = l.open()
			}
		}
		tooMany = len(all) == 0
	}
	return units, all, tooMany
}

// handOver gives goods to who collects them, or to the carrier.
func (s *trial) handOver(t *rapid.T) {
	paper, w := s.someWork(t)
	units, all, tooMany := drawUnits(t, paper, w)
	c := HandOver{
		Method: rapid.SampledFrom([]Method{w.method, w.method, w.method, w.method, PickUp, Ship}).Draw(t, "method"), Fulfilment: w.id, Transaction: s.mint(), Location: w.place, Order: s.row(paper), Lines: units, CodeCount: w.codes,
		CodeRight: rapid.IntRange(0, 3).Draw(t, "code") > 0, Issuer: s.issuer(paper.place),
	}
	label, under, more := s.shipUnder(t, paper, w, &c)
	if label != nil {
		all, tooMany = under, more
	}
	var wrong []Reason
	change := int64(0)
	if due := paper.owed(); due > 0 && rapid.Bool().Draw(t, "pays now") {
		c.Tenders, change, wrong = s.drawPayment(t, due, w.place, true)
	}
	handed, err := submit(t, s.shop, c)
	if c.Method != w.method {
		decided(t, err, FulfilmentStep)
		return
	}
	over := w.over(s)
	early := over == "" && w.step < 3
	locked := over == "" && !early && w.method == PickUp && w.tries >= 5
	late := over == "" && !early && !locked && !paper.payBy.IsZero() && !s.now.Before(paper.payBy)
	miscoded := over == "" && !early && !locked && !late && w.method == PickUp && !c.CodeRight
	if miscoded {
		if w.tries++; err != nil || !handed.WrongCode || handed.TriesLeft != int32(5-w.tries) {
			t.Fatalf("after %d wrong codes: %+v, %v", w.tries, handed, err)
		}
		return
	}
	paper.chargesWith(w, all)
	paid := sumOf(c.Tenders) - change
	due := paper.due() - paid
	for i, n := range all {
		due += paper.lines[i].worth(paper.lines[i].fulfilled, min(paper.lines[i].quantity, paper.lines[i].fulfilled+n))
	}
	if over == "" && !early && !late && label != nil && !label.free() {
		wrong = append(wrong, LabelStep, reasonIf(label.state == "", UnknownLabel))
	}
	wrong = append(wrong, over, reasonIf(early, FulfilmentStep), reasonIf(locked, CodeLocked), reasonIf(late, FulfilmentEnded), reasonIf(tooMany, AlreadyHandedOver),
		reasonIf(!tooMany && due > paper.secured(), PaymentShort))
	if !decided(t, err, wrong...) {
		return
	}
	handedOver := map[int][2]int64{}
	if w.method == Ship {
		paper.send(w, all)
		if label != nil {
			label.state = "USED"
		}
	}
	for i, n := range all {
		l := paper.lines[i]
		handedOver[i] = [2]int64{l.fulfilled, l.fulfilled + n}
		l.taken(n)
		if l.sku != "" {
			s.shelf(l.place, l.sku).committed -= n
		}
	}
	paper.moved, paper.kept = paper.moved-paid, paper.kept+paid
	paper.issue(handedOver, s.now)
	paper.settle()
}

// giveUp cancels units on paper, which somebody named or not.
func (s *trial) giveUp(paper *paperOrder, all map[int]int64, named bool, by ID) {
	paper.chargesToo(all, named)
	for i, n := range all {
		l := paper.lines[i]
		place, free := l.giveUp(n, n)
		l.shelved()
		if l.sku != "" {
			s.shelf(place, l.sku).committed -= free
			s.shelf(place, l.sku).change(free, by)
		}
	}
	paper.giveBack()
	paper.settle()
	paper.retract()
}

// cancel gives up some or all that is open.
func (s *trial) cancel(t *rapid.T) {
	paper := s.trade(t)
	var w *paperWork
	if len(paper.works) > 0 && rapid.Bool().Draw(t, "refused at the counter") {
		w = rapid.SampledFrom(paper.works).Draw(t, "work")
	}
	units, all, tooMany := drawUnits(t, paper, w)
	c := CancelUnits{Transaction: s.mint(), Order: s.row(paper), Lines: units, Why: CancelAsked}
	busy := Reason("")
	if w != nil {
		c.Why, c.Fulfilment, busy = CancelRefused, w.id, w.busy(s)
	}
	if rapid.Bool().Draw(t, "cash elsewhere") {
		c.CashAt = anyPlace.Draw(t, "cash at")
	}
	c.Picked = rapid.Bool().Draw(t, "also what is picked")
	_, err := submit(t, s.shop, c)
	if !decided(t, err, busy, reasonIf(busy == "" && tooMany, AlreadyHandedOver), reasonIf(w == nil && !tooMany && !c.Picked && s.anyPicked(paper, all), AlreadyPicked)) {
		return
	}
	s.giveUp(paper, all, len(c.Lines) > 0, c.Transaction)
	if w != nil && w.ended == "CANCELLED" {
		w.ended = "REFUSED_BY_CUSTOMER"
	}
}

// reject takes units out of the stock that were promised and are missing, or unfit.
func (s *trial) reject(t *rapid.T) {
	paper, w := s.someWork(t)
	units, all, tooMany := drawUnits(t, paper, w)
	c := RejectUnits{
		Fulfilment: w.id, Transaction: s.mint(), Location: w.place, Order: s.row(paper), Lines: units,
		Shortfall: rapid.SampledFrom([]Shortfall{"MISSING", "MISSING", "UNFIT"}).Draw(t, "shortfall"), Note: "N",
	}
	reason, unfit := s.drawReason(t, map[Shortfall]string{"MISSING": "ADJUST", "UNFIT": "DAMAGE"}[c.Shortfall])
	c, err := c.By(reason)
	if !decided(t, err, unfit...) {
		return
	}
	c.From = rapid.SampledFrom([]string{"", "", w.place, anyPlace.Draw(t, "a place")}).Draw(t, "from")
	for i, l := range paper.lines { // more often where something waits to be sent
		if all[i] > 0 && l.away > 0 && rapid.Bool().Draw(t, "from there") {
			c.From = l.from
		}
	}
	elsewhere := false
	for i := range all {
		if there := paper.lines[i].isAt(); there != c.From {
			if elsewhere = elsewhere || len(units) > 0; !elsewhere {
				delete(all, i)
			}
		}
	}
	for i, l := range paper.lines { // what is charged goes where the goods go
		if len(units) == 0 && l.sku == "" && slices.ContainsFunc(paper.lines, func(k *paperLine) bool { return k.work == w && k.sku != "" && k.open() > 0 }) {
			delete(all, i)
		}
	}
	over := w.over(s)
	c.Buffers = paper.keeps.buffers()
	others := s.drawOthers(t, paper, w, &c)
	_, err = submit(t, s.shop, c)
	onTheWay := elsewhere || !tooMany && len(all) == 0
	for i, n := range all {
		onTheWay = onTheWay || n > paper.lines[i].open()-paper.lines[i].coming
	}
	if !decided(t, err, over, reasonIf(over == "" && tooMany, AlreadyHandedOver), reasonIf(over == "" && !tooMany && onTheWay, FulfilmentStep)) {
		return
	}
	s.reroute(paper, all, others, c.Transaction)
	paper.chargesToo(all, false)
	for i, n := range all {
		l := paper.lines[i]
		place, _ := l.giveUp(n, 0)
		l.rejected += n
		if c.Shortfall == "UNFIT" && w.step < 3 { // what is unfit is what somebody has in his hands
			l.waiting -= min(n, l.waiting)
		}
		l.shelved()
		if l.sku == "" {
			continue
		}
		shelf := s.shelf(place, l.sku)
		shelf.committed -= n
		if c.Shortfall == "UNFIT" {
			shelf.damaged += n
		} else if known := min(n, -shelf.available); known > 0 { // sold to somebody else before
			shelf.change(known, c.Transaction)
		}
	}
	paper.giveBack()
	paper.settle()
	paper.retract()
	if w.ended == "CANCELLED" {
		w.ended = "REJECTED"
	}
}

// isAt is where the units of a line are that were to be sent yet; empty: they are where they are handed over, or on their way.
func (l *paperLine) isAt() string {
	if l.away > 0 {
		return l.from
	}
	return ""
}

// drawOthers draws places that may hand over what another does not have, by line.
func (s *trial) drawOthers(t *rapid.T, paper *paperOrder, w *paperWork, c *RejectUnits) map[int][]*paperWork {
	others := map[int][]*paperWork{}
	var works []*paperWork
	for i := range paper.lines {
		for range rapid.IntRange(0, 2).Draw(t, "others") {
			place, method := anyPlace.Draw(t, "other"), rapid.SampledFrom([]Method{PickUp, Ship}).Draw(t, "other method")
			at := slices.IndexFunc(works, func(w *paperWork) bool { return w.place == place && w.method == method })
			if at < 0 {
				at = len(works)
				works = append(works, &paperWork{id: s.mint(), place: place, method: method})
				c.Fulfilments = append(c.Fulfilments, Fulfilment{ID: works[at].id, Location: place, Method: method})
			}
			c.Others = append(c.Others, Another{Line: int32(i + 1), Location: place, Method: method})
			others[i] = append(others[i], works[at])
		}
	}
	return others
}

// reroute lets other places hand over what is short, on lines of their own: of each line the first that may promise all of it.
func (s *trial) reroute(paper *paperOrder, all map[int]int64, others map[int][]*paperWork, by ID) {
	owed, secured := paper.owed(), paper.secured()
	for _, i := range slices.Sorted(maps.Keys(all)) {
		l, n := paper.lines[i], all[i]
		for _, w := range others[i] {
			if l.sku == "" || w.place == l.place || w.place == l.from || w.method == Ship && owed > secured {
				continue
			}
			shelf := s.shelf(w.place, l.sku)
			if paper.keeps.sellable(*shelf, w.place, l.sku, w.method) < n {
				continue
			}
			until := l.quantity - l.cancelled
			paper.lines = append(paper.lines, &paperLine{
				sku: l.sku, place: w.place, method: w.method, work: w, quantity: n, gross: l.worth(until-n, until), insteadOf: int32(i + 1),
			})
			if !slices.Contains(paper.works, w) {
				paper.works = append(paper.works, w)
			}
			shelf.change(-n, by)
			shelf.committed += n
			break
		}
	}
}

// sweep ends what nobody paid or collected in time. Nothing but the time may keep it from that.
func (s *trial) sweep(t *rapid.T) {
	paper := s.trade(t)
	c := CancelUnits{Transaction: s.mint(), Order: s.row(paper), Why: CancelUnpaid}
	all := map[int]int64{}
	in := func(l *paperLine) bool { return l.work != nil }
	wait := paper.payBy.IsZero() || s.now.Before(paper.payBy)
	var w *paperWork
	if len(paper.works) > 0 && rapid.Bool().Draw(t, "no show") {
		w = rapid.SampledFrom(paper.works).Draw(t, "work")
		c.Why, c.Fulfilment = CancelNoShow, w.id
		in = func(l *paperLine) bool { return l.work == w }
		wait = w.ended != "" || w.over(s) != PickupExpired
	}
	for i, l := range paper.lines {
		if in(l) && l.open() > 0 {
			all[i] = l.open()
		}
	}
	_, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(wait, stale)) {
		return
	}
	if w != nil {
		w.ended = "EXPIRED_NO_SHOW"
	}
	s.giveUp(paper, all, len(c.Lines) > 0, c.Transaction)
	paper.expired = w == nil
}
