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

// Proxy is the line between a process and Postgres. It reads what the process sends, which is enough to count statements and
// to cut the line at any of them.
type Proxy struct {
	listener net.Listener
	// url leads through the proxy.
	url string

	mu       sync.Mutex
	network  string // of the server
	address  string
	executed []string // prepared statements, in order
	cutAt    string   // the next execution of this statement, once
	answered bool     // whether the server carries it out first, and its whole round trip
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

// Cut cuts the line at the next execution of a statement: before the server sees it, or when it has carried the whole round
// trip out and only the answer is left.
func (p *Proxy) Cut(statement string, answered bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAt, p.answered, p.onCut = statement, answered, nil
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
func (p *Proxy) Uncut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cutAt != ""
}

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

	mu    sync.Mutex
	muted bool   // answers are swallowed, and the line is cut when they end
	onEnd func() // called then; nil: nobody is told
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
			return append(kind, body...), l.look(kind[0], body)
		}); err != nil {
			return
		}
	}
}

var errCut = errors.New("cut")

// look finds out which statement a message executes, and cuts where it is to.
func (l *line) look(kind byte, body []byte) error {
	if kind != 'B' { // Bind: the names of a portal and of a statement
		return nil
	}
	statement := strings.SplitN(string(body[4:]), "\x00", 3)[1]
	l.Proxy.mu.Lock()
	defer l.Proxy.mu.Unlock()
	l.executed = append(l.executed, statement)
	if statement == "" || statement != l.cutAt {
		return nil
	}
	l.cutAt = ""
	l.down, l.downNext = l.downNext, false
	onCut := l.onCut
	if !l.answered {
		if onCut != nil {
			onCut()
		}
		return errCut
	}
	l.mu.Lock()
	l.muted, l.onEnd = true, onCut
	l.mu.Unlock()
	return nil
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
			case l.muted:
				return nil, nil
			}
			return append(kind, body...), nil
		}); err != nil {
			return
		}
	}
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
