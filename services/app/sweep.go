package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// sweepBatch is how many promises of each kind one look takes at most.
const sweepBatch = 500

// sweepActor is the actor of what the sweeper does.
const sweepActor = "aisle/sweeper"

// sweepReads is what the sweeper reads.
type sweepReads interface {
	ExpiredHolds(ctx context.Context, limit int) ([]retail.Hold, error)
	OverduePromises(ctx context.Context, limit int) ([]postgres.Overdue, error)
	LeftCarts(ctx context.Context, limit int) ([]postgres.LeftCart, error)
	ExpiredCards(ctx context.Context, limit int) ([]retail.Balance, error)
	UnsentReturns(ctx context.Context, limit int) ([]retail.ID, error)
	OrdersByID(ctx context.Context, ids []retail.ID) ([]retail.Order, error)
	RefreshSearch(ctx context.Context, limit int) (int, error)
}

// sweeper ends promises whose time is over, and gives their goods back: holds, pickups that nobody collected, and orders that
// nobody paid; it says of carts that they are left behind, and makes ours what is on gift cards that expired; and requests to send goods back that
// were not sent in time. Ending one is an ordinary command, whose request id follows from what it ends, so that any number of servers may sweep at once. What is over can't be used from that instant, whether swept or not.
type sweeper struct {
	engine *ledger.Engine
	reads  sweepReads
	log    *slog.Logger
}

// refreshBatch is how many products are made searchable at once, refreshEvery how often it is looked for them: a server of before
// may put products while this one runs.
const (
	refreshBatch = 200
	refreshEvery = 10 * time.Minute
)

// refresh makes products searchable that a server of before put.
func (s *sweeper) refresh(ctx context.Context) {
	for {
		n, err := s.reads.RefreshSearch(ctx, refreshBatch)
		if err != nil && ctx.Err() == nil {
			s.log.Warn("products can't be made searchable", "error", err)
		}
		if err != nil || n < refreshBatch {
			return
		}
	}
}

// run sweeps until the context ends.
func (s *sweeper) run(ctx context.Context, every time.Duration) {
	s.refresh(ctx)
	refreshed := time.Now()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for s.once(ctx) {
			// There is more: do not wait.
		}
		if time.Since(refreshed) > refreshEvery {
			s.refresh(ctx)
			refreshed = time.Now()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// overdue is one promise to end.
type overdue struct {
	what string
	end  func(context.Context) error
}

// once ends what is due now, and tells whether there may be more.
func (s *sweeper) once(ctx context.Context) bool {
	due, more, err := s.due(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("overdue promises can't be read", "error", err)
		}
		return false
	}
	var working sync.WaitGroup
	var ended, failed atomic.Bool
	for _, promise := range due {
		working.Go(func() {
			switch err := promise.end(ledger.Own(ctx, "aisle/"+promise.what, ledger.Request{Actor: sweepActor, Bulk: true})); {
			case err == nil:
				ended.Store(true)
			case ctx.Err() == nil && !settled(err):
				failed.Store(true)
				s.log.Warn("an overdue promise can't be ended", "promise", promise.what, "error", err)
			}
		})
	}
	working.Wait()
	return more && ended.Load() && !failed.Load() // after a failure, or where nothing could be done, with a pause
}

// due reads what is over.
func (s *sweeper) due(ctx context.Context) (due []overdue, more bool, err error) {
	holds, err := s.reads.ExpiredHolds(ctx, sweepBatch)
	if err != nil {
		return nil, false, err
	}
	for _, hold := range holds {
		due = append(due, overdue{"expire/" + hold.Location + "/" + hold.ID.String(), func(ctx context.Context) error {
			_, err := ledger.Submit(ctx, s.engine, retail.EndHold{
				Hold: hold.ID, Transaction: ledger.NewID(), Location: hold.Location, Lines: hold.Lines, Sweep: true,
			})
			return err
		}})
	}
	promises, err := s.reads.OverduePromises(ctx, sweepBatch)
	if err != nil {
		return nil, false, err
	}
	orders, err := s.orders(ctx, promises)
	if err != nil {
		return nil, false, err
	}
	for _, promise := range promises {
		if order, found := orders[promise.Order]; found {
			due = append(due, overdue{promise.String(), func(ctx context.Context) error { return s.cancel(ctx, promise, order) }})
		}
	}
	carts, err := s.reads.LeftCarts(ctx, sweepBatch)
	if err != nil {
		return nil, false, err
	}
	for _, cart := range carts {
		due = append(due, overdue{fmt.Sprintf("leave/%s/%d", cart.ID, cart.Version), func(ctx context.Context) error {
			_, err := ledger.Submit(ctx, s.engine, retail.LeaveCart{
				Transaction: ledger.NewID(), Cart: cart.ID, Version: cart.Version, After: cart.After,
			})
			return err
		}})
	}
	cards, err := s.reads.ExpiredCards(ctx, sweepBatch)
	if err != nil {
		return nil, false, err
	}
	for _, card := range cards {
		due = append(due, overdue{fmt.Sprintf("expire/%s/%s/%d", card.Location, card.Account, card.Version), func(ctx context.Context) error {
			_, err := ledger.Submit(ctx, s.engine, retail.ExpireCard{Transaction: ledger.NewID(), Location: card.Location, Account: card.Account})
			return err
		}})
	}
	unsent, err := s.reads.UnsentReturns(ctx, sweepBatch)
	if err != nil {
		return nil, false, err
	}
	for _, id := range unsent {
		due = append(due, overdue{"expire/" + retail.ReturnRequestPrefix + id.String(), func(ctx context.Context) error {
			_, err := ledger.Submit(ctx, s.engine, retail.EndReturnRequest{
				Request: id, Transaction: ledger.NewID(), As: retail.ReturnRequestExpired,
			})
			return err
		}})
	}
	more = max(len(unsent), len(cards), len(holds), len(promises), len(carts)) >= sweepBatch
	return due, more, nil
}

// orders reads the orders of promises, by id.
func (s *sweeper) orders(ctx context.Context, of []postgres.Overdue) (map[retail.ID]retail.Order, error) {
	if len(of) == 0 {
		return nil, nil
	}
	ids := make([]retail.ID, len(of))
	for i, promise := range of {
		ids[i] = promise.Order
	}
	found, err := s.reads.OrdersByID(ctx, ids)
	orders := make(map[retail.ID]retail.Order, len(found))
	for _, order := range found {
		orders[order.ID] = order
	}
	return orders, err
}

// cancel gives up a pickup that nobody collected, or an order that nobody paid.
func (s *sweeper) cancel(ctx context.Context, promise postgres.Overdue, order retail.Order) error {
	why := retail.CancelUnpaid
	if !promise.Fulfilment.IsZero() {
		why = retail.CancelNoShow
	}
	_, err := ledger.Submit(ctx, s.engine, retail.CancelUnits{
		Transaction: ledger.NewID(), Order: order, Fulfilment: promise.Fulfilment, Why: why,
	})
	return err
}

// settled tells whether somebody ended the promise meanwhile, or our clocks differ by a hair. Any other refusal is a promise that
// can't be ended, and somebody must know.
func settled(err error) bool {
	refusal := (*retail.Refusal)(nil)
	if errors.As(err, &refusal) {
		switch refusal.Reason {
		case retail.HoldReleased, retail.HoldExpired, retail.HoldCommitted, retail.AlreadyHandedOver:
			return true
		}
	}
	return errors.Is(err, retail.ErrStale)
}
