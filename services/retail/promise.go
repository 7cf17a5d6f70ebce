package retail

import (
	"maps"
	"slices"
	"time"
)

// The rules of when goods that are on their way can be promised.
const (
	// overdueDays is how many days from today on a delivery is expected whose day has passed: not before tomorrow.
	overdueDays = 1
	// transferDays is how many days after it was sent a transfer is expected, which has no day of its own.
	transferDays = 2
)

// Inbound is units of one SKU that are on their way to a location.
type Inbound struct {
	SKU   string
	Units int64
	// ExpectedOn is the day that a delivery is expected; empty: a transfer, which was sent at ShippedAt.
	ExpectedOn string
	ShippedAt  time.Time
}

// PromiseDay is how many units can be promised by the end of a day, those before it among them.
type PromiseDay struct {
	On    string
	Units int64
}

// arrives is the day on which units can be counted on, seen from today: none that has passed.
func (i Inbound) arrives(today time.Time) string {
	on := i.ExpectedOn
	if on == "" {
		on = i.ShippedAt.In(today.Location()).AddDate(0, 0, transferDays).Format(time.DateOnly)
	}
	if on < today.Format(time.DateOnly) {
		return today.AddDate(0, 0, overdueDays).Format(time.DateOnly)
	}
	return on
}

// AvailableToPromise is what can be promised of a position from today on, in the location's time: one entry for today, and one for
// each day on which there is more. It is what would be sellable if what is on its way were there, so that a buffer is kept back, and
// what an oversold position lacks is taken off what comes first.
func AvailableToPromise(level Level, sellable func(Level) int64, incoming []Inbound, now time.Time) []PromiseDay {
	byDay := map[string]int64{}
	for _, one := range incoming {
		if one.SKU == level.SKU && one.Units > 0 {
			byDay[one.arrives(now)] += one.Units
		}
	}
	today := now.Format(time.DateOnly)
	there := level
	by := func(on string) PromiseDay {
		there.Units[levelIndex(Available)] += byDay[on]
		return PromiseDay{On: on, Units: sellable(there)}
	}
	days := []PromiseDay{by(today)}
	delete(byDay, today)
	for _, on := range slices.Sorted(maps.Keys(byDay)) {
		if day := by(on); day.Units > days[len(days)-1].Units {
			days = append(days, day)
		}
	}
	return days
}

// PromisedFrom is the first day by whose end so many units can be promised; empty: nothing that is known of brings them.
func PromisedFrom(days []PromiseDay, units int64) string {
	for _, day := range days {
		if day.Units >= units {
			return day.On
		}
	}
	return ""
}
