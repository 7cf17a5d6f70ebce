package auditor

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Audit holds what every client was told against what the books say. It returns all that must not be; nothing on a correct run,
// whatever broke around it. Where it can't decide, it says nothing: what that is stands beside each rule.
//
// It must know every write of the run, also those that furnish the shop: whoever wrote past the history is taken for a thief.
func Audit(shop Shop, history *History, books *Books) []Finding {
	history = history.copied()
	t := newTrial(shop, history.Calls(), books)
	t.carts()
	t.once()
	t.demand()
	t.order()
	stock := newStockModel(t)
	stock.replay()
	stock.settle()
	stock.hear()
	t.value()
	found := t.findings()
	if books.Orders != nil {
		found = append(found, auditOrders(shop, history, books)...)
	}
	return found
}

// findingsPerRule is how many findings of one rule are told; one fault often breaks all that comes after it.
const findingsPerRule = 20

// trial is what all parts of an audit share: the calls by request, the acts with the calls that they are of, and what was found.
type trial struct {
	shop     Shop
	calls    []*Call
	books    *Books
	requests map[string]*asked
	played   []*played
	clocks   *clocks
	// fillings are what acts did to carts, and softHolds the holds that were made for carts.
	fillings  map[*played]filling
	softHolds map[string]bool
	found     []Finding
	counts    map[string]int
}

// asked is all calls under one request id.
type asked struct {
	id    string
	calls []*Call
	// began is when the first of them began; ended is when the first of them was told that it is done, never if none was.
	began, ended int64
	// acts are what the books have of it: one at most.
	acts []*played
}

// played is an act at its place in the order, with the call whose content it is of.
type played struct {
	*Act
	at int
	// of is nil for an act of the house.
	of *asked
	// told is by when an act of the house was committed.
	told int64
	// call is one that asked for just that, the acknowledged one where there is one; nil: nobody is known to have.
	call *Call
}

// never is a tick that no clock reaches.
const never = math.MaxInt64

// sweeper is who acts for the house.
const sweeper = "aisle/sweeper"

func newTrial(shop Shop, calls []*Call, books *Books) *trial {
	t := &trial{shop: shop, calls: calls, books: books, requests: map[string]*asked{}, counts: map[string]int{}, fillings: map[*played]filling{}, softHolds: map[string]bool{}}
	for _, call := range calls {
		if call.RequestID == "" {
			continue
		}
		id := strings.ToLower(call.RequestID)
		of := t.requests[id]
		if of == nil {
			of = &asked{id: id, began: never, ended: never}
			t.requests[id] = of
		}
		of.calls = append(of.calls, call)
		of.began = min(of.began, call.Began)
		if call.told() {
			of.ended = min(of.ended, call.Ended)
		}
	}
	for i, act := range books.Acts {
		p := &played{Act: act, at: i, of: t.requests[act.Request]}
		if p.of != nil {
			p.of.acts = append(p.of.acts, p)
			p.call = p.of.teller(act)
		}
		t.played = append(t.played, p)
	}
	t.clocks = newClocks(t.played)
	for _, p := range t.played {
		if p.house() {
			p.told = t.clocks.told(p.now())
		}
	}
	return t
}

// wrongCode, declined and notCarried are the refusals that leave a trace: what was tried is remembered, and what was asked of a bank or a carrier.
const (
	wrongCode  = "WRONG_CODE"
	declined   = "PAYMENT_DECLINED"
	notCarried = "LABEL_DECLINED"
)

// told tells whether a call was told that something was written for it.
func (c *Call) told() bool {
	return c.Outcome == Acknowledged || c.Outcome == Refused && (c.Reason == wrongCode || c.Reason == declined || c.Reason == notCarried)
}

// same tells whether two calls under one id ask for the same: by the same key, of the same method, with the same content. Nothing
// else counts as a copy.
func (c *Call) same(other *Call) bool {
	return c == other || c.Key == other.Key && c.Method == other.Method && proto.Equal(c.Request, other.Request)
}

// house tells whether nobody from outside asked for the act.
func (p *played) house() bool {
	return p.of == nil && len(p.Headers) > 0 && (p.Headers[0].Actor == sweeper || p.Headers[0].Actor == banker || byCarrier(p.Act))
}

// began and ended bound when an act was committed: not before the first call that asked for it began, and before the first answer
// that told of it. When the house acts, nobody knows but by what was recorded long after.
func (p *played) began() int64 {
	if p.of == nil {
		return 0
	}
	return p.of.began
}

func (p *played) ended() int64 {
	switch {
	case p.of != nil:
		return p.of.ended
	case p.house():
		return p.told
	}
	return never
}

// teller returns the call that the act was made for. Where nobody was told and calls under the id differ, it is the one of whose
// words most are in the act.
func (a *asked) teller(act *Act) *Call {
	var best *Call
	most := -1
	for _, call := range a.calls {
		if call.told() {
			return call
		}
		if call.Outcome != Unknown {
			continue
		}
		if words := call.wordsIn(act); words > most {
			best, most = call, words
		}
	}
	return best
}

// wordsIn counts the texts of a request that stand in an act.
func (c *Call) wordsIn(act *Act) int {
	count := 0
	c.Request.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.Kind() != protoreflect.StringKind || field.IsList() || field.IsMap() || field.Name() == "request_id" {
			return true
		}
		word := value.String()
		inHeader := func(h Header) bool {
			return h.Location == word || h.Cause == word || strings.HasSuffix(h.Cause, "/"+strings.ToLower(word))
		}
		inEvent := func(e Event) bool { return strings.Contains(e.Body, fmt.Sprintf("%q", word)) }
		if slices.ContainsFunc(act.Headers, inHeader) || slices.ContainsFunc(act.Events, inEvent) {
			count++
		}
		return true
	})
	if len(act.Headers) > 0 && act.Headers[0].Actor == c.Key {
		count++
	}
	return count
}

// find enters a finding about calls and subjects.
func (t *trial) find(rule string, calls []*Call, subjects []string, format string, args ...any) {
	if t.counts[rule]++; t.counts[rule] > findingsPerRule {
		return
	}
	finding := Finding{Rule: rule, Text: fmt.Sprintf(format, args...), Subjects: subjects}
	for _, call := range calls {
		if call != nil {
			finding.Calls = append(finding.Calls, call.Number)
		}
	}
	t.found = append(t.found, finding)
}

// findAct enters a finding about an act.
func (t *trial) findAct(rule string, p *played, subjects []string, format string, args ...any) {
	var calls []*Call
	if p.of != nil {
		calls = p.of.calls
	}
	t.find(rule, calls, append(subjects, "request/"+p.Request), "act %d (%s): "+format, append([]any{p.at, p.kind()}, args...)...)
}

// kind is what the books call the act.
func (p *played) kind() string {
	if len(p.Headers) == 0 {
		return ""
	}
	return p.Headers[0].Kind
}

// findings are all that were found, the last of each rule saying how many more there are.
func (t *trial) findings() []Finding {
	last := map[string]int{}
	for i, f := range t.found {
		last[f.Rule] = i
	}
	for rule, count := range t.counts {
		if more := count - findingsPerRule; more > 0 {
			t.found[last[rule]].Text += fmt.Sprintf(" (and %d more like it)", more)
		}
	}
	return t.found
}

// channel returns a channel of the shop.
func (s Shop) channel(code string) (Channel, bool) {
	at := slices.IndexFunc(s.Channels, func(c Channel) bool { return c.Code == code })
	if at < 0 {
		return Channel{}, false
	}
	return s.Channels[at], true
}

// atTill tells whether what a channel hands over is in the customer's hand, and a fact: a channel that sells where it stands.
func (c Channel) atTill() bool { return c.SellingLocation == "" }
