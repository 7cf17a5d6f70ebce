package auditor

import (
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	invoicespb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	tillspb "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
)

// deed is what an act, or a request that may have been refused, comes to by the model. It changes the model only when it is
// remembered, so that a request can be tried on several states.
type deed struct {
	*orderModel
	position int // where the act stands in the books
	act      *Act
	call     *Call

	// now is when it was recorded, and at when it happened in the shop. Without an act nobody knows the time: late says whether
	// all that has a deadline is past it.
	now, at time.Time
	late    bool

	// What the act's headers should say.
	kind, book, channel, cause string

	order *bought // the one it is about
	sale  *bought // what left in exchange
	// swapped is what lines of it cost, from 0, that are swapped for units which come back.
	swapped map[int]int64
	work    *handing
	back    *takenBack
	// What the act leaves behind.
	ordersAfter []*bought
	worksAfter  []*handing
	papersNew   []*paper
	sold        map[string]giftCard
	money       map[posting]int64
	units       map[posting]int64
	// unasked is the order before a bank was asked, and resting its payments before it was asked what follows from the act.
	unasked  *bought
	resting  []Intent
	released bool // units of holds may be free again
	missed   bool // units that are not found are lost, or go back to what the books know to be missing
	minted   map[string][]string
	findings []Finding
}

// posting is from where to where something goes in a book; asset is a SKU, or empty for money.
type posting struct{ location, from, to, asset string }

func (m *orderModel) newDeed(position int, act *Act, call *Call) *deed {
	d := &deed{
		orderModel: m, position: position, act: act, call: call, sold: map[string]giftCard{}, money: map[posting]int64{},
		units: map[posting]int64{}, minted: map[string][]string{},
	}
	if act == nil {
		return d
	}
	d.now, d.at = act.Headers[0].RecordedAt, act.Headers[0].RecordedAt
	for _, e := range act.Events {
		_, id, _ := strings.Cut(e.Subject, "/")
		d.minted[e.Kind] = append(d.minted[e.Kind], id)
	}
	return d
}

// wrong adds a finding about the act.
func (d *deed) wrong(rule, text string, subjects ...string) {
	f := Finding{Rule: rule, Text: text, Subjects: append(subjects, "request/"+d.act.Request)}
	if d.call != nil {
		f.Text = describe(d.call) + ": " + text
		f.Calls = []int{d.call.Number}
		for _, s := range subjectsOf(d.call.Request) {
			if !slices.Contains(f.Subjects, s) {
				f.Subjects = append(f.Subjects, s)
			}
		}
	}
	d.findings = append(d.findings, f)
}

// carryOut does what the request of an act asks for, and finds an act that should have been refused.
func (d *deed) carryOut() {
	if reason := d.decide(d.call.Request, d.lookUp(d.call.Request)); reason != "" {
		d.wrong(ruleAgainst(reason), "it was to be refused as "+reason)
	}
}

// ruleAgainst names what was done although it had to be refused.
func ruleAgainst(reason string) string {
	switch reason {
	case "REFUND_TOO_LARGE":
		return "a refund of more than was paid"
	case "RETURN_TOO_LARGE":
		return "a return of more than was handed over"
	case "BALANCE_SHORT":
		return "stored value is overdrawn"
	}
	return "an act that had to be refused"
}

// looked is what a request is decided on: entities as they are, or as a call may have seen them.
type looked struct {
	order *bought
	work  *handing
}

// lookUp finds the entities that a request names as they are now.
func (m *orderModel) lookUp(request proto.Message) (on looked) {
	if r, ok := request.(interface{ GetFulfilment() string }); ok {
		on.work, _ = m.works[r.GetFulfilment()].now()
	}
	if id := m.orderOf(request); id != "" {
		on.order, _ = m.orders[id].now()
	}
	return on
}

// orderOf is the order that a request is about, by itself or by its fulfilment or ticket; "": none, or a new one.
func (m *orderModel) orderOf(request proto.Message) string {
	switch r := request.(type) {
	case *orderspb.PlaceOrderRequest, *returnspb.AcceptBlindReturnRequest:
		return ""
	case *paymentspb.PayByLinkRequest:
		order, _ := linkOf(r.GetToken())
		return order
	case *paymentspb.GetPaymentLinkRequest:
		order, _ := linkOf(r.GetToken())
		return order
	case interface{ GetOrder() string }:
		return r.GetOrder()
	case interface{ GetFulfilment() string }:
		if row := m.rows.Works[r.GetFulfilment()]; row != nil {
			return row.order
		}
	case interface{ GetInvoice() string }:
		if row := m.rows.paper(r.GetInvoice()); row != nil {
			return row.order
		}
	}
	return ""
}

// decide carries a request out on what it looks at, or returns the reason why it is refused.
func (d *deed) decide(request proto.Message, on looked) (reason string) {
	if on.order != nil {
		d.order = on.order.copied()
	}
	if on.work != nil {
		work := *on.work
		d.work = &work
	}
	if r, ok := request.(interface {
		GetOccurredAt() *timestamppb.Timestamp
	}); ok && r.GetOccurredAt() != nil {
		d.at = r.GetOccurredAt().AsTime().Truncate(time.Microsecond)
	}
	switch r := request.(type) {
	case *orderspb.PlaceOrderRequest:
		return d.placeOrder(r)
	case *orderspb.PayOrderRequest:
		return d.payOrder(r)
	case *orderspb.CancelLinesRequest:
		return d.cancelLines(r)
	case *orderspb.GrantGoodwillRequest:
		return d.grantGoodwill(r)
	case *orderspb.WriteOffDebtRequest:
		return d.writeOff(r)
	case *fulfilmentspb.AcceptFulfilmentRequest:
		return d.advance(r, workAccepted)
	case *fulfilmentspb.PickFulfilmentRequest:
		return d.pick(r)
	case *fulfilmentspb.ReadyFulfilmentRequest:
		return d.advance(r, workReady)
	case *fulfilmentspb.DeliverShipmentRequest:
		return d.deliver(r)
	case *fulfilmentspb.RecordTrackingRequest:
		return d.track(r)
	case *fulfilmentspb.BuyLabelRequest:
		return d.buyLabel(r)
	case *fulfilmentspb.VoidLabelRequest:
		return d.voidLabel(r)
	case *fulfilmentspb.RenewPickupCodeRequest:
		return d.renewCode(r)
	case *fulfilmentspb.ExtendPickupRequest:
		return d.extend(r)
	case *fulfilmentspb.RefusePickupRequest:
		return d.refusePickup(r)
	case *fulfilmentspb.RejectUnitsRequest:
		return d.rejectUnits(r)
	case *fulfilmentspb.LoseShipmentRequest:
		return d.undelivered(r, lostBy(r), workLost)
	case *fulfilmentspb.ReturnShipmentRequest:
		return d.undelivered(r, r.GetLines(), workBrought)
	case *fulfilmentspb.CollectPickupRequest:
		return d.collect(r)
	case *fulfilmentspb.ShipFulfilmentRequest:
		return d.ship(r)
	case *returnspb.AcceptReturnRequest:
		return d.acceptReturn(r, false)
	case *returnspb.AcceptReturnByRightRequest:
		return d.acceptReturn(r, true)
	case *returnspb.QuoteReturnRequest:
		_, reason := d.quoteReturn(r, nil)
		return reason
	case *returnspb.AcceptBlindReturnRequest:
		return d.acceptBlind(r)
	case *returnspb.ExchangeGoodsRequest:
		return d.exchange(r)
	case *invoicespb.IssueFullInvoiceRequest:
		return d.issueFull(r)
	case *paymentspb.ReplaceGiftCardRequest:
		return d.replaceCard(r)
	case *paymentspb.SendPaymentLinkRequest:
		return d.sendLink(r)
	case *paymentspb.AuthorisePaymentRequest:
		return d.askBank(askKeep, r.GetRequestId(), r.GetAmount())
	case *paymentspb.CapturePaymentRequest:
		return d.askBank(askTake, r.GetIntent(), r.GetAmount())
	case *paymentspb.VoidPaymentRequest:
		return d.askBank(askLetGo, r.GetIntent(), nil)
	case *paymentspb.RefundPaymentRequest:
		return d.askBank(askGiveBack, r.GetIntent(), nil)
	case *paymentspb.PayByLinkRequest:
		return d.payByLink(r)
	case *tillspb.RecordCashRequest:
		return d.recordCash(r)
	}
	return "" // a request of goods alone; that its act is of a kind of ours is found by the header
}

// past tells whether a deadline has passed.
func (d *deed) past(deadline time.Time) bool {
	if d.act == nil {
		return d.late
	}
	return !d.now.Before(deadline)
}

// gone tells whether an order was not paid in time, swept or not.
func (d *deed) gone(o *bought) bool {
	return o.state == expiredOrder || o.state == pendingPayment && d.past(o.payBy)
}

// mint is the n-th id that an act gave to something new, by the event that tells of it.
func (d *deed) mint(event string, n int) string {
	if ids := d.minted[event]; n < len(ids) {
		return ids[n]
	}
	return ""
}

// transaction is the id of the act's headers.
func (d *deed) transaction() string {
	if d.act == nil {
		return ""
	}
	return d.act.Headers[0].ID
}

// post adds an amount that goes from one account to another.
func (d *deed) post(location, from, to string, minor int64) {
	if minor > 0 {
		d.money[posting{location, from, to, ""}] += minor
	}
}

// moveUnits adds units that go from one account to another.
func (d *deed) moveUnits(location, from, to, sku string, units int64) {
	if units > 0 && sku != "" {
		d.units[posting{location, from, to, sku}] += units
	}
}

// move adds a movement of money to an order, and posts it: in another book than the order's, through settlement in both.
func (d *deed) move(o *bought, m moneyMove) {
	if m.minor == 0 {
		return
	}
	m.location = firstText(m.location, o.location)
	o.moves = append(o.moves, m)
	ours := m.other()
	post := func(location, from, to string) {
		if m.sign() < 0 {
			from, to = to, from
		}
		d.post(location, from, to, m.minor)
	}
	if m.location != o.location {
		ours = "settlement/" + m.location
		post(m.location, m.other(), "settlement/"+o.location)
	}
	post(o.location, ours, "order/"+o.id)
}

// earn posts what units of an order are worth when they are handed over, or the other way when they come back.
func (d *deed) earn(o *bought, units []unitSpan, back bool) {
	for _, u := range units {
		line := o.line(u.Line)
		net, tax, _ := line.worth(u.From, u.Until)
		account, taxes := firstText(line.account, "sales"), "tax/"+line.taxCode
		if back {
			account = firstText(line.account, "sales_returns")
		}
		post := func(book, from, to string, minor int64) {
			if back {
				from, to = to, from
			}
			d.post(book, from, to, minor)
		}
		if line.issuer != "" { // its book owes the card, and this one owes it the money
			post(line.issuer, account, "settlement/"+o.location, net)
			account = "settlement/" + line.issuer
		}
		post(o.location, account, "order/"+o.id, net)
		post(o.location, taxes, "order/"+o.id, tax)
	}
}

// close ends what an act does to an order: its state follows, its version goes up.
func (d *deed) close(o *bought) {
	d.resting = o.intents
	o.askOn()
	o.settle()
	o.version++
	o.recordedAt = d.now
	d.ordersAfter = append(d.ordersAfter, o)
}

// closeWork does the same for a fulfilment.
func (d *deed) closeWork(w *handing) {
	w.version++
	w.recordedAt = d.now
	d.worksAfter = append(d.worksAfter, w)
}

// remember takes what the act did into the model.
func (d *deed) remember() {
	for _, o := range d.ordersAfter {
		d.rememberCoupons(o)
		d.orders[o.id] = append(d.orders[o.id], moment[*bought]{d.position, o})
	}
	for _, w := range d.worksAfter {
		d.works[w.id] = append(d.works[w.id], moment[*handing]{d.position, w})
	}
	for number, card := range d.sold {
		if card.kind != "" {
			d.kinds[balanceKey{card.location, cardPrefix + card.id}] = card.kind
		}
		d.cards[number] = append(d.cards[number], moment[giftCard]{d.position, card})
	}
	for _, p := range d.papersNew {
		d.papers[p.id] = p
		key := pointKey{p.location, p.point}
		before, _ := d.points[key].now()
		d.points[key] = append(d.points[key], moment[*point]{d.position, before.with(p)})
	}
	if d.back != nil {
		d.returns[d.back.id] = d.back
	}
	d.rememberExpiries()
	for key, minor := range d.storedValue() {
		before, _ := d.balances[key].now()
		d.balances[key] = append(d.balances[key], moment[int64]{d.position, before + minor})
	}
}

// storedValue is what the act adds to gift cards and credits.
func (d *deed) storedValue() map[balanceKey]int64 {
	sums := map[balanceKey]int64{}
	for p, minor := range d.money {
		if stored(p.from) {
			sums[balanceKey{p.location, p.from}] += minor
		}
		if stored(p.to) {
			sums[balanceKey{p.location, p.to}] -= minor
		}
	}
	return sums
}

// stored tells whether an account is stored value.
func stored(account string) bool {
	return strings.HasPrefix(account, cardPrefix) || strings.HasPrefix(account, creditPrfix)
}

// left is what is left of stored value. A refusal may have seen another time, so without an act it suffices for all.
func (d *deed) left(location, account string) int64 {
	if d.act == nil {
		return forever
	}
	balance, _ := d.balances[balanceKey{location, account}].now()
	return balance
}
