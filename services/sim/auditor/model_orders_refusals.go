package auditor

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	invoicespb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
)

// reasonsJudged are the refusals that follow from what this model knows. All others are of the request alone, of the mechanism, of
// stock and holds, or of master data, and are left to whoever knows about those.
var reasonsJudged = []string{
	"UNKNOWN_ORDER", "ORDER_EXISTS", "PAYMENT_SHORT", "CHANGE_NOT_GIVEN", "ORDER_EXPIRED", "NOTHING_OWED", "REFUND_TOO_LARGE",
	"ALREADY_HANDED_OVER", "UNKNOWN_GIFT_CARD", "GIFT_CARD_REPLACED", "GIFT_CARD_TAKEN", "GIFT_CARD_LIMIT", "BALANCE_SHORT", "CUSTOMER_MISSING", "UNKNOWN_FULFILMENT", "FULFILMENT_STATE",
	"ALREADY_PICKED", "NOT_PICKED", "UNKNOWN_LABEL", "LABEL_STATE",
	"FULFILMENT_CANCELLED", "ALREADY_COLLECTED", "PICKUP_EXPIRED", "CODE_LOCKED", "RETURN_TOO_LARGE", "RETURN_WINDOW_CLOSED",
	"FINAL_SALE", "UNKNOWN_INVOICE", "INVOICE_EXISTS", "INVOICE_CORRECTED",
	usedUp,
	"QUOTE_CHANGED", // nobody changes a price while the shop trades, but coupons are used up and given back
}

// judge holds a refusal or a read against what its call can have seen.
func (m *orderModel) judge(call *Call) {
	switch {
	case call.Wrong != "": // it had to be refused whatever the shop's state; that it was is found where it is not
	case call.Outcome == Refused:
		m.judgeRefusal(call)
	case call.Outcome == Acknowledged && call.RequestID == "":
		if diff := m.judgeRead(call); diff != "" {
			m.find(Finding{
				Rule: "a read shows what never was", Text: describe(call) + ": " + diff, Subjects: subjectsOf(call.Request),
				Calls: []int{call.Number},
			})
		}
	case call.Outcome == Acknowledged:
		m.judgeQuoted(call)
	}
}

// judgeRefusal finds a refusal that no state explains which the call can have seen.
func (m *orderModel) judgeRefusal(call *Call) {
	if r, ok := call.Request.(*orderspb.PlaceOrderRequest); ok && call.Reason == "OUT_OF_STOCK" && m.carriedAway(r) {
		m.find(Finding{
			Rule: "a sale at a till is refused for lack of stock", Text: describe(call), Subjects: []string{"request/" + call.RequestID},
			Calls: []int{call.Number},
		})
	}
	if !slices.Contains(reasonsJudged, call.Reason) {
		return
	}
	if m.done(call) {
		m.find(Finding{
			Rule: "a copy of what was done is refused", Text: describe(call), Subjects: append(subjectsOf(call.Request), "request/"+call.RequestID),
			Calls: []int{call.Number},
		})
		return
	}
	may, known := m.mayRefuse(call)
	if !known || slices.Contains(may, call.Reason) {
		return
	}
	m.find(Finding{
		Rule: "a refusal that nothing explains", Text: fmt.Sprintf("%s; it could only be %v", describe(call), may),
		Subjects: subjectsOf(call.Request), Calls: []int{call.Number},
	})
}

// carriedAway tells whether all of a basket is in the customer's hand at a till, which is a channel that sells where the order says.
func (m *orderModel) carriedAway(r *orderspb.PlaceOrderRequest) bool {
	till := slices.ContainsFunc(m.shop.Channels, func(c Channel) bool { return c.Code == r.GetChannel() && c.SellingLocation == "" })
	return till && len(r.GetLines()) > 0 && !slices.ContainsFunc(r.GetLines(), func(l *orderspb.BasketLine) bool { return trimmed(l.GetMethod(), methodPrefix) != carryOut })
}

// done tells whether the very request was acknowledged before the call began.
func (m *orderModel) done(call *Call) bool {
	return slices.ContainsFunc(m.requests[strings.ToLower(call.RequestID)], func(other *Call) bool {
		return other.Outcome == Acknowledged && other.Ended < call.Began && other.Key == call.Key && other.Method == call.Method &&
			proto.Equal(other.Request, call.Request)
	})
}

// mayRefuse are the reasons for which a call can have been refused; false where the model does not know such requests. A refusal may
// have read the order in one state and the fulfilment in another, and its deadlines may have passed or not.
func (m *orderModel) mayRefuse(call *Call) (may []string, known bool) {
	add := func(reason string) {
		if reason != "" && !slices.Contains(may, reason) {
			may = append(may, reason)
		}
	}
	switch r := call.Request.(type) {
	case *orderspb.GetOrderRequest, *invoicespb.ListOrderInvoicesRequest:
		if m.mayLack(call) {
			add("UNKNOWN_ORDER")
		}
		return may, true
	case *fulfilmentspb.GetFulfilmentRequest:
		for _, on := range m.lookedAt(call) {
			if on.work == nil || on.work.location != r.GetLocation() {
				add("UNKNOWN_FULFILMENT")
			}
		}
		return may, true
	case *returnspb.QuoteReturnRequest: // it locks nothing, so that an order which changes meanwhile is quoted by parts of two moments
		if len(seenBy(m.orders[r.GetOrder()], m.spans, call).states) > 1 {
			return nil, false
		}
	case *orderspb.PlaceOrderRequest:
		if !priced(r) {
			return nil, false
		}
		m.couponReasons(call, r, add)
	case *returnspb.ExchangeGoodsRequest:
		if !priced(r.GetSale()) {
			return nil, false
		}
	default:
		if !trades(call.Request) {
			known = m.mayLackCard(call, add)
			return may, known
		}
	}
	for _, on := range m.lookedAt(call) {
		for _, late := range []bool{false, true} {
			d := m.newDeed(0, nil, call)
			d.late = late
			add(d.decide(call.Request, on))
		}
	}
	m.storedReasons(call, add)
	if r, ok := call.Request.(*orderspb.CancelLinesRequest); ok && !r.GetPicked() && m.mayBePicked(call, r) {
		add("ALREADY_PICKED")
	}
	if r, ok := call.Request.(*orderspb.PlaceOrderRequest); ok && len(seenBy(m.orders[r.GetOrder()], m.spans, call).states) > 0 {
		add("ORDER_EXISTS")
	}
	if r, ok := call.Request.(*returnspb.ExchangeGoodsRequest); ok && len(seenBy(m.orders[r.GetSale().GetOrder()], m.spans, call).states) > 0 {
		add("ORDER_EXISTS")
	}
	return may, true
}

// priced tells whether the model knows what a basket costs before it is a row: not with discounts, by barcodes, or out of a cart that never was so.
func priced(r *orderspb.PlaceOrderRequest) bool {
	return r.GetCart() == nil && len(r.GetDiscounts()) == 0 && !slices.ContainsFunc(r.GetLines(), func(l *orderspb.BasketLine) bool {
		return len(l.GetDiscounts()) > 0 || l.GetGtin() != ""
	})
}

// mayBePicked tells whether the call can have seen something of what it gives up picked: an order and its fulfilments, each at some moment.
func (m *orderModel) mayBePicked(call *Call, r *orderspb.CancelLinesRequest) bool {
	for _, o := range seenBy(m.orders[r.GetOrder()], m.spans, call).states {
		units, reason := openUnits(o, countsOf(r.GetLines()), "")
		if reason != "" {
			continue
		}
		for _, u := range units {
			l := o.line(u.line)
			for _, w := range seenBy(m.works[l.work], m.spans, call).states {
				if w.holds(l, u.units) {
					return true
				}
			}
		}
	}
	return false
}

// lookedAt are all pairs of states of the order and the fulfilment that a call can have seen; nil where there may have been none.
func (m *orderModel) lookedAt(call *Call) (all []looked) {
	orders, works := []*bought{nil}, []*handing{nil}
	if id := m.orderOf(call.Request); id != "" {
		w := seenBy(m.orders[id], m.spans, call)
		if orders = w.states; w.absent {
			orders = append([]*bought{nil}, orders...)
		}
	}
	if r, ok := call.Request.(interface{ GetFulfilment() string }); ok {
		w := seenBy(m.works[r.GetFulfilment()], m.spans, call)
		if works = w.states; w.absent {
			works = append([]*handing{nil}, works...)
		}
	}
	for _, o := range orders {
		for _, w := range works {
			all = append(all, looked{o, w})
		}
	}
	return all
}

// mayLack tells whether the order of a read may not have been there.
func (m *orderModel) mayLack(call *Call) bool {
	return seenBy(m.orders[m.orderOf(call.Request)], m.spans, call).absent
}

// storedReasons are the reasons of stored value: a card that may not have been sold yet, and a balance that may have been less than
// all that the request wants of it. A credit may lie in several books, and which one a request takes is read before it is locked: it
// suffices that one of them may have been short.
func (m *orderModel) storedReasons(call *Call, add func(string)) {
	if r, ok := call.Request.(*paymentspb.ReplaceGiftCardRequest); ok {
		m.replacing(call, r, add)
	}
	basket := call.Request
	if r, ok := basket.(*returnspb.ExchangeGoodsRequest); ok {
		basket = r.GetSale()
	}
	if r, ok := basket.(*orderspb.PlaceOrderRequest); ok {
		m.limits(call, r, add)
		for _, line := range r.GetLines() {
			m.mayBeLost(call, line.GetGiftCard().GetNumber(), add)
		}
	}
	wants, customer := m.spending(call)
	for account, minor := range wants.cards {
		w := seenBy(m.cards[account], m.spans, call)
		if w.absent {
			add("UNKNOWN_GIFT_CARD")
		}
		m.mayBeLost(call, account, add)
		for _, card := range w.states {
			m.mayBeShort(call, balanceKey{card.location, cardPrefix + card.id}, minor, add)
		}
	}
	for key, minor := range wants.returned {
		m.mayBeShort(call, key, minor, add)
	}
	if wants.credit == 0 {
		return
	}
	found := false
	for key := range m.balances {
		if key.account == creditPrfix+customer {
			found = true
			m.mayBeShort(call, key, wants.credit, add)
		}
	}
	if !found || customer == "" {
		add("BALANCE_SHORT")
	}
}

// mayBeLost adds the reason why a number of a gift card may not have been good any more.
func (m *orderModel) mayBeLost(call *Call, number string, add func(string)) {
	if slices.ContainsFunc(seenBy(m.cards[number], m.spans, call).states, func(card giftCard) bool { return card.lost }) {
		add("GIFT_CARD_REPLACED")
	}
}

// replacing adds the reasons why a card may not have got another number.
func (m *orderModel) replacing(call *Call, r *paymentspb.ReplaceGiftCardRequest, add func(string)) {
	if seenBy(m.cards[r.GetNumber()], m.spans, call).absent {
		add("UNKNOWN_GIFT_CARD")
	}
	m.mayBeLost(call, r.GetNumber(), add)
	if len(seenBy(m.cards[r.GetNewNumber()], m.spans, call).states) > 0 {
		add("GIFT_CARD_TAKEN")
	}
}

func (m *orderModel) mayBeShort(call *Call, key balanceKey, minor int64, add func(string)) {
	w := seenBy(m.balances[key], m.spans, call)
	if w.absent || slices.ContainsFunc(w.states, func(left int64) bool { return left < minor }) {
		add("BALANCE_SHORT")
	}
}

// spending is what a request wants of stored value: of cards by number, of the customer's credit, and of cards that come back.
type spending struct {
	cards    map[string]int64
	credit   int64
	returned map[balanceKey]int64
}

func (m *orderModel) spending(call *Call) (s spending, customer string) {
	s = spending{cards: map[string]int64{}, returned: map[balanceKey]int64{}}
	request := call.Request
	if r, ok := request.(*returnspb.ExchangeGoodsRequest); ok {
		m.comingBack(r.GetOrder(), r.GetLines(), s)
		request = r.GetSale()
	}
	if r, ok := request.(interface {
		GetLines() []*returnspb.ReturnItem
	}); ok {
		m.comingBack(m.orderOf(request), r.GetLines(), s)
	}
	if r, ok := request.(interface{ GetCustomer() string }); ok {
		customer = r.GetCustomer()
	} else if row := m.rows.Orders[m.orderOf(request)]; row != nil {
		customer = row.customer
	}
	if r, ok := request.(interface{ GetTenders() []*orderspb.Tender }); ok {
		for _, t := range r.GetTenders() {
			switch trimmed(t.GetKind(), kindPrefix) {
			case byCard:
				s.cards[t.GetReference()] += t.GetAmount().GetAmountMinor()
			case byCredit:
				s.credit += t.GetAmount().GetAmountMinor()
			}
		}
	}
	return s, customer
}

// comingBack adds the gift cards among the lines of a return, at most for what they are worth.
func (m *orderModel) comingBack(order string, items []*returnspb.ReturnItem, s spending) {
	row := m.rows.Orders[order]
	if row == nil {
		return
	}
	for _, item := range items {
		if line := row.line(item.GetLine()); line != nil && stored(line.account) {
			s.returned[balanceKey{firstText(line.issuer, row.location), line.account}] += line.gross
		}
	}
}
