package postgres

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

const (
	// snapshotMax bounds the life of a snapshot. A page takes some 20 ms.
	snapshotMax = 5 * time.Second

	// snapshotAttempts is how often a page is read when the database fails for no fault of the audit.
	snapshotAttempts = 3

	// pageMin is how small a page becomes where pages take too long.
	pageMin = 8
)

// beginSnapshotSQL opens a snapshot. The statements in it find their rows by an index in its order, a few thousand at a
// time; without these settings a table whose statistics are old could be read or sorted whole.
const beginSnapshotSQL = `begin isolation level repeatable read read only;
set local statement_timeout = '2s';
set local enable_seqscan = off;
set local enable_bitmapscan = off;
set local enable_hashjoin = off;
set local enable_mergejoin = off;
set local enable_material = off;
set local enable_sort = off;
set local jit = off`

// snapshot is one consistent view of the database, short-lived.
type snapshot struct {
	ctx  context.Context
	conn *pgconn.PgConn
}

// snapshot runs read in a snapshot of its own, again if the database fails. So read may be called more than once, and keeps
// what it reads apart from what was read before.
func (a *audit) snapshot(ctx context.Context, read func(*snapshot) error) error {
	for attempt := 1; ; attempt++ {
		err := a.snapshotOnce(ctx, read)
		if err == nil || attempt == snapshotAttempts || ctx.Err() != nil {
			return err
		}
		var failed *ledger.StoreError
		if !errors.As(classify(err), &failed) || failed.Class != ledger.Transient {
			return err
		}
	}
}

func (a *audit) snapshotOnce(ctx context.Context, read func(*snapshot) error) error {
	ctx, cancel := context.WithTimeout(ctx, snapshotMax)
	defer cancel()
	conn, err := a.db.readers.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Release() // the pool closes a connection that comes back with an open transaction
	s := &snapshot{ctx: ctx, conn: conn.Conn().PgConn()}
	// Whoever had the connection before may have left a deadline on it, and nobody wants ours.
	if err := s.conn.Conn().SetDeadline(time.Now().Add(snapshotMax)); err != nil {
		return err
	}
	defer func() { _ = s.conn.Conn().SetDeadline(time.Time{}) }() // fails only where it is closed
	if _, err := s.conn.Exec(ctx, beginSnapshotSQL).ReadAll(); err != nil {
		return err
	}
	err = read(s)
	if _, ended := s.conn.Exec(ctx, "rollback").ReadAll(); err == nil {
		err = ended
	}
	return err
}

// query reads all rows of a statement, which are few.
func (s *snapshot) query(sql string, params [][]byte) ([]*record, error) {
	reader := s.conn.ExecParams(s.ctx, sql, params, nil, binaryFormat, binaryFormat)
	var all []*record
	for reader.NextRow() {
		all = append(all, copyRecord(reader.Values()))
	}
	if _, err := reader.Close(); err != nil {
		return nil, fmt.Errorf("%w; in: %s", err, sql)
	}
	return all, nil
}

// childrenPerRoot is how many children of each kind a page has room for. A sale has some eight entries.
const childrenPerRoot = 8

// family is a table with the tables whose rows belong to its rows, by the columns of its key.
type family struct {
	root     table
	children []table
	// rows is how many roots a page has; 0: auditLimits.page.
	rows int
}

// member is one row of a root with its children by table; a member without a root is orphans.
type member struct {
	root     *record
	children [][]*record
}

// pages reads a family in the order of its key: those rows whose key begins with the first fixed values of from, and which
// come after from. With each page, and in its snapshot, beside reads what the page must agree with; it may be called more
// than once for a page. The snapshot is closed when the page is yielded.
func (a *audit) pages(
	ctx context.Context, f family, from [][]byte, fixed int, beside func(s *snapshot, page []member) error,
) iter.Seq2[[]member, error] {
	return func(yield func([]member, error) bool) {
		limit := cmp.Or(f.rows, a.limits.page)
		tooMuch := math.MaxInt // the smallest page that took too long
		for after, factor, ended := from, 1, false; !ended; {
			begun := time.Now()
			var page []member
			err := a.snapshot(ctx, func(s *snapshot) (err error) {
				if page, ended, err = s.page(f, fixed, after, limit*factor); err != nil || len(page) == 0 || beside == nil {
					return err
				}
				return beside(s, page)
			})
			switch {
			case tooSlow(err) && ctx.Err() == nil && factor == 1 && limit > pageMin:
				tooMuch, ended = limit, false // whatever it was about to find
				limit = max(pageMin, limit/4) // a machine that has little time has some for less
			case err != nil:
				yield(nil, fmt.Errorf("%s: %w", f.root.name, err))
				return
			case len(page) == 0 && !ended && limit*factor*4 >= tooMuch:
				yield(nil, fmt.Errorf("%s: a row with all that belongs to it takes too long to read", f.root.name))
				return
			case len(page) == 0:
				factor *= 4 // one member alone is larger than a page
			case !yield(page, nil):
				return
			default:
				factor = 1
				after = page[len(page)-1].key(f.root.key)
				a.rest(ctx, time.Since(begun))
			}
		}
	}
}

// tooSlow tells whether a page took longer than a snapshot may live.
func tooSlow(err error) bool {
	var refused *pgconn.PgError
	return errors.Is(err, context.DeadlineExceeded) || pgconn.Timeout(err) || errors.As(err, &refused) && refused.Code == "57014"
}

// rest leaves the processors to others after some work, unless the context ends.
func (a *audit) rest(ctx context.Context, worked time.Duration) {
	if a.options.Rest <= 0 {
		return
	}
	pause := time.NewTimer(time.Duration(a.options.Rest * float64(worked)))
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-ctx.Done():
	}
}

// key is the first n values of the member.
func (m member) key(n int) [][]byte {
	if m.root != nil {
		return m.root.values[:n]
	}
	for _, rows := range m.children {
		if len(rows) > 0 {
			return rows[0].values[:n]
		}
	}
	return nil
}

// page reads the next members after a key, and tells whether they are the last. It returns none where there are more but the
// limit does not reach for a whole one.
func (s *snapshot) page(f family, fixed int, after [][]byte, limit int) ([]member, bool, error) {
	n := f.root.key
	roots, err := s.query(pageSQL(f.root, n, fixed, len(after), false, limit), after)
	if err != nil {
		return nil, false, err
	}
	var bound [][]byte // members beyond it are not whole
	inclusive := true
	params := after
	if len(roots) == limit {
		bound = roots[limit-1].values[:n]
		params = slices.Concat(after, bound[fixed:])
	}
	upTo := bound != nil
	children := make([][]*record, len(f.children))
	childLimit := childrenPerRoot * limit
	for i, child := range f.children {
		if children[i], err = s.query(pageSQL(child, n, fixed, len(after), upTo, childLimit), params); err != nil {
			return nil, false, err
		}
		if len(children[i]) == childLimit {
			last := children[i][childLimit-1].values[:n]
			if bound == nil || compareKeys(last, bound) <= 0 {
				bound, inclusive = last, false
			}
		}
	}
	whole := func(r *record) bool {
		if bound == nil {
			return true
		}
		c := compareKeys(r.values[:n], bound)
		return c < 0 || c == 0 && inclusive
	}
	return gather(n, roots, children, whole), bound == nil, nil
}

// pageSQL reads rows of a table by the first n columns of its key, of which the first fixed are given: those after a key, if
// one is given, and up to another one.
func pageSQL(t table, n, fixed, after int, upTo bool, limit int) string {
	var where []string
	for i, c := range t.columns[:fixed] {
		where = append(where, fmt.Sprintf("%s = $%d", c.name, i+1))
	}
	beyond := func(operator string, from int) {
		tuple := list(t.columns[fixed:n], ", ", func(i int, _ column) string { return fmt.Sprintf("$%d", from+i) })
		where = append(where, fmt.Sprintf("(%s) %s (%s)", names(t.columns[fixed:n]), operator, tuple))
	}
	if after > fixed {
		beyond(">", fixed+1)
	}
	if upTo {
		beyond("<=", after+1)
	}
	sql := "select " + names(t.sealed()) + " from " + t.name
	if len(where) > 0 {
		sql += " where " + strings.Join(where, " and ")
	}
	return sql + " order by " + names(t.columns[:t.key]) + " limit " + strconv.Itoa(limit)
}

// compareKeys orders key values as Postgres does: text in collation "C" and uuids are both ordered bytewise.
func compareKeys(a, b [][]byte) int { return slices.CompareFunc(a, b, bytes.Compare) }

// gather puts the rows that are whole together by the first n values.
func gather(n int, roots []*record, children [][]*record, whole func(*record) bool) []member {
	page := make([]member, 0, len(roots))
	for _, r := range roots {
		if whole(r) {
			page = append(page, member{root: r, children: make([][]*record, len(children))})
		}
	}
	var orphans []member
	for i, rows := range children {
		at := 0
		for _, r := range rows {
			if !whole(r) {
				break
			}
			for at < len(page) && compareKeys(page[at].root.values[:n], r.values[:n]) < 0 {
				at++
			}
			if at < len(page) && compareKeys(page[at].root.values[:n], r.values[:n]) == 0 {
				page[at].children[i] = append(page[at].children[i], r)
			} else {
				orphan := member{children: make([][]*record, len(children))}
				orphan.children[i] = []*record{r}
				orphans = append(orphans, orphan)
			}
		}
	}
	if len(orphans) > 0 {
		page = append(page, orphans...)
		slices.SortStableFunc(page, func(a, b member) int { return compareKeys(a.key(n), b.key(n)) })
	}
	return page
}

// verify proves what holds for every table: the seals of a page, that every child has its root, and that children are
// numbered from 1 without gaps where their key is the root's and a number. It returns the members that have a root.
func (a *audit) verify(f family, page []member, invariant, what string) []member {
	rooted := make([]member, 0, len(page))
	for _, m := range page {
		if m.root != nil {
			rooted = append(rooted, m)
			a.verifySeal(f.root, m.root)
		}
		for i, child := range f.children {
			numbered := child.key == f.root.key+1 && child.columns[f.root.key].typ == "int4"
			for n, r := range m.children[i] {
				a.verifySeal(child, r)
				if m.root == nil {
					a.broken(invariant, child, keyText(child, r), "it belongs to a row of %s that is not there", f.root.name)
				} else if numbered && int(binary.BigEndian.Uint32(r.values[child.key-1])) != n+1 {
					a.broken(invariant, child, keyText(child, r), "it is the one after number %d", n)
				}
			}
		}
	}
	for i, child := range f.children {
		count := 0
		for _, m := range page {
			count += len(m.children[i])
		}
		a.proved(child, count, what)
	}
	a.proved(f.root, len(rooted), what)
	return rooted
}

// verifySeal compares a row's seal, which follows its columns, with the one that its columns give.
func (a *audit) verifySeal(t table, r *record) {
	if sealOf(t, r) != int64(binary.BigEndian.Uint64(r.values[len(t.columns)])) {
		a.broken("SEAL", t, keyText(t, r), "it is not as it was written: its seal does not fit its columns")
	}
}

// sealOf is the seal that the columns of a row give.
func sealOf(t table, r *record) int64 {
	s := newSeal()
	for i, value := range r.values[:len(t.columns)] {
		if value != nil {
			s.add(i, value)
		}
	}
	return s.sum()
}

// keyText is the key of a row for people.
func keyText(t table, r *record) string {
	parts := make([]string, t.key)
	for i, c := range t.columns[:t.key] {
		one := record{values: r.values[i : i+1]}
		switch c.typ {
		case "uuid":
			parts[i] = one.id().String()
		case "int4":
			parts[i] = strconv.Itoa(int(one.int4()))
		default:
			parts[i] = one.text()
		}
	}
	return strings.Join(parts, "/")
}

// idText joins a place and an id as keyText does.
func idText(place string, id retail.ID) string { return place + "/" + id.String() }
