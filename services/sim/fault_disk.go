package sim

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// fullDisk is a library between Postgres and the system, to which the disk of the tables is full while a file exists.
//
//go:embed testdata/disk.c
var fullDisk []byte

// disk is a disk that can be full: a write that would make a file of the tables longer fails then, as on a real one, where
// what is in place already can still be written over. The log is spared: without it Postgres gives up, which is the fault
// of another kind.
type disk struct {
	library, flag string
}

// newDisk builds the library, or says why it can't be.
func newDisk(ctx context.Context, folder string) (*disk, error) {
	if runtime.GOOS != "linux" {
		return nil, errors.New("it is arranged on Linux only")
	}
	compiler, err := exec.LookPath("cc")
	if err != nil {
		return nil, errors.New("there is no C compiler to build a library with that makes writes fail")
	}
	source := filepath.Join(folder, "disk.c")
	d := &disk{library: filepath.Join(folder, "disk.so"), flag: filepath.Join(folder, "disk-full")}
	if err := os.WriteFile(source, fullDisk, 0o600); err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, compiler, "-shared", "-fPIC", "-O2", "-o", d.library, source, "-ldl").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("building a library that makes writes fail: %w: %s", err, out)
	}
	return d, os.Chmod(d.library, 0o755)
}

// environment puts the library before the system's.
func (d *disk) environment() []string {
	return []string{"LD_PRELOAD=" + d.library, "AISLE_SIM_DISK_FULL=" + d.flag}
}

func (d *disk) fill() error { return os.WriteFile(d.flag, nil, 0o644) }

func (d *disk) free() error {
	if err := os.Remove(d.flag); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
