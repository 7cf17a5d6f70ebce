package postgres

import (
	"encoding/json"
	"fmt"
	"maps"

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

// heldFor is whose hold an event says that it is.
func heldFor(e *logged) string {
	var hold retail.Hold
	body := &record{values: e.row.values, at: len(eventsTable.columns) - 1}
	if err := json.Unmarshal(body.next(), &hold); err != nil {
		return ""
	}
	return hold.Owner
}

// holdsOfCartsSQL reads what holds hold.
const holdsOfCartsSQL = `
select k.n, h.location, h.owner, h.expires_at, l.sku, l.quantity
from unnest($1::text[], $2::uuid[], $3::int8[]) as k(location, id, n)
join holds h on h.location = k.location and h.id = k.id
join hold_lines l on l.location = k.location and l.hold_id = k.id`

// heldOf is what is held for carts at positions, by the cart's place in the page, as its holds say.
type heldOf struct {
	units map[retail.Key]int64
	wrong string
}

func (s *snapshot) heldOf(page []entity) ([]heldOf, error) {
	keys := newRows([]column{{"location", "text"}, {"id", "uuid"}, {"n", "int8"}}, false)
	for i, e := range page {
		for _, hold := range e.row.(retail.Cart).Holds {
			keys.text(hold.Location).id(hold.Hold).int8(int64(i)).end()
		}
	}
	all := make([]heldOf, len(page))
	if keys.count == 0 {
		return all, nil
	}
	found, err := s.query(holdsOfCartsSQL, keys.params())
	for _, r := range found {
		n := r.int8()
		cart, of := page[n].row.(retail.Cart), &all[n]
		location, owner, until := r.text(), r.text(), r.time()
		if owner != retail.CartPrefix+cart.ID.String() || !until.Equal(cart.HeldUntil) {
			of.wrong = fmt.Sprintf("what is held for it at %s is held for %s until %s", location, owner, until)
		}
		if of.units == nil {
			of.units = map[retail.Key]int64{}
		}
		of.units[retail.LevelKey(location, r.text())] += r.int8()
	}
	return all, err
}

// proveHeld proves that a cart says of its lines what is held for them (L4). Whether it still is, the holds say.
func (a *audit) proveHeld(e entity, held heldOf) {
	cart := e.row.(retail.Cart)
	lines := map[retail.Key]int64{}
	for _, line := range cart.Lines {
		if line.Held < 0 || line.Held > line.Quantity || (line.Held == 0) != (line.HeldAt == "") {
			a.broken("L4", e.table, e.text, "%d of %d %s are held for it at %q", line.Held, line.Quantity, line.SKU, line.HeldAt)
		}
		if line.Held > 0 {
			lines[retail.LevelKey(line.HeldAt, line.SKU)] += line.Held
		}
	}
	switch {
	case held.wrong != "":
		a.broken("L4", e.table, e.text, "%s", held.wrong)
	case !maps.Equal(lines, held.units):
		a.broken("L4", e.table, e.text, "its lines say that %v is held for them, and its holds hold %v", lines, held.units)
	case (len(cart.Holds) == 0) != cart.HeldUntil.IsZero():
		a.broken("L4", e.table, e.text, "it has %d holds until %s", len(cart.Holds), cart.HeldUntil)
	}
}

// proveCarts proves that each cart is that of its owner, that what was converted or merged left nothing behind (L1), and that what is held
// for it is what its holds hold (L4).
func proveCarts(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	held, err := s.heldOf(page)
	if err != nil {
		return nil, err
	}
	return func() {
		for i, e := range page {
			a.proveHeld(e, held[i])
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
