package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
)

func TestProbe(t *testing.T) {
	for _, n := range []int{0, 1, 3, 10, 30, 100} {
		database := pgtest.New(t)
		s := newStranger(t, database)
		s.exec(fmt.Sprintf("insert into stock_levels select 'place-1', 'asku-' || n, 1, 0, 0, 0, 0, 0, 0, 1, now(), 0 from generate_series(1, %d) n", n))
		s.exec("analyze")
		p := startProcess(t, postgres.Config{URL: database.URL})
		conn, _ := p.Writer(t.Context())
		pl, _ := explain(t, conn.Conn(), "lock_stock_levels", 2)
		pu, _ := explain(t, conn.Conn(), "update_stock_levels", 12)
		t.Log(n, shape(pl), "|", shape(pu))
		conn.Release()
		if n > 3 { continue }
		s.exec("alter system set autovacuum = off"); s.exec("select pg_reload_conf()")
		for i := range 20 {
			var skus []string
			for j := range 1000 { skus = append(skus, fmt.Sprintf("sku-%d-%d", i, j)) }
			b := time.Now()
			_, err := ledger.Submit(newRequest(), p.engine, delivery("milan", 1, skus...))
			if i % 5 == 4 { t.Log(n, i, time.Since(b), err) }
		}
	}
}
