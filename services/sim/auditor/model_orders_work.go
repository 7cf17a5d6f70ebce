package auditor

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
)

// handing is the handing over of some lines of an order.
type handing struct {
	id, location, order, method, state string
	carrier, tracking, proof           string
	collector                          string // name, document and hash of the signature
	codeCount, tries                   int32
	expiresAt, placedAt, recordedAt    time.Time
	promisedAt                         time.Time
	version                            int64
	picked                             []pickedLine
	parcels                            []boxed
	labels                             []ticket
	// attention is when somebody should look after it, as a row or an answer says; nil: it follows from its parcels.
	attention *time.Time
}

// pickedLine is how much was fetched of a line so far, as a row keeps it.
type pickedLine struct {
	Line  int32 `json:"line"`
	Units int64 `json:"units"`
}

// waits is how many open units of a line were fetched and wait for who takes them away: all of what is ready, or was.
func (w *handing) waits(l *boughtLine) int64 {
	if !slices.Contains([]string{workAwaiting, workNew, workAccepted, workPicking}, w.state) {
		return l.open()
	}
	for _, p := range w.picked {
		if p.Line == l.line && p.Units > l.fulfilled {
			return min(p.Units-l.fulfilled, l.open())
		}
	}
	return 0
}

// The states of a fulfilment.
const (
	workAwaiting  = "AWAITING_TRANSFER"
	workNew       = "NEW"
	workAccepted  = "ACCEPTED"
	workPicking   = "PICKING"
	workReady     = "READY"
	workPacked    = "PACKED"
	workCollected = "COLLECTED"
	workShipped   = "SHIPPED"
	workDelivered = "DELIVERED"
	workNoShow    = "EXPIRED_NO_SHOW"
	workCancelled = "CANCELLED"
	workRefused   = "REFUSED_BY_CUSTOMER"
	workRejected  = "REJECTED"
	workLost      = "LOST"
	workBrought   = "RETURNED_TO_SENDER"
)

// wrongCodesMax is how many wrong codes a pickup takes.
const wrongCodesMax = 5

// steps are the states that work leads through, by method.
var steps = map[string][]string{
	pickUp: {workNew, workAccepted, workPicking, workReady},
	byMail: {workNew, workAccepted, workPicking, workPacked},
}

// ready is the state in which goods are handed over.
func (w *handing) ready() string {
	if w.method == byMail {
		return workPacked
	}
	return workReady
}

// text is the fulfilment for comparing; what an answer tells lacks the version and the count of codes.
func (w *handing) text(told bool) string {
	s := fmt.Sprintf("%s at %s of order %s %s %s carrier %q tracking %q proof %q by %q tries %d kept until %s placed %s recorded %s promised %s",
		w.id, w.location, w.order, w.method, w.state, w.carrier, w.tracking, w.proof, w.collector, w.tries, clockText(w.expiresAt),
		clockText(w.placedAt), clockText(w.recordedAt), clockText(w.promisedAt))
	due := w.due()
	if w.attention != nil {
		due = *w.attention
	}
	s += " due " + due.UTC().Format(time.RFC3339Nano) + " parcels " + parcelsText(w.parcels) + " labels " + labelsText(w.labels, told)
	if !told {
		s += fmt.Sprintf(" codes %d version %d picked %v", w.codeCount, w.version, w.picked)
	}
	return s
}

// takes is how long a place of a run takes to have a pickup ready: as long as any that does not say, around the clock, for none has
// hours.
const takes = 2 * time.Hour

// promised is when a fulfilment that was just placed is promised to be ready. To the moment that is the clock's to say of the server
// that planned it, which may be a few seconds off.
func (d *deed) promised(w *handing) time.Time {
	row := d.rows.Works[w.id]
	if w.method != pickUp || row == nil {
		return time.Time{}
	}
	lasts, slack := takes, clockSlack
	if w.state == workAwaiting { // the other place's time, two days for the transfer, and its own; a day may be an hour longer or shorter
		lasts, slack = 2*takes+48*time.Hour, clockSlack+time.Hour
	}
	if off := row.promisedAt.Sub(d.now.Add(lasts)); off.Abs() > slack {
		d.wrong("a pickup is promised for another time", fmt.Sprintf("it was ordered at %s and promised for %s", clockText(d.now),
			clockText(row.promisedAt)), "fulfilment/"+w.id)
	}
	return row.promisedAt
}

// late tells whether a fulfilment is promised for earlier than a time, and not ready, or somebody should have looked after a parcel by then.
func (w *handing) late(now time.Time) bool {
	if due := w.due(); !due.IsZero() && !now.Before(due) && !w.takenForArrived(due, now) {
		return true
	}
	ready := w.ready()
	at := slices.Index(steps[w.method], w.state)
	return (at >= 0 || w.state == workAwaiting) && w.state != ready && !w.promisedAt.IsZero() && !now.Before(w.promisedAt)
}

// takenForArrived tells whether nobody looks any more for what left thirty days ago and no carrier spoke of, nor anybody of one of several.
func (w *handing) takenForArrived(due, now time.Time) bool {
	for _, p := range w.parcels {
		if len(p.Trail) > 0 {
			return false
		}
	}
	const long = 30 * 24 * time.Hour
	return !now.Before(due.Add(long-quiet)) && (len(w.parcels) == 1 || !now.Before(w.recordedAt.Add(long)))
}

// ended is the reason why nothing more is done about a fulfilment; "": something is.
func (d *deed) ended(w *handing) string {
	switch {
	case w.state == workCollected:
		return "ALREADY_COLLECTED"
	case w.state == workShipped, w.state == workDelivered:
		return "ALREADY_HANDED_OVER"
	case w.state == workNoShow, w.state == workReady && d.past(w.expiresAt):
		return "PICKUP_EXPIRED"
	case slices.Contains([]string{workCancelled, workRefused, workRejected, workLost, workBrought}, w.state):
		return "FULFILMENT_CANCELLED"
	}
	return ""
}

// named is a request that names a fulfilment.
type named interface {
	GetLocation() string
	GetFulfilment() string
}

// found tells whether the fulfilment is where the request says.
func (d *deed) found(r named) bool {
	return d.work != nil && d.order != nil && d.work.location == r.GetLocation()
}

// step ends a step of work, which moves nothing.
func (d *deed) step() string {
	d.kind, d.book, d.cause = "WORK", d.work.location, "fulfilment/"+d.work.id
	d.closeWork(d.work)
	return ""
}

// advance moves work on.
func (d *deed) advance(r named, to string) string {
	if !d.found(r) {
		return "UNKNOWN_FULFILMENT"
	}
	w := d.work
	if to == workReady {
		to = w.ready()
	}
	if reason := d.ended(w); reason != "" {
		return reason
	}
	if w.state == workAwaiting || slices.Index(steps[w.method], to) <= slices.Index(steps[w.method], w.state) {
		return "FULFILMENT_STATE"
	}
	if ready := w.ready(); to == ready && len(w.picked) > 0 {
		for i := range d.order.lines {
			if l := &d.order.lines[i]; l.work == w.id && l.sku != "" && w.waits(l) < l.open() {
				return "NOT_PICKED"
			}
		}
	}
	w.state = to
	if to == workReady {
		w.expiresAt = d.toldUntil() // for how long is the place's to say; the row says what was asked for since
		if d.act != nil && !w.expiresAt.After(d.now) {
			d.wrong("a pickup is not kept", fmt.Sprintf("it was ready at %s and kept until %s", clockText(d.now), clockText(w.expiresAt)))
		}
	}
	return d.step()
}

// pick fetches some units.
func (d *deed) pick(r *fulfilmentspb.PickFulfilmentRequest) string {
	if len(r.GetLines()) == 0 {
		return d.advance(r, workPicking)
	}
	if !d.found(r) {
		return "UNKNOWN_FULFILMENT"
	}
	w := d.work
	if reason := d.ended(w); reason != "" {
		return reason
	}
	if ready := w.ready(); w.state == ready || w.state == workAwaiting {
		return "FULFILMENT_STATE"
	}
	units, reason := openUnits(d.order, countsOf(r.GetLines()), w.id)
	if reason != "" {
		return reason
	}
	picked := slices.Clone(w.picked)
	for _, u := range units {
		l := d.order.line(u.line)
		waiting := w.waits(l) + u.units
		if waiting > l.open() {
			return "ALREADY_PICKED"
		}
		at := slices.IndexFunc(picked, func(p pickedLine) bool { return p.Line == u.line })
		if at < 0 {
			at = len(picked)
			picked = append(picked, pickedLine{Line: u.line})
		}
		picked[at].Units = l.fulfilled + waiting
	}
	w.state, w.picked = workPicking, picked
	return d.step()
}

// toldUntil is until when a pickup is kept that the act made ready, as the act told others; zero: nobody was told.
func (d *deed) toldUntil() time.Time {
	var told struct {
		ExpiresAt time.Time `json:"expires_at"`
	}
	if d.act == nil {
		return told.ExpiresAt
	}
	for _, e := range d.act.Events {
		if err := json.Unmarshal([]byte(e.Body), &told); e.Kind == "PickupReady" && err != nil {
			d.wrong("an event can't be read", err.Error(), e.Subject)
		}
	}
	return told.ExpiresAt
}

// renewCode makes a new code.
func (d *deed) renewCode(r named) string {
	switch {
	case !d.found(r):
		return "UNKNOWN_FULFILMENT"
	case d.ended(d.work) != "":
		return d.ended(d.work)
	case d.work.method != pickUp:
		return "FULFILMENT_STATE"
	}
	d.work.codeCount++
	d.work.tries = 0
	return d.step()
}

// busy is the reason why a fulfilment is nothing that waits for its shopper; "": it does.
func (d *deed) busy(r named) string {
	switch {
	case !d.found(r):
		return "UNKNOWN_FULFILMENT"
	case d.ended(d.work) != "":
		return d.ended(d.work)
	case d.work.method != pickUp, d.work.state != workReady:
		return "FULFILMENT_STATE"
	}
	return ""
}

// extend keeps a pickup for longer. Whether that is too far ahead is judged by the clock alone, and no run asks for it.
func (d *deed) extend(r *fulfilmentspb.ExtendPickupRequest) string {
	if reason := d.busy(r); reason != "" {
		return reason
	}
	until := r.GetKeepUntil().AsTime().Truncate(time.Microsecond)
	if !until.After(d.work.expiresAt) {
		return "INVALID_REQUEST"
	}
	d.work.expiresAt = until
	return d.step()
}

// refusePickup gives up what a shopper saw and did not want; the desk pays cash back from its own drawer.
func (d *deed) refusePickup(r *fulfilmentspb.RefusePickupRequest) string {
	if reason := d.busy(r); reason != "" {
		return reason
	}
	units, reason := openUnits(d.order, countsOf(r.GetLines()), d.work.id)
	if reason != "" {
		return reason
	}
	units = d.follow(units, len(r.GetLines()) > 0)
	return d.giveUp(units, refunding{drawer: d.work.location, undone: true}, workRefused)
}

// rejectUnits takes from the stock what a place had promised and does not have, and pays it back.
func (d *deed) rejectUnits(r *fulfilmentspb.RejectUnitsRequest) string {
	if !d.found(r) {
		return "UNKNOWN_FULFILMENT"
	}
	if reason := d.ended(d.work); reason != "" {
		return reason
	}
	units, reason := openUnits(d.order, countsOf(r.GetLines()), d.work.id)
	if reason != "" {
		return reason
	}
	if len(r.GetLines()) == 0 { // all that is there
		goods := slices.ContainsFunc(d.order.lines, func(l boughtLine) bool { return l.work == d.work.id && l.sku != "" && l.open() > 0 })
		units = slices.DeleteFunc(units, func(u unitCount) bool {
			l := d.order.line(u.line)
			return l.isAt() != r.GetFromLocation() || goods && l.sku == ""
		})
	}
	for _, u := range units {
		// Only who was to send it can tell, and nobody before it arrives.
		if line := d.order.line(u.line); line.isAt() != r.GetFromLocation() || u.units > line.open()-line.coming {
			return "FULFILMENT_STATE"
		}
	}
	if len(units) == 0 {
		return "FULFILMENT_STATE"
	}
	to := "damaged"
	if d.missed = r.GetShortfall() == fulfilmentspb.Shortfall_SHORTFALL_MISSING; d.missed {
		to = "shrinkage"
	}
	d.reroute(r, units)
	units = d.follow(units, false)
	aside := d.aside(r, units)
	if reason := d.giveUpTo(to, units, refunding{undone: true}, workRejected); reason != "" {
		return reason
	}
	if aside && d.order.opens(d.work.id) {
		d.closeWork(d.work)
	}
	d.kind = "REJECT"
	return ""
}

// aside takes unfit units off what was picked, as far as it was picked by line and waits.
func (d *deed) aside(r *fulfilmentspb.RejectUnitsRequest, units []unitCount) (some bool) {
	w := d.work
	if r.GetShortfall() != fulfilmentspb.Shortfall_SHORTFALL_UNFIT || w.state != workPicking {
		return false
	}
	picked := slices.Clone(w.picked)
	for _, u := range units {
		for i := range picked {
			if picked[i].Line == u.line && picked[i].Units > 0 {
				picked[i].Units -= min(u.units, w.waits(d.order.line(u.line)))
				some = true
			}
		}
	}
	w.picked = picked
	return some
}

// reroute adds the lines that another place hands over instead. Which place that is, is the shop's to choose, and taken from the row:
// another than the one that has none, by a way that the request or the channel allows. What such a line comes to is what its units came to.
func (d *deed) reroute(r *fulfilmentspb.RejectUnitsRequest, units []unitCount) {
	o := d.order
	row := d.rows.Orders[o.id]
	if d.act == nil || row == nil {
		return
	}
	works, owed := map[string]*handing{}, o.owed()
	for _, told := range row.lines[min(len(o.lines), len(row.lines)):] {
		if told.sku == "" || !slices.Contains(d.minted["FulfilmentPlaced"], told.work) {
			continue // what is charged, or of a later act
		}
		at := slices.IndexFunc(units, func(u unitCount) bool { return u.line == told.insteadOf })
		if at < 0 {
			d.wrong("a line in the stead of none that is short", fmt.Sprintf("%+v", told), "order/"+o.id)
			continue
		}
		of := *o.line(told.insteadOf)
		until := of.quantity - of.cancelled
		line := of
		line.from, line.way, line.away, line.coming = "", "", 0, 0
		line.line, line.insteadOf, line.quantity, line.fulfilled, line.cancelled, line.rejected, line.returned = int32(len(o.lines)+1), of.line, units[at].units, 0, 0, 0, 0
		line.location, line.method, line.work, line.discount = told.location, told.method, told.work, told.discount
		line.net, line.tax, line.gross = of.worth(until-units[at].units, until)
		line.list = line.gross + line.discount // all lists of the shop include tax
		if !slices.Contains(d.reroutes(r), line.method) || line.location == of.location || line.method == byMail && owed > o.secured() || of.discount == 0 && told.discount != 0 {
			d.wrong("units are rerouted otherwise than they may be", fmt.Sprintf("%+v", told), "order/"+o.id)
		}
		d.moveUnits(line.location, "available", "committed", line.sku, line.quantity)
		o.lines = append(o.lines, line)
		d.promise(o, &line, works)
	}
}

// reroutes are the ways in which what is short may be handed over instead: those of the request, or else of the order's channel.
func (d *deed) reroutes(r *fulfilmentspb.RejectUnitsRequest) (by []string) {
	channel, _ := d.shop.channel(d.order.channel)
	switch {
	case r.GetPayBack():
		return nil
	case len(r.GetInstead()) == 0:
		return channel.Reroute
	}
	for _, m := range r.GetInstead() {
		by = append(by, trimmed(m, methodPrefix))
	}
	return by
}

// codeKey names one code of a pickup.
type codeKey struct {
	work  string
	count int32
}

// learnCode keeps the codes that were told.
func (m *orderModel) learnCode(call *Call) {
	request, ok := call.Request.(*fulfilmentspb.GetPickupCodeRequest)
	answer, told := call.Answer.(*fulfilmentspb.PickupCode)
	if ok && told && call.Outcome == Acknowledged {
		m.codes[codeKey{request.GetFulfilment(), answer.GetRenewals()}] = answer.GetCode()
	}
}

// collect hands a pickup over. Whether a code is right is told by what it did; where the code is known, it has to agree.
func (d *deed) collect(r *fulfilmentspb.CollectPickupRequest) string {
	if !d.found(r) {
		return "UNKNOWN_FULFILMENT"
	}
	w := d.work
	if w.method != pickUp {
		return "FULFILMENT_STATE"
	}
	if reason := d.mayHandOver(w); reason != "" {
		return reason
	}
	if w.tries >= wrongCodesMax {
		return "CODE_LOCKED"
	}
	if d.gone(d.order) {
		return "FULFILMENT_CANCELLED"
	}
	if d.act != nil {
		wrong := d.act.Headers[0].Kind == "WORK"
		if code, known := d.codes[codeKey{w.id, w.codeCount}]; known && wrong == (code == r.GetCode()) {
			d.wrong("a pickup code was judged wrongly", fmt.Sprintf("%s was shown, and %s is right", r.GetCode(), code), "fulfilment/"+w.id)
		}
		if wrong {
			w.tries++
			return d.step()
		}
	}
	tenders, reason := d.tenders(r.GetTenders(), w.location, d.order)
	if reason != "" {
		return reason
	}
	w.proof, w.collector, w.carrier, w.tracking = r.GetProof(), collectorText(r.GetCollector()), "", ""
	counts := countsOf(r.GetLines())
	return d.handOver(counts, paying{tenders: tenders, rounding: r.GetCashRounding().GetAmountMinor(), mayOwe: true, leaving: true}, nil)
}

// collectorText is who took a pickup away; "": nobody says.
func collectorText(c *fulfilmentspb.Collector) string {
	document := trimmed(c.GetDocument(), "DOCUMENT_KIND_")
	if document == "UNSPECIFIED" {
		document = ""
	}
	return strings.Trim(c.GetName()+"/"+document+"/"+c.GetSignatureSha256(), "/")
}

func (d *deed) mayHandOver(w *handing) string {
	if reason := d.ended(w); reason != "" {
		return reason
	}
	if ready := w.ready(); w.state != ready {
		return "FULFILMENT_STATE"
	}
	return ""
}

// ship gives a shipment to a carrier.
func (d *deed) ship(r *fulfilmentspb.ShipFulfilmentRequest) string {
	if !d.found(r) {
		return "UNKNOWN_FULFILMENT"
	}
	w := d.work
	if w.method != byMail {
		return "FULFILMENT_STATE"
	}
	if reason := d.mayHandOver(w); reason != "" {
		return reason
	}
	if d.gone(d.order) {
		return "FULFILMENT_CANCELLED"
	}
	r, reason := d.under(r)
	if reason != "" {
		return reason
	}
	w.proof, w.collector, w.carrier, w.tracking = "", "", r.GetCarrier(), r.GetTracking()
	return d.handOver(countsOf(r.GetLines()), paying{mayOwe: true, leaving: true}, r)
}

// handOver moves units, turnover and money, and issues the document; what ships is a parcel.
func (d *deed) handOver(wanted []unitCount, by paying, ships *fulfilmentspb.ShipFulfilmentRequest) string {
	o, w := d.order, d.work
	if d.act != nil && d.at.Before(o.occurredAt) && !d.at.Equal(d.now) {
		return "INVALID_REQUEST"
	}
	units, reason := openUnits(o, wanted, w.id)
	if reason != "" {
		return reason
	}
	units = o.withCharges(units)
	moves, reason := o.pay(by)
	if reason != "" {
		return reason
	}
	for _, m := range moves {
		d.move(o, m)
	}
	var handed []unitSpan
	for _, u := range units {
		line := o.line(u.line)
		handed = append(handed, unitSpan{u.line, line.fulfilled, line.fulfilled + u.units})
		line.fulfilled += u.units
		d.moveUnits(line.location, "committed", "customer", line.sku, u.units)
	}
	if o.due() > o.secured() {
		return "PAYMENT_SHORT"
	}
	d.earn(o, handed, false)
	d.issue(o, firstPaper(o), handed, nil, "")
	if ships != nil {
		if o.opens(w.id) && len(w.parcels) >= parcelsMax-1 {
			return "INVALID_REQUEST"
		}
		d.send(ships, handed)
	}
	w.settle(o)
	d.close(o)
	d.closeWork(w)
	d.kind, d.book, d.cause = "HANDOVER", w.location, "order/"+o.id
	return ""
}
