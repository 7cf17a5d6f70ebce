package auditor

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
)

// sold is the smallest trade there is: two hats leave Milan for cash and one comes back, as history, acts and rows tell it.
type sold struct {
	history    *History
	books      *Books
	rows       *OrderBooks
	sale, back *Call
}

const (
	hatSale  = "0198c0de-0000-7000-8000-000000000001"
	hatBack  = "0198c0de-0000-7000-8000-000000000002"
	hatOrder = "0198c0de-0000-7000-8000-000000000003"
)

var hatShop = Shop{
	Locations: []Location{{Code: "milan"}}, Channels: []Channel{{Code: "till"}},
	Items: []Item{{SKU: "HAT", UnitMinor: 122, TaxCode: "IT-22", TaxPPM: 220_000, ReturnDays: 30}},
}

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// hats is the trade with nothing wrong.
func hats() *sold {
	later := noon.Add(time.Minute)
	line := boughtLine{
		line: 1, sku: "HAT", method: carryOut, location: "milan", taxCode: "IT-22", taxPPM: 220_000, returnDays: 30, quantity: 2, fulfilled: 2,
		list: 244, net: 200, tax: 44, gross: 244,
	}
	placed := &bought{
		id: hatOrder, number: "AAAAA-AAAAA", state: completed, channel: "till", location: "milan", occurredAt: noon, recordedAt: noon, version: 1,
		lines: []boughtLine{line}, taxes: []taxSum{{"IT-22", 220_000, 200, 44}},
		moves: []moneyMove{
			{kind: inCash, movement: movePayment, minor: 300, location: "milan"}, {kind: inCash, movement: moveChange, minor: 56, location: "milan"},
		},
		papers: []paperOf{{"ticket", simplified, "", noon, []unitSpan{{1, 0, 2}}}},
	}
	after := placed.copied()
	refund := moneyMove{kind: inCash, movement: moveRefund, minor: 122, location: "milan"}
	after.lines[0].returned, after.version, after.recordedAt = 1, 2, later
	after.moves = append(after.moves, refund)
	after.papers = append(after.papers, paperOf{"credit", rectifiesSimplified, "ticket", later, []unitSpan{{1, 0, 1}}})
	returned := &takenBack{
		id: "return", order: hatOrder, location: "milan", book: "milan", recordedAt: later, lines: []backLine{{1, 0, 1, "HAT", "RETURN_TO_STOCK", 100, 22, 122, ""}},
		moves: []moneyMove{refund}, invoices: []string{"credit"},
	}
	s := &sold{history: &History{}, books: &Books{}, rows: &OrderBooks{
		Orders: map[string]*bought{hatOrder: after}, Returns: map[string]*takenBack{"return": returned}, Papers: hatPapers(later),
		Points: map[pointKey]*point{{"milan", "1"}: {map[string]int64{"T26": 1, "RT26": 1}, 2, "hash 2"}},
	}}
	s.books.Acts = []*Act{
		{Request: hatSale, Headers: []Header{hatHeader("sale", "SALE", "till", "order/"+hatOrder, noon,
			Entry{From: "order/" + hatOrder, To: "tender/CASH", Asset: Currency, Quantity: 300},
			Entry{From: "tender/CASH", To: "order/" + hatOrder, Asset: Currency, Quantity: 56},
			Entry{From: "available", To: "customer", Asset: "HAT", Quantity: 2, Version: 1},
			Entry{From: "sales", To: "order/" + hatOrder, Asset: Currency, Quantity: 200},
			Entry{From: "tax/IT-22", To: "order/" + hatOrder, Asset: Currency, Quantity: 44})},
			Events: []Event{{Kind: "InvoiceIssued", Subject: "invoice/ticket", Version: 1}, {Kind: "OrderPlaced", Subject: "order/" + hatOrder, Version: 1}}},
		{Request: hatBack, Headers: []Header{hatHeader("back", "RETURN", "", "return/return", later,
			Entry{From: "customer", To: "available", Asset: "HAT", Quantity: 1, Version: 2},
			Entry{From: "order/" + hatOrder, To: "sales_returns", Asset: Currency, Quantity: 100},
			Entry{From: "order/" + hatOrder, To: "tax/IT-22", Asset: Currency, Quantity: 22},
			Entry{From: "tender/CASH", To: "order/" + hatOrder, Asset: Currency, Quantity: 122})},
			Events: []Event{
				{Kind: "InvoiceIssued", Subject: "invoice/credit", Version: 1}, {Kind: "OrderReturned", Subject: "order/" + hatOrder, Version: 2},
				{Kind: "ReturnAccepted", Subject: "return/return", Version: 1},
			}},
	}
	s.sale = s.call("orders/PlaceOrder", hatSale, &orderspb.PlaceOrderRequest{
		RequestId: hatSale, Channel: "till", Location: "milan", Order: hatOrder,
		Lines:   []*orderspb.BasketLine{{Item: &orderspb.BasketLine_Sku{Sku: "HAT"}, Quantity: 2, Method: orderspb.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT}},
		Tenders: []*orderspb.Tender{{Kind: orderspb.TenderKind_TENDER_KIND_CASH, Amount: euros(300)}},
	}, tellBought(placed))
	s.back = s.call("returns/AcceptReturn", hatBack, &returnspb.AcceptReturnRequest{
		RequestId: hatBack, Location: "milan", Order: hatOrder,
		Lines: []*returnspb.ReturnItem{{Line: 1, Quantity: 1, Disposition: returnspb.Disposition_DISPOSITION_RETURN_TO_STOCK}},
	}, &returnspb.Return{
		Id: "return", Order: hatOrder, Location: "milan", Book: "milan", GrossTotal: euros(122), RefundTotal: euros(122), Invoices: []string{"credit"},
		Lines: []*returnspb.ReturnLine{{
			Line: 1, Sku: "HAT", Quantity: 1, Disposition: returnspb.Disposition_DISPOSITION_RETURN_TO_STOCK, NetAmount: euros(100), TaxAmount: euros(22),
			GrossAmount: euros(122),
		}},
		Refunds: tellBought(after).GetPayments()[2:], RecordedAt: timestamppb.New(later),
	})
	return s
}

func hatHeader(id, kind, channel, cause string, at time.Time, entries ...Entry) Header {
	return Header{ID: id, Location: "milan", Kind: kind, Channel: channel, Cause: cause, OccurredAt: at, RecordedAt: at, Entries: entries}
}

func hatPapers(later time.Time) []*paper {
	ticket := &paper{
		id: "ticket", location: "milan", point: "1", number: "milan-1-T26-000001", kind: simplified, series: "T26", order: hatOrder, transaction: "sale",
		sequence: 1, position: 1, hash: "hash 1", lines: []paperLine{{unitSpan{1, 0, 2}, "HAT", 200, 44, 244, "IT-22", 220_000}},
		taxes: []taxSum{{"IT-22", 220_000, 200, 44}}, issuedAt: noon, occurredAt: noon,
	}
	credit := &paper{
		id: "credit", location: "milan", point: "1", number: "milan-1-RT26-000001", kind: rectifiesSimplified, series: "RT26", order: hatOrder,
		returned: "return", transaction: "back", original: "ticket", originalNumber: ticket.number, sequence: 1, position: 2, previous: "hash 1",
		hash: "hash 2", lines: []paperLine{{unitSpan{1, 0, 1}, "HAT", 100, 22, 122, "IT-22", 220_000}},
		taxes: []taxSum{{"IT-22", 220_000, 100, 22}}, issuedAt: later, occurredAt: later,
	}
	return []*paper{ticket, credit}
}

// tellBought is an order as a server would tell it.
func tellBought(o *bought) *orderspb.Order {
	a := &orderspb.Order{
		Id: o.id, Number: o.number, State: orderspb.OrderState(orderspb.OrderState_value["ORDER_STATE_"+o.state]), Channel: o.channel,
		Location: o.location, OccurredAt: timestamppb.New(o.occurredAt), RecordedAt: timestamppb.New(o.recordedAt), Owed: euros(o.owed()),
		PaymentState: orderspb.PaymentState(orderspb.PaymentState_value["PAYMENT_STATE_"+o.payState()]),
		ListTotal:    euros(244), DiscountTotal: euros(0), NetTotal: euros(200), TaxTotal: euros(44), GrossTotal: euros(244),
		FulfilmentProgress: orderspb.Progress_PROGRESS_FULL, ReturnProgress: orderspb.Progress_PROGRESS_NONE,
		Taxes: []*orderspb.OrderTax{{Code: "IT-22", RatePpm: 220_000, Net: euros(200), Tax: euros(44)}},
	}
	for _, l := range o.lines {
		if l.returned > 0 {
			a.ReturnProgress = orderspb.Progress_PROGRESS_PARTIAL
		}
		a.Lines = append(a.Lines, &orderspb.OrderLine{
			Line: l.line, Sku: l.sku, Method: orderspb.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT, Location: l.location, TaxCode: l.taxCode,
			TaxRatePpm: l.taxPPM, ReturnDays: l.returnDays, Quantity: l.quantity, FulfilledQuantity: l.fulfilled, ReturnedQuantity: l.returned,
			ListAmount: euros(l.list), NetAmount: euros(l.net), TaxAmount: euros(l.tax), GrossAmount: euros(l.gross),
		})
	}
	for _, m := range o.moves {
		a.Payments = append(a.Payments, &orderspb.Payment{
			Kind: orderspb.TenderKind_TENDER_KIND_CASH, Movement: orderspb.PaymentMovement(orderspb.PaymentMovement_value["PAYMENT_MOVEMENT_"+m.movement]),
			Amount: euros(m.minor), Location: m.location,
		})
	}
	for _, p := range o.papers {
		a.Documents = append(a.Documents, &orderspb.OrderDocument{
			Invoice: p.invoice, Kind: p.kind, Original: p.original, OccurredAt: timestamppb.New(p.occurredAt),
		})
	}
	return a
}

// call enters a call that was acknowledged.
func (s *sold) call(method, id string, request, answer proto.Message) *Call {
	c := s.history.Begin(&Call{Method: MethodName(method), Request: request, RequestID: id, Outcome: Acknowledged, Answer: answer, CopyOf: -1})
	c.Ended = s.history.Tick()
	return c
}

// refuse enters a call that was refused.
func (s *sold) refuse(method, id string, request proto.Message, reason string) *Call {
	c := s.call(method, id, request, nil)
	c.Outcome, c.Reason = Refused, reason
	return c
}

func (s *sold) order() *bought { return s.rows.Orders[hatOrder] }

func (s *sold) entries(act int) []Entry { return s.books.Acts[act].Headers[0].Entries }

// another is a return like the one that was accepted, under another id.
func (s *sold) another(units int64) *returnspb.AcceptReturnRequest {
	r := proto.Clone(s.back.Request).(*returnspb.AcceptReturnRequest)
	r.RequestId, r.Lines[0].Quantity = "0198c0de-0000-7000-8000-000000000009", units
	return r
}

// What is done to the trade, and the rule that has to find it; "": it is as correct as before.
var taleOfHats = []struct {
	name, rule string
	change     func(*sold)
}{
	{"nothing", "", func(*sold) {}},
	{"an answer that was lost", "", func(s *sold) { s.back.Outcome, s.back.Answer = Unknown, nil }},
	{"a copy that is answered the same", "", func(s *sold) { s.call(ShortName(s.sale.Method), hatSale, s.sale.Request, s.sale.Answer) }},
	{"a write that nobody knows of and that did not happen", "", func(s *sold) {
		s.call("returns/AcceptReturn", "0198c0de-0000-7000-8000-000000000009", s.another(1), nil).Outcome = Unknown
	}},
	{"a refusal of one more than is left", "", func(s *sold) {
		s.refuse("returns/AcceptReturn", "0198c0de-0000-7000-8000-000000000009", s.another(2), "RETURN_TOO_LARGE")
	}},
	{"a refusal of what is left", "a refusal that nothing explains", func(s *sold) {
		s.refuse("returns/AcceptReturn", "0198c0de-0000-7000-8000-000000000009", s.another(1), "RETURN_TOO_LARGE")
	}},
	{"a refusal while the last one comes back", "", func(s *sold) {
		c := s.refuse("returns/AcceptReturn", "0198c0de-0000-7000-8000-000000000009", s.another(2), "RETURN_TOO_LARGE")
		c.Began = s.back.Began
	}},
	{"a copy that is refused after it was done", "a copy of what was done is refused", func(s *sold) {
		s.refuse("returns/AcceptReturn", hatBack, s.back.Request, "RETURN_TOO_LARGE")
	}},
	{"a read of the order as it is", "", func(s *sold) {
		s.call("orders/GetOrder", "", &orderspb.GetOrderRequest{Order: hatOrder}, tellBought(s.order()))
	}},
	{"a read that is older than what was acknowledged", "a read shows what never was", func(s *sold) {
		s.call("orders/GetOrder", "", &orderspb.GetOrderRequest{Order: hatOrder}, s.sale.Answer)
	}},
	{"a read that began before", "", func(s *sold) {
		s.call("orders/GetOrder", "", &orderspb.GetOrderRequest{Order: hatOrder}, s.sale.Answer).Began = s.sale.Ended
	}},
	{"a read of parts of two moments", "a read shows what never was", func(s *sold) {
		torn := tellBought(s.order())
		torn.RecordedAt = s.sale.Answer.(*orderspb.Order).GetRecordedAt()
		s.call("orders/GetOrder", "", &orderspb.GetOrderRequest{Order: hatOrder}, torn).Began = s.sale.Ended
	}},
	{"an unknown order that is known", "a refusal that nothing explains", func(s *sold) {
		s.refuse("orders/GetOrder", "", &orderspb.GetOrderRequest{Order: hatOrder}, "UNKNOWN_ORDER")
	}},
	{"an acknowledged write that is lost", "an acknowledged write is lost", func(s *sold) { s.books.Acts = s.books.Acts[:1] }},
	{"a refused write that happened", "a refused write is in the books", func(s *sold) { s.back.Outcome, s.back.Reason = Refused, "FINAL_SALE" }},
	{"an act that nobody asked for", "an act that nobody asked for", func(s *sold) { s.books.Acts[1].Request = "somebody" }},
	{"a request with two effects", "a request had more than one effect", func(s *sold) {
		again := s.books.Acts[1].Headers[0]
		again.ID = "again"
		s.books.Acts[1].Headers = append(s.books.Acts[1].Headers, again)
	}},
	{"two contents under one id", "two requests under one id were acknowledged", func(s *sold) {
		other := s.another(1)
		other.RequestId, other.Note = hatBack, "altered"
		s.call("returns/AcceptReturn", hatBack, other, s.back.Answer)
	}},
	{"more comes back than was handed over", "a return of more than was handed over", func(s *sold) {
		s.back.Request.(*returnspb.AcceptReturnRequest).Lines[0].Quantity = 3
	}},
	{"more is given back than was paid", "a refund of more than was paid", func(s *sold) {
		s.back.Request.(*returnspb.AcceptReturnRequest).RefundTo = []*orderspb.RefundTo{{Kind: orderspb.TenderKind_TENDER_KIND_CASH, Amount: euros(123)}}
	}},
	{"more is given back by a card than it paid", "a refund of more than was paid", func(s *sold) {
		s.back.Request.(*returnspb.AcceptReturnRequest).RefundTo = []*orderspb.RefundTo{{Kind: orderspb.TenderKind_TENDER_KIND_CARD, Amount: euros(1)}}
	}},
	{"goods that are not paid leave", "an act that had to be refused", func(s *sold) {
		s.sale.Request.(*orderspb.PlaceOrderRequest).Tenders[0].Amount = euros(243)
	}},
	{"a payment is posted twice", "entries are not what the act comes to", func(s *sold) {
		h := &s.books.Acts[0].Headers[0]
		h.Entries = append(h.Entries, h.Entries[0])
	}},
	{"a refund is not posted", "entries are not what the act comes to", func(s *sold) {
		h := &s.books.Acts[1].Headers[0]
		h.Entries = h.Entries[:3]
	}},
	{"an entry is off by a cent", "entries are not what the act comes to", func(s *sold) { s.entries(1)[3].Quantity++ }},
	{"units go to another shelf", "entries are not what the act comes to", func(s *sold) { s.entries(1)[0].To = "damaged" }},
	{"another price than the list's", "a row is not what the books come to", func(s *sold) { s.order().lines[0].gross++ }},
	{"the till's price that is not taken", "entries are not what the act comes to", func(s *sold) {
		s.sale.Request.(*orderspb.PlaceOrderRequest).Lines[0].TillPrice = &orderspb.TillPrice{Price: &orderspb.TillPrice_Unit{Unit: euros(121)}}
	}},
	{"an answer is off by a cent", "an answer is not what happened", func(s *sold) { s.back.Answer.(*returnspb.Return).RefundTotal.AmountMinor++ }},
	{"an order that comes to more than was quoted", ruleQuoted, func(s *sold) {
		quoted := &orderspb.QuotedFigures{}
		for _, l := range s.sale.Answer.(*orderspb.Order).GetLines() {
			quoted.Lines = append(quoted.Lines, &orderspb.QuotedFigure{
				ListMinor: l.GetListAmount().GetAmountMinor(), NetMinor: l.GetNetAmount().GetAmountMinor(), TaxMinor: l.GetTaxAmount().GetAmountMinor(),
				GrossMinor: l.GetGrossAmount().GetAmountMinor() - 1, TaxCode: l.GetTaxCode(), TaxRatePpm: l.GetTaxRatePpm(),
			})
		}
		s.sale.Request.(*orderspb.PlaceOrderRequest).Quoted = quoted
	}},
	{"a quote that does not add up", "a read shows what never was", func(s *sold) {
		s.call("orders/QuoteOrder", "", &orderspb.QuoteOrderRequest{Lines: []*orderspb.BasketLine{{Quantity: 1}}}, &orderspb.Quote{
			Lines: []*orderspb.QuotedLine{{}}, Figures: &orderspb.QuotedFigures{Lines: []*orderspb.QuotedFigure{{ListMinor: 2, GrossMinor: 2, NetMinor: 1}}},
		})
	}},
	{"a quote that changed and nothing did", "a refusal that nothing explains", func(s *sold) {
		request := proto.Clone(s.sale.Request).(*orderspb.PlaceOrderRequest)
		request.RequestId, request.Order = "changed", ""
		s.refuse("orders/PlaceOrder", "changed", request, "QUOTE_CHANGED")
	}},
	{"an answer owes a cent", "an answer is not what happened", func(s *sold) { s.sale.Answer.(*orderspb.Order).Owed.AmountMinor++ }},
	{"a row is off by a cent", "a row is not what the books come to", func(s *sold) { s.order().moves[2].minor++ }},
	{"tax is shared by another rule", "tax does not add up", func(s *sold) { s.order().lines[0].tax-- }},
	{"a document is missing", "a document is missing", func(s *sold) { s.rows.Papers = s.rows.Papers[:1] }},
	{"a number is given twice", "a series has a gap or a number twice", func(s *sold) {
		s.rows.Papers[1].series, s.rows.Papers[1].sequence = "T26", 1
	}},
	{"a number is left out", "a series has a gap or a number twice", func(s *sold) { s.rows.Papers[0].sequence = 2 }},
	{"documents that do not add up", "the documents of an order are not what was handed over", func(s *sold) { s.rows.Papers[1].lines[0].GrossMinor++ }},
	{"acts in another order than the clients saw", "acts stand in an order that the clients did not see", func(s *sold) {
		s.back.Began, s.back.Ended, s.sale.Began, s.sale.Ended = 1, 2, 3, 4
	}},
}

func TestAuditorOfOrders(t *testing.T) {
	t.Parallel()
	for _, tale := range taleOfHats {
		t.Run(tale.name, func(t *testing.T) {
			s := hats()
			tale.change(s)
			s.books.Orders = s.rows
			findings := auditOrders(hatShop, s.history, s.books)
			told := toldFindings(findings)
			if tale.rule == "" && len(findings) > 0 {
				t.Errorf("a false alarm:\n%s", told)
			}
			if tale.rule != "" && !strings.Contains("\n"+told, "\n"+tale.rule+"\n") {
				t.Errorf("no finding says %q:\n%s", tale.rule, told)
			}
		})
	}
}

// A deadline is not passed before its time: what the house gives up too early is found.
func TestAuditorOfTheHouse(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, -time.Microsecond} {
		m := &orderModel{orders: map[string]timeline[*bought]{}}
		m.orders[hatOrder] = timeline[*bought]{{0, &bought{
			id: hatOrder, state: pendingPayment, location: "milan", payBy: noon, version: 1,
			lines: []boughtLine{{line: 1, sku: "HAT", location: "milan", quantity: 1, gross: 122, net: 100, tax: 22}},
		}}}
		header := hatHeader("expiry", "CANCEL", "", "order/"+hatOrder, noon.Add(after),
			Entry{From: "committed", To: "available", Asset: "HAT", Quantity: 1, Version: 3})
		header.Actor = "aisle/sweeper"
		m.replayHouse(1, &Act{Request: "house", Headers: []Header{header}, Events: []Event{{Kind: "OrderExpired", Subject: "order/" + hatOrder, Version: 2}}})
		if early := after < 0; early != (len(m.findings) > 0) {
			t.Errorf("given up %s after its time:\n%s", after, toldFindings(m.findings))
		}
	}
}
