package auditor

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
)

// Intent is a payment by a bank: what that was asked to keep, has kept, has taken and has given back, in minor units, and what it was asked
// and has not answered.
type Intent struct {
	ID         string `json:"id"`
	State      string `json:"state"`
	Amount     int64  `json:"amount_minor"`
	Authorised int64  `json:"authorised_minor"`
	Captured   int64  `json:"captured_minor"`
	Refunded   int64  `json:"refunded_minor"`
	// Moved is what of it pays for another order.
	Moved     int64  `json:"moved_minor"`
	Step      string `json:"step"`
	StepMinor int64  `json:"step_minor"`
	Steps     int32  `json:"steps"`
	// Once is true where the bank said that what it does not take at first it lets go.
	Once bool `json:"captures_once"`
	// MovedFrom is the order whose payment it was, where what moved of that pays for this one; empty: it was asked for this one.
	MovedFrom string `json:"moved_from"`
	// Refusals is how often in a row the bank would not give back.
	Refusals int32 `json:"refusals"`
}

// byBank is the kind of what a bank takes, and banker who writes down what it answers.
const (
	byBank = "CARD"
	banker = "aisle/payments"

	askKeep, askTake, askLetGo, askGiveBack = "AUTHORISE", "CAPTURE", "VOID", "REFUND"
)

func (i Intent) left() int64 { return i.Authorised - i.Captured }

// rests is the state of a payment of which nothing is asked.
func (i Intent) rests() string {
	switch {
	case i.left() > 0:
		return "AUTHORISED"
	case i.Captured == 0:
		return "VOIDED"
	case i.Captured == i.Refunded:
		return "REFUNDED"
	}
	return "CAPTURED"
}

// secured is what banks keep for an order, which is as good as paid: of what they take once, no more than they are asked to take.
func (o *bought) secured() (minor int64) {
	for _, i := range o.intents {
		if i.Once && i.Step == askTake {
			minor += i.StepMinor
		} else {
			minor += i.left()
		}
	}
	return minor
}

// asked is what banks are asked in a step, and have not answered.
func (o *bought) asked(step string) (minor int64) {
	for _, i := range o.intents {
		if i.Step == step {
			minor += i.StepMinor
		}
	}
	return minor
}

// missing is what nobody has paid, kept, or was asked to keep.
func (o *bought) missing() int64 { return o.owed() - o.secured() - o.asked(askKeep) }

// givenBy is what the order gave back by a payment that its bank did not yet.
func (o *bought) givenBy(i Intent) int64 {
	minor := -i.Refunded - i.Moved
	for _, m := range o.moves {
		if m.movement == moveRefund && m.kind == byBank && m.reference == i.ID {
			minor += m.minor
		}
	}
	return minor
}

// askOn asks the banks what follows from how the order is: to give back what it gave back, to let go what it does not need, to take what
// is due for what was handed over.
func (o *bought) askOn() {
	o.intents = slices.Clone(o.intents)
	owed, due := o.owed()-o.asked(askTake), o.due()-o.asked(askTake)
	for n := range o.intents {
		i := &o.intents[n]
		ask := func(step string, minor int64) { i.Step, i.StepMinor, i.Steps = step, minor, i.Steps+1 }
		switch {
		case i.Step != "":
		case o.givenBy(*i) > 0 && i.State != "REFUND_FAILED":
			ask(askGiveBack, o.givenBy(*i))
		case i.left() <= 0:
		case owed <= 0:
			ask(askLetGo, i.left())
		case due > 0:
			ask(askTake, min(i.left(), due))
			owed, due = owed-i.StepMinor, due-i.StepMinor
		}
	}
}

// paysWith notes what of payments pays for another order, and returns that one's payments for it.
func (o *bought) paysWith(moves []moneyMove) (moved []Intent) {
	for _, m := range moves {
		for n := range o.intents {
			if m.kind == byBank && m.reference == o.intents[n].ID {
				o.intents[n].Moved += m.minor
				moved = append(moved, Intent{
					ID: m.reference, State: "CAPTURED", Amount: m.minor, Authorised: m.minor, Captured: m.minor, Steps: 1, MovedFrom: o.id,
				})
			}
		}
	}
	return moved
}

// linkOf is what a token of a link says: whose it is, and until when. Whether it was made by us, only we can tell.
func linkOf(token string) (order string, until time.Time) {
	said, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(said) < 24 {
		return "", until
	}
	id := fmt.Sprintf("%x", said[:16])
	return strings.Join([]string{id[:8], id[8:12], id[12:16], id[16:20], id[20:]}, "-"), time.UnixMicro(int64(binary.BigEndian.Uint64(said[16:24])))
}

// payByLink has a bank keep all that is due.
func (d *deed) payByLink(r *paymentspb.PayByLinkRequest) string {
	_, until := linkOf(r.GetToken())
	if o := d.order; o == nil || !until.Equal(o.linkUntil) || d.past(until) {
		return "UNKNOWN_PAYMENT_LINK"
	}
	if reason := d.askBank(askKeep, r.GetRequestId(), r.GetAmount()); reason != "" {
		return reason
	}
	if asked := d.order.intents[len(d.order.intents)-1]; asked.Amount != r.GetAmount().GetAmountMinor() || d.unasked.missing() != asked.Amount {
		return "PAYMENT_STATE"
	}
	return ""
}

// askBank writes down what a bank is about to be asked.
func (d *deed) askBank(step, id string, amount *retailpb.Money) string {
	o := d.order
	if o == nil {
		return "UNKNOWN_ORDER"
	}
	d.unasked = o.copied()
	id = strings.ToLower(id)
	at := slices.IndexFunc(o.intents, func(i Intent) bool { return i.ID == id })
	if (at < 0) != (step == askKeep) {
		return "UNKNOWN_PAYMENT"
	}
	most := int64(0)
	switch {
	case at >= 0 && o.intents[at].Step != "":
	case step == askKeep && d.gone(o):
		return "ORDER_EXPIRED"
	case step == askKeep && o.missing() <= 0:
		return "NOTHING_OWED"
	case step == askKeep && len(o.intents) < 20:
		most = o.missing()
	case step == askGiveBack:
		most = o.givenBy(o.intents[at])
	case step == askLetGo:
		most = o.intents[at].left()
	case step == askTake:
		most = min(o.intents[at].left(), o.owed()-o.asked(askTake))
	}
	minor := amount.GetAmountMinor()
	if most <= 0 || minor > most {
		return "PAYMENT_STATE"
	}
	if minor == 0 {
		minor = most
	}
	o.intents = slices.Clone(o.intents)
	if at < 0 {
		at = len(o.intents)
		o.intents = append(o.intents, Intent{ID: id, State: "CREATED", Amount: minor})
	}
	i := &o.intents[at]
	i.Step, i.StepMinor, i.Steps = step, minor, i.Steps+1
	if i.State == "REFUND_FAILED" {
		i.State = i.rests()
	}
	d.close(o)
	d.kind, d.book, d.cause = "PROVIDER", o.location, "order/"+o.id
	return ""
}

// replayAnswer writes down what a bank answered. What that is, is the bank's to say, and taken from what others were told; what follows from
// it is not.
func (m *orderModel) replayAnswer(at int, act *Act) {
	d := m.newDeed(at, act, nil)
	id, _ := strings.CutPrefix(act.Headers[0].Cause, "order/")
	if order, there := m.orders[id].now(); there {
		d.order = order.copied()
	}
	if reason := d.answered(); reason != "" {
		d.wrong("a bank answers what it was not asked", reason, "order/"+id)
	}
	d.compareAct()
	m.findings = append(m.findings, d.findings...)
	d.remember()
}

func (d *deed) answered() string {
	o := d.order
	if o == nil || len(d.act.Events) == 0 {
		return "there is no such order"
	}
	var event Event
	for _, e := range d.act.Events {
		if e.Subject == "order/"+o.id {
			event = e
		}
	}
	var told struct{ Intents []Intent }
	if err := json.Unmarshal([]byte(event.Body), &told); err != nil || len(told.Intents) != len(o.intents) {
		return fmt.Sprintf("%s tells of %d payments, and there are %d: %v", event.Kind, len(told.Intents), len(o.intents), err)
	}
	n := -1
	for at, i := range o.intents {
		if after := told.Intents[at]; i.Step != "" && (after.Step != i.Step || after.Steps != i.Steps) {
			n = at
		}
	}
	if n < 0 {
		return "no payment waits for " + event.Kind
	}
	o.intents = slices.Clone(o.intents)
	i := &o.intents[n]
	was, owed := *i, o.owed()
	i.Step, i.StepMinor = "", 0
	refused := false
	switch was.Step + " " + event.Kind {
	case askKeep + " PaymentAuthorised":
		i.Authorised, i.Once = was.StepMinor, told.Intents[n].Once
	case askKeep + " PaymentDeclined":
		refused = true
	case askTake + " PaymentCaptured":
		i.Captured += was.StepMinor
		if i.Authorised = told.Intents[n].Authorised; i.left() < 0 || i.left() > was.left()-was.StepMinor {
			return fmt.Sprintf("%d are kept after %+v", i.left(), was)
		}
		paid := moneyMove{kind: byBank, movement: movePayment, minor: was.StepMinor, reference: was.ID}
		d.move(o, paid)
		paid.movement, paid.minor = moveRefund, max(0, was.StepMinor-max(0, owed))
		d.move(o, paid)
	case askLetGo + " PaymentVoided", askLetGo + " PaymentFailed", askTake + " PaymentFailed":
		i.Authorised = i.Captured
	case askGiveBack + " PaymentRefunded":
		i.Refunded, i.Refusals = i.Refunded+was.StepMinor, 0
	case askGiveBack + " PaymentFailed":
		i.Refusals++
	default:
		return event.Kind + " does not answer " + was.Step
	}
	switch i.State = i.rests(); {
	case refused:
		i.State = "DECLINED"
	case was.Step == askGiveBack && event.Kind == "PaymentFailed":
		i.State = "REFUND_FAILED"
	}
	d.close(o)
	d.kind, d.book, d.cause = "PROVIDER", o.location, "order/"+o.id
	return ""
}

// ofBank tells whether a request is one that a bank is asked for, or a carrier.
func ofBank(request proto.Message) bool {
	switch request.(type) {
	case *paymentspb.AuthorisePaymentRequest, *paymentspb.CapturePaymentRequest, *paymentspb.VoidPaymentRequest, *paymentspb.RefundPaymentRequest,
		*paymentspb.PayByLinkRequest, *fulfilmentspb.BuyLabelRequest, *fulfilmentspb.VoidLabelRequest:
		return true
	}
	return false
}

// diffAsked says whether another order was answered than the one of which something was asked. How far the bank was by then nobody knows.
func (d *deed) diffAsked(id, number string) string {
	if d.order == nil || id != d.order.id || number != d.order.number {
		return fmt.Sprintf("order %s %s was answered", id, number)
	}
	return ""
}

// judgeLink holds what a link shows against the states that its order can have been in.
func (m *orderModel) judgeLink(call *Call, told *paymentspb.PaymentLink) string {
	states := seenBy(m.orders[m.orderOf(call.Request)], m.spans, call).states
	fits := func(o *bought) bool {
		due := told.GetState() != paymentspb.PaymentLinkState_PAYMENT_LINK_STATE_DUE || told.GetDue().GetAmountMinor() == o.missing()
		return o.number == told.GetNumber() && due
	}
	if !slices.ContainsFunc(states, fits) {
		return fmt.Sprintf("a link shows %v", told)
	}
	return ""
}
