package retail

import (
	"fmt"
	"slices"
	"time"
)

// FulfilmentState is how far the handing over of goods has come.
type FulfilmentState string

// The states of a fulfilment. A pickup waits for what another place brings, if one does. It goes from NEW by READY to COLLECTED, a shipment from NEW by PACKED to SHIPPED and
// DELIVERED; steps between may be left out, and none is taken back.
const (
	FulfilmentAwaiting  FulfilmentState = "AWAITING_TRANSFER" // another place of ours brings what is to be collected
	FulfilmentNew       FulfilmentState = "NEW"
	FulfilmentAccepted  FulfilmentState = "ACCEPTED" // the place has seen it and will do it
	FulfilmentPicking   FulfilmentState = "PICKING"  // somebody is fetching the goods
	FulfilmentReady     FulfilmentState = "READY"    // the shopper may come
	FulfilmentCollected FulfilmentState = "COLLECTED"
	FulfilmentPacked    FulfilmentState = "PACKED"  // the carrier may come
	FulfilmentShipped   FulfilmentState = "SHIPPED" // the carrier has it
	FulfilmentDelivered FulfilmentState = "DELIVERED"
	FulfilmentNoShow    FulfilmentState = "EXPIRED_NO_SHOW" // nobody came in time
	FulfilmentCancelled FulfilmentState = "CANCELLED"
	FulfilmentRefused   FulfilmentState = "REFUSED_BY_CUSTOMER" // the shopper saw it and did not want it
	FulfilmentRejected  FulfilmentState = "REJECTED"            // the place did not have what it had promised
	FulfilmentLost      FulfilmentState = "LOST"                // the carrier can't find it
	FulfilmentReturned  FulfilmentState = "RETURNED_TO_SENDER"  // the carrier brought it back
)

// steps are the states that work moves a fulfilment through, in order. Handing over, cancelling and expiring are acts of their
// own.
var steps = map[Method][]FulfilmentState{
	PickUp: {FulfilmentNew, FulfilmentAccepted, FulfilmentPicking, FulfilmentReady},
	Ship:   {FulfilmentNew, FulfilmentAccepted, FulfilmentPicking, FulfilmentPacked},
}

// Ready is the state in which goods can be handed over by the method.
func (m Method) Ready() FulfilmentState {
	if m == Ship {
		return FulfilmentPacked
	}
	return FulfilmentReady
}

// codeTries is how many wrong codes a pickup takes before only a new code opens it. Six digits and five tries leave a guesser
// one chance in 200,000.
const codeTries = 5

// Fulfilment is the handing over of some lines of an order, by one method from one location. Which units are open stands on the
// lines.
type Fulfilment struct {
	ID       ID              `json:"id"`
	Location string          `json:"location"`
	Order    ID              `json:"order"`
	Method   Method          `json:"method"`
	State    FulfilmentState `json:"state"`
	// ExpiresAt is until when a pickup that is READY is kept; zero before.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// Carrier and Tracking say who has the last parcel of a shipment.
	Carrier  string `json:"carrier,omitempty"`
	Tracking string `json:"tracking,omitempty"`
	// CodeCount counts the pickup codes that were made for it, of which the last opens it; Tries counts wrong ones since.
	CodeCount int32 `json:"code_count"`
	Tries     int32 `json:"tries"`
	// Proof is what was noted when it was handed over, for example who came.
	Proof      string    `json:"proof,omitempty"`
	PlacedAt   time.Time `json:"placed_at"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
	// PromisedAt is when a pickup was promised to be ready, fixed when it was ordered; zero: nothing was promised.
	PromisedAt time.Time `json:"promised_at,omitzero"`
	// Picked is what was fetched of its lines; none: nobody says so by line.
	Picked []Picked `json:"picked,omitempty"`
	// Collector is who took it away, the last time that some of it was.
	Collector Collector `json:"collector,omitzero"`
	// Parcels are what carriers were given of a shipment, as it left.
	Parcels []Parcel `json:"parcels,omitempty"`
	// Labels are what carriers were asked to carry of a shipment, in the order in which they were.
	Labels []Label `json:"labels,omitempty"`
	// AttentionAt is when somebody should look after what a carrier has of it; zero: no carrier has anything, or it last moved before that was
	// written down.
	AttentionAt time.Time `json:"attention_at,omitzero"`
}

// FulfilmentKey names a fulfilment at its location.
func FulfilmentKey(location string, id ID) Key {
	return Key{Table: TableFulfilments, Place: location, ID: id}
}

// Key names the fulfilment.
func (f Fulfilment) Key() Key { return FulfilmentKey(f.Location, f.ID) }

// LastRecorded is when it last moved.
func (f Fulfilment) LastRecorded() time.Time { return f.RecordedAt }

func (f Fulfilment) subject() string { return "fulfilment/" + f.ID.String() }

// Expired tells whether a pickup waited too long, swept or not.
func (f Fulfilment) Expired(now time.Time) bool {
	return f.State == FulfilmentReady && !now.Before(f.ExpiresAt)
}

// At returns the fulfilment as it is at an instant.
func (f Fulfilment) At(now time.Time) Fulfilment {
	if f.Expired(now) {
		f.State = FulfilmentNoShow
	}
	return f
}

// Late tells whether the place has not done by an instant what was promised by then, or should have looked by then after what a carrier has.
// What is ready is not late any more.
func (f Fulfilment) Late(now time.Time) bool {
	if f.OnTheWay() && !now.Before(f.attention()) && !f.presumed(now) {
		return true
	}
	todo := f.State == FulfilmentAwaiting || slices.Contains(steps[f.Method], f.State)
	return todo && f.State != f.Method.Ready() && !f.PromisedAt.IsZero() && !now.Before(f.PromisedAt)
}

// OnTheWay tells whether a carrier has something of it.
func (f Fulfilment) OnTheWay() bool { return f.State == FulfilmentShipped || !f.AttentionAt.IsZero() }

// attention is AttentionAt, or where that was not written down, when it last moved.
func (f Fulfilment) attention() time.Time {
	if f.AttentionAt.IsZero() {
		return f.RecordedAt
	}
	return f.AttentionAt
}

// WorkList is one of the lists of the work of a place.
type WorkList string

// The lists of work.
const (
	WorkPlaced   WorkList = ""           // what is to be handed over, by when it was ordered
	WorkPromised WorkList = "promised"   // the same, by when it is promised
	WorkOnTheWay WorkList = "on_the_way" // what a carrier has something of, by when somebody should look after it
)

// WorkMark is where a page of a list of the work of a place ended: at a fulfilment, by the time that the list is ordered by.
type WorkMark struct {
	At   time.Time `json:"at"`
	ID   ID        `json:"id"`
	List WorkList  `json:"list,omitempty"`
}

// Mark is where the fulfilment stands in a list of the work of its place. What is promised for no time stands there by when it was ordered.
func (f Fulfilment) Mark(list WorkList) WorkMark {
	switch {
	case list == WorkOnTheWay:
		return WorkMark{f.attention(), f.ID, list}
	case list == WorkPromised && !f.PromisedAt.IsZero():
		return WorkMark{f.PromisedAt, f.ID, list}
	}
	return WorkMark{f.PlacedAt, f.ID, list}
}

// CodeText is what a QR code says of a pickup that a code opens: it names the pickup too, so that a desk finds it by scanning.
func (f Fulfilment) CodeText(code string) string {
	return fmt.Sprintf("aisle:pickup:%s:%s:%s", f.Location, f.ID, code)
}

// CodeLocked tells whether too many wrong codes were tried.
func (f Fulfilment) CodeLocked() bool { return f.Tries >= codeTries }

// ended refuses what can't be done any more because the fulfilment has ended.
func (f Fulfilment) ended(now time.Time) error {
	switch f.At(now).State {
	case FulfilmentCollected:
		return Refuse(AlreadyCollected, "it was collected before")
	case FulfilmentShipped, FulfilmentDelivered:
		return Refuse(AlreadyHandedOver, "the carrier has it")
	case FulfilmentNoShow:
		return Refuse(PickupExpired, "it was kept until %s", f.ExpiresAt.Format(time.RFC3339))
	case FulfilmentCancelled:
		return Refuse(FulfilmentEnded, "it was cancelled")
	case FulfilmentRefused:
		return Refuse(FulfilmentEnded, "the customer did not want it")
	case FulfilmentRejected:
		return Refuse(FulfilmentEnded, "its units were not to be had")
	case FulfilmentLost:
		return Refuse(FulfilmentEnded, "the carrier lost it")
	case FulfilmentReturned:
		return Refuse(FulfilmentEnded, "the carrier brought it back")
	}
	return nil
}

// MustBe refuses a fulfilment of the other method, which never changes.
func (f Fulfilment) MustBe(method Method) error {
	if f.Method != method {
		return Refuse(FulfilmentStep, "it is a %s, and not a %s", f.Method, method).With("state", f.State)
	}
	return nil
}

func lookupFulfilment(s State, location string, id ID) (Fulfilment, error) {
	f, found := lookup[Fulfilment](s, FulfilmentKey(location, id))
	if !found {
		return f, Refuse(UnknownFulfilment, "there is no fulfilment %s at %s", id, location)
	}
	return f, nil
}

// Work is what one step does to a fulfilment.
type Work struct {
	Fulfilment  ID
	Transaction ID
	Location    string
	// Order is the fulfilment's, which never changes.
	Order ID
}

// Worked is a fulfilment after a step, with its order as it was then: a copy of the request is answered by it too.
type Worked struct {
	Fulfilment Fulfilment `json:"fulfilment"`
	Order      Order      `json:"order"`
}

// Keys are the fulfilment and its order.
func (w Work) Keys() []Key {
	return []Key{OrderKey(w.Order), FulfilmentKey(w.Location, w.Fulfilment)}
}

// on returns the fulfilment and its order.
func (w Work) on(s State) (Fulfilment, Order, error) {
	f, err := lookupFulfilment(s, w.Location, w.Fulfilment)
	if err != nil {
		return f, Order{}, err
	}
	order, found := lookup[Order](s, OrderKey(w.Order))
	if !found || f.Order != order.ID {
		return f, order, ErrStale
	}
	return f, order, nil
}

// done tells of a step.
func (w Work) done(f Fulfilment, order Order, now time.Time, event string) (Change, Worked, error) {
	change, f := f.worked(w.Transaction, now, event)
	return change, Worked{f, order}, nil
}

// AdvanceFulfilment moves the work on: accepted, picking, ready or packed, delivered.
type AdvanceFulfilment struct {
	Work
	To FulfilmentState
	// KeepFor is how long the place keeps a pickup that is ready.
	KeepFor time.Duration
	// Parcel is the number of the one that is delivered; 0: the only one that the carrier has.
	Parcel int32
}

// Decide refuses a step back, a step of the other method, any after the end, and to call ready what is half picked.
func (c AdvanceFulfilment) Decide(s State, now time.Time) (Change, Worked, error) {
	f, order, err := c.on(s)
	if err != nil {
		return Change{}, Worked{}, err
	}
	if c.To == FulfilmentDelivered {
		return c.deliver(f, order, now)
	}
	if err := f.ended(now); err != nil {
		return Change{}, Worked{}, err
	}
	if f.State == FulfilmentAwaiting {
		return Change{}, Worked{}, Refuse(FulfilmentStep, "what it hands over is not here yet: it is %s", f.State).With("state", f.State)
	}
	from, to := slices.Index(steps[f.Method], f.State), slices.Index(steps[f.Method], c.To)
	if to <= from {
		return Change{}, Worked{}, Refuse(FulfilmentStep, "a %s that is %s does not become %s", f.Method, f.State, c.To).
			With("state", f.State)
	}
	if c.To == f.Method.Ready() {
		if err := f.mustBePicked(order); err != nil {
			return Change{}, Worked{}, err
		}
	}
	// Nothing below this line can fail.
	f.State = c.To
	if c.To == FulfilmentReady {
		f.ExpiresAt = now.Add(c.KeepFor)
	}
	return c.done(f, order, now, workEvents[c.To])
}

// workEvents name what others are told of each step.
var workEvents = map[FulfilmentState]string{
	FulfilmentAccepted: "FulfilmentAccepted", FulfilmentPicking: "FulfilmentPicking", FulfilmentReady: "PickupReady",
	FulfilmentPacked: "ShipmentPacked", FulfilmentDelivered: "ShipmentDelivered",
}

// moved is a fulfilment in its next version.
func (f Fulfilment) moved(now time.Time) Fulfilment {
	f.Version++
	f.RecordedAt, f.AttentionAt = now, f.attentionAt()
	return f
}

// worked is the change of a fulfilment alone, which moves nothing in the ledger.
func (f Fulfilment) worked(transaction ID, now time.Time, event string) (Change, Fulfilment) {
	f = f.moved(now)
	return Change{
		ID: transaction, Kind: KindWork, Place: f.Location, Cause: f.subject(),
		Rows:   []Row{f},
		Events: []Event{{Kind: event, Shard: f.Location, Subject: f.subject(), Version: f.Version, Body: f}},
	}, f
}

// RenewCode makes a new pickup code, which opens a pickup that too many wrong ones have locked.
type RenewCode struct{ Work }

// Decide refuses what has ended, and what has no code.
func (c RenewCode) Decide(s State, now time.Time) (Change, Worked, error) {
	f, order, err := c.on(s)
	if err != nil {
		return Change{}, Worked{}, err
	}
	if err := f.ended(now); err != nil {
		return Change{}, Worked{}, err
	}
	if err := f.MustBe(PickUp); err != nil {
		return Change{}, Worked{}, err
	}
	// Nothing below this line can fail.
	f.CodeCount++
	f.Tries = 0
	return c.done(f, order, now, "PickupCodeRenewed")
}

// keptLongest is how far ahead a pickup that is ready may be kept: as long as a place may say that it keeps any.
const keptLongest = 90 * 24 * time.Hour

// ExtendPickup keeps a pickup that is ready for longer.
type ExtendPickup struct {
	Work
	// Until is when it expires then.
	Until time.Time
}

// Decide refuses what is not waiting for its shopper, an end that is not later than the one it has, and one too far ahead.
func (c ExtendPickup) Decide(s State, now time.Time) (Change, Worked, error) {
	f, order, err := c.on(s)
	if err != nil {
		return Change{}, Worked{}, err
	}
	if err := f.waits(now); err != nil {
		return Change{}, Worked{}, err
	}
	until := c.Until.Truncate(time.Microsecond)
	switch {
	case !until.After(f.ExpiresAt):
		return Change{}, Worked{}, RefuseField(InvalidRequest, "keep_until", "it is kept until %s anyway", f.ExpiresAt.Format(time.RFC3339))
	case until.Sub(now) > keptLongest:
		return Change{}, Worked{}, RefuseField(InvalidRequest, "keep_until", "is more than %d days ahead", keptLongest/(24*time.Hour))
	}
	// Nothing below this line can fail.
	f.ExpiresAt = until
	return c.done(f, order, now, "PickupExtended")
}

// waits refuses what is not a pickup that waits for its shopper.
func (f Fulfilment) waits(now time.Time) error {
	if err := f.ended(now); err != nil {
		return err
	}
	if err := f.MustBe(PickUp); err != nil {
		return err
	}
	if f.State != FulfilmentReady {
		return Refuse(FulfilmentStep, "a pickup waits for its shopper when it is %s, and it is %s", FulfilmentReady, f.State).With("state", f.State)
	}
	return nil
}
