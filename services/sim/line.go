package sim

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
)

// Line is a line between two processes that knows nothing of what goes over it. It can be cut at any byte, and can stall. Its
// address stays the same wherever it leads.
type Line struct {
	listener net.Listener
	pumps    sync.WaitGroup

	mu     sync.Mutex
	dial   func() (net.Conn, error)
	open   map[*strand]bool
	cutter *cutter
	closed chan struct{}
}

// cutter cuts one strand when that many more bytes have passed in a direction.
type cutter struct {
	left     atomic.Int64
	upwards  bool
	done     chan struct{}
	doneOnce sync.Once
}

// strand is one connection over a line.
type strand struct {
	client, server net.Conn
	// stalled is nil while bytes pass; while they do not, it is closed when they may. kept is how many wait for that.
	stalled chan struct{}
	kept    int
}

func (s *strand) close() {
	s.client.Close()
	s.server.Close()
}

// StartLine starts a line to wherever dial leads. Close stops it.
func StartLine(dial func() (net.Conn, error)) (*Line, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Line{listener: listener, dial: dial, open: map[*strand]bool{}, closed: make(chan struct{})}
	l.pumps.Go(l.accept)
	return l, nil
}

// Addr is where the line is entered, host:port.
func (l *Line) Addr() string { return l.listener.Addr().String() }

// Lead makes new connections go elsewhere.
func (l *Line) Lead(dial func() (net.Conn, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dial = dial
}

// Close cuts every connection and stops listening.
func (l *Line) Close() {
	l.listener.Close()
	close(l.closed)
	l.Cut()
	l.pumps.Wait()
}

// Cut cuts every connection, and returns how many there were.
func (l *Line) Cut() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.open)
	for s := range l.open {
		s.close()
	}
	return n
}

// CutAfter cuts whichever connection brings that many more bytes to pass in a direction, up to the server or down to the
// client: the bytes before arrive, the one after does not. The channel is closed when it has happened. A second cut replaces
// one that is still to come, and 0 bytes take it back.
func (l *Line) CutAfter(bytes int64, upwards bool) (done <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &cutter{upwards: upwards, done: make(chan struct{})}
	c.left.Store(bytes)
	l.cutter = c
	if bytes == 0 {
		l.cutter = nil
	}
	return c.done
}

// HangUp closes the clients' ends of every connection, and returns how many there were. What a stalled connection has taken
// from its client still reaches the server: a request that its client has given up.
func (l *Line) HangUp() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.open {
		s.client.Close()
	}
	return len(l.open)
}

// Stall lets nothing pass any more over the connections that are open, and says nothing to either side, until Flow. It returns
// how many there are.
func (l *Line) Stall() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.open {
		if s.stalled == nil {
			s.stalled = make(chan struct{})
		}
	}
	return len(l.open)
}

// Kept is how many bytes wait on connections that are stalled.
func (l *Line) Kept() (bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.open {
		bytes += s.kept
	}
	return bytes
}

// Flow ends Stall: what waited passes.
func (l *Line) Flow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.open {
		s.flow()
	}
}

func (s *strand) flow() {
	if s.stalled != nil {
		close(s.stalled)
		s.stalled, s.kept = nil, 0
	}
}

func (l *Line) accept() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.mu.Lock()
		dial := l.dial
		l.mu.Unlock()
		l.pumps.Go(func() { l.connect(client, dial) })
	}
}

func (l *Line) connect(client net.Conn, dial func() (net.Conn, error)) {
	server, err := dial()
	if err != nil {
		client.Close()
		return
	}
	s := &strand{client: client, server: server}
	l.mu.Lock()
	select {
	case <-l.closed:
		l.mu.Unlock()
		s.close()
		return
	default:
	}
	l.open[s] = true
	l.mu.Unlock()
	upwards := make(chan struct{})
	l.pumps.Go(func() {
		defer close(upwards)
		l.pump(s, client, server, true)
	})
	l.pump(s, server, client, false)
	<-upwards
	l.mu.Lock()
	delete(l.open, s)
	l.mu.Unlock()
}

// pump copies one direction until either end closes, and closes both.
func (l *Line) pump(s *strand, from io.Reader, to io.Writer, upwards bool) {
	defer s.close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			l.mu.Lock()
			stalled, cutter := s.stalled, l.cutter
			if stalled != nil {
				s.kept += n
			}
			l.mu.Unlock()
			if stalled != nil {
				select {
				case <-stalled:
				case <-l.closed:
					return
				}
			}
			passed, cut := cutter.take(n, upwards)
			if _, err := to.Write(buffer[:passed]); err != nil || cut {
				if cut {
					cutter.doneOnce.Do(func() { close(cutter.done) })
				}
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// take tells how many of n bytes may pass, and whether the line ends there.
func (c *cutter) take(n int, upwards bool) (passed int, cut bool) {
	if c == nil || c.upwards != upwards {
		return n, false
	}
	left := c.left.Add(-int64(n))
	if left > 0 || left <= -int64(n) { // not yet, or another connection was the one
		return n, false
	}
	return n + int(left), true
}

// anyByte draws where to cut: mostly within the first few messages, at times far into a longer exchange.
func anyByte(r *rand.Rand) int64 {
	if r.IntN(4) == 0 {
		return 1 + r.Int64N(20_000)
	}
	return 1 + r.Int64N(1_000)
}
