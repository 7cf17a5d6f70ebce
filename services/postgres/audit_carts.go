package postgres

import (
	"encoding/json"

	"github.com/aisle-retail/aisle/services/retail"
)

// cartLed tells what an event says that a cart became: an order, or a part of another cart. One cart becomes many of them in its life, so
// that its row tells the last alone. A body that can't be read tells nothing, and is found to be so where its version is the last.
func cartLed(e *logged) (order, into retail.ID) {
	var cart retail.Cart
	body := &record{values: e.row.values, at: len(eventsTable.columns) - 1}
	if err := json.Unmarshal(body.next(), &cart); err != nil {
		return order, into
	}
	switch e.kind {
	case "CartConverted":
		order = cart.Order
	case "CartMerged":
		into = cart.Into
	}
	return order, into
}

// proveCarts proves that each cart is that of its owner, and that what was converted or merged left nothing behind (L1).
func proveCarts(a *audit, _ *snapshot, page []entity) (prove func(), err error) {
	return func() {
		for _, e := range page {
			cart := e.row.(retail.Cart)
			switch {
			case cart.ID != retail.CartID(cart.Owner):
				a.broken("L1", e.table, e.text, "it is not the cart of %s", cart.Owner)
			case cart.State != retail.CartOpen && len(cart.Lines) > 0:
				a.broken("L1", e.table, e.text, "it is %s, and something is in it", cart.State)
			case cart.Converted >= cart.Version || cart.Order.IsZero() != (cart.Converted == 0) ||
				cart.State == retail.CartConverted && cart.Converted != cart.Version-1:
				a.broken("L1", e.table, e.text, "it was converted as of version %d, and is %s as of version %d", cart.Converted, cart.State, cart.Version)
			case !cart.LeftAt.IsZero() && (cart.State == retail.CartMerged || cart.LeftAt.After(cart.RecordedAt) ||
				cart.State == retail.CartOpen && (len(cart.Lines) == 0 || !cart.LeftAt.Equal(cart.RecordedAt))):
				a.broken("L1", e.table, e.text, "it is %s with %d lines, and was left behind at %s", cart.State, len(cart.Lines), cart.LeftAt)
			case cart.Remind && len(cart.Lines) == 0:
				a.broken("L1", e.table, e.text, "nothing is in it, and somebody is to be reminded of it")
			case cart.State == retail.CartMerged && cart.Into.IsZero():
				a.broken("L1", e.table, e.text, "it was merged into no cart")
			}
		}
	}, nil
}
