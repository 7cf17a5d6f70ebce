package ledger_test

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// What the database can fail with.
var (
	errDeadlock = &ledger.StoreError{Class: ledger.Transient, Err: errors.New("deadlock detected")}
	errLost     = &ledger.StoreError{Class: ledger.Transient, Err: errors.New("connection lost")}
	errTaken    = &ledger.StoreError{Class: ledger.Duplicate, Err: errors.New("duplicate key")}
	errCheck    = &ledger.StoreError{Class: ledger.Fault, Err: errors.New("check constraint")}
)

// memory is a Store in memory. A transaction has all of it to itself from Lock to its end, which is coarser than row locks
// and the same to whoever waits. It refuses what the database would, and reports an engine that breaks the contract.
type memory struct {
	report   interface{ Errorf(string, ...any) }
	turn     chan struct{} // full while a transaction is open
	rows     map[retail.Key]retail.Row
	outcomes map[retail.ID]ledger.Outcome
	// seeds are those of each call of Lock; commits are what each transaction wrote.
	seeds   [][]retail.Key
	commits []ledger.Writes
	calls   atomic.Int64

	// now is the clock; nil is the computer's.
	now func() time.Time
	// Where the database can fail: before the locks, before a commit, and after one, when only the answer is lost. The
	// number is of the call of Lock that began the transaction, from 1. Nil never fails.
	onLock      func(call int) error
	onCommit    func(call int, w ledger.Writes) error
	onCommitted func(call int) error
	// onEnd is told how a transaction ended while the turn is still taken.
	onEnd func(end ending)
}

// ending is how a transaction ended.
type ending uint8

const (
	rolledBack ending = iota // by the engine, or because its commit failed
	committed
	answerLost // committed, but nobody was told
)

func newMemory(report interface{ Errorf(string, ...any) }) *memory {
	return &memory{
		report: report, turn: make(chan struct{}, 1),
		rows: map[retail.Key]retail.Row{}, outcomes: map[retail.ID]ledger.Outcome{},
	}
}

func (m *memory) Lock(_ context.Context, keys, seeds []retail.Key, requests []retail.ID) (ledger.Locked, error) {
	call := int(m.calls.Add(1))
	if m.onLock != nil {
		if err := m.onLock(call); err != nil {
			return ledger.Locked{}, err
		}
	}
	m.turn <- struct{}{}
	m.seeds = append(m.seeds, slices.Clone(seeds))
	if !inOrder(keys, retail.CompareKeys) || !inOrder(seeds, retail.CompareKeys) || !inOrder(requests, compareIDs) {
		m.report.Errorf("locked out of order or twice: keys %v, seeds %v, requests %v", keys, seeds, requests)
	}
	tx := &memoryTx{memory: m, call: call, locked: map[retail.Key]bool{}, made: map[retail.Key]retail.Row{}}
	for _, key := range seeds {
		if m.rows[key] == nil {
			tx.made[key] = retail.Level{Location: key.Place, SKU: key.Code}
		}
	}
	loaded := ledger.Locked{Rows: map[retail.Key]retail.Row{}, Outcomes: map[retail.ID]ledger.Outcome{}, Now: time.Now(), Tx: tx}
	if m.now != nil {
		loaded.Now = m.now()
	}
	for _, key := range keys {
		tx.locked[key] = true
		if row := tx.row(key); row != nil {
			loaded.Rows[key] = row
		}
	}
	for _, id := range requests {
		if outcome, ok := m.outcomes[id]; ok {
			loaded.Outcomes[id] = outcome
		}
	}
	return loaded, nil
}

type memoryTx struct {
	memory *memory
	call   int
	locked map[retail.Key]bool
	made   map[retail.Key]retail.Row // seeds, until the commit
	ended  bool
}

func (tx *memoryTx) row(key retail.Key) retail.Row {
	if row := tx.made[key]; row != nil {
		return row
	}
	return tx.memory.rows[key]
}

func (tx *memoryTx) Commit(_ context.Context, w ledger.Writes) error {
	m, end := tx.memory, rolledBack
	defer func() { tx.end(end) }()
	if m.onCommit != nil {
		if err := m.onCommit(tx.call, w); err != nil {
			return err
		}
	}
	if err := tx.check(w); err != nil {
		return err
	}
	maps.Copy(m.rows, tx.made)
	for _, row := range w.Rows {
		m.rows[row.After.Key()] = row.After
	}
	for _, outcome := range w.Outcomes {
		m.outcomes[outcome.Request] = outcome
	}
	m.commits = append(m.commits, w)
	end = committed
	if m.onCommitted != nil {
		if err := m.onCommitted(tx.call); err != nil {
			end = answerLost
			return err
		}
	}
	return nil
}

// check refuses what unique keys would refuse, and reports what would go unnoticed.
func (tx *memoryTx) check(w ledger.Writes) error {
	if !inOrder(w.Rows, func(a, b ledger.RowWrite) int { return retail.CompareKeys(a.After.Key(), b.After.Key()) }) {
		tx.memory.report.Errorf("rows written out of order or twice: %v", w.Rows)
	}
	for _, row := range w.Rows {
		key := row.After.Key()
		stored := tx.row(key)
		switch {
		case row.Before == nil && key.Table == retail.TableLevels:
			tx.memory.report.Errorf("position %v was written and not seeded", key)
		case row.Before == nil && stored != nil:
			return errTaken
		case row.Before != nil && (!tx.locked[key] || !reflect.DeepEqual(row.Before, stored)):
			tx.memory.report.Errorf("%v was replaced as %v, but it is %v", key, row.Before, stored)
		}
	}
	for _, outcome := range w.Outcomes {
		if _, known := tx.memory.outcomes[outcome.Request]; known {
			return errTaken
		}
	}
	return nil
}

func (tx *memoryTx) Rollback(context.Context) { tx.end(rolledBack) }

func (tx *memoryTx) end(end ending) {
	if tx.ended {
		tx.memory.report.Errorf("a transaction was ended twice")
		return
	}
	tx.ended = true
	if tx.memory.onEnd != nil {
		tx.memory.onEnd(end)
	}
	<-tx.memory.turn
}

func compareIDs(a, b retail.ID) int { return slices.Compare(a[:], b[:]) }

// inOrder tells whether each element is greater than the one before it.
func inOrder[E any](all []E, compare func(a, b E) int) bool {
	for i := 1; i < len(all); i++ {
		if compare(all[i-1], all[i]) >= 0 {
			return false
		}
	}
	return true
}
