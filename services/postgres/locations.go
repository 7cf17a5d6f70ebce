package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

var locations = whole(retail.TableLocations, newTable("locations", 1, "code text", "name text", "kind text", "address text",
	"latitude_e7 int4", "longitude_e7 int4", "time_zone text", "currency text", "tax_jurisdiction text", "opening_hours text",
	"gln text", "recorded_at timestamptz", "version int8", "legal_name text", "tax_id text", "closed bool", "pickup_seconds int8",
	"lead_seconds int8", "special_days text"), readLocation, writeLocation)

func writeLocation(r *rows, l retail.Location) {
	r.text(l.Code).text(l.Name).text(l.Kind).text(toJSON(l.Address)).int4(l.LatitudeE7).int4(l.LongitudeE7).text(l.TimeZone).
		text(l.Currency).text(l.TaxJurisdiction).text(toJSON(l.OpeningHours)).text(l.GLN).time(l.RecordedAt).int8(l.Version).
		textOrNull(l.LegalName).textOrNull(l.TaxID).trueOrNull(l.Closed).int8OrNull(int64(l.PickupTime / time.Second)).
		int8OrNull(int64(l.LeadTime / time.Second)).textOrNull(listOrNothing(l.SpecialDays)).end()
}

func readLocation(r *record) (retail.Location, error) {
	l := retail.Location{Code: r.text(), Name: r.text(), Kind: r.text()}
	if err := r.json(&l.Address); err != nil {
		return l, fmt.Errorf("address of location %s: %w", l.Code, err)
	}
	l.LatitudeE7, l.LongitudeE7, l.TimeZone, l.Currency, l.TaxJurisdiction = r.int4(), r.int4(), r.text(), r.text(), r.text()
	if err := r.json(&l.OpeningHours); err != nil {
		return l, fmt.Errorf("opening hours of location %s: %w", l.Code, err)
	}
	l.GLN, l.RecordedAt, l.Version = r.text(), r.time(), r.int8()
	l.LegalName, l.TaxID, l.Closed = r.text(), r.text(), r.isTrue()
	l.PickupTime, l.LeadTime = time.Duration(r.int8Or0())*time.Second, time.Duration(r.int8Or0())*time.Second
	if r.isNull() {
		r.next()
		return l, nil
	}
	if err := r.json(&l.SpecialDays); err != nil {
		return l, fmt.Errorf("special days of location %s: %w", l.Code, err)
	}
	return l, nil
}

// listOrNothing is a list as JSON; of an empty one nothing.
func listOrNothing[V any](list []V) string {
	if len(list) == 0 {
		return ""
	}
	return toJSON(list)
}

var locationColumns = prefixed(locations.table.columns)

var (
	locationByCode = readStatement("location_by_code", `
select `+locationColumns+` from locations t where t.code = $1`)

	locationsAfter = readStatement("locations_after", `
select `+locationColumns+` from locations t where t.code > $1 order by t.code limit $2`)

	unknownLocations = readStatement("unknown_locations", `
select k.code from unnest($1::text[]) with ordinality as k(code, n)
where not exists (select from locations t where t.code = k.code)
order by k.n`)
)

// Location returns a location as this process last put it, or as it was at most a second ago.
func (db *DB) Location(ctx context.Context, code string) (retail.Location, bool, error) {
	return db.caches.locations.get(ctx, code, func(ctx context.Context) (retail.Location, bool, error) {
		return db.LocationNow(ctx, code)
	})
}

// LocationNow returns a location as it is.
func (db *DB) LocationNow(ctx context.Context, code string) (retail.Location, bool, error) {
	return one(ctx, db, locationByCode, readLocation, []byte(code))
}

// Locations returns locations by code, after one.
func (db *DB) Locations(ctx context.Context, after string, limit int) ([]retail.Location, error) {
	return all(ctx, db, locationsAfter, readLocation, []byte(after), int8Param(int64(limit)))
}

// locationsMax is how many locations one read of all of them returns. A chain has thousands, not more.
const locationsMax = 10_000

// AllLocations returns every location by code, as this process last put them, or as they were at most a second ago. Callers must
// not change them.
func (db *DB) AllLocations(ctx context.Context) ([]retail.Location, error) {
	found, _, err := db.caches.allLocations.get(ctx, "", func(ctx context.Context) ([]retail.Location, bool, error) {
		found, err := db.Locations(ctx, "", locationsMax)
		return found, true, err
	})
	return found, err
}

// UnknownLocations returns the codes that no location has, in the order given.
func (db *DB) UnknownLocations(ctx context.Context, codes []string) ([]string, error) {
	return all(ctx, db, unknownLocations, readText, textArray(codes))
}

func readText(r *record) (string, error) { return r.text(), nil }
