package imports

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// How often a person is told how far it is: a terminal is looked at, a log is read later.
const (
	tellTerminal = time.Second
	tellLog      = 10 * time.Second
)

// meter tells how far an import is.
type meter struct {
	to       io.Writer
	every    time.Duration
	terminal bool
	conn     *patient
	// read and total are bytes of the files that are sent, as they lie on the disk.
	read, total atomic.Int64
	// settled counts lines.
	settled atomic.Int64
	// phase says what is being done.
	phase   atomic.Pointer[string]
	done    chan struct{}
	stopped sync.WaitGroup

	// What the line before was told from.
	before struct {
		at             time.Time
		requests, read int64
	}
	// bytesPerSecond is smoothed over about ten lines.
	bytesPerSecond float64
}

func newMeter(to io.Writer, conn *patient) *meter {
	m := &meter{to: to, every: tellLog, conn: conn, done: make(chan struct{})}
	if file, ok := to.(*os.File); ok {
		if stat, err := file.Stat(); err == nil && stat.Mode()&os.ModeCharDevice != 0 {
			m.terminal, m.every = true, tellTerminal
		}
	}
	m.doing("")
	return m
}

// doing says what is being done from now on.
func (m *meter) doing(phase string) { m.phase.Store(&phase) }

func (m *meter) start() {
	if m.to == nil {
		return
	}
	m.before.at = time.Now()
	m.stopped.Go(func() {
		ticker := time.NewTicker(m.every)
		defer ticker.Stop()
		for {
			select {
			case now := <-ticker.C:
				m.tell(now)
			case <-m.done:
				return
			}
		}
	})
}

func (m *meter) stop() {
	close(m.done)
	m.stopped.Wait()
	if m.terminal {
		_, _ = io.WriteString(m.to, "\r\x1b[K")
	}
}

// tell writes one line. On a terminal it takes the place of the line before.
func (m *meter) tell(now time.Time) {
	line := m.line(now)
	if m.terminal {
		line = "\r" + line + "\x1b[K"
	} else {
		line += "\n"
	}
	_, _ = io.WriteString(m.to, line) // progress that can't be written is no reason to stop
}

func (m *meter) line(now time.Time) string {
	took := now.Sub(m.before.at).Seconds()
	requests, read, total := m.conn.requests.Load(), m.read.Load(), m.total.Load()
	rate := float64(requests-m.before.requests) / took
	bytes := float64(read-m.before.read) / took
	if m.bytesPerSecond == 0 {
		m.bytesPerSecond = bytes
	}
	m.bytesPerSecond += (bytes - m.bytesPerSecond) / 10
	m.before.at, m.before.requests, m.before.read = now, requests, read

	percent, left := "  0 %", "unknown"
	if total > 0 {
		percent = fmt.Sprintf("%3d %%", min(100, 100*read/total))
	}
	if m.bytesPerSecond > 0 {
		left = time.Duration(float64(total-read) / m.bytesPerSecond * float64(time.Second)).Round(time.Second).String()
	}
	return fmt.Sprintf("%s  %s lines  %s requests/s  %s left  %s",
		percent, grouped(m.settled.Load()), grouped(int64(rate)), left, *m.phase.Load())
}
