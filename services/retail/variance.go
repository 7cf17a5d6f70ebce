package retail

import (
	"fmt"
	"slices"
	"time"
)

// Decision is what shall become of the difference of a SKU.
type Decision string

// The decisions. A SKU that nobody decided about has no line.
const (
	VarianceAccepted Decision = "ACCEPTED" // it is so: to be posted
	VarianceRecount  Decision = "RECOUNT"  // to be counted again
	VarianceIgnored  Decision = "IGNORED"  // it stays as it is
	VariancePosted   Decision = "POSTED"   // it was accepted and posted
)

// CountLine is what was decided about one SKU of a count, and what was posted. The decision is about a number that was counted at a
// moment: where another one is counted since, nothing is decided.
type CountLine struct {
	Location string   `json:"location"`
	Count    ID       `json:"count"`
	SKU      string   `json:"sku"`
	Decision Decision `json:"decision"`
	Note     string   `json:"note"`
	// Counted units at the Moment are what was decided about.
	Counted int64     `json:"counted"`
	Moment  time.Time `json:"moment"`
	// Expected is what was on hand by the books at the moment, when it was last posted; Posted what this count posted in all:
	// more than expected positive, less negative; Reason why, and Transaction the last of them.
	Expected    int64     `json:"expected"`
	Posted      int64     `json:"posted"`
	Reason      string    `json:"reason"`
	Transaction ID        `json:"transaction"`
	RecordedAt  time.Time `json:"recorded_at"`
	Version     int64     `json:"version"`
}

// CountLineKey names the line of a SKU in a count.
func CountLineKey(location string, count ID, sku string) Key {
	return Key{Table: TableCountLines, Place: location, Code: sku, ID: count}
}

// Key names the line.
func (l CountLine) Key() Key { return CountLineKey(l.Location, l.Count, l.SKU) }

// LastRecorded is when the line last changed.
func (l CountLine) LastRecorded() time.Time { return l.RecordedAt }

// Stands tells whether the decision is about what is counted now.
func (l CountLine) Stands(counted int64, moment time.Time) bool {
	return l.Decision != "" && l.Counted == counted && l.Moment.Equal(moment)
}

// CountedSKU is what a count comes to for one SKU, by what was read and what is in the books.
type CountedSKU struct {
	SKU     string
	Counted int64
	// First and Moment are its first and its last reading that count, or that as of which it counts as none.
	First, Moment time.Time
	// Read is false where nobody read it.
	Read bool
	// After is how many units more were moved in than out since the moment, by when it happened, this count's postings left out.
	After int64
	// Level is its position, as it was when After was summed.
	Level Level
	// Line is what was decided.
	Line CountLine
}

// Expected is what was on hand by the books at the moment: what is there now less what came after it. What the count posted itself is
// in it, for that is what it says was there at the moment.
func (c CountedSKU) Expected(of Count) int64 { return of.Shelf(c.Level) - c.After }

// Variance is what is still to be posted.
func (c CountedSKU) Variance(of Count) int64 { return c.Counted - c.Expected(of) }

// Decided is the decision where it stands.
func (c CountedSKU) Decided() Decision {
	if c.Line.Stands(c.Counted, c.Moment) {
		return c.Line.Decision
	}
	return ""
}

// Open tells whether somebody must look at it before the count is closed.
func (c CountedSKU) Open(of Count) bool {
	return c.Variance(of) != 0 && c.Decided() != VarianceIgnored
}

// ReviewedSKU is a decision about a SKU as it was counted.
type ReviewedSKU struct {
	SKU      string
	Decision Decision
	Note     string
	Counted  int64
	Moment   time.Time
}

// ReviewVariances decides what shall become of differences.
type ReviewVariances struct {
	CountAct
	// Planned is the version of the count of which the SKUs were read.
	Planned int64
	// SKUs are named once each.
	SKUs []ReviewedSKU
}

// Keys are the count and the lines.
func (c ReviewVariances) Keys() []Key {
	keys := make([]Key, 0, 1+len(c.SKUs))
	keys = append(keys, c.key())
	for _, sku := range c.SKUs {
		keys = append(keys, CountLineKey(c.Location, c.Count, sku.SKU))
	}
	return keys
}

// Decide refuses while it is counted. A closed count is reviewed too: what arrives late still makes differences.
func (c ReviewVariances) Decide(s State, now time.Time) (Change, []CountLine, error) {
	count, err := c.find(s)
	if err != nil {
		return Change{}, nil, err
	}
	if err := count.in(CountCounted, CountClosed); err != nil {
		return Change{}, nil, err
	}
	if count.Version != c.Planned {
		return Change{}, nil, ErrStale
	}
	// Nothing below this line can fail.
	count = count.step(now)
	change := count.change(c.Transaction, "VariancesReviewed")
	var lines []CountLine
	for _, sku := range c.SKUs {
		line := c.line(s, sku.SKU, now)
		line.Decision, line.Note, line.Counted, line.Moment = sku.Decision, sku.Note, sku.Counted, sku.Moment
		lines = append(lines, line)
	}
	change.tell("VarianceReviewed", lines)
	return change, lines, nil
}

// line is the line of a SKU after one more act.
func (a CountAct) line(s State, sku string, now time.Time) CountLine {
	line, _ := lookup[CountLine](s, CountLineKey(a.Location, a.Count, sku))
	line.Location, line.Count, line.SKU, line.RecordedAt = a.Location, a.Count, sku, now
	line.Version++
	return line
}

// tell adds lines to a change, and what others are told of them.
func (c *Change) tell(event string, lines []CountLine) {
	for _, line := range lines {
		c.Rows = append(c.Rows, line)
		c.Events = append(c.Events, Event{
			Kind: event, Shard: line.Location, Subject: "count-line/" + line.Count.String() + "/" + line.SKU, Version: line.Version, Body: line,
		})
	}
}

// PostedSKU is a difference as it was planned: After was summed while the position had a version.
type PostedSKU struct {
	SKU     string
	Counted int64
	Moment  time.Time
	After   int64
	Version int64
}

// PostCount posts differences that were accepted.
type PostCount struct {
	CountAct
	// Planned is the version of the count of which the SKUs were read.
	Planned int64
	// SKUs are named once each.
	SKUs   []PostedSKU
	Reason string
	// More is true where more was accepted.
	More bool
}

// CountPosted is what was posted.
type CountPosted struct {
	Transaction ID          `json:"transaction"`
	Lines       []CountLine `json:"lines"`
	// Variances are what was posted of each line now.
	Variances  []int64   `json:"variances"`
	More       bool      `json:"more"`
	RecordedAt time.Time `json:"recorded_at"`
}

// Keys are the count, the lines and the positions.
func (c PostCount) Keys() []Key {
	keys := make([]Key, 0, 1+2*len(c.SKUs))
	keys = append(keys, c.key())
	for _, sku := range c.SKUs {
		keys = append(keys, CountLineKey(c.Location, c.Count, sku.SKU), LevelKey(c.Location, sku.SKU))
	}
	return keys
}

// Decide computes each difference anew: what was summed holds as long as the position has not moved, and the plan is stale where it
// has. It is a fact, so that it is refused for nothing but what can't be counted.
func (c PostCount) Decide(s State, now time.Time) (Change, CountPosted, error) {
	count, err := c.find(s)
	if err != nil {
		return Change{}, CountPosted{}, err
	}
	if err := count.in(CountCounted, CountClosed); err != nil {
		return Change{}, CountPosted{}, err
	}
	if count.Version != c.Planned {
		return Change{}, CountPosted{}, ErrStale
	}
	variances := make([]int64, len(c.SKUs))
	for i, sku := range c.SKUs {
		line, found := lookup[CountLine](s, CountLineKey(c.Location, c.Count, sku.SKU))
		level := LevelAt(s, c.Location, sku.SKU)
		if !found || line.Decision != VarianceAccepted || !line.Stands(sku.Counted, sku.Moment) || level.Version != sku.Version {
			return Change{}, CountPosted{}, ErrStale
		}
		expected := count.Shelf(level) - sku.After
		variances[i] = sku.Counted - expected
		if after := level.Available() + variances[i]; beyond(sku.Counted) || beyond(expected) || beyond(after) {
			return Change{}, CountPosted{}, RefuseField(QuantityTooLarge, fmt.Sprintf("skus[%d]", i),
				"%s would count %d of %s, beyond what can be counted", c.Location, after, sku.SKU)
		}
	}
	// Nothing below this line can fail.
	count = count.step(now)
	count.Postings++
	change := count.change(c.Transaction, "CountPosted")
	change.Fact = true
	posted := CountPosted{Transaction: c.Transaction, Variances: variances, More: c.More, RecordedAt: now}
	for i, sku := range c.SKUs {
		line := c.line(s, sku.SKU, now)
		line.Decision, line.Expected, line.Reason, line.Transaction = VariancePosted, sku.Counted-variances[i], c.Reason, c.Transaction
		line.Posted += variances[i]
		posted.Lines = append(posted.Lines, line)
		switch {
		case variances[i] > 0:
			change.Entries = append(change.Entries, Entry{Location: c.Location, From: Found, To: Available, Asset: sku.SKU, Quantity: variances[i]})
		case variances[i] < 0:
			change.Entries = append(change.Entries, Entry{Location: c.Location, From: Available, To: Shrinkage, Asset: sku.SKU, Quantity: -variances[i]})
		}
		if sku.Moment.After(change.OccurredAt) {
			change.OccurredAt = sku.Moment
		}
	}
	if change.OccurredAt.After(now) {
		change.OccurredAt = now // a counter's clock that is ahead
	}
	change.tell("VariancePosted", posted.Lines)
	return change, posted, nil
}

// beyond tells whether units are more than can be counted.
func beyond(units int64) bool { return units > unitsMax || units < -unitsMax }

// Accepted are those SKUs whose difference may be posted: what was decided stands.
func Accepted(skus []CountedSKU) []PostedSKU {
	var accepted []PostedSKU
	for _, sku := range skus {
		if sku.Decided() == VarianceAccepted {
			accepted = append(accepted, PostedSKU{
				SKU: sku.SKU, Counted: sku.Counted, Moment: sku.Moment, After: sku.After, Version: sku.Level.Version,
			})
		}
	}
	return slices.Clip(accepted)
}

// CountQuery says which SKUs of a count are asked for.
type CountQuery struct {
	// SKUs are those; nil: all. Accepted: those whose difference was accepted.
	SKUs     []string
	Accepted bool
	// After is the SKU that the page before ended with.
	After string
	Limit int
}
