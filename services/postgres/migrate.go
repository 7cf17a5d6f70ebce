package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"time"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	migratepgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/aisle-retail/aisle/migrations"
)

const (
	// migrateTurn is the advisory lock of whoever migrates: "aisle" in ASCII.
	migrateTurn = 0x6169736c65
	// migrateTurnPoll is how often one who waits for it asks.
	migrateTurnPoll = 50 * time.Millisecond
	// deadlocksMax is how often a migration is run again after it and a writer waited for each other. It locks several tables one
	// after another, in another order than some writer may; who is cut off has changed nothing.
	deadlocksMax = 5
	// apartMark begins a migration whose statements run one by one (see migration.Run).
	apartMark = "-- Outside of a transaction."
)

// Migrate brings the schema up to date, as the owner of the database, while other processes serve: it creates Role where it is
// missing, and runs the migrations that have not run. It returns the version it left. A schema that is newer than this program
// is left as it is. Running it from several places at once is safe, and so is running it again after it failed or was killed: a
// migration has happened whole, with its number, or not at all; one outside of a transaction is run again from its beginning.
func Migrate(ctx context.Context, ownerURL string) (version uint, err error) {
	return MigrateFrom(ctx, ownerURL, migrations.Files)
}

// MigrateFrom is Migrate with the migrations of another version.
func MigrateFrom(ctx context.Context, ownerURL string, files fs.FS) (version uint, err error) {
	err = migrating(ctx, ownerURL, files, func(conn *pgx.Conn, m *migrate.Migrate, newest uint) error {
		if err := createRole(ctx, conn); err != nil {
			return fmt.Errorf("role %s: %w", Role, err)
		}
		at, _, err := m.Version()
		if err != nil && !errors.Is(err, migrate.ErrNilVersion) {
			return err
		}
		version = at
		if version < newest {
			if err := up(m, newest); err != nil {
				return err
			}
			version = newest
		}
		return showVersion(ctx, conn)
	})
	return version, err
}

// up runs what has not run, one after another: where one fails, the library would keep those behind it, half read, for good.
func up(m *migrate.Migrate, newest uint) error {
	for deadlocks := 0; ; {
		at, _, err := m.Version()
		if err != nil && !errors.Is(err, migrate.ErrNilVersion) {
			return err
		}
		if at >= newest {
			return nil
		}
		err = m.Steps(1)
		if deadlock := (*pgconn.PgError)(nil); errors.As(err, &deadlock) && deadlock.Code == "40P01" && deadlocks < deadlocksMax {
			deadlocks++
			continue
		}
		if err != nil {
			return err
		}
	}
}

// MigrateDown takes the whole schema away. For development only.
func MigrateDown(ownerURL string) error {
	return migrating(context.Background(), ownerURL, migrations.Files, func(_ *pgx.Conn, m *migrate.Migrate, _ uint) error {
		if err := m.Down(); err != nil && !errors.Is(err, migrate.ErrNoChange) {
			return err
		}
		return nil
	})
}

// migrating calls do when it is our turn, with a connection of the owner and what runs migrations. The context ends it at once,
// also in the middle of a statement, which is then undone.
func migrating(ctx context.Context, ownerURL string, files fs.FS, do func(*pgx.Conn, *migrate.Migrate, uint) error) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer func() {
		refused := (*pgconn.PgError)(nil)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			err = fmt.Errorf("migrate: %w", ctx.Err())
		case errors.As(err, &refused) && refused.Code == "55P03":
			err = fmt.Errorf("migrate: a table was in use for so long that its lock could not be had; run it again at any time, "+
				"it goes on where it stopped: %w", err)
		case errors.As(err, &refused) && refused.Code == "0A000":
			err = fmt.Errorf("migrate: this Postgres lacks an extension that comes with it, on Debian and Red Hat in the package "+
				"postgresql-contrib; install that and run it again: %w", err)
		default:
			err = fmt.Errorf("migrate: %w", err)
		}
	}()
	conn, err := pgx.Connect(ctx, ownerURL)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := takeTurn(ctx, conn); err != nil {
		return err
	}
	from, err := iofs.New(files, ".")
	if err != nil {
		return err
	}
	newest, err := newestOf(from)
	if err != nil {
		return err
	}
	m, err := migrator(ctx, ownerURL, from)
	if err != nil {
		return err
	}
	defer m.Close()
	return do(conn, m, newest)
}

// takeTurn waits until nobody else migrates; the turn ends with the connection. It asks again and again rather than wait for the
// lock: who waits inside a statement holds a snapshot, and an index that is built concurrently waits for every snapshot.
func takeTurn(ctx context.Context, conn *pgx.Conn) error {
	tick := time.NewTicker(migrateTurnPoll)
	defer tick.Stop()
	for {
		var ours bool
		if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", int64(migrateTurn)).Scan(&ours); err != nil || ours {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// migrator runs migrations on a connection of its own, which the end of the context cuts: the library below knows no context.
func migrator(ctx context.Context, ownerURL string, from source.Driver) (*migrate.Migrate, error) {
	config, err := pgx.ParseConfig(ownerURL)
	if err != nil {
		return nil, err
	}
	dial := config.DialFunc
	config.DialFunc = func(dialing context.Context, network, address string) (net.Conn, error) {
		line, err := dial(dialing, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { _ = line.Close() })
		}
		return line, err
	}
	db := stdlib.OpenDB(*config)
	driver, err := migratepgx.WithInstance(db, &migratepgx.Config{})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	m, err := migrate.NewWithInstance("iofs", from, "pgx5", &migration{Driver: driver, from: from})
	if err != nil {
		return nil, errors.Join(err, driver.Close())
	}
	return m, nil
}

// newestOf returns the number of the last migration.
func newestOf(from source.Driver) (newest uint, err error) {
	for next, err := from.First(); ; next, err = from.Next(newest) {
		if errors.Is(err, fs.ErrNotExist) {
			return newest, nil
		}
		if err != nil {
			return 0, err
		}
		newest = next
	}
}

// migration is the library's driver, but that a migration and its number are written in one transaction. The driver alone writes
// the number first, marked as dirty, then runs the migration and takes the mark away, so that a lock that could not be had, or a
// process that was killed, left a database that nobody migrates until somebody has looked at it.
type migration struct {
	database.Driver
	from source.Driver
	// running is the version that the migration under way leads to, and written whether it was written with it.
	running int
	written bool
}

// Version returns how far the schema is. A number that is marked as dirty was left by a program of before: what it stands for ran
// in one transaction and was undone, so the schema is where it was before it.
func (m *migration) Version() (version int, dirty bool, err error) {
	version, dirty, err = m.Driver.Version()
	if err != nil || !dirty {
		return version, false, err
	}
	before, err := m.from.Prev(uint(max(0, version)))
	if errors.Is(err, fs.ErrNotExist) {
		return database.NilVersion, false, nil
	}
	return int(before), false, err
}

// SetVersion is told the number twice, before and after the migration that Run runs in between.
func (m *migration) SetVersion(version int, dirty bool) error {
	if dirty {
		m.running, m.written = version, false
		return nil
	}
	if m.written {
		return nil
	}
	return m.Driver.SetVersion(version, false)
}

// Run runs a migration and writes its number down, in one transaction: what is sent at once is one. The number is not written by
// truncating, which waits for whoever reads it, such as a dump.
//
// A migration that begins with apartMark runs statement by statement, each ended by a semicolon at the end of a line, since an
// index on a big table must be built concurrently, or nobody can write to the table meanwhile, and Postgres builds none within a
// transaction. It is run again from its beginning where it did not come to its end, so each statement must bear that: "drop index
// concurrently if exists" before "create index concurrently".
func (m *migration) Run(body io.Reader) error {
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	statements := string(text)
	if strings.HasPrefix(statements, apartMark) {
		for statement := range strings.SplitSeq(statements, ";\n") {
			if err := m.run(statement); err != nil {
				return err
			}
		}
		return nil
	}
	statements += "\n;\ndelete from schema_migrations;\n"
	if m.running != database.NilVersion {
		statements += fmt.Sprintf("insert into schema_migrations (version, dirty) values (%d, false);\n", m.running)
	}
	err = m.run(statements)
	m.written = err == nil
	return err
}

// run sends statements. The library's error has the whole migration in its text, and keeps the reason to itself.
func (m *migration) run(statements string) error {
	err := m.Driver.Run(strings.NewReader(statements))
	if failed := (database.Error{}); errors.As(err, &failed) {
		return fmt.Errorf("version %d: line %d: %w", m.running, failed.Line, failed.OrigErr)
	}
	return err
}

// createRole creates the program's role, which may log in where the cluster lets it, and lets the owner become it.
func createRole(ctx context.Context, conn *pgx.Conn) error {
	var exists, member bool
	err := conn.QueryRow(ctx, `select count(*) > 0, coalesce(bool_or(pg_has_role(current_user, oid, 'member')), false)
		from pg_roles where rolname = $1`, Role).Scan(&exists, &member)
	if err != nil {
		return err
	}
	if !exists {
		_, err = conn.Exec(ctx, "create role "+Role+" login")
		if taken := (*pgconn.PgError)(nil); errors.As(err, &taken) && (taken.Code == "42710" || taken.Code == "23505") {
			err = nil // somebody made it meanwhile, from another database of the same server
		}
		if err != nil {
			return err
		}
	}
	if !exists || !member {
		if _, err := conn.Exec(ctx, "grant "+Role+" to current_user"); err != nil && !member {
			return err
		}
	}
	return nil
}

// showVersion lets the program see the schema's version, which checkSchema reads.
func showVersion(ctx context.Context, conn *pgx.Conn) error {
	var shown bool
	err := conn.QueryRow(ctx, "select has_table_privilege($1, 'schema_migrations', 'select')", Role).Scan(&shown)
	if err != nil || shown {
		return err
	}
	_, err = conn.Exec(ctx, "grant select on schema_migrations to "+Role)
	return err
}

// schemaVersionSQL takes a number that is marked as dirty for the one before it (see migration.Version).
const schemaVersionSQL = "select coalesce(max(case when dirty then version - 1 else version end), 0) from schema_migrations"

// checkSchema fails where the schema is older than this program. A newer one is fine: it was expanded for a version that is about
// to start beside this one, and nothing that this one uses was taken away.
func checkSchema(ctx context.Context, url string) error {
	from, err := iofs.New(migrations.Files, ".")
	if err != nil {
		return err
	}
	needed, err := newestOf(from)
	if err != nil {
		return err
	}
	version, err := schemaVersion(ctx, url)
	if missing := (*pgconn.PgError)(nil); errors.As(err, &missing) && !(missing.Code == "42501" && isConnectError(err)) {
		switch missing.Code {
		case "22023", "42P01", "42501": // no Role, no schema, or one of a version that did not show its number
			err = nil
		}
	}
	if err == nil && version < needed {
		return fmt.Errorf("the schema is at version %d and this program needs %d: run `aisle migrate` as the owner of the database, "+
			"then start this program again; older ones may go on serving meanwhile", version, needed)
	}
	return err
}

// schemaVersion reads as Role how far the schema is.
func schemaVersion(ctx context.Context, url string) (version uint, err error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return 0, err
	}
	config.ConnectTimeout = connectTime
	config.RuntimeParams["role"] = Role
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return 0, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = conn.QueryRow(ctx, schemaVersionSQL).Scan(&version)
	return version, err
}

// CreateDatabase creates a database where it is missing. The URL is of another database of the same server.
func CreateDatabase(ctx context.Context, adminURL, name string) error {
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var exists bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists); err != nil || exists {
		return err
	}
	_, err = conn.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize())
	if taken := (*pgconn.PgError)(nil); errors.As(err, &taken) && (taken.Code == "42P04" || taken.Code == "23505") {
		err = nil // somebody else made it meanwhile
	}
	return err
}
