package stock

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

const (
	// bandsMax is how many positions are remembered to know what a watcher that sees no counts was told; beyond, it is told again.
	bandsMax = 100_000
	// partMax is how many positions one message has, some 60 KiB of them.
	partMax = 500
	// skusRead is how many SKUs one statement of a snapshot reads everywhere.
	skusRead = 20
	// resumeMax is how far behind a cursor may be, in sequence numbers, for the log to be cheaper to read than a snapshot.
	resumeMax = 200_000
	// readersMax is how many watchers read for themselves at once, for snapshots and to catch up. The others wait, so that those who
	// come back all at once after a restart leave connections to those who ask.
	readersMax = 4
	// waitMax is how long a watcher waits for the horizon at its beginning.
	waitMax = 2 * time.Second
)

// WatchReads is what watchers read.
type WatchReads interface {
	// ChannelNow returns a channel as it is, from no cache.
	ChannelNow(ctx context.Context, code string) (retail.Channel, bool, error)
	// EventsBetween returns events after one seq and up to another that pass the filter, by seq, at most so many.
	EventsBetween(ctx context.Context, after, upTo int64, filter ledger.LogFilter, limit int) ([]ledger.LoggedEvent, error)
	// BuffersNow returns the rules that there are of some SKUs at some places, and those of the places themselves, as they are.
	BuffersNow(ctx context.Context, skus, locations []string) ([]retail.BufferRules, error)
	// PositionsMoved returns the positions that acts with events after one seq and up to another moved, each with its version after
	// the last of them, in the order of their last events.
	PositionsMoved(ctx context.Context, after, upTo int64) ([]retail.Level, error)
	// LevelsAtVersions returns what positions counted at versions that they had.
	LevelsAtVersions(ctx context.Context, wanted []retail.Level) ([]retail.Level, error)
	// LevelsAtCut returns a page of positions as the acts left them whose events stand in the log up to a cut, which must be closed.
	LevelsAtCut(ctx context.Context, cut int64, q retail.LevelQuery) ([]retail.Level, error)
}

// Config says how long things may take and how many there may be; zero is the standard.
type Config struct {
	// Heartbeat is after how long a watcher to whom nothing was sent is sent a heartbeat; 15 s, below the minute after which proxies
	// take a connection for dead.
	Heartbeat time.Duration
	// WatchersMax is how many may watch at once; 2,000. A gateway carries its streams and its calls over one connection, which
	// takes 4,096 at once.
	WatchersMax int
	// QueueMax is how many batches of changes may wait for one watcher, one every 50 ms at most; 256.
	QueueMax int
}

func (c Config) withDefaults() Config {
	c.Heartbeat = cmp.Or(c.Heartbeat, 15*time.Second)
	c.WatchersMax = cmp.Or(c.WatchersMax, 2000)
	c.QueueMax = cmp.Or(c.QueueMax, 256)
	return c
}

// Stop ends all watchers, those that are there and those to come, with UNAVAILABLE. Calls go on.
func (s *Server) Stop() { s.end() }

// WatchStock sends what stands on the shelves and what changes, until the client leaves or the server stops.
func (s *Server) WatchStock(req *pb.WatchStockRequest, stream grpc.ServerStreamingServer[pb.WatchStockResponse]) error {
	select {
	case s.watchers <- struct{}{}:
		defer func() { <-s.watchers }()
	default:
		return ledger.ErrOverloaded
	}
	ctx, cancel := context.WithCancelCause(stream.Context())
	defer cancel(nil)
	defer context.AfterFunc(s.life, func() { cancel(ledger.ErrClosed) })()
	err := s.watch(ctx, req, stream)
	if cause := context.Cause(ctx); cause != nil {
		return cause // whatever it was about to say
	}
	return err
}

func (s *Server) watch(
	ctx context.Context, req *pb.WatchStockRequest, stream grpc.ServerStreamingServer[pb.WatchStockResponse],
) error {
	w := &watcher{Server: s, stream: stream, channel: req.GetChannel(), sent: time.Now()}
	if err := w.look(ctx, req); err != nil {
		return err
	}
	var err error
	if w.place, err = placeOf(req.GetCursor(), w.of); err != nil {
		return err
	}
	leave, err := w.begin(ctx, req.GetCursor() == "")
	if err != nil {
		return err
	}
	defer leave()
	for {
		for !w.place.done {
			if err := w.drain(ctx); err != nil {
				return err
			}
			if err := w.page(ctx); err != nil {
				return err
			}
		}
		if err := w.next(ctx); err != nil {
			return err
		}
	}
}

// watcher is one stream on its way. What it sent is what the books come to at its place.
type watcher struct {
	*Server
	stream grpc.ServerStreamingServer[pb.WatchStockResponse]
	// channel is the code of the one that asks; "": none.
	channel string
	// of tells cursors of this watch from those of others.
	of     uint64
	filter filter
	// shows is how exactly the caller may see stock, and bands what it was told last where it sees no counts: it is told of
	// a position again only when that changes, or it would see every movement.
	shows retail.Exposure
	bands map[retail.Key]pb.StockBand
	queue *queue
	place place
	sent  time.Time
}

// filter is what a watcher wants to see.
type filter struct {
	// skus and locations are sorted; none: all.
	skus, locations []string
	// channel is the one that asks, as it is; without a code: none.
	channel retail.Channel
}

// look reads what is wanted, and refuses what there is not.
func (w *watcher) look(ctx context.Context, req *pb.WatchStockRequest) error {
	w.filter.skus, w.filter.locations = slices.Sorted(slices.Values(req.GetSkus())), slices.Sorted(slices.Values(req.GetLocations()))
	w.of = watchOf(w.filter.skus, w.filter.locations, w.channel)
	for i, location := range req.GetLocations() {
		if _, err := trade.Place(ctx, w.reads, location, fmt.Sprintf("locations[%d]", i)); err != nil {
			return err
		}
	}
	if err := trade.KnowSKUs(ctx, w.reads, w.filter.skus, trade.Within("skus")); err != nil {
		return err
	}
	return w.lookAtChannel(ctx)
}

// lookAtChannel reads the channel as it is.
func (w *watcher) lookAtChannel(ctx context.Context) error {
	if w.channel == "" {
		return nil
	}
	channel, found, err := w.reads.ChannelNow(ctx, w.channel)
	if err == nil && !found {
		err = retail.RefuseField(retail.UnknownChannel, "channel", "there is no channel %s", w.channel).With("channel", w.channel)
	}
	w.filter.channel, w.shows, w.bands = channel, trade.Shows(ctx, channel), map[retail.Key]pb.StockBand{}
	return err
}

// passes tells whether a position is wanted.
func (f *filter) passes(l *retail.Level) bool {
	return among(f.skus, l.SKU) && among(f.locations, l.Location) && f.channel.Promises(l.Location)
}

// among tells whether a sorted list has a code, or is of all codes.
func among(sorted []string, code string) bool {
	if len(sorted) == 0 {
		return true
	}
	_, found := slices.BinarySearch(sorted, code)
	return found
}

// places are the locations whose stock a snapshot reads, sorted; none: all.
func (f *filter) places() []string {
	if len(f.locations) > 0 || len(f.channel.Locations) == 0 {
		return f.locations
	}
	return slices.Sorted(slices.Values(f.channel.Locations))
}

// begin joins the feed. A new watcher begins where the feed is; one that comes back is told what it missed up to there.
func (w *watcher) begin(ctx context.Context, anew bool) (leave func(), err error) {
	var at int64
	if w.queue, at, leave, err = w.feed.join(ctx, w.config.QueueMax); err != nil {
		return nil, err
	}
	switch {
	case anew || at-w.place.at > resumeMax:
		w.place = place{at: at, fresh: true}
	case w.place.at > at:
		err = w.beyond(ctx)
	default:
		err = w.catchUp(ctx, at)
	}
	if err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

// enter waits until the watcher may read for itself.
func (s *Server) enter(ctx context.Context) error {
	select {
	case s.readers <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *Server) exit() { <-s.readers }

// beyond checks a cursor that is ahead of the feed: another process may be a moment ahead, but not a whole look at the log.
func (w *watcher) beyond(ctx context.Context) error {
	seen, err := w.feed.horizon.Advance(ctx, waitMax)
	if err == nil && seen.Fresh && w.place.at > seen.Closed {
		err = retail.RefuseField(retail.InvalidRequest, "cursor",
			"lies beyond the end of the log, so that the log is not the one that it was of: begin anew")
	}
	return err
}

// catchUp sends what changed since the watcher's place up to another.
func (w *watcher) catchUp(ctx context.Context, at int64) error {
	for w.place.at < at {
		if err := w.enter(ctx); err != nil {
			return err
		}
		b, err := gather(ctx, w.reads, w.place.at, at)
		w.exit() // before anything is sent: a client that does not read must not keep others from reading
		if err != nil {
			return err
		}
		if err := w.take(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// drain takes what has come, and waits for nothing.
func (w *watcher) drain(ctx context.Context) error {
	for {
		select {
		case b := <-w.queue.batches:
			if err := w.take(ctx, b); err != nil {
				return err
			}
		case <-w.queue.over:
			return w.queue.why
		case <-ctx.Done():
			return context.Cause(ctx)
		default:
			return nil
		}
	}
}

// next waits for a batch and takes it, or sends a heartbeat where none comes.
func (w *watcher) next(ctx context.Context) error {
	timer := time.NewTimer(w.config.Heartbeat - time.Since(w.sent))
	defer timer.Stop()
	select {
	case b := <-w.queue.batches:
		return w.take(ctx, b)
	case <-w.queue.over:
		return w.queue.why
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return w.send(&pb.WatchStockResponse{})
	}
}

// take sends what a batch changed of what was sent before. The rest of it comes with the snapshot. The new cursor stands in the last
// message only, so that whoever goes on from the middle is sent all of it.
func (w *watcher) take(ctx context.Context, b *batch) error {
	if b.upTo <= w.place.at {
		return nil
	}
	changed, buffers := b.levels, retail.Buffers{}
	if w.channel != "" {
		changed, buffers = append(slices.Clip(changed), b.kept...), retail.NewBuffers(w.filter.channel, b.rules)
	}
	var positions []*pb.WatchedPosition
	for i := range changed {
		level := &changed[i]
		if !w.filter.passes(level) || !w.place.includes(level, len(w.filter.skus) > 0) {
			continue
		}
		shown := w.show(*level, buffers)
		if shown == nil {
			continue
		}
		if len(positions) == partMax {
			if err := w.send(&pb.WatchStockResponse{Change: &pb.StockChanges{Positions: positions}}); err != nil {
				return err
			}
			positions = nil
		}
		positions = append(positions, shown)
	}
	w.place.at = b.upTo
	if len(positions) > 0 {
		if err := w.send(&pb.WatchStockResponse{Change: &pb.StockChanges{Positions: positions}}); err != nil {
			return err
		}
	}
	if w.channel == "" || !slices.ContainsFunc(b.terms, w.concerns) {
		return nil
	}
	w.place = place{at: w.place.at, fresh: true} // by the new terms, everything may be another number
	return w.lookAtChannel(ctx)
}

// concerns tells whether new terms are of the watcher's channel, or of a place that it sees.
func (w *watcher) concerns(subject string) bool {
	location, ofPlace := strings.CutPrefix(subject, buffersOf)
	if !ofPlace {
		return subject == "channel/"+w.channel
	}
	return among(w.filter.locations, strings.TrimSuffix(location, "/")) && w.filter.channel.Promises(strings.TrimSuffix(location, "/"))
}

// page sends the next part of the snapshot, as the shelves were at the watcher's place.
func (w *watcher) page(ctx context.Context) error {
	levels, to, err := w.readPage(ctx)
	if err != nil {
		return err
	}
	buffers := retail.Buffers{} // where there is no channel nothing is kept back
	if w.channel != "" {
		rules, err := rulesOf(ctx, w.reads, levels)
		if err != nil {
			return err
		}
		buffers = retail.NewBuffers(w.filter.channel, rules)
	}
	var positions []*pb.WatchedPosition
	for _, level := range levels {
		if len(positions) == partMax {
			if err := w.sendPart(positions, false); err != nil {
				return err
			}
			positions = nil
		}
		if shown := w.show(level, buffers); shown != nil {
			positions = append(positions, shown)
		}
	}
	w.place.mark, w.place.done = to.mark, to.done
	if len(positions) == 0 && !w.place.done {
		return nil
	}
	return w.sendPart(positions, w.place.done)
}

// readPage reads what the snapshot has next, and where it is then.
func (w *watcher) readPage(ctx context.Context) (levels []retail.Level, to place, err error) {
	q, next := w.place.query(w.filter.skus, w.filter.places())
	if q.Limit > 0 {
		if err := w.enter(ctx); err != nil {
			return nil, to, err
		}
		levels, err = w.reads.LevelsAtCut(ctx, w.place.at, q)
		w.exit()
		if err != nil {
			return nil, to, err
		}
	}
	to = next(levels)
	named := len(w.filter.skus) > 0 && len(w.filter.locations) > 0 // a place that never had a SKU answers with zeros
	return slices.DeleteFunc(levels, func(l retail.Level) bool {
		return (l.Version == 0 && !named) || !w.filter.passes(&l)
	}), to, nil
}

func (w *watcher) sendPart(positions []*pb.WatchedPosition, last bool) error {
	first := w.place.fresh
	w.place.fresh = false
	return w.send(&pb.WatchStockResponse{Snapshot: &pb.StockSnapshot{Positions: positions, First: first, Last: last}})
}

// show is a position as the watcher may see it; nil where that is what it was told before.
func (w *watcher) show(level retail.Level, buffers retail.Buffers) *pb.WatchedPosition {
	shown := levelTo(level, buffers.Sellable(level), w.shows)
	if w.shows.Counts() {
		return &pb.WatchedPosition{Level: shown, Version: level.Version}
	}
	if before, told := w.bands[level.Key()]; told && before == shown.GetBand() {
		return nil
	}
	if len(w.bands) >= bandsMax {
		clear(w.bands)
	}
	w.bands[level.Key()] = shown.GetBand()
	return &pb.WatchedPosition{Level: shown}
}

func (w *watcher) send(message *pb.WatchStockResponse) error {
	w.sent = time.Now()
	message.Cursor = cursorOf(w.place, w.of)
	err := w.stream.Send(message)
	if code := status.Code(err); code == codes.Unavailable || code == codes.Canceled {
		return fmt.Errorf("%w: %w", ledger.ErrUnavailable, err) // the connection is gone, and nobody will read this
	}
	return err
}
