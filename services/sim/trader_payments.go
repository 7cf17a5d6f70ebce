package sim

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	"github.com/aisle-retail/aisle/services/provider"
)

// anyone is who calls without a key.
const anyone = "aisle/anyone"

// card is what the bank's form made of a card: mostly one that is good.
func (t *trader) card() string {
	return pick(t, provider.PretendOK, provider.PretendOK, provider.PretendOK, provider.PretendLost, provider.PretendDeclined,
		provider.PretendOneCapture, provider.PretendCaptureRefused, provider.PretendRefundRefusedOnce, provider.PretendRefundRefusedOnce, provider.PretendRefundRefusedOnce)
}

// authorise has the bank keep what is owed on an order, or a part of it.
func (t *trader) authorise() (ask, bool) {
	order, ok := t.owing()
	request := &paymentspb.AuthorisePaymentRequest{RequestId: t.newID(), Order: order.GetId(), Token: t.card()}
	if owed := order.GetOwed().GetAmountMinor(); owed > 1 && t.rand.IntN(3) == 0 {
		request.Amount = euros(1 + t.rand.Int64N(owed))
	}
	return ask{request: request}, ok
}

// owing draws an order of which something was owed, now and then any.
func (t *trader) owing() (*orderspb.Order, bool) {
	if t.rand.IntN(10) == 0 {
		return t.order()
	}
	return one(t.known, &t.known.owing, t.rand)
}

// intent draws a payment that somebody knows of, in a state if one is.
func (t *trader) intent(state orderspb.PaymentIntentState) (*orderspb.Order, string, bool) {
	var order *orderspb.Order
	var intent *orderspb.PaymentIntent
	for range remembered {
		one, ok := one(t.known, &t.known.charged, t.rand)
		if !ok {
			return nil, "", false
		}
		order, intent = one, pick(t, one.GetPaymentIntents()...)
		if intent.GetState() == state {
			break
		}
	}
	return order, intent.GetId(), true
}

func (t *trader) capture() (ask, bool) {
	order, intent, ok := t.intent(orderspb.PaymentIntentState_PAYMENT_INTENT_STATE_AUTHORISED)
	request := &paymentspb.CapturePaymentRequest{RequestId: t.newID(), Order: order.GetId(), Intent: intent}
	if t.rand.IntN(2) == 0 {
		request.Amount = euros(1 + t.rand.Int64N(500))
	}
	return ask{request: request}, ok
}

func (t *trader) void() (ask, bool) {
	order, intent, ok := t.intent(orderspb.PaymentIntentState_PAYMENT_INTENT_STATE_AUTHORISED)
	return ask{request: &paymentspb.VoidPaymentRequest{RequestId: t.newID(), Order: order.GetId(), Intent: intent}}, ok
}

func (t *trader) refundAgain() (ask, bool) {
	order, intent, ok := t.intent(orderspb.PaymentIntentState_PAYMENT_INTENT_STATE_REFUND_FAILED)
	return ask{request: &paymentspb.RefundPaymentRequest{RequestId: t.newID(), Order: order.GetId(), Intent: intent}}, ok
}

// sendLink sends a customer a link to pay by.
func (t *trader) sendLink() (ask, bool) {
	order, ok := t.owing()
	request := &paymentspb.SendPaymentLinkRequest{RequestId: t.newID(), Order: order.GetId()}
	if t.rand.IntN(2) == 0 {
		request.ValidFor = durationpb.New(time.Duration(60+t.rand.IntN(3600)) * time.Second)
	}
	return ask{request: request}, ok
}

// lookAtLink is a customer who looks at what she is to pay; now and then somebody who made a link up.
func (t *trader) lookAtLink() (ask, bool) {
	link, ok := one(t.known, &t.known.links, t.rand)
	token := link.GetToken()
	if ok && t.rand.IntN(10) == 0 {
		token = token[:len(token)-4] + "AAAA"
	}
	return ask{request: &paymentspb.GetPaymentLinkRequest{Token: token}, key: anyone}, ok
}

// payByLink is a customer who pays what was due when she looked.
func (t *trader) payByLink() (ask, bool) {
	link, ok := one(t.known, &t.known.links, t.rand)
	due := link.GetOrder().GetOwed().GetAmountMinor()
	for _, kept := range link.GetOrder().GetPaymentIntents() {
		due -= kept.GetAuthorised().GetAmountMinor() - kept.GetCaptured().GetAmountMinor()
	}
	return ask{request: &paymentspb.PayByLinkRequest{RequestId: t.newID(), Token: link.GetToken(), Amount: euros(max(1, due)), Card: t.card()}, key: anyone}, ok
}

// learnPayments keeps an order of which something was asked of the bank.
func (k *known) learnPayments(answer proto.Message) {
	switch answer := answer.(type) {
	case *paymentspb.PaymentAnswer:
		k.learnOrder(answer.GetOrder())
	case *paymentspb.PaymentLinkSent:
		k.links.add(answer)
		k.learnOrder(answer.GetOrder())
	}
}
