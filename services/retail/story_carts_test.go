package retail

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// cartOwner reads whose cart is meant: anna, or device PHONE.
func (s *story) cartOwner(w *words) string {
	s.Helper()
	if w.take("device") {
		return CartOfDevice(w.next())
	}
	return CartOfCustomer(s.id(w.next()))
}

// cart is an owner's cart, which is about to be moved on by an act.
func (s *story) cart(owner, act string) Cart {
	cart, found := s.shop.rows[CartKey(CartID(owner))].(Cart)
	state := "NONE"
	if found {
		state = string(cart.State)
	} else {
		cart = NewCart(owner)
	}
	s.moved["cart "+state+" "+act] = true
	return cart
}

// version reads "v2".
func (s *story) version(w *words) int64 {
	s.Helper()
	text := w.next()
	version, err := strconv.ParseInt(strings.TrimPrefix(text, "v"), 10, 64)
	if err != nil {
		s.fail("%q is not a version", text)
	}
	return version
}

func cartFacts(c Cart, err error) (map[string]string, error) {
	if err != nil {
		return nil, err
	}
	facts := map[string]string{"state": string(c.State), "version": fmt.Sprint(c.Version), "lines": fmt.Sprint(len(c.Lines)), "channel": c.Channel, "left": fmt.Sprint(!c.LeftAt.IsZero()), "remind": fmt.Sprint(c.Remind)}
	facts["held_until"] = "never"
	if !c.HeldUntil.IsZero() {
		facts["held_until"] = c.HeldUntil.Sub(c.RecordedAt).String()
	}
	for i, line := range c.Lines {
		facts[fmt.Sprintf("held[%d]", i)] = fmt.Sprint(line.Held)
		facts[fmt.Sprintf("lines[%d]", i)] = fmt.Sprintf("%s:%d:%s:%s", line.SKU, line.Quantity, line.Method, line.Location)
	}
	return facts, nil
}

// fill anna in WEB seen v1 remind, or fill device PHONE in WEB: all that is in the cart stands below, as in an order. "remind unsaid" does not
// say how.
func (s *story) fill(w *words, told telling) (map[string]string, error) {
	c := PutCart{Transaction: s.shop.mint(), Owner: s.cartOwner(w)}
	if !w.take("in") {
		s.fail("a cart is filled in a channel")
	}
	c.Channel = w.next()
	if w.take("seen") {
		c.Seen, c.Version = true, s.version(w)
	}
	if c.Remind = w.take("remind"); c.Remind {
		c.Contact = !w.take("unsaid")
	}
	for i, line := range told.lines {
		item := s.item(line, fmt.Sprintf("lines[%d]", i))
		c.Lines = append(c.Lines, CartLine{SKU: item.Item.SKU, Quantity: item.Quantity, Method: item.Method, Location: item.Location, From: item.From})
	}
	c.Keep = s.keeping(w, c.Channel, c.Lines, s.cart(c.Owner, "fill"))
	return cartFacts(submit(s, s.shop, c))
}

// keeping reads "kept for 10m", or "kept for 10m where it is sold": how what is in carts is held, by the channel's buffers.
func (s *story) keeping(w *words, channel string, lines []CartLine, carts ...Cart) CartKeeping {
	s.Helper()
	sells := find[Channel](s, ChannelKey(channel))
	k := CartKeeping{Buffers: NewBuffers(sells, s.buffers())}
	for _, cart := range carts {
		for _, held := range cart.Holds {
			k.Held = append(k.Held, find[Hold](s, HoldKey(held.Location, held.Hold)))
		}
	}
	if !w.take("kept") {
		return k
	}
	if !w.take("for") {
		s.fail("what is in a cart is kept for a while")
	}
	if k.For = s.span(w.next()); w.take("where") && w.take("it") && w.take("is") && w.take("sold") {
		k.SellsAt = sells.SellingLocation
	}
	for _, line := range lines {
		code := cmp.Or(line.From, line.Location, k.SellsAt)
		k.Positions = append(k.Positions, LevelKey(code, line.SKU))
		if !slices.ContainsFunc(k.Places, func(p CartPlace) bool { return p.Location == code }) {
			k.Places = append(k.Places, CartPlace{Location: code, Hold: s.shop.mint(), Methods: []Method{PickUp, Ship}})
		}
	}
	return k
}

// merge device PHONE into anna in WEB
func (s *story) merge(w *words, _ telling) (map[string]string, error) {
	c := MergeCarts{Transaction: s.shop.mint(), Device: s.cartOwner(w)}
	if !w.take("into") {
		s.fail("a cart is merged into another")
	}
	c.Customer = s.cartOwner(w)
	if !w.take("in") {
		s.fail("carts are merged in a channel")
	}
	c.Channel = w.next()
	device, customer := s.cart(c.Device, "merge"), cartNow(s.shop, c.Customer)
	c.Keep = s.keeping(w, c.Channel, slices.Concat(device.Lines, customer.Lines), device, customer)
	return cartFacts(submit(s, s.shop, c))
}

// leave anna after 1h, or leave anna seen v1 after 1h: nobody changed the cart for so long.
func (s *story) leave(w *words, _ telling) (map[string]string, error) {
	owner := s.cartOwner(w)
	cart := s.cart(owner, "leave")
	c := LeaveCart{Transaction: s.shop.mint(), Cart: CartID(owner), Version: cart.Version}
	if w.take("seen") {
		c.Version = s.version(w)
	}
	if w.take("after") {
		c.After = s.span(w.next())
	}
	return cartFacts(submit(s, s.shop, c))
}

// converted adds what is in the cart that a basket converts.
func (s *story) converted(b Basket) (Basket, error) {
	if b.Cart == nil {
		return b, nil
	}
	return b.Converting(s.cart(b.Cart.Owner, "convert"))
}

// thenCart reads "cart anna state OPEN version 2 lines 1".
func (s *story) thenCart(w *words) {
	s.Helper()
	owner := s.cartOwner(w)
	facts, _ := cartFacts(find[Cart](s, CartKey(CartID(owner))), nil)
	s.compareAll(w, facts)
}
