package retail

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

// fullInvoice turns a ticket into a full invoice, or tries to.
func (s *trial) fullInvoice(t *rapid.T) {
	paper := s.trade(t)
	if len(paper.firsts) == 0 {
		t.Skip("nothing was handed over")
	}
	at := rapid.IntRange(0, len(paper.firsts)-1).Draw(t, "document")
	doc := paper.firsts[at]
	order := s.row(paper)
	firsts := slices.DeleteFunc(slices.Clone(order.Documents), func(d OrderDocument) bool { return !d.Original.IsZero() })
	if len(firsts) != len(paper.firsts) {
		t.Fatalf("order %s has %d documents of what was handed over, on paper %d", order.Number, len(firsts), len(paper.firsts))
	}
	c := IssueFullInvoice{
		Transaction: s.mint(), Ticket: firsts[at].Invoice, Order: order, Buyer: Party{Name: "Late"}, Issuer: s.issuer(paper.place),
	}
	none := rapid.IntRange(0, 9).Draw(t, "no such ticket") == 0
	if none {
		c.Ticket = s.mint()
	}
	full, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(none, UnknownInvoice), reasonIf(!none && (paper.full || doc.replaced), InvoiceExists),
		reasonIf(!none && doc.corrected, InvoiceCorrected)) {
		return
	}
	doc.replaced = true
	paper.documents++
	if full.Buyer == nil || full.Buyer.Name != "Late" || full.Original != c.Ticket {
		t.Fatalf("the full invoice of %s is %+v", c.Ticket, full)
	}
}

// paperDrawer is what was carried to the safe, and what was missing, by place.
type paperDrawer struct{ safe, missing map[string]int64 }

// moveCash records cash that was counted or carried away.
func (s *trial) moveCash(t *rapid.T) {
	c := MoveCash{
		Transaction: s.mint(), Location: anyPlace.Draw(t, "place"), Currency: "EUR", Act: rapid.SampledFrom([]CashAct{CashDrop, CashShort, CashOver}).Draw(t, "act"),
		AmountMinor: rapid.Int64Range(1, paperMax).Draw(t, "amount"),
	}
	_, err := submit(t, s.shop, c)
	if !decided(t, err) {
		return
	}
	if s.drawer.safe == nil {
		s.drawer = paperDrawer{map[string]int64{}, map[string]int64{}}
	}
	switch c.Act {
	case CashDrop:
		s.drawer.safe[c.Location] += c.AmountMinor
	case CashShort:
		s.drawer.missing[c.Location] += c.AmountMinor
	case CashOver:
		s.drawer.missing[c.Location] -= c.AmountMinor
	}
}

// loseCard gives a card that was lost another number, or one that was lost before.
func (s *trial) loseCard(t *rapid.T) {
	all := slices.Concat(s.cards, s.lostCards)
	if len(all) == 0 {
		t.Skip("nobody has a card")
	}
	number := rapid.SampledFrom(all).Draw(t, "number")
	before := s.cardBalance(number)
	if before.Version == 0 {
		t.Skip("it was sold for nothing")
	}
	c := ReplaceCard{
		Transaction: s.mint(), Location: anyPlace.Draw(t, "place"), Number: number, NewNumber: fmt.Sprintf("G%d", s.minted), Note: "lost",
		Card: Card{ID: s.rows[NameKey(NameGiftCard, number)].(Name).Entity, Balance: before},
	}
	taken := rapid.IntRange(0, 4).Draw(t, "taken") == 0
	if taken {
		c.NewNumber = rapid.SampledFrom(all).Draw(t, "new number")
	}
	lost := slices.Contains(s.lostCards, number)
	_, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(lost, GiftCardReplaced), reasonIf(taken, GiftCardTaken)) {
		return
	}
	s.lostCards = append(s.lostCards, number)
	s.cards[slices.Index(s.cards, number)] = c.NewNumber
	after := s.cardBalance(c.NewNumber)
	before.Replacements, before.RecordedAt = before.Replacements+1, s.now
	if after != before {
		t.Errorf("%+v was on it, and %+v is", before, after)
	}
}

// checkDrawer compares what is in the safes, and what drawers lack, with paper.
func (s *trial) checkDrawer(t *rapid.T) {
	t.Helper()
	for _, place := range places {
		accounts := map[string]int64{}
		for _, h := range s.headers {
			for _, e := range h.Entries {
				if e.Location == place && e.Asset == "EUR" {
					accounts[e.From] -= e.Quantity
					accounts[e.To] += e.Quantity
				}
			}
		}
		if accounts["safe"] != s.drawer.safe[place] || accounts["cash_difference"] != s.drawer.missing[place] {
			t.Fatalf("the safe of %s has %d and its drawer lacks %d, on paper %d and %d", place, accounts["safe"], accounts["cash_difference"],
				s.drawer.safe[place], s.drawer.missing[place])
		}
	}
}
