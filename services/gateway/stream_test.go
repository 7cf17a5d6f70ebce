package gateway_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"

	eventsv1 "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	"github.com/aisle-retail/aisle/services/gateway"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/rpc"
)

// teller streams what the test put into it.
type teller struct {
	eventsv1.UnimplementedEventServiceServer
	tell func(*eventsv1.StreamEventsRequest, grpc.ServerStreamingServer[eventsv1.StreamEventsResponse]) error
}

func (s *teller) StreamEvents(
	r *eventsv1.StreamEventsRequest, stream grpc.ServerStreamingServer[eventsv1.StreamEventsResponse],
) error {
	return s.tell(r, stream)
}

// openStreams starts a teller and a gateway in front of it, which ends with the context and allows a request so much time.
func openStreams(t *testing.T, life context.Context, requestTime time.Duration, s *teller) *httptest.Server {
	t.Helper()
	keys, err := rpc.ParseKeys([]byte(testKeys))
	if err != nil {
		t.Fatal(err)
	}
	server, err := rpc.NewServer(rpc.Config{Keys: keys, Logger: quiet(), Register: func(r grpc.ServiceRegistrar) {
		eventsv1.RegisterEventServiceServer(r, s)
	}})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	handler, err := gateway.New(gateway.Config{Conn: conn, Life: life, Logger: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewUnstartedServer(handler)
	site.Config.ReadTimeout = requestTime
	site.Start()
	t.Cleanup(site.Close)
	return site
}

// told is one line of a stream.
type told struct {
	Result *struct{ Cursor string }
	Error  *struct {
		Code    int
		Message string
		Details []struct{ Reason string }
	}
}

// watch opens a stream; next reads a line, and returns false at the end.
func watch(t *testing.T, site *httptest.Server) (next func() (told, bool)) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL+"/v1/events:stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+staffKey)
	got, err := site.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { got.Body.Close() })
	if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Fatalf("%s, %s", got.Status, got.Header.Get("Content-Type"))
	}
	scan := bufio.NewScanner(got.Body)
	return func() (line told, more bool) {
		if !scan.Scan() {
			return line, false
		}
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			t.Fatalf("%v in %s", err, scan.Bytes())
		}
		return line, true
	}
}

func (l told) want(t *testing.T, code codes.Code, reason string) {
	t.Helper()
	if l.Error == nil || l.Error.Code != int(code) || len(l.Error.Details) == 0 || l.Error.Details[0].Reason != reason {
		t.Errorf("told %+v %+v, want %s %s", l.Result, l.Error, code, reason)
	}
}

type stream = grpc.ServerStreamingServer[eventsv1.StreamEventsResponse]

func TestStreams(t *testing.T) {
	life := context.Background()
	t.Run("each message is a line, sent at once", func(t *testing.T) {
		read := make(chan string)
		next := watch(t, openStreams(t, life, 0, &teller{tell: func(_ *eventsv1.StreamEventsRequest, s stream) error {
			for _, cursor := range []string{"a", "b"} {
				if err := s.Send(&eventsv1.StreamEventsResponse{Cursor: cursor}); err != nil {
					return err
				}
				if got := <-read; got != cursor {
					t.Errorf("read %q", got)
				}
			}
			return nil
		}}))
		for range 2 {
			line, _ := next()
			read <- line.Result.Cursor
		}
		if line, more := next(); more {
			t.Errorf("and then %+v", line)
		}
	})

	t.Run("an error in its midst is the last line", func(t *testing.T) {
		for _, c := range []struct {
			err    error
			code   codes.Code
			reason string
		}{
			{retail.Refuse(retail.UnknownLocation, "gone"), codes.NotFound, "UNKNOWN_LOCATION"},
			{errors.New("secret"), codes.Internal, "INTERNAL"},
		} {
			next := watch(t, openStreams(t, life, 0, &teller{tell: func(_ *eventsv1.StreamEventsRequest, s stream) error {
				return errors.Join(s.Send(&eventsv1.StreamEventsResponse{Cursor: "a"}), c.err)
			}}))
			next()
			line, _ := next()
			line.want(t, c.code, c.reason)
			if strings.Contains(line.Error.Message, "secret") {
				t.Errorf("told %q", line.Error.Message)
			}
			if _, more := next(); more {
				t.Error("it is not the last")
			}
		}
	})

	t.Run("an error before its first line is answered like any other", func(t *testing.T) {
		site := openStreams(t, life, 0, &teller{tell: func(*eventsv1.StreamEventsRequest, stream) error {
			return retail.RefuseField(retail.InvalidRequest, "cursor", "is not one")
		}})
		send(t, site, http.MethodGet, "/v1/events:stream?cursor=x", staffKey, "").want(t, 400, 3, "INVALID_REQUEST", "cursor")
		send(t, site, http.MethodGet, "/v1/events:stream?kind=x", staffKey, "").want(t, 400, 3, "INVALID_REQUEST", "kind")
		send(t, site, http.MethodGet, "/v1/events:stream?fromNow=x", staffKey, "").want(t, 400, 3, "INVALID_REQUEST", "fromNow")
		send(t, site, http.MethodGet, "/v1/events:stream", webKey, "").want(t, 403, 7, "PERMISSION_DENIED")
		send(t, site, http.MethodGet, "/v1/events:stream", "", "").want(t, 401, 16, "UNAUTHENTICATED")
	})

	t.Run("one that has nothing to say is empty", func(t *testing.T) {
		site := openStreams(t, life, 0, &teller{tell: func(*eventsv1.StreamEventsRequest, stream) error { return nil }})
		if got := send(t, site, http.MethodGet, "/v1/events:stream", staffKey, ""); got.status != 200 || got.body != "" {
			t.Errorf("%d %q", got.status, got.body)
		}
	})

	t.Run("it ends when the gateway does, and with its client", func(t *testing.T) {
		dying, die := context.WithCancel(life)
		ended := make(chan struct{})
		next := watch(t, openStreams(t, dying, 0, &teller{tell: func(_ *eventsv1.StreamEventsRequest, s stream) error {
			defer close(ended)
			err := s.Send(&eventsv1.StreamEventsResponse{Cursor: "a"})
			<-s.Context().Done()
			return err
		}}))
		next()
		die()
		line, _ := next()
		line.want(t, codes.Unavailable, "UNAVAILABLE")
		<-ended
	})
}

// TestStreamsOutliveTheTimeOfARequest is that a server's bound on the time that a request may take to arrive does not cut off
// what is being answered, which a bound on the time of writing would do. net/http forgets the one when the request was read;
// older versions did not, and took a deadline that passed for a client that left.
func TestStreamsOutliveTheTimeOfARequest(t *testing.T) {
	const requestTime = 100 * time.Millisecond
	next := watch(t, openStreams(t, context.Background(), requestTime, &teller{tell: func(_ *eventsv1.StreamEventsRequest, s stream) error {
		tick := time.NewTicker(requestTime / 4)
		defer tick.Stop()
		for {
			if err := s.Send(&eventsv1.StreamEventsResponse{Cursor: "a"}); err != nil {
				return err
			}
			select {
			case <-s.Context().Done():
				return s.Context().Err()
			case <-tick.C:
			}
		}
	}}))
	for began := time.Now(); time.Since(began) < 5*requestTime; {
		if line, more := next(); !more || line.Result == nil {
			t.Fatalf("it broke after %v: %+v", time.Since(began), line.Error)
		}
	}
}
