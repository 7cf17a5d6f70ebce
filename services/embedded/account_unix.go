//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package embedded

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user that the server runs as. It is our own, except that Postgres refuses to be
// root.
type account struct {
	name    string
	uid     int
	gid     int
	dropped bool // true when we are root and the server is not
}

func (a account) String() string { return "user " + a.name }

// serverAccount returns our own account or, for root, that of "postgres" or else "nobody".
func serverAccount() (account, error) {
	if uid := os.Geteuid(); uid != 0 {
		return account{name: strconv.Itoa(uid), uid: uid, gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(found.Uid)
		gid, gidErr := strconv.Atoi(found.Gid)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return account{name: name, uid: uid, gid: gid, dropped: true}, nil
		}
	}
	return account{}, errors.New("running as root, which Postgres refuses, and there is neither a " +
		"user postgres nor a user nobody to run it as: start Aisle as an ordinary user, or set " +
		"AISLE_DATABASE_URL to a database that already runs")
}

// attributes make a child run as the account, in a process group of its own: Ctrl-C in a terminal
// is for us, and we then stop the server in the right order.
func (a account) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if a.dropped {
		attributes.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attributes
}

// give makes the account the owner of a file that we made.
func (a account) give(path string) error {
	if !a.dropped {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}

// letIn lets the account pass through a folder that stays ours.
func (a account) letIn(path string) error {
	if !a.dropped {
		return nil
	}
	return os.Chmod(path, 0o711)
}

// trusts returns an error when the folder belongs to a stranger, who could put anything there.
func (a account) trusts(path string) error {
	owner, err := ownerOf(path)
	if err != nil {
		return err
	}
	if owner != 0 && owner != os.Geteuid() && owner != a.uid {
		return fmt.Errorf("%s belongs to another user (uid %d): choose another folder", path, owner)
	}
	return nil
}

// mayEnter returns an error when the account cannot reach a folder because it may not pass one
// above it. Only for root is that a question: whoever else we are, the server is the same.
func (a account) mayEnter(path string) error {
	if !a.dropped {
		return nil
	}
	for at := path; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return err
		}
		if !a.passes(info) {
			return fmt.Errorf("running as root, so Postgres runs as %s, who may not enter %s (mode %s): "+
				"choose a data folder elsewhere, such as %s, or start Aisle as an ordinary user",
				a, at, info.Mode(), DefaultDataDir())
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// passes reads the one of the three permission bits for entering that counts for the account.
func (a account) passes(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	switch {
	case int(stat.Uid) == a.uid:
		return info.Mode().Perm()&0o100 != 0
	case int(stat.Gid) == a.gid:
		return info.Mode().Perm()&0o010 != 0
	default:
		return info.Mode().Perm()&0o001 != 0
	}
}

func ownerOf(path string) (uid int, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, fmt.Errorf("%s has no owner", path)
	}
	return int(stat.Uid), nil
}
