package retail

import (
	"fmt"
	"slices"
	"time"
)

// ReturnRequestState is how far a return by post has come.
type ReturnRequestState string

// The states of a request. A request is over once it is closed, rejected or cancelled, and so is one that expired, unless its goods arrive all the
// same.
const (
	ReturnRequested        ReturnRequestState = "REQUESTED"  // asked for, and not decided on
	ReturnRequestApproved  ReturnRequestState = "APPROVED"   // she may send it, until it expires
	ReturnRequestSent      ReturnRequestState = "IN_TRANSIT" // a carrier has it
	ReturnRequestReceived  ReturnRequestState = "RECEIVED"   // some of it arrived, and not all of it is decided on
	ReturnRequestClosed    ReturnRequestState = "CLOSED"     // nothing more comes of it
	ReturnRequestRejected  ReturnRequestState = "REJECTED"   // she may not send it
	ReturnRequestCancelled ReturnRequestState = "CANCELLED"  // she will not send it
	ReturnRequestExpired   ReturnRequestState = "EXPIRED"    // she did not send it in time
)

// ReturnRequestStates are all of them.
var ReturnRequestStates = []ReturnRequestState{
	ReturnRequested, ReturnRequestApproved, ReturnRequestSent, ReturnRequestReceived, ReturnRequestClosed, ReturnRequestRejected,
	ReturnRequestCancelled, ReturnRequestExpired,
}

// ReturnWish is what a customer wishes for what she sends back. Nothing follows from it by itself.
type ReturnWish string

// The wishes.
const (
	WishRefund      ReturnWish = "REFUND"
	WishStoreCredit ReturnWish = "STORE_CREDIT"
	WishExchange    ReturnWish = "EXCHANGE"
	WishReplacement ReturnWish = "REPLACEMENT"
)

// RefundTiming is when money goes back for what a customer sends.
type RefundTiming string

// The timings.
const (
	RefundOnInspection RefundTiming = "ON_INSPECTION" // once it was looked at
	RefundOnReceipt    RefundTiming = "ON_RECEIPT"    // when it arrives; it is looked at later
)

const (
	// ReturnRequestPrefix begins the cause and the subject of what is done to a request.
	ReturnRequestPrefix = "return-request/"

	// wrongItemsMax is how many wrong items a request has at most.
	wrongItemsMax = 200
)

// ReturnRequest is goods of one order that a customer wants to send back, or sent. It reserves nothing: what comes back over a counter meanwhile
// is not taken back again, and is sent back to her where it arrives after all.
//
// What arrived and is not accepted is hers, and stands here alone: the books know of it once it is accepted, as any return.
type ReturnRequest struct {
	ID       ID     `json:"id"`
	Order    ID     `json:"order"`
	Customer ID     `json:"customer,omitzero"`
	Channel  string `json:"channel"`
	// Location is where it is sent to, which never changes.
	Location string             `json:"location"`
	State    ReturnRequestState `json:"state"`
	Wish     ReturnWish         `json:"wish"`
	// Label is what the label is called by which it is sent, and Carrier who carries it under which number; empty: not said.
	Label    string `json:"label,omitempty"`
	Carrier  string `json:"carrier,omitempty"`
	Tracking string `json:"tracking,omitempty"`
	// Refund is empty until it is approved.
	Refund RefundTiming `json:"refund,omitempty"`
	// AskedAt is when she asked, by which the policy of the sale takes it back or not, ExpiresAt until when she may send it.
	AskedAt   time.Time           `json:"asked_at"`
	ExpiresAt time.Time           `json:"expires_at,omitzero"`
	Lines     []ReturnRequestLine `json:"lines"`
	// Wrong are items that nobody asked for, and that arrived.
	Wrong []WrongItem `json:"wrong,omitempty"`
	// Returns are what was accepted of it, in order.
	Returns []ID   `json:"returns,omitempty"`
	Note    string `json:"note,omitempty"`
	// Answer is why it was rejected, cancelled or closed.
	Answer     string    `json:"answer,omitempty"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
}

// ReturnRequestLine is units of one line of the order. Asked >= Received >= Accepted + SentBack, and Accepted >= Inspected >= Restocked.
type ReturnRequestLine struct {
	Line   int32  `json:"line"`
	SKU    string `json:"sku"`
	Reason string `json:"reason,omitempty"`
	Asked  int64  `json:"asked"`
	// Received is what arrived of them, Accepted what became a return, and SentBack what she got back.
	Received int64 `json:"received,omitempty"`
	Accepted int64 `json:"accepted,omitempty"`
	SentBack int64 `json:"sent_back,omitempty"`
	// Inspected is what was looked at of those that were accepted when they arrived, and Restocked what of it is for sale again.
	Inspected int64 `json:"inspected,omitempty"`
	Restocked int64 `json:"restocked,omitempty"`
}

// Undecided is what arrived and is hers still.
func (l ReturnRequestLine) Undecided() int64 { return l.Received - l.Accepted - l.SentBack }

// Missing is what did not arrive.
func (l ReturnRequestLine) Missing() int64 { return l.Asked - l.Received }

// WrongItem is something that arrived and that nobody asked to send back.
type WrongItem struct {
	// Item is its SKU, or what it is in words.
	Item     string `json:"item"`
	Units    int64  `json:"units"`
	SentBack int64  `json:"sent_back,omitempty"`
}

// ReturnRequestsOf names requests: of a place, a customer or an order, or of several of these, and of one state or of any.
type ReturnRequestsOf struct {
	Location        string
	Customer, Order ID
	State           ReturnRequestState
}

// ReturnRequestKey names a request.
func ReturnRequestKey(id ID) Key { return Key{Table: TableReturnRequests, ID: id} }

// Key names the request.
func (r ReturnRequest) Key() Key { return ReturnRequestKey(r.ID) }

// LastRecorded is when the request was last changed.
func (r ReturnRequest) LastRecorded() time.Time { return r.RecordedAt }

func (r ReturnRequest) subject() string { return ReturnRequestPrefix + r.ID.String() }

// at is its state at a moment: what may not be sent any more is expired from that instant, whether it is swept or not.
func (r ReturnRequest) at(now time.Time) ReturnRequestState {
	if r.State == ReturnRequestApproved && !now.Before(r.ExpiresAt) {
		return ReturnRequestExpired
	}
	return r.State
}

// line is where a line of the order stands among those that were asked for; -1: it is not.
func (r ReturnRequest) line(line int32) int {
	return slices.IndexFunc(r.Lines, func(l ReturnRequestLine) bool { return l.Line == line })
}

// decided tells whether nothing of what arrived is hers still.
func (r ReturnRequest) decided() bool {
	return !slices.ContainsFunc(r.Lines, func(l ReturnRequestLine) bool { return l.Undecided() > 0 }) &&
		!slices.ContainsFunc(r.Wrong, func(w WrongItem) bool { return w.SentBack < w.Units })
}

// done tells whether all that was asked for is decided on, and looked at.
func (r ReturnRequest) done() bool {
	waits := func(l ReturnRequestLine) bool {
		return l.Missing() > 0 || r.Refund == RefundOnReceipt && l.Inspected < l.Accepted
	}
	return r.decided() && !slices.ContainsFunc(r.Lines, waits)
}

// copied is the request with lines that may be changed.
func (r ReturnRequest) copied() ReturnRequest {
	r.Lines, r.Wrong, r.Returns = slices.Clone(r.Lines), slices.Clone(r.Wrong), slices.Clip(r.Returns)
	return r
}

// moved is the request after an act, and the event that tells of it.
func (r ReturnRequest) moved(event string, now time.Time) (ReturnRequest, Event) {
	r.RecordedAt = now
	r.Version++
	return r, Event{Kind: event, Shard: r.ID.String(), Subject: r.subject(), Version: r.Version, Body: r}
}

// change is an act that takes nothing back.
func (r ReturnRequest) change(transaction ID, event Event) Change {
	return Change{ID: transaction, Kind: KindByPost, Place: r.Location, Cause: r.subject(), Rows: []Row{r}, Events: []Event{event}}
}

// inState is a request that is in one of some states at a moment, or a refusal.
func inState(s State, id ID, now time.Time, states ...ReturnRequestState) (ReturnRequest, error) {
	r, found := lookup[ReturnRequest](s, ReturnRequestKey(id))
	if !found {
		return r, Refuse(UnknownReturnRequest, "there is no request %s", id)
	}
	if state := r.at(now); !slices.Contains(states, state) {
		return r, r.wrongState("the request is %s", state).With("state", state)
	}
	return r, nil
}

func (r ReturnRequest) wrongState(format string, args ...any) *Refusal {
	return Refuse(ReturnRequestStep, format, args...)
}

// RequestReturn is when a customer asks to send goods back.
type RequestReturn struct {
	Request     ID
	Transaction ID
	// Of is the order, what of it she wants to send back and where to, and why. What becomes of it is not said.
	Of   AcceptReturn
	Wish ReturnWish
}

// Keys are the request, and what the policy is asked of.
func (c RequestReturn) Keys() []Key {
	keys := []Key{ReturnRequestKey(c.Request), OrderKey(c.Of.Order.ID)}
	for _, doc := range c.Of.Order.Documents {
		keys = append(keys, InvoiceKey(c.Of.Order.Location, doc.Invoice))
	}
	return keys
}

// Decide refuses what a counter would refuse today, whose rule it is, and what is no goods.
func (c RequestReturn) Decide(s State, now time.Time) (Change, ReturnRequest, error) {
	if s.Row(ReturnRequestKey(c.Request)) != nil { // ids are minted for it
		return Change{}, ReturnRequest{}, ErrStale
	}
	c.Of.Proof, c.Of.unseen = ProofReceipt, true // she names the order, and what the goods are like is seen when they arrive
	of, after, err := c.Of.begin(s, now)
	if err != nil {
		return Change{}, ReturnRequest{}, err
	}
	r := ReturnRequest{
		ID: c.Request, Order: of.before.ID, Customer: of.before.Customer, Channel: c.Of.Channel, Location: c.Of.Location, State: ReturnRequested,
		Wish: c.Wish, AskedAt: now, Note: c.Of.Note,
	}
	if len(c.Of.Items) == 0 {
		return Change{}, ReturnRequest{}, RefuseField(InvalidRequest, "lines", "say what is sent back")
	}
	for i, item := range c.Of.Items {
		field := fmt.Sprintf("lines[%d].line", i)
		if r.line(item.Line) >= 0 {
			return Change{}, ReturnRequest{}, RefuseField(InvalidRequest, field, "line %d stands there twice", item.Line)
		}
		if at := after.line(item.Line); at >= 0 && after.Lines[at].SKU == "" {
			return Change{}, ReturnRequest{}, RefuseField(InvalidRequest, field, "line %d is nothing that can be sent", item.Line)
		}
		v, err := of.assess(s, after, i, item)
		if err != nil {
			return Change{}, ReturnRequest{}, err
		}
		if !v.Takes("") {
			return Change{}, ReturnRequest{}, v.Refusal
		}
		r.Lines = append(r.Lines, ReturnRequestLine{Line: item.Line, SKU: v.Line.SKU, Reason: item.Reason, Asked: item.Units})
	}
	// Nothing below this line can fail.
	r, event := r.moved("ReturnRequested", now)
	change := r.change(c.Transaction, event)
	change.Channel = c.Of.Channel
	return change, r, nil
}

// ApproveReturnRequest lets a customer send goods back, and says how.
type ApproveReturnRequest struct {
	Request     ID
	Transaction ID
	// Label is what the label is called by which she sends it, Carrier who carries it under which number; empty: not said.
	Label, Carrier, Tracking string
	Refund                   RefundTiming
	// SendWithin is how long she has for it.
	SendWithin time.Duration
}

// Keys are the request.
func (c ApproveReturnRequest) Keys() []Key { return []Key{ReturnRequestKey(c.Request)} }

// Decide refuses a request that was decided on before.
func (c ApproveReturnRequest) Decide(s State, now time.Time) (Change, ReturnRequest, error) {
	r, err := inState(s, c.Request, now, ReturnRequested)
	if err != nil {
		return Change{}, ReturnRequest{}, err
	}
	if c.SendWithin <= 0 || c.SendWithin > sendWithinMax {
		return Change{}, ReturnRequest{}, RefuseField(InvalidRequest, "send_within", "she has some time to send it, and a year at most")
	}
	if c.Refund != RefundOnInspection && c.Refund != RefundOnReceipt {
		return Change{}, ReturnRequest{}, RefuseField(InvalidRequest, "refund", "money goes back when it arrives, or when it was looked at")
	}
	// Nothing below this line can fail.
	r.State, r.Refund, r.ExpiresAt = ReturnRequestApproved, c.Refund, now.Add(c.SendWithin)
	r.Label, r.Carrier, r.Tracking = c.Label, c.Carrier, c.Tracking
	r, event := r.moved("ReturnRequestApproved", now)
	return r.change(c.Transaction, event), r, nil
}

// DefaultSendWithin is how long a customer has to send something back where nobody says, and sendWithinMax how long at most.
const (
	DefaultSendWithin = 14 * 24 * time.Hour
	sendWithinMax     = 365 * 24 * time.Hour
)

// ShipReturnRequest is when a carrier has what a customer sends back.
type ShipReturnRequest struct {
	Request     ID
	Transaction ID
	// Carrier and Tracking take the place of what was said when it was approved; empty: that stays.
	Carrier, Tracking string
}

// Keys are the request.
func (c ShipReturnRequest) Keys() []Key { return []Key{ReturnRequestKey(c.Request)} }

// Decide refuses what was not approved, or not in time.
func (c ShipReturnRequest) Decide(s State, now time.Time) (Change, ReturnRequest, error) {
	r, err := inState(s, c.Request, now, ReturnRequestApproved)
	if err != nil {
		return Change{}, ReturnRequest{}, err
	}
	// Nothing below this line can fail.
	if r.State = ReturnRequestSent; c.Carrier != "" {
		r.Carrier = c.Carrier
	}
	if c.Tracking != "" {
		r.Tracking = c.Tracking
	}
	r, event := r.moved("ReturnRequestSent", now)
	return r.change(c.Transaction, event), r, nil
}

// EndReturnRequest says that nothing more comes of a request.
type EndReturnRequest struct {
	Request     ID
	Transaction ID
	// As is rejected, cancelled, closed or, of what was not sent in time, expired.
	As ReturnRequestState
	// Answer is why; empty: nobody says.
	Answer string
}

// requestEnds are how a request ends, out of which states, and what others are told of it.
var requestEnds = map[ReturnRequestState]struct {
	event string
	from  []ReturnRequestState
}{
	ReturnRequestRejected:  {"ReturnRequestRejected", []ReturnRequestState{ReturnRequested}},
	ReturnRequestCancelled: {"ReturnRequestCancelled", []ReturnRequestState{ReturnRequested, ReturnRequestApproved}},
	ReturnRequestClosed:    {"ReturnRequestClosed", []ReturnRequestState{ReturnRequestSent, ReturnRequestReceived}},
	ReturnRequestExpired:   {"ReturnRequestExpired", []ReturnRequestState{ReturnRequestExpired}},
}

// Keys are the request.
func (c EndReturnRequest) Keys() []Key { return []Key{ReturnRequestKey(c.Request)} }

// Decide refuses what is too far for that, or over, and to close one of which something lies here that is the customer's. It is stale to expire
// what was sent, or may be sent still.
func (c EndReturnRequest) Decide(s State, now time.Time) (Change, ReturnRequest, error) {
	end, known := requestEnds[c.As]
	if !known {
		return Change{}, ReturnRequest{}, Refuse(InvalidRequest, "a request does not end as %s", c.As)
	}
	r, err := inState(s, c.Request, now, end.from...)
	if c.As == ReturnRequestExpired && (err != nil || r.State != ReturnRequestApproved) {
		return Change{}, ReturnRequest{}, ErrStale
	}
	if err != nil {
		return Change{}, ReturnRequest{}, err
	}
	if c.As == ReturnRequestClosed && !r.decided() {
		return Change{}, ReturnRequest{}, r.wrongState("something that arrived is the customer's still: accept it, or send it back").With("state", r.State)
	}
	// Nothing below this line can fail.
	r.State, r.Answer = c.As, c.Answer
	r, event := r.moved(end.event, now)
	return r.change(c.Transaction, event), r, nil
}
