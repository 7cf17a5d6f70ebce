package bench

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

const (
	// linesPerDelivery is a lorry for a large store.
	linesPerDelivery = 10_000
	// linesPerCall is how many of them one call takes.
	linesPerCall = 10_000
	unitsPerLine = 10
	// firstPlace is where the delivery comes in whose rows are copied.
	firstPlace = 0
)

// receive takes a delivery at a place: every tenth article of a large chain, every one of a small.
func (c *chain) receive(ctx context.Context, place string) error {
	stock, stride := stockpb.NewStockServiceClient(c.conns[0]), len(c.articles)/linesPerDelivery
	for from := 0; from < linesPerDelivery; from += linesPerCall {
		call := &stockpb.ReceiveStockRequest{RequestId: requestID(), Location: place, Reference: requestID()}
		for line := from; line < from+linesPerCall; line++ {
			call.Lines = append(call.Lines, &stockpb.ReceiveLine{Sku: c.articles[line*stride], Quantity: unitsPerLine})
		}
		if _, err := stock.ReceiveStock(c.authorised(ctx), call); err != nil {
			return err
		}
	}
	return nil
}

// deliveredRows says which rows a delivery at the first place writes, by table.
var deliveredRows = map[string]string{
	"stock_levels": `select l.* from stock_levels l join ledger_entries e on e.location = l.location and e.asset = l.sku
		where e.location = '%s'`,
	"ledger_entries":      `select * from ledger_entries where location = '%s'`,
	"ledger_transactions": `select * from ledger_transactions where location = '%s'`,
	"events":              `select * from events where shard = '%s' and kind = 'StockReceived'`,
	"requests":            `select r.* from requests r join ledger_transactions t on t.request_id = r.id where t.location = '%s'`,
}

// firstDelivery takes a delivery, keeps all rows that it wrote as COPY writes them, and makes tables to copy them into that have
// what the real ones have: columns, indexes, checks.
func (c *chain) firstDelivery(ctx context.Context) error {
	if err := c.receive(ctx, placeCodes[firstPlace]); err != nil {
		return err
	}
	c.delivered = make(map[string][]byte, len(deliveredRows))
	for table, rows := range deliveredRows {
		var kept bytes.Buffer
		sql := fmt.Sprintf("copy ("+rows+") to stdout (format binary)", placeCodes[firstPlace])
		written, err := c.conn.PgConn().CopyTo(ctx, &kept, sql)
		if err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
		if written.RowsAffected() == 0 {
			return fmt.Errorf("the delivery wrote nothing to %s", table)
		}
		if _, err := c.conn.Exec(ctx, "create table copied_"+table+" (like "+table+" including all)"); err != nil {
			return err
		}
		c.delivered[table] = kept.Bytes()
	}
	_, err := c.conn.Exec(ctx, "analyze")
	return err
}

// copyDelivery copies the very rows of a delivery into tables alike, in one transaction, and takes them out again. It returns how
// long the transaction took.
func (c *chain) copyDelivery(ctx context.Context) (time.Duration, error) {
	var took time.Duration
	began := time.Now()
	err := pgx.BeginFunc(ctx, c.conn, func(tx pgx.Tx) error {
		for table, rows := range c.delivered {
			sql := "copy copied_" + table + " from stdin (format binary)"
			if _, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(rows), sql); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
		return nil
	})
	took = time.Since(began)
	if err != nil {
		return 0, err
	}
	var tables []string
	for table := range c.delivered {
		tables = append(tables, "copied_"+table)
	}
	_, err = c.conn.Exec(ctx, "truncate "+strings.Join(tables, ", "))
	return took, err
}

// deliveries takes one delivery after another for a slice, a lone caller's, after one that is not measured.
func (c *chain) deliveries(ctx context.Context, who side, l load) (outcome, error) {
	one := func() (time.Duration, error) { return c.copyDelivery(ctx) }
	if who == overGRPC {
		one = func() (time.Duration, error) {
			began := time.Now()
			err := c.receive(ctx, placeCodes[1+rand.N(c.filled-1)])
			return time.Since(began), err
		}
	}
	if _, err := one(); err != nil {
		return outcome{}, err
	}
	var done int64
	var took time.Duration
	for began := time.Now(); time.Since(began) < l.length; done++ {
		this, err := one()
		if err != nil {
			return outcome{}, err
		}
		took += this
	}
	return outcome{perSecond: float64(done) / took.Seconds(), done: done}, nil
}
