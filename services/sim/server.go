package sim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/aisle-retail/aisle/services/pgtest"
)

// server is one server of a cluster, over all its lives, with the lines around it.
type server struct {
	cluster *Cluster
	name    string
	env     []string
	front   *Line // to its gRPC
	web     *Line // to its REST
	// database is the line to the proxy, which knows bytes; proxy knows statements.
	database *Line
	proxy    *pgtest.Proxy
	said     *says
	// faulting is held by a fault on this server.
	faulting sync.Mutex

	mu      sync.Mutex
	process *process
	// expected tells that the end of the process is a fault's doing.
	expected bool
	watching sync.WaitGroup
}

// newServer starts a server with its lines.
func newServer(ctx context.Context, c *Cluster, name string, env []string) (s *server, err error) {
	s = &server{cluster: c, name: name, said: &says{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.proxy, err = pgtest.StartProxy(c.DatabaseURL()); err != nil {
		return s, err
	}
	host, _, err := hostOf(s.proxy.URL(), "")
	if err != nil {
		return s, err
	}
	if s.database, err = StartLine(dialTo(host)); err != nil {
		return s, err
	}
	_, through, err := hostOf(s.proxy.URL(), s.database.Addr())
	if err != nil {
		return s, err
	}
	s.env = append([]string{"AISLE_DATABASE_URL=" + through}, env...)
	if s.front, err = StartLine(nowhere); err != nil {
		return s, err
	}
	if s.web, err = StartLine(nowhere); err != nil {
		return s, err
	}
	return s, s.start(ctx)
}

// startPause is how long a supervisor waits before it starts a server again that ended before it served: the database may be away.
const startPause = 20 * time.Millisecond

// start gives the server its next life, and returns when it serves.
func (s *server) start(ctx context.Context) (err error) {
	var p *process
	served := await(ctx, startMax, func() bool {
		if p, err = startProcess(ctx, s.name, s.env, s.said); err != nil {
			wait(ctx, startPause)
		}
		return err == nil
	})
	if !served {
		return fmt.Errorf("%s does not come to serve: %w", s.name, err)
	}
	s.mu.Lock()
	s.process, s.expected = p, false
	s.mu.Unlock()
	s.front.Lead(dialTo(p.at.GRPC))
	s.web.Lead(dialTo(p.at.HTTP))
	s.watching.Go(func() {
		<-p.ended
		s.mu.Lock()
		expected := s.expected
		s.mu.Unlock()
		if !expected {
			s.cluster.alarm(fmt.Sprintf("%s ended by itself, with %s:\n%s", s.name, p.cmd.ProcessState, s.said.tail()))
		}
	})
	return nil
}

// ending says that the process will end because we want it to.
func (s *server) ending() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expected = true
	return s.process
}

// expect takes ending back, where it did not end.
func (s *server) expect(end bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expected = end
}

// signal sends a signal to the process.
func (s *server) signal(what syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process.signal(what)
}

// kill ends the server as a crash would.
func (s *server) kill() {
	s.ending().kill()
	s.away()
}

// drain ends the server in order, and fails where it does not end well.
func (s *server) drain() error {
	defer s.away()
	return s.ending().drain()
}

// away closes the lines to a server that has ended, so that a stranger who gets its port next is not mistaken for it.
func (s *server) away() {
	for _, line := range []*Line{s.front, s.web} {
		line.Lead(nowhere)
		line.Cut()
	}
}

// pid is the process id of the present life.
func (s *server) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process.pid()
}

// awaitReady returns when the server reaches its database.
func (s *server) awaitReady(ctx context.Context) error {
	s.mu.Lock()
	p := s.process
	s.mu.Unlock()
	for {
		err := ready(ctx, p.at.HTTP)
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("it ended, with %s", p.cmd.ProcessState)
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// end ends the server in order, for good.
func (s *server) end() error {
	if s.process == nil {
		return nil
	}
	err := s.drain()
	s.watching.Wait()
	s.process = nil
	return err
}

// close ends the server in order, and its lines.
func (s *server) close() error {
	err := s.end()
	for _, line := range []*Line{s.front, s.web, s.database} {
		if line != nil {
			line.Close()
		}
	}
	if s.proxy != nil {
		s.proxy.Close()
	}
	return err
}
