package postgres_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
)

// appendOnly are the tables whose rows are history: what happened, what was told and answered, documents, and what a hold, an
// order or a name was given once and for all.
var appendOnly = []string{
	"count_reading_lines", "count_readings", "coupon_uses", "delivery_differences", "demand", "demand_lines", "events", "hold_lines", "invoices", "ledger_entries", "ledger_transactions", "names", "order_documents",
	"order_payments", "order_taxes", "purchases", "requests", "returns", "variants",
}

// insufficientPrivilege is SQLSTATE 42501.
const insufficientPrivilege = "42501"

func TestRights(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	newShopIn(t, database) // every table has rows: a statement that finds none is refused all the same, but this is sure
	owner := newStranger(t, database)
	app, err := pgx.Connect(t.Context(), database.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.Close(context.Background()) })
	refused := func(t *testing.T, sql string) {
		t.Helper()
		_, err := app.Exec(t.Context(), sql)
		if failure := (*pgconn.PgError)(nil); !errors.As(err, &failure) || failure.Code != insufficientPrivilege {
			t.Errorf("%s: %v, want insufficient privilege", sql, err)
		}
	}
	const ours = `select relname from pg_class
		where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'schema_migrations'`
	tables := owner.list(ours + " order by 1")

	t.Run("the role is the program's, and no superuser", func(t *testing.T) {
		var role string
		var super bool
		err := app.QueryRow(t.Context(), "select current_user, rolsuper from pg_roles where rolname = current_user").Scan(&role, &super)
		if err != nil || role != postgres.Role || super {
			t.Errorf("connected as %q, superuser %v, %v", role, super, err)
		}
	})

	t.Run("what is append-only can't be updated, deleted, emptied or locked", func(t *testing.T) {
		for _, table := range appendOnly {
			if !slices.Contains(tables, table) {
				t.Errorf("there is no table %s", table)
			}
			refused(t, "update "+table+" set seal = 0")
			refused(t, "delete from "+table)
			refused(t, "truncate "+table)
			refused(t, "select from "+table+" for no key update")
		}
	})

	t.Run("no other table is without a right to update, so that a new one is thought about", func(t *testing.T) {
		fixed := owner.list(ours + " and not has_table_privilege('" + postgres.Role + "', oid, 'update') order by 1")
		if diff := cmp.Diff(appendOnly, fixed); diff != "" {
			t.Errorf("append-only tables (-declared +found):\n%s", diff)
		}
	})

	t.Run("the sorts of table that the program knows are those of the schema", func(t *testing.T) {
		if diff := cmp.Diff(tables, postgres.AuditedTables()); diff != "" {
			t.Errorf("tables (-schema +program):\n%s", diff)
		}
	})

	t.Run("nothing can be deleted or emptied, changed in shape or taken away", func(t *testing.T) {
		for _, table := range append(tables, "schema_migrations") {
			refused(t, "delete from "+table)
			refused(t, "truncate "+table)
			refused(t, "alter table "+table+" add column more text")
			refused(t, "drop table "+table)
			refused(t, "create index on "+table+" (ctid)")
			refused(t, "create trigger t before insert on "+table+" execute function suppress_redundant_updates_trigger()")
		}
	})

	t.Run("what stands beside the books can't be changed in shape, and messages stay", func(t *testing.T) {
		beside := owner.list("select relname from pg_class where relkind = 'r' and relnamespace = 'jobs'::regnamespace order by 1")
		if len(beside) != 10 {
			t.Errorf("beside the books there are %v", beside)
		}
		for _, table := range beside {
			refused(t, "truncate jobs."+table)
			refused(t, "alter table jobs."+table+" add column more text")
			refused(t, "drop table jobs."+table)
		}
		refused(t, "delete from jobs.messages")
		refused(t, "delete from jobs.cursors")
		refused(t, "create table jobs.mine (n int)")
	})

	t.Run("nothing can be made", func(t *testing.T) {
		refused(t, "create table mine (n int)")
		refused(t, "create schema mine")
		refused(t, "create function f() returns int language sql as 'select 1'")
		refused(t, "create role another")
		refused(t, "select setval('events_seq_seq', 1)")
	})

	t.Run("the reads write nothing, not even what the role may", func(t *testing.T) {
		p := startProcess(t, postgres.Config{URL: database.URL})
		conn, err := p.Reader(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
		_, err = conn.Exec(t.Context(), "update stock_levels set held = held")
		if failure := (*pgconn.PgError)(nil); !errors.As(err, &failure) || failure.Code != "25006" {
			t.Errorf("%v, want a read-only transaction", err)
		}
	})
}

// newShopIn fills a database with a little of everything.
func newShopIn(t *testing.T, database *pgtest.Database) {
	t.Helper()
	p := startProcess(t, postgres.Config{URL: database.URL})
	s := &shop{t: t, db: p.DB, engine: p.engine}
	s.open()
}

// list reads a column of text.
func (s stranger) list(sql string, args ...any) []string {
	s.t.Helper()
	found, err := s.conn.Query(s.t.Context(), sql, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	all, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}
