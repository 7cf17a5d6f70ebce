package auditor

import (
	"slices"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
)

// failing is a request that says what of a shipment did not arrive.
type failing interface {
	named
	GetNote() string
	GetParcel() int32
}

// lostBy are the units that a carrier is said to have lost.
func lostBy(r *fulfilmentspb.LoseShipmentRequest) []*returnspb.ReturnItem {
	var lines []*returnspb.ReturnItem
	for _, l := range r.GetLines() {
		lines = append(lines, &returnspb.ReturnItem{
			Line: l.GetLine(), Quantity: l.GetQuantity(), Disposition: returnspb.Disposition_DISPOSITION_LOST,
		})
	}
	return lines
}

// undelivered takes back what a carrier lost or brought: whatever the policy, and with the money the way it came.
func (d *deed) undelivered(r failing, lines []*returnspb.ReturnItem, to string) string {
	if !d.found(r) {
		return "UNKNOWN_FULFILMENT"
	}
	w, o := d.work, d.order
	p, reason := d.onItsWay(r.GetParcel())
	if reason != "" {
		return reason
	}
	var charges []*returnspb.ReturnItem
	if len(lines) == 0 {
		if lines = p.rest(o, to); len(p.Units) == 0 {
			charges = o.needless(w.id, nil, to)
		}
	}
	if len(lines)+len(charges) == 0 {
		return "RETURN_TOO_LARGE"
	}
	for _, item := range lines {
		if line := o.line(item.GetLine()); line == nil || line.work != w.id {
			return "INVALID_REQUEST"
		}
	}
	if p.misses(o, lines) {
		return "RETURN_TOO_LARGE"
	}
	charges = append(charges, o.chargedFor(w.id, lines, to)...)
	o.chargeAnew(charges, lines)
	lines = slices.Concat(lines, charges)
	d.back = &takenBack{
		id: d.mint("ReturnAccepted", 0), order: o.id, location: w.location, book: o.location, channel: o.channel, customer: o.customer,
		note: r.GetNote(), recordedAt: d.now,
	}
	units, originals, _, reason := d.bringBack(lines, &returnSaid{fact: true})
	if reason != "" {
		return reason
	}
	d.back.overrides = nil // it did not arrive, whatever the policy
	if reason := d.giveBack(refunding{undone: true}, o, units, originals, 0); reason != "" {
		return reason
	}
	p.miss(o, lines, to, d.now)
	w.settle(o)
	d.closeWork(w)
	d.kind, d.book, d.cause = "RETURN", w.location, "return/"+d.back.id
	return ""
}
