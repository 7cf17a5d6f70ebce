package rpc

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	eventsv1 "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// fakeEvents streams one heartbeat, and ends as the test wants.
type fakeEvents struct {
	eventsv1.UnimplementedEventServiceServer
	end func() error
}

func (f *fakeEvents) StreamEvents(
	r *eventsv1.StreamEventsRequest, stream grpc.ServerStreamingServer[eventsv1.StreamEventsResponse],
) error {
	if err := stream.Send(&eventsv1.StreamEventsResponse{Cursor: "at " + r.GetLocation()}); err != nil {
		return err
	}
	return f.end()
}

// TestStreamsOverTheWire is that a stream passes the same door as any call: who, what, where, and the one table of errors.
func TestStreamsOverTheWire(t *testing.T) {
	events := &fakeEvents{end: func() error { return nil }}
	var said journal
	registry := prometheus.NewRegistry()
	conn := open(t, &shop{}, func(c *Config) {
		services := c.Register
		c.Register = func(r grpc.ServiceRegistrar) {
			services(r)
			eventsv1.RegisterEventServiceServer(r, events)
		}
		c.Logger, c.Metrics, c.SlowCall = said.logger(), registry, time.Nanosecond
	})
	// watch returns what the stream sent, and how it ended.
	watch := func(key string, req *eventsv1.StreamEventsRequest) (sent []string, err error) {
		stream, err := eventsv1.NewEventServiceClient(conn).StreamEvents(as(t, key), req)
		for err == nil {
			var m *eventsv1.StreamEventsResponse
			if m, err = stream.Recv(); err == nil {
				sent = append(sent, m.GetCursor())
			}
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return sent, err
	}
	const reached = "at "
	for _, c := range []struct {
		name, key string
		req       *eventsv1.StreamEventsRequest
		want      string
	}{
		{"opens for who has the scope, everywhere", staffKey, &eventsv1.StreamEventsRequest{}, okay},
		{"opens at a place that the key covers", staffKey, &eventsv1.StreamEventsRequest{Location: "milan"}, okay},
		{"does not open without the scope", tabletKey, &eventsv1.StreamEventsRequest{Location: "milan"}, denied},
		{"does not open for a shopper", adaKey, &eventsv1.StreamEventsRequest{Location: "milan"}, denied},
		{"does not open everywhere for a key of some places", nowhereKey, &eventsv1.StreamEventsRequest{}, denied},
		{"does not open elsewhere", nowhereKey, &eventsv1.StreamEventsRequest{Location: "milan"}, denied},
		{"does not open for a stranger", "x", &eventsv1.StreamEventsRequest{}, unknownKey},
		{"is held against the contract", staffKey, &eventsv1.StreamEventsRequest{Kinds: []string{"A", "A"}}, "InvalidArgument INVALID_REQUEST [kinds]"},
		{"holds no U+0000", staffKey, &eventsv1.StreamEventsRequest{Subject: "a\x00"}, "InvalidArgument INVALID_REQUEST [subject]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent, err := watch(c.key, c.req)
			wantTold(t, err, c.want)
			if (c.want == okay) != (len(sent) == 1 && strings.HasPrefix(sent[0], reached)) {
				t.Errorf("sent %q", sent)
			}
		})
	}
	for _, c := range []struct {
		name string
		end  func() error
		want string
	}{
		{"ends with a refusal", func() error { return retail.RefuseField(retail.InvalidRequest, "cursor", "no") }, "InvalidArgument INVALID_REQUEST [cursor]"},
		{"ends with the server", func() error { return ledger.ErrClosed }, "Unavailable UNAVAILABLE"},
		{"ends with a fault of ours", func() error { return errors.New("a secret") }, "Internal INTERNAL"},
		{"ends when its handler panics", func() error { panic("a secret") }, "Internal INTERNAL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			events.end = c.end
			sent, err := watch(staffKey, &eventsv1.StreamEventsRequest{})
			wantTold(t, err, c.want)
			if len(sent) != 1 || strings.Contains(err.Error(), "secret") {
				t.Errorf("sent %q, told %v", sent, err)
			}
		})
	}

	t.Run("is counted once and logged once, and is not slow for being open", func(t *testing.T) {
		events.end = func() error { return nil }
		before := said.String()
		if _, err := watch(staffKey, &eventsv1.StreamEventsRequest{}); err != nil {
			t.Fatal(err)
		}
		line := strings.TrimPrefix(said.String(), before)
		if strings.Count(line, "\n") != 1 || !strings.Contains(line, "level=DEBUG") || !strings.Contains(line, "actor=staff") {
			t.Errorf("logged %q", line)
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			for _, metric := range family.GetMetric() {
				if !strings.HasSuffix(metric.GetLabel()[len(metric.GetLabel())-1].GetValue(), "EventService/StreamEvents") {
					continue
				}
				if n := metric.GetHistogram().GetSampleCount(); n != 0 {
					t.Errorf("%d streams among the durations of calls", n)
				}
			}
		}
	})
}

// lostStream is a stream whose client has left, in one way or another.
type lostStream struct {
	grpc.ServerStream
	err error
}

func (l lostStream) RecvMsg(any) error { return l.err }

func (l lostStream) SendMsg(any) error { return l.err }

func TestClientsThatLeaveAreNoFaultOfOurs(t *testing.T) {
	for _, c := range []struct{ code, want codes.Code }{
		{codes.Canceled, codes.Canceled}, {codes.Unavailable, codes.Canceled}, {codes.DeadlineExceeded, codes.DeadlineExceeded},
		{codes.Internal, codes.Internal},
	} {
		stream := &examinedStream{ServerStream: lostStream{err: status.Error(c.code, "transport")}}
		for name, err := range map[string]error{"receiving": stream.RecvMsg(nil), "sending": stream.SendMsg(nil)} {
			if got := outcomeOf(err).status.Code(); got != c.want {
				t.Errorf("%s from a client that is %s ends with %s, want %s", name, c.code, got, c.want)
			}
		}
	}
}
