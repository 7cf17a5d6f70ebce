package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// tryLock takes a lock file, which it makes if needed. It returns nil when another process holds
// the lock. Closing the file releases the lock unless a child inherited it: then the last of them
// to end does.
func tryLock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("the data folder belongs to another user, choose another one: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("locking the data folder: %w", err)
	}
	locked, err := flock(file)
	if err != nil || !locked {
		file.Close()
		return nil, err
	}
	// Between the opening and the locking somebody may have swept the folder away, and then a
	// second process could lock a second file of the same name.
	opened, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	if named, err := os.Stat(path); err != nil || !os.SameFile(opened, named) {
		file.Close()
		return nil, nil
	}
	return file, nil
}

// awaitFree returns when no process of a server in the folder is left.
func (f folder) awaitFree(ctx context.Context) error {
	return poll(ctx, func() (bool, error) {
		lock, err := tryLock(f.lock())
		if lock == nil || err != nil {
			return false, err
		}
		return true, lock.Close()
	})
}

// poll asks until the answer is yes, there is an error, or the context ends.
func poll(ctx context.Context, ask func() (bool, error)) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		if yes, err := ask(); yes || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
