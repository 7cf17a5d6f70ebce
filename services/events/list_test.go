package events_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/testing/protocmp"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	"github.com/aisle-retail/aisle/services/events"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// raw writes events as the owner of the database, so that they say what a test wants.
func (l *log) raw(values string, args ...any) {
	l.t.Helper()
	if _, err := l.connect().Exec(l.t.Context(), `insert into events (shard, kind, subject, version, transaction_id, recorded_at, body, seal) `+
		values, args...); err != nil {
		l.t.Fatal(err)
	}
}

func cursors(all []*pb.Event) (cursors []string) {
	for _, event := range all {
		cursors = append(cursors, event.GetCursor())
	}
	return cursors
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	refusal := (*retail.Refusal)(nil)
	if !errors.As(err, &refusal) || refusal.Reason != retail.InvalidRequest || refusal.Field != field {
		t.Errorf("%v, want INVALID_REQUEST of %s", err, field)
	}
}

func TestList(t *testing.T) {
	l := openLog(t, events.Config{})
	if empty := l.list(&pb.ListEventsRequest{}); len(empty.GetEvents()) != 0 || !empty.GetEndReached() || empty.GetNextCursor() == "" {
		t.Errorf("an empty log: %v", empty)
	}
	beginning := l.list(&pb.ListEventsRequest{FromNow: true}).GetNextCursor()
	engine := l.engine()
	for n := range 12 {
		l.receive(engine, []string{"milan", "rome"}[n%2])
		if err := putChannel(t.Context(), engine, n%3); err != nil {
			t.Fatal(err)
		}
	}
	all := l.list(&pb.ListEventsRequest{})
	if len(all.GetEvents()) != 24 || !all.GetEndReached() {
		t.Fatalf("%d events, end %v", len(all.GetEvents()), all.GetEndReached())
	}

	t.Run("from now on an empty log is from its beginning", func(t *testing.T) {
		if diff := cmp.Diff(all, l.list(&pb.ListEventsRequest{Cursor: beginning}), protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("goes on from every cursor with exactly the rest, in pages of any size", func(t *testing.T) {
		for at, event := range all.GetEvents() {
			for _, size := range []int32{1, 5, 1000} {
				var rest []*pb.Event
				for cursor, end := event.GetCursor(), false; !end; {
					page := l.list(&pb.ListEventsRequest{Cursor: cursor, PageSize: size})
					if len(page.GetEvents()) > int(size) {
						t.Fatalf("%d events on a page of %d", len(page.GetEvents()), size)
					}
					rest, cursor, end = append(rest, page.GetEvents()...), page.GetNextCursor(), page.GetEndReached()
				}
				if diff := cmp.Diff(all.GetEvents()[at+1:], rest, protocmp.Transform()); diff != "" && at+1 < len(all.GetEvents()) {
					t.Fatalf("from event %d in pages of %d (-want +got):\n%s", at, size, diff)
				}
			}
		}
	})

	t.Run("an event says what happened", func(t *testing.T) {
		first := all.GetEvents()[0]
		fields := first.GetBody().GetFields()
		line := fields["lines"].GetListValue().GetValues()[0].GetStructValue().GetFields()
		if first.GetKind() != "StockReceived" || first.GetVersion() != 1 || first.GetSubject() != "transaction/"+first.GetTransaction() ||
			time.Since(first.GetRecordedAt().AsTime()) > time.Minute || fields["location"].GetStringValue() != "milan" ||
			line["sku"].GetStringValue() != "RED-42" || line["quantity"].GetNumberValue() != 1 {
			t.Errorf("%v", first)
		}
	})

	t.Run("filters by kind, by subject and by location, and still moves on", func(t *testing.T) {
		for _, c := range []struct {
			req  *pb.ListEventsRequest
			want int
		}{
			{&pb.ListEventsRequest{Kinds: []string{"StockReceived"}}, 12},
			{&pb.ListEventsRequest{Kinds: []string{"StockReceived", "ChannelPut"}}, 24},
			{&pb.ListEventsRequest{Subject: all.GetEvents()[1].GetSubject()}, 4},
			{&pb.ListEventsRequest{Subject: all.GetEvents()[1].GetSubject(), Kinds: []string{"StockReceived"}}, 0},
			{&pb.ListEventsRequest{Kinds: []string{"Nothing"}}, 0},
		} {
			page := l.list(c.req)
			if len(page.GetEvents()) != c.want || !page.GetEndReached() || page.GetNextCursor() != all.GetNextCursor() {
				t.Errorf("%v: %d events, end %v", c.req, len(page.GetEvents()), page.GetEndReached())
			}
		}
	})

	t.Run("refuses a cursor that no answer gave", func(t *testing.T) {
		good := all.GetNextCursor()
		for _, bad := range []string{"x", good[1:], good + "A", strings.ToLower(good), "eyJTZXEiOjV9", good[:8] + "AAAA" + good[12:]} {
			_, err := l.ListEvents(t.Context(), &pb.ListEventsRequest{Cursor: bad})
			wantField(t, err, "cursor")
		}
		_, err := l.ListEvents(t.Context(), &pb.ListEventsRequest{Cursor: events.CursorOf(1 << 40)})
		wantField(t, err, "cursor") // of another log
		_, err = l.ListEvents(t.Context(), &pb.ListEventsRequest{Cursor: good, FromNow: true})
		wantField(t, err, "from_now")
		_, err = l.ListEvents(t.Context(), &pb.ListEventsRequest{Location: "nowhere"})
		if refusal := (*retail.Refusal)(nil); !errors.As(err, &refusal) || refusal.Reason != retail.UnknownLocation {
			t.Errorf("nowhere: %v", err)
		}
	})
}

// TestLongLog has more in it than one statement, one page or one list looks at.
func TestLongLog(t *testing.T) {
	l := openLog(t, events.Config{})
	l.raw(`select 'x', case when n in (1, 15000, 250000) then 'Rare' else 'Often' end, 's', n, gen_random_uuid(), now(),
		convert_to('{"n": ' || n || '}', 'UTF8'), 0 from generate_series(1, 250000) n`)
	var found []*pb.Event
	pages := 0
	for cursor, end := "", false; !end; pages++ {
		page := l.list(&pb.ListEventsRequest{Cursor: cursor, Kinds: []string{"Rare"}})
		found, cursor, end = append(found, page.GetEvents()...), page.GetNextCursor(), page.GetEndReached()
	}
	if len(found) != 3 || pages != 2 {
		t.Errorf("found %v in %d pages", cursors(found), pages)
	}

	t.Run("a page is cut before it gets too large, and one large event still passes", func(t *testing.T) {
		start := l.list(&pb.ListEventsRequest{FromNow: true}).GetNextCursor()
		for n, size := range []int{3 << 20, 400 << 10, 400 << 10, 400 << 10} {
			l.raw(`values ('y', 'Large', 'large', $1, gen_random_uuid(), now(), convert_to('{"x": "' || repeat('x', $2::int4) || '"}', 'UTF8'), 0)`,
				n+1, size)
		}
		var sizes []int
		for cursor, end := start, false; !end; {
			page := l.list(&pb.ListEventsRequest{Cursor: cursor})
			sizes, cursor, end = append(sizes, len(page.GetEvents())), page.GetNextCursor(), page.GetEndReached()
		}
		if diff := cmp.Diff([]int{1, 2, 1}, sizes); diff != "" {
			t.Errorf("events per page (-want +got):\n%s", diff)
		}
	})

	t.Run("numbers that JSON readers would round are text", func(t *testing.T) {
		start := l.list(&pb.ListEventsRequest{FromNow: true}).GetNextCursor()
		l.raw(`values ('z', 'Exact', 'z', 1, gen_random_uuid(), now(),
			convert_to('{"a": 9007199254740992, "b": [{"c": -9007199254740993}], "d": null, "e": true}', 'UTF8'), 0)`)
		body := l.list(&pb.ListEventsRequest{Cursor: start}).GetEvents()[0].GetBody()
		want := map[string]any{"a": float64(1 << 53), "b": []any{map[string]any{"c": "-9007199254740993"}}, "d": nil, "e": true}
		if diff := cmp.Diff(want, body.AsMap()); diff != "" {
			t.Errorf("body (-want +got):\n%s", diff)
		}
	})
}

// fakeStream takes what a stream sends.
type fakeStream struct {
	grpc.ServerStream
	ctx  context.Context
	sent chan *pb.StreamEventsResponse
}

func (f *fakeStream) Context() context.Context { return f.ctx }

func (f *fakeStream) Send(m *pb.StreamEventsResponse) error {
	select {
	case f.sent <- m:
		return nil
	case <-f.ctx.Done():
		return f.ctx.Err()
	}
}

// stream opens a stream; how it ended is in the channel.
func (l *log) stream(ctx context.Context, req *pb.StreamEventsRequest) (*fakeStream, chan error) {
	f, ended := &fakeStream{ctx: ctx, sent: make(chan *pb.StreamEventsResponse)}, make(chan error, 1)
	go func() { ended <- l.StreamEvents(req, f) }()
	return f, ended
}

func TestStream(t *testing.T) {
	l := openLog(t, events.Config{Heartbeat: 100 * time.Millisecond, StreamsMax: 2})
	engine := l.engine()
	l.receive(engine, "milan")
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	f, ended := l.stream(ctx, &pb.StreamEventsRequest{})
	first := <-f.sent
	if first.GetEvent().GetKind() != "StockReceived" || first.GetCursor() != first.GetEvent().GetCursor() {
		t.Errorf("first %v", first)
	}
	if beat := <-f.sent; beat.GetEvent() != nil || beat.GetCursor() != first.GetCursor() {
		t.Errorf("all was sent, and then came %v", beat)
	}

	t.Run("begins now with a cursor, and sends what happens, and nothing before", func(t *testing.T) {
		g, gone := l.stream(ctx, &pb.StreamEventsRequest{FromNow: true, Kinds: []string{"ChannelPut"}})
		if beat := <-g.sent; beat.GetEvent() != nil || beat.GetCursor() != first.GetCursor() {
			t.Errorf("began with %v", beat)
		}
		if err := l.overloaded(); !errors.Is(err, ledger.ErrOverloaded) {
			t.Errorf("a third stream of two: %v", err)
		}
		l.receive(engine, "milan") // does not pass the filter
		passed := ""
		for passed == "" || passed == first.GetCursor() {
			passed = (<-g.sent).GetCursor()
		}
		if err := putChannel(t.Context(), engine, 1); err != nil {
			t.Fatal(err)
		}
		for {
			if m := <-g.sent; m.GetEvent() != nil {
				if m.GetEvent().GetKind() != "ChannelPut" {
					t.Errorf("got %v", m)
				}
				break
			}
		}
		l.Stop()
		if err := <-gone; !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("a stream of a server that stops ended with %v", err)
		}
	})
	var err error
	for err == nil { // it was ended too, with messages on their way
		select {
		case <-f.sent:
		case err = <-ended:
		}
	}
	if !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("ended with %v", err)
	}
	if page := l.list(&pb.ListEventsRequest{}); len(page.GetEvents()) != 3 {
		t.Errorf("lists go on: %v", page)
	}
}

// overloaded opens one stream too many.
func (l *log) overloaded() error {
	_, ended := l.stream(l.t.Context(), &pb.StreamEventsRequest{})
	return <-ended
}

// TestStreamAlong has streams follow a log that is being written, each broken off again and again.
func TestStreamAlong(t *testing.T) {
	const all = 300
	l := openLog(t, events.Config{})
	engine := l.engine()
	var working sync.WaitGroup
	for w := range 6 {
		working.Go(func() {
			for n := range all / 6 {
				if err := putChannel(t.Context(), engine, (w+n)%5); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen := newTally()
	for cursor := ""; len(seen.seen) < all && !t.Failed(); {
		ctx, leave := context.WithCancel(t.Context())
		f, ended := l.stream(ctx, &pb.StreamEventsRequest{Cursor: cursor})
		for range 37 {
			m := <-f.sent
			if cursor = m.GetCursor(); m.GetEvent() != nil {
				seen.note(m.GetEvent().GetSubject(), m.GetEvent().GetVersion())
			}
			if len(seen.seen) == all {
				break
			}
		}
		leave()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("broken off with %v", err)
		}
	}
	working.Wait()
	if seen.inverted+seen.missed+seen.twice != 0 {
		t.Errorf("%d inverted, %d after a gap, %d twice: %s", seen.inverted, seen.missed, seen.twice, fmt.Sprint(seen.versions))
	}
}
