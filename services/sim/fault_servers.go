package sim

import (
	"context"
	"math/rand/v2"
	"syscall"
	"time"
)

// restart gives a server that has ended its next life, whatever becomes of the run meanwhile.
func (s *server) restart(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if err := s.start(ctx); err != nil {
		return err
	}
	return s.awaitReady(ctx)
}

func killServer(ctx context.Context, s *server, r *rand.Rand) (bool, error) {
	s.kill()
	hold(ctx, r, time.Millisecond, 200*time.Millisecond)
	return true, s.restart(ctx)
}

func drainServer(ctx context.Context, s *server, r *rand.Rand) (bool, error) {
	if err := s.drain(); err != nil {
		return true, err
	}
	hold(ctx, r, time.Millisecond, 100*time.Millisecond)
	return true, s.restart(ctx)
}

// pauseServer takes a server's time away while it may hold locks.
func pauseServer(ctx context.Context, s *server, r *rand.Rand) (bool, error) {
	if err := s.signal(syscall.SIGSTOP); err != nil {
		return false, err
	}
	hold(ctx, r, 50*time.Millisecond, 700*time.Millisecond)
	return true, s.signal(syscall.SIGCONT)
}

// crashAfterCommit ends a server in the moment when Postgres has answered its COMMIT and it has not heard of it.
func crashAfterCommit(ctx context.Context, s *server, _ *rand.Rand) (bool, error) {
	p := s.ending()
	s.proxy.Statements()
	s.proxy.Cut("commit", true)
	s.proxy.OnCut(func() { _ = p.signal(syscall.SIGKILL) })
	struck := await(ctx, passMax, func() bool { return s.proxy.Planned() == 0 })
	if !struck {
		// One that came just now has been taken off the plan.
		struck = s.proxy.Planned() == 0
		s.proxy.Plan()
	}
	if !struck {
		s.expect(false)
		return false, nil
	}
	// Where Postgres's end of the line breaks before it answers, nobody has ended the server: then we do.
	if !await(ctx, passMax, p.hasEnded) {
		p.kill()
	}
	s.away()
	return true, s.restart(ctx)
}
