package bench

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// pgbenchWarmUp is left out of what is measured: until then each client prepares its statements, and Postgres plans the
// first five executions of each anew. It is one interval of pgbench's progress report, which counts in whole seconds.
const pgbenchWarmUp = time.Second

//go:embed same_work.sql
var sameWorkSQL string

//go:embed bare.sql
var bareSQL string

//go:embed availability.sql
var availabilitySQL string

//go:embed order3.sql
var order3SQL string

//go:embed sale.sql
var saleSQL string

// pgbench runs a script against the database.
type pgbench struct {
	program, url string
	// body and answer are what an event and a remembered request hold: bytes of the length that Aisle writes.
	body, answer string
	// The same of an order of three lines, and of one of a flash sale.
	order3, pair orderBytes
	// runs counts, so that ids never repeat.
	runs int
}

// orderBytes are what the events of an order and of its fulfilment hold, and the answer to it.
type orderBytes struct{ order, work, answer string }

// findPgbench looks beside the server's programs, then in PATH.
func findPgbench(binDir string) (string, error) {
	if program, err := exec.LookPath(filepath.Join(binDir, "pgbench")); err == nil {
		return program, nil
	}
	program, err := exec.LookPath("pgbench")
	if err != nil {
		return "", fmt.Errorf("pgbench is neither in %s nor in PATH; it comes with PostgreSQL's server or contrib package: %w", binDir, err)
	}
	return program, nil
}

// run drives a script with as many clients as the load has callers.
func (p *pgbench) run(ctx context.Context, script string, l load) (outcome, error) {
	place, article := [2]int{0, places - 1}, [2]int{0, articles - 1}
	if l.hot {
		place, article = [2]int{hotPlace, hotPlace}, [2]int{hotArticle, hotArticle}
	}
	report, progress, err := p.script(ctx, script, map[string]any{
		"owner": ownerName, "body": p.body, "answer": p.answer,
		"order_body": p.order3.order, "work_body": p.order3.work, "order_answer": p.order3.answer,
		"first_place": place[0], "last_place": place[1], "first_article": article[0], "last_article": article[1],
	}, "--progress=1", fmt.Sprintf("--client=%d", l.callers), fmt.Sprintf("--time=%d", int((l.length+pgbenchWarmUp).Seconds())))
	if err != nil {
		return outcome{}, err
	}
	return readPgbench(report, progress)
}

// script runs pgbench with a script and what it is to know, and returns its report and its progress.
func (p *pgbench) script(ctx context.Context, script string, defines map[string]any, args ...string) (report, progress string, err error) {
	p.runs++
	args = append(args, "--no-vacuum", "--protocol=prepared", "--file=-", "--jobs=2",
		fmt.Sprintf("--define=n=%d", p.runs*1_000_000_000_000), "--define=fingerprint="+strings.Repeat("f", len(fingerprint)))
	for name, value := range defines {
		args = append(args, fmt.Sprintf("--define=%s=%v", name, value))
	}
	cmd := exec.CommandContext(ctx, p.program, append(args, p.url)...)
	cmd.Stdin = strings.NewReader(script)
	var out, told bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &told
	if err := cmd.Run(); err != nil {
		return "", "", fmt.Errorf("pgbench: %w\n%s", err, told.String())
	}
	return out.String(), told.String(), nil
}

// What is read of pgbench's report and of its progress.
var (
	processedText = regexp.MustCompile(`number of transactions actually processed: (\d+)`)
	rateText      = regexp.MustCompile(`tps = ([0-9.]+)`)
	failedText    = regexp.MustCompile(`number of failed transactions: ([1-9]\d*)`)
	intervalText  = regexp.MustCompile(`progress: ([0-9.]+) s, ([0-9.]+) tps`)
)

// readPgbench takes the first interval, which is the warm-up, out of the whole. (What pgbench says of the last interval it
// sometimes keeps to itself.) Where a very busy machine leaves nothing after that, the rate is that of the whole.
func readPgbench(report, progress string) (outcome, error) {
	if failed := failedText.FindStringSubmatch(report); failed != nil {
		return outcome{}, fmt.Errorf("pgbench: %s transactions failed", failed[1])
	}
	processed, err := number(processedText, report, 1)
	if err != nil || processed == 0 {
		return outcome{}, err
	}
	rate, err := number(rateText, report, 1)
	if err != nil {
		return outcome{}, err
	}
	did := outcome{perSecond: rate, done: int64(processed)}
	warmSeconds, err := number(intervalText, progress, 1)
	if err != nil {
		return outcome{}, err
	}
	warmRate, err := number(intervalText, progress, 2)
	if err != nil {
		return outcome{}, err
	}
	if left := processed/rate - warmSeconds; left > 0.5 {
		did.perSecond = (processed - warmRate*warmSeconds) / left
	}
	return did, nil
}

// number reads the number that a group of an expression finds first.
func number(text *regexp.Regexp, in string, group int) (float64, error) {
	found := text.FindStringSubmatch(in)
	if found == nil {
		return 0, fmt.Errorf("pgbench says something else than expected:\n%s", in)
	}
	return strconv.ParseFloat(found[group], 64)
}

// printScripts shows what Aisle is held against.
func printScripts(out io.Writer) {
	for _, script := range []struct{ name, text string }{
		{"same_work.sql", sameWorkSQL}, {"order3.sql", order3SQL}, {"bare.sql", bareSQL}, {"availability.sql", availabilitySQL},
		{"sale.sql", saleSQL},
	} {
		fmt.Fprintf(out, "---- %s, run by pgbench --protocol=prepared\n%s\n", script.name, script.text)
	}
}
