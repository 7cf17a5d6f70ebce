package stock

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// pageDefault is how many a page has where the request does not say.
const pageDefault = 100

func receiveFrom(req *pb.ReceiveStockRequest) (retail.MoveStock, error) {
	cmd := retail.MoveStock{
		Transaction: ledger.NewID(), Kind: retail.KindReceive, Location: req.GetLocation(), Cause: req.GetReference(),
	}
	for _, line := range req.GetLines() {
		cmd.Lines = append(cmd.Lines, retail.Line{SKU: line.GetSku(), Quantity: line.GetQuantity()})
		cmd.Costs = append(cmd.Costs, trade.CostFrom(line.GetUnitCost()))
	}
	return moveFrom(cmd, req.GetOccurredAt())
}

// partLines is how many lines of a movement one transaction takes at most, each of one row: 2*1,000+4 is all that fits a batch of the engine.
const partLines = 1000

// partsOf cuts what arrived.
func partsOf(cmd retail.MoveStock) ledger.Parts[retail.StockChanged] {
	if len(cmd.Lines) <= partLines {
		return ledger.Parts[retail.StockChanged]{First: cmd}
	}
	cut := func(lines []retail.Line, from int) retail.MoveStock {
		part := cmd
		part.Transaction, part.Lines, part.Part = ledger.NewID(), lines, retail.Part{More: from > 0, From: from}
		part.Costs = cmd.Costs[from : from+len(lines)]
		return part
	}
	return ledger.Parts[retail.StockChanged]{
		Apart: true, // no line stands twice
		First: cut(cmd.Lines[:partLines], 0),
		Rest: func(context.Context, retail.StockChanged) (rest []retail.Command[retail.StockChanged], _ error) {
			lines, from := cmd.Lines[partLines:], partLines
			pairs := (len(lines) + 2*partLines - 1) / (2 * partLines) // two are under way at a time, and neither waits for the other
			for part := range slices.Chunk(lines, (len(lines)+2*pairs-1)/(2*pairs)) {
				rest = append(rest, cut(part, from))
				from += len(part)
			}
			return rest, nil
		},
	}
}

func adjustFrom(req *pb.AdjustStockRequest) (retail.MoveStock, error) {
	cmd := retail.MoveStock{
		Transaction: ledger.NewID(), Kind: retail.KindAdjust, Location: req.GetLocation(), Cause: req.GetReference(),
		Note: req.GetNote(),
	}
	for _, line := range req.GetLines() {
		cmd.Lines = append(cmd.Lines, retail.Line{SKU: line.GetSku(), Quantity: line.GetDifference()})
	}
	return moveFrom(cmd, req.GetOccurredAt())
}

func moveFrom(cmd retail.MoveStock, occurred *timestamppb.Timestamp) (retail.MoveStock, error) {
	if err := eachOnce(cmd.Lines, "lines"); err != nil {
		return cmd, err
	}
	var err error
	cmd.OccurredAt, err = retail.OccurredAt(occurred.IsValid() && occurred != nil, occurred.AsTime(), time.Now())
	return cmd, err
}

func recordFrom(req *pb.RecordStockRequest) (retail.RecordStock, error) {
	cmd := retail.RecordStock{
		Transaction: ledger.NewID(), Act: actFrom(req.GetAct()), Location: req.GetLocation(), Cause: req.GetReference(), Note: req.GetNote(),
	}
	for _, line := range req.GetLines() {
		cmd.Lines = append(cmd.Lines, retail.StockLine{
			SKU: line.GetSku(), Quantity: line.GetQuantity(), From: states[line.GetFrom()], To: states[line.GetTo()],
		})
	}
	var err error
	occurred := req.GetOccurredAt()
	cmd.OccurredAt, err = retail.OccurredAt(occurred.IsValid() && occurred != nil, occurred.AsTime(), time.Now())
	if err != nil {
		return cmd, err
	}
	return retail.NewRecordStock(cmd)
}

// states are the accounts of states.
var states = map[pb.StockState]string{
	pb.StockState_STOCK_STATE_AVAILABLE: retail.Available, pb.StockState_STOCK_STATE_INSPECTION: retail.Inspection,
	pb.StockState_STOCK_STATE_DAMAGED: retail.Damaged, pb.StockState_STOCK_STATE_QUARANTINE: retail.Quarantine,
	pb.StockState_STOCK_STATE_SHRINKAGE: retail.Shrinkage, pb.StockState_STOCK_STATE_FOUND: retail.Found,
}

// eachOnce refuses a SKU that stands on two lines: which of the two was meant is the caller's to know.
func eachOnce(lines []retail.Line, field string) error {
	first := make(map[string]int, len(lines))
	for i, line := range lines {
		if before, twice := first[line.SKU]; twice {
			return retail.RefuseField(retail.InvalidRequest, fmt.Sprintf("%s[%d].sku", field, i), "the SKU %s stands on %s[%d] already", line.SKU, field, before)
		}
		first[line.SKU] = i
	}
	return nil
}

func holdFrom(req *pb.HoldStockRequest) (retail.PlaceHold, error) {
	cmd := retail.PlaceHold{
		Hold: ledger.NewID(), Transaction: ledger.NewID(), Location: req.GetLocation(), Channel: req.GetChannel(), Owner: req.GetOwner(),
		TimeToLive: req.GetTimeToLive().AsDuration(), Method: trade.MethodFrom(req.GetMethod()), Lines: make([]retail.Line, len(req.GetLines())),
	}
	for i, line := range req.GetLines() {
		cmd.Lines[i] = retail.Line{SKU: line.GetSku(), Quantity: line.GetQuantity()}
	}
	if err := oneEnd(req); err != nil || len(cmd.Lines) == 1 {
		return cmd, err
	}
	return cmd, eachOnce(cmd.Lines, "lines")
}

// oneEnd refuses a hold that is to end by two rules.
func oneEnd(req interface {
	GetUntilClosing() bool
	GetTimeToLive() *durationpb.Duration
}) error {
	if req.GetUntilClosing() && req.GetTimeToLive() != nil {
		return retail.RefuseField(retail.InvalidRequest, "time_to_live", "a hold until closing has no time to live")
	}
	return nil
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
		change.Levels = append(change.Levels, countsTo(level))
	}
	return change
}

// changesTo tells what the parts of a movement left behind as one change, recorded with the last.
func changesTo(changes []retail.StockChanged) *pb.StockChange {
	all := changeTo(changes[0])
	if len(changes) == 1 {
		return all
	}
	for i, c := range changes {
		part := changeTo(c)
		if all.Transactions = append(all.Transactions, part.Transaction); i > 0 {
			all.Levels = append(all.Levels, part.Levels...)
		}
		all.RecordedAt = part.RecordedAt
	}
	return all
}

// levelTo tells a position, as exactly as the caller may see it.
func levelTo(l retail.Level, sellable int64, shows retail.Exposure) *pb.StockLevel {
	if !shows.Counts() {
		return &pb.StockLevel{Location: l.Location, Sku: l.SKU, Band: pb.StockBand(pb.StockBand_value[bandPrefix+string(shows.Band(sellable))])}
	}
	units, onHand := l.Units, l.OnHand()
	return &pb.StockLevel{
		Location: l.Location, Sku: l.SKU, Available: &units[0], Held: &units[1], Committed: &units[2], Inspection: &units[3],
		Damaged: &units[4], Quarantine: &units[5], Incoming: &units[6], OnHand: &onHand, Sellable: &sellable,
	}
}

const bandPrefix = "STOCK_BAND_"

// countsTo tells a position to somebody who counts it, of whom nothing is kept back.
func countsTo(l retail.Level) *pb.StockLevel {
	return levelTo(l, l.Sellable(retail.Buffer{}), retail.Exposure{})
}
