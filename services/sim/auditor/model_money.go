package auditor

import (
	"slices"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
)

// moneyMove is one movement of money on an order.
type moneyMove struct {
	kind, movement      string
	minor               int64
	reference, location string
	// account is that of a gift card or a credit; with a refund of no kind, goodwill or loss.
	account string
}

// The movements, and the kinds of tender that rules tell apart.
const (
	movePayment     = "PAYMENT"
	moveChange      = "CHANGE"
	moveRefund      = "REFUND"
	moveFee         = "FEE"
	moveGoodwill    = "GOODWILL"
	moveLoss        = "LOSS"
	moveRoundedDown = "ROUNDED_DOWN"
	moveRoundedUp   = "ROUNDED_UP"

	inCash      = "CASH"
	byVoucher   = "VOUCHER"
	byCard      = "GIFT_CARD"
	byCredit    = "STORE_CREDIT"
	kindPrefix  = "TENDER_KIND_"
	cardPrefix  = "gift_card/"
	creditPrfix = "store_credit/"
)

// sign is +1 where the customer owes more after it.
func (m moneyMove) sign() int64 {
	switch m.movement {
	case moveChange, moveRefund, moveFee, moveRoundedUp:
		return 1
	}
	return -1
}

// other is the account on the other side of the order's.
func (m moneyMove) other() string {
	switch m.movement {
	case moveFee:
		return "fees"
	case moveGoodwill:
		return "goodwill"
	case moveLoss:
		return "loss"
	case moveRoundedDown, moveRoundedUp:
		return "rounding"
	}
	return firstText(m.account, "tender/"+m.kind)
}

// toldMoves are movements as an answer tells them.
func toldMoves(moves []moneyMove) []moneyMove {
	all := slices.Clone(moves)
	for i := range all {
		all[i].account = ""
	}
	return all
}

// paying is how an order is paid in one act.
type paying struct {
	tenders []moneyMove
	// carriedOver counts the first tenders, which the same act gives back of another order.
	carriedOver int
	rounding    int64
	// mayOwe is true where less than all may be given, leaving where goods leave with it.
	mayOwe, leaving bool
}

// pay returns the movements by which an order is paid, or why they are refused. What stored value has left is looked at by the
// caller.
func (o *bought) pay(by paying) (moves []moneyMove, reason string) {
	after := o.copied()
	switch cash := slices.ContainsFunc(by.tenders, func(m moneyMove) bool { return m.kind == inCash }); {
	case by.rounding == 0:
	case !cash || by.rounding > 50 || by.rounding < -50 || by.rounding > o.owed():
		return nil, "INVALID_REQUEST"
	case by.rounding < 0:
		moves = append(moves, moneyMove{movement: moveRoundedUp, minor: -by.rounding, location: o.location})
	default:
		moves = append(moves, moneyMove{movement: moveRoundedDown, minor: by.rounding, location: o.location})
	}
	after.moves = append(after.moves, moves...)
	change, changeable, drawer := -max(0, after.owed()), int64(0), ""
	for i, t := range by.tenders {
		change += t.minor
		if i >= by.carriedOver && (t.kind == inCash || t.kind == byVoucher) {
			changeable, drawer = changeable+t.minor, t.location
		}
		moves = append(moves, t)
	}
	switch {
	case change < 0 && !by.mayOwe:
		return nil, "PAYMENT_SHORT"
	case change > changeable:
		return nil, "CHANGE_NOT_GIVEN"
	case change > 0:
		moves = append(moves, moneyMove{kind: inCash, movement: moveChange, minor: change, location: drawer})
	}
	after.moves = append(slices.Clip(o.moves), moves...)
	if by.rounding != 0 && !by.leaving && after.owed() > 0 {
		return nil, "INVALID_REQUEST"
	}
	return moves, ""
}

// refunding is how an act gives money back.
type refunding struct {
	wanted []*orderspb.RefundTo
	// drawer pays cash out; "": the one that took it.
	drawer string
	// undone is true where goods are given up or come back.
	undone bool
}

// purse is what one means of payment still carries.
type purse struct {
	moneyMove
	left int64
}

// purses are the means by which the order was paid, the last one first. Cash is one, wherever it was paid; change comes off it,
// and off vouchers where it does not suffice.
func (o *bought) purses() []purse {
	var all []purse
	change := int64(0)
	for _, m := range o.moves {
		at := slices.IndexFunc(all, func(p purse) bool {
			if p.kind == inCash || m.kind == inCash {
				return p.kind == m.kind
			}
			return p.kind == m.kind && p.account == m.account && p.location == m.location && p.reference == m.reference
		})
		switch {
		case m.movement == movePayment && at < 0:
			all = append(all, purse{m, m.minor})
		case m.movement == movePayment:
			all[at].left += m.minor
		case m.movement == moveRefund && at >= 0:
			all[at].left -= m.minor
		case m.movement == moveChange:
			change += m.minor
		}
	}
	for _, kind := range []string{inCash, byVoucher} {
		for i := range all {
			if all[i].kind == kind {
				off := min(change, all[i].left)
				all[i].left, change = all[i].left-off, change-off
			}
		}
	}
	slices.Reverse(all)
	return all
}

// kept is what customers paid and did not get back: the most that may ever leave the house.
func (o *bought) kept() int64 {
	sum := int64(0)
	for _, m := range o.moves {
		switch {
		case m.movement == movePayment:
			sum += m.minor
		case m.movement == moveChange, m.movement == moveRefund && m.kind != "":
			sum -= m.minor
		}
	}
	return sum
}

// granted is what an account of ours paid of the order and did not take back.
func (o *bought) granted(account string) int64 {
	sum := int64(0)
	for _, m := range o.moves {
		if m.other() == account {
			sum -= m.sign() * m.minor
		}
	}
	return sum
}

// refund returns the movements that give back what we owe on the order, or why they are refused: as wanted, the rest the way it
// came, the last payment first.
func (o *bought) refund(terms refunding) (given []moneyMove, reason string) {
	due := max(0, -o.owed())
	if due == 0 && len(terms.wanted) == 0 {
		return nil, ""
	}
	kept, purses := o.kept(), o.purses()
	give := func(m moneyMove, minor int64) {
		if minor <= 0 {
			return
		}
		m.movement, m.minor = moveRefund, minor
		if m.kind == inCash && terms.drawer != "" {
			m.location = terms.drawer
		}
		given = append(given, m)
		due, kept = due-minor, kept-minor
	}
	from := func(p *purse, most int64) int64 {
		part := max(0, min(most, p.left, kept))
		p.left -= part
		give(p.moneyMove, part)
		return part
	}
	for _, want := range terms.wanted {
		kind, minor := trimmed(want.GetKind(), kindPrefix), want.GetAmount().GetAmountMinor()
		switch {
		case minor > min(due, kept):
			return nil, "REFUND_TOO_LARGE"
		case kind == byCredit && o.customer == "":
			return nil, "CUSTOMER_MISSING"
		case kind == byCredit:
			give(moneyMove{kind: byCredit, location: o.location, account: creditPrfix + o.customer}, minor)
			continue
		}
		for i := range purses {
			if purses[i].kind == kind {
				minor -= from(&purses[i], minor)
			}
		}
		if minor > 0 {
			return nil, "REFUND_TOO_LARGE"
		}
	}
	for i := range purses {
		from(&purses[i], due)
	}
	if terms.undone {
		for _, m := range o.ungranted() {
			if m.minor = min(m.minor, due); m.minor > 0 {
				given = append(given, m)
				due -= m.minor
			}
		}
	}
	if due > 0 {
		return nil, "REFUND_TOO_LARGE"
	}
	return given, ""
}

// ungranted is what accounts of ours take back of an order that is undone.
func (o *bought) ungranted() []moneyMove {
	return []moneyMove{
		{movement: moveRoundedUp, minor: o.granted("rounding"), location: o.location},
		{movement: moveRefund, minor: o.granted("goodwill"), account: "goodwill", location: o.location},
		{movement: moveRefund, minor: o.granted("loss"), account: "loss", location: o.location},
	}
}

// payState is how far the order is paid and refunded.
func (o *bought) payState() string {
	paid, refunded := int64(0), int64(0)
	for _, m := range o.moves {
		switch {
		case m.movement == movePayment:
			paid += m.minor
		case m.movement == moveChange:
			paid -= m.minor
		case m.movement == moveRefund && m.kind != "":
			refunded += m.minor
		}
	}
	switch {
	case refunded > 0 && refunded >= paid:
		return "REFUNDED"
	case refunded > 0:
		return "PARTIALLY_REFUNDED"
	case o.owed() <= 0:
		return "PAID"
	case paid > 0:
		return "PARTIALLY_PAID"
	}
	return "NONE"
}

// maskedCard is what is kept of a gift card's number.
func maskedCard(number string) string {
	if len(number) <= 8 {
		return "..."
	}
	return "..." + number[len(number)-4:]
}

// inEuros tells whether all amounts are in the shop's currency.
func inEuros(amounts ...*retailpb.Money) bool {
	return !slices.ContainsFunc(amounts, func(m *retailpb.Money) bool { return m != nil && m.GetCurrencyCode() != Currency })
}
