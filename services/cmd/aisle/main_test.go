package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/imports/reconcile"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/rpc"
)

// asProgram makes the test binary be the program itself, so that tests run what users run.
const asProgram = "AISLE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	pgtest.Main(m)
}

// program is a command of aisle on a database, not started yet.
func program(ctx context.Context, db *pgtest.Database, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "AISLE_DATABASE_URL="+db.URL, "AISLE_DATABASE_OWNER_URL="+db.OwnerURL,
		"AISLE_HTTP_ADDR=127.0.0.1:0", "AISLE_GRPC_ADDR=127.0.0.1:0", "AISLE_LOG_LEVEL=error",
		"AISLE_DATA_DIR=/nowhere") // a test that needs a private database would fail, and say so
	return cmd
}

// run runs a command to its end and returns what it printed; want is whether it must succeed.
func runProgram(t *testing.T, db *pgtest.Database, dir string, want bool, args ...string) string {
	t.Helper()
	cmd := program(t.Context(), db, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if (err == nil) != want {
		t.Fatalf("aisle %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// testdata are files of real trade, where they lie.
func testdata(t *testing.T, names ...string) []string {
	t.Helper()
	folder := os.Getenv("AISLE_TESTDATA")
	if folder == "" {
		t.Skip("AISLE_TESTDATA names no folder of real data, so that none is imported here")
	}
	paths := make([]string, len(names))
	for i, name := range names {
		path, err := filepath.Abs(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		paths[i] = path
	}
	return paths
}

// TestImportSurvivesKills imports eight months of real store baskets, kills the program with SIGKILL five times on the way, and
// finds in the end all of it in the ledger, to the cent and the unit, and the books clean.
func TestImportSurvivesKills(t *testing.T) {
	pgtest.WithoutRace(t)
	if testing.Short() {
		t.Skip("it takes a minute or two")
	}
	files := testdata(t, "complete-journey/products.csv.gz", "complete-journey/transactions_2017-01_2017-08.csv.gz")
	db, conn, dir := emptyBooks(t)
	survives(t, db, conn, dir, append([]string{"import", "complete-journey"}, files...), 5, 9000)
	runProgram(t, db, dir, true, "audit", "--rest=0")

	t.Run("and a broken ledger does not reconcile", func(t *testing.T) {
		if _, err := conn.Exec(t.Context(), "update order_lines set net_minor = net_minor + 1, gross_minor = gross_minor + 1 where (order_id, line) = (select order_id, line from order_lines limit 1)"); err != nil {
			t.Fatal(err)
		}
		books, err := postgres.Open(t.Context(), postgres.Config{URL: db.URL, Writers: 1, Readers: 2})
		if err != nil {
			t.Fatal(err)
		}
		defer books.Close()
		found, err := reconcile.Run(t.Context(), books, nil, reconcile.Options{Format: "complete-journey", Files: files})
		if err != nil || found.Count == 0 {
			t.Errorf("%v: %v", err, found)
		}
		if out := runProgram(t, db, dir, false, "audit", "--rest=0"); !strings.Contains(out, "order_lines") {
			t.Errorf("%s", out)
		}
	})
}

// TestImportsShareBooks imports some store baskets and the first invoices of a real web shop into one database, kills the program on
// the way through the second, and finds both in the ledger and the books clean.
func TestImportsShareBooks(t *testing.T) {
	pgtest.WithoutRace(t)
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	files := testdata(t, "complete-journey/transactions_2017-01_2017-08.csv.gz", "online-retail/2010-12_2011-03.csv.gz")
	db, conn, dir := emptyBooks(t)
	stores := []string{"import", "complete-journey", firstLines(t, files[0], 1000), "--reconcile"}
	runProgram(t, db, dir, true, stores...)
	// 333 invoices, 33 of them cancellations: some 2,600 changes, of which the products are the first 1,671.
	survives(t, db, conn, dir, []string{"import", "online-retail", firstLines(t, files[1], 6000)}, 4, 500)
	runProgram(t, db, dir, true, stores...)
	runProgram(t, db, dir, true, "audit", "--rest=0")
}

// emptyBooks are a database for one test, a connection that looks behind the program's back, and a folder to work in.
func emptyBooks(t *testing.T) (*pgtest.Database, *pgx.Conn, string) {
	t.Helper()
	db := pgtest.New(t)
	conn, err := pgx.Connect(t.Context(), db.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return db, conn, t.TempDir()
}

// survives runs an import that is killed so many times, each time after so many requests more, and then once more to the end,
// and proves that all of it is in the ledger.
func survives(t *testing.T, db *pgtest.Database, conn *pgx.Conn, dir string, args []string, kills, requests int) {
	t.Helper()
	before := carriedOut(t, conn)
	for kill := range kills {
		cmd := program(t.Context(), db, args...)
		cmd.Dir = dir
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		reached(t, conn, before+requests*(kill+1), ended, &said)
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-ended
	}
	out := runProgram(t, db, dir, true, append(args, "--reconcile")...)
	if !strings.Contains(out, " 0 differ") {
		t.Errorf("it does not say that nothing differs:\n%s", out)
	}
}

// firstLines puts the header and the first lines of a packed file into a file of the test.
func firstLines(t *testing.T, path string, lines int) string {
	t.Helper()
	packed, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	text, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	var first bytes.Buffer
	scanner := bufio.NewScanner(text)
	for range 1 + lines {
		if !scanner.Scan() {
			t.Fatal("the file has fewer lines: ", scanner.Err())
		}
		first.WriteString(scanner.Text() + "\n")
	}
	to := filepath.Join(t.TempDir(), "first.csv")
	if err := os.WriteFile(to, first.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// carriedOut is how many requests were.
func carriedOut(t *testing.T, conn *pgx.Conn) int {
	t.Helper()
	var n int
	if err := conn.QueryRow(t.Context(), "select count(*) from requests").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// reached waits until so many requests were carried out.
func reached(t *testing.T, conn *pgx.Conn, requests int, ended <-chan error, said *bytes.Buffer) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for carriedOut(t, conn) < requests {
		select {
		case err := <-ended:
			t.Fatalf("the import ended before %d requests: %v\n%s", requests, err, said)
		case <-tick.C:
		}
	}
}

// TestShopify imports the catalogues of a shop system and finds them again.
func TestShopify(t *testing.T) {
	files := testdata(t, "shopify/apparel.csv", "shopify/home-and-garden.csv", "shopify/jewelery.csv")
	db, dir := pgtest.New(t), t.TempDir()
	runProgram(t, db, dir, true, append([]string{"import", "shopify", "--reconcile"}, files...)...)
	runProgram(t, db, dir, true, "audit", "--rest=0")
}

func TestUsage(t *testing.T) {
	db := &pgtest.Database{}
	for _, args := range [][]string{{"dance"}, {"serve", "--sing"}, {"serve", "extra"}, {"import"}, {"import", "aisle"}, {"key"}} {
		out := runProgram(t, db, t.TempDir(), false, args...)
		if strings.TrimSpace(out) == "" || strings.Contains(out, "panic") {
			t.Errorf("%v: %q", args, out)
		}
	}
	for _, args := range [][]string{{"help"}, {"help", "keys"}, {"version"}, {}} {
		if out := runProgram(t, db, t.TempDir(), true, args...); !strings.Contains(strings.ToLower(out), "aisle") {
			t.Errorf("%v: %q", args, out)
		}
	}
	keys := runProgram(t, db, t.TempDir(), true, "help", "keys")
	for _, kind := range rpc.Kinds() {
		if !strings.Contains(keys, "\n  "+string(kind)+" ") {
			t.Errorf("help keys does not say what a key of the kind %s may do: %s", kind, keys)
		}
		for _, scope := range rpc.ScopesOfKind(kind) {
			if !strings.Contains(keys, scope) {
				t.Errorf("help keys does not name %s: %s", scope, keys)
			}
		}
	}
	out := runProgram(t, db, t.TempDir(), false, "import", "papyrus", "x.csv")
	if !strings.Contains(out, "papyrus") {
		t.Error(fmt.Sprint("it does not say which format: ", out))
	}
}
