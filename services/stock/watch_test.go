package stock_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/horizon"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/stock"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// shelves are a database with the service in front of it, through a connection and without a door.
type shelves struct {
	t      *testing.T
	at     *pgtest.Database
	db     *postgres.DB
	engine *ledger.Engine
}

func openShelves(t *testing.T) *shelves {
	t.Helper()
	s := &shelves{t: t, at: pgtest.New(t)}
	var err error
	if s.db, err = postgres.Open(t.Context(), postgres.Config{URL: s.at.URL, Writers: 4, Readers: 6}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.db.Close)
	s.engine = ledger.NewEngine(s.db.Store(), ledger.Config{Lanes: 3, Alarmed: func(err error) { t.Error(err) }})
	t.Cleanup(func() {
		if err := s.engine.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// serve serves the shelves by a horizon that reads a clock.
func (s *shelves) serve(clock horizon.Clockwork, config stock.Config) (pb.StockServiceClient, *stock.Server) {
	s.t.Helper()
	h := horizon.New(clock, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		h.Run(ctx)
	}()
	service := stock.New(s.engine, s.db, h, config)
	server := grpc.NewServer()
	pb.RegisterStockServiceServer(server, service)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		conn.Close()
		server.Stop()
		stop()
		<-stopped
	})
	return pb.NewStockServiceClient(conn), service
}

// connect opens a connection beside the service's own, as the owner of the schema.
func (s *shelves) connect() *pgx.Conn {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.at.OwnerURL)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func request(ctx context.Context) context.Context {
	id := ledger.NewID()
	return ledger.WithRequest(ctx, ledger.Request{ID: id, Fingerprint: [32]byte(append(id[:], id[:]...)), Actor: "test"})
}

// move moves units of SKUs at a location.
func (s *shelves) move(location string, units int64, skus ...string) {
	s.t.Helper()
	cmd := retail.MoveStock{Transaction: ledger.NewID(), Kind: retail.KindAdjust, Location: location, Cause: "count"}
	for _, sku := range skus {
		cmd.Lines = append(cmd.Lines, retail.Line{SKU: sku, Quantity: units})
	}
	if _, err := ledger.Submit(request(s.t.Context()), s.engine, cmd); err != nil {
		s.t.Error(err)
	}
}

// many are so many SKUs.
func many(n int) (skus []string) {
	for i := range n {
		skus = append(skus, fmt.Sprintf("SKU-%04d", i))
	}
	return skus
}

// picture is what a watcher knows: positions by "location sku", and where it is.
type picture struct {
	t         testing.TB
	available map[string]int64
	versions  map[string]int64
	cursor    string
	whole     bool
	firsts    int
	messages  int
}

func newPicture(t testing.TB) *picture {
	return &picture{t: t, available: map[string]int64{}, versions: map[string]int64{}}
}

// take takes a message in, and finds that no version goes back.
func (p *picture) take(m *pb.WatchStockResponse) {
	if m.GetSnapshot().GetFirst() {
		p.firsts++
		p.whole = false
	}
	for _, position := range append(m.GetSnapshot().GetPositions(), m.GetChange().GetPositions()...) {
		key := position.GetLevel().GetLocation() + " " + position.GetLevel().GetSku()
		if before := p.versions[key]; position.GetVersion() < before {
			p.t.Errorf("%s went from version %d back to %d", key, before, position.GetVersion())
		}
		p.versions[key], p.available[key] = position.GetVersion(), position.GetLevel().GetAvailable()
	}
	p.whole = p.whole || m.GetSnapshot().GetLast()
	p.cursor = m.GetCursor()
	p.messages++
}

// seq is the place in the log of the picture's cursor.
func (p *picture) seq() int64 {
	text, err := base64.RawURLEncoding.DecodeString(p.cursor)
	if err != nil || len(text) < 8 {
		p.t.Fatalf("a cursor %q: %v", p.cursor, err)
	}
	return int64(binary.BigEndian.Uint64(text))
}

// books are what positions come to by the acts that the log has up to a seq.
func (s *shelves) books(conn *pgx.Conn, seq int64) map[string]int64 {
	s.t.Helper()
	found, err := conn.Query(s.t.Context(), `
		select e.location || ' ' || e.asset, sum(case when e.to_account = 'available' then e.quantity else -e.quantity end)::int8
		from (select distinct transaction_id from events where seq <= $1) v
		join ledger_entries e on e.transaction_id = v.transaction_id group by 1`, seq)
	if err != nil {
		s.t.Fatal(err)
	}
	all := map[string]int64{}
	var key string
	var units int64
	if _, err := pgx.ForEachRow(found, []any{&key, &units}, func() error { all[key] = units; return nil }); err != nil {
		s.t.Fatal(err)
	}
	return all
}

// newest is the seq of the newest event.
func (s *shelves) newest(conn *pgx.Conn) (seq int64) {
	s.t.Helper()
	if err := conn.QueryRow(s.t.Context(), "select coalesce(max(seq), 0) from events").Scan(&seq); err != nil {
		s.t.Fatal(err)
	}
	return seq
}

// follow watches until the picture is whole and at a seq or beyond, or the context ends. It breaks the stream after so many
// messages and goes on from its cursor; 0: never.
func (p *picture) follow(ctx context.Context, service pb.StockServiceClient, req *pb.WatchStockRequest, until func(*picture) bool, breaks int) error {
	for {
		ctx, cancel := context.WithCancel(ctx)
		req.Cursor = p.cursor
		stream, err := service.WatchStock(ctx, req)
		for n := 0; err == nil; n++ {
			if breaks > 0 && n == breaks {
				break
			}
			var m *pb.WatchStockResponse
			if m, err = stream.Recv(); err == nil {
				if p.take(m); until(p) {
					cancel()
					return nil
				}
			}
		}
		cancel()
		if err != nil && status.Code(err) != codes.Canceled {
			return err
		}
	}
}

func wholeAt(seq int64) func(*picture) bool {
	return func(p *picture) bool { return p.whole && p.seq() >= seq }
}

// beatsOften has watchers move on although nothing that they see changes.
var beatsOften = stock.Config{Heartbeat: 20 * time.Millisecond}

// rawMove moves a unit as the engine does, in a transaction that draws the event's number and commits some time later: so commits come
// in another order than numbers.
func rawMove(ctx context.Context, conn *pgx.Conn, sku string) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := rawWrite(ctx, tx, sku); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "select pg_sleep(random() * 0.02)")
		return err
	})
}

// rawWrite writes such a movement, with its event's number drawn.
func rawWrite(ctx context.Context, tx pgx.Tx, sku string) error {
	var version int64
	if err := tx.QueryRow(ctx, `update stock_levels set version = version + 1, available = available + 1
		where location = 'raw' and sku = $1 returning version`, sku).Scan(&version); err != nil {
		return err
	}
	var id string
	if err := tx.QueryRow(ctx, `insert into ledger_transactions values ('raw', gen_random_uuid(), 'ADJUST', now(), now(), 'x', '',
		gen_random_uuid(), '', 1, 0) returning id::text`).Scan(&id); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into ledger_entries values ('raw', $1::uuid, 1, 'found', 'available', $2, 1, $3, 0)`,
		id, sku, version); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into events (shard, kind, subject, version, transaction_id, recorded_at, body, seal)
		values ('raw', 'Raw', $1::text, 1, $1::uuid, now(), '{}', 0)`, id)
	return err
}

// credulous is a clock that takes for done whoever drew a number: a reader that goes by the newest committed number alone.
type credulous struct{ *postgres.DB }

func (c credulous) OldestWriter(ctx context.Context) (xid uint64, newest int64, err error) {
	_, newest, err = c.DB.OldestWriter(ctx)
	return math.MaxUint64, newest, err
}

// overtaken moves a raw position while another movement, whose event has a later number, is committed before it and seen by meanwhile.
func (s *shelves) overtaken(sku string, meanwhile func(newest int64)) {
	s.t.Helper()
	first, second := s.connect(), s.connect()
	if err := pgx.BeginFunc(s.t.Context(), first, func(tx pgx.Tx) error {
		if err := rawWrite(s.t.Context(), tx, sku); err != nil {
			return err
		}
		if err := rawMove(s.t.Context(), second, "RAW-0"); err != nil {
			return err
		}
		meanwhile(s.newest(second))
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
}

// TestWatchOrder has writers on few positions, through the engine and through raw transactions that commit in another order than
// their events are numbered, while watchers come, break off, and come again. Each ends on what the books come to, no version
// goes back, and what a watcher knows at any cursor is what the books come to at that place in the log.
//
// A watcher of a service that goes by the newest number alone ends on wrong numbers, which shows that this test can fail.
func TestWatchOrder(t *testing.T) {
	s := openShelves(t)
	const raws, positions, writing = 200, 12, 2 * time.Second // and one raw position that is moved once
	setUp := s.connect()
	if _, err := ledger.Submit(request(t.Context()), s.engine, retail.PutLocation{Transaction: ledger.NewID(), Location: retail.Location{
		Code: "raw", Name: "Raw", Kind: "STORE", TimeZone: "UTC", Currency: "EUR", TaxJurisdiction: "IT",
	}}); err != nil {
		t.Fatal(err)
	}
	for n := range raws + 1 {
		if _, err := setUp.Exec(t.Context(), `insert into stock_levels values ('raw', $1, 0, 0, 0, 0, 0, 0, 0, 0, now(), 0)`,
			fmt.Sprintf("RAW-%d", n)); err != nil {
			t.Fatal(err)
		}
	}
	s.move("milan", 1, many(700)...) // more than a part
	writingCtx, stop := context.WithTimeout(t.Context(), writing)
	defer stop()
	var written, following sync.WaitGroup
	var end, passing atomic.Int64 // where all end, and a number that the naive watcher is to have passed
	end.Store(math.MaxInt64)
	passing.Store(math.MaxInt64)
	passed := make(chan struct{})
	for n := range 8 {
		conn := s.connect()
		written.Go(func() {
			for i := n; writingCtx.Err() == nil; i += 8 { // each row is moved a few times, so that what is lost is not told again
				if err := rawMove(t.Context(), conn, fmt.Sprintf("RAW-%d", i%raws)); err != nil {
					t.Error(err)
					return
				}
			}
		})
		written.Go(func() {
			for i := n; writingCtx.Err() == nil; i++ {
				s.move("milan", 1, many(700)[i%positions], many(700)[600+i%positions])
			}
		})
	}
	honest, _ := s.serve(s.db, beatsOften)
	naive, _ := s.serve(credulous{s.db}, beatsOften)
	type cut struct {
		seq       int64
		available map[string]int64
	}
	var mu sync.Mutex
	var cuts []cut
	var once sync.Once
	watch := func(service pb.StockServiceClient, req *pb.WatchStockRequest, breaks int, note bool) *picture {
		p := newPicture(t)
		following.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := p.follow(ctx, service, req, func(p *picture) bool {
				if note && p.whole && p.messages%7 == 0 {
					mu.Lock()
					cuts = append(cuts, cut{p.seq(), maps.Clone(p.available)})
					mu.Unlock()
				}
				if service == naive && p.whole && p.seq() >= passing.Load() {
					once.Do(func() { close(passed) })
				}
				return p.whole && p.seq() >= end.Load()
			}, breaks); err != nil {
				t.Error(err)
			}
		})
		return p
	}
	var all []*picture
	for n := range 6 {
		all = append(all, watch(honest, &pb.WatchStockRequest{}, n*3, true))
	}
	some := watch(honest, &pb.WatchStockRequest{Locations: []string{"raw"}, Skus: nil}, 5, false)
	fooled := watch(naive, &pb.WatchStockRequest{}, 0, false)
	written.Wait()
	s.overtaken(fmt.Sprintf("RAW-%d", raws), func(newest int64) {
		passing.Store(newest)
		select {
		case <-passed:
		case <-time.After(time.Minute):
			t.Error("the naive watcher did not come by")
		}
	})
	end.Store(s.newest(setUp))
	late := watch(honest, &pb.WatchStockRequest{}, 0, false)
	following.Wait()

	want := s.books(setUp, end.Load())
	for i, p := range append(all, late) {
		if diff := cmp.Diff(want, p.available); diff != "" {
			t.Errorf("watcher %d ends on (-books +watcher):\n%s", i, diff)
		}
	}
	for key := range want {
		if key[:4] != "raw " {
			delete(want, key)
		}
	}
	if diff := cmp.Diff(want, some.available); diff != "" {
		t.Errorf("the watcher of one place ends on (-books +watcher):\n%s", diff)
	}
	rand.Shuffle(len(cuts), func(i, j int) { cuts[i], cuts[j] = cuts[j], cuts[i] })
	for _, c := range cuts[:min(len(cuts), 40)] {
		if diff := cmp.Diff(s.books(setUp, c.seq), c.available); diff != "" {
			t.Errorf("at %d a watcher knew (-books +watcher):\n%s", c.seq, diff)
		}
	}
	wrong := 0
	for key, units := range want {
		if fooled.available[key] != units {
			wrong++
		}
	}
	t.Logf("%d events, %d cuts; by the newest number alone a watcher ended on %d wrong numbers of %d", end.Load(), len(cuts), wrong, len(want))
	if wrong == 0 {
		t.Error("going by the newest number alone lost nothing, so that this test proves nothing")
	}
}

// TestWatchStall: while a writer is open a snapshot comes at once, of what is closed, and what is held up comes later.
func TestWatchStall(t *testing.T) {
	s := openShelves(t)
	service, _ := s.serve(s.db, beatsOften)
	s.move("milan", 5, "HAT")
	if err := newPicture(t).follow(t.Context(), service, &pb.WatchStockRequest{}, wholeAt(1), 0); err != nil {
		t.Fatal(err)
	}
	writer := s.connect()
	if _, err := writer.Exec(t.Context(), "begin; select pg_current_xact_id()"); err != nil {
		t.Fatal(err)
	}
	s.move("milan", 2, "HAT")
	s.move("milan", 2, "SOCK")
	p := newPicture(t)
	if err := p.follow(t.Context(), service, &pb.WatchStockRequest{}, func(p *picture) bool { return p.whole }, 0); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{"milan HAT": 5}, p.available); diff != "" {
		t.Errorf("(-closed +watcher):\n%s", diff)
	}
	if _, err := writer.Exec(t.Context(), "rollback"); err != nil {
		t.Fatal(err)
	}
	if err := p.follow(t.Context(), service, &pb.WatchStockRequest{}, wholeAt(3), 0); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{"milan HAT": 7, "milan SOCK": 2}, p.available); diff != "" {
		t.Errorf("(-books +watcher):\n%s", diff)
	}
}

// TestWatchSlowReader: one that does not read is cut off with the reason, keeps nobody else waiting, and goes on without loss.
func TestWatchSlowReader(t *testing.T) {
	s := openShelves(t)
	skus := many(900)
	s.move("milan", 1, skus...)
	service, _ := s.serve(s.db, stock.Config{QueueMax: 2, Heartbeat: 20 * time.Millisecond})
	setUp := s.connect()
	slow, err := service.WatchStock(t.Context(), &pb.WatchStockRequest{})
	if err != nil {
		t.Fatal(err)
	}
	p := newPicture(t)
	first, err := slow.Recv()
	if err != nil {
		t.Fatal(err)
	}
	p.take(first)
	// It reads no more. Another sees batch after batch, each larger than a stream's window.
	quick := newPicture(t)
	for range 12 {
		s.move("milan", 1, skus...)
		if err := quick.follow(t.Context(), service, &pb.WatchStockRequest{}, wholeAt(s.newest(setUp)), 0); err != nil {
			t.Fatal(err)
		}
	}
	for err == nil {
		var m *pb.WatchStockResponse
		if m, err = slow.Recv(); err == nil {
			p.take(m)
		}
	}
	if status.Code(err) != codes.Unknown || status.Convert(err).Message() != retail.Refuse(retail.ReaderTooSlow,
		"You read more slowly than the stock changes. Go on from the last cursor.").Error() {
		t.Fatalf("the slow reader ended with %v", err) // the door, which is not here, makes a status of it
	}
	if err := p.follow(t.Context(), service, &pb.WatchStockRequest{}, wholeAt(s.newest(setUp)), 0); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.books(setUp, math.MaxInt64), p.available); diff != "" || p.firsts != 1 {
		t.Errorf("after it went on, %d snapshots, (-books +watcher):\n%s", p.firsts, diff)
	}
}

// TestWatchResume breaks off a snapshot in the middle of its parts, moves everything, and goes on.
func TestWatchResume(t *testing.T) {
	s := openShelves(t)
	s.move("milan", 1, many(950)...)
	s.move("rome", 1, many(950)...)
	service, _ := s.serve(s.db, beatsOften)
	setUp := s.connect()
	p := newPicture(t)
	if err := p.follow(t.Context(), service, &pb.WatchStockRequest{}, func(p *picture) bool { return p.messages == 2 }, 0); err != nil {
		t.Fatal(err)
	}
	if len(p.available) != 1000 || p.whole {
		t.Fatalf("two parts have %d positions, whole %v", len(p.available), p.whole)
	}
	s.move("milan", 2, many(950)...)
	s.move("rome", 3, many(950)...)
	if err := p.follow(t.Context(), service, &pb.WatchStockRequest{}, wholeAt(s.newest(setUp)), 0); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.books(setUp, math.MaxInt64), p.available); diff != "" || p.firsts != 1 {
		t.Errorf("%d snapshots, (-books +watcher):\n%s", p.firsts, diff)
	}

	t.Run("a cursor is of its watch, and of its log", func(t *testing.T) {
		for _, req := range []*pb.WatchStockRequest{
			{Cursor: p.cursor, Channel: "web"}, {Cursor: "B" + p.cursor[1:]}, {Cursor: p.cursor + p.cursor},
		} {
			stream, err := service.WatchStock(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if m, err := stream.Recv(); err == nil {
				t.Errorf("with %v: %v", req, m)
			}
		}
	})

	t.Run("one from very long ago begins with the snapshot", func(t *testing.T) {
		if _, err := setUp.Exec(t.Context(), `insert into events (shard, kind, subject, version, transaction_id, recorded_at, body, seal)
			select 'x', 'Kind', 'subject-' || n, 1, gen_random_uuid(), now(), '{}', 0 from generate_series(1, 200001) n`); err != nil {
			t.Fatal(err)
		}
		if err := p.follow(t.Context(), service, &pb.WatchStockRequest{}, wholeAt(s.newest(setUp)), 0); err != nil {
			t.Fatal(err)
		}
		if p.firsts != 2 {
			t.Errorf("%d snapshots", p.firsts)
		}
	})
}

// TestWatchersMax: one more than fit is refused, and a stop ends them all.
func TestWatchersMax(t *testing.T) {
	s := openShelves(t)
	service, server := s.serve(s.db, stock.Config{WatchersMax: 2})
	s.move("milan", 1, "HAT")
	var streams []pb.StockService_WatchStockClient
	for range 2 {
		stream, err := service.WatchStock(t.Context(), &pb.WatchStockRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); err != nil {
			t.Fatal(err)
		}
		streams = append(streams, stream)
	}
	third, err := service.WatchStock(t.Context(), &pb.WatchStockRequest{})
	if err == nil {
		_, err = third.Recv()
	}
	if status.Convert(err).Message() != ledger.ErrOverloaded.Error() {
		t.Errorf("the third was answered %v", err)
	}
	server.Stop()
	for _, stream := range streams {
		if _, err := stream.Recv(); status.Convert(err).Message() != ledger.ErrClosed.Error() {
			t.Errorf("a watcher ended with %v", err)
		}
	}
}
