package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/embedded"
	"github.com/aisle-retail/aisle/services/postgres"
)

// privateDatabase is the name of the database in a private Postgres.
const privateDatabase = "aisle"

// Database is where a command works: the one that is configured, or a private one.
type Database struct {
	// URL is how the program connects, OwnerURL how migrations do.
	URL, OwnerURL string
	// Private is the server that was started for it; nil where one was configured.
	Private *embedded.Server
}

// Close stops a private server, unless another process of ours uses it.
func (d *Database) Close() error {
	if d.Private == nil {
		return nil
	}
	return d.Private.Stop()
}

// OpenDatabase finds the configured database, or starts a private one in the data folder, and makes sure that the schema
// is there where the database is private; a configured one is migrated by `aisle migrate`.
func OpenDatabase(ctx context.Context, c *Config, log *slog.Logger) (*Database, error) {
	if c.DatabaseURL != "" {
		return &Database{URL: c.DatabaseURL, OwnerURL: c.Owner()}, nil
	}
	c.DataDir = c.DataFolder()
	log.Info("starting a private Postgres", "folder", c.DataDir)
	server, err := embedded.Start(ctx, embedded.Options{
		DataDir: filepath.Join(c.DataDir, "postgres"), Durable: true, Progress: func(s string) { log.Info(s) },
	})
	if err != nil {
		return nil, err
	}
	d := &Database{URL: server.URL(privateDatabase), OwnerURL: server.URL(privateDatabase), Private: server}
	if err := d.prepare(ctx, server.URL("postgres")); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return d, nil
}

// DataFolder is the configured data folder, or the one that is used where none is.
func (c *Config) DataFolder() string {
	if c.DataDir != "" {
		return c.DataDir
	}
	return embedded.DefaultDataDir()
}

// prepare makes the database and its schema where they are missing.
func (d *Database) prepare(ctx context.Context, adminURL string) error {
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var exists bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", privateDatabase).Scan(&exists); err != nil {
		return err
	}
	if !exists {
		if _, err := conn.Exec(ctx, "create database "+privateDatabase); err != nil {
			return err
		}
	}
	_, err = postgres.Migrate(ctx, d.OwnerURL)
	return err
}

// writeFile writes a file of the data folder whole or not at all.
func writeFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	unfinished := path + ".new"
	if err := os.WriteFile(unfinished, content, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(unfinished, path)
}
