package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/sabotage"
)

// outcomesSQL reads the clock, and the outcomes of requests carried out before: always one row at least. It is the last
// statement of the lock pipeline, so that it sees what was committed while the locks were waited for, and so that its
// clock is later than any of it.
const outcomesSQL = `
select clock_timestamp(), r.id, r.fingerprint, r.answer
from (values (1)) as once(n) left join requests r on r.id = any($1::uuid[])`

// binaryFormat asks for every parameter and result in the binary format.
var binaryFormat = []int16{1}

// statementTime bounds each round trip of the engine. A server that does not answer by then is taken for lost.
const statementTime = 15 * time.Second

// Store is the database as the engine sees it. It implements ledger.Store.
type Store struct {
	pool *pgxpool.Pool
	// sharded is true where a statement may lock rows of one shard only: keys are then grouped by shard.
	sharded bool
	// caches forget what is written.
	caches *caches
}

var _ ledger.Store = (*Store)(nil)

// Lock begins a transaction, seeds, locks and loads, in one round trip; in one more where a position is oversold.
func (s *Store) Lock(ctx context.Context, keys, seeds []retail.Key, requests []retail.ID) (ledger.Locked, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return ledger.Locked{}, classify(fmt.Errorf("connect: %w", err))
	}
	tx := &transaction{conn: conn, caches: s.caches}
	locked, err := tx.lock(ctx, s.group(keys), seeds, requests)
	if err != nil {
		tx.Rollback(ctx)
		return ledger.Locked{}, classify(fmt.Errorf("lock: %w", err))
	}
	return locked, nil
}

// group cuts sorted keys into runs that one statement may lock: by table, and on a sharded database by shard too. Nothing
// else knows of shards.
func (s *Store) group(keys []retail.Key) [][]retail.Key {
	var groups [][]retail.Key
	for from := 0; from < len(keys); {
		to := from + 1
		for to < len(keys) && keys[to].Table == keys[from].Table && (!s.sharded || sameShard(keys[to], keys[from])) {
			to++
		}
		groups = append(groups, keys[from:to])
		from = to
	}
	return groups
}

// sameShard tells whether two rows of one table stand together wherever it is sharded: by its id, or by what comes first in
// the key. Tables with a code for a key are small and stand everywhere.
func sameShard(a, b retail.Key) bool {
	if kinds[a.Table].table.columns[0].typ == "uuid" {
		return a.ID == b.ID
	}
	return a.Place == b.Place
}

// transaction is an open transaction on a connection of its own.
type transaction struct {
	conn   *pgxpool.Conn
	caches *caches
}

// pipeline sends statements in one round trip and reads their answers in order.
type pipeline struct {
	conn    *pgconn.PgConn
	batch   pgconn.Batch
	answers []func(*pgconn.ResultReader) error
	// commits is true where the last statement is the COMMIT.
	commits bool
	// heard is true once anything was answered.
	heard bool
}

// errRolledBack is what a COMMIT came to in a transaction that had failed: Postgres undoes it, and calls that a success.
var errRolledBack = errors.New("the transaction had failed, and was rolled back")

func (t *transaction) pipeline() *pipeline { return &pipeline{conn: t.conn.Conn().PgConn()} }

// queue adds a prepared statement; read is called with its answer, nil where it has none.
func (p *pipeline) queue(statement string, params [][]byte, read func(*pgconn.ResultReader) error) {
	p.batch.ExecPrepared(statement, params, binaryFormat, binaryFormat)
	p.answers = append(p.answers, read)
	p.commits = statement == "commit"
}

// send sends everything and reads every answer. The first failure is returned; what was queued after it was not carried out.
func (p *pipeline) send(ctx context.Context) error {
	if err := p.conn.Conn().SetDeadline(time.Now().Add(statementTime)); err != nil {
		return err
	}
	defer func() { // or it would end the next use, and a connection that idled would be lost each time
		if !p.conn.IsClosed() {
			_ = p.conn.Conn().SetDeadline(time.Time{})
		}
	}()
	results := p.conn.ExecBatch(ctx, &p.batch)
	var failed error
	for at := 0; results.NextResult(); at++ {
		p.heard = true
		reader := results.ResultReader()
		if read := p.answers[at]; read != nil && failed == nil {
			failed = read(reader)
		}
		tag, err := reader.Close()
		if err == nil && p.commits && tag.String() == "ROLLBACK" {
			err = errRolledBack
		}
		if err != nil && failed == nil {
			failed = err
		}
	}
	if err := results.Close(); err != nil {
		return err
	}
	return failed
}

// lock is the first round trip of a write.
func (t *transaction) lock(ctx context.Context, groups [][]retail.Key, seeds []retail.Key, requests []retail.ID) (ledger.Locked, error) {
	loaded := ledger.Locked{Rows: map[retail.Key]retail.Row{}, Outcomes: map[retail.ID]ledger.Outcome{}, Tx: t}
	p := t.pipeline()
	p.queue("begin", nil, nil)
	if len(seeds) > 0 {
		p.queue(statementName("seed", levels.table), seedLevels(seeds).params(), nil)
	}
	var loads []*load
	for _, group := range groups {
		loads = append(loads, queueLoad(p, group))
	}
	asked := newRows([]column{{"id", "uuid"}}, false)
	for _, id := range requests {
		asked.id(id).end()
	}
	p.queue("outcomes", asked.params(), func(answer *pgconn.ResultReader) error {
		for answer.NextRow() {
			r := record{values: answer.Values()}
			loaded.Now = r.time()
			if r.values[1] == nil {
				continue
			}
			outcome := ledger.Outcome{Request: r.id()}
			copy(outcome.Fingerprint[:], r.next())
			outcome.Answer = r.bytes()
			loaded.Outcomes[outcome.Request] = outcome
		}
		return nil
	})
	if err := p.send(ctx); err != nil {
		return loaded, err
	}
	for _, l := range loads {
		if err := l.into(loaded.Rows); err != nil {
			return loaded, err
		}
	}
	if short := oversold(loaded.Rows); len(short) > 0 {
		return loaded, t.loadCases(ctx, short, loaded.Rows)
	}
	return loaded, nil
}

// loadCases reads the open cases of positions that are oversold. They are few, so that this round trip is rare.
func (t *transaction) loadCases(ctx context.Context, short []retail.Key, into map[retail.Key]retail.Row) error {
	keys := levels.table.keys(2)
	for _, k := range short {
		keys.text(k.Place).text(k.Code).end()
	}
	p := t.pipeline()
	p.queue("open_cases", keys.params(), func(answer *pgconn.ResultReader) error {
		for answer.NextRow() {
			location, sku, c := readCase(&record{values: answer.Values()})
			key := retail.LevelKey(location, sku)
			level := into[key].(retail.Level)
			level.Cases = append(level.Cases, c)
			into[key] = level
		}
		return nil
	})
	return p.send(ctx)
}

// load gathers the rows of one group of keys with their children.
type load struct {
	kind     *stored
	roots    []*record
	children []map[string][]*record
}

// queueLoad queues the locking of a group of keys of one kind, and the reading of their children, which are never locked:
// they belong to the row that is.
func queueLoad(p *pipeline, group []retail.Key) *load {
	kind := kinds[group[0].Table]
	if sabotage.Active == sabotage.UnorderedLocks {
		group = slices.Clone(group)
		rand.Shuffle(len(group), func(i, j int) { group[i], group[j] = group[j], group[i] })
	}
	l := &load{kind: kind, children: make([]map[string][]*record, len(kind.children))}
	keys := kind.table.keys(kind.table.key)
	for _, k := range group {
		kind.key(keys, k)
	}
	params := keys.params()
	p.queue(statementName("lock", kind.table), params, func(answer *pgconn.ResultReader) error {
		for answer.NextRow() {
			l.roots = append(l.roots, copyRecord(answer.Values()))
		}
		return nil
	})
	for i, child := range kind.children {
		p.queue(statementName("children", child), params, func(answer *pgconn.ResultReader) error {
			l.children[i] = map[string][]*record{}
			for answer.NextRow() {
				r := copyRecord(answer.Values())
				parent := keyOf(r, kind.table.key)
				l.children[i][parent] = append(l.children[i][parent], r)
			}
			return nil
		})
	}
	return l
}

// into turns what was read into rows.
func (l *load) into(all map[retail.Key]retail.Row) error {
	for _, root := range l.roots {
		row, err := l.one(root)
		if err != nil {
			return err
		}
		all[row.Key()] = row
	}
	return nil
}

// one turns a root and its children into a row.
func (l *load) one(root *record) (retail.Row, error) {
	children := make([][]*record, len(l.children))
	for i, byParent := range l.children {
		children[i] = byParent[keyOf(root, l.kind.table.key)]
	}
	row, err := l.kind.load(root, children)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.kind.table.name, err)
	}
	return row, nil
}

// keyOf returns the first values of a row as one comparable string.
func keyOf(r *record, n int) string {
	var key []byte
	for _, value := range r.values[:n] {
		key = append(append(key, byte(len(value)>>8), byte(len(value))), value...)
	}
	return string(key)
}

// copyRecord keeps a row beyond the reading of the next.
func copyRecord(values [][]byte) *record {
	size := 0
	for _, v := range values {
		size += len(v)
	}
	buffer := make([]byte, 0, size)
	kept := make([][]byte, len(values))
	for i, v := range values {
		if v != nil {
			from := len(buffer)
			buffer = append(buffer, v...)
			kept[i] = buffer[from:len(buffer):len(buffer)]
		}
	}
	return &record{values: kept}
}

// Rollback gives the locks back, or the connection up.
func (t *transaction) Rollback(ctx context.Context) {
	defer t.conn.Release() // the pool closes a connection that comes back with an open transaction
	if t.conn.Conn().PgConn().TxStatus() == 'I' || t.conn.Conn().IsClosed() {
		return
	}
	p := t.pipeline()
	p.queue("rollback", nil, nil)
	_ = p.send(ctx)
}

// writer collects the rows of each statement of a commit.
type writer struct {
	statements map[string]*rows
	// vocabulary are the words of the products that are written, as they come.
	vocabulary []string
}

func (w *writer) insert(t table) *rows { return w.rows(statementName("insert", t), t) }

func (w *writer) update(t table) *rows { return w.rows(statementName("update", t), t) }

func (w *writer) rows(statement string, t table) *rows {
	r, ok := w.statements[statement]
	if !ok {
		r = t.rows()
		w.statements[statement] = r
	}
	return r
}

// Commit writes everything, one statement per table, tables in one order, and commits, in one round trip.
func (t *transaction) Commit(ctx context.Context, all ledger.Writes) error {
	w := &writer{statements: map[string]*rows{}}
	for _, row := range all.Rows {
		kind := kinds[row.After.Key().Table]
		if err := kind.save(w, row.Before, row.After); err != nil {
			t.Rollback(ctx)
			return classify(fmt.Errorf("write %s: %w", kind.table.name, err))
		}
	}
	words := w.writeVocabulary(&t.caches.searchWords)
	writeLedger(w, all)
	p := t.pipeline()
	for _, statement := range tablesInOrder() {
		if r, ok := w.statements[statement]; ok {
			p.queue(statement, r.params(), nil)
		}
	}
	p.queue("commit", nil, nil)
	err := p.send(ctx)
	t.caches.forget(all.Rows) // also after an error: a connection lost at COMMIT may have committed
	if err != nil {
		t.Rollback(ctx)
		return classify(fmt.Errorf("commit: %w", err))
	}
	for _, word := range words {
		t.caches.searchWords.add(word)
	}
	t.conn.Release()
	return nil
}

// writeLedger adds the ledger's own tables, each sorted by its unique key: duplicates that reach two servers in opposite
// order would deadlock otherwise.
func writeLedger(w *writer, all ledger.Writes) {
	slices.SortStableFunc(all.Headers, func(a, b retail.Header) int {
		return retail.CompareKeys(retail.Key{Place: a.Location, ID: a.ID}, retail.Key{Place: b.Location, ID: b.ID})
	})
	for _, h := range all.Headers {
		w.insert(transactionsTable).text(h.Location).id(h.ID).text(string(h.Kind)).time(h.OccurredAt).time(h.RecordedAt).
			text(h.Actor).text(h.Channel).id(h.RequestID).text(h.Cause).int4(int32(len(h.Entries))).
			textOrNull(h.Reason).textOrNull(h.Note).end()
		for i, e := range h.Entries {
			w.insert(entriesTable).text(h.Location).id(h.ID).int4(int32(i + 1)).text(e.From).text(e.To).text(e.Asset).
				int8(e.Quantity).int8(e.Version).end()
		}
	}
	for _, e := range all.Events { // in the order they happened, which is the order of seq
		w.insert(eventsTable).text(e.Shard).text(e.Kind).text(e.Subject).int8(e.Version).id(e.Transaction).time(e.RecordedAt).
			text(toJSON(e.Body)).end()
	}
	slices.SortFunc(all.Outcomes, func(a, b ledger.Outcome) int { return slices.Compare(a.Request[:], b.Request[:]) })
	for _, o := range all.Outcomes {
		w.insert(requestsTable).id(o.Request).bytes(o.Fingerprint[:]).bytes(o.Answer).time(o.RecordedAt).end()
	}
}
