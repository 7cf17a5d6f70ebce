package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// unitsMax is the most units a position may count in one account. Far beyond any shop, and far enough below the range of an
// int64 that a thousand lines of the largest quantity cannot overflow.
const unitsMax = 1_000_000_000_000

// Level is one position: how many units of one SKU stand at one location, by what they are promised to. It is the fold of
// the position's entries and the row that is locked.
type Level struct {
	Location string
	SKU      string
	// Units by account, in the order of stockAccounts.
	Units [7]int64
	// Version counts the position's entries.
	Version    int64
	RecordedAt time.Time
	// Worth is what the units that are here cost.
	Worth Worth `json:",omitzero"`
	// Cases are the open oversell cases, oldest first. Their open units are what available lacks to zero.
	Cases []OversellCase `json:",omitempty"`
	// LowBelow is the number of available units below which the position is low, by the rule of its own; 0: it never is. It stands here
	// so that whatever moves units sees it without another row.
	LowBelow int64 `json:",omitzero"`
	// LowTold is how often others were told that the position is low, or is no more, in turns: where it is odd, it is low.
	LowTold int64 `json:",omitzero"`
}

// OversellCase is units that a fact took from a position although they were promised to somebody, or were not there by the
// books. It is settled, oldest first, by whatever brings units back.
type OversellCase struct {
	// Transaction is the ledger transaction that opened the case, and with the position its identity.
	Transaction ID
	// Units it was opened with, and those still missing.
	Units, OpenUnits int64
	// Cause is what the transaction was done for, for example "order/<id>".
	Cause    string
	OpenedAt time.Time
	// RecordedAt is when the case last changed.
	RecordedAt time.Time
	// SettledBy is the ledger transaction that brought the last of its units back; zero: it is open, or was settled before that was
	// kept.
	SettledBy ID
}

// LevelKey names a position.
func LevelKey(location, sku string) Key { return Key{Table: TableLevels, Place: location, Code: sku} }

// Key names the position.
func (l Level) Key() Key { return LevelKey(l.Location, l.SKU) }

// LastRecorded is when the position last moved.
func (l Level) LastRecorded() time.Time { return l.RecordedAt }

// Available is units here, sellable and promised to nobody; below zero by the open units of its cases.
func (l Level) Available() int64 { return l.Units[0] }

// Held is units here that holds promise.
func (l Level) Held() int64 { return l.Units[1] }

// Committed is units here that orders promise.
func (l Level) Committed() int64 { return l.Units[2] }

// IsLow tells whether fewer units are available than the position's own rule wants.
func (l Level) IsLow() bool { return l.LowBelow > 0 && l.Available() < l.LowBelow }

// OnHand is all units that are here, whatever they are promised to.
func (l Level) OnHand() int64 {
	sum := int64(0)
	for i, units := range l.Units {
		if stockAccounts[i] != Incoming {
			sum += units
		}
	}
	return sum
}

// Sellable is what may still be promised when a safety buffer is kept back. The same rule serves questions and promises.
func (l Level) Sellable(b Buffer) int64 {
	kept := b.Of(l)
	if kept >= l.Available() {
		return 0
	}
	return l.Available() - kept
}

// less is the position without units that are carried out of available.
func (l Level) less(units int64) Level {
	l.Units[0] -= units
	return l
}

// promised is the position with so many more units of what is available held; negative: fewer.
func (l Level) promised(units int64) Level {
	l.Units[0] -= units
	l.Units[1] += units
	return l
}

// LevelAt returns a position, empty where nothing was ever there.
func LevelAt(s State, location, sku string) Level {
	level, found := lookup[Level](s, LevelKey(location, sku))
	if !found {
		return Level{Location: location, SKU: sku}
	}
	return level
}

// compareOversellCases orders cases by age: of those of one instant, as of one batch, by their transactions. So whoever reads them
// later has them in the order in which they are settled.
func compareOversellCases(a, b OversellCase) int {
	return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), slices.Compare(a.Transaction[:], b.Transaction[:]))
}

// settle checks the floors of a level after a change and brings its oversell cases in line with it: a new one for units
// newly short; for units that came back the one that the change is for is settled first, then the oldest.
func (l *Level) settle(c Change, now time.Time, before Level) error {
	for i, units := range l.Units {
		if units < 0 && (i != 0 || (!c.Fact && units < before.Units[0])) {
			return fmt.Errorf("retail: %s would leave %s of %s at %s at %d", c.Kind, stockAccounts[i], l.SKU, l.Location, units)
		}
	}
	short := max(0, -l.Available()) - max(0, -before.Available())
	if short == 0 {
		return nil
	}
	l.Cases = slices.Clone(l.Cases)
	if short > 0 {
		opened := OversellCase{Transaction: c.ID, Units: short, OpenUnits: short, Cause: c.Cause, OpenedAt: now, RecordedAt: now}
		at, _ := slices.BinarySearchFunc(l.Cases, opened, compareOversellCases)
		l.Cases = slices.Insert(l.Cases, at, opened)
		return nil
	}
	settle := func(one *OversellCase) {
		back := min(-short, one.OpenUnits)
		if back <= 0 {
			return
		}
		one.OpenUnits -= back
		one.RecordedAt = now
		short += back
		if one.OpenUnits == 0 {
			one.SettledBy = c.ID
		}
	}
	for i := range l.Cases {
		if l.Cases[i].Transaction == c.Settles {
			settle(&l.Cases[i])
		}
	}
	for i := range l.Cases {
		settle(&l.Cases[i])
	}
	if short != 0 {
		return fmt.Errorf("retail: %s of %s at %s is short without a case", Available, l.SKU, l.Location)
	}
	return nil
}
