package retail

import (
	"fmt"
	"slices"
	"time"
)

// LabelState is how far a label has come.
type LabelState string

// The states of a label.
const (
	LabelRequested LabelState = "REQUESTED" // the carrier was asked for it, and has not answered
	LabelIssued    LabelState = "ISSUED"    // it may be stuck on a parcel
	LabelGivenUp   LabelState = "GIVEN_UP"  // nobody waits for the answer: what is issued goes back at once
	LabelDeclined  LabelState = "DECLINED"  // the carrier would not
	LabelVoided    LabelState = "VOIDED"    // the carrier took it back
	LabelUsed      LabelState = "USED"      // it is on a parcel that left
)

// LabelAsk is what a carrier is asked of a label.
type LabelAsk string

// The steps of a label.
const (
	LabelIssue LabelAsk = "ISSUE"
	LabelVoid  LabelAsk = "VOID"
)

// LabelProblem is why a carrier will not. Its own words may say whose parcel it is, and what is recorded is kept for good: they are not.
type LabelProblem string

// The problems.
const (
	ProblemAddress   LabelProblem = "ADDRESS"   // whom it is for, or where, is not known or not served
	ProblemParcel    LabelProblem = "PARCEL"    // its weight, its size or what is in it
	ProblemService   LabelProblem = "SERVICE"   // there is no such service, or not for this parcel
	ProblemUnderWay  LabelProblem = "UNDER_WAY" // it has the parcel already
	ProblemAbandoned LabelProblem = "ABANDONED" // nobody asked for it any more
	ProblemOther     LabelProblem = "OTHER"
)

// known is the problem, or that it is another.
func (p LabelProblem) known() LabelProblem {
	if slices.Contains([]LabelProblem{ProblemAddress, ProblemParcel, ProblemService, ProblemUnderWay, ProblemAbandoned}, p) {
		return p
	}
	return ProblemOther
}

// labelsMax is how many labels a shipment may have: as many as parcels, and as many again that were declined or given back.
const labelsMax = 2 * parcelsMax

// Label is what a carrier is asked to carry: a parcel to be. What is asked of the carrier is recorded before it is asked, as a step with a
// number, and what it answers after: whoever finds a step without an answer asks again, under the same key, which is made of the label's id
// and the step's number. Whom the parcel is for stands beside the books (Recipient).
type Label struct {
	ID ID `json:"id"`
	// Provider is whom we ask, by the name of its adapter, and Service which of its services; empty: its usual one.
	Provider string     `json:"provider"`
	Service  string     `json:"service,omitempty"`
	State    LabelState `json:"state"`
	// Units are the goods that it is for.
	Units []ParcelUnits `json:"units"`
	// WeightGrams and Size are what is said of the parcel; zero: nothing.
	WeightGrams int64      `json:"weight_grams,omitempty"`
	Size        ParcelSize `json:"size,omitzero"`
	// Carrier is who carries it, Tracking the carrier's number for the parcel, and Reference its id of the label.
	Carrier   string `json:"carrier,omitempty"`
	Tracking  string `json:"tracking,omitempty"`
	Reference string `json:"reference,omitempty"`
	// PriceMinor is what the carrier takes for it. It is noted and not booked.
	PriceMinor int64  `json:"price_minor,omitempty"`
	Currency   string `json:"currency,omitempty"`
	// Problem is why the carrier last would not.
	Problem LabelProblem `json:"problem,omitempty"`
	// Step is what the carrier was asked and has not answered; empty: nothing. Steps counts all of them.
	Step  LabelAsk `json:"step,omitempty"`
	Steps int32    `json:"steps"`
	// AskedAt is when it was last asked.
	AskedAt time.Time `json:"asked_at"`
}

// ParcelSize is how large a parcel is, in millimetres.
type ParcelSize struct {
	LengthMM int32 `json:"length_mm"`
	WidthMM  int32 `json:"width_mm"`
	HeightMM int32 `json:"height_mm"`
}

// Recipient is whom a parcel is for. It is kept beside the books: that of an order as its contact is, that of a label until the carrier has
// answered. No event has it.
type Recipient struct {
	Name    string  `json:"name"`
	Address Address `json:"address"`
	// Phone (E.164) and Email are for whoever delivers it; empty: not said.
	Phone string `json:"phone,omitempty"`
	Email string `json:"email,omitempty"`
}

// LabelRef names a step of a label of a shipment.
type LabelRef struct {
	Location   string
	Fulfilment ID
	Label      ID
	Step       int32
	// RecordedAt is when its shipment last changed, by which steps are in an order.
	RecordedAt time.Time
}

// ask begins a step.
func (l *Label) ask(step LabelAsk, now time.Time) {
	l.Step, l.Steps, l.Problem, l.AskedAt = step, l.Steps+1, "", now
}

// free tells whether it is issued, and the carrier is not asked to take it back.
func (l Label) free() bool { return l.State == LabelIssued && l.Step == "" }

// Unused tells whether it may be given back by who finds that nothing is left that it is for: its carrier was never asked to, or did not
// answer with a problem.
func (l Label) Unused() bool { return l.free() && l.Problem == "" }

// Label returns a label of the shipment.
func (f Fulfilment) Label(id ID) (Label, bool) {
	at := f.label(id)
	if at < 0 {
		return Label{}, false
	}
	return f.Labels[at], true
}

// label returns where a label stands in the shipment, or -1.
func (f Fulfilment) label(id ID) int {
	return slices.IndexFunc(f.Labels, func(l Label) bool { return l.ID == id })
}

// labelled is how many units of a line have a label that is not used, or are to have one.
func (f Fulfilment) labelled(line int32) (units int64) {
	for _, l := range f.Labels {
		for _, u := range l.Units {
			if u.Line == line && (l.State == LabelRequested || l.State == LabelIssued) {
				units += u.Units
			}
		}
	}
	return units
}

// freeLabel returns where a label stands that may be used or given back.
func (f Fulfilment) freeLabel(id ID) (int, error) {
	at := f.label(id)
	if at < 0 {
		return 0, RefuseField(UnknownLabel, "label", "the shipment has no label %s", id)
	}
	switch l := f.Labels[at]; {
	case l.Step != "":
		return 0, RefuseField(LabelStep, "label", "its carrier has not answered the %s before", l.Step).With("state", l.State)
	case !l.free():
		return 0, RefuseField(LabelStep, "label", "it is %s", l.State).With("state", l.State)
	}
	return at, nil
}

// BuyLabel records that a carrier is about to be asked for a label, for goods that go in one parcel. Nothing is asked before that is committed.
type BuyLabel struct {
	Work
	Label             ID
	Provider, Service string
	// Lines are the goods; none: all that are open and have no label.
	Lines       []UnitCount
	WeightGrams int64
	Size        ParcelSize
}

// Decide refuses what is not packed, what has a label, and one label too many.
func (c BuyLabel) Decide(s State, now time.Time) (Change, Worked, error) {
	f, order, err := c.on(s)
	if err != nil {
		return Change{}, Worked{}, err
	}
	if err := f.MustBe(Ship); err != nil {
		return Change{}, Worked{}, err
	}
	if err := (HandOver{}).mayHandOver(f, now); err != nil {
		return Change{}, Worked{}, err
	}
	units, err := c.units(f, order)
	if err != nil {
		return Change{}, Worked{}, err
	}
	switch {
	case len(f.Labels) >= labelsMax:
		return Change{}, Worked{}, Refuse(LabelStep, "a shipment has at most %d labels", labelsMax)
	case c.Label.IsZero() || f.label(c.Label) >= 0:
		return Change{}, Worked{}, RefuseField(InvalidRequest, "request_id", "a label has an id of its own")
	}
	// Nothing below this line can fail.
	l := Label{
		ID: c.Label, Provider: c.Provider, Service: c.Service, State: LabelRequested, Units: units, WeightGrams: c.WeightGrams, Size: c.Size,
	}
	l.ask(LabelIssue, now)
	f.Labels = append(slices.Clip(f.Labels), l)
	return c.done(f, order, now, "LabelAsked")
}

// units are the goods that the label is for.
func (c BuyLabel) units(f Fulfilment, order Order) (units []ParcelUnits, err error) {
	open, err := order.openUnits(c.Lines, f.ID)
	if err != nil {
		return nil, err
	}
	for i, u := range open {
		line := order.Lines[u.Line-1]
		left := max(0, line.Open()-f.labelled(u.Line))
		switch {
		case len(c.Lines) == 0:
			u.Units = left
		case line.SKU == "":
			return nil, RefuseField(InvalidRequest, fmt.Sprintf("lines[%d].line", i), "line %d is a charge, and in no parcel", u.Line)
		case u.Units > left:
			return nil, RefuseField(LabelStep, fmt.Sprintf("lines[%d].quantity", i),
				"%d of line %d have no label, and not %d; give a label back that is not needed", left, u.Line, u.Units).
				With("left", left)
		}
		if line.SKU != "" && u.Units > 0 {
			units = append(units, ParcelUnits{Line: u.Line, Units: u.Units})
		}
	}
	if len(units) == 0 {
		return nil, Refuse(LabelStep, "all goods that are open have a label; give one back that is not needed").With("left", 0)
	}
	return units, nil
}

// VoidLabel records that a carrier is about to be asked to take a label back, or that nobody waits any more for one that the carrier has not
// answered: its goods may have another, and it goes back when it is issued. What became of the shipment is not asked: a label of what is not
// sent any more is what is given back.
type VoidLabel struct {
	Work
	Label ID
}

// Decide refuses what is not issued, or is used.
func (c VoidLabel) Decide(s State, now time.Time) (Change, Worked, error) {
	f, order, err := c.on(s)
	if err != nil {
		return Change{}, Worked{}, err
	}
	if at := f.label(c.Label); at >= 0 && f.Labels[at].State == LabelRequested {
		f.Labels = slices.Clone(f.Labels)
		f.Labels[at].State = LabelGivenUp
		return c.done(f, order, now, "LabelGivenUp")
	}
	at, err := f.freeLabel(c.Label)
	if err != nil {
		return Change{}, Worked{}, err
	}
	// Nothing below this line can fail.
	f.Labels = slices.Clone(f.Labels)
	f.Labels[at].ask(LabelVoid, now)
	return c.done(f, order, now, "LabelAsked")
}

// AnswerLabel ends a step with what the carrier answered: a fact, which is never refused, whatever became of the shipment.
type AnswerLabel struct {
	Work
	Label ID
	// Number is which step it answers.
	Number int32
	// Declined is true where the carrier would not, and Problem says why.
	Declined bool
	Problem  LabelProblem
	// Carrier, Tracking, Reference and the price are those of a label that is issued.
	Carrier, Tracking, Reference string
	PriceMinor                   int64
	Currency                     string
}

// Decide is stale where nothing was asked that this answers.
func (c AnswerLabel) Decide(s State, now time.Time) (Change, Worked, error) {
	f, order, err := c.on(s)
	if err != nil {
		return Change{}, Worked{}, ErrStale
	}
	at := f.label(c.Label)
	if at < 0 || f.Labels[at].Step == "" || f.Labels[at].Steps != c.Number {
		return Change{}, Worked{}, ErrStale
	}
	// Nothing below this line can fail.
	f.Labels = slices.Clone(f.Labels)
	l := &f.Labels[at]
	step, givenUp := l.Step, l.State == LabelGivenUp
	l.Step = ""
	switch {
	case c.Declined:
		l.Problem = c.Problem.known()
		if step == LabelIssue {
			l.State = LabelDeclined
		}
		return c.done(f, order, now, "LabelDeclined")
	case step == LabelVoid:
		l.State = LabelVoided
		return c.done(f, order, now, "LabelVoided")
	}
	l.State, l.Carrier, l.Tracking, l.Reference = LabelIssued, c.Carrier, c.Tracking, c.Reference
	l.PriceMinor, l.Currency = c.PriceMinor, c.Currency
	if givenUp {
		l.ask(LabelVoid, now)
	}
	return c.done(f, order, now, "LabelIssued")
}

// by takes what leaves, and who carries it, from the label that is on the parcel, and returns where that stands; -1: it has none of ours.
func (c HandOver) by(f Fulfilment, order Order) (HandOver, int, error) {
	if c.Label.IsZero() {
		return c, -1, nil
	}
	at, err := f.freeLabel(c.Label)
	switch {
	case err != nil:
		return c, at, err
	case len(c.Lines) > 0:
		return c, at, RefuseField(InvalidRequest, "lines", "what is in the parcel is the label's")
	case c.Carrier != "":
		return c, at, RefuseField(InvalidRequest, "carrier", "who carries it is the label's")
	case c.Tracking != "":
		return c, at, RefuseField(InvalidRequest, "tracking", "its number is the label's")
	}
	l := f.Labels[at]
	for _, u := range l.Units {
		line := order.Lines[u.Line-1]
		open := line.Open()
		if line.Fulfilment != f.ID {
			open = 0
		}
		if u.Units > open {
			return c, at, RefuseField(AlreadyHandedOver, "label", "it is for %d of line %d, of which %d are open: give it back, and ask for another",
				u.Units, u.Line, open).With("open", open)
		}
	}
	c.Carrier, c.Tracking, c.Lines = l.Carrier, l.Tracking, make([]UnitCount, len(l.Units))
	for i, u := range l.Units {
		c.Lines[i] = UnitCount{Line: u.Line, Units: u.Units}
	}
	return c, at, nil
}

// use notes that a label is on a parcel that leaves; -1: there is none.
func (f *Fulfilment) use(label int) {
	if label >= 0 {
		f.Labels = slices.Clone(f.Labels)
		f.Labels[label].State = LabelUsed
	}
}
