package imports

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// answers is a connection that gives the same answers over and over; the last stays.
type answers struct {
	grpc.ClientConnInterface
	errs  []error
	calls int
}

func (a *answers) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	err := a.errs[min(a.calls, len(a.errs)-1)]
	a.calls++
	return err
}

func TestPatient(t *testing.T) {
	overloaded := refuse(codes.ResourceExhausted, "OVERLOADED")
	for _, test := range []struct {
		name  string
		errs  []error
		calls int
		// reason of the refusal; empty: none
		reason string
		failed bool
	}{
		{"takes an answer", []error{nil}, 1, "", false},
		{"asks again when the server is gone, busy or overtaken",
			[]error{errLost, overloaded, refuse(codes.Aborted, "STALE"), context.DeadlineExceeded, nil}, 5, "", false},
		{"asks again when the transport broke", []error{status.Error(codes.Internal, "stream reset"), nil}, 2, "", false},
		{"gives up in the end", []error{errLost}, attemptsMax, "", true},
		{"takes no for an answer", []error{refuse(codes.NotFound, "UNKNOWN_SKU")}, 1, "UNKNOWN_SKU", false},
		{"takes a fault of the server for a no", []error{refuse(codes.Internal, "INTERNAL")}, 1, "INTERNAL", false},
		{"takes a message that is too large for a no", []error{status.Error(codes.ResourceExhausted, "too large")}, 1, "ResourceExhausted", false},
		{"stops when the key is not known", []error{refuse(codes.Unauthenticated, "UNAUTHENTICATED")}, 1, "", true},
		{"stops when the key has no right", []error{refuse(codes.PermissionDenied, "PERMISSION_DENIED")}, 1, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &answers{errs: test.errs}
				p := &patient{ClientConnInterface: server}
				err := p.Invoke(t.Context(), "/s/M", nil, nil)
				refusal := refusalOf(err)
				switch {
				case server.calls != test.calls:
					t.Errorf("%d calls, want %d: %v", server.calls, test.calls, err)
				case test.reason != "" && (refusal == nil || refusal.Reason != test.reason):
					t.Errorf("%v, want reason %s", err, test.reason)
				case test.reason == "" && (refusal != nil || (err != nil) != test.failed):
					t.Errorf("%v", err)
				}
			})
		})
	}
	t.Run("waits longer and longer, and as long as it is told", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			told, err := status.New(codes.Unavailable, "soon").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(5 * time.Second)})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			p := &patient{ClientConnInterface: &answers{errs: []error{told.Err(), nil}}}
			if err := p.Invoke(t.Context(), "/s/M", nil, nil); err != nil || time.Since(began) != 5*time.Second {
				t.Errorf("%v after %s", err, time.Since(began))
			}
			began = time.Now()
			p = &patient{ClientConnInterface: &answers{errs: []error{errLost}}}
			err = p.Invoke(t.Context(), "/s/M", nil, nil)
			if took := time.Since(began); took < 40*time.Second || took > 150*time.Second || !strings.Contains(err.Error(), "run the import again") {
				t.Errorf("%v after %s", err, took)
			}
		})
	})
	t.Run("ends with its context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			p := &patient{ClientConnInterface: &answers{errs: []error{errLost}}}
			if err := p.Invoke(ctx, "/s/M", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
	})
}
