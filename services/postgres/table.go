package postgres

import (
	"fmt"
	"strings"
)

// table says how a table is written and read: its columns in the order they are declared in the migration, the key first,
// the seal left out. The statements follow from it, so that a column is named once.
type table struct {
	name string
	// key is how many of the first columns are the primary key.
	key int
	// columns as "name type".
	columns []column
	// appendOnly tables are read and never locked: locking takes the right to update.
	appendOnly bool
	// fixed is how many columns after the key never change, so that an update need not write them.
	fixed int
}

type column struct{ name, typ string }

// newTable reads columns written as "name type".
func newTable(name string, key int, columns ...string) table {
	t := table{name: name, key: key}
	for _, c := range columns {
		column := column{}
		column.name, column.typ, _ = strings.Cut(c, " ")
		t.columns = append(t.columns, column)
	}
	return t
}

// append marks a table as append-only.
func (t table) append() table {
	t.appendOnly = true
	return t
}

// list joins what each returns for the columns.
func list(columns []column, sep string, each func(i int, c column) string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = each(i, c)
	}
	return strings.Join(parts, sep)
}

func names(columns []column) string {
	return list(columns, ", ", func(_ int, c column) string { return c.name })
}

// unnest is a row source over one array parameter per column.
func unnest(columns []column) string {
	return "unnest(" + list(columns, ", ", func(i int, c column) string { return fmt.Sprintf("$%d::%s[]", i+1, c.typ) }) + ")"
}

// sealed is the columns with the seal.
func (t table) sealed() []column {
	return append(t.columns[:len(t.columns):len(t.columns)], column{"seal", "int8"})
}

// on joins t to the key columns of k.
func (t table) on() string {
	return list(t.columns[:t.key], " and ", func(_ int, c column) string { return "t." + c.name + " = k." + c.name })
}

func prefixed(columns []column) string {
	return list(columns, ", ", func(_ int, c column) string { return "t." + c.name })
}

// insertSQL writes new rows; one statement whatever their number.
func (t table) insertSQL() string {
	all := t.sealed()
	return fmt.Sprintf("insert into %s (%s) select * from %s", t.name, names(all), unnest(all))
}

// seedSQL writes rows unless they are there.
func (t table) seedSQL() string { return t.insertSQL() + " on conflict do nothing" }

// updateSQL replaces rows that are locked.
func (t table) updateSQL() string {
	all := t.sealed()
	set := list(all[t.key:], ", ", func(_ int, c column) string { return c.name + " = k." + c.name })
	return fmt.Sprintf("update %s t set %s from %s as k(%s) where %s", t.name, set, unnest(all), names(all), t.on())
}

// lockSQL reads rows by key, and locks them in the order of the key unless the table is append-only. LockRows works above
// the sort, so the order of the rows is the order of the locks.
func (t table) lockSQL() string {
	keys := t.columns[:t.key]
	sql := fmt.Sprintf("select %s from %s as k(%s) join %s t on %s", prefixed(t.columns), unnest(keys), names(keys), t.name, t.on())
	if t.appendOnly {
		return sql
	}
	return sql + " order by " + prefixed(keys) + " for no key update of t"
}

// childrenSQL reads the rows that belong to parents by the first columns of the key, in the order of the key.
func (t table) childrenSQL(parentKey int) string {
	keys := t.columns[:parentKey]
	on := list(keys, " and ", func(_ int, c column) string { return "t." + c.name + " = k." + c.name })
	return fmt.Sprintf("select %s from %s as k(%s) join %s t on %s order by %s",
		prefixed(t.columns), unnest(keys), names(keys), t.name, on, prefixed(t.columns[:t.key]))
}
