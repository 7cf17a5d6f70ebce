package retail

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// StockLine is units of a SKU that go from one account of the stock to another.
type StockLine struct {
	SKU      string `json:"sku"`
	From     string `json:"from"`
	To       string `json:"to"`
	Quantity int64  `json:"quantity"`
}

// recorded says what may be recorded of units: from where to where. Where a request does not say, the first of each is meant.
var recorded = map[StockAct]struct{ from, to []string }{
	ActDamage:     {[]string{Available, Inspection, Quarantine}, []string{Damaged}},
	ActQuarantine: {[]string{Available, Inspection, Damaged}, []string{Quarantine}},
	ActInspect:    {[]string{Inspection}, []string{Available, Damaged, Quarantine, Shrinkage}},
	ActRestore:    {[]string{Damaged, Quarantine}, []string{Available}},
	ActWriteOff:   {[]string{Damaged, Available, Inspection, Quarantine}, []string{Shrinkage}},
	ActFound:      {[]string{Found}, []string{Available, Inspection, Damaged, Quarantine}},
}

// stockEvents are what others are told of each act.
var stockEvents = map[StockAct]string{
	ActDamage: "StockDamaged", ActQuarantine: "StockQuarantined", ActInspect: "StockInspected", ActRestore: "StockRestored",
	ActWriteOff: "StockWrittenOff", ActFound: "StockFound",
}

// RecordStock records what became of units that are here: they broke, were set apart, looked at, repaired, given up, or turned up.
// It is a fact. Units that leave what is available were there though they may be promised; units that leave another state are
// there or not, and nobody is promised any.
type RecordStock struct {
	Transaction ID
	// Act is a key of recorded.
	Act      StockAct
	Location string
	// Lines go from and to accounts that the act allows, each pair of them once for a SKU.
	Lines []StockLine
	// Cause is what it was done for: a return, a delivery note, a count.
	Cause string
	// Reason is the code of its reason, and Note what else there is to say of it.
	Reason, Note string
	OccurredAt   time.Time
}

// NewRecordStock checks the lines of an act against what it allows, and completes them: an account that is not given is the first
// that may be meant.
func NewRecordStock(c RecordStock) (RecordStock, error) {
	allowed := recorded[c.Act]
	lines := slices.Clone(c.Lines)
	for i := range lines {
		line := &lines[i]
		for _, side := range []struct {
			account *string
			of      []string
			name    string
		}{{&line.From, allowed.from, "from"}, {&line.To, allowed.to, "to"}} {
			field := fmt.Sprintf("lines[%d].%s", i, side.name)
			switch {
			case *side.account == "" && len(side.of) > 0:
				*side.account = side.of[0]
			case !slices.Contains(side.of, *side.account):
				return c, RefuseField(InvalidRequest, field, "a %s goes %s %s", c.Act, side.name, strings.Join(side.of, ", "))
			}
		}
		for before, other := range lines[:i] {
			if other.SKU == line.SKU && other.From == line.From && other.To == line.To {
				return c, RefuseField(InvalidRequest, fmt.Sprintf("lines[%d].sku", i), "the SKU %s stands on lines[%d] already", line.SKU, before)
			}
		}
	}
	c.Lines = lines
	return c, nil
}

// By gives the act its reason, once that is known to fit.
func (c RecordStock) By(reason StockReason) (RecordStock, error) {
	if err := reason.For(c.Act, "reason"); err != nil {
		return c, err
	}
	c.Reason, c.Cause = reason.Code, reason.Cause(c.Cause)
	return c, nil
}

// Keys are the positions.
func (c RecordStock) Keys() []Key {
	var keys []Key
	for _, line := range c.Lines {
		if key := LevelKey(c.Location, line.SKU); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// Decide refuses StateShort where fewer units are in a state than would leave it, with every such line, and what can't be counted.
// Where from and where to is looked at once more: units that come to be held or committed this way would be nobody's promise.
func (c RecordStock) Decide(s State, now time.Time) (Change, StockChanged, error) {
	if _, err := NewRecordStock(c); err != nil {
		return Change{}, StockChanged{}, err
	}
	levels := map[string]Level{}
	var refusal *Refusal
	for i, line := range c.Lines {
		level, seen := levels[line.SKU]
		if !seen {
			level = LevelAt(s, c.Location, line.SKU)
		}
		for side, account := range []string{line.From, line.To} {
			at := levelIndex(account)
			if at < 0 {
				continue // outside of the shelves
			}
			if side == 0 && account != Available && level.Units[at] < line.Quantity {
				refusal = stateShort(refusal, i, line, level.Units[at])
				continue
			}
			before := level.Units[at]
			level.Units[at] += line.Quantity * int64(2*side-1)
			// What leaves brings a position that is beyond already nearer to what can be counted. What overflows ends on the other side.
			beyond := level.Units[at] < -unitsMax || level.Units[at] > before
			if side == 1 {
				beyond = level.Units[at] > unitsMax || level.Units[at] < before
			}
			if refusal == nil && beyond {
				return Change{}, StockChanged{}, RefuseField(QuantityTooLarge, fmt.Sprintf("lines[%d]", i),
					"%s would count %d of %s as %s, beyond what can be counted", c.Location, level.Units[at], line.SKU, account)
			}
		}
		levels[line.SKU] = level
	}
	if refusal != nil {
		return Change{}, StockChanged{}, refusal
	}
	// Nothing below this line can fail.
	entries := make([]Entry, len(c.Lines))
	for i, line := range c.Lines {
		entries[i] = Entry{Location: c.Location, From: line.From, To: line.To, Asset: line.SKU, Quantity: line.Quantity}
	}
	change := Change{
		ID: c.Transaction, Kind: Kind(c.Act), Place: c.Location, OccurredAt: c.OccurredAt, Cause: c.Cause, Reason: c.Reason, Note: c.Note,
		Fact: true, Entries: entries,
	}
	after, _, _ := foldLevels(change, now, s) // what Post will fold; it was checked above
	change.Events = []Event{{
		Kind: stockEvents[c.Act], Shard: c.Location, Subject: "transaction/" + c.Transaction.String(), Version: 1,
		Body: StockRecorded{Location: c.Location, Act: c.Act, Cause: c.Cause, Reason: c.Reason, Note: c.Note, Lines: c.Lines},
	}}
	return change, StockChanged{Transaction: c.Transaction, Location: c.Location, Levels: after, RecordedAt: now}, nil
}

// stateShort refuses a line, or adds it to the refusal of those before.
func stateShort(before *Refusal, i int, line StockLine, there int64) *Refusal {
	field := fmt.Sprintf("lines[%d]", i)
	if before == nil {
		before = RefuseField(StateShort, field+".quantity", "%d of %s are %s, and not %d", there, line.SKU, line.From, line.Quantity)
	} else {
		before.Message += fmt.Sprintf("; %d of %s are %s, and not %d", there, line.SKU, line.From, line.Quantity)
	}
	return before.With(field+".sku", line.SKU).With(field+".wanted", line.Quantity).With(field+"."+line.From, there)
}

// StockRecorded is the body of StockDamaged, StockQuarantined, StockInspected, StockRestored, StockWrittenOff and StockFound.
type StockRecorded struct {
	Location string      `json:"location"`
	Act      StockAct    `json:"act"`
	Cause    string      `json:"cause"`
	Reason   string      `json:"reason"`
	Note     string      `json:"note,omitempty"`
	Lines    []StockLine `json:"lines"`
}
