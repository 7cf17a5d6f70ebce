package retail

import (
	"cmp"
	"slices"
)

// SoldUnits is what left a position to customers and came back to it, by when it happened in the shop.
type SoldUnits struct{ Sold, Returned int64 }

// Net is what customers kept; never below zero.
func (s SoldUnits) Net() int64 { return max(0, s.Sold-s.Returned) }

// ReplenishedPlace is one place, and what is known there of one SKU.
type ReplenishedPlace struct {
	// Level is the position; zeros where nothing ever was.
	Level Level
	// Rule is the one that the position goes by; the zero rule wants nothing.
	Rule StockRule
	// Kept is how many units the place's safety buffers keep back at the most.
	Kept int64
	// Trade is what was sold and came back in the days that are looked at.
	Trade SoldUnits
	// Unmet is how many units were asked for in vain.
	Unmet int64
	// Awaited is how many of the units on their way to it orders wait for.
	Awaited int64
	// Receives is true where more may be proposed for it, Gives where other places may be served from it.
	Receives, Gives bool
}

// ReplenishTerms are what proposals are made by.
type ReplenishTerms struct {
	// SalesDays is of how many days the trade is, and CoverDays for how many days there is to be enough, beside the lead time.
	SalesDays, CoverDays int32
	// TransfersOnly is true where nothing is to be ordered.
	TransfersOnly bool
	// Metres is how far a place is from another; false: nobody knows.
	Metres func(from, to string) (int64, bool)
}

// Need is what a place lacks, and why.
type Need struct {
	// Cover is what will be sold in the days to cover and the lead time, if trade goes on as it did, rounded up.
	Cover int64
	// Reorder is with fewer units than which more are to come: the minimum or the cover, whichever is more, and what was asked for in
	// vain. UpTo is up to how many: the target where that is more.
	Reorder, UpTo int64
	// Expected is what there will be to be sold: what is available, less than nothing where it is oversold, and what is on its way and no
	// order waits for. What is held or committed is promised already, and is in neither.
	Expected int64
	// Units are lacking; 0: nothing is.
	Units int64
}

// Need is what the place lacks.
func (p ReplenishedPlace) Need(terms ReplenishTerms) Need {
	days := int64(terms.CoverDays) + int64(p.Rule.LeadDays)
	n := Need{
		Cover:    upward(min(p.Trade.Net(), unitsMax)*days, int64(max(1, terms.SalesDays))),
		Expected: p.Level.Available() + p.Level.Units[levelIndex(Incoming)] - p.Awaited,
	}
	n.Reorder = max(p.Rule.Minimum, n.Cover) + p.Unmet
	n.UpTo = max(p.Rule.Target, p.Rule.Minimum, n.Cover) + p.Unmet
	if n.Expected < n.Reorder {
		n.Units = n.UpTo - n.Expected
	}
	return n
}

// Surplus is how many units the place can give away: what is available beyond what it is filled up to and what its buffers keep.
// What is on its way to it is not there yet.
func (p ReplenishedPlace) Surplus(terms ReplenishTerms) int64 {
	if !p.Gives {
		return 0
	}
	return max(0, p.Level.Available()-p.Need(terms).UpTo-max(0, p.Kept))
}

// Proposal is what to do about one position.
type Proposal struct {
	// Place is what it was made from.
	Place ReplenishedPlace
	Need  Need
	// Transfers are from the nearest place that has a surplus on, at most transfersMax.
	Transfers []ProposedTransfer
	// OrderUnits are to be ordered from the supplier, in whole packs; 0: nothing.
	OrderUnits int64
	// ShortUnits are lacking still, where nothing is to be ordered.
	ShortUnits int64
}

// ProposedTransfer is units that another place can give.
type ProposedTransfer struct {
	From  string
	Units int64
	// Metres is how far it is; Known is false where one of the places has no coordinates.
	Metres int64
	Known  bool
	// Available is what that place has, and Keeps what it keeps of it.
	Available, Keeps int64
}

// transfersMax is from how many places one position is filled up: a unit each from dozens of shops costs more than it brings.
const transfersMax = 10

// farthest is how far a place is of which nobody knows: it is asked last.
const farthest = 1<<63 - 1

// Replenish proposes what to do about one SKU, given all places that have to do with it. What a place can give is proposed once:
// the place that lacks the most is served first. Proposals come by location; places that lack nothing get none.
func Replenish(places []ReplenishedPlace, terms ReplenishTerms) []Proposal {
	places = slices.Clone(places)
	slices.SortFunc(places, func(a, b ReplenishedPlace) int { return cmp.Compare(a.Level.Location, b.Level.Location) })
	var proposals []Proposal
	var surplus []int64
	for _, place := range places {
		surplus = append(surplus, place.Surplus(terms))
		if need := place.Need(terms); place.Receives && need.Units > 0 {
			proposals = append(proposals, Proposal{Place: place, Need: need})
		}
	}
	first := make([]int, len(proposals))
	for i := range first {
		first[i] = i
	}
	slices.SortStableFunc(first, func(a, b int) int { return cmp.Compare(proposals[b].Need.Units, proposals[a].Need.Units) })
	for _, i := range first {
		proposals[i].fill(places, surplus, terms)
	}
	return proposals
}

// fill takes from the surplus of places, the nearest first, what a proposal needs, and orders the rest.
func (p *Proposal) fill(places []ReplenishedPlace, surplus []int64, terms ReplenishTerms) {
	type source struct {
		at     int
		metres int64
	}
	var sources []source
	for i, place := range places {
		if surplus[i] > 0 && place.Level.Location != p.Place.Level.Location {
			metres, known := terms.Metres(place.Level.Location, p.Place.Level.Location)
			if !known {
				metres = farthest
			}
			sources = append(sources, source{i, metres})
		}
	}
	slices.SortStableFunc(sources, func(a, b source) int { return cmp.Compare(a.metres, b.metres) })
	lacking := p.Need.Units
	for _, s := range sources[:min(len(sources), transfersMax)] {
		units := min(lacking, surplus[s.at])
		if units == 0 {
			break
		}
		from := places[s.at]
		transfer := ProposedTransfer{
			From: from.Level.Location, Units: units, Available: from.Level.Available(), Keeps: from.Need(terms).UpTo + max(0, from.Kept),
		}
		if transfer.Known = s.metres != farthest; transfer.Known {
			transfer.Metres = s.metres
		}
		p.Transfers = append(p.Transfers, transfer)
		surplus[s.at] -= units
		lacking -= units
	}
	if terms.TransfersOnly {
		p.ShortUnits = lacking
		return
	}
	pack := max(1, p.Place.Rule.PackSize)
	p.OrderUnits = upward(lacking, pack) * pack
}

// upward divides and rounds up.
func upward(units, by int64) int64 { return (units + by - 1) / by }

// MostKept is how many units of a position the buffers of it and of its location keep back at the most, by whatever method and
// channel they are promised. What channels keep back by themselves is not counted: it binds promises, wherever the goods are.
func MostKept(l Level, rules ...BufferRules) int64 {
	channels := []string{""}
	for _, r := range rules {
		for _, rule := range r.Rules {
			channels = append(channels, rule.Channel)
		}
	}
	slices.Sort(channels)
	kept := int64(0)
	for _, channel := range slices.Compact(channels) {
		buffers := NewBuffers(Channel{Code: channel}, rules)
		for _, method := range []Method{"", CarryOut, PickUp, Ship} {
			kept = max(kept, buffers.At(l.Location, l.SKU, method).Of(l))
		}
	}
	return kept
}
