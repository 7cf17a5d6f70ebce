//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package embedded

import (
	"errors"
	"os/exec"
	"strconv"
	"syscall"
)

// startWatched starts a child and, beside it, a shell that waits for the end of a pipe that only we
// hold open. However we end, the pipe ends with us, and the shell stops the child. It is for
// systems whose kernel has no such service.
func startWatched(cmd *exec.Cmd) (release func(), err error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	watchdog := exec.Command("/bin/sh", "-c", `read -r _; kill -INT "$1"`,
		"sh", strconv.Itoa(cmd.Process.Pid))
	watchdog.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	_, err = watchdog.StdinPipe()
	if err == nil {
		err = watchdog.Start()
	}
	if err != nil {
		return nil, errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	return func() {
		// The watchdog goes before the pipe does: the pid that it would signal may be somebody
		// else's by now.
		_ = watchdog.Process.Kill()
		_ = watchdog.Wait()
	}, nil
}
