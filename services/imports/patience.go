package imports

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// How patient an import is with a server that is busy, restarting or gone. The pauses double from the first to the longest:
// 0.1 + 0.2 + ... + 6.4 s = 12.7 s in seven, and eight more of 10 s make some 90 s in all, enough for a restart.
const (
	attemptsMax = 16
	pauseFirst  = 100 * time.Millisecond
	pauseMax    = 10 * time.Second
	callTime    = 30 * time.Second
)

// Refusal is the server saying no to one request: the shop refuses it, or it is not a request that can be answered.
type Refusal struct {
	// Reason is from aisle.retail.v1.Reason; where the answer has none, the name of its status code.
	Reason string
	// Message is for people.
	Message string
}

// Error returns reason and message.
func (r *Refusal) Error() string { return r.Reason + ": " + r.Message }

// refusalOf returns the refusal behind an error, or nil where something else went wrong.
func refusalOf(err error) *Refusal {
	refusal, _ := errors.AsType[*Refusal](err)
	return refusal
}

// patient is a connection that asks again, under the same request id, when the server could not answer. What comes back
// from it is nil, a *Refusal, or an error that ends the import.
type patient struct {
	grpc.ClientConnInterface
	requests, retries atomic.Int64
}

// Patient returns a connection that asks again, under the same request id, when the server could not answer. Its errors are a
// *Refusal, or one that no asking mends.
func Patient(conn grpc.ClientConnInterface) grpc.ClientConnInterface {
	return &patient{ClientConnInterface: conn}
}

// Invoke calls a method.
func (p *patient) Invoke(ctx context.Context, method string, in, out any, options ...grpc.CallOption) error {
	pause := pauseFirst
	for attempt := 1; ; attempt++ {
		err := p.once(ctx, method, in, out, options)
		if err == nil {
			p.requests.Add(1)
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		answer := status.Convert(err)
		info, wait := detailsOf(answer)
		switch verdictOn(answer.Code(), info) {
		case refused:
			p.requests.Add(1)
			return &Refusal{Reason: reasonOf(answer.Code(), info), Message: answer.Message()}
		case hopeless:
			return fmt.Errorf("%s: %w", method, err)
		}
		if attempt == attemptsMax {
			return fmt.Errorf("%s: no answer after %d attempts; run the import again to go on: %w", method, attempt, err)
		}
		p.retries.Add(1)
		if err := sleep(ctx, max(wait, pause/2+rand.N(pause))); err != nil {
			return err
		}
		pause = min(2*pause, pauseMax)
	}
}

func (p *patient) once(ctx context.Context, method string, in, out any, options []grpc.CallOption) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return p.ClientConnInterface.Invoke(ctx, method, in, out, options...)
}

// verdict is what to make of an answer.
type verdict uint8

const (
	refused  verdict = iota // this request will not do; the next may
	again                   // the same request may do in a moment
	hopeless                // no request will do
)

// verdictOn judges a status. A server of ours says why in ErrorInfo; without one the answer comes from what lies between,
// such as a connection that broke or a proxy.
func verdictOn(code codes.Code, info *errdetails.ErrorInfo) verdict {
	switch code {
	case codes.Unavailable, codes.Aborted, codes.DeadlineExceeded, codes.Canceled:
		return again
	case codes.ResourceExhausted:
		// Without a reason it is a message over the transport's limit, which stays so.
		if info.GetReason() == "OVERLOADED" {
			return again
		}
	case codes.Internal, codes.Unknown:
		if info == nil {
			return again
		}
	case codes.Unauthenticated, codes.PermissionDenied, codes.Unimplemented:
		return hopeless
	}
	return refused
}

func detailsOf(answer *status.Status) (info *errdetails.ErrorInfo, wait time.Duration) {
	for _, detail := range answer.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			info = detail
		case *errdetails.RetryInfo:
			wait = min(detail.GetRetryDelay().AsDuration(), pauseMax)
		}
	}
	return info, wait
}

func reasonOf(code codes.Code, info *errdetails.ErrorInfo) string {
	if info.GetReason() != "" {
		return info.GetReason()
	}
	return code.String()
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
