package auditor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	invoicespb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	tillspb "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
)

// orderModel is the auditor's own idea of orders, money and documents. It knows the chart of postings
// (services/retail/doc.go), and nothing of the program.
//
// What the shop chooses freely is taken from the rows: ids, numbers, how tax is shared among the lines of a rate, by which book
// a store credit was paid; until when a pickup is kept, from what was told. All that follows from a request is computed.
type orderModel struct {
	shop  Shop
	items map[string]Item
	books *Books
	rows  *OrderBooks

	calls    []*Call
	requests map[string][]*Call
	acted    map[string]bool
	spans    []span

	orders   map[string]timeline[*bought]
	works    map[string]timeline[*handing]
	cards    map[string]timeline[giftCard]
	balances map[balanceKey]timeline[int64]
	// kinds are what gift cards were sold as, and expiries until when they are good; of those of a kind.
	kinds    map[balanceKey]string
	expiries map[balanceKey]timeline[time.Time]
	// uses is how often coupons are used.
	uses    map[couponKey]timeline[int64]
	points  map[pointKey]timeline[*point]
	returns map[string]*takenBack
	papers  map[string]*paper
	codes   map[codeKey]string
	// latest is the latest time that was recorded of anything.
	latest time.Time

	findings []Finding
}

// giftCard is a card that was sold, as one of its numbers has it. Lost is true where another number took the place of this one, which
// replacements counts for the one that the card has.
type giftCard struct {
	id, location string
	kind         string
	lost         bool
	replacements int64
}

// balanceKey names stored value in the book that issued it.
type balanceKey struct{ location, account string }

// kindsOfTrade are the kinds of act that this model replays; all others move goods alone.
var kindsOfTrade = []string{
	"SALE", "PAYMENT", "WORK", "HANDOVER", "CANCEL", "REJECT", "RETURN", "EXCHANGE", "GOODWILL", "LOSS", "INVOICE", "CARD", "CASH", "LINK", "PROVIDER",
}

// auditOrders replays what was written about orders, money and documents, and holds every answer against it.
func auditOrders(shop Shop, history *History, books *Books) []Finding {
	rows := books.Orders
	m := &orderModel{
		shop: shop, items: map[string]Item{}, books: books, rows: rows, calls: history.Calls(), requests: map[string][]*Call{},
		acted: map[string]bool{}, spans: make([]span, len(books.Acts)), orders: map[string]timeline[*bought]{},
		works: map[string]timeline[*handing]{}, cards: map[string]timeline[giftCard]{}, balances: map[balanceKey]timeline[int64]{},
		kinds: map[balanceKey]string{}, expiries: map[balanceKey]timeline[time.Time]{},
		uses:   map[couponKey]timeline[int64]{},
		points: map[pointKey]timeline[*point]{}, returns: map[string]*takenBack{}, papers: map[string]*paper{},
		codes: map[codeKey]string{},
	}
	for _, item := range shop.Items {
		m.items[item.SKU] = item
	}
	for _, call := range m.calls {
		if call.RequestID != "" {
			id := strings.ToLower(call.RequestID)
			m.requests[id] = append(m.requests[id], call)
		}
		m.learnCode(call)
	}
	for i, act := range books.Acts {
		m.spans[i] = m.spanOf(act)
		m.acted[act.Request] = true
		for _, h := range act.Headers {
			if h.RecordedAt.After(m.latest) {
				m.latest = h.RecordedAt
			}
		}
		if len(act.Headers) > 0 && slices.Contains(kindsOfTrade, act.Headers[0].Kind) {
			m.replay(i, act)
		}
		if len(act.Headers) > 0 && (act.Headers[0].Kind == "TRANSFER" || act.Headers[0].Kind == "ARRIVAL") {
			m.replayBrought(i, act)
		}
	}
	for id, t := range m.orders {
		outOfOrder(m, "order/"+id, t)
	}
	for id, t := range m.works {
		outOfOrder(m, "fulfilment/"+id, t)
	}
	for _, call := range m.calls {
		m.lost(call)
		m.judge(call)
	}
	m.compareRows()
	return m.told()
}

// told is what was found, in the order of the books first, with so many of each rule at most: one fault often breaks all that comes
// after it.
func (m *orderModel) told() (findings []Finding) {
	counts := map[string]int{}
	for _, f := range m.findings {
		if counts[f.Rule]++; counts[f.Rule] <= findingsPerRule {
			findings = append(findings, f)
		}
	}
	return findings
}

func (m *orderModel) find(f Finding) { m.findings = append(m.findings, f) }

// spanOf is when an act can have been done. A wrong code is refused, and counted all the same.
func (m *orderModel) spanOf(act *Act) span {
	calls := m.requests[act.Request]
	if len(calls) == 0 {
		return span{done: forever}
	}
	s := span{begun: forever, done: forever}
	for _, call := range calls {
		s.begun = min(s.begun, call.Began)
		if call.Outcome == Acknowledged || counted(call) {
			s.done = min(s.done, call.Ended)
		}
	}
	return s
}

// counted tells whether a refusal leaves a trace: a wrong pickup code is remembered, and what a bank was asked that would not.
func counted(call *Call) bool { return call.Outcome == Refused && call.told() }

// replay finds out who asked for an act, and carries it out on the model.
func (m *orderModel) replay(at int, act *Act) {
	calls := m.requests[act.Request]
	if len(calls) == 0 {
		m.replayHouse(at, act)
		return
	}
	candidates := m.candidates(act, calls)
	var best *deed
	for _, call := range candidates {
		d := m.newDeed(at, act, call)
		d.carryOut()
		d.compareAct()
		if best == nil || len(d.findings) < len(best.findings) {
			best = d
		}
		if len(d.findings) == 0 {
			break
		}
	}
	best.compareAnswers(calls)
	m.findings = append(m.findings, best.findings...)
	best.remember()
}

// candidates are the calls that can have had the effect: who was told so, or else those who do not know.
func (m *orderModel) candidates(act *Act, calls []*Call) []*Call {
	var told, open []*Call
	for _, call := range calls {
		switch {
		case call.Outcome == Acknowledged:
			told = append(told, call)
		case call.Outcome == Unknown, counted(call):
			same := func(other *Call) bool { return other.Method == call.Method && proto.Equal(other.Request, call.Request) }
			if !slices.ContainsFunc(open, same) {
				open = append(open, call)
			}
		}
	}
	for i, call := range told {
		if first := told[0]; i > 0 && (call.Key != first.Key || call.Method != first.Method || !proto.Equal(call.Request, first.Request)) {
			m.find(Finding{
				Rule: "two requests under one id were acknowledged", Subjects: []string{"request/" + act.Request},
				Text: fmt.Sprintf("%s and %s", describe(first), describe(call)), Calls: []int{first.Number, call.Number},
			})
		}
	}
	switch {
	case len(told) > 0:
		return told[:1]
	case len(open) > 0:
		return open
	}
	m.find(Finding{
		Rule: "a refused write is in the books", Subjects: []string{"request/" + act.Request}, Calls: []int{calls[0].Number},
		Text: fmt.Sprintf("%s wrote a %s", describe(calls[0]), act.Headers[0].Kind),
	})
	return calls[:1]
}

// describe says what a call was.
func describe(call *Call) string {
	return fmt.Sprintf("call %d %s, %s %s", call.Number, call.Method[strings.LastIndexByte(call.Method, '/')+1:], call.Outcome, call.Reason)
}

// trades tells whether a request is one that this model replays.
func trades(request proto.Message) bool {
	switch request.(type) {
	case *orderspb.PlaceOrderRequest, *orderspb.PayOrderRequest, *orderspb.CancelLinesRequest, *orderspb.GrantGoodwillRequest,
		*orderspb.WriteOffDebtRequest, *fulfilmentspb.AcceptFulfilmentRequest, *fulfilmentspb.PickFulfilmentRequest,
		*fulfilmentspb.ReadyFulfilmentRequest, *fulfilmentspb.DeliverShipmentRequest, *fulfilmentspb.RecordTrackingRequest, *fulfilmentspb.CollectPickupRequest,
		*fulfilmentspb.BuyLabelRequest, *fulfilmentspb.VoidLabelRequest,
		*fulfilmentspb.ShipFulfilmentRequest, *fulfilmentspb.RenewPickupCodeRequest, *fulfilmentspb.ExtendPickupRequest,
		*fulfilmentspb.RefusePickupRequest, *fulfilmentspb.RejectUnitsRequest, *fulfilmentspb.LoseShipmentRequest,
		*fulfilmentspb.ReturnShipmentRequest, *returnspb.AcceptReturnRequest,
		*returnspb.AcceptReturnByRightRequest, *returnspb.AcceptBlindReturnRequest, *returnspb.ExchangeGoodsRequest,
		*invoicespb.IssueFullInvoiceRequest, *tillspb.RecordCashRequest, *paymentspb.ReplaceGiftCardRequest,
		*paymentspb.SendPaymentLinkRequest, *paymentspb.AuthorisePaymentRequest, *paymentspb.CapturePaymentRequest,
		*paymentspb.VoidPaymentRequest, *paymentspb.RefundPaymentRequest, *paymentspb.PayByLinkRequest:
		return true
	}
	return false
}

// lost finds what was acknowledged, or counted, and is not in the books.
func (m *orderModel) lost(call *Call) {
	if !trades(call.Request) || m.acted[strings.ToLower(call.RequestID)] || call.Outcome != Acknowledged && !counted(call) || m.heardBefore(call) {
		return
	}
	m.find(Finding{
		Rule: "an acknowledged write is lost", Subjects: append(subjectsOf(call.Request), "request/"+call.RequestID),
		Text: describe(call), Calls: []int{call.Number},
	})
}

// subjectsOf are the entities that a request names.
func subjectsOf(request proto.Message) (subjects []string) {
	if r, ok := request.(interface{ GetOrder() string }); ok && r.GetOrder() != "" {
		subjects = append(subjects, "order/"+r.GetOrder())
	}
	if r, ok := request.(interface{ GetFulfilment() string }); ok {
		subjects = append(subjects, "fulfilment/"+r.GetFulfilment())
	}
	if r, ok := request.(interface{ GetInvoice() string }); ok {
		subjects = append(subjects, "invoice/"+r.GetInvoice())
	}
	return subjects
}
