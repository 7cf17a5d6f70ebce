package sim

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	invoicespb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	tillspb "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

const (
	tenderCash        = orderspb.TenderKind_TENDER_KIND_CASH
	tenderCard        = orderspb.TenderKind_TENDER_KIND_CARD
	tenderGiftCard    = orderspb.TenderKind_TENDER_KIND_GIFT_CARD
	tenderStoreCredit = orderspb.TenderKind_TENDER_KIND_STORE_CREDIT
	methodCarryOut    = orderspb.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT
	methodPickup      = orderspb.FulfilmentMethod_FULFILMENT_METHOD_PICKUP
	methodShip        = orderspb.FulfilmentMethod_FULFILMENT_METHOD_SHIP
)

// line is a line of goods.
func line(sku string, quantity int64, method orderspb.FulfilmentMethod, location string) *orderspb.BasketLine {
	return &orderspb.BasketLine{Item: &orderspb.BasketLine_Sku{Sku: sku}, Quantity: quantity, Method: method, Location: location}
}

// charge is a line of something that is no goods.
func (t *trader) charge(code string, minor int64, method orderspb.FulfilmentMethod, location string) *orderspb.BasketLine {
	return &orderspb.BasketLine{
		Item:     &orderspb.BasketLine_Charge{Charge: &orderspb.Charge{Code: code, Description: "Delivery", TaxCategory: t.shop.Items[0].TaxCode}},
		Quantity: 1, Method: method, Location: location,
		TillPrice: &orderspb.TillPrice{Price: &orderspb.TillPrice_Unit{Unit: euros(minor)}, Reason: code},
	}
}

// price is what goods cost, with what promotions give, and what is charged beside them.
func (t *trader) price(r *orderspb.PlaceOrderRequest) (minor int64) {
	var goods []auditor.Sold
	for _, l := range r.GetLines() {
		for _, item := range t.shop.Items {
			if item.SKU == l.GetSku() {
				goods = append(goods, auditor.Sold{SKU: item.SKU, Quantity: l.GetQuantity(), Minor: item.UnitMinor * l.GetQuantity()})
			}
		}
	}
	for _, left := range t.shop.Give(r, goods) {
		minor += left
	}
	for _, l := range r.GetLines() {
		if l.GetCharge() != nil {
			minor += l.GetTillPrice().GetUnit().GetAmountMinor() * l.GetQuantity()
		}
	}
	return minor
}

// tenders pay an amount: in one way or two, now and then with change or by stored value that may not be there.
func (t *trader) tenders(minor int64) []*orderspb.Tender {
	if minor <= 0 {
		return nil
	}
	switch t.rand.IntN(10) {
	case 0:
		if minor > 1 {
			part := 1 + t.rand.Int64N(minor-1)
			return []*orderspb.Tender{tender(tenderCard, euros(part), "terminal 1"), tender(tenderCash, euros(minor-part+50), "")}
		}
	case 1:
		if number, ok := one(t.known, &t.known.cards, t.rand); ok {
			return []*orderspb.Tender{tender(tenderGiftCard, t.money(minor), number), tender(tenderCash, euros(minor), "")}
		}
	case 2:
		if number, ok := one(t.known, &t.known.cards, t.rand); ok {
			return []*orderspb.Tender{tender(tenderGiftCard, euros(minor), number)}
		}
	case 3:
		return []*orderspb.Tender{tender(tenderStoreCredit, euros(minor), "")}
	case 4:
		return []*orderspb.Tender{tender(tenderCash, t.money(minor+500), "")}
	}
	return []*orderspb.Tender{tender(pick(t, tenderCash, tenderCard), euros(minor), "")}
}

// tillSale is what leaves a shop in the customer's hand.
func (t *trader) tillSale() (ask, bool) {
	request := &orderspb.PlaceOrderRequest{RequestId: t.newID(), Channel: "till", Location: t.store(), Customer: t.customer()}
	for _, sku := range t.skus(3) {
		request.Lines = append(request.Lines, line(sku, t.units(), methodCarryOut, ""))
	}
	request.Tenders = t.tenders(t.price(request))
	t.named(request)
	if t.rand.IntN(5) == 0 {
		request.BillTo = &retailpb.Party{Name: "A buyer", TaxId: "IT00000000000"}
	}
	return ask{request: request}, true
}

// shows has the customer show a coupon now and then, where it gives something.
func (t *trader) shows(request *orderspb.PlaceOrderRequest) {
	for _, p := range t.shop.Promotions {
		isFor := func(l *orderspb.BasketLine) bool { return l.GetSku() == p.SKU }
		if p.Coupon != "" && t.rand.IntN(2) == 0 && slices.ContainsFunc(request.GetLines(), isFor) {
			request.Coupons = []string{p.Coupon}
		}
	}
}

// named gives some orders an id of the client's own.
func (t *trader) named(request *orderspb.PlaceOrderRequest) {
	if t.rand.IntN(2) == 0 {
		request.Order = t.newID()
	}
}

// customer is one of the known ones, or nobody.
func (t *trader) customer() string {
	if t.rand.IntN(2) == 0 {
		return ""
	}
	return pick(t, t.shop.Customers...)
}

// webOrder is collected or sent: from a hold or not, paid or not.
func (t *trader) webOrder() (ask, bool) {
	request := &orderspb.PlaceOrderRequest{
		RequestId: t.newID(), Channel: pick(t, "shop", "shop", "app"), Location: "online", Customer: pick(t, t.shop.Customers...), Reference: "web",
	}
	place, method := t.store(), pick(t, methodPickup, methodPickup, methodShip)
	if held, ok := one(t.known, &t.known.holds, t.rand); ok && t.rand.IntN(2) == 0 {
		place = held.location
		request.Holds = []*orderspb.HoldRef{{Location: held.location, Hold: held.id}}
	}
	to := t.store() // where it is collected, brought from where it is
	brought := method == methodPickup && to != place && t.rand.IntN(2) == 0
	for _, sku := range t.skus(3) {
		one := line(sku, t.units(), method, place)
		if brought {
			one.Location, one.FromLocation = to, place
		}
		request.Lines = append(request.Lines, one)
	}
	if t.rand.IntN(4) == 0 { // some of it from elsewhere
		request.Lines = append(request.Lines, line(t.item().SKU, 1, methodShip, t.store()))
	}
	t.shows(request)
	if t.rand.IntN(3) == 0 { // what is charged for sending or keeping it
		request.Lines = append(request.Lines, t.charge("delivery", 1+t.rand.Int64N(900), method, request.GetLines()[0].GetLocation()))
	}
	due := t.price(request)
	switch t.rand.IntN(5) {
	case 0:
		request.PaymentTime = durationpb.New(restMax.Truncate(restMax) + 1e9)
		request.Tenders = t.tenders(due / 2)
	case 1, 2: // paid when it is collected, or by the bank
	default:
		request.Tenders = t.tenders(due)
	}
	t.named(request)
	return ask{request: request}, true
}

// quoteOrder asks what a sale or an order would come to.
func (t *trader) quoteOrder() (ask, bool) {
	drawn, ok := pick(t, t.tillSale, t.webOrder)()
	basket := drawn.request.(*orderspb.PlaceOrderRequest)
	return ask{request: &orderspb.QuoteOrderRequest{
		Channel: basket.GetChannel(), Location: basket.GetLocation(), Customer: basket.GetCustomer(), Lines: basket.GetLines(),
		Coupons: basket.GetCoupons(),
	}}, ok
}

// placeQuoted places a basket that somebody had quoted, for what was quoted.
func (t *trader) placeQuoted() (ask, bool) {
	call, ok := one(t.known, &t.known.quotes, t.rand)
	if !ok {
		return ask{}, false
	}
	basket, quote := call.Request.(*orderspb.QuoteOrderRequest), call.Answer.(*orderspb.Quote)
	request := &orderspb.PlaceOrderRequest{
		RequestId: t.newID(), Channel: basket.GetChannel(), Location: basket.GetLocation(), Customer: basket.GetCustomer(),
		Lines: basket.GetLines(), Coupons: basket.GetCoupons(), Quoted: quote.GetFigures(), Tenders: t.tenders(quote.GetGrossTotal().GetAmountMinor()),
	}
	t.named(request)
	return ask{request: request}, true
}

// loadCard sells a gift card or tops one up, in a store, in the app or on the web, wherever it was issued.
func (t *trader) loadCard() (ask, bool) {
	number, ok := one(t.known, &t.known.cards, t.rand)
	if !ok || t.rand.IntN(3) == 0 {
		number = fmt.Sprintf("GC-%06d", t.rand.IntN(1_000_000))
		t.known.mu.Lock()
		t.known.cards.add(number)
		t.known.mu.Unlock()
	}
	minor := 100 + t.rand.Int64N(10_000)
	channel, location, by := "till", t.store(), tenderCash
	if t.rand.IntN(3) == 0 {
		channel, location, by = pick(t, "shop", "app"), "online", tenderCard
	}
	return ask{request: &orderspb.PlaceOrderRequest{
		RequestId: t.newID(), Channel: channel, Location: location,
		Lines: []*orderspb.BasketLine{{
			Item: &orderspb.BasketLine_GiftCard{GiftCard: &orderspb.GiftCard{Number: number, Kind: auditor.KindOf(number)}}, Quantity: 1, Method: methodCarryOut,
			TillPrice: &orderspb.TillPrice{Price: &orderspb.TillPrice_Unit{Unit: euros(minor)}, Reason: "load"},
		}},
		Tenders: []*orderspb.Tender{tender(by, euros(minor), "")},
	}}, true
}

// order draws an order that somebody placed: often one that a bank pays for.
func (t *trader) order() (*orderspb.Order, bool) {
	if order, ok := one(t.known, &t.known.charged, t.rand); ok && t.rand.IntN(3) == 0 {
		return order, true
	}
	return one(t.known, &t.known.orders, t.rand)
}

func (t *trader) pay() (ask, bool) {
	order, ok := t.order()
	due := max(order.GetOwed().GetAmountMinor(), pick[int64](t, 0, 0, 0, 100))
	if due == 0 {
		due = order.GetGrossTotal().GetAmountMinor() - paid(order)
	}
	return ask{request: &orderspb.PayOrderRequest{
		RequestId: t.newID(), Order: order.GetId(), Location: t.store(), Tenders: t.tenders(due), Channel: "till",
	}}, ok && due > 0
}

// paid is what an order was paid, less what was given back.
func paid(order *orderspb.Order) (minor int64) {
	for _, p := range order.GetPayments() {
		switch p.GetMovement() {
		case orderspb.PaymentMovement_PAYMENT_MOVEMENT_PAYMENT:
			minor += p.GetAmount().GetAmountMinor()
		case orderspb.PaymentMovement_PAYMENT_MOVEMENT_CHANGE, orderspb.PaymentMovement_PAYMENT_MOVEMENT_REFUND:
			minor -= p.GetAmount().GetAmountMinor()
		}
	}
	return minor
}

func (t *trader) cancel() (ask, bool) {
	order, ok := t.order()
	request := &orderspb.CancelLinesRequest{RequestId: t.newID(), Order: order.GetId(), Note: pick(t, "", "too big")}
	if t.rand.IntN(3) > 0 {
		for _, l := range order.GetLines() {
			if l.GetMethod() != methodCarryOut && t.rand.IntN(2) == 0 {
				request.Lines = append(request.Lines, &orderspb.UnitCount{Line: l.GetLine(), Quantity: 1 + t.rand.Int64N(l.GetQuantity())})
			}
		}
	}
	request.CashLocation, request.Picked = pick(t, "", t.store()), t.rand.IntN(2) == 0
	return ask{request: request}, ok
}

func (t *trader) goodwill() (ask, bool) {
	order, ok := t.order()
	return ask{request: &orderspb.GrantGoodwillRequest{
		RequestId: t.newID(), Order: order.GetId(), Amount: t.money(200), Reason: "late", CashLocation: pick(t, "", t.store()),
	}}, ok
}

func (t *trader) writeOff() (ask, bool) {
	order, ok := t.order()
	return ask{request: &orderspb.WriteOffDebtRequest{
		RequestId: t.newID(), Order: order.GetId(), Amount: t.money(max(1, order.GetOwed().GetAmountMinor())), Reason: "gone",
	}}, ok
}

func (t *trader) getOrder() (ask, bool) {
	order, ok := t.order()
	return ask{request: &orderspb.GetOrderRequest{Order: order.GetId()}}, ok
}

// work draws a fulfilment.
func (t *trader) work() (workAt, bool) { return one(t.known, &t.known.works, t.rand) }

// workBy draws one that is handed over in a way; now and then one that is not.
func (t *trader) workBy(method orderspb.FulfilmentMethod) (workAt, bool) {
	w, ok := t.work()
	for range remembered {
		if w.method == method || t.rand.IntN(20) == 0 {
			break
		}
		w, ok = t.work()
	}
	return w, ok
}

func (t *trader) acceptWork() (ask, bool) {
	w, ok := t.work()
	return ask{request: &fulfilmentspb.AcceptFulfilmentRequest{RequestId: t.newID(), Location: w.location, Fulfilment: w.id}}, ok
}

func (t *trader) pickWork() (ask, bool) {
	w, ok := t.work()
	request := &fulfilmentspb.PickFulfilmentRequest{RequestId: t.newID(), Location: w.location, Fulfilment: w.id}
	if t.rand.IntN(3) > 0 { // as they are found
		request.Lines = []*orderspb.UnitCount{{Line: 1 + t.rand.Int32N(3), Quantity: 1 + t.rand.Int64N(2)}}
	}
	return ask{request: request}, ok
}

func (t *trader) readyWork() (ask, bool) {
	w, ok := t.work()
	return ask{request: &fulfilmentspb.ReadyFulfilmentRequest{RequestId: t.newID(), Location: w.location, Fulfilment: w.id}}, ok
}

// extend keeps a pickup for some days, which may be no longer than it is kept anyway.
func (t *trader) extend() (ask, bool) {
	w, ok := t.workBy(methodPickup)
	until := time.Now().Add(time.Duration(1+t.rand.IntN(40)) * 24 * time.Hour)
	return ask{request: &fulfilmentspb.ExtendPickupRequest{
		RequestId: t.newID(), Location: w.location, Fulfilment: w.id, KeepUntil: timestamppb.New(until),
	}}, ok
}

// refusePickup does not want all or some of what is shown at the counter.
func (t *trader) refusePickup() (ask, bool) {
	w, ok := t.workBy(methodPickup)
	request := &fulfilmentspb.RefusePickupRequest{RequestId: t.newID(), Location: w.location, Fulfilment: w.id}
	if t.rand.IntN(2) == 0 {
		request.Lines = []*orderspb.UnitCount{{Line: 1 + t.rand.Int32N(3), Quantity: 1 + t.rand.Int64N(2)}}
	}
	return ask{request: request}, ok
}

// rejectUnits does not find what it is to hand over, or finds it spoilt.
func (t *trader) rejectUnits() (ask, bool) {
	w, ok := t.work()
	request := &fulfilmentspb.RejectUnitsRequest{
		RequestId: t.newID(), Location: w.location, Fulfilment: w.id, Shortfall: fulfilmentspb.Shortfall_SHORTFALL_MISSING,
		Reason: pick(t, "lost", "theft", ownReason), Note: pick(t, "", "looked twice"),
	}
	if t.rand.IntN(3) == 0 {
		request.Shortfall, request.Reason = fulfilmentspb.Shortfall_SHORTFALL_UNFIT, "broken"
	}
	if t.rand.IntN(3) > 0 {
		request.Lines = []*orderspb.UnitCount{{Line: 1 + t.rand.Int32N(3), Quantity: 1 + t.rand.Int64N(2)}}
	}
	if t.rand.IntN(4) == 0 { // what it was to be sent by another
		request.FromLocation = t.store()
	}
	request.Instead = pick(t, nil, nil, []orderspb.FulfilmentMethod{methodPickup}, []orderspb.FulfilmentMethod{methodPickup, methodShip})
	request.PayBack = len(request.Instead) == 0 && t.rand.IntN(4) == 0
	return ask{request: request}, ok
}

// loseShipment does not find what a carrier was given.
func (t *trader) loseShipment() (ask, bool) {
	w, ok := t.workBy(methodShip)
	request := &fulfilmentspb.LoseShipmentRequest{
		RequestId: t.newID(), Location: w.location, Fulfilment: w.id, Reason: pick(t, "lost", "theft", ownReason), Note: pick(t, "", "no trace"),
		Parcel: t.parcel(),
	}
	if t.rand.IntN(2) == 0 {
		request.Lines = []*orderspb.UnitCount{{Line: 1 + t.rand.Int32N(3), Quantity: 1 + t.rand.Int64N(2)}}
	}
	return ask{request: request}, ok
}

// returnShipment gets back what a carrier was given.
func (t *trader) returnShipment() (ask, bool) {
	w, ok := t.workBy(methodShip)
	request := &fulfilmentspb.ReturnShipmentRequest{
		RequestId: t.newID(), Location: w.location, Fulfilment: w.id, Note: pick(t, "", "nobody there"), Parcel: t.parcel(),
	}
	if t.rand.IntN(2) == 0 {
		request.Lines = []*returnspb.ReturnItem{{
			Line: 1 + t.rand.Int32N(3), Quantity: 1 + t.rand.Int64N(2), Disposition: pick(t,
				returnspb.Disposition_DISPOSITION_RETURN_TO_STOCK, returnspb.Disposition_DISPOSITION_UNDECIDED, returnspb.Disposition_DISPOSITION_REPAIR),
		}}
	}
	return ask{request: request}, ok
}

func (t *trader) deliver() (ask, bool) {
	w, ok := t.workBy(methodShip)
	return ask{request: &fulfilmentspb.DeliverShipmentRequest{
		RequestId: t.newID(), Location: w.location, Fulfilment: w.id, Parcel: t.parcel(),
	}}, ok
}

// track tells what a carrier says, now and then again. It names the parcel: of none, another one may be meant when it is asked again.
func (t *trader) track() (ask, bool) {
	w, ok := t.workBy(methodShip)
	return ask{request: &fulfilmentspb.RecordTrackingRequest{
		RequestId: t.newID(), Location: w.location, Fulfilment: w.id, Parcel: max(1, t.parcel()),
		Events: []*fulfilmentspb.TrackingEvent{{
			EventId: fmt.Sprint("E", t.rand.IntN(5)), Time: timestamppb.New(time.Now().Add(-time.Duration(t.rand.IntN(300)) * time.Minute)),
			Status: pick(t, fulfilmentspb.TrackingStatus_TRACKING_STATUS_IN_TRANSIT, fulfilmentspb.TrackingStatus_TRACKING_STATUS_EXCEPTION,
				fulfilmentspb.TrackingStatus_TRACKING_STATUS_RETURNED, fulfilmentspb.TrackingStatus_TRACKING_STATUS_DELIVERED), Place: pick(t, "", "Bologna"),
		}},
	}}, ok
}

// parcel is the number of a parcel, or 0.
func (t *trader) parcel() int32 { return pick[int32](t, 0, 1, 1, 2) }

func (t *trader) getWork() (ask, bool) {
	w, ok := t.work()
	return ask{request: &fulfilmentspb.GetFulfilmentRequest{Location: w.location, Fulfilment: w.id}}, ok
}

func (t *trader) ship() (ask, bool) {
	w, ok := t.workBy(methodShip)
	request := &fulfilmentspb.ShipFulfilmentRequest{
		RequestId: t.newID(), Location: w.location, Fulfilment: w.id, Carrier: "post", Tracking: fmt.Sprint(t.rand.IntN(1000)),
	}
	if t.rand.IntN(2) == 0 { // the rest goes in another parcel
		request.Lines = []*orderspb.UnitCount{{Line: 1 + t.rand.Int32N(3), Quantity: 1}}
	}
	return ask{request: request}, ok
}

func (t *trader) lookupCard() (ask, bool) {
	number, ok := one(t.known, &t.known.cards, t.rand)
	return ask{request: &paymentspb.LookupGiftCardRequest{Number: number}}, ok
}

// loseCard gives a card that somebody sold another number, now and then one that another card has.
func (t *trader) loseCard() (ask, bool) {
	number, ok := one(t.known, &t.known.cards, t.rand)
	if !ok {
		return ask{}, false
	}
	by := fmt.Sprintf("GL-%06d", t.rand.IntN(1_000_000)) // of whatever kind the card is
	if t.rand.IntN(6) == 0 {
		by, _ = one(t.known, &t.known.cards, t.rand)
	}
	t.known.mu.Lock()
	t.known.cards.add(by)
	t.known.mu.Unlock()
	return ask{request: &paymentspb.ReplaceGiftCardRequest{
		RequestId: t.newID(), Location: t.store(), Number: number, NewNumber: by, Note: "left on the train",
	}}, true
}

func (t *trader) storeCredit() (ask, bool) {
	return ask{request: &paymentspb.GetStoreCreditRequest{Customer: pick(t, t.shop.Customers...)}}, true
}

func (t *trader) cash() (ask, bool) {
	return ask{request: &tillspb.RecordCashRequest{
		RequestId: t.newID(), Location: t.store(), Note: "evening", Amount: euros(1 + t.rand.Int64N(500)),
		Act: pick(t, tillspb.CashAct_CASH_ACT_DROP, tillspb.CashAct_CASH_ACT_SHORT, tillspb.CashAct_CASH_ACT_OVER),
	}}, true
}

func (t *trader) fullInvoice() (ask, bool) {
	ticket, ok := one(t.known, &t.known.tickets, t.rand)
	return ask{request: &invoicespb.IssueFullInvoiceRequest{RequestId: t.newID(), Invoice: ticket, Buyer: &retailpb.Party{Name: "A buyer", TaxId: "IT00000000000"}}}, ok
}

func (t *trader) listInvoices() (ask, bool) {
	order, ok := t.order()
	return ask{request: &invoicespb.ListOrderInvoicesRequest{Order: order.GetId()}}, ok
}
