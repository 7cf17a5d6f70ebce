package postgres_test

import (
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// aLabel is one of the labels of a line's shipment, as it is now; zero: it has none.
func (g *gambler) aLabel(order retail.Order, line retail.OrderLine) (label retail.Label) {
	f, _, err := g.db.Fulfilment(g.t.Context(), line.Location, line.Fulfilment)
	if err != nil {
		g.t.Fatal(err)
	}
	if len(f.Labels) > 0 {
		label = f.Labels[g.IntN(len(f.Labels))]
	}
	return label
}

// carry has a carrier say something of a parcel now and then, or be asked for a label.
func (g *gambler) carry(order retail.Order, line retail.OrderLine) {
	if g.IntN(2) == 0 {
		says := []retail.TrackingStatus{retail.TrackingInTransit, retail.TrackingLost, retail.TrackingDelivered}[g.IntN(3)]
		try(g, "track", retail.TrackParcel{Work: workOn(order, line), Parcel: g.Int32N(3), Events: []retail.TrackingEvent{
			{ID: fmt.Sprint("E", g.IntN(5)), Status: says, At: time.Now().Add(-time.Duration(g.IntN(9)) * time.Hour)},
		}})
	}
	if g.IntN(2) == 0 {
		g.label(order, line)
	}
}

// label asks a carrier for a label of a shipment, or to take one back, or is told what it answers.
func (g *gambler) label(order retail.Order, line retail.OrderLine) {
	try(g, "label", retail.BuyLabel{Work: workOn(order, line), Label: ledger.NewID(), Provider: "test", WeightGrams: g.Int64N(3)})
	for range 2 {
		label := g.aLabel(order, line)
		if label.Step == "" {
			try(g, "void", retail.VoidLabel{Work: workOn(order, line), Label: label.ID})
			continue
		}
		try(g, "carrier", retail.AnswerLabel{
			Work: workOn(order, line), Label: label.ID, Number: label.Steps, Declined: g.IntN(4) == 0, Carrier: "SDA", Tracking: "T", Reference: "R",
			PriceMinor: 450, Currency: "EUR",
		})
	}
}

// labels are a shipment with a label that is used, one that is given back, one that is declined, and one that nobody has answered.
func (s *shop) labels() {
	s.t.Helper()
	cmd := promise(0, 4)
	cmd.Tenders = []retail.Tender{pay(retail.Cash, due(cmd), "milan")}
	order := s.place(cmd)
	s.advance(order, 0, 0, retail.FulfilmentPacked)
	label := func(units int64, steps ...bool) retail.ID {
		id := ledger.NewID()
		as(s, retail.BuyLabel{
			Work: workOn(order, order.Lines[0]), Label: id, Provider: "test", Service: "fast", Lines: []retail.UnitCount{{Line: 1, Units: units}},
			WeightGrams: 900, Size: retail.ParcelSize{LengthMM: 30, WidthMM: 20, HeightMM: 10},
		})
		for n, yes := range steps {
			if n > 0 {
				as(s, retail.VoidLabel{Work: workOn(order, order.Lines[0]), Label: id})
			}
			as(s, retail.AnswerLabel{
				Work: workOn(order, order.Lines[0]), Label: id, Number: int32(n + 1), Declined: !yes, Problem: retail.ProblemAddress, Carrier: "SDA",
				Tracking: "T-90", Reference: "R-90", PriceMinor: 450, Currency: "EUR",
			})
		}
		return id
	}
	used := label(2, true, false)
	s.handOver(s.order(order.ID), 0, func(c *retail.HandOver) { c.Label = used })
	label(1, true, true)
	label(1, false)
	label(1)
}
