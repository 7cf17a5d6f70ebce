package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// Explanations that are asked for when everybody has gone home.
const (
	// momentsAsked is how many moments of the run are asked about, by each clock.
	momentsAsked = 5
	// explainPage is how many movements or positions a page has: few, so that there are many pages.
	explainPage = 37
)

// explained is what the service said of every number in the end: why it is what it is, and what it was at some moments.
type explained struct {
	movements map[auditor.Position][]*stockpb.StockMovement
	moments   []moment
}

// moment is what stood on the shelves at a time, by one of the clocks.
type moment struct {
	at     time.Time
	clock  stockpb.StockClock
	levels map[auditor.Position]auditor.Level
}

// explain asks. Holds may still expire meanwhile, and move what was explained already; no version that was explained changes.
func (r *simulation) explain(ctx context.Context, began time.Time) (e explained, err error) {
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+r.cluster.Key("staff"))
	service, source, now := stockpb.NewStockServiceClient(r.doors[0]), r.source(-2000), time.Now()
	if err := r.cluster.finishWriting(ctx); err != nil {
		return e, fmt.Errorf("wait for what is being written: %w", err)
	}
	moments := []time.Time{now}
	for range momentsAsked {
		moments = append(moments, began.Add(time.Duration(source.Int64N(int64(now.Sub(began))))))
	}
	for _, at := range moments {
		for _, clock := range []stockpb.StockClock{stockpb.StockClock_STOCK_CLOCK_RECORDED, stockpb.StockClock_STOCK_CLOCK_OCCURRED} {
			m := moment{at: at.Truncate(time.Microsecond), clock: clock, levels: map[auditor.Position]auditor.Level{}}
			for token := ""; ; {
				answer, err := service.GetStockAsOf(ctx, &stockpb.GetStockAsOfRequest{
					At: timestamppb.New(m.at), Clock: clock, PageSize: explainPage, PageToken: token,
				})
				if err != nil {
					return e, fmt.Errorf("ask what stood where at %s: %w", m.at, err)
				}
				for _, level := range answer.GetLevels() {
					m.levels[auditor.Position{Location: level.GetLocation(), SKU: level.GetSku()}] = levelOf(level)
				}
				if token = answer.GetNextPageToken(); token == "" {
					break
				}
			}
			e.moments = append(e.moments, m)
		}
	}
	var skus []string
	for _, item := range r.shop.Items {
		skus = append(skus, item.SKU)
	}
	everywhere, err := service.GetAvailability(ctx, &stockpb.GetAvailabilityRequest{Skus: skus})
	if err != nil {
		return e, fmt.Errorf("ask what is where: %w", err)
	}
	e.movements = map[auditor.Position][]*stockpb.StockMovement{}
	for _, level := range everywhere.GetLevels() {
		position := auditor.Position{Location: level.GetLocation(), SKU: level.GetSku()}
		for token := ""; ; {
			answer, err := service.ListMovements(ctx, &stockpb.ListMovementsRequest{
				Location: position.Location, Sku: position.SKU, PageSize: explainPage, PageToken: token,
			})
			if err != nil {
				delete(e.movements, position) // a part of them explains nothing
				return e, fmt.Errorf("ask what moved %v: %w", position, err)
			}
			e.movements[position] = append(e.movements[position], answer.GetMovements()...)
			if token = answer.GetNextPageToken(); token == "" {
				break
			}
		}
	}
	return e, nil
}

func levelOf(l *stockpb.StockLevel) auditor.Level {
	return auditor.Level{
		Available: l.GetAvailable(), Held: l.GetHeld(), Committed: l.GetCommitted(), Inspection: l.GetInspection(), Damaged: l.GetDamaged(),
		Quarantine: l.GetQuarantine(), Incoming: l.GetIncoming(),
	}
}

// moved is an entry of the books that moved a position, with its header.
type moved struct {
	auditor.Entry
	header *auditor.Header
}

// entriesOf are the entries of each position, by version.
func entriesOf(books *auditor.Books) map[auditor.Position][]moved {
	all := map[auditor.Position][]moved{}
	for _, act := range books.Acts {
		for h := range act.Headers {
			for _, entry := range act.Headers[h].Entries {
				if entry.Version > 0 {
					position := auditor.Position{Location: act.Headers[h].Location, SKU: entry.Asset}
					all[position] = append(all[position], moved{entry, &act.Headers[h]})
				}
			}
		}
	}
	for _, entries := range all {
		slices.SortFunc(entries, func(a, b moved) int { return int(a.Version - b.Version) })
	}
	return all
}

// auditExplained folds the books forwards and holds every explanation against them. Where an answer failed, those before it are held.
func auditExplained(e explained, books *auditor.Books) (found []auditor.Finding) {
	all := entriesOf(books)
	wrong := func(rule string, position auditor.Position, text string, args ...any) {
		found = append(found, auditor.Finding{
			Rule: rule, Text: fmt.Sprintf("%s at %s: ", position.SKU, position.Location) + fmt.Sprintf(text, args...),
			Subjects: []string{"position/" + position.Location + "/" + position.SKU},
		})
	}
	for position, entries := range all {
		said := slices.Clone(e.movements[position])
		slices.Reverse(said)
		var level auditor.Level
		for i, m := range said {
			if i >= len(entries) {
				wrong("a movement is explained that was not", position, "version %d", m.GetVersion())
				break
			}
			entry := entries[i]
			level = fold(level, entry.Entry)
			want := fmt.Sprint(entry.Version, entry.From, entry.To, entry.Quantity, entry.header.Kind, entry.header.Cause, entry.header.Actor,
				entry.header.Channel, entry.header.Reason, entry.header.Note, entry.header.ID, entry.header.OccurredAt.UTC(), entry.header.RecordedAt.UTC(), level)
			got := fmt.Sprint(m.GetVersion(), m.GetFromAccount(), m.GetToAccount(), m.GetQuantity(), m.GetKind(), m.GetCause(), m.GetActor(),
				m.GetChannel(), m.GetReason(), m.GetNote(), m.GetTransaction(), m.GetOccurredAt().AsTime(), m.GetRecordedAt().AsTime(), levelOf(m.GetAfter()))
			if got != want {
				wrong("a movement is explained as it was not", position, "%s\nand was %s", got, want)
				break
			}
		}
		for _, m := range e.moments {
			var then auditor.Level
			for _, entry := range entries {
				at := entry.header.RecordedAt
				if m.clock == stockpb.StockClock_STOCK_CLOCK_OCCURRED {
					at = entry.header.OccurredAt
				}
				if !at.After(m.at) {
					then = fold(then, entry.Entry)
				}
			}
			if got := m.levels[position]; got != then {
				wrong("the past is told as it was not", position, "at %s by %s it is told as %+v, and was %+v", m.at, m.clock, got, then)
			}
		}
	}
	for position := range e.movements {
		if all[position] == nil && len(e.movements[position]) > 0 {
			wrong("a movement is explained that was not", position, "nothing moved it")
		}
	}
	return found
}

// fold is a level after an entry, without its version.
func fold(l auditor.Level, e auditor.Entry) auditor.Level {
	for account, units := range map[string]*int64{
		"available": &l.Available, "held": &l.Held, "committed": &l.Committed, "inspection": &l.Inspection, "damaged": &l.Damaged,
		"quarantine": &l.Quarantine, "incoming": &l.Incoming,
	} {
		if e.From == account {
			*units -= e.Quantity
		}
		if e.To == account {
			*units += e.Quantity
		}
	}
	return l
}
