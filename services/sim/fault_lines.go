package sim

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/aisle-retail/aisle/services/pgtest"
)

// passMax is how long a cut waits for the bytes or the statement that it is to happen at.
const passMax = 400 * time.Millisecond

func cutFront(ctx context.Context, s *server, r *rand.Rand) (bool, error) {
	return cutAnywhere(ctx, s.front, r), nil
}

func cutDatabase(ctx context.Context, s *server, r *rand.Rand) (bool, error) {
	return cutAnywhere(ctx, s.database, r), nil
}

// cutAnywhere cuts one connection of a line at a byte of either direction.
func cutAnywhere(ctx context.Context, l *Line, r *rand.Rand) bool {
	ctx, cancel := context.WithTimeout(ctx, passMax)
	defer cancel()
	defer l.CutAfter(0, false)
	select {
	case <-l.CutAfter(anyByte(r), r.IntN(2) == 0):
		return true
	case <-ctx.Done():
		return false
	}
}

func stallFront(ctx context.Context, s *server, r *rand.Rand) (bool, error) {
	return stallLine(ctx, s.front, r), nil
}

func stallDatabase(ctx context.Context, s *server, r *rand.Rand) (bool, error) {
	return stallLine(ctx, s.database, r), nil
}

// stallLine keeps what goes over a line for a while, and then delivers it or drops the line.
func stallLine(ctx context.Context, l *Line, r *rand.Rand) bool {
	defer l.Flow()
	stalled := l.Stall()
	hold(ctx, r, 20*time.Millisecond, 600*time.Millisecond)
	if r.IntN(3) > 0 {
		l.Cut()
	}
	return stalled > 0
}

// hangUpFront has clients go away whose requests are on the line, and delivers those afterwards.
func hangUpFront(ctx context.Context, s *server, r *rand.Rand) (bool, error) {
	defer s.front.Flow()
	s.front.Stall()
	late := await(ctx, passMax, func() bool { return s.front.Kept() > 0 })
	hold(ctx, r, time.Millisecond, 20*time.Millisecond)
	s.front.HangUp()
	hold(ctx, r, 10*time.Millisecond, 400*time.Millisecond)
	return late, nil
}

// cutStatement cuts the line to Postgres at a statement, before Postgres sees it, or when it has carried the round trip out.
func cutStatement(ctx context.Context, s *server, r *rand.Rand) (bool, error) {
	s.proxy.Statements() // nobody reads them, and they would pile up
	s.proxy.Plan(pgtest.Fault{At: 1 + r.IntN(60), Answered: r.IntN(2) == 0})
	defer s.proxy.Plan()
	return await(ctx, passMax, func() bool { return s.proxy.Planned() == 0 }), nil
}

// transients are what Postgres may say of a statement that would have been carried out at another moment: it would not have
// been in order, two waited for each other, the disk, the memory or the connections were used up, a lock did not come in
// time, the statement took too long, the server is being shut down or started.
var transients = []string{"40001", "40P01", "53100", "53200", "53300", "55P03", "57014", "57P01", "57P03"}

// refuseStatement has Postgres fail at statements, one after the other, whatever the statements are.
func refuseStatement(ctx context.Context, s *server, r *rand.Rand) (bool, error) {
	s.proxy.Statements()
	var faults []pgtest.Fault
	for range 1 + r.IntN(4) {
		faults = append(faults, pgtest.Fault{At: 1 + r.IntN(40), Code: transients[r.IntN(len(transients))]})
	}
	s.proxy.Plan(faults...)
	defer s.proxy.Plan()
	await(ctx, passMax, func() bool { return s.proxy.Planned() == 0 })
	return s.proxy.Planned() < len(faults), nil
}

// await asks until the answer is yes; false: it did not come in time.
func await(ctx context.Context, most time.Duration, ask func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !ask() {
		if ctx.Err() != nil {
			return false
		}
		wait(ctx, time.Millisecond)
	}
	return true
}
