package pgtest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aisle-retail/aisle/services/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestNew(t *testing.T) {
	t.Run("gives each test a migrated database of its own", func(t *testing.T) {
		t.Parallel()
		one, other := pgtest.New(t), pgtest.New(t)
		execute(t, one.OwnerURL, "insert into names values ('order', 'A', gen_random_uuid(), now(), 0)")
		if got := count(t, one.URL, "select count(*) from names"); got != 1 {
			t.Errorf("%d rows in the database that was written, want 1", got)
		}
		if got := count(t, other.URL, "select count(*) from names"); got != 0 {
			t.Errorf("%d rows in the other database, want 0", got)
		}
	})

	t.Run("connects with the program's rights and no way back", func(t *testing.T) {
		t.Parallel()
		conn := connect(t, pgtest.New(t).URL)
		for _, sql := range []string{"delete from names", "reset role; delete from names"} {
			_, err := conn.Exec(t.Context(), sql)
			if refused := (*pgconn.PgError)(nil); !errors.As(err, &refused) || refused.Code != "42501" {
				t.Errorf("%s: %v, want insufficient privilege", sql, err)
			}
		}
	})
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	if _, err := connect(t, url).Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, url, sql string) (n int) {
	t.Helper()
	if err := connect(t, url).QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
