package sim

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/sim/auditor"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Patience of a client: how long it waits for an answer, how often it asks again, and how long it rests in between. A server
// is back within a second or so, so that nearly every request is answered in the end.
const (
	patience     = 3 * time.Second
	attemptsMax  = 12
	restBetween  = 20 * time.Millisecond
	restMax      = 400 * time.Millisecond
	impatienceMS = 30 // of a client that goes away, at most
)

// client is one caller: a till, a web shop, a thief. It does one thing after another, from a random source of its own.
type client struct {
	number  int
	rand    *rand.Rand
	history *auditor.History
	doors   []*grpc.ClientConn
	keys    func(name string) string
	// patient clients neither go away nor give up before attemptsMax.
	patient bool
}

// ask is one request, and how it is to be sent.
type ask struct {
	method  string // short, "stock/HoldStock"
	request proto.Message
	key     string // "": staff
	// copyOf, altered and wrong are as in Call.
	copyOf  *auditor.Call
	altered bool
	wrong   string
}

// send sends a request until it is answered or patience ends, and enters it into the history.
func (c *client) send(ctx context.Context, a ask) *auditor.Call {
	call := &auditor.Call{
		Client: c.number, Key: a.key, Method: auditor.MethodName(a.method), Request: a.request, RequestID: auditor.RequestIDOf(a.request), CopyOf: -1,
		Altered: a.altered, Wrong: a.wrong,
	}
	if call.Key == "" {
		call.Key = "staff"
	}
	if a.copyOf != nil {
		call.CopyOf = a.copyOf.Number
	}
	c.history.Begin(call)
	rest, open := restBetween, false // open: an attempt before this one may still happen
	for door := c.rand.IntN(len(c.doors)); ; door = c.rand.IntN(len(c.doors)) {
		if !c.attempt(ctx, call, door) {
			call.Outcome = auditor.Refused
			if open {
				call.Outcome = auditor.Unknown
			}
			break
		}
		if call.Outcome == auditor.Acknowledged || call.Attempts == attemptsMax || ctx.Err() != nil || c.hasty(25) {
			break
		}
		open = true
		select {
		case <-time.After(rest/2 + time.Duration(c.rand.Int64N(int64(rest)))):
		case <-ctx.Done():
		}
		rest = min(2*rest, restMax)
	}
	call.Ended = c.history.Tick()
	return call
}

// attempt sends a request once. It returns false where the answer is no.
func (c *client) attempt(ctx context.Context, call *auditor.Call, door int) bool {
	call.Attempts++
	call.Servers = append(call.Servers, door)
	wait := patience
	if c.hasty(40) { // somebody who goes away
		wait = time.Duration(1+c.rand.IntN(impatienceMS)) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if secret := c.keys(call.Key); secret != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+secret)
	}
	answer := newAnswer(call.Method)
	err := c.doors[door].Invoke(ctx, call.Method, call.Request, answer)
	if err == nil {
		call.Outcome, call.Answer = auditor.Acknowledged, answer
		return true
	}
	s := status.Convert(err)
	call.Code, call.Message, call.Reason = s.Code(), s.Message(), reasonOf(s)
	switch call.Code {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Unknown, codes.Internal, codes.DataLoss:
		return true
	case codes.ResourceExhausted: // not begun; it may be later
		return true
	}
	return false
}

// hasty tells, once in so many times, that patience ends.
func (c *client) hasty(onceIn int) bool { return c.rand.IntN(onceIn) == 0 && !c.patient }

// reasonOf is the reason that the contract names for a refusal.
func reasonOf(s *status.Status) string {
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

// newAnswer is an empty response of a method.
func newAnswer(method string) proto.Message {
	name := protoreflect.FullName(strings.Replace(method[1:], "/", ".", 1))
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		panic(fmt.Sprintf("sim: %s: %v", method, err))
	}
	known, err := protoregistry.GlobalTypes.FindMessageByName(found.(protoreflect.MethodDescriptor).Output().FullName())
	if err != nil {
		panic(fmt.Sprintf("sim: %s: %v", method, err))
	}
	return known.New().Interface()
}

// newID mints an id from the client's own source, so that the same seed sends the same requests.
func (c *client) newID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], c.rand.Uint64())
	binary.BigEndian.PutUint64(b[8:], c.rand.Uint64())
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
