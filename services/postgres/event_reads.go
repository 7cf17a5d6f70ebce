package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aisle-retail/aisle/services/ledger"
)

var (
	// The transaction id is drawn after the snapshot that saw the newest event was taken, and only where there is a newer one:
	// ids are few enough (2^31 before old rows must be frozen) not to draw twenty a second for nothing.
	newestEvent = readStatement("newest_event", `
select newest, case when newest > $1::int8 then pg_current_xact_id() else '0'::xid8 end
from (select coalesce(max(seq), 0) as newest from events) as log`)

	oldestWriter = readStatement("oldest_writer", `
select pg_snapshot_xmin(pg_current_snapshot()), (select coalesce(max(seq), 0) from events)`)

	eventsBetween = readStatement("events_between", `
select t.seq, t.shard, t.kind, t.subject, t.version, t.transaction_id, t.recorded_at, t.body
from events t
where t.seq > $1::int8 and t.seq <= $2::int8 and (cardinality($3::text[]) = 0 or t.kind = any($3::text[]))
    and ($4::text = '' or t.subject = $4::text) and ($5::text = '' or t.shard = $5::text)
order by t.seq limit $6::int8`)

	eventOf = readStatement("event_of", `
select t.seq, t.shard, t.kind, t.subject, t.version, t.transaction_id, t.recorded_at, t.body
from events t where t.shard = $1::text and t.subject = $2::text and t.version = $3::int8`)
)

// NewestEvent returns the seq of the newest committed event, zero where there is none. Where it is beyond what the caller
// knows, it also returns a transaction id that was drawn after that event was seen, in a transaction that is over.
func (db *DB) NewestEvent(ctx context.Context, known int64) (newest int64, xid uint64, err error) {
	err = db.read(ctx, func(p *pipeline) {
		p.queue(newestEvent, [][]byte{int8Param(known)}, single(func(r *record) {
			newest, xid = r.int8(), uint64(r.int8())
		}))
	})
	return newest, xid, err
}

// OldestWriter returns the lowest id of a transaction that has one and is not over, in any database of the server: every
// lower one is over. It also returns the seq of the newest committed event.
func (db *DB) OldestWriter(ctx context.Context) (xid uint64, newest int64, err error) {
	err = db.read(ctx, func(p *pipeline) {
		p.queue(oldestWriter, nil, single(func(r *record) {
			xid, newest = uint64(r.int8()), r.int8()
		}))
	})
	return xid, newest, err
}

// EventsBetween returns events after one seq and up to another that pass the filter, in the order of seq, at most so many.
func (db *DB) EventsBetween(
	ctx context.Context, after, upTo int64, filter ledger.LogFilter, limit int,
) ([]ledger.LoggedEvent, error) {
	var found []ledger.LoggedEvent
	err := db.read(ctx, func(p *pipeline) {
		params := [][]byte{
			int8Param(after), int8Param(upTo), textArray(filter.Kinds), []byte(filter.Subject), []byte(filter.Shard),
			int8Param(int64(limit)),
		}
		p.queue(eventsBetween, params, each(func(r *record) error {
			found = append(found, readEvent(r))
			return nil
		}))
	})
	return found, err
}

// EventOf returns the event that told a version of a subject.
func (db *DB) EventOf(ctx context.Context, shard, subject string, version int64) (ledger.LoggedEvent, bool, error) {
	return one(ctx, db, eventOf, func(r *record) (ledger.LoggedEvent, error) { return readEvent(r), nil },
		[]byte(shard), []byte(subject), int8Param(version))
}

func readEvent(r *record) (e ledger.LoggedEvent) {
	e.Seq, e.Shard, e.Kind, e.Subject, e.Version = r.int8(), r.text(), r.text(), r.text(), r.int8()
	e.Transaction, e.RecordedAt, e.Body = r.id(), r.time(), json.RawMessage(r.bytes())
	return e
}

// single reads an answer of one row.
func single(read func(*record)) func(*pgconn.ResultReader) error {
	return each(func(r *record) error {
		read(r)
		return nil
	})
}
