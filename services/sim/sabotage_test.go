package sim

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// sabotageTime bounds the building of a broken program, and a run of it.
const sabotageTime = 5 * time.Minute

// TestSabotage builds the program broken, in each way of package sabotage, and shows that the proof notices: by a run of the
// simulator, and for what the reason says.
func TestSabotage(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program six times")
	}
	for _, broken := range []struct{ tag, notices string }{
		{"no_lock", `aisle audit|is not what the model|doubled`},
		{"unordered_locks", `locks are taken without order`},
		{"no_idempotency", `twice|doubled|alarm`},
		{"no_horizon", `a watcher misses an event`},
		{"unchecked_refund", `refund`},
		{"skipped_fold", `aisle audit|is not what the model`},
	} {
		t.Run(broken.tag, func(t *testing.T) {
			said := runSabotaged(t, "sabotage_"+broken.tag)
			if !regexp.MustCompile(broken.notices).Match(said) {
				t.Errorf("nothing of what it says is %q:\n%.4000s", broken.notices, said)
			}
		})
	}
}

// runSabotaged builds the simulator with a tag, runs it, and returns what it says of what it found, which must be something.
func runSabotaged(t *testing.T, tag string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), sabotageTime)
	defer cancel()
	program := filepath.Join(t.TempDir(), "sim.test")
	if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-tags", tag, "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build with %s: %v\n%s", tag, err, out)
	}
	cmd := exec.CommandContext(ctx, program, "-test.run=^TestSimulation$", "-test.v", "-n=2000", "-shorten=0", "-without=all")
	cmd.Env = os.Environ()
	said, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("nobody noticed %s:\n%s", tag, said)
	}
	return said
}
