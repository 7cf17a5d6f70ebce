package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// Store is the database as the engine needs it: one call that begins a transaction, locks and loads, and one that writes
// and commits. Each is one round trip.
type Store interface {
	// Lock begins a transaction, makes the rows of seeds where they are missing, locks the rows of keys in the one fixed
	// order, and loads them, then the outcomes of requests, then the clock. Both lists of keys are sorted by
	// retail.CompareKeys and name each row once.
	Lock(ctx context.Context, keys, seeds []retail.Key, requests []retail.ID) (Locked, error)
}

// Locked is what Lock loaded, and the transaction that holds the locks.
type Locked struct {
	// Rows are the rows that exist.
	Rows map[retail.Key]retail.Row
	// Outcomes are the requests among those asked for that were carried out before.
	Outcomes map[retail.ID]Outcome
	// Now is the database's clock after the last lock was taken.
	Now time.Time
	Tx  Tx
}

// Tx is an open transaction. Exactly one of its methods is called, once.
type Tx interface {
	// Commit writes everything, one statement per table, and commits.
	Commit(ctx context.Context, w Writes) error
	// Rollback gives the locks back. It has nothing to report: a transaction that can't be rolled back is gone.
	Rollback(ctx context.Context)
}

// Outcome is what is remembered of a request that was carried out.
type Outcome struct {
	Request     retail.ID
	Fingerprint [32]byte
	// Answer is the result as JSON: a repeated request is answered with it.
	Answer     []byte
	RecordedAt time.Time
}

// RowWrite is a row before and after a batch; Before is nil for a new one.
type RowWrite struct {
	Before, After retail.Row
}

// Writes is all that a batch writes.
type Writes struct {
	// Rows are sorted by key.
	Rows     []RowWrite
	Headers  []retail.Header
	Events   []Event
	Outcomes []Outcome
}

// Event is an event with what the engine knows of it.
type Event struct {
	retail.Event
	Transaction retail.ID
	RecordedAt  time.Time
}

// Class says what a failure of the store means. The store knows its error codes; the engine knows what to do.
type Class uint8

// The classes of failure.
const (
	// Fault: a missing key, a broken check, a bug. Somebody must look.
	Fault Class = iota
	// Transient: nobody's fault, such as a deadlock or a lost connection. The same again may work; after a lost
	// connection the outcome is unknown, and running again finds it.
	Transient
	// Duplicate: somebody else inserted the same key. Running again finds it.
	Duplicate
)

// StoreError is a failure of the store with its class.
type StoreError struct {
	Class Class
	Err   error
}

// Error says what failed.
func (e *StoreError) Error() string { return fmt.Sprintf("store: %v", e.Err) }

// Unwrap returns the driver's error.
func (e *StoreError) Unwrap() error { return e.Err }
