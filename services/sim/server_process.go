package sim

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aisle-retail/aisle/services/app"
)

// serverVariable makes this program a server, and says which.
const serverVariable = "AISLE_SIM_SERVER"

// addressesFile is the pipe on which a server says where it listens: the first after the standard ones.
const addressesFile = 3

// Bounds, far above what it takes on a busy machine.
const (
	startMax = 30 * time.Second
	drainMax = 30 * time.Second
)

// tailLines is how much of what a server said is shown when it ends by itself: a Go program that dies says why first, and then
// what its goroutines did.
const tailLines = 400

// addresses are where a server listens.
type addresses struct{ GRPC, HTTP string }

// serve is the life of a server process: the composition of `aisle serve`. It does not return.
func serve() {
	if err := serveUntilTold(); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func serveUntilTold() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	// The pipe ends with the process that holds its other end, however that ends. A server that is stopped at that moment
	// goes too: its process group is an orphan then, and the system hangs up on those.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	config, err := app.LoadConfig(os.Getenv)
	if err != nil {
		return err
	}
	if at := os.Getenv(bankVariable); at != "" {
		config.PaymentProvider = newTeller(at)
	}
	log := config.Logger()
	keys, err := app.LoadKeys(&config, log)
	if err != nil {
		return err
	}
	server, err := app.Start(ctx, config, config.DatabaseURL, keys, log)
	if err != nil {
		return err
	}
	told := os.NewFile(addressesFile, "addresses")
	err = errors.Join(json.NewEncoder(told).Encode(addresses{server.GRPCAddr(), server.HTTPAddr()}), told.Close())
	if err == nil {
		err = server.Wait(ctx)
	}
	return errors.Join(err, server.Stop(context.WithoutCancel(ctx)))
}

// process is a server process of a cluster, from its start to its end.
type process struct {
	cmd  *exec.Cmd
	at   addresses
	said *says
	// ended is closed when it has ended and cmd.ProcessState is known.
	ended chan struct{}
}

// startProcess starts a server and returns when it serves.
func startProcess(ctx context.Context, name string, env []string, said *says) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	listens, tells, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer listens.Close()
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), append(env, serverVariable+"="+name)...)
	cmd.Stdout, cmd.Stderr = said, said
	cmd.ExtraFiles = []*os.File{tells}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err = cmd.StdinPipe(); err == nil { // it ends with us
		err = cmd.Start()
	}
	tells.Close()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, said: said, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in cmd.ProcessState
		close(p.ended)
	}()
	if err := p.awaitAddresses(ctx, listens); err != nil {
		p.kill()
		return nil, fmt.Errorf("%s: %w\n%s", name, err, said.tail())
	}
	return p, nil
}

// awaitAddresses waits until the server says where it listens. The pipe ends when it ends without.
func (p *process) awaitAddresses(ctx context.Context, from *os.File) error {
	deadline := time.Now().Add(startMax)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := from.SetReadDeadline(deadline); err != nil {
		return err
	}
	line, err := bufio.NewReader(from).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("it did not say where it serves: %w", err)
	}
	return json.Unmarshal(line, &p.at)
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) signal(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

// hasEnded tells whether it has.
func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// kill ends it as a crash would, and returns when it is gone.
func (p *process) kill() {
	_ = p.signal(syscall.SIGKILL) // the only error is that it has ended
	<-p.ended
}

// drain asks it to end, and fails where it does not end well.
func (p *process) drain() error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("a server that was to drain had ended: %w\n%s", err, p.said.tail())
	}
	timer := time.NewTimer(drainMax)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		_ = p.signal(syscall.SIGQUIT) // says what all goroutines wait for
		<-p.ended
		return fmt.Errorf("a server did not end within %s of being told to\n%s", drainMax, p.said.tail())
	}
	if !p.cmd.ProcessState.Success() {
		return fmt.Errorf("a server that was told to end ended with %s\n%s", p.cmd.ProcessState, p.said.tail())
	}
	return nil
}

// says is what a server says on standard error, over all its lives.
type says struct {
	mu     sync.Mutex
	rest   []byte
	lines  []string
	alarms []string
}

// Write takes what was said.
func (s *says) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest = append(s.rest, text...)
	for {
		line, rest, whole := bytes.Cut(s.rest, []byte("\n"))
		if !whole {
			return len(text), nil
		}
		s.take(string(line))
		s.rest = rest
	}
}

func (s *says) take(line string) {
	if s.lines = append(s.lines, line); len(s.lines) > 4*tailLines {
		s.lines = append(s.lines[:0:0], s.lines[len(s.lines)-tailLines:]...)
	}
	for _, sign := range []string{"level=ERROR", "panic: ", "fatal error: ", "WARNING: DATA RACE"} {
		if strings.Contains(line, sign) {
			s.alarms = append(s.alarms, line)
			return
		}
	}
}

// tail is the end of what was said.
func (s *says) tail() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines[max(0, len(s.lines)-tailLines):], "\n")
}

// alarmed are the lines that report a fault of ours.
func (s *says) alarmed() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.alarms...)
}
