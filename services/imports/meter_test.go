package imports

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestMeter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		conn := &patient{}
		m := newMeter(&said, conn)
		m.start()
		m.doing("sales.csv")
		m.total.Store(1000)
		m.read.Store(250)
		m.settled.Store(4321)
		conn.requests.Store(50_000)
		time.Sleep(tellLog + time.Second)
		m.stop()
		want := " 25 %  4,321 lines  5,000 requests/s  30s left  sales.csv\n"
		if got := said.String(); got != want {
			t.Errorf("it said %q, want %q", got, want)
		}
	})
	t.Run("before the first byte it does not know how long it takes", func(t *testing.T) {
		m := newMeter(nil, &patient{})
		m.before.at = time.Now()
		if line := m.line(time.Now().Add(time.Second)); !strings.Contains(line, "unknown left") {
			t.Error(line)
		}
	})
}
