package postgres

import (
	"context"
	"math"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// returnRates reads the returns of the time, and of its documents what was sold by or to those whom anything came back of. A return of an order that
// does not say what of the policy was set aside did not arrive, and nobody brought it back. Nothing is sold by who is only named at a counter.
var returnRates = readStatement("return_rates", `
with taken as (
    select (case $4::text when 'CUSTOMER' then r.customer::text when 'LOCATION' then r.location else coalesce(r.operator, t.actor) end) collate "C" as subject,
        r.currency, r.order_id is null as blind, coalesce(r.overrides, '[]') <> '[]' as overridden, g.units, g.minor
    from (select p.code from locations p where $3::text = '' or p.code = $3::text) p
    cross join lateral (
        select * from returns d where d.location = p.code and d.occurred_at >= $1::timestamptz and d.occurred_at < $2::timestamptz
            and (d.order_id is null or d.overrides is not null) offset 0
    ) r
    left join events e on $4::text = 'OPERATOR' and r.operator is null and e.shard = r.id::text and e.subject = 'return/' || r.id::text and e.version = 1
    left join ledger_transactions t on t.location = r.location and t.id = e.transaction_id
    cross join lateral (
        select coalesce(sum((l.units->>'until')::int8 - (l.units->>'from')::int8), 0) as units, coalesce(sum(l.gross_minor), 0) as minor
        from json_to_recordset(r.lines::json) as l(sku text, units json, gross_minor int8) where l.sku <> ''
    ) g
), brought as (
    select t.subject, t.currency, count(*) as returns, count(*) filter (where t.blind) as blind, count(*) filter (where t.overridden) as overridden,
        sum(t.units)::int8 as units, sum(t.minor)::int8 as minor
    from taken t where t.subject is not null and t.units > 0 group by 1, 2
), sold as (
    select s.subject, i.currency, sum(l.until - l."from")::int8 as units, sum(l.gross_minor)::int8 as minor
    from (select p.code from locations p where $3::text = '' or p.code = $3::text) p
    cross join lateral (
        select * from invoices d where d.location = p.code and d.occurred_at >= $1::timestamptz and d.occurred_at < $2::timestamptz
            and d.kind <> 'FULL_REPLACING_SIMPLIFIED' and d.return_id is null offset 0
    ) i
    left join ledger_transactions t on $4::text = 'OPERATOR' and t.location = i.location and t.id = i.transaction_id
    cross join lateral (
        select (case $4::text when 'CUSTOMER' then i.customer::text when 'LOCATION' then i.location else t.actor end) collate "C" as subject
    ) s
    join (select distinct b.subject from brought b) b on b.subject = s.subject
    cross join lateral json_to_recordset(i.lines::json) as l(sku text, "from" int8, until int8, gross_minor int8)
    where l.sku <> ''
    group by 1, 2
), ranked as (
    select b.*, coalesce(s.units, 0) as units_sold, coalesce(s.minor, 0) as minor_sold,
        case when not $5::bool then b.units when coalesce(s.minor, 0) > 0 then b.minor * 10000 / s.minor else $6::int8 end as rank
    from brought b left join sold s on s.subject = b.subject and s.currency = b.currency
)
select r.subject, r.currency, r.returns, r.blind, r.overridden, r.units_sold, r.minor_sold, r.units, r.minor, r.rank
from ranked r
where r.rank < $7::int8 or r.rank = $7::int8 and (r.subject, r.currency) > ($8::text collate "C", $9::text collate "C")
order by r.rank desc, r.subject, r.currency limit $10::int8`)

// ReturnRates returns what came back from one time to before another of those whom anything came back of, beside what they sold or bought in that
// time, after one: the most units or, where that is asked, the greatest share first, and before all others those who sold or bought nothing.
func (db *DB) ReturnRates(
	ctx context.Context, from, until time.Time, of retail.ReturnRatesOf, after retail.ReturnRate, limit int,
) ([]retail.ReturnRate, error) {
	if after.Subject == "" {
		after.Rank = math.MaxInt64
	}
	return all(ctx, db, returnRates, func(r *record) (retail.ReturnRate, error) {
		return retail.ReturnRate{
			Subject: r.text(), Currency: r.text(), Returns: r.int8(), Blind: r.int8(), Overridden: r.int8(), UnitsSold: r.int8(), SoldMinor: r.int8(),
			UnitsBack: r.int8(), BackMinor: r.int8(), Rank: r.int8(),
		}, nil
	}, timeParam(from), timeParam(until), []byte(of.Location), []byte(of.By), boolParam(of.ByShare), int8Param(math.MaxInt64-1),
		int8Param(after.Rank), []byte(after.Subject), []byte(after.Currency), int8Param(int64(limit)))
}
