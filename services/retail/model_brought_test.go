package retail

import "pgregory.net/rapid"

// wayFor is the transfer that brings what a line takes of another place's stock.
func (s *trial) wayFor(c *PlaceOrder, paper *paperOrder, l *paperLine, to string) *paperTransfer {
	var way *paperTransfer
	for _, other := range paper.ways {
		if other.from == l.from && other.to == to {
			way = other
		}
	}
	if way == nil {
		way = &paperTransfer{id: s.mint(), from: l.from, to: to, asked: true, order: paper}
		paper.ways = append(paper.ways, way)
		c.Transfers = append(c.Transfers, Transfer{ID: way.id, From: way.from, To: way.to})
	}
	for i := range way.lines {
		if way.lines[i].SKU == l.sku {
			way.lines[i].Quantity += l.quantity
			return way
		}
	}
	way.lines = append(way.lines, Line{l.sku, l.quantity})
	return way
}

// waits tells whether something that is handed over together is not there yet.
func (o *paperOrder) waits(w *paperWork) bool {
	for _, l := range o.lines {
		if l.work == w && l.away+l.coming > 0 {
			return true
		}
	}
	return false
}

// giveUp cancels units of a line, at most so many of those on their way, and says how many of them are on which shelf.
func (l *paperLine) giveUp(units, onTheWay int64) (place string, here int64) {
	l.cancelled += units
	if l.away > 0 {
		l.away -= units
		return l.from, units
	}
	onTheWay = min(onTheWay, units, l.coming)
	l.coming -= onTheWay
	return l.place, units - onTheWay
}

// retract takes back what was asked for and is not wanted any more.
func (o *paperOrder) retract() {
	for _, way := range o.ways {
		wanted := int64(0)
		for _, l := range o.lines {
			if l.way == way {
				wanted += l.away
			}
		}
		if way.asked && wanted == 0 {
			way.asked, way.refused = false, true
		}
	}
}

// of is what an order wants of one SKU of what is brought: what is away, and what is on its way.
func (p *paperTransfer) of(sku string) (away, coming int64) {
	for _, l := range p.order.lines {
		if l.way == p && l.sku == sku {
			away, coming = away+l.away, coming+l.coming
		}
	}
	return away, coming
}

// bring sends what an order asked for, or wants to send something else.
func (s *trial) bring(t *rapid.T, paper *paperTransfer, c ShipTransfer) {
	c.Order = paper.order.id
	sent := map[string]int64{}
	beyond, other := false, false
	if c.Whole = rapid.IntRange(0, 3).Draw(t, "all of it") > 0; c.Whole {
		for _, l := range paper.lines {
			c.Lines = append(c.Lines, l)
			sent[l.SKU], _ = paper.of(l.SKU)
		}
	} else {
		for _, l := range paper.lines {
			away, _ := paper.of(l.SKU)
			n := rapid.SampledFrom([]int64{away, away, away, max(1, away-1), l.Quantity, l.Quantity + 1}).Draw(t, l.SKU+" is sent")
			if n > 0 {
				c.Lines = append(c.Lines, Line{l.SKU, n})
			}
			sent[l.SKU] = n
			beyond, other = beyond || n > l.Quantity, other || n != away
		}
	}
	_, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(!paper.asked, TransferNotRequested), reasonIf(paper.asked && beyond, TransferBeyond),
		reasonIf(paper.asked && !beyond && other, TransferPromised)) {
		return
	}
	paper.asked, paper.currency = false, c.Currency
	for i := range paper.lines {
		l := &paper.lines[i]
		l.Quantity = sent[l.SKU]
		s.shelf(c.From, l.SKU).committed -= l.Quantity
		s.shelf(c.To, l.SKU).incoming += l.Quantity
	}
	for _, l := range paper.order.lines {
		if l.way == paper {
			l.away, l.coming = 0, l.away
		}
	}
}

// paperLot is what an order gets of what arrives, and waits for in vain.
type paperLot struct{ kept, lacked int64 }

func (p *paperTransfer) lot(l Line, whole, damaged int64, closes bool) paperLot {
	_, coming := p.of(l.SKU)
	lot := paperLot{kept: min(whole, coming)}
	left := l.Quantity - whole - damaged
	if closes || left < 0 {
		left = 0
	}
	if still := coming - lot.kept; still > left {
		lot.lacked = still - left
	}
	return lot
}

// gets gives an order units that do not come any more, or are there, the first line first.
func (p *paperTransfer) gets(sku string, units int64) {
	if p.order == nil {
		return
	}
	for _, l := range p.order.lines {
		if l.way == p && l.sku == sku {
			n := min(units, l.coming)
			l.coming, units = l.coming-n, units-n
		}
	}
}
