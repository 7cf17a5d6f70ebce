// Package postgres is the database. All SQL outside the migrations is here: the writes of the engine, which are one
// pipeline that locks and loads and one that writes and commits, and the reads of the services.
//
// A kind of row is declared once, as a table with its columns, in the file of its noun (levels.go, holds.go, orders.go);
// lock, insert and update statements follow from that (table.go), and its values go over the wire in the order declared
// (wire.go). Reads are plain constants beside the scan that reads them.
//
// The program connects as the role aisle_app, which has no right to update or delete what is append-only.
package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Role is the role that the program runs as. Migrate creates it.
const Role = "aisle_app"

// Config says how to connect.
type Config struct {
	// URL is a Postgres connection string. Its user must be Role or may become it.
	URL string
	// Writers is how many connections the engine has, one per lane and one to spare. Readers is how many the reads have.
	Writers, Readers int
	// Sharded is true on a distributed Postgres, where a statement may lock rows of one shard only.
	Sharded bool
}

// DB is an open database.
type DB struct {
	writers, readers *pgxpool.Pool
	// jobs is for what stands beside the books.
	jobs    *pgxpool.Pool
	sharded bool
	caches  caches
}

// Open connects, and fails when the database can't be reached or its schema is older than this program.
func Open(ctx context.Context, c Config) (*DB, error) {
	if err := checkSchema(ctx, c.URL); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	writers, err := pool(ctx, c.URL, c.Writers, true)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	readers, err := pool(ctx, c.URL, c.Readers, false)
	if err != nil {
		writers.Close()
		return nil, fmt.Errorf("postgres: %w", err)
	}
	jobs, err := jobPool(ctx, c.URL)
	if err != nil {
		writers.Close()
		readers.Close()
		return nil, fmt.Errorf("postgres: %w", err)
	}
	return &DB{writers: writers, readers: readers, jobs: jobs, sharded: c.Sharded}, nil
}

// Close closes all connections, once their work is done.
func (db *DB) Close() {
	db.writers.Close()
	db.readers.Close()
	db.jobs.Close()
}

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.readers.Ping(ctx) }

// Store is the database as the engine sees it.
func (db *DB) Store() *Store {
	return &Store{pool: db.writers, sharded: db.sharded, caches: &db.caches}
}

// connectTime bounds the making of one connection.
const connectTime = 5 * time.Second

// pool opens connections as Role.
func pool(ctx context.Context, url string, size int, engine bool) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(max(1, size))
	config.MaxConnIdleTime = time.Hour
	settings := behave(config, "aisle")
	if engine {
		settings["lock_timeout"] = "3s"
		// Every statement of the engine finds its rows by primary key, a few at a time. The planner sees arrays of unknown
		// length, and on a small or freshly grown table it would choose a plan that walks all of it and keep that.
		settings["plan_cache_mode"] = "force_generic_plan"
		settings["enable_seqscan"] = "off"
		settings["enable_hashjoin"] = "off"
		settings["enable_mergejoin"] = "off"
		settings["enable_material"] = "off"
		settings["jit"] = "off"
		config.AfterConnect = prepare(engineStatements())
	} else {
		settings["default_transaction_read_only"] = "on"
		config.AfterConnect = prepare(readStatements)
	}
	opened, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := opened.Ping(ctx); err != nil {
		opened.Close()
		return nil, err
	}
	return opened, nil
}

// behave is what every connection of ours keeps to, under a name. It returns the settings of the session.
func behave(config *pgxpool.Config, name string) map[string]string {
	config.ConnConfig.ConnectTimeout = connectTime
	settings := config.ConnConfig.RuntimeParams
	settings["role"] = Role
	settings["application_name"] = name
	settings["timezone"] = "UTC"
	settings["idle_in_transaction_session_timeout"] = "5s"
	settings["statement_timeout"] = "10s"
	return settings
}

// scanAll reads all rows of a query.
func scanAll[T any](ctx context.Context, db *DB, sql string, scan func(pgx.Rows) (T, error), args ...any) ([]T, error) {
	found, err := db.readers.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var all []T
	for found.Next() {
		one, err := scan(found)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, found.Err()
}
