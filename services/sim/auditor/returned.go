package auditor

import "strings"

// Returned is what was sold by or to one customer, key, operator or location, and what of goods came back.
type Returned struct {
	Returns, Blind, Overridden                 int64
	UnitsSold, SoldMinor, UnitsBack, BackMinor int64
}

// Returned is what came back, by "CUSTOMER", "OPERATOR" or "LOCATION", of whom anything did, as orders, documents and acts say.
func (b *Books) Returned(by string) map[string]Returned {
	acts, ids := map[string]*Act{}, map[string]*Act{}
	for _, act := range b.Acts {
		for _, h := range act.Headers {
			ids[h.ID] = act
			if id, is := strings.CutPrefix(h.Cause, "return/"); is {
				acts[id] = act
			}
		}
	}
	rates := map[string]Returned{}
	for id, r := range b.Orders.Returns {
		act := acts[id]
		if act == nil || act.undelivered() {
			continue
		}
		subject := map[string]string{"CUSTOMER": r.customer, "LOCATION": r.location, "OPERATOR": firstText(r.operator, act.Headers[0].Actor)}[by]
		rate, goods := rates[subject], int64(0)
		for _, l := range r.lines {
			if l.sku != "" {
				goods += l.until - l.from
				rate.BackMinor += l.gross
			}
		}
		if goods == 0 || subject == "" {
			continue
		}
		rate.UnitsBack += goods
		rate.Returns++
		if r.order == "" {
			rate.Blind++
		}
		if len(r.overrides) > 0 {
			rate.Overridden++
		}
		rates[subject] = rate
	}
	for _, p := range b.Orders.Papers {
		o, act := b.Orders.Orders[p.order], ids[p.transaction]
		if o == nil || act == nil || rectifies(p.kind) || p.kind == fullReplacing {
			continue
		}
		subject := map[string]string{"CUSTOMER": o.customer, "LOCATION": o.location, "OPERATOR": act.Headers[0].Actor}[by]
		rate, told := rates[subject]
		if !told {
			continue
		}
		for _, l := range p.lines {
			if line := o.line(l.Line); line != nil && line.sku != "" {
				rate.UnitsSold += l.Until - l.From
				rate.SoldMinor += l.GrossMinor
			}
		}
		rates[subject] = rate
	}
	return rates
}

// undelivered tells whether a carrier lost or brought back what came back.
func (a *Act) undelivered() bool {
	for _, e := range a.Events {
		if e.Kind == "ShipmentLost" || e.Kind == "ShipmentReturned" {
			return true
		}
	}
	return false
}
