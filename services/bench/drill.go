package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/sync/errgroup"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	"github.com/aisle-retail/aisle/services/retail"
)

// drillCallers fight over the last units.
const drillCallers = 64

// drill lets callers fight over an article of which there are a few until everybody was refused, in process and over gRPC:
// exactly as many holds must have been acknowledged as there were units. Nobody runs out in the slices themselves.
func (s *stage) drill(ctx context.Context, out io.Writer) error {
	for i, who := range []side{engine, overGRPC} {
		place := func() (string, string) { return placeCodes[i], scarceArticle }
		ask := s.holdInProcess(place)
		if who == overGRPC {
			ask = s.holdOverGRPC(place)
		}
		if err := s.auditor.before(ctx); err != nil {
			return err
		}
		sold, err := sellOut(ctx, ask)
		if err != nil {
			return fmt.Errorf("drill, %s: %w", who, err)
		}
		if err := s.auditor.after(ctx, who, sold); err != nil {
			return fmt.Errorf("drill, %w", err)
		}
		if sold.holds != unitsScarce {
			return fmt.Errorf("drill, %s: %d units were promised of %d", who, sold.holds, unitsScarce)
		}
		fmt.Fprintf(out, "Drill, %s: %d callers wanted the last %d units, %d were promised.\n", who, drillCallers, unitsScarce, sold.holds)
	}
	fmt.Fprintln(out)
	return s.sample(ctx)
}

// sellOut asks until every caller was told that there is nothing left.
func sellOut(ctx context.Context, ask call) (outcome, error) {
	promises := make([][]promise, drillCallers)
	group, ctx := errgroup.WithContext(ctx)
	for i := range drillCallers {
		group.Go(func() error {
			for {
				promised, err := ask(ctx)
				if err != nil {
					return unlessOutOfStock(err)
				}
				promises[i] = append(promises[i], promised)
			}
		})
	}
	err := group.Wait()
	var sold outcome
	for _, some := range promises {
		sold.promises = append(sold.promises, some...)
	}
	sold.done, sold.holds = int64(len(sold.promises)), int64(len(sold.promises))
	return sold, err
}

// unlessOutOfStock returns nothing for the refusal that ends the drill, in process or over the wire, and any other error.
func unlessOutOfStock(err error) error {
	var refusal *retail.Refusal
	if errors.As(err, &refusal) && refusal.Reason == retail.OutOfStock {
		return nil
	}
	if _, short := outOfStock(err); short {
		return nil
	}
	return err
}

// outOfStock are the facts of a refusal over the wire for lack of stock; false: it is no such thing.
func outOfStock(err error) (facts map[string]string, short bool) {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetReason() == string(retail.OutOfStock) {
			return info.GetMetadata(), true
		}
	}
	return nil, false
}

// sample sees how long the longest event and answer of a hold are that Aisle wrote, so that pgbench writes as many bytes: one time in
// ten ends in a zero, which JSON leaves out.
func (s *stage) sample(ctx context.Context) error {
	var body, answer int
	err := s.conn.QueryRow(ctx, `
select max(length(e.body)), max(length(r.answer))
from ledger_transactions t
join requests r on r.id = t.request_id
join events e on e.transaction_id = t.id
where t.kind = 'HOLD'`).Scan(&body, &answer)
	if err != nil {
		return err
	}
	s.pgbench.body, s.pgbench.answer = strings.Repeat("e", body), strings.Repeat("a", answer)
	if s.pgbench.order3, err = s.sampleOrder(ctx, s.orderOverGRPC(false)); err != nil {
		return err
	}
	s.pgbench.pair, err = s.sampleOrder(ctx, s.pairOverGRPC)
	return err
}
