package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// crossedSQL is the entries of books, or of the one of location $3, on the accounts of other locations, or of location $4, that were written
// down before $2. The condition on the accounts is, word for word, that of the index.
const crossedSQL = `
crossed as (
    select e.*, t.kind, t.cause, t.actor, t.occurred_at, t.recorded_at
    from (select p.code from locations p where $3::text = '' or p.code = $3::text) p
    cross join lateral (
        select n.location, n.transaction_id, n.line, n.asset as currency, n.to_account ^@ 'settlement/' as raises,
            case when n.to_account ^@ 'settlement/' then n.quantity else -n.quantity end as minor,
            substr(case when n.to_account ^@ 'settlement/' then n.to_account else n.from_account end, 12) as other,
            case when n.to_account ^@ 'settlement/' then n.from_account else n.to_account end as account
        from ledger_entries n
        where n.location = p.code and (n.from_account ^@ 'settlement/' or n.to_account ^@ 'settlement/') offset 0
    ) e
    join ledger_transactions t on t.location = e.location and t.id = e.transaction_id
    where t.recorded_at < $2::timestamptz and ($4::text = '' or e.other = $4::text)
), numbered as (
    select c.*, row_number() over (partition by c.location, c.transaction_id, c.other order by c.line) as nth
    from crossed c where c.recorded_at >= $1::timestamptz
)`

// partSQL tells of numbered entries m what they are of. What crosses two books stands in both, one entry after the other in the same order,
// so that the nth of one book is the nth of the other. One of the two has the account of the order opposite, the other what was paid by or given
// back to. Whether the act sold or gave back is told by its kind, and of an exchange by the order: the one that it placed, or the one that
// goods came back of. What is sold takes money and may give change, puts something on a card, and is paid with one.
const partSQL = `
left join lateral (
    select case when n.from_account = 'settlement/' || m.location then n.to_account else n.from_account end as account
    from ledger_entries n
    where n.location = m.other and n.transaction_id = m.transaction_id and 'settlement/' || m.location in (n.from_account, n.to_account)
    order by n.line offset m.nth - 1 limit 1
) o on true
cross join lateral (
    select m.account ^@ 'order/' as ours, case when m.account ^@ 'order/' then o.account else m.account end as means,
        substr(case when m.account ^@ 'order/' then m.account else o.account end, 7)::uuid as order_id
) d
left join returns r on r.id = case when m.kind = 'EXCHANGE' then substr(m.cause, 8)::uuid end
cross join lateral (
    select m.kind in ('SALE', 'PAYMENT', 'HANDOVER') or coalesce(r.exchange = d.order_id, false) as sold
) s
cross join lateral (
    select case when d.means ^@ 'tender/' then case when s.sold then 'TAKEN' else 'GIVEN_BACK' end || case when d.ours then '_FOR_US' else '_FOR_THEM' end
        else case when s.sold = (m.raises <> d.ours) then 'VALUE_LOADED' else 'VALUE_ACCEPTED' end || case when d.ours then '_FOR_THEM' else '_FOR_US' end
        end as part
) f`

// figuresSQL is the figures as columns, in their order, each as a format says.
func figuresSQL(format string) string {
	var columns []string
	for _, part := range retail.SettlementParts {
		columns = append(columns, fmt.Sprintf(format, part))
	}
	return strings.Join(columns, ",\n        ")
}

var (
	settlements = readStatement("settlements", `
with`+crossedSQL+`, pairs as (
    select c.location, c.other, c.currency, coalesce(sum(c.minor) filter (where c.recorded_at < $1::timestamptz), 0)::int8 as opening
    from crossed c where (c.location, c.other, c.currency) > ($5::text collate "C", $6::text collate "C", $7::text collate "C")
    group by 1, 2, 3 order by 1, 2, 3 limit $8::int8
)
select p.location, p.other, p.currency, p.opening, coalesce(t.entries, 0), `+figuresSQL("coalesce(t.%s, 0)")+`
from pairs p
left join (
    select m.location, m.other, m.currency, count(*) as entries,
        `+figuresSQL("sum(m.minor) filter (where f.part = '%s')::int8 as %[1]s")+`
    from pairs p
    join numbered m on m.location = p.location and m.other = p.other and m.currency = p.currency`+partSQL+`
    group by 1, 2, 3
) t on t.location = p.location and t.other = p.other and t.currency = p.currency
order by p.location, p.other, p.currency`)

	settlementEntries = readStatement("settlement_entries", `
with`+crossedSQL+`
select m.location, m.transaction_id, m.line, m.kind, m.cause, m.actor, m.occurred_at, m.recorded_at, d.order_id, f.part, m.minor, m.currency, d.means
from (
    select n.* from numbered n where (n.recorded_at, n.transaction_id, n.line) > ($6::timestamptz, $7::uuid, $8::int8)
    order by n.recorded_at, n.transaction_id, n.line
) m`+partSQL+`
where $5::text = '' or f.part = $5::text
order by m.recorded_at, m.transaction_id, m.line limit $9::int8`)
)

// Settlements returns what locations owe each other, as each of their books says, and what made it so from one time to before another,
// after one: those of the book of a location and with another one, where these are named.
func (db *DB) Settlements(
	ctx context.Context, from, until time.Time, location, with string, after retail.PairSettlement, limit int,
) ([]retail.PairSettlement, error) {
	return all(ctx, db, settlements, func(r *record) (retail.PairSettlement, error) {
		s := retail.PairSettlement{
			Location: r.text(), With: r.text(), Currency: r.text(), OpeningMinor: r.int8(), Entries: r.int8(),
			PartsMinor: map[retail.SettlementPart]int64{},
		}
		for _, part := range retail.SettlementParts {
			s.PartsMinor[part] = r.int8()
		}
		return s, nil
	}, timeParam(from), timeParam(until), []byte(location), []byte(with), []byte(after.Location), []byte(after.With), []byte(after.Currency),
		int8Param(int64(limit)))
}

// SettlementEntries returns the entries of a pair from one time to before another, after one, the oldest first.
func (db *DB) SettlementEntries(
	ctx context.Context, from, until time.Time, of retail.SettlementEntriesOf, after retail.SettlementMark, limit int,
) ([]retail.SettlementEntry, error) {
	return all(ctx, db, settlementEntries, func(r *record) (retail.SettlementEntry, error) {
		e := retail.SettlementEntry{Header: retail.Header{Location: r.text(), ID: r.id()}}
		e.Line = r.int4()
		e.Header.Kind, e.Header.Cause, e.Header.Actor = retail.Kind(r.text()), r.text(), r.text()
		e.Header.OccurredAt, e.Header.RecordedAt = r.time(), r.time()
		e.Order, e.Part, e.AmountMinor, e.Currency, e.Account = r.id(), retail.SettlementPart(r.text()), r.int8(), r.text(), r.text()
		return e, nil
	}, timeParam(from), timeParam(until), []byte(of.Location), []byte(of.With), []byte(of.Part), timeParam(after.RecordedAt),
		idParam(after.Transaction), int8Param(int64(after.Line)), int8Param(int64(limit)))
}
