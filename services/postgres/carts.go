package postgres

import (
	"context"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var carts = whole(retail.TableCarts, newTable("carts", 1, "id uuid", "owner text", "state text", "channel text", "lines text",
	"order_id uuid", "converted int8", "merged_into uuid", "recorded_at timestamptz", "version int8"), readCart, writeCart)

func writeCart(r *rows, c retail.Cart) {
	r.id(c.ID).text(c.Owner).text(string(c.State)).text(c.Channel).text(toJSON(c.Lines)).id(c.Order).int8OrNull(c.Converted).id(c.Into).
		time(c.RecordedAt).int8(c.Version).end()
}

func readCart(r *record) (retail.Cart, error) {
	c := retail.Cart{ID: r.id(), Owner: r.text(), State: retail.CartState(r.text()), Channel: r.text()}
	if err := r.json(&c.Lines); err != nil {
		return c, fmt.Errorf("lines of cart %s: %w", c.ID, err)
	}
	c.Order, c.Converted, c.Into, c.RecordedAt, c.Version = r.id(), r.int8Or0(), r.id(), r.time(), r.int8()
	return c, nil
}

var cartByID = readStatement("cart_by_id", `select `+prefixed(carts.table.columns)+` from carts t where t.id = $1`)

// Cart returns a cart.
func (db *DB) Cart(ctx context.Context, id retail.ID) (retail.Cart, bool, error) {
	return one(ctx, db, cartByID, readCart, idParam(id))
}
