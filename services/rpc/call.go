package rpc

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// door is what every call goes through.
type door struct {
	keys     *Keys
	rules    *rules
	logger   *slog.Logger
	slowCall time.Duration
	methods  map[string]*method
	crowd    crowd
	observe  func(request, answer any, err error)
}

// method is all that is known of a method before it is called.
type method struct {
	*policy
	meter meter
}

// call is one call on its way.
type call struct {
	*method
	caller *Principal
	began  time.Time
	// requestID is the request's id as the client wrote it, for the log.
	requestID string
}

// unary is the interceptor of calls with one request and one answer.
func (d *door) unary(
	ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler,
) (any, error) {
	call := call{method: d.methods[info.FullMethod], began: time.Now()}
	if m := call.method; m != nil && !m.open {
		if !d.crowd.enter(m) { // several may come through the gate at once
			return nil, d.close(ctx, &call, ledger.ErrOverloaded)
		}
		defer d.crowd.leave(m)
	}
	answer, err := d.answer(ctx, &call, request, handler)
	return answer, d.close(ctx, &call, err)
}

func (d *door) answer(ctx context.Context, call *call, request any, handler grpc.UnaryHandler) (answer any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			answer, err = nil, &panicked{cause: cause, stack: debug.Stack()}
		}
	}()
	if err := d.admit(ctx, call); err != nil {
		return nil, err
	}
	if call.caller != nil && (call.caller.Bulk || call.anyone) && d.crowd.halfFull(call.method) { // strangers never take all the room
		return nil, ledger.ErrOverloaded
	}
	message := request.(proto.Message).ProtoReflect()
	if err := d.examine(call, message); err != nil {
		return nil, err
	}
	if call.requestID != "" {
		ctx, err = d.remember(ctx, call, message.Interface())
		if err != nil {
			return nil, err
		}
	}
	answer, err = handler(call.within(ctx), request)
	if d.observe != nil {
		d.observe(request, answer, err)
	}
	return call.conceal(call.caller, answer, err)
}

// stream is the interceptor of calls with more than one request or answer. Each request is held against the rules and
// the caller's right as it arrives.
func (d *door) stream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	call := call{method: d.methods[info.FullMethod], began: time.Now()}
	return d.close(stream.Context(), &call, d.answerStream(server, stream, &call, handler))
}

func (d *door) answerStream(server any, stream grpc.ServerStream, call *call, handler grpc.StreamHandler) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &panicked{cause: cause, stack: debug.Stack()}
		}
	}()
	if err := d.admit(stream.Context(), call); err != nil {
		return err
	}
	return handler(server, &examinedStream{ServerStream: stream, door: d, call: call, ctx: call.within(stream.Context())})
}

type examinedStream struct {
	grpc.ServerStream
	door *door
	call *call
	ctx  context.Context
}

// Context is that of the call, which says what the caller may see.
func (s *examinedStream) Context() context.Context { return s.ctx }

// SendMsg sends an answer.
func (s *examinedStream) SendMsg(m any) error { return unlessGone(s.ServerStream.SendMsg(m)) }

// unlessGone says of a client that has left that it has: that is no fault of ours.
func unlessGone(err error) error {
	switch status.Code(err) {
	case codes.Canceled, codes.Unavailable:
		return context.Canceled
	case codes.DeadlineExceeded:
		return context.DeadlineExceeded
	}
	return err
}

// RecvMsg receives a request and examines it.
func (s *examinedStream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return unlessGone(err)
	}
	return s.door.examine(s.call, m.(proto.Message).ProtoReflect())
}

// admit finds out who calls and whether that key may call this method at all.
func (d *door) admit(ctx context.Context, call *call) error {
	if call.method == nil {
		return retail.Refuse(retail.PermissionDenied, "Nobody may call this method.")
	}
	if call.open {
		return nil
	}
	if call.anyone { // a key that comes with it is not looked at: the same request is the same one with it and without
		call.caller = stranger
		return nil
	}
	given := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(given) != 1 {
		return retail.Refuse(retail.Unauthenticated, "Send one key, as \"authorization: Bearer KEY\".")
	}
	scheme, key, _ := strings.Cut(given[0], " ")
	if !strings.EqualFold(scheme, "bearer") {
		return retail.Refuse(retail.Unauthenticated, "Send the key as \"authorization: Bearer KEY\".")
	}
	if call.caller = d.keys.Lookup(key); call.caller == nil {
		return retail.Refuse(retail.Unauthenticated, "This key is not known.")
	}
	return call.mayCall(call.caller)
}

// within says in the context what the handler must know of the caller's right.
func (c *call) within(ctx context.Context) context.Context {
	if c.caller == nil {
		return ctx
	}
	if c.caller.scopes&readsOrders != 0 {
		ctx = trade.ReadsOrders(ctx, c.caller.locations.covers)
	}
	if c.caller.scopes&managesReturns != 0 {
		ctx = trade.ManagesReturns(ctx)
	}
	if !c.caller.channels.all {
		ctx = trade.Bound(ctx, c.caller.Channels)
	}
	return ctx
}

// examine holds a request against the rules and against what the caller's key covers.
func (d *door) examine(call *call, request protoreflect.Message) error {
	if fault := faultIn(request); fault != nil {
		return &invalidRequest{violations: []*errdetails.BadRequest_FieldViolation{fault}}
	}
	if call.open {
		return nil
	}
	if call.method.requestID != nil {
		call.requestID = request.Get(call.method.requestID).String()
	}
	if err := d.rules.check(request); err != nil {
		return err
	}
	return call.covers(call.caller, request)
}

// remember puts what the engine must know of the request into the context.
func (d *door) remember(ctx context.Context, call *call, request proto.Message) (context.Context, error) {
	id, err := retail.ParseID(call.requestID)
	if err != nil || id.IsZero() || id.Own() {
		return nil, retail.RefuseField(retail.InvalidRequest, requestIDField, "A request id is a UUID that is not all zeros, of a version that there is.")
	}
	fingerprint, err := fingerprintOf(call.name, call.caller.Name, request)
	if err != nil {
		return nil, err
	}
	return ledger.WithRequest(ctx, ledger.Request{
		ID: id, Fingerprint: fingerprint, Actor: call.caller.Name, Channel: call.caller.channel(), Bulk: call.caller.Bulk,
	}), nil
}

// fingerprintBytesMax is the largest buffer that is kept for the next request.
const fingerprintBytesMax = 64 << 10

var fingerprintBuffers = sync.Pool{New: func() any { return new([]byte) }}

// fingerprintOf tells requests under one id apart: by method, caller and content. Neither a method's nor a key's name has a
// zero byte, so that no two of the three run together.
func fingerprintOf(method, caller string, request proto.Message) ([sha256.Size]byte, error) {
	buffer := fingerprintBuffers.Get().(*[]byte)
	text := append((*buffer)[:0], method...)
	text = append(append(text, 0), caller...)
	text = append(text, 0)
	text, err := proto.MarshalOptions{Deterministic: true}.MarshalAppend(text, request)
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("fingerprint of a request: %w", err)
	}
	sum := sha256.Sum256(text)
	if cap(text) <= fingerprintBytesMax {
		*buffer = text
		fingerprintBuffers.Put(buffer)
	}
	return sum, nil
}

// panicked is a panic on its way to the log.
type panicked struct {
	cause any
	stack []byte
}

// Error says what the panic said.
func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.cause) }

// close turns the error of a call into the status that the caller gets, counts the call and logs it.
func (d *door) close(ctx context.Context, call *call, err error) error {
	took := time.Since(call.began)
	var end outcome
	if err != nil {
		end = call.outcomeOf(err)
	}
	patient := took
	if call.method != nil && call.streams {
		patient = 0 // how long a stream was open says nothing of how slow it was
	}
	if call.method != nil {
		call.meter.count(end.status.Code())
		if !call.streams {
			call.meter.duration.Observe(took.Seconds())
		}
	}
	if level := d.level(end.status.Code(), patient); d.logger.Enabled(ctx, level) {
		d.log(ctx, level, call, took, end, err)
	}
	return end.status.Err()
}

// outcomeOf lets statuses pass that are not ours to change: those of health and reflection, and that of a method that is
// declared and not there yet. Handlers have no statuses of their own.
func (c *call) outcomeOf(err error) outcome {
	if made, ok := status.FromError(err); ok && (c.method != nil && c.open || made.Code() == codes.Unimplemented) {
		return outcome{status: made}
	}
	return outcomeOf(err)
}

// level tells how loudly a call is logged.
func (d *door) level(code codes.Code, took time.Duration) slog.Level {
	switch code {
	case codes.OK:
		if took >= d.slowCall {
			return slog.LevelWarn
		}
		return slog.LevelDebug
	case codes.Internal, codes.Unknown, codes.DataLoss:
		return slog.LevelError
	case codes.Unavailable, codes.ResourceExhausted, codes.DeadlineExceeded, codes.Aborted:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}

// log writes the line of a call. It has names, ids and reasons, and never a key or what a request says; the cause, which
// can have anything in it, is there for faults of ours only.
func (d *door) log(ctx context.Context, level slog.Level, call *call, took time.Duration, end outcome, err error) {
	attributes := make([]slog.Attr, 0, 10)
	if call.method != nil {
		attributes = append(attributes, slog.String("method", call.name))
	}
	attributes = append(attributes, slog.String("code", codeName(end.status.Code())), slog.Duration("took", took))
	if call.caller != nil {
		attributes = append(attributes, slog.String("actor", call.caller.Name))
	}
	if call.requestID != "" {
		attributes = append(attributes, slog.String("request_id", call.requestID))
	}
	if end.reason != "" {
		attributes = append(attributes, slog.String("reason", string(end.reason)))
	}
	if end.traceID != "" {
		attributes = append(attributes, slog.String("trace_id", end.traceID), slog.String("error", err.Error()))
		if fault, ok := errors.AsType[*panicked](err); ok {
			attributes = append(attributes, slog.String("stack", string(fault.stack)))
		}
	}
	d.logger.LogAttrs(ctx, level, "call", attributes...)
}
