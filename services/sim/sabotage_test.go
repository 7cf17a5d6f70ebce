package sim

import (
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// sabotageRuns is how many runs may be lucky.
const sabotageRuns = 3

// sabotageTime bounds the building of a broken program, and a run of it.
const sabotageTime = 5 * time.Minute

// TestSabotage builds the program broken, in each way of package sabotage, and shows that the proof notices, and for the right
// reason: by a run of the simulator, and where that is a matter of luck by the property that it breaks.
func TestSabotage(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program six times")
	}
	// So many at once that locks without order meet five times and more in a run; sixteen clients met every other run.
	simulator := []string{"-test.run=^TestSimulation$", "-test.v", "-n=4000", "-clients=64", "-shorten=0", "-without=all"}
	const found = `(?m)^\s*found: .*`
	for _, broken := range []struct {
		tag, room string
		args      []string
		notices   string
	}{
		{"no_lock", ".", simulator, found + `books end otherwise than the acts come to`},
		{"unordered_locks", ".", simulator, found + `locks are taken without order`},
		{"no_idempotency", ".", simulator, found + `one request acted twice`},
		{"unchecked_refund", ".", simulator, found + `a refund of more than was paid`},
		{"skipped_fold", ".", simulator, found + `books end otherwise than the acts come to`},
		// Watchers in the simulator notice it too, in one run of two or three.
		{"no_horizon", "../events", []string{"-test.run=^TestOrder$"}, `events [1-9]\d* were lost`},
	} {
		t.Run(broken.tag, func(t *testing.T) {
			said := runSabotaged(t, "sabotage_"+broken.tag, broken.room, broken.args)
			if !regexp.MustCompile(broken.notices).Match(said) {
				t.Errorf("nothing of what it found is %q:\n%.4000s", broken.notices, said)
			}
		})
	}
}

// runSabotaged builds the tests of a room with a tag, runs some, and returns what they say. They must fail.
func runSabotaged(t *testing.T, tag, room string, args []string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), sabotageTime)
	defer cancel()
	program := filepath.Join(t.TempDir(), "sabotaged.test")
	if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-tags", tag, "-o", program, room).CombinedOutput(); err != nil {
		t.Fatalf("build with %s: %v\n%s", tag, err, out)
	}
	for range sabotageRuns { // processes run as they like, so that one run may be lucky
		said, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
		if err != nil {
			return said
		}
	}
	t.Fatalf("nobody noticed %s in %d runs", tag, sabotageRuns)
	return nil
}
