package retail

import "slices"

// SourcingPolicy is how a place is chosen that sends what no place was named for.
type SourcingPolicy string

// The policies. What a place keeps back for those who walk in is no policy but a buffer of it for SHIP.
const (
	// SourceNominated takes the first of the places that the channel names.
	SourceNominated SourcingPolicy = "NOMINATED"
	// SourceNearest takes for each line the place nearest to where it goes.
	SourceNearest SourcingPolicy = "NEAREST"
	// SourceFewest takes as few places as it can find, and of those the nearest.
	SourceFewest SourcingPolicy = "FEWEST_PARCELS"
)

// Sourcing is how a channel chooses the place that sends a line which names none. The zero Sourcing is none: the selling location sends it.
type Sourcing struct {
	Policy SourcingPolicy `json:"policy,omitempty"`
	// Locations are the places that are nominated, the first choice first.
	Locations []string `json:"locations,omitempty"`
}

const (
	// SourcePlacesMax is how many places are looked at, the first by the policy.
	SourcePlacesMax = 50
	// sourcePairsMax is how many of them are tried two by two, where no single place has everything.
	sourcePairsMax = 20
	// sourceSplitMax is how many lines of one SKU are shared out among two places in every way there is; more are given in their order.
	sourceSplitMax = 8
	// sourcePassedMax is how many places that were passed over are told.
	sourcePassedMax = 5
)

// SourceWant is a line that no place was named for.
type SourceWant struct {
	// Line is the basket's, from 0.
	Line     int
	SKU      string
	Quantity int64
}

// Sourced is the place that sends a line, and why.
type Sourced struct {
	Line   int
	Place  PlaceAway
	Policy SourcingPolicy
	// Passed are the first of the places that came before it and do not send it: they lack some of it, or would be another parcel.
	Passed []string
	// Short is true where no place has all of it, so that it stays with the first.
	Short bool
}

// Rank returns the places that may send, in the policy's order: as they are nominated, or the nearest first and those of which it is not
// known how far they are last.
func (s Sourcing) Rank(places []PlaceAway) []PlaceAway {
	if s.Policy == SourceNominated {
		var named []PlaceAway
		for _, code := range s.Locations {
			at := slices.IndexFunc(places, func(p PlaceAway) bool { return p.Location.Code == code })
			if at >= 0 {
				named = append(named, places[at])
			}
		}
		return named
	}
	ranked := nearestFirst(places)
	return ranked[:min(SourcePlacesMax, len(ranked))]
}

// Choose chooses a place for every line, of those that Rank returned; none where there is no place. A line is sent whole. Sellable is
// how many units of a SKU a place may promise beside what else the basket takes there.
func (s Sourcing) Choose(wants []SourceWant, ranked []PlaceAway, sellable func(location, sku string) int64) []Sourced {
	if len(ranked) == 0 {
		return nil
	}
	c := choosing{wants: wants, ranked: ranked, sellable: sellable}
	every := make([]int, len(ranked))
	for i := range every {
		every[i] = i
	}
	chosen := c.assign(every)
	if s.Policy == SourceFewest {
		chosen = c.fewest(every, sent(chosen))
	}
	all := make([]Sourced, len(wants))
	for i, want := range wants {
		all[i] = Sourced{Line: want.Line, Policy: s.Policy, Short: chosen[i] < 0}
		at := max(0, chosen[i])
		all[i].Place = ranked[at]
		for _, passed := range ranked[:min(at, sourcePassedMax)] {
			all[i].Passed = append(all[i].Passed, passed.Location.Code)
		}
	}
	return all
}

// choosing is what places are chosen by.
type choosing struct {
	wants    []SourceWant
	ranked   []PlaceAway
	sellable func(location, sku string) int64
}

// assign gives each line to the first of some places that has all of it beside the lines before; -1: none has.
func (c choosing) assign(places []int) []int {
	type position struct {
		place int
		sku   string
	}
	taken := map[position]int64{}
	chosen := make([]int, len(c.wants))
	for i, want := range c.wants {
		chosen[i] = -1
		for _, place := range places {
			at := position{place, want.SKU}
			if c.sellable(c.ranked[place].Location.Code, want.SKU)-taken[at] >= want.Quantity {
				chosen[i] = place
				taken[at] += want.Quantity
				break
			}
		}
	}
	return chosen
}

// sent counts the lines that somebody sends.
func sent(chosen []int) (lines int) {
	for _, place := range chosen {
		if place >= 0 {
			lines++
		}
	}
	return lines
}

// between gives the lines to two places, so that they send as many as they can: the first what it has, and where that leaves a line
// to nobody, the lines of its SKU in another way.
func (c choosing) between(one, other int) []int {
	chosen := c.assign([]int{one, other})
	for i, want := range c.wants {
		if chosen[i] >= 0 {
			continue
		}
		var lines []int
		var units []int64
		for at, same := range c.wants {
			if same.SKU == want.SKU {
				lines, units = append(lines, at), append(units, same.Quantity)
			}
		}
		if len(lines) > sourceSplitMax {
			continue
		}
		shared, _ := dealOut(units, c.sellable(c.ranked[one].Location.Code, want.SKU), c.sellable(c.ranked[other].Location.Code, want.SKU))
		for at, line := range lines {
			chosen[line] = [...]int{-1, one, other}[shared[at]]
		}
	}
	return chosen
}

// dealOut gives units of lines to two that have so many, each line whole: 1 to the first, 2 to the second, 0 to nobody; as many lines as
// can be.
func dealOut(units []int64, first, second int64) (shared []int, sent int) {
	if len(units) == 0 {
		return nil, 0
	}
	last := len(units) - 1
	take := func(to, one int, first, second int64) {
		if first < 0 || second < 0 {
			return
		}
		if before, n := dealOut(units[:last], first, second); shared == nil || n+one > sent {
			shared, sent = append(before, to), n+one
		}
	}
	take(1, 1, first-units[last], second)
	take(2, 1, first, second-units[last])
	take(0, 0, max(0, first), max(0, second))
	return shared, sent
}

// fewest gives the lines to few places, which send as many of them as all would: one or two wherever so few suffice, the first of those
// by rank; beyond that each time the one that adds most.
func (c choosing) fewest(every []int, lines int) []int {
	for _, one := range every {
		if chosen := c.assign([]int{one}); sent(chosen) >= lines {
			return chosen
		}
	}
	pairs := every[:min(sourcePairsMax, len(every))]
	for i, one := range pairs {
		for _, other := range pairs[i+1:] {
			if chosen := c.between(one, other); sent(chosen) >= lines {
				return chosen
			}
		}
	}
	var chosen []int
	for reached := 0; reached < lines; {
		best, most := -1, reached
		for _, one := range every {
			if slices.Contains(chosen, one) {
				continue
			}
			if n := sent(c.assign(append(slices.Clone(chosen), one))); n > most {
				best, most = one, n
			}
		}
		if best < 0 {
			return c.assign(every) // places of which only all together send as much
		}
		chosen, reached = append(chosen, best), most
	}
	slices.Sort(chosen)
	return c.assign(chosen)
}

// Unsourced are the lines of a basket that are to be sent from a place which nobody named, where its channel chooses one.
func (b Basket) Unsourced(t Terms) (wants []SourceWant) {
	if t.Channel.Sourcing.Policy == "" {
		return nil
	}
	for i, item := range b.Lines {
		if item.Method == Ship && item.Location == "" && t.Items[i].SKU != "" {
			wants = append(wants, SourceWant{Line: i, SKU: t.Items[i].SKU, Quantity: item.Quantity})
		}
	}
	return wants
}

// Spare is how many units of a position may be sent beside what the lines of the basket take there whose place is known, counted as it is
// when the order is placed: what the holds that it takes up have there is its own, if they were in force when they were read.
func (b Basket) Spare(t Terms, level Level, buffers Buffers) int64 {
	promised, carried, methods := int64(0), int64(0), []Method{Ship}
	for i, item := range b.Lines {
		chosen := item.Method == Ship && item.Location == ""
		place, method := item.stockAt(b.Location)
		switch {
		case chosen || t.Items[i].SKU != level.SKU || place != level.Location:
		case item.Method == CarryOut && t.Channel.AtTill():
			carried += item.Quantity
		default:
			promised += item.Quantity
			methods = append(methods, method)
		}
	}
	return t.held(level.Location, level.SKU) + buffers.Sellable(level.less(carried), methods...) - promised
}

// held is how many units of a position the holds have which the basket names, and those of its cart.
func (t Terms) held(location, sku string) (units int64) {
	counted := map[Key]bool{}
	for _, hold := range slices.Concat(t.Holds, t.CartHolds) {
		if hold.Location != location || hold.State != StateHeld || counted[hold.Key()] {
			continue
		}
		counted[hold.Key()] = true
		for _, line := range hold.Lines {
			if line.SKU == sku {
				units += line.Quantity
			}
		}
	}
	return units
}

// From returns the basket with the places that were chosen. Where a line is short its order is refused, whoever else would send the others:
// nothing of it is chosen again.
func (b Basket) From(chosen []Sourced) Basket {
	short := slices.ContainsFunc(chosen, func(s Sourced) bool { return s.Short })
	b.Lines = slices.Clone(b.Lines)
	for _, one := range chosen {
		b.Lines[one.Line].Location = one.Place.Location.Code
		b.Lines[one.Line].Sourced = !short
	}
	return b
}
