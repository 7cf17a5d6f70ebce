package ledger_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// threeParts is a request of three deliveries, one after another, of which the first may be refused when it is planned.
func threeParts(refused error) func(context.Context) (ledger.Parts[retail.StockChanged], error) {
	return func(context.Context) (ledger.Parts[retail.StockChanged], error) {
		return ledger.Parts[retail.StockChanged]{
			First: receive("milan", "red-42", 1),
			Rest: func(_ context.Context, first retail.StockChanged) ([]retail.Command[retail.StockChanged], error) {
				return []retail.Command[retail.StockChanged]{receive(first.Location, "blue-40", 1), receive(first.Location, "green-38", 1)}, nil
			},
		}, refused
	}
}

func TestInParts(t *testing.T) {
	received := func(s *shop) (sum int64) {
		for _, sku := range []string{"red-42", "blue-40", "green-38"} {
			sum += s.available("milan", sku)
		}
		return sum
	}
	scene(t, "a request in parts has one effect, and each part its own request id", func(t *testing.T) {
		s, ctx := openShop(t, ledger.Config{}), as("anna")
		for range 2 {
			changes, err := ledger.InParts(ctx, s.engine, threeParts(nil))
			if err != nil || len(changes) != 3 || changes[2].Levels[0].SKU != "green-38" {
				t.Fatal(changes, err)
			}
		}
		equal(t, "units", received(s), 3)
		request, _ := ledger.RequestFrom(ctx)
		for i, id := range []retail.ID{request.ID, ledger.PartID(request.ID, 2), ledger.PartID(request.ID, 3)} {
			equal(t, "request of part", s.commits[i].Headers[0].RequestID, id)
		}
		if v := uuid.UUID(ledger.PartID(request.ID, 2)).Version(); v != 5 {
			t.Errorf("a part's id is a UUID of version %d", v)
		}
	})

	scene(t, "what failed in between is finished by the retry", func(t *testing.T) {
		s, ctx := openShop(t, ledger.Config{}), as("anna")
		s.onCommit = func(int, ledger.Writes) error {
			if len(s.commits) == 1 {
				return &ledger.StoreError{Class: ledger.Fault, Err: errors.New("the disk is gone")}
			}
			return nil
		}
		if _, err := ledger.InParts(ctx, s.engine, threeParts(nil)); err == nil {
			t.Fatal("the second part can't have been written")
		}
		equal(t, "units", received(s), 1)
		s.onCommit = nil
		if changes, err := ledger.InParts(ctx, s.engine, threeParts(nil)); err != nil || len(changes) != 3 {
			t.Error(changes, err)
		}
		equal(t, "units", received(s), 3)
	})

	scene(t, "a plan that is refused does nothing, unless its first part was carried out when it was not", func(t *testing.T) {
		s, ctx := openShop(t, ledger.Config{}), as("anna")
		refusal := retail.Refuse(retail.UnknownSKU, "it is gone")
		if _, err := ledger.InParts(ctx, s.engine, threeParts(refusal)); !errors.Is(err, refusal) {
			t.Errorf("answered %v", err)
		}
		equal(t, "units", received(s), 0)
		mustSubmit(t, ctx, s, receive("milan", "red-42", 1)) // as if the others had been lost
		if changes, err := ledger.InParts(ctx, s.engine, threeParts(refusal)); err != nil || len(changes) != 3 {
			t.Error(changes, err)
		}
		equal(t, "units", received(s), 3)
	})

	sizes := []string{"red-42", "blue-40", "green-38", "red-43", "blue-41", "green-39"}
	apart := func(context.Context) (ledger.Parts[retail.StockChanged], error) {
		return ledger.Parts[retail.StockChanged]{
			Apart: true, First: receive("milan", sizes[0], 1),
			Rest: func(context.Context, retail.StockChanged) (rest []retail.Command[retail.StockChanged], _ error) {
				for _, sku := range sizes[1:] {
					rest = append(rest, receive("milan", sku, 1))
				}
				return rest, nil
			},
		}, nil
	}
	scene(t, "parts that have no row in common are under way two at a time, and answer in their order", func(t *testing.T) {
		s, ctx := openShop(t, ledger.Config{Lanes: 2}), as("anna")
		var together []int64
		s.onCommit = func(int, ledger.Writes) error {
			synctest.Wait()
			together = append(together, s.engine.InFlight())
			return nil
		}
		changes, err := ledger.InParts(ctx, s.engine, apart)
		if err != nil || len(changes) != len(sizes) {
			t.Fatal(changes, err)
		}
		for i, sku := range sizes {
			equal(t, "SKU of the part", changes[i].Levels[0].SKU, sku)
		}
		if want := []int64{1, 2, 2, 2, 2, 1}; !slices.Equal(together, want) {
			t.Errorf("%v are under way at each commit, want %v", together, want)
		}
	})

	scene(t, "of parts that have no row in common each is there once, whichever failed at first", func(t *testing.T) {
		s, ctx := openShop(t, ledger.Config{Lanes: 2}), as("anna")
		s.onCommit = func(_ int, w ledger.Writes) error {
			if len(s.commits) == 2 {
				return &ledger.StoreError{Class: ledger.Fault, Err: errors.New("the disk is gone")}
			}
			return nil
		}
		if _, err := ledger.InParts(ctx, s.engine, apart); err == nil {
			t.Fatal("a part can't have been written")
		}
		synctest.Wait() // the other part has been given up, and may still be under way
		s.onCommit = nil
		if _, err := ledger.InParts(ctx, s.engine, apart); err != nil {
			t.Error(err)
		}
		for _, sku := range sizes {
			equal(t, "units of "+sku, s.available("milan", sku), 1)
		}
		headers := 0
		for _, w := range s.commits { // two that wait together are written together
			headers += len(w.Headers)
		}
		equal(t, "parts that were written", headers, len(sizes))
	})
}
