package retail

import "time"

// Shortfall is why promised units can't be handed over.
type Shortfall string

// The shortfalls.
const (
	Missing Shortfall = "MISSING" // they are not found
	Unfit   Shortfall = "UNFIT"   // they are there, and can't be sold as they are
)

// shortfallActs are the acts that the reason of a shortfall must fit.
var shortfallActs = map[Shortfall]StockAct{Missing: ActAdjust, Unfit: ActDamage}

// RejectUnits is when a place can't hand over units that it promised: they are given up, and what was paid for them goes back to the
// cent, the way it came. It is a fact: what is wrong with the units is booked with it.
type RejectUnits struct {
	Fulfilment  ID
	Transaction ID
	Location    string
	// Order is the order as it was read, for what never changes of it.
	Order Order
	// Lines are what is short; none: all that is open.
	Lines     []UnitCount
	Shortfall Shortfall
	// Reason is the code of its reason, and Note what else there is to say of it.
	Reason, Note string
}

// By gives the act its reason, once that is known to fit.
func (c RejectUnits) By(reason StockReason) (RejectUnits, error) {
	if err := reason.For(shortfallActs[c.Shortfall], "reason"); err != nil {
		return c, err
	}
	c.Reason = reason.Code
	return c, nil
}

// Keys are the order, the fulfilment, its positions, and the stored value that may be given back.
func (c RejectUnits) Keys() []Key {
	keys := append(c.Order.refundKeys(nil), OrderKey(c.Order.ID), FulfilmentKey(c.Location, c.Fulfilment))
	return append(keys, c.Order.levelKeys(c.Fulfilment)...)
}

// Decide refuses what has ended, and more than is open.
func (c RejectUnits) Decide(s State, now time.Time) (Change, Order, error) {
	f, err := lookupFulfilment(s, c.Location, c.Fulfilment)
	if err != nil {
		return Change{}, Order{}, err
	}
	order, found := lookup[Order](s, OrderKey(c.Order.ID))
	if !found || f.Order != order.ID || !order.sameStored(c.Order, nil) {
		return Change{}, Order{}, ErrStale
	}
	if err := f.ended(now); err != nil {
		return Change{}, Order{}, err
	}
	units, err := order.openUnits(c.Lines, c.Fulfilment)
	if err != nil {
		return Change{}, Order{}, err
	}
	after, refunds, err := order.giveUp(s, units, refundTerms{undone: true})
	if err != nil {
		return Change{}, Order{}, err
	}
	// Nothing below this line can fail.
	d := newDeal(s, after, c.Transaction, Issuer{}, time.Time{}, now)
	c.writeOff(s, d, units)
	for _, p := range refunds {
		d.pay(p)
	}
	d.tellOrder("UnitsRejected")
	d.endFulfilments(s, units, ending{FulfilmentRejected, "FulfilmentRejected"})
	change := d.change(KindReject, order.Location, order.Channel, order.subject())
	change.Reason, change.Note = c.Reason, c.Note
	return change, d.order, nil
}

// writeOff takes units from what is promised. Units that are missing are lost, but for as many as the books know to be missing already:
// where available is below zero, a picker finds out which of the promises it is that can't be kept.
func (c RejectUnits) writeOff(s State, d *deal, units []UnitCount) {
	known := map[string]int64{}
	for _, u := range units {
		line := d.order.Lines[u.Line-1]
		if line.SKU == "" {
			continue
		}
		if c.Shortfall == Unfit {
			d.move(line.Location, Committed, Damaged, line.SKU, u.Units)
			continue
		}
		missing, seen := known[line.SKU]
		if !seen {
			missing = max(0, -LevelAt(s, line.Location, line.SKU).Available())
		}
		missed := min(missing, u.Units)
		known[line.SKU] = missing - missed
		d.move(line.Location, Committed, Available, line.SKU, missed)
		d.move(line.Location, Committed, Shrinkage, line.SKU, u.Units-missed)
	}
}
