package postgres_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/postgres"
)

// vandal changes one table of a shop behind the engine's back.
type vandal struct {
	*shop
	table string
	saved map[string]bool
}

// newVandal opens a shop, takes away what keeps its database from being spoilt, and remembers a table as it is.
func newVandal(t *testing.T, table string) vandal {
	t.Helper()
	s := newShop(t).open()
	checks, err := s.owner.Query(t.Context(), `
select format('alter table %s drop constraint %I', conrelid::regclass, conname) from pg_constraint
where contype = 'c' and connamespace = 'public'::regnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	drops, err := pgx.CollectRows(checks, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, drop := range drops {
		s.execute(drop)
	}
	s.execute("drop index events_by_subject")
	s.execute("create index events_by_subject on events (shard, subject, version)")
	s.execute("alter table events alter seq drop identity")
	s.execute("drop index invoices_by_number, invoices_by_position")
	s.execute("create index invoices_by_number on invoices (location, point, series, sequence)")
	s.execute("create index invoices_by_position on invoices (location, point, position)")
	v := vandal{shop: s, table: table, saved: map[string]bool{}}
	v.save(table)
	return v
}

// save remembers a table as the engine wrote it.
func (v vandal) save(table string) {
	if !v.saved[table] {
		v.execute("create table saved_" + table + " as table " + table)
	}
	v.saved[table] = true
}

// spoil makes a change to tables, the vandal's if none are named, audits, and takes the change back. Where seals are made to
// fit, only what they do not vouch for is left to find.
func (v vandal) spoil(change string, reseal bool, tables ...string) []postgres.Finding {
	v.t.Helper()
	if len(tables) == 0 {
		tables = []string{v.table}
	}
	for _, table := range tables {
		v.save(table)
	}
	if rows := v.execute(change); rows == 0 {
		v.t.Fatalf("no row was changed: %s", change)
	}
	if reseal {
		v.reseal(tables...)
	}
	found := v.audit()
	for _, table := range tables {
		v.execute("delete from " + table)
		v.execute("insert into " + table + " table saved_" + table)
	}
	return found
}

func (v vandal) reseal(tables ...string) {
	v.t.Helper()
	for _, table := range tables {
		if err := postgres.Reseal(v.t.Context(), v.owner, table); err != nil {
			v.t.Fatal(err)
		}
	}
}

// where is the one row to spoil.
func (v vandal) where() string {
	key := strings.Join(postgres.KeyOf(v.table), ", ")
	if v.table == "events" {
		key = "shard, seq"
	}
	return fmt.Sprintf("(%[1]s) = (select %[1]s from saved_%[2]s where %[3]s order by %[1]s limit 1)",
		key, v.table, cmp.Or(spoilt[v.table], "true"))
}

// forge copies the row with another key.
func (v vandal) forge() string {
	key := postgres.KeyOf(v.table)
	last := key[len(key)-1]
	if v.table == "events" {
		last = "seq"
	}
	var values, columns []string
	for _, c := range v.columns() {
		columns = append(columns, c.name)
		value := c.name
		if value == last {
			value = c.other()
		}
		values = append(values, value)
	}
	return fmt.Sprintf("insert into %[1]s (%[2]s) select %[3]s from %[1]s where %[4]s",
		v.table, strings.Join(columns, ", "), strings.Join(values, ", "), v.where())
}

// columnOf is a column of a table and its type.
type columnOf struct{ name, typ string }

// columns are those of the table as the schema has them now.
func (v vandal) columns() []columnOf {
	v.t.Helper()
	rows, err := v.owner.Query(v.t.Context(), `
select column_name, data_type from information_schema.columns where table_schema = 'public' and table_name = $1
order by ordinal_position`, v.table)
	if err != nil {
		v.t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (c columnOf, err error) { return c, r.Scan(&c.name, &c.typ) })
	if err != nil {
		v.t.Fatal(err)
	}
	return all
}

// other is another value of the column, in SQL, also where it is null. JSON stays JSON, and says something else.
func (c columnOf) other() string {
	const text = `case when %[1]s ~ '^[[{].*"' then regexp_replace(%[1]s, '([A-Za-z0-9])"', '\1z"') else coalesce(%[1]s, '') || 'x' end`
	switch {
	case c.name == "fingerprint":
		return c.name + ` || '\x00'`
	case c.name == "seq":
		return "seq - 1000000000"
	case c.typ == "text":
		return fmt.Sprintf(text, c.name)
	case c.typ == "bytea":
		return "convert_to(" + fmt.Sprintf(text, "convert_from("+c.name+", 'UTF8')") + ", 'UTF8')"
	case c.typ == "uuid":
		return "'01234567-89ab-7def-8123-456789abcdef'"
	case c.name == "line" || c.name == "payment" || c.name == "document" || c.name == "difference":
		return c.name + " + 100" // the next number is taken
	case c.typ == "boolean":
		return "not coalesce(" + c.name + ", false)"
	case c.typ == "timestamp with time zone":
		return "coalesce(" + c.name + ", '2020-01-01') + interval '1 second'"
	}
	return "coalesce(" + c.name + ", 0) + 1"
}
