package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"

	"github.com/aisle-retail/aisle/migrations"
	"github.com/aisle-retail/aisle/services/app"
	"github.com/aisle-retail/aisle/services/pgtest"
)

const (
	upgradeKey = "staff-of-the-upgrade-test"
	// serveMax and drainMax bound what a process takes to serve and to end, on a busy machine and with the race detector.
	serveMax = 30 * time.Second
	drainMax = 30 * time.Second
)

// serving is one process that serves.
type serving struct {
	name  string
	cmd   *exec.Cmd
	conn  *grpc.ClientConn
	ended chan error

	// answered and leaving are guarded by the load.
	answered int
	leaving  bool

	mu     sync.Mutex
	said   []string
	alarms []string
}

// address is what the log says once a process serves.
var address = regexp.MustCompile(`msg=serving .*grpc=(\S+)`)

// startServing runs a program's serve on a database.
func startServing(t *testing.T, name, binary string, db *pgtest.Database) *serving {
	t.Helper()
	keys := filepath.Join(t.TempDir(), "keys.json")
	document := `{"keys": [{"name": "staff", "kind": "staff", "key": "` + upgradeKey + `", "locations": ["*"], "channels": ["*"]}]}`
	if err := os.WriteFile(keys, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &serving{name: name, cmd: as(program(context.Background(), db, "serve"), binary), ended: make(chan error, 1)}
	s.cmd.Env = append(s.cmd.Env, "AISLE_LOG_LEVEL=info", "AISLE_KEYS_FILE="+keys, "AISLE_CODE_SECRET="+strings.Repeat("x", 32))
	says, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		<-s.ended
	})
	serves := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(says); lines.Scan(); {
			s.hear(lines.Text(), serves)
		}
		s.ended <- s.cmd.Wait()
		close(s.ended)
	}()
	select {
	case at := <-serves:
		if s.conn, err = app.Dial(at, upgradeKey); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.conn.Close() })
	case err := <-s.ended:
		t.Fatalf("the %s does not serve: %v\n%s", name, err, s.log())
	case <-time.After(serveMax):
		t.Fatalf("the %s does not serve in time\n%s", name, s.log())
	}
	return s
}

// hear takes one line of the log.
func (s *serving) hear(line string, serves chan<- string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, line)
	if strings.Contains(line, "level=ERROR") || strings.Contains(line, "panic") || strings.Contains(line, "DATA RACE") {
		s.alarms = append(s.alarms, line)
	}
	if at := address.FindStringSubmatch(line); at != nil {
		serves <- at[1]
	}
}

// log is the end of what it said.
func (s *serving) log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.said[max(0, len(s.said)-30):], "\n")
}

// wantQuiet fails where the process alarmed anybody.
func (s *serving) wantQuiet(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.alarms) > 0 {
		t.Errorf("the %s raised %d alarms, of which the first is: %s", s.name, len(s.alarms), s.alarms[0])
	}
}

// end sends a signal to a server that a load asks, and returns when it has gone and the clients have found that out.
func (s *serving) end(t *testing.T, l *load, signal syscall.Signal) {
	t.Helper()
	l.mu.Lock()
	s.leaving = true
	retried := l.retried
	l.mu.Unlock()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.ended:
		if signal == syscall.SIGTERM && err != nil {
			t.Errorf("the %s ended with %v\n%s", s.name, err, s.log())
		}
	case <-time.After(drainMax):
		t.Fatalf("the %s did not end in time\n%s", s.name, s.log())
	}
	l.wait(func() bool { return l.retried > retried }) // clients go on asking it until somebody tells them
	l.leave(s)
}

// as makes a command run another program than this one.
func as(cmd *exec.Cmd, binary string) *exec.Cmd {
	if binary != "" {
		cmd.Path, cmd.Args[0] = binary, binary
	}
	return cmd
}

// emptyDatabase is a database without any schema, beside one of the tests.
func emptyDatabase(t *testing.T) *pgtest.Database {
	t.Helper()
	db, conn, _ := emptyBooks(t)
	name := conn.Config().Database + "_old"
	if _, err := conn.Exec(t.Context(), "create database "+pgx.Identifier{name}.Sanitize()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := conn.Exec(context.Background(), "drop database "+pgx.Identifier{name}.Sanitize()+" with (force)"); err != nil {
			t.Error(err)
		}
	})
	return &pgtest.Database{URL: onDatabase(t, db.URL, name), OwnerURL: onDatabase(t, db.OwnerURL, name)}
}

func onDatabase(t *testing.T, address, name string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Path = "/" + name
	return parsed.String()
}

// versionBefore builds the version before this one, from the history of this repository: the last release or, as long as there is
// none, the commit before the one that brought the newest migration. A commit that was made on the way to something and does not
// build was no version; then it is the one before the migration before, and so on.
func versionBefore(t *testing.T) (binary, commit string) {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	git := func(args ...string) (string, error) {
		cmd := exec.Command("git", args...)
		cmd.Dir = root
		out, err := cmd.Output()
		if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
			err = errors.New(strings.TrimSpace(string(failed.Stderr)))
		}
		return strings.TrimSpace(string(out)), err
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no Go to build the version before with")
	}
	if shallow, err := git("rev-parse", "--is-shallow-repository"); err != nil || shallow != "false" {
		t.Skipf("this checkout has no history to build the version before from: shallow %q, %v", shallow, err)
	}
	var candidates []string
	if tag, err := git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^"); err == nil {
		candidates = append(candidates, tag)
	}
	// Those that are there: of one that was taken back, the version before may know more than this one.
	present, err := fs.Glob(migrations.Files, "*.up.sql")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range present {
		present[i] = "migrations/" + name
	}
	added, err := git(append([]string{"log", "--diff-filter=A", "--format=%H^", "--"}, present...)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, candidate := range append(candidates, strings.Fields(added)...) {
		commit, err := git("rev-parse", "--verify", "--quiet", candidate+"^{commit}")
		if err != nil {
			continue // before the first migration there was nothing
		}
		binary, why := buildVersion(t, root, commit)
		if why == nil {
			return binary, commit
		}
		t.Logf("%s is no version, for it does not build: %v", commit, why)
	}
	t.Skip("there is no version before this one")
	return "", ""
}

// buildVersion unpacks a commit and builds it. The program is kept in the user's cache, beside what Go keeps there: a commit never
// changes, and to build it takes longer than the test.
func buildVersion(t *testing.T, root, commit string) (binary string, why error) {
	t.Helper()
	folder, kept := t.TempDir(), t.TempDir()
	if cache, err := os.UserCacheDir(); err == nil {
		if at := filepath.Join(cache, "aisle-version-before"); os.MkdirAll(at, 0o700) == nil {
			kept = at
		}
	}
	binary = filepath.Join(kept, commit+"-"+runtime.Version())
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	archive := exec.Command("git", "archive", "--format=tar", commit)
	archive.Dir = root
	unpack := exec.Command("tar", "-x", "-C", folder)
	var err error
	if unpack.Stdin, err = archive.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := unpack.Start(); err != nil {
		t.Skipf("the version before can't be unpacked: %v", err)
	}
	if err := errors.Join(archive.Run(), unpack.Wait()); err != nil {
		t.Fatalf("unpacking %s: %v", commit, err)
	}
	built := fmt.Sprintf("%s.%d", binary, os.Getpid()) // it appears whole, by a rename
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", built, "./services/cmd/aisle")
	build.Dir = folder
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, firstLine(string(said)))
	}
	return binary, os.Rename(built, binary)
}

func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
