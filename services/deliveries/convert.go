package deliveries

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

func announceFrom(req *pb.AnnounceDeliveryRequest) (retail.AnnounceDelivery, error) {
	cmd := retail.AnnounceDelivery{
		Delivery: ledger.NewID(), Transaction: ledger.NewID(), Location: req.GetLocation(), Supplier: req.GetSupplier(),
		Kind:      retail.DeliveryKind(strings.TrimPrefix(req.GetKind().String(), "DELIVERY_KIND_")),
		Reference: req.GetReference(), ExpectedOn: req.GetExpectedOn(), Lines: make([]retail.Line, len(req.GetLines())),
	}
	if err := retail.DeliveryDay(cmd.ExpectedOn); err != nil {
		return cmd, err
	}
	for i, line := range req.GetLines() {
		cmd.Lines[i] = retail.Line{SKU: line.GetSku(), Quantity: line.GetQuantity()}
	}
	return cmd, eachOnce(cmd.Lines)
}

func amendFrom(req *pb.AmendDeliveryRequest) (retail.AmendDelivery, error) {
	id, err := retail.ParseID(req.GetDelivery())
	if err != nil {
		return retail.AmendDelivery{}, retail.RefuseField(retail.InvalidRequest, "delivery", "must be a uuid")
	}
	cmd := retail.AmendDelivery{
		Delivery: id, Transaction: ledger.NewID(), Location: req.GetLocation(), ExpectedOn: req.GetExpectedOn(),
		Lines: make([]retail.Line, len(req.GetLines())),
	}
	if cmd.ExpectedOn != "" {
		if err := retail.DeliveryDay(cmd.ExpectedOn); err != nil {
			return cmd, err
		}
	} else if len(cmd.Lines) == 0 {
		return cmd, retail.RefuseField(retail.InvalidRequest, "lines", "nothing is to be changed: give lines, or another day")
	}
	for i, line := range req.GetLines() {
		cmd.Lines[i] = retail.Line{SKU: line.GetSku(), Quantity: line.GetQuantity()}
	}
	return cmd, eachOnce(cmd.Lines)
}

// eachOnce refuses a SKU that stands on two lines: which of the two was meant is the caller's to know.
func eachOnce(lines []retail.Line) error {
	first := make(map[string]int, len(lines))
	for i, line := range lines {
		if before, twice := first[line.SKU]; twice {
			return twiceOn(line.SKU, "sku", i, before)
		}
		first[line.SKU] = i
	}
	return nil
}

func twiceOn(sku, field string, i, before int) error {
	return retail.RefuseField(retail.InvalidRequest, fmt.Sprintf("lines[%d].%s", i, field), "the SKU %s stands on lines[%d] already", sku, before)
}

// receiveFrom reads what arrived, and what each line names it by.
func receiveFrom(req *pb.ReceiveDeliveryRequest, now time.Time) (retail.ReceiveDelivery, []retail.ItemRef, error) {
	id, err := retail.ParseID(req.GetDelivery())
	if err != nil {
		return retail.ReceiveDelivery{}, nil, retail.RefuseField(retail.InvalidRequest, "delivery", "must be a uuid")
	}
	cmd := retail.ReceiveDelivery{
		Delivery: id, Transaction: ledger.NewID(), Location: req.GetLocation(), Note: req.GetDeliveryNote(),
		Lines: make([]retail.Arrival, len(req.GetLines())),
	}
	if cmd.OccurredAt, err = retail.OccurredAt(req.GetOccurredAt() != nil, req.GetOccurredAt().AsTime(), now); err != nil {
		return cmd, nil, err
	}
	refs := make([]retail.ItemRef, len(cmd.Lines))
	for i, line := range req.GetLines() {
		refs[i].SKU = line.GetSku()
		if gtin := line.GetGtin(); gtin != "" {
			normal, ok := retail.GTIN14(gtin)
			if !ok {
				return cmd, nil, retail.RefuseField(retail.InvalidRequest, fmt.Sprintf("lines[%d].gtin", i), "the check digit of %s is wrong", gtin)
			}
			refs[i].GTIN = normal
		}
		if line.GetQuantity() == 0 && line.GetDamaged() == 0 {
			return cmd, nil, retail.RefuseField(retail.InvalidRequest, fmt.Sprintf("lines[%d].quantity", i), "nothing arrived: leave the line out")
		}
		cmd.Lines[i] = retail.Arrival{
			Quantity: line.GetQuantity(), Damaged: line.GetDamaged(), Reason: line.GetReason(), UnitCost: trade.CostFrom(line.GetUnitCost()),
		}
	}
	return cmd, refs, nil
}

// arrivedOf gives each line of what arrived the SKU that it names, and refuses one that names none, or another line's.
func arrivedOf(cmd retail.ReceiveDelivery, refs []retail.ItemRef, items []retail.Item) (retail.ReceiveDelivery, error) {
	cmd.Lines = slices.Clone(cmd.Lines)
	first := make(map[string]int, len(items))
	for i, item := range items {
		if !item.Found {
			return cmd, unknown(refs[i], i)
		}
		if before, twice := first[item.SKU]; twice {
			field := "sku"
			if refs[i].GTIN != "" {
				field = "gtin"
			}
			return cmd, twiceOn(item.SKU, field, i, before)
		}
		first[item.SKU] = i
		cmd.Lines[i].SKU = item.SKU
	}
	return cmd, nil
}

// wanted is which deliveries a list is of.
type wanted struct {
	states       []retail.DeliveryState
	until, today string
}

// lastDay is after every day that a delivery can be expected on.
const lastDay = "9999-12-31"

func wantedFrom(req *pb.ListDeliveriesRequest, today string) (wanted, error) {
	w := wanted{until: lastDay, today: today}
	if day := req.GetExpectedUntil(); day != "" {
		if err := retail.DeliveryDay(day); err != nil {
			return w, retail.RefuseField(retail.InvalidRequest, "expected_until", "is not a day since 1970: %q", day)
		}
		w.until = day
	}
	for _, state := range req.GetStates() {
		w.states = append(w.states, retail.DeliveryState(strings.TrimPrefix(state.String(), "DELIVERY_STATE_")))
	}
	open := func(state retail.DeliveryState) bool {
		return state == retail.DeliveryExpected || state == retail.DeliveryPartial
	}
	if len(w.states) == 0 {
		w.states = []retail.DeliveryState{retail.DeliveryExpected, retail.DeliveryPartial}
	}
	if req.GetOnlyOverdue() {
		w.states = slices.DeleteFunc(w.states, func(state retail.DeliveryState) bool { return !open(state) })
		day, err := time.Parse(time.DateOnly, today)
		if err != nil {
			return w, err
		}
		w.until = min(w.until, day.AddDate(0, 0, -1).Format(time.DateOnly))
	}
	return w, nil
}

// today is the day that it is at a place.
func today(l retail.Location, now time.Time) string {
	return now.In(trade.Zone(l)).Format(time.DateOnly)
}

func deliveryTo(d retail.Delivery, today string) *pb.Delivery {
	return &pb.Delivery{
		Id: d.ID.String(), Location: d.Location, Kind: pb.DeliveryKind(pb.DeliveryKind_value["DELIVERY_KIND_"+string(d.Kind)]),
		Supplier: d.Supplier, Reference: d.Reference, ExpectedOn: d.ExpectedOn,
		State: pb.DeliveryState(pb.DeliveryState_value["DELIVERY_STATE_"+string(d.State)]), Overdue: d.Overdue(today), Reason: d.Reason,
		LineCount: d.LineCount, Announced: d.Units.Announced, Received: d.Units.Received, Damaged: d.Units.Damaged, Over: d.Units.Over,
		Short: d.Units.Short, Expected: d.Units.Expected(), AnnouncedAt: timestamppb.New(d.AnnouncedAt),
		RecordedAt: timestamppb.New(d.RecordedAt),
	}
}

func deliveriesTo(found []retail.Delivery, limit int, today string) *pb.ListDeliveriesResponse {
	answer := &pb.ListDeliveriesResponse{}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		answer.NextPageToken = page.Token(retail.DeliveryMark{ExpectedOn: last.ExpectedOn, ID: last.ID})
	}
	for _, d := range found {
		answer.Deliveries = append(answer.Deliveries, deliveryTo(d, today))
	}
	return answer
}

func linesTo(lines []retail.DeliveryLine, actors map[retail.ID]string, limit int) *pb.ListDeliveryLinesResponse {
	answer := &pb.ListDeliveryLinesResponse{}
	if len(lines) > limit {
		lines = lines[:limit]
		answer.NextPageToken = page.Token(int(lines[limit-1].Line))
	}
	for _, line := range lines {
		u := line.Units
		one := &pb.DeliveryLine{
			Line: line.Line, Sku: line.SKU, Announced: u.Announced, Received: u.Received, Damaged: u.Damaged, Over: u.Over, Short: u.Short,
			Expected: u.Expected(),
		}
		for _, d := range line.Differences {
			one.Differences = append(one.Differences, &pb.Difference{
				Kind: pb.DifferenceKind(pb.DifferenceKind_value["DIFFERENCE_KIND_"+string(d.Kind)]), Units: d.Units, Reason: d.Reason,
				DeliveryNote: d.Note, Transaction: d.Transaction.String(), Actor: actors[d.Transaction], RecordedAt: timestamppb.New(d.RecordedAt),
			})
		}
		answer.Lines = append(answer.Lines, one)
	}
	return answer
}
