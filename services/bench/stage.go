package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aisle-retail/aisle/services/embedded"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/postgres"
)

const (
	databaseName = "aisle_bench"
	// connections of gRPC clients, which all callers share: a web shop has a few, not one per shopper.
	connections = 4
	// lanes and connections of the engine in process, those of a server that nobody configured.
	lanes = 2
)

// settings are those of a small server with room for the load. Vacuum and checkpoints happen between cells: left alone they
// would hit whoever is on.
var settings = map[string]string{
	"shared_buffers":     "512MB",
	"max_connections":    "400",
	"max_wal_size":       "4GB",
	"min_wal_size":       "1GB",
	"checkpoint_timeout": "1h",
	"autovacuum":         "off",
}

// stage is what the sides act on: one Postgres, one database, and Aisle on it twice, in process and behind gRPC.
type stage struct {
	server  *embedded.Server
	pgbench pgbench
	auditor *auditor
	db      *postgres.DB
	engine  *ledger.Engine
	*served
	chain *chain

	conn *pgx.Conn
	// sales counts the flash sales.
	sales int
}

// newStage starts everything and loads the shop. What was started is stopped where a later step fails.
func newStage(ctx context.Context, o Options) (*stage, error) {
	s := &stage{}
	for _, step := range []func(context.Context, Options) error{s.startPostgres, s.startAisle, s.load, s.startChain} {
		if err := step(ctx, o); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

func (s *stage) startPostgres(ctx context.Context, o Options) error {
	fmt.Fprintln(o.Out, "Starting a private Postgres with fsync on.")
	var err error
	s.server, err = embedded.Start(ctx, embedded.Options{
		Durable: true, Settings: settings, Progress: func(sentence string) { fmt.Fprintln(o.Out, sentence) },
	})
	if err != nil {
		return err
	}
	if s.pgbench.program, err = findPgbench(s.server.BinDir()); err != nil {
		return err
	}
	s.pgbench.url = s.server.URL(databaseName)
	admin, err := pgx.Connect(ctx, s.server.URL("postgres"))
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	for _, name := range []string{databaseName, chainDatabaseName} {
		if _, err := admin.Exec(ctx, "create database "+name); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) startAisle(ctx context.Context, o Options) error {
	url := s.server.URL(databaseName)
	if _, err := postgres.Migrate(ctx, url); err != nil {
		return err
	}
	var err error
	if s.conn, err = pgx.Connect(ctx, url); err != nil {
		return err
	}
	s.auditor = &auditor{conn: s.conn}
	if s.db, err = postgres.Open(ctx, postgres.Config{URL: url, Writers: lanes, Readers: 1}); err != nil {
		return err
	}
	s.engine = ledger.NewEngine(s.db.Store(), ledger.Config{
		Lanes: lanes, Alarmed: func(err error) { fmt.Fprintln(o.Out, "alarm:", err) },
	})
	s.served, err = serve(ctx, o, url)
	return err
}

// forgottenTables is what a cell fills.
const forgottenTables = "holds, hold_lines, orders, order_lines, order_taxes, order_payments, fulfilments, ledger_transactions, " +
	"ledger_entries, events, requests, bench_journal"

// tidySQL gives back the units of the holds and orders that are forgotten, so that every cell begins with the same tables and pays
// for nothing that another one left behind. What the holds of the last cell promised has been proved.
var tidySQL = []string{
	"delete from names where kind = 'order'",
	"update stock_levels set available = available + held + committed, held = 0, committed = 0",
	"update bench_levels set available = available + held, held = 0",
	"vacuum analyze stock_levels, bench_levels, names",
	"checkpoint",
}

func (s *stage) tidy(ctx context.Context) error {
	if err := s.forget(ctx); err != nil {
		return fmt.Errorf("forget what the last cell wrote: %w", err)
	}
	for _, sql := range tidySQL {
		if _, err := s.conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// forgetPatience is how long forget tries to find nobody reading.
const forgetPatience = time.Minute

// forget empties the tables that cells fill. No caller is at work, but the server's sweeper and its event feeder read those very
// tables, in an order of their own: a TRUNCATE that waits for one table while it has locked another deadlocks with them. So the
// locks are taken all at once or not at all, and while somebody reads nothing is held.
func (s *stage) forget(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, forgetPatience, errors.New("the tables are never free"))
	defer cancel()
	for {
		err := pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "lock table "+forgottenTables+" in access exclusive mode nowait"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "truncate "+forgottenTables)
			return err
		})
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != lockNotAvailable {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Millisecond):
		}
	}
}

// lockNotAvailable is the SQLSTATE of a lock that NOWAIT did not get.
const lockNotAvailable = "55P03"

// printSettings tells what the numbers were measured on.
func (s *stage) printSettings(ctx context.Context, out io.Writer) error {
	names := []string{"server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers",
		"max_wal_size", "checkpoint_timeout", "autovacuum"}
	shown := make([]string, len(names))
	for i, name := range names {
		var setting string
		if err := s.conn.QueryRow(ctx, "select current_setting($1)", name).Scan(&setting); err != nil {
			return err
		}
		shown[i] = name + " " + setting
	}
	fmt.Fprintf(out, "Postgres: %s.\n", strings.Join(shown, ", "))
	fmt.Fprintf(out, "Aisle: %s, %d cores, %d lanes, %d client connections. Load %s.\n\n",
		runtime.Version(), runtime.GOMAXPROCS(0), lanes, connections, loadAverage())
	return nil
}

// loadAverage tells how busy the machine is with other things, where the system says so.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	minute, _, _ := strings.Cut(string(text), " ")
	return minute
}

// close stops everything in the opposite order.
func (s *stage) close() error {
	var wrong []error
	wrong = append(wrong, s.chain.close(), s.served.close())
	ctx := context.Background()
	if s.engine != nil {
		wrong = append(wrong, s.engine.Close(ctx))
	}
	if s.db != nil {
		s.db.Close()
	}
	if s.conn != nil {
		wrong = append(wrong, s.conn.Close(ctx))
	}
	if s.server != nil {
		wrong = append(wrong, s.server.Stop())
	}
	return errors.Join(wrong...)
}
