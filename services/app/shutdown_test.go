package app_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// TestShutdownUnderLoad stops a server that many call: what it acknowledged is in the books, and whom it can't serve any more it
// tells so, and nothing else.
func TestShutdownUnderLoad(t *testing.T) {
	w := openShop(t)
	other := w.another()
	const deliveries = "select count(*) from ledger_transactions where kind = 'RECEIVE'"
	before := w.count(deliveries)
	var callers sync.WaitGroup
	var acknowledged atomic.Int64
	var unheard, refused sync.Map
	busy := make(chan struct{})
	for range 16 {
		callers.Go(func() {
			for range 2000 {
				request := newUUID()
				a := other.grpcCall("staff", "stock/ReceiveStock", fmt.Sprintf(`{"requestId":%q,"location":"milan","lines":[{"sku":"HAT","quantity":"1"}]}`, request))
				switch {
				case a.body != nil:
					if acknowledged.Add(1) == 100 {
						close(busy)
					}
					continue
				case a.code == "Unavailable":
					unheard.Store(request, true)
				default:
					refused.Store(a.code+" "+a.reason+" "+a.message, true)
				}
				return
			}
		})
	}
	<-busy
	if err := other.server.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	callers.Wait()
	refused.Range(func(what, _ any) bool {
		t.Errorf("answered %s", what)
		return true
	})
	unknown := int64(0)
	unheard.Range(func(any, any) bool { unknown++; return true })
	if got := w.count(deliveries) - before; got < acknowledged.Load() || got > acknowledged.Load()+unknown {
		t.Errorf("%d deliveries are in the books; %d were acknowledged, and of %d nobody knows", got, acknowledged.Load(), unknown)
	}
	w.audit()
}
