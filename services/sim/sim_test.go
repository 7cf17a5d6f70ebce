package sim

import (
	"flag"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// The flags of a longer run, which `make sim` and `make soak` set.
var (
	seed       = flag.Uint64("seed", 0, "of the run; 0: one that is drawn")
	operations = flag.Int("n", 1000, "operations of a run")
	clients    = flag.Int("clients", clientsDefault, "clients at once")
	without    = flag.String("without", "", "comma-separated names of faults that do not happen; all: none does")
	soak       = flag.Duration("soak", 0, "how long run follows run, each with another seed")
	shorten    = flag.Duration("shorten", 2*time.Minute, "how long to look for a shorter story of what was found")
)

// TestSimulation is the proof: a shop that is traded in and broken at once, and an auditor that finds nothing.
func TestSimulation(t *testing.T) {
	began := time.Now()
	for {
		simulate(t, *seed)
		if time.Since(began) > *soak || t.Failed() {
			return
		}
	}
}

func simulate(t *testing.T, seed uint64) {
	t.Helper()
	if seed == 0 {
		seed = rand.Uint64N(1_000_000)
	}
	o := Options{Seed: seed, Operations: *operations, Clients: *clients, Say: os.Stderr}
	if *without != "" {
		o.Without = strings.Split(*without, ",")
	}
	t.Log("again by: " + o.command())
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt) // so that what was started is stopped and removed
	defer stop()
	result, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(result.Summary())
	everyFault(t, result)
	everyAct(t, result)
	if len(result.Findings) > 0 {
		t.Error(Shorten(ctx, result, *shorten).Report())
	}
}

// actsEnough is from how many operations on each act must have been acknowledged once: the rarest is drawn once in 300, and not always done.
const actsEnough = 10_000

// everyAct checks that the shop did what it is there for: a program that refuses all is none that works.
func everyAct(t *testing.T, result *Result) {
	t.Helper()
	done := map[string]bool{}
	for _, call := range result.History.Calls() {
		done[auditor.ShortName(call.Method)] = done[auditor.ShortName(call.Method)] || call.Outcome == auditor.Acknowledged
	}
	for _, a := range acts {
		if !done[a.name] && result.Options.Operations >= actsEnough {
			t.Errorf("no %s was acknowledged", a.name)
		}
	}
}

// everyFault checks that the run was as hard as it says: each fault happened once in each faultWindow.
func everyFault(t *testing.T, result *Result) {
	t.Helper()
	kinds := result.Kinds
	for _, name := range kinds {
		if n := result.Faults[name]; n < result.Options.Operations/faultWindow {
			t.Errorf("the fault %q happened %d times in %d operations", name, n, result.Options.Operations)
		}
	}
}
