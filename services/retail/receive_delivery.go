package retail

import "time"

// ReceiveDelivery records what arrived of a delivery. It is a fact.
type ReceiveDelivery struct {
	Delivery    ID
	Transaction ID
	// Location is where it arrives, which never changes.
	Location string
	// Note is the number of the delivery note, which is received once; empty: none came.
	Note       string
	OccurredAt time.Time
	// Lines are what arrived, each SKU once; none: all that is still expected.
	Lines []Arrival
	// SKUs are those of its lines where Lines does not say, all LineCount of them over all parts.
	SKUs      []string
	LineCount int32
	Part      Part
}

// Arrival is units of one SKU that arrived.
type Arrival struct {
	SKU string
	// Quantity can be sold, Damaged can't.
	Quantity, Damaged int64
	// Reason is why some are damaged, or more than expected.
	Reason string
	// UnitCost is what one unit cost, where that is known.
	UnitCost Cost
}

// At refuses costs in another currency than that of the location's book.
func (c ReceiveDelivery) At(location Location) (ReceiveDelivery, error) {
	for i, line := range c.Lines {
		if err := location.keepsCost(line.UnitCost, c.Part.field(i)+".unit_cost"); err != nil {
			return c, err
		}
	}
	return c, nil
}

// Keys are the delivery, the name of its note, its lines and their positions.
func (c ReceiveDelivery) Keys() []Key {
	keys := deliveryKeys(c.Delivery, c.Location, func(yield func(string) bool) {
		for _, line := range c.Lines {
			if !yield(line.SKU) {
				return
			}
		}
		for _, sku := range c.SKUs {
			if !yield(sku) {
				return
			}
		}
	})
	if c.Note != "" && !c.Part.More {
		keys = append(keys, NameKey(NameDeliveryNote, noteName(c.Delivery, c.Note)))
	}
	return keys
}

// Decide refuses a note that was received before, and differences that no reason explains.
func (c ReceiveDelivery) Decide(s State, now time.Time) (Change, Delivery, error) {
	a, err := openDelivery(s, c.Delivery, c.Transaction, c.Part, now)
	if err != nil {
		return Change{}, Delivery{}, err
	}
	note := Name{Kind: NameDeliveryNote, Value: noteName(c.Delivery, c.Note), Entity: c.Transaction, RecordedAt: now}
	named := c.Note != "" && !c.Part.More
	if named {
		if taken, found := lookup[Name](s, note.Key()); found {
			return Change{}, Delivery{}, RefuseField(DeliveryNoteReceived, "delivery_note", "%s was received before, at %s",
				c.Note, taken.RecordedAt.UTC().Format(time.RFC3339)).With("transaction", taken.Entity)
		}
	}
	if len(c.Lines) == 0 {
		if err := a.ended(); err != nil {
			return Change{}, Delivery{}, err
		}
		if err := a.whole(c.LineCount); err != nil {
			return Change{}, Delivery{}, err
		}
		for _, sku := range c.SKUs {
			if expected := a.line(s, sku).Units.Expected(); expected > 0 {
				c.Lines = append(c.Lines, Arrival{SKU: sku, Quantity: expected})
			}
		}
	}
	for i, arrived := range c.Lines {
		if err := a.arrive(s, arrived, c.Note, c.Part.field(i)); err != nil {
			return Change{}, Delivery{}, err
		}
	}
	// Nothing below this line can fail.
	change, d := a.change(KindDelivery, "DeliveryReceived", c.Note)
	change.Fact, change.OccurredAt = true, c.OccurredAt
	if named {
		change.Rows = append(change.Rows, note)
	}
	return change, d, nil
}

// overtaken is why units are more than expected that were not when the request was planned, of which other parts are recorded.
const overtaken = "others received it at the same time"

// arrive takes in what arrived of one SKU. What can be sold fills what is expected first, then what is damaged; the rest is
// beyond it.
func (a *deliveryAct) arrive(s State, arrived Arrival, note, field string) error {
	if arrived.Quantity < 0 || arrived.Damaged < 0 || arrived.Quantity == 0 && arrived.Damaged == 0 {
		return RefuseField(InvalidRequest, field, "nothing of %s arrived", arrived.SKU)
	}
	if err := arrived.UnitCost.wrong(field); err != nil {
		return err
	}
	before := a.line(s, arrived.SKU)
	level := LevelAt(s, a.after.Location, arrived.SKU)
	for _, limited := range []struct{ counted, more int64 }{
		{level.Available(), arrived.Quantity}, {level.Units[levelIndex(Damaged)], arrived.Damaged},
		{before.Units.Arrived(), arrived.Quantity}, {before.Units.Arrived(), arrived.Damaged},
	} {
		if limited.more > unitsMax || limited.counted+limited.more > unitsMax {
			return RefuseField(QuantityTooLarge, field, "%s would count more of %s than can be counted", a.after.Location, arrived.SKU)
		}
	}
	if before.Line == 0 && a.after.LineCount == DeliveryLinesMax {
		return RefuseField(InvalidRequest, "lines", "a delivery has at most %d lines; receive what is not on it without it", DeliveryLinesMax)
	}
	expected := before.Units.Expected()
	sold := min(arrived.Quantity, expected)
	spoilt := min(arrived.Damaged, expected-sold)
	over := arrived.Quantity - sold + arrived.Damaged - spoilt
	if arrived.Reason == "" && over > 0 && a.part.More {
		arrived.Reason = overtaken
	}
	if arrived.Reason == "" && (over > 0 || arrived.Damaged > 0) {
		return RefuseField(DifferenceUnexplained, field+".reason", "%d of %s are expected; %d arrived, %d of them damaged: say why",
			expected, arrived.SKU, arrived.Quantity+arrived.Damaged, arrived.Damaged).With("expected", expected)
	}
	after := before
	after.Units.Received += arrived.Quantity
	after.Units.Damaged += arrived.Damaged
	after.Units.Over += over
	a.differ(&after, UnitsDamaged, arrived.Damaged, arrived.Reason, note)
	a.differ(&after, UnitsOver, over, arrived.Reason, note)
	first := len(a.entries)
	a.move(arrived.SKU, Incoming, Available, sold)
	a.move(arrived.SKU, Incoming, Damaged, spoilt)
	a.move(arrived.SKU, Supplier, Available, arrived.Quantity-sold)
	a.move(arrived.SKU, Supplier, Damaged, arrived.Damaged-spoilt)
	for i := first; i < len(a.entries); i++ {
		a.costs.put(i, arrived.UnitCost.of(a.entries[i].Quantity))
	}
	a.put(before, after)
	return nil
}
