package postgres

import (
	"context"
	"iter"

	"github.com/jackc/pgx/v5"
)

// What an import is proved by: sums over a channel, per location, SKU and calendar day of the location's own clock. Units are
// summed from the entries and, next to them, from the lines of the orders; money from the lines, from the payments and from
// the entries. Each statement reads one location's book, so that none takes long however many there are. The aliases are those
// of imports/reconcile, which nothing here imports.

// tradedSQL tells whether a transaction is trade of a channel: what is done to an order later is of the order's, by whatever channel it came.
const tradedSQL = `case
    when t.kind in ('HANDOVER', 'CANCEL', 'REJECT') then (select o.channel from orders o where o.id = substr(t.cause, 7)::uuid)
    when t.kind = 'RETURN' then (select r.channel from returns r where r.id = substr(t.cause, 8)::uuid)
    when t.kind in ('SALE', 'PAYMENT', 'EXCHANGE', 'HOLD', 'RELEASE', 'EXPIRE', 'CART') then t.channel
end = $2`

// soldSQL joins what was posted with what the orders say. A side that lacks what the other has is a row with zeros.
const soldSQL = `
with posted as (
    select t.location, e.asset as sku, (t.occurred_at at time zone l.time_zone)::date as day, sum(e.quantity) as units
    from ledger_transactions t
    join locations l on l.code = t.location
    join ledger_entries e on e.location = t.location and e.transaction_id = t.id
    where t.location = $1 and t.channel = $2 and t.cause like 'order/%' and e.from_account = 'available' and e.to_account = 'customer'
    group by 1, 2, 3
), ordered as (
    select o.location, n.sku, (o.occurred_at at time zone l.time_zone)::date as day, max(o.currency) as currency,
        sum(n.quantity) as units, sum(n.list_minor) as list, sum(n.discount_minor) as discount, sum(n.net_minor) as net,
        sum(n.tax_minor) as tax, sum(n.gross_minor) as gross
    from orders o
    join locations l on l.code = o.location
    join order_lines n on n.order_id = o.id and coalesce(n.instead_of, 0) = 0
    where o.location = $1 and o.channel = $2
    group by 1, 2, 3
)
select location, sku, to_char(day, 'YYYY-MM-DD'), coalesce(currency, ''), coalesce(posted.units, 0)::int8,
    coalesce(ordered.units, 0)::int8, coalesce(list, 0)::int8, coalesce(discount, 0)::int8, coalesce(net, 0)::int8,
    coalesce(tax, 0)::int8, coalesce(gross, 0)::int8
from posted full join ordered using (location, sku, day)
order by 1, 2, 3`

// A line without discounts keeps null in place of a list.
const discountsSQL = `
select o.location, n.sku, to_char((o.occurred_at at time zone l.time_zone)::date, 'YYYY-MM-DD'), d.code, sum(d.amount_minor)::int8
from orders o
join locations l on l.code = o.location
join order_lines n on n.order_id = o.id and coalesce(n.instead_of, 0) = 0
cross join lateral jsonb_to_recordset(
    case jsonb_typeof(n.discounts::jsonb) when 'array' then n.discounts::jsonb else '[]' end) as d(code text, amount_minor int8)
where o.location = $1 and o.channel = $2
group by 1, 2, 3, 4
order by 1, 2, 3, 4`

const tendersSQL = `
select o.location, to_char((o.occurred_at at time zone l.time_zone)::date, 'YYYY-MM-DD'), p.kind, p.movement,
    sum(p.amount_minor)::int8
from orders o
join locations l on l.code = o.location
join order_payments p on p.order_id = o.id
where o.location = $1 and o.channel = $2
group by 1, 2, 3, 4
order by 1, 2, 3, 4`

// Every order has an account of its own; here they are one.
const postingsSQL = `
select t.location, to_char((t.occurred_at at time zone l.time_zone)::date, 'YYYY-MM-DD'),
    case when e.from_account like 'order/%' then 'order' else e.from_account end,
    case when e.to_account like 'order/%' then 'order' else e.to_account end,
    e.asset, sum(e.quantity)::int8
from ledger_transactions t
join locations l on l.code = t.location
join ledger_entries e on e.location = t.location and e.transaction_id = t.id
where t.location = $1 and ` + tradedSQL + ` and (e.from_account like 'order/%' or e.to_account like 'order/%')
group by 1, 2, 3, 4, 5
order by 1, 2, 3, 4, 5`

const receiptsSQL = `
select t.location, e.asset, to_char((t.occurred_at at time zone l.time_zone)::date, 'YYYY-MM-DD'), sum(e.quantity)::int8
from ledger_transactions t
join locations l on l.code = t.location
join ledger_entries e on e.location = t.location and e.transaction_id = t.id
where t.location = $1 and t.kind = 'RECEIVE' and t.cause = $2
group by 1, 2, 3
order by 1, 2, 3`

// Sale is what one location sold of one SKU on one day.
type Sale = struct {
	Location, SKU, Day, Currency string
	// PostedUnits are by the ledger's entries, all else is by the lines of the orders.
	PostedUnits, Units                                       int64
	ListMinor, DiscountMinor, NetMinor, TaxMinor, GrossMinor int64
}

// Sales are what was sold through a channel, per location, SKU and day.
func (db *DB) Sales(ctx context.Context, channel string) iter.Seq2[Sale, error] {
	return sums(ctx, db, soldSQL, channel, func(rows pgx.Rows, s *Sale) error {
		return rows.Scan(&s.Location, &s.SKU, &s.Day, &s.Currency, &s.PostedUnits, &s.Units, &s.ListMinor, &s.DiscountMinor,
			&s.NetMinor, &s.TaxMinor, &s.GrossMinor)
	})
}

// DiscountTaken is what one code took off what one location sold of one SKU on one day.
type DiscountTaken = struct {
	Location, SKU, Day, Code string
	AmountMinor              int64
}

// Discounts are what was taken off the sales of a channel, per location, SKU, day and code.
func (db *DB) Discounts(ctx context.Context, channel string) iter.Seq2[DiscountTaken, error] {
	return sums(ctx, db, discountsSQL, channel, func(rows pgx.Rows, d *DiscountTaken) error {
		return rows.Scan(&d.Location, &d.SKU, &d.Day, &d.Code, &d.AmountMinor)
	})
}

// TenderSum is what one location took or gave back by one kind of tender on one day.
type TenderSum = struct {
	// Movement is PAYMENT or CHANGE.
	Location, Day, Kind, Movement string
	AmountMinor                   int64
}

// Tenders are what was paid and given back on the orders of a channel, per location and day.
func (db *DB) Tenders(ctx context.Context, channel string) iter.Seq2[TenderSum, error] {
	return sums(ctx, db, tendersSQL, channel, func(rows pgx.Rows, t *TenderSum) error {
		return rows.Scan(&t.Location, &t.Day, &t.Kind, &t.Movement, &t.AmountMinor)
	})
}

// Posting is what one location moved between two accounts on one day.
type Posting = struct {
	Location, Day, From, To, Currency string
	AmountMinor                       int64
}

// Postings are the money entries of a channel's orders, per location, day and pair of accounts.
func (db *DB) Postings(ctx context.Context, channel string) iter.Seq2[Posting, error] {
	return sums(ctx, db, postingsSQL, channel, func(rows pgx.Rows, p *Posting) error {
		return rows.Scan(&p.Location, &p.Day, &p.From, &p.To, &p.Currency, &p.AmountMinor)
	})
}

// Receipt is what came in at one location of one SKU on one day.
type Receipt = struct {
	Location, SKU, Day string
	Units              int64
}

// Receipts are what came in under a delivery number, per location, SKU and day.
func (db *DB) Receipts(ctx context.Context, reference string) iter.Seq2[Receipt, error] {
	return sums(ctx, db, receiptsSQL, reference, func(rows pgx.Rows, r *Receipt) error {
		return rows.Scan(&r.Location, &r.SKU, &r.Day, &r.Units)
	})
}

// sums reads the rows of a query, location by location.
func sums[T any](ctx context.Context, db *DB, sql, of string, scan func(pgx.Rows, *T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		locations, err := scanAll(ctx, db, `select code from locations order by code`, func(rows pgx.Rows) (string, error) {
			var code string
			return code, rows.Scan(&code)
		})
		if err != nil {
			yield(none, unavailable(ctx, err))
			return
		}
		for _, location := range locations {
			all, err := scanAll(ctx, db, sql, func(rows pgx.Rows) (T, error) {
				var row T
				return row, scan(rows, &row)
			}, location, of)
			if err != nil {
				yield(none, unavailable(ctx, err))
				return
			}
			for _, row := range all {
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}
