package postgres_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// proxy is the line between a process and Postgres. It reads what the process sends, which is enough to count statements and
// to cut the line at any of them.
type proxy struct {
	listener net.Listener
	network  string // of the server
	address  string

	mu       sync.Mutex
	executed []string // prepared statements, in order
	cutAt    string   // the next execution of this statement, once
	answered bool     // whether the server carries it out first, and its whole round trip
	downNext bool     // whether the server is away from then on
	down     bool     // whether it is away now
	open     map[net.Conn]bool
	pumps    sync.WaitGroup
}

// newProxy starts a proxy to the server of a URL, and returns the URL that leads through it.
func newProxy(t *testing.T, address string) (*proxy, string) {
	t.Helper()
	config, err := pgconn.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{open: map[net.Conn]bool{}}
	p.network, p.address = pgconn.NetworkAddress(config.Host, config.Port)
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	p.pumps.Go(p.accept)
	t.Cleanup(func() {
		p.listener.Close()
		p.drop()
		p.pumps.Wait()
	})
	through, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := through.Query()
	query.Del("host")
	query.Del("port")
	query.Set("sslmode", "disable") // so that there is something to read
	through.Host, through.RawQuery = p.listener.Addr().String(), query.Encode()
	return p, through.String()
}

// cut cuts the line at the next execution of a statement: before the server sees it, or when it has carried the whole round
// trip out and only the answer is left.
func (p *proxy) cut(statement string, answered bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAt, p.answered = statement, answered
}

// downAfterCut makes the next cut the last thing that is heard of the server until bringUp.
func (p *proxy) downAfterCut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.downNext = true
}

// uncut tells whether a cut is still to come.
func (p *proxy) uncut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cutAt != ""
}

// takeDown cuts every line and refuses new ones until bringUp.
func (p *proxy) takeDown() {
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	p.drop()
}

func (p *proxy) bringUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

// statements are the prepared statements that were executed since the last call, in order.
func (p *proxy) statements() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.executed
	p.executed = nil
	return all
}

// drop closes every connection.
func (p *proxy) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		conn.Close()
	}
	clear(p.open)
}

// keep remembers the two ends of a line, unless the server is down.
func (p *proxy) keep(ends ...net.Conn) bool {
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

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial(p.network, p.address)
		if err != nil {
			client.Close()
			continue
		}
		if p.keep(client, server) {
			l := &line{proxy: p, client: client, server: server}
			p.pumps.Go(l.forward)
			p.pumps.Go(l.back)
		}
	}
}

// line is one connection through the proxy.
type line struct {
	*proxy
	client, server net.Conn

	mu    sync.Mutex
	muted bool // answers are swallowed, and the line is cut when they end
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
	l.proxy.mu.Lock()
	defer l.proxy.mu.Unlock()
	l.executed = append(l.executed, statement)
	if statement == "" || statement != l.cutAt {
		return nil
	}
	l.cutAt = ""
	l.down, l.downNext = l.downNext, false
	if !l.answered {
		return errCut
	}
	l.mu.Lock()
	l.muted = true
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
