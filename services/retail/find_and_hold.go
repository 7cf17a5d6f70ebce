package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Find is what somebody wants held at the best of some places, before anybody has looked where it is.
type Find struct {
	// Hold is the hold as it would be, without its location.
	Hold PlaceHold
}

// FindPlace is a place that may promise, as it was read.
type FindPlace struct {
	Location string
	// Metres is how far it is from where somebody asked.
	Metres int64
	// Until is when a hold there ends; zero: after its time to live.
	Until time.Time
	// Levels are the positions of the lines, in their order.
	Levels []Level
}

const (
	// findNamedMax is how many places one command names. Each is locked for it, so that more would hold others up; where others were
	// faster at all of them, the handler looks again.
	findNamedMax = 5
	// findToldMax is how many places a refusal tells of.
	findToldMax = 5
)

// Plan ranks the places that have all lines: the nearest first, of places equally far the one that has the most to spare. Where none
// has, it refuses OutOfStock with what each of the nearest has, and names the one that has most of the lines.
func (f Find) Plan(places []FindPlace) (FindAndHold, error) {
	c := FindAndHold{}
	spare := func(p FindPlace) int64 {
		least := int64(unitsMax)
		for i, line := range f.Hold.Lines {
			least = min(least, f.Hold.Buffers.Sellable(p.Levels[i], f.Hold.Method)-line.Quantity)
		}
		return least
	}
	places = slices.Clone(places)
	slices.SortFunc(places, func(a, b FindPlace) int {
		return cmp.Or(cmp.Compare(a.Metres, b.Metres), -cmp.Compare(spare(a), spare(b)), cmp.Compare(a.Location, b.Location))
	})
	for _, place := range places {
		if spare(place) < 0 || len(c.Places) == findNamedMax {
			continue
		}
		hold := f.Hold
		hold.Location, hold.Until = place.Location, place.Until
		c.Places = append(c.Places, HoldAt{PlaceHold: hold, Metres: place.Metres})
	}
	if len(c.Places) == 0 {
		return c, f.nowhere(places)
	}
	return c, nil
}

// nowhere refuses, with what the nearest places have.
func (f Find) nowhere(places []FindPlace) error {
	refusal := Refuse(OutOfStock, "no place nearby has all of it")
	best, bestLines := "", 0
	for i, place := range places {
		full := 0
		for j, line := range f.Hold.Lines {
			sellable := f.Hold.Buffers.Sellable(place.Levels[j], f.Hold.Method)
			if sellable >= line.Quantity {
				full++
			}
			if i >= findToldMax {
				continue
			}
			refusal.Message += fmt.Sprintf("; %s has %s of %s, %d wanted", place.Location, f.Hold.Shows.words(sellable), line.SKU, line.Quantity)
			refusal.With(fmt.Sprintf("places[%d].lines[%d].sku", i, j), line.SKU).
				With(fmt.Sprintf("places[%d].lines[%d].wanted", i, j), line.Quantity).
				With(fmt.Sprintf("places[%d].lines[%d].available", i, j), f.Hold.Shows.Fact(sellable))
		}
		if i < findToldMax {
			refusal.With(fmt.Sprintf("places[%d].location", i), place.Location).With(fmt.Sprintf("places[%d].distance_metres", i), place.Metres)
		}
		if full > bestLines {
			best, bestLines = place.Location, full
		}
	}
	refusal.Short = f.missing(places)
	if best != "" {
		refusal.With("partial.location", best).With("partial.lines", bestLines)
	}
	return refusal
}

// missing is what the nearest place has too little of, where somebody would have had it; all of it where there is no place.
func (f Find) missing(places []FindPlace) (short []Shortage) {
	for i, line := range f.Hold.Lines {
		one := Shortage{Line: i, SKU: line.SKU, Wanted: line.Quantity}
		if len(places) > 0 {
			one.Location, one.Sellable = places[0].Location, f.Hold.Buffers.Sellable(places[0].Levels[i], f.Hold.Method)
		}
		if one.Wanted > one.Sellable {
			short = append(short, one)
		}
	}
	return short
}

// FindAndHold promises units at the first of some places that has all of them. Find.Plan makes it.
type FindAndHold struct {
	// Places are the holds of which one is placed, best first. They have one id and one transaction.
	Places []HoldAt
}

// HoldAt is a hold at a place that is so far away.
type HoldAt struct {
	PlaceHold
	Metres int64
}

// HoldFound is the hold that was placed, and how far it is.
type HoldFound struct {
	Hold   Hold  `json:"hold"`
	Metres int64 `json:"metres"`
}

// Keys are the positions at all places.
func (c FindAndHold) Keys() []Key {
	var keys []Key
	for _, place := range c.Places {
		keys = append(keys, place.Keys()...)
	}
	slices.SortFunc(keys, CompareKeys)
	return slices.Compact(keys)
}

// Decide holds at the first place that has everything under lock. Where others were faster at all of them, it is stale: what other
// places have by now is for the next plan to say.
func (c FindAndHold) Decide(s State, now time.Time) (Change, HoldFound, error) {
	for _, place := range c.Places {
		if change, hold, err := place.PlaceHold.Decide(s, now); err == nil {
			return change, HoldFound{Hold: hold, Metres: place.Metres}, nil
		}
	}
	return Change{}, HoldFound{}, ErrStale
}
