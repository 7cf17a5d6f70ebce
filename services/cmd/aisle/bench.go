package main

import (
	"context"
	"os"

	"github.com/aisle-retail/aisle/services/app"
	"github.com/aisle-retail/aisle/services/bench"
)

// benchmark measures Aisle against pgbench on a Postgres of its own.
func benchmark(ctx context.Context, c *app.Config, args []string) error {
	set := flags("bench")
	o := bench.Options{Out: os.Stdout}
	set.BoolVar(&o.Quick, "quick", false, "only what the last lines name, in about two minutes")
	set.BoolVar(&o.Large, "large", false, "only what depends on how much there is, with 10 million positions")
	set.BoolVar(&o.Scripts, "scripts", false, "print pgbench's scripts in a quick run too")
	if _, err := parse(set, args, false); err != nil {
		return err
	}
	o.StartServer = func(ctx context.Context, databaseURL string) (addr, token string, stop func(), err error) {
		key := app.LoaderKey(app.NewKey())
		key.Bulk = false // its callers are people
		keys, err := app.ParseKeyEntries(key)
		if err != nil {
			return "", "", nil, err
		}
		config := app.Loopback(*c)
		// Those that are measured. The event log would notice that it is emptied between cells.
		config.Services = []string{"catalog", "locations", "stock", "orders"}
		config.DemandEvery = 0 // the same work by hand records nothing of what people look for
		server, err := app.Start(ctx, config, databaseURL, keys, app.AlarmsOnly())
		if err != nil {
			return "", "", nil, err
		}
		return server.GRPCAddr(), key.Key, func() { _ = server.Stop(context.WithoutCancel(ctx)) }, nil
	}
	return bench.Run(ctx, o)
}
