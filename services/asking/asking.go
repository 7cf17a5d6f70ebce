// Package asking asks those outside what the ledger says that they were to be asked, until they have answered. Who asks records the question
// first; whatever dies in between, any process goes on with it.
package asking

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"
)

const (
	// Longest is how long one question may take.
	Longest = 20 * time.Second
	// patience is how many looks whoever asked first has for the answer, until others look after it.
	patience = 3
	// lookMax is how many questions one look takes, and askersMax how many of them are asked at once.
	lookMax   = 200
	askersMax = 8
)

// Unknown is that nobody knows what became of a question, which is to be asked again.
type Unknown struct{ error }

// NotKnown says why nobody knows.
func NotKnown(why error) error { return Unknown{why} }

// Unwrap is why.
func (u Unknown) Unwrap() error { return u.error }

// Rounds look after what is unanswered, and ask it again.
type Rounds[Q any] struct {
	// Whom is who is asked, for people.
	Whom string
	Log  *slog.Logger
	// Unanswered reads questions that are at least so old, the oldest first, after another one.
	Unanswered func(ctx context.Context, older time.Duration, after Q, limit int) ([]Q, error)
	// Ask asks one, and records what is answered.
	Ask func(ctx context.Context, question Q) error
}

// Run looks again and again, until the context ends.
func (r Rounds[Q]) Run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var after Q
	for failing := false; ; {
		var err error
		after, err = r.look(ctx, patience*every, after)
		if err != nil && ctx.Err() == nil && !failing { // once, not at every look
			r.Log.Warn(r.Whom+" was not asked, or has not answered", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Once asks all that is unanswered for so long. An error is the first of them; the others were asked all the same.
func (r Rounds[Q]) Once(ctx context.Context, older time.Duration) error {
	var first Q
	_, err := r.look(ctx, older, first)
	return err
}

// look asks as much as one look takes after what the look before ended with, and returns where the next goes on, so that what takes its time
// keeps nothing else from being asked.
func (r Rounds[Q]) look(ctx context.Context, older time.Duration, after Q) (next Q, err error) {
	questions, err := r.Unanswered(ctx, older, after, lookMax)
	if err != nil {
		return after, err
	}
	if len(questions) >= lookMax {
		next = questions[len(questions)-1]
	}
	var asking errgroup.Group
	asking.SetLimit(askersMax)
	for _, question := range questions {
		asking.Go(func() error { return r.Ask(ctx, question) })
	}
	return next, asking.Wait()
}

// Together asks a question once where several want its answer. Who gives up waiting, and who is not answered, has what it knew itself before, which
// may be newer than what whoever asked first did; it is asked all the same.
func Together[A any](
	ctx context.Context, group *singleflight.Group, question string, known A, ask func(context.Context) (A, error),
) (A, error) {
	answered := group.DoChan(question, func() (any, error) { return ask(context.WithoutCancel(ctx)) })
	select {
	case <-ctx.Done():
		return known, NotKnown(ctx.Err())
	case came := <-answered:
		if came.Err != nil {
			return known, came.Err
		}
		return came.Val.(A), nil
	}
}
