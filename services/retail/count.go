package retail

import (
	"slices"
	"time"
)

// CountState is how far a count has come.
type CountState string

// The states of a count.
const (
	CountOpen      CountState = "OPEN"      // it is being counted
	CountCounted   CountState = "COUNTED"   // counting is over; differences are reviewed and posted
	CountClosed    CountState = "CLOSED"    // it has ended
	CountCancelled CountState = "CANCELLED" // it was given up
)

// Bounds of a count. Its row is written with every recording, so that it stays small.
const (
	// zonesMax is how many zones it may have.
	zonesMax = 200
	// dismissedMax is how many codes may be dismissed in it.
	dismissedMax = 1000
)

// Count is a session of counting at one location. What was read is in its readings, what was decided in its lines; what comes
// of both is folded by whoever asks: zones add up, of each zone the latest pass counts, a tagged unit counts once.
type Count struct {
	Location string     `json:"location"`
	ID       ID         `json:"id"`
	Name     string     `json:"name"`
	State    CountState `json:"state"`
	// Zones are those that were named when it was opened, then others in the order that they were first read.
	Zones []CountZone `json:"zones"`
	// SKUs are what it is about; none: all of the location.
	SKUs []string `json:"skus"`
	// Blind is true where what is expected is not shown before counting is over.
	Blind bool `json:"blind"`
	// SellableOnly is true where goods that are not sellable are kept apart and not counted.
	SellableOnly bool `json:"sellable_only"`
	// WholeScope is true where what nobody read counts as none, as of WholeAt.
	WholeScope bool      `json:"whole_scope"`
	WholeAt    time.Time `json:"whole_at"`
	// LastReadAt is the latest moment of all readings.
	LastReadAt time.Time `json:"last_read_at"`
	// Readings and Postings are how many of each it has.
	Readings int64 `json:"readings"`
	Postings int64 `json:"postings"`
	// Dismissed are codes that are no goods of ours.
	Dismissed  []DismissedCode `json:"dismissed"`
	Note       string          `json:"note"`
	OpenedAt   time.Time       `json:"opened_at"`
	RecordedAt time.Time       `json:"recorded_at"`
	Version    int64           `json:"version"`
}

// CountZone is a part of the location, and the pass of it that counts: the latest recorded, 0 where none was.
type CountZone struct {
	Zone string `json:"zone"`
	Pass int32  `json:"pass"`
}

// DismissedCode is a code that was read and is no goods of ours.
type DismissedCode struct {
	Code string `json:"code"`
	Note string `json:"note"`
}

// CountCause is what the cause of an act of counting begins with.
const CountCause = "count/"

// CountKey names a count.
func CountKey(location string, id ID) Key { return Key{Table: TableCounts, Place: location, ID: id} }

// Key names the count.
func (c Count) Key() Key { return CountKey(c.Location, c.ID) }

// LastRecorded is when the count last changed.
func (c Count) LastRecorded() time.Time { return c.RecordedAt }

// Accounts are those whose units it counts.
func (c Count) Accounts() []string {
	if c.SellableOnly {
		return []string{Available, Held, Committed}
	}
	return []string{Available, Held, Committed, Inspection, Damaged, Quarantine}
}

// Shelf is how many units of a position it counts.
func (c Count) Shelf(l Level) (units int64) {
	for _, account := range c.Accounts() {
		units += l.Units[levelIndex(account)]
	}
	return units
}

// ShowsExpected tells whether people may see what the books expect.
func (c Count) ShowsExpected() bool { return !c.Blind || c.State != CountOpen }

// Has tells whether a code was dismissed, and why.
func (c Count) Has(code string) (note string, dismissed bool) {
	at := slices.IndexFunc(c.Dismissed, func(d DismissedCode) bool { return d.Code == code })
	if at < 0 {
		return "", false
	}
	return c.Dismissed[at].Note, true
}

// in refuses a step that a count in this state does not take.
func (c Count) in(states ...CountState) error {
	if slices.Contains(states, c.State) {
		return nil
	}
	return Refuse(CountStep, "the count is %s", c.State).With("state", c.State)
}

// pass is the latest pass of a zone.
func (c Count) pass(zone string) int32 {
	for _, z := range c.Zones {
		if z.Zone == zone {
			return z.Pass
		}
	}
	return 0
}

// step is the count after one more act.
func (c Count) step(now time.Time) Count {
	c.Version++
	c.RecordedAt = now
	return c
}

// change is what an act of counting comes to: the count as it is after it, and whatever else it writes, all of which is told.
func (c Count) change(transaction ID, event string) Change {
	subject := CountCause + c.ID.String()
	return Change{
		ID: transaction, Kind: KindCount, Place: c.Location, Cause: subject,
		Rows:   []Row{c},
		Events: []Event{{Kind: event, Shard: c.Location, Subject: subject, Version: c.Version, Body: c}},
	}
}

// CountAct names the count that an act is about.
type CountAct struct {
	Location    string
	Count       ID
	Transaction ID
}

// key names the count.
func (a CountAct) key() Key { return CountKey(a.Location, a.Count) }

// find returns the count, or refuses.
func (a CountAct) find(s State) (Count, error) {
	c, found := lookup[Count](s, a.key())
	if !found {
		return Count{}, Refuse(UnknownCount, "there is no count %s at %s", a.Count, a.Location)
	}
	return c, nil
}

// OpenCount begins a count.
type OpenCount struct {
	CountAct
	Name string
	// Zones and SKUs are named once each.
	Zones, SKUs  []string
	Blind        bool
	SellableOnly bool
}

// Keys are the count.
func (c OpenCount) Keys() []Key { return []Key{c.key()} }

// Decide refuses nothing: whether the SKUs are known was looked at before, and does not change.
func (c OpenCount) Decide(s State, now time.Time) (Change, Count, error) {
	if s.Row(c.key()) != nil {
		return Change{}, Count{}, ErrStale // a minted id that is taken
	}
	// Nothing below this line can fail.
	count := Count{
		Location: c.Location, ID: c.Count, Name: c.Name, State: CountOpen, SKUs: slices.Clone(c.SKUs), Blind: c.Blind,
		SellableOnly: c.SellableOnly, OpenedAt: now, RecordedAt: now, Version: 1,
	}
	for _, zone := range c.Zones {
		count.Zones = append(count.Zones, CountZone{Zone: zone})
	}
	return count.change(c.Transaction, "CountOpened"), count, nil
}

// CompleteCount says that counting is over.
type CompleteCount struct {
	CountAct
	// WholeScope is true where all of the scope was looked at.
	WholeScope bool
}

// Keys are the count.
func (c CompleteCount) Keys() []Key { return []Key{c.key()} }

// Decide refuses to count as none what was in a zone that nobody read.
func (c CompleteCount) Decide(s State, now time.Time) (Change, Count, error) {
	count, err := c.find(s)
	if err != nil {
		return Change{}, Count{}, err
	}
	if err := count.in(CountOpen); err != nil {
		return Change{}, Count{}, err
	}
	for _, zone := range count.Zones {
		if c.WholeScope && zone.Pass == 0 {
			return Change{}, Count{}, RefuseField(ZoneUnread, "whole_scope", "zone %s was not read", zone.Zone).With("zone", zone.Zone)
		}
	}
	// Nothing below this line can fail.
	count = count.step(now)
	count.State, count.WholeScope = CountCounted, c.WholeScope
	if count.WholeScope {
		if count.WholeAt = count.LastReadAt; count.WholeAt.IsZero() {
			count.WholeAt = now
		}
	}
	return count.change(c.Transaction, "CountCompleted"), count, nil
}

// DismissUnknown says of a code that was read that it is no goods of ours.
type DismissUnknown struct {
	CountAct
	DismissedCode
}

// Keys are the count.
func (c DismissUnknown) Keys() []Key { return []Key{c.key()} }

// Decide refuses more than a count can keep. A code that was dismissed before gets the new note.
func (c DismissUnknown) Decide(s State, now time.Time) (Change, Count, error) {
	count, err := c.find(s)
	if err != nil {
		return Change{}, Count{}, err
	}
	if err := count.in(CountOpen, CountCounted); err != nil {
		return Change{}, Count{}, err
	}
	at := slices.IndexFunc(count.Dismissed, func(d DismissedCode) bool { return d.Code == c.Code })
	if at < 0 && len(count.Dismissed) >= dismissedMax {
		return Change{}, Count{}, RefuseField(InvalidRequest, "code", "more than %d codes are dismissed: put them into the catalogue, or close it", dismissedMax)
	}
	// Nothing below this line can fail.
	count = count.step(now)
	count.Dismissed = slices.Clone(count.Dismissed)
	if at < 0 {
		count.Dismissed = append(count.Dismissed, c.DismissedCode)
	} else {
		count.Dismissed[at] = c.DismissedCode
	}
	return count.change(c.Transaction, "UnknownDismissed"), count, nil
}

// CloseCount ends a count.
type CloseCount struct {
	CountAct
	// Planned is the version that was looked through for what is left to do; 0: nobody looked, and the rest is left.
	Planned int64
	Note    string
}

// Keys are the count.
func (c CloseCount) Keys() []Key { return []Key{c.key()} }

// Decide refuses while it is counted, and at its end.
func (c CloseCount) Decide(s State, now time.Time) (Change, Count, error) {
	count, err := c.find(s)
	if err != nil {
		return Change{}, Count{}, err
	}
	if err := count.in(CountCounted); err != nil {
		return Change{}, Count{}, err
	}
	if c.Planned != 0 && c.Planned != count.Version {
		return Change{}, Count{}, ErrStale
	}
	// Nothing below this line can fail.
	count = count.step(now)
	count.State, count.Note = CountClosed, c.Note
	return count.change(c.Transaction, "CountClosed"), count, nil
}

// CancelCount gives a count up.
type CancelCount struct {
	CountAct
	Note string
}

// Keys are the count.
func (c CancelCount) Keys() []Key { return []Key{c.key()} }

// Decide refuses where something was posted: that stays, so that the count is closed and not cancelled.
func (c CancelCount) Decide(s State, now time.Time) (Change, Count, error) {
	count, err := c.find(s)
	if err != nil {
		return Change{}, Count{}, err
	}
	if err := count.in(CountOpen, CountCounted); err != nil {
		return Change{}, Count{}, err
	}
	if count.Postings > 0 {
		return Change{}, Count{}, Refuse(CountStep, "differences of the count were posted: close it").With("state", count.State)
	}
	// Nothing below this line can fail.
	count = count.step(now)
	count.State, count.Note = CountCancelled, c.Note
	return count.change(c.Transaction, "CountCancelled"), count, nil
}
