package postgres

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

var countColumns = prefixed(counts.table.columns)

// effectiveSQL is what counts of the readings of a count ($1, $2): of each zone ($3) the latest pass ($4). What stood for nothing when
// it was recorded is what its barcode stands for now, unless its code was dismissed ($5). A tagged unit is one, at its last
// reading, however often it was read. An event that was withdrawn counts for nothing, in whichever order the two arrived.
const effectiveSQL = `
with passes as (select * from unnest($3::text[], $4::int4[]) as p(zone, pass)),
read as (
    select r.read_at, r.zone, l.code, l.unit, l.quantity,
        case when l.sku <> '' then l.sku when l.code = any($5::text[]) then '' else coalesce(b.sku, '') end as sku
    from count_readings r
    join passes p on p.zone = r.zone and p.pass = r.pass
    join count_reading_lines l on l.location = r.location and l.count_id = r.count_id and l.reading_id = r.id
    left join barcodes b on l.sku = '' and b.gtin = l.code
    where r.location = $1 and r.count_id = $2 and not r.withdrawal
        and (r.event_id = '' or not exists (select from count_readings w
            where w.location = $1 and w.count_id = $2 and w.withdrawal and w.event_id = r.event_id))
),
effective as (
    select sku, code, zone, read_at, quantity from read where unit = ''
    union all
    (select distinct on (unit) sku, code, zone, read_at, quantity from read where unit <> '' order by unit, read_at desc, zone)
)`

var (
	countByID = readStatement("count_by_id", `
select `+countColumns+` from counts t where t.location = $1 and t.id = $2`)

	countsOf = readStatement("counts_of", `
select `+countColumns+` from counts t
where t.location = $1 and (t.opened_at, t.id) < ($2::timestamptz, $3::uuid)
order by t.opened_at desc, t.id desc limit $4`)

	// The lines of a page of readings are summed beside it.
	readingsOf = readStatement("readings_of", `
select t.location, t.count_id, t.id, t.counter, t.zone, t.pass, t.read_at, t.event_id, t.withdrawal, t.recorded_at, l.lines, l.units, l.unknown,
    t.event_id <> '' and exists (select from count_readings w
        where w.location = t.location and w.count_id = t.count_id and w.withdrawal and w.event_id = t.event_id)
from (select * from count_readings where location = $1 and count_id = $2 and (recorded_at, id) > ($3::timestamptz, $4::uuid)
    order by recorded_at, id limit $5) t
cross join lateral (
    select count(*)::int8 as lines, coalesce(sum(l.quantity), 0)::int8 as units,
        coalesce(to_json(array_agg(distinct l.code) filter (where l.sku = ''))::text, '[]') as unknown
    from count_reading_lines l where l.location = t.location and l.count_id = t.count_id and l.reading_id = t.id
) l
order by t.recorded_at, t.id`)

	unknownsOf = readStatement("unknowns_of", effectiveSQL+`
select code, sum(quantity)::int8, min(read_at), max(read_at), to_json(array_agg(distinct zone))::text
from effective where sku = '' and code > $6 group by code order by code limit $7`)

	// What was counted of each SKU after $6, of those in $8 where that is not null; and with $9 those of the scope ($11; none: all that
	// the location has or had) that nobody read, as of $10.
	countedOf = readStatement("counted_of", effectiveSQL+`,
counted as (
    select sku, sum(quantity)::int8 as units, min(read_at) as first, max(read_at) as moment from effective where sku <> '' group by sku
),
scope as (
    select k.sku collate "C" as sku from unnest($11::text[]) as k(sku) where $9
    union all
    select l.sku from stock_levels l where $9 and cardinality($11::text[]) = 0 and l.location = $1
)
select i.sku, i.units, i.first, i.moment, i.read
from (
    select c.sku, c.units, c.first, c.moment, true as read from counted c
    union all
    select s.sku, 0, $10::timestamptz, $10::timestamptz, false from scope s where not exists (select from counted c where c.sku = s.sku)
) i
where i.sku > $6 and ($8::text[] is null or i.sku = any($8::text[]))
order by i.sku limit $7`)

	// What moved into the accounts $5 less what moved out, of each SKU after its moment, by when it happened; transactions with the
	// cause $4 left out. An id is minted when something is recorded, which is after it happened, so that the transactions are found by
	// their key from $2 on: no index of theirs knows when something happened.
	movedAfter = readStatement("moved_after", `
select e.asset, sum(case when e.to_account = any($5::text[]) then e.quantity else 0 end
    - case when e.from_account = any($5::text[]) then e.quantity else 0 end)::int8
from (select t.location, t.id, t.occurred_at from ledger_transactions t
    where t.location = $1 and t.id >= $2 and t.occurred_at > $3::timestamptz and t.cause <> $4 offset 0) t
cross join lateral (select e.asset, e.from_account, e.to_account, e.quantity from ledger_entries e
    where e.location = t.location and e.transaction_id = t.id and e.version > 0 offset 0) e
join unnest($6::text[], $7::timestamptz[]) as k(sku, moment) on k.sku = e.asset and t.occurred_at > k.moment
group by e.asset`)

	countLinesOf = readStatement("count_lines_of", `
select `+prefixed(countLines.table.columns)+` from count_lines t where t.location = $1 and t.count_id = $2 and t.sku = any($3::text[])`)

	acceptedOf = readStatement("accepted_of", `
select t.sku from count_lines t where t.location = $1 and t.count_id = $2 and t.decision = 'ACCEPTED' and t.sku > $4 order by t.sku limit $3`)

	hasCode = readStatement("has_code", `
select 1::int8 from count_reading_lines l where l.location = $1 and l.count_id = $2 and l.sku = '' and l.code = $3 limit 1`)
)

// mintedEarly is how much earlier an id may say that it was minted than the database says that its transaction happened, where the
// clocks of servers differ.
const mintedEarly = 24 * time.Hour

// mintedFrom is the least id, version 7, of what may have been recorded since a moment. Source: RFC 9562, section 5.7.
func mintedFrom(at time.Time) (id retail.ID) {
	millis := uint64(max(0, at.Add(-mintedEarly).UnixMilli()))
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], millis<<16)
	copy(id[:6], b[:6])
	return id
}

// Count returns a count.
func (db *DB) Count(ctx context.Context, location string, id retail.ID) (retail.Count, bool, error) {
	return one(ctx, db, countByID, readCount, []byte(location), idParam(id))
}

// Counts returns the counts of a place, newest first, after a mark.
func (db *DB) Counts(ctx context.Context, location string, after retail.OrderMark, limit int) ([]retail.Count, error) {
	at := newestFirst(after.OccurredAt, after.ID)
	return all(ctx, db, countsOf, readCount, []byte(location), at, idParam(after.ID), int8Param(int64(limit)))
}

// Readings returns what was read in a count, in the order it was recorded, after a mark.
func (db *DB) Readings(
	ctx context.Context, location string, count retail.ID, after retail.OrderMark, limit int,
) ([]retail.ReadingSum, error) {
	from := after.OccurredAt
	if from.IsZero() {
		from = epoch
	}
	read := func(r *record) (sum retail.ReadingSum, err error) {
		sum.Reading = readReading(r)
		sum.LineCount, sum.UnitCount = r.int8(), r.int8()
		if err := r.json(&sum.Unknown); err != nil {
			return sum, err
		}
		sum.Withdrawn = r.bool()
		return sum, nil
	}
	return all(ctx, db, readingsOf, read, []byte(location), idParam(count), timeParam(from), idParam(after.ID), int8Param(int64(limit)))
}

// HasUnknown tells whether a code was read in a count while it stood for nothing.
func (db *DB) HasUnknown(ctx context.Context, location string, count retail.ID, code string) (bool, error) {
	_, found, err := one(ctx, db, hasCode, func(r *record) (int64, error) { return r.int8(), nil }, []byte(location), idParam(count), []byte(code))
	return found, err
}

// effective are the parameters of effectiveSQL.
func effective(c retail.Count) [][]byte {
	passes := newRows([]column{{"zone", "text"}, {"pass", "int4"}}, false)
	for _, zone := range c.Zones {
		passes.text(zone.Zone).int4(zone.Pass).end()
	}
	dismissed := make([]string, len(c.Dismissed))
	for i, d := range c.Dismissed {
		dismissed[i] = d.Code
	}
	return append([][]byte{[]byte(c.Location), idParam(c.ID)}, append(passes.params(), textArray(dismissed))...)
}

// Unknowns returns a count and what was read in it and stands for nothing, by code, after one.
func (db *DB) Unknowns(
	ctx context.Context, location string, id retail.ID, after string, limit int,
) (c retail.Count, found bool, unknowns []retail.UnknownCode, err error) {
	err = db.readWhole(ctx, func(p *pipeline) {
		p.queue(countByID, [][]byte{[]byte(location), idParam(id)}, each(func(r *record) (err error) {
			found = true
			c, err = readCount(r)
			return err
		}))
	}, func(p *pipeline) {
		if !found {
			return
		}
		p.queue(unknownsOf, append(effective(c), []byte(after), int8Param(int64(limit))), each(func(r *record) error {
			unknown := retail.UnknownCode{Code: r.text(), Units: r.int8(), First: r.time(), Last: r.time()}
			unknowns = append(unknowns, unknown)
			return json.Unmarshal(r.next(), &unknowns[len(unknowns)-1].Zones)
		}))
	})
	return c, found, unknowns, err
}

// CountedSKUs returns a count and what it comes to for SKUs, in order, all as of one moment.
func (db *DB) CountedSKUs(
	ctx context.Context, location string, id retail.ID, q retail.CountQuery,
) (c retail.Count, found bool, counted []retail.CountedSKU, err error) {
	only := q.SKUs
	err = db.readWhole(ctx, func(p *pipeline) {
		p.queue(countByID, [][]byte{[]byte(location), idParam(id)}, each(func(r *record) (err error) {
			found = true
			c, err = readCount(r)
			return err
		}))
		if q.Accepted {
			only = []string{}
			p.queue(acceptedOf, [][]byte{[]byte(location), idParam(id), int8Param(int64(q.Limit)), []byte(q.After)}, each(func(r *record) error {
				only = append(only, r.text())
				return nil
			}))
		}
	}, func(p *pipeline) {
		if found {
			p.queue(countedOf, countedParams(c, q, only), each(func(r *record) error {
				counted = append(counted, retail.CountedSKU{SKU: r.text(), Counted: r.int8(), First: r.time(), Moment: r.time(), Read: r.bool()})
				return nil
			}))
		}
	}, func(p *pipeline) {
		if len(counted) > 0 {
			queueExpected(p, c, counted)
		}
	})
	if err != nil {
		err = fmt.Errorf("count %s: %w", id, err)
	}
	return c, found, counted, err
}

func countedParams(c retail.Count, q retail.CountQuery, only []string) [][]byte {
	var named []byte // null: all
	if only != nil {
		named = textArray(only)
	}
	whole := []byte{0}
	if c.WholeScope {
		whole[0] = 1
	}
	wholeAt := c.WholeAt
	if wholeAt.IsZero() {
		wholeAt = epoch
	}
	return append(effective(c), []byte(q.After), int8Param(int64(q.Limit)), named, whole, timeParam(wholeAt), textArray(c.SKUs))
}

// queueExpected reads what the books say of SKUs: their positions, what moved after the moments, and what was decided.
func queueExpected(p *pipeline, c retail.Count, counted []retail.CountedSKU) {
	at := make(map[string]*retail.CountedSKU, len(counted))
	skus, earliest := make([]string, len(counted)), counted[0].Moment
	moments := newRows([]column{{"sku", "text"}, {"moment", "timestamptz"}}, false)
	for i := range counted {
		sku := &counted[i]
		at[sku.SKU], skus[i] = sku, sku.SKU
		moments.text(sku.SKU).time(sku.Moment).end()
		if sku.Moment.Before(earliest) {
			earliest = sku.Moment
		}
	}
	place := []byte(c.Location)
	queueLevelsAt(p, skus, []string{c.Location}, each(func(r *record) error {
		level := readLevel(r)
		at[level.SKU].Level = level
		return nil
	}))
	cause := []byte(retail.CountCause + c.ID.String())
	params := append([][]byte{place, idParam(mintedFrom(earliest)), timeParam(earliest), cause, textArray(c.Accounts())}, moments.params()...)
	p.queue(movedAfter, params, each(func(r *record) error {
		sku := at[r.text()]
		sku.After = r.int8()
		return nil
	}))
	p.queue(countLinesOf, [][]byte{place, idParam(c.ID), textArray(skus)}, each(func(r *record) error {
		line, err := readCountLine(r)
		at[line.SKU].Line = line
		return err
	}))
}
