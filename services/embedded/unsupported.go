//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package embedded

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// errUnsupported is all that this package does on a system whose processes work in another way than
// Unix's.
var errUnsupported = errors.New("no private Postgres can be started on this system: " +
	"set AISLE_DATABASE_URL to a database that already runs")

type account struct {
	uid int
}

func serverAccount() (account, error)                 { return account{}, errUnsupported }
func (account) String() string                        { return "" }
func (account) attributes() *syscall.SysProcAttr      { return nil }
func (account) give(string) error                     { return errUnsupported }
func (account) letIn(string) error                    { return errUnsupported }
func (account) trusts(string) error                   { return errUnsupported }
func (account) mayEnter(string) error                 { return errUnsupported }
func ownerOf(string) (uid int, err error)             { return 0, errUnsupported }
func flock(*os.File) (locked bool, err error)         { return false, errUnsupported }
func startTied(*exec.Cmd) (release func(), err error) { return nil, errUnsupported }
