package stock

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

const (
	// movementsRead is how many movements one statement returns.
	movementsRead = 1000
	// movementsScanMax is how many movements one page looks at where it is asked for those of one account.
	movementsScanMax = 10 * movementsRead
)

// ListMovements returns a page of what moved a position, newest first.
func (s *Server) ListMovements(ctx context.Context, req *pb.ListMovementsRequest) (*pb.ListMovementsResponse, error) {
	if err := s.knowPosition(ctx, req.GetLocation(), req.GetSku()); err != nil {
		return nil, err
	}
	level, err := s.levelAfterPage(ctx, req)
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	answer := &pb.ListMovementsResponse{}
	for scanned := 0; level.Version > 0 && len(answer.Movements) < limit && scanned < movementsScanMax; {
		ask := movementsRead
		if req.GetAccount() == "" {
			ask = min(ask, limit-len(answer.Movements))
		}
		found, err := s.reads.Movements(ctx, level.Location, level.SKU, level.Version, ask)
		if err != nil {
			return nil, err
		}
		if req.GetPageToken() != "" && scanned == 0 && (len(found) == 0 || found[0].Entry.Version != level.Version) {
			return nil, retail.RefuseField(retail.InvalidRequest, "page_token", "is of a version that the position never had")
		}
		for _, m := range found {
			if len(answer.Movements) == limit {
				break
			}
			m.After = level
			if level, err = level.Before(m.Entry); err != nil {
				return nil, err
			}
			if m.Touches(req.GetAccount()) {
				answer.Movements = append(answer.Movements, movementTo(m))
			}
		}
		if scanned += len(found); len(found) < ask {
			break
		}
	}
	if level.Version > 0 {
		answer.NextPageToken = page.Token(retail.MovementMark{
			Location: level.Location, SKU: level.SKU, Version: level.Version, Units: level.Units,
		})
	}
	return answer, nil
}

// levelAfterPage is the position as it was where the page before ended, or as it is now.
func (s *Server) levelAfterPage(ctx context.Context, req *pb.ListMovementsRequest) (level retail.Level, err error) {
	mark, err := page.Read[retail.MovementMark](req.GetPageToken())
	switch {
	case err != nil:
		return level, err
	case req.GetPageToken() == "":
		levels, err := s.reads.Levels(ctx, []string{req.GetSku()}, []string{req.GetLocation()})
		if err != nil {
			return level, err
		}
		return levels[0], nil
	case mark.Location != req.GetLocation() || mark.SKU != req.GetSku() || mark.Version <= 0:
		return level, retail.RefuseField(retail.InvalidRequest, "page_token", "is not of this location and SKU")
	}
	return retail.Level{Location: mark.Location, SKU: mark.SKU, Version: mark.Version, Units: mark.Units}, nil
}

// GetStockAsOf returns a page of positions as they were at a time.
func (s *Server) GetStockAsOf(ctx context.Context, req *pb.GetStockAsOfRequest) (*pb.GetStockAsOfResponse, error) {
	at, err := retail.PastAt(req.GetAt().AsTime(), time.Now())
	if err != nil {
		return nil, err
	}
	location, sku := req.GetLocation(), req.GetSku()
	if err := s.knowPosition(ctx, location, sku); err != nil {
		return nil, err
	}
	after, err := page.Read[retail.PositionMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	one := location != "" && sku != ""
	var now []retail.Level
	if one {
		now, err = s.reads.Levels(ctx, []string{sku}, []string{location})
	} else {
		now, err = s.reads.LevelsAfter(ctx, location, sku, after, limit+1)
	}
	if err != nil {
		return nil, err
	}
	answer := &pb.GetStockAsOfResponse{}
	if len(now) > limit {
		now = now[:limit]
		last := now[limit-1]
		answer.NextPageToken = page.Token(retail.PositionMark{Location: last.Location, SKU: last.SKU})
	}
	past, err := s.reads.LevelsAsOf(ctx, now, at, req.GetClock() == pb.StockClock_STOCK_CLOCK_OCCURRED)
	if err != nil {
		return nil, err
	}
	for _, level := range past {
		if level.Version > 0 || one {
			answer.Levels = append(answer.Levels, countsTo(level))
		}
	}
	return answer, nil
}

// knowPosition refuses a location or a SKU that there is not; an empty one is all of them.
func (s *Server) knowPosition(ctx context.Context, location, sku string) error {
	if location != "" {
		if _, err := trade.Place(ctx, s.reads, location, "location"); err != nil {
			return err
		}
	}
	return trade.KnowSKUs(ctx, s.reads, []string{sku}, trade.Within("sku"))
}

func movementTo(m retail.StockMovement) *pb.StockMovement {
	return &pb.StockMovement{
		Version: m.Entry.Version, FromAccount: m.Entry.From, ToAccount: m.Entry.To, Quantity: m.Entry.Quantity, After: countsTo(m.After),
		Kind: string(m.Header.Kind), Cause: m.Header.Cause, Actor: m.Header.Actor, Channel: m.Header.Channel,
		OccurredAt: timestamppb.New(m.Header.OccurredAt), RecordedAt: timestamppb.New(m.Header.RecordedAt),
		Transaction: m.Header.ID.String(), RequestId: m.Header.RequestID.String(), Reason: m.Header.Reason, Note: m.Header.Note,
	}
}
