package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestAudit(t *testing.T) {
	t.Parallel()
	t.Run("finds nothing in what the engine wrote", func(t *testing.T) {
		t.Parallel()
		s := newShop(t).open()
		found, summary, err := s.db.Audit(t.Context(), postgres.AuditOptions{})
		if err != nil {
			t.Fatal(err)
		}
		wantNothing(t, found)
		for _, table := range postgres.AuditedTables() {
			if got, want := summary.Rows[table], s.count(table); got != want || want == 0 {
				t.Errorf("%d rows of %s were proved, and there are %d", got, table, want)
			}
		}
	})

	t.Run("finds nothing where there is nothing", func(t *testing.T) {
		t.Parallel()
		wantNothing(t, newShop(t).audit())
	})

	t.Run("finds nothing when it goes row by row", func(t *testing.T) {
		t.Parallel()
		found, err := newShop(t).open().db.AuditInPieces(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		wantNothing(t, found)
	})

	t.Run("knows a position that was made to be locked and not used yet", func(t *testing.T) {
		t.Parallel()
		v := newVandal(t, "stock_levels")
		v.execute("insert into stock_levels values ('milan', 'NEW', 0, 0, 0, 0, 0, 0, 0, 0, '2000-01-01', 0)")
		v.reseal("stock_levels")
		wantNothing(t, v.audit())
	})

	t.Run("notices money that is posted in another book too", func(t *testing.T) {
		t.Parallel()
		v := newVandal(t, "ledger_transactions")
		v.execute(`insert into ledger_transactions
select 'rome', id, kind, occurred_at, recorded_at, actor, channel, request_id, cause, 2, 0 from ledger_transactions
where location = 'milan' and id = ` + firstSale)
		v.execute(`insert into ledger_entries
select 'rome', transaction_id, line, from_account, to_account, asset, quantity, version, 0 from ledger_entries
where location = 'milan' and line in (1, 2) and transaction_id = ` + firstSale)
		v.reseal("ledger_transactions", "ledger_entries")
		found := v.audit()
		for _, f := range found {
			if f.Invariant != "L1" && f.Invariant != "L6" || !strings.Contains(f.What, "milan") {
				t.Error(f)
			}
		}
		if len(found) != 2 {
			t.Errorf("found %v, and not the transaction and its entries", found)
		}
	})
}

// sealedOnly are columns that nothing but their row's seal vouches for, with the reason. A column that something else vouches
// for too does not belong here, and the test says so.
var sealedOnly = map[string]string{
	"barcodes.version":          "a barcode's moves are told with its product, and nobody counts them",
	"ledger_transactions.actor": "who called is written down once",
	"requests.answer":           "what was answered is kept for repeated requests alone",
	"requests.fingerprint":      "what was sent is not kept, only its hash",
}

// spoilt picks the row of a table that is spoilt, where not any will do.
var spoilt = map[string]string{
	// Only the last event of a subject can be compared with what it is about, and only from the second on has seq a meaning.
	"events":              "subject like 'hold/%' and version = 2",
	"ledger_transactions": "kind = 'SALE'",
	"ledger_entries":      "to_account = 'customer'",
	// A case that is settled is history that no sum needs: one that is taken away whole is not missed.
	"oversell_cases": "open_units > 0",
	"counts":         `zones like '%"A"%'`, // one without a name reads the same whatever a zone is called
	// A barcode that stands for nothing any more is not missed either.
	"barcodes": "sku <> ''",
	// Who has a gift card knows its number, and nobody else: that it is another one is vouched for by the seal alone.
	"names": "kind = 'order'",
}

// misdeed is what somebody does to tables behind the engine's back, and the invariant that it breaks.
type misdeed struct{ does, tables, change, invariant string }

// misdeeds break one invariant each, so that it is the one that must be named.
var misdeeds = []misdeed{
	{"moves stock to the attic", "ledger_entries", "update ledger_entries set to_account = 'attic' where to_account = 'available'", "L1"},
	{"holds money", "ledger_entries", "update ledger_entries set to_account = 'held' where to_account = 'tender/CARD'", "L1"},
	{"names a reason that nobody put", "ledger_transactions", "update ledger_transactions set reason = 'fire' where reason = 'flood'", "CATALOGUE"},
	{"changes what was said of a theft", "ledger_transactions", "update ledger_transactions set note = 'the roof' where note is not null", "L9"},
	{"settles a case by what did not", "oversell_cases", "update oversell_cases set settled_by = (select id from ledger_transactions where location = 'rome' and kind = 'SALE' limit 1) where open_units = 0", "L3"},
	{"settles a case that is open by something", "oversell_cases", "update oversell_cases set settled_by = transaction_id where open_units > 0", "L3"},
	{"says that something else broke", "events", `
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"quantity":1', '"quantity":2'), 'UTF8') where kind = 'StockDamaged'`, "L9"},
	{"inspects for no reason", "ledger_transactions", "update ledger_transactions set reason = null where kind = 'INSPECT'", "L1"},
	{"sells what was set apart", "ledger_entries", "update ledger_entries set to_account = 'customer' where to_account = 'quarantine'", "L1"},
	{"gives a reason for a hold", "ledger_transactions", "update ledger_transactions set reason = 'flood' where kind = 'HOLD'", "L1"},
	{"takes a reason away that acts name", "stock_reasons", "delete from stock_reasons", "CATALOGUE"},
	{"books a hold as a delivery", "ledger_transactions", "update ledger_transactions set kind = 'RECEIVE' where kind = 'HOLD'", "L1"},
	{"leaves a line out of a sale", "ledger_entries", "delete from ledger_entries where line = 8 and transaction_id = " + firstSale, "L1"},
	{"sells more than the order says", "ledger_entries", "update ledger_entries set quantity = 4 where to_account = 'customer'", "L1"},
	{"writes a level by hand", "stock_levels", "update stock_levels set available = available + 1 where location = 'milan'", "L2"},
	{"forgets an entry", "ledger_entries", "delete from ledger_entries where from_account = 'supplier'", "L2"},
	{"gives two entries one version", "ledger_entries", "update ledger_entries set version = 2 where version = 1", "L2"},
	{"settles a case that is open", "oversell_cases", "update oversell_cases set open_units = 0", "L3"},
	{"lets a stock account fall below zero", "stock_levels", "update stock_levels set damaged = -1", "L3"},
	{"makes what is there low by no rule", "stock_levels", "update stock_levels set low_below = available + 1 where location = 'milan' and low_below is null and available > 0", "CATALOGUE"},
	{"raises what a position is low by", "stock_levels", "update stock_levels set low_below = low_below + 1 where low_below > 0", "CATALOGUE"},
	{"tells once more that something is low", "stock_levels", "update stock_levels set low_told = low_told + 1 where low_told > 0", "L9"},
	{"forgets that something was low", "events", "delete from events where kind = 'StockLow'", "L9"},
	{"says that what is low is not", "events", "update events set kind = 'StockRecovered' where kind = 'StockLow'", "L9"},
	{"forgets that something was low, and that it was no more", "events stock_levels", `
		with gone as (delete from events where subject = 'low-stock/milan/RED-42')
		update stock_levels set low_told = null where location = 'milan' and sku = 'RED-42'`, "L9"},
	{"says that nothing was low", "events", `
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"low_below":4', '"low_below":0'), 'UTF8') where kind = 'StockLow'`, "L9"},
	{"ends a hold and keeps its goods", "holds", "update holds set state = 'RELEASED' where state = 'HELD'", "L4"},
	{"holds other goods than it did", "hold_lines", "update hold_lines set quantity = quantity + 1", "L4"},
	{"hands over what was not posted", "order_lines", "update order_lines set quantity = 7, fulfilled = 7 where line = 1", "L5"},
	{"takes back more than was sold", "order_lines", "update order_lines set returned = 9", "L5"},
	{"forgets a payment", "order_payments", "delete from order_payments where kind = 'CARD'", "L6"},
	{"moves a cent between tax and net", "order_lines", `update order_lines set net_minor = net_minor - 1, tax_minor = tax_minor + 1
		where line = 1`, "L6"},
	{"charges another rate", "order_taxes", "update order_taxes set ppm = 210000 where ppm = 220000", "L6"},
	{"does one request twice", "ledger_transactions", `update ledger_transactions
		set request_id = (select request_id from ledger_transactions where kind = 'EXPIRE') where kind = 'RELEASE'`, "L8"},
	{"forgets a request", "requests", "delete from requests where id in (select request_id from ledger_transactions)", "L8"},
	{"forgets what a hold did first", "events", "delete from events where kind = 'StockHeld'", "L9"},
	{"tells the end before the beginning", "events", "update events set seq = -seq where version = 2", "L9"},
	{"tells of what did not happen", "events", "update events set transaction_id = gen_random_uuid() where kind = 'PricesPut'", "L9"},
	{"tells less than happened", "events", "delete from events where subject like 'transaction/%'", "L9"},
	{"tells another number of units", "events", `update events
		set body = convert_to(replace(convert_from(body, 'UTF8'), ':20}', ':21}'), 'UTF8')`, "L9"},
	{"gives a number that can't be typed", "names", "update names set value = value || '0'", "NAMES"},
	{"takes a variant from its product", "variants", "update variants set product = 'hat'", "CATALOGUE"},
	{"posts a delivery of nothing", "ledger_transactions ledger_entries", `
		update ledger_transactions set entries = 0 where kind = 'RECEIVE';
		delete from ledger_entries where from_account = 'supplier'`, "L1"},
	{"forgets what a hold was for", "ledger_transactions", "update ledger_transactions set cause = '' where kind = 'HOLD'", "L1"},
	{"backdates a hold", "ledger_transactions", "update ledger_transactions set occurred_at = '2020-01-01' where kind = 'HOLD'", "L1"},
	{"moves nothing", "ledger_entries", "update ledger_entries set quantity = 0", "L1"},
	{"moves money in no currency", "ledger_entries", "update ledger_entries set asset = 'Euro' where asset = 'EUR'", "L1"},
	{"moves units of nothing", "ledger_entries", "update ledger_entries set asset = '' where asset = 'RED-42'", "L1"},
	{"takes away a short position", "stock_levels", "delete from stock_levels where location = 'rome'", "L3"},
	{"keeps a hold beyond its time", "holds", "update holds set expires_at = recorded_at where state = 'HELD'", "L4"},
	{"sells nothing", "order_lines", "update order_lines set quantity = 0, fulfilled = 0", "L5"},
	{"forgets a discount", "order_lines", "update order_lines set discounts = '[]' where line = 1", "L6"},
	{"taxes at another rate than it says", "order_taxes order_lines", `
		update order_taxes set ppm = 210000 where ppm = 220000;
		update order_lines set tax_ppm = 210000 where tax_ppm = 220000`, "L6"},
	{"taxes less than nothing", "order_taxes order_lines", `
		update order_taxes set net_minor = -net_minor; update order_lines set net_minor = -net_minor`, "L6"},
	{"counts events from zero", "events", "update events set version = 0 where kind = 'StockReceived'", "L9"},
	{"writes what can't be read", "products", "update products set variants = '['", "CATALOGUE"},
	{"tells what can't be read", "events", "update events set body = '{'", "L9"},
	{"changes anything at all", "ledger_transactions", "update ledger_transactions set actor = 'nobody'", "SEAL"},
}

const firstSale = "(select id from ledger_transactions where kind = 'SALE' order by id limit 1)"

// TestAuditNotices spoils, in a shop of its own for each table that the engine writes, one row after another way: every
// column, the row taken away, a row made up, and the misdeeds. Tables and columns are those of the schema, so that new ones
// join by themselves.
func TestAuditNotices(t *testing.T) {
	pgtest.WithoutRace(t)
	t.Parallel()
	for _, table := range postgres.AuditedTables() {
		t.Run("what was done to "+table, func(t *testing.T) {
			t.Parallel()
			v := newVandal(t, table)
			left := maps.Clone(sealedOnly)
			for _, c := range v.columns() {
				v.spoilColumn(c)
				delete(left, table+"."+c.name)
			}
			for name := range left {
				if strings.HasPrefix(name, table+".") {
					t.Errorf("there is no column %s", name)
				}
			}
			if found := v.spoil(fmt.Sprintf("delete from %s where %s", table, v.where()), false); len(found) == 0 {
				t.Error("a row was taken away: the audit finds nothing")
			}
			if found := v.spoil(v.forge(), true); len(found) == 0 {
				t.Error("a row was made up, with a seal that fits: the audit finds nothing")
			}
			for _, m := range slices.Concat(misdeeds, tradeMisdeeds, deliveryMisdeeds) {
				tables := strings.Fields(m.tables)
				if tables[0] != table {
					continue
				}
				found := v.spoil(m.change, m.invariant != "SEAL", tables...)
				if !slices.ContainsFunc(found, func(f postgres.Finding) bool { return f.Invariant == m.invariant }) {
					t.Errorf("somebody %s: the audit does not name %s: %v", m.does, m.invariant, found)
				}
			}
			wantNothing(t, v.audit())
		})
	}
	t.Run("every table that there is, and no other", func(t *testing.T) {
		t.Parallel()
		rows, err := newShop(t).owner.Query(t.Context(), `
select table_name from information_schema.tables where table_schema = 'public' and table_name <> 'schema_migrations' order by 1`)
		if err != nil {
			t.Fatal(err)
		}
		tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(tables, postgres.AuditedTables()); diff != "" {
			t.Errorf("tables that there are (-) and that are audited (+):\n%s", diff)
		}
		excepted := slices.Collect(maps.Keys(spoilt))
		for name := range sealedOnly {
			table, _, _ := strings.Cut(name, ".")
			excepted = append(excepted, table)
		}
		for _, m := range slices.Concat(misdeeds, tradeMisdeeds, deliveryMisdeeds) {
			excepted = append(excepted, strings.Fields(m.tables)...)
		}
		for _, table := range excepted {
			if !slices.Contains(postgres.AuditedTables(), table) {
				t.Errorf("the engine writes no %s", table)
			}
		}
	})
}

// spoilColumn changes one column of one row, and expects the audit to name its table; and once more with a seal that fits,
// when something else must tell.
func (v vandal) spoilColumn(c columnOf) {
	v.t.Helper()
	change := fmt.Sprintf("update %s set %s = %s where %s", v.table, c.name, c.other(), v.where())
	if found := v.spoil(change, false); !slices.ContainsFunc(found, func(f postgres.Finding) bool { return f.Table == v.table }) {
		v.t.Errorf("%s was changed: the audit does not name %s: %v", c.name, v.table, found)
	}
	if c.name == "seal" {
		return
	}
	reason, excepted := sealedOnly[v.table+"."+c.name]
	switch found := v.spoil(change, true); {
	case len(found) == 0 && !excepted:
		v.t.Errorf("%s was changed, and the seal made to fit: the audit finds nothing", c.name)
	case len(found) > 0 && excepted:
		v.t.Errorf("the audit finds a changed %s by more than its seal, although %q: %v", c.name, reason, found)
	}
}

func TestAuditBounds(t *testing.T) {
	t.Parallel()
	t.Run("reports a rule once, however many rows break it", func(t *testing.T) {
		t.Parallel()
		v := newVandal(t, "ledger_entries")
		found := v.spoil("update ledger_entries set quantity = quantity + 1", false)
		at := slices.IndexFunc(found, func(f postgres.Finding) bool { return f.Invariant == "SEAL" })
		if at < 0 || found[at].Count != v.count("ledger_entries") || strings.Count(found[at].Row, "/") != 2 {
			t.Errorf("found %v", found)
		}
	})

	t.Run("goes on when a book has more positions and transactions than it keeps", func(t *testing.T) {
		t.Parallel()
		v := newVandal(t, "stock_levels")
		levels := v.count("stock_levels where location = 'milan'")
		v.execute("delete from stock_levels where location = 'milan'")
		v.execute("update events set transaction_id = gen_random_uuid() where subject like 'prices/%'")
		found, err := v.db.AuditInPieces(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		missing := 0
		for _, f := range found {
			if f.Count == levels && strings.Contains(f.What, "there is no level") || f.Count == 2 && strings.Contains(f.What, "nobody was told") {
				missing++
			}
		}
		if missing != 2 {
			t.Errorf("found %v", found)
		}
	})

	t.Run("compares requests and transactions however old they are", func(t *testing.T) {
		t.Parallel()
		v := newVandal(t, "requests")
		v.execute(v.forge())
		v.execute(`update ledger_transactions
set request_id = (select request_id from ledger_transactions where kind = 'RELEASE') where kind = 'EXPIRE'`)
		v.reseal("requests", "ledger_transactions")
		found, err := v.db.AuditInPieces(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		alone, twice := 0, 0
		for _, f := range found {
			if strings.Contains(f.What, "no transaction is for it") {
				alone += int(f.Count)
			}
			if strings.Contains(f.What, "has another transaction") {
				twice += int(f.Count)
			}
		}
		if alone != 2 || twice != 1 {
			t.Errorf("found %v", found)
		}
	})
}

func TestAuditOnTheWay(t *testing.T) {
	t.Parallel()
	t.Run("tells how far it is", func(t *testing.T) {
		t.Parallel()
		s := newShop(t).open()
		last := 0
		_, summary, err := s.db.Audit(t.Context(), postgres.AuditOptions{Rest: 0.1, Progress: func(done, total int, what string) {
			if done < last || done > total || what == "" {
				t.Errorf("%d of %d, %q, after %d", done, total, what, last)
			}
			last = done
		}})
		if err != nil {
			t.Fatal(err)
		}
		rows := int64(0)
		for _, n := range summary.Rows {
			rows += n
		}
		if int64(last) != rows || summary.Books != 4 {
			t.Errorf("%d rows were reported, %d proved, in %d books", last, rows, summary.Books)
		}
	})

	t.Run("stops when it is told to", func(t *testing.T) {
		t.Parallel()
		s := newShop(t).open()
		ctx, cancel := context.WithCancel(t.Context())
		_, _, err := s.db.Audit(ctx, postgres.AuditOptions{Progress: func(int, int, string) { cancel() }})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})

	t.Run("goes on when its connection is lost", func(t *testing.T) {
		t.Parallel()
		s := newShop(t).open()
		lost := false
		found, _, err := s.db.Audit(t.Context(), postgres.AuditOptions{Progress: func(int, int, string) {
			if !lost {
				s.execute(`select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()`)
			}
			lost = true
		}})
		if err != nil {
			t.Fatal(err)
		}
		wantNothing(t, found)
	})
}

// TestAuditWhileOthersWrite audits again and again while writers fight for one row: nothing that they commit meanwhile may
// look wrong.
func TestAuditWhileOthersWrite(t *testing.T) {
	t.Parallel()
	s := newShop(t).open()
	s.card = s.giftCards()
	const writers, rounds, audits = 4, 20, 2
	var busy sync.WaitGroup
	var done atomic.Int32
	for w := range writers {
		busy.Go(func() {
			for round := 0; round < rounds || done.Load() < audits; round++ {
				s.work(fmt.Sprintf("NEW-%d-%d", w, round/10))
			}
		})
	}
	var under atomic.Bool
	under.Store(true)
	go func() {
		busy.Wait()
		under.Store(false)
	}()
	for again := true; again; done.Add(1) {
		again = under.Load()                                                  // and once when all is done
		found, err := s.db.AuditInPieces(t.Context(), 640>>(done.Load()%2*4)) // 640 or 40
		if err != nil {
			t.Fatal(err)
		}
		wantNothing(t, found)
	}
}

// work is one round of a shop: goods come in at a place of their own and at a hot one, are held, given back and sold.
func (s *shop) work(sku string) {
	as(s, retail.MoveStock{
		Transaction: ledger.NewID(), Kind: retail.KindReceive, Location: "milan",
		Lines: []retail.Line{{SKU: sku, Quantity: 1}, {SKU: "RED-42", Quantity: 4}},
	})
	for range 2 {
		held, err := attempt(s, hold("milan", time.Hour, retail.Line{SKU: "RED-42", Quantity: 1}))
		if refusal := (*retail.Refusal)(nil); errors.As(err, &refusal) && refusal.Reason == retail.OutOfStock {
			continue // tills sell beyond what is there
		}
		as(s, retail.EndHold{Hold: held.ID, Transaction: ledger.NewID(), Location: "milan", Lines: held.Lines})
	}
	sold := sale("milan", "till", true)
	sold.Fact = true
	s.sell(sold)
	as(s, retail.PutTaxCategory{Transaction: ledger.NewID(), TaxCategory: retail.TaxCategory{Code: "standard", Name: sku}})
	s.workElsewhere()
}

func wantNothing(t *testing.T, found []postgres.Finding) {
	t.Helper()
	for _, f := range found {
		t.Error(f)
	}
}

// TestAuditWithLittleTime: a page that takes too long is read again as several smaller ones, and nothing of it is left out.
func TestAuditWithLittleTime(t *testing.T) {
	t.Parallel()
	p := startProcess(t, postgres.Config{URL: pgtest.New(t).URL})
	var skus []string
	for i := range 100 {
		skus = append(skus, fmt.Sprintf("SKU-%02d", i))
	}
	do(t, p, delivery("milan", 1, skus...))
	for _, most := range []int{1000, 99, 30, 8} {
		rows, err := p.SlowPages(t.Context(), 500, most)
		if err != nil || rows != len(skus) {
			t.Errorf("where pages of more than %d take too long, %d rows of %d were read: %v", most, rows, len(skus), err)
		}
	}
	if _, err := p.SlowPages(t.Context(), 500, 0); err == nil {
		t.Error("pages that all take too long end well")
	}
}
