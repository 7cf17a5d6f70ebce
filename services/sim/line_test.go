package sim

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"
)

// newLine starts a line to somebody who sends back what arrives, and tells of every byte.
func newLine(t *testing.T) (l *Line, arrived *bytes.Buffer, gone chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	arrived, gone = &bytes.Buffer{}, make(chan struct{})
	go func() {
		defer close(gone)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.Copy(conn, io.TeeReader(conn, arrived))
	}()
	if l, err = StartLine(dialTo(listener.Addr().String())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Close()
		listener.Close()
		<-gone
	})
	return l, arrived, gone
}

func enter(t *testing.T, l *Line) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

func receive(t *testing.T, conn net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
		t.Errorf("received %q, %v; want %q", got, err, want)
	}
}

func TestLine(t *testing.T) {
	t.Run("is cut on the way up after just as many bytes, over several sendings", func(t *testing.T) {
		l, arrived, gone := newLine(t)
		conn := enter(t, l)
		done := l.CutAfter(5, true)
		send(t, conn, "abc")
		receive(t, conn, "abc")
		send(t, conn, "defg")
		<-done
		<-gone
		if arrived.String() != "abcde" {
			t.Errorf("%q arrived, want the first five", arrived)
		}
	})

	t.Run("is cut on the way down after just as many bytes", func(t *testing.T) {
		l, arrived, gone := newLine(t)
		conn := enter(t, l)
		done := l.CutAfter(5, false)
		send(t, conn, "abcdefg")
		<-done
		if got, _ := io.ReadAll(conn); string(got) != "abcde" {
			t.Errorf("%q came back, want the first five", got)
		}
		<-gone
		if arrived.String() != "abcdefg" {
			t.Errorf("%q arrived, want all", arrived)
		}
	})

	t.Run("is not cut where that was taken back", func(t *testing.T) {
		l, _, _ := newLine(t)
		conn := enter(t, l)
		l.CutAfter(2, true)
		l.CutAfter(0, true)
		send(t, conn, "abcdefg")
		receive(t, conn, "abcdefg")
	})

	t.Run("keeps what goes over it while it is stalled, and delivers it then", func(t *testing.T) {
		l, _, _ := newLine(t)
		conn := enter(t, l)
		send(t, conn, "abc")
		receive(t, conn, "abc")
		if l.Stall() != 1 {
			t.Error("the connection was not there to be stalled")
		}
		send(t, conn, "def")
		if err := conn.SetReadDeadline(time.Now().Add(30 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("%d bytes passed a stalled line", n)
		}
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		l.Flow()
		receive(t, conn, "def")
	})

	t.Run("delivers late what a client sent before it hung up", func(t *testing.T) {
		l, arrived, gone := newLine(t)
		conn := enter(t, l)
		send(t, conn, "abc")
		receive(t, conn, "abc")
		l.Stall()
		send(t, conn, "def")
		if !await(t.Context(), 10*time.Second, func() bool { return l.Kept() > 0 }) {
			t.Fatal("nothing is on the line")
		}
		l.HangUp()
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("the client was not cut off")
		}
		l.Flow()
		<-gone
		if arrived.String() != "abcdef" {
			t.Errorf("%q arrived, want what was on the line too", arrived)
		}
	})
}
