package auditor

import (
	"slices"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// keeper says what somebody who promises must leave at a position. The zero keeper leaves nothing.
type keeper struct {
	shop    *Shop
	channel Channel
}

func (m *stockModel) keeper(channel string) keeper {
	c, found := m.shop.channel(channel)
	if !found {
		return keeper{}
	}
	return keeper{shop: &m.shop, channel: c}
}

// keeps is what must be left of a level for a method: by the first rule that there is. The article's at the place come before the
// place's, and the channel's own are the last; of several those that name the method come first, then those that name the channel.
func (k keeper) keeps(at Position, method string, l Level) int64 {
	if k.shop == nil {
		return 0
	}
	for _, name := range []Buffer{
		{SKU: at.SKU, Method: method, Channel: k.channel.Code}, {SKU: at.SKU, Method: method}, {SKU: at.SKU, Channel: k.channel.Code}, {SKU: at.SKU},
		{Method: method, Channel: k.channel.Code}, {Method: method}, {Channel: k.channel.Code}, {},
	} {
		name.Location = at.Location
		for _, b := range k.shop.Buffers {
			if b.Location == name.Location && b.SKU == name.SKU && b.Method == name.Method && b.Channel == name.Channel {
				return left(l, b.Units, b.BasisPoints)
			}
		}
	}
	return left(l, k.channel.SafetyBuffer, k.channel.SafetyBasisPoints)
}

// left is so many units, or that part of what is there to be sold where that is more; a part of a unit is a unit.
func left(l Level, units, basisPoints int64) int64 {
	here := l.Available + l.Held + l.Committed
	for part := units; ; part++ { // units are few here
		if part*10_000 >= here*basisPoints {
			return part
		}
	}
}

// sellable is what may be promised by all of some methods.
func (k keeper) sellable(at Position, methods []string, l Level) int64 {
	most := int64(0)
	for i, method := range methods {
		if keeps := k.keeps(at, method, l); i == 0 || keeps > most {
			most = keeps
		}
	}
	return max(0, l.Available-most)
}

// by adds a method to those of a demand.
func (d *demand) by(method string) {
	if !slices.Contains(d.methods, method) {
		d.methods = append(d.methods, method)
	}
}

// shown is what a channel says of sellable units to a key that is bound to it: nothing where it shows counts.
func (c Channel) shown(sellable int64) stockpb.StockBand {
	switch {
	case c.FewFrom == 0:
		return stockpb.StockBand_STOCK_BAND_UNSPECIFIED
	case sellable < c.FewFrom:
		return stockpb.StockBand_STOCK_BAND_NONE
	case sellable < c.ManyFrom:
		return stockpb.StockBand_STOCK_BAND_FEW
	}
	return stockpb.StockBand_STOCK_BAND_MANY
}
