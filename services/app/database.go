package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

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
	if c.Owner() != "" {
		return &Database{URL: cmp.Or(c.DatabaseURL, c.Owner()), OwnerURL: c.Owner()}, nil
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
	if c.CodeSecret == "" {
		if c.CodeSecret, err = storedSecret(c.DataDir); err != nil {
			return nil, errors.Join(fmt.Errorf("the secret of pickup codes: %w", err), server.Stop())
		}
	}
	return d, nil
}

// DataFolder is the configured data folder, or the one that is used where none is.
func (c *Config) DataFolder() string {
	if c.DataDir != "" {
		return c.DataDir
	}
	return filepath.Dir(embedded.DefaultDataDir())
}

// prepare makes the database and its schema where they are missing.
func (d *Database) prepare(ctx context.Context, adminURL string) error {
	if err := postgres.CreateDatabase(ctx, adminURL, privateDatabase); err != nil {
		return err
	}
	_, err := d.Migrate(ctx)
	return err
}

// Migrate brings the schema up to date, and returns the version it left.
func (d *Database) Migrate(ctx context.Context) (version uint, err error) {
	return postgres.Migrate(ctx, d.OwnerURL)
}

// MigrateDown takes the whole schema away, with all that is in it. For development only.
func (d *Database) MigrateDown() error { return postgres.MigrateDown(d.OwnerURL) }

// toolReaders are the connections of a tool, which reads one thing after another.
const toolReaders = 2

// Read opens the database for a tool that only reads.
func (d *Database) Read(ctx context.Context) (*postgres.DB, error) {
	return postgres.Open(ctx, postgres.Config{URL: d.URL, Writers: 1, Readers: toolReaders})
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
