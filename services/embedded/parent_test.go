//go:build unix

package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestKilledParent(t *testing.T) {
	t.Run("takes its server with it, in order", func(t *testing.T) {
		t.Parallel()
		dir := dataDir(t)
		parent := startChild(t, "server", "EMBEDDED_TEST_DIR="+dir)
		path := parent.line(t)
		parent.kill(t)
		awaitFree(t, path)
		if _, err := os.Stat(filepath.Join(path, "data", "postmaster.pid")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the server did not stop in order: %v", err)
		}
		execute(t, start(t, Options{DataDir: dir}), superuser, "select 1")
	})

	t.Run("leaves a temporary folder that the next start sweeps away", func(t *testing.T) {
		t.Parallel()
		temp := dataDir(t)
		live := startChild(t, "server", "TMPDIR="+temp)
		livePath := live.line(t)
		dead := startChild(t, "server", "TMPDIR="+temp)
		deadPath := dead.line(t)
		dead.kill(t)
		awaitFree(t, deadPath)
		sweep(temp)
		if _, err := os.Stat(deadPath); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the dead server's folder is still there: %v", err)
		}
		if _, err := os.Stat(livePath); err != nil {
			t.Errorf("the live server's folder was swept away: %v", err)
		}
		live.kill(t)
		awaitFree(t, livePath)
	})

	t.Run("takes a watched child with it", func(t *testing.T) {
		t.Parallel()
		parent := startChild(t, "watched")
		parent.line(t) // the child's and the grandchild's, in any order
		parent.line(t)
		parent.kill(t)
		// The grandchild holds the pipe as well, so the pipe ends when both are gone.
		if rest, err := io.ReadAll(parent.out); err != nil || len(rest) > 0 {
			t.Errorf("the watched child lives on: %v %q", err, rest)
		}
	})

	t.Run("in the middle of initdb does not spoil the folder", func(t *testing.T) {
		t.Parallel()
		dir := dataDir(t)
		programs, reached, letGo := blockingInitdb(t)
		parent := startChild(t, "server", "EMBEDDED_TEST_DIR="+dir, "PGBIN="+programs)
		if _, err := os.ReadFile(reached); err != nil { // returns when initdb has written half a cluster
			t.Fatal(err)
		}
		parent.kill(t)
		if lock, err := tryLock(folder{path: dir}.lock()); lock != nil || err != nil {
			t.Errorf("the folder is free while an initdb still writes to it: %v", err)
		}
		if err := os.WriteFile(letGo, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		s := start(t, Options{DataDir: dir})
		execute(t, s, superuser, "select 1")
		halves, err := filepath.Glob(filepath.Join(s.folder.path, halfPrefix+"*"))
		if err != nil || len(halves) > 0 {
			t.Errorf("half a cluster is left: %v %v", halves, err)
		}
	})
}

// child is what this test program does when it runs as the parent that gets killed: it starts
// something, says where, and waits for its end, or for that of the test.
func child(role string) error {
	switch role {
	case "server":
		s, err := Start(context.Background(), Options{DataDir: os.Getenv("EMBEDDED_TEST_DIR")})
		if err != nil {
			return err
		}
		defer s.Stop()
		fmt.Println(s.folder.path)
	case "watched":
		program, err := os.Executable()
		if err != nil {
			return err
		}
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), "EMBEDDED_TEST_CHILD=interruptible")
		cmd.Stdout = os.Stdout
		if _, err := startWatched(cmd); err != nil {
			return err
		}
		fmt.Println("watched")
	case "interruptible":
		// Like Postgres it heeds the signal even where a shell started the tests in the background
		// and so had it ignored.
		interrupted := make(chan os.Signal, 1)
		signal.Notify(interrupted, os.Interrupt)
		fmt.Println("interruptible")
		<-interrupted
		return nil
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// childProcess is this test program, run once more in order to be killed.
type childProcess struct {
	cmd *exec.Cmd
	out *bufio.Reader
}

func startChild(t *testing.T, role string, env ...string) childProcess {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	if err := out.SetReadDeadline(time.Now().Add(deadline)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(append(os.Environ(), "EMBEDDED_TEST_CHILD="+role), env...)
	cmd.Stdout, cmd.Stderr = write, os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := childProcess{cmd: cmd, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		out.Close()
	})
	return p
}

func (p childProcess) line(t *testing.T) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatalf("the child said nothing: %v", err)
	}
	return strings.TrimSuffix(line, "\n")
}

func (p childProcess) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.cmd.Wait()
}

func awaitFree(t *testing.T, path string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	if err := (folder{path: path}).awaitFree(ctx); err != nil {
		t.Fatalf("a server is left in %s: %v", path, err)
	}
}
