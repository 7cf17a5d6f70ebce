package ledger

import (
	"context"
	"strconv"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/aisle-retail/aisle/services/retail"
)

// partsAtOnce is how many parts of a request that have no row in common are under way at a time. One leaves the service idle while
// the database works, and the other way round; more would take from others.
const partsAtOnce = 2

// Parts is a request that is more than one transaction may take, cut into commands that are carried out one after another, or two at
// a time.
type Parts[R any] struct {
	// Apart: those after the first have no row in common, and what one comes to does not depend on another.
	Apart bool
	// First has the request's own id.
	First retail.Command[R]
	// Rest returns the other parts, cut from what the first came to, so that a retry cuts as the first time; nil: there are
	// none. It is known before anything can be refused: where a plan is refused by now and the first part was carried out when
	// it was not, the request goes on with it.
	Rest func(ctx context.Context, first R) ([]retail.Command[R], error)
}

// PartID is the request id of a part after the first, counted from 2: a UUID of version 5 (RFC 9562) in the namespace of the
// request's own id, so that whoever retries the request retries each of its parts.
func PartID(request retail.ID, part int) retail.ID {
	return retail.ID(uuid.NewSHA1(uuid.UUID(request), []byte(strconv.Itoa(part))))
}

// InParts plans a request, carries its parts out, and returns what each came to. What is wrong with the request is found by the plan,
// before anything is done. A request that ends in between, for whatever reason, is finished by its retry: the parts that were
// carried out answer as they did, and the others follow. Those after the first wait behind people.
func InParts[R any](ctx context.Context, e *Engine, plan func(context.Context) (Parts[R], error)) ([]R, error) {
	var parts Parts[R]
	first, err := Replan(ctx, e, func(ctx context.Context) (retail.Command[R], error) {
		var err error
		parts, err = plan(ctx)
		return parts.First, err
	})
	if err != nil || parts.Rest == nil {
		return []R{first}, err
	}
	rest, err := parts.Rest(ctx, first)
	if err != nil {
		return nil, err
	}
	results := make([]R, 1+len(rest))
	results[0] = first
	request, _ := RequestFrom(ctx) // the first part had one
	request.Bulk = true
	group, ctx := errgroup.WithContext(ctx)
	atOnce := 1
	if parts.Apart {
		atOnce = partsAtOnce
	}
	group.SetLimit(atOnce)
	for i, part := range rest {
		this := request
		this.ID = PartID(request.ID, i+2)
		this.Beside = uint64(i % atOnce)
		group.Go(func() (err error) {
			if err = ctx.Err(); err == nil { // one that failed ends the request
				results[i+1], err = Submit(WithRequest(ctx, this), e, part)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return results, nil
}
