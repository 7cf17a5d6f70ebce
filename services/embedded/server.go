// Package embedded is a private Postgres: the one that `make run` starts for a shop that has none,
// and the one that tests and the bench talk to.
//
// It uses the PostgreSQL 15 or newer that it finds on the machine (see Find) and, where there is
// none but npm is, the ready-made binaries of an npm package. The server listens on a Unix socket
// in a folder that only its own user may enter, so it needs no password and no port, and any number
// of servers run side by side.
//
// A server lives exactly as long as the process that started it, however that process ends. The
// folder it keeps its rows in may be started again at any time, also after a crash:
//
//	DataDir/
//	  lock        held by every process of the running server, and by whoever is about to start it
//	  data/       the Postgres cluster; it appears whole, by a rename
//	  socket/     the socket, made anew at every start
//	  server.log  what the server says, since its last start; server.log.1 is the start before
//
// The lock is what everything else rests on. It is a file lock that the postmaster inherits and
// passes on to its children, so it is free when, and only when, no process of the server is left: a
// pid in a file can belong to a stranger by now, an inherited lock cannot.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	// startMax bounds a start once Postgres is found. It takes a second; what may take minutes is
	// the recovery of a big database after a crash, and a shorter bound would make such a database
	// unable to ever start.
	startMax = 5 * time.Minute

	// pollInterval is how often Start asks whether the server answers. A start takes about 55 ms.
	pollInterval = 5 * time.Millisecond

	// lingerMax bounds how long Kill waits for the children of the dead postmaster, which leave
	// within milliseconds.
	lingerMax = 10 * time.Second
)

// Options say what kind of server to start. The zero value is a temporary server for tests.
type Options struct {
	// DataDir is the folder that the server keeps its rows in; it is made when it does not exist.
	// Empty means a temporary folder that Stop removes.
	DataDir string

	// Durable servers survive a power cut: what they acknowledged is on the disk. It is meant for
	// the demonstration and the bench. Without it the server never waits for the disk, which makes
	// tests fast; it still survives the crash of any process.
	Durable bool

	// Settings are further settings of Postgres by name, as in postgresql.conf. They win over those
	// of this package.
	Settings map[string]string

	// Env is what the processes of the server find in their environment beyond what this package gives them, each
	// "NAME=value": for tests that put a library of their own between Postgres and the system. initdb is not given it.
	Env []string

	// Progress, when not nil, receives sentences for the person who waits: only for what takes
	// longer than a second.
	Progress func(string)
}

// Server is a running Postgres.
type Server struct {
	installation installation
	folder       folder
	socketDir    string
	attached     bool // another process started the server, and this one merely found it running
	postmaster   *postmaster
}

// Start starts a server, or finds the one that another process already runs on the same DataDir,
// and returns when it answers. The context bounds the start only, not the life of the server. What
// goes wrong is said together with the last lines of the server's own log, and the error for a
// missing Postgres lists every way out.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	account, err := serverAccount()
	if err != nil {
		return nil, err
	}
	found, err := locate(ctx, searchHere(account), o.Progress)
	if err != nil {
		return nil, err
	}
	folder, err := openFolder(o.DataDir, account)
	if err != nil {
		return nil, err
	}

	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	s := &Server{installation: found, folder: folder}
	lock, err := s.claim(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	if s.attached {
		return s, nil
	}
	defer lock.Close()
	if err := s.launch(ctx, o, lock); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// URL returns the address of a database of this server for its superuser, in the form that pgx,
// psql, pgbench and golang-migrate accept. The port is part of it because PGPORT in the environment
// would otherwise name another socket.
func (s *Server) URL(database string) string {
	address := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database}
	// libpq reads a plus sign as itself, so a space must be %20; slashes are allowed here and
	// easier on the eye.
	host := strings.NewReplacer("%2F", "/", "+", "%20").Replace(url.QueryEscape(s.socketDir))
	address.RawQuery = "host=" + host + "&port=" + port
	return address.String()
}

// BinDir returns the folder of the server's programs. Which ones lie there beside postgres and
// initdb depends on where Postgres came from: the npm package, for one, has neither psql nor
// pgbench.
func (s *Server) BinDir() string {
	return s.installation.binDir
}

// Stop ends the server in order, ends the sessions that are still open, waits until it is gone, and
// removes a temporary folder. A server that another process started is left alone. Stopping twice
// is fine.
func (s *Server) Stop() error {
	if s.attached {
		return nil
	}
	if s.postmaster != nil {
		if err := s.postmaster.stop(); err != nil {
			return err
		}
	}
	return s.folder.removeTemporary()
}

// Kill ends the server as a crash would: by SIGKILL, with no time to write anything. It returns
// when no process of the server is left, so that the same DataDir can be started at once.
func (s *Server) Kill() error {
	if s.attached {
		return fmt.Errorf("the server on %s belongs to another process", s.folder.path)
	}
	s.postmaster.kill()

	ctx, cancel := context.WithTimeout(context.Background(), lingerMax)
	defer cancel()
	if err := s.folder.awaitFree(ctx); err != nil {
		return fmt.Errorf("waiting for the children of the killed server on %s: %w", s.folder.path, err)
	}
	return nil
}
