package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/protobuf/proto"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/migrations"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
)

// TestUpgradeFromTheVersionBefore takes a shop that trades from the version before to this one, as its operator would: migrate,
// start the new beside the old, stop the old.
func TestUpgradeFromTheVersionBefore(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the version before")
	}
	binary, commit := versionBefore(t)
	t.Logf("the version before is %s", commit)
	db := emptyDatabase(t)
	if out, err := as(program(t.Context(), db, "migrate"), binary).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	refusesAnOlderSchema(t, db)
	before := startServing(t, "version before", binary, db)
	l := startLoad(t, before)
	l.until(before, 200)

	began := time.Now()
	var migrating sync.WaitGroup
	for range 2 {
		migrating.Go(func() {
			if out, err := program(t.Context(), db, "migrate").CombinedOutput(); err != nil {
				t.Errorf("migrate: %v\n%s", err, out)
			}
		})
	}
	migrating.Wait()
	took := time.Since(began)
	l.until(before, 200)

	after := startServing(t, "new version", "", db)
	l.join(after)
	l.until(after, 300)
	l.until(before, 300)
	before.end(t, l, syscall.SIGTERM)
	l.until(after, 300)
	l.stop()
	t.Logf("migrated in %s; %d acknowledged writes; the version before answered %d calls, the new %d; %d were asked again of the other",
		took.Round(time.Millisecond), len(l.acts), before.answered, after.answered, l.retried)
	l.prove(db, after, before, after)
}

// refusesAnOlderSchema fails unless this version says what to do where it is started too early.
func refusesAnOlderSchema(t *testing.T, db *pgtest.Database) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), db.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	ours, err := fs.Glob(migrations.Files, "*.up.sql")
	if err != nil {
		t.Fatal(err)
	}
	if schemaAt(t, conn) == fmt.Sprint(len(ours)) {
		return // this version has brought no migration yet
	}
	if out := runProgram(t, db, t.TempDir(), false, "serve"); !strings.Contains(out, "run `aisle migrate`") {
		t.Errorf("on an older schema it says: %s", out)
	}
}

// TestUpgradeToTheNextVersion takes a shop that trades with this version one step further: a migration as the design asks for, and
// after it a second process, which the first one dies beside.
func TestUpgradeToTheNextVersion(t *testing.T) {
	db, conn, _ := emptyBooks(t)
	first := startServing(t, "first process", "", db)
	l := startLoad(t, first)
	l.until(first, 200)

	at := schemaAt(t, conn)
	t.Run("gives up where a table is in use for too long, and nobody notices", func(t *testing.T) {
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), "lock table requests in access share mode"); err != nil { // what a dump takes
			t.Fatal(err)
		}
		_, err = postgres.MigrateFrom(t.Context(), db.OwnerURL, following(t, strings.Replace(nextShape, "5s", "300ms", 1)))
		if failure := (*pgconn.PgError)(nil); !errors.As(err, &failure) || failure.Code != "55P03" {
			t.Errorf("%v, want a lock timeout", err)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		if is := schemaAt(t, conn); is != at {
			t.Errorf("the schema is at %s, and was at %s", is, at)
		}
		l.until(first, 100)
	})

	var migrating sync.WaitGroup
	began := time.Now()
	for range 2 {
		migrating.Go(func() {
			if _, err := postgres.MigrateFrom(t.Context(), db.OwnerURL, following(t, nextShape, nextIndex)); err != nil {
				t.Error(err)
			}
		})
	}
	migrating.Wait()
	took := time.Since(began)
	next := schemaAt(t, conn)
	if next == at {
		t.Errorf("the schema is still at %s", next)
	}
	older := program(t.Context(), db, "migrate")
	older.Env = append(older.Env, "AISLE_DATABASE_URL=") // as whoever migrates is told: the owner's is enough
	if out, err := older.CombinedOutput(); err != nil {
		t.Errorf("migrate: %v\n%s", err, out)
	}
	if is := schemaAt(t, conn); is != next {
		t.Errorf("an older program took the schema from %s to %s", next, is)
	}
	l.until(first, 200)

	second := startServing(t, "second process", "", db)
	l.join(second)
	l.until(second, 300)
	l.until(first, 300)
	first.end(t, l, syscall.SIGKILL)
	l.until(second, 300)
	l.stop()
	t.Logf("migrated in %s; %d acknowledged writes; the first process answered %d calls, the second %d; %d were asked again of the other",
		took.Round(time.Millisecond), len(l.acts), first.answered, second.answered, l.retried)
	l.prove(db, second, first, second)
}

// nextShape widens every table that the load writes to, where rows of the version before are null.
const nextShape = `
set lock_timeout = '5s';
alter table holds add column next_thing text;
alter table orders add column next_thing text;
alter table order_lines add column next_thing int8 check (next_thing > 0);
alter table stock_levels add column next_thing text;
alter table ledger_transactions add column next_thing text;
alter table ledger_entries add column next_thing text;
alter table events add column next_thing text;
alter table requests add column next_thing text;
create table next_things (id uuid not null primary key, seal int8 not null);
grant select, insert on next_things to aisle_app;
`

// nextIndex is built beside those who write.
const nextIndex = `-- Outside of a transaction.
set lock_timeout = '5s';
drop index concurrently if exists ledger_entries_by_asset;
create index concurrently ledger_entries_by_asset on ledger_entries (asset);
`

// following are the migrations of this version and further ones.
func following(t *testing.T, more ...string) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	names, err := fs.Glob(migrations.Files, "*.up.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := migrations.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = &fstest.MapFile{Data: text}
	}
	for i, sql := range more {
		all[fmt.Sprintf("%04d_next.up.sql", len(names)+i+1)] = &fstest.MapFile{Data: []byte(sql)}
	}
	return all
}

// schemaAt is what the schema says of itself.
func schemaAt(t *testing.T, conn *pgx.Conn) (at string) {
	t.Helper()
	err := conn.QueryRow(t.Context(), "select string_agg(version || case when dirty then ' (dirty)' else '' end, ', ') from schema_migrations").Scan(&at)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// prove holds what the clients were told against the books: every acknowledged write is there once, with its units, and nothing
// else is; a repeated request gets its first answer; the audit is clean; nobody raised an alarm.
func (l *load) prove(db *pgtest.Database, last *serving, all ...*serving) {
	l.t.Helper()
	t := l.t
	conn, err := pgx.Connect(t.Context(), db.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, _ := conn.Query(t.Context(), `select request_id::text, string_agg(kind, ' ') from ledger_transactions
		where kind in ('HOLD', 'RELEASE', 'SALE') group by 1`)
	booked := map[string]string{}
	var id, kinds string
	if _, err := pgx.ForEachRow(rows, []any{&id, &kinds}, func() error { booked[id] = kinds; return nil }); err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	available, held := map[string]int64{}, map[string]int64{}
	for id, a := range l.acts {
		told[id] = a.kind
		switch a.kind {
		case "HOLD":
			held[a.sku] += a.units
		case "RELEASE":
			held[a.sku] -= a.units
		case "SALE":
			available[a.sku] -= a.units
		}
	}
	if diff := cmp.Diff(told, booked); diff != "" {
		t.Errorf("writes (-acknowledged +booked):\n%s", diff)
	}
	c := &client{load: l}
	for _, sku := range loadSKUs {
		levels := &stockv1.GetAvailabilityResponse{}
		in := &stockv1.GetAvailabilityRequest{Skus: []string{sku}, Locations: []string{"milan"}}
		if err := last.conn.Invoke(t.Context(), stockv1.StockService_GetAvailability_FullMethodName, in, levels); err != nil {
			t.Fatal(err)
		}
		want := [2]int64{loadStock + available[sku] - held[sku], held[sku]}
		if is := [2]int64{levels.Levels[0].GetAvailable(), levels.Levels[0].GetHeld()}; is != want {
			t.Errorf("%s: available and held are %v, want %v", sku, is, want)
		}
	}
	c.repeat(last, all[0])
	var said bytes.Buffer
	audit := program(t.Context(), db, "audit", "--rest=0")
	audit.Stdout, audit.Stderr = &said, &said
	if err := audit.Run(); err != nil {
		t.Errorf("audit: %v\n%s", err, said.String())
	}
	for _, s := range all {
		s.wantQuiet(t)
	}
}

// repeat sends requests that one server answered to another, and wants the first answer again.
func (c *client) repeat(to, by *serving) {
	c.t.Helper()
	const repeatsMax = 20
	repeated := map[string]int{}
	for _, a := range c.acts {
		if a.by != by || repeated[a.kind] == repeatsMax {
			continue
		}
		repeated[a.kind]++
		again := a.answer.ProtoReflect().New().Interface()
		if err := to.conn.Invoke(c.t.Context(), a.method, a.request, again); err != nil {
			c.t.Errorf("a repeated %s: %v", a.kind, err)
			continue
		}
		same := proto.Equal(a.answer, again)
		if first, ok := a.answer.(*ordersv1.Order); ok { // of which a new version tells more
			second := again.(*ordersv1.Order)
			same = first.Id == second.Id && first.Number == second.Number && proto.Equal(first.GrossTotal, second.GrossTotal)
		}
		if !same {
			c.t.Errorf("a repeated %s was answered %v, and at first %v", a.kind, again, a.answer)
		}
	}
	if len(repeated) != 3 {
		c.t.Errorf("repeated were only %v", repeated)
	}
}
