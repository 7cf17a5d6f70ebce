package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
)

func TestFailureClasses(t *testing.T) {
	t.Parallel()
	refused := func(code string) error { return &pgconn.PgError{Code: code} }
	for _, c := range []struct {
		what  string
		err   error
		class ledger.Class
	}{
		{"a serialization failure", refused("40001"), ledger.Transient},
		{"a deadlock", refused("40P01"), ledger.Transient},
		{"a lock timeout", refused("55P03"), ledger.Transient},
		{"a statement timeout", refused("57014"), ledger.Transient},
		{"a full disk", refused("53100"), ledger.Transient},
		{"too many connections", refused("53300"), ledger.Transient},
		{"a server that shuts down", refused("57P01"), ledger.Transient},
		{"a server that crashed", refused("57P02"), ledger.Transient},
		{"a server that starts", refused("57P03"), ledger.Transient},
		{"a connection exception", refused("08006"), ledger.Transient},
		{"a standby before it is promoted", refused("25006"), ledger.Transient},
		{"a transaction that idled while this process was stopped", refused("25P03"), ledger.Transient},
		{"a transaction that took too long", refused("25P04"), ledger.Transient},
		{"a duplicate key", refused("23505"), ledger.Duplicate},
		{"a check that fails", refused("23514"), ledger.Fault},
		{"a null that must not be", refused("23502"), ledger.Fault},
		{"text that Postgres can't keep", refused("22021"), ledger.Fault},
		{"a number out of range", refused("22003"), ledger.Fault},
		{"a missing right", refused("42501"), ledger.Fault},
		{"a missing table", refused("42P01"), ledger.Fault},
		{"a failed transaction used again", refused("25P02"), ledger.Fault},
		{"a bug of Postgres", refused("XX000"), ledger.Fault},
		{"a broken page", refused("XX001"), ledger.Fault},
		{"a password that is wrong", refused("28P01"), ledger.Fault},
		{"a database that is not there", refused("3D000"), ledger.Fault},
		{"a line that was cut", io.ErrUnexpectedEOF, ledger.Transient},
		{"a line that was closed", io.EOF, ledger.Transient},
		{"a line that this side closed", net.ErrClosed, ledger.Transient},
		{"a reset", &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, ledger.Transient},
		{"a name that can't be looked up", &net.DNSError{Err: "no such host"}, ledger.Transient},
		{"a deadline", context.DeadlineExceeded, ledger.Transient},
		{"a closed connection", pgconn.ErrConnClosed, ledger.Transient},
		{"an error that nobody knows", errors.New("odd"), ledger.Fault},
	} {
		for _, err := range []error{c.err, fmt.Errorf("commit: %w", c.err)} {
			if got := postgres.ClassOf(err); got != c.class {
				t.Errorf("%s (%v) is of class %d, want %d", c.what, err, got, c.class)
			}
		}
	}

	t.Run("a server that nobody finds", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listener.Close() // a port that is surely free
		_, err = pgconn.Connect(t.Context(), fmt.Sprintf("postgres://nobody@%s/none?sslmode=disable", listener.Addr()))
		if got := postgres.ClassOf(err); got != ledger.Transient {
			t.Errorf("%v is of class %d, want transient", err, got)
		}
	})

	t.Run("a connection that broke before", func(t *testing.T) {
		conn, err := pgconn.Connect(t.Context(), pgtest.New(t).URL)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Conn().Close(); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the first use finds out, the second finds it closed
			err := postgres.RoundTrip(t.Context(), conn, "any")
			if got := postgres.ClassOf(err); err == nil || got != ledger.Transient {
				t.Errorf("%v is of class %d, want transient", err, got)
			}
		}
	})
}

// TestRoundTripDeadline: a deadline that stays behind would end the next use of a connection that idled longer than that, and
// every shop that pauses for a while would open its connections anew.
func TestRoundTripDeadline(t *testing.T) {
	t.Parallel()
	config, err := pgconn.ParseConfig(pgtest.New(t).URL)
	if err != nil {
		t.Fatal(err)
	}
	var line *postgres.Deadlined
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		line = &postgres.Deadlined{Conn: conn}
		return line, err
	}
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Prepare(t.Context(), "fine", "select 1", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Prepare(t.Context(), "broken", "select 1/0", nil); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"fine", "broken"} {
		_ = postgres.RoundTrip(t.Context(), conn, statement)
		if !line.Deadline.IsZero() {
			t.Errorf("after %q the deadline is still %s from now", statement, time.Until(line.Deadline))
		}
	}
}
