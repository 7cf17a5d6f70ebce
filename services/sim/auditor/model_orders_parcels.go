package auditor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
)

// boxed is what a carrier was given at once, as a row keeps it.
type boxed struct {
	State      string    `json:"state"`
	Carrier    string    `json:"carrier"`
	Tracking   string    `json:"tracking"`
	Units      []inside  `json:"units"`
	ShippedAt  time.Time `json:"shipped_at"`
	RecordedAt time.Time `json:"recorded_at"`
	Trail      []said    `json:"trail"`
	Label      string    `json:"label"`
}

// said is what a carrier said of a parcel.
type said struct {
	ID     string    `json:"id"`
	Status string    `json:"status"`
	At     time.Time `json:"at"`
	Place  string    `json:"place"`
	Text   string    `json:"text"`
}

// inside are the goods of a line in a parcel.
type inside struct {
	Line        int32 `json:"line"`
	Units       int64 `json:"units"`
	Undelivered int64 `json:"undelivered"`
}

// parcelsMax is how many parcels a shipment goes in.
const parcelsMax = 100

// text is a parcel for comparing.
func (p boxed) text() string {
	text := fmt.Sprintf("%s by %q as %q under %q with %v shipped %s heard of %s", p.State, p.Carrier, p.Tracking, p.Label, p.Units, clockText(p.ShippedAt),
		clockText(p.RecordedAt))
	for _, h := range p.Trail {
		text += fmt.Sprintf(" %s %s %s %q %q", h.ID, h.Status, clockText(h.At), h.Place, h.Text)
	}
	return text
}

func parcelsText(all []boxed) string {
	var texts []string
	for _, p := range all {
		texts = append(texts, p.text())
	}
	return strings.Join(texts, "; ")
}

// parcelTold is a parcel as an answer tells it.
func parcelTold(a *fulfilmentspb.Parcel) boxed {
	p := boxed{
		State: trimmed(a.GetState(), "FULFILMENT_STATE_"), Carrier: a.GetCarrier(), Tracking: a.GetTracking(), ShippedAt: a.GetShippedAt().AsTime(),
		RecordedAt: a.GetRecordedAt().AsTime(), Label: a.GetLabel(),
	}
	for _, l := range a.GetLines() {
		p.Units = append(p.Units, inside{l.GetLine(), l.GetQuantity(), l.GetUndeliveredQuantity()})
	}
	for _, e := range a.GetEvents() {
		p.Trail = append(p.Trail, heardOf(e))
	}
	return p
}

// quiet is how long a carrier may say nothing of a parcel.
const quiet = 120 * time.Hour

// due is when somebody should look after the first of the parcels that a carrier has.
func (w *handing) due() (first time.Time) {
	for _, p := range w.parcels {
		at, wrong := p.ShippedAt, false
		for n, h := range p.Trail { // in order
			wrong = slices.Contains([]string{"EXCEPTION", "RETURNED", "LOST"}, h.Status) || p.cameBack(n)
			if h.At.After(at) {
				at = h.At
			}
		}
		if !wrong {
			at = at.Add(quiet)
		}
		if p.State == workShipped && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// send adds a parcel with the goods among some units.
func (d *deed) send(r *fulfilmentspb.ShipFulfilmentRequest, units []unitSpan) {
	sent := boxed{State: workShipped, Carrier: r.GetCarrier(), Tracking: r.GetTracking(), ShippedAt: d.at, RecordedAt: d.now, Label: r.GetLabel()}
	for _, u := range units {
		if d.order.line(u.Line).sku != "" {
			sent.Units = append(sent.Units, inside{Line: u.Line, Units: u.Until - u.From})
		}
	}
	d.work.parcels = append(slices.Clip(d.work.parcels), sent)
}

// settle makes a fulfilment that has nothing open what became of what was handed over.
func (w *handing) settle(o *bought) {
	if o.opens(w.id) {
		return
	}
	if w.method == pickUp {
		w.state = workCollected
		return
	}
	w.state = workBrought
	for _, state := range []string{workLost, workDelivered, workShipped} {
		if slices.ContainsFunc(w.parcels, func(p boxed) bool { return p.State == state }) {
			w.state = state
		}
	}
}

// onItsWay finds the parcel that is meant, which the carrier must have; the fulfilment has parcels of its own then, to be changed.
func (d *deed) onItsWay(number int32) (p *boxed, reason string) {
	w := d.work
	with := -1
	several := false
	for n := range w.parcels {
		if w.parcels[n].State == workShipped {
			several = with >= 0
			with = n
		}
	}
	switch {
	case with < 0:
		if reason = d.ended(w); reason == "" {
			reason = "FULFILMENT_STATE"
		}
		return nil, reason
	case number == 0 && several, int(number) > len(w.parcels):
		return nil, "INVALID_REQUEST"
	case number == 0:
	case w.parcels[number-1].State != workShipped:
		return nil, "FULFILMENT_STATE"
	default:
		with = int(number) - 1
	}
	w.parcels = slices.Clone(w.parcels)
	p = &w.parcels[with]
	p.Units = slices.Clone(p.Units)
	return p, ""
}

// deliver is when the carrier has delivered a parcel.
func (d *deed) deliver(r *fulfilmentspb.DeliverShipmentRequest) string {
	if !d.found(r) {
		return "UNKNOWN_FULFILMENT"
	}
	p, reason := d.onItsWay(r.GetParcel())
	if reason != "" {
		return reason
	}
	p.State, p.RecordedAt = workDelivered, d.now
	d.work.settle(d.order)
	return d.step()
}

func heardOf(e *fulfilmentspb.TrackingEvent) said {
	return said{e.GetEventId(), trimmed(e.GetStatus(), "TRACKING_STATUS_"), e.GetTime().AsTime(), e.GetPlace(), e.GetText()}
}

// track is when a carrier tells of a parcel. No run tells more than is kept.
func (d *deed) track(r *fulfilmentspb.RecordTrackingRequest) string {
	if !d.found(r) {
		return "UNKNOWN_FULFILMENT"
	}
	w, number := d.work, r.GetParcel()
	if number == 0 && len(w.parcels) == 1 {
		number = 1
	}
	var p *boxed
	switch {
	case number == 0 || len(w.parcels) == 0:
		var reason string
		if p, reason = d.onItsWay(number); reason != "" {
			return reason
		}
	case int(number) > len(w.parcels):
		return "INVALID_REQUEST"
	default:
		w.parcels = slices.Clone(w.parcels)
		p = &w.parcels[number-1]
	}
	p.Trail, p.RecordedAt = slices.Clone(p.Trail), d.now
	var told []string
	for _, e := range r.GetEvents() {
		h := heardOf(e)
		if slices.ContainsFunc(p.Trail, func(known said) bool { return known.ID == h.ID }) {
			continue
		}
		h.At = h.At.Truncate(time.Microsecond)
		at := 0
		for at < len(p.Trail) && (p.Trail[at].At.Before(h.At) || p.Trail[at].At.Equal(h.At) && p.Trail[at].ID < h.ID) {
			at++
		}
		p.Trail = slices.Insert(p.Trail, at, h)
		told = append(told, h.ID)
	}
	for n, h := range p.Trail {
		if h.Status == workDelivered && slices.Contains(told, h.ID) && p.State == workShipped && !p.cameBack(n) {
			p.State = workDelivered
		}
	}
	w.settle(d.order)
	return d.step()
}

// mayBeHeard tells whether a request may be answered without an act: of what a carrier tells, all may be known.
func mayBeHeard(request proto.Message) bool {
	_, ok := request.(*fulfilmentspb.RecordTrackingRequest)
	return ok
}

// heardBefore tells whether all that an acknowledged call told was known of its parcel, and was answered with that as it stood.
func (m *orderModel) heardBefore(call *Call) bool {
	r, ok := call.Request.(*fulfilmentspb.RecordTrackingRequest)
	if !ok || call.Outcome != Acknowledged {
		return false
	}
	answer := call.Answer.(*fulfilmentspb.Fulfilment)
	knows := func(p *fulfilmentspb.Parcel) bool {
		return !slices.ContainsFunc(r.GetEvents(), func(e *fulfilmentspb.TrackingEvent) bool {
			return !slices.ContainsFunc(p.GetEvents(), func(known *fulfilmentspb.TrackingEvent) bool { return known.GetEventId() == e.GetEventId() })
		})
	}
	of := func(p *fulfilmentspb.Parcel) bool {
		return (r.GetParcel() == 0 || r.GetParcel() == p.GetParcel()) && knows(p)
	}
	return answer.GetId() == r.GetFulfilment() && slices.ContainsFunc(answer.GetParcels(), of) && m.judgeWork(call, answer) == ""
}

// cameBack tells whether what is said of a parcel is that it arrived whence it came.
func (p *boxed) cameBack(n int) bool {
	return p.Trail[n].Status == workDelivered && slices.ContainsFunc(p.Trail[:n], func(h said) bool { return h.Status == "RETURNED" })
}

// left is how many goods of a line may still arrive in a parcel. What the customer brought back did, in whichever it was.
func (p *boxed) left(l *boughtLine) int64 {
	for _, u := range p.Units {
		if u.Line == l.line {
			return max(0, min(u.Units-u.Undelivered, l.fulfilled-l.returned))
		}
	}
	return 0
}

// rest is all that may still arrive in a parcel.
func (p *boxed) rest(o *bought, to string) (lines []*returnspb.ReturnItem) {
	disposition := returnspb.Disposition_DISPOSITION_UNDECIDED
	if to == workLost {
		disposition = returnspb.Disposition_DISPOSITION_LOST
	}
	for _, u := range p.Units {
		if units := p.left(o.line(u.Line)); units > 0 {
			lines = append(lines, &returnspb.ReturnItem{Line: u.Line, Quantity: units, Disposition: disposition})
		}
	}
	return lines
}

// misses tells whether some lines name more goods than may still arrive.
func (p *boxed) misses(o *bought, lines []*returnspb.ReturnItem) bool {
	sums := map[int32]int64{}
	for _, item := range lines {
		l := o.line(item.GetLine())
		if sums[l.line] += item.GetQuantity(); l.sku != "" && sums[l.line] > p.left(l) {
			return true
		}
	}
	return false
}

// miss takes goods out of a parcel that did not arrive, and ends it with the last.
func (p *boxed) miss(o *bought, lines []*returnspb.ReturnItem, to string, now time.Time) {
	left := int64(0)
	for n := range p.Units {
		u := &p.Units[n]
		for _, item := range lines {
			if item.GetLine() == u.Line {
				u.Undelivered += item.GetQuantity()
			}
		}
		left += p.left(o.line(u.Line))
	}
	p.RecordedAt = now
	if left == 0 {
		p.State = to
	}
}
