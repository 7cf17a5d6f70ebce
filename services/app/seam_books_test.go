package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// books are all tables at one moment: how many rows each has and who wrote them, and what was ever moved from one kind of account
// to another. Books that are equal are the same to the last bit.
type books map[string]tally

// tally is how many rows a table has, or how much was moved. Writers is the sum of the transactions that wrote the rows: each
// transaction has a number of its own, and a row that is inserted or changed bears it once that is committed. A hash of all values
// says no more and took several times as long.
type tally struct {
	Count   int64
	Writers string
}

// trace is what was written between two looks at the books.
func (before books) trace(after books) string { return cmp.Diff(before, after) }

// effect is how many rows there are more, and how much was moved, without what tells one time from another.
func (before books) effect(after books) map[string]int64 {
	effect := map[string]int64{}
	for name, now := range after {
		if more := now.Count - before[name].Count; more != 0 {
			effect[name] = more
		}
	}
	return effect
}

// reader reads the books of a database past the program.
type reader struct {
	t    *testing.T
	conn *pgx.Conn
	sql  string
}

// movedSQL sums up the ledger. What follows a slash or a hyphen is the name of one order, one card, or one of many alike.
const movedSQL = `
select 'moved at ' || split_part(location, '-', 1) || ': ' || split_part(from_account, '/', 1) || ' -> ' || split_part(to_account, '/', 1) || ' of ' ||
    split_part(asset, '-', 1), sum(quantity)::int8, '' from ledger_entries group by 1`

// newReader opens a reader, which the end of the test closes.
func newReader(t *testing.T, w *world) *reader {
	t.Helper()
	r := &reader{t: t, conn: w.owner()}
	t.Cleanup(func() { r.conn.Close(context.Background()) })
	rows, err := r.conn.Query(t.Context(), `select table_name from information_schema.tables where table_schema = 'public' order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) == 0 {
		t.Fatal("no tables", err)
	}
	parts := []string{movedSQL}
	for _, table := range tables {
		parts = append(parts, fmt.Sprintf(`
select 'rows of %[1]s', count(*), coalesce(sum(t.xmin::text::int8), 0)::text from public.%[1]s t`, table))
	}
	r.sql = strings.Join(parts, " union all ")
	return r
}

// read reads the books.
func (r *reader) read() books {
	r.t.Helper()
	rows, err := r.conn.Query(r.t.Context(), r.sql)
	if err != nil {
		r.t.Fatal(err)
	}
	all := books{}
	var name, writers string
	var count int64
	if _, err := pgx.ForEachRow(rows, []any{&name, &count, &writers}, func() error {
		all[name] = tally{Count: count, Writers: writers}
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
	return all
}

// count asks for one number.
func (r *reader) count(query string) (n int64) {
	r.t.Helper()
	if err := r.conn.QueryRow(r.t.Context(), query).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}
