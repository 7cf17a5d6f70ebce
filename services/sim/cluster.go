package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/aisle-retail/aisle/services/app"
	"github.com/aisle-retail/aisle/services/embedded"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
)

// ClusterOptions say what to start.
type ClusterOptions struct {
	// Servers is how many there are; 0: two.
	Servers int
	// Progress receives what happens, for the person who waits; nil: nobody.
	Progress func(string)
	// Keys replace those of defaultKeys; a Key that is empty is minted.
	Keys []app.KeyEntry
	// Env is what else the servers are told, each "AISLE_NAME=value".
	Env []string
}

// Cluster is a Postgres and servers, each a process of its own, with a line before every one of them that can be cut.
//
//	client -> front line -> server -> database line -> proxy -> Postgres
//
// The lines know bytes; the proxy knows statements (package pgtest).
type Cluster struct {
	options ClusterOptions
	folder  string
	keys    map[string]string
	servers []*server
	disk    *disk
	bank    *bank
	// unarranged says which faults this machine has no means for, and why.
	unarranged []string

	// whole is held by every fault that needs Postgres, and alone by one that takes it away. clockwork and diskwork are held
	// by whoever changes the clock and the disk.
	whole               sync.RWMutex
	clockwork, diskwork sync.Mutex

	mu       sync.Mutex
	struck   map[string]int
	postgres *embedded.Server
	rivals   map[uint32]bool // backends of the faults' own sessions
	alarms   []string        // beside what the servers said
	stopped  bool
}

// databaseName is the name of the cluster's database.
const databaseName = "aisle"

// postgresSettings are of a server that is killed. Nothing acknowledged may be lost when a process dies, so a commit waits until
// its log is with the system, and pages are logged whole: a process killed inside a write leaves half a page. The system
// survives, so nobody waits for the disk. Deadlocks are found at once, and the log says who and why.
var postgresSettings = map[string]string{
	"synchronous_commit": "on", "fsync": "off", "full_page_writes": "on",
	"deadlock_timeout": "50ms", "log_lock_waits": "off", "max_connections": "100",
	"log_line_prefix": "%m [%p] %a %e ", "log_min_error_statement": "panic", "log_checkpoints": "off",
}

// defaultKeys are who may call: one who may do everything, a till in one shop, a web shop's backend, a shopper.
func defaultKeys() []app.KeyEntry {
	return []app.KeyEntry{
		{Name: "staff", Kind: "staff", Locations: []string{"*"}, Channels: []string{"*"}},
		{Name: "till", Kind: "till", Locations: []string{"milan"}, Channels: []string{"till"}},
		{Name: "site", Kind: "site", Locations: []string{"*"}, Channels: []string{"shop", "app"}},
		{Name: "shopper", Kind: "customer", Customer: shopper, Channels: []string{"shop", "app"}},
	}
}

// StartCluster starts a cluster on an empty, migrated database.
func StartCluster(ctx context.Context, o ClusterOptions) (*Cluster, error) {
	if o.Servers == 0 {
		o.Servers = 2
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.Keys == nil {
		o.Keys = defaultKeys()
	}
	c := &Cluster{options: o, keys: map[string]string{}, rivals: map[uint32]bool{}, struck: map[string]int{}}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	var err error
	if c.bank, err = openBank(); err != nil {
		return err
	}
	if c.folder, err = os.MkdirTemp("", "aisle-sim-"); err != nil {
		return err
	}
	// Postgres may run as another user, who passes through.
	if err := os.Chmod(c.folder, 0o711); err != nil {
		return err
	}
	if c.disk, err = newDisk(ctx, c.folder); err != nil {
		c.unarranged = append(c.unarranged, "disk full: "+err.Error())
	}
	if err := c.startPostgres(ctx); err != nil {
		return err
	}
	if err := postgres.CreateDatabase(ctx, c.url("postgres"), databaseName); err != nil {
		return err
	}
	if _, err := postgres.Migrate(ctx, c.OwnerURL()); err != nil {
		return err
	}
	if err := c.execute(ctx, pgtest.Clock); err != nil {
		return err
	}
	env, err := c.environment()
	if err != nil {
		return err
	}
	for i := range c.options.Servers {
		s, err := newServer(ctx, c, fmt.Sprint("server ", i), env)
		if err != nil {
			return err
		}
		c.servers = append(c.servers, s)
	}
	return nil
}

// environment is what all servers are told, and writes the file of keys.
func (c *Cluster) environment() ([]string, error) {
	for i := range c.options.Keys {
		entry := &c.options.Keys[i]
		if entry.Key == "" {
			entry.Key = app.NewKey()
		}
		c.keys[entry.Name] = entry.Key
	}
	document, err := json.Marshal(map[string][]app.KeyEntry{"keys": c.options.Keys})
	if err != nil {
		return nil, err
	}
	path := filepath.Join(c.folder, "keys.json")
	if err := os.WriteFile(path, document, 0o600); err != nil {
		return nil, err
	}
	return append([]string{
		"AISLE_KEYS_FILE=" + path, "AISLE_CODE_SECRET=" + app.NewKey() + app.NewKey(),
		"AISLE_GRPC_ADDR=127.0.0.1:0", "AISLE_HTTP_ADDR=127.0.0.1:0", "AISLE_SWEEP_EVERY=50ms", "AISLE_DEMAND_EVERY=250ms", "AISLE_LOG_LEVEL=warn", "AISLE_READERS=3",
		"AISLE_CARRIER=test", "AISLE_CARRIER_EVERY=50ms", // what it answers follows from what it is asked, in whichever process it is
		"AISLE_PAYMENTS=test", "AISLE_PAYMENTS_EVERY=50ms", bankVariable + "=" + c.bank.url,
	}, c.options.Env...), nil
}

// startPostgres starts Postgres, anew or again, and keeps what it has said before.
func (c *Cluster) startPostgres(ctx context.Context) error {
	if err := c.keepLog(); err != nil {
		return err
	}
	options := embedded.Options{DataDir: c.postgresFolder(), Settings: postgresSettings, Progress: c.options.Progress}
	if c.disk != nil {
		options.Env = c.disk.environment()
	}
	started, err := embedded.Start(ctx, options)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.postgres = started
	return nil
}

func (c *Cluster) postgresFolder() string { return filepath.Join(c.folder, "postgres") }

// url of a database, for the superuser. It stays the same when Postgres is started again.
func (c *Cluster) url(database string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.postgres.URL(database)
}

// OwnerURL is how the owner of the schema connects, past all lines.
func (c *Cluster) OwnerURL() string { return c.url(databaseName) }

// DatabaseURL is how the program connects, past all lines.
func (c *Cluster) DatabaseURL() string { return c.OwnerURL() + "&role=" + postgres.Role }

// Servers is how many servers there are.
func (c *Cluster) Servers() int { return len(c.servers) }

// Addr is where a server is called over gRPC, host:port: the same over all its lives.
func (c *Cluster) Addr(i int) string { return c.servers[i].front.Addr() }

// HTTPAddr is where a server is called over REST, host:port: the same over all its lives.
func (c *Cluster) HTTPAddr(i int) string { return c.servers[i].web.Addr() }

// Key is the key of a name: "staff", "till", "site" or "shopper".
func (c *Cluster) Key(name string) string { return c.keys[name] }

// Dial returns a connection to a server that comes back soon after the server does. Calls carry no key.
func (c *Cluster) Dial(i int) (*grpc.ClientConn, error) {
	return grpc.NewClient(c.Addr(i), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithConnectParams(grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: 10 * time.Millisecond, Multiplier: 1.5, Jitter: 0.2, MaxDelay: 100 * time.Millisecond},
		MinConnectTimeout: 2 * time.Second,
	}))
}

// Unarranged says which faults this machine has no means for, and why.
func (c *Cluster) Unarranged() []string { return c.unarranged }

// Alarms are what must not happen: what servers reported as a fault of ours, and servers that ended by themselves.
func (c *Cluster) Alarms() []string {
	c.mu.Lock()
	all := append([]string(nil), c.alarms...)
	c.mu.Unlock()
	for _, s := range c.servers {
		for _, line := range s.said.alarmed() {
			all = append(all, s.name+": "+line)
		}
	}
	return all
}

func (c *Cluster) alarm(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarms = append(c.alarms, text)
}

// Stop stops everything, waits for faults to be healed, and removes all files. Servers drain.
func (c *Cluster) Stop() error {
	c.whole.Lock()
	defer c.whole.Unlock()
	if c.stopped {
		return nil
	}
	c.stopped = true
	var wrong []error
	for _, s := range c.servers {
		wrong = append(wrong, s.close())
	}
	if c.postgres != nil {
		wrong = append(wrong, c.postgres.Stop())
	}
	if c.bank != nil {
		wrong = append(wrong, c.bank.close())
	}
	if c.folder != "" {
		wrong = append(wrong, os.RemoveAll(c.folder))
	}
	return errors.Join(wrong...)
}

// Events is how many events the log has.
func (c *Cluster) Events(ctx context.Context) (n int, err error) {
	conn, err := c.rival(ctx)
	if err != nil {
		return 0, err
	}
	defer closeRival(conn)
	err = conn.QueryRow(ctx, "select count(*) from events").Scan(&n)
	return n, err
}

// Close ends the servers in order, each with all that it has in line. Postgres stays, for those who read the books.
func (c *Cluster) Close() error {
	var wrong []error
	for _, s := range c.servers {
		wrong = append(wrong, s.end())
	}
	return errors.Join(wrong...)
}

// execute runs statements as the owner of the schema.
func (c *Cluster) execute(ctx context.Context, sql string, args ...any) error {
	conn, err := c.rival(ctx)
	if err != nil {
		return err
	}
	defer closeRival(conn)
	if _, err := conn.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("%.60s: %w", strings.TrimSpace(sql), err)
	}
	return nil
}

// rival opens a session past all lines, which is known as none of the servers'.
func (c *Cluster) rival(ctx context.Context) (*pgx.Conn, error) { return c.session(ctx, rivalName) }

// finishWriting waits until every act is over whose time is past: who has read the clock holds rows of positions or of what it is
// about, and nobody else may while this holds the tables.
func (c *Cluster) finishWriting(ctx context.Context) error {
	conn, err := c.session(ctx, "finisher")
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return execute(ctx, conn, "begin", "lock table stock_levels in exclusive mode", "rollback")
}

// session opens a session past all lines, under a name.
func (c *Cluster) session(ctx context.Context, name string) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, c.OwnerURL()+"&application_name="+name)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if name == rivalName {
		c.rivals[conn.PgConn().PID()] = true
	}
	return conn, nil
}

// rivalName is what the faults' sessions are called in Postgres's log.
const rivalName = "rival"

// closeRival says goodbye; what the session held is let go.
func closeRival(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// awaitReady returns when every server reaches its database.
func (c *Cluster) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	for _, s := range c.servers {
		if err := s.awaitReady(ctx); err != nil {
			return fmt.Errorf("%s is not ready again: %w\n%s", s.name, err, s.said.tail())
		}
	}
	return nil
}

// hostOf returns the host:port of a URL of Postgres, and the URL with another.
func hostOf(address, instead string) (host, changed string, err error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return "", "", err
	}
	host, parsed.Host = parsed.Host, instead
	return host, parsed.String(), nil
}

// dialTo makes connections to an address.
func dialTo(address string) func() (net.Conn, error) {
	return func() (net.Conn, error) { return net.DialTimeout("tcp", address, time.Second) }
}

// nowhere is where a line leads while its server is away.
func nowhere() (net.Conn, error) { return nil, errors.New("the server is away") }

// ready asks a server whether it reaches its database.
func ready(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return err
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}
