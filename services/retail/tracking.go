package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// TrackingStatus is what a carrier says of a parcel, in the words of the field.
type TrackingStatus string

// The statuses.
const (
	TrackingLabelled  TrackingStatus = "LABEL_CREATED" // it has a label, and nobody has it yet
	TrackingInTransit TrackingStatus = "IN_TRANSIT"
	TrackingOut       TrackingStatus = "OUT_FOR_DELIVERY"
	TrackingDelivered TrackingStatus = "DELIVERED"
	TrackingException TrackingStatus = "EXCEPTION" // something is wrong with it: the address, the customs, its box
	TrackingReturned  TrackingStatus = "RETURNED"  // it goes back to where it was sent from, or is there
	TrackingLost      TrackingStatus = "LOST"
)

// trailMax is how many events are kept of a parcel, the latest of them.
const trailMax = 100

// trackedAhead is how far a carrier's clock may be ahead of ours.
const trackedAhead = 24 * time.Hour

// TrackingEvent is what a carrier says of a parcel.
type TrackingEvent struct {
	// ID is the carrier's own, one for each event of a parcel.
	ID     string         `json:"id"`
	Status TrackingStatus `json:"status"`
	// At is when it happened, as the carrier says.
	At time.Time `json:"at"`
	// Place and Text are what it says of it, to be read.
	Place string `json:"place,omitempty"`
	Text  string `json:"text,omitempty"`
}

// Attention tells whether somebody should see what is wrong with a parcel: what the carrier said of it last is no step to whom it is for. It
// moves neither units nor money by itself; whoever has asked the carrier loses it or takes it back.
func (p Parcel) Attention() bool {
	if p.State != FulfilmentShipped || len(p.Trail) == 0 {
		return false
	}
	last := len(p.Trail) - 1
	return slices.Contains([]TrackingStatus{TrackingException, TrackingReturned, TrackingLost}, p.Trail[last].Status) || p.home(last)
}

// home tells whether an event says that a parcel arrived which went back before: where it was sent from, as carriers say it, and not where it
// was sent to.
func (p Parcel) home(at int) bool {
	return p.Trail[at].Status == TrackingDelivered &&
		slices.ContainsFunc(p.Trail[:at], func(e TrackingEvent) bool { return e.Status == TrackingReturned })
}

// TrackParcel notes what a carrier says of a parcel, in whichever order it is told and however often: what is known changes nothing. That it was
// delivered is believed, unless it went back before.
type TrackParcel struct {
	Work
	// Parcel is the number of it; 0: the only one that the carrier has, or that there is.
	Parcel int32
	Events []TrackingEvent
}

// Decide refuses what no carrier ever had, and what is yet to come.
func (c TrackParcel) Decide(s State, now time.Time) (Change, Worked, error) {
	f, order, err := c.on(s)
	if err != nil {
		return Change{}, Worked{}, err
	}
	f, at, err := f.tracked(order, c.Parcel, now)
	if err != nil {
		return Change{}, Worked{}, err
	}
	for i, e := range c.Events {
		if e.At.Sub(now) > trackedAhead {
			return Change{}, Worked{}, RefuseField(InvalidRequest, fmt.Sprintf("events[%d].time", i), "is more than %s ahead", trackedAhead)
		}
	}
	p := &f.Parcels[at]
	isNews, arrived := p.note(c.Events)
	if !isNews {
		return Change{}, Worked{f, order}, ErrUnchanged
	}
	// Nothing below this line can fail.
	p.RecordedAt = now
	if !arrived {
		return c.doneParcel(f, at, order, now, "ShipmentTracked")
	}
	p.State = FulfilmentDelivered
	f.State = f.handed(order.opens(f.ID))
	return c.doneParcel(f, at, order, now, workEvents[FulfilmentDelivered])
}

// tracked returns the shipment with its parcels, and where the one stands that is meant. What became of one is told however long after.
func (f Fulfilment) tracked(order Order, number int32, now time.Time) (Fulfilment, int, error) {
	parcels := f.Sent(order)
	if number == 0 && len(parcels) == 1 {
		number = 1
	}
	if number == 0 || len(parcels) == 0 {
		return f.onItsWay(order, number, now)
	}
	if int(number) > len(parcels) || number < 0 {
		return f, 0, RefuseField(InvalidRequest, "parcel", "there is no parcel %d", number)
	}
	f.Parcels = slices.Clone(parcels)
	return f, int(number) - 1, nil
}

// note adds to the trail what was not told before, in the order in which it happened. It returns whether there is any such that is kept or believed,
// and whether a parcel that the carrier has arrived by it.
func (p *Parcel) note(events []TrackingEvent) (isNews, arrived bool) {
	p.Trail = slices.Clone(p.Trail)
	var told []string
	for _, e := range events {
		if slices.ContainsFunc(p.Trail, func(known TrackingEvent) bool { return known.ID == e.ID }) {
			continue
		}
		e.At = e.At.Truncate(time.Microsecond)
		p.Trail = append(p.Trail, e)
		told = append(told, e.ID)
	}
	slices.SortFunc(p.Trail, func(a, b TrackingEvent) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	forgotten := max(0, len(p.Trail)-trailMax)
	for at, e := range p.Trail {
		if !slices.Contains(told, e.ID) {
			continue
		}
		isNews = isNews || at >= forgotten
		arrived = arrived || p.State == FulfilmentShipped && e.Status == TrackingDelivered && !p.home(at)
	}
	p.Trail = p.Trail[forgotten:]
	return isNews || arrived, arrived
}
