package events

import (
	"context"
	"encoding/json"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	"github.com/aisle-retail/aisle/services/horizon"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// Limits of what one call reads.
const (
	// pageDefault is how many a page has where the request does not say.
	pageDefault = 100
	// readMax is how many events one statement returns.
	readMax = 200
	// windowMax is how many sequence numbers one statement looks at: a filter may let none of them pass, and the walk along the
	// index must end long before the database's own limit. 10,000 take some 10 ms.
	windowMax = 10_000
	// scanMax is how many sequence numbers one list looks at.
	scanMax = 20 * windowMax
	// pageBytesMax is the size of all bodies of a page, as they are stored; on the wire they grow to twice that at most, and
	// clients take 4 MiB. A single event may be larger.
	pageBytesMax = 1 << 20
	// waitMax is how long a list waits for the horizon before it answers with what is closed.
	waitMax = 2 * time.Second
)

// Reads is what the service reads outside the engine.
type Reads interface {
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	Channel(ctx context.Context, code string) (retail.Channel, bool, error)
	// EventsBetween returns events after one seq and up to another that pass the filter, by seq, at most so many.
	EventsBetween(ctx context.Context, after, upTo int64, filter ledger.LogFilter, limit int) ([]ledger.LoggedEvent, error)
}

// Server is aisle.events.v1.EventService.
type Server struct {
	pb.UnimplementedEventServiceServer
	reads   Reads
	horizon *horizon.Horizon
	config  Config
	// streams holds a place for each stream that is open.
	streams chan struct{}
	// life ends with Stop, and all streams with it.
	life context.Context
	end  context.CancelFunc
}

// New returns the service. The horizon must be running.
func New(reads Reads, horizon *horizon.Horizon, config Config) *Server {
	config = config.withDefaults()
	s := &Server{reads: reads, horizon: horizon, config: config, streams: make(chan struct{}, config.StreamsMax)}
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

// ListEvents returns a page of the log.
func (s *Server) ListEvents(ctx context.Context, req *pb.ListEventsRequest) (*pb.ListEventsResponse, error) {
	filter := ledger.LogFilter{Kinds: req.GetKinds(), Subject: req.GetSubject(), Shard: req.GetLocation()}
	if err := s.knowLocation(ctx, req.GetLocation()); err != nil {
		return nil, err
	}
	at, seen, err := s.begin(ctx, req.GetCursor(), req.GetFromNow())
	if err != nil {
		return nil, err
	}
	answer := &pb.ListEventsResponse{}
	size, scanned, room := page.Size(req.GetPageSize(), pageDefault), at+scanMax, pageBytesMax
	for len(answer.Events) < size && at < min(seen.Closed, scanned) && room > 0 {
		found, upTo, err := s.read(ctx, filter, at, seen.Closed, min(readMax, size-len(answer.Events)))
		if err != nil {
			return nil, err
		}
		for _, event := range found {
			if room -= len(event.Body.(json.RawMessage)); room < 0 && len(answer.Events) > 0 {
				upTo = at // the next page begins with this one
				break
			}
			one, err := eventTo(event)
			if err != nil {
				return nil, err
			}
			answer.Events, at = append(answer.Events, one), event.Seq
		}
		at = upTo
	}
	answer.NextCursor, answer.EndReached = cursorOf(at), seen.Fresh && at >= seen.Newest
	return answer, nil
}

// begin has the horizon look, and returns where a reader begins and how far it may read.
func (s *Server) begin(ctx context.Context, cursor string, fromNow bool) (at int64, seen horizon.View, err error) {
	if fromNow && cursor != "" {
		return 0, seen, retail.RefuseField(retail.InvalidRequest, "from_now", "cannot be asked for beside a cursor")
	}
	if at, err = seqOf(cursor); err != nil {
		return 0, seen, err
	}
	seen, err = s.horizon.Advance(ctx, s.config.WaitMax)
	switch {
	case err != nil:
		return 0, seen, err
	case fromNow && !seen.Fresh && seen.Closed == 0:
		// This process has not closed anything yet: to begin here would be to begin at the beginning.
		return 0, seen, ledger.ErrUnavailable
	case fromNow:
		return seen.Closed, seen, nil
	case seen.Fresh && at > seen.Closed:
		return 0, seen, retail.RefuseField(retail.InvalidRequest, "cursor",
			"lies beyond the end of the log, so that the log is not the one that it was of: begin anew")
	}
	return at, seen, nil
}

// read returns the next events after a seq, at most so many, and the seq up to which there are no others.
func (s *Server) read(
	ctx context.Context, filter ledger.LogFilter, after, closed int64, limit int,
) (found []ledger.LoggedEvent, upTo int64, err error) {
	upTo = min(closed, after+windowMax)
	found, err = s.reads.EventsBetween(ctx, after, upTo, filter, limit)
	if err != nil {
		return nil, upTo, err
	}
	if len(found) == limit {
		upTo = found[limit-1].Seq
	}
	found, err = s.visible(ctx, found)
	return found, upTo, err
}

func (s *Server) knowLocation(ctx context.Context, code string) error {
	if code == "" {
		return nil
	}
	_, found, err := s.reads.Location(ctx, code)
	if err == nil && !found {
		err = retail.RefuseField(retail.UnknownLocation, "location", "there is no location %s", code).With("location", code)
	}
	return err
}
