//go:build unix

package embedded

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAccount(t *testing.T) {
	t.Run("of the server may not enter root's closed folder, and the error says which", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("only root has this question")
		}
		closed := dataDir(t)
		if err := os.Chmod(closed, 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := Start(t.Context(), Options{DataDir: filepath.Join(closed, "shop")})
		if err == nil || !strings.Contains(err.Error(), "may not enter "+closed) {
			t.Errorf("the error is %v", err)
		}
	})

	t.Run("of a stranger is not trusted with a data folder", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("only root can give a folder to a stranger")
		}
		dir := dataDir(t)
		if err := os.Chown(dir, 12345, 12345); err != nil {
			t.Fatal(err)
		}
		_, err := Start(t.Context(), Options{DataDir: dir})
		if err == nil || !strings.Contains(err.Error(), "belongs to another user") {
			t.Errorf("the error is %v", err)
		}
	})
}
