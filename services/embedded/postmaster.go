package embedded

import (
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

const (
	// fastStopMax leaves time to write a full buffer cache to a slow disk.
	fastStopMax = 60 * time.Second

	// hardStopMax is for a server that ignored the request to stop.
	hardStopMax = 5 * time.Second
)

// postmaster is the process of a server that this process started.
type postmaster struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process has ended and its state is known
}

// startPostmaster starts the command on a thread of its own. Linux ends a tied child when the
// thread that started it ends, not the process, and Go ends threads as it likes: so one goroutine
// keeps that thread for as long as the server lives.
func startPostmaster(cmd *exec.Cmd) (*postmaster, error) {
	p := &postmaster{cmd: cmd, exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		release, err := startTied(cmd)
		started <- err
		if err != nil {
			return
		}
		// How it ended is in cmd.ProcessState, also when that is no error.
		_ = cmd.Wait()
		release()
		close(p.exited)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	return p, nil
}

// stop asks the server to stop, then urges it, then kills it.
func (p *postmaster) stop() error {
	for _, step := range []struct {
		signal  syscall.Signal
		waitMax time.Duration
	}{
		{syscall.SIGINT, fastStopMax},  // fast: ends the sessions, writes everything
		{syscall.SIGQUIT, hardStopMax}, // immediate: the next start recovers
		{syscall.SIGKILL, hardStopMax},
	} {
		if p.ended(step.signal, step.waitMax) {
			return nil
		}
	}
	return fmt.Errorf("postgres, process %d, does not end", p.cmd.Process.Pid)
}

func (p *postmaster) kill() {
	p.ended(syscall.SIGKILL, hardStopMax)
}

// ended sends a signal and reports whether the process ended in time.
func (p *postmaster) ended(signal syscall.Signal, waitMax time.Duration) bool {
	timer := time.NewTimer(waitMax)
	defer timer.Stop()
	// The only error is that it has ended already, and the channel tells that too.
	_ = p.cmd.Process.Signal(signal)
	select {
	case <-p.exited:
		return true
	case <-timer.C:
		return false
	}
}
