package postgres

import (
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// EngineStatements and ReadStatements are all prepared statements by name.
func EngineStatements() map[string]string { return engineStatements() }

func ReadStatements() map[string]string { return readStatements }

// Writer and Reader take a connection as the engine and the reads have it.
func (db *DB) Writer(ctx context.Context) (*pgxpool.Conn, error) { return db.writers.Acquire(ctx) }

func (db *DB) Reader(ctx context.Context) (*pgxpool.Conn, error) { return db.readers.Acquire(ctx) }

// Kinds are the tables whose rows can be stored.
func Kinds() []retail.Table {
	var all []retail.Table
	for kind := range kinds {
		all = append(all, kind)
	}
	slices.Sort(all)
	return all
}

// StoredIn is what the rows of a kind are stored in, the root first.
func StoredIn(kind retail.Table) (all []Stored) {
	stored := kinds[kind]
	tables := append([]table{stored.table}, stored.children...)
	if kind == retail.TableLevels {
		tables = append(tables, casesTable)
	}
	for _, t := range tables {
		all = append(all, Stored{Table: t.name, Columns: names(t.columns), Key: names(t.columns[:t.key])})
	}
	return all
}

// Stored is a table by name, with the names of its columns, the seal left out, and of its key.
type Stored struct{ Table, Columns, Key string }

// ClassOf is what a failure means to the engine.
func ClassOf(err error) ledger.Class {
	var failure *ledger.StoreError
	errors.As(classify(err), &failure)
	return failure.Class
}

// Encode is one column as the engine sends it: the values as an array parameter.
func Encode(typ string, values []any) []byte {
	r := newRows([]column{{"value", typ}}, false)
	for _, value := range values {
		switch value := value.(type) {
		case bool:
			r.bool(value)
		case []byte:
			r.bytes(value)
		case int64:
			r.int8(value)
		case int32:
			r.int4(value)
		case string:
			r.text(value)
		case time.Time:
			r.time(value)
		case retail.ID:
			r.id(value)
		}
		r.end()
	}
	return r.params()[0]
}

// Decode is one value as the engine reads it.
func Decode(typ string, value []byte) any {
	r := &record{values: [][]byte{value}}
	switch typ {
	case "bool":
		return r.bool()
	case "bytea":
		return r.bytes()
	case "int8":
		return r.int8()
	case "int4":
		return r.int4()
	case "text":
		return r.text()
	case "timestamptz":
		return r.time()
	}
	return r.id()
}

// RoundTrip sends a prepared statement as the engine does.
func RoundTrip(ctx context.Context, conn *pgconn.PgConn, statement string) error {
	p := &pipeline{conn: conn}
	p.queue(statement, nil, nil)
	return p.send(ctx)
}

// ReadTwice counts the rows that a read finds, twice in one snapshot, with something that happens in between.
func (db *DB) ReadTwice(ctx context.Context, statement string, between func(), params ...[]byte) (counts [2]int, err error) {
	count := func(i int) func(*pipeline) {
		return func(p *pipeline) {
			if i == 1 {
				between()
			}
			p.queue(statement, params, each(func(*record) error { counts[i]++; return nil }))
		}
	}
	return counts, db.readWhole(ctx, count(0), count(1))
}

// TextArray is an array parameter of a read.
func TextArray(values ...string) []byte { return textArray(values) }

// Deadlined is a connection that remembers its deadline.
type Deadlined struct {
	net.Conn
	Deadline time.Time
}

func (d *Deadlined) SetDeadline(t time.Time) error {
	d.Deadline = t
	return d.Conn.SetDeadline(t)
}
