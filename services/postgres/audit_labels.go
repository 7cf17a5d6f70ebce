package postgres

import (
	"reflect"
	"slices"

	"github.com/aisle-retail/aisle/services/retail"
)

// labelsMax is how many labels a shipment has at most.
const labelsMax = 200

// proveLabels proves of the labels of a shipment that each is as far as its steps say, is for goods of the shipment, and that those that are used
// are on one parcel each, which has their goods, carrier and number, as no other label is (L5).
func (a *audit) proveLabels(e entity, f retail.Fulfilment, lines []fulfilled) {
	goods, on, seen := map[int32]int64{}, map[retail.ID]retail.Parcel{}, map[retail.ID]bool{}
	for _, line := range lines {
		if line.sku != "" {
			goods[line.line] = line.quantity
		}
	}
	for n, p := range f.Parcels {
		if p.Label.IsZero() {
			continue
		}
		if _, twice := on[p.Label]; twice {
			a.broken("L5", e.table, e.text, "parcel %d has the label %s, which is on another one", n+1, p.Label)
		}
		on[p.Label] = p
	}
	if len(f.Labels) > labelsMax || len(f.Labels) > 0 && f.Method != retail.Ship {
		a.broken("L1", e.table, e.text, "a %s has %d labels", f.Method, len(f.Labels))
	}
	for _, l := range f.Labels {
		if seen[l.ID] || l.ID.IsZero() || len(l.Units) == 0 || !labelSteps(l) {
			a.broken("L1", e.table, e.text, "label %s is %s after step %d, and is asked to %q", l.ID, l.State, l.Steps, l.Step)
		}
		seen[l.ID] = true
		for _, u := range l.Units {
			if u.Units < 1 || u.Units > goods[u.Line] || u.Undelivered != 0 {
				a.broken("L5", e.table, e.text, "label %s is for %d units of line %d, of which there are %d", l.ID, u.Units, u.Line, goods[u.Line])
			}
		}
		p, used := on[l.ID]
		if used != (l.State == retail.LabelUsed) {
			a.broken("L5", e.table, e.text, "label %s is %s, and on a parcel: %t", l.ID, l.State, used)
		}
		if used && (p.Carrier != l.Carrier || p.Tracking != l.Tracking || !slices.EqualFunc(p.Units, l.Units, func(u, of retail.ParcelUnits) bool {
			return u.Line == of.Line && u.Units == of.Units
		})) {
			a.broken("L5", e.table, e.text, "what is on the label %s is not what is in its parcel", l.ID)
		}
		delete(on, l.ID)
	}
	if len(on) > 0 {
		a.broken("L5", e.table, e.text, "%d of its parcels have labels that are not its own", len(on))
	}
}

// labelSteps tells whether a label may be where its steps say that it is.
func labelSteps(l retail.Label) bool {
	issued := l.Carrier != "" && l.Reference != ""
	switch l.State {
	case retail.LabelRequested, retail.LabelGivenUp:
		return l.Step == retail.LabelIssue && l.Steps == 1 && l.Problem == "" && !issued
	case retail.LabelDeclined:
		return l.Step == "" && l.Steps == 1 && l.Problem != "" && !issued
	case retail.LabelIssued:
		return issued && (l.Step == "" || l.Step == retail.LabelVoid && l.Steps > 1 && l.Problem == "") && (l.Problem == "" || l.Steps > 1)
	case retail.LabelVoided:
		return issued && l.Step == "" && l.Steps > 1 && l.Problem == ""
	case retail.LabelUsed:
		return issued && l.Step == ""
	}
	return false
}

// labelsFollow tells whether the labels of a shipment may have become others by an act that is about one of them.
func labelsFollow(before, after retail.Fulfilment, one *act) bool {
	was, is := before.Labels, after.Labels
	if one.kind == "LabelAsked" && len(is) == len(was)+1 {
		l := is[len(was)]
		right := before.Method == retail.Ship && before.State == retail.FulfilmentPacked && l.State == retail.LabelRequested
		return right && l.AskedAt.Equal(one.recordedAt) && alike(reflect.ValueOf(was), reflect.ValueOf(is[:len(was)]))
	}
	if len(was) != len(is) {
		return false
	}
	changed := 0
	for n := range is {
		if !alike(reflect.ValueOf(was[n]), reflect.ValueOf(is[n])) {
			if changed++; !labelFollows(was[n], is[n], one) {
				return false
			}
		}
	}
	return changed == 1
}

// labelFollows tells whether a label may have become another version of itself by an act.
func labelFollows(was, is retail.Label, one *act) bool {
	as := was
	switch one.kind {
	case "LabelAsked":
		as.Step, as.Steps, as.Problem, as.AskedAt = retail.LabelVoid, was.Steps+1, "", one.recordedAt
		return was.State == retail.LabelIssued && was.Step == "" && alike(reflect.ValueOf(as), reflect.ValueOf(is))
	case "LabelGivenUp":
		as.State = retail.LabelGivenUp
		return was.State == retail.LabelRequested && alike(reflect.ValueOf(as), reflect.ValueOf(is))
	case "LabelIssued":
		as.State, as.Step = retail.LabelIssued, ""
		if was.State == retail.LabelGivenUp { // and goes back
			as.Step, as.Steps, as.AskedAt = retail.LabelVoid, was.Steps+1, one.recordedAt
		}
		as.Carrier, as.Tracking, as.Reference, as.PriceMinor, as.Currency = is.Carrier, is.Tracking, is.Reference, is.PriceMinor, is.Currency
		return was.Step == retail.LabelIssue && is.Reference != "" && alike(reflect.ValueOf(as), reflect.ValueOf(is))
	case "LabelDeclined":
		as.Step, as.Problem = "", is.Problem
		if was.Step == retail.LabelIssue {
			as.State = retail.LabelDeclined
		}
		return was.Step != "" && is.Problem != "" && alike(reflect.ValueOf(as), reflect.ValueOf(is))
	}
	as.State, as.Step = retail.LabelVoided, ""
	return was.Step == retail.LabelVoid && alike(reflect.ValueOf(as), reflect.ValueOf(is))
}

// labelUsed tells whether a shipment's labels are as they were before something left of it, but for the one that is on the parcel.
func labelUsed(before, after retail.Fulfilment) bool {
	if len(before.Labels) != len(after.Labels) || len(after.Parcels) == 0 {
		return false
	}
	sent := after.Parcels[len(after.Parcels)-1].Label
	for n, was := range before.Labels {
		if was.ID == sent {
			if was.State != retail.LabelIssued || was.Step != "" {
				return false
			}
			was.State = retail.LabelUsed
		}
		if !alike(reflect.ValueOf(was), reflect.ValueOf(after.Labels[n])) {
			return false
		}
	}
	return true
}
