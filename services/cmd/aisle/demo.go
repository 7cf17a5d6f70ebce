package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/aisle-retail/aisle/services/app"
	"github.com/aisle-retail/aisle/services/demo"
	"github.com/aisle-retail/aisle/services/imports"
	"google.golang.org/grpc"
)

// demoCustomer is the shopper of the demo.
const demoCustomer = demo.Shopper

// demoKeys are who may call in the demo.
func demoKeys() []app.KeyEntry {
	all := []string{"*"}
	return []app.KeyEntry{
		{Name: "staff", Kind: "staff", Locations: all, Channels: all},
		{Name: "site", Kind: "site", Locations: all, Channels: []string{"web"}},
		{Name: "till", Kind: "till", Locations: []string{demo.Barcelona}, Channels: []string{"till"}},
		{Name: "tablet", Kind: "tablet", Locations: []string{demo.Barcelona}, Channels: []string{"till", "web"}},
		{Name: "customer", Kind: "customer", Locations: all, Channels: []string{"web", "app"}, Customer: demoCustomer},
	}
}

// runDemo starts a small retailer on a private Postgres, or on the configured one, and serves until it is told to stop.
func runDemo(ctx context.Context, c *app.Config, args []string) (err error) {
	if _, err := parse(flags("demo"), args, false); err != nil {
		return err
	}
	log := c.Logger()
	database, err := app.OpenDatabase(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	entries, err := app.DemoKeys(c.DataFolder(), demoKeys())
	if err != nil {
		return err
	}
	loader := app.LoaderKey(app.NewKey())
	keys, err := app.ParseKeyEntries(append(entries, loader)...)
	if err != nil {
		return err
	}
	c.Mailbox = true
	if c.PayURL == "" {
		c.PayURL = "http://" + c.HTTPAddr + "/v1/payment-links" // what a link says, until the shop has a page for it
	}
	if c.Carrier == "" {
		c.Carrier = "test"
	}
	if c.Payments == "" {
		c.Payments = "test"
	}
	server, err := app.Start(ctx, *c, database.URL, keys, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	conn, err := app.Dial(server.GRPCAddr(), loader.Key)
	if err != nil {
		return err
	}
	defer conn.Close()
	log.Info("loading the demo's retailer; what is there already stays as it is")
	report, err := imports.Apply(ctx, conn, demo.Records(), imports.Options{})
	if err != nil {
		return fmt.Errorf("the demo's data: %w", err)
	}
	for _, reject := range report.Rejects {
		if !reject.SaidBefore() {
			return fmt.Errorf("the demo's data: %d of %d records were refused; first: %v", report.Rejected, report.Lines, reject)
		}
	}
	if report.Rejected > 0 {
		log.Warn("this folder holds the retailer of an earlier version, and keeps it; another AISLE_DATA_DIR gets the new one",
			"folder", c.DataFolder(), "records that differ", report.Rejected)
	}
	greet(server.HTTPAddr(), c.DataFolder(), entries)
	// Trade is loaded while it serves, so that nobody waits for it: the first examples need none. Those that do are printed
	// when it is there.
	trading, stop := context.WithCancel(ctx)
	traded := make(chan struct{})
	go func() {
		defer close(traded)
		trade(trading, conn, log, "http://"+server.HTTPAddr(), entries[0].Key)
	}()
	err = server.Wait(ctx)
	stop()
	<-traded
	return err
}

// trade loads what was traded in the last weeks, and says what there is to see. A shop without it is a shop still, so that it
// goes on serving where that fails.
func trade(ctx context.Context, conn grpc.ClientConnInterface, log *slog.Logger, base, key string) {
	began := time.Now()
	said := began
	played, err := demo.Trade(ctx, conn, demo.Options{Told: func(done, all int) {
		if time.Since(said) >= tradeSaid {
			said = time.Now()
			log.Info("loading four weeks of trade", "percent", 100*done/all)
		}
	}})
	switch {
	case err != nil && ctx.Err() != nil:
		log.Info("the trade is not loaded to its end; the next start goes on")
		return
	case err != nil:
		log.Error("the trade is not loaded to its end; the next start goes on", "error", err)
		return
	case played.Refused > 0:
		log.Warn("some of the trade was refused, for somebody else had the goods or this folder is of an earlier version",
			"acts", played.Refused, "first", played.Refusal)
	}
	if !played.Before {
		log.Info("four weeks of trade are loaded", "requests", played.Requests, "took", time.Since(began).Round(time.Millisecond))
	}
	fmt.Printf(`
Four weeks of trade are in it. What did Ada buy, in stores, on the web and in the app?
  curl -s -H 'Authorization: Bearer %[2]s' '%[1]s/v1/customers/%[3]s/purchases'; echo

What is the pickup desk in Gràcia to do?
  curl -s -H 'Authorization: Bearer %[2]s' '%[1]s/v1/locations/%[4]s/fulfilments'; echo
`, base, key, demoCustomer, demo.Barcelona)
	if played.Invoice == "" { // its sale was refused
		return
	}
	fmt.Printf(`
One of Ada's invoices as a page, and as a PDF with ?format=INVOICE_FORMAT_PDF
  curl -s -H 'Authorization: Bearer %[2]s' '%[1]s/v1/invoices/%[3]s:render' > invoice.html
`, base, key, played.Invoice)
}

// tradeSaid is how often it is said how far the trade is.
const tradeSaid = 2 * time.Second

// greet says where to click and what to try.
func greet(address, folder string, entries []app.KeyEntry) {
	base := "http://" + address
	fmt.Printf(`
Aisle is at %[1]s  (every call: %[1]s/docs)

What customers are told is at %[1]s/dev/mailbox and goes nowhere.

Which places have this shirt?
  curl -s -H 'Authorization: Bearer %[2]s' '%[1]s/v1/availability?skus=%[3]s'; echo

Keep one at the shop in Gràcia for the web shop's cart.
  curl -s -H 'Authorization: Bearer %[2]s' %[1]s/v1/locations/%[4]s/holds -d '{"request_id":"'$(cat /proc/sys/kernel/random/uuid)'","channel":"web","owner":"Ada","lines":[{"sku":"%[3]s","quantity":"1"}]}'; echo

Sell one at its till, for cash.
  curl -s -H 'Authorization: Bearer %[2]s' %[1]s/v1/orders -d '{"request_id":"'$(cat /proc/sys/kernel/random/uuid)'","channel":"till","location":"%[4]s","lines":[{"sku":"%[3]s","quantity":"1","method":"FULFILMENT_METHOD_CARRY_OUT"}],"tenders":[{"kind":"TENDER_KIND_CASH","amount":{"currency_code":"EUR","amount_minor":"10000"}}]}'; echo

Keys (also: aisle key NAME)
`, base, entries[0].Key, demo.SKU, demo.Barcelona)
	for _, entry := range entries {
		fmt.Printf("  %-9s %s\n", entry.Name, entry.Key)
	}
	fmt.Printf("\nIts data are in %s; they stay when you stop it with Ctrl-C.\n", folder)
}

// key prints one of the demo's keys, so that a script can use it.
func key(_ context.Context, c *app.Config, args []string) error {
	rest, err := parse(flags("key"), args, true)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		fmt.Fprintln(os.Stderr, "aisle key takes one name: staff, site, till, tablet or customer")
		return errUsage
	}
	entries, err := app.StoredKeys(c.DataFolder())
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name == rest[0] {
			fmt.Println(entry.Key)
			return nil
		}
	}
	return fmt.Errorf("there is no key %q in %s; start the demo once: make run", rest[0], filepath.Join(c.DataFolder(), "keys.json"))
}
