package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

var carts = whole(retail.TableCarts, newTable("carts", 1, "id uuid", "owner text", "state text", "channel text", "lines text",
	"order_id uuid", "converted int8", "merged_into uuid", "recorded_at timestamptz", "version int8", "left_at timestamptz", "remind bool",
	"holds text", "held_until timestamptz"), readCart, writeCart)

func writeCart(r *rows, c retail.Cart) {
	r.id(c.ID).text(c.Owner).text(string(c.State)).text(c.Channel).text(toJSON(c.Lines)).id(c.Order).int8OrNull(c.Converted).id(c.Into).
		time(c.RecordedAt).int8(c.Version).timeOrNull(c.LeftAt).trueOrNull(c.Remind)
	listOrNull(r, c.Holds).timeOrNull(c.HeldUntil).end()
}

func readCart(r *record) (retail.Cart, error) {
	c := retail.Cart{ID: r.id(), Owner: r.text(), State: retail.CartState(r.text()), Channel: r.text()}
	if err := r.json(&c.Lines); err != nil {
		return c, fmt.Errorf("lines of cart %s: %w", c.ID, err)
	}
	c.Order, c.Converted, c.Into, c.RecordedAt, c.Version, c.LeftAt = r.id(), r.int8Or0(), r.id(), r.time(), r.int8(), r.timeOrZero()
	c.Remind = r.isTrue()
	if err := r.jsonOrNone(&c.Holds); err != nil {
		return c, fmt.Errorf("holds of cart %s: %w", c.ID, err)
	}
	c.HeldUntil = r.timeOrZero()
	return c, nil
}

var cartByID = readStatement("cart_by_id", `select `+prefixed(carts.table.columns)+` from carts t where t.id = $1`)

// Cart returns a cart.
func (db *DB) Cart(ctx context.Context, id retail.ID) (retail.Cart, bool, error) {
	return one(ctx, db, cartByID, readCart, idParam(id))
}

// cartsLeft goes channel by channel: few wait for their carts, and the carts of those that do not may be any number.
var cartsLeft = readStatement("carts_left", `
select t.id, t.version, h.carts_left_seconds
from channels h
cross join lateral (
    select c.id, c.version from carts c
    where c.channel = h.code and c.state = 'OPEN' and c.left_at is null and c.lines <> 'null'
        and c.recorded_at <= clock_timestamp() - make_interval(secs => h.carts_left_seconds)
    order by c.recorded_at
    limit $1
) t
where h.carts_left_seconds > 0 and not h.retired`)

// LeftCart is a cart that nobody changed for as long as its channel waits.
type LeftCart struct {
	ID      retail.ID
	Version int64
	After   time.Duration
}

// LeftCarts returns carts that are left behind and of which nobody was told yet, at most so many of each channel.
func (db *DB) LeftCarts(ctx context.Context, limit int) ([]LeftCart, error) {
	return all(ctx, db, cartsLeft, func(r *record) (LeftCart, error) {
		return LeftCart{ID: r.id(), Version: r.int8(), After: time.Duration(r.int8()) * time.Second}, nil
	}, int8Param(int64(limit)))
}
