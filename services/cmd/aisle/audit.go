package main

import (
	"context"
	"errors"
	"os"

	"github.com/aisle-retail/aisle/services/app"
)

// audit proves every invariant on a live database.
func audit(ctx context.Context, c *app.Config, args []string) (err error) {
	set := flags("audit")
	rest := set.Float64("rest", 1, "pause after each page, as a multiple of what it took; 0: none")
	if _, err := parse(set, args, false); err != nil {
		return err
	}
	database, err := app.OpenDatabase(ctx, c, c.Logger())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	db, err := database.Read(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return app.Audit(ctx, db, *rest, os.Stdout, os.Stderr)
}
