package retail

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// CartState is what became of a cart last.
type CartState string

// The states of a cart. One that was converted or merged is empty, and open again once something is put into it.
const (
	CartOpen      CartState = "OPEN"
	CartConverted CartState = "CONVERTED"
	CartMerged    CartState = "MERGED"
)

const (
	// CartPrefix begins the cause and the subject of what is done to a cart.
	CartPrefix = "cart/"

	// cartLinesMax is how many lines a cart has at most, and cartUnitsMax how many units a line.
	cartLinesMax = 200
	cartUnitsMax = 1_000_000
)

// Cart is what somebody means to buy, in whatever channel. It has no prices: those are asked for when somebody looks.
//
// An owner has one cart for good, whose id follows from who it is: so nobody has two, and it is found without being looked up.
type Cart struct {
	ID ID `json:"id"`
	// Owner is a CartOwner.
	Owner   string     `json:"owner"`
	State   CartState  `json:"state"`
	Channel string     `json:"channel"`
	Lines   []CartLine `json:"lines"`
	// Order is what it was last converted to, and Converted its version when it was.
	Order     ID    `json:"order,omitzero"`
	Converted int64 `json:"converted,omitempty"`
	// Into is the cart that it was last merged into.
	Into ID `json:"into,omitzero"`
	// LeftAt is when it was left behind, with what is in it or what became an order since; zero: it was not.
	LeftAt time.Time `json:"left_at,omitzero"`
	// Remind is true where the shopper agreed to be reminded of what is in it. It ends with what is in it.
	Remind bool `json:"remind,omitempty"`
	// Holds are what is held of it, one at each place, and HeldUntil until when; none: nothing. A hold may end before, or be taken up.
	Holds      []CartHold `json:"holds,omitempty"`
	HeldUntil  time.Time  `json:"held_until,omitzero"`
	RecordedAt time.Time  `json:"recorded_at"`
	Version    int64      `json:"version"`
}

// CartLine is one line of a cart.
type CartLine struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
	Method   Method `json:"method"`
	// Location is where it is collected or sent from; empty: where it is sold.
	Location string `json:"location,omitempty"`
	Note     string `json:"note,omitempty"`
	// From is the place whose stock it takes, to be collected at Location; empty: Location's own.
	From string `json:"from_location,omitempty"`
	// Held is how many units are held for it, and HeldAt where; 0: none.
	Held   int64  `json:"held,omitempty"`
	HeldAt string `json:"held_at,omitempty"`
}

// The owners of carts begin with what they are.
const (
	cartOfCustomer = "customer/"
	cartOfDevice   = "device/"
)

// CartOfCustomer is a customer as the owner of a cart.
func CartOfCustomer(customer ID) string { return cartOfCustomer + customer.String() }

// CartOfDevice is a device as the owner of a cart. Its token is kept nowhere.
func CartOfDevice(token string) string {
	hash := sha256.Sum256([]byte(token))
	return cartOfDevice + hex.EncodeToString(hash[:])
}

// CartID is the id of an owner's cart.
func CartID(owner string) ID {
	hash := sha256.Sum256([]byte("aisle/" + CartPrefix + owner))
	return ID(hash[:16])
}

// CartKey names a cart.
func CartKey(id ID) Key { return Key{Table: TableCarts, ID: id} }

// NewCart is the cart of an owner who never had one.
func NewCart(owner string) Cart { return Cart{ID: CartID(owner), Owner: owner, State: CartOpen} }

// Key names the cart.
func (c Cart) Key() Key { return CartKey(c.ID) }

// LastRecorded is when the cart was last changed.
func (c Cart) LastRecorded() time.Time { return c.RecordedAt }

// Customer is whose cart it is; absent: a device's.
func (c Cart) Customer() ID {
	customer, found := strings.CutPrefix(c.Owner, cartOfCustomer)
	if !found {
		return ID{}
	}
	id, _ := ParseID(customer) // we wrote it
	return id
}

func (c Cart) subject() string { return CartPrefix + c.ID.String() }

// cartNow returns the cart of an owner as it is.
func cartNow(s State, owner string) Cart {
	if cart, found := lookup[Cart](s, CartKey(CartID(owner))); found {
		return cart
	}
	return NewCart(owner)
}

// changed is the cart after a change, and the event that tells of it.
func (c Cart) changed(event, channel string, now time.Time) (Cart, Event) {
	c.Channel, c.RecordedAt = channel, now
	c.Version++
	return c, Event{Kind: event, Shard: c.ID.String(), Subject: c.subject(), Version: c.Version, Body: c}
}

// emptied is the cart after what was in it went elsewhere.
func (c Cart) emptied(as CartState) Cart {
	c.State, c.Lines, c.Remind, c.Holds, c.HeldUntil = as, nil, false, nil, time.Time{}
	return c
}

// alike tells whether two lines differ in nothing but their quantities, and how much of them is held.
func (l CartLine) alike(other CartLine) bool {
	l.Quantity, l.Held, l.HeldAt = other.Quantity, other.Held, other.HeldAt
	return l == other
}

// addLines adds lines to lines; those that are alike become one. The rest stand in the order given.
func addLines(lines, more []CartLine) []CartLine {
	lines = slices.Clone(lines)
	for _, line := range more {
		if at := slices.IndexFunc(lines, line.alike); at >= 0 {
			lines[at].Quantity += line.Quantity
		} else {
			lines = append(lines, line)
		}
	}
	return lines
}

// stock is the place whose stock it takes; empty: where it is sold, or that of whom the channel chooses.
func (l CartLine) stock() string { return cmp.Or(l.From, l.Location) }

// brought refuses lines that are brought and not collected, or from where they are collected.
func brought(lines []CartLine) error {
	for i, line := range lines {
		if line.From != "" && (line.Method != PickUp || line.From == line.Location) {
			return RefuseField(InvalidRequest, fmt.Sprintf("lines[%d].from_location", i), "what is brought from %s is collected elsewhere", line.From)
		}
	}
	return nil
}

// fits refuses more than a cart may hold; field is the request's.
func fits(lines []CartLine, field string) error {
	if len(lines) > cartLinesMax {
		return RefuseField(QuantityTooLarge, field, "a cart has %d lines at most, and this would have %d", cartLinesMax, len(lines))
	}
	for _, line := range lines {
		if line.Quantity > cartUnitsMax {
			return RefuseField(QuantityTooLarge, field, "a cart has %d units of %s at most, and this would have %d", cartUnitsMax, line.SKU, line.Quantity)
		}
	}
	return nil
}

// seen refuses a version of a cart that is not what it is. That a cart was left behind changes nothing that anybody saw of it.
func (c Cart) seen(version int64, field string) error {
	if version == c.Version || c.leftAs(version) {
		return nil
	}
	return RefuseField(CartChanged, field, "the cart was changed meanwhile: it is of version %d, not %d", c.Version, version).With("version", c.Version)
}

// leftAs tells whether the cart was left behind as of a version, and is since as it was then.
func (c Cart) leftAs(version int64) bool {
	return c.State == CartOpen && !c.LeftAt.IsZero() && version == c.Version-1
}

// convertedAs tells whether the cart was converted as of a version, left behind meanwhile or not.
func (c Cart) convertedAs(version int64) bool {
	return version > 0 && (c.Converted == version || !c.LeftAt.IsZero() && c.State == CartConverted && c.Converted == version+1)
}

// PutCart replaces all that is in a cart.
type PutCart struct {
	Transaction ID
	// Owner is a CartOwner.
	Owner   string
	Channel string
	// Lines are all of it.
	Lines []CartLine
	// Seen is true where the caller saw the cart, as of Version; otherwise whatever is there is replaced.
	Seen    bool
	Version int64
	// Remind is true where the shopper agrees to be reminded of it, and Contact where she says how, which is kept beside the books.
	Remind, Contact bool
	// Keep is how it is held.
	Keep CartKeeping
}

// Keys are the cart, its holds, and the positions where it is held and was.
func (c PutCart) Keys() []Key { return append([]Key{CartKey(CartID(c.Owner))}, c.Keep.keys()...) }

// Decide refuses a cart that changed since the caller saw it, more than a cart may hold, and to remind somebody who never said how.
func (c PutCart) Decide(s State, now time.Time) (Change, Cart, error) {
	cart := cartNow(s, c.Owner)
	if c.Seen {
		if err := cart.seen(c.Version, "version"); err != nil {
			return Change{}, Cart{}, err
		}
	}
	if err := brought(c.Lines); err != nil {
		return Change{}, Cart{}, err
	}
	lines := addLines(nil, c.Lines)
	if err := fits(lines, "lines"); err != nil {
		return Change{}, Cart{}, err
	}
	if c.Remind && len(lines) > 0 && !c.Contact && !cart.Remind {
		return Change{}, Cart{}, RefuseField(InvalidRequest, "contact", "say how she is reminded, by e-mail or by phone: nobody is reminded without a contact")
	}
	// Nothing below this line can fail.
	cart.State, cart.Lines, cart.LeftAt, cart.Remind = CartOpen, lines, time.Time{}, c.Remind && len(lines) > 0
	cart, keep := c.Keep.rehold(s, cart, cart.Holds, c.Channel, now)
	cart, event := cart.changed("CartChanged", c.Channel, now)
	return keep.into(cartChange(c.Transaction, cart, []Row{cart}, event)), cart, nil
}

// MergeCarts puts what is in a device's cart into a customer's.
type MergeCarts struct {
	Transaction ID
	// Device and Customer are the owners of the two.
	Device, Customer string
	Channel          string
	// Keep is how what is in both is held.
	Keep CartKeeping
}

// Keys are both carts, their holds, and the positions where they are held and were.
func (c MergeCarts) Keys() []Key {
	return append([]Key{CartKey(CartID(c.Customer)), CartKey(CartID(c.Device))}, c.Keep.keys()...)
}

// Decide refuses a device's cart with nothing in it, and more than a cart may hold.
func (c MergeCarts) Decide(s State, now time.Time) (Change, Cart, error) {
	from, into := cartNow(s, c.Device), cartNow(s, c.Customer)
	if len(from.Lines) == 0 {
		return Change{}, Cart{}, RefuseField(CartEmpty, "device", "nothing is in the cart of the device")
	}
	lines := addLines(into.Lines, from.Lines)
	if err := fits(lines, "device"); err != nil {
		return Change{}, Cart{}, err
	}
	if !c.Keep.planned(lines) {
		return Change{}, Cart{}, ErrStale
	}
	// Nothing below this line can fail.
	into.State, into.Lines, into.LeftAt, from.LeftAt = CartOpen, lines, time.Time{}, time.Time{}
	into, keep := c.Keep.rehold(s, into, slices.Concat(into.Holds, from.Holds), c.Channel, now)
	into, changed := into.changed("CartChanged", c.Channel, now)
	from = from.emptied(CartMerged)
	from.Into = into.ID
	from, merged := from.changed("CartMerged", c.Channel, now)
	return keep.into(cartChange(c.Transaction, into, []Row{into, from}, changed, merged)), into, nil
}

// LeaveCart says of a cart with something in it that nobody changed it for as long as its channel waits: it is left behind, which is told
// once, until somebody changes it again.
type LeaveCart struct {
	Transaction ID
	Cart        ID
	Version     int64
	// After is how long its channel waits.
	After time.Duration
}

// Keys are the cart.
func (c LeaveCart) Keys() []Key { return []Key{CartKey(c.Cart)} }

// Decide is stale where somebody changed the cart meanwhile, or it is not time yet.
func (c LeaveCart) Decide(s State, now time.Time) (Change, Cart, error) {
	cart, found := lookup[Cart](s, CartKey(c.Cart))
	if !found || cart.Version != c.Version || cart.State != CartOpen || len(cart.Lines) == 0 || !cart.LeftAt.IsZero() ||
		c.After <= 0 || now.Before(cart.RecordedAt.Add(c.After)) {
		return Change{}, Cart{}, ErrStale
	}
	// Nothing below this line can fail.
	cart.LeftAt = now
	cart, event := cart.changed("CartAbandoned", cart.Channel, now)
	return cartChange(c.Transaction, cart, []Row{cart}, event), cart, nil
}

// cartChange is what is done to a cart. It happens at no place.
func cartChange(transaction ID, about Cart, rows []Row, events ...Event) Change {
	return Change{
		ID: transaction, Kind: KindCart, Place: HeadOffice, Channel: about.Channel, Cause: about.subject(), Rows: rows, Events: events,
	}
}

// CartRef names a cart that an order converts, as the caller saw it.
type CartRef struct {
	Owner   string
	Version int64
	// Holds are what is held of it.
	Holds []CartHold
}

// basketLinesMax is how many lines a basket has at most, with those of its cart.
const basketLinesMax = 500

// Converting adds what is in the cart to the basket. It refuses a cart that was converted as it was seen, telling the order, that
// changed since, or that is empty.
func (b Basket) Converting(cart Cart) (Basket, error) {
	if cart.convertedAs(b.Cart.Version) {
		return b, RefuseField(CartOrdered, "cart", "the cart was converted to order %s", cart.Order).With("order", cart.Order)
	}
	if err := cart.seen(b.Cart.Version, "cart.version"); err != nil {
		return b, err
	}
	if len(cart.Lines) == 0 {
		return b, RefuseField(CartEmpty, "cart", "nothing is in the cart")
	}
	if len(b.Lines)+len(cart.Lines) > basketLinesMax {
		return b, RefuseField(InvalidRequest, "lines", "an order has %d lines at most, with those of the cart", basketLinesMax)
	}
	b.Cart = &CartRef{Owner: b.Cart.Owner, Version: cart.Version, Holds: cart.Holds}
	b.Lines = slices.Clone(b.Lines)
	for _, line := range cart.Lines {
		b.Lines = append(b.Lines, BasketItem{
			Item: ItemRef{SKU: line.SKU}, Quantity: line.Quantity, Method: line.Method, Location: line.Location, From: line.From,
			Note: line.Note,
		})
	}
	return b, nil
}

// converts is the cart that an order converts, of version 0 where it does none. Where it changed since its lines were read, the order is
// stale.
func (c PlaceOrder) converts(s State) (Cart, error) {
	if c.Cart == nil {
		return Cart{}, nil
	}
	cart := cartNow(s, c.Cart.Owner)
	if cart.Version != c.Cart.Version {
		return cart, ErrStale
	}
	return cart, nil
}

// convertCart empties the cart that became the order.
func (p placing) convertCart(d *deal) {
	if p.cart.Version == 0 {
		return
	}
	cart := p.cart.emptied(CartConverted)
	cart.Order, cart.Converted = d.order.ID, cart.Version
	cart, event := cart.changed("CartConverted", p.command.Channel, d.now)
	d.rows, d.events = append(d.rows, cart), append(d.events, event)
}
