package retail

import (
	"slices"

	"pgregory.net/rapid"
)

// putBlindTerms puts the terms of returns without a receipt.
func (s *trial) putBlindTerms(t *rapid.T) {
	terms := BlindTerms{
		Currency: fewMoney.Draw(t, "currency"), PriceDays: rapid.SampledFrom([]int32{0, 30}).Draw(t, "price days"),
		RefundKinds: rapid.SampledFrom([][]string{nil, {"CASH", "STORE_CREDIT"}, {"CARD"}}).Draw(t, "refund kinds"),
	}
	if _, err := submit(t, s.shop, PutBlindTerms{s.mint(), terms}); decided(t, err) {
		s.data.puts[terms.Key()]++
	}
}

// takeBackBlind takes goods back that nobody has a receipt for.
func (s *trial) takeBackBlind(t *rapid.T) {
	c := AcceptBlindReturn{
		Return: s.mint(), Transaction: s.mint(), Location: anyPlace.Draw(t, "place"), Channel: "till", Currency: "EUR",
		TaxIncluded: rapid.Bool().Draw(t, "tax included"),
		RefundKind:  rapid.SampledFrom([]string{"CASH", "CARD", "STORE_CREDIT", "STORE_CREDIT", "GIFT_CARD"}).Draw(t, "refund"),
	}
	if rapid.IntRange(0, 3).Draw(t, "known") > 0 {
		c.Customer = ID{0xAA}
	}
	c.Terms, _ = s.rows[BlindTermsKey("EUR")].(BlindTerms)
	c.Beyond = rapid.IntRange(0, 3).Draw(t, "beyond the terms") == 0
	limited := c.Terms.Version > 0 && !c.Beyond
	tooHigh := false
	c.Issuer = s.issuer(c.Location)
	asked := basketAsked{included: c.TaxIncluded}
	for range rapid.IntRange(1, 3).Draw(t, "lines") {
		line := BasketLine{
			SKU: rapid.SampledFrom(skus).Draw(t, "sku"), Quantity: rapid.Int64Range(1, 3).Draw(t, "units"),
			ListMinor: rapid.SampledFrom([]int64{0, 1, 99, 100_00, countableMax}).Draw(t, "price"), Tax: rapid.SampledFrom(rates[:3]).Draw(t, "rate"),
		}
		asked.lines = append(asked.lines, line)
		most := rapid.SampledFrom([]int64{0, 1, 98, 99, countableMax}).Draw(t, "most")
		tooHigh = tooHigh || limited && c.Terms.PriceDays > 0 && line.ListMinor > most
		c.Lines = append(c.Lines, BlindLine{
			BasketLine: line, Disposition: rapid.SampledFrom([]Disposition{ReturnToStock, Undecided, Repair}).Draw(t, "disposition"), MostMinor: most,
		})
	}
	gross, _, refused := asked.exactly()
	if c.RefundKind == "STORE_CREDIT" && gross > paperMax && gross <= countableMax { // the paper of other acts knows no such credit
		t.Skip("the credit would be as much as can be counted")
	}
	credit := BalanceAt(s, c.Location, "store_credit/"+c.Customer.String()).AmountMinor
	otherKind := limited && c.RefundKind != "GIFT_CARD" && c.RefundKind != "STORE_CREDIT" && !slices.Contains(c.Terms.RefundKinds, c.RefundKind) ||
		limited && c.RefundKind == "STORE_CREDIT" && len(c.Terms.RefundKinds) > 0 && !slices.Contains(c.Terms.RefundKinds, "STORE_CREDIT")
	r, err := submit(t, s.shop, c)
	if !decided(t, err, refused, reasonIf(c.RefundKind == "GIFT_CARD", InvalidRequest), reasonIf(tooHigh, PriceTooHigh), reasonIf(otherKind, BlindLimit),
		reasonIf(limited && c.Customer.IsZero(), CustomerMissing),
		reasonIf(c.RefundKind == "STORE_CREDIT" && c.Customer.IsZero(), CustomerMissing),
		reasonIf(c.RefundKind == "STORE_CREDIT" && !c.Customer.IsZero() && refused == "" && credit+gross > countableMax, AmountTooLarge)) {
		return
	}
	if r.GrossMinor() != gross {
		t.Fatalf("%d came back, on paper %d", r.GrossMinor(), gross)
	}
	free := map[string]int64{}
	for _, line := range c.Lines {
		switch shelf := s.shelf(c.Location, line.SKU); line.Disposition {
		case ReturnToStock:
			free[line.SKU] += line.Quantity
		case Undecided:
			shelf.inspection += line.Quantity
		default:
			shelf.damaged += line.Quantity
		}
	}
	for sku, units := range free {
		s.shelf(c.Location, sku).put(units)
	}
}
