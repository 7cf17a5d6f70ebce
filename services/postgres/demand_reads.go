package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// demandOfSQL is which lines are asked for: those of some time, at a location or at all, through a channel or through all.
const demandOfSQL = `l.at >= $1 and l.at < $2 and ($3::text = '' or l.location = $3::text) and ($4::text = '' or l.channel = $4::text)`

var (
	unmetDemand = readStatement("unmet_demand", `
select d.*, v.product, p.title,
	(select j -> 'option_values' from json_array_elements(p.variants::json) j where j ->> 'sku' = d.sku limit 1)::text
from (
	select l.location, case when l.kind = 'SEARCH' then '' else l.sku end as sku, case when l.kind = 'SEARCH' then l.words else '' end as words,
		coalesce(sum(l.times) filter (where l.kind = 'SEARCH'), 0)::int8, coalesce(sum(l.times) filter (where l.kind = 'AVAILABILITY'), 0)::int8,
		coalesce(sum(l.times) filter (where l.kind = 'PRODUCT'), 0)::int8, coalesce(sum(l.times) filter (where l.kind = 'HOLD'), 0)::int8,
		coalesce(sum(l.times) filter (where l.kind = 'ORDER'), 0)::int8, coalesce(sum(l.times) filter (where l.kind = 'EXCHANGE'), 0)::int8,
		coalesce(sum(l.times) filter (where l.kind = 'TRANSFER'), 0)::int8, sum(l.times * l.units)::int8, sum(l.times * (l.units - l.there))::int8
	from demand_lines l
	where `+demandOfSQL+` and (l.kind <> 'SEARCH' or l.found = 0)
	group by 1, 2, 3
) d
left join variants v on v.sku = d.sku left join products p on p.code = v.product
where (d.location, d.sku, d.words) > ($5::text collate "C", $6::text collate "C", $7::text collate "C")
	and ($8::text = '' or v.product = $8::text)
order by d.location, d.sku, d.words limit $9`)

	searched = readStatement("searched", `
select s.* from (
	select l.words, l.filters, l.sku, l.location, l.channel, l.language, sum(l.times)::int8 as times,
		coalesce(sum(l.times) filter (where l.found = 0), 0)::int8 as in_vain, min(l.found)::int8, max(l.found)::int8
	from demand_lines l
	where `+demandOfSQL+` and l.kind = 'SEARCH'
	group by 1, 2, 3, 4, 5, 6
) s
where (not $5::bool or s.in_vain > 0) and (-s.times, s.words, s.filters, s.sku, s.location, s.channel, s.language) >
	(-$6::int8, $7::text collate "C", $8::text collate "C", $9::text collate "C", $10::text collate "C", $11::text collate "C",
	$12::text collate "C")
order by -s.times, s.words, s.filters, s.sku, s.location, s.channel, s.language limit $13`)

	// What a place wanted of another is no demand of customers. The kinds are those of the partial index.
	unmetOfSKUs = readStatement("unmet_of_skus", `
select l.location, l.sku, sum(l.times * (l.units - l.there))::int8
from demand_lines l
where l.sku = any($1::text[]) and l.at >= $2 and l.at < $3 and l.kind in ('HOLD', 'ORDER', 'EXCHANGE')
group by 1, 2`)
)

// demandAsked are the parameters of demandOfSQL. No location and no channel are all.
func demandAsked(from, until time.Time, location, channel string) [][]byte {
	return [][]byte{timeParam(from), timeParam(until), []byte(location), []byte(channel)}
}

// UnmetDemand returns what was wanted and not had from one time to before another, by location, SKU and words, after one; of one product,
// or of all, and words.
func (db *DB) UnmetDemand(
	ctx context.Context, from, until time.Time, location, channel, product string, after retail.UnmetDemand, limit int,
) ([]retail.UnmetDemand, error) {
	return all(ctx, db, unmetDemand, func(r *record) (retail.UnmetDemand, error) {
		u := retail.UnmetDemand{
			Location: r.text(), SKU: r.text(), Words: r.text(), Searches: r.int8(), Asked: r.int8(), AskedProduct: r.int8(), Holds: r.int8(),
			Orders: r.int8(), Exchanges: r.int8(), Transfers: r.int8(), Units: r.int8(), Short: r.int8(), Product: r.text(), Title: r.text(),
		}
		if values := r.next(); values != nil {
			if err := json.Unmarshal(values, &u.Options); err != nil {
				return u, fmt.Errorf("options of %s: %w", u.SKU, err)
			}
		}
		return u, nil
	}, append(demandAsked(from, until, location, channel), []byte(after.Location), []byte(after.SKU), []byte(after.Words),
		[]byte(product), int8Param(int64(limit)))...)
}

// Searched returns what was searched for from one time to before another, the most frequent first, after one; with inVain only where
// nothing was found at least once.
func (db *DB) Searched(
	ctx context.Context, from, until time.Time, location, channel string, inVain bool, after retail.Searched, limit int,
) ([]retail.Searched, error) {
	return all(ctx, db, searched, func(r *record) (retail.Searched, error) {
		return retail.Searched{
			Words: r.text(), Filters: r.text(), SKU: r.text(), Location: r.text(), Channel: r.text(), Language: r.text(), Times: r.int8(),
			InVain: r.int8(), Least: r.int8(), Most: r.int8(),
		}, nil
	}, append(demandAsked(from, until, location, channel), boolParam(inVain), int8Param(after.Times), []byte(after.Words), []byte(after.Filters),
		[]byte(after.SKU), []byte(after.Location), []byte(after.Channel), []byte(after.Language), int8Param(int64(limit)))...)
}

// UnmetOf returns how many units of SKUs customers were to be promised and were not, from one time to before another, by position.
func (db *DB) UnmetOf(ctx context.Context, skus []string, from, until time.Time) (map[retail.Key]int64, error) {
	found := map[retail.Key]int64{}
	_, err := all(ctx, db, unmetOfSKUs, func(r *record) (struct{}, error) {
		key := retail.LevelKey(r.text(), r.text())
		found[key] = r.int8()
		return struct{}{}, nil
	}, textArray(skus), timeParam(from), timeParam(until))
	return found, err
}
