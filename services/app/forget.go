package app

import (
	"context"
	"time"
)

const (
	// personalKept is how long it is kept at most how a customer is told, and whom her parcels are for: until the time to bring something back
	// is over.
	personalKept = 180 * 24 * time.Hour
	// findersKept is how long it is kept at most what a purchase is found by: longer than the longest time that goods of a season may come back.
	findersKept = 400 * 24 * time.Hour
	// forgetEvery is how often it is looked for what can be forgotten.
	forgetEvery = 10 * time.Minute
)

// forget forgets what is known of people and nobody needs any more, whatever services this process has, and whether or not anybody is told or
// sent anything.
func (s *Server) forget(ctx context.Context) {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for {
		if err := s.db.Jobs().Forget(ctx, personalKept, findersKept); err != nil && ctx.Err() == nil {
			s.log.Warn("what is known of customers for too long is not forgotten", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
