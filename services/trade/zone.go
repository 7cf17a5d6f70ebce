package trade

import (
	"sync"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// zones are those that were loaded, by name: a zone is read from files, and does not change while a process runs.
var zones sync.Map

// Zone is the time zone of a location. One that was put before zones were checked, or a system without them, has UTC.
func Zone(l retail.Location) *time.Location {
	if zone, known := zones.Load(l.TimeZone); known {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(l.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	zones.Store(l.TimeZone, zone)
	return zone
}
