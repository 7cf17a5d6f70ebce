//go:build unix

package embedded

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

func TestStalePidFile(t *testing.T) {
	t.Run("whose pid belongs to somebody else by now does not hinder the start", func(t *testing.T) {
		if runtime.GOOS != "linux" {
			t.Skip("only Linux tells what a pid is")
		}
		t.Parallel()
		o := Options{DataDir: dataDir(t)}
		s := start(t, o)
		stop(t, s)

		stranger := exec.Command("tail", "-f", "/dev/null")
		stranger.SysProcAttr = s.folder.account.attributes()
		if err := stranger.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			stranger.Process.Kill()
			stranger.Wait()
		})
		left := fmt.Sprintf("%d\n%s\n1700000000\n%s\n%s\n\n  1  1\nready   \n",
			stranger.Process.Pid, s.folder.data(), port, s.socketDir)
		if err := os.WriteFile(s.folder.pidFilePath(), []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.folder.account.give(s.folder.pidFilePath()); err != nil {
			t.Fatal(err)
		}
		execute(t, start(t, o), superuser, "select 1")
	})
}

// blockingInitdb returns a folder of programs whose initdb writes half a cluster and then, whoever
// interrupts it, goes on until it is let go. The pipe reached can be read when it has come there,
// and the pipe letGo written to let it go.
func blockingInitdb(t *testing.T) (binDir, reached, letGo string) {
	t.Helper()
	found, err := Find()
	if err != nil {
		t.Fatal(err)
	}
	binDir = dataDir(t)
	if err := os.Symlink(filepath.Join(found, "postgres"), filepath.Join(binDir, "postgres")); err != nil {
		t.Fatal(err)
	}
	reached = filepath.Join(binDir, "reached")
	letGo = filepath.Join(binDir, "let-go")
	for _, pipe := range []string{reached, letGo} {
		if err := syscall.Mkfifo(pipe, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(pipe, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	writeProgram(t, filepath.Join(binDir, "initdb"),
		`trap "" INT; mkdir "$2/base"; echo 15 >"$2/PG_VERSION"; echo >`+reached+`; exec cat `+letGo)
	return binDir, reached, letGo
}
