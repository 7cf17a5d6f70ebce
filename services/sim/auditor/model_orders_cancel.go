package auditor

import (
	"fmt"
	"slices"
	"strings"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

// unitCount is some units of one line.
type unitCount struct {
	line  int32
	units int64
}

func countsOf(counts []*orderspb.UnitCount) (all []unitCount) {
	for _, c := range counts {
		all = append(all, unitCount{c.GetLine(), c.GetQuantity()})
	}
	return all
}

// openUnits are units that are still to be handed over, of one fulfilment if one is named: those wanted, or all.
func openUnits(o *bought, wanted []unitCount, work string) (units []unitCount, reason string) {
	if len(wanted) == 0 {
		for _, l := range o.lines {
			if l.open() > 0 && (work == "" || l.work == work) {
				units = append(units, unitCount{l.line, l.open()})
			}
		}
		if len(units) == 0 {
			return nil, "ALREADY_HANDED_OVER"
		}
		return units, ""
	}
	seen := map[int32]bool{}
	for _, want := range wanted {
		line := o.line(want.line)
		switch {
		case line == nil, work != "" && line.work != work, seen[want.line]:
			return nil, "INVALID_REQUEST"
		case want.units > line.open():
			return nil, "ALREADY_HANDED_OVER"
		}
		seen[want.line] = true
	}
	return wanted, ""
}

// cancelLines gives up units that somebody does not want any more.
func (d *deed) cancelLines(r *orderspb.CancelLinesRequest) string {
	if d.order == nil {
		return "UNKNOWN_ORDER"
	}
	units, reason := openUnits(d.order, countsOf(r.GetLines()), "")
	if reason != "" {
		return reason
	}
	if d.act != nil && !r.GetPicked() && d.anyPicked(units) {
		return "ALREADY_PICKED"
	}
	units = d.follow(units, len(r.GetLines()) > 0)
	return d.giveUp(units, refunding{wanted: r.GetRefundTo(), drawer: r.GetCashLocation(), undone: true}, "")
}

// anyPicked tells whether some of the units may be picked, as the fulfilments are now.
func (d *deed) anyPicked(units []unitCount) bool {
	return slices.ContainsFunc(units, func(u unitCount) bool {
		l := d.order.line(u.line)
		w, there := d.works[l.work].now()
		return there && d.ended(w) != "PICKUP_EXPIRED" && w.holds(l, u.units)
	})
}

// holds tells whether so many units of a line can't be given up without some that are picked, or may be.
func (w *handing) holds(l *boughtLine, units int64) bool {
	if w.state == workPicking && len(w.picked) == 0 {
		return true
	}
	return units > l.open()-w.waits(l)
}

// giveUp frees units and gives back what was paid for them. The state is that of fulfilments that nobody came for, of which
// a shopper took nothing at the counter, or of which the place had nothing; "": somebody did not want them.
func (d *deed) giveUp(units []unitCount, terms refunding, state string) string {
	return d.giveUpTo("available", units, terms, state)
}

// giveUpTo does so with units that go elsewhere.
func (d *deed) giveUpTo(account string, units []unitCount, terms refunding, state string) string {
	o := d.order
	for _, u := range units {
		line := o.line(u.line)
		line.cancelled += u.units
		if state == workRejected {
			line.rejected += u.units
		}
		place, units := line.giveUp(u.units, state != workRejected)
		d.moveUnits(place, "committed", account, line.sku, units)
	}
	given, reason := o.refund(terms)
	if reason != "" {
		return reason
	}
	for _, m := range given {
		d.move(o, m)
	}
	var touched []string
	for _, u := range units {
		if work := o.line(u.line).work; work != "" && !slices.Contains(touched, work) {
			touched = append(touched, work)
			d.endWork(o, work, state)
		}
	}
	d.close(o)
	d.kind, d.book, d.cause = "CANCEL", o.location, "order/"+o.id
	return ""
}

// endWork ends a fulfilment that has nothing to hand over any more.
func (d *deed) endWork(o *bought, id, state string) {
	now, there := d.works[id].now()
	if !there {
		return
	}
	w := *now
	if o.opens(id) {
		d.supply(o, &w)
		return
	}
	handed := slices.ContainsFunc(o.lines, func(l boughtLine) bool { return l.work == id && l.fulfilled > 0 })
	switch {
	case state == workNoShow:
		w.state = state
	case handed:
		w.settle(o)
	case state != "":
		w.state = state
	default:
		w.state = workCancelled
	}
	d.closeWork(&w)
}

// replayHouse carries out what the house does by itself: an order that was not paid, and a pickup that nobody came for, are given
// up when they are due. Nothing else of this model's acts happens unasked.
func (m *orderModel) replayHouse(at int, act *Act) {
	header := act.Headers[0]
	if header.Kind == "PROVIDER" && header.Actor == banker {
		m.replayAnswer(at, act)
		return
	}
	if byCarrier(act) {
		m.replayLabel(at, act)
		return
	}
	d := m.newDeed(at, act, nil)
	id, ofOrder := strings.CutPrefix(header.Cause, "order/")
	order, there := m.orders[id].now()
	if header.Kind != "CANCEL" || !ofOrder || !there || header.Actor != "aisle/sweeper" {
		d.wrong("an act that nobody asked for", fmt.Sprintf("%s of %s by %s", header.Kind, header.Cause, header.Actor), header.Cause)
		m.findings = append(m.findings, d.findings...)
		return
	}
	d.order = order.copied()
	reason := ""
	if len(d.minted["OrderExpired"]) > 0 {
		reason = d.expire()
	} else {
		reason = d.noShow()
	}
	if reason != "" {
		d.wrong("an act that had to be refused", "the house gave up "+header.Cause+", which was to be refused as "+reason, header.Cause)
	}
	d.compareAct()
	m.findings = append(m.findings, d.findings...)
	d.remember()
}

// expire gives up an order that was not paid in time.
func (d *deed) expire() string {
	o := d.order
	if o.state != pendingPayment || d.now.Before(o.payBy) {
		return fmt.Sprintf("not due: it is %s and to be paid by %s, and it is %s", o.state, clockText(o.payBy), clockText(d.now))
	}
	units, reason := openUnits(o, nil, "")
	if reason != "" {
		return reason
	}
	o.state = expiredOrder
	return d.giveUp(units, refunding{undone: true}, "")
}

// noShow gives up a pickup that nobody came for: the one of the order whose end the act tells.
func (d *deed) noShow() string {
	if len(d.minted["PickupExpired"]) != 1 {
		return "neither a pickup nor an order that is over"
	}
	w, there := d.works[d.minted["PickupExpired"][0]].now()
	if !there || w.order != d.order.id || w.state != workReady || d.now.Before(w.expiresAt) {
		return "not due"
	}
	units, reason := openUnits(d.order, nil, w.id)
	if reason != "" {
		return reason
	}
	return d.giveUp(d.follow(units, false), refunding{undone: true}, workNoShow)
}
