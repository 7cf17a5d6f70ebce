package embedded

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

const (
	// superuser is the role that initdb makes.
	superuser = "postgres"

	// halfPrefix begins the name of a cluster that is being made, and of nothing that a person would
	// call theirs.
	halfPrefix = "aisle-initdb-"
)

// prepare makes the cluster if there is none yet, and refuses one of another major version, which
// Postgres cannot read. The caller holds the lock.
func (f folder) prepare(ctx context.Context, use installation, o Options, lock *os.File) error {
	raw, err := os.ReadFile(filepath.Join(f.data(), "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return f.initialize(ctx, use, o, lock)
	}
	if err != nil {
		return err
	}
	if made := strings.TrimSpace(string(raw)); made != strconv.Itoa(use.major) {
		return fmt.Errorf("the data in %s was made by PostgreSQL %s and cannot be read by the "+
			"PostgreSQL %d of %s: set PGBIN to the folder of a PostgreSQL %s, or remove %s to begin "+
			"with an empty database",
			f.path, made, use.major, use.binDir, made, f.path)
	}
	return f.dropStalePidFile()
}

// initialize makes the cluster beside its place and renames it when it is complete, so that a start
// that was interrupted halfway leaves no cluster rather than half a one.
func (f folder) initialize(
	ctx context.Context, use installation, o Options, lock *os.File,
) error {
	if !f.temporary {
		o.Progress(fmt.Sprintf("Preparing a private PostgreSQL %d in %s (only this once).",
			use.major, f.path))
	}
	if err := f.removeHalves(); err != nil {
		return err
	}
	work, err := os.MkdirTemp(f.path, halfPrefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := f.account.give(work); err != nil {
		return err
	}

	if err := f.initdb(ctx, use, work, o.Durable, lock); err != nil {
		return err
	}
	if err := os.Rename(work, f.data()); err != nil {
		return err
	}
	if o.Durable {
		return syncFolder(f.path)
	}
	return nil
}

// removeHalves removes what interrupted starts left.
func (f folder) removeHalves() error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), halfPrefix) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(f.path, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// initdb hands the lock down like the server does: when we are killed, it and its children write on
// for a moment, and nobody may clear their half of a cluster away meanwhile.
func (f folder) initdb(
	ctx context.Context, use installation, into string, durable bool, lock *os.File,
) error {
	// Trust is safe here because only the server's own user and root can enter the folder of the
	// socket.
	args := []string{"-D", into, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C",
		"--no-instructions"}
	if !durable {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(use.binDir, "initdb"), args...)
	cmd.Dir = f.path
	cmd.Env = environment(use.binDir)
	cmd.ExtraFiles = []*os.File{lock}
	cmd.SysProcAttr = f.account.attributes()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out

	// The child is tied to the thread that starts it, so the thread must outlive the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	release, err := startTied(cmd)
	if err != nil {
		return fmt.Errorf("running initdb: %w", err)
	}
	defer release()
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("running initdb: %w: %s", err, strings.TrimSpace(out.String()))
	}
	return nil
}

// environment is what the programs of Postgres are given: nothing of ours, so that no PG variable
// and no locale of the caller's shell changes what they do. macOS wants a locale, and initdb takes
// the time zone of the cluster from TZ.
func environment(binDir string) []string {
	return []string{"PATH=" + binDir + ":/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
}

// pidFile is what the postmaster says about itself in its data folder.
type pidFile struct {
	pid       int
	socketDir string
}

func (f folder) pidFilePath() string { return filepath.Join(f.data(), "postmaster.pid") }

// readPidFile returns an error that is fs.ErrNotExist when no server runs, or when one has only
// begun to start.
func (f folder) readPidFile() (pidFile, error) {
	file, err := os.Open(f.pidFilePath())
	if err != nil {
		return pidFile{}, err
	}
	defer file.Close()
	// The first line is the pid and the fifth the folder of the socket.
	var lines []string
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		lines = append(lines, scanner.Text())
	}
	if len(lines) < 5 || lines[4] == "" {
		return pidFile{}, fs.ErrNotExist
	}
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		return pidFile{}, fmt.Errorf("reading %s: %w", f.pidFilePath(), err)
	}
	return pidFile{pid: pid, socketDir: lines[4]}, nil
}

// dropStalePidFile removes a postmaster.pid whose process is surely no Postgres. Postgres handles a
// stale file itself unless the pid is in use again, which in a container, where every start counts
// from 1, is the normal case.
func (f folder) dropStalePidFile() error {
	left, err := f.readPidFile()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	// The line looks like "4711 (postgres) S ...". Where there is no such file, Postgres is left to
	// decide.
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", left.pid))
	if err != nil {
		return nil
	}
	if bytes.Contains(stat, []byte("(postgres) ")) && !bytes.Contains(stat, []byte("(postgres) Z")) {
		return nil
	}
	return os.Remove(f.pidFilePath())
}

// syncFolder makes a rename inside the folder survive a power cut.
func syncFolder(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
