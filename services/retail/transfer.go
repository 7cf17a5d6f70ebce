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
	TransferShipped  TransferState = "SHIPPED"  // on its way
	TransferReceived TransferState = "RECEIVED" // all of it arrived, or is known to be missing
)

// Transfer is goods on their way from one location of ours to another.
type Transfer struct {
	ID         ID             `json:"id"`
	From       string         `json:"from"`
	To         string         `json:"to"`
	State      TransferState  `json:"state"`
	Lines      []TransferLine `json:"lines"`
	Reference  string         `json:"reference,omitempty"`
	ShippedAt  time.Time      `json:"shipped_at"`
	RecordedAt time.Time      `json:"recorded_at"`
	Version    int64          `json:"version"`
}

// TransferLine is one SKU of a transfer. Shipped = expected + Received + Missing.
type TransferLine struct {
	SKU      string `json:"sku"`
	Shipped  int64  `json:"shipped"`
	Received int64  `json:"received"`
	Missing  int64  `json:"missing"`
}

// Expected is the units that are still on their way.
func (l TransferLine) Expected() int64 { return l.Shipped - l.Received - l.Missing }

// TransferKey names a transfer.
func TransferKey(id ID) Key { return Key{Table: TableTransfers, ID: id} }

// Key names the transfer.
func (t Transfer) Key() Key { return TransferKey(t.ID) }

// LastRecorded is when it last moved.
func (t Transfer) LastRecorded() time.Time { return t.RecordedAt }

func (t Transfer) subject() string { return "transfer/" + t.ID.String() }

// change is what both acts of a transfer come to.
func (t Transfer) change(transaction ID, kind Kind, place, event string, entries []Entry) Change {
	return Change{
		ID: transaction, Kind: kind, Place: place, Cause: t.subject(), Entries: entries,
		Rows:   []Row{t},
		Events: []Event{{Kind: event, Shard: t.ID.String(), Subject: t.subject(), Version: t.Version, Body: t}},
	}
}

// ShipTransfer sends goods to another location: they are on their way at once, and incoming there.
type ShipTransfer struct {
	Transfer    ID
	Transaction ID
	From, To    string
	// Lines name each SKU once.
	Lines     []Line
	Reference string
}

// Keys are the positions at both ends.
func (c ShipTransfer) Keys() []Key {
	keys := make([]Key, 0, 2*len(c.Lines))
	for _, line := range c.Lines {
		keys = append(keys, LevelKey(c.From, line.SKU), LevelKey(c.To, line.SKU))
	}
	return keys
}

// Decide refuses OutOfStock with every short line: a transfer is a promise to the other place, which is not the same.
func (c ShipTransfer) Decide(s State, now time.Time) (Change, Transfer, error) {
	if c.From == c.To {
		return Change{}, Transfer{}, RefuseField(InvalidRequest, "to_location", "goods go to another location")
	}
	wanted := make([]shortage, len(c.Lines))
	for i, line := range c.Lines {
		wanted[i] = shortage{i, c.From, line.SKU, line.Quantity, LevelAt(s, c.From, line.SKU).Sellable(0)}
	}
	if err := short(wanted); err != nil {
		return Change{}, Transfer{}, err
	}
	// Nothing below this line can fail.
	t := Transfer{
		ID: c.Transfer, From: c.From, To: c.To, State: TransferShipped, Reference: c.Reference, ShippedAt: now, RecordedAt: now, Version: 1,
	}
	transit := TransitPrefix + t.ID.String()
	var entries []Entry
	for _, line := range c.Lines {
		t.Lines = append(t.Lines, TransferLine{SKU: line.SKU, Shipped: line.Quantity})
		entries = append(entries,
			Entry{Location: c.From, From: Available, To: transit, Asset: line.SKU, Quantity: line.Quantity},
			Entry{Location: c.To, From: transit, To: Incoming, Asset: line.SKU, Quantity: line.Quantity})
	}
	return t.change(c.Transaction, KindTransfer, c.From, "TransferShipped", entries), t, nil
}

// ReceiveTransfer records what arrived of a transfer.
type ReceiveTransfer struct {
	Transfer    ID
	Transaction ID
	// To is where it arrives, which never changes.
	To string
	// Lines are what arrived, each SKU once; none: all that is still expected, or with Close nothing.
	Lines []Line
	// Close says that no more will come: what is still expected is missing.
	Close bool
	// Expected are the SKUs of the transfer, which never change.
	Expected []string
}

// Keys are the transfer and its positions where it arrives.
func (c ReceiveTransfer) Keys() []Key {
	keys := []Key{TransferKey(c.Transfer)}
	for _, sku := range c.Expected {
		keys = append(keys, LevelKey(c.To, sku))
	}
	return keys
}

// Decide refuses what was not sent, more than is still expected, and a transfer that has ended.
func (c ReceiveTransfer) Decide(s State, now time.Time) (Change, Transfer, error) {
	t, found := lookup[Transfer](s, TransferKey(c.Transfer))
	if !found {
		return Change{}, Transfer{}, Refuse(UnknownTransfer, "there is no transfer %s", c.Transfer)
	}
	if t.State != TransferShipped {
		return Change{}, Transfer{}, Refuse(TransferEnded, "transfer %s was received before", t.ID)
	}
	if len(c.Lines) == 0 && !c.Close {
		for _, line := range t.Lines {
			c.Lines = append(c.Lines, Line{SKU: line.SKU, Quantity: line.Expected()})
		}
	}
	for i, line := range c.Lines {
		at := slices.IndexFunc(t.Lines, func(l TransferLine) bool { return l.SKU == line.SKU })
		if at < 0 || line.Quantity > t.Lines[at].Expected() {
			expected := int64(0)
			if at >= 0 {
				expected = t.Lines[at].Expected()
			}
			return Change{}, Transfer{}, RefuseField(TransferBeyond, fmt.Sprintf("lines[%d]", i),
				"%d of %s are expected, and not %d", expected, line.SKU, line.Quantity).With("expected", expected)
		}
	}
	// Nothing below this line can fail.
	var entries []Entry
	t.Lines = slices.Clone(t.Lines)
	open := false
	for i := range t.Lines {
		line := &t.Lines[i]
		for _, arrived := range c.Lines {
			if arrived.SKU == line.SKU && arrived.Quantity > 0 {
				line.Received += arrived.Quantity
				entries = append(entries, Entry{Location: t.To, From: Incoming, To: Available, Asset: line.SKU, Quantity: arrived.Quantity})
			}
		}
		if missing := line.Expected(); c.Close && missing > 0 {
			line.Missing += missing
			entries = append(entries, Entry{Location: t.To, From: Incoming, To: Shrinkage, Asset: line.SKU, Quantity: missing})
		}
		open = open || line.Expected() > 0
	}
	if !open {
		t.State = TransferReceived
	}
	t.Version++
	t.RecordedAt = now
	return t.change(c.Transaction, KindArrival, t.To, "TransferReceived", entries), t, nil
}
