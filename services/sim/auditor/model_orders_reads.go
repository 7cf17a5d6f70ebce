package auditor

import (
	"cmp"
	"fmt"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	invoicespb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
)

// judgeRead says how the answer to a read differs from all that the call can have seen; "" where it fits.
func (m *orderModel) judgeRead(call *Call) string {
	switch r := call.Request.(type) {
	case *orderspb.GetOrderRequest:
		return m.judgeOrder(call, call.Answer.(*orderspb.Order))
	case *fulfilmentspb.GetFulfilmentRequest:
		return m.judgeWork(call, call.Answer.(*fulfilmentspb.Fulfilment))
	case *paymentspb.LookupGiftCardRequest:
		return m.judgeCard(call, r.GetNumber(), call.Answer.(*paymentspb.StoredValue))
	case *paymentspb.GetStoreCreditRequest:
		return m.judgeCredit(call, r.GetCustomer(), call.Answer.(*paymentspb.GetStoreCreditResponse))
	case *invoicespb.ListOrderInvoicesRequest:
		return m.judgeDocuments(call, r.GetOrder(), call.Answer.(*invoicespb.ListOrderInvoicesResponse))
	case *invoicespb.VerifyChainRequest:
		return m.judgeChain(call, r, call.Answer.(*invoicespb.VerifyChainResponse))
	case *paymentspb.GetPaymentLinkRequest:
		return m.judgeLink(call, call.Answer.(*paymentspb.PaymentLink))
	case *returnspb.QuoteReturnRequest:
		return m.judgeQuote(call, r, call.Answer.(*returnspb.ReturnQuote))
	case *orderspb.QuoteOrderRequest:
		return m.judgeQuoteOrder(call, r, call.Answer.(*orderspb.Quote))
	}
	return ""
}

// judgeOrder holds a told order against the states it can have been in: all of it is of one moment.
func (m *orderModel) judgeOrder(call *Call, told *orderspb.Order) string {
	other := orderTold(told)
	if r := call.Request.(*orderspb.GetOrderRequest); r.GetOrder() != told.GetId() {
		return "another order was answered: " + told.GetId()
	}
	diff := "it is not there"
	for _, state := range seenBy(m.orders[told.GetId()], m.spans, call).states {
		parts := state.diff(other, true)
		if diff = cmp.Or(parts[:]...); diff == "" {
			return diffSums(told)
		}
	}
	return diff
}

// judgeWork holds a told fulfilment against the states that it and its order can have been in. Past its time a pickup is told to be
// expired, swept or not.
func (m *orderModel) judgeWork(call *Call, told *fulfilmentspb.Fulfilment) string {
	diff := "it is not there"
	for _, w := range seenBy(m.works[told.GetId()], m.spans, call).states {
		late := *w
		if late.state == workReady && told.GetState() == fulfilmentspb.FulfilmentState_FULFILMENT_STATE_EXPIRED_NO_SHOW {
			late.state = workNoShow
		}
		if a, b := late.text(true), workTold(told).text(true); a != b {
			diff = fmt.Sprintf("it should be %s, and is %s", a, b)
			continue
		}
		if told.GetLate() && !late.late(m.latest.Add(clockSlack)) { // it may be, once so much time has passed
			diff = fmt.Sprintf("it is told to be late: %v, and was promised for %s", told.GetLate(), clockText(late.promisedAt))
			continue
		}
		// The order is read after it, and may have changed in between.
		for _, o := range seenBy(m.orders[w.order], m.spans, call).states {
			if diff = diffWorkLines(&late, o, told); diff == "" {
				return ""
			}
		}
	}
	return diff
}

// judgeCard holds a told gift card against what it can have been worth.
func (m *orderModel) judgeCard(call *Call, number string, told *paymentspb.StoredValue) string {
	for _, card := range seenBy(m.cards[number], m.spans, call).states {
		key := balanceKey{card.location, cardPrefix + card.id}
		if told.GetAccount() != key.account || told.GetLocation() != key.location || told.GetReplaced() != card.lost {
			continue
		}
		switch {
		case !card.lost && told.GetReplacements() == card.replacements:
			return firstText(m.judgeExpiry(call, key, told), m.judgeBalance(call, key, told))
		case card.lost && told.GetReplacements() > 0 && told.GetBalance().GetAmountMinor() == 0:
			return ""
		}
		return fmt.Sprintf("the number %s is told as %v, and was %+v", maskedCard(number), told, card)
	}
	return fmt.Sprintf("there is no card %s at %s", told.GetAccount(), told.GetLocation())
}

func (m *orderModel) judgeBalance(call *Call, key balanceKey, told *paymentspb.StoredValue) string {
	w := seenBy(m.balances[key], m.spans, call)
	for _, left := range w.states {
		if left == told.GetBalance().GetAmountMinor() {
			return ""
		}
	}
	return fmt.Sprintf("%s at %s is told as %d, and can have been %v", key.account, key.location, told.GetBalance().GetAmountMinor(), w.states)
}

// judgeCredit holds a told credit against what can have been in each book.
func (m *orderModel) judgeCredit(call *Call, customer string, told *paymentspb.GetStoreCreditResponse) string {
	seen := map[string]bool{}
	for _, credit := range told.GetCredits() {
		seen[credit.GetLocation()] = true
		if credit.GetAccount() != creditPrfix+customer {
			return "another account is told: " + credit.GetAccount()
		}
		if diff := m.judgeBalance(call, balanceKey{credit.GetLocation(), credit.GetAccount()}, credit); diff != "" {
			return diff
		}
	}
	for key, t := range m.balances {
		if key.account == creditPrfix+customer && !seen[key.location] && !seenBy(t, m.spans, call).absent {
			return fmt.Sprintf("%s at %s is not told", key.account, key.location)
		}
	}
	return ""
}

// judgeDocuments holds the told documents of an order against those that it can have had.
func (m *orderModel) judgeDocuments(call *Call, order string, told *invoicespb.ListOrderInvoicesResponse) string {
	diff := "it is not there"
	for _, o := range seenBy(m.orders[order], m.spans, call).states {
		if len(o.papers) != len(told.GetInvoices()) {
			diff = fmt.Sprintf("it had %d documents, and %d are told", len(o.papers), len(told.GetInvoices()))
			continue
		}
		diff = ""
		byID := map[string]*invoicespb.Invoice{}
		for _, doc := range told.GetInvoices() {
			byID[doc.GetId()] = doc
		}
		for _, p := range o.papers { // one act may issue several at one moment, and the order among those is the chains'
			doc := byID[p.invoice]
			if doc == nil || m.papers[p.invoice] == nil {
				return fmt.Sprintf("document %s is not told", p.invoice)
			}
			diff = firstText(diff, diffDocument(m.papers[p.invoice], doc))
		}
		if diff == "" {
			return ""
		}
	}
	return diff
}

// judgeChain holds what was found about a chain against what was issued: it is intact, and as long as it can have been.
func (m *orderModel) judgeChain(call *Call, r *invoicespb.VerifyChainRequest, told *invoicespb.VerifyChainResponse) string {
	w := seenBy(m.points[pointKey{r.GetLocation(), r.GetPoint()}], m.spans, call)
	if !told.GetIntact() {
		return fmt.Sprintf("the chain of %s is broken after %d records: %s", r.GetLocation(), told.GetRecords(), told.GetFault())
	}
	for _, p := range w.states {
		if p.records == told.GetRecords() && p.head == told.GetHead() {
			return ""
		}
	}
	return fmt.Sprintf("the chain of %s is told to have %d records and head %s", r.GetLocation(), told.GetRecords(), told.GetHead())
}

// judgeQuote holds a quote against what the return would have come to in some state. A quote of an order that changes while it is read
// may be of parts of two moments: where there were several, it is not judged.
func (m *orderModel) judgeQuote(call *Call, r *returnspb.QuoteReturnRequest, told *returnspb.ReturnQuote) string {
	w := seenBy(m.orders[r.GetOrder()], m.spans, call)
	switch len(w.states) {
	case 0:
		return "it is not there"
	case 1:
	default:
		return ""
	}
	diff := ""
	for _, late := range []bool{false, true} { // nobody knows whether it came too late, but for it
		d := m.newDeed(0, nil, call)
		d.late, d.order = late, w.states[0].copied()
		lines, reason := d.quoteReturn(r, quoteTold(told))
		if reason != "" {
			diff = "it should be refused as " + reason
			continue
		}
		sums := &returnspb.Return{GrossTotal: told.GetGrossTotal(), RefundTotal: told.GetRefundTotal()}
		text := func(order, location, book, customer string) string {
			return fmt.Sprintf("order %s at %s book %s customer %q", order, location, book, customer)
		}
		if diff = firstText(differ("lines of the quote", lines, quoteTold(told)),
			differ("refunds of the quote", toldMoves(d.back.moves), toldMoves(movesTold(told.GetRefunds()))), d.back.diffSums(sums),
			differ("what is quoted", []string{text(d.back.order, d.back.location, d.back.book, d.back.customer)},
				[]string{text(told.GetOrder(), told.GetLocation(), told.GetBook(), told.GetCustomer())})); diff == "" {
			return ""
		}
	}
	return diff
}

// mayLackCard adds the reason why a card is not told; true where the call asked for one.
func (m *orderModel) mayLackCard(call *Call, add func(string)) bool {
	r, ok := call.Request.(*paymentspb.LookupGiftCardRequest)
	if ok && seenBy(m.cards[r.GetNumber()], m.spans, call).absent {
		add("UNKNOWN_GIFT_CARD")
	}
	return ok
}
