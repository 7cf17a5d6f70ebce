package postgres

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestSmoke(t *testing.T) {
	url := os.Getenv("SMOKE_URL")
	if url == "" {
		t.Skip()
	}
	ctx := context.Background()
	if _, err := Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	db, err := Open(ctx, Config{URL: url, Writers: 8, Readers: 4})
	if err != nil {
		t.Fatal(err)
	}
	lanes := 2
	fmt.Sscan(os.Getenv("LANES"), &lanes)
	e := ledger.NewEngine(db.Store(), ledger.Config{Lanes: lanes, Alarmed: func(err error) { t.Log(err) }})
	with := func() context.Context {
		return ledger.WithRequest(ctx, ledger.Request{ID: ledger.NewID(), Actor: "smoke"})
	}
	for l := 0; l < 100; l++ {
		c := retail.MoveStock{Transaction: ledger.NewID(), Kind: retail.KindReceive, Location: fmt.Sprintf("loc-%03d", l), Cause: "x"}
		for s := 0; s < 100; s++ {
			c.Lines = append(c.Lines, retail.Line{SKU: fmt.Sprintf("sku-%03d", s), Quantity: 1000000})
		}
		if _, err := ledger.Submit(with(), e, c); err != nil {
			t.Fatal(err)
		}
	}
	for _, hot := range []bool{false, true} {
		for _, callers := range []int{1, 16, 64, 256} {
			if os.Getenv("PROF") != "" && callers == 64 {
				f, _ := os.Create(fmt.Sprintf("/tmp/cpu_%v.prof", hot))
				pprof.StartCPUProfile(f)
			}
			var n atomic.Int64
			var wg sync.WaitGroup
			stop := time.Now().Add(3 * time.Second)
			start := time.Now()
			for c := 0; c < callers; c++ {
				wg.Add(1)
				go func() {
					defer wg.Done()
					x := uint32(c*7919 + 1)
					for time.Now().Before(stop) {
						x = x*1664525 + 1013904223
						loc, sku := "loc-001", "sku-001"
						if !hot {
							loc, sku = fmt.Sprintf("loc-%03d", x>>8%100), fmt.Sprintf("sku-%03d", x>>16%100)
						}
						_, err := ledger.Submit(with(), e, retail.PlaceHold{Hold: ledger.NewID(), Transaction: ledger.NewID(), Location: loc, Channel: "web", Owner: "cart", Lines: []retail.Line{{SKU: sku, Quantity: 1}}, TimeToLive: time.Hour})
						if err != nil {
							t.Error(err)
							return
						}
						n.Add(1)
					}
				}()
			}
			wg.Wait()
			pprof.StopCPUProfile()
			fmt.Printf("hot=%v callers=%d %.0f/s\n", hot, callers, float64(n.Load())/time.Since(start).Seconds())
		}
	}
}
