package auditor

import (
	"cmp"
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

const ruleCartHeld = "what is held for a cart is not what was there"

// filling is what an act did to carts: what is in one of them since, and what was held for all of them before.
type filling struct {
	owner, channel string
	lines          []*cartspb.CartLine
	before         []*orderspb.HoldRef
}

// unheld is a line without what is held for it, which the model of the stock knows.
func unheld(line *cartspb.CartLine) *cartspb.CartLine {
	line = proto.CloneOf(line)
	line.Held = 0
	return line
}

// fills notes for the model of the stock what an act did to carts. Which holds it made, its events say; what they hold, that model.
func (m *cartModel) fills(p *played, after cartAt, before ...cartAt) {
	r := p.call.Request.(interface{ GetChannel() string })
	f := filling{owner: after.owner, channel: r.GetChannel(), lines: m.contents[after]}
	for _, at := range before {
		f.before = append(f.before, m.holds[at]...)
	}
	for _, e := range p.Events {
		if id, found := strings.CutPrefix(e.Subject, "hold/"); found && e.Kind == "StockHeld" {
			m.holds[after] = append(m.holds[after], &orderspb.HoldRef{Location: e.Shard, Hold: id})
			m.softHolds[id] = true
		}
	}
	m.fillings[p] = f
}

// cartID is the id of an owner's cart.
func cartID(owner string) string {
	hash := sha256.Sum256([]byte("aisle/cart/" + owner))
	id := hex.EncodeToString(hash[:16])
	return strings.Join([]string{id[:8], id[8:12], id[12:16], id[16:20], id[20:]}, "-")
}

// planCart gives back what was held for carts, and holds what is in one of them, as far as it is there.
func (m *stockModel) planCart(p *played) plan {
	f := m.fillings[p]
	channel, _ := m.shop.channel(f.channel)
	planned, levels := plan{moves: moves{}}, map[Position]Level{}
	level := func(at Position) Level {
		if l, touched := levels[at]; touched {
			return l
		}
		return m.place(at).now()
	}
	hold := func(at Position, units int64) { // negative: give back
		l := level(at)
		l.Available, l.Held = l.Available-units, l.Held+units
		levels[at] = l
		if units > 0 {
			planned.moves.add(at.Location, at.SKU, accountAvailable, accountHeld, units)
		} else {
			planned.moves.add(at.Location, at.SKU, accountHeld, accountAvailable, -units)
		}
	}
	for _, ref := range f.before {
		course := m.hold(ref.GetHold())
		before := course.now()
		if before.state != isHeld {
			continue
		}
		for _, line := range before.lines {
			hold(Position{before.location, line.SKU}, -line.Quantity)
		}
		after := before
		after.recordedAt = p.now()
		if after.state = isReleased; !p.now().Before(before.expiresAt) {
			after.state = isExpired
		}
		course.add(p, after)
	}
	kept, held := map[string][]Units{}, make([]int64, len(f.lines))
	for i, line := range f.lines {
		at := Position{cmp.Or(line.GetFromLocation(), line.GetLocation(), channel.SellingLocation), line.GetSku()}
		if channel.CartHoldSeconds == 0 || at.Location == "" {
			continue
		}
		method := methodName(line.GetMethod())
		held[i] = min(line.GetQuantity(), m.keeper(f.channel).sellable(at, []string{method}, level(at)))
		if channel.FewFrom > 0 && held[i] < line.GetQuantity() { // it would say how many there are
			held[i] = 0
		}
		if held[i] == 0 {
			continue
		}
		hold(at, held[i])
		of := slices.IndexFunc(kept[at.Location], func(u Units) bool { return u.SKU == at.SKU })
		if of < 0 {
			of = len(kept[at.Location])
			kept[at.Location] = append(kept[at.Location], Units{SKU: at.SKU})
		}
		kept[at.Location][of].Quantity += held[i]
	}
	until := p.now().Add(time.Duration(channel.CartHoldSeconds) * time.Second)
	for _, e := range p.Events {
		id, found := strings.CutPrefix(e.Subject, "hold/")
		if !found || e.Kind != "StockHeld" {
			continue
		}
		if len(kept[e.Shard]) == 0 || m.hold(id).now().state != "" {
			m.findAct(ruleCartHeld, p, []string{e.Subject}, "it is held at %s for %s, and should not be", e.Shard, f.owner)
			continue
		}
		m.hold(id).add(p, promise{
			location: e.Shard, channel: f.channel, owner: "cart/" + cartID(f.owner), state: isHeld, lines: kept[e.Shard], expiresAt: until,
			recordedAt: p.now(),
		})
		delete(kept, e.Shard)
	}
	for place, lines := range kept {
		m.findAct(ruleCartHeld, p, nil, "%v should be held at %s for %s, and is not", lines, place, f.owner)
	}
	if told, ok := p.call.Answer.(*cartspb.Cart); ok && p.call.Outcome == Acknowledged {
		if diff := heldDiffers(told, held, until); diff != "" {
			m.findAct(ruleCartHeld, p, nil, "%s", diff)
		}
	}
	return planned
}

// heldDiffers says how a told cart tells otherwise what is held for it; "": it does not.
func heldDiffers(told *cartspb.Cart, held []int64, until time.Time) string {
	any := false
	for i, line := range told.GetLines() {
		if i < len(held) && line.GetHeld() != held[i] {
			return fmt.Sprintf("%d of %v are held, and %d is told", held[i], line, line.GetHeld())
		}
		any = any || line.GetHeld() > 0
	}
	if any != (told.GetHeldUntil() != nil) || any && !told.GetHeldUntil().AsTime().Equal(until) {
		return fmt.Sprintf("it is held until %s, and %s is told", until, told.GetHeldUntil().AsTime())
	}
	return ""
}

// inForce are the holds of carts among those that an order names which are in force, and all others: it takes up those alone, and is not refused
// for the rest.
func (m *stockModel) inForce(refs []*orderspb.HoldRef, is func(promise) bool) (all []*orderspb.HoldRef) {
	for _, ref := range refs {
		if !m.softHolds[ref.GetHold()] || is(m.hold(ref.GetHold()).now()) {
			all = append(all, ref)
		}
	}
	return all
}
