package retail

import (
	"fmt"
	"strings"
	"time"
)

// byPost reads "back ask P1 of S1 to MILAN wishes EXCHANGE", "back approve P1 refund ON_RECEIPT within 48h", "back reject P1 because worn", "back cancel
// P1", "back send P1 by DHL under 123", "back receive P1", "back inspect P1", "back close P1" and "back expire P1".
func (s *story) byPost(w *words, told telling) (map[string]string, error) {
	act, id := w.next(), s.id(w.next())
	r, found := s.shop.rows[ReturnRequestKey(id)].(ReturnRequest)
	state := "NONE"
	if found {
		state = string(r.State)
		if r.State == "APPROVED" && !s.shop.now.Before(r.ExpiresAt) {
			state = "LAPSED"
		}
	}
	if act != "ask" {
		s.moved["return request "+state+" "+act] = true
	}
	transaction := s.shop.mint()
	because := func() (why string) {
		if w.take("because") {
			why = w.next()
		}
		return why
	}
	switch act {
	case "ask":
		return s.askBack(w, told, id)
	case "approve":
		c := ApproveReturnRequest{Request: id, Transaction: transaction, Refund: RefundOnInspection, SendWithin: 48 * time.Hour}
		for w.more() {
			switch word := w.next(); word {
			case "refund":
				c.Refund = RefundTiming(w.next())
			case "within":
				c.SendWithin = s.span(w.next())
			case "label":
				c.Label = w.next()
			case "by":
				c.Carrier = w.next()
			}
		}
		return requestFacts(submit(s, s.shop, c))
	case "send":
		c := ShipReturnRequest{Request: id, Transaction: transaction}
		if w.take("by") {
			c.Carrier = w.next()
		}
		if w.take("under") {
			c.Tracking = w.next()
		}
		return requestFacts(submit(s, s.shop, c))
	case "receive":
		return s.receiveBack(told, id, transaction, r)
	case "inspect":
		return s.inspectBack(told, id, transaction, r)
	}
	as := map[string]ReturnRequestState{
		"reject": ReturnRequestRejected, "cancel": ReturnRequestCancelled, "close": ReturnRequestClosed, "expire": ReturnRequestExpired,
	}[act]
	return requestFacts(submit(s, s.shop, EndReturnRequest{Request: id, Transaction: transaction, As: as, Answer: because()}))
}

// askBack reads what is asked for: below, "line 1 x1".
func (s *story) askBack(w *words, told telling, id ID) (map[string]string, error) {
	c := RequestReturn{Request: id, Transaction: s.shop.mint(), Wish: WishRefund, Of: AcceptReturn{Channel: "web", Note: "by post"}}
	w.take("of")
	c.Of.Order = s.known(w.next())
	w.take("to")
	c.Of.Location = w.next()
	if w.take("wishes") {
		c.Wish = ReturnWish(w.next())
	}
	for _, line := range told.lines {
		line.take("line")
		item := ReturnItem{Line: int32(line.count()), Units: line.count()}
		if line.more() {
			item.Reason = line.next()
		}
		c.Of.Items = append(c.Of.Items, item)
	}
	return requestFacts(submit(s, s.shop, c))
}

// accepted is how something of a request is accepted.
func (s *story) acceptedBy(r ReturnRequest, how settling) AcceptReturn {
	c := AcceptReturn{
		Return: s.shop.mint(), Transaction: s.shop.mint(), Location: r.Location, FeeMinor: how.feeMinor, RefundTo: how.refunds, Right: how.right, NoFee: how.noFee,
	}
	c.Order, _ = s.shop.rows[OrderKey(r.Order)].(Order)
	if place, known := s.shop.rows[LocationKey(r.Location)].(Location); known {
		c.Currency = place.Currency
	}
	c.LeftAt = s.shop.leftAt(r.Order)
	c.Issuer = s.shop.issuer(c.Order.Location)
	return c
}

// receiveBack reads below "line 1 x1" and "wrong BLUE-40 x1".
func (s *story) receiveBack(told telling, id, transaction ID, r ReturnRequest) (map[string]string, error) {
	how := s.settling(told)
	c := ReceiveReturnRequest{Request: id, Transaction: transaction, Back: s.acceptedBy(r, how)}
	for _, line := range how.rest {
		if line.take("wrong") {
			c.Wrong = append(c.Wrong, WrongItem{Item: line.next(), Units: line.count()})
			continue
		}
		line.take("line")
		c.Lines = append(c.Lines, Arrived{Line: int32(line.count()), Units: line.count()})
	}
	return requestFacts(submit(s, s.shop, c))
}

// inspectBack reads below "line 1 x1 RETURN_TO_STOCK", "line 1 x1 BACK" and "wrong 1 x1".
func (s *story) inspectBack(told telling, id, transaction ID, r ReturnRequest) (map[string]string, error) {
	how := s.settling(told)
	c := InspectReturnRequest{Request: id, Transaction: transaction, Back: s.acceptedBy(r, how)}
	for _, line := range how.rest {
		if line.take("wrong") {
			c.SendBack = append(c.SendBack, SendBack{Wrong: int32(line.count()), Units: line.count()})
			continue
		}
		line.take("line")
		number, units, what := int32(line.count()), line.count(), line.next()
		if what == "BACK" {
			c.SendBack = append(c.SendBack, SendBack{Line: number, Units: units})
		} else {
			c.Back.Items = append(c.Back.Items, ReturnItem{Line: number, Units: units, Disposition: Disposition(what)})
		}
	}
	return requestFacts(submit(s, s.shop, c))
}

// requestFacts are those of a request: of each line asked/received/accepted/sent back, and of each wrong item what it is, units/sent back.
func requestFacts(r ReturnRequest, err error) (map[string]string, error) {
	if err != nil {
		return nil, err
	}
	facts := map[string]string{
		"state": string(r.State), "version": fmt.Sprint(r.Version), "label": r.Label, "carrier": r.Carrier, "tracking": r.Tracking, "refund": string(r.Refund),
		"wish": string(r.Wish), "returns": fmt.Sprint(len(r.Returns)), "answer": r.Answer, "wrong": fmt.Sprint(len(r.Wrong)),
	}
	for i, l := range r.Lines {
		facts[fmt.Sprintf("line%d", i+1)] = fmt.Sprintf("%d/%d/%d/%d", l.Asked, l.Received, l.Accepted, l.SentBack)
		facts[fmt.Sprintf("inspected%d", i+1)] = fmt.Sprintf("%d/%d", l.Inspected, l.Restocked)
	}
	for i, w := range r.Wrong {
		facts[fmt.Sprintf("wrong%d", i+1)] = fmt.Sprintf("%s:%d/%d", strings.ReplaceAll(w.Item, " ", "_"), w.Units, w.SentBack)
	}
	return facts, nil
}

// thenRequest reads "request P1 state CLOSED line1 1/1/1/0".
func (s *story) thenRequest(w *words) {
	s.Helper()
	facts, _ := requestFacts(find[ReturnRequest](s, ReturnRequestKey(s.id(w.next()))), nil)
	s.compareAll(w, facts)
}
