package retail

import (
	"fmt"
	"slices"
	"time"
)

// parcelsMax is how many parcels a shipment goes in: the last takes all that is left.
const parcelsMax = 100

// parcelSilence is how long a carrier may say nothing of a parcel before somebody asks it.
const parcelSilence = 5 * 24 * time.Hour

// ParcelPresumed is how long, after somebody should have asked, a parcel is looked after of which no carrier ever said anything: thirty days after
// it left it is taken for delivered by whoever looks at what is on its way. Its state stays as it is, and nothing is told. SeveralPresumed is the same
// for a shipment of several parcels, after its last step.
const (
	ParcelPresumed  = 30*24*time.Hour - parcelSilence
	SeveralPresumed = 30 * 24 * time.Hour
)

// Parcel is what a carrier was given at once of a shipment. The parcels of a shipment are numbered from 1, as they left.
type Parcel struct {
	// State is SHIPPED, and then DELIVERED, LOST or RETURNED_TO_SENDER.
	State FulfilmentState `json:"state"`
	// Carrier and Tracking say who has it.
	Carrier  string `json:"carrier,omitempty"`
	Tracking string `json:"tracking,omitempty"`
	// Units are the goods in it. What is charged for beside goods, such as their delivery, is in none.
	Units []ParcelUnits `json:"units,omitempty"`
	// ShippedAt is when it left the shop; zero: nobody wrote it down.
	ShippedAt time.Time `json:"shipped_at,omitzero"`
	// RecordedAt is when it was last heard of.
	RecordedAt time.Time `json:"recorded_at"`
	// Trail is what the carrier says of it, in the order in which it happened.
	Trail []TrackingEvent `json:"trail,omitempty"`
	// Label is the one that is on it; zero: none of ours.
	Label ID `json:"label,omitzero"`
}

// AttentionAt is when somebody should ask the carrier for a parcel that it has: when it said what is wrong, or once nothing was heard of it for
// parcelSilence, by when things happened, so that what is told again is no news. Zero: nobody should, the carrier does not have it.
func (p Parcel) AttentionAt() time.Time {
	if p.State != FulfilmentShipped {
		return time.Time{}
	}
	heard := p.ShippedAt
	if heard.IsZero() {
		heard = p.RecordedAt
	}
	if n := len(p.Trail); n > 0 && p.Trail[n-1].At.After(heard) {
		heard = p.Trail[n-1].At
	}
	if p.Attention() {
		return heard
	}
	return heard.Add(parcelSilence)
}

// attentionAt is the first of its parcels'.
func (f Fulfilment) attentionAt() (first time.Time) {
	for _, p := range f.Parcels {
		if at := p.AttentionAt(); first.IsZero() || !at.IsZero() && at.Before(first) {
			first = at
		}
	}
	return first
}

// presumed tells whether nobody looks any more after what carriers have of a shipment: they never said anything of it, and it is long ago that it
// left. What a carrier spoke of stays until that ends, or somebody ends it.
func (f Fulfilment) presumed(now time.Time) bool {
	if slices.ContainsFunc(f.Parcels, func(p Parcel) bool { return len(p.Trail) > 0 }) || now.Sub(f.attention()) < ParcelPresumed {
		return false
	}
	return len(f.Parcels) <= 1 || now.Sub(f.RecordedAt) >= SeveralPresumed
}

// ParcelTold is what others are told of an act that is of one parcel of a shipment.
type ParcelTold struct {
	Fulfilment
	// Parcel is its number.
	Parcel int32 `json:"parcel"`
}

// ParcelUnits are the units of one line in a parcel.
type ParcelUnits struct {
	Line  int32 `json:"line"`
	Units int64 `json:"units"`
	// Undelivered are those of them that were lost or came back on the way.
	Undelivered int64 `json:"undelivered,omitempty"`
}

// Sent are the parcels of a shipment. One that left when parcels were not written down went in a single one.
func (f Fulfilment) Sent(order Order) []Parcel {
	if len(f.Parcels) > 0 || f.Method != Ship || !f.State.carried() {
		return f.Parcels
	}
	parcel := Parcel{State: f.State, Carrier: f.Carrier, Tracking: f.Tracking, RecordedAt: f.RecordedAt}
	for _, line := range order.Lines {
		if line.Fulfilment == f.ID && line.SKU != "" && line.Fulfilled > 0 {
			parcel.Units = append(parcel.Units, ParcelUnits{Line: line.Line, Units: line.Fulfilled})
		}
	}
	return []Parcel{parcel}
}

// carried tells whether something is, or was, with a carrier, and nothing waits for one.
func (s FulfilmentState) carried() bool {
	return slices.Contains([]FulfilmentState{FulfilmentShipped, FulfilmentDelivered, FulfilmentLost, FulfilmentReturned}, s)
}

// parcelOf is what leaves now.
func (c HandOver) parcelOf(order Order, units []UnitCount, at, now time.Time) Parcel {
	parcel := Parcel{State: FulfilmentShipped, Carrier: c.Carrier, Tracking: c.Tracking, ShippedAt: at, RecordedAt: now, Label: c.Label}
	for _, u := range units {
		if order.Lines[u.Line-1].SKU != "" {
			parcel.Units = append(parcel.Units, ParcelUnits{Line: u.Line, Units: u.Units})
		}
	}
	return parcel
}

// mayLeave refuses one parcel too many.
func (f Fulfilment) mayLeave(order Order, units []UnitCount) error {
	if len(f.Parcels) >= parcelsMax-1 && order.without(units).opens(f.ID) {
		return RefuseField(InvalidRequest, "lines", "it went in %d parcels; one more takes all that is left", len(f.Parcels))
	}
	return nil
}

// handed is the state of a fulfilment of which some was handed over, and something is open or not. A shipment is with the carrier as long
// as a parcel of it is; it was delivered if one was, or else lost if one was.
func (f Fulfilment) handed(opens bool) FulfilmentState {
	if opens {
		return f.State
	}
	if f.Method == PickUp {
		return FulfilmentCollected
	}
	for _, state := range []FulfilmentState{FulfilmentShipped, FulfilmentDelivered, FulfilmentLost, FulfilmentReturned} {
		if slices.ContainsFunc(f.Parcels, func(p Parcel) bool { return p.State == state }) {
			return state
		}
	}
	return FulfilmentShipped
}

// onItsWay returns the shipment with its parcels, and where the one stands that the carrier has and that is meant: by its number, or with 0
// the only one. It refuses what the carrier does not have.
func (f Fulfilment) onItsWay(order Order, number int32, now time.Time) (Fulfilment, int, error) {
	f.Parcels = slices.Clone(f.Sent(order))
	var with []int
	for at, p := range f.Parcels {
		if p.State == FulfilmentShipped {
			with = append(with, at)
		}
	}
	if len(with) == 0 {
		if err := f.ended(now); err != nil {
			return f, 0, err
		}
		if err := f.MustBe(Ship); err != nil {
			return f, 0, err
		}
		return f, 0, Refuse(FulfilmentStep, "no carrier has anything of a shipment that is %s", f.State).With("state", f.State)
	}
	at := int(number) - 1
	switch {
	case number == 0 && len(with) > 1:
		return f, 0, RefuseField(InvalidRequest, "parcel", "the carrier has %d parcels of it; which is it?", len(with))
	case number == 0:
		at = with[0]
	case at < 0 || at >= len(f.Parcels):
		return f, 0, RefuseField(InvalidRequest, "parcel", "there is no parcel %d", number)
	case f.Parcels[at].State != FulfilmentShipped:
		return f, 0, RefuseField(FulfilmentStep, "parcel", "parcel %d is %s", number, f.Parcels[at].State).With("state", f.Parcels[at].State)
	}
	f.Parcels[at].Units = slices.Clone(f.Parcels[at].Units)
	return f, at, nil
}

// left are the goods of a parcel that may still arrive, to be looked at if they do not. What the customer brought back arrived, in
// whichever parcel it was.
func (p Parcel) left(order Order) (items []ReturnItem) {
	for _, u := range p.Units {
		line := order.Lines[u.Line-1]
		if units := min(u.Units-u.Undelivered, line.Fulfilled-line.Returned); units > 0 {
			items = append(items, ReturnItem{Line: u.Line, Units: units, Disposition: Undecided})
		}
	}
	return items
}

// miss takes goods out of the parcel that do not arrive, which are in it.
func (p *Parcel) miss(items []ReturnItem) {
	for _, item := range items {
		if at := slices.IndexFunc(p.Units, func(u ParcelUnits) bool { return u.Line == item.Line }); at >= 0 {
			p.Units[at].Undelivered += item.Units
		}
	}
}

// has refuses goods that are not in the parcel, and more than may still arrive.
func (p Parcel) has(order Order, items []ReturnItem) error {
	left := map[int32]int64{}
	for _, item := range p.left(order) {
		left[item.Line] = item.Units
	}
	for i, item := range items {
		if order.Lines[order.line(item.Line)].SKU == "" {
			continue
		}
		if left[item.Line] -= item.Units; left[item.Line] < 0 {
			return RefuseField(ReturnTooLarge, fmt.Sprintf("lines[%d].quantity", i), "%d of line %d are not in the parcel any more", item.Units, item.Line).
				With("left", left[item.Line]+item.Units)
		}
	}
	return nil
}

// deliver ends the way of a parcel.
func (c AdvanceFulfilment) deliver(f Fulfilment, order Order, now time.Time) (Change, Worked, error) {
	f, at, err := f.onItsWay(order, c.Parcel, now)
	if err != nil {
		return Change{}, Worked{}, err
	}
	// Nothing below this line can fail.
	f.Parcels[at].State, f.Parcels[at].RecordedAt = FulfilmentDelivered, now
	f.State = f.handed(order.opens(f.ID))
	return c.doneParcel(f, at, order, now, workEvents[c.To])
}

// doneParcel tells of a step of one parcel.
func (w Work) doneParcel(f Fulfilment, at int, order Order, now time.Time, event string) (Change, Worked, error) {
	change, f := f.worked(w.Transaction, now, event)
	change.Events[0].Body = ParcelTold{f, int32(at + 1)}
	return change, Worked{f, order}, nil
}
