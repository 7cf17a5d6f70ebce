package postgres

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/aisle-retail/aisle/services/retail"
)

// proveTransfers proves that what left one place for another, and what arrived or is missing, was posted in both books (L1, L10):
// so transit is empty over both, and what is still expected is what incoming counts; and that what was asked for posted nothing until
// it was sent, once, and not more than that.
func proveTransfers(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	acts, err := s.acts(page)
	if err != nil {
		return nil, err
	}
	promised, err := s.promisedOf(page)
	if err != nil {
		return nil, err
	}
	err = s.book(acts, func(i int) map[string]bool {
		t := page[i].row.(retail.Transfer)
		return map[string]bool{t.From: true, t.To: true}
	})
	if err != nil {
		return nil, err
	}
	return func() {
		for i, e := range page {
			a.proveTransfer(e, e.row.(retail.Transfer), acts[i])
			a.provePromised(e, e.row.(retail.Transfer), promised[i])
		}
	}, nil
}

func (a *audit) proveTransfer(e entity, t retail.Transfer, acts []*act) {
	a.proveTransferCounts(e, t)
	_, name := toldAs(t.Key())
	causes := []string{name}
	if !t.Order.IsZero() {
		causes = append(causes, retail.OrderPrefix+t.Order.String())
	}
	if !a.proveActs(e, t.Version, acts, causes...) {
		return
	}
	a.proveOnItsWay(e, t, acts)
	versions, readable := bodies[retail.Transfer](a, acts)
	if !readable {
		return
	}
	before := retail.Transfer{}
	for n, one := range acts {
		after, want := versions[n], postings{}
		if !transferFollows(before, after, one) {
			a.broken("L9", e.table, e.text, "others were told as version %d what can't follow from version %d", n+1, n)
			return
		}
		was := before
		before = after
		if one.header().Cause != name {
			continue // it is proved with the order, or the return
		}
		for i, line := range after.Lines {
			want.transferred(t, lineBefore(was, i), line)
		}
		a.provePostings(one, want)
	}
}

// unsent are the states of transfers that were not sent.
var unsent = map[retail.TransferState]bool{
	retail.TransferRequested: true, retail.TransferDeclined: true, retail.TransferCancelled: true,
}

// proveTransferCounts proves that a transfer's state is that of its lines, and that it says what one of that state may.
func (a *audit) proveTransferCounts(e entity, t retail.Transfer) {
	seen, expected, sent := map[string]bool{}, false, false
	asked := !t.RequestedAt.IsZero()
	for i, line := range t.Lines {
		atFirst := line.Shipped - line.Over
		if atFirst < 0 || line.Received < 0 || line.Missing < 0 || line.Expected() < 0 || seen[line.SKU] || line.Damaged < 0 ||
			line.Damaged > line.Received || line.Over < 0 || asked && (line.Requested <= 0 || atFirst > line.Requested) ||
			!asked && (line.Requested != 0 || atFirst == 0) {
			a.broken("L10", transferLines, fmt.Sprintf("%s/%d", e.text, i+1), "of %d of %s %d arrived and %d are missing; %d were asked for",
				line.Shipped, line.SKU, line.Received, line.Missing, line.Requested)
		}
		if line.Kept < 0 || line.Kept > line.Received-line.Damaged || line.Lacked < 0 || line.Kept+line.Lacked > atFirst ||
			t.Order.IsZero() && line.Kept+line.Lacked != 0 {
			a.broken("L10", transferLines, fmt.Sprintf("%s/%d", e.text, i+1), "its order got %d of %s, and waited for %d in vain", line.Kept,
				line.SKU, line.Lacked)
		}
		seen[line.SKU], expected, sent = true, expected || line.Expected() > 0, sent || line.Shipped > 0
	}
	if expected != (t.State == retail.TransferShipped) || sent == unsent[t.State] || sent == t.ShippedAt.IsZero() || len(t.Lines) == 0 ||
		t.From == t.To {
		a.broken("L10", e.table, e.text, "it is %s, and units are still expected: %v", t.State, expected)
	}
	if !t.Order.IsZero() && (!asked || t.State == retail.TransferDeclined) {
		a.broken("L10", e.table, e.text, "it is %s for order %s, and was asked for at %s", t.State, t.Order, t.RequestedAt)
	}
	if unsent[t.State] && !asked || !asked && (t.Purpose != "" || t.WantedOn != "") || t.State == retail.TransferDeclined && t.Answer == "" ||
		t.Answer != "" && t.State != retail.TransferDeclined && t.State != retail.TransferCancelled {
		a.broken("L10", e.table, e.text, "it is %s, was asked for at %s, and was answered %q", t.State, t.RequestedAt, t.Answer)
	}
}

// lineBefore is what a line was before an act: of the first version there is nothing before.
func lineBefore(before retail.Transfer, i int) retail.TransferLine {
	if len(before.Lines) == 0 {
		return retail.TransferLine{}
	}
	return before.Lines[i]
}

// transferred adds what brought a line from one state to the next.
func (p postings) transferred(t retail.Transfer, was, is retail.TransferLine) {
	transit := retail.TransitPrefix + t.ID.String()
	damaged := is.Damaged - was.Damaged
	at, kept := retail.Available, is.Kept-was.Kept
	if !t.Order.IsZero() && is.Over == was.Over { // what is sent at first was promised
		at = retail.Committed
	}
	p.add(t.From, at, transit, is.SKU, is.Shipped-was.Shipped)
	p.add(t.To, transit, retail.Incoming, is.SKU, is.Shipped-was.Shipped)
	p.add(t.To, retail.Incoming, retail.Available, is.SKU, is.Received-was.Received-damaged-kept)
	p.add(t.To, retail.Incoming, retail.Committed, is.SKU, kept)
	p.add(t.To, retail.Available, retail.Committed, is.SKU, is.Lacked-was.Lacked)
	p.add(t.To, retail.Incoming, retail.Damaged, is.SKU, damaged)
	p.add(t.To, retail.Incoming, retail.Shrinkage, is.SKU, is.Missing-was.Missing)
}

// transferFollows tells whether a transfer may have become another version of itself by an act; before the first it is none.
func transferFollows(before, after retail.Transfer, one *act) bool {
	first := before.Version == 0
	if first {
		before = retail.Transfer{
			ID: after.ID, From: after.From, To: after.To, Reference: after.Reference, RequestedAt: after.RequestedAt, Purpose: after.Purpose,
			WantedOn: after.WantedOn, Order: after.Order,
		}
		for _, line := range after.Lines {
			before.Lines = append(before.Lines, retail.TransferLine{SKU: line.SKU, Requested: line.Requested})
		}
	}
	if len(before.Lines) != len(after.Lines) {
		return false
	}
	as, sound := after, false
	switch one.kind {
	case "TransferRequested":
		sound = first && after.State == retail.TransferRequested && after.RequestedAt.Equal(one.recordedAt)
	case "TransferDeclined":
		sound, as.Answer = before.State == retail.TransferRequested && after.State == retail.TransferDeclined, before.Answer
	case "TransferCancelled":
		sound, as.Answer = before.State == retail.TransferRequested && after.State == retail.TransferCancelled, before.Answer
	case "TransferShipped":
		sound = (before.State == retail.TransferRequested || first && after.RequestedAt.IsZero()) && after.State == retail.TransferShipped &&
			after.ShippedAt.Equal(one.recordedAt)
		as.ShippedAt, as.Reference = before.ShippedAt, before.Reference
	case "TransferReceived":
		sound = before.State == retail.TransferShipped && !unsent[after.State]
	}
	as.State, as.Version, as.RecordedAt = before.State, before.Version, before.RecordedAt
	as.Lines = slices.Clone(after.Lines)
	for i, was := range before.Lines {
		is := &as.Lines[i]
		sound = sound && lineFollows(was, *is, one)
		is.Kept, is.Lacked = was.Kept, was.Lacked
		is.Shipped, is.Received, is.Missing, is.Damaged, is.Over, is.Cost = was.Shipped, was.Received, was.Missing, was.Damaged, was.Over, was.Cost
	}
	return sound && alike(reflect.ValueOf(before), reflect.ValueOf(as))
}

// lineFollows tells whether an act may have brought a line from one state to the next.
func lineFollows(was, is retail.TransferLine, one *act) bool {
	sent, came, over, damaged := is.Shipped-was.Shipped, is.Received-was.Received, is.Over-was.Over, is.Damaged-was.Damaged
	if kept, lacked := is.Kept-was.Kept, is.Lacked-was.Lacked; one.kind != "TransferReceived" && (kept != 0 || lacked != 0) || kept < 0 || lacked < 0 ||
		kept > came-damaged {
		return false
	}
	switch one.kind {
	case "TransferShipped":
		return came == 0 && over == 0 && damaged == 0 && is.Missing == was.Missing && sent >= 0 && (was.Requested == 0 || sent <= was.Requested)
	case "TransferReceived":
		return came >= damaged && is.Missing >= was.Missing && over >= 0 && damaged >= 0 && sent == over
	}
	return is.Cost == was.Cost && sent == 0 && came == 0 && over == 0 && damaged == 0 && is.Missing == was.Missing
}
