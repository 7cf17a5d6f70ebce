package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Buffer is what is kept back of a position: units that may not be promised. The zero Buffer keeps nothing.
type Buffer struct {
	// Units are kept back at least.
	Units int64
	// BasisPoints is the part that is kept back at least, in hundredths of a percent, rounded up to a whole unit: of the units
	// that are here to be sold, whether promised or not. Of available alone each promise would free part of the buffer for the
	// next, until nearly nothing is kept.
	BasisPoints int32
	// Version is that of the rules it was found in; 0: the channel's own.
	Version int64
}

// wholeBasisPoints are all of something.
const wholeBasisPoints = 10_000

// Of is how many units are kept back of a position.
func (b Buffer) Of(l Level) int64 {
	here := max(0, l.Available()+l.Held()+l.Committed())
	part := (here*int64(min(max(0, b.BasisPoints), wholeBasisPoints)) + wholeBasisPoints - 1) / wholeBasisPoints
	return max(0, b.Units, part)
}

// BufferRule is one rule of a position, or of a location.
type BufferRule struct {
	// Method is the fulfilment that it is for; empty: all that no other rule is for.
	Method Method `json:"method,omitempty"`
	// Channel is whose promises it is for; empty: those of all that no other rule is for.
	Channel string `json:"channel,omitempty"`
	// Units and BasisPoints are as in Buffer.
	Units       int64 `json:"units"`
	BasisPoints int32 `json:"basis_points"`
}

// compareBufferRules orders the rules of one row.
func compareBufferRules(a, b BufferRule) int {
	return cmp.Or(cmp.Compare(a.Method, b.Method), cmp.Compare(a.Channel, b.Channel))
}

// BufferRules are all rules of one position, or those of a location for the SKUs that have none of their own.
type BufferRules struct {
	Location string `json:"location"`
	// SKU is empty for the rules of the location.
	SKU string `json:"sku"`
	// Rules have each pair of method and channel once, in that order.
	Rules      []BufferRule `json:"rules"`
	RecordedAt time.Time    `json:"recorded_at"`
	Version    int64        `json:"version"`
}

// BufferRulesKey names the rules of a position, or with no SKU those of a location.
func BufferRulesKey(location, sku string) Key {
	return Key{Table: TableBuffers, Place: location, Code: sku}
}

// Key names the rules.
func (r BufferRules) Key() Key { return BufferRulesKey(r.Location, r.SKU) }

// LastRecorded is when a rule was last put or taken away.
func (r BufferRules) LastRecorded() time.Time { return r.RecordedAt }

// find returns the rule for a method and a channel: the one for both, or else for the method, for the channel, or for all.
func (r BufferRules) find(method Method, channel string) (Buffer, bool) {
	best, found := BufferRule{}, false
	nearer := func(a, b BufferRule) bool {
		if (a.Method != "") != (b.Method != "") {
			return a.Method != ""
		}
		return a.Channel != ""
	}
	for _, rule := range r.Rules {
		fits := (rule.Method == "" || rule.Method == method) && (rule.Channel == "" || rule.Channel == channel)
		if fits && (!found || nearer(rule, best)) {
			best, found = rule, true
		}
	}
	return Buffer{Units: best.Units, BasisPoints: best.BasisPoints, Version: r.Version}, found
}

// Buffers are the rules that one answer or one promise goes by: those of its positions and places, and the channel's own. They are
// found by the one rule At, for questions and for promises.
type Buffers struct {
	channel string
	own     Buffer
	rules   map[Key]BufferRules
}

// NewBuffers makes buffers of a channel and of rules that were read. Where there is no channel, and no rule, nothing is kept back.
func NewBuffers(channel Channel, rules []BufferRules) Buffers {
	b := Buffers{channel: channel.Code, own: Buffer{Units: channel.SafetyBuffer, BasisPoints: channel.SafetyBasisPoints}}
	for _, r := range rules {
		if len(r.Rules) > 0 {
			if b.rules == nil {
				b.rules = make(map[Key]BufferRules, len(rules))
			}
			b.rules[r.Key()] = r
		}
	}
	return b
}

// At is the buffer of a position for a method, or for none in particular: the position's, or else its location's, or else the
// channel's.
func (b Buffers) At(location, sku string, method Method) Buffer {
	if b.rules != nil {
		if found, is := b.rules[BufferRulesKey(location, sku)].find(method, b.channel); is {
			return found
		}
		if found, is := b.rules[BufferRulesKey(location, "")].find(method, b.channel); is {
			return found
		}
	}
	return b.own
}

// Sellable is what may still be promised of a position by methods. What is promised by several at once is bound by the one that
// keeps the most.
func (b Buffers) Sellable(l Level, methods ...Method) int64 {
	if len(methods) == 0 {
		methods = []Method{""}
	}
	sellable := max(0, l.Available())
	for _, method := range methods {
		sellable = min(sellable, l.Sellable(b.At(l.Location, l.SKU, method)))
	}
	return sellable
}

// NewBufferRule is one rule to be put or taken away, as it was asked for.
type NewBufferRule struct {
	SKU string
	BufferRule
}

// PutBuffers puts rules of one location among those that are there, each in place of the one for the same SKU, method and channel;
// or takes such away.
type PutBuffers struct {
	Transaction ID
	Location    string
	// Rules name each SKU, method and channel once.
	Rules []NewBufferRule
	// Remove takes the rules away instead.
	Remove bool
}

// EachOnce refuses a SKU, method and channel that stand twice: which of the two was meant is the caller's to know.
func (c PutBuffers) EachOnce() error {
	type name struct {
		sku     string
		method  Method
		channel string
	}
	first := make(map[name]int, len(c.Rules))
	for i, rule := range c.Rules {
		this := name{rule.SKU, rule.Method, rule.Channel}
		if before, twice := first[this]; twice {
			return RefuseField(InvalidRequest, fmt.Sprintf("buffers[%d]", i), "the same stands at buffers[%d] already", before)
		}
		first[this] = i
	}
	return nil
}

// bufferRulesMax is how many rules one position keeps, so that a row and a read stay small.
const bufferRulesMax = 200

// Keys are the rows that have the rules.
func (c PutBuffers) Keys() []Key {
	var keys []Key
	seen := make(map[string]bool, len(c.Rules))
	for _, rule := range c.Rules {
		if !seen[rule.SKU] {
			seen[rule.SKU] = true
			keys = append(keys, BufferRulesKey(c.Location, rule.SKU))
		}
	}
	return keys
}

// Decide refuses to take away what is not there, and more rules than a position keeps. It returns the rows as they are then.
func (c PutBuffers) Decide(s State, now time.Time) (Change, []BufferRules, error) {
	var rows []BufferRules
	at := map[string]int{}
	for i, rule := range c.Rules {
		n, seen := at[rule.SKU]
		if !seen {
			n = len(rows)
			at[rule.SKU] = n
			before, found := lookup[BufferRules](s, BufferRulesKey(c.Location, rule.SKU))
			if !found {
				before = BufferRules{Location: c.Location, SKU: rule.SKU}
			}
			before.Rules = append([]BufferRule{}, before.Rules...)
			rows = append(rows, before)
		}
		var err error
		if rows[n], err = c.with(rows[n], rule.BufferRule, fmt.Sprintf("buffers[%d]", i)); err != nil {
			return Change{}, nil, err
		}
	}
	// Nothing below this line can fail.
	change := Change{ID: c.Transaction, Kind: KindMaster, Place: HeadOffice, Cause: "buffers/" + c.Location}
	for i := range rows {
		rows[i].Version, rows[i].RecordedAt = rows[i].Version+1, now
		row := rows[i]
		one := put(c.Transaction, "BuffersPut", "buffers/"+row.Location+"/"+row.SKU, row.Location, row.Version, row)
		change.Rows = append(change.Rows, one.Rows...)
		change.Events = append(change.Events, one.Events...)
	}
	return change, rows, nil
}

// with is a row with one rule more, or one less.
func (c PutBuffers) with(row BufferRules, rule BufferRule, field string) (BufferRules, error) {
	at, found := slices.BinarySearchFunc(row.Rules, rule, compareBufferRules)
	switch {
	case c.Remove && !found:
		return row, RefuseField(UnknownBuffer, field, "%s keeps no such buffer", c.Location)
	case c.Remove:
		row.Rules = slices.Delete(row.Rules, at, at+1)
	case found:
		row.Rules[at] = rule
	case len(row.Rules) >= bufferRulesMax:
		return row, RefuseField(InvalidRequest, field, "%s would have more than %d buffers of one SKU", c.Location, bufferRulesMax)
	default:
		row.Rules = slices.Insert(row.Rules, at, rule)
	}
	return row, nil
}
