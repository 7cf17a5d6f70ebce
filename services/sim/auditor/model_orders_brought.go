package auditor

import (
	"slices"
	"strings"
)

// giveUp takes units off a line that was counted to be without them: those that are away; or those on their way, where they may be given up,
// and the rest of what is there. It says where units are free, and how many.
func (l *boughtLine) giveUp(units int64, onTheWay bool) (place string, here int64) {
	if l.away > 0 {
		l.away -= units
		return l.from, units
	}
	if onTheWay {
		coming := min(l.coming, units)
		l.coming -= coming
		units -= coming
	}
	return l.location, units
}

// isAt is where the units of a line are that were not sent yet; "": nothing of it is to be sent.
func (l *boughtLine) isAt() string {
	if l.away == 0 {
		return ""
	}
	return l.from
}

// supply lets a fulfilment be worked on that waits for nothing any more.
func (d *deed) supply(o *bought, w *handing) {
	if w.state == workAwaiting && !o.awaits(w.id) {
		w.state = workNew
		d.closeWork(w)
	}
}

// replayBrought carries out what a transfer does to the order that takes its goods. How many arrive for it is for the model of the stock to
// say; here it is taken from the entries, and given to the lines in their order.
func (m *orderModel) replayBrought(at int, act *Act) {
	d := m.newDeed(at, act, nil)
	header := act.Headers[0]
	transfer, _ := strings.CutPrefix(header.Cause, "transfer/")
	sent := len(d.minted["UnitsSent"]) > 0
	if !sent && len(d.minted["UnitsArrived"]) == 0 {
		return // it is for the stock of a place
	}
	id := append(d.minted["UnitsSent"], d.minted["UnitsArrived"]...)[0]
	order, there := m.orders[id].now()
	if !there || !slices.ContainsFunc(order.lines, func(l boughtLine) bool { return l.way == transfer }) {
		d.wrong("a transfer is for an order that does not wait for it", header.Cause, "order/"+id, header.Cause)
		m.findings = append(m.findings, d.findings...)
		return
	}
	o := order.copied()
	arrived := map[string]int64{}
	for _, h := range act.Headers {
		for _, e := range h.Entries {
			if e.To == "committed" {
				arrived[e.Asset] += e.Quantity
			}
		}
	}
	var works []string
	for i := range o.lines {
		l := &o.lines[i]
		switch {
		case l.way != transfer:
			continue
		case sent:
			l.away, l.coming = 0, l.away
		default:
			units := min(arrived[l.sku], l.coming)
			l.coming -= units
			arrived[l.sku] -= units
		}
		if !slices.Contains(works, l.work) {
			works = append(works, l.work)
		}
	}
	d.close(o)
	for _, work := range works {
		if now, there := d.works[work].now(); there {
			w := *now
			d.supply(o, &w)
		}
	}
	d.cause = header.Cause
	d.compareEvents()
	m.findings = append(m.findings, d.findings...)
	d.remember()
}
