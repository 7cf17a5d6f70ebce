package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// answerMax bounds one attempt to connect. Over a socket a server that is well answers within a
	// millisecond.
	answerMax = 2 * time.Second

	// patience is how long a person is left without a word while another process's server does not
	// answer.
	patience = time.Second

	// logTailBytes is how much of the server's log an error carries.
	logTailBytes = 2 << 10
)

// claim returns the folder's lock, which is the right to start a server there, unless a server that
// another process started answers: then s is attached to that one. While the lock is held and
// nobody answers, somebody is starting, recovering or stopping, and claim waits for what comes of
// it.
func (s *Server) claim(ctx context.Context, progress func(string)) (lock *os.File, err error) {
	begun, told := time.Now(), false
	err = poll(ctx, func() (bool, error) {
		if s.attached = s.attach(ctx) == nil; s.attached {
			return true, nil
		}
		if !told && time.Since(begun) > patience {
			progress("Waiting for another process that is starting or stopping Postgres on " +
				s.folder.path + ".")
			told = true
		}
		lock, err = tryLock(s.folder.lock())
		return lock != nil, err
	})
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return nil, fmt.Errorf("another server holds %s and does not answer: stop it, or choose "+
			"another data folder: %w", s.folder.path, err)
	}
	return lock, err
}

// attach looks for a server that runs on the folder and answers.
func (s *Server) attach(ctx context.Context) error {
	running, err := s.folder.readPidFile()
	if err != nil {
		return err
	}
	s.socketDir = running.socketDir
	return s.ping(ctx)
}

// launch starts a server on a folder whose lock is held, and returns when it answers.
func (s *Server) launch(ctx context.Context, o Options, lock *os.File) error {
	if err := s.folder.prepare(ctx, s.installation, o, lock); err != nil {
		return err
	}
	var err error
	if s.socketDir, err = s.folder.makeSocketDir(); err != nil {
		return fmt.Errorf("making a folder for the socket: %w", err)
	}
	log, err := s.folder.openLog()
	if err != nil {
		return err
	}
	defer log.Close()

	cmd := exec.Command(filepath.Join(s.installation.binDir, "postgres"), s.arguments(o)...)
	cmd.Dir = s.folder.path
	cmd.Env = append(environment(s.installation.binDir), o.Env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{lock}
	cmd.SysProcAttr = s.folder.account.attributes()
	if s.postmaster, err = startPostmaster(cmd); err != nil {
		return err
	}
	if err := s.awaitAnswer(ctx); err != nil {
		return fmt.Errorf("starting Postgres on %s: %w\nthe end of %s:\n%s",
			s.folder.path, err, s.folder.log(), s.folder.logTail())
	}
	return nil
}

func (s *Server) arguments(o Options) []string {
	args := []string{"-D", s.folder.data(), "-k", s.socketDir, "-p", port, "-c", "listen_addresses="}
	if !o.Durable {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	for _, name := range slices.Sorted(maps.Keys(o.Settings)) {
		args = append(args, "-c", name+"="+o.Settings[name])
	}
	return args
}

// awaitAnswer returns when the server answers, or with the reason why it never will.
func (s *Server) awaitAnswer(ctx context.Context) error {
	var refusal error
	err := poll(ctx, func() (bool, error) {
		select {
		case <-s.postmaster.exited:
			return false, fmt.Errorf("it ended with %s", s.postmaster.cmd.ProcessState)
		default:
		}
		refusal = s.ping(ctx)
		return refusal == nil, nil
	})
	if err != nil && refusal != nil && ctx.Err() != nil {
		return fmt.Errorf("it did not answer in time: %w (%w)", err, refusal)
	}
	return err
}

// ping asks the server at the socket for its data folder, and fails unless that is ours.
func (s *Server) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerMax)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL(superuser))
	if err != nil {
		return err
	}
	// Closing only says goodbye; whether the server hears it changes nothing.
	defer conn.Close(ctx)
	var served string
	if err := conn.QueryRow(ctx, "select current_setting('data_directory')").Scan(&served); err != nil {
		return err
	}
	if served != s.folder.data() {
		return fmt.Errorf("the server at %s serves %s", s.socketDir, served)
	}
	return nil
}

// openLog begins a new log and keeps the one before.
func (f folder) openLog() (*os.File, error) {
	if err := os.Rename(f.log(), f.log()+".1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(f.log(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
}

func (f folder) logTail() string {
	raw, err := os.ReadFile(f.log())
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(raw[max(0, len(raw)-logTailBytes):]))
}
