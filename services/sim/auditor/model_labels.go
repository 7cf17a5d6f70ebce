package auditor

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

// ticket is what a carrier was asked to carry, as a row keeps it.
type ticket struct {
	ID         string   `json:"id"`
	Provider   string   `json:"provider"`
	Service    string   `json:"service"`
	State      string   `json:"state"`
	Units      []inside `json:"units"`
	Grams      int64    `json:"weight_grams"`
	Carrier    string   `json:"carrier"`
	Tracking   string   `json:"tracking"`
	Reference  string   `json:"reference"`
	PriceMinor int64    `json:"price_minor"`
	Currency   string   `json:"currency"`
	Problem    string   `json:"problem"`
	Step       string   `json:"step"`
	Steps      int32    `json:"steps"`
}

// porter writes down what carriers answer, and askIssue and askBack are what they are asked. labelsMax is how many labels a shipment has.
const (
	porter            = "aisle/labels"
	askIssue, askBack = "ISSUE", "VOID"
	labelsMax         = 200
)

// text is a label for comparing; an answer does not tell how often a carrier was asked.
func (l ticket) text(told bool) string {
	text := fmt.Sprintf("%s %s by %s %q of %v %dg is %q %q %q for %d %s problem %q waits %v", l.ID, l.State, l.Provider, l.Service, l.Units, l.Grams,
		l.Carrier, l.Tracking, l.Reference, l.PriceMinor, l.Currency, l.Problem, l.Step != "")
	if !told {
		text += fmt.Sprintf(" step %d %s", l.Steps, l.Step)
	}
	return text
}

func labelsText(all []ticket, told bool) string {
	var texts []string
	for _, l := range all {
		texts = append(texts, l.text(told))
	}
	return strings.Join(texts, "; ")
}

// labelTold is a label as an answer tells it.
func labelTold(a *fulfilmentspb.Label) ticket {
	l := ticket{
		ID: a.GetId(), Provider: a.GetProvider(), Service: a.GetService(), State: trimmed(a.GetState(), "LABEL_STATE_"), Grams: a.GetWeightGrams(),
		Carrier: a.GetCarrier(), Tracking: a.GetTracking(), Reference: a.GetReference(), PriceMinor: a.GetPrice().GetAmountMinor(),
		Currency: a.GetPrice().GetCurrencyCode(), Problem: a.GetProblem(),
	}
	for _, u := range a.GetLines() {
		l.Units = append(l.Units, inside{Line: u.GetLine(), Units: u.GetQuantity()})
	}
	if a.GetWaiting() {
		l.Step = askIssue
	}
	return l
}

// labelled is how many units of a line have a label, or are to have one.
func (w *handing) labelled(line int32) (units int64) {
	for _, l := range w.labels {
		for _, u := range l.Units {
			if u.Line == line && (l.State == "REQUESTED" || l.State == "ISSUED") {
				units += u.Units
			}
		}
	}
	return units
}

// buyLabel asks a carrier for a label.
func (d *deed) buyLabel(r *fulfilmentspb.BuyLabelRequest) string {
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
	open, reason := openUnits(d.order, countsOf(r.GetLines()), w.id)
	if reason != "" {
		return reason
	}
	var units []inside
	for _, u := range open {
		line := d.order.line(u.line)
		left := max(0, line.open()-w.labelled(u.line))
		switch {
		case len(r.GetLines()) == 0:
			u.units = left
		case line.sku == "":
			return "INVALID_REQUEST"
		case u.units > left:
			return "LABEL_STATE"
		}
		if line.sku != "" && u.units > 0 {
			units = append(units, inside{Line: u.line, Units: u.units})
		}
	}
	if len(units) == 0 || len(w.labels) >= labelsMax {
		return "LABEL_STATE"
	}
	w.labels = append(slices.Clip(w.labels), ticket{
		ID: strings.ToLower(r.GetRequestId()), Provider: "test", Service: r.GetService(), State: "REQUESTED", Units: units, Grams: r.GetWeightGrams(),
		Step: askIssue, Steps: 1,
	})
	return d.step()
}

// freeLabel finds a label that may be used or given back; the fulfilment has labels of its own then, to be changed.
func (d *deed) freeLabel(id string) (l *ticket, reason string) {
	w := d.work
	at := slices.IndexFunc(w.labels, func(l ticket) bool { return l.ID == strings.ToLower(id) })
	switch {
	case at < 0:
		return nil, "UNKNOWN_LABEL"
	case w.labels[at].State != "ISSUED" || w.labels[at].Step != "":
		return nil, "LABEL_STATE"
	}
	w.labels = slices.Clone(w.labels)
	return &w.labels[at], ""
}

// voidLabel asks a carrier to take a label back.
func (d *deed) voidLabel(r *fulfilmentspb.VoidLabelRequest) string {
	if !d.found(r) {
		return "UNKNOWN_FULFILMENT"
	}
	if at := slices.IndexFunc(d.work.labels, func(l ticket) bool { return l.ID == strings.ToLower(r.GetLabel()) && l.State == "REQUESTED" }); at >= 0 {
		d.work.labels = slices.Clone(d.work.labels)
		d.work.labels[at].State = "GIVEN_UP"
		return d.step()
	}
	l, reason := d.freeLabel(r.GetLabel())
	if reason != "" {
		return reason
	}
	l.Step, l.Steps, l.Problem = askBack, l.Steps+1, ""
	return d.step()
}

// under is a request to ship what a label is for: its lines, carrier and number.
func (d *deed) under(r *fulfilmentspb.ShipFulfilmentRequest) (*fulfilmentspb.ShipFulfilmentRequest, string) {
	if r.GetLabel() == "" {
		return r, ""
	}
	l, reason := d.freeLabel(r.GetLabel())
	if reason != "" {
		return r, reason
	}
	l.State = "USED"
	ships, _ := proto.Clone(r).(*fulfilmentspb.ShipFulfilmentRequest)
	ships.Label, ships.Carrier, ships.Tracking = l.ID, l.Carrier, l.Tracking
	for _, u := range l.Units {
		ships.Lines = append(ships.Lines, &orderspb.UnitCount{Line: u.Line, Quantity: u.Units})
	}
	return ships, ""
}

// byCarrier tells whether an act writes down what a carrier answered, or has it take back what is left over.
func byCarrier(act *Act) bool {
	return len(act.Headers) > 0 && act.Headers[0].Kind == "WORK" && act.Headers[0].Actor == porter
}

// replayLabel writes down what a carrier answered. What that is, is the carrier's to say, and taken from what others were told; what follows
// from it is not.
func (m *orderModel) replayLabel(at int, act *Act) {
	d := m.newDeed(at, act, nil)
	id, _ := strings.CutPrefix(act.Headers[0].Cause, "fulfilment/")
	if w, there := m.works[id].now(); there {
		work := *w
		d.work = &work
		if order, there := m.orders[w.order].now(); there {
			d.order = order.copied()
		}
	}
	if reason := d.labelAnswered(); reason != "" {
		d.wrong("a carrier answers what it was not asked", reason, "fulfilment/"+id)
	}
	d.compareAct()
	m.findings = append(m.findings, d.findings...)
	d.remember()
}

func (d *deed) labelAnswered() string {
	w := d.work
	if w == nil || d.order == nil || len(d.act.Events) != 1 {
		return "there is no such fulfilment"
	}
	event := d.act.Events[0]
	var told struct{ Labels []ticket }
	if err := json.Unmarshal([]byte(event.Body), &told); err != nil || len(told.Labels) != len(w.labels) {
		return fmt.Sprintf("%s tells of %d labels, and there are %d: %v", event.Kind, len(told.Labels), len(w.labels), err)
	}
	n := slices.IndexFunc(w.labels, func(l ticket) bool {
		return slices.ContainsFunc(told.Labels, func(t ticket) bool { return t.ID == l.ID && (t.Step != l.Step || t.Steps != l.Steps) })
	})
	if n < 0 {
		return "no label waits for " + event.Kind
	}
	w.labels = slices.Clone(w.labels)
	l, is := &w.labels[n], told.Labels[n]
	if event.Kind == "LabelAsked" { // nothing is left that it is for
		left := slices.ContainsFunc(d.order.lines, func(l boughtLine) bool { return l.work == w.id && l.open() > 0 })
		if left || l.State != "ISSUED" || l.Step != "" || l.Problem != "" {
			return "it is not to go back"
		}
		l.Step, l.Steps = askBack, l.Steps+1
		return d.step()
	}
	step, givenUp := l.Step, l.State == "GIVEN_UP"
	l.Step = ""
	switch step + " " + event.Kind {
	case askIssue + " LabelIssued":
		l.State, l.Carrier, l.Tracking, l.Reference = "ISSUED", is.Carrier, is.Tracking, is.Reference
		l.PriceMinor, l.Currency = is.PriceMinor, is.Currency
		if givenUp {
			l.Step, l.Steps = askBack, l.Steps+1
		}
	case askIssue + " LabelDeclined":
		l.State, l.Problem = "DECLINED", is.Problem
	case askBack + " LabelDeclined":
		l.Problem = is.Problem
	case askBack + " LabelVoided":
		l.State = "VOIDED"
	default:
		return event.Kind + " does not answer " + step
	}
	return d.step()
}

// diffLabel says whether another label was answered than the one that was asked for. How far the carrier was by then nobody knows.
func (d *deed) diffLabel(told *fulfilmentspb.Label) string {
	if d.work == nil || !slices.ContainsFunc(d.work.labels, func(l ticket) bool { return l.ID == told.GetId() }) {
		return fmt.Sprintf("label %s was answered", told.GetId())
	}
	return ""
}

// unitsUnder are what a request ships: its lines, or those of the label, by the request that asked for it. No trader asks for one without.
func (m *stockModel) unitsUnder(r *fulfilmentspb.ShipFulfilmentRequest) []*orderspb.UnitCount {
	of := m.requests[strings.ToLower(r.GetLabel())]
	if r.GetLabel() == "" || of == nil {
		return r.GetLines()
	}
	for _, call := range of.calls {
		if bought, ok := call.Request.(*fulfilmentspb.BuyLabelRequest); ok {
			return bought.GetLines()
		}
	}
	return nil
}
