package postgres_test

import (
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// brought are orders that are collected in Rome out of Milan's stock: one that waits to be sent and lost a unit of two, one on its way of
// which a unit was cancelled, one that arrived but for a unit, one that is collected, and one that nobody wants any more.
func (s *shop) brought() {
	s.t.Helper()
	id := ledger.NewID
	as(s, retail.MoveStock{Transaction: id(), Kind: retail.KindReceive, Location: "milan", Lines: []retail.Line{{SKU: "RED-42", Quantity: 15}}})
	cmd := promise(3, 0)
	cmd.Lines[0].From = "milan"
	cmd.Tenders = []retail.Tender{pay("CARD", due(cmd), "milan")}
	cancel := func(order retail.Order, units ...retail.UnitCount) {
		as(s, retail.CancelUnits{Transaction: id(), Order: s.order(order.ID), Lines: units, Why: retail.CancelAsked})
	}
	arrive := func(order retail.Order, whole int64, closes bool) {
		as(s, retail.ReceiveTransfer{
			Transfer: order.Lines[0].Transfer, Transaction: id(), From: "milan", To: "rome", Expected: []string{"RED-42"}, Order: order, Currency: "EUR",
			Lines: []retail.Line{{SKU: "RED-42", Quantity: whole}}, Close: closes, Reason: "flood",
		})
	}
	waiting := s.place(cmd)
	as(s, retail.RejectUnits{
		Fulfilment: waiting.Lines[0].Fulfilment, Transaction: id(), Location: "rome", Order: s.order(waiting.ID), Shortfall: retail.Unfit, Reason: "broken",
		Lines: []retail.UnitCount{{Line: 1, Units: 1}}, From: "milan",
	})
	onItsWay, arrived, collected := s.place(cmd), s.place(cmd), s.place(cmd)
	for _, order := range []retail.Order{onItsWay, arrived, collected} {
		s.bring(order)
	}
	cancel(onItsWay, retail.UnitCount{Line: 1, Units: 1})
	arrive(arrived, 2, true)
	arrive(collected, 3, false)
	s.advance(collected, 0, time.Hour, retail.FulfilmentReady)
	s.handOver(s.order(collected.ID), 0, nil)
	cancel(s.place(cmd))
}

// bring sends what an order takes of another place's stock.
func (s *shop) bring(order retail.Order) {
	s.t.Helper()
	line := order.Lines[0]
	as(s, retail.ShipTransfer{
		Transfer: line.Transfer, Transaction: ledger.NewID(), From: line.From, To: line.Location, Requested: true, Order: order.ID, Whole: true,
		Lines: []retail.Line{{SKU: line.SKU, Quantity: line.Quantity}}, Currency: "EUR",
	})
}

// ways mints the transfers that bring what the lines of an order take of other places' stock.
func ways(cmd retail.PlaceOrder) retail.PlaceOrder {
	for _, line := range cmd.Lines {
		known := func(t retail.Transfer) bool { return t.From == line.From && t.To == line.Location }
		if line.From != "" && !slices.ContainsFunc(cmd.Transfers, known) {
			cmd.Transfers = append(cmd.Transfers, retail.Transfer{ID: ledger.NewID(), From: line.From, To: line.Location})
		}
	}
	return cmd
}

// bring places an order that is collected out of another place's stock, or sends, receives or gives up some of one.
func (g *gambler) bring() {
	g.t.Helper()
	if len(g.awaited) == 0 || g.IntN(3) == 0 {
		cmd := g.basket()
		cmd.Fulfilments, cmd.Transfers = nil, nil
		for i := range cmd.Lines {
			line := &cmd.Lines[i]
			if place := g.place(); line.SKU != "" && g.IntN(3) > 0 {
				line.Method, line.Location, line.From = retail.PickUp, place, other(place)
			}
		}
		if order, placed := try(g, "bring", g.planned(cmd)); placed {
			g.orders = append(g.orders, order.ID)
			for _, line := range order.Lines {
				if line.From != "" {
					g.awaited = append(g.awaited, line)
					g.ofAwaited[line.Transfer] = order.ID
				}
			}
		}
		return
	}
	line := g.awaited[g.IntN(len(g.awaited))]
	order := g.order(g.ofAwaited[line.Transfer])
	skus := map[string]bool{}
	var lines []retail.Line
	var expected []string
	for _, l := range order.Lines {
		if l.Transfer == line.Transfer && !skus[l.SKU] {
			skus[l.SKU] = true
			lines, expected = append(lines, retail.Line{SKU: l.SKU, Quantity: 1}), append(expected, l.SKU)
		}
	}
	switch g.IntN(8) {
	case 0, 1:
		try(g, "send", retail.ShipTransfer{
			Transfer: line.Transfer, Transaction: ledger.NewID(), From: line.From, To: line.Location, Requested: true, Order: order.ID, Whole: g.IntN(4) > 0,
			Lines: lines, Currency: "EUR",
		})
	case 2:
		try(g, "end request", retail.EndRequest{Transfer: line.Transfer, Transaction: ledger.NewID(), As: retail.TransferDeclined, Answer: "no"})
	case 3:
		try(g, "reject", retail.RejectUnits{
			Fulfilment: line.Fulfilment, Transaction: ledger.NewID(), Location: line.Location, From: []string{"", line.From}[g.IntN(2)], Order: order, Reason: "lost",
			Shortfall: []retail.Shortfall{retail.Missing, retail.Unfit}[g.IntN(2)], Lines: []retail.UnitCount{{Line: line.Line, Units: 1}},
		})
	case 4:
		try(g, "cancel", retail.CancelUnits{
			Transaction: ledger.NewID(), Order: order, Lines: []retail.UnitCount{{Line: line.Line, Units: 1}}, Why: retail.CancelAsked,
		})
	default:
		c := retail.ReceiveTransfer{
			Transfer: line.Transfer, Transaction: ledger.NewID(), From: line.From, To: line.Location, Expected: expected, Order: order, Currency: "EUR",
			Close: g.IntN(4) == 0, Reason: "correction",
		}
		for _, l := range lines {
			if g.IntN(3) == 0 {
				c.Damaged = append(c.Damaged, l)
			} else {
				l.Quantity += g.Int64N(3)
				c.Lines = append(c.Lines, l)
			}
		}
		try(g, "receive brought", c)
	}
}
