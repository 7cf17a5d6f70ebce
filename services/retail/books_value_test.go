package retail

import (
	"math/big"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// paperWorth is what somebody who keeps an index card per shelf would write on it: how many are here, what they cost together,
// and what one cost.
type paperWorth struct {
	here, value, unit *big.Int
	currency          string
}

// onItsWay is what goods of a transfer cost that has not arrived.
type onItsWay struct {
	units, minor *big.Int
	currency     string
}

// ledgerOfValue is the cards of all shelves, and of what is under way by transfer and SKU.
type ledgerOfValue struct {
	cards map[Key]*paperWorth
	way   map[[2]string]*onItsWay
}

// rounded is a/b, halves away from zero, of numbers that are not negative.
func rounded(a, b *big.Int) *big.Int {
	twice := new(big.Int).Add(new(big.Int).Lsh(a, 1), b)
	return capped(twice.Quo(twice, new(big.Int).Lsh(b, 1)))
}

// capped is what can be counted of an amount.
func capped(n *big.Int) *big.Int {
	most := whole(1_000_000_000_000_000)
	if n.CmpAbs(most) <= 0 {
		return n
	}
	if n.Sign() < 0 {
		return new(big.Int).Neg(most)
	}
	return most
}

func whole(n int64) *big.Int       { return big.NewInt(n) }
func mul(a, b *big.Int) *big.Int   { return new(big.Int).Mul(a, b) }
func plus(a, b *big.Int) *big.Int  { return new(big.Int).Add(a, b) }
func minus(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }
func ofValue(account string) bool  { return slices.Contains(valueAccounts, group(account)) }
func (l ledgerOfValue) card(k Key) *paperWorth {
	if l.cards[k] == nil {
		l.cards[k] = &paperWorth{here: whole(0), value: whole(0), unit: whole(0)}
	}
	return l.cards[k]
}

// valueAccounts are the accounts of what goods cost.
var valueAccounts = []string{"inventory/", "goods_in_transit/", "goods_received", "cost_of_goods", "inventory_difference"}

// out takes units off a card and says what they cost.
func (p *paperWorth) out(units *big.Int) *big.Int {
	before, left := p.value, minus(p.here, units)
	p.here = left
	if p.currency == "" {
		return whole(0)
	}
	if left.Sign() > 0 {
		p.value = minus(before, rounded(mul(before, units), plus(left, units)))
		p.unit = rounded(p.value, left)
	} else {
		p.value = capped(mul(left, p.unit))
	}
	return minus(before, p.value)
}

// in adds units that cost so much together; nil: nobody knows. It says what is posted for them, and what beside.
func (p *paperWorth) in(units, cost *big.Int, currency string) (posted, beside *big.Int) {
	here := p.here
	p.here = plus(here, units)
	if cost != nil && cost.Sign() == 0 && p.currency == "" {
		cost = nil
	}
	if cost == nil {
		if p.currency == "" {
			return whole(0), whole(0)
		}
		cost, currency = capped(mul(units, p.unit)), p.currency
	}
	before, all := p.value, p.here
	switch {
	case all.Sign() <= 0:
		p.unit = rounded(cost, units)
		p.value = capped(mul(all, p.unit))
	case p.currency == "" || here.Sign() < 0: // all that are here cost what these do
		p.value = rounded(mul(cost, all), units)
		p.unit = rounded(p.value, all)
	default:
		p.value = capped(plus(before, cost))
		p.unit = rounded(p.value, all)
	}
	p.currency = currency
	return cost, minus(minus(p.value, before), cost)
}

// auditValue proves L11: it keeps the cards anew from what units moved, with what suppliers were paid as the books say, and compares
// every posting and every shelf.
func auditValue(t rapid.TB, headers []Header, rows map[Key]Row) {
	t.Helper()
	l := ledgerOfValue{cards: map[Key]*paperWorth{}, way: map[[2]string]*onItsWay{}}
	for len(headers) > 0 {
		act := 1
		for act < len(headers) && headers[act].ID == headers[0].ID {
			act++
		}
		books := slices.Clone(headers[:act])
		if books[0].Kind == KindArrival { // what is sent is taken off before it is put down
			slices.Reverse(books)
		}
		for _, h := range books {
			l.replay(t, h)
		}
		headers = headers[act:]
	}
	for key, row := range rows {
		level, ok := row.(Level)
		if !ok {
			continue
		}
		card := l.card(key)
		is := Worth{Currency: card.currency, ValueMinor: card.value.Int64(), UnitMinor: card.unit.Int64()}
		if level.Worth != is {
			t.Fatalf("L11: %s at %s is worth %+v, on its card %+v", level.SKU, level.Location, level.Worth, is)
		}
	}
	for _, row := range rows {
		if transfer, ok := row.(Transfer); ok {
			for _, line := range transfer.Lines {
				way := l.way[[2]string{transfer.ID.String(), line.SKU}]
				if way == nil && line.Cost.Minor != 0 || way != nil && (way.minor.Int64() != line.Cost.Minor || way.currency != line.Cost.Currency) {
					t.Fatalf("L11: %+v of transfer %s is on its way, on its card %+v", line, transfer.ID, way)
				}
			}
		}
	}
}

// replay compares what an act posted in one book with what its units say.
func (l ledgerOfValue) replay(t rapid.TB, h Header) {
	t.Helper()
	posted, want := map[[3]string]int64{}, map[[3]string]int64{}
	post := func(from, to, currency string, minor *big.Int) {
		if minor.Sign() < 0 {
			from, to, minor = to, from, new(big.Int).Neg(minor)
		}
		if minor.Sign() > 0 {
			want[[3]string{from, to, currency}] += minor.Int64()
		}
	}
	for _, e := range h.Entries {
		if ofValue(e.From) || ofValue(e.To) {
			posted[[3]string{e.From, e.To, e.Asset}] += e.Quantity
		}
	}
	entering := map[string]int64{}
	back := map[string][]Entry{} // what was posted for each lot that came from customers, in their order
	for _, e := range h.Entries {
		if sku, found := strings.CutPrefix(e.To, "inventory/"); found && e.From == "cost_of_goods" {
			back[sku] = append(back[sku], e)
		}
		if countsUnits(e.From) && !onShelf(e.From) && (onShelf(e.To) || e.From == "customer") {
			entering[e.Asset] += e.Quantity
		}
	}
	arriving := map[string][2]*big.Int{} // what is left of the units and the cost that arrive in this act
	transfer := strings.TrimPrefix(h.Cause, "transfer/")
	for _, e := range h.Entries {
		if !countsUnits(e.From) {
			continue
		}
		card, inventory, units := l.card(LevelKey(e.Location, e.Asset)), "inventory/"+e.Asset, whole(e.Quantity)
		way := l.way[[2]string{transfer, e.Asset}]
		switch from, to := onShelf(e.From), onShelf(e.To); {
		case from && !to:
			currency, account := card.currency, map[string]string{"customer": "cost_of_goods", "shrinkage": "inventory_difference"}[e.To]
			cost := card.out(units)
			if account == "" { // to another place, which takes it at its cost if it can
				account = "goods_in_transit/" + transfer
				taken := posted[[3]string{inventory, account, currency}] > 0
				if taken && way == nil {
					way = &onItsWay{whole(0), whole(0), currency}
					l.way[[2]string{transfer, e.Asset}] = way
				}
				if !taken {
					account = "inventory_difference"
				} else {
					way.units, way.minor = plus(way.units, units), plus(way.minor, cost)
				}
			}
			post(inventory, account, currency, cost)
		case to && !from && h.Kind == KindArrival:
			if way == nil {
				cost, beside := card.in(units, nil, "")
				post("inventory_difference", inventory, card.currency, cost)
				post("inventory_difference", inventory, card.currency, beside)
				continue
			}
			rest, begun := arriving[e.Asset]
			if !begun {
				all, part := whole(entering[e.Asset]), way.minor
				if all.Cmp(way.units) < 0 {
					part = rounded(mul(way.minor, all), way.units)
				}
				rest = [2]*big.Int{all, part}
				way.units, way.minor = minus(way.units, all), minus(way.minor, part)
				if way.units.Sign() < 0 {
					way.units = whole(0)
				}
			}
			part := rest[1]
			if units.Cmp(rest[0]) < 0 { // some whole, the others damaged: those take their share
				part = minus(rest[1], rounded(mul(rest[1], minus(rest[0], units)), rest[0]))
			}
			arriving[e.Asset] = [2]*big.Int{minus(rest[0], units), minus(rest[1], part)}
			_, beside := card.in(units, part, way.currency)
			post("goods_in_transit/"+transfer, inventory, way.currency, part)
			post("inventory_difference", inventory, way.currency, beside)
		case to && !from:
			account := map[string]string{"customer": "cost_of_goods", "supplier": "goods_received", "incoming": "goods_received"}[e.From]
			var cost *big.Int
			currency := ""
			if account == "" {
				account = "inventory_difference"
			} else {
				if card.currency != "" { // what comes without a cost posts one
					cost, currency = whole(0), card.currency
				}
				if lots := back[e.Asset]; e.From == "customer" && len(lots) > 0 {
					cost, currency, back[e.Asset] = whole(lots[0].Quantity), lots[0].Asset, lots[1:]
				}
				for move, minor := range posted {
					if e.From != "customer" && move[0] == account && move[1] == inventory {
						cost, currency = mul(whole(minor), units), move[2]
						cost.Quo(cost, whole(entering[e.Asset]))
					}
				}
			}
			cost, beside := card.in(units, cost, currency)
			post(account, inventory, card.currency, cost)
			post("inventory_difference", inventory, card.currency, beside)
		case !from && e.From == "customer": // a carrier lost it
			if lots := back[e.Asset]; len(lots) > 0 && card.currency != "" {
				post("cost_of_goods", inventory, lots[0].Asset, whole(lots[0].Quantity))
				post(inventory, "inventory_difference", lots[0].Asset, whole(lots[0].Quantity))
				back[e.Asset] = lots[1:]
			}
		case !from && e.To == "shrinkage" && way != nil:
			post("goods_in_transit/"+transfer, "inventory_difference", way.currency, way.minor)
			way.units, way.minor = whole(0), whole(0)
		}
	}
	if diff := difference(want, posted); diff != "" {
		t.Fatalf("L11: what a %s at %s posts of cost is not what its units cost (-units +posted):\n%s", h.Kind, h.Location, diff)
	}
}

// leftAt is what one unit of each line of an order cost when it left, by the documents of all that left so far.
func (s *shop) leftAt(order ID) []LeftAt {
	placed, found := s.rows[OrderKey(order)].(Order)
	if !found {
		return nil
	}
	var all []LeftAt
	for _, line := range placed.Lines {
		units, minor, currency := whole(0), whole(0), ""
		for _, doc := range placed.Documents {
			if !doc.Original.IsZero() {
				continue
			}
			act := s.rows[InvoiceKey(placed.Location, doc.Invoice)].(Invoice).Transaction
			of, cost, in := s.leftWith(act, line)
			for _, u := range doc.Units {
				if n := whole(u.Until - u.From); u.Line == line.Line && in != "" {
					part := cost
					if of.Cmp(n) > 0 {
						part = rounded(mul(cost, n), of)
					}
					units, minor, currency = plus(units, n), plus(minor, part), in
				}
			}
		}
		if currency != "" {
			all = append(all, LeftAt{line.Line, Cost{rounded(minor, units).Int64(), currency}})
		}
	}
	return all
}

// leftWith is how many units of the SKU of a line left its place in an act, and what they cost, in which currency; "": that was not known.
func (s *shop) leftWith(act ID, line OrderLine) (units, minor *big.Int, currency string) {
	units, minor = whole(0), whole(0)
	for _, h := range s.headers {
		if h.ID != act || h.Location != line.Location || line.SKU == "" {
			continue
		}
		for _, e := range h.Entries {
			switch {
			case e.To == "customer" && e.Asset == line.SKU:
				units = plus(units, whole(e.Quantity))
			case e.From == "inventory/"+line.SKU && e.To == "cost_of_goods":
				minor, currency = plus(minor, whole(e.Quantity)), e.Asset
			}
		}
	}
	return units, minor, currency
}

// onShelf tells whether an account is units that are here.
func onShelf(account string) bool {
	return slices.Contains([]string{"available", "held", "committed", "inspection", "damaged", "quarantine"}, account)
}
