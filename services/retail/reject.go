package retail

import (
	"fmt"
	"slices"
	"time"
)

// Shortfall is why promised units can't be handed over.
type Shortfall string

// The shortfalls.
const (
	Missing Shortfall = "MISSING" // they are not found
	Unfit   Shortfall = "UNFIT"   // they are there, and can't be sold as they are
)

// shortfallActs are the acts that the reason of a shortfall must fit.
var shortfallActs = map[Shortfall]StockAct{Missing: ActAdjust, Unfit: ActDamage}

// Another is a place that may hand the units of a line over instead.
type Another struct {
	Line     int32
	Location string
	Method   Method
}

// RejectUnits is when a place can't hand over units that it promised: another hands them over instead, on a line of its own at the very
// prices of theirs, or they are given up, and what was paid for them goes back to the cent, the way it came. It is a fact: what is
// wrong with the units is booked with it.
type RejectUnits struct {
	Fulfilment  ID
	Transaction ID
	Location    string
	// From is the place that was to send the units there and can't; empty: they are at Location.
	From string
	// Order is the order as it was read, for what never changes of it.
	Order Order
	// Lines are what is short; none: all that is open and is there.
	Lines     []UnitCount
	Shortfall Shortfall
	// Others may hand them over instead, the best of each line first. Where none has all that is short of a line, it is paid back.
	Others []Another
	// Fulfilments are those of Others, with the ids that the handler minted.
	Fulfilments []Fulfilment
	// Buffers are what Others may not promise.
	Buffers Buffers
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

// Keys are the order, the fulfilment, its positions and those of the other places, and the stored value and the coupons that may be given
// back.
func (c RejectUnits) Keys() []Key {
	keys := append(c.Order.refundKeys(nil), OrderKey(c.Order.ID), FulfilmentKey(c.Location, c.Fulfilment))
	keys = append(keys, couponKeys(c.Order.CouponCounts())...)
	for _, other := range c.Others {
		if at := c.Order.line(other.Line); at >= 0 && c.Order.Lines[at].SKU != "" {
			keys = append(keys, LevelKey(other.Location, c.Order.Lines[at].SKU))
		}
	}
	return append(append(keys, c.Order.transferKeys()...), c.Order.levelKeys(c.Fulfilment)...)
}

// Decide refuses what has ended, and more than is open.
func (c RejectUnits) Decide(s State, now time.Time) (Change, Order, error) {
	f, err := lookupFulfilment(s, c.Location, c.Fulfilment)
	if err != nil {
		return Change{}, Order{}, err
	}
	order, found := lookup[Order](s, OrderKey(c.Order.ID))
	if !found || f.Order != order.ID || !order.hasLinesOf(c.Order) || !order.sameStored(c.Order, nil) {
		return Change{}, Order{}, ErrStale
	}
	if err := f.ended(now); err != nil {
		return Change{}, Order{}, err
	}
	units, err := c.short(order)
	if err != nil {
		return Change{}, Order{}, err
	}
	units, instead := order.withCharges(units, c.instead(s, order, units), false)
	after := order.without(units)
	for _, u := range units {
		after.Lines[u.Line-1].Rejected += u.Units
	}
	after.Lines = append(after.Lines, instead...)
	refunds, err := after.payBack(s, now, refundWay{undone: true})
	if err != nil {
		return Change{}, Order{}, err
	}
	// Nothing below this line can fail.
	d := newDeal(s, after, c.Transaction, Issuer{}, time.Time{}, now)
	c.writeOff(s, d, units)
	for _, line := range d.order.Lines[len(order.Lines):] {
		d.shift(line.Location, line.SKU, Committed, take{Available, line.Quantity})
	}
	for _, p := range refunds {
		d.pay(p)
	}
	d.tellOrder("UnitsRejected")
	for _, f := range c.Fulfilments {
		if d.order.opens(f.ID) {
			f.Order, f.State, f.PlacedAt = order.ID, FulfilmentNew, now
			d.tellFulfilment("FulfilmentPlaced", f)
		}
	}
	d.endFulfilments(s, units, ending{FulfilmentRejected, "FulfilmentRejected"})
	if f, some := c.aside(f, order, units); some && d.order.opens(f.ID) {
		d.tellFulfilment("UnitsPutAside", f)
	}
	d.endTransfers(s, order, c.Note)
	change := d.change(KindReject, order.Location, "", order.subject())
	change.Reason, change.Note = c.Reason, c.Note
	return change, d.order, nil
}

// aside is the fulfilment without those of its picked units that are found unfit: who looks at a unit has it in his hands, so that of unfit units
// those go first that were fetched. Of missing ones those do that were not.
func (c RejectUnits) aside(f Fulfilment, order Order, units []UnitCount) (after Fulfilment, some bool) {
	if c.Shortfall != Unfit || f.State != FulfilmentPicking {
		return f, false
	}
	f.Picked = slices.Clone(f.Picked)
	for _, u := range units {
		at := slices.IndexFunc(f.Picked, func(p Picked) bool { return p.Line == u.Line })
		if at >= 0 && f.Picked[at].Units > 0 {
			f.Picked[at].Units -= min(u.Units, f.Waiting(order.Lines[u.Line-1]))
			some = true
		}
	}
	return f, some
}

// othersMax is how many places of each method a line may be taken over by. They are looked at under their locks: a place that sells out
// meanwhile leaves the next.
const othersMax = 3

// Rerouted are the lines, as they were read, whose units others may hand over instead: each with what is short of it for its quantity.
func (c RejectUnits) Rerouted() (short []OrderLine) {
	units, err := c.short(c.Order)
	if err != nil {
		return nil // the rule refuses it
	}
	for _, u := range units {
		if line := c.Order.Lines[u.Line-1]; line.SKU != "" {
			line.Quantity = u.Units
			short = append(short, line)
		}
	}
	return short
}

// Alternatives are the places that have all that is short of a line, by the methods in their order, the nearest first.
func (c RejectUnits) Alternatives(short []OrderLine, by []Method, places []QuotePlace, s State) (others []Another) {
	for _, line := range short {
		for _, method := range by {
			left := othersMax
			for _, p := range places {
				code := p.Location.Code
				if left > 0 && p.Method == method && code != line.From && c.Buffers.Sellable(LevelAt(s, code, line.SKU), method) >= line.Quantity {
					others = append(others, Another{Line: line.Line, Location: code, Method: method})
					left--
				}
			}
		}
	}
	return others
}

// Needs tells whether a place is among those that may take over.
func (c RejectUnits) Needs(p QuotePlace) bool {
	return slices.ContainsFunc(c.Others, func(other Another) bool { return other.Location == p.Location.Code && other.Method == p.Method })
}

// orderLinesMax is how many lines an order may come to have by what is handed over from elsewhere.
const orderLinesMax = 1000

// instead are the lines that other places take over: of each the first that may promise all units that are short. What is not paid is
// not sent.
func (c RejectUnits) instead(s State, order Order, units []UnitCount) (lines []OrderLine) {
	taken := map[Key]int64{}
	for _, u := range units {
		line := order.Lines[u.Line-1]
		at := slices.IndexFunc(c.Others, func(other Another) bool {
			key := LevelKey(other.Location, line.SKU)
			return other.Line == u.Line && line.SKU != "" && other.Location != line.Location && other.Location != line.From && c.fulfilment(other) >= 0 &&
				(other.Method == PickUp || other.Method == Ship && order.Owed() <= order.Secured()) &&
				c.Buffers.Sellable(LevelAt(s, other.Location, line.SKU), other.Method)-taken[key] >= u.Units
		})
		if at < 0 || len(order.Lines)+len(lines) >= orderLinesMax {
			continue
		}
		other := c.Others[at]
		taken[LevelKey(other.Location, line.SKU)] += u.Units
		until := line.Quantity - line.Cancelled
		part := line.part(until-u.Units, until, order.TaxIncluded)
		part.Line, part.InsteadOf = int32(len(order.Lines)+len(lines)+1), line.Line
		part.Location, part.Method, part.Fulfilment = other.Location, other.Method, c.Fulfilments[c.fulfilment(other)].ID
		lines = append(lines, part)
	}
	return lines
}

// fulfilment returns where the fulfilment of another place stands in the command, or -1.
func (c RejectUnits) fulfilment(other Another) int {
	return slices.IndexFunc(c.Fulfilments, func(f Fulfilment) bool {
		return f.Location == other.Location && f.Method == other.Method && !f.ID.IsZero() && f.ID != c.Fulfilment
	})
}

// part is a line of units a (included) to b (excluded) alone, which come to what they came to.
func (l OrderLine) part(a, b int64, taxIncluded bool) OrderLine {
	part := l
	part.Quantity, part.Fulfilled, part.Cancelled, part.Rejected, part.Returned = b-a, 0, 0, 0, 0
	part.From, part.Transfer, part.Away, part.Coming = "", ID{}, 0, 0
	part.NetMinor, part.TaxMinor, part.GrossMinor = l.UnitsWorth(a, b)
	part.Discounts, part.DiscountMinor = nil, 0
	for _, d := range l.Discounts {
		if d.AmountMinor = UnitsWorth(d.AmountMinor, l.Quantity, a, b); d.AmountMinor != 0 {
			part.take(d)
		}
	}
	part.ListMinor = part.NetMinor + part.DiscountMinor
	if taxIncluded {
		part.ListMinor = part.GrossMinor + part.DiscountMinor
	}
	return part
}

// writeOff takes units from what is promised. Units that are missing are lost, but for as many as the books know to be missing already:
// where available is below zero, a picker finds out which of the promises it is that can't be kept.
func (c RejectUnits) writeOff(s State, d *deal, units []UnitCount) {
	known := map[Key]int64{}
	for _, u := range units {
		place, units := d.free(u, 0)
		sku := d.order.Lines[u.Line-1].SKU
		if c.Shortfall == Unfit {
			d.move(place, Committed, Damaged, sku, units)
			continue
		}
		at := LevelKey(place, sku)
		missing, seen := known[at]
		if !seen && units > 0 {
			missing = max(0, -LevelAt(s, place, sku).Available())
		}
		missed := min(missing, units)
		known[at] = missing - missed
		d.move(place, Committed, Available, sku, missed)
		d.move(place, Committed, Shrinkage, sku, units-missed)
	}
}

// short returns what is short. A place says so of what it has itself: what was to be sent is for who was to send it to say, and of units that
// are on their way nobody can tell what is wrong with them until they arrive.
func (c RejectUnits) short(order Order) (units []UnitCount, err error) {
	open, err := order.openUnits(c.Lines, c.Fulfilment)
	if err != nil {
		return nil, err
	}
	for i, u := range open {
		line, at := order.Lines[u.Line-1], ""
		if line.Away > 0 {
			at = line.From
		}
		field := fmt.Sprintf("lines[%d]", i)
		switch {
		case at != c.From && len(c.Lines) == 0: // it is no part of what is there
		case len(c.Lines) == 0 && line.SKU == "" && order.opensGoods(c.Fulfilment): // it goes with the last goods (withCharges)
		case at != c.From && at != "":
			return nil, RefuseField(FulfilmentStep, field+".line", "line %d is at %s yet, which says so itself, as from_location", u.Line, at).With("state", FulfilmentAwaiting)
		case at != c.From:
			return nil, RefuseField(FulfilmentStep, field+".line", "line %d is not at %s any more, or never was", u.Line, c.From)
		case u.Units > line.Open()-line.Coming:
			if len(c.Lines) == 0 { // nobody said how many
				return nil, RefuseField(FulfilmentStep, "lines", "%d of line %d are on their way: say what is not there of the others", line.Coming, u.Line).
					With("state", FulfilmentAwaiting)
			}
			return nil, RefuseField(FulfilmentStep, field+".quantity", "%d of line %d are on their way: what does not arrive is said when the transfer is received",
				line.Coming, u.Line).With("state", FulfilmentAwaiting)
		default:
			units = append(units, u)
		}
	}
	if len(units) == 0 {
		return nil, RefuseField(FulfilmentStep, "from_location", "nothing that is open is there: another location is to send it, or sent it").With("state", FulfilmentAwaiting)
	}
	return units, nil
}
