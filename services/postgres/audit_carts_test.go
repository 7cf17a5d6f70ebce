package postgres_test

import (
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// keeping holds what is in carts for an hour, and gives back what was held for them as they were seen last.
func (g *gambler) keeping(owners ...string) retail.CartKeeping {
	k := retail.CartKeeping{For: time.Hour}
	for _, place := range []string{"milan", "rome"} {
		k.Places = append(k.Places, retail.CartPlace{Location: place, Hold: ledger.NewID(), Methods: []retail.Method{retail.PickUp}})
		k.Positions = append(k.Positions, retail.LevelKey(place, "RED-42"))
	}
	for _, owner := range owners {
		for _, held := range g.held[owner] {
			k.Held = append(k.Held, retail.Hold{ID: held.Hold, Location: held.Location, Lines: []retail.Line{{SKU: "RED-42", Quantity: 1}}})
		}
	}
	return k
}

// saw remembers a cart as it became.
func (g *gambler) saw(cart retail.Cart) {
	g.carts = append(g.carts[len(g.carts)/2:], cart)
	g.held[cart.Owner] = cart.Holds
}
