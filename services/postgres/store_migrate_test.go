package postgres_test

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

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
			from information_schema.role_table_grants where table_schema = 'public' and grantee = $1
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

	t.Run("is asked for where the schema is not there", func(t *testing.T) {
		t.Parallel()
		_, owner := emptyDatabase(t)
		_, err := postgres.Open(t.Context(), postgres.Config{URL: owner, Writers: 1, Readers: 1})
		if failure := (*pgconn.PgError)(nil); !errors.As(err, &failure) || failure.Code != "42P01" {
			t.Errorf("opened with %v, want an undefined table", err)
		}
	})

	t.Run("refuses what is no URL", func(t *testing.T) {
		t.Parallel()
		if err := postgres.MigrateDown("host=localhost dbname=aisle"); err == nil {
			t.Error("a list of settings was taken for a URL")
		}
	})
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
