package auditor

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	cartspb "github.com/aisle-retail/aisle/gen/go/aisle/carts/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

const (
	ruleCart        = "a cart is not what was put into it"
	ruleCartTwice   = "a cart is converted as it was not"
	ruleCartLeft    = "a cart is left behind that was not"
	ruleCartRefusal = "a refusal of a cart that nothing explains"
)

// BookedCart is a cart as it ended, with what is in it as its lines are written by lineText.
type BookedCart struct {
	State, Channel, Order string
	Converted, Version    int64
	Remind                bool
	Lines                 []string
}

// cartAt is a cart of an owner, as of a version.
type cartAt struct {
	owner   string
	version int64
}

// cartModel is the auditor's own idea of carts: what was in each as of each version, and which act made that version.
type cartModel struct {
	*trial
	last     map[string]int64
	contents map[cartAt][]*cartspb.CartLine
	states   map[cartAt]cartspb.CartState
	acts     map[cartAt]*played
	// orders are those that versions were converted to.
	orders map[cartAt]string
	// channels are those through which versions were made, and left the versions that say that the one before was left behind.
	channels map[cartAt]string
	left     map[cartAt]bool
	// reminds are versions of whose contents somebody agreed to be reminded.
	reminds map[cartAt]bool
	// holds are those that were made for versions.
	holds map[cartAt][]*orderspb.HoldRef
}

// carts replays what was done to carts, and reads each order that converts one as the order of what is in it: all that comes after
// knows nothing of carts. Calls are those of a copied history.
func (t *trial) carts() {
	m := &cartModel{
		trial: t, last: map[string]int64{}, contents: map[cartAt][]*cartspb.CartLine{}, states: map[cartAt]cartspb.CartState{},
		acts: map[cartAt]*played{}, orders: map[cartAt]string{}, channels: map[cartAt]string{}, left: map[cartAt]bool{}, reminds: map[cartAt]bool{}, holds: map[cartAt][]*orderspb.HoldRef{},
	}
	for _, p := range t.played {
		switch {
		case p.call != nil:
			m.replay(p)
		case p.house() && p.kind() == "CART":
			m.leave(p)
		}
	}
	for _, call := range t.calls {
		m.judge(call)
	}
	for _, call := range t.calls {
		m.unpack(call)
	}
	m.compare()
}

// ownerOf names the owner of a cart: of a device no more than a hash of its token is kept.
func ownerOf(customer, device string) string {
	if device == "" {
		return "customer/" + strings.ToLower(customer)
	}
	hash := sha256.Sum256([]byte(device))
	return "device/" + hex.EncodeToString(hash[:])
}

// cartOf is the cart that an order converts, as the customer saw it; false where it converts none.
func cartOf(request proto.Message) (cartAt, bool) {
	r, ok := request.(*orderspb.PlaceOrderRequest)
	if !ok || r.GetCart() == nil {
		return cartAt{}, false
	}
	return cartAt{ownerOf(r.GetCustomer(), r.GetCart().GetDevice()), r.GetCart().GetVersion()}, true
}

// now is a cart as it is after what was replayed.
func (m *cartModel) now(owner string) cartAt { return cartAt{owner, m.last[owner]} }

// write makes the next version of a cart.
func (m *cartModel) write(owner string, p *played, state cartspb.CartState, lines []*cartspb.CartLine) cartAt {
	m.last[owner]++
	at := m.now(owner)
	m.contents[at], m.states[at], m.acts[at] = lines, state, p
	return at
}

// is tells whether a cart was seen as it is now, left behind since or not.
func (m *cartModel) is(seen, now cartAt) bool {
	return seen == now || m.left[now] && seen == cartAt{now.owner, now.version - 1}
}

// leave replays that the house says of a cart that it is left behind.
func (m *cartModel) leave(p *played) {
	for owner := range m.last {
		hash := sha256.Sum256([]byte("aisle/cart/" + owner))
		id := hex.EncodeToString(hash[:16])
		if id != strings.ReplaceAll(p.causeID(), "-", "") {
			continue
		}
		at := m.now(owner)
		channel, _ := m.shop.channel(m.channels[at])
		waits := time.Duration(channel.CartsLeftSeconds) * time.Second
		if m.states[at] != cartspb.CartState_CART_STATE_OPEN || len(m.contents[at]) == 0 || m.left[at] || waits == 0 ||
			p.now().Before(m.acts[at].now().Add(waits)) {
			m.findAct(ruleCartLeft, p, nil, "the cart of %s as of version %d, of %s, with %d lines: its channel waits for %s", owner, at.version,
				m.acts[at].now(), len(m.contents[at]), waits)
		}
		after := m.write(owner, p, cartspb.CartState_CART_STATE_OPEN, m.contents[at])
		m.left[after], m.reminds[after], m.holds[after] = true, m.reminds[at], m.holds[at]
		return
	}
	m.findAct(ruleCartLeft, p, nil, "%s is a cart of nobody", p.causeID())
}

// sumUp adds lines to others; those that are alike are one.
func sumUp(lists ...[]*cartspb.CartLine) (sum []*cartspb.CartLine) {
	for _, line := range slices.Concat(lists...) {
		line = proto.CloneOf(line)
		line.Held = 0
		at := slices.IndexFunc(sum, func(other *cartspb.CartLine) bool {
			return other.GetSku() == line.GetSku() && other.GetMethod() == line.GetMethod() && other.GetLocation() == line.GetLocation() &&
				other.GetNote() == line.GetNote() && other.GetFromLocation() == line.GetFromLocation()
		})
		if at < 0 {
			sum = append(sum, line)
		} else {
			sum[at].Quantity += line.GetQuantity()
		}
	}
	return sum
}

// replay does what an act did to carts.
func (m *cartModel) replay(p *played) {
	var after cartAt
	switch r := p.call.Request.(type) {
	case *cartspb.PutCartRequest:
		owner := ownerOf(r.GetCustomer(), r.GetDevice())
		if r.Version != nil && !m.is(cartAt{owner, r.GetVersion()}, m.now(owner)) {
			m.findAct(ruleCart, p, nil, "version %d of the cart of %s was seen, and it was of version %d", r.GetVersion(), owner, m.last[owner])
		}
		before := m.now(owner)
		after = m.write(owner, p, cartspb.CartState_CART_STATE_OPEN, sumUp(r.GetLines()))
		m.fills(p, after, before)
		m.channels[after] = r.GetChannel()
		m.reminds[after] = r.GetRemind() && len(r.GetLines()) > 0
	case *cartspb.MergeCartsRequest:
		device, customer := ownerOf("", r.GetDevice()), ownerOf(r.GetCustomer(), "")
		lines := m.contents[m.now(device)]
		if len(lines) == 0 {
			m.findAct(ruleCart, p, nil, "the cart of %s was merged, and nothing was in it", device)
		}
		before := m.now(customer)
		after = m.write(customer, p, cartspb.CartState_CART_STATE_OPEN, sumUp(m.contents[before], lines))
		m.reminds[after] = m.reminds[before]
		m.fills(p, after, before, m.now(device))
		m.channels[after] = r.GetChannel()
		m.write(device, p, cartspb.CartState_CART_STATE_MERGED, nil)
	case *orderspb.PlaceOrderRequest:
		seen, converts := cartOf(r)
		if !converts {
			return
		}
		was := m.now(seen.owner)
		if !m.is(seen, was) || len(m.contents[seen]) == 0 {
			m.findAct(ruleCartTwice, p, nil, "the cart of %s was converted as of version %d with %d lines, and it was of version %d", seen.owner,
				seen.version, len(m.contents[seen]), m.last[seen.owner])
		}
		m.write(seen.owner, p, cartspb.CartState_CART_STATE_CONVERTED, nil)
		m.orders[was] = strings.TrimPrefix(p.Headers[0].Cause, "order/")
		if m.left[was] {
			m.orders[cartAt{was.owner, was.version - 1}] = m.orders[was]
		}
		return
	default:
		return
	}
	if told, ok := p.call.Answer.(*cartspb.Cart); ok && p.call.Outcome == Acknowledged {
		if diff := m.differs(told, after); diff != "" {
			m.findAct(ruleCart, p, nil, "the cart of %s: %s", after.owner, diff)
		}
	}
}

// differs says how a told cart is not the one of a version; "" where it is.
func (m *cartModel) differs(told *cartspb.Cart, at cartAt) string {
	state := m.states[at]
	if at.version == 0 {
		state = cartspb.CartState_CART_STATE_OPEN
	}
	switch lines := m.contents[at]; {
	case told.GetVersion() != at.version || told.GetState() != state:
		return fmt.Sprintf("it is told as version %d, %s, and is version %d, %s", told.GetVersion(), told.GetState(), at.version, state)
	case state == cartspb.CartState_CART_STATE_OPEN && (told.GetLeftAt() != nil) != m.left[at]:
		return fmt.Sprintf("it is told as left behind at %v", told.GetLeftAt())
	case told.GetRemind() != m.reminds[at]:
		return fmt.Sprintf("it is told whether somebody is to be reminded of it: %v", told.GetRemind())
	case !slices.EqualFunc(told.GetLines(), lines, func(a, b *cartspb.CartLine) bool { return proto.Equal(unheld(a), b) }):
		return fmt.Sprintf("%v is told to be in it, and %v is", told.GetLines(), lines)
	}
	return ""
}

// seenBy are the versions of a cart that a call may have met.
func (m *cartModel) seenBy(owner string, c *Call) (versions []int64) {
	for v := range m.last[owner] + 1 {
		act, next := m.acts[cartAt{owner, v}], m.acts[cartAt{owner, v + 1}]
		if (act == nil || act.began() <= c.Ended) && (next == nil || next.ended() >= c.Began) {
			versions = append(versions, v)
		}
	}
	return versions
}

// judge holds a read, or a refusal for what is in a cart, against the versions that the call may have met.
func (m *cartModel) judge(c *Call) {
	if r, ok := c.Request.(*cartspb.GetCartRequest); ok && c.Outcome == Acknowledged {
		told := c.Answer.(*cartspb.Cart)
		at := cartAt{ownerOf(r.GetCustomer(), r.GetDevice()), told.GetVersion()}
		if diff := m.differs(told, at); diff != "" || !slices.Contains(m.seenBy(at.owner, c), at.version) {
			m.find(ruleRead, []*Call{c}, nil, "GetCart tells %v of version %d, which it was not then: %s", told, at.version, diff)
		}
		return
	}
	if c.Outcome != Refused || c.Wrong != "" || !strings.HasPrefix(c.Reason, "CART_") {
		return
	}
	if seen, known := m.refusedAt(c); !known || !m.explains(c, seen) {
		m.find(ruleCartRefusal, []*Call{c}, nil, "%s with %v was refused as %s", c.Method, c.Request, c.Reason)
	}
}

// refusedAt is the cart for which a call may be refused, with the version that the client saw, -1 where it does not say.
func (m *cartModel) refusedAt(c *Call) (cartAt, bool) {
	switch r := c.Request.(type) {
	case *cartspb.PutCartRequest:
		return cartAt{ownerOf(r.GetCustomer(), r.GetDevice()), r.GetVersion()}, r.Version != nil
	case *cartspb.MergeCartsRequest:
		return cartAt{ownerOf("", r.GetDevice()), -1}, true
	}
	return cartOf(c.Request)
}

// explains tells whether a refusal follows from some version that the call may have met.
func (m *cartModel) explains(c *Call, seen cartAt) bool {
	met := m.seenBy(seen.owner, c)
	empty := func(v int64) bool { return len(m.contents[cartAt{seen.owner, v}]) == 0 }
	switch c.Reason {
	case "CART_CHANGED":
		return slices.ContainsFunc(met, func(v int64) bool { return !m.is(seen, cartAt{seen.owner, v}) })
	case "CART_CONVERTED":
		return m.orders[seen] != "" && slices.ContainsFunc(met, func(v int64) bool { return v > seen.version })
	case "CART_EMPTY":
		return slices.ContainsFunc(met, func(v int64) bool { return empty(v) && (seen.version < 0 || v == seen.version) })
	}
	return false
}

// unpack makes an order that converts a cart one of what is in it. One of a version that there never was stays as it is: it can only be
// refused.
func (m *cartModel) unpack(c *Call) {
	seen, converts := cartOf(c.Request)
	if !converts || len(m.contents[seen]) == 0 {
		return
	}
	r := proto.CloneOf(c.Request.(*orderspb.PlaceOrderRequest))
	r.Cart = nil
	r.Holds = append(r.Holds, m.holds[seen]...)
	for _, line := range m.contents[seen] {
		r.Lines = append(r.Lines, &orderspb.BasketLine{
			Item: &orderspb.BasketLine_Sku{Sku: line.GetSku()}, Quantity: line.GetQuantity(), Method: line.GetMethod(),
			Location: line.GetLocation(), Note: line.GetNote(), FromLocation: line.GetFromLocation(),
		})
	}
	c.Request = r
}

// lineText writes a line of a cart down.
func lineText(sku string, quantity int64, method, location, from, note string) string {
	return fmt.Sprintf("%s x%d %s %q from %q %q", sku, quantity, method, location, from, note)
}

// compare holds the rows against the model.
func (m *cartModel) compare() {
	for owner, version := range m.last {
		at, row := cartAt{owner, version}, m.books.Carts[owner]
		var lines []string
		for _, l := range m.contents[at] {
			lines = append(lines, lineText(l.GetSku(), l.GetQuantity(), trimmed(l.GetMethod(), methodPrefix), l.GetLocation(),
				l.GetFromLocation(), l.GetNote()))
		}
		var order string
		var converted int64
		for v := range version {
			if id := m.orders[cartAt{owner, v}]; id != "" {
				order, converted = id, v
			}
		}
		state := trimmed(m.states[at], "CART_STATE_")
		if row.Version != version || row.State != state || row.Order != order || row.Converted != converted ||
			row.Remind != m.reminds[at] || !slices.Equal(row.Lines, lines) {
			m.find(ruleCart, nil, nil, "the row of %s is %+v, and it should be version %d, %s, of order %q as of version %d, with %v in it", owner, row,
				version, state, order, converted, lines)
		}
	}
	for owner, row := range m.books.Carts {
		if m.last[owner] == 0 {
			m.find(ruleCart, nil, nil, "nobody made the cart of %s: %+v", owner, row)
		}
	}
}
