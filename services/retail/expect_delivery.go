package retail

import "time"

// AnnounceDelivery says what a supplier is to bring: it is incoming from now on.
type AnnounceDelivery struct {
	Delivery    ID
	Transaction ID
	Location    string
	Kind        DeliveryKind
	Supplier    string
	// Reference is the supplier's number for the document; empty: it has none.
	Reference string
	// ExpectedOn is a day that DeliveryDay lets through.
	ExpectedOn string
	// Lines name each SKU once.
	Lines []Line
}

// Keys are the delivery, its name, its lines and their positions.
func (c AnnounceDelivery) Keys() []Key {
	keys := deliveryKeys(c.Delivery, c.Location, skusOf(c.Lines))
	if c.Reference != "" {
		keys = append(keys, NameKey(NameDelivery, deliveryName(c.Supplier, c.Reference)))
	}
	return keys
}

// Decide refuses a document that was announced before.
func (c AnnounceDelivery) Decide(s State, now time.Time) (Change, Delivery, error) {
	if s.Row(DeliveryKey(c.Delivery)) != nil {
		return Change{}, Delivery{}, Refuse(DeliveryExists, "delivery %s was announced before", c.Delivery).With("delivery", c.Delivery)
	}
	name := Name{Kind: NameDelivery, Value: deliveryName(c.Supplier, c.Reference), Entity: c.Delivery, RecordedAt: now}
	if c.Reference != "" {
		if taken, found := lookup[Name](s, name.Key()); found {
			return Change{}, Delivery{}, RefuseField(DeliveryExists, "reference", "%s of %s was announced before, as delivery %s",
				c.Reference, c.Supplier, taken.Entity).With("delivery", taken.Entity)
		}
	}
	a := newDeliveryAct(Delivery{
		ID: c.Delivery, Location: c.Location, Kind: c.Kind, Supplier: c.Supplier, Reference: c.Reference, ExpectedOn: c.ExpectedOn,
		AnnouncedAt: now,
	}, c.Transaction, Part{}, now)
	if err := a.announce(s, c.Lines); err != nil {
		return Change{}, Delivery{}, err
	}
	// Nothing below this line can fail.
	change, d := a.change(KindExpect, "DeliveryAnnounced", "")
	if c.Reference != "" {
		change.Rows = append(change.Rows, name)
	}
	return change, d, nil
}

// announce gives lines the quantities that they shall announce in all.
func (a *deliveryAct) announce(s State, lines []Line) error {
	for i, wanted := range lines {
		if wanted.Quantity < 0 || wanted.Quantity > unitsMax {
			return RefuseField(QuantityTooLarge, a.part.field(i), "%d of %s can't be counted", wanted.Quantity, wanted.SKU)
		}
		before := a.line(s, wanted.SKU)
		after := before
		after.Units.Announced = wanted.Quantity
		if least := wanted.Quantity - after.Units.Expected(); after.Units.Expected() < 0 {
			return RefuseField(DeliveryArrived, a.part.field(i)+".quantity",
				"%d of %s arrived already, or will not come: it can't announce %d", least, wanted.SKU, wanted.Quantity).With("least", least)
		}
		more := after.Units.Announced - before.Units.Announced
		if LevelAt(s, a.after.Location, wanted.SKU).Units[levelIndex(Incoming)]+more > unitsMax {
			return RefuseField(QuantityTooLarge, a.part.field(i),
				"%s would expect more of %s than can be counted", a.after.Location, wanted.SKU)
		}
		if more == 0 {
			continue
		}
		if before.Line == 0 && a.after.LineCount == DeliveryLinesMax {
			return RefuseField(InvalidRequest, "lines", "a delivery has at most %d lines", DeliveryLinesMax)
		}
		a.move(wanted.SKU, Supplier, Incoming, more)
		a.move(wanted.SKU, Incoming, Supplier, -more)
		a.put(before, after)
	}
	return nil
}

// AmendDelivery changes what is expected of a delivery.
type AmendDelivery struct {
	Delivery    ID
	Transaction ID
	// Location is where it is to arrive, which never changes.
	Location string
	// ExpectedOn is the day it is expected now; empty: as before.
	ExpectedOn string
	// Lines are what lines announce in all from now on, each SKU once; one that is not on the document joins it.
	Lines []Line
	// Part is which part it is; an announcement of many lines goes on as an amendment.
	Part Part
}

// Keys are the delivery, its lines and their positions.
func (c AmendDelivery) Keys() []Key { return deliveryKeys(c.Delivery, c.Location, skusOf(c.Lines)) }

// Decide refuses a delivery of which nothing is expected any more, and a line that would announce less than came of it.
func (c AmendDelivery) Decide(s State, now time.Time) (Change, Delivery, error) {
	a, err := openDelivery(s, c.Delivery, c.Transaction, c.Part, now)
	if err != nil {
		return Change{}, Delivery{}, err
	}
	if err := a.ended(); err != nil {
		return Change{}, Delivery{}, err
	}
	if c.ExpectedOn != "" {
		a.after.ExpectedOn = c.ExpectedOn
	}
	if err := a.announce(s, c.Lines); err != nil {
		return Change{}, Delivery{}, err
	}
	// Nothing below this line can fail.
	change, d := a.change(KindExpect, "DeliveryAmended", "")
	return change, d, nil
}

// CloseDelivery says that no more will come of a delivery.
type CloseDelivery struct {
	Delivery    ID
	Transaction ID
	// Location is where it was to arrive, which never changes.
	Location string
	Reason   string
	// SKUs are those of its lines, all LineCount of them over all parts.
	SKUs      []string
	LineCount int32
	Part      Part
}

// Keys are the delivery, its lines and their positions.
func (c CloseDelivery) Keys() []Key {
	return deliveryKeys(c.Delivery, c.Location, func(yield func(string) bool) {
		for _, sku := range c.SKUs {
			if !yield(sku) {
				return
			}
		}
	})
}

// Decide refuses a delivery of which nothing is expected any more. One that got lines since it was planned is stale.
func (c CloseDelivery) Decide(s State, now time.Time) (Change, Delivery, error) {
	a, err := openDelivery(s, c.Delivery, c.Transaction, c.Part, now)
	if err != nil {
		return Change{}, Delivery{}, err
	}
	if err := a.ended(); err != nil {
		return Change{}, Delivery{}, err
	}
	if err := a.whole(c.LineCount); err != nil {
		return Change{}, Delivery{}, err
	}
	// Nothing below this line can fail.
	for _, sku := range c.SKUs {
		before := a.line(s, sku)
		missing := before.Units.Expected()
		if missing <= 0 {
			continue
		}
		after := before
		after.Units.Short += missing
		a.differ(&after, UnitsShort, missing, c.Reason, "")
		a.move(sku, Incoming, Supplier, missing)
		a.put(before, after)
	}
	a.after.Reason = c.Reason
	change, d := a.change(KindExpect, "DeliveryClosed", "")
	return change, d, nil
}
