package retail

import (
	"cmp"
	"errors"
	"strings"
	"time"
)

// Command is one change that somebody wants: an immutable value that names every row it must see and decides what
// becomes of them.
type Command[R any] interface {
	// Keys names every row that Decide reads. What is not named is not locked, and reading it makes the command stale.
	Keys() []Key
	// Decide returns what changes and what to answer, or a *Refusal, or ErrStale, or ErrUnchanged beside an answer. It is pure, total and deterministic: it
	// changes nothing, and called twice with the same arguments it returns the same.
	Decide(s State, now time.Time) (Change, R, error)
}

// ErrStale means that a command was planned on something that is not so any more: plan again.
var ErrStale = errors.New("retail: planned on something that changed")

// ErrUnchanged means that what a command wants is so already: it is answered, and nothing is written, not even that it was asked. Asked again it
// is decided afresh, as what was refused is.
var ErrUnchanged = errors.New("retail: it is so already")

// State is what a command may see: the rows it named, locked, as the commands before it left them.
type State interface {
	// Row returns the row, or nil where there is none.
	Row(Key) Row
}

// Rows are rows that were read and not locked. A command that is refused on them can be refused before anything is done; that it
// is accepted promises nothing.
type Rows map[Key]Row

// Row returns the row, or nil where there is none.
func (r Rows) Row(k Key) Row { return r[k] }

// Row is one row that is locked and replaced whole. Rows are values: a rule returns a new one and changes none.
type Row interface {
	// Key is the row's identity, which never changes.
	Key() Key
	// LastRecorded is when the row was last written, so that the clock never runs backwards for it.
	LastRecorded() time.Time
}

// Table says which kind of row a key names. The order of the constants is the order in which tables are locked and
// written, the same in every batch, the hottest last.
type Table uint8

// The tables, in lock order.
const (
	TableLocations Table = iota + 1
	TableChannels
	TableBuffers
	TableStockRules
	TableStockReasons
	TableCardKinds
	TableBlindTerms
	TableRefundTerms
	TableTaxCategories
	TableTaxRates
	TablePriceLists
	TablePromotions
	TableReturnPolicies
	TableAttributes
	TableProducts
	TableVariants
	TableBarcodes
	TablePrices
	TableNames
	TableCarts
	TableOrders
	TableReturns
	TableReturnRequests
	TableTransfers
	TableDeliveries
	TableDeliveryLines
	TableCounts
	TableReadings
	TableCountLines
	TableDemand
	TableFulfilments
	TableHolds
	TableInvoices
	TablePurchases
	TableCouponCounts
	TableCouponUses
	TableLevels
	TableBalances
	TableIssuingPoints
)

// Key names one row: the table, and as many of place, code and id as the table's key has.
type Key struct {
	Table Table
	// Place is the location that the row belongs to, or whatever else comes first in the table's key.
	Place string
	// Code is a code of the retailer's, such as a SKU.
	Code string
	// ID is a minted id.
	ID ID
}

// CompareKeys orders keys as they are locked: by table, then bytewise by place, code and id, as Postgres orders text in
// collation "C" and uuids.
func CompareKeys(a, b Key) int {
	if a.Table != b.Table {
		return cmp.Compare(a.Table, b.Table)
	}
	if c := strings.Compare(a.Place, b.Place); c != 0 {
		return c
	}
	if c := strings.Compare(a.Code, b.Code); c != 0 {
		return c
	}
	return strings.Compare(string(a.ID[:]), string(b.ID[:]))
}

// lookup returns the row of a key as its own type.
func lookup[T Row](s State, k Key) (row T, found bool) {
	row, found = s.Row(k).(T)
	return row, found
}

// Change is what a command does to the world, if it is accepted: one ledger transaction, rows as they shall be, and what
// to tell others.
type Change struct {
	// ID is the id of the ledger transaction, minted by the handler.
	ID ID
	// Kind says what happened.
	Kind Kind
	// Place is the book in which it happened even where no entry says so; acts without a place use HeadOffice.
	Place string
	// OccurredAt is when it happened in the shop; zero: when it is recorded.
	OccurredAt time.Time
	// Channel is the channel that somebody says it is done in; empty: the one that the request came by (Stamp).
	Channel string
	// Cause is what it was done for, for example "order/<id>" or a delivery note; empty: the request alone.
	Cause string
	// Reason is the code of the reason that the act names, and Note what else there is to say of it; empty: none.
	Reason, Note string
	// Settles is the oversell case that units which come back settle first; zero: the oldest.
	Settles ID
	// Fact is true for what has happened already: it is not refused, and may drive available below zero.
	Fact bool
	// Entries are the postings, in order.
	Entries []Entry
	// Costs are what units cost, by where their entry stands in Entries: of units that come in, and of those that go to another place
	// of ours which takes them at their cost. What is not here comes at what others of its kind cost there, if that is known.
	Costs Costs
	// Thresholds are those of positions, as they shall be.
	Thresholds []Threshold
	// Lost is the balance of a gift card that gets another number; without an account: none does.
	Lost Balance
	// Issued are the gift cards that are sold, with what they were sold by.
	Issued []IssuedCard
	// Rows are the entities as they shall be. Stock levels are not among them: they follow from the entries.
	Rows []Row
	// Events are what others are told, in order.
	Events []Event
}

// Threshold is the number of available units below which a position is low; 0: it never is.
type Threshold struct {
	Location, SKU string
	LowBelow      int64
}

// Event is one fact for subscribers, ordered by its subject's versions.
type Event struct {
	// Kind is the event's name in the past tense, for example "OrderPlaced".
	Kind string
	// Shard is what the subject's own table is sharded by: a location, or the subject's id.
	Shard string
	// Subject is what it is about, for example "hold/<id>".
	Subject string
	// Version is the subject's version after it, 1, 2, 3 without gaps.
	Version int64
	// Body is what happened, as JSON.
	Body any
}
