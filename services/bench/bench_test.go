package bench

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/aisle-retail/aisle/services/app"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// startServer serves as `aisle serve` does.
func startServer(ctx context.Context, databaseURL string) (addr, token string, stop func(), err error) {
	token = app.NewKey()
	keys, err := app.ParseKeyEntries(app.KeyEntry{
		Name: "bench", Kind: "staff", Key: token, Locations: []string{"*"}, Channels: []string{"*"},
	})
	if err != nil {
		return "", "", nil, err
	}
	config, err := app.LoadConfig(func(name string) string {
		return map[string]string{"AISLE_GRPC_ADDR": "127.0.0.1:0", "AISLE_HTTP_ADDR": "127.0.0.1:0"}[name]
	})
	if err != nil {
		return "", "", nil, err
	}
	config.Gateway = false
	config.Services = []string{"catalog", "locations", "stock", "orders"}
	config.DemandEvery = 0
	server, err := app.Start(ctx, config, databaseURL, keys, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", "", nil, err
	}
	return server.GRPCAddr(), token, func() { _ = server.Stop(context.Background()) }, nil
}

// TestStage goes through everything but the measuring, on one stage, since starting it takes seconds.
func TestStage(t *testing.T) {
	ctx := t.Context()
	s, err := newStage(ctx, Options{Out: io.Discard, StartServer: startServer, filled: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	t.Run("sells the last units once, in process and over gRPC", func(t *testing.T) {
		if err := s.drill(ctx, io.Discard); err != nil {
			t.Error(err)
		}
	})
	t.Run("forgets while somebody reads the same tables in another order", func(t *testing.T) { forgetBeside(t, s) })
	t.Run("places orders, and as many rows and bytes by hand as by Aisle", func(t *testing.T) {
		if err := s.tidy(ctx); err != nil {
			t.Fatal(err)
		}
		for _, hot := range []bool{false, true} {
			c := cell{order3, hot, 4, []side{sameWork, overGRPC}}
			if err := s.round(ctx, &result{cell: c, rates: map[side][]float64{}}, 0, time.Second); err != nil {
				t.Fatal(err)
			}
		}
		compareRows(t, s.conn, orderTables)
	})
	t.Run("sells exactly the pairs of a flash sale, and writes as many rows and bytes by hand as by Aisle", func(t *testing.T) {
		if err := s.tidy(ctx); err != nil {
			t.Fatal(err)
		}
		r := &result{cell: saleCell, rates: map[side][]float64{}}
		if err := s.round(ctx, r, 0, time.Second); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s:%s", saleCell, r.last())
		compareRows(t, s.conn, orderTables)
	})
	t.Run("proves each side's slice, and as many rows and bytes by hand as by Aisle", func(t *testing.T) {
		if err := s.tidy(ctx); err != nil {
			t.Fatal(err)
		}
		c := cell{hold, false, 4, []side{sameWork, engine, overGRPC, emptyRPC, bare}}
		results := result{cell: c, rates: map[side][]float64{}}
		if err := s.round(ctx, &results, 0, time.Second); err != nil {
			t.Fatal(err)
		}
		compareRows(t, s.conn, holdTables)
	})
	t.Run("asks for availability", func(t *testing.T) {
		c := cell{availability, false, 4, []side{sameWork, overGRPC}}
		if err := s.round(ctx, &result{cell: c, rates: map[side][]float64{}}, 0, time.Second); err != nil {
			t.Error(err)
		}
	})
	t.Run("asks for availability in the chain", func(t *testing.T) {
		c := cell{availability, false, 4, []side{overGRPC, chained}}
		if err := s.round(ctx, &result{cell: c, rates: map[side][]float64{}}, 0, time.Second); err != nil {
			t.Error(err)
		}
	})
	t.Run("takes a delivery of 10,000 lines, and copies as many rows", func(t *testing.T) {
		r := &result{cell: deliveryCell, rates: map[side][]float64{}}
		if err := s.round(ctx, r, 0, time.Millisecond); err != nil {
			t.Fatal(err)
		}
		var units int64
		err := s.chain.conn.QueryRow(ctx, "select sum(available) - count(*) * $1 from stock_levels where location = $2",
			unitsChain, placeCodes[firstPlace]).Scan(&units)
		if err != nil {
			t.Fatal(err)
		}
		if want := int64(linesPerDelivery * unitsPerLine); units != want {
			t.Errorf("%d units came to the first place, want %d", units, want)
		}
	})
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) { provoke(t, s, fault.sql, fault.complaint) })
	}
}

// forgetBeside reads one of the tables that are forgotten, then an earlier one once the stage is at them.
func forgetBeside(t *testing.T, s *stage) {
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, s.server.URL(databaseName))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	do := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	// Where the two wait for each other, Postgres shall fail the stage: the reader waits longer before it looks for a deadlock.
	do("set deadlock_timeout = '30s'")
	do("begin")
	do("select count(*) from requests")
	var begun time.Time
	if err := conn.QueryRow(ctx, "select clock_timestamp()").Scan(&begun); err != nil {
		t.Fatal(err)
	}
	pid, forgot := s.conn.PgConn().PID(), make(chan error, 1)
	go func() { forgot <- s.tidy(ctx) }()
	for at := false; !at; {
		// The view is kept for a transaction unless it is told not to be.
		do("select pg_stat_clear_snapshot()")
		err := conn.QueryRow(ctx, "select query_start > $2 and query ~ '(lock table|truncate) ' from pg_stat_activity where pid = $1", pid, begun).Scan(&at)
		if err != nil {
			t.Fatal(err)
		}
	}
	do("select count(*) from holds")
	do("commit")
	if err := <-forgot; err != nil {
		t.Error(err)
	}
}

// bytesSQL tells how many rows there are per hold in a table and how long the longest is, for holds by hand and for those by Aisle.
const bytesSQL = `
select r.fingerprint = repeat('f', 32)::bytea as by_hand, count(*)::float8 / count(distinct r.id), max(pg_column_size(t.*))::float8
from requests r
join ledger_transactions x on x.request_id = r.id
join %s t on %s
group by 1 order by 1`

// The tables that an act writes, with how their rows belong to a request r and its transaction x.
var (
	holdTables = map[string]string{
		"requests": "t.id = r.id", "ledger_transactions": "t.id = x.id", "ledger_entries": "t.transaction_id = x.id",
		"events": "t.transaction_id = x.id", "holds": "'hold/' || t.id = x.cause", "hold_lines": "'hold/' || t.hold_id = x.cause",
	}
	orderTables = map[string]string{
		"requests": "t.id = r.id", "ledger_transactions": "t.id = x.id", "ledger_entries": "t.transaction_id = x.id",
		"events": "t.transaction_id = x.id", "orders": "'order/' || t.id = x.cause", "order_lines": "'order/' || t.order_id = x.cause",
		"order_taxes": "'order/' || t.order_id = x.cause", "order_payments": "'order/' || t.order_id = x.cause",
		"names": "'order/' || t.entity = x.cause", "fulfilments": "'order/' || t.order_id = x.cause",
	}
)

func compareRows(t *testing.T, conn *pgx.Conn, tables map[string]string) {
	t.Helper()
	for table, join := range tables {
		type size struct {
			ByHand      bool
			Rows, Bytes float64
		}
		rows, err := conn.Query(t.Context(), fmt.Sprintf(bytesSQL, table, join))
		if err != nil {
			t.Fatal(err)
		}
		sizes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[size])
		if err != nil {
			t.Fatal(err)
		}
		if len(sizes) != 2 {
			t.Fatalf("%s: %v, want holds of both", table, sizes)
		}
		// Times in JSON end where their zeros begin, so that what is written in one time of ten is shorter, several times over. All that one
		// batch writes has one time: an average says more of the times than of the rows.
		if aisle, byHand := sizes[0], sizes[1]; aisle.Rows != byHand.Rows || math.Abs(aisle.Bytes-byHand.Bytes) > 1 {
			t.Errorf("%s: Aisle writes %v rows of %v bytes per hold, same_work.sql %v of %v",
				table, aisle.Rows, aisle.Bytes, byHand.Rows, byHand.Bytes)
		}
	}
}

// faults are what the auditor must find when it happens during a slice.
var faults = []struct{ name, sql, complaint string }{
	{"finds an oversold position", "update stock_levels set available = -1 where location = 'loc-007' and sku = 'sku-007'", "is oversold by 1"},
	{"finds units that came from nowhere", "update stock_levels set available = available + 1 where location = 'loc-007'", "units and has"},
	{"finds units that are held for nobody", `update stock_levels set available = available - 1, held = held + 1
		where location = 'loc-007'`, "holds 1 more units, and there are holds of 0"},
	{"finds a hold that nobody acknowledged", `with made as (
			insert into holds select location, gen_random_uuid(), channel, owner, state, clock_timestamp() + interval '24 hours',
				recorded_at, version, seal from holds limit 1
			returning location, id
		)
		insert into hold_lines select location, id, 1, 'sku-007', 1, 0 from made`, "0 holds were acknowledged, and there are 1 of 1 units"},
	{"finds a bare unit without a journal", "update bench_levels set held = held + 1 where sku = 'sku-007'", "are held and journaled"},
}

// provoke spoils the database during a slice, and wants the auditor to complain.
func provoke(t *testing.T, s *stage, sql, complaint string) {
	t.Helper()
	ctx := t.Context()
	if err := s.auditor.before(ctx); err != nil {
		t.Fatal(err)
	}
	tx, err := s.conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(ctx, sql); err != nil {
		t.Fatal(err)
	}
	err = s.auditor.after(ctx, engine, outcome{})
	if err == nil || !strings.Contains(err.Error(), complaint) {
		t.Errorf("got %v, want %q", err, complaint)
	}
}
