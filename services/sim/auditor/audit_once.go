package auditor

import (
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// The rules of exactly once.
const (
	ruleLost       = "acknowledged write is lost"
	ruleNoRequest  = "carried out without its request"
	ruleNoAct      = "request without an act"
	ruleDoubled    = "one request acted twice"
	ruleTrace      = "refused write left a trace"
	ruleCopies     = "copies were answered differently"
	ruleLateNo     = "refused after it was acknowledged"
	ruleWrong      = "wrong request was accepted"
	ruleNobody     = "nobody asked for it"
	ruleOther      = "written under another's name"
	ruleFault      = "fault of the server"
	ruleSilent     = "act without an event"
	ruleOrphan     = "entry or event without its act"
	ruleForeign    = "answered although another thing was written"
	ruleReusedNo   = "refused as used before, and was not"
	ruleDecidedBig = "altered copy was decided instead of refused"
)

// once proves that what was acknowledged is in the books once, that what was refused is not, and that what nobody knows of is
// there once or not at all.
func (t *trial) once() {
	for _, orphan := range t.books.Orphans {
		t.find(ruleOrphan, nil, nil, "%s has no header", orphan)
	}
	for _, p := range t.played {
		t.oneAct(p)
	}
	acts := make(map[string]bool, len(t.played))
	for _, p := range t.played {
		acts[p.Request] = true
	}
	for _, act := range t.books.Demands {
		acts[act.Request] = true
	}
	for id := range t.books.Requests {
		if !acts[id] {
			t.find(ruleNoAct, t.callsOf(id), []string{"request/" + id}, "request %s is kept, and no act is for it", id)
		}
	}
	for _, call := range t.calls {
		t.oneCall(call)
	}
}

func (t *trial) callsOf(id string) []*Call {
	if of := t.requests[id]; of != nil {
		return of.calls
	}
	return nil
}

// oneAct proves that an act is whole, has its request, and was asked for. The headers of an act carry one id, in different books:
// a second id is a second act.
func (t *trial) oneAct(p *played) {
	for _, h := range p.Headers[1:] {
		if h.ID != p.Headers[0].ID {
			t.findAct(ruleDoubled, p, nil, "transactions %s and %s", p.Headers[0].ID, h.ID)
			break
		}
	}
	if len(p.Events) == 0 {
		t.findAct(ruleSilent, p, nil, "transaction %s told nobody", p.Headers[0].ID)
	}
	if _, kept := t.books.Requests[p.Request]; !kept {
		t.findAct(ruleNoRequest, p, nil, "request %s is not kept", p.Request)
	}
	if p.of == nil {
		if !p.house() || p.kind() != "EXPIRE" && p.kind() != "CANCEL" && p.kind() != "CART" && p.kind() != "PROVIDER" && !byCarrier(p.Act) {
			t.findAct(ruleNobody, p, nil, "by %s at %s", p.Headers[0].Actor, p.Headers[0].Location)
		}
		return
	}
	switch {
	case p.call == nil: // all were refused
		t.findAct(ruleTrace, p, nil, "every call was refused, the last with %s %s", p.of.calls[len(p.of.calls)-1].Code, p.of.calls[len(p.of.calls)-1].Reason)
	case p.call.Wrong != "":
		t.findAct(ruleWrong, p, nil, "%s", p.call.Wrong)
	case p.call.Key != "" && p.Headers[0].Actor != p.call.Key:
		t.findAct(ruleOther, p, nil, "%s called, and it was written for %s", p.call.Key, p.Headers[0].Actor)
	}
	for _, call := range p.of.calls {
		if call.told() && !call.same(p.call) {
			t.findAct(ruleForeign, p, nil, "call %d and call %d were both told that it was done", p.call.Number, call.Number)
		}
	}
}

// oneCall proves that a call was answered as its request was.
func (t *trial) oneCall(c *Call) {
	if c.broken() {
		t.find(ruleFault, []*Call{c}, nil, "%s was answered %s %s: %s", c.Method, c.Code, c.Reason, c.Message)
	}
	if c.Wrong != "" && c.Outcome == Acknowledged {
		t.find(ruleWrong, []*Call{c}, nil, "%s: %s", c.Method, c.Wrong)
	}
	if c.RequestID == "" {
		return
	}
	of := t.requests[strings.ToLower(c.RequestID)]
	subjects := []string{"request/" + of.id}
	switch {
	case c.told():
		if len(of.acts) == 0 && !mayBeHeard(c.Request) { // of which the model of orders knows
			t.find(ruleLost, of.calls, subjects, "%s was answered with %s, and the books have nothing of request %s", c.Method, c.Outcome, of.id)
		}
		if _, kept := t.books.Requests[of.id]; !kept && len(of.acts) == 0 {
			break // said already
		}
		t.oneAnswer(c, of, subjects)
	case c.Outcome == Refused:
		t.oneRefusal(c, of, subjects)
	}
}

// oneAnswer compares the answers of copies: the second is told what the first was.
func (t *trial) oneAnswer(c *Call, of *asked, subjects []string) {
	first := of.calls[0]
	for _, other := range of.calls {
		if other.told() {
			first = other
			break
		}
	}
	if first == c || !first.same(c) || ofBank(c.Request) { // what a bank or a carrier has said by now is told, whatever it had when it was asked
		return
	}
	if first.Outcome != c.Outcome || c.Outcome == Acknowledged && !proto.Equal(first.Answer, c.Answer) {
		t.find(ruleCopies, []*Call{first, c}, subjects, "%s: %v, and then %v", c.Method, first.Answer, c.Answer)
	}
}

// reused is how a request is refused whose id stands for something else.
const reused = "REQUEST_ID_REUSED"

// oneRefusal proves that a refusal fits what else came of the id. A refused request is decided afresh when it comes again, so that
// one may be accepted later, and its id may be taken by another content; but once one was acknowledged, each further copy gets its
// answer, and any other content is refused for that reason.
func (t *trial) oneRefusal(c *Call, of *asked, subjects []string) {
	var before *Call
	for _, other := range of.calls {
		if other.told() && other.Ended < c.Began {
			before = other
			break
		}
	}
	switch {
	case c.Reason == reused:
		another := false
		for _, other := range of.calls {
			another = another || other.Outcome != Refused && !other.same(c) || other.told() && !other.same(c)
		}
		if len(of.acts) == 0 || !another {
			t.find(ruleReusedNo, of.calls, subjects, "%s was refused, and nothing else stands under request %s", c.Method, of.id)
		}
	case before == nil || c.Code == codes.Aborted || len(of.acts) == 0 && mayBeHeard(c.Request):
	case !before.same(c) && notDecided(c):
	case before.same(c):
		t.find(ruleLateNo, []*Call{before, c}, subjects, "%s was done, and then refused with %s %s", c.Method, c.Code, c.Reason)
	default:
		t.find(ruleDecidedBig, []*Call{before, c}, subjects, "%s was refused with %s %s, and not as %s", c.Method, c.Code, c.Reason, reused)
	}
}

// notDecided tells whether a request was refused before anybody looked whether its id was used: it was not understood, not allowed,
// named what is not there, or met too much work.
func notDecided(c *Call) bool {
	switch c.Code {
	case codes.InvalidArgument, codes.PermissionDenied, codes.Unauthenticated, codes.NotFound, codes.ResourceExhausted, codes.Unimplemented:
		return true
	}
	// What a tender spends, and what kind a fulfilment is, is looked at before.
	return c.Reason == "BALANCE_SHORT" || c.Reason == "FULFILMENT_STATE"
}

// broken tells whether an answer can only come from a fault. INTERNAL without a reason is not from the server, whose faults all
// carry one, but from a client whose line was cut in the middle of a message.
func (c *Call) broken() bool {
	if c.Outcome == Acknowledged {
		return false
	}
	switch c.Code {
	case codes.Unknown, codes.DataLoss:
		return true
	case codes.Internal:
		return c.Reason != "" || !strings.Contains(c.Message, "EOF") && !strings.Contains(c.Message, "stream") && !strings.Contains(c.Message, "connection")
	}
	return false
}
