package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestTmpScale(t *testing.T) {
	var books, sales = 40, 30000
	fmt.Sscan(os.Getenv("SALES"), &sales)
	fmt.Sscan(os.Getenv("BOOKS"), &books)
	s := newShop(t).open()
	for l := range books {
		c := retail.MoveStock{Transaction: ledger.NewID(), Kind: retail.KindReceive, Location: fmt.Sprintf("loc-%03d", l), Cause: "x"}
		for k := range 500 {
			c.Lines = append(c.Lines, retail.Line{SKU: fmt.Sprintf("sku-%03d", k), Quantity: 1000})
		}
		as(s, c)
	}
	var n atomic.Int64
	var wg sync.WaitGroup
	b := time.Now()
	for range 64 {
		wg.Go(func() {
			for n.Add(1) < int64(sales) {
				o := sale(fmt.Sprintf("loc-%03d", rand.N(books)), "till", true)
				o.Fact = true
				for i := range o.Lines {
					o.Lines[i].SKU = fmt.Sprintf("sku-%03d", rand.N(500))
				}
				o.Order, o.Transaction, o.Number = ledger.NewID(), ledger.NewID(), retail.OrderNumber(rand.Uint64())
				as(s, o)
				if rand.N(3) == 0 {
					h := hold(o.Location, time.Hour, retail.Line{SKU: o.Lines[0].SKU, Quantity: 1})
					hh, err := attempt(s, h)
					if err == nil && rand.N(3) > 0 {
						as(s, retail.EndHold{Hold: hh.ID, Transaction: ledger.NewID(), Location: hh.Location, Lines: hh.Lines})
					}
				}
			}
		})
	}
	wg.Wait()
	t.Log("built in", time.Since(b), s.count("ledger_entries"), "entries")
	hot := func(stop *atomic.Bool) float64 {
		var count atomic.Int64
		b := time.Now()
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for !stop.Load() && time.Since(b) < 8*time.Second {
					as(s, retail.MoveStock{Transaction: ledger.NewID(), Kind: retail.KindReceive, Location: "milan", Lines: []retail.Line{{SKU: "RED-42", Quantity: 1}}})
					count.Add(1)
				}
			})
		}
		wg.Wait()
		return float64(count.Load()) / time.Since(b).Seconds()
	}
	for range 2 {
		var m0, m1 runtime.MemStats
		f, _ := os.Create("/tmp/audit.prof")
		pprof.StartCPUProfile(f)
		runtime.GC()
		runtime.ReadMemStats(&m0)
		peak := uint64(0)
		b = time.Now()
		found, summary, err := s.db.Audit(t.Context(), postgres.AuditOptions{Progress: func(done, total int, what string) {
			if done%10 == 0 {
runtime.ReadMemStats(&m1)
}
			peak = max(peak, m1.HeapAlloc)
		}})
		pprof.StopCPUProfile()
		t.Log(summary, err, time.Since(b), "heap before", m0.HeapAlloc>>20, "peak", peak>>20)
		wantNothing(t, found)
		for sql, d := range postgres.Tmp {
			if d > 50*time.Millisecond {
				t.Log(d, postgres.TmpMax[sql], postgres.TmpN[sql], sql)
			}
		}
		clear(postgres.Tmp)
		clear(postgres.TmpN)
		clear(postgres.TmpMax)
		s.execute("analyze")
	}
	if os.Getenv("HOT") != "" {
		var stop atomic.Bool
		t.Logf("hot alone %.0f/s", hot(&stop))
		done := make(chan bool)
		go func() {
			r := hot(&stop)
			t.Logf("hot under audit %.0f/s", r)
			close(done)
		}()
		audits := 0
		for {
			select {
			case <-done:
				t.Log(audits, "audits")
				return
			default:
			}
			found, _, err := s.db.Audit(t.Context(), postgres.AuditOptions{})
			if err != nil {
				t.Fatal(err)
			}
			wantNothing(t, found)
			audits++
		}
	}
}
