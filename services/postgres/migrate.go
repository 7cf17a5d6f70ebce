package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-migrate/migrate/v4"
	_ "github.com/golang-migrate/migrate/v4/database/pgx/v5" // the driver behind the scheme pgx5
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aisle-retail/aisle/migrations"
)

// Migrate brings the schema up to date, as the owner of the database: it creates Role where it is missing, and runs the
// migrations that have not run. It returns the version it left. Running it at the same time from two places is safe.
func Migrate(ctx context.Context, ownerURL string) (version uint, err error) {
	if err := createRole(ctx, ownerURL); err != nil {
		return 0, fmt.Errorf("migrate: role %s: %w", Role, err)
	}
	m, err := migrator(ownerURL)
	if err != nil {
		return 0, err
	}
	defer m.Close()
	if err := m.Up(); err != nil && !errors.Is(err, migrate.ErrNoChange) {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	version, _, err = m.Version()
	return version, err
}

// MigrateDown takes the whole schema away. For development only.
func MigrateDown(ownerURL string) error {
	m, err := migrator(ownerURL)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := m.Down(); err != nil && !errors.Is(err, migrate.ErrNoChange) {
		return fmt.Errorf("migrate down: %w", err)
	}
	return nil
}

func migrator(ownerURL string) (*migrate.Migrate, error) {
	source, err := iofs.New(migrations.Files, ".")
	if err != nil {
		return nil, err
	}
	_, rest, found := strings.Cut(ownerURL, "://")
	if !found {
		return nil, errors.New("migrate: the database must be given as a URL, postgres://user@host/database")
	}
	m, err := migrate.NewWithSourceInstance("iofs", source, "pgx5://"+rest)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return m, nil
}

// createRole creates the program's role, which may log in where the cluster lets it, and lets the owner become it.
func createRole(ctx context.Context, ownerURL string) error {
	conn, err := pgx.Connect(ctx, ownerURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var exists, member bool
	err = conn.QueryRow(ctx, `select count(*) > 0, coalesce(bool_or(pg_has_role(current_user, oid, 'member')), false)
		from pg_roles where rolname = $1`, Role).Scan(&exists, &member)
	if err != nil {
		return err
	}
	if !exists {
		_, err = conn.Exec(ctx, "create role "+Role+" login")
		if taken := (*pgconn.PgError)(nil); errors.As(err, &taken) && (taken.Code == "42710" || taken.Code == "23505") {
			err = nil // somebody else made it meanwhile
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
