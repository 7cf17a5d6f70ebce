package sim

import "time"

// Books is what the database holds in the end, read past the program.
type Books struct {
	// Acts are all that was written, in the order it was committed: by the first seq of its events, which are drawn under the
	// row locks.
	Acts []*Act
	// Requests are the ids in the table of requests, with the answer that is kept as JSON.
	Requests map[string][]byte
	Levels   map[Position]Level
}

// Act is what one request wrote: its headers, one per book that it touched, with their entries, and its events.
type Act struct {
	// Request is the id; acts of the house, such as the sweep of an expired hold, have one that no call knows.
	Request string
	Headers []Header
	Events  []Event
}

// Header is one transaction in one book.
type Header struct {
	ID, Location, Kind, Actor, Channel, Cause string
	OccurredAt, RecordedAt                    time.Time
	Entries                                   []Entry
}

// Entry moves a positive quantity of an asset from an account to another. Version is of the position after it; 0 for money.
type Entry struct {
	From, To, Asset   string
	Quantity, Version int64
}

// Event is one of the log.
type Event struct {
	Seq                        int64
	Kind, Shard, Subject, Body string
	Version                    int64
}

// Position is a SKU at a location.
type Position struct{ Location, SKU string }

// Level is what stands at a position.
type Level struct {
	Available, Held, Committed, Inspection, Damaged, Quarantine, Incoming, Version int64
}

// Finding is something that must not be.
type Finding struct {
	// Rule is short and constant, such as "acknowledged write is lost".
	Rule string
	// Text says what was found, with figures.
	Text string
	// Subjects are what it is about, as the story is told by them: "hold/<id>", "order/<id>", "position/<location>/<sku>",
	// "request/<id>".
	Subjects []string
	// Calls are the numbers of the calls that show it.
	Calls []int
}
