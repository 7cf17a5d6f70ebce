package postgres

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// carried are the states of what was given to a carrier: it is the first of them that any of its parcels is.
var carried = []retail.FulfilmentState{retail.FulfilmentShipped, retail.FulfilmentDelivered, retail.FulfilmentLost, retail.FulfilmentReturned}

// carriedState is the state of a shipment of which nothing is open and something left, by its parcels.
func carriedState(parcels []retail.Parcel) retail.FulfilmentState {
	for _, state := range carried {
		if slices.ContainsFunc(parcels, func(p retail.Parcel) bool { return p.State == state }) {
			return state
		}
	}
	return retail.FulfilmentShipped
}

// proveParcels proves that what left of a shipment is what is in its parcels, that no more of a line did not arrive than came back of it,
// and that the shipment is as its parcels are (L5).
func (a *audit) proveParcels(e entity, f retail.Fulfilment, lines []fulfilled) {
	if len(f.Parcels) == 0 { // it left in one before they were written down, or not at all
		return
	}
	packed, missed := map[int32]int64{}, map[int32]int64{}
	for n, p := range f.Parcels {
		left := int64(0)
		for _, u := range p.Units {
			packed[u.Line], missed[u.Line] = packed[u.Line]+u.Units, missed[u.Line]+u.Undelivered
			left += u.Units - u.Undelivered
			if u.Units < 1 || u.Undelivered < 0 || u.Undelivered > u.Units {
				a.broken("L5", e.table, e.text, "of line %d %d units are in parcel %d, and %d did not arrive", u.Line, u.Units, n+1, u.Undelivered)
			}
		}
		failed := p.State == retail.FulfilmentLost || p.State == retail.FulfilmentReturned
		if !slices.Contains(carried, p.State) || len(p.Units) > 0 && left == 0 && !failed {
			a.broken("L5", e.table, e.text, "parcel %d is %s, and %d units of it may have arrived", n+1, p.State, left)
		}
	}
	open := int64(0)
	for _, line := range lines {
		open += line.open
		units, failed := packed[line.line], missed[line.line]
		delete(packed, line.line)
		if line.sku == "" && units > 0 || line.sku != "" && units != line.handed || failed > line.returned {
			a.broken("L5", e.table, e.text, "%d units of line %d are in parcels, of which %d did not arrive; %d left, and %d came back",
				units, line.line, failed, line.handed, line.returned)
		}
	}
	if len(packed) > 0 || f.Method != retail.Ship {
		a.broken("L1", e.table, e.text, "%v are in its parcels, and are not of it", packed)
	}
	if state := carriedState(f.Parcels); open == 0 && f.State != state {
		a.broken("L5", e.table, e.text, "it is %s, and by its parcels it is %s", f.State, state)
	}
}

// parcelsFollow tells whether the parcels of a shipment may have become others by an act.
func parcelsFollow(before, after retail.Fulfilment, one *act) bool {
	was, is := before.Parcels, after.Parcels
	if len(was) == 0 && slices.Contains(carried, before.State) && len(is) == 1 { // it left in one before they were written down
		units := slices.Clone(is[0].Units)
		for i := range units {
			units[i].Undelivered = 0
		}
		was = []retail.Parcel{{
			State: before.State, Carrier: before.Carrier, Tracking: before.Tracking, Units: units, RecordedAt: before.RecordedAt,
		}}
	}
	told, ok := one.parcel()
	if !ok {
		return false
	}
	if one.kind == "ShipmentShipped" {
		if told != 0 && told != len(is) || len(is) != len(was)+1 || !alike(reflect.ValueOf(was), reflect.ValueOf(is[:len(was)])) {
			return false
		}
		sent, units := is[len(was)], int64(0)
		for _, u := range sent.Units {
			units += u.Units
		}
		return units == one.given(after.Location) && sent.State == retail.FulfilmentShipped && sent.Carrier == after.Carrier && sent.Tracking == after.Tracking &&
			sent.RecordedAt.Equal(one.recordedAt) && !slices.ContainsFunc(sent.Units, func(u retail.ParcelUnits) bool { return u.Undelivered != 0 })
	}
	changed := 0
	for n := range is {
		if len(was) == len(is) && !alike(reflect.ValueOf(was[n]), reflect.ValueOf(is[n])) {
			if changed++; told != 0 && told != n+1 || !parcelFollows(was[n], is[n], after.Location, one) {
				return false
			}
		}
	}
	// What is told again in the same batch changes nothing, not even when it was last heard of.
	return len(was) == len(is) && told <= len(is) && (changed == 1 || changed == 0 && one.kind == "ShipmentTracked")
}

// parcel is the number of the parcel that the act was of, as others were told; 0: before that was told, nobody was.
func (one *act) parcel() (number int, readable bool) {
	var told struct {
		Parcel *int `json:"parcel"`
	}
	if err := json.Unmarshal(one.body, &told); err != nil || told.Parcel != nil && *told.Parcel < 1 {
		return 0, false
	}
	if told.Parcel == nil {
		return 0, true
	}
	return *told.Parcel, true
}

// silence is how long a carrier may say nothing of a parcel before somebody asks it.
const silence = 5 * 24 * time.Hour

// attended tells whether a shipment says when somebody should look after what a carrier has of it: as soon as something is wrong with a parcel,
// or once nothing was heard of one for long. Before that was written down, none did.
func attended(before, after retail.Fulfilment) bool {
	if before.AttentionAt.IsZero() && after.AttentionAt.IsZero() {
		return true
	}
	var first time.Time
	for _, p := range after.Parcels {
		if p.State != retail.FulfilmentShipped {
			continue
		}
		due, wrong, back := p.ShippedAt, false, false
		if due.IsZero() {
			due = p.RecordedAt
		}
		for n, e := range p.Trail {
			if e.At.After(due) {
				due = e.At
			}
			back = back || e.Status == retail.TrackingReturned
			if n == len(p.Trail)-1 {
				wrong = e.Status == retail.TrackingException || e.Status == retail.TrackingReturned || e.Status == retail.TrackingLost ||
					e.Status == retail.TrackingDelivered && back
			}
		}
		if !wrong {
			due = due.Add(silence)
		}
		if first.IsZero() || due.Before(first) {
			first = due
		}
	}
	return after.AttentionAt.Equal(first)
}

// given is how many units customers were given by the act out of a place's book, less those that came back.
func (one *act) given(place string) (units int64) {
	h := one.headers[place]
	if h == nil {
		return 0
	}
	for _, entry := range h.Entries {
		switch retail.Customer {
		case entry.To:
			units += entry.Quantity
		case entry.From:
			units -= entry.Quantity
		}
	}
	return units
}

// trailMax is how many events are kept of a parcel.
const trailMax = 100

// trailFollows tells whether what a carrier says of a parcel is in the order in which it happened, each once, and nothing that it said before
// is gone or says something else, as far as so much is kept.
func trailFollows(was, is []retail.TrackingEvent) bool {
	kept := map[string]retail.TrackingEvent{}
	for n, e := range is {
		if _, twice := kept[e.ID]; twice || n > 0 && e.At.Before(is[n-1].At) {
			return false
		}
		kept[e.ID] = e
	}
	for _, e := range was {
		now, there := kept[e.ID]
		if !there && len(is) < trailMax || there && !alike(reflect.ValueOf(e), reflect.ValueOf(now)) {
			return false
		}
	}
	return len(is) <= trailMax
}

// parcelFollows tells whether a parcel that the carrier has may have become another version of itself by an act.
func parcelFollows(was, is retail.Parcel, place string, one *act) bool {
	as, more := was, int64(0)
	if one.kind == "ShipmentTracked" || one.kind == "ShipmentDelivered" {
		as.Trail = is.Trail
		if !trailFollows(was.Trail, is.Trail) {
			return false
		}
	}
	if one.kind == "ShipmentTracked" {
		as.RecordedAt = one.recordedAt
		return alike(reflect.ValueOf(as), reflect.ValueOf(is))
	}
	if was.State != retail.FulfilmentShipped || len(was.Units) != len(is.Units) {
		return false
	}
	as.State, as.RecordedAt, as.Units = is.State, one.recordedAt, slices.Clone(was.Units)
	if one.kind == "ShipmentDelivered" {
		return is.State == retail.FulfilmentDelivered && alike(reflect.ValueOf(as), reflect.ValueOf(is))
	}
	for i, u := range is.Units {
		if u.Undelivered < was.Units[i].Undelivered {
			return false
		}
		as.Units[i].Undelivered = u.Undelivered
		more += u.Undelivered - was.Units[i].Undelivered
	}
	return more == -one.given(place) && (is.State == was.State || is.State == undelivered[one.kind]) && alike(reflect.ValueOf(as), reflect.ValueOf(is))
}
