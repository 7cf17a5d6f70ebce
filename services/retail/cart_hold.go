package retail

import (
	"cmp"
	"slices"
	"time"
)

// CartHold is what is held for a cart at one place: an ordinary hold, whose owner is the cart.
type CartHold struct {
	Location string `json:"location"`
	Hold     ID     `json:"hold"`
}

// CartKeeping is how what is in a cart is held for a while after each change, as the handler read it.
type CartKeeping struct {
	// For is how long; 0: nothing is held.
	For time.Duration
	// Whole is whether a line is held whole or not at all, for the channel does not show how many there are.
	Whole bool
	// SellsAt is where lines that name no place are held; empty: nowhere, for it is chosen when they are ordered.
	SellsAt string
	// Places are those where the channel may promise, each with the id of its hold.
	Places []CartPlace
	// Buffers are what may not be promised.
	Buffers Buffers
	// Positions are those where lines may be held.
	Positions []Key
	// Held are the holds of the carts as they were. Where there are others by now, the command is stale.
	Held []Hold
}

// CartPlace is a place where what is in a cart may be held.
type CartPlace struct {
	Location string
	Hold     ID
	// Methods are those by which the channel promises goods there.
	Methods []Method
}

// Keeping is how what is in its carts is held. A line without a place is held where the channel sells, unless it chooses who sends it.
func (c Channel) Keeping() CartKeeping {
	keep := CartKeeping{For: c.CartHold, Whole: !c.Shows.Counts()}
	if c.Sourcing.Policy == "" {
		keep.SellsAt = c.SellingLocation
	}
	return keep
}

// HoldsAt is a place where the channel may hold what is in its carts, by a hold of an id.
func (c Channel) HoldsAt(place Location, hold ID) CartPlace {
	at := CartPlace{Location: place.Code, Hold: hold}
	for _, method := range []Method{CarryOut, PickUp, Ship} {
		if c.MayServe(place, method) {
			at.Methods = append(at.Methods, method)
		}
	}
	return at
}

// keys are the holds that end, and all positions that may move.
func (k CartKeeping) keys() (keys []Key) {
	for _, hold := range k.Held {
		keys = append(keys, hold.Key())
		for _, line := range hold.Lines {
			keys = append(keys, LevelKey(hold.Location, line.SKU))
		}
	}
	return append(keys, k.Positions...)
}

// place is where a line is held; nil: nowhere.
func (k CartKeeping) place(line CartLine) *CartPlace {
	at := slices.IndexFunc(k.Places, func(p CartPlace) bool {
		return p.Location == cmp.Or(line.stock(), k.SellsAt) && slices.Contains(p.Methods, line.Method)
	})
	if at < 0 || k.For <= 0 {
		return nil
	}
	return &k.Places[at]
}

// planned tells whether the places of all lines were read: those of a cart that somebody changed meanwhile may not have been.
func (k CartKeeping) planned(lines []CartLine) bool {
	return k.For <= 0 || !slices.ContainsFunc(lines, func(line CartLine) bool {
		at := cmp.Or(line.stock(), k.SellsAt)
		return at != "" && !slices.ContainsFunc(k.Places, func(p CartPlace) bool { return p.Location == at })
	})
}

// keeping is what a change of carts does to what is held for them.
type keeping struct {
	CartKeeping
	state   State
	now     time.Time
	entries []Entry
	rows    []Row
	events  []Event
	// moved is how many more units of positions are available for it.
	moved map[Key]int64
}

// rehold gives back what was held for carts, and holds what is in one of them now, as far as it is there: nothing is refused. What is given
// back is there for it, before it is for anybody else.
func (k CartKeeping) rehold(s State, cart Cart, before []CartHold, channel string, now time.Time) (Cart, keeping) {
	all := keeping{CartKeeping: k, state: s, now: now, moved: map[Key]int64{}}
	for _, held := range before {
		all.release(held)
	}
	return all.hold(cart, channel), all
}

// release ends a hold of a cart, if nobody did.
func (k *keeping) release(held CartHold) {
	hold, found := lookup[Hold](k.state, HoldKey(held.Location, held.Hold))
	if !found || hold.State != StateHeld {
		return
	}
	event := "HoldReleased"
	if hold.State = StateReleased; !k.now.Before(hold.ExpiresAt) {
		hold.State, event = StateExpired, "HoldExpired"
	}
	hold.Version++
	hold.RecordedAt = k.now
	k.keep(hold.change(ID{}, KindCart, Held, Available, event))
}

// keep adds what is done to a hold.
func (k *keeping) keep(change Change) {
	for _, e := range change.Entries {
		units := e.Quantity
		if e.From == Available {
			units = -units
		}
		k.moved[LevelKey(e.Location, e.Asset)] += units
	}
	k.entries, k.rows, k.events = append(k.entries, change.Entries...), append(k.rows, change.Rows...), append(k.events, change.Events...)
}

// hold holds what is in a cart.
func (k *keeping) hold(cart Cart, channel string) Cart {
	cart.Holds, cart.HeldUntil, cart.Lines = nil, time.Time{}, slices.Clone(cart.Lines)
	lines := map[string][]Line{}
	taken := map[Key]int64{}
	for i := range cart.Lines {
		line := &cart.Lines[i]
		line.Held, line.HeldAt = 0, ""
		place := k.place(*line)
		if place == nil {
			continue
		}
		key := LevelKey(place.Location, line.SKU)
		level := LevelAt(k.state, place.Location, line.SKU).promised(taken[key] - k.moved[key])
		line.Held = min(line.Quantity, k.Buffers.Sellable(level, line.Method))
		if line.Held == 0 || k.Whole && line.Held < line.Quantity {
			line.Held = 0
			continue
		}
		line.HeldAt = place.Location
		taken[key] += line.Held
		at := slices.IndexFunc(lines[place.Location], func(l Line) bool { return l.SKU == line.SKU })
		if at < 0 {
			lines[place.Location] = append(lines[place.Location], Line{SKU: line.SKU})
			at = len(lines[place.Location]) - 1
		}
		lines[place.Location][at].Quantity += line.Held
	}
	for _, place := range k.Places {
		if len(lines[place.Location]) == 0 {
			continue
		}
		cart.HeldUntil = k.now.Add(k.For.Truncate(time.Microsecond))
		cart.Holds = append(cart.Holds, CartHold{Location: place.Location, Hold: place.Hold})
		k.keep(Hold{
			ID: place.Hold, Location: place.Location, Channel: channel, Owner: cart.subject(), State: StateHeld, Lines: lines[place.Location],
			ExpiresAt: cart.HeldUntil, RecordedAt: k.now, Version: 1,
		}.change(ID{}, KindCart, Available, Held, "StockHeld"))
		delete(lines, place.Location) // held once, however often the place stands there
	}
	return cart
}

// into adds it to a change of carts.
func (k keeping) into(change Change) Change {
	change.Entries = k.entries
	change.Rows, change.Events = append(change.Rows, k.rows...), append(change.Events, k.events...)
	return change
}

// At returns the cart as it is at an instant: from its end on nothing is held, whether swept or not.
func (c Cart) At(now time.Time) Cart {
	if !c.HeldUntil.IsZero() && !now.Before(c.HeldUntil) {
		return c.unheld(func(string) bool { return true })
	}
	return c
}

// unheld is the cart without what is held no more at places.
func (c Cart) unheld(gone func(location string) bool) Cart {
	c.Lines, c.Holds = slices.Clone(c.Lines), slices.Clone(c.Holds)
	for i := range c.Lines {
		if line := &c.Lines[i]; line.Held > 0 && gone(line.HeldAt) {
			line.Held, line.HeldAt = 0, ""
		}
	}
	if c.Holds = slices.DeleteFunc(c.Holds, func(h CartHold) bool { return gone(h.Location) }); len(c.Holds) == 0 {
		c.Holds, c.HeldUntil = nil, time.Time{}
	}
	return c
}

// Still is the cart as it is at an instant, without what is held for it no more: its holds stand in its order.
func (c Cart) Still(holds []Hold, now time.Time) Cart {
	return c.At(now).unheld(func(location string) bool {
		return !slices.ContainsFunc(holds, func(h Hold) bool { return h.Location == location && h.State == StateHeld })
	})
}

// cartHolds are the holds of the cart that the order converts which are in force, and which it takes up beside those that it names.
func (c PlaceOrder) cartHolds(s State, named []Hold, now time.Time) (holds []Hold) {
	for _, of := range c.CartHolds {
		hold, found := lookup[Hold](s, of.Key())
		if found && hold.State == StateHeld && now.Before(hold.ExpiresAt) &&
			!slices.ContainsFunc(named, func(h Hold) bool { return h.Key() == hold.Key() }) {
			holds = append(holds, hold)
		}
	}
	return holds
}

// RefsOf name holds of a cart.
func RefsOf(holds []CartHold) []HoldRef {
	refs := make([]HoldRef, len(holds))
	for i, hold := range holds {
		refs[i] = HoldRef{Location: hold.Location, ID: hold.Hold}
	}
	return refs
}
