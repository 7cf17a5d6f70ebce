package retail

import (
	"slices"
	"time"

	"pgregory.net/rapid"
)

// comesTo is what a count comes to, in the order of the SKUs, as a handler reads it: of each zone the latest pass, a tagged unit once,
// what nobody read as none where all of the scope was looked at, and what moved after each moment.
func (s *shop) comesTo(c Count) []CountedSKU {
	counted, units := map[string]*CountedSKU{}, map[string]bool{}
	at := func(sku string) *CountedSKU {
		if counted[sku] == nil {
			counted[sku] = &CountedSKU{SKU: sku}
		}
		return counted[sku]
	}
	for _, reading := range s.readingsOf(c) {
		for _, line := range reading.Lines {
			sku := line.SKU
			if barcode, found := s.rows[BarcodeKey(line.Code)].(Barcode); sku == "" && found {
				if _, dismissed := c.Has(line.Code); !dismissed {
					sku = barcode.SKU
				}
			}
			if sku == "" || line.Unit != "" && units[line.Unit] {
				continue
			}
			units[line.Unit] = true
			one := at(sku)
			one.Counted += line.Quantity
			if !one.Read || reading.ReadAt.Before(one.First) {
				one.First = reading.ReadAt
			}
			if one.Read = true; reading.ReadAt.After(one.Moment) {
				one.Moment = reading.ReadAt
			}
		}
	}
	if c.WholeScope {
		for _, sku := range s.scope(c) {
			if one := at(sku); !one.Read {
				one.First, one.Moment = c.WholeAt, c.WholeAt
			}
		}
	}
	var all []CountedSKU
	for _, one := range counted {
		one.Level = s.level(c.Location, one.SKU)
		one.Line, _ = s.rows[CountLineKey(c.Location, c.ID, one.SKU)].(CountLine)
		for _, h := range s.headers {
			if h.Location == c.Location && h.OccurredAt.After(one.Moment) && h.Cause != "count/"+c.ID.String() {
				one.After += shelved(c, h.Entries, one.SKU)
			}
		}
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b CountedSKU) int {
		if a.SKU < b.SKU {
			return -1
		}
		return 1
	})
	return all
}

// readingsOf are the readings of a count that count, the latest read first.
func (s *shop) readingsOf(c Count) []Reading {
	var all []Reading
	for _, row := range s.rows {
		if reading, ok := row.(Reading); ok && reading.Count == c.ID && !reading.Withdrawal && reading.Pass == c.pass(reading.Zone) && !s.withdrawn(reading) {
			all = append(all, reading)
		}
	}
	slices.SortFunc(all, func(a, b Reading) int { return b.ReadAt.Compare(a.ReadAt) })
	return all
}

// withdrawn tells whether an event was an error.
func (s *shop) withdrawn(r Reading) bool {
	for _, row := range s.rows {
		if other, ok := row.(Reading); ok && other.Withdrawal && other.Count == r.Count && other.EventID == r.EventID {
			return r.EventID != ""
		}
	}
	return false
}

// scope are the SKUs that a count is about.
func (s *shop) scope(c Count) []string {
	if len(c.SKUs) > 0 {
		return c.SKUs
	}
	var all []string
	for _, row := range s.rows {
		if level, ok := row.(Level); ok && level.Location == c.Location {
			all = append(all, level.SKU)
		}
	}
	return all
}

// shelved is how many units of a SKU entries bring onto the shelves that a count sees.
func shelved(c Count, entries []Entry, sku string) (units int64) {
	seen := []string{"available", "held", "committed"}
	if !c.SellableOnly {
		seen = append(seen, "inspection", "damaged", "quarantine")
	}
	for _, e := range entries {
		if e.Asset == sku && slices.Contains(seen, e.To) {
			units += e.Quantity
		}
		if e.Asset == sku && slices.Contains(seen, e.From) {
			units -= e.Quantity
		}
	}
	return units
}

// stoodAt is what stood on those shelves at a moment by when things happened, with what a count says of it itself: the fold of the
// entries from the beginning, where comesTo goes back from the end.
func (s *shop) stoodAt(c Count, sku string, moment time.Time) (units int64) {
	for _, h := range s.headers {
		if h.Location == c.Location && (!h.OccurredAt.After(moment) || h.Cause == "count/"+c.ID.String()) {
			units += shelved(c, h.Entries, sku)
		}
	}
	return units
}

// auditCounts proves that counts know of their readings, and that what their lines say was posted is what was posted for them.
func auditCounts(t rapid.TB, s *shop, k kept) {
	t.Helper()
	for _, c := range k.counts {
		posted, readings, passes := map[string]int64{}, int64(0), map[string]int32{}
		for _, h := range s.headers {
			if h.Cause == "count/"+c.ID.String() {
				for _, e := range h.Entries {
					posted[e.Asset] += shelved(c, []Entry{e}, e.Asset)
				}
			}
		}
		for _, row := range s.rows {
			switch row := row.(type) {
			case CountLine:
				if row.Count == c.ID {
					if row.Posted != posted[row.SKU] {
						t.Fatalf("L2: %d of %s were posted, and the line says %+v", posted[row.SKU], row.SKU, row)
					}
					delete(posted, row.SKU)
				}
			case Reading:
				if row.Count == c.ID {
					readings++
					if !row.Withdrawal {
						passes[row.Zone] = max(passes[row.Zone], row.Pass)
					}
				}
			}
		}
		for sku, units := range posted {
			if units != 0 {
				t.Fatalf("L2: %d of %s were posted for a count, and no line says so", units, sku)
			}
		}
		for _, zone := range c.Zones {
			if zone.Pass != passes[zone.Zone] {
				t.Fatalf("%+v of a count was last read as pass %d", zone, passes[zone.Zone])
			}
		}
		if readings != c.Readings {
			t.Fatalf("a count has %d readings: %+v", readings, c)
		}
	}
}
