package events_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	"github.com/aisle-retail/aisle/services/events"
	"github.com/aisle-retail/aisle/services/horizon"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// log is an event log of its own, with its service.
type log struct {
	*events.Server
	t       *testing.T
	db      *postgres.DB
	horizon *horizon.Horizon
	at      *pgtest.Database
}

// openLog starts a service on a database of its own.
func openLog(t *testing.T, config events.Config) *log {
	t.Helper()
	at := pgtest.New(t)
	l := &log{t: t, at: at, db: openDatabase(t, at)}
	l.horizon = horizon.New(l.db, slog.New(slog.DiscardHandler))
	l.Server = events.New(l.db, l.horizon, config)
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		l.horizon.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-stopped
	})
	return l
}

func openDatabase(t *testing.T, at *pgtest.Database) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Config{URL: at.URL, Writers: 4, Readers: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// engine starts an engine of its own, as another process would.
func (l *log) engine() *ledger.Engine {
	l.t.Helper()
	engine := ledger.NewEngine(openDatabase(l.t, l.at).Store(), ledger.Config{
		Lanes: 3, Alarmed: func(err error) { l.t.Error(err) },
	})
	l.t.Cleanup(func() {
		if err := engine.Close(context.Background()); err != nil {
			l.t.Error(err)
		}
	})
	return engine
}

// connect opens a connection beside the service's own.
func (l *log) connect() *pgx.Conn {
	l.t.Helper()
	conn, err := pgx.Connect(l.t.Context(), l.at.URL)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// request gives a command an id of its own.
func request(ctx context.Context) context.Context {
	id := ledger.NewID()
	return ledger.WithRequest(ctx, ledger.Request{ID: id, Fingerprint: [32]byte(append(id[:], id[:]...)), Actor: "test"})
}

// receive books units in, which leaves one event.
func (l *log) receive(engine *ledger.Engine, location string) {
	l.t.Helper()
	if err := receive(l.t.Context(), engine, location); err != nil {
		l.t.Fatal(err)
	}
}

func receive(ctx context.Context, engine *ledger.Engine, location string) error {
	_, err := ledger.Submit(request(ctx), engine, retail.MoveStock{
		Transaction: ledger.NewID(), Kind: retail.KindReceive, Location: location, Lines: []retail.Line{{SKU: "RED-42", Quantity: 1}},
	})
	return err
}

// list reads a page.
func (l *log) list(req *pb.ListEventsRequest) *pb.ListEventsResponse {
	l.t.Helper()
	answer, err := l.ListEvents(l.t.Context(), req)
	if err != nil {
		l.t.Fatal(err)
	}
	return answer
}

// subjects is on how few rows the writers meet, and writers how many there are of each sort.
const (
	subjects = 20
	writers  = 8
	writing  = 2500 * time.Millisecond
)

// putChannel writes a channel through an engine: the next version of one of few subjects, whoever else writes it.
func putChannel(ctx context.Context, engine *ledger.Engine, n int) error {
	_, err := ledger.Submit(request(ctx), engine, retail.PutChannel{Transaction: ledger.NewID(), Channel: retail.Channel{
		Code: fmt.Sprintf("channel-%d", n), Name: ledger.NewID().String(), Kind: "APP", HoldTime: time.Minute,
	}})
	return err
}

// rawWriter writes events of stock levels, used here as rows to lock, as the engine does, but with work between the drawing of
// the seq and the commit, so that commits come in another order than numbers.
func rawWriter(ctx context.Context, conn *pgx.Conn, n int) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		var version int64
		subject := fmt.Sprintf("raw-%d", n)
		err := tx.QueryRow(ctx, `update stock_levels set version = version + 1 where location = 'raw' and sku = $1 returning version`,
			subject).Scan(&version)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into events (shard, kind, subject, version, transaction_id, recorded_at, body, seal)
			values ('raw', 'Raw', $1, $2, gen_random_uuid(), now(), '{}', 0)`, subject, version); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "select pg_sleep(random() * 0.02)")
		return err
	})
}

// tally is what a follower has seen.
type tally struct {
	versions         map[string]int64
	seen             map[string]bool
	inverted, missed int
	twice            int
}

func (t *tally) note(subject string, version int64) {
	key := fmt.Sprint(subject, " ", version)
	switch last := t.versions[subject]; {
	case t.seen[key]:
		t.twice++
	case version < last:
		t.inverted++
	case version > last+1:
		t.missed++
	}
	t.seen[key] = true
	t.versions[subject] = max(t.versions[subject], version)
}

func newTally() *tally { return &tally{versions: map[string]int64{}, seen: map[string]bool{}} }

// TestOrder has sixteen writers on twenty subjects of each sort, through two engines and through raw transactions, while
// followers read along: one by cursor through the service, and one naively, by seq alone.
//
// The naive follower is there to show that this test can fail. It loses events in every run: 1,366 of 9,188 where this was
// written, 15 percent. The service loses none and inverts none.
func TestOrder(t *testing.T) {
	l := openLog(t, events.Config{})
	setUp := l.connect()
	for n := range subjects {
		if _, err := setUp.Exec(t.Context(), `insert into stock_levels values ('raw', $1, 0, 0, 0, 0, 0, 0, 0, 0, now(), 0)`,
			fmt.Sprintf("raw-%d", n)); err != nil {
			t.Fatal(err)
		}
	}
	writingCtx, stop := context.WithTimeout(t.Context(), writing)
	defer stop()
	var written sync.WaitGroup
	var done atomic.Bool
	engines := []*ledger.Engine{l.engine(), l.engine()}
	for w := range writers {
		written.Go(func() {
			for n := w; writingCtx.Err() == nil; n++ {
				if err := putChannel(t.Context(), engines[w%2], n%subjects); err != nil {
					t.Error(err)
					return
				}
			}
		})
		conn := l.connect()
		written.Go(func() {
			for n := w; writingCtx.Err() == nil; n++ {
				if err := rawWriter(t.Context(), conn, n%subjects); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	go func() {
		written.Wait()
		done.Store(true)
	}()
	service, naive := newTally(), newTally()
	var following sync.WaitGroup
	following.Go(func() { follow(l, service, &done) })
	following.Go(func() { followNaively(l, naive, &done) })
	following.Wait()

	var all int
	if err := setUp.QueryRow(t.Context(), "select count(*) from events").Scan(&all); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d events; by seq alone: %d lost, %d inverted; by the service: %d lost, %d inverted",
		all, all-len(naive.seen), naive.inverted, all-len(service.seen), service.inverted)
	if lost := all - len(service.seen); lost != 0 || service.inverted+service.missed+service.twice != 0 || all < 100 {
		t.Errorf("of %d events %d were lost, %d were inverted, %d came after a gap, %d came twice",
			all, lost, service.inverted, service.missed, service.twice)
	}
	if len(naive.seen) == all {
		t.Error("reading by seq alone lost nothing, so that this test proves nothing")
	}
}

// follow reads by cursor until a page that began after the writers had ended reached the end.
func follow(l *log, seen *tally, done *atomic.Bool) {
	cursor := ""
	for {
		last := done.Load()
		page, err := l.ListEvents(l.t.Context(), &pb.ListEventsRequest{Cursor: cursor, PageSize: 500})
		if err != nil {
			l.t.Error(err)
			return
		}
		for _, event := range page.GetEvents() {
			seen.note(event.GetSubject(), event.GetVersion())
		}
		if cursor = page.GetNextCursor(); last && page.GetEndReached() {
			return
		}
	}
}

// followNaively reads what comes after the highest seq that it saw, as one would at first.
func followNaively(l *log, seen *tally, done *atomic.Bool) {
	const everything = 1 << 62
	at := int64(0)
	for {
		last := done.Load()
		found, err := l.db.EventsBetween(l.t.Context(), at, everything, ledger.LogFilter{}, 500)
		if err != nil && !errors.Is(err, context.Canceled) {
			l.t.Error(err)
			return
		}
		for _, event := range found {
			seen.note(event.Subject, event.Version)
			at = event.Seq
		}
		if last && len(found) == 0 {
			return
		}
	}
}
