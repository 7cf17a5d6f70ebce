package postgres

import (
	"context"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// liabilities sums the entries of stored value by what they were for, which their act and the other account tell. An exchange both takes
// back and sells: what it moves on the order that it placed was sold and paid, and what it moves on the other came back. Where that was at
// another location than the card's, its lines tell: of what an exchange moves on one card it posts first what came back, and last what
// was put on it. Of what was put on a card the first is what it was sold for. The condition on the accounts is, word for word, that of the index.
var liabilities = readStatement("liabilities", `
with moved as (
    select e.location, e.transaction_id, e.line, e.asset as currency, e.quantity as minor, e.raises,
        case when e.raises then e.from_account else e.to_account end as account,
        case when e.raises then e.to_account else e.from_account end as other
    from (select p.code from locations p where $3::text = '' or p.code = $3::text) p
    cross join lateral (
        select n.*, n.from_account ^@ 'gift_card/' or n.from_account ^@ 'store_credit/' as raises
        from ledger_entries n
        where n.location = p.code and (n.from_account ^@ 'gift_card/' or n.from_account ^@ 'store_credit/' or
            n.to_account ^@ 'gift_card/' or n.to_account ^@ 'store_credit/') offset 0
    ) e
), placed as (
    select m.*, row_number() over way = 1 as first, row_number() over back = 1 as last from moved m
    window way as (partition by m.location, m.transaction_id, m.account, m.raises, m.other order by m.line),
        back as (partition by m.location, m.transaction_id, m.account, m.raises, m.other order by m.line desc)
), told as (
    select m.*, t.recorded_at, case
        when m.raises and (t.kind = 'SALE' or t.kind = 'EXCHANGE' and (v.seq is not null or e.loads)) then 'LOADED'
        when m.raises then 'REFUNDED'
        when m.other = 'breakage' then 'EXPIRED'
        when t.kind = 'RETURN' or t.kind = 'EXCHANGE' and (m.other ^@ 'order/' and v.seq is null or e.returns) then 'RETURNED'
        else 'SPENT' end as act
    from placed m
    join ledger_transactions t on t.location = m.location and t.id = m.transaction_id
    left join lateral (
        select m.last and exists (select from order_lines l
                where l.order_id = r.exchange and l.account = m.account and l.issuer = m.location) as loads,
            m.first and exists (select from jsonb_array_elements(r.lines::jsonb) b
                join order_lines l on l.order_id = r.order_id and l.line = (b -> 'units' ->> 'line')::int4
                where l.account = m.account and l.issuer = m.location) as returns
        from returns r where r.id = case when t.kind = 'EXCHANGE' then substr(t.cause, 8)::uuid end
    ) e on m.other ^@ 'settlement/'
    left join events v on t.kind = 'EXCHANGE' and m.other ^@ 'order/' and v.shard = substr(m.other, 7) and v.subject = m.other
        and v.version = 1 and v.transaction_id = m.transaction_id
    where t.recorded_at < $2::timestamptz
), numbered as (
    select d.location, d.account, d.currency, d.minor, d.raises, d.recorded_at, d.act, d.act = 'LOADED' and row_number() over
        (partition by d.location, d.account, d.act order by d.recorded_at, d.transaction_id, d.line) = 1 as first
    from told d
), accounts as (
    select n.location, n.account, n.currency, sum(case when n.raises then n.minor else -n.minor end) as owed,
        sum(case when n.raises then n.minor else -n.minor end) filter (where n.recorded_at < $1::timestamptz) as opening,
        sum(n.minor) filter (where n.act = 'LOADED' and n.first and n.recorded_at >= $1::timestamptz) as issued,
        sum(n.minor) filter (where n.act = 'LOADED' and not n.first and n.recorded_at >= $1::timestamptz) as topped_up,
        sum(n.minor) filter (where n.act = 'REFUNDED' and n.recorded_at >= $1::timestamptz) as refunded,
        sum(n.minor) filter (where n.act = 'SPENT' and n.recorded_at >= $1::timestamptz) as spent,
        sum(n.minor) filter (where n.act = 'RETURNED' and n.recorded_at >= $1::timestamptz) as returned,
        sum(n.minor) filter (where n.act = 'EXPIRED' and n.recorded_at >= $1::timestamptz) as expired
    from numbered n group by n.location, n.account, n.currency
)
select case when a.account ^@ 'gift_card/' then 'GIFT_CARD' else 'STORE_CREDIT' end as kind, a.currency,
    coalesce(sum(a.opening), 0)::int8, coalesce(sum(a.issued), 0)::int8, coalesce(sum(a.topped_up), 0)::int8,
    coalesce(sum(a.refunded), 0)::int8, coalesce(sum(a.spent), 0)::int8, coalesce(sum(a.returned), 0)::int8,
    coalesce(sum(a.expired), 0)::int8, (count(*) filter (where a.owed > 0))::int8
from accounts a group by 1, 2 order by 1, 2`)

// Liabilities returns what a location owes as stored value, or all of them, by kind and currency, and what made it so from one time to
// before another.
func (db *DB) Liabilities(ctx context.Context, from, until time.Time, location string) ([]retail.Liability, error) {
	return all(ctx, db, liabilities, func(r *record) (retail.Liability, error) {
		return retail.Liability{
			Kind: r.text(), Currency: r.text(), OpeningMinor: r.int8(), IssuedMinor: r.int8(), ToppedUpMinor: r.int8(),
			RefundedMinor: r.int8(), SpentMinor: r.int8(), ReturnedMinor: r.int8(), ExpiredMinor: r.int8(), Open: r.int8(),
		}, nil
	}, timeParam(from), timeParam(until), []byte(location))
}
