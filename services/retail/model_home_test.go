package retail

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestAllThatComesBackIsPaidBack trades for a while, with discounts, fees, goodwill, exchanges, parcels that are lost and stored value, over
// several places and channels, and then brings everything home: what was paid goes back to the cent, and what is kept of it is what a fee or
// a coin kept, and what a card that was spent is worth.
func TestAllThatComesBackIsPaidBack(t *testing.T) {
	var seen homecoming
	for range drawsMax {
		rapid.Check(t, func(t *rapid.T) {
			s := newTrial(t, nil, func(*rapid.T, *shop) {})
			s.trade30(t)
			s.trade30(t)
			s.cancelAll(t)
			s.bringAllHome(t)
			s.check(t)
			for _, paper := range s.trades {
				seen.check(t, s, paper)
			}
		})
		if t.Failed() || seen.exact > 0 && seen.feed > 0 && seen.granted > 0 && seen.elsewhere > 0 && seen.exchanged > 0 {
			return
		}
	}
	t.Errorf("the histories leave something out: %+v", seen)
}

// homecoming counts orders of which all came back.
type homecoming struct {
	exact     int // nothing was kept of what was paid
	feed      int // a fee was
	granted   int // something was given for nothing
	elsewhere int // some of it came back at another place
	exchanged int // it left, or came back, in an exchange
}

func oneIf(is bool) int {
	if is {
		return 1
	}
	return 0
}

// cancelAll gives up what is still to come, of all orders.
func (s *trial) cancelAll(t *rapid.T) {
	for _, paper := range s.trades {
		all := map[int]int64{}
		for i, l := range paper.lines {
			if l.open() > 0 {
				all[i] = l.open()
			}
		}
		if len(all) == 0 {
			continue
		}
		c := CancelUnits{Transaction: s.mint(), Order: s.row(paper), Why: CancelAsked, Picked: true}
		_, err := submit(t, s.shop, c)
		decided(t, err)
		s.giveUp(paper, all, false, c.Transaction)
	}
}

// bringAllHome takes back all that was handed over, by a manager's right, at any places and in any parts. A card comes back once what is on it suffices, which
// may be after what was bought with it came back.
func (s *trial) bringAllHome(t *rapid.T) {
	for came := true; came; {
		came = false
		for _, paper := range s.trades {
			items := s.canComeBack(t, paper)
			if len(items) == 0 {
				continue
			}
			came = true
			c := AcceptReturn{
				Return: s.mint(), Transaction: s.mint(), Order: s.row(paper), Location: anyPlace.Draw(t, "home at"), Channel: anyChannel.Draw(t, "channel"),
				Items: items, Right: RightManager, Proof: ProofReceipt, LeftAt: s.leftAt(paper.id), Issuer: s.issuer(paper.place),
			}
			s.accept(t, paper, c, paper.drawRefund(t, &c))
		}
	}
}

// canComeBack draws units of one or more lines that can come back; none: nothing can.
func (s *trial) canComeBack(t *rapid.T, paper *paperOrder) (items []ReturnItem) {
	for i, l := range paper.lines {
		left := l.fulfilled - l.returned
		for left > 0 && s.nobodyTakes(paper, i, left) {
			left--
		}
		if left == 0 || l.card != "" && (len(items) > 0 || s.cardBalance(l.card).AmountMinor < l.gross) {
			continue
		}
		items = append(items, ReturnItem{
			Line: int32(i + 1), Units: rapid.Int64Range(1, left).Draw(t, "units home"),
			Disposition: rapid.SampledFrom([]Disposition{ReturnToStock, Undecided, WriteOff}).Draw(t, "disposition"),
			Condition:   Sealed,
		})
		if l.card != "" || rapid.Bool().Draw(t, "alone") {
			break
		}
	}
	return items
}

// nobodyTakes tells whether the terms of the sale let nobody take back so many more units of a line.
func (s *trial) nobodyTakes(paper *paperOrder, i int, units int64) bool {
	l := paper.lines[i]
	reason := paper.refuses(i, l.returned, l.returned+units, s.now, Sealed, ProofReceipt)
	return reason != "" && !paper.asSold(i).terms.decides(RightManager)
}

// check proves from the movements of an order alone that it was paid back.
func (h *homecoming) check(t *rapid.T, s *trial, paper *paperOrder) {
	order := s.row(paper)
	kept, fees, granted := int64(0), int64(0), int64(0)
	for _, p := range order.Payments {
		minor := ways[p.Movement].sign * p.AmountMinor
		switch {
		case p.Kind != "":
			kept -= minor
		case p.Movement == MovementFee:
			fees += minor
		default:
			granted -= minor
		}
	}
	out := int64(0) // what spent cards are worth, and what nobody takes back
	for i, l := range paper.lines {
		if l.card != "" && l.returned < l.fulfilled && s.cardBalance(l.card).AmountMinor < l.gross {
			out += order.Lines[i].GrossMinor
		} else if left := l.fulfilled - l.returned; left > 0 && l.open() == 0 && s.nobodyTakes(paper, i, 1) {
			out += l.worth(l.returned, l.fulfilled)
		} else if l.returned != l.fulfilled || l.open() != 0 {
			t.Fatalf("line %d has not come home: %+v", i+1, l)
		}
	}
	if order.Owed() != 0 || order.Balance() != 0 || kept != out+fees-granted || kept < 0 {
		t.Fatalf("all has come back but what is worth %d, fees were %d, %d was granted, and %d is kept, %d owed: %+v", out, fees, granted, kept, order.Owed(), order.Payments)
	}
	h.exact += oneIf(fees == 0 && granted == 0 && out == 0 && len(order.Payments) > 0)
	h.feed += oneIf(fees > 0)
	h.granted += oneIf(slices.ContainsFunc(order.Payments, func(p Payment) bool { return p.Movement == MovementGoodwill }))
	for key, row := range s.rows {
		if r, is := row.(Return); is && key.Table == TableReturns && r.Order == order.ID {
			h.elsewhere += oneIf(r.Location != r.Book)
			h.exchanged += oneIf(!r.Exchange.IsZero())
		}
	}
}
