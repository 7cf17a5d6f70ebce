package demand

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// looks is a search for some words, which finds nothing.
func (r *Recorder) looks(words string) {
	r.Observe(&catalogpb.SearchProductsRequest{Query: words}, &catalogpb.SearchProductsResponse{}, nil)
}

// times is how often all that a recorder would record was looked for, and how many lines it is.
func times(all []retail.RecordDemand) (lines int, times int64) {
	for _, one := range all {
		lines += len(one.Lines)
		for _, line := range one.Lines {
			times += line.Times
		}
	}
	return lines, times
}

func TestMemory(t *testing.T) {
	t.Run("loses nothing that is seen at once", func(t *testing.T) {
		r := NewRecorder()
		var looking sync.WaitGroup
		for range 20 {
			looking.Go(func() {
				for range 50 {
					r.looks("hat")
				}
			})
		}
		looking.Wait()
		if lines, times := times(r.take()); lines != 1 || times != 1000 {
			t.Errorf("%d lines, %d times", lines, times)
		}
		if lines, _ := times(r.take()); lines != 0 {
			t.Errorf("%d lines are there again", lines)
		}
	})
	t.Run("has room for so many things, and says what is left out", func(t *testing.T) {
		r := NewRecorder()
		for i := range LinesMax + 10 {
			r.looks(fmt.Sprintf("word%d", i))
		}
		r.looks("word1")
		all := r.take()
		if lines, times := times(all); lines != LinesMax || times != LinesMax+1 || r.Dropped() != 10 {
			t.Errorf("%d lines, %d times, %d dropped", lines, times, r.Dropped())
		}
		for _, one := range all {
			if _, err := retail.NewRecordDemand(one); err != nil {
				t.Errorf("a record of %d lines: %v", len(one.Lines), err)
			}
		}
	})
	t.Run("takes nothing from what failed otherwise, and from further pages", func(t *testing.T) {
		r := NewRecorder()
		r.Observe(&catalogpb.SearchProductsRequest{Query: "hat"}, (*catalogpb.SearchProductsResponse)(nil), errors.New("lost"))
		r.Observe(&catalogpb.SearchProductsRequest{Query: "hat", PageToken: "x"}, &catalogpb.SearchProductsResponse{}, nil)
		r.Observe(&catalogpb.SearchProductsRequest{Query: " ... "}, &catalogpb.SearchProductsResponse{}, nil)
		r.Observe(&stockpb.HoldStockRequest{}, nil, retail.Refuse(retail.UnknownSKU, "no"))
		r.Observe(&stockpb.HoldStockRequest{}, nil, errors.New("lost"))
		r.Observe(&stockpb.GetAvailabilityRequest{Locations: []string{"milan"}}, nil, errors.New("lost"))
		r.Observe("anything", nil, nil)
		if lines, _ := times(r.take()); lines != 0 {
			t.Errorf("%d lines", lines)
		}
	})
	t.Run("goes by what was told: none of a band is none", func(t *testing.T) {
		r := NewRecorder()
		few := int64(1)
		r.Observe(&stockpb.GetAvailabilityRequest{Skus: []string{"A", "B", "C"}, Near: &stockpb.Near{LatitudeE7: 1}}, &stockpb.GetAvailabilityResponse{
			Levels: []*stockpb.StockLevel{
				{Sku: "A", Location: "monza", Band: stockpb.StockBand_STOCK_BAND_NONE}, {Sku: "B", Location: "monza", Sellable: &few},
				{Sku: "A", Location: "milan", Band: stockpb.StockBand_STOCK_BAND_FEW},
			},
			Places: []*stockpb.Place{{Location: "monza"}, {Location: "milan"}},
		}, nil)
		all := r.take()
		if len(all) != 1 || all[0].Location != "monza" || len(all[0].Lines) != 1 || all[0].Lines[0].SKU != "C" {
			t.Errorf("seen %+v", all)
		}
	})
}

// shop is a database behind a line, with an engine on it.
type shop struct {
	t      *testing.T
	line   *pgtest.Proxy
	owner  string
	engine *ledger.Engine
}

func openShop(t *testing.T) *shop {
	t.Helper()
	urls := pgtest.New(t)
	line, err := pgtest.StartProxy(urls.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(line.Close)
	db, err := postgres.Open(t.Context(), postgres.Config{URL: line.URL(), Writers: 1, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	engine := ledger.NewEngine(db.Store(), ledger.Config{Lanes: 1, Alarmed: func(err error) { t.Error(err) }})
	t.Cleanup(func() { _ = engine.Close(context.Background()) })
	return &shop{t: t, line: line, owner: urls.OwnerURL, engine: engine}
}

// count asks the database, past the program.
func (s *shop) count(query string) (n int64) {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.owner)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(s.t.Context())
	if err := conn.QueryRow(s.t.Context(), query).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

const recordedSQL = "select coalesce(sum(times), 0)::int8 from demand_lines"

// TestFlush records what was seen, once, whatever happens on the way.
func TestFlush(t *testing.T) {
	t.Run("each thing once, in records that are not too long", func(t *testing.T) {
		s, r := openShop(t), NewRecorder()
		for i := range 2*retail.DemandLinesMax + 1 {
			r.looks(fmt.Sprintf("word%d", i))
		}
		for range 2 {
			if err := r.Flush(t.Context(), s.engine); err != nil {
				t.Fatal(err)
			}
		}
		if lines, records := s.count(recordedSQL), s.count("select count(*) from demand"); lines != 2*retail.DemandLinesMax+1 || records != 3 {
			t.Errorf("%d lines in %d records", lines, records)
		}
	})
	t.Run("later, where the engine is shut", func(t *testing.T) {
		s, r := openShop(t), NewRecorder()
		shut := openShop(t)
		if err := shut.engine.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.looks("hat")
		if err := r.Flush(t.Context(), shut.engine); !errors.Is(err, ledger.ErrClosed) {
			t.Fatalf("%v", err)
		}
		r.looks("hat")
		if err := r.Flush(t.Context(), s.engine); err != nil || s.count(recordedSQL) != 2 || r.Dropped() != 0 {
			t.Errorf("%v, %d recorded, %d dropped", err, s.count(recordedSQL), r.Dropped())
		}
	})
	t.Run("once, where nobody hears of the commit", func(t *testing.T) {
		s, r := openShop(t), NewRecorder()
		r.looks("hat")
		for n, statement := range []string{"begin", "lock_demand", "insert_demand_lines", "commit"} {
			for _, answered := range []bool{false, true} {
				s.line.Cut(statement, answered)
				gone, leave := context.WithCancel(t.Context())
				s.line.OnCut(leave) // whoever waits for it leaves, and comes again
				_ = r.Flush(gone, s.engine)
				leave()
				if s.line.Uncut() {
					t.Fatalf("the line was not cut at %s", statement)
				}
				if err := r.Flush(t.Context(), s.engine); err != nil {
					t.Fatal(err)
				}
				if recorded := s.count(recordedSQL); recorded != int64(n)*2+1 && recorded != int64(n)*2+2 {
					t.Errorf("cut at %s, carried out %v: %d recorded", statement, answered, recorded)
				}
				r.looks("hat")
			}
		}
		if err := r.Flush(t.Context(), s.engine); err != nil || s.count(recordedSQL) != 9 || s.count("select count(*) from demand") != 9 {
			t.Errorf("%v, %d recorded of 9", err, s.count(recordedSQL))
		}
	})
	t.Run("not at all, and it says so, where the rules refuse it", func(t *testing.T) {
		s, r := openShop(t), NewRecorder()
		r.saw("milan", retail.Wanted{Kind: "WISH", SKU: "HAT"})
		if err := r.Flush(t.Context(), s.engine); err == nil || r.Dropped() != 1 || s.count(recordedSQL) != 0 {
			t.Errorf("%v, %d dropped", err, r.Dropped())
		}
		r.looks("hat")
		if err := r.Flush(t.Context(), s.engine); err != nil || s.count(recordedSQL) != 1 {
			t.Errorf("%v, %d recorded after it", err, s.count(recordedSQL))
		}
	})
}

// BenchmarkObserve is what a question for 50 places costs beside the question itself, where there is some at each, and where there
// is none at any.
func BenchmarkObserve(b *testing.B) {
	some, none := int64(3), int64(0)
	for _, c := range []struct {
		name  string
		units *int64
	}{{"some", &some}, {"none", &none}} {
		request, answer := &stockpb.GetAvailabilityRequest{Skus: []string{"HAT"}}, &stockpb.GetAvailabilityResponse{}
		for i := range 50 {
			place := fmt.Sprintf("store-%d", i)
			request.Locations = append(request.Locations, place)
			answer.Levels = append(answer.Levels, &stockpb.StockLevel{Sku: "HAT", Location: place, Sellable: c.units})
		}
		b.Run(c.name, func(b *testing.B) {
			r := NewRecorder()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r.Observe(request, answer, nil)
				}
			})
		})
	}
}
