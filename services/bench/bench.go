// Package bench measures Aisle against the database it stands on, on a Postgres of its own with fsync on.
//
// The sides take turns within one run, a slice each, forwards in one round and backwards in the next, so that a machine
// that grows slower meanwhile slows all of them. A ratio is taken round by round from slices that stood beside each other,
// and the median of the rounds is what is printed. Absolute numbers are shown only so that one sees what the ratios are of.
//
//	same work  pgbench, which writes the very same durable rows with prepared statements (same_work.sql)
//	bare       pgbench with one conditional update plus one insert in one statement (bare.sql)
//	engine     Aisle in process: ledger.Submit and everything behind it
//	gRPC       Aisle as a client sees it: over TCP, with validation and rights, on a few connections that all callers share
//	chain      gRPC again, of a second shop on the same Postgres that has a hundred or a thousand times as many positions
//	COPY       the very rows of a delivery, copied into tables alike
//	empty RPC  the health check of the same server over the same connections: through transport, decoding, validation and
//	           interceptors, but asking for no right, to a handler that does nothing
//
// In the flash sale 2,000 buyers come at once for 500 pairs in 20 shops, and it takes as long as it takes: exactly 500 get one, and
// everybody else is told where else.
//
// Every other caller is a closed loop: it asks again once it was answered. So is every client of pgbench.
//
// After each slice the database is asked whether anything was oversold and whether every hold that was acknowledged is
// there. That makes the bench fail; being slow does not. A machine that is busy with other things distorts the ratios all
// the same: of many clients of pgbench one is always ready to take a core, and a batch of Aisle waits for each in turn.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Options say what is measured and how the server is started.
type Options struct {
	// Quick measures only what the last lines name, in about two minutes.
	Quick bool
	// Large measures instead what depends on how much there is, with a chain of 10 million positions; its stock takes minutes to load.
	Large bool
	// filled is how many places of the chain get stock; 0: all.
	filled int
	// Scripts prints pgbench's scripts also in a quick run.
	Scripts bool
	// Out takes progress, tables and ratios.
	Out io.Writer
	// StartServer serves all services over gRPC on a loopback address, with validation and rights on, from a database that
	// is migrated and empty. The token is a key that may do everything, everywhere. Required.
	StartServer func(ctx context.Context, databaseURL string) (addr, token string, stop func(), err error)
}

// Rounds and times. Five slices of three seconds have a steadier median than three of five.
const (
	rounds     = 5
	warmUp     = 300 * time.Millisecond
	slice      = 3 * time.Second
	sliceQuick = time.Second
)

// Run measures, and prints progress, tables and, last, one line "ratio NAME VALUE" for each ratio that programs may want. It
// fails where something was oversold or lost, or could not be measured at all.
func Run(ctx context.Context, o Options) (err error) {
	s, err := newStage(ctx, o)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer func() { err = errors.Join(err, s.close()) }()
	cells, length := fullCells(), slice
	if o.Quick {
		cells, length = quickCells(), sliceQuick
	}
	if o.Large {
		cells = largeCells()
	}
	if !o.Quick || o.Scripts {
		printScripts(o.Out)
	}
	if err := s.printSettings(ctx, o.Out); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	if err := s.drill(ctx, o.Out); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	results, err := s.measure(ctx, cells, length, o.Out)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	printTable(o.Out, results)
	printRatios(o.Out, results)
	return nil
}
