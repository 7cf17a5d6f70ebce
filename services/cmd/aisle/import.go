package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"google.golang.org/grpc"

	"github.com/aisle-retail/aisle/services/app"
	"github.com/aisle-retail/aisle/services/imports"
	"github.com/aisle-retail/aisle/services/imports/reconcile"
)

// importFiles loads files through the API of a process of its own, or of the services that AISLE_GRPC_TARGET names, and with
// --reconcile proves that all of it is in the ledger.
func importFiles(ctx context.Context, c *app.Config, args []string) (err error) {
	o := imports.Options{Progress: os.Stderr}
	set := flags("import")
	prove := set.Bool("reconcile", false, "recompute units and money from the files and compare them with the ledger")
	set.StringVar(&o.RejectFile, "rejects", "", "where rejected lines are written (default: FILE.rejects.csv in this folder)")
	set.IntVar(&o.Workers, "workers", 0, "requests under way at once (default 64)")
	set.StringVar(&o.Location, "location", "", "shopify: where its stock is received; online-retail: its warehouse")
	set.StringVar(&o.Channel, "channel", "", "complete-journey, online-retail: the channel it is sold through")
	set.StringVar(&o.PriceList, "price-list", "", "where prices are put")
	set.StringVar(&o.TaxCategory, "tax-category", "", "of every product")
	set.StringVar(&o.Currency, "currency", "", "of prices and of places that are created, ISO 4217")
	set.BoolVar(&o.TaxIncluded, "tax-included", false, "prices of a list that is created include tax")
	set.StringVar(&o.Jurisdiction, "jurisdiction", "", "whose taxes apply at places that are created")
	set.StringVar(&o.TimeZone, "time-zone", "", "of places that are created, and of the file's clock")
	rest, err := parse(set, args, true)
	if err != nil {
		return err
	}
	if len(rest) < 2 {
		fmt.Fprintf(os.Stderr, "aisle import takes a format (%s) and at least one file\n", strings.Join(imports.Formats, ", "))
		return errUsage
	}
	o.Format, o.Files = rest[0], rest[1:]
	if !slices.Contains(imports.Formats, o.Format) {
		fmt.Fprintf(os.Stderr, "aisle import: there is no format %q; there are %s\n", o.Format, strings.Join(imports.Formats, ", "))
		return errUsage
	}
	for _, file := range o.Files {
		if _, err := os.Stat(file); err != nil {
			return err
		}
	}
	session, err := openSession(ctx, c, *prove)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.close()) }()
	if _, err := imports.Run(ctx, session.conn, o); err != nil || !*prove {
		return err
	}
	return session.reconcile(ctx, o)
}

// session is a connection to services, and to the database where one is needed.
type session struct {
	conn *grpc.ClientConn
	// database is nil where services elsewhere have it, and nothing is to be reconciled.
	database *app.Database
	close    func() error
}

// openSession connects to the services that are configured, or starts some for this process alone. The database is needed by
// those, and to reconcile.
func openSession(ctx context.Context, c *app.Config, needDatabase bool) (*session, error) {
	s := &session{}
	var closers []func() error
	s.close = func() error {
		var wrong []error
		for i := len(closers) - 1; i >= 0; i-- {
			wrong = append(wrong, closers[i]())
		}
		return errors.Join(wrong...)
	}
	fail := func(err error) (*session, error) { return nil, errors.Join(err, s.close()) }
	log := c.Logger()
	if c.GRPCTarget == "" || needDatabase {
		database, err := app.OpenDatabase(ctx, c, log)
		if err != nil {
			return fail(err)
		}
		s.database = database
		closers = append(closers, database.Close)
	}
	target, key := c.GRPCTarget, c.Key
	if target == "" {
		loader := app.LoaderKey(app.NewKey())
		keys, err := app.ParseKeyEntries(loader)
		if err != nil {
			return fail(err)
		}
		server, err := app.Start(ctx, app.Loopback(*c), s.database.URL, keys, app.AlarmsOnly())
		if err != nil {
			return fail(err)
		}
		closers = append(closers, func() error { return server.Stop(context.WithoutCancel(ctx)) })
		target, key = server.GRPCAddr(), loader.Key
	}
	var err error
	if s.conn, err = app.Dial(target, key); err != nil {
		return fail(err)
	}
	closers = append(closers, s.conn.Close)
	return s, nil
}

// reconcile compares the files with the ledger, and fails where anything differs.
func (s *session) reconcile(ctx context.Context, o imports.Options) error {
	db, err := s.database.Read(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	fmt.Fprintln(os.Stderr, "reconciling: reading the files once more, by other code")
	found, err := reconcile.Run(ctx, db, s.conn, reconcile.Options{
		Format: o.Format, Files: o.Files, Channel: o.Channel, Location: o.Location, PriceList: o.PriceList, Currency: o.Currency,
	})
	if err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	fmt.Print(found)
	if found.Count > 0 {
		return fmt.Errorf("reconcile: %d of %d figures differ", found.Count, found.Compared)
	}
	return nil
}
