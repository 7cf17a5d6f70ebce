package app_test

import (
	"strings"
	"testing"

	"github.com/aisle-retail/aisle/services/app"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestConfig(t *testing.T) {
	t.Run("names every variable that is wrong, at once", func(t *testing.T) {
		_, err := app.LoadConfig(env("AISLE_LANES", "many", "AISLE_SWEEP_EVERY", "1h", "AISLE_DATABASE_URL", "mysql://x", "AISLE_LOG_LEVEL", "loud"))
		for _, name := range []string{"AISLE_LANES", "AISLE_SWEEP_EVERY", "AISLE_DATABASE_URL", "AISLE_LOG_LEVEL"} {
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s is not named: %v", name, err)
			}
		}
	})
	t.Run("prints no secret", func(t *testing.T) {
		c, err := app.LoadConfig(env("AISLE_DATABASE_URL", "postgres://me:hunter2@db/aisle", "AISLE_KEY", "hunter3"))
		if err != nil {
			t.Fatal(err)
		}
		if shown := c.String(); strings.Contains(shown, "hunter") || !strings.Contains(shown, "postgres://me:xxxxx@db/aisle") {
			t.Error(shown)
		}
	})
	t.Run("explains every variable", func(t *testing.T) {
		for line := range strings.Lines(app.ConfigHelp()) {
			if len(strings.Fields(line)) < 3 {
				t.Errorf("%q", line)
			}
		}
	})
}
