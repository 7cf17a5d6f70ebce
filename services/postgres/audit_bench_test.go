package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// benchSales makes a ledger of some ten entries each.
const benchSales = 3000

// BenchmarkAudit tells how many rows a second are proved, and how high the heap stands meanwhile, which does not grow with
// benchSales. Measured in 10 books on 2 cores that had three times as much to do: 3,000 sales, with 120,000 rows in all, in 4 s;
// 9,000 sales in 7 s; with at most 60 MB of heap.
func BenchmarkAudit(b *testing.B) {
	s := newShop(b).open()
	s.fill(benchSales, 10)
	s.execute("analyze")
	rows, heap := int64(0), uint64(0)
	runtime.GC()
	for b.Loop() {
		_, summary, err := s.db.Audit(b.Context(), postgres.AuditOptions{Progress: func(done, _ int, _ string) {
			if done%16 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				heap = max(heap, m.HeapAlloc)
			}
		}})
		if err != nil {
			b.Fatal(err)
		}
		for _, n := range summary.Rows {
			rows += n
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(heap>>20), "heapMB")
}

// fill sells and holds at many places at once.
func (s *shop) fill(sales, books int) {
	const skus = 500
	for l := range books {
		delivery := retail.MoveStock{Transaction: ledger.NewID(), Kind: retail.KindReceive, Location: fmt.Sprintf("loc-%03d", l)}
		for k := range skus {
			delivery.Lines = append(delivery.Lines, retail.Line{SKU: fmt.Sprintf("sku-%03d", k), Quantity: 1000})
		}
		as(s, delivery)
	}
	var busy sync.WaitGroup
	var sold atomic.Int64
	for range 64 {
		busy.Go(func() {
			for sold.Add(1) <= int64(sales) {
				order := sale(fmt.Sprintf("loc-%03d", rand.N(books)), "till", true)
				order.Fact = true
				for i := range order.Lines {
					order.Lines[i].SKU = fmt.Sprintf("sku-%03d", rand.N(skus))
				}
				s.sell(order)
				held, err := attempt(s, hold(order.Location, 1<<40, retail.Line{SKU: order.Lines[0].SKU, Quantity: 1}))
				if err == nil && rand.N(3) > 0 {
					as(s, retail.EndHold{Hold: held.ID, Transaction: ledger.NewID(), Location: held.Location, Lines: held.Lines})
				}
			}
		})
	}
	busy.Wait()
}
