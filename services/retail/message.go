package retail

import (
	"slices"
	"strings"
	"time"
)

// Contact is how the customer of an order is told what becomes of it, or whoever fills a cart what is in it. It is kept beside the books,
// and no event has it.
type Contact struct {
	// Email and Phone (E.164) are where; empty: not there.
	Email, Phone string
	// Language is one of those in Languages.
	Language string
}

// Languages are those that customers are told in. The first is that of whoever names none.
var Languages = []string{"en", "es", "ca", "pt"}

// NewContact refuses one that leads nowhere, and takes of a language tag what there are words for.
func NewContact(email, phone, tag string) (Contact, error) {
	if email == "" && phone == "" {
		return Contact{}, RefuseField(InvalidRequest, "contact", "must have an e-mail address, a phone number or both")
	}
	c := Contact{Email: email, Phone: phone, Language: Languages[0]}
	wanted, _, _ := strings.Cut(strings.ToLower(tag), "-")
	for _, language := range Languages {
		if wanted == language {
			c.Language = language
		}
	}
	return c, nil
}

// MessageKind is what a customer is told.
type MessageKind string

// The kinds of message.
const (
	MessageOrderConfirmed  MessageKind = "ORDER_CONFIRMED"
	MessagePaymentDue      MessageKind = "PAYMENT_DUE"
	MessagePaymentReminder MessageKind = "PAYMENT_REMINDER"
	MessageOrderExpired    MessageKind = "ORDER_EXPIRED"
	MessagePickupReady     MessageKind = "PICKUP_READY"
	MessagePickupReminder  MessageKind = "PICKUP_REMINDER"
	MessagePickupExpired   MessageKind = "PICKUP_EXPIRED"
	MessageShipped         MessageKind = "SHIPPED"
	MessageDelivered       MessageKind = "DELIVERED"
	MessageCancelled       MessageKind = "CANCELLED"
	MessageReturned        MessageKind = "RETURNED"
	MessageRejected        MessageKind = "REJECTED"
	MessagePickupExtended  MessageKind = "PICKUP_EXTENDED"
	MessagePaymentLink     MessageKind = "PAYMENT_LINK"
	MessageLost            MessageKind = "LOST"
	MessageCartLeftBehind  MessageKind = "CART_LEFT_BEHIND"
	MessageReturnApproved  MessageKind = "RETURN_APPROVED"
	MessageReturnRejected  MessageKind = "RETURN_REJECTED"
	MessageReturnArrived   MessageKind = "RETURN_ARRIVED"
	MessageReturnSentBack  MessageKind = "RETURN_SENT_BACK"
	MessageReturnExpired   MessageKind = "RETURN_EXPIRED"
)

// MessageKinds are all kinds of message.
var MessageKinds = []MessageKind{
	MessageOrderConfirmed, MessagePaymentDue, MessagePaymentReminder, MessageOrderExpired, MessagePickupReady, MessagePickupReminder,
	MessagePickupExpired, MessageShipped, MessageDelivered, MessageCancelled, MessageReturned, MessageRejected, MessagePickupExtended,
	MessagePaymentLink, MessageLost, MessageCartLeftBehind, MessageReturnApproved, MessageReturnRejected, MessageReturnArrived,
	MessageReturnSentBack, MessageReturnExpired,
}

// Medium is how a message is sent.
type Medium string

// The media.
const (
	MediumEmail Medium = "EMAIL"
	MediumPhone Medium = "PHONE"
)

// MessageState is what became of a message.
type MessageState string

// The states of a message.
const (
	MessageQueued  MessageState = "QUEUED"
	MessageSent    MessageState = "SENT"
	MessageFailed  MessageState = "FAILED"  // refused for good, or tried too often
	MessageSkipped MessageState = "SKIPPED" // no longer true when its time came
)

// Message is one thing that a customer is told in one way, of one event.
type Message struct {
	ID ID
	// Seq is the event's place in the log.
	Seq    int64
	Kind   MessageKind
	Medium Medium
	// Order is the one that it is about; absent: it is about Cart.
	Order, Cart ID
	Language    string
	State       MessageState
	// DueAt is when it is to be sent.
	DueAt, CreatedAt time.Time
	// SettledAt is when it was sent, given up or found needless; zero: none of them yet.
	SettledAt time.Time
	// Tries is how often it was tried, and Problem why the last one failed or it was not sent.
	Tries   int32
	Problem string
}

// About is the order or the cart that the message is about.
func (m Message) About() ID {
	if m.Order.IsZero() {
		return m.Cart
	}
	return m.Order
}

// Notice is what an event has a customer told.
type Notice struct {
	Kind MessageKind
	// Order is the one that it is about; absent: it is about Cart.
	Order, Cart ID
	// DueAt is when; zero: at once.
	DueAt time.Time
}

// TellingEvents are the kinds of event of which customers are told.
var TellingEvents = []string{
	"OrderPlaced", "OrderPaid", "PaymentAuthorised", "OrderExpired", "UnitsCancelled", "UnitsRejected", "PickupReady", "PickupCodeRenewed",
	"PickupExtended", "PickupExpired", "ShipmentShipped", "ShipmentDelivered", "ReturnAccepted", "PaymentLinkSent",
	"CartAbandoned", "ReturnRequestApproved", "ReturnRequestRejected", "ReturnRequestReceived", "ReturnRequestInspected", "ReturnRequestClosed",
	"ReturnRequestExpired",
}

// toldInstead are events by which the customer is told of an act, rather than by another event of the same act: of a pickup that nobody
// collected, that alone, and not that its units were cancelled.
var toldInstead = map[string]string{"UnitsCancelled": "PickupExpired"}

// ToldOtherwise tells whether another event of the act, whose events are given, tells the customer what this one would.
func ToldOtherwise(event string, act []string) bool {
	instead, some := toldInstead[event]
	return some && slices.Contains(act, instead)
}

// remindBefore is how long before its end somebody is reminded of a promise; of a shorter one, when half of it is over.
const remindBefore = 24 * time.Hour

func remindAt(from, until time.Time) time.Time {
	return until.Add(-min(remindBefore, until.Sub(from)/2))
}

// NoticesOfOrder are what the customer is told when an event says that the order became this. What she carried out she has, and
// nobody tells her.
func NoticesOfOrder(event string, o Order) []Notice {
	switch {
	case event == "OrderPlaced" && o.State == OrderPendingPayment:
		return []Notice{
			{Kind: MessagePaymentDue, Order: o.ID},
			{Kind: MessagePaymentReminder, Order: o.ID, DueAt: remindAt(o.RecordedAt, o.PayBy)},
		}
	case event == "OrderPlaced" && o.State == OrderConfirmed,
		(event == "OrderPaid" || event == "PaymentAuthorised") && o.State == OrderConfirmed && !o.PayBy.IsZero() && o.waitedFor(): // that
		return []Notice{{Kind: MessageOrderConfirmed, Order: o.ID}}
	case event == "OrderExpired":
		return []Notice{{Kind: MessageOrderExpired, Order: o.ID}}
	case event == "UnitsCancelled":
		return []Notice{{Kind: MessageCancelled, Order: o.ID}}
	case event == "UnitsRejected":
		return []Notice{{Kind: MessageRejected, Order: o.ID}}
	case event == "PaymentLinkSent":
		return []Notice{{Kind: MessagePaymentLink, Order: o.ID}}
	}
	return nil
}

// waitedFor tells whether what came last is what the order waited for: without it, more is owed than authorised.
func (o Order) waitedFor() bool {
	missing := o.Owed() - o.Secured()
	for _, p := range o.Payments {
		if p.OccurredAt.Equal(o.RecordedAt) {
			missing -= p.sign() * p.AmountMinor
		}
	}
	for _, i := range o.Intents {
		if i.AuthorisedMinor > 0 && i.Steps == 1 { // authorised, and nothing since
			missing += i.Left()
		}
	}
	return missing > 0
}

// NoticesOfFulfilment are what the customer is told when an event says that the handing over came to this.
func NoticesOfFulfilment(event string, f Fulfilment) []Notice {
	switch {
	case event == "PickupReady":
		return []Notice{
			{Kind: MessagePickupReady, Order: f.Order},
			{Kind: MessagePickupReminder, Order: f.Order, DueAt: remindAt(f.RecordedAt, f.ExpiresAt)},
		}
	case event == "PickupCodeRenewed" && f.State == FulfilmentReady: // the code that she was told opens nothing any more
		return []Notice{{Kind: MessagePickupReady, Order: f.Order}}
	case event == "PickupExtended":
		return []Notice{
			{Kind: MessagePickupExtended, Order: f.Order},
			{Kind: MessagePickupReminder, Order: f.Order, DueAt: remindAt(f.RecordedAt, f.ExpiresAt)},
		}
	case event == "PickupExpired":
		return []Notice{{Kind: MessagePickupExpired, Order: f.Order}}
	case event == "ShipmentShipped":
		return []Notice{{Kind: MessageShipped, Order: f.Order}}
	case event == "ShipmentDelivered":
		return []Notice{{Kind: MessageDelivered, Order: f.Order}}
	}
	return nil
}

// NoticesOfReturn are what the customer is told when goods came back, or never will. Without a receipt nobody knows whose they were.
func NoticesOfReturn(event string, r Return) []Notice {
	if event != "ReturnAccepted" || r.Order.IsZero() {
		return nil
	}
	if slices.ContainsFunc(r.Lines, func(l ReturnLine) bool { return l.Disposition == Lost }) {
		return []Notice{{Kind: MessageLost, Order: r.Order}}
	}
	return []Notice{{Kind: MessageReturned, Order: r.Order}}
}

// NoticesOfReturnRequest are what the customer is told when an event says that a return by post became this. What she did herself nobody tells her,
// and what is accepted the return tells.
func NoticesOfReturnRequest(event string, r ReturnRequest) (all []Notice) {
	switch {
	case event == "ReturnRequestApproved":
		all = []Notice{{Kind: MessageReturnApproved, Order: r.Order}}
	case event == "ReturnRequestRejected":
		all = []Notice{{Kind: MessageReturnRejected, Order: r.Order}}
	case event == "ReturnRequestExpired":
		all = []Notice{{Kind: MessageReturnExpired, Order: r.Order}}
	case event == "ReturnRequestReceived" && !r.decided():
		all = []Notice{{Kind: MessageReturnArrived, Order: r.Order}}
	case (event == "ReturnRequestInspected" || event == "ReturnRequestClosed") && r.someSentBack():
		all = []Notice{{Kind: MessageReturnSentBack, Order: r.Order}}
	}
	return all
}

// someSentBack tells whether the customer ever got some of it back.
func (r ReturnRequest) someSentBack() bool {
	lines, wrong := r.SentBackSince(ReturnRequest{})
	return len(lines)+len(wrong) > 0
}

// SentBackSince are the units of lines, and of wrong items, that went back to the customer since the request was as before.
func (r ReturnRequest) SentBackSince(before ReturnRequest) (lines []ReturnRequestLine, wrong []WrongItem) {
	for _, line := range r.Lines {
		if at := before.line(line.Line); at >= 0 {
			line.SentBack -= before.Lines[at].SentBack
		}
		if line.SentBack > 0 {
			lines = append(lines, line)
		}
	}
	for i, item := range r.Wrong {
		if i < len(before.Wrong) {
			item.SentBack -= before.Wrong[i].SentBack
		}
		if item.SentBack > 0 {
			wrong = append(wrong, item)
		}
	}
	return lines, wrong
}

// Needless says why a message is not to be sent any more of a request that was told and that was before like this, as it is now; empty: it is.
func (r ReturnRequest) Needless(kind MessageKind, before, now ReturnRequest, at time.Time) string {
	lines, wrong := r.SentBackSince(before)
	switch {
	case kind == MessageReturnApproved && now.at(at) != ReturnRequestApproved:
		return "nobody waits for it to be sent any more"
	case kind == MessageReturnExpired && now.State != ReturnRequestExpired:
		return "it arrived all the same"
	case kind == MessageReturnArrived && now.decided():
		return "it is decided on"
	case kind == MessageReturnSentBack && len(lines)+len(wrong) == 0:
		return "nothing of it goes back to the customer"
	}
	return ""
}

// NoticesOfCart are what whoever filled a cart is told when an event says that it became this.
func NoticesOfCart(event string, c Cart) []Notice {
	if event != "CartAbandoned" || !c.Remind {
		return nil
	}
	return []Notice{{Kind: MessageCartLeftBehind, Cart: c.ID}}
}

// NeedlessReminder says why nobody is to be reminded any more of a cart that was left behind, as it is now; empty: somebody is.
func (c Cart) NeedlessReminder(now Cart, channel Channel) string {
	switch {
	case now.State != CartOpen || len(now.Lines) == 0:
		return "nothing is in the cart any more"
	case !now.Remind:
		return "the customer does not want to be reminded any more"
	case now.Version != c.Version:
		return "the cart was changed meanwhile"
	case channel.Retired || !channel.CartReminders:
		return "the channel reminds nobody of carts any more"
	}
	return ""
}

// Needless says why a message is not to be sent any more, as its order and the handing over that it is about are now, and as the latter
// was told; empty: it is.
func (k MessageKind) Needless(o Order, f, told Fulfilment, now time.Time) string {
	switch k {
	case MessagePaymentDue, MessagePaymentReminder:
		if o.State != OrderPendingPayment || !now.Before(o.PayBy) {
			return "the order does not wait for its payment any more"
		}
		if k == MessagePaymentDue && now.Before(o.LinkUntil) {
			return "a link to pay by was sent"
		}
	case MessagePaymentLink:
		if o.LinkState(now) != LinkDue || !now.Before(o.LinkUntil) {
			return "there is nothing to pay by the link any more"
		}
	case MessageOrderConfirmed:
		if o.State.ended() {
			return "the order was cancelled meanwhile"
		}
	case MessagePickupReady, MessagePickupReminder, MessagePickupExtended:
		switch {
		case f.At(now).State != FulfilmentReady:
			return "the pickup does not wait any more"
		case k == MessagePickupReminder && f.ExpiresAt.After(told.ExpiresAt): // there is a later reminder
			return "the pickup is kept for longer"
		}
	}
	return ""
}
