package postgres

import (
	"reflect"
	"slices"

	"github.com/aisle-retail/aisle/services/retail"
)

// proveReturnRequests proves that each request counts of its lines what can be, that it moved on as it may, and that what it says was accepted
// is what its returns took back (L1, L5); what it moved out of inspection it posted (L1).
func proveReturnRequests(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	acts, err := s.acts(page)
	if err != nil {
		return nil, err
	}
	err = s.book(acts, func(i int) map[string]bool {
		return map[string]bool{page[i].row.(retail.ReturnRequest).Location: true}
	})
	if err != nil {
		return nil, err
	}
	var refs []referred
	for i, e := range page {
		q := e.row.(retail.ReturnRequest)
		refs = append(refs, referred{by: i, key: retail.OrderKey(q.Order)})
		for _, id := range q.Returns {
			refs = append(refs, referred{by: i, key: retail.ReturnKey(id)})
		}
	}
	found, err := s.existing(refs)
	if err != nil {
		return nil, err
	}
	return func() {
		for i, e := range page {
			q := e.row.(retail.ReturnRequest)
			a.proveRequestCounts(e, q)
			a.proveRequestReturns(e, q, found)
			a.proveRequestActs(e, q, acts[i])
		}
	}, nil
}

// proveRequestCounts proves of each line that asked >= received >= accepted + sent back, and accepted >= inspected >= restocked.
func (a *audit) proveRequestCounts(e entity, q retail.ReturnRequest) {
	seen, undecided, arrived := map[int32]bool{}, false, false
	for _, l := range q.Lines {
		if l.Asked < 1 || l.Received > l.Asked || l.Accepted < 0 || l.SentBack < 0 || l.Accepted+l.SentBack > l.Received || l.Restocked < 0 ||
			l.Restocked > l.Inspected || l.Inspected > l.Accepted || l.Inspected > 0 && q.Refund != retail.RefundOnReceipt || seen[l.Line] {
			a.broken("L5", e.table, e.text, "of %d of line %d %d arrived, %d were accepted and %d sent back; %d were looked at, %d of them for sale", l.Asked,
				l.Line, l.Received, l.Accepted, l.SentBack, l.Inspected, l.Restocked)
		}
		seen[l.Line], arrived = true, arrived || l.Received > 0
		undecided = undecided || l.Accepted+l.SentBack < l.Received
	}
	for _, w := range q.Wrong {
		if w.SentBack < 0 || w.SentBack > w.Units {
			a.broken("L5", e.table, e.text, "of %d wrong %s %d were sent back", w.Units, w.Item, w.SentBack)
		}
		arrived, undecided = true, undecided || w.SentBack < w.Units
	}
	unsent := q.State != retail.ReturnRequestReceived && q.State != retail.ReturnRequestClosed
	approved := q.State != retail.ReturnRequested && q.State != retail.ReturnRequestRejected
	if len(q.Lines) == 0 || unsent && arrived || q.State == retail.ReturnRequestReceived && !arrived || q.State == retail.ReturnRequestClosed && undecided ||
		(q.Refund == "") != q.ExpiresAt.IsZero() || approved && q.State != retail.ReturnRequestCancelled && q.Refund == "" || !approved && q.Refund != "" {
		a.broken("L1", e.table, e.text, "it is %s, with something that arrived: %v, and undecided: %v", q.State, arrived, undecided)
	}
}

// proveRequestReturns proves that what was accepted came back to the order, by returns that name the request.
func (a *audit) proveRequestReturns(e entity, q retail.ReturnRequest, found map[retail.Key]retail.Row) {
	order, there := found[retail.OrderKey(q.Order)].(retail.Order)
	if !there || order.Customer != q.Customer {
		a.broken("L1", e.table, e.text, "its order %s is not there, or another customer's", q.Order)
	}
	accepted := map[int32]int64{}
	for i, id := range q.Returns {
		back, there := found[retail.ReturnKey(id)].(retail.Return)
		if !there || back.Request != q.ID || back.Order != q.Order || back.Location != q.Location || slices.Contains(q.Returns[:i], id) {
			a.broken("L5", e.table, e.text, "the return %s is not there, or not its own", id)
		}
		for _, line := range back.Lines {
			accepted[line.Units.Line] += line.Units.Until - line.Units.From
		}
	}
	for _, l := range q.Lines {
		if accepted[l.Line] != l.Accepted {
			a.broken("L5", e.table, e.text, "%d of line %d were accepted, and its returns took %d back", l.Accepted, l.Line, accepted[l.Line])
		}
		delete(accepted, l.Line)
	}
	for line := range accepted {
		a.broken("L5", e.table, e.text, "its returns took line %d back, which nobody asked for", line)
	}
}

func (a *audit) proveRequestActs(e entity, q retail.ReturnRequest, acts []*act) {
	_, name := toldAs(q.Key())
	if !a.proveActs(e, q.Version, acts, name) {
		return
	}
	versions, readable := bodies[retail.ReturnRequest](a, acts)
	if !readable {
		return
	}
	before := retail.ReturnRequest{}
	for n, one := range acts {
		after := versions[n]
		if !requestFollows(before, after, one) {
			a.broken("L9", e.table, e.text, "others were told as version %d what can't follow from version %d", n+1, n)
			return
		}
		was := before
		before = after
		if one.header().Kind != retail.KindByPost {
			continue // it is proved with the return
		}
		want := postings{}
		for i, is := range after.Lines {
			line := retail.ReturnRequestLine{}
			if n > 0 {
				line = was.Lines[i]
			}
			restocked := is.Restocked - line.Restocked
			want.add(q.Location, retail.Inspection, retail.Available, is.SKU, restocked)
			want.add(q.Location, retail.Inspection, retail.Damaged, is.SKU, is.Inspected-line.Inspected-restocked)
		}
		a.provePostings(one, want)
	}
}

// requestMoves are the states that a request may be in before and after others are told of something.
var requestMoves = map[string]struct{ from, to []retail.ReturnRequestState }{
	"ReturnRequested":       {[]retail.ReturnRequestState{""}, []retail.ReturnRequestState{retail.ReturnRequested}},
	"ReturnRequestApproved": {[]retail.ReturnRequestState{retail.ReturnRequested}, []retail.ReturnRequestState{retail.ReturnRequestApproved}},
	"ReturnRequestRejected": {[]retail.ReturnRequestState{retail.ReturnRequested}, []retail.ReturnRequestState{retail.ReturnRequestRejected}},
	"ReturnRequestCancelled": {
		[]retail.ReturnRequestState{retail.ReturnRequested, retail.ReturnRequestApproved}, []retail.ReturnRequestState{retail.ReturnRequestCancelled},
	},
	"ReturnRequestExpired": {[]retail.ReturnRequestState{retail.ReturnRequestApproved}, []retail.ReturnRequestState{retail.ReturnRequestExpired}},
	"ReturnRequestSent":    {[]retail.ReturnRequestState{retail.ReturnRequestApproved}, []retail.ReturnRequestState{retail.ReturnRequestSent}},
	"ReturnRequestReceived": {
		[]retail.ReturnRequestState{retail.ReturnRequestApproved, retail.ReturnRequestSent, retail.ReturnRequestReceived, retail.ReturnRequestExpired},
		[]retail.ReturnRequestState{retail.ReturnRequestReceived},
	},
	"ReturnRequestInspected": {[]retail.ReturnRequestState{retail.ReturnRequestReceived}, []retail.ReturnRequestState{retail.ReturnRequestReceived}},
	"ReturnRequestClosed": {
		[]retail.ReturnRequestState{retail.ReturnRequestSent, retail.ReturnRequestReceived}, []retail.ReturnRequestState{retail.ReturnRequestClosed},
	},
}

// countingRequests are what is told of goods that arrived, which alone count.
var countingRequests = []string{"ReturnRequestReceived", "ReturnRequestInspected", "ReturnRequestClosed"}

// requestFollows tells whether a request may have become another version of itself by an act; before the first it is none.
func requestFollows(before, after retail.ReturnRequest, one *act) bool {
	move := requestMoves[one.kind]
	if !slices.Contains(move.from, before.State) || !slices.Contains(move.to, after.State) || after.Version != before.Version+1 {
		return false
	}
	as := after
	as.State, as.Version, as.RecordedAt = before.State, before.Version, before.RecordedAt
	switch one.kind {
	case "ReturnRequested":
		first := retail.ReturnRequest{
			ID: after.ID, Order: after.Order, Customer: after.Customer, Channel: after.Channel, Location: after.Location, Wish: after.Wish,
			AskedAt: after.AskedAt, Note: after.Note,
		}
		for _, l := range after.Lines {
			first.Lines = append(first.Lines, retail.ReturnRequestLine{Line: l.Line, SKU: l.SKU, Reason: l.Reason, Asked: l.Asked})
		}
		return after.AskedAt.Equal(one.recordedAt) && alike(reflect.ValueOf(first), reflect.ValueOf(as))
	case "ReturnRequestApproved":
		if !after.ExpiresAt.After(one.recordedAt) {
			return false
		}
		as.Label, as.Carrier, as.Tracking, as.Refund, as.ExpiresAt = before.Label, before.Carrier, before.Tracking, before.Refund, before.ExpiresAt
	case "ReturnRequestSent":
		if !one.recordedAt.Before(before.ExpiresAt) {
			return false
		}
		as.Carrier, as.Tracking = before.Carrier, before.Tracking
	case "ReturnRequestExpired":
		if one.recordedAt.Before(before.ExpiresAt) {
			return false
		}
	case "ReturnRequestReceived":
		if before.State == retail.ReturnRequestExpired || before.State == retail.ReturnRequestApproved && !one.recordedAt.Before(before.ExpiresAt) {
			as.Refund = before.Refund
		}
	}
	if slices.Contains([]string{"ReturnRequestRejected", "ReturnRequestCancelled", "ReturnRequestClosed", "ReturnRequestExpired"}, one.kind) {
		as.Answer = before.Answer
	}
	if slices.Contains(countingRequests, one.kind) {
		if !countsFollow(before, after) {
			return false
		}
		as.Lines, as.Wrong, as.Returns = before.Lines, before.Wrong, before.Returns
	}
	return alike(reflect.ValueOf(before), reflect.ValueOf(as))
}

// countsFollow tells whether a request counts of the same lines no less than before.
func countsFollow(before, after retail.ReturnRequest) bool {
	if len(before.Lines) != len(after.Lines) || len(before.Wrong) > len(after.Wrong) || len(before.Returns) > len(after.Returns) ||
		!slices.Equal(before.Returns, after.Returns[:len(before.Returns)]) {
		return false
	}
	for i, was := range before.Lines {
		is := after.Lines[i]
		less := is.Received < was.Received || is.Accepted < was.Accepted || is.SentBack < was.SentBack || is.Inspected < was.Inspected ||
			is.Restocked < was.Restocked
		was.Received, was.Accepted, was.SentBack, was.Inspected, was.Restocked = is.Received, is.Accepted, is.SentBack, is.Inspected, is.Restocked
		if less || was != is {
			return false
		}
	}
	for i, was := range before.Wrong {
		if is := after.Wrong[i]; is.Item != was.Item || is.Units != was.Units || is.SentBack < was.SentBack {
			return false
		}
	}
	return true
}
