package sim

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	eventspb "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// watcher follows the event log from its beginning, through streams that break, and goes on from its cursor at any server.
type watcher struct {
	rand   *rand.Rand
	doors  []*grpc.ClientConn
	secret string
	cursor string
	seen   []*eventspb.Event
}

// follow follows until the context ends.
func (w *watcher) follow(ctx context.Context) {
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+w.secret)
	for ctx.Err() == nil {
		service := eventspb.NewEventServiceClient(w.doors[w.rand.IntN(len(w.doors))])
		var err error
		if w.rand.IntN(2) == 0 {
			err = w.stream(ctx, service)
		} else {
			_, err = w.page(ctx, service)
		}
		if err != nil {
			select {
			case <-time.After(restBetween):
			case <-ctx.Done():
			}
		}
	}
}

// stream follows a stream for a while.
func (w *watcher) stream(ctx context.Context, service eventspb.EventServiceClient) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := service.StreamEvents(ctx, &eventspb.StreamEventsRequest{Cursor: w.cursor})
	if err != nil {
		return err
	}
	for range 1 + w.rand.IntN(200) {
		message, err := stream.Recv()
		if err != nil {
			return err
		}
		w.take(message.GetEvent(), message.GetCursor())
	}
	return nil
}

// page reads one page, and tells whether it was the last.
func (w *watcher) page(ctx context.Context, service eventspb.EventServiceClient) (last bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, err := service.ListEvents(ctx, &eventspb.ListEventsRequest{Cursor: w.cursor, PageSize: int32(1 + w.rand.IntN(200))})
	if err != nil {
		return false, err
	}
	for _, event := range answer.GetEvents() {
		w.take(event, event.GetCursor())
	}
	w.cursor = answer.GetNextCursor()
	return answer.GetEndReached(), nil
}

func (w *watcher) take(event *eventspb.Event, cursor string) {
	w.cursor = cursor
	if event != nil {
		w.seen = append(w.seen, event)
	}
}

// catchUp reads on until it has seen so many events, which are there. To be called when everybody has gone home and the servers
// are well. It fails where they do not come.
func (w *watcher) catchUp(ctx context.Context, events int) error {
	ctx, cancel := context.WithTimeout(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+w.secret), settleMax)
	defer cancel()
	for len(w.seen) < events {
		last, err := w.page(ctx, eventspb.NewEventServiceClient(w.doors[0]))
		if err != nil {
			return fmt.Errorf("a watcher saw %d events of %d: %w", len(w.seen), events, err)
		}
		if last {
			wait(ctx, restBetween)
		}
	}
	return nil
}

// auditWatch holds what a watcher saw against the log as it is: each event once, none missing, in the order of seq. The log may
// go on after the watcher left.
func auditWatch(w *watcher, books *auditor.Books) (found []auditor.Finding) {
	log := logOf(books)
	for i, event := range w.seen {
		saw := fmt.Sprintf("%s %s version %d", event.GetKind(), event.GetSubject(), event.GetVersion())
		if i >= len(log) {
			return append(found, auditor.Finding{Rule: "a watcher sees what is not in the log", Text: saw, Subjects: []string{event.GetSubject()}})
		}
		if event.GetKind() != log[i].Kind || event.GetSubject() != log[i].Subject || event.GetVersion() != log[i].Version {
			return append(found, auditor.Finding{
				Rule:     "a watcher misses an event",
				Text:     fmt.Sprintf("as number %d of the log a watcher saw %s; the log has %s %s version %d", i+1, saw, log[i].Kind, log[i].Subject, log[i].Version),
				Subjects: []string{log[i].Subject, event.GetSubject()},
			})
		}
	}
	return nil
}

// logOf is the event log in the order of seq.
func logOf(books *auditor.Books) (log []auditor.Event) {
	for _, act := range slices.Concat(books.Acts, books.Demands) {
		log = append(log, act.Events...)
	}
	slices.SortFunc(log, func(a, b auditor.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	return log
}
