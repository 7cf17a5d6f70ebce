package retail

import "time"

// SettlementPart is one figure of what two locations settle, as the book of one of them, "us", says it of the other.
type SettlementPart string

// The figures. Each is what it did to the balance: positive, they owe us more.
const (
	TakenForThem         SettlementPart = "TAKEN_FOR_THEM"          // money, less change, for their orders
	GivenBackForThem     SettlementPart = "GIVEN_BACK_FOR_THEM"     // money, for their orders
	ValueAcceptedForThem SettlementPart = "VALUE_ACCEPTED_FOR_THEM" // their stored value that our orders were paid with, less what went back
	ValueLoadedForThem   SettlementPart = "VALUE_LOADED_FOR_THEM"   // what our orders put on their cards, less what of it was taken back
	TakenForUs           SettlementPart = "TAKEN_FOR_US"
	GivenBackForUs       SettlementPart = "GIVEN_BACK_FOR_US"
	ValueAcceptedForUs   SettlementPart = "VALUE_ACCEPTED_FOR_US"
	ValueLoadedForUs     SettlementPart = "VALUE_LOADED_FOR_US"
)

// SettlementParts are all figures.
var SettlementParts = []SettlementPart{
	TakenForThem, GivenBackForThem, ValueAcceptedForThem, ValueLoadedForThem, TakenForUs, GivenBackForUs, ValueAcceptedForUs, ValueLoadedForUs,
}

// PairSettlement is what the book of one location says of another one: what was owed at first, and what made it another amount from
// one time to another.
type PairSettlement struct {
	Location, With, Currency string
	// OpeningMinor is what the other location owed at first; negative: what it was owed.
	OpeningMinor int64
	// PartsMinor has a figure for each part that there was anything of, and Entries is how many entries they are the sums of.
	PartsMinor map[SettlementPart]int64
	Entries    int64
}

// ClosingMinor is what the other location owed in the end.
func (s PairSettlement) ClosingMinor() int64 {
	closing := s.OpeningMinor
	for _, minor := range s.PartsMinor {
		closing += minor
	}
	return closing
}

// SettlementEntriesOf is which entries are asked for: those of the book of a location with another one, of one part or, where it is empty, of all.
type SettlementEntriesOf struct {
	Location, With string
	Part           SettlementPart
}

// SettlementMark is where a page of entries ended.
type SettlementMark struct {
	RecordedAt  time.Time `json:"at"`
	Transaction ID        `json:"of"`
	Line        int32     `json:"line"`
}

// SettlementEntry is one entry on the account of another location.
type SettlementEntry struct {
	// Header is the act, without its entries, and Line the entry's in it.
	Header Header
	Line   int32
	// Order is the one that the money is of, whichever of the two sold it.
	Order ID
	Part  SettlementPart
	// AmountMinor is what it did to the balance: positive, they owe us more.
	AmountMinor int64
	Currency    string
	// Account is what was paid by or given back to: a tender's in the book of who took or gave it, or stored value's in that of who issued it.
	Account string
}

// Mark is where a page ends that ends with it.
func (e SettlementEntry) Mark() SettlementMark {
	return SettlementMark{RecordedAt: e.Header.RecordedAt, Transaction: e.Header.ID, Line: e.Line}
}
