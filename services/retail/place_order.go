package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// PlaceOrder prices a basket, takes its tenders, hands over what is carried out, and promises the rest.
type PlaceOrder struct {
	Order       ID
	Transaction ID
	// Number is what people read and say. Where it is taken the command is stale, and the handler mints another.
	Number  string
	Channel string
	// Location is the selling location.
	Location string
	Customer ID
	Currency string
	// TaxIncluded is true where the lines' list amounts include tax.
	TaxIncluded bool
	Lines       []BasketLine
	Discounts   []Discount
	// Offers are the promotions that it is given, in the order in which they take.
	Offers []Offer
	// Coupons are those that the customer shows, each of which has to give something.
	Coupons []ShownCoupon
	Tenders []Tender
	// RoundingMinor is how much less is paid because of the smallest coin; negative: more.
	RoundingMinor int64
	// PayFor is how long the goods are kept for an order that is not paid in full; 0: until it is handed over.
	PayFor time.Duration
	BillTo *Party
	// Refund is how its money goes back.
	Refund    RefundRule
	Reference string
	// OccurredAt is when it happened in the shop; zero: now.
	OccurredAt time.Time
	// Fact is true at a till, where what is carried out is in the customer's hand, and not refused for lack of stock.
	Fact bool
	// Buffers are what may not be promised.
	Buffers Buffers
	// Shows is how exactly the caller may be told what is left.
	Shows Exposure
	// Holds are taken up: their units are promised to the order, and what it does not need is released.
	Holds []Hold
	// CartHolds are those of the cart that it converts. It takes up those that are in force, and is never refused for the others.
	CartHolds []Hold
	// Fulfilments are those of its lines, with the ids that the handler minted.
	Fulfilments []Fulfilment
	// Transfers are those that bring what other places have, with the ids that the handler minted.
	Transfers []Transfer
	Issuer    Issuer
	// Quoted is what its lines must come to; nil: whatever they do.
	Quoted *Figures
	// Cart is the cart that it converts, whose lines are among its own; nil: none.
	Cart *CartRef
	// Sourced are the lines, from 0, whose places were chosen as they had all of it. Where one of them has not any more, the command is
	// stale, and the handler chooses again.
	Sourced []int
	// usedUp are the coupons that are used up, of offers that were left out for it.
	usedUp []usedUpCoupon
	// spent is what the same act takes from balances besides.
	spent map[Key]int64
}

// Keys are the order, its number, the cart it converts, the holds it takes up, the positions of its lines, stored value spent and sold,
// the counts of its coupons, and the issuing point where something leaves now.
func (c PlaceOrder) Keys() []Key {
	keys := append(make([]Key, 0, len(c.Lines)+4), OrderKey(c.Order), NameKey(NameOrder, c.Number))
	if c.Cart != nil {
		keys = append(keys, CartKey(CartID(c.Cart.Owner)))
	}
	for _, hold := range slices.Concat(c.Holds, c.CartHolds) {
		keys = append(keys, hold.Key())
		for _, line := range hold.Lines {
			keys = append(keys, LevelKey(hold.Location, line.SKU))
		}
	}
	for _, t := range c.Transfers {
		keys = append(keys, TransferKey(t.ID))
	}
	for _, line := range c.Lines {
		switch {
		case line.SKU != "":
			place, _ := line.StockAt()
			keys = append(keys, LevelKey(place, line.SKU))
		case line.Card != nil:
			keys = append(keys, BalanceKey(cmp.Or(line.Card.Issuer, c.Location), line.Card.account()), NameKey(NameGiftCard, line.Card.Number))
		}
	}
	keys = append(keys, couponKeys(c.CouponCounts())...)
	if issuer := c.issuer(); issuer.Point != "" {
		keys = append(keys, issuer.Key())
	}
	return append(keys, balanceKeys(c.Tenders)...)
}

// issuer is who issues the document of what is carried out; nobody where nothing is, so that its row is not locked for nothing.
func (c PlaceOrder) issuer() Issuer {
	if !slices.ContainsFunc(c.Lines, func(l BasketLine) bool { return l.Method == CarryOut }) {
		return Issuer{}
	}
	return c.Issuer
}

// Decide refuses an order that exists, what can't be priced or paid, holds that have ended, and what is short and not in a
// customer's hand. It posts what is carried out as turnover, what is promised as committed, and what was paid to the tenders.
func (c PlaceOrder) Decide(s State, now time.Time) (Change, Order, error) {
	p, err := c.plan(s, now)
	if err != nil {
		return Change{}, Order{}, err
	}
	// Nothing below this line can fail.
	d := newDeal(s, p.order, c.Transaction, c.issuer(), c.OccurredAt, now)
	p.apply(d)
	change := d.change(KindSale, c.Location, c.Channel, d.order.subject())
	change.Fact = c.Fact
	return change, d.order, nil
}

// placing is an order that may be placed, and how.
type placing struct {
	command  PlaceOrder
	order    Order
	payments []Payment
	holds    []Hold
	// cart is the one that it converts, of version 0 where it does none.
	cart Cart
	// takes are what each line takes, from holds and from available, by line.
	takes []taken
}

// taken is where the units of a line come from.
type taken struct{ held, available int64 }

// takes are the same as a deal takes them. What is no goods comes from nowhere, and its units count all the same.
func (t taken) takes(line BasketLine) []take {
	if line.SKU == "" {
		return []take{{units: line.Quantity}}
	}
	return []take{{Held, t.held}, {Available, t.available}}
}

// plan checks everything.
func (c PlaceOrder) plan(s State, now time.Time) (placing, error) {
	c = c.counting(s)
	p := placing{command: c}
	if s.Row(OrderKey(c.Order)) != nil {
		return p, RefuseField(OrderExists, "order", "order %s exists already", c.Order)
	}
	if s.Row(NameKey(NameOrder, c.Number)) != nil {
		return p, ErrStale
	}
	for _, line := range c.Lines {
		if line.Card != nil && (line.Card.New != (s.Row(NameKey(NameGiftCard, line.Card.Number)) == nil) || line.Card.otherSince(s, c.Location)) {
			return p, ErrStale
		}
	}
	var err error
	if p.cart, err = c.converts(s); err != nil {
		return p, err
	}
	if err := cmp.Or(c.planned(), c.brings(s)); err != nil {
		return p, err
	}
	if p.order, err = c.priced(s, now); err != nil {
		return p, err
	}
	for i := range c.Coupons {
		if err := c.refuseCoupon(i, p.order); err != nil {
			return p, err
		}
	}
	if err := c.Quoted.stand(p.order); err != nil {
		return p, err
	}
	if err := c.pay(s, &p); err != nil {
		return p, err
	}
	if p.holds, err = c.takeUp(s, now); err != nil {
		return p, err
	}
	var wanted []Shortage
	if p.takes, wanted, err = c.takeStock(s, p.holds); err != nil {
		return p, err
	}
	if err := short(wanted, c.Shows); err != nil {
		if c.sourcedFrom(wanted) {
			return p, ErrStale
		}
		return p, err
	}
	return p, p.needsHolds()
}

// sourcedFrom tells whether something is short at a place that was chosen for it.
func (c PlaceOrder) sourcedFrom(wanted []Shortage) bool {
	return slices.ContainsFunc(wanted, func(d Shortage) bool {
		return d.Wanted > d.Sellable && slices.ContainsFunc(c.Sourced, func(line int) bool {
			return line >= 0 && line < len(c.Lines) && c.Lines[line].Location == d.Location && c.Lines[line].SKU == d.SKU
		})
	})
}

// priced is the order as it comes to, before anybody pays: the one rule of what is quoted and what is placed.
func (c PlaceOrder) priced(s State, now time.Time) (Order, error) {
	lines, taxes, err := price(c.Lines, c.Discounts, c.Offers, c.TaxIncluded)
	if err != nil {
		return Order{}, err
	}
	for i, line := range c.Lines {
		if line.Card == nil {
			continue
		}
		if err := line.Card.mayLoad(s, c.Location, lines[i].NetMinor, c.spent, now, fmt.Sprintf("lines[%d]", i)); err != nil {
			return Order{}, err
		}
	}
	order := Order{
		ID: c.Order, Number: c.Number, State: OrderConfirmed, Channel: c.Channel, Location: c.Location, Customer: c.Customer,
		Currency: c.Currency, TaxIncluded: c.TaxIncluded, Lines: lines, Taxes: taxes, BillTo: c.BillTo, Reference: c.Reference,
		Refund: c.Refund, OccurredAt: c.OccurredAt, RecordedAt: now,
	}
	if order.OccurredAt.IsZero() {
		order.OccurredAt = now
	}
	return order, nil
}

// takeUp returns the holds that are taken up, each of which is in force and stands once, and behind them those of the cart.
func (c PlaceOrder) takeUp(s State, now time.Time) ([]Hold, error) {
	var holds []Hold
	for i, named := range c.Holds {
		if slices.ContainsFunc(c.Holds[:i], func(h Hold) bool { return h.Key() == named.Key() }) {
			return nil, RefuseField(InvalidRequest, fmt.Sprintf("holds[%d]", i), "hold %s stands twice", named.ID)
		}
		hold, err := heldNow(s, named.Location, named.ID, now)
		if err != nil {
			return nil, err
		}
		holds = append(holds, hold)
	}
	return append(holds, c.cartHolds(s, holds, now)...), nil
}

// fulfilment returns where the fulfilment of a line stands in the command, or -1.
func (c PlaceOrder) fulfilment(location string, method Method) int {
	return slices.IndexFunc(c.Fulfilments, func(f Fulfilment) bool { return f.Location == location && f.Method == method })
}

// planned checks that every line that is promised has a fulfilment and every fulfilment a line, and that there is an id for the
// document of what is carried out.
func (c PlaceOrder) planned() error {
	documents, does := 0, make([]bool, len(c.Fulfilments))
	for i, line := range c.Lines {
		if line.Method == CarryOut {
			documents = 1
			continue
		}
		at := c.fulfilment(line.Location, line.Method)
		if at < 0 || c.Fulfilments[at].ID.IsZero() {
			return RefuseField(InvalidRequest, fmt.Sprintf("lines[%d]", i), "nobody hands it over")
		}
		does[at] = true
	}
	if slices.Contains(does, false) {
		return RefuseField(InvalidRequest, "lines", "a fulfilment hands nothing over")
	}
	return c.Issuer.mayIssue(documents)
}

// needsHolds refuses a hold that no line needs: it is somebody else's, or a mistake.
func (p placing) needsHolds() error {
	for i, hold := range p.holds[:len(p.command.Holds)] {
		needs := func(line BasketLine) bool {
			place, _ := line.StockAt()
			return place == hold.Location && slices.ContainsFunc(hold.Lines, func(l Line) bool { return l.SKU == line.SKU })
		}
		if !slices.ContainsFunc(p.command.Lines, needs) {
			return RefuseField(InvalidRequest, fmt.Sprintf("holds[%d]", i), "no line of the order needs hold %s", hold.ID)
		}
	}
	return nil
}

// pay checks that what is carried out is paid, and whether the rest is.
func (c PlaceOrder) pay(s State, p *placing) error {
	promised := slices.ContainsFunc(c.Lines, func(l BasketLine) bool { return l.Method != CarryOut })
	var err error
	p.payments, err = p.order.pay(s, payIn{tenders: c.Tenders, roundingMinor: c.RoundingMinor, mayOwe: promised, spent: c.spent, now: p.order.RecordedAt})
	if err != nil {
		return err
	}
	p.order.Payments = p.payments
	carried := p.order
	carried.Lines = slices.Clone(carried.Lines)
	for i := range carried.Lines {
		if carried.Lines[i].Method == CarryOut {
			carried.Lines[i].Fulfilled = carried.Lines[i].Quantity
		}
	}
	if due := carried.Balance(); due > 0 {
		return RefuseField(PaymentShort, "tenders", "%d more is due for what is carried out", due).With("due_minor", due)
	}
	if p.order.Owed() > 0 && c.PayFor > 0 {
		p.order.State, p.order.PayBy = OrderPendingPayment, p.order.RecordedAt.Add(c.PayFor.Truncate(time.Microsecond))
	}
	p.order.Payments = nil // they are booked one by one
	return nil
}

// takeStock says where the units of each line come from: from the holds that are taken up first, promises before what is carried
// out. It returns what is wanted beyond them, whether it is there or not; a fact is refused only where it can't be counted.
func (c PlaceOrder) takeStock(s State, holds []Hold) ([]taken, []Shortage, error) {
	held := map[Key]int64{}
	for _, hold := range holds {
		for _, line := range hold.Lines {
			held[LevelKey(hold.Location, line.SKU)] += line.Quantity
		}
	}
	takes := make([]taken, len(c.Lines))
	var demands []wanting
	places := map[Key]int{}
	each := func(carried bool) {
		for i, line := range c.Lines {
			if line.SKU == "" || (line.Method == CarryOut) != carried {
				continue
			}
			place, method := line.StockAt()
			key := LevelKey(place, line.SKU)
			takes[i].held = min(held[key], line.Quantity)
			takes[i].available = line.Quantity - takes[i].held
			held[key] -= takes[i].held
			at, seen := places[key]
			if !seen {
				at = len(demands)
				places[key] = at
				demands = append(demands, wanting{line: i, location: place, sku: line.SKU})
			}
			if !c.Fact || demands[at].promised == 0 { // of a fact only what is promised is ever short
				demands[at].line = min(demands[at].line, i)
			}
			if carried {
				demands[at].carried += takes[i].available
			} else {
				demands[at].promised += takes[i].available
			}
			if (!c.Fact || !carried) && takes[i].available > 0 && !slices.Contains(demands[at].methods, method) {
				demands[at].methods = append(demands[at].methods, method)
			}
		}
	}
	each(false)
	each(true)
	slices.SortFunc(demands, func(a, b wanting) int { return cmp.Compare(a.line, b.line) })
	var wanted []Shortage
	for _, d := range demands {
		level := LevelAt(s, d.location, d.sku)
		switch {
		case !c.Fact:
			wanted = append(wanted, Shortage{d.line, d.location, d.sku, d.promised + d.carried, c.Buffers.Sellable(level, d.methods...)})
		case level.Available()-d.carried < -unitsMax:
			return nil, nil, RefuseField(QuantityTooLarge, fmt.Sprintf("lines[%d]", d.line), "%d of %s can't be counted", d.carried, d.sku)
		case d.promised > 0:
			wanted = append(wanted, Shortage{d.line, d.location, d.sku, d.promised, c.Buffers.Sellable(level.less(d.carried), d.methods...)})
		}
	}
	return takes, wanted, nil
}

// wanting is what an order wants of one position beyond its holds.
type wanting struct {
	// line is the first that wants it.
	line              int
	location, sku     string
	promised, carried int64
	// methods are those by which it is promised.
	methods []Method
}

// apply does it.
func (p placing) apply(d *deal) {
	c := p.command
	for _, payment := range p.payments {
		d.pay(payment)
	}
	var carried []UnitRange
	for i := range d.order.Lines {
		line, takes := &d.order.Lines[i], p.takes[i].takes(c.Lines[i])
		if line.Method == CarryOut {
			carried = append(carried, d.deliver(i, takes...))
			continue
		}
		line.Fulfilment = c.Fulfilments[c.fulfilment(line.Location, line.Method)].ID
		if line.From != "" {
			line.Transfer, line.Away = c.Transfers[c.transfer(line.From, line.Location)].ID, line.Quantity
		}
		place, _ := c.Lines[i].StockAt()
		d.shift(place, line.SKU, Committed, takes...)
	}
	p.endHolds(d)
	p.nameCards(d)
	if len(carried) > 0 {
		d.earn(carried)
	}
	d.rows = append(d.rows, Name{Kind: NameOrder, Value: d.order.Number, Entity: d.order.ID, RecordedAt: d.now})
	d.remember(c.Customer, PurchaseOrder, d.order.ID)
	d.countCoupons(CouponUsed)
	if len(carried) > 0 {
		d.issue(d.order.documentKind(), carried, Invoice{}, ID{})
	}
	d.tellOrder("OrderPlaced")
	p.convertCart(d)
	for _, f := range c.Fulfilments {
		f.Order, f.State, f.PlacedAt = d.order.ID, FulfilmentNew, d.now
		if d.order.awaits(f.ID) {
			f.State = FulfilmentAwaiting
		}
		d.tellFulfilment("FulfilmentPlaced", f)
	}
	p.askFor(d)
}

// endHolds commits the holds that the order took up, and releases what it does not need of them.
func (p placing) endHolds(d *deal) {
	used := map[Key]int64{}
	for i, take := range p.takes {
		line := p.command.Lines[i]
		place, _ := line.StockAt()
		used[LevelKey(place, line.SKU)] += take.held
	}
	for _, hold := range p.holds {
		for _, line := range hold.Lines {
			key := LevelKey(hold.Location, line.SKU)
			part := min(used[key], line.Quantity)
			used[key] -= part
			d.move(hold.Location, Held, Available, line.SKU, line.Quantity-part)
		}
		hold.State, hold.Order, hold.RecordedAt = StateCommitted, d.order.ID, d.now
		hold.Version++
		d.rows = append(d.rows, hold)
		d.tell("HoldCommitted", hold.Location, hold.subject(), hold.Version, hold)
	}
}

// nameCards makes the gift cards that are sold known by their numbers.
func (p placing) nameCards(d *deal) {
	for _, line := range p.command.Lines {
		if card := line.Card; card != nil && card.New {
			d.rows = append(d.rows, Name{Kind: NameGiftCard, Value: card.Number, Entity: card.ID, RecordedAt: d.now})
			d.issued = append(d.issued, IssuedCard{cmp.Or(card.Issuer, p.command.Location), card.account(), card.Terms})
		}
	}
}
