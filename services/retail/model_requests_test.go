package retail

import (
	"slices"
	"time"

	"pgregory.net/rapid"
)

// paperRequest is goods that somebody sends back by post, as a clerk would keep it on paper.
type paperRequest struct {
	id           ID
	order        *paperOrder
	place, state string
	lines        []paperBack
	// wrong are units of wrong items, and of those what was sent back.
	wrong [][2]int64
	// asked is when she asked, until when she may send it.
	asked, until time.Time
	onReceipt    bool
	returns      int
}

// paperBack is units of a line of the order, by its place there.
type paperBack struct{ at, asked, received, accepted, sent, inspected, restocked int64 }

// waits is what arrived and is hers still.
func (b paperBack) waits() int64 { return b.received - b.accepted - b.sent }

// now is the state as of now.
func (p *paperRequest) now(s *trial) string {
	if p.state == "APPROVED" && !s.now.Before(p.until) {
		return "EXPIRED"
	}
	return p.state
}

// in gives the reason why an act does not fit, which fits in some states.
func (p *paperRequest) in(s *trial, states ...string) Reason {
	if p.state == "" {
		return UnknownReturnRequest
	}
	return reasonIf(!slices.Contains(states, p.now(s)), ReturnRequestStep)
}

// hers tells whether something that arrived is hers still.
func (p *paperRequest) hers() bool {
	return slices.ContainsFunc(p.lines, func(b paperBack) bool { return b.waits() > 0 }) ||
		slices.ContainsFunc(p.wrong, func(w [2]int64) bool { return w[1] < w[0] })
}

// finish closes it where all of it arrived, is decided on and was looked at.
func (p *paperRequest) finish() {
	if p.hers() || slices.ContainsFunc(p.lines, func(b paperBack) bool { return b.received < b.asked || p.onReceipt && b.inspected < b.accepted }) {
		return
	}
	p.state = "CLOSED"
}

// byPost asks to send something back, and moves a request on.
func (s *trial) byPost(t *rapid.T) {
	if len(s.requests) == 0 || rapid.IntRange(0, 2).Draw(t, "asks") == 0 {
		s.askBack(t)
	}
	if len(s.requests) == 0 {
		return
	}
	p := rapid.SampledFrom(s.requests).Draw(t, "request")
	if rapid.IntRange(0, 19).Draw(t, "nobody's") == 0 {
		p = &paperRequest{id: ID{0xFF}, order: p.order, place: p.place}
	}
	for range rapid.IntRange(1, 4).Draw(t, "steps") {
		next := map[string][]func(*rapid.T, *paperRequest){
			"REQUESTED": {s.approveBack}, "APPROVED": {s.sendBack, s.receiveBack, s.endBack}, "EXPIRED": {s.endBack, s.receiveBack},
			"IN_TRANSIT": {s.receiveBack}, "RECEIVED": {s.inspectBack, s.inspectBack, s.receiveBack},
		}[p.now(s)]
		if len(next) == 0 || rapid.IntRange(0, 5).Draw(t, "any") == 0 {
			next = []func(*rapid.T, *paperRequest){s.approveBack, s.sendBack, s.endBack, s.receiveBack, s.inspectBack}
		}
		rapid.SampledFrom(next).Draw(t, "step")(t, p)
	}
}

// askBack asks for goods of one order.
func (s *trial) askBack(t *rapid.T) {
	paper := s.trade(t)
	c := RequestReturn{
		Request: s.mint(), Transaction: s.mint(), Wish: rapid.SampledFrom([]ReturnWish{"REFUND", "EXCHANGE"}).Draw(t, "wish"),
		Of: AcceptReturn{Order: s.row(paper), Location: anyPlace.Draw(t, "to"), Channel: "web"},
	}
	p := &paperRequest{id: c.Request, order: paper, place: c.Of.Location, state: "REQUESTED", asked: s.now}
	var wrong []Reason
	for range rapid.IntRange(1, 2).Draw(t, "lines") {
		i := rapid.IntRange(0, len(paper.lines)-1).Draw(t, "line")
		l := paper.lines[i]
		left := l.fulfilled - l.returned
		units := rapid.Int64Range(1, max(1, left)).Draw(t, "units")
		twice := slices.ContainsFunc(p.lines, func(b paperBack) bool { return b.at == int64(i) })
		wrong = append(wrong, reasonIf(twice || l.sku == "", InvalidRequest), reasonIf(units > left, ReturnTooLarge))
		if units <= left {
			wrong = append(wrong, paper.refuses(i, l.returned, l.returned+units, s.now, Sealed, ProofReceipt))
		}
		c.Of.Items = append(c.Of.Items, ReturnItem{Line: int32(i + 1), Units: units})
		p.lines = append(p.lines, paperBack{at: int64(i), asked: units})
	}
	if _, err := submit(t, s.shop, c); decided(t, err, wrong...) {
		s.requests = append(s.requests, p)
	}
}

func (s *trial) approveBack(t *rapid.T, p *paperRequest) {
	c := ApproveReturnRequest{
		Request: p.id, Transaction: s.mint(), Refund: rapid.SampledFrom([]RefundTiming{"ON_RECEIPT", "ON_INSPECTION"}).Draw(t, "refund"),
		SendWithin: time.Duration(rapid.IntRange(0, 40).Draw(t, "minutes")) * time.Minute,
	}
	no := p.in(s, "REQUESTED")
	if _, err := submit(t, s.shop, c); decided(t, err, no, reasonIf(no == "" && c.SendWithin == 0, InvalidRequest)) {
		p.state, p.onReceipt, p.until = "APPROVED", c.Refund == "ON_RECEIPT", s.now.Add(c.SendWithin)
		if rapid.IntRange(0, 4).Draw(t, "too late") == 0 {
			s.waitUntil(t, p.until)
		}
	}
}

func (s *trial) sendBack(t *rapid.T, p *paperRequest) {
	if _, err := submit(t, s.shop, ShipReturnRequest{Request: p.id, Transaction: s.mint()}); decided(t, err, p.in(s, "APPROVED")) {
		p.state = "IN_TRANSIT"
	}
}

func (s *trial) endBack(t *rapid.T, p *paperRequest) {
	as := rapid.SampledFrom([]ReturnRequestState{"REJECTED", "CANCELLED", "CLOSED", "EXPIRED", "RECEIVED"}).Draw(t, "as")
	no := p.in(s, map[ReturnRequestState][]string{
		"REJECTED": {"REQUESTED"}, "CANCELLED": {"REQUESTED", "APPROVED"}, "CLOSED": {"IN_TRANSIT", "RECEIVED"},
	}[as]...)
	switch {
	case as == "RECEIVED":
		no = InvalidRequest
	case as == "EXPIRED":
		no = reasonIf(p.state != "APPROVED" || s.now.Before(p.until), stale)
	case as == "CLOSED" && p.hers():
		no = ReturnRequestStep
	}
	if _, err := submit(t, s.shop, EndReturnRequest{Request: p.id, Transaction: s.mint(), As: as}); decided(t, err, no) {
		p.state = string(as)
	}
}

// decides tells whether somebody decides otherwise than the terms of a line.
func (p *paperRequest) decides(b *paperBack, right ReturnRight) bool {
	return p.order.asSold(int(b.at)).terms.decides(right)
}

// drawBack draws how something is accepted that arrived.
func (s *trial) drawBack(t *rapid.T, p *paperRequest) AcceptReturn {
	return AcceptReturn{
		Return: s.mint(), Transaction: s.mint(), Order: s.row(p.order), Location: p.place, Issuer: s.issuer(p.order.place), LeftAt: s.leftAt(p.order.id),
		Right: rapid.SampledFrom([]ReturnRight{"", "", RightStaff, RightManager}).Draw(t, "by right"),
	}
}

// takenBack is what became of what was accepted, on paper.
func (s *trial) takenBack(t *rapid.T, p *paperRequest, c AcceptReturn) {
	if len(c.Items) == 0 {
		return
	}
	fee, _ := p.order.feeOf(c)
	worth := s.back(t, p.order, c)
	p.order.moved += fee
	given := p.order.giveBack()
	r := s.rows[ReturnKey(c.Return)].(Return)
	if facts := returnFacts(r); facts["refunded"] != shownAs(given, "EUR") || r.GrossMinor() != worth || r.Request != p.id {
		t.Fatalf("%v was given for %d, on paper %d", facts, worth, given)
	}
	p.order.documents += len(r.Invoices)
	p.order.settle()
	p.returns++
}

func (s *trial) receiveBack(t *rapid.T, p *paperRequest) {
	c := ReceiveReturnRequest{Request: p.id, Transaction: s.mint(), Back: s.drawBack(t, p)}
	wrong := []Reason{p.in(s, "APPROVED", "IN_TRANSIT", "RECEIVED", "EXPIRED")}
	arrived := map[int]int64{}
	for i, b := range p.lines {
		n := rapid.Int64Range(0, b.asked-b.received).Draw(t, "arrive")
		if rapid.IntRange(0, 9).Draw(t, "too many") == 0 {
			n = b.asked - b.received + 1
			wrong = append(wrong, reasonIf(wrong[0] == "", ReturnTooLarge))
		}
		if n > 0 {
			c.Lines = append(c.Lines, Arrived{Line: int32(b.at + 1), Units: n})
			arrived[i] = n
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "something else") == 0 {
		c.Wrong = append(c.Wrong, WrongItem{Item: "a hat", Units: rapid.Int64Range(1, 2).Draw(t, "hats")})
	}
	wrong = append(wrong, reasonIf(wrong[0] == "" && len(c.Lines)+len(c.Wrong) == 0, InvalidRequest))
	onReceipt := p.onReceipt && p.now(s) != "EXPIRED"
	if _, err := submit(t, s.shop, c); !decided(t, err, wrong...) {
		return
	}
	p.onReceipt, p.state = onReceipt, "RECEIVED"
	taken := c.Back
	for i := range p.lines {
		n, b := arrived[i], &p.lines[i]
		b.received += n
		l := p.order.lines[b.at]
		n = min(n, l.fulfilled-l.returned)
		if onReceipt && n > 0 && (p.order.refuses(int(b.at), l.returned, l.returned+n, p.asked, Sealed, ProofReceipt) == "" || p.decides(b, c.Back.Right)) {
			b.accepted += n
			taken.Items = append(taken.Items, ReturnItem{Line: int32(b.at + 1), Units: n, Disposition: Undecided})
		}
	}
	for _, w := range c.Wrong {
		p.wrong = append(p.wrong, [2]int64{w.Units})
	}
	s.takenBack(t, p, taken)
	p.finish()
}

func (s *trial) inspectBack(t *rapid.T, p *paperRequest) {
	c := InspectReturnRequest{Request: p.id, Transaction: s.mint(), Back: s.drawBack(t, p)}
	no := p.in(s, "RECEIVED")
	after := *p
	after.lines, after.wrong = slices.Clone(p.lines), slices.Clone(p.wrong)
	var wrong []Reason
	shelves := map[string]int64{} // what is for sale again
	left := map[string]int64{}    // what leaves inspection
	for i := range after.lines {
		b := &after.lines[i]
		l := p.order.lines[b.at]
		if n := rapid.Int64Range(0, max(0, b.waits())).Draw(t, "back to her"); n > 0 {
			c.SendBack = append(c.SendBack, SendBack{Line: int32(b.at + 1), Units: n})
			b.sent += n
		}
		most := b.waits()
		if p.onReceipt {
			most = b.accepted - b.inspected
		}
		n := rapid.Int64Range(0, max(0, most)).Draw(t, "accepted")
		if rapid.IntRange(0, 9).Draw(t, "too many") == 0 {
			n = most + 1
			wrong = append(wrong, ReturnTooLarge)
		}
		if n < 1 {
			continue
		}
		item := ReturnItem{
			Line: int32(b.at + 1), Units: n, Disposition: rapid.SampledFrom([]Disposition{ReturnToStock, WriteOff}).Draw(t, "disposition"),
			Condition: rapid.SampledFrom([]GoodsCondition{"", Unused, Sealed, Sealed}).Draw(t, "condition"),
		}
		c.Back.Items = append(c.Back.Items, item)
		if !p.onReceipt {
			if b.accepted += n; n > l.fulfilled-l.returned {
				wrong = append(wrong, ReturnTooLarge)
			} else if reason := p.order.refuses(int(b.at), l.returned, l.returned+n, p.asked, item.Condition, ProofReceipt); c.Back.Right == "" {
				wrong = append(wrong, reason)
			} else if reason != "" && !p.decides(b, c.Back.Right) {
				wrong = append(wrong, OverrideNotAllowed)
			}
			continue
		}
		if left[l.sku] += n; left[l.sku] > s.shelf(p.place, l.sku).inspection {
			wrong = append(wrong, StateShort)
		}
		if b.inspected += n; item.Disposition == ReturnToStock {
			b.restocked += n
			shelves[l.sku] += n
		}
	}
	for i := range after.wrong {
		if w := &after.wrong[i]; w[1] < w[0] && rapid.Bool().Draw(t, "the hats too") {
			c.SendBack = append(c.SendBack, SendBack{Wrong: int32(i + 1), Units: w[0] - w[1]})
			w[1] = w[0]
		}
	}
	wrong = append(wrong, reasonIf(len(c.SendBack)+len(c.Back.Items) == 0, InvalidRequest))
	if no != "" {
		wrong = []Reason{no}
	}
	if _, err := submit(t, s.shop, c); !decided(t, err, wrong...) {
		return
	}
	*p = after
	if !p.onReceipt {
		s.takenBack(t, p, c.Back)
	}
	for sku, n := range left {
		shelf := s.shelf(p.place, sku)
		shelf.inspection -= n
		shelf.put(shelves[sku])
		shelf.damaged += n - shelves[sku]
	}
	p.finish()
}

// checkRequests compares requests with paper, and what was accepted of each order by them with what came back of it.
func (s *trial) checkRequests(t *rapid.T) {
	t.Helper()
	for _, p := range s.requests {
		r := s.rows[ReturnRequestKey(p.id)].(ReturnRequest)
		same := string(r.State) == p.state && len(r.Lines) == len(p.lines) && len(r.Wrong) == len(p.wrong) && len(r.Returns) == p.returns
		for i := 0; same && i < len(p.lines); i++ {
			b := p.lines[i]
			same = r.Lines[i] == ReturnRequestLine{
				Line: int32(b.at + 1), SKU: p.order.lines[b.at].sku, Asked: b.asked, Received: b.received, Accepted: b.accepted, SentBack: b.sent,
				Inspected: b.inspected, Restocked: b.restocked,
			} && b.received >= b.accepted+b.sent && b.accepted <= p.order.lines[b.at].returned
		}
		for i := 0; same && i < len(p.wrong); i++ {
			same = r.Wrong[i].Units == p.wrong[i][0] && r.Wrong[i].SentBack == p.wrong[i][1]
		}
		if !same {
			t.Fatalf("request %s is %+v, on paper %+v", p.id, r, p)
		}
	}
}
