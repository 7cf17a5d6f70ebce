package retail

import "time"

// StockChanged is what a stock movement left behind.
type StockChanged struct {
	Transaction ID        `json:"transaction"`
	Location    string    `json:"location"`
	Levels      []Level   `json:"levels"`
	RecordedAt  time.Time `json:"recorded_at"`
}

// MoveStock records units that came to a location or went missing there: a delivery, or an adjustment. It is a fact.
type MoveStock struct {
	Transaction ID
	// Kind is KindReceive or KindAdjust.
	Kind     Kind
	Location string
	// Lines name each SKU once; a negative quantity is units that are missing.
	Lines []Line
	// Costs are what one unit of each line cost, where that is known; nil: of none.
	Costs []Cost
	// Cause is what it was done for: the delivery's number, what an adjustment follows from.
	Cause string
	// Reason is the code of an adjustment's reason, and Note what else there is to say of it.
	Reason, Note string
	OccurredAt   time.Time
	Part         Part
}

// By gives an adjustment its reason, once that is known to fit the act that it is part of.
func (c MoveStock) By(reason StockReason, act StockAct) (MoveStock, error) {
	if err := reason.For(act, "reason"); err != nil {
		return c, err
	}
	c.Reason, c.Cause = reason.Code, reason.Cause(c.Cause)
	return c, nil
}

// At refuses costs in another currency than that of the location's book.
func (c MoveStock) At(location Location) (MoveStock, error) {
	for i, cost := range c.Costs {
		if !cost.Known() {
			continue
		}
		if err := location.keepsCost(cost, c.Part.field(i)+".unit_cost"); err != nil {
			return c, err
		}
	}
	return c, nil
}

// Keys are the positions.
func (c MoveStock) Keys() []Key {
	keys := make([]Key, len(c.Lines))
	for i, line := range c.Lines {
		keys[i] = LevelKey(c.Location, line.SKU)
	}
	return keys
}

// Most is how many available units a position may have for the largest of the lines to be counted there: one that has no more stands in
// no line's way.
func (c MoveStock) Most() int64 {
	most := int64(unitsMax)
	for _, line := range c.Lines {
		most = min(most, unitsMax-line.Quantity)
	}
	return most
}

// Counted refuses what can't be counted, and nothing else is refused. Positions that are not in the state have none.
func (c MoveStock) Counted(s State) error {
	if c.Costs != nil && len(c.Costs) != len(c.Lines) {
		return RefuseField(InvalidRequest, "lines", "%d costs are of %d lines", len(c.Costs), len(c.Lines))
	}
	for i, cost := range c.Costs {
		if cost == (Cost{}) {
			continue // most are not said
		}
		if err := cost.wrong(c.Part.field(i)); err != nil {
			return err
		}
	}
	for i, line := range c.Lines {
		after := LevelAt(s, c.Location, line.SKU).Available() + line.Quantity
		if after > unitsMax || after < -unitsMax {
			return RefuseField(QuantityTooLarge, c.Part.field(i), "%s would count %d of %s, beyond what can be counted", c.Location, after, line.SKU)
		}
	}
	return nil
}

// Decide refuses only what can't be counted.
func (c MoveStock) Decide(s State, now time.Time) (Change, StockChanged, error) {
	if err := c.Counted(s); err != nil {
		return Change{}, StockChanged{}, err
	}
	// Nothing below this line can fail.
	entries := make([]Entry, len(c.Lines))
	var costs Costs
	for i, line := range c.Lines {
		entries[i] = Entry{Location: c.Location, From: Found, To: Available, Asset: line.SKU, Quantity: line.Quantity}
		switch {
		case c.Kind == KindReceive:
			entries[i].From = Supplier
			if c.Costs != nil {
				costs.put(i, c.Costs[i].of(line.Quantity))
			}
		case line.Quantity < 0:
			entries[i].From, entries[i].To, entries[i].Quantity = Available, Shrinkage, -line.Quantity
		}
	}
	event := "StockReceived"
	if c.Kind == KindAdjust {
		event = "StockAdjusted"
	}
	change := Change{
		ID: c.Transaction, Kind: c.Kind, Place: c.Location, OccurredAt: c.OccurredAt, Cause: c.Cause, Reason: c.Reason, Note: c.Note,
		Fact: true, Entries: entries, Costs: costs,
	}
	// What Post will fold is folded here for the answer; a fact within the range cannot fail it.
	levels, _, _ := foldLevels(change, now, s)
	result := StockChanged{Transaction: c.Transaction, Location: c.Location, Levels: levels, RecordedAt: now}
	change.Events = []Event{{
		Kind: event, Shard: c.Location, Subject: "transaction/" + c.Transaction.String(), Version: 1,
		Body: StockMoved{Location: c.Location, Cause: c.Cause, Reason: c.Reason, Note: c.Note, Lines: c.Lines},
	}}
	return change, result, nil
}

// StockMoved is the body of StockReceived and StockAdjusted.
type StockMoved struct {
	Location string `json:"location"`
	Cause    string `json:"cause"`
	Reason   string `json:"reason,omitempty"`
	Note     string `json:"note,omitempty"`
	Lines    []Line `json:"lines"`
}
