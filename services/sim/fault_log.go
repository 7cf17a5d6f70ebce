package sim

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// keptLog is where the log of Postgres's past lives is kept, which Postgres itself begins anew at each start.
func (c *Cluster) keptLog() string { return filepath.Join(c.folder, "postgres.log") }

func (c *Cluster) presentLog() string { return filepath.Join(c.postgresFolder(), "server.log") }

// keepLog adds what Postgres said in the life that has ended to what is kept.
func (c *Cluster) keepLog() error {
	from, err := os.Open(c.presentLog())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(c.keptLog(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}

// readLog calls each with every line that Postgres has said in all its lives.
func (c *Cluster) readLog(each func(line string)) error {
	for _, path := range []string{c.keptLog(), c.presentLog()} {
		file, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 4<<20) // a deadlock's report quotes statements
		for lines.Scan() {
			each(lines.Text())
		}
		if err := errors.Join(lines.Err(), file.Close()); err != nil {
			return err
		}
	}
	return nil
}

// logSize is how much Postgres has said in its present life.
func (c *Cluster) logSize() (int64, error) {
	at, err := os.Stat(c.presentLog())
	if err != nil {
		return 0, err
	}
	return at.Size(), nil
}

// loggedSince tells whether Postgres has said something since, in the same life.
func (c *Cluster) loggedSince(size int64, text string) (bool, error) {
	file, err := os.Open(c.presentLog())
	if err != nil {
		return false, err
	}
	defer file.Close()
	said, err := io.ReadAll(io.NewSectionReader(file, size, 1<<30))
	return bytes.Contains(said, []byte(text)), err
}

// inDeadlock finds the processes in the report of a deadlock.
var inDeadlock = regexp.MustCompile(`Process (\d+) waits for `)

// Deadlocks are those among the servers' own transactions, as Postgres reported each: locks are taken without order. Those
// that a fault's session took part in are its doing.
func (c *Cluster) Deadlocks() ([]string, error) {
	var reports []string
	open := false
	err := c.readLog(func(line string) {
		switch {
		case strings.Contains(line, "ERROR:  deadlock detected"):
			reports, open = append(reports, line), true
		case open && (strings.Contains(line, "DETAIL:  ") || strings.HasPrefix(line, "\t")):
			reports[len(reports)-1] += "\n" + line
		default:
			open = false
		}
	})
	var ours []string
	for _, report := range reports {
		if !c.ofRival(report) {
			ours = append(ours, report)
		}
	}
	return ours, err
}

// ofRival tells whether a session of a fault took part in a deadlock.
func (c *Cluster) ofRival(report string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, found := range inDeadlock.FindAllStringSubmatch(report, -1) {
		if pid, err := strconv.ParseUint(found[1], 10, 32); err == nil && c.rivals[uint32(pid)] {
			return true
		}
	}
	return false
}
