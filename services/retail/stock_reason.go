package retail

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// StockAct is an act on the stock that names its reason.
type StockAct string

// The acts that name their reason.
const (
	ActAdjust     StockAct = "ADJUST"     // units found or missing
	ActDamage     StockAct = "DAMAGE"     // units that can't be sold as they are
	ActQuarantine StockAct = "QUARANTINE" // units set apart until something is known
	ActInspect    StockAct = "INSPECT"    // units that were looked at
	ActRestore    StockAct = "RESTORE"    // units that can be sold again
	ActWriteOff   StockAct = "WRITE_OFF"  // units that are given up
	ActFound      StockAct = "FOUND"      // units that turned up
	ActCount      StockAct = "COUNT"      // what a count found otherwise than the books
	ActTransfer   StockAct = "TRANSFER"   // what arrived of a transfer otherwise than it was sent
	ActDelivery   StockAct = "DELIVERY"   // what arrived of a delivery otherwise than it was expected
	ActOversell   StockAct = "OVERSELL"   // how an oversell case was resolved
)

// StockReason is why something is done to the stock. The retailer puts its own; those of standardReasons are there without being
// put, as they stand, and may be put otherwise or retired.
type StockReason struct {
	// Code is an identity that never changes.
	Code string `json:"code"`
	Name string `json:"name"`
	// Acts are those that it may be a reason of.
	Acts []StockAct `json:"acts"`
	// Retired is true where no act may name it any more.
	Retired    bool      `json:"retired"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
}

// standardReasons are what nearly every shop needs, by code. They are data that nobody has to put: a retailer that starts, and one
// that was there before there were reasons, can act at once. Their version is 0, that of what was never put.
var standardReasons = []StockReason{
	{Code: "broken", Name: "Broken or spoilt", Acts: []StockAct{ActAdjust, ActDamage, ActInspect, ActWriteOff, ActTransfer, ActDelivery}},
	{Code: "cleared", Name: "Nothing is wrong with it", Acts: []StockAct{ActInspect, ActRestore}},
	{Code: "correction", Name: "It was booked wrongly", Acts: []StockAct{
		ActAdjust, ActDamage, ActQuarantine, ActInspect, ActRestore, ActWriteOff, ActFound, ActCount, ActTransfer, ActDelivery, ActOversell,
	}},
	{Code: "count", Name: "Counted", Acts: []StockAct{ActAdjust, ActFound, ActCount, ActOversell}},
	{Code: "found", Name: "Turned up", Acts: []StockAct{ActAdjust, ActFound, ActCount, ActTransfer, ActDelivery, ActOversell}},
	{Code: "given-up", Name: "The promise was given up", Acts: []StockAct{ActOversell}},
	{Code: "lost", Name: "Can't be found", Acts: []StockAct{ActAdjust, ActInspect, ActWriteOff, ActCount, ActTransfer, ActDelivery, ActOversell}},
	{Code: "out-of-date", Name: "Past its date", Acts: []StockAct{ActAdjust, ActDamage, ActQuarantine, ActInspect, ActWriteOff}},
	{Code: "own-use", Name: "Used by ourselves", Acts: []StockAct{ActAdjust, ActWriteOff}},
	{Code: "packed-wrongly", Name: "Something else was packed", Acts: []StockAct{ActTransfer, ActDelivery}},
	{Code: "recall", Name: "Called back by its maker", Acts: []StockAct{ActQuarantine, ActInspect, ActWriteOff}},
	{Code: "repaired", Name: "Repaired", Acts: []StockAct{ActRestore}},
	{Code: "suspect", Name: "To be cleared up", Acts: []StockAct{ActQuarantine, ActInspect}},
	{Code: "theft", Name: "Stolen", Acts: []StockAct{ActAdjust, ActInspect, ActWriteOff, ActCount, ActTransfer, ActDelivery, ActOversell}},
	{Code: "write-off", Name: "Thrown away", Acts: []StockAct{ActAdjust, ActInspect, ActWriteOff}},
}

// StandardReason returns the reason of a code as it is where nobody has put one.
func StandardReason(code string) (StockReason, bool) {
	at, found := slices.BinarySearchFunc(standardReasons, code, func(r StockReason, code string) int { return cmp.Compare(r.Code, code) })
	if !found {
		return StockReason{}, false
	}
	return standardReasons[at], true
}

// WithStandardReasons completes a page of reasons, the first so many that were put after a code, by the standard ones that nobody
// has put.
func WithStandardReasons(put []StockReason, after string, limit int) []StockReason {
	all := slices.Clone(put)
	for _, standard := range standardReasons {
		known := slices.ContainsFunc(put, func(r StockReason) bool { return r.Code == standard.Code })
		if standard.Code > after && !known {
			all = append(all, standard)
		}
	}
	slices.SortFunc(all, func(a, b StockReason) int { return cmp.Compare(a.Code, b.Code) })
	return all[:min(len(all), limit)]
}

const reasonPrefix = "stock-reason/"

// StockReasonKey names a reason.
func StockReasonKey(code string) Key { return Key{Table: TableStockReasons, Code: code} }

// Key names the reason.
func (r StockReason) Key() Key { return StockReasonKey(r.Code) }

// LastRecorded is when the reason was last put.
func (r StockReason) LastRecorded() time.Time { return r.RecordedAt }

// For refuses an act that the reason is none of, or any where it is retired; field is the request's for the reason.
func (r StockReason) For(act StockAct, field string) error {
	if r.Retired {
		return RefuseField(ReasonRetired, field, "the reason %s is not given any more", r.Code).With("reason", r.Code)
	}
	if !slices.Contains(r.Acts, act) {
		fits := make([]string, len(r.Acts))
		for i, one := range r.Acts {
			fits[i] = string(one)
		}
		return RefuseField(ReasonNotFor, field, "%s is no reason of %s, but of %s", r.Code, act, strings.Join(fits, ", ")).
			With("reason", r.Code).With("act", act)
	}
	return nil
}

// Cause is what an act was done for: what is given, or where nothing is the reason itself.
func (r StockReason) Cause(given string) string { return cmp.Or(given, reasonPrefix+r.Code) }

// PutStockReason creates a reason or replaces all that is known of it. What was done for it before stays as it was.
type PutStockReason struct {
	Transaction ID
	// Reason names each act once.
	Reason StockReason
}

// Keys are the reason.
func (c PutStockReason) Keys() []Key { return []Key{c.Reason.Key()} }

// Decide refuses nothing.
func (c PutStockReason) Decide(s State, now time.Time) (Change, StockReason, error) {
	reason := c.Reason
	before, _ := lookup[StockReason](s, reason.Key())
	// Nothing below this line can fail.
	reason.Version, reason.RecordedAt = before.Version+1, now
	return put(c.Transaction, "StockReasonPut", reasonPrefix+reason.Code, reason.Code, reason.Version, reason), reason, nil
}
