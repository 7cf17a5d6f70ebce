package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"testing"
)

// The thread that the process began with does not end before the process does. Locked to the main
// goroutine, it cannot be the one that the test below waits for.
func init() { runtime.LockOSThread() }

func TestLeash(t *testing.T) {
	t.Run("is not cut by the end of the thread that called Start", func(t *testing.T) {
		t.Parallel()
		type outcome struct {
			server *Server
			err    error
			thread int
		}
		outcomes := make(chan outcome)
		go func() {
			runtime.LockOSThread() // and never unlocked, so Go ends the thread together with the goroutine
			s, err := Start(t.Context(), Options{})
			outcomes <- outcome{s, err, syscall.Gettid()}
		}()
		started := <-outcomes
		if started.err != nil {
			t.Fatal(started.err)
		}
		t.Cleanup(func() { stop(t, started.server) })

		ctx, cancel := context.WithTimeout(t.Context(), deadline)
		defer cancel()
		err := poll(ctx, func() (bool, error) {
			_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", started.thread))
			return errors.Is(err, fs.ErrNotExist), nil
		})
		if err != nil {
			t.Fatalf("the thread lives on: %v", err)
		}
		execute(t, started.server, superuser, "select 1")
	})
}
