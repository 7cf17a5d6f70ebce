package auditor

import (
	"time"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	tillspb "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
)

// payOrder takes money for an order, wherever the customer is.
func (d *deed) payOrder(r *orderspb.PayOrderRequest) string {
	o := d.order
	switch {
	case o == nil:
		return "UNKNOWN_ORDER"
	case d.gone(o):
		return "ORDER_EXPIRED"
	case o.owed() <= 0:
		return "NOTHING_OWED"
	case !inEuros(r.GetCashRounding()):
		return "CURRENCY_MISMATCH"
	}
	tenders, reason := d.tenders(r.GetTenders(), r.GetLocation(), o)
	if reason != "" {
		return reason
	}
	moves, reason := o.pay(paying{tenders: tenders, rounding: r.GetCashRounding().GetAmountMinor(), mayOwe: true})
	if reason != "" {
		return reason
	}
	for _, m := range moves {
		d.move(o, m)
	}
	d.close(o)
	d.kind, d.book, d.channel, d.cause = "PAYMENT", o.location, r.GetChannel(), "order/"+o.id
	return ""
}

// grantGoodwill gives something for nothing: it comes off what is owed, and what was paid beyond that goes back.
func (d *deed) grantGoodwill(r *orderspb.GrantGoodwillRequest) string {
	o := d.order
	switch {
	case o == nil:
		return "UNKNOWN_ORDER"
	case !inEuros(r.GetAmount()):
		return "CURRENCY_MISMATCH"
	case d.gone(o):
		return "ORDER_EXPIRED"
	}
	d.move(o, moneyMove{movement: moveGoodwill, minor: r.GetAmount().GetAmountMinor(), reference: r.GetReason()})
	given, reason := o.refund(refunding{wanted: r.GetRefundTo(), drawer: r.GetCashLocation()})
	if reason != "" {
		return reason
	}
	for _, m := range given {
		d.move(o, m)
	}
	d.close(o)
	d.kind, d.book, d.cause = "GOODWILL", o.location, "order/"+o.id
	return ""
}

// writeOff gives up what a customer owes.
func (d *deed) writeOff(r *orderspb.WriteOffDebtRequest) string {
	o := d.order
	switch {
	case o == nil:
		return "UNKNOWN_ORDER"
	case !inEuros(r.GetAmount()):
		return "CURRENCY_MISMATCH"
	case d.gone(o):
		return "ORDER_EXPIRED"
	case r.GetAmount().GetAmountMinor() > max(0, o.owed()):
		return "NOTHING_OWED"
	}
	d.move(o, moneyMove{movement: moveLoss, minor: r.GetAmount().GetAmountMinor(), reference: r.GetReason()})
	d.close(o)
	d.kind, d.book, d.cause = "LOSS", o.location, "order/"+o.id
	return ""
}

// sendLink lets an order be paid by a link: as long as it waits, or for three days, where nothing is said, in whole seconds.
func (d *deed) sendLink(r *paymentspb.SendPaymentLinkRequest) string {
	o := d.order
	switch {
	case o == nil:
		return "UNKNOWN_ORDER"
	case d.gone(o):
		return "ORDER_EXPIRED"
	case o.missing() <= 0:
		return "NOTHING_OWED"
	}
	lasts := 3 * 24 * time.Hour
	if r.GetValidFor() != nil {
		lasts = r.GetValidFor().AsDuration()
	}
	last := o.linkUntil
	o.linkUntil = d.now.Add(lasts)
	if o.state == pendingPayment && (r.GetValidFor() == nil || o.payBy.Before(o.linkUntil)) {
		o.linkUntil = o.payBy
	}
	o.linkUntil = o.linkUntil.Truncate(time.Second)
	if !last.IsZero() { // no two are the same
		o.linkUntil = o.linkUntil.Add(time.Duration(last.Nanosecond()+1000) * time.Nanosecond)
	}
	if o.state == pendingPayment && o.payBy.Before(o.linkUntil) {
		o.linkUntil = o.linkUntil.Add(-time.Second)
	}
	d.close(o)
	d.kind, d.book, d.cause = "LINK", o.location, "order/"+o.id
	return ""
}

// replaceCard gives a card that was lost another number. Without an act nobody knows which numbers there were; storedReasons does.
func (d *deed) replaceCard(r *paymentspb.ReplaceGiftCardRequest) string {
	if d.act == nil {
		return ""
	}
	card, sold := d.cards[r.GetNumber()].now()
	_, taken := d.cards[r.GetNewNumber()].now()
	switch {
	case !sold:
		return "UNKNOWN_GIFT_CARD"
	case card.lost:
		return "GIFT_CARD_REPLACED"
	case taken:
		return "GIFT_CARD_TAKEN"
	}
	d.sold[r.GetNumber()] = giftCard{id: card.id, location: card.location, kind: card.kind, lost: true}
	d.sold[r.GetNewNumber()] = giftCard{id: card.id, location: card.location, kind: card.kind, replacements: card.replacements + 1}
	d.kind, d.book, d.cause = "CARD", r.GetLocation(), cardPrefix+card.id
	return ""
}

// recordCash is what happened to the cash of a place. What is in a drawer is the fold of its account, which has no row of its own:
// as every entry is checked, so is every drawer.
func (d *deed) recordCash(r *tillspb.RecordCashRequest) string {
	if !inEuros(r.GetAmount()) {
		return "CURRENCY_MISMATCH"
	}
	from, to := "tender/CASH", "safe"
	switch r.GetAct() {
	case tillspb.CashAct_CASH_ACT_SHORT:
		to = "cash_difference"
	case tillspb.CashAct_CASH_ACT_OVER:
		from, to = "cash_difference", "tender/CASH"
	}
	d.post(r.GetLocation(), from, to, r.GetAmount().GetAmountMinor())
	d.kind, d.book, d.cause = "CASH", r.GetLocation(), r.GetNote()
	return ""
}
