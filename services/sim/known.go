package sim

import (
	"math/rand/v2"
	"sync"

	"google.golang.org/protobuf/proto"

	cartspb "github.com/aisle-retail/aisle/gen/go/aisle/carts/v1"
	countspb "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// remembered is how many things of a kind all clients keep in mind. Few, so that they meet at the same ones.
const remembered = 24

// known is what the clients know of the shop, from all answers. Whoever reads it may act on what another changes meanwhile.
type known struct {
	mu        sync.Mutex
	holds     ring[heldAt]
	orders    ring[*orderspb.Order]
	works     ring[workAt]
	transfers ring[*stockpb.Transfer]
	asked     ring[*stockpb.Transfer]
	bringing  ring[*deliveriespb.Delivery]
	cases     ring[*stockpb.OversellCase]
	counts    ring[*countspb.Count]
	quotes    ring[*auditor.Call]   // baskets that were quoted
	carts     ring[*auditor.Call]   // carts that were filled or looked at
	owing     ring[*orderspb.Order] // orders of which something was owed
	charged   ring[*orderspb.Order] // orders of which a bank was asked something
	links     ring[*paymentspb.PaymentLinkSent]
	tickets   ring[string] // ids of invoices
	labels    ring[*fulfilmentspb.BuyLabelRequest]
	cards     ring[string]        // numbers of gift cards
	done      ring[*auditor.Call] // writes that were acknowledged or whose end nobody knows
}

// heldAt is a hold and its place.
type heldAt struct{ location, id, channel string }

// workAt is a fulfilment, its place and its method.
type workAt struct {
	location, id, order string
	method              orderspb.FulfilmentMethod
}

// ring keeps the last things of a kind.
type ring[T any] struct {
	all  []T
	next int
}

func (r *ring[T]) add(one T) {
	if len(r.all) < remembered {
		r.all = append(r.all, one)
		return
	}
	r.all[r.next] = one
	r.next = (r.next + 1) % remembered
}

// one draws one of a ring; false where there is none.
func one[T any](k *known, from *ring[T], r *rand.Rand) (thing T, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(from.all) == 0 {
		return thing, false
	}
	return from.all[r.IntN(len(from.all))], true
}

// openCase is the case that was last told to be open, or now and then any.
func (k *known) openCase(r *rand.Rand) (found *stockpb.OversellCase, ok bool) {
	if found, ok = one(k, &k.cases, r); !ok || r.IntN(4) == 0 {
		return found, ok
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.cases.all { // the last first
		n := len(k.cases.all)
		if last := k.cases.all[(k.cases.next-1-i+2*n)%n]; last.GetOpenUnits() > 0 {
			return last, true
		}
	}
	return found, ok
}

// learn keeps what an answer tells, and the call itself where it may be sent again.
func (k *known) learn(call *auditor.Call) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if call.RequestID != "" && call.CopyOf < 0 && call.Wrong == "" && call.Outcome != auditor.Refused {
		k.done.add(call)
	}
	if call.Outcome == auditor.Acknowledged {
		if _, quoted := call.Answer.(*orderspb.Quote); quoted {
			k.quotes.add(call)
		}
		if cart, ok := call.Answer.(*cartspb.Cart); ok && cart.GetVersion() > 0 {
			k.carts.add(call)
		}
		if bought, ok := call.Request.(*fulfilmentspb.BuyLabelRequest); ok {
			k.labels.add(bought)
		}
		k.learnAnswer(call.Answer)
	}
}

func (k *known) learnAnswer(answer proto.Message) {
	switch answer := answer.(type) {
	case *stockpb.Hold:
		if answer.GetState() == stockpb.HoldState_HOLD_STATE_HELD {
			k.holds.add(heldAt{answer.GetLocation(), answer.GetId(), answer.GetChannel()})
		}
	case *stockpb.FoundHold:
		k.learnAnswer(answer.GetHold())
	case *stockpb.Transfer:
		if answer.GetState() == stockpb.TransferState_TRANSFER_STATE_REQUESTED {
			k.asked.add(answer)
			return
		}
		k.transfers.add(answer)
	case *deliveriespb.Delivery:
		k.bringing.add(answer)
	case *stockpb.ListOversellCasesResponse:
		for _, one := range answer.GetCases() {
			k.cases.add(one)
		}
	case *countspb.Count:
		if state := answer.GetState(); state == countspb.CountState_COUNT_STATE_OPEN || state == countspb.CountState_COUNT_STATE_COUNTED {
			k.counts.add(answer)
		}
	case *paymentspb.PaymentLinkSent, *paymentspb.PaymentAnswer:
		k.learnPayments(answer)
	case *orderspb.Order:
		k.learnOrder(answer)
	case *fulfilmentspb.Handover:
		k.learnOrder(answer.GetOrder())
	case *returnspb.Exchange:
		k.learnOrder(answer.GetOrder())
	}
}

func (k *known) learnOrder(order *orderspb.Order) {
	k.orders.add(order)
	if order.GetOwed().GetAmountMinor() > 0 && order.GetState() != orderspb.OrderState_ORDER_STATE_EXPIRED {
		k.owing.add(order)
	}
	if len(order.GetPaymentIntents()) > 0 {
		k.charged.add(order)
	}
	for _, document := range order.GetDocuments() {
		k.tickets.add(document.GetInvoice())
	}
	seen := map[string]bool{}
	for _, line := range order.GetLines() {
		if id := line.GetFulfilment(); id != "" && !seen[id] && line.GetOpenQuantity() > 0 {
			seen[id] = true
			k.works.add(workAt{line.GetLocation(), id, order.GetId(), line.GetMethod()})
		}
		if away, coming := line.GetAwayQuantity(), line.GetComingQuantity(); away+coming > 0 { // as far as one line tells
			brings := &stockpb.Transfer{
				Id: line.GetTransfer(), FromLocation: line.GetFromLocation(), ToLocation: line.GetLocation(), Order: order.GetId(),
				Lines: []*stockpb.TransferLine{{Sku: line.GetSku(), Requested: away, Shipped: coming}},
			}
			if away > 0 {
				k.asked.add(brings)
			} else {
				k.transfers.add(brings)
			}
		}
	}
}
