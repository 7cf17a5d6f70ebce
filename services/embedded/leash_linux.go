package embedded

import (
	"os/exec"
	"syscall"
)

// startTied starts a child that the kernel stops, fast but in order, when the calling thread ends.
// The caller keeps that thread until the child has ended, and then calls release.
func startTied(cmd *exec.Cmd) (release func(), err error) {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGINT
	return func() {}, cmd.Start()
}
