package pgtest

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// Proxy is the line between a process and Postgres. It reads what the process sends, which is enough to count statements, and
// to cut the line or have the server fail at any of them.
type Proxy struct {
	listener net.Listener
	// url leads through the proxy.
	url string

	mu       sync.Mutex
	network  string // of the server
	address  string
	executed []string // prepared statements, in order
	planned  []Fault  // what is to go wrong, one after the other
	onCut    func()   // called in the moment of a cut, once
	downNext bool     // whether the server is away from then on
	down     bool     // whether it is away now
	open     map[net.Conn]bool
	pumps    sync.WaitGroup
}

// StartProxy starts a proxy to the server of a URL. Close stops it.
func StartProxy(address string) (*Proxy, error) {
	p := &Proxy{open: map[net.Conn]bool{}}
	if err := p.Lead(address); err != nil {
		return nil, err
	}
	through, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	query := through.Query()
	query.Del("host")
	query.Del("port")
	query.Set("sslmode", "disable") // so that there is something to read
	through.Host, through.RawQuery = p.listener.Addr().String(), query.Encode()
	p.url = through.String()
	p.pumps.Go(p.accept)
	return p, nil
}

// Lead makes new connections go to the server of a URL: one that was started again may listen elsewhere.
func (p *Proxy) Lead(address string) error {
	config, err := pgconn.ParseConfig(address)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.network, p.address = pgconn.NetworkAddress(config.Host, config.Port)
	return nil
}

// URL leads to the database through the proxy.
func (p *Proxy) URL() string { return p.url }

// Close cuts every line and stops listening.
func (p *Proxy) Close() {
	p.listener.Close()
	p.TakeDown()
	p.pumps.Wait()
}

// Fault is what goes wrong at one execution of a prepared statement: the line is cut, or the server fails.
type Fault struct {
	// Counts tells which executions count, by the statement's name and the whole message that binds it, so that executions
	// with other parameters can be told apart. It is called in order, for one execution at a time; nil: all count.
	Counts func(statement, bind string) bool
	// At is which of those it happens at, counted from the fault before. 1 is the next.
	At int
	// Answered has the server carry out the whole round trip before the line is cut, so that only the answer is lost.
	Answered bool
	// Code is the SQLSTATE with which the server fails in the statement's stead, and the line is kept.
	Code string
}

// Plan makes faults happen, one after the other, instead of what was planned before.
func (p *Proxy) Plan(faults ...Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.planned, p.onCut = faults, nil
}

// Planned is how many faults are still to come.
func (p *Proxy) Planned() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.planned)
}

// Cut cuts the line at the next execution of a statement: before the server sees it, or when it has carried the whole round
// trip out and only the answer is left.
func (p *Proxy) Cut(statement string, answered bool) {
	p.Plan(Fault{Counts: func(executed, _ string) bool { return executed == statement }, At: 1, Answered: answered})
}

// OnCut is called in the moment of the next cut, before anybody can see it: with a cut that is answered, the server has
// carried out the round trip and the process does not know yet. To be set after Cut.
func (p *Proxy) OnCut(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onCut = do
}

// DownAfterCut makes the next cut the last thing that is heard of the server until BringUp.
func (p *Proxy) DownAfterCut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.downNext = true
}

// Uncut tells whether a cut is still to come.
func (p *Proxy) Uncut() bool { return p.Planned() > 0 }

// TakeDown cuts every line and refuses new ones until BringUp.
func (p *Proxy) TakeDown() {
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	p.Drop()
}

// BringUp ends TakeDown.
func (p *Proxy) BringUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

// Statements are the prepared statements that were executed since the last call, in order.
func (p *Proxy) Statements() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.executed
	p.executed = nil
	return all
}

// Drop closes every connection.
func (p *Proxy) Drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		conn.Close()
	}
	clear(p.open)
}

// keep remembers the two ends of a line, unless the server is down.
func (p *Proxy) keep(ends ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, end := range ends {
		if p.down {
			end.Close()
		} else {
			p.open[end] = true
		}
	}
	return !p.down
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		network, address := p.network, p.address
		p.mu.Unlock()
		server, err := net.Dial(network, address)
		if err != nil {
			client.Close()
			continue
		}
		if p.keep(client, server) {
			l := &line{Proxy: p, client: client, server: server}
			p.pumps.Go(l.forward)
			p.pumps.Go(l.back)
		}
	}
}

// line is one connection through the proxy.
type line struct {
	*Proxy
	client, server net.Conn
	failed         bool // the server fails in this round trip; known to forward only

	mu     sync.Mutex
	muted  bool   // answers are swallowed, and the line is cut when they end
	onEnd  func() // called then; nil: nobody is told
	hidden int    // answers to what the process did not ask, from the next ParseComplete on
	hiding bool   // whether that has come
}

func (l *line) close() {
	l.client.Close()
	l.server.Close()
}

// forward takes what the process sends to the server, message by message.
func (l *line) forward() {
	defer l.close()
	if err := copyMessage(l.server, l.client, nil); err != nil { // the start has no type
		return
	}
	for {
		kind := make([]byte, 1)
		if _, err := io.ReadFull(l.client, kind); err != nil {
			return
		}
		if err := copyMessage(l.server, l.client, func(body []byte) ([]byte, error) {
			switch kind[0] {
			case 'B':
				return l.look(body)
			case 'S': // the end of a round trip
				l.failed = false
			}
			return append(kind, body...), nil
		}); err != nil {
			return
		}
	}
}

var errCut = errors.New("cut")

// look finds out which statement a Bind executes, and returns what is sent to the server: itself, unless something is to go
// wrong.
func (l *line) look(body []byte) ([]byte, error) {
	message := append([]byte{'B'}, body...)
	if l.failed { // the server skips it
		return message, nil
	}
	statement := strings.SplitN(string(body[4:]), "\x00", 3)[1] // after the name of a portal
	l.Proxy.mu.Lock()
	defer l.Proxy.mu.Unlock()
	l.executed = append(l.executed, statement)
	if statement == "" || len(l.planned) == 0 {
		return message, nil
	}
	fault := &l.planned[0]
	if fault.Counts != nil && !fault.Counts(statement, string(body)) {
		return message, nil
	}
	if fault.At--; fault.At > 0 {
		return message, nil
	}
	l.planned = l.planned[1:]
	if fault.Code != "" {
		l.failed = true
		return l.fail(statement, fault.Code), nil
	}
	l.down, l.downNext = l.downNext, false
	onCut := l.onCut
	if !fault.Answered {
		if onCut != nil {
			onCut()
		}
		return nil, errCut
	}
	l.mu.Lock()
	l.muted, l.onEnd = true, onCut
	l.mu.Unlock()
	return message, nil
}

// fail returns what makes the server fail with an error of its own where a statement would be executed, in whatever transaction
// there is. Only what the process did not ask for is hidden from it, so that the protocol stays in step. A COMMIT that fails has
// ended the transaction.
func (l *line) fail(statement, code string) []byte {
	hidden := 1 // ParseComplete
	var messages []byte
	if statement == "commit" {
		messages = append(bind("rollback"), 'E', 0, 0, 0, 9, 0, 0, 0, 0, 0) // Execute: the portal, and no limit on rows
		hidden += 3                                                         // ParseComplete, BindComplete and CommandComplete
	}
	l.mu.Lock()
	l.hidden = hidden
	l.mu.Unlock()
	return append(messages, bind("do $$ begin raise exception 'a fault that was planned' using errcode = '"+code+"'; end $$")...)
}

// bind parses a statement without parameters and binds it, both without a name.
func bind(sql string) []byte {
	parse := append(append([]byte{0}, sql...), 0, 0, 0)
	messages := binary.BigEndian.AppendUint32([]byte{'P'}, uint32(4+len(parse)))
	return append(append(messages, parse...), 'B', 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0)
}

// back takes answers to the process. ReadyForQuery is the end of a round trip.
func (l *line) back() {
	defer l.close()
	for {
		kind := make([]byte, 1)
		if _, err := io.ReadFull(l.server, kind); err != nil {
			return
		}
		if err := copyMessage(l.client, l.server, func(body []byte) ([]byte, error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			switch {
			case l.muted && kind[0] == 'Z':
				if l.onEnd != nil {
					l.onEnd()
				}
				return nil, errCut
			case l.muted, l.hides(kind[0]):
				return nil, nil
			}
			return append(kind, body...), nil
		}); err != nil {
			return
		}
	}
}

// hides tells whether an answer is to something that the process did not ask. Nobody prepares statements while others are
// executed, so that the first ParseComplete is the proxy's.
func (l *line) hides(kind byte) bool {
	switch {
	case kind == 'Z': // it failed before it came so far
		l.hidden, l.hiding = 0, false
	case kind == '1' && l.hidden > 0:
		l.hiding = true
	}
	if !l.hiding {
		return false
	}
	l.hidden--
	l.hiding = l.hidden > 0
	return true
}

// copyMessage copies one message, whose length is its first four bytes. What edit returns is sent instead; where it returns an
// error, nothing is.
func copyMessage(to io.Writer, from io.Reader, edit func(body []byte) ([]byte, error)) error {
	body := make([]byte, 4)
	if _, err := io.ReadFull(from, body); err != nil {
		return err
	}
	body = append(body, make([]byte, binary.BigEndian.Uint32(body)-4)...)
	if _, err := io.ReadFull(from, body[4:]); err != nil {
		return err
	}
	if edit != nil {
		var err error
		if body, err = edit(body); err != nil {
			return err
		}
	}
	_, err := to.Write(body)
	return err
}
