package postgres

import (
	"fmt"
	"reflect"

	"github.com/aisle-retail/aisle/services/retail"
)

// linesOfFulfilmentsSQL reads what the lines of orders say of each of many fulfilments.
const linesOfFulfilmentsSQL = `
select k.n, l.order_id, l.method, l.fulfil_location, l.quantity - l.fulfilled - l.cancelled, l.fulfilled,
    coalesce(l.away, 0) + coalesce(l.coming, 0), l.transfer, l.line, l.quantity, l.sku,
    l.returned
from unnest($1::uuid[]) with ordinality as k(id, n) join order_lines l on l.fulfilment = k.id`

// fulfilled is what a line of an order says of its fulfilment.
type fulfilled struct {
	order        retail.ID
	method       retail.Method
	location     string
	open, handed int64
	// awaited are those open that are not there yet, which transfer brings.
	awaited  int64
	transfer retail.ID
	line     int32
	quantity int64
	// sku is what it is of; empty: a charge. returned are those handed that came back.
	sku      string
	returned int64
}

// proveFulfilmentRows proves that each fulfilment went through its states by acts that may take it there (L1), and that the lines
// of its order are open as long as it is (L5).
func proveFulfilmentRows(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	acts, err := s.acts(page)
	if err != nil {
		return nil, err
	}
	of := newAsked()
	asked := newRows([]column{{"id", "uuid"}}, false)
	for _, e := range page {
		f := e.row.(retail.Fulfilment)
		of.orders[f.Order] = true
		asked.id(f.ID).end()
	}
	places, err := s.around(of)
	if err != nil {
		return nil, err
	}
	err = s.book(acts, func(i int) map[string]bool {
		f := page[i].row.(retail.Fulfilment)
		books := places.books(retail.OrderPrefix + f.Order.String())
		books[f.Location] = true
		return books
	})
	if err != nil {
		return nil, err
	}
	found, err := s.query(linesOfFulfilmentsSQL, asked.params())
	if err != nil {
		return nil, err
	}
	lines := make([][]fulfilled, len(page))
	for _, r := range found {
		n := r.int8() - 1
		lines[n] = append(lines[n], fulfilled{
			r.id(), retail.Method(r.text()), r.text(), r.int8(), r.int8(), r.int8(), r.id(), r.int4(), r.int8(), r.text(),
			r.int8(),
		})
	}
	return func() {
		for i, e := range page {
			f := e.row.(retail.Fulfilment)
			a.proveOpen(e, f, lines[i])
			a.provePicked(e, f, lines[i])
			a.proveParcels(e, f, lines[i])
			a.proveLabels(e, f, lines[i])
			a.proveFulfilment(e, f, acts[i], lines[i])
		}
	}, nil
}

// ended are the states in which nothing is left to hand over, and whether anything, or nothing, may have been handed over before:
// of a pickup that was not collected in time, some may have been.
var ended = map[retail.FulfilmentState]struct{ handed, not bool }{
	retail.FulfilmentCollected: {handed: true}, retail.FulfilmentShipped: {handed: true}, retail.FulfilmentDelivered: {handed: true},
	retail.FulfilmentCancelled: {not: true}, retail.FulfilmentRefused: {not: true}, retail.FulfilmentNoShow: {handed: true, not: true},
	retail.FulfilmentRejected: {not: true}, retail.FulfilmentLost: {handed: true}, retail.FulfilmentReturned: {handed: true},
}

// handedOver is the state in which nothing is open of what was handed over, at least some of it.
func handedOver(f retail.Fulfilment) retail.FulfilmentState {
	if f.Method == retail.PickUp {
		return retail.FulfilmentCollected
	}
	return carriedState(f.Parcels)
}

func (a *audit) proveOpen(e entity, f retail.Fulfilment, lines []fulfilled) {
	open, handed, awaited := int64(0), int64(0), int64(0)
	for _, line := range lines {
		if line.order != f.Order || line.method != f.Method || line.location != f.Location {
			a.broken("L1", e.table, e.text, "a line of order %s, %s from %s, is of it", line.order, line.method, line.location)
		}
		open, handed, awaited = open+line.open, handed+line.handed, awaited+line.awaited
	}
	end, over := ended[f.State]
	switch {
	case len(lines) == 0:
		a.broken("L1", e.table, e.text, "no line of an order is of it")
	case (awaited > 0) != (f.State == retail.FulfilmentAwaiting):
		a.broken("L5", e.table, e.text, "it is %s, and %d units are on their way or are to be sent", f.State, awaited)
	case (open == 0) != over:
		a.broken("L5", e.table, e.text, "it is %s, and %d units are open", f.State, open)
	case over && handed > 0 && !end.handed, over && handed == 0 && !end.not:
		a.broken("L5", e.table, e.text, "it is %s, and %d units were handed over", f.State, handed)
	}
}

// provePicked proves that no more was picked of a line than was ordered, and that of what is picked by line nothing is left to pick once it
// is ready (L5). What is charged nobody fetches.
func (a *audit) provePicked(e entity, f retail.Fulfilment, lines []fulfilled) {
	picked := map[int32]int64{}
	for _, p := range f.Picked {
		picked[p.Line] += p.Units
	}
	for _, line := range lines {
		units := picked[line.line]
		delete(picked, line.line)
		if units > line.quantity {
			a.broken("L5", e.table, e.text, "%d units of line %d were picked, and %d ordered", units, line.line, line.quantity)
		}
		if line.sku != "" && ranks[f.State] == ranks[retail.FulfilmentReady] && len(f.Picked) > 0 && line.open > max(0, units-line.handed) {
			a.broken("L5", e.table, e.text, "it is %s, and %d units of line %d are open, of which %d were picked", f.State, line.open, line.line, units)
		}
	}
	if len(picked) > 0 {
		a.broken("L1", e.table, e.text, "%v were picked, and are not of it", picked)
	}
}

// picks tells whether some more was picked between two versions of a fulfilment, and nothing less.
func picks(before, after []retail.Picked) bool {
	if len(after) < len(before) {
		return false
	}
	more := false
	for i, now := range after {
		was := retail.Picked{Line: now.Line}
		if i < len(before) {
			was = before[i]
		}
		if now.Line != was.Line || now.Units < was.Units {
			return false
		}
		more = more || now.Units > was.Units
	}
	return more
}

// worked are the states that work leads to, by its event.
var worked = map[string]retail.FulfilmentState{
	"FulfilmentAccepted": retail.FulfilmentAccepted, "FulfilmentPicking": retail.FulfilmentPicking,
	"PickupReady": retail.FulfilmentReady, "ShipmentPacked": retail.FulfilmentPacked,
	"PickupExpired": retail.FulfilmentNoShow, "PickupSupplied": retail.FulfilmentNew,
}

// undelivered are the states of a parcel that did not arrive, by the event of the last of it.
var undelivered = map[string]retail.FulfilmentState{
	"ShipmentLost": retail.FulfilmentLost, "ShipmentReturned": retail.FulfilmentReturned,
}

// ranks order the states of work: none is taken back.
var ranks = map[retail.FulfilmentState]int{
	retail.FulfilmentAwaiting: -1, retail.FulfilmentNew: 0, retail.FulfilmentAccepted: 1, retail.FulfilmentPicking: 2,
	retail.FulfilmentReady: 3, retail.FulfilmentPacked: 3,
	retail.FulfilmentCollected: 4, retail.FulfilmentShipped: 4, retail.FulfilmentNoShow: 4, retail.FulfilmentCancelled: 4,
	retail.FulfilmentRefused: 4, retail.FulfilmentRejected: 4,
	retail.FulfilmentDelivered: 5, retail.FulfilmentLost: 5, retail.FulfilmentReturned: 5,
}

func (a *audit) proveFulfilment(e entity, f retail.Fulfilment, acts []*act, lines []fulfilled) {
	_, name := toldAs(f.Key())
	causes := []string{name, retail.OrderPrefix + f.Order.String()}
	brought := false
	for _, line := range lines {
		if !line.transfer.IsZero() {
			causes, brought = append(causes, transferCause+line.transfer.String()), true
		}
	}
	if !a.proveActs(e, f.Version, acts, causes...) {
		return
	}
	versions, readable := bodies[retail.Fulfilment](a, acts)
	if !readable {
		return
	}
	for n, one := range acts {
		before := retail.Fulfilment{
			ID: f.ID, Location: f.Location, Order: f.Order, Method: f.Method, State: retail.FulfilmentNew, CodeCount: versions[0].CodeCount,
			PlacedAt: acts[0].recordedAt, PromisedAt: versions[0].PromisedAt,
		}
		if brought {
			before.State = retail.FulfilmentAwaiting
		}
		placed := one.kind == "FulfilmentPlaced"
		if n > 0 {
			before = versions[n-1]
		}
		if placed != (n == 0) || !fulfilmentFollows(before, versions[n], one) {
			a.broken("L1", e.table, e.text, "%s made version %d, which can't follow from version %d", one.kind, one.version, one.version-1)
			return
		}
		if h := one.header(); h.Kind == retail.KindHandover && one.headers[f.Location] == nil {
			a.broken("L1", e.table, e.text, "its handover %s is not in the book of its place", one.transaction)
		}
	}
}

// fulfilmentFollows tells whether a fulfilment may have become another version of itself by an act.
func fulfilmentFollows(before, after retail.Fulfilment, one *act) bool {
	as := before
	as.Version, as.RecordedAt, as.State, as.AttentionAt = one.version, one.recordedAt, after.State, after.AttentionAt
	stays := after.State == before.State
	right := false
	switch one.kind {
	case "FulfilmentPlaced":
		right = stays && (before.PromisedAt.IsZero() || before.Method == retail.PickUp)
	case "PickupCodeRenewed":
		as.CodeCount, as.Tries, right = before.CodeCount+1, 0, stays && before.Method == retail.PickUp
	case "PickupCodeRefused":
		as.Tries, right = before.Tries+1, stays && before.Method == retail.PickUp
	case "UnitsPicked":
		as.Picked = after.Picked
		right = after.State == retail.FulfilmentPicking && ranks[before.State] <= ranks[retail.FulfilmentPicking] && picks(before.Picked, after.Picked)
	case "UnitsPutAside":
		as.Picked = after.Picked
		right = stays && after.State == retail.FulfilmentPicking && picks(after.Picked, before.Picked) && len(after.Picked) == len(before.Picked)
	case "UnitsCollected", "ShipmentShipped":
		as.Proof, as.Collector, as.Carrier, as.Tracking = after.Proof, after.Collector, after.Carrier, after.Tracking
		right = before.Method == retail.PickUp
		if one.kind == "ShipmentShipped" {
			as.Parcels, as.Labels = after.Parcels, after.Labels
			right = before.Method == retail.Ship && after.Collector == retail.Collector{} && parcelsFollow(before, after, one) &&
				labelUsed(before, after)
		}
		right = right && (stays || after.State == handedOver(after))
	case "FulfilmentCancelled":
		right = !stays && (after.State == retail.FulfilmentCancelled || after.State == handedOver(before))
	case "FulfilmentRejected":
		right = !stays && ranks[before.State] < ranks[retail.FulfilmentRejected] &&
			(after.State == retail.FulfilmentRejected || after.State == handedOver(before))
	case "LabelAsked", "LabelIssued", "LabelDeclined", "LabelVoided", "LabelGivenUp":
		as.Labels = after.Labels
		right = stays && labelsFollow(before, after, one)
	case "ShipmentTracked":
		as.Parcels = after.Parcels
		right = stays && parcelsFollow(before, after, one)
	case "ShipmentDelivered", "ShipmentLost", "ShipmentReturned": // of a parcel, while others wait or the carrier has them, or of the last
		as.Parcels = after.Parcels
		waits := before.State == retail.FulfilmentPacked && stays
		right = parcelsFollow(before, after, one) && (waits || before.State == retail.FulfilmentShipped && after.State == handedOver(after))
	case "PickupRefused":
		waited := before.Method == retail.PickUp && before.State == retail.FulfilmentReady && one.recordedAt.Before(before.ExpiresAt)
		right = waited && (after.State == retail.FulfilmentRefused || after.State == retail.FulfilmentCollected)
	case "PickupExtended":
		as.ExpiresAt = after.ExpiresAt
		right = stays && before.State == retail.FulfilmentReady && one.recordedAt.Before(before.ExpiresAt) &&
			after.ExpiresAt.After(before.ExpiresAt)
	default:
		right = after.State == worked[one.kind] && ranks[after.State] > ranks[before.State]
	}
	if one.kind == "PickupReady" {
		as.ExpiresAt = after.ExpiresAt
		right = right && after.ExpiresAt.After(one.recordedAt)
	}
	if one.kind == "PickupExpired" {
		right = right && !one.recordedAt.Before(before.ExpiresAt)
	}
	return right && attended(before, after) && alike(reflect.ValueOf(as), reflect.ValueOf(after))
}

// proveFulfilments proves that the lines of an order that were not carried out have their fulfilments (L1).
func (a *audit) proveFulfilments(e entity, order retail.Order, found map[retail.Key]retail.Row) {
	for _, line := range order.Lines {
		if line.Fulfilment.IsZero() {
			continue
		}
		f, there := found[retail.FulfilmentKey(line.Location, line.Fulfilment)].(retail.Fulfilment)
		if !there || f.Order != order.ID || f.Method != line.Method {
			a.broken("L1", orderLines, fmt.Sprintf("%s/%d", e.text, line.Line), "its fulfilment %s is not there, or another order's",
				line.Fulfilment)
		}
	}
}
