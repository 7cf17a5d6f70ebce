package retail

import (
	"fmt"
	"time"
)

// HoldState is what became of a hold.
type HoldState string

// The states of a hold. It starts HELD and moves once.
const (
	StateHeld     HoldState = "HELD"
	StateReleased HoldState = "RELEASED"
	StateExpired  HoldState = "EXPIRED"
	// StateCommitted is that of a hold whose units an order took up.
	StateCommitted HoldState = "COMMITTED"
)

// Hold is a promise of units at one location, to an owner, until it expires.
type Hold struct {
	ID       ID        `json:"id"`
	Location string    `json:"location"`
	Channel  string    `json:"channel"`
	Owner    string    `json:"owner"`
	State    HoldState `json:"state"`
	// Order is the one that took it up.
	Order      ID        `json:"order,omitzero"`
	Lines      []Line    `json:"lines"`
	ExpiresAt  time.Time `json:"expires_at"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
}

// Line is a quantity of one SKU, in units.
type Line struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// HoldKey names a hold at its location.
func HoldKey(location string, id ID) Key { return Key{Table: TableHolds, Place: location, ID: id} }

// HoldMark is a place in a list of holds by when they end.
type HoldMark struct {
	ExpiresAt time.Time `json:"at"`
	ID        ID        `json:"id"`
}

// Mark is the hold's place.
func (h Hold) Mark() HoldMark { return HoldMark{h.ExpiresAt, h.ID} }

// Key names the hold.
func (h Hold) Key() Key { return HoldKey(h.Location, h.ID) }

// LastRecorded is when the hold last changed.
func (h Hold) LastRecorded() time.Time { return h.RecordedAt }

// At returns the hold as it is at an instant: from its expiry on it is expired, whether swept or not.
func (h Hold) At(now time.Time) Hold {
	if h.State == StateHeld && !now.Before(h.ExpiresAt) {
		h.State = StateExpired
	}
	return h
}

// PlaceHold promises units at one location to an owner: all lines or none.
type PlaceHold struct {
	Hold ID
	// Transaction is the id of its ledger transaction.
	Transaction ID
	Location    string
	Channel     string
	Owner       string
	// Lines name each SKU once.
	Lines      []Line
	TimeToLive time.Duration
	// Until is when it ends instead, where that is ahead: when its location closes.
	Until time.Time
	// Method is the fulfilment that the units are kept for; empty: none in particular.
	Method Method
	// Buffers are what may not be promised.
	Buffers Buffers
	// Shows is how exactly the caller may be told what is left.
	Shows Exposure
}

// Keys are the positions.
func (c PlaceHold) Keys() []Key {
	keys := make([]Key, len(c.Lines))
	for i, line := range c.Lines {
		keys[i] = LevelKey(c.Location, line.SKU)
	}
	return keys
}

// Decide refuses OutOfStock with every short line, or moves the units from available to held.
func (c PlaceHold) Decide(s State, now time.Time) (Change, Hold, error) {
	wanted := make([]Shortage, len(c.Lines))
	for i, line := range c.Lines {
		wanted[i] = Shortage{i, c.Location, line.SKU, line.Quantity, c.Buffers.Sellable(LevelAt(s, c.Location, line.SKU), c.Method)}
	}
	if err := short(wanted, c.Shows); err != nil {
		return Change{}, Hold{}, err
	}
	// Nothing below this line can fail.
	hold := Hold{
		ID: c.Hold, Location: c.Location, Channel: c.Channel, Owner: c.Owner, State: StateHeld, Lines: c.Lines,
		ExpiresAt: now.Add(c.TimeToLive.Truncate(time.Microsecond)), RecordedAt: now, Version: 1,
	}
	if c.Until.After(now) {
		hold.ExpiresAt = c.Until
	}
	return hold.change(c.Transaction, KindHold, Available, Held, "StockHeld"), hold, nil
}

// short refuses, with all short lines at once, what is wanted beyond what may be promised. What is left is told as exactly as the
// caller may know it.
func short(demands []Shortage, shows Exposure) error {
	var refusal *Refusal
	for _, d := range demands {
		if d.Wanted <= d.Sellable {
			continue
		}
		if refusal == nil {
			refusal = Refuse(OutOfStock, "%s has %s of %s, %d wanted", d.Location, shows.words(d.Sellable), d.SKU, d.Wanted)
		} else {
			refusal.Message += fmt.Sprintf("; %s has %s of %s, %d wanted", d.Location, shows.words(d.Sellable), d.SKU, d.Wanted)
		}
		refusal.With(fmt.Sprintf("lines[%d].sku", d.Line), d.SKU).
			With(fmt.Sprintf("lines[%d].wanted", d.Line), d.Wanted).
			With(fmt.Sprintf("lines[%d].available", d.Line), shows.Fact(d.Sellable))
		refusal.Short = append(refusal.Short, d)
	}
	if refusal == nil {
		return nil
	}
	return refusal
}

// subject is what events call the hold.
func (h Hold) subject() string { return "hold/" + h.ID.String() }

// heldNow returns a hold that is in force, or refuses: HoldCommitted, HoldReleased, or HoldExpired from the instant it expires.
func heldNow(s State, location string, id ID, now time.Time) (Hold, error) {
	hold, found := lookup[Hold](s, HoldKey(location, id))
	if !found {
		return Hold{}, Refuse(UnknownHold, "there is no hold %s at %s", id, location)
	}
	if err := hold.ended(); err != nil {
		return Hold{}, err
	}
	if !now.Before(hold.ExpiresAt) {
		return Hold{}, hold.expired()
	}
	return hold, nil
}

// ended refuses a hold that was ended before, whatever the time.
func (h Hold) ended() error {
	switch h.State {
	case StateReleased:
		return Refuse(HoldReleased, "hold %s was released before", h.ID)
	case StateCommitted:
		return Refuse(HoldCommitted, "hold %s was taken up by order %s", h.ID, h.Order)
	case StateExpired:
		return h.expired()
	}
	return nil
}

func (h Hold) expired() error {
	return Refuse(HoldExpired, "hold %s expired at %s", h.ID, h.ExpiresAt.Format(time.RFC3339))
}

// change moves the units of a hold between two accounts and tells of it.
func (h Hold) change(transaction ID, kind Kind, from, to, event string) Change {
	subject := h.subject()
	entries := make([]Entry, len(h.Lines))
	for i, line := range h.Lines {
		entries[i] = Entry{Location: h.Location, From: from, To: to, Asset: line.SKU, Quantity: line.Quantity}
	}
	return Change{
		ID: transaction, Kind: kind, Place: h.Location, Channel: h.Channel, Cause: subject, Entries: entries,
		Rows:   []Row{h},
		Events: []Event{{Kind: event, Shard: h.Location, Subject: subject, Version: h.Version, Body: h}},
	}
}

// EndHold gives the units of a hold back: to release it before its time, or to sweep it after.
type EndHold struct {
	Hold        ID
	Transaction ID
	Location    string
	// Lines are the hold's, which never change.
	Lines []Line
	// Sweep is true for the sweeper, which ends only what has expired.
	Sweep bool
}

// Keys are the hold and its positions.
func (c EndHold) Keys() []Key {
	keys := make([]Key, 0, len(c.Lines)+1)
	keys = append(keys, HoldKey(c.Location, c.Hold))
	for _, line := range c.Lines {
		keys = append(keys, LevelKey(c.Location, line.SKU))
	}
	return keys
}

// Decide refuses what is no longer held: HoldReleased, HoldCommitted, or HoldExpired from the instant it expires. The sweeper is refused
// until then.
func (c EndHold) Decide(s State, now time.Time) (Change, Hold, error) {
	hold, found := lookup[Hold](s, HoldKey(c.Location, c.Hold))
	if !found {
		return Change{}, Hold{}, Refuse(UnknownHold, "there is no hold %s at %s", c.Hold, c.Location)
	}
	if err := hold.ended(); err != nil {
		return Change{}, Hold{}, err
	}
	switch expired := !now.Before(hold.ExpiresAt); {
	case expired && !c.Sweep:
		return Change{}, Hold{}, hold.expired()
	case c.Sweep && !expired:
		return Change{}, Hold{}, ErrStale
	}
	// Nothing below this line can fail.
	hold.Version++
	hold.RecordedAt = now
	kind, event := KindRelease, "HoldReleased"
	hold.State = StateReleased
	if c.Sweep {
		kind, event = KindExpire, "HoldExpired"
		hold.State = StateExpired
	}
	return hold.change(c.Transaction, kind, Held, Available, event), hold, nil
}

// Through takes the terms of the channel that promises, how long, and how much is kept back, and of the place.
func (c PlaceHold) Through(channel Channel, place Location, rules []BufferRules) (PlaceHold, error) {
	if err := channel.mayServe(c.Location, "location"); err != nil {
		return c, err
	}
	if err := place.Open("location"); err != nil {
		return c, err
	}
	if c.TimeToLive == 0 {
		c.TimeToLive = channel.HoldTime
	}
	c.Buffers = NewBuffers(channel, rules)
	return c, nil
}
