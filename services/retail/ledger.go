package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/sabotage"
)

// Kind is what kind of act a ledger transaction records.
type Kind string

// The kinds of act. Each kind's entries are said in the chart of postings (doc.go) and proved by the audit.
const (
	KindReceive    Kind = "RECEIVE"    // goods from a supplier
	KindAdjust     Kind = "ADJUST"     // goods found or missing
	KindDamage     Kind = "DAMAGE"     // goods that can't be sold as they are
	KindQuarantine Kind = "QUARANTINE" // goods set apart
	KindInspect    Kind = "INSPECT"    // goods that were looked at
	KindRestore    Kind = "RESTORE"    // goods that can be sold again
	KindWriteOff   Kind = "WRITE_OFF"  // goods that are given up
	KindFound      Kind = "FOUND"      // goods that turned up
	KindResolve    Kind = "RESOLVE"    // an oversell case whose goods were there
	KindHold       Kind = "HOLD"       // units promised for a while
	KindRelease    Kind = "RELEASE"    // a hold given back before its time
	KindExpire     Kind = "EXPIRE"     // a hold given back after its time
	KindSale       Kind = "SALE"       // an order placed
	KindPayment    Kind = "PAYMENT"    // an order paid later
	KindWork       Kind = "WORK"       // a fulfilment moved on: no entries
	KindHandover   Kind = "HANDOVER"   // goods collected or shipped
	KindCancel     Kind = "CANCEL"     // units that will not be handed over
	KindReject     Kind = "REJECT"     // promised units that are not there, or unfit
	KindReturn     Kind = "RETURN"     // goods that came back
	KindByPost     Kind = "BY_POST"    // what a customer sends back: entries where it is looked at after its refund alone
	KindExchange   Kind = "EXCHANGE"   // goods that came back and goods that left
	KindGoodwill   Kind = "GOODWILL"   // something given for nothing
	KindLoss       Kind = "LOSS"       // something owed that a person gave up
	KindInvoice    Kind = "INVOICE"    // a ticket turned into a full invoice: no entries
	KindRequest    Kind = "REQUEST"    // goods that one location asks another for, or will not get: no entries
	KindTransfer   Kind = "TRANSFER"   // goods sent to another location of ours
	KindArrival    Kind = "ARRIVAL"    // goods of a transfer that arrived
	KindExpect     Kind = "EXPECT"     // what a supplier is to bring, or will not
	KindDelivery   Kind = "DELIVERY"   // goods of a delivery that arrived
	KindCount      Kind = "COUNT"      // goods counted, and differences posted
	KindDemand     Kind = "DEMAND"     // what people looked for: no entries
	KindBreakage   Kind = "BREAKAGE"   // what is on a gift card that has expired is ours
	KindCard       Kind = "CARD"       // a gift card that was lost and got another number: no entries
	KindProvider   Kind = "PROVIDER"   // what a provider of payments was asked, or answered: entries for a capture alone
	KindLink       Kind = "LINK"       // a link to pay by that was sent: no entries
	KindCart       Kind = "CART"       // what somebody means to buy, and what is held of it
	KindCash       Kind = "CASH"       // a drawer's difference, or cash taken to the safe
	KindMaster     Kind = "MASTER"     // catalogue, locations, channels: no entries
)

// Entry moves a positive quantity of one asset from one account to another within one location's book, so that it is
// balanced by construction.
type Entry struct {
	// Location is the book.
	Location string
	// From and To are accounts of the same kind.
	From, To string
	// Asset is a SKU between unit accounts, an ISO 4217 code between money accounts.
	Asset string
	// Quantity is in units, or in minor units; positive.
	Quantity int64
	// Version is the version after the entry of what it is folded into: of the position, for units. 0 for money.
	Version int64
}

// Header is one ledger transaction in one book. An act that touches several books has one header in each, with the same
// id.
type Header struct {
	Location   string
	ID         ID
	Kind       Kind
	OccurredAt time.Time
	RecordedAt time.Time
	Actor      string
	// Channel is the channel that the act came by; empty: none.
	Channel   string
	RequestID ID
	Cause     string
	// Reason is the code of the reason that the act names, and Note what else there is to say of it; empty: none.
	Reason, Note string
	// Entries are the header's entries, numbered from 1 in this order.
	Entries []Entry
}

// Stamp is what the engine adds to a change: when, who and for which request.
type Stamp struct {
	Now   time.Time
	Actor string
	// Channel is the one that the request came by, of acts that say none themselves; empty: none.
	Channel   string
	RequestID ID
}

// Posted is a change as it is written down.
type Posted struct {
	Headers []Header
	Rows    []Row
	Events  []Event
}

// Post turns an accepted change into what is written: it folds the entries into the levels and balances, opens and settles oversell
// cases, values what moves, tells what is low from then on and what is no more, and makes the headers. It checks what the rules
// promised, as the second of two independent checks: an error here is a fault in a rule, never a refusal.
func Post(c Change, stamp Stamp, s State) (Posted, error) {
	if c.ID.IsZero() || c.Kind == "" || c.Place == "" {
		return Posted{}, fmt.Errorf("retail: a change needs an id, a kind and a place: %q %q", c.Kind, c.Place)
	}
	levels, money, err := foldLevels(c, stamp.Now, s)
	if err != nil {
		return Posted{}, err
	}
	c.Entries = append(slices.Clip(c.Entries), money...)
	balances, err := foldBalances(c, stamp.Now, s)
	if err != nil {
		return Posted{}, err
	}
	posted := Posted{Events: append(slices.Clip(c.Events), tellLow(levels, s)...), Rows: make([]Row, 0, len(c.Rows)+len(levels)+len(balances))}
	posted.Rows = append(posted.Rows, c.Rows...)
	for _, level := range levels {
		posted.Rows = append(posted.Rows, level)
	}
	for _, balance := range balances {
		posted.Rows = append(posted.Rows, balance)
	}
	occurred := c.OccurredAt
	if occurred.IsZero() {
		occurred = stamp.Now
	}
	header := Header{
		Location: c.Place, ID: c.ID, Kind: c.Kind, OccurredAt: occurred, RecordedAt: stamp.Now,
		Actor: stamp.Actor, Channel: cmp.Or(c.Channel, stamp.Channel), RequestID: stamp.RequestID, Cause: c.Cause,
		Reason: c.Reason, Note: c.Note,
	}
	posted.Headers = append(posted.Headers, header)
	for _, entry := range c.Entries {
		book := slices.IndexFunc(posted.Headers, func(h Header) bool { return h.Location == entry.Location })
		if book < 0 {
			book = len(posted.Headers)
			other := header
			other.Location = entry.Location
			posted.Headers = append(posted.Headers, other)
		}
		posted.Headers[book].Entries = append(posted.Headers[book].Entries, entry)
	}
	return posted, nil
}

// foldLevels returns the levels that the entries and thresholds of a change leave behind and what their cost posts, and stamps each
// unit entry with its position's version.
func foldLevels(c Change, now time.Time, s State) (levels []Level, money []Entry, err error) {
	places := make(map[Key]int, min(len(c.Entries), 64))
	levelOf := func(location, sku string) *Level {
		key := LevelKey(location, sku)
		at, seen := places[key]
		if !seen {
			at = len(levels)
			places[key] = at
			levels = append(levels, LevelAt(s, location, sku))
		}
		return &levels[at]
	}
	for i := range c.Entries {
		entry := &c.Entries[i]
		kind := KindOf(entry.From)
		if entry.Quantity <= 0 || entry.Location == "" || entry.Asset == "" || kind == NoAccount || kind != KindOf(entry.To) ||
			entry.From == entry.To {
			return nil, nil, fmt.Errorf("retail: malformed entry %+v", *entry)
		}
		if kind == MoneyAccount {
			continue
		}
		level := levelOf(entry.Location, entry.Asset)
		money = append(money, level.valued(c, *entry, c.Costs[i])...)
		if from := levelIndex(entry.From); from >= 0 {
			level.Units[from] -= entry.Quantity
		}
		skipped := sabotage.Active == sabotage.SkippedFold && entry.To == Damaged
		if to := levelIndex(entry.To); to >= 0 && !skipped {
			level.Units[to] += entry.Quantity
		}
		level.Version++
		level.RecordedAt = now
		entry.Version = level.Version
	}
	for _, t := range c.Thresholds {
		if LevelAt(s, t.Location, t.SKU).LowBelow != t.LowBelow {
			levelOf(t.Location, t.SKU).LowBelow = t.LowBelow
		}
	}
	for i := range levels {
		if err := levels[i].settle(c, now, LevelAt(s, levels[i].Location, levels[i].SKU)); err != nil {
			return nil, nil, err
		}
	}
	return levels, money, nil
}

// tellLow tells others of the levels that are low from a change on, or are no more.
func tellLow(levels []Level, s State) []Event {
	var low []Event
	for i := range levels {
		if level := &levels[i]; level.IsLow() != LevelAt(s, level.Location, level.SKU).IsLow() {
			level.LowTold++
			low = append(low, level.tellLow())
		}
	}
	return low
}
