package retail

import (
	"math/bits"
	"strings"
)

// valueMax is the most minor units that a position is worth. Quantities and unit costs that nobody means come to no more than
// this, so that whatever is recorded can be counted: a fact is not refused for what it cost.
const valueMax = amountMax

// Cost is what units cost us, in minor units of the book that they are in.
type Cost struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"` // empty: it is not known
}

// Known tells whether anybody ever said.
func (c Cost) Known() bool { return c.Currency != "" }

// unitCostMax is the most that one unit costs.
const unitCostMax = 1_000_000_000_000

// wrong refuses what nothing can cost.
func (c Cost) wrong(field string) error {
	if c.Minor < 0 || c.Minor > unitCostMax || !c.Known() && c.Minor != 0 || c.Known() && len(c.Currency) != 3 {
		return RefuseField(InvalidRequest, field+".unit_cost", "a unit can't cost %d", c.Minor)
	}
	return nil
}

// of is what so many units cost at a unit cost.
func (c Cost) of(units int64) Cost {
	if c.Known() {
		c.Minor = times(units, c.Minor)
	}
	return c
}

// part is what some of the units cost that cost this together. All of them cost all of it.
func (c Cost) part(units, all int64) Cost {
	if c.Known() && units < all {
		c.Minor = share(c.Minor, units, all)
	}
	return c
}

// Costs are what the units of entries cost, by where those stand in Change.Entries. One that is not there is not known.
type Costs map[int]Cost

// put says what the units of an entry cost, if anybody knows.
func (c *Costs) put(entry int, cost Cost) {
	if !cost.Known() {
		return
	}
	if *c == nil {
		*c = Costs{}
	}
	(*c)[entry] = cost
}

// Worth is what the units of a position cost that are here, whatever they are promised to, by their moving average: what arrives
// adds what it cost, what leaves takes its part by units, and the last unit takes what is left. While there are less than no units,
// those that are missing are worth the last unit cost.
type Worth struct {
	// Currency is empty where no cost was ever known. Then nothing of money is posted.
	Currency string
	// ValueMinor is the fold of the entries of inventory/<sku>. Below zero only while units are.
	ValueMinor int64
	// UnitMinor is what one unit costs, rounded; with no units here, what one cost last.
	UnitMinor int64
}

// Known tells whether a cost was ever known.
func (w Worth) Known() bool { return w.Currency != "" }

// takeOut returns what units cost that leave those that are here, and what the others are worth.
func (w Worth) takeOut(here, units int64) (Cost, Worth) {
	before := w.ValueMinor
	if left := here - units; left <= 0 {
		w.ValueMinor = times(left, w.UnitMinor)
	} else {
		w.ValueMinor -= share(w.ValueMinor, units, here)
		w.UnitMinor = average(w.ValueMinor, left)
	}
	return Cost{before - w.ValueMinor, w.Currency}, w
}

// putIn returns what units cost that join those that are here, and what all are worth. Units that cost nothing make no cost known.
// Units whose cost is not known, or known in another currency, come at the position's own unit cost. The first cost that is ever known
// is taken for that of the units that were here before it; and where units were missing, what arrives in their stead says what they
// cost. What that changes is the difference: it is posted beside.
func (w Worth) putIn(here, units int64, cost Cost) (in Cost, difference int64, after Worth) {
	if !cost.Known() || w.Known() && cost.Currency != w.Currency {
		cost = Cost{w.UnitMinor, w.Currency}.of(units)
	}
	if !cost.Known() || cost.Minor == 0 && !w.Known() {
		return Cost{}, 0, w
	}
	after, all := Worth{Currency: cost.Currency}, here+units
	switch {
	case all <= 0:
		after.UnitMinor = average(cost.Minor, units)
		after.ValueMinor = times(all, after.UnitMinor)
	case w.Known() && here >= 0:
		after.ValueMinor = min(w.ValueMinor+cost.Minor, valueMax)
		after.UnitMinor = average(after.ValueMinor, all)
	default:
		after.ValueMinor = share(cost.Minor, all, units)
		after.UnitMinor = average(after.ValueMinor, all)
	}
	return cost, after.ValueMinor - w.ValueMinor - cost.Minor, after
}

// Left is what left of one line of an order in one act: Units of it, among All of its SKU that left the place then and cost Cost together.
type Left struct {
	Line       int32
	Units, All int64
	Cost       Cost
}

// LeftAt is what one unit of a line of an order cost, on average, when it left.
type LeftAt struct {
	Line int32
	Unit Cost
}

// NewLeftAt sums up what left of each line in each currency, where those of one stand together.
func NewLeftAt(left []Left) (all []LeftAt) {
	for at := 0; at < len(left); {
		of, units, minor := left[at], int64(0), int64(0)
		for ; at < len(left) && left[at].Line == of.Line && left[at].Cost.Currency == of.Cost.Currency; at++ {
			units += left[at].Units
			minor = min(minor+left[at].Cost.part(left[at].Units, left[at].All).Minor, valueMax)
		}
		all = append(all, LeftAt{of.Line, Cost{average(minor, units), of.Cost.Currency}})
	}
	return all
}

// StockValue is what all units at a location cost, in the currency of its book.
type StockValue struct {
	Minor int64
	// Units are those that it is of, UnitsWithoutCost those whose cost is not known.
	Units, UnitsWithoutCost int64
}

// times is units at a unit cost, within what can be counted.
func times(units, unitMinor int64) int64 {
	sign := int64(1)
	if units < 0 {
		sign, units = -1, -units
	}
	high, low := bits.Mul64(uint64(units), uint64(unitMinor))
	if high > 0 || low > valueMax {
		low = valueMax
	}
	return sign * int64(low)
}

// share is minor*units/all, halves rounded away from zero, within what can be counted. None of them is negative.
func share(minor, units, all int64) int64 {
	high, low := bits.Mul64(uint64(minor), uint64(units))
	low, carry := bits.Add64(low, uint64(all)/2, 0)
	if high += carry; high >= uint64(all) {
		return valueMax
	}
	quotient, _ := bits.Div64(high, low, uint64(all))
	return int64(min(quotient, valueMax))
}

// average is what one of some units costs.
func average(minor, units int64) int64 { return share(minor, 1, units) }

// isHere tells whether units in an account are here, and so are ours and worth what they cost.
func isHere(account string) bool { return account != Incoming && levelIndex(account) >= 0 }

// valued folds an entry of units into what a position is worth, before it is folded into its units, and returns what it posts of
// money. Cost is what the units cost where that is known: of those that come in, and of those that leave for another place of ours
// that takes them at it.
func (l *Level) valued(c Change, e Entry, cost Cost) []Entry {
	from, to := isHere(e.From), isHere(e.To)
	var money []Entry
	post := func(from, to string, minor int64, currency string) {
		if minor < 0 {
			from, to, minor = to, from, -minor
		}
		if minor > 0 {
			money = append(money, Entry{Location: e.Location, From: from, To: to, Asset: currency, Quantity: minor})
		}
	}
	inventory := InventoryPrefix + e.Asset
	switch {
	case from == to:
		if e.From == Incoming && e.To == Shrinkage && cost.Known() { // it got lost on its way
			post(InTransitPrefix+transferOf(c), InventoryDifference, cost.Minor, cost.Currency)
		}
		if e.From == Customer && e.To == Shrinkage && l.Worth.Known() { // a carrier lost it or the customer keeps it, as if it had come back and gone missing
			if cost.Currency != l.Worth.Currency {
				cost = Cost{l.Worth.UnitMinor, l.Worth.Currency}.of(e.Quantity)
			}
			post(CostOfGoods, inventory, cost.Minor, cost.Currency)
			post(inventory, InventoryDifference, cost.Minor, cost.Currency)
		}
	case from && l.Worth.Known():
		var out Cost
		out, l.Worth = l.Worth.takeOut(l.OnHand(), e.Quantity)
		post(inventory, counterpart(c, e.To, cost), out.Minor, out.Currency)
	case to:
		if e.From == Customer && !l.Worth.Known() {
			cost = Cost{} // what comes back says nothing of the others that are there
		}
		var in Cost
		var difference int64
		known := cost.Known() && (!l.Worth.Known() || l.Worth.Currency == cost.Currency)
		in, difference, l.Worth = l.Worth.putIn(l.OnHand(), e.Quantity, cost)
		if !known {
			cost = Cost{}
		}
		post(counterpart(c, e.From, cost), inventory, in.Minor, in.Currency)
		post(InventoryDifference, inventory, difference, in.Currency)
	}
	return money
}

// counterpart is the account of money that stands over against inventory where units go to or come from an account.
func counterpart(c Change, account string, cost Cost) string {
	switch {
	case account == Customer:
		return CostOfGoods
	case account == Supplier, account == Incoming && c.Kind != KindArrival:
		return GoodsReceived
	case cost.Known() && (account == Incoming || strings.HasPrefix(account, TransitPrefix)):
		return InTransitPrefix + transferOf(c)
	}
	return InventoryDifference
}

// transferOf is the id of the transfer that a change is about.
func transferOf(c Change) string { return strings.TrimPrefix(c.Cause, transferPrefix) }

// MarginsOf is which margins are asked for, and what they are told apart by.
type MarginsOf struct {
	// Location sold them, through Channel; empty: all.
	Location, Channel                       string
	ByLocation, ByChannel, ByProduct, BySKU bool
}

// Margin is what goods brought in beyond what they cost, in minor units. Codes are empty where margins are not told apart by them.
type Margin struct {
	Location, Channel, Product, SKU, Currency string
	// Sold and Returned are units; NetMinor is what the ones were worth without tax, less what the others were.
	Sold, Returned, NetMinor int64
	// CostMinor is what those of them cost whose cost is known, less what of it came back.
	CostMinor int64
	// UnitsWithoutCost are those, sold or returned, whose cost is not known, and NetWithoutCostMinor what of NetMinor is theirs.
	UnitsWithoutCost, NetWithoutCostMinor int64
}

// Minor is what those whose cost is known brought in beyond it.
func (m Margin) Minor() int64 { return m.NetMinor - m.NetWithoutCostMinor - m.CostMinor }
