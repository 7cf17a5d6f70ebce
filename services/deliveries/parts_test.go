package deliveries

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// batchWeight is what fits a batch of the engine by default: two for each row that a command names, and four.
const batchWeight = 2004

// TestParts cuts requests of as many lines as the contract allows: each line is in one part, and each part fits a batch.
func TestParts(t *testing.T) {
	const most = 10_000
	lines := make([]retail.Line, most)
	arrivals := make([]retail.Arrival, most)
	for i := range lines {
		lines[i] = retail.Line{SKU: fmt.Sprint("SKU-", i), Quantity: 1}
		arrivals[i] = retail.Arrival{SKU: lines[i].SKU, Quantity: 1}
	}
	announced := retail.Delivery{ID: ledger.NewID(), Location: "milan"}
	for sentence, parts := range map[string]ledger.Parts[retail.Delivery]{
		"an announcement goes on as amendments": partsOfAnnouncement(retail.AnnounceDelivery{
			Delivery: ledger.NewID(), Location: "milan", Supplier: "ACME", Reference: "PO-7", Lines: lines,
		}),
		"an amendment is cut": partsOfAmendment(retail.AmendDelivery{Delivery: announced.ID, Location: "milan", Lines: lines}),
		"a receipt is cut": partsOfReceipt(retail.ReceiveDelivery{
			Delivery: announced.ID, Location: "milan", Note: "N-1", Lines: arrivals,
		}, nil),
	} {
		t.Run(sentence, func(t *testing.T) {
			rest, err := parts.Rest(context.Background(), announced)
			if err != nil {
				t.Fatal(err)
			}
			seen, transactions := 0, map[retail.ID]bool{}
			for i, part := range append([]retail.Command[retail.Delivery]{parts.First}, rest...) {
				if weight := 2*len(part.Keys()) + 4; weight > batchWeight {
					t.Errorf("part %d weighs %d", i, weight)
				}
				from, transaction := 0, retail.ID{}
				switch c := part.(type) {
				case retail.AmendDelivery:
					from, transaction = c.Part.From, c.Transaction
				case retail.ReceiveDelivery:
					from, transaction = c.Part.From, c.Transaction
				}
				if from != seen || i > 0 && (transaction.IsZero() || transactions[transaction]) {
					t.Errorf("part %d begins with line %d, and there were %d; its transaction is %s", i, from, seen, transaction)
				}
				transactions[transaction] = true
				for _, key := range part.Keys() {
					if key.Table == retail.TableDeliveryLines {
						if key.Code != lines[seen].SKU {
							t.Fatalf("line %d is of %s", seen, key.Code)
						}
						seen++
					}
				}
			}
			if seen != most {
				t.Errorf("%d lines are in a part", seen)
			}
		})
	}

	t.Run("what fits is not cut", func(t *testing.T) {
		if parts := partsOfAmendment(retail.AmendDelivery{Lines: lines[:partLines]}); parts.Rest != nil {
			t.Error("it was")
		}
	})
	t.Run("lines whose SKUs are not known any more are not guessed", func(t *testing.T) {
		gone := errors.New("gone")
		if _, err := partsOfReceipt(retail.ReceiveDelivery{Lines: arrivals}, gone).Rest(context.Background(), announced); !errors.Is(err, gone) {
			t.Error(err)
		}
	})
}

func TestWantedFrom(t *testing.T) {
	open := []retail.DeliveryState{retail.DeliveryExpected, retail.DeliveryPartial}
	for _, c := range []struct {
		request *pb.ListDeliveriesRequest
		states  []retail.DeliveryState
		until   string
	}{
		{&pb.ListDeliveriesRequest{}, open, lastDay},
		{&pb.ListDeliveriesRequest{ExpectedUntil: "2026-05-04"}, open, "2026-05-04"},
		{&pb.ListDeliveriesRequest{OnlyOverdue: true}, open, "2026-02-28"},
		{&pb.ListDeliveriesRequest{OnlyOverdue: true, ExpectedUntil: "2026-02-01"}, open, "2026-02-01"},
		{&pb.ListDeliveriesRequest{States: []pb.DeliveryState{pb.DeliveryState_DELIVERY_STATE_CLOSED}}, []retail.DeliveryState{retail.DeliveryClosed}, lastDay},
		{&pb.ListDeliveriesRequest{OnlyOverdue: true, States: []pb.DeliveryState{pb.DeliveryState_DELIVERY_STATE_CLOSED}}, nil, "2026-02-28"},
	} {
		got, err := wantedFrom(c.request, "2026-03-01")
		if err != nil || !slices.Equal(got.states, c.states) || got.until != c.until {
			t.Errorf("%v: %+v, %v", c.request, got, err)
		}
	}
}

func TestToday(t *testing.T) {
	late := time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC)
	for zone, want := range map[string]string{"Europe/Rome": "2026-03-02", "America/New_York": "2026-03-01", "Nowhere/At all": "2026-03-01"} {
		if got := today(retail.Location{TimeZone: zone}, late); got != want {
			t.Errorf("it is %s in %s, not %s", got, zone, want)
		}
	}
}

// TestNamesOfTheContract is that each name of the rules has one in the contract: a name that has none is told as unspecified.
func TestNamesOfTheContract(t *testing.T) {
	for _, kind := range []retail.DeliveryKind{retail.DeliveryOrdered, retail.DeliveryAdvised} {
		if deliveryTo(retail.Delivery{Kind: kind}, "").GetKind() == 0 {
			t.Error(kind)
		}
	}
	for _, state := range []retail.DeliveryState{
		retail.DeliveryExpected, retail.DeliveryPartial, retail.DeliveryReceived, retail.DeliveryClosed, retail.DeliveryCancelled,
	} {
		if deliveryTo(retail.Delivery{State: state}, "").GetState() == 0 {
			t.Error(state)
		}
	}
	for _, kind := range []retail.DifferenceKind{retail.UnitsDamaged, retail.UnitsOver, retail.UnitsShort} {
		line := retail.DeliveryLine{Differences: []retail.Difference{{Kind: kind}}}
		if linesTo([]retail.DeliveryLine{line}, nil, 1).GetLines()[0].GetDifferences()[0].GetKind() == 0 {
			t.Error(kind)
		}
	}
}
