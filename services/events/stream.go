package events

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	"github.com/aisle-retail/aisle/services/ledger"
)

// Config says how long things may take and how many there may be; zero is the standard.
type Config struct {
	// Heartbeat is after how long a stream that has nothing to send sends a heartbeat; 15 s, below the minute after which
	// proxies take a connection for dead.
	Heartbeat time.Duration
	// WaitMax is how long a call waits for the horizon; 2 s.
	WaitMax time.Duration
	// StreamsMax is how many streams may be open at once; 1,000. A gateway carries its streams and its calls over one
	// connection, which takes 4,096 at once.
	StreamsMax int
}

func (c Config) withDefaults() Config {
	if c.Heartbeat == 0 {
		c.Heartbeat = 15 * time.Second
	}
	if c.WaitMax == 0 {
		c.WaitMax = waitMax
	}
	if c.StreamsMax == 0 {
		c.StreamsMax = 1000
	}
	return c
}

// Stop ends all streams, open ones and those to come, with UNAVAILABLE. Lists go on. A stream whose client does not read what was
// sent is cut off only with its connection.
func (s *Server) Stop() { s.end() }

// StreamEvents follows the log until the client leaves or the server stops.
func (s *Server) StreamEvents(req *pb.StreamEventsRequest, stream grpc.ServerStreamingServer[pb.StreamEventsResponse]) error {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		return ledger.ErrOverloaded
	}
	ctx, cancel := context.WithCancelCause(stream.Context())
	defer cancel(nil)
	defer context.AfterFunc(s.life, func() { cancel(ledger.ErrClosed) })()
	err := s.follow(ctx, req, stream)
	if cause := context.Cause(ctx); cause != nil {
		return cause // whatever it was about to say
	}
	return err
}

func (s *Server) follow(
	ctx context.Context, req *pb.StreamEventsRequest, stream grpc.ServerStreamingServer[pb.StreamEventsResponse],
) error {
	if err := s.knowLocation(ctx, req.GetLocation()); err != nil {
		return err
	}
	defer s.horizon.Listen()()
	at, seen, err := s.begin(ctx, req.GetCursor(), req.GetFromNow())
	if err != nil {
		return err
	}
	f := &follower{
		Server: s, stream: stream, at: at, sent: time.Now(),
		filter: ledger.LogFilter{Kinds: req.GetKinds(), Subject: req.GetSubject(), Shard: req.GetLocation()},
	}
	for caughtUp := false; ; {
		if err := f.sendUpTo(ctx, seen.Closed); err != nil {
			return err
		}
		// The first heartbeat says at once that all was sent: who begins now has no cursor until then.
		if !caughtUp {
			if err := f.beat(); err != nil {
				return err
			}
			caughtUp = true
		}
		if seen, err = s.horizon.Beyond(ctx, f.at, s.config.Heartbeat-time.Since(f.sent)); err != nil {
			return err
		}
		if seen.Closed <= f.at {
			if err := f.beat(); err != nil {
				return err
			}
		}
	}
}

// follower is one stream on its way.
type follower struct {
	*Server
	stream grpc.ServerStreamingServer[pb.StreamEventsResponse]
	filter ledger.LogFilter
	// at is the seq up to which everything was sent or did not pass the filter; sent is when something was sent last.
	at   int64
	sent time.Time
}

// sendUpTo sends what is closed, with heartbeats where the filter lets nothing pass for long.
func (f *follower) sendUpTo(ctx context.Context, closed int64) error {
	for f.at < closed {
		found, upTo, err := f.read(ctx, f.filter, f.at, closed, readMax)
		if err != nil {
			return err
		}
		for _, event := range found {
			one, err := eventTo(event)
			if err != nil {
				return err
			}
			if err := f.send(&pb.StreamEventsResponse{Event: one, Cursor: one.GetCursor()}); err != nil {
				return err
			}
		}
		f.at = upTo
		if time.Since(f.sent) >= f.config.Heartbeat {
			if err := f.beat(); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func (f *follower) beat() error { return f.send(&pb.StreamEventsResponse{Cursor: cursorOf(f.at)}) }

func (f *follower) send(message *pb.StreamEventsResponse) error {
	f.sent = time.Now()
	err := f.stream.Send(message)
	if code := status.Code(err); code == codes.Unavailable || code == codes.Canceled {
		return fmt.Errorf("%w: %w", ledger.ErrUnavailable, err) // the connection is gone, and nobody will read this
	}
	return err
}
