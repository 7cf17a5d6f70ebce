package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/aisle-retail/aisle/services/retail"
)

var buffers = whole(retail.TableBuffers, newTable("buffers", 2, "location text", "sku text", "rules text",
	"recorded_at timestamptz", "version int8"), readBuffers, writeBuffers)

func writeBuffers(r *rows, b retail.BufferRules) {
	r.text(b.Location).text(b.SKU).text(toJSON(b.Rules)).time(b.RecordedAt).int8(b.Version).end()
}

func readBuffers(r *record) (retail.BufferRules, error) {
	b := retail.BufferRules{Location: r.text(), SKU: r.text()}
	if err := r.json(&b.Rules); err != nil {
		return b, fmt.Errorf("buffers of %s at %s: %w", b.SKU, b.Location, err)
	}
	b.RecordedAt, b.Version = r.time(), r.int8()
	return b, nil
}

var bufferColumns = prefixed(buffers.table.columns)

var (
	buffersOfPlaces = readStatement("buffers_of_places", `
select `+bufferColumns+` from buffers t where t.location = any($1::text[]) and t.sku = any($2::text[]) and t.rules <> '[]'`)

	buffersOfPositions = readStatement("buffers_of_positions", `
select `+bufferColumns+` from unnest($1::text[], $2::text[]) as k(location, sku)
join buffers t on t.location = k.location and t.sku = k.sku`)

	buffersOfSKUsAt = readStatement("buffers_of_skus_at", `
select t.sku from buffers t where t.location = $1 and t.sku > '' and t.rules <> '[]' limit 1`)

	buffersAfter = readStatement("buffers_after", `
select `+bufferColumns+` from buffers t where t.location = $1 and t.sku >= $2 and t.rules <> '[]' order by t.sku limit $3`)
)

// placeBuffers are the rules of a location itself, and whether any SKU has rules of its own there. Where none has, as in most
// shops, a promise asks for no others.
type placeBuffers struct {
	own  retail.BufferRules
	skus bool
}

// BuffersNow returns the rules that there are of some SKUs at some places, and those of the places themselves, as they are.
func (db *DB) BuffersNow(ctx context.Context, skus, locations []string) ([]retail.BufferRules, error) {
	if len(locations) == 0 {
		return nil, nil
	}
	return all(ctx, db, buffersOfPlaces, readBuffers, textArray(locations), textArray(append([]string{""}, skus...)))
}

// Buffers returns the rules that positions go by, as this process last put them, or as they were at most a second ago.
func (db *DB) Buffers(ctx context.Context, positions []retail.Key) ([]retail.BufferRules, error) {
	var rules []retail.BufferRules
	var named []string // positions at places where SKUs have rules
	seen := map[string]placeBuffers{}
	for _, position := range positions {
		place, known := seen[position.Place]
		if !known {
			var err error
			if place, err = db.buffersAt(ctx, position.Place); err != nil {
				return nil, err
			}
			seen[position.Place] = place
			if len(place.own.Rules) > 0 {
				rules = append(rules, place.own)
			}
		}
		if place.skus {
			named = append(named, positionName(position.Place, position.Code))
		}
	}
	if len(named) == 0 {
		return rules, nil
	}
	found, err := db.caches.buffers.getAll(ctx, named, db.buffersOf)
	return append(rules, found...), err
}

func (db *DB) buffersAt(ctx context.Context, location string) (placeBuffers, error) {
	place, _, err := db.caches.buffersAt.get(ctx, location, func(ctx context.Context) (place placeBuffers, _ bool, err error) {
		err = db.read(ctx, func(p *pipeline) {
			p.queue(buffersOfPositions, [][]byte{textArray([]string{location}), textArray([]string{""})}, each(func(r *record) (err error) {
				place.own, err = readBuffers(r)
				return err
			}))
			p.queue(buffersOfSKUsAt, [][]byte{[]byte(location)}, each(func(*record) error {
				place.skus = true
				return nil
			}))
		})
		return place, true, err
	})
	return place, err
}

// positionName is a position as the cache names it. Codes have no control characters.
func positionName(location, sku string) string { return location + "\x00" + sku }

func cutPosition(name string) (location, sku string) {
	location, sku, _ = strings.Cut(name, "\x00")
	return location, sku
}

// buffersOf reads the rules of positions; one that has none answers with no rules, which is worth remembering.
func (db *DB) buffersOf(ctx context.Context, named []string) (map[string]retail.BufferRules, error) {
	found := make(map[string]retail.BufferRules, len(named))
	locations, skus := make([]string, len(named)), make([]string, len(named))
	for i, name := range named {
		locations[i], skus[i] = cutPosition(name)
		found[name] = retail.BufferRules{Location: locations[i], SKU: skus[i]}
	}
	rules, err := all(ctx, db, buffersOfPositions, readBuffers, textArray(locations), textArray(skus))
	for _, r := range rules {
		found[positionName(r.Location, r.SKU)] = r
	}
	return found, err
}

// BuffersAt returns the rules of a location by SKU, from one on; those of the location itself come first.
func (db *DB) BuffersAt(ctx context.Context, location, from string, limit int) ([]retail.BufferRules, error) {
	return all(ctx, db, buffersAfter, readBuffers, []byte(location), []byte(from), int8Param(int64(limit)))
}
