//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package embedded

import "os/exec"

// startTied starts a child that a watchdog stops when we end. The caller calls release when the
// child has ended.
func startTied(cmd *exec.Cmd) (release func(), err error) {
	return startWatched(cmd)
}
