package retail

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Location is a place with stock and books of its own.
type Location struct {
	// Code is the retailer's own: an identity that never changes.
	Code    string  `json:"code"`
	Name    string  `json:"name"`
	Kind    string  `json:"kind"`
	Address Address `json:"address"`
	// LatitudeE7 and LongitudeE7 are in units of 1e-7 degrees, north and east positive.
	LatitudeE7  int32 `json:"latitude_e7"`
	LongitudeE7 int32 `json:"longitude_e7"`
	// TimeZone is an IANA name, for example "Europe/Madrid".
	TimeZone string `json:"time_zone"`
	// Currency is that of its books, ISO 4217.
	Currency string `json:"currency"`
	// TaxJurisdiction is whose tax rates apply to sales here.
	TaxJurisdiction string `json:"tax_jurisdiction"`
	// OpeningHours are in the location's own time zone; none: no public hours.
	OpeningHours []OpeningHours `json:"opening_hours"`
	// GLN is its GS1 Global Location Number, 13 digits; empty: none.
	GLN string `json:"gln"`
	// LegalName and TaxID are who sells here, as invoices name it; empty: Name, and no number.
	LegalName string `json:"legal_name,omitempty"`
	TaxID     string `json:"tax_id,omitempty"`
	// Closed is true where it takes no new holds, orders and transfers. Sales at its tills are facts and go on.
	Closed bool `json:"closed,omitempty"`
	// PickupTime is how long it keeps a pickup that is ready; 0: pickupTime.
	PickupTime time.Duration `json:"pickup_time_ns,omitempty"`
	// LeadTime is how long it takes to have a pickup ready, counted while it is open; 0: leadTime.
	LeadTime time.Duration `json:"lead_time_ns,omitempty"`
	// SpecialDays are days on which it is open otherwise than every week, no day twice.
	SpecialDays []SpecialDay `json:"special_days,omitempty"`
	RecordedAt  time.Time    `json:"recorded_at"`
	Version     int64        `json:"version"`
}

// The kinds of location that have goods to promise.
const (
	Store     = "STORE"
	Warehouse = "WAREHOUSE"
)

// Trades tells whether new promises may be made of goods here: it is of a kind that has any, and open.
func (l Location) Trades() bool { return (l.Kind == Store || l.Kind == Warehouse) && !l.Closed }

// Address is a postal address.
type Address struct {
	Street     string `json:"street"`
	PostalCode string `json:"postal_code"`
	City       string `json:"city"`
	Region     string `json:"region"`
	// CountryCode is ISO 3166-1 alpha-2; empty: not said.
	CountryCode string `json:"country_code"`
}

// OneLine is where it is as people say it, without the country; empty: nobody knows.
func (a Address) OneLine() string {
	var parts []string
	for _, part := range []string{a.Street, strings.TrimSpace(a.PostalCode + " " + a.City)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// OpeningHours is one span of a weekday in which a location is open.
type OpeningHours struct {
	// Weekday is 1 for Monday to 7 for Sunday (ISO 8601).
	Weekday int32 `json:"weekday"`
	// Opens and Closes are local times, "HH:MM"; "24:00" is the end of the day.
	Opens  string `json:"opens"`
	Closes string `json:"closes"`
}

// LocationKey names a location.
func LocationKey(code string) Key { return Key{Table: TableLocations, Code: code} }

// Key names the location.
func (l Location) Key() Key { return LocationKey(l.Code) }

// LastRecorded is when the location was last put.
func (l Location) LastRecorded() time.Time { return l.RecordedAt }

// Pays is the location as the one whose drawer pays cash out in a currency; empty where it keeps another.
func (l Location) Pays(currency string) string {
	if l.Currency != currency {
		return ""
	}
	return l.Code
}

// pickupTime is how long a place that does not say keeps a pickup.
const pickupTime = 7 * 24 * time.Hour

// KeepsPickups is how long the place keeps a pickup that is ready.
func (l Location) KeepsPickups() time.Duration { return cmp.Or(l.PickupTime, pickupTime) }

// Seller is the place as its documents name it.
func (l Location) Seller() Party {
	return Party{Name: cmp.Or(l.LegalName, l.Name), TaxID: l.TaxID, Address: l.Address}
}

// Open refuses new promises of a place that is closed.
func (l Location) Open(field string) error {
	if l.Closed {
		return RefuseField(LocationClosed, field, "%s takes no new orders, holds and transfers", l.Code).With("location", l.Code)
	}
	return nil
}

// Keeps refuses money in another currency than the place's book: Aisle changes no money.
func (l Location) Keeps(currency, field string) error {
	return keeps(l.Code, l.Currency, currency, field)
}

// keepsCost refuses what goods cost in another currency than that of the place's book.
func (l Location) keepsCost(cost Cost, field string) error {
	if cost.Known() && cost.Currency != l.Currency {
		return RefuseField(CurrencyMismatch, field, "%s keeps its books in %s, and the goods cost %s", l.Code, l.Currency, cost.Currency).
			With("currency_code", l.Currency)
	}
	return nil
}

func keeps(location, book, currency, field string) error {
	if book != currency {
		return RefuseField(CurrencyMismatch, field, "%s keeps its books in %s, and the order is in %s", location, book, currency).
			With("currency_code", currency)
	}
	return nil
}

// PutLocation creates a location or replaces all that is known of it.
type PutLocation struct {
	Transaction ID
	Location    Location
}

// Keys are the location.
func (c PutLocation) Keys() []Key { return []Key{c.Location.Key()} }

// Decide refuses another currency than the location's: its book is kept in one.
func (c PutLocation) Decide(s State, now time.Time) (Change, Location, error) {
	location := c.Location
	before, found := lookup[Location](s, location.Key())
	if found && before.Currency != location.Currency {
		return Change{}, Location{}, RefuseField(Immutable, "location.currency_code",
			"%s keeps its books in %s", location.Code, before.Currency).With("currency_code", before.Currency)
	}
	// Nothing below this line can fail.
	location.Version, location.RecordedAt = before.Version+1, now
	return put(c.Transaction, "LocationPut", "location/"+location.Code, location.Code, location.Version, location), location, nil
}

// put is the change that every put of master data makes: one row, which is also what others are told. It posts nothing.
func put(transaction ID, event, subject, shard string, version int64, row Row) Change {
	return Change{
		ID: transaction, Kind: KindMaster, Place: HeadOffice, Cause: subject,
		Rows:   []Row{row},
		Events: []Event{{Kind: event, Shard: shard, Subject: subject, Version: version, Body: row}},
	}
}

// PlaceAway is a place, and how far it is.
type PlaceAway struct {
	Location Location
	// Metres is how far it is as the crow flies; negative: not known.
	Metres int64
}

// nearestFirst returns places by how far they are, those of which it is not known last, and then by code.
func nearestFirst(places []PlaceAway) []PlaceAway {
	// Of places only the order is sorted: there is much to each of them.
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		one, other := places[a], places[b]
		return cmp.Or(cmp.Compare(uint64(one.Metres), uint64(other.Metres)), cmp.Compare(one.Location.Code, other.Location.Code))
	})
	sorted := make([]PlaceAway, len(places))
	for i, at := range order {
		sorted[i] = places[at]
	}
	return sorted
}
