package main

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/pgtest"
)

// refusedOnPurpose are the refusals that a page shows, in its order. Nothing else on a page is refused.
var refusedOnPurpose = map[string][]string{
	"README.md":   {"PAYMENT_DECLINED", "OUT_OF_STOCK"},
	"channels.md": {"CHANNEL_RETIRED"},
}

var (
	commandsIn = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
	// definitions are what README says first, and all pages use.
	definitions = regexp.MustCompile(`(?ms)^A=http.*?^field\(\)[^\n]*\n`)
	refusedAs   = regexp.MustCompile(`(?m)^\{"code":\d+,.*?"reason":"([A-Z_]+)"`)
	anAnswer    = regexp.MustCompile(`(?m)^\{`)
)

// TestPagesCanBePasted pastes every command of README and docs, as it stands and in order, against a demo that has loaded its trade.
// docs/backup.md is for a machine of its own: TestBackup does what it says.
func TestPagesCanBePasted(t *testing.T) {
	pgtest.WithoutRace(t)
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("the pages are for people who have ", tool)
		}
	}
	address, data := tradingDemo(t)
	here := strings.NewReplacer("127.0.0.1:8080", address, "go run ./services/cmd/aisle", os.Args[0], " -m 5 ", " -m 1 ", "/tmp/", "")
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	first := definitions.FindString(string(readme))
	pages, err := filepath.Glob("../../../docs/*.md")
	if err != nil || len(pages) == 0 || first == "" {
		t.Fatalf("%v: %d pages, and README defines %q", err, len(pages), first)
	}
	for _, page := range append([]string{"../../../README.md"}, pages...) {
		name := filepath.Base(page)
		if name == "backup.md" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			script := first
			if name == "README.md" {
				script = "sleep() { :; }\n" // it waits for what is told to people, and is refused nothing without
			}
			blocks := commandsIn.FindAllStringSubmatch(string(text), -1)
			for _, block := range blocks {
				if !strings.HasPrefix(block[1], "make ") && !strings.Contains(block[1], "aisle import ") {
					script += block[1]
				}
			}
			cmd := exec.CommandContext(t.Context(), "bash", "-c", here.Replace(script))
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), asProgram+"=1", "AISLE_DATA_DIR="+data)
			var complaints bytes.Buffer
			cmd.Stderr = &complaints
			answers, _ := cmd.Output() // of the last command alone
			if complaints.Len() > 0 {
				t.Errorf("the shell says: %s", &complaints)
			}
			if len(anAnswer.FindAll(answers, -1)) < len(blocks)/2 {
				t.Errorf("%d blocks of commands are answered by %s", len(blocks), answers)
			}
			var refused []string
			for _, found := range refusedAs.FindAllSubmatch(answers, -1) {
				refused = append(refused, string(found[1]))
			}
			if diff := cmp.Diff(refusedOnPurpose[name], refused); diff != "" {
				lines := slices.DeleteFunc(strings.Split(string(answers), "\n"), func(l string) bool { return !refusedAs.MatchString(l) })
				t.Errorf("refused (-want +got):\n%s\n%s", diff, strings.Join(lines, "\n"))
			}
		})
	}
}

// tradingDemo starts a demo, and returns where it serves and its folder once its trade is loaded.
func tradingDemo(t *testing.T) (address, data string) {
	t.Helper()
	data = t.TempDir()
	cmd := program(context.WithoutCancel(t.Context()), pgtest.New(t), "demo") // it is told to stop when all pages are pasted
	cmd.Env = append(cmd.Env, "AISLE_DATA_DIR="+data)
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
	for traded := false; !traded && greeting.Scan(); {
		if _, is, found := strings.Cut(greeting.Text(), "Aisle is at http://"); found {
			address, _, _ = strings.Cut(is, " ")
		}
		traded = strings.Contains(greeting.Text(), "Four weeks of trade are in it")
	}
	rest := make(chan struct{})
	go func() {
		defer close(rest)
		for greeting.Scan() { // so that it is never kept from going on
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-rest
		if err := cmd.Wait(); err != nil {
			t.Errorf("the demo ended with %v: %s", err, &said)
		}
	})
	if address == "" {
		t.Fatalf("the demo does not say where it is: %s", &said)
	}
	return address, data
}
