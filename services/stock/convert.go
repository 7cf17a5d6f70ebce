package stock

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// pageDefault is how many a page has where the request does not say.
const pageDefault = 100

func receiveFrom(req *pb.ReceiveStockRequest) (retail.MoveStock, error) {
	cmd := retail.MoveStock{
		Transaction: ledger.NewID(), Kind: retail.KindReceive, Location: req.GetLocation(), Cause: req.GetReference(),
	}
	for _, line := range req.GetLines() {
		cmd.Lines = append(cmd.Lines, retail.Line{SKU: line.GetSku(), Quantity: line.GetQuantity()})
	}
	return moveFrom(cmd, req.GetOccurredAt())
}

func adjustFrom(req *pb.AdjustStockRequest) (retail.MoveStock, error) {
	cmd := retail.MoveStock{
		Transaction: ledger.NewID(), Kind: retail.KindAdjust, Location: req.GetLocation(), Cause: req.GetReason(),
	}
	for _, line := range req.GetLines() {
		cmd.Lines = append(cmd.Lines, retail.Line{SKU: line.GetSku(), Quantity: line.GetDifference()})
	}
	return moveFrom(cmd, req.GetOccurredAt())
}

func moveFrom(cmd retail.MoveStock, occurred *timestamppb.Timestamp) (retail.MoveStock, error) {
	if err := eachOnce(cmd.Lines); err != nil {
		return cmd, err
	}
	var err error
	cmd.OccurredAt, err = retail.OccurredAt(occurred.IsValid() && occurred != nil, occurred.AsTime(), time.Now())
	return cmd, err
}

// eachOnce refuses a SKU that stands on two lines: which of the two was meant is the caller's to know.
func eachOnce(lines []retail.Line) error {
	first := make(map[string]int, len(lines))
	for i, line := range lines {
		if before, twice := first[line.SKU]; twice {
			return retail.RefuseField(retail.InvalidRequest, fmt.Sprintf("lines[%d].sku", i), "the SKU %s stands on lines[%d] already", line.SKU, before)
		}
		first[line.SKU] = i
	}
	return nil
}

func holdFrom(req *pb.HoldStockRequest) (retail.PlaceHold, error) {
	cmd := retail.PlaceHold{
		Hold: ledger.NewID(), Transaction: ledger.NewID(), Location: req.GetLocation(), Channel: req.GetChannel(), Owner: req.GetOwner(),
		TimeToLive: req.GetTimeToLive().AsDuration(), Lines: make([]retail.Line, len(req.GetLines())),
	}
	for i, line := range req.GetLines() {
		cmd.Lines[i] = retail.Line{SKU: line.GetSku(), Quantity: line.GetQuantity()}
	}
	if len(cmd.Lines) == 1 {
		return cmd, nil
	}
	return cmd, eachOnce(cmd.Lines)
}

var holdStates = map[retail.HoldState]pb.HoldState{
	retail.StateHeld:     pb.HoldState_HOLD_STATE_HELD,
	retail.StateReleased: pb.HoldState_HOLD_STATE_RELEASED,
	retail.StateExpired:  pb.HoldState_HOLD_STATE_EXPIRED,

	retail.StateCommitted: pb.HoldState_HOLD_STATE_COMMITTED,
}

func holdTo(h retail.Hold) *pb.Hold {
	lines := make([]*pb.HoldLine, len(h.Lines))
	for i, line := range h.Lines {
		lines[i] = &pb.HoldLine{Sku: line.SKU, Quantity: line.Quantity}
	}
	return &pb.Hold{
		Id: h.ID.String(), Location: h.Location, Channel: h.Channel, Owner: h.Owner, State: holdStates[h.State], Lines: lines,
		ExpiresAt: timestamppb.New(h.ExpiresAt), RecordedAt: timestamppb.New(h.RecordedAt),
	}
}

func changeTo(c retail.StockChanged) *pb.StockChange {
	change := &pb.StockChange{
		Transaction: c.Transaction.String(), Location: c.Location, RecordedAt: timestamppb.New(c.RecordedAt),
	}
	for _, level := range c.Levels {
		change.Levels = append(change.Levels, levelTo(level, 0))
	}
	return change
}

func levelTo(l retail.Level, buffer int64) *pb.StockLevel {
	return &pb.StockLevel{
		Location: l.Location, Sku: l.SKU, Available: l.Units[0], Held: l.Units[1], Committed: l.Units[2], Inspection: l.Units[3],
		Damaged: l.Units[4], Quarantine: l.Units[5], Incoming: l.Units[6], OnHand: l.OnHand(), Sellable: l.Sellable(buffer),
	}
}

func availabilityTo(levels []retail.Level, channel retail.Channel) *pb.GetAvailabilityResponse {
	answer := &pb.GetAvailabilityResponse{Levels: make([]*pb.StockLevel, 0, len(levels))}
	for _, level := range levels {
		if channel.Promises(level.Location) {
			answer.Levels = append(answer.Levels, levelTo(level, channel.SafetyBuffer))
		}
	}
	return answer
}

func casesTo(cases []retail.OpenCase, limit int) *pb.ListOversellCasesResponse {
	answer := &pb.ListOversellCasesResponse{}
	if len(cases) > limit {
		cases = cases[:limit]
		last := cases[limit-1]
		answer.NextPageToken = page.Token(retail.CaseMark{OpenedAt: last.OpenedAt, SKU: last.SKU, Transaction: last.Transaction})
	}
	for _, c := range cases {
		one := &pb.OversellCase{
			Id: c.Transaction.String(), Location: c.Location, Sku: c.SKU, Units: c.Units, OpenUnits: c.OpenUnits,
			OpenedAt: timestamppb.New(c.OpenedAt), Order: c.Order(),
		}
		for _, hold := range c.AtRisk() {
			one.HoldsAtRisk = append(one.HoldsAtRisk, hold.String())
		}
		answer.Cases = append(answer.Cases, one)
	}
	return answer
}
