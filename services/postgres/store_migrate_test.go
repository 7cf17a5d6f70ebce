package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aisle-retail/aisle/migrations"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
)

// emptyDatabase makes a database without a schema beside a test's own.
func emptyDatabase(t *testing.T) (owner stranger, ownerURL string) {
	t.Helper()
	database := pgtest.New(t)
	beside := newStranger(t, database)
	name := beside.list("select current_database() || '_empty'")[0]
	beside.exec("create database " + name)
	address, err := url.Parse(database.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	address.Path = "/" + name
	owner = newStranger(t, &pgtest.Database{OwnerURL: address.String()})
	t.Cleanup(func() {
		owner.conn.Close(context.Background())
		if _, err := beside.conn.Exec(context.Background(), "drop database "+name+" with (force)"); err != nil {
			t.Error(err)
		}
	})
	return owner, address.String()
}

// schema is everything that migrations make, as lines.
func (s stranger) schema() []string {
	return s.list(`
		select format('%s.%s %s %s %s', table_name, column_name, data_type, collation_name, is_nullable)
			from information_schema.columns where table_schema = 'public' and table_name <> 'schema_migrations'
		union all select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'schema_migrations'
		union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
			where connamespace = 'public'::regnamespace and conrelid::regclass::text <> 'schema_migrations'
		union all select format('%s may %s %s', grantee, privilege_type, table_name)
			from information_schema.role_table_grants where table_schema = 'public' and grantee = $1 and table_name <> 'schema_migrations'
		order by 1`, postgres.Role)
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	t.Run("goes up, down and up again to the same schema", func(t *testing.T) {
		t.Parallel()
		s, owner := emptyDatabase(t)
		up := func() []string {
			t.Helper()
			if version, err := postgres.Migrate(t.Context(), owner); err != nil || version == 0 {
				t.Fatalf("version %d, %v", version, err)
			}
			return s.schema()
		}
		first := up()
		if len(first) < 100 {
			t.Fatalf("the schema is %v", first)
		}
		if diff := cmp.Diff(first, up()); diff != "" {
			t.Errorf("schema (-once +twice up):\n%s", diff)
		}
		if err := postgres.MigrateDown(owner); err != nil {
			t.Fatal(err)
		}
		if left := s.schema(); len(left) > 0 {
			t.Errorf("down leaves %v", left)
		}
		if err := postgres.MigrateDown(owner); err != nil {
			t.Errorf("down from nothing: %v", err)
		}
		if diff := cmp.Diff(first, up()); diff != "" {
			t.Errorf("schema (-before +after down):\n%s", diff)
		}
	})

	t.Run("may be run from several places at once", func(t *testing.T) {
		t.Parallel()
		s, owner := emptyDatabase(t)
		versions := make([]uint, 4)
		var working sync.WaitGroup
		for i := range versions {
			working.Go(func() {
				var err error
				if versions[i], err = postgres.Migrate(t.Context(), owner); err != nil {
					t.Error(err)
				}
			})
		}
		working.Wait()
		for _, version := range versions {
			if version != versions[0] || version == 0 {
				t.Errorf("versions %v", versions)
			}
		}
		if dirty := s.count("select count(*) from schema_migrations where dirty"); dirty != 0 {
			t.Error("a migration was left half done")
		}
	})

	t.Run("leaves a newer schema as it is", func(t *testing.T) {
		t.Parallel()
		s, owner := emptyDatabase(t)
		next, err := postgres.MigrateFrom(t.Context(), owner, nextMigrations(t, expand))
		if err != nil {
			t.Fatal(err)
		}
		before := s.schema()
		if at, err := postgres.Migrate(t.Context(), owner); err != nil || at != next {
			t.Errorf("version %d, %v, want %d", at, err, next)
		}
		if diff := cmp.Diff(before, s.schema()); diff != "" {
			t.Errorf("schema (-before +after):\n%s", diff)
		}
	})

	t.Run("gives up where a table is in use for too long, changes nothing, and can be run again", func(t *testing.T) {
		t.Parallel()
		s, owner := emptyDatabase(t)
		at, err := postgres.Migrate(t.Context(), owner)
		if err != nil {
			t.Fatal(err)
		}
		before := s.schema()
		s.exec("begin")
		s.exec("lock table orders in access share mode") // what a dump takes
		_, err = postgres.MigrateFrom(t.Context(), owner, nextMigrations(t, strings.Replace(expand, "5s", "50ms", 1)))
		if failure := (*pgconn.PgError)(nil); !errors.As(err, &failure) || failure.Code != "55P03" || !strings.Contains(err.Error(), "again") {
			t.Errorf("%v, want a lock timeout and what to do", err)
		}
		s.exec("rollback")
		if diff := cmp.Diff(before, s.schema()); diff != "" {
			t.Errorf("schema (-before +after):\n%s", diff)
		}
		s.isAt(at)
		if next, err := postgres.MigrateFrom(t.Context(), owner, nextMigrations(t, expand)); err != nil || next != at+1 {
			t.Errorf("again: version %d, %v", next, err)
		}
		s.isAt(at + 1)
	})

	t.Run("gives way where it and a writer wait for each other, and tries again", func(t *testing.T) {
		t.Parallel()
		s, owner := emptyDatabase(t)
		at, err := postgres.Migrate(t.Context(), owner)
		if err != nil {
			t.Fatal(err)
		}
		s.exec("set deadlock_timeout = '1h'") // so that it is the migration that finds out
		s.exec("begin")
		s.exec("lock table holds in row exclusive mode")
		ended := make(chan error, 1)
		go func() {
			_, err := postgres.MigrateFrom(t.Context(), owner, nextMigrations(t, expand+"alter table holds add column next_thing text;"))
			ended <- err
		}()
		s.await("select count(*) from pg_locks where not granted and relation = 'holds'::regclass")
		s.exec("lock table orders in row exclusive mode") // which the migration has
		s.exec("commit")
		if err := <-ended; err != nil {
			t.Error(err)
		}
		s.isAt(at + 1)
	})

	t.Run("ends with its caller in the middle of a statement, and can be run again", func(t *testing.T) {
		t.Parallel()
		s, owner := emptyDatabase(t)
		at, err := postgres.Migrate(t.Context(), owner)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := postgres.MigrateFrom(ctx, owner, nextMigrations(t, expand+"select pg_sleep(600);"))
			ended <- err
		}()
		s.await("select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'")
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
		// The server may not notice yet that nobody is there any more.
		s.exec("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'")
		if next, err := postgres.MigrateFrom(t.Context(), owner, nextMigrations(t, expand)); err != nil || next != at+1 {
			t.Errorf("again: version %d, %v", next, err)
		}
		s.isAt(at + 1)
	})

	t.Run("says what to install where Postgres lacks an extension, and can be run again", func(t *testing.T) {
		t.Parallel()
		s, owner := emptyDatabase(t)
		at, err := postgres.Migrate(t.Context(), owner)
		if err != nil {
			t.Fatal(err)
		}
		_, err = postgres.MigrateFrom(t.Context(), owner, nextMigrations(t, expand+"create extension nobody_has_this;"))
		if err == nil || !strings.Contains(err.Error(), "postgresql-contrib") || !strings.Contains(err.Error(), "nobody_has_this") {
			t.Errorf("it says %v", err)
		}
		s.isAt(at)
		if next, err := postgres.MigrateFrom(t.Context(), owner, nextMigrations(t, expand)); err != nil || next != at+1 {
			t.Errorf("again: version %d, %v", next, err)
		}
	})

	t.Run("runs again what a program of before left half done", func(t *testing.T) {
		t.Parallel()
		s, owner := emptyDatabase(t)
		at, err := postgres.Migrate(t.Context(), owner)
		if err != nil {
			t.Fatal(err)
		}
		s.exec("update schema_migrations set version = version + 1, dirty = true")
		db, err := postgres.Open(t.Context(), postgres.Config{URL: owner, Writers: 1, Readers: 1})
		if err != nil {
			t.Fatalf("the schema is as it was, and not opened: %v", err)
		}
		db.Close()
		if next, err := postgres.MigrateFrom(t.Context(), owner, nextMigrations(t, expand)); err != nil || next != at+1 {
			t.Errorf("version %d, %v", next, err)
		}
		s.isAt(at + 1)
		s.exec("update schema_migrations set version = 1, dirty = true")
		s.exec("drop schema public, jobs, aside cascade; create schema public; create table schema_migrations (version bigint primary key, dirty boolean)")
		s.exec("insert into schema_migrations values (1, true)")
		if again, err := postgres.Migrate(t.Context(), owner); err != nil || again != at {
			t.Errorf("from the first: version %d, %v", again, err)
		}
	})

	t.Run("runs statements one by one where it is told to, and again from the beginning", func(t *testing.T) {
		t.Parallel()
		s, owner := emptyDatabase(t)
		at, err := postgres.Migrate(t.Context(), owner)
		if err != nil {
			t.Fatal(err)
		}
		const apart = "-- Outside of a transaction.\nset lock_timeout = '5s';\n-- Why.\ndrop index concurrently if exists more;\n" +
			"create index concurrently more on orders (reference);\n"
		if _, err := postgres.MigrateFrom(t.Context(), owner, nextMigrations(t, apart+"select 1/0;\n")); err == nil {
			t.Error("a division by zero went unnoticed")
		}
		s.isAt(at)
		if next, err := postgres.MigrateFrom(t.Context(), owner, nextMigrations(t, apart)); err != nil || next != at+1 {
			t.Errorf("version %d, %v", next, err)
		}
		s.isAt(at + 1)
		if valid := s.count("select count(*) from pg_index where indexrelid = 'more'::regclass and indisvalid"); valid != 1 {
			t.Error("the index is not there")
		}
	})
}

// expand is a migration as the design asks for: what is there stays as it is.
const expand = `
set lock_timeout = '5s';
alter table orders add column next_thing text;
create table next_things (id uuid not null primary key, seal int8 not null);
create index orders_by_next_thing on orders (next_thing) where next_thing is not null;
grant select, insert on next_things to aisle_app;
`

// nextMigrations are those of the next version: ours and one more.
func nextMigrations(t *testing.T, sql string) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	newest := 0
	for _, name := range names {
		text, err := migrations.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = &fstest.MapFile{Data: text}
		number, err := strconv.Atoi(name[:4])
		if err != nil {
			t.Fatal(err)
		}
		newest = max(newest, number)
	}
	all[fmt.Sprintf("%04d_next.up.sql", newest+1)] = &fstest.MapFile{Data: []byte(sql)}
	return all
}

// isAt fails unless the schema says that it is at a version, and that nothing is half done.
func (s stranger) isAt(version uint) {
	s.t.Helper()
	if diff := cmp.Diff([]string{fmt.Sprint(version, " false")}, s.list("select version || ' ' || dirty from schema_migrations")); diff != "" {
		s.t.Errorf("version (-want +is):\n%s", diff)
	}
}

// await returns once a count is not zero.
func (s stranger) await(sql string) {
	s.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for s.count(sql) == 0 {
		select {
		case <-tick.C:
		case <-s.t.Context().Done():
			s.t.Fatalf("it does not come to: %s", sql)
		}
	}
}

// TestMigrationsAreCareful holds every migration to what makes it safe beside a version that serves.
func TestMigrationsAreCareful(t *testing.T) {
	names, err := fs.Glob(migrations.Files, "*.up.sql")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for i, name := range names {
		text, err := migrations.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(name, fmt.Sprintf("%04d_", i+1)) {
			t.Errorf("%s: migrations are numbered without a gap", name)
		}
		if !regexp.MustCompile(`(?m)^set lock_timeout = '[1-5]s';$`).Match(text) {
			t.Errorf("%s does not set lock_timeout: while it waits for a table, everybody waits behind it", name)
		}
		if regexp.MustCompile(`(?mi)^(begin|commit|rollback)\b`).Match(text) {
			t.Errorf("%s begins or ends a transaction: it is run in one, with its number", name)
		}
	}
}

// TestStatementsOutliveExpansion adds a column to every table under the feet of a version that serves: each of its prepared statements
// still answers what it did. One that selects all columns of a table would end with "cached plan must not change result type".
func TestStatementsOutliveExpansion(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	owner := newStranger(t, database)
	p := startProcess(t, postgres.Config{URL: database.URL})
	for _, take := range []func(context.Context) (*pgxpool.Conn, error){p.Writer, p.Reader} {
		conn, err := take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
		ready := prepared(t, conn.Conn())
		executeAll(t, conn.Conn(), ready)
		for _, table := range postgres.AuditedTables() {
			owner.exec("alter table " + table + " add column if not exists next_thing text")
		}
		executeAll(t, conn.Conn(), ready)
		for _, table := range postgres.AuditedTables() {
			owner.exec("alter table " + table + " drop column next_thing")
		}
		executeAll(t, conn.Conn(), ready)
	}
}

// executeAll executes prepared statements with nulls, which find and write nothing.
func executeAll(t *testing.T, conn *pgx.Conn, statements map[string]int) {
	t.Helper()
	if len(statements) < 10 {
		t.Fatalf("only %d statements are prepared", len(statements))
	}
	for statement, params := range statements {
		if isUtility(statement) {
			continue
		}
		answer := conn.PgConn().ExecPrepared(t.Context(), statement, make([][]byte, params), nil, nil).Read()
		if answer.Err != nil {
			t.Errorf("%s: %v", statement, answer.Err)
		}
	}
}

// TestOpenLooksAtTheSchema: an older schema is refused with what to do, a newer one is fine.
func TestOpenLooksAtTheSchema(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what    string
		prepare func(t *testing.T, s stranger, owner string)
		refused bool
	}{
		{"none", func(*testing.T, stranger, string) {}, true},
		{"that of the version before", func(t *testing.T, _ stranger, owner string) {
			before, err := migrations.Files.ReadFile("0001_ledger.up.sql")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := postgres.MigrateFrom(t.Context(), owner, fstest.MapFS{"0001_ledger.up.sql": {Data: before}}); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"one whose version may not be seen", func(t *testing.T, s stranger, owner string) {
			if _, err := postgres.Migrate(t.Context(), owner); err != nil {
				t.Fatal(err)
			}
			s.exec("revoke select on schema_migrations from aisle_app")
		}, true},
		{"ours", func(t *testing.T, _ stranger, owner string) {
			if _, err := postgres.Migrate(t.Context(), owner); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"that of the next version", func(t *testing.T, _ stranger, owner string) {
			if _, err := postgres.MigrateFrom(t.Context(), owner, nextMigrations(t, expand)); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			s, owner := emptyDatabase(t)
			c.prepare(t, s, owner)
			db, err := postgres.Open(t.Context(), postgres.Config{URL: owner, Writers: 1, Readers: 1})
			if err == nil {
				db.Close()
			}
			if refused := err != nil; refused != c.refused || refused && !strings.Contains(err.Error(), "run `aisle migrate`") {
				t.Errorf("opened with %v", err)
			}
		})
	}
}

// TestOpen: who connects as somebody else becomes the program's role, and can't come back.
func TestOpen(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	p := startProcess(t, postgres.Config{URL: database.OwnerURL}) // a superuser's
	for _, take := range []func(context.Context) (*pgxpool.Conn, error){p.Writer, p.Reader} {
		conn, err := take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "reset role"); err != nil {
			t.Error(err)
		}
		rows, _ := conn.Query(t.Context(), "select current_user::text")
		if who, err := pgx.CollectOneRow(rows, pgx.RowTo[string]); who != postgres.Role {
			t.Errorf("the program works as %s, %v", who, err)
		}
		conn.Release()
	}
}
