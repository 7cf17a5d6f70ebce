package imports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// receiveLinesMax is how many lines the contract allows in one delivery, and in one adjustment.
const receiveLinesMax = 1000

// assumedReference is the delivery number of opening stock that no file tells.
const assumedReference = "assumed opening stock"

// openingStock is what a file will take from the shelves, and is received before its first day. It depends on the file's text
// alone: the same file brings it once, another month's file brings its own.
type openingStock struct {
	// digest is of the file's text.
	digest string
	// opening is before the first sale.
	opening   time.Time
	positions []position
}

// position is the units of one product that leave one place.
type position struct {
	store, product string
	units          int64
}

// sortPositions puts them into the order in which they are received.
func sortPositions(positions []position) {
	slices.SortFunc(positions, func(a, b position) int {
		return cmp.Or(strings.Compare(a.store, b.store), strings.Compare(a.product, b.product))
	})
}

// dayBefore is the midnight that begins the day before.
func dayBefore(at time.Time) time.Time {
	year, month, day := at.Date()
	return time.Date(year, month, day-1, 0, 0, 0, 0, at.Location())
}

// receiveOpening receives it, in one delivery per place, cut into requests of what one may hold.
func (r *run) receiveOpening(o openingStock) error {
	for from := 0; from < len(o.positions); {
		store := o.positions[from].store
		to := from
		request := &stockv1.ReceiveStockRequest{
			RequestId: factID(r.Format, "opening", o.digest, store, o.positions[from].product),
			Location:  store, Reference: assumedReference, OccurredAt: timestamppb.New(o.opening),
		}
		for ; to < len(o.positions) && to-from < receiveLinesMax && o.positions[to].store == store; to++ {
			p := o.positions[to]
			request.Lines = append(request.Lines, &stockv1.ReceiveLine{Sku: p.product, Quantity: p.units})
		}
		from = to
		err := r.window.do("", func(ctx context.Context) (func() error, error) {
			if _, err := r.stock.ReceiveStock(ctx, request); err != nil {
				return nil, fmt.Errorf("opening stock of %s: %w", store, err)
			}
			return func() error { r.report.Deliveries++; return nil }, nil
		})
		if err != nil {
			return err
		}
	}
	return r.window.wait()
}
