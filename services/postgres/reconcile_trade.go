package postgres

import (
	"context"
	"iter"

	"github.com/jackc/pgx/v5"
)

// What an import of orders that are sent and may come back is proved by, beside reconcile.go and in the same way.

const movesSQL = `
select t.location, to_char((t.occurred_at at time zone l.time_zone)::date, 'YYYY-MM-DD'),
    case when e.from_account like 'order/%' then 'order' else e.from_account end,
    case when e.to_account like 'order/%' then 'order' else e.to_account end,
    e.asset, sum(e.quantity)::int8
from ledger_transactions t
join locations l on l.code = t.location
join ledger_entries e on e.location = t.location and e.transaction_id = t.id
where t.location = $1 and ` + tradedSQL + `
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

// Move is what one location moved of one asset between two accounts on one day.
type Move = struct {
	Location, Day, From, To, Asset string
	Quantity                       int64
}

// Moves are all entries behind a channel's orders and returns, per location, asset, day and pair of accounts.
func (db *DB) Moves(ctx context.Context, channel string) iter.Seq2[Move, error] {
	return sums(ctx, db, movesSQL, channel, func(rows pgx.Rows, m *Move) error {
		return rows.Scan(&m.Location, &m.Day, &m.From, &m.To, &m.Asset, &m.Quantity)
	})
}

// Returned is what came back at one location of one SKU on one day.
type Returned = struct {
	// Book is the selling location; with a receipt the order is known.
	Location, Book, SKU, Day, Currency string
	Receipt                            bool
	Units, GrossMinor                  int64
}

// Returns are the lines of goods that came back through a channel, by the documents.
func (db *DB) Returns(ctx context.Context, channel string) iter.Seq2[Returned, error] {
	return sums(ctx, db, returnsSQL, channel, func(rows pgx.Rows, r *Returned) error {
		return rows.Scan(&r.Location, &r.Book, &r.SKU, &r.Day, &r.Currency, &r.Receipt, &r.Units, &r.GrossMinor)
	})
}

// Adjusted is the units of one SKU that one location found on one day; negative: they were missing.
type Adjusted = struct {
	Location, SKU, Day string
	Units              int64
}

// Adjustments are the units that were found or are missing, under references that begin alike.
func (db *DB) Adjustments(ctx context.Context, reference string) iter.Seq2[Adjusted, error] {
	return sums(ctx, db, adjustmentsSQL, reference, func(rows pgx.Rows, a *Adjusted) error {
		return rows.Scan(&a.Location, &a.SKU, &a.Day, &a.Units)
	})
}
