package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// watchStock opens a stream over gRPC.
func (w *world) watchStock(key string, req *stockv1.WatchStockRequest) stockv1.StockService_WatchStockClient {
	w.t.Helper()
	ctx := metadata.AppendToOutgoingContext(w.t.Context(), "authorization", "Bearer "+secret(key))
	stream, err := stockv1.NewStockServiceClient(w.conn).WatchStock(ctx, req)
	if err != nil {
		w.t.Fatal(err)
	}
	return stream
}

// shelf is what a watcher knows: "location sku" to what it can sell.
type shelf map[string]int64

// take takes a message in.
func (s shelf) take(m *stockv1.WatchStockResponse) {
	for _, p := range append(m.GetSnapshot().GetPositions(), m.GetChange().GetPositions()...) {
		s[p.GetLevel().GetLocation()+" "+p.GetLevel().GetSku()] = p.GetLevel().GetSellable()
	}
}

// until reads a stream until the shelf is as wanted.
func (s shelf) until(t testing.TB, stream stockv1.StockService_WatchStockClient, want shelf) (cursor string) {
	t.Helper()
	for {
		m, err := stream.Recv()
		if err != nil {
			t.Fatalf("%v, while it has (-want +got):\n%s", err, cmp.Diff(want, s))
		}
		s.take(m)
		if cursor = m.GetCursor(); maps.Equal(s, want) && (m.GetSnapshot() == nil || m.GetSnapshot().GetLast()) {
			return cursor
		}
	}
}

func TestWatch(t *testing.T) {
	w := open(t)
	all := shelf{"milan SHIRT-S": 10, "milan SHIRT-M": 2}
	everything, ofWeb := shelf{}, shelf{}
	staff := w.watchStock("staff", &stockv1.WatchStockRequest{})
	site := w.watchStock("site", &stockv1.WatchStockRequest{Channel: "web", Skus: []string{"SHIRT-S"}})
	cursor := everything.until(t, staff, all)
	ofWeb.until(t, site, shelf{"milan SHIRT-S": 9}) // its buffer is one

	t.Run("what changes is seen, each position as it is then", func(t *testing.T) {
		w := w.in(t)
		w.must("site", "stock/HoldStock", `{"location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"4"}]}`)
		everything.until(t, staff, shelf{"milan SHIRT-S": 6, "milan SHIRT-M": 2})
		ofWeb.until(t, site, shelf{"milan SHIRT-S": 5})
		w.must("till", "orders/PlaceOrder", sale(paid("CASH", 1995)))
		everything.until(t, staff, shelf{"milan SHIRT-S": 5, "milan SHIRT-M": 2})
		ofWeb.until(t, site, shelf{"milan SHIRT-S": 4})
	})

	t.Run("both books of a transfer change at once", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"SHIRT-M","quantity":"1"}]}`)
		m, err := staff.Recv()
		if err != nil || len(m.GetChange().GetPositions()) != 2 {
			t.Errorf("%v, %v", m, err)
		}
		everything.take(m)
	})

	t.Run("a channel that changes is told anew", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "locations/PutChannel", `{"channel":{"code":"web","name":"Web","kind":"CHANNEL_KIND_ONLINE_STORE","priceLists":["eur"],"holdTime":"900s","safetyBuffer":"3","locations":["milan","rome","moon"]}}`)
		m, err := site.Recv()
		if err != nil || !m.GetSnapshot().GetFirst() || !m.GetSnapshot().GetLast() {
			t.Errorf("%v, %v", m, err)
		}
		if ofWeb.take(m); ofWeb["milan SHIRT-S"] != 2 {
			t.Errorf("it is told as %v", ofWeb)
		}
	})

	t.Run("what is kept back by rule is told, and by bands where the channel shows no counts", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "stock/PutBuffers", `{"location":"milan","buffers":[{"sku":"SHIRT-S","units":"4"}]}`)
		ofWeb.until(t, site, shelf{"milan SHIRT-S": 1})
		w.must("staff", "stock/DeleteBuffers", `{"location":"milan","buffers":[{"sku":"SHIRT-S"}]}`)
		ofWeb.until(t, site, shelf{"milan SHIRT-S": 2})
		w.must("staff", "stock/PutBuffers", `{"location":"milan","buffers":[{"units":"5"}]}`)
		ofWeb.until(t, site, shelf{"milan SHIRT-S": 0})
		w.must("staff", "locations/PutChannel", `{"channel":{"code":"web","name":"Web","kind":"CHANNEL_KIND_ONLINE_STORE","priceLists":["eur"],"holdTime":"900s","exposure":{"kind":"EXPOSURE_KIND_YES_NO"}}}`)
		m, err := site.Recv()
		if err != nil || len(m.GetSnapshot().GetPositions()) != 1 {
			t.Fatalf("%v, %v", m, err)
		}
		p := m.GetSnapshot().GetPositions()[0]
		if p.GetLevel().Available != nil || p.GetLevel().Sellable != nil || p.GetVersion() != 0 || p.GetLevel().GetBand() != stockv1.StockBand_STOCK_BAND_NONE {
			t.Errorf("it is shown as %v", p)
		}
		w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`)
		w.must("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`)
		if m, err = site.Recv(); err != nil || m.GetChange().GetPositions()[0].GetLevel().GetBand() != stockv1.StockBand_STOCK_BAND_SOME {
			t.Errorf("then as %v, %v", m, err)
		}
		w.must("staff", "stock/AdjustStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","difference":"-2"}],"reason":"count"}`)
		if m, err = site.Recv(); err != nil || m.GetChange().GetPositions()[0].GetLevel().GetBand() != stockv1.StockBand_STOCK_BAND_NONE {
			t.Errorf("then as %v, %v: it is told of each movement", m, err)
		}
		everything.until(t, staff, shelf{"milan SHIRT-S": 5, "milan SHIRT-M": 1, "rome SHIRT-M": 0})
	})

	t.Run("who goes on from a cursor misses nothing", func(t *testing.T) {
		again := maps.Clone(all)
		again.until(t, w.in(t).watchStock("staff", &stockv1.WatchStockRequest{Cursor: cursor}), everything)
	})

	t.Run("over REST they are lines of JSON", func(t *testing.T) {
		lines := w.in(t).restStream("staff", "/v1/stock:watch?skus=SHIRT-S&locations=milan")
		result, _ := lines.next()
		w.in(t).want(result, map[string]any{"snapshot.positions.0.level.available": "5", "snapshot.positions.0.level.sku": "SHIRT-S",
			"snapshot.first": true, "snapshot.last": true, "snapshot.positions.0.version": "6"})
	})

	t.Run("a key sees no more than it may", func(t *testing.T) {
		w := w.in(t)
		for key, body := range map[string]string{
			"site": `{"skus":["SHIRT-S"]}`, "shop": `{"channel":"web"}`, "till": `{"channel":"till"}`, "rome": `{"channel":"till","locations":["milan"]}`,
		} {
			w.refused(key, "stock/WatchStock", body, "PERMISSION_DENIED", "")
		}
		w.refused("stranger", "stock/WatchStock", `{}`, "UNAUTHENTICATED", "")
		shelf{}.until(t, w.watchStock("rome", &stockv1.WatchStockRequest{Channel: "till", Locations: []string{"rome"}}), shelf{"rome SHIRT-M": 0})
	})

	t.Run("a shutdown ends them, and says so", func(t *testing.T) {
		other := w.in(t).another()
		stream := other.watchStock("staff", &stockv1.WatchStockRequest{})
		if _, err := stream.Recv(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := other.server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the shutdown waited %v for watchers", took)
		}
		_, err := stream.Recv()
		wantStatus(t, err, codes.Unavailable, "UNAVAILABLE")
	})
}

func wantStatus(t *testing.T, err error, code codes.Code, reason string) {
	t.Helper()
	said := status.Convert(err)
	got := ""
	for _, detail := range said.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			got = info.GetReason()
		}
	}
	if said.Code() != code || got != reason {
		t.Errorf("%v %s, want %v %s", err, got, code, reason)
	}
}

// TestWatchersOfOneProcess: a thousand watchers of all sorts see a change, and the log is read once for all of them.
func TestWatchersOfOneProcess(t *testing.T) {
	const watchers = 1000
	w := open(t)
	var ready, seen sync.WaitGroup
	ready.Add(watchers)
	for n := range watchers {
		req, want := &stockv1.WatchStockRequest{}, shelf{"milan SHIRT-S": 10, "milan SHIRT-M": 2}
		switch n % 3 {
		case 1:
			req.Skus, want = []string{"SHIRT-S"}, shelf{"milan SHIRT-S": 10}
		case 2:
			req.Channel, want = "web", shelf{"milan SHIRT-S": 9, "milan SHIRT-M": 1}
		}
		stream := w.watchStock("staff", req)
		seen.Go(func() {
			s := shelf{}
			s.until(t, stream, want)
			ready.Done()
			want["milan SHIRT-S"] -= 3
			s.until(t, stream, want)
		})
	}
	ready.Wait()
	before := w.looks()
	began := time.Now()
	w.must("staff", "stock/HoldStock", `{"location":"milan","channel":"till","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"3"}]}`)
	seen.Wait()
	t.Logf("%d watchers saw a change within %v", watchers, time.Since(began))
	if after := w.looks(); after-before > 5 {
		t.Errorf("the log was read %d times for one change", after-before)
	}
}

// looks is how often the database was asked what an act moved, as its statistics tell: each look walks the index once for each act.
func (w *world) looks() int64 {
	w.t.Helper()
	return w.count("select coalesce(sum(idx_scan), 0)::int8 from pg_stat_user_indexes where indexrelname = 'ledger_transactions_by_id'")
}

// happening is one event of a stream of Server-Sent Events.
type happening struct {
	id, name string
	data     answer
	comment  bool
}

// sse opens a stream of Server-Sent Events, from the last id where there is one. next reads an event.
func (w *world) sse(key, path, last string) (next func() (happening, bool), leave func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.server.HTTPAddr()+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret(key))
	req.Header.Set("Accept", "text/event-stream")
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { cancel(); resp.Body.Close() })
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
		w.t.Fatalf("the stream begins with %s, %s", resp.Status, got)
	}
	scan := bufio.NewScanner(resp.Body)
	return func() (h happening, more bool) {
		for scan.Scan() {
			name, value, _ := strings.Cut(scan.Text(), ": ")
			switch name {
			case "":
				if scan.Text() != "" {
					h.comment = true
					continue
				}
				return h, true
			case "id":
				h.id = value
			case "event":
				h.name = value
			case "data":
				if err := json.Unmarshal([]byte(value), &h.data.body); err != nil {
					w.t.Fatalf("%v in %s", err, value)
				}
			default:
				w.t.Fatalf("a line %q", scan.Text())
			}
		}
		return h, false
	}, cancel
}

// TestServerSentEvents follows stock and the log as a browser does, loses its line, and goes on from the last id.
func TestServerSentEvents(t *testing.T) {
	w := open(t)
	receive := func(units int) {
		w.do("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-M","quantity":"%d"}]}`, units)
	}
	read := func(next func() (happening, bool)) happening {
		t.Helper()
		for {
			h, more := next()
			if !more {
				t.Fatal("the stream ended")
			}
			if !h.comment {
				return h
			}
		}
	}

	t.Run("of stock", func(t *testing.T) {
		w := w.in(t)
		const path = "/v1/stock:watch?skus=SHIRT-M&locations=milan"
		next, leave := w.sse("staff", path, "")
		first := read(next)
		if first.name != "snapshot" || first.id == "" || first.data.get("snapshot.positions.0.level.available") != "2" || first.data.at("cursor") != first.id {
			t.Errorf("it begins with %+v", first)
		}
		receive(5)
		change := read(next)
		if change.name != "change" || change.data.get("change.positions.0.level.available") != "7" {
			t.Errorf("then %+v", change)
		}
		leave()
		receive(1)
		next, _ = w.sse("staff", path, change.id)
		if again := read(next); again.name != "change" || again.data.get("change.positions.0.level.available") != "8" {
			t.Errorf("after the last id: %+v", again)
		}
	})

	t.Run("of the log", func(t *testing.T) {
		w := w.in(t)
		next, leave := w.sse("staff", "/v1/events:stream?fromNow=true", "")
		beat, _ := next()
		if !beat.comment || beat.id == "" || beat.data.body != nil {
			t.Errorf("it begins with %+v", beat)
		}
		leave()
		receive(1)
		receive(1)
		next, _ = w.sse("staff", "/v1/events:stream?fromNow=true", beat.id)
		for range 2 {
			if h := read(next); h.name != "event" || h.data.get("event.kind") != "StockReceived" || h.id != h.data.get("event.cursor") {
				t.Errorf("after the last id: %+v", h)
			}
		}
	})

	t.Run("what is refused is refused as any call, and what breaks says why", func(t *testing.T) {
		w := w.in(t)
		other := w.another()
		next, _ := other.sse("staff", "/v1/stock:watch", "")
		read(next)
		if err := other.server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if end := read(next); end.name != "end" || fmt.Sprint(end.data.at("code")) != fmt.Sprint(int(codes.Unavailable)) || end.data.get("details.0.reason") != "UNAVAILABLE" {
			t.Errorf("it ended with %+v", end)
		}
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+w.server.HTTPAddr()+"/v1/stock:watch?skus=NONE", nil)
		req.Header.Set("Authorization", "Bearer "+secret("staff"))
		req.Header.Set("Accept", "text/event-stream")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound || resp.Header.Get("Content-Type") != "application/json" {
			t.Errorf("it is refused with %s, %s", resp.Status, resp.Header.Get("Content-Type"))
		}
	})
}
