package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

var channels = whole(retail.TableChannels, newTable("channels", 1, "code text", "name text", "kind text", "selling_location text",
	"locations text", "price_lists text", "hold_seconds int8", "safety_buffer int8", "retired bool", "recorded_at timestamptz",
	"version int8", "exposure text", "few_from int8", "many_from int8", "safety_basis_points int8", "sourcing text", "sourcing_locations text",
	"reroute text", "ship_to_store text", "carts_left_seconds int8",
	"cart_reminders bool", "cart_hold_seconds int8"), readChannel, writeChannel)

func writeChannel(r *rows, c retail.Channel) {
	var from *[]string
	if c.ShipToStore.Allowed {
		all := append([]string{}, c.ShipToStore.From...)
		from = &all
	}
	r.text(c.Code).text(c.Name).text(c.Kind).text(c.SellingLocation).text(toJSON(c.Locations)).text(toJSON(c.PriceLists)).
		int8(int64(c.HoldTime / time.Second)).int8(c.SafetyBuffer).bool(c.Retired).time(c.RecordedAt).int8(c.Version).
		textOrNull(string(c.Shows.Kind)).int8OrNull(c.Shows.FewFrom).int8OrNull(c.Shows.ManyFrom).int8OrNull(int64(c.SafetyBasisPoints)).
		textOrNull(string(c.Sourcing.Policy)).textOrNull(listOrNothing(c.Sourcing.Locations)).
		textOrNull(listOrNothing(c.Reroute))
	jsonOrNull(r, from).int8OrNull(int64(c.CartsLeftAfter / time.Second)).trueOrNull(c.CartReminders).
		int8OrNull(int64(c.CartHold / time.Second)).end()
}

func readChannel(r *record) (retail.Channel, error) {
	c := retail.Channel{Code: r.text(), Name: r.text(), Kind: r.text(), SellingLocation: r.text()}
	if err := r.json(&c.Locations); err != nil {
		return c, fmt.Errorf("locations of channel %s: %w", c.Code, err)
	}
	if err := r.json(&c.PriceLists); err != nil {
		return c, fmt.Errorf("price lists of channel %s: %w", c.Code, err)
	}
	c.HoldTime = time.Duration(r.int8()) * time.Second
	c.SafetyBuffer, c.Retired, c.RecordedAt, c.Version = r.int8(), r.bool(), r.time(), r.int8()
	c.Shows = retail.Exposure{Kind: retail.ExposureKind(r.text()), FewFrom: r.int8Or0(), ManyFrom: r.int8Or0()}
	c.SafetyBasisPoints = int32(r.int8Or0())
	c.Sourcing.Policy = retail.SourcingPolicy(r.text())
	if err := r.jsonOrNone(&c.Sourcing.Locations); err != nil {
		return c, fmt.Errorf("places that channel %s nominates: %w", c.Code, err)
	}
	if err := r.jsonOrNone(&c.Reroute); err != nil {
		return c, fmt.Errorf("how channel %s reroutes: %w", c.Code, err)
	}
	from, err := jsonOrNil[[]string](r)
	if err != nil {
		return c, fmt.Errorf("places that channel %s brings goods from: %w", c.Code, err)
	}
	if c.ShipToStore.Allowed = from != nil; from != nil && len(*from) > 0 {
		c.ShipToStore.From = *from
	}
	c.CartsLeftAfter = time.Duration(r.int8Or0()) * time.Second
	c.CartReminders = r.isTrue()
	c.CartHold = time.Duration(r.int8Or0()) * time.Second
	return c, nil
}

var channelColumns = prefixed(channels.table.columns)

var (
	channelByCode = readStatement("channel_by_code", `
select `+channelColumns+` from channels t where t.code = $1`)

	channelsAfter = readStatement("channels_after", `
select `+channelColumns+` from channels t where t.code > $1 order by t.code limit $2`)
)

// Channel returns a channel as this process last put it, or as it was at most a second ago.
func (db *DB) Channel(ctx context.Context, code string) (retail.Channel, bool, error) {
	return db.caches.channels.get(ctx, code, func(ctx context.Context) (retail.Channel, bool, error) {
		return db.ChannelNow(ctx, code)
	})
}

// ChannelNow returns a channel as it is.
func (db *DB) ChannelNow(ctx context.Context, code string) (retail.Channel, bool, error) {
	return one(ctx, db, channelByCode, readChannel, []byte(code))
}

// Channels returns channels by code, after one.
func (db *DB) Channels(ctx context.Context, after string, limit int) ([]retail.Channel, error) {
	return all(ctx, db, channelsAfter, readChannel, []byte(after), int8Param(int64(limit)))
}
