package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/aisle-retail/aisle/services/pgtest"
)

// TestDemoStopsWhileTradeLoads interrupts the first start when it has greeted and is loading trade.
func TestDemoStopsWhileTradeLoads(t *testing.T) {
	cmd := program(t.Context(), pgtest.New(t), "demo")
	cmd.Env = append(cmd.Env, "AISLE_DATA_DIR="+t.TempDir(), "AISLE_LOG_LEVEL=info")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	greeting := bufio.NewScanner(out)
	for greeting.Scan() && !strings.Contains(greeting.Text(), "Ctrl-C") {
		// It greets before it trades.
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(out)
	if err := cmd.Wait(); err != nil || len(rest) > 0 || !strings.Contains(said.String(), "the next start goes on") || strings.Contains(said.String(), "ERROR") {
		t.Errorf("%v: %s\n%s", err, rest, &said)
	}
}
