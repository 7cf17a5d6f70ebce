package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/embedded"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
)

// archiveMax bounds how long the log may take into the archive.
const archiveMax = 30 * time.Second

// TestBackup does what docs/backup.md says: a base backup while the shop trades, the log archived beside it, a server that is
// killed, and a new one that is brought back to a moment in between. Everything acknowledged before that moment is there, nothing
// that began after it is, the books are clean, and the shop trades on.
func TestBackup(t *testing.T) {
	shop := newArchivedShop(t)
	serving := startServing(t, "shop", "", shop.db)
	l := startLoad(t, serving)
	l.until(serving, 50)
	bases := map[string]string{"by copying files": shop.copyBase(t)}
	if tool := filepath.Join(shop.server.BinDir(), "pg_basebackup"); exists(tool) {
		bases["by pg_basebackup"] = shop.toolBase(t, tool)
	}
	l.until(serving, 100)

	acknowledged := l.soFar()
	moment := shop.now(t)
	after := time.Now()
	l.until(serving, 150)
	shop.awaitArchived(t)
	l.until(serving, 50)
	l.lose(t, serving, shop.server)
	acts := l.soFar()

	for _, how := range slices.Sorted(maps.Keys(bases)) {
		t.Run(how, func(t *testing.T) {
			db := shop.restore(t, bases[how], moment)
			booked := bookedRequests(t, db)
			for id := range acknowledged {
				if booked[id] != 1 {
					t.Errorf("a %s that was acknowledged before the moment is in the books %d times", acts[id].kind, booked[id])
				}
			}
			lost := map[string]act{}
			for id, a := range acts {
				if a.began.After(after) {
					lost[id] = a
				}
				if a.began.After(after) && booked[id] != 0 {
					t.Errorf("a %s that began after the moment is in the books", a.kind)
				}
			}
			if len(acknowledged) < 20 || len(lost) < 20 {
				t.Fatalf("only %d writes before the moment and %d after it", len(acknowledged), len(lost))
			}
			t.Logf("%d acknowledged before the moment, %d after it; %d in the books", len(acknowledged), len(lost), len(booked))
			runProgram(t, db, t.TempDir(), true, "audit", "--rest=0")
			tradesOn(t, db, acknowledged, lost)
		})
	}
}

// tradesOn sends what clients sent before again, with its request ids: a sale that is in the books is answered as at first, and one
// that was lost is carried out, once, as an order of another number.
func tradesOn(t *testing.T, db *pgtest.Database, kept, lost map[string]act) {
	t.Helper()
	const salesMax = 10
	s := startServing(t, "restored shop", "", db)
	var sent []string
	for _, known := range []map[string]act{kept, lost} {
		sales := 0
		for id, a := range known {
			first, isSale := a.answer.(*ordersv1.Order)
			if !isSale || sales == salesMax {
				continue
			}
			sales++
			sent = append(sent, id)
			for range 2 {
				again := &ordersv1.Order{}
				if err := s.conn.Invoke(t.Context(), a.method, a.request, again); err != nil {
					t.Fatalf("the sale %s again: %v", id, err)
				}
				if _, isKept := kept[id]; isKept && (again.Id != first.Id || again.Number != first.Number) {
					t.Errorf("the sale %s was order %s %s and is %s %s", id, first.Id, first.Number, again.Id, again.Number)
				}
			}
		}
		if sales == 0 {
			t.Error("nothing was sold")
		}
	}
	booked := bookedRequests(t, db)
	for _, id := range sent {
		if booked[id] != 1 {
			t.Errorf("the sale %s is in the books %d times", id, booked[id])
		}
	}
	s.wantQuiet(t)
}

// bookedRequests counts the transactions of each request of the load.
func bookedRequests(t *testing.T, db *pgtest.Database) map[string]int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), db.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, _ := conn.Query(t.Context(), `select request_id::text, count(*)::int from ledger_transactions
		where kind in ('HOLD', 'RELEASE', 'SALE') group by 1`)
	booked := map[string]int{}
	var id string
	var count int
	if _, err := pgx.ForEachRow(rows, []any{&id, &count}, func() error { booked[id] = count; return nil }); err != nil {
		t.Fatal(err)
	}
	return booked
}

// soFar are the writes that were acknowledged until now.
func (l *load) soFar() map[string]act {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.acts)
}

// lose kills Postgres under the load, and sends the clients home without an answer.
func (l *load) lose(t *testing.T, s *serving, server *embedded.Server) {
	t.Helper()
	l.mu.Lock()
	s.leaving = true
	l.mu.Unlock()
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	l.stop()
	if l.mu.Lock(); len(l.failed) > 0 {
		t.Errorf("without Postgres: %v", errors.Join(l.failed...))
	}
	l.mu.Unlock()
}

// archivedShop is a durable server of its own whose log is archived.
type archivedShop struct {
	folder string // everything is below it
	server *embedded.Server
	db     *pgtest.Database
}

func newArchivedShop(t *testing.T) *archivedShop {
	t.Helper()
	folder, err := os.MkdirTemp("", "aisle-backup-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	shop := &archivedShop{folder: folder}
	// Run by root, the server is another user, who must enter the folder and write to the archive.
	for path, mode := range map[string]fs.FileMode{folder: 0o755, shop.archive(): 0o777} {
		if err := errors.Join(os.MkdirAll(path, 0o755), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	shop.server, shop.db = startPrivate(t, embedded.Options{DataDir: filepath.Join(folder, "shop"), Durable: true, Settings: map[string]string{
		"archive_mode": "on", "archive_timeout": "1s",
		"archive_command": strings.ReplaceAll("test ! -f ARCHIVE/%f && cp %p ARCHIVE/%f.part && mv ARCHIVE/%f.part ARCHIVE/%f", "ARCHIVE", shop.archive()),
	}})
	if err := postgres.CreateDatabase(t.Context(), shop.server.URL("postgres"), "aisle"); err != nil {
		t.Fatal(err)
	}
	runProgram(t, shop.db, t.TempDir(), true, "migrate")
	return shop
}

// startPrivate starts a server as `aisle serve` does where no database is configured.
func startPrivate(t *testing.T, o embedded.Options) (*embedded.Server, *pgtest.Database) {
	t.Helper()
	server, err := embedded.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	url := server.URL("aisle")
	return server, &pgtest.Database{URL: url + "&role=" + postgres.Role, OwnerURL: url}
}

func (s *archivedShop) archive() string { return filepath.Join(s.folder, "archive") }

// data is where the server keeps its files.
func (s *archivedShop) data() string { return filepath.Join(s.folder, "shop", "data") }

// query asks the server for one text.
func (s *archivedShop) query(t *testing.T, sql string) (answer string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.db.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return answer
}

// now is the server's clock.
func (s *archivedShop) now(t *testing.T) string { return s.query(t, "select clock_timestamp()::text") }

// awaitArchived returns when all of the log until now is in the archive.
func (s *archivedShop) awaitArchived(t *testing.T) {
	t.Helper()
	segment := s.query(t, "select pg_walfile_name(pg_current_wal_lsn())")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(archiveMax); !exists(filepath.Join(s.archive(), segment)); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s is not archived: %s", segment, s.query(t, "select coalesce(last_failed_wal, 'no failure') from pg_stat_archiver"))
		}
	}
}

// toolBase takes a base backup with the tool of Postgres.
func (s *archivedShop) toolBase(t *testing.T, tool string) string {
	t.Helper()
	base := filepath.Join(s.folder, "base-tool")
	// Without waiting for the disk, which the document does and which no killed process needs.
	out, err := exec.Command(tool, "--dbname="+s.server.URL("postgres"), "--pgdata="+base, "--checkpoint=fast", "--wal-method=stream",
		"--no-sync").CombinedOutput()
	if err != nil {
		t.Fatalf("pg_basebackup: %v\n%s", err, out)
	}
	return base
}

// copyBase takes a base backup with nothing but SQL and a copy of the files: what Postgres changes meanwhile, the log makes good.
// Source: PostgreSQL documentation, 26.3.3 (Making a Base Backup Using the Low Level API).
func (s *archivedShop) copyBase(t *testing.T) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "select pg_backup_start('aisle', true)"); err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(s.folder, "base-copy")
	copyFolder(t, s.data(), base, func(path string) bool {
		inside := slices.Contains([]string{"pg_wal", "pg_replslot", "pg_dynshmem", "pg_notify", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans"}, filepath.Dir(path))
		return inside || slices.Contains([]string{"postmaster.pid", "postmaster.opts"}, path)
	})
	var label string
	if err := conn.QueryRow(t.Context(), "select labelfile from pg_backup_stop()").Scan(&label); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(base, "backup_label"), []byte(label), 0o600); err != nil {
		t.Fatal(err)
	}
	return base
}

// restore brings a base backup and the log to a moment, in a folder of its own, as the user that the first server ran as.
func (s *archivedShop) restore(t *testing.T, base, moment string) *pgtest.Database {
	t.Helper()
	folder := base + "-restored"
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(folder, "data")
	copyFolder(t, base, data, func(string) bool { return false })
	settings, err := os.OpenFile(filepath.Join(data, "postgresql.auto.conf"), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(settings, "restore_command = 'cp %s/%%f %%p'\nrecovery_target_time = '%s'\nrecovery_target_action = 'promote'\nhot_standby = off\n",
		s.archive(), moment)
	if err := errors.Join(settings.Close(), os.WriteFile(filepath.Join(data, "recovery.signal"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	s.giveAway(t, data)
	_, db := startPrivate(t, embedded.Options{DataDir: folder})
	return db
}

// giveAway makes the user that the first server runs as the owner of files that root copied.
func (s *archivedShop) giveAway(t *testing.T, folder string) {
	t.Helper()
	info, err := os.Stat(s.data())
	if err != nil {
		t.Fatal(err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return
	}
	err = filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, int(owner.Uid), int(owner.Gid)))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// copyFolder copies files that somebody may be writing to, without what is to be left out: files that go meanwhile were not needed.
func copyFolder(t *testing.T, from, to string, leaveOut func(path string) bool) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		inside, pathErr := filepath.Rel(from, path)
		if err = errors.Join(err, pathErr); err != nil {
			return err
		}
		target := filepath.Join(to, inside)
		switch {
		case leaveOut(inside) && entry.IsDir():
			return fs.SkipDir
		case leaveOut(inside):
			return nil
		case entry.IsDir():
			return os.MkdirAll(target, 0o700)
		}
		return copyFile(path, target)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
