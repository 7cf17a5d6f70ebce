package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// readStatements are the reads that go over the wire as the engine's statements do, by name. They are prepared when a
// connection is made. Each is declared beside the code that reads its answer.
var readStatements = map[string]string{}

// readStatement registers a statement and returns its name.
func readStatement(name, sql string) string {
	readStatements[name] = sql
	return name
}

var (
	beginWhole = readStatement("whole_begin", "begin isolation level repeatable read read only")
	endWhole   = readStatement("whole_end", "commit")
)

// readWhole reads in one snapshot, a round trip each: what is read in several statements is then of one moment. A round trip that
// queues nothing ends it.
func (db *DB) readWhole(ctx context.Context, trips ...func(p *pipeline)) error {
	last := false
	trip := func(n int) func(p *pipeline) {
		return func(p *pipeline) {
			if n == 0 {
				p.queue(beginWhole, nil, nil)
			}
			queued := len(p.answers)
			trips[n](p)
			if last = n == len(trips)-1 || len(p.answers) == queued; last {
				p.queue(endWhole, nil, nil)
			}
		}
	}
	conn, err := db.firstTrip(ctx, trip(0))
	if err != nil {
		return unavailable(ctx, err)
	}
	defer conn.Release() // the pool closes a connection that comes back with an open transaction
	for n := 1; !last; n++ {
		p := &pipeline{conn: conn.Conn().PgConn()}
		trip(n)(p)
		if err := p.send(context.WithoutCancel(ctx)); err != nil {
			return unavailable(ctx, err)
		}
	}
	return nil
}

// read runs prepared statements in one round trip on a connection of the readers, each on a snapshot of its own.
func (db *DB) read(ctx context.Context, queue func(p *pipeline)) error {
	conn, err := db.firstTrip(ctx, queue)
	if err != nil {
		return unavailable(ctx, err)
	}
	conn.Release()
	return nil
}

// firstTrip sends the first round trip of a read and returns its connection. One that turns out to be dead before anything was answered
// on it, as those that idled while Postgres was started again are, is dropped and another is taken: what only reads may be asked
// again. A caller that goes away has a read end all the same: the driver would give the connection up, and a new one is far dearer
// than what is read.
func (db *DB) firstTrip(ctx context.Context, queue func(p *pipeline)) (*pgxpool.Conn, error) {
	for tries := int32(0); ; tries++ {
		conn, err := db.readers.Acquire(ctx)
		if err != nil {
			return nil, err
		}
		p := &pipeline{conn: conn.Conn().PgConn()}
		queue(p)
		if err = p.send(context.WithoutCancel(ctx)); err == nil {
			return conn, nil
		}
		dead := p.conn.IsClosed() && !p.heard && !pgconn.Timeout(err)
		conn.Release()
		if !dead || tries >= db.readers.Stat().MaxConns() {
			return nil, err
		}
	}
}

// each calls read for each row of an answer. The values are gone when it returns.
func each(read func(*record) error) func(*pgconn.ResultReader) error {
	return func(answer *pgconn.ResultReader) error {
		for answer.NextRow() {
			if err := read(&record{values: answer.Values()}); err != nil {
				return err
			}
		}
		return nil
	}
}

// unavailable tells a database that can't be reached from a fault of ours, as the engine does for writes. A caller that
// gave up gets its own reason.
func unavailable(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if failure := (*ledger.StoreError)(nil); errors.As(classify(err), &failure) && failure.Class == ledger.Transient {
		return fmt.Errorf("%w: %w", ledger.ErrUnavailable, err)
	}
	return fmt.Errorf("postgres: %w", err)
}

// textArray is an array parameter.
func textArray(values []string) []byte {
	r := newRows([]column{{"text", "text"}}, false)
	for _, value := range values {
		r.text(value).end()
	}
	return r.params()[0]
}

func int8Param(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func int4Param(n int32) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

func timeParam(t time.Time) []byte { return int8Param(t.UnixMicro() - epoch.UnixMicro()) }

func idParam(id retail.ID) []byte { return id[:] }
