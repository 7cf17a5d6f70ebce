package retail

import (
	"fmt"
	"slices"
	"time"
)

// TransferState is how far a transfer has come.
type TransferState string

// The states of a transfer.
const (
	TransferRequested TransferState = "REQUESTED" // asked for, and not decided on
	TransferDeclined  TransferState = "DECLINED"  // asked for, and the sender will not send it
	TransferCancelled TransferState = "CANCELLED" // asked for, and not wanted any more
	TransferShipped   TransferState = "SHIPPED"   // on its way
	TransferReceived  TransferState = "RECEIVED"  // all of it arrived, or is known to be missing
)

// TransferStates are all of them.
var TransferStates = []TransferState{TransferRequested, TransferDeclined, TransferCancelled, TransferShipped, TransferReceived}

// Transfer is goods on their way from one location of ours to another, or those that one asks another for.
type Transfer struct {
	ID        ID             `json:"id"`
	From      string         `json:"from"`
	To        string         `json:"to"`
	State     TransferState  `json:"state"`
	Lines     []TransferLine `json:"lines"`
	Reference string         `json:"reference,omitempty"`
	// ShippedAt is when it was sent; zero: it was not.
	ShippedAt  time.Time `json:"shipped_at,omitzero"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
	// RequestedAt is when it was asked for; zero: it was not, and was sent all the same.
	RequestedAt time.Time `json:"requested_at,omitzero"`
	// Purpose is what it was asked for, WantedOn the day it should be there, as time.DateOnly; empty: any day.
	Purpose  string `json:"purpose,omitempty"`
	WantedOn string `json:"wanted_on,omitempty"`
	// Answer is why it was declined, or is not wanted any more.
	Answer string `json:"answer,omitempty"`
	// Order is the one that takes its goods, to be collected where they go to; zero: none, they are for that place's stock.
	Order ID `json:"order,omitzero"`
}

// BegunAt is when it was asked for, or else sent, which never changes.
func (t Transfer) BegunAt() time.Time {
	if t.RequestedAt.IsZero() {
		return t.ShippedAt
	}
	return t.RequestedAt
}

// TransferLine is one SKU of a transfer. Shipped = expected + Received + Missing.
type TransferLine struct {
	SKU      string `json:"sku"`
	Shipped  int64  `json:"shipped"`
	Received int64  `json:"received"`
	Missing  int64  `json:"missing"`
	// Damaged is units of those received that arrived damaged.
	Damaged int64 `json:"damaged,omitempty"`
	// Over is units of those shipped that the sender did not know of until they arrived.
	Over int64 `json:"over,omitempty"`
	// Cost is what the units that are still on their way cost, where the place they go to takes them at it.
	Cost Cost `json:"cost,omitzero"`
	// Requested is units that were asked for; 0: nobody asked. What was sent of them at first is Shipped less Over.
	Requested int64 `json:"requested,omitempty"`
	// Kept is units of those received that were promised to the order as they arrived, Lacked those that the order was promised of what is
	// there instead, since they will not come.
	Kept   int64 `json:"kept,omitempty"`
	Lacked int64 `json:"lacked,omitempty"`
}

// Expected is the units that are still on their way.
func (l TransferLine) Expected() int64 { return l.Shipped - l.Received - l.Missing }

// TransfersOf names transfers: those from a place, those to one, or both, of some states.
type TransfersOf struct {
	// From and To are the places; empty: none from anywhere, none to anywhere.
	From, To string
	// States are those that they are in; none: any.
	States []TransferState
}

// TransferKey names a transfer.
func TransferKey(id ID) Key { return Key{Table: TableTransfers, ID: id} }

// Key names the transfer.
func (t Transfer) Key() Key { return TransferKey(t.ID) }

// LastRecorded is when it last moved.
func (t Transfer) LastRecorded() time.Time { return t.RecordedAt }

// transferPrefix is what the cause of an act of a transfer begins with.
const transferPrefix = "transfer/"

func (t Transfer) subject() string { return transferPrefix + t.ID.String() }

// change is what an act of a transfer comes to.
func (t Transfer) change(transaction ID, kind Kind, place, event string, entries []Entry) Change {
	return Change{
		ID: transaction, Kind: kind, Place: place, Cause: t.subject(), Entries: entries,
		Rows:   []Row{t},
		Events: []Event{{Kind: event, Shard: t.ID.String(), Subject: t.subject(), Version: t.Version, Body: t}},
	}
}

// ShipTransfer sends goods to another location: they are on their way at once, and incoming there. One that was asked for is sent once:
// what it leaves out is not sent, and can be asked for anew.
type ShipTransfer struct {
	Transfer    ID
	Transaction ID
	From, To    string
	// Requested is true for a transfer that was asked for, from and to these places, which never change.
	Requested bool
	// Lines name each SKU once.
	Lines []Line
	// Whole is true where they are all that was asked for, as nobody named any.
	Whole bool
	// Order is the one that takes the goods, which never changes; zero: none.
	Order ID
	// Reference takes the place of the one that it was asked for with; empty: that one stays.
	Reference string
	// Currency is that of the book at To. Goods that go to a book of another currency leave at their cost and arrive without one:
	// Aisle changes no money.
	Currency string
}

// Keys are the positions at both ends, the transfer that was asked for, and the order that takes the goods.
func (c ShipTransfer) Keys() []Key {
	keys := make([]Key, 0, 2*len(c.Lines)+2)
	if !c.Order.IsZero() {
		keys = append(keys, OrderKey(c.Order))
	}
	if c.Requested {
		keys = append(keys, TransferKey(c.Transfer))
	}
	for _, line := range c.Lines {
		keys = append(keys, LevelKey(c.From, line.SKU), LevelKey(c.To, line.SKU))
	}
	return keys
}

// Decide refuses OutOfStock with every short line: a transfer is a promise to the other place, which is not the same. Of what was asked
// for it refuses more than that, and what was decided before; of what is promised to an order also less than that.
func (c ShipTransfer) Decide(s State, now time.Time) (Change, Transfer, error) {
	if c.From == c.To {
		return Change{}, Transfer{}, RefuseField(InvalidRequest, "to_location", "goods go to another location")
	}
	t := Transfer{ID: c.Transfer, From: c.From, To: c.To}
	if c.Requested {
		var err error
		if t, err = requested(s, c.Transfer); err != nil {
			return Change{}, Transfer{}, err
		}
		c.From, c.To, t.Lines = t.From, t.To, slices.Clone(t.Lines)
	}
	order, err := t.order(s, c.Order)
	if err != nil {
		return Change{}, Transfer{}, err
	}
	if !t.Order.IsZero() && c.Whole {
		c.Lines = nil
		for _, line := range t.Lines {
			if away := order.sum(t.ID, line.SKU, func(l OrderLine) int64 { return l.Away }); away > 0 {
				c.Lines = append(c.Lines, Line{SKU: line.SKU, Quantity: away})
			}
		}
	}
	wanted := make([]Shortage, len(c.Lines))
	at := make([]int, len(c.Lines)) // which line of the transfer each is
	for i, line := range c.Lines {
		wanted[i] = Shortage{i, c.From, line.SKU, line.Quantity, LevelAt(s, c.From, line.SKU).Sellable(Buffer{})}
		if !c.Requested {
			at[i] = len(t.Lines)
			t.Lines = append(t.Lines, TransferLine{SKU: line.SKU, Shipped: line.Quantity})
			continue
		}
		if at[i] = slices.IndexFunc(t.Lines, func(l TransferLine) bool { return l.SKU == line.SKU }); at[i] < 0 {
			return Change{}, Transfer{}, RefuseField(TransferBeyond, fmt.Sprintf("lines[%d]", i), "nobody asked for %s", line.SKU).
				With("requested", 0)
		}
		of := &t.Lines[at[i]]
		if line.Quantity > of.Requested-of.Shipped {
			return Change{}, Transfer{}, RefuseField(TransferBeyond, fmt.Sprintf("lines[%d]", i), "%d of %s were asked for, and not %d",
				of.Requested, line.SKU, line.Quantity).With("requested", of.Requested)
		}
		of.Shipped += line.Quantity
	}
	from := Available
	if t.Order.IsZero() {
		err = short(wanted, Exposure{})
	} else {
		from, err = Committed, c.sendsAll(t, order)
	}
	if err != nil {
		return Change{}, Transfer{}, err
	}
	// Nothing below this line can fail.
	t.State, t.ShippedAt, t.RecordedAt = TransferShipped, now, now
	t.Version++
	if c.Reference != "" {
		t.Reference = c.Reference
	}
	transit := TransitPrefix + t.ID.String()
	var entries []Entry
	var costs Costs
	for i, line := range c.Lines {
		cost := sentAt(s, c.From, line.SKU, line.Quantity, c.Currency)
		if cost.Known() {
			t.Lines[at[i]].Cost = Cost{t.Lines[at[i]].Cost.Minor + cost.Minor, cost.Currency}
		}
		costs.put(len(entries), cost)
		entries = append(entries,
			Entry{Location: c.From, From: from, To: transit, Asset: line.SKU, Quantity: line.Quantity},
			Entry{Location: c.To, From: transit, To: Incoming, Asset: line.SKU, Quantity: line.Quantity})
	}
	change := t.change(c.Transaction, KindTransfer, c.From, "TransferShipped", entries)
	change.Costs = costs
	if !t.Order.IsZero() {
		d := newDeal(s, order, c.Transaction, Issuer{}, time.Time{}, now)
		for i := range d.order.Lines {
			if line := &d.order.Lines[i]; line.Transfer == t.ID {
				line.Away, line.Coming = 0, line.Away
			}
		}
		d.tellOrder("UnitsSent")
		change.Rows, change.Events = append(change.Rows, d.rows...), append(change.Events, d.events...)
	}
	return change, t, nil
}

// order is the one that takes the goods, if one does: the one that was read.
func (t Transfer) order(s State, read ID) (Order, error) {
	if t.Order != read {
		return Order{}, ErrStale
	}
	if t.Order.IsZero() {
		return Order{}, nil
	}
	order, found := lookup[Order](s, OrderKey(t.Order))
	if !found {
		return Order{}, ErrStale
	}
	return order, nil
}

// sendsAll refuses to send anything else than what is promised to the order.
func (c ShipTransfer) sendsAll(t Transfer, order Order) error {
	for _, asked := range t.Lines {
		away := order.sum(t.ID, asked.SKU, func(l OrderLine) int64 { return l.Away })
		sent := int64(0)
		for _, line := range c.Lines {
			if line.SKU == asked.SKU {
				sent += line.Quantity
			}
		}
		if sent != away {
			return t.promised("lines", "%d of %s are promised to order %s, and not %d: what is not to be had is rejected first", away, asked.SKU, order.Number, sent).
				With("promised", away)
		}
	}
	return nil
}

// sentAt is the cost with which units leave a place for another one whose book is in a currency; not known where the two differ.
func sentAt(s State, from, sku string, units int64, currency string) Cost {
	level := LevelAt(s, from, sku)
	if !level.Worth.Known() || level.Worth.Currency != currency {
		return Cost{}
	}
	cost, _ := level.Worth.takeOut(level.OnHand(), units)
	if cost.Minor == 0 {
		return Cost{}
	}
	return cost
}

// ReceiveTransfer records what arrived of a transfer, and what did not. What arrived beyond what was sent was sent all the same, and
// leaves the sender's book too: the sender has it no more, whatever its papers say.
type ReceiveTransfer struct {
	Transfer    ID
	Transaction ID
	// From is where it was sent, To where it arrives; neither changes.
	From, To string
	// Lines are what arrived whole, Damaged what arrived damaged, each SKU once in either; neither: all that is still expected arrived
	// whole, or with Close nothing.
	Lines, Damaged []Line
	// Close says that no more will come: what is still expected is missing.
	Close bool
	// Expected are the SKUs of the transfer, which never change.
	Expected []string
	// Reason is the code of the reason of a difference, and Note what else there is to say of it; empty: there is none.
	Reason, Note string
	// Currency is that of the book at To, for the cost of what arrives beyond what was sent.
	Currency string
	// Order is the one that takes the goods, as it was read, for its lines, which never change; without an id: none.
	Order Order
}

// By gives a difference its reason, once that is known to fit.
func (c ReceiveTransfer) By(reason StockReason) (ReceiveTransfer, error) {
	if err := reason.For(ActTransfer, "reason"); err != nil {
		return c, err
	}
	c.Reason = reason.Code
	return c, nil
}

// Keys are the transfer and its positions where it arrives, where there may be a difference also those it was sent from, and the order that
// takes the goods, with the fulfilment that waits for them.
func (c ReceiveTransfer) Keys() []Key {
	keys := []Key{TransferKey(c.Transfer)}
	if !c.Order.ID.IsZero() {
		keys = append(keys, OrderKey(c.Order.ID), c.waiting())
	}
	for _, sku := range c.Expected {
		keys = append(keys, LevelKey(c.To, sku))
		if c.Reason != "" {
			keys = append(keys, LevelKey(c.From, sku))
		}
	}
	return keys
}

// waiting is the fulfilment that waits for the goods.
func (c ReceiveTransfer) waiting() Key {
	at := slices.IndexFunc(c.Order.Lines, func(l OrderLine) bool { return l.Transfer == c.Transfer })
	if at < 0 {
		return FulfilmentKey(c.To, ID{})
	}
	return FulfilmentKey(c.To, c.Order.Lines[at].Fulfilment)
}

// Decide refuses what was not sent, more than is still expected and less than that at the end where no reason says why, and a
// transfer that is not on its way. What arrives is promised to the order that waits for it. What the order waits for in vain is promised of
// what is there: the promise stands until somebody gives it up.
func (c ReceiveTransfer) Decide(s State, now time.Time) (Change, Transfer, error) {
	t, found := lookup[Transfer](s, TransferKey(c.Transfer))
	if !found {
		return Change{}, Transfer{}, Refuse(UnknownTransfer, "there is no transfer %s", c.Transfer)
	}
	switch t.State {
	case TransferReceived:
		return Change{}, Transfer{}, Refuse(TransferEnded, "transfer %s was received before", t.ID)
	case TransferRequested, TransferDeclined, TransferCancelled:
		return Change{}, Transfer{}, Refuse(TransferNotShipped, "transfer %s was asked for, and not sent: it is %s", t.ID, t.State).
			With("state", t.State)
	}
	order, err := t.order(s, c.Order.ID)
	if err != nil {
		return Change{}, Transfer{}, err
	}
	arrived, err := c.arrived(t)
	if err != nil {
		return Change{}, Transfer{}, err
	}
	for i, line := range t.Lines {
		arrived[i].promise(line, order.sum(t.ID, line.SKU, func(l OrderLine) int64 { return l.Coming }), c.Close)
		if lacked := arrived[i].lacked; lacked > 0 && LevelAt(s, t.To, line.SKU).Available()-lacked < -unitsMax {
			return Change{}, Transfer{}, Refuse(QuantityTooLarge, "%s can't count that it lacks %d more of %s", t.To, lacked, line.SKU)
		}
		over := arrived[i].whole + arrived[i].damaged - line.Expected()
		if over > 0 && LevelAt(s, c.From, line.SKU).Available()-over < -unitsMax {
			return Change{}, Transfer{}, Refuse(QuantityTooLarge, "%s can't count that it sent %d more of %s", c.From, over, line.SKU)
		}
		if over < 0 && c.Close && c.Reason == "" {
			return Change{}, Transfer{}, RefuseField(TransferShort, "reason", "%d of %s are missing, and nobody says why", -over, line.SKU).
				With("missing", -over)
		}
	}
	// Nothing below this line can fail.
	var entries []Entry
	var costs Costs
	t.Lines = slices.Clone(t.Lines)
	open, fact := false, false
	for i := range t.Lines {
		line, units := &t.Lines[i], arrived[i]
		move := func(location, from, to string, quantity int64, cost Cost) {
			if quantity > 0 {
				costs.put(len(entries), cost)
				entries = append(entries, Entry{Location: location, From: from, To: to, Asset: line.SKU, Quantity: quantity})
			}
		}
		all := units.whole + units.damaged
		over := max(0, all-line.Expected())
		transit := TransitPrefix + t.ID.String()
		var more Cost
		if over > 0 && (line.Cost.Currency == c.Currency || line.Expected() == 0) {
			more = sentAt(s, t.From, line.SKU, over, c.Currency)
		}
		cost := line.arrives(all, more)
		rest := cost.part(all-units.kept, all)
		damaged := rest.part(units.damaged, all-units.kept)
		move(t.From, Available, transit, over, more)
		move(t.To, transit, Incoming, over, Cost{})
		move(t.To, Incoming, Committed, units.kept, Cost{cost.Minor - rest.Minor, cost.Currency})
		move(t.To, Incoming, Available, units.whole-units.kept, Cost{rest.Minor - damaged.Minor, cost.Currency})
		move(t.To, Incoming, Damaged, units.damaged, damaged)
		line.Shipped += over
		line.Over += over
		line.Received += units.whole + units.damaged
		line.Damaged += units.damaged
		if missing := line.Expected(); c.Close && missing > 0 {
			line.Missing += missing
			move(t.To, Incoming, Shrinkage, missing, line.Cost)
			line.Cost.Minor = 0
		}
		move(t.To, Available, Committed, units.lacked, Cost{})
		line.Kept += units.kept
		line.Lacked += units.lacked
		open, fact = open || line.Expected() > 0, fact || over > 0 || units.lacked > 0
	}
	if !open {
		t.State = TransferReceived
	}
	t.Version++
	t.RecordedAt = now
	change := t.change(c.Transaction, KindArrival, t.To, "TransferReceived", entries)
	change.Reason, change.Note, change.Fact, change.Costs = c.Reason, c.Note, fact, costs
	c.supply(s, &change, order, t, arrived, now)
	return change, t, nil
}

// arrives takes the cost of units that arrive off what is on its way; more is that of those beyond what was expected.
func (l *TransferLine) arrives(units int64, more Cost) Cost {
	expected := l.Expected()
	cost := l.Cost.part(units, expected)
	l.Cost.Minor -= cost.Minor
	if expected == 0 && more.Known() {
		return more
	}
	cost.Minor += more.Minor
	return cost
}

// arrivedUnits is what arrived of one line. Of the whole ones some are kept for the order; lacked are those that it waits for in vain.
type arrivedUnits struct{ whole, damaged, kept, lacked int64 }

// promise says what the order gets, which waits for so many.
func (u *arrivedUnits) promise(line TransferLine, waits int64, closes bool) {
	u.kept = min(waits, u.whole)
	expected := max(0, line.Expected()-u.whole-u.damaged)
	if closes {
		expected = 0
	}
	u.lacked = max(0, waits-u.kept-expected)
}

// supply tells the order what it has got, and its fulfilment.
func (c ReceiveTransfer) supply(s State, change *Change, order Order, t Transfer, arrived []arrivedUnits, now time.Time) {
	d := newDeal(s, order, c.Transaction, Issuer{}, time.Time{}, now)
	got := false
	for i, of := range t.Lines {
		units := arrived[i].kept + arrived[i].lacked
		for n := range d.order.Lines {
			if line := &d.order.Lines[n]; line.Transfer == t.ID && line.SKU == of.SKU {
				part := min(units, line.Coming)
				line.Coming -= part
				units -= part
				got = got || part > 0
			}
		}
	}
	if !got {
		return
	}
	d.tellOrder("UnitsArrived")
	if f, found := lookup[Fulfilment](s, c.waiting()); found {
		d.supply(f)
	}
	change.Rows, change.Events = append(change.Rows, d.rows...), append(change.Events, d.events...)
}

// arrived is what arrived of each line of a transfer, or a refusal of what was not sent.
func (c ReceiveTransfer) arrived(t Transfer) ([]arrivedUnits, error) {
	arrived := make([]arrivedUnits, len(t.Lines))
	if len(c.Lines) == 0 && len(c.Damaged) == 0 && !c.Close {
		for i, line := range t.Lines {
			arrived[i].whole = line.Expected()
		}
		return arrived, nil
	}
	for damaged, lines := range [][]Line{c.Lines, c.Damaged} {
		for i, line := range lines {
			field := fmt.Sprintf("%s[%d]", []string{"lines", "damaged"}[damaged], i)
			at := slices.IndexFunc(t.Lines, func(l TransferLine) bool { return l.SKU == line.SKU })
			if at < 0 {
				return nil, RefuseField(TransferBeyond, field, "no %s was sent", line.SKU).With("expected", 0)
			}
			if line.Quantity < 0 {
				return nil, RefuseField(InvalidRequest, field, "%d of %s can't arrive", line.Quantity, line.SKU)
			}
			if line.Quantity > unitsMax {
				return nil, RefuseField(QuantityTooLarge, field, "%d of %s are beyond what can be counted", line.Quantity, line.SKU)
			}
			if damaged == 0 {
				arrived[at].whole += line.Quantity
			} else {
				arrived[at].damaged += line.Quantity
			}
			sum, expected := arrived[at].whole+arrived[at].damaged, t.Lines[at].Expected()
			if sum > expected && c.Reason == "" {
				return nil, RefuseField(TransferBeyond, field, "%d of %s are expected, and not %d, and nobody says why", expected, line.SKU, sum).
					With("expected", expected)
			}
		}
	}
	return arrived, nil
}
