// Command aisle is the whole program: the services, the gateway, the demo, and the tools around them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	_ "time/tzdata" // time zones, also where the machine has none

	"github.com/aisle-retail/aisle/services/app"
)

// command is one word after `aisle`.
type command struct {
	name, arguments, does string
	run                   func(ctx context.Context, c *app.Config, args []string) error
}

// commands are all there are, in the order of the help.
func commands() []command {
	return []command{
		{"demo", "", "a small retailer on a private Postgres, ready to try", runDemo},
		{"key", "NAME", "print one of the demo's keys", key},
		{"serve", "[--services=LIST|all|none] [--gateway=true|false]", "services, gateway or both", serve},
		{"migrate", "[--down]", "bring the schema up to date, as the owner of the database", migrate},
		{"import", "FORMAT FILE... [--reconcile]", "load aisle, shopify, complete-journey or online-retail files", importFiles},
		{"audit", "[--rest=1]", "prove every invariant on a live database", audit},
		{"bench", "[--quick] [--scripts]", "measure against pgbench, as ratios", benchmark},
		{"health", "", "ask this process's own /readyz; for container health checks", health},
		{"version", "", "what this program is", version},
		{"help", "[keys]", "this text", help},
	}
}

// errUsage means that the command line was wrong and has been explained.
var errUsage = errors.New("usage")

// gcPercent lets the heap grow fivefold between collections. It is small, some tens of megabytes, and batches make garbage
// faster than anything else. GOGC wins.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, errUsage), errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "aisle:", err)
		os.Exit(1)
	}
}

// run finds the command and its configuration.
func run(ctx context.Context, args []string) error {
	name := "help"
	if len(args) > 0 {
		name, args = strings.TrimLeft(args[0], "-"), args[1:]
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		config, err := app.LoadConfig(os.Getenv)
		if err != nil && name != "help" && name != "version" {
			return fmt.Errorf("the configuration is wrong:\n%w", err)
		}
		return c.run(ctx, &config, args)
	}
	fmt.Fprintf(os.Stderr, "aisle: there is no command %q\n\n", name)
	printHelp(os.Stderr)
	return errUsage
}

// flags returns the flags of a command, whose misuse is explained on standard error.
func flags(name string) *flag.FlagSet {
	set := flag.NewFlagSet("aisle "+name, flag.ContinueOnError)
	set.SetOutput(os.Stderr)
	return set
}

// parse reads flags and, where the command takes none, refuses further arguments. Flags may stand after them too.
func parse(set *flag.FlagSet, args []string, positional bool) ([]string, error) {
	var rest []string
	for {
		if err := set.Parse(args); err != nil {
			return nil, errUsage
		}
		if args = set.Args(); len(args) == 0 {
			break
		}
		rest, args = append(rest, args[0]), args[1:]
	}
	if len(rest) > 0 && !positional {
		fmt.Fprintf(os.Stderr, "%s takes no arguments, and was given %q\n", set.Name(), rest)
		return nil, errUsage
	}
	return rest, nil
}

func help(_ context.Context, _ *app.Config, args []string) error {
	if len(args) == 1 && args[0] == "keys" {
		fmt.Println(app.KeysHelp())
		return nil
	}
	printHelp(os.Stdout)
	return nil
}

func printHelp(w io.Writer) {
	fmt.Fprintln(w, "aisle: one ledger for every shop, channel and shelf of a retailer.\n\nCommands:")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-8s %s\n           %s\n", c.name, c.does, strings.TrimSpace("aisle "+c.name+" "+c.arguments))
	}
	fmt.Fprint(w, "\nSettings, from the environment:\n", app.ConfigHelp())
}
