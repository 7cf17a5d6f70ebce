package retail

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The kinds of channel that rules tell apart: the goods are in the customer's hand.
const (
	ChannelTill         = "TILL"
	ChannelSelfCheckout = "SELF_CHECKOUT"
)

// Channel is a way to sell. Till, site, app, phone line and marketplace differ only in this row.
type Channel struct {
	// Code is the retailer's own: an identity that never changes.
	Code string `json:"code"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	// SellingLocation is in whose book its sales are posted; empty: the location that the order names.
	SellingLocation string `json:"selling_location"`
	// Locations are those it may promise stock from; none: all.
	Locations []string `json:"locations"`
	// PriceLists are those it sells from, at most one per currency.
	PriceLists []string `json:"price_lists"`
	// HoldTime is how long a hold lasts where the request does not say, in whole seconds.
	HoldTime time.Duration `json:"hold_time_ns"`
	// SafetyBuffer is units per position that it may not promise, where no rule says otherwise (see Buffers).
	SafetyBuffer int64 `json:"safety_buffer"`
	// SafetyBasisPoints is the part of a position that it may not promise, as in Buffer. The larger of the two is kept.
	SafetyBasisPoints int32 `json:"safety_basis_points,omitempty"`
	// Shows is how exactly it shows stock to the keys that are bound to it.
	Shows Exposure `json:"shows,omitzero"`
	// Sourcing is how it chooses the place that sends what none was named for.
	Sourcing Sourcing `json:"sourcing,omitzero"`
	// Reroute is how what a place turns out not to have is handed over instead, the best first; none: it is paid back.
	Reroute []Method `json:"reroute,omitempty"`
	// ShipToStore is whether shoppers collect at one place what another one has.
	ShipToStore ShipToStore `json:"ship_to_store,omitzero"`
	// CartsLeftAfter is how long a cart is not changed until it is left behind, in whole seconds; 0: none ever is.
	CartsLeftAfter time.Duration `json:"carts_left_after_ns,omitempty"`
	// CartReminders is true where shoppers who agreed to it are reminded of carts that they left behind.
	CartReminders bool `json:"cart_reminders,omitempty"`
	// CartHold is how long what is in a cart is held after each change, in whole seconds; 0: it is not.
	CartHold time.Duration `json:"cart_hold_ns,omitempty"`
	// Retired is true where it takes no new orders and holds.
	Retired    bool      `json:"retired"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
}

// ChannelKey names a channel.
func ChannelKey(code string) Key { return Key{Table: TableChannels, Code: code} }

// Key names the channel.
func (c Channel) Key() Key { return ChannelKey(c.Code) }

// LastRecorded is when the channel was last put.
func (c Channel) LastRecorded() time.Time { return c.RecordedAt }

// Promises tells whether the channel may promise stock from a location.
func (c Channel) Promises(location string) bool {
	return len(c.Locations) == 0 || slices.Contains(c.Locations, location)
}

// MayServe tells whether the channel may promise goods from a location by a method: no customer walks into a warehouse.
func (c Channel) MayServe(l Location, method Method) bool {
	walksIn := method == PickUp || method == CarryOut
	return l.Trades() && c.Promises(l.Code) && !(walksIn && l.Kind == Warehouse)
}

// AtTill tells whether its sales are facts: the goods are in the customer's hand before anybody is asked.
func (c Channel) AtTill() bool { return c.Kind == ChannelTill || c.Kind == ChannelSelfCheckout }

// Open refuses new orders and holds of a retired channel.
func (c Channel) Open() error {
	if c.Retired {
		return RefuseField(ChannelRetired, "channel", "channel %s takes no new orders and holds", c.Code).With("channel", c.Code)
	}
	return nil
}

// maySell refuses new orders of a retired channel, and those in the book of a location that is not the one it sells at. It need not promise
// stock from that one: each line says where its goods come from. A till hands over what it sells there, and promises it.
func (c Channel) maySell(location string) error {
	if err := c.Open(); err != nil {
		return err
	}
	if s := c.SellingLocation; s != "" && s != location {
		return RefuseField(LocationNotServed, "location", "channel %s sells at %s, not at %s", c.Code, s, location)
	}
	if c.SellingLocation != "" && !c.AtTill() {
		return nil
	}
	return c.mayServe(location, "location")
}

// toldMax is how many places a refusal names that something may be had from.
const toldMax = 5

// mayServe refuses new orders and holds of a retired channel, and those at a location that the channel may not promise
// stock from; field is the request's for the location.
func (c Channel) mayServe(location, field string) error {
	if err := c.Open(); err != nil {
		return err
	}
	if !c.Promises(location) {
		from := strings.Join(c.Locations[:min(toldMax, len(c.Locations))], ", ")
		if len(c.Locations) > toldMax {
			from += ", ..."
		}
		return RefuseField(LocationNotServed, field, "channel %s may not promise stock from %s: name a place that it may promise from (%s)",
			c.Code, location, from).With("channel", c.Code).With("location", location)
	}
	return nil
}

// PutChannel creates a channel or replaces all that is known of it.
type PutChannel struct {
	Transaction ID
	Channel     Channel
	// UnknownLocations are those of the channel's that the handler did not find. A channel may name every place there is,
	// and a location that is there stays there, so that none of them is locked for it.
	UnknownLocations []string
}

// Keys are the channel and its price lists.
func (c PutChannel) Keys() []Key {
	keys := make([]Key, 0, len(c.Channel.PriceLists)+1)
	keys = append(keys, c.Channel.Key())
	for _, list := range c.Channel.PriceLists {
		keys = append(keys, PriceListKey(list))
	}
	return keys
}

// Decide refuses locations and price lists that are not there, and two lists of one currency: which of the two would price
// an order?
func (c PutChannel) Decide(s State, now time.Time) (Change, Channel, error) {
	channel := c.Channel
	if err := c.checkLocations(); err != nil {
		return Change{}, Channel{}, err
	}
	if err := c.checkPriceLists(s); err != nil {
		return Change{}, Channel{}, err
	}
	before, _ := lookup[Channel](s, channel.Key())
	// Nothing below this line can fail.
	channel.Version, channel.RecordedAt = before.Version+1, now
	return put(c.Transaction, "ChannelPut", "channel/"+channel.Code, channel.Code, channel.Version, channel), channel, nil
}

func (c PutChannel) checkLocations() error {
	if len(c.UnknownLocations) == 0 {
		return nil
	}
	unknown := c.UnknownLocations[0]
	field := "channel.selling_location"
	if at := slices.Index(c.Channel.Locations, unknown); at >= 0 {
		field = fmt.Sprintf("channel.locations[%d]", at)
	} else if at := slices.Index(c.Channel.Sourcing.Locations, unknown); at >= 0 && unknown != c.Channel.SellingLocation {
		field = fmt.Sprintf("channel.sourcing.locations[%d]", at)
	} else if at := slices.Index(c.Channel.ShipToStore.From, unknown); at >= 0 && unknown != c.Channel.SellingLocation {
		field = fmt.Sprintf("channel.ship_to_store.from_locations[%d]", at)
	}
	return RefuseField(UnknownLocation, field, "there is no location %s", unknown).With("location", unknown)
}

func (c PutChannel) checkPriceLists(s State) error {
	listIn := make(map[string]string, len(c.Channel.PriceLists)) // by currency
	for i, code := range c.Channel.PriceLists {
		field := fmt.Sprintf("channel.price_lists[%d]", i)
		list, found := lookup[PriceList](s, PriceListKey(code))
		if !found {
			return RefuseField(UnknownPriceList, field, "there is no price list %s", code).With("price_list", code)
		}
		if other, taken := listIn[list.Currency]; taken {
			return RefuseField(InvalidRequest, field, "%s and %s are both in %s", other, code, list.Currency)
		}
		listIn[list.Currency] = code
	}
	return nil
}
