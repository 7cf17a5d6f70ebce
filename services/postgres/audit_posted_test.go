package postgres_test

import (
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// ask asks to send something of an order back to Rome.
func ask(order retail.Order, items ...retail.ReturnItem) retail.RequestReturn {
	return retail.RequestReturn{
		Request: ledger.NewID(), Transaction: ledger.NewID(), Wish: retail.WishRefund,
		Of: retail.AcceptReturn{Order: order, Location: "rome", Channel: "web", Note: "too small", Items: items},
	}
}

func approve(request retail.ReturnRequest, refund retail.RefundTiming) retail.ApproveReturnRequest {
	return retail.ApproveReturnRequest{
		Request: request.ID, Transaction: ledger.NewID(), Label: "RL-7", Carrier: "SDA", Refund: refund, SendWithin: time.Hour,
	}
}

// arrives is some of a request that arrives.
func (s *shop) arrives(r retail.ReturnRequest, lines ...retail.Arrived) retail.ReceiveReturnRequest {
	s.t.Helper()
	back := s.takeBack(retail.Order{ID: r.Order}, r.Location)
	back.Issuer = issuer(back.Order.Location)
	return retail.ReceiveReturnRequest{Request: r.ID, Transaction: ledger.NewID(), Lines: lines, Back: back}
}

// inspected is what becomes of some of a request.
func (s *shop) inspected(r retail.ReturnRequest, back []retail.SendBack, items ...retail.ReturnItem) retail.InspectReturnRequest {
	s.t.Helper()
	of := s.arrives(r).Back
	of.Items = items
	return retail.InspectReturnRequest{Request: r.ID, Transaction: ledger.NewID(), Back: of, SendBack: back}
}

// posted are goods that customers send back: looked at before their refund, with something missing and something that nobody asked for; refunded
// before they are looked at; and requests that end in every other state.
func (s *shop) posted() {
	s.t.Helper()
	sold := s.sell(sale("milan", "till", true))
	first := as(s, ask(s.order(sold.ID), retail.ReturnItem{Line: 1, Units: 2, Reason: "torn"}, retail.ReturnItem{Line: 2, Units: 1}))
	as(s, approve(first, retail.RefundOnInspection))
	as(s, retail.ShipReturnRequest{Request: first.ID, Transaction: ledger.NewID(), Tracking: "1Z"})
	came := s.arrives(first, retail.Arrived{Line: 1, Units: 2})
	came.Wrong = []retail.WrongItem{{Item: "a hat", Units: 1}}
	as(s, came)
	as(s, s.inspected(first, nil, retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.ReturnToStock}))
	as(s, s.inspected(first, []retail.SendBack{{Line: 1, Units: 1}, {Wrong: 1, Units: 1}}))
	as(s, retail.EndReturnRequest{Request: first.ID, Transaction: ledger.NewID(), As: retail.ReturnRequestClosed, Answer: "one is missing"})

	second := as(s, ask(s.order(sold.ID), retail.ReturnItem{Line: 1, Units: 2}))
	as(s, approve(second, retail.RefundOnReceipt))
	as(s, s.arrives(second, retail.Arrived{Line: 1, Units: 2}))
	as(s, s.inspected(second, nil, retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.ReturnToStock}))
	as(s, s.inspected(second, nil, retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.Repair}))

	other := s.sell(sale("rome", "till", true))
	request := func() retail.ReturnRequest {
		return as(s, ask(s.order(other.ID), retail.ReturnItem{Line: 1, Units: 1}))
	}
	end := func(r retail.ReturnRequest, state retail.ReturnRequestState) {
		as(s, retail.EndReturnRequest{Request: r.ID, Transaction: ledger.NewID(), As: state, Answer: "worn"})
	}
	end(request(), retail.ReturnRequestRejected)
	end(request(), retail.ReturnRequestCancelled)
	late := request()
	soon := approve(late, retail.RefundOnReceipt)
	soon.SendWithin = time.Microsecond
	as(s, soon)
	end(late, retail.ReturnRequestExpired)
	as(s, s.arrives(late, retail.Arrived{Line: 1, Units: 1}))
	as(s, approve(request(), retail.RefundOnInspection))
	request()
}

// sendBack asks to send something of an order back, and moves a request on.
func (g *gambler) sendBack() {
	g.t.Helper()
	if len(g.orders) == 0 {
		return
	}
	if len(g.posts) == 0 || g.IntN(3) == 0 {
		order := g.order(g.orders[g.IntN(len(g.orders))])
		c := ask(order)
		for _, u := range g.counts(order) {
			c.Of.Items = append(c.Of.Items, retail.ReturnItem{Line: u.Line, Units: u.Units})
		}
		if asked, ok := try(g, "ask back", c); ok {
			g.posts = append(g.posts, asked)
			approval := approve(asked, []retail.RefundTiming{retail.RefundOnInspection, retail.RefundOnReceipt}[g.IntN(2)])
			approval.SendWithin = []time.Duration{time.Microsecond, time.Hour, time.Hour}[g.IntN(3)]
			try(g, "approve", approval)
		}
		return
	}
	r, _, err := g.db.ReturnRequest(g.t.Context(), g.posts[max(g.IntN(len(g.posts)), g.IntN(len(g.posts)))].ID)
	if err != nil {
		g.t.Fatal(err)
	}
	var came []retail.Arrived
	var back []retail.SendBack
	var items []retail.ReturnItem
	for _, l := range r.Lines {
		came = append(came, retail.Arrived{Line: l.Line, Units: 1 + g.Int64N(l.Asked)})
		if g.IntN(3) == 0 {
			back = append(back, retail.SendBack{Line: l.Line, Units: 1})
		} else {
			items = append(items, retail.ReturnItem{Line: l.Line, Units: 1 + g.Int64N(l.Asked), Disposition: g.disposition()})
		}
	}
	switch g.IntN(6) {
	case 0, 1:
		try(g, "arrives", g.arrives(r, came...))
	case 2, 3:
		try(g, "inspect", g.inspected(r, back, items...))
	case 4:
		try(g, "send back", retail.ShipReturnRequest{Request: r.ID, Transaction: ledger.NewID(), Tracking: "1Z"})
	default:
		try(g, "end back", retail.EndReturnRequest{
			Request: r.ID, Transaction: ledger.NewID(),
			As: []retail.ReturnRequestState{retail.ReturnRequestClosed, retail.ReturnRequestCancelled, retail.ReturnRequestExpired}[g.IntN(3)],
		})
	}
}

func (g *gambler) refundTo() (to []retail.RefundTo) {
	if g.IntN(3) == 0 {
		to = append(to, retail.RefundTo{Kind: []string{retail.StoreCredit, retail.Cash, "CARD"}[g.IntN(3)], AmountMinor: 1 + g.Int64N(3_00)})
	}
	return to
}
