package auditor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// The rules of what goods cost.
const (
	ruleCost  = "an act posts another cost than its goods have"
	ruleWorth = "goods are worth something else in the end"
)

// The accounts of what goods cost.
const (
	accountInventory  = "inventory/"
	accountOnTheWay   = "goods_in_transit/"
	accountReceived   = "goods_received"
	accountSoldCost   = "cost_of_goods"
	accountDifference = "inventory_difference"
)

// ofCost tells whether an entry is about what goods cost.
func ofCost(e Entry) bool {
	for _, account := range []string{e.From, e.To} {
		if strings.HasPrefix(account, accountInventory) || strings.HasPrefix(account, accountOnTheWay) {
			return true
		}
	}
	return false
}

// Worth is what the units of a position cost together, and what one of them costs, in minor units; Known is false where nobody ever said.
type Worth struct {
	Value, Unit int64
	Known       bool
}

// shelfCard is a shelf as somebody would keep it on a card who looks at nothing but units and what suppliers were paid.
type shelfCard struct {
	Worth
	here int64
}

// parcel is what goods of a transfer cost that are on their way.
type parcel struct{ units, minor int64 }

// valueModel keeps the cards.
type valueModel struct {
	*trial
	cards   map[Position]*shelfCard
	parcels map[[2]string]*parcel
	// left is what went to customers and what it cost, by order and line, of those of which that is known.
	left map[lineOf]*parcel
}

// lineOf is a line of an order.
type lineOf struct {
	order string
	line  int32
}

// halves is a/b, halves away from zero, of numbers that are not negative. The shop is small enough for it.
func halves(a, b int64) int64 { return (2*a + b) / (2 * b) }

// takeOut takes units off the card and says what they cost.
func (c *shelfCard) takeOut(units int64) int64 {
	before := c.Value
	share := int64(0)
	if c.here > units {
		share = halves(c.Value*units, c.here)
	}
	c.here -= units
	switch {
	case !c.Known:
		return 0
	case c.here > 0:
		c.Value -= share
		c.Unit = halves(c.Value, c.here)
	default: // the last one takes what is left; beyond it they cost what one cost last
		c.Value = c.here * c.Unit
	}
	return before - c.Value
}

// putIn puts units on the card that cost so much together, if that is known, and says what they cost and what that changes of the
// value of those that were there, or were missing.
func (c *shelfCard) putIn(units, cost int64, known bool) (in, change int64) {
	here, before := c.here, c.Value
	c.here += units
	if !known {
		cost = units * c.Unit
	}
	if !c.Known && (!known || cost == 0) {
		return 0, 0
	}
	switch {
	case c.here <= 0:
		c.Unit = halves(cost, units)
		c.Value = c.here * c.Unit
	case c.Known && here >= 0:
		c.Value += cost
		c.Unit = halves(c.Value, c.here)
	default:
		c.Value = halves(cost*c.here, units)
		c.Unit = halves(c.Value, c.here)
	}
	c.Known = true
	return cost, c.Value - before - cost
}

// value replays what every act came to at cost, and compares it with what was posted, and the cards with the shelves in the end.
func (t *trial) value() {
	m := &valueModel{trial: t, cards: map[Position]*shelfCard{}, parcels: map[[2]string]*parcel{}, left: map[lineOf]*parcel{}}
	for _, p := range t.played {
		headers := slices.Clone(p.Headers)
		slices.SortStableFunc(headers, func(a, b Header) int { return sends(b) - sends(a) }) // it is sent before it is put down
		for _, h := range headers {
			m.replay(p, h, costsAsked(p))
		}
	}
	of := maps.Clone(t.books.Worths)
	if of == nil {
		of = map[Position]Worth{}
	}
	for at := range m.cards {
		of[at] = t.books.Worths[at]
	}
	for _, at := range slices.SortedFunc(maps.Keys(of), comparePositions) {
		if want := m.card(at).Worth; of[at] != want {
			m.find(ruleWorth, nil, []string{at.subject()}, "%s at %s is worth %+v, and by its card %+v", at.SKU, at.Location, of[at], want)
		}
	}
}

// sends is 1 for the book of whoever sends goods of a transfer.
func sends(h Header) int {
	if slices.ContainsFunc(h.Entries, func(e Entry) bool { return strings.HasPrefix(e.To, accountTransit) }) {
		return 1
	}
	return 0
}

func (m *valueModel) card(at Position) *shelfCard {
	if m.cards[at] == nil {
		m.cards[at] = &shelfCard{}
	}
	return m.cards[at]
}

// costsAsked are what one unit of each SKU cost that arrives, as whoever received it said.
func costsAsked(p *played) map[string]int64 {
	costs := map[string]int64{}
	add := func(sku string, cost *retailpb.Money) {
		if cost != nil {
			costs[sku] = cost.GetAmountMinor()
		}
	}
	if p.call == nil {
		return costs
	}
	switch r := p.call.Request.(type) {
	case *stockpb.ReceiveStockRequest:
		for _, line := range r.GetLines() {
			add(line.GetSku(), line.GetUnitCost())
		}
	case *deliveriespb.ReceiveDeliveryRequest:
		for _, line := range r.GetLines() {
			add(line.GetSku(), line.GetUnitCost())
		}
	}
	return costs
}

// costMove is what is posted of cost, by from and to.
type costMove struct{ from, to string }

// replay compares what an act posted at cost in one book with what its units cost.
func (m *valueModel) replay(p *played, h Header, asked map[string]int64) {
	posted, want := map[costMove]int64{}, map[costMove]int64{}
	post := func(from, to string, minor int64) {
		if minor < 0 {
			from, to, minor = to, from, -minor
		}
		if minor > 0 {
			want[costMove{from, to}] += minor
		}
	}
	arriving := map[string]int64{}
	for _, e := range h.Entries {
		if ofCost(e) {
			posted[costMove{e.From, e.To}] += e.Quantity
		} else if countsUnits(e.From) && !onShelf(e.From) && onShelf(e.To) {
			arriving[e.Asset] += e.Quantity
		}
	}
	transfer := strings.TrimPrefix(h.Cause, "transfer/")
	lots := m.lotsBack(h)
	rest := map[string]*parcel{} // of each SKU, what arrives in this act and is not put down yet
	for _, e := range h.Entries {
		if ofCost(e) || !countsUnits(e.From) {
			continue
		}
		card, inventory := m.card(Position{h.Location, e.Asset}), accountInventory+e.Asset
		way := m.parcels[[2]string{transfer, e.Asset}]
		in := func(cost int64, known bool, account string) {
			cost, change := card.putIn(e.Quantity, cost, known)
			post(account, inventory, cost)
			post(accountDifference, inventory, change)
		}
		switch from, to := onShelf(e.From), onShelf(e.To); {
		case from && !to:
			cost, account := card.takeOut(e.Quantity), accountDifference
			switch {
			case e.To == accountBuyer:
				account = accountSoldCost
			case strings.HasPrefix(e.To, accountTransit) && posted[costMove{inventory, accountOnTheWay + transfer}] > 0:
				account = accountOnTheWay + transfer
				if way == nil {
					way = &parcel{}
					m.parcels[[2]string{transfer, e.Asset}] = way
				}
				way.units += e.Quantity
				way.minor += cost
			}
			post(inventory, account, cost)
		case to && !from && e.From == accountIncoming && h.Kind == "ARRIVAL":
			if way == nil {
				in(0, false, accountDifference)
				break
			}
			if rest[e.Asset] == nil {
				all, part := arriving[e.Asset], way.minor
				if all < way.units {
					part = halves(way.minor*all, way.units)
				}
				rest[e.Asset] = &parcel{all, part}
				way.units = max(0, way.units-all)
				way.minor -= part
			}
			left := rest[e.Asset]
			part := left.minor - halves(left.minor*(left.units-e.Quantity), left.units)
			left.units -= e.Quantity
			left.minor -= part
			in(part, true, accountOnTheWay+transfer)
		case e.From == accountBuyer && e.To == accountShrinkage: // a carrier lost it, or it was kept: it came back, and went missing at the same cost
			of := m.lot(&lots)
			if !card.Known {
				break
			}
			cost := card.Unit * e.Quantity
			if of != nil {
				cost = halves(of.minor, of.units) * e.Quantity
			}
			post(accountSoldCost, inventory, cost)
			post(inventory, accountDifference, cost)
		case to && !from && e.From == accountBuyer:
			of := m.lot(&lots)
			if of == nil || !card.Known {
				in(0, false, accountSoldCost)
				break
			}
			in(halves(of.minor, of.units)*e.Quantity, true, accountSoldCost)
		case to && !from:
			account := map[string]string{accountTurnedUp: accountDifference}[e.From]
			if account != "" {
				in(0, false, account)
				break
			}
			unit, known := asked[e.Asset]
			in(unit*e.Quantity, known, accountReceived)
		case e.From == accountIncoming && e.To == accountShrinkage && way != nil:
			post(accountOnTheWay+transfer, accountDifference, way.minor)
			way.units, way.minor = 0, 0
		}
	}
	m.sold(h)
	if !maps.Equal(want, posted) {
		m.findAct(ruleCost, p, []string{h.Cause}, "at %s should post %s, and posted %s", h.Location, costText(want), costText(posted))
	}
}

// sold remembers what left for customers in an act, and at what cost.
func (m *valueModel) sold(h Header) {
	costs, units := map[string]int64{}, map[string]int64{}
	for _, e := range h.Entries {
		if sku, found := strings.CutPrefix(e.From, accountInventory); found && e.To == accountSoldCost {
			costs[sku] += e.Quantity
		}
		if e.To == accountBuyer {
			units[e.Asset] += e.Quantity
		}
	}
	if m.books.Orders == nil {
		return
	}
	for _, doc := range m.books.Orders.Papers {
		order := m.books.Orders.Orders[doc.order]
		if doc.transaction != h.ID || doc.returned != "" || doc.kind == fullReplacing || order == nil {
			continue
		}
		for _, l := range doc.lines {
			minor, known := costs[l.SKU]
			line := order.line(l.Line)
			if !known || l.SKU == "" || line == nil || firstText(line.location, doc.location) != h.Location {
				continue
			}
			key, n := lineOf{doc.order, l.Line}, l.Until-l.From
			if m.left[key] == nil {
				m.left[key] = &parcel{}
			}
			if all := units[l.SKU]; n < all {
				minor = halves(minor*n, all)
			}
			m.left[key].minor += minor
			m.left[key].units += n
		}
	}
}

// lotsBack are the lines of which goods came back in an act, in the order in which they stand in the books.
func (m *valueModel) lotsBack(h Header) (lots []lineOf) {
	id, found := strings.CutPrefix(h.Cause, "return/")
	if !found || m.books.Orders == nil || m.books.Orders.Returns[id] == nil {
		return nil
	}
	back := m.books.Orders.Returns[id]
	for _, l := range back.lines {
		if l.sku != "" {
			lots = append(lots, lineOf{back.order, l.line})
		}
	}
	return lots
}

// lot is what the next of some lots cost when it left with all of its line; nil: nobody knows.
func (m *valueModel) lot(lots *[]lineOf) *parcel {
	if len(*lots) == 0 {
		return nil
	}
	of := m.left[(*lots)[0]]
	*lots = (*lots)[1:]
	return of
}

// costText is what is posted, for people.
func costText(moves map[costMove]int64) string {
	var all []string
	for move, minor := range moves {
		all = append(all, fmt.Sprintf("%s -> %s %d", move.from, move.to, minor))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// onShelf tells whether units in an account are here.
func onShelf(account string) bool {
	return account != accountIncoming && (&Level{}).account(account) != nil
}
