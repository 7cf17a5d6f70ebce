package postgres_test

import (
	"math/rand/v2"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// claimed is something that the customer keeps, and gets money and another one for.
func (s *shop) claimed() {
	s.t.Helper()
	sold := s.sell(sale("milan", "till", true))
	claim := func(line int32) retail.AcceptReturn {
		back := s.takeBack(s.order(sold.ID), "rome", retail.ReturnItem{Line: line, Units: 1, Disposition: retail.Kept, Reason: "broke on its way"})
		back.Right, back.Reason = retail.RightManager, "broken"
		return back
	}
	as(s, claim(1))
	another := sale("rome", "till", true)
	another.Order, another.Transaction, another.Number = ledger.NewID(), ledger.NewID(), retail.OrderNumber(rand.Uint64())
	another.Customer, another.Issuer, another.Lines = sold.Customer, issuer("rome"), another.Lines[1:2]
	another.Lines[0].Quantity, another.Lines[0].Discounts, another.Lines[0].Swapped, another.Lines[0].PriceReason = 1, nil, true, "exchanged"
	another.Tenders = nil
	as(s, retail.Exchange{Return: claim(2), Sale: another, Swaps: []retail.Swap{{Line: 1, For: 2}}})
}

func (g *gambler) bringBack(order retail.Order) retail.AcceptReturn {
	cmd := g.takeBack(order, g.place())
	for _, u := range g.counts(order) {
		cmd.Items = append(cmd.Items, retail.ReturnItem{Line: u.Line, Units: u.Units, Disposition: g.disposition(), Condition: retail.Unused})
	}
	if len(cmd.Items) == 0 {
		cmd.Items = []retail.ReturnItem{{Line: 1, Units: 1, Disposition: g.disposition()}}
	}
	cmd.Right, cmd.Proof, cmd.RefundTo = []retail.ReturnRight{"", retail.RightStaff, retail.RightManager}[g.IntN(3)], retail.ProofReceipt, g.refundTo()
	if g.IntN(4) == 0 {
		cmd.Reason = "broken"
		for i := range cmd.Items {
			cmd.Items[i].Disposition = retail.Kept
		}
	}
	if g.IntN(4) == 0 {
		cmd.FeeMinor = 1 + g.Int64N(1_00)
	}
	return cmd
}
