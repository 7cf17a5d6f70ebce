package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/app"
)

// serve runs services, gateway or both, until it is told to stop.
func serve(ctx context.Context, c *app.Config, args []string) (err error) {
	set := flags("serve")
	services := set.String("services", "all", "comma-separated list of "+strings.Join(app.ServiceNames, ", ")+"; or all, or none")
	set.BoolVar(&c.Gateway, "gateway", true, "serve REST too")
	if _, err := parse(set, args, false); err != nil {
		return err
	}
	switch *services {
	case "all":
		c.Services = slices.Clone(app.ServiceNames)
	case "none":
		c.Services = nil
	default:
		c.Services = strings.Split(*services, ",")
	}
	if err := c.Validate(); err != nil {
		return err
	}
	log := c.Logger()
	keys, err := app.LoadKeys(c, log)
	if err != nil {
		return err
	}
	var url string
	if len(c.Services) > 0 {
		database, err := app.OpenDatabase(ctx, c, log)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, database.Close()) }()
		url = database.URL
	}
	log.Info("configuration", "is", c.String())
	server, err := app.Start(ctx, *c, url, keys, log)
	if err != nil {
		return err
	}
	log.Info("serving", "http", server.HTTPAddr(), "grpc", server.GRPCAddr(), "services", c.Services)
	err = server.Wait(ctx)
	log.Info("draining")
	return errors.Join(err, server.Stop(context.WithoutCancel(ctx)))
}

// migrate brings the schema up to date.
func migrate(ctx context.Context, c *app.Config, args []string) (err error) {
	set := flags("migrate")
	down := set.Bool("down", false, "take the whole schema away, with all that is in it; for development")
	if _, err := parse(set, args, false); err != nil {
		return err
	}
	database, err := app.OpenDatabase(ctx, c, c.Logger())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	if *down {
		return database.MigrateDown()
	}
	at, err := database.Migrate(ctx)
	if err == nil {
		fmt.Printf("the schema is at version %d\n", at)
	}
	return err
}

// health asks this process's own /readyz, from inside its container.
func health(ctx context.Context, c *app.Config, args []string) error {
	if _, err := parse(flags("health"), args, false); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(c.HTTPAddr)
	if err != nil {
		return fmt.Errorf("AISLE_HTTP_ADDR: %w", err)
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var body struct{ Status string }
	_ = json.NewDecoder(resp.Body).Decode(&body)
	fmt.Println(body.Status)
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", body.Status)
	}
	return nil
}

// version prints what was built, from what the toolchain recorded.
func version(context.Context, *app.Config, []string) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this program carries no build information")
	}
	fmt.Fprintln(os.Stdout, "aisle", info.Main.Version, info.GoVersion)
	return nil
}
