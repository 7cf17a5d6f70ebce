package retail

import (
	"fmt"
	"time"
)

// StockMovement is one entry of a position, with the act that it was part of: the answer to why the position counts what it counts.
type StockMovement struct {
	// Header is the act, in the position's book, without its entries.
	Header Header
	// Entry moved units of the position; its version is the position's after it.
	Entry Entry
	// After is what the position counted after it, without its cases.
	After Level
}

// Touches tells whether the movement came from a stock account or went to it; any, where none is named.
func (m StockMovement) Touches(account string) bool {
	return account == "" || m.Entry.From == account || m.Entry.To == account
}

// MovementMark is where a page of movements ended: what the position counted at the version where the next page begins. Entries are
// never changed, so that a page follows the one before exactly, whatever moved meanwhile.
type MovementMark struct {
	Location string   `json:"at"`
	SKU      string   `json:"sku"`
	Version  int64    `json:"v"`
	Units    [7]int64 `json:"units"`
}

// PositionMark is where a page of positions ended.
type PositionMark struct {
	Location string `json:"at"`
	SKU      string `json:"sku"`
}

// Before is the level as it was before an entry, which must be its newest. It is the fold backwards.
func (l Level) Before(e Entry) (Level, error) {
	if e.Version != l.Version || e.Location != l.Location || e.Asset != l.SKU {
		return l, fmt.Errorf("retail: entry %d of %s at %s is not the last of %s at %s, which is %d",
			e.Version, e.Asset, e.Location, l.SKU, l.Location, l.Version)
	}
	if from := levelIndex(e.From); from >= 0 {
		l.Units[from] += e.Quantity
	}
	if to := levelIndex(e.To); to >= 0 {
		l.Units[to] -= e.Quantity
	}
	l.Version--
	l.Cases = nil
	return l, nil
}

// OccurredAheadMax is by how much a fact may seem to have happened after it was written down: what a till's clock may be ahead of
// a server's (clockSkew), and an hour for what the server's may be ahead of the database's, which nobody checks.
const OccurredAheadMax = clockSkew + time.Hour

// PastAt checks a time that somebody asks about: not in the future, beyond what clocks differ, and not before there were tills.
func PastAt(at, now time.Time) (time.Time, error) {
	past, err := OccurredAt(true, at, now)
	if refusal, ok := err.(*Refusal); ok {
		return past, RefuseField(InvalidRequest, "at", "%s", refusal.Message)
	}
	return past, err
}

// LevelQuery names positions to read: of SKUs, at the locations named or everywhere; or else a page of those of one location or of
// all, by location and SKU.
type LevelQuery struct {
	SKUs, Locations []string
	// After and Limit are of a page, where no SKUs are named; then at most one location is.
	After PositionMark
	Limit int
}
