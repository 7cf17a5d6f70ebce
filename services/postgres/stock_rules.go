package postgres

import (
	"context"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

var stockRules = whole(retail.TableStockRules, newTable("stock_rules", 2, "location text", "sku text", "minimum int8", "target int8",
	"pack_size int8", "lead_days int4", "low_below int8", "removed bool", "recorded_at timestamptz", "version int8"), readStockRule,
	writeStockRule)

func writeStockRule(r *rows, rule retail.StockRule) {
	r.text(rule.Location).text(rule.SKU).int8(rule.Minimum).int8(rule.Target).int8(rule.PackSize).int4(rule.LeadDays).int8(rule.LowBelow).
		bool(rule.Removed).time(rule.RecordedAt).int8(rule.Version).end()
}

func readStockRule(r *record) (retail.StockRule, error) {
	return retail.StockRule{
		Location: r.text(), SKU: r.text(), Minimum: r.int8(), Target: r.int8(), PackSize: r.int8(), LeadDays: r.int4(), LowBelow: r.int8(),
		Removed: r.bool(), RecordedAt: r.time(), Version: r.int8(),
	}, nil
}

var stockRuleColumns = prefixed(stockRules.table.columns)

var (
	stockRulesAfter = readStatement("stock_rules_after", `
select `+stockRuleColumns+` from stock_rules t where t.location = $1 and t.sku >= $2 and not t.removed order by t.sku limit $3`)

	stockRulesOfSKUs = readStatement("stock_rules_of_skus", `
select `+stockRuleColumns+` from stock_rules t where t.sku = any($1::text[]) and not t.removed`)

	// Each side of the union is cut where the page ends, so that neither is read whole.
	ruledSKUs = readStatement("ruled_skus", `
select k.sku
from (
    (select distinct r.sku from stock_rules r where ($1 = '' or r.location = $1) and r.sku > $2::text and not r.removed
        order by r.sku limit $3::int8)
    union
    (select t.sku
    from (select p.location from stock_rules p where p.sku = '' and ($1 = '' or p.location = $1) and not p.removed) p
    cross join lateral (select l.sku from stock_levels l where l.location = p.location and l.sku > $2::text order by l.sku limit $3::int8) t)
) k
order by k.sku limit $3::int8`)

	// A position goes by its own rule, or else by its location's, which is first where the SKUs are sorted.
	lowPositions = readStatement("low_positions", `
select k.sku, coalesce(l.available, 0), coalesce(l.incoming, 0), `+stockRuleColumns+`
from (
    select l.sku from stock_levels l where l.location = $1 and l.sku > $2::text
    union
    select r.sku from stock_rules r where r.location = $1 and r.sku > $2::text and not r.removed
) k
cross join lateral (
    select r.* from stock_rules r where r.location = $1 and (r.sku = k.sku or r.sku = '') and not r.removed order by r.sku desc limit 1
) t
left join stock_levels l on l.location = $1 and l.sku = k.sku
where coalesce(l.available, 0) < t.low_below
order by k.sku limit $3::int8`)

	// Recorded times never run backwards along the versions, so that a walk is over where one is early enough.
	soldSince = readStatement("sold_since", `
select k.n, w.*
from unnest($1::text[], $2::text[], $3::int8[]) with ordinality as k(location, sku, version, n)
cross join lateral (
    select min(e.version), min(t.recorded_at),
        coalesce(sum(e.quantity) filter (where e.to_account = 'customer' and t.occurred_at >= $4::timestamptz and t.occurred_at < $5::timestamptz), 0)::int8,
        coalesce(sum(e.quantity) filter (where e.from_account = 'customer' and e.to_account <> 'shrinkage' and t.occurred_at >= $4::timestamptz and t.occurred_at < $5::timestamptz), 0)::int8
    from (select * from ledger_entries m where m.location = k.location and m.asset = k.sku and m.version > 0 and m.version <= k.version
        order by m.version desc limit $6::int8) e
    join ledger_transactions t on t.location = e.location and t.id = e.transaction_id
) w(version, recorded_at, sold, returned)
where w.version > 0`)
)

// StockRulesAt returns the rules of a location by SKU, from one on; that of the location itself comes first.
func (db *DB) StockRulesAt(ctx context.Context, location, from string, limit int) ([]retail.StockRule, error) {
	return all(ctx, db, stockRulesAfter, readStockRule, []byte(location), []byte(from), int8Param(int64(limit)))
}

// StockRulesOf returns the rules of SKUs wherever there are any, and those of all locations.
func (db *DB) StockRulesOf(ctx context.Context, skus []string) ([]retail.StockRule, error) {
	return all(ctx, db, stockRulesOfSKUs, readStockRule, textArray(append([]string{""}, skus...)))
}

// RuledSKUs returns SKUs after one that have a rule, or are at a location that has one: at one location, or where none is named
// anywhere.
func (db *DB) RuledSKUs(ctx context.Context, location, after string, limit int) ([]string, error) {
	return all(ctx, db, ruledSKUs, readText, []byte(location), []byte(after), int8Param(int64(limit)))
}

// LowPositions returns positions of a location that have fewer units available than their rule wants, by SKU, after one.
func (db *DB) LowPositions(ctx context.Context, location, after string, limit int) ([]retail.LowPosition, error) {
	return all(ctx, db, lowPositions, func(r *record) (p retail.LowPosition, err error) {
		p.SKU, p.Available, p.Incoming = r.text(), r.int8(), r.int8()
		p.Rule, err = readStockRule(r)
		return p, err
	}, []byte(location), []byte(after), int8Param(int64(limit)))
}

// SoldUnits returns what was sold of positions and came back to them, by when it happened: from a time until another. It walks each
// position back from the version that it was read at, as LevelsAsOf does.
func (db *DB) SoldUnits(ctx context.Context, now []retail.Level, from, until time.Time) ([]retail.SoldUnits, error) {
	sold := make([]retail.SoldUnits, len(now))
	reached := make([]int64, len(now)) // the newest version that was not looked at yet
	early := from.Add(-retail.OccurredAheadMax)
	var open []int
	for i, level := range now {
		reached[i] = level.Version
		if level.Version > 0 && !level.RecordedAt.Before(early) {
			open = append(open, i)
		}
	}
	for depth := walkFirst; len(open) > 0; depth *= 8 {
		asked := newRows([]column{{"location", "text"}, {"sku", "text"}, {"version", "int8"}}, false)
		for _, i := range open {
			asked.text(now[i].Location).text(now[i].SKU).int8(reached[i]).end()
		}
		var next []int
		err := db.read(ctx, func(p *pipeline) {
			depth := max(1, min(depth, walkMax/len(open)))
			params := append(asked.params(), timeParam(from), timeParam(until), int8Param(int64(depth)))
			p.queue(soldSince, params, each(func(r *record) error {
				i := open[r.int8()-1]
				oldest, recorded := r.int8(), r.time()
				sold[i].Sold += r.int8()
				sold[i].Returned += r.int8()
				if reached[i] = oldest - 1; reached[i] > 0 && !recorded.Before(early) {
					next = append(next, i)
				}
				return nil
			}))
		})
		if err != nil {
			return nil, err
		}
		open = next
	}
	return sold, nil
}
