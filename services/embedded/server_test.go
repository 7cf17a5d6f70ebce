//go:build unix

package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

// deadline bounds every wait of these tests, far above what it takes on a busy machine.
const deadline = 60 * time.Second

func TestMain(m *testing.M) {
	if role := os.Getenv("EMBEDDED_TEST_CHILD"); role != "" {
		if err := child(role); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func TestStart(t *testing.T) {
	t.Run("gives a temporary server that makes databases and leaves nothing behind", func(t *testing.T) {
		t.Parallel()
		s := start(t, Options{})
		execute(t, s, superuser, "create database shop")
		execute(t, s, "shop", "create table units (sku text)")
		if got := setting(t, s, "fsync"); got != "off" {
			t.Errorf("fsync is %s, want off: nobody reads this database again", got)
		}
		stop(t, s)
		if _, err := os.Stat(s.folder.path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the temporary folder is still there: %v", err)
		}
		stop(t, s)
	})

	t.Run("continues with the rows of the folder", func(t *testing.T) {
		t.Parallel()
		o := Options{DataDir: dataDir(t), Durable: true}
		first := start(t, o)
		execute(t, first, superuser, "create table units (sku text); insert into units values ('RED-42')")
		if got := setting(t, first, "fsync"); got != "on" {
			t.Errorf("fsync is %s on a durable server", got)
		}
		stop(t, first)
		if got := rows(t, start(t, o)); got != 1 {
			t.Errorf("%d rows after a second start, want 1", got)
		}
	})

	t.Run("recovers what was committed before a crash", func(t *testing.T) {
		t.Parallel()
		o := Options{DataDir: dataDir(t), Durable: true}
		crashed := start(t, o)
		execute(t, crashed, superuser, "create table units (sku text); insert into units values ('RED-42')")
		busy := connect(t, crashed, superuser) // a session that is still open when the crash comes
		if err := crashed.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := busy.Ping(t.Context()); err == nil {
			t.Error("a session survived the crash")
		}
		if got := rows(t, start(t, o)); got != 1 {
			t.Errorf("%d rows after a crash, want 1", got)
		}
	})

	t.Run("finds the server that already runs on the folder, and leaves it alone", func(t *testing.T) {
		t.Parallel()
		o := Options{DataDir: dataDir(t)}
		owner, guest := start(t, o), start(t, o)
		if guest.URL("shop") != owner.URL("shop") {
			t.Errorf("the guest is at %s, the owner at %s", guest.URL("shop"), owner.URL("shop"))
		}
		if err := guest.Kill(); err == nil {
			t.Error("the guest could kill the owner's server")
		}
		stop(t, guest)
		execute(t, owner, superuser, "select 1")
	})

	t.Run("starts one server when many want the same folder at once", func(t *testing.T) {
		t.Parallel()
		dir := dataDir(t)
		var servers [4]*Server
		var errs [4]error
		var wanting sync.WaitGroup
		for i := range servers {
			wanting.Go(func() { servers[i], errs[i] = Start(t.Context(), Options{DataDir: dir}) })
		}
		wanting.Wait()
		owners := 0
		for i, s := range servers {
			if errs[i] != nil {
				t.Fatal(errs[i])
			}
			t.Cleanup(func() { stop(t, s) })
			execute(t, s, superuser, "select 1")
			if !s.attached {
				owners++
			}
		}
		if owners != 1 {
			t.Errorf("%d servers were started on one folder, want 1", owners)
		}
	})

	t.Run("works in a folder whose path is too long for a socket", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(dataDir(t), strings.Repeat("a long way down/", 8))
		s := start(t, Options{DataDir: dir})
		execute(t, s, superuser, "select 1")
		stop(t, s)
		if err := os.RemoveAll(s.socketDir); err != nil {
			t.Error(err)
		}
	})

	t.Run("works in a folder with a space in its name", func(t *testing.T) {
		t.Parallel()
		s := start(t, Options{DataDir: filepath.Join(dataDir(t), "my shop & co")})
		execute(t, s, superuser, "select 1")
		psql := filepath.Join(s.BinDir(), "psql")
		if !executable(psql) {
			t.Skipf("no psql in %s to read the URL as well", s.BinDir())
		}
		if out, err := exec.Command(psql, "-c", "select 1", s.URL(superuser)).CombinedOutput(); err != nil {
			t.Errorf("psql cannot read %s: %v: %s", s.URL(superuser), err, out)
		}
	})

	t.Run("says what the server's log says when a setting is wrong", func(t *testing.T) {
		t.Parallel()
		_, err := Start(t.Context(), Options{Settings: map[string]string{"shared_buffers": "plenty"}})
		if err == nil || !strings.Contains(err.Error(), `invalid value for parameter "shared_buffers"`) {
			t.Errorf("the error is %v", err)
		}
	})

	t.Run("refuses the data of another major version", func(t *testing.T) {
		t.Parallel()
		o := Options{DataDir: dataDir(t)}
		s := start(t, o)
		stop(t, s)
		version := filepath.Join(s.folder.data(), "PG_VERSION")
		if err := os.WriteFile(version, []byte("9\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Start(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 9") {
			t.Errorf("the error is %v", err)
		}
	})

	t.Run("gives up with its caller and can then be repeated", func(t *testing.T) {
		t.Parallel()
		o := Options{DataDir: dataDir(t)}
		ctx, cancel := context.WithCancel(t.Context())
		o.Progress = func(string) { cancel() } // initdb is about to run
		if _, err := Start(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
		o.Progress = nil
		execute(t, start(t, o), superuser, "select 1")
	})
}

func TestEnvironment(t *testing.T) {
	t.Run("of the caller does not reach the server or its address", func(t *testing.T) {
		t.Setenv("PGPORT", "1")
		t.Setenv("PGDATA", "/nowhere")
		t.Setenv("TZ", "Asia/Tokyo")
		s := start(t, Options{})
		if got := setting(t, s, "timezone"); !strings.Contains(got, "UTC") {
			t.Errorf("the server's time zone is %s, want UTC on every machine", got)
		}
	})

	t.Run("of the server has what its options say", func(t *testing.T) {
		s := start(t, Options{Env: []string{"SHOP=milan"}})
		execute(t, s, superuser, "create table seen (line text); copy seen from program 'env | grep ^SHOP='")
		execute(t, s, superuser, "do $$ begin assert (select line from seen) = 'SHOP=milan'; end $$")
	})
}

// dataDir returns a folder that the server can enter even when root runs the tests, which t.TempDir
// does not give.
func dataDir(t *testing.T) string {
	t.Helper()
	path, err := os.MkdirTemp("", "embedded-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(path); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	s, err := Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

func connect(t *testing.T, s *Server, database string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func execute(t *testing.T, s *Server, database, sql string) {
	t.Helper()
	if _, err := connect(t, s, database).Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func setting(t *testing.T, s *Server, name string) (value string) {
	t.Helper()
	row := connect(t, s, superuser).QueryRow(t.Context(), "select current_setting($1)", name)
	if err := row.Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func rows(t *testing.T, s *Server) (rows int) {
	t.Helper()
	row := connect(t, s, superuser).QueryRow(t.Context(), "select count(*) from units")
	if err := row.Scan(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}
