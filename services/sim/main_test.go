package sim

import (
	"os"
	"testing"

	"github.com/aisle-retail/aisle/services/pgtest"
)

// TestMain makes the test binary a server when the cluster runs it as one: what a run kills is a process of its own, and no
// program has to be built for it.
func TestMain(m *testing.M) {
	switch os.Getenv(serverVariable) {
	case "":
	case parentRole:
		beParent()
	default:
		serve()
	}
	pgtest.Main(m)
}
