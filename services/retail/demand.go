package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// DemandKind says how somebody looked for something.
type DemandKind string

// The kinds of demand.
const (
	DemandSearch       DemandKind = "SEARCH"       // words, whether something was found or not
	DemandAvailability DemandKind = "AVAILABILITY" // a SKU that was asked for by name, and there was none
	DemandProduct      DemandKind = "PRODUCT"      // a SKU of a product that was asked for in all its sizes, and there was none of it
	DemandHold         DemandKind = "HOLD"         // a hold that was refused for lack of it
	DemandOrder        DemandKind = "ORDER"        // an order
	DemandExchange     DemandKind = "EXCHANGE"     // what was to leave in exchange
	DemandTransfer     DemandKind = "TRANSFER"     // what another place was to get
)

var demandKinds = []DemandKind{
	DemandSearch, DemandAvailability, DemandProduct, DemandHold, DemandOrder, DemandExchange, DemandTransfer,
}

// isPromise tells whether units were wanted, and refused.
func (k DemandKind) isPromise() bool {
	return slices.Contains([]DemandKind{DemandHold, DemandOrder, DemandExchange, DemandTransfer}, k)
}

// Wanted is one thing that somebody looked for. Two that are alike in all of this are one line of a record.
type Wanted struct {
	Kind DemandKind `json:"kind"`
	// Channel is what they came through; empty: none that was named.
	Channel string `json:"channel"`
	// SKU is what was wanted; of a search, the one that all of its words name; empty: they are words.
	SKU string `json:"sku"`
	// Words are what was searched for, small and without accents, and Filters what it was narrowed by, such as "Size=M".
	Words   string `json:"words"`
	Filters string `json:"filters"`
	// Language is the one that was asked in; empty: none that was named.
	Language string `json:"language"`
	// Customer is who searched, where she has agreed that it is kept; zero otherwise.
	Customer ID `json:"customer"`
	// Found is how many products the first page of a search had; More is true where that was not all.
	Found int64 `json:"found"`
	More  bool  `json:"more"`
	// Units is how many a promise was refused for, and There how many could have been promised.
	Units int64 `json:"units"`
	There int64 `json:"there"`
}

// DemandLine is one thing that was wanted so many times, first at a time.
type DemandLine struct {
	Wanted
	Times int64     `json:"times"`
	At    time.Time `json:"at"`
}

// Demand is a record of what was looked for at one place: what one process saw since it last recorded. It never changes.
type Demand struct {
	// Location is where it was wanted; HeadOffice: at no place in particular.
	Location string `json:"location"`
	ID       ID     `json:"id"`
	// Lines are in no order, each thing once.
	Lines      []DemandLine `json:"lines"`
	RecordedAt time.Time    `json:"recorded_at"`
}

const demandPrefix = "demand/"

// DemandKey names a record.
func DemandKey(location string, id ID) Key { return Key{Table: TableDemand, Place: location, ID: id} }

// Key names the record.
func (d Demand) Key() Key { return DemandKey(d.Location, d.ID) }

// LastRecorded is when it was recorded.
func (d Demand) LastRecorded() time.Time { return d.RecordedAt }

const (
	// DemandLinesMax is how many lines one record has at most: its event, which has them all, is then some 100 KB at most.
	DemandLinesMax = 250
	// demandTextMax bounds what each text of a line may have, in bytes: eight words, or all filters of a search.
	demandTextMax = 4000
)

// RecordDemand records what was looked for at one place. It is a fact, and refused only where it can't be what anybody looked for.
type RecordDemand struct {
	// Transaction is the id of the record too.
	Transaction ID
	Location    string
	Lines       []DemandLine
}

// NewRecordDemand checks what the lines say, and cuts times to what is kept.
func NewRecordDemand(c RecordDemand) (RecordDemand, error) {
	if c.Location == "" || len(c.Lines) == 0 || len(c.Lines) > DemandLinesMax {
		return c, Refuse(InvalidRequest, "a record of demand has a place and 1 to %d lines", DemandLinesMax)
	}
	c.Lines = slices.Clone(c.Lines)
	seen := make(map[Wanted]bool, len(c.Lines))
	for i, line := range c.Lines {
		if wrong := cmp.Or(line.fault(), again(seen[line.Wanted])); wrong != "" {
			return c, RefuseField(InvalidRequest, fmt.Sprintf("lines[%d]", i), "%s", wrong)
		}
		seen[line.Wanted] = true
		c.Lines[i].At = line.At.Truncate(time.Microsecond)
	}
	return c, nil
}

func again(seen bool) string {
	if seen {
		return "is there twice"
	}
	return ""
}

// fault is what is wrong with a line; nothing where it can be what somebody looked for.
func (l DemandLine) fault() string {
	search, promise := l.Kind == DemandSearch, l.Kind.isPromise()
	switch {
	case !slices.Contains(demandKinds, l.Kind):
		return fmt.Sprintf("%q is no kind of demand", l.Kind)
	case l.Times < 1 || l.Times > unitsMax:
		return "counts times, 1 or more"
	case max(len(l.Channel), len(l.SKU), len(l.Words), len(l.Filters), len(l.Language)) > demandTextMax:
		return fmt.Sprintf("has a text of more than %d bytes", demandTextMax)
	case search && l.SKU+l.Words+l.Filters == "":
		return "is a search for nothing"
	case !search && l.SKU == "":
		return "names no SKU"
	case !search && (l.Words+l.Filters+l.Language != "" || !l.Customer.IsZero() || l.Found != 0 || l.More):
		return "is no search, and says what only a search does"
	case l.Found < 0 || l.Found > unitsMax:
		return "counts what was found, 0 or more"
	case promise && (l.Units < 1 || l.Units > unitsMax || l.There < 0 || l.There >= l.Units):
		return "is of a promise that could have been made"
	case !promise && (l.Units != 0 || l.There != 0):
		return "is of no promise, and counts units"
	}
	return ""
}

// Keys are the record, which is new.
func (c RecordDemand) Keys() []Key { return []Key{DemandKey(c.Location, c.Transaction)} }

// Decide records. It tells how many lines.
func (c RecordDemand) Decide(s State, now time.Time) (Change, int, error) {
	c, err := NewRecordDemand(c)
	if err != nil {
		return Change{}, 0, err
	}
	demand := Demand{Location: c.Location, ID: c.Transaction, Lines: c.Lines, RecordedAt: now}
	if s.Row(demand.Key()) != nil {
		return Change{}, 0, ErrStale // a minted id that is taken
	}
	// Nothing below this line can fail.
	subject := demandPrefix + demand.ID.String()
	return Change{
		ID: c.Transaction, Kind: KindDemand, Place: c.Location, Cause: subject, Rows: []Row{demand},
		Events: []Event{{Kind: "DemandRecorded", Shard: demand.Location, Subject: subject, Version: 1, Body: demand}},
	}, len(demand.Lines), nil
}

// UnmetDemand is what was wanted at a place over some days and not had: a SKU, or the words of searches that found nothing.
type UnmetDemand struct {
	Location, SKU, Words string
	// Product, Title and Options say what the SKU is.
	Product, Title string
	Options        []string
	// Searches is how many searches found nothing; Asked and AskedProduct how often the SKU, or its product, was asked for and there
	// was none of it; the others how many promises of it were refused.
	Searches, Asked, AskedProduct, Holds, Orders, Exchanges, Transfers int64
	// Units is how many units those promises were for, and Short how many of them were not there.
	Units, Short int64
}

// Searched is what was searched for through a channel at a place over some days.
type Searched struct {
	Words, Filters, SKU, Location, Channel, Language string
	// Times is how often, and InVain how often of these nothing was found. Least and Most are how many products were found at least and
	// at most, as far as the first page tells.
	Times, InVain, Least, Most int64
}
