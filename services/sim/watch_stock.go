package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// stockWatcher follows what stands on the shelves, through streams that break, and goes on from its cursor at any server.
type stockWatcher struct {
	rand   *rand.Rand
	doors  []*grpc.ClientConn
	secret string
	cursor string
	// seen is everything that it was told, and last what it was told last of each position.
	seen []watched
	last map[auditor.Position]auditor.Level
	// wrong is what must not be: a version that went back.
	wrong []string
}

// watched is a position as a watcher was told it.
type watched struct {
	auditor.Position
	level auditor.Level
}

// follow follows until the context ends.
func (w *stockWatcher) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if w.watch(ctx, 1+w.rand.IntN(100), func() bool { return false }) != nil {
			wait(ctx, restBetween)
		}
	}
}

// watch follows one stream for so many messages, or until something is so.
func (w *stockWatcher) watch(ctx context.Context, messages int, until func() bool) error {
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+w.secret))
	defer cancel()
	service := stockpb.NewStockServiceClient(w.doors[w.rand.IntN(len(w.doors))])
	stream, err := service.WatchStock(ctx, &stockpb.WatchStockRequest{Cursor: w.cursor})
	for range messages {
		if err != nil || until() {
			break
		}
		var message *stockpb.WatchStockResponse
		if message, err = stream.Recv(); err == nil {
			w.take(message)
		}
	}
	return err
}

func (w *stockWatcher) take(message *stockpb.WatchStockResponse) {
	w.cursor = message.GetCursor()
	for _, p := range append(message.GetSnapshot().GetPositions(), message.GetChange().GetPositions()...) {
		at := auditor.Position{Location: p.GetLevel().GetLocation(), SKU: p.GetLevel().GetSku()}
		level := levelOf(p.GetLevel())
		level.Version = p.GetVersion()
		if before := w.last[at]; level.Version < before.Version {
			w.wrong = append(w.wrong, fmt.Sprintf("%s at %s went from version %d back to %d", at.SKU, at.Location, before.Version, level.Version))
		}
		w.seen, w.last[at] = append(w.seen, watched{at, level}), level
	}
}

// catchUp reads on until it knows what the service says of every position. To be called when everybody has gone home and the servers
// are well. It fails where that does not come.
func (w *stockWatcher) catchUp(ctx context.Context, shop auditor.Shop) error {
	ctx, cancel := context.WithTimeout(ctx, settleMax)
	defer cancel()
	var skus []string
	for _, item := range shop.Items {
		skus = append(skus, item.SKU)
	}
	asking := metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+w.secret)
	different := ""
	for ctx.Err() == nil {
		now, err := stockpb.NewStockServiceClient(w.doors[0]).GetAvailability(asking, &stockpb.GetAvailabilityRequest{Skus: skus})
		if err != nil {
			return err
		}
		knows := func() bool {
			for _, level := range now.GetLevels() {
				at, said := auditor.Position{Location: level.GetLocation(), SKU: level.GetSku()}, levelOf(level)
				known := w.last[at]
				if known.Version = 0; known != said {
					different = fmt.Sprintf("%s at %s is %+v, and it knows %+v", at.SKU, at.Location, said, known)
					return false
				}
			}
			return true
		}
		if knows() {
			return nil
		}
		reading, stop := context.WithTimeout(ctx, time.Second) // a hold may expire meanwhile, and then another look is due
		_ = w.watch(reading, 1000, knows)
		stop()
		if knows() {
			return nil
		}
	}
	return fmt.Errorf("a watcher of the stock does not come to what is there: %s", different)
}

// auditWatchedStock holds everything that a watcher was told against the books folded forwards.
func auditWatchedStock(w *stockWatcher, books *auditor.Books) (found []auditor.Finding) {
	for _, text := range w.wrong {
		found = append(found, auditor.Finding{Rule: "a watcher is told an older version after a newer one", Text: text})
	}
	levels := map[auditor.Position][]auditor.Level{} // by version
	for position, entries := range entriesOf(books) {
		level := auditor.Level{}
		levels[position] = append(levels[position], level)
		for _, entry := range entries {
			level = fold(level, entry.Entry)
			level.Version = entry.Version
			levels[position] = append(levels[position], level)
		}
	}
	for _, told := range w.seen {
		all := levels[told.Position]
		if v := told.level.Version; v == 0 && told.level == (auditor.Level{}) || v < int64(len(all)) && all[v] == told.level {
			continue
		}
		found = append(found, auditor.Finding{
			Rule:     "a watcher is told what never was",
			Text:     fmt.Sprintf("%s at %s: %+v", told.SKU, told.Location, told.level),
			Subjects: []string{"position/" + told.Location + "/" + told.SKU},
		})
	}
	return found
}
