package demo

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

// Options say how to play the trade.
type Options struct {
	// Percent is how much of it there is, for tests; 0: 100.
	Percent int
	// Told is told after each day how many acts of all are done; nil: nobody is.
	Told func(done, all int)
}

// Played is what became of it.
type Played struct {
	// Before is true where all of it had been done already, and nothing was sent.
	Before bool
	// Invoice is one of the shopper's, a full one.
	Invoice string
	// Requests were carried out, now or by an earlier run that did not come to its end.
	Requests int
	// Refused were not: somebody else took the goods, or the folder is of an earlier version. Refusal is the first.
	Refused int
	Refusal string
}

// Trade plays four weeks of trade in all channels, up to the instant of its first act, through the API. It is safe to run again
// after whatever ended it: every request has an id of its own that is the same again, so what was done is not done twice. Where all
// was done, which one look tells, it sends nothing.
func Trade(ctx context.Context, conn grpc.ClientConnInterface, o Options) (Played, error) {
	if o.Percent == 0 {
		o.Percent = 100
	}
	if o.Told == nil {
		o.Told = func(int, int) {}
	}
	w := newPlayer(conn)
	known, err := w.known(ctx)
	if err != nil {
		return Played{}, err
	}
	w.played.Before = known["closing"] != nil
	if !w.played.Before {
		if err := w.all(ctx, known["opening"], o); err != nil {
			return w.played, err
		}
		known, err = w.known(ctx)
	}
	w.played.Requests = int(w.requests.Load())
	for _, document := range known["ada/studio"].GetDocuments() {
		w.played.Invoice = document.GetInvoice()
	}
	return w.played, err
}

// all plays all of it, after the first order if that is there.
func (w *player) all(ctx context.Context, opening *orderspb.Order, o Options) error {
	if opening == nil {
		if err := w.act(ctx, act{request: newPlanner(time.Time{}, 0).opening().request}); err != nil {
			return fmt.Errorf("the first order: %w", err)
		}
		known, err := w.known(ctx)
		if err != nil {
			return err
		}
		opening = known["opening"]
	}
	p := planned(opening.GetOccurredAt().AsTime(), o.Percent)
	if err := w.play(ctx, p.acts, o.Told); err != nil {
		return err
	}
	if err := w.act(ctx, act{request: p.closing().request}); err != nil {
		return fmt.Errorf("the last order: %w", err)
	}
	return nil
}

// known are the shopper's orders by which the demo finds its way, by their keys.
func (w *player) known(ctx context.Context) (map[string]*orderspb.Order, error) {
	found := map[string]*orderspb.Order{}
	for token := ""; ; {
		page, err := w.orders.ListOrders(ctx, &orderspb.ListOrdersRequest{Customer: Shopper, PageSize: 200, PageToken: token})
		if err != nil {
			return nil, fmt.Errorf("what is there already: %w", err)
		}
		for _, order := range page.Orders {
			for _, key := range []string{"opening", "ada/studio", "closing"} {
				if order.Id == derived("order", key) {
					found[key] = order
				}
			}
		}
		if token = page.NextPageToken; token == "" {
			return found, nil
		}
	}
}
