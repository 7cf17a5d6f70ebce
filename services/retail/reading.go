package retail

import (
	"slices"
	"time"
)

// Reading is what somebody or something read in one zone at one moment: a recording of a counter, or an event of an RFID reader.
// It is kept as it was read.
type Reading struct {
	Location string `json:"location"`
	Count    ID     `json:"count"`
	ID       ID     `json:"id"`
	// Counter is who or what read.
	Counter string `json:"counter"`
	Zone    string `json:"zone"`
	// Pass is which time the zone was counted, from 1.
	Pass   int32     `json:"pass"`
	ReadAt time.Time `json:"read_at"`
	// Lines are what was read, in order; the same thing may stand on several.
	Lines []ReadingLine `json:"lines"`
	// EventID is the EPCIS event that it is, or is a part of; empty: it is none.
	EventID string `json:"event_id"`
	// Withdrawal is true where it says that the event was an error: nothing that was read in it counts.
	Withdrawal bool      `json:"withdrawal"`
	RecordedAt time.Time `json:"recorded_at"`
}

// ReadingLine is one thing that was read.
type ReadingLine struct {
	// SKU is what it stood for when it was recorded; empty: nothing.
	SKU string `json:"sku"`
	// Code is what it was read by: a GTIN of 14 digits, or the EPC of what has none; empty: the SKU itself.
	Code string `json:"code"`
	// Unit is the one thing in the world that an RFID tag says it is; empty: it was not read from a tag.
	Unit string `json:"unit"`
	// Quantity is units, 0 for none; 1 where there is a Unit.
	Quantity int64 `json:"quantity"`
}

// ReadingKey names a reading.
func ReadingKey(location string, count, id ID) Key {
	return Key{Table: TableReadings, Place: location, Code: count.String(), ID: id}
}

// Key names the reading.
func (r Reading) Key() Key { return ReadingKey(r.Location, r.Count, r.ID) }

// LastRecorded is when the reading was recorded.
func (r Reading) LastRecorded() time.Time { return r.RecordedAt }

// ReadingAgeMax is how long after the reading it may be recorded. Whatever moved since is looked at for each question about it.
const ReadingAgeMax = 31 * 24 * time.Hour

// ReadAt checks when something was read: not in the future, beyond what clocks differ, and not too long ago. Where nobody says,
// it is now.
func ReadAt(given bool, at, now time.Time) (time.Time, error) {
	if !given {
		return now.Truncate(time.Microsecond), nil
	}
	if at.After(now.Add(clockSkew)) {
		return time.Time{}, RefuseField(InvalidRequest, "read_at", "lies in the future: %s", at.Format(time.RFC3339))
	}
	if at.Before(now.Add(-ReadingAgeMax)) {
		return time.Time{}, RefuseField(InvalidRequest, "read_at", "lies more than 31 days back: %s", at.Format(time.RFC3339))
	}
	return at.Truncate(time.Microsecond), nil
}

// RecordReading records what was read in one zone.
type RecordReading struct {
	Transaction ID
	Reading     Reading
}

// Keys are the count, and the reading, which may have been recorded before.
func (c RecordReading) Keys() []Key {
	return []Key{CountKey(c.Reading.Location, c.Reading.Count), c.Reading.Key()}
}

// Decide refuses when the count has ended, and a pass that does not follow the latest of its zone.
func (c RecordReading) Decide(s State, now time.Time) (Change, ReadingSum, error) {
	reading := c.Reading
	count, err := CountAct{Location: reading.Location, Count: reading.Count}.find(s)
	if err != nil {
		return Change{}, ReadingSum{}, err
	}
	if err := count.in(CountOpen, CountCounted); err != nil {
		return Change{}, ReadingSum{}, err
	}
	if s.Row(reading.Key()) != nil {
		return Change{}, ReadingSum{}, ErrStale // a minted id that is taken
	}
	if err := count.fits(reading); err != nil {
		return Change{}, ReadingSum{}, err
	}
	// Nothing below this line can fail.
	reading.RecordedAt = now
	change := count.step(now).taken(reading).change(c.Transaction, "ReadingsTaken")
	change.record(reading)
	return change, reading.sum(), nil
}

// fits refuses a reading whose pass does not follow the latest of its zone, and one zone too many.
func (c Count) fits(r Reading) error {
	if latest := c.pass(r.Zone); r.Pass > latest+1 {
		return RefuseField(InvalidRequest, "pass", "zone %q was counted %d times so far", r.Zone, latest).With("pass", latest)
	}
	if len(c.Zones) >= zonesMax && !slices.ContainsFunc(c.Zones, func(z CountZone) bool { return z.Zone == r.Zone }) {
		return RefuseField(InvalidRequest, "zone", "a count has at most %d zones", zonesMax)
	}
	return nil
}

// taken is the count after a reading. A withdrawal is none of a zone.
func (c Count) taken(r Reading) Count {
	c.Readings++
	if r.Withdrawal {
		return c
	}
	if r.ReadAt.After(c.LastReadAt) {
		c.LastReadAt = r.ReadAt
	}
	zones := append(make([]CountZone, 0, len(c.Zones)+1), c.Zones...)
	at := slices.IndexFunc(zones, func(z CountZone) bool { return z.Zone == r.Zone })
	if at < 0 {
		at = len(zones)
		zones = append(zones, CountZone{Zone: r.Zone})
	}
	zones[at].Pass = max(zones[at].Pass, r.Pass)
	c.Zones = zones
	return c
}

// record adds a reading to a change, and what others are told of it.
func (c *Change) record(r Reading) {
	c.Rows = append(c.Rows, r)
	c.Events = append(c.Events, Event{
		Kind: "ReadingRecorded", Shard: r.Location, Version: 1, Body: r, Subject: "reading/" + r.Count.String() + "/" + r.ID.String(),
	})
}

// CaptureEvents records what EPCIS events say: readings, and withdrawals of events that were errors. The id of each derives from its
// event, so that an event is one however often it comes.
type CaptureEvents struct {
	CountAct
	// Readings are of this count, none twice.
	Readings []Reading
}

// Captured is what became of events.
type Captured struct {
	// New tells of each reading whether it was recorded now.
	New []bool `json:"new"`
}

// Keys are the count and the readings.
func (c CaptureEvents) Keys() []Key {
	keys := make([]Key, 0, 1+len(c.Readings))
	keys = append(keys, c.key())
	for _, reading := range c.Readings {
		keys = append(keys, reading.Key())
	}
	return keys
}

// Decide refuses as RecordReading does; what was recorded before is left as it is.
func (c CaptureEvents) Decide(s State, now time.Time) (Change, Captured, error) {
	count, err := c.find(s)
	if err != nil {
		return Change{}, Captured{}, err
	}
	if err := count.in(CountOpen, CountCounted); err != nil {
		return Change{}, Captured{}, err
	}
	count = count.step(now)
	captured := Captured{New: make([]bool, len(c.Readings))}
	var readings []Reading
	for i, reading := range c.Readings {
		if captured.New[i] = s.Row(reading.Key()) == nil; !captured.New[i] {
			continue
		}
		if err := count.fits(reading); err != nil && !reading.Withdrawal {
			return Change{}, Captured{}, err
		}
		reading.RecordedAt = now
		readings = append(readings, reading)
		count = count.taken(reading)
	}
	// Nothing below this line can fail.
	change := count.change(c.Transaction, "ReadingsTaken")
	for _, reading := range readings {
		change.record(reading)
	}
	return change, captured, nil
}

// ReadingSum is a reading as it is listed: without its lines.
type ReadingSum struct {
	Reading
	// LineCount and UnitCount are how many it has, Unknown the codes that stood for nothing when it was recorded, each once.
	LineCount int64    `json:"line_count"`
	UnitCount int64    `json:"unit_count"`
	Unknown   []string `json:"unknown"`
	// Withdrawn is true where its event was withdrawn.
	Withdrawn bool `json:"withdrawn"`
}

// sum is the reading without its lines.
func (r Reading) sum() ReadingSum {
	sum := ReadingSum{Reading: r, LineCount: int64(len(r.Lines))}
	for _, line := range r.Lines {
		sum.UnitCount += line.Quantity
		if line.SKU == "" {
			sum.Unknown = append(sum.Unknown, line.Code)
		}
	}
	slices.Sort(sum.Unknown)
	sum.Unknown = slices.Compact(sum.Unknown)
	sum.Lines = nil
	return sum
}

// UnknownCode is something that was read and stands for nothing.
type UnknownCode struct {
	Code        string
	Units       int64
	First, Last time.Time
	Zones       []string
}
