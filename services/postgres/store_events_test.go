package postgres_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// someEvents fill the log far beyond what fits a page: 5,000 of ten kinds, in fifty shards.
const someEvents = `insert into events (shard, kind, subject, version, transaction_id, recorded_at, body, seal)
	select 'place-' || n % 50, 'Kind' || n % 10, 'subject-' || n, 1, gen_random_uuid(), now(), '{}', 0 from generate_series(1, 5000) n`

func TestEventReads(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	p := startProcess(t, postgres.Config{URL: database.URL})
	owner := newStranger(t, database)
	if newest, xid, err := p.NewestEvent(t.Context(), 0); newest != 0 || xid != 0 || err != nil {
		t.Errorf("an empty log ends at %d, id %d, %v", newest, xid, err)
	}
	owner.exec(someEvents)

	t.Run("an id is drawn for news only, and is above those who wrote them", func(t *testing.T) {
		newest, xid, err := p.NewestEvent(t.Context(), 4999)
		if err != nil || newest != 5000 || xid == 0 {
			t.Errorf("the log ends at %d, id %d, %v", newest, xid, err)
		}
		if wrote := owner.count("select max(xmin::text::int8) from events"); uint64(wrote) >= xid {
			t.Errorf("the id %d is not above the writer's, %d", xid, wrote)
		}
		if newest, xid, err := p.NewestEvent(t.Context(), 5000); err != nil || newest != 5000 || xid != 0 {
			t.Errorf("the log ends at %d, id %d, %v", newest, xid, err)
		}
	})

	t.Run("the oldest writer is one who is open, in whatever database", func(t *testing.T) {
		conn, err := pgx.Connect(t.Context(), pgtest.New(t).OwnerURL)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		var open uint64
		if err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
			if err := tx.QueryRow(t.Context(), "select pg_current_xact_id()::text::int8").Scan(&open); err != nil {
				return err
			}
			oldest, newest, err := p.OldestWriter(t.Context())
			if oldest > open || oldest == 0 || newest != 5000 {
				t.Errorf("the oldest is %d, beyond %d; the log ends at %d", oldest, open, newest)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})

	t.Run("events come by seq, within bounds and through a filter", func(t *testing.T) {
		for _, c := range []struct {
			after, upTo int64
			filter      ledger.LogFilter
			limit       int
			want        []int64
		}{
			{4997, 5000, ledger.LogFilter{}, 10, []int64{4998, 4999, 5000}},
			{4997, 4999, ledger.LogFilter{}, 10, []int64{4998, 4999}},
			{0, 5000, ledger.LogFilter{}, 2, []int64{1, 2}},
			{0, 30, ledger.LogFilter{Kinds: []string{"Kind1", "Kind2"}}, 10, []int64{1, 2, 11, 12, 21, 22}},
			{0, 5000, ledger.LogFilter{Subject: "subject-77"}, 10, []int64{77}},
			{0, 150, ledger.LogFilter{Shard: "place-7"}, 10, []int64{7, 57, 107}},
			{0, 5000, ledger.LogFilter{Shard: "place-8", Subject: "subject-77"}, 10, nil},
		} {
			found, err := p.EventsBetween(t.Context(), c.after, c.upTo, c.filter, c.limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, event := range found {
				got = append(got, event.Seq)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", c, diff)
			}
		}
	})

	t.Run("an event is read as it was written", func(t *testing.T) {
		last := owner.count("select max(seq) from events")
		one := startProcess(t, postgres.Config{URL: database.URL})
		transaction := ledger.NewID()
		if _, err := ledger.Submit(newRequest(), one.engine, retail.PutTaxCategory{
			Transaction: transaction, TaxCategory: retail.TaxCategory{Code: "standard", Name: "Standard"},
		}); err != nil {
			t.Fatal(err)
		}
		found, err := p.EventsBetween(t.Context(), int64(last), int64(last)+100, ledger.LogFilter{}, 10)
		if err != nil || len(found) != 1 {
			t.Fatalf("%v, %v", found, err)
		}
		e := found[0]
		if e.Kind != "TaxCategoryPut" || e.Subject != "tax-category/standard" || e.Version != 1 || e.Transaction != transaction || e.RecordedAt.IsZero() {
			t.Errorf("%+v", e)
		}
	})
}

// TestEventPlans: the log is walked along its index, however much there is, and never sorted.
func TestEventPlans(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	newStranger(t, database).exec(someEvents + "; analyze events")
	conn, err := startProcess(t, postgres.Config{URL: database.URL}).Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), "set plan_cache_mode = force_generic_plan"); err != nil {
		t.Fatal(err)
	}
	for statement, params := range map[string]int{"events_between": 6, "newest_event": 1, "oldest_writer": 0} {
		root, _ := explain(t, conn.Conn(), statement, params)
		root.each(func(p plan) {
			if p.Node == "Sort" || p.Relation == "events" && p.Index != "events_by_seq" {
				t.Errorf("%s: %s of %s by %q", statement, p.Node, p.Relation, p.Index)
			}
		})
	}
}
