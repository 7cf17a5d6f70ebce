package events_test

import (
	"context"
	"testing"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	"github.com/aisle-retail/aisle/services/events"
)

// eventually polls until a condition holds: for what another goroutine does in its own time.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatal("did not happen: " + what)
		case <-tick.C:
		}
	}
}

func TestStall(t *testing.T) {
	l := openLog(t, events.Config{WaitMax: 20 * time.Millisecond})
	engine := l.engine()
	l.receive(engine, "milan")
	before := l.listAll("")
	if len(before.GetEvents()) != 1 {
		t.Fatalf("before: %v", before)
	}
	writer := l.connect()
	exec := func(sql string) {
		t.Helper()
		if _, err := writer.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("begin")
	exec("select pg_current_xact_id()") // it has written, as far as anybody can know

	l.receive(engine, "milan")
	l.receive(engine, "milan")
	eventually(t, "the lag shows what is held up", func() bool {
		_ = l.list(&pb.ListEventsRequest{})
		behind, waiting := l.horizon.Lag()
		return behind == 2 && waiting > 0
	})
	held := l.list(&pb.ListEventsRequest{Cursor: before.GetNextCursor()})
	if len(held.GetEvents()) != 0 || held.GetEndReached() || held.GetNextCursor() != before.GetNextCursor() {
		t.Errorf("while a writer is open: %v", held)
	}
	_, earlier := l.horizon.Lag()
	if now := l.list(&pb.ListEventsRequest{FromNow: true}); now.GetNextCursor() != before.GetNextCursor() {
		t.Errorf("now is at %v, beyond what is closed", now)
	}
	if _, later := l.horizon.Lag(); later <= earlier {
		t.Errorf("the lag went from %v to %v while nothing moved", earlier, later)
	}

	exec("commit")
	after := l.listAll(before.GetNextCursor())
	if len(after.GetEvents()) != 2 || !after.GetEndReached() {
		t.Errorf("after it ended: %v", after)
	}
	if behind, waiting := l.horizon.Lag(); behind != 0 || waiting != 0 {
		t.Errorf("after it ended the lag is %d, %v", behind, waiting)
	}
}

// listAll lists until the end is reached.
func (l *log) listAll(cursor string) (answer *pb.ListEventsResponse) {
	l.t.Helper()
	eventually(l.t, "the end is reached", func() bool {
		answer = l.list(&pb.ListEventsRequest{Cursor: cursor, PageSize: 1000})
		return answer.GetEndReached()
	})
	return answer
}

// TestReports is that a read-only reader in a snapshot of its own holds nothing up, however long it stays.
func TestReports(t *testing.T) {
	l := openLog(t, events.Config{})
	reader := l.connect()
	for _, sql := range []string{"begin isolation level repeatable read read only", "select count(*) from events"} {
		if _, err := reader.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	l.receive(l.engine(), "milan")
	if page := l.list(&pb.ListEventsRequest{}); len(page.GetEvents()) != 1 || !page.GetEndReached() {
		t.Errorf("beside a report: %v", page)
	}
}
