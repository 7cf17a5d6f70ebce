package main

import (
	"context"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/imports/reconcile"
)

// What an import of shipments and returns is proved by, beside what the database tells of sales at a till: sums per location,
// asset and calendar day of the location's own clock. Each statement reads one location's book, so that none takes long.

// A handover is recorded when it is recorded, whatever the file's clock said, and counts on the day of its order.
const movesSQL = `
select t.location, to_char((coalesce(o.occurred_at, t.occurred_at) at time zone l.time_zone)::date, 'YYYY-MM-DD'),
    case when e.from_account like 'order/%' then 'order' else e.from_account end,
    case when e.to_account like 'order/%' then 'order' else e.to_account end,
    e.asset, sum(e.quantity)::int8
from ledger_transactions t
join locations l on l.code = t.location
join ledger_entries e on e.location = t.location and e.transaction_id = t.id
left join orders o on o.id = case when t.kind = 'HANDOVER' and t.cause like 'order/%' then substr(t.cause, 7)::uuid end
where t.location = $1 and t.channel = $2
group by 1, 2, 3, 4, 5
order by 1, 2, 3, 4, 5`

const returnsSQL = `
select r.location, r.book, n.sku, to_char((r.occurred_at at time zone l.time_zone)::date, 'YYYY-MM-DD'), r.currency,
    r.order_id is not null, sum((n.units->>'until')::int8 - (n.units->>'from')::int8)::int8, sum(n.gross_minor)::int8
from returns r
join locations l on l.code = r.location
cross join lateral jsonb_to_recordset(r.lines::jsonb) as n(units jsonb, sku text, gross_minor int8)
where r.location = $1 and r.channel = $2 and n.sku <> ''
group by 1, 2, 3, 4, 5, 6
order by 1, 2, 3, 4, 5, 6`

const adjustmentsSQL = `
select t.location, e.asset, to_char((t.occurred_at at time zone l.time_zone)::date, 'YYYY-MM-DD'),
    sum(case e.to_account when 'available' then e.quantity else -e.quantity end)::int8
from ledger_transactions t
join locations l on l.code = t.location
join ledger_entries e on e.location = t.location and e.transaction_id = t.id
where t.location = $1 and t.kind = 'ADJUST' and starts_with(t.cause, $2)
group by 1, 2, 3
order by 1, 2, 3`

// tradeBooks are the books of orders that are sent and may come back.
type tradeBooks struct {
	reconcile.Ledger
	conn *pgx.Conn
}

// openTradeBooks connects for reading alone.
func openTradeBooks(ctx context.Context, url string, ledger reconcile.Ledger) (*tradeBooks, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["default_transaction_read_only"] = "on"
	config.RuntimeParams["application_name"] = "aisle"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	return &tradeBooks{Ledger: ledger, conn: conn}, nil
}

// Moves are all entries behind a channel's orders and returns.
func (b *tradeBooks) Moves(ctx context.Context, channel string) iter.Seq2[reconcile.Move, error] {
	return bookSums(ctx, b.conn, movesSQL, channel, func(rows pgx.Rows, m *reconcile.Move) error {
		return rows.Scan(&m.Location, &m.Day, &m.From, &m.To, &m.Asset, &m.Quantity)
	})
}

// Returns are the lines of goods that came back through a channel.
func (b *tradeBooks) Returns(ctx context.Context, channel string) iter.Seq2[reconcile.Return, error] {
	return bookSums(ctx, b.conn, returnsSQL, channel, func(rows pgx.Rows, r *reconcile.Return) error {
		return rows.Scan(&r.Location, &r.Book, &r.SKU, &r.Day, &r.Currency, &r.Receipt, &r.Units, &r.GrossMinor)
	})
}

// Adjustments are the units that were found or are missing, under reasons that begin alike.
func (b *tradeBooks) Adjustments(ctx context.Context, reason string) iter.Seq2[reconcile.Adjustment, error] {
	return bookSums(ctx, b.conn, adjustmentsSQL, reason, func(rows pgx.Rows, a *reconcile.Adjustment) error {
		return rows.Scan(&a.Location, &a.SKU, &a.Day, &a.Units)
	})
}

// bookSums reads the rows of a query, location by location.
func bookSums[T any](ctx context.Context, conn *pgx.Conn, sql, of string, scan func(pgx.Rows, *T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, err := conn.Query(ctx, "select code from locations order by code")
		if err != nil {
			yield(none, err)
			return
		}
		locations, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			yield(none, err)
			return
		}
		for _, location := range locations {
			rows, err := conn.Query(ctx, sql, location, of)
			if err != nil {
				yield(none, err)
				return
			}
			all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (one T, err error) { return one, scan(rows, &one) })
			if err != nil {
				yield(none, err)
				return
			}
			for _, one := range all {
				if !yield(one, nil) {
					return
				}
			}
		}
	}
}
