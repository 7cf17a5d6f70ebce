package demo

import (
	"math/rand/v2"
	"time"
)

// place is a store with its time zone.
type place struct {
	store
	zone *time.Location
}

// openPlaces are all places.
func openPlaces() []place {
	all := make([]place, len(stores))
	for i, s := range stores {
		zone, err := time.LoadLocation(s.zone)
		if err != nil {
			panic(err) // a table of this package is wrong
		}
		all[i] = place{s, zone}
	}
	return all
}

// place finds one.
func (p *planner) place(code string) *place {
	for i := range p.places {
		if p.places[i].code == code {
			return &p.places[i]
		}
	}
	panic("there is no place " + code)
}

// pull is how many people a day brings, from Monday, as a part of an average day.
var pull = [7]float64{0.70, 0.75, 0.85, 0.95, 1.20, 1.60, 1.05}

// shopHours is how busy each hour of a shop is, and webHours of a web shop, which lives in the evening; of 10.
var (
	shopHours = [24]int{10: 4, 11: 7, 12: 9, 13: 9, 14: 5, 15: 5, 16: 7, 17: 9, 18: 10, 19: 9, 20: 6}
	webHours  = [24]int{0: 2, 6: 1, 7: 3, 8: 4, 9: 4, 10: 4, 11: 4, 12: 5, 13: 7, 14: 6, 15: 4, 16: 4, 17: 5, 18: 6, 19: 7, 20: 9, 21: 10, 22: 8, 23: 5}
)

// anyTime are the hours of a place that never closes.
var anyTime = []span{{"00:00", "24:00"}}

// date is the day that is planned, by the calendar of a zone.
func (p *planner) date(zone *time.Location) time.Time {
	day := p.begin().AddDate(0, 0, p.day)
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
}

// spans are when the place is open on the day.
func (p *planner) spans(at *place) []span {
	return at.hours[(int(p.date(at.zone).Weekday())+6)%7]
}

// moment is some time of the day at which a place is open, busy hours more often than others; false: it is closed, or that time
// has not come yet.
func (p *planner) moment(zone *time.Location, spans []span, busy [24]int) (time.Time, bool) {
	if len(spans) == 0 {
		return time.Time{}, false
	}
	date, random := p.date(zone), p.random
	for range 200 {
		minute := random.IntN(24 * 60)
		if random.IntN(10) >= busy[minute/60] || !within(minute, spans) {
			continue
		}
		at := time.Date(date.Year(), date.Month(), date.Day(), 0, minute, random.IntN(60), 0, zone)
		return at, at.Before(p.now.Add(-time.Minute))
	}
	return time.Time{}, false
}

func within(minute int, spans []span) bool {
	for _, s := range spans {
		if minute >= minuteOf(s.opens) && minute < minuteOf(s.closes) {
			return true
		}
	}
	return false
}

// minuteOf reads "HH:MM".
func minuteOf(clock string) int {
	return (int(clock[0]-'0')*10+int(clock[1]-'0'))*60 + int(clock[3]-'0')*10 + int(clock[4]-'0')
}

// at is a time of the day at a place, or the last minute that has passed.
func (p *planner) at(zone *time.Location, clock string) time.Time {
	date := p.date(zone)
	at := time.Date(date.Year(), date.Month(), date.Day(), 0, minuteOf(clock), 0, 0, zone)
	if latest := p.now.Add(-time.Minute).Truncate(time.Second); at.After(latest) {
		return latest
	}
	return at
}

// pull is how much the day is worth to a place.
func (p *planner) pull(zone *time.Location) float64 {
	return pull[(int(p.date(zone).Weekday())+6)%7]
}

// between is a whole number from one to another, both included.
func between(random *rand.Rand, from, to int) int { return from + random.IntN(to-from+1) }
