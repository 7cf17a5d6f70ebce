package auditor

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// Outcome is what a client knows of a call in the end.
type Outcome uint8

// The outcomes.
const (
	// Unknown: no answer came, or one that leaves it open. It happened once or not at all.
	Unknown Outcome = iota
	// Acknowledged: it was answered, so it is in the books.
	Acknowledged
	// Refused: the shop said no, or the request was not understood. It left no trace.
	Refused
)

// String names the outcome.
func (o Outcome) String() string {
	return [...]string{Unknown: "unknown", Acknowledged: "acknowledged", Refused: "refused"}[o]
}

// Call is one request of a client, with all that came of it. A request that is sent again after no answer came, until it is
// answered, is one call with several attempts. A copy, sent by another client or later, is a call of its own.
type Call struct {
	// Number counts the calls of a run, in the order they began.
	Number int
	Client int
	// Key is who asked: the name of the key.
	Key string
	// Method is the full name, "/aisle.stock.v1.StockService/HoldStock".
	Method  string
	Request proto.Message
	// RequestID is of a write; "" for a read.
	RequestID string
	// Began and Ended are ticks of the history's clock: a call that ended before another began happened before it. An
	// unknown call may still happen after its end.
	Began, Ended int64
	Outcome      Outcome
	// Answer is what an acknowledged call was answered.
	Answer proto.Message
	// Code, Reason and Message are of the last answer that was no success. Reason is of ErrorInfo, "" where there is none.
	Code    codes.Code
	Reason  string
	Message string
	// Attempts is how often it was sent; Servers says to which server each time.
	Attempts int
	Servers  []int
	// CopyOf is the Number of the call whose request this one repeats, with the same id; -1: none.
	CopyOf int
	// Altered is set on a copy with other content under the same id, which must be refused.
	Altered bool
	// Wrong says what is wrong with a request that must be refused whatever the state of the shop; "" for others.
	Wrong string
}

// History is all calls of a run, and the clock that orders them. It is safe for use by many goroutines.
type History struct {
	clock atomic.Int64
	mu    sync.Mutex
	calls []*Call
	notes []Note
}

// Note is something that happened beside the calls, such as a fault.
type Note struct {
	Tick int64
	Text string
}

// Tick returns the next tick of the clock.
func (h *History) Tick() int64 { return h.clock.Add(1) }

// Begin enters a call, and numbers it.
func (h *History) Begin(c *Call) *Call {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.Number, c.Began = len(h.calls), h.Tick()
	h.calls = append(h.calls, c)
	return c
}

// Note enters something that happened.
func (h *History) Note(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notes = append(h.notes, Note{h.Tick(), text})
}

// Calls are all calls, in the order they began. To be called when all clients have gone home.
func (h *History) Calls() []*Call {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls
}

// copied is a history of the same calls, which may be read as what they come to.
func (h *History) copied() *History {
	h.mu.Lock()
	defer h.mu.Unlock()
	other := &History{notes: h.notes}
	for _, call := range h.calls {
		one := *call
		other.calls = append(other.calls, &one)
	}
	return other
}

// Notes are all notes, in order.
func (h *History) Notes() []Note {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.notes
}

// MethodName is the full name of a method by its short one.
func MethodName(short string) string {
	room, name, _ := strings.Cut(short, "/")
	service := "Catalog" // the only one whose room is no plural
	if room != "catalog" {
		service = strings.ToUpper(room[:1]) + strings.Replace(strings.TrimSuffix(room[1:], "s"), "ie", "y", 1)
	}
	return fmt.Sprintf("/aisle.%s.v1.%sService/%s", room, service, name)
}

// ShortName is the opposite of MethodName.
func ShortName(method string) string {
	room, rest, _ := strings.Cut(strings.TrimPrefix(method, "/aisle."), ".")
	_, name, _ := strings.Cut(rest, "/")
	return room + "/" + name
}

// RequestIDOf is the request_id of a write; "" for a read.
func RequestIDOf(request proto.Message) string {
	m := request.ProtoReflect()
	field := m.Descriptor().Fields().ByName("request_id")
	if field == nil {
		return ""
	}
	return m.Get(field).String()
}
