package imports

import (
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// write writes a file for a test and returns its path.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// realData returns the path of a file of the real retail data, and skips the test where there is none.
func realData(t testing.TB, parts ...string) string {
	t.Helper()
	root := os.Getenv("AISLE_TESTDATA")
	if root == "" {
		t.Skip("AISLE_TESTDATA names no folder with real retail data, so this test did not run")
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

// into returns options that put the reject file into a folder of the test.
func into(t testing.TB, o Options) Options {
	t.Helper()
	o.RejectFile = filepath.Join(t.TempDir(), "rejects.csv")
	return o
}
