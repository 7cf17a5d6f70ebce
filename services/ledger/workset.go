package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/sabotage"
)

// workset is the state that the commands of one batch see one after another, and what they have changed so far.
type workset struct {
	loaded   Locked
	now      time.Time
	changed  map[retail.Key]retail.Row
	outcomes map[retail.ID]carriedOut
	writes   Writes
}

// carriedOut is the outcome of a request of this very batch.
type carriedOut struct {
	fingerprint [32]byte
	result      any
}

// newWorkset starts from what was loaded. Its clock is the database's, or the latest time in a locked row where that is
// later, so that time never runs backwards for a row whatever the servers' clocks do.
func newWorkset(loaded Locked) *workset {
	now := loaded.Now
	for _, row := range loaded.Rows {
		if recorded := row.LastRecorded(); recorded.After(now) {
			now = recorded
		}
	}
	return &workset{
		loaded: loaded, now: now,
		changed: make(map[retail.Key]retail.Row, len(loaded.Rows)), outcomes: map[retail.ID]carriedOut{},
	}
}

// view is the workset as one command may see it: the rows it named.
type view struct {
	w     *workset
	keys  []retail.Key
	named map[retail.Key]bool // of keys, once they are too many to walk
	stale bool
}

// walkMax is up to how many keys a walk is quicker than a map.
const walkMax = 16

func newView(w *workset, keys []retail.Key) *view {
	v := &view{w: w, keys: keys}
	if len(keys) > walkMax {
		v.named = make(map[retail.Key]bool, len(keys))
		for _, key := range keys {
			v.named[key] = true
		}
	}
	return v
}

// names tells whether the command named a row.
func (v *view) names(k retail.Key) bool {
	if v.named != nil {
		return v.named[k]
	}
	return slices.Contains(v.keys, k)
}

// Row returns a row that the command named. Reading another makes the command stale, for nothing locked it.
func (v *view) Row(k retail.Key) retail.Row {
	if !v.names(k) {
		v.stale = true
		return nil
	}
	return v.w.row(k)
}

func (w *workset) row(k retail.Key) retail.Row {
	if row, ok := w.changed[k]; ok {
		return row
	}
	return w.loaded.Rows[k]
}

// verdict is what one command came to: an answer, and whether it waits for the commit to be true.
type verdict struct {
	result any
	err    error
}

// decide runs one command against the state that the commands before it left, and folds its change in if it is accepted.
func (w *workset) decide(p *pending) verdict {
	if v, known := w.replay(p); known {
		return v
	}
	v := newView(w, p.keys)
	change, result, err := p.decideSafely(v, w.now)
	switch {
	case v.stale:
		return verdict{err: ErrStale}
	case errors.Is(err, retail.ErrUnchanged):
		return verdict{result: result}
	case err != nil:
		return verdict{err: err}
	}
	posted, err := retail.Post(change, retail.Stamp{Now: w.now, Actor: p.request.Actor, Channel: p.request.Channel, RequestID: p.request.ID}, v)
	if err == nil && v.stale {
		err = fmt.Errorf("%s posts to a row that it did not name", change.Kind)
	}
	if err == nil {
		err = v.allow(change.Rows)
	}
	if err != nil {
		return verdict{err: &Alarm{What: "a rule broke its promise", Cause: err, Request: p.request}}
	}
	answer, err := json.Marshal(result)
	if err != nil {
		return verdict{err: &Alarm{What: "an answer can't be stored", Cause: err, Request: p.request}}
	}
	w.fold(change.ID, posted)
	if _, again := w.loaded.Outcomes[p.request.ID]; !again || sabotage.Active != sabotage.NoIdempotency {
		w.writes.Outcomes = append(w.writes.Outcomes, Outcome{
			Request: p.request.ID, Fingerprint: p.request.Fingerprint, Answer: answer, RecordedAt: w.now,
		})
	}
	w.outcomes[p.request.ID] = carriedOut{fingerprint: p.request.Fingerprint, result: result}
	return verdict{result: result}
}

// replay answers a request that was carried out before, in this batch or an earlier one.
func (w *workset) replay(p *pending) (verdict, bool) {
	if sabotage.Active == sabotage.NoIdempotency {
		return verdict{}, false
	}
	if twin, ok := w.outcomes[p.request.ID]; ok {
		if twin.fingerprint != p.request.Fingerprint {
			return verdict{err: reused(p.request.ID)}, true
		}
		return verdict{result: twin.result}, true
	}
	stored, ok := w.loaded.Outcomes[p.request.ID]
	if !ok {
		return verdict{}, false
	}
	if stored.Fingerprint != p.request.Fingerprint {
		return verdict{err: reused(p.request.ID)}, true
	}
	result, err := p.replay(stored.Answer)
	if err != nil {
		return verdict{err: &Alarm{What: "a stored answer can't be read", Cause: err, Request: p.request}}, true
	}
	return verdict{result: result}, true
}

func reused(id retail.ID) error {
	return retail.RefuseField(retail.RequestIDReused, "request_id", "request id %s was used before, for something else", id)
}

// allow checks that a change replaces only entities that were locked for it; one that is new need not be. A position or
// a balance is never among them: it follows from the entries, or the ledger would not add up to it.
func (v *view) allow(entities []retail.Row) error {
	for _, row := range entities {
		switch key := row.Key(); {
		case key.Table == retail.TableLevels, key.Table == retail.TableBalances:
			return fmt.Errorf("%+v was set and not posted to", key)
		case !v.names(key) && v.w.row(key) != nil:
			return fmt.Errorf("row %+v was not named", key)
		}
	}
	return nil
}

// fold makes a change visible to the commands after it.
func (w *workset) fold(transaction retail.ID, posted retail.Posted) {
	for _, row := range posted.Rows {
		w.changed[row.Key()] = row
	}
	w.writes.Headers = append(w.writes.Headers, posted.Headers...)
	for _, event := range posted.Events {
		w.writes.Events = append(w.writes.Events, Event{Event: event, Transaction: transaction, RecordedAt: w.now})
	}
}

// finish returns all that the batch writes, rows in lock order.
func (w *workset) finish() Writes {
	w.writes.Rows = make([]RowWrite, 0, len(w.changed))
	for key, row := range w.changed {
		w.writes.Rows = append(w.writes.Rows, RowWrite{Before: w.loaded.Rows[key], After: row})
	}
	slices.SortFunc(w.writes.Rows, func(a, b RowWrite) int { return retail.CompareKeys(a.After.Key(), b.After.Key()) })
	return w.writes
}

// unseeded returns the positions that the batch would write and that no row stands for yet. They are made and locked
// first, since nothing else keeps two servers from making them at once.
func (w *workset) unseeded() []retail.Key {
	var keys []retail.Key
	for key := range w.changed {
		if key.Table == retail.TableLevels && w.loaded.Rows[key] == nil {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, retail.CompareKeys)
	return keys
}
