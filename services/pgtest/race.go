package pgtest

import "testing"

// WithoutRace skips a test under the race detector: a long one whose code also runs in tests that it watches, and which takes four times
// as long with it. `make test` runs it besides without; the Makefile names these tests in WITHOUT_RACE.
func WithoutRace(t *testing.T) {
	t.Helper()
	if underRaceDetector {
		t.Skip("the race detector makes it take four times as long: make test runs it without")
	}
}
