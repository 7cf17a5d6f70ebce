package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	eventsv1 "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
)

// lines is a stream over REST.
type lines struct {
	t    *testing.T
	body io.ReadCloser
	scan *bufio.Scanner
}

// restStream opens a stream over REST.
func (w *world) restStream(key, path string) *lines {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, "http://"+w.server.HTTPAddr()+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret(key))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { resp.Body.Close() })
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "application/x-ndjson" {
		w.t.Fatalf("the stream begins with %s, %s", resp.Status, got)
	}
	return &lines{t: w.t, body: resp.Body, scan: bufio.NewScanner(resp.Body)}
}

// next reads a line: result and error are its only members.
func (l *lines) next() (result, fault answer) {
	l.t.Helper()
	if !l.scan.Scan() {
		l.t.Fatalf("the stream ended: %v", l.scan.Err())
	}
	var line struct{ Result, Error map[string]any }
	if err := json.Unmarshal(l.scan.Bytes(), &line); err != nil {
		l.t.Fatalf("%v in %s", err, l.scan.Bytes())
	}
	return answer{body: line.Result}, answer{body: line.Error}
}

// grpcStream opens a stream over gRPC.
func (w *world) grpcStream(key string, req *eventsv1.StreamEventsRequest) eventsv1.EventService_StreamEventsClient {
	w.t.Helper()
	ctx := metadata.AppendToOutgoingContext(w.t.Context(), "authorization", "Bearer "+secret(key))
	stream, err := eventsv1.NewEventServiceClient(w.conn).StreamEvents(ctx, req)
	if err != nil {
		w.t.Fatal(err)
	}
	return stream
}

// another starts another process on the world's database. The test stops it.
func (w *world) another() *world {
	w.t.Helper()
	other := &world{t: w.t, db: w.db}
	other.start()
	w.t.Cleanup(func() { other.conn.Close() })
	return other
}

func TestEvents(t *testing.T) {
	w := open(t)
	const hold = `{"location":"milan","channel":"web","owner":"cart 1","lines":[{"sku":"SHIRT-S","quantity":"2"}]}`
	before := w.must("staff", "events/ListEvents", `{"fromNow":true}`)
	if before.at("endReached") != true || before.at("events", 0) != nil {
		t.Errorf("from now on: %v", before.body)
	}
	held := w.must("site", "stock/HoldStock", hold)
	since := fmt.Sprintf(`{"cursor":%q}`, before.at("nextCursor"))

	t.Run("a write that was acknowledged is listed, alike through both doors", func(t *testing.T) {
		overGRPC, overREST := w.must("staff", "events/ListEvents", since), w.rest("staff", "events/ListEvents", since)
		if diff := cmp.Diff(overGRPC.body, overREST.body); diff != "" {
			t.Errorf("(-gRPC +REST):\n%s", diff)
		}
		event := answer{body: overGRPC.at("events", 0).(map[string]any)}
		if event.at("kind") != "StockHeld" || event.at("subject") != "hold/"+held.at("id").(string) || event.at("version") != "1" ||
			event.at("body", "owner") != "cart 1" || event.at("body", "lines", 0, "quantity") != float64(2) ||
			overGRPC.at("events", 1) != nil || overGRPC.at("endReached") != true || overGRPC.at("nextCursor") != event.at("cursor") {
			t.Errorf("%v", overGRPC.body)
		}
	})

	t.Run("every write is listed at once, page by page", func(t *testing.T) {
		cursor := before.at("nextCursor")
		for n := range 20 {
			if n > 0 {
				w.must("site", "stock/ReleaseHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, w.must("site", "stock/HoldStock", hold).at("id")))
			}
			page := w.must("staff", "events/ListEvents", fmt.Sprintf(`{"cursor":%q,"kinds":["StockHeld"]}`, cursor))
			if page.at("events", 0) == nil || page.at("events", 1) != nil || page.at("endReached") != true {
				t.Fatalf("after %d: %v", n, page.body)
			}
			cursor = page.at("nextCursor")
		}
	})

	t.Run("a location's events are those of what is kept there", func(t *testing.T) {
		if rome := w.must("staff", "events/ListEvents", `{"location":"rome"}`); rome.at("events", 0, "subject") != "location/rome" || rome.at("events", 1) != nil {
			t.Errorf("rome: %v", rome.body)
		}
		milan := w.must("staff", "events/ListEvents", fmt.Sprintf(`{"location":"milan","subject":"hold/%s"}`, held.at("id")))
		if milan.at("events", 0, "kind") != "StockHeld" || milan.at("events", 1) != nil {
			t.Errorf("milan: %v", milan.body)
		}
	})

	t.Run("they are for who has the scope", func(t *testing.T) {
		for _, key := range []string{"till", "ada"} {
			w.refused(key, "events/ListEvents", `{"location":"milan"}`, "PERMISSION_DENIED", "")
			w.refused(key, "events/StreamEvents", `{"location":"milan"}`, "PERMISSION_DENIED", "")
		}
		w.refused("stranger", "events/StreamEvents", `{}`, "UNAUTHENTICATED", "")
	})

	t.Run("what a stream can't read is refused like any request", func(t *testing.T) {
		w.refused("staff", "events/StreamEvents", `{"kinds":["A","A"]}`, "INVALID_REQUEST", "kinds")
		bad := w.http("staff", "events/StreamEvents", http.MethodGet, "/v1/events:stream?from=now", nil)
		if bad.code != "400" || bad.reason != "INVALID_REQUEST" || len(bad.fields) != 1 || bad.fields[0] != "from" {
			t.Errorf("an unknown parameter: %v", bad)
		}
	})
}

// TestEventStreams follows what one process writes through the two doors of another.
func TestEventStreams(t *testing.T) {
	w := open(t)
	first := w.must("staff", "events/ListEvents", `{"pageSize":1}`)
	cursor := first.at("nextCursor").(string)
	reader := w.another()
	overGRPC := reader.grpcStream("staff", &eventsv1.StreamEventsRequest{Cursor: cursor})
	overREST := reader.restStream("staff", "/v1/events:stream?cursor="+cursor)
	now := reader.grpcStream("staff", &eventsv1.StreamEventsRequest{FromNow: true})
	all := w.must("staff", "events/ListEvents", fmt.Sprintf(`{"cursor":%q}`, cursor))

	// Both send what was there, then a heartbeat, then what happens.
	for n := 0; all.at("events", n) != nil; n++ {
		m, err := overGRPC.Recv()
		if err != nil {
			t.Fatal(err)
		}
		line, _ := overREST.next()
		if want := all.at("events", n, "cursor"); m.GetEvent().GetCursor() != want || m.GetCursor() != want || line.at("cursor") != want {
			t.Errorf("event %d: %v over gRPC, %v over REST", n, m, line.body)
		}
		if diff := cmp.Diff(all.at("events", n), line.at("event")); diff != "" {
			t.Errorf("event %d (-list +stream):\n%s", n, diff)
		}
	}
	m, err := overGRPC.Recv()
	line, _ := overREST.next()
	if err != nil || m.GetEvent() != nil || m.GetCursor() != all.at("nextCursor") || line.at("event") != nil || line.at("cursor") != m.GetCursor() {
		t.Errorf("then %v over gRPC, %v over REST, %v", m, line.body, err)
	}
	if m, err := now.Recv(); err != nil || m.GetEvent() != nil || m.GetCursor() != all.at("nextCursor") {
		t.Errorf("from now on: %v, %v", m, err)
	}
	w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-M","quantity":"1"}],"reference":"DN-9"}`)
	for _, stream := range []eventsv1.EventService_StreamEventsClient{overGRPC, now} {
		if m, err := stream.Recv(); err != nil || m.GetEvent().GetBody().GetFields()["cause"].GetStringValue() != "DN-9" {
			t.Errorf("then %v, %v", m, err)
		}
	}
	if line, _ := overREST.next(); line.at("event", "body", "cause") != "DN-9" {
		t.Errorf("then %v", line.body)
	}

	// A shutdown ends them at once, and says so.
	began := time.Now()
	if err := reader.server.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the shutdown waited %v for streams", took)
	}
	for _, stream := range []eventsv1.EventService_StreamEventsClient{overGRPC, now} {
		_, err := stream.Recv()
		said := status.Convert(err)
		reason := ""
		for _, detail := range said.Details() {
			if info, ok := detail.(*errdetails.ErrorInfo); ok {
				reason = info.GetReason()
			}
		}
		if said.Code() != codes.Unavailable || reason != "UNAVAILABLE" {
			t.Errorf("a stream ended with %v", err)
		}
	}
	if _, fault := overREST.next(); fault.at("code") != float64(codes.Unavailable) || fault.at("details", 0, "reason") != "UNAVAILABLE" {
		t.Errorf("the stream over REST ended with %v", fault.body)
	}
}

// TestEventHorizonLag is that the metrics tell of a writer who holds readers up.
func TestEventHorizonLag(t *testing.T) {
	w := open(t)
	metric := func(name string) string {
		resp, err := http.Get("http://" + w.server.HTTPAddr() + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, name+" "); ok {
				return strings.TrimSpace(rest)
			}
		}
		t.Fatalf("there is no metric %s", name)
		return ""
	}
	const lagEvents, lagSeconds = "aisle_event_horizon_lag_events", "aisle_event_horizon_lag_seconds"
	w.must("staff", "events/ListEvents", `{}`)
	if metric(lagEvents) != "0" || metric(lagSeconds) != "0" {
		t.Errorf("with nobody writing the lag is %s events, %s s", metric(lagEvents), metric(lagSeconds))
	}
	writer, err := pgx.Connect(t.Context(), w.db.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close(context.Background())
	if _, err := writer.Exec(t.Context(), "begin; select pg_current_xact_id()"); err != nil {
		t.Fatal(err)
	}
	w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-M","quantity":"1"}]}`)
	if page := w.must("staff", "events/ListEvents", `{"pageSize":1000}`); page.at("endReached") != false {
		t.Error("the end was reached although a writer holds the log up")
	}
	if metric(lagEvents) != "1" || metric(lagSeconds) == "0" {
		t.Errorf("with a writer open the lag is %s events, %s s", metric(lagEvents), metric(lagSeconds))
	}
	if _, err := writer.Exec(t.Context(), "rollback"); err != nil {
		t.Fatal(err)
	}
	if page := w.must("staff", "events/ListEvents", `{"pageSize":1000}`); page.at("endReached") != true || metric(lagEvents) != "0" {
		t.Errorf("after it ended: end %v, lag %s", page.at("endReached"), metric(lagEvents))
	}
}
