package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// SpecialDay is a day on which a location is not open as it is every week: a holiday, a Sunday before Christmas.
type SpecialDay struct {
	// Date is "YYYY-MM-DD", in the location's own time zone.
	Date string `json:"date"`
	// Name is what people call it; empty: nothing.
	Name string `json:"name,omitempty"`
	// Hours are those of that day; none: closed.
	Hours []DayHours `json:"hours,omitempty"`
}

// DayHours is one span of a day, in local times as in OpeningHours.
type DayHours struct {
	Opens  string `json:"opens"`
	Closes string `json:"closes"`
}

const (
	// openingDays is how far ahead opening hours are looked at: longer than any holiday.
	openingDays = 62
	// leadTime is how long a location that does not say takes to have a pickup ready, counted while it is open.
	leadTime = 2 * time.Hour
	// keptLeast is how long somebody has at least to come for what is kept.
	keptLeast = 2 * time.Hour
	// keptMost is how long a hold lasts at most, as in the contract.
	keptMost = 31 * 24 * time.Hour
)

// Opening is whether a location is open at an instant, and what comes next.
type Opening struct {
	Open bool
	// Closes is when it closes, of one that is open; zero: it does not in openingDays.
	Closes time.Time
	// Opens is when it opens, of one that is closed; zero: it does not in openingDays.
	Opens time.Time
}

// HasHours tells whether the location has public hours at all.
func (l Location) HasHours() bool { return len(l.OpeningHours) > 0 || len(l.SpecialDays) > 0 }

// OpeningAt tells whether it is open. The zone is the location's own.
func (l Location) OpeningAt(now time.Time, zone *time.Location) Opening {
	var found Opening
	l.eachOpen(now, zone, func(from, until time.Time) bool {
		if found.Open {
			if from.After(found.Closes) {
				return false // it closes in between
			}
			found.Closes = until
			return true
		}
		if !from.After(now) {
			found = Opening{Open: true, Closes: until}
			return true
		}
		found.Opens = from
		return false
	})
	if found.Open && found.Closes.Sub(now) > (openingDays-1)*24*time.Hour {
		found.Closes = time.Time{} // it does not close
	}
	return found
}

// ReadyAt is when a pickup that is ordered now is ready: when the location's lead time has passed while it was open, and it is open
// again. Where it has no public hours, time runs around the clock. False where it does not open in openingDays.
func (l Location) ReadyAt(now time.Time, zone *time.Location) (time.Time, bool) {
	left := cmp.Or(l.LeadTime, leadTime)
	if !l.HasHours() {
		return now.Add(left), true
	}
	var ready time.Time
	l.eachOpen(now, zone, func(from, until time.Time) bool {
		if from.Before(now) {
			from = now
		}
		if span := until.Sub(from); span <= left { // ready as it closes is ready when it opens again
			left -= span
			return true
		}
		ready = from.Add(left)
		return false
	})
	return ready, !ready.IsZero()
}

// KeptUntil is until when units are kept for somebody who comes for them: until the location closes for the day, whose breaks do not
// count; where that leaves less than keptLeast, until it closes on the next day that it opens. False where it has no public hours, never
// closes, or that is more than keptMost ahead.
func (l Location) KeptUntil(now time.Time, zone *time.Location) (time.Time, bool) {
	var closes time.Time
	day := ""
	l.eachOpen(now, zone, func(from, until time.Time) bool {
		today := from.In(zone).Format(time.DateOnly)
		if today != day && from.After(closes) && closes.Sub(now) >= keptLeast { // zero is long ago
			return false
		}
		closes, day = until, today
		return true
	})
	left := closes.Sub(now)
	return closes, left >= keptLeast && left <= keptMost
}

// Promises is when what is ordered now is promised to be ready, to be handed over by a method: a pickup when ReadyAt says; zero:
// nothing is promised.
func (l Location) Promises(method Method, now time.Time, zone *time.Location) time.Time {
	if method != PickUp {
		return time.Time{}
	}
	ready, _ := l.ReadyAt(now, zone)
	return ready.Truncate(time.Microsecond)
}

// eachOpen calls for each span in which it is open and that ends after now, in order, until the call returns false. Local times are
// made instants by the zone, so that a day on which the clocks change is as long as it is.
func (l Location) eachOpen(now time.Time, zone *time.Location, yield func(from, until time.Time) bool) {
	year, month, day := now.In(zone).Date()
	for ahead := -1; ahead < openingDays; ahead++ {
		noon := time.Date(year, month, day+ahead, 12, 0, 0, 0, zone)
		y, m, d := noon.Date()
		for _, hours := range l.hoursOn(noon) {
			from, until := clock(hours.Opens), clock(hours.Closes)
			opens, closes := time.Date(y, m, d, 0, from, 0, 0, zone), time.Date(y, m, d, 0, until, 0, 0, zone)
			if closes.After(now) && closes.After(opens) && !yield(opens, closes) {
				return
			}
		}
	}
}

// hoursOn are the hours of the day of an instant, in order and apart.
func (l Location) hoursOn(at time.Time) []DayHours {
	var hours []DayHours
	date := at.Format(time.DateOnly)
	if special := slices.IndexFunc(l.SpecialDays, func(s SpecialDay) bool { return s.Date == date }); special >= 0 {
		hours = slices.Clone(l.SpecialDays[special].Hours)
	} else {
		weekday := int32((at.Weekday()+6)%7) + 1
		for _, h := range l.OpeningHours {
			if h.Weekday == weekday {
				hours = append(hours, DayHours{h.Opens, h.Closes})
			}
		}
	}
	slices.SortFunc(hours, func(a, b DayHours) int { return cmp.Compare(a.Opens, b.Opens) })
	var apart []DayHours
	for _, h := range hours {
		if last := len(apart) - 1; last >= 0 && h.Opens <= apart[last].Closes {
			apart[last].Closes = max(apart[last].Closes, h.Closes)
		} else {
			apart = append(apart, h)
		}
	}
	return apart
}

// clock is minutes since midnight, of "HH:MM".
func clock(text string) int {
	var hours, minutes int
	_, _ = fmt.Sscanf(text, "%d:%d", &hours, &minutes) // the contract's pattern lets nothing else through
	return 60*hours + minutes
}
