package retail

import (
	"slices"
	"time"
)

// RequestTransfer asks another location for goods. No unit moves, and nothing is promised: who is asked decides.
type RequestTransfer struct {
	Transfer    ID
	Transaction ID
	// From is who is asked, To who asks.
	From, To string
	// Lines name each SKU once.
	Lines []Line
	// Purpose is what it is for, Reference the retailer's own number for it.
	Purpose, Reference string
	// WantedOn is a day that CalendarDay lets through, or empty.
	WantedOn string
}

// Keys are the transfer.
func (c RequestTransfer) Keys() []Key { return []Key{TransferKey(c.Transfer)} }

// Decide refuses what a place asks of itself.
func (c RequestTransfer) Decide(s State, now time.Time) (Change, Transfer, error) {
	if c.From == c.To {
		return Change{}, Transfer{}, RefuseField(InvalidRequest, "from_location", "goods come from another location")
	}
	if s.Row(TransferKey(c.Transfer)) != nil { // ids are minted for it
		return Change{}, Transfer{}, ErrStale
	}
	// Nothing below this line can fail.
	t := Transfer{
		ID: c.Transfer, From: c.From, To: c.To, State: TransferRequested, Reference: c.Reference, RecordedAt: now, Version: 1, RequestedAt: now,
		Purpose: c.Purpose, WantedOn: c.WantedOn,
	}
	for _, line := range c.Lines {
		t.Lines = append(t.Lines, TransferLine{SKU: line.SKU, Requested: line.Quantity})
	}
	return t.change(c.Transaction, KindRequest, t.To, "TransferRequested", nil), t, nil
}

// EndRequest says that a transfer which was asked for will not be sent: who was asked declines it, or who asks takes it back.
type EndRequest struct {
	Transfer    ID
	Transaction ID
	// As is TransferDeclined or TransferCancelled.
	As TransferState
	// Answer is why; empty: nobody says.
	Answer string
}

// Keys are the transfer.
func (c EndRequest) Keys() []Key { return []Key{TransferKey(c.Transfer)} }

// By refuses a place that was not asked, where it declines, or that does not ask, where it takes the request back.
func (c EndRequest) By(t Transfer, location string) error {
	switch {
	case c.As == TransferDeclined && location != t.From:
		return RefuseField(InvalidRequest, "location", "another location was asked for it")
	case c.As == TransferCancelled && location != t.To:
		return RefuseField(InvalidRequest, "location", "another location asked for it")
	}
	return nil
}

// Decide refuses a transfer that was decided on before, and one whose goods are promised to an order.
func (c EndRequest) Decide(s State, now time.Time) (Change, Transfer, error) {
	events := map[TransferState]string{TransferDeclined: "TransferDeclined", TransferCancelled: "TransferCancelled"}
	if events[c.As] == "" {
		return Change{}, Transfer{}, Refuse(InvalidRequest, "a request does not end as %s", c.As)
	}
	t, err := requested(s, c.Transfer)
	if err != nil {
		return Change{}, Transfer{}, err
	}
	if !t.Order.IsZero() {
		return Change{}, Transfer{}, t.promised("", "the goods of transfer %s are promised to an order: its lines are cancelled, or what is not to be had is rejected", t.ID)
	}
	// Nothing below this line can fail.
	t.State, t.Answer, t.RecordedAt = c.As, c.Answer, now
	t.Lines = slices.Clone(t.Lines)
	t.Version++
	return t.change(c.Transaction, KindRequest, t.To, events[c.As], nil), t, nil
}

// requested is a transfer that somebody asked for and nobody decided on, or a refusal.
func requested(s State, id ID) (Transfer, error) {
	t, found := lookup[Transfer](s, TransferKey(id))
	if !found {
		return Transfer{}, Refuse(UnknownTransfer, "there is no transfer %s", id)
	}
	if t.State != TransferRequested {
		return Transfer{}, Refuse(TransferNotRequested, "nobody waits for transfer %s to be decided on: it is %s", id, t.State).
			With("state", t.State)
	}
	return t, nil
}

// promised refuses what would leave an order without goods that are promised to it.
func (t Transfer) promised(field, format string, args ...any) *Refusal {
	return RefuseField(TransferPromised, field, format, args...).With("order", t.Order)
}
