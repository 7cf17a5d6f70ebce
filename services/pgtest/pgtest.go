// Package pgtest gives every test a database of its own, with the schema migrated, on a real Postgres.
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
//	func TestX(t *testing.T) {
//		t.Parallel()
//		db, err := postgres.Open(t.Context(), postgres.Config{URL: pgtest.New(t).URL, Writers: 2, Readers: 2})
//
// A test binary starts one embedded server, with the first test that asks for a database, and migrates one template on it,
// of which each database is a copy. Tests of package postgres itself that use it belong into postgres_test, since this
// package imports that one.
//
// AISLE_TEST_DATABASE_URL, the URL of a superuser, makes the tests use a server that runs already. Then several binaries
// share it, and what they make there carries names of their own and is dropped at the end.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/aisle-retail/aisle/services/embedded"
	"github.com/aisle-retail/aisle/services/postgres"
)

// variable names the server to use instead of an embedded one.
const variable = "AISLE_TEST_DATABASE_URL"

// setUpMax bounds each step of making and dropping databases, far above what it takes on a busy machine.
const setUpMax = time.Minute

// connectionsMax is enough for all tests of a binary in parallel, each with its pools.
const connectionsMax = "400"

// Database is one database for one test.
type Database struct {
	// URL is how the program connects: with the rights of postgres.Role and no others.
	URL string
	// OwnerURL is how its superuser connects, who owns the schema.
	OwnerURL string
}

// server is the Postgres of this test binary.
type server struct {
	own *embedded.Server // nil where the server ran already
	// url of the superuser, to any database.
	url *url.URL
	// prefix of the names of this binary's databases.
	prefix string
	made   atomic.Int64
}

var (
	// underMain is true while Main runs, which is who stops the server.
	underMain atomic.Bool
	// started is the server, once a test has asked for it.
	started *server
	start   = sync.OnceValues(func() (*server, error) {
		var err error
		started, err = startServer()
		return started, err
	})
)

// Main runs the tests of a binary, stops the server, and fails if the tests leave goroutines behind other than those
// that the options ignore. It does not return.
func Main(m *testing.M, options ...goleak.Option) {
	underMain.Store(true)
	code := m.Run()
	if started != nil {
		if err := started.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
			code = max(code, 1)
		}
	}
	if code == 0 {
		if err := goleak.Find(options...); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// New makes a database for a test, which is dropped when the test ends.
func New(t testing.TB) *Database {
	t.Helper()
	if !underMain.Load() {
		t.Fatal("pgtest: the server would outlive the tests: call pgtest.Main from TestMain")
	}
	s, err := start()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	name := fmt.Sprintf("%s_%d", s.prefix, s.made.Add(1))
	if err := s.execute("create database " + name + " template " + s.template()); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.execute("drop database " + name + " with (force)"); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return &Database{URL: s.appURL(name), OwnerURL: s.ownerURL(name)}
}

// startServer starts or finds the server and migrates the template.
func startServer() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), setUpMax)
	defer cancel()
	s := &server{prefix: "aisle_test_" + strings.ToLower(rand.Text()[:10])}
	address := os.Getenv(variable)
	if address == "" {
		own, err := embedded.Start(ctx, embedded.Options{Settings: map[string]string{"max_connections": connectionsMax}})
		if err != nil {
			return nil, err
		}
		s.own, address = own, own.URL("postgres")
	}
	var err error
	if s.url, err = url.Parse(address); err == nil {
		err = s.makeTemplate(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *server) makeTemplate(ctx context.Context) error {
	if err := s.execute("create database " + s.template()); err != nil {
		return err
	}
	if _, err := postgres.Migrate(ctx, s.ownerURL(s.template())); err != nil {
		return err
	}
	// A template that somebody is connected to can't be copied.
	return s.execute("alter database " + s.template() + " with allow_connections false")
}

func (s *server) template() string { return s.prefix + "_template" }

func (s *server) ownerURL(database string) string {
	address := *s.url
	address.Path = "/" + database
	return address.String()
}

// appURL takes the role as a setting rather than as the user: it works on a server that asks for passwords too, and since
// it is the session's own default, "reset role" does not lead back to the superuser.
func (s *server) appURL(database string) string {
	address := *s.url
	address.Path = "/" + database
	address.RawQuery = strings.TrimPrefix(address.RawQuery+"&role="+postgres.Role, "&")
	return address.String()
}

// execute runs one statement as the superuser.
func (s *server) execute(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), setUpMax)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url.String())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

// stop ends a server of our own, and takes the template from another's.
func (s *server) stop() error {
	if s.own != nil {
		return s.own.Stop()
	}
	if s.url == nil {
		return nil
	}
	return s.execute("drop database if exists " + s.template() + " with (force)")
}
