package postgres

import (
	"context"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// margins sums the lines of documents by transaction, so that what a transaction posted at cost is found once for all of its units of a
// SKU: sold units left the inventory where they were, those that came back joined it where they were taken back. A full invoice
// that replaces a ticket is no turnover of its own.
var margins = readStatement("margins", `
with documents as (
    select i.location, coalesce(o.channel, r.channel) as channel, i.currency, i.transaction_id, i.return_id is not null as back,
        case when i.return_id is null then coalesce(ol.fulfil_location, i.location) else r.location end as book, l.sku,
        sum(l.until - l.from) as units, sum(l.net_minor) as net
    from (select p.code from locations p where $3::text = '' or p.code = $3::text) p
    cross join lateral (
        select * from invoices d where d.location = p.code and d.occurred_at >= $1::timestamptz and d.occurred_at < $2::timestamptz
            and d.kind <> 'FULL_REPLACING_SIMPLIFIED' offset 0
    ) i
    cross join lateral json_to_recordset(i.lines::json) as l(line int4, sku text, "from" int8, until int8, net_minor int8)
    left join orders o on o.id = i.order_id
    left join returns r on r.id = i.return_id
    left join order_lines ol on ol.order_id = i.order_id and ol.line = l.line
    where l.sku <> '' and ($4::text = '' or coalesce(o.channel, r.channel) = $4::text)
    group by 1, 2, 3, 4, 5, 6, 7
), costed as (
    select d.*, c.minor as cost
    from documents d
    cross join lateral (
        select sum(e.quantity) as minor from ledger_entries e
        where e.location = d.book and e.transaction_id = d.transaction_id and e.asset = d.currency
            and e.from_account = case when d.back then 'cost_of_goods' else 'inventory/' || d.sku end
            and e.to_account = case when d.back then 'inventory/' || d.sku else 'cost_of_goods' end
    ) c
), apart as (
    select case when $5::bool then d.location else '' end as location, case when $6::bool then d.channel else '' end as channel,
        case when $7::bool or $8::bool then coalesce(v.product, '') else '' end as product,
        case when $8::bool then d.sku else '' end as sku, d.currency,
        coalesce(sum(d.units) filter (where not d.back), 0)::int8 as sold, coalesce(sum(d.units) filter (where d.back), 0)::int8 as returned,
        sum(case when d.back then -d.net else d.net end)::int8 as net,
        coalesce(sum(case when d.back then -d.cost else d.cost end), 0)::int8 as cost,
        coalesce(sum(d.units) filter (where d.cost is null), 0)::int8 as uncosted,
        coalesce(sum(case when d.back then -d.net else d.net end) filter (where d.cost is null), 0)::int8 as uncosted_net
    from costed d
    left join variants v on v.sku = d.sku
    group by 1, 2, 3, 4, 5
)
select a.* from apart a
where (a.location, a.channel, a.product, a.sku, a.currency) >
    ($9::text collate "C", $10::text collate "C", $11::text collate "C", $12::text collate "C", $13::text collate "C")
order by a.location, a.channel, a.product, a.sku, a.currency limit $14::int8`)

// Margins returns what goods brought in from one time to before another, after one: by what they are asked to be told apart by.
func (db *DB) Margins(
	ctx context.Context, from, until time.Time, of retail.MarginsOf, after retail.Margin, limit int,
) ([]retail.Margin, error) {
	return all(ctx, db, margins, func(r *record) (retail.Margin, error) {
		return retail.Margin{
			Location: r.text(), Channel: r.text(), Product: r.text(), SKU: r.text(), Currency: r.text(), Sold: r.int8(), Returned: r.int8(),
			NetMinor: r.int8(), CostMinor: r.int8(), UnitsWithoutCost: r.int8(), NetWithoutCostMinor: r.int8(),
		}, nil
	}, timeParam(from), timeParam(until), []byte(of.Location), []byte(of.Channel), boolParam(of.ByLocation), boolParam(of.ByChannel),
		boolParam(of.ByProduct), boolParam(of.BySKU), []byte(after.Location), []byte(after.Channel), []byte(after.Product),
		[]byte(after.SKU), []byte(after.Currency), int8Param(int64(limit)))
}
