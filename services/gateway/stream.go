package gateway

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// ndjsonType is one JSON document per line. Source: github.com/ndjson/ndjson-spec.
const ndjsonType = "application/x-ndjson"

// StreamContentType is the type of an answer that is a stream.
func (m marshaler) StreamContentType(any) string { return ndjsonType }

// answerStreamError says why a stream broke, in its last line.
func (g *gateway) answerStreamError(ctx context.Context, err error) *status.Status {
	answer := status.Convert(err)
	if !explained(answer) {
		answer = g.explain(ctx, answer)
	}
	return answer
}

// errStopping is why streams end when the process does.
var errStopping = errors.New("the gateway is stopping")

// NewStream begins a call with more than one answer. It ends with the gateway's life: http.Server.Shutdown would wait for it.
func (c conn) NewStream(
	ctx context.Context, description *grpc.StreamDesc, method string, options ...grpc.CallOption,
) (grpc.ClientStream, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	forget := context.AfterFunc(c.life, func() { cancel(errStopping) })
	context.AfterFunc(ctx, func() { forget() })
	inner, err := c.ClientConnInterface.NewStream(ctx, description, method, append(options, grpc.MaxCallRecvMsgSize(answerBytesMax))...)
	if err != nil {
		cancel(err)
		return nil, err
	}
	return &stream{ClientStream: inner, ctx: ctx, cancel: cancel}, nil
}

// stream is a call with more than one answer on its way.
type stream struct {
	grpc.ClientStream
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// SendMsg sends the request, unless it was given parameters that it would pass over.
func (s *stream) SendMsg(m any) error {
	if err := checkParameters(s.ctx, m); err != nil {
		s.cancel(err)
		return err
	}
	return s.ClientStream.SendMsg(m)
}

// Header waits for the first sign of an answer. A call that is refused before it has any gives its error here, so that it is
// answered as any other: with an HTTP status, and not with a line of an empty stream. The library would give it to RecvMsg.
func (s *stream) Header() (header metadata.MD, err error) {
	header, err = s.ClientStream.Header()
	if err == nil && header == nil {
		err = s.RecvMsg(new(emptypb.Empty)) // never an answer: without headers there is none
	}
	if errors.Is(err, io.EOF) {
		err = nil // it had nothing to say, and RecvMsg will say so again
	}
	return header, err
}

// RecvMsg receives the next answer.
func (s *stream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if err != nil && errors.Is(context.Cause(s.ctx), errStopping) {
		return status.Error(codes.Unavailable, errStopping.Error())
	}
	return err
}
