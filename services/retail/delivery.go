package retail

import (
	"fmt"
	"slices"
	"time"
)

// DeliveryKind is what kind of document announces a delivery.
type DeliveryKind string

// The kinds of document.
const (
	DeliveryOrdered DeliveryKind = "PURCHASE_ORDER"  // we ordered it
	DeliveryAdvised DeliveryKind = "SHIPPING_NOTICE" // the supplier says that it is on its way
)

// DeliveryState is how far a delivery has come.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryExpected  DeliveryState = "EXPECTED"  // nothing arrived yet
	DeliveryPartial   DeliveryState = "PARTIAL"   // some of it arrived, and more is expected
	DeliveryReceived  DeliveryState = "RECEIVED"  // all that was announced arrived
	DeliveryClosed    DeliveryState = "CLOSED"    // some of it arrived, and no more will come
	DeliveryCancelled DeliveryState = "CANCELLED" // nothing arrived, and nothing will come
)

// DifferenceKind is how what arrived differs from what was announced.
type DifferenceKind string

// The kinds of difference.
const (
	UnitsDamaged DifferenceKind = "DAMAGED" // arrived, and can't be sold
	UnitsOver    DifferenceKind = "OVER"    // arrived beyond what was expected
	UnitsShort   DifferenceKind = "SHORT"   // will not come
)

// DeliveryUnits are the counts of a delivery, of one line or of all. Announced = Expected + arrived - Over + Short, where what
// arrived is Received + Damaged.
type DeliveryUnits struct {
	Announced int64 `json:"announced"`
	// Received can be sold.
	Received int64 `json:"received"`
	Damaged  int64 `json:"damaged"`
	// Over is those of what arrived that were not expected.
	Over int64 `json:"over"`
	// Short will not come.
	Short int64 `json:"short"`
}

// Arrived is all that came.
func (u DeliveryUnits) Arrived() int64 { return u.Received + u.Damaged }

// Expected is what is still to come.
func (u DeliveryUnits) Expected() int64 { return u.Announced - (u.Arrived() - u.Over) - u.Short }

// plus adds what changed between two counts.
func (u DeliveryUnits) plus(after, before DeliveryUnits) DeliveryUnits {
	return DeliveryUnits{
		Announced: u.Announced + after.Announced - before.Announced, Received: u.Received + after.Received - before.Received,
		Damaged: u.Damaged + after.Damaged - before.Damaged, Over: u.Over + after.Over - before.Over,
		Short: u.Short + after.Short - before.Short,
	}
}

// state is how far a delivery of these counts has come.
func (u DeliveryUnits) state() DeliveryState {
	switch open, arrived := u.Expected() > 0, u.Arrived() > 0; {
	case open && arrived:
		return DeliveryPartial
	case open:
		return DeliveryExpected
	case !arrived:
		return DeliveryCancelled
	case u.Short > 0:
		return DeliveryClosed
	}
	return DeliveryReceived
}

// Delivery is what a supplier is to bring to a location. Its lines are rows of their own, for there may be thousands; its counts
// are their sums, and its state follows from those.
type Delivery struct {
	ID       ID           `json:"id"`
	Location string       `json:"location"`
	Kind     DeliveryKind `json:"kind"`
	// Supplier is the retailer's code of who brings it, Reference the supplier's number for the document.
	Supplier  string `json:"supplier"`
	Reference string `json:"reference,omitempty"`
	// ExpectedOn is a day in the location's zone, as time.DateOnly.
	ExpectedOn string        `json:"expected_on"`
	State      DeliveryState `json:"state"`
	// Reason is why it was closed.
	Reason string `json:"reason,omitempty"`
	// LineCount is how many lines it has, numbered from 1.
	LineCount   int32         `json:"line_count"`
	Units       DeliveryUnits `json:"units"`
	AnnouncedAt time.Time     `json:"announced_at"`
	RecordedAt  time.Time     `json:"recorded_at"`
	Version     int64         `json:"version"`
}

// DeliveryLine is one SKU of a delivery. One that was not on the document announces nothing.
type DeliveryLine struct {
	Delivery    ID            `json:"-"` // events say it once
	SKU         string        `json:"sku"`
	Line        int32         `json:"line"`
	Units       DeliveryUnits `json:"units"`
	Differences []Difference  `json:"differences,omitempty"`
	RecordedAt  time.Time     `json:"recorded_at"`
}

// Difference is units of a line that did not come as they were announced. It is never changed.
type Difference struct {
	Kind   DifferenceKind `json:"kind"`
	Units  int64          `json:"units"`
	Reason string         `json:"reason"`
	// Note is the delivery note that they came with.
	Note string `json:"note,omitempty"`
	// Transaction recorded it, and says who.
	Transaction ID        `json:"transaction"`
	RecordedAt  time.Time `json:"recorded_at"`
}

// DeliveryChanged is what others are told of a delivery: the delivery as it is, and those of its lines that changed.
type DeliveryChanged struct {
	Delivery
	Lines []DeliveryLine `json:"lines,omitempty"`
	// Note is the delivery note that was received.
	Note string `json:"note,omitempty"`
}

// Part is where one command stands among those that a big request is cut into; zero: it is the first, or the only one.
type Part struct {
	// More is true for those after the first. What only the first may find is not asked again: that a delivery has ended, or that
	// a note was received. What became so since is nobody's fault who sent the request.
	More bool
	// From is how many lines of the request the parts before it had, so that a refusal names the request's line.
	From int
}

// field names a line of the request.
func (p Part) field(line int) string { return fmt.Sprintf("lines[%d]", p.From+line) }

// DeliveryLinesMax is how many lines a delivery has at most, those that were not on the document among them.
const DeliveryLinesMax = 20_000

// DeliveryKey names a delivery.
func DeliveryKey(id ID) Key { return Key{Table: TableDeliveries, ID: id} }

// Key names the delivery.
func (d Delivery) Key() Key { return DeliveryKey(d.ID) }

// LastRecorded is when it last changed.
func (d Delivery) LastRecorded() time.Time { return d.RecordedAt }

// DeliveryLineKey names a line of a delivery by its SKU.
func DeliveryLineKey(delivery ID, sku string) Key {
	return Key{Table: TableDeliveryLines, Code: sku, ID: delivery}
}

// Key names the line.
func (l DeliveryLine) Key() Key { return DeliveryLineKey(l.Delivery, l.SKU) }

// LastRecorded is when it last changed.
func (l DeliveryLine) LastRecorded() time.Time { return l.RecordedAt }

func (d Delivery) subject() string { return "delivery/" + d.ID.String() }

// deliveryName is the value of the name of a supplier's document. A supplier has no slash.
func deliveryName(supplier, reference string) string { return supplier + "/" + reference }

// noteName is the value of the name of a delivery note, which is one of its delivery.
func noteName(delivery ID, note string) string { return delivery.String() + "/" + note }

// Overdue tells whether units are still expected after the day, given the day that it is at the location.
func (d Delivery) Overdue(today string) bool { return d.Units.Expected() > 0 && d.ExpectedOn < today }

// DeliveryDay checks that a day is one of the calendar, in its only spelling.
func DeliveryDay(day string) error { return CalendarDay(day, "expected_on") }

// CalendarDay checks that a field is a day of the calendar, in its only spelling.
func CalendarDay(day, field string) error {
	if at, err := time.Parse(time.DateOnly, day); err != nil || at.Format(time.DateOnly) != day || at.Year() < 1970 {
		return RefuseField(InvalidRequest, field, "is not a day since 1970: %q", day)
	}
	return nil
}

// deliveryKeys are a delivery, and its lines and positions of SKUs.
func deliveryKeys(delivery ID, location string, skus func(yield func(string) bool)) []Key {
	keys := []Key{DeliveryKey(delivery)}
	for sku := range skus {
		keys = append(keys, DeliveryLineKey(delivery, sku), LevelKey(location, sku))
	}
	return keys
}

func skusOf(lines []Line) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, line := range lines {
			if !yield(line.SKU) {
				return
			}
		}
	}
}

// deliveryAct is a change of a delivery while it is decided.
type deliveryAct struct {
	now         time.Time
	transaction ID
	after       Delivery
	// lines are those that changed, and at is where each SKU is among them.
	lines   []DeliveryLine
	at      map[string]int
	entries []Entry
	costs   Costs
	// part is which part of a request the act is.
	part Part
}

func newDeliveryAct(d Delivery, transaction ID, part Part, now time.Time) *deliveryAct {
	return &deliveryAct{now: now, transaction: transaction, after: d, part: part, at: map[string]int{}}
}

// openDelivery is a delivery that is there, and an act that changes it.
func openDelivery(s State, id, transaction ID, part Part, now time.Time) (*deliveryAct, error) {
	d, found := lookup[Delivery](s, DeliveryKey(id))
	if !found {
		return nil, Refuse(UnknownDelivery, "there is no delivery %s", id)
	}
	return newDeliveryAct(d, transaction, part, now), nil
}

// ended refuses an act for which something must still be expected.
func (a *deliveryAct) ended() error {
	if a.after.Units.Expected() > 0 || a.part.More {
		return nil
	}
	return Refuse(DeliveryEnded, "nothing of delivery %s is expected any more: it is %s", a.after.ID, a.after.State).
		With("state", a.after.State)
}

// whole refuses nothing, and finds an act stale that is about all lines, if others were added since it was planned.
func (a *deliveryAct) whole(lineCount int32) error {
	if a.after.LineCount != lineCount && !a.part.More {
		return ErrStale
	}
	return nil
}

// line is a line as it is, or a new one that announces nothing yet.
func (a *deliveryAct) line(s State, sku string) DeliveryLine {
	if at, changed := a.at[sku]; changed {
		return a.lines[at]
	}
	line, found := lookup[DeliveryLine](s, DeliveryLineKey(a.after.ID, sku))
	if !found {
		line = DeliveryLine{Delivery: a.after.ID, SKU: sku}
	}
	return line
}

// put takes a line over as it shall be.
func (a *deliveryAct) put(before, after DeliveryLine) {
	if after.Line == 0 {
		a.after.LineCount++
		after.Line = a.after.LineCount
	}
	after.RecordedAt = a.now
	a.after.Units = a.after.Units.plus(after.Units, before.Units)
	if at, changed := a.at[after.SKU]; changed {
		a.lines[at] = after
		return
	}
	a.at[after.SKU] = len(a.lines)
	a.lines = append(a.lines, after)
}

// move posts units of a line, where there are any.
func (a *deliveryAct) move(sku, from, to string, quantity int64) {
	if quantity > 0 {
		a.entries = append(a.entries, Entry{Location: a.after.Location, From: from, To: to, Asset: sku, Quantity: quantity})
	}
}

// differ notes units of a line that did not come as announced.
func (a *deliveryAct) differ(line *DeliveryLine, kind DifferenceKind, units int64, reason, note string) {
	if units > 0 {
		line.Differences = append(slices.Clip(line.Differences), Difference{
			Kind: kind, Units: units, Reason: reason, Note: note, Transaction: a.transaction, RecordedAt: a.now,
		})
	}
}

// change is what the act comes to.
func (a *deliveryAct) change(kind Kind, event, note string) (Change, Delivery) {
	d := &a.after
	d.State, d.RecordedAt = d.Units.state(), a.now
	d.Version++
	change := Change{
		ID: a.transaction, Kind: kind, Place: d.Location, Cause: d.subject(), Entries: a.entries, Costs: a.costs,
		Rows: []Row{*d},
		Events: []Event{{
			Kind: event, Shard: d.ID.String(), Subject: d.subject(), Version: d.Version,
			Body: DeliveryChanged{Delivery: *d, Lines: a.lines, Note: note},
		}},
	}
	for _, line := range a.lines {
		change.Rows = append(change.Rows, line)
	}
	return change, *d
}

// DeliveryMark is where a page of deliveries ended.
type DeliveryMark struct {
	ExpectedOn string `json:"on"`
	ID         ID     `json:"id"`
}
