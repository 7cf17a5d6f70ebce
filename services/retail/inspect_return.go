package retail

import (
	"fmt"
	"slices"
	"time"
)

// Arrived is units of one line of a request that arrived.
type Arrived struct {
	Line  int32
	Units int64
}

// ReceiveReturnRequest is when goods that a customer sent back arrive, all of them or some. It is a fact: it is received what was approved, sent or
// not, and what came too late. Where money goes back on receipt, what the order still has of them is accepted in the same act, to be looked at; what
// it has no more was taken back over a counter meanwhile, and is sent back to her.
type ReceiveReturnRequest struct {
	Request     ID
	Transaction ID
	// Lines are what arrived of what was asked for, Wrong what nobody asked for, or more than that.
	Lines []Arrived
	Wrong []WrongItem
	// Back is what is accepted, without its items.
	Back AcceptReturn
}

// Keys are the request, and those of a return of all that arrived.
func (c ReceiveReturnRequest) Keys() []Key {
	back := c.Back
	back.Items = nil
	for _, line := range c.Lines {
		back.Items = append(back.Items, ReturnItem{Line: line.Line})
	}
	return append(back.Keys(), ReturnRequestKey(c.Request))
}

// Decide refuses what was not approved, or is over; more than is missing, which is wrong items; and what a return of it would refuse but by the
// policy, by which it was approved.
func (c ReceiveReturnRequest) Decide(s State, now time.Time) (Change, ReturnRequest, error) {
	r, err := inState(s, c.Request, now, ReturnRequestApproved, ReturnRequestSent, ReturnRequestReceived, ReturnRequestExpired)
	if err != nil {
		return Change{}, ReturnRequest{}, err
	}
	if r.Order != c.Back.Order.ID || r.Location != c.Back.Location {
		return Change{}, ReturnRequest{}, ErrStale
	}
	if r.at(now) == ReturnRequestExpired { // nobody waited for it: it is looked at first
		r.Refund = RefundOnInspection
	}
	if r, err = c.arrived(r); err != nil {
		return Change{}, ReturnRequest{}, err
	}
	back := c.Back.by(r)
	if r.Refund == RefundOnReceipt {
		if back.Items, err = back.acceptable(s, now, r, c.Lines); err != nil {
			return Change{}, ReturnRequest{}, err
		}
	}
	return r.accept(s, now, c.Transaction, "ReturnRequestReceived", back, nil)
}

// arrived is the request with what arrived.
func (c ReceiveReturnRequest) arrived(r ReturnRequest) (ReturnRequest, error) {
	if len(c.Lines)+len(c.Wrong) == 0 {
		return r, RefuseField(InvalidRequest, "lines", "say what arrived")
	}
	if len(r.Wrong)+len(c.Wrong) > wrongItemsMax {
		return r, RefuseField(QuantityTooLarge, "wrong_items", "a request has %d wrong items at most", wrongItemsMax)
	}
	r = r.copied()
	r.State = ReturnRequestReceived
	for i, line := range c.Lines {
		field := fmt.Sprintf("lines[%d]", i)
		at := r.line(line.Line)
		if at < 0 {
			return r, RefuseField(InvalidRequest, field+".line", "nobody asked to send line %d back: it is a wrong item", line.Line)
		}
		if line.Units < 1 {
			return r, RefuseField(InvalidRequest, field+".quantity", "must be at least 1")
		}
		if missing := r.Lines[at].Missing(); line.Units > missing {
			return r, RefuseField(ReturnTooLarge, field+".quantity", "%d of line %d are missing, and not %d: what arrived beside them is wrong items", missing,
				line.Line, line.Units).With("left", missing)
		}
		r.Lines[at].Received += line.Units
	}
	for i, item := range c.Wrong {
		field := fmt.Sprintf("wrong_items[%d]", i)
		if item.Item == "" {
			return r, RefuseField(InvalidRequest, field+".item", "say what it is")
		}
		if item.Units < 1 || item.Units > unitsMax {
			return r, RefuseField(InvalidRequest, field+".quantity", "must be at least 1, and countable")
		}
		r.Wrong = append(r.Wrong, WrongItem{Item: item.Item, Units: item.Units})
	}
	return r, nil
}

// by is a return of what a request asks for, as of when she asked. That names the order, which is proof enough. Who gives money back on receipt asks
// for no condition.
func (c AcceptReturn) by(r ReturnRequest) AcceptReturn {
	c.Request, c.AskedAt, c.Channel = r.ID, r.AskedAt, r.Channel
	c.Items, c.Proof, c.unseen = nil, ProofReceipt, r.Refund == RefundOnReceipt
	return c
}

// acceptable are the units that arrived and that a return takes back: of each line as many as the order has left, and none where the policy does not
// take them.
func (c AcceptReturn) acceptable(s State, now time.Time, r ReturnRequest, arrived []Arrived) (items []ReturnItem, err error) {
	of, after, err := c.begin(s, now)
	if err != nil {
		return nil, err
	}
	for i, line := range arrived {
		at := after.line(line.Line)
		if at < 0 {
			return nil, ErrStale
		}
		left := after.Lines[at].Fulfilled - after.Lines[at].Returned
		item := ReturnItem{
			Line: line.Line, Units: min(line.Units, left), Disposition: Undecided, Reason: r.Lines[r.line(line.Line)].Reason,
		}
		if item.Units < 1 {
			continue
		}
		v, err := of.assess(s, after, i, item)
		if err != nil {
			return nil, err
		}
		if v.Takes(c.Right) {
			after.Lines[at].Returned += item.Units
			items = append(items, item)
		}
	}
	return items, nil
}

// accept is the request after an act that accepts some of it, or none, and that places some of what was accepted before. It closes by itself once
// nothing is missing, and all of it was looked at.
func (r ReturnRequest) accept(s State, now time.Time, transaction ID, event string, back AcceptReturn, moves []Entry) (Change, ReturnRequest, error) {
	var taken *returning
	if len(back.Items) > 0 {
		var err error
		if taken, err = back.plan(s, now, back.terms()); err != nil {
			return Change{}, ReturnRequest{}, err
		}
		for _, item := range back.Items {
			r.Lines[r.line(item.Line)].Accepted += item.Units
		}
		r.Returns = append(r.Returns, back.Return)
	}
	// Nothing below this line can fail.
	if r.done() {
		r.State, event = ReturnRequestClosed, "ReturnRequestClosed"
	}
	r, told := r.moved(event, now)
	if taken == nil {
		change := r.change(transaction, told)
		change.Entries = moves
		return change, r, nil
	}
	d := newDeal(s, taken.before, back.Transaction, back.Issuer, back.OccurredAt, now)
	taken.apply(d)
	d.rows, d.events = append(d.rows, r), append(d.events, told)
	return d.change(KindReturn, back.Location, back.Channel, taken.answer.subject()), r, nil
}

// SendBack is units that a customer gets back: of a line of the order, or a wrong item by its number, 1 being the first.
type SendBack struct {
	Line  int32
	Wrong int32
	Units int64
}

// InspectReturnRequest says what becomes of goods that arrived. Where money goes back on inspection, what is accepted is a return in the same act,
// and each unit goes where its disposition says. Where it went back on receipt, it says where the units go that are in inspection since.
type InspectReturnRequest struct {
	Request     ID
	Transaction ID
	// Back is what is accepted, with its items.
	Back     AcceptReturn
	SendBack []SendBack
}

// Keys are the request, and those of a return of what is accepted.
func (c InspectReturnRequest) Keys() []Key { return append(c.Back.Keys(), ReturnRequestKey(c.Request)) }

// Decide refuses what did not arrive, or was decided on before, and what a return of it would refuse.
func (c InspectReturnRequest) Decide(s State, now time.Time) (Change, ReturnRequest, error) {
	r, err := inState(s, c.Request, now, ReturnRequestReceived)
	if err != nil {
		return Change{}, ReturnRequest{}, err
	}
	if r.Order != c.Back.Order.ID || r.Location != c.Back.Location {
		return Change{}, ReturnRequest{}, ErrStale
	}
	if len(c.Back.Items)+len(c.SendBack) == 0 {
		return Change{}, ReturnRequest{}, RefuseField(InvalidRequest, "lines", "say what becomes of it")
	}
	r = r.copied()
	if err := r.sendBack(c.SendBack); err != nil {
		return Change{}, ReturnRequest{}, err
	}
	back := c.Back.by(r)
	if r.Refund == RefundOnReceipt {
		moves, err := r.place(s, c.Back.Items)
		if err != nil {
			return Change{}, ReturnRequest{}, err
		}
		return r.accept(s, now, c.Transaction, "ReturnRequestInspected", back, moves)
	}
	undecided := map[int32]int64{}
	for i, item := range c.Back.Items {
		at, field := r.line(item.Line), fmt.Sprintf("lines[%d]", i)
		if at < 0 {
			return Change{}, ReturnRequest{}, RefuseField(InvalidRequest, field+".line", "nobody asked to send line %d back", item.Line)
		}
		if left := r.Lines[at].Undecided() - undecided[item.Line]; item.Units > left {
			return Change{}, ReturnRequest{}, notThere(field, left, item)
		}
		undecided[item.Line] += max(0, item.Units)
	}
	back.Items = c.Back.Items
	return r.accept(s, now, c.Transaction, "ReturnRequestInspected", back, nil)
}

// notThere refuses more of a line than waits to be decided on.
func notThere(field string, left int64, item ReturnItem) *Refusal {
	return RefuseField(ReturnTooLarge, field+".quantity", "%d of line %d wait to be looked at, and not %d", left, item.Line, item.Units).With("left", left)
}

// sendBack counts what she gets back.
func (r ReturnRequest) sendBack(all []SendBack) error {
	for i, back := range all {
		field := fmt.Sprintf("send_back[%d]", i)
		if back.Units < 1 {
			return RefuseField(InvalidRequest, field+".quantity", "must be at least 1")
		}
		if (back.Line == 0) == (back.Wrong == 0) {
			return RefuseField(InvalidRequest, field, "say a line or a wrong item, and not both")
		}
		var sent *int64
		left := int64(0)
		switch at := r.line(back.Line); {
		case back.Line != 0 && at >= 0:
			sent, left = &r.Lines[at].SentBack, r.Lines[at].Undecided()
		case back.Line == 0 && back.Wrong >= 1 && int(back.Wrong) <= len(r.Wrong):
			wrong := &r.Wrong[back.Wrong-1]
			sent, left = &wrong.SentBack, wrong.Units-wrong.SentBack
		default:
			return RefuseField(InvalidRequest, field, "there is no such line and no such wrong item")
		}
		if back.Units > left {
			return RefuseField(ReturnTooLarge, field+".quantity", "%d of it can be sent back, and not %d", left, back.Units).With("left", left)
		}
		*sent += back.Units
	}
	return nil
}

// place moves units that were accepted when they arrived out of inspection.
func (r ReturnRequest) place(s State, items []ReturnItem) (moves []Entry, err error) {
	leaves := map[string]int64{}
	for i, item := range items {
		at, field := r.line(item.Line), fmt.Sprintf("lines[%d]", i)
		if at < 0 {
			return nil, RefuseField(InvalidRequest, field+".line", "nobody asked to send line %d back", item.Line)
		}
		to := item.Disposition.account()
		if to != Available && to != Damaged {
			return nil, RefuseField(InvalidRequest, field+".disposition", "it was looked at: say what becomes of it")
		}
		if item.Units < 1 {
			return nil, RefuseField(InvalidRequest, field+".quantity", "must be at least 1")
		}
		line := &r.Lines[at]
		if left := line.Accepted - line.Inspected; item.Units > left {
			return nil, notThere(field, left, item)
		}
		if there := LevelAt(s, r.Location, line.SKU).Units[levelIndex(Inspection)] - leaves[line.SKU]; item.Units > there {
			return nil, stateShort(nil, i, StockLine{SKU: line.SKU, Quantity: item.Units, From: Inspection}, there)
		}
		leaves[line.SKU] += item.Units
		if line.Inspected += item.Units; to == Available {
			line.Restocked += item.Units
		}
		moves = append(moves, Entry{Location: r.Location, From: Inspection, To: to, Asset: line.SKU, Quantity: item.Units})
	}
	return slices.Clip(moves), nil
}
