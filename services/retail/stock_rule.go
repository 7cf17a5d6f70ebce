package retail

import (
	"cmp"
	"fmt"
	"time"
)

// StockRule is how much of something a place is to have: the rule of one position, or of a location for the SKUs that have none of
// their own there. A position goes by one rule as a whole: its own, or else its location's.
type StockRule struct {
	Location string `json:"location"`
	// SKU is empty for the rule of the location.
	SKU string `json:"sku"`
	// Minimum is the reorder point: with fewer units than that, and none on their way, more are to come. Target is up to how many.
	Minimum int64 `json:"minimum"`
	Target  int64 `json:"target"`
	// PackSize is how many units a supplier sends at least, and in multiples of what; 1: single ones.
	PackSize int64 `json:"pack_size"`
	// LeadDays is how many days it takes from an order until the goods are there. What is sold meanwhile is needed too.
	LeadDays int32 `json:"lead_days"`
	// LowBelow is the number of available units below which the position is low; 0: it never is.
	LowBelow int64 `json:"low_below"`
	// Removed is true where the rule is in force no more.
	Removed    bool      `json:"removed,omitempty"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
}

// StockRuleKey names the rule of a position, or with no SKU that of a location.
func StockRuleKey(location, sku string) Key {
	return Key{Table: TableStockRules, Place: location, Code: sku}
}

// Key names the rule.
func (r StockRule) Key() Key { return StockRuleKey(r.Location, r.SKU) }

// LastRecorded is when the rule was last put or taken away.
func (r StockRule) LastRecorded() time.Time { return r.RecordedAt }

// threshold is what the position of a rule is low by.
func (r StockRule) threshold() Threshold {
	if r.Removed {
		return Threshold{Location: r.Location, SKU: r.SKU}
	}
	return Threshold{Location: r.Location, SKU: r.SKU, LowBelow: r.LowBelow}
}

// StockRulePut is what others are told of a rule that was put or taken away.
type StockRulePut struct {
	StockRule
	// Position is the version of its position then; 0: nothing had moved it, or it is the rule of a location. With it, whoever reads what
	// was told and what moved knows what was low at any time.
	Position int64 `json:"position"`
}

// LowStock is what others are told when a position is low (StockLow), and when it is no more (StockRecovered): whatever moved its
// units, or put another rule.
type LowStock struct {
	Location string `json:"location"`
	SKU      string `json:"sku"`
	// Available is how many units there are then, and LowBelow with fewer than how many the position is low; 0: it has no rule any more.
	Available int64 `json:"available"`
	LowBelow  int64 `json:"low_below"`
	// Position is the version of the position then.
	Position int64 `json:"position"`
}

// LowStockPrefix is how the subjects of such events begin, before the location and the SKU.
const LowStockPrefix = "low-stock/"

// tellLow is what others are told of a position that is low from now on, or no more.
func (l Level) tellLow() Event {
	kind := "StockRecovered"
	if l.IsLow() {
		kind = "StockLow"
	}
	return Event{
		Kind: kind, Shard: l.Location, Subject: LowStockPrefix + l.Location + "/" + l.SKU, Version: l.LowTold,
		Body: LowStock{Location: l.Location, SKU: l.SKU, Available: l.Available(), LowBelow: l.LowBelow, Position: l.Version},
	}
}

// StockRules are the rules that one answer goes by.
type StockRules map[Key]StockRule

// NewStockRules makes rules of those that were read, and leaves out those that are in force no more.
func NewStockRules(all []StockRule) StockRules {
	rules := make(StockRules, len(all))
	for _, rule := range all {
		if !rule.Removed {
			rules[rule.Key()] = rule
		}
	}
	return rules
}

// At is the rule of a position: its own, or else its location's.
func (r StockRules) At(location, sku string) (StockRule, bool) {
	if rule, found := r[StockRuleKey(location, sku)]; found {
		return rule, true
	}
	rule, found := r[StockRuleKey(location, "")]
	return rule, found
}

// LowPosition is a position that has fewer units available than its rule wants.
type LowPosition struct {
	SKU string
	// Available and Incoming are as in Level.
	Available, Incoming int64
	// Rule is the one that it goes by, its own or its location's.
	Rule StockRule
}

// PutStockRules puts rules of one location, each in place of the one that there was for the same SKU, or takes such away.
type PutStockRules struct {
	Transaction ID
	Location    string
	// Rules are those of the location, each SKU once. To take them away their SKUs are enough.
	Rules []StockRule
	// Remove takes the rules away instead.
	Remove bool
}

// NewPutStockRules refuses a SKU that stands twice and a target below the minimum. A target of 0 is the minimum, a pack of 0 a
// single unit.
func NewPutStockRules(transaction ID, location string, rules []StockRule, remove bool) (PutStockRules, error) {
	c := PutStockRules{Transaction: transaction, Location: location, Remove: remove}
	first := make(map[string]int, len(rules))
	for i, rule := range rules {
		field := c.field(i)
		if before, twice := first[rule.SKU]; twice {
			return c, RefuseField(InvalidRequest, field, "the same SKU stands at %s already", c.field(before))
		}
		first[rule.SKU] = i
		rule.Location, rule.Target, rule.PackSize = location, cmp.Or(rule.Target, rule.Minimum), cmp.Or(rule.PackSize, 1)
		if rule.Target < rule.Minimum {
			return c, RefuseField(InvalidRequest, field+".target", "%d is below the minimum of %d", rule.Target, rule.Minimum)
		}
		c.Rules = append(c.Rules, rule)
	}
	return c, nil
}

// field is the request's for a rule: where rules are taken away, they are named by their SKUs.
func (c PutStockRules) field(i int) string {
	if c.Remove {
		return fmt.Sprintf("skus[%d]", i)
	}
	return fmt.Sprintf("rules[%d]", i)
}

// Keys are the rules, and the positions that have one of their own.
func (c PutStockRules) Keys() []Key {
	keys := make([]Key, 0, 2*len(c.Rules))
	for _, rule := range c.Rules {
		keys = append(keys, rule.Key())
		if rule.SKU != "" {
			keys = append(keys, LevelKey(rule.Location, rule.SKU))
		}
	}
	return keys
}

// Decide refuses to take away what is not there. It returns the rules as they are then.
func (c PutStockRules) Decide(s State, now time.Time) (Change, []StockRule, error) {
	rows := make([]StockRule, 0, len(c.Rules))
	for i, rule := range c.Rules {
		before, found := lookup[StockRule](s, rule.Key())
		if c.Remove {
			if !found || before.Removed {
				return Change{}, nil, RefuseField(UnknownStockRule, c.field(i), "%s has no such rule", c.Location)
			}
			rule = before
		}
		rule.Removed, rule.Version, rule.RecordedAt = c.Remove, before.Version+1, now
		rows = append(rows, rule)
	}
	// Nothing below this line can fail.
	change := Change{ID: c.Transaction, Kind: KindMaster, Place: HeadOffice, Cause: "stock-rules/" + c.Location}
	for _, row := range rows {
		one := put(c.Transaction, "StockRulePut", "stock-rules/"+row.Location+"/"+row.SKU, row.Location, row.Version, row)
		told := StockRulePut{StockRule: row}
		if row.SKU != "" {
			told.Position = LevelAt(s, row.Location, row.SKU).Version
			change.Thresholds = append(change.Thresholds, row.threshold())
		}
		one.Events[0].Body = told
		change.Rows = append(change.Rows, one.Rows...)
		change.Events = append(change.Events, one.Events...)
	}
	return change, rows, nil
}
