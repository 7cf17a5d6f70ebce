package retail

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// paperCart is a cart as somebody would keep it on paper: how many there are of what, on a list in the order in which it was written.
type paperCart struct {
	version, seen int64
	state         string
	what          []string
	units         map[string]int64
	order         ID
	into          string
	// left is true where it was left behind, changed when somebody last changed it, and remind where she agreed to be reminded.
	left    bool
	changed time.Time
	remind  bool
	// lines are what stands on the list, and held how much of each is held, by holds that end at until.
	lines map[string]CartLine
	held  map[string]int64
	holds []*paperHold
	until time.Time
}

// paperCarts are the carts by owner.
type paperCarts map[string]*paperCart

// of is an owner's cart, empty where there was none.
func (p paperCarts) of(owner string) *paperCart {
	if p[owner] == nil {
		p[owner] = newPaperCart()
	}
	return p[owner]
}

// add writes units of something down.
func (c *paperCart) add(line CartLine, units int64) {
	what := paperLineOf(line)
	if c.units[what] == 0 {
		c.what = append(c.what, what)
		c.lines[what] = line
	}
	c.units[what] += units
}

func newPaperCart() *paperCart {
	return &paperCart{state: "OPEN", units: map[string]int64{}, lines: map[string]CartLine{}}
}

// tooMuch tells whether a line has more than a cart may hold.
func (c *paperCart) tooMuch() bool {
	for _, units := range c.units {
		if units > 1_000_000 {
			return true
		}
	}
	return false
}

// copied is a copy to write on.
func (c *paperCart) copied() *paperCart {
	other := *c
	other.what, other.units, other.lines = append([]string(nil), c.what...), maps.Clone(c.units), maps.Clone(c.lines)
	return &other
}

func (c *paperCart) empty(state string) {
	c.version++
	c.state, c.what, c.units, c.lines, c.remind = state, nil, map[string]int64{}, map[string]CartLine{}, false
	c.holds, c.held, c.until = nil, nil, time.Time{}
}

func paperLineOf(l CartLine) string {
	return fmt.Sprintf("%s by %s at %q from %q, %q", l.SKU, l.Method, l.Location, l.From, l.Note)
}

var (
	customers = []string{"customer/" + ID{0xAA}.String(), "customer/" + ID{0xBB}.String()}
	devices   = []string{"device/phone", "device/tablet"}
)

// drawVersion draws a version that somebody saw of a cart, mostly the last.
func drawVersion(t *rapid.T, c *paperCart) int64 {
	return max(0, c.version-rapid.SampledFrom([]int64{0, 0, 0, 0, 1, 2}).Draw(t, "versions ago"))
}

// fill puts something into somebody's cart.
func (s *trial) fill(t *rapid.T) {
	c := PutCart{
		Transaction: s.mint(), Owner: rapid.SampledFrom(append(customers[:2:2], devices...)).Draw(t, "owner"),
		Channel: "web", Seen: rapid.Bool().Draw(t, "seen"), Remind: rapid.Bool().Draw(t, "remind"), Contact: rapid.Bool().Draw(t, "contact"),
	}
	paper := s.carts.of(c.Owner)
	if c.Seen {
		c.Version = drawVersion(t, paper)
	}
	after, alone := newPaperCart(), false
	for range rapid.IntRange(0, 4).Draw(t, "lines") {
		line := CartLine{
			SKU: rapid.SampledFrom(skus).Draw(t, "sku"), Quantity: rapid.SampledFrom([]int64{1, 2, 3, 600_000}).Draw(t, "units"),
			Method:   rapid.SampledFrom([]Method{CarryOut, PickUp}).Draw(t, "method"),
			Location: rapid.SampledFrom([]string{"", "milan"}).Draw(t, "place"), Note: rapid.SampledFrom([]string{"", "a gift"}).Draw(t, "note"),
		}
		if rapid.IntRange(0, 3).Draw(t, "brought") == 0 {
			line.Location, line.From = rapid.SampledFrom([]string{"", "rome", "rome", "milan"}).Draw(t, "collected at"), "milan"
			alone = alone || line.Method != PickUp || line.Location == "milan"
		}
		c.Lines = append(c.Lines, line)
		after.add(line, line.Quantity)
	}
	keeps := s.drawKeeping(t, &c.Keep, paper)
	_, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(c.Seen && !paper.is(c.Version), CartChanged), reasonIf(alone, InvalidRequest),
		reasonIf(after.tooMuch(), QuantityTooLarge), reasonIf(c.Remind && len(c.Lines) > 0 && !c.Contact && !paper.remind, InvalidRequest)) {
		return
	}
	paper.version++
	paper.state, paper.what, paper.units, paper.left, paper.changed = "OPEN", after.what, after.units, false, s.now
	paper.remind, paper.lines = c.Remind && len(c.Lines) > 0, after.lines
	s.rehold(paper, c.Keep, keeps, paper.holds)
}

// is tells whether a cart is as it was as of a version, left behind since or not.
func (c *paperCart) is(version int64) bool {
	return version == c.version || c.left && c.state == "OPEN" && version == c.version-1
}

// leftAlready tells whether there is nothing in a cart that could be left behind, or nobody's any more.
func (c *paperCart) leftAlready() bool { return c.state != "OPEN" || len(c.what) == 0 || c.left }

// leave says of a cart that it is left behind, now and then when it is not.
func (s *trial) leave(t *rapid.T) {
	owners := append(customers[:2:2], devices...)
	if full := slices.DeleteFunc(slices.Clone(owners), func(owner string) bool { return s.carts.of(owner).leftAlready() }); len(full) > 0 {
		if rapid.Bool().Draw(t, "one that is full") {
			owners = full
			s.waitUntil(t, s.now.Add(time.Second))
		}
	}
	owner := rapid.SampledFrom(owners).Draw(t, "owner")
	paper := s.carts.of(owner)
	c := LeaveCart{
		Transaction: s.mint(), Cart: CartID(owner), Version: drawVersion(t, paper),
		After: rapid.SampledFrom([]time.Duration{time.Nanosecond, time.Minute, 30 * time.Hour}).Draw(t, "after"),
	}
	_, err := submit(t, s.shop, c)
	early := paper.leftAlready() || s.now.Before(paper.changed.Add(c.After))
	if decided(t, err, reasonIf(early || c.Version != paper.version, stale)) {
		paper.version++
		paper.left = true
	}
}

// drawKeeping draws how carts are held: for a while or not, and in milan alone.
func (s *trial) drawKeeping(t *rapid.T, k *CartKeeping, carts ...*paperCart) paperBuffers {
	k.Whole = rapid.Bool().Draw(t, "held whole")
	keeps := drawBuffers(t)
	k.For = rapid.SampledFrom([]time.Duration{0, 10 * time.Minute, time.Hour}).Draw(t, "held for")
	k.SellsAt = rapid.SampledFrom([]string{"", "milan"}).Draw(t, "sells at")
	k.Buffers = keeps.buffers()
	k.Places = []CartPlace{{Location: "milan", Hold: s.mint(), Methods: rapid.SampledFrom([][]Method{{PickUp}, {CarryOut, PickUp}}).Draw(t, "methods")}}
	for _, sku := range skus {
		k.Positions = append(k.Positions, LevelKey("milan", sku))
	}
	for _, cart := range carts {
		for _, h := range cart.holds {
			k.Held = append(k.Held, s.rows[HoldKey(h.place, h.id)].(Hold))
		}
	}
	return keeps
}

// rehold puts back on paper what was held for carts, and holds what is in one now.
func (s *trial) rehold(c *paperCart, k CartKeeping, keeps paperBuffers, before []*paperHold) {
	for _, h := range before {
		if h.state != "HELD" {
			continue
		}
		if h.state = "RELEASED"; !s.now.Before(h.until) {
			h.state = "EXPIRED"
		}
		for _, l := range h.lines {
			s.shelf(h.place, l.SKU).held -= l.Quantity
			s.shelf(h.place, l.SKU).put(l.Quantity)
		}
	}
	c.holds, c.held, c.until = nil, map[string]int64{}, time.Time{}
	sums := map[string]int64{}
	for _, what := range c.what {
		line := c.lines[what]
		if k.For == 0 || line.Location == "" && line.From == "" && k.SellsAt == "" || !slices.Contains(k.Places[0].Methods, line.Method) {
			continue
		}
		shelf := s.shelf("milan", line.SKU)
		units := min(c.units[what], keeps.sellable(*shelf, "milan", line.SKU, line.Method))
		if k.Whole && units < c.units[what] {
			continue
		}
		shelf.available -= units
		shelf.held += units
		c.held[what], sums[line.SKU] = units, sums[line.SKU]+units
	}
	hold := &paperHold{id: k.Places[0].Hold, place: "milan", until: s.now.Add(k.For), state: "HELD"}
	for _, sku := range skus {
		if sums[sku] > 0 {
			hold.lines = append(hold.lines, Line{sku, sums[sku]})
		}
	}
	if len(hold.lines) > 0 {
		c.holds, c.until = []*paperHold{hold}, hold.until
		s.holds = append(s.holds, hold)
	}
}

// inForce are the holds of a cart that an order takes up beside those that it names.
func (c *paperCart) inForce(now time.Time, named []*paperHold) (holds []*paperHold) {
	if c == nil {
		return nil
	}
	for _, h := range c.holds {
		if h.state == "HELD" && now.Before(h.until) && !slices.Contains(named, h) {
			holds = append(holds, h)
		}
	}
	return holds
}

// merge puts what is in a device's cart into a customer's.
func (s *trial) merge(t *rapid.T) {
	c := MergeCarts{
		Transaction: s.mint(), Channel: "web", Device: rapid.SampledFrom(devices).Draw(t, "device"),
		Customer: rapid.SampledFrom(customers).Draw(t, "customer"),
	}
	from, into := s.carts.of(c.Device), s.carts.of(c.Customer)
	after := into.copied()
	for _, what := range from.what {
		after.add(from.lines[what], from.units[what])
	}
	keeps := s.drawKeeping(t, &c.Keep, into, from)
	_, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(len(from.what) == 0, CartEmpty), reasonIf(after.tooMuch(), QuantityTooLarge)) {
		return
	}
	after.version++
	after.state, after.left, after.changed = "OPEN", false, s.now
	*into = *after
	s.rehold(into, c.Keep, keeps, slices.Concat(into.holds, from.holds))
	from.empty("MERGED")
	from.left = false
	from.into = c.Customer
}

// drawCart lets an order convert a cart now and then, which may have changed since its lines were read. It returns it, or nil.
func (s *trial) drawCart(t *rapid.T, c *PlaceOrder) (paper *paperCart, wrong Reason) {
	if rapid.IntRange(0, 3).Draw(t, "converts a cart") > 0 {
		return nil, ""
	}
	owner := rapid.SampledFrom(append(customers[:2:2], devices...)).Draw(t, "cart of")
	if paper = s.carts.of(owner); paper.version == 0 {
		return nil, ""
	}
	c.Cart = &CartRef{Owner: owner, Version: drawVersion(t, paper)}
	for _, h := range paper.holds {
		c.CartHolds = append(c.CartHolds, s.rows[HoldKey(h.place, h.id)].(Hold))
	}
	return paper, reasonIf(c.Cart.Version != paper.version, stale)
}

// convert empties a cart that became an order.
func (c *paperCart) convert(order ID) {
	if c != nil {
		c.order, c.seen = order, c.version
		c.empty("CONVERTED")
	}
}

// checkCarts compares carts with paper.
func (s *trial) checkCarts(t *rapid.T) {
	t.Helper()
	for owner, paper := range s.carts {
		cart, found := s.rows[CartKey(CartID(owner))].(Cart)
		if !found && paper.version == 0 {
			continue
		}
		if cart.Owner != owner || string(cart.State) != paper.state || cart.Version != paper.version || cart.Order != paper.order ||
			cart.Converted != paper.seen || cart.LeftAt.IsZero() == paper.left || cart.Remind != paper.remind || !cart.HeldUntil.Equal(paper.until) || len(cart.Lines) != len(paper.what) || paper.into != "" && cart.Into != CartID(paper.into) {
			t.Fatalf("the cart of %s is %+v, on paper %+v", owner, cart, paper)
		}
		for i, line := range cart.Lines {
			what := paperLineOf(line)
			if paper.what[i] != what || paper.units[what] != line.Quantity || paper.held[what] != line.Held || (line.Held > 0) != (line.HeldAt == "milan") {
				t.Fatalf("the cart of %s is %+v, on paper %+v", owner, cart, paper)
			}
		}
	}
}
