package embedded

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

const (
	// temporaryPrefix begins the name of every temporary folder, and of nothing else: what bears it
	// may be swept.
	temporaryPrefix = "aisle-temporary-postgres-"

	// socketPathMax is the longest path of a socket in bytes: 108 on Linux and 104 on macOS and the
	// BSDs, less the closing zero.
	socketPathMax = 103

	// port only names the socket's file; the server listens on no network.
	port = "5432"
)

// DefaultDataDir returns the folder for a server that is meant to last. For an ordinary user that
// is a folder of the XDG data home. For root it is one under /var/tmp, because Postgres refuses to
// run as root and the user it runs as instead cannot enter /root; some systems clear /var/tmp of
// what nobody touched for a month.
func DefaultDataDir() string {
	if os.Geteuid() == 0 {
		return "/var/tmp/aisle-root/postgres"
	}
	if dataHome := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dataHome) {
		return filepath.Join(dataHome, "aisle", "postgres")
	}
	if home, err := os.UserHomeDir(); err == nil && filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "share", "aisle", "postgres")
	}
	return filepath.Join(os.TempDir(), "aisle-"+strconv.Itoa(os.Geteuid()), "postgres")
}

// folder is the DataDir of a server; the package comment says what is in it.
type folder struct {
	path      string
	account   account // who the server runs as
	temporary bool
}

func (f folder) lock() string { return filepath.Join(f.path, "lock") }
func (f folder) data() string { return filepath.Join(f.path, "data") }
func (f folder) log() string  { return filepath.Join(f.path, "server.log") }

// openFolder makes the folder if it does not exist, a temporary one if the path is empty, and
// checks that the server will be able to enter it.
func openFolder(path string, account account) (folder, error) {
	f := folder{account: account, temporary: path == ""}
	var err error
	if f.temporary {
		f.path, err = makeTemporary(account)
	} else {
		f.path, err = makeLasting(path, account)
	}
	if err != nil {
		return folder{}, fmt.Errorf("making the data folder: %w", err)
	}
	// Two processes that reach the folder through different links must agree on its name.
	if f.path, err = filepath.EvalSymlinks(f.path); err != nil {
		return folder{}, err
	}
	if err := account.trusts(f.path); err != nil {
		return folder{}, err
	}
	return f, account.mayEnter(f.path)
}

func makeLasting(path string, account account) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	// A folder that somebody names is theirs to judge. The name of the default one is known to all,
	// and where anybody may write, anybody could have made its parent first.
	if path == DefaultDataDir() {
		if err := account.trusts(filepath.Dir(path)); err != nil {
			return "", err
		}
	}
	err = os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return path, nil
	}
	if err != nil {
		return "", err
	}
	return path, account.letIn(path)
}

// makeTemporary falls back on /tmp where TMPDIR is inside a folder that the server cannot enter.
func makeTemporary(account account) (string, error) {
	parent := os.TempDir()
	if account.mayEnter(parent) != nil {
		parent = "/tmp"
	}
	sweep(parent)
	path, err := os.MkdirTemp(parent, temporaryPrefix)
	if err != nil {
		return "", err
	}
	return path, account.letIn(path)
}

// sweep removes the temporary folders whose owner was killed before it could. It does its best and
// reports nothing: it tidies up after others. A folder is left alone while its lock is held, and
// also while there is no cluster in it: its owner makes one only after it took the lock, so there
// is no moment at which a new folder could be taken for an old.
func sweep(parent string) {
	folders, err := filepath.Glob(filepath.Join(parent, temporaryPrefix+"*"))
	if err != nil {
		return
	}
	for _, path := range folders {
		if inside, err := os.ReadDir(path); err != nil || len(inside) < 2 {
			continue
		}
		if owner, err := ownerOf(path); err != nil || owner != os.Geteuid() {
			continue
		}
		lock, err := tryLock(folder{path: path}.lock())
		if lock == nil || err != nil {
			continue
		}
		os.RemoveAll(path)
		lock.Close()
	}
}

// makeSocketDir makes an empty folder for the socket and returns its path. Whatever a crash left in
// the old one would make Postgres wonder whether the process it names is still alive; whoever holds
// the lock knows that it is not.
func (f folder) makeSocketDir() (string, error) {
	path := f.socketDir()
	if err := os.RemoveAll(path); err != nil {
		return "", err
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		return "", err
	}
	return path, f.account.give(path)
}

// socketDir is inside the folder unless its path is too long for a socket. Then it is a short one
// under /tmp, the same at every start, so that crashes do not pile them up.
func (f folder) socketDir() string {
	path := filepath.Join(f.path, "socket")
	if len(filepath.Join(path, ".s.PGSQL."+port)) <= socketPathMax {
		return path
	}
	hash := fnv.New64a()
	hash.Write([]byte(f.path))
	return fmt.Sprintf("/tmp/aisle-%d-%x", f.account.uid, hash.Sum64())
}

// removeTemporary removes a temporary folder. A lasting one is left as it is, with its socket
// folder: the lock is free again, and another process may already be starting there.
func (f folder) removeTemporary() error {
	if !f.temporary {
		return nil
	}
	return errors.Join(os.RemoveAll(f.socketDir()), os.RemoveAll(f.path))
}
